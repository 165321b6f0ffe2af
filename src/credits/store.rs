//! SQL of credits: balances are sums over transfers, found anew each time; actions are rows.

use chrono::NaiveDate;
use diesel::result::OptionalExtension;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Numeric, SmallInt, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;

use crate::credits::ACTION_SOURCE;
use crate::credits::model::{
    Action, ActionKind, ActionRecord, Credit, CreditError, CreditId, Movement, ON_THE_CLOCK, Owing, Waits,
    report_by,
};
use crate::db::{Tx, kept_once};
use crate::ledger::{AccountKind, NOBODY};
use crate::submissions::newest_number_sql;
use crate::types::{ClaimId, CreditActionId, EntryId, Money, PatientId, PayerId, PersonName, Phi, Result};

const INSURANCE: i16 = AccountKind::InsuranceAr.number();
const PATIENT: i16 = AccountKind::PatientAr.number();

/// All balances of the practice, as a condition on `b`.
pub(super) const EVERY: &str = "true";

/// `items`: every account, visit and owner whose balance is below zero, with the entry that made it so:
/// the first one after which it never was zero or more again. `running` has each entry of theirs with
/// the balance after it.
///
/// The database keeps what is open; the few that are below zero, and of them those that `only` holds of,
/// are looked at by index.
pub(super) fn items(only: &str) -> String {
    format!(
        "below as (
            select b.account::smallint as account, nullif(b.claim_id, {NOBODY}) as claim_id, b.owner_id,
                -b.amount as amount
            from open_balances b
            where b.organization_id = $1 and b.amount < 0 and b.owner_id <> {NOBODY} and {only}),
        moved as (
            select b.account, b.claim_id, b.owner_id, b.amount, m.entry_id, sum(m.amount) as moved
            from below b
            cross join lateral (
                select t.entry_id, case b.account when t.debit_account then t.amount else -t.amount end as amount,
                    case b.account when {INSURANCE} then t.payer_id else t.patient_id end as owner_id
                from transfers t where t.organization_id = $1 and t.claim_id = b.claim_id
                and b.account in (t.debit_account, t.credit_account)
                union all
                select t.entry_id, case b.account when t.debit_account then t.amount else -t.amount end, t.patient_id
                from transfers t where b.claim_id is null and t.organization_id = $1 and t.patient_id = b.owner_id
                and t.claim_id is null and b.account in (t.debit_account, t.credit_account)) m
            where m.owner_id = b.owner_id
            group by 1, 2, 3, 4, 5),
        running as (
            select *, sum(moved) over (partition by account, claim_id, owner_id order by entry_id) as balance
            from moved),
        crossed as (
            select *, count(*) filter (where balance >= 0)
                over (partition by account, claim_id, owner_id order by entry_id desc) as settled_later
            from running),
        items as (
            select account, claim_id, owner_id, amount,
                (array_agg(entry_id order by entry_id) filter (where settled_later = 0))[1] as entry_id
            from crossed group by 1, 2, 3, 4)"
    )
}

/// The standing decision that a payer takes it back, of `items i`.
const WAITS: &str = "left join credit_actions w on w.organization_id = $1 and w.action = 'wait_for_payer'
    and w.undone_on is null and w.since_entry_id = i.entry_id and w.claim_id = i.claim_id
    and w.payer_id = i.owner_id";

/// What of a [`Credit`] is read, over `items i` of the balances `b` that `only` holds of.
fn shown(only: &str) -> String {
    format!(
        "with {items}
         select i.account, i.claim_id, i.owner_id, i.amount, i.entry_id, e.effective_on as since,
            {number} as number, p.id as patient_id, p.last_name, p.first_name, y.name as payer_name,
            y.filing_indicator, w.id as wait_id, w.acted_on as wait_since, w.note as wait_note
         from items i
         join entries e on e.organization_id = $1 and e.id = i.entry_id
         left join claims c on c.organization_id = $1 and c.id = i.claim_id
         left join patients p on p.organization_id = $1
            and p.id = case i.account when {INSURANCE} then c.patient_id else i.owner_id end
         left join payers y on y.organization_id = $1 and i.account = {INSURANCE} and y.id = i.owner_id
         {WAITS}",
        items = items(only),
        number = newest_number_sql("i.claim_id"),
    )
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SmallInt)]
    account: i16,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    claim_id: Option<ClaimId>,
    #[diesel(sql_type = SqlUuid)]
    owner_id: uuid::Uuid,
    #[diesel(sql_type = Numeric)]
    amount: Money,
    #[diesel(sql_type = SqlUuid)]
    entry_id: EntryId,
    #[diesel(sql_type = Date)]
    since: NaiveDate,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    patient_id: Option<PatientId>,
    #[diesel(sql_type = Nullable<Text>)]
    last_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    first_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    payer_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    filing_indicator: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    wait_id: Option<CreditActionId>,
    #[diesel(sql_type = Nullable<Date>)]
    wait_since: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    wait_note: Option<String>,
}

