//! Remittances as they are looked at: lists, one with its sums, and payers' decisions.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::result::OptionalExtension;
use diesel::sql_types::{
    Array, BigInt, Bool, Date, Integer, Jsonb, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid,
};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::claims::model::Adjustment;
use crate::db::Tx;
use crate::ledger::AccountKind;
use crate::remits::balance::{Warning, Why};
use crate::remits::model::ClaimStatus;
use crate::remits::receive::State;
use crate::remits::{CLAIM_SOURCE, PROVIDER_ADJUSTMENT_SOURCE};
use crate::types::{
    ClaimId, FileId, Money, PersonName, Phi, Refusal, RemitClaimId, RemittanceId, Result, Status,
};

/// A remittance as a row.
#[derive(Clone, Debug)]
pub struct RemittanceRow {
    /// The remittance.
    pub id: RemittanceId,
    /// 1000A N102.
    pub payer_name: String,
    /// TRN02.
    pub trace_number: String,
    /// BPR04.
    pub method: String,
    /// BPR16.
    pub paid_on: Option<NaiveDate>,
    /// BPR02.
    pub paid: Money,
    /// CLPs.
    pub claims: i32,
    /// What became of it.
    pub state: State,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// What waits for a person.
    pub exceptions_open: i64,
}

#[derive(QueryableByName)]
struct ListRow {
    #[diesel(sql_type = Uuid)]
    id: RemittanceId,
    #[diesel(sql_type = Text)]
    payer_name: String,
    #[diesel(sql_type = Text)]
    trace_number: String,
    #[diesel(sql_type = Text)]
    method: String,
    #[diesel(sql_type = Nullable<Date>)]
    paid_on: Option<NaiveDate>,
    #[diesel(sql_type = Numeric)]
    paid: Money,
    #[diesel(sql_type = Integer)]
    claims: i32,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Timestamptz)]
    received_at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    exceptions_open: i64,
}

/// The next remittances, newest first: those before `after`, at most `limit`. One query.
pub async fn list(
    tx: &mut Tx,
    state: Option<State>,
    after: Option<RemittanceId>,
    limit: i64,
) -> Result<Vec<RemittanceRow>> {
    let rows: Vec<ListRow> = diesel::sql_query(
        "select r.id, r.payer_name, r.trace_number, r.method, r.paid_on, r.paid, r.claims, r.state, r.received_at,
            (select count(*) from remit_exceptions x where x.organization_id = r.organization_id
                and x.remittance_id = r.id and x.resolved_at is null) as exceptions_open
         from remittances r
         where r.organization_id = $1 and ($2::text is null or r.state = $2) and ($3::uuid is null or r.id < $3)
         order by r.id desc limit $4",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Text>, _>(state.map(State::as_str))
    .bind::<Nullable<Uuid>, _>(after)
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(RemittanceRow {
                id: row.id,
                payer_name: row.payer_name,
                trace_number: row.trace_number,
                method: row.method,
                paid_on: row.paid_on,
                paid: row.paid,
                claims: row.claims,
                state: State::from_name(&row.state)?,
                received_at: row.received_at,
                exceptions_open: row.exceptions_open,
            })
        })
        .collect()
}

/// Remittances by state: how many, and what they pay.
pub async fn count_by_state(tx: &mut Tx) -> Result<Vec<(State, i64, Money)>> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = Text)]
        state: String,
        #[diesel(sql_type = BigInt)]
        remittances: i64,
        #[diesel(sql_type = Numeric)]
        paid: Money,
    }
    let rows: Vec<Count> = diesel::sql_query(
        "select state, count(*) as remittances, sum(paid) as paid from remittances
         where organization_id = $1 group by state",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((State::from_name(&row.state)?, row.remittances, row.paid))).collect()
}

