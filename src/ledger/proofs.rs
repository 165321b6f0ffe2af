//! The proofs: independent checks over the rows themselves, each with its numbers.
//!
//! Run them in [`crate::db::Db::snapshot`]: they compare one query with another.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Numeric, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::Tx;
use crate::ledger::accounts::{AccountKind, Role, Side};
use crate::ledger::balances::{
    self, AccountBalance, AsOf, EVERY, NOBODY, Receivable, any_of, counted, equation_columns,
    receivable_movements,
};
use crate::ledger::{chain, guards, runs};
use crate::types::{ClaimId, EntryId, Money, PatientId, Result};

/// One thing that must hold, and whether it does. Other features add theirs to the ledger's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Proof {
    /// Stable: `trial_balance`.
    pub name: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// The numbers that it compared, and what breaks it.
    pub detail: String,
}

/// Every proof of the ledger. Balances are as of the day given; that rows are whole and unchanged
/// is proved of all of them.
pub async fn proofs(tx: &mut Tx, as_of: AsOf) -> Result<Vec<Proof>> {
    let balances = balances::balances_of_transfers(tx, as_of).await?;
    Ok(vec![
        trial_balance(tx, &balances, as_of).await?,
        entries_are_whole(tx).await?,
        reversals_mirror(tx).await?,
        chain_holds(tx).await?,
        receivables_by_claim(tx, &balances, as_of).await?,
        receivables_by_patient(tx, &balances, as_of).await?,
        money_held(&balances),
        totals_are_sums(tx).await?,
        guards::guards_stand(tx).await?,
    ])
}

fn balance_of(balances: &[AccountBalance], kind: AccountKind) -> Money {
    balances.iter().find(|row| row.account.kind == kind).map(|row| row.balance).unwrap_or_default()
}

/// Debits are credits, and two ways of adding up agree account by account.
async fn trial_balance(tx: &mut Tx, balances: &[AccountBalance], as_of: AsOf) -> Result<Proof> {
    let pairs = balances::account_pairs(tx, as_of).await?;
    let transfers: i64 = pairs.iter().map(|pair| pair.transfers).sum();
    let moved: Money = pairs.iter().map(|pair| pair.amount).sum();
    // Debits less credits by account, from the pairs; what the balances say is taken off again.
    let mut off: BTreeMap<i16, Money> = BTreeMap::new();
    for pair in &pairs {
        *off.entry(pair.debit).or_default() += pair.amount;
        *off.entry(pair.credit).or_default() -= pair.amount;
    }
    for row in balances {
        *off.entry(row.account.number).or_default() -= match row.account.kind.grows_on() {
            Side::Debit => row.balance,
            Side::Credit => -row.balance,
        };
    }
    let debits: Money = balances.iter().map(|row| row.debits).sum();
    let credits: Money = balances.iter().map(|row| row.credits).sum();
    let mut detail = format!("{transfers} transfers of {moved}: debits {debits}, credits {credits}");
    let mut holds = debits == credits && debits == moved;
    for (account, off) in off.into_iter().filter(|(_, off)| !off.is_zero()) {
        holds = false;
        detail.push_str(&format!("; account {account} is off by {off}"));
    }
    Ok(Proof { name: "trial_balance", holds, detail })
}

