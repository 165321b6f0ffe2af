//! All SQL of claims.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as Fault};
use diesel::sql_query;
use diesel::sql_types as sql;
use diesel::sql_types::{Array, Nullable};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::claims::checked::Checked;
use crate::claims::draft::NewClaim;
use crate::claims::history::HistoryLine;
use crate::claims::lifecycle::{self, Event, Status};
use crate::claims::model::{Claim, PayerSequence, Provider, ServiceLine};
use crate::claims::not_found;
use crate::claims::projection::Projection;
use crate::claims::record::{FilePlace, Happened, NewEvent, Standing};
use crate::db::schema::{claim_events, claim_standings, claims};
use crate::db::{Tx, kept};
use crate::types::{
    AsText, ClaimId, CodeBasisId, CoverageId, EncounterId, Entered, FileId, Money, PatientId, PayerId,
    Refusal, Result, Status as Http,
};

/// Rows of one statement; a claim's lines travel with their claim.
const DOCUMENTS_MAX: usize = 1_000;
/// Stands between the modifiers of one line where a text carries them all: no code contains it.
const SEPARATOR: &str = "\u{1f}";

/// A claim as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClaim {
    /// Its id.
    pub id: ClaimId,
    /// The visit's first claim: the ledger's account.
    pub account_claim: ClaimId,
    /// The visit.
    pub encounter: EncounterId,
    /// The person treated.
    pub patient: PatientId,
    /// Who is asked.
    pub payer: PayerId,
    /// Under which coverage.
    pub coverage: CoverageId,
    /// Where it stands.
    pub status: Status,
    /// The number of its newest event.
    pub events: i32,
    /// The document; every line has its control number. Boxed: a thousand of these are moved about.
    pub claim: Box<Claim>,
    /// What the scrubber said last: a JSON array.
    pub findings: Value,
    /// By which code lists; none before the first check.
    pub checked_with: Option<CodeBasisId>,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
}

/// A claim as it is kept, whose document is not read yet. Reading a thousand is work for a thread that
/// nobody else waits for; and what is read, used and dropped one by one stays in the processor's cache.
pub struct UnreadClaim {
    /// Its id.
    pub id: ClaimId,
    /// The person treated.
    pub patient: PatientId,
    /// Where it stands.
    pub status: Status,
    row: ClaimRow,
}

impl UnreadClaim {
    /// Reads the document.
    ///
    /// # Errors
    /// A row that Firstpass has not written.
    pub fn read(self) -> Result<StoredClaim> {
        let UnreadClaim { id, patient, status, row } = self;
        // Looked through once as a whole, not text by text.
        let document = str::from_utf8(&row.content.0).map_err(anyhow::Error::from)?;
        Ok(StoredClaim {
            id,
            account_claim: row.account_claim_id,
            encounter: row.encounter_id,
            patient,
            payer: row.payer_id,
            coverage: row.coverage_id,
            status,
            events: row.events,
            claim: serde_json::from_str(document).map_err(anyhow::Error::from)?,
            findings: row.findings,
            checked_with: row.checked_with,
            created_at: row.created_at,
        })
    }
}

/// The claims asked for, in that order. One query.
///
/// # Errors
/// `claims/not-found` when one of them is not there or another practice's.
pub async fn load(tx: &mut Tx, ids: &[ClaimId]) -> Result<Vec<StoredClaim>> {
    load_unread(tx, ids).await?.into_iter().map(UnreadClaim::read).collect()
}

/// The same without reading their documents.
///
/// # Errors
/// As [`load`].
pub async fn load_unread(tx: &mut Tx, ids: &[ClaimId]) -> Result<Vec<UnreadClaim>> {
    // One by one by key: see `lock`. They come in the order in which they are asked; sorting them there,
    // to be sure, would copy every document once more than sorting them here.
    let mut rows: Vec<ClaimRow> = kept(
        "select asked.place, c.*, s.* from unnest($1) with ordinality as asked (id, place)
         cross join lateral (
            select id, account_claim_id, encounter_id, patient_id, payer_id, coverage_id, content, created_at
            from claims where organization_id = $2 and id = asked.id offset 0
         ) c
         cross join lateral (
            select status, events, findings, checked_with
            from claim_standings where organization_id = $2 and claim_id = asked.id offset 0
         ) s",
    )
    .bind::<Array<sql::Uuid>, _>(ids)
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .load(tx.conn())
    .await?;
    rows.sort_by_key(|row| row.place);
    let mut rows = rows.into_iter().peekable();
    ids.iter()
        .map(|&id| {
            let row = rows.next_if(|row| row.id == id).ok_or_else(|| not_found(id))?;
            Ok(UnreadClaim { id, patient: row.patient_id, status: row.status.parse()?, row })
        })
        .collect()
}

