//! `firstpass contracts`: fee schedules, contracts with payers, what they come to, and what another
//! one would have come to.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chrono::{Days, NaiveDate};
use clap::{Args, Subcommand};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::app;
use crate::claims::Past;
use crate::cli::{practice, wait};
use crate::codes;
use crate::config::Config;
use crate::contracts::{
    self, Asked, Contract, EditionItem, ImportOptions, NewContract, Quote, ScheduleItem, ScheduleReport,
    Service, Standing, WrittenTerms,
};
use crate::db::{Actor, Db, Tx};
use crate::exchange::files::{self, Direction};
use crate::journey::{self, Readjudicated};
use crate::registry::{Payer, payers};
use crate::types::{
    Clock, ContractId, FeeEditionId, Modifier, Money, PayerIdentifier, ProcedureCode, Refusal, Result, Status,
};

/// Problems of a file that a person is shown; `--json` has up to a thousand.
const PROBLEMS_SHOWN: usize = 20;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import a fee schedule, CSV or XLSX: a new edition of the schedule of this name. Exits with 1
    /// when rows were rejected.
    Import(Import),
    /// Make an edition of a fee schedule from the imported Medicare relative values.
    RelativeValues(RelativeValues),
    /// Take an edition of a fee schedule back: the one before answers again.
    Undo(Undo),
    /// Show contracts, fee schedules and their editions.
    List(List),
    /// Make a contract with a payer. What is left out of its terms is as Medicare has it.
    Add(Box<Add>),
    /// End a contract with a day of service.
    End(End),
    /// What contracts come to for a service, step by step. Exits with 1 when none has a price.
    Price(Price),
    /// What another contract would have come to for the claims that payers decided.
    WhatIf(WhatIf),
}

