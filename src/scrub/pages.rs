//! `/rules`: every rule, the editor of the practice's own, lists of codes, and what other rules
//! would have found.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Deserialize;

use crate::access::Permission;
use crate::access::members::Names;
use crate::claims::{self, Past};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::journey::{self, BackTested, Differences, LONG_HISTORY, Tried};
use crate::registry::{organizations, payers};
use crate::scrub::api::{PastQuery, WhatIfQuery, back_tested, compared};
use crate::scrub::form::{self, RuleForm};
use crate::scrub::rulebook::{self, Graded, ListItem, RuleItem};
use crate::scrub::written::{Fault, Field};
use crate::scrub::{Finding, Grade, Severity};
use crate::submissions;
use crate::types::{ClaimId, PayerId, Refusal, RuleId, Status};
use crate::web::{
    self, App, Caller, Chrome, Fields, Keyed, Problem, Result, done, page, page_with_status, sent, show,
};

fn tone(severity: Severity) -> &'static str {
    match severity {
        Severity::Stop => "bad",
        Severity::Warn => "warn",
        Severity::Note => "mute",
    }
}

fn state_tone(state: &str) -> &'static str {
    match state {
        "published" => "ok",
        "changed" => "info",
        "retired" => "mute",
        _ => "warn",
    }
}

/// A payer as a form offers it.
struct PayerChoice {
    id: String,
    name: String,
}

async fn payer_choices(tx: &mut Tx) -> crate::types::Result<Vec<PayerChoice>> {
    let all = payers::list(tx).await?;
    Ok(all.into_iter().map(|it| PayerChoice { id: it.id.to_string(), name: it.name }).collect())
}

// ---- the list ----

#[derive(Template)]
#[template(path = "scrub/rules.html")]
struct ListPage {
    chrome: Chrome,
    rows: Vec<ListRow>,
    total: usize,
    own: usize,
    q: String,
    severity: String,
    kind: String,
    may_manage: bool,
}

struct ListRow {
    href: String,
    rule: String,
    title: String,
    severity: Severity,
    tone: &'static str,
    state: &'static str,
    state_tone: &'static str,
    grades: String,
}

/// What of the rules is asked for.
#[derive(Debug, Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    kind: String,
}

/// `GET /rules`
pub async fn list(app: App, caller: Caller, chrome: Chrome, asked: Query<ListQuery>) -> Result<HttpResponse> {
    let load = async |tx: &mut Tx| {
        Ok((rulebook::list(tx).await?, rulebook::grades(tx).await?, payer_choices(tx).await?))
    };
    let (written, grades, payers) = app.db.snapshot(&caller.actor, load).await?;
    let graded = |rule: &str| {
        let some = grades.iter().filter(|grade| grade.rule == rule);
        some.map(|grade| grade_words(grade, &payers)).collect::<Vec<_>>().join(", ")
    };
    let own = written.iter().map(|item| ListRow {
        href: format!("/rules/{}", item.id),
        rule: item.rule.clone(),
        title: item.definition.title.clone(),
        severity: item.definition.severity,
        tone: tone(item.definition.severity),
        state: item.state(),
        state_tone: state_tone(item.state()),
        grades: graded(&item.rule),
    });
    let built_in = super::rules().map(|rule| ListRow {
        href: format!("/rules/built-in/{}", rule.id.trim_start_matches("scrub/")),
        rule: rule.id.to_owned(),
        title: rule.title.to_owned(),
        severity: rule.severity,
        tone: tone(rule.severity),
        state: "built in",
        state_tone: "mute",
        grades: graded(rule.id),
    });
    let all: Vec<ListRow> = own.chain(built_in).collect();
    let total = all.len();
    let ListQuery { q, severity, kind } = asked.into_inner();
    let words: Vec<String> = q.split_whitespace().map(str::to_lowercase).collect();
    let rows = all.into_iter().filter(|row| {
        let text = format!("{} {}", row.rule, row.title).to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
            && (severity.is_empty() || row.severity.as_str() == severity)
            && match kind.as_str() {
                "own" => row.state != "built in",
                "built-in" => row.state == "built in",
                "graded" => !row.grades.is_empty(),
                _ => true,
            }
    });
    let rows: Vec<ListRow> = rows.collect();
    let may_manage = caller.may(Permission::ManageRules);
    page(&ListPage { chrome, rows, total, own: written.len(), q, severity, kind, may_manage })
}

