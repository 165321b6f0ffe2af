//! All SQL of remittances. One statement for each table and thousand claims.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{
    Array, BigInt, Bool, Date, Integer, Jsonb, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid,
};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::db::Tx;
use crate::db::schema::{payers, remit_posting_rules, remittances};
use crate::ledger::AccountKind;
use crate::remits::balance::{Totals, Warning, Why};
use crate::remits::eob::FoundClaim;
use crate::remits::matching::{Candidates, Facts, MatchRule, NextPayer, OurClaim, OurLine};
use crate::remits::model::{ProviderAdjustment, RemitClaim, Remittance};
use crate::remits::post::{Account, Earlier, adjusted};
use crate::remits::receive::State;
use crate::remits::rules::{Care, Mode, PostingRule};
use crate::submissions::newest_number_sql;
use crate::types::{
    ClaimId, CoverageId, EncounterId, EntryId, FileId, Money, PatientId, PayerId, PersonName, Phi,
    ProviderAdjustmentId, Rarc, RemitClaimId, RemittanceId, Result,
};

// ---- remittances ----

/// A set that was received before.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub id: RemittanceId,
    pub state: State,
    pub file: FileId,
    pub set_ordinal: u32,
}

#[derive(QueryableByName)]
struct ReceivedRow {
    #[diesel(sql_type = Uuid)]
    id: RemittanceId,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Uuid)]
    file_id: FileId,
    #[diesel(sql_type = Integer)]
    set_ordinal: i32,
}

impl ReceivedRow {
    fn read(self) -> Result<Received> {
        Ok(Received {
            id: self.id,
            state: State::from_name(&self.state)?,
            file: self.file_id,
            set_ordinal: u32::try_from(self.set_ordinal).map_err(anyhow::Error::from)?,
        })
    }
}

