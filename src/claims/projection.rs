//! The proof that every claim stands where its events put it.

use crate::claims::{lifecycle, store};
use crate::db::Tx;
use crate::types::{ClaimId, Result};

/// Whether the statuses follow from the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionProof {
    /// True when every claim's status, and every status written with an event, follows.
    pub holds: bool,
    /// How many claims were looked at, or the first that differs and how.
    pub detail: String,
}

/// Replays the events of every claim through [`lifecycle::next`] and compares. Pages of 1,000
/// claims: memory stays flat.
pub async fn prove_projection(tx: &mut Tx) -> Result<ProjectionProof> {
    let mut after = None;
    let mut claims = 0_u64;
    loop {
        let page = store::projections(tx, after).await?;
        let Some(last) = page.last() else {
            return Ok(ProjectionProof { holds: true, detail: format!("{claims} claims") });
        };
        after = Some(last.claim);
        for one in page {
            if let Err(why) = replay(&one) {
                return Ok(ProjectionProof { holds: false, detail: format!("{}: {why}", one.claim) });
            }
            claims += 1;
        }
    }
}

/// What the database says about one claim, words as they are stored.
pub(super) struct Projection {
    pub(super) claim: ClaimId,
    pub(super) status: String,
    pub(super) events: i32,
    /// Number, event, and the status written with it, in order.
    pub(super) recorded: Vec<(i32, String, String)>,
}

fn replay(one: &Projection) -> std::result::Result<(), String> {
    let mut status = None;
    for (place, (event_no, event, written)) in (1..).zip(&one.recorded) {
        if *event_no != place {
            return Err(format!("event {place} is missing"));
        }
        let event = event.parse().map_err(|unknown: anyhow::Error| unknown.to_string())?;
        let next = lifecycle::next(status, event).map_err(|impossible| impossible.to_string())?;
        if next.as_str() != written {
            return Err(format!("event {place} says {written}, the lifecycle {next}"));
        }
        status = Some(next);
    }
    match status {
        None => Err("has no events".to_owned()),
        Some(status) if status.as_str() != one.status => {
            Err(format!("is {}, its events say {status}", one.status))
        }
        Some(_) if usize::try_from(one.events) != Ok(one.recorded.len()) => {
            Err(format!("counts {} events and has {}", one.events, one.recorded.len()))
        }
        Some(_) => Ok(()),
    }
}
