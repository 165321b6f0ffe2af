//! Readers of the official code files, each in the layout in which its publisher gives it out.
//!
//! - [`read`] recognises the layout from what the file says of itself: its captions and its columns,
//!   never the form of a code (6,761 undotted diagnoses look like HCPCS codes). The name of the file
//!   is asked only for what the content does not say: the year or quarter, and whose edits they are.
//! - A workbook is read as the text that its sheet would be ([`workbook`]).
//! - A row that cannot be read is rejected with its line and the reason, and reading goes on. A file
//!   that is cut off or damaged is refused where it carries counts of its own.
//! - What comes out is a [`Reading`]: pure data, in no edition yet. [`super::edition`] makes one of it.
//!
//! Deliberately absent: the wording that the AMA has in CMS's files (fee schedule descriptions),
//! which is dropped while reading.

mod code_lists;
mod columns;
mod cpt;
mod cpt_modifiers;
mod fee_schedule;
mod hcpcs;
mod icd10cm_addenda;
mod icd10cm_order;
mod icd10cm_tabular;
mod mce;
mod mue;
mod named;
mod ptp;
mod workbook;

use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use chrono::NaiveDate;

use super::list::List;
use super::pairs::PairsBuilder;
use super::tabular::{Tabular, TabularError};
use crate::workbooks::{self, UNPACKED_BYTES_MAX, ZIP};
pub use columns::{caption, day};
pub use icd10cm_addenda::{Addenda, Change};

/// How much of a file is looked at to recognise it. A fee schedule has ten lines of preamble.
const HEAD_BYTES: u64 = 64 * 1024;

/// Rejected rows that are told one by one; the others are counted.
const REJECTED_TOLD: usize = 1_000;

/// Why a file is no edition of a code table.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read to its end.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Its content is of no layout that is known.
    #[error("the file is in no layout of a code table that Firstpass knows")]
    NotRecognised,
    /// `icd10cm_codes_YYYY.txt` has no headings, so no heading could be told from a typing error.
    #[error("the file lists billable diagnoses only, without the headings above them")]
    BillableOnly,
    /// The content fits several tables and the name of the file does not say which.
    #[error("the file may be {0}")]
    SeveralTables(String),
    /// It was said to be another table than it is.
    #[error("the file is {found}, not {wanted}")]
    OtherTable {
        /// What was asked for.
        wanted: List,
        /// What the content says.
        found: String,
    },
    /// A tabular list that cannot be read to its end: XML is whole or of no use.
    #[error("{0}")]
    Tabular(#[from] TabularError),
    /// A workbook that cannot be read.
    #[error("{0}")]
    Workbook(#[from] workbooks::Fault),
    /// Nothing in it could be read.
    #[error("{0} was recognised, but not one row could be read")]
    NoRows(Layout),
    /// Several files are read as one only where their publisher splits one edition.
    #[error("{0} comes in one file, not in several")]
    NotInParts(Layout),
    /// Several files that are not of one edition.
    #[error("the files are not parts of one edition")]
    OtherParts,
    /// A file that counts itself has other counts than rows: it is cut off or was changed.
    #[error("the file says of itself {said} {what}, but holds {held}")]
    Counts {
        /// What is counted.
        what: &'static str,
        /// The file's own count.
        said: u64,
        /// What it holds.
        held: u64,
    },
}

impl From<csv::Error> for ImportError {
    fn from(cause: csv::Error) -> ImportError {
        ImportError::Unreadable(cause.into())
    }
}

/// The layouts that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `icd10cm_order_YYYY.txt` (CDC/CMS).
    Icd10cmOrder,
    /// `icd10cm_order_addenda_YYYY.txt`.
    Icd10cmAddenda,
    /// `icd10cm_tabular_YYYY.xml` (CDC/NCHS).
    Icd10cmTabular,
    /// `HCPCyyyy_MMM_ANWEB.txt` (CMS), 320 columns or fewer.
    HcpcsFixed,
    /// The same with captions.
    HcpcsCsv,
    /// `LONGULT.txt`, `MEDU.txt`, `SHORTU.txt` (AMA).
    Cpt,
    /// `MODUL.txt` (AMA).
    CptModifiers,
    /// `PPRRVUyyyy_MMM.csv` (CMS).
    FeeSchedule,
    /// `ccipra-vNNNrN-fN.txt`, `ccioph-...` (CMS).
    Ptp,
    /// `MCR_MUE_..._Eff_MM-DD-YYYY.csv` (CMS).
    Mue,
    /// Tables of the Medicare Code Editor: flags of diagnoses, or ages of its groups.
    Mce,
    /// CMS's place of service code set.
    PlaceOfService,
    /// X12 lists 139 (CARC) and 411 (RARC).
    ReasonsOrRemarks,
    /// `nucc_taxonomy_NNN.csv`.
    Taxonomy,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Layout::Icd10cmOrder => "ICD-10-CM order file",
            Layout::Icd10cmAddenda => "ICD-10-CM order addenda",
            Layout::Icd10cmTabular => "ICD-10-CM tabular list",
            Layout::HcpcsFixed => "HCPCS Level II, fixed width",
            Layout::HcpcsCsv => "HCPCS Level II, with captions",
            Layout::Cpt => "CPT descriptors",
            Layout::CptModifiers => "CPT modifiers",
            Layout::FeeSchedule => "Medicare physician fee schedule, relative values",
            Layout::Ptp => "NCCI procedure-to-procedure edits",
            Layout::Mue => "NCCI medically unlikely edits",
            Layout::Mce => "Medicare Code Editor tables",
            Layout::PlaceOfService => "place of service codes",
            Layout::ReasonsOrRemarks => "adjustment reason or remark codes",
            Layout::Taxonomy => "NUCC provider taxonomy",
        })
    }
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The layout that was recognised.
    pub layout: Layout,
    /// From when it is valid, where the file or its name says so.
    pub from: Option<NaiveDate>,
    /// Rows with data, the rejected ones included.
    pub rows: u64,
    /// Rows that could not be read.
    pub rejected: Rejections,
    /// What was read, by table: HCPCS has codes and modifiers in one file.
    pub tables: Vec<(List, Content)>,
}

