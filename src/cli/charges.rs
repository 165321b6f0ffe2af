//! `firstpass charges import`: brings a charge file in and lists what it could not take.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::app;
use crate::charges::{self, Mode};
use crate::cli::{practice, wait};
use crate::config::Config;
use crate::db::{Actor, Db};
use crate::exchange::files::{self, Direction};
use crate::journey::{self, ImportedCharges};
use crate::types::{Clock, Place, Refusal, Result, Status};

/// Charges of visits.
#[derive(Debug, Args)]
pub struct Charges {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Import a CSV file, one row a charge line. Exits with 1 when rows were rejected.
    Import(Import),
}

#[derive(Debug, Args)]
#[command(after_help = charges::csv::columns())]
struct Import {
    /// The file: a heading, then one row a charge line.
    file: PathBuf,
    /// Import nothing when any row is bad; otherwise the good visits are imported.
    #[arg(long)]
    all_or_nothing: bool,
    /// The practice, by id or control number prefix; needed only when there are several.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(charges: Charges) -> Result<ExitCode> {
    let Command::Import(import) = charges.command;
    let config = Config::from_environment()?;
    app::log(&config)?;
    let bytes = fs::read(&import.file).map_err(|fault| unreadable(&import.file, &fault))?;
    let report = wait(async {
        let ready = app::open(&config).await?;
        let organization = practice::named(&ready.db, import.organization.as_deref()).await?;
        let actor = Actor::system("charges-import", organization.id);
        let name = import.file.file_name().unwrap_or_default().to_string_lossy();
        let mode = if import.all_or_nothing { Mode::AllOrNothing } else { Mode::KeepGoodRows };
        bring_in(&ready.db, &actor, &bytes, &name, mode).await
    })?;
    if import.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(anyhow::Error::from)?);
    } else {
        print(&report);
    }
    Ok(if report.report.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Keeps the file, then imports it: visits, claims and what is owed. Two transactions: a file that cannot be read is kept.
async fn bring_in(db: &Db, actor: &Actor, bytes: &[u8], name: &str, mode: Mode) -> Result<ImportedCharges> {
    let kept = db.transaction(actor, async |tx| files::keep(tx, bytes, name, Direction::In).await).await?;
    let now = Clock::system().now();
    db.transaction(actor, async |tx| journey::import_charges(tx, now, kept.id, bytes, mode).await).await
}

fn unreadable(file: &Path, fault: &std::io::Error) -> Refusal {
    let name = file.display().to_string();
    Refusal::new(
        "charges/unreadable",
        Status::Unreadable,
        format!("cannot read {name}: {fault}"),
        "Check the path",
    )
    .at(Place { file: Some(name), ..Place::default() })
}

fn print(imported: &ImportedCharges) {
    let report = &imported.report;
    let when = if report.already_imported { "imported before" } else { "imported" };
    println!(
        "{when}: {} visits, {} lines, {} charged; {} rows rejected",
        report.visits, report.lines, report.charged, report.rows_rejected
    );
    if !report.unknown_columns.is_empty() {
        println!("columns read over: {}", report.unknown_columns.join(", "));
    }
    for problem in &report.problems {
        let column = problem.column.as_deref().map(|column| format!("{column} ")).unwrap_or_default();
        println!("row {}: {column}{}", problem.row, problem.reason);
    }
}
