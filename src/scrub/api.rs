//! `/api/v1/rules`: the built-in rules and the practice's own, written, tried, published, graded.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query};
use chrono::{Days, NaiveDate, NaiveTime, TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::claims::Past;
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::journey::{self, BackTested, Change, Differences, Tried};
use crate::registry::organizations;
use crate::scrub::rulebook::{self, Graded, ListItem, Release, RuleItem, SavedVersion};
use crate::scrub::written::Definition;
use crate::scrub::{Finding, Grade, Rule, Severity};
use crate::types::{ClaimId, CodeEditionId, PayerId, Place, Refusal, RuleId, Status};
use crate::web::{self, App, Caller, Keyed, Problems, Result};

/// Days that a back-test looks back unless it is told others.
const DAYS_BACK: u64 = 365;

/// Every rule in the order in which they are asked, with the practice's grades.
#[utoipa::path(get, path = "/api/v1/rules", tag = "rules", responses((status = 200, body = RulesView), Problems))]
pub async fn list(app: App, caller: Caller) -> Result<Json<RulesView>> {
    let load = async |tx: &mut Tx| Ok((rulebook::list(tx).await?, rulebook::grades(tx).await?));
    let (written, grades) = app.db.snapshot(&caller.actor, load).await?;
    let built_in = super::rules().map(RuleView::built_in);
    let mut items: Vec<RuleView> = built_in.chain(written.iter().map(RuleView::written)).collect();
    for item in &mut items {
        item.grades = grades.iter().filter(|grade| grade.rule == item.rule).cloned().collect();
    }
    Ok(Json(RulesView { items }))
}

/// A rule that the practice wrote, with its versions, releases and grades.
#[utoipa::path(get, path = "/api/v1/rules/{id}", tag = "rules", params(("id" = RuleId, Path)),
    responses((status = 200, body = WrittenRuleView), Problems))]
pub async fn get(app: App, caller: Caller, id: Path<RuleId>) -> Result<Json<WrittenRuleView>> {
    let load = async |tx: &mut Tx| {
        let item = rulebook::get(tx, *id).await?;
        let (versions, releases) = rulebook::history(tx, *id).await?;
        let grades = rulebook::grades_of(tx, &item.rule).await?;
        Ok(WrittenRuleView { item, versions, releases, grades })
    };
    Ok(Json(app.db.snapshot(&caller.actor, load).await?))
}

/// Write a new rule: a draft, which is asked of no claim before it is published.
#[utoipa::path(post, path = "/api/v1/rules", tag = "rules", params(("Idempotency-Key" = String, Header)),
    request_body = NewRule, responses((status = 201, body = RuleItem), Problems))]
pub async fn create(app: App, caller: Caller, write: Keyed<Json<NewRule>>) -> Result<HttpResponse> {
    let (now, NewRule { name, definition }) = (app.clock.now(), &*write.body);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer { status: 201, body: rulebook::create(tx, now, name, definition).await? })
        })
        .await?;
    web::answer(&once)
}

/// Save what a rule shall say, as a new version; what is published stays as it is.
#[utoipa::path(post, path = "/api/v1/rules/{id}/versions", tag = "rules",
    params(("id" = RuleId, Path), ("Idempotency-Key" = String, Header)),
    request_body = NewVersion, responses((status = 200, body = RuleItem), Problems))]
pub async fn save(
    app: App,
    caller: Caller,
    id: Path<RuleId>,
    write: Keyed<Json<NewVersion>>,
) -> Result<HttpResponse> {
    let (now, NewVersion { seen, definition }) = (app.clock.now(), &*write.body);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer { status: 200, body: rulebook::save(tx, now, *id, *seen, definition).await? })
        })
        .await?;
    web::answer(&once)
}

/// Publish a version: from now on it is asked of every claim in its scope. 409 when there was a
/// release that you have not seen.
#[utoipa::path(post, path = "/api/v1/rules/{id}/publish", tag = "rules",
    params(("id" = RuleId, Path), ("Idempotency-Key" = String, Header)),
    request_body = NewRelease, responses((status = 200, body = RuleItem), Problems))]
pub async fn publish(
    app: App,
    caller: Caller,
    id: Path<RuleId>,
    write: Keyed<Json<NewRelease>>,
) -> Result<HttpResponse> {
    let (now, NewRelease { version, release, reason }) = (app.clock.now(), &*write.body);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let rule = rulebook::publish(tx, now, *id, *version, *release, reason).await?;
            Ok(Answer { status: 200, body: rule })
        })
        .await?;
    web::answer(&once)
}

