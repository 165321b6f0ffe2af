//! When it happened, and whether it is too late to ask for payment.

use chrono::{Months, NaiveDate, TimeDelta};

use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, ClaimKind, Field, View};
use super::{Context, Rule as About};
use crate::claims::Claim;
use crate::claims::model::RelatedCause;

/// With fewer days than this left a claim is warned about.
const DAYS_LEFT_WARNED: i64 = 14;

pub(super) static RULES: [Rule; 6] = [
    Rule {
        about: About {
            id: "scrub/service-date",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Every line has a date of service, and does not end before it begins",
            source: "X222 2400 DTP*472",
            next: "Enter the day on which the service was given.",
        },
        check: Check::Professional(service_date),
    },
    Rule {
        about: About {
            id: "scrub/service-date-future",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "No service lies in the future",
            source: "X222 2400 DTP*472; X223 2300 DTP*434, 2400 DTP*472; X224 2300 and 2400 DTP*472; CARC 110",
            next: "Correct the date, or send the claim after the service.",
        },
        check: Check::View(service_date_future),
    },
    Rule {
        about: About {
            id: "scrub/service-date-lifetime",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "Every service lies between the patient's birth and death",
            source: "X222, X223 and X224 2010BA/2010CA DMG02; X222 PAT06; CARC 13 and 14",
            next: "Check the date of service, the birth date and the date of death.",
        },
        check: Check::View(service_date_lifetime),
    },
    Rule {
        about: About {
            id: "scrub/accident-date",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A claim after an accident says when it happened",
            source: "X222 2300 DTP*439 (required when CLM11 is AA or OA)",
            next: "Enter the day of the accident, or take the cause back.",
        },
        check: Check::Professional(accident_date),
    },
    Rule {
        about: About {
            id: "scrub/admission-date",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A visit to an inpatient says when the patient was admitted",
            source: "X222 2300 DTP*435 (required on inpatient medical visits)",
            next: "Enter the day on which the hospital admitted the patient.",
        },
        check: Check::Professional(admission_date),
    },
    Rule {
        about: About {
            id: "scrub/timely-filing",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "The claim reaches the payer within its limit for filing",
            source: "42 CFR 424.44 (Medicare: one calendar year); the payer's contract; CARC 29",
            next: "Send it now, or write it off unless a reason for the delay is accepted (CLM20).",
        },
        check: Check::View(timely_filing),
    },
];

fn service_date(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        match (line.from, line.thru) {
            (None, _) => {
                let message = format!("line {} has no date of service", index + 1);
                report.fault(Spot::line(index, "from", "2400 DTP03 (472)"), "", message);
            }
            (Some(from), Some(thru)) if thru < from => {
                let message = format!("line {} ends on {thru}, before it begins on {from}", index + 1);
                report.fault(Spot::line(index, "thru", "2400 DTP03 (472)"), thru.to_string(), message);
            }
            (Some(_), _) => {}
        }
    }
}

fn service_date_future(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    for service in view.services() {
        for (field, day) in [(Field::From, Some(service.from)), (Field::Thru, service.thru)] {
            if let Some(day) = day.filter(|day| *day > context.today) {
                let message = format!("{}: {day} is after today, {}", service.whose(), context.today);
                report.fault(view.service_spot(&service, field), day.to_string(), message);
                break;
            }
        }
    }
}

fn service_date_lifetime(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for service in view.services() {
        let (whose, from) = (service.whose(), service.from);
        let last = service.thru.unwrap_or(from);
        if view.born_on.is_some_and(|born| from < born) {
            let message = format!("{whose} is before the patient's birth");
            report.fault(view.service_spot(&service, Field::From), from.to_string(), message);
        }
        if view.died_on.is_some_and(|died| died < last) {
            let message = format!("{whose} is after the patient's death");
            let field = if service.thru.is_some() { Field::Thru } else { Field::From };
            report.fault(view.service_spot(&service, field), last.to_string(), message);
        }
    }
}

fn accident_date(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let accident = claim
        .related_causes
        .iter()
        .find(|it| matches!(it, RelatedCause::AutoAccident | RelatedCause::OtherAccident));
    if let (Some(cause), None) = (accident, claim.accident_on) {
        let message = format!("the claim is related to an accident ({}), whose day is missing", cause.code());
        report.fault(Spot::new("/accident_on", "2300 DTP03 (439)"), "", message);
    }
}

/// Hospital visits by their code numbers (CPT): first, later and discharge days.
fn is_inpatient_visit(code: &str) -> bool {
    code.len() == 5 && (("99221"..="99223").contains(&code) || ("99231"..="99239").contains(&code))
}

fn admission_date(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if claim.admitted_on.is_some() {
        return;
    }
    let visit = claim.lines.iter().position(|line| {
        // 21: inpatient hospital. At other places these codes are observation.
        let place = line.place_of_service.as_ref().unwrap_or(&claim.place_of_service);
        place.text() == "21" && is_inpatient_visit(line.procedure.text())
    });
    if let Some(index) = visit {
        let message =
            format!("line {} is a visit to an inpatient: the day of admission is missing", index + 1);
        report.fault(Spot::new("/admitted_on", "2300 DTP03 (435)"), "", message);
    }
}

fn timely_filing(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    // A later payer's limit runs from the earlier one's remittance, and a correction has the
    // payer's own limit: neither is known here.
    if !view.is_first_request() {
        return;
    }
    for service in view.services() {
        // A facility's limit runs from the last day of its statement (Medicare Claims Processing
        // Manual chapter 1, 70.1), others' from the day on which each service began.
        let day = match (view.kind, view.period) {
            (ClaimKind::Institutional, Some(_)) if service.line.is_some() => continue,
            (ClaimKind::Institutional, _) => service.thru.unwrap_or(service.from),
            (ClaimKind::Professional | ClaimKind::Dental, _) => service.from,
        };
        let Some(last_day) = filing_limit(view, context, day) else { continue };
        let left = (last_day - context.today).num_days();
        let (whose, spot) = (service.whose(), || view.service_spot(&service, Field::From));
        if left < 0 {
            let message = format!("{whose}: the last day for filing was {last_day}");
            report.fault(spot(), day.to_string(), message);
        } else if left < DAYS_LEFT_WARNED {
            let message = format!("{whose}: the last day for filing is {last_day}, {left} days from today");
            report.doubt(spot(), day.to_string(), message);
        }
    }
}

/// The last day on which the payer may receive a claim for a service; none where it is not known.
fn filing_limit(view: &View<'_>, context: &Context<'_>, day: NaiveDate) -> Option<NaiveDate> {
    let is_medicare = match view.kind {
        ClaimKind::Professional => view.is_medicare_b(),
        ClaimKind::Institutional => view.is_medicare(),
        ClaimKind::Dental => false,
    };
    match context.rules.payer.timely_filing_days {
        Some(days) => day.checked_add_signed(TimeDelta::days(i64::from(days))),
        None if is_medicare => day.checked_add_months(Months::new(12)),
        None => None,
    }
}
