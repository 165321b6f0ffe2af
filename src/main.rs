//! The `firstpass` program: parses the command line and hands over.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    firstpass::cli::run(firstpass::cli::Cli::parse())
}
