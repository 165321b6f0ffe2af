//! `/api/v1/contracts` and `/api/v1/fee-schedules`.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::web::{Bytes, Json, Path, Query, block};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::claims::Past;
use crate::contracts::{
    self, Asked, Contract, EditionItem, FeeRow, FeesAfter, ImportOptions, NewContract, Quote, ScheduleItem,
    ScheduleReport, Service, Standing, Terms, WrittenTerms,
};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::exchange::files::{self, Direction};
use crate::journey::{self, Readjudicated};
use crate::registry::organizations;
use crate::types::{
    ContractId, FeeEditionId, FeeScheduleId, Modifier, Money, PayerId, Place, ProcedureCode, Refusal, Status,
};
use crate::web::{self, App, Caller, Keyed, Page, Paging, Problems, Result};

/// The kinds of files of prices.
const SHEETS: [&str; 2] = ["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"];

/// How far back past claims are looked at unless said.
const DAYS_BACK: u64 = 365;

/// Every contract, those in force first.
#[utoipa::path(get, path = "/api/v1/contracts", tag = "contracts",
    responses((status = 200, body = Vec<ContractView>), Problems))]
pub async fn list(app: App, caller: Caller) -> Result<Json<Vec<ContractView>>> {
    let found = app.db.snapshot(&caller.actor, async |tx| contracts::list(tx).await).await?;
    Ok(Json(found.into_iter().map(ContractView::from).collect()))
}

/// One contract.
#[utoipa::path(get, path = "/api/v1/contracts/{id}", tag = "contracts", params(("id" = ContractId, Path)),
    responses((status = 200, body = ContractView), Problems))]
pub async fn get(app: App, caller: Caller, id: Path<ContractId>) -> Result<Json<ContractView>> {
    let found = app.db.snapshot(&caller.actor, async |tx| contracts::get(tx, *id).await).await?;
    Ok(Json(found.into()))
}

/// Make a contract. Its terms never change: it ends, and another begins.
#[utoipa::path(post, path = "/api/v1/contracts", tag = "contracts", params(("Idempotency-Key" = String, Header)),
    request_body = ContractBody, responses((status = 201, body = ContractView), Problems))]
pub async fn create(app: App, caller: Caller, write: Keyed<Json<ContractBody>>) -> Result<HttpResponse> {
    let now = app.clock.now();
    let new = write.body.read()?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let made = ContractView::from(contracts::create(tx, now, &new).await?);
            Ok(Answer { status: 201, body: serde_json::to_value(made).map_err(anyhow::Error::from)? })
        })
        .await?;
    web::answer(&once)
}

/// End a contract with a day of service.
#[utoipa::path(post, path = "/api/v1/contracts/{id}/end", tag = "contracts",
    params(("id" = ContractId, Path), ("Idempotency-Key" = String, Header)),
    request_body = EndBody, responses((status = 200, body = ContractView), Problems))]
pub async fn end(
    app: App,
    caller: Caller,
    id: Path<ContractId>,
    write: Keyed<Json<EndBody>>,
) -> Result<HttpResponse> {
    let last_day = write.body.last_day;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let ended = ContractView::from(contracts::end(tx, *id, last_day).await?);
            Ok(Answer { status: 200, body: serde_json::to_value(ended).map_err(anyhow::Error::from)? })
        })
        .await?;
    web::answer(&once)
}

/// Put a proposed contract in force.
#[utoipa::path(post, path = "/api/v1/contracts/{id}/adopt", tag = "contracts",
    params(("id" = ContractId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = ContractView), Problems))]
pub async fn adopt(app: App, caller: Caller, id: Path<ContractId>, write: Keyed<()>) -> Result<HttpResponse> {
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let adopted = ContractView::from(contracts::adopt(tx, *id).await?);
            Ok(Answer { status: 200, body: serde_json::to_value(adopted).map_err(anyhow::Error::from)? })
        })
        .await?;
    web::answer(&once)
}

