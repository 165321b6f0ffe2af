//! The pool, and the transaction: tenant set, audit demanded.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use bb8::PooledConnection;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;
use diesel::sql_types::Bool;
use diesel_async::pooled_connection::bb8::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, TransactionManager};
use tokio::time::sleep;
use tokio_postgres::NoTls;

use crate::db::schema::audit_events;
use crate::db::{Actor, kept, language, roles};
use crate::types::{AuditEventId, Error, FileId, Id, Refusal, Result, Status};

/// How long a server may take to answer a new connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a transaction waits for a connection of the pool.
const POOL_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a transaction is tried that the server ends for the sake of others.
pub const TRIES_MAX: u32 = 5;

/// How long a transaction waits before its second try, half as much more or less; before the third it is
/// twice as long, and so on. The other one has gone on since, and needs a while to end.
const TRY_AGAIN: Duration = Duration::from_millis(50);

/// Audit events of one statement.
const EVENTS_MAX: usize = 1_000;

type Connection = PooledConnection<'static, AsyncDieselConnectionManager<AsyncPgConnection>>;

/// A pool of connections as the service's role. Cloning shares it.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
    /// Whether the last connection that was asked for could not be had: said once, not each time.
    away: Arc<AtomicBool>,
    /// What the server says of a deadlock.
    deadlock: Arc<str>,
}

/// One transaction of one actor: sees and writes that practice's rows only.
pub struct Tx {
    conn: Connection,
    actor: Actor,
    audited: bool,
    /// By feature, what waits for the moment before commit.
    at_commit: BTreeMap<TypeId, Box<dyn Waiting>>,
}

/// What a feature gathers during a transaction and writes once, as the last thing before commit.
/// A savepoint that is undone undoes what was gathered in it.
pub trait AtCommit: Clone + Default + Send + Sync + 'static {
    /// Writes it. A failure undoes the transaction.
    fn at_commit(self, tx: &mut Tx) -> impl Future<Output = Result<()>> + Send;
}

/// [`AtCommit`] without its type, so that the transaction need not know the features.
trait Waiting: Send + Sync {
    fn write<'a>(self: Box<Self>, tx: &'a mut Tx) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;
    fn copy(&self) -> Box<dyn Waiting>;
    fn as_any(&mut self) -> &mut dyn Any;
}
impl<T: AtCommit> Waiting for T {
    fn write<'a>(self: Box<Self>, tx: &'a mut Tx) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin((*self).at_commit(tx))
    }
    fn copy(&self) -> Box<dyn Waiting> {
        Box::new(self.clone())
    }
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

/// One transaction of no practice: sees only tables without row level security.
pub struct SystemTx {
    conn: Connection,
}

/// Plans for a list of any length.
const FOR_LISTS: &str = "set local plan_cache_mode = force_generic_plan; \
    set local enable_bitmapscan = off; set local enable_memoize = off";

impl Db {
    /// Connects as the service's role, and checks that the role may not do more than it should.
    ///
    /// Refused when the server cannot be reached (`database/unreachable`) or the role owns tables,
    /// is a superuser or bypasses row level security (`database/wrong-role`).
    pub async fn connect(url: &str, connections_max: u32) -> Result<Db> {
        let mut first = establish(url).await?;
        roles::check(&mut first).await?;
        let deadlock = language::deadlock(url, &mut first).await.into();
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
        Ok(Db { pool, away: Arc::default(), deadlock })
    }

    /// Runs `verb` as one transaction of `actor`: all of it happens, or nothing.
    ///
    /// Fails, and leaves nothing, when the verb fails, or wrote and audited nothing.
    ///
    /// A transaction that the server ended because it met another one (a deadlock, a serialization
    /// failure) runs again from its beginning. Each try has a clone of `verb`, so it finds what `verb`
    /// captures as it was: a closure that captures something by `&mut` is not `Clone`, and cannot be
    /// handed in. What it does outside of the database it must be able to do twice. After [`TRIES_MAX`]
    /// tries: `database/busy`.
    pub async fn transaction<R>(
        &self,
        actor: &Actor,
        verb: impl AsyncFnOnce(&mut Tx) -> Result<R> + Clone,
    ) -> Result<R> {
        self.run("begin", actor, verb).await
    }

