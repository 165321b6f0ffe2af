//! What must hold between remittances and the ledger, checked over the rows themselves.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::ledger::{self, AccountKind, AsOf, Proof};
use crate::remits::adjustments::settlements::SETTLEMENT_SOURCE;
use crate::remits::store::is_unposted;
use crate::remits::{
    CLAIM_SOURCE, ExceptionKind, OVERRIDE_SOURCE, PROVIDER_ADJUSTMENT_SOURCE, RESTATEMENT_SOURCE,
    adjustments, plb,
};
use crate::types::{Money, RemitClaimId, RemittanceId, Result};

/// Posted sets that count, and each of their documents with the cash that its entry moved and the day
/// on which that is booked. `$1` is the organization, `$2` and `$3` the limits of an [`AsOf`], `$4`
/// insurance cash, `$5`, `$6` and `$7` the three kinds of source.
const DOCUMENTS: &str = "
    sets as (
        select id, paid, claims, claims_paid, provider_adjustments, difference,
            coalesce((select o.difference from remit_overrides o
                where o.organization_id = $1 and o.remittance_id = remittances.id), 0) as overridden,
            coalesce(paid_on, posted_at::date) as said_on
        from remittances
        where organization_id = $1 and state in ('posted', 'partly_posted')
        and posted_at <= coalesce($3, 'infinity'::timestamptz)),
    stated as (
        select rc.remittance_id, $5 as kind, rc.id, rc.paid as cash, rc.posted, sets.said_on from remit_claims rc
        join sets on sets.id = rc.remittance_id where rc.organization_id = $1
        union all
        select pa.remittance_id, $6, pa.id, -pa.amount, true, sets.said_on from provider_adjustments pa
        join sets on sets.id = pa.remittance_id where pa.organization_id = $1
        union all
        select sets.id, $7, sets.id, sets.difference, true, sets.said_on from sets where sets.difference <> 0),
    documents as (
        select s.remittance_id, s.kind, s.id, s.cash as stated, s.posted,
            coalesce(sum(case $4 when t.debit_account then t.amount when t.credit_account then -t.amount else 0 end),
                0) as moved,
            coalesce(max(e.booked_on), s.said_on) as booked_on
        from stated s
        left join entries e on e.organization_id = $1 and e.source_kind = s.kind and e.source_id = s.id
        left join transfers t on t.organization_id = $1 and t.entry_id = e.id
        group by 1, 2, 3, 4, 5, s.said_on)";

/// Every proof of remittances.
pub async fn proofs(tx: &mut Tx, as_of: AsOf) -> Result<Vec<Proof>> {
    Ok(vec![
        payments_are_cash(tx, as_of).await?,
        decisions_have_entries(tx, as_of).await?,
        decisions_add_up(tx, as_of).await?,
        movements_are_entries(tx, as_of).await?,
        waiting_money_has_a_reason(tx).await?,
        waiting_money_is_open(tx).await?,
        cash_is_remitted(tx, as_of).await?,
        waiting_money_is_held(tx).await?,
        provider_adjustments_are_items(tx).await?,
        open_items_are_balances(tx).await?,
        restatements_are_written_off(tx).await?,
    ])
}

