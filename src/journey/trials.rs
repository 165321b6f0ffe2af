//! Trials of rules on a history that is too long to wait for: asked for by a person, done by the
//! worker, kept with their results.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::claims::{self, Past};
use crate::codes::Codes;
use crate::db::jobs::{self, Claimed, Job};
use crate::db::{Db, Tx};
use crate::journey::back_test::back_test_within;
use crate::journey::past_claims::Reach;
use crate::journey::what_if::what_if_within;
use crate::journey::{BackTested, Change, Differences, Tried};
use crate::scrub::trials;
use crate::types::{Clock, Refusal, Result, RuleTrialId, Status};

/// From so many claims on, a page does not wait for a trial.
pub const LONG_HISTORY: usize = 2_000;

/// Claims that one trial looks at, the newest; it says so when there were more.
const CLAIMS_MAX: usize = 1_000_000;

/// How often the worker tells how far it has come.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// What is tried on which claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TrialAsked {
    /// A rule.
    BackTest {
        /// Which.
        tried: Tried,
        /// On which claims.
        past: Past,
    },
    /// Other rules than those of now.
    WhatIf {
        /// In what they differ.
        change: Change,
        /// On which claims.
        past: Past,
    },
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "result", rename_all = "snake_case")]
pub enum TrialResult {
    /// Of a rule.
    BackTest(BackTested),
    /// Of other rules.
    WhatIf(Differences),
    /// Nothing: somebody no longer wanted it.
    Cancelled,
}

impl TrialAsked {
    /// On which claims.
    #[must_use]
    pub const fn past(&self) -> Past {
        match self {
            TrialAsked::BackTest { past, .. } | TrialAsked::WhatIf { past, .. } => *past,
        }
    }
}

impl TrialResult {
    /// Claims that were looked at.
    #[must_use]
    pub const fn claims(&self) -> usize {
        match self {
            TrialResult::BackTest(result) => result.claims,
            TrialResult::WhatIf(result) => result.claims,
            TrialResult::Cancelled => 0,
        }
    }
}

/// The work of a trial.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RunTrial {
    /// Which.
    pub trial: RuleTrialId,
}

impl Job for RunTrial {
    const KIND: &'static str = "rule_trial";
    const ATTEMPTS_MAX: i32 = 3;

    fn unique_key(&self) -> Option<String> {
        Some(self.trial.to_string())
    }

    /// A practice's trials do not take all workers.
    fn lane(&self) -> Option<String> {
        Some("rule_trials".to_owned())
    }
}

/// What a trial's job did.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TrialDone {
    /// Claims that were looked at.
    pub claims: usize,
}

/// Asks for a trial; the worker does it. Leaves an audit event `rules/ask-trial`.
pub async fn ask_trial(tx: &mut Tx, clock: &Clock, asked: &TrialAsked) -> Result<RuleTrialId> {
    let now = clock.now();
    let trial = trials::ask(tx, now, asked).await?;
    jobs::enqueue(tx, &RunTrial { trial }, now).await?;
    Ok(trial)
}

/// Cancels a trial that waits or is under way: its worker lets go of it within a second or two. Leaves an
/// audit event `rules/cancel-trial`.
///
/// # Errors
/// `rules/no-trial`; `rules/trial-ended` when there is nothing left to cancel.
pub async fn cancel_trial(tx: &mut Tx, clock: &Clock, trial: RuleTrialId) -> Result<()> {
    if trials::get(tx, trial).await?.result.is_some() {
        let what = "the trial has ended";
        return Err(Refusal::new("rules/trial-ended", Status::Conflict, what, "Look at what came out").into());
    }
    trials::cancel(tx, clock.now(), trial, &TrialResult::Cancelled).await
}

impl RunTrial {
    /// Tries, and keeps what came out. A trial that has its result is not made again.
    ///
    /// # Errors
    /// As [`crate::journey::back_test()`] and [`crate::journey::what_if()`].
    pub async fn run(&self, db: &Db, job: &Claimed, clock: &Clock, codes: &Codes) -> Result<TrialDone> {
        let actor = job.actor::<RunTrial>();
        let kept = db.snapshot(&actor, async |tx| trials::get(tx, self.trial).await).await?;
        if kept.result.is_some() {
            return Ok(TrialDone { claims: 0 });
        }
        let asked: TrialAsked =
            serde_json::from_value(kept.asked).context("what was asked cannot be read")?;
        let past = asked.past();
        let total = db.snapshot(&actor, async |tx| claims::count_sent(tx, past).await).await?;
        let total = total.min(i64::try_from(CLAIMS_MAX).unwrap_or(i64::MAX));
        let seen = AtomicUsize::new(0);
        let reach = Reach { claims_max: CLAIMS_MAX, seen: Some(&seen) };
        let tell = async {
            loop {
                let done = i64::try_from(seen.load(Ordering::Relaxed)).unwrap_or(total).min(total);
                // Whoever watches sees it a second later; the work goes on.
                let _ = job.tell(db, done, total).await;
                let kept = db.snapshot(&actor, async |tx| trials::get(tx, self.trial).await).await;
                if kept.is_ok_and(|trial| trial.result.is_some()) {
                    return;
                }
                tokio::time::sleep(TELL_EVERY).await;
            }
        };
        let tried = db.batch_snapshot(&actor, async |tx| match &asked {
            TrialAsked::BackTest { tried, .. } => {
                Ok(TrialResult::BackTest(back_test_within(tx, codes, tried, past, reach).await?))
            }
            TrialAsked::WhatIf { change, .. } => {
                Ok(TrialResult::WhatIf(what_if_within(tx, codes, change, past, reach).await?))
            }
        });
        let result = tokio::select! {
            result = tried => result?,
            // Cancelled, or ended by another worker that had taken it over.
            () = tell => return Ok(TrialDone { claims: 0 }),
        };
        let claims = result.claims();
        db.transaction(&actor, async |tx| trials::end(tx, clock.now(), self.trial, &result, claims).await)
            .await?;
        Ok(TrialDone { claims })
    }
}
