//! The columns of a charge file, and the file as CSV: a heading, one row a charge line.
//!
//! UTF-8, with or without a byte order mark; commas, or semicolons or tabs where the first line has no
//! comma; fields may stand in double quotes, and a quote that takes whole rows in with it is refused;
//! lines end in LF or CRLF. Columns may stand in any order, their names in any case; columns with other names are
//! read over and named in the report. Rows with nothing in them are read over. A practice whose system
//! names its columns otherwise says so once, in a [`crate::charges::Mapping`].
//!
//! | column | of | what |
//! | --- | --- | --- |
//! | `visit_number` | row | required; rows with the same number are one visit; at most 50 characters |
//! | `patient_account` | visit | required; account number of a registered patient |
//! | `billing_npi` | visit | required; NPI of a registered provider that bills |
//! | `rendering_npi`, `referring_npi` | visit | NPI of a registered provider |
//! | `place_of_service` | visit | required; two digits |
//! | `dx1` … `dx12` | visit | ICD-10-CM, with or without the point, without gaps |
//! | `prior_authorization`, `referral_number` | visit | at most 50 characters |
//! | `accident_date` | visit | a date |
//! | `related_cause` | visit | `AA` auto accident, `EM` employment, `OA` other accident; several with a blank between |
//! | `accident_state`, `accident_country` | visit | where an auto accident happened: `IL`; `CAN` |
//! | `special_program` | visit | a code of CLM12: `02`, `03`, `05`, `09` |
//! | `delay_reason` | visit | a code of CLM20: why the claim comes late |
//! | `onset_date`, `initial_treatment_date`, `last_seen_date`, `acute_manifestation_date`, `last_menstrual_period_date`, `admission_date`, `discharge_date` | visit | a date |
//! | `clia_number`, `mammography_number` | visit | at most 50 characters |
//! | `attachments` | visit | report type, way and number of each paper, several with a blank between: `OZ:FX:A12 RR:AA` |
//! | `service_date` | row | required; `2026-03-02` or `03/02/2026` |
//! | `thru_date` | row | last day of a range |
//! | `procedure` | row | required; CPT or HCPCS |
//! | `modifiers` | row | at most four: `25 59` or `25:59` |
//! | `units` | row | required; more than 0, at most 99999.999 |
//! | `charge` | row | required; `150`, `150.00` or `$1,150.00`, 0 to 99999999.99 |
//! | `pointers` | row | which diagnoses: letters A-L (`AB`), or numbers 1-12 with a blank, comma or colon between (`1 2`) |
//!
//! A sheet with the columns `visit_number`, `patient_account` and `visit_date` (and, if known,
//! `rendering_npi`) and without `procedure` is a schedule: it announces visits, and those of which no
//! charges come are listed as missed.
//!
//! The columns `dx1` and `pointers` must be there, though a row may leave them empty (the scrubber
//! will say so). What belongs to the visit may stand on any of its rows, and where it stands twice
//! it is the same. A row is numbered by the line on which it begins; the heading's is 1.

use csv::ByteRecord;

use crate::charges::mapping::Mapping;
use crate::charges::sheet::{Heading, Table, TableRow, unreadable};
use crate::charges::visit::{self, Charges, Reading, Stated};
use crate::types::Error;

/// The names of the columns, for a person.
#[must_use]
pub fn columns() -> String {
    let (required, optional): (Vec<&str>, Vec<&str>) =
        visit::all_columns().partition(|column| visit::is_required(column));
    format!("Required columns: {}.\nOptional columns: {}.", required.join(", "), optional.join(", "))
}

/// Reads a charge file. Rows may be bad; the heading may not.
///
/// Refused as `charges/empty`, `charges/not-utf8` or `charges/heading`.
pub(super) fn read(bytes: &[u8], mapping: Option<&Mapping>) -> Result<Charges, Error> {
    let bytes = without_mark(bytes)?;
    let delimiter = delimiter(bytes);
    let mut reader = reader(bytes);
    let mut record = ByteRecord::new();
    let mut rows = RowNumbers::new(bytes);
    let heading = Heading::read(&heading(&mut reader, &mut record)?, mapping)?;
    let mut reading = Reading::of(heading.dates());
    while read_record(&mut reader, &mut record) {
        let number = rows.of(&record);
        if record.iter().all(|field| field.trim_ascii().is_empty()) {
            continue;
        }
        let mut stated = Stated::new(number, heading.names());
        if record.len() != heading.columns {
            let (has, wants) = (record.len(), heading.columns);
            stated.fault = Some(format!("has {has} fields, the heading {wants}"));
        }
        if let Some(fault) = swallowed(bytes, delimiter, &record, &reader, heading.columns) {
            stated.fault = Some(fault.to_owned());
        }
        for (column, place) in &heading.places {
            if let Some(field) = record.get(*place) {
                stated.set_bytes(column, field);
            }
        }
        heading.fill(&mut stated);
        reading.add(&stated);
    }
    Ok(reading.finish(heading.unknown).by_row())
}

