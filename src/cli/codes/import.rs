//! `codes import`, `codes editions`, `codes undo`: official code files become editions.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use chrono::{NaiveDate, Utc};
use clap::Args;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::app;
use crate::cli::{practice, wait};
use crate::codes::import::{self, ImportError, Reading};
use crate::codes::store::{self, Kept, KeptEdition, Source};
use crate::codes::{Codes, Draft, List};
use crate::config::Config;
use crate::db::{Actor, Db};
use crate::types::{CodeEditionId, Refusal, Result, Status};

/// Rejected rows that a person is shown; `--json` has up to a thousand.
const REJECTED_SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArgs {
    /// The file as its publisher gives it out, unpacked; the four parts of NCCI PTP edits together.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Which list it is, where the file and its name do not say: icd10cm, hcpcs, hcpcs-modifier, cpt, pos,
    /// carc, rarc, taxonomy, fee-schedule, ptp-practitioner, ptp-hospital, mue-practitioner,
    /// mue-hospital, mue-supplier.
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

/// What was read and what became of it: these names are a contract.
#[derive(Debug, Serialize)]
struct Outcome {
    file: String,
    sha256: String,
    layout: String,
    rows: u64,
    rejected: u64,
    rejected_rows: Vec<RejectedRow>,
    dry_run: bool,
    editions: Vec<EditionOutcome>,
}

#[derive(Debug, Serialize)]
struct RejectedRow {
    line: u64,
    reason: String,
}

#[derive(Debug, Serialize)]
struct EditionOutcome {
    /// None where nothing is kept.
    id: Option<CodeEditionId>,
    table: &'static str,
    name: String,
    valid_from: NaiveDate,
    whole_to: Option<NaiveDate>,
    rows: usize,
    added: usize,
    ended: usize,
    already_imported: bool,
}

pub(super) fn run(args: &ImportArgs) -> Result<ExitCode> {
    let wanted = args.table.as_deref().map(list).transpose()?;
    let (reading, source) = read(args, wanted)?;
    let Some(from) = args.effective.or(reading.from) else {
        return Err(Refusal::new(
            "codes/no-day",
            Status::Invalid,
            format!("neither {} nor its name says from when it is valid", source.name),
            "Give --effective YYYY-MM-DD, or the file its publisher's name",
        )
        .into());
    };
    let config = Config::from_environment()?;
    app::log(&config)?;
    let outcome = wait(async {
        let ready = app::open(&config).await?;
        keep(args, &ready.db, reading, &source, from).await
    })?;
    if args.json {
        println!("{}", serde_json::to_string(&outcome).context("an outcome is plain data")?);
    } else {
        print(&outcome);
    }
    Ok(ExitCode::from(u8::from(outcome.rejected > 0)))
}

/// Reads the file, or the parts of one.
fn read(args: &ImportArgs, wanted: Option<List>) -> Result<(Reading, Source)> {
    let (mut readings, mut hashes, mut names) = (vec![], vec![], vec![]);
    for path in &args.files {
        let shown = path.display();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut input = Watched::open(path).map_err(|cause| {
            refused(format!("cannot open {shown}: {cause}"), "Check the name and that it may be read")
        })?;
        let reading = import::read(&name, &mut input, wanted);
        input.end();
        readings.push(reading.map_err(|cause| refused(format!("{shown}: {cause}"), next(&cause)))?);
        hashes.push(input.hash.finalize().into());
        names.push(name);
    }
    let reading = import::join(readings).map_err(|cause| refused(cause.to_string(), next(&cause)))?;
    let source = Source {
        name: names.join(", ").chars().take(1_000).collect(),
        sha256: store::source_sha256(&hashes),
        rows: reading.rows,
        rejected: reading.rejected.count,
    };
    Ok((reading, source))
}

fn refused(detail: String, next: &'static str) -> Refusal {
    Refusal::new("codes/not-imported", Status::Unreadable, detail, next)
}

/// What to do about a file that is no edition.
fn next(cause: &ImportError) -> &'static str {
    match cause {
        ImportError::Unreadable(_) => "Check that the file is whole",
        ImportError::NotRecognised | ImportError::NoRows(_) => {
            "Give the file as its publisher gives it out, unpacked and as text or CSV"
        }
        ImportError::BillableOnly => {
            "Import icd10cm_order_YYYY.txt of the same year: it has the headings, too"
        }
        ImportError::SeveralTables(_) | ImportError::OtherTable { .. } => "Say with --table which it is",
        ImportError::NotInParts(_) | ImportError::OtherParts => "Import one file at a time",
        ImportError::Counts { .. } => "Load the file again from its publisher",
    }
}

