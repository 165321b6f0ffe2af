//! What only institutional claims are held to: bill type, stay, and the inpatient edits of the
//! Medicare Code Editor.

use rust_decimal::Decimal;

use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, DiagnosisRole, Field, Stay, View};
use super::{Context, Rule as About};

pub(super) static RULES: [Rule; 11] = [
    Rule {
        about: About {
            id: "scrub/bill-type",
            version: 1,
            kinds: view::INSTITUTIONAL,
            severity: Severity::Stop,
            title: "The bill type is a type of facility with a frequency that it may have",
            source: "X223 2300 CLM05-1 and CLM05-3; Medicare Claims Processing Manual chapter 25, 75.1 (FL 4)",
            next: "Correct the facility's type or the frequency.",
        },
        check: Check::View(bill_type),
    },
    Rule {
        about: About {
            id: "scrub/patient-status",
            version: 1,
            kinds: view::INSTITUTIONAL,
            severity: Severity::Warn,
            title: "The last bill of a stay is not of a patient who is still there",
            source: "X223 2300 CL103; Medicare Claims Processing Manual chapter 25, 75.1 (FL 4) and 75.2 (FL 17)",
            next: "Enter how the patient left, or bill the stay as interim (frequency 2 or 3).",
        },
        check: Check::View(patient_status),
    },
    Rule {
        about: About {
            id: "scrub/unacceptable-principal",
            version: 1,
            kinds: view::INSTITUTIONAL,
            severity: Severity::Stop,
            title: "The principal diagnosis of a hospital stay is one for which a patient is admitted",
            source: "CMS Medicare Code Editor v44, unacceptable principal diagnosis; Medicare Claims Processing Manual chapter 3, 20.2.1",
            next: "List the condition that made the stay necessary first.",
        },
        check: Check::View(unacceptable_principal),
    },
    Rule {
        about: About {
            id: "scrub/questionable-admission",
            version: 1,
            kinds: view::INSTITUTIONAL,
            severity: Severity::Warn,
            title: "The principal diagnosis of a hospital stay is one that seldom could be treated elsewhere",
            source: "CMS Medicare Code Editor v44, questionable admission; Medicare Claims Processing Manual chapter 3, 20.2.1",
            next: "Look whether the record shows another reason for the stay; if it does not, expect a review.",
        },
        check: Check::View(questionable_admission),
    },
    Rule {
        about: About {
            id: "scrub/unspecified-code",
            version: 1,
            kinds: view::INSTITUTIONAL,
            severity: Severity::Warn,
            title: "The diagnoses of a hospital stay say the side where a code with the side exists",
            source: "CMS Medicare Code Editor v44, unspecified code edit, from 2022-04-01; Medicare Claims Processing Manual chapter 3, 20.2.1",
            next: "Take the code with the side from the record; where nobody can tell, say so in a billing note (UNABLE TO DET LAT 1, or 2).",
        },
        check: Check::View(unspecified_code),
    },
    Rule {
        about: About {
            id: "scrub/wrong-procedure",
            version: 1,
            kinds: view::INSTITUTIONAL,
            severity: Severity::Stop,
            title: "A stay in which the wrong procedure, patient or side was operated on is billed without payment",
            source: "CMS Medicare Code Editor v44, wrong procedure performed; Medicare Claims Processing Manual chapter 32, 230",
            next: "Bill what belongs to the error by itself with frequency 0, and the rest of the stay without it.",
        },
        check: Check::View(wrong_procedure),
    },
    Rule {
        about: About {
            id: "scrub/present-on-admission",
            version: 1,
            kinds: view::INSTITUTIONAL,
            severity: Severity::Warn,
            title: "Diagnoses of a hospital stay say whether they were present on admission, those of a visit do not",
            source: "X223 2300 HI01-9 to HI12-9; ICD-10-CM guidelines appendix I; Social Security Act 1886(d)(4)(D)",
            next: "Leave it out of an outpatient claim, or correct the bill type.",
        },
        check: Check::View(present_on_admission),
    },
    Rule {
        about: About {
            id: "scrub/revenue-code-procedure",
            version: 1,
            kinds: view::INSTITUTIONAL,
            severity: Severity::Stop,
            title: "An outpatient line has a procedure where its revenue code demands one",
            source: "X223 2400 SV202; Medicare Claims Processing Manual chapter 4, 20.1; NUBC revenue codes",
            next: "Enter the HCPCS code of the service.",
        },
        check: Check::View(revenue_code_procedure),
    },
    Rule {
        about: About {
            id: "scrub/discharge-status",
            version: 1,
            kinds: view::INSTITUTIONAL,
            severity: Severity::Stop,
            title: "The discharge status is a code of its set, and death at home or elsewhere is of hospices only",
            source: "X223 2300 CL103; Medicare Claims Processing Manual chapter 25, 75.2 (FL 17)",
            next: "Enter how the patient left; a hospital's patient who died has 20.",
        },
        check: Check::View(discharge_status),
    },
    Rule {
        about: About {
            id: "scrub/accommodation",
            version: 1,
            kinds: view::INSTITUTIONAL,
            severity: Severity::Stop,
            title: "A visit to outpatients has no room and board",
            source: "X223 2400 SV201; Medicare Claims Processing Manual chapter 25, 75.4 (FL 42 and 44)",
            next: "Take the room out (observation is 0762), or correct the bill type.",
        },
        check: Check::View(accommodation),
    },
    Rule {
        about: About {
            id: "scrub/accommodation-days",
            version: 1,
            kinds: view::INSTITUTIONAL,
            severity: Severity::Warn,
            title: "The days of room and board are the days of the stay",
            source: "X223 2400 SV205 and 2300 DTP*434; Medicare Claims Processing Manual chapter 3, 40.2.2 and chapter 25, 75.4 (FL 46)",
            next: "Correct the days of the rooms or the period; the day of discharge is not counted.",
        },
        check: Check::View(accommodation_days),
    },
];

