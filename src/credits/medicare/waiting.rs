//! Money of Medicare that waits among the exceptions of its remittances, and what Medicare would call it.
//!
//! A credit balance of Medicare is "an improper or excess payment made to a provider as the result of patient
//! billing or claims processing errors": paid twice, paid for services planned but not performed or not covered,
//! paid more than was due; of these the form wants what is "determined to be refundable to Medicare", whatever
//! account it is kept in (instructions of form CMS-838). What waits is not determined: nobody has decided yet. So it
//! is not on the form, and stands below it by what it would be:
//!
//! - *in excess*: the payer's own words say that it is not owed. It becomes a line of the form when a person owes it
//!   back, or a credit of the visit when one posts it there. Who does neither keeps it knowingly, which counts as
//!   having identified it (42 CFR 401.305(a)(2)), so the 60 days are counted from the day on which it came.
//! - *anything else*: money whose claim is not known yet, which may be owed for all that is known; what was taken;
//!   PLB amounts that nobody has explained.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use crate::credits::medicare::{INDICATORS, Part};
use crate::credits::model::REPORT_DAYS;
use crate::db::Tx;
use crate::registry::payers::{self, Payer};
use crate::remits::ExceptionKind;
use crate::remits::exceptions::{self, Held};
use crate::types::{Money, PayerId, RemitExceptionId, Result};

/// What money that waits would be to Medicare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MedicareWaitingFor)]
pub enum WaitingFor {
    /// The same decision is posted already: paid twice.
    PaidTwice,
    /// Paid with a predetermination (CLP02 25): for services planned.
    NotPerformed,
    /// The payer says that the claim is not its own (CLP02 23), and paid.
    NotOwed,
    /// Its claim, or what the payer decided, is not known yet.
    OwnerUnknown,
    /// Money that was taken.
    TakenBack,
    /// A PLB amount or a difference that nobody has explained.
    Unexplained,
}

impl WaitingFor {
    /// What money of an exception is; `amount` is what waits. None of a kind that holds no money.
    fn of(kind: ExceptionKind, amount: Money) -> Option<WaitingFor> {
        kind.holds_in(amount)?;
        Some(match kind {
            ExceptionKind::UnknownProviderAdjustment | ExceptionKind::Difference => WaitingFor::Unexplained,
            _ if amount.is_negative() => WaitingFor::TakenBack,
            ExceptionKind::AlreadyPosted => WaitingFor::PaidTwice,
            ExceptionKind::Predetermination => WaitingFor::NotPerformed,
            ExceptionKind::NotOursForwarded => WaitingFor::NotOwed,
            _ => WaitingFor::OwnerUnknown,
        })
    }

    /// Medicare would count it as a credit balance once somebody has decided.
    #[must_use]
    pub const fn is_excess(self) -> bool {
        match self {
            WaitingFor::PaidTwice | WaitingFor::NotPerformed | WaitingFor::NotOwed => true,
            WaitingFor::OwnerUnknown | WaitingFor::TakenBack | WaitingFor::Unexplained => false,
        }
    }

    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            WaitingFor::PaidTwice => "Paid twice",
            WaitingFor::NotPerformed => "Paid for services planned",
            WaitingFor::NotOwed => "Paid for a claim that is not the payer’s",
            WaitingFor::OwnerUnknown => "Claim not known yet",
            WaitingFor::TakenBack => "Taken back, not known of what",
            WaitingFor::Unexplained => "Not explained yet",
        }
    }
}

/// Money of Medicare that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MedicareWaiting {
    /// The exception in which somebody decides.
    pub exception: RemitExceptionId,
    /// What it would be.
    pub waiting_for: WaitingFor,
    /// Medicare would count it as a credit balance.
    pub is_excess: bool,
    /// Who paid, or took.
    pub payer: PayerId,
    /// How the payer is called.
    pub payer_name: String,
    /// Which part of Medicare that is.
    pub part: Part,
    /// CLP01, of a decision.
    pub number: Option<String>,
    /// CLP07.
    pub payer_claim_control_number: Option<String>,
    /// The day of the payment.
    pub paid_on: Option<NaiveDate>,
    /// How much; negative: it was taken.
    pub amount: Money,
    /// Since when it waits.
    pub since: NaiveDate,
    /// Days since then.
    pub days: i64,
    /// The last of the 60 days, of what is in excess.
    pub return_by: Option<NaiveDate>,
    /// That day is over.
    pub late: bool,
}

