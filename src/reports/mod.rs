//! What the practice's numbers are: the dashboard, receivables by age. Each formula once.
//!
//! - [`dashboard`] reads one moment: claims by status, what the ledger says is owed, paid and written
//!   off, open denials by category.
//! - A number comes from the verb of the feature that owns it; nothing is counted twice, and the
//!   lists that the numbers lead to use the same predicates.
//!
//! Which day counts where: the dashboard's totals are all that is booked; [`aging()`] is what is
//! booked by a day, aged from the business date of the visit; balances and the trial balance of the
//! ledger are what is booked by a day; a journal is what is booked in a month. What is booked by the
//! end of a closed month never changes.
//!
//! Deliberately absent: trends and productivity, and any stored copy of a number.

mod aging;
pub mod api;
pub mod pages;

pub use aging::{Aging, AgingRow, BUCKETS, aging, aging_proof};

use crate::claims::{self, StatusCount};
use crate::db::Tx;
use crate::denials::{self, Category};
use crate::ledger::{self, AccountKind, AsOf};
use crate::statements;
use crate::types::{Money, Result};

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
    /// How many patients owe.
    pub patients_owing: usize,
    /// Open denials: category, how many, what is at stake; the largest stake first.
    pub denials: Vec<(Category, i64, Money)>,
}

/// The totals, as the transaction sees them; run it in a snapshot.
pub async fn dashboard(tx: &mut Tx) -> Result<Dashboard> {
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
    totals.patients_owing = statements::due(tx, AsOf::NOW).await?.len();
    totals.denials = denials::totals(tx).await?;
    totals.denials.sort_by_key(|(_, _, amount)| std::cmp::Reverse(*amount));
    Ok(totals)
}
