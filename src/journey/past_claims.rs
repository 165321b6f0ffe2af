//! Claims that were sent, walked in batches with what was known of their patients when they left.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::claims::{self, HistoryLine, Past, SentClaim, StoredClaim};
use crate::db::Tx;
use crate::journey::release::history_of;
use crate::registry::organizations;
use crate::types::{ClaimId, PatientId, Refusal, Result, Status};

/// Claims that one walk looks at while somebody waits; it says so when there were more.
const CLAIMS_MAX: usize = 20_000;
/// Claims that are in memory at a time.
const BATCH: usize = 500;

/// Whether rules across claims are asked, for which the patients' other lines are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum With {
    History,
    TheClaimAlone,
}

/// How far a walk goes, and where it says how far it has come.
#[derive(Clone, Copy)]
pub(super) struct Reach<'a> {
    /// Claims that it looks at, at most.
    pub(super) claims_max: usize,
    /// Claims that it has looked at.
    pub(super) seen: Option<&'a AtomicUsize>,
}

impl Reach<'_> {
    /// While somebody waits for the answer.
    pub(super) const WAITED_FOR: Reach<'static> = Reach { claims_max: CLAIMS_MAX, seen: None };
}

/// Where a walk stands.
pub(super) struct Walk<'a> {
    reach: Reach<'a>,
    with: With,
    zone: Tz,
    /// Claims that it looks at, the newest first.
    sent: Vec<SentClaim>,
    pub(super) seen: usize,
    /// Whether every claim that is meant was looked at.
    pub(super) is_complete: bool,
}

/// Some claims, the newest first.
pub(super) struct Batch {
    pub(super) claims: Vec<(StoredClaim, NaiveDate)>,
    history: HashMap<PatientId, Vec<HistoryLine>>,
}

impl<'a> Walk<'a> {
    /// # Errors
    /// `rules/days` when the last day is before the first.
    pub(super) async fn begin(tx: &mut Tx, past: Past, with: With, reach: Reach<'a>) -> Result<Walk<'a>> {
        if past.to < past.from {
            let what = "the last day is before the first";
            return Err(Refusal::new("rules/days", Status::Invalid, what, "Swap the days").into());
        }
        let zone = organizations::current(tx).await?.time_zone;
        // One more than are looked at tells whether those are all.
        let limit = i64::try_from(reach.claims_max).unwrap_or(i64::MAX).saturating_add(1);
        let mut sent = claims::sent(tx, past, limit).await?;
        let is_complete = sent.len() <= reach.claims_max;
        sent.truncate(reach.claims_max);
        Ok(Walk { reach, with, zone, sent, seen: 0, is_complete })
    }

    /// The next claims; none when all were seen, or as many as one walk looks at.
    pub(super) async fn next(&mut self, tx: &mut Tx) -> Result<Option<Batch>> {
        if let Some(seen) = self.reach.seen {
            seen.store(self.seen, Ordering::Relaxed);
        }
        let rest = &self.sent[self.seen..];
        let sent = &rest[..rest.len().min(BATCH)];
        if sent.is_empty() {
            return Ok(None);
        }
        self.seen += sent.len();
        let ids: Vec<ClaimId> = sent.iter().map(|claim| claim.id).collect();
        let days = sent.iter().map(|claim| claim.sent_at.with_timezone(&self.zone).date_naive());
        let claims: Vec<(StoredClaim, NaiveDate)> =
            claims::load(tx, &ids).await?.into_iter().zip(days).collect();
        let history = match (self.with, claims.iter().map(|(_, day)| *day).min()) {
            (With::History, Some(first)) => {
                let whose: Vec<_> = claims.iter().map(|(claim, _)| (claim.patient, claim.id)).collect();
                history_of(tx, first, &whose).await?
            }
            _ => HashMap::new(),
        };
        Ok(Some(Batch { claims, history }))
    }
}

impl Batch {
    /// The patient's lines on claims that were drafted before this one: what the scrubber knew when
    /// it left. Claims that were replaced or voided since are not among them.
    pub(super) fn history(&self, claim: &StoredClaim) -> Vec<HistoryLine> {
        let lines = self.history.get(&claim.patient).map_or(&[][..], Vec::as_slice);
        lines.iter().filter(|line| line.claim <= claim.id).cloned().collect()
    }
}
