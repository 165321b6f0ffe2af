//! What a claim is once a decision about it was taken back while a newer one stands: payers' corrections
//! may come before the reversals of what they correct, in a set or files earlier.
//!
//! A claim's history has both in the order in which they came. The reversal takes back the older one
//! only, so the newer one is said again behind it: the claim's status is what it would be had the reversal
//! come first. A reversal that is taken back with its set is told alike: what stands again is said again.

use serde_json::json;

use crate::claims::{self, Event, Happened};
use crate::db::Tx;
use crate::remits::post::Posted;
use crate::remits::receive::Follow;
use crate::remits::store;
use crate::types::{ClaimId, Money, PayerId, RemitClaimId, Result};

/// A decision that stands although an older one about its claim was taken back, or stands again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// The claim.
    pub claim: ClaimId,
    /// What it says about the claim: it is paid, in part, or denied.
    pub event: Event,
    /// The decision.
    pub decision: RemitClaimId,
    /// Where it is said again: behind the reversal that took the older one back, or behind the taking back
    /// of that reversal.
    pub said_by: claims::Source,
    /// What is left of the payer's receivable.
    pub left: Money,
    /// The claim's history ends with what it says: only what follows from it may be new.
    pub is_said: bool,
    /// It ends with the claim's closing.
    pub is_closed: bool,
}

/// A newer decision with its claim, as it is read.
pub(super) struct Newer {
    pub original: RemitClaimId,
    pub decision: RemitClaimId,
    pub claim: ClaimId,
    pub account_claim: ClaimId,
    pub payer: PayerId,
    pub event: Event,
    /// What a payer or a person said last about the claim.
    pub last: Option<Event>,
}

/// The newest decisions that stand about the claims of some that were taken back, as long as they came
/// after those, or those had taken their place: (the decision, its reversal). Asked once the reversals are in the ledger.
pub(super) async fn after(tx: &mut Tx, reversed: &[(RemitClaimId, RemitClaimId)]) -> Result<Vec<Standing>> {
    // The histories do not have the reversals yet: they come with this.
    let said_by = "remit_claim";
    Ok(newest(tx, reversed, said_by)
        .await?
        .into_iter()
        .map(|one| Standing { is_said: false, ..one })
        .collect())
}

/// Decisions that write off more, or less, since another one: (the decision, the other one). Asked once that
/// is in the ledger.
pub(super) async fn restated(
    tx: &mut Tx,
    restated: &[(RemitClaimId, RemitClaimId)],
) -> Result<Vec<Standing>> {
    newest(tx, restated, "remit_restatement").await
}

/// The newest decisions that stand about the claims of some that stand again: (the decision, the reversal
/// that was taken back). Asked once that is in the ledger.
pub(super) async fn again(tx: &mut Tx, restored: &[(RemitClaimId, RemitClaimId)]) -> Result<Vec<Standing>> {
    newest(tx, restored, "remit_unposting").await
}

async fn newest(
    tx: &mut Tx,
    reversed: &[(RemitClaimId, RemitClaimId)],
    said_by: &'static str,
) -> Result<Vec<Standing>> {
    if reversed.is_empty() {
        return Ok(vec![]);
    }
    let originals: Vec<RemitClaimId> = reversed.iter().map(|(original, _)| *original).collect();
    let newer = store::newer_decisions(tx, &originals).await?;
    let visits: Vec<ClaimId> = newer.iter().map(|one| one.account_claim).collect();
    let accounts = store::accounts(tx, &visits).await?;
    let standing = |(original, reversal): &(RemitClaimId, RemitClaimId)| {
        let one = newer.iter().find(|one| one.original == *original)?;
        let owed = accounts.get(&one.account_claim).and_then(|account| account.insurance.get(&one.payer));
        Some(Standing {
            claim: one.claim,
            event: one.event,
            decision: one.decision,
            said_by: claims::Source::new(said_by, reversal),
            left: owed.copied().unwrap_or_default(),
            is_said: match one.last {
                Some(Event::Closed) => owed.is_none_or(|owed| owed.is_zero()),
                last => last == Some(one.event),
            },
            is_closed: one.last == Some(Event::Closed),
        })
    };
    Ok(reversed.iter().filter_map(standing).collect())
}

/// What had followed from decisions whose place these had taken is work again: these stand no more.
pub(super) async fn speak_again(tx: &mut Tx, gone: &[RemitClaimId], follow: &mut impl Follow) -> Result<()> {
    let again = store::uncovered(tx, gone).await?;
    if again.is_empty() { Ok(()) } else { follow.restored(tx, &again).await }
}

/// What decisions said, said again, with what else follows from them.
pub(super) fn said_again(standing: &[Standing], follow: &impl Follow) -> Vec<Happened> {
    standing.iter().flat_map(|one| one.happened().into_iter().chain(one.happened_further(follow))).collect()
}

impl Standing {
    /// A history says a thing once: it is said again behind something else only.
    fn happened(&self) -> Option<Happened> {
        (!self.is_said).then(|| Happened {
            claim: self.claim,
            event: self.event,
            source: self.said_by.clone(),
            detail: json!({ "stands": self.decision }),
        })
    }

    /// What else follows from a payment that stands; a denial leaves work, whatever is left.
    fn happened_further(&self, follow: &impl Follow) -> Option<Happened> {
        if self.event != Event::Paid || (self.is_said && self.is_closed) {
            return None;
        }
        let event = follow.event(&Posted { left: self.left, ..Posted::default() })?;
        Some(Happened { claim: self.claim, event, source: self.said_by.clone(), detail: json!({}) })
    }
}