/// Each posted set: CLP04 less PLB, and what a person posted to suspense by an override, is BPR02, and its
/// entries moved exactly that on cash.
async fn payments_are_cash(tx: &mut Tx, as_of: AsOf) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        sets: i64,
        #[diesel(sql_type = Numeric)]
        paid: Money,
        #[diesel(sql_type = Numeric)]
        claims_paid: Money,
        #[diesel(sql_type = Numeric)]
        provider_adjustments: Money,
        #[diesel(sql_type = Numeric)]
        moved: Money,
        #[diesel(sql_type = Numeric)]
        difference: Money,
        #[diesel(sql_type = BigInt)]
        broken: i64,
        #[diesel(sql_type = Nullable<Uuid>)]
        first_broken: Option<RemittanceId>,
    }
    let row: Row = diesel::sql_query(format!(
        "with {DOCUMENTS},
         checked as (
            select sets.id, sets.paid, sets.claims, sets.difference, sets.overridden,
                coalesce(sum(d.stated) filter (where d.kind = $5), 0) as claims_paid,
                -coalesce(sum(d.stated) filter (where d.kind = $6), 0) as provider_adjustments,
                count(*) filter (where d.kind = $5) as decisions,
                coalesce(sum(d.moved), 0) as moved, sets.claims_paid as said_claims,
                sets.provider_adjustments as said_adjustments
            from sets left join documents d on d.remittance_id = sets.id
            group by sets.id, sets.paid, sets.claims, sets.difference, sets.overridden, sets.claims_paid,
                sets.provider_adjustments, sets.said_on
            having coalesce(max(d.booked_on), sets.said_on) <= coalesce($2, 'infinity'::date)),
         judged as (
            select *, claims_paid - provider_adjustments + difference = paid and moved = paid and claims_paid = said_claims
                and provider_adjustments = said_adjustments and decisions = claims and difference = overridden as holds
            from checked)
         select count(*) as sets, coalesce(sum(paid), 0) as paid, coalesce(sum(claims_paid), 0) as claims_paid,
            coalesce(sum(provider_adjustments), 0) as provider_adjustments, coalesce(sum(moved), 0) as moved,
            coalesce(sum(difference), 0) as difference,
            count(*) filter (where not holds) as broken,
            (array_agg(id order by id) filter (where not holds))[1] as first_broken
         from judged"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Date>, _>(as_of.booked_on)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .bind::<SmallInt, _>(AccountKind::InsuranceCash.number())
    .bind::<Text, _>(CLAIM_SOURCE.as_str())
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .bind::<Text, _>(OVERRIDE_SOURCE.as_str())
    .get_result(tx.conn())
    .await?;
    let Row { sets, paid, claims_paid, provider_adjustments, moved, difference, broken, first_broken } = row;
    let mut detail = format!(
        "{sets} sets: claims {claims_paid} - provider adjustments {provider_adjustments} = payments {paid}; \
         cash {moved}"
    );
    if !difference.is_zero() {
        detail.push_str(&format!("; {difference} of it posted by override, to suspense"));
    }
    if let Some(first) = first_broken {
        detail.push_str(&format!("; {broken} do not hold, the first {first}"));
    }
    Ok(Proof { name: "payments_are_cash", holds: broken == 0, detail })
}

/// Each decision and PLB item of a posted set: its entry moved its amount on cash.
async fn decisions_have_entries(tx: &mut Tx, as_of: AsOf) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        documents: i64,
        #[diesel(sql_type = BigInt)]
        broken: i64,
        #[diesel(sql_type = Nullable<Text>)]
        first_broken: Option<String>,
    }
    let row: Row = diesel::sql_query(format!(
        "with {DOCUMENTS}
         select count(*) as documents, count(*) filter (where stated <> moved) as broken,
            (array_agg(kind || ' ' || id order by id) filter (where stated <> moved))[1] as first_broken
         from documents where booked_on <= coalesce($2, 'infinity'::date)"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Date>, _>(as_of.booked_on)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .bind::<SmallInt, _>(AccountKind::InsuranceCash.number())
    .bind::<Text, _>(CLAIM_SOURCE.as_str())
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .bind::<Text, _>(OVERRIDE_SOURCE.as_str())
    .get_result(tx.conn())
    .await?;
    let mut detail = format!("{} decisions and provider adjustments", row.documents);
    if let Some(first) = row.first_broken {
        detail.push_str(&format!("; {} moved something else than they say, the first {first}", row.broken));
    }
    Ok(Proof { name: "decisions_have_entries", holds: row.broken == 0, detail })
}

/// What is kept of a set that was posted as it came still adds up (X221 1.10.2.1): each line and each
/// decision is its charge less its adjustments, and the set's charge is that of its decisions. What a
/// person posted although it did not add up is not asked that. What patients owe by it (CLP05), what is
/// stated as allowed (AMT*B6), which nothing follows from, and the sides of its equations are in every set
/// what was received.
async fn decisions_add_up(tx: &mut Tx, as_of: AsOf) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        decisions: i64,
        #[diesel(sql_type = Numeric)]
        charged: Money,
        #[diesel(sql_type = BigInt)]
        broken: i64,
        #[diesel(sql_type = Nullable<Uuid>)]
        first_broken: Option<RemitClaimId>,
        #[diesel(sql_type = BigInt)]
        broken_sets: i64,
        #[diesel(sql_type = Nullable<Uuid>)]
        first_broken_set: Option<RemittanceId>,
    }
    let row: Row = diesel::sql_query(
        "with sets as (
            select r.id, r.charged, r.patient_responsibility, r.allowed, r.services, r.services_charged,
                r.services_adjusted, r.services_paid, r.claims_adjusted,
                not exists (select from remit_overrides o where o.organization_id = $1 and o.remittance_id = r.id)
                    as as_it_came
            from remittances r
            where r.organization_id = $1 and r.state in ('posted', 'partly_posted')
            and r.posted_at <= coalesce($2, 'infinity'::timestamptz)),
         lines as (
            select l.remit_claim_id, sum(a.amount) as adjusted, bool_and(l.charged - a.amount = l.paid) as hold,
                sum(l.allowed) as allowed, count(*) as services, sum(l.charged) as charged, sum(l.paid) as paid
            from remit_lines l
            cross join lateral (select coalesce(sum((one ->> 'amount')::numeric), 0) as amount
                from jsonb_array_elements(l.adjustments) as one) a
            where l.organization_id = $1 group by 1),
         decisions as (
            select rc.id, rc.remittance_id, rc.charged, rc.patient_responsibility, l.allowed, sets.as_it_came,
                l.services, l.charged as services_charged, l.adjusted as services_adjusted, l.paid as services_paid,
                own.amount + coalesce(l.adjusted, 0) as claims_adjusted,
                not sets.as_it_came or rc.charged - said.amount = rc.paid
                and said.amount = own.amount + coalesce(l.adjusted, 0) and coalesce(l.hold, true) as holds
            from remit_claims rc
            join sets on sets.id = rc.remittance_id
            left join lines l on l.remit_claim_id = rc.id
            cross join lateral (select coalesce(sum(value::numeric), 0) as amount
                from jsonb_each_text(rc.adjusted)) said
            cross join lateral (select coalesce(sum((one ->> 'amount')::numeric), 0) as amount
                from jsonb_array_elements(rc.adjustments) as one) own
            where rc.organization_id = $1),
         broken_sets as (
            select sets.id from sets left join decisions d on d.remittance_id = sets.id
            group by sets.id, sets.charged, sets.patient_responsibility, sets.allowed, sets.services,
                sets.services_charged, sets.services_adjusted, sets.services_paid, sets.claims_adjusted, sets.as_it_came
            having sets.as_it_came and coalesce(sum(d.charged), 0) <> sets.charged
                or coalesce(sum(d.patient_responsibility), 0) <> sets.patient_responsibility
                or coalesce(sum(d.allowed), 0) <> sets.allowed
                or coalesce(sum(d.services), 0) <> sets.services
                or coalesce(sum(d.services_charged), 0) <> sets.services_charged
                or coalesce(sum(d.services_adjusted), 0) <> sets.services_adjusted
                or coalesce(sum(d.services_paid), 0) <> sets.services_paid
                or coalesce(sum(d.claims_adjusted), 0) <> sets.claims_adjusted)
         select count(*) filter (where as_it_came) as decisions,
            coalesce(sum(charged) filter (where as_it_came), 0) as charged,
            count(*) filter (where not holds) as broken,
            (array_agg(id order by id) filter (where not holds))[1] as first_broken,
            (select count(*) from broken_sets) as broken_sets,
            (select id from broken_sets order by id limit 1) as first_broken_set
         from decisions",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .get_result(tx.conn())
    .await?;
    let mut detail = format!("{} decisions, charged {}", row.decisions, row.charged);
    if let Some(first) = row.first_broken {
        detail.push_str(&format!("; {} do not add up, the first {first}", row.broken));
    }
    if let Some(first) = row.first_broken_set {
        detail.push_str(&format!("; {} sets have other sums, the first {first}", row.broken_sets));
    }
    Ok(Proof { name: "decisions_add_up", holds: row.broken == 0 && row.broken_sets == 0, detail })
}

