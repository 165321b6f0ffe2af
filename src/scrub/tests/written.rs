//! Rules that a practice writes: what each operator holds for, what is missing, where a finding
//! points, what is refused.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::scrub::written::{
    CodeList, CodeLists, Condition, DEPTH_MAX, Definition, Fault, Field, Op, Test, WrittenRule, read_entries,
};

fn definition(each: &str, when: &Value) -> Definition {
    serde_json::from_value(json!({
        "title": "What the practice wants",
        "severity": "stop",
        "each": each,
        "when": when,
        "message": "not as the practice wants it",
        "next": "Mend it.",
        "related_carcs": ["197"],
    }))
    .unwrap()
}

fn lists() -> CodeLists {
    let list = |entries: &str| CodeList { version: 2, entries: read_entries([entries]).unwrap() };
    [("E/M visits".to_owned(), list("99202-99215, g0438")), ("Diabetes".to_owned(), list("E08-E13, O24*"))]
        .into()
}

fn read(slug: &str, definition: &Definition) -> std::result::Result<WrittenRule, Vec<Fault>> {
    WrittenRule::read(
        slug,
        3,
        definition,
        &lists(),
        Some(("usr_01h455vb4pex5vsknk084sn02q", day("2026-11-20"))),
    )
}

fn asked(claim: &Claim, rules: &[&WrittenRule]) -> Vec<Finding> {
    let written = rules.iter().map(|rule| Arc::new((*rule).clone())).collect();
    let rules = PracticeRules { written, ..PracticeRules::default() };
    let context =
        Context { codes: Codes::shipped(), rules: &rules, history: History::Known(&[]), today: day(TODAY) };
    let all = check(claim, &context).findings().to_vec();
    all.into_iter().filter(|finding| finding.rule.starts_with("practice/")).collect()
}

/// A claim of two lines: a visit with modifier 25 and an injection with RT at 20.50 by three units.
fn two_lines() -> Claim {
    let mut claim = claim();
    claim.diagnoses = vec!["E11.9".into(), "M17.11".into()];
    let visit = ServiceLine { modifiers: vec!["25".into()], pointers: vec![1, 2], ..line("99213") };
    let injection = ServiceLine {
        modifiers: vec!["RT".into(), "59".into()],
        units: Decimal::from(3),
        charged: Money::from_cents(2_050),
        pointers: vec![2],
        thru: Some(day("2026-11-12")),
        place_of_service: Some("22".into()),
        ..line("20610")
    };
    billed(&mut claim, vec![visit, injection]);
    claim.referral_number = Some("R-77a".into());
    claim.related_causes = vec![RelatedCause::AutoAccident];
    claim.accident_on = Some(day("2026-11-01"));
    claim
}

/// Pointers of what a condition finds in the claim of two lines.
#[track_caller]
fn finds(each: &str, when: Value, expected: &[&str]) {
    let rule = read("wanted", &definition(each, &when)).unwrap_or_else(|faults| panic!("{faults:?}"));
    let found = asked(&two_lines(), &[&rule]);
    let pointers: Vec<&str> = found.iter().map(|finding| finding.pointer.as_str()).collect();
    assert_eq!(pointers, expected, "{when}");
    let json = serde_json::to_value(two_lines()).unwrap();
    for pointer in pointers {
        assert!(json.pointer(pointer).is_some(), "{pointer} is nowhere in the claim");
    }
}

fn test(field: &str, op: &str, values: &[&str]) -> Value {
    json!({ "test": { "field": field, "op": op, "values": values } })
}

