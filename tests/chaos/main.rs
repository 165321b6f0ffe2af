//! The crash test of posting.
//!
//! - [`storm`]: workers (`firstpass remits receive`, two or three with the same files) and the
//!   database server are killed with SIGKILL at any moment and started again, until every file is
//!   done; what is in the books then is what an undisturbed run leaves, and after each kill every
//!   remittance is there whole or not at all.
//! - [`cents`]: what generated remittances say is, to the cent, what the ledger has; and one cent
//!   that is changed in a file or in a row is found.
//!
//! `cargo test` runs 50 kills and 300 remittances by a seed of its own, which it prints. By command:
//!
//! ```sh
//! CHAOS_KILLS=2000 CHAOS_REMITS=10000 CHAOS_SEED=1 cargo test --release --test chaos -- --nocapture
//! ```
//!
//! The server is a private one with PostgreSQL's own durability, and only processes that this test
//! started are killed, by their ids. The server itself is killed on Linux only, where `/proc` tells its
//! processes. What is posted at the same time is never about one claim: that two such payments are
//! posted one after the other is a story of `tests/it/remits/duplicates.rs`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod cents;
mod facts;
mod ground;
mod storm;
mod worker;

use std::str::FromStr;

use tokio::sync::Mutex;

/// Each test wants the machine for itself: what it kills must not be late because of the other.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A number from the environment.
fn setting<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// What everything that is random follows.
fn seed() -> u64 {
    setting("CHAOS_SEED").unwrap_or_else(|| u64::from(uuid::Uuid::new_v4().as_fields().0))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_while_posting_the_books_are_those_of_an_undisturbed_run() {
    let _alone = ALONE.lock().await;
    Box::pin(storm::run(seed(), setting("CHAOS_KILLS").unwrap_or(50))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_remittances_are_posted_to_the_cent_and_a_changed_cent_is_found() {
    let _alone = ALONE.lock().await;
    Box::pin(cents::run(seed(), setting("CHAOS_REMITS").unwrap_or(300))).await;
}