/// What is kept of what a set moved, account by account, is what the entries of its posting moved.
async fn movements_are_entries(tx: &mut Tx, as_of: AsOf) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        sets: i64,
        #[diesel(sql_type = Numeric)]
        debits: Money,
        #[diesel(sql_type = BigInt)]
        broken: i64,
        #[diesel(sql_type = Nullable<Uuid>)]
        first_broken: Option<RemittanceId>,
    }
    let row: Row = diesel::sql_query(
        "with kept as (
            select m.remittance_id, m.account::smallint as account, m.debits, m.credits from remit_movements m
            join remittances r on r.organization_id = $1 and r.id = m.remittance_id
            where m.organization_id = $1 and r.posted_at <= coalesce($2, 'infinity'::timestamptz)),
         documents as (
            select remittance_id, $3 as kind, id from remit_claims where organization_id = $1
            union all
            select remittance_id, $4, id from provider_adjustments where organization_id = $1
            union all
            select id, $5, id from remittances where organization_id = $1),
         postings as (
            select distinct d.remittance_id, e.posting_id from documents d
            join remittances r on r.organization_id = $1 and r.id = d.remittance_id
                and r.posted_at <= coalesce($2, 'infinity'::timestamptz)
            join entries e on e.organization_id = $1 and e.source_kind = d.kind and e.source_id = d.id
            union
            select m.remittance_id, m.posting_id from remit_movements m
            join remittances r on r.organization_id = $1 and r.id = m.remittance_id
                and r.posted_at <= coalesce($2, 'infinity'::timestamptz)
            where m.organization_id = $1),
         moved as (
            select p.remittance_id, leg.account::smallint as account, sum(leg.debit) as debits, sum(leg.credit) as credits
            from postings p
            join entries e on e.organization_id = $1 and e.posting_id = p.posting_id
            join transfers t on t.organization_id = $1 and t.entry_id = e.id
            cross join lateral (values (t.debit_account, t.amount, 0), (t.credit_account, 0, t.amount))
                as leg (account, debit, credit)
            group by 1, 2)
         select count(distinct remittance_id) as sets, coalesce(sum(k.debits), 0) as debits,
            count(*) filter (where (k.debits, k.credits) is distinct from (m.debits, m.credits)) as broken,
            (array_agg(remittance_id order by remittance_id)
                filter (where (k.debits, k.credits) is distinct from (m.debits, m.credits)))[1] as first_broken
         from kept k full join moved m using (remittance_id, account)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .bind::<Text, _>(CLAIM_SOURCE.as_str())
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .bind::<Text, _>(OVERRIDE_SOURCE.as_str())
    .get_result(tx.conn())
    .await?;
    let Row { sets, debits, broken, first_broken } = row;
    let mut detail = format!("{sets} sets moved {debits}");
    if let Some(first) = first_broken {
        detail.push_str(&format!(
            "; {broken} sums of an account are not what was posted, the first of {first}"
        ));
    }
    Ok(Proof { name: "movements_are_entries", holds: broken == 0, detail })
}

