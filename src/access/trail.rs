//! The audit trail as an administrator reads it: newest first. Its events hold counts, amounts and
//! ids, never patient data (45 CFR 164.312(b) asks for the record; who reads it need not see patients).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::db::schema::{api_keys, audit_events as a, users};
use crate::types::{ApiKeyId, AuditEventId, Result, UserId, typeid};

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id.
    pub id: AuditEventId,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// Who did it: `usr_...`, `key_...` or `system:` and a job's name.
    pub actor: String,
    /// How the person or key is called; a job by its name.
    pub name: String,
    /// What was done: `remits/post`.
    pub action: String,
    /// To what: `rem_...`.
    pub subject: String,
    /// Counts, amounts and ids.
    pub detail: serde_json::Value,
}

type Row = (AuditEventId, DateTime<Utc>, String, String, String, uuid::Uuid, serde_json::Value);

/// The next events, newest first: those before `after`, of one action or actor where one is named.
pub async fn list(
    tx: &mut Tx,
    action: Option<&str>,
    actor: Option<&str>,
    after: Option<AuditEventId>,
    limit: i64,
) -> Result<Vec<Event>> {
    let mut query = a::table
        .filter(a::organization_id.eq(tx.actor().organization))
        .order(a::id.desc())
        .limit(limit)
        .select((a::id, a::occurred_at, a::actor, a::action, a::subject_kind, a::subject_id, a::detail))
        .into_boxed();
    if let Some(action) = action {
        query = query.filter(a::action.eq(action.to_owned()));
    }
    if let Some(actor) = actor {
        query = query.filter(a::actor.eq(actor.to_owned()));
    }
    if let Some(after) = after {
        query = query.filter(a::id.lt(after));
    }
    let rows: Vec<Row> = query.load(tx.conn()).await?;
    let actors: Vec<&str> = rows.iter().map(|row| row.2.as_str()).collect();
    let names = names(tx, &actors).await?;
    Ok(rows
        .into_iter()
        .map(|(id, occurred_at, actor, action, kind, subject, detail)| Event {
            id,
            occurred_at,
            name: names.get(&actor).unwrap_or(&actor).clone(),
            actor,
            action,
            subject: typeid(&kind, subject),
            detail,
        })
        .collect())
}

/// How these people and keys are called; a job goes by its own name and is left out.
pub async fn names(tx: &mut Tx, actors: &[&str]) -> Result<HashMap<String, String>> {
    let people: Vec<UserId> = actors.iter().filter_map(|actor| actor.parse().ok()).collect();
    let programs: Vec<ApiKeyId> = actors.iter().filter_map(|actor| actor.parse().ok()).collect();
    let mut names: HashMap<String, String> = HashMap::new();
    let found: Vec<(UserId, String)> = users::table
        .filter(users::id.eq_any(&people))
        .select((users::id, users::name))
        .load(tx.conn())
        .await?;
    names.extend(found.into_iter().map(|(id, name)| (id.to_string(), name)));
    let found: Vec<(ApiKeyId, String)> = api_keys::table
        .filter(api_keys::id.eq_any(&programs))
        .select((api_keys::id, api_keys::name))
        .load(tx.conn())
        .await?;
    names.extend(found.into_iter().map(|(id, name)| (id.to_string(), name)));
    Ok(names)
}
