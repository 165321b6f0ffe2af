//! `firstpass ledger`: whether the books hold, their periods, and the journal for the general ledger.

mod export;
mod periods;
mod prove;
mod small_balances;

use std::process::ExitCode;

use crate::types::Result;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Prove the books: exit code 0 only if every proof holds, 1 if any breaks.
    Prove(prove::Prove),
    /// Export a month's journal for the general ledger; the month is closed and locked. Exported
    /// again, the same bytes are written.
    Export(export::Export),
    /// The months of the books, newest first.
    Periods(periods::Periods),
    /// Close a month and every month before it: nothing is booked in them any more.
    Close(periods::Close),
    /// Open a closed month and every month after it again.
    Reopen(periods::Reopen),
    /// Write small balances off by the practice's rules; again it finds nothing.
    SmallBalances(small_balances::SmallBalances),
}

pub fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Prove(prove) => prove.run(),
        Command::Export(export) => export.run(),
        Command::Periods(periods) => periods.run(),
        Command::Close(close) => close.run(),
        Command::Reopen(reopen) => reopen.run(),
        Command::SmallBalances(small) => small.run(),
    }
}