/// Each decision that is not posted to a claim says why.
async fn waiting_money_has_a_reason(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        waiting: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = BigInt)]
        broken: i64,
    }
    let row: Row = diesel::sql_query(
        "select count(*) as waiting, coalesce(sum(rc.paid), 0) as amount,
            count(*) filter (where not exists (
                select from remit_exceptions x
                where x.organization_id = rc.organization_id and x.remit_claim_id = rc.id)) as broken
         from remit_claims rc
         join remittances r on r.organization_id = rc.organization_id and r.id = rc.remittance_id
         where rc.organization_id = $1 and not rc.posted and r.state in ('posted', 'partly_posted')",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .get_result(tx.conn())
    .await?;
    let Row { waiting, amount, broken } = row;
    let mut detail = format!("{waiting} decisions of {amount} wait");
    if broken > 0 {
        detail.push_str(&format!("; {broken} of them without a reason"));
    }
    Ok(Proof { name: "waiting_money_has_a_reason", holds: broken == 0, detail })
}

/// What later payers' decisions write off more, or less, since an earlier payer decided anew is what the entries
/// that say so moved on contractual adjustments, entry by entry and payer by payer.
async fn restatements_are_written_off(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        entries: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = BigInt)]
        broken: i64,
    }
    let row: Row = diesel::sql_query(
        "with stated as (
            select rs.entry_id, c.payer_id, sum(rs.amount) as amount
            from remit_restatements rs
            join remit_claims rc on rc.organization_id = $1 and rc.id = rs.remit_claim_id
            join claims c on c.organization_id = $1 and c.id = rc.claim_id
            where rs.organization_id = $1 group by rs.entry_id, c.payer_id),
         moved as (
            select t.entry_id, t.payer_id, sum(case $2 when t.debit_account then t.amount else -t.amount end) as amount
            from entries e
            join transfers t on t.organization_id = $1 and t.entry_id = e.id and $2 in (t.debit_account, t.credit_account)
            where e.organization_id = $1 and e.source_kind = $3 and e.reverses_id is null
            group by t.entry_id, t.payer_id)
         select count(distinct entry_id) as entries, coalesce(sum(s.amount), 0) as amount,
            count(*) filter (where coalesce(s.amount, 0) <> coalesce(m.amount, 0)) as broken
         from stated s full join moved m using (entry_id, payer_id)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<SmallInt, _>(AccountKind::ContractualAdjustments.number())
    .bind::<Text, _>(RESTATEMENT_SOURCE.as_str())
    .get_result(tx.conn())
    .await?;
    let Row { entries, amount, broken } = row;
    let mut detail = format!("{entries} entries restate write-offs by {amount}");
    if broken > 0 {
        detail.push_str(&format!("; {broken} sums of a payer are not what its entry moved"));
    }
    Ok(Proof { name: "restatements_are_written_off", holds: broken == 0, detail })
}