/// One claim.
///
/// # Errors
/// `claims/not-found` when it is not there or another practice's.
pub async fn get(tx: &mut Tx, id: ClaimId) -> Result<StoredClaim> {
    let mut found = load(tx, &[id]).await?;
    found.pop().ok_or_else(|| not_found(id).into())
}

/// The next claims with a status, oldest first: those after `after`, at most `limit`.
pub async fn ids_with_status(
    tx: &mut Tx,
    status: Status,
    after: Option<ClaimId>,
    limit: i64,
) -> Result<Vec<ClaimId>> {
    let mut query = claim_standings::table
        .filter(claim_standings::status.eq(status.as_str()))
        .order(claim_standings::claim_id)
        .limit(limit)
        .select(claim_standings::claim_id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(claim_standings::claim_id.gt(after));
    }
    Ok(query.load(tx.conn()).await?)
}

/// Rejected claims to which nothing has happened since TA1 or 999 refused what they travelled in,
/// and that for the first time; oldest first, at most `limit`.
pub async fn ids_rejected_with_their_file(tx: &mut Tx, limit: i64) -> Result<Vec<ClaimId>> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql::Uuid)]
        id: ClaimId,
    }
    let rows: Vec<Row> = sql_query(
        "select s.claim_id as id from claim_standings s
         join claim_events e on e.organization_id = s.organization_id and e.claim_id = s.claim_id
         where s.status = $1 and e.event = $2
         group by s.claim_id, s.events having count(*) = 1 and max(e.event_no) = s.events
         order by s.claim_id limit $3",
    )
    .bind::<sql::Text, _>(Status::Rejected.as_str())
    .bind::<sql::Text, _>(Event::FileRejected.as_str())
    .bind::<sql::BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// A visit's original claim to a payer of some place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Original {
    /// Its id.
    pub id: ClaimId,
    /// The visit.
    pub encounter: EncounterId,
    /// The payer's place.
    pub sequence: PayerSequence,
    /// Who is asked.
    pub payer: PayerId,
    /// Where it stands.
    pub status: Status,
    /// The number of its newest event.
    pub events: i32,
}

impl Original {
    /// True as long as [`revise`](crate::claims::revise()) may change it.
    #[must_use]
    pub fn is_revisable(&self) -> bool {
        lifecycle::next(Some(self.status), Event::Revised).is_ok()
    }
}

/// The original claims of visits, at most one for each place of a payer.
pub async fn originals(tx: &mut Tx, visits: &[EncounterId]) -> Result<Vec<Original>> {
    type Row = (ClaimId, EncounterId, String, PayerId, String, i32);
    let rows: Vec<Row> = claims::table
        .inner_join(standing_of_claim())
        .filter(claims::encounter_id.eq_any(visits).and(claims::frequency.eq("1")))
        .order(claims::id)
        .select((
            claims::id,
            claims::encounter_id,
            claims::sequence,
            claims::payer_id,
            claim_standings::status,
            claim_standings::events,
        ))
        .load(tx.conn())
        .await?;
    rows.into_iter()
        .map(|(id, encounter, sequence, payer, status, events)| {
            let sequence = PayerSequence::from_code(&sequence)
                .ok_or_else(|| anyhow::anyhow!("{id} has no place {sequence}"))?;
            Ok(Original { id, encounter, sequence, payer, status: status.parse()?, events })
        })
        .collect()
}

/// What [`claims`] are joined with to know where they stand.
#[diesel::dsl::auto_type(no_type_alias)]
fn standing_of_claim() -> _ {
    claim_standings::table.on(claim_standings::organization_id
        .eq(claims::organization_id)
        .and(claim_standings::claim_id.eq(claims::id)))
}

/// How many claims have a status, and what they charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusCount {
    /// The status.
    pub status: Status,
    /// How many.
    pub claims: i64,
    /// The sum of their charges.
    pub charged: Money,
}

#[derive(diesel::QueryableByName)]
struct EventCount {
    #[diesel(sql_type = sql::BigInt)]
    claims: i64,
    #[diesel(sql_type = sql::Numeric)]
    charged: Money,
}

