//! The plain table as a workbook of one sheet, named by its month.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use crate::ledger::Side;
use crate::ledger::exports::table::{COLUMNS, words};
use crate::ledger::journal::Journal;
use crate::types::Result;

/// The journal as a workbook. Amounts are numbers with two decimals, everything else is text.
pub(super) fn write(journal: &Journal) -> Result<Vec<u8>> {
    Ok(workbook(journal)?)
}

fn workbook(journal: &Journal) -> anyhow::Result<Vec<u8>> {
    let mut book = Workbook::new();
    // The moment of writing would make other bytes each time.
    let made = ExcelDateTime::parse_from_str(&journal.month.first().to_string())?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    sheet.set_name(journal.month.to_string())?;
    sheet.set_freeze_panes(1, 0)?;
    let columns = || 0_u16..;
    for (column, caption) in columns().zip(COLUMNS) {
        sheet.write(0, column, caption)?;
        sheet.set_column_width(column, 20)?;
    }
    let money = rust_xlsxwriter::Format::new().set_num_format("#,##0.00");
    let lines = journal.entries.iter().flat_map(|entry| entry.lines.iter().map(move |line| (entry, line)));
    for (row, (entry, line)) in (1_u32..).zip(lines) {
        for (column, word) in columns().zip(words(entry, line)) {
            sheet.write(row, column, word)?;
        }
        for (column, side) in [(6, Side::Debit), (7, Side::Credit)] {
            if let Some(amount) = line.on(side) {
                sheet.write_with_format(row, column, amount.to_decimal(), &money)?;
            }
        }
    }
    Ok(book.save_to_buffer()?)
}
