//! What must hold between remittances, insurance cash and the bank, checked over the rows themselves,
//! as it stands now.

use diesel::sql_types::{Array, BigInt, Numeric, SmallInt, Text, Uuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::ledger::{AccountKind, Proof, SourceKind};
use crate::remits::{
    CLAIM_SOURCE, OVERRIDE_SOURCE, PROVIDER_ADJUSTMENT_SOURCE, RESTORING_SOURCE, UNPOSTING_SOURCE,
};
use crate::types::{Money, Result};

/// Every proof of deposits.
pub async fn proofs(tx: &mut Tx) -> Result<Vec<Proof>> {
    Ok(vec![deposits_are_matched_once(tx).await?, cash_is_deposited(tx).await?])
}

/// Each deposit is its matches and what waits: none is matched above its amount, each match that was undone
/// is undone by its exact opposite, and what a rule put together is all of the deposit and all of the
/// remittance.
async fn deposits_are_matched_once(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        deposits: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = Numeric)]
        matched: Money,
        #[diesel(sql_type = BigInt)]
        over: i64,
        #[diesel(sql_type = BigInt)]
        crooked: i64,
    }
    let row: Row = sql_query(
        "with of as (
            select d.amount, coalesce(sum(m.amount), 0) as matched
            from deposits d
            left join deposit_matches m on m.organization_id = d.organization_id and m.deposit_id = d.id
            where d.organization_id = $1 group by d.id, d.amount)
         select count(*) as deposits, coalesce(sum(amount), 0) as amount, coalesce(sum(matched), 0) as matched,
            count(*) filter (where matched < 0 or matched > amount) as over,
            (select count(*) from deposit_matches u
                left join deposit_matches m on m.organization_id = u.organization_id and m.id = u.reverses_id
                where u.organization_id = $1 and u.reverses_id is not null
                and (m.deposit_id, m.remittance_id, -m.amount) is distinct from
                    (u.deposit_id, u.remittance_id, u.amount))
            + (select count(*) from deposit_matches m
                join deposits d on d.organization_id = m.organization_id and d.id = m.deposit_id
                join remittances r on r.organization_id = m.organization_id and r.id = m.remittance_id
                where m.organization_id = $1 and m.rule in ('trace', 'check_number')
                and (m.amount <> d.amount or m.amount <> r.paid)) as crooked
         from of",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .get_result(tx.conn())
    .await?;
    let Row { deposits, amount, matched, over, crooked } = row;
    let waiting = amount - matched;
    let mut detail = format!("{deposits} deposits of {amount}: matched {matched}, waiting {waiting}");
    if over > 0 || crooked > 0 {
        detail.push_str(&format!("; {over} are matched above their amount, {crooked} not exactly"));
    }
    Ok(Proof { name: "deposits_are_matched_once", holds: over == 0 && crooked == 0, detail })
}

/// From remittances to cash to deposits: what remittances moved on insurance cash is what deposits are
/// matched to and what is announced and not seen at the bank; no remittance is matched above BPR02, and
/// none that moved nothing at all.
async fn cash_is_deposited(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Numeric)]
        cash: Money,
        #[diesel(sql_type = Numeric)]
        matched: Money,
        #[diesel(sql_type = Numeric)]
        announced: Money,
        #[diesel(sql_type = BigInt)]
        over: i64,
    }
    let sources =
        [&CLAIM_SOURCE, &PROVIDER_ADJUSTMENT_SOURCE, &OVERRIDE_SOURCE, &UNPOSTING_SOURCE, &RESTORING_SOURCE];
    let row: Row = sql_query(
        "with of as (
            select case when r.state in ('posted', 'partly_posted') then r.paid else 0 end as paid,
                coalesce((select sum(m.amount) from deposit_matches m
                    where m.organization_id = r.organization_id and m.remittance_id = r.id), 0) as matched
            from remittances r where r.organization_id = $1)
         select (select coalesce(sum(case $2 when t.debit_account then t.amount else -t.amount end), 0)
                from entries e join transfers t on t.organization_id = e.organization_id and t.entry_id = e.id
                where e.organization_id = $1 and e.source_kind = any ($3)
                and $2 in (t.debit_account, t.credit_account)) as cash,
            coalesce(sum(matched), 0) as matched, coalesce(sum(paid - matched), 0) as announced,
            count(*) filter (where matched < 0 or matched > greatest(paid, 0)) as over
         from of",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<SmallInt, _>(AccountKind::InsuranceCash.number())
    .bind::<Array<Text>, _>(sources.map(SourceKind::as_str).to_vec())
    .get_result(tx.conn())
    .await?;
    let Row { cash, matched, announced, over } = row;
    let mut detail =
        format!("remittances moved {cash} of insurance cash: in the bank {matched}, announced {announced}");
    if over > 0 {
        detail.push_str(&format!("; {over} remittances are matched above what they paid"));
    }
    Ok(Proof { name: "cash_is_deposited", holds: cash == matched + announced && over == 0, detail })
}
