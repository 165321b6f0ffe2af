//! `codes import`, `codes editions`, `codes undo`: official code files become editions.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use chrono::{NaiveDate, Utc};
use clap::Args;

use crate::app;
use crate::cli::{practice, wait};
use crate::codes::intake::{self, EditionOutcome, Outcome};
use crate::codes::store::{self, KeptEdition};
use crate::config::Config;
use crate::db::Actor;
use crate::types::{CodeEditionId, Refusal, Result, Status};

/// Rejected rows that a person is shown; `--json` has up to a thousand.
const REJECTED_SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArgs {
    /// The file as its publisher gives it out, unpacked; the four parts of NCCI PTP edits together, and the
    /// flags and ages of the Medicare Code Editor.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Which list it is, where the file and its name do not say: icd10cm, icd10cm-tabular, hcpcs,
    /// hcpcs-modifier, cpt, cpt-modifier, pos, carc, rarc, taxonomy, fee-schedule, ptp-practitioner,
    /// ptp-hospital, mue-practitioner, mue-hospital, mue-supplier, mce, mce-ages.
    #[arg(long)]
    table: Option<String>,
    /// The first day of service for which it answers, YYYY-MM-DD; else the quarter or year of the file.
    #[arg(long)]
    effective: Option<NaiveDate>,
    /// Say what would be imported, and keep nothing.
    #[arg(long)]
    dry_run: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    /// In whose audit trail it stands: the practice's id or control number prefix; not needed where
    /// there is one practice.
    #[arg(long)]
    organization: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct EditionsArgs {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Those that were undone, too.
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct UndoArgs {
    /// The edition, as `codes editions` shows it: edn_ and 26 characters.
    edition: String,
    /// In whose audit trail it stands, as for `codes import`.
    #[arg(long)]
    organization: Option<String>,
}

pub(super) fn run(args: &ImportArgs) -> Result<ExitCode> {
    let wanted = args.table.as_deref().map(intake::list).transpose()?;
    let taken = intake::take(opened(&args.files)?, wanted)?;
    let config = Config::from_environment()?;
    app::log(&config)?;
    let outcome = wait(async {
        let ready = app::open(&config).await?;
        let plan = intake::plan(&store::load(&ready.db).await?, taken, args.effective)?;
        if args.dry_run {
            return Ok(plan.dry());
        }
        let practice = practice::named(&ready.db, args.organization.as_deref()).await?;
        let actor = Actor::system("codes-import", practice.id);
        ready.db.transaction(&actor, async |tx| plan.keep(tx).await).await
    })?;
    if args.json {
        println!("{}", serde_json::to_string(&outcome).context("an outcome is plain data")?);
    } else {
        print(&outcome);
    }
    Ok(ExitCode::from(u8::from(outcome.rejected > 0)))
}

/// The files with their names, without the folders that they lie in.
fn opened(paths: &[PathBuf]) -> Result<Vec<(String, Watched)>> {
    let open = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = Watched::open(path).map_err(|cause| {
            let detail = format!("cannot open {}: {cause}", path.display());
            Refusal::new(
                "codes/not-imported",
                Status::Unreadable,
                detail,
                "Check the name and that it may be read",
            )
        })?;
        Ok((name, file))
    };
    paths.iter().map(open).collect()
}

fn print(outcome: &Outcome) {
    println!("{}: {}", outcome.file, outcome.layout);
    println!("  {} rows read, {} rejected", outcome.rows, outcome.rejected);
    for row in outcome.rejected_rows.iter().take(REJECTED_SHOWN) {
        println!("  line {}: {}", row.line, row.reason);
    }
    if outcome.rejected > REJECTED_SHOWN as u64 {
        println!("  and {} more: see --json", outcome.rejected - REJECTED_SHOWN as u64);
    }
    for edition in &outcome.editions {
        let EditionOutcome { table, name, valid_from, rows, added, ended, .. } = edition;
        println!("{table}: {name}");
        let whole = edition.whole_to.map_or_else(
            || "codes may be missing on any day".to_owned(),
            |to| format!("no code is missing until {to}"),
        );
        println!("  valid from {valid_from}, {whole}");
        println!("  {rows} rows held, {added} added, {ended} ended");
        match (edition.id, edition.already_imported) {
            (Some(id), true) => println!("  already imported as {id}"),
            (Some(id), false) => println!("  imported as {id}; undo with: firstpass codes undo {id}"),
            (None, _) => println!("  dry run: nothing was kept"),
        }
    }
}

pub(super) fn editions(args: &EditionsArgs) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    let mut all = wait(async { store::editions(&app::open(&config).await?.db).await })?;
    all.retain(|edition| args.all || edition.undone_at.is_none());
    for edition in &all {
        if args.json {
            println!("{}", serde_json::to_string(edition).context("an edition is plain data")?);
        } else {
            let KeptEdition { id, list, name, valid_from, rows_held, source_name, .. } = edition;
            println!("{id}  {valid_from}  {list:<16} {name}, {rows_held} rows, from {source_name}");
            println!(
                "  imported {} by {}",
                edition.imported_at.format("%Y-%m-%d %H:%M UTC"),
                edition.imported_by
            );
            if let (Some(at), Some(by)) = (edition.undone_at, &edition.undone_by) {
                println!("  undone {} by {by}", at.format("%Y-%m-%d %H:%M UTC"));
            }
        }
    }
    if all.is_empty() && !args.json {
        println!("nothing was imported: the tables that come with the program answer");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn undo(args: &UndoArgs) -> Result<ExitCode> {
    let Ok(id) = args.edition.parse::<CodeEditionId>() else {
        return Err(Refusal::new(
            "codes/no-such-edition",
            Status::NotFound,
            format!("{} is no edition", args.edition),
            "firstpass codes editions lists what was imported",
        )
        .into());
    };
    let config = Config::from_environment()?;
    app::log(&config)?;
    let edition = wait(async {
        let ready = app::open(&config).await?;
        let practice = practice::named(&ready.db, args.organization.as_deref()).await?;
        let actor = Actor::system("codes-undo", practice.id);
        ready.db.transaction(&actor, async |tx| store::undo(tx, Utc::now(), id).await).await
    })?;
    println!("undone: {} of {}, which began on {}", edition.name, edition.source_name, edition.valid_from);
    Ok(ExitCode::SUCCESS)
}

/// Tells the progress of a long file once for each so many bytes.
const PROGRESS_BYTES: u64 = 4 * 1024 * 1024;

/// A file that tells a person how far it has been read.
struct Watched {
    file: File,
    length: u64,
    read: u64,
    told: u64,
}

impl Watched {
    fn open(path: &Path) -> io::Result<Watched> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Watched { file, length, read: 0, told: 0 })
    }
}

impl Drop for Watched {
    /// Ends the line of progress.
    fn drop(&mut self) {
        if self.told > 0 {
            eprintln!();
        }
    }
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.read += length as u64;
        if self.read - self.told >= PROGRESS_BYTES && io::stderr().is_terminal() {
            self.told = self.read;
            eprint!("\r  read {}% of {} MB", self.read * 100 / self.length.max(1), self.length / 1_000_000);
            io::stderr().flush()?;
        }
        Ok(length)
    }
}
