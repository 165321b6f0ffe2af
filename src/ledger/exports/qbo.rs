//! The CSV that QuickBooks Online takes under "Import data, Journal entries", with the columns of
//! Intuit's own sample file.

use crate::ledger::Side;
use crate::ledger::exports::table::comma_separated;
use crate::ledger::journal::Journal;
use crate::types::Result;

const COLUMNS: [&str; 10] = [
    "*JournalNo",
    "*JournalDate",
    "*AccountName",
    "*Debits",
    "*Credits",
    "Description",
    "Name",
    "Currency",
    "Location",
    "Class",
];

/// The journal as QuickBooks Online takes it.
pub(super) fn write(journal: &Journal) -> Result<Vec<u8>> {
    let rows = journal.entries.iter().flat_map(|entry| {
        entry.lines.iter().map(move |line| {
            let amount = |side| line.on(side).map(|amount| amount.to_string()).unwrap_or_default();
            [
                entry.number(),
                entry.booked_on.format("%m/%d/%Y").to_string(),
                line.account.general_ledger_name().to_owned(),
                amount(Side::Debit),
                amount(Side::Credit),
                journal.memo(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
            ]
        })
    });
    comma_separated(&COLUMNS, rows)
}