/// Retire a rule: it is asked no more.
#[utoipa::path(post, path = "/api/v1/rules/{id}/retire", tag = "rules",
    params(("id" = RuleId, Path), ("Idempotency-Key" = String, Header)),
    request_body = Retirement, responses((status = 200, body = RuleItem), Problems))]
pub async fn retire(
    app: App,
    caller: Caller,
    id: Path<RuleId>,
    write: Keyed<Json<Retirement>>,
) -> Result<HttpResponse> {
    let (now, Retirement { release, reason }) = (app.clock.now(), &*write.body);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer { status: 200, body: rulebook::retire(tx, now, *id, *release, reason).await? })
        })
        .await?;
    web::answer(&once)
}

/// Grade a rule, built in or written, for every payer or one.
#[utoipa::path(post, path = "/api/v1/rules/grades", tag = "rules", params(("Idempotency-Key" = String, Header)),
    request_body = NewGrade, responses((status = 200, body = Vec<Graded>), Problems))]
pub async fn grade(app: App, caller: Caller, write: Keyed<Json<NewGrade>>) -> Result<HttpResponse> {
    let (now, NewGrade { rule, payer, grade, reason }) = (app.clock.now(), &*write.body);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            rulebook::grade(tx, now, rule, *payer, *grade, reason).await?;
            Ok(Answer { status: 200, body: rulebook::grades_of(tx, rule).await? })
        })
        .await?;
    web::answer(&once)
}

/// What a version of a rule says to a claim as it stands; nothing is kept.
#[utoipa::path(get, path = "/api/v1/rules/{id}/try", tag = "rules", params(("id" = RuleId, Path), TryQuery),
    responses((status = 200, body = TriedView), Problems))]
pub async fn try_on(
    app: App,
    caller: Caller,
    id: Path<RuleId>,
    query: Query<TryQuery>,
) -> Result<Json<TriedView>> {
    tried(&app, &caller, &Tried::Written(*id, query.version), &query).await
}

/// What a built-in rule says to a claim as it stands; nothing is kept.
#[utoipa::path(get, path = "/api/v1/rules/built-in/{name}/try", tag = "rules",
    params(("name" = String, Path), TryQuery), responses((status = 200, body = TriedView), Problems))]
pub async fn try_built_in(
    app: App,
    caller: Caller,
    name: Path<String>,
    query: Query<TryQuery>,
) -> Result<Json<TriedView>> {
    tried(&app, &caller, &Tried::BuiltIn(format!("scrub/{name}")), &query).await
}

async fn tried(app: &App, caller: &Caller, tried: &Tried, query: &TryQuery) -> Result<Json<TriedView>> {
    let claim: ClaimId = web::field("claim", Some(&query.claim))?.ok_or_else(|| missing("claim"))?;
    let (now, codes) = (app.clock.now(), app.codes());
    let findings = app
        .db
        .snapshot(&caller.actor, async |tx| journey::try_rule(tx, now, &codes, tried, claim).await)
        .await?;
    Ok(Json(TriedView { claim, findings }))
}

/// What a version of a rule would have done to the claims that were sent.
#[utoipa::path(get, path = "/api/v1/rules/{id}/back-test", tag = "rules",
    params(("id" = RuleId, Path), PastQuery), responses((status = 200, body = BackTested), Problems))]
pub async fn back_test(
    app: App,
    caller: Caller,
    id: Path<RuleId>,
    query: Query<PastQuery>,
) -> Result<Json<BackTested>> {
    back_tested(&app, &caller, &Tried::Written(*id, query.version), &query).await.map(Json)
}

/// What a built-in rule would have done to the claims that were sent.
#[utoipa::path(get, path = "/api/v1/rules/built-in/{name}/back-test", tag = "rules",
    params(("name" = String, Path), PastQuery), responses((status = 200, body = BackTested), Problems))]
pub async fn back_test_built_in(
    app: App,
    caller: Caller,
    name: Path<String>,
    query: Query<PastQuery>,
) -> Result<Json<BackTested>> {
    back_tested(&app, &caller, &Tried::BuiltIn(format!("scrub/{name}")), &query).await.map(Json)
}

pub(super) async fn back_tested(
    app: &App,
    caller: &Caller,
    tried: &Tried,
    query: &PastQuery,
) -> Result<BackTested> {
    let past = query.past(app, caller).await?;
    let codes = app.codes();
    let test = async |tx: &mut Tx| journey::back_test(tx, &codes, tried, past).await;
    Ok(app.db.snapshot(&caller.actor, test).await?)
}

/// Scrub the claims that were sent by the rules of now and by others, and tell the difference.
#[utoipa::path(get, path = "/api/v1/rules/what-if", tag = "rules", params(WhatIfQuery, PastQuery),
    responses((status = 200, body = Differences), Problems))]
