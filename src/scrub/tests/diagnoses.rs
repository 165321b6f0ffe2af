//! Diagnoses and the pointers to them.

use super::*;

fn check_diagnoses(diagnoses: &[&str], on: &str, expected: Found<'_>) -> Vec<Finding> {
    check_change(
        |claim| {
            claim.diagnoses = diagnoses.iter().map(|code| (*code).into()).collect();
            claim.lines[0].from = Some(day(on));
        },
        expected,
    )
}

#[test]
fn a_diagnosis_is_billable_and_in_force_on_the_day_of_service() {
    let stop: Found<'_> = &[("diagnosis-code", "/diagnoses/0", Stop)];
    check_diagnoses(&["E11"], "2026-11-10", stop);
    check_diagnoses(&["E11.99"], "2026-11-10", stop);
    check_diagnoses(&["11.9"], "2026-11-10", stop);
    // J06.9 takes no seventh character: a typing error, not a missing one.
    check_diagnoses(&["J069X1"], "2026-11-10", stop);
    // I42.0 became a heading on 2026-10-01 (FY2027 addenda).
    check_diagnoses(&["I42.0"], "2026-09-30", &[]);
    check_diagnoses(&["I42.0"], "2026-10-01", stop);
    // C78.31 began on that day.
    check_diagnoses(&["C78.31"], "2026-10-01", &[]);
    let early = check_diagnoses(&["C78.31"], "2026-09-30", stop);
    assert_eq!(early[0].message, "C78.31 is not in force before 2026-10-01; the service is of 2026-09-30");
}

#[test]
fn a_claim_across_the_new_year_of_the_codes_is_judged_by_each_lines_day() {
    let across = |claim: &mut Claim| {
        claim.diagnoses = vec!["I42.0".into(), "E11.9".into()];
        let of =
            |on: &str, pointer| ServiceLine { from: Some(day(on)), pointers: vec![pointer], ..line("99213") };
        billed(claim, vec![of("2026-09-30", 1), of("2026-10-01", 2)]);
    };
    check_change(across, &[]);
    check_change(
        |claim| {
            across(claim);
            claim.lines[1].pointers = vec![1];
        },
        &[("diagnosis-code", "/diagnoses/0", Stop)],
    );
}

#[test]
fn a_seventh_character_is_there_and_is_one_of_those_defined() {
    let stop: Found<'_> = &[("seventh-character", "/diagnoses/0", Stop)];
    let missing = check_diagnoses(&["S82.161"], "2026-11-10", stop);
    assert_eq!(missing[0].message, "S82.161 needs a seventh character: A, D, G, K, P, S");
    let wrong = check_diagnoses(&["S82.161B"], "2026-11-10", stop);
    assert_eq!(wrong[0].message, "B is not a seventh character of S82.161: A, D, G, K, P, S");
    check_diagnoses(&["S82.161A"], "2026-11-10", &[]);
    // W22.01 needs placeholders: W22.01XA.
    check_diagnoses(&["E11.9", "W22.01"], "2026-11-10", &[("seventh-character", "/diagnoses/1", Stop)]);
    check_diagnoses(&["E11.9", "W22.01XA"], "2026-11-10", &[]);
    // Died before regaining consciousness: initial encounter only.
    check_diagnoses(&["S06.1X7A"], "2026-11-10", &[]);
    check_diagnoses(&["S06.1X7D"], "2026-11-10", &[("diagnosis-code", "/diagnoses/0", Stop)]);
}

#[test]
fn a_claim_has_diagnoses_each_once() {
    check_change(
        |claim| {
            claim.diagnoses = vec![];
            claim.lines[0].pointers = vec![];
        },
        &[("diagnosis-count", "/diagnoses", Stop), ("diagnosis-pointer", "/lines/0/pointers", Stop)],
    );
    check_diagnoses(&["E11.9", "I10", "E119"], "2026-11-10", &[("diagnosis-twice", "/diagnoses/2", Stop)]);
}

#[test]
fn two_types_of_diabetes_exclude_each_other() {
    let found = check_diagnoses(&["E11.9", "E10.9"], "2026-09-15", &[("excludes1", "/diagnoses/1", Stop)]);
    assert!(
        found[0].message.starts_with("E11.9 and E10.9 exclude each other: at E11,"),
        "{}",
        found[0].message
    );
    let later = check_diagnoses(&["E11.9", "E10.9"], "2026-11-10", &[("excludes1", "/diagnoses/1", Stop)]);
    assert!(later[0].message.ends_with("by the notes of FY2026, which is not the year of the service"));
    check_diagnoses(&["E11.9", "I10", "E78.5"], "2026-11-10", &[]);
    // A note at a section (A15-A19, silicotuberculosis J65) speaks in general.
    check_diagnoses(&["A15.0", "J65"], "2026-09-15", &[("excludes1", "/diagnoses/1", Warn)]);
}

