//! `firstpass ledger small-balances`.

use std::process::ExitCode;

use crate::app;
use crate::cli::{practice, wait};
use crate::config::Config;
use crate::credits::small_balances::{self, Run};
use crate::db::Actor;
use crate::types::{Clock, Result};

#[derive(Debug, clap::Args)]
pub struct SmallBalances {
    /// Say what would be written off, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    /// The organization, by id or control number prefix; needed only when there are several.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
}

impl SmallBalances {
    pub fn run(self) -> Result<ExitCode> {
        let config = Config::from_environment()?;
        app::log(&config)?;
        let run = wait(async {
            let ready = app::open(&config).await?;
            let practice = practice::named(&ready.db, self.organization.as_deref()).await?;
            let actor = Actor::system("small-balances", practice.id);
            let clock = Clock::system();
            if self.dry_run {
                let today = clock.today(practice.time_zone);
                ready.db.snapshot(&actor, async |tx| small_balances::due(tx, today).await).await
            } else {
                let now = clock.now();
                ready.db.transaction(&actor, async |tx| small_balances::run(tx, now).await).await
            }
        })?;
        if self.json {
            println!("{}", serde_json::to_string(&run).map_err(anyhow::Error::from)?);
        } else {
            self.print(&run);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn print(&self, run: &Run) {
        for balance in &run.balances {
            let claim = balance.number.as_deref().unwrap_or("without insurance");
            let (side, version, amount) =
                (balance.side.as_str(), balance.version, balance.amount.to_string());
            println!("  {:<20} {side:<8} {amount:>8}  last moved {}, rule {version}", claim, balance.last_on);
        }
        let done = if self.dry_run { "would be written off" } else { "written off" };
        println!("{} balances of {} {done}", run.balances.len(), run.amount);
        if run.more {
            println!("more remain: run it again");
        }
    }
}
