//! Remittances as they are kept: for lists, for a remittance with what waits in it, for what payers
//! decided. Pages and the API read the same records.
//!
//! Amounts are those of the rows; each balancing equation is written out again with its numbers, so
//! that a reader can add it up.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;

use crate::claims::model::Adjustment;
use crate::db::schema::{
    claims as c, patients as pt, provider_adjustments as pa, remit_claims as rc, remit_exceptions as rx,
    remit_lines as rl, remit_overrides as ro, remittances as r,
};
use crate::db::{self, Tx};
use crate::remits::balance::{Level, Warning, Why};
use crate::remits::model::ClaimStatus;
use crate::remits::receive::{State, no_remittance};
use crate::remits::store::from_json;
use crate::types::{
    Bytes, ClaimId, FileId, Money, PayerId, PersonName, Phi, ProviderAdjustmentId, RemitClaimId,
    RemitExceptionId, RemittanceId, Result,
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
    /// It adds up, and waits only because its payer's rule wants a person to look: one act posts it.
    pub ready: bool,
    /// What of the payment is in suspense, because a person posted it although it did not add up.
    pub difference: Money,
    /// A person entered it from a paper EOB.
    pub entered: bool,
    /// How much of it waits for a person.
    pub exceptions_open: i64,
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

/// A remittance without its decisions, which [`decisions`] pages, and without what waits, which [`exceptions_of`] tells.
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
    /// How many SVCs it has.
    pub services: i32,
    /// SVC02 - CAS = SVC03, added up over its services.
    pub services_equation: Equation,
    /// CLP03 - CAS = CLP04, added up over its claims.
    pub claims_equation: Equation,
    /// Who posted it although it was held, and why.
    pub overridden: Option<OverrideRecord>,
    /// Why it is held or a duplicate, or was: each failing equation with its numbers and place.
    pub why: Vec<Why>,
    /// What is odd about it and stops nothing.
    pub warnings: Vec<Warning>,
    /// Money moved outside any claim, in the order of the file.
    pub provider_adjustments: Vec<ProviderAdjustmentRecord>,
}

/// A person's word that a held set is posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OverrideRecord {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
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
    /// Place of that decision in the set, from 1.
    pub ordinal: Option<i32>,
    /// Where that decision stands in the file.
    pub bytes: Option<Bytes>,
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
    /// What was done.
    pub resolution: Option<String>,
}

/// What a payer decided about one claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecisionRecord {
    /// Its id.
    pub id: RemitClaimId,
    /// The remittance it came in.
    pub remittance: RemittanceId,
    /// The payer's name there.
    pub payer_name: String,
    /// The payment's trace number.
    pub trace_number: String,
    /// The payment's day.
    pub paid_on: Option<NaiveDate>,
    /// The file it came in.
    pub file: FileId,
    /// Place in the set, from 1.
    pub ordinal: i32,
    /// The claim that it answers, once matched.
    pub claim: Option<ClaimId>,
    /// Who was treated, by that claim.
    #[schema(value_type = Option<String>)]
    pub patient: Option<Phi<String>>,
    /// How that was found.
    pub match_rule: Option<String>,
    /// CLP01.
    pub patient_control_number: String,
    /// CLP07.
    pub payer_claim_control_number: Option<String>,
    /// CLP02.
    #[serde(rename = "status_code", serialize_with = "code_of_status")]
    #[schema(value_type = String)]
    pub status: ClaimStatus,
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
    /// Sums of all CAS, of the claim and its services, by group.
    #[schema(value_type = Object)]
    pub adjusted: BTreeMap<String, Money>,
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

fn code_of_status<S: Serializer>(status: &ClaimStatus, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(status.code())
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
    ready: bool,
    difference: Money,
    entered: bool,
    services: i32,
    services_charged: Money,
    services_adjusted: Money,
    services_paid: Money,
    claims_adjusted: Money,
}

