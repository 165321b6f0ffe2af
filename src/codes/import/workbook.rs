//! Official lists as XLSX: the first sheet that a person sees and that has the captions of a list is
//! handed to that list's reader as the text that its publisher's text file would be.
//!
//! What a spreadsheet does to codes is mended where the list says how wide they are: 142 is `00142`. What
//! it has lost for good (a code that became a day, a number of too many digits, an error) rejects the
//! row; so does a row that is hidden.

use super::columns::{caption, quoted};
use super::{ImportError, Layout, Reading, Rejections, layout_of, mce, ptp, read_text};
use crate::codes::list::List;
use crate::workbooks::{Cell, Fault, Form, HIDDEN, Row, UNPACKED_BYTES_MAX, Workbook};

/// Rows of a sheet that are looked at to recognise it; a fee schedule has ten of preamble.
const HEAD_ROWS: usize = 40;

/// A sheet that is a list: its layout, and the row of its captions.
struct Found {
    sheet: String,
    layout: Layout,
    captions: Vec<String>,
    /// The number of that row.
    at: i32,
}

/// Reads a workbook whose name is `name`.
pub(super) fn read(name: &str, bytes: &[u8], wanted: Option<List>) -> Result<Reading, ImportError> {
    let mut book = Workbook::open(bytes)?;
    let mut found = None;
    for sheet in book.seen() {
        let mut rows = 0;
        book.each_row(&sheet, |row| {
            let captions = captions(&row);
            if let Some(layout) = layout_of_row(&captions) {
                found = Some(Found { sheet: sheet.clone(), layout, captions, at: row.number });
            }
            rows += 1;
            found.is_none() && rows < HEAD_ROWS
        })?;
        if found.is_some() {
            break;
        }
    }
    let found = found.ok_or(ImportError::NotRecognised)?;
    let mut text = Text::new(found.layout);
    let mut rejected = Rejections::default();
    book.each_row(&found.sheet, |row| {
        text.begin(row.number);
        let cells = if row.number <= found.at { Ok(as_they_stand(&row)) } else { mended(&row, &found) };
        match cells {
            Ok(cells) => text.row(&cells),
            // Its line stays empty, so that those behind it keep the numbers of their rows.
            Err(reason) => rejected.add(u64::from(row.number.unsigned_abs()), reason),
        }
        // A text that many cells share is written out in each.
        text.bytes.len() as u64 <= UNPACKED_BYTES_MAX
    })?;
    if text.bytes.len() as u64 > UNPACKED_BYTES_MAX {
        return Err(Fault::TooLarge.into());
    }
    let mut reading = read_text(found.layout, name, text.bytes.as_slice(), wanted)?;
    reading.rows += rejected.count;
    reading.rejected.append(rejected, "");
    reading.rejected.first.sort_by_key(|row| row.line);
    Ok(reading)
}

/// The captions of a row, by column.
fn captions(row: &Row) -> Vec<String> {
    let mut captions = vec![String::new(); row.width()];
    for cell in &row.cells {
        captions[cell.column] = cell.text.as_deref().map(caption).unwrap_or_default();
    }
    captions
}

/// Of which list a row has the captions.
fn layout_of_row(captions: &[String]) -> Option<Layout> {
    let line = captions.join("\t");
    if ptp::has_captions(&line) {
        Some(Layout::Ptp)
    } else if mce::has_captions(&line) {
        Some(Layout::Mce)
    } else {
        layout_of(captions)
    }
}

/// What a column holds that a spreadsheet may have changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// Codes of so many characters.
    Codes(usize),
    /// A text, a number or a day, which is what it shows.
    Shown,
    /// Nothing that is read.
    Nothing,
}

