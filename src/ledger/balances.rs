//! Balances: of an account, a claim, a patient, on any day.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Numeric, SmallInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::{Tx, kept_once};
use crate::ledger::accounts::{Account, AccountKind, Role, Side};
use crate::ledger::store;
use crate::types::{ClaimId, Money, PatientId, Result};

/// Which entries a balance counts: those booked on or before a day, posted at or before a moment.
///
/// The day is the day of the books ([`crate::ledger::Entry::booked_on`]), which is the business date but for facts
/// that came after their period was closed. So what is asked as of the last day of a closed period
/// is the same for ever; as of a day in an open one, late facts still come in. The moment says what
/// was known then, closed or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AsOf {
    /// The last day of the books that counts; every one when not said.
    pub booked_on: Option<NaiveDate>,
    /// The last moment of posting that counts; every one when not said.
    pub posted_at: Option<DateTime<Utc>>,
}

impl AsOf {
    /// Everything that is posted.
    pub const NOW: AsOf = AsOf { booked_on: None, posted_at: None };

    /// What is booked on or before a day.
    #[must_use]
    pub const fn day(booked_on: NaiveDate) -> AsOf {
        AsOf { booked_on: Some(booked_on), posted_at: None }
    }

    /// Only what had been posted by then.
    #[must_use]
    pub const fn known_at(self, moment: DateTime<Utc>) -> AsOf {
        AsOf { posted_at: Some(moment), ..self }
    }

    pub(super) fn includes(self, booked_on: NaiveDate, posted_at: DateTime<Utc>) -> bool {
        self.booked_on.is_none_or(|day| booked_on <= day)
            && self.posted_at.is_none_or(|moment| posted_at <= moment)
    }
}

/// Transfers of the entries that count: `$1` and `$2` are the two limits of an [`AsOf`]. `only`
/// narrows them first, so that an index serves however large the ledger is.
pub(super) fn counted(only: &str) -> String {
    format!(
        "counted as (
            select t.*, e.effective_on from transfers t
            join entries e on e.organization_id = t.organization_id and e.id = t.entry_id
            where e.booked_on <= coalesce($1, 'infinity'::date)
            and e.posted_at <= coalesce($2, 'infinity'::timestamptz) and {only})"
    )
}

/// The same of the few transfers that `only` finds by an index: the entry of each is looked up, where a plan for any
/// values would begin with the practice's entries.
fn counted_by_key(only: &str) -> String {
    format!(
        "counted as (
            select t.*, e.effective_on from transfers t
            cross join lateral (
                select effective_on from entries
                where organization_id = t.organization_id and id = t.entry_id
                and booked_on <= coalesce($1, 'infinity'::date)
                and posted_at <= coalesce($2, 'infinity'::timestamptz) offset 0) e
            where {only})"
    )
}

/// No narrowing.
pub(super) const EVERY: &str = "true";

/// Stands for no claim and for nobody, where a null would not let rows meet by hashing or by a key; so in
/// `open_balances`.
pub const NOBODY: &str = "'00000000-0000-0000-0000-000000000000'::uuid";

/// `legs`: every transfer as `open_balances` sees it, by account, claim and who owes it: positive raises
/// what is owed to us. `$1` is the organization.
#[must_use]
pub fn legs() -> String {
    let [insurance, patient, held] =
        [AccountKind::InsuranceAr, AccountKind::PatientAr, AccountKind::PatientCredits]
            .map(AccountKind::number);
    format!(
        "legs as (
            select * from ({}) l where account in ({insurance}, {patient}, {held}))",
        legs_of("t.organization_id = $1")
    )
}

/// Both sides of some transfers `t`: the account, the one on the other side, and who owes it.
pub(super) fn legs_of(which: &str) -> String {
    let insurance = AccountKind::InsuranceAr.number();
    format!(
        "select s.account::smallint as account, s.other::smallint as other, t.claim_id, t.entry_id, s.amount,
            case s.account when {insurance} then t.payer_id else t.patient_id end as owner_id
         from transfers t
         cross join lateral (values
            (t.debit_account, t.credit_account, t.amount),
            (t.credit_account, t.debit_account, -t.amount)) as s (account, other, amount)
         where {which}"
    )
}

/// Each counted transfer as a receivable sees it: what it became more, and against what.
pub(super) fn receivable_movements() -> String {
    let receivables = any_of(Role::Receivable);
    format!(
        "movements as (
            select claim_id, payer_id, patient_id, debit_account as account, credit_account as other, amount,
                effective_on
            from counted where debit_account = {receivables}
            union all
            select claim_id, payer_id, patient_id, credit_account, debit_account, -amount, effective_on
            from counted where credit_account = {receivables})"
    )
}

