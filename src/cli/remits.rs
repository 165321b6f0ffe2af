//! `firstpass remits receive FILE...`: receive, balance, match and post 835 files.
//!
//! Exit code 0 when every set is posted (or was before), 1 when something waits for a person, 2
//! when a file could not be read. Kill it at any moment and run it again: nothing is posted twice.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::app;
use crate::cli::{practice, wait};
use crate::codes;
use crate::config::Config;
use crate::db::{Actor, Db};
use crate::deposits;
use crate::exchange::content::Content;
use crate::journey::{AfterRemittance, Followed};
use crate::remits::adjustments::{self, Filter, Item};
use crate::remits::{self, How, Mode, SetReport};
use crate::types::{Clock, Error, Result, Status};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Receive 835 files: balance, match and post each set.
    Receive(Receive),
    /// List provider adjustments (PLB) by payer and reference, the largest balance first.
    Adjustments(Adjustments),
}

#[derive(Debug, clap::Args)]
pub struct Receive {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whose remittances they are, by id or control number prefix; needed only when there are several
    /// organizations.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// How much is posted without a person, whatever the payers' rules say: review, semi or full.
    #[arg(long, value_name = "MODE", value_parser = mode)]
    payer_mode: Option<Mode>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub struct Adjustments {
    /// Only those whose amounts do not come to zero.
    #[arg(long)]
    open: bool,
    /// Whose, by id or control number prefix; needed only when there are several organizations.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Adjustments {
    fn run(self) -> Result<ExitCode> {
        #[derive(Serialize)]
        struct Listed {
            items: Vec<Item>,
        }
        let config = Config::from_environment()?;
        app::log(&config)?;
        let filter = if self.open { Filter::Open } else { Filter::All };
        let items = wait(async {
            let ready = app::open(&config).await?;
            let practice = practice::named(&ready.db, self.organization.as_deref()).await?;
            let actor = Actor::system("cli", practice.id);
            let look = async |tx: &mut _| adjustments::list(tx, filter, None, i64::MAX).await;
            ready.db.snapshot(&actor, look).await
        })?;
        if self.json {
            println!("{}", serde_json::to_string(&Listed { items }).map_err(anyhow::Error::from)?);
            return Ok(ExitCode::SUCCESS);
        }
        for item in &items {
            println!(
                "{:>14}  {:<18} {:<18} {:<24} {} to {}, {} amounts, claim {}, {}",
                item.balance,
                item.state.label(),
                item.kind.label(),
                item.reference.as_deref().unwrap_or("-"),
                item.since,
                item.last_on,
                item.amounts,
                item.claim_number.as_deref().unwrap_or("-"),
                item.payer_name,
            );
        }
        println!("{} items", items.len());
        Ok(ExitCode::SUCCESS)
    }
}

fn mode(name: &str) -> std::result::Result<Mode, String> {
    Mode::from_name(name).ok_or_else(|| "expected review, semi or full".to_owned())
}

pub fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Receive(receive) => receive.run(),
        Command::Adjustments(adjustments) => adjustments.run(),
    }
}

/// What became of every set, which files hold none, and what followed from what was posted.
#[derive(Default, Serialize)]
struct Report {
    sets: Vec<SetReport>,
    followed: Followed,
    unreadable: Vec<Unreadable>,
}

#[derive(Serialize)]
struct Unreadable {
    file: String,
    why: String,
}

impl Receive {
    fn run(self) -> Result<ExitCode> {
        let config = Config::from_environment()?;
        app::log(&config)?;
        let report = wait(async {
            let ready = app::open(&config).await?;
            self.receive(&ready.db).await
        })?;
        if self.json {
            println!("{}", serde_json::to_string(&report).map_err(anyhow::Error::from)?);
        } else {
            report.print();
        }
        Ok(report.exit_code())
    }

    async fn receive(&self, db: &Db) -> Result<Report> {
        let actor = Actor::system("cli", practice::named(db, self.organization.as_deref()).await?.id);
        let clock = Clock::system();
        let codes = codes::store::load(db).await?;
        let how = How { clock: &clock, codes: &codes, mode: self.payer_mode };
        let mut after = AfterRemittance::at(clock.now());
        let mut report = Report::default();
        for path in &self.files {
            let file = path.display().to_string();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let sets = match Content::at(path).await {
                Ok(content) => remits::receive_content(db, &actor, &name, &content, how, &mut after).await,
                Err(fault) => {
                    report.unreadable.push(Unreadable { file, why: fault.to_string() });
                    continue;
                }
            };
            match sets {
                Ok(sets) => report.sets.extend(sets),
                Err(Error::Refused(refusal)) if refusal.status == Status::Unreadable => {
                    report.unreadable.push(Unreadable { file, why: refusal.to_string() });
                }
                Err(fault) => return Err(fault),
            }
        }
        let now = clock.now();
        db.transaction(&actor, async |tx| deposits::reassociate(tx, now).await).await?;
        report.followed = after.followed;
        Ok(report)
    }
}

impl Report {
    fn exit_code(&self) -> ExitCode {
        if !self.unreadable.is_empty() {
            ExitCode::from(2)
        } else if self.sets.iter().all(|set| set.outcome.is_settled()) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn print(&self) {
        for set in &self.sets {
            println!(
                "{} set {}: {}, {} claims, paid {}, provider adjustments {}",
                set.file,
                set.set,
                set.outcome.outcome(),
                set.claims,
                set.paid,
                set.provider_adjustments
            );
            for (account, amount) in &set.entries {
                println!("  {account:<26} {amount:>14}");
            }
            for exception in &set.exceptions {
                let claim = exception.claim.as_deref().unwrap_or("-");
                let kind = exception.kind.as_str();
                println!("  waits: {kind}, claim {claim}, {}: {}", exception.amount, exception.detail);
            }
            for why in &set.why {
                println!("  {why}");
            }
        }
        for unreadable in &self.unreadable {
            println!("{}: {}", unreadable.file, unreadable.why);
        }
    }
}