#[test]
fn each_operator_holds_for_what_it_says() {
    let line =
        |field, op, values: &[&str], expected: &[&str]| finds("line", test(field, op, values), expected);
    line("procedure", "is", &["99213", "99214"], &["/lines/0/procedure"]);
    line("procedure", "begins_with", &["206"], &["/lines/1/procedure"]);
    line("procedure", "contains", &["21"], &["/lines/0/procedure"]);
    line("procedure", "in_range", &["99202", "99213"], &["/lines/0/procedure"]);
    line("procedure", "in_range", &["99202", "99212"], &[]);
    line("procedure", "in_list", &["E/M visits"], &["/lines/0/procedure"]);
    line("modifier", "is", &["59"], &["/lines/1/modifiers/1"]);
    line("units", "more_than", &["2"], &["/lines/1/units"]);
    line("units", "more_than", &["3"], &[]);
    line("units", "at_least", &["3"], &["/lines/1/units"]);
    line("units", "less_than", &["3"], &["/lines/0/units"]);
    line("units", "at_most", &["3"], &["/lines/0/units", "/lines/1/units"]);
    line("units", "is", &["3.0"], &["/lines/1/units"]);
    line("line_charged", "in_range", &["20.50", "21"], &["/lines/1/charged"]);
    line("service_days", "is", &["3"], &["/lines/1/thru"]);
    line("service_on", "at_least", &["2026-11-11"], &[]);
    line("service_on", "in_range", &["2026-11-10", "2026-11-10"], &["/lines/0/from", "/lines/1/from"]);
    line("pointed_diagnosis", "is", &["E11.9"], &["/lines/0/pointers/0"]);
    line("first_pointed_diagnosis", "begins_with", &["M17"], &["/lines/1/pointers"]);
    line("other_procedure", "is", &["20610"], &["/lines/1/procedure"]);
    // What the line does not say of itself the claim says for it.
    line("line_place_of_service", "is", &["11"], &["/place_of_service"]);
    line("line_place_of_service", "is", &["22"], &["/lines/1/place_of_service"]);

    let claim =
        |field, op, values: &[&str], expected: &[&str]| finds("claim", test(field, op, values), expected);
    claim("charged", "more_than", &["170.49"], &["/charged"]);
    claim("charged", "more_than", &["170.50"], &[]);
    claim("diagnosis", "in_list", &["Diabetes"], &["/diagnoses/0"]);
    claim("diagnosis", "in_range", &["E08", "E11"], &["/diagnoses/0"]);
    claim("first_diagnosis", "is", &["m17.11"], &[]);
    claim("diagnosis_count", "is", &["2"], &["/diagnoses"]);
    claim("referral_number", "is", &["r-77A"], &["/referral_number"]);
    claim("referral_number", "is_there", &[], &["/referral_number"]);
    claim("prior_authorization", "is_missing", &[], &["/prior_authorization"]);
    claim("related_cause", "is", &["AA"], &["/related_causes/0"]);
    claim("accident_on", "less_than", &["2026-11-02"], &["/accident_on"]);
    claim("days_since_service", "is", &["13"], &["/lines/0/from"]);
    claim("patient_age", "at_least", &["56"], &["/patient/born_on"]);
    claim("patient_age", "at_least", &["57"], &[]);
    claim("filing_indicator", "is", &["CI"], &["/payer/filing_indicator"]);
    // Asked of the whole claim, what all lines say is one list.
    claim("procedure", "is", &["20610"], &["/lines/1/procedure"]);
    claim("modifier", "is", &["GT"], &[]);
}

#[test]
fn conditions_are_joined() {
    let visit = || test("procedure", "in_list", &["E/M visits"]);
    let joint = || test("procedure", "begins_with", &["206"]);
    let with_25 = || test("modifier", "is", &["25"]);
    finds("line", json!({ "all": [visit(), with_25()] }), &["/lines/0/procedure"]);
    finds("line", json!({ "all": [visit(), { "not": with_25() }] }), &[]);
    finds("line", json!({ "any": [visit(), joint()] }), &["/lines/0/procedure", "/lines/1/procedure"]);
    finds("line", json!({ "not": { "any": [visit(), with_25()] } }), &["/lines/1/procedure"]);
    finds("claim", json!({ "all": [visit(), joint()] }), &["/lines/0/procedure"]);
}