/// The columns of [`Receivable`] over `movements`.
pub(super) fn equation_columns() -> String {
    let of = |account: AccountKind| {
        format!("coalesce(sum(amount) filter (where account = {}), 0)", account.number())
    };
    let against = |role| format!("coalesce(sum(amount) filter (where other = {}), 0)", any_of(role));
    format!(
        "{} as insurance, {} as patient, {} as charges, -{} as payments, -{} as adjustments, {} as takebacks, {} as moves",
        of(AccountKind::InsuranceAr),
        of(AccountKind::PatientAr),
        against(Role::Charge),
        against(Role::Payment),
        against(Role::Adjustment),
        against(Role::Takeback),
        against(Role::Move),
    )
}

/// `any('{1110,1120}')`: the accounts with a role, for SQL. Numbers of ours, nothing to escape.
pub(super) fn any_of(role: Role) -> String {
    let numbers: Vec<String> = AccountKind::ALL
        .iter()
        .filter(|kind| kind.role() == role)
        .map(|kind| kind.number().to_string())
        .collect();
    format!("any('{{{}}}')", numbers.join(","))
}

/// What moved on one account, and what is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountBalance {
    /// The account.
    #[serde(flatten)]
    pub account: Account,
    /// All that was debited.
    pub debits: Money,
    /// All that was credited.
    pub credits: Money,
    /// What is left, positive on the side on which the account grows.
    pub balance: Money,
    /// How many transfers that was.
    pub transfers: i64,
}

/// The balance of every account of the chart, those without movements included. From the sums that the
/// database keeps by day; what was known at a moment is added up from the transfers.
pub async fn balances(tx: &mut Tx, as_of: AsOf) -> Result<Vec<AccountBalance>> {
    if as_of.posted_at.is_some() {
        return balances_of_transfers(tx, as_of).await;
    }
    let moved =
        kept_once!(moved_sql(KEPT_PAIRS)).bind::<Nullable<Date>, _>(as_of.booked_on).load(tx.conn()).await?;
    in_chart(tx, moved).await
}

/// The same from the transfers themselves: what proofs compare with.
pub async fn balances_of_transfers(tx: &mut Tx, as_of: AsOf) -> Result<Vec<AccountBalance>> {
    let moved = diesel::sql_query(moved_sql(&counted_pairs()))
        .bind::<Nullable<Date>, _>(as_of.booked_on)
        .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
        .load(tx.conn())
        .await?;
    in_chart(tx, moved).await
}

/// What moved on an account.
#[derive(QueryableByName)]
struct Moved {
    #[diesel(sql_type = SmallInt)]
    number: i16,
    #[diesel(sql_type = Numeric)]
    debits: Money,
    #[diesel(sql_type = Numeric)]
    credits: Money,
    #[diesel(sql_type = BigInt)]
    transfers: i64,
}

/// [`Moved`], from `pairs`.
fn moved_sql(pairs: &str) -> String {
    format!(
        "with {pairs}, legs as (
            select debit_account as number, amount as debit, 0 as credit, transfers from pairs
            union all
            select credit_account, 0, amount, transfers from pairs)
         select number::smallint as number, sum(debit) as debits, sum(credit) as credits,
            sum(transfers)::bigint as transfers
         from legs group by number"
    )
}

async fn in_chart(tx: &mut Tx, moved: Vec<Moved>) -> Result<Vec<AccountBalance>> {
    let mut moved: HashMap<i16, Moved> = moved.into_iter().map(|row| (row.number, row)).collect();
    let chart = store::accounts(tx).await?;
    Ok(chart
        .into_iter()
        .map(|account| {
            let (debits, credits, transfers) = moved
                .remove(&account.number)
                .map_or_else(Default::default, |row| (row.debits, row.credits, row.transfers));
            let balance = match account.kind.grows_on() {
                Side::Debit => debits - credits,
                Side::Credit => credits - debits,
            };
            AccountBalance { account, debits, credits, balance, transfers }
        })
        .collect())
}

/// What moved between each pair of accounts, from the sums that the database keeps by day; `$1` as in
/// [`counted`], and no moment.
const KEPT_PAIRS: &str = "pairs as (
    select debit_account, credit_account, amount, transfers from account_totals
    where booked_on <= coalesce($1, 'infinity'::date))";