    /// [`transaction`](Db::transaction) for a verb whose statements take a thousand of something at once.
    ///
    /// The planner takes a practice for a small part of each table (it is told nothing else, so that a new
    /// practice is planned as an old one). Where it sees a list's length it would rather read all rows of
    /// the practice than look up a thousand. Here it plans for a list of any length: each is looked up, in
    /// one index, and without a memory of those before, since nothing is asked for twice.
    /// Not for a statement that looks in two indexes at once (`a = .. or b = ..`): it would read all rows.
    pub async fn batch<R>(
        &self,
        actor: &Actor,
        verb: impl AsyncFnOnce(&mut Tx) -> Result<R> + Clone,
    ) -> Result<R> {
        self.run(&format!("begin; {FOR_LISTS}"), actor, verb).await
    }

    /// [`snapshot`](Db::snapshot) for a verb that walks through a practice's rows, a few hundred at once:
    /// it plans as [`batch`](Db::batch) does.
    pub async fn batch_snapshot<R>(
        &self,
        actor: &Actor,
        verb: impl AsyncFnOnce(&mut Tx) -> Result<R>,
    ) -> Result<R> {
        let begin = format!("begin isolation level repeatable read read only; {FOR_LISTS}");
        let mut tx = self.begin(&begin, actor).await?;
        let outcome = verb(&mut tx).await;
        finish(&mut tx.conn, outcome).await
    }

    async fn run<R>(
        &self,
        begin: &str,
        actor: &Actor,
        verb: impl AsyncFnOnce(&mut Tx) -> Result<R> + Clone,
    ) -> Result<R> {
        let mut tries = Tries::default();
        loop {
            match self.attempt(begin, actor, verb.clone()).await {
                Ok(value) => return Ok(value),
                Err(fault) => tries.again(fault, &self.deadlock).await?,
            }
        }
    }

    async fn attempt<R>(
        &self,
        begin: &str,
        actor: &Actor,
        verb: impl AsyncFnOnce(&mut Tx) -> Result<R>,
    ) -> Result<R> {
        let mut tx = self.begin(begin, actor).await?;
        let outcome = match verb(&mut tx).await {
            Ok(value) => tx.complete().await.map(|()| value),
            fault => fault,
        };
        finish(&mut tx.conn, outcome).await
    }

    /// Runs `verb` so that all its queries see one and the same moment, and it can write nothing:
    /// for reports and proofs that compare one query with another while others post.
    pub async fn snapshot<R>(
        &self,
        actor: &Actor,
        verb: impl AsyncFnOnce(&mut Tx) -> Result<R>,
    ) -> Result<R> {
        let mut tx = self.begin("begin isolation level repeatable read read only", actor).await?;
        let outcome = verb(&mut tx).await;
        finish(&mut tx.conn, outcome).await
    }

    async fn begin(&self, begin: &str, actor: &Actor) -> Result<Tx> {
        let conn = self.connection().await?;
        let mut tx = Tx { conn, actor: actor.clone(), audited: false, at_commit: BTreeMap::new() };
        // One round trip. An id's text is hexadecimal digits and hyphens: nothing to escape.
        let begin = format!(
            "{begin}; select set_config('app.organization', '{}', true)",
            actor.organization.uuid().hyphenated()
        );
        AnsiTransactionManager::begin_transaction_sql(&mut *tx.conn, &begin).await?;
        Ok(tx)
    }

    /// Runs `verb` as one transaction of no practice, for what spans practices: listing them,
    /// claiming jobs. It runs again as [`transaction`](Db::transaction) does.
    pub async fn system<R>(&self, verb: impl AsyncFnOnce(&mut SystemTx) -> Result<R> + Clone) -> Result<R> {
        let mut tries = Tries::default();
        loop {
            match self.system_attempt(verb.clone()).await {
                Ok(value) => return Ok(value),
                Err(fault) => tries.again(fault, &self.deadlock).await?,
            }
        }
    }

    async fn system_attempt<R>(&self, verb: impl AsyncFnOnce(&mut SystemTx) -> Result<R>) -> Result<R> {
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
        match self.pool.get_owned().await {
            Ok(connection) => {
                if self.away.swap(false, Ordering::Relaxed) {
                    tracing::info!("the database answers again");
                }
                Ok(connection)
            }
            Err(fault) => {
                if !self.away.swap(true, Ordering::Relaxed) {
                    tracing::error!(%fault, "the database does not answer");
                }
                Err(unreachable("no connection to the database could be had in time").into())
            }
        }
    }
}

/// The tries of one transaction.
#[derive(Default)]
struct Tries(u32);

