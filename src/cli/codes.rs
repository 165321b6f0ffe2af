//! `codes`: look a code up on a day; derive the shipped notes from the official tabular list.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use chrono::{NaiveDate, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::codes::tabular::{NoteKind, Tabular};
use crate::codes::{Codes, Lookup, NOTES_EDITION};
use crate::types::{
    CodeStatus, CodeTable, Icd10Code, Modifier, PlaceOfService, ProcedureCode, Refusal, Result, Status,
};

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
        CodesCommand::Tabular(args) => tabular(&args),
    }
}

/// What is printed for one table: these names are a contract.
#[derive(Debug, Serialize)]
struct Answer {
    table: &'static str,
    code: String,
    title: Option<&'static str>,
    billable: bool,
    valid: bool,
    status: &'static str,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    on: NaiveDate,
    edition: &'static str,
    complete: bool,
    children: Vec<Child>,
    /// Seventh characters that a heading or code takes.
    seventh_characters: Vec<Seventh>,
    /// What the tabular list says about a diagnosis, its own notes first.
    notes: Vec<ShownNote>,
    /// The edition that the notes and seventh characters are from.
    notes_edition: Option<&'static str>,
    why: String,
    note: Option<&'static str>,
    #[serde(skip)]
    known: bool,
    #[serde(skip)]
    could_hold: bool,
}

#[derive(Debug, Serialize)]
struct Seventh {
    character: char,
    meaning: &'static str,
}

#[derive(Debug, Serialize)]
struct ShownNote {
    kind: &'static str,
    at: String,
    text: &'static str,
}

#[derive(Debug, Serialize)]
struct Child {
    code: String,
    title: &'static str,
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
    let mut answers: Vec<Answer> = tables.iter().map(|table| answer(*table, &plain, on)).collect();
    if args.table.is_none() {
        if answers.iter().any(|answer| answer.known) {
            answers.retain(|answer| answer.known);
        } else if tables.iter().any(|table| could_hold(*table, &plain)) {
            answers.retain(|answer| answer.could_hold);
        }
    }
    if args.json {
        for answer in &answers {
            println!("{}", serde_json::to_string(answer).context("an answer is plain data")?);
        }
    } else if args.table.is_none() && !answers.iter().any(|answer| answer.known) {
        print_unknown(&args.code, &answers);
    } else {
        for answer in &answers {
            print_answer(answer);
        }
    }
    Ok(ExitCode::from(u8::from(!answers.iter().any(|answer| answer.valid))))
}

