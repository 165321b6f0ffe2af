//! Codes looked up in the real tables on days where they begin, end or change.

use super::*;
use crate::types::{CodeStatus::*, CodeTable::*, Icd10Code};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn check(table: CodeTable, code: &str, on: &str, expected: CodeStatus) -> Lookup<'static> {
    let found = Codes::shipped().lookup(table, code, day(on));
    assert_eq!(found.status, expected, "{table} {code} on {on}");
    found
}

#[test]
fn a_diagnosis_is_valid_from_its_first_day_to_its_last() {
    // FY2027 addenda: C78.31 added on 2026-10-01.
    check(Icd10cm, "C7831", "2026-09-30", NotInForce);
    check(Icd10cm, "C7831", "2026-10-01", Valid);
    // COVID-19 began between fiscal years.
    check(Icd10cm, "U071", "2020-03-31", NotInForce);
    check(Icd10cm, "U071", "2020-04-01", Valid);
    // ICD-10-CM itself began on 2015-10-01.
    check(Icd10cm, "I10", "2015-09-30", NotInForce);
    check(Icd10cm, "I10", "2015-10-01", Valid);
}

#[test]
fn a_code_that_becomes_a_heading_is_each_on_its_own_days() {
    // FY2027 addenda: D69.1 deleted as a code and added as a heading of D69.11 and D69.19.
    let code = check(Icd10cm, "D691", "2026-09-30", Valid);
    assert_eq!(code.valid_to, Some(day("2026-09-30")));
    let header = check(Icd10cm, "D691", "2026-10-01", Header);
    assert_eq!((header.valid_from, header.valid_to), (Some(day("2026-10-01")), None));
    let children: Vec<_> = Codes::shipped().children("D691", day("2026-10-01")).collect();
    assert_eq!(
        children,
        [("D6911", "Glanzmann thrombasthenia"), ("D6919", "Other qualitative platelet defects")]
    );
    assert_eq!(Codes::shipped().children("D691", day("2026-09-30")).count(), 0);
}

#[test]
fn a_heading_is_not_billable_and_lists_what_is() {
    let found = check(Icd10cm, "E11", "2026-11-23", Header);
    assert_eq!(found.title, Some("Type 2 diabetes mellitus"));
    let below: Vec<_> = Codes::shipped().children("E11", day("2026-11-23")).map(|(code, _)| code).collect();
    assert!(below.contains(&"E119") && below.contains(&"E113211"));
    assert!(!below.contains(&"E113") && !below.contains(&"E11"));
}

#[test]
fn a_code_that_does_not_exist_is_unknown_where_the_table_is_complete() {
    check(Icd10cm, "E1199", "2026-11-23", Unknown);
    check(Pos, "30", "2026-11-23", Unknown);
    check(Group, "XX", "2026-11-23", Unknown);
    check(Hcpcs, "J0000", "2026-08-01", Unknown);
    // No edition of these is complete for that day.
    check(Hcpcs, "J0000", "2026-11-23", NotChecked);
    check(Cpt, "12345", "2026-11-23", NotChecked);
    check(Icd10cm, "E1199", "2027-04-01", NotChecked);
    check(Revenue, "0450", "2026-11-23", NotChecked);
    check(Hcpcs, "D0120", "2026-08-01", NotChecked);
}

#[test]
fn every_answer_names_its_edition_and_what_limits_it() {
    let visit = check(Cpt, "99213", "2026-11-23", Valid);
    assert!(!visit.complete && visit.note.unwrap().contains("sample"));
    assert!(visit.edition.contains("demonstration sample"));
    assert!(check(Icd10cm, "I10", "2026-11-23", Valid).complete);
    assert_eq!(check(Icd10cm, "I10", "2026-11-23", Valid).note, None);
}

