//! Visits: where, how many on a day, how often, and for what.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::families::{first_of, has, is_daily_visit, is_preventive_visit, number, number_of, place_of};
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, rendering_of};
use super::{Context, Rule as About};
use crate::claims::Claim;
use crate::claims::model::{ServiceLine, Unit};
use crate::types::{Entered, age_years};

pub(super) static RULES: [Rule; 7] = [
    Rule {
        about: About {
            id: "scrub/visit-place",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A visit is of the kind that its place has",
            source: "Medicare Claims Processing Manual chapter 12, 30.6.9, 30.6.11, 30.6.13 and 30.6.14; CMS place of service code set; CARC 5",
            next: "Correct the place of service, or use the visit of that place.",
        },
        check: Check::Professional(visit_place),
    },
    Rule {
        about: About {
            id: "scrub/visit-units",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A visit is billed once for each day",
            source: "Medicare Claims Processing Manual chapter 12, 30.6.5 and chapter 26, 10.4 (item 24A, 24G); CARC 222",
            next: "Enter one unit, or a line for each day.",
        },
        check: Check::Professional(visit_units),
    },
    Rule {
        about: About {
            id: "scrub/visits-of-a-day",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A provider has one visit with a patient on a day, unless the second is separate",
            source: "Medicare Claims Processing Manual chapter 12, 30.6.5 and 30.6.7.B; CARC B20 and 97",
            next: "Bill the visit that covers both; add 25 when the second was unrelated.",
        },
        check: Check::Professional(visits_of_a_day),
    },
    Rule {
        about: About {
            id: "scrub/preventive-of-a-year",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A preventive visit is not billed twice in twelve months",
            source: "45 CFR 147.130; the plan's schedule of preventive care, usually yearly; CARC 119",
            next: "Check the plan's limit; bill the visit for the problem that was treated, if there was one.",
        },
        check: Check::Professional(preventive_of_a_year),
    },
    Rule {
        about: About {
            id: "scrub/preventive-diagnosis",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A preventive visit is for an examination",
            source: "ICD-10-CM guidelines IV.P and I.C.21.c.13; CARC 11",
            next: "Point the visit first to the examination (Z00, Z01.4, Z02).",
        },
        check: Check::Professional(preventive_diagnosis),
    },
    Rule {
        about: About {
            id: "scrub/visit-complexity",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "G2211 adds to an office visit that has no 25, unless preventive care stands beside it",
            source: "CMS MM13473; 42 CFR 414.22; physician fee schedule 2025 final rule; CARC 97",
            next: "Leave G2211 out, or 25, if the visit stands alone.",
        },
        check: Check::Professional(visit_complexity),
    },
    Rule {
        about: About {
            id: "scrub/once-a-month",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Care management is billed once in a calendar month",
            source: "Medicare Claims Processing Manual chapter 12, 30.6; CMS MLN909188, chronic care management; CARC 119",
            next: "Bill the month once, with the add-on for more time.",
        },
        check: Check::Professional(once_a_month),
    },
];

/// Places at which a visit of a family can be, and where it can not.
fn is_out_of_place(number: u32, place: &str) -> bool {
    match number {
        // Office: not at the bed of a hospital or nursing facility.
        99_202..=99_215 => matches!(place, "21" | "51" | "61" | "31" | "32"),
        // Hospital: a bed or observation.
        99_221..=99_223 | 99_231..=99_233 | 99_238 | 99_239 => {
            matches!(place, "10" | "11" | "12" | "13" | "14" | "20" | "31" | "32" | "81")
        }
        99_281..=99_285 => matches!(place, "11" | "12" | "20" | "21" | "24" | "31" | "32" | "81"),
        99_304..=99_316 => matches!(place, "11" | "12" | "20" | "21" | "22" | "23" | "24" | "81"),
        99_341..=99_350 => {
            matches!(place, "11" | "20" | "21" | "22" | "23" | "24" | "31" | "32" | "51" | "61" | "81")
        }
        _ => false,
    }
}

fn visit_place(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let (number, place) = (number_of(line), place_of(claim, line));
        if is_out_of_place(number, place) {
            let message = format!("line {}: {number} is no visit of place {place}", index + 1);
            report.fault(Spot::line(index, "procedure", "2400 SV101-2"), place, message);
        }
    }
}

fn visit_units(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let number = number_of(line);
        if line.unit != Unit::Units || !is_daily_visit(number) && !is_preventive_visit(number) {
            continue;
        }
        let Some(from) = line.from else { continue };
        let days = line.thru.map_or(0, |thru| (thru - from).num_days()) + 1;
        if line.units > Decimal::from(days.max(1)) {
            let message = format!("line {}: {} visits in {days} days", index + 1, line.units);
            report.fault(Spot::line(index, "units", "2400 SV104"), line.units.to_string(), message);
        }
    }
}

/// Says that a visit is separate from another of the day.
const SEPARATE: [&str; 4] = ["24", "25", "27", "57"];

