//! Codes found by words: somebody types the beginnings of a few words, or of a code, and the right
//! code is among the first.
//!
//! Each edition has an index of the words of its titles, made when it is first searched: all words in
//! order, and for each the rows that have it. What is typed may begin several words; the rows that
//! have one for each of them are the answer, in the order of [`Rank`].

use chrono::NaiveDate;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;

use crate::codes::explain::{plain, shown, status_word};
use crate::codes::rows::Row;
use crate::codes::table_edition::TableEdition;
use crate::codes::{Codes, Lookup};
use crate::types::{CodeStatus, CodeTable};

/// The tables that are searched when none is named: what charges are entered with.
pub const USUAL: [CodeTable; 4] = [CodeTable::Icd10cm, CodeTable::Cpt, CodeTable::Hcpcs, CodeTable::Modifier];

/// A code that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Found {
    /// The table's name: `icd10cm`.
    pub table: &'static str,
    /// The code, a diagnosis with its point.
    pub code: String,
    /// The official title where it is free to use, else our own label.
    pub title: String,
    /// Whether it may be billed on the day.
    pub billable: bool,
    /// `valid`, `header`, `not-in-force` or `not-checked`.
    pub status: &'static str,
    /// The first day of the row that answers.
    pub valid_from: Option<NaiveDate>,
    /// Its last day.
    pub valid_to: Option<NaiveDate>,
}

/// What was typed.
struct Typed {
    code: String,
    words: Vec<String>,
}

/// Which titles are an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    EveryWord,
    MostWords,
}

/// What makes a row an answer, the better one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    /// It is the code that was typed.
    Code,
    /// Its code begins so.
    Beginning,
    /// Its title has the words.
    Title,
}

/// What decides which of two codes comes first: the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    by: By,
    /// Typed words that are only the beginning of a word of the title.
    begun: usize,
    /// Words of the title: a short one says what was typed and little more. One whose first word was
    /// typed first counts as [`BEGINS`] shorter: urinary infections before newborns' ones.
    words: u16,
    /// The order of the table.
    row: u32,
}

struct Candidate<'a> {
    /// Comes after all others: its title fits, but it may not be billed that day.
    held_back: bool,
    rank: Rank,
    table: CodeTable,
    code: &'a str,
}

/// Words by which a title counts as shorter when its first word was typed first.
const BEGINS: u16 = 2;

/// So many of a table's best are looked at for those that may be billed.
const LOOKED_AT_MAX: usize = 4_000;

/// What coders and doctors write for short, with the words of the tabular list. Not a code set: our
/// own list of what is typed most.
const SHORT: [(&str, &str); 28] = [
    ("adhd", "attention deficit hyperactivity"),
    ("afib", "atrial fibrillation"),
    ("bph", "benign prostatic hyperplasia"),
    ("ca", "malignant neoplasm"),
    ("cad", "atherosclerotic heart disease"),
    ("chf", "heart failure"),
    ("ckd", "chronic kidney disease"),
    ("copd", "chronic obstructive pulmonary disease"),
    ("dm", "diabetes mellitus"),
    ("dm1", "type 1 diabetes mellitus"),
    ("dm2", "type 2 diabetes mellitus"),
    ("dvt", "embolism thrombosis deep veins"),
    ("esrd", "end stage renal disease"),
    ("fx", "fracture"),
    ("gerd", "gastro esophageal reflux"),
    ("hld", "hyperlipidemia"),
    ("htn", "hypertension"),
    ("ibs", "irritable bowel syndrome"),
    ("lt", "left"),
    ("mi", "myocardial infarction"),
    ("oa", "osteoarthritis"),
    ("osa", "obstructive sleep apnea"),
    ("ptsd", "post traumatic stress"),
    ("ra", "rheumatoid arthritis"),
    ("rt", "right"),
    ("t2dm", "type 2 diabetes mellitus"),
    ("uri", "upper respiratory infection"),
    ("uti", "urinary tract infection"),
];

