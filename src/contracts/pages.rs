//! `/contracts`: contracts and fee schedules, what they come to, and what another one would have.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Form, Path, Query, block};
use askama::Template;
use chrono::NaiveDate;
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::access::Permission;
use crate::contracts::api::{FeesQuery, ImportQuery, PriceQuery, WhatIfQuery, listed, quoted, readjudicated};
use crate::contracts::{
    self, Contract, EditionItem, FeeRow, NewContract, Quote, ScheduleReport, Standing, Terms, WrittenTerms,
};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::exchange::files::{self, Direction};
use crate::journey::Readjudicated;
use crate::registry::{organizations, payers};
use crate::types::{ContractId, FeeEditionId, FeeScheduleId, Money, PayerId, Refusal, Status};
use crate::web::{
    self, App, Caller, Chrome, Keyed, Nothing, Paging, Parts, Problem, Result, done, page, page_with_status,
    show,
};

/// Something that a form offers.
struct Choice {
    id: String,
    name: String,
}

/// What every page here names.
struct Names {
    payers: Vec<Choice>,
    schedules: Vec<Choice>,
    zone: Tz,
}

impl Names {
    async fn load(tx: &mut Tx) -> crate::types::Result<Names> {
        let payers = payers::list(tx).await?.into_iter();
        let schedules = contracts::schedules(tx).await?.into_iter();
        Ok(Names {
            payers: payers.map(|one| Choice { id: one.id.to_string(), name: one.name }).collect(),
            schedules: schedules.map(|one| Choice { id: one.id.to_string(), name: one.name }).collect(),
            zone: organizations::current(tx).await?.time_zone,
        })
    }

    fn of(among: &[Choice], id: &impl ToString) -> String {
        let id = id.to_string();
        among.iter().find(|one| one.id == id).map_or(id, |one| one.name.clone())
    }
}

struct Row {
    id: ContractId,
    name: String,
    payer: String,
    schedule: String,
    percent: Decimal,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    state: &'static str,
    tone: &'static str,
}

fn row(contract: Contract, names: &Names) -> Row {
    let (state, tone) = standing_words(contract.standing);
    Row {
        id: contract.id,
        payer: Names::of(&names.payers, &contract.payer),
        schedule: Names::of(&names.schedules, &contract.schedule),
        name: contract.name,
        percent: contract.terms.schedule_percent.normalize(),
        valid_from: contract.valid_from,
        valid_to: contract.valid_to,
        state,
        tone,
    }
}

const fn standing_words(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::InForce => ("In force", "ok"),
        Standing::Proposed => ("Proposed", "info"),
    }
}

// ---- the list ----

#[derive(Template)]
#[template(path = "contracts/list.html")]
struct ListPage {
    chrome: Chrome,
    rows: Vec<Row>,
    schedules: Vec<(Choice, Vec<EditionItem>)>,
    zone: Tz,
    may_manage: bool,
    form: ImportForm,
    report: Option<ScheduleReport>,
    refused: Option<String>,
}

/// What a person asked for with rows of prices: as pasted, unless a file was chosen.
#[derive(Clone, Debug, Default)]
struct ImportForm {
    schedule: String,
    effective: String,
    amend: String,
    mode: String,
    rows: String,
}

impl From<&Parts> for ImportForm {
    fn from(parts: &Parts) -> ImportForm {
        let said = |name: &str| parts.text(name).to_owned();
        ImportForm {
            schedule: said("schedule"),
            effective: said("effective"),
            amend: said("amend"),
            mode: said("mode"),
            rows: said("rows"),
        }
    }
}

/// `GET /contracts`
pub async fn list(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    shown_list(&app, &caller, chrome, ImportForm::default(), None, None).await
}

