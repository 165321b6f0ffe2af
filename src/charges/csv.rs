//! The charge file: CSV with a heading, one row a charge line.
//!
//! UTF-8, with or without a byte order mark; comma; fields may stand in double quotes; lines end in
//! LF or CRLF. Columns may stand in any order, their names in any case; columns with other names are
//! read over and named in the report. Rows with nothing in them are read over.
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
//! | `charge` | row | required; `150` or `150.00`, 0 to 99999999.99 |
//! | `pointers` | row | which diagnoses: letters A-L (`AB`), or numbers 1-12 with a blank, comma or colon between (`1 2`) |
//!
//! The columns `dx1` and `pointers` must be there, though a row may leave them empty (the scrubber
//! will say so). What belongs to the visit may stand on any of its rows, and where it stands twice
//! it is the same. A row is numbered by the line on which it begins; the heading's is 1.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};
use csv::ByteRecord;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::charges::{AttachedPaper, ChargeLine, Circumstances};
use crate::types::{Entered, Error, Money, Place, Refusal, Status};

const REQUIRED: [&str; 10] = [
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
const OPTIONAL: [&str; 4] = ["thru_date", "modifiers", "rendering_npi", "referring_npi"];
const DIAGNOSES: [&str; 12] =
    ["dx1", "dx2", "dx3", "dx4", "dx5", "dx6", "dx7", "dx8", "dx9", "dx10", "dx11", "dx12"];
/// Optional columns of a visit that hold a text.
const TEXTS: [&str; 18] = [
    "prior_authorization",
    "referral_number",
    "accident_date",
    "related_cause",
    "accident_state",
    "accident_country",
    "special_program",
    "delay_reason",
    "onset_date",
    "initial_treatment_date",
    "last_seen_date",
    "acute_manifestation_date",
    "last_menstrual_period_date",
    "admission_date",
    "discharge_date",
    "clia_number",
    "mammography_number",
    "attachments",
];
/// Columns of a visit without its diagnoses and texts.
const PARTIES: [&str; 5] =
    ["patient_account", "billing_npi", "rendering_npi", "referring_npi", "place_of_service"];

/// X222 2300: a claim has at most 50 loops 2400, and a visit is one claim.
const LINES_MAX: usize = 50;
/// X222 allows ten digits in a monetary amount, two of them decimals.
const CHARGE_MAX: Money = Money::from_cents(9_999_999_999);

/// The names of the columns, for a person.
#[must_use]
pub fn columns() -> String {
    let optional: Vec<&str> =
        OPTIONAL.into_iter().chain(DIAGNOSES.into_iter().skip(1)).chain(TEXTS).collect();
    format!("Required columns: {}.\nOptional columns: {}.", REQUIRED.join(", "), optional.join(", "))
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// The line of the file on which the row begins; the heading's is 1.
    pub row: i32,
    /// The column, when it is one.
    pub column: Option<String>,
    /// What was expected. The value is not repeated: it may be patient data.
    pub reason: String,
}

impl Problem {
    pub(super) fn new(row: i32, column: &str, reason: impl Into<String>) -> Problem {
        Problem { row, column: Some(column.to_owned()), reason: reason.into() }
    }
}

/// A charge file, read.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Columns of the heading that are not ours.
    pub(super) unknown_columns: Vec<String>,
    /// Visits in the order of their first rows. Rows that name no visit are visits of their own.
    pub(super) visits: Vec<Visit>,
}

/// The rows of one visit number, good or bad.
#[derive(Debug, Default)]
pub(super) struct Visit {
    pub(super) number: String,
    pub(super) rows: Vec<i32>,
    /// Empty: the visit can be read.
    pub(super) problems: Vec<Problem>,
    pub(super) diagnoses: Vec<String>,
    pub(super) accident_on: Option<NaiveDate>,
    pub(super) circumstances: Circumstances,
    pub(super) lines: Vec<ChargeLine>,
    /// Column to the row where it first stood, and what stood there.
    fields: BTreeMap<&'static str, (i32, String)>,
}

impl Visit {
    /// What stands in a column of the visit, if anything.
    pub(super) fn field(&self, column: &str) -> Option<&str> {
        self.fields.get(column).map(|(_, text)| text.as_str())
    }

    /// Says what is wrong with a column of the visit.
    pub(super) fn refuse(&mut self, column: &str, reason: impl Into<String>) {
        let first = self.rows.first().copied().unwrap_or(1);
        let row = self.fields.get(column).map_or(first, |(row, _)| *row);
        self.problems.push(Problem::new(row, column, reason));
    }
}