/// To how many claims an event has happened, however often, and what they charge.
pub async fn count_by_event(tx: &mut Tx, event: Event) -> Result<(i64, Money)> {
    let count: EventCount = sql_query(
        "select count(*) as claims, coalesce(sum(charged), 0) as charged from claims c
         where exists (select from claim_events e where e.organization_id = c.organization_id
                       and e.claim_id = c.id and e.event = $1)",
    )
    .bind::<sql::Text, _>(event.as_str())
    .get_result(tx.conn())
    .await?;
    Ok((count.claims, count.charged))
}

/// Claims by status, in the order of a claim's life; a status that no claim has is left out. The
/// database keeps count as claims move.
pub async fn count_by_status(tx: &mut Tx) -> Result<Vec<StatusCount>> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql::Text)]
        status: String,
        #[diesel(sql_type = sql::BigInt)]
        claims: i64,
        #[diesel(sql_type = sql::Numeric)]
        charged: Money,
    }
    let rows: Vec<Row> = kept(
        "select status, sum(claims)::bigint as claims, sum(charged) as charged from status_totals
         where organization_id = $1 group by status having sum(claims) > 0",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .load(tx.conn())
    .await?;
    let mut counts = vec![];
    for Row { status, claims, charged } in rows {
        counts.push(StatusCount { status: status.parse()?, claims, charged });
    }
    counts.sort_by_key(|count| count.status);
    Ok(counts)
}

/// An event of a claim, as its timeline shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// From 1.
    pub event_no: i32,
    /// What happened.
    pub event: Event,
    /// Where the claim stood afterwards.
    pub status: Status,
    /// The kind of thing that said so.
    pub source_kind: String,
    /// Which one.
    pub source_id: String,
    /// Where it is written.
    pub place: Option<FilePlace>,
    /// Who or what acted, as the audit trail writes it.
    pub actor: String,
    /// Codes, amounts and ids.
    pub detail: Value,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
}

/// Everything that happened to a claim, oldest first.
///
/// # Errors
/// `claims/not-found` when it is not there or another practice's.
pub async fn events(tx: &mut Tx, claim: ClaimId) -> Result<Vec<RecordedEvent>> {
    let rows: Vec<EventRow> = claim_events::table
        .filter(claim_events::claim_id.eq(claim))
        .order(claim_events::event_no)
        .select(EventRow::as_select())
        .load(tx.conn())
        .await?;
    if rows.is_empty() {
        return Err(not_found(claim).into());
    }
    rows.into_iter().map(EventRow::read).collect()
}

/// Locks claims, in the order of their ids, and says where they stand. Whoever locks several
/// claims locks them through this, so no two transactions wait for each other.
pub(super) async fn lock(tx: &mut Tx, sorted: &[ClaimId]) -> Result<BTreeMap<ClaimId, Standing>> {
    #[derive(QueryableByName)]
    struct Locked {
        #[diesel(sql_type = sql::Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = sql::Text)]
        status: String,
        #[diesel(sql_type = sql::Integer)]
        events: i32,
    }
    let mut standings = BTreeMap::new();
    for some in sorted.chunks(DOCUMENTS_MAX) {
        // One by one by key, in the order of the list. The planner takes a practice for a small part of
        // the table, and would read all of it rather than look up a thousand.
        let rows: Vec<Locked> = kept(
            "select s.claim_id, s.status, s.events from unnest($1) as asked (id)
             cross join lateral (
                select claim_id, status, events from claim_standings
                where organization_id = $2 and claim_id = asked.id for update
             ) s",
        )
        .bind::<Array<sql::Uuid>, _>(some)
        .bind::<sql::Uuid, _>(tx.actor().organization)
        .load(tx.conn())
        .await?;
        for row in rows {
            standings.insert(row.claim_id, Standing { status: row.status.parse()?, events: row.events });
        }
    }
    Ok(standings)
}

