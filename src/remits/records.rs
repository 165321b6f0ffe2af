//! Remittances as they are kept: for lists, for a remittance's page, for a claim's.
//!
//! Amounts are those of the rows; each balancing equation is written out again with its numbers, so
//! that a reader can add it up.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::claims::model::Adjustment;
use crate::db::Tx;
use crate::db::schema::{
    provider_adjustments as pa, remit_claims as rc, remit_exceptions as rx, remit_lines as rl,
    remittances as r,
};
use crate::remits::balance::{Level, Warning, Why};
use crate::remits::model::Bytes;
use crate::remits::receive::{State, no_remittance};
use crate::types::{
    ClaimId, FileId, Money, PayerId, ProviderAdjustmentId, RemitClaimId, RemitExceptionId, RemittanceId,
    Result,
};

/// A remittance, in one line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RemittanceItem {
    /// Its id.
    pub id: RemittanceId,
    /// What became of it.
    pub state: State,
    /// The payer on file, when one fits.
    pub payer: Option<PayerId>,
    /// 1000A N102.
    pub payer_name: String,
    /// TRN02: the payment's trace number.
    pub trace_number: String,
    /// BPR04: `ACH`, `CHK`, `NON`.
    pub method: String,
    /// BPR16.
    pub paid_on: Option<NaiveDate>,
    /// BPR02.
    pub paid: Money,
    /// How many claims it decides.
    pub claims: i32,
    /// Sum of CLP03.
    pub charged: Money,
    /// Sum of CLP04.
    pub claims_paid: Money,
    /// Sum of its PLB amounts: positive lowers the payment.
    pub provider_adjustments: Money,
    /// The file it came in.
    pub file: FileId,
    /// Place of the ST in the file, from 1.
    pub set: i32,
    /// When it came in.
    pub received_at: DateTime<Utc>,
    /// When it was posted.
    pub posted_at: Option<DateTime<Utc>>,
}

/// A balancing equation with its numbers: `from - less = comes_to`, and what the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Equation {
    /// What it is about.
    pub level: Level,
    /// In the guide's words (005010X221A1 1.10.2.1).
    pub equation: &'static str,
    /// The left side before subtraction.
    pub from: Money,
    /// What is subtracted.
    pub less: Money,
    /// The difference.
    pub comes_to: Money,
    /// What the right side says.
    pub says: Money,
    /// Whether the two are equal.
    pub holds: bool,
}

impl Equation {
    fn new(level: Level, equation: &'static str, from: Money, less: Money, says: Money) -> Equation {
        let comes_to = from - less;
        Equation { level, equation, from, less, comes_to, says, holds: comes_to == says }
    }
}

/// A remittance without its decisions, which [`decisions`] pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemittanceRecord {
    /// Its line in the list.
    pub item: RemittanceItem,
    /// TRN03.
    pub payer_trace_id: String,
    /// Where it stands in its file.
    pub bytes: Bytes,
    /// BPR02 = CLP04 - PLB.
    pub equation: Equation,
    /// Why it is held or a duplicate: each failing equation with its numbers and place.
    pub why: Vec<String>,
    /// What is odd about it and stops nothing.
    pub warnings: Vec<String>,
    /// Money moved outside any claim.
    pub provider_adjustments: Vec<ProviderAdjustmentRecord>,
    /// What waits, or waited, for a person.
    pub exceptions: Vec<ExceptionRecord>,
}

/// One amount of a PLB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProviderAdjustmentRecord {
    /// Its id.
    pub id: ProviderAdjustmentId,
    /// PLB03-1.
    pub reason: String,
    /// PLB03-2.
    pub reference: Option<String>,
    /// PLB04: positive lowers the payment.
    pub amount: Money,
    /// The PLB segment.
    pub bytes: Bytes,
}

