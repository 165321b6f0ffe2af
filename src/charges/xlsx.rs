//! The charge file as an XLSX workbook: a heading in the sheet's first row that is not empty.
//!
//! - Dates are what the sheet formats as dates (serial numbers of 1900 or 1904); their time of day is
//!   left out. Text is read as in CSV.
//! - A workbook keeps numbers as binary floating point and shows 15 significant digits (ECMA-376
//!   18.3.1.96; Excel's specification): the number is read from those digits as a decimal, so that
//!   0.1 + 0.2 is 0.3, and no amount is ever calculated in floating point.
//! - Zeros at the beginning, which a number loses, come back where the length is known: place of
//!   service (2), procedure (5). Account and visit numbers that begin with zeros must be text.
//! - Unless a sheet is named, the first is read that a person sees.
//! - A formula counts as the value that was saved with it.

use std::io::{self, Cursor, Read};

use calamine::{DataRef, Reader, Sheet, SheetType, SheetVisible, Xlsx};
use rust_decimal::Decimal;

use crate::charges::mapping::Mapping;
use crate::charges::sheet::{Heading, Table, TableRow, unreadable};
use crate::charges::visit::{Charges, Column, Reading, Stated};
use crate::types::Error;

/// The most that a workbook may unpack to: many years of charges, and not the machine's memory.
const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The most cells that are read: twenty columns of two hundred thousand charges.
const CELLS_MAX: usize = 4_000_000;

/// A worksheet's own limits (ECMA-376 as Excel keeps it): 16,384 columns.
const COLUMNS_MAX: usize = 16_384;

/// A cell's text, or why it has none.
type Text = Result<String, &'static str>;

/// A row that is not empty: its number in the sheet and its cells by their place.
struct Row {
    number: i32,
    cells: Vec<(usize, Text, bool)>,
}

