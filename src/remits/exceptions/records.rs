//! Exceptions as they are worked: the queue, and one with theirs and ours side by side. Pages and the
//! API read the same records.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::{Tx, kept, kept_once};
use crate::remits::exceptions::resolve::no_exception;
use crate::remits::exceptions::{ActionKind, ExceptionKind, Fact, store};
use crate::remits::records::{self, DecisionRecord, ProviderAdjustmentRecord};
use crate::types::{
    Bytes, ClaimId, FileId, Money, PersonName, Phi, ProviderAdjustmentId, RemitClaimId, RemitExceptionId,
    RemittanceId, Result,
};

/// An exception in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExceptionItem {
    /// Its id.
    pub id: RemitExceptionId,
    /// What kind.
    #[serde(rename = "type")]
    pub kind: ExceptionKind,
    /// The money that waits, signed as the payer signed it.
    pub amount: Money,
    /// What is the matter.
    pub detail: String,
    /// What the person does.
    pub next_step: String,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it was resolved; none while it is open.
    pub resolved_at: Option<DateTime<Utc>>,
    /// What was done.
    pub resolution: Option<String>,
    /// The remittance that it is part of.
    pub remittance: RemittanceId,
    /// The payer's name there.
    pub payer_name: String,
    /// The payment's trace number.
    pub trace_number: String,
    /// The payment's day.
    pub paid_on: Option<NaiveDate>,
    /// The file that it came in.
    pub file: FileId,
    /// CLP01 of the decision that it concerns.
    pub patient_control_number: Option<String>,
    /// Where that decision, or the PLB, stands in the file.
    pub bytes: Option<Bytes>,
}

/// One exception with all that a person needs to settle it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExceptionDetail {
    /// Its line in the queue.
    #[serde(flatten)]
    pub item: ExceptionItem,
    /// What the payer decided, with its equations.
    pub theirs: Option<DecisionRecord>,
    /// The PLB amount that it is about.
    pub provider_adjustment: Option<ProviderAdjustmentRecord>,
    /// The claim that it was matched to.
    pub ours: Option<OurRecord>,
    /// What it may be about, best first, as it stood when the remittance was posted.
    pub candidates: Vec<CandidateRecord>,
    /// Decisions whose money was owed back to the payer, of which a reversal may take that back.
    pub returned: Vec<ReturnedDecision>,
    /// What settles it, the one fixing action first; nothing once it is resolved.
    pub actions: Vec<ActionKind>,
}

/// A claim of ours as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OurRecord {
    /// Its id.
    pub claim: ClaimId,
    /// The control number under which it was sent last.
    pub control_number: Option<String>,
    /// Who was treated.
    #[schema(value_type = String)]
    pub patient: Phi<String>,
    /// The payer's name.
    pub payer_name: String,
    /// Where it stands.
    pub status: String,
    /// CLM02.
    pub charged: Money,
    /// First day of service.
    pub service_from: Option<NaiveDate>,
    /// Last day of service.
    pub service_thru: Option<NaiveDate>,
    /// Its lines in order.
    pub lines: Vec<OurLineRecord>,
}

/// A line of ours as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OurLineRecord {
    /// Its number, from 1.
    pub line_no: i16,
    /// SV101-2.
    pub procedure: String,
    /// SV101-3 to -6.
    pub modifiers: Vec<String>,
    /// SV102.
    pub charged: Money,
}

/// What an exception may be about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CandidateRecord {
    /// Its place, from 1.
    pub rank: i16,
    /// Sum of the weights of what agrees, of 100.
    pub score: i16,
    /// What the payer states and we have alike.
    pub agrees: Vec<Fact>,
    /// What the payer states and we have otherwise.
    pub differs: Vec<Fact>,
    /// The claim.
    pub claim: OurRecord,
    /// The earlier decision, where one is looked for.
    pub decision: Option<CandidateDecision>,
}

/// An earlier decision that an exception may be about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CandidateDecision {
    /// Its id.
    pub id: RemitClaimId,
    /// The trace number of its payment.
    pub trace_number: String,
    /// CLP03.
    pub charged: Money,
    /// CLP04.
    pub paid: Money,
}

