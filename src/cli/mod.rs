//! The command line: one file a command; the only place that prints.
//!
//! Exit codes are a contract: 0 what was asked holds, 1 it does not (a file rejected, a proof
//! broken, a code invalid), 2 it could not be found out (unreadable file, no such table, no
//! database). A fault is one line on standard error that says what to do, never a stack trace.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

pub mod bench;
mod charges;
mod claims;
mod codes;
mod contracts;
mod credits;
mod demo;
mod deposits;
mod ledger;
pub mod made;
mod migrate;
mod practice;
mod registry;
mod remits;
mod scrub;
mod serve;
mod tables;
mod user;
mod work;
mod x12;

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::types::Result;

/// Medical billing claims processor: charges in, money out, every cent explained.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure, on this machine and its database.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Import charges of visits.
    Charges(charges::Charges),
    /// Claims: checked before they are sent.
    #[command(subcommand)]
    Claims(claims::Command),
    /// Code tables: what a code means, and whether it may be billed on a day.
    #[command(subcommand)]
    Codes(codes::CodesCommand),
    /// Fee schedules and contracts with payers: what is expected, and what if.
    #[command(subcommand)]
    Contracts(contracts::Command),
    /// Credit balances and refunds: what is held and is not the practice's own.
    #[command(subcommand)]
    Credits(credits::Command),
    /// Bank deposits: what the bank says came in, and which remittances that money is.
    #[command(subcommand)]
    Deposits(deposits::Command),
    /// Run a practice's whole journey against the sandbox payers, and prove the books.
    Demo(demo::Demo),
    /// Prove the books.
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Bring the database's tables up to date.
    Migrate,
    /// Practices: made, and how they and their payers are known where files are sent.
    #[command(subcommand)]
    Practice(practice::Command),
    /// A practice's patients, providers and payers.
    #[command(subcommand)]
    Registry(registry::Command),
    /// Remittances: what payers decided and paid.
    #[command(subcommand)]
    Remits(remits::Command),
    /// Find what a payer would refuse in the claims of an 837P file. Works without a database, too.
    ///
    /// Exit code 0: nothing stops a claim; 1: something does; 2: the file cannot be read.
    Scrub(scrub::ScrubArgs),
    Serve(serve::Serve),
    /// People who sign in, and keys of programs.
    #[command(subcommand)]
    User(user::Command),
    Work(work::Work),
    /// X12 files: check, answer, explain, compare them; JSON and back.
    #[command(subcommand)]
    X12(x12::X12Command),
}

/// Runs one command and says how it went.
pub fn run(cli: Cli) -> ExitCode {
    finish(match cli.command {
        Command::Bench(bench) => bench::run(&bench),
        Command::Charges(charges) => charges::run(charges),
        Command::Claims(command) => claims::run(command),
        Command::Codes(command) => codes::run(command),
        Command::Contracts(command) => contracts::run(command),
        Command::Credits(command) => credits::run(command),
        Command::Demo(demo) => demo::run(&demo),
        Command::Deposits(command) => deposits::run(command),
        Command::Ledger(command) => ledger::run(command),
        Command::Migrate => migrate::run(),
        Command::Practice(command) => practice::run(command),
        Command::Registry(command) => registry::run(command),
        Command::Remits(command) => remits::run(command),
        Command::Scrub(args) => scrub::run(&args),
        Command::Serve(serve) => serve::run(&serve),
        Command::User(command) => user::run(command),
        Command::Work(work) => work::run(&work),
        Command::X12(command) => x12::run(command),
    })
}

/// Runs a command's asynchronous part to its end, in this thread: what takes long is the database's, or has a
/// thread of its own. Rows that another thread has received cost a switch to this one each few kilobytes; a
/// thousand claims are checked a twelfth faster without.
fn wait<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    block_on(work, &mut tokio::runtime::Builder::new_current_thread())
}

/// The same for what serves others, who are not to wait for one of them.
fn wait_among_others<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    block_on(work, &mut tokio::runtime::Builder::new_multi_thread())
}

fn block_on<T>(work: impl Future<Output = Result<T>>, runtime: &mut tokio::runtime::Builder) -> Result<T> {
    runtime.enable_all().build().context("cannot start the runtime")?.block_on(work)
}

/// Comes with SIGTERM or SIGINT, from now on.
fn told_to_stop() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Prints a fault as one line; a command that could not find out exits with 2.
fn finish(outcome: Result<ExitCode>) -> ExitCode {
    outcome.unwrap_or_else(|fault| {
        eprintln!("firstpass: {fault}");
        ExitCode::from(2)
    })
}
