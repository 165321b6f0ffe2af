//! The schema's history, compiled in. Only the owner runs it.

use anyhow::{Context, anyhow};
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationVersion;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::db::transaction::establish;
use crate::types::Result;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Brings the schema up to date; returns the versions that were run, oldest first. Any number of
/// processes may call it at once.
pub async fn run(owner_url: &str) -> Result<Vec<String>> {
    harness(owner_url, |conn| Ok(named(&conn.run_pending_migrations(MIGRATIONS)?))).await
}

/// Takes the whole schema back; returns the versions, newest first. For tests of the way down.
pub async fn revert_all(owner_url: &str) -> Result<Vec<String>> {
    harness(owner_url, |conn| Ok(named(&conn.revert_all_migrations(MIGRATIONS)?))).await
}

type Harness = AsyncConnectionWrapper<AsyncPgConnection>;

fn named(versions: &[MigrationVersion<'_>]) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

/// Diesel's migrations block, so they get a thread where blocking is allowed, under a lock that
/// ends with the connection.
async fn harness(
    owner_url: &str,
    run: impl FnOnce(&mut Harness) -> diesel::migration::Result<Vec<String>> + Send + 'static,
) -> Result<Vec<String>> {
    let conn = establish(owner_url).await?;
    let versions = tokio::task::spawn_blocking(move || {
        let mut conn = Harness::from(conn);
        conn.batch_execute("select pg_advisory_lock(hashtext('firstpass migrations'))")
            .context("cannot lock the migrations")?;
        run(&mut conn).map_err(|fault| anyhow!("cannot migrate: {fault}"))
    })
    .await
    .context("the migration thread ended early")??;
    Ok(versions)
}