/// A remittance without its claims.
#[derive(Clone, Debug)]
pub struct RemittanceHead {
    /// The remittance.
    pub id: RemittanceId,
    /// Its file.
    pub file: FileId,
    /// Place of the ST in its file, from 1.
    pub set_ordinal: i32,
    /// First and last byte of the set.
    pub bytes: (i64, i64),
    /// 1000A N102.
    pub payer_name: String,
    /// TRN03.
    pub payer_trace_id: String,
    /// TRN02.
    pub trace_number: String,
    /// BPR04.
    pub method: String,
    /// BPR16.
    pub paid_on: Option<NaiveDate>,
    /// BPR02.
    pub paid: Money,
    /// CLPs.
    pub claims: i32,
    /// Sum of CLP03.
    pub charged: Money,
    /// Sum of CLP04.
    pub claims_paid: Money,
    /// Sum of the PLB amounts: positive lowers the payment.
    pub provider_adjustments: Money,
    /// What is odd about it and stops nothing.
    pub warnings: Vec<Warning>,
    /// What became of it.
    pub state: State,
    /// Why it is held or a duplicate.
    pub why: Vec<Why>,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// When it was posted.
    pub posted_at: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct HeadRow {
    #[diesel(sql_type = Uuid)]
    file_id: FileId,
    #[diesel(sql_type = Integer)]
    set_ordinal: i32,
    #[diesel(sql_type = BigInt)]
    first_byte: i64,
    #[diesel(sql_type = BigInt)]
    last_byte: i64,
    #[diesel(sql_type = Text)]
    payer_name: String,
    #[diesel(sql_type = Text)]
    payer_trace_id: String,
    #[diesel(sql_type = Text)]
    trace_number: String,
    #[diesel(sql_type = Text)]
    method: String,
    #[diesel(sql_type = Nullable<Date>)]
    paid_on: Option<NaiveDate>,
    #[diesel(sql_type = Numeric)]
    paid: Money,
    #[diesel(sql_type = Integer)]
    claims: i32,
    #[diesel(sql_type = Numeric)]
    charged: Money,
    #[diesel(sql_type = Numeric)]
    claims_paid: Money,
    #[diesel(sql_type = Numeric)]
    provider_adjustments: Money,
    #[diesel(sql_type = Jsonb)]
    warnings: Value,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Jsonb)]
    why: Value,
    #[diesel(sql_type = Timestamptz)]
    received_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    posted_at: Option<DateTime<Utc>>,
}

/// One remittance.
///
/// # Errors
/// `remits/not-found` when it is not there or another practice's.
pub async fn head(tx: &mut Tx, id: RemittanceId) -> Result<RemittanceHead> {
    let row: Option<HeadRow> = diesel::sql_query(
        "select file_id, set_ordinal, first_byte, last_byte, payer_name, payer_trace_id, trace_number, method,
            paid_on, paid, claims, charged, claims_paid, provider_adjustments, warnings, state, why, received_at,
            posted_at
         from remittances where organization_id = $1 and id = $2",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .get_result(tx.conn())
    .await
    .optional()?;
    let Some(row) = row else {
        let detail = format!("there is no remittance {id}");
        return Err(Refusal::new("remits/not-found", Status::NotFound, detail, "Check the id").into());
    };
    Ok(RemittanceHead {
        id,
        file: row.file_id,
        set_ordinal: row.set_ordinal,
        bytes: (row.first_byte, row.last_byte),
        payer_name: row.payer_name,
        payer_trace_id: row.payer_trace_id,
        trace_number: row.trace_number,
        method: row.method,
        paid_on: row.paid_on,
        paid: row.paid,
        claims: row.claims,
        charged: row.charged,
        claims_paid: row.claims_paid,
        provider_adjustments: row.provider_adjustments,
        warnings: from_json(row.warnings)?,
        state: State::from_name(&row.state)?,
        why: from_json(row.why)?,
        received_at: row.received_at,
        posted_at: row.posted_at,
    })
}

/// What the services and the claims of a remittance come to: the left and right sides of two of
/// its equations, added up from its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct Sums {
    /// SVCs.
    #[diesel(sql_type = BigInt)]
    pub services: i64,
    /// SVCs whose own equation does not hold.
    #[diesel(sql_type = BigInt)]
    pub services_off: i64,
    /// Sum of SVC02.
    #[diesel(sql_type = Numeric)]
    pub services_charged: Money,
    /// Sum of the services' CAS.
    #[diesel(sql_type = Numeric)]
    pub services_adjusted: Money,
    /// Sum of SVC03.
    #[diesel(sql_type = Numeric)]
    pub services_paid: Money,
    /// CLPs.
    #[diesel(sql_type = BigInt)]
    pub claims: i64,
    /// CLPs whose own equation does not hold.
    #[diesel(sql_type = BigInt)]
    pub claims_off: i64,
    /// Sum of CLP03.
    #[diesel(sql_type = Numeric)]
    pub claims_charged: Money,
    /// Sum of all CAS.
    #[diesel(sql_type = Numeric)]
    pub claims_adjusted: Money,
    /// Sum of CLP04.
    #[diesel(sql_type = Numeric)]
    pub claims_paid: Money,
}

