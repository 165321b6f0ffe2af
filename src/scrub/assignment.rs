//! What is signed, assigned, paid already, authorized and certified.

use super::charges::is_medicare_b;
use super::families::{has, is_laboratory, number_of};
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;
use crate::claims::model::ServiceLine;

pub(super) static RULES: [Rule; 7] = [
    Rule {
        about: About {
            id: "scrub/patient-paid",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "The patient has not paid more than is charged",
            source: "X222 2300 AMT02 (F5)",
            next: "Correct the amount, or give the patient back what is too much.",
        },
        check: Check::Professional(patient_paid),
    },
    Rule {
        about: About {
            id: "scrub/provider-signature",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "The provider's signature is on file",
            source: "42 CFR 424.33(b); X222 2300 CLM06; Medicare Claims Processing Manual chapter 1, 50.1.1",
            next: "Have the provider sign, then say so on the claim.",
        },
        check: Check::Professional(provider_signature),
    },
    Rule {
        about: About {
            id: "scrub/benefits-assigned",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Who accepts assignment has the patient's assignment of benefits",
            source: "X222 2300 CLM07, CLM08; 42 CFR 424.55",
            next: "Obtain the patient's assignment, or the payer pays the patient.",
        },
        check: Check::Professional(benefits_assigned),
    },
    Rule {
        about: About {
            id: "scrub/mandatory-assignment",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "What Medicare pays only on assignment is billed with assignment",
            source: "Medicare Claims Processing Manual chapter 1, 30.3.1; X222 2300 CLM07; CARC 111",
            next: "Accept assignment for this claim (CLM07 A).",
        },
        check: Check::Professional(mandatory_assignment),
    },
    Rule {
        about: About {
            id: "scrub/number-placeholder",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "An authorization or referral number is a number",
            source: "X222 2300 and 2400 REF*G1, 2300 REF*9F; CARC 15",
            next: "Enter the number that the payer gave, or leave the field empty.",
        },
        check: Check::Professional(number_placeholder),
    },
    Rule {
        about: About {
            id: "scrub/referral-without-referrer",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A claim with a referral number names who referred the patient",
            source: "X222 2310A (required when the claim involves a referral), 2300 REF*9F",
            next: "Name the provider who referred the patient.",
        },
        check: Check::Professional(referral_without_referrer),
    },
    Rule {
        about: About {
            id: "scrub/mammography-number",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A mammogram at Medicare has the facility's FDA certification number",
            source: "42 CFR 410.34(a)(7); Medicare Claims Processing Manual chapter 18, 20.2; X222 2300 and 2400 REF*EW; CARC 171",
            next: "Enter the certification number of the facility that made the images.",
        },
        check: Check::Professional(mammography_number),
    },
];

fn patient_paid(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(paid) = claim.patient_paid else { return };
    if paid.is_negative() || paid > claim.charged {
        let message = format!("the patient has paid {paid} of {} charged", claim.charged);
        report.fault(Spot::new("/patient_paid", "2300 AMT02 (F5)"), paid.to_string(), message);
    }
}

fn provider_signature(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if !claim.signature_on_file {
        let message = "the claim says that the provider has not signed";
        report.fault(Spot::new("/signature_on_file", "2300 CLM06"), "N", message);
    }
}

fn benefits_assigned(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if claim.accepts_assignment && !claim.benefits_assigned {
        let message = "the provider accepts assignment, and the patient has not assigned the benefits";
        report.fault(Spot::new("/benefits_assigned", "2300 CLM08"), "N", message);
    }
}

/// Physician assistants, nurse practitioners, clinical nurse specialists, nurse anesthetists, nurse
/// midwives, clinical psychologists and social workers, dietitians.
const ALWAYS_ASSIGNED: [&str; 8] = ["363A", "363L", "364S", "3675", "367A", "103T", "1041C", "133V"];

fn mandatory_assignment(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if claim.accepts_assignment || !is_medicare_b(claim) {
        return;
    }
    let by_law = |line: &ServiceLine| {
        let who = line.rendering.as_deref().or(claim.rendering.as_ref());
        let taxonomy = who.and_then(|provider| provider.taxonomy.as_deref()).unwrap_or_default();
        if is_laboratory(number_of(line)) {
            Some("a laboratory test")
        } else if line.procedure.text().starts_with('J') {
            Some("a drug")
        } else if ALWAYS_ASSIGNED.iter().any(|kind| taxonomy.starts_with(kind)) {
            Some("a service of a practitioner of this kind")
        } else {
            None
        }
    };
    let found = claim.lines.iter().enumerate().find_map(|(index, line)| Some((index, by_law(line)?)));
    if let Some((index, what)) = found {
        let message = format!("line {}: {what} is paid on assignment only", index + 1);
        report.fault(Spot::new("/accepts_assignment", "2300 CLM07"), "C", message);
    }
}

/// What people enter while there is no number.
fn is_placeholder(number: &str) -> bool {
    const WORDS: [&str; 9] =
        ["NA", "N/A", "NONE", "NO", "PENDING", "UNKNOWN", "TBD", "NOT REQUIRED", "REQUESTED"];
    let number = number.trim();
    !number.is_empty()
        && (WORDS.iter().any(|word| number.eq_ignore_ascii_case(word))
            || number.bytes().all(|byte| matches!(byte, b'0' | b'-' | b'.')))
}

fn number_placeholder(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let of_claim = [
        (&claim.prior_authorization, "/prior_authorization", "2300 REF02 (G1)"),
        (&claim.referral_number, "/referral_number", "2300 REF02 (9F)"),
    ];
    for (number, pointer, element) in of_claim {
        if let Some(number) = number.as_deref().filter(|number| is_placeholder(number)) {
            report.fault(
                Spot::new(pointer, element),
                number,
                "a word stands where the payer's number belongs",
            );
        }
    }
    for (index, line) in claim.lines.iter().enumerate() {
        if let Some(number) = line.prior_authorization.as_deref().filter(|number| is_placeholder(number)) {
            let message = format!("line {}: a word stands where the payer's number belongs", index + 1);
            report.fault(Spot::line(index, "prior_authorization", "2400 REF02 (G1)"), number, message);
        }
    }
}

fn referral_without_referrer(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let is_referred = claim.referral_number.as_deref().is_some_and(|number| !number.trim().is_empty());
    if is_referred && claim.referring.is_none() {
        report.fault(
            Spot::new("/referring", "2310A NM103"),
            "",
            "a referral is numbered, and nobody referred",
        );
    }
}

/// Diagnostic and screening mammography.
const fn is_mammogram(number: u32) -> bool {
    matches!(number, 77_065..=77_067)
}

fn mammography_number(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if !is_medicare_b(claim) {
        return;
    }
    let is_there = |number: &Option<String>| number.as_deref().is_some_and(|it| !it.trim().is_empty());
    for (index, line) in claim.lines.iter().enumerate() {
        // Who only reads the images need not have made them.
        let made = is_mammogram(number_of(line)) && !has(line, "26");
        if made && !is_there(&claim.mammography_number) && !is_there(&line.mammography_number) {
            let message = format!("line {}: a mammogram without the certification number", index + 1);
            report.fault(Spot::line(index, "mammography_number", "2400 REF02 (EW)"), "", message);
        }
    }
}
