//! What is owed, by who owes it and by its age: the receivables told apart as a report wants them.

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Date, Integer, Nullable, Numeric, SmallInt, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::ledger::accounts::{AccountKind, Role};
use crate::ledger::balances::{AsOf, EVERY, NOBODY, any_of, counted, receivable_movements};
use crate::types::{Money, PayerId, Result};

/// What one payer, or all patients, owe of one age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aged {
    /// [`AccountKind::InsuranceAr`] or [`AccountKind::PatientAr`].
    pub account: AccountKind,
    /// Who owes an insurance receivable; none for patients.
    pub payer: Option<PayerId>,
    /// Which of the bounds the age has passed: 0 before the first one. None for a credit balance,
    /// which has no age.
    pub bucket: Option<usize>,
    /// Claims with a balance of theirs; movements without a claim are one by patient.
    pub claims: i64,
    /// What is owed; negative for credit balances.
    pub amount: Money,
}

/// Receivables that are not zero, by account, payer and age on a day. `bounds` are days: an age of
/// that many or more is in the next bucket. A claim is as old as its first charge: the business
/// date of the visit, whoever owes for it now, and whenever it was booked.
///
/// Everything comes from entries that count as of `as_of`, so the same question has the same answer
/// as long as they do.
pub async fn aged_receivables(tx: &mut Tx, as_of: AsOf, on: NaiveDate, bounds: &[i32]) -> Result<Vec<Aged>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SmallInt)]
        account: i16,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        payer_id: Option<PayerId>,
        #[diesel(sql_type = Nullable<Integer>)]
        bucket: Option<i32>,
        #[diesel(sql_type = BigInt)]
        claims: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
    }
    let rows: Vec<Row> = diesel::sql_query(format!(
        "with {counted}, {movements},
         owed as (
            select account, case account when {insurance} then coalesce(payer_id, {NOBODY}) else {NOBODY} end as payer,
                coalesce(claim_id, patient_id) as owner, sum(amount) as amount,
                min(effective_on) as first_moved
            from movements group by 1, 2, 3 having sum(amount) <> 0),
         billed as (
            select claim_id, min(effective_on) as since from movements
            where other = {charges} group by claim_id),
         aged as (
            select account, payer, amount, case when amount > 0
                then width_bucket($3 - coalesce(b.since, o.first_moved), $4) end as bucket
            from owed o left join billed b on b.claim_id = o.owner)
         select account::smallint as account, nullif(payer, {NOBODY}) as payer_id, bucket, count(*) as claims, sum(amount) as amount
         from aged group by account, payer, bucket order by account, payer, bucket",
        counted = counted(EVERY),
        movements = receivable_movements(),
        insurance = AccountKind::InsuranceAr.number(),
        charges = any_of(Role::Charge),
    ))
    .bind::<Nullable<Date>, _>(as_of.booked_on)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .bind::<Date, _>(on)
    .bind::<Array<Integer>, _>(bounds)
    .load(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let account = AccountKind::from_number(row.account)
                .ok_or_else(|| anyhow::anyhow!("no account {}", row.account))?;
            let bucket = row.bucket.map(usize::try_from).transpose().map_err(anyhow::Error::from)?;
            Ok(Aged { account, payer: row.payer_id, bucket, claims: row.claims, amount: row.amount })
        })
        .collect()
}
