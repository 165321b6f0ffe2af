//! What is asked and written when a posted set is taken back.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Date, Integer, Nullable, SmallInt, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::db::schema::{remit_restorations, remittances};
use crate::ledger::AccountKind;
use crate::remits::exceptions::{ASKING_AGAIN_SOURCE, EXCEPTION_SOURCE, RELEASE_SOURCE};
use crate::remits::receive::State;
use crate::remits::store::settle_exceptions;
use crate::remits::{
    CARRYING_SOURCE, CLAIM_SOURCE, OVERRIDE_SOURCE, PROVIDER_ADJUSTMENT_SOURCE, RESTATEMENT_SOURCE,
    RESTORING_SOURCE, UNPOSTING_SOURCE,
};
use crate::types::{ClaimId, EntryId, RemitClaimId, RemittanceId, Result};

/// The entries of a set, those with which its decisions were posted anew, what others carry because of its reversals,
/// and those that people made when they settled its exceptions: `$1` is the organization, `$2` the set, `$3` [`kinds_of_decisions`], `$4` and `$5` the other kinds of
/// source, `$6` [`kinds_of_exceptions`]. What came later than the set is what a person did.
const ENTRIES_OF_SET: &str = "
    own as (
        select e.id, null::uuid as reverses_id, e.effective_on, d.id as decision, true as restored, false as later
        from remit_claims d
        join remit_restorations rs on rs.organization_id = $1 and rs.remit_claim_id = d.id
        join entries e on e.organization_id = $1 and e.id = rs.entry_id
        where d.organization_id = $1 and d.remittance_id = $2
        union all
        select e.id, e.reverses_id, e.effective_on, d.id, false, e.source_file_sha256 is null
        from remit_claims d
        join entries e on e.organization_id = $1 and e.source_kind = any($3) and e.source_id = d.id
        where d.organization_id = $1 and d.remittance_id = $2
        union all
        select e.id, e.reverses_id, e.effective_on, d.id, false, e.source_file_sha256 is null
        from remit_claims d
        join remit_unapplyings u on u.organization_id = $1 and u.remit_claim_id = d.id
        join entries e on e.organization_id = $1 and e.id = u.entry_id
        where d.organization_id = $1 and d.remittance_id = $2
        union all
        select e.id, e.reverses_id, e.effective_on, k.remit_claim_id, e.source_id <> d.id,
            e.source_id = d.id and e.source_file_sha256 is null
        from remit_claims d
        join remit_carryings k on k.organization_id = $1 and k.reversal_id = d.id
        join entries e on e.organization_id = $1 and e.id = k.entry_id
        where d.organization_id = $1 and d.remittance_id = $2
        union all
        select e.id, e.reverses_id, e.effective_on, x.remit_claim_id, false, true
        from remit_exceptions x
        join entries e on e.organization_id = $1 and e.source_kind = any($6) and e.source_id = x.id
        where x.organization_id = $1 and x.remittance_id = $2
        union all
        select e.id, e.reverses_id, e.effective_on, null, false, false
        from provider_adjustments pa
        join entries e on e.organization_id = $1 and e.source_kind = $4 and e.source_id = pa.id
        where pa.organization_id = $1 and pa.remittance_id = $2
        union all
        select e.id, e.reverses_id, e.effective_on, null, false, false from entries e
        where e.organization_id = $1 and e.source_kind = $5 and e.source_id = $2)";

/// The kinds of source of what a decision of a set moves.
fn kinds_of_decisions() -> Vec<String> {
    [CLAIM_SOURCE, RESTATEMENT_SOURCE].map(|kind| kind.as_str().to_owned()).to_vec()
}

/// The kinds of source of what a person moves when settling an exception, and when that is asked again.
fn kinds_of_exceptions() -> Vec<String> {
    [EXCEPTION_SOURCE, RELEASE_SOURCE, ASKING_AGAIN_SOURCE].map(|kind| kind.as_str().to_owned()).to_vec()
}

