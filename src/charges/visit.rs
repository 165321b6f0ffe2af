//! A visit as a source states it: texts by our columns, read into numbers, dates and codes.
//!
//! Every source ends here, so that a charge means the same wherever it came from: a sheet states one
//! row a charge line, a document or message one [`Stated`] a line; what is wrong is named by the
//! source's own places. The columns and what each may hold are written in [`crate::charges::csv`].

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::charges::{AttachedPaper, ChargeLine, Circumstances};
use crate::types::{Entered, Modifier, Money};

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
pub(super) const DIAGNOSES: [&str; 12] =
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
/// The day of a visit that is only announced: a column of schedules.
pub(super) const VISIT_DATE: &str = "visit_date";
/// Columns of a visit without its diagnoses and texts.
const PARTIES: [&str; 5] =
    ["patient_account", "billing_npi", "rendering_npi", "referring_npi", "place_of_service"];

/// Characters of any field.
const TEXT_MAX: usize = 50;
/// X222 2300: a claim has at most 50 loops 2400, and a visit is one claim.
const LINES_MAX: usize = 50;
/// X222 allows ten digits in a monetary amount, two of them decimals.
const CHARGE_MAX: Money = Money::from_cents(9_999_999_999);

/// One of our columns.
pub(super) type Column = &'static str;

/// Every column, the required first.
pub(super) fn all_columns() -> impl Iterator<Item = Column> {
    REQUIRED.into_iter().chain(OPTIONAL).chain(DIAGNOSES.into_iter().skip(1)).chain(TEXTS)
}

/// Whether every sheet must have the column.
pub(super) fn is_required(column: Column) -> bool {
    REQUIRED.contains(&column)
}

/// A column as people call it: `Service date`, `Billing NPI`.
pub(super) fn label(column: Column) -> String {
    let words = column.split('_').map(|word| match word {
        "npi" | "clia" => word.to_ascii_uppercase(),
        _ => word.to_owned(),
    });
    let words = words.collect::<Vec<_>>().join(" ");
    match words.strip_prefix("dx") {
        Some(number) => format!("Diagnosis {number}"),
        None => {
            words.char_indices().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }).collect()
        }
    }
}

/// The column of this name, in any case.
pub(super) fn column_named(name: &str) -> Option<Column> {
    all_columns().find(|column| column.eq_ignore_ascii_case(name))
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The line of a sheet on which the row begins (the heading's is 1); the segment of an HL7
    /// message, the visit of a document, counted from 1.
    pub row: i32,
    /// The column of a sheet, `FT1-10` of an HL7 message, a JSON pointer or FHIRPath of a document;
    /// none: the whole row.
    pub column: Option<String>,
    /// What was expected. The value is not repeated: it may be patient data.
    pub reason: String,
}

impl Problem {
    /// In a column, or at another place of a row.
    pub fn new(row: i32, place: impl Into<String>, reason: impl Into<String>) -> Problem {
        Problem { row, column: Some(place.into()), reason: reason.into() }
    }
}

/// How a source writes days. ISO 8601 (`2026-03-02`) is read in any of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateFormat {
    /// `03/02/2026`.
    #[default]
    Usual,
    /// Month first: also `3-2-2026`, `3/2/26` and `03022026`.
    MonthFirst,
    /// Day first: `02/03/2026`, `2.3.2026`, `02-03-2026`, `02/03/26`.
    DayFirst,
    /// Year first: `20260302`, `2026/03/02`.
    YearFirst,
}

impl DateFormat {
    /// All of them.
    pub const ALL: [DateFormat; 4] =
        [DateFormat::Usual, DateFormat::MonthFirst, DateFormat::DayFirst, DateFormat::YearFirst];

    /// As stored, and as a command names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DateFormat::Usual => "usual",
            DateFormat::MonthFirst => "month_first",
            DateFormat::DayFirst => "day_first",
            DateFormat::YearFirst => "year_first",
        }
    }

    /// A day as a person or a file writes it.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(self, text: &str) -> Result<NaiveDate, &'static str> {
        let (formats, expected): (&[&str], _) = match self {
            DateFormat::Usual => {
                (&["%Y-%m-%d", "%m/%d/%Y"], "is not a date: expected YYYY-MM-DD or MM/DD/YYYY")
            }
            DateFormat::MonthFirst => (
                &["%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m%d%Y"],
                "is not a date: expected the month first, as in MM/DD/YYYY",
            ),
            DateFormat::DayFirst => (
                &["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y"],
                "is not a date: expected the day first, as in DD/MM/YYYY",
            ),
            DateFormat::YearFirst => (
                &["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d"],
                "is not a date: expected the year first, as in YYYYMMDD",
            ),
        };
        formats
            .iter()
            .filter_map(|format| NaiveDate::parse_from_str(text, format).ok())
            .find(|day| (1900..2200).contains(&day.year()))
            .ok_or(expected)
    }
}

