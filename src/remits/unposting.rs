//! Taking a posted set back: each of its entries is exactly reversed, on its own business date, and what
//! followed from it is undone: what people did about its exceptions, too. The set may then be posted again, as a
//! remittance of its own, with its exceptions open.
//!
//! Refused while a later fact depends on it: a later entry on one of its visits, a decision that was
//! taken back since, a refund about an exception that was paid, a patient's credit that was used, a claim to the next
//! payer, a denial that was worked.
//!
//! A reversal (CLP02 22) in the set took an earlier decision back. A reversal in the ledger is final, so that
//! decision's entry is posted anew, with the same transfers, on the reversal's business date; so is what people had
//! moved because of it, where the reversal took that back. It stands again, with its work and its claim's status, and
//! may be reversed again. What a person took back within the set, on a later day than it was posted, is posted anew on
//! that day and reversed on the first. What the set had settled of others, such as what had been paid too much for a
//! visit, is open again.
//!
//! Balances are afterwards as if the set had never been posted, on every day. The digest is not: it
//! sums up every entry, and the ledger tells that this was posted and taken back.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::claims::{self, Event};
use crate::db::Tx;
use crate::ledger::{self, NewEntry, Source, SourceKind};
use crate::remits::exceptions::ASKING_AGAIN_SOURCE;
use crate::remits::receive::{Follow, State, no_remittance, reasoned};
use crate::remits::store::{self, Carrying, EntryOfSet, Restoration};
use crate::remits::{UNAPPLYING_SOURCE, exceptions, standing};
use crate::types::{ClaimId, EntryId, Refusal, RemitClaimId, RemittanceId, Result, Status};

/// The ledger's source of an entry that takes back another one: that entry's id.
pub const UNPOSTING_SOURCE: SourceKind = SourceKind::new("remit_unposting");

/// The ledger's source of an entry of a decision that stands again: the id of the reversal's entry, which is
/// undone by it.
pub const RESTORING_SOURCE: SourceKind = SourceKind::new("remit_restoring");

/// Entries that are undone together.
const ENTRIES_A_STEP: usize = 1_000;

/// What was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unposted {
    /// How many entries were undone.
    pub entries: usize,
    /// True when it had been taken back before: nothing moved now.
    pub already: bool,
}

/// Takes a posted set back, in one transaction. Again it changes nothing. Leaves the audit event
/// `remits/unpost`.
///
/// # Errors
/// `remits/not-found`; `remits/unpost-reason` when the reason is too short or too long; `remits/not-posted`
/// when the set moved nothing; `remits/depended-on` when a later fact depends on it, which it names.
pub async fn unpost(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: RemittanceId,
    reason: &str,
    follow: &mut impl Follow,
) -> Result<Unposted> {
    let reason = reasoned("remits/unpost-reason", "taking a set back", reason)?;
    // Exceptions are settled, refunds paid and credits used alone, too.
    ledger::decide_alone(tx).await?;
    let set = store::lock_remittance(tx, id).await?.ok_or_else(|| no_remittance(id))?;
    match set.state {
        State::Posted | State::PartlyPosted => {}
        State::Unposted => {
            // Locking counts as writing.
            tx.audit("remits/unpost-again", id, Some(set.file), json!({})).await?;
            return Ok(Unposted { entries: 0, already: true });
        }
        State::Held | State::Duplicate => {
            let detail = format!("{id} is {} and has moved nothing", set.state.as_str());
            return Err(
                Refusal::new("remits/not-posted", Status::Conflict, detail, "Nothing is to be done").into()
            );
        }
    }
    let decisions = store::decisions_of_set(tx, id).await?;
    // Who posts other decisions about the same claims waits: whether anything depends on it is asked now.
    claims::hold(tx, decisions.iter().map(|(_, claim)| *claim)).await?;
    if let Some(fact) = store::depends_on(tx, id).await? {
        return Err(Refusal::new(
            "remits/depended-on",
            Status::Conflict,
            format!("{id} cannot be taken back: {fact}"),
            "Undo that first, the newest first; or correct the set by entries of their own",
        )
        .into());
    }
    let entries = store::entries_of_set(tx, id).await?;
    let restored = store::release_reversed(tx, id).await?;
    let restated = store::restated_by_set(tx, id).await?;
    let (reversals, moves): (Vec<EntryOfSet>, Vec<EntryOfSet>) =
        entries.iter().partition(|entry| entry.reverses_id.is_some());
    for step in moves.chunks(ENTRIES_A_STEP) {
        reverse(tx, step).await?;
    }
    for step in reversals.chunks(ENTRIES_A_STEP) {
        restore(tx, id, step, &restored).await?;
    }
    let happened: Vec<claims::Happened> =
        decisions.iter().map(|&(id, claim)| taken_back(id, claim)).collect();
    claims::record(tx, now, &happened).await?;
    let ids: Vec<RemitClaimId> = decisions.iter().map(|(id, _)| *id).collect();
    follow.undone(tx, &ids).await?;
    store::unpost_set(tx, id, now, reason, entries.len()).await?;
    exceptions::open_settled_again(tx, id).await?;
    // What was posted and taken back within the set stands no more, either.
    let own: HashSet<RemitClaimId> = ids.iter().copied().collect();
    let restored: Vec<_> = restored.into_iter().filter(|(original, _)| !own.contains(original)).collect();
    stand_again(tx, now, &restored, follow).await?;
    // What its decisions had taken the place of speaks again.
    if !store::uncovered(tx, &ids).await?.is_empty() {
        let gone: Vec<_> = ids.iter().map(|id| (*id, *id)).collect();
        let happened = standing::said_again(&standing::again(tx, &gone).await?, follow);
        claims::record(tx, now, &happened).await?;
        standing::speak_again(tx, &ids, follow).await?;
    }
    // Later payers' decisions write off again what they did before it.
    let happened = standing::said_again(&standing::again(tx, &restated).await?, follow);
    claims::record(tx, now, &happened).await?;
    let detail = json!({
        "reason": reason,
        "entries": entries.len(),
        "decisions": ids.len(),
        "restored": restored.len(),
    });
    tx.audit("remits/unpost", id, Some(set.file), detail).await?;
    Ok(Unposted { entries: entries.len(), already: false })
}