/// Words that nobody searches for.
const EMPTY: [&str; 8] = ["a", "an", "and", "for", "in", "of", "the", "to"];

impl Codes {
    /// The codes whose titles have all of these words, or words that begin so, and those that begin
    /// with the text itself: the best first, at most `limit`. What may be billed on the day comes
    /// before what may not. When no title has all words, those that have most of them.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use firstpass::codes::Codes;
    /// use firstpass::types::CodeTable;
    ///
    /// let on = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
    /// let found = Codes::shipped().search("essential hypert", &[CodeTable::Icd10cm], on, 5);
    /// assert_eq!(found[0].code, "I10");
    /// ```
    #[must_use]
    pub fn search(&self, text: &str, tables: &[CodeTable], on: NaiveDate, limit: usize) -> Vec<Found> {
        let typed = Typed { code: plain(text), words: words_typed(text) };
        let mut found = self.candidates(&typed, tables, on, limit, Match::EveryWord);
        if found.is_empty() {
            found = self.candidates(&typed, tables, on, limit, Match::MostWords);
        }
        found.sort_unstable_by_key(|one| (one.held_back, one.rank, one.table.name()));
        found.into_iter().take(limit).map(|one| self.found(one.table, one.code, on)).collect()
    }

    /// Makes the indexes that a search on a day needs, so that nobody waits for them while typing.
    pub fn prepare_search(&self, on: NaiveDate) {
        for edition in USUAL.iter().flat_map(|table| self.0.tables(*table, on)) {
            edition.index();
        }
    }

    fn candidates(
        &self,
        typed: &Typed,
        tables: &[CodeTable],
        on: NaiveDate,
        limit: usize,
        wanted: Match,
    ) -> Vec<Candidate<'_>> {
        let mut all = vec![];
        for table in tables {
            // A code is judged by the edition that answers for it, in whichever its words are found.
            let (mut seen, mut usable) = (HashSet::new(), 0);
            for edition in self.0.tables(*table, on) {
                let index = edition.index();
                for rank in index.ranked(edition, typed, wanted).into_iter().take(LOOKED_AT_MAX) {
                    // A code has a row for each time in which it was one: the first of them stands for all.
                    let code = index.row(edition, rank.row).key();
                    if !seen.insert(code) {
                        continue;
                    }
                    let found = self.lookup(*table, code, on);
                    if !found.known {
                        continue;
                    }
                    // Who types a code wants its heading, too.
                    let held_back = found.status != CodeStatus::Valid && rank.by == By::Title;
                    all.push(Candidate { held_back, rank, table: *table, code });
                    usable += usize::from(!held_back);
                    if usable == limit {
                        break;
                    }
                }
            }
        }
        all
    }

    fn found(&self, table: CodeTable, code: &str, on: NaiveDate) -> Found {
        let Lookup { status, title, valid_from, valid_to, .. } = self.lookup(table, code, on);
        Found {
            table: table.name(),
            code: shown(table, code),
            title: title.unwrap_or_default().to_owned(),
            billable: status == CodeStatus::Valid,
            status: status_word(status),
            valid_from,
            valid_to,
        }
    }
}

/// A text as words, lower case; what is written for short in full.
fn words_typed(text: &str) -> Vec<String> {
    let mut all: Vec<String> = vec![];
    for word in words(text) {
        let long = SHORT.iter().find(|(short, _)| *short == word).map(|(_, long)| *long);
        match long {
            Some(long) => all.extend(long.split(' ').map(str::to_owned)),
            None if EMPTY.contains(&word.as_str()) => {}
            None => all.push(word),
        }
    }
    all.dedup();
    all
}

/// The words of a text, lower case: letters and digits.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// The words of an edition's titles.
#[derive(Debug)]
pub(super) struct Index {
    /// Where each row begins in the text.
    rows: Vec<u32>,
    /// How many words each row's title has.
    lengths: Vec<u16>,
    /// Every word once, in order, with the rows that have it.
    words: Vec<(String, Vec<u32>)>,
}

/// Rows, a bit for each.
#[derive(Clone)]
struct RowSet(Vec<u64>);