/// The set of a file, if it was received.
pub(super) async fn received(tx: &mut Tx, file: FileId, set_ordinal: u32) -> Result<Option<Received>> {
    let row: Option<ReceivedRow> = sql_query(
        "select id, state, file_id, set_ordinal from remittances
         where organization_id = $1 and file_id = $2 and set_ordinal = $3 and state <> 'unposted'",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(file)
    .bind::<Integer, _>(int(set_ordinal)?)
    .get_result(tx.conn())
    .await
    .optional()?;
    row.map(ReceivedRow::read).transpose()
}

/// A remittance by id, if the practice has it.
pub(super) async fn remittance(tx: &mut Tx, id: RemittanceId) -> Result<Option<Received>> {
    let row: Option<ReceivedRow> = sql_query(
        "select id, state, file_id, set_ordinal from remittances where organization_id = $1 and id = $2",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .get_result(tx.conn())
    .await
    .optional()?;
    row.map(ReceivedRow::read).transpose()
}

/// Locks a remittance and reads it, if the practice has it.
pub(super) async fn lock_remittance(tx: &mut Tx, id: RemittanceId) -> Result<Option<Received>> {
    let row: Option<ReceivedRow> = sql_query(
        "select id, state, file_id, set_ordinal from remittances where organization_id = $1 and id = $2 for update",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .get_result(tx.conn())
    .await
    .optional()?;
    row.map(ReceivedRow::read).transpose()
}

/// Makes everybody else who reads this set of the file wait.
pub(super) async fn lock_set(tx: &mut Tx, file: FileId, set_ordinal: u32) -> Result<()> {
    sql_query("select pg_advisory_xact_lock(hashtextextended($1::text || '/' || $2::text, 834))")
        .bind::<Uuid, _>(file)
        .bind::<Integer, _>(int(set_ordinal)?)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Makes everybody else who posts a payment of this trace number wait.
pub(super) async fn lock_trace(tx: &mut Tx, remittance: &Remittance) -> Result<()> {
    // Not by TRN03: the same payment may have been entered by hand, where nobody knows that number.
    sql_query("select pg_advisory_xact_lock(hashtextextended($1::text || '/' || $2, 835))")
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Text, _>(&remittance.trace_number)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A posted remittance with the same trace number, and whether it is the same payment: of the same
/// amount and day, for the same sums. Payers number what pays nothing carelessly, and another
/// decision must not be taken for a copy. Who issued the number (TRN03) is not known of an EOB that
/// was entered by hand: there the payer on file tells.
pub(super) async fn posted_with_trace(
    tx: &mut Tx,
    remittance: &Remittance,
    totals: Totals,
    payer: Option<PayerId>,
    is_entered: bool,
) -> Result<Option<(RemittanceId, bool)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: RemittanceId,
        #[diesel(sql_type = Bool)]
        same: bool,
    }
    let row: Option<Row> = sql_query(
        "select id, (paid, claims, charged, claims_paid) = ($4, $6, $7, $8) and paid_on is not distinct from $5 as same
         from remittances
         where organization_id = $1 and trace_number = $3
         and (payer_trace_id = $2 or (payer_id = $9 and (entered or $10)))
         and state in ('posted', 'partly_posted')
         order by same desc, id limit 1",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Text, _>(&remittance.payer_trace_id)
    .bind::<Text, _>(&remittance.trace_number)
    .bind::<Numeric, _>(remittance.paid)
    .bind::<Nullable<Date>, _>(remittance.paid_on)
    .bind::<Integer, _>(int(totals.claims)?)
    .bind::<Numeric, _>(totals.charged)
    .bind::<Numeric, _>(totals.paid)
    .bind::<Nullable<Uuid>, _>(payer)
    .bind::<Bool, _>(is_entered)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| (row.id, row.same)))
}

/// What is written of a set besides its claims.
pub(super) struct SetRow<'a> {
    pub id: RemittanceId,
    pub file: FileId,
    pub remittance: &'a Remittance,
    pub totals: Totals,
    pub warnings: &'a [Warning],
    pub payer: Option<PayerId>,
    pub state: State,
    pub why: &'a [Why],
    pub posted_at: Option<DateTime<Utc>>,
    /// What goes to suspense.
    pub difference: Money,
    /// Nothing but the payer's rule stops it.
    pub ready: bool,
    /// A person entered it.
    pub entered: bool,
}

/// Writes a set's row, or writes over it when the set was held.
pub(super) async fn put_set(tx: &mut Tx, set: &SetRow<'_>) -> Result<()> {
    let remittance = set.remittance;
    sql_query(
        "insert into remittances (organization_id, id, file_id, set_ordinal, first_byte, last_byte, payer_id,
            payer_name, payer_trace_id, trace_number, method, paid_on, paid, claims, charged, claims_paid,
            provider_adjustments, warnings, state, why, posted_at, difference, ready, entered)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23, $24)
         on conflict (organization_id, id) do update set
            (first_byte, last_byte, payer_id, payer_name, payer_trace_id, trace_number, method, paid_on, paid,
             claims, charged, claims_paid, provider_adjustments, warnings, state, why, posted_at, difference, ready)
            = (excluded.first_byte, excluded.last_byte, excluded.payer_id, excluded.payer_name,
               excluded.payer_trace_id, excluded.trace_number, excluded.method, excluded.paid_on, excluded.paid,
               excluded.claims, excluded.charged, excluded.claims_paid, excluded.provider_adjustments,
               excluded.warnings, excluded.state, excluded.why, excluded.posted_at, excluded.difference, excluded.ready)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(set.id)
    .bind::<Uuid, _>(set.file)
    .bind::<Integer, _>(int(remittance.set_ordinal)?)
    .bind::<BigInt, _>(big(remittance.bytes.first)?)
    .bind::<BigInt, _>(big(remittance.bytes.last)?)
    .bind::<Nullable<Uuid>, _>(set.payer)
    .bind::<Text, _>(&remittance.payer_name)
    .bind::<Text, _>(&remittance.payer_trace_id)
    .bind::<Text, _>(&remittance.trace_number)
    .bind::<Text, _>(&remittance.method)
    .bind::<Nullable<Date>, _>(remittance.paid_on)
    .bind::<Numeric, _>(remittance.paid)
    .bind::<Integer, _>(int(set.totals.claims)?)
    .bind::<Numeric, _>(set.totals.charged)
    .bind::<Numeric, _>(set.totals.paid)
    .bind::<Numeric, _>(set.totals.provider_adjustments)
    .bind::<Jsonb, _>(to_json(set.warnings)?)
    .bind::<Text, _>(set.state.as_str())
    .bind::<Jsonb, _>(to_json(set.why)?)
    .bind::<Nullable<Timestamptz>, _>(set.posted_at)
    .bind::<Numeric, _>(set.difference)
    .bind::<Bool, _>(set.ready)
    .bind::<Bool, _>(set.entered)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes who posted a held set all the same, and why.
pub(super) async fn insert_override(
    tx: &mut Tx,
    id: RemittanceId,
    reason: &str,
    difference: Money,
    why: &[Why],
) -> Result<()> {
    let who = tx.actor().who.to_string();
    sql_query(
        "insert into remit_overrides (organization_id, remittance_id, reason, difference, why, overridden_by)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Text, _>(reason)
    .bind::<Numeric, _>(difference)
    .bind::<Jsonb, _>(to_json(why)?)
    .bind::<Text, _>(who)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Claims that were sent, with the number of their last submission: that with a number, or those of some
/// patients, the latest service first.
pub(super) async fn sent_claims(
    tx: &mut Tx,
    number: Option<&str>,
    patients: &[PatientId],
    limit: i64,
) -> Result<Vec<FoundClaim>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: ClaimId,
        #[diesel(sql_type = Text)]
        number: String,
        #[diesel(sql_type = Text)]
        last_name: String,
        #[diesel(sql_type = Nullable<Text>)]
        first_name: Option<String>,
        #[diesel(sql_type = Text)]
        payer: String,
        #[diesel(sql_type = Nullable<Date>)]
        service_from: Option<NaiveDate>,
        #[diesel(sql_type = Numeric)]
        charged: Money,
    }
    let rows: Vec<Row> = sql_query(format!(
        "select c.id, s.control_number as number, p.last_name, p.first_name, y.name as payer, c.service_from,
            c.charged
         from claims c
         join patients p on p.organization_id = c.organization_id and p.id = c.patient_id
         join payers y on y.organization_id = c.organization_id and y.id = c.payer_id
         cross join lateral {newest} s (control_number)
         where c.organization_id = $1 and s.control_number is not null and (c.patient_id = any($3) or c.id in (select claim_id from submissions
            where organization_id = $1 and control_number = $2))
         order by c.service_from desc nulls last, c.id limit $4",
        newest = newest_number_sql("c.id"),
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Text>, _>(number)
    .bind::<Array<Uuid>, _>(patients)
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    let read = |row: Row| FoundClaim {
        id: row.id,
        number: row.number,
        patient: Phi::new(PersonName {
            last: row.last_name,
            first: row.first_name,
            middle: None,
            suffix: None,
        }),
        payer: row.payer,
        service_from: row.service_from,
        charged: row.charged,
    };
    Ok(rows.into_iter().map(read).collect())
}

// ---- unposting ----

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
pub(super) async fn entries_of_set(tx: &mut Tx, id: RemittanceId) -> Result<Vec<EntryId>> {
    let rows: Vec<EntryRow> = sql_query(format!("with {ENTRIES_OF_SET} select id from own order by id"))
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Uuid, _>(id)
        .bind::<Text, _>(super::CLAIM_SOURCE.as_str())
        .bind::<Text, _>(super::PROVIDER_ADJUSTMENT_SOURCE.as_str())
        .bind::<Text, _>(super::OVERRIDE_SOURCE.as_str())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// A fact that depends on a posted set, in words; none when it can be taken back.
pub(super) async fn depends_on(tx: &mut Tx, id: RemittanceId) -> Result<Option<String>> {
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
    .bind::<Text, _>(super::CLAIM_SOURCE.as_str())
    .bind::<Text, _>(super::PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .bind::<Text, _>(super::OVERRIDE_SOURCE.as_str())
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| row.fact))
}

/// The decisions of a set that are on a claim's account, each with its claim.
pub(super) async fn decisions_of_set(tx: &mut Tx, id: RemittanceId) -> Result<Vec<(RemitClaimId, ClaimId)>> {
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
pub(super) async fn unpost_set(
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

// ---- posting rules ----

/// The rules of all payers, or of one.
pub(super) async fn posting_rules(
    tx: &mut Tx,
    payer: Option<PayerId>,
) -> Result<Vec<(PayerId, PostingRule)>> {
    let mut query = remit_posting_rules::table
        .filter(remit_posting_rules::organization_id.eq(tx.actor().organization))
        .order(remit_posting_rules::payer_id)
        .select((remit_posting_rules::payer_id, remit_posting_rules::mode, remit_posting_rules::allows))
        .into_boxed();
    if let Some(payer) = payer {
        query = query.filter(remit_posting_rules::payer_id.eq(payer));
    }
    let rows: Vec<(PayerId, String, Vec<String>)> = query.load(tx.conn()).await?;
    rows.into_iter()
        .map(|(payer, mode, allows)| {
            let mode = Mode::from_name(&mode).ok_or_else(|| anyhow::anyhow!("no mode {mode}"))?;
            let allows = allows.iter().filter_map(|care| Care::from_name(care)).collect();
            Ok((payer, PostingRule { mode, allows }))
        })
        .collect()
}

/// Writes a payer's rule, or over it.
pub(super) async fn put_posting_rule(tx: &mut Tx, payer: PayerId, rule: &PostingRule) -> Result<()> {
    let allows: Vec<&str> = rule.allows.iter().map(|care| care.as_str()).collect();
    sql_query(
        "insert into remit_posting_rules (organization_id, payer_id, mode, allows) values ($1, $2, $3, $4)
         on conflict (organization_id, payer_id) do update set
            (mode, allows, changed_at) = (excluded.mode, excluded.allows, now())",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(payer)
    .bind::<Text, _>(rule.mode.as_str())
    .bind::<Array<Text>, _>(allows)
    .execute(tx.conn())
    .await?;
    Ok(())
}

// ---- remittances, at the end ----

/// What is known only after the last claim: the payer, and whether all of it is settled.
pub(super) async fn finish_set(
    tx: &mut Tx,
    id: RemittanceId,
    state: State,
    payer: Option<PayerId>,
) -> Result<()> {
    diesel::update(remittances::table.find((tx.actor().organization, id)))
        .set((remittances::state.eq(state.as_str()), remittances::payer_id.eq(payer)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The day on which a posted set's money moved.
pub(super) async fn decided_on(tx: &mut Tx, id: RemittanceId) -> Result<NaiveDate> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Date)]
        decided_on: NaiveDate,
    }
    let row: Row = sql_query(
        "select coalesce(paid_on, posted_at::date, received_at::date) as decided_on from remittances
         where organization_id = $1 and id = $2",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .get_result(tx.conn())
    .await?;
    Ok(row.decided_on)
}

/// The first of these identifiers under which the practice has a payer, else the only payer of
/// that name.
pub(super) async fn payer(tx: &mut Tx, remittance: &Remittance) -> Result<Option<PayerId>> {
    let wanted: Vec<String> = remittance
        .payer_identifiers
        .iter()
        .map(|identifier| identifier.trim().to_ascii_uppercase())
        .collect();
    let found: Vec<(String, PayerId)> = payers::table
        .filter(payers::organization_id.eq(tx.actor().organization))
        .filter(payers::identifier.eq_any(&wanted))
        .select((payers::identifier, payers::id))
        .load(tx.conn())
        .await?;
    let by_identifier = wanted.iter().find_map(|w| found.iter().find(|(identifier, _)| identifier == w));
    if let Some((_, id)) = by_identifier {
        return Ok(Some(*id));
    }
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: PayerId,
    }
    let named: Vec<Row> =
        sql_query("select id from payers where organization_id = $1 and upper(name) = upper($2) limit 2")
            .bind::<Uuid, _>(tx.actor().organization)
            .bind::<Text, _>(remittance.payer_name.trim())
            .load(tx.conn())
            .await?;
    Ok(match named.as_slice() {
        [only] => Some(only.id),
        _ => None,
    })
}

// ---- matching ----

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Uuid)]
    claim_id: ClaimId,
}

/// What each key of these claims leads to: a query for each kind of key, and only for those whom
/// the better key did not find.
pub(super) async fn candidates(
    tx: &mut Tx,
    remits: &[RemitClaim],
    payer: Option<PayerId>,
) -> Result<Candidates> {
    let by_control_number = by_control_number(tx, remits).await?;
    let mut found = Candidates { by_control_number, ..Candidates::default() };

    let left = |found: &Candidates, remit: &&RemitClaim| {
        !found.by_control_number.contains_key(&remit.patient_control_number)
            && !remit
                .payer_claim_control_number
                .as_ref()
                .is_some_and(|n| found.by_payer_number.contains_key(n))
    };
    let numbers: Vec<&str> = remits
        .iter()
        .filter(|remit| left(&found, remit))
        .filter_map(|remit| remit.payer_claim_control_number.as_deref())
        .collect();
    if !numbers.is_empty() {
        let rows: Vec<KeyRow> = sql_query(
            "select distinct rc.payer_claim_control_number as key, rc.claim_id
             from remit_claims rc
             join claims c on c.organization_id = rc.organization_id and c.id = rc.claim_id
             where rc.organization_id = $1 and rc.payer_claim_control_number = any($2)
             and ($3 is null or c.payer_id = $3) order by 1, 2",
        )
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Array<Text>, _>(numbers)
        .bind::<Nullable<Uuid>, _>(payer)
        .load(tx.conn())
        .await?;
        for row in rows {
            found.by_payer_number.entry(row.key).or_default().push(row.claim_id);
        }
    }
    let keys: Vec<Facts> = remits
        .iter()
        .filter(|remit| left(&found, remit))
        .filter_map(crate::remits::matching::facts)
        .collect();
    if !keys.is_empty() {
        found.by_facts = by_facts(tx, &keys, payer).await?;
    }
    Ok(found)
}

/// The claims whose control number is the CLP01 of one of these.
pub(super) async fn by_control_number(
    tx: &mut Tx,
    remits: &[RemitClaim],
) -> Result<HashMap<String, ClaimId>> {
    let numbers: Vec<&str> = remits.iter().map(|remit| remit.patient_control_number.as_str()).collect();
    let rows: Vec<KeyRow> = sql_query(
        "select control_number as key, claim_id from submissions
         where organization_id = $1 and control_number = any($2)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Text>, _>(numbers)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.claim_id)).collect())
}

