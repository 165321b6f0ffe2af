//! Payments of patients: received into unapplied cash, applied to visits, undone.
//!
//! What payers pay comes in remittances; what of it waits for a claim waits in unapplied cash, too, each
//! amount with its exception ([`crate::remits::exceptions`]), and is applied there. So a payer's money is
//! never entered here: it would be counted twice when its remittance comes.

pub mod api;
pub mod pages;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::result::OptionalExtension;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::credits::model::{CreditError, Owing, noted};
use crate::credits::store::{self, owing, person};
use crate::db::{Tx, kept_once};
use crate::ledger::{self, About, AccountKind, EntryKind, NewEntry, Source, SourceKind, Transfer};
use crate::registry::organizations;
use crate::remits::exceptions::ExceptionKind;
use crate::submissions::newest_number_sql;
use crate::types::{ClaimId, Money, PatientId, PersonName, Phi, ReceiptApplicationId, ReceiptId, Result};

/// The ledger's source of a payment: the id of a `receipts` row.
pub(super) const RECEIPT_SOURCE: SourceKind = SourceKind::new("receipt");
/// The same, of the entry that takes it back.
const RETURN_SOURCE: SourceKind = SourceKind::new("receipt_return");
/// The ledger's source of an application: the id of a `receipt_applications` row.
pub(super) const APPLICATION_SOURCE: SourceKind = SourceKind::new("receipt_application");
/// The same, of the entry that takes it back.
const UNDO_SOURCE: SourceKind = SourceKind::new("receipt_undo");

/// The largest amount that the database holds.
const AMOUNT_MAX: Money = Money::from_cents(99_999_999_999_999);

/// By what a patient paid. No card's number is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReceiptMethod)]
pub enum Method {
    /// Cash.
    Cash,
    /// A check; the reference is its number.
    Check,
    /// A card; the reference is the receipt's number.
    Card,
    /// A transfer.
    Eft,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 4] = [Method::Cash, Method::Check, Method::Card, Method::Eft];

    /// The word in the database and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Cash => "cash",
            Method::Check => "check",
            Method::Card => "card",
            Method::Eft => "eft",
        }
    }

    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Method::Cash => "Cash",
            Method::Check => "Check",
            Method::Card => "Card",
            Method::Eft => "Transfer (EFT)",
        }
    }

    fn from_name(name: &str) -> Result<Method> {
        let found = Method::ALL.into_iter().find(|method| method.as_str() == name);
        Ok(found.ok_or_else(|| anyhow::anyhow!("no method {name}"))?)
    }
}

/// A payment to be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReceipt {
    /// Who paid.
    pub patient: PatientId,
    /// How much.
    pub amount: Money,
    /// By what.
    pub method: Method,
    /// The check's or the receipt's number.
    pub reference: Option<String>,
    /// The day on which it came.
    pub received_on: NaiveDate,
}

/// A patient's payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
    /// Who paid.
    pub patient: PatientId,
    /// The patient's name.
    #[serde(skip)]
    pub patient_name: Phi<PersonName>,
    /// How much.
    pub amount: Money,
    /// What of it is not applied: it waits in unapplied cash.
    pub open: Money,
    /// By what.
    pub method: Method,
    /// The check's or the receipt's number.
    pub reference: Option<String>,
    /// The day on which it came.
    pub received_on: NaiveDate,
    /// The day on which it was taken back: it bounced, or was entered by mistake.
    pub returned_on: Option<NaiveDate>,
    /// Why.
    pub returned_why: Option<String>,
}

/// Where a payment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a visit, by its account claim; none: the patient's visits without a claim.
    Visit(Option<ClaimId>),
    /// It is kept as the patient's credit, which can be refunded or moved.
    Credit,
}

