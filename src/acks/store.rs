//! SQL of acknowledgements.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::db::Tx;
use crate::db::schema::acknowledgements as a;
use crate::types::{AcknowledgementId, BatchId, FileId, Result};

use super::answer::{Kind, Outcome};

/// An answer that is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub id: AcknowledgementId,
    pub ordinal: i32,
    pub kind: Kind,
    pub batch: Option<BatchId>,
    pub outcome: Outcome,
    pub detail: Value,
}

/// The answers of a file that was received before, in order.
pub(super) async fn of_file(tx: &mut Tx, file: FileId) -> Result<Vec<Kept>> {
    let rows: Vec<(AcknowledgementId, i32, String, Option<BatchId>, String, Value)> = a::table
        .filter(a::file_id.eq(file))
        .order(a::set_ordinal)
        .select((a::id, a::set_ordinal, a::kind, a::batch_id, a::outcome, a::detail))
        .load(tx.conn())
        .await?;
    rows.into_iter()
        .map(|(id, ordinal, kind, batch, outcome, detail)| {
            let unknown = || anyhow::anyhow!("{id}: no acknowledgement is {kind} {outcome}");
            Ok(Kept {
                id,
                ordinal,
                kind: Kind::from_word(&kind).ok_or_else(unknown)?,
                batch,
                outcome: Outcome::from_word(&outcome).ok_or_else(unknown)?,
                detail,
            })
        })
        .collect()
}

pub(super) async fn insert(tx: &mut Tx, now: DateTime<Utc>, file: FileId, kept: &Kept) -> Result<()> {
    diesel::insert_into(a::table)
        .values((
            a::organization_id.eq(tx.actor().organization),
            a::id.eq(kept.id),
            a::file_id.eq(file),
            a::set_ordinal.eq(kept.ordinal),
            a::kind.eq(kept.kind.as_str()),
            a::batch_id.eq(kept.batch),
            a::outcome.eq(kept.outcome.as_str()),
            a::detail.eq(&kept.detail),
            a::received_at.eq(now),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