#[test]
fn what_is_missing_is_found_by_is_missing_and_by_nothing_else() {
    // Unknown, and so is its opposite.
    finds("claim", test("prior_authorization", "is", &["A1"]), &[]);
    finds("claim", json!({ "not": test("prior_authorization", "is", &["A1"]) }), &[]);
    finds("line", json!({ "not": test("ordering_npi", "begins_with", &["1"]) }), &[]);
    finds("claim", json!({ "not": test("prior_authorization", "is_there", &[]) }), &["/prior_authorization"]);
    // Unknown decides neither way where another does.
    let unknown = || test("prior_authorization", "is", &["A1"]);
    let holds = || test("referral_number", "is_there", &[]);
    finds("claim", json!({ "any": [unknown(), holds()] }), &["/prior_authorization"]);
    finds("claim", json!({ "all": [unknown(), holds()] }), &[]);
    finds("claim", json!({ "not": { "all": [unknown(), { "not": holds() }] } }), &["/prior_authorization"]);
    // A list that is empty holds nothing, which is known.
    finds("claim", json!({ "not": test("attachment", "is", &["OZ"]) }), &["/attachments"]);
}

#[test]
fn a_finding_says_which_rule_found_what_where_and_nothing_of_the_patient() {
    let when =
        json!({ "all": [test("procedure", "in_list", &["E/M visits"]), test("modifier", "is", &["25"])] });
    let mut definition = definition("line", &when);
    let found = &asked(&two_lines(), &[&read("no-25", &definition).unwrap()])[0];
    assert_eq!(
        (&*found.rule, found.version, found.severity, &*found.pointer, &*found.element, &*found.found),
        ("practice/no-25", 3, Stop, "/lines/0/procedure", "2400 SV101-2", "99213")
    );
    assert_eq!((&*found.message, &*found.next), ("not as the practice wants it", "Mend it."));
    assert_eq!(
        found.source,
        "the practice's rule, version 3, published 2026-11-20 by usr_01h455vb4pex5vsknk084sn02q; \
         list E/M visits, version 2"
    );
    definition.point_at = Some(Field::Modifier);
    let found = &asked(&two_lines(), &[&read("no-25", &definition).unwrap()])[0];
    assert_eq!(
        (&*found.pointer, &*found.element, &*found.found),
        ("/lines/0/modifiers/0", "2400 SV101-3", "25")
    );
    for (field, op, value) in [
        ("patient_sex", "is", "F"),
        ("patient_age", "more_than", "20"),
        ("accident_on", "more_than", "2000-01-01"),
    ] {
        let rule = read("who", &self::definition("claim", &test(field, op, &[value]))).unwrap();
        assert_eq!(asked(&two_lines(), &[&rule])[0].found, "", "{field}");
    }
}

#[test]
fn a_rule_is_asked_of_claims_in_its_scope_only() {
    let mut definition = definition("line", &test("procedure", "is_there", &[]));
    let claim = two_lines();
    let found = |definition: &Definition| asked(&claim, &[&read("scoped", definition).unwrap()]).len();
    assert_eq!(found(&definition), 2);
    definition.scope.filing_indicators = vec!["mb".into()];
    assert_eq!(found(&definition), 0);
    definition.scope.filing_indicators = vec!["mb".into(), "ci".into()];
    assert_eq!(found(&definition), 2);
    definition.scope.service_from = Some(day("2026-11-10"));
    definition.scope.service_to = Some(day("2026-11-10"));
    assert_eq!(found(&definition), 2);
    definition.scope.service_from = Some(day("2026-11-11"));
    definition.scope.service_to = None;
    assert_eq!(found(&definition), 0);

    let (ours, other) = (PayerId::new(), PayerId::new());
    definition.scope = Default::default();
    definition.scope.payers = vec![ours];
    let book = RuleBook::default().with(read("scoped", &definition).unwrap());
    assert_eq!(book.for_payer(ours, PayerRules::default()).written.len(), 1);
    assert_eq!(book.for_payer(other, PayerRules::default()).written.len(), 0);
}

