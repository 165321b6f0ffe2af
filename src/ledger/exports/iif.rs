//! Intuit Interchange Format, as QuickBooks Desktop imports it (File, Utilities, Import, IIF): a
//! general journal entry is a TRNS line with its SPL lines and ENDTRNS, fields set off by tabs,
//! debits positive and credits negative.

use std::fmt::Write;

use crate::ledger::Side;
use crate::ledger::journal::Journal;

const FIELDS: &str = "TRNSTYPE\tDATE\tACCNT\tNAME\tCLASS\tAMOUNT\tDOCNUM\tMEMO";

/// The journal as IIF. Names hold neither tabs nor quotes: the database refuses such.
pub(super) fn write(journal: &Journal) -> String {
    let mut text = format!("!TRNS\tTRNSID\t{FIELDS}\r\n!SPL\tSPLID\t{FIELDS}\r\n!ENDTRNS\r\n");
    for entry in &journal.entries {
        for (place, line) in entry.lines.iter().enumerate() {
            let tag = if place == 0 { "TRNS" } else { "SPL" };
            let amount = match line.side {
                Side::Debit => line.amount,
                Side::Credit => -line.amount,
            };
            let day = entry.booked_on.format("%m/%d/%Y");
            let (account, number) = (line.account.general_ledger_name(), entry.number());
            let memo = journal.memo();
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "{tag}\t\tGENERAL JOURNAL\t{day}\t{account}\t\t\t{amount}\t{number}\t{memo}\r\n"
            );
        }
        text.push_str("ENDTRNS\r\n");
    }
    text
}