/// What was read for one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Every code that is valid, without days: each is valid from the edition's first day at least.
    Snapshot(Vec<CodeRow>),
    /// Codes with their own first and last days, those that ended included.
    Dated(Vec<CodeRow>),
    /// What changes from the edition before.
    Changes(Addenda),
    /// Rows of other columns than a list of codes has, tab-separated and sorted.
    Rows {
        /// The line of column names.
        columns: &'static str,
        /// The rows.
        rows: Vec<String>,
    },
    /// The tabular list.
    Tabular(Box<Tabular>),
    /// Pairs of procedures.
    Pairs(PairsBuilder),
}

/// One code of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeRow {
    /// Undotted, upper case.
    pub code: String,
    /// False for a heading.
    pub billable: bool,
    /// Its first day, where that is known.
    pub first: Option<NaiveDate>,
    /// Its last day; none while it is open.
    pub last: Option<NaiveDate>,
    /// Its title.
    pub title: String,
}

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its line in the file, counted from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// The rows that could not be read: all counted, the first thousand told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejections {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<Rejected>,
}

impl Rejections {
    fn add(&mut self, line: u64, reason: impl Into<String>) {
        self.count += 1;
        if self.first.len() < REJECTED_TOLD {
            self.first.push(Rejected { line, reason: reason.into() });
        }
    }

    /// Those of another part of the edition; `of` says which, where a line alone would not.
    fn append(&mut self, part: Rejections, of: &str) {
        self.count += part.count;
        let room = REJECTED_TOLD.saturating_sub(self.first.len());
        let told = part.first.into_iter().take(room);
        self.first
            .extend(told.map(|Rejected { line, reason }| Rejected { line, reason: format!("{of}{reason}") }));
    }
}

/// Reads a file whose name is `name`. `wanted` says which table it is where the content fits several.
///
/// # Errors
/// A file that cannot be read, is in no known layout, or is another table than `wanted`.
pub fn read(name: &str, mut input: impl Read, wanted: Option<List>) -> Result<Reading, ImportError> {
    let mut head = Vec::new();
    input.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    let mut reading = if head.starts_with(ZIP) {
        // Its directory stands at its end: it is read whole, and no further than it may unpack to.
        input.take(UNPACKED_BYTES_MAX).read_to_end(&mut head)?;
        workbook::read(name, &head, wanted)?
    } else {
        let layout = recognise(&columns::decode(&head))?;
        read_text(layout, name, BufReader::new(Cursor::new(head).chain(input)), wanted)?
    };
    // What the file is called says more exactly than its content to which quarter it belongs.
    reading.from = named::first_day(reading.layout, name).or(reading.from);
    if let Some(wanted) = wanted {
        let found = || reading.tables.iter().map(|(list, _)| list.name()).collect::<Vec<_>>().join(" and ");
        if !reading.tables.iter().any(|(list, _)| *list == wanted) {
            return Err(ImportError::OtherTable { wanted, found: found() });
        }
        reading.tables.retain(|(list, _)| *list == wanted);
    }
    if reading.rows == reading.rejected.count {
        return Err(ImportError::NoRows(reading.layout));
    }
    Ok(reading)
}

/// Reads a text whose layout is known.
fn read_text(
    layout: Layout,
    name: &str,
    input: impl BufRead,
    wanted: Option<List>,
) -> Result<Reading, ImportError> {
    match layout {
        Layout::Icd10cmOrder => icd10cm_order::read(input),
        Layout::Icd10cmAddenda => icd10cm_addenda::read(input),
        Layout::Icd10cmTabular => icd10cm_tabular::read(input),
        Layout::HcpcsFixed => hcpcs::fixed_width(input),
        Layout::HcpcsCsv => hcpcs::csv(input),
        Layout::Cpt => cpt::read(input),
        Layout::CptModifiers => cpt_modifiers::read(input),
        Layout::FeeSchedule => fee_schedule::read(input),
        Layout::Ptp => ptp::read(input, named::whose_pairs(name).or(wanted)),
        Layout::Mue => mue::read(input),
        Layout::Mce => mce::read(input),
        Layout::PlaceOfService => code_lists::places_of_service(input),
        Layout::ReasonsOrRemarks => code_lists::reasons_or_remarks(input),
        Layout::Taxonomy => code_lists::taxonomy(input),
    }
}

