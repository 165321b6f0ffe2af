//! Refunds: what we decided to pay back, and how it was paid.
//!
//! A refund is an entry that moved refunds payable and was not reversed, whoever decided it: here, or
//! on the page of exceptions. So there is no list of refunds that could differ from the account.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::result::OptionalExtension;
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::json;

use crate::credits::ACTION_SOURCE;
use crate::credits::model::{CreditError, Payee, Refund, RefundMethod, RefundPayment, noted};
use crate::credits::store::person;
use crate::db::{Tx, kept_once};
use crate::ledger::{self, About, AccountKind, EntryKind, NewEntry, Source, SourceKind, Transfer};
use crate::registry::organizations;
use crate::remits::adjustments::settlements::SETTLEMENT_SOURCE;
use crate::remits::exceptions::EXCEPTION_SOURCE;
use crate::types::{
    ClaimId, CreditActionId, EntryId, Money, PatientId, PayerId, RefundPaymentId, RemitExceptionId, Result,
    SettlementId,
};

/// The ledger's source of a payment of a refund: the id of a `refund_payments` row.
pub(super) const PAYMENT_SOURCE: SourceKind = SourceKind::new("refund_payment");

/// The same, of the entry that takes a payment back.
pub(super) const VOID_SOURCE: SourceKind = SourceKind::new("refund_void");

const PAYABLE: i16 = AccountKind::RefundsPayable.number();

/// `refunds`: entries that moved refunds payable, payments and what was reversed left out. `$1` is the
/// organization.
pub(super) fn refunds_sql() -> String {
    format!(
        "refunds as (
            select e.id, e.effective_on as decided_on, e.source_kind, e.source_id,
                (array_agg(t.claim_id order by t.line_no))[1] as claim_id,
                (array_agg(t.payer_id order by t.line_no))[1] as payer_id,
                (array_agg(t.patient_id order by t.line_no))[1] as patient_id,
                sum(case {PAYABLE} when t.credit_account then t.amount else -t.amount end) as amount
            from transfers t
            join entries e on e.organization_id = $1 and e.id = t.entry_id
            where t.organization_id = $1 and {PAYABLE} in (t.debit_account, t.credit_account)
            and e.source_kind not in ('{payment}', '{void}') and e.reverses_id is null
            and not exists (select from entries u where u.organization_id = $1 and u.reverses_id = e.id)
            group by 1, 2, 3, 4)",
        payment = PAYMENT_SOURCE.as_str(),
        void = VOID_SOURCE.as_str(),
    )
}

/// The payment that stands, of `refunds r`.
pub(super) const PAID: &str =
    "left join refund_payments p on p.organization_id = $1 and p.refund_entry_id = r.id
    and p.voided_on is null";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: EntryId,
    #[diesel(sql_type = Date)]
    decided_on: NaiveDate,
    #[diesel(sql_type = Text)]
    source_kind: String,
    #[diesel(sql_type = SqlUuid)]
    source_id: uuid::Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    claim_id: Option<ClaimId>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    payer_id: Option<PayerId>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    patient_id: Option<PatientId>,
    #[diesel(sql_type = Numeric)]
    amount: Money,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    payer_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    last_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    first_name: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    payment_id: Option<RefundPaymentId>,
    #[diesel(sql_type = Nullable<Text>)]
    method: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    reference: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    paid_on: Option<NaiveDate>,
}

impl Row {
    fn read(self) -> Refund {
        let source = |kind: &SourceKind| (self.source_kind == kind.as_str()).then_some(self.source_id);
        let action = source(&ACTION_SOURCE).map(CreditActionId::from_uuid);
        let settlement = source(&SETTLEMENT_SOURCE).map(SettlementId::from_uuid);
        let exception = source(&EXCEPTION_SOURCE).map(RemitExceptionId::from_uuid);
        let method = self.method.as_deref().and_then(RefundMethod::from_name);
        let payment = match (self.payment_id, method, self.reference, self.paid_on) {
            (Some(id), Some(method), Some(reference), Some(paid_on)) => {
                Some(RefundPayment { id, method, reference, paid_on })
            }
            _ => None,
        };
        Refund {
            id: self.id,
            amount: self.amount,
            // A payer's money names its payer; what is the patient's names the patient only.
            payee: match (self.payer_id, self.patient_id) {
                (Some(_), _) => Payee::Payer,
                (None, Some(_)) => Payee::Patient,
                (None, None) => Payee::Unknown,
            },
            payer: self.payer_id,
            payer_name: self.payer_name,
            patient: self.patient_id,
            patient_name: person(self.last_name, self.first_name),
            claim: self.claim_id,
            number: self.number,
            decided_on: self.decided_on,
            action,
            settlement,
            exception,
            payment,
        }
    }
}

fn shown() -> String {
    format!(
        "with {refunds}
         select r.*, y.name as payer_name, pt.last_name, pt.first_name, p.id as payment_id, p.method, p.reference,
            p.paid_on, (select s.control_number from submissions s where s.organization_id = $1
                and s.claim_id = r.claim_id order by s.id desc limit 1) as number
         from refunds r
         {PAID}
         left join payers y on y.organization_id = $1 and y.id = r.payer_id
         left join patients pt on pt.organization_id = $1 and pt.id = r.patient_id
         where r.amount <> 0",
        refunds = refunds_sql()
    )
}

/// Which refunds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Those that are owed.
    #[default]
    Open,
    /// Those that are paid.
    Paid,
}