fn list(name: &str) -> Result<List> {
    Ok(name.parse().map_err(|_unknown| {
        let names: Vec<_> = List::NAMES.iter().map(|(_, name)| *name).collect();
        Refusal::new(
            "codes/no-such-table",
            Status::NotFound,
            format!("no list {name} is imported"),
            format!("Use one of {}", names.join(", ")),
        )
    })?)
}

async fn keep(
    args: &ImportArgs,
    db: &Db,
    reading: Reading,
    source: &Source,
    from: NaiveDate,
) -> Result<Outcome> {
    let codes = store::load(db).await?;
    let mut outcome = Outcome {
        file: source.name.clone(),
        sha256: source.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        layout: reading.layout.to_string(),
        rows: reading.rows,
        rejected: reading.rejected.count,
        rejected_rows: reading
            .rejected
            .first
            .iter()
            .map(|row| RejectedRow { line: row.line, reason: row.reason.clone() })
            .collect(),
        dry_run: args.dry_run,
        editions: vec![],
    };
    let drafts = drafts(&codes, reading, source, from)?;
    let mut kept = vec![None; drafts.len()];
    if !args.dry_run {
        let practice = practice::named(db, args.organization.as_deref()).await?;
        let actor = Actor::system("codes-import", practice.id);
        // HCPCS is codes and modifiers: both or neither.
        kept = db
            .transaction(&actor, async |tx| {
                let mut kept = vec![];
                for draft in &drafts {
                    kept.push(Some(store::import(tx, draft, source).await?));
                }
                Ok(kept)
            })
            .await?;
    }
    for (draft, kept) in drafts.into_iter().zip(kept) {
        outcome.editions.push(EditionOutcome {
            id: kept.map(|kept| match kept {
                Kept::Now(id) | Kept::Before(id) => id,
            }),
            table: draft.list.name(),
            name: draft.name,
            valid_from: draft.from,
            whole_to: draft.whole_to,
            rows: draft.rows,
            added: draft.added,
            ended: draft.ended,
            already_imported: matches!(kept, Some(Kept::Before(_))),
        });
    }
    Ok(outcome)
}

fn drafts(codes: &Codes, reading: Reading, source: &Source, from: NaiveDate) -> Result<Vec<Draft>> {
    let all_read = reading.rejected.count == 0;
    let draft = |(list, content)| {
        codes.draft(list, content, from, all_read).map_err(|cause| {
            let next = "Import the edition before it first, or the whole file of the year";
            refused(format!("{}: {cause}", source.name), next).into()
        })
    };
    reading.tables.into_iter().map(draft).collect()
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
            println!("{}", serde_json::to_string(&shown(edition)).context("an edition is plain data")?);
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

/// An edition as JSON: these names are a contract.
fn shown(edition: &KeptEdition) -> serde_json::Value {
    serde_json::json!({
        "id": edition.id,
        "table": edition.list,
        "name": edition.name,
        "valid_from": edition.valid_from,
        "whole_to": edition.whole_to,
        "file": edition.source_name,
        "rows": edition.rows_held,
        "added": edition.rows_added,
        "ended": edition.rows_ended,
        "rejected": edition.rows_rejected,
        "bytes": edition.content_bytes,
        "imported_at": edition.imported_at,
        "imported_by": edition.imported_by,
        "undone_at": edition.undone_at,
        "undone_by": edition.undone_by,
    })
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

/// A file that is hashed while it is read, and tells a person how far it has come.
struct Watched {
    file: File,
    hash: Sha256,
    length: u64,
    read: u64,
    told: u64,
}

impl Watched {
    fn open(path: &Path) -> io::Result<Watched> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Watched { file, hash: Sha256::new(), length, read: 0, told: 0 })
    }

    /// Ends the line of progress.
    fn end(&self) {
        if self.told > 0 {
            eprintln!();
        }
    }
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.hash.update(&buffer[..length]);
        self.read += length as u64;
        if self.read - self.told >= PROGRESS_BYTES && io::stderr().is_terminal() {
            self.told = self.read;
            eprint!("\r  read {}% of {} MB", self.read * 100 / self.length.max(1), self.length / 1_000_000);
            io::stderr().flush()?;
        }
        Ok(length)
    }
}
