//! What a month's journal was exported as. The forms are written from one [`Journal`]; the file
//! that was made is kept and given again, so a form of a month has the same bytes for ever.
//!
//! - [`JournalFormat::write`] is pure: a journal to bytes, the same journal to the same bytes.
//! - A month that was exported is locked: the database refuses the record of an export otherwise.
//!
//! Deliberately absent: keeping the file, which is `journey::export_journal`'s.

mod iif;
mod qbo;
mod table;
mod xlsx;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::Tx;
use crate::db::schema::journal_exports as exported;
use crate::ledger::journal::Journal;
use crate::types::{FileId, Money, Month, Result};

/// A form in which general ledgers take a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JournalFormat {
    /// QuickBooks Desktop: Intuit Interchange Format.
    Iif,
    /// QuickBooks Online: CSV for "Import journal entries".
    Qbo,
    /// CSV with every column we have.
    Csv,
    /// The same as a workbook.
    Xlsx,
}

impl JournalFormat {
    /// Every form.
    pub const ALL: [JournalFormat; 4] =
        [JournalFormat::Iif, JournalFormat::Qbo, JournalFormat::Csv, JournalFormat::Xlsx];

    /// As stored, and as the command line and addresses write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            JournalFormat::Iif => "iif",
            JournalFormat::Qbo => "qbo",
            JournalFormat::Csv => "csv",
            JournalFormat::Xlsx => "xlsx",
        }
    }

    /// As a person names it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            JournalFormat::Iif => "QuickBooks Desktop (IIF)",
            JournalFormat::Qbo => "QuickBooks Online (CSV)",
            JournalFormat::Csv => "CSV",
            JournalFormat::Xlsx => "Excel",
        }
    }

    /// The kind of its content.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            JournalFormat::Iif => "text/plain; charset=utf-8",
            JournalFormat::Qbo | JournalFormat::Csv => "text/csv; charset=utf-8",
            JournalFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// What the file of a month is called: `journal-2026-10-qbo.csv`.
    #[must_use]
    pub fn file_name(self, month: Month) -> String {
        match self {
            JournalFormat::Iif => format!("journal-{month}.iif"),
            JournalFormat::Qbo => format!("journal-{month}-qbo.csv"),
            JournalFormat::Csv => format!("journal-{month}.csv"),
            JournalFormat::Xlsx => format!("journal-{month}.xlsx"),
        }
    }

    /// The journal in this form.
    pub fn write(self, journal: &Journal) -> Result<Vec<u8>> {
        match self {
            JournalFormat::Iif => Ok(iif::write(journal).into_bytes()),
            JournalFormat::Qbo => qbo::write(journal),
            JournalFormat::Csv => table::write(journal),
            JournalFormat::Xlsx => xlsx::write(journal),
        }
    }
}
impl fmt::Display for JournalFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no form of a journal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no form of a journal: expected iif, qbo, csv or xlsx")]
pub struct UnknownFormat;

impl FromStr for JournalFormat {
    type Err = UnknownFormat;
    fn from_str(text: &str) -> std::result::Result<JournalFormat, UnknownFormat> {
        JournalFormat::ALL.into_iter().find(|format| format.as_str() == text).ok_or(UnknownFormat)
    }
}

/// A month's journal that was exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalExport {
    /// The month.
    pub month: Month,
    /// In which form.
    pub format: JournalFormat,
    /// The kept file.
    pub file: FileId,
    /// Journal entries in it: one for each day on which something is booked.
    pub journal_entries: i32,
    /// All that is debited in it; the same is credited.
    pub debits: Money,
    /// Who exported it, as the audit trail writes it.
    pub actor: String,
    /// When.
    pub exported_at: DateTime<Utc>,
}

type Row = (chrono::NaiveDate, String, FileId, i32, Money, String, DateTime<Utc>);

fn read((month, format, file, journal_entries, debits, actor, exported_at): Row) -> Result<JournalExport> {
    let format = format.parse().map_err(anyhow::Error::from)?;
    Ok(JournalExport { month: Month::of(month), format, file, journal_entries, debits, actor, exported_at })
}

