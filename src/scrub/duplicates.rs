//! The same service twice: in the claim, and against earlier claims.

use super::finding::{Report, Rule, Severity, Spot};
use super::procedure::rendering_of;
use super::{Context, Rule as About};
use crate::claims::model::{Frequency, ServiceLine};
use crate::claims::{Claim, HistoryLine};
use crate::types::Entered;

pub(super) static RULES: [Rule; 2] = [
    Rule {
        about: About {
            id: "scrub/duplicate-line",
            version: 1,
            severity: Severity::Stop,
            title: "No line repeats another of the claim",
            source: "Medicare Claims Processing Manual chapter 1, 120.2 (exact duplicates); CARC 18",
            next: "Bill one line with more units, or say with a modifier (76, 77, 91, 59) why it was done again.",
        },
        check: within_the_claim,
    },
    Rule {
        about: About {
            id: "scrub/duplicate-claim",
            version: 1,
            severity: Severity::Stop,
            title: "No line repeats one of an earlier claim",
            source: "Medicare Claims Processing Manual chapter 1, 120.2 (exact duplicates); CARC 18",
            next: "Follow the earlier claim up; to correct it, send a replacement (frequency 7).",
        },
        check: against_earlier_claims,
    },
];

/// Exactly the same service: day, procedure, modifiers, provider. Modifiers that say why it was
/// done again are part of it.
fn same_service(claim: &Claim, one: &ServiceLine, other: &ServiceLine) -> bool {
    one.from.is_some()
        && (one.from, one.thru, one.units) == (other.from, other.thru, other.units)
        && one.procedure == other.procedure
        && one.modifiers == other.modifiers
        && rendering_of(claim, one) == rendering_of(claim, other)
}

/// Modifiers by which a line says that it is meant to stand twice.
fn is_declared_repeat(line: &ServiceLine) -> bool {
    line.modifiers.iter().any(|it| matches!(it.text(), "76" | "77" | "91" | "59" | "XE" | "XP" | "XS" | "XU"))
}

fn within_the_claim(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| !is_declared_repeat(line)) {
        let twin = claim.lines[..index].iter().position(|earlier| same_service(claim, earlier, line));
        if let Some(twin) = twin {
            let message = format!("line {} repeats line {}", index + 1, twin + 1);
            report.fault(Spot::line(index, "procedure", "2400 SV101-2"), line.procedure.text(), message);
        }
    }
}

fn against_earlier_claims(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    // A replacement or void repeats on purpose, and so does the claim to the next payer.
    let repeats_on_purpose = claim.frequency != Frequency::Original
        || claim.other_payers.iter().any(|other| other.decision.is_some());
    if repeats_on_purpose {
        return;
    }
    let Some(before) = context.history.before(claim) else {
        let why = "whether these services were billed before: earlier claims are not known";
        report.not_checked(Spot::new("/lines", "2400 SV101-2"), "", why);
        return;
    };
    let before: Vec<&HistoryLine> = before.collect();
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| !is_declared_repeat(line)) {
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
