//! What is asked and written when later payers' write-offs are computed anew.

use std::collections::HashSet;

use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Jsonb, Nullable, Numeric, SmallInt, Text, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::claims::model::Adjustment;
use crate::db::{Tx, kept, kept_once};
use crate::ledger::AccountKind;
use crate::remits::exceptions::EXCEPTION_SOURCE;
use crate::remits::model::ClaimStatus;
use crate::remits::restating::{self, Said, VisitDecision};
use crate::remits::{CLAIM_SOURCE, RESTATEMENT_SOURCE};
use crate::types::{ClaimId, EntryId, Money, PatientId, PayerId, RemitClaimId, RemittanceId, Result};

/// Those of some visits about which a payer that is not the first may have decided, in the same order. Every
/// other visit has nothing to restate; most are others.
pub(in crate::remits) async fn visits_of_later_payers(
    tx: &mut Tx,
    visits: &[ClaimId],
) -> Result<Vec<ClaimId>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: ClaimId,
    }
    let rows: Vec<Row> = kept(
        "select v.id from unnest($2) as v (id)
         where exists (select from claims c
            join remit_claims rc on rc.organization_id = $1 and rc.claim_id = c.id
            where c.organization_id = $1 and c.account_claim_id = v.id and c.id <> c.account_claim_id and rc.posted)
         or exists (select from remit_claims rc where rc.organization_id = $1 and rc.claim_id = v.id and rc.posted
            and coalesce(rc.treated_as, rc.status_code) = any($3))",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(visits)
    .bind::<Array<Text>, _>(ClaimStatus::LATER_PAYERS.map(|status| status.code().to_owned()).to_vec())
    .load(tx.conn())
    .await?;
    let found: HashSet<ClaimId> = rows.into_iter().map(|row| row.id).collect();
    Ok(visits.iter().copied().filter(|visit| found.contains(visit)).collect())
}

#[derive(QueryableByName)]
struct Decided {
    #[diesel(sql_type = Uuid)]
    id: RemitClaimId,
    #[diesel(sql_type = Uuid)]
    visit: ClaimId,
    #[diesel(sql_type = Uuid)]
    claim: ClaimId,
    #[diesel(sql_type = Uuid)]
    payer: PayerId,
    #[diesel(sql_type = Uuid)]
    patient: PatientId,
    #[diesel(sql_type = SmallInt)]
    place: i16,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Uuid>)]
    reversed_by: Option<RemitClaimId>,
    #[diesel(sql_type = Array<Uuid>)]
    replaced_by: Vec<RemitClaimId>,
    #[diesel(sql_type = Bool)]
    is_part: bool,
    #[diesel(sql_type = Numeric)]
    paid: Money,
    #[diesel(sql_type = Jsonb)]
    adjustments: Value,
    #[diesel(sql_type = Numeric)]
    posted: Money,
}

/// In SQL, which payer a claim `c` is for, from 1.
pub(in crate::remits) const PLACE: &str = "strpos('PSTABCDEFGHU', c.sequence)::smallint";

/// What of a [`Decided`] is read of a decision `rc` about a claim `c`. `$1` is the organization, `$3` the account of
/// contractual adjustments, `$4` the source of decisions, `$5` that of what people did about exceptions.
///
/// The entries of a decision: its own, what it was posted anew with, what it carries of one that it had replaced, and
/// what a person posted it with.
fn decided() -> String {
    format!(
        "
    rc.id, c.account_claim_id as visit, c.id as claim, c.payer_id as payer, c.patient_id as patient,
    {PLACE} as place, coalesce(rc.treated_as, rc.status_code) as status,
    rc.reversed_by, rc.paid,
    array(select p.replaced_by from remit_replacements p
        join standing_decisions d on d.organization_id = $1 and d.id = p.replaced_by
        where p.organization_id = $1 and p.remit_claim_id = rc.id order by p.replaced_by) as replaced_by,
    'MA15' = any(rc.remarks) or exists (select from remit_lines l where l.organization_id = $1
        and l.remit_claim_id = rc.id and 'MA15' = any(l.remarks)) as is_part,
    jsonb_build_array(rc.adjustments) || coalesce((select jsonb_agg(l.adjustments) from remit_lines l
        where l.organization_id = $1 and l.remit_claim_id = rc.id), '[]') as adjustments,
    coalesce((select sum(case $3 when t.debit_account then t.amount else -t.amount end)
        from (select e.id, e.reverses_id from entries e where e.organization_id = $1 and e.source_kind = $4
                and e.source_id = rc.id
            union all
            select rs.entry_id, null from remit_restorations rs
                where rs.organization_id = $1 and rs.remit_claim_id = rc.id
            union all
            select k.entry_id, null from remit_carryings k
                where k.organization_id = $1 and k.remit_claim_id = rc.id
            union all
            select e.id, e.reverses_id from remit_exceptions x
                join entries e on e.organization_id = $1 and e.source_kind = $5
                    and e.source_id = x.id
                where x.organization_id = $1 and x.remittance_id = rc.remittance_id
                and x.remit_claim_id = rc.id) own
        join transfers t on t.organization_id = $1 and t.entry_id = own.id
            and $3 in (t.debit_account, t.credit_account)
        where own.reverses_id is null and not exists (select from entries u
            where u.organization_id = $1 and u.reverses_id = own.id)), 0)
    + coalesce((select sum(rs.amount) from remit_restatements rs
        where rs.organization_id = $1 and rs.remit_claim_id = rc.id and not exists (select from entries u
            where u.organization_id = $1 and u.reverses_id = rs.entry_id)), 0) as posted"
    )
}

