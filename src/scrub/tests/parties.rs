//! Who bills, treats, is treated and pays.

use super::*;

#[test]
fn every_npi_is_there_and_has_its_check_digit() {
    check_change(|claim| claim.billing.npi = None, &[("billing-npi", "/billing/npi", Stop)]);
    let found = check_change(
        |claim| claim.billing.npi = Some("1234567890".into()),
        &[("npi-check-digit", "/billing/npi", Stop)],
    );
    assert!(found[0].message.contains("check digit is wrong"));
    check_change(
        |claim| claim.rendering = Some(provider("123456789")),
        &[("npi-check-digit", "/rendering/npi", Stop)],
    );
    check_change(
        |claim| claim.rendering = Some(Provider { npi: None, ..provider("1234567893") }),
        &[("rendering-npi", "/rendering/npi", Stop)],
    );
    check_change(
        |claim| claim.lines[0].ordering = Some(Box::new(provider("1234567894"))),
        &[("npi-check-digit", "/lines/0/ordering/npi", Stop)],
    );
}

#[test]
fn a_taxonomy_is_a_code_and_there_where_the_payer_needs_it() {
    check_change(
        |claim| claim.billing.taxonomy = Some("FAMILY".into()),
        &[("billing-taxonomy", "/billing/taxonomy", Stop)],
    );
    // The list of July 2025 is not the last one: a code that it does not have is not proved wrong.
    check_change(
        |claim| claim.billing.taxonomy = Some("299Z00000X".into()),
        &[("billing-taxonomy", "/billing/taxonomy", Note)],
    );
    check_change(|claim| claim.billing.taxonomy = None, &[]);
    let mut claim = claim();
    claim.billing.taxonomy = None;
    let needs_taxonomy = PayerRules { needs_taxonomy: true, ..PayerRules::default() };
    let rules = PracticeRules { payer: needs_taxonomy, ..PracticeRules::default() };
    check_by(&claim, &rules, History::Known(&[]), &[("billing-taxonomy", "/billing/taxonomy", Stop)]);
}

#[test]
fn the_billing_address_is_a_street_with_nine_digits() {
    check_change(
        |claim| claim.billing.address.zip = "62701".into(),
        &[("zip-plus-four", "/billing/address/zip", Stop)],
    );
    for line_1 in ["P.O. Box 12", "PO BOX 12", "Post Office Box 7", "Lockbox 9", "c/o Lock Box 9"] {
        check_change(
            |claim| claim.billing.address.line_1 = line_1.into(),
            &[("billing-street-address", "/billing/address/line_1", Stop)],
        );
    }
    for line_1 in ["12 Boxwood Lane", "7 Post Road", "1 Pobox Street"] {
        let expected: Found<'_> = if line_1.contains("Pobox") {
            &[("billing-street-address", "/billing/address/line_1", Stop)]
        } else {
            &[]
        };
        check_change(|claim| claim.billing.address.line_1 = line_1.into(), expected);
    }
    // The money may go to a box.
    check_change(|claim| claim.billing.pay_to = Some(address("PO Box 12")), &[]);
    check_change(
        |claim| claim.billing.address.state = "XX".into(),
        &[("address", "/billing/address/state", Stop)],
    );
}

#[test]
fn tax_number_member_and_payer_are_identified() {
    check_change(|claim| claim.billing.tax_id = "12345".into(), &[("tax-id", "/billing/tax_id", Stop)]);
    check_change(
        |claim| claim.subscriber.member_id = "".into(),
        &[("coverage-identifiers", "/subscriber/member_id", Stop)],
    );
    check_change(
        |claim| claim.payer.identifier = "".into(),
        &[("coverage-identifiers", "/payer/identifier", Stop)],
    );
}

#[test]
fn the_patient_has_birth_date_sex_and_address() {
    let found = check_change(
        |claim| (claim.patient.sex, claim.patient.address) = (None, None),
        &[("patient-demographics", "/patient/sex", Stop), ("patient-demographics", "/patient/address", Stop)],
    );
    assert_eq!(found[0].element, "2010BA DMG03");
}