/// Something in a remittance that waits, or waited, for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExceptionRecord {
    /// Its id.
    pub id: RemitExceptionId,
    /// The decision it concerns; none when it concerns the set.
    pub remit_claim: Option<RemitClaimId>,
    /// What kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// The money that waits.
    pub amount: Money,
    /// What is the matter.
    pub detail: String,
    /// What the person does.
    pub next_step: String,
    /// When that was done; none while it is open.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// What a payer decided about one claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecisionRecord {
    /// Its id.
    pub id: RemitClaimId,
    /// The remittance it came in.
    pub remittance: RemittanceId,
    /// Place in the set, from 1.
    pub ordinal: i32,
    /// The claim that it answers, once matched.
    pub claim: Option<ClaimId>,
    /// How that was found.
    pub match_rule: Option<String>,
    /// CLP01.
    pub patient_control_number: String,
    /// CLP07.
    pub payer_claim_control_number: Option<String>,
    /// CLP02.
    pub status_code: String,
    /// CLP03.
    pub charged: Money,
    /// CLP04.
    pub paid: Money,
    /// CLP05.
    pub patient_responsibility: Money,
    /// CLP03 - CAS = CLP04, adjustments of the claim and its services together.
    pub equation: Equation,
    /// CAS of the claim itself.
    #[schema(value_type = Vec<Object>)]
    pub adjustments: Vec<Adjustment>,
    /// Remarks on the claim itself.
    pub remarks: Vec<String>,
    /// True when its effect is on the claim's account.
    pub posted: bool,
    /// The later decision that took it back.
    pub reversed_by: Option<RemitClaimId>,
    /// Where it stands in the file.
    pub bytes: Bytes,
    /// What was decided about each service.
    pub lines: Vec<LineRecord>,
}

/// What a payer decided about one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineRecord {
    /// Place in the decision, from 1.
    pub line_no: i16,
    /// Our line, once matched.
    pub claim_line_no: Option<i16>,
    /// SVC01-2.
    pub procedure: String,
    /// SVC01-3 to -6.
    pub modifiers: Vec<String>,
    /// DTM*472.
    pub service_on: Option<NaiveDate>,
    /// SVC02.
    pub charged: Money,
    /// SVC03.
    pub paid: Money,
    /// AMT*B6.
    pub allowed: Option<Money>,
    /// SVC05.
    #[schema(value_type = Option<String>)]
    pub units: Option<Decimal>,
    /// SVC02 - CAS = SVC03.
    pub equation: Equation,
    /// CAS of the service.
    #[schema(value_type = Vec<Object>)]
    pub adjustments: Vec<Adjustment>,
    /// LQ*HE.
    pub remarks: Vec<String>,
    /// Where it stands in the file.
    pub bytes: Bytes,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = r)]
struct Row {
    id: RemittanceId,
    state: String,
    payer_id: Option<PayerId>,
    payer_name: String,
    payer_trace_id: String,
    trace_number: String,
    method: String,
    paid_on: Option<NaiveDate>,
    paid: Money,
    claims: i32,
    charged: Money,
    claims_paid: Money,
    provider_adjustments: Money,
    file_id: FileId,
    set_ordinal: i32,
    first_byte: i64,
    last_byte: i64,
    received_at: DateTime<Utc>,
    posted_at: Option<DateTime<Utc>>,
}

impl Row {
    fn item(&self) -> Result<RemittanceItem> {
        Ok(RemittanceItem {
            id: self.id,
            state: State::from_name(&self.state)?,
            payer: self.payer_id,
            payer_name: self.payer_name.clone(),
            trace_number: self.trace_number.clone(),
            method: self.method.clone(),
            paid_on: self.paid_on,
            paid: self.paid,
            claims: self.claims,
            charged: self.charged,
            claims_paid: self.claims_paid,
            provider_adjustments: self.provider_adjustments,
            file: self.file_id,
            set: self.set_ordinal,
            received_at: self.received_at,
            posted_at: self.posted_at,
        })
    }
}

/// The next remittances, newest first: those before `after`, at most `limit`.
pub async fn list(
    tx: &mut Tx,
    state: Option<State>,
    after: Option<RemittanceId>,
    limit: i64,
) -> Result<Vec<RemittanceItem>> {
    let mut query = r::table
        .filter(r::organization_id.eq(tx.actor().organization))
        .order(r::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(r::state.eq(state.as_str()));
    }
    if let Some(after) = after {
        query = query.filter(r::id.lt(after));
    }
    let rows = query.load(tx.conn()).await?;
    rows.iter().map(Row::item).collect()
}

