//! The tables that come with the program: text, edition, and for which days each is complete.
//!
//! `code_tables/README.md` says where each file is from and under which licence.

use chrono::NaiveDate;

use super::rows::{Row, Rows};
use crate::types::CodeTable;

/// One table as it is compiled in.
pub(super) struct Shipped {
    /// Which table.
    pub(super) table: CodeTable,
    text: &'static str,
    /// The edition that answers.
    pub(super) edition: &'static str,
    /// The days for which every code is here: a code that is missing on such a day is wrong.
    pub(super) complete: Option<(NaiveDate, NaiveDate)>,
    /// The last day for which the ends of codes are recorded; usually no earlier than `complete`.
    pub(super) ends_known_to: NaiveDate,
    /// What an answer about a day outside these has to say.
    pub(super) caveat: &'static str,
    /// The column of the title, or of our own label.
    pub(super) title: usize,
    /// The column of the first day, if the table has one.
    pub(super) valid_from: Option<usize>,
    /// The column of the last day, if the table has one.
    pub(super) valid_to: Option<usize>,
    /// What a row without a first day means.
    pub(super) undated: Undated,
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

impl Shipped {
    pub(super) fn rows(&self) -> Rows {
        Rows::of_file(self.text)
    }

    /// Whether every code of that day is in the table.
    pub(super) fn is_complete_on(&self, on: NaiveDate) -> bool {
        self.complete.is_some_and(|(first, last)| first <= on && on <= last)
    }

    /// Whether a later edition could say something else about that day.
    pub(super) fn is_final_on(&self, on: NaiveDate) -> bool {
        self.is_complete_on(on) && on <= self.ends_known_to
    }

    /// The first day of a row; none when it is open.
    pub(super) fn valid_from(&self, row: Row) -> Option<NaiveDate> {
        let since = match self.undated {
            Undated::Since(day) => Some(day),
            Undated::AlwaysInForce | Undated::Unclear => None,
        };
        self.valid_from.and_then(|column| row.day(column)).or(since)
    }

    /// The last day of a row; none when it is open.
    pub(super) fn valid_to(&self, row: Row) -> Option<NaiveDate> {
        self.valid_to.and_then(|column| row.day(column))
    }

    /// The shipped table, if there is one: none ships for revenue codes, which the NUBC licenses.
    pub(super) fn of(table: CodeTable) -> Option<&'static Shipped> {
        SHIPPED.iter().find(|shipped| shipped.table == table)
    }
}

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day of the calendar")
}

const ALWAYS: (NaiveDate, NaiveDate) = (NaiveDate::MIN, NaiveDate::MAX);

/// The first day of ICD-10-CM in claims (45 CFR 162.1002).
pub const ICD10CM_BEGINS: NaiveDate = day(2015, 10, 1);

/// The last day for which every modifier of CPT is in the table.
pub(super) const CPT_MODIFIERS_TO: NaiveDate = day(2026, 12, 31);

/// Whether a modifier has the form of CPT's: it begins with a digit, as none of Level II does.
pub(super) fn is_cpt_modifier(code: &str) -> bool {
    code.starts_with(|first: char| first.is_ascii_digit())
}

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/code_tables/", $name))
    };
}
pub(super) use file;

