//! SQL of submissions and batches.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types as st;
use diesel_async::RunQueryDsl;
use serde_json::json;

use crate::claims::{self, Event, Happened, Source};
use crate::db::schema::{batches as b, payers as p, submissions as s};
use crate::db::{Tx, kept, kept_once};
use crate::scrub::ScrubbedClaim;
use crate::types::{
    BatchId, Bytes, ClaimId, ControlNumber, FileId, Money, PayerId, Refusal, Result, Status, SubmissionId,
};

use super::control;

/// One sending of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Its id.
    pub id: SubmissionId,
    /// The claim that is sent.
    pub claim: ClaimId,
    /// CLM01.
    pub control_number: ControlNumber,
}

/// Gives each claim a control number and records that it waits for its batch. `prefix` begins the
/// practice's claim numbers.
///
/// # Errors
/// `submissions/not-ready` when a claim is not ready: somebody queued or changed it meanwhile.
pub async fn queue(
    tx: &mut Tx,
    now: DateTime<Utc>,
    prefix: &str,
    ready: &[ScrubbedClaim<'_>],
) -> Result<Vec<Submission>> {
    let mut queued = Vec::with_capacity(ready.len());
    for some in ready.chunks(1_000) {
        let known = unsent(tx, some).await?;
        let fresh: Vec<ClaimId> = some
            .iter()
            .map(|one| one.claim().id)
            .filter(|claim| !known.iter().any(|k| k.claim == *claim))
            .collect();
        let count = u32::try_from(fresh.len()).expect("a thousand at most");
        let numbers = if count == 0 { 0..0 } else { control::numbers(tx, "claim", count).await? };
        let mut new: Vec<Submission> = fresh
            .into_iter()
            .zip(numbers)
            .map(|(claim, number)| {
                let control_number = ControlNumber::issue(prefix, number).map_err(anyhow::Error::from)?;
                Ok(Submission { id: SubmissionId::new(), claim, control_number })
            })
            .collect::<Result<_>>()?;
        kept(
            "insert into submissions (organization_id, id, claim_id, control_number)
             select $1, * from unnest($2, $3, $4)",
        )
        .bind::<st::Uuid, _>(tx.actor().organization)
        .bind::<st::Array<st::Uuid>, _>(new.iter().map(|n| n.id).collect::<Vec<_>>())
        .bind::<st::Array<st::Uuid>, _>(new.iter().map(|n| n.claim).collect::<Vec<_>>())
        .bind::<st::Array<st::Text>, _>(new.iter().map(|n| n.control_number.as_str()).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
        let requeued = known.len();
        new.extend(known);
        let events: Vec<Happened> = new
            .iter()
            .enumerate()
            .map(|(at, n)| Happened {
                claim: n.claim,
                event: Event::Queued,
                // A number that is queued again says so at another moment.
                source: if at < new.len() - requeued {
                    Source::new("submission", n.id)
                } else {
                    Source::new("submission_again", format!("{}@{}", n.id, now.timestamp_micros()))
                },
                detail: json!({ "control_number": n.control_number }),
            })
            .collect();
        for outcome in claims::record(tx, now, &events).await? {
            if let claims::Outcome::Impossible(why) = outcome {
                return Err(Refusal::new(
                    "submissions/not-ready",
                    Status::Conflict,
                    why.to_string(),
                    "Look at the claim again: it has changed meanwhile",
                )
                .into());
            }
        }
        queued.extend(new);
    }
    Ok(queued)
}

/// The numbers that these claims were given before and that never left.
async fn unsent(tx: &mut Tx, claims: &[ScrubbedClaim<'_>]) -> Result<Vec<Submission>> {
    let ids: Vec<ClaimId> = claims.iter().map(|scrubbed| scrubbed.claim().id).collect();
    let rows: Vec<(SubmissionId, ClaimId, String)> = s::table
        .filter(s::batch_id.is_null().and(s::claim_id.eq_any(ids)))
        .order(s::id)
        .select((s::id, s::claim_id, s::control_number))
        .load(tx.conn())
        .await?;
    rows.into_iter().map(from_submission).collect()
}

fn from_submission((id, claim, number): (SubmissionId, ClaimId, String)) -> Result<Submission> {
    let control_number = ControlNumber::parse(&number).map_err(anyhow::Error::from)?;
    Ok(Submission { id, claim, control_number })
}

/// The number (CLM01) under which a claim was last sent, as a term of SQL: `claim` is a column with the
/// claim's id, `$1` the organization. Null: it never was.
#[must_use]
pub fn newest_number_sql(claim: &str) -> String {
    // By no short name: it would hide one of the statement around it.
    format!(
        "(select sent.control_number from submissions sent
            where sent.organization_id = $1 and sent.claim_id = {claim} order by sent.id desc limit 1)"
    )
}

/// The number (CLM01) under which a claim was last sent, if it was.
pub async fn newest_number(tx: &mut Tx, claim: ClaimId) -> Result<Option<String>> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = st::Nullable<st::Text>)]
        number: Option<String>,
    }
    let row: Row = kept_once!(format!("select {} as number", newest_number_sql("$2")))
        .bind::<st::Uuid, _>(tx.actor().organization)
        .bind::<st::Uuid, _>(claim)
        .get_result(tx.conn())
        .await?;
    Ok(row.number)
}

