//! Whole official code files read by the importers: `FIRSTPASS_CODE_TABLES` names their folder.

use std::path::PathBuf;
use std::process::Command;

use chrono::NaiveDate;
use firstpass::codes::import::{self, Change, Content, Layout, Reading};
use firstpass::codes::{Codes, List};
use firstpass::types::{CodeStatus, CodeTable};

/// The folder of the official files.
pub fn folder() -> PathBuf {
    std::env::var("FIRSTPASS_CODE_TABLES")
        .expect("FIRSTPASS_CODE_TABLES names the official code files")
        .into()
}

/// A file, unpacked where it is packed.
fn bytes(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    if !name.ends_with(".gz") {
        return std::fs::read(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
    }
    let unpacked = Command::new("gzip").arg("-dc").arg(&path).output().unwrap();
    assert!(unpacked.status.success(), "{}", path.display());
    unpacked.stdout
}

fn read(name: &str, wanted: Option<List>) -> Reading {
    let reading = import::read(name, bytes(name).as_slice(), wanted).unwrap();
    assert_eq!(reading.rejected, import::Rejections::default(), "{name}");
    reading
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Billable codes and headings of an order file.
fn check_order(name: &str, from: &str, billable: usize, headings: usize) -> Content {
    let mut reading = read(name, None);
    assert_eq!((reading.layout, reading.from), (Layout::Icd10cmOrder, Some(day(from))));
    let (list, content) = reading.tables.pop().unwrap();
    let Content::Snapshot(rows) = &content else { panic!("{content:?}") };
    let count = rows.iter().filter(|row| row.billable).count();
    assert_eq!((list, count, rows.len() - count), (List::Icd10cm, billable, headings), "{name}");
    content
}

const ORDER_2026: &str = "icd10cm/icd10cm_order_2026_rebuilt.txt.gz";
const ORDER_2027: &str = "icd10cm/icd10cm_order_2027_rebuilt.txt.gz";
const ADDENDA_2027: &str = "icd10cm/icd10cm_order_addenda_2027.txt";

#[test]
fn the_order_file_of_2026_is_what_ships_on_its_days() {
    let content = check_order(ORDER_2026, "2025-10-01", 74_719, 23_467);
    let draft = Codes::shipped().draft(List::Icd10cm, content, day("2025-10-01"), true).unwrap();
    assert_eq!((draft.name.as_str(), draft.whole_to), ("ICD-10-CM FY2026", Some(day("2026-03-31"))));
    // CMS's changes of FY2026: 614 codes and headings of the rebuilt file are new.
    assert!(draft.added > 0, "{} added, {} ended", draft.added, draft.ended);
    println!("FY2026: {} rows, {} added, {} ended", draft.rows, draft.added, draft.ended);
}

#[test]
fn the_order_file_of_2027_adds_and_ends_what_the_addenda_say() {
    let content = check_order(ORDER_2027, "2026-10-01", 74_879, 23_524);
    let draft = Codes::shipped().draft(List::Icd10cm, content, day("2026-10-01"), true).unwrap();
    assert_eq!((draft.added, draft.ended), (190 + 63, 30 + 6));
    assert_eq!((draft.name.as_str(), draft.whole_to), ("ICD-10-CM FY2027", Some(day("2027-03-31"))));
}

#[test]
fn the_addenda_of_2027_make_of_what_ships_just_the_order_file_of_2027() {
    let mut reading = read(ADDENDA_2027, None);
    assert_eq!((reading.layout, reading.from), (Layout::Icd10cmAddenda, Some(day("2026-10-01"))));
    let (list, content) = reading.tables.pop().unwrap();
    let Content::Changes(addenda) = &content else { panic!("{content:?}") };
    let count = |of: fn(&Change) -> bool| addenda.changes.iter().filter(|change| of(change)).count();
    assert_eq!(count(|change| matches!(change, Change::Add(_))), 253);
    assert_eq!(count(|change| matches!(change, Change::Delete(_))), 36);
    assert_eq!(count(|change| matches!(change, Change::Revise(_))), 4);
    // The file counts itself: reading it has held these against what it holds.
    assert_eq!((addenda.codes, addenda.headings), (Some(74_879), Some(23_524)));

    let changed = Codes::shipped().draft(list, content, day("2026-10-01"), true).unwrap();
    assert_eq!((changed.added, changed.ended), (253, 36));
    let order = check_order(ORDER_2027, "2026-10-01", 74_879, 23_524);
    let whole = Codes::shipped().draft(list, order, day("2026-10-01"), true).unwrap();
    let codes = |content: &[u8]| -> Vec<String> {
        let text = std::str::from_utf8(content).unwrap();
        // Without the titles: those of the rebuilt order file are not CMS's own in every place.
        text.lines().map(|line| line.rsplit_once('\t').unwrap().0.to_owned()).collect()
    };
    assert!(codes(&changed.content) == codes(&whole.content), "the addenda and the order file differ");
}

#[test]
fn the_edge_of_fiscal_years_is_where_the_order_files_put_it() {
    let rows = |name: &str| {
        let (_, content) = read(name, None).tables.pop().unwrap();
        let Content::Snapshot(rows) = content else { panic!() };
        rows
    };
    let (of_2026, of_2027) = (rows(ORDER_2026), rows(ORDER_2027));
    for code in ["D691", "I420"] {
        let billable = |rows: &[import::CodeRow]| rows.iter().find(|row| row.code == code).unwrap().billable;
        assert_eq!((billable(&of_2026), billable(&of_2027)), (true, false), "{code}");
        let status = |on| Codes::shipped().lookup(CodeTable::Icd10cm, code, day(on)).status;
        assert_eq!(status("2026-09-30"), CodeStatus::Valid, "{code}");
        assert_eq!(status("2026-10-01"), CodeStatus::Header, "{code}");
    }
}

#[test]
fn the_samples_of_the_ncci_edits_are_read_whole() {
    let limits = read("mue_practitioner_sample.csv", None);
    assert_eq!((limits.layout, limits.tables[0].0), (Layout::Mue, List::MuePractitioner));
    assert_eq!(limits.rows, 179);
    let pairs = read("ncci_ptp_practitioner_sample.txt", None);
    assert_eq!((pairs.layout, pairs.tables[0].0), (Layout::Ptp, List::PtpPractitioner));
    assert_eq!(pairs.rows, 583);
    let (list, content) = pairs.tables.into_iter().next().unwrap();
    let draft = Codes::shipped().draft(list, content, day("2024-07-01"), true).unwrap();
    assert_eq!(draft.whole_to, Some(day("2024-09-30")));
    println!("PTP sample: {} pairs, {} in force, {} bytes", draft.rows, draft.added, draft.content.len());
}

#[test]
fn the_tabular_lists_are_read_whole_and_held_against_the_one_before() {
    let edition = |name: &str, from: &str| {
        let reading = read(name, None);
        assert_eq!(reading.layout, Layout::Icd10cmTabular);
        let rows = reading.rows;
        let (list, content) = reading.tables.into_iter().next().unwrap();
        let draft = Codes::shipped().draft(list, content, day(from), true).unwrap();
        (list, rows, draft.rows, draft.added, draft.ended)
    };
    let april_2026 = edition("icd10cm/icd10cm_tabular_2026_april.xml", "2026-04-01");
    let april_2025 = edition("icd10cm/icd10cm_tabular_2025_april.xml.gz", "2025-04-01");
    // 11,900 notes, 1,790 seventh characters, 319 chapters and sections; what ships is derived from this
    // very file, so that nothing is new and nothing ended.
    assert_eq!(april_2026, (List::Icd10cmTabular, 14_009, 14_009, 0, 0));
    // Nothing is at hand that is older: all but the 319 blocks, which are not counted, are new.
    assert_eq!(april_2025, (List::Icd10cmTabular, 13_860, 13_860, 13_541, 0));
}

#[test]
fn the_tables_of_the_code_editor_are_read_whole_and_are_what_ships() {
    let flags = read("icd10cm/mce_dx_flags.tsv", None);
    let ages = read("icd10cm/mce_age_ranges.tsv", None);
    assert_eq!((flags.layout, flags.rows, ages.rows), (Layout::Mce, 21_459, 5));
    let both = import::join(vec![flags, ages]).unwrap();
    let drafts: Vec<_> = both
        .tables
        .into_iter()
        .map(|(list, content)| {
            let draft = |on: &str| Codes::shipped().draft(list, content.clone(), day(on), true).unwrap();
            // Version 44 began 68 flags and ended one (Z68.1) on the first day of FY2027.
            let (october, april) = (draft("2026-10-01"), draft("2027-04-01"));
            (list, october.rows, (october.added, october.ended), (april.added, april.ended))
        })
        .collect();
    assert_eq!(drafts, [(List::Mce, 21_459, (68, 1), (0, 0)), (List::MceAges, 5, (0, 0), (0, 0))]);
}