static SHIPPED: [Shipped; 11] = [
    Shipped {
        table: CodeTable::Icd10cm,
        text: file!("icd10cm_codes.tsv"),
        edition: "ICD-10-CM FY2016 to FY2027 (CMS MCE v44, FY2027 addenda)",
        complete: Some((NaiveDate::MIN, day(2027, 3, 31))),
        ends_known_to: NaiveDate::MAX,
        caveat: "this edition ends on 2027-03-31; later changes are not in it",
        title: 4,
        valid_from: Some(2),
        valid_to: Some(3),
        undated: Undated::Since(ICD10CM_BEGINS),
    },
    Shipped {
        table: CodeTable::Hcpcs,
        text: file!("hcpcs_level2.tsv"),
        edition: "HCPCS Level II July 2026, days as of July 2024",
        complete: Some((day(2024, 7, 1), day(2026, 9, 30))),
        ends_known_to: day(2024, 9, 30),
        caveat: "codes begun after 2026-09-30 or ended after 2024-09-30 are not in this edition; import CMS's current file",
        title: 4,
        valid_from: Some(1),
        valid_to: Some(2),
        undated: Undated::Unclear,
    },
    Shipped {
        table: CodeTable::Cpt,
        text: file!("cpt_demo.tsv"),
        edition: "CPT demonstration sample, July 2024, our labels",
        complete: None,
        ends_known_to: NaiveDate::MAX,
        caveat: "a sample of 172 codes as of July 2024; import your licensed CPT file",
        title: 3,
        valid_from: None,
        valid_to: Some(1),
        undated: Undated::AlwaysInForce,
    },
    Shipped {
        table: CodeTable::Modifier,
        text: file!("modifiers.tsv"),
        edition: "HCPCS Level II modifiers July 2024, CPT modifiers with our labels",
        complete: None,
        ends_known_to: NaiveDate::MAX,
        caveat: "Level II modifiers begun or ended after July 2024 may not be in this edition",
        title: 4,
        valid_from: Some(1),
        valid_to: Some(2),
        undated: Undated::AlwaysInForce,
    },
    Shipped {
        table: CodeTable::Pos,
        text: file!("place_of_service.tsv"),
        edition: "CMS place of service code set, 52 codes",
        complete: Some(ALWAYS),
        ends_known_to: NaiveDate::MAX,
        caveat: "",
        title: 2,
        valid_from: None,
        valid_to: None,
        undated: Undated::AlwaysInForce,
    },
    Shipped {
        table: CodeTable::Carc,
        text: file!("adjustment_reasons.tsv"),
        edition: "CARC (X12 list 139) June 2024, our labels",
        complete: Some((NaiveDate::MIN, day(2024, 6, 30))),
        ends_known_to: NaiveDate::MAX,
        caveat: "codes begun or ended after June 2024 are not in this edition",
        title: 3,
        valid_from: Some(1),
        valid_to: Some(2),
        undated: Undated::AlwaysInForce,
    },
    Shipped {
        table: CodeTable::Rarc,
        text: file!("remark_codes.tsv"),
        edition: "RARC (X12 list 411) June 2024, our labels",
        complete: Some((NaiveDate::MIN, day(2024, 6, 30))),
        ends_known_to: NaiveDate::MAX,
        caveat: "codes begun or ended after June 2024 are not in this edition",
        title: 3,
        valid_from: Some(1),
        valid_to: Some(2),
        undated: Undated::AlwaysInForce,
    },
    Shipped {
        table: CodeTable::Group,
        text: file!("adjustment_groups.tsv"),
        edition: "Claim adjustment group codes (X12 element 1033), our labels",
        complete: Some(ALWAYS),
        ends_known_to: NaiveDate::MAX,
        caveat: "",
        title: 2,
        valid_from: None,
        valid_to: Some(1),
        undated: Undated::AlwaysInForce,
    },
    Shipped {
        table: CodeTable::StatusCategory,
        text: file!("claim_status_categories.tsv"),
        edition: "Claim status categories (X12 list 507), 45 codes, our labels",
        complete: None,
        ends_known_to: NaiveDate::MAX,
        caveat: "not every category is in this edition",
        title: 1,
        valid_from: None,
        valid_to: None,
        undated: Undated::AlwaysInForce,
    },
    Shipped {
        table: CodeTable::Status,
        text: file!("claim_status_codes.tsv"),
        edition: "Claim status codes (X12 list 508), the 160 commonest, our labels",
        complete: None,
        ends_known_to: NaiveDate::MAX,
        caveat: "only the commonest codes are in this edition",
        title: 2,
        valid_from: None,
        valid_to: None,
        undated: Undated::AlwaysInForce,
    },
    Shipped {
        table: CodeTable::Taxonomy,
        text: file!("provider_taxonomy.tsv"),
        edition: "NUCC taxonomy 25.1 (July 2025), codes with our labels",
        complete: Some((day(2025, 7, 1), day(2025, 12, 31))),
        ends_known_to: NaiveDate::MAX,
        caveat: "codes added after July 2025 are not in this edition",
        title: 2,
        valid_from: None,
        valid_to: None,
        undated: Undated::AlwaysInForce,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_sorted_as_the_lookup_needs_it() {
        for shipped in &SHIPPED {
            let rows: Vec<_> = shipped.rows().all().map(Row::key).collect();
            assert!(rows.is_sorted(), "{}", shipped.table);
            assert!(rows.iter().all(|code| !code.is_empty()), "{}", shipped.table);
        }
    }

    #[test]
    fn every_table_has_as_many_rows_as_its_readme_says() {
        let rows = |table| Shipped::of(table).unwrap().rows().all().count();
        assert_eq!(rows(CodeTable::Icd10cm), 99_439);
        assert_eq!(rows(CodeTable::Hcpcs), 8_725);
        assert_eq!(rows(CodeTable::Cpt), 172);
        assert_eq!(rows(CodeTable::Modifier), 427);
        assert_eq!(rows(CodeTable::Pos), 52);
        assert_eq!(rows(CodeTable::Carc), 405);
        assert_eq!(rows(CodeTable::Rarc), 1_171);
        assert_eq!(rows(CodeTable::Taxonomy), 883);
        assert!(Shipped::of(CodeTable::Revenue).is_none());
    }

    #[test]
    fn no_day_in_any_table_is_unreadable() {
        for shipped in &SHIPPED {
            for column in [shipped.valid_from, shipped.valid_to].into_iter().flatten() {
                for row in shipped.rows().all().filter(|row| !row.column(column).is_empty()) {
                    assert!(row.day(column).is_some(), "{} {row:?}", shipped.table);
                }
            }
        }
    }
}
