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
        |claim| (claim.lines[0].unit, claim.lines[0].units) = (Unit::Minutes, "37.5".parse().unwrap()),
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
            claim.payer.filing_indicator = "MB".into();
        },
        &[("frequency", "/frequency", Stop)],
    );
    check_change(|claim| claim.frequency = Frequency::Other('5'), &[("frequency", "/frequency", Warn)]);
}
