//! Passwords: Argon2id, off the request threads.

use std::sync::LazyLock;

use anyhow::Context;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::types::Result;

/// How many are hashed at once: each takes 19 MiB, so a flood of logins waits instead of filling
/// the memory.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// Nobody's: so that an unknown email takes as long as a wrong password.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| compute("nobody").ok());

/// The PHC string of a password.
pub(super) async fn hash(password: String) -> Result<String> {
    blocking(move || compute(&password)).await?
}

/// Whether it is the password; for nobody's hash never, and as slowly.
pub(super) async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    blocking(move || {
        let known = hash.is_some();
        let Some(hash) = hash.or_else(|| NOBODY.clone()) else { return Ok(false) };
        let parsed =
            PasswordHash::new(&hash).map_err(|fault| anyhow::anyhow!("a stored password hash: {fault}"))?;
        let same = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
        Ok(known && same)
    })
    .await?
}

fn compute(password: &str) -> Result<String> {
    let hash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|fault| anyhow::anyhow!("a password cannot be hashed: {fault}"))?;
    Ok(hash.to_string())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _one = AT_ONCE.acquire().await.context("the semaphore is never closed")?;
    Ok(tokio::task::spawn_blocking(work).await.context("hashing ended early")?)
}
