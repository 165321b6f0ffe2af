//! SQL of the report to Medicare: over-payments as of a day, and the decisions that stood then.

use chrono::NaiveDate;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Numeric, Text, Uuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

use crate::credits::medicare::Paid;
use crate::credits::refunds::{PAYMENT_SOURCE, VOID_SOURCE};
use crate::credits::store::person;
use crate::db::Tx;
use crate::ledger::{AccountKind, NOBODY};
use crate::remits::CLAIM_SOURCE;
use crate::types::{ClaimId, EntryId, Money, PatientId, PayerId, PersonName, Phi, Quarter, Result};

/// Filing indicators (SBR09) of Medicare: parts A and B, Medicare Advantage.
pub(in crate::credits) const INDICATORS: [&str; 3] = ["MA", "MB", "16"];

const RECEIVABLE: i16 = AccountKind::InsuranceAr.number();
const PAYABLE: i16 = AccountKind::RefundsPayable.number();

/// `owed`: each visit and payer of Medicare with what both accounts had of theirs, positive where it is owed back,
/// and the entry that made it so: the first one after which it never was less than owed back again. `$1` is the
/// organization, `$2` the day, `$3` [`INDICATORS`], `$4` the quarter's first day.
///
/// What is kept of open balances says which visits may be below zero; what was booked since the day, which may
/// have been. So the settled past is not read.
fn owed() -> String {
    let leg = |account: i16| {
        format!(
            "case {account} when t.debit_account then t.amount when t.credit_account then -t.amount else 0 end"
        )
    };
    format!(
        "medicare as (
            select id, name, filing_indicator from payers where organization_id = $1 and filing_indicator = any($3)),
         candidates as (
            select nullif(b.claim_id, {NOBODY}) as claim_id, b.owner_id as payer_id
            from open_balances b join medicare m on m.id = b.owner_id
            where b.organization_id = $1 and b.account = {RECEIVABLE} and b.amount < 0
            union
            select t.claim_id, t.payer_id from transfers t join medicare m on m.id = t.payer_id
            where t.organization_id = $1 and {PAYABLE} in (t.debit_account, t.credit_account)
            union
            select t.claim_id, t.payer_id
            from entries e
            join transfers t on t.organization_id = $1 and t.entry_id = e.id
            join medicare m on m.id = t.payer_id
            where e.organization_id = $1 and e.booked_on > $2 and {RECEIVABLE} in (t.debit_account, t.credit_account)),
         moved as (
            select c.claim_id, c.payer_id, e.id as entry_id, e.source_kind, e.booked_on,
                sum(m.receivable) as receivable, sum(m.payable) as payable
            from candidates c
            cross join lateral (
                select t.entry_id, {receivable} as receivable, {payable} as payable
                from transfers t where t.organization_id = $1 and t.claim_id = c.claim_id and t.payer_id = c.payer_id
                and ({RECEIVABLE} in (t.debit_account, t.credit_account)
                    or {PAYABLE} in (t.debit_account, t.credit_account))
                union all
                select t.entry_id, 0, {payable}
                from transfers t where c.claim_id is null and t.organization_id = $1 and t.claim_id is null
                and t.payer_id = c.payer_id and {PAYABLE} in (t.debit_account, t.credit_account)) m
            join entries e on e.organization_id = $1 and e.id = m.entry_id and e.booked_on <= $2
            group by 1, 2, 3, 4, 5),
         running as (
            select *, sum(receivable + payable) over (partition by claim_id, payer_id order by entry_id) as balance
            from moved),
         crossed as (
            select *, count(*) filter (where balance >= 0)
                over (partition by claim_id, payer_id order by entry_id desc) as settled_later
            from running),
         owed as (
            select claim_id, payer_id, -sum(receivable) as receivable, -sum(payable) as payable,
                -sum(receivable + payable) as outstanding,
                greatest(coalesce(sum(payable) filter (where source_kind in ('{paid}', '{void}') and booked_on >= $4), 0), 0)
                    as repaid,
                (array_agg(entry_id order by entry_id) filter (where settled_later = 0))[1] as entry_id
            from crossed group by 1, 2)",
        receivable = leg(RECEIVABLE),
        payable = leg(PAYABLE),
        paid = PAYMENT_SOURCE.as_str(),
        void = VOID_SOURCE.as_str(),
    )
}

