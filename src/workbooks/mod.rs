//! XLSX workbooks (ECMA-376): a sheet as rows of texts, for whoever takes lists from people.
//!
//! - Dates are what the sheet formats as dates (serial numbers of 1900 or 1904); their time of day is
//!   left out.
//! - A workbook keeps numbers as binary floating point and shows 15 significant digits (ECMA-376
//!   18.3.1.96; Excel's specification): the number is read from those digits as a decimal, so that
//!   0.1 + 0.2 is 0.3, and no amount is ever calculated in floating point.
//! - Zeros at the beginning, which a number loses, come back only where the reader knows the length: the
//!   cell says that it is a number.
//! - A cell that is merged over several rows says the same in each of them. Nothing else is filled down.
//! - A row that is hidden, by a filter or by hand, is told to be. Who looked at the sheet did not see it,
//!   and may have meant to leave it out or not know of it: so it is neither taken in nor passed over, but
//!   rejected ([`HIDDEN`]), until it is shown or deleted.
//! - A formula counts as the value that was saved with it.

mod bounds;
#[cfg(test)]
pub mod made;
mod parts;

use std::io::Cursor;

use calamine::{DataRef, Reader, Sheet, SheetType, SheetVisible, Xlsx};
use rust_decimal::Decimal;

pub use bounds::UNPACKED_BYTES_MAX;
use parts::Layout;

/// What a ZIP archive, and so an XLSX workbook, begins with (APPNOTE 4.3.7).
pub const ZIP: &[u8] = b"PK\x03\x04";

/// Why a hidden row is rejected.
pub const HIDDEN: &str = "is hidden in the sheet: show it (clear the filter), or delete it";

/// The most cells that are held at once: twenty columns of two hundred thousand charges.
const CELLS_MAX: usize = 4_000_000;

/// A worksheet's own limits (ECMA-376 as Excel keeps it): 16,384 columns.
const COLUMNS_MAX: usize = 16_384;

/// Why a workbook cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is none, or has cells where no sheet has any.
    #[error("the file is no workbook")]
    NoWorkbook,
    /// A part of it cannot be read.
    #[error("the workbook is damaged")]
    Damaged,
    /// It has no sheet of the name that was asked for.
    #[error("the workbook has no such sheet")]
    NoSheet,
    /// It would not fit into memory.
    #[error("the workbook unpacks to more than 256 MiB")]
    TooLarge,
    /// Nor would its cells.
    #[error("the sheet has more than 4,000,000 cells")]
    TooManyCells,
}

impl Fault {
    /// What to do about it.
    #[must_use]
    pub const fn next(self) -> &'static str {
        match self {
            Fault::NoWorkbook => "Save it as XLSX or CSV UTF-8",
            Fault::Damaged => "Save it as XLSX or CSV UTF-8 again",
            Fault::NoSheet => "Name a sheet of the workbook in the mapping",
            Fault::TooLarge | Fault::TooManyCells => "Send it in parts, or as CSV",
        }
    }
}

/// A cell's text, or why it has none.
pub type Text = Result<String, &'static str>;

/// What a sheet keeps a cell as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A text, or a truth value.
    Text,
    /// A number, which has lost its zeros in front.
    Number,
    /// A day.
    Day,
}

/// A cell that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its column, counted from 0.
    pub column: usize,
    /// What it says.
    pub text: Text,
    /// What the sheet keeps it as.
    pub form: Form,
    /// Whether it says so because it is merged with the cell of a row above.
    pub merged: bool,
}

/// A row that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number in the sheet, counted from 1.
    pub number: i32,
    /// Its cells by their column.
    pub cells: Vec<Cell>,
    /// Whether a person does not see it.
    pub hidden: bool,
}

impl Row {
    /// Columns up to the last that is not empty.
    #[must_use]
    pub fn width(&self) -> usize {
        self.cells.last().map_or(0, |cell| cell.column + 1)
    }
}

/// A workbook that is within bounds.
pub struct Workbook<'a> {
    bytes: &'a [u8],
    book: Xlsx<Cursor<&'a [u8]>>,
}

impl<'a> Workbook<'a> {
    /// Opens it.
    ///
    /// # Errors
    /// [`Fault::NoWorkbook`], [`Fault::TooLarge`], [`Fault::Damaged`].
    pub fn open(bytes: &'a [u8]) -> Result<Workbook<'a>, Fault> {
        bounds::hold(bytes)?;
        let book = Xlsx::new(Cursor::new(bytes)).map_err(|_damaged| Fault::Damaged)?;
        Ok(Workbook { bytes, book })
    }

    /// The names of its sheets.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.book.sheet_names()
    }

