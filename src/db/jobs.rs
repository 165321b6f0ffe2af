//! Work for later.
//!
//! A job is asked for in the caller's transaction and holds ids only. A worker claims it under a
//! lease, opens it, does the work as the practice's actor, in transactions each of which may happen
//! again, and ends the job after the last. A job that fails is tried again after a while that
//! doubles; one that failed too often is dead, and stays in view until a person revives it or the
//! same work succeeds. A worker that dies loses its lease, and another takes over; one that lives
//! renews it.
//!
//! Jobs of one lane are done one at a time. Of each kind and key the last run is kept.
//!
//! Times are handed in, because tests and the demo move the clock.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;
use diesel::sql_query;
use diesel::sql_types::{Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::db::schema::{job_runs, jobs};
use crate::db::{Actor, Db, SystemTx, Tx};
use crate::types::{Error, JobId, OrganizationId, Refusal, Result, Status};

/// A kind of work. Its fields are ids; its verb lives in the same file.
pub trait Job: Serialize + DeserializeOwned {
    /// Its name, as stored: lower case letters, digits and `_`.
    const KIND: &'static str;

    /// How often it is tried before a person must look at it.
    const ATTEMPTS_MAX: i32 = 8;

    /// Asking again for a job of the same kind and key while one waits changes nothing.
    fn unique_key(&self) -> Option<String> {
        None
    }

    /// Of the practice's jobs in one lane, one is done at a time.
    fn lane(&self) -> Option<String> {
        None
    }
}

/// A job under this worker's lease.
#[derive(Clone, Debug, QueryableByName)]
#[diesel(table_name = jobs, check_for_backend(diesel::pg::Pg))]
pub struct Claimed {
    /// The job.
    pub id: JobId,
    /// The practice it works for.
    #[diesel(column_name = organization_id)]
    pub organization: OrganizationId,
    /// Its [`Job::KIND`].
    pub kind: String,
    /// This attempt's number, from 1. With the worker's name it says whether the lease still holds.
    pub attempts: i32,
    attempts_max: i32,
    payload: serde_json::Value,
    unique_key: Option<String>,
    worker: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    since: DateTime<Utc>,
}

/// What becomes of a job that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// It will be tried again.
    RetryAt(DateTime<Utc>),
    /// It failed too often and waits for a person.
    Dead,
    /// Another worker has taken over, or the same work was asked for again and waits.
    Superseded,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It waits until it is due.
    Waiting,
    /// A worker has it.
    Running,
    /// It failed too often and waits for a person.
    Dead,
}

/// A job that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The job.
    pub id: JobId,
    /// Its kind.
    pub kind: String,
    /// What tells it from others of its kind.
    pub unique_key: Option<String>,
    /// Where it stands.
    pub state: JobState,
    /// When it may begin; while it runs, when its lease ends.
    pub due_at: DateTime<Utc>,
    /// How often it was tried.
    pub attempts: i32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// The work was done.
    Done,
    /// It failed and is tried again.
    Failed,
    /// It failed too often.
    Dead,
}

impl RunOutcome {
    const fn as_str(self) -> &'static str {
        match self {
            RunOutcome::Done => "done",
            RunOutcome::Failed => "failed",
            RunOutcome::Dead => "dead",
        }
    }
}

/// The last run of a kind of work and key.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The kind.
    pub kind: String,
    /// The key; empty for work without one.
    pub unique_key: String,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// How long it took.
    pub took_ms: i64,
    /// How it ended.
    pub outcome: RunOutcome,
    /// What it did: counts and ids.
    pub detail: serde_json::Value,
    /// Why it failed.
    pub error: Option<String>,
    /// When such a run last succeeded.
    pub last_done_at: Option<DateTime<Utc>>,
}

#[derive(Insertable)]
#[diesel(table_name = jobs)]
struct NewJob {
    id: JobId,
    organization_id: OrganizationId,
    kind: &'static str,
    payload: serde_json::Value,
    unique_key: Option<String>,
    lane: Option<String>,
    due_at: DateTime<Utc>,
    attempts_max: i32,
}

impl NewJob {
    fn of<J: Job>(organization: OrganizationId, job: &J, due_at: DateTime<Utc>) -> Result<NewJob> {
        Ok(NewJob {
            id: JobId::new(),
            organization_id: organization,
            kind: J::KIND,
            payload: serde_json::to_value(job).context("a job cannot be written")?,
            unique_key: job.unique_key(),
            lane: job.lane(),
            due_at,
            attempts_max: J::ATTEMPTS_MAX,
        })
    }

