//! `firstpass bench`: how fast this machine and its database do the work, measured through the
//! verbs that the service uses. What is posted stays in the database as a practice of its own.

mod codec;
mod copy;
mod post;
mod poster;
mod scrub;
pub mod work;

use std::process::ExitCode;
use std::time::Duration;

use crate::types::Result;

/// What is measured.
#[derive(Debug, clap::Subcommand)]
pub enum Bench {
    /// Post a remittance, beside COPY of the same rows into the same tables and indexes.
    Post(post::Post),
    /// What `bench post` has the files posted by.
    #[command(hide = true)]
    Poster(poster::Poster),
    /// Cut, read, balance, write and check X12, beside `memchr` over the same bytes.
    Codec(codec::Codec),
    /// Check claims of six lines by every rule, with all code tables at hand.
    Scrub(scrub::Scrub),
}

pub fn run(bench: &Bench) -> Result<ExitCode> {
    match bench {
        Bench::Post(post) => post::run(post),
        Bench::Poster(poster) => poster::run(poster),
        Bench::Codec(codec) => codec::run(codec),
        Bench::Scrub(scrub) => scrub::run(scrub),
    }
}

/// Starts the count of the most memory held anew, where the system can.
fn forget_peak() {
    // proc(5): 5 resets VmHWM. Without it the peak of the preparation counts too.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