/// A decision whose money was owed back to the payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReturnedDecision {
    /// Which one.
    #[serde(flatten)]
    pub decision: CandidateDecision,
    /// The refund was sent: what the payer takes back all the same, it owes again.
    pub is_sent: bool,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Uuid)]
    id: RemitExceptionId,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Numeric)]
    amount: Money,
    #[diesel(sql_type = Text)]
    detail: String,
    #[diesel(sql_type = Text)]
    next_step: String,
    #[diesel(sql_type = Timestamptz)]
    opened_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    resolved_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    resolution: Option<String>,
    #[diesel(sql_type = Uuid)]
    remittance_id: RemittanceId,
    #[diesel(sql_type = Text)]
    payer_name: String,
    #[diesel(sql_type = Text)]
    trace_number: String,
    #[diesel(sql_type = Nullable<Date>)]
    paid_on: Option<NaiveDate>,
    #[diesel(sql_type = Uuid)]
    file_id: FileId,
    #[diesel(sql_type = Nullable<Text>)]
    patient_control_number: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    first_byte: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_byte: Option<i64>,
    #[diesel(sql_type = Nullable<Uuid>)]
    remit_claim_id: Option<RemitClaimId>,
    #[diesel(sql_type = Nullable<Uuid>)]
    provider_adjustment_id: Option<ProviderAdjustmentId>,
}

/// An exception of `remit_exceptions x` with what is shown of its set; `x` is named between the two.
const SHOWN: &str = "select x.id, x.kind, x.amount, x.detail, x.next_step, x.opened_at, x.resolved_at, x.resolution,
        x.remittance_id, r.payer_name, r.trace_number, r.paid_on, r.file_id, rc.patient_control_number, x.remit_claim_id,
        x.provider_adjustment_id, coalesce(rc.first_byte, pa.first_byte) as first_byte,
        coalesce(rc.last_byte, pa.last_byte) as last_byte";

const ITS_SET: &str = "
    join remittances r on r.organization_id = x.organization_id and r.id = x.remittance_id
    left join remit_claims rc on rc.organization_id = x.organization_id and rc.id = x.remit_claim_id
    left join provider_adjustments pa on pa.organization_id = x.organization_id and pa.id = x.provider_adjustment_id";

impl Row {
    fn read(self) -> Result<ExceptionItem> {
        let kind = ExceptionKind::from_name(&self.kind)
            .ok_or_else(|| anyhow::anyhow!("{} has no kind {}", self.id, self.kind))?;
        Ok(ExceptionItem {
            id: self.id,
            kind,
            amount: self.amount,
            detail: self.detail,
            next_step: self.next_step,
            opened_at: self.opened_at,
            resolved_at: self.resolved_at,
            resolution: self.resolution,
            remittance: self.remittance_id,
            payer_name: self.payer_name,
            trace_number: self.trace_number,
            paid_on: self.paid_on,
            file: self.file_id,
            patient_control_number: self.patient_control_number,
            bytes: Bytes::maybe_stored(self.first_byte, self.last_byte)?,
        })
    }
}

/// Which exceptions of the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Those of a kind.
    pub kind: Option<ExceptionKind>,
    /// Those of a remittance.
    pub remittance: Option<RemittanceId>,
}