/// The frequencies that the manual lists.
const FREQUENCIES: &str = "012345789ABCDEFGHIJKMPQXYZ";

/// Facilities that may have a frequency of their own: final bill of home health; end, other
/// provider, cancellation and other owner of a hospice election (home health, religious nonmedical
/// and hospice send elections).
fn belongs_to(frequency: char) -> Option<&'static [&'static str]> {
    match frequency {
        '9' => Some(&["32", "33"]),
        'C' | 'E' => Some(&["81", "82"]),
        _ => None,
    }
}

fn bill_type(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(Stay { facility, .. }) = &view.stay else { return };
    let is_type = match facility.as_bytes() {
        [kind, class] => (b'1'..=b'8').contains(kind) && class.is_ascii_digit() && *class != b'0',
        _ => false,
    };
    if !is_type {
        let message = format!("{facility:?} is no type of facility: two digits, the first 1 to 8");
        report.fault(Spot::new("/facility_type", "2300 CLM05-1"), facility, message);
        return;
    }
    let frequency = view.frequency.code();
    let spot = || Spot::new("/frequency", "2300 CLM05-3");
    if !FREQUENCIES.contains(frequency) {
        report.fault(spot(), frequency, format!("{frequency:?} is no frequency of a bill"));
    } else if let Some(facilities) = belongs_to(frequency)
        && !facilities.contains(&facility.as_str())
    {
        let of = facilities.join(" or ");
        let message = format!("frequency {frequency} belongs to bill types {of}, this is one of {facility}");
        report.fault(spot(), frequency, message);
    }
}

fn patient_status(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(stay) = &view.stay else { return };
    let frequency = view.frequency.code();
    let is_last = matches!(frequency, '1' | '4');
    if stay.is_inpatient() && is_last && stay.patient_status.as_deref() == Some("30") {
        let message = format!("frequency {frequency} ends the stay, and the patient is still there");
        report.fault(Spot::new("/patient_status", "2300 CL103"), "30", message);
    }
}

fn unacceptable_principal(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    if !view.stay.as_ref().is_some_and(Stay::is_acute) {
        return;
    }
    let Some((first, code)) = view.first_listed() else { return };
    let Some((on, _)) = first.days else { return };
    // The one code that the editor takes when another diagnosis stands beside it.
    let is_explained = code.as_str() == "Z5189" && view.listed().nth(1).is_some();
    if !context.codes.diagnosis_flags(code.as_str(), on).unacceptable_principal || is_explained {
        return;
    }
    let shown = code.dotted();
    let message = format!("{shown} is not a reason for a stay in a hospital");
    // The editor is Medicare's; most other payers have it, too.
    if view.is_medicare() {
        report.fault(first.spot.clone(), shown, message);
    } else {
        report.doubt(first.spot.clone(), shown, message);
    }
}

fn questionable_admission(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    if !view.stay.as_ref().is_some_and(Stay::is_acute) {
        return;
    }
    let Some((first, code)) = view.first_listed() else { return };
    let Some((on, _)) = first.days else { return };
    if context.codes.diagnosis_flags(code.as_str(), on).questionable_admission {
        let shown = code.dotted();
        let message = format!("{shown} alone seldom makes a stay in a hospital necessary");
        report.fault(first.spot.clone(), shown, message);
    }
}

fn unspecified_code(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    if !view.stay.as_ref().is_some_and(Stay::is_acute) {
        return;
    }
    for (_, diagnosis, code) in view.listed() {
        let Some((on, _)) = diagnosis.days else { continue };
        if context.codes.diagnosis_flags(code.as_str(), on).unspecified {
            let shown = code.dotted();
            let message = format!("{shown} leaves the side open, and there are codes that say it");
            report.fault(diagnosis.spot.clone(), shown, message);
        }
    }
}

