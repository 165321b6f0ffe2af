//! The same service twice: in the claim, and against earlier claims.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, ClaimKind, Field, Line, Tooth, View, rendering_of};
use super::{Context, Rule as About};
use crate::claims::HistoryLine;
use crate::types::{Entered, Modifier, Npi, ProcedureCode};

pub(super) static RULES: [Rule; 2] = [
    Rule {
        about: About {
            id: "scrub/duplicate-line",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "No line repeats another of the claim",
            source: "Medicare Claims Processing Manual chapter 1, 120.2 (exact duplicates); CARC 18",
            next: "Bill one line with more units, or say with a modifier (76, 77, 91, 59) why it was done again.",
        },
        check: Check::View(within_the_claim),
    },
    Rule {
        about: About {
            id: "scrub/duplicate-claim",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "No line repeats one of an earlier claim",
            source: "Medicare Claims Processing Manual chapter 1, 120.2 (exact duplicates); CARC 18",
            next: "Follow the earlier claim up; to correct it, send a replacement (frequency 7).",
        },
        check: Check::View(against_earlier_claims),
    },
];

/// What makes a line exactly the same service as another: day, procedure, modifiers, provider, and
/// where in the mouth. Modifiers that say why it was done again are part of it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Service<'v> {
    days: (NaiveDate, Option<NaiveDate>),
    units: Option<Decimal>,
    procedure: &'v Entered<ProcedureCode>,
    modifiers: &'v [Entered<Modifier>],
    revenue_code: Option<&'v str>,
    rendering: Option<&'v Npi>,
    areas: &'v [String],
    teeth: &'v [Tooth],
}

impl<'v> Service<'v> {
    /// None without a day, or where a revenue code alone says what was done: a stay's lines are sums.
    fn of(line: &'v Line<'_>) -> Option<Service<'v>> {
        Some(Service {
            days: (line.from?, line.thru),
            units: line.units,
            procedure: line.procedure.as_deref()?,
            modifiers: &line.modifiers,
            revenue_code: line.revenue_code.as_deref(),
            rendering: line.rendering.as_deref(),
            areas: &line.areas,
            teeth: &line.teeth,
        })
    }
}

/// Modifiers by which a line says that it is meant to stand twice.
fn is_declared_repeat(modifiers: &[Entered<Modifier>]) -> bool {
    modifiers.iter().any(|it| matches!(it.text(), "76" | "77" | "91" | "59" | "XE" | "XP" | "XS" | "XU"))
}

fn within_the_claim(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let mut first = BTreeMap::new();
    for (index, line) in
        view.lines.iter().enumerate().filter(|(_, line)| !is_declared_repeat(&line.modifiers))
    {
        let Some(service) = Service::of(line) else { continue };
        let text = service.procedure.text();
        match first.entry(service) {
            Entry::Vacant(free) => {
                free.insert(index);
            }
            Entry::Occupied(twin) => {
                let message = format!("line {} repeats line {}", index + 1, twin.get() + 1);
                let spot = view.line_spot(index, Field::Procedure);
                if view.kind == ClaimKind::Institutional {
                    // One order may be split over lines; the payer looks at the whole claim.
                    report.doubt(spot, text, message);
                } else {
                    report.fault(spot, text, message);
                }
            }
        }
    }
}

fn against_earlier_claims(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    // A replacement or void repeats on purpose, and so does the claim to the next payer.
    if !view.is_first_request() {
        return;
    }
    let known = view.professional.and_then(|claim| Some((claim, context.history.before(claim)?)));
    let Some((claim, before)) = known else {
        let why = "whether these services were billed before: earlier claims are not known";
        report.not_checked(Spot::new("/lines", view.line_spot(0, Field::Procedure).element), "", why);
        return;
    };
    let before: Vec<&HistoryLine> = before.collect();
    let undeclared = claim.lines.iter().enumerate().filter(|(_, line)| !is_declared_repeat(&line.modifiers));
    for (index, line) in undeclared {
        let same = |past: &&&HistoryLine| {
            line.from.is_some()
                && (line.from, line.thru.or(line.from)) == (past.from, past.thru.or(past.from))
                && line.procedure == past.procedure
                && line.modifiers == past.modifiers
                && rendering_of(claim, line) == past.rendering.as_ref().and_then(Entered::valid)
        };
        if let Some(past) = before.iter().find(same) {
            let message = format!("line {} was billed before, on claim {}", index + 1, past.claim);
            report.fault(Spot::line(index, "procedure", "2400 SV101-2"), line.procedure.text(), message);
        }
    }
}
