//! The worker: takes jobs and does them, one match from kind to verb.
//!
//! Any number of workers may run, in `firstpass work` and in `firstpass serve`. Each asks for what
//! practices' schedules make due, takes the job that has waited longest under a lease, renews the
//! lease while the work goes on, and ends the job or gives it back. One that dies loses its leases
//! and the others go on; one that is told to stop finishes what is under way, or gives it back when
//! that takes too long. While the database is away it waits, longer each time.
//!
//! Deliberately absent: what the work is; that is the verbs', which may all be repeated.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tokio::select;
use tokio::sync::watch;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::credits::small_balances::nightly::{self, GiveUpSmallBalances};
use crate::db::Actor;
use crate::db::jobs::{self, Claimed, Failed, Job};
use crate::exchange::mailbox::DirectoryMailbox;
use crate::journey::{
    self, CHARGES_MAILBOX, Desk, LookForParts, ReceiveCharges, ReceiveMail, RunTrial, SendBatches,
};
use crate::registry::Payer;
use crate::types::{Error, Result};
use crate::web::App;

/// How a worker works.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Jobs under way at once, at most.
    pub at_once: usize,
    /// How long a job is another's after its worker was lost.
    pub lease: Duration,
    /// How long jobs under way may take once the worker is told to stop.
    pub stop_within: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { at_once: 4, lease: Duration::from_secs(60), stop_within: Duration::from_secs(20) }
    }
}

/// How long a worker that found nothing to do waits before it looks again, half as much more or less.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How often it asks for what schedules make due: as often as the shortest can be.
const SCHEDULE: TimeDelta = TimeDelta::seconds(5);

/// The longest wait while the database is away.
const AWAY_MAX: Duration = Duration::from_secs(30);

/// How long a claim that is under way when the worker stops may take: what it takes is given back.
const LAST_CLAIM: Duration = Duration::from_secs(2);

/// Works until `stop` comes, and what is under way then has ended or was given back.
pub async fn run(app: App, settings: Settings, stop: impl Future<Output = ()>) {
    // Verbs of one process share its thread; more processes are more threads.
    LocalSet::new().run_until(work(app, settings, stop)).await;
}

async fn work(app: App, settings: Settings, stop: impl Future<Output = ()>) {
    let (hurry, hurried) = watch::channel(false);
    let name = format!("{}/{}", std::process::id(), Uuid::now_v7().simple());
    let worker = Rc::new(Worker { app, settings, name, hurried });
    let mut under_way = JoinSet::new();
    let mut scheduled = None;
    let mut away = None;
    let mut stop = pin!(stop);
    loop {
        while under_way.try_join_next().is_some() {}
        let pause = if under_way.len() < settings.at_once {
            let mut next = pin!(worker.next(&mut scheduled));
            let found = select! {
                found = &mut next => found,
                () = &mut stop => {
                    if let Ok(Ok(Some(job))) = timeout(LAST_CLAIM, next).await {
                        worker.give_back(&job).await;
                    }
                    break;
                }
            };
            match found {
                Ok(Some(job)) => {
                    away = None;
                    under_way.spawn_local(Rc::clone(&worker).perform(job));
                    continue;
                }
                Ok(None) => {
                    away = None;
                    LOOK_AGAIN
                }
                Err(fault) => {
                    if away.is_none() {
                        tracing::error!("no job can be taken: {fault}; trying again until it goes");
                    }
                    let longer = away.map_or(LOOK_AGAIN, |last: Duration| (last * 2).min(AWAY_MAX));
                    away = Some(longer);
                    longer
                }
            }
        } else {
            // Full: only an end makes room.
            AWAY_MAX
        };
        select! {
            () = &mut stop => break,
            _ = under_way.join_next(), if !under_way.is_empty() => {}
            () = sleep(about(pause)) => {}
        }
    }
    let ended = async { while under_way.join_next().await.is_some() {} };
    let mut ended = pin!(ended);
    if timeout(settings.stop_within, &mut ended).await.is_err() {
        // Nobody listens when they have all just ended.
        let _ = hurry.send(true);
        ended.await;
    }
}

/// Half as much more or less, so that workers do not look in step.
fn about(pause: Duration) -> Duration {
    pause * rand::random_range(50..150) / 100
}

struct Worker {
    app: App,
    settings: Settings,
    name: String,
    hurried: watch::Receiver<bool>,
}

impl Worker {
    /// The next job, after asking for what schedules make due.
    async fn next(&self, scheduled: &mut Option<DateTime<Utc>>) -> Result<Option<Claimed>> {
        let (db, now) = (&self.app.db, self.app.clock.now());
        if scheduled.is_none_or(|last| now - last >= SCHEDULE || now < last) {
            journey::ask_for_rounds(db, now).await?;
            journey::ask_for_nights(db, now).await?;
            *scheduled = Some(now);
        }
        jobs::claim(db, now, &self.name, self.lease()).await
    }

