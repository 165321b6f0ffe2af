//! What remittances add up to: all of them by state, and what one moved in the ledger.

use std::collections::{BTreeMap, HashMap};

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Numeric, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::schema::{remit_movements as rm, standing_decisions as sd};
use crate::db::{Tx, kept};
use crate::ledger::{AccountKind, Transfer};
use crate::remits::receive::State;
use crate::types::{ClaimId, Money, RemittanceId, Result};

/// Remittances by state: how many, and what they pay.
pub async fn count_by_state(tx: &mut Tx) -> Result<Vec<(State, i64, Money)>> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = Text)]
        state: String,
        #[diesel(sql_type = BigInt)]
        remittances: i64,
        #[diesel(sql_type = Numeric)]
        paid: Money,
    }
    let rows: Vec<Count> = kept(
        "select state, count(*) as remittances, sum(paid) as paid from remittances
         where organization_id = $1 group by state",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((State::from_name(&row.state)?, row.remittances, row.paid))).collect()
}

/// What a remittance moved on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The account.
    pub account: AccountKind,
    /// What was debited.
    pub debits: Money,
    /// What was credited.
    pub credits: Money,
}

/// What transfers move, by account: what a set posts is gathered in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Movements(BTreeMap<AccountKind, (Money, Money)>);

impl Movements {
    pub(super) fn add(&mut self, transfers: &[Transfer]) {
        for transfer in transfers {
            self.0.entry(transfer.debit()).or_default().0 += transfer.amount();
            self.0.entry(transfer.credit()).or_default().1 += transfer.amount();
        }
    }

    /// Debits less credits, so they sum to zero.
    pub(super) fn net(&self) -> BTreeMap<AccountKind, Money> {
        self.0.iter().map(|(account, (debits, credits))| (*account, *debits - *credits)).collect()
    }

    pub(super) fn all(&self) -> Vec<Movement> {
        let one = |(account, (debits, credits)): (&AccountKind, &(Money, Money))| Movement {
            account: *account,
            debits: *debits,
            credits: *credits,
        };
        self.0.iter().map(one).collect()
    }
}

/// What the entries of a remittance moved, in the order of the chart. One query.
pub async fn movements(tx: &mut Tx, id: RemittanceId) -> Result<Vec<Movement>> {
    let rows: Vec<(i16, Money, Money)> = rm::table
        .filter(rm::organization_id.eq(tx.actor().organization).and(rm::remittance_id.eq(id)))
        .order(rm::account)
        .select((rm::account, rm::debits, rm::credits))
        .load(tx.conn())
        .await?;
    rows.into_iter()
        .map(|(account, debits, credits)| {
            let account =
                AccountKind::from_number(account).ok_or_else(|| anyhow::anyhow!("no account {account}"))?;
            Ok(Movement { account, debits, credits })
        })
        .collect()
}

/// What payers paid on these claims by decisions that stand; a claim without one is left out. One query.
pub async fn paid_on(tx: &mut Tx, claims: &[ClaimId]) -> Result<HashMap<ClaimId, Money>> {
    let rows: Vec<(Option<ClaimId>, Money)> = sd::table
        .filter(sd::organization_id.eq(tx.actor().organization).and(sd::claim_id.eq_any(claims)))
        .select((sd::claim_id, sd::paid))
        .load(tx.conn())
        .await?;
    let mut paid = HashMap::new();
    for (claim, amount) in rows {
        if let Some(claim) = claim {
            *paid.entry(claim).or_default() += amount;
        }
    }
    Ok(paid)
}