/// Adds up what is kept of a remittance's claims; nothing when it is held. One query.
pub async fn sums(tx: &mut Tx, id: RemittanceId) -> Result<Sums> {
    Ok(diesel::sql_query(
        "with decided as (
            select rc.id, rc.charged, rc.paid,
                (select coalesce(sum(value::numeric), 0) from jsonb_each_text(rc.adjusted)) as adjusted
            from remit_claims rc where rc.organization_id = $1 and rc.remittance_id = $2),
         served as (
            select l.charged, l.paid,
                (select coalesce(sum((a ->> 'amount')::numeric), 0) from jsonb_array_elements(l.adjustments) a)
                    as adjusted
            from remit_lines l join decided d on d.id = l.remit_claim_id where l.organization_id = $1)
         select s.*, c.* from
            (select count(*) as services, count(*) filter (where charged - adjusted <> paid) as services_off,
                coalesce(sum(charged), 0) as services_charged, coalesce(sum(adjusted), 0) as services_adjusted,
                coalesce(sum(paid), 0) as services_paid from served) s,
            (select count(*) as claims, count(*) filter (where charged - adjusted <> paid) as claims_off,
                coalesce(sum(charged), 0) as claims_charged, coalesce(sum(adjusted), 0) as claims_adjusted,
                coalesce(sum(paid), 0) as claims_paid from decided) c",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .get_result(tx.conn())
    .await?)
}

/// What a payer decided about a claim, as it is kept.
#[derive(Clone, Debug)]
pub struct KeptDecision {
    /// The decision: the ledger's source.
    pub id: RemitClaimId,
    /// Its remittance.
    pub remittance: RemittanceId,
    /// The payer's name there.
    pub payer_name: String,
    /// TRN02 there.
    pub trace_number: String,
    /// BPR16 there.
    pub paid_on: Option<NaiveDate>,
    /// The file.
    pub file: FileId,
    /// First and last byte of the CLP loop.
    pub bytes: (i64, i64),
    /// Place in the set, from 1.
    pub ordinal: i32,
    /// CLP01.
    pub patient_control_number: String,
    /// CLP07.
    pub payer_claim_control_number: Option<String>,
    /// CLP02.
    pub status: ClaimStatus,
    /// CLP03.
    pub charged: Money,
    /// CLP04.
    pub paid: Money,
    /// CLP05.
    pub patient_responsibility: Money,
    /// CAS of the claim as a whole.
    pub adjustments: Vec<Adjustment>,
    /// Sums of all CAS by group.
    pub adjusted: BTreeMap<String, Money>,
    /// RARCs of the claim as a whole.
    pub remarks: Vec<String>,
    /// The claim it is about, when one was found.
    pub claim: Option<ClaimId>,
    /// How it was found.
    pub match_rule: Option<String>,
    /// Who was treated, as we have them.
    pub patient: Option<Phi<PersonName>>,
    /// On the claim's account; else its money waits.
    pub posted: bool,
    /// The payer has taken it back since.
    pub reversed: bool,
    /// The services.
    pub lines: Vec<KeptLine>,
}