/// In SQL, whether the entry `e` counts no more because its set was taken back: it is reversed, or its
/// original was posted anew, or it was reversed before, posted anew and that entry is reversed. What a person did
/// about an exception is its decision's.
pub(in crate::remits) fn is_unposted() -> String {
    let (unposting, restoring) = (UNPOSTING_SOURCE, RESTORING_SOURCE);
    let (unposting, restoring) = (unposting.as_str(), restoring.as_str());
    let exception = EXCEPTION_SOURCE;
    let (exception, carrying) = (exception.as_str(), CARRYING_SOURCE);
    let carrying = carrying.as_str();
    format!(
        "(exists (select from entries u where u.organization_id = e.organization_id and u.reverses_id = e.id
            and u.source_kind = '{unposting}')
        or exists (select from entries u where u.organization_id = e.organization_id
            and u.source_kind = '{restoring}' and u.source_id = e.id)
        or exists (select from remit_restorations rs
            join entries u on u.organization_id = rs.organization_id and u.reverses_id = rs.entry_id
                and u.source_kind = '{unposting}'
            where rs.organization_id = e.organization_id and rs.remit_claim_id = e.source_id)
        or e.source_kind = '{carrying}' and exists (select from remit_carryings k
            join remit_carryings anew on anew.organization_id = k.organization_id and anew.reversal_id = k.reversal_id
            join entries u on u.organization_id = anew.organization_id and u.reverses_id = anew.entry_id
                and u.source_kind = '{unposting}'
            where k.organization_id = e.organization_id and k.entry_id = e.id)
        or e.source_kind = '{exception}' and exists (select from remit_exceptions x
            join remit_restorations rs on rs.organization_id = x.organization_id
                and rs.remit_claim_id = x.remit_claim_id
            join entries u on u.organization_id = rs.organization_id and u.reverses_id = rs.entry_id
                and u.source_kind = '{unposting}'
            where x.organization_id = e.organization_id and x.id = e.source_id))"
    )
}

/// An entry that has to be undone when its set is taken back.
#[derive(Clone, Copy, QueryableByName)]
pub(in crate::remits) struct EntryOfSet {
    #[diesel(sql_type = Uuid)]
    pub id: EntryId,
    /// The entry that it reverses, which is to be posted anew.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub reverses_id: Option<EntryId>,
    /// The business date on which it is undone: of what was posted anew, that on which it was posted first.
    #[diesel(sql_type = Date)]
    pub on: NaiveDate,
    /// The decision that moved it; none of what no decision did.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub decision: Option<RemitClaimId>,
    /// It reverses an entry of the same set: that is undone, too.
    #[diesel(sql_type = Bool)]
    pub is_within: bool,
    /// The decision of the entry of the same set that it reverses.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub took_back: Option<RemitClaimId>,
}

