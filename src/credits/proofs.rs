//! What must hold between credits, refunds and the accounts, checked over the rows themselves, as it
//! stands now.

use chrono::NaiveDate;
use diesel::sql_types::{Array, BigInt, Numeric, SmallInt, Text, Uuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

use crate::credits::receipts::{self, APPLICATION_SOURCE, OPEN, RECEIPT_SOURCE};
use crate::credits::refunds::{self, PAYMENT_SOURCE, refunds_sql};
use crate::credits::small_balances::WRITE_OFF_SOURCE;
use crate::credits::store::{EVERY, items};
use crate::credits::{ACTION_SOURCE, CreditKind, medicare};
use crate::db::Tx;
use crate::ledger::{self, AccountKind, AsOf, Proof};
use crate::types::{Money, Result};

/// Every proof of credits.
pub async fn proofs(tx: &mut Tx) -> Result<Vec<Proof>> {
    Ok(vec![
        credits_are_negative_balances(tx).await?,
        actions_moved_what_they_say(tx).await?,
        refunds_are_payable(tx).await?,
        unapplied_cash_is_open(tx).await?,
        small_balances_follow_rules(tx).await?,
    ])
}

/// Each item is exactly one balance below zero, each such balance is an item, and the receivables less
/// the items are what the accounts say. The report by age, which adds up another way, has the same
/// credits; nobody's kept credit is overdrawn. The report to Medicare, which reads the kept balances and the
/// exceptions, has what the transfers say.
async fn credits_are_negative_balances(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SmallInt)]
        account: i16,
        #[diesel(sql_type = Numeric)]
        owed: Money,
        #[diesel(sql_type = BigInt)]
        items: i64,
        #[diesel(sql_type = Numeric)]
        credits: Money,
        #[diesel(sql_type = BigInt)]
        broken: i64,
    }
    let rows: Vec<Row> = sql_query(format!(
        "with {legs}, {items},
         standing as (
            select account, claim_id, owner_id, sum(amount) as balance from legs group by 1, 2, 3),
         explained as (select account, claim_id, owner_id, sum(moved) as balance from moved group by 1, 2, 3),
         compared as (
            select s.account, s.balance, i.amount, i.entry_id, x.balance as explained from standing s
            left join items i on i.account = s.account and i.owner_id = s.owner_id
                and i.claim_id is not distinct from s.claim_id
            left join explained x on x.account = s.account and x.owner_id = s.owner_id
                and x.claim_id is not distinct from s.claim_id)
         select account, coalesce(sum(balance) filter (where balance > 0), 0) as owed, count(amount) as items,
            coalesce(sum(amount), 0) as credits,
            count(*) filter (where (balance < 0) <> (amount is not null)
                or balance < 0 and (amount <> -balance or explained <> balance or entry_id is null)) as broken
         from compared group by account order by account",
        legs = ledger::legs(),
        items = items(EVERY)
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .load(tx.conn())
    .await?;
    let balances = ledger::balances_of_transfers(tx, AsOf::NOW).await?;
    // The age on any day splits the same sum: what is below zero has none.
    let aged = ledger::aged_receivables_of_transfers(tx, AsOf::NOW, NaiveDate::default(), &[31]).await?;
    let (mut holds, mut detail) = (true, vec![]);
    for kind in CreditKind::ALL {
        let account = kind.account();
        let balance = balances.iter().find(|row| row.account.kind == account);
        let balance = balance.map(|row| row.balance).unwrap_or_default();
        let row = rows.iter().find(|row| row.account == account.number());
        let (owed, items, credits, broken) = row
            .map_or((Money::ZERO, 0, Money::ZERO, 0), |row| (row.owed, row.items, row.credits, row.broken));
        let fits = match kind {
            CreditKind::PayerOverpaid | CreditKind::PatientOverpaid => {
                let of_account = aged.iter().filter(|aged| aged.account == account && aged.bucket.is_none());
                let by_age: Money = of_account.map(|aged| aged.amount).sum();
                balance == owed - credits && by_age == -credits
            }
            // What is kept for patients is a liability, and nobody can owe a part of it.
            CreditKind::PatientCredit => balance == credits && owed.is_zero(),
        };
        holds &= fits && broken == 0;
        let mut said = match kind {
            CreditKind::PayerOverpaid | CreditKind::PatientOverpaid => {
                format!("{account}: owed {owed} - {items} credits {credits} = {balance}")
            }
            CreditKind::PatientCredit => format!("{account}: {items} credits {credits} = {balance}"),
        };
        if !fits {
            said.push_str(" does not add up");
        }
        if broken > 0 {
            said.push_str(&format!(", {broken} are not their balance"));
        }
        detail.push(said);
    }
    if medicare::outstanding(tx, NaiveDate::MAX).await? != owed_back_to_medicare(tx).await? {
        holds = false;
        detail.push("the report to Medicare says something else".to_owned());
    }
    if waits_in_report(tx).await? != waits_of_medicare(tx).await? {
        holds = false;
        detail.push("the report to Medicare says that something else waits".to_owned());
    }
    Ok(Proof { name: "credits_are_negative_balances", holds, detail: detail.join("; ") })
}

/// How many over-payments of Medicare are outstanding, and what they come to, by all transfers: what visits have
/// below zero on the receivable and in refunds payable together.
async fn owed_back_to_medicare(tx: &mut Tx) -> Result<(i64, Money)> {
    #[derive(QueryableByName)]
    struct Owed {
        #[diesel(sql_type = BigInt)]
        count: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
    }
    let owed: Owed = sql_query(
        "with of_visits as (
            select -sum(case when t.debit_account in ($3, $4) then t.amount else 0 end
                - case when t.credit_account in ($3, $4) then t.amount else 0 end) as amount
            from transfers t join payers y on y.organization_id = $1 and y.id = t.payer_id
            where t.organization_id = $1 and y.filing_indicator = any($2) group by t.claim_id, t.payer_id)
         select count(*) as count, coalesce(sum(amount), 0) as amount from of_visits where amount > 0",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Text>, _>(medicare::INDICATORS.to_vec())
    .bind::<SmallInt, _>(AccountKind::InsuranceAr.number())
    .bind::<SmallInt, _>(AccountKind::RefundsPayable.number())
    .get_result(tx.conn())
    .await?;
    Ok((owed.count, owed.amount))
}

/// How many payments of Medicare wait, in unapplied cash and in suspense.
#[derive(Debug, PartialEq, Eq, QueryableByName)]
struct Waits {
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Numeric)]
    unapplied_cash: Money,
    #[diesel(sql_type = Numeric)]
    suspense: Money,
}

