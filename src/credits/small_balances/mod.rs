//! Small balances: what costs more to collect than it brings, given up by a rule of the practice.
//!
//! - A rule is data: up to which amount, and after how many days without a movement. Its versions are only
//!   added; each write-off names the version that it was made by. There is no rule until a practice writes
//!   one.
//! - Only what is owed to the practice is given up, never a credit: somebody else's money is no income,
//!   however little it is (42 CFR 401.305 knows no smallest amount, nor do the states' laws on unclaimed
//!   property).
//! - A payer's balance is given up only when the payer has decided and nothing about the visit waits: no
//!   open or appealed denial, no open underpayment or exception.
//! - A patient's balance is given up by a rule of its own, which is off until the practice names the written
//!   policy behind it: to waive what patients owe as a matter of routine is an inducement (42 U.S.C.
//!   1320a-7a(i)(6), 1320a-7b(b)). What is left of a visit that Medicare decided is never given up here:
//!   that takes a documented effort to collect, which is a person's work.
//! - A person runs the rules, or says that they run by themselves each night ([`nightly`]).
//! - A run is idempotent, and what a person undid is not given up again until something moves.

pub mod api;
pub mod nightly;
pub mod pages;

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::result::OptionalExtension;
use diesel::sql_types::{
    Array, BigInt, Bool, Date, Integer, Nullable, Numeric, SmallInt, Text, Uuid as SqlUuid,
};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::credits::model::{CreditError, noted};
use crate::credits::store::person;
use crate::db::Tx;
use crate::ledger::{self, About, AccountKind, EntryKind, NOBODY, NewEntry, Source, SourceKind, Transfer};
use crate::registry::organizations;
use crate::submissions::newest_number_sql;
use crate::types::{
    ClaimId, EntryId, Money, PatientId, PayerId, PersonName, Phi, Result, SmallBalanceRuleId,
    SmallBalanceWriteOffId,
};

/// The ledger's source of a write-off: the id of a `small_balance_write_offs` row.
pub(super) const WRITE_OFF_SOURCE: SourceKind = SourceKind::new("small_balance");
/// The same, of the entry that takes it back.
const UNDO_SOURCE: SourceKind = SourceKind::new("small_balance_undo");

/// The largest balance that a rule may call small.
pub const LIMIT_MAX: Money = Money::from_cents(2_500);

/// The longest age that a rule may ask for: ten years.
const AGE_DAYS_MAX: i32 = 3_650;

/// Filing indicators (SBR09) of Medicare A and B, and of Medicare Advantage.
const MEDICARE: [&str; 3] = ["MA", "MB", "16"];

/// Whose balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SmallBalanceSide)]
pub enum Side {
    /// What a payer owes.
    Payer,
    /// What a patient owes.
    Patient,
}

impl Side {
    /// Both.
    pub const ALL: [Side; 2] = [Side::Payer, Side::Patient];

    /// The word in the database and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Side::Payer => "payer",
            Side::Patient => "patient",
        }
    }

    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Side::Payer => "Payers",
            Side::Patient => "Patients",
        }
    }

    /// The receivable.
    #[must_use]
    pub const fn account(self) -> AccountKind {
        match self {
            Side::Payer => AccountKind::InsuranceAr,
            Side::Patient => AccountKind::PatientAr,
        }
    }

    fn from_name(name: &str) -> Result<Side> {
        let found = Side::ALL.into_iter().find(|side| side.as_str() == name);
        Ok(found.ok_or_else(|| anyhow::anyhow!("no side {name}"))?)
    }
}

/// A version of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SmallBalanceRule)]
pub struct Rule {
    /// Its id.
    pub id: SmallBalanceRuleId,
    /// Whose balances.
    pub side: Side,
    /// Which version of the side's rule, from 1.
    pub version: i32,
    /// Balances up to this are small.
    pub limit: Money,
    /// Days since anything last moved on the balance.
    pub age_days: i32,
    /// False: nothing is given up.
    pub in_force: bool,
    /// For patients: the written policy.
    pub note: Option<String>,
    /// Since when.
    pub made_on: NaiveDate,
}

/// What a rule shall say from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRule {
    /// Balances up to this are small; at most [`LIMIT_MAX`].
    pub limit: Money,
    /// Days since anything last moved on the balance, from 1.
    pub age_days: i32,
    /// False: nothing is given up.
    pub in_force: bool,
    /// For patients: the written policy; needed while the rule is in force.
    pub note: Option<String>,
}

