//! What is read is written back byte by byte, and no damage to a file makes the reader panic.

use firstpass::x12::check::{Options, check};
use firstpass::x12::json::{Names, to_json, to_x12};
use firstpass::x12::{Part, Reader, SetStart, read_file};

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

/// The parts of the set at the reader's next one, from what follows ST to what ends the set. Of claims only how many:
/// their levels are numbered through the file.
fn parts_of_set(reader: &mut Reader<&[u8]>) -> Vec<String> {
    let mut parts = vec![];
    loop {
        match reader.next().unwrap() {
            Some(part @ Part::SetEnd(_)) => {
                parts.push(format!("{part:?}"));
                return parts;
            }
            None
            | Some(
                Part::Set(..)
                | Part::Group(_)
                | Part::GroupEnd(_)
                | Part::Interchange(_)
                | Part::InterchangeEnd(_),
            ) => return parts,
            Some(Part::Professional(_) | Part::Institutional(_) | Part::Dental(_)) => {
                parts.push("claims".into())
            }
            Some(part) => parts.push(format!("{part:?}")),
        }
    }
}

#[test]
fn a_set_that_is_read_once_more_from_its_own_place_says_the_same() {
    let mut sets = 0;
    for row in rows() {
        let mut starts: Vec<SetStart> = vec![];
        let mut reader = Reader::new(&row.bytes[..]);
        while let Some(part) = reader.next().unwrap() {
            if matches!(part, Part::Set(..)) {
                starts.extend(reader.set_start());
            }
        }
        let whole = read_file(&row.bytes);
        let offsets: Vec<u64> = whole.sets().map(|set| set.header.source.offset()).collect();
        assert_eq!(starts.iter().map(|start| start.offset).collect::<Vec<_>>(), offsets, "{}", row.file);

        let mut first = Reader::new(&row.bytes[..]);
        for start in &starts {
            // The first reading stands behind the ST of this set, or what ended the one before was that ST.
            while first.set_start().is_none_or(|open| open.offset != start.offset) {
                first.next().unwrap().expect("the set is there");
            }
            let from = usize::try_from(start.offset).unwrap();
            let mut again = Reader::of_set(&row.bytes[from..], start);
            assert!(matches!(again.next().unwrap(), Some(Part::Set(..))), "{} at {from}", row.file);
            assert_eq!(again.place(), first.place(), "{} at {from}", row.file);
            assert_eq!(parts_of_set(&mut again), parts_of_set(&mut first), "{} at {from}", row.file);
            sets += 1;
        }
    }
    println!("{sets} sets say the same when they are read once more");
}