/// The places, in `happened`, of what the same source has said before.
pub(super) async fn already_recorded(tx: &mut Tx, happened: &[Happened]) -> Result<HashSet<usize>> {
    #[derive(QueryableByName)]
    struct Known {
        #[diesel(sql_type = sql::BigInt)]
        place: i64,
    }
    let mut places = HashSet::new();
    for (chunk, some) in happened.chunks(DOCUMENTS_MAX).enumerate() {
        let known: Vec<Known> = kept(
            "select h.place - 1 as place
             from unnest($1, $2, $3, $4) with ordinality as h (claim_id, source_kind, source_id, event, place)
             cross join lateral (
                select from claim_events e where e.organization_id = $5 and e.claim_id = h.claim_id
                    and e.source_kind = h.source_kind and e.source_id = h.source_id and e.event = h.event
                offset 0
             ) said",
        )
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|one| one.claim).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(some.iter().map(|one| one.source.kind).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(some.iter().map(|one| one.source.id.as_str()).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(some.iter().map(|one| one.event.as_str()).collect::<Vec<_>>())
        .bind::<sql::Uuid, _>(tx.actor().organization)
        .load(tx.conn())
        .await?;
        for Known { place } in known {
            let place = usize::try_from(place).map_err(anyhow::Error::from)?;
            places.insert(chunk * DOCUMENTS_MAX + place);
        }
    }
    Ok(places)
}

pub(super) async fn insert_events(tx: &mut Tx, now: DateTime<Utc>, new: &[NewEvent<'_>]) -> Result<()> {
    let actor = tx.actor().who.to_string();
    for some in new.chunks(DOCUMENTS_MAX) {
        let each = |what: fn(&NewEvent<'_>) -> Option<i64>| some.iter().map(what).collect::<Vec<_>>();
        let first_byte = each(|one| one.source.place?.bytes.and_then(|(first, _)| i64::try_from(first).ok()));
        let last_byte = each(|one| one.source.place?.bytes.and_then(|(_, last)| i64::try_from(last).ok()));
        let files: Vec<Option<FileId>> =
            some.iter().map(|one| one.source.place.map(|place| place.file)).collect();
        kept(
            "insert into claim_events (organization_id, claim_id, event_no, event, status, source_kind,
                source_id, file_id, first_byte, last_byte, detail, actor, occurred_at)
             select $1, e.claim_id, e.event_no, e.event, e.status, e.source_kind,
                e.source_id, e.file_id, e.first_byte, e.last_byte, e.detail::jsonb, $2, $3
             from unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                as e (claim_id, event_no, event, status, source_kind, source_id, file_id, first_byte,
                    last_byte, detail)",
        )
        .bind::<sql::Uuid, _>(tx.actor().organization)
        .bind::<sql::Text, _>(&actor)
        .bind::<sql::Timestamptz, _>(now)
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|one| one.claim).collect::<Vec<_>>())
        .bind::<Array<sql::Integer>, _>(some.iter().map(|one| one.event_no).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(some.iter().map(|one| one.event.as_str()).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(some.iter().map(|one| one.status.as_str()).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(some.iter().map(|one| one.source.kind).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(some.iter().map(|one| one.source.id.as_str()).collect::<Vec<_>>())
        .bind::<Array<Nullable<sql::Uuid>>, _>(files)
        .bind::<Array<Nullable<sql::BigInt>>, _>(first_byte)
        .bind::<Array<Nullable<sql::BigInt>>, _>(last_byte)
        .bind::<Array<sql::Text>, _>(some.iter().map(|one| one.detail.to_string()).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// Where checked claims stand, and what was found in them: one version of a row for both. A claim whose
/// newest event is another one than `step` events before is left as it is; the others are given back.
pub(super) async fn save_checked(
    tx: &mut Tx,
    checked_with: CodeBasisId,
    checked: &BTreeMap<ClaimId, (&Checked, Standing)>,
    step: i32,
) -> Result<HashSet<ClaimId>> {
    #[derive(QueryableByName)]
    struct Saved {
        #[diesel(sql_type = sql::Uuid)]
        claim_id: ClaimId,
    }
    let mut all = HashSet::with_capacity(checked.len());
    let checked: Vec<_> = checked.values().collect();
    for some in checked.chunks(DOCUMENTS_MAX) {
        // By key, as `lock` does: an update would be planned as a join.
        let saved: Vec<Saved> = kept(
            "insert into claim_standings as s (organization_id, claim_id, status, events, findings, checked_with)
             select $5, new.claim_id, new.status, new.events, new.findings::json, $6
             from unnest($1, $2, $3, $4) as new (claim_id, status, events, findings)
             on conflict (organization_id, claim_id) do update set status = excluded.status,
                events = excluded.events, findings = excluded.findings, checked_with = excluded.checked_with
             where s.events = excluded.events - $7
             returning claim_id",
        )
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|(one, _)| one.claim).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(some.iter().map(|(_, now)| now.status.as_str()).collect::<Vec<_>>())
        .bind::<Array<sql::Integer>, _>(some.iter().map(|(_, now)| now.events).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(some.iter().map(|(one, _)| one.findings.as_str()).collect::<Vec<_>>())
        .bind::<sql::Uuid, _>(tx.actor().organization)
        .bind::<sql::Uuid, _>(checked_with)
        .bind::<sql::Integer, _>(step)
        .load(tx.conn())
        .await
        .map_err(no_claim_of_ours)?;
        all.extend(saved.into_iter().map(|row| row.claim_id));
    }
    Ok(all)
}

pub(super) async fn set_standings(tx: &mut Tx, moved: &[(ClaimId, Standing)]) -> Result<()> {
    for some in moved.chunks(DOCUMENTS_MAX) {
        kept(
            "insert into claim_standings (organization_id, claim_id, status, events)
             select $4, new.claim_id, new.status, new.events
             from unnest($1, $2, $3) as new (claim_id, status, events)
             on conflict (organization_id, claim_id) do update set status = excluded.status,
                events = excluded.events",
        )
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|(claim, _)| *claim).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(some.iter().map(|(_, now)| now.status.as_str()).collect::<Vec<_>>())
        .bind::<Array<sql::Integer>, _>(some.iter().map(|(_, now)| now.events).collect::<Vec<_>>())
        .bind::<sql::Uuid, _>(tx.actor().organization)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// A document leaves out what it does not say: that is two fifths of it.
pub(super) async fn insert_claims(tx: &mut Tx, new: &[NewClaim]) -> Result<()> {
    for some in new.chunks(DOCUMENTS_MAX) {
        let dates: Vec<_> = some.iter().map(|one| one.claim.service_dates()).collect();
        kept(
            "with standings as (
                insert into claim_standings (organization_id, claim_id, status, events, charged)
                select $1, id, $2, 1, charged from unnest($3, $11) as c (id, charged))
             insert into claims (organization_id, id, account_claim_id, encounter_id, patient_id, payer_id,
                coverage_id, sequence, frequency, charged, service_from, service_thru, content, services)
             select $1, c.id, c.account_claim_id, c.encounter_id, c.patient_id, c.payer_id,
                c.coverage_id, c.sequence, c.frequency, c.charged, c.service_from, c.service_thru,
                json_strip_nulls(c.content::json), c.services::json
             from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                as c (id, account_claim_id, encounter_id, patient_id, payer_id, coverage_id, sequence,
                    frequency, charged, service_from, service_thru, content, services)",
        )
        .bind::<sql::Uuid, _>(tx.actor().organization)
        .bind::<sql::Text, _>(Status::Draft.as_str())
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|one| one.claim.id).collect::<Vec<_>>())
        .bind::<Array<sql::Uuid>, _>(
            some.iter().map(|one| one.account_claim.unwrap_or(one.claim.id)).collect::<Vec<_>>(),
        )
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|one| one.encounter).collect::<Vec<_>>())
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|one| one.patient).collect::<Vec<_>>())
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|one| one.payer).collect::<Vec<_>>())
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|one| one.coverage).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(
            some.iter().map(|one| one.claim.sequence.code().to_string()).collect::<Vec<_>>(),
        )
        .bind::<Array<sql::Text>, _>(
            some.iter().map(|one| one.claim.frequency.code().to_string()).collect::<Vec<_>>(),
        )
        .bind::<Array<sql::Numeric>, _>(some.iter().map(|one| one.claim.charged).collect::<Vec<_>>())
        .bind::<Array<Nullable<sql::Date>>, _>(
            dates.iter().map(|days| Some(days.as_ref()?.0)).collect::<Vec<_>>(),
        )
        .bind::<Array<Nullable<sql::Date>>, _>(
            dates.iter().map(|days| Some(days.as_ref()?.1)).collect::<Vec<_>>(),
        )
        .bind::<Array<sql::Text>, _>(
            some.iter().map(|one| json_text(&one.claim)).collect::<Result<Vec<_>>>()?,
        )
        .bind::<Array<sql::Text>, _>(some.iter().map(|one| services(&one.claim)).collect::<Result<Vec<_>>>()?)
        .execute(tx.conn())
        .await
        .map_err(already_drafted)?;
        let lines = some.iter().flat_map(|one| lines_of(&one.claim)).collect();
        insert_lines(tx, lines).await?;
    }
    Ok(())
}