#[derive(QueryableByName)]
struct RuleRow {
    #[diesel(sql_type = SqlUuid)]
    id: SmallBalanceRuleId,
    #[diesel(sql_type = Text)]
    side: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Numeric)]
    limit_amount: Money,
    #[diesel(sql_type = Integer)]
    age_days: i32,
    #[diesel(sql_type = Bool)]
    in_force: bool,
    #[diesel(sql_type = Nullable<Text>)]
    note: Option<String>,
    #[diesel(sql_type = Date)]
    made_on: NaiveDate,
}

/// The newest version of each side's rule; a side without one gives nothing up.
pub async fn rules(tx: &mut Tx) -> Result<Vec<Rule>> {
    let rows: Vec<RuleRow> = sql_query(
        "select distinct on (side) id, side, version, limit_amount, age_days, in_force, note, made_on
         from small_balance_rules where organization_id = $1 order by side desc, version desc",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .load(tx.conn())
    .await?;
    let rule = |row: RuleRow| {
        Ok(Rule {
            id: row.id,
            side: Side::from_name(&row.side)?,
            version: row.version,
            limit: row.limit_amount,
            age_days: row.age_days,
            in_force: row.in_force,
            note: row.note,
            made_on: row.made_on,
        })
    };
    rows.into_iter().map(rule).collect()
}

/// Writes the next version of a side's rule, unless it says what the one that stands says. What was given
/// up by an earlier one stays. Leaves an audit event `credits/small-balance-rule`.
///
/// # Errors
/// `credits/small-balance-rule` when the limit or the age is out of bounds, or a rule about patients is put
/// in force without the policy behind it.
pub async fn set_rule(tx: &mut Tx, now: DateTime<Utc>, side: Side, new: &NewRule) -> Result<Rule> {
    ledger::decide_alone(tx).await?;
    let today = organizations::today(tx, now).await?;
    let note = new.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    let note = note.map(|note| noted("the policy", note)).transpose()?;
    let within = new.limit.is_positive() && new.limit <= LIMIT_MAX;
    if !within || !(1..=AGE_DAYS_MAX).contains(&new.age_days) {
        return Err(
            CreditError::SmallBalanceRule("the limit is 0.01 to 25.00, the age 1 to 3650 days").into()
        );
    }
    if side == Side::Patient && new.in_force && note.is_none() {
        return Err(CreditError::SmallBalanceRule(
            "what patients owe is given up by a written policy only, which the note names",
        )
        .into());
    }
    let stands = rules(tx).await?.into_iter().find(|rule| rule.side == side);
    let said = |rule: &Rule| (rule.limit, rule.age_days, rule.in_force, rule.note.clone());
    if let Some(rule) = stands
        && said(&rule) == (new.limit, new.age_days, new.in_force, note.clone())
    {
        return Ok(rule);
    }
    let id = SmallBalanceRuleId::new();
    sql_query(
        "insert into small_balance_rules (organization_id, id, side, version, limit_amount, age_days, in_force, note,
            made_on, made_by)
         values ($1, $2, $3, (select coalesce(max(version), 0) + 1 from small_balance_rules
            where organization_id = $1 and side = $3), $4, $5, $6, $7, $8, $9)",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(side.as_str())
    .bind::<Numeric, _>(new.limit)
    .bind::<Integer, _>(new.age_days)
    .bind::<Bool, _>(new.in_force)
    .bind::<Nullable<Text>, _>(note.as_deref())
    .bind::<Date, _>(today)
    .bind::<Text, _>(tx.actor().who.to_string())
    .execute(tx.conn())
    .await?;
    let detail =
        json!({ "side": side, "limit": new.limit, "age_days": new.age_days, "in_force": new.in_force });
    tx.audit("credits/small-balance-rule", id, None, detail).await?;
    let made = rules(tx).await?.into_iter().find(|rule| rule.id == id);
    Ok(made.ok_or_else(|| anyhow::anyhow!("{id} is not there"))?)
}

/// A balance that a rule gives up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SmallBalance)]
pub struct SmallBalance {
    /// Whose.
    pub side: Side,
    /// By which version of the rule.
    pub version: i32,
    /// The visit's account claim.
    pub claim: Option<ClaimId>,
    /// Its newest control number.
    pub number: Option<String>,
    /// The payer, when it owes.
    pub payer: Option<PayerId>,
    /// The patient, when the patient owes.
    pub patient: Option<PatientId>,
    /// How much.
    pub amount: Money,
    /// When anything last moved on it.
    pub last_on: NaiveDate,
    /// The last entry of the balance.
    pub last_entry: EntryId,
    #[serde(skip)]
    visit_patient: Option<PatientId>,
    /// That version.
    pub rule: SmallBalanceRuleId,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SmallBalanceRun)]
