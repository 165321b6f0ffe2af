//! The charge file as an XLSX workbook: a heading in the sheet's first row that is not empty.
//!
//! - What a workbook's cells say is written in [`crate::workbooks`]; a text is read as in CSV.
//! - Zeros at the beginning, which a number loses, come back where the length is known: place of
//!   service (2), procedure (5). Account and visit numbers that begin with zeros must be text.
//! - Unless a sheet is named, the first is read that a person sees.
//! - A row that is hidden rejects its visit.
//! - What is merged over several rows is said in each of them, but for units and charges: one amount
//!   over two lines may be that of each or of both.

use crate::charges::mapping::Mapping;
use crate::charges::sheet::{Heading, Table, TableRow, unreadable};
use crate::charges::visit::{Charges, Column, Reading, Stated};
use crate::types::Error;
use crate::workbooks::{self, Form, Row, Workbook};

/// Why a cell of a charge line says nothing.
const MERGED: &str = "is merged with a row above: say what is this row's own";

/// Reads a workbook's charge sheet: the mapping's, else the first.
///
/// Refused as `charges/not-xlsx`, `charges/too-large`, `charges/no-sheet`, `charges/empty` or
/// `charges/heading`.
pub(super) fn read(bytes: &[u8], mapping: Option<&Mapping>) -> Result<Charges, Error> {
    let mut rows = rows(bytes, mapping.and_then(|mapping| mapping.sheet.as_deref()))?.into_iter();
    let mut heading = Heading::read(&names(rows.next())?, mapping)?;
    let mut reading = Reading::of(heading.dates());
    for row in rows {
        if row.width() > heading.columns {
            // What stands under no heading is read over, and said to be.
            heading.see_unnamed();
        }
        let mut stated = Stated::new(row.number, heading.names());
        stated.fault = row.hidden.then(|| workbooks::HIDDEN.to_owned());
        for cell in row.cells {
            for (column, _) in heading.places.iter().filter(|(_, known)| *known == cell.column) {
                match &cell.text {
                    Ok(_) if cell.merged && matches!(*column, "units" | "charge") => {
                        stated.set_fault(column, row.number, *column, MERGED);
                    }
                    Ok(text) if cell.form == Form::Number => stated.set(column, with_zeros(column, text)),
                    Ok(text) => stated.set(column, text.as_str()),
                    Err(why) => stated.set_fault(column, row.number, *column, why),
                }
            }
        }
        heading.fill(&mut stated);
        reading.add(&stated);
    }
    Ok(reading.finish(heading.unknown).by_row())
}

/// The first sheet of anything.
pub(super) fn table(bytes: &[u8]) -> Result<Table, Error> {
    let mut rows = rows(bytes, None)?.into_iter();
    let headings = names(rows.next())?;
    let row = |Row { number, cells, hidden }: Row| {
        let cells = cells.into_iter().map(|cell| {
            let text = if hidden { Err(workbooks::HIDDEN) } else { cell.text };
            (cell.column, text, cell.form == Form::Number)
        });
        TableRow { number, cells: cells.collect() }
    };
    Ok(Table { headings, rows: rows.map(row).collect() })
}

/// The names of a sheet's columns.
pub(super) fn headings(bytes: &[u8], sheet: Option<&str>) -> Result<Vec<String>, Error> {
    names(rows(bytes, sheet)?.into_iter().next())
}

/// The first rows as they stand, the heading among them.
pub(super) fn first_rows(bytes: &[u8], sheet: Option<&str>, count: usize) -> Result<Vec<Vec<String>>, Error> {
    let mut rows = rows(bytes, sheet)?.into_iter();
    let mut shown = vec![names(rows.next())?];
    let cells = |row: Row| {
        let mut texts = vec![String::new(); row.width()];
        for cell in row.cells {
            texts[cell.column] = cell.text.unwrap_or_else(str::to_owned);
        }
        texts
    };
    shown.extend(rows.take(count.saturating_sub(1)).map(cells));
    Ok(shown)
}

/// The names of a workbook's sheets.
pub(super) fn sheets(bytes: &[u8]) -> Result<Vec<String>, Error> {
    Ok(Workbook::open(bytes).map_err(refused)?.names())
}