/// Reads a workbook's charge sheet: the mapping's, else the first.
///
/// Refused as `charges/not-xlsx`, `charges/too-large`, `charges/no-sheet`, `charges/empty` or
/// `charges/heading`.
pub(super) fn read(bytes: &[u8], mapping: Option<&Mapping>) -> Result<Charges, Error> {
    let mut rows = rows(bytes, mapping.and_then(|mapping| mapping.sheet.as_deref()))?.into_iter();
    let mut heading = Heading::read(&names(rows.next())?, mapping)?;
    let mut reading = Reading::of(heading.dates());
    for row in rows {
        if row.cells.last().is_some_and(|(place, ..)| *place >= heading.columns) {
            // What stands under no heading is read over, and said to be.
            heading.see_unnamed();
        }
        let mut stated = Stated::new(row.number, heading.names());
        for (place, text, is_number) in row.cells {
            for (column, _) in heading.places.iter().filter(|(_, known)| *known == place) {
                match &text {
                    Ok(text) if is_number => stated.set(column, with_zeros(column, text)),
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
    let rows = rows.map(|row| TableRow { number: row.number, cells: row.cells }).collect();
    Ok(Table { headings, rows })
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
        let mut texts = vec![String::new(); row.cells.last().map_or(0, |(place, ..)| place + 1)];
        for (place, text, _) in row.cells {
            texts[place] = text.unwrap_or_else(str::to_owned);
        }
        texts
    };
    shown.extend(rows.take(count.saturating_sub(1)).map(cells));
    Ok(shown)
}

/// The names of a workbook's sheets.
pub(super) fn sheets(bytes: &[u8]) -> Result<Vec<String>, Error> {
    bounded(bytes)?;
    let workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_damaged| {
        unreadable("charges/not-xlsx", "the workbook is damaged", "Save it as XLSX or CSV UTF-8 again")
    })?;
    Ok(workbook.sheet_names())
}

fn names(row: Option<Row>) -> Result<Vec<String>, Error> {
    let Some(row) = row else {
        return Err(unreadable(
            "charges/empty",
            "the sheet is empty",
            "Send a sheet with a heading and rows",
        ));
    };
    let columns = row.cells.last().map_or(0, |(place, ..)| place + 1);
    let mut names = vec![String::new(); columns];
    for (place, text, _) in row.cells {
        names[place] = text.unwrap_or_default().trim().to_owned();
    }
    Ok(names)
}

/// A sheet's rows that are not empty.
fn rows(bytes: &[u8], sheet: Option<&str>) -> Result<Vec<Row>, Error> {
    let broken =
        || unreadable("charges/not-xlsx", "the workbook is damaged", "Save it as XLSX or CSV UTF-8 again");
    bounded(bytes)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_damaged| broken())?;
    let sheets = workbook.sheet_names();
    let is_seen =
        |sheet: &&Sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet;
    let wanted = match sheet {
        Some(name) => sheets.iter().find(|known| *known == name).cloned(),
        None => workbook.sheets_metadata().iter().find(is_seen).map(|sheet| sheet.name.clone()),
    };
    let wanted = wanted.or_else(|| sheets.first().filter(|_| sheet.is_none()).cloned());
    let Some(name) = wanted else {
        let next = "Name a sheet of the workbook in the mapping";
        return Err(unreadable("charges/no-sheet", "the workbook has no such sheet", next));
    };
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(|_damaged| broken())?;
    let mut rows: Vec<Row> = vec![];
    let mut count = 0;
    while let Some(cell) = cells.next_cell().map_err(|_damaged| broken())? {
        let (row, column) = cell.get_position();
        let Some((text, is_number)) = text_of(cell.get_value()) else { continue };
        let number = i32::try_from(row).map_err(|_too_many| broken())?.saturating_add(1);
        count += 1;
        if count > CELLS_MAX {
            let next = "Send it in parts, or as CSV";
            return Err(unreadable("charges/too-large", "the sheet has more than 4,000,000 cells", next));
        }
        let place = usize::try_from(column).unwrap_or(usize::MAX);
        if place >= COLUMNS_MAX {
            return Err(broken());
        }
        match rows.last_mut() {
            Some(last) if last.number == number => last.cells.push((place, text, is_number)),
            _ => rows.push(Row { number, cells: vec![(place, text, is_number)] }),
        }
    }
    for row in &mut rows {
        row.cells.sort_by_key(|(place, ..)| *place);
    }
    Ok(rows)
}

/// Refuses (`charges/too-large`) a workbook that unpacks to more than is read, whatever it says of
/// its size, and (`charges/not-xlsx`) one with cells where no sheet has any.
fn bounded(bytes: &[u8]) -> Result<(), Error> {
    let broken = || unreadable("charges/not-xlsx", "the file is no workbook", "Save it as XLSX or CSV UTF-8");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_damaged| broken())?;
    let mut left = UNPACKED_BYTES_MAX;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_damaged| broken())?;
        let mut names = CellNames::default();
        let is_sheet = entry.name().is_ok_and(|name| name.contains("worksheets/"));
        let read = io::copy(&mut entry.take(left + 1), &mut names).map_err(|_damaged| broken())?;
        if is_sheet && names.beyond {
            return Err(broken());
        }
        let Some(rest) = left.checked_sub(read) else {
            let next = "Send it in parts, or as CSV";
            return Err(unreadable("charges/too-large", "the workbook unpacks to more than 256 MiB", next));
        };
        left = rest;
    }
    Ok(())
}

/// Looks at the names of cells (`XFD1048576` is the last one of a sheet) as a part is unpacked: of longer
/// ones the library that reads the cells computes another place.
#[derive(Default)]
struct CellNames {
    at: At,
    beyond: bool,
}

/// Where in a part's text.
#[derive(Clone, Copy, Default)]
enum At {
    #[default]
    Text,
    Tag,
    /// Behind a blank within a tag.
    Blank,
    /// Behind `r` there.
    R,
    /// Behind `r=`.
    Equals,
    /// Within the name: so many letters and digits.
    Name(u8, u8),
}

impl io::Write for CellNames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.at = match (self.at, byte) {
                (At::Name(letters, digits), byte) => match byte {
                    b'"' | b'\'' => At::Tag,
                    b'0'..=b'9' => At::Name(letters, digits.saturating_add(1)),
                    _ => At::Name(letters.saturating_add(1), digits),
                },
                (At::Text, b'<') => At::Tag,
                (At::Text, _) | (_, b'>') => At::Text,
                (same @ (At::R | At::Equals), b' ' | b'\t' | b'\r' | b'\n') => same,
                (At::Tag | At::Blank, b' ' | b'\t' | b'\r' | b'\n') => At::Blank,
                (At::Blank, b'r') => At::R,
                (At::R, b'=') => At::Equals,
                (At::Equals, b'"' | b'\'') => At::Name(0, 0),
                _ => At::Tag,
            };
            self.beyond |= matches!(self.at, At::Name(letters, digits) if letters > 3 || digits > 7);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A cell as text, and whether it is a number; none when it is empty.