async fn by_facts(
    tx: &mut Tx,
    keys: &[Facts],
    payer: Option<PayerId>,
) -> Result<HashMap<Facts, Vec<ClaimId>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        member: String,
        #[diesel(sql_type = Date)]
        from: NaiveDate,
        #[diesel(sql_type = Date)]
        thru: NaiveDate,
        #[diesel(sql_type = Numeric)]
        charge: Money,
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
    }
    let rows: Vec<Row> = sql_query(
        "select distinct k.member, k.\"from\", k.thru, k.charge, c.id as claim_id
         from unnest($2, $3, $4, $5) as k (member, \"from\", thru, charge)
         join coverages v on v.organization_id = $1 and v.member_id = k.member
         join claims c on c.organization_id = v.organization_id and c.patient_id = v.patient_id
            and c.coverage_id = v.id and c.service_from = k.\"from\" and c.service_thru = k.thru
            and c.charged = k.charge
         where c.status <> 'draft' and ($6 is null or c.payer_id = $6) order by c.id",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Text>, _>(keys.iter().map(|key| key.0.as_str()).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(keys.iter().map(|key| key.1).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(keys.iter().map(|key| key.2).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(keys.iter().map(|key| key.3).collect::<Vec<_>>())
    .bind::<Nullable<Uuid>, _>(payer)
    .load(tx.conn())
    .await?;
    let mut found: HashMap<Facts, Vec<ClaimId>> = HashMap::new();
    for row in rows {
        found.entry((row.member, row.from, row.thru, row.charge)).or_default().push(row.claim_id);
    }
    Ok(found)
}

/// Our claims with their lines and the insurance that comes next.
pub(super) async fn our_claims(tx: &mut Tx, ids: &[ClaimId]) -> Result<HashMap<ClaimId, OurClaim>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: ClaimId,
        #[diesel(sql_type = Uuid)]
        account_claim_id: ClaimId,
        #[diesel(sql_type = Uuid)]
        encounter_id: EncounterId,
        #[diesel(sql_type = Uuid)]
        patient_id: PatientId,
        #[diesel(sql_type = Uuid)]
        payer_id: PayerId,
        #[diesel(sql_type = Uuid)]
        coverage_id: CoverageId,
        #[diesel(sql_type = Text)]
        sequence: String,
        #[diesel(sql_type = Numeric)]
        charged: Money,
        #[diesel(sql_type = Nullable<Date>)]
        service_from: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Date>)]
        service_thru: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Uuid>)]
        next_coverage: Option<CoverageId>,
        #[diesel(sql_type = Nullable<Uuid>)]
        next_payer: Option<PayerId>,
    }
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = SmallInt)]
        line_no: i16,
        #[diesel(sql_type = Text)]
        control_number: String,
        #[diesel(sql_type = Text)]
        procedure: String,
        #[diesel(sql_type = Array<Text>)]
        modifiers: Vec<String>,
        #[diesel(sql_type = Numeric)]
        charged: Money,
        #[diesel(sql_type = Nullable<Date>)]
        from_on: Option<NaiveDate>,
    }
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Row> = sql_query(
        "select c.id, c.account_claim_id, c.encounter_id, c.patient_id, c.payer_id, c.coverage_id, c.sequence,
            c.charged, c.service_from, c.service_thru, n.id as next_coverage, n.payer_id as next_payer
         from claims c
         join coverages own on own.organization_id = c.organization_id and own.id = c.coverage_id
         left join lateral (
            select v.id, v.payer_id from coverages v
            where v.organization_id = c.organization_id and v.patient_id = c.patient_id and v.rank > own.rank
            and v.valid_from <= coalesce(c.service_from, v.valid_from)
            and (v.valid_to is null or v.valid_to >= coalesce(c.service_from, v.valid_to))
            order by v.rank, v.valid_from desc limit 1) n on true
         where c.organization_id = $1 and c.id = any($2)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(ids)
    .load(tx.conn())
    .await?;
    let lines: Vec<Line> = sql_query(
        "select claim_id, line_no, control_number, procedure, modifiers, charged, from_on from claim_lines
         where organization_id = $1 and claim_id = any($2) order by claim_id, line_no",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(ids)
    .load(tx.conn())
    .await?;
    let mut claims: HashMap<ClaimId, OurClaim> = rows
        .into_iter()
        .map(|row| {
            let next_payer = row.next_coverage.zip(row.next_payer);
            let claim = OurClaim {
                id: row.id,
                account_claim: row.account_claim_id,
                encounter: row.encounter_id,
                patient: row.patient_id,
                payer: row.payer_id,
                coverage: row.coverage_id,
                is_primary: row.sequence == "P",
                charged: row.charged,
                service_from: row.service_from,
                service_thru: row.service_thru,
                next_payer: next_payer.map(|(coverage, payer)| NextPayer { coverage, payer }),
                lines: vec![],
            };
            (row.id, claim)
        })
        .collect();
    for line in lines {
        if let Some(claim) = claims.get_mut(&line.claim_id) {
            claim.lines.push(OurLine {
                line_no: line.line_no,
                control_number: line.control_number,
                procedure: line.procedure,
                modifiers: line.modifiers,
                charged: line.charged,
                from: line.from_on,
            });
        }
    }
    Ok(claims)
}

/// What the ledger holds for these visits. Those without movements are left out.
pub(super) async fn accounts(tx: &mut Tx, visits: &[ClaimId]) -> Result<HashMap<ClaimId, Account>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = Nullable<Uuid>)]
        payer_id: Option<PayerId>,
        #[diesel(sql_type = SmallInt)]
        account: i16,
        #[diesel(sql_type = Numeric)]
        amount: Money,
    }
    let rows: Vec<Row> = sql_query(
        "select t.claim_id, t.payer_id, leg.account, sum(leg.amount) as amount from transfers t
         cross join lateral (values (t.debit_account, t.amount), (t.credit_account, -t.amount))
            as leg (account, amount)
         where t.organization_id = $1 and t.claim_id = any($2) and leg.account = any($3)
         group by 1, 2, 3",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(visits)
    .bind::<Array<SmallInt>, _>(vec![
        AccountKind::InsuranceAr.number(),
        AccountKind::PatientAr.number(),
        AccountKind::ContractualAdjustments.number(),
    ])
    .load(tx.conn())
    .await?;
    let mut accounts: HashMap<ClaimId, Account> = HashMap::new();
    for row in rows {
        let account = accounts.entry(row.claim_id).or_default();
        match (AccountKind::from_number(row.account), row.payer_id) {
            (Some(AccountKind::InsuranceAr), Some(payer)) => {
                *account.insurance.entry(payer).or_default() += row.amount;
            }
            (Some(AccountKind::PatientAr), _) => account.patient += row.amount,
            (Some(AccountKind::ContractualAdjustments), _) => account.contractual += row.amount,
            _ => {}
        }
    }
    Ok(accounts)
}

