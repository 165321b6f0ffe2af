use chrono::{DateTime, TimeDelta, Utc};
use firstpass::db::jobs::{self, Claimed, Failed, Job, JobState, RunOutcome};
use firstpass::db::{Actor, Db};
use firstpass::types::{ClaimId, JobId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::join;

use crate::support;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Scrub {
    claim: ClaimId,
}
impl Job for Scrub {
    const KIND: &'static str = "scrub";
    const ATTEMPTS_MAX: i32 = 3;
}

/// A kind of work of which one that waits is enough.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct SendBatch;
impl Job for SendBatch {
    const KIND: &'static str = "send_batch";
    fn unique_key(&self) -> Option<String> {
        Some("all".to_owned())
    }
}

const LEASE: TimeDelta = TimeDelta::seconds(60);

fn at(time: &str) -> DateTime<Utc> {
    format!("2026-03-02T{time}Z").parse().unwrap()
}

async fn enqueue<J: Job>(db: &Db, actor: &Actor, job: &J, due: &str) -> Option<JobId> {
    db.transaction(actor, async |tx| {
        let organization = tx.actor().organization;
        tx.audit("test/ask", organization, None, json!({})).await?;
        jobs::enqueue(tx, job, at(due)).await
    })
    .await
    .unwrap()
}

async fn claim(db: &Db, time: &str, worker: &str) -> Option<Claimed> {
    jobs::claim(db, at(time), worker, LEASE).await.unwrap()
}

async fn dead(db: &Db, actor: &Actor) -> Vec<(JobId, i32, Option<String>)> {
    let listed = db.snapshot(actor, async |tx| jobs::list(tx).await).await.unwrap();
    let dead = listed.into_iter().filter(|job| job.state == JobState::Dead);
    dead.map(|job| (job.id, job.attempts, job.last_error)).collect()
}

#[tokio::test]
async fn two_workers_never_hold_the_same_job() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let mut asked = Vec::new();
    for _ in 0..20 {
        asked.push(enqueue(&world.db, &elm, &Scrub { claim: ClaimId::new() }, "09:00:00").await.unwrap());
    }
    let work = async |worker: &'static str| {
        let mut held = Vec::new();
        while let Some(job) = claim(&world.db, "09:00:00", worker).await {
            held.push(job.id);
        }
        held
    };
    let (a, b) = join!(work("a"), work("b"));
    let mut held = [a, b].concat();
    held.sort();
    assert_eq!(held, asked);
}

#[tokio::test]
async fn a_job_is_done_once_and_in_its_practices_name() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let job = Scrub { claim: ClaimId::new() };
    enqueue(&world.db, &elm, &job, "09:00:00").await;
    assert!(claim(&world.db, "08:59:59", "a").await.is_none(), "not due");

    let claimed = claim(&world.db, "09:00:00", "a").await.unwrap();
    assert_eq!(claimed.open::<Scrub>().unwrap(), job);
    assert_eq!(claimed.actor::<Scrub>(), Actor::system("scrub", elm.organization));
    claimed.end(&world.db, at("09:00:01"), json!({})).await.unwrap();
    assert!(claimed.end(&world.db, at("09:00:01"), json!({})).await.is_err(), "it is done");
    assert!(claim(&world.db, "23:00:00", "a").await.is_none());
}

#[tokio::test]
async fn a_lost_worker_loses_its_lease_and_cannot_end_its_job() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    enqueue(&world.db, &elm, &Scrub { claim: ClaimId::new() }, "09:00:00").await;
    let late = claim(&world.db, "09:00:00", "a").await.unwrap();
    assert!(claim(&world.db, "09:00:59", "b").await.is_none(), "the lease holds");
    let second = claim(&world.db, "09:01:00", "b").await.unwrap();
    assert_eq!((second.id, second.attempts), (late.id, 2));

    assert!(late.end(&world.db, at("09:01:01"), json!({})).await.is_err());
    assert_eq!(late.fail(&world.db, at("09:01:01"), "late").await.unwrap(), Failed::Superseded);
    second.end(&world.db, at("09:01:01"), json!({})).await.unwrap();
}