fn grade_words(graded: &Graded, payers: &[PayerChoice]) -> String {
    let whose = graded.payer.map(|payer| payer_name(payer, payers));
    let word = graded.grade.map_or("no grade", Grade::as_str);
    whose.map_or_else(|| word.to_owned(), |whose| format!("{word} for {whose}"))
}

fn payer_name(payer: PayerId, payers: &[PayerChoice]) -> String {
    let id = payer.to_string();
    payers.iter().find(|known| known.id == id).map_or(id, |known| known.name.clone())
}

// ---- the editor ----

/// What the editor offers, and what stands in it.
struct Editor {
    form: RuleForm,
    faults: Vec<Fault>,
    payers: Vec<PayerChoice>,
    fields: Vec<(&'static str, Vec<Field>)>,
    operators: Vec<(String, String)>,
    /// Where it is sent.
    action: String,
    /// The version that the writer saw; 0 for a new rule.
    seen: u16,
}

impl Editor {
    fn new(form: RuleForm, payers: Vec<PayerChoice>, action: String, seen: u16) -> Editor {
        let mut fields: Vec<(&'static str, Vec<Field>)> = vec![];
        for field in Field::all() {
            match fields.last_mut() {
                Some((group, some)) if *group == field.group() => some.push(field),
                _ => fields.push((field.group(), vec![field])),
            }
        }
        let operators = form::operators().collect();
        Editor { form: form.roomy(), faults: vec![], payers, fields, operators, action, seen }
    }

    fn is_for(&self, payer: &PayerChoice) -> bool {
        self.form.payers.contains(&payer.id)
    }
}

#[derive(Template)]
#[template(path = "scrub/new.html")]
struct NewPage {
    chrome: Chrome,
    editor: Editor,
}

/// `GET /rules/new`
pub async fn new(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let payers = app.db.snapshot(&caller.actor, payer_choices).await?;
    page(&NewPage { chrome, editor: Editor::new(RuleForm::empty(), payers, "/rules/new".into(), 0) })
}

/// `POST /rules/new`: saves a draft, or shows the form again: with one more row, or with what is
/// wrong.
pub async fn create(
    app: App,
    caller: Caller,
    chrome: Chrome,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let mut form = RuleForm::sent(&write.body);
    let payers = app.db.snapshot(&caller.actor, payer_choices).await?;
    let again = |form: RuleForm, faults: Vec<Fault>, status| {
        let mut editor = Editor::new(form, payers, "/rules/new".into(), 0);
        editor.faults = faults;
        page_with_status(status, &NewPage { chrome, editor })
    };
    let act = sent(&write.body, "act");
    if act != "save" {
        form.grow(act);
        return again(form, vec![], StatusCode::OK);
    }
    let definition = match form.definition() {
        Ok(definition) => definition,
        Err(faults) => {
            let faults = form.mark(&faults);
            return again(form, faults, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let faults = app
        .db
        .snapshot(&caller.actor, async |tx| rulebook::faults(tx, &form.name, 1, &definition).await)
        .await?;
    if let Some(faults) = faults {
        let faults = form.mark(&faults);
        return again(form, faults, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let name = form.name.clone();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer { status: 303, body: rulebook::create(tx, now, &name, &definition).await?.id })
        })
        .await;
    match once {
        Ok(once) => Ok(done(
            &format!("/rules/{}", once.answer.body),
            "The draft is saved. Try it, back-test it, then publish it.",
        )),
        Err(Problem::Refused(refusal)) if refusal.code.starts_with("rules/") => {
            let faults = vec![Fault { pointer: "/name".into(), message: refusal.detail.clone() }];
            let status = StatusCode::from_u16(if refusal.code == "rules/slug" { 422 } else { 409 });
            again(form, faults, status.unwrap_or(StatusCode::CONFLICT))
        }
        Err(problem) => Err(problem),
    }
}

// ---- one rule of the practice ----

#[derive(Template)]
#[template(path = "scrub/rule.html")]
struct RulePage {
    chrome: Chrome,
    rule: RuleItem,
    state: &'static str,
    state_tone: &'static str,
    editor: Editor,
    words: String,
    scope: String,
    saved: show::Markup,
    saved_by: String,
    grading: Grading,
    happened: Vec<Moment>,
    tested: Tested,
    trying: Trying,
    may_manage: bool,
}

/// A change of a rule, for its timeline.
struct Moment {
    at: show::Markup,
    sort: i64,
    what: String,
    more: String,
    tone: &'static str,
    glyph: &'static str,
}

/// The grades of a rule, and the form that gives one.
struct Grading {
    rule: String,
    standing: Vec<(String, String)>,
    past: Vec<Moment>,
    payers: Vec<PayerChoice>,
    may_manage: bool,
}

/// A back-test and the form that asks for it.
struct Tested {
    action: String,
    from: String,
    to: String,
    payer: String,
    payers: Vec<PayerChoice>,
    result: Option<BackTested>,
    asking: Option<Asking>,
}

/// The form that asks for the same in the background.
struct Asking {
    csrf: String,
    key: String,
    fields: Vec<(&'static str, String)>,
    claims: i64,
    /// Whether the history is too long to wait for.
    is_long: bool,
}

impl Asking {
    async fn of(
        app: &App,
        caller: &Caller,
        chrome: &Chrome,
        past: Past,
        fields: Vec<(&'static str, String)>,
    ) -> Result<Asking> {
        let claims = app.db.snapshot(&caller.actor, async |tx| claims::count_sent(tx, past).await).await?;
        let is_long = usize::try_from(claims).is_ok_and(|claims| claims >= LONG_HISTORY);
        let fields = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Ok(Asking { csrf: chrome.csrf.clone(), key: chrome.fresh_key().to_string(), fields, claims, is_long })
    }
}

/// A rule tried on one claim, and the form that asks for it.
struct Trying {
    action: String,
    claim: String,
    tried: Option<TriedClaim>,
    /// What was asked and could not be done.
    fault: Option<String>,
}

impl Trying {
    async fn of(
        app: &App,
        caller: &Caller,
        tried: &Tried,
        asked: &RuleQuery,
        action: String,
    ) -> Result<Trying> {
        let claim = asked.claim.trim().to_owned();
        let mut trying = Trying { action, claim, tried: None, fault: None };
        if !trying.claim.is_empty() {
            match tried_on(app, caller, tried, &trying.claim).await {
                Ok(tried) => trying.tried = Some(tried),
                Err(Problem::Refused(refusal)) => trying.fault = Some(refusal.detail.clone()),
                Err(problem) => return Err(problem),
            }
        }
        Ok(trying)
    }
}

struct TriedClaim {
    claim: ClaimId,
    findings: Vec<(Finding, &'static str)>,
}

/// What is to be shown of a rule besides itself.
#[derive(Debug, Default, Deserialize)]
pub struct RuleQuery {
    /// The claim that it is tried on.
    #[serde(default)]
    claim: String,
    /// Anything: it is back-tested.
    #[serde(default)]
    test: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    payer: String,
}

impl RuleQuery {
    fn past(&self) -> PastQuery {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        PastQuery { from: some(&self.from), to: some(&self.to), payer: some(&self.payer), version: None }
    }

    async fn tested(
        &self,
        app: &App,
        caller: &Caller,
        chrome: &Chrome,
        tried: &Tried,
        action: String,
    ) -> Result<Tested> {
        let past = self.past();
        let days = past.past(app, caller).await?;
        let (mut result, mut asking) = (None, None);
        if !self.test.is_empty() {
            let rule = match tried {
                Tried::Written(id, _) => id.to_string(),
                Tried::BuiltIn(id) => id.clone(),
            };
            let fields = vec![
                ("rule", rule),
                ("from", days.from.to_string()),
                ("to", days.to.to_string()),
                ("payer", self.payer.clone()),
            ];
            // Who manages rules may have it done in the background.
            if caller.may(Permission::ManageRules) {
                asking = Some(Asking::of(app, caller, chrome, days, fields).await?);
            }
            if !asking.as_ref().is_some_and(|asking| asking.is_long) {
                result = Some(back_tested(app, caller, tried, &past).await?);
            }
        }
        let payers = app.db.snapshot(&caller.actor, payer_choices).await?;
        let (from, to, payer) = (days.from.to_string(), days.to.to_string(), self.payer.clone());
        Ok(Tested { action, from, to, payer, payers, result, asking })
    }
}

/// `GET /rules/{id}`, and what it says to a claim or would have done to past ones.
pub async fn rule(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<RuleId>,
    asked: Query<RuleQuery>,
) -> Result<HttpResponse> {
    let item = app.db.snapshot(&caller.actor, async |tx| rulebook::get(tx, *id).await).await?;
    let slug = item.rule.trim_start_matches("practice/");
    let form = RuleForm::of(slug, &item.definition);
    shown_rule(&app, &caller, chrome, item, form, vec![], &asked, StatusCode::OK).await
}

#[expect(clippy::too_many_arguments, reason = "what a page shows")]
async fn shown_rule(
    app: &App,
    caller: &Caller,
    chrome: Chrome,
    rule: RuleItem,
    form: RuleForm,
    faults: Vec<Fault>,
    asked: &RuleQuery,
    status: StatusCode,
) -> Result<HttpResponse> {
    let id = rule.id;
    let load = async |tx: &mut Tx| {
        Ok((
            rulebook::history(tx, id).await?,
            rulebook::grades_of(tx, &rule.rule).await?,
            payer_choices(tx).await?,
            payer_choices(tx).await?,
            Names::load(tx).await?,
            organizations::current(tx).await?.time_zone,
        ))
    };
    let ((versions, releases), grades, payers, for_grading, names, zone) =
        app.db.snapshot(&caller.actor, load).await?;
    let tried = Tried::Written(id, None);
    let action = format!("/rules/{id}");
    let tested = asked.tested(app, caller, &chrome, &tried, action.clone()).await?;
    let trying = Trying::of(app, caller, &tried, asked, action).await?;
    let mut happened: Vec<Moment> = versions
        .iter()
        .map(|version| Moment {
            at: show::moment(version.saved_at, zone),
            sort: version.saved_at.timestamp_millis(),
            what: format!("Version {} saved", version.version),
            more: names.of(&version.saved_by),
            tone: "mute",
            glyph: "i-note",
        })
        .chain(releases.iter().map(|release| {
            let who = names.of(&release.released_by);
            Moment {
                at: show::moment(release.released_at, zone),
                sort: release.released_at.timestamp_millis(),
                what: release
                    .version
                    .map_or_else(|| "Retired".to_owned(), |version| format!("Version {version} published")),
                more: if release.reason.is_empty() { who } else { format!("{who}: {}", release.reason) },
                tone: if release.version.is_some() { "ok" } else { "mute" },
                glyph: if release.version.is_some() { "i-check" } else { "i-x" },
            }
        }))
        .collect();
    // What happened in the same moment stays in its order: saved, then published.
    happened.sort_by_key(|moment| -moment.sort);
    let may_manage = caller.may(Permission::ManageRules);
    let grading = grading(&rule.rule, &grades, for_grading, &names, zone, may_manage);
    let scope = scope_words(&rule, &payers);
    // A form that is shown again keeps what its writer saw.
    let seen = form.seen.unwrap_or(rule.version);
    let mut editor = Editor::new(form, payers, format!("/rules/{id}"), seen);
    editor.faults = faults;
    let shown = RulePage {
        chrome,
        state: rule.state(),
        state_tone: state_tone(rule.state()),
        editor,
        words: rule.definition.when.words(),
        scope,
        saved: show::moment(rule.saved_at, zone),
        saved_by: names.of(&rule.saved_by),
        grading,
        happened,
        tested,
        trying,
        may_manage,
        rule,
    };
    page_with_status(status, &shown)
}

/// What the rule says to a claim, which is named by its id or the control number that it was sent under.
async fn tried_on(app: &App, caller: &Caller, tried: &Tried, name: &str) -> Result<TriedClaim> {
    let (now, codes) = (app.clock.now(), app.codes());
    let found = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let claim = match name.parse::<ClaimId>() {
                Ok(claim) => claim,
                Err(_) => submissions::claim_of(tx, name).await?.ok_or_else(|| {
                    let what = "no claim has this id, or was sent under this number";
                    Refusal::new("claims/not-found", Status::NotFound, what, "Look at Claims")
                })?,
            };
            Ok((claim, journey::try_rule(tx, now, &codes, tried, claim).await?))
        })
        .await?;
    let (claim, findings) = found;
    Ok(TriedClaim { claim, findings: toned(findings) })
}

fn toned(findings: Vec<Finding>) -> Vec<(Finding, &'static str)> {
    findings
        .into_iter()
        .map(|finding| (tone(finding.severity), finding))
        .map(|(tone, it)| (it, tone))
        .collect()
}

fn scope_words(rule: &RuleItem, payers: &[PayerChoice]) -> String {
    let scope = &rule.definition.scope;
    let mut parts = vec![];
    if !scope.payers.is_empty() {
        let names: Vec<String> = scope.payers.iter().map(|payer| payer_name(*payer, payers)).collect();
        parts.push(names.join(", "));
    }
    if !scope.filing_indicators.is_empty() {
        parts.push(format!("filed as {}", scope.filing_indicators.join(", ")));
    }
    let day = |day: NaiveDate| day.format("%m/%d/%Y").to_string();
    match (scope.service_from, scope.service_to) {
        (Some(from), Some(to)) => parts.push(format!("services {} to {}", day(from), day(to))),
        (Some(from), None) => parts.push(format!("services since {}", day(from))),
        (None, Some(to)) => parts.push(format!("services until {}", day(to))),
        (None, None) => {}
    }
    if parts.is_empty() { "every claim".to_owned() } else { parts.join("; ") }
}

fn grading(
    rule: &str,
    all: &[Graded],
    payers: Vec<PayerChoice>,
    names: &Names,
    zone: Tz,
    may_manage: bool,
) -> Grading {
    let mut newest: HashMap<Option<PayerId>, ()> = HashMap::new();
    let mut standing = vec![];
    let mut past = vec![];
    for graded in all {
        let whose = graded.payer.map_or_else(|| "every payer".to_owned(), |payer| payer_name(payer, &payers));
        let is_newest = newest.insert(graded.payer, ()).is_none();
        if let (true, Some(grade)) = (is_newest, graded.grade) {
            standing.push((whose.clone(), grade.as_str().to_owned()));
        }
        past.push(Moment {
            at: show::moment(graded.graded_at, zone),
            sort: graded.graded_at.timestamp_millis(),
            what: match graded.grade {
                Some(grade) => format!("{} for {whose}", grade.as_str()),
                None => format!("no grade for {whose}"),
            },
            more: format!("{}: {}", names.of(&graded.graded_by), graded.reason),
            tone: "info",
            glyph: "i-contract",
        });
    }
    Grading { rule: rule.to_owned(), standing, past, payers, may_manage }
}

/// `POST /rules/{id}`: saves what the rule shall say, or shows the form again.
pub async fn save(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<RuleId>,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let mut form = RuleForm::sent(&write.body);
    let item = app.db.snapshot(&caller.actor, async |tx| rulebook::get(tx, *id).await).await?;
    let slug = item.rule.trim_start_matches("practice/").to_owned();
    form.name.clone_from(&slug);
    let act = sent(&write.body, "act");
    let asked = RuleQuery::default();
    if act != "save" {
        form.grow(act);
        return shown_rule(&app, &caller, chrome, item, form, vec![], &asked, StatusCode::OK).await;
    }
    let faults = match form.definition() {
        Ok(definition) => {
            let check = async |tx: &mut Tx| rulebook::faults(tx, &slug, item.version, &definition).await;
            app.db.snapshot(&caller.actor, check).await?.map_or(Ok(definition.clone()), Err)
        }
        Err(faults) => Err(faults),
    };
    let definition = match faults {
        Ok(definition) => definition,
        Err(faults) => {
            let (faults, status) = (form.mark(&faults), StatusCode::UNPROCESSABLE_ENTITY);
            return shown_rule(&app, &caller, chrome, item, form, faults, &asked, status).await;
        }
    };
    let seen = form.seen.unwrap_or(0);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let saved = rulebook::save(tx, now, *id, seen, &definition).await?;
            Ok(Answer { status: 303, body: format!("Version {} is saved.", saved.version) })
        })
        .await?;
    Ok(done(&format!("/rules/{id}"), &once.answer.body))
}

/// What to publish, and what was seen.
#[derive(Deserialize)]
pub struct PublishForm {
    version: u16,
    release: u32,
    #[serde(default)]
    reason: String,
}

/// `POST /rules/{id}/publish`
pub async fn publish(
    app: App,
    caller: Caller,
    id: Path<RuleId>,
    write: Keyed<Form<PublishForm>>,
) -> Result<HttpResponse> {
    let (now, PublishForm { version, release, reason }) = (app.clock.now(), &*write.body);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            rulebook::publish(tx, now, *id, *version, *release, reason).await?;
            Ok(Answer {
                status: 303,
                body: format!("Version {version} is asked of every claim from now on."),
            })
        })
        .await?;
    Ok(done(&format!("/rules/{id}"), &once.answer.body))
}

/// What was seen when a rule is retired.
#[derive(Deserialize)]
pub struct RetireForm {
    release: u32,
    #[serde(default)]
    reason: String,
}

/// `POST /rules/{id}/retire`
pub async fn retire(
    app: App,
    caller: Caller,
    id: Path<RuleId>,
    write: Keyed<Form<RetireForm>>,
) -> Result<HttpResponse> {
    let (now, RetireForm { release, reason }) = (app.clock.now(), &*write.body);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            rulebook::retire(tx, now, *id, *release, reason).await?;
            Ok(Answer { status: 303, body: "The rule is asked no more.".to_owned() })
        })
        .await?;
    Ok(done(&format!("/rules/{id}"), &once.answer.body))
}