/// What the database keeps in sums, by day and by visit, is what the transfers sum to; and each balance has
/// moved since when its entries say. A month whose journal was exported is what the export came to.
async fn totals_are_sums(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        days: i64,
        #[diesel(sql_type = BigInt)]
        days_differ: i64,
        #[diesel(sql_type = Nullable<Date>)]
        first_day: Option<NaiveDate>,
        #[diesel(sql_type = BigInt)]
        balances: i64,
        #[diesel(sql_type = BigInt)]
        balances_differ: i64,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        first_balance: Option<ClaimId>,
        #[diesel(sql_type = Array<Date>)]
        exports_differ: Vec<NaiveDate>,
    }
    let row: Row = diesel::sql_query(format!(
        "with moved as (
            select e.booked_on, t.debit_account::int as debit, t.credit_account::int as credit, sum(t.amount) as amount,
                count(*) as transfers
            from transfers t join entries e on e.organization_id = t.organization_id and e.id = t.entry_id
            where t.organization_id = $1 group by 1, 2, 3),
         kept as (
            select booked_on, debit_account::int as debit, credit_account::int as credit, sum(amount) as amount,
                sum(transfers) as transfers
            from account_totals where organization_id = $1 group by 1, 2, 3),
         days as (
            select booked_on, bool_or((m.amount, m.transfers) is distinct from (k.amount, k.transfers)) as differs
            from moved m full join kept k using (booked_on, debit, credit) group by booked_on),
         {legs},
         sums as (
            select coalesce(l.claim_id, {NOBODY}) as claim_id, l.account::int as account,
                coalesce(l.owner_id, {NOBODY}) as owner_id, sum(l.amount) as amount, min(e.effective_on) as moved_on,
                min(e.effective_on) filter (where l.other = {charges}) as charged_on
            from legs l join entries e on e.organization_id = $1 and e.id = l.entry_id group by 1, 2, 3),
         balances as (
            select claim_id,
                (s.amount, s.moved_on, s.charged_on) is distinct from (b.amount, b.moved_on, b.charged_on) as differs
            from sums s
            full join (
                select claim_id, account::int as account, owner_id, amount, moved_on, charged_on from open_balances
                where organization_id = $1) b using (claim_id, account, owner_id))
         select d.*, b.*, (
                select coalesce(array_agg(distinct x.month order by x.month), '{{}}') from journal_exports x
                cross join lateral (select coalesce(sum(m.amount), 0) as booked from moved m
                    where m.booked_on >= x.month and m.booked_on < x.month + interval '1 month') m
                where x.organization_id = $1 and (x.debits <> m.booked or x.credits <> m.booked)) as exports_differ
            from
            (select count(*) as days, count(*) filter (where differs) as days_differ,
                min(booked_on) filter (where differs) as first_day from days) d,
            (select count(*) as balances, count(*) filter (where differs) as balances_differ,
                (array_agg(claim_id order by claim_id) filter (where differs))[1] as first_balance from balances) b",
        legs = balances::legs(),
        charges = any_of(Role::Charge),
    ))
    .bind::<SqlUuid, _>(tx.actor().organization)
    .get_result(tx.conn())
    .await?;
    let mut detail = format!("{} days, {} balances of visits", row.days, row.balances);
    if let Some(day) = row.first_day {
        detail.push_str(&format!("; {} days have other sums, the first {day}", row.days_differ));
    }
    if let Some(claim) = row.first_balance {
        detail
            .push_str(&format!("; {} balances are others, the first of claim {claim}", row.balances_differ));
    }
    for month in &row.exports_differ {
        detail.push_str(&format!("; {} was exported with other sums", month.format("%Y-%m")));
    }
    let holds = row.days_differ == 0 && row.balances_differ == 0 && row.exports_differ.is_empty();
    Ok(Proof { name: "totals_are_sums", holds, detail })
}

/// Every entry moves something, every transfer moves a positive amount for an entry, and lines
/// are numbered without a gap.
async fn entries_are_whole(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        entries: i64,
        #[diesel(sql_type = BigInt)]
        transfers: i64,
        #[diesel(sql_type = BigInt)]
        broken: i64,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        first_broken: Option<EntryId>,
    }
    let row: Row = diesel::sql_query(
        "with lines as (
            select organization_id, entry_id, count(*) as lines, min(line_no) as low, max(line_no) as high,
                bool_and(amount > 0 and debit_account <> credit_account) as positive
            from transfers group by organization_id, entry_id),
         checked as (
            select e.id as entry_id, coalesce(l.entry_id, e.id) as id, coalesce(l.lines, 0) as lines,
                coalesce(l.entry_id is not null and e.id is not null and l.positive and l.low = 1
                    and l.high = l.lines, false) as whole
            from entries e
            full join lines l on l.organization_id = e.organization_id and l.entry_id = e.id)
         select count(entry_id) as entries, coalesce(sum(lines), 0)::bigint as transfers,
            count(*) filter (where not whole) as broken,
            (array_agg(id order by id) filter (where not whole))[1] as first_broken
         from checked",
    )
    .get_result(tx.conn())
    .await?;
    let mut detail = format!("{} entries, {} transfers", row.entries, row.transfers);
    if let Some(first) = row.first_broken {
        detail.push_str(&format!("; {} are not whole, the first {first}", row.broken));
    }
    Ok(Proof { name: "entries_are_whole", holds: row.broken == 0, detail })
}

