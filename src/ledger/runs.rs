//! Runs of the proofs, kept: when the books were proved, by whom, and what came of it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::db::Tx;
use crate::db::schema::{chain_links, proof_runs as r};
use crate::ledger::AsOf;
use crate::ledger::chain::ChainHead;
use crate::ledger::hash::Hash;
use crate::ledger::proofs::Proof;
use crate::types::{ProofRunId, Result};

/// What a practice's books were found to be at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    /// Up to when entries counted.
    pub as_of: AsOf,
    /// Each proof with its numbers.
    pub proofs: Vec<Proof>,
    /// The order-free hash of the business facts.
    pub digest: Hash,
    /// The newest link of the chain; none while nothing is posted.
    pub chain_head: Option<ChainHead>,
}

impl Books {
    /// Whether every proof holds.
    #[must_use]
    pub fn hold(&self) -> bool {
        self.proofs.iter().all(|proof| proof.holds)
    }
}

/// A proof as a run kept it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeptProof {
    /// Stable: `trial_balance`.
    pub name: String,
    /// Whether it held.
    pub holds: bool,
    /// The numbers that it compared, and what broke it.
    pub detail: String,
}

/// One run of the proofs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProofRun {
    /// Its id.
    pub id: ProofRunId,
    /// When the books were proved.
    pub ran_at: DateTime<Utc>,
    /// Who proved them, as the audit trail writes it.
    pub actor: String,
    /// The last day of the books that counted for balances; every one when not said.
    pub as_of: Option<NaiveDate>,
    /// Whether every proof held.
    pub holds: bool,
    /// Each proof.
    pub proofs: Vec<KeptProof>,
}

/// Keeps what a run found.
pub async fn keep_run(tx: &mut Tx, books: &Books, now: DateTime<Utc>) -> Result<ProofRunId> {
    let (id, organization, actor) = (ProofRunId::new(), tx.actor().organization, tx.actor().who.to_string());
    let proofs = serde_json::to_value(&books.proofs).map_err(anyhow::Error::from)?;
    diesel::insert_into(r::table)
        .values((
            r::organization_id.eq(organization),
            r::id.eq(id),
            r::ran_at.eq(now),
            r::actor.eq(actor),
            r::as_of.eq(books.as_of.booked_on),
            r::holds.eq(books.hold()),
            r::proofs.eq(proofs),
            r::digest.eq(books.digest.as_bytes().as_slice()),
            r::chain_head.eq(books.chain_head.map(|head| head.hash.as_bytes().to_vec())),
            r::chain_links.eq(books.chain_head.map_or(0, |head| head.number)),
        ))
        .execute(tx.conn())
        .await?;
    let broken: Vec<&str> =
        books.proofs.iter().filter(|proof| !proof.holds).map(|proof| proof.name).collect();
    tx.audit("ledger/prove", id, None, json!({ "proofs": books.proofs.len(), "broken": broken })).await?;
    Ok(id)
}

/// The newest run, if there was any.
pub async fn last_run(tx: &mut Tx) -> Result<Option<ProofRun>> {
    type Row = (ProofRunId, DateTime<Utc>, String, Option<NaiveDate>, bool, Value);
    let row: Option<Row> = r::table
        .filter(r::organization_id.eq(tx.actor().organization))
        .order(r::id.desc())
        .select((r::id, r::ran_at, r::actor, r::as_of, r::holds, r::proofs))
        .first(tx.conn())
        .await
        .optional()?;
    row.map(|(id, ran_at, actor, as_of, holds, proofs)| {
        let proofs = serde_json::from_value(proofs).map_err(anyhow::Error::from)?;
        Ok(ProofRun { id, ran_at, actor, as_of, holds, proofs })
    })
    .transpose()
}

/// What earlier runs saw at the head of the chain and is no longer there: the number of links that
/// they counted. Empty unless the past was rewritten.
pub(super) async fn heads_gone(tx: &mut Tx) -> Result<Vec<i64>> {
    let there = chain_links::table.filter(
        chain_links::organization_id
            .eq(r::organization_id)
            .and(chain_links::number.eq(r::chain_links))
            .and(chain_links::hash.nullable().eq(r::chain_head)),
    );
    Ok(r::table
        .filter(r::organization_id.eq(tx.actor().organization))
        .filter(r::chain_links.gt(0))
        .filter(diesel::dsl::not(diesel::dsl::exists(there)))
        .order(r::chain_links)
        .select(r::chain_links)
        .load(tx.conn())
        .await?)
}
