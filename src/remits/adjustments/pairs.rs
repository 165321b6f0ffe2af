//! Two open items of one payer that settle each other under different references.
//!
//! An item is what has one reference ([`super`]), and payers do not always keep to it: they announce under
//! the letter's number and take under the claim's, or answer a check of ours (72) without any. Then one
//! item says that money will be taken, another that it was taken unannounced, and both stay open. A person
//! sets them off against each other, in whole or in part, and says why. What an item may be set off against stands
//! beside it ([`Pair`]); all pairs of the practice are listed, too ([`all`]).
//!
//! Invariants: each side has a settlement of its own, with the opposite amount, so what one gives the other
//! takes; both are undone together. Where both lie in one account the ledger moves nothing, as their sum is
//! the same; a recoupment that is set off against a forwarding balance moves from one account to the other.

use chrono::{DateTime, Utc};
use diesel::sql_query;
use diesel::sql_types::{Date, Nullable, Numeric, Text, Uuid};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::db::Tx;
use crate::ledger::{self, About, AccountKind, EntryKind, NewEntry, Source};
use crate::registry::organizations;
use crate::remits::adjustments::settlements::{
    SETTLEMENT_SOURCE, Settlement, Way, limit, moves, on_file, one, refusal, said,
};
use crate::remits::adjustments::{Item, Kind, Standing, store};
use crate::types::{Money, Place, ProviderAdjustmentId, Refusal, Result, SettlementId, Status};

/// How many items a person chooses among.
const PAIRS: i64 = 20;

/// How many open items are looked at for pairs of any two of them: the largest.
const LOOKED_AT: i64 = 500;

/// How many pairs are listed.
const LISTED: usize = 100;

/// An open item that another may be set off against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProviderAdjustmentPair)]
pub struct Pair {
    /// The other item.
    pub item: ProviderAdjustmentId,
    /// What it is about.
    pub kind: Kind,
    /// PLB03-2 as the payer wrote it first.
    pub reference: Option<String>,
    /// Its balance, which has the opposite sign.
    pub balance: Money,
    /// At most so much of both, positive.
    pub limit: Money,
    /// Why it is offered, for a person.
    pub reason: String,
}

impl Pair {
    fn of(item: &Item, other: Item) -> Pair {
        let apart = other.last_on.signed_duration_since(item.last_on).num_days().abs();
        let days = match apart {
            0 => "the same day".to_owned(),
            1 => "a day apart".to_owned(),
            days => format!("{days} days apart"),
        };
        let most = limit(item.balance, -other.balance);
        let amount = if item.balance == -other.balance {
            "same amount".to_owned()
        } else {
            format!("{most} in common")
        };
        Pair {
            item: other.id,
            kind: other.kind,
            reason: format!("{amount}, {days}"),
            limit: most,
            reference: other.reference,
            balance: other.balance,
        }
    }
}

/// Two open items of one payer that may be set off against each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProviderAdjustmentPairOfItems)]
pub struct PairOfItems {
    /// What will be taken. It is settled with the way `item` and the other one's id, by
    /// `POST /api/v1/provider-adjustments/{id}/settlements`.
    pub item: Item,
    /// What was taken unannounced.
    pub pair: Pair,
}

/// The pairs that there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProviderAdjustmentPairs)]
pub struct Pairs {
    /// How many items are open.
    pub open: i64,
    /// How many of them were looked at: the largest.
    pub looked_at: i64,
    /// The likeliest pairs: the same amount first, then the nearest last day, then those of the same account.
    pub pairs: Vec<PairOfItems>,
    /// There are more pairs than are listed.
    pub more: bool,
}

/// Every pair of open items of one payer with opposite signs, ranked as beside an item: of the largest items, and at
/// most a hundred. An item stands in each pair that it may be a part of.
pub async fn all(tx: &mut Tx) -> Result<Pairs> {
    let (open, _, _) = store::totals(tx).await?;
    let mut found = store::all_opposite(tx, LOOKED_AT, LISTED + 1).await?;
    let more = found.len() > LISTED;
    found.truncate(LISTED);
    let pairs = found.into_iter().map(|(item, other)| PairOfItems { pair: Pair::of(&item, other), item });
    Ok(Pairs { open, looked_at: open.min(LOOKED_AT), pairs: pairs.collect(), more })
}

/// The accounts that setting off items of two kinds moves between, when it moves anything: the debit and the
/// credit, seen from an item with this balance.
#[must_use]
pub fn accounts(kind: Kind, balance: Money, other: Kind) -> Option<(AccountKind, AccountKind)> {
    let (own, against) = (kind.account(), other.account());
    match own == against {
        true => None,
        false if balance.is_negative() => Some((against, own)),
        false => Some((own, against)),
    }
}

/// The open items that an item may be set off against: those of its payer with the opposite sign, the same
/// amount first, then the nearest last day, then those of the same account.
pub(super) async fn suggestions(tx: &mut Tx, item: &Item) -> Result<Vec<Pair>> {
    if item.state == Standing::Closed {
        return Ok(vec![]);
    }
    let others = store::opposite(tx, item, PAIRS).await?;
    Ok(others.into_iter().map(|other| Pair::of(item, other)).collect())
}

