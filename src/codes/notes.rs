//! One edition of the ICD-10-CM tabular list, ready to be asked: notes and seventh characters by code.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use chrono::{Datelike, NaiveDate};
use rustc_hash::FxHashMap;

use super::code_range::{CodeRange, Packed};
use super::references::Reference;
use super::rows::{Row, Rows, Table};
use super::shipped::{self, file};
use super::tabular::NoteKind;

/// One edition of the tabular list.
#[derive(Debug)]
pub(super) struct TabularEdition {
    name: Cow<'static, str>,
    in_force: (NaiveDate, NaiveDate),
    /// The text of the notes: `at kind refs text`.
    text: Table,
    /// Seventh characters: `at character meaning`.
    seventh: Table,
    /// The codes for which notes hold, and which notes those are.
    scopes: FxHashMap<CodeRange, Range<usize>>,
    notes: Vec<Stored>,
    references: Vec<Reference>,
    /// Sections, and chapters, sorted by their first code.
    blocks: [Vec<CodeRange>; 2],
}

/// A note by its place.
#[derive(Debug)]
struct Stored {
    kind: NoteKind,
    /// Where its row begins.
    row: u32,
    references: Range<usize>,
}

/// Which edition of the tabular list answers for a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotesEdition<'a> {
    /// What it is called.
    pub name: &'a str,
    /// The first and last day for which it is in force; on other days it is the nearest that is at hand.
    pub in_force: (NaiveDate, NaiveDate),
}

impl NotesEdition<'_> {
    /// Whether it is in force on a day.
    #[must_use]
    pub fn is_in_force_on(self, on: NaiveDate) -> bool {
        self.in_force.0 <= on && on <= self.in_force.1
    }

    /// Its fiscal year, which begins in October of the year before.
    #[must_use]
    pub fn fiscal_year(self) -> i32 {
        let first = self.in_force.0;
        first.year() + i32::from(first.month() >= 10)
    }
}

/// A note of the tabular list.
#[derive(Clone, Copy)]
pub struct Note<'a> {
    /// Which kind of instruction it is.
    pub kind: NoteKind,
    edition: &'a TabularEdition,
    stored: &'a Stored,
}

/// Two diagnoses of a list that exclude each other.
#[derive(Clone, Copy)]
pub struct ExcludedPair<'a> {
    /// The index of the one.
    pub earlier: usize,
    /// The index of the other, which comes later.
    pub later: usize,
    /// The note that excludes one of them.
    pub note: Note<'a>,
}

/// A seventh character and what it says about a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeventhCharacter<'a> {
    /// `A`, `D`, `1` ...
    pub character: char,
    /// Its meaning (NCHS).
    pub meaning: &'a str,
}