impl Decided {
    fn read(self) -> Result<VisitDecision> {
        let adjustments: Vec<Vec<Adjustment>> =
            serde_json::from_value(self.adjustments).map_err(anyhow::Error::from)?;
        let place = u8::try_from(self.place).map_err(anyhow::Error::from)?;
        Ok(VisitDecision {
            id: self.id,
            visit: self.visit,
            claim: self.claim,
            payer: self.payer,
            patient: self.patient,
            rank: restating::rank(place, &ClaimStatus::from_code(&self.status)),
            reversed_by: self.reversed_by,
            replaced_by: self.replaced_by,
            is_part: self.is_part,
            paid: self.paid,
            said: Said::of(adjustments.iter().flatten()),
            posted: self.posted,
        })
    }
}

/// What was decided about some visits, the oldest first: what stands, and what was taken back.
pub(in crate::remits) async fn decisions_of_visits(
    tx: &mut Tx,
    visits: &[ClaimId],
) -> Result<Vec<VisitDecision>> {
    let rows: Vec<Decided> = kept_once!(format!(
        "with visits as (
            select c.* from claims c where c.organization_id = $1 and c.id = any($2)
            union all
            select c.* from claims c where c.organization_id = $1 and c.account_claim_id = any($2)
            and c.id <> c.account_claim_id)
         select {decided}
         from visits c
         join remit_claims rc on rc.organization_id = $1 and rc.claim_id = c.id
         where rc.posted and coalesce(rc.treated_as, rc.status_code) <> $6
         order by rc.id",
        decided = decided()
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(visits)
    .bind::<SmallInt, _>(AccountKind::ContractualAdjustments.number())
    .bind::<Text, _>(CLAIM_SOURCE.as_str())
    .bind::<Text, _>(EXCEPTION_SOURCE.as_str())
    .bind::<Text, _>(ClaimStatus::Reversal.code())
    .load(tx.conn())
    .await?;
    rows.into_iter().map(Decided::read).collect()
}

/// A decision that waits, as it would be about a claim, under a status.
pub(in crate::remits) async fn waiting_decision(
    tx: &mut Tx,
    decision: RemitClaimId,
    claim: ClaimId,
    status: &ClaimStatus,
) -> Result<VisitDecision> {
    let row: Decided = kept_once!(format!(
        "select {decided}
         from claims c join remit_claims rc on rc.organization_id = $1 and rc.id = $6
         where c.organization_id = $1 and c.id = $2",
        decided = decided()
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(claim)
    .bind::<SmallInt, _>(AccountKind::ContractualAdjustments.number())
    .bind::<Text, _>(CLAIM_SOURCE.as_str())
    .bind::<Text, _>(EXCEPTION_SOURCE.as_str())
    .bind::<Uuid, _>(decision)
    .get_result(tx.conn())
    .await?;
    Decided { status: status.code().to_owned(), ..row }.read()
}

/// What some entries write off more, for which decisions.
pub(in crate::remits) async fn insert_restatements(
    tx: &mut Tx,
    rows: &[(EntryId, RemitClaimId, Money)],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    kept(
        "insert into remit_restatements (organization_id, entry_id, remit_claim_id, amount)
         select $1, r.* from unnest($2, $3, $4) as r (entry, decision, amount)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(rows.iter().map(|row| row.0).collect::<Vec<_>>())
    .bind::<Array<Uuid>, _>(rows.iter().map(|row| row.1).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(rows.iter().map(|row| row.2).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The decisions that decisions of a set restated, each with the one that did.
pub(in crate::remits) async fn restated_by_set(
    tx: &mut Tx,
    set: RemittanceId,
) -> Result<Vec<(RemitClaimId, RemitClaimId)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        restated: RemitClaimId,
        #[diesel(sql_type = Uuid)]
        by: RemitClaimId,
    }
    let rows: Vec<Row> = kept(
        "select rs.remit_claim_id as restated, rc.id as by from remit_claims rc
         join entries e on e.organization_id = $1 and e.source_kind = $3 and e.source_id = rc.id
         join remit_restatements rs on rs.organization_id = $1 and rs.entry_id = e.id
         where rc.organization_id = $1 and rc.remittance_id = $2 order by rs.remit_claim_id",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(set)
    .bind::<Text, _>(RESTATEMENT_SOURCE.as_str())
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.restated, row.by)).collect())
}