/// What a payer decided about one service, as it is kept.
#[derive(Clone, Debug)]
pub struct KeptLine {
    /// Place in the decision, from 1.
    pub line_no: i16,
    /// Our line.
    pub claim_line_no: Option<i16>,
    /// SVC01-2.
    pub procedure: String,
    /// SVC01-3 to -6.
    pub modifiers: Vec<String>,
    /// SVC02.
    pub charged: Money,
    /// SVC03.
    pub paid: Money,
    /// AMT*B6.
    pub allowed: Option<Money>,
    /// CAS of the service.
    pub adjustments: Vec<Adjustment>,
    /// RARCs.
    pub remarks: Vec<String>,
    /// First and last byte of the SVC loop.
    pub bytes: (i64, i64),
}

#[derive(QueryableByName)]
struct DecisionRow {
    #[diesel(sql_type = Uuid)]
    id: RemitClaimId,
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
    #[diesel(sql_type = BigInt)]
    first_byte: i64,
    #[diesel(sql_type = BigInt)]
    last_byte: i64,
    #[diesel(sql_type = Integer)]
    ordinal: i32,
    #[diesel(sql_type = Text)]
    patient_control_number: String,
    #[diesel(sql_type = Nullable<Text>)]
    payer_claim_control_number: Option<String>,
    #[diesel(sql_type = Text)]
    status_code: String,
    #[diesel(sql_type = Numeric)]
    charged: Money,
    #[diesel(sql_type = Numeric)]
    paid: Money,
    #[diesel(sql_type = Numeric)]
    patient_responsibility: Money,
    #[diesel(sql_type = Jsonb)]
    adjustments: Value,
    #[diesel(sql_type = Jsonb)]
    adjusted: Value,
    #[diesel(sql_type = Array<Text>)]
    remarks: Vec<String>,
    #[diesel(sql_type = Nullable<Uuid>)]
    claim_id: Option<ClaimId>,
    #[diesel(sql_type = Nullable<Text>)]
    match_rule: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    last_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    first_name: Option<String>,
    #[diesel(sql_type = Bool)]
    posted: bool,
    #[diesel(sql_type = Bool)]
    reversed: bool,
}

#[derive(QueryableByName)]
struct LineRow {
    #[diesel(sql_type = Uuid)]
    remit_claim_id: RemitClaimId,
    #[diesel(sql_type = SmallInt)]
    line_no: i16,
    #[diesel(sql_type = Nullable<SmallInt>)]
    claim_line_no: Option<i16>,
    #[diesel(sql_type = Text)]
    procedure: String,
    #[diesel(sql_type = Array<Text>)]
    modifiers: Vec<String>,
    #[diesel(sql_type = Numeric)]
    charged: Money,
    #[diesel(sql_type = Numeric)]
    paid: Money,
    #[diesel(sql_type = Nullable<Numeric>)]
    allowed: Option<Money>,
    #[diesel(sql_type = Jsonb)]
    adjustments: Value,
    #[diesel(sql_type = Array<Text>)]
    remarks: Vec<String>,
    #[diesel(sql_type = BigInt)]
    first_byte: i64,
    #[diesel(sql_type = BigInt)]
    last_byte: i64,
}

const DECISIONS: &str = "select rc.id, rc.remittance_id, r.payer_name, r.trace_number, r.paid_on, r.file_id,
        rc.first_byte, rc.last_byte, rc.ordinal, rc.patient_control_number, rc.payer_claim_control_number,
        rc.status_code, rc.charged, rc.paid, rc.patient_responsibility, rc.adjustments, rc.adjusted, rc.remarks,
        rc.claim_id, rc.match_rule, p.last_name, p.first_name, rc.posted, rc.reversed_by is not null as reversed
     from remit_claims rc
     join remittances r on r.organization_id = rc.organization_id and r.id = rc.remittance_id
     left join claims c on c.organization_id = rc.organization_id and c.id = rc.claim_id
     left join patients p on p.organization_id = c.organization_id and p.id = c.patient_id";

