//! Settling an open recoupment by hand: what no later file clears.
//!
//! - *Taken unannounced*: the payer took back what it had paid too much, without a reversal (CLP02 22). It
//!   is booked against the visit whose receivable is below zero for that.
//! - *Will be taken*, but was returned: our check was refunded for the visit, the payer acknowledges it
//!   (WO with 72) and reverses the visit all the same. It is booked against what the visit now owes again.
//! - *Will be taken*, and we send a check rather than wait: it is owed back, and paid among the refunds.
//!   The payer's WO with 72 then clears itself (X12 RFI 227).
//!
//! - Another item of the payer has the opposite sign: the two are set off against each other ([`pairs`]).
//!
//! A forwarding balance is settled only so: the payer takes it from its next payment, or owes us an answer.
//!
//! Invariants: a settlement moves at most the item's balance, and at most what the visit's receivable
//! has of it; it is undone by its exact reversal, once.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::result::OptionalExtension;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Numeric, Text, Uuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::db::Tx;
use crate::ledger::{self, About, AccountKind, AsOf, EntryKind, NewEntry, Source, SourceKind, Transfer};
use crate::registry::organizations;
use crate::remits::adjustments::{Amount, Detail, Item, Kind, Reversal, Standing, pairs, store};
use crate::remits::exceptions;
use crate::submissions::newest_number_sql;
use crate::types::{
    ClaimId, EntryId, Money, PatientId, PayerId, Place, ProviderAdjustmentId, Refusal, Result, SettlementId,
    Status, noted,
};

/// The ledger's source of a settlement: its id.
pub const SETTLEMENT_SOURCE: SourceKind = SourceKind::new("plb_settlement");

/// The same, of the entry that undoes it.
pub const UNDO_SOURCE: SourceKind = SourceKind::new("plb_settlement_undo");

const RECEIVABLE: i16 = AccountKind::InsuranceAr.number();

/// The ways to settle an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SettlementWay)]
pub enum Way {
    /// Against what the payer owes, or paid too much, for a visit.
    Claim,
    /// By a check of ours.
    Refund,
    /// Against another open item of the payer, with the opposite sign.
    Item,
}

impl Way {
    /// The word in the database, in forms and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Way::Claim => "claim",
            Way::Refund => "refund",
            Way::Item => "item",
        }
    }

    fn from_name(name: &str) -> Option<Way> {
        [Way::Claim, Way::Refund, Way::Item].into_iter().find(|way| way.as_str() == name)
    }

    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Way::Claim => "Booked against the visit",
            Way::Refund => "Owed back by check",
            Way::Item => "Set off against another item",
        }
    }
}

/// What a person decides about an open item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settling {
    /// [`Way::Claim`]: a claim of the visit.
    Claim(ClaimId),
    /// [`Way::Refund`].
    Refund,
    /// [`Way::Item`]: any amount of the other item.
    Item(ProviderAdjustmentId),
}

/// A settlement, undone or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProviderAdjustmentSettlement)]
pub struct Settlement {
    /// Its id.
    pub id: SettlementId,
    /// How.
    pub way: Way,
    /// The visit's account claim.
    pub claim: Option<ClaimId>,
    /// That claim's newest control number.
    pub claim_number: Option<String>,
    /// The other item, when it was set off against one.
    pub against: Option<ProviderAdjustmentId>,
    /// That item's reference, as the payer wrote it first.
    pub against_reference: Option<String>,
    /// What it takes off the item's balance.
    pub amount: Money,
    /// What the person said.
    pub note: Option<String>,
    /// The day of it.
    pub settled_on: NaiveDate,
    /// Its ledger entry; none where two items of one account were set off.
    pub entry: Option<EntryId>,
    /// The day on which it was undone.
    pub undone_on: Option<NaiveDate>,
    /// Why it was undone.
    pub undone_why: Option<String>,
}

/// A visit that an item may be settled against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettlementChoice)]
pub struct Choice {
    /// The visit's account claim.
    pub claim: ClaimId,
    /// That claim's newest control number.
    pub claim_number: Option<String>,
    /// What the payer owes for it; below zero: paid too much.
    pub owed: Money,
    /// At most so much of the item's balance.
    pub limit: Money,
}