/// The same from the transfers themselves.
fn counted_pairs() -> String {
    format!(
        "{}, pairs as (
            select debit_account, credit_account, sum(amount) as amount, count(*) as transfers
            from counted group by debit_account, credit_account)",
        counted(EVERY)
    )
}

/// What is owed, and why: [`Receivable::balance`] = charges - payments - adjustments + takebacks
/// + moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema, QueryableByName)]
pub struct Receivable {
    /// What payers owe.
    #[diesel(sql_type = Numeric)]
    pub insurance: Money,
    /// What patients owe.
    #[diesel(sql_type = Numeric)]
    pub patient: Money,
    /// What was billed.
    #[diesel(sql_type = Numeric)]
    pub charges: Money,
    /// What was paid or applied.
    #[diesel(sql_type = Numeric)]
    pub payments: Money,
    /// What was written off or given away.
    #[diesel(sql_type = Numeric)]
    pub adjustments: Money,
    /// What was refunded or taken back.
    #[diesel(sql_type = Numeric)]
    pub takebacks: Money,
    /// What came from other claims or payers, less what went to them.
    #[diesel(sql_type = Numeric)]
    pub moves: Money,
}

impl Receivable {
    /// What is owed in all; negative when too much was paid.
    #[must_use]
    pub fn balance(&self) -> Money {
        self.insurance + self.patient
    }

    /// What the movements say is owed: equal to [`Receivable::balance`] in a ledger that holds.
    #[must_use]
    pub fn explained(&self) -> Money {
        self.charges - self.payments - self.adjustments + self.takebacks + self.moves
    }
}

impl fmt::Display for Receivable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Receivable { insurance, patient, charges, payments, adjustments, takebacks, moves } = self;
        write!(
            f,
            "charges {charges} - payments {payments} - adjustments {adjustments} + takebacks {takebacks} \
             + moves {moves} = {}; receivables: insurance {insurance} + patient {patient} = {}",
            self.explained(),
            self.balance()
        )
    }
}

/// What is owed for each claim under which the patient has movements, oldest claim first.
pub async fn claims_of_patient(
    tx: &mut Tx,
    patient: PatientId,
    as_of: AsOf,
) -> Result<Vec<(ClaimId, Receivable)>> {
    let rows: Vec<ClaimRow> = kept_once!(format!(
        "with {}, {} select claim_id, {} from movements where claim_id is not null
         group by claim_id order by claim_id",
        counted_by_key("t.patient_id = $3"),
        receivable_movements(),
        equation_columns(),
    ))
    .bind::<Nullable<Date>, _>(as_of.booked_on)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .bind::<SqlUuid, _>(patient)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.claim_id, row.receivable)).collect())
}

/// How many claims have something on an account, and what that is together, positive on the side
/// on which the account grows.
pub async fn claims_on_account(tx: &mut Tx, account: AccountKind, as_of: AsOf) -> Result<(i64, Money)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        claims: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
    }
    let row: Row = diesel::sql_query(format!(
        "with {}, of_claims as (
            select sum({}) as amount from counted where claim_id is not null
            group by claim_id)
         select count(*) as claims, coalesce(sum(amount), 0) as amount from of_claims where amount <> 0",
        counted(&format!("{} in (t.debit_account, t.credit_account)", account.number())),
        grown(account),
    ))
    .bind::<Nullable<Date>, _>(as_of.booked_on)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .get_result(tx.conn())
    .await?;
    Ok((row.claims, row.amount))
}

/// What a transfer makes an account grow, for SQL over `counted`.
fn grown(account: AccountKind) -> String {
    let (grows, falls) = match account.grows_on() {
        Side::Debit => ("debit_account", "credit_account"),
        Side::Credit => ("credit_account", "debit_account"),
    };
    let number = account.number();
    format!("(case {number} when {grows} then amount when {falls} then -amount else 0 end)")
}

/// Every patient with a balance of their own, the largest first; a negative one is a credit. As of now
/// from the balances that the database keeps.
pub async fn patients_who_owe(tx: &mut Tx, as_of: AsOf) -> Result<Vec<(PatientId, Money)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        patient_id: PatientId,
        #[diesel(sql_type = Numeric)]
        owes: Money,
    }
    let patients = AccountKind::PatientAr.number();
    let movements = if as_of == AsOf::NOW {
        "movements as (
            select account, owner_id as patient_id, amount from open_balances
            where amount <> 0 and $1 is null and $2 is null)"
            .to_owned()
    } else {
        let only = format!("{patients} in (t.debit_account, t.credit_account)");
        format!("{}, {}", counted(&only), receivable_movements())
    };
    let rows: Vec<Row> = diesel::sql_query(format!(
        "with {movements} select patient_id, sum(amount) as owes from movements where account = {patients}
         group by patient_id having sum(amount) <> 0 order by owes desc, patient_id"
    ))
    .bind::<Nullable<Date>, _>(as_of.booked_on)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.patient_id, row.owes)).collect())
}

