//! `firstpass claims`: checks the drafts that charges became.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::app;
use crate::cli::{practice, wait};
use crate::codes::store;
use crate::config::Config;
use crate::db::Actor;
use crate::journey::{self, Scrubbed};
use crate::types::{Clock, Result};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check every draft: it is ready afterwards, or held with what a payer would refuse. Exits with 1
    /// when one is held.
    Scrub(Scrub),
}

#[derive(Debug, Args)]
pub struct Scrub {
    /// The practice, by id or control number prefix; needed only when there are several.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub fn run(Command::Scrub(scrub): Command) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    let Scrubbed { ready, held, stopped_by } = wait(async {
        let ready = app::open(&config).await?;
        let practice = practice::named(&ready.db, scrub.organization.as_deref()).await?;
        let codes = store::load(&ready.db).await?;
        let actor = Actor::system("claims-scrub", practice.id);
        journey::scrub_drafts(&ready.db, &actor, Clock::system().now(), &codes).await
    })?;
    if scrub.json {
        println!("{}", json!({ "ready": ready, "held": held, "stopped_by": stopped_by }));
    } else {
        println!("{} ready ({}), {} held ({})", ready.count, ready.amount, held.count, held.amount);
        for (rule, claims) in &stopped_by {
            println!("  {rule:<34}{claims:>8}");
        }
    }
    Ok(if held.count == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
