//! One edition of one table of codes, shipped or imported: its text, what it is called, and for which
//! days it is complete.

use std::borrow::Cow;
use std::sync::OnceLock;

use chrono::NaiveDate;

use super::edition::column;
use super::import::CodeRow;
use super::list::List;
use super::rows::{Row, Rows, Table};
use super::search::Index;
use super::shipped::ICD10CM_BEGINS;
use crate::types::CodeTable;

/// One edition of a table of codes.
#[derive(Debug)]
pub(super) struct TableEdition {
    /// Which table.
    pub(super) table: CodeTable,
    /// Its rows.
    pub(super) text: Table,
    /// What the edition that answers is called.
    pub(super) edition: Cow<'static, str>,
    /// The days for which every code is here: a code that is missing on such a day is wrong.
    pub(super) complete: Option<(NaiveDate, NaiveDate)>,
    /// The last day for which the ends of codes are recorded; usually no earlier than `complete`.
    pub(super) ends_known_to: NaiveDate,
    /// What an answer about a day outside these has to say.
    pub(super) caveat: Cow<'static, str>,
    /// The column that says whether a code is billable, if the table has headings.
    pub(super) billable: Option<usize>,
    /// The column of the title, or of our own label.
    pub(super) title: usize,
    /// The column of the first day, if the table has one.
    pub(super) valid_from: Option<usize>,
    /// The column of the last day, if the table has one.
    pub(super) valid_to: Option<usize>,
    /// What a row without a first day means.
    pub(super) undated: Undated,
    /// The words of its titles, made when it is first searched.
    pub(super) index: OnceLock<Index>,
}

/// What a row without a first day means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undated {
    /// In force since before anything this program bills.
    AlwaysInForce,
    /// In force since the table itself began.
    Since(NaiveDate),
    /// Nobody recorded its days: what it is on a day cannot be said.
    Unclear,
}

impl TableEdition {
    /// An imported edition, over the text that [`super::edition::draft`] makes.
    pub(super) fn imported(
        list: List,
        name: &str,
        from: NaiveDate,
        whole_to: Option<NaiveDate>,
        text: String,
    ) -> Option<TableEdition> {
        let caveat = match whole_to {
            Some(to) => format!("this edition is known to be whole until {to}; import the current file"),
            None => "codes may be missing from this edition".to_owned(),
        };
        Some(TableEdition {
            table: list.table()?,
            text: Table::of(text),
            edition: Cow::Owned(name.to_owned()),
            complete: whole_to.map(|to| (from, to)),
            ends_known_to: NaiveDate::MAX,
            caveat: Cow::Owned(caveat),
            billable: Some(column::BILLABLE),
            title: column::TITLE,
            valid_from: Some(column::FIRST),
            valid_to: Some(column::LAST),
            undated: match list {
                List::Icd10cm => Undated::Since(ICD10CM_BEGINS),
                _ => Undated::AlwaysInForce,
            },
            index: OnceLock::new(),
        })
    }

    pub(super) fn rows(&self) -> Rows<'_> {
        self.text.rows()
    }

    /// Its rows as an import compares them.
    pub(super) fn code_rows(&self) -> Vec<CodeRow> {
        let row = |row: Row<'_>| CodeRow {
            code: row.key().to_owned(),
            billable: !self.is_heading(row),
            first: self.valid_from.and_then(|column| row.day(column)),
            last: self.valid_to(row),
            title: row.column(self.title).to_owned(),
        };
        self.rows().all().map(row).collect()
    }

    /// Whether every code of that day is in the table.
    pub(super) fn is_complete_on(&self, on: NaiveDate) -> bool {
        self.complete.is_some_and(|(first, last)| first <= on && on <= last)
    }

    /// Whether a later edition could say something else about that day.
    pub(super) fn is_final_on(&self, on: NaiveDate) -> bool {
        self.is_complete_on(on) && on <= self.ends_known_to
    }

    /// The row that answers for a code on a day: a code has one for each time in which it was a code, or
    /// a heading. That of the day, else the last one before it, else the first one after it.
    pub(super) fn row(&self, code: &str, on: NaiveDate) -> Option<Row<'_>> {
        let begun = |row| self.valid_from(row).is_none_or(|from| from <= on);
        self.rows().of(code).reduce(|best, next| if begun(next) { next } else { best })
    }

    /// Whether a row is a heading, never billed.
    pub(super) fn is_heading(&self, row: Row<'_>) -> bool {
        self.billable.is_some_and(|column| row.column(column) == "0")
    }

    /// The first day of a row; none when it is open.
    pub(super) fn valid_from(&self, row: Row<'_>) -> Option<NaiveDate> {
        let since = match self.undated {
            Undated::Since(day) => Some(day),
            Undated::AlwaysInForce | Undated::Unclear => None,
        };
        self.valid_from.and_then(|column| row.day(column)).or(since)
    }

    /// The last day of a row; none when it is open.
    pub(super) fn valid_to(&self, row: Row<'_>) -> Option<NaiveDate> {
        self.valid_to.and_then(|column| row.day(column))
    }
}
