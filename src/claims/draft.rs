//! New claims, and the control numbers of their lines.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::claims::lifecycle::{Event, Status};
use crate::claims::model::{Claim, ServiceLine};
use crate::claims::record::{NewEvent, Source};
use crate::claims::store;
use crate::db::Tx;
use crate::types::{ClaimId, CoverageId, EncounterId, PatientId, PayerId, Result};

/// A claim to be, and what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewClaim {
    /// The document; its id is the claim's.
    pub claim: Claim,
    /// The visit.
    pub encounter: EncounterId,
    /// The person treated.
    pub patient: PatientId,
    /// Who is asked.
    pub payer: PayerId,
    /// Under which of the patient's coverages.
    pub coverage: CoverageId,
    /// The visit's first claim, under which the ledger keeps the money; none: this is it.
    pub account_claim: Option<ClaimId>,
    /// What it was drafted from.
    pub source: Source,
}

/// Writes the claims with their lines and first event. One statement a table for every 1,000
/// claims. Lines without a control number get one.
///
/// # Errors
/// `claims/already-drafted` when one of the visits has an original claim to a payer of that place
/// already. A claim whose charge is not the sum of its lines is a fault of the caller's.
pub async fn draft(tx: &mut Tx, now: DateTime<Utc>, new: &[NewClaim]) -> Result<Vec<ClaimId>> {
    let mut new = new.to_vec();
    for one in &mut new {
        if one.claim.charged != one.claim.lines_total() {
            return Err(anyhow::anyhow!("{}: the charge is not the sum of the lines", one.claim.id).into());
        }
        number_lines(&mut one.claim.lines, 1);
    }
    store::insert_claims(tx, &new).await?;
    let detail = json!({});
    let events: Vec<NewEvent<'_>> = new
        .iter()
        .map(|one| NewEvent {
            claim: one.claim.id,
            event_no: 1,
            event: Event::Drafted,
            status: Status::Draft,
            source: &one.source,
            detail: &detail,
        })
        .collect();
    store::insert_events(tx, now, &events).await?;
    Ok(new.iter().map(|one| one.claim.id).collect())
}

/// Gives a control number (REF*6R: letters and digits, at most 30) to each line that has none,
/// or none of its own. A line keeps the one it has: the remittance of an earlier sending may
/// still name it. `L2` is the second line of the draft; `L2R5` a second line that came with the
/// claim's fifth event, so that no line ever gets the number of one that was removed.
pub(super) fn number_lines(lines: &mut [ServiceLine], event_no: i32) {
    let mut taken = HashSet::new();
    for line in lines.iter_mut() {
        line.control_number =
            line.control_number.take().filter(|number| is_sendable(number) && taken.insert(number.clone()));
    }
    let revision = if event_no == 1 { String::new() } else { format!("R{event_no}") };
    for (place, line) in lines.iter_mut().enumerate() {
        if line.control_number.is_none() {
            line.control_number = (place + 1..)
                .map(|number| format!("L{number}{revision}"))
                .find(|number| taken.insert(number.clone()));
        }
    }
}

fn is_sendable(number: &str) -> bool {
    (1..=30).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric())
}