impl RowSet {
    fn empty(rows: usize) -> RowSet {
        RowSet(vec![0; rows.div_ceil(64)])
    }
    fn add(&mut self, row: u32) {
        self.0[row as usize / 64] |= 1 << (row % 64);
    }
    fn has(&self, row: u32) -> bool {
        self.0[row as usize / 64] >> (row % 64) & 1 == 1
    }
    fn rows(&self) -> impl Iterator<Item = u32> {
        let bits = |(at, word): (usize, &u64)| {
            let (at, word) = (u32::try_from(at * 64).unwrap_or(u32::MAX), *word);
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at + bit)
        };
        self.0.iter().enumerate().filter(|(_, word)| **word != 0).flat_map(bits)
    }
}

impl TableEdition {
    /// The index of its words, made now if this is the first search.
    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(self))
    }
}

impl Index {
    fn new(edition: &TableEdition) -> Index {
        let mut having: HashMap<String, Vec<u32>> = HashMap::new();
        let (mut rows, mut lengths) = (vec![], vec![]);
        for (number, (at, row)) in (0_u32..).zip(edition.rows().with_places()) {
            let mut length = 0_u16;
            for word in words(row.column(edition.title)) {
                length = length.saturating_add(1);
                let rows = having.entry(word).or_default();
                if rows.last() != Some(&number) {
                    rows.push(number);
                }
            }
            rows.push(at);
            lengths.push(length);
        }
        let mut words: Vec<(String, Vec<u32>)> = having.into_iter().collect();
        words.sort_unstable();
        Index { rows, lengths, words }
    }