    async fn insert(self, conn: &mut AsyncPgConnection) -> Result<Option<JobId>> {
        let id = self.id;
        let added = diesel::insert_into(jobs::table).values(self).on_conflict_do_nothing().execute(conn);
        Ok((added.await? == 1).then_some(id))
    }
}

/// Asks for a job, not to be begun before `due_at`; `None` when the same work waits already.
pub async fn enqueue<J: Job>(tx: &mut Tx, job: &J, due_at: DateTime<Utc>) -> Result<Option<JobId>> {
    NewJob::of(tx.actor().organization, job, due_at)?.insert(tx.conn()).await
}

/// As [`enqueue`], for what no person asks for: a schedule, which works for all practices.
pub async fn enqueue_for<J: Job>(
    tx: &mut SystemTx,
    organization: OrganizationId,
    job: &J,
    due_at: DateTime<Utc>,
) -> Result<Option<JobId>> {
    NewJob::of(organization, job, due_at)?.insert(tx.conn()).await
}

/// Takes the job that has waited longest, for as long as `lease`; `None` when nothing is due.
pub async fn claim(db: &Db, now: DateTime<Utc>, worker: &str, lease: TimeDelta) -> Result<Option<Claimed>> {
    let claimed = db
        .system(async |tx| {
            bury_the_lost(tx, now).await?;
            let claimed = sql_query(
                "update jobs set state = 'leased', worker = $1, due_at = $2, attempts = attempts + 1
                 where id = (
                     select j.id from jobs j
                     where j.state <> 'dead' and j.due_at <= $3 and (j.lane is null or not exists (
                         select from jobs other
                         where other.organization_id = j.organization_id and other.lane = j.lane
                             and other.state = 'leased' and other.id <> j.id))
                     order by j.due_at, j.id limit 1 for update of j skip locked)
                 returning id, organization_id, kind, attempts, attempts_max, payload, unique_key, worker,
                     $3 as since",
            )
            .bind::<Text, _>(worker)
            .bind::<Timestamptz, _>(now + lease)
            .bind::<Timestamptz, _>(now)
            .get_result::<Claimed>(tx.conn())
            .await
            .optional()?;
            Ok(claimed)
        })
        .await;
    match claimed {
        // Another worker entered the lane at the same moment.
        Err(fault) if is_unique_violation(&fault) => Ok(None),
        other => other,
    }
}

/// A worker that dies on a job each time must not be fed it forever.
async fn bury_the_lost(tx: &mut SystemTx, now: DateTime<Utc>) -> Result<()> {
    type Lost = (JobId, OrganizationId, String, Option<String>);
    let why = "the worker was lost before it finished";
    let lost: Vec<Lost> = diesel::update(jobs::table)
        .filter(jobs::state.eq("leased").and(jobs::due_at.le(now)))
        .filter(jobs::attempts.ge(jobs::attempts_max))
        .set((jobs::state.eq("dead"), jobs::worker.eq(None::<String>), jobs::last_error.eq(why)))
        .returning((jobs::id, jobs::organization_id, jobs::kind, jobs::unique_key))
        .get_results(tx.conn())
        .await?;
    for (id, organization, kind, key) in lost {
        forget_dead(tx.conn(), organization, &kind, key.as_deref(), Some(id)).await?;
        let run = EndedRun { organization, kind: &kind, key: key.as_deref(), at: now, took_ms: 0 };
        run.keep(tx.conn(), RunOutcome::Dead, serde_json::json!({}), Some(why)).await?;
    }
    Ok(())
}

/// Dead jobs of this kind and key are of no use any more: the same work was done, or is dead again
/// as `but`.
async fn forget_dead(
    conn: &mut AsyncPgConnection,
    organization: OrganizationId,
    kind: &str,
    key: Option<&str>,
    but: Option<JobId>,
) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    let dead = jobs::table
        .filter(jobs::organization_id.eq(organization).and(jobs::kind.eq(kind)))
        .filter(jobs::unique_key.eq(key).and(jobs::state.eq("dead")));
    match but {
        Some(but) => diesel::delete(dead.filter(jobs::id.ne(but))).execute(conn).await?,
        None => diesel::delete(dead).execute(conn).await?,
    };
    Ok(())
}

