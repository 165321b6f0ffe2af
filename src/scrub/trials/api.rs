//! `/api/v1/rules/trials`: back-tests and comparisons that are too long to wait for.

use actix_web::HttpResponse;
use actix_web::web::{Json, Path};
use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::db::jobs::{self, Job, JobState, Standing};
use crate::journey::{self, BackTested, Differences, RunTrial, TrialAsked, TrialResult, Tried};
use crate::registry::organizations;
use crate::scrub::api::{PastQuery, WhatIfQuery};
use crate::scrub::trials::{self, Trial};
use crate::types::RuleTrialId;
use crate::web::{self, App, Caller, Keyed, Problems, Result};

/// Trials in one answer, at most.
pub(super) const LISTED_MAX: i64 = 100;

/// The practice's trials, the newest first; 100 at most.
#[utoipa::path(get, path = "/api/v1/rules/trials", tag = "rules",
    responses((status = 200, body = Trials), Problems))]
pub async fn list(app: App, caller: Caller) -> Result<Json<Trials>> {
    let load = async |tx: &mut Tx| {
        let mut items = vec![];
        for trial in trials::list(tx, LISTED_MAX).await? {
            items.push(viewed(tx, trial).await?);
        }
        Ok(items)
    };
    Ok(Json(Trials { items: app.db.snapshot(&caller.actor, load).await? }))
}

/// Trials.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trials {
    /// The newest first.
    pub items: Vec<TrialView>,
}

/// A trial: how far it has come, or what came out.
#[utoipa::path(get, path = "/api/v1/rules/trials/{id}", tag = "rules", params(("id" = RuleTrialId, Path)),
    responses((status = 200, body = TrialView), Problems))]
pub async fn get(app: App, caller: Caller, id: Path<RuleTrialId>) -> Result<Json<TrialView>> {
    let load = async |tx: &mut Tx| {
        let trial = trials::get(tx, *id).await?;
        viewed(tx, trial).await
    };
    Ok(Json(app.db.snapshot(&caller.actor, load).await?))
}

/// Ask for a trial of a rule, or of other rules than those of now, on claims that were sent. It is done in
/// the background, and its result is kept.
#[utoipa::path(post, path = "/api/v1/rules/trials", tag = "rules", params(("Idempotency-Key" = String, Header)),
    request_body = NewTrial, responses((status = 202, body = AskedTrial), Problems))]
pub async fn ask(app: App, caller: Caller, write: Keyed<Json<NewTrial>>) -> Result<HttpResponse> {
    let asked = write.body.asked(&app, &caller).await?;
    let ask = async |tx: &mut Tx| {
        let id = journey::ask_trial(tx, &app.clock, &asked).await?;
        Ok(Answer { status: 202, body: AskedTrial { id } })
    };
    web::answer(&write.key.once(&app, &caller, ask).await?)
}

/// Cancel a trial that waits or is under way; nothing of it is kept but that it was cancelled.
#[utoipa::path(post, path = "/api/v1/rules/trials/{id}/cancel", tag = "rules",
    params(("id" = RuleTrialId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = AskedTrial), Problems))]
pub async fn cancel(
    app: App,
    caller: Caller,
    id: Path<RuleTrialId>,
    write: Keyed<()>,
) -> Result<HttpResponse> {
    let cancel = async |tx: &mut Tx| {
        journey::cancel_trial(tx, &app.clock, *id).await?;
        Ok(Answer { status: 200, body: AskedTrial { id: *id } })
    };
    web::answer(&write.key.once(&app, &caller, cancel).await?)
}