/// The content, charge, dates and lines of a claim whose row is locked.
pub(super) async fn replace_content(tx: &mut Tx, claim: &Claim) -> Result<()> {
    let dates = claim.service_dates();
    kept(
        "with gone as (delete from claim_lines where organization_id = $1 and claim_id = $2)
         update claims set charged = $3, service_from = $4, service_thru = $5,
            content = json_strip_nulls($6::json),
            services = $7::json
         where organization_id = $1 and id = $2",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<sql::Uuid, _>(claim.id)
    .bind::<sql::Numeric, _>(claim.charged)
    .bind::<Nullable<sql::Date>, _>(dates.map(|(from, _)| from))
    .bind::<Nullable<sql::Date>, _>(dates.map(|(_, thru)| thru))
    .bind::<sql::Text, _>(json_text(claim)?)
    .bind::<sql::Text, _>(services(claim)?)
    .execute(tx.conn())
    .await?;
    insert_lines(tx, lines_of(claim).collect()).await
}

async fn insert_lines(tx: &mut Tx, lines: Vec<OwnLine<'_>>) -> Result<()> {
    kept(
        "insert into claim_lines (organization_id, claim_id, line_no, control_number, procedure, modifiers,
            units, charged, from_on, thru_on)
         select $1, l.claim_id, l.line_no, l.control_number, l.procedure, string_to_array(l.modifiers, $2),
            l.units, l.charged, l.from_on, l.thru_on
         from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11)
            as l (claim_id, line_no, control_number, procedure, modifiers, units, charged, from_on, thru_on)",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<sql::Text, _>(SEPARATOR)
    .bind::<Array<sql::Uuid>, _>(lines.iter().map(|it| it.claim).collect::<Vec<_>>())
    .bind::<Array<sql::SmallInt>, _>(lines.iter().map(|it| it.line_no).collect::<Vec<_>>())
    // Every line has one: `number_lines` ran before.
    .bind::<Array<Nullable<sql::Text>>, _>(
        lines.iter().map(|it| it.line.control_number.as_deref()).collect::<Vec<_>>(),
    )
    .bind::<Array<sql::Text>, _>(lines.iter().map(|it| it.line.procedure.text()).collect::<Vec<_>>())
    .bind::<Array<sql::Text>, _>(lines.iter().map(|it| joined(&it.line.modifiers)).collect::<Vec<_>>())
    .bind::<Array<sql::Numeric>, _>(lines.iter().map(|it| it.line.units).collect::<Vec<_>>())
    .bind::<Array<sql::Numeric>, _>(lines.iter().map(|it| it.line.charged).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql::Date>>, _>(lines.iter().map(|it| it.line.from).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql::Date>>, _>(lines.iter().map(|it| it.line.thru).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A line with what its claim says for it.
struct OwnLine<'c> {
    claim: ClaimId,
    line_no: i16,
    line: &'c ServiceLine,
    /// The line's rendering provider, else the claim's, else who bills.
    rendering: Option<&'c str>,
    billing: Option<&'c str>,
}

fn npi_of(provider: Option<&Provider>) -> Option<&str> {
    Some(provider?.npi.as_ref()?.text())
}

fn lines_of(claim: &Claim) -> impl Iterator<Item = OwnLine<'_>> {
    let billing = claim.billing.npi.as_ref().map(Entered::text);
    let of_claim = npi_of(claim.rendering.as_ref()).or(billing);
    (1..).zip(&claim.lines).map(move |(line_no, line)| {
        let rendering = npi_of(line.rendering.as_deref()).or(of_claim);
        OwnLine { claim: claim.id, line_no, line, rendering, billing }
    })
}

fn joined<T: AsText>(codes: &[Entered<T>]) -> String {
    codes.iter().map(Entered::text).collect::<Vec<_>>().join(SEPARATOR)
}

fn json_text(document: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(document).map_err(anyhow::Error::from)?)
}

/// `claims.services`: the lines as history reads them.
fn services(claim: &Claim) -> Result<String> {
    let services: Vec<Service<'_>> = lines_of(claim)
        .map(|OwnLine { line, rendering, billing, .. }| {
            Service(
                line.procedure.text().into(),
                line.modifiers.iter().map(|code| code.text().into()).collect(),
                line.units,
                line.charged,
                line.from,
                line.thru,
                rendering.map(Cow::from),
                billing.map(Cow::from),
            )
        })
        .collect();
    json_text(&services)
}

/// One line of `claims.services`: procedure, modifiers, units, charge, first and last day, rendering
/// and billing provider.
#[derive(Serialize, Deserialize)]
struct Service<'a>(
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Vec<Cow<'a, str>>,
    Decimal,
    Money,
    Option<NaiveDate>,
    Option<NaiveDate>,
    #[serde(borrow)] Option<Cow<'a, str>>,
    #[serde(borrow)] Option<Cow<'a, str>>,
);