#[tokio::test]
async fn a_job_that_keeps_failing_waits_longer_each_time_and_then_for_a_person() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let id = enqueue(&world.db, &elm, &Scrub { claim: ClaimId::new() }, "09:00:00").await.unwrap();
    for (time, outcome) in [
        ("09:00:00", Failed::RetryAt(at("09:00:10"))),
        ("09:00:10", Failed::RetryAt(at("09:00:30"))),
        ("09:00:30", Failed::Dead),
    ] {
        let claimed = claim(&world.db, time, "a").await.unwrap();
        assert_eq!(claimed.fail(&world.db, at(time), "payer away").await.unwrap(), outcome);
    }
    assert!(claim(&world.db, "23:00:00", "a").await.is_none());
    assert_eq!(dead(&world.db, &elm).await, [(id, 3, Some("payer away".to_owned()))]);

    let oak = world.organization("Oak Avenue").await;
    assert_eq!(dead(&world.db, &oak).await, []);
    let revive = async |actor| {
        world.db.transaction(actor, async |tx| jobs::revive(tx, id, at("10:00:00")).await).await
    };
    assert_eq!(revive(&oak).await.unwrap_err().refusal().unwrap().code, "jobs/not-dead");
    revive(&elm).await.unwrap();
    assert_eq!(claim(&world.db, "10:00:00", "a").await.unwrap().attempts, 1);
}

#[tokio::test]
async fn a_job_that_kills_its_workers_is_dead_too() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let id = enqueue(&world.db, &elm, &Scrub { claim: ClaimId::new() }, "09:00:00").await.unwrap();
    for time in ["09:00:00", "09:01:00", "09:02:00"] {
        claim(&world.db, time, "a").await.unwrap();
    }
    assert!(claim(&world.db, "09:03:00", "a").await.is_none());
    let why = "the worker was lost before it finished".to_owned();
    assert_eq!(dead(&world.db, &elm).await, [(id, 3, Some(why))]);
}

#[tokio::test]
async fn work_of_which_one_is_enough_waits_once() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let oak = world.organization("Oak Avenue").await;
    let first = enqueue(&world.db, &elm, &SendBatch, "09:00:00").await;
    assert!(first.is_some());
    assert_eq!(enqueue(&world.db, &elm, &SendBatch, "09:00:00").await, None);
    assert!(enqueue(&world.db, &oak, &SendBatch, "09:30:00").await.is_some(), "another practice's");

    // What came in after the work began is for the next time.
    let begun = claim(&world.db, "09:00:00", "a").await.unwrap();
    let next = enqueue(&world.db, &elm, &SendBatch, "09:00:00").await;
    assert!(next.is_some());
    assert_eq!(begun.fail(&world.db, at("09:00:05"), "away").await.unwrap(), Failed::Superseded);
    assert_eq!(claim(&world.db, "09:00:30", "a").await.map(|job| job.id), next);
}

#[tokio::test]
async fn a_job_asked_for_in_a_transaction_that_fails_is_not_asked_for() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let failed = world
        .db
        .transaction(&elm, async |tx| {
            jobs::enqueue(tx, &SendBatch, at("09:00:00")).await?;
            Err::<(), _>(anyhow::anyhow!("fell over").into())
        })
        .await;
    assert!(failed.is_err());
    assert!(claim(&world.db, "23:00:00", "a").await.is_none());
}

/// Work on one mailbox: one at a time.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Fetch(u8);
impl Job for Fetch {
    const KIND: &'static str = "fetch";
    const ATTEMPTS_MAX: i32 = 1;
    fn unique_key(&self) -> Option<String> {
        Some(self.0.to_string())
    }
    fn lane(&self) -> Option<String> {
        Some("mailbox".to_owned())
    }
}

#[tokio::test]
async fn jobs_of_one_lane_are_done_one_at_a_time() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let oak = world.organization("Oak Avenue").await;
    let first = enqueue(&world.db, &elm, &Fetch(1), "09:00:00").await;
    let second = enqueue(&world.db, &elm, &Fetch(2), "09:00:01").await;
    let theirs = enqueue(&world.db, &oak, &Fetch(1), "09:00:02").await;

    let a = claim(&world.db, "09:00:05", "a").await.unwrap();
    assert_eq!(Some(a.id), first);
    assert_eq!(claim(&world.db, "09:00:05", "b").await.map(|job| job.id), theirs, "another practice's lane");
    assert!(claim(&world.db, "09:00:05", "b").await.is_none(), "the lane is taken");
    a.end(&world.db, at("09:00:06"), json!({})).await.unwrap();
    assert_eq!(claim(&world.db, "09:00:06", "b").await.map(|job| job.id), second);
}