#[test]
fn the_more_specific_grade_wins_and_what_is_off_is_not_asked() {
    let rule = read("graded", &definition("claim", &test("charged", "more_than", &["0"]))).unwrap();
    let (ours, other) = (PayerId::new(), PayerId::new());
    let book = RuleBook::default()
        .with(rule)
        .graded("practice/graded", Some(ours), Some(Grade::Off))
        .graded("practice/graded", None, Some(Grade::As(Warn)))
        .graded("scrub/zip-plus-four", None, Some(Grade::Off))
        .graded("scrub/zip-plus-four", Some(other), Some(Grade::As(Note)));
    let mut claim = two_lines();
    claim.billing.address.zip = "62701".into();
    let found = |payer| {
        let rules = book.for_payer(payer, PayerRules::default());
        let context = Context {
            codes: Codes::shipped(),
            rules: &rules,
            history: History::Known(&[]),
            today: day(TODAY),
        };
        let findings = check(&claim, &context).findings().to_vec();
        let kept =
            findings.into_iter().filter(|it| ["practice/graded", "scrub/zip-plus-four"].contains(&&*it.rule));
        kept.map(|finding| (finding.rule.into_owned(), finding.severity)).collect::<Vec<_>>()
    };
    assert_eq!(found(ours), []);
    assert_eq!(
        found(other),
        [("scrub/zip-plus-four".to_owned(), Note), ("practice/graded".to_owned(), Warn)]
    );
    assert_eq!(found(PayerId::new()), [("practice/graded".to_owned(), Warn)]);
}

