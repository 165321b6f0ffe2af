//! Mail and jobs: what went out and came in by itself, what waits, and what failed for good.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::{Form, Path};
use askama::Template;
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::Value;

use crate::db::idempotency::Answer;
use crate::db::jobs::{self, Job, JobState, Listed, Run, RunOutcome};
use crate::exchange::files::{self, Direction, StoredFile};
use crate::journey::{self, ReceiveCharges, ReceiveMail, Release, RunTrial, Schedule, SendBatches};
use crate::registry::{Submitter, WrittenSubmitter, organizations, payers};
use crate::types::{FileId, JobId};
use crate::web::{App, Caller, Chrome, Keyed, Nothing, Result, done, page, show};

/// Files that the page shows.
const FILES: i64 = 20;

#[derive(Template)]
#[template(path = "journey/mail.html")]
struct MailPage {
    chrome: Chrome,
    schedule: Schedule,
    next: Option<show::Markup>,
    submitter: Option<Submitter>,
    runs: Vec<RunRow>,
    dead: Vec<JobRow>,
    waiting: Vec<JobRow>,
    files: Vec<FileRow>,
}

/// The last run of a kind of work.
struct RunRow {
    what: String,
    ended: show::Markup,
    tone: &'static str,
    glyph: &'static str,
    word: &'static str,
    did: String,
    last_done: Option<show::Markup>,
}

/// A job that is not done.
struct JobRow {
    id: JobId,
    what: String,
    word: &'static str,
    due: show::Markup,
    attempts: i32,
    error: String,
}

struct FileRow {
    id: FileId,
    name: String,
    direction: &'static str,
    size: show::Markup,
    kept: show::Markup,
}

/// `GET /mail`
pub async fn mail(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let shown = app.db.snapshot(&caller.actor, async |tx| {
        let practice = organizations::current(tx).await?;
        let zone = practice.time_zone;
        let payers: HashMap<String, String> =
            payers::list(tx).await?.into_iter().map(|payer| (payer.id.to_string(), payer.name)).collect();
        let settings = (journey::schedule(tx).await?, practice.submitter);
        let work = (jobs::runs(tx).await?, jobs::list(tx).await?);
        Ok((zone, payers, settings, work, files::latest(tx, FILES).await?))
    });
    let (zone, payers, (schedule, submitter), (runs, listed), files) = shown.await?;
    let (dead, waiting) = listed.into_iter().partition::<Vec<_>, _>(|job| job.state == JobState::Dead);
    let rows = |jobs: Vec<Listed>| jobs.into_iter().map(|job| JobRow::of(job, &payers, zone)).collect();
    page(&MailPage {
        chrome,
        next: schedule.next_at.map(|at| show::moment(at, zone)),
        schedule,
        submitter,
        runs: runs.into_iter().map(|run| RunRow::of(&run, &payers, zone)).collect(),
        dead: rows(dead),
        waiting: rows(waiting),
        files: files.into_iter().map(|file| FileRow::of(file, zone)).collect(),
    })
}

impl RunRow {
    fn of(run: &Run, payers: &HashMap<String, String>, zone: Tz) -> RunRow {
        let (tone, glyph, word) = match run.outcome {
            RunOutcome::Done => ("ok", "i-check", "Done"),
            RunOutcome::Failed => ("warn", "i-alert", "Failed, tried again"),
            RunOutcome::Dead => ("bad", "i-stop", "Failed for good"),
        };
        RunRow {
            what: what(&run.kind, Some(&run.unique_key), payers),
            ended: show::moment(run.ended_at, zone),
            tone,
            glyph,
            word,
            did: run.error.clone().unwrap_or_else(|| did(&run.detail)),
            last_done: run.last_done_at.map(|at| show::moment(at, zone)),
        }
    }
}

impl JobRow {
    fn of(job: Listed, payers: &HashMap<String, String>, zone: Tz) -> JobRow {
        JobRow {
            id: job.id,
            what: what(&job.kind, job.unique_key.as_deref(), payers),
            word: match job.state {
                JobState::Waiting if job.last_error.is_some() => "Waits to be tried again",
                JobState::Waiting => "Waits",
                JobState::Running => "Under way",
                JobState::Dead => "Failed for good",
            },
            due: show::moment(job.due_at, zone),
            attempts: job.attempts,
            error: job.last_error.unwrap_or_default(),
        }
    }
}

