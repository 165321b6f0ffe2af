//! Accidents, why Medicare is second, and papers that go with a claim.

use super::*;
use crate::claims::circumstances::{Attachment, MedicareSecondary, Transmission};

#[test]
fn an_auto_accident_has_a_state_or_a_country() {
    let crash = |claim: &mut Claim| {
        claim.related_causes = vec![RelatedCause::AutoAccident];
        claim.accident_on = Some(day("2026-11-01"));
    };
    check_change(crash, &[("accident-state", "/accident_state", Stop)]);
    let at = |state: &'static str| {
        move |claim: &mut Claim| {
            crash(claim);
            claim.accident_state = Some(state.into());
        }
    };
    check_change(at("IL"), &[]);
    check_change(at("ZQ"), &[("accident-state", "/accident_state", Stop)]);
    check_change(
        |claim| {
            crash(claim);
            claim.accident_country = Some("CAN".into());
        },
        &[],
    );
    check_change(
        |claim| {
            crash(claim);
            claim.related_causes = vec![RelatedCause::OtherAccident];
        },
        &[],
    );
}

#[test]
fn medicare_says_why_it_is_not_first_and_no_other_payer_does() {
    let at_medicare = |sequence: PayerSequence, why: Option<&'static str>| {
        move |claim: &mut Claim| {
            medicare(claim);
            claim.sequence = sequence;
            claim.medicare_secondary = why.map(MedicareSecondary::from_code);
        }
    };
    let stops: Found<'_> = &[("medicare-secondary", "/medicare_secondary", Stop)];
    check_change(at_medicare(PayerSequence::Primary, None), &[]);
    check_change(at_medicare(PayerSequence::Secondary, Some("12")), &[]);
    check_change(at_medicare(PayerSequence::Tertiary, Some("47")), &[]);
    check_change(at_medicare(PayerSequence::Secondary, None), stops);
    check_change(at_medicare(PayerSequence::Secondary, Some("11")), stops);
    check_change(at_medicare(PayerSequence::Primary, Some("12")), stops);
    check_change(|claim| claim.medicare_secondary = Some(MedicareSecondary::NoFault), stops);
}

#[test]
fn an_attachment_that_is_sent_has_a_number_and_one_on_request_needs_none() {
    let with = |transmission: Transmission, number: Option<&str>| Attachment {
        report: "OZ".into(),
        transmission,
        control_number: number.map(str::to_owned),
    };
    check_change(|claim| claim.attachments = vec![with(Transmission::OnRequest, None)], &[]);
    check_change(|claim| claim.attachments = vec![with(Transmission::Fax, Some("A1"))], &[]);
    for sent in ["BM", "EL", "EM", "FT", "FX"] {
        check_change(
            |claim| claim.attachments = vec![with(Transmission::from_code(sent), None)],
            &[("attachment-number", "/attachments/0/control_number", Stop)],
        );
    }
    check_change(
        |claim| claim.lines[0].attachments = vec![with(Transmission::Mail, Some(" "))],
        &[("attachment-number", "/lines/0/attachments/0/control_number", Stop)],
    );
}
