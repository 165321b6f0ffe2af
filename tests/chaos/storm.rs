//! Workers and the server killed at any moment, until all is done; then the books are compared.
//!
//! A round is a copy of the prepared database and files for it. Either all workers have all files in
//! one order (nobody begins a file before somebody has finished those before it), or the files of
//! each day come in another order to each worker, one day after the other. Within a day the order
//! makes no difference; across days it does: a reversal that comes before what it takes back waits
//! for a person, as it should.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use firstpass::synth::edi::MadeFile;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::time::sleep;
use tokio_postgres::Client;

use crate::facts::{difference, facts, torn};
use crate::ground::{Ground, PATIENCE, Practice, write_files};
use crate::worker::{End, Worker, firstpass};

/// Visits of the practice: every round posts remittances about all of them.
const VISITS: usize = 70;

/// Kills in one round, before it may come to its end.
const KILLS_A_ROUND: u32 = 25;

/// The places at which a worker is caught: it waits for this table, and dies.
const PLACES: &[&str] = &[
    "files",
    "file_chunks",
    "remittances",
    "claims",
    "remit_claims",
    "remit_lines",
    "provider_adjustments",
    "remit_exceptions",
    "claim_events",
    "denials",
    "entries",
    "transfers",
    "organizations",
    "chain_links",
    "audit_events",
];

/// How long a place is watched before it is given up: nobody came by.
const WATCHED: Duration = Duration::from_millis(1_500);

/// What was killed.
#[derive(Default)]
struct Kills {
    at_random: u32,
    at_place: BTreeMap<&'static str, u32>,
    server: u32,
}

impl Kills {
    fn all(&self) -> u32 {
        self.at_random + self.at_place.values().sum::<u32>() + self.server
    }
}

impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at_places: u32 = self.at_place.values().sum();
        write!(
            f,
            "{} kills: {} workers at random moments, {at_places} workers at {} places, {} times the server",
            self.all(),
            self.at_random,
            self.at_place.len(),
            self.server
        )
    }
}

/// What an undisturbed run leaves.
struct Calm {
    digest: String,
    facts: Vec<String>,
}

/// Runs rounds until so many were killed.
pub async fn run(seed: u64, kills: u32) {
    println!("CHAOS_SEED={seed} CHAOS_KILLS={kills}");
    let begun = Instant::now();
    let mut ground = Ground::start("storm");
    let practice = ground.prepare(seed, VISITS).await;
    println!("prepared: {} claims, {:.1?}", practice.claims.len(), begun.elapsed());
    let mut storm = Storm { rng: ChaCha8Rng::seed_from_u64(seed), kills: Kills::default() };
    let mut round = 0;
    while storm.kills.all() < kills {
        round += 1;
        let until = kills.min(storm.kills.all() + KILLS_A_ROUND);
        storm.round(&mut ground, &practice, round, seed + round, until).await;
        println!("round {round}: {}, {:.1?}", storm.kills, begun.elapsed());
    }
}

struct Storm {
    rng: ChaCha8Rng,
    kills: Kills,
}

impl Storm {
    async fn round(&mut self, ground: &mut Ground, practice: &Practice, round: u64, seed: u64, wanted: u32) {
        let made = practice.remittances(seed);
        let paths = write_files(&ground.folder("files"), &made);
        let calm = undisturbed(ground, &paths).await;

        ground.copy("chaos_storm").await;
        let in_one_order = round.is_multiple_of(2);
        let days: Vec<Vec<PathBuf>> = if in_one_order { vec![paths] } else { by_day(&made, &paths) };
        let workers = self.rng.random_range(2..=3);
        let before = self.kills.all();
        for (files, day) in days.iter().zip(1..) {
            let mut orders = vec![files.clone(); workers];
            if !in_one_order {
                orders.iter_mut().for_each(|order| order.shuffle(&mut self.rng));
            }
            // Each day has its share of the kills.
            let until = before + (wanted - before) * day / u32::try_from(days.len()).unwrap();
            self.until_done(ground, "chaos_storm", &orders, until).await;
        }

        let client = ground.administrator("chaos_storm").await;
        let found = facts(&client).await;
        let differs = difference(&calm.facts, &found);
        let order = if in_one_order { "one order" } else { "orders of their own" };
        assert!(differs.is_empty(), "seed {seed}, {workers} workers, {order}: {differs:#?}");
        assert_eq!(
            proved(ground, "chaos_storm").await,
            calm.digest,
            "seed {seed}, {workers} workers, {order}"
        );
        drop(client);
        ground.discard("chaos_storm").await;
    }

