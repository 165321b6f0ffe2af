//! What a check of claims came to: findings and status in one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use crate::claims::lifecycle::{self, Event, Impossible, Status};
use crate::claims::record::{NewEvent, Source, Standing};
use crate::claims::{StoredClaim, not_found, store};
use crate::db::Tx;
use crate::types::{ClaimId, CodeBasisId, Result};

/// A claim that was checked.
#[derive(Clone, Debug)]
pub struct Checked {
    pub(super) claim: ClaimId,
    /// Where it stood when it was checked.
    before: Standing,
    /// What follows for it; none when it stays where it stands.
    event: Option<Event>,
    /// A JSON array.
    pub(super) findings: String,
    found: usize,
}

impl Checked {
    /// What was found in a claim, and what follows: [`Event::Held`], [`Event::Released`], or nothing.
    ///
    /// # Errors
    /// Findings that are no JSON.
    pub fn new<F: Serialize>(claim: &StoredClaim, event: Option<Event>, findings: &[F]) -> Result<Checked> {
        let text = serde_json::to_string(findings).map_err(anyhow::Error::from)?;
        let before = Standing { status: claim.status, events: claim.events };
        Ok(Checked { claim: claim.id, before, event, findings: text, found: findings.len() })
    }

    fn after(&self) -> std::result::Result<Standing, Impossible> {
        let Standing { status, events } = self.before;
        let Some(event) = self.event else { return Ok(self.before) };
        Ok(Standing { status: lifecycle::next(Some(status), event)?, events: events + 1 })
    }
}

/// What became of a [`Checked`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Its findings are kept, and it stands here.
    Standing(Status),
    /// Something has happened to it since it was loaded: nothing is written, it is to be checked
    /// again.
    ChangedMeanwhile(Status),
    /// The lifecycle does not allow it: nothing is written.
    Impossible(Impossible),
}

/// Keeps what was found in each claim, by which code lists, and moves its status as
/// [`lifecycle::next`] says; one answer for each, in the same order. The claims' rows are locked,
/// those that move before those that stay, each in the order of their ids, until the transaction ends.
///
/// A claim is checked as it was after a certain event: the row moves if that is its newest event still.
/// The event names the source: the same check is kept once.
///
/// # Errors
/// `claims/not-found` when a claim is not there or another practice's: then nothing is kept.
pub async fn keep_checked(
    tx: &mut Tx,
    now: DateTime<Utc>,
    checked_with: CodeBasisId,
    checked: &[Checked],
) -> Result<Vec<Kept>> {
    let after: Vec<_> = checked.iter().map(Checked::after).collect();
    let (mut moving, mut staying) = (BTreeMap::new(), BTreeMap::new());
    for (one, after) in checked.iter().zip(&after) {
        if let Ok(after) = after {
            let some = if one.event.is_some() { &mut moving } else { &mut staying };
            // A claim that is there twice changes with the first.
            some.entry(one.claim).or_insert((one, *after));
        }
    }
    let moved = store::save_checked(tx, checked_with, &moving, 1).await?;
    let stayed = store::save_checked(tx, checked_with, &staying, 0).await?;
    moving.retain(|claim, _| moved.contains(claim));
    staying.retain(|claim, _| stayed.contains(claim));

    let said: Vec<_> = moving
        .values()
        .map(|(one, _)| {
            // Which check of this claim: an event is its claim's already.
            let source = Source::new("scrub", one.before.events.to_string());
            (source, json!({ "findings": one.found }))
        })
        .collect();
    let new: Vec<NewEvent<'_>> = moving
        .values()
        .zip(&said)
        .filter_map(|((one, standing), (source, detail))| {
            let (claim, event) = (one.claim, one.event?);
            let Standing { status, events: event_no } = *standing;
            Some(NewEvent { claim, event_no, event, status, source, detail })
        })
        .collect();
    store::insert_events(tx, now, &new).await?;

    let is_kept = |one: &Checked| {
        let of = |some: &BTreeMap<ClaimId, (&Checked, Standing)>| {
            some.get(&one.claim).is_some_and(|(kept, _)| std::ptr::eq(*kept, one))
        };
        of(&moving) || of(&staying)
    };
    let late: BTreeSet<ClaimId> = checked
        .iter()
        .zip(&after)
        .filter_map(|(one, after)| (after.is_ok() && !is_kept(one)).then_some(one.claim))
        .collect();
    let late = store::lock(tx, &Vec::from_iter(late)).await?;
    checked
        .iter()
        .zip(after)
        .map(|(one, after)| match (after, late.get(&one.claim)) {
            (Err(impossible), _) => Ok(Kept::Impossible(impossible)),
            (Ok(after), _) if is_kept(one) => Ok(Kept::Standing(after.status)),
            (Ok(_), Some(standing)) => Ok(Kept::ChangedMeanwhile(standing.status)),
            (Ok(_), None) => Err(not_found(one.claim).into()),
        })
        .collect()
}
