//! `scrub`: what a payer would refuse in the claims of a file.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use chrono::{NaiveDate, Utc};
use clap::Args;
use serde::Serialize;

use crate::claims::map_837::{self, ReadFile};
use crate::cli::tables::TablesArgs;
use crate::codes::Codes;
use crate::scrub::{self, Context, Finding, History, PracticeRules, Severity};
use crate::types::{Refusal, Result, Status};

#[derive(Debug, Args)]
pub(super) struct ScrubArgs {
    /// An 837 professional file.
    file: PathBuf,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tables: TablesArgs,
}

/// What is printed: these names are a contract.
#[derive(Debug, Serialize)]
struct Report {
    file: String,
    /// Claims in the file, those that cannot be read included.
    claims: usize,
    /// Claims that nothing stops.
    clean: usize,
    findings: Vec<Finding>,
    /// What the file says and the scrubber does not look at.
    not_looked_at: Vec<String>,
}

pub(super) fn run(args: &ScrubArgs) -> Result<ExitCode> {
    let shown = args.file.display().to_string();
    let bytes =
        fs::read(&args.file).map_err(|fault| unreadable(format!("{shown} cannot be read: {fault}")))?;
    let read = map_837::read(&bytes);
    if read.sets == 0 {
        let what = match read.other_sets {
            0 => "holds no X12 transaction set",
            _ => "holds no set of professional claims (837, 005010X222)",
        };
        return Err(unreadable(format!("{shown} {what}")).into());
    }
    let report = report(shown, &read, &args.tables.codes()?, Utc::now().date_naive());
    if args.json {
        println!("{}", serde_json::to_string(&report).context("a report is plain data")?);
    } else {
        print(&report);
    }
    let stopped = report.findings.iter().any(|finding| finding.severity == Severity::Stop);
    Ok(ExitCode::from(u8::from(stopped)))
}

fn unreadable(detail: String) -> Refusal {
    Refusal::new("scrub/unreadable", Status::Unreadable, detail, "Give an 837 professional file")
}

fn report(file: String, read: &ReadFile, codes: &Codes, today: NaiveDate) -> Report {
    let rules = PracticeRules::default();
    let context = Context { codes, rules: &rules, history: History::Unknown, today };
    let mut findings = structural(read);
    let mut clean = 0;
    let mut not_looked_at = vec![];
    for claim in &read.claims {
        let verdict = scrub::check(&claim.mapped.claim, &context);
        let number = claim.mapped.claim.patient_control_number.as_deref().unwrap_or_default();
        let broken = findings.iter().any(|finding| finding.claim == number);
        clean += usize::from(!verdict.is_held() && !broken);
        findings.extend(verdict.findings().iter().cloned());
        not_looked_at.extend(claim.mapped.unmapped.iter().cloned());
    }
    not_looked_at.sort();
    not_looked_at.dedup();
    Report { file, claims: read.claims.len() + read.unreadable.len(), clean, findings, not_looked_at }
}

/// Faults of syntax and claims that cannot be read: a payer's translator stops there.
fn structural(read: &ReadFile) -> Vec<Finding> {
    let claim_at = |offset: u64| {
        let readable = read.claims.iter().filter(|claim| claim.bytes.0 <= offset && offset <= claim.bytes.1);
        readable.filter_map(|claim| claim.mapped.claim.patient_control_number.clone()).next()
    };
    let mut findings: Vec<Finding> = read
        .errors
        .iter()
        .map(|error| {
            let element = error.element.as_deref().unwrap_or(&error.segment_id);
            let within = error.loop_path.rsplit('/').next().unwrap_or_default();
            Finding {
                rule: error.rule.into(),
                version: 1,
                severity: Severity::Stop,
                claim: claim_at(error.at.offset).unwrap_or_default(),
                pointer: String::new(),
                element: format!("{within} {element}").trim().to_owned().into(),
                found: String::new(),
                message: format!("segment {}: {}", error.at.segment, error.message),
                source: "005010X222A1".into(),
                next: "Mend the file where it is written".into(),
                fix: None,
            }
        })
        .collect();
    findings.extend(read.unreadable.iter().map(|(number, offset)| Finding {
        rule: "scrub/claim-unreadable".into(),
        version: 1,
        severity: Severity::Stop,
        claim: number.clone(),
        pointer: String::new(),
        element: "2300".into(),
        found: String::new(),
        message: format!("the claim at byte {offset} lacks something without which it cannot be read"),
        source: "005010X222A1".into(),
        next: "Mend what the other findings name".into(),
        fix: None,
    }));
    findings
}

fn print(report: &Report) {
    for finding in &report.findings {
        let severity = match finding.severity {
            Severity::Stop => "stop",
            Severity::Warn => "warn",
            Severity::Note => "note",
        };
        let place: &str = if finding.pointer.is_empty() { &finding.element } else { &finding.pointer };
        println!("{severity}  claim {}  {place}  {}", finding.claim, finding.message);
        println!("      {} ({}); {}", finding.rule, finding.source, finding.next);
    }
    let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    println!(
        "{}: {} claims, {} clean; {} stops, {} warnings, {} notes",
        report.file,
        report.claims,
        report.clean,
        count(Severity::Stop),
        count(Severity::Warn),
        count(Severity::Note)
    );
    if !report.not_looked_at.is_empty() {
        println!("not looked at: {}", report.not_looked_at.join(", "));
    }
}