fn names(row: Option<Row>) -> Result<Vec<String>, Error> {
    let Some(row) = row else {
        return Err(unreadable(
            "charges/empty",
            "the sheet is empty",
            "Send a sheet with a heading and rows",
        ));
    };
    let mut names = vec![String::new(); row.width()];
    for cell in row.cells {
        names[cell.column] = cell.text.unwrap_or_default().trim().to_owned();
    }
    Ok(names)
}

/// A sheet's rows that are not empty.
fn rows(bytes: &[u8], sheet: Option<&str>) -> Result<Vec<Row>, Error> {
    Workbook::open(bytes).and_then(|mut book| book.rows(sheet)).map_err(refused)
}

fn refused(fault: workbooks::Fault) -> Error {
    let code = match fault {
        workbooks::Fault::NoWorkbook | workbooks::Fault::Damaged => "charges/not-xlsx",
        workbooks::Fault::NoSheet => "charges/no-sheet",
        workbooks::Fault::TooLarge | workbooks::Fault::TooManyCells => "charges/too-large",
    };
    unreadable(code, &fault.to_string(), fault.next())
}

/// The text of a number in a column whose codes have a known length.
fn with_zeros(column: Column, text: &str) -> String {
    match column {
        "place_of_service" => format!("{text:0>2}"),
        "procedure" => format!("{text:0>5}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::workbooks::made::{row, workbook};

    const HEADING: [&str; 10] = [
        "visit_number",
        "patient_account",
        "billing_npi",
        "place_of_service",
        "dx1",
        "service_date",
        "procedure",
        "units",
        "charge",
        "pointers",
    ];

    #[test]
    fn what_stands_under_no_heading_is_said_to_be_read_over() {
        let beyond = [&["V1"; 10][..], &["far right"; 2]].concat();
        let sheet = row(1, &HEADING) + &row(2, &beyond) + &row(3, &beyond);
        assert_eq!(read(&workbook(&sheet), None).unwrap().unknown_columns, ["(unnamed)"]);
    }

    #[test]
    fn the_first_sheet_that_a_person_sees_is_read() {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet().set_hidden(true).write_string(0, 0, "last year").unwrap();
        let seen = book.add_worksheet().set_active(true);
        seen.write_string(0, 0, "visit_number").unwrap();
        book.add_worksheet().write_string(0, 0, "notes").unwrap();
        let bytes = book.save_to_buffer().unwrap();
        assert_eq!(headings(&bytes, None).unwrap(), ["visit_number"]);
        assert_eq!(headings(&bytes, Some("Sheet1")).unwrap(), ["last year"], "who names one sees it");
    }

    /// A workbook of two lines of a visit, each cell a text, to be changed by the test.
    fn two_lines(change: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Charges {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_row(0, 0, HEADING).unwrap();
        for (row, procedure) in [(1, "99213"), (2, "81002")] {
            let cells =
                ["V1", "A-100", "1234567893", "11", "I10", "2026-03-02", procedure, "1", "30.00", "A"];
            sheet.write_row(row, 0, cells).unwrap();
        }
        change(sheet);
        read(&book.save_to_buffer().unwrap(), None).unwrap()
    }

    fn problems(charges: &Charges) -> Vec<(i32, Option<&str>, &str)> {
        let problems = charges.visits.iter().flat_map(|visit| &visit.problems);
        problems.map(|one| (one.row, one.column.as_deref(), one.reason.as_str())).collect()
    }

    #[test]
    fn a_visits_cells_that_are_merged_over_its_rows_are_those_of_each_row() {
        let plain = rust_xlsxwriter::Format::new();
        let charges = two_lines(|sheet| {
            for (column, text) in [(0, "V1"), (1, "A-100"), (5, "2026-03-02")] {
                sheet.merge_range(1, column, 2, column, text, &plain).unwrap();
            }
        });
        assert_eq!(problems(&charges), []);
        let [visit] = &charges.visits[..] else { panic!("{:?}", charges.visits) };
        let lines: Vec<_> = visit.lines.iter().map(|line| (line.procedure.text(), line.from)).collect();
        let day = "2026-03-02".parse().unwrap();
        assert_eq!(lines, [("99213", day), ("81002", day)]);
    }

    #[test]
    fn an_amount_that_is_merged_over_rows_is_charged_neither_once_nor_twice() {
        let plain = rust_xlsxwriter::Format::new();
        let charges = two_lines(|sheet| {
            sheet.merge_range(1, 7, 2, 7, "1", &plain).unwrap();
            sheet.merge_range(1, 8, 2, 8, "60.00", &plain).unwrap();
        });
        let merged = "is merged with a row above: say what is this row's own";
        assert_eq!(problems(&charges), [(3, Some("units"), merged), (3, Some("charge"), merged)]);
    }

    #[test]
    fn a_hidden_row_is_neither_charged_nor_passed_over() {
        let charges = two_lines(|sheet| {
            sheet.set_row_hidden(2).unwrap();
        });
        let hidden = "is hidden in the sheet: show it (clear the filter), or delete it";
        assert_eq!(problems(&charges), [(3, None, hidden)]);
        assert_eq!(charges.visits[0].rows, [2, 3], "the visit is rejected whole");
    }

    #[test]
    fn numbers_lose_no_digit_and_no_cent_and_serial_days_are_days() {
        // 46083 is 2026-03-02: 46023 is 2026-01-01 (ISO serial of Excel's 1900 system), 31 + 28 + 1 more.
        let sheet = row(1, &HEADING)
            + &row(
                3,
                &[
                    "V1",
                    "A-100",
                    "|1234567893",
                    "|2",
                    "I10",
                    "s=\"1\"|46083.75",
                    "|100",
                    "|1",
                    "|0.30000000000000004",
                    "A",
                ],
            );
        let charges = read(&workbook(&sheet), None).unwrap();
        let visit = &charges.visits[0];
        assert_eq!(visit.problems, []);
        assert_eq!(visit.rows, [3]);
        assert_eq!(visit.field("billing_npi"), Some("1234567893"));
        assert_eq!(visit.field("place_of_service"), Some("02"));
        assert!(charges.unknown_columns.is_empty());
        let line = &visit.lines[0];
        assert_eq!(line.from.to_string(), "2026-03-02");
        assert_eq!(line.procedure.text(), "00100");
        assert_eq!(line.charged.to_string(), "0.30");
    }

    #[test]
    fn what_is_no_value_is_named_by_row_and_column() {
        let sheet = row(1, &HEADING)
            + &row(
                2,
                &[
                    "V1",
                    "A-100",
                    "|1234567893",
                    "11",
                    "I10",
                    "soon",
                    "99213",
                    "t=\"e\"|#DIV/0!",
                    "|1.005",
                    "A",
                ],
            );
        let charges = read(&workbook(&sheet), None).unwrap();
        let problems: Vec<(i32, &str, &str)> = charges.visits[0]
            .problems
            .iter()
            .map(|one| (one.row, one.column.as_deref().unwrap(), one.reason.as_str()))
            .collect();
        assert_eq!(
            problems,
            [
                (2, "service_date", "is not a date: expected YYYY-MM-DD or MM/DD/YYYY"),
                (2, "units", "is an error of the spreadsheet"),
                (2, "charge", "is not an amount: expected digits, and two decimals at most"),
            ]
        );
    }

    #[test]
    fn a_sheet_is_the_first_or_the_one_that_is_named() {
        let bytes = workbook(&row(1, &["DOS", "CPT"]));
        assert_eq!(headings(&bytes, Some("Charges")).unwrap(), ["DOS", "CPT"]);
        let refused = headings(&bytes, Some("Other")).unwrap_err();
        assert_eq!(refused.refusal().unwrap().code, "charges/no-sheet");
        let refused = headings(b"PK\x03\x04 and no more", None).unwrap_err();
        assert_eq!(refused.refusal().unwrap().code, "charges/not-xlsx");
    }

    proptest! {
        #[test]
        fn a_damaged_workbook_is_read_or_refused(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let mut bytes = workbook(&(row(1, &HEADING) + &row(2, &["V1", "s=\"1\"|46083"])));
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = read(&bytes, None);
        }

        #[test]
        fn any_sheet_is_read_or_refused(rows in "[<>/a-z0-9\"= ]{0,200}") {
            let _ = read(&workbook(&rows), None);
        }
    }
}