/// What is to be tried on which claims.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct NewTrial {
    /// The rule, `scrub/npi-check-digit` or `rul_…`; left out, other rules than those of now are compared.
    #[serde(default)]
    pub rule: Option<String>,
    /// The version of a written rule; the newest when left out.
    #[serde(default)]
    pub version: Option<u16>,
    /// First day of service; a year before the last when left out.
    #[serde(default)]
    pub from: Option<String>,
    /// Last day of service; today when left out.
    #[serde(default)]
    pub to: Option<String>,
    /// Only claims to this payer.
    #[serde(default)]
    pub payer: Option<String>,
    /// Compare: begin with what was published and graded at the end of this day.
    #[serde(default)]
    pub as_of: Option<String>,
    /// Compare: ask the newest version of these rules, parted by commas; of another version: `rul_...@2`.
    #[serde(default)]
    pub drafts: Option<String>,
    /// Compare: grade these, parted by commas: `scrub/npi-check-digit:off`.
    #[serde(default)]
    pub grades: Option<String>,
    /// Compare: read codes as if these editions had not been imported: ids, parted by commas.
    #[serde(default)]
    pub without_editions: Option<String>,
}

impl NewTrial {
    pub(super) async fn asked(&self, app: &App, caller: &Caller) -> Result<TrialAsked> {
        let days = PastQuery {
            from: self.from.clone(),
            to: self.to.clone(),
            payer: self.payer.clone(),
            version: self.version,
        };
        let past = days.past(app, caller).await?;
        let rule = self.rule.as_deref().filter(|rule| !rule.is_empty());
        if let Some(rule) = rule {
            let tried = match rule.parse() {
                Ok(id) => Tried::Written(id, self.version),
                Err(_) => Tried::BuiltIn(rule.to_owned()),
            };
            return Ok(TrialAsked::BackTest { tried, past });
        }
        let query = WhatIfQuery {
            as_of: self.as_of.clone(),
            drafts: self.drafts.clone(),
            grades: self.grades.clone(),
            without_editions: self.without_editions.clone(),
        };
        let zone = app
            .db
            .snapshot(&caller.actor, async |tx| Ok(organizations::current(tx).await?.time_zone))
            .await?;
        Ok(TrialAsked::WhatIf { change: query.change(zone)?, past })
    }
}

/// A trial that was asked for, or cancelled.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AskedTrial {
    /// It.
    pub id: RuleTrialId,
}

/// A trial: what was asked, where it stands, what came out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrialView {
    /// It.
    pub id: RuleTrialId,
    /// What was asked.
    #[schema(value_type = Object)]
    pub asked: Value,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// By whom.
    pub asked_by: String,
    /// `waiting`, `running`, `dead` (it failed too often), `cancelled` or `done`.
    #[schema(value_type = String)]
    pub state: &'static str,
    /// Claims that were looked at so far, and all that are meant.
    pub progress: Option<(i64, i64)>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What came out for a rule.
    pub back_test: Option<BackTested>,
    /// What came out for other rules.
    pub what_if: Option<Differences>,
}

/// A trial with where it stands.
pub(super) async fn viewed(tx: &mut Tx, trial: Trial) -> crate::types::Result<TrialView> {
    let standing: Option<Standing> = match trial.result {
        Some(_) => None,
        None => jobs::standing(tx, RunTrial::KIND, &trial.id.to_string()).await?,
    };
    let (result, ended_at) = trial.result.unzip();
    let result: Option<TrialResult> =
        result.map(serde_json::from_value).transpose().context("a result cannot be read")?;
    let state = match (&result, standing.as_ref().map(|standing| standing.state)) {
        (Some(TrialResult::Cancelled), _) => "cancelled",
        (Some(_), _) => "done",
        (None, Some(JobState::Running)) => "running",
        (None, Some(JobState::Dead)) => "dead",
        // Between the end of its job and ours there is no moment: both are one snapshot.
        (None, Some(JobState::Waiting) | None) => "waiting",
    };
    let (back_test, what_if) = match result {
        Some(TrialResult::BackTest(result)) => (Some(result), None),
        Some(TrialResult::WhatIf(result)) => (None, Some(result)),
        Some(TrialResult::Cancelled) | None => (None, None),
    };
    let (progress, error) =
        standing.map_or((None, None), |standing| (standing.progress, standing.last_error));
    Ok(TrialView {
        id: trial.id,
        asked: trial.asked,
        asked_at: trial.asked_at,
        asked_by: trial.asked_by,
        state,
        progress,
        error,
        ended_at,
        back_test,
        what_if,
    })
}