/// What contracts come to for a service, step by step.
#[utoipa::path(get, path = "/api/v1/contracts/price", tag = "contracts", params(PriceQuery),
    responses((status = 200, body = Vec<Quote>), Problems))]
pub async fn price(app: App, caller: Caller, query: Query<PriceQuery>) -> Result<Json<Vec<Quote>>> {
    quoted(&app, &caller, &query).await.map(Json)
}

pub(super) async fn quoted(app: &App, caller: &Caller, query: &PriceQuery) -> Result<Vec<Quote>> {
    let (service, asked) = query.read()?;
    let ask = async |tx: &mut Tx| contracts::quote(tx, &service, asked).await;
    Ok(app.db.snapshot(&caller.actor, ask).await?)
}

/// What another contract would have come to for the claims that payers decided.
#[utoipa::path(get, path = "/api/v1/contracts/what-if", tag = "contracts", params(WhatIfQuery),
    responses((status = 200, body = Readjudicated), Problems))]
pub async fn what_if(app: App, caller: Caller, query: Query<WhatIfQuery>) -> Result<Json<Readjudicated>> {
    let contract = web::field("contract", query.contract.as_deref())?.ok_or_else(|| missing("contract"))?;
    readjudicated(&app, &caller, contract, &query).await.map(Json)
}

pub(super) async fn readjudicated(
    app: &App,
    caller: &Caller,
    contract: ContractId,
    query: &WhatIfQuery,
) -> Result<Readjudicated> {
    let past = query.past(app, caller).await?;
    let ask = async |tx: &mut Tx| journey::readjudicate(tx, contract, past).await;
    Ok(app.db.snapshot(&caller.actor, ask).await?)
}

/// The fee schedules with their editions, the newest first.
#[utoipa::path(get, path = "/api/v1/fee-schedules", tag = "contracts",
    responses((status = 200, body = Vec<ScheduleView>), Problems))]
pub async fn schedules(app: App, caller: Caller) -> Result<Json<Vec<ScheduleView>>> {
    let load = async |tx: &mut Tx| Ok((contracts::schedules(tx).await?, contracts::editions(tx).await?));
    let (schedules, editions) = app.db.snapshot(&caller.actor, load).await?;
    let view = |ScheduleItem { id, name }| {
        let editions = editions.iter().filter(|edition| edition.schedule == id).cloned().collect();
        ScheduleView { id, name, editions }
    };
    Ok(Json(schedules.into_iter().map(view).collect()))
}

/// The prices that a fee schedule has for a day, by procedure.
#[utoipa::path(get, path = "/api/v1/fee-schedules/{id}/fees", tag = "contracts",
    params(("id" = FeeScheduleId, Path), FeesQuery, Paging), responses((status = 200, body = Page<FeeRow>), Problems))]
pub async fn fees(
    app: App,
    caller: Caller,
    id: Path<FeeScheduleId>,
    query: Query<FeesQuery>,
    paging: Query<Paging>,
) -> Result<Json<Page<FeeRow>>> {
    listed(&app, &caller, *id, &query, &paging).await.map(|(_, _, found)| Json(found))
}

/// The schedule, the day that is meant, and its prices.
pub(super) async fn listed(
    app: &App,
    caller: &Caller,
    id: FeeScheduleId,
    query: &FeesQuery,
    paging: &Paging,
) -> Result<(ScheduleItem, NaiveDate, Page<FeeRow>)> {
    let on: Option<NaiveDate> = web::field("on", query.on.as_deref())?;
    let beginning = query.beginning.as_deref().unwrap_or("");
    let after: Option<FeesAfter> = paging.after()?;
    let now = app.clock.now();
    let load = async |tx: &mut Tx| {
        let schedule = contracts::schedule(tx, id).await?;
        let zone = organizations::current(tx).await?.time_zone;
        let on = on.unwrap_or_else(|| now.with_timezone(&zone).date_naive());
        let found = contracts::fees(tx, id, on, beginning, after, paging.limit() + 1).await?;
        Ok((schedule, on, found))
    };
    let (schedule, on, found) = app.db.snapshot(&caller.actor, load).await?;
    let page = Page::of(found, paging, |row: &FeeRow| (row.procedure.clone(), row.row_no))?;
    Ok((schedule, on, page))
}

