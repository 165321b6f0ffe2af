//! Procedures, where they were done, and what some of them need beside them.

use chrono::{Months, NaiveDate};

use super::charges::is_medicare_b;
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, Field, View, rendering_of};
use super::{Context, Rule as About};
use crate::claims::model::ServiceLine;
use crate::claims::{Claim, HistoryLine};
use crate::codes::GlobalPeriod;
use crate::types::{CodeStatus, CodeTable, Entered, Npi, PlaceOfService, ProcedureCode};

pub(super) static RULES: [Rule; 6] = [
    Rule {
        about: About {
            id: "scrub/procedure-code",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Every procedure is a CPT or HCPCS code in force on the day of service",
            source: "45 CFR 162.1002; HCPCS Level II July 2026 (CMS); X222 2400 SV101-2; CARC 181",
            next: "Use the code that describes the service on that day.",
        },
        check: Check::Professional(procedure_code),
    },
    Rule {
        about: About {
            id: "scrub/place-of-service",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Every place of service is a code of CMS's set",
            source: "X222 2300 CLM05-1, 2400 SV105 (code source 237); CMS place of service code set",
            next: "Choose the place where the patient and the provider met.",
        },
        check: Check::Professional(place_of_service),
    },
    Rule {
        about: About {
            id: "scrub/add-on",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "An add-on stands beside the procedure that it adds to",
            source: "NCCI policy manual chapter I, add-on codes; CMS physician fee schedule RVU24C, global ZZZ (sample)",
            next: "Bill the primary procedure of that day on the same claim.",
        },
        check: Check::Professional(add_on),
    },
    Rule {
        about: About {
            id: "scrub/new-patient",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A new patient has not been seen by this provider for three years",
            source: "Medicare Claims Processing Manual chapter 12, 30.6.7.A; CARC B16",
            next: "Bill the established-patient visit.",
        },
        check: Check::Professional(new_patient),
    },
    Rule {
        about: About {
            id: "scrub/prior-authorization",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "A procedure that the payer wants authorized has its number",
            source: "The payer's own list; X222 and X224 2300 and 2400 REF*G1; X223 2300 REF*G1; CARC 197",
            next: "Ask the payer for the authorization and enter its number.",
        },
        check: Check::View(prior_authorization),
    },
    Rule {
        about: About {
            id: "scrub/ordering-provider",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Imaging and laboratory tests at Medicare name who ordered them",
            source: "42 CFR 424.507(a); X222 2310A, 2420E",
            next: "Name the physician who ordered the test, with the NPI.",
        },
        check: Check::Professional(ordering_provider),
    },
];

/// The table of a procedure: CPT codes begin with a digit, HCPCS Level II with a letter.
pub(super) fn table_of(procedure: &ProcedureCode) -> CodeTable {
    if procedure.as_str().starts_with(|c: char| c.is_ascii_digit()) {
        CodeTable::Cpt
    } else {
        CodeTable::Hcpcs
    }
}

fn procedure_code(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let number = index + 1;
        let spot = || Spot::line(index, "procedure", "2400 SV101-2");
        let Some(code) = line.procedure.valid() else {
            report.fault(
                spot(),
                line.procedure.text(),
                format!("line {number}: not of the form of a procedure code"),
            );
            continue;
        };
        let Some(on) = line.from else { continue };
        let found = context.codes.lookup(table_of(code), code.as_str(), on);
        match found.status {
            CodeStatus::Valid => {}
            CodeStatus::Unknown | CodeStatus::Header => {
                report.fault(spot(), code.as_str(), format!("line {number}: {code} does not exist"));
            }
            CodeStatus::NotInForce => {
                let days = match (found.valid_from, found.valid_to) {
                    (Some(from), _) if on < from => format!("before {from}"),
                    (_, Some(to)) => format!("after {to}"),
                    _ => "that day".to_owned(),
                };
                let message = format!("line {number}: {code} is not in force {days}; the service is of {on}");
                report.fault(spot(), code.as_str(), message);
            }
            CodeStatus::NotChecked => {
                let why = format!("line {number}: {code} on {on}: {}", found.note.unwrap_or(found.edition));
                report.not_checked(spot(), code.as_str(), why);
            }
        }
    }
}

fn place_of_service(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    let mut look = |place: &Entered<PlaceOfService>, on: Option<NaiveDate>, spot: Spot| {
        let on = on.unwrap_or(context.today);
        let status = place.valid().map(|code| context.codes.lookup(CodeTable::Pos, code.as_str(), on).status);
        if status != Some(CodeStatus::Valid) {
            report.fault(spot, place.text(), format!("{:?} is not a place of service", place.text()));
        }
    };
    let first = claim.service_dates().map(|(from, _)| from);
    look(&claim.place_of_service, first, Spot::new("/place_of_service", "2300 CLM05-1"));
    for (index, line) in claim.lines.iter().enumerate() {
        if let Some(place) = &line.place_of_service {
            look(place, line.from, Spot::line(index, "place_of_service", "2400 SV105"));
        }
    }
}

