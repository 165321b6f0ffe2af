//! The whole official ICD-10-CM tabular list against the published counts and our shipped files.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use firstpass::codes::NoteKind;
use firstpass::codes::tabular::Tabular;

use crate::code_imports::folder;

fn official(name: &str) -> PathBuf {
    folder().join("icd10cm").join(name)
}

fn fiscal_year_2026() -> Tabular {
    let path = official("icd10cm_tabular_2026_april.xml");
    let file = File::open(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
    Tabular::read(BufReader::new(file)).unwrap()
}

#[test]
fn the_whole_tabular_list_of_fiscal_year_2026_is_counted_as_published() {
    let counts = fiscal_year_2026().counts;
    assert_eq!((counts.chapters, counts.sections, counts.categories), (22, 297, 1_918));
    assert_eq!((counts.codes, counts.placeholders), (46_881, 246));
    assert_eq!((counts.seventh_definitions, counts.seventh_characters), (508, 1_790));
    assert_eq!(counts.notes(NoteKind::InclusionTerm).0, 12_574);
    assert_eq!(counts.notes(NoteKind::Includes).0, 1_024);
    assert_eq!(counts.notes(NoteKind::Notes).0, 180);
    // Of the notes below, an earlier count had 5,256, 2,472, 596, 1,145 and 470 with a code. It
    // did not know the letter U (U07.1, U09.9), nor two notes whose parenthesis is not closed
    // as it should be (Z47.33, R11.16): those have a code too.
    assert_eq!(counts.notes(NoteKind::Excludes1), (5_407, 5_256 + 3));
    assert_eq!(counts.notes(NoteKind::Excludes2), (2_520, 2_472 + 1));
    assert_eq!(counts.notes(NoteKind::CodeFirst), (809, 596 + 3));
    assert_eq!(counts.notes(NoteKind::UseAdditional), (1_485, 1_145 + 2));
    assert_eq!(counts.notes(NoteKind::CodeAlso), (655, 470 + 1));
}

#[test]
fn the_shipped_files_are_what_the_official_list_gives() {
    let read = fiscal_year_2026();
    for (name, derived) in [
        ("icd10cm_notes_2026.tsv", read.notes_file()),
        ("icd10cm_seventh_2026.tsv", read.seventh_file()),
        ("icd10cm_blocks_2026.tsv", read.blocks_file()),
    ] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("code_tables").join(name);
        let shipped = std::fs::read_to_string(&path).unwrap();
        assert!(shipped == derived, "{name} differs from what the official list gives");
    }
}
