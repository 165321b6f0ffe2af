//! Which decisions say anew what others about their claim had said, and what they carry of those.

use std::collections::{HashMap, HashSet};

use diesel::QueryableByName;
use diesel::sql_types::{Array, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::{Tx, kept};
use crate::types::{EntryId, RemitClaimId, Result};

#[derive(QueryableByName)]
struct Decision {
    #[diesel(sql_type = Uuid)]
    id: RemitClaimId,
}

/// Says that a decision takes the place of others.
pub(in crate::remits) async fn insert_replacements(
    tx: &mut Tx,
    replaced: &[RemitClaimId],
    by: RemitClaimId,
) -> Result<()> {
    if replaced.is_empty() {
        return Ok(());
    }
    kept(
        "insert into remit_replacements (organization_id, remit_claim_id, replaced_by)
         select $1, p.id, $3 from unnest($2) as p (id)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(replaced)
    .bind::<Uuid, _>(by)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// For each of these decisions that others which stand had replaced, the next one above it: the one that replaced none
/// of the others.
pub(in crate::remits) async fn carriers(
    tx: &mut Tx,
    decisions: &[RemitClaimId],
) -> Result<HashMap<RemitClaimId, RemitClaimId>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        decision: RemitClaimId,
        #[diesel(sql_type = Uuid)]
        carrier: RemitClaimId,
    }
    let rows: Vec<Row> = kept(
        "with above as (
            select p.remit_claim_id as decision, p.replaced_by as id from remit_replacements p
            join standing_decisions d on d.organization_id = $1 and d.id = p.replaced_by
            where p.organization_id = $1 and p.remit_claim_id = any($2))
         select a.decision, a.id as carrier from above a
         where not exists (select from above b
            join remit_replacements p on p.organization_id = $1 and p.remit_claim_id = b.id and p.replaced_by = a.id
            where b.decision = a.decision)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(decisions)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.decision, row.carrier)).collect())
}

/// Those of some decisions that others which stand have replaced.
pub(in crate::remits) async fn replaced(
    tx: &mut Tx,
    decisions: &[RemitClaimId],
) -> Result<HashSet<RemitClaimId>> {
    Ok(carriers(tx, decisions).await?.into_keys().collect())
}

/// The decisions that these had replaced and that speak again, since those stand no more.
pub(in crate::remits) async fn uncovered(tx: &mut Tx, gone: &[RemitClaimId]) -> Result<Vec<RemitClaimId>> {
    if gone.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<Decision> = kept(
        "select distinct p.remit_claim_id as id from remit_replacements p
         join standing_decisions d on d.organization_id = $1 and d.id = p.remit_claim_id
         where p.organization_id = $1 and p.replaced_by = any($2)
         and not exists (select from remit_replacements q
            join standing_decisions s on s.organization_id = $1 and s.id = q.replaced_by
            where q.organization_id = $1 and q.remit_claim_id = p.remit_claim_id)
         order by 1",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(gone)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// What a decision carries of one that a reversal took back.
#[derive(Clone, Copy, QueryableByName)]
pub(in crate::remits) struct Carrying {
    #[diesel(sql_type = Uuid)]
    pub entry: EntryId,
    #[diesel(sql_type = Uuid)]
    pub decision: RemitClaimId,
    #[diesel(sql_type = Uuid)]
    pub reversal: RemitClaimId,
}

/// Says what entries carry, and for which decisions.
pub(in crate::remits) async fn insert_carryings(tx: &mut Tx, rows: &[Carrying]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    kept(
        "insert into remit_carryings (organization_id, entry_id, remit_claim_id, reversal_id)
         select $1, c.* from unnest($2, $3, $4) as c (entry, decision, reversal)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(rows.iter().map(|row| row.entry).collect::<Vec<_>>())
    .bind::<Array<Uuid>, _>(rows.iter().map(|row| row.decision).collect::<Vec<_>>())
    .bind::<Array<Uuid>, _>(rows.iter().map(|row| row.reversal).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Those of some entries that carry something.
pub(in crate::remits) async fn carryings(tx: &mut Tx, entries: &[EntryId]) -> Result<Vec<Carrying>> {
    Ok(kept(
        "select entry_id as entry, remit_claim_id as decision, reversal_id as reversal from remit_carryings
         where organization_id = $1 and entry_id = any($2)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(entries)
    .load(tx.conn())
    .await?)
}