/// Posted decisions about these claims that were not taken back, newest first.
pub(super) async fn earlier(
    tx: &mut Tx,
    claims: &[ClaimId],
    posting: RemittanceId,
) -> Result<HashMap<ClaimId, Vec<Earlier>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = Uuid)]
        id: RemitClaimId,
        #[diesel(sql_type = Nullable<Uuid>)]
        entry: Option<EntryId>,
        #[diesel(sql_type = Uuid)]
        remittance_id: RemittanceId,
        #[diesel(sql_type = Text)]
        status_code: String,
        #[diesel(sql_type = Nullable<Text>)]
        payer_claim_control_number: Option<String>,
        #[diesel(sql_type = Numeric)]
        charged: Money,
        #[diesel(sql_type = Numeric)]
        paid: Money,
        #[diesel(sql_type = Jsonb)]
        adjusted: Value,
        #[diesel(sql_type = Bool)]
        by_hand: bool,
    }
    let rows: Vec<Row> = sql_query(
        "select rc.claim_id, rc.id, e.id as entry, rc.remittance_id, rc.status_code,
            rc.payer_claim_control_number, rc.charged, rc.paid, rc.adjusted,
            exists (select from remittances r where r.organization_id = rc.organization_id
                and r.id in (rc.remittance_id, $4) and r.entered) as by_hand
         from remit_claims rc
         left join entries e on e.organization_id = rc.organization_id and e.source_kind = $3
            and e.source_id = rc.id
         where rc.organization_id = $1 and rc.claim_id = any($2) and rc.posted and rc.reversed_by is null
         and rc.status_code <> '22'
         order by rc.id desc",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(claims)
    .bind::<Text, _>(super::CLAIM_SOURCE.as_str())
    .bind::<Uuid, _>(posting)
    .load(tx.conn())
    .await?;
    let mut found: HashMap<ClaimId, Vec<Earlier>> = HashMap::new();
    for row in rows {
        found.entry(row.claim_id).or_default().push(Earlier {
            remit_claim: row.id,
            entry: row.entry,
            same_remittance: row.remittance_id == posting,
            status: row.status_code,
            payer_claim_control_number: row.payer_claim_control_number,
            charged: row.charged,
            paid: row.paid,
            adjusted: serde_json::from_value(row.adjusted).map_err(anyhow::Error::from)?,
            by_hand: row.by_hand,
        });
    }
    Ok(found)
}

