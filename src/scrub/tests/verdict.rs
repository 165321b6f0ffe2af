//! What comes of scrubbing, and what a finding says.

use std::collections::BTreeSet;

use super::*;

#[test]
fn a_faultless_claim_is_ready_and_carries_nothing() {
    let claim = claim();
    let rules = PracticeRules::default();
    let context =
        Context { codes: Codes::shipped(), rules: &rules, history: History::Known(&[]), today: day(TODAY) };
    match check(&claim, &context) {
        Verdict::Ready(scrubbed) => {
            assert_eq!(scrubbed.claim().id, claim.id);
            assert!(scrubbed.findings().is_empty());
        }
        Verdict::Held(findings) => panic!("{findings:#?}"),
    }
}

#[test]
fn without_earlier_claims_what_needs_them_is_not_checked_and_says_so() {
    let mut claim = claim();
    billed(&mut claim, vec![line("99203")]);
    let expected: Found<'_> = &[
        ("new-patient", "/lines/0/procedure", Note),
        ("units-believable", "/lines/0/units", Note),
        ("duplicate-claim", "/lines", Note),
    ];
    let found = check_by(&claim, &PracticeRules::default(), History::Unknown, expected);
    assert!(found.iter().all(|finding| finding.message.starts_with("not checked: ")));
}

#[test]
fn only_a_line_that_asks_for_earlier_claims_is_said_not_to_be_checked_against_them() {
    let check_unknown = |change: fn(&mut Claim), expected: Found<'_>| {
        let mut claim = claim();
        change(&mut claim);
        // Units and duplicates ask of every line.
        let off =
            ["scrub/units-believable", "scrub/duplicate-claim"].map(|rule| (rule.to_owned(), Grade::Off));
        let rules = PracticeRules { grades: off.to_vec(), ..PracticeRules::default() };
        check_by(&claim, &rules, History::Unknown, expected);
    };
    check_unknown(|_| {}, &[]);
    check_unknown(
        |claim| claim.lines[0].modifiers = vec!["24".into()],
        &[("postoperative-modifier", "/lines/0/modifiers", Note)],
    );
    check_unknown(
        |claim| billed(claim, vec![ServiceLine { modifiers: vec!["76".into()], ..line("71046") }]),
        &[("repeat-modifier", "/lines/0/modifiers/0", Note)],
    );
    check_unknown(
        |claim| billed(claim, vec![line("99490")]),
        &[("once-a-month", "/lines/0/procedure", Note)],
    );
    check_unknown(
        |claim| {
            claim.diagnoses = vec!["Z00.00".into()];
            billed(claim, vec![line("99396")]);
        },
        &[("preventive-of-a-year", "/lines/0/procedure", Note)],
    );
    check_unknown(
        |claim| {
            medicare(claim);
            billed(claim, vec![line("G0439")]);
        },
        &[("screening-frequency", "/lines/0/procedure", Note)],
    );
    // What this claim says itself needs no earlier one.
    check_unknown(
        |claim| {
            let again = ServiceLine { modifiers: vec!["76".into()], ..line("71046") };
            billed(claim, vec![line("71046"), again]);
        },
        &[],
    );
}

#[test]
fn a_practice_turns_a_rule_off_or_grades_it_otherwise() {
    let mut claim = claim();
    claim.billing.address.zip = "62701".into();
    let id = "scrub/zip-plus-four".to_owned();
    let graded = |grade| PracticeRules { grades: vec![(id.clone(), grade)], ..PracticeRules::default() };
    check_by(&claim, &graded(Grade::Off), History::Known(&[]), &[]);
    let warned: Found<'_> = &[("zip-plus-four", "/billing/address/zip", Warn)];
    check_by(&claim, &graded(Grade::As(Warn)), History::Known(&[]), warned);
}

#[test]
fn a_finding_says_what_where_why_and_what_to_do() {
    let found = check_change(
        |claim| claim.diagnoses = vec!["E11".into()],
        &[("diagnosis-code", "/diagnoses/0", Stop)],
    );
    let finding = &found[0];
    assert_eq!(finding.rule, "scrub/diagnosis-code");
    assert_eq!(finding.version, 1);
    assert_eq!(finding.element, "2300 HI01-2");
    assert_eq!(finding.found, "E11");
    assert_eq!(finding.message, "E11 is a heading, not billable");
    assert!(finding.source.contains("45 CFR 162.1002"));
    assert!(finding.next.contains("Choose a code"));
    let json = serde_json::to_value(finding).unwrap();
    assert_eq!((&json["severity"], &json["pointer"]), (&"stop".into(), &"/diagnoses/0".into()));
}

#[test]
fn every_rule_has_an_id_of_its_own_a_source_and_something_to_do() {
    let all: Vec<_> = rules().collect();
    let ids: BTreeSet<_> = all.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), all.len());
    for rule in all {
        assert!(rule.id.starts_with("scrub/") && rule.version >= 1, "{}", rule.id);
        assert!(rule.source.len() > 8 && rule.next.ends_with('.') && !rule.title.is_empty(), "{}", rule.id);
    }
}

