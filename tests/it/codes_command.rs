//! `codes lookup` and `codes tabular` as a user runs them: exit codes and JSON names are a contract.

use std::process::Output;

use crate::support::without_database;

fn firstpass(arguments: &[&str]) -> Output {
    without_database().arg("codes").args(arguments).output().unwrap()
}

fn check_lookup(arguments: &[&str], exit: i32) -> String {
    let output = firstpass(&[&["lookup"], arguments].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {text}");
    text
}

#[test]
fn a_lookup_exits_with_0_only_for_what_may_be_billed_that_day() {
    check_lookup(&["E11.9"], 0);
    check_lookup(&["e119", "--table", "icd10cm", "--on", "2026-11-23"], 0);
    check_lookup(&["E11", "--table", "icd10cm"], 1);
    check_lookup(&["C78.31", "--on", "2026-09-30"], 1);
    check_lookup(&["C78.31", "--on", "2026-10-01"], 0);
    check_lookup(&["Z99.999"], 1);
    check_lookup(&["12345", "--table", "cpt"], 1);
    check_lookup(&["E11.9", "--table", "icd9"], 2);
    check_lookup(&["0450", "--table", "revenue"], 2);
}

#[test]
fn a_search_prints_the_best_first_and_exits_with_1_when_there_is_none() {
    let search = |arguments: &[&str]| firstpass(&[&["search"], arguments].concat());
    let found = search(&["low", "back", "pain", "--on", "2026-11-24", "--limit", "2"]);
    assert_eq!(found.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(found.stdout).unwrap(),
        "icd10cm    M54.50     Low back pain, unspecified\nicd10cm    M54.51     Vertebrogenic low back pain\n"
    );
    let found = search(&["wheelchair", "--table", "hcpcs", "--json", "--limit", "1"]);
    let one: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(one["table"], "hcpcs");
    assert_eq!(search(&["xyzzy"]).status.code(), Some(1));
    assert_eq!(search(&["pain", "--table", "icd9"]).status.code(), Some(2));
}

#[test]
fn a_code_of_several_tables_is_shown_in_each() {
    let text = check_lookup(&["22", "--json", "--on", "2026-11-23"], 0);
    let answers: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let tables: Vec<_> = answers.iter().map(|answer| answer["table"].as_str().unwrap()).collect();
    assert_eq!(tables, ["modifier", "pos", "carc"]);
}

#[test]
fn the_json_of_a_heading_lists_the_codes_below_it() {
    let text = check_lookup(&["D69.1", "--on", "2026-10-01", "--json"], 1);
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["code"], "D69.1");
    assert_eq!(answer["title"], "Qualitative platelet defects");
    assert_eq!((&answer["billable"], &answer["valid"]), (&false.into(), &false.into()));
    assert_eq!(answer["status"], "header");
    assert_eq!(answer["valid_from"], "2026-10-01");
    assert!(answer["valid_to"].is_null());
    assert_eq!(answer["complete"], true);
    assert_eq!(answer["children"][1]["code"], "D69.19");
    assert!(answer["edition"].as_str().unwrap().contains("FY2027"));
}

#[test]
fn a_diagnosis_comes_with_what_the_tabular_list_says_about_it() {
    let text = check_lookup(&["E10.9", "--json"], 0);
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    let notes = answer["notes"].as_array().unwrap();
    let excluded = notes.iter().find(|note| note["text"] == "type 2 diabetes mellitus (E11.-)").unwrap();
    assert_eq!((&excluded["kind"], &excluded["at"]), (&"excludes1".into(), &"E10".into()));
    let text = check_lookup(&["S82.161", "--json"], 1);
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["seventh_characters"][5]["character"], "S");
    assert_eq!(answer["seventh_characters"][5]["meaning"], "sequela");
}

#[test]
fn a_wrong_seventh_character_is_answered_with_the_right_ones() {
    let text = check_lookup(&["S82.161B", "--table", "icd10cm"], 1);
    assert!(text.contains("the seventh character of S82.161 is one of A, D, G, K, P, S"), "{text}");
}

#[test]
fn a_tabular_list_is_counted_and_a_file_of_another_kind_refused() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let excerpt = folder.join("tests/data/icd10cm_tabular_excerpt.xml");
    let read = firstpass(&["tabular", excerpt.to_str().unwrap()]);
    assert!(read.status.success());
    assert!(String::from_utf8(read.stdout).unwrap().contains("excludes1             2,     2 with a code"));
    let other = firstpass(&["tabular", folder.join("Cargo.toml").to_str().unwrap()]);
    assert_eq!(other.status.code(), Some(2));
    assert!(String::from_utf8(other.stderr).unwrap().contains("not an ICD-10-CM tabular list"));
}
