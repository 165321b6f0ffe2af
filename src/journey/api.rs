//! `/api/v1/mail` and `/api/v1/jobs`: what is sent and received by itself, and what waits.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::claims::map_837::Submitter;
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::db::jobs::{self, JobState, Listed, Run, RunOutcome};
use crate::journey::{self, Release, Schedule};
use crate::submissions;
use crate::types::JobId;
use crate::web::{self, App, Caller, Keyed, Problems, Result};

/// How the practice sends and receives, the last runs, and every job that is not done.
#[utoipa::path(get, path = "/api/v1/mail", tag = "mail", responses((status = 200, body = MailView), Problems))]
pub async fn mail(app: App, caller: Caller) -> Result<Json<MailView>> {
    Ok(Json(app.db.snapshot(&caller.actor, MailView::load).await?))
}

/// Ask for a round of sending now. Nothing is added when the same waits already.
#[utoipa::path(post, path = "/api/v1/mail/send", tag = "mail",
    params(SendQuery, ("Idempotency-Key" = String, Header)),
    responses((status = 202, body = AskedView), Problems))]
pub async fn send(
    app: App,
    caller: Caller,
    query: Query<SendQuery>,
    write: Keyed<()>,
) -> Result<HttpResponse> {
    let release = web::field("release", query.release.as_deref())?.unwrap_or(Release::Ready);
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let jobs = journey::ask_to_send(tx, now, release).await?.into_iter().collect();
            Ok(Answer { status: 202, body: AskedView { jobs } })
        })
        .await?;
    web::answer(&once)
}

/// Ask for a round of receiving now, from every payer or from one.
#[utoipa::path(post, path = "/api/v1/mail/receive", tag = "mail",
    params(ReceiveQuery, ("Idempotency-Key" = String, Header)),
    responses((status = 202, body = AskedView), Problems))]
pub async fn receive(
    app: App,
    caller: Caller,
    query: Query<ReceiveQuery>,
    write: Keyed<()>,
) -> Result<HttpResponse> {
    let from = web::field("payer", query.payer.as_deref())?;
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer {
                status: 202,
                body: AskedView { jobs: journey::ask_to_receive(tx, now, from).await? },
            })
        })
        .await?;
    web::answer(&once)
}

/// Choose the schedule, and say as whom the practice sends. What is left out stays as it is.
#[utoipa::path(post, path = "/api/v1/mail/settings", tag = "mail",
    params(("Idempotency-Key" = String, Header)), request_body = SettingsChange,
    responses((status = 200, body = SettingsView), Problems))]
pub async fn settings(app: App, caller: Caller, write: Keyed<Json<SettingsChange>>) -> Result<HttpResponse> {
    let (change, now) = (write.body.into_inner(), app.clock.now());
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            if let Some(ScheduleChange { every_seconds, release }) = change.schedule {
                journey::set_schedule(tx, now, every_seconds, release).await?;
            }
            if let Some(SubmitterView { identifier, contact, telephone }) = &change.submitter {
                submissions::save_submitter(tx, identifier, contact, telephone).await?;
            }
            Ok(Answer { status: 200, body: SettingsView::load(tx).await? })
        })
        .await?;
    web::answer(&once)
}

/// Try a job again that failed for good.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/retry", tag = "mail",
    params(("id" = JobId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 202, body = AskedView), Problems))]
pub async fn retry(app: App, caller: Caller, id: Path<JobId>, write: Keyed<()>) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            jobs::revive(tx, *id, now).await?;
            Ok(Answer { status: 202, body: AskedView { jobs: vec![*id] } })
        })
        .await?;
    web::answer(&once)
}

/// Which claims a round sends.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SendQuery {
    /// `queued`, `ready` unless said otherwise, or `drafts`.
    #[param(value_type = Option<Release>)]
    pub release: Option<String>,
}

/// From whom a round receives.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReceiveQuery {
    /// Only from this payer.
    #[param(value_type = Option<crate::types::PayerId>)]
    pub payer: Option<String>,
}

/// The jobs that were asked for; none where the same waits already.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AskedView {
    /// Their ids.
    pub jobs: Vec<JobId>,
}

/// What is to be changed.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SettingsChange {
    /// How often, and what.
    pub schedule: Option<ScheduleChange>,
    /// As whom the practice sends.
    pub submitter: Option<SubmitterView>,
}

/// A schedule to be.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ScheduleChange {
    /// From one round to the next: 5 to 86400.
    pub every_seconds: i32,
    /// `queued`: claims that a person submitted; `ready`: every claim that nothing stops.
    pub release: Release,
}

/// 1000A: as whom the practice sends. Its name is the practice's.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SubmitterView {
    /// NM109, ISA06 and GS02.
    pub identifier: String,
    /// PER02.
    pub contact: String,
    /// PER04: ten digits.
    pub telephone: String,
}

/// How the practice sends and receives.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SettingsView {
    /// Seconds from one round to the next.
    pub every_seconds: i32,
    /// Which claims a round sends.
    pub release: Release,
    /// When the next round is due.
    pub next_at: Option<DateTime<Utc>>,
    /// As whom; nothing can be sent before somebody has said it.
    pub submitter: Option<SubmitterView>,
}

impl SettingsView {
    async fn load(tx: &mut Tx) -> crate::types::Result<SettingsView> {
        let Schedule { every_seconds, release, next_at } = journey::schedule(tx).await?;
        let submitter =
            submissions::submitter(tx).await?.map(|Submitter { identifier, contact, telephone, .. }| {
                SubmitterView { identifier, contact, telephone }
            });
        Ok(SettingsView { every_seconds, release, next_at, submitter })
    }
}

/// Mail and jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailView {
    /// How the practice sends and receives.
    pub settings: SettingsView,
    /// The last run of each kind of work.
    pub runs: Vec<RunView>,
    /// Jobs that are not done: those that failed for good first.
    pub jobs: Vec<JobView>,
}

impl MailView {
    async fn load(tx: &mut Tx) -> crate::types::Result<MailView> {
        Ok(MailView {
            settings: SettingsView::load(tx).await?,
            runs: jobs::runs(tx).await?.into_iter().map(RunView::from).collect(),
            jobs: jobs::list(tx).await?.into_iter().map(JobView::from).collect(),
        })
    }
}

/// The last run of a kind of work.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunView {
    /// `send_batches` or `receive_mail`.
    pub kind: String,
    /// What tells it from others of its kind: which claims, or which payer.
    pub key: String,
    /// How it ended.
    pub outcome: RunOutcome,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// How long it took.
    pub took_ms: i64,
    /// What it did.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// Why it failed.
    pub error: Option<String>,
    /// When it last succeeded.
    pub last_done_at: Option<DateTime<Utc>>,
}

impl From<Run> for RunView {
    fn from(run: Run) -> RunView {
        RunView {
            kind: run.kind,
            key: run.unique_key,
            outcome: run.outcome,
            ended_at: run.ended_at,
            took_ms: run.took_ms,
            detail: run.detail,
            error: run.error,
            last_done_at: run.last_done_at,
        }
    }
}

/// A job that is not done.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobView {
    /// Its id.
    pub id: JobId,
    /// Its kind.
    pub kind: String,
    /// What tells it from others of its kind.
    pub key: Option<String>,
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

impl From<Listed> for JobView {
    fn from(job: Listed) -> JobView {
        JobView {
            id: job.id,
            kind: job.kind,
            key: job.unique_key,
            state: job.state,
            due_at: job.due_at,
            attempts: job.attempts,
            last_error: job.last_error,
            created_at: job.created_at,
        }
    }
}
