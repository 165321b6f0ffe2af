//! `x12`: what is in a file, whether it may be sent, and what we would answer.

mod rules;
mod show;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use chrono::{NaiveDateTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::tables::TablesArgs;
use crate::codes::Codes;
use crate::scrub;
use crate::scrub::map_837::Scrubber;
use crate::types::{Refusal, Result, Status};
use crate::x12::answer::{ISSUES_MAX, NoReply, ReplyOptions, reply};
use crate::x12::check::{Finding, Options, Report, SetSummary, Verdict, check, check_stream_further};
use crate::x12::claim_answer::{self, ClaimReply};
use crate::x12::diff::{Comparison, Outcome, diff};
use crate::x12::json::{Names, to_json, to_x12};
use crate::x12::{File, Limits, read_file};

/// How many issues of one kind are shown to a person; `--json` has up to 1,000 of a file.
const SHOWN: usize = 5;

#[derive(Debug, Subcommand)]
pub(super) enum X12Command {
    /// Check files: syntax, the guide's requirements, balance, situations, codes.
    ///
    /// Exit code 0: all accepted; 1: one is rejected; 2: one is unreadable.
    Check(CheckArgs),
    /// Print the acknowledgment that we would send: TA1 and 999, and with --claims the 277 of claims.
    ///
    /// Exit code 0: all accepted; 1: something is rejected; 2: there is nothing to answer.
    Ack(AckArgs),
    /// Print a file as JSON: loops and elements by name. `x12 edi` gives the same bytes back.
    ///
    /// Exit code 0: printed; 2: unreadable.
    Json(JsonArgs),
    /// Print the X12 text of a JSON file that `x12 json` gave, changed or not.
    ///
    /// Exit code 0: printed; 2: the JSON does not fit its declaration.
    Edi(FileArgs),
    /// Explain a file: envelope, loops, elements, codes, totals, and what is wrong.
    ///
    /// Exit code 0: accepted; 1: rejected; 2: unreadable.
    Show(FileArgs),
    /// Compare two files claim by claim, whatever their envelopes say.
    ///
    /// Exit code 0: the same; 1: they differ; 2: one is unreadable.
    Diff(DiffArgs),
    /// List the rules of balance, situations and code lists, with their places in the guides.
    ///
    /// Syntax and the guides' tables (levels 1 and 2) are no list of rules: they hold for every
    /// segment and element.
    Rules(rules::RulesArgs),
}

#[derive(Debug, Args)]
pub(super) struct FileArgs {
    /// The file; `-` reads standard input.
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct JsonArgs {
    /// The file; `-` reads standard input.
    file: PathBuf,
    /// Call elements by designator (CLP01), not by name.
    #[arg(long)]
    designators: bool,
}

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The first file.
    first: PathBuf,
    /// The second file.
    second: PathBuf,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct AckArgs {
    /// The file; `-` reads standard input.
    file: PathBuf,
    /// The highest SNIP level that may reject: 1 syntax, 2 guide, 4 situations. Balances (3) cannot
    /// be said in a 999.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=4))]
    level: u8,
    /// Answer the claims of an 837 that the 999 takes, too: a claim is rejected by its balance (3) and
    /// by what levels 5 up to this one find.
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, default_missing_value = "7",
        value_parser = clap::value_parser!(u8).range(3..=7))]
    claims: Option<u8>,
    /// Control number (ISA13) of the first answer; further ones count up.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=999_999_999))]
    control_number: u32,
    /// Date and time of the answer, as 2026-11-24T09:00; now (UTC) unless given.
    #[arg(long, value_parser = moment)]
    at: Option<NaiveDateTime>,
    #[command(flatten)]
    tables: TablesArgs,
}