/// Reads a charge file. Rows may be bad; the heading may not.
///
/// Refused as `charges/empty`, `charges/not-utf8` or `charges/heading`.
pub(super) fn read(bytes: &[u8]) -> Result<Sheet, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(unreadable("charges/not-utf8", "the file is UTF-16", "Save it as CSV UTF-8"));
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut record = ByteRecord::new();
    let mut rows = RowNumbers::new(bytes);
    if !read_record(&mut reader, &mut record) {
        return Err(unreadable("charges/empty", "the file is empty", "Send a file with a heading and rows"));
    }
    let heading = Heading::read(&record)?;

    let mut visits: Vec<Visit> = vec![];
    let mut by_number: HashMap<String, usize> = HashMap::new();
    while read_record(&mut reader, &mut record) {
        let row = Row { number: rows.of(&record), heading: &heading, record: &record };
        if record.iter().all(|field| field.trim_ascii().is_empty()) {
            continue;
        }
        let mut problems = vec![];
        let number = row.text("visit_number", 50, &mut problems).unwrap_or_default();
        let place = match by_number.get(&number) {
            Some(place) if !number.is_empty() => *place,
            _ => {
                by_number.insert(number.clone(), visits.len());
                visits.push(Visit { number: number.clone(), ..Visit::default() });
                visits.len() - 1
            }
        };
        let visit = &mut visits[place];
        visit.rows.push(row.number);
        row.read_into(visit, &mut problems);
        visit.problems.append(&mut problems);
    }
    visits.iter_mut().for_each(finish);
    Ok(Sheet { unknown_columns: heading.unknown, visits })
}

/// Reads the next record into `record`: CSV over bytes in memory has no other way to fail than to
/// end.
fn read_record(reader: &mut csv::Reader<&[u8]>, record: &mut ByteRecord) -> bool {
    reader.read_byte_record(record).unwrap_or(false)
}

/// Where each of our columns stands.
struct Heading {
    places: BTreeMap<&'static str, usize>,
    columns: usize,
    unknown: Vec<String>,
}