/// The entries of a set that count, in the order of their ids. Those that undo each other are left out, but for what a
/// person did later: that is of another day.
pub(in crate::remits) async fn entries_of_set(tx: &mut Tx, id: RemittanceId) -> Result<Vec<EntryOfSet>> {
    Ok(sql_query(format!(
        "with {ENTRIES_OF_SET}
         select own.id, own.reverses_id, own.decision, undone.id is not null as is_within,
            undone.decision as took_back,
            case when not own.restored and undone.id is null then own.effective_on else (
                with recursive before as (
                    select coalesce(undone.id, own.id) as id
                    union all
                    select taken_back.reverses_id from before
                    join entries anew on anew.organization_id = $1 and anew.id = before.id and anew.source_kind = $7
                    join entries taken_back on taken_back.organization_id = $1 and taken_back.id = anew.source_id)
                select e.effective_on from before
                join entries e on e.organization_id = $1 and e.id = before.id and e.source_kind <> $7) end as on
         from own
         left join own undone on undone.id = own.reverses_id
         where not exists (select from entries u where u.organization_id = $1 and u.reverses_id = own.id)
         and (undone.id is null or own.later)
         order by own.id"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Array<Text>, _>(kinds_of_decisions())
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .bind::<Text, _>(OVERRIDE_SOURCE.as_str())
    .bind::<Array<Text>, _>(kinds_of_exceptions())
    .bind::<Text, _>(RESTORING_SOURCE.as_str())
    .load(tx.conn())
    .await?)
}

/// The decisions that reversals of a set took back, each with its reversal; they stand again from here on.
pub(in crate::remits) async fn release_reversed(
    tx: &mut Tx,
    id: RemittanceId,
) -> Result<Vec<(RemitClaimId, RemitClaimId)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: RemitClaimId,
        #[diesel(sql_type = Uuid)]
        reversal: RemitClaimId,
    }
    let rows: Vec<Row> = sql_query(
        "update remit_claims rc set reversed_by = null from remit_claims b
         where b.organization_id = $1 and b.remittance_id = $2 and rc.organization_id = $1 and rc.reversed_by = b.id
         returning rc.id, b.id as reversal",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.reversal)).collect())
}

/// An entry that was posted anew.
#[derive(Clone, Copy)]
pub(in crate::remits) struct Restoration {
    pub entry: EntryId,
    /// The decision that stands again by it.
    pub decision: RemitClaimId,
    /// It is what a person moved when fixing an exception of the decision, not the decision's own.
    pub applies: bool,
}

/// Says whose entries were posted anew.
pub(in crate::remits) async fn insert_restorations(
    tx: &mut Tx,
    set: RemittanceId,
    restored: &[Restoration],
) -> Result<()> {
    if restored.is_empty() {
        return Ok(());
    }
    let organization = tx.actor().organization;
    let rows: Vec<_> = restored
        .iter()
        .map(|one| {
            (
                remit_restorations::organization_id.eq(organization),
                remit_restorations::entry_id.eq(one.entry),
                remit_restorations::remit_claim_id.eq(one.decision),
                remit_restorations::remittance_id.eq(set),
                remit_restorations::applies.eq(one.applies),
            )
        })
        .collect();
    diesel::insert_into(remit_restorations::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// A fact that depends on a posted set, or on what a person did about its exceptions, in words; none when it can be
/// taken back. Of a visit that a person moved for an exception, only what came after that depends on it. What was
/// undone since, such as a refund whose check came back, depends on nothing.
pub(in crate::remits) async fn depends_on(tx: &mut Tx, id: RemittanceId) -> Result<Option<String>> {
    #[derive(QueryableByName)]
    struct Fact {
        #[diesel(sql_type = Text)]
        fact: String,
    }
    // Each way in which something may depend on it; the first that holds is named.
    let row: Option<Fact> = sql_query(format!(
        "with {ENTRIES_OF_SET},
         decided as (select id, claim_id, reversed_by from remit_claims where organization_id = $1 and remittance_id = $2),
         posted as (select max(id::text)::uuid as last from own where not restored and not later),
         visits as (
            select t.claim_id, min((case when own.later then own.id else posted.last end)::text)::uuid as since
            from own cross join posted join transfers t on t.organization_id = $1 and t.entry_id = own.id
            where t.claim_id is not null group by t.claim_id)
         select fact from (
            select 1 as place, 'a later remittance has taken one of its decisions back' as fact
                from decided where reversed_by is not null and reversed_by not in (select id from decided)
            union all
            select 2, 'a refund that was decided about one of its exceptions was paid'
                from own join refund_payments p on p.organization_id = $1 and p.refund_entry_id = own.id
                    and p.voided_on is null
            union all
            select 3, 'what the patient was credited about one of its exceptions was used' from (
                select t.claim_id, t.patient_id, sum(t.amount) as amount
                from own join transfers t on t.organization_id = $1 and t.entry_id = own.id and t.credit_account = $7
                where not exists (select from entries u where u.organization_id = $1 and u.reverses_id = own.id)
                group by t.claim_id, t.patient_id) credited
                where amount > (select coalesce(sum(case $7 when t.credit_account then t.amount else -t.amount end), 0)
                    from transfers t where t.organization_id = $1 and t.claim_id = credited.claim_id
                    and t.patient_id = credited.patient_id and $7 in (t.debit_account, t.credit_account))
            union all
            select 4, 'a claim to the next payer was drafted after it'
                from decided d
                join claims c on c.organization_id = $1 and c.id = d.claim_id
                join claims n on n.organization_id = $1 and n.encounter_id = c.encounter_id and n.id > d.id
            union all
            select 4, 'a claim to the next payer was changed after it'
                from decided d
                join claims c on c.organization_id = $1 and c.id = d.claim_id
                join claims n on n.organization_id = $1 and n.encounter_id = c.encounter_id and n.sequence > c.sequence
                join claim_events v on v.organization_id = $1 and v.claim_id = n.id and v.event = 'revised'
                    and v.recorded_at >= (select min(e.posted_at) from entries e
                        where e.organization_id = $1 and e.id in (select id from own where not restored))
            union all
            select 5, 'a denial that came with it was worked' from denials n join decided d on d.id = n.remit_claim_id
                where n.organization_id = $1 and n.state not in ('open', 'reversed')
            union all
            select 6, 'a later entry (' || e.source_kind || ') moved the account of one of its visits'
                from visits v
                join transfers t on t.organization_id = $1 and t.claim_id = v.claim_id
                join entries e on e.organization_id = $1 and e.id = t.entry_id
                where e.id > v.since
                and e.id not in (select id from own)
                and e.source_kind <> all($8) and not {is_unposted}
                and (e.source_kind like 'remit%' or not (
                    exists (select from entries u where u.organization_id = $1 and u.reverses_id = e.id)
                    or coalesce(e.reverses_id > v.since, false)))
            union all
            select 7, 'a person has settled an open item of its provider adjustments (PLB)'
                from provider_adjustments pa
                join provider_adjustment_settlements s on s.organization_id = $1
                    and s.provider_adjustment_id = pa.id and s.undone_on is null
                where pa.organization_id = $1 and pa.remittance_id = $2) facts
         order by place limit 1",
        is_unposted = is_unposted(),
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Array<Text>, _>(kinds_of_decisions())
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .bind::<Text, _>(OVERRIDE_SOURCE.as_str())
    .bind::<Array<Text>, _>(kinds_of_exceptions())
    .bind::<SmallInt, _>(AccountKind::PatientCredits.number())
    .bind::<Array<Text>, _>([UNPOSTING_SOURCE, RESTORING_SOURCE].map(|kind| kind.as_str().to_owned()).to_vec())
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| row.fact))
}

/// The decisions of a set that are on a claim's account, each with its claim.
pub(in crate::remits) async fn decisions_of_set(
    tx: &mut Tx,
    id: RemittanceId,
) -> Result<Vec<(RemitClaimId, ClaimId)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: RemitClaimId,
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
    }
    let rows: Vec<Row> = sql_query(
        "select id, claim_id from remit_claims where organization_id = $1 and remittance_id = $2 and posted
         order by ordinal desc",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.claim_id)).collect())
}

/// Marks a set, its decisions and what waited of it as taken back.
pub(in crate::remits) async fn unpost_set(
    tx: &mut Tx,
    id: RemittanceId,
    now: DateTime<Utc>,
    reason: &str,
    entries: usize,
) -> Result<()> {
    let who = tx.actor().who.to_string();
    sql_query(
        "insert into remit_unpostings (organization_id, remittance_id, reason, entries, unposted_by)
         values ($1, $2, $3, $4, $5)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Text, _>(reason)
    .bind::<Integer, _>(i32::try_from(entries).map_err(anyhow::Error::from)?)
    .bind::<Text, _>(who)
    .execute(tx.conn())
    .await?;
    sql_query(
        "update remit_claims set posted = false where organization_id = $1 and remittance_id = $2 and posted",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .execute(tx.conn())
    .await?;
    settle_exceptions(tx, id, now, "the set was taken back").await?;
    diesel::update(remittances::table.find((tx.actor().organization, id)))
        .set(remittances::state.eq(State::Unposted.as_str()))
        .execute(tx.conn())
        .await?;
    Ok(())
}
