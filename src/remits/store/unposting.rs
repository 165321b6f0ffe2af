//! What is asked and written when a posted set is taken back.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Integer, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::db::schema::remittances;
use crate::remits::receive::State;
use crate::remits::store::settle_exceptions;
use crate::remits::{CLAIM_SOURCE, OVERRIDE_SOURCE, PROVIDER_ADJUSTMENT_SOURCE};
use crate::types::{ClaimId, EntryId, RemitClaimId, RemittanceId, Result};

/// The entries of a set, in the order of their ids: `$1` is the organization, `$2` the set, `$3` to `$5`
/// the kinds of source.
const ENTRIES_OF_SET: &str = "
    own as (
        select e.id, e.reverses_id from entries e where e.organization_id = $1 and (
            (e.source_kind = $3 and e.source_id in
                (select id from remit_claims where organization_id = $1 and remittance_id = $2))
            or (e.source_kind = $4 and e.source_id in
                (select id from provider_adjustments where organization_id = $1 and remittance_id = $2))
            or (e.source_kind = $5 and e.source_id = $2)))";

#[derive(QueryableByName)]
struct EntryRow {
    #[diesel(sql_type = Uuid)]
    id: EntryId,
}

/// The entries of a set, in the order of their ids.
pub(in crate::remits) async fn entries_of_set(tx: &mut Tx, id: RemittanceId) -> Result<Vec<EntryId>> {
    let rows: Vec<EntryRow> = sql_query(format!("with {ENTRIES_OF_SET} select id from own order by id"))
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Uuid, _>(id)
        .bind::<Text, _>(CLAIM_SOURCE.as_str())
        .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
        .bind::<Text, _>(OVERRIDE_SOURCE.as_str())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
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
            select 1 as place, 'a reversal (CLP02 22) in it took an earlier decision back, which is final' as fact
                from own where reverses_id is not null
            union all
            select 2, 'a later remittance has taken one of its decisions back'
                from decided where reversed_by is not null
            union all
            select 3, 'a person has settled one of its exceptions' from remit_exceptions x
                where x.organization_id = $1 and x.remittance_id = $2 and x.action ->> 'action' <> 'read'
            union all
            select 4, 'a claim to the next payer was drafted after it'
                from decided d
                join claims c on c.organization_id = $1 and c.id = d.claim_id
                join claims n on n.organization_id = $1 and n.encounter_id = c.encounter_id and n.id > d.id
            union all
            select 5, 'a denial that came with it was worked' from denials n join decided d on d.id = n.remit_claim_id
                where n.organization_id = $1 and n.state not in ('open', 'reversed')
            union all
            select 6, 'a later entry (' || e.source_kind || ') moved the account of one of its visits'
                from visits v
                join transfers t on t.organization_id = $1 and t.claim_id = v.claim_id
                join entries e on e.organization_id = $1 and e.id = t.entry_id
                where e.id > (select max(id::text)::uuid from own) and e.id not in (select id from own)
                and e.source_kind <> 'remit_unposting'
                and not exists (select from entries u where u.organization_id = $1 and u.reverses_id = e.id
                    and u.source_kind = 'remit_unposting')
            union all
            select 7, 'a person has settled an open item of its provider adjustments (PLB)'
                from provider_adjustments pa
                join provider_adjustment_settlements s on s.organization_id = $1
                    and s.provider_adjustment_id = pa.id and s.undone_on is null
                where pa.organization_id = $1 and pa.remittance_id = $2) facts
         order by place limit 1"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Text, _>(CLAIM_SOURCE.as_str())
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .bind::<Text, _>(OVERRIDE_SOURCE.as_str())
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
