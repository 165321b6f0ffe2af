//! `firstpass credits`: what is held and is not the practice's own.
//!
//! Exit code 0, and 1 when an over-payment of Medicare or Medicaid has not gone back in time, or what would be one
//! still waits for a decision.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use chrono::NaiveDate;
use serde_json::json;

use crate::app;
use crate::cli::{practice, wait};
use crate::config::Config;
use crate::credits::medicare::{
    self, MedicareAccounts, MedicareCredit, MedicareReport, MedicareWaiting, NOTHING_TO_REPORT,
};
use crate::credits::{self, Credit, Filter, Refund, refunds};
use crate::db::{Actor, Db, Tx};
use crate::types::{Clock, Money, Quarter, Result};

/// Items of each list that are printed.
const LISTED_MAX: i64 = 1_000;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Credit balances, the oldest first, and the refunds that are owed.
    List(List),
    /// Medicare's credit balances at the end of a quarter (form CMS-838). What is printed names no patient; the
    /// files do.
    MedicareReport(Report),
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

#[derive(Debug, clap::Args)]
pub struct Report {
    /// The quarter: 2026-Q4. When left out: that of the day, else the last one that is over.
    #[arg(long, value_name = "YYYY-Qn")]
    quarter: Option<Quarter>,
    /// What is booked by this day of the quarter counts; its last day when left out, or today while it goes on.
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    /// Write the claims as CSV, in the form's terms.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the form's two pages as a workbook.
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
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
        let (Command::List(List { organization, .. }) | Command::MedicareReport(Report { organization, .. })) =
            &command;
        let practice = practice::named(&ready.db, organization.as_deref()).await?;
        let actor = Actor::system("credits", practice.id);
        match &command {
            Command::List(args) => {
                list(&ready.db, &actor, Clock::system().today(practice.time_zone), args.json).await
            }
            Command::MedicareReport(args) => report(&ready.db, &actor, args).await,
        }
    })
}

async fn report(db: &Db, actor: &Actor, args: &Report) -> Result<ExitCode> {
    let now = Clock::system().now();
    let look = async |tx: &mut Tx| medicare::asked(tx, now, args.quarter, args.as_of).await;
    let report = db.snapshot(actor, look).await?;
    if let Some(file) = &args.csv {
        write(file, &report.csv()?)?;
    }
    if let Some(file) = &args.xlsx {
        write(file, &report.xlsx()?)?;
    }
    if args.json {
        println!("{}", json!(report));
    } else {
        print_report(&report);
        for file in args.csv.iter().chain(&args.xlsx) {
            println!("written: {}", file.display());
        }
    }
    Ok(ExitCode::from(u8::from(report.totals.late + report.waiting_totals.late > 0)))
}

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    Ok(std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))?)
}

fn print_report(report: &MedicareReport) {
    let MedicareReport { quarter, as_of, due_on, totals, .. } = report;
    println!("Medicare credit balances (CMS-838), {quarter} as of {as_of}, due {due_on}");
    if report.nothing_to_report {
        println!("{NOTHING_TO_REPORT}");
    } else {
        println!(
            "{} of {}: repaid {}, outstanding {}; {} late with {}",
            totals.credits,
            totals.amount,
            totals.repaid,
            totals.outstanding,
            totals.late,
            totals.late_outstanding
        );
    }
    for credit in &report.credits {
        let MedicareCredit { since, outstanding, payer_name, return_by, reason, .. } = credit;
        let late = if credit.late { ", late" } else { "" };
        let method = credit.method.map_or("not decided", medicare::Method::label);
        let number = credit.number.as_deref().unwrap_or("no claim");
        println!(
            "  {since} {:>14}  {payer_name}, {number}, back by {return_by}{late}; reason {} {}; {method}",
            outstanding.to_string(),
            reason.code(),
            reason.label()
        );
    }
    if report.repaid_whole > 0 {
        println!("repaid whole in the quarter: {} of {}", report.repaid_whole, report.repaid_whole_amount);
    }
    for waiting in &report.waiting {
        let MedicareWaiting { since, amount, payer_name, waiting_for, .. } = waiting;
        let number = waiting.number.as_deref().unwrap_or("no claim");
        let back = waiting.return_by.map(|day| format!(", back by {day}")).unwrap_or_default();
        let late = if waiting.late { ", late" } else { "" };
        println!(
            "  not on the form yet: {since} {:>14}  {payer_name}, {number}{back}{late}; {}",
            amount.to_string(),
            waiting_for.label()
        );
    }
    let MedicareAccounts { insurance_ar, refunds_payable, unapplied_cash, suspense } = report.accounts;
    println!(
        "in the ledger: receivables below zero {insurance_ar}, refunds payable {refunds_payable}; not on the form: \
         unapplied cash {unapplied_cash}, suspense {suspense}"
    );
    for blank in &report.left_blank {
        println!("left blank: {}: {}", blank.field, blank.why);
    }
}

async fn list(db: &Db, actor: &Actor, today: NaiveDate, as_json: bool) -> Result<ExitCode> {
    let load = async |tx: &mut Tx| {
        Ok((
            credits::list(tx, today, Filter::Open, None, LISTED_MAX).await?,
            credits::list(tx, today, Filter::Waiting, None, LISTED_MAX).await?,
            refunds::list(tx, refunds::Filter::Open, None, LISTED_MAX).await?,
            credits::totals(tx).await?,
        ))
    };
    let (open, waiting, owed, totals) = db.snapshot(actor, load).await?;
    let late = open.iter().chain(&waiting).any(|credit| credit.days_left.is_some_and(|days| days < 0));
    if as_json {
        let all = json!({ "totals": totals, "open": open, "waiting": waiting, "refunds": owed });
        println!("{all}");
    } else {
        println!("credits to decide: {} of {}", totals.open, totals.amount);
        open.iter().for_each(print);
        println!("a payer will take back: {} of {}", totals.waiting, totals.waiting_amount);
        waiting.iter().for_each(print);
        println!(
            "refunds to pay: {} of {}",
            owed.len(),
            owed.iter().map(|refund| refund.amount).sum::<Money>()
        );
        for refund in &owed {
            let Refund { id, amount, decided_on, .. } = refund;
            println!("  {id}  {decided_on} {:>14}  {}", amount.to_string(), refund.payee_name());
        }
    }
    Ok(ExitCode::from(u8::from(late)))
}

fn print(credit: &Credit) {
    let Credit { id, amount, since, age_days, .. } = credit;
    let due = match (credit.report_by, credit.days_left) {
        (Some(day), Some(left @ ..0)) => format!("; back by {day}, {} days late", -left),
        (Some(day), Some(left)) => format!("; back by {day}, {left} days left"),
        _ => String::new(),
    };
    println!("  {since} {:>14}  {}, {age_days} days{due}  {id}", amount.to_string(), credit.owner());
}
