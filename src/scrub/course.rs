//! The days of an illness and a stay beside the services.

use chrono::NaiveDate;

use super::families::{last_day, number_of, place_of};
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;

pub(super) static RULES: [Rule; 4] = [
    Rule {
        about: About {
            id: "scrub/stay-dates",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Nobody is discharged before being admitted",
            source: "X222 2300 DTP*435, DTP*096",
            next: "Correct the day of admission or discharge.",
        },
        check: Check::Professional(stay_dates),
    },
    Rule {
        about: About {
            id: "scrub/service-in-stay",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "What is done for an inpatient is done between admission and discharge",
            source: "X222 2300 DTP*435, DTP*096; CMS place of service code set (21, 51, 61); CARC 5 and 16",
            next: "Correct the day, or the place of the service.",
        },
        check: Check::Professional(service_in_stay),
    },
    Rule {
        about: About {
            id: "scrub/course-dates",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "What went before the services is dated before them",
            source: "X222 2300 DTP*431, DTP*439, DTP*453, DTP*454, DTP*484",
            next: "Correct the day, or leave it out.",
        },
        check: Check::Professional(course_dates),
    },
    Rule {
        about: About {
            id: "scrub/last-menstrual-period",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Maternity care says when the last menstrual period was",
            source: "X222 2300 DTP*484 (required when the services are related to the pregnancy)",
            next: "Enter the first day of the last menstrual period.",
        },
        check: Check::Professional(last_menstrual_period),
    },
];

fn stay_dates(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if let (Some(admitted), Some(discharged)) = (claim.admitted_on, claim.discharged_on)
        && discharged < admitted
    {
        let message = format!("the patient left on {discharged}, before coming on {admitted}");
        report.fault(Spot::new("/discharged_on", "2300 DTP03 (096)"), discharged.to_string(), message);
    }
}

/// Where patients stay overnight: hospital, psychiatric and rehabilitation facility.
fn is_a_stay(place: &str) -> bool {
    matches!(place, "21" | "51" | "61")
}

fn service_in_stay(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if claim.admitted_on.is_none() && claim.discharged_on.is_none() {
        return;
    }
    for (index, line) in claim.lines.iter().enumerate() {
        if !is_a_stay(place_of(claim, line)) {
            continue;
        }
        let number = index + 1;
        if let (Some(from), Some(admitted)) = (line.from, claim.admitted_on)
            && from < admitted
        {
            let message = format!("line {number} is of {from}, the admission of {admitted}");
            report.fault(Spot::line(index, "from", "2400 DTP03 (472)"), from.to_string(), message);
        }
        if let (Some(last), Some(discharged)) = (last_day(line), claim.discharged_on)
            && discharged < last
        {
            let message = format!("line {number} is of {last}, the discharge of {discharged}");
            let field = if line.thru.is_some() { "thru" } else { "from" };
            report.fault(Spot::line(index, field, "2400 DTP03 (472)"), last.to_string(), message);
        }
    }
}

fn course_dates(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let Some((_, last)) = claim.service_dates() else { return };
    let all: [(Option<NaiveDate>, &str, &str, &str); 5] = [
        (claim.onset_on, "/onset_on", "2300 DTP03 (431)", "the onset"),
        (claim.accident_on, "/accident_on", "2300 DTP03 (439)", "the accident"),
        (
            claim.acute_manifestation_on,
            "/acute_manifestation_on",
            "2300 DTP03 (453)",
            "the acute manifestation",
        ),
        (claim.initial_treatment_on, "/initial_treatment_on", "2300 DTP03 (454)", "the first treatment"),
        (
            claim.last_menstrual_period_on,
            "/last_menstrual_period_on",
            "2300 DTP03 (484)",
            "the last menstrual period",
        ),
    ];
    for (day, pointer, element, what) in all {
        if day.is_some_and(|day| day > last) {
            let message = format!("{what} is dated after the last service, of {last}");
            report.fault(Spot::new(pointer, element.to_owned()), "", message);
        }
    }
}

/// Care before birth, birth and care after it.
const fn is_maternity_care(number: u32) -> bool {
    matches!(number, 59_400 | 59_425 | 59_426 | 59_510 | 59_610 | 59_618)
}

fn last_menstrual_period(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if claim.last_menstrual_period_on.is_some() {
        return;
    }
    if let Some(index) = claim.lines.iter().position(|line| is_maternity_care(number_of(line))) {
        let message = format!("line {} is maternity care: the last menstrual period is missing", index + 1);
        report.fault(Spot::new("/last_menstrual_period_on", "2300 DTP03 (484)"), "", message);
    }
}