impl TabularEdition {
    /// The one that comes with the program.
    pub(super) fn shipped() -> &'static TabularEdition {
        static SHIPPED: OnceLock<TabularEdition> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            TabularEdition::of(
                Cow::Borrowed(shipped::NOTES_EDITION),
                shipped::NOTES_IN_FORCE,
                Table::shipped(file!("icd10cm_notes_2026.tsv")),
                Table::shipped(file!("icd10cm_seventh_2026.tsv")),
                file!("icd10cm_blocks_2026.tsv"),
            )
        })
    }

    /// An imported one, over the text that [`TabularEdition::content`] makes; none of another text.
    pub(super) fn imported(
        name: &str,
        in_force: (NaiveDate, NaiveDate),
        content: &str,
    ) -> Option<TabularEdition> {
        let mut files = content.split("\n\n");
        let (notes, seventh, blocks) = (files.next()?, files.next()?, files.next()?);
        let table = |text: &str| Table::of(format!("{text}\n"));
        Some(TabularEdition::of(Cow::Owned(name.to_owned()), in_force, table(notes), table(seventh), blocks))
    }

    /// The files of an edition as one text.
    pub(super) fn content(notes: &str, seventh: &str, blocks: &str) -> String {
        [notes, seventh, blocks].map(str::trim_end).join("\n\n")
    }

    fn of(
        name: Cow<'static, str>,
        in_force: (NaiveDate, NaiveDate),
        text: Table,
        seventh: Table,
        blocks_file: &str,
    ) -> TabularEdition {
        // The notes of a scope stand together.
        let (mut scopes, mut notes) = (FxHashMap::<CodeRange, Range<usize>>::default(), vec![]);
        let mut references = vec![];
        for (place, row) in text.rows().with_places() {
            let (Some(scope), Some(kind)) = (CodeRange::read(row.key()), NoteKind::from_word(row.column(1)))
            else {
                continue;
            };
            let first = references.len();
            references.extend(row.column(2).split(' ').filter_map(Reference::read));
            let number = notes.len();
            notes.push(Stored { kind, row: place, references: first..references.len() });
            scopes.entry(scope).or_insert(number..number).end = number + 1;
        }
        let mut blocks = [const { Vec::new() }; 2];
        for row in Rows::of_file(blocks_file).all() {
            blocks[usize::from(row.column(1) == "chapter")].extend(CodeRange::read(row.key()));
        }
        blocks.iter_mut().for_each(|blocks: &mut Vec<CodeRange>| blocks.sort());
        TabularEdition { name, in_force, text, seventh, scopes, notes, references, blocks }
    }

    /// Which edition it is.
    pub(super) fn edition(&self) -> NotesEdition<'_> {
        NotesEdition { name: &self.name, in_force: self.in_force }
    }

    /// Bytes of its text.
    pub(super) fn size(&self) -> usize {
        self.text.size() + self.seventh.size()
    }

    /// Every note and seventh character as a line, to be compared with those of another edition.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        let rows = [&self.text, &self.seventh].map(|table| table.text().lines().skip(1));
        rows.into_iter().flatten().filter(|line| !line.is_empty())
    }

    /// As [`super::Codes::notes`].
    pub(super) fn notes(&self, code: &str, kind: NoteKind) -> impl Iterator<Item = Note<'_>> + use<'_> {
        let packed = Packed::of(code);
        let own = (3..=code.len()).rev().filter_map(|length| code.get(..length)).map(CodeRange::below);
        // Collected on the stack: at most seven headings, a section and a chapter.
        let mut scopes = [None; 7];
        for (scope, place) in own.zip(&mut scopes) {
            *place = Some(scope);
        }
        let (section, chapter) = (self.block(0, packed), self.block(1, packed));
        // A section of one category has that category's own scope: not twice.
        let section = section.filter(|section| !scopes.contains(&Some(*section)));
        scopes
            .into_iter()
            .chain([section, chapter])
            .flatten()
            .flat_map(|scope| self.at(scope))
            .filter(move |stored| stored.kind == kind)
            .map(|stored| Note { kind: stored.kind, edition: self, stored })
    }

    /// As [`super::Codes::seventh_characters`].
    pub(super) fn seventh_characters(&self, code: &str) -> impl Iterator<Item = SeventhCharacter<'_>> {
        let rows = self.seventh.rows();
        let at = (3..=code.len().min(6))
            .rev()
            .filter_map(|length| code.get(..length))
            .find_map(|heading| rows.of(heading).next())
            .map(Row::key);
        at.into_iter().flat_map(move |at| rows.of(at)).filter_map(|row| {
            Some(SeventhCharacter { character: row.column(1).chars().next()?, meaning: row.column(2) })
        })
    }

    fn at(&self, scope: CodeRange) -> &[Stored] {
        self.scopes.get(&scope).map_or(&[], |notes| &self.notes[notes.clone()])
    }

    /// The narrowest block of a level that holds a code. A section of one category (C7A) lies
    /// inside the range of another (C76-C80): the one that begins last is the narrowest.
    fn block(&self, level: usize, code: Packed) -> Option<CodeRange> {
        let begun = self.blocks[level].partition_point(|block| block.first() <= code);
        self.blocks[level][..begun].iter().rev().find(|block| block.contains(code)).copied()
    }
}

impl<'a> Note<'a> {
    /// Where it stands: a code, or the range of a section or chapter.
    #[must_use]
    pub fn at(&self) -> &'a str {
        self.row().key()
    }

    /// Its wording (NCHS).
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.row().column(3)
    }

    /// Whether the note names a code, or a heading or range that the code is below.
    #[must_use]
    pub fn names(&self, code: &str) -> bool {
        let packed = Packed::of(code);
        self.edition.references[self.stored.references.clone()].iter().any(|it| it.matches(code, packed))
    }

    /// Whether it stands at a category or code, not at a section or chapter.
    #[must_use]
    pub fn is_at_a_code(&self) -> bool {
        !self.at().contains('-')
    }

    /// Whether it names any code at all.
    #[must_use]
    pub fn names_codes(&self) -> bool {
        !self.stored.references.is_empty()
    }

    /// The codes it names, in our notation: `A05`, `E08-E13/.51-.52`.
    #[must_use]
    pub fn references(&self) -> &'a str {
        self.row().column(2)
    }

    fn row(&self) -> Row<'a> {
        self.edition.text.rows().at(self.stored.row)
    }
}
