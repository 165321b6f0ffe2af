//! The journal as a plain table: every column we have, for whatever reads it.

use csv::{Terminator, WriterBuilder};

use crate::ledger::Side;
use crate::ledger::journal::{Journal, JournalEntry, JournalLine};
use crate::types::{Money, Result};

/// The columns, in their order.
pub(super) const COLUMNS: [&str; 8] = [
    "journal",
    "date",
    "account_number",
    "account",
    "general_ledger_number",
    "general_ledger_account",
    "debit",
    "credit",
];

/// The words of a line, without its amounts.
pub(super) fn words(entry: &JournalEntry, line: &JournalLine) -> [String; 6] {
    [
        entry.number(),
        entry.booked_on.to_string(),
        line.account.number.to_string(),
        line.account.name.clone(),
        line.account.general_ledger_number(),
        line.account.general_ledger_name().to_owned(),
    ]
}

/// The journal as CSV.
pub(super) fn write(journal: &Journal) -> Result<Vec<u8>> {
    let rows = journal.entries.iter().flat_map(|entry| {
        entry.lines.iter().map(move |line| {
            let amount = |side| line.on(side).map(|amount: Money| amount.to_string()).unwrap_or_default();
            let amounts = [amount(Side::Debit), amount(Side::Credit)];
            words(entry, line).into_iter().chain(amounts)
        })
    });
    comma_separated(&COLUMNS, rows)
}

/// RFC 4180: a heading, rows, lines ended by CR LF.
pub(super) fn comma_separated<R>(columns: &[&str], rows: impl Iterator<Item = R>) -> Result<Vec<u8>>
where
    R: IntoIterator<Item = String>,
{
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(vec![]);
    writer.write_record(columns).map_err(anyhow::Error::from)?;
    for row in rows {
        writer.write_record(row).map_err(anyhow::Error::from)?;
    }
    Ok(writer.into_inner().map_err(|fault| anyhow::anyhow!("{}", fault.error()))?)
}
