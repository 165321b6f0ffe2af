//! Which of a decision's entries stand: its own, and what people moved for it. Each may have been posted anew since.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, SmallInt, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::{Tx, kept, kept_once};
use crate::ledger::AccountKind;
use crate::remits::CLAIM_SOURCE;
use crate::remits::exceptions::EXCEPTION_SOURCE;
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
    let row: Option<Row> = kept_once!(format!(
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

/// What people moved when they fixed exceptions of decisions, as it stands, by decision, the oldest first: where money
/// that had waited was applied, the share that a next payer was asked for, what was owed back or credited as paid too
/// much; and what it carries of a decision whose place it took. It stands because of the decision, so whatever takes
/// the decision back takes it back, too.
///
/// What is gone is left out: a refund that was paid, and a patient's credit of which a part was used since. The payer
/// that takes its money back all the same owes it again.
pub(in crate::remits) async fn moved_by_people(
    tx: &mut Tx,
    decisions: &[RemitClaimId],
) -> Result<HashMap<RemitClaimId, Vec<EntryId>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        decision: RemitClaimId,
        #[diesel(sql_type = Uuid)]
        entry: EntryId,
    }
    let rows: Vec<Row> = kept(
        "with moved as (
            select rc.id as decision, own.id as entry from remit_claims rc
            cross join lateral (
                select e.id from remit_exceptions x
                join entries e on e.organization_id = $1 and e.source_kind = $3 and e.source_id = x.id
                    and e.reverses_id is null
                where x.organization_id = $1 and x.remittance_id = rc.remittance_id and x.remit_claim_id = rc.id
                union all
                select k.entry_id from remit_carryings k
                where k.organization_id = $1 and k.remit_claim_id = rc.id
                union all
                select rs.entry_id from remit_restorations rs
                where rs.organization_id = $1 and rs.remit_claim_id = rc.id and rs.applies) own
            where rc.organization_id = $1 and rc.id = any($2)
                and not exists (select from entries u where u.organization_id = $1 and u.reverses_id = own.id)),
         credited as (
            select m.entry, t.claim_id, t.patient_id,
                sum(sum(t.amount)) over (partition by t.claim_id, t.patient_id order by m.entry) as amount
            from moved m
            join transfers t on t.organization_id = $1 and t.entry_id = m.entry and t.credit_account = $4
            group by m.entry, t.claim_id, t.patient_id)
         select m.decision, m.entry from moved m
         where not exists (select from refund_payments p
            where p.organization_id = $1 and p.refund_entry_id = m.entry and p.voided_on is null)
         and not exists (select from credited c where c.entry = m.entry and c.amount > (
            select coalesce(sum(case $4 when t.credit_account then t.amount else -t.amount end), 0) from transfers t
            where t.organization_id = $1 and t.claim_id = c.claim_id and t.patient_id = c.patient_id
            and $4 in (t.debit_account, t.credit_account)))
         order by m.entry",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(decisions)
    .bind::<Text, _>(EXCEPTION_SOURCE.as_str())
    .bind::<SmallInt, _>(AccountKind::PatientCredits.number())
    .load(tx.conn())
    .await?;
    let mut moved: HashMap<RemitClaimId, Vec<EntryId>> = HashMap::new();
    for row in rows {
        moved.entry(row.decision).or_default().push(row.entry);
    }
    Ok(moved)
}

/// Says which reversals took back what people had moved: (the entry that did, the reversal).
pub(in crate::remits) async fn insert_unapplyings(
    tx: &mut Tx,
    rows: &[(EntryId, RemitClaimId)],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    kept(
        "insert into remit_unapplyings (organization_id, entry_id, remit_claim_id)
         select $1, u.* from unnest($2, $3) as u (entry, reversal)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(rows.iter().map(|row| row.0).collect::<Vec<_>>())
    .bind::<Array<Uuid>, _>(rows.iter().map(|row| row.1).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}
