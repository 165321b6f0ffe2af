//! From decided claims to one payment: what is netted, held over, and paid. Pure.
//!
//! A payment is the sum of its claims less the provider adjustments and never below zero (X221
//! 1.10.2). What a payee owes and could not be taken stays a [`Debt`] under the reference that
//! both of its PLB entries carry, so that the pair clears to zero.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::types::Money;

use super::adjudicate::{Adjudication, Processed};
use super::claim::ReceivedClaim;

/// A claim in a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PaidClaim {
    /// As it was received.
    pub claim: ReceivedClaim,
    /// CLP07: our number for it.
    pub payer_control_number: String,
    /// Our number for the claim that it corrects.
    pub corrects: Option<String>,
    /// DTM*050.
    pub received_on: NaiveDate,
    /// What was decided, or taken back.
    pub adjudication: Adjudication,
    /// Interest for paying late: AMT*I, and PLB L6.
    pub interest: Money,
    /// A reversal whose money is taken from a later payment (PLB WO).
    pub taken_back_later: bool,
}

impl PaidClaim {
    /// True for a claim that takes an earlier payment back.
    pub fn is_reversal(&self) -> bool {
        self.adjudication.status == Processed::Reversal
    }
    /// CLP03: negative in a reversal.
    pub fn charged(&self) -> Money {
        if self.is_reversal() { -self.claim.charged } else { self.claim.charged }
    }
    /// CLP04.
    pub fn paid(&self) -> Money {
        self.adjudication.paid(self.charged())
    }
}

/// An entry of a PLB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProviderAdjustment {
    /// `WO`, `FB`, `L6`.
    pub reason: &'static str,
    /// What it is about.
    pub reference: String,
    /// Positive lowers the payment.
    pub amount: Money,
}

/// What a payee owes us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Debt {
    /// [`Payee::number`](super::claim::Payee::number).
    pub payee: String,
    /// Why.
    pub kind: DebtKind,
    /// The reference of both PLB entries.
    pub reference: String,
    /// How much; above zero.
    pub amount: Money,
}

/// Why a payee owes us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DebtKind {
    /// A payment that would have been below zero (FB).
    Forwarded,
    /// An overpayment to be recovered later (WO).
    Overpayment,
}

/// What a payment comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settlement {
    /// PLB.
    pub provider_adjustments: Vec<ProviderAdjustment>,
    /// BPR02.
    pub paid: Money,
    /// What the payee owes from now on: of what it owed before, and of this payment.
    pub debts: Vec<Debt>,
}

impl Settlement {
    fn enter(&mut self, reason: &'static str, reference: &str, amount: Money) {
        self.paid -= amount;
        self.provider_adjustments.push(ProviderAdjustment {
            reason,
            reference: reference.to_owned(),
            amount,
        });
    }
}

/// Settles the claims of one payment with what the payee owes; `trace` names the payment.
pub(super) fn settle(payee: &str, trace: &str, claims: &[PaidClaim], owed: Vec<Debt>) -> Settlement {
    let paid = claims.iter().map(PaidClaim::paid).sum();
    let mut settlement = Settlement { provider_adjustments: vec![], paid, debts: vec![] };
    let debt = |kind, reference: &str, amount| Debt {
        payee: payee.to_owned(),
        kind,
        reference: reference.to_owned(),
        amount,
    };
    for claim in claims.iter().filter(|claim| claim.interest.is_positive()) {
        settlement.enter("L6", &claim.payer_control_number, -claim.interest);
    }
    for reversal in claims.iter().filter(|claim| claim.is_reversal() && claim.taken_back_later) {
        let number = &reversal.payer_control_number;
        let correction = claims.iter().find(|other| other.corrects.as_ref() == Some(number));
        // What the reversal takes less what its correction gives.
        let amount = -(reversal.paid() + correction.map_or(Money::ZERO, PaidClaim::paid));
        if amount.is_positive() {
            settlement.enter("WO", number, -amount);
            settlement.debts.push(debt(DebtKind::Overpayment, number, amount));
        }
    }
    // A balance forwarded is due with the next payment; an overpayment when there is enough.
    for one in owed {
        match one.kind {
            DebtKind::Forwarded => settlement.enter("FB", &one.reference, one.amount),
            DebtKind::Overpayment if one.amount <= settlement.paid => {
                settlement.enter("WO", &one.reference, one.amount);
            }
            DebtKind::Overpayment => settlement.debts.push(one),
        }
    }
    if settlement.paid.is_negative() {
        let below = settlement.paid;
        settlement.enter("FB", trace, below);
        settlement.debts.push(debt(DebtKind::Forwarded, trace, -below));
    }
    settlement
}

/// Simple interest for `days`, at so many percent a year of 365 days.
pub(super) fn interest(paid: Money, percent: u32, days: i64) -> Money {
    if days <= 0 || !paid.is_positive() {
        return Money::ZERO;
    }
    let rate = Decimal::from(percent) * Decimal::from(days) / Decimal::from(36_500);
    paid.times(rate).round_half_up()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_days_at_nine_percent() {
        // 100.00 x 9 x 10 / 36500 = 0.24657...
        assert_eq!(interest(Money::from_cents(10_000), 9, 10), Money::from_cents(25));
        assert_eq!(interest(Money::from_cents(10_000), 9, 0), Money::ZERO);
    }

    fn owing(kind: DebtKind, reference: &str, cents: i64) -> Debt {
        Debt { payee: "P".into(), kind, reference: reference.into(), amount: Money::from_cents(cents) }
    }

    #[test]
    fn a_balance_that_cannot_be_taken_is_forwarded_again() {
        let settled = settle("P", "T2", &[], vec![owing(DebtKind::Forwarded, "T1", 8_000)]);
        assert_eq!(settled.paid, Money::ZERO);
        let entries: Vec<_> = settled
            .provider_adjustments
            .iter()
            .map(|one| (one.reason, one.reference.as_str(), one.amount.cents()))
            .collect();
        assert_eq!(entries, [("FB", "T1", 8_000), ("FB", "T2", -8_000)]);
        assert_eq!(settled.debts, [owing(DebtKind::Forwarded, "T2", 8_000)]);
    }

    #[test]
    fn an_overpayment_waits_until_there_is_enough() {
        let settled = settle("P", "T2", &[], vec![owing(DebtKind::Overpayment, "C1", 8_000)]);
        assert_eq!((settled.paid, settled.provider_adjustments.len()), (Money::ZERO, 0));
        assert_eq!(settled.debts, [owing(DebtKind::Overpayment, "C1", 8_000)]);
    }
}
