//! Accidents, why Medicare is second, and papers that go with a claim.

use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;
use crate::claims::circumstances::{Attachment, MedicareSecondary};
use crate::claims::model::{Payer, PayerSequence, RelatedCause};

pub(super) static RULES: [Rule; 4] = [
    Rule {
        about: About {
            id: "scrub/accident-state",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A claim after an auto accident says in which state or country it happened",
            source: "X222 2300 CLM11-4 and CLM11-5 (required when CLM11-1 or -2 is AA)",
            next: "Enter the state of the accident, or its country when it was abroad.",
        },
        check: Check::Professional(accident_state),
    },
    Rule {
        about: About {
            id: "scrub/employment-accident-date",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "An injury at work says when it happened",
            source: "X222 2300 DTP*439 (required when CLM11 is EM and the claim is the result of an accident); ICD-10-CM chapter 19",
            next: "Enter the day of the accident; leave it out when there was none, as for an illness of the trade.",
        },
        check: Check::Professional(employment_accident_date),
    },
    Rule {
        about: About {
            id: "scrub/medicare-secondary",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Where Medicare does not pay first, and only there, the claim says why",
            source: "X222 2000B and 2320 SBR05; 42 CFR 411.20 to 411.206",
            next: "Enter the reason with the patient's Medicare coverage, or take it away where Medicare is first.",
        },
        check: Check::Professional(medicare_secondary),
    },
    Rule {
        about: About {
            id: "scrub/attachment-number",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "An attachment that is sent has a number by which the payer finds it",
            source: "X222 2300 and 2400 PWK06 (required when PWK02 is BM, EL, EM, FT or FX)",
            next: "Enter the number that stands on the attachment.",
        },
        check: Check::Professional(attachment_number),
    },
];

fn accident_state(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let auto = claim.related_causes.contains(&RelatedCause::AutoAccident);
    if auto && claim.accident_state.is_none() && claim.accident_country.is_none() {
        let message = "the claim is related to an auto accident, whose state is missing";
        report.fault(Spot::new("/accident_state", "2300 CLM11-4"), "", message);
    }
    if let Some(state) = claim.accident_state.as_ref().filter(|state| state.valid().is_none()) {
        let message = "the state of the accident is no state";
        report.fault(Spot::new("/accident_state", "2300 CLM11-4"), state.text(), message);
    }
}

/// Whether work made ill or an accident at work hurt, the claim does not say; an injury code does.
fn employment_accident_date(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let at_work = claim.related_causes.contains(&RelatedCause::Employment);
    let injury = claim.diagnoses.iter().any(|code| code.text().starts_with(['S', 'T']));
    if at_work && injury && claim.accident_on.is_none() {
        let message = "the claim is for an injury at work, whose day is missing";
        report.doubt(Spot::new("/accident_on", "2300 DTP03 (439)"), "", message);
    }
}

fn medicare_secondary(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let own = Spot::new("/medicare_secondary", "2000B SBR05");
    reason(&claim.payer, claim.sequence, claim.medicare_secondary.as_ref(), own, report);
    for (index, other) in claim.other_payers.iter().enumerate() {
        let spot = Spot::new(format!("/other_payers/{index}/medicare_secondary"), "2320 SBR05");
        reason(&other.payer, other.sequence, other.medicare_secondary.as_ref(), spot, report);
    }
}

fn reason(
    payer: &Payer,
    sequence: PayerSequence,
    why: Option<&MedicareSecondary>,
    spot: Spot,
    report: &mut Report<'_>,
) {
    let later = match sequence {
        PayerSequence::Secondary | PayerSequence::Tertiary | PayerSequence::Later(_) => true,
        PayerSequence::Primary | PayerSequence::Unknown => false,
    };
    match why {
        None if later && payer.is_medicare() => {
            report.fault(spot, "", "Medicare does not pay first, and the claim does not say why");
        }
        Some(why) if why.meaning().is_none() => {
            report.fault(spot, why.code(), "the reason why Medicare does not pay first is no code of SBR05");
        }
        Some(why) if !payer.is_medicare() => {
            report.fault(spot, why.code(), "a reason why Medicare is second stands with another payer");
        }
        Some(why) if sequence == PayerSequence::Primary => {
            report.fault(spot, why.code(), "a reason why Medicare is second stands where it is first");
        }
        None | Some(_) => {}
    }
}

fn attachment_number(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let unnumbered = |one: &Attachment| {
        let number = one.control_number.as_deref().unwrap_or_default();
        one.transmission.needs_control_number() && number.trim().is_empty()
    };
    for (index, one) in claim.attachments.iter().enumerate().filter(|(_, one)| unnumbered(one)) {
        let spot = Spot::new(format!("/attachments/{index}/control_number"), "2300 PWK06");
        report.fault(spot, one.transmission.code(), "an attachment that is sent has no number");
    }
    for (at, line) in claim.lines.iter().enumerate() {
        for (index, one) in line.attachments.iter().enumerate().filter(|(_, one)| unnumbered(one)) {
            let spot = Spot::line(at, &format!("attachments/{index}/control_number"), "2400 PWK06");
            let message = format!("line {}: an attachment that is sent has no number", at + 1);
            report.fault(spot, one.transmission.code(), message);
        }
    }
}