/// A reversal undoes its original line by line, and is not reversed itself.
async fn reversals_mirror(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        reversals: i64,
        #[diesel(sql_type = BigInt)]
        broken: i64,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        first_broken: Option<EntryId>,
    }
    let row: Row = diesel::sql_query(
        "with checked as (
            select r.id, coalesce(o.reverses_id is null and o.kind = r.kind, false) and not exists (
                select from
                    (select * from transfers where organization_id = r.organization_id and entry_id = o.id) a
                    full join
                    (select * from transfers where organization_id = r.organization_id and entry_id = r.id) b
                    on a.line_no = b.line_no
                where (a.debit_account, a.credit_account, a.amount, a.claim_id, a.payer_id, a.patient_id)
                    is distinct from
                    (b.credit_account, b.debit_account, b.amount, b.claim_id, b.payer_id, b.patient_id)) as mirrors
            from entries r
            left join entries o on o.organization_id = r.organization_id and o.id = r.reverses_id
            where r.reverses_id is not null)
         select count(*) as reversals, count(*) filter (where not mirrors) as broken,
            (array_agg(id order by id) filter (where not mirrors))[1] as first_broken
         from checked",
    )
    .get_result(tx.conn())
    .await?;
    let mut detail = format!("{} reversals", row.reversals);
    if let Some(first) = row.first_broken {
        detail.push_str(&format!("; {} do not undo their original, the first {first}", row.broken));
    }
    Ok(Proof { name: "reversals_mirror", holds: row.broken == 0, detail })
}

/// Every link hashes to what it did when it was made, and every entry is in one.
async fn chain_holds(tx: &mut Tx) -> Result<Proof> {
    let check = chain::check_chain(tx).await?;
    let mut detail = format!("{} links, {} entries", check.links, check.entries);
    if let Some(broken) = &check.broken {
        detail = format!("{broken}; sound up to there: {detail}");
    }
    // Somebody may have computed the whole chain anew; what earlier runs saw at its head says so.
    let gone = runs::heads_gone(tx).await?;
    if let [first, ..] = gone.as_slice() {
        detail
            .push_str(&format!("; {} earlier runs saw another head, the first at link {first}", gone.len()));
    }
    Ok(Proof { name: "chain", holds: check.broken.is_none() && gone.is_empty(), detail })
}

/// What receivables add up to, grouped by whom they concern, and what does not fit.
#[derive(QueryableByName)]
struct Grouped {
    #[diesel(sql_type = BigInt)]
    groups: i64,
    #[diesel(embed)]
    total: Receivable,
    #[diesel(sql_type = Numeric)]
    direct: Money,
    #[diesel(sql_type = Numeric)]
    without_owner: Money,
    #[diesel(sql_type = BigInt)]
    broken: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    first_broken: Option<uuid::Uuid>,
}

