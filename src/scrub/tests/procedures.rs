//! Procedures, places and modifiers.

use super::*;
use crate::codes::import;

fn check_procedure(procedure: &str, on: &str, expected: Found<'_>) {
    check_change(
        |claim| billed(claim, vec![ServiceLine { from: Some(day(on)), ..line(procedure) }]),
        expected,
    );
}

#[test]
fn a_procedure_is_in_force_on_the_day_of_service() {
    let stop: Found<'_> = &[("procedure-code", "/lines/0/procedure", Stop)];
    let note: Found<'_> = &[("procedure-code", "/lines/0/procedure", Note)];
    check_procedure("9921", "2026-11-10", stop);
    // A4397 ended on 2021-12-31.
    check_procedure("A4397", "2021-12-31", &[]);
    check_procedure("A4397", "2022-01-01", stop);
    check_procedure("J0000", "2026-08-01", stop);
    // Samples and older editions cannot say that a code is wrong.
    check_procedure("J0000", "2026-11-10", note);
    check_procedure("12345", "2026-11-10", note);
}

#[test]
fn a_place_of_service_is_one_of_cmss() {
    check_change(
        |claim| claim.place_of_service = "30".into(),
        &[("place-of-service", "/place_of_service", Stop)],
    );
    check_change(
        |claim| claim.lines[0].place_of_service = Some("1".into()),
        &[("place-of-service", "/lines/0/place_of_service", Stop)],
    );
    check_change(|claim| claim.place_of_service = "10".into(), &[]);
}

#[test]
fn a_modifier_is_in_force_and_stands_once() {
    let with = |modifiers: &'static [&'static str]| {
        move |claim: &mut Claim| claim.lines[0].modifiers = modifiers.iter().map(|it| (*it).into()).collect()
    };
    check_change(with(&["25"]), &[]);
    // Every modifier of CPT is known: one that begins with a digit and is not there is wrong.
    check_change(with(&["9Z"]), &[("modifier", "/lines/0/modifiers/0", Stop)]);
    // ZA ended on 2018-03-31; QQZ is no modifier at all.
    check_change(with(&["ZA"]), &[("modifier", "/lines/0/modifiers/0", Stop)]);
    check_change(with(&["QQZ"]), &[("modifier", "/lines/0/modifiers/0", Stop)]);
    check_change(with(&["25", "25"]), &[("modifier", "/lines/0/modifiers/1", Stop)]);
    check_change(with(&["ZZ"]), &[("modifier", "/lines/0/modifiers/0", Note)]);
}

#[test]
fn professional_and_technical_parts_need_a_procedure_that_has_them() {
    let with = |procedure: &'static str, modifiers: &'static [&'static str]| {
        move |claim: &mut Claim| {
            let modifiers = modifiers.iter().map(|it| (*it).into()).collect();
            billed(claim, vec![ServiceLine { modifiers, ..line(procedure) }]);
        }
    };
    let warn: Found<'_> = &[("professional-technical", "/lines/0/modifiers", Warn)];
    check_change(with("71046", &["26"]), &[]);
    check_change(with("99213", &["26"]), warn);
    check_change(with("93005", &["TC"]), warn);
    check_change(with("71046", &["26", "TC"]), warn);
}

#[test]
fn both_sides_are_one_unit_of_a_procedure_that_has_two() {
    let with = |procedure: &'static str, modifiers: &'static [&'static str], units: u32| {
        move |claim: &mut Claim| {
            let modifiers = modifiers.iter().map(|it| (*it).into()).collect();
            billed(claim, vec![ServiceLine { modifiers, units: units.into(), ..line(procedure) }]);
        }
    };
    check_change(with("20610", &["50"], 1), &[]);
    check_change(with("20610", &["50"], 2), &[("bilateral", "/lines/0/units", Warn)]);
    check_change(with("20610", &["50", "RT"], 1), &[("bilateral", "/lines/0/modifiers", Warn)]);
    // Medicare's fee for ear wax removal covers both ears; other payers pay each.
    check_change(with("69210", &["50"], 1), &[]);
    check_change(
        |claim| {
            with("69210", &["50"], 1)(claim);
            medicare(claim);
        },
        &[("bilateral", "/lines/0/modifiers", Warn)],
    );
    // A metabolic panel has no sides.
    check_change(with("80053", &["50"], 1), &[("bilateral", "/lines/0/modifiers", Warn)]);
}

