//! `firstpass bench scrub`: claims of six lines, checked by every rule.
//!
//! The code tables are those that ship and two million made-up NCCI pairs, which are imported and
//! loaded from Postgres in a transaction that is never committed. Then claims and their patients' earlier
//! lines are in memory, and each check is timed by itself; at last the whole step, in which drafts are
//! loaded, checked with one query for the history of a thousand, and their verdicts recorded.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::{forget_peak, median};
use crate::app;
use crate::charges::{self, Mode};
use crate::claims::{self, Status, StoredClaim};
use crate::cli::{demo, made, wait};
use crate::codes::store::{Kept, Source};
use crate::codes::{Codes, Imported, List, import, store};
use crate::config::Config;
use crate::db::{Actor, Db, Tx};
use crate::exchange::files::{self, Direction};
use crate::journey::{self, Knowledge};
use crate::scrub;
use crate::synth;
use crate::types::{Clock, Error, Refusal, Result};

/// Procedures of the claims that are checked ([`synth::long_charge_file`]).
const BILLED: [u32; 12] =
    [99_214, 83_036, 80_061, 80_053, 36_415, 93_000, 99_213, 87_880, 81_003, 20_610, 97_110, 97_140];

/// Checks claims of six lines.
#[derive(Debug, clap::Args)]
pub struct Scrub {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// How many claims.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    claims: u32,
    /// How many made-up NCCI pairs.
    #[arg(long, default_value_t = 2_000_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pairs: u32,
    /// How many times each claim in memory is checked; the medians count.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=99))]
    runs: u32,
    /// The same seed makes the same claims.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Report {
    /// Claims a second, checked in memory on one core.
    claims_s: f64,
    /// Microseconds that a check takes.
    p50_us: f64,
    p99_us: f64,
    /// Rules that were asked about each claim.
    rules: usize,
    /// From Postgres, the imported ones; and the first use of those that ship.
    tables_load_s: f64,
    tables_bytes: usize,
    ncci_pairs: usize,
    claims: usize,
    lines: usize,
    /// Claims of these that something stops.
    held: usize,
    findings: usize,
    /// Claims a second that are loaded with their history and checked.
    load_and_check_claims_s: f64,
    /// The same without loading the claims themselves: their history and the practice's rules, by one
    /// query of each kind for a thousand, and the check.
    history_and_check_claims_s: f64,
    /// Claims a second of the whole step: drafts loaded, checked, verdicts and findings recorded.
    step_claims_s: f64,
    peak_rss_kib: Option<u64>,
    runs: u32,
}

pub fn run(args: &Scrub) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    let report = wait(async {
        let ready = app::open(&config).await?;
        args.measure(&ready.db).await
    })?;
    if args.json {
        println!("{}", serde_json::to_string(&report).map_err(anyhow::Error::from)?);
    } else {
        report.print();
    }
    Ok(ExitCode::SUCCESS)
}