/// What entries of remittances moved on insurance cash is what their documents state, together: no
/// entry says that it comes from a decision or PLB item that is not there. What was unposted counts
/// on neither side.
async fn cash_is_remitted(tx: &mut Tx, as_of: AsOf) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Numeric)]
        stated: Money,
        #[diesel(sql_type = Numeric)]
        moved: Money,
        #[diesel(sql_type = Numeric)]
        other: Money,
    }
    let row: Row = diesel::sql_query(format!(
        "with {DOCUMENTS},
         cash as (
            select e.source_kind in ($5, $6, $7) and not {is_unposted} as remitted,
                case $4 when t.debit_account then t.amount else -t.amount end as amount
            from entries e
            join transfers t on t.organization_id = $1 and t.entry_id = e.id
            where e.organization_id = $1 and $4 in (t.debit_account, t.credit_account)
            and e.booked_on <= coalesce($2, 'infinity'::date)
            and e.posted_at <= coalesce($3, 'infinity'::timestamptz))
         select (select coalesce(sum(stated), 0) from documents
                where booked_on <= coalesce($2, 'infinity'::date)) as stated,
            (select coalesce(sum(amount) filter (where remitted), 0) from cash) as moved,
            (select coalesce(sum(amount) filter (where not remitted), 0) from cash) as other",
        is_unposted = is_unposted(),
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Date>, _>(as_of.booked_on)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .bind::<SmallInt, _>(AccountKind::InsuranceCash.number())
    .bind::<Text, _>(CLAIM_SOURCE.as_str())
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .bind::<Text, _>(OVERRIDE_SOURCE.as_str())
    .get_result(tx.conn())
    .await?;
    let Row { stated, moved, other } = row;
    let detail = format!("remittances state {stated}, their entries moved {moved}; other documents {other}");
    Ok(Proof { name: "cash_is_remitted", holds: stated == moved, detail })
}

/// Each decision that waits has its money where it waits: in unapplied cash what came, in suspense
/// what was taken. As it stands now: what waited on another day is no longer told.
///
/// It asks decision by decision into which account each payment went, and nothing about exceptions: what was owed
/// back since still went there. [`waiting_money_is_open`] asks the rest, whether what has not left again is what
/// people are told waits. Neither says what the other does: a payment in the wrong one of the two accounts leaves
/// that one's sum as it is, and money that left without anybody's action, or an exception that says another amount,
/// leaves this one's entries as they are.
async fn waiting_money_is_held(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SmallInt)]
        account: i16,
        #[diesel(sql_type = BigInt)]
        waiting: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = BigInt)]
        broken: i64,
        #[diesel(sql_type = Nullable<Uuid>)]
        first_broken: Option<RemitClaimId>,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "with waiting as (
            select rc.id, rc.paid, case when rc.paid > 0 then $2 else $3 end as account
            from remit_claims rc
            join remittances r on r.organization_id = rc.organization_id and r.id = rc.remittance_id
            where rc.organization_id = $1 and not rc.posted and rc.paid <> 0
            and r.state in ('posted', 'partly_posted')),
         held as (
            select w.id, w.account, w.paid, coalesce(sum(case w.account
                when t.credit_account then t.amount when t.debit_account then -t.amount else 0 end), 0) as held
            from waiting w
            left join entries e on e.organization_id = $1 and e.source_kind = $4 and e.source_id = w.id
            left join transfers t on t.organization_id = $1 and t.entry_id = e.id
            group by 1, 2, 3)
         select account::smallint as account, count(*) as waiting, sum(paid) as amount,
            count(*) filter (where held <> paid) as broken,
            (array_agg(id order by id) filter (where held <> paid))[1] as first_broken
         from held group by account",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<SmallInt, _>(AccountKind::UnappliedCash.number())
    .bind::<SmallInt, _>(AccountKind::Suspense.number())
    .bind::<Text, _>(CLAIM_SOURCE.as_str())
    .load(tx.conn())
    .await?;
    let balances = ledger::balances_of_transfers(tx, AsOf::NOW).await?;
    let (mut holds, mut detail) = (true, vec![]);
    for kind in [AccountKind::UnappliedCash, AccountKind::Suspense] {
        let balance = balances.iter().find(|row| row.account.kind == kind);
        let balance = balance.map(|row| row.balance).unwrap_or_default();
        let row = rows.iter().find(|row| row.account == kind.number());
        let (waiting, amount) = row.map_or((0, Money::ZERO), |row| (row.waiting, row.amount));
        let mut said = format!(
            "{kind} {balance}: {waiting} decisions wait with {amount}, other documents {}",
            balance - amount
        );
        if let Some((row, first)) = row.and_then(|row| Some((row, row.first_broken?))) {
            holds = false;
            said.push_str(&format!("; {} of them are not held there, the first {first}", row.broken));
        }
        detail.push(said);
    }
    Ok(Proof { name: "waiting_money_is_held", holds, detail: detail.join("; ") })
}