async fn shown_list(
    app: &App,
    caller: &Caller,
    chrome: Chrome,
    form: ImportForm,
    report: Option<ScheduleReport>,
    refused: Option<String>,
) -> Result<HttpResponse> {
    let load = async |tx: &mut Tx| {
        let names = Names::load(tx).await?;
        Ok((contracts::list(tx).await?, contracts::editions(tx).await?, names))
    };
    let (found, editions, names) = app.db.snapshot(&caller.actor, load).await?;
    let rows = found.into_iter().map(|contract| row(contract, &names)).collect();
    let zone = names.zone;
    let schedules = names.schedules.into_iter().map(|schedule| {
        let own = editions.iter().filter(|edition| edition.schedule.to_string() == schedule.id);
        let own: Vec<EditionItem> = own.cloned().collect();
        (schedule, own)
    });
    let schedules = schedules.collect();
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let may_manage = caller.may(Permission::ManageContracts);
    page_with_status(status, &ListPage { chrome, rows, schedules, zone, may_manage, form, report, refused })
}

/// `POST /contracts/imports`: a file, or pasted rows. A dry run, and what is not wholly taken, shows the form again
/// with the report.
pub async fn import(app: App, caller: Caller, chrome: Chrome, write: Keyed<Parts>) -> Result<HttpResponse> {
    let form = ImportForm::from(&write.body);
    match brought_in(&app, &caller, &form, &write).await {
        Ok(report) if report.dry_run || !report.is_complete() => {
            shown_list(&app, &caller, chrome, form, Some(report), None).await
        }
        Ok(report) => {
            let ScheduleReport { schedule, added, changed, ended, .. } = report;
            let says = format!("{schedule}: {added} prices added, {changed} changed, {ended} ended.");
            Ok(done("/contracts", &says))
        }
        Err(Problem::Refused(refusal)) => {
            let why = format!("{}. {}", refusal.detail, refusal.next);
            shown_list(&app, &caller, chrome, form, None, Some(why)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn brought_in(
    app: &App,
    caller: &Caller,
    form: &ImportForm,
    write: &Keyed<Parts>,
) -> Result<ScheduleReport> {
    let query = ImportQuery {
        schedule: Some(form.schedule.clone()),
        effective: Some(form.effective.clone()),
        amend: Some(form.amend.clone()),
        dry_run: Some(if form.mode == "import" { "false" } else { "true" }.to_owned()),
    };
    let options = query.options()?;
    let (bytes, name) = match write.body.files() {
        [chosen, ..] => (chosen.bytes.clone(), chosen.name.as_str()),
        [] => (form.rows.clone().into(), "pasted.csv"),
    };
    let keep = async |tx: &mut Tx| files::keep(tx, &bytes, name, Direction::In).await;
    let file = app.db.transaction(&caller.actor, keep).await?.id;
    let sheet = block(move || contracts::read_sheet(&bytes)).await.map_err(anyhow::Error::from)??;
    let (now, codes) = (app.clock.now(), app.codes());
    let import = async |tx: &mut Tx| {
        contracts::import(tx, now, &codes, (file, name), &form.schedule, sheet, &options).await
    };
    if options.dry_run {
        return Ok(app.db.snapshot(&caller.actor, import).await?);
    }
    write.key.checked()?;
    // The same rows again import nothing: the file tells, not the key.
    Ok(app.db.transaction(&caller.actor, import).await?)
}

/// Prices from relative values.
#[derive(Debug, Deserialize)]
pub struct RelativeValuesForm {
    schedule: String,
    factor: String,
    effective: String,
}

/// `POST /contracts/relative-values`
pub async fn relative_values(
    app: App,
    caller: Caller,
    write: Keyed<Form<RelativeValuesForm>>,
) -> Result<HttpResponse> {
    let RelativeValuesForm { schedule, factor, effective } = &*write.body;
    let factor: Decimal = web::field("factor", Some(factor))?.unwrap_or_default();
    let effective: Option<NaiveDate> = web::field("effective", Some(effective))?;
    let (now, codes) = (app.clock.now(), app.codes());
    let options = contracts::ImportOptions { effective, ..contracts::ImportOptions::default() };
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let report =
                contracts::import_relative_values(tx, now, &codes, schedule, factor, &options).await?;
            let body = format!("{}: {} prices added.", report.schedule, report.added);
            Ok(Answer { status: 303, body })
        })
        .await?;
    Ok(done("/contracts", &once.answer.body))
}

/// `POST /contracts/editions/{id}/undo`
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<FeeEditionId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    write
        .key
        .once(&app, &caller, async |tx| {
            contracts::undo(tx, now, *id).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done("/contracts", "The edition is undone: the one before answers again."))
}

// ---- one fee schedule ----

#[derive(Template)]
#[template(path = "contracts/schedule.html")]
struct SchedulePage {
    chrome: Chrome,
    id: FeeScheduleId,
    name: String,
    on: NaiveDate,
    q: String,
    rows: Vec<FeeRow>,
    next: Option<String>,
    continued: bool,
}

/// Which prices.
#[derive(Debug, Deserialize)]
pub struct ScheduleQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    on: String,
    after: Option<String>,
    limit: Option<i64>,
}

/// `GET /contracts/schedules/{id}`
pub async fn schedule(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<FeeScheduleId>,
    asked: Query<ScheduleQuery>,
) -> Result<HttpResponse> {
    let ScheduleQuery { q, on, after, limit } = asked.into_inner();
    let paging = Paging { after, limit };
    let query = FeesQuery { on: Some(on), beginning: Some(q.clone()) };
    let (schedule, on, found) = listed(&app, &caller, *id, &query, &paging).await?;
    page(&SchedulePage {
        chrome,
        id: schedule.id,
        name: schedule.name,
        on,
        next: found.next.map(|next| format!("/contracts/schedules/{id}?q={q}&on={on}&after={next}")),
        q,
        rows: found.items,
        continued: paging.after.is_some(),
    })
}

// ---- one contract ----

#[derive(Template)]
#[template(path = "contracts/contract.html")]
struct ContractPage {
    chrome: Chrome,
    contract: Row,
    schedule_id: FeeScheduleId,
    facts: Vec<(&'static str, String)>,
    is_proposed: bool,
    may_manage: bool,
    price: PriceQuery,
    date: String,
    quotes: Vec<Quote>,
    price_fault: Option<String>,
}

impl ContractPage {
    fn asked<'a>(&self, of: &'a Option<String>) -> &'a str {
        of.as_deref().unwrap_or("")
    }
}