fn moment(text: &str) -> std::result::Result<NaiveDateTime, chrono::ParseError> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The files; `-` reads standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The highest SNIP level: 1 syntax, 2 guide, 3 balance, 4 situations, 5 code lists, 6 what holds
    /// for the kind of service, 7 what a payer wants. 6 and 7 look at claims (837).
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=7))]
    level: u8,
    /// Count warnings as errors.
    #[arg(long)]
    strict: bool,
    /// One JSON object a line, one for each file.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tables: TablesArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// What is taken of a file before it is refused.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct LimitArgs {
    /// Bytes of the file.
    #[arg(long, default_value_t = Limits::default().file_bytes)]
    file_bytes_max: u64,
    /// Transaction sets of the file.
    #[arg(long, default_value_t = Limits::default().sets)]
    sets_max: usize,
    /// Bytes of one segment.
    #[arg(long, default_value_t = Limits::default().segment_bytes)]
    segment_bytes_max: usize,
    /// Bytes of one subscriber with all claims, of a claim payment, of a header, or of a whole set
    /// other than 835 and 837.
    #[arg(long, default_value_t = Limits::default().section_bytes)]
    section_bytes_max: usize,
    /// Segments of the same.
    #[arg(long, default_value_t = Limits::default().section_segments)]
    section_segments_max: usize,
    /// Issues that are kept; more are counted.
    #[arg(long, default_value_t = Limits::default().issues)]
    issues_max: usize,
}

impl From<&LimitArgs> for Limits {
    fn from(args: &LimitArgs) -> Limits {
        Limits {
            file_bytes: args.file_bytes_max,
            sets: args.sets_max,
            segment_bytes: args.segment_bytes_max,
            section_bytes: args.section_bytes_max,
            section_segments: args.section_segments_max,
            issues: args.issues_max,
            ..Limits::default()
        }
    }
}

pub(super) fn run(command: X12Command) -> Result<ExitCode> {
    match command {
        X12Command::Check(args) => check_files(&args),
        X12Command::Ack(args) => acknowledge(&args),
        X12Command::Json(args) => json(&args),
        X12Command::Edi(args) => edi(&args),
        X12Command::Show(args) => show_file(&args),
        X12Command::Diff(args) => compare(&args),
        X12Command::Rules(args) => rules::run(&args),
    }
}

fn acknowledge(args: &AckArgs) -> Result<ExitCode> {
    let text = read(&args.file)?;
    let at = args.at.unwrap_or_else(|| Utc::now().naive_utc());
    let options = ReplyOptions { level: args.level, control_number: args.control_number, at };
    let reply = reply(&text, options).map_err(|cause| {
        let next = match cause {
            NoReply::Limit(_) => "Split the file by its interchanges, and answer each part",
            _ => "Name an X12 file with its ISA, and control numbers of at most nine digits",
        };
        Refusal::new("x12/no-reply", Status::Unreadable, cause.to_string(), next)
    })?;
    std::io::stdout().write_all(&reply.bytes).context("cannot write to standard output")?;
    for (kind, number) in &reply.unanswered {
        eprintln!("firstpass: group {number} is rejected; a 999 cannot answer its kind, {kind}");
    }
    let mut accepted = reply.accepted;
    if let Some(level) = args.claims {
        // The answers to claims are interchanges of their own, numbered after the others.
        let control_number = args.control_number.saturating_add(reply.interchanges);
        let options = ReplyOptions { control_number, ..options };
        let answer = answer_claims(&text, level, args.tables, options)?;
        std::io::stdout().write_all(&answer.bytes).context("cannot write to standard output")?;
        accepted &= answer.rejected == 0;
    }
    Ok(ExitCode::from(u8::from(!accepted)))
}

fn answer_claims(text: &[u8], level: u8, tables: TablesArgs, options: ReplyOptions) -> Result<ClaimReply> {
    let codes = codes_of_level(level, tables)?;
    let limits = Limits { issues: ISSUES_MAX, ..Limits::default() };
    let all = Options { level: level.max(4), codes: Some(&codes), limits, ..Options::default() };
    let (report, _) = check_input(text, &all, &codes).context("cannot read what is in memory")?;
    claim_answer::reply(text, &report, options).map_err(|cause| {
        let next = "Name control numbers of at most nine digits";
        Refusal::new("x12/no-reply", Status::Unreadable, cause.to_string(), next).into()
    })
}

/// The X12 of a text; a text without any is a fault.
fn parse<'a>(path: &Path, text: &'a [u8]) -> Result<File<'a>> {
    let file = read_file(text);
    if let Some(limit) = file.passed {
        let says = format!("{} cannot be read at once: {}", path.display(), limit.message());
        let next = "Check that it is X12 and whole; firstpass x12 check reads files of any length";
        return Err(Refusal::new(limit.rule(), Status::Unreadable, says, next).into());
    }
    if file.interchanges.is_empty() {
        let says = format!("{} is no X12: neither ISA nor GS nor ST begins a line", path.display());
        let next = "Name a file that begins with ISA";
        return Err(Refusal::new("x12/not-x12", Status::Unreadable, says, next).into());
    }
    Ok(file)
}