/// A file of anything, as text.
pub(super) fn table(bytes: &[u8]) -> Result<Table, Error> {
    let bytes = without_mark(bytes)?;
    let delimiter = delimiter(bytes);
    let mut reader = reader(bytes);
    let mut record = ByteRecord::new();
    let mut numbers = RowNumbers::new(bytes);
    let headings = heading(&mut reader, &mut record)?;
    let mut rows = vec![];
    while read_record(&mut reader, &mut record) {
        let number = numbers.of(&record);
        let fault = swallowed(bytes, delimiter, &record, &reader, headings.len());
        let cell = |(place, field): (usize, &[u8])| {
            let text = std::str::from_utf8(field).map(str::to_owned).map_err(|_not_text| "is not UTF-8");
            (place, fault.map_or(text, Err), false)
        };
        if record.iter().any(|field| !field.trim_ascii().is_empty()) {
            rows.push(TableRow { number, cells: record.iter().enumerate().map(cell).collect() });
        }
    }
    Ok(Table { headings, rows })
}

/// The names of a file's columns.
pub(super) fn headings(bytes: &[u8]) -> Result<Vec<String>, Error> {
    heading(&mut reader(without_mark(bytes)?), &mut ByteRecord::new())
}

/// The first rows as they stand, the heading among them.
pub(super) fn first_rows(bytes: &[u8], count: usize) -> Result<Vec<Vec<String>>, Error> {
    let mut reader = reader(without_mark(bytes)?);
    let mut record = ByteRecord::new();
    let mut rows = vec![heading(&mut reader, &mut record)?];
    while rows.len() < count && read_record(&mut reader, &mut record) {
        rows.push(record.iter().map(|field| String::from_utf8_lossy(field).trim().to_owned()).collect());
    }
    Ok(rows)
}

fn without_mark(bytes: &[u8]) -> Result<&[u8], Error> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(unreadable("charges/not-utf8", "the file is UTF-16", "Save it as CSV UTF-8"));
    }
    Ok(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

fn reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(bytes)).from_reader(bytes)
}

/// What stands between the fields: by the first line, where the names of the columns are.
fn delimiter(bytes: &[u8]) -> u8 {
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let first = bytes.split(is_end).find(|line| !line.is_empty()).unwrap_or_default();
    [b',', b';', b'\t'].into_iter().find(|one| first.contains(one)).unwrap_or(b',')
}

/// Why a record may hold more rows than one: a quote that was opened by mistake takes in what follows,
/// up to the next quote or the end of the file, and would take it away unseen.
fn swallowed(
    bytes: &[u8],
    delimiter: u8,
    record: &ByteRecord,
    reader: &csv::Reader<&[u8]>,
    columns: usize,
) -> Option<&'static str> {
    let is_row =
        |line: &[u8]| columns > 1 && line.iter().filter(|byte| **byte == delimiter).count() >= columns - 1;
    let has_row = |field: &[u8]| {
        let mut lines = field.split(|byte| matches!(byte, b'\r' | b'\n'));
        field.iter().any(|byte| matches!(byte, b'\r' | b'\n')) && lines.any(is_row)
    };
    if record.iter().any(has_row) {
        return Some("has whole rows between two quotes");
    }
    let place = |position: &csv::Position| usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let (from, until) = (record.position().map_or(0, place), place(reader.position()));
    let is_open = until >= bytes.len() && ends_in_quotes(bytes.get(from..).unwrap_or_default(), delimiter);
    is_open.then_some("has a quote that is not closed: the file may be cut")
}

/// Whether a record's text ends within quotes (RFC 4180: a quote opens at the beginning of a field, and
/// two of them are one).
fn ends_in_quotes(text: &[u8], delimiter: u8) -> bool {
    #[derive(Clone, Copy, PartialEq)]
    enum At {
        Begin,
        Plain,
        Quoted,
        /// Behind a quote within quotes: the end of them, or the first of two.
        Closed,
    }
    let mut at = At::Begin;
    for byte in text {
        let ends = *byte == delimiter || matches!(byte, b'\r' | b'\n');
        at = match (at, byte) {
            (At::Begin | At::Closed, b'"') => At::Quoted,
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, _) => At::Quoted,
            _ if ends => At::Begin,
            _ => At::Plain,
        };
    }
    at == At::Quoted
}