/// A run that has ended, to be kept as the last of its kind and key.
struct EndedRun<'a> {
    organization: OrganizationId,
    kind: &'a str,
    key: Option<&'a str>,
    at: DateTime<Utc>,
    took_ms: i64,
}

impl EndedRun<'_> {
    async fn keep(
        &self,
        conn: &mut AsyncPgConnection,
        outcome: RunOutcome,
        detail: serde_json::Value,
        error: Option<&str>,
    ) -> Result<()> {
        let done_at = (outcome == RunOutcome::Done).then_some(self.at);
        let last = (
            job_runs::ended_at.eq(self.at),
            job_runs::took_ms.eq(self.took_ms),
            job_runs::outcome.eq(outcome.as_str()),
            job_runs::detail.eq(detail),
            job_runs::error.eq(error),
        );
        let last_done = diesel::dsl::sql::<Nullable<Timestamptz>>(
            "coalesce(excluded.last_done_at, job_runs.last_done_at)",
        );
        diesel::insert_into(job_runs::table)
            .values((
                job_runs::organization_id.eq(self.organization),
                job_runs::kind.eq(self.kind),
                job_runs::unique_key.eq(self.key.unwrap_or_default()),
                last.clone(),
                job_runs::last_done_at.eq(done_at),
            ))
            .on_conflict((job_runs::organization_id, job_runs::kind, job_runs::unique_key))
            .do_update()
            .set((last, job_runs::last_done_at.eq(last_done)))
            .execute(conn)
            .await?;
        Ok(())
    }
}

