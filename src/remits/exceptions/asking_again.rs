//! Asking again what a person had answered with a refund: its check came back, and none is to be written.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::db::Tx;
use crate::ledger::{self, Source, SourceKind};
use crate::registry::organizations;
use crate::remits::exceptions::resolve::{EXCEPTION_SOURCE, no_exception};
use crate::remits::exceptions::{ExceptionKind, store};
use crate::remits::store as remits_store;
use crate::types::{RemitExceptionId, Result};

/// The ledger's source of what takes back what a person did about an exception: the exception's id.
pub(in crate::remits) const ASKING_AGAIN_SOURCE: SourceKind = SourceKind::new("remit_exception_undo");

/// What is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AskedAgain {
    /// The exception that was answered, and stays so.
    pub answered: RemitExceptionId,
    /// The one that asks again; none where nobody is owed a credit any more.
    pub asks: Option<RemitExceptionId>,
}

/// Takes back what a person decided about an exception to owe back: what that moved is exactly reversed, and the same
/// is asked again by an exception of its own. An over-payment is asked about only while somebody is owed a credit. The
/// caller sees to it that nothing of it is paid. Leaves the audit event `remits/ask-again`.
///
/// # Errors
/// `remits/no-exception`, also when a person moved nothing about it; `ledger/already-reversed` when it was taken back
/// before.
pub async fn ask_again(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: RemitExceptionId,
    why: &str,
) -> Result<AskedAgain> {
    ledger::decide_alone(tx).await?;
    let answered = store::lock(tx, id).await?.ok_or_else(|| no_exception(id))?;
    let moved = ledger::find(tx, &Source::new(EXCEPTION_SOURCE, id.uuid())).await?;
    let moved = moved.ok_or_else(|| no_exception(id))?;
    let today = organizations::today(tx, now).await?;
    ledger::reverse(tx, moved, today, Source::new(ASKING_AGAIN_SOURCE, id.uuid())).await?;
    let of_credit = answered.kind == ExceptionKind::OverPayment.as_str();
    let claim = answered.decision.as_ref().and_then(|decision| decision.claim).filter(|_| of_credit);
    let is_open = match claim {
        Some(claim) => {
            let ours = remits_store::our_claims(tx, &[claim]).await?.remove(&claim);
            let visit = ours.map_or(claim, |ours| ours.account_claim);
            let account = remits_store::accounts(tx, &[visit]).await?.remove(&visit).unwrap_or_default();
            account.owed().is_negative()
        }
        None => true,
    };
    let asks = if is_open { Some(store::open_copy(tx, answered.remittance, id).await?) } else { None };
    tx.audit("remits/ask-again", id, Some(answered.file), json!({ "asks": asks, "why": why })).await?;
    Ok(AskedAgain { answered: id, asks })
}