#[derive(Debug, Args)]
struct Of {
    /// The practice, by id or control number prefix; needed only when there are several.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = contracts::CAPTIONS)]
pub struct Import {
    /// The file: captions in its first row, then a price a row.
    file: PathBuf,
    /// The schedule's name; made with its first edition.
    #[arg(long, value_name = "NAME")]
    schedule: String,
    /// The first day of service for which it answers; else the earliest that a row names.
    #[arg(long, value_name = "DATE")]
    effective: Option<NaiveDate>,
    /// The file is a part of the list: what it lacks stays as it was.
    #[arg(long)]
    amend: bool,
    /// Say what would be imported, and keep nothing.
    #[arg(long)]
    dry_run: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct RelativeValues {
    /// The schedule's name; made with its first edition.
    #[arg(long, value_name = "NAME")]
    schedule: String,
    /// Dollars a relative value unit: `33.2875`.
    #[arg(long, value_name = "DOLLARS")]
    conversion_factor: Decimal,
    /// The first day of service for which it answers, and by which the relative values are chosen.
    #[arg(long, value_name = "DATE")]
    effective: NaiveDate,
    /// Say what would be made, and keep nothing.
    #[arg(long)]
    dry_run: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct Undo {
    /// The edition, as `contracts list` shows it.
    edition: FeeEditionId,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct List {
    /// One JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct Add {
    /// What the practice calls it.
    name: String,
    /// The payer's number.
    #[arg(long, value_name = "NUMBER")]
    payer: PayerIdentifier,
    /// The name of its fee schedule.
    #[arg(long, value_name = "NAME")]
    schedule: String,
    /// The first day of service.
    #[arg(long, value_name = "DATE")]
    from: NaiveDate,
    /// The last day of service.
    #[arg(long, value_name = "DATE")]
    thru: Option<NaiveDate>,
    /// Only to ask what it would come to: nobody is held to it.
    #[arg(long)]
    proposed: bool,
    /// What a line may be allowed below it before that is work.
    #[arg(long, value_name = "DOLLARS", default_value = "0.00")]
    tolerance: Money,
    /// Percent of the schedule.
    #[arg(long, value_name = "PERCENT", default_value = "")]
    percent: String,
    /// Percent of the charge, for what the schedule lacks.
    #[arg(long, value_name = "PERCENT", default_value = "")]
    charge_percent: String,
    /// More than the charge may be allowed.
    #[arg(long)]
    above_charge: bool,
    /// Percent of the dearest, second and further procedures of a day: `100/50/25`.
    #[arg(long, value_name = "PERCENTS", default_value = "")]
    reductions: String,
    /// What is ranked where the schedule does not say: `20000-29999,64483`.
    #[arg(long, value_name = "CODES", default_value = "")]
    ranked: String,
    /// Percent of both sides together.
    #[arg(long, value_name = "PERCENT", default_value = "")]
    bilateral: String,
    /// Percent of an assistant surgeon (80, 81, 82).
    #[arg(long, value_name = "PERCENT", default_value = "")]
    assistant: String,
    /// AS: percent of the assistant's percentage.
    #[arg(long, value_name = "PERCENT", default_value = "")]
    nonphysician: String,
    /// Percent of each of two surgeons (62).
    #[arg(long, value_name = "PERCENT", default_value = "")]
    cosurgeon: String,
    /// By modifier: `52=50 53=50`.
    #[arg(long, value_name = "PERCENTS", default_value = "")]
    modifiers: String,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct End {
    /// The contract, as `contracts list` shows it.
    contract: ContractId,
    /// Its last day of service.
    last_day: NaiveDate,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct Price {
    /// CPT or HCPCS.
    #[arg(long)]
    procedure: ProcedureCode,
    /// The day of service.
    #[arg(long)]
    date: NaiveDate,
    /// `25,59`
    #[arg(long, value_delimiter = ',')]
    modifiers: Vec<Modifier>,
    /// What is charged; without it no rule asks for the charge.
    #[arg(long)]
    charge: Option<Money>,
    /// How many.
    #[arg(long, default_value = "1")]
    units: Decimal,
    /// The place of service, two digits.
    #[arg(long, default_value = "11")]
    place: String,
    /// Only the payer of this number.
    #[arg(long, value_name = "NUMBER", conflicts_with = "contract")]
    payer: Option<PayerIdentifier>,
    /// Only this contract, whatever its days.
    #[arg(long, value_name = "ID")]
    contract: Option<ContractId>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct WhatIf {
    /// The other contract, in force or proposed.
    #[arg(long, value_name = "ID")]
    contract: ContractId,
    /// First day of service; a year before the last unless said.
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// Last day of service; today unless said.
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    /// The claims of the payer of this number; else those of the contract's payer.
    #[arg(long, value_name = "NUMBER", conflicts_with = "all_payers")]
    payer: Option<PayerIdentifier>,
    /// The claims of every payer.
    #[arg(long)]
    all_payers: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    of: Of,
}

/// Runs the command.
pub fn run(command: Command) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    wait(async {
        let ready = app::open(&config).await?;
        let of = match &command {
            Command::Import(args) => &args.of,
            Command::RelativeValues(args) => &args.of,
            Command::Undo(args) => &args.of,
            Command::List(args) => &args.of,
            Command::Add(args) => &args.of,
            Command::End(args) => &args.of,
            Command::Price(args) => &args.of,
            Command::WhatIf(args) => &args.of,
        };
        let practice = practice::named(&ready.db, of.organization.as_deref()).await?;
        let actor = Actor::system("contracts", practice.id);
        let desk = Desk { db: &ready.db, actor, clock: Clock::system(), zone: practice.time_zone };
        match command {
            Command::Import(args) => desk.import(&args).await,
            Command::RelativeValues(args) => desk.relative_values(&args).await,
            Command::Undo(args) => desk.undo(args.edition).await,
            Command::List(args) => desk.list(args.json).await,
            Command::Add(args) => desk.add(&args).await,
            Command::End(args) => desk.end(&args).await,
            Command::Price(args) => desk.price(args).await,
            Command::WhatIf(args) => desk.what_if(&args).await,
        }
    })
}

/// For whom a command works.
struct Desk<'a> {
    db: &'a Db,
    actor: Actor,
    clock: Clock,
    zone: chrono_tz::Tz,
}

impl Desk<'_> {
    async fn import(&self, args: &Import) -> Result<ExitCode> {
        let shown = args.file.display().to_string();
        let bytes = fs::read(&args.file).map_err(|fault| {
            let what = format!("cannot read {shown}: {fault}");
            Refusal::new("contracts/unreadable", Status::Unreadable, what, "Check the path")
        })?;
        let name = args.file.file_name().unwrap_or_default().to_string_lossy();
        // A transaction of its own: a file that cannot be read is kept.
        let keep = async |tx: &mut Tx| files::keep(tx, &bytes, &name, Direction::In).await;
        let file = self.db.transaction(&self.actor, keep).await?.id;
        let sheet = contracts::read_sheet(&bytes)?;
        let codes = codes::store::load(self.db).await?;
        let options = ImportOptions { effective: args.effective, amends: args.amend, dry_run: args.dry_run };
        let now = self.clock.now();
        let import = async |tx: &mut Tx| {
            contracts::import(tx, now, &codes, (file, &name), &args.schedule, sheet, &options).await
        };
        let report = self.written(args.dry_run, import).await?;
        print_report(&report, args.json)
    }

    async fn relative_values(&self, args: &RelativeValues) -> Result<ExitCode> {
        let codes = codes::store::load(self.db).await?;
        let options = ImportOptions { effective: Some(args.effective), amends: false, dry_run: args.dry_run };
        let (now, factor) = (self.clock.now(), args.conversion_factor);
        let import = async |tx: &mut Tx| {
            contracts::import_relative_values(tx, now, &codes, &args.schedule, factor, &options).await
        };
        let report = self.written(args.dry_run, import).await?;
        print_report(&report, args.json)
    }

    /// In a transaction; a dry run reads only.
    async fn written<T>(
        &self,
        dry_run: bool,
        verb: impl AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    ) -> Result<T> {
        if dry_run {
            self.db.snapshot(&self.actor, verb).await
        } else {
            self.db.transaction(&self.actor, verb).await
        }
    }

    async fn undo(&self, edition: FeeEditionId) -> Result<ExitCode> {
        let now = self.clock.now();
        self.db.transaction(&self.actor, async |tx| contracts::undo(tx, now, edition).await).await?;
        println!("{edition} is undone");
        Ok(ExitCode::SUCCESS)
    }

    async fn list(&self, json: bool) -> Result<ExitCode> {
        let load = async |tx: &mut Tx| {
            let listed = Listed::of(&contracts::list(tx).await?, &payers::list(tx).await?);
            Ok((listed, contracts::schedules(tx).await?, contracts::editions(tx).await?))
        };
        let (contracts, schedules, editions) = self.db.snapshot(&self.actor, load).await?;
        if json {
            let all =
                serde_json::json!({ "contracts": contracts, "schedules": schedules, "editions": editions });
            println!("{all}");
            return Ok(ExitCode::SUCCESS);
        }
        for contract in &contracts {
            let thru = contract.valid_to.map(|to| format!(" thru {to}")).unwrap_or_default();
            println!(
                "{}  {} with {}, {} from {}{thru}",
                contract.id, contract.name, contract.payer, contract.state, contract.valid_from
            );
        }
        for ScheduleItem { id, name } in &schedules {
            println!("{id}  fee schedule {name}");
            for edition in editions.iter().filter(|edition| edition.schedule == *id) {
                print_edition(edition);
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn add(&self, args: &Add) -> Result<ExitCode> {
        let written = WrittenTerms {
            schedule_percent: args.percent.clone(),
            charge_percent: args.charge_percent.clone(),
            lesser_of_charge: if args.above_charge { "no" } else { "yes" }.to_owned(),
            reductions: args.reductions.clone(),
            ranked_procedures: args.ranked.clone(),
            bilateral_percent: args.bilateral.clone(),
            assistant_percent: args.assistant.clone(),
            nonphysician_percent: args.nonphysician.clone(),
            cosurgeon_percent: args.cosurgeon.clone(),
            modifier_percents: args.modifiers.clone(),
        };
        let (terms, now) = (written.read()?, self.clock.now());
        let made = async |tx: &mut Tx| {
            let payer = payer(tx, &args.payer).await?;
            let schedule = contracts::named_schedule(tx, args.schedule.trim()).await?.ok_or_else(|| {
                let what = format!("there is no fee schedule {}", args.schedule);
                let next = "Import it: firstpass contracts import";
                Refusal::new("contracts/schedule-not-found", Status::NotFound, what, next)
            })?;
            let new = NewContract {
                payer: payer.id,
                name: args.name.clone(),
                standing: if args.proposed { Standing::Proposed } else { Standing::InForce },
                valid_from: args.from,
                valid_to: args.thru,
                schedule: schedule.id,
                terms,
                tolerance: args.tolerance,
            };
            contracts::create(tx, now, &new).await
        };
        let contract = self.db.transaction(&self.actor, made).await?;
        println!("{}  {}", contract.id, contract.name);
        Ok(ExitCode::SUCCESS)
    }

    async fn end(&self, args: &End) -> Result<ExitCode> {
        let end = async |tx: &mut Tx| contracts::end(tx, args.contract, args.last_day).await;
        let contract = self.db.transaction(&self.actor, end).await?;
        println!("{} ends with {}", contract.name, args.last_day);
        Ok(ExitCode::SUCCESS)
    }

    async fn price(&self, args: Price) -> Result<ExitCode> {
        let service = Service {
            procedure: args.procedure,
            modifiers: args.modifiers,
            units: args.units,
            place_of_service: Some(args.place),
            on: args.date,
            charged: args.charge,
        };
        let ask = async |tx: &mut Tx| {
            let asked = match (args.contract, &args.payer) {
                (Some(contract), _) => Asked::One(contract),
                (None, Some(number)) => Asked::OfPayer(payer(tx, number).await?.id),
                (None, None) => Asked::InForce,
            };
            contracts::quote(tx, &service, asked).await
        };
        let quotes = self.db.snapshot(&self.actor, ask).await?;
        if args.json {
            println!("{}", serde_json::json!({ "quotes": quotes }));
        } else {
            quotes.iter().for_each(print_quote);
            if quotes.is_empty() {
                println!("no contract is in force on {}", service.on);
            }
        }
        Ok(ExitCode::from(u8::from(!quotes.iter().any(|quote| quote.allowed.is_some()))))
    }

    async fn what_if(&self, args: &WhatIf) -> Result<ExitCode> {
        let to = args.to.unwrap_or_else(|| self.clock.today(self.zone));
        let from = args.from.unwrap_or_else(|| to.checked_sub_days(Days::new(365)).unwrap_or(to));
        let ask = async |tx: &mut Tx| {
            let payer = match (&args.payer, args.all_payers) {
                (_, true) => None,
                (Some(number), false) => Some(payer(tx, number).await?.id),
                (None, false) => Some(contracts::get(tx, args.contract).await?.payer),
            };
            journey::readjudicate(tx, args.contract, Past { from, to, payer }).await
        };
        let found = self.db.snapshot(&self.actor, ask).await?;
        if args.json {
            println!("{}", serde_json::to_string(&found).context("an answer is plain data")?);
        } else {
            print_what_if(&found);
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn payer(tx: &mut Tx, number: &PayerIdentifier) -> Result<Payer> {
    payers::by_identifier(tx, number).await?.ok_or_else(|| {
        let what = format!("the practice has no payer {number}");
        Refusal::new("payers/not-found", Status::NotFound, what, "Check the payer's number").into()
    })
}

/// A contract as it is listed: these names are a contract, too.
#[derive(Debug, Serialize)]
struct Listed {
    id: ContractId,
    name: String,
    payer: String,
    state: &'static str,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    tolerance: Money,
}

impl Listed {
    fn of(contracts: &[Contract], payers: &[Payer]) -> Vec<Listed> {
        let listed = contracts.iter().map(|contract| Listed {
            id: contract.id,
            name: contract.name.clone(),
            payer: payers
                .iter()
                .find(|payer| payer.id == contract.payer)
                .map(|payer| payer.name.clone())
                .unwrap_or_default(),
            state: contract.standing.as_str(),
            valid_from: contract.valid_from,
            valid_to: contract.valid_to,
            tolerance: contract.tolerance,
        });
        listed.collect()
    }
}

fn print_report(report: &ScheduleReport, json: bool) -> Result<ExitCode> {
    let exit = if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(1) };
    if json {
        println!("{}", serde_json::to_string(report).context("a report is plain data")?);
        return Ok(exit);
    }
    let when = match (report.already_imported, report.dry_run) {
        (true, _) => "imported before",
        (false, true) => "would be imported",
        (false, false) => "imported",
    };
    println!(
        "{when}: {} from {}: {} rows read, {} prices added, {} changed, {} as before, {} ended; {} rows rejected",
        report.schedule,
        report.effective_from,
        report.rows_read,
        report.added,
        report.changed,
        report.unchanged,
        report.ended,
        report.rows_rejected
    );
    if let Some(edition) = report.edition {
        println!("edition {edition}");
    }
    if !report.unknown_columns.is_empty() {
        println!("columns read over: {}", report.unknown_columns.join(", "));
    }
    for problem in report.problems.iter().take(PROBLEMS_SHOWN) {
        let column = problem.column.as_deref().map(|column| format!("{column} ")).unwrap_or_default();
        println!("row {}: {column}{}", problem.row, problem.reason);
    }
    if report.rows_rejected > PROBLEMS_SHOWN {
        println!("and {} more", report.rows_rejected - PROBLEMS_SHOWN);
    }
    Ok(exit)
}

fn print_edition(edition: &EditionItem) {
    let undone = if edition.undone_at.is_some() { ", undone" } else { "" };
    println!(
        "  {}  from {}: {}, {} added, {} changed, {} ended, {} rejected{undone}",
        edition.id,
        edition.effective_from,
        edition.source,
        edition.added,
        edition.changed,
        edition.ended,
        edition.rows_rejected
    );
}

fn print_quote(quote: &Quote) {
    let Quote { payer, name, .. } = quote;
    match (quote.allowed, quote.why) {
        (Some(allowed), _) => println!("{payer}, {name}: {allowed}\n  {}", quote.steps.join("; ")),
        (None, Some(why)) => println!("{payer}, {name}: {why}"),
        (None, None) => println!("{payer}, {name}: not priced"),
    }
}

fn print_what_if(found: &Readjudicated) {
    let newest = if found.complete { "" } else { ", the newest; there are more" };
    println!("{}: {} claims decided{newest}, {} compared", found.name, found.claims, found.compared);
    for (why, claims) in &found.not_compared {
        println!("  not compared: {claims}, {}", why.label());
    }
    println!("{:<32}{:>8}{:>14}{:>14}{:>14}", "", "claims", "allowed", "contract", "difference");
    for row in &found.by_payer {
        println!(
            "{:<32}{:>8}{:>14}{:>14}{:>14}",
            row.name, row.claims, row.allowed, row.other, row.difference
        );
    }
    println!(
        "{:<32}{:>8}{:>14}{:>14}{:>14}",
        "all", found.compared, found.allowed, found.other, found.difference
    );
    println!(
        "\n{:<24}{:<8}{:>8}{:>14}{:>14}{:>14}",
        "", "code", "lines", "allowed", "contract", "difference"
    );
    for row in &found.by_code {
        let payer: String = row.payer.chars().take(23).collect();
        println!(
            "{payer:<24}{:<8}{:>8}{:>14}{:>14}{:>14}",
            row.procedure, row.lines, row.allowed, row.other, row.difference
        );
    }
}