    /// Workers and the server are killed until all files are dealt with: somebody came to the end of
    /// them alive, or enough were killed. Then the others are left alone.
    async fn until_done(
        &mut self,
        ground: &mut Ground,
        database: &str,
        orders: &[Vec<PathBuf>],
        wanted: u32,
    ) {
        let mut slots: Vec<Option<Worker>> = orders.iter().map(|_| None).collect();
        let mut started = 0;
        let mut start = |ground: &Ground, at: usize| {
            started += 1;
            Worker::start(ground, database, format!("chaos_{at}_{started}"), &orders[at])
        };
        let mut admin = Admin::connect(ground, database).await;
        loop {
            for (at, slot) in slots.iter_mut().enumerate() {
                let end = slot.as_mut().and_then(Worker::ended);
                match end {
                    _ if slot.is_none() => *slot = Some(start(ground, at)),
                    Some(End::Lost) => *slot = Some(start(ground, at)),
                    Some(End::Done) | None => {}
                }
            }
            let done = slots.iter_mut().flatten().any(|worker| worker.ended() == Some(End::Done));
            if done || self.kills.all() >= wanted {
                break;
            }
            // Only Linux tells the server's processes.
            let kinds = if cfg!(target_os = "linux") { 100 } else { 93 };
            let killed = match self.rng.random_range(0..kinds) {
                0..45 => self.at_random(&mut slots, &admin).await,
                45..93 => self.at_place(&mut slots, &mut admin).await,
                _ => {
                    sleep(Duration::from_millis(self.rng.random_range(0..300))).await;
                    ground.kill_server().await;
                    slots.iter_mut().flatten().for_each(|worker| worker.saw_server_die = true);
                    self.kills.server += 1;
                    admin = Admin::connect(ground, database).await;
                    true
                }
            };
            if killed {
                let torn = torn(&admin.client).await;
                assert!(torn.is_empty(), "after {}: {torn:#?}", self.kills);
            }
        }
        for (at, mut slot) in slots.into_iter().enumerate() {
            let worker = slot.get_or_insert_with(|| start(ground, at));
            while worker.end().await == End::Lost {
                *worker = start(ground, at);
            }
        }
        let torn = torn(&admin.client).await;
        assert!(torn.is_empty(), "after {}: {torn:#?}", self.kills);
    }

    /// Kills one of them, some time after it began to talk to the server.
    async fn at_random(&mut self, slots: &mut [Option<Worker>], admin: &Admin) -> bool {
        let at = self.rng.random_range(0..slots.len());
        let Some(worker) = &mut slots[at] else { return false };
        // Now and then while it is still starting.
        if self.rng.random_bool(0.9) {
            let begun = Instant::now();
            while !admin.talks_to(&worker.name).await {
                if worker.ended().is_some() {
                    return false;
                }
                assert!(begun.elapsed() < PATIENCE, "{} does not begin", worker.name);
                sleep(Duration::from_millis(5)).await;
            }
        }
        sleep(Duration::from_millis(self.rng.random_range(0..300))).await;
        let killed = worker.kill();
        if killed {
            self.kills.at_random += 1;
            slots[at] = None;
        }
        killed
    }

