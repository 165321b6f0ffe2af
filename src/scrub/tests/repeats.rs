//! The same service again, and the patient seen again.

use super::*;

fn check_with_earlier(lines: Vec<ServiceLine>, earlier: &[HistoryLine], expected: Found<'_>) {
    let mut claim = claim();
    billed(&mut claim, lines);
    check_by(&claim, &PracticeRules::default(), History::Known(earlier), expected);
}

#[test]
fn a_line_does_not_repeat_another_of_the_claim() {
    let twice: Found<'_> = &[("duplicate-line", "/lines/1/procedure", Stop)];
    check_change(|claim| billed(claim, vec![line("71046"), line("71046")]), twice);
    check_change(
        |claim| {
            let again = ServiceLine { modifiers: vec!["76".into()], ..line("71046") };
            billed(claim, vec![line("71046"), again]);
        },
        &[],
    );
}

#[test]
fn a_line_does_not_repeat_one_of_an_earlier_claim() {
    let stop: Found<'_> = &[("duplicate-claim", "/lines/0/procedure", Stop)];
    check_with_earlier(vec![line("99213")], &[earlier("99213", "2026-11-10")], stop);
    check_with_earlier(vec![line("99213")], &[earlier("99213", "2026-11-03")], &[]);
    check_with_earlier(vec![line("99213")], &[earlier("85025", "2026-11-10")], &[]);
    let by_another = HistoryLine { rendering: Some("1245319599".into()), ..earlier("99213", "2026-11-10") };
    check_with_earlier(vec![line("99213")], &[by_another], &[]);
}

#[test]
fn a_claim_is_not_its_own_duplicate_and_of_two_drafts_the_later_is_one() {
    let first = claim();
    let of = |claim: &Claim, status| HistoryLine {
        claim: claim.id,
        account_claim: claim.id,
        status,
        ..earlier("99213", "2026-11-10")
    };
    let second = claim();
    let history = [of(&first, Status::Draft), of(&second, Status::Draft)];
    let rules = PracticeRules::default();
    check_by(&first, &rules, History::Known(&history), &[]);
    let stop: Found<'_> = &[("duplicate-claim", "/lines/0/procedure", Stop)];
    check_by(&second, &rules, History::Known(&history), stop);
}

#[test]
fn a_replacement_repeats_on_purpose() {
    let mut claim = claim();
    claim.frequency = Frequency::Replacement;
    claim.payer_claim_control_number = Some("2026314001".into());
    check_by(&claim, &PracticeRules::default(), History::Known(&[earlier("99213", "2026-11-10")]), &[]);
}

#[test]
fn a_new_patient_was_not_seen_for_three_years() {
    let visit = || vec![line("99203")];
    let stop: Found<'_> = &[("new-patient", "/lines/0/procedure", Stop)];
    check_with_earlier(visit(), &[earlier("99213", "2024-02-01")], stop);
    check_with_earlier(visit(), &[earlier("99213", "2023-11-11")], stop);
    check_with_earlier(visit(), &[earlier("99213", "2023-11-10")], &[]);
    // A blood count is not a visit.
    check_with_earlier(visit(), &[earlier("85025", "2026-01-05")], &[]);
    // A colleague of the group may be of another specialty.
    let colleague = HistoryLine { rendering: Some("1245319599".into()), ..earlier("99213", "2025-02-01") };
    check_with_earlier(visit(), &[colleague], &[("new-patient", "/lines/0/procedure", Warn)]);
    // An established patient's visit needs no rule.
    check_with_earlier(vec![line("99213")], &[earlier("99213", "2024-02-01")], &[]);
}

#[test]
fn units_of_earlier_claims_count_towards_the_limit_of_the_day() {
    let of = |units: u32| ServiceLine { units: units.into(), from: Some(day("2024-08-01")), ..line("97110") };
    let past =
        HistoryLine { units: 3.into(), modifiers: vec!["59".into()], ..earlier("97110", "2024-08-01") };
    check_with_earlier(vec![of(3)], std::slice::from_ref(&past), &[]);
    check_with_earlier(vec![of(4)], &[past], &[("units-believable", "/lines/0/units", Stop)]);
}
