//! Services at a distance: place, modifier, and what cannot be done so.

use chrono::NaiveDate;

use super::families::{first_of, is_laboratory, is_surgery, number_of, place_of};
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;

pub(super) static RULES: [Rule; 2] = [
    Rule {
        about: About {
            id: "scrub/telehealth-place",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A service that is said to be telehealth was given at a place of telehealth",
            source: "CMS place of service code set (02, and 10 since 2022-01-01); Medicare Claims Processing Manual chapter 12, 190; CARC 5",
            next: "Use place 10 when the patient was at home, 02 elsewhere, or leave the modifier out.",
        },
        check: Check::Professional(telehealth_place),
    },
    Rule {
        about: About {
            id: "scrub/telehealth-procedure",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "What needs the patient's body is not given by telehealth",
            source: "Medicare Claims Processing Manual chapter 12, 190.3 (CMS list of telehealth services); CARC 5",
            next: "Correct the place of service of the line.",
        },
        check: Check::Professional(telehealth_procedure),
    },
];

/// Since then both places of telehealth exist.
const PLACES_SINCE: Option<NaiveDate> = NaiveDate::from_ymd_opt(2022, 1, 1);

fn is_at_a_distance(place: &str) -> bool {
    matches!(place, "02" | "10")
}

fn telehealth_place(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| !line.modifiers.is_empty()) {
        let Some(modifier) = first_of(line, &["95", "93", "GT", "GQ"]) else { continue };
        let place = place_of(claim, line);
        // Hospitals bill the telehealth of their staff at the hospital.
        if line.from >= PLACES_SINCE
            && !is_at_a_distance(place)
            && !matches!(place, "19" | "21" | "22" | "23")
        {
            let message = format!("line {}: {modifier} says telehealth, the place is {place}", index + 1);
            report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), modifier, message);
        }
    }
}

/// Surgery, imaging, laboratory, injections, manual treatment.
fn needs_the_body(number: u32) -> bool {
    is_surgery(number)
        || is_laboratory(number)
        || matches!(number, 70_010..=79_999 | 90_460..=90_474 | 96_360..=96_549 | 97_012..=97_036 | 97_140 | 98_925..=98_943)
}

fn telehealth_procedure(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let place = place_of(claim, line);
        if is_at_a_distance(place) && needs_the_body(number_of(line)) {
            let code = line.procedure.text();
            let message = format!("line {}: {code} is not done at a distance (place {place})", index + 1);
            report.fault(Spot::line(index, "procedure", "2400 SV101-2"), code, message);
        }
    }
}