/// A row that is not there is not updated but inserted, and refers to a claim that the practice has not. Which
/// one, the server tells nobody whose rows are secured.
fn no_claim_of_ours(fault: Fault) -> crate::types::Error {
    match fault {
        Fault::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, info)
            if info.constraint_name() == Some("claim_standings_organization_id_claim_id_fkey") =>
        {
            let what = "one of the claims that were checked is not there";
            Refusal::new("claims/not-found", Http::NotFound, what, "Check the ids").into()
        }
        other => other.into(),
    }
}

fn already_drafted(fault: Fault) -> crate::types::Error {
    match fault {
        Fault::DatabaseError(DatabaseErrorKind::UniqueViolation, info)
            if info.constraint_name() == Some("claims_one_original_a_payer") =>
        {
            Refusal::new(
                "claims/already-drafted",
                Http::Conflict,
                "the visit has an original claim to a payer of that place already",
                "Work that claim, or replace it once the payer has decided",
            )
            .into()
        }
        other => other.into(),
    }
}

pub(super) async fn history(
    tx: &mut Tx,
    patients: &HashMap<PatientId, Option<ClaimId>>,
    since: NaiveDate,
) -> Result<HashMap<PatientId, Vec<HistoryLine>>> {
    // In the order of the index that finds them.
    let mut treated: Vec<(PatientId, Option<ClaimId>)> =
        patients.iter().map(|(patient, own)| (*patient, *own)).collect();
    treated.sort_unstable();
    // Patient by patient, claim by claim: `offset 0` keeps the planner from joining the other way
    // round. It would, where statistics are older than the practice: then every index that begins
    // with the practice looks alike, and each claim is joined by reading all of them.
    let rows: Vec<HistoryRow> = kept(
        "select c.*, s.status from unnest($1, $4) as treated (id, own)
         cross join lateral (
            select patient_id, encounter_id, id, account_claim_id, services from claims
            where organization_id = $3 and patient_id = treated.id and service_thru >= $2
                and frequency <> '8' and id is distinct from treated.own
                and (id = account_claim_id or sequence = (select sequence from claims first
                    where first.organization_id = $3 and first.encounter_id = claims.encounter_id
                        and first.id = claims.account_claim_id))
            offset 0
         ) c
         cross join lateral (
            select status from claim_standings where organization_id = $3 and claim_id = c.id offset 0
         ) s
         where s.status not in ('voided', 'replaced')",
    )
    .bind::<Array<sql::Uuid>, _>(treated.iter().map(|(patient, _)| *patient).collect::<Vec<_>>())
    .bind::<sql::Date, _>(since)
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<Array<Nullable<sql::Uuid>>, _>(treated.iter().map(|(_, own)| *own).collect::<Vec<_>>())
    .load(tx.conn())
    .await?;
    let mut history: HashMap<PatientId, Vec<HistoryLine>> = HashMap::with_capacity(patients.len());
    for row in rows {
        row.read(history.entry(row.patient_id).or_default())?;
    }
    for lines in history.values_mut() {
        lines.sort_unstable_by_key(|line| (line.from.is_none(), line.from, line.claim, line.line_no));
    }
    Ok(history)
}

