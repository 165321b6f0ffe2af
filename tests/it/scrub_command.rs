//! `scrub FILE` as a user runs it: exit codes and JSON names are a contract.

use std::path::PathBuf;
use std::process::Output;

use crate::support::without_database;

/// One office visit of 2 November 2026 with the diagnoses given.
fn file(name: &str, diagnoses: &str) -> PathBuf {
    let segments = [
        "ISA*00*          *00*          *ZZ*LAKESIDE       *ZZ*SANDBOX        *261103*0900*^*00501*000000001*0*T*:",
        "GS*HC*LAKESIDE*SANDBOX*20261103*0900*1*X*005010X222A1",
        "ST*837*0001*005010X222A1",
        "BHT*0019*00*REF1*20261103*0900*CH",
        "NM1*41*2*LAKESIDE FAMILY PRACTICE*****46*LAKESIDE",
        "PER*IC*BILLING*TE*2175550100",
        "NM1*40*2*SANDBOX*****46*SANDBOX",
        "HL*1**20*1",
        "PRV*BI*PXC*207Q00000X",
        "NM1*85*2*LAKESIDE FAMILY PRACTICE*****XX*1234567893",
        "N3*1 LAKE ST",
        "N4*SPRINGFIELD*IL*627011234",
        "REF*EI*123456789",
        "HL*2*1*22*0",
        "SBR*P*18*******CI",
        "NM1*IL*1*ROE*JANE****MI*W123456789",
        "N3*2 OAK AVE",
        "N4*SPRINGFIELD*IL*627011234",
        "DMG*D8*19700505*F",
        "NM1*PR*2*EXAMPLE HEALTH*****PI*60054",
        "CLM*T00000001X*150***11:B:1*Y*A*Y*Y",
        diagnoses,
        "LX*1",
        "SV1*HC:99213*150*UN*1***1",
        "DTP*472*D8*20261102",
        "SE*24*0001",
        "GE*1*1",
        "IEA*1*000000001",
    ];
    let path = std::env::temp_dir().join(format!("firstpass-scrub-{}-{name}.837", std::process::id()));
    std::fs::write(&path, segments.join("~\n") + "~\n").unwrap();
    path
}

fn check_scrub(path: &PathBuf, exit: i32) -> serde_json::Value {
    let arguments = ["scrub", path.to_str().unwrap(), "--json"];
    let Output { status, stdout, stderr } = without_database().args(arguments).output().unwrap();
    std::fs::remove_file(path).unwrap();
    let text = String::from_utf8(stdout).unwrap();
    assert_eq!(status.code(), Some(exit), "{text}{}", String::from_utf8_lossy(&stderr));
    serde_json::from_str(&text).unwrap_or_default()
}

#[test]
fn a_file_that_nothing_stops_says_what_it_could_not_check() {
    let scrubbed = check_scrub(&file("clean", "HI*ABK:E119"), 0);
    assert_eq!((&scrubbed["claims"], &scrubbed["clean"]), (&1.into(), &1.into()));
    let findings = scrubbed["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["severity"] == "note"), "{findings:#?}");
    assert!(findings.iter().any(|finding| finding["rule"] == "scrub/duplicate-claim"));
}

#[test]
fn a_heading_in_a_file_stops_its_claim() {
    let scrubbed = check_scrub(&file("heading", "HI*ABK:E119*ABF:I42"), 1);
    let findings = scrubbed["findings"].as_array().unwrap();
    let stop = findings.iter().find(|finding| finding["severity"] == "stop").unwrap();
    assert_eq!(stop["rule"], "scrub/diagnosis-code");
    assert_eq!(stop["claim"], "T00000001X");
    assert_eq!(stop["pointer"], "/diagnoses/1");
    assert_eq!(stop["element"], "2300 HI02-2");
    assert_eq!(stop["message"], "I42 is a heading, not billable");
    assert!(stop["source"].as_str().unwrap().contains("45 CFR 162.1002"));
    assert_eq!(scrubbed["clean"], 0);
}

#[test]
fn what_is_no_claim_file_cannot_be_scrubbed() {
    let path = std::env::temp_dir().join(format!("firstpass-scrub-{}-none.837", std::process::id()));
    std::fs::write(&path, "not X12").unwrap();
    check_scrub(&path, 2);
}