    /// The names of the sheets that a person sees; when all are hidden, of the first.
    #[must_use]
    pub fn seen(&self) -> Vec<String> {
        let is_seen =
            |sheet: &&Sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet;
        let seen = self.book.sheets_metadata().iter().filter(is_seen);
        let seen: Vec<String> = seen.map(|sheet| sheet.name.clone()).collect();
        if seen.is_empty() { self.names().into_iter().take(1).collect() } else { seen }
    }

    /// Hands the rows of a sheet to `take`, one after the other, until it says that it has enough. What is
    /// merged over several rows stands in the first of them only.
    ///
    /// # Errors
    /// [`Fault::NoSheet`], [`Fault::Damaged`].
    pub fn each_row(&mut self, sheet: &str, take: impl FnMut(Row) -> bool) -> Result<(), Fault> {
        let layout = self.layout(sheet)?;
        self.stream(sheet, &layout, take)
    }

    /// The rows of a sheet, the named or the first that a person sees.
    ///
    /// # Errors
    /// [`Fault::NoSheet`], [`Fault::Damaged`], [`Fault::TooManyCells`].
    pub fn rows(&mut self, sheet: Option<&str>) -> Result<Vec<Row>, Fault> {
        let name = match sheet {
            Some(name) => name.to_owned(),
            None => self.seen().into_iter().next().ok_or(Fault::NoSheet)?,
        };
        let layout = self.layout(&name)?;
        let (mut rows, mut held, mut beyond) = (vec![], Held::default(), Ok(()));
        self.stream(&name, &layout, |row| {
            beyond = row.cells.iter().try_for_each(|cell| held.add(cell));
            rows.push(row);
            beyond.is_ok()
        })?;
        beyond?;
        fill(&mut rows, &layout, &mut held)?;
        Ok(rows)
    }

    fn layout(&self, sheet: &str) -> Result<Layout, Fault> {
        let place = self.book.sheet_names().iter().position(|known| known == sheet).ok_or(Fault::NoSheet)?;
        parts::layout(self.bytes, place)
    }

    fn stream(
        &mut self,
        sheet: &str,
        layout: &Layout,
        mut take: impl FnMut(Row) -> bool,
    ) -> Result<(), Fault> {
        let mut cells = self.book.worksheet_cells_reader(sheet).map_err(|_damaged| Fault::Damaged)?;
        let mut row: Option<Row> = None;
        loop {
            let cell = cells.next_cell().map_err(|_damaged| Fault::Damaged)?;
            let Some(cell) = cell else { break };
            let (at, column) = cell.get_position();
            let Some((text, form)) = text_of(cell.get_value()) else { continue };
            let number = i32::try_from(at).map_err(|_too_many| Fault::Damaged)?.saturating_add(1);
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            if column >= COLUMNS_MAX {
                return Err(Fault::Damaged);
            }
            let cell = Cell { column, text, form, merged: false };
            if row.as_ref().is_some_and(|row| row.number != number)
                && let Some(ended) = row.take()
                && !take(sorted(ended))
            {
                return Ok(());
            }
            let hidden = layout.is_hidden(number);
            row.get_or_insert(Row { number, cells: vec![], hidden }).cells.push(cell);
        }
        if let Some(ended) = row {
            take(sorted(ended));
        }
        Ok(())
    }
}

/// What is held at once: a text that many cells share is held by each.
#[derive(Default)]
struct Held {
    cells: usize,
    bytes: u64,
}

impl Held {
    fn add(&mut self, cell: &Cell) -> Result<(), Fault> {
        self.cells += 1;
        self.bytes += cell.text.as_ref().map_or(0, |text| text.len() as u64);
        if self.cells > CELLS_MAX {
            Err(Fault::TooManyCells)
        } else if self.bytes > UNPACKED_BYTES_MAX {
            Err(Fault::TooLarge)
        } else {
            Ok(())
        }
    }
}

fn sorted(mut row: Row) -> Row {
    row.cells.sort_by_key(|cell| cell.column);
    row
}

