//! Work for later.
//!
//! A job is asked for in the caller's transaction and holds ids only. A worker claims it under a
//! lease, opens it, does the work as the practice's actor, and completes it in the work's own
//! transaction: the work and the job's end happen together or not at all. A job that fails is
//! tried again after a while that doubles; one that failed too often is dead, and stays in view
//! until a person revives it. A worker that dies loses its lease, and another takes over.
//!
//! Times are handed in, because tests and the demo move the clock.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;
use diesel::sql_query;
use diesel::sql_types::{Text, Timestamptz};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::schema::jobs;
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
}

/// A job under this worker's lease.
#[derive(Clone, Debug, Queryable, QueryableByName, Selectable)]
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
    worker: Option<String>,
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

/// A job that waits for a person.
#[derive(Clone, Debug, Queryable, Selectable, Serialize)]
#[diesel(table_name = jobs, check_for_backend(diesel::pg::Pg))]
pub struct Dead {
    /// The job.
    pub id: JobId,
    /// Its kind.
    pub kind: String,
    /// How often it was tried.
    pub attempts: i32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
}

/// Asks for a job, not to be begun before `due_at`; `None` when the same work waits already.
pub async fn enqueue<J: Job>(tx: &mut Tx, job: &J, due_at: DateTime<Utc>) -> Result<Option<JobId>> {
    let id = JobId::new();
    let payload = serde_json::to_value(job).context("a job cannot be written")?;
    let added = diesel::insert_into(jobs::table)
        .values((
            jobs::id.eq(id),
            jobs::organization_id.eq(tx.actor().organization),
            jobs::kind.eq(J::KIND),
            jobs::payload.eq(payload),
            jobs::unique_key.eq(job.unique_key()),
            jobs::due_at.eq(due_at),
            jobs::attempts_max.eq(J::ATTEMPTS_MAX),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    Ok((added == 1).then_some(id))
}

/// Takes the job that has waited longest, for as long as `lease`; `None` when nothing is due.
pub async fn claim(db: &Db, now: DateTime<Utc>, worker: &str, lease: TimeDelta) -> Result<Option<Claimed>> {
    db.system(async |tx| {
        // A worker that dies on a job each time must not be fed it forever.
        diesel::update(jobs::table)
            .filter(jobs::state.eq("leased").and(jobs::due_at.le(now)))
            .filter(jobs::attempts.ge(jobs::attempts_max))
            .set((
                jobs::state.eq("dead"),
                jobs::worker.eq(None::<String>),
                jobs::last_error.eq("the worker was lost before it finished"),
            ))
            .execute(tx.conn())
            .await?;
        let claimed = sql_query(
            "update jobs set state = 'leased', worker = $1, due_at = $2, attempts = attempts + 1
             where id = (
                 select id from jobs where state <> 'dead' and due_at <= $3
                 order by due_at, id limit 1 for update skip locked)
             returning id, organization_id, kind, attempts, attempts_max, payload, worker",
        )
        .bind::<Text, _>(worker)
        .bind::<Timestamptz, _>(now + lease)
        .bind::<Timestamptz, _>(now)
        .get_result::<Claimed>(tx.conn())
        .await
        .optional()?;
        Ok(claimed)
    })
    .await
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

    /// Ends the job in the work's own transaction. Fails when the lease was lost, which undoes
    /// the work: another worker does it.
    pub async fn complete(&self, tx: &mut Tx) -> Result<()> {
        let ended = diesel::delete(jobs::table.find(self.id))
            .filter(jobs::state.eq("leased"))
            .filter(jobs::worker.eq(&self.worker).and(jobs::attempts.eq(self.attempts)))
            .execute(tx.conn())
            .await?;
        if ended == 0 {
            return Err(anyhow::anyhow!("{} took longer than its lease", self.id).into());
        }
        let detail = serde_json::json!({ "kind": self.kind, "attempts": self.attempts });
        tx.audit("jobs/complete", self.id, None, detail).await
    }

    /// Gives the job back after a failure. `why` holds no patient data.
    pub async fn fail(&self, db: &Db, now: DateTime<Utc>, why: &str) -> Result<Failed> {
        db.system(async |tx| {
            let held: Option<Option<String>> = jobs::table
                .find(self.id)
                .filter(jobs::state.eq("leased"))
                .filter(jobs::worker.eq(&self.worker).and(jobs::attempts.eq(self.attempts)))
                .select(jobs::unique_key)
                .for_update()
                .first(tx.conn())
                .await
                .optional()?;
            let Some(unique_key) = held else { return Ok(Failed::Superseded) };
            let dead = self.attempts >= self.attempts_max;
            if !dead && self.waits_again(tx, unique_key).await? {
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
            Ok(if dead { Failed::Dead } else { Failed::RetryAt(retry_at) })
        })
        .await
    }

    /// Whether the same work was asked for again while this attempt ran.
    async fn waits_again(&self, tx: &mut SystemTx, unique_key: Option<String>) -> Result<bool> {
        let Some(key) = unique_key else { return Ok(false) };
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

/// The practice's jobs that wait for a person, oldest first.
pub async fn dead(tx: &mut Tx) -> Result<Vec<Dead>> {
    let organization = tx.actor().organization;
    Ok(jobs::table
        .filter(jobs::organization_id.eq(organization).and(jobs::state.eq("dead")))
        .order(jobs::id)
        .select(Dead::as_select())
        .load(tx.conn())
        .await?)
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