/// How many of a remittance's exceptions are open.
fn exceptions_open() -> SqlLiteral<BigInt> {
    sql("(select count(*) from remit_exceptions x where x.organization_id = remittances.organization_id
            and x.remittance_id = remittances.id and x.resolved_at is null)")
}

impl Row {
    fn item(&self, exceptions_open: i64) -> Result<RemittanceItem> {
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
            ready: self.ready,
            difference: self.difference,
            entered: self.entered,
            exceptions_open,
        })
    }
}

/// The next remittances, newest first: those before `after`, at most `limit`. One query.
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
        .select((Row::as_select(), exceptions_open()))
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(r::state.eq(state.as_str()));
    }
    if let Some(after) = after {
        query = query.filter(r::id.lt(after));
    }
    let rows: Vec<(Row, i64)> = query.load(tx.conn()).await?;
    rows.iter().map(|(row, open)| row.item(*open)).collect()
}

/// Remittances whose check or trace number (TRN02) begins so, the newest first. One query.
pub async fn by_trace_number(tx: &mut Tx, text: &str, limit: i64) -> Result<Vec<RemittanceItem>> {
    let rows: Vec<(Row, i64)> = r::table
        .filter(r::organization_id.eq(tx.actor().organization))
        .filter(
            sql::<Bool>("upper(trace_number) like ")
                .bind::<Text, _>(db::beginning(&text.trim().to_uppercase())),
        )
        .order(r::id.desc())
        .limit(limit)
        .select((Row::as_select(), exceptions_open()))
        .load(tx.conn())
        .await?;
    rows.iter().map(|(row, open)| row.item(*open)).collect()
}

/// One remittance.
///
/// # Errors
/// `remits/not-found` when it is not there or another practice's.
pub async fn record(tx: &mut Tx, id: RemittanceId) -> Result<RemittanceRecord> {
    let found: Option<(Row, i64, Value, Value)> = r::table
        .find((tx.actor().organization, id))
        .select((Row::as_select(), exceptions_open(), r::why, r::warnings))
        .first(tx.conn())
        .await
        .optional()?;
    let (row, open, why, warnings) = found.ok_or_else(|| no_remittance(id))?;
    let equation = Equation::new(
        Level::Transaction,
        "CLP04 - PLB = BPR02",
        row.claims_paid,
        row.provider_adjustments,
        row.paid,
    );
    let why: Vec<Why> = from_json(why)?;
    // A posted set that had something against it was posted by a person.
    let overridden =
        if row.posted_at.is_some() && !why.is_empty() { overridden(tx, id).await? } else { None };
    Ok(RemittanceRecord {
        overridden,
        item: row.item(open)?,
        bytes: Bytes::stored(row.first_byte, row.last_byte)?,
        payer_trace_id: row.payer_trace_id,
        equation,
        services: row.services,
        services_equation: Equation::new(
            Level::Service,
            "SVC02 - CAS = SVC03",
            row.services_charged,
            row.services_adjusted,
            row.services_paid,
        ),
        claims_equation: Equation::new(
            Level::Claim,
            "CLP03 - CAS = CLP04",
            row.charged,
            row.claims_adjusted,
            row.claims_paid,
        ),
        why,
        warnings: from_json(warnings)?,
        provider_adjustments: provider_adjustments(tx, id).await?,
    })
}

async fn overridden(tx: &mut Tx, id: RemittanceId) -> Result<Option<OverrideRecord>> {
    let row: Option<(String, String, DateTime<Utc>)> = ro::table
        .find((tx.actor().organization, id))
        .select((ro::reason, ro::overridden_by, ro::overridden_at))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(|(reason, by, at)| OverrideRecord { reason, by, at }))
}

type AdjustmentRow = (ProviderAdjustmentId, String, Option<String>, Money, i64, i64);

fn adjustment_columns() -> (pa::id, pa::reason, pa::reference, pa::amount, pa::first_byte, pa::last_byte) {
    (pa::id, pa::reason, pa::reference, pa::amount, pa::first_byte, pa::last_byte)
}

