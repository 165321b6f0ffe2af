//! Money that the practice holds and is not its own, or not yet: credit balances, refunds, patients'
//! payments that wait; and small balances that it gives up.
//!
//! - A *credit* is a balance below zero: what a payer paid too much for a visit, what a patient paid too
//!   much, and what is kept for a patient. [`CreditId`] names the sum, which the
//!   database keeps as entries post: nobody writes it, so it cannot go stale, and comes and goes with them.
//! - A *refund* is a credit that we decided to owe back ([`refunds`]): out of the receivable into refunds
//!   payable, and from there out of cash when its check is written. A check that comes back is void: the refund is
//!   owed again, or ([`take_back`]) what it was decided about is open again; so is that of a refund that was not paid
//!   ([`take_back_unpaid`]).
//! - What a payer will take back by itself (CLP02 22, PLB WO) stays a credit, and says that it waits. When
//!   the reversal is posted the balance is gone, and with it the item; a PLB stands among the provider
//!   adjustments ([`crate::remits::adjustments`]).
//! - A patient's payment waits in unapplied cash until it is applied to visits ([`receipts`]).
//! - A small balance is given up by a rule of the practice ([`small_balances`]).
//! - What Medicare or Medicaid paid too much goes back within 60 days ([`report_by`]); what is not repaid is
//!   reported to Medicare each quarter ([`medicare`]).
//!
//! Invariants: an action moves at most what is there; it is undone by its exact reversal, once, and
//! nothing is edited; a payer's credit pays nobody else's visit; a refund is paid once, whole. The proofs
//! ([`proofs()`]) hold the items to the accounts.
//!
//! Deliberately absent: the refund form of Medicare's contractor, the stop of the
//! clock while an over-payment is investigated (42 CFR 401.305(b)(3)), and handing unclaimed credits to
//! the state.

pub mod api;
pub mod medicare;
mod model;
pub mod pages;
mod proofs;
pub mod receipts;
pub mod refunds;
pub mod small_balances;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

pub use model::{
    Action, ActionKind, ActionRecord, Credit, CreditDetail, CreditError, CreditId, CreditKind, Movement,
    NoCreditId, Owing, Payee, Refund, RefundMethod, RefundPayment, TakenBack, Waits, report_by,
};
pub use proofs::proofs;
pub use store::{After, Filter, Totals, action, actions, get, list, movements, of_claim, owing, totals};

use crate::db::Tx;
use crate::ledger::{self, AsOf, EntryKind, NewEntry, Source, SourceKind};
use crate::registry::organizations;
use crate::remits::{adjustments, exceptions};
use crate::types::{CreditActionId, EntryId, Money, RefundPaymentId, Result};

/// The ledger's source of what a person did about a credit: the id of a `credit_actions` row.
pub const ACTION_SOURCE: SourceKind = SourceKind::new("credit_action");

/// The same, of the entry that undoes it.
pub const UNDO_SOURCE: SourceKind = SourceKind::new("credit_action_undo");

/// A credit with the entries that it is the sum of, and what may be done.
///
/// # Errors
/// As [`get`].
pub async fn detail(tx: &mut Tx, today: NaiveDate, id: CreditId) -> Result<CreditDetail> {
    let credit = get(tx, today, id).await?;
    let actions = credit.actions();
    let owing = match id.patient() {
        Some(patient) if actions.contains(&ActionKind::Move) => owing(tx, patient).await?,
        _ => vec![],
    };
    let takebacks = match id {
        CreditId::Payer { claim, .. } => adjustments::of_claim(tx, claim).await?,
        CreditId::Patient { .. } | CreditId::Held { .. } => vec![],
    };
    Ok(CreditDetail { takebacks, movements: movements(tx, id).await?, actions, owing, credit })
}

/// Does what a person decided about a credit: all of it, or `amount`. Over-payments among the exceptions
/// of remittances that are settled by it are resolved. Leaves an audit event `credits/act`.
///
/// # Errors
/// `credits/no-credit` when the balance is not below zero any more; `credits/action` when it does not fit
/// this credit; `credits/amount` when it is more than the credit, or than the other visit owes;
/// `credits/note` when the note is too long.
pub async fn act(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: CreditId,
    action: Action,
    amount: Option<Money>,
    note: Option<&str>,
) -> Result<ActionRecord> {
    ledger::decide_alone(tx).await?;
    let today = organizations::today(tx, now).await?;
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    let note = note.map(|note| model::noted("a note", note)).transpose()?;
    let credit = get(tx, today, id).await?;
    if !credit.actions().contains(&action.kind()) {
        let why = match action {
            Action::CreditPatient if credit.kind == CreditKind::PayerOverpaid => {
                "what Medicare or Medicaid paid too much goes back to them (42 CFR 401.305)"
            }
            Action::WaitForPayer if credit.waits.is_some() => "it waits already",
            _ => "it is another kind of credit",
        };
        return Err(CreditError::Action { action: action.kind().as_str(), why }.into());
    }
    let limit = match (action, id.patient()) {
        (Action::Move { to }, Some(patient)) => {
            let owing = owing(tx, patient).await?;
            let owed = owing.iter().find(|visit| visit.claim == to).map(|visit| visit.owed);
            owed.unwrap_or_default().min(credit.amount)
        }
        _ => credit.amount,
    };
    let asked = amount.unwrap_or(limit);
    if !asked.is_positive() || asked > limit {
        return Err(CreditError::Amount { asked, limit }.into());
    }
    let done = CreditActionId::new();
    let transfers = action.transfers(&credit, asked)?;
    if !transfers.is_empty() {
        let source = Source::new(ACTION_SOURCE, done.uuid());
        ledger::post(tx, &NewEntry::new(EntryKind::Transfer, source, today, transfers)?).await?;
    }
    store::insert(tx, done, &credit, action, asked, note.as_deref(), today).await?;
    if let Some(claim) = credit.claim {
        let left = ledger::balance_of_claim(tx, claim, AsOf::NOW).await?.balance();
        if action == Action::WaitForPayer || !left.is_negative() {
            exceptions::settle_over_payments_of(tx, claim, now, "decided as a credit balance").await?;
        }
    }
    let detail = json!({ "action": action.kind(), "amount": asked, "of": credit.kind });
    tx.audit("credits/act", done, None, detail).await?;
    store::action(tx, done).await
}