/// Import a fee schedule, CSV or XLSX, its columns bound by caption: a new edition of the schedule of
/// this name. Bad rows are listed with column and reason; the same file again imports nothing.
#[utoipa::path(post, path = "/api/v1/fee-schedules/imports", tag = "contracts",
    params(ImportQuery, ("Idempotency-Key" = String, Header)),
    request_body(content = String, content_type = "text/csv", description = "Captions, then a price a row; CSV or XLSX"),
    responses((status = 200, body = ScheduleReport), Problems))]
pub async fn import(
    app: App,
    caller: Caller,
    request: HttpRequest,
    query: Query<ImportQuery>,
    write: Keyed<Bytes>,
) -> Result<HttpResponse> {
    web::accepts(&request, &SHEETS)?;
    let schedule = query.schedule.clone().unwrap_or_default();
    let options = query.options()?;
    let is_csv = request.content_type().eq_ignore_ascii_case(SHEETS[0]);
    let name = if is_csv { "fee-schedule.csv" } else { "fee-schedule.xlsx" };
    // A transaction of its own: a file that cannot be read is kept.
    let keep = async |tx: &mut Tx| files::keep(tx, &write.body, name, Direction::In).await;
    let file = app.db.transaction(&caller.actor, keep).await?.id;
    let body = write.body.clone();
    // Off the threads that answer requests.
    let sheet = block(move || contracts::read_sheet(&body)).await.map_err(anyhow::Error::from)??;
    let (now, codes) = (app.clock.now(), app.codes());
    if options.dry_run {
        // Nothing is written, so there is no answer to keep.
        let look = async |tx: &mut Tx| {
            contracts::import(tx, now, &codes, (file, name), &schedule, sheet, &options).await
        };
        return Ok(HttpResponse::Ok().json(app.db.snapshot(&caller.actor, look).await?));
    }
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let report = contracts::import(tx, now, &codes, (file, name), &schedule, sheet, &options).await?;
            let body: Value = serde_json::to_value(report).map_err(anyhow::Error::from)?;
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}

/// Make an edition of a fee schedule from the imported Medicare relative values and a conversion
/// factor.
#[utoipa::path(post, path = "/api/v1/fee-schedules/relative-values", tag = "contracts",
    params(("Idempotency-Key" = String, Header)), request_body = RelativeValuesBody,
    responses((status = 200, body = ScheduleReport), Problems))]
pub async fn relative_values(
    app: App,
    caller: Caller,
    write: Keyed<Json<RelativeValuesBody>>,
) -> Result<HttpResponse> {
    let RelativeValuesBody { schedule, conversion_factor, effective } = &*write.body;
    let factor: Decimal = web::field("conversion_factor", Some(conversion_factor))?
        .ok_or_else(|| missing("conversion_factor"))?;
    let (now, codes) = (app.clock.now(), app.codes());
    let options = ImportOptions { effective: Some(*effective), ..ImportOptions::default() };
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let report =
                contracts::import_relative_values(tx, now, &codes, schedule, factor, &options).await?;
            let body: Value = serde_json::to_value(report).map_err(anyhow::Error::from)?;
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}

/// Take an edition of a fee schedule back: the one before answers again.
#[utoipa::path(post, path = "/api/v1/fee-schedules/editions/{id}/undo", tag = "contracts",
    params(("id" = FeeEditionId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = Undone), Problems))]
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<FeeEditionId>,
    write: Keyed<()>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            contracts::undo(tx, now, *id).await?;
            Ok(Answer { status: 200, body: Undone { undone: *id } })
        })
        .await?;
    web::answer(&once)
}

fn missing(name: &'static str) -> Refusal {
    let place = Place { field: Some(name.to_owned()), ..Place::default() };
    let next = "Compare the request with /api/v1/openapi.json";
    Refusal::new("web/field", Status::Invalid, format!("the parameter {name} is missing"), next).at(place)
}

