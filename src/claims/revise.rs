//! Changing a claim before it is sent, or sent again.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::json;

use crate::claims::draft::number_lines;
use crate::claims::lifecycle::Event;
use crate::claims::model::Claim;
use crate::claims::record::{Happened, Outcome, Source, record};
use crate::claims::{Status, get, not_found, store};
use crate::db::Tx;
use crate::types::{Money, Refusal, Result, Status as Http};

/// A claim that was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The number of its newest event: what the next revision has to expect.
    pub event_no: i32,
    /// Where it stands now: a draft, or held until it is scrubbed again.
    pub status: Status,
    /// The charge before; the ledger follows when it differs from the charge now.
    pub charged_before: Money,
}

/// Replaces the content of a draft, held, ready or rejected claim, provided nothing has happened
/// to it since its `expected_event_no`-th event. The lines keep their control numbers; new lines
/// get their own.
///
/// # Errors
/// `claims/not-found`; `claims/changed-meanwhile`; `claims/not-revisable` when it has been sent;
/// `claims/another-claim` when payer, sequence or frequency would change; `claims/not-its-lines`
/// when the charge is not the sum of the lines, or a line's units are more than can be sent.
pub async fn revise(
    tx: &mut Tx,
    now: DateTime<Utc>,
    revised: &Claim,
    expected_event_no: i32,
) -> Result<Revision> {
    let standing =
        *store::lock(tx, &[revised.id]).await?.get(&revised.id).ok_or_else(|| not_found(revised.id))?;
    if standing.events != expected_event_no {
        return Err(refused(
            "claims/changed-meanwhile",
            Http::Conflict,
            revised,
            "something has happened to it since it was opened",
            "Open it again and repeat the change",
        ));
    }
    let before = get(tx, revised.id).await?;
    if revised.payer.id != before.claim.payer.id
        || revised.sequence != before.claim.sequence
        || revised.frequency != before.claim.frequency
    {
        return Err(refused(
            "claims/another-claim",
            Http::Invalid,
            revised,
            "payer, sequence and frequency stay as they were drafted",
            "Draft another claim",
        ));
    }
    // SV104 holds eight digits, of which the database keeps three after the point.
    let units_fit = |units: Decimal| units == units.round_dp(3) && units.abs() < Decimal::from(100_000);
    if revised.charged != revised.lines_total() || !revised.lines.iter().all(|line| units_fit(line.units)) {
        return Err(refused(
            "claims/not-its-lines",
            Http::Invalid,
            revised,
            "the charge is the sum of the lines, and a line has at most 99999.999 units",
            "Correct the lines or the charge",
        ));
    }

    let event = Happened {
        claim: revised.id,
        event: Event::Revised,
        source: Source::new("revision", expected_event_no + 1),
        detail: json!({ "charged_before": before.claim.charged, "charged": revised.charged }),
    };
    match record(tx, now, &[event]).await?.as_slice() {
        [Outcome::Recorded { event_no, to, .. }] => {
            let mut claim = revised.clone();
            number_lines(&mut claim.lines, *event_no);
            store::replace_content(tx, &claim).await?;
            Ok(Revision { event_no: *event_no, status: *to, charged_before: before.claim.charged })
        }
        _ => Err(refused(
            "claims/not-revisable",
            Http::Conflict,
            revised,
            &format!("it is {}", standing.status),
            "Once a payer has decided, replace or void the claim instead",
        )),
    }
}

fn refused(
    code: &'static str,
    status: Http,
    claim: &Claim,
    why: &str,
    next: &'static str,
) -> crate::types::Error {
    Refusal::new(code, status, format!("{} cannot be changed: {why}", claim.id), next).into()
}