pub async fn what_if(
    app: App,
    caller: Caller,
    query: Query<WhatIfQuery>,
    past: Query<PastQuery>,
) -> Result<Json<Differences>> {
    compared(&app, &caller, &query, &past).await.map(Json)
}

pub(super) async fn compared(
    app: &App,
    caller: &Caller,
    query: &WhatIfQuery,
    past: &PastQuery,
) -> Result<Differences> {
    let past = past.past(app, caller).await?;
    let zone =
        app.db.snapshot(&caller.actor, async |tx| Ok(organizations::current(tx).await?.time_zone)).await?;
    let change = query.change(zone)?;
    let codes = app.codes();
    let compare = async |tx: &mut Tx| journey::what_if(tx, &codes, &change, past).await;
    Ok(app.db.snapshot(&caller.actor, compare).await?)
}

/// The practice's lists of codes, by name.
#[utoipa::path(get, path = "/api/v1/rules/lists", tag = "rules", responses((status = 200, body = Vec<ListItem>), Problems))]
pub async fn lists(app: App, caller: Caller) -> Result<Json<Vec<ListItem>>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| rulebook::lists(tx).await).await?))
}

/// Save a list of codes; published rules that name it ask by it from now on.
#[utoipa::path(post, path = "/api/v1/rules/lists", tag = "rules", params(("Idempotency-Key" = String, Header)),
    request_body = NewList, responses((status = 200, body = ListItem), Problems))]
pub async fn save_list(app: App, caller: Caller, write: Keyed<Json<NewList>>) -> Result<HttpResponse> {
    let (now, NewList { name, seen, entries }) = (app.clock.now(), &*write.body);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer { status: 200, body: rulebook::save_list(tx, now, name, *seen, entries).await? })
        })
        .await?;
    web::answer(&once)
}

/// Every rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesView {
    /// Built-in ones first, then the practice's own.
    pub items: Vec<RuleView>,
}

/// A rule in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleView {
    /// By which findings name it: `scrub/npi-check-digit`, `practice/needs-referral`.
    pub rule: String,
    /// The id of a rule that the practice wrote.
    pub id: Option<RuleId>,
    /// Its newest version.
    pub version: u16,
    /// `built_in`, or where a written rule stands: `draft`, `published`, `changed`, `retired`.
    #[schema(value_type = String)]
    pub state: &'static str,
    /// The worst that it finds, unless graded otherwise.
    pub severity: Severity,
    /// What must hold.
    pub title: String,
    /// Where a built-in rule is written; when a written one holds, in words.
    pub source: String,
    /// What to do when it does not hold.
    pub next: String,
    /// The practice's grades that count.
    pub grades: Vec<Graded>,
}

impl RuleView {
    fn built_in(rule: &Rule) -> RuleView {
        RuleView {
            rule: rule.id.to_owned(),
            id: None,
            version: rule.version,
            state: "built_in",
            severity: rule.severity,
            title: rule.title.to_owned(),
            source: rule.source.to_owned(),
            next: rule.next.to_owned(),
            grades: vec![],
        }
    }

    fn written(item: &RuleItem) -> RuleView {
        RuleView {
            rule: item.rule.clone(),
            id: Some(item.id),
            version: item.version,
            state: item.state(),
            severity: item.definition.severity,
            title: item.definition.title.clone(),
            source: item.definition.when.words(),
            next: item.definition.next.clone(),
            grades: vec![],
        }
    }
}

/// A written rule with everything that happened to it, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct WrittenRuleView {
    /// The rule with its newest version.
    #[serde(flatten)]
    pub item: RuleItem,
    /// Its versions.
    pub versions: Vec<SavedVersion>,
    /// What was published when.
    pub releases: Vec<Release>,
    /// Every grade that it had.
    pub grades: Vec<Graded>,
}

/// A rule to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRule {
    /// What follows `practice/` in its findings: lower case letters, digits and hyphens.
    pub name: String,
    /// What it says.
    pub definition: Definition,
}

/// What a rule shall say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVersion {
    /// The newest version that you saw.
    pub seen: u16,
    /// What it shall say.
    pub definition: Definition,
}

/// A version to be published.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRelease {
    /// Which version.
    pub version: u16,
    /// The newest release that you saw; 0 when there was none.
    pub release: u32,
    /// Why; may be left out.
    #[serde(default)]
    pub reason: String,
}

/// A rule to be retired.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retirement {
    /// The newest release that you saw.
    pub release: u32,
    /// Why; may be left out.
    #[serde(default)]
    pub reason: String,
}