/// Undoes an action: what it moved goes back, exactly, and the credit is there again. Leaves an audit
/// event `credits/undo`.
///
/// # Errors
/// `credits/no-action`; `credits/undone`; `credits/note` without a reason; `credits/refund-paid` when the
/// refund went out; `credits/spent` when the patient's credit was used since.
pub async fn undo(tx: &mut Tx, now: DateTime<Utc>, id: CreditActionId, why: &str) -> Result<ActionRecord> {
    ledger::decide_alone(tx).await?;
    let why = model::noted("the reason", why)?;
    let today = organizations::today(tx, now).await?;
    let record = action(tx, id).await?;
    if record.undone_on.is_some() {
        return Err(CreditError::Undone(id).into());
    }
    if let Some(entry) = record.entry {
        match record.action {
            ActionKind::Refund if refunds::get(tx, entry).await?.payment.is_some() => {
                return Err(CreditError::RefundPaid(id).into());
            }
            ActionKind::CreditPatient => {
                let posted = ledger::entry(tx, entry).await?;
                let patient = posted.transfers.first().and_then(|transfer| transfer.about().patient);
                let patient = patient.ok_or_else(|| anyhow::anyhow!("{id} credited no patient"))?;
                let left = store::kept_for(tx, record.credit.claim(), patient).await?;
                if left < record.amount {
                    return Err(CreditError::Spent { amount: record.amount, left }.into());
                }
            }
            ActionKind::Refund | ActionKind::Move | ActionKind::WaitForPayer => {}
        }
        ledger::reverse(tx, entry, today, Source::new(UNDO_SOURCE, id.uuid())).await?;
    }
    store::mark_undone(tx, id, today, &why).await?;
    tx.audit("credits/undo", id, None, json!({ "action": record.action, "amount": record.amount })).await?;
    action(tx, id).await
}

/// Takes a refund back whose check came back and is not to be written again: its payment is void, the decision
/// is undone, and what it was about is open again: the credit, the provider adjustment, or what an exception asked.
/// Leaves the audit events of [`refunds::void`] and of [`undo`], [`adjustments::undo`] or [`exceptions::ask_again`].
///
/// # Errors
/// Those of [`refunds::void`] and of what undoes the decision; `credits/not-of-a-credit` when the refund was posted anew
/// because a reversal that had taken it back was taken back itself: then nobody's decision of now is to be undone.
pub async fn take_back(
    tx: &mut Tx,
    now: DateTime<Utc>,
    payment: RefundPaymentId,
    why: &str,
) -> Result<TakenBack> {
    let owed = refunds::void(tx, now, payment, why).await?;
    undo_decision(tx, now, owed, why).await
}

/// Takes a refund back that is owed and not paid, whatever decided it: that decision is undone, and what it was about is
/// open again, as by [`take_back`]. Leaves the audit event of what undoes the decision.
///
/// # Errors
/// `credits/note` without a reason; `credits/no-refund`; `credits/not-open` when it is paid, or the payer took it itself;
/// those of what undoes the decision; `credits/not-of-a-credit` as [`take_back`].
pub async fn take_back_unpaid(
    tx: &mut Tx,
    now: DateTime<Utc>,
    refund: EntryId,
    why: &str,
) -> Result<TakenBack> {
    ledger::decide_alone(tx).await?;
    let why = model::noted("the reason", why)?;
    let owed = refunds::get(tx, refund).await?;
    if owed.payment.is_some() || !owed.amount.is_positive() {
        return Err(CreditError::NotOpen(refund).into());
    }
    undo_decision(tx, now, owed, &why).await
}

async fn undo_decision(tx: &mut Tx, now: DateTime<Utc>, owed: Refund, why: &str) -> Result<TakenBack> {
    match owed {
        Refund { action: Some(action), .. } => Ok(TakenBack::Credit(undo(tx, now, action, why).await?)),
        Refund { settlement: Some(settlement), .. } => {
            let undone = adjustments::undo(tx, now, settlement, why).await?;
            Ok(TakenBack::ProviderAdjustment(undone))
        }
        Refund { exception: Some(exception), .. } => {
            Ok(TakenBack::Exception(exceptions::ask_again(tx, now, exception, why).await?))
        }
        Refund { id, .. } => Err(CreditError::NotOfACredit(id).into()),
    }
}
