//! What is asked and written when a posted set is taken back.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Integer, Nullable, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::db::schema::{remit_restorations, remittances};
use crate::remits::exceptions::{ActionKind, ExceptionKind, OVER_PAYMENT_SETTLED};
use crate::remits::receive::State;
use crate::remits::store::settle_exceptions;
use crate::remits::{
    CLAIM_SOURCE, OVERRIDE_SOURCE, PROVIDER_ADJUSTMENT_SOURCE, RESTATEMENT_SOURCE, RESTORING_SOURCE,
    UNPOSTING_SOURCE,
};
use crate::types::{ClaimId, EntryId, RemitClaimId, RemittanceId, Result};

/// The entries of a set, and those with which its decisions were posted anew: `$1` is the organization, `$2`
/// the set, `$3` [`kinds_of_decisions`], `$4` and `$5` the other kinds of source.
const ENTRIES_OF_SET: &str = "
    own as (
        select rs.entry_id as id, null::uuid as reverses_id, d.id as decision, true as restored
        from remit_claims d join remit_restorations rs on rs.organization_id = $1 and rs.remit_claim_id = d.id
        where d.organization_id = $1 and d.remittance_id = $2
        union all
        select e.id, e.reverses_id, d.id, false
        from remit_claims d
        join entries e on e.organization_id = $1 and e.source_kind = any($3) and e.source_id = d.id
        where d.organization_id = $1 and d.remittance_id = $2
        union all
        select e.id, e.reverses_id, d.id, false
        from remit_claims d
        join remit_unapplyings u on u.organization_id = $1 and u.remit_claim_id = d.id
        join entries e on e.organization_id = $1 and e.id = u.entry_id
        where d.organization_id = $1 and d.remittance_id = $2
        union all
        select e.id, e.reverses_id, null, false
        from provider_adjustments pa
        join entries e on e.organization_id = $1 and e.source_kind = $4 and e.source_id = pa.id
        where pa.organization_id = $1 and pa.remittance_id = $2
        union all
        select e.id, e.reverses_id, null, false from entries e
        where e.organization_id = $1 and e.source_kind = $5 and e.source_id = $2)";

/// The kinds of source of what a decision of a set moves.
fn kinds_of_decisions() -> Vec<String> {
    [CLAIM_SOURCE, RESTATEMENT_SOURCE].map(|kind| kind.as_str().to_owned()).to_vec()
}

/// In SQL, whether the entry `e` counts no more because its set was taken back: it is reversed, or its
/// original was posted anew, or it was reversed before, posted anew and that entry is reversed.
pub(in crate::remits) fn is_unposted() -> String {
    let (unposting, restoring) = (UNPOSTING_SOURCE, RESTORING_SOURCE);
    let (unposting, restoring) = (unposting.as_str(), restoring.as_str());
    format!(
        "(exists (select from entries u where u.organization_id = e.organization_id and u.reverses_id = e.id
            and u.source_kind = '{unposting}')
        or exists (select from entries u where u.organization_id = e.organization_id
            and u.source_kind = '{restoring}' and u.source_id = e.id)
        or exists (select from remit_restorations rs
            join entries u on u.organization_id = rs.organization_id and u.reverses_id = rs.entry_id
                and u.source_kind = '{unposting}'
            where rs.organization_id = e.organization_id and rs.remit_claim_id = e.source_id))"
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
    /// The decision that moved it; none of what no decision did.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub decision: Option<RemitClaimId>,
}

/// The entries of a set that count, in the order of their ids. Those that undo each other are left out.
pub(in crate::remits) async fn entries_of_set(tx: &mut Tx, id: RemittanceId) -> Result<Vec<EntryOfSet>> {
    Ok(sql_query(format!(
        "with {ENTRIES_OF_SET}
         select id, reverses_id, decision from own
         where not exists (select from entries u where u.organization_id = $1 and u.reverses_id = own.id)
         and (reverses_id is null or reverses_id not in (select id from own))
         order by id"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Array<Text>, _>(kinds_of_decisions())
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .bind::<Text, _>(OVERRIDE_SOURCE.as_str())
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

/// A fact that depends on a posted set, in words; none when it can be taken back.
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
         visits as (select distinct t.claim_id from transfers t join own on own.id = t.entry_id
            where t.organization_id = $1 and t.claim_id is not null)
         select fact from (
            select 1 as place, 'a reversal (CLP02 22) in it settled what had been paid too much for a visit' as fact
                from remit_exceptions x
                join remit_claims p on p.organization_id = $1 and p.id = x.remit_claim_id and p.remittance_id <> $2
                join claims v on v.organization_id = $1 and v.id = p.claim_id
                join claims w on w.organization_id = $1 and w.account_claim_id = v.account_claim_id
                join remit_claims o on o.organization_id = $1 and o.claim_id = w.id
                    and o.reversed_by in (select id from decided)
                join remittances r on r.organization_id = $1 and r.id = $2 and x.resolved_at = r.posted_at
                where x.organization_id = $1 and x.kind = $7 and x.resolution = $6
            union all
            select 2, 'a later remittance has taken one of its decisions back'
                from decided where reversed_by is not null and reversed_by not in (select id from decided)
            union all
            select 3, 'a person has settled one of its exceptions' from remit_exceptions x
                where x.organization_id = $1 and x.remittance_id = $2 and x.action ->> 'action' <> $8
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
                where e.id > (select max(id::text)::uuid from own where not restored)
                and e.id not in (select id from own)
                and e.source_kind <> all($9) and not {is_unposted}
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
    .bind::<Text, _>(OVER_PAYMENT_SETTLED)
    .bind::<Text, _>(ExceptionKind::OverPayment.as_str())
    .bind::<Text, _>(ActionKind::Read.as_str())
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