impl Scrub {
    async fn measure(&self, db: &Db) -> Result<Report> {
        let organization = made::new_practice(db).await?;
        let actor = Actor::system("bench", organization.id);
        let clock = Clock::standing_at(Utc::now() - Days::new(1));
        let today = clock.today(organization.time_zone);
        forget_peak();
        let (pairs, ncci_pairs, from_postgres) = self.imported_pairs(db, &actor, today).await?;
        let codes = Codes::with(vec![pairs]);
        let started = Instant::now();
        first_use(&codes, today);
        let tables_load = from_postgres + started.elapsed();

        let made = synth::practice(self.seed, self.claims as usize / 2, today);
        db.transaction(&actor, async |tx| made::register(tx, &made, today).await).await?;
        let visits = synth::long_charge_file(&made, self.seed, self.claims as usize, today);
        let now = clock.now();
        db.batch(&actor, async |tx| {
            let file = files::keep(tx, &visits, "charges.csv", Direction::In).await?;
            journey::import_charges(tx, now, file.id, charges::read_sheet(&visits, None)?, Mode::KeepGoodRows)
                .await
        })
        .await?;

        let (batches, loading, knowing) =
            db.batch_snapshot(&actor, async |tx| in_memory(tx, &codes, today).await).await?;
        let mut each = Vec::new();
        let mut passes = Vec::new();
        for _ in 0..self.runs {
            let started = Instant::now();
            for (stored, knowledge) in &batches {
                for claim in stored {
                    let one = Instant::now();
                    black_box(knowledge.check(black_box(claim)));
                    each.push(one.elapsed());
                }
            }
            passes.push(started.elapsed());
        }
        each.sort_unstable();
        let verdicts =
            || batches.iter().flat_map(|(stored, knowledge)| stored.iter().map(|one| knowledge.check(one)));
        let (held, findings) = (
            verdicts().filter(scrub::Verdict::is_held).count(),
            verdicts().map(|verdict| verdict.findings().len()).sum(),
        );
        let claims: usize = batches.iter().map(|(stored, _)| stored.len()).sum();
        let lines = batches.iter().flat_map(|(stored, _)| stored).map(|one| one.claim.lines.len()).sum();
        let pass = median(passes);
        drop(batches);

        let started = Instant::now();
        journey::scrub_drafts(db, &actor, now, &codes).await?;
        let step = started.elapsed();
        Ok(Report {
            claims_s: rate(claims, pass),
            p50_us: micros(each[each.len() / 2]),
            p99_us: micros(each[each.len() * 99 / 100]),
            rules: scrub::rules().filter(|rule| rule.kinds.contains(&scrub::ClaimKind::Professional)).count(),
            tables_load_s: tables_load.as_secs_f64(),
            tables_bytes: codes.size(),
            ncci_pairs,
            claims,
            lines,
            held,
            findings,
            load_and_check_claims_s: rate(claims, loading + knowing + pass),
            history_and_check_claims_s: rate(claims, knowing + pass),
            step_claims_s: rate(claims, step),
            peak_rss_kib: demo::peak_rss_kib(),
            runs: self.runs,
        })
    }

    /// Made-up pairs as an edition that was loaded from Postgres, how many, and how long the loading
    /// took. Nothing of it is left there.
    async fn imported_pairs(
        &self,
        db: &Db,
        actor: &Actor,
        today: NaiveDate,
    ) -> Result<(Arc<Imported>, usize, Duration)> {
        let text = self.pairs_file();
        let reading = import::read("ccipra-bench-f1.txt", text.as_bytes(), Some(List::PtpPractitioner))
            .map_err(anyhow::Error::from)?;
        drop(text);
        let all_read = reading.rejected.count == 0;
        let Some((list, content)) = reading.tables.into_iter().next() else {
            return Err(anyhow::anyhow!("a file of pairs holds no table").into());
        };
        let from = today - Days::new(365);
        let draft = Codes::shipped().draft(list, content, from, all_read).map_err(anyhow::Error::from)?;
        let source = Source {
            name: "made up".to_owned(),
            sha256: store::source_sha256(&[self.seed.to_be_bytes().repeat(4).try_into().unwrap_or_default()]),
            rows: reading.rows,
            rejected: reading.rejected.count,
        };
        let outcome = RefCell::new(None);
        let never: Result<()> = db
            .transaction(actor, async |tx| {
                let (Kept::Now(id) | Kept::Before(id)) = store::import(tx, &draft, &source).await?;
                let started = Instant::now();
                let loaded = store::loaded(tx, id).await?;
                outcome.replace(Some((Arc::new(loaded), draft.rows, started.elapsed())));
                // The edition was made up: it must not answer anybody.
                Err(rolled_back())
            })
            .await;
        match (outcome.into_inner(), never) {
            (Some(outcome), _) => Ok(outcome),
            (None, Err(fault)) => Err(fault),
            (None, Ok(())) => Err(rolled_back()),
        }
    }

