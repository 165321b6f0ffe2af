//! What is owed, by who owes it and by its age: the receivables told apart as a report wants them.

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Date, Integer, Nullable, Numeric, SmallInt, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::ledger::accounts::{AccountKind, Role};
use crate::ledger::balances::{AsOf, EVERY, NOBODY, any_of, counted, legs_of, receivable_movements};
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

/// Receivables that are not zero, by account, payer and age: what is booked by a day, as old as it was then.
/// `bounds` are days: an age of that many or more is in the next bucket. A claim is as old as its first
/// charge: the business date of the visit, whoever owes for it now, and whenever it was booked.
///
/// What was booked later is taken off the balances that the database keeps, so the settled past is not read,
/// and the same question has the same answer as long as nothing is booked by that day.
pub async fn aged_receivables(tx: &mut Tx, as_of: NaiveDate, bounds: &[i32]) -> Result<Vec<Aged>> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "with later as materialized (
            select l.account::smallint as account, coalesce(l.claim_id, l.owner_id) as visit,
                case l.account when {insurance} then coalesce(l.owner_id, {NOBODY}) else {NOBODY} end as payer,
                sum(l.amount) as amount, min(e.effective_on) filter (where l.other = {charges}) as charged_on
            from entries e
            cross join lateral ({legs}) l
            where e.organization_id = $1 and e.booked_on > $2 and l.account in ({insurance}, {patient})
            group by 1, 2, 3),
         standing as (
            select account::smallint as account, case claim_id when {NOBODY} then owner_id else claim_id end as visit,
                case account when {insurance} then owner_id else {NOBODY} end as payer, amount
            from open_balances
            where organization_id = $1 and account in ({insurance}, {patient}) and amount <> 0
            union all
            select account, visit, payer, -amount from later),
         owed as (
            select account, visit, payer, sum(amount) as amount from standing group by 1, 2, 3 having sum(amount) <> 0),
         kept as (
            select o.*, k.charged_on, k.moved_on
            from owed o
            cross join lateral (
                select min(b.charged_on) filter (where b.claim_id <> {NOBODY}) as charged_on,
                    min(b.moved_on) filter (where b.account = o.account and o.payer in (b.owner_id, {NOBODY})) as moved_on
                from (
                    select * from open_balances where organization_id = $1 and claim_id = o.visit
                    union all
                    select * from open_balances where organization_id = $1 and claim_id = {NOBODY}
                    and account = o.account and owner_id = o.visit) b) k
            where o.amount > 0),
         charged_later as (select visit, min(charged_on) as charged_on from later group by visit),
         dated as (
            select k.account, k.payer, k.amount, case
                -- What came later may be what the kept day is from: then the transfers say what was known.
                when l.visit is not null and (k.charged_on is null or l.charged_on <= k.charged_on) then (
                    select coalesce(min(e.effective_on) filter (where m.other = {charges} and m.claim_id is not null),
                        min(e.effective_on) filter (where m.account = k.account and k.payer in (m.owner_id, {NOBODY})))
                    from (
                        select entry_id from transfers where organization_id = $1 and claim_id = k.visit
                        union
                        select entry_id from transfers
                        where organization_id = $1 and claim_id is null and patient_id = k.visit) t
                    join entries e on e.organization_id = $1 and e.id = t.entry_id and e.booked_on <= $2
                    cross join lateral ({legs}) m
                    where m.account in ({insurance}, {patient}) and coalesce(m.claim_id, m.owner_id) = k.visit)
                else coalesce(k.charged_on, k.moved_on) end as since
            from kept k left join charged_later l on l.visit = k.visit),
         aged as (
            select account, payer, amount, width_bucket($2 - since, $3) as bucket from dated
            union all
            select account, payer, amount, null from owed where amount < 0)
         {by_bucket}",
        insurance = AccountKind::InsuranceAr.number(),
        patient = AccountKind::PatientAr.number(),
        charges = any_of(Role::Charge),
        legs = legs_of("t.organization_id = e.organization_id and t.entry_id = e.id"),
        by_bucket = by_bucket(),
    ))
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<Date, _>(as_of)
    .bind::<Array<Integer>, _>(bounds)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// The same from the transfers themselves, for any [`AsOf`], with the age on a day of its own: what proofs
/// compare with.
pub async fn aged_receivables_of_transfers(
    tx: &mut Tx,
    as_of: AsOf,
    on: NaiveDate,
    bounds: &[i32],
) -> Result<Vec<Aged>> {
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
         {by_bucket}",
        counted = counted(EVERY),
        movements = receivable_movements(),
        insurance = AccountKind::InsuranceAr.number(),
        charges = any_of(Role::Charge),
        by_bucket = by_bucket(),
    ))
    .bind::<Nullable<Date>, _>(as_of.booked_on)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .bind::<Date, _>(on)
    .bind::<Array<Integer>, _>(bounds)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// What of an [`Aged`] is read, over `aged`.
fn by_bucket() -> String {
    format!(
        "select account::smallint as account, nullif(payer, {NOBODY}) as payer_id, bucket, count(*) as claims,
            sum(amount) as amount
         from aged group by account, payer, bucket order by account, payer, bucket"
    )
}

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

impl Row {
    fn read(self) -> Result<Aged> {
        let account = AccountKind::from_number(self.account)
            .ok_or_else(|| anyhow::anyhow!("no account {}", self.account))?;
        let bucket = self.bucket.map(usize::try_from).transpose().map_err(anyhow::Error::from)?;
        Ok(Aged { account, payer: self.payer_id, bucket, claims: self.claims, amount: self.amount })
    }
}
