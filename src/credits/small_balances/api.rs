//! `/api/v1/small-balances`: rules, what they give up, and what they gave up.

use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::credits::api::{WhyBody, json};
use crate::credits::small_balances::nightly::{self, Schedule};
use crate::credits::small_balances::{self, NewRule, Rule, Run, Side, WriteOff};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::registry::organizations;
use crate::types::{Money, SmallBalanceWriteOffId};
use crate::web::{self, App, Caller, Keyed, Page, Paging, Problems, Result};

/// The rules that stand; a side without one gives nothing up.
#[utoipa::path(get, path = "/api/v1/small-balances/rules", tag = "credits",
    responses((status = 200, body = Vec<Rule>), Problems))]
pub async fn rules(app: App, caller: Caller) -> Result<Json<Vec<Rule>>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| small_balances::rules(tx).await).await?))
}

/// Say what a side's rule is from now on: its next version. The same again changes nothing.
#[utoipa::path(put, path = "/api/v1/small-balances/rules/{side}", tag = "credits", params(("side" = Side, Path)),
    request_body = RuleBody, responses((status = 200, body = Rule), Problems))]
pub async fn set_rule(
    app: App,
    caller: Caller,
    side: Path<Side>,
    body: Json<RuleBody>,
) -> Result<Json<Rule>> {
    let (now, new) = (app.clock.now(), body.rule());
    let set = async |tx: &mut Tx| small_balances::set_rule(tx, now, *side, &new).await;
    Ok(Json(app.db.transaction(&caller.actor, set).await?))
}

/// What the rules would give up today.
#[utoipa::path(get, path = "/api/v1/small-balances/due", tag = "credits",
    responses((status = 200, body = Run), Problems))]
pub async fn due(app: App, caller: Caller) -> Result<Json<Run>> {
    let look = async |tx: &mut Tx| {
        let today = organizations::today(tx, app.clock.now()).await?;
        small_balances::due(tx, today).await
    };
    Ok(Json(app.db.snapshot(&caller.actor, look).await?))
}

/// Give up what the rules say.
#[utoipa::path(post, path = "/api/v1/small-balances/run", tag = "credits",
    params(("Idempotency-Key" = String, Header)), responses((status = 200, body = Run), Problems))]
pub async fn run(app: App, caller: Caller, write: Keyed<()>) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer { status: 200, body: json(&small_balances::run(tx, now).await?)? })
        })
        .await?;
    web::answer(&once)
}

/// Whether the rules run by themselves each night.
#[utoipa::path(get, path = "/api/v1/small-balances/schedule", tag = "credits",
    responses((status = 200, body = Schedule), Problems))]
pub async fn schedule(app: App, caller: Caller) -> Result<Json<Schedule>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| nightly::schedule(tx).await).await?))
}

/// Say whether the rules run by themselves each night, in the system's name. Off until somebody says so. The same
/// again changes nothing.
#[utoipa::path(put, path = "/api/v1/small-balances/schedule", tag = "credits", request_body = ScheduleBody,
    responses((status = 200, body = Schedule), Problems))]
pub async fn set_schedule(app: App, caller: Caller, body: Json<ScheduleBody>) -> Result<Json<Schedule>> {
    let (now, on) = (app.clock.now(), body.nightly);
    let set = async |tx: &mut Tx| nightly::set_schedule(tx, now, on).await;
    Ok(Json(app.db.transaction(&caller.actor, set).await?))
}

/// What was given up, the newest first.
#[utoipa::path(get, path = "/api/v1/small-balances/write-offs", tag = "credits", params(Paging),
    responses((status = 200, body = Page<WriteOff>), Problems))]
pub async fn write_offs(app: App, caller: Caller, paging: Query<Paging>) -> Result<Json<Page<WriteOff>>> {
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let look = async |tx: &mut Tx| small_balances::write_offs(tx, after, limit).await;
    let found = app.db.snapshot(&caller.actor, look).await?;
    Ok(Json(Page::of(found, &paging, |write_off| write_off.id)?))
}

/// Undo a write-off: the balance is owed again.
#[utoipa::path(post, path = "/api/v1/small-balances/write-offs/{id}/undo", tag = "credits",
    params(("id" = SmallBalanceWriteOffId, Path), ("Idempotency-Key" = String, Header)),
    request_body = WhyBody, responses((status = 200), Problems))]
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<SmallBalanceWriteOffId>,
    write: Keyed<Json<WhyBody>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            small_balances::undo(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 200, body: serde_json::json!({ "id": *id }) })
        })
        .await?;
    web::answer(&once)
}

/// Whether the rules shall run by themselves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SmallBalanceScheduleBody)]
pub struct ScheduleBody {
    /// True: each night.
    pub nightly: bool,
}

/// What a rule shall say from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SmallBalanceRuleBody)]
pub struct RuleBody {
    /// Balances up to this are small: 0.01 to 25.00.
    pub limit: Money,
    /// Days since anything last moved on the balance: 1 to 3650.
    pub age_days: i32,
    /// False: nothing is given up.
    pub in_force: bool,
    /// For patients: the written policy; needed while the rule is in force.
    #[serde(default)]
    pub note: Option<String>,
}

impl RuleBody {
    fn rule(&self) -> NewRule {
        let RuleBody { limit, age_days, in_force, ref note } = *self;
        NewRule { limit, age_days, in_force, note: note.clone() }
    }
}