pub(super) fn person(last: Option<String>, first: Option<String>) -> Option<Phi<PersonName>> {
    last.map(|last| Phi::new(PersonName { last, first, middle: None, suffix: None }))
}

impl Row {
    fn read(self, today: NaiveDate) -> Result<Credit> {
        let id = CreditId::stored(self.account, self.claim_id, self.owner_id)?;
        let report_by = self.filing_indicator.as_deref().and_then(|code| report_by(code, self.since));
        let waits = match (self.wait_id, self.wait_since) {
            (Some(action), Some(since)) => Some(Waits { action, since, note: self.wait_note }),
            _ => None,
        };
        Ok(Credit {
            id,
            kind: id.kind(),
            claim: id.claim(),
            number: self.number,
            patient: self.patient_id.or(id.patient()),
            patient_name: person(self.last_name, self.first_name),
            payer: id.payer(),
            payer_name: self.payer_name,
            amount: self.amount,
            since: self.since,
            since_entry: self.entry_id,
            age_days: (today - self.since).num_days(),
            report_by,
            days_left: report_by.map(|day| (day - today).num_days()),
            waits,
        })
    }
}

/// Which credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Those that wait for a decision.
    #[default]
    Open,
    /// Those that a payer will take back.
    Waiting,
}

/// The place in the list after which a page begins.
#[derive(Clone, Copy, Debug)]
pub struct After {
    /// Since when the row before has been a credit.
    pub since: NaiveDate,
    /// Which one it is.
    pub id: CreditId,
}

/// The next credits, the oldest first: those after `after`, at most `limit`. One query.
pub async fn list(
    tx: &mut Tx,
    today: NaiveDate,
    filter: Filter,
    after: Option<After>,
    limit: i64,
) -> Result<Vec<Credit>> {
    let owner = |id: CreditId| id.payer().map(PayerId::uuid).or(id.patient().map(PatientId::uuid));
    let rows: Vec<Row> = sql_query(format!(
        "select * from ({shown}) shown
         where (wait_id is not null) = $2 and ($3 is null
            or (since, account, coalesce(claim_id, $7), owner_id) > ($3, $4, coalesce($5, $7), $6))
         order by since, account, coalesce(claim_id, $7), owner_id limit $8",
        shown = shown(EVERY)
    ))
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<Bool, _>(filter == Filter::Waiting)
    .bind::<Nullable<Date>, _>(after.map(|after| after.since))
    .bind::<Nullable<SmallInt>, _>(after.map(|after| after.id.kind().account().number()))
    .bind::<Nullable<SqlUuid>, _>(after.and_then(|after| after.id.claim()))
    .bind::<Nullable<SqlUuid>, _>(after.and_then(|after| owner(after.id)))
    .bind::<SqlUuid, _>(uuid::Uuid::nil())
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(|row| row.read(today)).collect()
}

/// One credit.
///
/// # Errors
/// `credits/no-credit` when the balance is not below zero, or another practice's.
pub async fn get(tx: &mut Tx, today: NaiveDate, id: CreditId) -> Result<Credit> {
    let credits = match (id.claim(), id.patient()) {
        (Some(claim), _) => of_claim(tx, today, claim).await?,
        (None, patient) => of_no_claim(tx, today, patient).await?,
    };
    Ok(credits.into_iter().find(|credit| credit.id == id).ok_or(CreditError::NoCredit(id))?)
}