#[test]
fn procedures_modifiers_and_reasons_end_too() {
    check(Hcpcs, "A4397", "2021-12-31", Valid);
    check(Hcpcs, "A4397", "2022-01-01", NotInForce);
    check(Cpt, "00810", "2017-12-31", Valid);
    check(Cpt, "00810", "2018-01-01", NotInForce);
    check(Modifier, "25", "2026-11-23", Valid);
    check(Modifier, "ZA", "2018-04-01", NotInForce);
    // CMS: JZ may be used from 2023-01-01, and must be from 2023-07-01.
    check(Modifier, "JZ", "2022-12-31", NotInForce);
    check(Modifier, "JZ", "2023-01-01", Valid);
    check(Carc, "45", "2026-11-23", Valid);
    check(Carc, "15", "2018-05-01", Valid);
    check(Carc, "15", "2018-05-02", NotInForce);
    check(Group, "CR", "2026-11-23", NotInForce);
}

#[test]
fn head_injuries_with_a_sixth_character_7_or_8_take_only_the_seventh_character_a() {
    // S06.0X7 and S06.0X8 left the code set with FY2017; S06.1X7 stayed, with A alone.
    check(Icd10cm, "S061X7A", "2026-11-23", Valid);
    check(Icd10cm, "S061X7D", "2026-11-23", NotInForce);
    check(Icd10cm, "S061X8S", "2026-11-23", NotInForce);
    check(Icd10cm, "S061X9D", "2026-11-23", Valid);
}

#[test]
fn seventh_characters_come_from_the_nearest_heading() {
    let characters = |code: &str| {
        Codes::shipped()
            .seventh_characters(code, day("2026-03-02"))
            .map(|it| it.character)
            .collect::<String>()
    };
    assert_eq!(characters("S82101"), "ABCDEFGHJKMNPQRS");
    assert_eq!(characters("E08321"), "1239");
    assert_eq!(characters("E119"), "");
    // Torus fractures of the upper tibia have fewer than the rest of S82.
    assert_eq!(characters("S82161"), "ADGKPS");
}

fn check_excludes(one: &str, other: &str, expected: Option<&str>) {
    let [one, other] = [one, other].map(|code| Icd10Code::parse(code).unwrap());
    let codes = Codes::shipped();
    let found =
        |list: &[&Icd10Code]| codes.excludes1(list, day("2026-03-02")).first().map(|pair| pair.note.at());
    assert_eq!(found(&[&one, &other]), expected, "{one} {other}");
    assert_eq!(found(&[&other, &one]).is_some(), expected.is_some(), "{other} {one}");
}

#[test]
fn excludes1_pairs_are_found_from_either_side_and_from_above() {
    // Type 1 and type 2 diabetes: E10 excludes type 2 (E11.-), E11 excludes type 1 (E10.-).
    check_excludes("E109", "E119", Some("E10"));
    // Tonsillitis excludes acute sore throat (J02.-).
    check_excludes("J029", "J0390", Some("J03"));
    check_excludes("E119", "I10", None);
    check_excludes("E119", "E119", None);
    // A note at a whole section, A15-A19: silicotuberculosis (J65).
    check_excludes("A150", "J65", Some("A15-A19"));
    // A reference narrowed by its ending: angiopathy (I79.8) against E11.51, not E11.9.
    check_excludes("I798", "E1151", Some("I798"));
    check_excludes("I798", "E119", None);
}

#[test]
fn manifestations_and_external_causes_are_known_by_day() {
    let flags = |code: &str| Codes::shipped().diagnosis_flags(code, day("2026-11-23"));
    assert!(flags("H42").manifestation);
    assert!(flags("W2201XA").external_cause);
    assert!(!flags("E119").manifestation && !flags("E119").external_cause);
    assert_eq!(flags("A33").age, Some(AgeGroup::Newborn));
    assert_eq!(flags("Z0000").age, Some(AgeGroup::Adult));
    assert!(flags("Z0000").unacceptable_principal);
    let ages = |on| Codes::shipped().ages(AgeGroup::Maternity, day(on));
    assert_eq!((ages("2019-09-30"), ages("2019-10-01")), (Some((12, 55)), Some((9, 64))));
}