    /// A row by its number.
    fn row<'a>(&self, edition: &'a TableEdition, number: u32) -> Row<'a> {
        edition.rows().at(self.rows[number as usize])
    }

    /// The rows that are an answer, the best first.
    fn ranked(&self, edition: &TableEdition, typed: &Typed, wanted: Match) -> Vec<Rank> {
        let mut all: Vec<Rank> = self
            .begin_with(edition, &typed.code)
            .map(|row| {
                let by = if self.row(edition, row).key() == typed.code { By::Code } else { By::Beginning };
                // In the order of the table, whatever the titles.
                Rank { by, begun: 0, words: 0, row }
            })
            .collect();
        let sets: Vec<(RowSet, RowSet)> = typed.words.iter().map(|word| self.having(word)).collect();
        if let Some(((first, _), others)) = sets.split_first() {
            let mut fitting = first.clone();
            for (set, _) in others {
                match wanted {
                    Match::EveryWord => {
                        fitting.0.iter_mut().zip(&set.0).for_each(|(bits, more)| *bits &= more)
                    }
                    Match::MostWords => {
                        fitting.0.iter_mut().zip(&set.0).for_each(|(bits, more)| *bits |= more)
                    }
                }
            }
            let count = |row: u32| sets.iter().filter(|(set, _)| set.has(row)).count();
            let most = match wanted {
                Match::EveryWord => sets.len(),
                Match::MostWords => fitting.rows().map(count).max().unwrap_or_default(),
            };
            if most * 2 >= sets.len() {
                let begun = |row| sets.iter().filter(|(_, whole)| !whole.has(row)).count();
                all.extend(
                    fitting.rows().filter(|row| wanted == Match::EveryWord || count(*row) == most).map(
                        |row| Rank {
                            by: By::Title,
                            begun: begun(row),
                            words: self.length(edition, row, &typed.words[0]),
                            row,
                        },
                    ),
                );
            }
        }
        all.sort_unstable();
        all
    }

    /// See [`Rank::words`].
    fn length(&self, edition: &TableEdition, row: u32, first: &str) -> u16 {
        let title = self.row(edition, row).column(edition.title);
        let begins = words(title).next().is_some_and(|word| word == first);
        let length = self.lengths[row as usize];
        if begins { length.saturating_sub(BEGINS) } else { length }
    }

    /// The rows whose code begins so; none for less than two characters.
    fn begin_with(&self, edition: &TableEdition, code: &str) -> impl Iterator<Item = u32> + use<> {
        let rows = edition.rows();
        let first = self.rows.partition_point(|at| rows.at(*at).key() < code);
        let begun = if code.len() < 2 { &[] } else { &self.rows[first..] };
        let count = begun.iter().take_while(|at| rows.at(**at).key().starts_with(code)).count();
        (first..first + count).filter_map(|row| u32::try_from(row).ok())
    }

    /// The rows with a word that begins so, and those with just this word.
    fn having(&self, word: &str) -> (RowSet, RowSet) {
        let (mut begun, mut whole) = (RowSet::empty(self.rows.len()), RowSet::empty(self.rows.len()));
        let first = self.words.partition_point(|(known, _)| known.as_str() < word);
        for (known, rows) in self.words[first..].iter().take_while(|(known, _)| known.starts_with(word)) {
            rows.iter().for_each(|row| begun.add(*row));
            if known == word {
                rows.iter().for_each(|row| whole.add(*row));
            }
        }
        (begun, whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found, codes only.
    fn check(text: &str, table: CodeTable, on: &str, expected: &[&str]) {
        let found = Codes::shipped().search(text, &[table], on.parse().unwrap(), expected.len());
        let codes: Vec<&str> = found.iter().map(|one| one.code.as_str()).collect();
        assert_eq!(codes, expected, "{text}");
    }

    #[test]
    fn the_shortest_title_that_has_every_word_comes_first() {
        check("essential hypert", CodeTable::Icd10cm, "2026-11-24", &["I10"]);
        check("low back pain", CodeTable::Icd10cm, "2026-11-24", &["M54.50", "M54.51", "M54.59"]);
        check("pain back low", CodeTable::Icd10cm, "2026-11-24", &["M54.50"]);
        check("t2dm polyneuropathy", CodeTable::Icd10cm, "2026-11-24", &["E11.42"]);
        check("UTI", CodeTable::Icd10cm, "2026-11-24", &["N39.0"]);
    }

    #[test]
    fn a_code_or_its_beginning_is_found_with_its_heading() {
        check("E11.4", CodeTable::Icd10cm, "2026-11-24", &["E11.4", "E11.40", "E11.41", "E11.42"]);
        check("e1142", CodeTable::Icd10cm, "2026-11-24", &["E11.42"]);
        check("9921", CodeTable::Cpt, "2026-11-24", &["99211", "99212", "99213"]);
    }

    #[test]
    fn what_may_be_billed_on_the_day_comes_first() {
        // D69.1 is a code until 2026-09-30 and a heading from then on.
        check("qualitative platelet defects", CodeTable::Icd10cm, "2026-09-30", &["D69.1"]);
        let day = "2026-10-01".parse().unwrap();
        let found = Codes::shipped().search("qualitative platelet defects", &[CodeTable::Icd10cm], day, 9);
        let heading = found.iter().position(|one| one.code == "D69.1").unwrap();
        assert!(found[..heading].iter().all(|one| one.billable));
        assert_eq!(found[heading].status, "header");
    }

    #[test]
    fn when_no_title_has_every_word_most_of_them_do() {
        let day = "2026-11-24".parse().unwrap();
        let found = Codes::shipped().search("wheelchair xyzzy", &[CodeTable::Hcpcs], day, 3);
        assert!(found.iter().all(|one| one.title.to_lowercase().contains("wheelchair")), "{found:?}");
        assert_eq!(found.len(), 3);
        assert!(Codes::shipped().search("xyzzy", &USUAL, day, 3).is_empty());
        assert!(Codes::shipped().search("", &USUAL, day, 3).is_empty());
    }

    #[test]
    fn every_abbreviation_leads_somewhere() {
        let day = "2026-11-24".parse().unwrap();
        for (short, _) in SHORT {
            let found = Codes::shipped().search(short, &[CodeTable::Icd10cm], day, 1);
            assert!(found.first().is_some_and(|one| one.billable), "{short}: {found:?}");
        }
    }
}