/// A field of a row: its text, or why it is none.
#[derive(Clone, Debug)]
struct Field {
    row: i32,
    place: Option<String>,
    text: Result<String, &'static str>,
}

/// How a source names our columns.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// Stands before the name of what belongs to the visit.
    pub(super) visit: String,
    /// Stands before the name of what belongs to the line.
    pub(super) line: String,
    /// The source's own name of a column.
    pub(super) of: fn(Column) -> Cow<'static, str>,
}

impl Default for Names {
    fn default() -> Names {
        Names { visit: String::new(), line: String::new(), of: |column| column.into() }
    }
}

impl Names {
    fn place(&self, column: Column) -> String {
        let before = if is_of_line(column) { &self.line } else { &self.visit };
        format!("{before}{}", (self.of)(column))
    }
}

fn is_of_line(column: Column) -> bool {
    let of_visit = column == "visit_number"
        || PARTIES.contains(&column)
        || DIAGNOSES.contains(&column)
        || TEXTS.contains(&column);
    !of_visit
}

/// What a source says in one row: of a charge line, and of the visit that it belongs to.
#[derive(Clone, Debug, Default)]
pub(super) struct Stated {
    /// Its number, as a [`Problem`] names it.
    pub(super) row: i32,
    /// How the source names our columns.
    pub(super) names: Names,
    /// Why its fields cannot be told apart; then they are not read.
    pub(super) fault: Option<String>,
    /// It says something of the visit only.
    pub(super) without_line: bool,
    /// Where it says that somebody insures the patient.
    pub(super) insured: Option<Problem>,
    fields: Vec<(Column, Field)>,
}

impl Stated {
    pub(super) fn new(row: i32, names: Names) -> Stated {
        Stated { row, names, ..Stated::default() }
    }

    /// States a column of this row, under the source's usual name of it.
    pub(super) fn set(&mut self, column: Column, text: impl Into<String>) {
        let (row, text) = (self.row, Ok(text.into()));
        self.fields.push((column, Field { row, place: None, text }));
    }

    /// States a column that stands at a place of its own.
    pub(super) fn set_at(
        &mut self,
        column: Column,
        row: i32,
        place: impl Into<String>,
        text: impl Into<String>,
    ) {
        self.fields.push((column, Field { row, place: Some(place.into()), text: Ok(text.into()) }));
    }

    /// Says why a column cannot be read, at a place of its own.
    pub(super) fn set_fault(
        &mut self,
        column: Column,
        row: i32,
        place: impl Into<String>,
        why: &'static str,
    ) {
        self.fields.push((column, Field { row, place: Some(place.into()), text: Err(why) }));
    }

    /// States a column of this row by bytes that may be no text.
    pub(super) fn set_bytes(&mut self, column: Column, bytes: &[u8]) {
        let text = std::str::from_utf8(bytes).map(str::to_owned).map_err(|_not_text| "is not UTF-8");
        self.fields.push((column, Field { row: self.row, place: None, text }));
    }

    /// States a column where it says nothing yet.
    pub(super) fn set_default(&mut self, column: Column, text: &str) {
        let stated = self.fields.iter().any(|(known, field)| {
            *known == column && field.text.as_ref().map_or(true, |text| !text.trim().is_empty())
        });
        if !stated {
            self.set(column, text);
        }
    }

    fn field(&self, column: Column) -> Option<&Field> {
        self.fields.iter().rev().find(|(known, _)| *known == column).map(|(_, field)| field)
    }

    fn problem(&self, column: Column, reason: impl Into<String>) -> Problem {
        let field = self.field(column);
        let place = field.and_then(|field| field.place.clone()).unwrap_or_else(|| self.names.place(column));
        Problem::new(field.map_or(self.row, |field| field.row), place, reason)
    }