/// The next decisions of a remittance in the order of the file: those after the `after`-th, at
/// most `limit`, with their services. Two queries.
pub async fn decisions_of_remittance(
    tx: &mut Tx,
    id: RemittanceId,
    after: i32,
    limit: i64,
) -> Result<Vec<KeptDecision>> {
    let rows: Vec<DecisionRow> = diesel::sql_query(format!(
        "{DECISIONS} where rc.organization_id = $1 and rc.remittance_id = $2 and rc.ordinal > $3
         order by rc.ordinal limit $4"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Integer, _>(after)
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    with_lines(tx, rows).await
}

/// Every decision about these claims, newest first, with their services. Two queries.
pub async fn decisions_of_claims(tx: &mut Tx, claims: &[ClaimId]) -> Result<Vec<KeptDecision>> {
    let rows: Vec<DecisionRow> = diesel::sql_query(format!(
        "{DECISIONS} where rc.organization_id = $1 and rc.claim_id = any ($2) order by rc.id desc"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(claims)
    .load(tx.conn())
    .await?;
    with_lines(tx, rows).await
}

async fn with_lines(tx: &mut Tx, rows: Vec<DecisionRow>) -> Result<Vec<KeptDecision>> {
    let ids: Vec<RemitClaimId> = rows.iter().map(|row| row.id).collect();
    let lines: Vec<LineRow> = diesel::sql_query(
        "select remit_claim_id, line_no, claim_line_no, procedure, modifiers, charged, paid, allowed, adjustments,
            remarks, first_byte, last_byte
         from remit_lines where organization_id = $1 and remit_claim_id = any ($2) order by remit_claim_id, line_no",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(&ids)
    .load(tx.conn())
    .await?;
    let mut of: BTreeMap<RemitClaimId, Vec<KeptLine>> = BTreeMap::new();
    for line in lines {
        of.entry(line.remit_claim_id).or_default().push(KeptLine {
            line_no: line.line_no,
            claim_line_no: line.claim_line_no,
            procedure: line.procedure,
            modifiers: line.modifiers,
            charged: line.charged,
            paid: line.paid,
            allowed: line.allowed,
            adjustments: from_json(line.adjustments)?,
            remarks: line.remarks,
            bytes: (line.first_byte, line.last_byte),
        });
    }
    rows.into_iter()
        .map(|row| {
            let name = |last| PersonName { last, first: row.first_name, middle: None, suffix: None };
            Ok(KeptDecision {
                id: row.id,
                remittance: row.remittance_id,
                payer_name: row.payer_name,
                trace_number: row.trace_number,
                paid_on: row.paid_on,
                file: row.file_id,
                bytes: (row.first_byte, row.last_byte),
                ordinal: row.ordinal,
                patient_control_number: row.patient_control_number,
                payer_claim_control_number: row.payer_claim_control_number,
                status: ClaimStatus::from_code(&row.status_code),
                charged: row.charged,
                paid: row.paid,
                patient_responsibility: row.patient_responsibility,
                adjustments: from_json(row.adjustments)?,
                adjusted: from_json(row.adjusted)?,
                remarks: row.remarks,
                claim: row.claim_id,
                match_rule: row.match_rule,
                patient: row.last_name.map(|last| Phi::new(name(last))),
                posted: row.posted,
                reversed: row.reversed,
                lines: of.remove(&row.id).unwrap_or_default(),
            })
        })
        .collect()
}

/// A PLB item, as it is kept.
#[derive(Clone, Debug, QueryableByName)]
pub struct KeptProviderAdjustment {
    /// PLB03-1.
    #[diesel(sql_type = Text)]
    pub reason: String,
    /// PLB03-2.
    #[diesel(sql_type = Nullable<Text>)]
    pub reference: Option<String>,
    /// PLB04: positive lowers the payment.
    #[diesel(sql_type = Numeric)]
    pub amount: Money,
    /// First byte of its PLB.
    #[diesel(sql_type = BigInt)]
    pub first_byte: i64,
    /// Last byte of its PLB.
    #[diesel(sql_type = BigInt)]
    pub last_byte: i64,
}

/// The PLB items of a remittance, in the order of the file.
pub async fn provider_adjustments(tx: &mut Tx, id: RemittanceId) -> Result<Vec<KeptProviderAdjustment>> {
    Ok(diesel::sql_query(
        "select reason, reference, amount, first_byte, last_byte from provider_adjustments
         where organization_id = $1 and remittance_id = $2 order by ordinal",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .load(tx.conn())
    .await?)
}

/// Something in a remittance that waits, or waited, for a person.
#[derive(Clone, Debug, QueryableByName)]
pub struct KeptException {
    /// The word of its kind.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// The money that waits.
    #[diesel(sql_type = Numeric)]
    pub amount: Money,
    /// What is the matter.
    #[diesel(sql_type = Text)]
    pub detail: String,
    /// What the person does.
    #[diesel(sql_type = Text)]
    pub next_step: String,
    /// The decision it is about, when it is about one.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub remit_claim: Option<RemitClaimId>,
    /// Place of that decision in the set.
    #[diesel(sql_type = Nullable<Integer>)]
    pub ordinal: Option<i32>,
    /// First byte of that decision.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub first_byte: Option<i64>,
    /// Last byte of that decision.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub last_byte: Option<i64>,
    /// What was done about it.
    #[diesel(sql_type = Nullable<Text>)]
    pub resolution: Option<String>,
}

/// The exceptions of a remittance, open ones first.
pub async fn exceptions(tx: &mut Tx, id: RemittanceId) -> Result<Vec<KeptException>> {
    Ok(diesel::sql_query(
        "select x.kind, x.amount, x.detail, x.next_step, x.remit_claim_id as remit_claim, rc.ordinal, rc.first_byte,
            rc.last_byte, x.resolution
         from remit_exceptions x
         left join remit_claims rc on rc.organization_id = x.organization_id and rc.id = x.remit_claim_id
         where x.organization_id = $1 and x.remittance_id = $2
         order by x.resolved_at is not null, x.id",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .load(tx.conn())
    .await?)
}

/// What a remittance moved on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The account.
    pub account: AccountKind,
    /// What was debited.
    pub debits: Money,
    /// What was credited.
    pub credits: Money,
}

/// What the entries of a remittance moved, in the order of the chart. One query.
pub async fn movements(tx: &mut Tx, id: RemittanceId) -> Result<Vec<Movement>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SmallInt)]
        account: i16,
        #[diesel(sql_type = Numeric)]
        debits: Money,
        #[diesel(sql_type = Numeric)]
        credits: Money,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "with documents as (
            select $3 as kind, id from remit_claims where organization_id = $1 and remittance_id = $2
            union all
            select $4, id from provider_adjustments where organization_id = $1 and remittance_id = $2),
         moved as (
            select t.debit_account, t.credit_account, t.amount
            from documents d
            join entries e on e.organization_id = $1 and e.source_kind = d.kind and e.source_id = d.id
            join transfers t on t.organization_id = $1 and t.entry_id = e.id)
         select account, sum(debit) as debits, sum(credit) as credits from (
            select debit_account::smallint as account, amount as debit, 0 as credit from moved
            union all
            select credit_account::smallint, 0, amount from moved) legs
         group by account order by account",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Text, _>(CLAIM_SOURCE.as_str())
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .load(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let account = AccountKind::from_number(row.account)
                .ok_or_else(|| anyhow::anyhow!("no account {}", row.account))?;
            Ok(Movement { account, debits: row.debits, credits: row.credits })
        })
        .collect()
}

fn from_json<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    Ok(serde_json::from_value(value).map_err(anyhow::Error::from)?)
}