/// The next refunds: the oldest first while they are owed, the newest first when they are paid. One
/// query.
pub async fn list(tx: &mut Tx, filter: Filter, after: Option<EntryId>, limit: i64) -> Result<Vec<Refund>> {
    let (compare, order) = match filter {
        Filter::Open => (">", "asc"),
        Filter::Paid => ("<", "desc"),
    };
    let sql = format!(
        "{} and (p.id is not null) = $2 and ($3 is null or r.id {compare} $3) order by r.id {order} limit $4",
        shown()
    );
    let rows: Vec<Row> = sql_query(sql)
        .bind::<SqlUuid, _>(tx.actor().organization)
        .bind::<Bool, _>(filter == Filter::Paid)
        .bind::<Nullable<SqlUuid>, _>(after)
        .bind::<BigInt, _>(limit)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// One refund, paid or not.
///
/// # Errors
/// `credits/no-refund` when the entry owes nothing back, was reversed, or is another practice's.
pub async fn get(tx: &mut Tx, id: EntryId) -> Result<Refund> {
    let row: Option<Row> = kept_once!(format!("{} and r.id = $2", shown()))
        .bind::<SqlUuid, _>(tx.actor().organization)
        .bind::<SqlUuid, _>(id)
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(CreditError::NoRefund(id))?.read())
}

/// How many refunds are owed, and what they come to: the balance of refunds payable. One query.
pub async fn totals(tx: &mut Tx) -> Result<(i64, Money)> {
    #[derive(QueryableByName)]
    struct Owed {
        #[diesel(sql_type = BigInt)]
        count: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
    }
    let sql = format!(
        "with {} select count(*) as count, coalesce(sum(r.amount), 0) as amount
         from refunds r {PAID} where p.id is null and r.amount <> 0",
        refunds_sql()
    );
    let owed: Owed = sql_query(sql).bind::<SqlUuid, _>(tx.actor().organization).get_result(tx.conn()).await?;
    Ok((owed.count, owed.amount))
}

/// Says that a refund was paid: out of refunds payable, out of cash. Leaves an audit event
/// `credits/pay-refund`.
///
/// # Errors
/// `credits/no-refund`; `credits/not-open` when it is paid, or the payer took it itself;
/// `credits/reference`; `credits/paid-on` for a day after today or before the decision.
pub async fn pay(
    tx: &mut Tx,
    now: DateTime<Utc>,
    refund: EntryId,
    method: RefundMethod,
    reference: &str,
    paid_on: NaiveDate,
) -> Result<Refund> {
    ledger::decide_alone(tx).await?;
    let today = organizations::today(tx, now).await?;
    let reference = reference.trim();
    if !(1..=50).contains(&reference.chars().count()) || reference.chars().any(char::is_control) {
        return Err(CreditError::Reference.into());
    }
    let owed = get(tx, refund).await?;
    if owed.payment.is_some() || !owed.amount.is_positive() {
        return Err(CreditError::NotOpen(refund).into());
    }
    if paid_on > today || paid_on < owed.decided_on {
        return Err(CreditError::PaidOn { decided: owed.decided_on, paid: paid_on, today }.into());
    }
    let id = RefundPaymentId::new();
    let about = About { claim: owed.claim, payer: owed.payer, patient: owed.patient };
    let cash = owed.payee.pays_from();
    let paid = Transfer::new(AccountKind::RefundsPayable, cash, owed.amount, about)?;
    let source = Source::new(PAYMENT_SOURCE, id.uuid());
    ledger::post(tx, &NewEntry::new(EntryKind::Refund, source, paid_on, vec![paid])?).await?;
    sql_query(
        "insert into refund_payments (organization_id, id, refund_entry_id, method, reference, amount, paid_on, paid_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(refund)
    .bind::<Text, _>(method.as_str())
    .bind::<Text, _>(reference)
    .bind::<Numeric, _>(owed.amount)
    .bind::<Date, _>(paid_on)
    .bind::<Text, _>(tx.actor().who.to_string())
    .execute(tx.conn())
    .await?;
    let detail = json!({ "refund": refund, "method": method, "amount": owed.amount, "paid_on": paid_on });
    tx.audit("credits/pay-refund", id, None, detail).await?;
    get(tx, refund).await
}

/// Takes a payment back because its check was stopped or came back: the refund is owed again. Leaves an
/// audit event `credits/void-payment`.
///
/// # Errors
/// `credits/note` without a reason; `credits/no-payment` when there is none, or it is void.
pub async fn void(tx: &mut Tx, now: DateTime<Utc>, id: RefundPaymentId, why: &str) -> Result<Refund> {
    #[derive(QueryableByName)]
    struct Voided {
        #[diesel(sql_type = SqlUuid)]
        refund_entry_id: EntryId,
    }
    ledger::decide_alone(tx).await?;
    let why = noted("the reason", why)?;
    let today = organizations::today(tx, now).await?;
    let voided: Option<Voided> = sql_query(
        "update refund_payments set (voided_on, voided_by, voided_why) = (greatest($3, paid_on), $4, $5)
         where organization_id = $1 and id = $2 and voided_on is null returning refund_entry_id",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SqlUuid, _>(id)
    .bind::<Date, _>(today)
    .bind::<Text, _>(tx.actor().who.to_string())
    .bind::<Text, _>(&why)
    .get_result(tx.conn())
    .await
    .optional()?;
    let refund = voided.ok_or(CreditError::NoPayment(id))?.refund_entry_id;
    let paid = ledger::find(tx, &Source::new(PAYMENT_SOURCE, id.uuid())).await?;
    let paid = paid.ok_or_else(|| anyhow::anyhow!("{id} has no entry"))?;
    ledger::reverse(tx, paid, today, Source::new(VOID_SOURCE, id.uuid())).await?;
    tx.audit("credits/void-payment", id, None, json!({ "refund": refund, "why": why })).await?;
    get(tx, refund).await
}