impl FileRow {
    fn of(file: StoredFile, zone: Tz) -> FileRow {
        FileRow {
            id: file.id,
            name: file.name,
            direction: match file.direction {
                Direction::In => "Received",
                Direction::Out => "Made",
            },
            size: show::count(i64::try_from(file.size_bytes).unwrap_or(i64::MAX)),
            kept: show::moment(file.created_at, zone),
        }
    }
}

/// A job as a person names it.
fn what(kind: &str, key: Option<&str>, payers: &HashMap<String, String>) -> String {
    match (kind, key) {
        (SendBatches::KIND, Some("queued")) => "Send what is queued".to_owned(),
        (SendBatches::KIND, Some("ready")) => "Send what is ready".to_owned(),
        (SendBatches::KIND, _) => "Check drafts and send".to_owned(),
        (ReceiveMail::KIND, Some(payer)) => {
            let name = payers.get(payer).map_or("a payer that is gone", String::as_str);
            format!("Receive from {name}")
        }
        (ReceiveCharges::KIND, _) => "Receive charges".to_owned(),
        (RunTrial::KIND, _) => "Trial of rules".to_owned(),
        (other, _) => other.replace('_', " "),
    }
}

/// What a run did, in words: counts that are not zero.
fn did(detail: &Value) -> String {
    let count = |name: &str| detail.get(name).and_then(Value::as_u64).filter(|count| *count > 0);
    let counted: Vec<String> = [
        ("batches", "files sent"),
        ("claims", "claims"),
        ("files", "files received"),
        ("acknowledgements", "acknowledgements"),
        ("remittances", "remittances"),
        ("unreadable", "unreadable"),
        ("accepted", "accepted"),
        ("rejected", "rejected"),
    ]
    .into_iter()
    .filter_map(|(name, words)| Some(format!("{} {words}", count(name)?)))
    .collect();
    if counted.is_empty() { "Nothing to do".to_owned() } else { counted.join(", ") }
}

/// Which claims to send now.
#[derive(Debug, Deserialize)]
pub struct SendForm {
    release: Release,
}

/// `POST /mail/send`
pub async fn send(app: App, caller: Caller, write: Keyed<Form<SendForm>>) -> Result<HttpResponse> {
    let (now, release) = (app.clock.now(), write.body.release);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer {
                status: 303,
                body: said(usize::from(journey::ask_to_send(tx, now, release).await?.is_some())),
            })
        })
        .await?;
    Ok(done("/mail", &once.answer.body))
}

/// `POST /mail/receive`
pub async fn receive(app: App, caller: Caller, write: Keyed<Form<Nothing>>) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer { status: 303, body: said(journey::ask_to_receive(tx, now, None).await?.len()) })
        })
        .await?;
    Ok(done("/mail", &once.answer.body))
}

fn said(asked: usize) -> String {
    if asked == 0 { "It waits already".to_owned() } else { "Asked for: it begins within seconds".to_owned() }
}

/// `POST /mail/jobs/{id}/retry`
pub async fn retry(
    app: App,
    caller: Caller,
    id: Path<JobId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            jobs::revive(tx, *id, now).await?;
            Ok(Answer { status: 303, body: "It is tried again".to_owned() })
        })
        .await?;
    Ok(done("/mail", &once.answer.body))
}

/// The schedule, and as whom the practice sends.
#[derive(Debug, Deserialize)]
pub struct SettingsForm {
    every_seconds: i32,
    release: Release,
    #[serde(default)]
    name: String,
    identifier: String,
    #[serde(default)]
    interchange_qualifier: String,
    #[serde(default)]
    interchange_id: String,
    #[serde(default)]
    application_code: String,
    contact: String,
    telephone: String,
    #[serde(default)]
    email: String,
}

impl SettingsForm {
    fn submitter(&self) -> WrittenSubmitter<'_> {
        WrittenSubmitter {
            name: &self.name,
            identifier: &self.identifier,
            interchange_qualifier: &self.interchange_qualifier,
            interchange_id: &self.interchange_id,
            application_code: &self.application_code,
            contact: &self.contact,
            telephone: &self.telephone,
            email: &self.email,
        }
    }
}

/// `POST /mail/settings`
pub async fn settings(app: App, caller: Caller, write: Keyed<Form<SettingsForm>>) -> Result<HttpResponse> {
    let (now, form) = (app.clock.now(), write.body.into_inner());
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            journey::set_schedule(tx, now, form.every_seconds, form.release).await?;
            let practice = organizations::current(tx).await?;
            organizations::set_submitter(tx, &form.submitter().read(&practice.name)?).await?;
            Ok(Answer { status: 303, body: "Saved".to_owned() })
        })
        .await?;
    Ok(done("/mail", &once.answer.body))
}
