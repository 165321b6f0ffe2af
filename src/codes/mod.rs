//! Code tables by date: what a code means, whether it may be used on a day, which edition says so.
//!
//! - A *table* is a list of codes ([`CodeTable`]); an *edition* is one state of it. Every lookup
//!   takes a day, and every answer names its edition.
//! - A table knows for which days it is complete. A code missing on such a day is
//!   [`CodeStatus::Unknown`], that is wrong; missing from a sample it is [`CodeStatus::NotChecked`].
//! - A *header* is a heading of ICD-10-CM that has longer codes below it; it is never billed.
//! - *Notes* of the tabular list stand at a chapter, section or code and hold for all below.
//!
//! - [`Codes::lookup`] is for rules, [`Codes::explain`] says the same to a person, [`Codes::search`]
//!   finds what a person has only words for.
//!
//! - [`import`] reads the official files; [`Codes::draft`] makes an edition of what was read, [`store`]
//!   keeps it for all practices; [`intake`] is these steps as people and programs ask for them.
//!   [`LiveCodes`] is what a running server asks: it takes over an edition that another process imports.
//!
//! Invariants: no answer without a day; an edition answers from its first day until the next one of its
//! list begins, so that a new one changes no answer about an older service; a lookup allocates nothing;
//! what a lookup bisects is sorted (a test says so of the shipped files). The files in `code_tables/` are
//! compiled in and answer where nothing was imported.
//!
//! Deliberately absent: the wording of the AMA, ADA, NUBC, NUCC and X12. Labels of their codes
//! are ours, CDT and revenue codes have no table at all, CPT only a sample: a practice imports
//! what it has licensed.

use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;

use crate::types::{CodeLookup, CodeStatus, CodeTable};

pub mod api;
mod basis;
mod code_range;
mod coverage;
mod edition;
mod editions;
pub mod explain;
mod fee_schedule;
mod icd10cm;
pub mod import;
pub mod intake;
mod list;
mod live;
mod ncci;
mod notes;
pub mod pages;
mod pairs;
mod references;
mod rows;
pub mod search;
mod shipped;
pub mod store;
mod table_edition;
pub mod tabular;

pub use basis::{Basis, BasisEdition};
pub use coverage::NoCoverage;
pub use edition::{Draft, EditionError};
pub use editions::{BrokenEdition, Imported};
pub use explain::Explanation;
pub use fee_schedule::{
    AssistantSurgeon, Bilateral, FeeIndicators, GlobalPeriod, MedicareStatus, MultipleProcedure,
    ProfessionalTechnical, RelativeValues, SeveralSurgeons,
};
pub use icd10cm::{AgeGroup, DiagnosisFlags};
pub use list::List;
pub use live::LiveCodes;
pub use ncci::{
    MueIndicator, NCCI_EDITION, NCCI_QUARTER, NcciSetting, PtpEdit, PtpModifier, SEPARATING_MODIFIERS,
    UnitLimit,
};
pub use notes::{ExcludedPair, Note, NotesEdition, SeventhCharacter};
pub use tabular::NoteKind;

pub use shipped::ICD10CM_BEGINS;

use editions::Editions;
use table_edition::Undated;

/// The code tables: what ships, and the editions that were imported. Cheap to clone: the editions are
/// shared, and never change while somebody holds them. [`LiveCodes`] has the newest.
#[derive(Clone, Debug)]
pub struct Codes(Arc<Editions>);

/// What a table says about a code on a day.
///
/// ```
/// use chrono::NaiveDate;
/// use firstpass::codes::Codes;
/// use firstpass::types::{CodeStatus, CodeTable};
///
/// let on = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
/// let header = Codes::shipped().lookup(CodeTable::Icd10cm, "E11", on);
/// assert_eq!((header.status, header.title), (CodeStatus::Header, Some("Type 2 diabetes mellitus")));
/// assert_eq!(Codes::shipped().lookup(CodeTable::Icd10cm, "E119", on).status, CodeStatus::Valid);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup<'a> {
    /// The table that was asked.
    pub table: CodeTable,
    /// Whether the code may be used on the day.
    pub status: CodeStatus,
    /// Whether the table holds the code at all.
    pub known: bool,
    /// The official title where it is free to use, else our own label; none when there is neither.
    pub title: Option<&'a str>,
    /// The first day of the row that answers, where it is recorded.
    pub valid_from: Option<NaiveDate>,
    /// Its last day; none while it is open.
    pub valid_to: Option<NaiveDate>,
    /// The edition that answered.
    pub edition: &'a str,
    /// Whether the edition is complete for the day.
    pub complete: bool,
    /// What limits the answer, if anything does.
    pub note: Option<&'a str>,
}

