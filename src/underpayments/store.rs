//! SQL of underpayments.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::result::OptionalExtension;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::db::schema::underpayments as u;
use crate::db::{Tx, kept, kept_once};
use crate::types::{
    Bytes, ClaimId, ContractId, FileId, Money, PersonName, Phi, Refusal, RemitClaimId, RemittanceId, Result,
    Status, UnderpaymentId, noted,
};
use crate::underpayments::Outcome;

/// An underpayment found in a remittance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUnderpayment {
    /// The claim.
    pub claim: ClaimId,
    /// The payer's decision.
    pub remit_claim: RemitClaimId,
    /// Our line and the first line of the decision that answers it; none: the claim as a whole.
    pub line: Option<(i16, i16)>,
    /// The contract.
    pub contract: ContractId,
    /// What it comes to.
    pub expected: Money,
    /// What the payer allowed; less than that.
    pub allowed: Money,
    /// How the contract comes to it.
    pub arithmetic: String,
}

/// An underpayment with what a person needs to work it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Underpayment {
    /// Its id.
    pub id: UnderpaymentId,
    /// `open`, `closed` or `reversed`.
    pub state: String,
    /// The claim.
    pub claim: ClaimId,
    /// The claim's newest control number.
    pub number: Option<String>,
    /// The line of the claim; none: the claim as a whole.
    pub line_no: Option<i16>,
    /// What was billed on the line, with modifiers.
    pub procedure: Option<String>,
    /// Who was treated.
    #[serde(skip)]
    pub patient: Phi<PersonName>,
    /// Who allowed too little.
    pub payer: String,
    /// The first day of service.
    pub service_from: Option<NaiveDate>,
    /// The contract.
    pub contract: ContractId,
    /// What the practice calls it.
    pub contract_name: String,
    /// What the contract comes to.
    pub expected: Money,
    /// What the payer allowed.
    pub allowed: Money,
    /// Expected less allowed.
    pub difference: Money,
    /// How the contract comes to what is expected, step by step.
    pub arithmetic: String,
    /// The payer's decision.
    pub remit_claim: RemitClaimId,
    /// The remittance.
    pub remittance: RemittanceId,
    /// BPR16 of it.
    pub paid_on: Option<NaiveDate>,
    /// The 835.
    pub file: FileId,
    /// First and last byte of the SVC loop, or of the CLP loop.
    pub bytes: Bytes,
    /// When it was found.
    pub opened_on: NaiveDate,
    /// How it came to its end.
    pub outcome: Option<Outcome>,
    /// What the person said who closed it.
    pub note: Option<String>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
}

/// Opens work items; one that is there already stays as it is. Returns how many are new. The caller
/// audits: underpayments are part of posting a remittance.
pub async fn open(tx: &mut Tx, today: NaiveDate, found: &[NewUnderpayment]) -> Result<usize> {
    let mut opened = 0;
    for some in found.chunks(1_000) {
        let all = || some.iter();
        opened += kept(
            "insert into underpayments (organization_id, id, claim_id, remit_claim_id, claim_line_no, remit_line_no,
                contract_id, expected, allowed, arithmetic, opened_on)
             select $1, n.id, n.claim, n.remit_claim, n.line, n.answer, n.contract, n.expected, n.allowed,
                n.arithmetic, $2
             from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11)
                as n (id, claim, remit_claim, line, answer, contract, expected, allowed, arithmetic)
             on conflict do nothing",
        )
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Date, _>(today)
        .bind::<Array<Uuid>, _>(all().map(|_| UnderpaymentId::new()).collect::<Vec<_>>())
        .bind::<Array<Uuid>, _>(all().map(|n| n.claim).collect::<Vec<_>>())
        .bind::<Array<Uuid>, _>(all().map(|n| n.remit_claim).collect::<Vec<_>>())
        .bind::<Array<Nullable<SmallInt>>, _>(all().map(|n| n.line.map(|(ours, _)| ours)).collect::<Vec<_>>())
        .bind::<Array<Nullable<SmallInt>>, _>(all().map(|n| n.line.map(|(_, theirs)| theirs)).collect::<Vec<_>>())
        .bind::<Array<Uuid>, _>(all().map(|n| n.contract).collect::<Vec<_>>())
        .bind::<Array<Numeric>, _>(all().map(|n| n.expected).collect::<Vec<_>>())
        .bind::<Array<Numeric>, _>(all().map(|n| n.allowed).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(all().map(|n| n.arithmetic.as_str()).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    }
    Ok(opened)
}