/// The next claims after one, with their events, for the proof.
pub(super) async fn projections(tx: &mut Tx, after: Option<ClaimId>) -> Result<Vec<Projection>> {
    let rows: Vec<ProjectionRow> = sql_query(
        "select c.claim_id as id, c.status, c.events, e.numbers, e.events as recorded, e.statuses
         from (
            select * from claim_standings where $1 is null or claim_id > $1 order by claim_id limit $2
         ) c
         cross join lateral (
            select coalesce(array_agg(event_no order by event_no), '{}') as numbers,
                coalesce(array_agg(event order by event_no), '{}') as events,
                coalesce(array_agg(status order by event_no), '{}') as statuses
            from claim_events where organization_id = c.organization_id and claim_id = c.claim_id
         ) e
         order by c.claim_id",
    )
    .bind::<Nullable<sql::Uuid>, _>(after)
    .bind::<sql::BigInt, _>(1_000_i64)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(ProjectionRow::read).collect())
}

/// A `json` as it is kept, unread.
#[derive(Debug, FromSqlRow, AsExpression)]
#[diesel(sql_type = sql::Json)]
struct Unread(Vec<u8>);

impl FromSql<sql::Json, Pg> for Unread {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Unread> {
        Ok(Unread(value.as_bytes().to_vec()))
    }
}

