//! Small balances: the rules, what they would give up today, and what they gave up.

use actix_web::HttpResponse;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use serde::Deserialize;

use crate::access::Permission;
use crate::credits::pages::{Tabs, WhyForm};
use crate::credits::small_balances::{self, NewRule, Rule, Run, Side, WriteOff};
use crate::db::Tx;
use crate::db::idempotency::Answer;
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
    items: Vec<WriteOff>,
    next: Option<String>,
    may_manage: bool,
}

/// A side with its rule, when it has one.
struct ShownSide {
    side: Side,
    rule: Option<Rule>,
}

/// `GET /credits/small-balances`
pub async fn rules(app: App, caller: Caller, chrome: Chrome, paging: Query<Paging>) -> Result<HttpResponse> {
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let (tabs, mut rules, due, items) = app
        .db
        .snapshot(&caller.actor, async |tx: &mut Tx| {
            let today = organizations::today(tx, app.clock.now()).await?;
            let tabs = Tabs::load(tx, "small").await?;
            let rules = small_balances::rules(tx).await?;
            let due = small_balances::due(tx, today).await?;
            Ok((tabs, rules, due, small_balances::write_offs(tx, after, limit).await?))
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