/// Receivables by claim or patient, two ways: what stands on the accounts (`direct`), and what
/// the movements against other accounts explain. `owned` is the account on which each movement
/// must name its owner.
async fn grouped(tx: &mut Tx, owner: &str, owned: AccountKind, as_of: AsOf) -> Result<Grouped> {
    // With nulls the two sides take hours to meet on a large ledger.
    let id = format!("coalesce({owner}, {NOBODY})");
    let receivables = any_of(Role::Receivable);
    Ok(diesel::sql_query(format!(
        "with {counted}, {movements},
         explained as (select {id} as id, {equation} from movements group by 1),
         standing as (
            select {id} as id, sum(case when debit_account = {receivables} then amount else 0 end
                - case when credit_account = {receivables} then amount else 0 end) as direct
            from counted group by 1
            having bool_or(debit_account = {receivables} or credit_account = {receivables})),
         checked as (
            select s.id, s.direct, insurance, patient, charges, payments, adjustments, takebacks, moves, coalesce(s.direct = x.insurance + x.patient and
                s.direct = charges - payments - adjustments + takebacks + moves, false) as holds
            from standing s left join explained x on x.id = s.id)
         select count(*) filter (where id <> {NOBODY}) as groups,
            coalesce(sum(insurance), 0) as insurance, coalesce(sum(patient), 0) as patient,
            coalesce(sum(charges), 0) as charges, coalesce(sum(payments), 0) as payments,
            coalesce(sum(adjustments), 0) as adjustments, coalesce(sum(takebacks), 0) as takebacks,
            coalesce(sum(moves), 0) as moves, coalesce(sum(direct), 0) as direct,
            (select coalesce(sum(abs(amount)), 0) from movements where {owner} is null and account = {owned})
                as without_owner,
            count(*) filter (where not holds) as broken,
            (array_agg(id order by id) filter (where not holds))[1] as first_broken
         from checked",
        counted = counted(EVERY),
        movements = receivable_movements(),
        equation = equation_columns(),
        owned = owned.number(),
    ))
    .bind::<Nullable<Date>, _>(as_of.booked_on)
    .bind::<Nullable<Timestamptz>, _>(as_of.posted_at)
    .get_result(tx.conn())
    .await?)
}

fn receivables(
    name: &'static str,
    groups: &str,
    found: &Grouped,
    balances: &[AccountBalance],
    show: impl Fn(uuid::Uuid) -> String,
) -> Proof {
    let accounts =
        balance_of(balances, AccountKind::InsuranceAr) + balance_of(balances, AccountKind::PatientAr);
    let mut detail = format!("{} {groups}: {}; on the accounts {accounts}", found.groups, found.total);
    if found.broken > 0 {
        let first = found.first_broken.filter(|id| !id.is_nil()).map_or_else(|| "of nobody".to_owned(), show);
        detail.push_str(&format!("; {} do not add up, the first {first}", found.broken));
    }
    if !found.without_owner.is_zero() {
        detail.push_str(&format!("; {} moved for nobody", found.without_owner));
    }
    let adds_up = found.total.balance() == accounts && found.direct == accounts;
    let holds =
        adds_up && found.total.explained() == accounts && found.broken == 0 && found.without_owner.is_zero();
    Proof { name, holds, detail }
}

/// Receivable = charges - payments - adjustments + takebacks + moves, for every claim.
async fn receivables_by_claim(tx: &mut Tx, balances: &[AccountBalance], as_of: AsOf) -> Result<Proof> {
    let found = grouped(tx, "claim_id", AccountKind::InsuranceAr, as_of).await?;
    let show = |id| ClaimId::from_uuid(id).to_string();
    Ok(receivables("receivables_by_claim", "claims", &found, balances, show))
}

/// The same for every patient.
async fn receivables_by_patient(tx: &mut Tx, balances: &[AccountBalance], as_of: AsOf) -> Result<Proof> {
    let found = grouped(tx, "patient_id", AccountKind::PatientAr, as_of).await?;
    let show = |id| PatientId::from_uuid(id).to_string();
    Ok(receivables("receivables_by_patient", "patients", &found, balances, show))
}

/// What we hold for others: never less than nothing. Suspense and transfers between receivables
/// are listed: a difference there waits for somebody, either way.
fn money_held(balances: &[AccountBalance]) -> Proof {
    use AccountKind::{PatientCredits, ReceivableTransfers, RefundsPayable, Suspense, UnappliedCash};
    let shown = |kinds: &[AccountKind]| {
        let each: Vec<String> =
            kinds.iter().map(|&kind| format!("{kind} {}", balance_of(balances, kind))).collect();
        each.join(", ")
    };
    let held = [UnappliedCash, PatientCredits, RefundsPayable];
    let overdrawn: Vec<AccountKind> =
        held.into_iter().filter(|&kind| balance_of(balances, kind).is_negative()).collect();
    let mut detail = format!("{}; open: {}", shown(&held), shown(&[Suspense, ReceivableTransfers]));
    if !overdrawn.is_empty() {
        detail.push_str(&format!("; more was taken than was there: {}", shown(&overdrawn)));
    }
    Proof { name: "money_held", holds: overdrawn.is_empty(), detail }
}