/// Says what is merged over several rows in each of them: a visit's cells beside its lines. Names of
/// columns are none of that, so the first row is left alone; and a row with nothing of its own stays
/// empty. Every cell that is looked at counts as held: areas that overlap cannot make it endless.
fn fill(rows: &mut [Row], layout: &Layout, held: &mut Held) -> Result<(), Fault> {
    let heading = rows.first().map_or(0, |row| row.number);
    for area in &layout.merged {
        let from = rows.partition_point(|row| row.number < area.first);
        let until = rows.partition_point(|row| row.number <= area.last);
        let Some((above, below)) = rows.get_mut(from..until).and_then(<[Row]>::split_first_mut) else {
            continue;
        };
        let cell = above.cells.iter().find(|cell| cell.column == area.column);
        let Some(cell) = cell.filter(|_| above.number == area.first && area.first > heading) else {
            continue;
        };
        for row in below {
            held.add(cell)?;
            let place = row.cells.partition_point(|known| known.column < area.column);
            if row.cells.get(place).is_none_or(|known| known.column != area.column) {
                row.cells.insert(place, Cell { merged: true, ..cell.clone() });
            }
        }
    }
    Ok(())
}

/// A cell as text, and what the sheet keeps it as; none when it is empty.
fn text_of(value: &DataRef<'_>) -> Option<(Text, Form)> {
    let form = match value {
        DataRef::DateTime(_) | DataRef::DateTimeIso(_) => Form::Day,
        _ => Form::Text,
    };
    let text = match value {
        DataRef::Empty => return None,
        DataRef::String(text) => Ok(text.clone()),
        DataRef::SharedString(text) => Ok((*text).to_owned()),
        DataRef::Int(number) => return Some((Ok(number.to_string()), Form::Number)),
        DataRef::Float(number) => return Some((Ok(shown_number(*number)), Form::Number)),
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
        text => Some((text, form)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(row: &Row) -> Vec<(usize, &str, bool)> {
        row.cells.iter().map(|cell| (cell.column, cell.text.as_deref().unwrap(), cell.merged)).collect()
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
    fn what_is_merged_over_rows_is_said_in_each_of_them_and_nothing_beside() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let plain = rust_xlsxwriter::Format::new();
        let sheet = book.add_worksheet();
        sheet.merge_range(0, 0, 0, 1, "visit", &plain).unwrap();
        sheet.merge_range(1, 0, 3, 0, "V1", &plain).unwrap();
        // Over columns, too: what it says stands in the first.
        sheet.merge_range(1, 2, 2, 3, "wide", &plain).unwrap();
        for (row, line) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
            sheet.write_string(row, 1, line).unwrap();
        }
        let bytes = book.save_to_buffer().unwrap();
        let rows = Workbook::open(&bytes).unwrap().rows(None).unwrap();
        let told: Vec<_> = rows.iter().map(texts).collect();
        assert_eq!(
            told,
            [
                vec![(0, "visit", false)],
                vec![(0, "V1", false), (1, "a", false), (2, "wide", false)],
                vec![(0, "V1", true), (1, "b", false), (2, "wide", true)],
                vec![(0, "V1", true), (1, "c", false)],
                vec![(1, "d", false)],
            ]
        );
    }

    #[test]
    fn a_row_that_nobody_sees_is_told_to_be_hidden_on_whatever_sheet_it_stands() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let first = book.add_worksheet();
        first.write_string(0, 0, "first").unwrap();
        let second = book.add_worksheet();
        for row in 0..4 {
            second.write_number(row, 0, row).unwrap();
        }
        second.set_row_hidden(2).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let mut book = Workbook::open(&bytes).unwrap();
        let hidden = |rows: Vec<Row>| rows.iter().map(|row| row.hidden).collect::<Vec<_>>();
        assert_eq!(hidden(book.rows(Some("Sheet1")).unwrap()), [false]);
        assert_eq!(hidden(book.rows(Some("Sheet2")).unwrap()), [false, false, true, false]);
        assert_eq!(book.rows(Some("Sheet3")), Err(Fault::NoSheet));
    }

    #[test]
    fn a_cell_where_no_sheet_has_one_is_refused() {
        for name in ["ABCDEFG1", "A12345678", "XFDX1"] {
            let cell = format!(r#"<row r="1"><c r="{name}" t="inlineStr"><is><t>x</t></is></c></row>"#);
            let bytes = made::workbook(&cell);
            assert_eq!(Workbook::open(&bytes).err(), Some(Fault::NoWorkbook), "{name}");
        }
        // What a cell says is no name.
        let bytes = made::workbook(&made::row(1, &["visit_number", r#"see r="ABCDEFG1" there"#]));
        assert_eq!(Workbook::open(&bytes).unwrap().rows(None).unwrap()[0].width(), 2);
    }
}
