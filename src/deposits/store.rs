//! The SQL of deposits.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Numeric, Text, Timestamptz, Uuid};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::{Tx, kept, kept_once};
use crate::deposits::matching::{Candidate, DAYS_APART, OpenDeposit, OpenRemittance, Part, Rule, candidates};
use crate::deposits::model::{BankLine, DepositKind};
use crate::deposits::{CORE_BUSINESS_DAYS, business_days_between, shown};
use crate::types::{
    BankAccountId, Bytes, DepositId, DepositMatchId, FileId, Money, Refusal, RemittanceId, Result, Status,
};

/// Remittances that are looked at for one deposit.
const NEAR_MAX: i64 = 500;

/// What of a deposit no remittance is matched to, of `deposits d`.
const OPEN: &str = "d.amount - coalesce((select sum(m.amount) from deposit_matches m
    where m.organization_id = d.organization_id and m.deposit_id = d.id), 0)";

/// What of a remittance no deposit is matched to, of `remittances r`.
const UNPAID: &str = "r.paid - coalesce((select sum(m.amount) from deposit_matches m
    where m.organization_id = r.organization_id and m.remittance_id = r.id), 0)";

/// Keeps other matches of the practice out until the transaction ends; the trigger takes the same lock.
pub(super) async fn lock(tx: &mut Tx) -> Result<()> {
    kept("select pg_advisory_xact_lock(hashtext('firstpass deposits'), hashtext($1::text))")
        .bind::<Uuid, _>(tx.actor().organization)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The bank account of a file, made when it is not there.
pub(super) async fn account(
    tx: &mut Tx,
    name: Option<&str>,
    last_four: Option<&str>,
) -> Result<(BankAccountId, String)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: BankAccountId,
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Nullable<Text>)]
        last_four: Option<String>,
    }
    let refused =
        |what: &str| Refusal::new("deposits/account", Status::Invalid, what, "Name the bank account");
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    if name.is_some_and(|name| name.chars().count() > 60 || name.chars().any(char::is_control)) {
        return Err(refused("a bank account's name has 1 to 60 characters").into());
    }
    let all: Vec<Row> =
        sql_query("select id, name, last_four from bank_accounts where organization_id = $1 order by id")
            .bind::<Uuid, _>(tx.actor().organization)
            .load(tx.conn())
            .await?;
    let found = match (name, last_four) {
        (Some(name), _) => all.iter().find(|account| account.name.to_lowercase() == name.to_lowercase()),
        (None, Some(digits)) => all.iter().find(|account| account.last_four.as_deref() == Some(digits)),
        (None, None) if all.len() > 1 => {
            return Err(refused("the file does not say which of the bank accounts it is of").into());
        }
        (None, None) => all.as_slice().first(),
    };
    if let Some(account) = found {
        return Ok((account.id, account.name.clone()));
    }
    let made = name.map_or_else(
        || last_four.map_or("Bank".to_owned(), |digits| format!("Account ending {digits}")),
        str::to_owned,
    );
    let id = BankAccountId::new();
    sql_query("insert into bank_accounts (organization_id, id, name, last_four) values ($1, $2, $3, $4)")
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Uuid, _>(id)
        .bind::<Text, _>(&made)
        .bind::<Nullable<Text>, _>(last_four)
        .execute(tx.conn())
        .await?;
    Ok((id, made))
}

/// A line to be entered.
pub(super) struct NewDeposit<'a> {
    pub(super) line: &'a BankLine,
    pub(super) reference: String,
    pub(super) ordinal: i32,
}

