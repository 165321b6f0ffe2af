//! Parts of a claim that never came. A payer that splits a claim (MA15) says that the other services come
//! separately; when they do not, nobody else asks for them: the claim is decided in part, so it waits in no
//! list of claims without an answer.
//!
//! Days after the first part was posted, what is left of the claim becomes an exception. It is settled by the
//! part that comes, or by a decision about the whole claim.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::db::Tx;
use crate::remits::exceptions::{self, ExceptionKind, NewException};
use crate::remits::store::{self, MissingPart};
use crate::types::Result;

/// How long after the first part the others may take. A payer has 30 days for a clean claim (Medicare: 42 CFR
/// 405.922; the prompt-pay laws of most states), and has had this one for longer.
pub const PARTS_WITHIN: TimeDelta = TimeDelta::days(30);

/// Opens an exception for each claim of which parts have been missing for too long, once; how many it opened. What
/// a person has read is not opened again for the same parts. Leaves an audit event `remits/parts-missing`.
pub async fn look(tx: &mut Tx, now: DateTime<Utc>) -> Result<usize> {
    let missing = store::missing_parts(tx, now - PARTS_WITHIN).await?;
    for part in &missing {
        exceptions::open_late(tx, part.remittance, part.first, &exception(part)).await?;
    }
    let organization = tx.actor().organization;
    tx.audit("remits/parts-missing", organization, None, json!({ "opened": missing.len() })).await?;
    Ok(missing.len())
}

fn exception(part: &MissingPart) -> NewException {
    let left = part.charged - part.answered;
    let lines: Vec<String> = part.lines.iter().map(ToString::to_string).collect();
    let mut detail = format!(
        "parts (MA15) of {} of {} charged have come, the first on {}, and {left} has no answer {} days later",
        part.answered,
        part.charged,
        part.first_on,
        PARTS_WITHIN.num_days()
    );
    if !lines.is_empty() {
        detail.push_str(&format!("; lines of ours without one: {}", lines.join(", ")));
    }
    NewException::new(ExceptionKind::PartsMissing, left, detail)
}