/// The same by the report.
async fn waits_in_report(tx: &mut Tx) -> Result<Waits> {
    let (_, held) = medicare::held(tx, NaiveDate::MAX).await?;
    Ok(Waits {
        count: i64::try_from(held.len()).map_err(anyhow::Error::from)?,
        unapplied_cash: held.iter().map(|one| one.unapplied_cash).sum(),
        suspense: held.iter().map(|one| one.suspense).sum(),
    })
}

/// The same by all transfers of remittances in those accounts, each put down to the decision, the PLB amount or the
/// override from which its entry, or the one that its entry reverses, comes.
async fn waits_of_medicare(tx: &mut Tx) -> Result<Waits> {
    Ok(sql_query(
        "with moves as (
            select coalesce(e.reverses_id, e.id) as base_id, e.id, t.payer_id,
                case $3 when t.credit_account then t.amount when t.debit_account then -t.amount else 0 end
                    as unapplied_cash,
                case $4 when t.credit_account then t.amount when t.debit_account then -t.amount else 0 end as suspense
            from transfers t
            join entries e on e.organization_id = $1 and e.id = t.entry_id
            where t.organization_id = $1
            and ($3 in (t.debit_account, t.credit_account) or $4 in (t.debit_account, t.credit_account))),
         of_documents as (
            select coalesce(rs.remit_claim_id, x.remit_claim_id, x.provider_adjustment_id, x.remittance_id, b.source_id)
                as document_id, m.*
            from moves m
            join entries b on b.organization_id = $1 and b.id = m.base_id
            left join remit_restorations rs on rs.organization_id = $1 and rs.entry_id = b.id
            left join remit_exceptions x on x.organization_id = $1 and b.source_kind = 'remit_exception'
                and x.id = b.source_id
            where b.source_kind like 'remit%' or b.source_kind = 'provider_adjustment'),
         documents as (
            select document_id, (array_agg(payer_id order by id))[1] as payer_id, sum(unapplied_cash) as unapplied_cash,
                sum(suspense) as suspense
            from of_documents group by 1),
         owned as (
            select d.unapplied_cash, d.suspense from documents d
            left join remit_claims rc on rc.organization_id = $1 and rc.id = d.document_id
            left join provider_adjustments pa on pa.organization_id = $1 and pa.id = d.document_id
            join remittances r on r.organization_id = $1
                and r.id = coalesce(rc.remittance_id, pa.remittance_id, d.document_id)
            join payers y on y.organization_id = $1 and y.id = coalesce(d.payer_id, r.payer_id)
            where y.filing_indicator = any($2) and (d.unapplied_cash, d.suspense) <> (0, 0))
         select count(*) as count, coalesce(sum(unapplied_cash), 0) as unapplied_cash,
            coalesce(sum(suspense), 0) as suspense
         from owned",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Text>, _>(medicare::INDICATORS.to_vec())
    .bind::<SmallInt, _>(AccountKind::UnappliedCash.number())
    .bind::<SmallInt, _>(AccountKind::Suspense.number())
    .get_result(tx.conn())
    .await?)
}