/// One remittance with all but its decisions.
///
/// # Errors
/// `remits/not-found` when it is not there or another practice's.
pub async fn record(tx: &mut Tx, id: RemittanceId) -> Result<RemittanceRecord> {
    let found: Option<(Row, Value, Value)> = r::table
        .find((tx.actor().organization, id))
        .select((Row::as_select(), r::why, r::warnings))
        .first(tx.conn())
        .await
        .optional()?;
    let (row, why, warnings) = found.ok_or_else(|| no_remittance(id))?;
    let why: Vec<Why> = serde_json::from_value(why).map_err(anyhow::Error::from)?;
    let warnings: Vec<Warning> = serde_json::from_value(warnings).map_err(anyhow::Error::from)?;
    let equation = Equation::new(
        Level::Transaction,
        "CLP04 - PLB = BPR02",
        row.claims_paid,
        row.provider_adjustments,
        row.paid,
    );
    Ok(RemittanceRecord {
        item: row.item()?,
        bytes: bytes(row.first_byte, row.last_byte)?,
        payer_trace_id: row.payer_trace_id,
        equation,
        why: why.iter().map(ToString::to_string).collect(),
        warnings: warnings.iter().map(ToString::to_string).collect(),
        provider_adjustments: provider_adjustments(tx, id).await?,
        exceptions: exceptions(tx, id).await?,
    })
}

async fn provider_adjustments(tx: &mut Tx, id: RemittanceId) -> Result<Vec<ProviderAdjustmentRecord>> {
    type Row = (ProviderAdjustmentId, String, Option<String>, Money, i64, i64);
    let rows: Vec<Row> = pa::table
        .filter(pa::remittance_id.eq(id))
        .order(pa::ordinal)
        .select((pa::id, pa::reason, pa::reference, pa::amount, pa::first_byte, pa::last_byte))
        .load(tx.conn())
        .await?;
    rows.into_iter()
        .map(|(id, reason, reference, amount, first, last)| {
            Ok(ProviderAdjustmentRecord { id, reason, reference, amount, bytes: bytes(first, last)? })
        })
        .collect()
}

async fn exceptions(tx: &mut Tx, id: RemittanceId) -> Result<Vec<ExceptionRecord>> {
    type Row = (RemitExceptionId, Option<RemitClaimId>, String, Money, String, String, Option<DateTime<Utc>>);
    let rows: Vec<Row> = rx::table
        .filter(rx::remittance_id.eq(id))
        .order(rx::id)
        .select((
            rx::id,
            rx::remit_claim_id,
            rx::kind,
            rx::amount,
            rx::detail,
            rx::next_step,
            rx::resolved_at,
        ))
        .load(tx.conn())
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, remit_claim, kind, amount, detail, next_step, resolved_at)| ExceptionRecord {
            id,
            remit_claim,
            kind,
            amount,
            detail,
            next_step,
            resolved_at,
        })
        .collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = rc)]
struct DecisionRow {
    id: RemitClaimId,
    remittance_id: RemittanceId,
    ordinal: i32,
    claim_id: Option<ClaimId>,
    match_rule: Option<String>,
    patient_control_number: String,
    payer_claim_control_number: Option<String>,
    status_code: String,
    charged: Money,
    paid: Money,
    patient_responsibility: Money,
    adjustments: Value,
    remarks: Vec<String>,
    posted: bool,
    reversed_by: Option<RemitClaimId>,
    first_byte: i64,
    last_byte: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = rl)]
struct LineRow {
    remit_claim_id: RemitClaimId,
    line_no: i16,
    claim_line_no: Option<i16>,
    procedure: String,
    modifiers: Vec<String>,
    service_on: Option<NaiveDate>,
    charged: Money,
    paid: Money,
    allowed: Option<Money>,
    units: Option<Decimal>,
    adjustments: Value,
    remarks: Vec<String>,
    first_byte: i64,
    last_byte: i64,
}

/// The next decisions of a remittance, in the order of its file: those after place `after`, at
/// most `limit`. Two queries for the page: the decisions, and their services.
pub async fn decisions(
    tx: &mut Tx,
    remittance: RemittanceId,
    after: Option<i32>,
    limit: i64,
) -> Result<Vec<DecisionRecord>> {
    let rows: Vec<DecisionRow> = rc::table
        .filter(rc::organization_id.eq(tx.actor().organization))
        .filter(rc::remittance_id.eq(remittance).and(rc::ordinal.gt(after.unwrap_or(0))))
        .order(rc::ordinal)
        .limit(limit)
        .select(DecisionRow::as_select())
        .load(tx.conn())
        .await?;
    with_lines(tx, rows).await
}