fn json(args: &JsonArgs) -> Result<ExitCode> {
    let text = read(&args.file)?;
    let file = parse(&args.file, &text)?;
    let names = if args.designators { Names::Designators } else { Names::Fields };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, &to_json(&file, names)).context("cannot write JSON")?;
    writeln!(out).context("cannot write to standard output")?;
    out.flush().context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}

fn edi(args: &FileArgs) -> Result<ExitCode> {
    let text = read(&args.file)?;
    let wrong = |says: String| {
        let next = "Correct the JSON; firstpass x12 json shows how a file looks";
        Refusal::new("x12/json", Status::Unreadable, says, next)
    };
    let json = serde_json::from_slice(&text).map_err(|cause| wrong(format!("this is no JSON: {cause}")))?;
    let bytes = to_x12(&json).map_err(|cause| wrong(cause.to_string()))?;
    parse(&args.file, &bytes)?;
    std::io::stdout().write_all(&bytes).context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}

fn show_file(args: &FileArgs) -> Result<ExitCode> {
    let text = read(&args.file)?;
    let file = parse(&args.file, &text)?;
    let codes = Codes::shipped();
    let report = check(&text, &Options::default());
    print!("{}", show::show(&file, &report, codes));
    Ok(exit_code(report.verdict))
}

fn compare(args: &DiffArgs) -> Result<ExitCode> {
    let (first, second) = (read(&args.first)?, read(&args.second)?);
    let comparison = diff(&parse(&args.first, &first)?, &parse(&args.second, &second)?);
    if args.json {
        println!("{}", serde_json::to_string(&comparison).context("a comparison is plain data")?);
    } else {
        print_comparison(&comparison);
    }
    Ok(ExitCode::from(u8::from(!comparison.differences.is_empty())))
}

fn print_comparison(comparison: &Comparison) {
    for one in &comparison.differences {
        let word = match one.outcome {
            Outcome::Added => "added",
            Outcome::Removed => "removed",
            Outcome::Changed => "changed",
        };
        println!("{}: {word}", one.what);
        for change in &one.changes {
            let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
            let place = [&change.r#loop, &change.element, &change.name];
            let place: Vec<&str> =
                place.into_iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
            println!("  {}: {} -> {}", place.join(" "), text(&change.before), text(&change.after));
        }
    }
    let [added, removed, changed] =
        [Outcome::Added, Outcome::Removed, Outcome::Changed].map(|outcome| comparison.count(outcome));
    println!("{} the same, {changed} changed, {added} added, {removed} removed", comparison.same);
}

fn exit_code(verdict: Verdict) -> ExitCode {
    match verdict {
        Verdict::Accepted => ExitCode::SUCCESS,
        Verdict::Rejected => ExitCode::from(1),
        Verdict::Unreadable => ExitCode::from(2),
    }
}

/// What is printed for one file: these names are a contract.
#[derive(Debug, Serialize)]
struct Answer<'r> {
    file: String,
    verdict: Verdict,
    level: u8,
    sets: &'r [SetSummary],
    issues: &'r [Finding],
    more: u64,
    errors: u64,
    warnings: u64,
    /// Rules of levels 6 and 7 that could not be checked, with why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    not_checked: &'r BTreeMap<&'static str, String>,
}

/// The report of a file, and which rules could not be checked.
fn check_one(
    path: &Path,
    options: &Options<'_>,
    codes: &Codes,
) -> std::io::Result<(Report, BTreeMap<&'static str, String>)> {
    check_input(open(path)?, options, codes)
}

/// All levels that are asked for, in one pass.
fn check_input(
    input: impl Read,
    options: &Options<'_>,
    codes: &Codes,
) -> std::io::Result<(Report, BTreeMap<&'static str, String>)> {
    let context = scrub::Context {
        codes,
        rules: &scrub::PracticeRules::default(),
        history: scrub::History::Unknown,
        today: Utc::now().date_naive(),
    };
    let mut scrubber = Scrubber::new(context, options);
    let report = check_stream_further(input, options, &mut scrubber)?;
    Ok((report, scrubber.not_checked))
}

/// The first level that asks code tables.
const LEVEL_OF_CODES: u8 = 5;