/// Each action moved its amount off the balance that it is about, and one that was undone was reversed.
async fn actions_moved_what_they_say(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        standing: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = BigInt)]
        undone: i64,
        #[diesel(sql_type = BigInt)]
        broken: i64,
        #[diesel(sql_type = BigInt)]
        strangers: i64,
    }
    let row: Row = sql_query(
        "with moved as (
            select a.id, a.action, a.amount, a.undone_on, m.moved, m.is_reversed
            from credit_actions a
            left join lateral (
                select sum(case a.account when t.debit_account then t.amount when t.credit_account then -t.amount
                        else 0 end) as moved,
                    exists (select from entries u where u.organization_id = $1 and u.reverses_id = e.id) as is_reversed
                from entries e
                join transfers t on t.organization_id = $1 and t.entry_id = e.id
                    and t.claim_id is not distinct from a.claim_id
                    and (a.payer_id is null or t.payer_id = a.payer_id)
                    and (a.patient_id is null or t.patient_id = a.patient_id)
                where e.organization_id = $1 and e.source_kind = $2 and e.source_id = a.id
                group by e.id) m on true
            where a.organization_id = $1)
         select count(*) filter (where undone_on is null) as standing,
            coalesce(sum(amount) filter (where undone_on is null and action <> 'wait_for_payer'), 0) as amount,
            count(undone_on) as undone,
            count(*) filter (where case action when 'wait_for_payer' then moved is not null
                else (moved, is_reversed) is distinct from (amount, undone_on is not null) end) as broken,
            (select count(*) from entries e where e.organization_id = $1 and e.source_kind = $2
                and not exists (select from credit_actions a
                    where a.organization_id = $1 and a.id = e.source_id)) as strangers
         from moved",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Text, _>(ACTION_SOURCE.as_str())
    .get_result(tx.conn())
    .await?;
    let Row { standing, amount, undone, broken, strangers } = row;
    let mut detail = format!("{standing} actions moved {amount}, {undone} are undone");
    if broken > 0 || strangers > 0 {
        detail.push_str(&format!("; {broken} moved something else, {strangers} entries have no action"));
    }
    let holds = broken == 0 && strangers == 0;
    Ok(Proof { name: "credit_actions_moved_what_they_say", holds, detail })
}