#[test]
fn written_rules_are_asked_in_the_order_of_their_ids_after_the_built_in_ones() {
    let rule = |slug| read(slug, &definition("claim", &test("charged", "more_than", &["0"]))).unwrap();
    let book =
        RuleBook::default().with(rule("zeta")).with(rule("alpha")).with(rule("mu")).with(rule("alpha"));
    let rules = book.for_payer(PayerId::new(), PayerRules::default());
    let context =
        Context { codes: Codes::shipped(), rules: &rules, history: History::Unknown, today: day(TODAY) };
    let found = check(&two_lines(), &context).findings().to_vec();
    let ids: Vec<&str> = found.iter().map(|finding| &*finding.rule).collect();
    let first = ids.iter().position(|id| id.starts_with("practice/")).unwrap();
    assert!(first > 0, "some built-in rule says that it could not be checked");
    assert_eq!(ids[first..], ["practice/alpha", "practice/mu", "practice/zeta"]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let check = |each: &str, when: Value, pointer: &str, message: &str| {
        let faults = read("wrong", &definition(each, &when)).unwrap_err();
        let said: Vec<_> = faults.iter().map(|it| (it.pointer.as_str(), it.message.as_str())).collect();
        assert_eq!(said, [(pointer, message)], "{when}");
    };
    let one = |field, op, values: &[&str]| json!({ "all": [test(field, op, values)] });
    check(
        "line",
        one("units", "is", &["many"]),
        "/when/all/0/test/values/0",
        "a number such as 12 or 99.50 is needed",
    );
    check(
        "line",
        one("service_on", "is", &["11/10/2026"]),
        "/when/all/0/test/values/0",
        "a day such as 2026-01-31 is needed",
    );
    check(
        "line",
        one("units", "begins_with", &["1"]),
        "/when/all/0/test/op",
        "Units cannot be tested by “begins with”",
    );
    check(
        "line",
        one("procedure", "more_than", &["1"]),
        "/when/all/0/test/op",
        "Procedure cannot be tested by “is more than”",
    );
    check(
        "line",
        one("procedure", "in_list", &["No such"]),
        "/when/all/0/test/values/0",
        "there is no list of that name",
    );
    check("line", one("procedure", "is", &[]), "/when/all/0/test/values", "1 to 200 values are needed");
    check("line", one("procedure", "is_there", &["1"]), "/when/all/0/test/values", "no value belongs here");
    check(
        "line",
        one("units", "in_range", &["9", "1"]),
        "/when/all/0/test/values/1",
        "the last value is less than the first",
    );
    check(
        "claim",
        one("other_procedure", "is", &["1"]),
        "/when/all/0/test/field",
        "Procedures of the other lines is known only of each line",
    );
    check("claim", json!({ "any": [] }), "/when/any", "at least one condition is needed");

    let mut deep = test("units", "is", &["1"]);
    for _ in 0..DEPTH_MAX {
        deep = json!({ "not": deep });
    }
    let faults = read("deep", &definition("line", &deep)).unwrap_err();
    assert_eq!(faults[0].message, "nested more than 6 deep");
    let many = json!({ "any": vec![test("units", "is", &["1"]); 51] });
    assert_eq!(read("many", &definition("line", &many)).unwrap_err()[0].message, "more than 50 tests");

    let mut wrong = definition("claim", &test("charged", "is", &["1"]));
    wrong.title = " ".into();
    wrong.message = "two\nlines".into();
    wrong.scope.filing_indicators = vec!["MB".into(), "ABC".into()];
    wrong.scope.service_from = Some(day("2026-02-01"));
    wrong.scope.service_to = Some(day("2026-01-01"));
    let faults = read("wrong", &wrong).unwrap_err();
    let places: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(places, ["/title", "/message", "/scope/filing_indicators/1", "/scope/service_to"]);
}

#[test]
fn a_definition_with_a_word_too_many_is_not_read() {
    let mut written = serde_json::to_value(definition("claim", &test("charged", "is", &["1"]))).unwrap();
    assert!(serde_json::from_value::<Definition>(written.clone()).is_ok());
    written["when"]["test"]["script"] = "while (true) {}".into();
    assert!(serde_json::from_value::<Definition>(written).is_err());
    // So deep that reading stops: no stack is used up.
    let deep = format!("{}{}", r#"{"not":"#.repeat(100_000), "}".repeat(100_000));
    assert!(serde_json::from_str::<Condition>(&deep).is_err());
}

#[test]
fn entries_of_a_list_are_read_as_people_type_them() {
    assert_eq!(
        read_entries(["99202-99215, g0438;993*\nG0438  e11.9"]).unwrap(),
        ["99202-99215", "G0438", "993*", "E11.9"]
    );
    let faults = read_entries(["99213, 99215-99202 a_b", "*"]).unwrap_err();
    let places: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(places, ["/entries/1", "/entries/2", "/entries/3"]);
    assert!(read_entries([""]).is_err());
}

fn any_condition() -> impl Strategy<Value = Condition> {
    let fields: Vec<Field> = Field::all().collect();
    let value = prop_oneof![
        "[0-9]{1,5}",
        "[A-Z][0-9]{2}",
        "20[0-9]{2}-0[1-9]-[12][0-9]",
        Just("Diabetes".to_owned()),
        ".{0,6}"
    ];
    let test = (0..fields.len(), 0..Op::ALL.len(), proptest::collection::vec(value, 0..3)).prop_map(
        move |(field, op, values)| Condition::Test(Test { field: fields[field], op: Op::ALL[op], values }),
    );
    test.prop_recursive(5, 30, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Condition::All),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Condition::Any),
            inner.prop_map(|one| Condition::Not(Box::new(one))),
        ]
    })
}

proptest! {
    /// Whatever is written: it is refused with places that the definition has, or it is asked without
    /// a panic, says the same twice, and points into the claim's own fields.
    #[test]
    fn any_rule_is_refused_or_asked_and_always_answers_the_same(when in any_condition(), by_line: bool) {
        let each = if by_line { "line" } else { "claim" };
        let definition = definition(each, &serde_json::to_value(&when).unwrap());
        match read("any", &definition) {
            Ok(rule) => {
                let mut without_lines = claim();
                billed(&mut without_lines, vec![]);
                for claim in [claim(), two_lines(), without_lines] {
                    let found = asked(&claim, &[&rule]);
                    prop_assert_eq!(&found, &asked(&claim, &[&rule]));
                    let most = if by_line { claim.lines.len() } else { 1 };
                    prop_assert!(found.len() <= most, "{found:?}");
                    let json = serde_json::to_value(&claim).unwrap();
                    for finding in found {
                        prop_assert!(json.pointer(&finding.pointer).is_some(), "{}", finding.pointer);
                    }
                }
            }
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                let json = serde_json::to_value(&definition).unwrap();
                for fault in faults {
                    prop_assert!(json.pointer(&fault.pointer).is_some(), "{}", fault.pointer);
                }
            }
        }
    }
}
