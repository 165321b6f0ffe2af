//! `firstpass deposits`: a bank's files, and what waits.
//!
//! Exit code 0 when every line was read, 1 when some were not or a total does not add up, 2 when a file
//! could not be read at all. The same file again, or the same deposit in another file, enters nothing.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use serde_json::json;

use crate::app;
use crate::cli::{practice, wait};
use crate::config::Config;
use crate::db::{Actor, Db, Tx};
use crate::deposits::api::{AwaitedItem, DepositItem};
use crate::deposits::{self, BankFile, Deposit, ImportReport, UnpaidRemittance, View};
use crate::types::{Clock, Money, Refusal, Result, Status};

/// Items of either list that are printed.
const LISTED_MAX: i64 = 1_000;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Import a bank's files: CSV, BAI2 or NACHA CCD+.
    Import(Import),
    /// Money without remittance, and remittances without money, with their ages in business days.
    List(List),
}

#[derive(Debug, clap::Args)]
pub struct Import {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The bank account's name; made when it is not there. Needed only when a file does not say which of
    /// several it is of.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Read only, and say what would be entered.
    #[arg(long)]
    dry_run: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    /// The practice's id or control number prefix; not needed where there is one practice.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct List {
    /// One JSON object.
    #[arg(long)]
    json: bool,
    /// The practice's id or control number prefix; not needed where there is one practice.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
}

/// Runs the command.
pub fn run(command: Command) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    wait(async {
        let ready = app::open(&config).await?;
        let organization = match &command {
            Command::Import(args) => &args.organization,
            Command::List(args) => &args.organization,
        };
        let practice = practice::named(&ready.db, organization.as_deref()).await?;
        let actor = Actor::system("deposits", practice.id);
        let clock = Clock::system();
        match command {
            Command::Import(args) => import(&ready.db, &actor, &clock, &args).await,
            Command::List(args) => list(&ready.db, &actor, clock.today(practice.time_zone), args.json).await,
        }
    })
}

async fn import(db: &Db, actor: &Actor, clock: &Clock, args: &Import) -> Result<ExitCode> {
    let mut reports = vec![];
    for path in &args.files {
        let shown = path.display().to_string();
        let bytes = fs::read(path).map_err(|fault| {
            let what = format!("cannot read {shown}: {fault}");
            Refusal::new("deposits/unreadable", Status::Unreadable, what, "Check the path")
        })?;
        if args.dry_run {
            reports.push((shown, would_enter(&deposits::read(&bytes)?, args.account.as_deref())));
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let account = args.account.as_deref();
        let report = deposits::receive_file(db, actor, clock.now(), &name, &bytes, account).await?;
        reports.push((shown, report));
    }
    if args.json {
        let all: Vec<_> =
            reports.iter().map(|(file, report)| json!({ "name": file, "report": report })).collect();
        println!("{}", json!({ "files": all }));
    } else {
        reports.iter().for_each(|(file, report)| print_report(file, report, args.dry_run));
    }
    Ok(ExitCode::from(u8::from(reports.iter().any(|(_, report)| !report.problems.is_empty()))))
}

/// What an import would enter, those that are known included.
fn would_enter(bank: &BankFile, account: Option<&str>) -> ImportReport {
    ImportReport {
        file: None,
        format: bank.format,
        account: account.or(bank.last_four.as_deref()).unwrap_or_default().to_owned(),
        entered: bank.lines.len(),
        amount: bank.lines.iter().map(|line| line.amount).sum(),
        known: 0,
        passed: bank.passed,
        matched: 0,
        problems: bank.problems.clone(),
    }
}

fn print_report(file: &str, report: &ImportReport, dry_run: bool) {
    let ImportReport { entered, amount, known, passed, matched, account, .. } = report;
    if dry_run {
        println!("{file}: {entered} deposits of {amount} would be entered; {passed} other lines");
    } else {
        println!(
            "{file}: {entered} deposits of {amount} entered in {account}, {known} known before, \
             {passed} other lines; {matched} matched to remittances"
        );
    }
    for problem in &report.problems {
        println!("  line {}: expected {}", problem.line, problem.expected);
    }
}

async fn list(db: &Db, actor: &Actor, today: NaiveDate, as_json: bool) -> Result<ExitCode> {
    let load = async |tx: &mut Tx| {
        Ok((
            deposits::list(tx, View::Waiting, None, LISTED_MAX).await?,
            deposits::unpaid(tx, None, LISTED_MAX).await?,
            deposits::totals(tx, today).await?,
        ))
    };
    let (money, remittances, totals) = db.snapshot(actor, load).await?;
    if as_json {
        let money: Vec<_> = money.into_iter().map(|item| DepositItem::of(item, today)).collect();
        let remittances: Vec<_> = remittances.into_iter().map(|item| AwaitedItem::of(item, today)).collect();
        let all = json!({ "totals": totals, "money_without_remittance": money,
            "remittances_without_money": remittances });
        println!("{all}");
        return Ok(ExitCode::SUCCESS);
    }
    let late = |late: bool| if late { ", late" } else { "" };
    println!("money without remittance: {} of {}", totals.deposits, totals.deposits_open);
    for item in &money {
        let Deposit { id, deposited_on, open, .. } = item;
        let trace = item.trace_number.as_deref().unwrap_or("-");
        let (age, late) = (item.age(today), late(item.is_late(today)));
        println!("  {id}  {deposited_on} {:>14}  trace {trace}, {age} business days{late}", show(*open));
    }
    println!("remittances without money: {} of {}", totals.remittances, totals.remittances_open);
    for item in &remittances {
        let UnpaidRemittance { id, payer, trace_number, paid_on, open, .. } = item;
        let (age, late) = (item.age(today), late(item.is_late(today)));
        println!(
            "  {id}  {paid_on} {:>14}  {payer}, trace {trace_number}, {age} business days{late}",
            show(*open)
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn show(amount: Money) -> String {
    amount.to_string()
}
