//! What a check of claims came to: findings and status in one.

use std::collections::HashMap;

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
    /// Its newest event when it was checked.
    events: i32,
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
        Ok(Checked { claim: claim.id, events: claim.events, event, findings: text, found: findings.len() })
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
/// in the order of their ids, until the transaction ends.
///
/// A claim is checked as it was after a certain event, and that event names the source: the same
/// check is kept once.
///
/// # Errors
/// `claims/not-found` when a claim is not there or another practice's: then nothing is kept.
pub async fn keep_checked(
    tx: &mut Tx,
    now: DateTime<Utc>,
    checked_with: CodeBasisId,
    checked: &[Checked],
) -> Result<Vec<Kept>> {
    let mut ids: Vec<_> = checked.iter().map(|one| one.claim).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut standings: HashMap<_, _> = store::lock(tx, &ids).await?.into_iter().collect();

    let mut outcomes = Vec::with_capacity(checked.len());
    let mut kept = Vec::with_capacity(checked.len());
    for one in checked {
        let id = one.claim;
        let standing = standings.get_mut(&id).ok_or_else(|| not_found(id))?;
        if standing.events != one.events {
            outcomes.push(Kept::ChangedMeanwhile(standing.status));
            continue;
        }
        if let Some(event) = one.event {
            match lifecycle::next(Some(standing.status), event) {
                Ok(status) => *standing = Standing { status, events: standing.events + 1 },
                Err(impossible) => {
                    outcomes.push(Kept::Impossible(impossible));
                    continue;
                }
            }
        }
        kept.push((one, *standing));
        outcomes.push(Kept::Standing(standing.status));
    }

    let said: Vec<_> = kept
        .iter()
        .map(|(one, _)| {
            let source = Source::new("scrub", format!("{}@{}", one.claim, one.events));
            (source, json!({ "findings": one.found }))
        })
        .collect();
    let new: Vec<NewEvent<'_>> = kept
        .iter()
        .zip(&said)
        .filter_map(|((one, standing), (source, detail))| {
            let (claim, event) = (one.claim, one.event?);
            let Standing { status, events: event_no } = *standing;
            Some(NewEvent { claim, event_no, event, status, source, detail })
        })
        .collect();
    store::insert_events(tx, now, &new).await?;
    store::save_checked(tx, checked_with, &kept).await?;
    Ok(outcomes)
}