/// The credits of a visit, named by its account claim.
pub async fn of_claim(tx: &mut Tx, today: NaiveDate, claim: ClaimId) -> Result<Vec<Credit>> {
    let sql = kept_once!(format!("{} order by i.account, i.owner_id", shown("b.claim_id = $2")));
    let rows: Vec<Row> =
        sql.bind::<SqlUuid, _>(tx.actor().organization).bind::<SqlUuid, _>(claim).load(tx.conn()).await?;
    rows.into_iter().map(|row| row.read(today)).collect()
}

/// The credits of a patient without a visit; none of nobody.
async fn of_no_claim(tx: &mut Tx, today: NaiveDate, patient: Option<PatientId>) -> Result<Vec<Credit>> {
    let rows: Vec<Row> = kept_once!(shown(&format!("b.claim_id = {NOBODY} and b.owner_id = $2")))
        .bind::<SqlUuid, _>(tx.actor().organization)
        .bind::<Nullable<SqlUuid>, _>(patient)
        .load(tx.conn())
        .await?;
    rows.into_iter().map(|row| row.read(today)).collect()
}

/// What the credits come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema, QueryableByName)]
#[schema(as = CreditTotals)]
pub struct Totals {
    /// How many wait for a decision.
    #[diesel(sql_type = BigInt)]
    pub open: i64,
    /// What they come to.
    #[diesel(sql_type = Numeric)]
    pub amount: Money,
    /// How many a payer will take back.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// What they come to.
    #[diesel(sql_type = Numeric)]
    pub waiting_amount: Money,
    /// How many of both Medicare or Medicaid paid: they go back by law.
    #[diesel(sql_type = BigInt)]
    pub on_the_clock: i64,
    /// What they come to.
    #[diesel(sql_type = Numeric)]
    pub on_the_clock_amount: Money,
    /// Business date of the oldest of them.
    #[diesel(sql_type = Nullable<Date>)]
    pub on_the_clock_since: Option<NaiveDate>,
}

/// What the credits come to. One query.
pub async fn totals(tx: &mut Tx) -> Result<Totals> {
    let totals = kept_once!(format!(
        "with {items}
         select count(*) filter (where w.id is null) as open,
            coalesce(sum(i.amount) filter (where w.id is null), 0) as amount,
            count(w.id) as waiting, coalesce(sum(i.amount) filter (where w.id is not null), 0) as waiting_amount,
            count(y.id) as on_the_clock,
            coalesce(sum(i.amount) filter (where y.id is not null), 0) as on_the_clock_amount,
            min(e.effective_on) filter (where y.id is not null) as on_the_clock_since
         from items i
         join entries e on e.organization_id = $1 and e.id = i.entry_id
         left join payers y on y.organization_id = $1 and i.account = {INSURANCE} and y.id = i.owner_id
            and y.filing_indicator = any ($2)
         {WAITS}",
        items = items(EVERY)
    ))
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<Array<Text>, _>(ON_THE_CLOCK.to_vec())
    .get_result(tx.conn())
    .await?;
    Ok(totals)
}

/// The entries that a credit is the sum of, oldest first, those before it was one included.
pub async fn movements(tx: &mut Tx, id: CreditId) -> Result<Vec<Movement>> {
    #[derive(QueryableByName)]
    struct Moved {
        #[diesel(sql_type = SqlUuid)]
        entry_id: EntryId,
        #[diesel(sql_type = Date)]
        effective_on: NaiveDate,
        #[diesel(sql_type = Text)]
        kind: String,
        #[diesel(sql_type = SmallInt)]
        other: i16,
        #[diesel(sql_type = Numeric)]
        amount: Money,
    }
    let rows: Vec<Moved> = sql_query(format!(
        "select t.entry_id, e.effective_on, e.kind,
            (case $2 when t.debit_account then t.credit_account else t.debit_account end)::smallint as other,
            case $2 when t.debit_account then t.amount else -t.amount end as amount
         from transfers t
         join entries e on e.organization_id = $1 and e.id = t.entry_id
         where t.organization_id = $1 and $2 in (t.debit_account, t.credit_account) and {only}
         and ($3 is null or t.payer_id = $3) and ($4 is null or t.patient_id = $4)
         order by t.entry_id, t.line_no",
        only = if id.claim().is_some() { "t.claim_id = $5" } else { "t.claim_id is null and $5 is null" }
    ))
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SmallInt, _>(id.kind().account().number())
    .bind::<Nullable<SqlUuid>, _>(id.payer())
    .bind::<Nullable<SqlUuid>, _>(id.patient())
    .bind::<Nullable<SqlUuid>, _>(id.claim())
    .load(tx.conn())
    .await?;
    let mut balance = Money::ZERO;
    let movement = |row: Moved| {
        balance += row.amount;
        let other = AccountKind::from_number(row.other)
            .ok_or_else(|| anyhow::anyhow!("the chart has no account {}", row.other))?;
        let Moved { entry_id: entry, effective_on: on, kind: document, amount, .. } = row;
        Ok(Movement { entry, on, document, other, amount, balance })
    };
    rows.into_iter().map(movement).collect()
}