pub struct Run {
    /// What was given up, or would be.
    pub balances: Vec<SmallBalance>,
    /// Their sum.
    pub amount: Money,
    /// More remains than one run takes: run it again.
    pub more: bool,
}

/// Balances that one run gives up at most.
const RUN_MAX: usize = 1_000;

/// What the rules would give up today, the oldest first. Two queries a side.
pub async fn due(tx: &mut Tx, today: NaiveDate) -> Result<Run> {
    let mut run = Run { balances: vec![], amount: Money::ZERO, more: false };
    for rule in rules(tx).await?.into_iter().filter(|rule| rule.in_force) {
        let mut found = due_by(tx, &rule, today).await?;
        run.more |= found.len() > RUN_MAX;
        found.truncate(RUN_MAX);
        run.balances.extend(found);
    }
    run.amount = run.balances.iter().map(|balance| balance.amount).sum();
    Ok(run)
}

async fn due_by(tx: &mut Tx, rule: &Rule, today: NaiveDate) -> Result<Vec<SmallBalance>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<SqlUuid>)]
        claim_id: Option<ClaimId>,
        #[diesel(sql_type = SqlUuid)]
        owner_id: uuid::Uuid,
        #[diesel(sql_type = Nullable<Text>)]
        number: Option<String>,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        patient_id: Option<PatientId>,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = SqlUuid)]
        last_entry: EntryId,
        #[diesel(sql_type = Date)]
        last_on: NaiveDate,
    }
    // What may be given up besides being small and old.
    let may = match rule.side {
        Side::Payer => {
            "exists (select from standing_decisions rc join claims d on d.organization_id = $1 and d.id = rc.claim_id
                where rc.organization_id = $1 and d.account_claim_id = s.claim_id and d.payer_id = s.owner_id)"
        }
        Side::Patient => {
            "not exists (select from claims d join payers y on y.organization_id = $1 and y.id = d.payer_id
                where d.organization_id = $1 and d.account_claim_id = s.claim_id and y.filing_indicator = any ($6))"
        }
    };
    let rows: Vec<Row> = sql_query(format!(
        "with standing as (
            select nullif(b.claim_id, {NOBODY}) as claim_id, b.owner_id, b.amount, m.last_entry
            from open_balances b
            cross join lateral (
                select t.entry_id as last_entry
                from (
                    select * from transfers where organization_id = $1 and claim_id = b.claim_id
                    union all
                    select * from transfers where organization_id = $1 and patient_id = b.owner_id
                    and claim_id is null and b.claim_id = {NOBODY}) t
                where $2 in (t.debit_account, t.credit_account)
                and b.owner_id = case $2 when {insurance} then t.payer_id else t.patient_id end
                order by t.entry_id desc limit 1) m
            where b.organization_id = $1 and b.account = {account} and b.amount between 0.01 and $3
            and b.owner_id <> {NOBODY})
         select s.claim_id, s.owner_id, {number} as number, c.patient_id, s.amount, s.last_entry,
            e.effective_on as last_on
         from standing s
         join entries e on e.organization_id = $1 and e.id = s.last_entry
         left join claims c on c.organization_id = $1 and c.id = s.claim_id
         where e.effective_on <= $4 and {may}
         and not exists (select from claims d join denials n on n.organization_id = $1 and n.claim_id = d.id
            where d.organization_id = $1 and d.account_claim_id = s.claim_id and n.state in ('open', 'working', 'appealed'))
         and not exists (select from claims d join underpayments u on u.organization_id = $1 and u.claim_id = d.id
            where d.organization_id = $1 and d.account_claim_id = s.claim_id and u.state = 'open')
         and not exists (select from claims d join remit_claims rc on rc.organization_id = $1 and rc.claim_id = d.id
            join remit_exceptions x on x.organization_id = $1 and x.remit_claim_id = rc.id
            where d.organization_id = $1 and d.account_claim_id = s.claim_id and x.resolved_at is null)
         and not exists (select from small_balance_write_offs w where w.organization_id = $1
            and w.account = $2 and w.undone_on is not null and w.claim_id is not distinct from s.claim_id
            and coalesce(w.payer_id, w.patient_id) = s.owner_id
            and not exists (select from transfers m join entries b on b.organization_id = $1 and b.id = m.entry_id
                where m.organization_id = $1 and m.entry_id > w.last_entry_id
                and m.claim_id is not distinct from s.claim_id and $2 in (m.debit_account, m.credit_account)
                and s.owner_id in (m.payer_id, m.patient_id)
                and b.source_kind <> all ($5)))
         order by e.effective_on, s.claim_id, s.owner_id limit $7",
        insurance = AccountKind::InsuranceAr.number(),
        account = rule.side.account().number(),
        number = newest_number_sql("s.claim_id"),
    ))
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SmallInt, _>(rule.side.account().number())
    .bind::<Numeric, _>(rule.limit)
    .bind::<Date, _>(today - chrono::Days::new(u64::from(rule.age_days.unsigned_abs())))
    .bind::<Array<Text>, _>(vec![WRITE_OFF_SOURCE.as_str(), UNDO_SOURCE.as_str()])
    .bind::<Array<Text>, _>(MEDICARE.to_vec())
    .bind::<BigInt, _>(i64::try_from(RUN_MAX + 1).map_err(anyhow::Error::from)?)
    .load(tx.conn())
    .await?;
    let balance = |row: Row| SmallBalance {
        side: rule.side,
        version: rule.version,
        claim: row.claim_id,
        number: row.number,
        payer: (rule.side == Side::Payer).then(|| PayerId::from_uuid(row.owner_id)),
        patient: (rule.side == Side::Patient).then(|| PatientId::from_uuid(row.owner_id)),
        amount: row.amount,
        last_on: row.last_on,
        last_entry: row.last_entry,
        visit_patient: row.patient_id,
        rule: rule.id,
    };
    Ok(rows.into_iter().map(balance).collect())
}