/// The tables that a check up to this level asks: no database is opened for one that asks none.
fn codes_of_level(level: u8, tables: TablesArgs) -> Result<Codes> {
    if level < LEVEL_OF_CODES { Ok(Codes::shipped().clone()) } else { tables.codes() }
}

fn check_files(args: &CheckArgs) -> Result<ExitCode> {
    let codes = codes_of_level(args.level, args.tables)?;
    let options = Options {
        level: args.level,
        strict: args.strict,
        limits: Limits::from(&args.limits),
        codes: Some(&codes),
    };
    let mut worst = Verdict::Accepted;
    let mut unopened = None;
    for path in &args.files {
        let (report, not_checked) = match check_one(path, &options, &codes) {
            Ok(checked) => checked,
            // The others are checked all the same.
            Err(cause) => {
                eprintln!("firstpass: {}", unreadable(path, &cause));
                unopened = Some(ExitCode::from(2));
                continue;
            }
        };
        worst = worst.max(report.verdict);
        if args.json {
            let answer = Answer {
                file: path.display().to_string(),
                verdict: report.verdict,
                level: args.level,
                sets: &report.sets,
                issues: &report.issues,
                more: report.more,
                errors: report.errors,
                warnings: report.warnings,
                not_checked: &not_checked,
            };
            println!("{}", serde_json::to_string(&answer).context("a report is plain data")?);
        } else {
            print(path, &report, args.level);
            for (rule, why) in &not_checked {
                println!("  {rule} {why}");
            }
        }
    }
    Ok(unopened.unwrap_or(exit_code(worst)))
}

fn open(path: &Path) -> std::io::Result<Box<dyn Read>> {
    Ok(match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(std::fs::File::open(path)?),
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    match open(path).and_then(|mut input| input.read_to_end(&mut text)) {
        Ok(_) => Ok(text),
        Err(cause) => Err(unreadable(path, &cause).into()),
    }
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Refusal {
    Refusal::new(
        "x12/unreadable",
        Status::Unreadable,
        format!("cannot read {}: {cause}", path.display()),
        "Name an X12 file, or - for standard input",
    )
}

fn print(path: &Path, report: &Report, level: u8) {
    let found = match (report.errors, report.warnings) {
        (0, 0) => String::new(),
        (errors, warnings) => format!(", {errors} errors, {warnings} warnings"),
    };
    println!("{}: {} at level {level}{found}", path.display(), report.verdict.name());
    for set in &report.sets {
        let mut line = format!(
            "  {} {} {}: {} segments",
            set.transaction, set.version, set.control_number, set.segments
        );
        if set.claims > 0 {
            line += &format!(", {} claims", set.claims);
        }
        for (word, amount) in [("charged", set.charged), ("paid", set.paid), ("payment", set.payment)] {
            if let Some(amount) = amount {
                line += &format!(", {word} {amount}");
            }
        }
        println!("{line}");
    }
    // The same fault in a hundred places is one line to act on, with its first places below it.
    let mut kinds: BTreeMap<(u8, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in &report.issues {
        kinds.entry((finding.level, finding.rule)).or_default().push(finding);
    }
    for ((level, rule), findings) in kinds {
        let Some(first) = findings.first() else { continue };
        let word = if first.is_error() { "error" } else { "warning" };
        println!("\n  level {level} {word} {rule}, {} times: {}", findings.len(), first.advice);
        if let Some(source) = first.source {
            println!("    as written in {source}");
        }
        for finding in findings.iter().take(SHOWN) {
            print_finding(finding);
        }
        if findings.len() > SHOWN {
            println!("    and {} more", findings.len() - SHOWN);
        }
    }
    if report.more > 0 {
        println!("\n  {} further issues were counted, not kept", report.more);
    }
}

fn print_finding(finding: &Finding) {
    let mut place = format!("segment {}", finding.segment);
    if !finding.segment_id.is_empty() {
        place += &format!(" {}", finding.segment_id);
    }
    place += &format!(" at byte {}", finding.offset);
    if !finding.loop_path.is_empty() {
        place += &format!(", loop {}", finding.loop_path);
    }
    println!("    {place}: {}", finding.message);
    match (&finding.found, &finding.expected) {
        (Some(found), Some(expected)) => println!("      found {found}, expected {expected}"),
        (Some(found), None) => println!("      found {found}"),
        (None, Some(expected)) => println!("      expected {expected}"),
        (None, None) => {}
    }
}