/// Joins what belongs together: CMS gives out procedure pairs in four files, which are one edition; the
/// flags and the ages of the Medicare Code Editor are two, kept together or not at all.
///
/// # Errors
/// Files of another layout, or of several editions.
pub fn join(parts: Vec<Reading>) -> Result<Reading, ImportError> {
    let mut parts = parts.into_iter();
    let mut whole = parts.next().ok_or(ImportError::NotRecognised)?;
    for part in parts {
        if whole.layout == Layout::Mce && part.layout == Layout::Mce {
            let (Some((list, content)), 1) = (part.tables.into_iter().next(), whole.tables.len()) else {
                return Err(ImportError::OtherParts);
            };
            if whole.tables[0].0 == list {
                return Err(ImportError::OtherParts);
            }
            whole.tables.push((list, content));
            whole.rows += part.rows;
            whole.rejected.append(part.rejected, &format!("{list}: "));
            continue;
        }
        if whole.layout != Layout::Ptp {
            return Err(ImportError::NotInParts(whole.layout));
        }
        let tables = (whole.tables.as_mut_slice(), part.tables.as_slice());
        let ([(list, Content::Pairs(pairs))], [(other, Content::Pairs(more))]) = tables else {
            return Err(ImportError::OtherParts);
        };
        if list != other || whole.from != part.from {
            return Err(ImportError::OtherParts);
        }
        let unknown = pairs.append(more);
        whole.rows += part.rows;
        whole.rejected.append(part.rejected, "");
        if unknown > 0 {
            whole.rejected.add(0, format!("{unknown} pairs: the files have more than 256 rationales"));
        }
    }
    Ok(whole)
}

/// The layout of a file that begins so.
fn recognise(head: &str) -> Result<Layout, ImportError> {
    let mut lines = head.lines().filter(|line| !line.trim().is_empty()).peekable();
    let first = *lines.peek().ok_or(ImportError::NotRecognised)?;
    if icd10cm_tabular::begins(head) {
        return Ok(Layout::Icd10cmTabular);
    }
    if icd10cm_order::is_row(first) {
        return Ok(Layout::Icd10cmOrder);
    }
    if icd10cm_addenda::is_row(first) {
        return Ok(Layout::Icd10cmAddenda);
    }
    if hcpcs::is_row(first) {
        return Ok(Layout::HcpcsFixed);
    }
    if icd10cm_order::is_billable_only(first) {
        return Err(ImportError::BillableOnly);
    }
    if ptp::has_captions(head) {
        return Ok(Layout::Ptp);
    }
    if mce::has_captions(first) {
        return Ok(Layout::Mce);
    }
    if let Some(layout) = by_captions(head) {
        return Ok(layout);
    }
    if cpt_modifiers::is_list(head.lines()) {
        return Ok(Layout::CptModifiers);
    }
    // The last line of the head may be cut off.
    if lines.any(cpt::is_row) { Ok(Layout::Cpt) } else { Err(ImportError::NotRecognised) }
}

/// The layout of a CSV file, by the captions of one of its first lines.
fn by_captions(head: &str) -> Option<Layout> {
    let mut reader = columns::csv_reader(head.as_bytes());
    let mut record = csv::ByteRecord::new();
    for _ in 0..40 {
        if !reader.read_byte_record(&mut record).ok()? {
            return None;
        }
        if let Some(layout) = layout_of(&columns::captions(&record)) {
            return Some(layout);
        }
    }
    None
}

/// The layout whose captions stand in a row.
fn layout_of(captions: &[String]) -> Option<Layout> {
    let has = |caption: &str| captions.iter().any(|known| known == caption);
    let first = captions.first()?;
    if has("HCPC") && has("RECID") && has("LONGDESCRIPTION") {
        return Some(Layout::HcpcsCsv);
    }
    if captions.len() >= 25 && has("HCPCS") && has("MOD") && has("DESCRIPTION") {
        return Some(Layout::FeeSchedule);
    }
    if captions.len() >= 3 && first == "HCPCSCPTCODE" && captions[1].contains("MUEVALUE") {
        return Some(Layout::Mue);
    }
    if has("CODE") && has("GROUPING") && has("CLASSIFICATION") && has("SPECIALIZATION") {
        return Some(Layout::Taxonomy);
    }
    if first.starts_with("PLACEOFSERVICECODE") && captions.len() >= 2 {
        return Some(Layout::PlaceOfService);
    }
    if first == "CODE" && has("STARTDATE") && (has("STOPDATE") || has("ENDDATE")) {
        return Some(Layout::ReasonsOrRemarks);
    }
    None
}

#[cfg(test)]
mod tests;
