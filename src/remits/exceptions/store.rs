//! SQL of exceptions: opening them with their candidates, finding candidates, resolving.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Date, Integer, Jsonb, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::db::{Kept, Tx, kept, kept_once};
use crate::remits::exceptions::{
    ActionKind, ClaimFacts, EXCEPTION_SOURCE, ExceptionKind, Fact, NewException, Said,
};
use crate::remits::model::ClaimStatus;
use crate::remits::store as remits_store;
use crate::types::{ClaimId, FileId, Money, PayerId, RemitClaimId, RemitExceptionId, RemittanceId, Result};

// ---- what is written ----

/// Opens exceptions, with their candidates.
pub(in crate::remits) async fn insert(
    tx: &mut Tx,
    remittance: RemittanceId,
    exceptions: &[(Option<RemitClaimId>, &NewException)],
) -> Result<()> {
    if exceptions.is_empty() {
        return Ok(());
    }
    let ids: Vec<RemitExceptionId> = exceptions.iter().map(|_| RemitExceptionId::new()).collect();
    let all = || exceptions.iter();
    kept(
        "insert into remit_exceptions (organization_id, remittance_id, id, remit_claim_id, kind, amount, detail,
            next_step, provider_adjustment_id)
         select $1, $2, x.* from unnest($3, $4, $5, $6, $7, $8, $9)
            as x (id, claim, kind, amount, detail, next_step, adjustment)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(remittance)
    .bind::<Array<Uuid>, _>(&ids)
    .bind::<Array<Nullable<Uuid>>, _>(all().map(|(claim, _)| *claim).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(all().map(|(_, x)| x.kind.as_str()).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(all().map(|(_, x)| x.amount).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(all().map(|(_, x)| x.detail.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(all().map(|(_, x)| x.kind.next_step(x.amount)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Uuid>>, _>(all().map(|(_, x)| x.provider_adjustment).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    let candidates: Vec<_> = ids
        .iter()
        .zip(exceptions)
        .flat_map(|(id, (_, x))| (1_i16..).zip(&x.candidates).map(move |(rank, one)| (*id, rank, one)))
        .collect();
    if candidates.is_empty() {
        return Ok(());
    }
    let all = || candidates.iter();
    // An array of arrays cannot be unnested row by row, so the facts travel as one text.
    kept(
        "insert into remit_candidates (organization_id, exception_id, rank, claim_id, remit_claim_id, score, agrees,
            differs)
         select $1, c.exception, c.rank, c.claim, c.decision, c.score, string_to_array(c.agrees, ' '),
            string_to_array(c.differs, ' ')
         from unnest($2, $3, $4, $5, $6, $7, $8) as c (exception, rank, claim, decision, score, agrees, differs)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(all().map(|(id, ..)| *id).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(all().map(|(_, rank, _)| *rank).collect::<Vec<_>>())
    .bind::<Array<Uuid>, _>(all().map(|(.., one)| one.claim).collect::<Vec<_>>())
    .bind::<Array<Nullable<Uuid>>, _>(all().map(|(.., one)| one.decision).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(all().map(|(.., one)| one.score).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(all().map(|(.., one)| joined(&one.agrees)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(all().map(|(.., one)| joined(&one.differs)).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn joined(facts: &[Fact]) -> String {
    facts.iter().map(|fact| fact.as_str()).collect::<Vec<_>>().join(" ")
}

/// Marks an exception as resolved.
pub(super) async fn resolve(
    tx: &mut Tx,
    id: RemitExceptionId,
    now: DateTime<Utc>,
    action: &Value,
    resolution: &str,
) -> Result<()> {
    kept(
        "update remit_exceptions set (resolved_at, action, resolution) = ($3, $4, $5)
         where organization_id = $1 and id = $2 and resolved_at is null",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Timestamptz, _>(now)
    .bind::<Jsonb, _>(action)
    .bind::<Text, _>(resolution)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A set of which nothing waits any more is posted whole.
pub(super) async fn settle_set(tx: &mut Tx, remittance: RemittanceId) -> Result<()> {
    kept(
        "update remittances r set state = 'posted'
         where r.organization_id = $1 and r.id = $2 and r.state = 'partly_posted'
         and not exists (select from remit_exceptions x where x.organization_id = r.organization_id
            and x.remittance_id = r.id and x.resolved_at is null)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(remittance)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The set of an exception.
#[derive(QueryableByName)]
struct OfSet {
    #[diesel(sql_type = Uuid)]
    remittance_id: RemittanceId,
}

/// Settles what of a kind is open about decisions of these visits, named by their account claims, where `and` holds
/// of the decision's claim `c`: nothing, or SQL that begins with `and`. `by` is the set that says what settles it. A
/// set of which nothing waits any more is posted whole.
async fn settle_of_visits(
    tx: &mut Tx,
    (kind, visits, and): (ExceptionKind, &[ClaimId], &str),
    by: Option<RemittanceId>,
    now: DateTime<Utc>,
    resolution: &str,
) -> Result<()> {
    if visits.is_empty() {
        return Ok(());
    }
    let settled: Vec<OfSet> = sql_query(format!(
        "update remit_exceptions x set (resolved_at, resolution, settled_by) = ($4, $5, $6)
         from remit_claims rc, claims c
         where x.organization_id = $1 and x.kind = $2 and x.resolved_at is null
         and rc.organization_id = $1 and rc.id = x.remit_claim_id
         and c.organization_id = $1 and c.id = rc.claim_id and c.account_claim_id = any($3) {and}
         returning x.remittance_id"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Text, _>(kind.as_str())
    .bind::<Array<Uuid>, _>(visits)
    .bind::<Timestamptz, _>(now)
    .bind::<Text, _>(resolution)
    .bind::<Nullable<Uuid>, _>(by)
    .load(tx.conn())
    .await?;
    for remittance in settled.iter().map(|row| row.remittance_id).collect::<BTreeSet<_>>() {
        settle_set(tx, remittance).await?;
    }
    Ok(())
}

/// Settles the over-payments of a visit, named by its account claim: what becomes of the credit is decided
/// elsewhere. The caller audits.
pub async fn settle_over_payments_of(
    tx: &mut Tx,
    visit: ClaimId,
    now: DateTime<Utc>,
    resolution: &str,
) -> Result<()> {
    settle_of_visits(tx, (ExceptionKind::OverPayment, &[visit], ""), None, now, resolution).await
}

/// Settles the over-payments of visits about which a decision was taken back, where nobody is owed a credit any
/// more: the payer's correction came before the reversal of what it corrects, which is in the set `by`.
pub(in crate::remits) async fn settle_over_payments(
    tx: &mut Tx,
    visits: &[ClaimId],
    by: RemittanceId,
    now: DateTime<Utc>,
) -> Result<()> {
    if visits.is_empty() {
        return Ok(());
    }
    let accounts = remits_store::accounts(tx, visits).await?;
    let is_credit = |visit: &ClaimId| accounts.get(visit).is_some_and(|account| account.owed().is_negative());
    let settled: Vec<ClaimId> = visits.iter().copied().filter(|visit| !is_credit(visit)).collect();
    let said = "the payer took the earlier decision back: nobody is owed a credit";
    settle_of_visits(tx, (ExceptionKind::OverPayment, &settled, ""), Some(by), now, said).await
}

/// Settles what is open about earlier payments of these visits: with the set `by` it is judged anew.
pub(in crate::remits) async fn settle_earlier_payments(
    tx: &mut Tx,
    visits: &[ClaimId],
    by: RemittanceId,
    now: DateTime<Utc>,
) -> Result<()> {
    let said = "the payers have decided anew since";
    settle_of_visits(tx, (ExceptionKind::EarlierPaymentDiffers, visits, ""), Some(by), now, said).await
}

/// Settles what was missing of claims of these visits, where decisions that stand answer all that they charge. The
/// last of them is in the set `by`.
pub(in crate::remits) async fn settle_missing_parts(
    tx: &mut Tx,
    visits: &[ClaimId],
    by: RemittanceId,
    now: DateTime<Utc>,
) -> Result<()> {
    let answered = "and c.charged <= (select coalesce(sum(d.charged), 0) from standing_decisions d
        where d.organization_id = $1 and d.claim_id = c.id)";
    let said = "the rest of the claim has come";
    settle_of_visits(tx, (ExceptionKind::PartsMissing, visits, answered), Some(by), now, said).await
}

/// Opens again what a set settled of others: it was taken back, so that is as it was before it. What the set said
/// itself is settled with it.
pub(in crate::remits) async fn open_settled_again(tx: &mut Tx, set: RemittanceId) -> Result<()> {
    let opened: Vec<OfSet> = kept(
        "update remit_exceptions x set (resolved_at, resolution, settled_by) = (null, null, null)
         from remittances r
         where x.organization_id = $1 and x.settled_by = $2 and x.remittance_id <> $2
         and r.organization_id = $1 and r.id = x.remittance_id and r.state in ('posted', 'partly_posted')
         returning x.remittance_id",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(set)
    .load(tx.conn())
    .await?;
    let sets: Vec<RemittanceId> = opened.iter().map(|row| row.remittance_id).collect();
    wait_again(tx, &sets).await
}

/// Opens an exception about a decision that was posted long ago: something of its set waits again.
pub(in crate::remits) async fn open_late(
    tx: &mut Tx,
    remittance: RemittanceId,
    decision: RemitClaimId,
    exception: &NewException,
) -> Result<()> {
    insert(tx, remittance, &[(Some(decision), exception)]).await?;
    wait_again(tx, &[remittance]).await
}

/// Opens an exception that asks what another one asked, with the same candidates.
pub(super) async fn open_copy(
    tx: &mut Tx,
    remittance: RemittanceId,
    of: RemitExceptionId,
) -> Result<RemitExceptionId> {
    let id = RemitExceptionId::new();
    kept(
        "insert into remit_exceptions (organization_id, remittance_id, id, remit_claim_id, kind, amount, detail,
            next_step, provider_adjustment_id)
         select organization_id, remittance_id, $3, remit_claim_id, kind, amount, detail, next_step,
            provider_adjustment_id
         from remit_exceptions where organization_id = $1 and id = $2",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(of)
    .bind::<Uuid, _>(id)
    .execute(tx.conn())
    .await?;
    kept(
        "insert into remit_candidates (organization_id, exception_id, rank, claim_id, remit_claim_id, score, agrees,
            differs)
         select organization_id, $3, rank, claim_id, remit_claim_id, score, agrees, differs
         from remit_candidates where organization_id = $1 and exception_id = $2",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(of)
    .bind::<Uuid, _>(id)
    .execute(tx.conn())
    .await?;
    wait_again(tx, &[remittance]).await?;
    Ok(id)
}

/// Something of sets that were posted whole waits again.
async fn wait_again(tx: &mut Tx, sets: &[RemittanceId]) -> Result<()> {
    kept(
        "update remittances set state = 'partly_posted'
         where organization_id = $1 and id = any($2) and state = 'posted'",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(sets)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// CLP01 of the claims of a set about which exceptions of a kind are open.
pub(in crate::remits) async fn open_about(
    tx: &mut Tx,
    remittance: RemittanceId,
    kind: ExceptionKind,
) -> Result<HashSet<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        number: String,
    }
    let rows: Vec<Row> = kept(
        "select rc.patient_control_number as number from remit_exceptions x
         join remit_claims rc on rc.organization_id = $1 and rc.id = x.remit_claim_id
         where x.organization_id = $1 and x.remittance_id = $2 and x.kind = $3 and x.resolved_at is null",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(remittance)
    .bind::<Text, _>(kind.as_str())
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| row.number).collect())
}

/// The exceptions about decisions that waited because one of these stood, where none about their claim does any more:
/// of each claim the newest, with the claim.
pub(super) async fn released(
    tx: &mut Tx,
    taken_back: &[RemitClaimId],
) -> Result<Vec<(RemitExceptionId, ClaimId)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: RemitExceptionId,
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
    }
    if taken_back.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<Row> = kept(
        "select distinct on (rc.claim_id) x.id, rc.claim_id from remit_candidates k
         join remit_exceptions x on x.organization_id = $1 and x.id = k.exception_id
         join remit_claims rc on rc.organization_id = $1 and rc.id = x.remit_claim_id
         where k.organization_id = $1 and k.remit_claim_id = any($2)
         and x.kind = $3 and x.resolved_at is null and rc.claim_id is not null and not rc.posted
         and not exists (select from standing_decisions d where d.organization_id = $1 and d.claim_id = rc.claim_id)
         order by rc.claim_id, x.id desc",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(taken_back)
    .bind::<Text, _>(ExceptionKind::AlreadyPosted.as_str())
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.claim_id)).collect())
}

/// A decision whose claim a person named.
pub(super) async fn match_decision(
    tx: &mut Tx,
    decision: RemitClaimId,
    claim: ClaimId,
    treated_as: Option<&str>,
) -> Result<()> {
    kept(
        "update remit_claims set (claim_id, match_rule, posted, treated_as)
            = ($3, case when $4 is null then 'person' else match_rule end, true, $4)
         where organization_id = $1 and id = $2 and not posted",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(decision)
    .bind::<Uuid, _>(claim)
    .bind::<Nullable<Text>, _>(treated_as)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A decision whose claim a person named, and that waits for something else.
pub(super) async fn name_claim(tx: &mut Tx, decision: RemitClaimId, claim: ClaimId) -> Result<()> {
    kept(
        "update remit_claims set (claim_id, match_rule) = ($3, 'person')
         where organization_id = $1 and id = $2 and not posted",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(decision)
    .bind::<Uuid, _>(claim)
    .execute(tx.conn())
    .await?;
    Ok(())
}

// ---- what is read ----

/// An exception with what an action needs to know of its set.
pub(super) struct Waiting {
    pub kind: String,
    pub amount: Money,
    pub remittance: RemittanceId,
    pub decision: Option<WaitingDecision>,
    pub resolved: Option<(Option<Value>, String)>,
    pub file: FileId,
    pub set_ordinal: u32,
    pub payer: Option<PayerId>,
    /// True when the set's money has moved.
    pub is_posted: bool,
}

/// The decision that an exception concerns.
pub(super) struct WaitingDecision {
    pub id: RemitClaimId,
    pub ordinal: u32,
    pub claim: Option<ClaimId>,
}

/// Locks an exception and reads it, if the practice has it.
pub(super) async fn lock(tx: &mut Tx, id: RemitExceptionId) -> Result<Option<Waiting>> {
    waiting(tx, id, kept_once!(format!("{WAITING} for update of x"))).await
}

/// Reads an exception, if the practice has it.
pub(super) async fn read(tx: &mut Tx, id: RemitExceptionId) -> Result<Option<Waiting>> {
    waiting(tx, id, kept(WAITING)).await
}

const WAITING: &str =
    "select x.kind, x.amount, x.remittance_id, x.remit_claim_id, rc.ordinal, rc.claim_id, x.action,
        x.resolution, r.file_id, r.set_ordinal, r.payer_id, r.posted_at is not null as is_posted
     from remit_exceptions x
     join remittances r on r.organization_id = x.organization_id and r.id = x.remittance_id
     left join remit_claims rc on rc.organization_id = x.organization_id and rc.id = x.remit_claim_id
     where x.organization_id = $1 and x.id = $2";

async fn waiting(tx: &mut Tx, id: RemitExceptionId, sql: Kept) -> Result<Option<Waiting>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        kind: String,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = Uuid)]
        remittance_id: RemittanceId,
        #[diesel(sql_type = Nullable<Uuid>)]
        remit_claim_id: Option<RemitClaimId>,
        #[diesel(sql_type = Nullable<Integer>)]
        ordinal: Option<i32>,
        #[diesel(sql_type = Nullable<Uuid>)]
        claim_id: Option<ClaimId>,
        #[diesel(sql_type = Nullable<Jsonb>)]
        action: Option<Value>,
        #[diesel(sql_type = Nullable<Text>)]
        resolution: Option<String>,
        #[diesel(sql_type = Uuid)]
        file_id: FileId,
        #[diesel(sql_type = Integer)]
        set_ordinal: i32,
        #[diesel(sql_type = Nullable<Uuid>)]
        payer_id: Option<PayerId>,
        #[diesel(sql_type = diesel::sql_types::Bool)]
        is_posted: bool,
    }
    let row: Option<Row> = sql
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Uuid, _>(id)
        .get_result(tx.conn())
        .await
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let unsigned = |number: i32| u32::try_from(number).map_err(anyhow::Error::from);
    let decision = match (row.remit_claim_id, row.ordinal) {
        (Some(id), Some(ordinal)) => {
            Some(WaitingDecision { id, ordinal: unsigned(ordinal)?, claim: row.claim_id })
        }
        _ => None,
    };
    Ok(Some(Waiting {
        kind: row.kind,
        amount: row.amount,
        remittance: row.remittance_id,
        decision,
        resolved: row.resolution.map(|resolution| (row.action, resolution)),
        file: row.file_id,
        set_ordinal: unsigned(row.set_ordinal)?,
        payer: row.payer_id,
        is_posted: row.is_posted,
    }))
}

/// The claim of a decision that stands, if it does.
pub(super) async fn claim_of_decision(tx: &mut Tx, decision: RemitClaimId) -> Result<Option<ClaimId>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
    }
    let row: Option<Row> =
        kept("select claim_id from standing_decisions where organization_id = $1 and id = $2")
            .bind::<Uuid, _>(tx.actor().organization)
            .bind::<Uuid, _>(decision)
            .get_result(tx.conn())
            .await
            .optional()?;
    Ok(row.map(|row| row.claim_id))
}

/// A decision whose money waited, and was owed back to the payer.
#[derive(QueryableByName)]
pub(super) struct Returned {
    #[diesel(sql_type = Uuid)]
    pub id: RemitClaimId,
    #[diesel(sql_type = Nullable<Uuid>)]
    pub claim: Option<ClaimId>,
    #[diesel(sql_type = Text)]
    pub trace_number: String,
    #[diesel(sql_type = Numeric)]
    pub charged: Money,
    #[diesel(sql_type = Numeric)]
    pub paid: Money,
    /// The refund has left.
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub is_sent: bool,
}

/// The decisions of the same payer whose money was owed back to it and that a reversal may take back: its amounts
/// negated, under one of its numbers.
pub(super) async fn returned(tx: &mut Tx, reversal: RemitClaimId) -> Result<Vec<Returned>> {
    Ok(sql_query(
        "with owed as materialized (
            select x.remit_claim_id as decision, e.id from remit_exceptions x
            join entries e on e.organization_id = $1 and e.source_kind = $4 and e.source_id = x.id
                and e.reverses_id is null
            where x.organization_id = $1 and x.action ->> 'action' = $5
            union all
            select rs.remit_claim_id, rs.entry_id from remit_restorations rs
            where rs.organization_id = $1 and rs.applies)
         select rc.id, rc.claim_id as claim, r.trace_number, rc.charged, rc.paid, p.id is not null as is_sent
         from remit_claims b
         join remittances rb on rb.organization_id = $1 and rb.id = b.remittance_id
         cross join owed
         join remit_claims rc on rc.organization_id = $1 and rc.id = owed.decision
            and not rc.posted and rc.reversed_by is null and rc.paid = -b.paid and rc.charged = -b.charged
            and (rc.patient_control_number = b.patient_control_number
                or rc.payer_claim_control_number = b.payer_claim_control_number)
         join remittances r on r.organization_id = $1 and r.id = rc.remittance_id
            and r.state in ('posted', 'partly_posted') and r.payer_id is not distinct from rb.payer_id
         left join refund_payments p on p.organization_id = $1 and p.refund_entry_id = owed.id and p.voided_on is null
         where b.organization_id = $1 and b.id = $2 and coalesce(b.treated_as, b.status_code) = $3 and b.paid < 0
         and not exists (select from entries u where u.organization_id = $1 and u.reverses_id = owed.id)
         order by rc.id",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(reversal)
    .bind::<Text, _>(ClaimStatus::Reversal.code())
    .bind::<Text, _>(EXCEPTION_SOURCE.as_str())
    .bind::<Text, _>(ActionKind::ReturnToPayer.as_str())
    .load(tx.conn())
    .await?)
}

/// Decisions about some claims whose money is owed back to their payer, or was sent back: a payer that paid twice may
/// take back either. The claim, CLP03 and CLP04 of each.
pub(in crate::remits) async fn returned_about(
    tx: &mut Tx,
    claims: &[ClaimId],
) -> Result<HashSet<(ClaimId, Money, Money)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        claim: ClaimId,
        #[diesel(sql_type = Numeric)]
        charged: Money,
        #[diesel(sql_type = Numeric)]
        paid: Money,
    }
    if claims.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<Row> = kept(
        "select rc.claim_id as claim, rc.charged, rc.paid from remit_claims rc
         join remittances r on r.organization_id = $1 and r.id = rc.remittance_id
            and r.state in ('posted', 'partly_posted')
         join remit_exceptions x on x.organization_id = $1 and x.remittance_id = rc.remittance_id
            and x.remit_claim_id = rc.id and x.action ->> 'action' = $4
         join entries e on e.organization_id = $1 and e.source_kind = $3 and e.source_id = x.id
            and e.reverses_id is null
         where rc.organization_id = $1 and rc.claim_id = any($2) and not rc.posted and rc.reversed_by is null
         and not exists (select from entries u where u.organization_id = $1 and u.reverses_id = e.id)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(claims)
    .bind::<Text, _>(EXCEPTION_SOURCE.as_str())
    .bind::<Text, _>(ActionKind::ReturnToPayer.as_str())
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.claim, row.charged, row.paid)).collect())
}

/// Facts of the claims that each of these may be about. A query for each kind of key, and one for
/// the facts.
pub(in crate::remits) async fn claim_facts(tx: &mut Tx, said: &[Said]) -> Result<Vec<Vec<ClaimFacts>>> {
    let mut found: Vec<HashSet<ClaimId>> = vec![HashSet::new(); said.len()];
    for (place, claim) in by_numbers(tx, said).await? {
        found[place].insert(claim);
    }
    for (place, claim) in by_person(tx, said).await? {
        found[place].insert(claim);
    }
    let all: HashSet<ClaimId> = found.iter().flatten().copied().collect();
    let facts = facts(tx, all).await?;
    Ok(found
        .into_iter()
        .map(|claims| claims.iter().filter_map(|claim| facts.get(claim).cloned()).collect())
        .collect())
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Integer)]
    place: i32,
    #[diesel(sql_type = Uuid)]
    claim_id: ClaimId,
}

fn places(rows: Vec<Found>) -> Result<Vec<(usize, ClaimId)>> {
    let read = |row: Found| Ok((usize::try_from(row.place).map_err(anyhow::Error::from)?, row.claim_id));
    rows.into_iter().map(read).collect()
}

fn place(at: usize) -> Result<i32> {
    Ok(i32::try_from(at).map_err(anyhow::Error::from)?)
}

/// Claims that went under a number that is one slip away, or that had the payer's number before.
async fn by_numbers(tx: &mut Tx, said: &[Said]) -> Result<Vec<(usize, ClaimId)>> {
    let (mut places_of_ours, mut ours, mut places_of_theirs, mut theirs) = (vec![], vec![], vec![], vec![]);
    for (at, one) in said.iter().enumerate() {
        for number in &one.numbers {
            places_of_ours.push(place(at)?);
            ours.push(number.as_str());
        }
        if let Some(number) = &one.payer_number {
            places_of_theirs.push(place(at)?);
            theirs.push(number.as_str());
        }
    }
    let rows: Vec<Found> = kept(
        "select k.place, s.claim_id from unnest($2, $3) as k (place, number)
         join submissions s on s.organization_id = $1 and s.control_number = k.number
         union
         select k.place, rc.claim_id from unnest($4, $5) as k (place, number)
         join remit_claims rc on rc.organization_id = $1 and rc.payer_claim_control_number = k.number
         where rc.claim_id is not null",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Integer>, _>(places_of_ours)
    .bind::<Array<Text>, _>(ours)
    .bind::<Array<Integer>, _>(places_of_theirs)
    .bind::<Array<Text>, _>(theirs)
    .load(tx.conn())
    .await?;
    places(rows)
}

/// Claims of the member, or of somebody of that last name, with the days or the charge; of the
/// member also those within a month.
async fn by_person(tx: &mut Tx, said: &[Said]) -> Result<Vec<(usize, ClaimId)>> {
    let all = || said.iter();
    let rows: Vec<Found> = kept(
        "with k as (select * from unnest($2, $3, $4, $5, $6) as k (place, member, last_name, day, charge))
         select k.place, c.claim_id from k
         join lateral (
            select c.id as claim_id from coverages v
            join claims c on c.organization_id = v.organization_id and c.patient_id = v.patient_id
                and c.coverage_id = v.id
            join claim_standings g on g.organization_id = c.organization_id and g.claim_id = c.id
            where v.organization_id = $1 and v.member_id = k.member and g.status <> 'draft'
            and (c.service_from between k.day - 31 and k.day + 31 or c.charged = k.charge)
            order by c.id desc limit 20) c on true
         union
         select k.place, c.claim_id from k
         join lateral (
            select c.id as claim_id from patients p
            join claims c on c.organization_id = p.organization_id and c.patient_id = p.id
            join claim_standings g on g.organization_id = c.organization_id and g.claim_id = c.id
            where p.organization_id = $1 and lower(p.last_name) = k.last_name and g.status <> 'draft'
            and (c.service_from = k.day or c.charged = k.charge)
            order by c.id desc limit 20) c on true",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Integer>, _>((0..said.len()).map(place).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Nullable<Text>>, _>(all().map(|one| one.member.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(all().map(|one| one.last_name.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Date>>, _>(all().map(|one| one.dates.map(|(from, _)| from)).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(all().map(|one| one.charge).collect::<Vec<_>>())
    .load(tx.conn())
    .await?;
    places(rows)
}

async fn facts(tx: &mut Tx, claims: HashSet<ClaimId>) -> Result<HashMap<ClaimId, ClaimFacts>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: ClaimId,
        #[diesel(sql_type = Array<Text>)]
        numbers: Vec<String>,
        #[diesel(sql_type = Array<Text>)]
        payer_numbers: Vec<String>,
        #[diesel(sql_type = Text)]
        member_id: String,
        #[diesel(sql_type = Text)]
        last_name: String,
        #[diesel(sql_type = Nullable<Date>)]
        service_from: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Date>)]
        service_thru: Option<NaiveDate>,
        #[diesel(sql_type = Numeric)]
        charged: Money,
    }
    if claims.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Row> = kept(
        "select c.id, v.member_id, p.last_name, c.service_from, c.service_thru, c.charged,
            array(select s.control_number from submissions s
                where s.organization_id = c.organization_id and s.claim_id = c.id) as numbers,
            array(select distinct rc.payer_claim_control_number from remit_claims rc
                where rc.organization_id = c.organization_id and rc.claim_id = c.id
                and rc.payer_claim_control_number is not null) as payer_numbers
         from claims c
         join coverages v on v.organization_id = c.organization_id and v.id = c.coverage_id
         join patients p on p.organization_id = c.organization_id and p.id = c.patient_id
         where c.organization_id = $1 and c.id = any($2)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(claims.into_iter().collect::<Vec<_>>())
    .load(tx.conn())
    .await?;
    let read = |row: Row| {
        let dates = row.service_from.map(|from| (from, row.service_thru.unwrap_or(from)));
        let facts = ClaimFacts {
            claim: row.id,
            numbers: row.numbers,
            payer_numbers: row.payer_numbers,
            member: row.member_id,
            last_name: row.last_name,
            dates,
            charged: row.charged,
        };
        (row.id, facts)
    };
    Ok(rows.into_iter().map(read).collect())
}