    /// The layout of CMS's file: two hundred pairs for each of as many procedures as it takes.
    fn pairs_file(&self) -> String {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut text = String::with_capacity(self.pairs as usize * 60);
        text.push_str("Column 1\tColumn 2\t*\tEffective\tDeletion\tModifier\tRationale\n");
        let columns_1 = self.pairs.div_ceil(200);
        for place in 0..self.pairs {
            // The claims' own procedures first, so that the pairs of their lines are searched.
            let nth = place / 200;
            let billed = usize::try_from(nth).ok().and_then(|nth| BILLED.get(nth));
            let one = billed.copied().unwrap_or(100 + nth * (99_899 / columns_1.max(1)).max(1));
            let two = rng.random_range(100..99_999_u32);
            let modifier = rng.random_range(0..=1_u8);
            writeln!(text, "{one:05}\t{two:05}\t\t20240101\t*\t{modifier}\tMade up for measurement")
                .expect("a string takes any text");
        }
        text
    }
}

fn rolled_back() -> Error {
    Refusal::new("bench/rolled-back", crate::types::Status::Conflict, "made up", "Nothing is to be done")
        .into()
}

/// Asks of every table once, so that what is made at its first use is made.
fn first_use(codes: &Codes, on: NaiveDate) {
    use crate::codes::NoteKind;
    use crate::types::CodeTable;
    black_box(codes.lookup(CodeTable::Icd10cm, "E119", on));
    black_box(codes.lookup(CodeTable::Hcpcs, "J1100", on));
    black_box(codes.notes("E119", NoteKind::Excludes1, on).count());
    black_box(codes.ptp("99213", "36415", on));
}

/// Claims with what the scrubber needs to know about them.
type Batch = (Vec<StoredClaim>, Knowledge);

/// Every draft in batches of a thousand; how long loading the claims took, and loading the rest.
async fn in_memory(tx: &mut Tx, codes: &Codes, today: NaiveDate) -> Result<(Vec<Batch>, Duration, Duration)> {
    let ids = claims::ids_with_status(tx, Status::Draft, None, i64::from(i32::MAX)).await?;
    let (mut batches, mut loading, mut knowing) = (Vec::new(), Duration::ZERO, Duration::ZERO);
    for some in ids.chunks(1_000) {
        let started = Instant::now();
        let stored = claims::load(tx, some).await?;
        loading += started.elapsed();
        let started = Instant::now();
        let knowledge = Knowledge::load(tx, codes, today, &stored).await?;
        knowing += started.elapsed();
        batches.push((stored, knowledge));
    }
    Ok((batches, loading, knowing))
}

impl Report {
    fn print(&self) {
        println!(
            "{} claims of {} lines in all, {} rules; medians of {} runs",
            self.claims, self.lines, self.rules, self.runs
        );
        println!(
            "in memory      {:>9.0} claims a second; {:.1} µs each, 99 in 100 below {:.1} µs",
            self.claims_s, self.p50_us, self.p99_us
        );
        println!("found          {:>9} findings; {} claims are held", self.findings, self.held);
        println!("with loading   {:>9.0} claims a second", self.load_and_check_claims_s);
        println!("with history   {:>9.0} claims a second", self.history_and_check_claims_s);
        println!("whole step     {:>9.0} claims a second, verdicts recorded", self.step_claims_s);
        println!(
            "tables         {:>9} MB with {} NCCI pairs, loaded in {:.2} s",
            self.tables_bytes / 1_000_000,
            self.ncci_pairs,
            self.tables_load_s
        );
        if let Some(kib) = self.peak_rss_kib {
            println!("memory         {:>9} MiB at most", kib / 1024);
        }
    }
}

#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a measured rate, no money")]
fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

#[expect(clippy::float_arithmetic, reason = "a measured time, no money")]
fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