fn wrong_item(what: String, next: &'static str) -> Refusal {
    refusal("provider-adjustments/item", Status::Invalid, what, next)
        .at(Place { field: Some("/item".into()), ..Place::default() })
}

/// Sets two open items off against each other, called by [`super::settle`], which says the errors.
pub(super) async fn set_off(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: ProviderAdjustmentId,
    other: ProviderAdjustmentId,
    amount: Option<Money>,
    note: Option<&str>,
) -> Result<Settlement> {
    let today = organizations::today(tx, now).await?;
    let why = said(note.unwrap_or_default())?;
    let (item, other) = (store::get(tx, id).await?.item, store::get(tx, other).await?.item);
    for item in [&item, &other] {
        if item.state == Standing::Closed {
            let what = format!("{} is not open", item.id);
            let next = "Nothing is to be done";
            return Err(refusal("provider-adjustments/closed", Status::Conflict, what, next).into());
        }
    }
    let payer = on_file(&item)?;
    if other.payer != Some(payer) {
        let what = format!("{} is another payer's than {}", other.id, item.id);
        return Err(wrong_item(what, "Choose an open item of the same payer").into());
    }
    let most = limit(item.balance, -other.balance);
    if most.is_zero() {
        let what = format!("{} and {} both have the same sign", item.id, other.id);
        let next = "Choose one that will be taken and one that was taken unannounced";
        return Err(wrong_item(what, next).into());
    }
    let asked = amount.unwrap_or(most);
    if !asked.is_positive() || asked > most {
        let what = format!("{asked} cannot be set off: the two items have {most} in common");
        return Err(refusal("provider-adjustments/amount", Status::Invalid, what, "Choose a smaller amount")
            .at(Place { field: Some("/amount".into()), ..Place::default() })
            .into());
    }
    let (done, counter) = (SettlementId::new(), SettlementId::new());
    if accounts(item.kind, item.balance, other.kind).is_some() {
        let about = About { claim: None, payer: Some(payer), patient: None };
        let transfers = vec![moves(&item, other.kind.account(), asked, about)?];
        let source = Source::new(SETTLEMENT_SOURCE, done.uuid());
        ledger::post(tx, &NewEntry::new(EntryKind::Transfer, source, today, transfers)?).await?;
    }
    let signed = if item.balance.is_negative() { -asked } else { asked };
    // Both sides in one statement: each names the other.
    sql_query(
        "insert into provider_adjustment_settlements (organization_id, id, counter_id, provider_adjustment_id, way,
            payer_id, amount, note, settled_on, settled_by)
         values ($1, $2, $3, $4, $10, $6, $7, $8, $9, $11), ($1, $3, $2, $5, $10, $6, -$7, $8, $9, $11)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(done)
    .bind::<Uuid, _>(counter)
    .bind::<Uuid, _>(item.id)
    .bind::<Uuid, _>(other.id)
    .bind::<Uuid, _>(payer)
    .bind::<Numeric, _>(signed)
    .bind::<Nullable<Text>, _>(Some(&why))
    .bind::<Date, _>(today)
    .bind::<Text, _>(Way::Item.as_str())
    .bind::<Text, _>(tx.actor().who.to_string())
    .execute(tx.conn())
    .await?;
    let detail =
        json!({ "item": item.id, "way": Way::Item, "amount": signed, "against": other.id, "why": why });
    tx.audit("provider-adjustments/settle", done, None, detail).await?;
    one(tx, done).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(cents: i64, day: &str) -> Item {
        let (kind, balance, on) = (Kind::Recoupment, Money::from_cents(cents), day.parse().unwrap());
        Item {
            id: ProviderAdjustmentId::new(),
            payer: None,
            payer_name: "ACME HEALTH".into(),
            kind,
            reference: None,
            state: Standing::of(kind, balance),
            balance,
            settled: Money::ZERO,
            amounts: 1,
            since: on,
            last_on: on,
            claim: None,
            claim_number: None,
        }
    }

    #[test]
    fn a_pair_says_what_both_have_in_common_and_how_far_apart_they_are() {
        let announced = item(8_000, "2026-04-01");
        let told = |cents, day| {
            let pair = Pair::of(&announced, item(cents, day));
            (pair.limit.to_string(), pair.reason)
        };
        assert_eq!(told(-8_000, "2026-04-14"), ("80.00".into(), "same amount, 13 days apart".into()));
        assert_eq!(told(-3_000, "2026-04-01"), ("30.00".into(), "30.00 in common, the same day".into()));
        assert_eq!(told(-9_000, "2026-03-31"), ("80.00".into(), "80.00 in common, a day apart".into()));
    }

    #[test]
    fn only_items_of_two_accounts_move_the_ledger() {
        let (taken, announced) = (Money::from_cents(-4_000), Money::from_cents(4_000));
        assert_eq!(accounts(Kind::Recoupment, taken, Kind::Recoupment), None);
        // A forwarded balance of 40.00 is a credit on its account, what was taken a debit on the other's.
        let moved = Some((AccountKind::ForwardingBalances, AccountKind::PayerRecoupments));
        assert_eq!(accounts(Kind::ForwardingBalance, announced, Kind::Recoupment), moved);
        assert_eq!(accounts(Kind::Recoupment, taken, Kind::ForwardingBalance), moved);
    }
}
