//! One story for each rule: what it finds and what it leaves alone. Codes are real, picked by
//! hand from the tables; patients are made up.

mod charges;
mod circumstances;
mod dates;
mod diagnoses;
mod ncci;
mod parties;
mod procedures;
mod repeats;
mod stories;
mod verdict;
mod written;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Severity::{Note, Stop, Warn};
use super::*;
use crate::claims::Status;
use crate::claims::model::*;
use crate::types::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

const TODAY: &str = "2026-11-23";

fn address(line_1: &str) -> Address {
    Address {
        line_1: line_1.into(),
        line_2: None,
        city: "Springfield".into(),
        state: "IL".into(),
        zip: "627011234".into(),
    }
}

fn provider(npi: &str) -> Provider {
    Provider {
        name: ProviderName::Person(PersonName::new("House", "Greta")),
        npi: Some(npi.into()),
        taxonomy: Some("207Q00000X".into()),
    }
}

pub(super) fn line(procedure: &str) -> ServiceLine {
    ServiceLine {
        control_number: None,
        procedure: procedure.into(),
        modifiers: vec![],
        description: None,
        charged: Money::from_cents(15_000),
        unit: Unit::Units,
        units: Decimal::ONE,
        place_of_service: None,
        pointers: vec![1],
        from: Some(day("2026-11-10")),
        thru: None,
        rendering: None,
        ordering: None,
        prior_authorization: None,
        attachments: vec![],
        mammography_number: None,
        clia_number: None,
        drug: None,
        adjudications: vec![],
    }
}

/// An office visit for type 2 diabetes that nothing objects to.
pub(super) fn claim() -> Claim {
    let born_on = Some(Phi::new(day("1970-05-05")));
    let home = Some(Phi::new(address("1 Elm Street")));
    Claim {
        id: ClaimId::new(),
        patient_control_number: Some("FP000010428".into()),
        frequency: Frequency::Original,
        payer_claim_control_number: None,
        sequence: PayerSequence::Primary,
        medicare_secondary: None,
        payer: Payer {
            id: None,
            identifier: "60054".into(),
            name: "Example Health".into(),
            filing_indicator: "CI".into(),
        },
        billing: BillingProvider {
            name: ProviderName::Organization("Lakeside Family Practice".into()),
            npi: Some("1234567893".into()),
            taxonomy: Some("207Q00000X".into()),
            tax_id: "123456789".into(),
            tax_id_is_ssn: false,
            address: address("12 Main Street"),
            pay_to: None,
        },
        subscriber: Subscriber {
            name: Phi::new(PersonName::new("Roe", "Jane")),
            member_id: "W123456789".into(),
            group_number: None,
            group_name: None,
            born_on,
            sex: Some(Sex::Female),
            address: home.clone(),
        },
        patient: Patient {
            relationship: Relationship::Itself,
            name: Phi::new(PersonName::new("Roe", "Jane")),
            born_on,
            died_on: None,
            sex: Some(Sex::Female),
            address: home,
        },
        charged: Money::from_cents(15_000),
        patient_paid: None,
        place_of_service: "11".into(),
        signature_on_file: true,
        accepts_assignment: true,
        benefits_assigned: true,
        release_of_information: true,
        signed_for_patient: false,
        related_causes: vec![],
        accident_state: None,
        accident_country: None,
        special_program: None,
        delay_reason: None,
        diagnoses: vec!["E11.9".into()],
        referring: None,
        rendering: Some(provider("1234567893")),
        facility: None,
        supervising: None,
        onset_on: None,
        initial_treatment_on: None,
        last_seen_on: None,
        acute_manifestation_on: None,
        last_menstrual_period_on: None,
        accident_on: None,
        admitted_on: None,
        discharged_on: None,
        prior_authorization: None,
        referral_number: None,
        attachments: vec![],
        mammography_number: None,
        clia_number: None,
        note: None,
        other_payers: vec![],
        lines: vec![line("99213")],
    }
}

/// The payer is Medicare, and the member has a number of its form.
fn medicare(claim: &mut Claim) {
    claim.payer.filing_indicator = "MB".into();
    claim.subscriber.member_id = "1EG4TE5MK73".into();
}

/// A line of a claim of the same provider that was paid.
fn earlier(procedure: &str, on: &str) -> HistoryLine {
    let claim = ClaimId::new();
    HistoryLine {
        patient: PatientId::new(),
        encounter: EncounterId::new(),
        claim,
        account_claim: claim,
        status: Status::Paid,
        line_no: 1,
        procedure: procedure.into(),
        modifiers: vec![],
        units: Decimal::ONE,
        charged: Money::from_cents(15_000),
        from: Some(day(on)),
        thru: None,
        rendering: Some("1234567893".into()),
        billing: Some("1234567893".into()),
    }
}

/// Sets the lines, and the total with them.
fn billed(claim: &mut Claim, lines: Vec<ServiceLine>) {
    claim.lines = lines;
    claim.charged = claim.lines_total();
}

/// Rule, pointer and severity of every finding.
type Found<'a> = &'a [(&'a str, &'a str, Severity)];

fn check_by(claim: &Claim, rules: &PracticeRules, history: History<'_>, expected: Found<'_>) -> Vec<Finding> {
    let context = Context { codes: Codes::shipped(), rules, history, today: day(TODAY) };
    let verdict = check(claim, &context);
    let found: Vec<_> = verdict
        .findings()
        .iter()
        .map(|it| (it.rule.strip_prefix("scrub/").unwrap(), it.pointer.as_str(), it.severity))
        .collect();
    assert_eq!(found, expected, "{:#?}", verdict.findings());
    assert_eq!(verdict.is_held(), found.iter().any(|(.., severity)| *severity == Stop));
    // Every pointer leads to a place that the serialized claim has.
    let json = serde_json::to_value(claim).unwrap();
    for finding in verdict.findings() {
        assert!(json.pointer(&finding.pointer).is_some(), "{} is nowhere in the claim", finding.pointer);
        assert_eq!(finding.claim, "FP000010428");
    }
    verdict.findings().to_vec()
}

/// Changes the faultless claim and checks what is found, with no earlier claims.
fn check_change(change: impl FnOnce(&mut Claim), expected: Found<'_>) -> Vec<Finding> {
    let mut claim = claim();
    change(&mut claim);
    check_by(&claim, &PracticeRules::default(), History::Known(&[]), expected)
}