impl Tries {
    /// Waits until a transaction that failed may run again; gives the fault back when it may not.
    async fn again(&mut self, fault: Error, deadlock: &str) -> Result<()> {
        let Some(why) = ended_by_server(&fault, deadlock) else { return Err(fault) };
        self.0 += 1;
        if self.0 == TRIES_MAX {
            tracing::error!(tries = self.0, "the server ended a transaction each time it was tried: {why}");
            return Err(Refusal::new(
                "database/busy",
                Status::Unavailable,
                "others changed the same things again and again at the same time; nothing was changed here",
                "Try again in a moment",
            )
            .into());
        }
        tracing::warn!(tries = self.0, "the server ended a transaction, which runs again: {why}");
        // Not in step with the one that it met, which may have been ended, too.
        sleep(TRY_AGAIN * (1 << (self.0 - 1)) * rand::random_range(50..150) / 100).await;
        Ok(())
    }
}

/// Why the server ended a transaction that did nothing wrong: the next time the other one has gone.
/// A deadlock is known by what this server says of one ([`language`]).
fn ended_by_server(fault: &Error, deadlock: &str) -> Option<&'static str> {
    let Error::Internal(fault) = fault else { return None };
    fault.chain().find_map(|cause| match cause.downcast_ref()? {
        diesel::result::Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
            Some("serialization failure")
        }
        diesel::result::Error::DatabaseError(DatabaseErrorKind::Unknown, told)
            if told.message() == deadlock =>
        {
            Some("deadlock")
        }
        _ => None,
    })
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

    /// Records the same deed to several things, one event each: where a bulk verb changes what a
    /// person may later ask about one by one. Nothing for none.
    pub async fn audit_each<I: Id>(
        &mut self,
        action: &'static str,
        source: Option<FileId>,
        subjects: Vec<(I, serde_json::Value)>,
    ) -> Result<()> {
        let (organization, actor) = (self.actor.organization, self.actor.who.to_string());
        for some in subjects.chunks(EVENTS_MAX) {
            let rows: Vec<_> = some
                .iter()
                .map(|(subject, detail)| {
                    (
                        audit_events::organization_id.eq(organization),
                        audit_events::id.eq(AuditEventId::new()),
                        audit_events::actor.eq(&actor),
                        audit_events::action.eq(action),
                        audit_events::subject_kind.eq(subject.prefix()),
                        audit_events::subject_id.eq(subject.uuid()),
                        audit_events::source_file_id.eq(source),
                        audit_events::detail.eq(detail),
                    )
                })
                .collect();
            diesel::insert_into(audit_events::table).values(rows).execute(self.conn()).await?;
            self.audited = true;
        }
        Ok(())
    }

    /// Runs `part` so that its failure undoes only what it did itself.
    pub async fn savepoint<R>(&mut self, part: impl AsyncFnOnce(&mut Tx) -> Result<R>) -> Result<R> {
        let audited = self.audited;
        let at_commit = self.at_commit.iter().map(|(&feature, work)| (feature, (**work).copy())).collect();
        AnsiTransactionManager::begin_transaction(&mut *self.conn).await?;
        let outcome = part(self).await;
        if outcome.is_err() {
            self.audited = audited;
            self.at_commit = at_commit;
        }
        finish(&mut self.conn, outcome).await
    }

    /// What a feature has gathered so far to be written at commit; asking for it registers it.
    pub fn at_commit<T: AtCommit>(&mut self) -> &mut T {
        let work = self.at_commit.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default()));
        (**work).as_any().downcast_mut().expect("the key is the type's own")
    }

    async fn complete(&mut self) -> Result<()> {
        self.demand_audit().await?;
        while let Some((_, work)) = self.at_commit.pop_first() {
            work.write(self).await?;
        }
        Ok(())
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
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        wrote: bool,
    }
    let row: Row =
        kept("select pg_current_xact_id_if_assigned() is not null as wrote").get_result(conn).await?;
    Ok(row.wrote)
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

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::result::Error as Fault;

    #[test]
    fn a_deadlock_is_known_by_what_the_server_says_of_one() {
        let check = |kind, said: &str, deadlock: &str, why: Option<&str>| {
            let fault =
                Error::from(anyhow::Error::from(Fault::DatabaseError(kind, Box::new(said.to_owned()))));
            assert_eq!(ended_by_server(&fault, deadlock), why, "{said}");
        };
        let german = "Verklemmung entdeckt";
        check(DatabaseErrorKind::Unknown, language::ENGLISH, language::ENGLISH, Some("deadlock"));
        check(DatabaseErrorKind::Unknown, german, german, Some("deadlock"));
        check(DatabaseErrorKind::Unknown, german, language::ENGLISH, None);
        check(DatabaseErrorKind::Unknown, "Division durch Null", german, None);
        check(
            DatabaseErrorKind::SerializationFailure,
            "was auch immer",
            german,
            Some("serialization failure"),
        );
        check(DatabaseErrorKind::UniqueViolation, german, german, None);
    }
}