/// Enters lines that are not there yet, and says the amounts of those.
pub(super) async fn insert(
    tx: &mut Tx,
    account: BankAccountId,
    file: FileId,
    rows: &[NewDeposit<'_>],
) -> Result<Vec<Money>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Numeric)]
        amount: Money,
    }
    let byte = |at: u64| i64::try_from(at).unwrap_or(i64::MAX);
    let of = |text: &str| Some(shown(text, 50)).filter(|text| !text.trim().is_empty());
    let trace = |row: &NewDeposit<'_>| row.line.trace.as_ref().and_then(|trace| of(&trace.number));
    let payer = |row: &NewDeposit<'_>| trace(row).and(row.line.trace.as_ref()?.payer.as_deref().and_then(of));
    let entered: Vec<Row> = sql_query(
        "insert into deposits (organization_id, bank_account_id, file_id, id, first_byte, last_byte, deposited_on,
            amount, kind, trace_number, payer_trace_id, reference, ordinal, description)
         select $1, $2, $3, * from unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::date[], $8::numeric[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::integer[], $14::text[])
         on conflict on constraint deposits_once do nothing returning amount",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(account)
    .bind::<Uuid, _>(file)
    .bind::<Array<Uuid>, _>(rows.iter().map(|_| DepositId::new()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(rows.iter().map(|row| byte(row.line.bytes.first)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(rows.iter().map(|row| byte(row.line.bytes.last)).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(rows.iter().map(|row| row.line.on).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(rows.iter().map(|row| row.line.amount).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(rows.iter().map(|row| row.line.kind.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(rows.iter().map(trace).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(rows.iter().map(payer).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(rows.iter().map(|row| row.reference.as_str()).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(rows.iter().map(|row| row.ordinal).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(rows.iter().map(|row| shown(&row.line.description, 1_000)).collect::<Vec<_>>())
    .load(tx.conn())
    .await?;
    Ok(entered.into_iter().map(|row| row.amount).collect())
}

#[derive(QueryableByName)]
struct OpenDepositRow {
    #[diesel(sql_type = Uuid)]
    id: DepositId,
    #[diesel(sql_type = Date)]
    deposited_on: NaiveDate,
    #[diesel(sql_type = Numeric)]
    amount: Money,
    #[diesel(sql_type = Numeric)]
    open: Money,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    trace_number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    payer_trace_id: Option<String>,
    #[diesel(sql_type = Text)]
    description: String,
}

impl OpenDepositRow {
    fn read(self) -> OpenDeposit {
        OpenDeposit {
            id: self.id,
            on: self.deposited_on,
            amount: self.amount,
            open: self.open,
            is_check: self.kind == DepositKind::Check.as_str(),
            trace: self.trace_number,
            payer_trace: self.payer_trace_id,
            text: self.description,
        }
    }
}

/// Deposits `d` of the practice, `$1`, that are `which`, with what of them is open.
fn open_deposits(which: &str) -> String {
    format!(
        "select d.id, d.deposited_on, d.amount, {OPEN} as open, d.kind, d.trace_number, d.payer_trace_id,
            d.description
         from deposits d where d.organization_id = $1 and {which}"
    )
}

/// Deposits with a trace or check number that are not matched at all.
pub(super) async fn open_with_trace(tx: &mut Tx) -> Result<Vec<OpenDeposit>> {
    let rows: Vec<OpenDepositRow> = sql_query(format!(
        "{} order by d.deposited_on, d.id",
        open_deposits(&format!("d.trace_number is not null and {OPEN} = d.amount"))
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(OpenDepositRow::read).collect())
}

#[derive(QueryableByName)]
struct OpenRemittanceRow {
    #[diesel(sql_type = Uuid)]
    id: RemittanceId,
    #[diesel(sql_type = Nullable<Date>)]
    paid_on: Option<NaiveDate>,
    #[diesel(sql_type = Numeric)]
    paid: Money,
    #[diesel(sql_type = Numeric)]
    open: Money,
    #[diesel(sql_type = Text)]
    method: String,
    #[diesel(sql_type = Text)]
    trace_number: String,
    #[diesel(sql_type = Text)]
    payer_trace_id: String,
    #[diesel(sql_type = Text)]
    payer_name: String,
    #[diesel(sql_type = Bool)]
    held: bool,
}

impl OpenRemittanceRow {
    fn read(self) -> OpenRemittance {
        OpenRemittance {
            id: self.id,
            held: self.held,
            on: self.paid_on,
            paid: self.paid,
            open: self.open,
            is_check: self.method == "CHK",
            trace: self.trace_number,
            payer_trace: self.payer_trace_id,
            payer: self.payer_name,
        }
    }
}

fn remittance_columns(which: &str) -> String {
    format!(
        "select r.id, r.paid_on, r.paid, {UNPAID} as open, r.method, r.trace_number, r.payer_trace_id, r.payer_name,
            r.state = 'held' as held
         from remittances r
         where r.organization_id = $1 and {which} and {UNPAID} > 0"
    )
}

/// Remittances that deposits are matched to.
const POSTED: &str = "r.state in ('posted', 'partly_posted')";

/// The same, and those that are held, unless a better file brought their payment.
const POSTED_OR_HELD: &str = "(r.state in ('posted', 'partly_posted') or r.state = 'held' and not exists (
    select from remittances p where p.organization_id = $1 and p.trace_number = r.trace_number
        and p.payer_trace_id = r.payer_trace_id and p.state in ('posted', 'partly_posted')))";

/// Posted remittances with the traces of these deposits.
pub(super) async fn open_with_trace_of(tx: &mut Tx, deposits: &[OpenDeposit]) -> Result<Vec<OpenRemittance>> {
    let traces: Vec<&str> = deposits.iter().filter_map(|deposit| deposit.trace.as_deref()).collect();
    let rows: Vec<OpenRemittanceRow> = sql_query(format!(
        "{} and ltrim(upper(r.trace_number), '0')
            = any (select ltrim(upper(btrim(t)), '0') from unnest($2::text[]) t) order by r.id",
        remittance_columns(POSTED)
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Text>, _>(traces)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(OpenRemittanceRow::read).collect())
}

/// What a deposit that waits may be, the likeliest first.
pub async fn candidates_of(tx: &mut Tx, deposit: &Deposit) -> Result<Vec<Candidate>> {
    if deposit.open.is_zero() {
        return Ok(vec![]);
    }
    let rows: Vec<OpenRemittanceRow> = sql_query(format!(
        "{} and (ltrim(upper(r.trace_number), '0') = ltrim(upper($2), '0')
            or r.paid_on between $3 - $4 and $3 + $4)
         order by abs(r.paid_on - $3) nulls last, r.id limit $5",
        remittance_columns(POSTED_OR_HELD)
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Text>, _>(deposit.trace_number.as_deref())
    .bind::<Date, _>(deposit.deposited_on)
    .bind::<Integer, _>(i32::try_from(DAYS_APART).map_err(anyhow::Error::from)?)
    .bind::<BigInt, _>(NEAR_MAX)
    .load(tx.conn())
    .await?;
    let near: Vec<OpenRemittance> = rows.into_iter().map(OpenRemittanceRow::read).collect();
    let open = OpenDeposit {
        id: deposit.id,
        on: deposit.deposited_on,
        amount: deposit.amount,
        open: deposit.open,
        is_check: deposit.kind == DepositKind::Check,
        trace: deposit.trace_number.clone(),
        payer_trace: deposit.payer_trace_id.clone(),
        text: deposit.description.clone(),
    };
    let others: Vec<OpenDepositRow> = sql_query(format!(
        "{} order by abs(d.deposited_on - $3), d.id limit $5",
        open_deposits(&format!("d.id <> $2 and d.deposited_on between $3 - $4 and $3 + $4 and {OPEN} > 0"))
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(deposit.id)
    .bind::<Date, _>(deposit.deposited_on)
    .bind::<Integer, _>(i32::try_from(DAYS_APART).map_err(anyhow::Error::from)?)
    .bind::<BigInt, _>(NEAR_MAX)
    .load(tx.conn())
    .await?;
    let others: Vec<OpenDeposit> = others.into_iter().map(OpenDepositRow::read).collect();
    Ok(candidates(&open, &near, &others))
}

/// One of these remittances that is held.
pub(super) async fn held_among(tx: &mut Tx, ids: &[RemittanceId]) -> Result<Option<RemittanceId>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: RemittanceId,
    }
    let row: Option<Row> = sql_query(
        "select id from remittances where organization_id = $1 and id = any ($2) and state = 'held' order by id
         limit 1",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(ids)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| row.id))
}

/// What is open of posted remittances.
pub(super) async fn open_of(tx: &mut Tx, ids: &[RemittanceId]) -> Result<HashMap<RemittanceId, Money>> {
    let rows: Vec<OpenRemittanceRow> =
        sql_query(format!("{} and r.id = any ($2)", remittance_columns(POSTED)))
            .bind::<Uuid, _>(tx.actor().organization)
            .bind::<Array<Uuid>, _>(ids)
            .load(tx.conn())
            .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.open)).collect())
}

/// Deposits and remittances that a person took apart.
pub(super) async fn undone_pairs(tx: &mut Tx) -> Result<HashSet<(DepositId, RemittanceId)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        deposit_id: DepositId,
        #[diesel(sql_type = Uuid)]
        remittance_id: RemittanceId,
    }
    let rows: Vec<Row> = sql_query(
        "select distinct deposit_id, remittance_id from deposit_matches
         where organization_id = $1 and rule = 'undone'",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.deposit_id, row.remittance_id)).collect())
}

pub(super) async fn insert_match(
    tx: &mut Tx,
    now: DateTime<Utc>,
    deposit: DepositId,
    part: &Part,
    rule: Rule,
) -> Result<()> {
    let who = tx.actor().who.to_string();
    sql_query(
        "insert into deposit_matches (organization_id, id, deposit_id, remittance_id, amount, rule, matched_by,
            matched_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(DepositMatchId::new())
    .bind::<Uuid, _>(deposit)
    .bind::<Uuid, _>(part.remittance)
    .bind::<Numeric, _>(part.amount)
    .bind::<Text, _>(rule.as_str())
    .bind::<Text, _>(who)
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A match that stands, of `deposit_matches m`.
const STANDS: &str = "m.reverses_id is null and not exists (select from deposit_matches u
    where u.organization_id = m.organization_id and u.reverses_id = m.id)";

#[derive(QueryableByName)]
struct UndoneRow {
    #[diesel(sql_type = Uuid)]
    deposit_id: DepositId,
}

/// Undoes a match that stands; nothing when there is none.
pub(super) async fn undo(tx: &mut Tx, now: DateTime<Utc>, id: DepositMatchId) -> Result<Option<DepositId>> {
    let who = tx.actor().who.to_string();
    let row: Option<UndoneRow> = sql_query(format!(
        "insert into deposit_matches (organization_id, id, deposit_id, remittance_id, amount, rule, reverses_id,
            matched_by, matched_at)
         select m.organization_id, $3, m.deposit_id, m.remittance_id, -m.amount, 'undone', m.id, $4, $5
         from deposit_matches m where m.organization_id = $1 and m.id = $2 and {STANDS}
         returning deposit_id"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Uuid, _>(DepositMatchId::new())
    .bind::<Text, _>(who)
    .bind::<Timestamptz, _>(now)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| row.deposit_id))
}

/// Undoes all matches of a remittance that is taken back.
pub(super) async fn release(tx: &mut Tx, now: DateTime<Utc>, remittance: RemittanceId) -> Result<usize> {
    let who = tx.actor().who.to_string();
    let standing = of_remittance(tx, remittance).await?;
    let fresh: Vec<DepositMatchId> = standing.iter().map(|_| DepositMatchId::new()).collect();
    let ids: Vec<DepositMatchId> = standing.iter().map(|found| found.id).collect();
    let undone = sql_query(
        "insert into deposit_matches (organization_id, id, deposit_id, remittance_id, amount, rule, reverses_id,
            matched_by, matched_at)
         select m.organization_id, n.fresh, m.deposit_id, m.remittance_id, -m.amount, 'unposted', m.id, $4, $5
         from unnest($2::uuid[], $3::uuid[]) n (id, fresh)
         join deposit_matches m on m.organization_id = $1 and m.id = n.id",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(ids)
    .bind::<Array<Uuid>, _>(fresh)
    .bind::<Text, _>(who)
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn())
    .await?;
    Ok(undone)
}

/// How much of a deposit pays a remittance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, QueryableByName)]
#[schema(as = DepositMatch)]
pub struct Match {
    /// Its id.
    #[diesel(sql_type = Uuid)]
    pub id: DepositMatchId,
    /// The deposit.
    #[diesel(sql_type = Uuid)]
    #[diesel(column_name = deposit_id)]
    pub deposit: DepositId,
    /// The remittance.
    #[diesel(sql_type = Uuid)]
    #[diesel(column_name = remittance_id)]
    pub remittance: RemittanceId,
    /// How much.
    #[diesel(sql_type = Numeric)]
    pub amount: Money,
    /// By what: `trace`, `check_number`, `person`.
    #[diesel(sql_type = Text)]
    pub rule: String,
    /// By whom: a person, a key, or `system:..`.
    #[diesel(sql_type = Text)]
    pub matched_by: String,
    /// The bank's date of the deposit.
    #[diesel(sql_type = Date)]
    pub deposited_on: NaiveDate,
    /// The payer of the remittance.
    #[diesel(sql_type = Text)]
    #[diesel(column_name = payer_name)]
    pub payer: String,
}

impl Match {
    /// By what it was found, for a person.
    #[must_use]
    pub fn found_by(&self) -> &'static str {
        match self.rule.as_str() {
            rule if rule == Rule::Trace.as_str() => "equal trace, payer and amount",
            rule if rule == Rule::CheckNumber.as_str() => "equal check number and amount",
            _ => "a person",
        }
    }
}

fn matches_that_stand(of: &str) -> String {
    format!(
        "select m.id, m.deposit_id, m.remittance_id, m.amount, m.rule, m.matched_by, d.deposited_on, r.payer_name
         from deposit_matches m
         join deposits d on d.organization_id = m.organization_id and d.id = m.deposit_id
         join remittances r on r.organization_id = m.organization_id and r.id = m.remittance_id
         where m.organization_id = $1 and {of} = any ($2) and {STANDS} order by m.id"
    )
}

/// The matches of a remittance that stand: its bank deposits.
pub async fn of_remittance(tx: &mut Tx, id: RemittanceId) -> Result<Vec<Match>> {
    Ok(kept_once!(matches_that_stand("m.remittance_id"))
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Array<Uuid>, _>(vec![id])
        .load(tx.conn())
        .await?)
}

/// A deposit with its matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Deposit {
    /// Its id.
    pub id: DepositId,
    /// The bank account.
    pub account: String,
    /// The bank's date.
    pub deposited_on: NaiveDate,
    /// What came.
    pub amount: Money,
    /// What of it no remittance is matched to.
    pub open: Money,
    /// How it came.
    pub kind: DepositKind,
    /// TRN02, or a check's number.
    pub trace_number: Option<String>,
    /// TRN03.
    pub payer_trace_id: Option<String>,
    /// The bank's text.
    pub description: String,
    /// The bank's file.
    pub file: FileId,
    /// Where in it.
    pub bytes: Bytes,
    /// Which remittances it is.
    pub matches: Vec<Match>,
}

impl Deposit {
    /// Business days since it came.
    #[must_use]
    pub fn age(&self, today: NaiveDate) -> i64 {
        business_days_between(self.deposited_on, today).max(0)
    }

    /// Whether its remittance is later than CAQH CORE rule 370 lets it be.
    #[must_use]
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.open.is_positive() && self.age(today) > CORE_BUSINESS_DAYS
    }
}

#[derive(QueryableByName)]
struct DepositRow {
    #[diesel(sql_type = Uuid)]
    id: DepositId,
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = Date)]
    deposited_on: NaiveDate,
    #[diesel(sql_type = Numeric)]
    amount: Money,
    #[diesel(sql_type = Numeric)]
    open: Money,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    trace_number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    payer_trace_id: Option<String>,
    #[diesel(sql_type = Text)]
    description: String,
    #[diesel(sql_type = Uuid)]
    file_id: FileId,
    #[diesel(sql_type = BigInt)]
    first_byte: i64,
    #[diesel(sql_type = BigInt)]
    last_byte: i64,
}

/// Which deposits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Money without remittance: those that are not all matched.
    #[default]
    Waiting,
    /// Those that are all matched.
    Matched,
    /// Every one.
    All,
}

impl View {
    /// All of them.
    pub const ALL: [View; 3] = [View::Waiting, View::Matched, View::All];

    /// The view's name in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            View::Waiting => "waiting",
            View::Matched => "matched",
            View::All => "all",
        }
    }
}

/// Where a page begins: after this day and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After<I> {
    /// The day.
    pub on: NaiveDate,
    /// The id.
    pub id: I,
}

