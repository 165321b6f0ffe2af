//! Drugs and vaccines: what was given, what was discarded, and that it was given.
//!
//! Which drugs come in single-dose containers no public table of codes says: a practice names its own in
//! the list of codes that is called [`SINGLE_DOSE_LIST`].

use chrono::NaiveDate;

use super::charges::is_medicare_b;
use super::families::{first_of, has, is_vaccination, is_vaccine, number_of};
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;
use crate::claims::model::ServiceLine;

pub(super) static RULES: [Rule; 6] = [
    Rule {
        about: About {
            id: "scrub/discarded-drug",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "What was discarded of a drug stands beside what was given",
            source: "Medicare Claims Processing Manual chapter 17, 40.1 (JW, JZ); CARC 4",
            next: "Bill what was given on one line, what was discarded on another with JW.",
        },
        check: Check::Professional(discarded_drug),
    },
    Rule {
        about: About {
            id: "scrub/single-dose-drug",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "At Medicare a drug of the list Single-dose drugs says what was discarded (JW), or that nothing was (JZ)",
            source: "42 CFR 414.940; CMS JW and JZ modifier policy (JZ since 2023-07-01); Medicare Claims Processing Manual chapter 17, 40.1; the practice's list; CARC 4",
            next: "Add JZ when nothing was discarded, else bill what was on a line of its own with JW.",
        },
        check: Check::Professional(single_dose_drug),
    },
    Rule {
        about: About {
            id: "scrub/medicaid-drug",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A drug given at the office has its NDC at Medicaid",
            source: "Social Security Act 1927(a)(7); 42 CFR 447.520; X222 2410 LIN03; CARC 16 (M119)",
            next: "Enter the NDC, quantity and unit of the package that was used.",
        },
        check: Check::Professional(medicaid_drug),
    },
    Rule {
        about: About {
            id: "scrub/vaccine-given",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A vaccine is billed with giving it, and giving it with a vaccine",
            source: "Medicare Claims Processing Manual chapter 18, 10.2; ICD-10-CM guidelines I.C.21.c.2; CARC B15",
            next: "Bill the vaccine and its administration of that day on one claim.",
        },
        check: Check::Professional(vaccine_given),
    },
    Rule {
        about: About {
            id: "scrub/medicare-vaccination",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Medicare's three vaccines are given with Medicare's codes",
            source: "Medicare Claims Processing Manual chapter 18, 10.2.1 (G0008 influenza, G0009 pneumococcal, G0010 hepatitis B); CARC 16",
            next: "Bill the administration with the G code of the vaccine.",
        },
        check: Check::Professional(medicare_vaccination),
    },
    Rule {
        about: About {
            id: "scrub/vaccine-diagnosis",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A vaccination has the diagnosis Z23",
            source: "ICD-10-CM guidelines I.C.21.c.2; Medicare Claims Processing Manual chapter 18, 10.2.1; CARC 11",
            next: "Add Z23 and point the vaccine and its administration to it.",
        },
        check: Check::Professional(vaccine_diagnosis),
    },
];

fn discarded_drug(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| !line.modifiers.is_empty()) {
        let Some(modifier) = ["JW", "JZ"].into_iter().find(|modifier| has(line, modifier)) else { continue };
        let code = line.procedure.text();
        let is_drug = code.starts_with(['A', 'C', 'J', 'P', 'Q', 'S']) && number_of(line) == 0;
        let given = |(other, beside): (usize, &ServiceLine)| {
            other != index
                && beside.procedure == line.procedure
                && beside.from == line.from
                && !has(beside, "JW")
        };
        let message = if !is_drug {
            format!("line {}: {modifier} is of drugs, and {code} is none", index + 1)
        } else if modifier == "JW" && !claim.lines.iter().enumerate().any(given) {
            format!("line {}: {code} was discarded, and no line says that it was given", index + 1)
        } else {
            continue;
        };
        report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), modifier, message);
    }
}

/// What a practice calls the list of its drugs in single-dose containers, whatever the capitals.
pub(super) const SINGLE_DOSE_LIST: &str = "Single-dose drugs";

/// From when a drug of which nothing was discarded has to say so. JW was demanded before, since 2017, but
/// whether anything was discarded a line without it did not tell.
const JZ_REQUIRED: NaiveDate = NaiveDate::from_ymd_opt(2023, 7, 1).expect("a day of the calendar");

