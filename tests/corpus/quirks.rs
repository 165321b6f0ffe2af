//! Every oddity that QUIRKS.md lists is read, and named by a rule; what is no fault is said to be
//! none, with the reason.

use std::collections::BTreeSet;

use firstpass::x12::check::{Finding, Options, Verdict, check};

use crate::manifest::{Row, rows};

/// What is said of a quirk.
enum Said {
    /// A warning or error of this rule, in each of its files, but for those where one of the other
    /// rules says why nobody looked.
    Rule(&'static str, &'static [&'static str]),
    /// Nothing: the reason.
    NoFault(&'static str),
}
use Said::{NoFault, Rule};

/// A word of the manifest's column of quirks, or the beginning of one, and what is said of it. `ENV `
/// marks its column of envelope errors.
const QUIRKS: &[(&str, Said)] = &[
    ("single-line", NoFault("X12.6 knows no line breaks: one line is how the standard writes a file")),
    ("newline-is-terminator", Rule("x12/line-break-terminator", &[])),
    ("CRLF", NoFault("line breaks after a terminator are read over, whichever they are")),
    ("BOM", Rule("x12/byte-order-mark", &[])),
    ("text-before-ISA", Rule("x12/text-before", &[])),
    ("no-ISA", Rule("x12/no-isa", &[])),
    ("ISA-not-106", Rule("x12/isa-widths", &[])),
    ("space-before-separators", Rule("x12/isa-widths", &[])),
    ("elem-sep=", NoFault("the separator is the byte after ISA")),
    ("seg-term=", NoFault("the terminator is the byte after ISA16")),
    ("comp-sep=", NoFault("the separator is ISA16")),
    ("component-sep-not-ISA16", Rule("x12/component-separator", &[])),
    ("5010-with-rep-U", Rule("x12/no-repetition-separator", &[])),
    // What is no guide of ours is refused for that.
    ("4010", Rule("x12/version-4010", &["x12/unsupported-set", "x12/version-mismatch"])),
    ("multi-ISA", NoFault("a file holds as many interchanges as its sender likes")),
    ("multi-GS", NoFault("an interchange holds as many groups as IEA01 says")),
    ("multi-ST", NoFault("a group holds as many sets as GE01 says")),
    ("indented-segment", Rule("x12/blanks-between-segments", &[])),
    (
        "newline-inside-segment",
        Rule("x12/line-break-in-segment", &["x12/unsupported-set", "x12/unexpected-segment"]),
    ),
    // In a set that is not looked into, or in words before ISA, nobody looks at characters.
    (
        "non-ascii",
        Rule(
            "x12/character-not-ascii",
            &["x12/text-before", "x12/version-4010", "x12/unsupported-set", "x12/unexpected-segment"],
        ),
    ),
    ("lower-case-data", NoFault("X12.6's extended character set has lower case")),
    ("missing-final-terminator", Rule("x12/no-last-terminator", &[])),
    ("TA1-only-IEA01=1", Rule("x12/group-count", &[])),
    ("CLP-status-22", NoFault("a reversal takes back an earlier payment (X221 1.10.2.8)")),
    ("PLB-negative", NoFault("a negative provider adjustment raises the payment (X221 1.10.2.12)")),
    ("CAS-negative", NoFault("a negative adjustment raises the payment (X221 1.10.2.4)")),
    ("835-claim-level-only", NoFault("services are listed where the payer adjudicated by line (X221 2110)")),
    // Sums are not taken where something could not be read.
    ("835-out-of-balance", Rule("x12/835/transaction-balance", &["x12/version-4010", "x12/missing-segment"])),
    ("ENV SE01", Rule("x12/segment-count", &[])),
    ("ENV SE02!", Rule("x12/set-control-number", &[])),
    ("ENV GE01", Rule("x12/set-count", &["x12/unexpected-segment"])),
    ("ENV GE02!", Rule("x12/group-control-number", &[])),
    ("ENV IEA02!", Rule("x12/interchange-control-number", &["x12/isa-widths"])),
];

/// The files of a quirk.
fn files<'r>(rows: &'r [Row], quirk: &str) -> Vec<&'r Row> {
    // `4010` is a word of its own, `4010-with-rep-*` another; `elem-sep=` begins several.
    let begins = |one: &str, word: &str| one.strip_prefix(word).is_some_and(|rest| !rest.starts_with('-'));
    let has = |column: &str, word: &str| column.split(';').any(|one| begins(one.trim(), word));
    rows.iter()
        .filter(|row| match quirk.strip_prefix("ENV ") {
            Some(word) => has(&row.envelope_errors, word),
            None => has(&row.quirks, quirk),
        })
        .collect()
}

#[test]
fn every_quirk_is_read_and_named() {
    let rows = rows();
    let mut wrong = vec![];
    for (quirk, said) in QUIRKS {
        let files = files(&rows, quirk);
        assert!(!files.is_empty(), "no file has {quirk}");
        let Rule(rule, instead) = said else { continue };
        let mut named = 0;
        for row in files {
            let report = check(&row.bytes, &Options::default());
            let found: BTreeSet<&str> = report.issues.iter().map(|issue| issue.rule).collect();
            if found.contains(rule) {
                named += 1;
            } else if !instead.iter().any(|other| found.contains(other)) && report.more == 0 {
                wrong.push(format!("{quirk}: {} says {found:?}, not {rule}", row.file));
            }
            // It is read: something of it is known beyond the quirk, or it is no X12.
            if report.verdict == Verdict::Unreadable {
                wrong.push(format!("{quirk}: {} is unreadable", row.file));
            }
            let strict = check(&row.bytes, &Options { strict: true, ..Options::default() });
            if strict.issues.iter().any(|issue| issue.rule == *rule && !issue.is_error()) {
                wrong.push(format!("{quirk}: {} is no error under --strict", row.file));
            }
        }
        // Where every file with the quirk is refused unseen, the unit tests of the check show it.
        assert!(named > 0 || !instead.is_empty(), "{quirk} is named in no file");
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What is no fault is not what a file is rejected for: the files with no other oddity.
#[test]
fn what_is_no_fault_rejects_no_valid_file() {
    let rows = rows();
    for (quirk, said) in QUIRKS {
        let NoFault(reason) = said else { continue };
        assert!(!reason.is_empty());
        for row in files(&rows, quirk) {
            let report = check(&row.bytes, &Options { level: 2, ..Options::default() });
            let ours = ["27", "835", "837", "999"].iter().any(|known| row.transaction.starts_with(known));
            if row.label == "valid" && ours && !row.version.starts_with("004") && row.transaction != "278" {
                assert_eq!(report.verdict, Verdict::Accepted, "{quirk}: {}", row.file);
            }
        }
    }
}

/// What every issue must say, whatever it is about.
#[test]
fn every_issue_of_the_corpus_says_all_that_it_should() {
    let (mut seen, mut wrong) = (0, BTreeSet::new());
    for row in rows() {
        let report = check(&row.bytes, &Options { level: 5, codes: None, ..Options::default() });
        for issue in &report.issues {
            seen += 1;
            for lack in lacks(issue, &row) {
                wrong.insert(format!("{} {}: {lack}", issue.rule, issue.segment_id));
            }
        }
    }
    assert!(seen > 3_500, "{seen}");
    assert!(wrong.is_empty(), "\n{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// What an issue does not say.
fn lacks(issue: &Finding, row: &Row) -> Vec<&'static str> {
    let at = usize::try_from(issue.offset).unwrap();
    // An identifier of other bytes than ASCII is shown as Latin-1.
    let id: Vec<u8> = issue.segment_id.chars().filter_map(|letter| u8::try_from(letter).ok()).collect();
    let begins = row.bytes.get(at..).is_some_and(|rest| {
        // What is missing has no segment of its own; the issue stands where it should be.
        id.is_empty()
            || rest.starts_with(&id)
            || issue.rule.contains("missing")
            || issue.rule.contains("/no-")
    });
    let in_set = issue.set > 0 && issue.set_segment > 1 && issue.rule != "x12/segment-identifier";
    let of_element = issue.element.as_deref();
    [
        (!(1..=7).contains(&issue.level), "its level"),
        (!issue.rule.starts_with("x12/"), "its rule"),
        (issue.message.is_empty() || issue.message.ends_with('.'), "a plain sentence"),
        (issue.message.chars().count() > 120, "a short sentence"),
        (issue.advice.is_empty(), "what to do"),
        (issue.rule != "x12/not-x12" && issue.interchange == 0, "its interchange"),
        (issue.set > 0 && issue.group == 0, "its group"),
        (issue.set_segment > 0 && issue.set == 0, "its set"),
        (issue.rule != "x12/not-x12" && issue.segment == 0, "its segment's number"),
        (at > row.bytes.len(), "its byte"),
        (!begins, "the segment at its byte"),
        (in_set && issue.segment_id.is_empty(), "its segment"),
        (issue.level >= 3 && issue.source.is_none(), "its place in a guide"),
        (of_element.is_some_and(|element| element.len() < 2), "its element"),
        (issue.component == Some(0), "its component"),
        (issue.loop_path.rsplit('/').next() != Some(&issue.r#loop), "its loop"),
    ]
    .into_iter()
    .filter_map(|(lacking, what)| lacking.then_some(what))
    .collect()
}