// ---- what is written ----

/// One CLP as it is written.
pub(super) struct ClaimRow<'a> {
    pub id: RemitClaimId,
    pub remit: &'a RemitClaim,
    pub claim: Option<(ClaimId, MatchRule)>,
    /// Our line for each of the payer's.
    pub lines: &'a [Option<i16>],
    pub posted: bool,
}

/// Writes claims and their lines.
pub(super) async fn insert_claims(
    tx: &mut Tx,
    remittance: RemittanceId,
    rows: &[ClaimRow<'_>],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let all = || rows.iter();
    let remits = || rows.iter().map(|row| row.remit);
    sql_query(
        "insert into remit_claims (organization_id, remittance_id, id, ordinal, patient_control_number,
            payer_claim_control_number, status_code, charged, paid, patient_responsibility, adjusted, adjustments,
            remarks, first_byte, last_byte, claim_id, match_rule, posted)
         select $1, $2, r.id, r.ordinal, r.number, r.payer_number, r.status, r.charged, r.paid, r.patient,
            r.adjusted, r.adjustments, string_to_array(r.remarks, ' '), r.first_byte, r.last_byte, r.claim, r.rule,
            r.posted
         from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
            as r (id, ordinal, number, payer_number, status, charged, paid, patient, adjusted, adjustments, remarks,
                  first_byte, last_byte, claim, rule, posted)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(remittance)
    .bind::<Array<Uuid>, _>(all().map(|row| row.id).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(remits().map(|r| int(r.ordinal)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Text>, _>(remits().map(|r| r.patient_control_number.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(
        remits().map(|r| r.payer_claim_control_number.as_deref()).collect::<Vec<_>>(),
    )
    .bind::<Array<Text>, _>(remits().map(|r| r.status.code()).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(remits().map(|r| r.charged).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(remits().map(|r| r.paid).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(remits().map(|r| r.patient_responsibility).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(remits().map(|r| to_json(&adjusted(r))).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Jsonb>, _>(remits().map(|r| to_json(&r.adjustments)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Text>, _>(remits().map(|r| joined(&r.remarks)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(remits().map(|r| big(r.bytes.first)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<BigInt>, _>(remits().map(|r| big(r.bytes.last)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Nullable<Uuid>>, _>(all().map(|row| row.claim.map(|(id, _)| id)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(
        all().map(|row| row.claim.map(|(_, rule)| rule.as_str())).collect::<Vec<_>>(),
    )
    .bind::<Array<Bool>, _>(all().map(|row| row.posted).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    insert_lines(tx, rows).await
}

async fn insert_lines(tx: &mut Tx, rows: &[ClaimRow<'_>]) -> Result<()> {
    let lines: Vec<_> = rows
        .iter()
        .flat_map(|row| row.remit.lines.iter().zip(row.lines).map(|(line, ours)| (row.id, line, *ours)))
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let all = || lines.iter();
    sql_query(
        "insert into remit_lines (organization_id, remit_claim_id, line_no, claim_line_no, control_number, procedure,
            modifiers, billed_procedure, service_on, units, charged, paid, allowed, adjustments, remarks, first_byte,
            last_byte)
         select $1, l.claim, l.line_no, l.ours, l.number, l.procedure, string_to_array(l.modifiers, ' '), l.billed,
            l.service_on, l.units, l.charged, l.paid, l.allowed, l.adjustments, string_to_array(l.remarks, ' '),
            l.first_byte, l.last_byte
         from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            as l (claim, line_no, ours, number, procedure, modifiers, billed, service_on, units, charged, paid,
                  allowed, adjustments, remarks, first_byte, last_byte)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(all().map(|(id, _, _)| *id).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(
        all()
            .map(|(_, line, _)| Ok(i16::try_from(line.line_no).map_err(anyhow::Error::from)?))
            .collect::<Result<Vec<_>>>()?,
    )
    .bind::<Array<Nullable<SmallInt>>, _>(all().map(|(_, _, ours)| *ours).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(all().map(|(_, l, _)| l.control_number.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(all().map(|(_, l, _)| l.procedure.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(all().map(|(_, l, _)| l.modifiers.join(" ")).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(
        all().map(|(_, l, _)| l.billed_procedure.as_deref()).collect::<Vec<_>>(),
    )
    .bind::<Array<Nullable<Date>>, _>(all().map(|(_, l, _)| l.service_from).collect::<Vec<_>>())
    .bind::<Array<Nullable<Numeric>>, _>(all().map(|(_, l, _)| l.units).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(all().map(|(_, l, _)| l.charged).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(all().map(|(_, l, _)| l.paid).collect::<Vec<_>>())
    .bind::<Array<Nullable<Numeric>>, _>(all().map(|(_, l, _)| l.allowed).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(all().map(|(_, l, _)| to_json(&l.adjustments)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Text>, _>(all().map(|(_, l, _)| joined(&l.remarks)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(all().map(|(_, l, _)| big(l.bytes.first)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<BigInt>, _>(all().map(|(_, l, _)| big(l.bytes.last)).collect::<Result<Vec<_>>>()?)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Marks decisions as taken back: (the decision, its reversal).
pub(super) async fn mark_reversed(tx: &mut Tx, pairs: &[(RemitClaimId, RemitClaimId)]) -> Result<()> {
    if pairs.is_empty() {
        return Ok(());
    }
    let marked = sql_query(
        "update remit_claims rc set reversed_by = p.reversal
         from unnest($2, $3) as p (original, reversal)
         where rc.organization_id = $1 and rc.id = p.original and rc.reversed_by is null",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(pairs.iter().map(|pair| pair.0).collect::<Vec<_>>())
    .bind::<Array<Uuid>, _>(pairs.iter().map(|pair| pair.1).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    if marked != pairs.len() {
        return Err(anyhow::anyhow!("a decision was reversed by somebody else meanwhile").into());
    }
    Ok(())
}

/// Settles the exceptions of a held set that is looked at again: what is still wrong is opened anew.
pub(super) async fn settle_exceptions(
    tx: &mut Tx,
    remittance: RemittanceId,
    now: DateTime<Utc>,
    resolution: &str,
) -> Result<()> {
    sql_query(
        "update remit_exceptions set resolved_at = $3, resolution = $4
         where organization_id = $1 and remittance_id = $2 and resolved_at is null",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(remittance)
    .bind::<Timestamptz, _>(now)
    .bind::<Text, _>(resolution)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes PLB items.
pub(super) async fn insert_provider_adjustments(
    tx: &mut Tx,
    remittance: RemittanceId,
    items: &[(ProviderAdjustmentId, &ProviderAdjustment)],
) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let all = || items.iter();
    sql_query(
        "insert into provider_adjustments (organization_id, remittance_id, id, ordinal, reason, reference, amount,
            first_byte, last_byte)
         select $1, $2, p.* from unnest($3, $4, $5, $6, $7, $8, $9)
            as p (id, ordinal, reason, reference, amount, first_byte, last_byte)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(remittance)
    .bind::<Array<Uuid>, _>(all().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(all().map(|(_, p)| int(p.ordinal)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Text>, _>(all().map(|(_, p)| p.reason.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(all().map(|(_, p)| p.reference.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(all().map(|(_, p)| p.amount).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(all().map(|(_, p)| big(p.bytes.first)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<BigInt>, _>(all().map(|(_, p)| big(p.bytes.last)).collect::<Result<Vec<_>>>()?)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Codes as one text: an array of arrays cannot be unnested row by row.
fn joined(remarks: &[Rarc]) -> String {
    remarks.iter().map(Rarc::as_str).collect::<Vec<_>>().join(" ")
}

fn to_json(value: &(impl serde::Serialize + ?Sized)) -> Result<Value> {
    Ok(serde_json::to_value(value).map_err(anyhow::Error::from)?)
}

fn int(value: u32) -> Result<i32> {
    Ok(i32::try_from(value).map_err(anyhow::Error::from)?)
}

fn big(value: u64) -> Result<i64> {
    Ok(i64::try_from(value).map_err(anyhow::Error::from)?)
}
