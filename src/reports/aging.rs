//! Accounts receivable by age: what each payer and the patients owe, and since when.
//!
//! What counts is what is booked by the day asked for; its age that day is counted
//! from the business date of the visit's first charge. So the report of a closed month is the same
//! whenever it is asked for, late facts included: they are in the month in which they were booked.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::Tx;
use crate::ledger::{self, AccountKind, AsOf, Proof};
use crate::registry::payers;
use crate::types::{Money, PayerId, Result};

/// Days at which a bucket begins; before the first one is the youngest.
const BOUNDS: [i32; 4] = [31, 61, 91, 121];

/// The buckets' names, in days.
pub const BUCKETS: [&str; 5] = ["0–30", "31–60", "61–90", "91–120", "over 120"];

/// Receivables by who owes and by age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Aging {
    /// The day: what is booked by then, and how old it was then.
    pub as_of: NaiveDate,
    /// Payers by what they owe, the largest first, then the patients together.
    pub rows: Vec<AgingRow>,
    /// All rows together: equal to the receivables on the accounts.
    pub total: AgingRow,
}

/// What one payer, or all patients, owe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgingRow {
    /// The payer; none for patients and for the total.
    pub payer: Option<PayerId>,
    /// How it is called.
    pub name: String,
    /// Claims with a balance.
    pub claims: i64,
    /// What is owed, by age: 0–30, 31–60, 61–90, 91–120 and over 120 days.
    pub buckets: [Money; 5],
    /// Credit balances, negative: they have no age.
    pub credits: Money,
    /// Buckets and credits together.
    pub balance: Money,
}

impl AgingRow {
    fn add(&mut self, aged: &ledger::Aged) {
        self.claims += aged.claims;
        self.balance += aged.amount;
        match aged.bucket.and_then(|bucket| self.buckets.get_mut(bucket)) {
            Some(bucket) => *bucket += aged.amount,
            None => self.credits += aged.amount,
        }
    }
}

/// The report as of a day.
pub async fn aging(tx: &mut Tx, as_of: NaiveDate) -> Result<Aging> {
    let aged = ledger::aged_receivables(tx, as_of, &BOUNDS).await?;
    let ids: Vec<PayerId> = aged.iter().filter_map(|aged| aged.payer).collect();
    let payers = payers::load(tx, &ids).await?;
    let name = |aged: &ledger::Aged| match (aged.account, aged.payer) {
        (AccountKind::PatientAr, _) => "Patients".to_owned(),
        (_, Some(payer)) => payers
            .iter()
            .find(|known| known.id == payer)
            .map_or_else(|| payer.to_string(), |known| known.name.clone()),
        (_, None) => "No payer".to_owned(),
    };
    let mut rows: BTreeMap<(AccountKind, Option<PayerId>), AgingRow> = BTreeMap::new();
    let mut total = AgingRow { name: "All".to_owned(), ..AgingRow::default() };
    for aged in &aged {
        let row = rows.entry((aged.account, aged.payer)).or_insert_with(|| AgingRow {
            payer: aged.payer,
            name: name(aged),
            ..AgingRow::default()
        });
        row.add(aged);
        total.add(aged);
    }
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by_key(|((account, _), row)| (*account, std::cmp::Reverse(row.balance), row.name.clone()));
    Ok(Aging { as_of, rows: rows.into_iter().map(|(_, row)| row).collect(), total })
}

impl Aging {
    /// The report as CSV.
    pub fn csv(&self) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(vec![]);
        let mut write = |cells: Vec<String>| writer.write_record(cells).map_err(anyhow::Error::from);
        write(
            [
                "as_of", "owed_by", "claims", "0-30", "31-60", "61-90", "91-120", "over_120", "credits",
                "balance",
            ]
            .map(str::to_owned)
            .to_vec(),
        )?;
        for row in self.rows.iter().chain([&self.total]) {
            let mut cells = vec![self.as_of.to_string(), row.name.clone(), row.claims.to_string()];
            cells.extend(row.buckets.iter().chain([&row.credits, &row.balance]).map(Money::to_string));
            write(cells)?;
        }
        Ok(writer.into_inner().map_err(|fault| anyhow::anyhow!("{}", fault.error()))?)
    }
}

/// Buckets and credits add up to what stands on the accounts, and what the report reads of kept balances is
/// what the transfers say.
pub async fn aging_proof(tx: &mut Tx, as_of: AsOf) -> Result<Proof> {
    let balances = ledger::balances_of_transfers(tx, as_of).await?;
    // The age on any day splits the same sum.
    let day = as_of.booked_on.unwrap_or(NaiveDate::MAX);
    let aged = ledger::aged_receivables_of_transfers(tx, as_of, day, &BOUNDS).await?;
    // What was known at a moment is in no report.
    let reported = as_of.posted_at.is_some() || ledger::aged_receivables(tx, day, &BOUNDS).await? == aged;
    let mut holds = reported;
    let mut detail = vec![];
    for kind in [AccountKind::InsuranceAr, AccountKind::PatientAr] {
        let sum: Money = aged.iter().filter(|aged| aged.account == kind).map(|aged| aged.amount).sum();
        let account = balances.iter().find(|row| row.account.kind == kind);
        let account = account.map(|row| row.balance).unwrap_or_default();
        holds &= sum == account;
        detail.push(format!("{kind}: ages {sum}, account {account}"));
    }
    if !reported {
        detail.push("the report by age says something else".to_owned());
    }
    Ok(Proof { name: "aging_is_receivables", holds, detail: detail.join("; ") })
}