/// The most that an item's balance and a visit's receivable have in common: what the payer will take is
/// set off against what it owes, what it took against what it paid too much. Zero when nothing is.
#[must_use]
pub fn limit(balance: Money, owed: Money) -> Money {
    if balance.is_negative() == owed.is_negative() { balance.abs().min(owed.abs()) } else { Money::ZERO }
}

/// What settling `amount` of an item moves: between its account and the receivable, refunds payable, or the
/// account of another item.
pub(super) fn moves(item: &Item, against: AccountKind, amount: Money, about: About) -> Result<Transfer> {
    let stands_on = item.kind.account();
    let (debit, credit) =
        if item.balance.is_negative() { (against, stands_on) } else { (stands_on, against) };
    Ok(Transfer::new(debit, credit, amount, about)?)
}

pub(super) fn refusal(code: &'static str, status: Status, what: String, next: &'static str) -> Refusal {
    Refusal::new(code, status, what, next)
}

/// Settles an open item: all that may be, or `amount`, which is positive whatever the sign of the balance.
/// Over-payments among the exceptions that are settled by it are resolved. Leaves an audit event
/// `provider-adjustments/settle`.
///
/// # Errors
/// `remits/no-adjustment`; `provider-adjustments/closed` when nothing is open, or what is settled otherwise than
/// against another item is no recoupment; `provider-adjustments/payer` when its payer is not on file;
/// `provider-adjustments/item` when the other item is another payer's or has the same sign; `provider-adjustments/refund` when the payer has taken it already;
/// `provider-adjustments/claim` when the practice has no such claim; `provider-adjustments/amount` when it is
/// more than the item and the visit, or the other item, have in common; `provider-adjustments/note` when the
/// note is too long, or an item is set off against another without one.
pub async fn settle(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: ProviderAdjustmentId,
    how: Settling,
    amount: Option<Money>,
    note: Option<&str>,
) -> Result<Settlement> {
    ledger::decide_alone(tx).await?;
    let claim = match how {
        Settling::Item(other) => return pairs::set_off(tx, now, id, other, amount, note).await,
        Settling::Claim(claim) => Some(claim),
        Settling::Refund => None,
    };
    let today = organizations::today(tx, now).await?;
    let note = note.map(str::trim).filter(|note| !note.is_empty()).map(said).transpose()?;
    let Detail { item, .. } = store::get(tx, id).await?;
    if item.kind != Kind::Recoupment || item.state == Standing::Closed {
        let what = format!("{id} is no open recoupment");
        return Err(
            refusal("provider-adjustments/closed", Status::Conflict, what, "Nothing is to be done").into()
        );
    }
    let payer = on_file(&item)?;
    let (way, visit, most, against) = match claim {
        Some(claim) => {
            let visit = visit_of(tx, claim).await?;
            let most = limit(item.balance, owed(tx, payer, visit.claim).await?);
            (Way::Claim, Some(visit), most, AccountKind::InsuranceAr)
        }
        None if item.balance.is_negative() => {
            let what = "the payer has this money already: it took it from a payment".to_owned();
            let next = "Book it against the visit that was paid too much";
            return Err(refusal("provider-adjustments/refund", Status::Conflict, what, next).into());
        }
        None => {
            let visit = match item.claim {
                Some(claim) => Some(visit_of(tx, claim).await?),
                None => None,
            };
            (Way::Refund, visit, item.balance, AccountKind::RefundsPayable)
        }
    };
    let asked = amount.unwrap_or(most);
    if !asked.is_positive() || asked > most {
        let what = format!("{asked} cannot be settled: the item and the visit have {most} in common");
        let next = "Choose a visit with a balance the other way, or a smaller amount";
        return Err(refusal("provider-adjustments/amount", Status::Invalid, what, next)
            .at(Place { field: Some("/amount".into()), ..Place::default() })
            .into());
    }
    let done = SettlementId::new();
    let about = About {
        claim: visit.map(|visit| visit.claim),
        payer: Some(payer),
        patient: visit.map(|visit| visit.patient),
    };
    let source = Source::new(SETTLEMENT_SOURCE, done.uuid());
    let transfers = vec![moves(&item, against, asked, about)?];
    ledger::post(tx, &NewEntry::new(EntryKind::Transfer, source, today, transfers)?).await?;
    let signed = if item.balance.is_negative() { -asked } else { asked };
    sql_query(
        "insert into provider_adjustment_settlements (organization_id, id, provider_adjustment_id, way, payer_id,
            claim_id, amount, note, settled_on, settled_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(done)
    .bind::<Uuid, _>(item.id)
    .bind::<Text, _>(way.as_str())
    .bind::<Uuid, _>(payer)
    .bind::<Nullable<Uuid>, _>(about.claim)
    .bind::<Numeric, _>(signed)
    .bind::<Nullable<Text>, _>(note)
    .bind::<Date, _>(today)
    .bind::<Text, _>(tx.actor().who.to_string())
    .execute(tx.conn())
    .await?;
    if let (Way::Claim, Some(visit)) = (way, about.claim) {
        let left = ledger::balance_of_claim(tx, visit, AsOf::NOW).await?.balance();
        if !left.is_negative() {
            exceptions::settle_over_payments_of(tx, visit, now, "settled with a provider adjustment").await?;
        }
    }
    let detail = json!({ "item": item.id, "way": way, "amount": signed });
    tx.audit("provider-adjustments/settle", done, None, detail).await?;
    one(tx, done).await
}

/// Undoes a settlement: what it moved goes back, exactly, and the item is open again; so is the one that it was
/// set off against. Leaves an audit event
/// `provider-adjustments/undo`.
///
/// # Errors
/// `provider-adjustments/no-settlement`; `provider-adjustments/undone`; `provider-adjustments/note` without
/// a reason; `provider-adjustments/refund-paid` when its check went out.
pub async fn undo(tx: &mut Tx, now: DateTime<Utc>, id: SettlementId, why: &str) -> Result<Settlement> {
    ledger::decide_alone(tx).await?;
    let why = said(why)?;
    let today = organizations::today(tx, now).await?;
    let found = one(tx, id).await?;
    if found.undone_on.is_some() {
        let what = format!("{id} is undone");
        return Err(
            refusal("provider-adjustments/undone", Status::Conflict, what, "Nothing is to be done").into()
        );
    }
    if found.entry.is_none() && found.way != Way::Item {
        return Err(anyhow::anyhow!("{id} has no entry").into());
    }
    if let Some(entry) = found.entry
        && is_paid(tx, entry).await?
    {
        let what = format!("the check of {id} was written");
        let next = "Void the payment of the refund first";
        return Err(refusal("provider-adjustments/refund-paid", Status::Conflict, what, next).into());
    }
    if let Some(entry) = found.entry {
        ledger::reverse(tx, entry, today, Source::new(UNDO_SOURCE, id.uuid())).await?;
    }
    sql_query(
        "update provider_adjustment_settlements
         set (undone_on, undone_by, undone_why) = (greatest($3, settled_on), $4, $5)
         where organization_id = $1 and (id = $2 or counter_id = $2)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Date, _>(today)
    .bind::<Text, _>(tx.actor().who.to_string())
    .bind::<Text, _>(&why)
    .execute(tx.conn())
    .await?;
    tx.audit("provider-adjustments/undo", id, None, json!({ "amount": found.amount })).await?;
    one(tx, id).await
}

/// The payer of an item, which must be on file.
pub(super) fn on_file(item: &Item) -> Result<PayerId> {
    Ok(item.payer.ok_or_else(|| {
        let what = format!("the payer of {} is not on file", item.id);
        let next = "Add it to the registry by the name or a number that its remittances have (1000A), then unpost \
            each remittance of the item and post it again: the item is then that payer's";
        refusal("provider-adjustments/payer", Status::Conflict, what, next)
    })?)
}

/// A note or a reason.
pub(super) fn said(text: &str) -> Result<String> {
    let what = "a note or reason has 1 to 500 characters".to_owned();
    let next = "Say it shortly, without patient data";
    Ok(noted(text).ok_or_else(|| refusal("provider-adjustments/note", Status::Invalid, what, next))?)
}

#[derive(Clone, Copy, QueryableByName)]
struct Visit {
    #[diesel(sql_type = Uuid)]
    claim: ClaimId,
    #[diesel(sql_type = Uuid)]
    patient: PatientId,
}

/// The visit that a claim belongs to.
async fn visit_of(tx: &mut Tx, claim: ClaimId) -> Result<Visit> {
    let found: Option<Visit> = sql_query(
        "select account_claim_id as claim, patient_id as patient from claims
         where organization_id = $1 and id = $2",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(claim)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(found.ok_or_else(|| {
        let what = format!("{claim} is no claim of this practice");
        refusal("provider-adjustments/claim", Status::Invalid, what, "Choose one of the item's claims")
            .at(Place { field: Some("/claim".into()), ..Place::default() })
    })?)
}

