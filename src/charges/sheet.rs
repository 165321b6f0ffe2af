//! A sheet: CSV or XLSX, told apart by its first bytes; which of its columns are ours.

use crate::charges::csv;
use crate::charges::mapping::Mapping;
use crate::charges::visit::{self, Charges, Column, DateFormat, Names, Stated, VISIT_DATE};
use crate::charges::xlsx;
use crate::types::{Error, Place, Refusal, Status};
use crate::workbooks::ZIP;

/// How the refusal of a file begins.
const UNREADABLE: &str = "the charges cannot be read";

/// Reads a charge file, CSV or XLSX, its columns named as the mapping says, else by our names.
///
/// # Errors
/// `charges/empty`, `charges/not-utf8`, `charges/not-xlsx`, `charges/no-sheet`, `charges/too-large`,
/// `charges/heading`: the file is no charge file at all.
pub fn read_sheet(bytes: &[u8], mapping: Option<&Mapping>) -> Result<Charges, Error> {
    if bytes.starts_with(ZIP) { xlsx::read(bytes, mapping) } else { csv::read(bytes, mapping) }
}

/// The names of a charge file's columns, to guess a mapping from.
///
/// # Errors
/// As [`read_sheet`].
pub fn headings(bytes: &[u8], sheet: Option<&str>) -> Result<Vec<String>, Error> {
    if bytes.starts_with(ZIP) { xlsx::headings(bytes, sheet) } else { csv::headings(bytes) }
}

/// A sheet of anything else than charges: rows of prices, say.
#[derive(Debug)]
pub struct Table {
    /// The names of its columns.
    pub headings: Vec<String>,
    /// Its rows that are not empty.
    pub rows: Vec<TableRow>,
}

