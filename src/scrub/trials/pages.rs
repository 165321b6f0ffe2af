//! `/rules/trials`: long back-tests and comparisons, how far each has come, and what came out.

use actix_web::HttpResponse;
use actix_web::web::{Form, Path};
use askama::Template;
use chrono_tz::Tz;

use crate::access::Permission;
use crate::access::members::Names;
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::journey::{self, TrialAsked, Tried};
use crate::registry::organizations;
use crate::scrub::trials;
use crate::scrub::trials::api::{LISTED_MAX, NewTrial, TrialView, viewed};
use crate::types::RuleTrialId;
use crate::web::{App, Caller, Chrome, Keyed, Nothing, Result, done, page, see_other, show};

#[derive(Template)]
#[template(path = "scrub/trials/list.html")]
struct ListPage {
    chrome: Chrome,
    zone: Tz,
    trials: Vec<Row>,
}

struct Row {
    trial: TrialView,
    what: String,
    by: String,
}

/// What was tried, in words.
fn what(trial: &TrialView) -> crate::types::Result<String> {
    let asked: TrialAsked = serde_json::from_value(trial.asked.clone()).map_err(anyhow::Error::from)?;
    let past = asked.past();
    let what = match asked {
        TrialAsked::BackTest { tried: Tried::BuiltIn(rule), .. } => format!("Back-test of {rule}"),
        TrialAsked::BackTest { tried: Tried::Written(rule, version), .. } => {
            let name =
                trial.back_test.as_ref().map_or_else(|| rule.to_string(), |result| result.rule.clone());
            let version = version.map(|version| format!(", version {version}")).unwrap_or_default();
            format!("Back-test of {name}{version}")
        }
        TrialAsked::WhatIf { .. } => "What if".to_owned(),
    };
    Ok(format!("{what}, services {} to {}", past.from, past.to))
}

/// `GET /rules/trials`
pub async fn list(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let load = async |tx: &mut Tx| {
        let (names, zone) = (Names::load(tx).await?, organizations::current(tx).await?.time_zone);
        let mut rows = vec![];
        for trial in trials::list(tx, LISTED_MAX).await? {
            let trial = viewed(tx, trial).await?;
            rows.push(Row { what: what(&trial)?, by: names.of(&trial.asked_by), trial });
        }
        Ok((rows, zone))
    };
    let (trials, zone) = app.db.snapshot(&caller.actor, load).await?;
    page(&ListPage { chrome, zone, trials })
}

#[derive(Template)]
#[template(path = "scrub/trials/trial.html")]
struct TrialPage {
    chrome: Chrome,
    zone: Tz,
    trial: TrialView,
    what: String,
    by: String,
    /// The page looks again by itself.
    under_way: bool,
    may_manage: bool,
}

/// `GET /rules/trials/{id}`
pub async fn trial(app: App, caller: Caller, chrome: Chrome, id: Path<RuleTrialId>) -> Result<HttpResponse> {
    let load = async |tx: &mut Tx| {
        let (names, zone) = (Names::load(tx).await?, organizations::current(tx).await?.time_zone);
        let trial = trials::get(tx, *id).await?;
        Ok((viewed(tx, trial).await?, names, zone))
    };
    let (trial, names, zone) = app.db.snapshot(&caller.actor, load).await?;
    let (what, by) = (what(&trial)?, names.of(&trial.asked_by));
    let under_way = matches!(trial.state, "waiting" | "running");
    let may_manage = caller.may(Permission::ManageRules);
    page(&TrialPage { chrome, zone, what, by, under_way, may_manage, trial })
}

/// `POST /rules/trials`: asks for a trial, and goes on to its page.
pub async fn ask(app: App, caller: Caller, write: Keyed<Form<NewTrial>>) -> Result<HttpResponse> {
    let asked = write.body.asked(&app, &caller).await?;
    let ask = async |tx: &mut Tx| {
        Ok(Answer { status: 303, body: journey::ask_trial(tx, &app.clock, &asked).await? })
    };
    let once = write.key.once(&app, &caller, ask).await?;
    Ok(see_other(&format!("/rules/trials/{}", once.answer.body)))
}

/// `POST /rules/trials/{id}/cancel`
pub async fn cancel(
    app: App,
    caller: Caller,
    id: Path<RuleTrialId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let cancel = async |tx: &mut Tx| {
        journey::cancel_trial(tx, &app.clock, *id).await?;
        Ok(Answer { status: 303, body: () })
    };
    write.key.once(&app, &caller, cancel).await?;
    Ok(done(&format!("/rules/trials/{}", *id), "Cancelled."))
}