async fn is_paid(tx: &mut Tx, refund: EntryId) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Paid {
        #[diesel(sql_type = Bool)]
        paid: bool,
    }
    let paid: Paid = sql_query(
        "select exists (select from refund_payments p
            where p.organization_id = $1 and p.refund_entry_id = $2 and p.voided_on is null) as paid",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(refund)
    .get_result(tx.conn())
    .await?;
    Ok(paid.paid)
}

/// `visits`: what payer `$2` owes for each visit; below zero: paid too much. `$1` is the organization.
fn visits(condition: &str) -> String {
    format!(
        "visits as (
            select t.claim_id, sum(case {RECEIVABLE} when t.debit_account then t.amount else -t.amount end) as owed
            from transfers t
            where t.organization_id = $1 and t.payer_id = $2 and {RECEIVABLE} in (t.debit_account, t.credit_account)
            and {condition} group by 1)"
    )
}

/// What a payer owes for a visit.
async fn owed(tx: &mut Tx, payer: PayerId, visit: ClaimId) -> Result<Money> {
    #[derive(QueryableByName)]
    struct Owed {
        #[diesel(sql_type = Numeric)]
        owed: Money,
    }
    let found: Option<Owed> =
        sql_query(format!("with {} select owed from visits", visits("t.claim_id = $3")))
            .bind::<Uuid, _>(tx.actor().organization)
            .bind::<Uuid, _>(payer)
            .bind::<Uuid, _>(visit)
            .get_result(tx.conn())
            .await
            .optional()?;
    Ok(found.map(|found| found.owed).unwrap_or_default())
}