// ---- a built-in rule, and grades ----

#[derive(Template)]
#[template(path = "scrub/built_in.html")]
struct BuiltInPage {
    chrome: Chrome,
    rule: &'static super::Rule,
    tone: &'static str,
    grading: Grading,
    tested: Tested,
    trying: Trying,
}

/// `GET /rules/built-in/{name}`
pub async fn built_in(
    app: App,
    caller: Caller,
    chrome: Chrome,
    name: Path<String>,
    asked: Query<RuleQuery>,
) -> Result<HttpResponse> {
    let id = format!("scrub/{name}");
    let rule = super::rules().find(|rule| rule.id == id).ok_or_else(|| rulebook::not_found(&id))?;
    let load = async |tx: &mut Tx| {
        Ok((
            rulebook::grades_of(tx, rule.id).await?,
            payer_choices(tx).await?,
            Names::load(tx).await?,
            organizations::current(tx).await?.time_zone,
        ))
    };
    let (grades, payers, names, zone) = app.db.snapshot(&caller.actor, load).await?;
    let back = format!("/rules/built-in/{name}");
    let tried = Tried::BuiltIn(id);
    let tested = asked.tested(&app, &caller, &chrome, &tried, back.clone()).await?;
    let trying = Trying::of(&app, &caller, &tried, &asked, back).await?;
    let may_manage = caller.may(Permission::ManageRules);
    let grading = grading(rule.id, &grades, payers, &names, zone, may_manage);
    page(&BuiltInPage { chrome, rule, tone: tone(rule.severity), grading, tested, trying })
}

