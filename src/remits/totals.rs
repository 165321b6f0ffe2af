//! What remittances add up to: all of them by state, the sides of one's equations, and what one
//! moved in the ledger.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Numeric, SmallInt, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::db::schema::standing_decisions as sd;
use crate::ledger::AccountKind;
use crate::remits::receive::State;
use crate::remits::{
    CLAIM_SOURCE, OVERRIDE_SOURCE, PROVIDER_ADJUSTMENT_SOURCE, RESTATEMENT_SOURCE, UNAPPLYING_SOURCE,
};
use crate::types::{ClaimId, Money, RemittanceId, Result};

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
            select rc.id, rc.charged, rc.paid, a.adjusted
            from remit_claims rc
            cross join lateral (
                select coalesce(sum(value::numeric), 0) as adjusted from jsonb_each_text(rc.adjusted)) a
            where rc.organization_id = $1 and rc.remittance_id = $2),
         served as (
            select l.charged, l.paid, a.adjusted
            from remit_lines l
            join decided d on d.id = l.remit_claim_id
            cross join lateral (
                select coalesce(sum((one ->> 'amount')::numeric), 0) as adjusted
                from jsonb_array_elements(l.adjustments) as one) a
            where l.organization_id = $1)
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
            select kind, id from remit_claims, unnest($6) as kind
                where organization_id = $1 and remittance_id = $2
            union all
            select $4, id from provider_adjustments where organization_id = $1 and remittance_id = $2
            union all
            select $5, $2),
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
    .bind::<Text, _>(OVERRIDE_SOURCE.as_str())
    .bind::<Array<Text>, _>(vec![RESTATEMENT_SOURCE.as_str(), UNAPPLYING_SOURCE.as_str()])
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

/// What payers paid on these claims by decisions that stand; a claim without one is left out. One query.
pub async fn paid_on(tx: &mut Tx, claims: &[ClaimId]) -> Result<HashMap<ClaimId, Money>> {
    let rows: Vec<(Option<ClaimId>, Money)> = sd::table
        .filter(sd::organization_id.eq(tx.actor().organization).and(sd::claim_id.eq_any(claims)))
        .select((sd::claim_id, sd::paid))
        .load(tx.conn())
        .await?;
    let mut paid = HashMap::new();
    for (claim, amount) in rows {
        if let Some(claim) = claim {
            *paid.entry(claim).or_default() += amount;
        }
    }
    Ok(paid)
}
