//! A private server with PostgreSQL's own durability, and on it a practice whose claims have left. One that
//! a killed run left behind is taken over by the next run, with its databases dropped.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate, Utc};
use firstpass::cli::made::{self, MadeClaim};
use firstpass::db::embedded::{Cluster, Durability, Settings};
use firstpass::db::{Actor, Db, migrations, roles};
use firstpass::exchange::mailbox::DirectoryMailbox;
use firstpass::journey::AfterRemittance;
use firstpass::remits;
use firstpass::synth::edi::{self, AskedClaim, Before, BilledClaim};
use firstpass::synth::{self, MadePractice};
use firstpass::types::{Clock, Money};
use rustix::process::{Pid, Signal, kill_process};
use sha2::{Digest, Sha256};
use tokio::time::sleep;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// The database that the others are copies of.
const PREPARED: &str = "chaos_prepared";

/// How long anything may take that should take a moment.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The server and what is on it; all of it goes when this is dropped.
pub struct Ground {
    folder: PathBuf,
    settings: Settings,
    cluster: Option<Cluster>,
    /// Held alone while this test runs.
    _lock: File,
}

/// The practice in the prepared database.
pub struct Practice {
    pub made: MadePractice,
    /// The day of the first remittance.
    pub first_day: NaiveDate,
    /// What its payers are asked.
    pub claims: Vec<AskedClaim>,
}

impl Practice {
    /// Its payers' remittances.
    pub fn remittances(&self, seed: u64) -> Vec<edi::MadeFile> {
        let payers: Vec<(&str, &str)> =
            self.made.payers.iter().map(|payer| (payer.identifier, payer.name)).collect();
        let payee = &self.made.providers[0].npi;
        edi::eventful_remittances(seed, &payers, payee, self.first_day, &self.claims)
    }
}

impl Ground {
    /// Starts the server of that name, in a folder that this checkout has for itself.
    pub fn start(name: &str) -> Ground {
        let hash = Sha256::digest(env!("CARGO_MANIFEST_DIR"));
        let checkout: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = std::env::temp_dir().join(format!("firstpass-chaos-{checkout}-{name}"));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let lock = File::create(folder.join("alone.lock")).unwrap();
        lock.try_lock().expect("one crash test at a time runs in a checkout");
        let settings = Settings {
            folder: folder.join("postgres"),
            programs: std::env::var_os("PGBIN").map(PathBuf::from),
            path: std::env::var_os("PATH"),
            durability: Durability::Full,
        };
        let cluster = Some(Cluster::start(&settings).unwrap());
        Ground { folder, settings, cluster, _lock: lock }
    }

    fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().expect("it is there until the end")
    }

    /// A folder for files.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// How a worker of this name connects.
    pub fn worker_url(&self, database: &str, name: &str) -> String {
        format!("{} application_name={name}", self.cluster().url(roles::SERVICE, database))
    }

    /// A session of the server's administrator, whom row security does not bind.
    pub async fn administrator(&self, database: &str) -> Client {
        let begun = Instant::now();
        loop {
            match tokio_postgres::connect(&self.cluster().url("postgres", database), NoTls).await {
                Ok((client, connection)) => {
                    tokio::spawn(connection);
                    return client;
                }
                Err(fault) => assert!(begun.elapsed() < PATIENCE, "the server does not answer: {fault}"),
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// A copy of the prepared database.
    pub async fn copy(&self, name: &str) {
        let client = self.administrator("postgres").await;
        client
            .batch_execute(&format!("create database {name} template {PREPARED} owner {}", roles::OWNER))
            .await
            .unwrap();
    }

    /// Drops a copy.
    pub async fn discard(&self, name: &str) {
        let client = self.administrator("postgres").await;
        client.batch_execute(&format!("drop database {name} with (force)")).await.unwrap();
    }

    /// A practice with claims to about so many visits; some were decided by a first payer and are asked
    /// of the second.
    pub async fn prepare(&self, seed: u64, visits: usize) -> Practice {
        let administrator = self.cluster().administrator_url();
        roles::ensure(&administrator, &[roles::OWNER, roles::SERVICE]).await.unwrap();
        let client = self.administrator("postgres").await;
        let old = "select datname::text from pg_database where datname like 'chaos\\_%'";
        for row in client.query(old, &[]).await.unwrap() {
            self.discard(row.get(0)).await;
        }
        client.batch_execute(&format!("create database {PREPARED} owner {}", roles::OWNER)).await.unwrap();
        migrations::run(&self.cluster().url(roles::OWNER, PREPARED)).await.unwrap();

        let db = Db::connect(&self.cluster().url(roles::SERVICE, PREPARED), 4).await.unwrap();
        let practice = self.bill(&db, seed, visits).await;
        drop(db);
        // Nobody may be connected to what is copied.
        let terminate = format!(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{PREPARED}'; checkpoint"
        );
        client.batch_execute(&terminate).await.unwrap();
        practice
    }

    async fn bill(&self, db: &Db, seed: u64, visits: usize) -> Practice {
        let organization = made::new_practice(db).await.unwrap();
        let actor = Actor::system("chaos", organization.id);
        let clock = Clock::standing_at(Utc::now() - Days::new(10));
        let today = clock.today(organization.time_zone);
        let mut made = synth::practice(seed, visits, today);
        made.patients.retain(|patient| !patient.coverages.is_empty());
        // Two payers: everybody has the first, many the second behind it.
        made.payers.truncate(2);
        for (at, patient) in made.patients.iter_mut().enumerate() {
            let mut second = patient.coverages[0].clone();
            second.member_id = format!("S{at:08}");
            patient.coverages.truncate(1);
            patient.coverages[0].payer = 0;
            if at % 3 == 0 {
                second.payer = 1;
                patient.coverages.push(second);
            }
        }
        db.transaction(&actor, async |tx| made::register(tx, &made, today).await).await.unwrap();
        let mailboxes = self.folder("mailboxes");
        let mailbox = |payer: &str| {
            let folder = mailboxes.join(payer);
            DirectoryMailbox::new(folder.join("out"), folder.join("in"))
        };
        let charges = synth::charge_file(&made, seed, visits, today);
        let sent = made::bill(db, &actor, &clock, &charges, mailbox).await.unwrap();

        let client = self.administrator(PREPARED).await;
        let insured_twice: HashSet<Uuid> = client
            .query("select distinct patient_id from coverages where rank = 2", &[])
            .await
            .unwrap()
            .iter()
            .map(|row| row.get(0))
            .collect();
        let has_next = |claim: &MadeClaim| insured_twice.contains(&claim.stored.patient.uuid());

        // Every other one of those has been decided by the first payer.
        let (twice, once): (Vec<MadeClaim>, Vec<MadeClaim>) = sent.into_iter().partition(has_next);
        let (decided, open): (Vec<_>, Vec<_>) = (0..).zip(twice).partition(|(at, _)| at % 2 == 0);
        let decided: Vec<BilledClaim> = decided.into_iter().map(|(_, claim)| claim.billed).collect();
        let payer = (made.payers[0].identifier, made.payers[0].name);
        let npi = &made.providers[0].npi;
        let text = edi::remittance_for(seed, "FIRSTPAYER", payer, npi, today, &decided);
        let mut after = AfterRemittance::at(clock.now());
        remits::receive(db, &actor, "first.835", &text, &clock, &mut after).await.unwrap();
        let second = made::send_drafts(db, &actor, &clock, mailbox).await.unwrap();
        assert!(!second.is_empty(), "some claims go to a second payer");

        let before: HashMap<Uuid, Before> = client
            .query(
                "select claim_id, (sum(case 1010 when debit_account then amount when credit_account then -amount
                        else 0 end) * 100)::bigint,
                    (sum(case 4110 when debit_account then amount when credit_account then -amount
                        else 0 end) * 100)::bigint
                 from transfers where claim_id is not null group by 1",
                &[],
            )
            .await
            .unwrap()
            .iter()
            .map(|row| {
                let cents = |at| Money::from_cents(row.get(at));
                (row.get(0), Before { paid: cents(1), contractual: cents(2) })
            })
            .collect();
        let open = open.into_iter().map(|(_, claim)| claim);
        let first = once.into_iter().map(|claim| (claim, false)).chain(open.map(|claim| (claim, true)));
        let first = first.map(|(claim, has_next_payer)| AskedClaim {
            billed: claim.billed,
            payer: 0,
            has_next_payer,
            before: None,
        });
        let second = second.into_iter().map(|claim| AskedClaim {
            billed: claim.billed,
            payer: 1,
            has_next_payer: false,
            before: Some(before[&claim.stored.account_claim.uuid()]),
        });
        let claims = first.chain(second).collect();
        Practice { made, first_day: today + Days::new(1), claims }
    }

    /// Kills the server with all its processes, as a power cut would, and starts it again.
    pub async fn kill_server(&mut self) {
        let pid_file = self.settings.folder.join("data/postmaster.pid");
        let text = fs::read_to_string(pid_file).unwrap();
        let postmaster: u32 = text.lines().next().unwrap().trim().parse().unwrap();
        let all = children(postmaster);
        kill(postmaster);
        all.iter().copied().for_each(kill);
        let begun = Instant::now();
        while all.iter().chain([&postmaster]).any(|pid| is_server(*pid)) {
            assert!(begun.elapsed() < PATIENCE, "the server does not die");
            sleep(Duration::from_millis(5)).await;
        }
        // The next one joins before this one leaves, so that nobody stops it.
        let settings = self.settings.clone();
        let next = tokio::task::spawn_blocking(move || Cluster::start(&settings)).await.unwrap().unwrap();
        self.cluster = Some(next);
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        drop(self.cluster.take());
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Name, state and parent of a process.
fn process(pid: u32) -> Option<(String, char, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (head, tail) = text.rsplit_once(") ")?;
    let (_, name) = head.split_once(" (")?;
    let mut fields = tail.split(' ');
    Some((name.to_owned(), fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn is_server(pid: u32) -> bool {
    process(pid).is_some_and(|(name, state, _)| name.starts_with("postgres") && !matches!(state, 'Z' | 'X'))
}

fn children(parent: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| process(*pid).is_some_and(|(.., its)| its == parent)).collect()
}

/// Only ever a process of the server that this test started.
fn kill(pid: u32) {
    if is_server(pid) {
        let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        // It may have gone in between.
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Writes files, and says where they are.
pub fn write_files(folder: &Path, files: &[edi::MadeFile]) -> Vec<PathBuf> {
    files
        .iter()
        .map(|file| {
            let path = folder.join(&file.name);
            fs::write(&path, &file.text).unwrap();
            path
        })
        .collect()
}
