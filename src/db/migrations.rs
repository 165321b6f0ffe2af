//! The schema's history, compiled in. Only the owner runs it.

use anyhow::{Context, anyhow};
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::db::Db;
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

/// The versions that this program knows and the database has not. Needs no owner.
pub async fn missing(db: &Db) -> Result<Vec<String>> {
    let known: Vec<Box<dyn Migration<Pg>>> =
        MIGRATIONS.migrations().map_err(|fault| anyhow!("cannot read the migrations: {fault}"))?;
    let run: Vec<String> = db
        .system(async |tx| {
            // Before the first migration the table is not there; before its grant, not ours.
            let readable = sql::<Bool>(
                "coalesce(has_table_privilege(to_regclass('public.__diesel_schema_migrations'), 'select'), false)",
            );
            if !diesel::select(readable).get_result::<bool>(tx.conn()).await? {
                return Ok(Vec::new());
            }
            Ok(sql_query("select version::text as version from __diesel_schema_migrations")
                .load::<Version>(tx.conn())
                .await?
                .into_iter()
                .map(|row| row.version)
                .collect())
        })
        .await?;
    let versions = known.iter().map(|migration| migration.name().version().to_string());
    Ok(versions.filter(|version| !run.contains(version)).collect())
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
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