/// How many patients owe something now; none when they are more than `most`. Each balance of a patient is read for
/// it, so that in a large practice it would take longer than all that stands beside it.
pub async fn count_patients_who_owe(tx: &mut Tx, most: i64) -> Result<Option<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        patients: i64,
    }
    let row: Row = kept_once!(format!(
        "select count(*) as patients from (
            select from open_balances where organization_id = $1 and account = {} and amount <> 0
            group by owner_id having sum(amount) > 0 limit $2) owing",
        AccountKind::PatientAr.number(),
    ))
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<BigInt, _>(most + 1)
    .get_result(tx.conn())
    .await?;
    Ok((row.patients <= most).then_some(row.patients))
}

#[derive(QueryableByName)]
struct ClaimRow {
    #[diesel(sql_type = SqlUuid)]
    claim_id: ClaimId,
    #[diesel(embed)]
    receivable: Receivable,
}

/// What is owed for each of these claims. Claims without movements are left out.
pub async fn balances_of_claims(
    tx: &mut Tx,
    claims: &[ClaimId],
    as_of: AsOf,
) -> Result<HashMap<ClaimId, Receivable>> {
    let rows: Vec<ClaimRow> = kept_once!(format!(
        "with {}, {} select claim_id, {} from movements group by claim_id",
        counted_by_key("t.claim_id = any($3)"),
        receivable_movements(),
        equation_columns(),
    ))
    .bind::<Nullable<Date>, _>(as_of.booked_on)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .bind::<Array<SqlUuid>, _>(claims)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.claim_id, row.receivable)).collect())
}

/// What is owed for one claim.
pub async fn balance_of_claim(tx: &mut Tx, claim: ClaimId, as_of: AsOf) -> Result<Receivable> {
    Ok(balances_of_claims(tx, &[claim], as_of).await?.remove(&claim).unwrap_or_default())
}

/// What stands between a patient and the practice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, QueryableByName)]
pub struct PatientBalance {
    /// What the patient owes.
    #[diesel(sql_type = Numeric)]
    pub owes: Money,
    /// What payers owe for the patient.
    #[diesel(sql_type = Numeric)]
    pub payers_owe: Money,
    /// What the practice holds for the patient: credits, prepayments, money not applied yet.
    #[diesel(sql_type = Numeric)]
    pub credits: Money,
    /// What the practice is about to pay back.
    #[diesel(sql_type = Numeric)]
    pub refunds_payable: Money,
}

/// What stands between a patient and the practice.
pub async fn balance_of_patient(tx: &mut Tx, patient: PatientId, as_of: AsOf) -> Result<PatientBalance> {
    let balance = kept_once!(format!(
        "with {}
         select coalesce(sum{}, 0) as owes, coalesce(sum{}, 0) as payers_owe,
            coalesce(sum({} + {}), 0) as credits, coalesce(sum{}, 0) as refunds_payable
         from counted",
        counted_by_key("t.patient_id = $3"),
        grown(AccountKind::PatientAr),
        grown(AccountKind::InsuranceAr),
        grown(AccountKind::PatientCredits),
        grown(AccountKind::UnappliedCash),
        grown(AccountKind::RefundsPayable),
    ))
    .bind::<Nullable<Date>, _>(as_of.booked_on)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .bind::<SqlUuid, _>(patient)
    .get_result(tx.conn())
    .await?;
    Ok(balance)
}

/// What moved between each pair of accounts, from the transfers themselves: the second way to the same
/// balances.
pub(super) async fn account_pairs(tx: &mut Tx, as_of: AsOf) -> Result<Vec<AccountPair>> {
    Ok(diesel::sql_query(format!(
        "with {} select debit_account as debit, credit_account as credit, amount, transfers from pairs",
        counted_pairs()
    ))
    .bind::<Nullable<Date>, _>(as_of.booked_on)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .load(tx.conn())
    .await?)
}

#[derive(QueryableByName)]
pub(super) struct AccountPair {
    #[diesel(sql_type = SmallInt)]
    pub debit: i16,
    #[diesel(sql_type = SmallInt)]
    pub credit: i16,
    #[diesel(sql_type = Numeric)]
    pub amount: Money,
    #[diesel(sql_type = BigInt)]
    pub transfers: i64,
}
