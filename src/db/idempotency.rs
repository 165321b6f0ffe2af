//! The same key with the same request gets the same answer, and nothing happens twice.
//!
//! The answer is stored in the verb's own transaction: either both are there, or neither. A verb
//! that fails stores nothing, so the request can be sent again.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::db::schema::idempotency_keys;
use crate::db::{Tx, kept};
use crate::types::{Refusal, Result, Status};

/// What a verb answered: an HTTP status (303 from a page's form) and a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// 200 to 399: a refusal is not stored.
    pub status: u16,
    /// The body, stored as JSON.
    pub body: T,
}

/// An answer, and whether it was given before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once<T> {
    /// The answer.
    pub answer: Answer<T>,
    /// Whether it is a stored one; then nothing happened now.
    pub replayed: bool,
}

/// What tells one request from another: a hash of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHash([u8; 32]);

impl RequestHash {
    /// Of all that makes the request what it is: method, path, body.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> RequestHash {
        let mut hash = Sha256::new();
        for part in parts {
            // With its length, so that moving a byte from one part to the next is another request.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        RequestHash(hash.finalize().into())
    }
}

/// A key that may be one.
///
/// # Errors
/// `idempotency/key`
pub fn checked(key: &str) -> Result<&str> {
    if key.is_empty() || key.len() > 200 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refusal::new(
            "idempotency/key",
            Status::Invalid,
            "an idempotency key is 1 to 200 visible ASCII characters without spaces",
            "Send a fresh UUID",
        )
        .into());
    }
    Ok(key)
}

/// The answer that was given under this key, if one was. Holds others with the same key back until
/// the transaction ends.
///
/// Refused as [`once`] is.
pub async fn given<T: DeserializeOwned>(
    tx: &mut Tx,
    key: &str,
    request: RequestHash,
) -> Result<Option<Once<T>>> {
    checked(key)?;
    let organization = tx.actor().organization;
    // A lock on the key, not on a row: there is no row yet, and a replay must write nothing.
    kept("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind::<Text, _>(format!("{organization} {key}"))
        .execute(tx.conn())
        .await?;
    let stored: Option<(Vec<u8>, i16, serde_json::Value)> = idempotency_keys::table
        .find((organization, key))
        .select((idempotency_keys::request_hash, idempotency_keys::status, idempotency_keys::response))
        .first(tx.conn())
        .await
        .optional()?;
    if let Some((hash, status, response)) = stored {
        if hash != request.0 {
            return Err(Refusal::new(
                "idempotency/other-request",
                Status::Conflict,
                "this idempotency key was used for another request",
                "Send a fresh key with a new request, and the same request with a used key",
            )
            .into());
        }
        let status = u16::try_from(status).map_err(anyhow::Error::from)?;
        let body = serde_json::from_value(response).map_err(anyhow::Error::from)?;
        return Ok(Some(Once { answer: Answer { status, body }, replayed: true }));
    }
    Ok(None)
}
/// Runs `verb`, unless the practice sent this key before: then its stored answer is returned.
///
/// Two requests with one key at once run one after the other. Refused when the key was used for
/// another request (`idempotency/other-request`) or is no key (`idempotency/key`).
pub async fn once<T: Serialize + DeserializeOwned>(
    tx: &mut Tx,
    key: &str,
    request: RequestHash,
    verb: impl AsyncFnOnce(&mut Tx) -> Result<Answer<T>>,
) -> Result<Once<T>> {
    if let Some(once) = given(tx, key, request).await? {
        return Ok(once);
    }
    let answer = verb(tx).await?;
    let status = i16::try_from(answer.status).map_err(anyhow::Error::from)?;
    diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::organization_id.eq(tx.actor().organization),
            idempotency_keys::key.eq(key),
            idempotency_keys::request_hash.eq(request.0.as_slice()),
            idempotency_keys::status.eq(status),
            idempotency_keys::response.eq(serde_json::to_value(&answer.body).map_err(anyhow::Error::from)?),
        ))
        .execute(tx.conn())
        .await?;
    Ok(Once { answer, replayed: false })
}