/// The status of a claim that waits for its batch. One that was held again keeps its number, and
/// does not wait while it is mended.
const QUEUED: &str = claims::Status::Queued.as_str();

/// The submissions that wait for a batch to this payer, oldest first.
pub async fn waiting(tx: &mut Tx, payer: PayerId, limit: i64) -> Result<Vec<Submission>> {
    // `offset 0` keeps the planner from joining the other way round: see `claims::history`.
    let rows: Vec<WaitingRow> = diesel::sql_query(
        "select s.id, s.claim_id, s.control_number from submissions s
         cross join lateral (
            select from claims where organization_id = $1 and id = s.claim_id and payer_id = $2 offset 0
         ) c
         cross join lateral (
            select from claim_standings where organization_id = $1 and claim_id = s.claim_id and status = $3
            offset 0
         ) standing
         where s.organization_id = $1 and s.batch_id is null order by s.id limit $4",
    )
    .bind::<st::Uuid, _>(tx.actor().organization)
    .bind::<st::Uuid, _>(payer)
    .bind::<st::Text, _>(QUEUED)
    .bind::<st::BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(|row| from_submission((row.id, row.claim_id, row.control_number))).collect()
}

#[derive(diesel::QueryableByName)]
struct WaitingRow {
    #[diesel(sql_type = st::Uuid)]
    id: SubmissionId,
    #[diesel(sql_type = st::Uuid)]
    claim_id: ClaimId,
    #[diesel(sql_type = st::Text)]
    control_number: String,
}

/// The payers for whom submissions wait.
pub async fn waiting_payers(tx: &mut Tx) -> Result<Vec<PayerId>> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = st::Uuid)]
        payer_id: PayerId,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "select distinct c.payer_id from submissions s
         cross join lateral (
            select payer_id from claims where organization_id = $1 and id = s.claim_id offset 0
         ) c
         cross join lateral (
            select from claim_standings where organization_id = $1 and claim_id = s.claim_id and status = $2
            offset 0
         ) standing
         where s.organization_id = $1 and s.batch_id is null order by c.payer_id",
    )
    .bind::<st::Uuid, _>(tx.actor().organization)
    .bind::<st::Text, _>(QUEUED)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| row.payer_id).collect())
}

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchState {
    /// Kept, not yet handed over.
    Built,
    /// Handed over; no answer yet.
    Sent,
    /// 999: all sets accepted.
    Accepted,
    /// 999: some sets accepted.
    PartlyAccepted,
    /// TA1 or 999: nothing accepted.
    Rejected,
}

impl BatchState {
    const WORDS: [(BatchState, &str); 5] = [
        (BatchState::Built, "built"),
        (BatchState::Sent, "sent"),
        (BatchState::Accepted, "accepted"),
        (BatchState::PartlyAccepted, "partly_accepted"),
        (BatchState::Rejected, "rejected"),
    ];

    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(state, _)| *state == self).map_or("", |(_, word)| word)
    }
}
impl fmt::Display for BatchState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl FromStr for BatchState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> anyhow::Result<BatchState> {
        Self::WORDS
            .iter()
            .find(|(_, word)| *word == text)
            .map(|(state, _)| *state)
            .ok_or_else(|| anyhow::anyhow!("no batch state {text}"))
    }
}