/// What a column holds, by its caption; of a fee schedule, whose captions are stacked, by the lowest.
fn holds(layout: Layout, caption: &str, column: usize) -> Holds {
    match (layout, caption) {
        (Layout::HcpcsCsv, "HCPC") | (Layout::Mue, "HCPCSCPTCODE") | (Layout::FeeSchedule, "HCPCS") => {
            Holds::Codes(5)
        }
        (Layout::Ptp, _) if column < 2 => Holds::Codes(5),
        (Layout::FeeSchedule, "MOD") => Holds::Codes(2),
        // 000, 010 and 090.
        (Layout::FeeSchedule, caption) if caption.ends_with("DAYS") => Holds::Codes(3),
        // The AMA's wording, which is dropped.
        (Layout::FeeSchedule, "DESCRIPTION") => Holds::Nothing,
        (Layout::PlaceOfService, caption) if caption.starts_with("PLACEOFSERVICECODE") => Holds::Codes(2),
        (Layout::PlaceOfService, caption) if caption.starts_with("PLACEOFSERVICEDESCRIPTION") => {
            Holds::Nothing
        }
        (Layout::Taxonomy, "DEFINITION" | "NOTES") | (Layout::ReasonsOrRemarks, "NOTES") => Holds::Nothing,
        (Layout::Taxonomy | Layout::Mce, "CODE") => Holds::Codes(usize::MAX),
        _ => Holds::Shown,
    }
}

/// A row's texts by column, its codes as wide as they are; or why it is rejected.
fn mended(row: &Row, found: &Found) -> Result<Vec<String>, String> {
    if row.hidden {
        return Err(HIDDEN.to_owned());
    }
    let mut texts = vec![String::new(); row.width()];
    for cell in &row.cells {
        let caption = found.captions.get(cell.column).map_or("", String::as_str);
        let holds = holds(found.layout, caption, cell.column);
        if holds != Holds::Nothing {
            texts[cell.column] = mended_cell(cell, holds).map_err(|why| match caption {
                "" => format!("column {} {why}", cell.column + 1),
                caption => format!("{caption} {why}"),
            })?;
        }
    }
    Ok(texts)
}

fn mended_cell(cell: &Cell, holds: Holds) -> Result<String, String> {
    let text = cell.text.clone().map_err(str::to_owned)?;
    match (holds, cell.form) {
        (Holds::Codes(_), Form::Day) => Err("is a day: the spreadsheet has lost the code".to_owned()),
        (Holds::Codes(width), Form::Number) => {
            let is_code = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= width;
            if is_code && width != usize::MAX {
                Ok(format!("{text:0>width$}"))
            } else {
                let text = quoted(&text);
                Err(format!("is the number {text}: the spreadsheet has lost the code"))
            }
        }
        _ => Ok(text),
    }
}

fn as_they_stand(row: &Row) -> Vec<String> {
    let mut texts = vec![String::new(); row.width()];
    for cell in &row.cells {
        texts[cell.column] = cell.text.clone().unwrap_or_default();
    }
    texts
}

/// The text that a list's reader reads, its lines those of the sheet.
struct Text {
    bytes: Vec<u8>,
    /// Tabs rather than commas between the columns.
    tabs: bool,
    /// The line that is written next.
    next: i32,
}

impl Text {
    fn new(layout: Layout) -> Text {
        Text { bytes: vec![], tabs: matches!(layout, Layout::Ptp | Layout::Mce), next: 1 }
    }

    /// Goes on to a line. Lines between have a field of nothing: a reader of CSV counts no blank ones.
    fn begin(&mut self, line: i32) {
        while self.next < line {
            self.row(&[]);
        }
    }

    fn row(&mut self, texts: &[String]) {
        for (place, text) in texts.iter().enumerate() {
            if place > 0 {
                self.bytes.push(if self.tabs { b'\t' } else { b',' });
            }
            // No line end within a cell, so that a line is a row.
            let text = text.replace(['\t', '\r', '\n'], " ");
            if !self.tabs && text.contains([',', '"']) {
                self.bytes.extend(format!("\"{}\"", text.replace('"', "\"\"")).bytes());
            } else {
                self.bytes.extend(text.bytes());
            }
        }
        if !self.tabs && texts.iter().all(String::is_empty) {
            self.bytes.extend(b"\"\"");
        }
        self.bytes.push(b'\n');
        self.next += 1;
    }
}