fn deposit_columns() -> String {
    format!(
        "select d.id, a.name as account, d.deposited_on, d.amount, {OPEN} as open, d.kind, d.trace_number,
            d.payer_trace_id, d.description, d.file_id, d.first_byte, d.last_byte
         from deposits d
         join bank_accounts a on a.organization_id = d.organization_id and a.id = d.bank_account_id
         where d.organization_id = $1"
    )
}

async fn with_matches(tx: &mut Tx, rows: Vec<DepositRow>) -> Result<Vec<Deposit>> {
    let ids: Vec<DepositId> = rows.iter().map(|row| row.id).collect();
    let mut of: HashMap<DepositId, Vec<Match>> = HashMap::new();
    let matches: Vec<Match> = kept_once!(matches_that_stand("m.deposit_id"))
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Array<Uuid>, _>(ids)
        .load(tx.conn())
        .await?;
    for found in matches {
        of.entry(found.deposit).or_default().push(found);
    }
    let read = |row: DepositRow| {
        Ok(Deposit {
            account: row.account,
            deposited_on: row.deposited_on,
            amount: row.amount,
            open: row.open,
            kind: DepositKind::from_name(&row.kind)
                .ok_or_else(|| anyhow::anyhow!("a deposit is of no known kind"))?,
            trace_number: row.trace_number,
            payer_trace_id: row.payer_trace_id,
            description: row.description,
            file: row.file_id,
            bytes: Bytes::stored(row.first_byte, row.last_byte)?,
            matches: of.remove(&row.id).unwrap_or_default(),
            id: row.id,
        })
    };
    rows.into_iter().map(read).collect()
}