fn heading(reader: &mut csv::Reader<&[u8]>, record: &mut ByteRecord) -> Result<Vec<String>, Error> {
    if !read_record(reader, record) {
        return Err(unreadable("charges/empty", "the file is empty", "Send a file with a heading and rows"));
    }
    let name = |name: &[u8]| std::str::from_utf8(name).map(|name| name.trim().to_owned());
    record.iter().map(name).collect::<Result<_, _>>().map_err(|_not_text| {
        unreadable("charges/not-utf8", "the heading is not UTF-8", "Save it as CSV UTF-8")
    })
}

/// Reads the next record into `record`: CSV over bytes in memory has no other way to fail than to
/// end.
fn read_record(reader: &mut csv::Reader<&[u8]>, record: &mut ByteRecord) -> bool {
    reader.read_byte_record(record).unwrap_or(false)
}

/// Counts the lines before each record. The reader's own count stands before blank lines.
struct RowNumbers<'a> {
    bytes: &'a [u8],
    at: usize,
    line: i32,
}

impl<'a> RowNumbers<'a> {
    const fn new(bytes: &'a [u8]) -> RowNumbers<'a> {
        RowNumbers { bytes, at: 0, line: 1 }
    }

    fn of(&mut self, record: &ByteRecord) -> i32 {
        let read = record.position().and_then(|position| usize::try_from(position.byte()).ok());
        let mut begins = read.unwrap_or(self.at);
        while matches!(self.bytes.get(begins), Some(b'\r' | b'\n')) {
            begins += 1;
        }
        while self.at < begins {
            let ends = match self.bytes[self.at] {
                b'\n' => true,
                b'\r' => self.bytes.get(self.at + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line += i32::from(ends);
            self.at += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADING: &str = "visit_number,patient_account,billing_npi,place_of_service,dx1,service_date,procedure,units,charge,pointers,note";
    const ROW: &str = "V1,A-100,1234567893,11,I10,2026-03-02,99213,1,150.00,A,";

    fn problems(rows: &[&str]) -> Vec<(i32, String)> {
        let file = format!("{HEADING}\n{}", rows.join("\n"));
        let visits = read(file.as_bytes(), None).unwrap().visits;
        visits.into_iter().flat_map(|visit| visit.problems).map(|one| (one.row, one.reason)).collect()
    }

    #[test]
    fn a_quote_takes_no_row_away_unseen() {
        let (open, close) = (format!("{ROW}\"call back"), format!("{ROW}tomorrow\""));
        let whole = "has whole rows between two quotes".to_owned();
        assert_eq!(problems(&[ROW, &open, ROW, ROW]), [(3, whole.clone())]);
        assert_eq!(problems(&[&open, ROW, &close, ROW]), [(2, whole)]);
        let cut = "has a quote that is not closed: the file may be cut".to_owned();
        assert_eq!(problems(&[ROW, &open]), [(3, cut)]);
        // A note of several lines, an inch, and quotes in quotes are no fault.
        for note in ["\"call\nback\"", "5\" long", "\"a \"\"b\"\"\"", "\"\"", "\"said, \"\"\nno\"\"\""] {
            assert_eq!(problems(&[&format!("{ROW}{note}")]), [], "{note}");
        }
    }

    #[test]
    fn semicolons_and_tabs_stand_between_where_no_comma_does() {
        for between in [";", "\t"] {
            let file = format!("{HEADING}\r\n{ROW}\"x{between}y\"\r\n").replace(',', between);
            let charges = read(file.as_bytes(), None).unwrap();
            assert_eq!(charges.visits[0].problems, []);
            assert_eq!(charges.visits[0].lines[0].charged.to_string(), "150.00");
        }
        let file = format!("{HEADING};x\n{ROW}\n");
        assert!(read(file.as_bytes(), None).is_ok(), "a semicolon in a name is none");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes, None);
        }

        #[test]
        fn every_row_that_is_not_blank_is_in_one_visit(rows in prop::collection::vec("[a-c1,\"]{0,12}", 0..20)) {
            let heading: Vec<&str> = visit::all_columns().filter(|column| visit::is_required(column)).collect();
            let heading = heading.join(",");
            let sheet = read(format!("{heading}\n{}\n", rows.join("\n")).as_bytes(), None).unwrap();
            let mut numbers: Vec<i32> = sheet.visits.iter().flat_map(|visit| visit.rows.clone()).collect();
            let count = numbers.len();
            numbers.sort_unstable();
            numbers.dedup();
            prop_assert_eq!(numbers.len(), count);
            // Unless a quote joins them, rows are lines.
            if rows.iter().all(|row| !row.contains('"')) {
                let blank = |row: &str| row.bytes().all(|b| b == b',');
                let lines = (2..).zip(&rows).filter(|(_, row)| !blank(row)).map(|(line, _)| line);
                prop_assert_eq!(numbers, lines.collect::<Vec<i32>>());
            }
        }
    }
}
