//! `/api/v1/ledger`: balances on any day, and the proofs.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::web::{Json, Query};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::journey;
use crate::ledger::{self, AccountBalance, AsOf, Proof};
use crate::web::{self, App, Caller, Problems, Result};

/// The balance of every account, today or on another day.
#[utoipa::path(get, path = "/api/v1/ledger/balances", tag = "ledger", params(LedgerQuery),
    responses((status = 200, body = BalancesView), Problems))]
pub async fn balances(app: App, caller: Caller, query: Query<LedgerQuery>) -> Result<Json<BalancesView>> {
    let as_of = query.as_of()?;
    let accounts = app.db.snapshot(&caller.actor, async |tx| ledger::balances(tx, as_of).await).await?;
    Ok(Json(BalancesView { as_of: as_of.effective_on, accounts }))
}

/// Everything that must hold of the practice's books, checked now.
#[utoipa::path(get, path = "/api/v1/ledger/proofs", tag = "ledger", params(LedgerQuery),
    responses((status = 200, body = ProofsView), Problems))]
pub async fn proofs(app: App, caller: Caller, query: Query<LedgerQuery>) -> Result<Json<ProofsView>> {
    let as_of = query.as_of()?;
    let proofs = app.db.snapshot(&caller.actor, async |tx| journey::proofs(tx, as_of).await).await?;
    let hold = proofs.iter().all(|proof| proof.holds);
    Ok(Json(ProofsView { as_of: as_of.effective_on, hold, proofs }))
}

/// Which entries count.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LedgerQuery {
    /// The last business day that counts; every one when not said.
    #[param(value_type = Option<NaiveDate>)]
    pub as_of: Option<String>,
}

impl LedgerQuery {
    fn as_of(&self) -> Result<AsOf> {
        Ok(web::field("as_of", self.as_of.as_deref())?.map_or(AsOf::NOW, AsOf::day))
    }
}

/// Balances of the chart of accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalancesView {
    /// The last business day that counts; every one when not said.
    pub as_of: Option<NaiveDate>,
    /// Every account, those without movements included, in the order of the chart.
    pub accounts: Vec<AccountBalance>,
}

/// Proofs of the practice's books.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProofsView {
    /// The last business day that counts for balances; every one when not said.
    pub as_of: Option<NaiveDate>,
    /// Whether all of them hold.
    pub hold: bool,
    /// Each proof with the numbers that it compared.
    pub proofs: Vec<Proof>,
}
