//! The tables that come with the program: text, edition, and for which days each is complete.
//!
//! `code_tables/README.md` says where each file is from and under which licence.

use std::borrow::Cow;
use std::sync::OnceLock;

use chrono::NaiveDate;

use super::rows::Table;
use super::table_edition::{TableEdition, Undated};
use crate::types::CodeTable;

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/code_tables/", $name))
    };
}
pub(super) use file;

/// The shipped table, if there is one: none ships for revenue codes, which the NUBC licenses.
pub(super) fn of(table: CodeTable) -> Option<&'static TableEdition> {
    SHIPPED.iter().find(|shipped| shipped.table == table)
}

/// What the shipped tables are called.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|table| &*table.edition)
}

/// Bytes of the shipped tables.
pub(super) fn size() -> usize {
    let others = [
        file!("pfs_indicators_2024q3_demo.tsv"),
        file!("ncci_ptp_practitioner_2024q3_sample.tsv"),
        file!("ncci_mue_practitioner_2024q3_sample.tsv"),
        file!("icd10cm_notes_2026.tsv"),
        file!("icd10cm_blocks_2026.tsv"),
        file!("icd10cm_seventh_2026.tsv"),
    ];
    let tables = SHIPPED.iter().map(|table| &table.text).chain([&MCE_FLAGS, &MCE_AGES]);
    tables.map(Table::size).chain(others.map(str::len)).sum()
}

/// From which day on a shipped table knows better than an older edition that is imported: the first day
/// of the newest edition that it is made of. None where an import takes the table's place on all its
/// days: samples, and lists whose days are not all recorded.
pub(super) const fn newest(table: CodeTable) -> Option<NaiveDate> {
    match table {
        CodeTable::Icd10cm => Some(day(2026, 10, 1)),
        _ => None,
    }
}

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day of the calendar")
}

const ALWAYS: (NaiveDate, NaiveDate) = (NaiveDate::MIN, NaiveDate::MAX);

/// The first day of ICD-10-CM in claims (45 CFR 162.1002).
pub const ICD10CM_BEGINS: NaiveDate = day(2015, 10, 1);

/// The edition that the shipped notes and seventh characters are from.
pub(super) const NOTES_EDITION: &str = "ICD-10-CM tabular list FY2026, April 2026 update (CDC/NCHS)";

/// The days for which they are in force: fiscal year 2026.
pub(super) const NOTES_IN_FORCE: (NaiveDate, NaiveDate) = (day(2025, 10, 1), day(2026, 9, 30));

/// The Medicare Code Editor that ships, v44: its flags and its age groups.
pub(super) static MCE_FLAGS: Table = Table::shipped(file!("mce_diagnosis_flags.tsv"));
pub(super) static MCE_AGES: Table = Table::shipped(file!("mce_age_ranges.tsv"));

/// The first day of that version. Its tables reach back to 2015: an imported edition that is older
/// answers for the days before only.
pub(super) const MCE_BEGINS: NaiveDate = day(2026, 10, 1);

/// The column of `icd10cm_codes.tsv` that says whether a code is billable.
const BILLABLE: usize = 1;

/// The last day for which every modifier of CPT is in the table.
pub(super) const CPT_MODIFIERS_TO: NaiveDate = day(2026, 12, 31);

/// Whether a modifier has the form of CPT's: it begins with a digit, as none of Level II does.
pub(super) fn is_cpt_modifier(code: &str) -> bool {
    code.starts_with(|first: char| first.is_ascii_digit())
}

/// Whether a modifier is CPT's, by its form or by the shipped table: `P1` begins with a letter.
pub(super) fn is_of_cpt(modifier: &str) -> bool {
    is_cpt_modifier(modifier) || is_listed_of_cpt(modifier)
}

/// Whether the shipped table has a modifier of CPT.
pub(super) fn is_listed_of_cpt(modifier: &str) -> bool {
    let listed = of(CodeTable::Modifier).and_then(|table| table.rows().of(modifier).next());
    listed.is_some_and(|row| row.column(MODIFIER_LEVEL) == "cpt")
}

/// The column of `modifiers.tsv` that says whose a modifier is.
const MODIFIER_LEVEL: usize = 3;