/// A row of a [`Table`].
#[derive(Debug)]
pub struct TableRow {
    /// The line of a file, or the row of a workbook, on which it begins; the heading's is 1.
    pub number: i32,
    /// What stands in it: its column, counted from 0; its text or why it has none; whether it is a
    /// number of a workbook, which has lost its zeros in front.
    pub cells: Vec<(usize, Result<String, &'static str>, bool)>,
}

/// Reads a file, CSV or the first sheet of an XLSX workbook, for one who binds its columns himself.
///
/// # Errors
/// As [`read_sheet`], but for `charges/heading`.
pub fn read_table(bytes: &[u8]) -> Result<Table, Error> {
    if bytes.starts_with(ZIP) { xlsx::table(bytes) } else { csv::table(bytes) }
}

/// The first rows of a charge file as they stand, its heading among them.
///
/// # Errors
/// As [`read_sheet`].
pub fn first_rows(bytes: &[u8], sheet: Option<&str>, count: usize) -> Result<Vec<Vec<String>>, Error> {
    if bytes.starts_with(ZIP) { xlsx::first_rows(bytes, sheet, count) } else { csv::first_rows(bytes, count) }
}

/// The names of a workbook's sheets; a CSV file has none.
///
/// # Errors
/// `charges/not-xlsx`, `charges/too-large`.
pub fn sheets(bytes: &[u8]) -> Result<Vec<String>, Error> {
    if bytes.starts_with(ZIP) { xlsx::sheets(bytes) } else { Ok(vec![]) }
}

/// The refusal of a file of anything else than charges, by its own code and name: `contracts/unreadable`,
/// `the fee schedule cannot be read`.
#[must_use]
pub fn unreadable_table(fault: Error, code: &'static str, what: &str) -> Error {
    match fault {
        Error::Refused(refusal) => {
            let detail = refusal.detail.replacen(UNREADABLE, what, 1);
            let place = refusal.place.unwrap_or_default();
            Refusal::new(code, refusal.status, detail, refusal.next).at(place).into()
        }
        internal @ Error::Internal(_) => internal,
    }
}

/// Where each of our columns stands.
pub(super) struct Heading {
    pub(super) places: Vec<(Column, usize)>,
    pub(super) columns: usize,
    pub(super) unknown: Vec<String>,
    /// A schedule: visits without charges.
    pub(super) announces: bool,
    defaults: Vec<(Column, String)>,
    dates: DateFormat,
}

impl Heading {
    /// Refused as `charges/heading` when a required column is missing, or one of ours is there twice.
    pub(super) fn read(names: &[String], mapping: Option<&Mapping>) -> Result<Heading, Error> {
        let refuse = |what: String| {
            Err(unreadable("charges/heading", &what, "Correct the heading, the file's first row"))
        };
        let mut heading = Heading {
            places: vec![],
            columns: names.len(),
            unknown: vec![],
            announces: mapping.is_none()
                && names.iter().any(|name| name.eq_ignore_ascii_case(VISIT_DATE))
                && !names.iter().any(|name| name.eq_ignore_ascii_case("procedure")),
            defaults: mapping.map(Mapping::defaults).unwrap_or_default(),
            dates: mapping.map(|mapping| mapping.dates).unwrap_or_default(),
        };
        for (place, name) in names.iter().enumerate() {
            let ours: Vec<Column> = match mapping {
                Some(mapping) => mapping.columns_of(name).collect(),
                None if heading.announces && name.eq_ignore_ascii_case(VISIT_DATE) => vec![VISIT_DATE],
                None => visit::column_named(name).into_iter().collect(),
            };
            if ours.is_empty() {
                heading.unknown.push(shown(&name.to_ascii_lowercase()));
            }
            for column in ours {
                if heading.places.iter().any(|(known, _)| *known == column) {
                    return refuse(format!("the column {} is there twice", heading.called(column, mapping)));
                }
                heading.places.push((column, place));
            }
        }
        let known = |column: &Column| {
            heading.places.iter().any(|(known, _)| known == column)
                || heading.defaults.iter().any(|(known, _)| known == column)
        };
        // What a mapping names must be there, so that a renamed column is not taken for an empty one.
        let wanted = visit::all_columns().filter(|column| {
            if heading.announces {
                return matches!(*column, "visit_number" | "patient_account");
            }
            visit::is_required(column) || mapping.is_some_and(|mapping| mapping.heading(column).is_some())
        });
        let missing: Vec<String> =
            wanted.filter(|column| !known(column)).map(|column| heading.called(column, mapping)).collect();
        if missing.is_empty() {
            Ok(heading)
        } else {
            refuse(format!("the heading lacks {}", missing.join(", ")))
        }
    }

    /// A column as the practice knows it.
    fn called(&self, column: Column, mapping: Option<&Mapping>) -> String {
        match mapping.and_then(|mapping| mapping.heading(column)) {
            Some(heading) => format!("{heading} ({column})"),
            None => column.to_owned(),
        }
    }

    pub(super) fn dates(&self) -> DateFormat {
        self.dates
    }

    pub(super) fn names(&self) -> Names {
        Names::default()
    }

    /// Something stands under no heading.
    pub(super) fn see_unnamed(&mut self) {
        let unnamed = shown("");
        if !self.unknown.contains(&unnamed) {
            self.unknown.push(unnamed);
        }
    }

    /// States what the mapping says where the row says nothing.
    pub(super) fn fill(&self, stated: &mut Stated) {
        stated.without_line = self.announces;
        for (column, text) in &self.defaults {
            stated.set_default(column, text);
        }
    }
}

/// The name of a column that is not ours, if it looks like a name: what else may stand in a
/// heading is not repeated.
fn shown(name: &str) -> String {
    let is_name = name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' '));
    if is_name { name.to_owned() } else { "(unnamed)".to_owned() }
}

pub(super) fn unreadable(code: &'static str, what: &str, next: &'static str) -> Error {
    Refusal::new(code, Status::Unreadable, format!("{UNREADABLE}: {what}"), next)
        .at(Place { row: Some(1), ..Place::default() })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_column_is_named_when_it_has_a_name() {
        let fields = ["ROE, JANE", "1980-05-06", "", "clinic room"];
        assert_eq!(fields.map(shown), ["(unnamed)", "(unnamed)", "(unnamed)", "clinic room"]);
    }
}
