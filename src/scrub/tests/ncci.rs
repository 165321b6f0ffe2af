//! Pairs and believable units.

use super::*;

#[test]
fn a_procedure_is_not_billed_beside_one_that_includes_it() {
    let of = |on: &str, modifiers: &[&str], procedure: &str| ServiceLine {
        from: Some(day(on)),
        modifiers: modifiers.iter().map(|it| (*it).into()).collect(),
        ..line(procedure)
    };
    // 45385 with 45378: column 2, indicator 0. 45385 with 45380: indicator 1.
    let stop: Found<'_> = &[("ncci-pair", "/lines/1/procedure", Stop)];
    let in_2024 = "2024-08-01";
    check_change(|claim| billed(claim, vec![of(in_2024, &[], "45385"), of(in_2024, &[], "45378")]), stop);
    check_change(|claim| billed(claim, vec![of(in_2024, &[], "45385"), of(in_2024, &["59"], "45378")]), stop);
    check_change(|claim| billed(claim, vec![of(in_2024, &[], "45385"), of(in_2024, &[], "45380")]), stop);
    check_change(|claim| billed(claim, vec![of(in_2024, &[], "45385"), of(in_2024, &["59"], "45380")]), &[]);
    // Another day, or a day on which the sample no longer proves the edit.
    check_change(|claim| billed(claim, vec![of("2024-08-02", &[], "45385"), of(in_2024, &[], "45378")]), &[]);
    let warn: Found<'_> = &[("ncci-pair", "/lines/1/procedure", Warn)];
    check_change(|claim| billed(claim, vec![line("45385"), line("45378")]), warn);
}

#[test]
fn units_are_believable_by_line_and_by_day() {
    let of = |procedure: &str, units: u32, on: &str| ServiceLine {
        units: units.into(),
        from: Some(day(on)),
        ..line(procedure)
    };
    // 11721: one a day, by policy. 97110: six a day, on clinical grounds.
    let stop: Found<'_> = &[("units-believable", "/lines/0/units", Stop)];
    check_change(|claim| billed(claim, vec![of("11721", 2, "2024-08-01")]), stop);
    check_change(|claim| billed(claim, vec![of("97110", 6, "2024-08-01")]), &[]);
    check_change(|claim| billed(claim, vec![of("97110", 7, "2024-08-01")]), stop);
    let warn: Found<'_> = &[("units-believable", "/lines/0/units", Warn)];
    check_change(|claim| billed(claim, vec![of("97110", 7, "2026-11-10")]), warn);
    // 99396 has a limit of none: Medicare does not cover it, others do.
    check_change(
        |claim| {
            claim.diagnoses = vec!["Z00.00".into()];
            billed(claim, vec![of("99396", 1, "2024-08-01")]);
        },
        &[],
    );
    check_change(
        |claim| {
            claim.diagnoses = vec!["Z00.00".into()];
            billed(claim, vec![of("99396", 1, "2026-11-10")]);
            medicare(claim);
        },
        warn,
    );
    // Four and three on one day are seven.
    let found = check_change(
        |claim| {
            let repeated = ServiceLine { modifiers: vec!["76".into()], ..of("97110", 3, "2024-08-01") };
            billed(claim, vec![of("97110", 4, "2024-08-01"), repeated]);
        },
        &[("units-believable", "/lines/1/units", Stop)],
    );
    assert!(found[0].message.contains("7 units of 97110, believable are 6"), "{}", found[0].message);
}