    /// Kills whoever first waits for a table that is kept from them.
    async fn at_place(&mut self, slots: &mut [Option<Worker>], admin: &mut Admin) -> bool {
        let place = *PLACES.choose(&mut self.rng).unwrap();
        let Some(caught) = admin.catch(place).await else { return false };
        let Some(slot) = slots.iter_mut().find(|slot| slot.as_ref().is_some_and(|w| w.name == caught)) else {
            // A session that outlived its worker.
            admin.let_go().await;
            return false;
        };
        let killed = slot.as_mut().is_some_and(Worker::kill);
        if killed {
            *slot = None;
            *self.kills.at_place.entry(place).or_default() += 1;
        }
        // What the worker had sent is carried out, or not, without it.
        sleep(Duration::from_millis(self.rng.random_range(0..20))).await;
        admin.let_go().await;
        killed
    }
}

/// Sessions of the administrator: one that keeps a table from everybody, one that looks.
struct Admin {
    keeper: Client,
    client: Client,
}

impl Admin {
    async fn connect(ground: &Ground, database: &str) -> Admin {
        let client = ground.administrator(database).await;
        Admin { keeper: ground.administrator(database).await, client }
    }

    async fn talks_to(&self, worker: &str) -> bool {
        let query =
            "select from pg_stat_activity where application_name = $1 and datname = current_database()";
        !self.client.query(query, &[&worker]).await.unwrap().is_empty()
    }

    /// Keeps a table from who would write or lock in it, until somebody wants to; says who.
    async fn catch(&mut self, table: &str) -> Option<String> {
        let keep = format!("begin; set local lock_timeout = '2s'; lock table {table} in exclusive mode");
        if self.keeper.batch_execute(&keep).await.is_err() {
            // Somebody had it all the time.
            self.let_go().await;
            return None;
        }
        let waiting = "select a.application_name from pg_stat_activity a
            where a.datname = current_database() and a.application_name like 'chaos\\_%' and exists (
                select from pg_stat_activity k where k.pid = any(pg_blocking_pids(a.pid))
                and k.datname = current_database() and k.usename = 'postgres')";
        let begun = Instant::now();
        while begun.elapsed() < WATCHED {
            if let Some(row) = self.client.query(waiting, &[]).await.unwrap().first() {
                return Some(row.get(0));
            }
            sleep(Duration::from_millis(5)).await;
        }
        self.let_go().await;
        None
    }

    async fn let_go(&mut self) {
        self.keeper.batch_execute("rollback").await.unwrap();
    }
}

/// One worker with the files in order, left alone.
async fn undisturbed(ground: &Ground, files: &[PathBuf]) -> Calm {
    ground.copy("chaos_calm").await;
    let begun = Instant::now();
    let output = firstpass(ground, "chaos_calm", &["remits", "receive"], files).await;
    let said = String::from_utf8_lossy(&output.stderr);
    // Something waits for a person.
    assert_eq!(output.status.code(), Some(1), "{said}");
    let took = begun.elapsed();
    let client = ground.administrator("chaos_calm").await;
    let (found, torn) = (facts(&client).await, torn(&client).await);
    assert!(torn.is_empty(), "{torn:#?}");
    let digest = proved(ground, "chaos_calm").await;
    let sets = found.iter().filter(|fact| fact.starts_with("set: ")).count();
    println!("undisturbed: {} files, {sets} sets, {took:.1?}, digest {digest}", files.len());
    drop(client);
    ground.discard("chaos_calm").await;
    Calm { digest, facts: found }
}

/// The digest, once every proof holds.
pub async fn proved(ground: &Ground, database: &str) -> String {
    let output = firstpass(ground, database, &["ledger", "prove", "--json"], &[]).await;
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_str(&printed).unwrap();
    report["digest"].as_str().unwrap().to_owned()
}

fn by_day(made: &[MadeFile], paths: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    let mut days: BTreeMap<u32, Vec<PathBuf>> = BTreeMap::new();
    for (file, path) in made.iter().zip(paths) {
        days.entry(file.day).or_default().push(path.clone());
    }
    days.into_values().collect()
}