/// As the tables have it: upper case, without the point.
fn plain(code: &str) -> String {
    let code = code.trim().to_ascii_uppercase();
    match code.split_once('.') {
        Some((category, rest)) if category.len() == 3 => format!("{category}{rest}"),
        _ => code,
    }
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

fn answer(table: CodeTable, code: &str, on: NaiveDate) -> Answer {
    let codes = Codes::shipped();
    let found = codes.lookup(table, code, on);
    let children: Vec<Child> = if found.status == CodeStatus::Header {
        codes.children(code, on).map(|(code, title)| Child { code: shown(table, code), title }).collect()
    } else {
        Vec::new()
    };
    let valid = found.status == CodeStatus::Valid;
    Answer {
        table: table.name(),
        code: shown(table, code),
        title: found.title,
        billable: valid,
        valid,
        status: status_word(found.status),
        valid_from: found.valid_from,
        valid_to: found.valid_to,
        on,
        edition: found.edition,
        complete: found.complete,
        why: why(&found, code, children.len(), on),
        children,
        seventh_characters: if found.known && table == CodeTable::Icd10cm {
            seventh(code)
        } else {
            Vec::new()
        },
        notes: if found.known && table == CodeTable::Icd10cm { notes(code) } else { Vec::new() },
        notes_edition: (found.known && table == CodeTable::Icd10cm).then_some(NOTES_EDITION),
        note: found.note,
        known: found.known,
        could_hold: could_hold(table, code),
    }
}

fn seventh(code: &str) -> Vec<Seventh> {
    let characters = Codes::shipped().seventh_characters(code);
    characters.map(|it| Seventh { character: it.character, meaning: it.meaning }).collect()
}

fn notes(code: &str) -> Vec<ShownNote> {
    let kinds = [
        NoteKind::CodeFirst,
        NoteKind::UseAdditional,
        NoteKind::CodeAlso,
        NoteKind::Excludes1,
        NoteKind::Excludes2,
    ];
    let notes = kinds.into_iter().flat_map(|kind| Codes::shipped().notes(code, kind));
    notes
        .map(|note| {
            let at =
                if note.is_at_a_code() { shown(CodeTable::Icd10cm, note.at) } else { note.at.to_owned() };
            ShownNote { kind: note.kind.word(), at, text: note.text }
        })
        .collect()
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

fn shown(table: CodeTable, code: &str) -> String {
    match code.split_at_checked(3) {
        Some((category, rest)) if table == CodeTable::Icd10cm && !rest.is_empty() => {
            format!("{category}.{rest}")
        }
        _ => code.to_owned(),
    }
}

const fn status_word(status: CodeStatus) -> &'static str {
    match status {
        CodeStatus::Valid => "valid",
        CodeStatus::Header => "header",
        CodeStatus::NotInForce => "not-in-force",
        CodeStatus::Unknown => "unknown",
        CodeStatus::NotChecked => "not-checked",
    }
}

/// Why a code is or is not valid that day, and what to do.
fn why(found: &Lookup, code: &str, children: usize, on: NaiveDate) -> String {
    match (found.status, found.valid_from, found.valid_to) {
        (CodeStatus::Valid, _, Some(to)) => format!("may be billed on {on}; its last day is {to}"),
        (CodeStatus::Valid, _, None) => format!("may be billed on {on}"),
        (CodeStatus::Header, ..) => {
            format!("a heading, not billable: use one of the {children} codes below it that say more")
        }
        (CodeStatus::NotInForce, Some(from), _) if on < from => {
            format!("not yet in force on {on}: it begins on {from}")
        }
        (CodeStatus::NotInForce, _, Some(to)) => {
            format!("no longer in force on {on}: its last day was {to}; use the code that replaced it")
        }
        (CodeStatus::NotInForce, ..) => format!("not in force on {on}"),
        (CodeStatus::Unknown, ..) if found.table == CodeTable::Icd10cm => why_no_such_diagnosis(code, on),
        (CodeStatus::Unknown, ..) => {
            "no such code: the table is complete for that day; check for a typing error".to_owned()
        }
        (CodeStatus::NotChecked, ..) if found.known => {
            "known, but whether it is in force that day cannot be said".to_owned()
        }
        (CodeStatus::NotChecked, ..) => {
            "not in this table, which is not complete for that day: cannot be said".to_owned()
        }
    }
}

/// An unknown diagnosis is most often a seventh character or a placeholder gone wrong.
fn why_no_such_diagnosis(code: &str, on: NaiveDate) -> String {
    let codes = Codes::shipped();
    let nearest = (3..code.len()).rev().filter_map(|length| code.get(..length)).find_map(|shorter| {
        let found = codes.lookup(CodeTable::Icd10cm, shorter, on);
        matches!(found.status, CodeStatus::Valid | CodeStatus::Header).then_some((shorter, found))
    });
    let Some((shorter, found)) = nearest else {
        return "no such code: nothing in ICD-10-CM begins so; check for a typing error".to_owned();
    };
    let shown = shown(CodeTable::Icd10cm, shorter);
    if found.status == CodeStatus::Valid {
        return format!("no such code: {shown} is billable as it stands and takes nothing more");
    }
    let characters: Vec<String> = codes
        .children(shorter, on)
        .filter_map(|(child, _)| {
            child.get(shorter.len()..).filter(|rest| shorter.len() == 6 && rest.len() == 1)
        })
        .map(str::to_owned)
        .collect();
    if characters.is_empty() {
        format!("no such code: the nearest heading is {shown}; look it up for the codes below it")
    } else {
        format!("no such code: the seventh character of {shown} is one of {}", characters.join(", "))
    }
}

fn print_answer(answer: &Answer) {
    let days = match (answer.valid_from, answer.valid_to) {
        (None, None) => String::new(),
        (Some(from), None) => format!(" (from {from})"),
        (None, Some(to)) => format!(" (until {to})"),
        (Some(from), Some(to)) => format!(" ({from} to {to})"),
    };
    println!("{} {}  {}", answer.table, answer.code, answer.title.unwrap_or("(no title in this edition)"));
    println!("  {}: {}{days}", answer.status, answer.why);
    for child in answer.children.iter().take(CHILDREN_SHOWN) {
        println!("    {:<9} {}", child.code, child.title);
    }
    if let Some(more) = answer.children.len().checked_sub(CHILDREN_SHOWN).filter(|more| *more > 0) {
        println!("    and {more} more: see --json");
    }
    for note in answer.notes.iter().filter(|note| note.kind != NoteKind::Excludes2.word()).take(NOTES_SHOWN) {
        println!("  {} (at {}): {}", note.kind, note.at, note.text);
    }
    if !answer.notes.is_empty() {
        println!("  notes from {NOTES_EDITION}");
    }
    println!("  from {}{}", answer.edition, if answer.complete { ", complete for that day" } else { "" });
    if let Some(note) = answer.note {
        println!("  note: {note}");
    }
}

fn print_unknown(code: &str, answers: &[Answer]) {
    println!("{code}: in none of the tables");
    for answer in answers {
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
