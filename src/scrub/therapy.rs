//! Treatment in courses at Medicare: therapy, chiropractic, foot care.

use chrono::Months;

use super::charges::is_medicare_b;
use super::families::{first_of, has, is_spinal_manipulation, number_of};
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;
use crate::claims::model::ServiceLine;

pub(super) static RULES: [Rule; 7] = [
    Rule {
        about: About {
            id: "scrub/therapy-discipline",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Therapy at Medicare says under which plan of care",
            source: "Medicare Claims Processing Manual chapter 5, 10.6 and 20.1 (GN, GO, GP); CARC 4",
            next: "Add GP for physical, GO for occupational, GN for speech therapy.",
        },
        check: Check::Professional(therapy_discipline),
    },
    Rule {
        about: About {
            id: "scrub/therapy-assistant",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A therapy assistant's modifier stands beside that of the discipline",
            source: "42 CFR 410.59(a)(4) and 410.60(a)(4); Medicare Claims Processing Manual chapter 5, 20.1 (CO with GO, CQ with GP); CARC 4",
            next: "Use CO with GO, CQ with GP.",
        },
        check: Check::Professional(therapy_assistant),
    },
    Rule {
        about: About {
            id: "scrub/chiropractic-treatment",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Chiropractic manipulation at Medicare is active treatment",
            source: "Medicare Claims Processing Manual chapter 12, 220; Medicare Benefit Policy Manual chapter 15, 240.1.3 (AT); CARC 50",
            next: "Add AT for active treatment; bill maintenance with GA or GY only when the patient wants a denial.",
        },
        check: Check::Professional(chiropractic_treatment),
    },
    Rule {
        about: About {
            id: "scrub/chiropractic-beginning",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Chiropractic manipulation at Medicare says when the course began",
            source: "Medicare Claims Processing Manual chapter 26, 10.4 (item 14); X222 2300 DTP*454",
            next: "Enter the day on which this course of treatment began.",
        },
        check: Check::Professional(chiropractic_beginning),
    },
    Rule {
        about: About {
            id: "scrub/chiropractic-subluxation",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Chiropractic manipulation at Medicare treats a subluxation of the spine",
            source: "Medicare Benefit Policy Manual chapter 15, 240.1.2 and 240.1.3 (the precise level stands on the claim); CARC 11 and 50",
            next: "Point the line first to the subluxation (M99.01 to M99.05) that was treated.",
        },
        check: Check::Professional(chiropractic_subluxation),
    },
    Rule {
        about: About {
            id: "scrub/foot-care-findings",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Routine foot care at Medicare shows the class of findings",
            source: "Medicare Claims Processing Manual chapter 32, 80.2; Medicare Benefit Policy Manual chapter 15, 290; CARC 96",
            next: "Add Q7, Q8 or Q9, or bill it as not covered (GY).",
        },
        check: Check::Professional(foot_care_findings),
    },
    Rule {
        about: About {
            id: "scrub/foot-care-seen",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Routine foot care at Medicare says when the treating physician last saw the patient",
            source: "Medicare Claims Processing Manual chapter 32, 80.4 to 80.6 (within six months); X222 2300 DTP*304",
            next: "Ask the physician who treats the disease and enter the day.",
        },
        check: Check::Professional(foot_care_seen),
    },
];

/// Codes that are always therapy, and the modifier of the one discipline that has them, if there is
/// only one (chapter 5, 20; CMS therapy code list).
fn always_therapy(number: u32) -> Option<&'static [&'static str]> {
    match number {
        97_161..=97_164 => Some(&["GP"]),
        97_165..=97_168 => Some(&["GO"]),
        92_507 | 92_508 | 92_521..=92_524 | 92_526 | 92_597 | 92_607..=92_609 => Some(&["GN"]),
        97_012
        | 97_016
        | 97_018
        | 97_022
        | 97_024
        | 97_026
        | 97_028
        | 97_032..=97_036
        | 97_110
        | 97_112
        | 97_113
        | 97_116
        | 97_124
        | 97_139
        | 97_140
        | 97_150
        | 97_530
        | 97_533
        | 97_535
        | 97_537
        | 97_542
        | 97_750
        | 97_755
        | 97_760
        | 97_761
        | 97_763 => Some(&["GN", "GO", "GP"]),
        _ => None,
    }
}