fn text_of(value: &DataRef<'_>) -> Option<(Text, bool)> {
    let text = match value {
        DataRef::Empty => return None,
        DataRef::String(text) => Ok(text.clone()),
        DataRef::SharedString(text) => Ok((*text).to_owned()),
        DataRef::Int(number) => return Some((Ok(number.to_string()), true)),
        DataRef::Float(number) => return Some((Ok(shown_number(*number)), true)),
        DataRef::Bool(said) => Ok(if *said { "TRUE" } else { "FALSE" }.to_owned()),
        DataRef::DateTime(at) if at.is_datetime() => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            Ok(format!("{year:04}-{month:02}-{day:02}"))
        }
        // 2026-03-02T00:00:00
        DataRef::DateTimeIso(at) => Ok(at.chars().take(10).collect()),
        DataRef::DateTime(_) | DataRef::DurationIso(_) => Err("is a length of time"),
        DataRef::Error(_) => Err("is an error of the spreadsheet"),
    };
    match text {
        Ok(text) if text.trim().is_empty() => None,
        text => Some((text, false)),
    }
}

/// A number by the 15 significant digits that a spreadsheet shows.
fn shown_number(number: f64) -> String {
    let digits = format!("{number:.14e}");
    match Decimal::from_scientific(&digits) {
        Ok(decimal) => decimal.normalize().to_string(),
        // Too large or small for any column of ours: refused where it is read.
        Err(_) => digits,
    }
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
pub(crate) mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    /// A workbook of one sheet, `Charges`, with these rows of ECMA-376 cells. Style 1 is a date.
    pub(crate) fn workbook(rows: &str) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(vec![]));
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        for (name, content) in [
            (
                "[Content_Types].xml",
                r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#.to_owned(),
            ),
            (
                "_rels/.rels",
                format!(
                    r#"<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    r#"<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="Charges" sheetId="1" r:id="rId1"/></sheets></workbook>"#
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    r#"<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{office}/styles" Target="styles.xml"/></Relationships>"#
                ),
            ),
            (
                "xl/styles.xml",
                format!(
                    r#"<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!(r#"<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>"#),
            ),
        ] {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    /// A row of texts; `attributes|value` is a cell of these attributes, without any a number.
    pub(crate) fn row(number: u32, cells: &[&str]) -> String {
        let cells: String = cells
            .iter()
            .zip('A'..)
            .map(|(cell, column)| match cell.split_once('|') {
                Some((attributes, value)) => {
                    format!(r#"<c r="{column}{number}" {attributes}><v>{value}</v></c>"#)
                }
                None => format!(r#"<c r="{column}{number}" t="inlineStr"><is><t>{cell}</t></is></c>"#),
            })
            .collect();
        format!(r#"<row r="{number}">{cells}</row>"#)
    }

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
    fn a_cell_where_no_sheet_has_one_is_refused() {
        for name in ["ABCDEFG1", "A12345678", "XFDX1"] {
            let cell = format!(r#"<row r="1"><c r="{name}" t="inlineStr"><is><t>x</t></is></c></row>"#);
            let refused = read(&workbook(&cell), None).unwrap_err();
            assert_eq!(refused.refusal().unwrap().code, "charges/not-xlsx", "{name}");
        }
        // What a cell says is no name.
        let text = row(1, &["visit_number", r#"see r="ABCDEFG1" there"#]);
        assert_eq!(headings(&workbook(&text), None).unwrap().len(), 2);
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
    fn a_number_is_what_fifteen_digits_show() {
        for (number, shown) in [
            (150.0, "150"),
            (150.1, "150.1"),
            (1.005, "1.005"),
            (0.1 + 0.2, "0.3"),
            (99_999_999.99, "99999999.99"),
            (1e300, "1.00000000000000e300"),
        ] {
            assert_eq!(shown_number(number), shown);
        }
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
