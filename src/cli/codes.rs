//! `codes`: look a code up on a day, find codes by words; import, list and undo editions; derive the
//! shipped notes from the official tabular list.

mod import;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use chrono::{NaiveDate, Utc};
use clap::{Args, Subcommand};

use crate::cli::tables::TablesArgs;
use crate::codes::Explanation;
use crate::codes::explain::plain;
use crate::codes::search::{self, Found};
use crate::codes::tabular::{NoteKind, Tabular};
use crate::types::{CodeTable, Icd10Code, Modifier, PlaceOfService, ProcedureCode, Refusal, Result, Status};

/// How many codes below a header are shown to a person; `--json` has them all.
const CHILDREN_SHOWN: usize = 25;

/// How many notes are shown to a person.
const NOTES_SHOWN: usize = 10;

#[derive(Debug, Subcommand)]
pub(super) enum CodesCommand {
    /// What a code means and whether it may be billed on a day.
    ///
    /// Exit code 0: valid and billable that day; 1: not; 2: no such table.
    Lookup(LookupArgs),
    /// Find codes by words of their titles, by the beginnings of words, or by the beginning of the
    /// code; those that may be billed that day first.
    ///
    /// Exit code 0: some were found; 1: none; 2: no such table.
    Search(SearchArgs),
    /// Import an official code file, or see with --dry-run what it holds: ICD-10-CM order file or addenda,
    /// ICD-10-CM tabular list, HCPCS, CPT and its modifiers, fee schedule, NCCI PTP and MUE,
    /// Medicare Code Editor tables, place of service, CARC, RARC, taxonomy. For all practices of this installation; running servers use it within seconds.
    ///
    /// Exit code 0: imported, or imported before; 1: imported, but some rows were rejected; 2: not.
    Import(import::ImportArgs),
    /// List the editions that were imported.
    Editions(import::EditionsArgs),
    /// Undo an import: the edition before answers again.
    Undo(import::UndoArgs),
    /// Read an official ICD-10-CM tabular list (icd10cm_tabular_YYYY.xml), count it, and write
    /// the notes, seventh characters and blocks that ship with the program.
    Tabular(TabularArgs),
}

#[derive(Debug, Args)]
pub(super) struct LookupArgs {
    /// The code, with or without the point of a diagnosis.
    code: String,
    /// Ask one table only: icd10cm, hcpcs, cpt, pos, modifier, carc, rarc, group,
    /// status-category, status, taxonomy or revenue.
    #[arg(long)]
    table: Option<String>,
    /// The day of service, YYYY-MM-DD; today when not given.
    #[arg(long)]
    on: Option<NaiveDate>,
    /// One JSON object a line, for each table that answers.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tables: TablesArgs,
}

#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// What to look for: `diab neurop`, `E11.4`, `wheelchair`.
    #[arg(required = true)]
    words: Vec<String>,
    /// Search one table only, as `codes lookup` names them; else diagnoses and procedures.
    #[arg(long)]
    table: Option<String>,
    /// The day of service, YYYY-MM-DD; today when not given.
    #[arg(long)]
    on: Option<NaiveDate>,
    /// At most so many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: u16,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tables: TablesArgs,
}

#[derive(Debug, Args)]
pub(super) struct TabularArgs {
    /// The XML file.
    file: PathBuf,
    /// Write the derived files into this folder.
    #[arg(long)]
    out: Option<PathBuf>,
}

pub(super) fn run(command: CodesCommand) -> Result<ExitCode> {
    match command {
        CodesCommand::Lookup(args) => lookup(&args),
        CodesCommand::Search(args) => search(&args),
        CodesCommand::Import(args) => import::run(&args),
        CodesCommand::Editions(args) => import::editions(&args),
        CodesCommand::Undo(args) => import::undo(&args),
        CodesCommand::Tabular(args) => tabular(&args),
    }
}

fn lookup(args: &LookupArgs) -> Result<ExitCode> {
    let on = args.on.unwrap_or_else(|| Utc::now().date_naive());
    let plain = plain(&args.code);
    let tables: Vec<CodeTable> = match &args.table {
        Some(name) => vec![table(name)?],
        None => CodeTable::NAMES
            .iter()
            .map(|(table, _)| *table)
            .filter(|table| *table != CodeTable::Revenue)
            .collect(),
    };
    let codes = args.tables.codes()?;
    let mut answers: Vec<(CodeTable, Explanation)> =
        tables.iter().map(|table| (*table, codes.explain(*table, &plain, on))).collect();
    if args.table.is_none() {
        if answers.iter().any(|(_, answer)| answer.known) {
            answers.retain(|(_, answer)| answer.known);
        } else if tables.iter().any(|table| could_hold(*table, &plain)) {
            answers.retain(|(table, _)| could_hold(*table, &plain));
        }
    }
    if args.json {
        for (_, answer) in &answers {
            println!("{}", serde_json::to_string(answer).context("an answer is plain data")?);
        }
    } else if args.table.is_none() && !answers.iter().any(|(_, answer)| answer.known) {
        print_unknown(&args.code, &answers);
    } else {
        for (_, answer) in &answers {
            print_answer(answer);
        }
    }
    Ok(ExitCode::from(u8::from(!answers.iter().any(|(_, answer)| answer.valid))))
}

fn search(args: &SearchArgs) -> Result<ExitCode> {
    let on = args.on.unwrap_or_else(|| Utc::now().date_naive());
    let tables = match &args.table {
        Some(name) => vec![table(name)?],
        None => search::USUAL.to_vec(),
    };
    let found = args.tables.codes()?.search(&args.words.join(" "), &tables, on, usize::from(args.limit));
    for one in &found {
        if args.json {
            println!("{}", serde_json::to_string(one).context("what is found is plain data")?);
        } else {
            print_found(one);
        }
    }
    Ok(ExitCode::from(u8::from(found.is_empty())))
}