/// What all that waits comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MedicareWaitingTotals {
    /// How many are in excess.
    pub excess: usize,
    /// What these come to.
    pub excess_amount: Money,
    /// How many of these are late.
    pub late: usize,
    /// How many others wait.
    pub others: usize,
    /// What those come to.
    pub others_amount: Money,
}

/// Where Medicare's money is by the ledger, as of the day: the first two are what the form says is outstanding, the
/// others what waits below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MedicareAccounts {
    /// Below zero on its receivables, where the form reports it.
    pub insurance_ar: Money,
    /// Owed back and not paid yet.
    pub refunds_payable: Money,
    /// In unapplied cash.
    pub unapplied_cash: Money,
    /// In suspense; negative: more was taken than came.
    pub suspense: Money,
}

impl MedicareWaitingTotals {
    pub(super) fn of(waiting: &[MedicareWaiting]) -> MedicareWaitingTotals {
        let (excess, others): (Vec<_>, Vec<_>) = waiting.iter().partition(|one| one.is_excess);
        let sum = |some: &[&MedicareWaiting]| some.iter().map(|one| one.amount).sum();
        MedicareWaitingTotals {
            excess: excess.len(),
            excess_amount: sum(&excess),
            late: excess.iter().filter(|one| one.late).count(),
            others: others.len(),
            others_amount: sum(&others),
        }
    }
}

/// What of Medicare's money waited on a day, as its remittances' exceptions hold it. Two queries.
pub(in crate::credits) async fn held(
    tx: &mut Tx,
    as_of: NaiveDate,
) -> Result<(HashMap<PayerId, Payer>, Vec<Held>)> {
    let all = payers::list(tx).await?.into_iter();
    let medicare: HashMap<PayerId, Payer> = all
        .filter(|payer| INDICATORS.contains(&payer.filing_indicator.as_str()))
        .map(|payer| (payer.id, payer))
        .collect();
    let mut ids: Vec<PayerId> = medicare.keys().copied().collect();
    ids.sort_unstable();
    let held = exceptions::held(tx, &ids, as_of).await?;
    Ok((medicare, held))
}

/// The same as the report tells it: what is in excess first, the oldest first.
pub(super) fn told(
    payers: &HashMap<PayerId, Payer>,
    held: &[Held],
    as_of: NaiveDate,
) -> Result<Vec<MedicareWaiting>> {
    let tell = |one: &Held| {
        let found =
            payers.get(&one.payer).and_then(|payer| Some((payer, Part::of(&payer.filing_indicator)?)));
        let (payer, part) = found.ok_or_else(|| anyhow::anyhow!("{} is no payer of Medicare", one.payer))?;
        let amount = one.unapplied_cash + one.suspense;
        let waiting_for = WaitingFor::of(one.kind, amount)
            .ok_or_else(|| anyhow::anyhow!("{} holds no money", one.exception))?;
        let is_excess = waiting_for.is_excess();
        let return_by = is_excess.then(|| one.since + Days::new(REPORT_DAYS));
        Ok(MedicareWaiting {
            exception: one.exception,
            waiting_for,
            is_excess,
            payer: one.payer,
            payer_name: payer.name.clone(),
            part,
            number: one.number.clone(),
            payer_claim_control_number: one.payer_claim_control_number.clone(),
            paid_on: one.paid_on,
            amount,
            since: one.since,
            days: (as_of - one.since).num_days(),
            return_by,
            late: return_by.is_some_and(|day| as_of > day),
        })
    };
    let mut told = held.iter().map(tell).collect::<Result<Vec<MedicareWaiting>>>()?;
    // They come by age.
    told.sort_by_key(|one| !one.is_excess);
    Ok(told)
}
