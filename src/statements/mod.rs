//! What patients owe, and why.
//!
//! - A patient's *account* is the visits under which money moved for them, each with its equation:
//!   charges less payments less adjustments is what is owed, and by whom.
//! - A figure is never stored here: it is the ledger's, as of any day, and every part of it leads
//!   to the entries it came from.
//! - What is the patient's own is only what a payer said is the patient's (group PR), or a visit
//!   without insurance: nothing is billed to a patient while a payer still has to answer for it.
//!
//! Deliberately absent so far: printed statements, dunning, plans, payments by patients.

use serde::Serialize;

use crate::db::Tx;
use crate::ledger::{self, AsOf, PatientBalance, Receivable};
use crate::types::{ClaimId, Money, PatientId, Result};

/// A patient's account as of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PatientAccount {
    /// What stands between the patient and the practice in all.
    pub balance: PatientBalance,
    /// Visit by visit, oldest first, named by the claim under which the ledger keeps its money.
    pub visits: Vec<VisitAccount>,
}

/// One visit's money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VisitAccount {
    /// The visit's account claim.
    pub claim: ClaimId,
    /// The equation.
    pub receivable: Receivable,
    /// The equation in words.
    pub why: String,
}

/// A patient's account.
pub async fn account(tx: &mut Tx, patient: PatientId, as_of: AsOf) -> Result<PatientAccount> {
    let balance = ledger::balance_of_patient(tx, patient, as_of).await?;
    let visits = ledger::claims_of_patient(tx, patient, as_of)
        .await?
        .into_iter()
        .map(|(claim, receivable)| VisitAccount { claim, receivable, why: explain(&receivable) })
        .collect();
    Ok(PatientAccount { balance, visits })
}

/// Every patient who owes, the largest first. Credits are not in it: money that we owe is no
/// statement.
pub async fn due(tx: &mut Tx, as_of: AsOf) -> Result<Vec<(PatientId, Money)>> {
    let mut owing = ledger::patients_who_owe(tx, as_of).await?;
    owing.retain(|(_, owes)| owes.is_positive());
    Ok(owing)
}

/// `130.00 charged - 66.40 paid - 33.60 adjusted = 30.00: 30.00 the patient's`. Parts that are
/// nothing are left out.
fn explain(receivable: &Receivable) -> String {
    let Receivable { insurance, patient, charges, payments, adjustments, takebacks, moves } = *receivable;
    let mut words = format!("{charges} charged");
    for (sign, amount, what) in [
        ('-', payments, "paid"),
        ('-', adjustments, "adjusted"),
        ('+', takebacks, "taken back"),
        ('+', moves, "moved here"),
    ] {
        if !amount.is_zero() {
            words += &format!(" {sign} {amount} {what}");
        }
    }
    words += &format!(" = {}", receivable.balance());
    let owed: Vec<String> = [(patient, "the patient's"), (insurance, "with the payer")]
        .into_iter()
        .filter(|(amount, _)| !amount.is_zero())
        .map(|(amount, whose)| format!("{amount} {whose}"))
        .collect();
    if owed.is_empty() { words + ": settled" } else { words + ": " + &owed.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_is_explained_by_its_parts() {
        let cents = Money::from_cents;
        let visit = Receivable {
            insurance: Money::ZERO,
            patient: cents(3_000),
            charges: cents(13_000),
            payments: cents(6_640),
            adjustments: cents(3_360),
            takebacks: Money::ZERO,
            moves: Money::ZERO,
        };
        assert_eq!(
            explain(&visit),
            "130.00 charged - 66.40 paid - 33.60 adjusted = 30.00: 30.00 the patient's"
        );
        let settled = Receivable { patient: Money::ZERO, payments: cents(9_640), ..visit };
        assert_eq!(explain(&settled), "130.00 charged - 96.40 paid - 33.60 adjusted = 0.00: settled");
    }
}