/// What payers decided about a claim, oldest first.
pub async fn decisions_of_claim(tx: &mut Tx, claim: ClaimId) -> Result<Vec<DecisionRecord>> {
    let rows: Vec<DecisionRow> = rc::table
        .filter(rc::organization_id.eq(tx.actor().organization).and(rc::claim_id.eq(claim)))
        .order(rc::id)
        .select(DecisionRow::as_select())
        .load(tx.conn())
        .await?;
    with_lines(tx, rows).await
}

async fn with_lines(tx: &mut Tx, rows: Vec<DecisionRow>) -> Result<Vec<DecisionRecord>> {
    let ids: Vec<RemitClaimId> = rows.iter().map(|row| row.id).collect();
    let lines: Vec<LineRow> = rl::table
        .filter(rl::organization_id.eq(tx.actor().organization).and(rl::remit_claim_id.eq_any(&ids)))
        .order((rl::remit_claim_id, rl::line_no))
        .select(LineRow::as_select())
        .load(tx.conn())
        .await?;
    let mut decided = rows.into_iter().map(DecisionRow::read).collect::<Result<Vec<_>>>()?;
    for line in lines {
        let of = line.remit_claim_id;
        if let Some(decision) = decided.iter_mut().find(|decision| decision.id == of) {
            decision.lines.push(line.read()?);
        }
    }
    for decision in &mut decided {
        let adjusted = total(&decision.adjustments)
            + decision.lines.iter().map(|line| total(&line.adjustments)).sum::<Money>();
        decision.equation =
            Equation::new(Level::Claim, "CLP03 - CAS = CLP04", decision.charged, adjusted, decision.paid);
    }
    Ok(decided)
}

impl DecisionRow {
    /// Without its lines, whose adjustments the equation still lacks.
    fn read(self) -> Result<DecisionRecord> {
        let adjustments = adjustments(self.adjustments)?;
        let equation =
            Equation::new(Level::Claim, "CLP03 - CAS = CLP04", self.charged, total(&adjustments), self.paid);
        Ok(DecisionRecord {
            id: self.id,
            remittance: self.remittance_id,
            ordinal: self.ordinal,
            claim: self.claim_id,
            match_rule: self.match_rule,
            patient_control_number: self.patient_control_number,
            payer_claim_control_number: self.payer_claim_control_number,
            status_code: self.status_code,
            charged: self.charged,
            paid: self.paid,
            patient_responsibility: self.patient_responsibility,
            equation,
            adjustments,
            remarks: self.remarks,
            posted: self.posted,
            reversed_by: self.reversed_by,
            bytes: bytes(self.first_byte, self.last_byte)?,
            lines: vec![],
        })
    }
}

impl LineRow {
    fn read(self) -> Result<LineRecord> {
        let adjustments = adjustments(self.adjustments)?;
        let less = total(&adjustments);
        Ok(LineRecord {
            line_no: self.line_no,
            claim_line_no: self.claim_line_no,
            procedure: self.procedure,
            modifiers: self.modifiers,
            service_on: self.service_on,
            charged: self.charged,
            paid: self.paid,
            allowed: self.allowed,
            units: self.units.map(|units| units.normalize()),
            equation: Equation::new(Level::Service, "SVC02 - CAS = SVC03", self.charged, less, self.paid),
            adjustments,
            remarks: self.remarks,
            bytes: bytes(self.first_byte, self.last_byte)?,
        })
    }
}

fn adjustments(stored: Value) -> Result<Vec<Adjustment>> {
    Ok(serde_json::from_value(stored).map_err(anyhow::Error::from)?)
}

fn total(adjustments: &[Adjustment]) -> Money {
    adjustments.iter().map(|adjustment| adjustment.amount).sum()
}

fn bytes(first: i64, last: i64) -> Result<Bytes> {
    let byte = |at: i64| u64::try_from(at).map_err(anyhow::Error::from);
    Ok(Bytes { first: byte(first)?, last: byte(last)? })
}