impl Codes {
    /// The tables that come with the program, without any that were imported.
    #[must_use]
    pub fn shipped() -> &'static Codes {
        static SHIPPED: LazyLock<Codes> = LazyLock::new(|| Codes::with(vec![]));
        &SHIPPED
    }

    /// What a table says about a code on a day. The code is undotted and upper case.
    #[must_use]
    pub fn lookup(&self, table: CodeTable, code: &str, on: NaiveDate) -> Lookup<'_> {
        let Some(edition) = self.0.table(table, code, on) else { return no_table(table) };
        let complete = edition.is_complete_on(on);
        let is_final = edition.is_final_on(on);
        let mut answer = Lookup {
            table,
            status: if complete { CodeStatus::Unknown } else { CodeStatus::NotChecked },
            known: false,
            title: None,
            valid_from: None,
            valid_to: None,
            edition: &edition.edition,
            complete: is_final,
            note: (!is_final).then_some(&*edition.caveat),
        };
        if table == CodeTable::Hcpcs && code.starts_with('D') {
            return Lookup {
                status: CodeStatus::NotChecked,
                complete: false,
                note: Some(
                    "dental codes (CDT) are the ADA's and not in this table; import your licensed file",
                ),
                ..answer
            };
        }
        if table == CodeTable::Modifier && shipped::is_cpt_modifier(code) && on <= shipped::CPT_MODIFIERS_TO {
            answer = Lookup { status: CodeStatus::Unknown, complete: true, note: None, ..answer };
        }
        let Some(row) = edition.row(code, on) else {
            if table == CodeTable::Cpt && code.ends_with(|last: char| last.is_ascii_alphabetic()) {
                let note = Some("CPT codes that end with a letter are added during the year");
                return Lookup { status: CodeStatus::NotChecked, complete: false, note, ..answer };
            }
            return answer;
        };
        answer.known = true;
        answer.title = Some(row.column(edition.title)).filter(|title| !title.is_empty());
        answer.valid_from = edition.valid_from(row);
        answer.valid_to = edition.valid_to(row);
        let begun = answer.valid_from.is_none_or(|from| from <= on);
        let ended = answer.valid_to.is_some_and(|to| to < on);
        answer.status = if !begun || ended {
            CodeStatus::NotInForce
        } else if edition.is_heading(row) {
            CodeStatus::Header
        } else if answer.valid_from.is_none() && edition.undated == Undated::Unclear {
            answer.note = Some("listed in July 2026; when it begins and ends is not in this edition");
            answer.complete = false;
            CodeStatus::NotChecked
        } else {
            CodeStatus::Valid
        };
        answer
    }

    /// The diagnoses that took the place of one whose last day was `ended`, with their titles: those that
    /// began the day after, below the code itself where it became a heading, else below the nearest
    /// heading above it, with its seventh character where it has one. Derived: the publisher's addenda say
    /// what ends and what begins, not what takes whose place.
    #[must_use]
    pub fn successors(&self, code: &str, ended: NaiveDate) -> Vec<(&str, &str)> {
        let Some(begins) = ended.succ_opt() else { return vec![] };
        let Some(edition) = self.0.table(CodeTable::Icd10cm, code, begins) else { return vec![] };
        // A new code of the same category alone need not have anything to do with it.
        let nearest = (4.min(code.len().saturating_sub(1)).max(3)..=code.len()).rev();
        let seventh = |code: &str| code.chars().nth(6);
        nearest
            .filter_map(|length| code.get(..length))
            .map(|heading| {
                let began = edition
                    .rows()
                    .below(heading)
                    .filter(|row| edition.valid_from(*row) == Some(begins) && !edition.is_heading(*row));
                let alike = began.filter(|row| {
                    let (old, new) = (seventh(code), seventh(row.key()));
                    old.is_none() || new.is_none() || old == new
                });
                alike.map(|row| (row.key(), row.column(edition.title))).collect::<Vec<_>>()
            })
            .find(|some| !some.is_empty())
            .unwrap_or_default()
    }

    /// The billable ICD-10-CM codes below a header on a day, with their titles.
    pub fn children(&self, header: &str, on: NaiveDate) -> impl Iterator<Item = (&str, &str)> {
        let edition = self.0.table(CodeTable::Icd10cm, header, on);
        edition.into_iter().flat_map(move |edition| {
            let below = edition.rows().below(header);
            below
                .filter(move |row| row.key() != header && !edition.is_heading(*row))
                .filter(move |row| edition.valid_from(*row).is_none_or(|from| from <= on))
                .filter(move |row| edition.valid_to(*row).is_none_or(|to| on <= to))
                .map(|row| (row.key(), row.column(edition.title)))
        })
    }
}

impl CodeLookup for Codes {
    fn status(&self, table: CodeTable, code: &str, on: NaiveDate) -> CodeStatus {
        self.lookup(table, code, on).status
    }
}

const fn no_table(table: CodeTable) -> Lookup<'static> {
    Lookup {
        table,
        status: CodeStatus::NotChecked,
        known: false,
        title: None,
        valid_from: None,
        valid_to: None,
        edition: "none",
        complete: false,
        note: Some("no table ships for these codes: import your licensed list"),
    }
}

#[cfg(test)]
mod tests;
