//! What a person decides about a remittance.

use crate::db::Tx;
use crate::deposits;
use crate::journey::{AfterRemittance, Followed};
use crate::remits::exceptions::{self, Action, Resolved};
use crate::remits::{self, Unposted};
use crate::types::{Clock, RemitExceptionId, RemittanceId, Result};

/// Settles an exception, with all that follows from the decision that gets its effect.
///
/// # Errors
/// As [`exceptions::resolve()`].
pub async fn resolve_exception(
    tx: &mut Tx,
    clock: &Clock,
    id: RemitExceptionId,
    action: &Action,
) -> Result<(Resolved, Followed)> {
    let now = clock.now();
    let mut after = AfterRemittance::at(now);
    let resolved = exceptions::resolve(tx, now, id, action, &mut after).await?;
    Ok((resolved, after.followed))
}

/// Takes a posted set back, with all that followed from it; its bank deposits are without remittance.
///
/// # Errors
/// As [`remits::unpost`].
pub async fn unpost_remittance(
    tx: &mut Tx,
    clock: &Clock,
    id: RemittanceId,
    reason: &str,
) -> Result<Unposted> {
    let now = clock.now();
    let unposted = remits::unpost(tx, now, id, reason, &mut AfterRemittance::at(now)).await?;
    deposits::release(tx, now, id).await?;
    Ok(unposted)
}
