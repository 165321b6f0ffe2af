//! Visits around operations: on the day, and in the days whose care is paid with them.

use chrono::{NaiveDate, TimeDelta};

use super::families::{first_of, has, is_daily_visit, is_evaluation, number, number_of, place_of};
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, rendering_of};
use super::{Context, Rule as About};
use crate::claims::Claim;
use crate::claims::model::ServiceLine;
use crate::codes::{Codes, GlobalPeriod, ProfessionalTechnical};
use crate::types::Entered;

pub(super) static RULES: [Rule; 5] = [
    Rule {
        about: About {
            id: "scrub/decision-for-surgery",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A visit on the day of a major operation takes 57, of a minor procedure 25",
            source: "Medicare Claims Processing Manual chapter 12, 30.6.6 and 40.2.A.4; CMS physician fee schedule RVU24C, global days (sample); CARC 4",
            next: "Use 57 before an operation with 90 days of care, 25 beside one with 0 or 10.",
        },
        check: Check::Professional(decision_for_surgery),
    },
    Rule {
        about: About {
            id: "scrub/visit-beside-procedure",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A visit beside a procedure of the day is separate and says so",
            source: "Medicare Claims Processing Manual chapter 12, 30.6.6.B and 40.1; CMS physician fee schedule RVU24C, global days (sample); CARC 97",
            next: "Add 25 (57 before a major operation) when the record shows a separate visit, else leave the visit out.",
        },
        check: Check::Professional(visit_beside_procedure),
    },
    Rule {
        about: About {
            id: "scrub/global-period",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A visit in the days after an operation is for something else",
            source: "Medicare Claims Processing Manual chapter 12, 40.1 and 40.4; CMS physician fee schedule RVU24C, global days (sample); CARC 97",
            next: "Add 24 when the visit had nothing to do with the operation, else do not bill it.",
        },
        check: Check::Professional(global_period),
    },
    Rule {
        about: About {
            id: "scrub/postoperative-modifier",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "What is said to follow an operation has an operation before it",
            source: "Medicare Claims Processing Manual chapter 12, 40.2 (24, 58, 78, 79); CARC 4",
            next: "Bill the operation first, or leave the modifier out.",
        },
        check: Check::Professional(postoperative_modifier),
    },
    Rule {
        about: About {
            id: "scrub/technical-in-facility",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "In a hospital the practitioner bills the professional part only",
            source: "Medicare Claims Processing Manual chapter 13, 20.2; CMS physician fee schedule RVU24C, PC/TC indicator (sample); CARC 5",
            next: "Add 26, or correct the place of service.",
        },
        check: Check::Professional(technical_in_facility),
    },
];

/// How many days after a procedure care belongs to it.
fn global_days(codes: &Codes, code: &str, on: Option<NaiveDate>) -> Option<u16> {
    match codes.fee_indicators(code, on?)?.global {
        GlobalPeriod::Days(days) => Some(days),
        GlobalPeriod::AddOn | GlobalPeriod::Maternity | GlobalPeriod::None => None,
    }
}

/// The longest period beside a visit: of the procedures of the day by the same provider.
fn longest_beside<'c>(claim: &'c Claim, visit: &ServiceLine, codes: &Codes) -> Option<(u16, &'c str)> {
    let who = rendering_of(claim, visit);
    let same_day = claim.lines.iter().filter(|line| line.from.is_some() && line.from == visit.from);
    same_day
        .filter(|line| !is_evaluation(number_of(line)) && rendering_of(claim, line) == who)
        .filter_map(|line| {
            let code = line.procedure.valid()?.as_str();
            Some((global_days(codes, code, line.from)?, code))
        })
        .max()
}

fn decision_for_surgery(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        if !is_evaluation(number_of(line)) {
            continue;
        }
        let (decision, separate) = (has(line, "57"), has(line, "25"));
        if decision == separate {
            continue;
        }
        let Some((days, code)) = longest_beside(claim, line, context.codes) else { continue };
        let (found, wanted) = match (decision, days) {
            (true, 0 | 10) => ("57", "25"),
            (false, 90) => ("25", "57"),
            _ => continue,
        };
        let message = format!(
            "line {}: {code} has {days} days of care, with which {wanted} goes, not {found}",
            index + 1
        );
        report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), found, message);
    }
}

