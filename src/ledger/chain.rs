//! The chain read back link by link, and the digest of what it holds.

use std::collections::HashMap;

use serde::Serialize;
use uuid::Uuid;

use crate::db::Tx;
use crate::ledger::hash::{Body, DigestSum, Hash, business, content, late};
use crate::ledger::{AsOf, store};
use crate::types::{EntryId, Result};

/// The newest link: who keeps it elsewhere can tell later whether the past was rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChainHead {
    /// How many links there are.
    pub number: i64,
    /// Covers every entry posted so far.
    pub hash: Hash,
}

/// The newest link; none while nothing is posted.
pub async fn chain_head(tx: &mut Tx) -> Result<Option<ChainHead>> {
    let Some(link) = store::last_link(tx).await? else { return Ok(None) };
    Ok(Some(ChainHead { number: link.number, hash: link.hash()? }))
}

/// The digest of the business facts: equal for the same facts in any order, however they were
/// grouped into transactions, under whatever ids and at whatever time. Reads every entry.
pub async fn digest(tx: &mut Tx, as_of: AsOf) -> Result<Hash> {
    let mut sum = DigestSum::default();
    let mut after = None;
    loop {
        let page = store::page(tx, after, None).await?;
        let Some(last) = page.last() else { return Ok(sum.finish()) };
        after = Some(last.entry.id);
        for document in &page {
            if as_of.includes(document.entry.booked_on, document.entry.posted_at) {
                sum.add(business(&document.facts(), document.hash_lines()));
            }
        }
    }
}

/// What reading the chain back found.
pub(super) struct ChainCheck {
    pub links: i64,
    pub entries: i64,
    /// What is wrong first, from the first link on; none when every link holds.
    pub broken: Option<String>,
}

/// Computes every link again from the rows, in the order of the chain, to the first that breaks.
pub(super) async fn check_chain(tx: &mut Tx) -> Result<ChainCheck> {
    let mut check = ChainCheck { links: 0, entries: 0, broken: None };
    let mut previous = Hash::ZERO;
    loop {
        let links = store::links(tx, check.links).await?;
        if links.is_empty() {
            break;
        }
        let mut bodies = read_bodies(tx, &links).await?;
        for link in &links {
            let body = bodies.remove(&link.posting_id).unwrap_or_default();
            check.broken = link_fault(link, check.links + 1, previous, body);
            if check.broken.is_some() {
                return Ok(check);
            }
            previous = link.hash()?;
            check.links = link.number;
            check.entries += link.entries;
        }
    }
    let unlinked = store::unlinked(tx).await?;
    if let Some(first) = unlinked.first() {
        check.broken = Some(format!("{} entries are in no link, the first {first}", unlinked.len()));
    }
    let entries = store::count_entries(tx).await?;
    if check.broken.is_none() && entries != check.entries {
        check.broken = Some(format!("links hold {} entries, the ledger {entries}", check.entries));
    }
    Ok(check)
}

/// What is stored of one posting's entries.
#[derive(Default)]
struct StoredBody {
    body: Body,
    entries: i64,
    /// The first entry that is not what it was when it was posted.
    changed: Option<EntryId>,
}

/// Reads the entries of these links in one pass over their range of ids.
async fn read_bodies(tx: &mut Tx, links: &[store::Link]) -> Result<HashMap<Uuid, StoredBody>> {
    let postings: Vec<Uuid> = links.iter().map(|link| link.posting_id).collect();
    let mut range = links.iter().map(|link| (link.first_entry_id, link.last_entry_id));
    let (first, last) = range.next().unwrap_or_default();
    let (first, last) = range.fold((first, last), |(low, high), (f, l)| (low.min(f), high.max(l)));
    let mut bodies: HashMap<Uuid, StoredBody> = HashMap::new();
    // An id is a UUID v7, so the one before it exists and is nobody's.
    let mut after = Some(Uuid::from_u128(first.as_u128().saturating_sub(1)));
    loop {
        let page = store::page(tx, after, Some((&postings, last))).await?;
        let Some(end) = page.last() else { return Ok(bodies) };
        after = Some(end.entry.id);
        for document in &page {
            let entry = &document.entry;
            let hash = content(&document.facts(), document.hash_lines());
            let stored = bodies.entry(entry.posting_id).or_default();
            stored.body.add(entry.id, entry.posted_at, late(entry.effective_on, entry.booked_on), hash);
            stored.entries += 1;
            if entry.content_hash != hash.as_bytes() && stored.changed.is_none() {
                stored.changed = Some(EntryId::from_uuid(entry.id));
            }
        }
    }
}

fn link_fault(link: &store::Link, number: i64, previous: Hash, stored: StoredBody) -> Option<String> {
    if link.number != number {
        return Some(format!("link {number} is missing"));
    }
    if link.previous_hash != previous.as_bytes() {
        return Some(format!("link {number} does not continue the link before it"));
    }
    if let Some(entry) = stored.changed {
        return Some(format!("link {number}: entry {entry} is not what was posted"));
    }
    if stored.entries != link.entries {
        return Some(format!(
            "link {number}: {} entries were posted, {} are there",
            link.entries, stored.entries
        ));
    }
    let hash = stored.body.link(previous, number, link.posting_id, link.entries);
    if link.hash != hash.as_bytes() {
        let [first, last] = [link.first_entry_id, link.last_entry_id].map(EntryId::from_uuid);
        return Some(format!(
            "link {number} does not hash to what was stored: its entries are {first} to {last}"
        ));
    }
    None
}