/// A batch to be kept.
#[derive(Clone, Debug)]
pub struct NewBatch {
    /// To whom.
    pub payer: PayerId,
    /// The 837 that was kept.
    pub file: FileId,
    /// ISA13, nine digits.
    pub interchange_control_number: String,
    /// GS06.
    pub group_control_number: String,
    /// BHT03.
    pub transaction_reference: String,
    /// CLM02, summed.
    pub charged: Money,
    /// Its submissions, where they stand in the file.
    pub submissions: Vec<Placed>,
}

/// A submission's place in its batch's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The submission.
    pub submission: SubmissionId,
    /// ST02 of its set.
    pub set_control_number: String,
    /// Its first and last byte, from 0.
    pub bytes: (u64, u64),
}

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// To whom.
    pub payer: PayerId,
    /// The 837.
    pub file: FileId,
    /// ISA13.
    pub interchange_control_number: String,
    /// BHT03.
    pub transaction_reference: String,
    /// How many claims.
    pub claims: i32,
    /// CLM02, summed.
    pub charged: Money,
    /// Where it stands.
    pub state: BatchState,
}

type Row = (BatchId, PayerId, FileId, String, String, i32, Money, String);
type Columns = (
    b::id,
    b::payer_id,
    b::file_id,
    b::interchange_control_number,
    b::transaction_reference,
    b::claims,
    b::charged,
    b::state,
);
const COLUMNS: Columns = (
    b::id,
    b::payer_id,
    b::file_id,
    b::interchange_control_number,
    b::transaction_reference,
    b::claims,
    b::charged,
    b::state,
);

fn from_row(row: Row) -> anyhow::Result<Batch> {
    let (id, payer, file, interchange_control_number, transaction_reference, claims, charged, state) = row;
    let state = state.parse()?;
    Ok(Batch { id, payer, file, interchange_control_number, transaction_reference, claims, charged, state })
}

/// Keeps a batch and puts its submissions in it.
///
/// # Errors
/// `submissions/already-batched` when one of them is in another batch.
pub async fn place(tx: &mut Tx, new: &NewBatch) -> Result<BatchId> {
    let id = BatchId::new();
    let count = i32::try_from(new.submissions.len()).map_err(anyhow::Error::from)?;
    diesel::insert_into(b::table)
        .values((
            b::organization_id.eq(tx.actor().organization),
            b::id.eq(id),
            b::payer_id.eq(new.payer),
            b::file_id.eq(new.file),
            b::interchange_control_number.eq(&new.interchange_control_number),
            b::group_control_number.eq(&new.group_control_number),
            b::transaction_reference.eq(&new.transaction_reference),
            b::claims.eq(count),
            b::charged.eq(new.charged),
            b::state.eq(BatchState::Built.as_str()),
        ))
        .execute(tx.conn())
        .await?;
    let byte = |at: u64| i64::try_from(at).expect("a file has fewer than 2^63 bytes");
    let placed = kept(
        "update submissions s set batch_id = $1, set_control_number = p.set_no, first_byte = p.first, last_byte = p.last
         from unnest($2, $3, $4, $5) as p(id, set_no, first, last)
         where s.id = p.id and s.batch_id is null",
    )
    .bind::<st::Uuid, _>(id)
    .bind::<st::Array<st::Uuid>, _>(new.submissions.iter().map(|p| p.submission).collect::<Vec<_>>())
    .bind::<st::Array<st::Text>, _>(new.submissions.iter().map(|p| &p.set_control_number).collect::<Vec<_>>())
    .bind::<st::Array<st::BigInt>, _>(new.submissions.iter().map(|p| byte(p.bytes.0)).collect::<Vec<_>>())
    .bind::<st::Array<st::BigInt>, _>(new.submissions.iter().map(|p| byte(p.bytes.1)).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    if placed != new.submissions.len() {
        return Err(Refusal::new(
            "submissions/already-batched",
            Status::Conflict,
            "a claim of this batch is in another batch already",
            "Build the batch again",
        )
        .into());
    }
    Ok(id)
}

/// A batch by its id.
pub async fn batch(tx: &mut Tx, id: BatchId) -> Result<Option<Batch>> {
    let row: Option<Row> = b::table.filter(b::id.eq(id)).select(COLUMNS).first(tx.conn()).await.optional()?;
    Ok(row.map(from_row).transpose()?)
}

/// How an answer names a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKey<'a> {
    /// TA101: our ISA13, answered by the payer with this identifier.
    Interchange(&'a str),
    /// AK102: our GS06.
    Group(&'a str),
}

/// The batch to a payer that goes, itself or by its clearinghouse, by one of these identifiers. Control numbers count up for each
/// receiver, so without the answering payer they name nothing.
pub async fn find_batch(tx: &mut Tx, key: BatchKey<'_>, payers: &[&str]) -> Result<Option<Batch>> {
    let of_payers = b::table
        .inner_join(p::table.on(p::organization_id.eq(b::organization_id).and(p::id.eq(b::payer_id))))
        .filter(
            p::identifier
                .eq_any(payers)
                .or(p::interchange_id.assume_not_null().eq_any(payers))
                .or(p::application_code.assume_not_null().eq_any(payers)),
        )
        .select(COLUMNS)
        .into_boxed();
    let named = match key {
        BatchKey::Interchange(number) => of_payers.filter(b::interchange_control_number.eq(number)),
        BatchKey::Group(number) => of_payers.filter(b::group_control_number.eq(number)),
    };
    let row: Option<Row> = named.first(tx.conn()).await.optional()?;
    Ok(row.map(from_row).transpose()?)
}

/// The batch whose BHT03 this is, and ST02 of the set when it is the reference of one set of several.
pub async fn find_batch_by_reference(tx: &mut Tx, reference: &str) -> Result<Option<(Batch, String)>> {
    let (batch, set) = reference.split_once('.').unwrap_or((reference, "1"));
    let Ok(set) = set.parse::<u16>() else { return Ok(None) };
    let row: Option<Row> = b::table
        .filter(b::transaction_reference.eq(batch))
        .select(COLUMNS)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(from_row).transpose()?.map(|batch| (batch, format!("{set:04}"))))
}

/// A sending of a claim that has left, as an answer to it needs it.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Sending {
    /// The submission.
    #[diesel(sql_type = st::Uuid)]
    pub submission: SubmissionId,
    /// Its claim.
    #[diesel(sql_type = st::Uuid)]
    pub claim: ClaimId,
    /// Its batch.
    #[diesel(sql_type = st::Uuid)]
    pub batch: BatchId,
    /// CLM01.
    #[diesel(sql_type = st::Text)]
    pub control_number: String,
    /// ST02.
    #[diesel(sql_type = st::Text)]
    pub set_control_number: String,
    /// 2010AA NM109.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub billing_npi: Option<String>,
    /// 2010AA REF*EI.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub billing_tax_id: Option<String>,
    /// Whether the claim has not been queued again since.
    #[diesel(sql_type = st::Bool)]
    pub newest: bool,
}