/// Refunds payable is the refunds that are owed; each payment moved its refund out of it, and a void one
/// moved it back.
async fn refunds_are_payable(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        paid: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = BigInt)]
        broken: i64,
    }
    let row: Row = sql_query(format!(
        "with {refunds},
         checked as (
            select p.id, p.amount, p.voided_on is null as stands,
                coalesce(r.amount = p.amount or p.voided_on is not null, false) and coalesce(
                    (select sum(case $3 when t.debit_account then t.amount when t.credit_account then -t.amount else 0 end)
                    from entries e join transfers t on t.organization_id = $1 and t.entry_id = e.id
                    where e.organization_id = $1 and e.source_kind = $2 and e.source_id = p.id) = p.amount, false)
                and exists (select from entries e join entries u on u.organization_id = $1 and u.reverses_id = e.id
                    where e.organization_id = $1 and e.source_kind = $2 and e.source_id = p.id)
                    = (p.voided_on is not null) as holds
            from refund_payments p
            left join refunds r on r.id = p.refund_entry_id
            where p.organization_id = $1)
         select count(*) filter (where stands) as paid, coalesce(sum(amount) filter (where stands), 0) as amount,
            count(*) filter (where not holds) + (select count(*) from entries e
                where e.organization_id = $1 and e.source_kind = $2 and not exists (select from refund_payments p
                    where p.organization_id = $1 and p.id = e.source_id)) as broken
         from checked",
        refunds = refunds_sql()
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Text, _>(PAYMENT_SOURCE.as_str())
    .bind::<SmallInt, _>(AccountKind::RefundsPayable.number())
    .get_result(tx.conn())
    .await?;
    let (open, owed) = refunds::totals(tx).await?;
    let balances = ledger::balances_of_transfers(tx, AsOf::NOW).await?;
    let payable = balances.iter().find(|row| row.account.kind == AccountKind::RefundsPayable);
    let payable = payable.map(|row| row.balance).unwrap_or_default();
    let Row { paid, amount, broken } = row;
    let mut detail = format!(
        "refunds payable {payable}: {open} refunds are owed with {owed}; {paid} were paid with {amount}"
    );
    if broken > 0 {
        detail.push_str(&format!("; {broken} payments are not what they say"));
    }
    Ok(Proof { name: "refunds_are_payable", holds: payable == owed && broken == 0, detail })
}

/// Unapplied cash is what of patients' payments is open and what of payers' waits among the exceptions;
/// each payment and each application moved its amount, and was reversed when it was taken back.
async fn unapplied_cash_is_open(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        broken: i64,
        #[diesel(sql_type = BigInt)]
        over: i64,
    }
    let row: Row = sql_query(format!(
        "with said as (
            select $2 as kind, id, amount, returned_on is not null as is_back, -1 as sign
            from receipts where organization_id = $1
            union all
            select $3, id, amount, undone_on is not null, 1 from receipt_applications where organization_id = $1),
         moved as (
            select e.source_kind as kind, e.source_id as id,
                sum(case $4 when t.debit_account then t.amount when t.credit_account then -t.amount else 0 end) as moved,
                exists (select from entries u where u.organization_id = $1 and u.reverses_id = e.id) as is_back
            from entries e join transfers t on t.organization_id = $1 and t.entry_id = e.id
            where e.organization_id = $1 and e.source_kind in ($2, $3) group by e.id, 1, 2)
         select (select count(*) from said s full join moved m on m.kind = s.kind and m.id = s.id
                where (s.sign * s.amount, s.is_back) is distinct from (m.moved, m.is_back)) as broken,
            (select count(*) from receipts r where r.organization_id = $1 and {OPEN} < 0) as over"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Text, _>(RECEIPT_SOURCE.as_str())
    .bind::<Text, _>(APPLICATION_SOURCE.as_str())
    .bind::<SmallInt, _>(AccountKind::UnappliedCash.number())
    .get_result(tx.conn())
    .await?;
    let open = receipts::totals(tx).await?;
    let balances = ledger::balances_of_transfers(tx, AsOf::NOW).await?;
    let held = balances.iter().find(|row| row.account.kind == AccountKind::UnappliedCash);
    let held = held.map(|row| row.balance).unwrap_or_default();
    let receipts::Unapplied { receipts, patients, exceptions, payers } = open;
    let Row { broken, over } = row;
    let mut detail = format!(
        "unapplied cash {held}: {receipts} payments of patients wait with {patients}, {exceptions} of payers with {payers}"
    );
    if broken > 0 || over > 0 {
        detail.push_str(&format!(
            "; {broken} moved something else than they say, {over} are applied above their amount"
        ));
    }
    let holds = held == patients + payers && broken == 0 && over == 0;
    Ok(Proof { name: "unapplied_cash_is_open", holds, detail })
}

/// Each small balance that was given up was small by its version of the rule, and moved its amount; all of
/// them together are the account.
async fn small_balances_follow_rules(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        standing: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = BigInt)]
        undone: i64,
        #[diesel(sql_type = BigInt)]
        broken: i64,
    }
    let row: Row = sql_query(
        "with checked as (
            select w.amount, w.undone_on, w.amount <= r.limit_amount and r.in_force
                and (w.account = 1110) = (r.side = 'payer')
                and coalesce((m.moved, m.is_back) = (w.amount, w.undone_on is not null), false) as holds
            from small_balance_write_offs w
            join small_balance_rules r on r.organization_id = $1 and r.id = w.rule_id
            left join lateral (
                select sum(case when t.debit_account = $3 and t.credit_account = w.account
                        and t.claim_id is not distinct from w.claim_id then t.amount else 0 end) as moved,
                    exists (select from entries u where u.organization_id = $1 and u.reverses_id = e.id) as is_back
                from entries e join transfers t on t.organization_id = $1 and t.entry_id = e.id
                where e.organization_id = $1 and e.source_kind = $2 and e.source_id = w.id group by e.id) m on true
            where w.organization_id = $1)
         select count(*) filter (where undone_on is null) as standing,
            coalesce(sum(amount) filter (where undone_on is null), 0) as amount, count(undone_on) as undone,
            count(*) filter (where not holds) as broken
         from checked",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Text, _>(WRITE_OFF_SOURCE.as_str())
    .bind::<SmallInt, _>(AccountKind::SmallBalanceWriteOffs.number())
    .get_result(tx.conn())
    .await?;
    let balances = ledger::balances_of_transfers(tx, AsOf::NOW).await?;
    let given_up = balances.iter().find(|row| row.account.kind == AccountKind::SmallBalanceWriteOffs);
    let given_up = given_up.map(|row| row.balance).unwrap_or_default();
    let Row { standing, amount, undone, broken } = row;
    let mut detail = format!(
        "small-balance write-offs {given_up}: {standing} by rule {amount}, {undone} are undone, other documents {}",
        given_up - amount
    );
    if broken > 0 {
        detail.push_str(&format!("; {broken} are not what their rule says"));
    }
    Ok(Proof { name: "small_balances_follow_rules", holds: broken == 0, detail })
}
