//! The practice's bank: what the payers transfer stands in its table a weekday later, most of it with
//! the TRN of its 835 beside it, as a CCD+ addenda record carries it (45 CFR 162.1602).
//!
//! On purpose, every fifth transfer lost its addenda on the way, a check comes that no 835
//! announces, and the rent goes out.

use std::fmt::Write;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::Serialize;

use crate::types::Money;

/// An EFT that a payer started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// BPR16.
    pub on: NaiveDate,
    /// BPR02.
    pub amount: Money,
    /// TRN02.
    pub trace: String,
    /// TRN03.
    pub company: String,
    /// N102 of the payer.
    pub payer: String,
}

/// Of how many transfers one comes without its addenda.
const WITHOUT_ADDENDA: usize = 5;

/// The bank's table, as CSV, of what was on the account by the end of `until`.
///
/// ```
/// use firstpass::sandbox::{Transfer, bank_table};
/// let transfer = Transfer {
///     on: "2026-11-27".parse()?,
///     amount: "80.00".parse()?,
///     trace: "E1".into(),
///     company: "1001234567".into(),
///     payer: "Meridian Mutual Sandbox".into(),
/// };
/// // Friday's transfer is there on Monday.
/// let table = bank_table(&[transfer], "2026-11-30".parse()?);
/// assert!(table.contains("2026-11-30,MERIDIAN MUTUAL SANDBOX HCCLAIMPMT TRN*1*E1*1001234567\\,80.00\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn bank_table(transfers: &[Transfer], until: NaiveDate) -> String {
    let mut rows: Vec<(NaiveDate, String, Money)> = vec![];
    for (count, transfer) in (1..).zip(transfers) {
        let payer = transfer.payer.to_ascii_uppercase();
        let addenda = match count % WITHOUT_ADDENDA {
            0 => String::new(),
            _ => format!(" TRN*1*{}*{}\\", transfer.trace, transfer.company),
        };
        let text = format!("{payer} HCCLAIMPMT{addenda}");
        rows.push((next_weekday(transfer.on), text, transfer.amount));
    }
    rows.push((until, "LOCKBOX CHECK 20417".into(), Money::from_cents(21_250)));
    rows.push((until, "OFFICE RENT".into(), Money::from_cents(-320_000)));
    rows.sort();
    let mut table = String::from("Date,Description,Amount\n");
    for (on, text, amount) in rows.into_iter().filter(|(on, ..)| *on <= until) {
        writeln!(table, "{on},{text},{amount}").expect("a text takes every line");
    }
    table
}

fn next_weekday(day: NaiveDate) -> NaiveDate {
    let days = match day.weekday() {
        Weekday::Fri => 3,
        Weekday::Sat => 2,
        _ => 1,
    };
    day + Days::new(days)
}
