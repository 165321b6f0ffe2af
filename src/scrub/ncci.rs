//! The National Correct Coding Initiative: pairs not paid together, and believable units.

use rust_decimal::Decimal;

use super::charges::is_medicare_b;
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, Field, View, rendering_of};
use super::{Context, Rule as About};
use crate::claims::Claim;
use crate::claims::model::{ServiceLine, Unit};
use crate::codes::{
    MueIndicator, NCCI_EDITION, NcciSetting, PtpEdit, PtpModifier, SEPARATING_MODIFIERS, UnitLimit,
};
use crate::types::Entered;

pub(super) static RULES: [Rule; 2] = [
    Rule {
        about: About {
            id: "scrub/ncci-pair",
            version: 1,
            kinds: view::MEDICAL,
            severity: Severity::Stop,
            title: "No procedure is billed beside one that includes it",
            source: "NCCI practitioner PTP edits, CMS, July 2024 (sample); NCCI policy manual chapter I; CARC 97, 236",
            next: "Leave the second procedure out; where the edit allows a modifier and the record shows a separate service, add it.",
        },
        check: Check::View(pair),
    },
    Rule {
        about: About {
            id: "scrub/units-believable",
            version: 1,
            kinds: view::MEDICAL,
            severity: Severity::Stop,
            title: "No more units than are believable for one patient on a day",
            source: "NCCI practitioner MUE, CMS, July 2024 (sample); CARC 151, 222",
            next: "Correct the units; where more were truly given, the record has to show it.",
        },
        check: Check::View(units),
    },
];

/// Two services are judged together when one provider gave them to the patient on one day.
fn together(claim: &Claim, one: &ServiceLine, other: &ServiceLine) -> bool {
    one.from == other.from && rendering_of(claim, one) == rendering_of(claim, other)
}

/// The whole claim, where it is a professional one: the edits of hospitals are others.
fn practitioner<'c>(view: &View<'c>, report: &mut Report<'_>) -> Option<&'c Claim> {
    let by_procedure = view.lines.iter().position(|line| line.procedure.is_some());
    if let (None, Some(index)) = (view.professional, by_procedure) {
        let why = "NCCI has edits of its own for outpatient hospitals, which are in no shipped table";
        report.not_checked(view.line_spot(index, Field::Procedure), "", why);
    }
    view.professional
}

fn pair(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    let Some(claim) = practitioner(view, report) else { return };
    let separated = |line: &ServiceLine| {
        line.modifiers.iter().any(|modifier| SEPARATING_MODIFIERS.contains(&modifier.text()))
    };
    let mut faults = Vec::new();
    for (place, first) in claim.lines.iter().enumerate() {
        let (Some(column_1), Some(on)) = (first.procedure.valid(), first.from) else { continue };
        let edits = context.codes.ptp_beside(NcciSetting::Practitioner, column_1.as_str(), on);
        if edits.is_empty() {
            continue;
        }
        for (index, second) in claim.lines.iter().enumerate() {
            if place == index || !together(claim, first, second) {
                continue;
            }
            let Some(column_2) = second.procedure.valid() else { continue };
            let Some(PtpEdit { modifier, rationale, certain }) = edits.with(column_2.as_str()) else {
                continue;
            };
            let may_separate = match modifier {
                PtpModifier::Allowed if separated(first) || separated(second) => continue,
                PtpModifier::Allowed => "a modifier may separate them",
                PtpModifier::NotAllowed => "no modifier separates them",
            };
            let message = format!(
                "line {}: {column_2} is not paid beside {column_1} of line {} ({rationale}); {may_separate}",
                index + 1,
                place + 1
            );
            faults.push((index, place, column_2, certain, message));
        }
    }
    // By the line that is not paid.
    faults.sort_by_key(|(index, place, ..)| (*index, *place));
    for (index, _, column_2, certain, message) in faults {
        grade(report, certain, Spot::line(index, "procedure", "2400 SV101-2"), column_2.as_str(), message);
    }
}

fn units(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    let Some(claim) = practitioner(view, report) else { return };
    let mut day_limit_unsure = None;
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| line.unit == Unit::Units) {
        let (Some(code), Some(on)) = (line.procedure.valid(), line.from) else { continue };
        let Some(limit) = context.codes.unit_limit(code.as_str(), on) else { continue };
        let UnitLimit { units, indicator, rationale, certain } = limit;
        let spot = || Spot::line(index, "units", "2400 SV104");
        if units == 0 {
            // A limit of none says what Medicare does not cover; other payers may.
            if is_medicare_b(claim) {
                let message = format!("line {}: Medicare pays no units of {code} ({rationale})", index + 1);
                grade(report, certain, spot(), line.units.to_string(), message);
            }
            continue;
        }
        let (counted, hint) = match indicator {
            MueIndicator::Line => (line.units, "on the line; the payer denies the line"),
            MueIndicator::DayByPolicy | MueIndicator::DayClinical => {
                // Reported once, at the last line of that procedure and day.
                let same =
                    |other: &&ServiceLine| other.procedure == line.procedure && other.from == line.from;
                if claim.lines[index + 1..].iter().any(|later| same(&later)) {
                    continue;
                }
                let here: Decimal = claim.lines.iter().filter(same).map(|other| other.units).sum();
                let elsewhere = if let Some(before) = context.history.before(claim) {
                    let rendering = rendering_of(claim, line);
                    let same = before.filter(|past| {
                        past.from == line.from
                            && past.procedure == line.procedure
                            && past.rendering.as_ref().and_then(Entered::valid) == rendering
                    });
                    same.map(|past| past.units).sum()
                } else {
                    day_limit_unsure.get_or_insert(index);
                    Decimal::ZERO
                };
                let hint = match indicator {
                    MueIndicator::DayByPolicy => "on the day, by policy: not appealable",
                    MueIndicator::Line | MueIndicator::DayClinical => {
                        "on the day, on clinical grounds: an appeal with the record may win"
                    }
                };
                (here + elsewhere, hint)
            }
        };
        if counted > Decimal::from(units) {
            let message = format!(
                "line {}: {counted} units of {code}, believable are {units} {hint} ({rationale})",
                index + 1
            );
            grade(report, certain, spot(), line.units.to_string(), message);
        }
    }
    if let Some(index) = day_limit_unsure {
        let why = "limits by day are compared with this claim only: earlier claims are not known";
        report.not_checked(Spot::line(index, "units", "2400 SV104"), "", why);
    }
}

/// A fault by an edit that is in force on the day; a doubt by one that was in force when the
/// sample was made.
fn grade(report: &mut Report<'_>, certain: bool, spot: Spot, found: impl Into<String>, message: String) {
    if certain {
        report.fault(spot, found, message);
    } else {
        report.doubt(spot, found, format!("{message}; by {NCCI_EDITION}: import the quarter of the service"));
    }
}
