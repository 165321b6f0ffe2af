//! `x12::check` over every file of the corpus.

use std::collections::BTreeMap;

use firstpass::codes::Codes;
use firstpass::scrub::map_837::Scrubber;
use firstpass::scrub::{Context, History, PracticeRules};
use firstpass::types::Money;
use firstpass::x12::check::{Options, Report, Verdict, check, check_stream_further};
use firstpass::x12::{ClaimPart, Part, Reader};

use crate::manifest::{Row, assert_explained, rows};

fn at(level: u8, row: &Row) -> Report {
    check(&row.bytes, &Options { level, ..Options::default() })
}

/// 005010 claims and remittances that we have maps for.
fn is_ours(row: &Row) -> bool {
    matches!(row.transaction.as_str(), "837P" | "837I" | "837D" | "835") && !row.version.starts_with("004010")
}

/// 005010 eligibility and claim status.
fn is_inquiry(row: &Row) -> bool {
    matches!(row.transaction.as_str(), "270" | "271" | "276" | "277") && !row.version.contains("004010")
}

#[test]
fn eligibility_and_claim_status_files_presumed_valid_are_accepted() {
    let mut rejected = vec![];
    let mut seen = 0;
    for row in rows().iter().filter(|row| row.label == "presumed-valid" && is_inquiry(row)) {
        let report = at(4, row);
        seen += 1;
        if report.verdict != Verdict::Accepted {
            rejected.push((row.file.clone(), first_errors(&report)));
        }
    }
    assert!(seen > 40, "{seen}");
    assert_explained("Eligibility and claim status, presumed valid, rejected", &rejected);
}

#[test]
fn every_eligibility_and_claim_status_set_is_typed() {
    for row in rows().iter().filter(|row| is_inquiry(row)) {
        let file = firstpass::x12::read_file(&row.bytes);
        for set in file.sets() {
            assert!(!matches!(set.body, firstpass::x12::Body::Other(_)), "{}", row.file);
        }
    }
}