fn add_on(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    let is_add_on = |line: &ServiceLine| {
        let code = line.procedure.valid()?;
        Some(context.codes.fee_indicators(code.as_str(), line.from?)?.global == GlobalPeriod::AddOn)
    };
    for (index, line) in claim.lines.iter().enumerate() {
        if is_add_on(line) != Some(true) {
            continue;
        }
        // Which primaries go with which add-on is in no shipped table: any other procedure of
        // that day that is not known to be an add-on itself may be the one.
        let primary = claim.lines.iter().enumerate().any(|(other, beside)| {
            other != index && beside.from == line.from && is_add_on(beside) != Some(true)
        });
        if !primary {
            let code = line.procedure.text();
            let message = format!("line {}: {code} is an add-on and stands alone on its day", index + 1);
            report.fault(Spot::line(index, "procedure", "2400 SV101-2"), code, message);
        }
    }
}

/// Visits that only a new patient can have (CPT code numbers).
fn is_new_patient_visit(code: &str) -> bool {
    matches!(
        code,
        "99202"
            | "99203"
            | "99204"
            | "99205"
            | "99341"
            | "99342"
            | "99344"
            | "99345"
            | "99381"
            | "99382"
            | "99383"
            | "99384"
            | "99385"
            | "99386"
            | "99387"
            | "92002"
            | "92004"
    )
}

/// Whether a procedure brings patient and professional face to face: not laboratory, imaging,
/// or the reading of a test (Medicare manual, chapter 12, 30.6.7.A).
fn is_face_to_face(code: &str) -> bool {
    matches!(code.as_bytes(), [b'9', b'2' | b'7' | b'8' | b'9', ..]) && !matches!(code, "99000" | "99001")
}

fn new_patient(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let (Some(code), Some(on)) = (line.procedure.valid(), line.from) else { continue };
        if !is_new_patient_visit(code.as_str()) {
            continue;
        }
        let spot = Spot::line(index, "procedure", "2400 SV101-2");
        let Some(before) = context.history.before(claim) else {
            let why = format!("line {}: whether the patient is new: earlier claims are not known", index + 1);
            report.not_checked(spot, code.as_str(), why);
            continue;
        };
        let Some(since) = on.checked_sub_months(Months::new(36)) else { continue };
        let seen: Vec<(NaiveDate, &HistoryLine)> = before
            .filter(|past| is_face_to_face(past.procedure.text()))
            .filter_map(|past| Some((past.from.filter(|day| since < *day && *day < on)?, past)))
            .collect();
        let by = |npi: Option<&Entered<Npi>>, wanted: Option<&Npi>| {
            wanted.is_some() && npi.and_then(Entered::valid) == wanted
        };
        let rendering = rendering_of(claim, line);
        let billing = claim.billing.npi.as_ref().and_then(Entered::valid);
        if let Some((day, past)) = seen.iter().find(|(_, past)| by(past.rendering.as_ref(), rendering)) {
            let message = format!(
                "line {}: the same provider saw the patient on {day} (claim {})",
                index + 1,
                past.claim
            );
            report.fault(spot, code.as_str(), message);
        } else if let Some((day, past)) = seen.iter().find(|(_, past)| by(past.billing.as_ref(), billing)) {
            // Only a provider of the same specialty makes the patient established: not known here.
            let message = format!(
                "line {}: another provider of the group saw the patient on {day} (claim {}); if of the same specialty, the patient is established",
                index + 1,
                past.claim
            );
            report.doubt(spot, code.as_str(), message);
        }
    }
}

fn prior_authorization(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in view.lines.iter().enumerate() {
        let Some(code) = line.procedure.as_deref().and_then(Entered::valid) else { continue };
        let needed = context.rules.payer.prior_authorization.contains(code);
        if needed && !line.is_authorized && !view.is_authorized {
            let message = format!("line {}: this payer wants {code} authorized beforehand", index + 1);
            report.fault(view.line_spot(index, Field::PriorAuthorization), "", message);
        }
    }
}

/// Radiology, and pathology and laboratory, by their ranges of CPT.
fn is_ordered_test(code: &str) -> bool {
    code.bytes().all(|b| b.is_ascii_digit()) && ("70010"..="89398").contains(&code)
}

fn ordering_provider(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if !is_medicare_b(claim) || claim.referring.as_ref().is_some_and(|provider| provider.npi.is_some()) {
        return;
    }
    for (index, line) in claim.lines.iter().enumerate() {
        let Some(code) = line.procedure.valid() else { continue };
        let ordered_by = line.ordering.as_deref().is_some_and(|provider| provider.npi.is_some());
        if is_ordered_test(code.as_str()) && !ordered_by {
            let message = format!("line {}: nobody is named who ordered {code}", index + 1);
            report.fault(Spot::line(index, "ordering", "2420E NM109"), "", message);
        }
    }
}
