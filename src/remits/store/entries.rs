//! Which of a decision's entries stand: its own, and that with which a person applied it. Each may have been
//! posted anew since.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Nullable, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::remits::CLAIM_SOURCE;
use crate::remits::exceptions::{ActionKind, EXCEPTION_SOURCE};
use crate::types::{EntryId, RemitClaimId, Result};

/// In SQL, the own entry of the decision `rc` that stands, null when it moved nothing: that with which it was
/// posted anew last, else that of its source. `$3` is [`CLAIM_SOURCE`].
pub(super) const OWN_ENTRY: &str = "coalesce(
    (select rs.entry_id from remit_restorations rs where rs.organization_id = rc.organization_id
        and rs.remit_claim_id = rc.id and not rs.applies order by rs.entry_id desc limit 1),
    (select e.id from entries e where e.organization_id = rc.organization_id and e.source_kind = $3
        and e.source_id = rc.id))";

/// The own entry of a decision that stands, if it moved anything.
pub(in crate::remits) async fn entry_of_decision(tx: &mut Tx, id: RemitClaimId) -> Result<Option<EntryId>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Uuid>)]
        entry: Option<EntryId>,
    }
    let row: Option<Row> = sql_query(format!(
        "select {OWN_ENTRY} as entry from remit_claims rc where rc.organization_id = $1 and rc.id = $2"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Text, _>(CLAIM_SOURCE.as_str())
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.and_then(|row| row.entry))
}

/// The entries with which people applied decisions that had waited, as they stand, by decision. What such a
/// decision moved when it came is where its money waited; this is its effect.
pub(in crate::remits) async fn applications(
    tx: &mut Tx,
    decisions: &[RemitClaimId],
) -> Result<HashMap<RemitClaimId, EntryId>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        decision: RemitClaimId,
        #[diesel(sql_type = Uuid)]
        entry: EntryId,
    }
    let rows: Vec<Row> = sql_query(
        "select rc.id as decision, applied.id as entry from remit_claims rc
         cross join lateral (
            select e.id from remit_exceptions x
            join entries e on e.organization_id = $1 and e.source_kind = $3 and e.source_id = x.id
            where x.organization_id = $1 and x.remittance_id = rc.remittance_id and x.remit_claim_id = rc.id
                and x.action ->> 'action' = any($4)
            union all
            select rs.entry_id from remit_restorations rs
            where rs.organization_id = $1 and rs.remit_claim_id = rc.id and rs.applies) applied
         where rc.organization_id = $1 and rc.id = any($2)
            and not exists (select from entries u where u.organization_id = $1 and u.reverses_id = applied.id)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(decisions)
    .bind::<Text, _>(EXCEPTION_SOURCE.as_str())
    .bind::<Array<Text>, _>(vec![ActionKind::Match.as_str(), ActionKind::TreatAs.as_str()])
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.decision, row.entry)).collect())
}
