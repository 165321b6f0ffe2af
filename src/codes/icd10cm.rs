//! What the ICD-10-CM tabular list and the Medicare Code Editor say about a diagnosis: notes,
//! seventh characters, age and sequence flags.

use std::fmt;
use std::sync::OnceLock;

use chrono::NaiveDate;

use super::Codes;
use super::code_range::{CodeRange, Packed};
use super::references::Reference;
use super::rows::{Row, Rows, Table};
use super::shipped::file;
use super::tabular::NoteKind;
use crate::types::{Icd10Code, Sex};

/// The edition that the notes and seventh characters are from.
pub const NOTES_EDITION: &str = "ICD-10-CM tabular list FY2026, April 2026 update (CDC/NCHS)";

/// The days for which the notes are in force: fiscal year 2026. On other days they are the
/// nearest that we have.
pub const NOTES_IN_FORCE: (NaiveDate, NaiveDate) = {
    let first = NaiveDate::from_ymd_opt(2025, 10, 1).expect("a day of the calendar");
    let last = NaiveDate::from_ymd_opt(2026, 9, 30).expect("a day of the calendar");
    (first, last)
};

/// A note of the tabular list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// Which kind of instruction it is.
    pub kind: NoteKind,
    /// Where it stands: a code, or the range of a section or chapter.
    pub at: &'static str,
    /// Its wording (NCHS).
    pub text: &'static str,
    references: &'static str,
    first: usize,
    last: usize,
}

/// Two diagnoses of a list that exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExcludedPair {
    /// The index of the one.
    pub earlier: usize,
    /// The index of the other, which comes later.
    pub later: usize,
    /// The note that excludes one of them.
    pub note: &'static Note,
}

/// A seventh character and what it says about a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeventhCharacter {
    /// `A`, `D`, `1` ...
    pub character: char,
    /// Its meaning (NCHS).
    pub meaning: &'static str,
}

struct Notes {
    /// Sorted by scope: the codes for which the notes hold, and which notes those are.
    scopes: Vec<(CodeRange, std::ops::Range<usize>)>,
    notes: Vec<Note>,
    references: Vec<Reference>,
    /// Sections, and chapters, sorted by their first code.
    blocks: [Vec<CodeRange>; 2],
}

static SEVENTH: Table = Table::shipped(file!("icd10cm_seventh_2026.tsv"));
static FLAGS: Table = Table::shipped(file!("mce_diagnosis_flags.tsv"));
static NOTES: OnceLock<Notes> = OnceLock::new();

impl Notes {
    fn shipped() -> &'static Notes {
        NOTES.get_or_init(|| {
            let mut all = Notes {
                scopes: Vec::new(),
                notes: Vec::new(),
                references: Vec::new(),
                blocks: [const { Vec::new() }; 2],
            };
            for row in Rows::of_file(file!("icd10cm_notes_2026.tsv")).all() {
                let (at, references) = (row.key(), row.column(2));
                let (Some(scope), Some(kind)) = (CodeRange::read(at), NoteKind::from_word(row.column(1)))
                else {
                    continue;
                };
                let first = all.references.len();
                all.references.extend(references.split(' ').filter_map(Reference::read));
                let last = all.references.len();
                let number = all.notes.len();
                all.notes.push(Note { kind, at, text: row.column(3), references, first, last });
                match all.scopes.last_mut() {
                    Some((open, notes)) if *open == scope => notes.end = number + 1,
                    _ => all.scopes.push((scope, number..number + 1)),
                }
            }
            all.scopes.sort_by_key(|(scope, _)| *scope);
            for row in Rows::of_file(file!("icd10cm_blocks_2026.tsv")).all() {
                let level = usize::from(row.column(1) == "chapter");
                all.blocks[level].extend(CodeRange::read(row.key()));
            }
            for blocks in &mut all.blocks {
                blocks.sort();
            }
            all
        })
    }

    fn at(&self, scope: CodeRange) -> &[Note] {
        self.scopes
            .binary_search_by_key(&scope, |(known, _)| *known)
            .map_or(&[], |found| &self.notes[self.scopes[found].1.clone()])
    }

    /// The narrowest block of a level that holds a code. A section of one category (C7A) lies
    /// inside the range of another (C76-C80): the one that begins last is the narrowest.
    fn block(&self, level: usize, code: Packed) -> Option<CodeRange> {
        let begun = self.blocks[level].partition_point(|block| block.first() <= code);
        self.blocks[level][..begun].iter().rev().find(|block| block.contains(code)).copied()
    }
}

impl Note {
    /// Whether the note names a code, or a heading or range that the code is below.
    #[must_use]
    pub fn names(&self, code: &str) -> bool {
        let packed = Packed::of(code);
        Notes::shipped().references[self.first..self.last].iter().any(|it| it.matches(code, packed))
    }

    /// Whether it stands at a category or code, not at a section or chapter.
    #[must_use]
    pub fn is_at_a_code(&self) -> bool {
        !self.at.contains('-')
    }

    /// Whether it names any code at all.
    #[must_use]
    pub const fn names_codes(&self) -> bool {
        self.first < self.last
    }

    /// The codes it names, in our notation: `A05`, `E08-E13/.51-.52`.
    #[must_use]
    pub const fn references(&self) -> &'static str {
        self.references
    }
}