static SHIPPED: [TableEdition; 11] = [
    TableEdition {
        table: CodeTable::Icd10cm,
        text: Table::shipped(file!("icd10cm_codes.tsv")),
        edition: Cow::Borrowed("ICD-10-CM FY2016 to FY2027 (CMS MCE v44, FY2027 addenda)"),
        complete: Some((NaiveDate::MIN, day(2027, 3, 31))),
        ends_known_to: NaiveDate::MAX,
        caveat: Cow::Borrowed("this edition ends on 2027-03-31; later changes are not in it"),
        billable: Some(BILLABLE),
        title: 4,
        valid_from: Some(2),
        valid_to: Some(3),
        undated: Undated::Since(ICD10CM_BEGINS),
        index: OnceLock::new(),
    },
    TableEdition {
        table: CodeTable::Hcpcs,
        text: Table::shipped(file!("hcpcs_level2.tsv")),
        edition: Cow::Borrowed("HCPCS Level II July 2026, days as of July 2024"),
        complete: Some((day(2024, 7, 1), day(2026, 9, 30))),
        ends_known_to: day(2024, 9, 30),
        caveat: Cow::Borrowed(
            "codes begun after 2026-09-30 or ended after 2024-09-30 are not in this edition; import CMS's current file",
        ),
        billable: None,
        title: 4,
        valid_from: Some(1),
        valid_to: Some(2),
        undated: Undated::Unclear,
        index: OnceLock::new(),
    },
    TableEdition {
        table: CodeTable::Cpt,
        text: Table::shipped(file!("cpt_demo.tsv")),
        edition: Cow::Borrowed("CPT demonstration sample, July 2024, our labels"),
        complete: None,
        ends_known_to: NaiveDate::MAX,
        caveat: Cow::Borrowed("a sample of 172 codes as of July 2024; import your licensed CPT file"),
        billable: None,
        title: 3,
        valid_from: None,
        valid_to: Some(1),
        undated: Undated::AlwaysInForce,
        index: OnceLock::new(),
    },
    TableEdition {
        table: CodeTable::Modifier,
        text: Table::shipped(file!("modifiers.tsv")),
        edition: Cow::Borrowed("HCPCS Level II modifiers July 2024, CPT modifiers with our labels"),
        complete: None,
        ends_known_to: NaiveDate::MAX,
        caveat: Cow::Borrowed("Level II modifiers begun or ended after July 2024 may not be in this edition"),
        billable: None,
        title: 4,
        valid_from: Some(1),
        valid_to: Some(2),
        undated: Undated::AlwaysInForce,
        index: OnceLock::new(),
    },
    TableEdition {
        table: CodeTable::Pos,
        text: Table::shipped(file!("place_of_service.tsv")),
        edition: Cow::Borrowed("CMS place of service code set, 52 codes"),
        complete: Some(ALWAYS),
        ends_known_to: NaiveDate::MAX,
        caveat: Cow::Borrowed(""),
        billable: None,
        title: 2,
        valid_from: None,
        valid_to: None,
        undated: Undated::AlwaysInForce,
        index: OnceLock::new(),
    },
    TableEdition {
        table: CodeTable::Carc,
        text: Table::shipped(file!("adjustment_reasons.tsv")),
        edition: Cow::Borrowed("CARC (X12 list 139) June 2024, our labels"),
        complete: Some((NaiveDate::MIN, day(2024, 6, 30))),
        ends_known_to: NaiveDate::MAX,
        caveat: Cow::Borrowed("codes begun or ended after June 2024 are not in this edition"),
        billable: None,
        title: 3,
        valid_from: Some(1),
        valid_to: Some(2),
        undated: Undated::AlwaysInForce,
        index: OnceLock::new(),
    },
    TableEdition {
        table: CodeTable::Rarc,
        text: Table::shipped(file!("remark_codes.tsv")),
        edition: Cow::Borrowed("RARC (X12 list 411) June 2024, our labels"),
        complete: Some((NaiveDate::MIN, day(2024, 6, 30))),
        ends_known_to: NaiveDate::MAX,
        caveat: Cow::Borrowed("codes begun or ended after June 2024 are not in this edition"),
        billable: None,
        title: 3,
        valid_from: Some(1),
        valid_to: Some(2),
        undated: Undated::AlwaysInForce,
        index: OnceLock::new(),
    },
    TableEdition {
        table: CodeTable::Group,
        text: Table::shipped(file!("adjustment_groups.tsv")),
        edition: Cow::Borrowed("Claim adjustment group codes (X12 element 1033), our labels"),
        complete: Some(ALWAYS),
        ends_known_to: NaiveDate::MAX,
        caveat: Cow::Borrowed(""),
        billable: None,
        title: 2,
        valid_from: None,
        valid_to: Some(1),
        undated: Undated::AlwaysInForce,
        index: OnceLock::new(),
    },
    TableEdition {
        table: CodeTable::StatusCategory,
        text: Table::shipped(file!("claim_status_categories.tsv")),
        edition: Cow::Borrowed("Claim status categories (X12 list 507), 45 codes, our labels"),
        complete: None,
        ends_known_to: NaiveDate::MAX,
        caveat: Cow::Borrowed("not every category is in this edition"),
        billable: None,
        title: 1,
        valid_from: None,
        valid_to: None,
        undated: Undated::AlwaysInForce,
        index: OnceLock::new(),
    },
    TableEdition {
        table: CodeTable::Status,
        text: Table::shipped(file!("claim_status_codes.tsv")),
        edition: Cow::Borrowed("Claim status codes (X12 list 508), the 160 commonest, our labels"),
        complete: None,
        ends_known_to: NaiveDate::MAX,
        caveat: Cow::Borrowed("only the commonest codes are in this edition"),
        billable: None,
        title: 2,
        valid_from: None,
        valid_to: None,
        undated: Undated::AlwaysInForce,
        index: OnceLock::new(),
    },
    TableEdition {
        table: CodeTable::Taxonomy,
        text: Table::shipped(file!("provider_taxonomy.tsv")),
        edition: Cow::Borrowed("NUCC taxonomy 25.1 (July 2025), codes with our labels"),
        complete: Some((day(2025, 7, 1), day(2025, 12, 31))),
        ends_known_to: NaiveDate::MAX,
        caveat: Cow::Borrowed("codes added after July 2025 are not in this edition"),
        billable: None,
        title: 2,
        valid_from: None,
        valid_to: None,
        undated: Undated::AlwaysInForce,
        index: OnceLock::new(),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::rows::Row;

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
        let rows = |table| of(table).unwrap().rows().all().count();
        assert_eq!(rows(CodeTable::Icd10cm), 99_439);
        assert_eq!(rows(CodeTable::Hcpcs), 8_725);
        assert_eq!(rows(CodeTable::Cpt), 172);
        assert_eq!(rows(CodeTable::Modifier), 427);
        assert_eq!(rows(CodeTable::Pos), 52);
        assert_eq!(rows(CodeTable::Carc), 405);
        assert_eq!(rows(CodeTable::Rarc), 1_171);
        assert_eq!(rows(CodeTable::Taxonomy), 883);
        assert!(of(CodeTable::Revenue).is_none());
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
