//! `firstpass charges`: brings a charge file in and lists what it could not take; how a practice's
//! system names the columns of its files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use crate::app;
use crate::charges::{self, DateFormat, Mapping, Mode, SavedMapping};
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
    /// Import a CSV or XLSX file, one row a charge line. Exits with 1 when rows were rejected.
    Import(Import),
    /// How the practice's system names the columns of its charge files.
    #[command(subcommand)]
    Mapping(MappingCommand),
}

#[derive(Debug, Args)]
#[command(after_help = charges::csv::columns())]
struct Import {
    /// The file: a heading, then one row a charge line.
    file: PathBuf,
    /// The saved mapping that names the file's columns.
    #[arg(long, value_name = "NAME")]
    mapping: Option<String>,
    /// Import nothing when any row is bad; otherwise the good visits are imported.
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

#[derive(Debug, Subcommand)]
enum MappingCommand {
    /// Show the saved mappings.
    List(OfPractice),
    /// Save the mapping that a file's headings suggest, with what you say otherwise. Exits with 1,
    /// and saves nothing, while a required column is neither found nor said.
    Save(SaveMapping),
    /// Forget a mapping.
    Remove(RemoveMapping),
}

#[derive(Debug, Args)]
struct OfPractice {
    /// The practice, by id or control number prefix; needed only when there are several.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
}

#[derive(Debug, Args)]
struct SaveMapping {
    /// The name of the mapping.
    name: String,
    /// A charge file of the practice's system, CSV or XLSX.
    file: PathBuf,
    /// One of our columns and the file's heading of it: `charge="Total Fee"`.
    #[arg(long = "column", value_name = "OURS=THEIRS", value_parser = pair)]
    columns: Vec<(String, String)>,
    /// One of our columns and what it is where the file says nothing: `place_of_service=11`.
    #[arg(long = "default", value_name = "OURS=TEXT", value_parser = pair)]
    defaults: Vec<(String, String)>,
    /// How the file's dates are written.
    #[arg(long, value_enum, default_value_t = Dates::Usual)]
    dates: Dates,
    /// The sheet of a workbook; the first unless said.
    #[arg(long)]
    sheet: Option<String>,
    #[command(flatten)]
    of: OfPractice,
}

#[derive(Debug, Args)]
struct RemoveMapping {
    /// The name of the mapping.
    name: String,
    #[command(flatten)]
    of: OfPractice,
}

/// How dates are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Dates {
    /// 2026-03-02 or 03/02/2026
    Usual,
    /// 3/2/26, 03-02-2026, 03022026
    MonthFirst,
    /// 02/03/2026, 2.3.2026
    DayFirst,
    /// 20260302, 2026/03/02
    YearFirst,
}

impl From<Dates> for DateFormat {
    fn from(dates: Dates) -> DateFormat {
        match dates {
            Dates::Usual => DateFormat::Usual,
            Dates::MonthFirst => DateFormat::MonthFirst,
            Dates::DayFirst => DateFormat::DayFirst,
            Dates::YearFirst => DateFormat::YearFirst,
        }
    }
}

/// One of our columns, `=`, and a text.
pub(super) fn pair(text: &str) -> std::result::Result<(String, String), String> {
    let (ours, theirs) = text.split_once('=').ok_or("expected one of our columns, = and a text")?;
    Ok((ours.trim().to_owned(), theirs.trim().to_owned()))
}