    /// The text of a field that is there and not empty; else none, and a problem when it cannot be
    /// a text.
    fn text(&self, column: Column, problems: &mut Vec<Problem>) -> Option<String> {
        let field = self.field(column)?;
        let refused = match field.text.as_ref().map(|text| text.trim()) {
            Err(why) => (*why).to_owned(),
            Ok("") => return None,
            Ok(text) if text.chars().any(char::is_control) => {
                "has a control character or a line break".to_owned()
            }
            Ok(text) if text.chars().count() > TEXT_MAX => format!("has more than {TEXT_MAX} characters"),
            Ok(text) => return Some(text.to_owned()),
        };
        problems.push(self.problem(column, refused));
        None
    }

    fn required(&self, column: Column, problems: &mut Vec<Problem>) -> Option<String> {
        let before = problems.len();
        let text = self.text(column, problems);
        if text.is_none() && problems.len() == before {
            problems.push(self.problem(column, "is empty"));
        }
        text
    }

    fn parsed<T>(
        &self,
        column: Column,
        text: Option<String>,
        problems: &mut Vec<Problem>,
        parse: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        match parse(&text?) {
            Ok(value) => Some(value),
            Err(reason) => {
                problems.push(self.problem(column, reason));
                None
            }
        }
    }

    /// Adds the row's line to its visit, and what the row says about the visit.
    fn read_into(&self, visit: &mut Visit, dates: DateFormat, problems: &mut Vec<Problem>) {
        if let Some(fault) = &self.fault {
            // Its fields stand in the wrong columns: saying more would be guessing.
            *problems = vec![Problem { row: self.row, column: None, reason: fault.clone() }];
            return;
        }
        if visit.number.is_empty() && problems.is_empty() {
            problems.push(self.problem("visit_number", "is empty"));
        }
        for column in PARTIES.into_iter().chain(DIAGNOSES).chain(TEXTS) {
            let Some(text) = self.text(column, problems) else { continue };
            let known = visit.fields.entry(column).or_insert_with(|| {
                let Problem { row, column: place, .. } = self.problem(column, "");
                VisitField { row, place: place.unwrap_or_default(), text: text.clone() }
            });
            if known.text != text {
                let reason = format!("differs from row {} of the same visit", known.row);
                problems.push(self.problem(column, reason));
            }
        }
        if self.without_line {
            let on = self.text(VISIT_DATE, problems);
            visit.announced_on = self.parsed(VISIT_DATE, on, problems, |text| dates.parse(text));
            return;
        }
        visit.stated_lines += 1;
        let from = self.required("service_date", problems);
        let from = self.parsed("service_date", from, problems, |text| dates.parse(text));
        let thru = self.text("thru_date", problems);
        let thru = self.parsed("thru_date", thru, problems, |text| match (dates.parse(text)?, from) {
            (thru, Some(from)) if thru < from => Err("is before service_date"),
            (thru, _) => Ok(thru),
        });
        let procedure = self.required("procedure", problems);
        let modifiers = self.text("modifiers", problems);
        let modifiers = self.parsed("modifiers", modifiers, problems, modifiers_of).unwrap_or_default();
        let units = self.required("units", problems);
        let units = self.parsed("units", units, problems, units_of);
        let charged = self.required("charge", problems);
        let charged = self.parsed("charge", charged, problems, charge_of);
        let pointers = self.text("pointers", problems);
        let pointers = self.parsed("pointers", pointers, problems, pointers_of).unwrap_or_default();
        if let (Some(from), Some(procedure), Some(units), Some(charged)) = (from, procedure, units, charged) {
            let procedure = procedure.as_str().into();
            visit.stated_at.push(visit.stated_lines - 1);
            visit.lines.push(ChargeLine { procedure, modifiers, charged, units, pointers, from, thru });
        }
    }
}

/// Charges as a source states them, read.
#[derive(Clone, Debug, Default)]
pub struct Charges {
    /// Columns or elements that are not ours.
    pub(super) unknown_columns: Vec<String>,
    /// Visits in the order of their first rows. Rows that name no visit are visits of their own.
    pub(super) visits: Vec<Visit>,
    /// What is wrong with none of the visits alone.
    pub(super) problems: Vec<Problem>,
    /// A sheet: each row is taken or not, and the good rows of a bad visit are told so.
    pub(super) by_row: bool,
}

