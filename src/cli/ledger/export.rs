//! `firstpass ledger export`: a month's journal as a file. Exit code 0 when it is written.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use crate::app;
use crate::cli::{practice, wait};
use crate::config::Config;
use crate::db::{Actor, Db};
use crate::exchange::files;
use crate::journey;
use crate::ledger::JournalFormat;
use crate::types::{Clock, Month, Result};

#[derive(Debug, clap::Args)]
pub struct Export {
    /// The month: 2026-10.
    #[arg(long, value_name = "YYYY-MM")]
    period: Month,
    /// In which form: iif (QuickBooks Desktop), qbo (QuickBooks Online), csv, xlsx.
    #[arg(long, value_name = "FORM")]
    format: JournalFormat,
    /// Where to write it; journal-YYYY-MM and the form's ending here when left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The organization, by id or control number prefix; needed only when there are several.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
}

impl Export {
    pub fn run(self) -> Result<ExitCode> {
        let config = Config::from_environment()?;
        app::log(&config)?;
        let (said, bytes) = wait(async {
            let ready = app::open(&config).await?;
            self.export(&ready.db).await
        })?;
        let out = self.out.unwrap_or_else(|| self.format.file_name(self.period).into());
        std::fs::write(&out, bytes).with_context(|| format!("cannot write {}", out.display()))?;
        println!("{}: {said}", out.display());
        Ok(ExitCode::SUCCESS)
    }

    async fn export(&self, db: &Db) -> Result<(String, Vec<u8>)> {
        let practice = practice::named(db, self.organization.as_deref()).await?;
        let actor = Actor::system("ledger-export", practice.id);
        let today = Clock::system().today(practice.time_zone);
        let export = db
            .transaction(&actor, async |tx| {
                journey::export_journal(tx, self.period, self.format, today).await
            })
            .await?;
        let bytes = db.snapshot(&actor, async |tx| files::read(tx, export.file).await).await?;
        let said = format!(
            "{} journal entries, debits {} and credits {}; {} is locked",
            export.journal_entries, export.debits, export.debits, self.period
        );
        Ok((said, bytes))
    }
}