/// The next deposits, the oldest first. Two queries.
pub async fn list(
    tx: &mut Tx,
    view: View,
    after: Option<After<DepositId>>,
    limit: i64,
) -> Result<Vec<Deposit>> {
    let rows: Vec<DepositRow> = sql_query(format!(
        "{} and ($2 or ({OPEN} > 0) = $3) and ($4::date is null or (d.deposited_on, d.id) > ($4, $5))
         order by d.deposited_on, d.id limit $6",
        deposit_columns()
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Bool, _>(view == View::All)
    .bind::<Bool, _>(view == View::Waiting)
    .bind::<Nullable<Date>, _>(after.map(|after| after.on))
    .bind::<Nullable<Uuid>, _>(after.map(|after| after.id))
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    with_matches(tx, rows).await
}

/// One deposit.
///
/// # Errors
/// `deposits/not-found`, also for another practice's.
pub async fn get(tx: &mut Tx, id: DepositId) -> Result<Deposit> {
    let rows: Vec<DepositRow> = kept_once!(format!("{} and d.id = $2", deposit_columns()))
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Uuid, _>(id)
        .load(tx.conn())
        .await?;
    let found = with_matches(tx, rows).await?.pop();
    found.ok_or_else(|| {
        let what = format!("there is no deposit {id}");
        Refusal::new("deposits/not-found", Status::NotFound, what, "Check the id").into()
    })
}

/// A posted remittance whose money was not all seen at the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, QueryableByName)]
pub struct UnpaidRemittance {
    /// The remittance.
    #[diesel(sql_type = Uuid)]
    pub id: RemittanceId,
    /// Who says to have paid.
    #[diesel(sql_type = Text)]
    #[diesel(column_name = payer_name)]
    pub payer: String,
    /// TRN02.
    #[diesel(sql_type = Text)]
    pub trace_number: String,
    /// BPR04: `ACH`, `CHK`.
    #[diesel(sql_type = Text)]
    pub method: String,
    /// BPR16, or the day on which it came.
    #[diesel(sql_type = Date)]
    pub paid_on: NaiveDate,
    /// BPR02.
    #[diesel(sql_type = Numeric)]
    pub paid: Money,
    /// What of it no deposit is matched to.
    #[diesel(sql_type = Numeric)]
    pub open: Money,
}

impl UnpaidRemittance {
    /// Business days since it was to be paid.
    #[must_use]
    pub fn age(&self, today: NaiveDate) -> i64 {
        business_days_between(self.paid_on, today).max(0)
    }

    /// Whether its money is later than CAQH CORE rule 370 lets it be.
    #[must_use]
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.age(today) > CORE_BUSINESS_DAYS
    }
}

/// Remittances without money, of `remittances r`: asked since the practice's first deposit.
fn unpaid_rows() -> String {
    format!(
        "select r.id, r.payer_name, r.trace_number, r.method,
            coalesce(r.paid_on, r.posted_at::date) as paid_on, r.paid, {UNPAID} as open
         from remittances r
         where r.organization_id = $1 and {POSTED} and {UNPAID} > 0
            and coalesce(r.paid_on, r.posted_at::date)
                >= (select min(deposited_on) from deposits where organization_id = $1)"
    )
}

/// The next remittances without money, the oldest first. One query.
pub async fn unpaid(
    tx: &mut Tx,
    after: Option<After<RemittanceId>>,
    limit: i64,
) -> Result<Vec<UnpaidRemittance>> {
    Ok(sql_query(format!(
        "select * from ({}) w where ($2::date is null or (w.paid_on, w.id) > ($2, $3))
         order by w.paid_on, w.id limit $4",
        unpaid_rows()
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Date>, _>(after.map(|after| after.on))
    .bind::<Nullable<Uuid>, _>(after.map(|after| after.id))
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?)
}

/// What waits on either side, and since when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DepositTotals)]
pub struct Totals {
    /// Deposits that are not all matched.
    pub deposits: i64,
    /// What of them waits.
    pub deposits_open: Money,
    /// Those of them that are later than three business days.
    pub deposits_late: i64,
    /// Posted remittances whose money was not all seen.
    pub remittances: i64,
    /// What of them waits.
    pub remittances_open: Money,
    /// Those of them that are later than three business days.
    pub remittances_late: i64,
    /// What of those waits.
    pub remittances_late_open: Money,
}

/// What waits. One query.
pub async fn totals(tx: &mut Tx, today: NaiveDate) -> Result<Totals> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        is_deposit: bool,
        #[diesel(sql_type = Date)]
        on: NaiveDate,
        #[diesel(sql_type = BigInt)]
        count: i64,
        #[diesel(sql_type = Numeric)]
        open: Money,
    }
    let rows: Vec<Row> = kept_once!(format!(
        "select true as is_deposit, deposited_on as on, count(*) as count, sum(open) as open
            from (select d.deposited_on, {OPEN} as open from deposits d where d.organization_id = $1) w
            where open > 0 group by 2
         union all
         select false, paid_on, count(*), sum(open) from ({}) r group by 2",
        unpaid_rows()
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .load(tx.conn())
    .await?;
    let of = |is_deposit: bool| rows.iter().filter(move |row| row.is_deposit == is_deposit);
    let late = |row: &&Row| business_days_between(row.on, today) > CORE_BUSINESS_DAYS;
    Ok(Totals {
        deposits: of(true).map(|row| row.count).sum(),
        deposits_open: of(true).map(|row| row.open).sum(),
        deposits_late: of(true).filter(late).map(|row| row.count).sum(),
        remittances: of(false).map(|row| row.count).sum(),
        remittances_open: of(false).map(|row| row.open).sum(),
        remittances_late: of(false).filter(late).map(|row| row.count).sum(),
        remittances_late_open: of(false).filter(late).map(|row| row.open).sum(),
    })
}