impl Charges {
    pub(super) fn by_row(self) -> Charges {
        Charges { by_row: true, ..self }
    }

    /// Adds what is wrong with a source's shape to its visits; where a place is named twice, the first
    /// reason stays.
    pub(super) fn add_problems(&mut self, problems: Vec<Problem>) {
        for problem in problems {
            match self.visits.iter_mut().find(|visit| visit.rows.contains(&problem.row)) {
                Some(visit) if visit.problems.iter().any(|known| known.column == problem.column) => {}
                Some(visit) => visit.problems.push(problem),
                None => self.problems.push(problem),
            }
        }
    }
}

/// Takes a source's rows, one after the other.
#[derive(Debug, Default)]
pub(super) struct Reading {
    dates: DateFormat,
    unfinished: bool,
    visits: Vec<Visit>,
    by_number: HashMap<String, usize>,
}

impl Reading {
    pub(super) fn of(dates: DateFormat) -> Reading {
        Reading { dates, ..Reading::default() }
    }

    /// Of a visit that somebody is still entering: what can be read of it is, though something is
    /// wrong.
    pub(super) fn unfinished() -> Reading {
        Reading { unfinished: true, ..Reading::default() }
    }

    /// Reads a row into its visit.
    pub(super) fn add(&mut self, stated: &Stated) {
        let mut problems = vec![];
        let number = stated.text("visit_number", &mut problems).unwrap_or_default();
        let place = match self.by_number.get(&number) {
            Some(place) if self.unfinished || !number.is_empty() => *place,
            _ => {
                self.by_number.insert(number.clone(), self.visits.len());
                self.visits.push(Visit::new(number, stated));
                self.visits.len() - 1
            }
        };
        let visit = &mut self.visits[place];
        visit.rows.push(stated.row);
        stated.read_into(visit, self.dates, &mut problems);
        visit.problems.append(&mut problems);
    }

    /// The visits, each with what can only be said when all its rows are read.
    pub(super) fn finish(mut self, unknown_columns: Vec<String>) -> Charges {
        for visit in &mut self.visits {
            if self.unfinished || (!visit.number.is_empty() && visit.problems.is_empty()) {
                finish(visit, self.dates);
            }
        }
        Charges { unknown_columns, visits: self.visits, problems: vec![], by_row: false }
    }
}

#[derive(Clone, Debug)]
struct VisitField {
    row: i32,
    place: String,
    text: String,
}

/// The rows of one visit number, good or bad.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) number: String,
    pub(super) rows: Vec<i32>,
    /// Empty: the visit can be read.
    pub(super) problems: Vec<Problem>,
    pub(super) diagnoses: Vec<String>,
    pub(super) accident_on: Option<NaiveDate>,
    pub(super) circumstances: Circumstances,
    pub(super) lines: Vec<ChargeLine>,
    /// The day of a visit that has no charges yet.
    pub(super) announced_on: Option<NaiveDate>,
    /// Where the source says that somebody insures the patient.
    pub(super) insured: Option<Problem>,
    /// Of each line, its place among those that were stated.
    pub(super) stated_at: Vec<usize>,
    stated_lines: usize,
    number_at: Problem,
    names: Names,
    fields: BTreeMap<Column, VisitField>,
}

impl Visit {
    fn new(number: String, stated: &Stated) -> Visit {
        Visit {
            number,
            rows: vec![],
            problems: vec![],
            diagnoses: vec![],
            accident_on: None,
            circumstances: Circumstances::default(),
            lines: vec![],
            announced_on: None,
            insured: stated.insured.clone(),
            stated_at: vec![],
            stated_lines: 0,
            number_at: stated.problem("visit_number", ""),
            names: stated.names.clone(),
            fields: BTreeMap::new(),
        }
    }

    /// Whether it is only said that the visit took place.
    pub(super) fn is_announced(&self) -> bool {
        self.announced_on.is_some() && self.stated_lines == 0
    }

    /// What stands in a column of the visit, if anything.
    pub(super) fn field(&self, column: Column) -> Option<&str> {
        self.fields.get(column).map(|field| field.text.as_str())
    }

