//! The pool, and the transaction: tenant set, audit demanded.

use std::time::Duration;

use anyhow::Context;
use bb8::PooledConnection;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::pooled_connection::bb8::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, TransactionManager};
use tokio_postgres::NoTls;

use crate::db::schema::audit_events;
use crate::db::{Actor, roles};
use crate::types::{AuditEventId, FileId, Id, Refusal, Result, Status};

/// How long a server may take to answer a new connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a transaction waits for a connection of the pool.
const POOL_TIMEOUT: Duration = Duration::from_secs(30);

type Connection = PooledConnection<'static, AsyncDieselConnectionManager<AsyncPgConnection>>;

/// A pool of connections as the service's role. Cloning shares it.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
}

/// One transaction of one actor: sees and writes that practice's rows only.
pub struct Tx {
    conn: Connection,
    actor: Actor,
    audited: bool,
}

/// One transaction of no practice: sees only tables without row level security.
pub struct SystemTx {
    conn: Connection,
}

impl Db {
    /// Connects as the service's role, and checks that the role may not do more than it should.
    ///
    /// Refused when the server cannot be reached (`database/unreachable`) or the role owns tables,
    /// is a superuser or bypasses row level security (`database/wrong-role`).
    pub async fn connect(url: &str, connections_max: u32) -> Result<Db> {
        let mut first = establish(url).await?;
        roles::check(&mut first).await?;
        let mut config = ManagerConfig::default();
        // A connection that closed is seen without asking the server before each transaction.
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup =
            Box::new(|url| Box::pin(async move { open(url).await.map_err(ConnectionError::BadConnection) }));
        let pool = Pool::builder()
            .max_size(connections_max)
            .connection_timeout(POOL_TIMEOUT)
            .build(AsyncDieselConnectionManager::new_with_config(url, config))
            .await
            .context("cannot make the connection pool")?;
        Ok(Db { pool })
    }

    /// Runs `verb` as one transaction of `actor`: all of it happens, or nothing.
    ///
    /// Fails, and leaves nothing, when the verb fails, or wrote and audited nothing.
    pub async fn transaction<R>(
        &self,
        actor: &Actor,
        verb: impl AsyncFnOnce(&mut Tx) -> Result<R>,
    ) -> Result<R> {
        let mut tx = Tx { conn: self.connection().await?, actor: actor.clone(), audited: false };
        // One round trip. An id's text is hexadecimal digits and hyphens: nothing to escape.
        let begin = format!(
            "begin; select set_config('app.organization', '{}', true)",
            actor.organization.uuid().hyphenated()
        );
        AnsiTransactionManager::begin_transaction_sql(&mut *tx.conn, &begin).await?;
        let outcome = match verb(&mut tx).await {
            Ok(value) => tx.demand_audit().await.map(|()| value),
            fault => fault,
        };
        finish(&mut tx.conn, outcome).await
    }

    /// Runs `verb` as one transaction of no practice, for what spans practices: listing them,
    /// claiming jobs.
    pub async fn system<R>(&self, verb: impl AsyncFnOnce(&mut SystemTx) -> Result<R>) -> Result<R> {
        let mut tx = SystemTx { conn: self.connection().await? };
        AnsiTransactionManager::begin_transaction_sql(&mut *tx.conn, "begin").await?;
        let outcome = match verb(&mut tx).await {
            // As for a Tx: an error swallowed by the verb must not look like success.
            Ok(value) => wrote(&mut tx.conn).await.map(|_| value),
            fault => fault,
        };
        finish(&mut tx.conn, outcome).await
    }

    async fn connection(&self) -> Result<Connection> {
        self.pool.get_owned().await.map_err(|fault| {
            tracing::error!(%fault, "no database connection");
            unreachable("no connection to the database could be had in time").into()
        })
    }
}

