//! `firstpass demo`: a practice of its own, with its payers in the sandbox, and a claim's whole
//! journey through the verbs that the service uses.
//!
//! Nothing is shown that did not happen: charges come in as a CSV file, claims leave as 837 files
//! in a mailbox folder, the sandbox payers read them there as plain X12 and answer in the same
//! way, and the books are proved at the end. Each run makes a new practice, so a second run is as
//! good as the first. Exit code 0 when every proof holds, 1 when one does not.

mod contracts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use chrono::{Days, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use crate::access::Role;
use crate::access::users::{self, NewUser};
use crate::app;
use crate::charges::{self, Mode};
use crate::claims::{self, Event, StatusCount};
use crate::cli::made::{new_practice, register};
use crate::cli::{serve, wait_among_others};
use crate::codes::Codes;
use crate::config::Config;
use crate::db::{Actor, Db, Tx};
use crate::denials;
use crate::deposits;
use crate::exchange::files::{self, Direction};
use crate::exchange::mailbox::DirectoryMailbox;
use crate::journey::{self, Mail, Tally};
use crate::ledger::{self, AsOf, Proof};
use crate::remits::State;
use crate::sandbox::{Plan, SandboxPayer, bank_table};
use crate::statements;
use crate::synth;
use crate::types::{Clock, Money, OrganizationId, Result};
use crate::work;

/// Runs a practice's whole journey against the sandbox payers, and proves the books.
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// Exit after the proofs, instead of serving the practice's pages.
    #[arg(long)]
    once: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// How many visits to make up.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    encounters: u32,
    /// The same seed makes the same practice.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// How many days pass: long enough for reviews, reversals and secondary claims to come to an end.
const DAYS: u64 = 45;

pub fn run(demo: &Demo) -> Result<ExitCode> {
    let started = Instant::now();
    let config = Config::from_environment()?;
    app::log(&config)?;
    let holds = wait_among_others(async {
        let ready = app::open(&config).await?;
        let mut report = demo.journey(&ready.db, &config.mailboxes()).await?;
        report.wall_s = seconds(started.elapsed().as_millis());
        report.peak_rss_kib = peak_rss_kib();
        if demo.json {
            println!("{}", serde_json::to_string(&report).map_err(anyhow::Error::from)?);
        } else {
            report.print();
        }
        if !demo.once {
            show(&ready.db, &config, report.organization).await?;
        }
        Ok(report.proofs.iter().all(|proof| proof.holds))
    })?;
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What the demo signs in with.
const EMAIL: &str = "demo@firstpass.example";

/// Serves the practice that the demo made, with a fresh password.
async fn show(db: &Db, config: &Config, organization: OrganizationId) -> Result<()> {
    let actor = Actor::system("demo", organization);
    let password = users::generated_password()?;
    let digest = users::hashed(&password).await?;
    let known = users::find(db, EMAIL).await?;
    db.transaction(&actor, async |tx| match known {
        // Opened at login: the practice joined last.
        Some(user) => {
            users::join(tx, user, Role::Admin).await?;
            users::set_password(tx, user, &digest).await
        }
        None => {
            let new = NewUser { email: EMAIL, name: "Demo Manager", role: Role::Admin };
            users::add(tx, &new, &digest).await.map(|_| ())
        }
    })
    .await?;
    let work = Some(work::Settings::default());
    serve::until_stopped(db, config.mailboxes(), config.listen, work, None, |address| {
        eprintln!("\nFirstpass is at http://{address}/");
        eprintln!("  email     {EMAIL}\n  password  {password}\nStop it with Ctrl C.");
    })
    .await
}

/// What the demo shows at its end.
#[derive(Debug, Serialize)]
struct Report {
    organization: OrganizationId,
    mailbox: PathBuf,
    stages: BTreeMap<&'static str, Tally>,
    claims_by_status: BTreeMap<&'static str, Tally>,
    held_by_rule: BTreeMap<String, usize>,
    denials_by_category: BTreeMap<&'static str, Tally>,
    proofs: Vec<Proof>,
    digest: String,
    wall_s: serde_json::Number,
    peak_rss_kib: Option<u64>,
}

/// The names of the stages, in the order in which a claim passes them.
const STAGES: &[(&str, &str)] = &[
    ("charges", "visits charged"),
    ("charges_rejected", "charge rows rejected"),
    ("self_pay", "visits without insurance"),
    ("drafted", "claims drafted"),
    ("held", "held by the scrubber"),
    ("released", "released"),
    ("batches", "837 files sent"),
    ("submitted", "claims sent"),
    ("acknowledged", "accepted by 999"),
    ("rejected_999", "rejected by TA1 or 999"),
    ("resent", "sent again after a 999"),
    ("accepted", "accepted by 277CA"),
    ("rejected_277ca", "rejected by 277CA"),
    ("remittances", "835 payments posted"),
    ("remittances_held", "835 payments that wait"),
    ("exceptions", "exceptions for a person"),
    ("deposits", "bank deposits"),
    ("deposits_waiting", "deposits without remittance"),
    ("paid", "paid by payers"),
    ("contractual", "written off by contract"),
    ("denials", "denials to work"),
    ("underpayments", "allowed below contract"),
    ("next_payer", "claims to the next payer"),
    ("patient_balances", "patients who owe"),
    ("insurance_balances", "owed by payers"),
];

impl Demo {
    async fn journey(&self, db: &Db, mailboxes: &Path) -> Result<Report> {
        let say = |text: String| {
            if !self.json {
                println!("{text}");
            }
        };
        // The journey ends today, so that nothing in the books lies in the future.
        let clock = Clock::standing_at(Utc::now() - Days::new(DAYS));
        let organization = new_practice(db).await?;
        let actor = Actor::system("demo", organization.id);
        let today = clock.today(organization.time_zone);
        let made = synth::practice(self.seed, (self.encounters as usize * 2 / 5).max(20), today);
        let mailboxes = mailboxes.join(organization.id.to_string());
        db.transaction(&actor, async |tx| {
            register(tx, &made, today).await?;
            contracts::agree(tx, clock.now(), &made, today).await
        })
        .await?;
        say(format!("{}: {} patients, {} payers", organization.name, made.patients.len(), made.payers.len()));

        let mut stages = Stages::default();
        let bytes = synth::charge_file(&made, self.seed, self.encounters as usize, today);
        let file = db
            .transaction(&actor, async |tx| files::keep(tx, &bytes, "charges.csv", Direction::In).await)
            .await?;
        let imported = db
            .batch(&actor, async |tx| {
                let charges = charges::read_sheet(&bytes, None)?;
                journey::import_charges(tx, clock.now(), file.id, charges, Mode::KeepGoodRows).await
            })
            .await?;
        stages.set("charges", imported.report.visits as usize, imported.report.charged);
        stages.set("charges_rejected", imported.report.rows_rejected as usize, Money::ZERO);
        stages.set("self_pay", imported.self_pay, Money::ZERO);
        say(format!(
            "charges.csv: {} visits, {} charged, {} rows rejected",
            imported.report.visits, imported.report.charged, imported.report.rows_rejected
        ));

        let sandbox: Vec<SandboxPayer<DirectoryMailbox>> = made
            .payers
            .iter()
            .map(|payer| {
                let folder = mailboxes.join(payer.mailbox);
                let mailbox = DirectoryMailbox::new(folder.join("out"), folder.join("in"));
                let memory = folder.join("payer");
                let plan = Plan::of_filing_indicator(payer.filing_indicator);
                let theirs = mailbox.from_the_other_side();
                SandboxPayer::new(payer.identifier, payer.name, plan, self.seed, theirs, memory)
            })
            .collect();
        let mut held_by_rule = BTreeMap::new();
        let mut transfers = vec![];
        for day in 0..=DAYS {
            let scrubbed = journey::scrub_drafts(db, &actor, clock.now(), Codes::shipped()).await?;
            let again = db
                .transaction(&actor, async |tx| {
                    journey::release_rejected_files(tx, clock.now(), Codes::shipped()).await
                })
                .await?;
            stages.add("resent", again.ready);
            stages.add("held", scrubbed.held);
            stages.add("released", scrubbed.ready);
            stages.add("held", again.held);
            for (rule, count) in scrubbed.stopped_by.iter().chain(&again.stopped_by) {
                *held_by_rule.entry(rule.clone()).or_default() += count;
            }
            db.transaction(&actor, async |tx| journey::queue_ready(tx, clock.now(), Codes::shipped()).await)
                .await?;
            let sent = journey::send_batches(db, &actor, clock.now(), Codes::shipped(), |payer| {
                let folder = mailboxes.join(&payer.mailbox);
                DirectoryMailbox::new(folder.join("out"), folder.join("in"))
            })
            .await?;
            for batch in &sent {
                stages.one("batches", batch.charged);
            }
            let mut mail = vec![];
            for (payer, known) in sandbox.iter().zip(&made.payers) {
                transfers.extend(payer.work(clock.today(organization.time_zone)).await?.transfers);
                let folder = mailboxes.join(known.mailbox);
                let mailbox = DirectoryMailbox::new(folder.join("out"), folder.join("in"));
                mail.extend(journey::receive_mail(db, &actor, &clock, &mailbox).await?);
            }
            stages.count_mail(&mail);
            if !sent.is_empty() || !mail.is_empty() {
                say(day_line(day, &scrubbed, sent.len(), &mail));
            }
            clock.advance(TimeDelta::days(1));
        }
        let today = Clock::system().today(organization.time_zone);
        let table = bank_table(&transfers, today);
        let (now, account) = (clock.now(), Some("Operating account"));
        let bank = deposits::receive_file(db, &actor, now, "bank.csv", table.as_bytes(), account).await?;
        stages.set("deposits", bank.entered, bank.amount);
        let mut report = db.snapshot(&actor, async |tx| stages.report(tx, today).await).await?;
        let books = journey::prove(db, &actor, Clock::system().now(), AsOf::NOW).await?;
        report.digest = books.digest.to_string();
        report.proofs = books.proofs;
        report.mailbox = mailboxes;
        report.held_by_rule = held_by_rule;
        Ok(report)
    }
}

fn day_line(day: u64, scrubbed: &journey::Scrubbed, sent: usize, mail: &[Mail]) -> String {
    let sets = || mail.iter().flat_map(|one| &one.remittances);
    let paid: Money = sets().map(|set| set.paid).sum();
    format!(
        "day {day:>2}: {} ready, {} held; {sent} batches out; {} files in, {} payments ({paid})",
        scrubbed.ready.count,
        scrubbed.held.count,
        mail.len(),
        sets().count(),
    )
}

/// What has been counted on the way.
#[derive(Default)]
struct Stages(BTreeMap<&'static str, Tally>);

impl Stages {
    fn set(&mut self, stage: &'static str, count: usize, amount: Money) {
        self.0.insert(stage, Tally { count, amount });
    }
    fn add(&mut self, stage: &'static str, tally: Tally) {
        let sum = self.0.entry(stage).or_default();
        sum.count += tally.count;
        sum.amount += tally.amount;
    }
    fn one(&mut self, stage: &'static str, amount: Money) {
        self.add(stage, Tally { count: 1, amount });
    }

    fn count_mail(&mut self, mail: &[Mail]) {
        for one in mail {
            self.add("next_payer", one.followed.next_payer);
            self.add("underpayments", one.followed.underpayments);
            for set in &one.remittances {
                match set.outcome {
                    State::Posted | State::PartlyPosted => self.one("remittances", set.paid),
                    State::Held => self.one("remittances_held", set.paid),
                    State::Duplicate | State::Unposted => {}
                }
                for exception in &set.exceptions {
                    self.one("exceptions", exception.amount);
                }
            }
        }
    }

    /// Adds what the books say at the end, and asks for every proof.
    async fn report(mut self, tx: &mut Tx, today: NaiveDate) -> Result<Report> {
        for (stage, event) in [
            ("drafted", Event::Drafted),
            ("submitted", Event::Sent),
            ("acknowledged", Event::FileAccepted),
            ("rejected_999", Event::FileRejected),
            ("accepted", Event::PayerAccepted),
            ("rejected_277ca", Event::PayerRejected),
        ] {
            let (claims, charged) = claims::count_by_event(tx, event).await?;
            self.set(stage, usize::try_from(claims).unwrap_or(0), charged);
        }
        for account in ledger::balances(tx, AsOf::NOW).await? {
            let stage = match account.account.kind {
                ledger::AccountKind::InsuranceCash => "paid",
                ledger::AccountKind::ContractualAdjustments => "contractual",
                ledger::AccountKind::InsuranceAr => "insurance_balances",
                _ => continue,
            };
            let (claims, _) = ledger::claims_on_account(tx, account.account.kind, AsOf::NOW).await?;
            self.set(stage, usize::try_from(claims).unwrap_or(0), account.balance);
        }
        let bank = deposits::totals(tx, today).await?;
        self.set("deposits_waiting", usize::try_from(bank.deposits).unwrap_or(0), bank.deposits_open);
        let owing = statements::due(tx, AsOf::NOW).await?;
        self.set("patient_balances", owing.len(), owing.iter().map(|(_, owes)| *owes).sum());
        let mut denials_by_category = BTreeMap::new();
        for (category, count, amount) in denials::totals(tx).await? {
            let tally = Tally { count: usize::try_from(count).unwrap_or(0), amount };
            denials_by_category.insert(category.as_str(), tally);
            self.add("denials", tally);
        }
        let claims_by_status = claims::count_by_status(tx)
            .await?
            .into_iter()
            .map(|StatusCount { status, claims, charged }| {
                (status.as_str(), Tally { count: usize::try_from(claims).unwrap_or(0), amount: charged })
            })
            .collect();
        for (stage, _) in STAGES {
            self.0.entry(stage).or_default();
        }
        Ok(Report {
            organization: tx.actor().organization,
            mailbox: PathBuf::new(),
            stages: self.0,
            claims_by_status,
            held_by_rule: BTreeMap::new(),
            denials_by_category,
            proofs: vec![],
            digest: String::new(),
            wall_s: 0.into(),
            peak_rss_kib: None,
        })
    }
}

impl Report {
    fn print(&self) {
        println!("\n{:<26}{:>8}{:>16}", "stage", "count", "amount");
        for (stage, words) in STAGES {
            let tally = self.stages.get(stage).copied().unwrap_or_default();
            println!("{words:<26}{:>8}{:>16}", tally.count, tally.amount);
        }
        println!("\n{:<26}{:>8}{:>16}", "claims by status", "count", "charged");
        for (status, tally) in &self.claims_by_status {
            println!("{status:<26}{:>8}{:>16}", tally.count, tally.amount);
        }
        println!("\n{:<34}{:>8}", "held by rule", "claims");
        for (rule, count) in &self.held_by_rule {
            println!("{rule:<34}{count:>8}");
        }
        println!("\n{:<26}{:>8}{:>16}", "denials", "count", "at stake");
        for (category, tally) in &self.denials_by_category {
            println!("{category:<26}{:>8}{:>16}", tally.count, tally.amount);
        }
        println!("\nproofs");
        for proof in &self.proofs {
            let mark = if proof.holds { "holds " } else { "BROKEN" };
            println!("  {mark} {}: {}", proof.name, proof.detail);
        }
        println!("\nledger digest {}", self.digest);
        println!("organization {}, mailbox {}", self.organization, self.mailbox.display());
        let memory =
            self.peak_rss_kib.map_or_else(String::new, |kib| format!(", {} MiB at most", kib / 1024));
        println!("{} s{memory}", self.wall_s);
    }
}

/// Milliseconds as seconds with three decimals, written exactly.
pub(super) fn seconds(millis: u128) -> serde_json::Number {
    format!("{}.{:03}", millis / 1_000, millis % 1_000).parse().expect("digits and a point are a number")
}

/// The most memory that this process ever held, where the system tells.
pub(super) fn peak_rss_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