fn adjustment(
    (id, reason, reference, amount, first, last): AdjustmentRow,
) -> Result<ProviderAdjustmentRecord> {
    Ok(ProviderAdjustmentRecord { id, reason, reference, amount, bytes: Bytes::stored(first, last)? })
}

async fn provider_adjustments(tx: &mut Tx, id: RemittanceId) -> Result<Vec<ProviderAdjustmentRecord>> {
    let rows: Vec<AdjustmentRow> = pa::table
        .filter(pa::organization_id.eq(tx.actor().organization).and(pa::remittance_id.eq(id)))
        .order(pa::ordinal)
        .select(adjustment_columns())
        .load(tx.conn())
        .await?;
    rows.into_iter().map(adjustment).collect()
}

/// One amount of a PLB, if the practice has it.
pub(super) async fn provider_adjustment(
    tx: &mut Tx,
    id: ProviderAdjustmentId,
) -> Result<Option<ProviderAdjustmentRecord>> {
    let row: Option<AdjustmentRow> = pa::table
        .find((tx.actor().organization, id))
        .select(adjustment_columns())
        .first(tx.conn())
        .await
        .optional()?;
    row.map(adjustment).transpose()
}

/// What waits, or waited, for a person about a remittance: what is open first, at most `limit` where there is one. One
/// query, and where there are some another: where the decisions stand that they are about.
pub async fn exceptions_of(
    tx: &mut Tx,
    id: RemittanceId,
    limit: Option<i64>,
) -> Result<Vec<ExceptionRecord>> {
    let rows: Vec<ExceptionRow> = rx::table
        .filter(rx::organization_id.eq(tx.actor().organization).and(rx::remittance_id.eq(id)))
        .order((rx::resolved_at.is_not_null(), rx::id))
        .limit(limit.unwrap_or(i64::MAX))
        .select(ExceptionRow::as_select())
        .load(tx.conn())
        .await?;
    let about: Vec<RemitClaimId> = rows.iter().filter_map(|row| row.remit_claim_id).collect();
    if about.is_empty() {
        return rows.into_iter().map(|row| Ok(row.about(None))).collect();
    }
    let places: Vec<(RemitClaimId, i32, i64, i64)> = rc::table
        .filter(rc::organization_id.eq(tx.actor().organization).and(rc::id.eq_any(about)))
        .select((rc::id, rc::ordinal, rc::first_byte, rc::last_byte))
        .load(tx.conn())
        .await?;
    let places: HashMap<RemitClaimId, (i32, i64, i64)> =
        places.into_iter().map(|(id, ordinal, first, last)| (id, (ordinal, first, last))).collect();
    rows.into_iter()
        .map(|row| {
            let place = row.remit_claim_id.and_then(|id| places.get(&id));
            let place = match place {
                Some(&(ordinal, first, last)) => Some((ordinal, Bytes::stored(first, last)?)),
                None => None,
            };
            Ok(row.about(place))
        })
        .collect()
}

/// The kind of what is open about each of some decisions of a remittance: the first, where there are several.
pub async fn waiting_for(
    tx: &mut Tx,
    id: RemittanceId,
    decisions: &[RemitClaimId],
) -> Result<HashMap<RemitClaimId, String>> {
    let rows: Vec<(Option<RemitClaimId>, String)> = rx::table
        .filter(rx::organization_id.eq(tx.actor().organization).and(rx::resolved_at.is_null()))
        .filter(rx::remittance_id.eq(id).and(rx::remit_claim_id.eq_any(decisions)))
        .order(rx::id.desc())
        .select((rx::remit_claim_id, rx::kind))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().filter_map(|(id, kind)| Some((id?, kind))).collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = rx)]
