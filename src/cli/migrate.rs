//! `firstpass migrate`: brings the database's tables up to date.

use std::process::ExitCode;

use crate::app;
use crate::cli::wait;
use crate::config::Config;
use crate::types::Result;

/// Makes the roles where they are missing, runs what is new, and says what was run.
pub fn run() -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    let versions = wait(app::migrate(&config))?;
    for version in &versions {
        println!("ran {version}");
    }
    if versions.is_empty() {
        println!("nothing to do");
    }
    Ok(ExitCode::SUCCESS)
}