/// Every export, newest month first.
pub async fn list(tx: &mut Tx) -> Result<Vec<JournalExport>> {
    let rows: Vec<Row> = exported::table
        .filter(exported::organization_id.eq(tx.actor().organization))
        .order((exported::month.desc(), exported::format))
        .select(COLUMNS)
        .load(tx.conn())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The export of a month in a form, if there was one.
pub async fn find(tx: &mut Tx, month: Month, format: JournalFormat) -> Result<Option<JournalExport>> {
    let row: Option<Row> = exported::table
        .find((tx.actor().organization, month.first(), format.as_str()))
        .select(COLUMNS)
        .first(tx.conn())
        .await
        .optional()?;
    row.map(read).transpose()
}

/// Records that a locked month's journal was exported as this file.
pub async fn record(tx: &mut Tx, journal: &Journal, format: JournalFormat, file: FileId) -> Result<()> {
    let entries = i32::try_from(journal.entries.len()).map_err(anyhow::Error::from)?;
    let (organization, actor) = (tx.actor().organization, tx.actor().who.to_string());
    diesel::insert_into(exported::table)
        .values((
            exported::organization_id.eq(organization),
            exported::month.eq(journal.month.first()),
            exported::format.eq(format.as_str()),
            exported::file_id.eq(file),
            exported::journal_entries.eq(entries),
            exported::debits.eq(journal.debits()),
            exported::credits.eq(journal.credits()),
            exported::actor.eq(actor),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

const COLUMNS: (
    exported::month,
    exported::format,
    exported::file_id,
    exported::journal_entries,
    exported::debits,
    exported::actor,
    exported::exported_at,
) = (
    exported::month,
    exported::format,
    exported::file_id,
    exported::journal_entries,
    exported::debits,
    exported::actor,
    exported::exported_at,
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::journal::{JournalEntry, JournalLine};
    use crate::ledger::{Account, AccountKind, Side};

    fn account(kind: AccountKind, mapped: Option<(&str, &str)>) -> Account {
        Account {
            kind,
            number: kind.number(),
            name: kind.default_name().to_owned(),
            general_ledger_account: mapped.map(|(name, _)| name.to_owned()),
            general_ledger_number: mapped.map(|(_, number)| number.to_owned()),
        }
    }

    /// 150.00 billed on the 2nd; 80.00 paid and 40.00 written off on the 20th.
    fn journal() -> Journal {
        let line = |account: &Account, side, cents| JournalLine {
            account: account.clone(),
            side,
            amount: Money::from_cents(cents),
        };
        let cash = account(AccountKind::InsuranceCash, Some(("Checking, main", "10100")));
        let receivable = account(AccountKind::InsuranceAr, None);
        let charges = account(AccountKind::Charges, None);
        let contractual = account(AccountKind::ContractualAdjustments, None);
        Journal {
            month: "2026-03".parse().unwrap(),
            entries: vec![
                JournalEntry {
                    booked_on: "2026-03-02".parse().unwrap(),
                    lines: vec![line(&receivable, Side::Debit, 15_000), line(&charges, Side::Credit, 15_000)],
                },
                JournalEntry {
                    booked_on: "2026-03-20".parse().unwrap(),
                    lines: vec![
                        line(&cash, Side::Debit, 8_000),
                        line(&receivable, Side::Credit, 12_000),
                        line(&contractual, Side::Debit, 4_000),
                    ],
                },
            ],
        }
    }

    fn written(format: JournalFormat) -> String {
        String::from_utf8(format.write(&journal()).unwrap()).unwrap()
    }

    #[test]
    fn a_day_that_does_not_balance_is_found() {
        let mut journal = journal();
        assert_eq!(
            (journal.debits(), journal.credits()),
            (Money::from_cents(27_000), Money::from_cents(27_000))
        );
        assert_eq!(journal.unbalanced(), None);
        journal.entries[1].lines[0].amount = Money::from_cents(8_001);
        assert_eq!(journal.unbalanced().unwrap().number(), "FP-20260320");
    }

    #[test]
    fn iif_signs_credits_and_ends_each_entry() {
        assert_eq!(
            written(JournalFormat::Iif),
            "!TRNS\tTRNSID\tTRNSTYPE\tDATE\tACCNT\tNAME\tCLASS\tAMOUNT\tDOCNUM\tMEMO\r\n\
             !SPL\tSPLID\tTRNSTYPE\tDATE\tACCNT\tNAME\tCLASS\tAMOUNT\tDOCNUM\tMEMO\r\n\
             !ENDTRNS\r\n\
             TRNS\t\tGENERAL JOURNAL\t03/02/2026\tInsurance receivables\t\t\t150.00\tFP-20260302\tFirstpass 2026-03\r\n\
             SPL\t\tGENERAL JOURNAL\t03/02/2026\tGross charges\t\t\t-150.00\tFP-20260302\tFirstpass 2026-03\r\n\
             ENDTRNS\r\n\
             TRNS\t\tGENERAL JOURNAL\t03/20/2026\tChecking, main\t\t\t80.00\tFP-20260320\tFirstpass 2026-03\r\n\
             SPL\t\tGENERAL JOURNAL\t03/20/2026\tInsurance receivables\t\t\t-120.00\tFP-20260320\tFirstpass 2026-03\r\n\
             SPL\t\tGENERAL JOURNAL\t03/20/2026\tContractual adjustments\t\t\t40.00\tFP-20260320\tFirstpass 2026-03\r\n\
             ENDTRNS\r\n"
        );
    }

    #[test]
    fn quickbooks_online_gets_its_own_columns() {
        assert_eq!(
            written(JournalFormat::Qbo),
            "*JournalNo,*JournalDate,*AccountName,*Debits,*Credits,Description,Name,Currency,Location,Class\r\n\
             FP-20260302,03/02/2026,Insurance receivables,150.00,,Firstpass 2026-03,,,,\r\n\
             FP-20260302,03/02/2026,Gross charges,,150.00,Firstpass 2026-03,,,,\r\n\
             FP-20260320,03/20/2026,\"Checking, main\",80.00,,Firstpass 2026-03,,,,\r\n\
             FP-20260320,03/20/2026,Insurance receivables,,120.00,Firstpass 2026-03,,,,\r\n\
             FP-20260320,03/20/2026,Contractual adjustments,40.00,,Firstpass 2026-03,,,,\r\n"
        );
    }

    #[test]
    fn the_general_table_names_both_accounts() {
        assert_eq!(
            written(JournalFormat::Csv),
            "journal,date,account_number,account,general_ledger_number,general_ledger_account,debit,credit\r\n\
             FP-20260302,2026-03-02,1110,Insurance receivables,1110,Insurance receivables,150.00,\r\n\
             FP-20260302,2026-03-02,4010,Gross charges,4010,Gross charges,,150.00\r\n\
             FP-20260320,2026-03-20,1010,Insurance cash,10100,\"Checking, main\",80.00,\r\n\
             FP-20260320,2026-03-20,1110,Insurance receivables,1110,Insurance receivables,,120.00\r\n\
             FP-20260320,2026-03-20,4110,Contractual adjustments,4110,Contractual adjustments,40.00,\r\n"
        );
    }

    #[test]
    fn a_workbook_is_the_same_table_and_the_same_bytes_each_time() {
        use calamine::{Data, Reader};
        let bytes = JournalFormat::Xlsx.write(&journal()).unwrap();
        assert_eq!(bytes, JournalFormat::Xlsx.write(&journal()).unwrap());
        let mut book: calamine::Xlsx<_> =
            calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        let sheet = book.worksheet_range("2026-03").unwrap();
        let row = |number: u32| {
            (0..8)
                .map(|column| sheet.get_value((number, column)).unwrap_or(&Data::Empty).to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(sheet.height(), 6);
        assert_eq!(row(0)[6], "debit");
        assert_eq!(
            row(3),
            ["FP-20260320", "2026-03-20", "1010", "Insurance cash", "10100", "Checking, main", "80", ""]
        );
    }
}