fn visit_beside_procedure(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        if !is_daily_visit(number_of(line)) || first_of(line, &["24", "25", "57"]).is_some() {
            continue;
        }
        let Some((days, procedure)) = longest_beside(claim, line, context.codes) else { continue };
        let (visit, Some(on)) = (line.procedure.text(), line.from) else { continue };
        // Where a pair of NCCI says it, it says it better.
        if context.codes.ptp(procedure, visit, on).is_some() {
            continue;
        }
        let modifier = if days == 90 { "57" } else { "25" };
        let message = format!(
            "line {}: {visit} is paid with {procedure} of that day unless {modifier} says it is separate",
            index + 1
        );
        report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), "", message);
    }
}

/// The longest time in which care after an operation is part of it.
const LONGEST: TimeDelta = TimeDelta::days(90);

/// An assistant, or who handed the care afterwards over, owes no visits.
const NO_CARE_AFTERWARDS: [&str; 5] = ["54", "80", "81", "82", "AS"];

fn global_period(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        if !is_daily_visit(number_of(line)) || first_of(line, &["24", "25", "57"]).is_some() {
            continue;
        }
        let Some(on) = line.from else { continue };
        let Some(before) = context.history.before(claim) else { continue };
        let who = rendering_of(claim, line);
        let surgery = before
            .filter(|past| past.from.is_some_and(|day| day < on && on - day <= LONGEST))
            .filter(|past| who.is_some() && past.rendering.as_ref().and_then(Entered::valid) == who)
            .filter(|past| !past.modifiers.iter().any(|it| NO_CARE_AFTERWARDS.contains(&it.text())))
            .find_map(|past| {
                let days = global_days(context.codes, past.procedure.text(), past.from)?;
                let day = past.from?;
                (on - day <= TimeDelta::days(i64::from(days))).then_some((past, day, days))
            });
        if let Some((past, day, days)) = surgery {
            let message = format!(
                "line {}: within the {days} days of care after {} of {day} (claim {})",
                index + 1,
                past.procedure.text(),
                past.claim
            );
            report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), "", message);
        }
    }
}

fn postoperative_modifier(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let Some(modifier) = first_of(line, &["24", "58", "78", "79"]) else { continue };
        let Some(on) = line.from else { continue };
        let spot = || Spot::line(index, "modifiers", "2400 SV101-3");
        let Some(mut before) = context.history.before(claim) else {
            let why =
                format!("line {}: what was done before {modifier}: earlier claims are not known", index + 1);
            report.not_checked(spot(), modifier, why);
            continue;
        };
        let is_recent = |day: Option<NaiveDate>| day.is_some_and(|day| day <= on && on - day <= LONGEST);
        // A procedure of unknown period may be the one.
        let follows = before
            .any(|past| is_recent(past.from) && !is_evaluation(number(past.procedure.text())))
            || claim.lines.iter().enumerate().any(|(other, first)| {
                other != index
                    && first.from < line.from
                    && is_recent(first.from)
                    && !is_evaluation(number_of(first))
            });
        if !follows {
            let message =
                format!("line {}: {modifier} follows an operation, and none is known in 90 days", index + 1);
            report.fault(spot(), modifier, message);
        }
    }
}

/// Hospitals, by whom the technical part is billed: departments off and on campus, inpatient,
/// emergency, psychiatric and rehabilitation.
fn is_a_hospital(place: &str) -> bool {
    matches!(place, "19" | "21" | "22" | "23" | "51" | "61")
}

fn technical_in_facility(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let place = place_of(claim, line);
        if !is_a_hospital(place) || has(line, "26") {
            continue;
        }
        let (Some(code), Some(on)) = (line.procedure.valid(), line.from) else { continue };
        let Some(indicators) = context.codes.fee_indicators(code.as_str(), on) else { continue };
        let what = if has(line, "TC") {
            "the technical part is the hospital's"
        } else if indicators.is_the_facilitys {
            "is the hospital's"
        } else if indicators.parts == ProfessionalTechnical::Split {
            "without 26 asks for the hospital's part, too"
        } else {
            continue;
        };
        let message = format!("line {}: {code} at place {place}: {what}", index + 1);
        report.fault(Spot::line(index, "procedure", "2400 SV101-2"), code.as_str(), message);
    }
}
