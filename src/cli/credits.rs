//! `firstpass credits`: what is held and is not the practice's own.
//!
//! Exit code 0, and 1 when an over-payment of Medicare or Medicaid has not gone back in time.

use std::process::ExitCode;

use chrono::NaiveDate;
use serde_json::json;

use crate::app;
use crate::cli::{practice, wait};
use crate::config::Config;
use crate::credits::{self, Credit, Filter, Refund, refunds};
use crate::db::{Actor, Db, Tx};
use crate::types::{Clock, Money, Result};

/// Items of each list that are printed.
const LISTED_MAX: i64 = 1_000;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Credit balances, the oldest first, and the refunds that are owed.
    List(List),
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
    let Command::List(args) = command;
    let config = Config::from_environment()?;
    app::log(&config)?;
    wait(async {
        let ready = app::open(&config).await?;
        let practice = practice::named(&ready.db, args.organization.as_deref()).await?;
        let actor = Actor::system("credits", practice.id);
        list(&ready.db, &actor, Clock::system().today(practice.time_zone), args.json).await
    })
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