    fn lease(&self) -> TimeDelta {
        TimeDelta::from_std(self.settings.lease).unwrap_or(TimeDelta::MAX)
    }

    /// Does a job and ends it, whatever comes.
    async fn perform(self: Rc<Self>, job: Claimed) {
        let mut hurried = self.hurried.clone();
        // Apart, so that a panic is a failure of this job and no more.
        let mut work = JoinSet::new();
        work.spawn_local(dispatch(self.app.clone(), job.clone()));
        let outcome = select! {
            outcome = work.join_next() => outcome,
            () = self.hold(&job) => {
                tracing::warn!(job.id = %job.id, job.kind, "another worker has taken it over");
                return;
            }
            _ = hurried.wait_for(|hurried| *hurried) => {
                drop(work);
                return self.give_back(&job).await;
            }
        };
        match outcome {
            Some(Ok(Ok(detail))) => {
                if let Err(fault) = job.end(&self.app.db, self.app.clock.now(), detail).await {
                    tracing::warn!(job.id = %job.id, job.kind, "done, and not noted: {fault}");
                }
            }
            Some(Ok(Err(fault))) => self.fail(&job, fault).await,
            Some(Err(_)) | None => self.fail(&job, anyhow::anyhow!("the work panicked").into()).await,
        }
    }

    /// Renews the lease until it is lost. While the database is away it may still hold.
    async fn hold(&self, job: &Claimed) {
        loop {
            sleep(self.settings.lease / 3).await;
            if let Ok(false) = job.renew(&self.app.db, self.app.clock.now(), self.lease()).await {
                return;
            }
        }
    }

    async fn fail(&self, job: &Claimed, fault: Error) {
        let why = match fault {
            Error::Refused(refusal) => refusal.to_string(),
            Error::Internal(fault) => {
                let id = Uuid::now_v7();
                tracing::error!(%id, job.id = %job.id, job.kind, "{fault:#}");
                format!("a fault of this program; the log has it under {id}")
            }
        };
        match job.fail(&self.app.db, self.app.clock.now(), &why).await {
            Ok(Failed::RetryAt(at)) => {
                tracing::warn!(job.id = %job.id, job.kind, job.attempts, retry_at = %at, "failed: {why}");
            }
            Ok(Failed::Dead) => {
                tracing::error!(job.id = %job.id, job.kind, job.attempts, "failed for good: {why}");
            }
            Ok(Failed::Superseded) => {}
            // Its lease ends, and it is taken again.
            Err(_) => tracing::warn!(job.id = %job.id, job.kind, "failed, and not noted: {why}"),
        }
    }

    async fn give_back(&self, job: &Claimed) {
        if let Err(fault) = job.give_back(&self.app.db, self.app.clock.now()).await {
            tracing::warn!(job.id = %job.id, job.kind, "not given back: {fault}; its lease ends");
        }
    }
}

/// From kind to verb: what each did, in counts and ids.
async fn dispatch(app: App, job: Claimed) -> Result<Value> {
    let done = match job.kind.as_str() {
        SendBatches::KIND => {
            let (asked, actor) = (job.open::<SendBatches>()?, job.actor::<SendBatches>());
            serde_json::to_value(asked.run(&desk(&app, &actor)).await?)
        }
        ReceiveMail::KIND => {
            let (asked, actor) = (job.open::<ReceiveMail>()?, job.actor::<ReceiveMail>());
            serde_json::to_value(asked.run(&desk(&app, &actor)).await?)
        }
        ReceiveCharges::KIND => {
            let actor = job.actor::<ReceiveCharges>();
            let mailbox = app.mailbox(actor.organization, CHARGES_MAILBOX);
            let round = journey::receive_charge_files(&app.db, &actor, &app.clock, &mailbox).await?;
            serde_json::to_value(round)
        }
        LookForParts::KIND => {
            let (asked, actor) = (job.open::<LookForParts>()?, job.actor::<LookForParts>());
            serde_json::to_value(asked.run(&app.db, &actor, &app.clock).await?)
        }
        GiveUpSmallBalances::KIND => {
            let actor = job.actor::<GiveUpSmallBalances>();
            serde_json::to_value(nightly::run_by_night(&app.db, &actor, &app.clock).await?)
        }
        RunTrial::KIND => {
            let asked = job.open::<RunTrial>()?;
            serde_json::to_value(asked.run(&app.db, &job, &app.clock, &app.codes()).await?)
        }
        other => return Err(anyhow::anyhow!("this version knows no work {other}").into()),
    };
    Ok(done.map_err(anyhow::Error::from)?)
}

fn desk<'a>(app: &'a App, actor: &'a Actor) -> Desk<'a, impl Fn(&Payer) -> DirectoryMailbox> {
    let mailbox_of = |payer: &Payer| app.mailbox(actor.organization, &payer.mailbox);
    Desk { db: &app.db, actor, clock: &app.clock, codes: app.codes(), mailbox_of }
}