#[test]
fn an_add_on_does_not_stand_alone() {
    // 11103: each further shave biopsy, beside 11102.
    check_change(|claim| billed(claim, vec![line("11103")]), &[("add-on", "/lines/0/procedure", Warn)]);
    check_change(|claim| billed(claim, vec![line("11102"), line("11103")]), &[]);
    check_change(
        |claim| {
            let yesterday = ServiceLine { from: Some(day("2026-11-09")), ..line("11102") };
            billed(claim, vec![yesterday, line("11103")]);
        },
        &[("add-on", "/lines/1/procedure", Warn)],
    );
}

#[test]
fn imaging_and_laboratory_at_medicare_name_who_ordered_them() {
    let at_medicare = |claim: &mut Claim| {
        medicare(claim);
        claim.clia_number = Some("14D0123456".into());
        billed(claim, vec![line("80053")]);
    };
    check_change(at_medicare, &[("ordering-provider", "/lines/0/ordering", Stop)]);
    check_change(
        |claim| {
            at_medicare(claim);
            claim.referring = Some(provider("1234567893"));
        },
        &[],
    );
    check_change(
        |claim| {
            at_medicare(claim);
            claim.lines[0].ordering = Some(Box::new(provider("1234567893")));
        },
        &[],
    );
    check_change(|claim| billed(claim, vec![line("80053")]), &[]);
}

#[test]
fn a_procedure_that_the_payer_wants_authorized_has_a_number() {
    let payer = PayerRules {
        prior_authorization: vec![ProcedureCode::parse("70551").unwrap()],
        ..PayerRules::default()
    };
    let rules = PracticeRules { payer, ..PracticeRules::default() };
    let mut claim = claim();
    billed(&mut claim, vec![line("70551")]);
    let stop: Found<'_> = &[("prior-authorization", "/lines/0/prior_authorization", Stop)];
    check_by(&claim, &rules, History::Known(&[]), stop);
    claim.prior_authorization = Some("PA778".into());
    check_by(&claim, &rules, History::Known(&[]), &[]);
}

#[test]
fn several_surgeons_are_paid_where_the_imported_fee_schedule_says_so() {
    // Indicators 2 and 2 of 22551, 1 and 2 of 20610, 2 and 1 of 27447, 2 and 0 of 47562: made up, not
    // CMS's. The sample that ships has no code of TEAM SURG 1.
    let file = "\
HCPCS,MOD,DESCRIPTION,STATUS CODE,WORK RVU,NON-FAC PE RVU,FACILITY PE RVU,MP RVU,PCTC IND,GLOB DAYS,MULT PROC,BILAT SURG,ASST SURG,CO-SURG,TEAM SURG,CONV FACTOR,a,b,c,d,e,f,g,h,i
22551,,,A,1.00,1.00,1.00,0.10,0,090,2,0,2,2,2,33.0000
20610,,,A,1.00,1.00,1.00,0.10,0,000,2,1,1,1,2,33.0000
27447,,,A,1.00,1.00,1.00,0.10,0,090,2,1,2,2,1,33.0000
47562,,,A,1.00,1.00,1.00,0.10,0,090,2,0,2,2,0,33.0000
";
    let reading = import::read("PPRRVU2026_Oct.csv", file.as_bytes(), None).unwrap();
    assert_eq!(reading.rejected.count, 0);
    let (list, content) = reading.tables.into_iter().next().unwrap();
    let draft = Codes::shipped().draft(list, content, day("2026-10-01"), true).unwrap();
    let codes = Codes::shipped().and(draft).unwrap();
    let found = |procedure: &str, modifier: &str, rule: &str| {
        let mut claim = claim();
        medicare(&mut claim);
        let modifiers = vec![modifier.into()];
        billed(&mut claim, vec![ServiceLine { modifiers, ..line(procedure) }]);
        let rules = PracticeRules::default();
        let context =
            Context { codes: &codes, rules: &rules, history: History::Known(&[]), today: day(TODAY) };
        find(&claim, &context, rule).into_iter().map(|it| (it.severity, it.message)).collect::<Vec<_>>()
    };
    assert_eq!(found("22551", "62", "scrub/co-surgeons"), []);
    assert_eq!(found("22551", "66", "scrub/team-surgery"), []);
    assert_eq!(
        found("20610", "62", "scrub/co-surgeons"),
        [(Warn, "line 1: two surgeons are paid at 20610 when shown to be necessary".to_owned())]
    );
    assert_eq!(found("20610", "66", "scrub/team-surgery"), []);
    assert_eq!(
        found("27447", "66", "scrub/team-surgery"),
        [(Warn, "line 1: a team of surgeons is paid at 27447 when shown to be necessary".to_owned())]
    );
    assert_eq!(found("27447", "62", "scrub/co-surgeons"), []);
    assert_eq!(
        found("47562", "66", "scrub/team-surgery"),
        [(Stop, "line 1: 47562 is paid to one surgeon".to_owned())]
    );
}