/// Open exceptions, oldest first: those that are asked for, those after `after`, at most `limit`. One query.
pub async fn queue(
    tx: &mut Tx,
    asked: Asked,
    after: Option<RemitExceptionId>,
    limit: i64,
) -> Result<Vec<ExceptionItem>> {
    // What is listed is chosen first, and joined afterwards.
    let rows: Vec<Row> = sql_query(format!(
        "{SHOWN} from (select * from remit_exceptions where organization_id = $1 and resolved_at is null
            and ($2 is null or kind = $2) and ($3 is null or id > $3) and ($5 is null or remittance_id = $5)
            order by id limit $4) x
         {ITS_SET} order by x.id"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Text>, _>(asked.kind.map(ExceptionKind::as_str))
    .bind::<Nullable<Uuid>, _>(after)
    .bind::<BigInt, _>(limit)
    .bind::<Nullable<Uuid>, _>(asked.remittance)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Open exceptions by kind, of a remittance or all: how many. One query.
pub async fn count_by_kind(
    tx: &mut Tx,
    remittance: Option<RemittanceId>,
) -> Result<Vec<(ExceptionKind, i64)>> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = Text)]
        kind: String,
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let rows: Vec<Count> = sql_query(
        "select kind, count(*) as count from remit_exceptions
         where organization_id = $1 and resolved_at is null and ($2 is null or remittance_id = $2)
         group by kind order by kind",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Uuid>, _>(remittance)
    .load(tx.conn())
    .await?;
    let read = |row: Count| Some((ExceptionKind::from_name(&row.kind)?, row.count));
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Open exceptions: how many, and what they are about.
pub async fn totals(tx: &mut Tx) -> Result<(i64, Money)> {
    #[derive(QueryableByName)]
    struct Total {
        #[diesel(sql_type = BigInt)]
        count: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
    }
    let total: Total = kept(
        "select count(*) as count, coalesce(sum(abs(amount)), 0)::numeric(14,2) as amount from remit_exceptions
         where organization_id = $1 and resolved_at is null",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .get_result(tx.conn())
    .await?;
    Ok((total.count, total.amount))
}

/// One exception, open or not, with theirs and ours.
///
/// # Errors
/// `remits/no-exception` when it is not there or another practice's.
pub async fn detail(tx: &mut Tx, id: RemitExceptionId) -> Result<ExceptionDetail> {
    let row: Option<Row> = kept_once!(format!(
        "{SHOWN} from remit_exceptions x {ITS_SET} where x.organization_id = $1 and x.id = $2"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .get_result(tx.conn())
    .await
    .optional()?;
    let row = row.ok_or_else(|| no_exception(id))?;
    let theirs = match row.remit_claim_id {
        Some(decision) => records::decision(tx, decision).await?,
        None => None,
    };
    let provider_adjustment = match row.provider_adjustment_id {
        Some(item) => records::provider_adjustment(tx, item).await?,
        None => None,
    };
    let item = row.read()?;
    let matched = theirs.as_ref().and_then(|theirs| theirs.claim);
    let candidates = candidates(tx, id).await?;
    let ours = match matched {
        Some(claim) => ours(tx, &[claim]).await?.remove(&claim),
        None => None,
    };
    let is_open = item.resolved_at.is_none();
    let returned = match &theirs {
        Some(theirs) if is_open && item.amount.is_negative() => returned(tx, theirs.id).await?,
        _ => vec![],
    };
    let mut actions = if is_open { item.kind.actions(item.amount).to_vec() } else { vec![] };
    if !returned.is_empty() && !actions.contains(&ActionKind::TakeBack) {
        actions.insert(0, ActionKind::TakeBack);
    }
    Ok(ExceptionDetail { item, theirs, provider_adjustment, ours, candidates, returned, actions })
}

async fn returned(tx: &mut Tx, reversal: RemitClaimId) -> Result<Vec<ReturnedDecision>> {
    let read = |one: store::Returned| {
        let store::Returned { id, trace_number, charged, paid, is_sent, .. } = one;
        ReturnedDecision { decision: CandidateDecision { id, trace_number, charged, paid }, is_sent }
    };
    Ok(store::returned(tx, reversal).await?.into_iter().map(read).collect())
}

async fn candidates(tx: &mut Tx, id: RemitExceptionId) -> Result<Vec<CandidateRecord>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SmallInt)]
        rank: i16,
        #[diesel(sql_type = SmallInt)]
        score: i16,
        #[diesel(sql_type = Array<Text>)]
        agrees: Vec<String>,
        #[diesel(sql_type = Array<Text>)]
        differs: Vec<String>,
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = Nullable<Uuid>)]
        remit_claim_id: Option<RemitClaimId>,
        #[diesel(sql_type = Nullable<Text>)]
        trace_number: Option<String>,
        #[diesel(sql_type = Nullable<Numeric>)]
        charged: Option<Money>,
        #[diesel(sql_type = Nullable<Numeric>)]
        paid: Option<Money>,
    }
    let rows: Vec<Row> = kept(
        "select c.rank, c.score, c.agrees, c.differs, c.claim_id, c.remit_claim_id, r.trace_number, rc.charged, rc.paid
         from remit_candidates c
         left join remit_claims rc on rc.organization_id = c.organization_id and rc.id = c.remit_claim_id
         left join remittances r on r.organization_id = rc.organization_id and r.id = rc.remittance_id
         where c.organization_id = $1 and c.exception_id = $2 order by c.rank",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .load(tx.conn())
    .await?;
    let ids: Vec<ClaimId> = rows.iter().map(|row| row.claim_id).collect();
    let ours = ours(tx, &ids).await?;
    let facts = |names: &[String]| names.iter().filter_map(|name| Fact::from_name(name)).collect();
    let read = |row: Row| {
        let decision = match (row.remit_claim_id, row.trace_number, row.charged, row.paid) {
            (Some(id), Some(trace_number), Some(charged), Some(paid)) => {
                Some(CandidateDecision { id, trace_number, charged, paid })
            }
            _ => None,
        };
        Some(CandidateRecord {
            rank: row.rank,
            score: row.score,
            agrees: facts(&row.agrees),
            differs: facts(&row.differs),
            claim: ours.get(&row.claim_id)?.clone(),
            decision,
        })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Claims of ours as they are compared. Two queries.
async fn ours(tx: &mut Tx, ids: &[ClaimId]) -> Result<HashMap<ClaimId, OurRecord>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: ClaimId,
        #[diesel(sql_type = Nullable<Text>)]
        control_number: Option<String>,
        #[diesel(sql_type = Text)]
        last_name: String,
        #[diesel(sql_type = Nullable<Text>)]
        first_name: Option<String>,
        #[diesel(sql_type = Text)]
        payer_name: String,
        #[diesel(sql_type = Text)]
        status: String,
        #[diesel(sql_type = Numeric)]
        charged: Money,
        #[diesel(sql_type = Nullable<Date>)]
        service_from: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Date>)]
        service_thru: Option<NaiveDate>,
    }
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = SmallInt)]
        line_no: i16,
        #[diesel(sql_type = Text)]
        procedure: String,
        #[diesel(sql_type = Array<Text>)]
        modifiers: Vec<String>,
        #[diesel(sql_type = Numeric)]
        charged: Money,
    }
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Row> = kept(
        "select c.id, p.last_name, p.first_name, y.name as payer_name, g.status, c.charged, c.service_from,
            c.service_thru,
            (select s.control_number from submissions s where s.organization_id = c.organization_id
                and s.claim_id = c.id order by s.id desc limit 1) as control_number
         from claims c
         join claim_standings g on g.organization_id = c.organization_id and g.claim_id = c.id
         join patients p on p.organization_id = c.organization_id and p.id = c.patient_id
         join payers y on y.organization_id = c.organization_id and y.id = c.payer_id
         where c.organization_id = $1 and c.id = any($2)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(ids)
    .load(tx.conn())
    .await?;
    let lines: Vec<Line> = kept(
        "select claim_id, line_no, procedure, modifiers, charged from claim_lines
         where organization_id = $1 and claim_id = any($2) order by claim_id, line_no",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(ids)
    .load(tx.conn())
    .await?;
    let mut of: HashMap<ClaimId, Vec<OurLineRecord>> = HashMap::new();
    for Line { claim_id, line_no, procedure, modifiers, charged } in lines {
        of.entry(claim_id).or_default().push(OurLineRecord { line_no, procedure, modifiers, charged });
    }
    let read = |row: Row| {
        let name = PersonName { last: row.last_name, first: row.first_name, middle: None, suffix: None };
        let ours = OurRecord {
            claim: row.id,
            control_number: row.control_number,
            patient: Phi::new(name.to_string()),
            payer_name: row.payer_name,
            status: row.status,
            charged: row.charged,
            service_from: row.service_from,
            service_thru: row.service_thru,
            lines: of.remove(&row.id).unwrap_or_default(),
        };
        (row.id, ours)
    };
    Ok(rows.into_iter().map(read).collect())
}