/// A grade to be given.
#[derive(Deserialize)]
pub struct GradeForm {
    rule: String,
    #[serde(default)]
    payer: String,
    #[serde(default)]
    grade: String,
    #[serde(default)]
    reason: String,
}

/// `POST /rules/grades`
pub async fn grade(app: App, caller: Caller, write: Keyed<Form<GradeForm>>) -> Result<HttpResponse> {
    let (now, GradeForm { rule, payer, grade, reason }) = (app.clock.now(), &*write.body);
    let payer: Option<PayerId> = web::field("payer", Some(payer))?;
    let grade: Option<Grade> = web::field("grade", Some(grade))?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            rulebook::grade(tx, now, rule, payer, grade, reason).await?;
            let own = rulebook::list(tx).await?.into_iter().find(|item| item.rule == *rule);
            let back = match own {
                Some(item) => format!("/rules/{}", item.id),
                None => format!("/rules/built-in/{}", rule.trim_start_matches("scrub/")),
            };
            Ok(Answer { status: 303, body: back })
        })
        .await?;
    let says = match grade {
        Some(grade) => format!("The grade is {} now.", grade.as_str()),
        None => "The grade is taken back.".to_owned(),
    };
    Ok(done(&once.answer.body, &says))
}

// ---- lists of codes ----