/// How much of a payment was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReceiptApplication)]
pub struct Application {
    /// Its id.
    pub id: ReceiptApplicationId,
    /// The payment.
    pub receipt: ReceiptId,
    /// `visit` or `credit`.
    pub target: String,
    /// The visit's account claim; none: visits without a claim, or a credit.
    pub claim: Option<ClaimId>,
    /// That claim's newest control number.
    pub number: Option<String>,
    /// How much.
    pub amount: Money,
    /// The day.
    pub applied_on: NaiveDate,
    /// The day on which it was undone.
    pub undone_on: Option<NaiveDate>,
    /// Why.
    pub undone_why: Option<String>,
}

/// A payment with what became of it, and what the patient owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReceiptDetail)]
pub struct Detail {
    /// The payment.
    #[serde(flatten)]
    pub receipt: Receipt,
    /// What it was applied to, oldest first, undone ones included.
    pub applications: Vec<Application>,
    /// What the patient owes, visit by visit.
    pub owing: Vec<Owing>,
}

/// What of a payment is open, of `receipts r`.
pub(super) const OPEN: &str = "case when r.returned_on is null then r.amount else 0 end
    - coalesce((select sum(a.amount) from receipt_applications a where a.organization_id = r.organization_id
        and a.receipt_id = r.id and a.undone_on is null), 0)";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: ReceiptId,
    #[diesel(sql_type = SqlUuid)]
    patient_id: PatientId,
    #[diesel(sql_type = Text)]
    last_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    first_name: Option<String>,
    #[diesel(sql_type = Numeric)]
    amount: Money,
    #[diesel(sql_type = Numeric)]
    open: Money,
    #[diesel(sql_type = Text)]
    method: String,
    #[diesel(sql_type = Nullable<Text>)]
    reference: Option<String>,
    #[diesel(sql_type = Date)]
    received_on: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    returned_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    returned_why: Option<String>,
}

impl Row {
    fn read(self) -> Result<Receipt> {
        let name = person(Some(self.last_name), self.first_name);
        Ok(Receipt {
            id: self.id,
            patient: self.patient_id,
            patient_name: name.ok_or_else(|| anyhow::anyhow!("{} has no patient", self.id))?,
            amount: self.amount,
            open: self.open,
            method: Method::from_name(&self.method)?,
            reference: self.reference,
            received_on: self.received_on,
            returned_on: self.returned_on,
            returned_why: self.returned_why,
        })
    }
}

fn shown() -> String {
    format!(
        "select * from (
            select r.id, r.patient_id, p.last_name, p.first_name, r.amount, {OPEN} as open, r.method, r.reference,
                r.received_on, r.returned_on, r.returned_why
            from receipts r
            join patients p on p.organization_id = $1 and p.id = r.patient_id
            where r.organization_id = $1) receipts"
    )
}

/// Which payments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Those that are not applied whole.
    #[default]
    Open,
    /// The others: applied, or taken back.
    Done,
}

/// The next payments: the oldest first while they are open, the newest first when they are done. One
/// query.
pub async fn list(tx: &mut Tx, filter: Filter, after: Option<ReceiptId>, limit: i64) -> Result<Vec<Receipt>> {
    let (compare, order) = match filter {
        Filter::Open => (">", "asc"),
        Filter::Done => ("<", "desc"),
    };
    let sql = format!(
        "{} where (open > 0) = $2 and ($3 is null or id {compare} $3) order by id {order} limit $4",
        shown()
    );
    let rows: Vec<Row> = sql_query(sql)
        .bind::<SqlUuid, _>(tx.actor().organization)
        .bind::<Bool, _>(filter == Filter::Open)
        .bind::<Nullable<SqlUuid>, _>(after)
        .bind::<BigInt, _>(limit)
        .load(tx.conn())
        .await?;
    rows.into_iter().map(Row::read).collect()
}