/// Each PLB amount moved the account of its reason, and nothing else but cash.
async fn provider_adjustments_are_items(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        reason: String,
        #[diesel(sql_type = Nullable<SmallInt>)]
        account: Option<i16>,
        #[diesel(sql_type = BigInt)]
        items: i64,
        #[diesel(sql_type = Numeric)]
        stated: Money,
        #[diesel(sql_type = Numeric)]
        moved: Money,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "select pa.reason, (case $2 when t.debit_account then t.credit_account else t.debit_account end)::smallint
                as account,
            count(distinct pa.id) as items, sum(pa.amount) as stated,
            coalesce(sum(case $2 when t.debit_account then -t.amount when t.credit_account then t.amount else 0 end), 0)
                as moved
         from provider_adjustments pa
         join remittances r on r.organization_id = pa.organization_id and r.id = pa.remittance_id
            and r.state in ('posted', 'partly_posted')
         left join entries e on e.organization_id = $1 and e.source_kind = $3 and e.source_id = pa.id
         left join transfers t on t.organization_id = $1 and t.entry_id = e.id
         where pa.organization_id = $1 and pa.amount <> 0
         group by 1, 2 order by 1, 2",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<SmallInt, _>(AccountKind::InsuranceCash.number())
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .load(tx.conn())
    .await?;
    let mut broken = vec![];
    let mut items = 0;
    for row in &rows {
        let expected = plb::account(&row.reason).unwrap_or(AccountKind::Suspense);
        items += row.items;
        if row.account != Some(expected.number()) || row.stated != row.moved {
            broken.push(format!("{} of {} moved {}", row.reason, row.stated, row.moved));
        }
    }
    let mut detail = format!("{items} amounts");
    for broken in &broken {
        detail.push_str(&format!("; {broken}"));
    }
    Ok(Proof { name: "provider_adjustments_are_items", holds: broken.is_empty(), detail })
}