#[test]
fn no_finding_shows_who_the_patient_is() {
    let mut claim = claim();
    claim.subscriber.member_id = "W".into();
    claim.billing.tax_id = "999-00-12".into();
    claim.patient.born_on = Some(Phi::new(day("2030-01-01")));
    claim
        .patient
        .address
        .as_mut()
        .unwrap()
        .clone_from(&Phi::new(Address { zip: "ABC".into(), ..address("9 Oak") }));
    let rules = PracticeRules::default();
    let context =
        Context { codes: Codes::shipped(), rules: &rules, history: History::Unknown, today: day(TODAY) };
    let text = serde_json::to_string(check(&claim, &context).findings()).unwrap();
    for secret in ["Roe", "Jane", "999-00-12", "2030-01-01", "ABC", "Oak"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("/subscriber/member_id") && text.contains("/billing/tax_id"));
}

proptest::proptest! {
    /// Whatever was entered: no panic, the same answer twice, held exactly when something stops it.
    #[test]
    fn any_claim_gets_an_answer_and_always_the_same(
        diagnoses in proptest::collection::vec("[A-Z][0-9][0-9A-Z]{0,5}|[^a-z]{0,8}", 0..14),
        procedures in proptest::collection::vec("[0-9A-Z]{5}|99213|11103|97110|.{0,6}", 0..6),
        modifiers in proptest::collection::vec("[0-9A-Z]{2}|50|LT|26|.{0,3}", 0..6),
        pointers in proptest::collection::vec(0_u8..20, 0..6),
        days in -4_000_i64..4_000,
        units in -2_i64..2_000,
    ) {
        let mut claim = claim();
        claim.diagnoses = diagnoses.iter().map(|code| code.as_str().into()).collect();
        let from = day(TODAY).checked_add_signed(chrono::TimeDelta::days(days));
        let lines = procedures.iter().map(|code| ServiceLine {
            modifiers: modifiers.iter().map(|it| it.as_str().into()).collect(),
            pointers: pointers.clone(),
            units: Decimal::from(units),
            from,
            ..line(code)
        });
        billed(&mut claim, lines.collect());
        let rules = PracticeRules::default();
        let context = Context { codes: Codes::shipped(), rules: &rules, history: History::Unknown, today: day(TODAY) };
        let verdict = check(&claim, &context);
        proptest::prop_assert_eq!(&verdict, &check(&claim, &context));
        let stopped = verdict.findings().iter().any(|finding| finding.severity == Stop);
        proptest::prop_assert_eq!(verdict.is_held(), stopped);
        let json = serde_json::to_value(&claim).unwrap();
        for finding in verdict.findings() {
            proptest::prop_assert!(json.pointer(&finding.pointer).is_some(), "{}", finding.pointer);
        }
    }
}

/// The fix that a rule offers for the changed claim, and the claim with it made.
fn fixed(rule: &str, change: impl FnOnce(&mut Claim)) -> (String, Claim) {
    let mut broken = claim();
    change(&mut broken);
    let rules = PracticeRules::default();
    let context =
        Context { codes: Codes::shipped(), rules: &rules, history: History::Known(&[]), today: day(TODAY) };
    let verdict = check(&broken, &context);
    let of_rule = |finding: &&Finding| finding.rule.ends_with(rule);
    let finding = verdict.findings().iter().find(of_rule).expect("the rule finds it");
    let fix = finding.fix.clone().expect("and offers a fix");
    let mended = fix.apply(&broken).unwrap();
    let after = check(&mended, &context);
    assert!(!after.findings().iter().any(|it| of_rule(&it)), "{:?}", after.findings());
    (fix.label, mended)
}

#[test]
fn what_is_safe_to_mend_is_offered_and_mends() {
    let (label, mended) = fixed("diagnosis-twice", |claim| {
        claim.diagnoses = vec!["E11.9".into(), "I10".into(), "E11.9".into()];
        claim.lines[0].pointers = vec![3, 2];
    });
    assert_eq!(label, "List E11.9 once");
    assert_eq!(mended.diagnoses, ["E11.9".into(), "I10".into()]);
    assert_eq!(mended.lines[0].pointers, [1, 2]);

    // S93.401A: a sprain; W10.1XXA: a fall from the kerb.
    let (label, mended) = fixed("external-cause-first", |claim| {
        claim.diagnoses = vec!["W10.1XXA".into(), "S93.401A".into()];
        claim.lines[0].pointers = vec![2];
    });
    assert_eq!(label, "List S93.401A first");
    assert_eq!(mended.diagnoses, ["S93.401A".into(), "W10.1XXA".into()]);
    assert_eq!(mended.lines[0].pointers, [1]);

    let (label, mended) = fixed("drug", |claim| {
        let drug = Drug { ndc: "0409-4888-02".into(), quantity: Decimal::ONE, unit: "ML".into() };
        claim.lines[0].drug = Some(Box::new(drug));
    });
    assert_eq!(label, "Write it 00409488802");
    assert_eq!(mended.lines[0].drug.as_ref().unwrap().ndc, "00409488802");

    let (label, mended) = fixed("professional-technical", |claim| {
        billed(claim, vec![line("71046")]);
        claim.lines[0].modifiers = vec!["26".into(), "TC".into(), "59".into()];
    });
    assert_eq!(label, "Bill it whole: remove 26 and TC");
    assert_eq!(mended.lines[0].modifiers, ["59".into()]);
}
