//! The patient, the insured and the payers: whether they can be who the claim says they are.

use chrono::{Months, NaiveDate};

use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;
use crate::claims::model::{Frequency, PayerSequence, RelatedCause, Relationship};
use crate::types::{PersonName, Phi, age_years};

pub(super) static RULES: [Rule; 11] = [
    Rule {
        about: About {
            id: "scrub/medicare-number",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Medicare's member id is a Medicare beneficiary identifier",
            source: "CMS, Medicare Beneficiary Identifier format (11 characters, since 2020-01-01 the only one taken); X222 2010BA NM109",
            next: "Copy the identifier from the red, white and blue card, without hyphens.",
        },
        check: Check::Professional(medicare_number),
    },
    Rule {
        about: About {
            id: "scrub/medicare-patient",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "At Medicare the patient is the insured",
            source: "X222 2000B SBR02; CMS 837P companion guide (the subscriber is always the patient)",
            next: "Bill the patient's own Medicare coverage, with relationship 18.",
        },
        check: Check::Professional(medicare_patient),
    },
    Rule {
        about: About {
            id: "scrub/dependent-identity",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A dependent is not the same person as the insured",
            source: "X222 2000B SBR02, 2000C PAT01, 2010CA; CARC 31",
            next: "Correct the relationship to self, or the name and birth date of who is insured.",
        },
        check: Check::Professional(dependent_identity),
    },
    Rule {
        about: About {
            id: "scrub/dependent-child",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A child insured with a parent is younger than the parent, and under 26 in a health plan",
            source: "45 CFR 147.120; X222 2000C PAT01 (19); CARC 32",
            next: "Check the birth dates and the relationship; ask the plan whether it still covers the child.",
        },
        check: Check::Professional(dependent_child),
    },
    Rule {
        about: About {
            id: "scrub/birth-date",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Nobody is older than 124 years or born after today",
            source: "X222 2010BA and 2010CA DMG02; CMS Medicare Code Editor v44 (age 0 to 124)",
            next: "Correct the birth date.",
        },
        check: Check::Professional(birth_date),
    },
    Rule {
        about: About {
            id: "scrub/death-date",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A date of death lies between birth and today",
            source: "X222 2000B and 2000C PAT06",
            next: "Correct the date of death, or take it away.",
        },
        check: Check::Professional(death_date),
    },
    Rule {
        about: About {
            id: "scrub/person-name",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Patient and insured have names that people have",
            source: "X222 2010BA and 2010CA NM103, NM104; CARC 31",
            next: "Enter the name as it stands on the insurance card.",
        },
        check: Check::Professional(person_name),
    },
    Rule {
        about: About {
            id: "scrub/earlier-payer-decision",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A claim to a later payer tells what every earlier one decided",
            source: "X222 2320 AMT*D, CAS and 2330B DTP*573; 42 CFR 411.24; CARC 22",
            next: "Post the earlier payer's remittance first, or correct the order of the payers.",
        },
        check: Check::Professional(earlier_payer_decision),
    },
    Rule {
        about: About {
            id: "scrub/payer-twice",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "No payer is asked twice for one member",
            source: "X222 2010BB and 2330B NM109, 2330A NM109; CARC 18",
            next: "Take the second coverage away, or correct its payer or member id.",
        },
        check: Check::Professional(payer_twice),
    },
    Rule {
        about: About {
            id: "scrub/medicaid-last",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Medicaid is asked after every other payer",
            source: "42 CFR 433.139; CARC 22",
            next: "Bill the other payer first, unless the state pays first for this service.",
        },
        check: Check::Professional(medicaid_last),
    },
    Rule {
        about: About {
            id: "scrub/casualty-cause",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A workers' compensation or auto carrier is told of the accident that it insures",
            source: "X222 2000B SBR09 (WC, AM), 2300 CLM11-1 (EM, AA); CARC 19 and 20",
            next: "Say that the condition is related to work or to an auto accident, or bill the health plan.",
        },
        check: Check::Professional(casualty_cause),
    },
];

/// From then on Medicare takes no other number.
const NEW_NUMBERS_ONLY: Option<NaiveDate> = NaiveDate::from_ymd_opt(2020, 1, 1);