/// How many visits a person chooses among.
const CHOICES: i64 = 20;

/// The visits that an open recoupment may be settled against, the nearest amount first. What was taken
/// unannounced may be any over-payment of the payer. What will be taken is about the claim that the
/// reference names, or those that the same remittances reversed; but only once the payer has acknowledged
/// a check of ours (72): else it takes it by itself.
pub(super) async fn choices(
    tx: &mut Tx,
    item: &Item,
    history: &[Amount],
    reversals: &[Reversal],
) -> Result<Vec<Choice>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = Nullable<Text>)]
        number: Option<String>,
        #[diesel(sql_type = Numeric)]
        owed: Money,
    }
    let may_be = match item.state {
        Standing::Closed => false,
        Standing::WillBeTaken => history.iter().any(|amount| amount.reason == "72"),
        Standing::TakenUnannounced => true,
    };
    let Some(payer) = item.payer.filter(|_| may_be && item.kind == Kind::Recoupment) else {
        return Ok(vec![]);
    };
    let about: Vec<ClaimId> =
        reversals.iter().filter_map(|reversal| reversal.claim).chain(item.claim).collect();
    let rows: Vec<Row> = sql_query(format!(
        "with {visits}
         select v.claim_id, v.owed, {number} as number
         from visits v where sign(v.owed) = sign($4)
         order by abs(v.owed - $4), v.claim_id limit $5",
        number = newest_number_sql("v.claim_id"),
        visits = visits(
            "(sign($4) < 0 or t.claim_id in (select c.account_claim_id from claims c
                where c.organization_id = $1 and c.id = any($3)))"
        )
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(payer)
    .bind::<Array<Uuid>, _>(about)
    .bind::<Numeric, _>(item.balance)
    .bind::<BigInt, _>(CHOICES)
    .load(tx.conn())
    .await?;
    let choice = |Row { claim_id: claim, number: claim_number, owed }: Row| Choice {
        claim,
        claim_number,
        owed,
        limit: limit(item.balance, owed),
    };
    Ok(rows.into_iter().map(choice).collect())
}