/// A contract.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContractView {
    /// Its id.
    pub id: ContractId,
    /// What the practice calls it.
    pub name: String,
    /// With whom.
    pub payer: PayerId,
    /// `in_force`, or `proposed`: it is only asked what it would come to.
    pub state: Standing,
    /// The first day of service.
    pub valid_from: NaiveDate,
    /// The last day of service; none while no end is agreed.
    pub valid_to: Option<NaiveDate>,
    /// Its prices.
    pub schedule: FeeScheduleId,
    /// How they combine.
    pub terms: Terms,
    /// What a line may be allowed below it before that is work.
    pub tolerance: Money,
}

impl From<Contract> for ContractView {
    fn from(contract: Contract) -> ContractView {
        ContractView {
            id: contract.id,
            name: contract.name,
            payer: contract.payer,
            state: contract.standing,
            valid_from: contract.valid_from,
            valid_to: contract.valid_to,
            schedule: contract.schedule,
            terms: contract.terms,
            tolerance: contract.tolerance,
        }
    }
}

/// A contract to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractBody {
    /// What the practice calls it: 1 to 80 characters.
    pub name: String,
    /// With whom.
    pub payer: PayerId,
    /// `in_force` unless said.
    pub state: Option<Standing>,
    /// The first day of service.
    pub valid_from: NaiveDate,
    /// The last day of service.
    pub valid_to: Option<NaiveDate>,
    /// Its prices.
    pub schedule: FeeScheduleId,
    /// How they combine; what is left out is as Medicare has it.
    #[serde(default)]
    pub terms: WrittenTerms,
    /// What a line may be allowed below it; nothing unless said.
    pub tolerance: Option<Money>,
}

impl ContractBody {
    fn read(&self) -> Result<NewContract> {
        Ok(NewContract {
            payer: self.payer,
            name: self.name.clone(),
            standing: self.state.unwrap_or(Standing::InForce),
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            schedule: self.schedule,
            terms: self.terms.read()?,
            tolerance: self.tolerance.unwrap_or_default(),
        })
    }
}

/// When a contract ends.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = EndContractBody)]
pub struct EndBody {
    /// Its last day of service.
    pub last_day: NaiveDate,
}

/// A fee schedule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeeScheduleView)]
pub struct ScheduleView {
    /// Its id.
    pub id: FeeScheduleId,
    /// Its name.
    pub name: String,
    /// Its editions, undone ones too, the newest first.
    pub editions: Vec<EditionItem>,
}

/// Prices from relative values.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelativeValuesBody {
    /// The schedule's name; made with its first edition.
    pub schedule: String,
    /// Dollars a relative value unit: `33.2875`.
    pub conversion_factor: String,
    /// The first day of service for which it answers.
    pub effective: NaiveDate,
}

/// An edition that was taken back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = UndoneFeeEdition)]
pub struct Undone {
    /// Its id.
    pub undone: FeeEditionId,
}

/// How a fee schedule is imported.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The schedule's name; made with its first edition.
    pub schedule: Option<String>,
    /// The first day of service for which it answers; the earliest that a row names unless said.
    #[param(value_type = Option<NaiveDate>)]
    pub effective: Option<String>,
    /// The file is a part of the list: what it lacks stays as it was.
    #[param(value_type = Option<bool>)]
    pub amend: Option<String>,
    /// Say what would be imported, and keep nothing.
    #[param(value_type = Option<bool>)]
    pub dry_run: Option<String>,
}

impl ImportQuery {
    pub(super) fn options(&self) -> Result<ImportOptions> {
        Ok(ImportOptions {
            effective: web::field("effective", self.effective.as_deref())?,
            amends: said("amend", self.amend.as_deref())?,
            dry_run: said("dry_run", self.dry_run.as_deref())?,
        })
    }
}