impl Codes {
    /// Every note of a kind that holds for an undotted code: its own first, then those of its
    /// headings, section and chapter.
    pub fn notes(&self, code: &str, kind: NoteKind) -> impl Iterator<Item = &'static Note> + use<> {
        let all = Notes::shipped();
        let packed = Packed::of(code);
        let own = (3..=code.len()).rev().filter_map(|length| code.get(..length)).map(CodeRange::below);
        // Collected on the stack: at most seven headings, a section and a chapter.
        let mut scopes = [None; 7];
        for (scope, place) in own.zip(&mut scopes) {
            *place = Some(scope);
        }
        let (section, chapter) = (all.block(0, packed), all.block(1, packed));
        // A section of one category has that category's own scope: not twice.
        let section = section.filter(|section| !scopes.contains(&Some(*section)));
        scopes
            .into_iter()
            .chain([section, chapter])
            .flatten()
            .flat_map(|scope| all.at(scope))
            .filter(move |note| note.kind == kind)
    }

    /// The pairs on a list of diagnoses that an Excludes1 note keeps apart, whichever of the two
    /// it stands at; each pair once, in the order of the list. By ICD-10-CM guideline I.A.12.a a
    /// note does not hold when the two conditions are unrelated, which no table can tell.
    #[must_use]
    pub fn excludes1(&self, diagnoses: &[&Icd10Code]) -> Vec<ExcludedPair> {
        let mut pairs: Vec<ExcludedPair> = Vec::new();
        for (place, holder) in diagnoses.iter().enumerate() {
            for note in self.notes(holder.as_str(), NoteKind::Excludes1) {
                for (other, excluded) in diagnoses.iter().enumerate() {
                    let (earlier, later) = (place.min(other), place.max(other));
                    let known = pairs.iter().any(|pair| (pair.earlier, pair.later) == (earlier, later));
                    // A note that names the holder itself says where the holder belongs.
                    if !known
                        && excluded != holder
                        && note.names(excluded.as_str())
                        && !note.names(holder.as_str())
                    {
                        pairs.push(ExcludedPair { earlier, later, note });
                    }
                }
            }
        }
        pairs.sort_by_key(|pair| (pair.later, pair.earlier));
        pairs
    }

    /// The seventh characters that a code or its nearest heading defines. Empty when it takes none.
    /// Not every combination exists: a lookup of the full code decides (S06 with a sixth
    /// character 7 or 8 takes only A).
    pub fn seventh_characters(&self, code: &str) -> impl Iterator<Item = SeventhCharacter> {
        let rows = SEVENTH.rows();
        let at = (3..=code.len().min(6))
            .rev()
            .filter_map(|length| code.get(..length))
            .find_map(|heading| rows.of(heading).next())
            .map(Row::key);
        at.into_iter().flat_map(move |at| rows.of(at)).filter_map(|row| {
            Some(SeventhCharacter { character: row.column(1).chars().next()?, meaning: row.column(2) })
        })
    }

    /// What the Medicare Code Editor says about a diagnosis on a day.
    #[must_use]
    pub fn diagnosis_flags(&self, code: &str, on: NaiveDate) -> DiagnosisFlags {
        let mut flags = DiagnosisFlags::default();
        let rows = FLAGS.rows().of(code);
        for flag in rows.filter(|row| row.is_open_on(on, 1, 2)).flat_map(|row| row.column(3).split(',')) {
            match flag {
                "manifestation" => flags.manifestation = true,
                "ecodepdx" => flags.external_cause = true,
                "unacceptable" => flags.unacceptable_principal = true,
                "newborn" => flags.age = Some(AgeGroup::Newborn),
                "pediatric" => flags.age = Some(AgeGroup::Pediatric),
                "maternity" => flags.age = Some(AgeGroup::Maternity),
                "adult" => flags.age = Some(AgeGroup::Adult),
                "female" => flags.sex = Some(Sex::Female),
                "male" => flags.sex = Some(Sex::Male),
                // The others are for inpatient stays only.
                _ => {}
            }
        }
        flags
    }
}

/// What the Medicare Code Editor (CMS, MCE v44) says about a diagnosis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiagnosisFlags {
    /// Shows an underlying disease and is never listed first (guideline I.A.13).
    pub manifestation: bool,
    /// Says how an injury came about and is never listed first (guideline I.C.20.a.6).
    pub external_cause: bool,
    /// Not acceptable as the principal diagnosis of an inpatient stay. Says nothing about an
    /// office visit: Z00.00 has it, and is listed first there (guideline IV.P).
    pub unacceptable_principal: bool,
    /// The ages at which it can occur.
    pub age: Option<AgeGroup>,
    /// The sex in which it can occur; none after 2024-09-30, when the editor ceased to ask.
    pub sex: Option<Sex>,
}

/// The age groups of the Medicare Code Editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeGroup {
    /// Not yet one year old.
    Newborn,
    /// A child.
    Pediatric,
    /// Pregnant, giving birth or just after.
    Maternity,
    /// Grown up.
    Adult,
}

impl AgeGroup {
    /// The lowest and highest age in whole years, by the edit in force on a day.
    #[must_use]
    pub fn years(self, on: NaiveDate) -> Option<(u32, u32)> {
        let row = Rows::of_file(file!("mce_age_ranges.tsv"))
            .of(self.name())
            .find(|row| row.is_open_on(on, 1, 2))?;
        Some((row.column(3).parse().ok()?, row.column(4).parse().ok()?))
    }

    /// The name that the editor gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            AgeGroup::Newborn => "newborn",
            AgeGroup::Pediatric => "pediatric",
            AgeGroup::Maternity => "maternity",
            AgeGroup::Adult => "adult",
        }
    }
}
impl fmt::Display for AgeGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