#[derive(QueryableByName)]
pub(super) struct Row {
    #[diesel(sql_type = Uuid)]
    id: SettlementId,
    #[diesel(sql_type = Text)]
    way: String,
    #[diesel(sql_type = Nullable<Uuid>)]
    claim_id: Option<ClaimId>,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Nullable<Uuid>)]
    against: Option<ProviderAdjustmentId>,
    #[diesel(sql_type = Nullable<Text>)]
    against_reference: Option<String>,
    #[diesel(sql_type = Numeric)]
    amount: Money,
    #[diesel(sql_type = Nullable<Text>)]
    note: Option<String>,
    #[diesel(sql_type = Date)]
    settled_on: NaiveDate,
    #[diesel(sql_type = Nullable<Uuid>)]
    entry_id: Option<EntryId>,
    #[diesel(sql_type = Nullable<Date>)]
    undone_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    undone_why: Option<String>,
}

impl Row {
    pub(super) fn read(self) -> Result<Settlement> {
        let way = Way::from_name(&self.way).ok_or_else(|| anyhow::anyhow!("no way {}", self.way))?;
        Ok(Settlement {
            id: self.id,
            way,
            claim: self.claim_id,
            claim_number: self.number,
            against: self.against,
            against_reference: self.against_reference,
            amount: self.amount,
            note: self.note,
            settled_on: self.settled_on,
            entry: self.entry_id,
            undone_on: self.undone_on,
            undone_why: self.undone_why,
        })
    }
}

/// What is read of a settlement `s`; `source` is the parameter with [`SETTLEMENT_SOURCE`].
pub(super) fn columns(source: &str) -> String {
    format!(
        "s.id, s.way, s.claim_id, s.amount, s.note, s.settled_on, s.undone_on, s.undone_why,
            (select e.id from entries e where e.organization_id = $1 and e.source_kind = {source}
                and e.source_id in (s.id, s.counter_id)) as entry_id,
            (select o.provider_adjustment_id from provider_adjustment_settlements o
                where o.organization_id = $1 and o.id = s.counter_id) as against,
            (select pa.reference from provider_adjustment_settlements o
                join provider_adjustments pa on pa.organization_id = $1 and pa.id = o.provider_adjustment_id
                where o.organization_id = $1 and o.id = s.counter_id) as against_reference,
            {number} as number",
        number = newest_number_sql("s.claim_id"),
    )
}

pub(super) async fn one(tx: &mut Tx, id: SettlementId) -> Result<Settlement> {
    let found: Option<Row> = sql_query(format!(
        "select {} from provider_adjustment_settlements s where s.organization_id = $1 and s.id = $2",
        columns("$3")
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Text, _>(SETTLEMENT_SOURCE.as_str())
    .get_result(tx.conn())
    .await
    .optional()?;
    let found = found.ok_or_else(|| {
        let what = format!("{id} is no settlement of this practice");
        refusal("provider-adjustments/no-settlement", Status::NotFound, what, "Look at the item")
    })?;
    found.read()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_and_a_receivable_settle_what_they_have_in_common() {
        let most = |balance, owed| limit(Money::from_cents(balance), Money::from_cents(owed));
        // It will take 80.00, and owes 150.00 again: 80.00. It took 80.00, and paid 50.00 too much: 50.00.
        assert_eq!(most(8_000, 15_000), Money::from_cents(8_000));
        assert_eq!(most(-8_000, -5_000), Money::from_cents(5_000));
        // It took 80.00, and owes for the visit: nothing to set off.
        assert_eq!(most(-8_000, 5_000), Money::ZERO);
        assert_eq!(most(8_000, -5_000), Money::ZERO);
        assert_eq!(most(8_000, 0), Money::ZERO);
    }
}