#[derive(QueryableByName)]
struct ClaimRow {
    #[diesel(sql_type = sql::BigInt)]
    place: i64,
    #[diesel(sql_type = sql::Uuid)]
    id: ClaimId,
    #[diesel(sql_type = sql::Uuid)]
    account_claim_id: ClaimId,
    #[diesel(sql_type = sql::Uuid)]
    encounter_id: EncounterId,
    #[diesel(sql_type = sql::Uuid)]
    patient_id: PatientId,
    #[diesel(sql_type = sql::Uuid)]
    payer_id: PayerId,
    #[diesel(sql_type = sql::Uuid)]
    coverage_id: CoverageId,
    #[diesel(sql_type = sql::Text)]
    status: String,
    #[diesel(sql_type = sql::Integer)]
    events: i32,
    #[diesel(sql_type = sql::Json)]
    content: Unread,
    #[diesel(sql_type = sql::Json)]
    findings: Value,
    #[diesel(sql_type = Nullable<sql::Uuid>)]
    checked_with: Option<CodeBasisId>,
    #[diesel(sql_type = sql::Timestamptz)]
    created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = claim_events, check_for_backend(Pg))]
struct EventRow {
    event_no: i32,
    event: String,
    status: String,
    source_kind: String,
    source_id: String,
    file_id: Option<FileId>,
    first_byte: Option<i64>,
    last_byte: Option<i64>,
    actor: String,
    detail: Value,
    occurred_at: DateTime<Utc>,
}

impl EventRow {
    fn read(self) -> Result<RecordedEvent> {
        let byte = |offset: i64| u64::try_from(offset).map_err(anyhow::Error::from);
        let bytes = match (self.first_byte, self.last_byte) {
            (Some(first), Some(last)) => Some((byte(first)?, byte(last)?)),
            _ => None,
        };
        Ok(RecordedEvent {
            event_no: self.event_no,
            event: self.event.parse()?,
            status: self.status.parse()?,
            source_kind: self.source_kind,
            source_id: self.source_id,
            place: self.file_id.map(|file| FilePlace { file, bytes }),
            actor: self.actor,
            detail: self.detail,
            occurred_at: self.occurred_at,
        })
    }
}

#[derive(QueryableByName)]
struct HistoryRow {
    #[diesel(sql_type = sql::Uuid)]
    patient_id: PatientId,
    #[diesel(sql_type = sql::Uuid)]
    encounter_id: EncounterId,
    #[diesel(sql_type = sql::Uuid)]
    id: ClaimId,
    #[diesel(sql_type = sql::Uuid)]
    account_claim_id: ClaimId,
    #[diesel(sql_type = sql::Text)]
    status: String,
    #[diesel(sql_type = sql::Json)]
    services: Unread,
}

impl HistoryRow {
    fn read(&self, into: &mut Vec<HistoryLine>) -> Result<()> {
        let status = self.status.parse()?;
        let services = str::from_utf8(&self.services.0).map_err(anyhow::Error::from)?;
        let services: Vec<Service<'_>> = serde_json::from_str(services).map_err(anyhow::Error::from)?;
        for (line_no, service) in (1..).zip(services) {
            let Service(procedure, modifiers, units, charged, from, thru, rendering, billing) = service;
            into.push(HistoryLine {
                patient: self.patient_id,
                encounter: self.encounter_id,
                claim: self.id,
                account_claim: self.account_claim_id,
                status,
                line_no,
                procedure: (&*procedure).into(),
                modifiers: modifiers.iter().map(|code| (&**code).into()).collect(),
                units: units.normalize(),
                charged,
                from,
                thru,
                rendering: rendering.as_deref().map(Entered::from),
                billing: billing.as_deref().map(Entered::from),
            });
        }
        Ok(())
    }
}

#[derive(QueryableByName)]
struct ProjectionRow {
    #[diesel(sql_type = sql::Uuid)]
    id: ClaimId,
    #[diesel(sql_type = sql::Text)]
    status: String,
    #[diesel(sql_type = sql::Integer)]
    events: i32,
    #[diesel(sql_type = Array<sql::Integer>)]
    numbers: Vec<i32>,
    #[diesel(sql_type = Array<sql::Text>)]
    recorded: Vec<String>,
    #[diesel(sql_type = Array<sql::Text>)]
    statuses: Vec<String>,
}

impl ProjectionRow {
    fn read(self) -> Projection {
        let recorded = self.numbers.into_iter().zip(self.recorded).zip(self.statuses);
        Projection {
            claim: self.id,
            status: self.status,
            events: self.events,
            recorded: recorded.map(|((event_no, event), status)| (event_no, event, status)).collect(),
        }
    }
}
