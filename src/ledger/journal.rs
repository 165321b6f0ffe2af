//! The journal of a month, as a general ledger takes it: one journal entry for each day on which
//! something is booked, with what was debited and what was credited on each account that day.
//!
//! Nothing is netted: a payment and its reversal on one day are two lines. No line names a claim, a
//! patient or a payer, so a journal may leave the practice's clinical systems.

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{Date, Numeric, SmallInt};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::ledger::accounts::{Account, Side};
use crate::ledger::store;
use crate::types::{Money, Month, Result};

/// A month's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// The month.
    pub month: Month,
    /// Its entries, by day.
    pub entries: Vec<JournalEntry>,
}

/// What one day moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// The day of the books.
    pub booked_on: NaiveDate,
    /// In the order of the chart; an account with both sides has two lines, the debit first.
    pub lines: Vec<JournalLine>,
}

/// One side of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalLine {
    /// The account.
    pub account: Account,
    /// Which side.
    pub side: Side,
    /// How much, positive.
    pub amount: Money,
}

impl JournalEntry {
    /// Its number: at most eleven characters, as QuickBooks Desktop takes them: `FP-20261031`.
    #[must_use]
    pub fn number(&self) -> String {
        self.booked_on.format("FP-%Y%m%d").to_string()
    }

    fn sum(&self, side: Side) -> Money {
        self.lines.iter().filter(|line| line.side == side).map(|line| line.amount).sum()
    }
}

impl JournalLine {
    /// The amount when it stands on this side.
    #[must_use]
    pub fn on(&self, side: Side) -> Option<Money> {
        (self.side == side).then_some(self.amount)
    }
}

impl Journal {
    /// What each line says of itself. Never whom it concerns.
    #[must_use]
    pub fn memo(&self) -> String {
        format!("Firstpass {}", self.month)
    }

    /// All that is debited.
    #[must_use]
    pub fn debits(&self) -> Money {
        self.entries.iter().map(|entry| entry.sum(Side::Debit)).sum()
    }

    /// All that is credited.
    #[must_use]
    pub fn credits(&self) -> Money {
        self.entries.iter().map(|entry| entry.sum(Side::Credit)).sum()
    }

    /// The first entry whose debits are not its credits: none, by the form of a transfer.
    #[must_use]
    pub fn unbalanced(&self) -> Option<&JournalEntry> {
        self.entries.iter().find(|entry| entry.sum(Side::Debit) != entry.sum(Side::Credit))
    }
}

/// The journal of what is booked in a month, under the general-ledger accounts as mapped now.
pub async fn journal(tx: &mut Tx, month: Month) -> Result<Journal> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Date)]
        booked_on: NaiveDate,
        #[diesel(sql_type = SmallInt)]
        number: i16,
        #[diesel(sql_type = Numeric)]
        debits: Money,
        #[diesel(sql_type = Numeric)]
        credits: Money,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "with booked as (
            select e.booked_on, t.debit_account, t.credit_account, t.amount
            from entries e
            join transfers t on t.organization_id = e.organization_id and t.entry_id = e.id
            where e.booked_on between $1 and $2)
         select booked_on, number, sum(debit) as debits, sum(credit) as credits from (
            select booked_on, debit_account::smallint as number, amount as debit, 0 as credit from booked
            union all
            select booked_on, credit_account::smallint, 0, amount from booked) legs
         group by booked_on, number order by booked_on, number",
    )
    .bind::<Date, _>(month.first())
    .bind::<Date, _>(month.last())
    .load(tx.conn())
    .await?;
    let chart = store::accounts(tx).await?;
    let mut entries: Vec<JournalEntry> = vec![];
    for row in rows {
        let account = chart
            .iter()
            .find(|account| account.number == row.number)
            .ok_or_else(|| anyhow::anyhow!("the chart has no account {}", row.number))?;
        if entries.last().is_none_or(|entry| entry.booked_on != row.booked_on) {
            entries.push(JournalEntry { booked_on: row.booked_on, lines: vec![] });
        }
        let sides = [(Side::Debit, row.debits), (Side::Credit, row.credits)];
        if let Some(entry) = entries.last_mut() {
            entry.lines.extend(
                sides.into_iter().filter(|(_, amount)| !amount.is_zero()).map(|(side, amount)| JournalLine {
                    account: account.clone(),
                    side,
                    amount,
                }),
            );
        }
    }
    let journal = Journal { month, entries };
    if let Some(entry) = journal.unbalanced() {
        return Err(anyhow::anyhow!("the journal of {} does not balance", entry.booked_on).into());
    }
    Ok(journal)
}