#[test]
fn a_code_first_note_names_what_comes_before() {
    // H42 Glaucoma in diseases classified elsewhere: code first amyloidosis (E85.-).
    let notes: Vec<_> = Codes::shipped().notes("H42", NoteKind::CodeFirst, day("2026-03-02")).collect();
    assert!(notes.iter().any(|note| note.names("E859")));
    assert!(!notes.iter().any(|note| note.names("I10")));
}

#[test]
fn ncci_edits_hold_in_one_direction_and_from_their_quarter_on() {
    let codes = Codes::shipped();
    let edit = codes.ptp("00142", "93010", day("2024-08-01")).unwrap();
    assert_eq!((edit.modifier, edit.certain), (PtpModifier::Allowed, true));
    assert_eq!(codes.ptp("00142", "96360", day("2024-08-01")).unwrap().modifier, PtpModifier::NotAllowed);
    assert!(!codes.ptp("00142", "93010", day("2026-11-23")).unwrap().certain);
    assert_eq!(codes.ptp("93010", "00142", day("2024-08-01")), None);
    assert_eq!(codes.ptp("00142", "93010", day("2024-06-30")), None);
    assert!(!codes.ptp_beside(NcciSetting::Practitioner, "00142", day("2024-08-01")).is_empty());
    assert!(codes.ptp_beside(NcciSetting::Practitioner, "99999", day("2024-08-01")).is_empty());
    // Deleted on 2019-12-31.
    assert_eq!(codes.ptp("00142", "99202", day("2024-08-01")), None);
}

#[test]
fn unit_limits_say_what_they_are_compared_with() {
    let limit = |code: &str| {
        Codes::shipped().unit_limit(code, day("2024-08-01")).map(|limit| (limit.units, limit.indicator))
    };
    assert_eq!(limit("10060"), Some((1, MueIndicator::DayByPolicy)));
    assert_eq!(limit("11103"), Some((6, MueIndicator::DayClinical)));
    assert_eq!(limit("12345"), None);
}

#[test]
fn add_ons_and_split_services_are_known_by_their_indicators() {
    let of = |code: &str| Codes::shipped().fee_indicators(code, day("2026-11-23")).unwrap();
    assert_eq!(of("11103").global, GlobalPeriod::AddOn);
    assert_eq!(of("11102").global, GlobalPeriod::Days(0));
    assert_eq!(of("29881").global, GlobalPeriod::Days(90));
    assert_eq!(of("71046").parts, ProfessionalTechnical::Split);
    assert_eq!(of("93005").parts, ProfessionalTechnical::Whole);
    assert_eq!(of("99213").parts, ProfessionalTechnical::Whole);
    // One of 230 procedures of the sample takes two surgeons; laboratory tests have none.
    let surgeons = |code: &str| (of(code).co_surgeons, of(code).team);
    assert_eq!(surgeons("47562"), (SeveralSurgeons::Documented, SeveralSurgeons::NotPaid));
    assert_eq!(surgeons("20610"), (SeveralSurgeons::NotPaid, SeveralSurgeons::NotPaid));
    assert_eq!(surgeons("80053"), (SeveralSurgeons::NotApplicable, SeveralSurgeons::NotApplicable));
    assert!(Codes::shipped().fee_indicators("12345", day("2026-11-23")).is_none());
}

#[test]
fn what_took_the_place_of_a_code_is_what_began_the_day_after_nearest_to_it() {
    let after = |code: &str, ended: &str| {
        let found = Codes::shipped().successors(code, day(ended));
        found.into_iter().map(|(code, _)| code).collect::<Vec<_>>()
    };
    // It became a heading.
    assert_eq!(after("A047", "2017-09-30"), ["A0471", "A0472"]);
    // Its laterality was dropped.
    assert_eq!(after("H8141", "2019-09-30"), ["H814"]);
    // With the same seventh character: encounters are not mixed.
    assert_eq!(after("V4792XD", "2016-09-30"), ["V479XXD"]);
    // Nothing near it began.
    assert!(after("Z2252", "2016-09-30").is_empty());
}
