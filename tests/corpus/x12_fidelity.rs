//! What is read is written back byte by byte, and no damage to a file makes the reader panic.

use firstpass::x12::check::{Options, check};
use firstpass::x12::json::{Names, to_json, to_x12};
use firstpass::x12::read_file;

use crate::manifest::rows;

#[test]
fn every_file_is_written_back_as_it_was_read() {
    let (mut same, mut different) = (0, vec![]);
    for row in rows() {
        if read_file(&row.bytes).write() == row.bytes {
            same += 1
        } else {
            different.push((row.file, row.label))
        }
    }
    println!("{same} files are the same after reading and writing");
    assert!(different.is_empty(), "{different:#?}");
}

#[test]
fn json_of_every_file_gives_its_bytes_back() {
    let (mut same, mut different) = (0, vec![]);
    for row in rows() {
        let json = serde_json::to_string(&to_json(&read_file(&row.bytes), Names::Fields)).unwrap();
        match to_x12(&serde_json::from_str(&json).unwrap()) {
            Ok(text) if text == row.bytes => same += 1,
            other => different.push((row.file, other.map(|text| text.len()))),
        }
    }
    println!("{same} files are the same after JSON and back");
    assert!(different.is_empty(), "{different:#?}");
}

#[test]
fn a_file_cut_anywhere_is_reported_and_never_panics() {
    let wanted = [
        "837P/kputnam-stupidedi__005010_X222A1_chiropractic.edi",
        "835/kputnam-stupidedi__005010_X221A1_era-sample.edi",
    ];
    for row in rows().iter().filter(|row| wanted.contains(&row.file.as_str())) {
        for end in 0..row.bytes.len() {
            let cut = &row.bytes[..end];
            let report = check(cut, &Options::default());
            assert_eq!(read_file(cut).write(), cut, "{} cut at {end}", row.file);
            // Nothing of value is lost when only the line break at the end is.
            if !row.bytes[end..].trim_ascii().is_empty() && row.bytes[end..] != *b"~" {
                assert!(!report.issues.is_empty(), "{} cut at {end}", row.file);
            }
        }
    }
}