/// The control numbers under which claims were queued last; a claim that never was is left out. One query.
pub async fn numbers_of(tx: &mut Tx, claims: &[ClaimId]) -> Result<HashMap<ClaimId, String>> {
    let rows: Vec<(ClaimId, String)> = s::table
        .filter(s::organization_id.eq(tx.actor().organization).and(s::claim_id.eq_any(claims)))
        .order(s::id)
        .select((s::claim_id, s::control_number))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().collect())
}

/// The claim that was queued under a control number.
pub async fn claim_of(tx: &mut Tx, number: &str) -> Result<Option<ClaimId>> {
    let found = s::table
        .filter(s::organization_id.eq(tx.actor().organization))
        .filter(s::control_number.eq(number))
        .select(s::claim_id);
    Ok(found.first(tx.conn()).await.optional()?)
}

/// The sendings of a batch, and those with these control numbers whatever batch they are in; in
/// the order in which they were queued.
pub async fn sendings(tx: &mut Tx, batch: Option<BatchId>, numbers: &[&str]) -> Result<Vec<Sending>> {
    Ok(diesel::sql_query(
        "select s.id as submission, s.claim_id as claim, s.batch_id as batch, s.control_number,
            s.set_control_number, c.content #>> '{billing,npi}' as billing_npi,
            c.content #>> '{billing,tax_id}' as billing_tax_id,
            not exists (select from submissions later where later.organization_id = s.organization_id
                and later.claim_id = s.claim_id and later.id > s.id) as newest
         from submissions s
         join claims c on c.organization_id = s.organization_id and c.id = s.claim_id
         where s.organization_id = $1 and s.batch_id is not null
            and (s.batch_id = $2 or s.control_number = any ($3))
         order by s.id",
    )
    .bind::<st::Uuid, _>(tx.actor().organization)
    .bind::<st::Nullable<st::Uuid>, _>(batch)
    .bind::<st::Array<st::Text>, _>(numbers)
    .load(tx.conn())
    .await?)
}