/// `GET /contracts/{id}`, and what it comes to for a service.
pub async fn contract(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<ContractId>,
    asked: Query<PriceQuery>,
) -> Result<HttpResponse> {
    let load = async |tx: &mut Tx| Ok((contracts::get(tx, *id).await?, Names::load(tx).await?));
    let (found, names) = app.db.snapshot(&caller.actor, load).await?;
    let price = PriceQuery { contract: Some(id.to_string()), payer: None, ..asked.into_inner() };
    let (mut quotes, mut price_fault) = (vec![], None);
    if price.procedure.as_deref().is_some_and(|code| !code.is_empty()) {
        match quoted(&app, &caller, &price).await {
            Ok(found) => quotes = found,
            Err(Problem::Refused(refusal)) => price_fault = Some(refusal.detail.clone()),
            Err(problem) => return Err(problem),
        }
    }
    let today = app.clock.today(names.zone).to_string();
    page(&ContractPage {
        chrome,
        schedule_id: found.schedule,
        facts: facts(&found.terms, found.tolerance),
        is_proposed: found.standing == Standing::Proposed,
        contract: row(found, &names),
        may_manage: caller.may(Permission::ManageContracts),
        date: price.date.clone().filter(|date| !date.is_empty()).unwrap_or(today),
        price,
        quotes,
        price_fault,
    })
}

