//! What the practice's numbers are: the dashboard, receivables by age. Each formula once.
//!
//! - [`dashboard`] reads one moment: claims by status, what the ledger says is owed, paid and written
//!   off, open denials by category, and what else waits for a person.
//! - A number comes from the verb of the feature that owns it; nothing is counted twice, and the
//!   lists that the numbers lead to use the same predicates.
//!
//! Which day counts where: the dashboard's totals are all that is booked; [`aging()`] is what is
//! booked by a day, aged from the business date of the visit; balances and the trial balance of the
//! ledger are what is booked by a day; a journal is what is booked in a month. What is booked by the
//! end of a closed month never changes.
//!
//! Deliberately absent: trends and productivity. No number is stored here; sums over all claims and all
//! transfers are kept by the database itself, and proved.

mod aging;
pub mod api;
pub mod pages;

pub use aging::{Aging, AgingRow, BUCKETS, aging, aging_proof};

use chrono::NaiveDate;

use crate::claims::{self, StatusCount};
use crate::credits;
use crate::db::{Tx, jobs};
use crate::denials::{self, Category};
use crate::deposits;
use crate::ledger::{self, AccountKind, AsOf};
use crate::remits;
use crate::types::{Money, Result};
use crate::underpayments;

/// Patients who owe are counted up to here on the dashboard.
pub const PATIENTS_COUNTED_MAX: i64 = 10_000;

/// The practice's totals at one moment.
#[derive(Clone, Debug, Default)]
pub struct Dashboard {
    /// Claims by status, in the order of a claim's life; without those that no claim is in.
    pub claims: Vec<StatusCount>,
    /// Everything that was billed.
    pub charged: Money,
    /// What payers paid.
    pub paid_by_payers: Money,
    /// What patients paid.
    pub paid_by_patients: Money,
    /// Written off because a contract says so.
    pub contractual: Money,
    /// What payers owe.
    pub owed_by_payers: Money,
    /// What patients owe.
    pub owed_by_patients: Money,
    /// How many patients owe; none when they are more than [`PATIENTS_COUNTED_MAX`].
    pub patients_owing: Option<i64>,
    /// Open denials: category, how many, what is at stake; the largest stake first.
    pub denials: Vec<(Category, i64, Money)>,
    /// What waits for a person besides: how many, and what it is about.
    pub waiting: Waiting,
}

/// Work that is not a claim's status: how many, and what it is about.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    /// Remittances that are held whole.
    pub held_remittances: (i64, Money),
    /// Open exceptions of remittances.
    pub exceptions: (i64, Money),
    /// Open underpayments.
    pub underpayments: (i64, Money),
    /// Credit balances.
    pub credits: credits::Totals,
    /// Refunds that are owed.
    pub refunds: (i64, Money),
    /// What waits in unapplied cash.
    pub unapplied: credits::receipts::Unapplied,
    /// Jobs that failed too often.
    pub dead_jobs: i64,
    /// Money at the bank without remittance, and remittances without money.
    pub bank: deposits::Totals,
}

impl Waiting {
    async fn load(tx: &mut Tx, today: NaiveDate) -> Result<Waiting> {
        let states = remits::totals::count_by_state(tx).await?;
        let held = states.into_iter().find(|(state, ..)| *state == remits::State::Held);
        Ok(Waiting {
            held_remittances: held.map(|(_, count, paid)| (count, paid)).unwrap_or_default(),
            exceptions: remits::exceptions::totals(tx).await?,
            underpayments: underpayments::totals(tx).await?,
            credits: credits::totals(tx).await?,
            refunds: credits::refunds::totals(tx).await?,
            unapplied: credits::receipts::totals(tx).await?,
            dead_jobs: jobs::count_dead(tx).await?,
            bank: deposits::totals(tx, today).await?,
        })
    }
}

/// The totals, as the transaction sees them; run it in a snapshot. `today` is the practice's day.
pub async fn dashboard(tx: &mut Tx, today: NaiveDate) -> Result<Dashboard> {
    let mut totals = Dashboard { claims: claims::count_by_status(tx).await?, ..Dashboard::default() };
    totals.claims.sort_by_key(|row| claims::Status::ALL.iter().position(|status| *status == row.status));
    for account in ledger::balances(tx, AsOf::NOW).await? {
        match account.account.kind {
            AccountKind::Charges => totals.charged = account.balance,
            AccountKind::InsuranceCash => totals.paid_by_payers = account.balance,
            AccountKind::PatientCash => totals.paid_by_patients = account.balance,
            AccountKind::ContractualAdjustments => totals.contractual = account.balance,
            AccountKind::InsuranceAr => totals.owed_by_payers = account.balance,
            AccountKind::PatientAr => totals.owed_by_patients = account.balance,
            _ => {}
        }
    }
    totals.patients_owing = ledger::count_patients_who_owe(tx, PATIENTS_COUNTED_MAX).await?;
    totals.denials = denials::totals(tx).await?;
    totals.denials.sort_by_key(|(_, _, amount)| std::cmp::Reverse(*amount));
    totals.waiting = Waiting::load(tx, today).await?;
    Ok(totals)
}
