//! `firstpass registry`: brings lists of patients, providers and payers in.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use crate::app;
use crate::charges::Mode;
use crate::cli::charges::{pair, unreadable};
use crate::cli::{practice, wait};
use crate::config::Config;
use crate::db::{Actor, Db};
use crate::exchange::files::{self, Direction};
use crate::registry::organizations::Organization;
use crate::rosters::{self, Counts, Options, Roster, RosterReport};
use crate::types::{Clock, Result};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import patients, providers or payers from a CSV or XLSX file. What is known is brought up to date;
    /// the same file again changes nothing. Exits with 1 when rows were rejected.
    #[command(subcommand)]
    Import(Import),
}

#[derive(Debug, Subcommand)]
pub enum Import {
    /// Patients with their coverages, known by account number.
    Patients(PatientsArgs),
    /// Providers, known by NPI.
    Providers(FileArgs),
    /// Payers, known by the number under which they are addressed.
    Payers(FileArgs),
}

#[derive(Debug, Args)]
pub struct PatientsArgs {
    #[command(flatten)]
    file: FileArgs,
    /// The first day in force of coverages that the file says none of.
    #[arg(long, value_name = "DATE")]
    coverage_from: Option<NaiveDate>,
}

#[derive(Debug, Args)]
#[command(after_help = rosters::columns())]
pub struct FileArgs {
    /// The file: a heading, then the rows.
    file: PathBuf,
    /// One of our columns and the file's heading of it: `account_number="Chart #"`.
    #[arg(long = "column", value_name = "OURS=THEIRS", value_parser = pair)]
    columns: Vec<(String, String)>,
    /// Import nothing when any row is bad; otherwise the good ones are imported.
    #[arg(long)]
    all_or_nothing: bool,
    /// Import nothing at all: say what would be imported, and what is wrong with each other row.
    #[arg(long, conflicts_with = "all_or_nothing")]
    dry_run: bool,
    /// The practice, by id or control number prefix; needed only when there are several.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(Command::Import(import): Command) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    let (roster, args, coverage_from) = match import {
        Import::Patients(PatientsArgs { file, coverage_from }) => (Roster::Patients, file, coverage_from),
        Import::Providers(file) => (Roster::Providers, file, None),
        Import::Payers(file) => (Roster::Payers, file, None),
    };
    let report = wait(async {
        let ready = app::open(&config).await?;
        let organization = practice::named(&ready.db, args.organization.as_deref()).await?;
        args.bring_in(&ready.db, &organization, roster, coverage_from).await
    })?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(anyhow::Error::from)?);
    } else {
        print(&report);
    }
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

impl FileArgs {
    /// Keeps the file, then imports it. Two transactions: a file that cannot be read is kept.
    async fn bring_in(
        &self,
        db: &Db,
        organization: &Organization,
        roster: Roster,
        coverage_from: Option<NaiveDate>,
    ) -> Result<RosterReport> {
        let actor = Actor::system("registry-import", organization.id);
        let bytes =
            fs::read(&self.file).map_err(|fault| unreadable("rosters/unreadable", &self.file, &fault))?;
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let keep = async |tx: &mut _| files::keep(tx, &bytes, &name, Direction::In).await;
        let file = db.transaction(&actor, keep).await?.id;
        let sheet = rosters::read(roster, &bytes, &self.columns)?;
        let mode = match (self.dry_run, self.all_or_nothing) {
            (true, _) => Mode::DryRun,
            (false, true) => Mode::AllOrNothing,
            (false, false) => Mode::KeepGoodRows,
        };
        let today = Clock::system().today(organization.time_zone);
        let options = Options { mode, today, coverage_from };
        let import = async |tx: &mut _| rosters::import(tx, file, sheet, &options).await;
        if mode == Mode::DryRun {
            db.snapshot(&actor, import).await
        } else {
            db.transaction(&actor, import).await
        }
    }
}

fn print(report: &RosterReport) {
    let when = if report.dry_run { "would be imported" } else { "imported" };
    let said = |counts: Counts| {
        format!("{} added, {} changed, {} as before", counts.added, counts.changed, counts.unchanged)
    };
    println!("{when}: {}: {}; {} rows rejected", report.roster, said(report.counts), report.rows_rejected);
    if let Some(coverages) = report.coverages {
        println!("coverages: {}", said(coverages));
    }
    if !report.unknown_columns.is_empty() {
        println!("columns read over: {}", report.unknown_columns.join(", "));
    }
    for problem in &report.problems {
        let column = problem.column.as_deref().map(|column| format!("{column} ")).unwrap_or_default();
        println!("row {}: {column}{}", problem.row, problem.reason);
    }
}