/// The terms in words.
fn facts(terms: &Terms, tolerance: Money) -> Vec<(&'static str, String)> {
    let percent = |one: Decimal| format!("{} %", one.normalize());
    let reductions: Vec<String> = terms.reductions.iter().map(|one| percent(*one)).collect();
    let modifiers: Vec<String> = terms
        .modifier_percents
        .iter()
        .map(|(modifier, of)| format!("{modifier}: {}", percent(*of)))
        .collect();
    let ranked = terms.ranked_procedures.join(", ");
    vec![
        ("Of the schedule", percent(terms.schedule_percent)),
        (
            "Not in the schedule",
            terms.charge_percent.map_or("not priced".to_owned(), |p| format!("{} of the charge", percent(p))),
        ),
        ("More than the charge", if terms.lesser_of_charge { "never" } else { "possible" }.to_owned()),
        ("Procedures of a day", reductions.join(", ")),
        ("Ranked besides", if ranked.is_empty() { "as the schedule says".to_owned() } else { ranked }),
        ("Both sides", percent(terms.bilateral_percent)),
        ("Assistant surgeon", percent(terms.assistant_percent)),
        ("AS, of that", percent(terms.nonphysician_percent)),
        ("Co-surgeon", percent(terms.cosurgeon_percent)),
        ("By modifier", modifiers.join(", ")),
        ("Tolerance for a line", tolerance.to_string()),
    ]
}

/// When a contract ends.
#[derive(Debug, Deserialize)]
pub struct EndForm {
    last_day: String,
}

