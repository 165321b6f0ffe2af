//! `firstpass bench`: how fast this machine and its database do the work, measured through the
//! verbs that the service uses. What is measured stays in the database as a practice of its own.

mod copy;
mod post;

use std::process::ExitCode;

use crate::types::Result;

/// What is measured.
#[derive(Debug, clap::Subcommand)]
pub enum Bench {
    /// Post a remittance, beside COPY of the same rows into the same tables and indexes.
    Post(post::Post),
}

pub fn run(bench: &Bench) -> Result<ExitCode> {
    match bench {
        Bench::Post(post) => post::run(post),
    }
}