/// What a patient owes, visit by visit, the oldest first.
pub async fn owing(tx: &mut Tx, patient: PatientId) -> Result<Vec<Owing>> {
    #[derive(QueryableByName)]
    struct Visit {
        #[diesel(sql_type = Nullable<SqlUuid>)]
        claim_id: Option<ClaimId>,
        #[diesel(sql_type = Nullable<Text>)]
        number: Option<String>,
        #[diesel(sql_type = Nullable<Date>)]
        service_from: Option<NaiveDate>,
        #[diesel(sql_type = Numeric)]
        owed: Money,
    }
    let rows: Vec<Visit> = kept_once!(format!(
        "with owed as (
            select t.claim_id, sum(case {PATIENT} when t.debit_account then t.amount else -t.amount end) as owed
            from transfers t
            where t.organization_id = $1 and t.patient_id = $2 and {PATIENT} in (t.debit_account, t.credit_account)
            group by 1)
         select o.claim_id, {number} as number, c.service_from, o.owed
         from owed o left join claims c on c.organization_id = $1 and c.id = o.claim_id
         where o.owed > 0 order by c.service_from nulls first, o.claim_id",
        number = newest_number_sql("o.claim_id"),
    ))
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SqlUuid, _>(patient)
    .load(tx.conn())
    .await?;
    let visit = |row: Visit| {
        let Visit { claim_id: claim, number, service_from, owed } = row;
        Owing { claim, number, service_from, owed }
    };
    Ok(rows.into_iter().map(visit).collect())
}