/// `POST /contracts/{id}/end`
pub async fn end(
    app: App,
    caller: Caller,
    id: Path<ContractId>,
    write: Keyed<Form<EndForm>>,
) -> Result<HttpResponse> {
    let last_day: NaiveDate = web::field("last_day", Some(&write.body.last_day))?.ok_or_else(no_day)?;
    write
        .key
        .once(&app, &caller, async |tx| {
            contracts::end(tx, *id, last_day).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done(&format!("/contracts/{id}"), &format!("The contract ends with {}.", last_day.format("%m/%d/%Y"))))
}

fn no_day() -> Refusal {
    Refusal::new("web/field", Status::Invalid, "the day is missing", "Name a day")
}

/// `POST /contracts/{id}/adopt`
pub async fn adopt(
    app: App,
    caller: Caller,
    id: Path<ContractId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    write
        .key
        .once(&app, &caller, async |tx| {
            contracts::adopt(tx, *id).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done(&format!("/contracts/{id}"), "The contract is in force."))
}

// ---- a new contract ----

#[derive(Template)]
#[template(path = "contracts/new.html")]
struct NewPage {
    chrome: Chrome,
    payers: Vec<Choice>,
    schedules: Vec<Choice>,
    form: ContractForm,
    refused: Option<String>,
}

/// A contract as a person writes it.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ContractForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    payer: String,
    #[serde(default)]
    schedule: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    valid_from: String,
    #[serde(default)]
    valid_to: String,
    #[serde(default)]
    tolerance: String,
    #[serde(default)]
    schedule_percent: String,
    #[serde(default)]
    charge_percent: String,
    #[serde(default)]
    lesser_of_charge: String,
    #[serde(default)]
    reductions: String,
    #[serde(default)]
    ranked_procedures: String,
    #[serde(default)]
    bilateral_percent: String,
    #[serde(default)]
    assistant_percent: String,
    #[serde(default)]
    nonphysician_percent: String,
    #[serde(default)]
    cosurgeon_percent: String,
    #[serde(default)]
    modifier_percents: String,
}

impl ContractForm {
    fn read(&self) -> Result<NewContract> {
        let terms = WrittenTerms {
            schedule_percent: self.schedule_percent.clone(),
            charge_percent: self.charge_percent.clone(),
            lesser_of_charge: self.lesser_of_charge.clone(),
            reductions: self.reductions.clone(),
            ranked_procedures: self.ranked_procedures.clone(),
            bilateral_percent: self.bilateral_percent.clone(),
            assistant_percent: self.assistant_percent.clone(),
            nonphysician_percent: self.nonphysician_percent.clone(),
            cosurgeon_percent: self.cosurgeon_percent.clone(),
            modifier_percents: self.modifier_percents.clone(),
        };
        let missing = |what: &str| {
            Refusal::new("web/field", Status::Invalid, format!("{what} is missing"), "Choose one")
        };
        let payer: Option<PayerId> = web::field("payer", Some(&self.payer))?;
        let schedule: Option<FeeScheduleId> = web::field("schedule", Some(&self.schedule))?;
        let tolerance = match self.tolerance.trim() {
            "" => Money::ZERO,
            some => some.parse().map_err(|_no_amount: crate::types::MoneyError| {
                Refusal::new(
                    "contracts/tolerance",
                    Status::Invalid,
                    "the tolerance is no amount",
                    "Correct it",
                )
            })?,
        };
        Ok(NewContract {
            payer: payer.ok_or_else(|| missing("the payer"))?,
            name: self.name.clone(),
            standing: if self.state == "proposed" { Standing::Proposed } else { Standing::InForce },
            valid_from: web::field("valid_from", Some(&self.valid_from))?.ok_or_else(no_day)?,
            valid_to: web::field("valid_to", Some(&self.valid_to))?,
            schedule: schedule.ok_or_else(|| missing("the fee schedule"))?,
            terms: terms.read()?,
            tolerance,
        })
    }
}

/// `GET /contracts/new`
pub async fn new(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let Names { payers, schedules, .. } = app.db.snapshot(&caller.actor, Names::load).await?;
    page(&NewPage { chrome, payers, schedules, form: ContractForm::default(), refused: None })
}

/// `POST /contracts/new`
pub async fn create(
    app: App,
    caller: Caller,
    chrome: Chrome,
    write: Keyed<Form<ContractForm>>,
) -> Result<HttpResponse> {
    let (now, form) = (app.clock.now(), write.body.0.clone());
    let made = match form.read() {
        Err(problem) => Err(problem),
        Ok(new) => {
            write
                .key
                .once(&app, &caller, async |tx| {
                    Ok(Answer { status: 303, body: contracts::create(tx, now, &new).await?.id })
                })
                .await
        }
    };
    match made {
        Ok(once) => Ok(done(&format!("/contracts/{}", once.answer.body), "The contract is kept.")),
        Err(Problem::Refused(refusal)) => {
            let Names { payers, schedules, .. } = app.db.snapshot(&caller.actor, Names::load).await?;
            let refused = Some(format!("{}. {}", refusal.detail, refusal.next));
            let shown = NewPage { chrome, payers, schedules, form, refused };
            page_with_status(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(problem) => Err(problem),
    }
}

// ---- what if ----

#[derive(Template)]
#[template(path = "contracts/what_if.html")]
struct WhatIfPage {
    chrome: Chrome,
    contracts: Vec<Choice>,
    payers: Vec<Choice>,
    contract: String,
    payer: String,
    from: String,
    to: String,
    result: Option<Readjudicated>,
}

/// `GET /contracts/what-if`
pub async fn what_if(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<WhatIfQuery>,
) -> Result<HttpResponse> {
    let load = async |tx: &mut Tx| Ok((contracts::list(tx).await?, Names::load(tx).await?));
    let (all, names) = app.db.snapshot(&caller.actor, load).await?;
    let contract: Option<ContractId> = web::field("contract", asked.contract.as_deref())?;
    let result = match contract {
        Some(contract) => Some(readjudicated(&app, &caller, contract, &asked).await?),
        None => None,
    };
    let days = asked.past(&app, &caller).await?;
    let contracts = all.into_iter().map(|contract| Choice {
        id: contract.id.to_string(),
        name: format!("{}, {}", contract.name, standing_words(contract.standing).0.to_lowercase()),
    });
    let WhatIfQuery { contract, payer, .. } = asked.into_inner();
    page(&WhatIfPage {
        chrome,
        contracts: contracts.collect(),
        payers: names.payers,
        contract: contract.unwrap_or_default(),
        payer: payer.unwrap_or_default(),
        from: days.from.to_string(),
        to: days.to.to_string(),
        result,
    })
}
