//! One claim, checked or queued because somebody asked for it.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::claims::lifecycle::{self, Impossible};
use crate::claims::{self, Checked, Event, Kept, Status, StoredClaim};
use crate::codes::{self, Codes};
use crate::db::{Tx, jobs};
use crate::journey::release::Knowledge;
use crate::journey::rounds::{Release, SendBatches};
use crate::registry::organizations;
use crate::scrub::{Finding, Verdict};
use crate::submissions::{self, Submission};
use crate::types::{ClaimId, Refusal, Result, Status as Http};

/// What came of scrubbing one claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrubbedOne {
    /// Where the claim stands now.
    pub status: Status,
    /// What the rules say, notes and warnings included.
    pub findings: Vec<Finding>,
}

/// What came of submitting one claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It has a control number and leaves with its payer's next batch, which was asked for.
    Queued {
        /// Its sending.
        submission: Submission,
        /// Warnings and notes; none of them stops it.
        findings: Vec<Finding>,
    },
    /// Something stops it; it is held.
    Held(Vec<Finding>),
}

/// Checks one claim by today's rules: it is ready afterwards, or held with its findings. A claim
/// that is queued stays queued unless something stops it.
///
/// # Errors
/// `claims/not-found`; `claims/has-left` when it is not the practice's to mend any more.
pub async fn scrub_claim(tx: &mut Tx, now: DateTime<Utc>, codes: &Codes, id: ClaimId) -> Result<ScrubbedOne> {
    let stored = unsent(tx, id, "scrubbed").await?;
    let today = organizations::today(tx, now).await?;
    let knowledge = Knowledge::load(tx, codes, today, std::slice::from_ref(&stored)).await?;
    let verdict = knowledge.check(&stored);
    let status = keep(tx, now, codes, &stored, &verdict).await?;
    Ok(ScrubbedOne { status, findings: verdict.findings().to_vec() })
}

/// Checks one claim by today's rules and, when nothing stops it, gives it a control number, queues
/// it for its payer's next batch and asks for that batch. What stops it is kept with it.
///
/// # Errors
/// `claims/not-found`; `claims/has-left`; `claims/already-queued`.
pub async fn submit(tx: &mut Tx, now: DateTime<Utc>, codes: &Codes, id: ClaimId) -> Result<Submitted> {
    let stored = unsent(tx, id, "submitted").await?;
    if stored.status == Status::Queued {
        return Err(Refusal::new(
            "claims/already-queued",
            Http::Conflict,
            format!("{id} is queued already"),
            "It leaves with its payer's next batch",
        )
        .into());
    }
    let today = organizations::today(tx, now).await?;
    let knowledge = Knowledge::load(tx, codes, today, std::slice::from_ref(&stored)).await?;
    let verdict = knowledge.check(&stored);
    keep(tx, now, codes, &stored, &verdict).await?;
    let scrubbed = match verdict {
        Verdict::Held(findings) => return Ok(Submitted::Held(findings)),
        Verdict::Ready(scrubbed) => scrubbed,
    };
    let findings = scrubbed.findings().to_vec();
    let prefix = organizations::current(tx).await?.control_number_prefix;
    let queued = submissions::queue(tx, now, &prefix, &[scrubbed]).await?.pop();
    let submission = queued.ok_or_else(|| anyhow::anyhow!("{id} was not queued"))?;
    tx.audit("submissions/queue", id, None, json!({ "control_number": submission.control_number })).await?;
    jobs::enqueue(tx, &SendBatches { release: Release::Queued }, now).await?;
    Ok(Submitted::Queued { submission, findings })
}

/// The claim, when it is still the practice's to change.
pub(super) async fn unsent(tx: &mut Tx, id: ClaimId, verb: &str) -> Result<StoredClaim> {
    let stored = claims::get(tx, id).await?;
    match lifecycle::next(Some(stored.status), Event::Held) {
        Ok(_) => Ok(stored),
        Err(Impossible { status, .. }) => Err(Refusal::new(
            "claims/has-left",
            Http::Conflict,
            format!("a claim that is {status} cannot be {verb}"),
            "Wait for the payer's answer, or replace the claim once the payer has decided",
        )
        .into()),
    }
}

/// Keeps what the rules say, and moves the claim when that changes where it stands.
pub(super) async fn keep(
    tx: &mut Tx,
    now: DateTime<Utc>,
    codes: &Codes,
    stored: &StoredClaim,
    verdict: &Verdict<'_>,
) -> Result<Status> {
    let findings = verdict.findings();
    let event = match (verdict.is_held(), stored.status) {
        (true, Status::Held) | (false, Status::Ready | Status::Queued) => None,
        (true, _) => Some(Event::Held),
        (false, _) => Some(Event::Released),
    };
    let checked_with = codes::store::remember(tx, codes).await?;
    let checked = Checked::new(stored, event, findings)?;
    let status = match claims::keep_checked(tx, now, checked_with, &[checked]).await?.as_slice() {
        [Kept::Standing(status)] => *status,
        [Kept::Impossible(why)] => return Err(changed_meanwhile(&why.to_string())),
        _ => return Err(changed_meanwhile("something has happened to the claim since it was opened")),
    };
    let detail = json!({ "held": verdict.is_held(), "findings": findings.len() });
    tx.audit("claims/scrub", stored.id, None, detail).await?;
    Ok(status)
}

fn changed_meanwhile(why: &str) -> crate::types::Error {
    Refusal::new("claims/changed", Http::Conflict, why, "Look at the claim again").into()
}