/// What a payer of Medicare has paid too much for a visit, or was repaid in the quarter.
#[derive(Clone, Debug)]
pub(super) struct OverPayment {
    pub claim: Option<ClaimId>,
    pub payer: PayerId,
    pub payer_name: String,
    pub filing_indicator: String,
    pub patient: Option<PatientId>,
    pub patient_name: Option<Phi<PersonName>>,
    pub member_id: Option<Phi<String>>,
    pub medicare_secondary: Option<String>,
    pub service_from: Option<NaiveDate>,
    pub service_thru: Option<NaiveDate>,
    /// What its receivable is below zero; negative: above it.
    pub receivable: Money,
    /// What of refunds payable is owed to it for the visit.
    pub payable: Money,
    pub outstanding: Money,
    pub repaid: Money,
    /// The business date of the entry that made it a credit.
    pub since: NaiveDate,
    /// The day on which that was booked.
    pub booked_on: NaiveDate,
    /// A person had said that the payer takes it back.
    pub waits: bool,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Uuid>)]
    claim_id: Option<ClaimId>,
    #[diesel(sql_type = Uuid)]
    payer_id: PayerId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    filing_indicator: String,
    #[diesel(sql_type = Nullable<Uuid>)]
    patient_id: Option<PatientId>,
    #[diesel(sql_type = Nullable<Text>)]
    last_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    first_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    member_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    medicare_secondary: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    service_from: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    service_thru: Option<NaiveDate>,
    #[diesel(sql_type = Numeric)]
    receivable: Money,
    #[diesel(sql_type = Numeric)]
    payable: Money,
    #[diesel(sql_type = Numeric)]
    outstanding: Money,
    #[diesel(sql_type = Numeric)]
    repaid: Money,
    #[diesel(sql_type = Nullable<Uuid>)]
    entry_id: Option<EntryId>,
    #[diesel(sql_type = Nullable<Date>)]
    since: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    booked_on: Option<NaiveDate>,
    #[diesel(sql_type = Bool)]
    waits: bool,
}