/// Posts anew what reversals took back, and says of which decisions that is. What the set had posted itself is then
/// reversed on the day on which that was.
async fn restore(
    tx: &mut Tx,
    set: RemittanceId,
    reversals: &[EntryOfSet],
    restored: &[(RemitClaimId, RemitClaimId)],
) -> Result<()> {
    let original_of: HashMap<RemitClaimId, RemitClaimId> =
        restored.iter().map(|&(original, reversal)| (reversal, original)).collect();
    let of_set: HashMap<EntryId, &EntryOfSet> = reversals.iter().map(|entry| (entry.id, entry)).collect();
    let ids: Vec<EntryId> = reversals.iter().map(|entry| entry.id).collect();
    let mut documents = vec![];
    let mut of = vec![];
    let reversals = ledger::entries(tx, &ids).await?;
    let undone: Vec<EntryId> = reversals.iter().filter_map(|reversal| reversal.reverses).collect();
    let carried: HashMap<EntryId, Carrying> =
        store::carryings(tx, &undone).await?.into_iter().map(|carrying| (carrying.entry, carrying)).collect();
    let mut carries = vec![];
    for reversal in reversals {
        let entry = of_set.get(&reversal.id).copied();
        let entry = entry.ok_or_else(|| anyhow::anyhow!("{} was not asked for", reversal.id))?;
        let original = if entry.is_within {
            entry.took_back
        } else {
            let reversed = entry.decision.and_then(|decision| original_of.get(&decision)).copied();
            Some(reversed.ok_or_else(|| anyhow::anyhow!("{} takes no decision back", reversal.id))?)
        };
        carries.push(reversal.reverses.and_then(|undone| carried.get(&undone)).copied());
        of.push((entry, original, [UNAPPLYING_SOURCE, ASKING_AGAIN_SOURCE].contains(&reversal.source.kind)));
        let transfers = reversal.transfers.iter().map(|transfer| transfer.reversed()).collect();
        let source = Source::new(RESTORING_SOURCE, reversal.id.uuid());
        documents.push(NewEntry::new(reversal.kind, source, reversal.effective_on, transfers)?);
    }
    let posted = ledger::post_all(tx, &documents).await?;
    let anew = || posted.iter().map(|posted| posted.entry_id).zip(&of);
    let restorations: Vec<Restoration> = anew()
        .zip(&carries)
        .filter(|(_, carries)| carries.is_none())
        .filter_map(|((entry, &(_, decision, applies)), _)| {
            Some(Restoration { entry, decision: decision?, applies })
        })
        .collect();
    store::insert_restorations(tx, set, &restorations).await?;
    let carryings: Vec<Carrying> = posted
        .iter()
        .zip(carries)
        .filter_map(|(posted, carries)| Some(Carrying { entry: posted.entry_id, ..carries? }))
        .collect();
    store::insert_carryings(tx, &carryings).await?;
    let own: Vec<EntryOfSet> = anew()
        .filter(|(_, (reversal, ..))| reversal.is_within)
        .map(|(id, (reversal, ..))| EntryOfSet { id, reverses_id: None, ..**reversal })
        .collect();
    reverse(tx, &own).await
}

/// What stands again is said again in the claims' histories, and its work is open again.
async fn stand_again(
    tx: &mut Tx,
    now: DateTime<Utc>,
    restored: &[(RemitClaimId, RemitClaimId)],
    follow: &mut impl Follow,
) -> Result<()> {
    let happened = standing::said_again(&standing::again(tx, restored).await?, follow);
    claims::record(tx, now, &happened).await?;
    let mut originals: Vec<RemitClaimId> = restored.iter().map(|(original, _)| *original).collect();
    let replaced = store::replaced(tx, &originals).await?;
    originals.retain(|original| !replaced.contains(original));
    follow.restored(tx, &originals).await
}

async fn reverse(tx: &mut Tx, entries: &[EntryOfSet]) -> Result<()> {
    let on: HashMap<EntryId, NaiveDate> = entries.iter().map(|entry| (entry.id, entry.on)).collect();
    let ids: Vec<EntryId> = entries.iter().map(|entry| entry.id).collect();
    let mut documents = vec![];
    for entry in ledger::entries(tx, &ids).await? {
        let source = Source::new(UNPOSTING_SOURCE, entry.id.uuid());
        let on = on.get(&entry.id).copied().unwrap_or(entry.effective_on);
        documents.push(entry.reversal(on, source)?);
    }
    ledger::post_all(tx, &documents).await?;
    Ok(())
}

fn taken_back(id: RemitClaimId, claim: ClaimId) -> claims::Happened {
    claims::Happened {
        claim,
        event: Event::Reversed,
        source: claims::Source::new("remit_unposting", id),
        detail: json!({}),
    }
}
