//! `firstpass bench post`: claims are drafted, scrubbed and sent by the verbs of the service, not
//! timed; then the 835s that decide them are received, which is timed, and what that wrote is copied
//! in one session for comparison. Each run has claims of its own. The files of several payers come
//! at once, as `work --jobs N` has it: each payer's in a session of its own, one after the other. They lie on disk,
//! and a process of its own posts them, in which nothing else happens.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{fs, io};

use chrono::{Days, NaiveDate, Utc};
use serde::Serialize;

use super::{median, poster};
use crate::app;
use crate::cli::bench::copy::Owner;
use crate::cli::made::MadeClaim;
use crate::cli::{made, wait};
use crate::config::Config;
use crate::db::{Actor, Db};
use crate::exchange::mailbox::DirectoryMailbox;
use crate::journey;
use crate::ledger::AsOf;
use crate::synth::edi::{self, BilledClaim};
use crate::synth::{self, MadePractice};
use crate::types::{Clock, Result};

/// Claims of one file with its one set: a payer that has more to pay sends more files.
const CLAIMS_A_FILE: usize = 5_000;

/// Posts a remittance, beside COPY of the same rows.
#[derive(Debug, clap::Args)]
pub struct Post {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// How many claim payments a run has, about.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    claims: u32,
    /// How many times; the medians count.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    runs: u32,
    /// How many payers' files come at once, each with its share of the claims.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=4))]
    jobs: u8,
    /// The same seed makes the same claims.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Report {
    /// Claim payments a second, from the files' bytes to the last commit.
    claim_payments_s: f64,
    /// Time to post, as a multiple of the time to COPY the same rows: of each run, then the median.
    copy_same_rows_s_ratio: f64,
    /// Rows written or changed, in all tables.
    rows_per_payment: f64,
    /// The most memory that the process that posts held.
    peak_rss_kib: Option<u64>,
    /// What it held when posting began: the program, its code tables, what runs before left.
    before_rss_kib: Option<u64>,
    /// In one run.
    claim_payments: usize,
    service_lines: usize,
    files: usize,
    bytes: u64,
    jobs: u8,
    runs: u32,
    /// Medians.
    post_s: f64,
    copy_s: f64,
    /// Each run's, in order: the practice has more claims in each.
    post_runs_s: Vec<f64>,
    copy_runs_s: Vec<f64>,
    /// By table, in the last run.
    rows: BTreeMap<String, u64>,
    /// Every proof of the practice holds afterwards.
    proofs_hold: bool,
}