struct ExceptionRow {
    id: RemitExceptionId,
    remit_claim_id: Option<RemitClaimId>,
    kind: String,
    amount: Money,
    detail: String,
    next_step: String,
    resolved_at: Option<DateTime<Utc>>,
    resolution: Option<String>,
}

impl ExceptionRow {
    /// With the place of the decision that it is about.
    fn about(self, decision: Option<(i32, Bytes)>) -> ExceptionRecord {
        ExceptionRecord {
            id: self.id,
            remit_claim: self.remit_claim_id,
            ordinal: decision.map(|(ordinal, _)| ordinal),
            bytes: decision.map(|(_, bytes)| bytes),
            kind: self.kind,
            amount: self.amount,
            detail: self.detail,
            next_step: self.next_step,
            resolved_at: self.resolved_at,
            resolution: self.resolution,
        }
    }
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
    adjusted: Value,
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

/// What a decision shows of its remittance.
#[derive(Queryable, Selectable)]
#[diesel(table_name = r)]
struct CameIn {
    payer_name: String,
    trace_number: String,
    paid_on: Option<NaiveDate>,
    file_id: FileId,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = pt)]
struct Treated {
    last_name: String,
    first_name: Option<String>,
    middle_name: Option<String>,
    suffix: Option<String>,
}

/// A decision with the remittance it came in and the patient of its claim.
///
/// The remittance is always there. Joined as if it were not, because a plan for any values would else begin with
/// the practice's remittances, which it takes for few, and read all their decisions to find a claim's.
#[diesel::dsl::auto_type]
fn decided() -> _ {
    rc::table
        .left_join(r::table.on(r::organization_id.eq(rc::organization_id).and(r::id.eq(rc::remittance_id))))
        .left_join(
            c::table.on(c::organization_id.eq(rc::organization_id).and(c::id.nullable().eq(rc::claim_id))),
        )
        .left_join(pt::table.on(pt::organization_id.eq(c::organization_id).and(pt::id.eq(c::patient_id))))
}

type Decided = (DecisionRow, Option<CameIn>, Option<Treated>);

/// Which decisions of a remittance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// All.
    #[default]
    All,
    /// Those that a person has something to do about: no claim is found, an exception is open, or a denial.
    ToDo,
}

/// The next decisions of a remittance, in the order of its file: those after place `after`, at
/// most `limit`. Two queries for the page: the decisions, and their services.
pub async fn decisions(
    tx: &mut Tx,
    remittance: RemittanceId,
    which: Which,
    after: Option<i32>,
    limit: i64,
) -> Result<Vec<DecisionRecord>> {
    let to_do = sql::<Bool>(
        "(remit_claims.claim_id is null
         or remit_claims.id in (select x.remit_claim_id from remit_exceptions x
            where x.resolved_at is null and x.organization_id = ",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .sql(" and x.remittance_id = ")
    .bind::<SqlUuid, _>(remittance)
    .sql(
        // `offset 0`: each is looked up, where the planner would gather all open denials of the practice.
        ") or exists (select from denials n where n.organization_id = remit_claims.organization_id
            and n.remit_claim_id = remit_claims.id and n.state in ('open', 'working') offset 0))",
    );
    let page = decided()
        .filter(rc::organization_id.eq(tx.actor().organization))
        .filter(rc::remittance_id.eq(remittance).and(rc::ordinal.gt(after.unwrap_or(0))))
        .order(rc::ordinal)
        .limit(limit)
        .select((DecisionRow::as_select(), Option::<CameIn>::as_select(), Option::<Treated>::as_select()));
    let rows: Vec<Decided> = match which {
        Which::All => page.load(tx.conn()).await?,
        Which::ToDo => page.filter(to_do).load(tx.conn()).await?,
    };
    with_lines(tx, rows).await
}