    /// Says what is wrong with a column, where it stands; with one that stands nowhere, in the first
    /// row.
    pub(super) fn refuse(&mut self, column: Column, reason: impl Into<String>) {
        let problem = match self.fields.get(column) {
            Some(field) => Problem::new(field.row, field.place.clone(), reason),
            None if column == "visit_number" => Problem { reason: reason.into(), ..self.number_at.clone() },
            None => {
                let first = self.rows.first().copied().unwrap_or(1);
                Problem::new(first, self.names.place(column), reason)
            }
        };
        self.problems.push(problem);
    }
}

/// What can only be said when all rows of a visit are read.
fn finish(visit: &mut Visit, dates: DateFormat) {
    if visit.is_announced() {
        if visit.field("patient_account").is_none() {
            visit.refuse("patient_account", "is empty");
        }
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
    visit.accident_on = day_of(visit, dates, "accident_date");
    let text = |column: Column| visit.field(column).map(str::to_owned);
    visit.circumstances = Circumstances {
        accident_state: text("accident_state"),
        accident_country: text("accident_country"),
        special_program: text("special_program"),
        delay_reason: text("delay_reason"),
        clia_number: text("clia_number"),
        mammography_number: text("mammography_number"),
        onset_on: day_of(visit, dates, "onset_date"),
        initial_treatment_on: day_of(visit, dates, "initial_treatment_date"),
        last_seen_on: day_of(visit, dates, "last_seen_date"),
        acute_manifestation_on: day_of(visit, dates, "acute_manifestation_date"),
        last_menstrual_period_on: day_of(visit, dates, "last_menstrual_period_date"),
        admitted_on: day_of(visit, dates, "admission_date"),
        discharged_on: day_of(visit, dates, "discharge_date"),
        attachments: match visit.field("attachments").map(attachments_of) {
            Some(Err(reason)) => {
                visit.refuse("attachments", reason);
                vec![]
            }
            Some(Ok(papers)) => papers,
            None => vec![],
        },
    };
    if visit.stated_lines == 0 {
        let row = visit.rows.first().copied().unwrap_or(1);
        visit.problems.push(Problem { row, column: None, reason: "has no charge lines".to_owned() });
    }
    if visit.lines.len() > LINES_MAX {
        let row = visit.rows[LINES_MAX];
        let reason = format!("a visit has at most {LINES_MAX} rows");
        visit.problems.push(Problem { row, column: None, reason });
    }
}

/// The day in a column of the visit; what is no day is said of it.
fn day_of(visit: &mut Visit, dates: DateFormat, column: Column) -> Option<NaiveDate> {
    match visit.field(column).map(|text| dates.parse(text))? {
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

fn modifiers_of(text: &str) -> Result<Vec<Entered<Modifier>>, &'static str> {
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
    match Money::parse_written(text) {
        Err(_) => Err("is not an amount: expected digits, and two decimals at most"),
        Ok(amount) if amount.is_negative() => Err("is negative"),
        Ok(amount) if amount > CHARGE_MAX => Err("is more than 99999999.99"),
        Ok(amount) => Ok(amount),
    }
}

/// Which diagnoses a text points to, from 1: letters `AB`, or numbers with a blank, comma or colon
/// between.
///
/// # Errors
/// What was expected.
pub fn pointers_of(text: &str) -> Result<Vec<u8>, &'static str> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_day_is_read_in_the_practices_own_way_and_never_in_two() {
        let day = |format: DateFormat, text: &str| format.parse(text).ok().map(|day| day.to_string());
        let second_of_march = Some("2026-03-02".to_owned());
        for (format, texts) in [
            (DateFormat::Usual, &["2026-03-02", "03/02/2026", "3/2/2026"][..]),
            (DateFormat::MonthFirst, &["2026-03-02", "3/2/26", "03-02-2026", "03022026"]),
            (DateFormat::DayFirst, &["2026-03-02", "02/03/2026", "2.3.2026", "2/3/26"]),
            (DateFormat::YearFirst, &["2026-03-02", "20260302", "2026/03/02"]),
        ] {
            for text in texts {
                assert_eq!(day(format, text), second_of_march, "{format:?} {text}");
            }
        }
        assert_eq!(day(DateFormat::Usual, "3/2/26"), None);
        assert_eq!(day(DateFormat::DayFirst, "03/20/2026"), None, "there is no twentieth month");
        assert_eq!(day(DateFormat::YearFirst, "03/02/2026"), None);
    }
}