fn is_unique_violation(fault: &Error) -> bool {
    let Error::Internal(fault) = fault else { return false };
    matches!(
        fault.downcast_ref(),
        Some(diesel::result::Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
    )
}

impl Claimed {
    /// What was asked for.
    pub fn open<J: Job>(&self) -> Result<J> {
        if self.kind != J::KIND {
            return Err(anyhow::anyhow!("{} is a {} job, not {}", self.id, self.kind, J::KIND).into());
        }
        Ok(J::deserialize(&self.payload).with_context(|| format!("{} cannot be read", self.id))?)
    }

    /// In whose name the work is done.
    #[must_use]
    pub const fn actor<J: Job>(&self) -> Actor {
        Actor::system(J::KIND, self.organization)
    }

    /// Ends the job after its work, whose transactions left their own audit events. Fails when the lease was
    /// lost: another worker does it, too. `detail` is what it did: counts and ids.
    pub async fn end(&self, db: &Db, now: DateTime<Utc>, detail: serde_json::Value) -> Result<()> {
        db.system(async |tx| {
            let ended = diesel::delete(jobs::table.find(self.id))
                .filter(jobs::state.eq("leased"))
                .filter(jobs::worker.eq(&self.worker).and(jobs::attempts.eq(self.attempts)))
                .execute(tx.conn())
                .await?;
            if ended == 0 {
                return Err(anyhow::anyhow!("{} took longer than its lease", self.id).into());
            }
            forget_dead(tx.conn(), self.organization, &self.kind, self.unique_key.as_deref(), None).await?;
            self.run(now).keep(tx.conn(), RunOutcome::Done, detail.clone(), None).await
        })
        .await
    }

    fn run(&self, at: DateTime<Utc>) -> EndedRun<'_> {
        let took_ms = (at - self.since).num_milliseconds().max(0);
        let (organization, kind, key) = (self.organization, &self.kind, self.unique_key.as_deref());
        EndedRun { organization, kind, key, at, took_ms }
    }

    /// Holds the job for `lease` more; `false` when the lease was lost, and with it the job.
    pub async fn renew(&self, db: &Db, now: DateTime<Utc>, lease: TimeDelta) -> Result<bool> {
        db.system(async |tx| {
            let renewed = diesel::update(jobs::table.find(self.id))
                .filter(jobs::state.eq("leased"))
                .filter(jobs::worker.eq(&self.worker).and(jobs::attempts.eq(self.attempts)))
                .set(jobs::due_at.eq(now + lease))
                .execute(tx.conn())
                .await?;
            Ok(renewed == 1)
        })
        .await
    }

    /// Tells how far the work has come, to whoever looks at it. Nothing happens when the lease was lost.
    pub async fn tell(&self, db: &Db, done: i64, total: i64) -> Result<()> {
        db.system(async |tx| {
            diesel::update(jobs::table.find(self.id))
                .filter(jobs::state.eq("leased"))
                .filter(jobs::worker.eq(&self.worker).and(jobs::attempts.eq(self.attempts)))
                .set((jobs::done.eq(done), jobs::total.eq(total)))
                .execute(tx.conn())
                .await?;
            Ok(())
        })
        .await
    }

    /// Gives the job back unfinished, because the worker stops: no attempt was made.
    pub async fn give_back(&self, db: &Db, now: DateTime<Utc>) -> Result<()> {
        db.system(async |tx| {
            if !self.is_held(tx).await? {
                return Ok(());
            }
            if self.waits_again(tx).await? {
                diesel::delete(jobs::table.find(self.id)).execute(tx.conn()).await?;
                return Ok(());
            }
            diesel::update(jobs::table.find(self.id))
                .set((
                    jobs::state.eq("ready"),
                    jobs::due_at.eq(now),
                    jobs::worker.eq(None::<String>),
                    jobs::attempts.eq(self.attempts - 1),
                ))
                .execute(tx.conn())
                .await?;
            Ok(())
        })
        .await
    }

    /// Gives the job back after a failure. `why` holds no patient data.
    pub async fn fail(&self, db: &Db, now: DateTime<Utc>, why: &str) -> Result<Failed> {
        db.system(async |tx| {
            if !self.is_held(tx).await? {
                return Ok(Failed::Superseded);
            }
            let dead = self.attempts >= self.attempts_max;
            let outcome = if dead { RunOutcome::Dead } else { RunOutcome::Failed };
            self.run(now).keep(tx.conn(), outcome, serde_json::json!({}), Some(why)).await?;
            if !dead && self.waits_again(tx).await? {
                diesel::delete(jobs::table.find(self.id)).execute(tx.conn()).await?;
                return Ok(Failed::Superseded);
            }
            let retry_at = now + self.pause();
            diesel::update(jobs::table.find(self.id))
                .set((
                    jobs::state.eq(if dead { "dead" } else { "ready" }),
                    jobs::due_at.eq(retry_at),
                    jobs::worker.eq(None::<String>),
                    jobs::last_error.eq(why),
                ))
                .execute(tx.conn())
                .await?;
            if !dead {
                return Ok(Failed::RetryAt(retry_at));
            }
            let key = self.unique_key.as_deref();
            forget_dead(tx.conn(), self.organization, &self.kind, key, Some(self.id)).await?;
            Ok(Failed::Dead)
        })
        .await
    }

    /// Whether this attempt still has the job; if so, nobody else changes it meanwhile.
    async fn is_held(&self, tx: &mut SystemTx) -> Result<bool> {
        let held: Option<JobId> = jobs::table
            .find(self.id)
            .filter(jobs::state.eq("leased"))
            .filter(jobs::worker.eq(&self.worker).and(jobs::attempts.eq(self.attempts)))
            .select(jobs::id)
            .for_update()
            .first(tx.conn())
            .await
            .optional()?;
        Ok(held.is_some())
    }

    /// Whether the same work was asked for again while this attempt ran.
    async fn waits_again(&self, tx: &mut SystemTx) -> Result<bool> {
        let Some(key) = &self.unique_key else { return Ok(false) };
        let same = jobs::table
            .filter(jobs::organization_id.eq(self.organization).and(jobs::kind.eq(&self.kind)))
            .filter(jobs::unique_key.eq(key).and(jobs::state.eq("ready")));
        Ok(diesel::select(exists(same)).get_result(tx.conn()).await?)
    }

    /// 10 seconds after the first failure, twice as long after each, at most an hour.
    fn pause(&self) -> TimeDelta {
        let doublings = u32::try_from(self.attempts - 1).unwrap_or(0).min(16);
        TimeDelta::seconds((10 << doublings).min(3600))
    }
}

/// How many of the practice's jobs failed too often and wait for a person.
pub async fn count_dead(tx: &mut Tx) -> Result<i64> {
    let dead = jobs::organization_id.eq(tx.actor().organization).and(jobs::state.eq("dead"));
    Ok(jobs::table.filter(dead).count().get_result(tx.conn()).await?)
}

/// The most jobs that are listed of each state.
const LISTED_MAX: i64 = 100;

