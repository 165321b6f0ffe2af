//! Small balances: the rules, what they would give up today, and what they gave up.

use actix_web::HttpResponse;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use serde::Deserialize;

use crate::access::Permission;
use crate::credits::pages::{Tabs, WhyForm};
use crate::credits::small_balances::nightly::{self, GiveUpSmallBalances, Schedule};
use crate::credits::small_balances::{self, NewRule, Rule, Run, Side, WriteOff};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::db::jobs::{self, Job};
use crate::registry::organizations;
use crate::types::{Money, SmallBalanceWriteOffId};
use crate::web::{self, App, Caller, Chrome, Keyed, Nothing, Page, Paging, Result, done, page, show};

#[derive(Template)]
#[template(path = "credits/small_balances/rules.html")]
struct RulesPage {
    chrome: Chrome,
    tabs: Tabs,
    sides: Vec<ShownSide>,
    due: Run,
    schedule: Schedule,
    night: Option<LastNight>,
    items: Vec<WriteOff>,
    next: Option<String>,
    may_manage: bool,
}

/// A side with its rule, when it has one.
struct ShownSide {
    side: Side,
    rule: Option<Rule>,
}

/// How the rules ran by themselves last.
struct LastNight {
    written_off: i64,
    amount: Money,
    /// Why they did not.
    error: Option<String>,
}

impl LastNight {
    fn of(runs: Vec<jobs::Run>) -> Option<LastNight> {
        let run = runs.into_iter().find(|run| run.kind == GiveUpSmallBalances::KIND)?;
        Some(LastNight {
            written_off: run.detail["written_off"].as_i64().unwrap_or_default(),
            amount: serde_json::from_value(run.detail["amount"].clone()).unwrap_or_default(),
            error: run.error,
        })
    }
}

/// `GET /credits/small-balances`
pub async fn rules(app: App, caller: Caller, chrome: Chrome, paging: Query<Paging>) -> Result<HttpResponse> {
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let (tabs, mut rules, due, schedule, night, items) = app
        .db
        .snapshot(&caller.actor, async |tx: &mut Tx| {
            let today = organizations::today(tx, app.clock.now()).await?;
            let tabs = Tabs::load(tx, "small").await?;
            let rules = small_balances::rules(tx).await?;
            let due = small_balances::due(tx, today).await?;
            let schedule = nightly::schedule(tx).await?;
            let night = LastNight::of(jobs::runs(tx).await?);
            Ok((tabs, rules, due, schedule, night, small_balances::write_offs(tx, after, limit).await?))
        })
        .await?;
    let mut of = |side| rules.iter().position(|rule| rule.side == side).map(|at| rules.remove(at));
    let sides = Side::ALL.map(|side| ShownSide { side, rule: of(side) }).into();
    let found = Page::of(items, &paging, |write_off| write_off.id)?;
    page(&RulesPage {
        chrome,
        tabs,
        sides,
        due,
        schedule,
        night,
        items: found.items,
        next: found.next.map(|next| format!("/credits/small-balances?after={next}")),
        may_manage: caller.may(Permission::ManagePosting),
    })
}

/// What a rule shall say.
#[derive(Debug, Deserialize)]
pub struct RuleForm {
    side: String,
    limit: String,
    age_days: String,
    #[serde(default)]
    in_force: String,
    #[serde(default)]
    note: String,
}

/// `POST /credits/small-balances`
pub async fn set_rule(app: App, caller: Caller, write: Keyed<Form<RuleForm>>) -> Result<HttpResponse> {
    let (now, form) = (app.clock.now(), &*write.body);
    let side: Side = web::field("side", Some(&form.side))?.unwrap_or(Side::Payer);
    let limit: Option<Money> = web::field("limit", Some(form.limit.trim()))?;
    let new = NewRule {
        limit: limit.unwrap_or_default(),
        age_days: form.age_days.trim().parse().unwrap_or_default(),
        in_force: form.in_force == "1",
        note: Some(form.note.clone()),
    };
    write
        .key
        .once(&app, &caller, async |tx| {
            small_balances::set_rule(tx, now, side, &new).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done("/credits/small-balances", "The rule stands."))
}

/// Whether the rules shall run by themselves: `1` or nothing.
#[derive(Debug, Deserialize)]
pub struct ScheduleForm {
    #[serde(default)]
    nightly: String,
}

/// `POST /credits/small-balances/schedule`
pub async fn set_schedule(
    app: App,
    caller: Caller,
    write: Keyed<Form<ScheduleForm>>,
) -> Result<HttpResponse> {
    let (now, on) = (app.clock.now(), write.body.nightly == "1");
    write
        .key
        .once(&app, &caller, async |tx| {
            nightly::set_schedule(tx, now, on).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    let said = if on { "The rules run by themselves each night." } else { "The rules run when you say so." };
    Ok(done("/credits/small-balances", said))
}

/// `POST /credits/small-balances/run`
pub async fn run(app: App, caller: Caller, write: Keyed<Form<Nothing>>) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let run = small_balances::run(tx, now).await?;
            Ok(Answer { status: 303, body: (run.balances.len(), run.amount) })
        })
        .await?;
    let (count, amount) = once.answer.body;
    Ok(done("/credits/small-balances", &format!("{count} balances of {amount} are written off.")))
}

/// `POST /credits/write-offs/{id}/undo`
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<SmallBalanceWriteOffId>,
    write: Keyed<Form<WhyForm>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    write
        .key
        .once(&app, &caller, async |tx| {
            small_balances::undo(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done("/credits/small-balances", "Undone: the balance is owed again."))
}
