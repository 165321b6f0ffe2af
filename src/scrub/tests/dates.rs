//! When it happened, and whether it is too late.

use super::*;

#[test]
fn a_service_has_a_day_within_the_patients_life_and_not_in_the_future() {
    check_change(|claim| claim.lines[0].from = None, &[("service-date", "/lines/0/from", Stop)]);
    check_change(
        |claim| claim.lines[0].thru = Some(day("2026-11-09")),
        &[("service-date", "/lines/0/thru", Stop)],
    );
    check_change(
        |claim| claim.lines[0].from = Some(day("2026-11-24")),
        &[("service-date-future", "/lines/0/from", Stop)],
    );
    check_change(|claim| claim.lines[0].from = Some(day(TODAY)), &[]);
    check_change(
        |claim| claim.patient.born_on = Some(Phi::new(day("2026-11-11"))),
        &[("service-date-lifetime", "/lines/0/from", Stop)],
    );
    check_change(
        |claim| claim.patient.died_on = Some(Phi::new(day("2026-11-09"))),
        &[("service-date-lifetime", "/lines/0/from", Stop)],
    );
    check_change(|claim| claim.patient.died_on = Some(Phi::new(day("2026-11-10"))), &[]);
}

fn check_filing(from: &str, days: Option<u32>, filing_indicator: &str, expected: Found<'_>) {
    let mut claim = claim();
    claim.lines[0].from = Some(day(from));
    medicare(&mut claim);
    claim.payer.filing_indicator = filing_indicator.into();
    let payer = PayerRules { timely_filing_days: days, ..PayerRules::default() };
    check_by(&claim, &PracticeRules { payer, ..PracticeRules::default() }, History::Known(&[]), expected);
}

#[test]
fn a_claim_is_filed_within_the_payers_days_and_within_a_year_at_medicare() {
    let late: Found<'_> = &[("timely-filing", "/lines/0/from", Stop)];
    let soon: Found<'_> = &[("timely-filing", "/lines/0/from", Warn)];
    // 90 days before 2026-11-23 is 2026-08-25.
    check_filing("2026-08-24", Some(90), "CI", late);
    check_filing("2026-08-25", Some(90), "CI", soon);
    check_filing("2026-09-08", Some(90), "CI", &[]);
    // One calendar year (42 CFR 424.44).
    check_filing("2025-11-22", None, "MB", late);
    check_filing("2025-11-23", None, "MB", soon);
    check_filing("2025-12-07", None, "MB", &[]);
    // Another payer's limit is not known.
    check_filing("2025-01-02", None, "CI", &[]);
}

#[test]
fn an_accident_and_an_admission_have_their_days() {
    let crash = |claim: &mut Claim| claim.related_causes = vec![RelatedCause::OtherAccident];
    check_change(crash, &[("accident-date", "/accident_on", Stop)]);
    check_change(
        |claim| {
            crash(claim);
            claim.accident_on = Some(day("2026-11-01"));
        },
        &[],
    );
    check_change(|claim| claim.related_causes = vec![RelatedCause::Employment], &[]);
    let inpatient = |claim: &mut Claim| {
        claim.place_of_service = "21".into();
        claim.facility =
            Some(Facility { name: "General Hospital".into(), npi: None, address: address("1 Hill Road") });
        billed(claim, vec![line("99231")]);
    };
    check_change(inpatient, &[("admission-date", "/admitted_on", Stop)]);
    check_change(
        |claim| {
            inpatient(claim);
            claim.admitted_on = Some(day("2026-11-08"));
        },
        &[],
    );
    // At an outpatient hospital (22) the same code is observation.
    check_change(
        |claim| {
            inpatient(claim);
            claim.place_of_service = "22".into();
        },
        &[],
    );
}