fn print_found(found: &Found) {
    let Found { table, code, title, status, .. } = found;
    let unless_valid = if *status == "valid" { String::new() } else { format!("  ({status})") };
    println!("{table:<10} {code:<10} {title}{unless_valid}");
}

fn table(name: &str) -> Result<CodeTable> {
    let names: Vec<_> = CodeTable::NAMES.iter().map(|(_, name)| *name).collect();
    let table = name.parse::<CodeTable>().map_err(|_unknown| {
        Refusal::new(
            "codes/no-such-table",
            Status::NotFound,
            format!("no code table {name}"),
            format!("Use one of {}", names.join(", ")),
        )
    })?;
    if table == CodeTable::Revenue {
        let detail = "no revenue code table ships with Firstpass: the list is the NUBC's and needs a licence";
        return Err(Refusal::new(
            "codes/no-such-table",
            Status::NotFound,
            detail,
            "Import your licensed list",
        )
        .into());
    }
    Ok(table)
}

/// Whether a code has the form of a table's codes.
fn could_hold(table: CodeTable, code: &str) -> bool {
    match table {
        CodeTable::Icd10cm => Icd10Code::parse(code).is_ok(),
        CodeTable::Hcpcs => {
            ProcedureCode::parse(code).is_ok() && !code.starts_with(|c: char| c.is_ascii_digit())
        }
        CodeTable::Cpt => {
            ProcedureCode::parse(code).is_ok() && code.starts_with(|c: char| c.is_ascii_digit())
        }
        CodeTable::Modifier => Modifier::parse(code).is_ok(),
        CodeTable::Pos => PlaceOfService::parse(code).is_ok(),
        CodeTable::Carc => code.len() <= 3,
        CodeTable::Rarc => code.len() <= 4 && code.starts_with(|c: char| c.is_ascii_alphabetic()),
        CodeTable::Group | CodeTable::StatusCategory => code.len() <= 2,
        CodeTable::Status => code.len() <= 3,
        CodeTable::Taxonomy => code.len() == 10,
        CodeTable::Revenue => false,
    }
}

fn print_answer(answer: &Explanation) {
    let days = match (answer.valid_from, answer.valid_to) {
        (None, None) => String::new(),
        (Some(from), None) => format!(" (from {from})"),
        (None, Some(to)) => format!(" (until {to})"),
        (Some(from), Some(to)) => format!(" ({from} to {to})"),
    };
    println!(
        "{} {}  {}",
        answer.table,
        answer.code,
        answer.title.as_deref().unwrap_or("(no title in this edition)")
    );
    println!("  {}: {}{days}", answer.status, answer.why);
    for child in answer.children.iter().take(CHILDREN_SHOWN) {
        println!("    {:<9} {}", child.code, child.title);
    }
    if let Some(more) = answer.children.len().checked_sub(CHILDREN_SHOWN).filter(|more| *more > 0) {
        println!("    and {more} more: see --json");
    }
    for after in answer.successors.iter().take(CHILDREN_SHOWN) {
        println!("  took its place (derived): {:<9} {}", after.code, after.title);
    }
    for note in answer.notes.iter().filter(|note| note.kind != NoteKind::Excludes2.word()).take(NOTES_SHOWN) {
        println!("  {} (at {}): {}", note.kind, note.at, note.text);
    }
    if let Some(edition) = answer.notes_edition.as_ref().filter(|_| !answer.notes.is_empty()) {
        println!("  notes from {edition}");
    }
    println!("  from {}{}", answer.edition, if answer.complete { ", complete for that day" } else { "" });
    if let Some(note) = &answer.note {
        println!("  note: {note}");
    }
}

fn print_unknown(code: &str, answers: &[(CodeTable, Explanation)]) {
    println!("{code}: in none of the tables");
    for (_, answer) in answers {
        println!("  {:<16} {}", answer.table, answer.why);
    }
}

fn tabular(args: &TabularArgs) -> Result<ExitCode> {
    let unreadable = |detail: String| {
        Refusal::new(
            "codes/unreadable",
            Status::Unreadable,
            detail,
            "Give an icd10cm_tabular_YYYY.xml of the CDC",
        )
    };
    let shown = args.file.display();
    let file = File::open(&args.file).map_err(|cause| unreadable(format!("cannot open {shown}: {cause}")))?;
    let read =
        Tabular::read(BufReader::new(file)).map_err(|cause| unreadable(format!("{shown}: {cause}")))?;
    let counts = &read.counts;
    println!("ICD-10-CM tabular list {}", read.version);
    println!(
        "  {} chapters, {} sections, {} categories, {} codes ({} placeholders)",
        counts.chapters, counts.sections, counts.categories, counts.codes, counts.placeholders
    );
    println!(
        "  {} seventh-character definitions with {} characters",
        counts.seventh_definitions, counts.seventh_characters
    );
    for (kind, _, word) in NoteKind::ALL {
        let (all, with_code) = counts.notes(kind);
        println!("  {word:<16} {all:>6}, {with_code:>5} with a code");
    }
    if let Some(folder) = &args.out {
        write_derived(folder, &read)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write_derived(folder: &Path, read: &Tabular) -> Result<()> {
    for (name, text) in
        [("notes", read.notes_file()), ("seventh", read.seventh_file()), ("blocks", read.blocks_file())]
    {
        let path = folder.join(format!("icd10cm_{name}_{}.tsv", read.version));
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("  wrote {}", path.display());
    }
    Ok(())
}
