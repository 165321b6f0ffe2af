//! Forms that people are filling in, kept as they type: a visit, an EOB that came on paper. A draft is its
//! person's own, and gone once what it says is done.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use crate::db::schema::drafts as table;
use crate::db::{Tx, Who};
use crate::types::{DraftId, Refusal, Result, Status, UserId};

/// What is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A visit with its charges.
    Visit,
    /// An explanation of benefits that came on paper.
    Eob,
}

impl Form {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Form::Visit => "visit",
            Form::Eob => "eob",
        }
    }
}

/// A form that somebody is filling in.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// It.
    pub id: DraftId,
    /// The fields of the form, as they were typed.
    pub content: Value,
    /// When it was last saved.
    pub saved_at: DateTime<Utc>,
}

/// Keeps a draft of the person who acts. Leaves an audit event `drafts/save`.
///
/// # Errors
/// `drafts/no-person` for a program; `drafts/not-found` when it is somebody else's, or of another form.
pub async fn save(tx: &mut Tx, now: DateTime<Utc>, form: Form, id: DraftId, content: Value) -> Result<()> {
    let (organization, user) = (tx.actor().organization, person(tx)?);
    let known: Option<(UserId, String)> = table::table
        .find((organization, id))
        .select((table::user_id, table::kind))
        .first(tx.conn())
        .await
        .optional()?;
    if known.is_some_and(|(owner, kind)| owner != user || kind != form.as_str()) {
        return Err(no_draft(id).into());
    }
    diesel::insert_into(table::table)
        .values((
            table::organization_id.eq(organization),
            table::id.eq(id),
            table::user_id.eq(user),
            table::kind.eq(form.as_str()),
            table::content.eq(&content),
            table::saved_at.eq(now),
        ))
        .on_conflict((table::organization_id, table::id))
        .do_update()
        .set((table::content.eq(&content), table::saved_at.eq(now)))
        .execute(tx.conn())
        .await?;
    tx.audit("drafts/save", id, None, json!({})).await
}

/// A draft of the person who acts.
///
/// # Errors
/// `drafts/not-found`; `drafts/no-person`.
pub async fn get(tx: &mut Tx, form: Form, id: DraftId) -> Result<Draft> {
    let user = person(tx)?;
    let row: Option<(Value, DateTime<Utc>)> = table::table
        .find((tx.actor().organization, id))
        .filter(table::user_id.eq(user).and(table::kind.eq(form.as_str())))
        .select((table::content, table::saved_at))
        .first(tx.conn())
        .await
        .optional()?;
    let (content, saved_at) = row.ok_or_else(|| no_draft(id))?;
    Ok(Draft { id, content, saved_at })
}

/// The drafts of the person who acts, the last saved first, 50 at most; a program has none.
pub async fn list(tx: &mut Tx, form: Form) -> Result<Vec<Draft>> {
    let Ok(user) = person(tx) else { return Ok(vec![]) };
    let rows: Vec<(DraftId, Value, DateTime<Utc>)> = table::table
        .filter(table::organization_id.eq(tx.actor().organization).and(table::user_id.eq(user)))
        .filter(table::kind.eq(form.as_str()))
        .order(table::saved_at.desc())
        .limit(50)
        .select((table::id, table::content, table::saved_at))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|(id, content, saved_at)| Draft { id, content, saved_at }).collect())
}

/// Drops a draft of the person who acts: what it says is done, or not wanted. Whether there was one.
/// Leaves an audit event `drafts/drop`.
pub async fn discard(tx: &mut Tx, id: DraftId) -> Result<bool> {
    let Ok(user) = person(tx) else { return Ok(false) };
    let mine = table::table.find((tx.actor().organization, id)).filter(table::user_id.eq(user));
    let dropped = diesel::delete(mine).execute(tx.conn()).await? == 1;
    if dropped {
        tx.audit("drafts/drop", id, None, json!({})).await?;
    }
    Ok(dropped)
}

fn person(tx: &Tx) -> Result<UserId> {
    match tx.actor().who {
        Who::User(user) => Ok(user),
        Who::ApiKey(_) | Who::System(_) => Err(Refusal::new(
            "drafts/no-person",
            Status::Forbidden,
            "drafts are kept for people",
            "Sign in, or send it whole to the API",
        )
        .into()),
    }
}

fn no_draft(id: DraftId) -> Refusal {
    Refusal::new("drafts/not-found", Status::NotFound, format!("you have no draft {id}"), "Begin a new one")
}