/// `C` a digit from 1, `D` a digit, `A` a letter without S, L, O, I, B and Z, `E` either.
const MEDICARE_NUMBER: &[u8; 11] = b"CAEDAEDAADD";

fn is_medicare_number(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_uppercase() && !b"SLOIBZ".contains(&byte);
    text.len() == MEDICARE_NUMBER.len()
        && text.bytes().zip(MEDICARE_NUMBER).all(|(byte, form)| match form {
            b'C' => (b'1'..=b'9').contains(&byte),
            b'D' => byte.is_ascii_digit(),
            b'A' => letter(byte),
            _ => letter(byte) || byte.is_ascii_digit(),
        })
}

fn medicare_number(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(member) = claim.subscriber.member_id.valid().filter(|_| claim.payer.is_medicare()) else {
        return;
    };
    let since = claim.service_dates().map(|(_, last)| last) >= NEW_NUMBERS_ONLY;
    if since && !is_medicare_number(member.as_str()) {
        let message = "the member id is not of the form of a Medicare beneficiary identifier";
        report.fault(Spot::new("/subscriber/member_id", "2010BA NM109"), "", message);
    }
}

fn medicare_patient(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let relationship = &claim.patient.relationship;
    if claim.payer.is_medicare() && *relationship != Relationship::Itself {
        let message = "Medicare insures each person by themselves: the patient is the insured";
        report.fault(Spot::new("/patient/relationship", "2000C PAT01"), relationship.code(), message);
    }
}

fn dependent_identity(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let (patient, insured) = (&claim.patient, &claim.subscriber);
    if patient.relationship == Relationship::Itself {
        return;
    }
    let (one, other) = (patient.name.expose(), insured.name.expose());
    let alike = |one: Option<&str>, other: Option<&str>| match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    let same_name =
        one.last.eq_ignore_ascii_case(&other.last) && alike(one.first.as_deref(), other.first.as_deref());
    let born = patient.born_on.as_ref().map(Phi::expose);
    if same_name && born.is_some() && born == insured.born_on.as_ref().map(Phi::expose) {
        let message = "patient and insured have one name and birth date, and are said to be two people";
        report.fault(Spot::new("/patient/relationship", "2000C PAT01"), patient.relationship.code(), message);
    }
}

/// Health plans that cover children until 26: commercial, Blue Cross, HMO, PPO, POS, EPO, indemnity.
const COVERS_TO_26: [&str; 7] = ["CI", "BL", "HM", "12", "13", "14", "15"];

/// From then on health plans cover children until that age.
const CHILDREN_TO_26: Option<NaiveDate> = NaiveDate::from_ymd_opt(2010, 9, 23);

fn dependent_child(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let patient = &claim.patient;
    if patient.relationship != Relationship::Child {
        return;
    }
    let Some(born) = patient.born_on.as_ref().map(|day| *day.expose()) else { return };
    let spot = || Spot::new("/patient/relationship", "2000C PAT01");
    if claim.subscriber.born_on.as_ref().is_some_and(|parent| *parent.expose() >= born) {
        report.fault(spot(), "19", "the child is not younger than the parent who is insured");
        return;
    }
    let first = claim.service_dates().map(|(first, _)| first).filter(|first| Some(*first) >= CHILDREN_TO_26);
    let age = first.and_then(|first| age_years(born, first));
    let covers = COVERS_TO_26.contains(&claim.payer.filing_indicator.as_str());
    if covers && age.is_some_and(|age| age >= 26) {
        report.fault(spot(), "19", "a child of 26 or more is covered only by way of exception");
    }
}

fn birth_date(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    let Some(earliest) = context.today.checked_sub_months(Months::new(125 * 12)) else { return };
    let mut look = |born: Option<&Phi<NaiveDate>>, spot: [&'static str; 2], whose: &str| {
        let Some(born) = born.map(|day| *day.expose()) else { return };
        let what = if born <= earliest {
            "more than 124 years ago"
        } else if born > context.today {
            "after today"
        } else {
            return;
        };
        report.fault(Spot::new(spot[0], spot[1]), "", format!("the {whose} was born {what}"));
    };
    let insured = claim.subscriber.born_on.as_ref();
    if claim.patient.relationship == Relationship::Itself {
        look(claim.patient.born_on.as_ref(), ["/patient/born_on", "2010BA DMG02"], "patient");
    } else {
        look(claim.patient.born_on.as_ref(), ["/patient/born_on", "2010CA DMG02"], "patient");
        look(insured, ["/subscriber/born_on", "2010BA DMG02"], "insured");
    }
}

