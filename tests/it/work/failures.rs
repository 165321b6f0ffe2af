//! Work that fails, and workers that are told to stop.

use std::fs;
use std::time::Duration;

use chrono::TimeDelta;
use firstpass::codes::Codes;
use firstpass::db::jobs::{self, Job, JobState, Listed, Run, RunOutcome};
use firstpass::journey::{Release, ask_for_rounds, ask_to_send};
use firstpass::web::App;
use firstpass::work::{self, Settings};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::{Notify, oneshot};
use tokio::task::LocalSet;

use super::{eventually, files};
use crate::journey::Office;

/// Work that no version knows.
#[derive(Serialize, Deserialize)]
struct Poison;
impl Job for Poison {
    const KIND: &'static str = "poison";
    const ATTEMPTS_MAX: i32 = 2;
}

const WITHIN: Duration = Duration::from_secs(20);

impl Office {
    /// Works in this process, by the office's clock, while `story` goes on.
    async fn while_working(&self, story: impl AsyncFnOnce()) {
        let app = App::new(
            self.world.db.clone(),
            Codes::shipped(),
            self.clock.clone(),
            self.folder.join("mailboxes"),
        );
        let (told, stop) = oneshot::channel::<()>();
        let stop = async { drop(stop.await) };
        let settings = Settings::default();
        let told_at_the_end = async {
            story().await;
            drop(told);
        };
        tokio::join!(work::run(app, settings, stop), told_at_the_end);
    }

    async fn jobs(&self) -> Vec<Listed> {
        self.world.db.snapshot(&self.actor, async |tx| jobs::list(tx).await).await.unwrap()
    }

    async fn run_of(&self, kind: &str) -> Option<Run> {
        let runs = self.world.db.snapshot(&self.actor, async |tx| jobs::runs(tx).await).await.unwrap();
        runs.into_iter().find(|run| run.kind == kind)
    }
}

#[tokio::test]
async fn a_poison_job_is_tried_again_and_then_dead_and_stops_no_other() {
    let office = Office::open_now().await;
    office.charge_days_ago(3..4).await;
    let (db, now) = (&office.world.db, office.clock.now());
    let poison = db
        .transaction(&office.actor, async |tx| {
            let poison = jobs::enqueue(tx, &Poison, now).await?;
            ask_to_send(tx, now + TimeDelta::seconds(1), Release::Ready).await?;
            Ok(poison.unwrap())
        })
        .await
        .unwrap();
    office.clock.advance(TimeDelta::seconds(1));
    office
        .while_working(async || {
            let out = office.mail_folder("SBXMERID").join("out");
            eventually("the claim left", WITHIN, async || files(&out).len() == 1).await;
            let tried = async || office.jobs().await.iter().any(|job| job.id == poison && job.attempts == 1);
            eventually("it waits for its second attempt", WITHIN, tried).await;
            office.clock.advance(TimeDelta::seconds(10));
            let dead = async || office.jobs().await.iter().any(|job| job.state == JobState::Dead);
            eventually("it is dead", WITHIN, dead).await;
        })
        .await;
    let dead = office.jobs().await.remove(0);
    assert_eq!((dead.id, dead.state, dead.attempts), (poison, JobState::Dead, 2));
    let why = dead.last_error.unwrap();
    assert!(why.starts_with("a fault of this program; the log has it under "), "{why}");
    let run = office.run_of("poison").await.unwrap();
    assert_eq!((run.outcome, run.last_done_at), (RunOutcome::Dead, None));
    let sent = office.run_of("send_batches").await.unwrap();
    assert_eq!((&sent.detail["batches"], &sent.detail["claims"]), (&json!(1), &json!(1)));
    assert_eq!(sent.detail["charged"].to_string(), "150.00");
}

#[tokio::test]
async fn a_payer_whose_folder_cannot_be_used_keeps_no_other_payer_waiting() {
    let office = Office::open_now().await;
    office.charge_days_ago(3..4).await;
    // Prairie's outgoing folder is a file.
    let prairie = office.mail_folder("SBXPRAIR");
    fs::create_dir_all(&prairie).unwrap();
    fs::write(prairie.join("in"), "x").unwrap();
    let now = office.clock.now();
    assert_eq!(ask_for_rounds(&office.world.db, now).await.unwrap(), 1);
    assert_eq!(ask_for_rounds(&office.world.db, now).await.unwrap(), 0, "asked for once");
    office
        .while_working(async || {
            let out = office.mail_folder("SBXMERID").join("out");
            eventually("the claim left", WITHIN, async || files(&out).len() == 1).await;
            let failed = async || office.jobs().await.iter().any(|job| job.last_error.is_some());
            eventually("the other is tried again", WITHIN, failed).await;
        })
        .await;
    let waiting = office.jobs().await;
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert_eq!((waiting[0].kind.as_str(), waiting[0].state), ("receive_mail", JobState::Waiting));
    assert!(waiting[0].last_error.as_ref().unwrap().contains("mailbox/unusable"), "{waiting:?}");
}

#[tokio::test]
async fn a_practice_that_has_not_said_as_whom_it_sends_is_told_so() {
    let office = Office::open_unenrolled().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let now = office.clock.now();
    let db = &office.world.db;
    db.transaction(&office.actor, async |tx| ask_to_send(tx, now, Release::Drafts).await).await.unwrap();
    office
        .while_working(async || {
            let failed = async || office.jobs().await.iter().any(|job| job.last_error.is_some());
            eventually("it is tried again", WITHIN, failed).await;
        })
        .await;
    let why = office.jobs().await.remove(0).last_error.unwrap();
    assert!(why.contains("organizations/no-submitter"), "{why}");
    assert_eq!(office.statuses().await, ["queued"]);
}

#[tokio::test]
async fn a_worker_that_stops_gives_back_what_takes_too_long() {
    let office = Office::open_now().await;
    let (db, now) = (&office.world.db, office.clock.now());
    office.charge_days_ago(3..4).await;
    db.transaction(&office.actor, async |tx| ask_to_send(tx, now, Release::Ready).await).await.unwrap();
    // Somebody keeps the practice's numbers: the batch waits for them.
    let (held, free) = (Notify::new(), Notify::new());
    let holder = db.transaction(&office.actor, async |tx| {
        firstpass::submissions::numbers(tx, "claim", 1).await?;
        let organization = tx.actor().organization;
        tx.audit("test/hold", organization, None, json!({})).await?;
        held.notify_one();
        free.notified().await;
        Ok(())
    });
    let app = App::new(db.clone(), Codes::shipped(), office.clock.clone(), office.folder.join("mailboxes"));
    let settings = Settings { stop_within: Duration::from_millis(500), ..Settings::default() };
    let story = async {
        held.notified().await;
        let (told, stop) = oneshot::channel::<()>();
        let stop = async { drop(stop.await) };
        let running = async || office.jobs().await.iter().any(|job| job.state == JobState::Running);
        let until = async {
            eventually("the job is under way", WITHIN, running).await;
            drop(told);
        };
        tokio::join!(work::run(app, settings, stop), until);
        let jobs = office.jobs().await;
        let send =
            jobs.iter().find(|job| job.kind == "send_batches" && job.unique_key.as_deref() == Some("ready"));
        let send = send.unwrap();
        assert_eq!((send.state, send.attempts), (JobState::Waiting, 0));
        free.notify_one();
    };
    let both = Box::pin(async { tokio::join!(holder, story) });
    let (holder, ()) = LocalSet::new().run_until(both).await;
    holder.unwrap();
}