/// Gives up what the rules say, at most a thousand balances a side. Again it finds nothing. Leaves an
/// audit event `credits/small-balances`.
pub async fn run(tx: &mut Tx, now: DateTime<Utc>) -> Result<Run> {
    ledger::decide_alone(tx).await?;
    let today = organizations::today(tx, now).await?;
    let found = due(tx, today).await?;
    let mut documents = vec![];
    let ids: Vec<SmallBalanceWriteOffId> =
        found.balances.iter().map(|_| SmallBalanceWriteOffId::new()).collect();
    for (id, balance) in ids.iter().zip(&found.balances) {
        let patient = balance.patient.or(balance.visit_patient);
        let about = About { claim: balance.claim, payer: balance.payer, patient };
        let given_up =
            Transfer::new(AccountKind::SmallBalanceWriteOffs, balance.side.account(), balance.amount, about)?;
        let source = Source::new(WRITE_OFF_SOURCE, id.uuid());
        documents.push(NewEntry::new(EntryKind::Adjustment, source, today, vec![given_up])?);
    }
    if !documents.is_empty() {
        ledger::post_all(tx, &documents).await?;
        insert(tx, &ids, &found.balances, today).await?;
    }
    let organization = tx.actor().organization;
    let rules: BTreeSet<SmallBalanceRuleId> = found.balances.iter().map(|balance| balance.rule).collect();
    let detail = json!({ "written_off": found.balances.len(), "amount": found.amount, "rules": rules });
    tx.audit("credits/small-balances", organization, None, detail).await?;
    Ok(found)
}

