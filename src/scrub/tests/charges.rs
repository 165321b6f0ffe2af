//! Lines, units and amounts.

use super::*;

#[test]
fn the_total_is_the_sum_of_the_lines() {
    let found = check_change(
        |claim| claim.charged = Money::from_cents(14_999),
        &[("total-charge", "/charged", Stop)],
    );
    assert_eq!(found[0].message, "the claim is charged 149.99, its lines 150.00");
    check_change(|claim| billed(claim, vec![]), &[("line-count", "/lines", Stop)]);
}

#[test]
fn a_line_is_charged_and_counted_above_zero() {
    let charged = |cents| {
        move |claim: &mut Claim| {
            billed(claim, vec![ServiceLine { charged: Money::from_cents(cents), ..line("99213") }]);
        }
    };
    check_change(charged(-1), &[("line-charge", "/lines/0/charged", Stop)]);
    check_change(charged(0), &[("line-charge", "/lines/0/charged", Warn)]);
    check_change(|claim| claim.lines[0].units = Decimal::ZERO, &[("units", "/lines/0/units", Stop)]);
    check_change(|claim| claim.lines[0].units = "0.5".parse().unwrap(), &[("units", "/lines/0/units", Warn)]);
    check_change(
        |claim| {
            let (unit, units, modifiers) = (Unit::Minutes, "37.5".parse().unwrap(), vec!["AA".into()]);
            billed(claim, vec![ServiceLine { unit, units, modifiers, ..line("00142") }]);
        },
        &[],
    );
}

#[test]
fn a_replacement_names_the_claim_it_replaces_and_medicare_takes_none() {
    check_change(
        |claim| claim.frequency = Frequency::Replacement,
        &[("frequency", "/payer_claim_control_number", Stop)],
    );
    let replacement = |claim: &mut Claim| {
        claim.frequency = Frequency::Replacement;
        claim.payer_claim_control_number = Some("2026314001".into());
    };
    check_change(replacement, &[]);
    check_change(
        |claim| {
            replacement(claim);
            medicare(claim);
        },
        &[("frequency", "/frequency", Stop)],
    );
    check_change(|claim| claim.frequency = Frequency::Other('5'), &[("frequency", "/frequency", Warn)]);
}

#[test]
fn a_drug_has_its_code_quantity_and_unit() {
    let given = |ndc: &'static str, quantity: u32, unit: &'static str| {
        move |claim: &mut Claim| {
            let drug = Some(Drug { ndc: ndc.into(), quantity: quantity.into(), unit: unit.into() });
            billed(claim, vec![ServiceLine { drug: drug.map(Box::new), ..line("J1885") }]);
        }
    };
    check_change(given("00409379501", 1, "ML"), &[]);
    check_change(given("0409-3795-01", 1, "ML"), &[("drug", "/lines/0/drug/ndc", Stop)]);
    check_change(given("00409379501", 0, "ML"), &[("drug", "/lines/0/drug/quantity", Stop)]);
    check_change(given("00409379501", 1, "MG"), &[("drug", "/lines/0/drug/unit", Stop)]);
}

/// The claim to the second payer: of 150.00 the first paid so much, wrote so much off, and left
/// 20.00 to the patient.
fn secondary(paid_on_line: i64, written_off: i64, paid: i64) -> impl FnOnce(&mut Claim) {
    let adjusted = |group, reason, cents| Adjustment {
        group,
        reason: Carc::parse(reason).unwrap(),
        amount: Money::from_cents(cents),
        quantity: None,
    };
    move |claim| {
        claim.sequence = PayerSequence::Secondary;
        claim.other_payers = vec![OtherPayer {
            sequence: PayerSequence::Primary,
            medicare_secondary: None,
            relationship: Relationship::Itself,
            payer: Payer { identifier: "87726".into(), ..claim.payer.clone() },
            group_number: None,
            subscriber: claim.subscriber.name.clone(),
            member_id: "A12345".into(),
            benefits_assigned: true,
            decision: Some(OtherPayerDecision {
                paid: Money::from_cents(paid),
                remaining_patient_liability: Some(Money::from_cents(2_000)),
                adjustments: vec![],
                payer_claim_control_number: None,
                decided_on: Some(day("2026-11-15")),
            }),
        }];
        claim.lines[0].adjudications = vec![LineAdjudication {
            payer_identifier: "87726".into(),
            paid: Money::from_cents(paid_on_line),
            procedure: "99213".into(),
            modifiers: vec![],
            units: Decimal::ONE,
            adjustments: vec![
                adjusted(GroupCode::ContractualObligation, "45", written_off),
                adjusted(GroupCode::PatientResponsibility, "3", 2_000),
            ],
            decided_on: None,
        }];
    }
}

#[test]
fn what_an_earlier_payer_decided_adds_up() {
    check_change(secondary(8_000, 5_000, 8_000), &[]);
    check_change(
        secondary(8_000, 4_999, 8_000),
        &[("other-payer-balance", "/lines/0/adjudications/0", Stop)],
    );
    check_change(
        secondary(8_000, 5_000, 7_500),
        &[("other-payer-balance", "/other_payers/0/decision/paid", Stop)],
    );
}