fn said(name: &str, text: Option<&str>) -> Result<bool> {
    match text {
        None | Some("" | "false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Ok(web::field::<NaiveDate>(name, text)?.is_some()),
    }
}

/// Which prices.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FeesQuery {
    /// The day of service; today when left out.
    #[param(value_type = Option<NaiveDate>)]
    pub on: Option<String>,
    /// Only procedures that begin so.
    pub beginning: Option<String>,
}

/// A service.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PriceQuery {
    /// CPT or HCPCS.
    pub procedure: Option<String>,
    /// The day of service.
    #[param(value_type = Option<NaiveDate>)]
    pub date: Option<String>,
    /// Parted by commas: `25,59`.
    pub modifiers: Option<String>,
    /// What is charged; without it no rule asks for the charge.
    #[param(value_type = Option<Money>)]
    pub charge: Option<String>,
    /// How many; one when left out.
    pub units: Option<String>,
    /// The place of service, two digits; an office when left out.
    pub place_of_service: Option<String>,
    /// Only this contract, whatever its days.
    #[param(value_type = Option<ContractId>)]
    pub contract: Option<String>,
    /// Only the contract of this payer in force on the day.
    #[param(value_type = Option<PayerId>)]
    pub payer: Option<String>,
}

impl PriceQuery {
    fn read(&self) -> Result<(Service, Asked)> {
        let procedure = self.procedure.as_deref().map(|code| ProcedureCode::parse(code.trim()).ok());
        let parts = self.modifiers.as_deref().unwrap_or("");
        let parts = parts.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
        let modifiers: Option<Vec<Modifier>> = parts.map(|part| Modifier::parse(part).ok()).collect();
        let units: Decimal = web::field("units", self.units.as_deref())?.unwrap_or(Decimal::ONE);
        if units <= Decimal::ZERO || units > Decimal::from(99_999) {
            return Err(missing("units").into());
        }
        let charge = self.charge.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let charged = match charge.map(str::parse::<Money>) {
            None => None,
            Some(Ok(charged)) if !charged.is_negative() => Some(charged),
            Some(_) => return Err(missing("charge").into()),
        };
        let service = Service {
            procedure: procedure.flatten().ok_or_else(|| missing("procedure"))?,
            modifiers: modifiers.ok_or_else(|| missing("modifiers"))?,
            units,
            place_of_service: self.place_of_service.clone().filter(|place| !place.is_empty()),
            on: web::field("date", self.date.as_deref())?.ok_or_else(|| missing("date"))?,
            charged,
        };
        let contract: Option<ContractId> = web::field("contract", self.contract.as_deref())?;
        let payer: Option<PayerId> = web::field("payer", self.payer.as_deref())?;
        let asked = match (contract, payer) {
            (Some(contract), _) => Asked::One(contract),
            (None, Some(payer)) => Asked::OfPayer(payer),
            (None, None) => Asked::InForce,
        };
        Ok((service, asked))
    }
}

/// Which contract, and which past claims.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhatIfQuery {
    /// The other contract, in force or proposed.
    #[param(value_type = ContractId)]
    pub contract: Option<String>,
    /// First day of service; a year before the last when left out.
    #[param(value_type = Option<NaiveDate>)]
    pub from: Option<String>,
    /// Last day of service; today when left out.
    #[param(value_type = Option<NaiveDate>)]
    pub to: Option<String>,
    /// Only claims to this payer; every payer's when left out.
    #[param(value_type = Option<PayerId>)]
    pub payer: Option<String>,
}

impl WhatIfQuery {
    pub(super) async fn past(&self, app: &App, caller: &Caller) -> Result<Past> {
        let zone = async |tx: &mut Tx| Ok(organizations::current(tx).await?.time_zone);
        let zone = app.db.snapshot(&caller.actor, zone).await?;
        let to = web::field("to", self.to.as_deref())?.unwrap_or_else(|| app.clock.today(zone));
        let from = web::field("from", self.from.as_deref())?;
        let from = from.unwrap_or_else(|| to.checked_sub_days(Days::new(DAYS_BACK)).unwrap_or(to));
        Ok(Past { from, to, payer: web::field("payer", self.payer.as_deref())? })
    }
}