async fn insert(
    tx: &mut Tx,
    ids: &[SmallBalanceWriteOffId],
    balances: &[SmallBalance],
    today: NaiveDate,
) -> Result<()> {
    let all = || balances.iter();
    sql_query(
        "insert into small_balance_write_offs (organization_id, written_off_on, written_off_by, id, rule_id, account,
            claim_id, payer_id, patient_id, last_entry_id, amount)
         select $1, $2, $3, w.* from unnest($4, $5, $6, $7, $8, $9, $10, $11)
            as w (id, rule, account, claim, payer, patient, last, amount)",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<Date, _>(today)
    .bind::<Text, _>(tx.actor().who.to_string())
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(all().map(|b| b.rule).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(all().map(|b| b.side.account().number()).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(all().map(|b| b.claim).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(all().map(|b| b.payer).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(all().map(|b| b.patient).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(all().map(|b| b.last_entry).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(all().map(|b| b.amount).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A balance that was given up, undone or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SmallBalanceWriteOff)]
pub struct WriteOff {
    /// Its id.
    pub id: SmallBalanceWriteOffId,
    /// Whose balance it was.
    pub side: Side,
    /// By which version of the rule.
    pub version: i32,
    /// What the rule called small.
    pub limit: Money,
    /// The visit's account claim.
    pub claim: Option<ClaimId>,
    /// Its newest control number.
    pub number: Option<String>,
    /// How the payer is called, when it owed.
    pub payer_name: Option<String>,
    /// The patient's name, when the patient owed.
    #[serde(skip)]
    pub patient_name: Option<Phi<PersonName>>,
    /// How much.
    pub amount: Money,
    /// The day.
    pub written_off_on: NaiveDate,
    /// What it moved.
    pub entry: Option<EntryId>,
    /// The day on which it was undone.
    pub undone_on: Option<NaiveDate>,
    /// Why.
    pub undone_why: Option<String>,
}

#[derive(QueryableByName)]
struct WriteOffRow {
    #[diesel(sql_type = SqlUuid)]
    id: SmallBalanceWriteOffId,
    #[diesel(sql_type = Text)]
    side: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Numeric)]
    limit_amount: Money,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    claim_id: Option<ClaimId>,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    payer_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    last_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    first_name: Option<String>,
    #[diesel(sql_type = Numeric)]
    amount: Money,
    #[diesel(sql_type = Date)]
    written_off_on: NaiveDate,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    entry: Option<EntryId>,
    #[diesel(sql_type = Nullable<Date>)]
    undone_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    undone_why: Option<String>,
}

impl WriteOffRow {
    fn read(self) -> Result<WriteOff> {
        Ok(WriteOff {
            id: self.id,
            side: Side::from_name(&self.side)?,
            version: self.version,
            limit: self.limit_amount,
            claim: self.claim_id,
            number: self.number,
            payer_name: self.payer_name,
            patient_name: person(self.last_name, self.first_name),
            amount: self.amount,
            written_off_on: self.written_off_on,
            entry: self.entry,
            undone_on: self.undone_on,
            undone_why: self.undone_why,
        })
    }
}

/// What was given up, the newest first: what comes after `after`, at most `limit`. One query.
pub async fn write_offs(
    tx: &mut Tx,
    after: Option<SmallBalanceWriteOffId>,
    limit: i64,
) -> Result<Vec<WriteOff>> {
    let rows: Vec<WriteOffRow> = sql_query(format!(
        "select w.id, r.side, r.version, r.limit_amount, w.claim_id, {number} as number, y.name as payer_name,
            p.last_name, p.first_name, w.amount, w.written_off_on, e.id as entry, w.undone_on, w.undone_why
         from small_balance_write_offs w
         join small_balance_rules r on r.organization_id = $1 and r.id = w.rule_id
         left join payers y on y.organization_id = $1 and y.id = w.payer_id
         left join patients p on p.organization_id = $1 and p.id = w.patient_id
         left join entries e on e.organization_id = $1 and e.source_kind = $2 and e.source_id = w.id
         where w.organization_id = $1 and ($3 is null or w.id < $3) order by w.id desc limit $4",
        number = newest_number_sql("w.claim_id"),
    ))
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<Text, _>(WRITE_OFF_SOURCE.as_str())
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(WriteOffRow::read).collect()
}

/// Undoes a write-off: the balance is owed again, and no run gives it up until something moves. Leaves an
/// audit event `credits/undo-small-balance`.
///
/// # Errors
/// `credits/note` without a reason; `credits/no-write-off` when there is none, or it is undone.
pub async fn undo(tx: &mut Tx, now: DateTime<Utc>, id: SmallBalanceWriteOffId, why: &str) -> Result<()> {
    #[derive(QueryableByName)]
    struct Undone {
        #[diesel(sql_type = Numeric)]
        amount: Money,
    }
    ledger::decide_alone(tx).await?;
    let (why, today) = (noted("the reason", why)?, organizations::today(tx, now).await?);
    let undone: Option<Undone> = sql_query(
        "update small_balance_write_offs set (undone_on, undone_by, undone_why) = (greatest($3, written_off_on), $4, $5)
         where organization_id = $1 and id = $2 and undone_on is null returning amount",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<SqlUuid, _>(id)
    .bind::<Date, _>(today)
    .bind::<Text, _>(tx.actor().who.to_string())
    .bind::<Text, _>(&why)
    .get_result(tx.conn())
    .await
    .optional()?;
    let Undone { amount } = undone.ok_or(CreditError::NoWriteOff(id))?;
    let posted = ledger::find(tx, &Source::new(WRITE_OFF_SOURCE, id.uuid())).await?;
    let posted = posted.ok_or_else(|| anyhow::anyhow!("{id} has no entry"))?;
    ledger::reverse(tx, posted, today, Source::new(UNDO_SOURCE, id.uuid())).await?;
    tx.audit("credits/undo-small-balance", id, None, json!({ "amount": amount })).await?;
    Ok(())
}