impl Heading {
    fn read(record: &ByteRecord) -> Result<Heading, Error> {
        let refuse = |what: String| {
            Err(unreadable("charges/heading", &what, "Correct the heading, the file's first row"))
        };
        let mut heading = Heading { places: BTreeMap::new(), columns: record.len(), unknown: vec![] };
        for (place, name) in record.iter().enumerate() {
            let Ok(name) = std::str::from_utf8(name) else {
                return Err(unreadable(
                    "charges/not-utf8",
                    "the heading is not UTF-8",
                    "Save it as CSV UTF-8",
                ));
            };
            let name = name.trim().to_ascii_lowercase();
            let ours = REQUIRED.iter().chain(&OPTIONAL).chain(&DIAGNOSES).chain(&TEXTS);
            match ours.copied().find(|column| *column == name) {
                Some(column) if heading.places.insert(column, place).is_some() => {
                    return refuse(format!("the column {column} is there twice"));
                }
                Some(_) => {}
                None => heading.unknown.push(shown(&name)),
            }
        }
        let missing: Vec<&str> =
            REQUIRED.into_iter().filter(|column| !heading.places.contains_key(column)).collect();
        if missing.is_empty() {
            Ok(heading)
        } else {
            refuse(format!("the heading lacks {}", missing.join(", ")))
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

struct Row<'a> {
    number: i32,
    heading: &'a Heading,
    record: &'a ByteRecord,
}

impl Row<'_> {
    /// The text of a field that is there and not empty; else none, and a problem when it cannot be
    /// a text.
    fn text(&self, column: &str, characters_max: usize, problems: &mut Vec<Problem>) -> Option<String> {
        let place = *self.heading.places.get(column)?;
        let field = self.record.get(place)?;
        let mut refuse = |reason: String| {
            problems.push(Problem::new(self.number, column, reason));
            None
        };
        match std::str::from_utf8(field) {
            Err(_) => refuse("is not UTF-8".to_owned()),
            Ok(text) if text.trim().is_empty() => None,
            Ok(text) if text.trim().chars().any(char::is_control) => {
                refuse("has a control character or a line break".to_owned())
            }
            Ok(text) if text.trim().chars().count() > characters_max => {
                refuse(format!("has more than {characters_max} characters"))
            }
            Ok(text) => Some(text.trim().to_owned()),
        }
    }

    fn required(&self, column: &str, problems: &mut Vec<Problem>) -> Option<String> {
        let before = problems.len();
        let text = self.text(column, 50, problems);
        if text.is_none() && problems.len() == before {
            problems.push(Problem::new(self.number, column, "is empty"));
        }
        text
    }

    fn parsed<T>(
        &self,
        column: &str,
        text: Option<String>,
        problems: &mut Vec<Problem>,
        parse: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        match parse(&text?) {
            Ok(value) => Some(value),
            Err(reason) => {
                problems.push(Problem::new(self.number, column, reason));
                None
            }
        }
    }

    /// Adds the row's line to its visit, and what the row says about the visit.
    fn read_into(&self, visit: &mut Visit, problems: &mut Vec<Problem>) {
        if self.record.len() != self.heading.columns {
            // Its fields stand in the wrong columns: saying more would be guessing.
            let (has, wants) = (self.record.len(), self.heading.columns);
            let reason = format!("has {has} fields, the heading {wants}");
            *problems = vec![Problem { row: self.number, column: None, reason }];
            return;
        }
        if visit.number.is_empty() && problems.is_empty() {
            problems.push(Problem::new(self.number, "visit_number", "is empty"));
        }
        for column in PARTIES.into_iter().chain(DIAGNOSES).chain(TEXTS) {
            if let Some(text) = self.text(column, 50, problems) {
                let (first, known) = visit.fields.entry(column).or_insert((self.number, text.clone()));
                if *known != text {
                    let reason = format!("differs from row {first} of the same visit");
                    problems.push(Problem::new(self.number, column, reason));
                }
            }
        }
        let from = self.required("service_date", problems);
        let from = self.parsed("service_date", from, problems, date);
        let thru = self.text("thru_date", 50, problems);
        let thru = self.parsed("thru_date", thru, problems, |text| match (date(text)?, from) {
            (thru, Some(from)) if thru < from => Err("is before service_date"),
            (thru, _) => Ok(thru),
        });
        let procedure = self.required("procedure", problems);
        let modifiers = self.text("modifiers", 50, problems);
        let modifiers = self.parsed("modifiers", modifiers, problems, modifiers_of).unwrap_or_default();
        let units = self.required("units", problems);
        let units = self.parsed("units", units, problems, units_of);
        let charged = self.required("charge", problems);
        let charged = self.parsed("charge", charged, problems, charge_of);
        let pointers = self.text("pointers", 50, problems);
        let pointers = self.parsed("pointers", pointers, problems, pointers_of).unwrap_or_default();
        if let (Some(from), Some(procedure), Some(units), Some(charged)) = (from, procedure, units, charged) {
            let procedure = procedure.as_str().into();
            visit.lines.push(ChargeLine { procedure, modifiers, charged, units, pointers, from, thru });
        }
    }
}

/// What can only be said when all rows of a visit are read.
fn finish(visit: &mut Visit) {
    if visit.number.is_empty() || !visit.problems.is_empty() {
        return;
    }
    for column in PARTIES.into_iter().filter(|column| REQUIRED.contains(column)) {
        if visit.field(column).is_none() {
            visit.refuse(column, "is empty");
        }
    }
    let last = DIAGNOSES.iter().rposition(|column| visit.fields.contains_key(column));
    for column in DIAGNOSES.iter().take(last.map_or(0, |last| last + 1)) {
        match visit.field(column).map(str::to_owned) {
            Some(code) => visit.diagnoses.push(code),
            None => visit.refuse(column, "is empty, and a later diagnosis is not"),
        }
    }
    visit.accident_on = day_of(visit, "accident_date");
    let text = |column: &str| visit.field(column).map(str::to_owned);
    visit.circumstances = Circumstances {
        accident_state: text("accident_state"),
        accident_country: text("accident_country"),
        special_program: text("special_program"),
        delay_reason: text("delay_reason"),
        clia_number: text("clia_number"),
        mammography_number: text("mammography_number"),
        onset_on: day_of(visit, "onset_date"),
        initial_treatment_on: day_of(visit, "initial_treatment_date"),
        last_seen_on: day_of(visit, "last_seen_date"),
        acute_manifestation_on: day_of(visit, "acute_manifestation_date"),
        last_menstrual_period_on: day_of(visit, "last_menstrual_period_date"),
        admitted_on: day_of(visit, "admission_date"),
        discharged_on: day_of(visit, "discharge_date"),
        attachments: match visit.field("attachments").map(attachments_of) {
            Some(Err(reason)) => {
                visit.refuse("attachments", reason);
                vec![]
            }
            Some(Ok(papers)) => papers,
            None => vec![],
        },
    };
    if visit.lines.len() > LINES_MAX {
        let row = visit.rows[LINES_MAX];
        let reason = format!("a visit has at most {LINES_MAX} rows");
        visit.problems.push(Problem { row, column: None, reason });
    }
}

/// The day in a column of the visit; what is no day is said of it.
fn day_of(visit: &mut Visit, column: &str) -> Option<NaiveDate> {
    match visit.field(column).map(date)? {
        Ok(day) => Some(day),
        Err(reason) => {
            visit.refuse(column, reason);
            None
        }
    }
}

/// `OZ:FX:A12 RR:AA`: PWK01, PWK02 and PWK06 of each paper (X222 2300 PWK: at most ten).
fn attachments_of(text: &str) -> Result<Vec<AttachedPaper>, &'static str> {
    const EXPECTED: &str = "is not a list of attachments: expected report, way and number such as OZ:FX:A12";
    let papers: Vec<AttachedPaper> = text
        .split_whitespace()
        .map(|paper| {
            let mut parts = paper.splitn(3, ':');
            let code = |part: Option<&str>| part.filter(|code| code.len() == 2).map(str::to_ascii_uppercase);
            let (report, transmission) = (code(parts.next()), code(parts.next()));
            let control_number = parts.next().filter(|number| !number.is_empty()).map(str::to_owned);
            Ok::<_, &'static str>(AttachedPaper {
                report: report.ok_or(EXPECTED)?,
                transmission: transmission.ok_or(EXPECTED)?,
                control_number,
            })
        })
        .collect::<Result<_, _>>()?;
    if papers.len() > 10 { Err("has more than ten attachments") } else { Ok(papers) }
}