/// Payer by payer, the open items of recoupments and forwarding balances are what PLB and settlements left
/// on those accounts: WO, FB and 72 of one reference clear to zero over files (X12 RFI 227). What other documents
/// left there, such as an amount that a person assigned, is listed. Each settlement moved what it says, and
/// one that was undone was reversed; of two items that were set off each took what the other gave, and the
/// ledger moved it where they lie in different accounts. As it stands now.
async fn open_items_are_balances(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SmallInt)]
        account: i16,
        #[diesel(sql_type = Numeric)]
        said: Money,
        #[diesel(sql_type = Numeric)]
        moved: Money,
        #[diesel(sql_type = BigInt)]
        broken: i64,
        #[diesel(sql_type = BigInt)]
        crooked: i64,
    }
    let clearing = [AccountKind::PayerRecoupments, AccountKind::ForwardingBalances];
    let rows: Vec<Row> = diesel::sql_query(
        "with reasons as (
            select unnest($2) as reason, $3::smallint as account union all select unnest($4), $5::smallint),
         items as (
            select r.payer_id, reasons.account, -sum(pa.amount) as said
            from provider_adjustments pa
            join reasons on reasons.reason = pa.reason
            join remittances r on r.organization_id = pa.organization_id and r.id = pa.remittance_id
                and r.state in ('posted', 'partly_posted')
            where pa.organization_id = $1 group by 1, 2),
         settled as (
            select s.payer_id, reasons.account, -sum(s.amount) as said from provider_adjustment_settlements s
            join provider_adjustments pa on pa.organization_id = $1 and pa.id = s.provider_adjustment_id
            join reasons on reasons.reason = pa.reason
            where s.organization_id = $1 and s.undone_on is null group by 1, 2),
         told as (
            select payer_id, account, sum(said) as said
            from (select * from items union all select * from settled) both_sides group by 1, 2),
         documents as (
            select id from entries where organization_id = $1 and source_kind in ($6, $7)
            union all
            select u.id from entries u
            join entries e on e.organization_id = $1 and e.id = u.reverses_id and e.source_kind in ($6, $7)
            where u.organization_id = $1),
         moves as (
            select t.payer_id, m.account, sum(m.amount) as moved
            from documents d
            join transfers t on t.organization_id = $1 and t.entry_id = d.id
            cross join lateral (values (t.credit_account, t.amount), (t.debit_account, -t.amount))
                as m (account, amount)
            where m.account in ($3, $5) group by 1, 2),
         compared as (
            select coalesce(i.account, m.account) as account, coalesce(i.said, 0) as said,
                coalesce(m.moved, 0) as moved
            from told i full join moves m on m.account = i.account
                and coalesce(m.payer_id::text, '') = coalesce(i.payer_id::text, ''))
         select account::smallint as account, sum(said) as said, sum(moved) as moved,
            count(*) filter (where said <> moved) as broken,
            (select count(*) from provider_adjustment_settlements s
                join provider_adjustments pa on pa.organization_id = $1 and pa.id = s.provider_adjustment_id
                join reasons own on own.reason = pa.reason
                left join provider_adjustment_settlements o on o.organization_id = $1 and o.id = s.counter_id
                left join provider_adjustments oa on oa.organization_id = $1 and oa.id = o.provider_adjustment_id
                left join reasons others on others.reason = oa.reason
                left join lateral (
                    select sum(case own.account when t.credit_account then t.amount when t.debit_account then -t.amount else 0 end)
                            as moved,
                        exists (select from entries u where u.organization_id = $1 and u.reverses_id = e.id) as is_back
                    from entries e join transfers t on t.organization_id = $1 and t.entry_id = e.id
                    where e.organization_id = $1 and e.source_kind = $7
                    and e.source_id in (s.id, s.counter_id) group by e.id) m on true
                where s.organization_id = $1
                and (case when own.account = others.account then m.moved is not null
                        else (m.moved, m.is_back) is distinct from (-s.amount, s.undone_on is not null) end
                    or s.counter_id is not null
                    and (o.amount, o.counter_id, o.payer_id, o.undone_on)
                        is distinct from (-s.amount, s.id, s.payer_id, s.undone_on))) as crooked
         from compared group by account",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Text>, _>(plb::reasons(AccountKind::PayerRecoupments).to_vec())
    .bind::<SmallInt, _>(AccountKind::PayerRecoupments.number())
    .bind::<Array<Text>, _>(plb::reasons(AccountKind::ForwardingBalances).to_vec())
    .bind::<SmallInt, _>(AccountKind::ForwardingBalances.number())
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .bind::<Text, _>(SETTLEMENT_SOURCE.as_str())
    .load(tx.conn())
    .await?;
    let balances = ledger::balances_of_transfers(tx, AsOf::NOW).await?;
    let (open, _, _) = adjustments::totals(tx).await?;
    let (mut holds, mut detail) = (true, vec![format!("{open} items open")]);
    for kind in clearing {
        let balance = balances.iter().find(|row| row.account.kind == kind);
        let balance = balance.map(|row| row.balance).unwrap_or_default();
        let row = rows.iter().find(|row| row.account == kind.number());
        let (said, moved, broken) =
            row.map_or((Money::ZERO, Money::ZERO, 0), |row| (row.said, row.moved, row.broken));
        let mut part = format!("{kind} {balance}: items {said}, other documents {}", balance - moved);
        if broken > 0 {
            holds = false;
            part.push_str(&format!("; {broken} payers moved something else, {moved} together"));
        }
        detail.push(part);
    }
    let crooked = rows.iter().map(|row| row.crooked).max().unwrap_or_default();
    if crooked > 0 {
        holds = false;
        detail.push(format!("{crooked} settlements are not what they moved"));
    }
    Ok(Proof { name: "open_items_are_balances", holds, detail: detail.join("; ") })
}

