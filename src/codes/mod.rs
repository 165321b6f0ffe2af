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
//! Invariants: no answer without a day; a lookup allocates nothing; a shipped file that a lookup
//! bisects is sorted (a test says so). The files in `code_tables/` are compiled in: only a page that is
//! told no day asks the database, for the practice's today.
//!
//! Deliberately absent: the wording of the AMA, ADA, NUBC, NUCC and X12. Labels of their codes
//! are ours, CDT and revenue codes have no table at all, CPT only a sample: a practice imports
//! what it has licensed.

use chrono::NaiveDate;

use crate::types::{CodeLookup, CodeStatus, CodeTable};

pub mod api;
mod code_range;
pub mod explain;
mod fee_schedule;
mod icd10cm;
mod ncci;
pub mod pages;
mod references;
mod rows;
pub mod search;
mod shipped;
pub mod tabular;

pub use explain::Explanation;
pub use fee_schedule::{Bilateral, FeeIndicators, GlobalPeriod, ProfessionalTechnical};
pub use icd10cm::{
    AgeGroup, DiagnosisFlags, ExcludedPair, NOTES_EDITION, NOTES_IN_FORCE, Note, SeventhCharacter,
};
pub use ncci::{
    MueIndicator, NCCI_EDITION, NCCI_QUARTER, PtpEdit, PtpModifier, SEPARATING_MODIFIERS, UnitLimit,
};
pub use references::Reference;
pub use tabular::NoteKind;

pub use shipped::ICD10CM_BEGINS;
use shipped::{Shipped, Undated};

/// The code tables. Cheap to clone and to share: the tables are part of the program.
#[derive(Clone, Copy, Debug)]
pub struct Codes(());

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
pub struct Lookup {
    /// The table that was asked.
    pub table: CodeTable,
    /// Whether the code may be used on the day.
    pub status: CodeStatus,
    /// Whether the table holds the code at all.
    pub known: bool,
    /// The official title where it is free to use, else our own label; none when there is neither.
    pub title: Option<&'static str>,
    /// The first day of the row that answers, where it is recorded.
    pub valid_from: Option<NaiveDate>,
    /// Its last day; none while it is open.
    pub valid_to: Option<NaiveDate>,
    /// The edition that answered.
    pub edition: &'static str,
    /// Whether the edition is complete for the day.
    pub complete: bool,
    /// What limits the answer, if anything does.
    pub note: Option<&'static str>,
}

impl Codes {
    /// The tables that come with the program.
    #[must_use]
    pub const fn shipped() -> Codes {
        Codes(())
    }

    /// What a table says about a code on a day. The code is undotted and upper case.
    #[must_use]
    pub fn lookup(self, table: CodeTable, code: &str, on: NaiveDate) -> Lookup {
        let Some(shipped) = Shipped::of(table) else { return no_table(table) };
        let complete = shipped.is_complete_on(on);
        let mut answer = Lookup {
            table,
            status: if complete { CodeStatus::Unknown } else { CodeStatus::NotChecked },
            known: false,
            title: None,
            valid_from: None,
            valid_to: None,
            edition: shipped.edition,
            complete: shipped.is_final_on(on),
            note: (!shipped.is_final_on(on)).then_some(shipped.caveat),
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
        // A code has one row for each time in which it was a code, or a header: the row of that
        // day answers, else the last one before it, else the first one after it.
        let rows = shipped.rows().of(code);
        let Some(row) =
            rows.reduce(
                |best, next| {
                    if shipped.valid_from(next).is_none_or(|from| from <= on) { next } else { best }
                },
            )
        else {
            return answer;
        };
        answer.known = true;
        answer.title = Some(row.column(shipped.title)).filter(|title| !title.is_empty());
        answer.valid_from = shipped.valid_from(row);
        answer.valid_to = shipped.valid_to(row);
        let begun = answer.valid_from.is_none_or(|from| from <= on);
        let ended = answer.valid_to.is_some_and(|to| to < on);
        answer.status = if !begun || ended {
            CodeStatus::NotInForce
        } else if table == CodeTable::Icd10cm && row.column(icd10cm::BILLABLE) == "0" {
            CodeStatus::Header
        } else if answer.valid_from.is_none() && shipped.undated == Undated::Unclear {
            answer.note = Some("listed in July 2026; when it begins and ends is not in this edition");
            answer.complete = false;
            CodeStatus::NotChecked
        } else {
            CodeStatus::Valid
        };
        answer
    }

    /// The billable ICD-10-CM codes below a header on a day, with their titles.
    pub fn children(self, header: &str, on: NaiveDate) -> impl Iterator<Item = (&'static str, &'static str)> {
        let shipped = Shipped::of(CodeTable::Icd10cm).expect("ICD-10-CM ships with the program");
        let (below, itself) = (shipped.rows().below(header), header.to_owned());
        below
            .filter(move |row| row.key() != itself && row.column(icd10cm::BILLABLE) == "1")
            .filter(move |row| shipped.valid_from(*row).is_none_or(|from| from <= on))
            .filter(move |row| shipped.valid_to(*row).is_none_or(|to| on <= to))
            .map(|row| (row.key(), row.column(shipped.title)))
    }
}

impl CodeLookup for Codes {
    fn status(&self, table: CodeTable, code: &str, on: NaiveDate) -> CodeStatus {
        self.lookup(table, code, on).status
    }
}

const fn no_table(table: CodeTable) -> Lookup {
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