/// Runs the command.
pub fn run(charges: Charges) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    match charges.command {
        Command::Import(import) => run_import(&config, &import),
        Command::Mapping(MappingCommand::List(of)) => {
            let list = async |tx: &mut _| charges::mappings(tx).await;
            let saved = wait(async {
                let (ready, actor) = open(&config, &of).await?;
                ready.db.snapshot(&actor, list).await
            })?;
            saved.iter().for_each(print_mapping);
            Ok(ExitCode::SUCCESS)
        }
        Command::Mapping(MappingCommand::Save(save)) => run_save(&config, save),
        Command::Mapping(MappingCommand::Remove(remove)) => {
            wait(async {
                let (ready, actor) = open(&config, &remove.of).await?;
                let forget = async |tx: &mut _| charges::delete_mapping(tx, &remove.name).await;
                ready.db.transaction(&actor, forget).await
            })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn open(config: &Config, of: &OfPractice) -> Result<(app::Ready, Actor)> {
    let ready = app::open(config).await?;
    let organization = practice::named(&ready.db, of.organization.as_deref()).await?;
    Ok((ready, Actor::system("charges-import", organization.id)))
}

fn run_save(config: &Config, save: SaveMapping) -> Result<ExitCode> {
    let bytes = fs::read(&save.file).map_err(|fault| unreadable("charges/unreadable", &save.file, &fault))?;
    let headings = charges::headings(&bytes, save.sheet.as_deref())?;
    let mut mapping = Mapping { sheet: save.sheet, dates: save.dates.into(), ..Mapping::guess(&headings) };
    mapping.columns.extend(save.columns);
    mapping.defaults.extend(save.defaults);
    let missing: Vec<&str> = mapping.missing().collect();
    if !missing.is_empty() {
        println!("headings: {}", headings.join(", "));
        println!("not found: {}; name each with --column or --default", missing.join(", "));
        return Ok(ExitCode::from(1));
    }
    let saved = wait(async {
        let (ready, actor) = open(config, &save.of).await?;
        let now = Clock::system().now();
        let keep = async |tx: &mut _| charges::save_mapping(tx, now, &save.name, mapping).await;
        ready.db.transaction(&actor, keep).await
    })?;
    print_mapping(&saved);
    Ok(ExitCode::SUCCESS)
}

fn print_mapping(saved: &SavedMapping) {
    let mapping = &saved.mapping;
    let sheet = mapping.sheet.as_ref().map(|sheet| format!(", sheet {sheet}")).unwrap_or_default();
    println!("{}: dates {}{sheet}", saved.name, mapping.dates.as_str());
    for (ours, theirs) in &mapping.columns {
        println!("  {ours:28}{theirs}");
    }
    for (ours, text) in &mapping.defaults {
        println!("  {ours:28}where empty: {text}");
    }
}

fn run_import(config: &Config, import: &Import) -> Result<ExitCode> {
    let bytes =
        fs::read(&import.file).map_err(|fault| unreadable("charges/unreadable", &import.file, &fault))?;
    let report = wait(async {
        let ready = app::open(config).await?;
        let organization = practice::named(&ready.db, import.organization.as_deref()).await?;
        let actor = Actor::system("charges-import", organization.id);
        let name = import.file.file_name().unwrap_or_default().to_string_lossy();
        let mode = match (import.dry_run, import.all_or_nothing) {
            (true, _) => Mode::DryRun,
            (false, true) => Mode::AllOrNothing,
            (false, false) => Mode::KeepGoodRows,
        };
        bring_in(&ready.db, &actor, &bytes, &name, import.mapping.as_deref(), mode).await
    })?;
    if import.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(anyhow::Error::from)?);
    } else {
        print(&report);
    }
    Ok(if report.report.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Keeps the file, then imports it: visits, claims and what is owed. Two transactions: a file that
/// cannot be read is kept.
async fn bring_in(
    db: &Db,
    actor: &Actor,
    bytes: &[u8],
    name: &str,
    mapping: Option<&str>,
    mode: Mode,
) -> Result<ImportedCharges> {
    let mapping = match mapping {
        None => None,
        Some(name) => Some(db.snapshot(actor, async |tx| charges::mapping(tx, name).await).await?),
    };
    let kept = db.transaction(actor, async |tx| files::keep(tx, bytes, name, Direction::In).await).await?;
    let charges = charges::read_sheet(bytes, mapping.as_ref())?;
    let now = Clock::system().now();
    let import = async |tx: &mut _| journey::import_charges(tx, now, kept.id, charges, mode).await;
    db.batch(actor, import).await
}

/// The refusal of a file that is not there or may not be read.
pub(super) fn unreadable(code: &'static str, file: &Path, fault: &std::io::Error) -> Refusal {
    let name = file.display().to_string();
    Refusal::new(code, Status::Unreadable, format!("cannot read {name}: {fault}"), "Check the path")
        .at(Place { file: Some(name), ..Place::default() })
}

fn print(imported: &ImportedCharges) {
    let report = &imported.report;
    let when = match (report.already_imported, report.dry_run) {
        (true, _) => "imported before",
        (false, true) => "would be imported",
        (false, false) => "imported",
    };
    println!(
        "{when}: {} visits, {} lines, {} charged; {} rows rejected",
        report.visits, report.lines, report.charged, report.rows_rejected
    );
    if report.announced > 0 {
        println!("{} visits announced", report.announced);
    }
    if !report.unknown_columns.is_empty() {
        println!("columns read over: {}", report.unknown_columns.join(", "));
    }
    for problem in &report.problems {
        let column = problem.column.as_deref().map(|column| format!("{column} ")).unwrap_or_default();
        println!("row {}: {column}{}", problem.row, problem.reason);
    }
}