#[derive(Template)]
#[template(path = "scrub/lists.html")]
struct ListsPage {
    chrome: Chrome,
    lists: Vec<(ListItem, String, show::Markup)>,
    may_manage: bool,
}

/// `GET /rules/lists`
pub async fn lists(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let load =
        async |tx: &mut Tx| Ok((rulebook::lists(tx).await?, organizations::current(tx).await?.time_zone));
    let (lists, zone) = app.db.snapshot(&caller.actor, load).await?;
    let lists = lists.into_iter().map(|list| {
        let (entries, saved) = (list.entries.join(", "), show::moment(list.saved_at, zone));
        (list, entries, saved)
    });
    page(&ListsPage { chrome, lists: lists.collect(), may_manage: caller.may(Permission::ManageRules) })
}

/// A list to be saved.
#[derive(Deserialize)]
pub struct ListForm {
    name: String,
    seen: u16,
    entries: String,
}

/// `POST /rules/lists`
pub async fn save_list(app: App, caller: Caller, write: Keyed<Form<ListForm>>) -> Result<HttpResponse> {
    let (now, ListForm { name, seen, entries }) = (app.clock.now(), &*write.body);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let entries = std::slice::from_ref(entries);
            let list = rulebook::save_list(tx, now, name, *seen, entries).await?;
            let says = format!("{} has {} entries now.", list.name, list.entries.len());
            Ok(Answer { status: 303, body: says })
        })
        .await?;
    Ok(done("/rules/lists", &once.answer.body))
}