fn wrong_procedure(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    // Frequency 0: nothing is asked for.
    let is_paid = view.frequency.code() != '0';
    if !is_paid || !view.stay.as_ref().is_some_and(Stay::is_inpatient) {
        return;
    }
    for (_, diagnosis, code) in view.readable() {
        let Some((on, _)) = diagnosis.days else { continue };
        if context.codes.diagnosis_flags(code.as_str(), on).wrong_procedure {
            let shown = code.dotted();
            let message = format!("{shown} says that an error was operated; its costs are not paid");
            report.fault(diagnosis.spot.clone(), shown, message);
        }
    }
}

fn present_on_admission(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(stay) = &view.stay else { return };
    let mut unsaid = None;
    for diagnosis in &view.diagnoses {
        let code = diagnosis.code.text();
        let spot = || diagnosis.spot.clone().component(9);
        match diagnosis.present_on_admission.as_deref() {
            Some(found) if !stay.is_inpatient() => {
                report.fault(spot(), found, format!("{code}: nobody is admitted on an outpatient claim"));
            }
            Some(_) => {}
            None if diagnosis.role != DiagnosisRole::Arrival && stay.is_acute() => {
                unsaid.get_or_insert((spot(), code));
            }
            None => {}
        }
    }
    if let Some((spot, code)) = unsaid {
        let why = "which codes and hospitals are exempt is in no shipped table";
        report.not_checked(spot, code, why);
    }
}

fn revenue_code_procedure(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(stay) = &view.stay else { return };
    let bare = view.lines.iter().position(|line| line.procedure.is_none() && line.revenue_code.is_some());
    if let (false, Some(index)) = (stay.is_inpatient(), bare) {
        let why = "which revenue codes need a procedure is in no shipped table: NUBC's list needs a licence";
        report.not_checked(view.line_spot(index, Field::Procedure), "", why);
    }
}

/// Routine discharges and transfers, death, still a patient, hospice; 81 to 95 with a planned return.
fn is_discharge_status(code: &str) -> bool {
    let of_hospice_or_federal = matches!(code, "40" | "41" | "42" | "43" | "50" | "51");
    let number: u8 = code.parse().unwrap_or(0);
    code.len() == 2
        && (of_hospice_or_federal || matches!(number, 1..=7 | 9 | 20 | 21 | 30 | 61..=66 | 69 | 70 | 81..=95))
}

fn discharge_status(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(stay) = &view.stay else { return };
    let Some(status) = stay.patient_status.as_deref().filter(|status| !status.is_empty()) else { return };
    let spot = || Spot::new("/patient_status", "2300 CL103");
    if !is_discharge_status(status) {
        report.fault(spot(), status, format!("{status:?} is no discharge status"));
    } else if matches!(status, "40" | "41" | "42") && !matches!(stay.facility.as_str(), "81" | "82") {
        let message =
            format!("{status} says that a patient of a hospice died, this is a bill of {}", stay.facility);
        report.fault(spot(), status, message);
    }
}

/// Rooms, wards, nurseries, intensive and coronary care, and days of leave from them.
fn is_a_room(revenue_code: &str) -> bool {
    revenue_code.len() == 4 && ("0100".."0220").contains(&revenue_code)
}

/// Outpatient departments, clinics, surgical centers, critical access hospitals.
fn is_of_outpatients(facility: &str) -> bool {
    matches!(facility, "13" | "14" | "23" | "71" | "73" | "76" | "77" | "83" | "85")
}

fn accommodation(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(stay) = view.stay.as_ref().filter(|stay| is_of_outpatients(&stay.facility)) else { return };
    for (index, line) in view.lines.iter().enumerate() {
        let Some(code) = line.revenue_code.as_deref().filter(|code| is_a_room(code)) else { continue };
        let message =
            format!("line {}: {code} is a room, and {} is a bill of outpatients", index + 1, stay.facility);
        report.fault(Spot::line(index, "revenue_code", "2400 SV201"), code, message);
    }
}

fn accommodation_days(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(stay) = view.stay.as_ref().filter(|stay| matches!(stay.facility.as_str(), "11" | "18" | "21"))
    else {
        return;
    };
    let Some((from, thru)) = view.period else { return };
    let rooms = || {
        let all = view.lines.iter().enumerate();
        all.filter(|(_, line)| line.revenue_code.as_deref().is_some_and(is_a_room))
    };
    let Some((first, _)) = rooms().next() else { return };
    let days: Decimal = rooms().filter_map(|(_, line)| line.units).sum();
    // The last day counts when the patient is still there, and a stay of one day is one.
    let stays = stay.patient_status.as_deref() == Some("30");
    let expected = ((thru - from).num_days() + i64::from(stays)).max(1);
    if days != Decimal::from(expected) {
        let message = format!("{days} days of room and board in a stay of {expected}");
        report.fault(view.line_spot(first, Field::Units), days.to_string(), message);
    }
}