fn date(text: &str) -> Result<NaiveDate, &'static str> {
    ["%Y-%m-%d", "%m/%d/%Y"]
        .into_iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
        .filter(|day| (1900..2200).contains(&day.year()))
        .ok_or("is not a date: expected YYYY-MM-DD or MM/DD/YYYY")
}

fn modifiers_of(text: &str) -> Result<Vec<Entered<crate::types::Modifier>>, &'static str> {
    let codes: Vec<_> = separated(text).map(Entered::from).collect();
    if codes.len() > 4 { Err("has more than four modifiers") } else { Ok(codes) }
}

fn units_of(text: &str) -> Result<Decimal, &'static str> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let units = text.parse::<Decimal>().ok().filter(|_| plain).ok_or("is not a number")?;
    if units.is_zero() {
        Err("is zero")
    } else if units >= Decimal::from(100_000) || units != units.round_dp(3) {
        Err("is not a number of at most 99999.999 with three decimals")
    } else {
        Ok(units.normalize())
    }
}

fn charge_of(text: &str) -> Result<Money, &'static str> {
    match text.parse::<Money>() {
        Err(_) => Err("is not an amount: expected digits, and two decimals at most"),
        Ok(amount) if amount.is_negative() => Err("is negative"),
        Ok(amount) if amount > CHARGE_MAX => Err("is more than 99999999.99"),
        Ok(amount) => Ok(amount),
    }
}

fn pointers_of(text: &str) -> Result<Vec<u8>, &'static str> {
    const EXPECTED: &str =
        "is not a list of diagnoses: expected letters A-L, or numbers 1-12 with a blank between";
    let mut pointers = vec![];
    for part in separated(text) {
        if let Ok(number) = part.parse::<u8>() {
            pointers.push(number);
        } else {
            pointers.extend(part.bytes().map(|letter| letter.to_ascii_uppercase().wrapping_sub(b'A' - 1)));
        }
    }
    if pointers.iter().all(|pointer| (1..=12).contains(pointer)) { Ok(pointers) } else { Err(EXPECTED) }
}

fn separated(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ':' | ',')).filter(|part| !part.is_empty())
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

fn unreadable(code: &'static str, what: &str, next: &'static str) -> Error {
    Refusal::new(code, Status::Unreadable, format!("the charges cannot be read: {what}"), next)
        .at(Place { row: Some(1), ..Place::default() })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(pointers: &str, expected: Option<&[u8]>) {
        assert_eq!(pointers_of(pointers).ok().as_deref(), expected, "{pointers}");
    }

    #[test]
    fn pointers_are_letters_or_numbers() {
        check("A", Some(&[1]));
        check("ab", Some(&[1, 2]));
        check("A:C", Some(&[1, 3]));
        check("12", Some(&[12]));
        check("1 2", Some(&[1, 2]));
        check("1,2", Some(&[1, 2]));
        check("0", None);
        check("13", None);
        check("M", None);
        check("1A", None);
        check("-", None);
    }

    #[test]
    fn an_unknown_column_is_named_when_it_has_a_name() {
        let fields = ["ROE, JANE", "1980-05-06", "", "clinic room"];
        assert_eq!(fields.map(shown), ["(unnamed)", "(unnamed)", "(unnamed)", "clinic room"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }

        #[test]
        fn every_row_that_is_not_blank_is_in_one_visit(rows in prop::collection::vec("[a-c1,\"]{0,12}", 0..20)) {
            let heading = REQUIRED.join(",");
            let sheet = read(format!("{heading}\n{}\n", rows.join("\n")).as_bytes()).unwrap();
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
