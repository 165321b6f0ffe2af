//! Trials of rules on a long history, kept: what was asked of which claims, and what came out of it.
//!
//! What is asked, and the work itself, are [`crate::journey`]'s; here it is kept as a document. Neither
//! is ever changed: a trial that shall be made again is another one.

pub mod api;
pub mod pages;

use anyhow::Context;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::{Value, json};

use crate::db::Tx;
use crate::db::schema::{scrub_trial_results as results, scrub_trials as trials};
use crate::types::{Refusal, Result, RuleTrialId, Status};

/// A trial that somebody asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// It.
    pub id: RuleTrialId,
    /// What was asked.
    pub asked: Value,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// By whom.
    pub asked_by: String,
    /// What came out, and when; none while it is under way.
    pub result: Option<(Value, DateTime<Utc>)>,
}

/// Keeps what is asked. Leaves an audit event `rules/ask-trial`.
pub async fn ask(tx: &mut Tx, now: DateTime<Utc>, asked: &impl Serialize) -> Result<RuleTrialId> {
    let id = RuleTrialId::new();
    let asked = serde_json::to_value(asked).context("what is asked is plain data")?;
    diesel::insert_into(trials::table)
        .values((
            trials::organization_id.eq(tx.actor().organization),
            trials::id.eq(id),
            trials::asked.eq(&asked),
            trials::asked_at.eq(now),
            trials::asked_by.eq(tx.actor().who.to_string()),
        ))
        .execute(tx.conn())
        .await?;
    tx.audit("rules/ask-trial", id, None, asked).await?;
    Ok(id)
}

/// Keeps what came out; what came out before stays. Leaves an audit event `rules/end-trial`.
pub async fn end(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: RuleTrialId,
    result: &impl Serialize,
    claims: usize,
) -> Result<()> {
    keep(tx, now, id, result).await?;
    tx.audit("rules/end-trial", id, None, json!({ "claims": claims })).await
}

/// Keeps that it was cancelled, where nothing came out yet. Leaves an audit event `rules/cancel-trial`.
pub async fn cancel(tx: &mut Tx, now: DateTime<Utc>, id: RuleTrialId, result: &impl Serialize) -> Result<()> {
    keep(tx, now, id, result).await?;
    tx.audit("rules/cancel-trial", id, None, json!({})).await
}

async fn keep(tx: &mut Tx, now: DateTime<Utc>, id: RuleTrialId, result: &impl Serialize) -> Result<()> {
    let result = serde_json::to_value(result).context("a result is plain data")?;
    diesel::insert_into(results::table)
        .values((
            results::organization_id.eq(tx.actor().organization),
            results::trial_id.eq(id),
            results::result.eq(result),
            results::ended_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A trial. Another practice's is not found.
///
/// # Errors
/// `rules/no-trial`
pub async fn get(tx: &mut Tx, id: RuleTrialId) -> Result<Trial> {
    let found = newest(tx, Some(id), 1).await?.pop();
    found.ok_or_else(|| {
        let what = format!("there is no trial {id}");
        Refusal::new("rules/no-trial", Status::NotFound, what, "Look at the list of trials").into()
    })
}

/// The practice's trials, the newest first.
pub async fn list(tx: &mut Tx, limit: i64) -> Result<Vec<Trial>> {
    newest(tx, None, limit).await
}

async fn newest(tx: &mut Tx, only: Option<RuleTrialId>, limit: i64) -> Result<Vec<Trial>> {
    type Row = (RuleTrialId, Value, DateTime<Utc>, String, Option<Value>, Option<DateTime<Utc>>);
    let of_trial = results::organization_id.eq(trials::organization_id).and(results::trial_id.eq(trials::id));
    let mut query = trials::table
        .left_join(results::table.on(of_trial))
        .filter(trials::organization_id.eq(tx.actor().organization))
        .order(trials::id.desc())
        .limit(limit)
        .select((
            trials::id,
            trials::asked,
            trials::asked_at,
            trials::asked_by,
            results::result.nullable(),
            results::ended_at.nullable(),
        ))
        .into_boxed();
    if let Some(id) = only {
        query = query.filter(trials::id.eq(id));
    }
    let rows: Vec<Row> = query.load(tx.conn()).await?;
    let trial = |(id, asked, asked_at, asked_by, result, ended_at): Row| Trial {
        id,
        asked,
        asked_at,
        asked_by,
        result: result.zip(ended_at),
    };
    Ok(rows.into_iter().map(trial).collect())
}