/// A grade to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrade {
    /// The rule: `scrub/npi-check-digit`.
    pub rule: String,
    /// For claims to this payer; to every payer without a grade of its own when left out.
    pub payer: Option<PayerId>,
    /// `off`, `note`, `warn` or `stop`; left out, the grade is taken back.
    #[schema(value_type = Option<String>)]
    pub grade: Option<Grade>,
    /// Why.
    pub reason: String,
}

/// A list to be saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewList {
    /// Its name: `E/M visits`.
    pub name: String,
    /// The newest version that you saw; 0 for a new list.
    pub seen: u16,
    /// Codes, ranges (`99202-99215`) and beginnings (`993*`).
    pub entries: Vec<String>,
}

/// A claim to try a rule on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TryQuery {
    /// The claim.
    #[param(value_type = ClaimId)]
    pub claim: String,
    /// The version; the newest when left out.
    pub version: Option<u16>,
}

/// What a rule said to a claim.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedView {
    /// The claim.
    pub claim: ClaimId,
    /// What was found; empty when the rule has nothing against it.
    pub findings: Vec<Finding>,
}

/// Which past claims.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PastQuery {
    /// First day of service; a year before the last when left out.
    #[param(value_type = Option<NaiveDate>)]
    pub from: Option<String>,
    /// Last day of service; today when left out.
    #[param(value_type = Option<NaiveDate>)]
    pub to: Option<String>,
    /// Only claims to this payer.
    #[param(value_type = Option<PayerId>)]
    pub payer: Option<String>,
    /// The version of the rule; the newest when left out.
    pub version: Option<u16>,
}

impl PastQuery {
    pub(super) async fn past(&self, app: &App, caller: &Caller) -> Result<Past> {
        let zone = app
            .db
            .snapshot(&caller.actor, async |tx| Ok(organizations::current(tx).await?.time_zone))
            .await?;
        let to = web::field("to", self.to.as_deref())?.unwrap_or_else(|| app.clock.today(zone));
        let from = web::field("from", self.from.as_deref())?;
        let from = from.unwrap_or_else(|| to.checked_sub_days(Days::new(DAYS_BACK)).unwrap_or(to));
        Ok(Past { from, to, payer: web::field("payer", self.payer.as_deref())? })
    }
}

/// In what the other rules differ from those of now.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhatIfQuery {
    /// Begin with what was published and graded at the end of this day.
    #[param(value_type = Option<NaiveDate>)]
    pub as_of: Option<String>,
    /// Ask the newest version of these rules, parted by commas; of another version: `rul_...@2`.
    pub drafts: Option<String>,
    /// Grade these, parted by commas: `scrub/npi-check-digit:off`.
    pub grades: Option<String>,
    /// Read codes as if these editions had not been imported: ids, parted by commas.
    pub without_editions: Option<String>,
}

impl WhatIfQuery {
    pub(super) fn change(&self, zone: chrono_tz::Tz) -> Result<Change> {
        fn parts(text: Option<&String>) -> impl Iterator<Item = &str> {
            text.into_iter().flat_map(|text| text.split(',')).map(str::trim).filter(|part| !part.is_empty())
        }
        let mut change = Change::default();
        if let Some(day) = web::field::<NaiveDate>("as_of", self.as_of.as_deref())? {
            let end = day.checked_add_days(Days::new(1)).unwrap_or(day).and_time(NaiveTime::MIN);
            change.as_of = zone.from_local_datetime(&end).earliest().map(|end| end.to_utc());
        }
        for part in parts(self.drafts.as_ref()) {
            let (id, version) =
                part.split_once('@').map_or((part, None), |(id, version)| (id, Some(version)));
            let id: RuleId = web::field("drafts", Some(id))?.ok_or_else(|| missing("drafts"))?;
            let version: Option<u16> = match version {
                Some(text) => Some(text.parse().ok().ok_or_else(|| missing("drafts"))?),
                None => None,
            };
            change.drafts.push((id, version));
        }
        for part in parts(self.grades.as_ref()) {
            let (rule, grade) = part.rsplit_once(':').ok_or_else(|| missing("grades"))?;
            let grade: Option<Grade> = web::field("grades", Some(grade))?;
            change.grades.push((rule.to_owned(), None, grade));
        }
        for part in parts(self.without_editions.as_ref()) {
            let id: Option<CodeEditionId> = web::field("without_editions", Some(part))?;
            change.without_editions.extend(id);
        }
        Ok(change)
    }
}

fn missing(name: &str) -> Refusal {
    let what = format!("the parameter {name} is not what it should be");
    let place = Place { field: Some(name.to_owned()), ..Place::default() };
    Refusal::new("web/field", Status::Invalid, what, "Compare the request with /api/v1/openapi.json")
        .at(place)
}
