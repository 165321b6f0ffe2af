//! What happened to claims: the one way in which a status changes.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::claims::lifecycle::{self, Event, Impossible, Status};
use crate::claims::{not_found, store};
use crate::db::Tx;
use crate::types::{ClaimId, FileId, Result};

/// Something that happened to a claim, and what says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// To whom.
    pub claim: ClaimId,
    /// What.
    pub event: Event,
    /// What says so. The same source saying the same again is heard once.
    pub source: Source,
    /// A JSON object of codes, amounts and ids; never patient data.
    pub detail: Value,
}

/// What says that something happened: a document, a submission, a person's act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Lower case letters and `_`: `acknowledgement`, `remit_claim`, `charges`.
    pub kind: &'static str,
    /// Which one, unique within its kind: an id, or an id and an ordinal.
    pub id: String,
    /// Where it is written, when it is written in a file.
    pub place: Option<FilePlace>,
}

impl Source {
    /// A source that is in no file.
    pub fn new(kind: &'static str, id: impl ToString) -> Source {
        Source { kind, id: id.to_string(), place: None }
    }

    /// Says in which bytes of which file it is written.
    #[must_use]
    pub fn at(mut self, file: FileId, first_byte: u64, last_byte: u64) -> Source {
        self.place = Some(FilePlace { file, bytes: Some((first_byte, last_byte)) });
        self
    }

    /// Says in which file it is written.
    #[must_use]
    pub fn in_file(mut self, file: FileId) -> Source {
        self.place = Some(FilePlace { file, bytes: None });
        self
    }
}

/// A place in a kept file: what "why" links to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilePlace {
    /// The file.
    pub file: FileId,
    /// First and last byte, from 0; none when the whole file says so.
    pub bytes: Option<(u64, u64)>,
}

/// What became of a [`Happened`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Recorded as the claim's `event_no`-th event. `from` and `to` are equal when it moved nothing.
    Recorded {
        /// Its place among the claim's events, from 1.
        event_no: i32,
        /// The status before.
        from: Status,
        /// The status after.
        to: Status,
    },
    /// The same source had said the same before: nothing is written.
    AlreadyRecorded {
        /// Where the claim stands.
        status: Status,
    },
    /// The lifecycle does not allow it: nothing is written. Somebody has to look.
    Impossible(Impossible),
}

/// Makes everybody else who would move these claims wait until this transaction ends: what is read of
/// them, and of their accounts, from now on stays as it is. One that is not there is nobody's to move.
///
/// # Errors
/// None of its own.
pub async fn hold(tx: &mut Tx, claims: impl IntoIterator<Item = ClaimId>) -> Result<()> {
    let ids: Vec<ClaimId> = claims.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    store::lock(tx, &ids).await?;
    Ok(())
}

/// Where a claim stands while events are applied to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) status: Status,
    pub(super) events: i32,
}

/// An event about to be written.
pub(super) struct NewEvent<'a> {
    pub(super) claim: ClaimId,
    pub(super) event_no: i32,
    pub(super) event: Event,
    pub(super) status: Status,
    pub(super) source: &'a Source,
    pub(super) detail: &'a Value,
}

/// Records what happened, in the order given, and moves each claim's status as
/// [`lifecycle::next`] says. One outcome for each, in the same order: what is impossible for one
/// claim does not keep the rest from being recorded.
///
/// The claims' rows are locked, in the order of their ids, until the transaction ends. A few
/// statements for every 1,000 events, however many claims.
///
/// # Errors
/// `claims/not-found` when a claim is not there or another practice's: then nothing is recorded.
pub async fn record(tx: &mut Tx, now: DateTime<Utc>, happened: &[Happened]) -> Result<Vec<Outcome>> {
    let mut ids: Vec<ClaimId> = happened.iter().map(|one| one.claim).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut standings = store::lock(tx, &ids).await?;
    // Asked after the lock was had: a statement of its own sees what another transaction
    // recorded while this one waited.
    let known = store::already_recorded(tx, happened).await?;

    let mut said = HashSet::new();
    let mut new = vec![];
    let mut moved = HashSet::new();
    let mut outcomes = Vec::with_capacity(happened.len());
    for (place, one) in happened.iter().enumerate() {
        let standing = standings.get_mut(&one.claim).ok_or_else(|| not_found(one.claim))?;
        let from = standing.status;
        let key = (one.claim, one.source.kind, one.source.id.as_str(), one.event);
        if known.contains(&place) || said.contains(&key) {
            outcomes.push(Outcome::AlreadyRecorded { status: from });
            continue;
        }
        let to = match lifecycle::next(Some(from), one.event) {
            Ok(to) => to,
            Err(impossible) => {
                outcomes.push(Outcome::Impossible(impossible));
                continue;
            }
        };
        *standing = Standing { status: to, events: standing.events + 1 };
        said.insert(key);
        moved.insert(one.claim);
        new.push(NewEvent {
            claim: one.claim,
            event_no: standing.events,
            event: one.event,
            status: to,
            source: &one.source,
            detail: &one.detail,
        });
        outcomes.push(Outcome::Recorded { event_no: standing.events, from, to });
    }
    store::insert_events(tx, now, &new).await?;
    let moved: Vec<(ClaimId, Standing)> =
        standings.into_iter().filter(|(claim, _)| moved.contains(claim)).collect();
    store::set_standings(tx, &moved).await?;
    Ok(outcomes)
}