/// The practice's jobs that are not done, by state: those that wait for a person first; the oldest
/// hundred of each.
pub async fn list(tx: &mut Tx) -> Result<Vec<Listed>> {
    type Row = (JobId, String, Option<String>, DateTime<Utc>, i32, Option<String>, DateTime<Utc>);
    let organization = tx.actor().organization;
    let mut listed = vec![];
    for (word, state) in
        [("dead", JobState::Dead), ("leased", JobState::Running), ("ready", JobState::Waiting)]
    {
        let rows: Vec<Row> = jobs::table
            .filter(jobs::organization_id.eq(organization).and(jobs::state.eq(word)))
            .order(jobs::id)
            .limit(LISTED_MAX)
            .select((
                jobs::id,
                jobs::kind,
                jobs::unique_key,
                jobs::due_at,
                jobs::attempts,
                jobs::last_error,
                jobs::created_at,
            ))
            .load(tx.conn())
            .await?;
        listed.extend(rows.into_iter().map(
            |(id, kind, unique_key, due_at, attempts, last_error, created_at)| Listed {
                id,
                kind,
                unique_key,
                state,
                due_at,
                attempts,
                last_error,
                created_at,
            },
        ));
    }
    Ok(listed)
}

/// Where work of a kind and key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: JobState,
    /// How much is done, of how much, where the work tells.
    pub progress: Option<(i64, i64)>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// Where the practice's work of this kind and key stands; none when it is done or was never asked for.
pub async fn standing(tx: &mut Tx, kind: &str, key: &str) -> Result<Option<Standing>> {
    type Row = (String, Option<i64>, Option<i64>, Option<String>);
    let found: Option<Row> = jobs::table
        .filter(jobs::organization_id.eq(tx.actor().organization).and(jobs::kind.eq(kind)))
        .filter(jobs::unique_key.eq(key))
        .order(jobs::id.desc())
        .select((jobs::state, jobs::done, jobs::total, jobs::last_error))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(found.map(|(state, done, total, last_error)| Standing {
        state: match state.as_str() {
            "leased" => JobState::Running,
            "dead" => JobState::Dead,
            _ => JobState::Waiting,
        },
        progress: done.zip(total),
        last_error,
    }))
}

/// The last run of each kind of the practice's work.
pub async fn runs(tx: &mut Tx) -> Result<Vec<Run>> {
    type Row = (
        (String, String, DateTime<Utc>, i64, String),
        (serde_json::Value, Option<String>, Option<DateTime<Utc>>),
    );
    let rows: Vec<Row> = job_runs::table
        .filter(job_runs::organization_id.eq(tx.actor().organization))
        .order((job_runs::kind, job_runs::unique_key))
        .select((
            (job_runs::kind, job_runs::unique_key, job_runs::ended_at, job_runs::took_ms, job_runs::outcome),
            (job_runs::detail, job_runs::error, job_runs::last_done_at),
        ))
        .load(tx.conn())
        .await?;
    let read = |((kind, unique_key, ended_at, took_ms, outcome), (detail, error, last_done_at)): Row| {
        let all = [RunOutcome::Done, RunOutcome::Failed, RunOutcome::Dead];
        let known = all.into_iter().find(|known| known.as_str() == outcome);
        let outcome = known.with_context(|| format!("no outcome of a run: {outcome}"))?;
        anyhow::Ok(Run { kind, unique_key, ended_at, took_ms, outcome, detail, error, last_done_at })
    };
    Ok(rows.into_iter().map(read).collect::<anyhow::Result<_>>()?)
}

/// Tries a dead job again, with all its attempts.
pub async fn revive(tx: &mut Tx, id: JobId, now: DateTime<Utc>) -> Result<()> {
    let organization = tx.actor().organization;
    let revived = diesel::update(jobs::table.find(id))
        .filter(jobs::organization_id.eq(organization).and(jobs::state.eq("dead")))
        .set((jobs::state.eq("ready"), jobs::attempts.eq(0), jobs::due_at.eq(now)))
        .execute(tx.conn())
        .await
        .map_err(|fault| match fault {
            diesel::result::Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
                waits_already(id).into()
            }
            other => Error::from(other),
        })?;
    if revived == 0 {
        return Err(Refusal::new(
            "jobs/not-dead",
            Status::NotFound,
            format!("no failed job {id} waits here"),
            "Look at the list again: it may have been tried already",
        )
        .into());
    }
    tx.audit("jobs/revive", id, None, serde_json::json!({})).await
}

fn waits_already(id: JobId) -> Refusal {
    Refusal::new(
        "jobs/waits-already",
        Status::Conflict,
        format!("the same work as {id} was asked for again and waits"),
        "Wait for that one",
    )
}
