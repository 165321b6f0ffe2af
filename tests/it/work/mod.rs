//! Workers as processes, with a real server and real folders: what is asked for happens, once,
//! whatever becomes of who does it.

mod crashes;
mod failures;
mod loops;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{Days, Utc};
use firstpass::claims::{self, Status};
use firstpass::codes::Codes;
use firstpass::db::Tx;
use firstpass::journey::{self, Release};
use firstpass::submissions;
use firstpass::types::{ClaimId, Money, Result};

use crate::journey::Office;

/// A process of ours; killed when dropped.
pub struct Running {
    child: Child,
    /// What it said when it was ready.
    pub ready: String,
}

impl Running {
    /// Starts `firstpass` on the office's database and folder, and waits until it says that it is
    /// ready.
    pub fn start(office: &Office, arguments: &[&str]) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firstpass"));
        command.args(arguments);
        command.env("DATABASE_URL", office.world.service_url()).env("FIRSTPASS_DATA", &office.folder);
        command.env("FIRSTPASS_LISTEN", "127.0.0.1:0");
        Running::of(&mut command)
    }

    pub fn of(command: &mut Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert!(ready.starts_with("Firstpass "), "{ready}");
        Running { child, ready }
    }

    /// As a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As a person does it: SIGTERM, and the exit code.
    pub fn stop(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something holds.
#[track_caller]
pub fn eventually<'a>(
    what: &'a str,
    within: Duration,
    mut holds: impl AsyncFnMut() -> bool + 'a,
) -> impl Future<Output = ()> + 'a {
    let place = std::panic::Location::caller();
    async move {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < within, "{place}: {what}: not within {within:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// The files of a folder and of those in it that are not hidden: path, and how long.
pub fn files(folder: &Path) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries.map(std::io::Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            found.extend(
                files(&entry.path()).into_iter().map(|(inner, size)| (format!("{name}/{inner}"), size)),
            );
        } else {
            found.insert(name, entry.metadata().unwrap().len());
        }
    }
    found
}

impl Office {
    /// Charges one visit of 150.00 for each of these days ago, of a patient of Meridian: each comes
    /// to 117.00 allowed, of which 25.00 is the patient's, 92.00 paid and 33.00 written off.
    pub async fn charge_days_ago(&self, days: std::ops::Range<u64>) {
        let on: Vec<String> =
            days.map(|ago| (Utc::now().date_naive() - Days::new(ago)).to_string()).collect();
        let visits: Vec<_> = on
            .iter()
            .map(|on| ("P-MERIDIAN", on.as_str(), "J06.9", &[("99213", "", "150.00")][..]))
            .collect();
        self.charge(&visits).await;
        let (db, now) = (&self.world.db, self.clock.now());
        let scrubbed = journey::scrub_drafts(db, &self.actor, now, Codes::shipped()).await.unwrap();
        assert_eq!(scrubbed.held.count, 0);
    }

    /// Rounds every five seconds.
    pub async fn schedule(&self, release: Release) {
        let (db, now) = (&self.world.db, Utc::now());
        db.transaction(&self.actor, async |tx| journey::set_schedule(tx, now, 5, release).await)
            .await
            .unwrap();
    }

    /// Until every claim is done, the payers work a day in every tenth of a second.
    pub async fn until_all_are_paid(&self, claims: usize, within: Duration) {
        let paid = async || {
            self.days_pass(1);
            self.payers_work().await;
            let statuses = self.statuses().await;
            statuses.len() == claims && statuses.iter().all(|status| ["paid", "closed"].contains(status))
        };
        eventually("all claims are paid", within, paid).await;
    }

    /// What must be so after `claims` visits of [`Office::charge_days_ago`], however they came there:
    /// each claim left once under a number of its own, each answer was dealt with once, and the books
    /// hold. The payer took every file away and archived it, so a second one would be `.2`.
    pub async fn everything_happened_once(&self, claims: usize) {
        for claim in self.claims().await {
            assert_eq!(
                self.history(&claim).await,
                [
                    "drafted",
                    "released",
                    "queued",
                    "sent",
                    "file_accepted",
                    "payer_accepted",
                    "paid",
                    "closed"
                ]
            );
        }
        let mail = files(&self.mail_folder("SBXMERID"));
        let twice: Vec<&String> = mail.keys().filter(|name| name.ends_with(".2")).collect();
        assert!(twice.is_empty(), "{twice:?}");
        let waiting: Vec<&String> = mail.keys().filter(|name| !name.contains("archive/")).collect();
        assert!(waiting.is_empty(), "{waiting:?}");

        let db = &self.world.db;
        let sent = db.snapshot(&self.actor, async |tx| {
            let mut sendings = vec![];
            for claim in claims_of(tx).await? {
                sendings.extend(submissions::of_claim(tx, claim).await?);
            }
            Ok(sendings)
        });
        let sent = sent.await.unwrap();
        let mut numbers: Vec<&str> = sent.iter().map(|sending| sending.control_number.as_str()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!((sent.len(), numbers.len()), (claims, claims));
        let mut batches: Vec<_> = sent
            .iter()
            .map(|sending| sending.batch.as_ref().unwrap().interchange_control_number.clone())
            .collect();
        batches.sort();
        batches.dedup();
        let left = mail.keys().filter(|name| name.starts_with("out/archive/")).count();
        assert_eq!(left, batches.len(), "one file for each batch: {mail:?}");

        let of_each = |cents: i64| Money::from_cents(cents * i64::try_from(claims).unwrap());
        assert_eq!(
            self.books().await,
            format!(
                "insurance_cash {}, patient_ar {}, charges {}, contractual_adjustments {}",
                of_each(9_200),
                of_each(2_500),
                of_each(15_000),
                of_each(3_300)
            )
        );
        self.proves().await;
    }
}

async fn claims_of(tx: &mut Tx) -> Result<Vec<ClaimId>> {
    let mut ids = vec![];
    for status in Status::ALL {
        ids.extend(claims::ids_with_status(tx, status, None, 1_000).await?);
    }
    Ok(ids)
}