/// Each over-payment that was outstanding on the day, or was repaid in the quarter until then: by payer, the
/// oldest first. One query.
///
/// The coverage is that of the first claim to the payer for the visit, which is no other one later.
pub(super) async fn over_payments(
    tx: &mut Tx,
    quarter: Quarter,
    as_of: NaiveDate,
) -> Result<Vec<OverPayment>> {
    let rows: Vec<Row> = sql_query(format!(
        "with {owed}
         select o.claim_id, o.payer_id, m.name, m.filing_indicator, p.id as patient_id, p.last_name, p.first_name,
            v.member_id, v.medicare_secondary, a.service_from, a.service_thru, o.receivable, o.payable,
            o.outstanding, o.repaid, e.id as entry_id, e.effective_on as since, e.booked_on,
            exists (select from credit_actions w where w.organization_id = $1 and w.action = 'wait_for_payer'
                and w.claim_id = o.claim_id and w.payer_id = o.payer_id and w.since_entry_id >= o.entry_id
                and w.acted_on <= $2 and (w.undone_on is null or w.undone_on > $2)) as waits
         from owed o
         join medicare m on m.id = o.payer_id
         left join entries e on e.organization_id = $1 and e.id = o.entry_id
         left join claims a on a.organization_id = $1 and a.id = o.claim_id
         left join lateral (
            select of_visit.coverage_id from (
                select c.* from claims c where c.organization_id = $1 and c.id = o.claim_id
                union all
                select c.* from claims c where c.organization_id = $1 and c.account_claim_id = o.claim_id
                and c.id <> c.account_claim_id) of_visit
            where of_visit.payer_id = o.payer_id order by of_visit.id limit 1) c on true
         left join coverages v on v.organization_id = $1 and v.id = c.coverage_id
         left join patients p on p.organization_id = $1 and p.id = a.patient_id
         where o.outstanding > 0 or o.repaid > 0
         order by m.name, o.payer_id, e.effective_on, o.claim_id nulls first",
        owed = owed()
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Date, _>(as_of)
    .bind::<Array<Text>, _>(INDICATORS.to_vec())
    .bind::<Date, _>(quarter.first())
    .load(tx.conn())
    .await?;
    let read = |row: Row| {
        // What is repaid whole is no credit any more, and is since no day.
        let (since, booked_on) = match (row.entry_id, row.since, row.booked_on) {
            (Some(_), Some(since), Some(booked_on)) => (since, booked_on),
            _ => (as_of, as_of),
        };
        OverPayment {
            claim: row.claim_id,
            payer: row.payer_id,
            payer_name: row.name,
            filing_indicator: row.filing_indicator,
            patient: row.patient_id,
            patient_name: person(row.last_name, row.first_name),
            member_id: row.member_id.map(Phi::new),
            medicare_secondary: row.medicare_secondary,
            service_from: row.service_from,
            service_thru: row.service_thru,
            receivable: row.receivable,
            payable: row.payable,
            outstanding: row.outstanding,
            repaid: row.repaid,
            since,
            booked_on,
            waits: row.waits,
        }
    };
    Ok(rows.into_iter().map(read).collect())
}

/// How many over-payments are outstanding as of a day, and what they come to: what a proof compares with the
/// transfers.
pub(in crate::credits) async fn outstanding(tx: &mut Tx, as_of: NaiveDate) -> Result<(i64, Money)> {
    #[derive(QueryableByName)]
    struct Sum {
        #[diesel(sql_type = BigInt)]
        count: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
    }
    let sum: Sum = sql_query(format!(
        "with {owed}
         select count(*) as count, coalesce(sum(outstanding), 0) as amount from owed where outstanding > 0",
        owed = owed()
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Date, _>(as_of)
    .bind::<Array<Text>, _>(INDICATORS.to_vec())
    .bind::<Date, _>(as_of)
    .get_result(tx.conn())
    .await?;
    Ok((sum.count, sum.amount))
}

/// The decisions about some visits that paid something and stood on the day, the oldest first: those with an entry
/// that lowered the visit's receivable by then, and was not reversed by then. One query.
pub(super) async fn decisions(tx: &mut Tx, visits: &[ClaimId], as_of: NaiveDate) -> Result<Vec<Paid>> {
    #[derive(QueryableByName)]
    struct Decided {
        #[diesel(sql_type = Uuid)]
        visit: ClaimId,
        #[diesel(sql_type = Uuid)]
        payer_id: PayerId,
        #[diesel(sql_type = Text)]
        payer_name: String,
        #[diesel(sql_type = Text)]
        number: String,
        #[diesel(sql_type = Nullable<Text>)]
        payer_number: Option<String>,
        #[diesel(sql_type = Bool)]
        is_primary: bool,
        #[diesel(sql_type = Bool)]
        is_part: bool,
        #[diesel(sql_type = Numeric)]
        paid: Money,
        #[diesel(sql_type = Nullable<Date>)]
        paid_on: Option<NaiveDate>,
    }
    if visits.is_empty() {
        return Ok(vec![]);
    }
    // The entries of a decision: its own, what it was posted anew with, and what a person posted it with.
    let rows: Vec<Decided> = sql_query(format!(
        "with visits as (
            select c.* from claims c where c.organization_id = $1 and c.id = any($2)
            union all
            select c.* from claims c where c.organization_id = $1 and c.account_claim_id = any($2)
            and c.id <> c.account_claim_id)
         select c.account_claim_id as visit, c.payer_id, y.name as payer_name, rc.patient_control_number as number,
            rc.payer_claim_control_number as payer_number,
            coalesce(rc.treated_as, rc.status_code) in ('1', '19') as is_primary,
            'MA15' = any(rc.remarks) or exists (select from remit_lines l where l.organization_id = $1
                and l.remit_claim_id = rc.id and 'MA15' = any(l.remarks)) as is_part,
            rc.paid, r.paid_on
         from visits c
         join remit_claims rc on rc.organization_id = $1 and rc.claim_id = c.id and rc.paid > 0
         join remittances r on r.organization_id = $1 and r.id = rc.remittance_id
         join payers y on y.organization_id = $1 and y.id = c.payer_id
         where exists (
            select from (
                select e.id from entries e
                where e.organization_id = $1 and e.source_kind = $4 and e.source_id = rc.id
                union all
                select rs.entry_id from remit_restorations rs
                where rs.organization_id = $1 and rs.remit_claim_id = rc.id
                union all
                select e.id from remit_exceptions x
                join entries e on e.organization_id = $1 and e.source_kind = 'remit_exception' and e.source_id = x.id
                where x.organization_id = $1 and x.remittance_id = rc.remittance_id and x.remit_claim_id = rc.id) own
            join entries e on e.organization_id = $1 and e.id = own.id and e.booked_on <= $3
            join transfers t on t.organization_id = $1 and t.entry_id = e.id and t.claim_id = c.account_claim_id
                and t.credit_account = {RECEIVABLE}
            where not exists (select from entries u
                where u.organization_id = $1 and u.reverses_id = e.id and u.booked_on <= $3))
         order by rc.id"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(visits)
    .bind::<Date, _>(as_of)
    .bind::<Text, _>(CLAIM_SOURCE.as_str())
    .load(tx.conn())
    .await?;
    let read = |row: Decided| Paid {
        visit: row.visit,
        payer: row.payer_id,
        payer_name: row.payer_name,
        number: row.number,
        payer_claim_control_number: row.payer_number,
        is_primary: row.is_primary,
        is_part: row.is_part,
        amount: row.paid,
        on: row.paid_on,
    };
    Ok(rows.into_iter().map(read).collect())
}