/// Keeps what was decided about a credit.
pub(super) async fn insert(
    tx: &mut Tx,
    id: CreditActionId,
    credit: &Credit,
    action: Action,
    amount: Money,
    note: Option<&str>,
    today: NaiveDate,
) -> Result<()> {
    let to = match action {
        Action::Move { to } => to,
        Action::Refund | Action::WaitForPayer | Action::CreditPatient => None,
    };
    sql_query(
        "insert into credit_actions (organization_id, id, action, account, claim_id, payer_id, patient_id,
            since_entry_id, to_claim_id, amount, note, acted_on, acted_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(action.kind().as_str())
    .bind::<SmallInt, _>(credit.kind.account().number())
    .bind::<Nullable<SqlUuid>, _>(credit.claim)
    .bind::<Nullable<SqlUuid>, _>(credit.id.payer())
    .bind::<Nullable<SqlUuid>, _>(credit.id.patient())
    .bind::<SqlUuid, _>(credit.since_entry)
    .bind::<Nullable<SqlUuid>, _>(to)
    .bind::<Numeric, _>(amount)
    .bind::<Nullable<Text>, _>(note)
    .bind::<Date, _>(today)
    .bind::<Text, _>(tx.actor().who.to_string())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Marks an action as undone.
pub(super) async fn mark_undone(tx: &mut Tx, id: CreditActionId, today: NaiveDate, why: &str) -> Result<()> {
    sql_query(
        "update credit_actions set (undone_on, undone_by, undone_why) = (greatest($3, acted_on), $4, $5)
         where organization_id = $1 and id = $2 and undone_on is null",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SqlUuid, _>(id)
    .bind::<Date, _>(today)
    .bind::<Text, _>(tx.actor().who.to_string())
    .bind::<Text, _>(why)
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct ActionRow {
    #[diesel(sql_type = SqlUuid)]
    id: CreditActionId,
    #[diesel(sql_type = Text)]
    action: String,
    #[diesel(sql_type = SmallInt)]
    account: i16,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    claim_id: Option<ClaimId>,
    #[diesel(sql_type = SqlUuid)]
    owner_id: uuid::Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    to_claim_id: Option<ClaimId>,
    #[diesel(sql_type = Numeric)]
    amount: Money,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    last_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    first_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    payer_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    note: Option<String>,
    #[diesel(sql_type = Date)]
    acted_on: NaiveDate,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    entry: Option<EntryId>,
    #[diesel(sql_type = Nullable<Date>)]
    undone_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    undone_why: Option<String>,
}

impl ActionRow {
    fn read(self) -> Result<ActionRecord> {
        let action = ActionKind::from_name(&self.action)
            .ok_or_else(|| anyhow::anyhow!("{} is no action {}", self.id, self.action))?;
        Ok(ActionRecord {
            id: self.id,
            credit: CreditId::stored(self.account, self.claim_id, self.owner_id)?,
            action,
            amount: self.amount,
            to: self.to_claim_id,
            number: self.number,
            patient_name: person(self.last_name, self.first_name),
            payer_name: self.payer_name,
            note: self.note,
            acted_on: self.acted_on,
            entry: self.entry,
            undone_on: self.undone_on,
            undone_why: self.undone_why,
        })
    }
}

fn actions_sql() -> String {
    format!(
        "select a.id, a.action, a.account::smallint as account, a.claim_id, coalesce(a.payer_id, a.patient_id) as owner_id,
            a.to_claim_id, a.amount, {number} as number, p.last_name, p.first_name, y.name as payer_name, a.note,
            a.acted_on, e.id as entry, a.undone_on, a.undone_why
         from credit_actions a
         left join claims c on c.organization_id = $1 and c.id = a.claim_id
         left join patients p on p.organization_id = $1 and p.id = coalesce(a.patient_id, c.patient_id)
         left join payers y on y.organization_id = $1 and y.id = a.payer_id
         left join entries e on e.organization_id = $1 and e.source_kind = $2 and e.source_id = a.id
         where a.organization_id = $1",
        number = newest_number_sql("a.claim_id"),
    )
}

/// What was done about credits, the newest first: what comes after `after`, at most `limit`. One query.
pub async fn actions(tx: &mut Tx, after: Option<CreditActionId>, limit: i64) -> Result<Vec<ActionRecord>> {
    let sql = format!("{} and ($3 is null or a.id < $3) order by a.id desc limit $4", actions_sql());
    let rows: Vec<ActionRow> = sql_query(sql)
        .bind::<SqlUuid, _>(tx.actor().organization)
        .bind::<Text, _>(ACTION_SOURCE.as_str())
        .bind::<Nullable<SqlUuid>, _>(after)
        .bind::<BigInt, _>(limit)
        .load(tx.conn())
        .await?;
    rows.into_iter().map(ActionRow::read).collect()
}

/// One action, undone or not.
///
/// # Errors
/// `credits/no-action`
pub async fn action(tx: &mut Tx, id: CreditActionId) -> Result<ActionRecord> {
    let row: Option<ActionRow> = kept_once!(format!("{} and a.id = $3", actions_sql()))
        .bind::<SqlUuid, _>(tx.actor().organization)
        .bind::<Text, _>(ACTION_SOURCE.as_str())
        .bind::<SqlUuid, _>(id)
        .get_result(tx.conn())
        .await
        .optional()?;
    row.ok_or(CreditError::NoAction(id))?.read()
}

/// What is kept for a patient of a visit: zero when nothing is.
pub(super) async fn kept_for(tx: &mut Tx, claim: Option<ClaimId>, patient: PatientId) -> Result<Money> {
    let movements = movements(tx, CreditId::Held { claim, patient }).await?;
    Ok(-movements.last().map(|movement| movement.balance).unwrap_or_default())
}