fn death_date(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    let Some(died) = claim.patient.died_on.as_ref().map(|day| *day.expose()) else { return };
    let before_birth = claim.patient.born_on.as_ref().is_some_and(|born| died < *born.expose());
    if died > context.today || before_birth {
        let message =
            if before_birth { "the patient died before birth" } else { "the patient dies after today" };
        report.fault(Spot::new("/patient/died_on", "2000B PAT06"), "", message);
    }
}

/// What people enter where a name is not known.
const PLACEHOLDERS: [&str; 10] =
    ["UNKNOWN", "UNK", "TEST", "NONE", "N/A", "XXX", "ANONYMOUS", "LASTNAME", "FIRSTNAME", "NO NAME"];

fn person_name(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let is_none = |text: &str| {
        let text = text.trim();
        PLACEHOLDERS.iter().any(|known| text.eq_ignore_ascii_case(known))
            || text.bytes().any(|byte| byte.is_ascii_digit())
    };
    let mut look = |name: &PersonName, pointer: &'static str, loop_id: &str, whose: &str| {
        // A person may have one name only, and it is the last.
        if name.last.trim().is_empty() || is_none(&name.last) || name.first.as_deref().is_some_and(is_none) {
            let message = format!("the name of the {whose} is a placeholder, has a digit or is missing");
            report.fault(Spot::new(pointer, format!("{loop_id} NM103")), "", message);
        }
    };
    look(claim.subscriber.name.expose(), "/subscriber/name", "2010BA", "insured");
    if claim.patient.relationship != Relationship::Itself {
        look(claim.patient.name.expose(), "/patient/name", "2010CA", "patient");
    }
}

fn earlier_payer_decision(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if claim.sequence == PayerSequence::Unknown || claim.frequency == Frequency::Void {
        return;
    }
    for (index, other) in claim.other_payers.iter().enumerate() {
        if other.sequence < claim.sequence && other.decision.is_none() {
            let message = format!(
                "payer {} comes before this one, and the claim does not say what it decided",
                other.payer.identifier.text()
            );
            report.fault(Spot::new(format!("/other_payers/{index}/decision"), "2320 SBR01"), "", message);
        }
    }
}

fn payer_twice(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(member) = claim.subscriber.member_id.valid() else { return };
    for (index, other) in claim.other_payers.iter().enumerate() {
        let payer = other.payer.identifier.valid();
        if payer.is_some()
            && payer == claim.payer.identifier.valid()
            && other.member_id.valid() == Some(member)
        {
            let spot = Spot::new(format!("/other_payers/{index}/member_id"), "2330A NM109");
            report.fault(spot, "", "the other payer and member are those that are asked");
        }
    }
}

fn medicaid_last(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let is_medicaid = |indicator: &str| indicator == "MC";
    if !is_medicaid(&claim.payer.filing_indicator) {
        return;
    }
    let before = claim
        .other_payers
        .iter()
        .position(|other| other.sequence > claim.sequence && !is_medicaid(&other.payer.filing_indicator));
    if let Some(index) = before {
        let message = "Medicaid is asked before another payer";
        let spot = Spot::new(format!("/other_payers/{index}/sequence"), "2320 SBR01");
        report.fault(spot, claim.other_payers[index].sequence.code(), message);
    }
}

fn casualty_cause(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let (cause, message) = match claim.payer.filing_indicator.as_str() {
        "WC" => (RelatedCause::Employment, "the payer insures work, and the claim is not related to work"),
        "AM" => (
            RelatedCause::AutoAccident,
            "the payer insures cars, and the claim is not related to an auto accident",
        ),
        _ => return,
    };
    if !claim.related_causes.contains(&cause) {
        report.fault(Spot::new("/related_causes", "2300 CLM11"), "", message);
    }
}