fn single_dose_drug(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    let Some(single_dose) = context.rules.single_dose_drugs.as_deref().filter(|_| is_medicare_b(claim))
    else {
        return;
    };
    for (index, line) in claim.lines.iter().enumerate() {
        let code = line.procedure.text();
        let is_asked = single_dose.contains(code) && line.from.is_some_and(|on| on >= JZ_REQUIRED);
        if !is_asked || first_of(line, &["JW", "JZ"]).is_some() {
            continue;
        }
        let is_discarded = |other: &ServiceLine| {
            other.procedure == line.procedure && other.from == line.from && has(other, "JW")
        };
        if !claim.lines.iter().any(is_discarded) {
            let message = format!("line {}: nothing says whether any of {code} was discarded", index + 1);
            report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), "", message);
        }
    }
}

fn medicaid_drug(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if claim.payer.filing_indicator != "MC" {
        return;
    }
    for (index, line) in claim.lines.iter().enumerate() {
        let code = line.procedure.text();
        if code.starts_with('J') && line.drug.is_none() {
            let message = format!("line {}: {code} without an NDC", index + 1);
            report.fault(Spot::line(index, "drug", "2410 LIN03"), "", message);
        }
    }
}

/// A vaccine, by CPT or by Medicare's codes of influenza vaccines.
fn is_a_vaccine(line: &ServiceLine) -> bool {
    is_vaccine(number_of(line)) || ("Q2034"..="Q2039").contains(&line.procedure.text())
}

fn vaccine_given(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let vaccine = is_a_vaccine(line);
        if !vaccine && !is_vaccination(line.procedure.text()) {
            continue;
        }
        let partner = claim.lines.iter().any(|other| {
            other.from == line.from
                && if vaccine { is_vaccination(other.procedure.text()) } else { is_a_vaccine(other) }
        });
        if !partner {
            let code = line.procedure.text();
            let message = if vaccine {
                format!("line {}: nothing says that {code} was given", index + 1)
            } else {
                format!("line {}: {code} gives no vaccine of that day", index + 1)
            };
            report.fault(Spot::line(index, "procedure", "2400 SV101-2"), code, message);
        }
    }
}

/// The administration that Medicare wants for a vaccine.
fn medicare_code(line: &ServiceLine) -> Option<&'static str> {
    match number_of(line) {
        90_630
        | 90_653..=90_658
        | 90_660..=90_662
        | 90_672..=90_674
        | 90_682
        | 90_685..=90_689
        | 90_694
        | 90_756 => Some("G0008"),
        90_670 | 90_671 | 90_677 | 90_684 | 90_732 => Some("G0009"),
        90_739 | 90_740 | 90_743 | 90_744 | 90_746 | 90_747 | 90_759 => Some("G0010"),
        0 if ("Q2034"..="Q2039").contains(&line.procedure.text()) => Some("G0008"),
        _ => None,
    }
}

fn medicare_vaccination(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if !is_medicare_b(claim) {
        return;
    }
    for line in &claim.lines {
        let Some(wanted) = medicare_code(line) else { continue };
        let of_day = |other: &ServiceLine| other.from == line.from;
        // One G code gives one vaccine; CPT's code beside it may be for another.
        if claim.lines.iter().any(|other| of_day(other) && other.procedure.text() == wanted) {
            continue;
        }
        let instead = claim
            .lines
            .iter()
            .position(|other| of_day(other) && matches!(number_of(other), 90_460 | 90_471 | 90_473));
        if let Some(index) = instead {
            let code = claim.lines[index].procedure.text();
            let vaccine = line.procedure.text();
            let message =
                format!("line {}: Medicare wants {wanted} for giving {vaccine}, not {code}", index + 1);
            report.fault(Spot::line(index, "procedure", "2400 SV101-2"), code, message);
        }
    }
}

fn vaccine_diagnosis(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let vaccine = claim.lines.iter().position(is_a_vaccine);
    if let Some(index) = vaccine
        && !claim.diagnoses.iter().any(|code| code.text() == "Z23")
    {
        let message = format!("line {} is a vaccine, and Z23 is not on the claim", index + 1);
        report.fault(Spot::line(index, "pointers", "2400 SV107"), "", message);
    }
}