// ---- what if ----

#[derive(Template)]
#[template(path = "scrub/what_if.html")]
struct WhatIfPage {
    chrome: Chrome,
    drafts: Vec<(RuleItem, bool)>,
    payers: Vec<PayerChoice>,
    payer: String,
    from: String,
    to: String,
    as_of: String,
    grades: String,
    without_editions: String,
    result: Option<Differences>,
    asking: Option<Asking>,
}

/// `GET /rules/what-if`
pub async fn what_if(
    app: App,
    caller: Caller,
    chrome: Chrome,
    fields: Query<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    let text = |name: &str| {
        let found = fields.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.clone())
    };
    let chosen: Vec<&str> =
        fields.iter().filter(|(name, _)| name == "draft").map(|(_, value)| value.as_str()).collect();
    let past = PastQuery { from: text("from"), to: text("to"), payer: text("payer"), version: None };
    let query = WhatIfQuery {
        as_of: text("as_of"),
        drafts: Some(chosen.join(",")),
        grades: text("grades"),
        without_editions: text("without_editions"),
    };
    let days = past.past(&app, &caller).await?;
    let (mut result, mut asking) = (None, None);
    if text("compare").is_some() {
        let said = |text: &Option<String>| text.clone().unwrap_or_default();
        let fields = vec![
            ("from", days.from.to_string()),
            ("to", days.to.to_string()),
            ("payer", said(&past.payer)),
            ("as_of", said(&query.as_of)),
            ("drafts", said(&query.drafts)),
            ("grades", said(&query.grades)),
            ("without_editions", said(&query.without_editions)),
        ];
        if caller.may(Permission::ManageRules) {
            asking = Some(Asking::of(&app, &caller, &chrome, days, fields).await?);
        }
        if !asking.as_ref().is_some_and(|asking| asking.is_long) {
            result = Some(compared(&app, &caller, &query, &past).await?);
        }
    }
    let load = async |tx: &mut Tx| Ok((rulebook::list(tx).await?, payer_choices(tx).await?));
    let (rules, payers) = app.db.snapshot(&caller.actor, load).await?;
    let drafts = rules.into_iter().filter(|rule| rule.state() != "published").map(|rule| {
        let is_chosen = chosen.contains(&rule.id.to_string().as_str());
        (rule, is_chosen)
    });
    page(&WhatIfPage {
        chrome,
        drafts: drafts.collect(),
        payers,
        payer: past.payer.unwrap_or_default(),
        from: days.from.to_string(),
        to: days.to.to_string(),
        as_of: query.as_of.unwrap_or_default(),
        grades: query.grades.unwrap_or_default(),
        without_editions: query.without_editions.unwrap_or_default(),
        result,
        asking,
    })
}