/// Takes back the open items of payer decisions that were reversed.
pub async fn take_back(tx: &mut Tx, reversed: &[RemitClaimId]) -> Result<usize> {
    if reversed.is_empty() {
        return Ok(0);
    }
    Ok(diesel::update(u::table)
        .filter(u::organization_id.eq(tx.actor().organization).and(u::remit_claim_id.eq_any(reversed)))
        .filter(u::state.eq("open"))
        .set(u::state.eq("reversed"))
        .execute(tx.conn())
        .await?)
}

/// Opens the items again that were taken back with payer decisions which stand again.
pub async fn open_again(tx: &mut Tx, restored: &[RemitClaimId]) -> Result<usize> {
    Ok(diesel::update(u::table)
        .filter(u::organization_id.eq(tx.actor().organization).and(u::remit_claim_id.eq_any(restored)))
        .filter(u::state.eq("reversed"))
        .set(u::state.eq("open"))
        .execute(tx.conn())
        .await?)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Uuid)]
    id: UnderpaymentId,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Uuid)]
    claim_id: ClaimId,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    claim_line_no: Option<i16>,
    #[diesel(sql_type = Nullable<Text>)]
    procedure: Option<String>,
    #[diesel(sql_type = Text)]
    last_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    first_name: Option<String>,
    #[diesel(sql_type = Text)]
    payer: String,
    #[diesel(sql_type = Nullable<Date>)]
    service_from: Option<NaiveDate>,
    #[diesel(sql_type = Uuid)]
    contract_id: ContractId,
    #[diesel(sql_type = Text)]
    contract_name: String,
    #[diesel(sql_type = Numeric)]
    expected: Money,
    #[diesel(sql_type = Numeric)]
    allowed: Money,
    #[diesel(sql_type = Numeric)]
    difference: Money,
    #[diesel(sql_type = Text)]
    arithmetic: String,
    #[diesel(sql_type = Uuid)]
    remit_claim_id: RemitClaimId,
    #[diesel(sql_type = Uuid)]
    remittance_id: RemittanceId,
    #[diesel(sql_type = Nullable<Date>)]
    paid_on: Option<NaiveDate>,
    #[diesel(sql_type = Uuid)]
    file_id: FileId,
    #[diesel(sql_type = BigInt)]
    first_byte: i64,
    #[diesel(sql_type = BigInt)]
    last_byte: i64,
    #[diesel(sql_type = Date)]
    opened_on: NaiveDate,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    note: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    closed_at: Option<DateTime<Utc>>,
}

impl Row {
    fn read(self) -> Result<Underpayment> {
        let outcome = self.outcome.map(|outcome| outcome.parse()).transpose().map_err(anyhow::Error::from)?;
        Ok(Underpayment {
            id: self.id,
            state: self.state,
            claim: self.claim_id,
            number: self.number,
            line_no: self.claim_line_no,
            procedure: self.procedure,
            patient: Phi::new(PersonName {
                last: self.last_name,
                first: self.first_name,
                middle: None,
                suffix: None,
            }),
            payer: self.payer,
            service_from: self.service_from,
            contract: self.contract_id,
            contract_name: self.contract_name,
            expected: self.expected,
            allowed: self.allowed,
            difference: self.difference,
            arithmetic: self.arithmetic,
            remit_claim: self.remit_claim_id,
            remittance: self.remittance_id,
            paid_on: self.paid_on,
            file: self.file_id,
            bytes: Bytes::stored(self.first_byte, self.last_byte)?,
            opened_on: self.opened_on,
            outcome,
            note: self.note,
            closed_at: self.closed_at,
        })
    }
}

const ITEMS: &str = "select u.id, u.state, u.claim_id, u.claim_line_no, u.contract_id, u.expected, u.allowed,
        u.difference, u.arithmetic, u.remit_claim_id, u.opened_on, u.outcome, u.note, u.closed_at,
        array_to_string(array_prepend(cl.procedure, cl.modifiers), '-') as procedure,
        p.last_name, p.first_name, y.name as payer, c.service_from, k.name as contract_name, rc.remittance_id,
        r.paid_on, r.file_id, coalesce(l.first_byte, rc.first_byte) as first_byte,
        coalesce(l.last_byte, rc.last_byte) as last_byte,
        (select s.control_number from submissions s where s.organization_id = u.organization_id
            and s.claim_id = u.claim_id order by s.id desc limit 1) as number
     from underpayments u
     join claims c on c.organization_id = u.organization_id and c.id = u.claim_id
     join patients p on p.organization_id = c.organization_id and p.id = c.patient_id
     join payers y on y.organization_id = c.organization_id and y.id = c.payer_id
     join payer_contracts k on k.organization_id = u.organization_id and k.id = u.contract_id
     join remit_claims rc on rc.organization_id = u.organization_id and rc.id = u.remit_claim_id
     join remittances r on r.organization_id = rc.organization_id and r.id = rc.remittance_id
     left join remit_lines l on l.organization_id = u.organization_id and l.remit_claim_id = u.remit_claim_id
        and l.line_no = u.remit_line_no
     left join claim_lines cl on cl.organization_id = u.organization_id and cl.claim_id = u.claim_id
        and cl.line_no = u.claim_line_no";