/// Commits a success, rolls a failure back. A connection on which that fails is not used again.
async fn finish<R>(conn: &mut Connection, outcome: Result<R>) -> Result<R> {
    match outcome {
        Ok(value) => {
            AnsiTransactionManager::commit_transaction(&mut **conn).await?;
            Ok(value)
        }
        Err(fault) => {
            if let Err(second) = AnsiTransactionManager::rollback_transaction(&mut **conn).await {
                tracing::warn!(%second, "rollback failed; the connection is dropped");
            }
            Err(fault)
        }
    }
}

impl Tx {
    /// The connection, for a store's queries.
    pub fn conn(&mut self) -> &mut AsyncPgConnection {
        &mut self.conn
    }

    /// Who acts, and for which practice.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Records what this transaction did: `action` is `feature/verb`, `subject` the thing it was
    /// done to, `source` the document it came from, if any. `detail` is a JSON object of counts,
    /// amounts and ids, never patient data.
    ///
    /// A bulk verb leaves one event, not one a row.
    pub async fn audit(
        &mut self,
        action: &'static str,
        subject: impl Id,
        source: Option<FileId>,
        detail: serde_json::Value,
    ) -> Result<()> {
        diesel::insert_into(audit_events::table)
            .values((
                audit_events::organization_id.eq(self.actor.organization),
                audit_events::id.eq(AuditEventId::new()),
                audit_events::actor.eq(self.actor.who.to_string()),
                audit_events::action.eq(action),
                audit_events::subject_kind.eq(subject.prefix()),
                audit_events::subject_id.eq(subject.uuid()),
                audit_events::source_file_id.eq(source),
                audit_events::detail.eq(detail),
            ))
            .execute(self.conn())
            .await?;
        self.audited = true;
        Ok(())
    }

    /// Runs `part` so that its failure undoes only what it did itself.
    pub async fn savepoint<R>(&mut self, part: impl AsyncFnOnce(&mut Tx) -> Result<R>) -> Result<R> {
        let audited = self.audited;
        AnsiTransactionManager::begin_transaction(&mut *self.conn).await?;
        let outcome = part(self).await;
        if outcome.is_err() {
            self.audited = audited;
        }
        finish(&mut self.conn, outcome).await
    }

    /// A transaction has an id as soon as it wrote or locked anything, and not before. Asked even
    /// when audited: after an error that the verb swallowed the question fails, where a commit
    /// would quietly roll back and look like success.
    async fn demand_audit(&mut self) -> Result<()> {
        if wrote(&mut self.conn).await? && !self.audited {
            return Err(anyhow::anyhow!("{} wrote and left no audit event", self.actor.who).into());
        }
        Ok(())
    }
}

async fn wrote(conn: &mut Connection) -> Result<bool> {
    let wrote = diesel::dsl::sql::<Bool>("pg_current_xact_id_if_assigned() is not null");
    Ok(diesel::select(wrote).get_result(conn).await?)
}

impl SystemTx {
    /// The connection, for queries on tables without row level security.
    pub fn conn(&mut self) -> &mut AsyncPgConnection {
        &mut self.conn
    }
}

/// One connection, outside any pool.
pub(crate) async fn establish(url: &str) -> Result<AsyncPgConnection> {
    open(url).await.map_err(|fault| unreachable(&fault).into())
}

/// Connects; why not, on one line. Diesel's own way loses the cause and waits without end.
async fn open(url: &str) -> std::result::Result<AsyncPgConnection, String> {
    let mut config: tokio_postgres::Config = url.parse().map_err(one_line)?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_application_name().is_none() {
        config.application_name("firstpass");
    }
    let (client, connection) = config.connect(NoTls).await.map_err(one_line)?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await.map_err(one_line)
}

fn unreachable(why: &str) -> Refusal {
    Refusal::new(
        "database/unreachable",
        Status::Unavailable,
        format!("the database does not answer: {why}"),
        "Check that the server runs and that DATABASE_URL names it",
    )
}

/// The fault and its causes.
fn one_line(fault: impl Into<anyhow::Error>) -> String {
    format!("{:#}", fault.into()).split_whitespace().collect::<Vec<_>>().join(" ")
}
