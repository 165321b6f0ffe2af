//! The database: the only way to a connection, and what must hold in every transaction.
//!
//! - [`Db::transaction`] begins, sets the practice that row level security compares with, hands
//!   out a [`Tx`], and commits. Every verb that reads or writes takes `&mut Tx`.
//! - A transaction that the server ended because it met another one (a deadlock, in whatever language it says so)
//!   runs again: its verb is `Clone`, which says that it may, and is refused (`database/busy`) when that does not help.
//! - A transaction that wrote and left no audit event ([`Tx::audit`]) fails at commit. Locking a
//!   row counts as writing.
//! - [`Db::snapshot`] sees one moment in all its queries and writes nothing: reports and proofs.
//! - [`Tx::at_commit`] keeps what a feature writes once, as the last thing before commit.
//! - [`Db::system`] is for work across practices; row level security shows it no practice's rows,
//!   so it reaches only the tables named in [`roles`].
//! - [`kept`](kept()): SQL that a connection prepares once, for what is asked again and again.
//! - [`idempotency`]: the same key gives the same answer. [`jobs`]: work for later, asked for in
//!   the caller's transaction. [`embedded`]: a private server when no URL is configured.
//! - Two roles: the owner makes tables ([`migrations`]), the service uses them; the service can
//!   neither see past its practice nor change an append-only row.
//!
//! Deliberately absent: a way to a bare connection, retries of a transaction that failed by itself, SQL of
//! any feature.

mod actor;
pub mod embedded;
pub mod idempotency;
pub mod jobs;
mod language;
pub mod migrations;
pub mod roles;
pub mod schema;
mod statements;
mod transaction;

pub use actor::{Actor, Who};
pub(crate) use statements::kept_once;
pub use statements::{Bound, Kept, kept};
pub use transaction::{AtCommit, Db, SystemTx, TRIES_MAX, Tx};

/// The pattern of SQL's `like` for texts that begin with this one.
#[must_use]
pub fn beginning(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