#[tokio::test]
async fn a_hundred_claims_at_once_never_put_two_into_a_lane() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    for number in 0..20 {
        enqueue(&world.db, &elm, &Fetch(number), "09:00:00").await;
    }
    for round in 0..10 {
        let c = || claim(&world.db, "09:00:01", "a");
        let (a, b, c, d) = join!(c(), c(), c(), c());
        let held: Vec<Claimed> = [a, b, c, d].into_iter().flatten().collect();
        assert!(held.len() <= 1, "round {round}: {held:?}");
        for job in held {
            job.end(&world.db, at("09:00:01"), json!({})).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_worker_that_lives_keeps_its_job_and_one_that_stops_gives_it_back_untried() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    enqueue(&world.db, &elm, &Scrub { claim: ClaimId::new() }, "09:00:00").await;
    let job = claim(&world.db, "09:00:00", "a").await.unwrap();
    assert!(job.renew(&world.db, at("09:00:50"), LEASE).await.unwrap());
    assert!(claim(&world.db, "09:01:49", "b").await.is_none(), "it was renewed");

    job.give_back(&world.db, at("09:01:49")).await.unwrap();
    let again = claim(&world.db, "09:01:49", "b").await.unwrap();
    assert_eq!((again.id, again.attempts), (job.id, 1), "it was not tried");
    assert!(!job.renew(&world.db, at("09:01:50"), LEASE).await.unwrap(), "it is another's");
}

#[tokio::test]
async fn the_last_run_stays_in_view_and_success_takes_the_dead_away() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let runs = async || {
        let runs = world.db.snapshot(&elm, async |tx| jobs::runs(tx).await).await.unwrap();
        let brief = |run: jobs::Run| (run.unique_key, run.outcome, run.error, run.took_ms, run.last_done_at);
        runs.into_iter().map(brief).collect::<Vec<_>>()
    };
    let fails = async |time: &str| {
        enqueue(&world.db, &elm, &Fetch(1), time).await;
        let job = claim(&world.db, time, "a").await.unwrap();
        assert_eq!(job.fail(&world.db, at(time), "payer away").await.unwrap(), Failed::Dead);
        job.id
    };
    fails("09:00:00").await;
    let second = fails("09:10:00").await;
    // The same work is dead once, however often it was asked for.
    assert_eq!(dead(&world.db, &elm).await, [(second, 1, Some("payer away".to_owned()))]);
    assert_eq!(runs().await, [("1".to_owned(), RunOutcome::Dead, Some("payer away".to_owned()), 0, None)]);

    enqueue(&world.db, &elm, &Fetch(1), "09:20:00").await;
    let job = claim(&world.db, "09:20:00", "a").await.unwrap();
    job.end(&world.db, at("09:20:03"), json!({ "files": 2 })).await.unwrap();
    assert_eq!(dead(&world.db, &elm).await, []);
    assert_eq!(runs().await, [("1".to_owned(), RunOutcome::Done, None, 3_000, Some(at("09:20:03")))]);

    fails("09:30:00").await;
    let error = Some("payer away".to_owned());
    assert_eq!(runs().await, [("1".to_owned(), RunOutcome::Dead, error, 0, Some(at("09:20:03")))]);
}

#[tokio::test]
async fn a_job_tells_how_far_it_has_come_while_its_lease_holds() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let oak = world.organization("Oak Street").await;
    let standing = async |actor: &Actor| {
        let found = world.db.snapshot(actor, async |tx| jobs::standing(tx, "send_batch", "all").await).await;
        found.unwrap().map(|standing| (standing.state, standing.progress))
    };
    assert_eq!(standing(&elm).await, None);
    enqueue(&world.db, &elm, &SendBatch, "09:00:00").await.unwrap();
    assert_eq!(standing(&elm).await, Some((JobState::Waiting, None)));
    let job = claim(&world.db, "09:00:00", "a").await.unwrap();
    job.tell(&world.db, 3, 10).await.unwrap();
    assert_eq!(standing(&elm).await, Some((JobState::Running, Some((3, 10)))));
    assert_eq!(standing(&oak).await, None, "another practice's work is not shown");
    // The lease ended, and another worker has it.
    let other = claim(&world.db, "09:05:00", "b").await.unwrap();
    job.tell(&world.db, 9, 10).await.unwrap();
    assert_eq!(standing(&elm).await, Some((JobState::Running, Some((3, 10)))));
    assert!(other.tell(&world.db, 11, 10).await.is_err(), "no more is done than there is");
    other.end(&world.db, at("09:06:00"), json!({})).await.unwrap();
    assert_eq!(standing(&elm).await, None);
}
