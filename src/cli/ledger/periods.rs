//! `firstpass ledger periods`, `close`, `reopen`.

use std::process::ExitCode;

use crate::app;
use crate::cli::{practice, wait};
use crate::config::Config;
use crate::db::Actor;
use crate::ledger::{self, Period, PeriodState};
use crate::types::{Clock, Month, Result};

#[derive(Debug, clap::Args)]
pub struct Periods {
    /// Print one JSON array.
    #[arg(long)]
    json: bool,
    /// The organization, by id or control number prefix; needed only when there are several.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct Close {
    /// The month: 2026-10.
    #[arg(long, value_name = "YYYY-MM")]
    period: Month,
    /// The organization, by id or control number prefix; needed only when there are several.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct Reopen {
    /// The month: 2026-10.
    #[arg(long, value_name = "YYYY-MM")]
    period: Month,
    /// Why, in 1 to 200 characters.
    #[arg(long)]
    reason: String,
    /// The organization, by id or control number prefix; needed only when there are several.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
}

/// What is done before the months are listed.
enum Act<'a> {
    Nothing,
    Close(Month),
    Reopen(Month, &'a str),
}

impl Periods {
    pub fn run(self) -> Result<ExitCode> {
        let months = after(self.organization.as_deref(), Act::Nothing)?;
        if self.json {
            println!("{}", serde_json::to_string(&months).map_err(anyhow::Error::from)?);
        } else {
            print(&months);
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Close {
    pub fn run(self) -> Result<ExitCode> {
        print(&after(self.organization.as_deref(), Act::Close(self.period))?);
        Ok(ExitCode::SUCCESS)
    }
}

impl Reopen {
    pub fn run(self) -> Result<ExitCode> {
        print(&after(self.organization.as_deref(), Act::Reopen(self.period, &self.reason))?);
        Ok(ExitCode::SUCCESS)
    }
}

/// Does it, and lists the months as they are then.
fn after(organization: Option<&str>, act: Act<'_>) -> Result<Vec<Period>> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    wait(async {
        let ready = app::open(&config).await?;
        let practice = practice::named(&ready.db, organization).await?;
        let actor = Actor::system("ledger-periods", practice.id);
        let today = Clock::system().today(practice.time_zone);
        let done = ready.db.transaction(&actor, async |tx| {
            match act {
                Act::Nothing => {}
                Act::Close(month) => drop(ledger::close_period(tx, month, today).await?),
                Act::Reopen(month, reason) => drop(ledger::reopen_period(tx, month, reason).await?),
            }
            ledger::periods(tx, today).await
        });
        done.await
    })
}

fn print(months: &[Period]) {
    for Period { month, state, exports, .. } in months {
        let state = match state {
            PeriodState::Open => "open",
            PeriodState::Closed => "closed",
            PeriodState::Locked => "locked",
        };
        let exported: Vec<&str> = exports.iter().map(|export| export.format.as_str()).collect();
        println!("{month} {state:<7} {}", exported.join(", "));
    }
}