fn therapy_discipline(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if !is_medicare_b(claim) {
        return;
    }
    for (index, line) in claim.lines.iter().enumerate() {
        let Some(wanted) = always_therapy(number_of(line)) else { continue };
        if first_of(line, wanted).is_none() {
            let message =
                format!("line {}: {} needs {}", index + 1, line.procedure.text(), wanted.join(" or "));
            report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), "", message);
        }
    }
}

fn therapy_assistant(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if !is_medicare_b(claim) {
        return;
    }
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| !line.modifiers.is_empty()) {
        for (assistant, discipline) in [("CO", "GO"), ("CQ", "GP")] {
            if has(line, assistant) && !has(line, discipline) {
                let message = format!("line {}: {assistant} without {discipline}", index + 1);
                report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), assistant, message);
            }
        }
    }
}

/// Lines of a Medicare claim that manipulate the spine.
fn manipulations(claim: &Claim) -> impl Iterator<Item = (usize, &ServiceLine)> {
    let is_medicare = is_medicare_b(claim);
    let all = claim.lines.iter().enumerate();
    all.filter(move |(_, line)| is_medicare && is_spinal_manipulation(number_of(line)))
}

fn chiropractic_treatment(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in manipulations(claim) {
        if first_of(line, &["AT", "GA", "GY", "GZ"]).is_none() {
            let message = format!("line {}: without AT it is maintenance, which is not covered", index + 1);
            report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), "", message);
        }
    }
}

fn chiropractic_beginning(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if claim.initial_treatment_on.is_none()
        && let Some((index, _)) = manipulations(claim).next()
    {
        let message =
            format!("line {}: the day on which the course of treatment began is missing", index + 1);
        report.fault(Spot::new("/initial_treatment_on", "2300 DTP03 (454)"), "", message);
    }
}

fn chiropractic_subluxation(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in manipulations(claim) {
        let first = line.pointers.first().and_then(|pointer| usize::from(*pointer).checked_sub(1));
        // A pointer that leads nowhere has a rule of its own.
        let Some(code) = first.and_then(|place| claim.diagnoses.get(place)?.valid()) else { continue };
        if !matches!(code.as_str(), "M9900" | "M9901" | "M9902" | "M9903" | "M9904" | "M9905") {
            let message = format!("line {}: {} is no subluxation of the spine", index + 1, code.dotted());
            report.fault(Spot::line(index, "pointers/0", "2400 SV107-1"), code.dotted(), message);
        }
    }
}

/// Lines of a Medicare claim that pare, trim or debride, unless they are billed as not covered.
fn routine_foot_care(claim: &Claim) -> impl Iterator<Item = (usize, &ServiceLine)> {
    let is_medicare = is_medicare_b(claim);
    let all = claim.lines.iter().enumerate();
    all.filter(move |(_, line)| {
        let is_routine =
            matches!(number_of(line), 11_055..=11_057 | 11_719) || line.procedure.text() == "G0127";
        is_medicare && is_routine && first_of(line, &["GY", "GZ"]).is_none()
    })
}

fn foot_care_findings(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in routine_foot_care(claim) {
        if first_of(line, &["Q7", "Q8", "Q9"]).is_none() {
            let message = format!("line {}: routine foot care without a class of findings", index + 1);
            report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), "", message);
        }
    }
}

fn foot_care_seen(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let Some((index, line)) = routine_foot_care(claim).next() else { return };
    let spot = || Spot::new("/last_seen_on", "2300 DTP03 (304)");
    let number = index + 1;
    let Some(seen) = claim.last_seen_on else {
        report.fault(
            spot(),
            "",
            format!("line {number}: the day on which the patient was last seen is missing"),
        );
        return;
    };
    let earliest = line.from.and_then(|on| on.checked_sub_months(Months::new(6)));
    if earliest.is_some_and(|earliest| seen < earliest) {
        let message = format!("line {number}: the patient was last seen more than six months before");
        report.fault(spot(), "", message);
    }
}