fn visits_of_a_day(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let Some(on) = line.from.filter(|_| is_daily_visit(number_of(line))) else { continue };
        let who = rendering_of(claim, line);
        let earlier = claim.lines[..index].iter().position(|other| {
            is_daily_visit(number_of(other))
                && other.from == line.from
                && other.procedure != line.procedure
                && rendering_of(claim, other) == who
                && first_of(other, &SEPARATE).or(first_of(line, &SEPARATE)).is_none()
        });
        let code = line.procedure.text();
        let spot = || Spot::line(index, "procedure", "2400 SV101-2");
        let pair = |other: &str| {
            context.codes.ptp(other, code, on).or_else(|| context.codes.ptp(code, other, on)).is_some()
        };
        if let Some(earlier) = earlier {
            let other = claim.lines[earlier].procedure.text();
            if !pair(other) {
                let message = format!("line {}: a second visit of the day, beside {other}", index + 1);
                report.fault(spot(), code, message);
            }
            continue;
        }
        let is_separate = first_of(line, &SEPARATE).is_some();
        let Some(mut before) = context.history.before(claim).filter(|_| !is_separate) else { continue };
        let past = before.find(|past| {
            past.from == Some(on)
                && is_daily_visit(number(past.procedure.text()))
                && past.procedure != line.procedure
                && who.is_some()
                && past.rendering.as_ref().and_then(Entered::valid) == who
                && !past.modifiers.iter().any(|modifier| SEPARATE.contains(&modifier.text()))
        });
        if let Some(past) = past {
            let message = format!(
                "line {}: a second visit of the day, beside {} (claim {})",
                index + 1,
                past.procedure.text(),
                past.claim
            );
            report.fault(spot(), code, message);
        }
    }
}

fn preventive_of_a_year(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let Some(on) = line.from.filter(|_| is_preventive_visit(number_of(line))) else { continue };
        // Small children have several in a year (Bright Futures).
        let age = claim.patient.born_on.as_ref().and_then(|born| age_years(*born.expose(), on));
        if age.is_none_or(|age| age < 4) {
            continue;
        }
        let code = line.procedure.text();
        let spot = || Spot::line(index, "procedure", "2400 SV101-2");
        let Some(before) = context.history.before(claim) else {
            let why = format!(
                "line {}: when the last preventive visit was: earlier claims are not known",
                index + 1
            );
            report.not_checked(spot(), code, why);
            continue;
        };
        let Some(year_ago) = on.checked_sub_months(chrono::Months::new(12)) else { continue };
        let last = before
            .filter(|past| is_preventive_visit(number(past.procedure.text())))
            .filter_map(|past| past.from.filter(|day| year_ago < *day && *day < on))
            .max();
        if let Some(day) = last {
            let message = format!("line {}: the last preventive visit was on {day}", index + 1);
            report.fault(spot(), code, message);
        }
    }
}

fn preventive_diagnosis(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        if !is_preventive_visit(number_of(line)) {
            continue;
        }
        let diagnosis = |pointer: &u8| claim.diagnoses.get(usize::from(*pointer).checked_sub(1)?)?.valid();
        let pointed = || line.pointers.iter().filter_map(diagnosis);
        let is_examined =
            pointed().any(|code| ["Z00", "Z01", "Z02"].iter().any(|kind| code.as_str().starts_with(kind)));
        if pointed().next().is_some() && !is_examined {
            let code = line.procedure.text();
            let message = format!("line {}: {code} points to no examination", index + 1);
            report.fault(Spot::line(index, "pointers", "2400 SV107"), code, message);
        }
    }
}

/// Part B preventive services beside which 25 does not take G2211 away: vaccinations, preventive and
/// wellness visits, screening and counseling.
fn is_preventive_service(line: &ServiceLine) -> bool {
    let code = line.procedure.text();
    super::families::is_vaccination(code)
        || matches!(
            code,
            "G0101" | "G0402" | "G0438" | "G0439" | "G0442" | "G0443" | "G0444" | "G0446" | "G0447" | "Q0091"
        )
        || matches!(number_of(line), 99_406 | 99_407 | 99_497)
}

fn visit_complexity(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        if line.procedure.text() != "G2211" {
            continue;
        }
        let same_day = |other: &&ServiceLine| other.from == line.from;
        let with_25 = claim
            .lines
            .iter()
            .filter(same_day)
            .any(|visit| is_daily_visit(number_of(visit)) && has(visit, "25"));
        let year_of_change = line.from.is_some_and(|on| on.year() >= 2025);
        let excused = year_of_change && claim.lines.iter().filter(same_day).any(is_preventive_service);
        if with_25 && !excused {
            let message = format!("line {}: G2211 is not paid beside a visit with 25", index + 1);
            report.fault(Spot::line(index, "procedure", "2400 SV101-2"), "G2211", message);
        }
    }
}

/// Care management by the calendar month, without the add-ons for more time.
const fn is_of_a_month(number: u32) -> bool {
    matches!(number, 99_424 | 99_426 | 99_457 | 99_484 | 99_487 | 99_490 | 99_491 | 99_492 | 99_493)
}

fn same_month(one: Option<NaiveDate>, other: Option<NaiveDate>) -> bool {
    let month = |day: NaiveDate| (day.year(), day.month());
    one.is_some() && one.map(month) == other.map(month)
}

fn once_a_month(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        if !is_of_a_month(number_of(line)) {
            continue;
        }
        let code = line.procedure.text();
        let spot = || Spot::line(index, "procedure", "2400 SV101-2");
        let here = claim.lines[..index]
            .iter()
            .any(|other| other.procedure == line.procedure && same_month(other.from, line.from));
        if here || line.units > Decimal::ONE {
            report.fault(spot(), code, format!("line {}: {code} twice in one month", index + 1));
            continue;
        }
        let Some(mut before) = context.history.before(claim) else {
            let why = format!(
                "line {}: whether {code} was billed this month: earlier claims are not known",
                index + 1
            );
            report.not_checked(spot(), code, why);
            continue;
        };
        // On the same day it is a duplicate, and that rule says so.
        let past = before.find(|past| {
            past.procedure == line.procedure && past.from != line.from && same_month(past.from, line.from)
        });
        if let Some(past) = past {
            let message =
                format!("line {}: {code} was billed for this month on claim {}", index + 1, past.claim);
            report.fault(spot(), code, message);
        }
    }
}
