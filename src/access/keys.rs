//! API keys: what a practice's own programs present.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::access::sessions::TOUCH_EVERY;
use crate::access::{Known, Role, Token, tokens};
use crate::db::schema::{api_keys, organizations};
use crate::db::{Actor, Db, Tx, Who};
use crate::types::{ApiKeyId, OrganizationId, Refusal, Result, Status};

/// What every key begins with.
const PREFIX: &str = "fpk_";

/// How much of a key is stored as it is: the prefix and eight digits.
const SHOWN: usize = 12;

/// Makes a key for the transaction's practice. The token is shown now and never again. Refused
/// (`access/invalid`) when the name is none.
pub async fn create(tx: &mut Tx, name: &str, role: Role) -> Result<(ApiKeyId, Token)> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        let what = "the key's name has 1 to 100 characters";
        return Err(Refusal::new("access/invalid", Status::Invalid, what, "Name what uses the key").into());
    }
    let (id, token) = (ApiKeyId::new(), Token::new(PREFIX)?);
    diesel::insert_into(api_keys::table)
        .values((
            api_keys::id.eq(id),
            api_keys::organization_id.eq(tx.actor().organization),
            api_keys::name.eq(name),
            api_keys::prefix.eq(&token.expose()[..SHOWN]),
            api_keys::key_sha256.eq(tokens::hash(token.expose())),
            api_keys::role.eq(role.as_str()),
        ))
        .execute(tx.conn())
        .await?;
    tx.audit("access/create-key", id, None, serde_json::json!({ "role": role })).await?;
    Ok((id, token))
}

/// A key as the administrators of its practice see it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Listed {
    /// Its id.
    pub id: ApiKeyId,
    /// What uses it.
    pub name: String,
    /// How it begins.
    pub prefix: String,
    /// As what it acts.
    pub role: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was presented last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Since when it opens nothing.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The practice's keys: those in use first, then by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Listed>> {
    let keys = api_keys::table
        .filter(api_keys::organization_id.eq(tx.actor().organization))
        .order((api_keys::revoked_at.is_not_null(), api_keys::name, api_keys::id))
        .select((
            api_keys::id,
            api_keys::name,
            api_keys::prefix,
            api_keys::role,
            api_keys::created_at,
            api_keys::last_used_at,
            api_keys::revoked_at,
        ));
    Ok(keys.load(tx.conn()).await?)
}

/// Ends a key of the transaction's practice. Refused (`access/key-not-found`) when there is none
/// that works.
pub async fn revoke(tx: &mut Tx, key: ApiKeyId, now: DateTime<Utc>) -> Result<()> {
    let of_practice = api_keys::organization_id.eq(tx.actor().organization);
    let revoked = diesel::update(api_keys::table.find(key))
        .filter(of_practice.and(api_keys::revoked_at.is_null()))
        .set(api_keys::revoked_at.eq(now))
        .execute(tx.conn())
        .await?;
    if revoked == 0 {
        let what = format!("no key {key} is in use");
        return Err(Refusal::new("access/key-not-found", Status::NotFound, what, "Check the id").into());
    }
    tx.audit("access/revoke-key", key, None, serde_json::json!({})).await
}

/// A key with its practice, and when it was presented last.
type Row = (ApiKeyId, OrganizationId, String, String, String, String, Option<DateTime<Utc>>);

/// Whose key it is; `None` when it is nobody's, or revoked.
pub async fn find(db: &Db, key: &str, now: DateTime<Utc>) -> Result<Option<Known>> {
    if !key.starts_with(PREFIX) {
        return Ok(None);
    }
    let found: Option<Row> = db
        .system(async |tx| {
            let found: Option<Row> = api_keys::table
                .inner_join(organizations::table.on(organizations::id.eq(api_keys::organization_id)))
                .filter(api_keys::key_sha256.eq(tokens::hash(key)).and(api_keys::revoked_at.is_null()))
                .select((
                    api_keys::id,
                    api_keys::organization_id,
                    api_keys::name,
                    api_keys::role,
                    organizations::name,
                    organizations::usage_indicator,
                    api_keys::last_used_at,
                ))
                .first(tx.conn())
                .await
                .optional()?;
            if let Some((id, .., used)) = &found
                && used.is_none_or(|used| now - used >= TOUCH_EVERY)
            {
                diesel::update(api_keys::table.find(id))
                    .set(api_keys::last_used_at.eq(now))
                    .execute(tx.conn())
                    .await?;
            }
            Ok(found)
        })
        .await?;
    let Some((id, organization, name, role, practice, usage, _)) = found else { return Ok(None) };
    Ok(Some(Known {
        actor: Actor { organization, who: Who::ApiKey(id) },
        role: role.parse().map_err(anyhow::Error::from)?,
        name,
        organization: practice,
        production: usage == "P",
        works_elsewhere: false,
        password_temporary: false,
        session: None,
    }))
}