/// One decision, if the practice has it.
pub(super) async fn decision(tx: &mut Tx, id: RemitClaimId) -> Result<Option<DecisionRecord>> {
    let rows: Vec<Decided> = decided()
        .filter(rc::organization_id.eq(tx.actor().organization).and(rc::id.eq(id)))
        .select((DecisionRow::as_select(), Option::<CameIn>::as_select(), Option::<Treated>::as_select()))
        .load(tx.conn())
        .await?;
    Ok(with_lines(tx, rows).await?.pop())
}

/// What payers decided about these claims, oldest first. Two queries.
pub async fn decisions_of_claims(tx: &mut Tx, claims: &[ClaimId]) -> Result<Vec<DecisionRecord>> {
    let rows: Vec<Decided> = decided()
        .filter(rc::organization_id.eq(tx.actor().organization).and(rc::claim_id.eq_any(claims)))
        .order(rc::id)
        .select((DecisionRow::as_select(), Option::<CameIn>::as_select(), Option::<Treated>::as_select()))
        .load(tx.conn())
        .await?;
    with_lines(tx, rows).await
}

async fn with_lines(tx: &mut Tx, rows: Vec<Decided>) -> Result<Vec<DecisionRecord>> {
    let ids: Vec<RemitClaimId> = rows.iter().map(|(row, ..)| row.id).collect();
    let lines: Vec<LineRow> = rl::table
        .filter(rl::organization_id.eq(tx.actor().organization).and(rl::remit_claim_id.eq_any(&ids)))
        .order((rl::remit_claim_id, rl::line_no))
        .select(LineRow::as_select())
        .load(tx.conn())
        .await?;
    let mut of: HashMap<RemitClaimId, Vec<LineRecord>> = HashMap::new();
    for line in lines {
        of.entry(line.remit_claim_id).or_default().push(line.read()?);
    }
    rows.into_iter()
        .map(|(row, came_in, treated)| {
            let lines = of.remove(&row.id).unwrap_or_default();
            let came_in = came_in.context("a decision came in no remittance")?;
            row.read(came_in, treated, lines)
        })
        .collect()
}

impl DecisionRow {
    fn read(
        self,
        came_in: CameIn,
        treated: Option<Treated>,
        lines: Vec<LineRecord>,
    ) -> Result<DecisionRecord> {
        let adjustments: Vec<Adjustment> = from_json(self.adjustments)?;
        let adjusted = total(&adjustments) + lines.iter().map(|line| total(&line.adjustments)).sum::<Money>();
        let equation = Equation::new(Level::Claim, "CLP03 - CAS = CLP04", self.charged, adjusted, self.paid);
        let patient = treated.map(|Treated { last_name, first_name, middle_name, suffix }| {
            PersonName { last: last_name, first: first_name, middle: middle_name, suffix }.to_string()
        });
        Ok(DecisionRecord {
            id: self.id,
            remittance: self.remittance_id,
            payer_name: came_in.payer_name,
            trace_number: came_in.trace_number,
            paid_on: came_in.paid_on,
            file: came_in.file_id,
            ordinal: self.ordinal,
            claim: self.claim_id,
            patient: patient.map(Phi::new),
            match_rule: self.match_rule,
            patient_control_number: self.patient_control_number,
            payer_claim_control_number: self.payer_claim_control_number,
            status: ClaimStatus::from_code(&self.status_code),
            charged: self.charged,
            paid: self.paid,
            patient_responsibility: self.patient_responsibility,
            equation,
            adjustments,
            adjusted: from_json(self.adjusted)?,
            remarks: self.remarks,
            posted: self.posted,
            reversed_by: self.reversed_by,
            bytes: Bytes::stored(self.first_byte, self.last_byte)?,
            lines,
        })
    }
}

impl LineRow {
    fn read(self) -> Result<LineRecord> {
        let adjustments: Vec<Adjustment> = from_json(self.adjustments)?;
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
            bytes: Bytes::stored(self.first_byte, self.last_byte)?,
        })
    }
}

fn total(adjustments: &[Adjustment]) -> Money {
    adjustments.iter().map(|adjustment| adjustment.amount).sum()
}