/// What remittances left in unapplied cash and suspense is what their open exceptions say waits there: both accounts
/// together, PLB amounts and differences of overrides included. Into which account each decision's payment went is
/// asked by [`waiting_money_is_held`].
async fn waiting_money_is_open(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Numeric)]
        held: Money,
        #[diesel(sql_type = Numeric)]
        open: Money,
    }
    let holding: Vec<&str> = ExceptionKind::holding().iter().map(|kind| kind.as_str()).collect();
    let is_debit = |kind: &ExceptionKind| kind.credit(Money::from_cents(1)).is_negative();
    let debits: Vec<&str> =
        ExceptionKind::ALL.iter().filter(|kind| is_debit(kind)).map(|kind| kind.as_str()).collect();
    let row: Row = diesel::sql_query(
        "with moved as (
            select case when t.credit_account = any($2) then t.amount else 0 end
                - case when t.debit_account = any($2) then t.amount else 0 end as amount
            from transfers t
            join entries e on e.organization_id = t.organization_id and e.id = t.entry_id
            where t.organization_id = $1 and (t.credit_account = any($2) or t.debit_account = any($2))
            and (e.source_kind like 'remit%' or e.source_kind = $3))
         select (select coalesce(sum(amount), 0) from moved) as held,
            (select coalesce(sum(case when x.kind = any($5) then -x.amount else x.amount end), 0)
                from remit_exceptions x
                join remittances r on r.organization_id = x.organization_id and r.id = x.remittance_id
                where x.organization_id = $1 and x.resolved_at is null and x.kind = any($4)
                and r.state in ('posted', 'partly_posted')) as open",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<SmallInt>, _>(vec![AccountKind::UnappliedCash.number(), AccountKind::Suspense.number()])
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .bind::<Array<Text>, _>(holding)
    .bind::<Array<Text>, _>(debits)
    .get_result(tx.conn())
    .await?;
    let Row { held, open } = row;
    let detail = format!("unapplied cash and suspense hold {held}; open exceptions say {open}");
    Ok(Proof { name: "waiting_money_is_open", holds: held == open, detail })
}