/// A sending of a claim, and how far it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimSending {
    /// The submission.
    pub submission: SubmissionId,
    /// CLM01.
    pub control_number: String,
    /// When it was queued.
    pub queued_at: DateTime<Utc>,
    /// The batch it travels in; none while it waits for one.
    pub batch: Option<Travelled>,
}

/// The batch that a sending travels in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Travelled {
    /// The batch.
    pub batch: BatchId,
    /// Where the batch stands.
    pub state: BatchState,
    /// The 837.
    pub file: FileId,
    /// ISA13.
    pub interchange_control_number: String,
    /// Where the claim stands in the file.
    pub bytes: Option<Bytes>,
    /// When the payer's mailbox had it.
    pub sent_at: Option<DateTime<Utc>>,
}

/// Every sending of a claim, oldest first. One query.
pub async fn of_claim(tx: &mut Tx, claim: ClaimId) -> Result<Vec<ClaimSending>> {
    type Sent = (BatchId, String, FileId, String, Option<DateTime<Utc>>);
    type Row = (SubmissionId, String, DateTime<Utc>, Option<i64>, Option<i64>, Option<Sent>);
    let rows: Vec<Row> = s::table
        .left_join(
            b::table.on(b::organization_id.eq(s::organization_id).and(s::batch_id.eq(b::id.nullable()))),
        )
        .filter(s::organization_id.eq(tx.actor().organization).and(s::claim_id.eq(claim)))
        .order(s::id)
        .select((
            s::id,
            s::control_number,
            s::created_at,
            s::first_byte,
            s::last_byte,
            (b::id, b::state, b::file_id, b::interchange_control_number, b::sent_at).nullable(),
        ))
        .load(tx.conn())
        .await?;
    let read = |(submission, control_number, queued_at, first, last, sent): Row| {
        let batch = match sent {
            None => None,
            Some((batch, state, file, interchange_control_number, sent_at)) => {
                let bytes = Bytes::maybe_stored(first, last)?;
                let state = state.parse()?;
                Some(Travelled { batch, state, file, interchange_control_number, bytes, sent_at })
            }
        };
        Ok(ClaimSending { submission, control_number, queued_at, batch })
    };
    rows.into_iter().map(read).collect()
}

/// The batches that were built and not handed over yet, oldest first.
pub async fn batches_to_send(tx: &mut Tx) -> Result<Vec<Batch>> {
    let rows: Vec<Row> = b::table
        .filter(b::state.eq(BatchState::Built.as_str()))
        .order(b::id)
        .select(COLUMNS)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(from_row).collect::<anyhow::Result<_>>()?)
}

/// The mailbox has the batch: its claims are submitted. `false` when that was known already.
pub async fn mark_sent(tx: &mut Tx, now: DateTime<Utc>, batch: &Batch) -> Result<bool> {
    let updated = diesel::update(b::table)
        .filter(b::id.eq(batch.id).and(b::state.eq(BatchState::Built.as_str())))
        .set((b::state.eq(BatchState::Sent.as_str()), b::sent_at.eq(now)))
        .execute(tx.conn())
        .await?;
    if updated == 0 {
        return Ok(false);
    }
    let sent: Vec<(SubmissionId, ClaimId, Option<i64>, Option<i64>)> = s::table
        .filter(s::batch_id.eq(batch.id))
        .order(s::id)
        .select((s::id, s::claim_id, s::first_byte, s::last_byte))
        .load(tx.conn())
        .await?;
    let events: Vec<Happened> = sent
        .into_iter()
        .map(|(submission, claim, first, last)| {
            let source = Source::new("submission", submission);
            let byte = |at: i64| u64::try_from(at).ok();
            let source = match (first.and_then(byte), last.and_then(byte)) {
                (Some(first), Some(last)) => source.at(batch.file, first, last),
                _ => source.in_file(batch.file),
            };
            Happened { claim, event: Event::Sent, source, detail: json!({ "batch": batch.id }) }
        })
        .collect();
    claims::record(tx, now, &events).await?;
    Ok(true)
}

/// What the payer's 999 or TA1 said of the batch.
pub async fn set_state(tx: &mut Tx, batch: BatchId, state: BatchState) -> Result<()> {
    diesel::update(b::table)
        .filter(b::id.eq(batch).and(b::state.ne(BatchState::Built.as_str())))
        .set(b::state.eq(state.as_str()))
        .execute(tx.conn())
        .await?;
    Ok(())
}