/// Which items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Those to be worked.
    #[default]
    Open,
    /// Those that came to their end, one way or another.
    Done,
}

/// Where a page of the queue begins: after this item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Its difference.
    pub difference: Money,
    /// Its id.
    pub id: UnderpaymentId,
}

/// The next items, the largest difference first. One query.
pub async fn queue(
    tx: &mut Tx,
    filter: Filter,
    after: Option<After>,
    limit: i64,
) -> Result<Vec<Underpayment>> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{ITEMS} where u.organization_id = $1 and (u.state = 'open') = $2
            and ($3::uuid is null or u.difference < $4 or (u.difference = $4 and u.id > $3))
         order by u.difference desc, u.id limit $5"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Bool, _>(filter == Filter::Open)
    .bind::<Nullable<Uuid>, _>(after.map(|after| after.id))
    .bind::<Nullable<Numeric>, _>(after.map(|after| after.difference))
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// One item, open or not.
///
/// # Errors
/// `underpayments/not-found` when it is not there or another practice's.
pub async fn get(tx: &mut Tx, id: UnderpaymentId) -> Result<Underpayment> {
    let row: Option<Row> = kept_once!(format!("{ITEMS} where u.organization_id = $1 and u.id = $2"))
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Uuid, _>(id)
        .get_result(tx.conn())
        .await
        .optional()?;
    let not_found = || {
        let detail = format!("there is no underpayment {id}");
        Refusal::new("underpayments/not-found", Status::NotFound, detail, "Check the id")
    };
    row.ok_or_else(not_found)?.read()
}

/// The items of a claim, open or not.
pub async fn of_claim(tx: &mut Tx, claim: ClaimId) -> Result<Vec<Underpayment>> {
    let rows: Vec<Row> = kept_once!(format!(
        "{ITEMS} where u.organization_id = $1 and u.claim_id = $2 order by u.claim_line_no, u.id"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(claim)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// What some decisions were expected to allow more, by decision; taken back ones left out. One query.
pub async fn below_contract(tx: &mut Tx, decisions: &[RemitClaimId]) -> Result<HashMap<RemitClaimId, Money>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        remit_claim_id: RemitClaimId,
        #[diesel(sql_type = Numeric)]
        difference: Money,
    }
    let rows: Vec<Row> = kept(
        "select remit_claim_id, sum(difference) as difference from underpayments
         where organization_id = $1 and remit_claim_id = any ($2) and state <> 'reversed' group by remit_claim_id",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(decisions)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.remit_claim_id, row.difference)).collect())
}

/// How many items are open, and their differences' sum.
pub async fn totals(tx: &mut Tx) -> Result<(i64, Money)> {
    #[derive(QueryableByName)]
    struct Total {
        #[diesel(sql_type = BigInt)]
        count: i64,
        #[diesel(sql_type = Numeric)]
        difference: Money,
    }
    let total: Total = kept(
        "select count(*) as count, coalesce(sum(difference), 0)::numeric(14,2) as difference from underpayments
         where organization_id = $1 and state = 'open'",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .get_result(tx.conn())
    .await?;
    Ok((total.count, total.difference))
}

/// Closes an open item. Leaves an audit event `underpayments/close`.
///
/// # Errors
/// `underpayments/not-found`, `underpayments/not-open`, `underpayments/note` when the note has no or
/// more than 500 characters.
pub async fn close(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: UnderpaymentId,
    outcome: Outcome,
    note: &str,
) -> Result<Underpayment> {
    let note = noted(note).ok_or_else(|| {
        let what = "a note of 1 to 500 characters says why the item is closed";
        Refusal::new("underpayments/note", Status::Invalid, what, "Write one")
    })?;
    let who = tx.actor().who.to_string();
    let closed = diesel::update(u::table)
        .filter(u::organization_id.eq(tx.actor().organization).and(u::id.eq(id)).and(u::state.eq("open")))
        .set((
            u::state.eq("closed"),
            u::outcome.eq(outcome.as_str()),
            u::note.eq(note),
            u::closed_at.eq(now),
            u::closed_by.eq(who),
        ))
        .execute(tx.conn())
        .await?;
    let item = get(tx, id).await?;
    if closed == 0 {
        let what = format!("the item is {} already", item.state);
        return Err(Refusal::new("underpayments/not-open", Status::Conflict, what, "Look at it again").into());
    }
    tx.audit("underpayments/close", id, None, json!({ "outcome": outcome.as_str() })).await?;
    Ok(item)
}