#[test]
fn a_manifestation_or_external_cause_is_not_first() {
    // H42 Glaucoma in diseases classified elsewhere; E85.9 Amyloidosis.
    check_diagnoses(
        &["H42", "E85.9"],
        "2026-09-15",
        &[("manifestation-first", "/diagnoses/0", Stop), ("code-first", "/diagnoses/0", Warn)],
    );
    check_diagnoses(&["E85.9", "H42"], "2026-09-15", &[]);
    check_diagnoses(
        &["W22.01XA", "S00.83XA"],
        "2026-09-15",
        &[("external-cause-first", "/diagnoses/0", Stop)],
    );
    check_diagnoses(&["S00.83XA", "W22.01XA"], "2026-09-15", &[]);
    // Unacceptable as the principal diagnosis of a stay, and the very reason for this visit.
    check_diagnoses(&["Z00.00"], "2026-09-15", &[]);
}

#[test]
fn what_a_code_first_note_names_comes_before() {
    // I50 Heart failure: code first hypertensive heart disease (I11.0).
    let found = check_diagnoses(&["I50.9", "I11.0"], "2026-09-15", &[("code-first", "/diagnoses/0", Warn)]);
    assert_eq!(found[0].message, "I11.0 comes before I50.9 (code first, at I50)");
    check_diagnoses(&["I11.0", "I50.9"], "2026-09-15", &[]);
    // Heart failure without it stands first by itself.
    check_diagnoses(&["I50.9", "E11.9"], "2026-09-15", &[]);
}

#[test]
fn a_diagnosis_fits_the_patients_age() {
    // A33 Tetanus neonatorum on a patient of 56; Z00.00 (adult) on a child.
    check_diagnoses(&["A33"], "2026-09-15", &[("diagnosis-age", "/diagnoses/0", Warn)]);
    check_change(
        |claim| {
            claim.diagnoses = vec!["Z00.00".into()];
            claim.patient.born_on = Some(Phi::new(day("2015-01-01")));
        },
        &[("diagnosis-age", "/diagnoses/0", Warn)],
    );
}

#[test]
fn every_line_points_to_diagnoses_that_are_there() {
    let pointing =
        |pointers: &'static [u8]| move |claim: &mut Claim| claim.lines[0].pointers = pointers.to_vec();
    check_change(pointing(&[]), &[("diagnosis-pointer", "/lines/0/pointers", Stop)]);
    check_change(pointing(&[3]), &[("diagnosis-pointer", "/lines/0/pointers/0", Stop)]);
    check_change(pointing(&[0]), &[("diagnosis-pointer", "/lines/0/pointers/0", Stop)]);
    check_change(pointing(&[1, 1]), &[("diagnosis-pointer", "/lines/0/pointers/1", Stop)]);
}

#[test]
fn a_modifiers_side_is_a_side_of_the_diagnoses() {
    let knee = |modifier: &'static str, diagnoses: &'static [&'static str]| {
        move |claim: &mut Claim| {
            claim.diagnoses = diagnoses.iter().map(|code| (*code).into()).collect();
            let pointers = (1..=diagnoses.len()).map(|place| u8::try_from(place).unwrap()).collect();
            billed(claim, vec![ServiceLine { modifiers: vec![modifier.into()], pointers, ..line("20610") }]);
        }
    };
    // M17.11 osteoarthritis, right knee; M17.12 left; M17.0 bilateral.
    let warn: Found<'_> = &[("laterality", "/lines/0/modifiers", Warn)];
    check_change(knee("LT", &["M17.11"]), warn);
    check_change(knee("RT", &["M17.11"]), &[]);
    check_change(knee("RT", &["M17.11", "M17.12"]), &[]);
    check_change(knee("LT", &["M17.0"]), &[]);
    check_change(knee("LT", &["E11.9"]), &[]);
    // Right heart failure is not of the right side.
    check_change(knee("LT", &["I50.810"]), &[]);
}

#[test]
fn before_october_2015_diagnoses_were_icd_9_and_are_not_checked() {
    check_diagnoses(&["250.00"], "2015-09-30", &[("diagnosis-code", "/diagnoses/0", Note)]);
    check_diagnoses(&["250.00"], "2015-10-01", &[("diagnosis-code", "/diagnoses/0", Stop)]);
}
