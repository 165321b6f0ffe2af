//! In which words the server says that it ended a transaction because it met another one.
//!
//! A deadlock is SQLSTATE 40P01, whatever the language. But diesel has no kind of its own for it, and diesel-async
//! 0.9 hands out nothing else that tells it: the `tokio_postgres` error is wrapped in a private type behind
//! `DatabaseErrorInformation`, which has the server's texts and no SQLSTATE. So it is known by its message, and the
//! server says that in the language of its `lc_messages`, which only a superuser may set; the service's role is none.
//!
//! So the server is asked how it says it. First by a division by zero, which costs nothing: who says that in
//! English says the other in English. Else by a deadlock of two sessions of our own, once at start; it takes the
//! server's `deadlock_timeout`, a second unless somebody set another.

use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio::time::timeout;

use crate::db::transaction::establish;
use crate::types::Result;

/// In English, which is the language of the C locale, too.
pub(super) const ENGLISH: &str = "deadlock detected";

/// How long the server may take to find a deadlock. Longer than any `deadlock_timeout` that makes sense.
const PATIENCE: Duration = Duration::from_secs(30);

/// What this server says of a deadlock to who connects so.
pub(super) async fn deadlock(url: &str, conn: &mut AsyncPgConnection) -> String {
    let divided = conn.batch_execute("select 1 / 0").await;
    if message(&divided) == Some("division by zero") {
        return ENGLISH.to_owned();
    }
    match timeout(PATIENCE, provoked(url)).await {
        Ok(Ok(Some(said))) => said,
        // It is no reason not to serve: what meets another one then fails instead of running again.
        Ok(Ok(None)) | Err(_) => {
            tracing::warn!("the server does not speak English, and did not say how it calls a deadlock");
            ENGLISH.to_owned()
        }
        Ok(Err(fault)) => {
            tracing::warn!(%fault, "the server does not speak English, and could not be asked about deadlocks");
            ENGLISH.to_owned()
        }
    }
}

/// The message of a deadlock of two sessions, over two locks that nobody else asks for.
async fn provoked(url: &str) -> Result<Option<String>> {
    let (mut one, mut other) = (establish(url).await?, establish(url).await?);
    let (mine, theirs) = (rand::random::<i64>(), rand::random::<i64>());
    let lock = |key: i64| format!("select pg_advisory_xact_lock({key})");
    // Neither is to end for another reason.
    let begin = "set lock_timeout = 0; set statement_timeout = 0; begin";
    one.batch_execute(&format!("{begin}; {}", lock(mine))).await?;
    other.batch_execute(&format!("{begin}; {}", lock(theirs))).await?;
    let (first, second) = (lock(theirs), lock(mine));
    // Who is ended frees its lock, and the other one goes on.
    let (first, second) = tokio::join!(one.batch_execute(&first), other.batch_execute(&second));
    Ok([first, second].iter().find_map(message).map(str::to_owned))
}

/// What the server said of a fault for which diesel has no kind.
fn message(outcome: &std::result::Result<(), Error>) -> Option<&str> {
    match outcome {
        Err(Error::DatabaseError(DatabaseErrorKind::Unknown, told)) => Some(told.message()),
        _ => None,
    }
}