pub fn run(post: &Post) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    let report = wait(async {
        let ready = app::open(&config).await?;
        let owner_url = ready.owner_url(&config)?;
        post.measure(&ready.db, &owner_url).await
    })?;
    if post.json {
        println!("{}", serde_json::to_string(&report).map_err(anyhow::Error::from)?);
    } else {
        report.print();
    }
    Ok(if report.proofs_hold { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

impl Post {
    async fn measure(&self, db: &Db, owner_url: &str) -> Result<Report> {
        let organization = made::new_practice(db).await?;
        let actor = Actor::system("bench", organization.id);
        let clock = Clock::standing_at(Utc::now() - Days::new(1));
        let mailboxes = std::env::temp_dir().join(format!("firstpass-bench-{}", std::process::id()));
        let today = clock.today(organization.time_zone);
        let made = self.practice(today);
        db.transaction(&actor, async |tx| made::register(tx, &made, today).await).await?;
        let mut owner = Owner::connect(owner_url, organization.id).await?;
        let mut poster = poster::Process::start(organization.id, clock.now())?;

        let (mut posting, mut copying) = (vec![], vec![]);
        let mut last = None;
        for run in 0..self.runs {
            let seed = self.seed + u64::from(run);
            let visits = synth::charge_file(&made, seed, self.visits(), today);
            let sent = made::bill(db, &actor, &clock, &renumbered(&visits, run), |payer| {
                let folder = mailboxes.join(payer);
                DirectoryMailbox::new(folder.join("out"), folder.join("in"))
            })
            .await?;
            let size = Size::of(&sent);
            let files =
                self.write_files(&mailboxes, run, &made, today, &sent).map_err(anyhow::Error::from)?;
            drop((visits, sent));
            let moment = owner.moment().await?;
            let took = poster.post(&files).await?;
            posting.push(took.time);
            let written = owner.written_since(moment).await?;
            copying.push(owner.copy(&written).await?);
            let count = files.iter().map(Vec::len).sum();
            last = Some((size, count, bytes_of(&files)?, took, written.counts));
        }
        poster.done().await?;
        owner.done().await?;
        // What was sent is kept in the database; the folder was only its way out.
        let _ = fs::remove_dir_all(&mailboxes);
        let proofs = db.snapshot(&actor, async |tx| journey::proofs(tx, AsOf::NOW).await).await?;
        let (size, files, bytes, took, counts) = last.expect("there is at least one run");
        let seconds = |times: &[Duration]| times.iter().map(Duration::as_secs_f64).collect::<Vec<_>>();
        let (post_runs_s, copy_runs_s) = (seconds(&posting), seconds(&copying));
        let mut ratios: Vec<f64> =
            posting.iter().zip(&copying).map(|(post, copy)| times(*post, *copy)).collect();
        ratios.sort_by(f64::total_cmp);
        let (post, copy) = (median(posting), median(copying));
        let rows: u64 = counts.iter().map(|(_, count)| count).sum();
        Ok(Report {
            claim_payments_s: ratio(size.claims, post),
            copy_same_rows_s_ratio: ratios[ratios.len() / 2],
            rows_per_payment: each(rows, size.claims),
            peak_rss_kib: took.peak_rss_kib,
            before_rss_kib: took.before_rss_kib,
            claim_payments: size.claims,
            service_lines: size.lines,
            files,
            bytes,
            jobs: self.jobs,
            runs: self.runs,
            post_s: post.as_secs_f64(),
            copy_s: copy.as_secs_f64(),
            post_runs_s,
            copy_runs_s,
            rows: counts.into_iter().collect(),
            proofs_hold: proofs.iter().all(|proof| proof.holds),
        })
    }

    /// Everybody has one insurance: one remittance decides a claim. The payers have equal shares.
    fn practice(&self, today: NaiveDate) -> MadePractice {
        let mut made = synth::practice(self.seed, self.visits(), today);
        made.patients.retain(|patient| !patient.coverages.is_empty());
        for (patient, payer) in made.patients.iter_mut().zip((0..usize::from(self.jobs)).cycle()) {
            patient.coverages.truncate(1);
            patient.coverages[0].payer = payer;
        }
        made
    }

    /// Each payer's 835s for the claims that were sent to it.
    fn write_files(
        &self,
        folder: &Path,
        run: u32,
        made: &MadePractice,
        today: NaiveDate,
        sent: &[MadeClaim],
    ) -> io::Result<Vec<Vec<PathBuf>>> {
        let mut files = vec![];
        for payer in made.payers.iter().take(usize::from(self.jobs)) {
            let theirs =
                sent.iter().filter(|claim| claim.stored.claim.payer.identifier.text() == payer.identifier);
            let billed: Vec<BilledClaim> = theirs.map(|claim| claim.billed.clone()).collect();
            let mut paths = vec![];
            for (at, some) in billed.chunks(CLAIMS_A_FILE).enumerate() {
                let trace = format!("BENCH{run}{}X{at}", payer.identifier);
                let npi = &made.providers[0].npi;
                let seed = self.seed + u64::from(run);
                let file =
                    edi::remittance_for(seed, &trace, (payer.identifier, payer.name), npi, today, some);
                let path = folder.join(format!("{trace}.835"));
                fs::write(&path, file)?;
                paths.push(path);
            }
            files.push(paths);
        }
        Ok(files)
    }

    /// One visit in sixteen is wrong on purpose and a few lack authorization.
    fn visits(&self) -> usize {
        self.claims as usize * 9 / 8
    }
}

/// How much one run is.
struct Size {
    claims: usize,
    lines: usize,
}

impl Size {
    fn of(sent: &[MadeClaim]) -> Size {
        Size { claims: sent.len(), lines: sent.iter().map(|claim| claim.billed.lines.len()).sum() }
    }
}

fn bytes_of(files: &[Vec<PathBuf>]) -> Result<u64> {
    let sizes = files.iter().flatten().map(|path| fs::metadata(path).map(|file| file.len()));
    Ok(sizes.sum::<io::Result<u64>>().map_err(anyhow::Error::from)?)
}

/// The visits of another run have numbers of their own.
fn renumbered(visits: &[u8], run: u32) -> Vec<u8> {
    String::from_utf8_lossy(visits).replace("\nV", &format!("\nR{run}V")).into_bytes()
}

impl Report {
    fn print(&self) {
        println!(
            "{} claim payments, {} lines, {} bytes in {} files of {} payers at once; medians of {} runs",
            self.claim_payments, self.service_lines, self.bytes, self.files, self.jobs, self.runs
        );
        println!(
            "posted in      {:>9.3} s: {:.0} claim payments a second",
            self.post_s, self.claim_payments_s
        );
        println!(
            "COPY same rows {:>9.3} s: posting takes {:.1} times as long",
            self.copy_s, self.copy_same_rows_s_ratio
        );
        println!("rows           {:>9.1} a payment", self.rows_per_payment);
        for (table, count) in &self.rows {
            println!("  {table:<24}{count:>9}");
        }
        if let Some(kib) = self.peak_rss_kib {
            let before = self.before_rss_kib.unwrap_or_default() / 1024;
            println!("memory         {:>9} MiB at most, {before} before", kib / 1024);
        }
        println!("proofs         {:>9}", if self.proofs_hold { "hold" } else { "BROKEN" });
    }
}

#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a measured rate, no money")]
fn ratio(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

#[expect(clippy::float_arithmetic, reason = "a measured ratio, no money")]
fn times(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a measured ratio, no money")]
fn each(rows: u64, payments: usize) -> f64 {
    rows as f64 / payments as f64
}