/// One payment.
///
/// # Errors
/// `credits/no-receipt`, also for another practice's.
pub async fn get(tx: &mut Tx, id: ReceiptId) -> Result<Receipt> {
    let row: Option<Row> = kept_once!(format!("{} where id = $2", shown()))
        .bind::<SqlUuid, _>(tx.actor().organization)
        .bind::<SqlUuid, _>(id)
        .get_result(tx.conn())
        .await
        .optional()?;
    row.ok_or(CreditError::NoReceipt(id))?.read()
}

/// One payment with what became of it.
///
/// # Errors
/// As [`get`].
pub async fn detail(tx: &mut Tx, id: ReceiptId) -> Result<Detail> {
    let receipt = get(tx, id).await?;
    let (applications, owing) = (applications(tx, id).await?, owing(tx, receipt.patient).await?);
    Ok(Detail { receipt, applications, owing })
}

async fn applications(tx: &mut Tx, receipt: ReceiptId) -> Result<Vec<Application>> {
    #[derive(QueryableByName)]
    struct Applied {
        #[diesel(sql_type = SqlUuid)]
        id: ReceiptApplicationId,
        #[diesel(sql_type = Text)]
        target: String,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        claim_id: Option<ClaimId>,
        #[diesel(sql_type = Nullable<Text>)]
        number: Option<String>,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = Date)]
        applied_on: NaiveDate,
        #[diesel(sql_type = Nullable<Date>)]
        undone_on: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Text>)]
        undone_why: Option<String>,
    }
    let rows: Vec<Applied> = kept_once!(format!(
        "select a.id, a.target, a.claim_id, {number} as number, a.amount, a.applied_on, a.undone_on, a.undone_why
         from receipt_applications a where a.organization_id = $1 and a.receipt_id = $2 order by a.id",
        number = newest_number_sql("a.claim_id"),
    ))
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SqlUuid, _>(receipt)
    .load(tx.conn())
    .await?;
    let applied = |row: Applied| Application {
        id: row.id,
        receipt,
        target: row.target,
        claim: row.claim_id,
        number: row.number,
        amount: row.amount,
        applied_on: row.applied_on,
        undone_on: row.undone_on,
        undone_why: row.undone_why,
    };
    Ok(rows.into_iter().map(applied).collect())
}

/// What waits in unapplied cash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema, QueryableByName)]
#[schema(as = UnappliedTotals)]
pub struct Unapplied {
    /// Payments of patients that are not applied whole.
    #[diesel(sql_type = BigInt)]
    pub receipts: i64,
    /// What of them is open.
    #[diesel(sql_type = Numeric)]
    pub patients: Money,
    /// Payments of payers whose claim is not known: exceptions of remittances.
    #[diesel(sql_type = BigInt)]
    pub exceptions: i64,
    /// What they come to.
    #[diesel(sql_type = Numeric)]
    pub payers: Money,
}

/// What waits in unapplied cash. One query.
pub async fn totals(tx: &mut Tx) -> Result<Unapplied> {
    let came = Money::from_cents(1);
    let waits = |kind: &ExceptionKind| kind.holds_in(came) == Some(AccountKind::UnappliedCash);
    let kinds: Vec<&str> =
        ExceptionKind::ALL.iter().filter(|kind| waits(kind)).map(|kind| kind.as_str()).collect();
    let totals = kept_once!(format!(
        "with open as (select {OPEN} as open from receipts r where r.organization_id = $1),
         waiting as (
            select x.amount from remit_exceptions x
            join remittances r on r.organization_id = x.organization_id and r.id = x.remittance_id
            where x.organization_id = $1 and x.resolved_at is null and x.kind = any ($2) and x.amount > 0
            and r.state in ('posted', 'partly_posted'))
         select (select count(*) from open where open > 0) as receipts,
            (select coalesce(sum(open), 0) from open) as patients,
            (select count(*) from waiting) as exceptions, (select coalesce(sum(amount), 0) from waiting) as payers"
    ))
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<Array<Text>, _>(kinds)
    .get_result(tx.conn())
    .await?;
    Ok(totals)
}

