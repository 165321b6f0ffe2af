//! Visits that people are entering, kept as they type.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use crate::db::schema::charge_drafts as table;
use crate::db::{Tx, Who};
use crate::types::{ChargeDraftId, Refusal, Result, Status, UserId};

/// A visit that somebody is entering.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// It.
    pub id: ChargeDraftId,
    /// The fields of the form, as they were typed.
    pub content: Value,
    /// When it was last saved.
    pub saved_at: DateTime<Utc>,
}

/// Keeps a draft of the person who acts. Leaves an audit event `charges/save-draft`.
///
/// # Errors
/// `charges/no-person` for a program; `charges/no-draft` when it is somebody else's.
pub async fn save_draft(tx: &mut Tx, now: DateTime<Utc>, id: ChargeDraftId, content: Value) -> Result<()> {
    let (organization, user) = (tx.actor().organization, person(tx)?);
    let mine: Option<UserId> =
        table::table.find((organization, id)).select(table::user_id).first(tx.conn()).await.optional()?;
    if mine.is_some_and(|owner| owner != user) {
        return Err(no_draft(id).into());
    }
    diesel::insert_into(table::table)
        .values((
            table::organization_id.eq(organization),
            table::id.eq(id),
            table::user_id.eq(user),
            table::content.eq(&content),
            table::saved_at.eq(now),
        ))
        .on_conflict((table::organization_id, table::id))
        .do_update()
        .set((table::content.eq(&content), table::saved_at.eq(now)))
        .execute(tx.conn())
        .await?;
    tx.audit("charges/save-draft", id, None, json!({})).await
}

/// A draft of the person who acts.
///
/// # Errors
/// `charges/no-draft`; `charges/no-person`.
pub async fn draft(tx: &mut Tx, id: ChargeDraftId) -> Result<Draft> {
    let user = person(tx)?;
    let row: Option<(Value, DateTime<Utc>)> = table::table
        .find((tx.actor().organization, id))
        .filter(table::user_id.eq(user))
        .select((table::content, table::saved_at))
        .first(tx.conn())
        .await
        .optional()?;
    let (content, saved_at) = row.ok_or_else(|| no_draft(id))?;
    Ok(Draft { id, content, saved_at })
}

/// The drafts of the person who acts, the last saved first; a program has none.
pub async fn drafts(tx: &mut Tx) -> Result<Vec<Draft>> {
    let Ok(user) = person(tx) else { return Ok(vec![]) };
    let rows: Vec<(ChargeDraftId, Value, DateTime<Utc>)> = table::table
        .filter(table::organization_id.eq(tx.actor().organization).and(table::user_id.eq(user)))
        .order(table::saved_at.desc())
        .limit(50)
        .select((table::id, table::content, table::saved_at))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|(id, content, saved_at)| Draft { id, content, saved_at }).collect())
}

/// Drops a draft of the person who acts: its visit is charged, or not wanted. Whether there was one.
/// Leaves an audit event `charges/drop-draft`.
pub async fn drop_draft(tx: &mut Tx, id: ChargeDraftId) -> Result<bool> {
    let Ok(user) = person(tx) else { return Ok(false) };
    let mine = table::table.find((tx.actor().organization, id)).filter(table::user_id.eq(user));
    let dropped = diesel::delete(mine).execute(tx.conn()).await? == 1;
    if dropped {
        tx.audit("charges/drop-draft", id, None, json!({})).await?;
    }
    Ok(dropped)
}

fn person(tx: &Tx) -> Result<UserId> {
    match tx.actor().who {
        Who::User(user) => Ok(user),
        Who::ApiKey(_) | Who::System(_) => Err(Refusal::new(
            "charges/no-person",
            Status::Forbidden,
            "drafts are kept for people",
            "Sign in, or send whole visits to /api/v1/charges",
        )
        .into()),
    }
}

fn no_draft(id: ChargeDraftId) -> Refusal {
    Refusal::new("charges/no-draft", Status::NotFound, format!("you have no draft {id}"), "Begin a new visit")
}