fn first_errors(report: &Report) -> String {
    report
        .issues
        .iter()
        .filter(|issue| issue.is_error())
        .map(|issue| {
            format!("{} {} {}", issue.rule, issue.element.as_deref().unwrap_or_default(), issue.message)
        })
        .take(4)
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn every_file_of_the_corpus_is_answered_and_answered_alike_twice() {
    let mut verdicts: BTreeMap<(String, String), BTreeMap<&str, u32>> = BTreeMap::new();
    let rows = rows();
    for row in &rows {
        let report = at(4, row);
        assert_eq!(report, at(4, row), "{}", row.file);
        let count = verdicts.entry((row.transaction.clone(), row.label.clone())).or_default();
        *count.entry(report.verdict.name()).or_default() += 1;
    }
    println!("{} files", rows.len());
    for ((transaction, label), counts) in verdicts {
        println!("{transaction:<14} {label:<20} {counts:?}");
    }
}

#[test]
fn files_labelled_valid_are_accepted_at_levels_1_and_2() {
    let mut rejected = vec![];
    for row in rows().iter().filter(|row| row.label == "valid" && is_ours(row)) {
        let report = at(2, row);
        if report.verdict != Verdict::Accepted {
            rejected.push((row.file.clone(), first_errors(&report)));
        }
    }
    assert_explained("Valid by the manifest, rejected at level 2", &rejected);
}

#[test]
fn files_labelled_valid_are_accepted_at_level_4_or_break_a_rule_that_pyx12_does_not_know() {
    let mut rejected = vec![];
    for row in rows().iter().filter(|row| row.label == "valid" && is_ours(row)) {
        let report = at(4, row);
        if report.verdict != Verdict::Accepted && at(2, row).verdict == Verdict::Accepted {
            rejected.push((row.file.clone(), first_errors(&report)));
        }
    }
    assert_explained("Valid by the manifest, rejected at level 3 or 4", &rejected);
}

#[test]
fn counts_and_totals_of_valid_files_are_those_of_the_manifest() {
    let sum = |report: &Report, of: fn(&firstpass::x12::check::SetSummary) -> Option<Money>| -> Money {
        report.sets.iter().filter_map(of).sum()
    };
    let mut checked = 0;
    for row in rows().iter().filter(|row| row.label == "valid" && is_ours(row)) {
        let report = at(4, row);
        let claims: u64 = report.sets.iter().map(|set| set.claims).sum();
        assert_eq!(claims, row.claims, "{}", row.file);
        assert_eq!(sum(&report, |set| set.charged), row.billed, "{}", row.file);
        if row.transaction == "835" {
            assert_eq!(Some(sum(&report, |set| set.paid)), row.paid_clp04, "{}", row.file);
            assert_eq!(Some(sum(&report, |set| set.payment)), row.paid_bpr02, "{}", row.file);
        }
        checked += 1;
    }
    println!("{checked} files");
    assert!(checked > 30);
}

/// Nobody checked the content of these but us: the totals are the splitter's all the same.
#[test]
fn institutional_and_dental_files_are_read_with_the_claims_and_charges_of_the_manifest() {
    let mut checked = 0;
    for row in rows().iter().filter(|row| matches!(row.transaction.as_str(), "837I" | "837D")) {
        if row.version.starts_with("004010") {
            continue;
        }
        let report = at(2, row);
        let claims: u64 = report.sets.iter().map(|set| set.claims).sum();
        assert_eq!(claims, row.claims, "{}", row.file);
        let charged: Money = report.sets.iter().filter_map(|set| set.charged).sum();
        assert_eq!(charged, row.billed, "{}", row.file);
        let (mut lent, mut lent_charged) = (0, Money::ZERO);
        let mut reader = Reader::new(&row.bytes[..]);
        while let Some(part) = reader.next().unwrap() {
            let claim = match &part {
                Part::Institutional(ClaimPart::Claim(claim, levels)) => {
                    assert!(levels.billing().is_some() && levels.subscriber().is_some(), "{}", row.file);
                    &claim.claim
                }
                Part::Dental(ClaimPart::Claim(claim, levels)) => {
                    assert!(levels.billing().is_some() && levels.subscriber().is_some(), "{}", row.file);
                    &claim.claim
                }
                _ => continue,
            };
            (lent, lent_charged) = (lent + 1, lent_charged + claim.charged);
        }
        assert_eq!((lent, lent_charged), (row.claims, row.billed), "{}", row.file);
        checked += 1;
    }
    println!("{checked} institutional and dental files");
    assert!(checked > 25);
}

/// Levels 6 and 7 of files that were not written for us: each finding names its segment.
#[test]
fn what_the_scrubber_finds_in_institutional_and_dental_files_stands_at_its_segment() {
    let rules = PracticeRules::default();
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
    let codes = Codes::shipped();
    let context = Context { codes, rules: &rules, history: History::Unknown, today };
    let mut found = BTreeMap::new();
    for row in rows().iter().filter(|row| matches!(row.transaction.as_str(), "837I" | "837D")) {
        let options = Options { level: 7, codes: Some(codes), ..Options::default() };
        let mut scrubber = Scrubber::new(context, &options);
        let report = check_stream_further(&row.bytes[..], &options, &mut scrubber).unwrap();
        for issue in report.issues.iter().filter(|issue| issue.level >= 6) {
            let rest = &row.bytes[usize::try_from(issue.offset).unwrap()..];
            assert!(rest.starts_with(issue.segment_id.as_bytes()), "{}: {issue:#?}", row.file);
            let element = issue.element.as_deref().unwrap();
            assert!(element.starts_with(&issue.segment_id), "{}: {issue:#?}", row.file);
            assert!(issue.loop_path.starts_with("2000A"), "{}: {issue:#?}", row.file);
            *found.entry(issue.rule).or_insert(0) += 1;
        }
    }
    println!("{found:#?}");
    assert!(found.len() > 5 && found.values().sum::<i32>() > 50, "{found:#?}");
}

#[test]
fn what_is_meant_to_fail_is_not_accepted() {
    let mut accepted = vec![];
    for row in &rows() {
        let wrong = matches!(row.label.as_str(), "defective" | "invalid-deliberate");
        if wrong
            && matches!(
                row.transaction.as_str(),
                "837P" | "837I" | "837D" | "835" | "999" | "270" | "271" | "276" | "277"
            )
            && at(4, row).verdict == Verdict::Accepted
        {
            accepted.push((row.file.clone(), row.label.clone()));
        }
    }
    assert_explained("Defective by the manifest, accepted", &accepted);
}

#[test]
fn a_set_that_nobody_read_is_never_accepted() {
    let mapped = ["837P", "837I", "837D", "835", "999", "277CA", "TA1", "270", "271", "276", "277"];
    for row in &rows() {
        let report = at(4, row);
        let foreign = !mapped.iter().any(|name| row.transaction.contains(name));
        if foreign || row.version.starts_with("004010") {
            assert_ne!(report.verdict, Verdict::Accepted, "{}", row.file);
        }
    }
}