/// Enters a patient's payment: into cash, out of unapplied cash. Leaves an audit event
/// `credits/receive`.
///
/// # Errors
/// `credits/amount` for nothing or too much; `credits/received-on` for a day after today;
/// `credits/reference` for a reference that is too long.
pub async fn receive(tx: &mut Tx, now: DateTime<Utc>, new: &NewReceipt) -> Result<Receipt> {
    let today = organizations::today(tx, now).await?;
    let NewReceipt { patient, amount, method, received_on, .. } = *new;
    if !amount.is_positive() || amount > AMOUNT_MAX {
        return Err(CreditError::Amount { asked: amount, limit: AMOUNT_MAX }.into());
    }
    if received_on > today {
        return Err(CreditError::ReceivedOn { received: received_on, today }.into());
    }
    let reference = new.reference.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if reference.is_some_and(|text| text.chars().count() > 50 || text.chars().any(char::is_control)) {
        return Err(CreditError::Reference.into());
    }
    let id = ReceiptId::new();
    let about = About { patient: Some(patient), ..About::default() };
    let came = Transfer::new(AccountKind::PatientCash, AccountKind::UnappliedCash, amount, about)?;
    let source = Source::new(RECEIPT_SOURCE, id.uuid());
    ledger::post(tx, &NewEntry::new(EntryKind::PatientPayment, source, received_on, vec![came])?).await?;
    sql_query(
        "insert into receipts (organization_id, id, patient_id, amount, method, reference, received_on, received_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(patient)
    .bind::<Numeric, _>(amount)
    .bind::<Text, _>(method.as_str())
    .bind::<Nullable<Text>, _>(reference)
    .bind::<Date, _>(received_on)
    .bind::<Text, _>(tx.actor().who.to_string())
    .execute(tx.conn())
    .await?;
    tx.audit("credits/receive", id, None, json!({ "amount": amount, "method": method })).await?;
    get(tx, id).await
}

/// Applies a payment, all of it that fits or `amount`: to a visit at most what the patient owes for it.
/// Leaves an audit event `credits/apply`.
///
/// # Errors
/// `credits/no-receipt`; `credits/amount` when it is more than is open, or than the visit owes.
pub async fn apply(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: ReceiptId,
    target: Target,
    amount: Option<Money>,
) -> Result<Detail> {
    ledger::decide_alone(tx).await?;
    let today = organizations::today(tx, now).await?;
    let receipt = get(tx, id).await?;
    let (word, claim, account, limit) = match target {
        Target::Visit(claim) => {
            let visits = owing(tx, receipt.patient).await?;
            let owed = visits.iter().find(|visit| visit.claim == claim).map(|visit| visit.owed);
            ("visit", claim, AccountKind::PatientAr, owed.unwrap_or_default().min(receipt.open))
        }
        Target::Credit => ("credit", None, AccountKind::PatientCredits, receipt.open),
    };
    let asked = amount.unwrap_or(limit);
    if !asked.is_positive() || asked > limit {
        return Err(CreditError::Amount { asked, limit }.into());
    }
    let applied = ReceiptApplicationId::new();
    let about = About { claim, patient: Some(receipt.patient), payer: None };
    let moved = Transfer::new(AccountKind::UnappliedCash, account, asked, about)?;
    let source = Source::new(APPLICATION_SOURCE, applied.uuid());
    ledger::post(tx, &NewEntry::new(EntryKind::Application, source, today, vec![moved])?).await?;
    sql_query(
        "insert into receipt_applications (organization_id, id, receipt_id, target, claim_id, amount, applied_on,
            applied_by) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SqlUuid, _>(applied)
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(word)
    .bind::<Nullable<SqlUuid>, _>(claim)
    .bind::<Numeric, _>(asked)
    .bind::<Date, _>(today)
    .bind::<Text, _>(tx.actor().who.to_string())
    .execute(tx.conn())
    .await?;
    let detail = json!({ "application": applied, "amount": asked, "target": word });
    tx.audit("credits/apply", id, None, detail).await?;
    self::detail(tx, id).await
}

/// Undoes an application: the money waits again. Leaves an audit event `credits/unapply`.
///
/// # Errors
/// `credits/note` without a reason; `credits/no-application` when there is none, or it is undone;
/// `credits/spent` when the credit that it became was used since.
pub async fn undo(tx: &mut Tx, now: DateTime<Utc>, id: ReceiptApplicationId, why: &str) -> Result<Detail> {
    #[derive(QueryableByName)]
    struct Undone {
        #[diesel(sql_type = SqlUuid)]
        receipt_id: ReceiptId,
        #[diesel(sql_type = Text)]
        target: String,
        #[diesel(sql_type = Numeric)]
        amount: Money,
    }
    ledger::decide_alone(tx).await?;
    let (why, today) = (noted("the reason", why)?, organizations::today(tx, now).await?);
    let undone: Option<Undone> = sql_query(
        "update receipt_applications set (undone_on, undone_by, undone_why) = (greatest($3, applied_on), $4, $5)
         where organization_id = $1 and id = $2 and undone_on is null returning receipt_id, target, amount",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SqlUuid, _>(id)
    .bind::<Date, _>(today)
    .bind::<Text, _>(tx.actor().who.to_string())
    .bind::<Text, _>(&why)
    .get_result(tx.conn())
    .await
    .optional()?;
    let Undone { receipt_id, target, amount } = undone.ok_or(CreditError::NoApplication(id))?;
    if target == "credit" {
        let patient = get(tx, receipt_id).await?.patient;
        let left = store::kept_for(tx, None, patient).await?;
        if left < amount {
            return Err(CreditError::Spent { amount, left }.into());
        }
    }
    reverse(tx, today, &Source::new(APPLICATION_SOURCE, id.uuid()), Source::new(UNDO_SOURCE, id.uuid()))
        .await?;
    tx.audit("credits/unapply", receipt_id, None, json!({ "application": id, "amount": amount })).await?;
    detail(tx, receipt_id).await
}

/// Takes a payment back that bounced or was entered by mistake. Leaves an audit event `credits/return`.
///
/// # Errors
/// `credits/note` without a reason; `credits/no-receipt`; `credits/applied` while a part of it is applied,
/// or when it was taken back before.
pub async fn give_back(tx: &mut Tx, now: DateTime<Utc>, id: ReceiptId, why: &str) -> Result<Receipt> {
    ledger::decide_alone(tx).await?;
    let (why, today) = (noted("the reason", why)?, organizations::today(tx, now).await?);
    let receipt = get(tx, id).await?;
    if receipt.open != receipt.amount {
        return Err(CreditError::Applied { open: receipt.open, amount: receipt.amount }.into());
    }
    sql_query(
        "update receipts set (returned_on, returned_by, returned_why) = (greatest($3, received_on), $4, $5)
         where organization_id = $1 and id = $2 and returned_on is null",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SqlUuid, _>(id)
    .bind::<Date, _>(today)
    .bind::<Text, _>(tx.actor().who.to_string())
    .bind::<Text, _>(&why)
    .execute(tx.conn())
    .await?;
    reverse(tx, today, &Source::new(RECEIPT_SOURCE, id.uuid()), Source::new(RETURN_SOURCE, id.uuid()))
        .await?;
    tx.audit("credits/return", id, None, json!({ "amount": receipt.amount, "why": why })).await?;
    get(tx, id).await
}

async fn reverse(tx: &mut Tx, today: NaiveDate, of: &Source, why: Source) -> Result<()> {
    let posted = ledger::find(tx, of).await?;
    let posted = posted.ok_or_else(|| anyhow::anyhow!("{} {} has no entry", of.kind.as_str(), of.id))?;
    ledger::reverse(tx, posted, today, why).await?;
    Ok(())
}
