//! `/api/v1/charges`: charges come in as files and as documents, and what became of them.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::web::{Bytes, Json, Path, Query, block};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::charges::map_fhir;
use crate::charges::messages::{self, Envelope, Message, MessageSource, MessageState};
use crate::charges::{self, ChargeDocument, Mapping, MissedVisit, Mode, SavedMapping, VisitDocument};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::exchange::files::{self, Direction};
use crate::journey::{self, ChargeCheck, ChargeReceipt, ImportedCharges};
use crate::registry::organizations;
use crate::types::ChargeMessageId;
use crate::web::{self, App, Caller, Keyed, Page, Paging, Problems, Result};

/// The kinds of charge files.
pub const SHEETS: [&str; 2] =
    ["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"];

/// Import a charge file, CSV or XLSX: visits, claims to first payers, and what is owed for them. Bad
/// rows are listed with column and reason; the same file again imports nothing.
#[utoipa::path(post, path = "/api/v1/charges/imports", tag = "charges",
    params(ImportQuery, ("Idempotency-Key" = String, Header)),
    request_body(content = String, content_type = "text/csv", description = "One row a charge line, with a heading; CSV or XLSX"),
    responses((status = 200, body = ImportedCharges), Problems))]
pub async fn import(
    app: App,
    caller: Caller,
    request: HttpRequest,
    query: Query<ImportQuery>,
    write: Keyed<Bytes>,
) -> Result<HttpResponse> {
    web::accepts(&request, &SHEETS)?;
    let (mode, now) = (query.mode()?, app.clock.now());
    let mapping = match query.mapping.as_deref().filter(|name| !name.is_empty()) {
        None => None,
        Some(name) => {
            Some(app.db.snapshot(&caller.actor, async |tx| charges::mapping(tx, name).await).await?)
        }
    };
    // A transaction of its own: a file that cannot be read is kept.
    let name =
        if request.content_type().eq_ignore_ascii_case(SHEETS[0]) { "charges.csv" } else { "charges.xlsx" };
    let keep = async |tx: &mut _| files::keep(tx, &write.body, name, Direction::In).await;
    let file = app.db.transaction(&caller.actor, keep).await?.id;
    let body = write.body.clone();
    // Off the threads that answer requests.
    let charges =
        block(move || charges::read_sheet(&body, mapping.as_ref())).await.map_err(anyhow::Error::from)??;
    if mode == Mode::DryRun {
        // Nothing is written, so there is no answer to keep.
        let look = async |tx: &mut _| journey::import_charges(tx, now, file, charges, mode).await;
        return Ok(HttpResponse::Ok().json(app.db.snapshot(&caller.actor, look).await?));
    }
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let imported = journey::import_charges(tx, now, file, charges, mode).await?;
            let body: Value = serde_json::to_value(imported).map_err(anyhow::Error::from)?;
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}

/// How a charge file is imported.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// What to do with the good visits of a file that has bad rows; `keep_good_rows` unless said.
    #[param(value_type = Option<ModeName>)]
    pub mode: Option<String>,
    /// The saved mapping that names the file's columns; none: they are named as here.
    pub mapping: Option<String>,
}

/// What to do with the good visits of a file that has bad rows.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeName {
    /// Import them.
    KeepGoodRows,
    /// Import nothing.
    AllOrNothing,
    /// Import nothing at all, and say what would be.
    DryRun,
}

impl From<ModeName> for Mode {
    fn from(name: ModeName) -> Mode {
        match name {
            ModeName::KeepGoodRows => Mode::KeepGoodRows,
            ModeName::AllOrNothing => Mode::AllOrNothing,
            ModeName::DryRun => Mode::DryRun,
        }
    }
}

impl ImportQuery {
    fn mode(&self) -> Result<Mode> {
        let name: Option<ModeName> = web::field("mode", self.mode.as_deref())?;
        Ok(name.map_or(Mode::KeepGoodRows, Mode::from))
    }
}

/// Charge visits. All of them are charged, or none; the message is kept either way. Its number
/// (`message_id`, else the `Idempotency-Key`) is accepted once: the same message again changes nothing,
/// another one under that number is rejected. What is wrong is named by JSON pointer.
#[utoipa::path(post, path = "/api/v1/charges", tag = "charges",
    params(("Idempotency-Key" = String, Header)), request_body = ChargeDocument,
    responses((status = 200, body = ChargeReceipt), (status = 422, body = ChargeReceipt), Problems))]
pub async fn charge(
    app: App,
    caller: Caller,
    request: HttpRequest,
    write: Keyed<Bytes>,
) -> Result<HttpResponse> {
    web::accepts(&request, &["application/json"])?;
    let key = write.key.checked()?;
    let said = charges::message_id_of(&write.body);
    let envelope = Envelope {
        source: MessageSource::Api,
        kind: "visits".to_owned(),
        sender: String::new(),
        message_id: said.unwrap_or_else(|| key.to_owned()),
        not_whole: None,
    };
    let receipt =
        journey::receive_charges(&app.db, &caller.actor, &app.clock, &envelope, &write.body, "charges.json")
            .await?;
    Ok(answered(&receipt))
}

/// Charges as FHIR R4: a Bundle of Claims, or of Encounters with ChargeItems, or one Claim. Accepted
/// once by its identifier (else by the `Idempotency-Key`); the answer is an OperationOutcome, which
/// names what is wrong by its FHIRPath.
#[utoipa::path(post, path = "/api/v1/fhir", tag = "charges",
    params(("Idempotency-Key" = Option<String>, Header, description = "For what has no identifier of its own")),
    request_body(content = String, content_type = "application/fhir+json", description = "Bundle or Claim, FHIR R4"),
    responses((status = 200, body = Value), (status = 422, body = Value), Problems))]
pub async fn fhir(app: App, caller: Caller, request: HttpRequest, body: Bytes) -> Result<HttpResponse> {
    web::accepts(&request, &["application/fhir+json", "application/json"])?;
    let key = request.headers().get("Idempotency-Key").and_then(|key| key.to_str().ok());
    let envelope = map_fhir::envelope(&body, key);
    let receipt =
        journey::receive_charges(&app.db, &caller.actor, &app.clock, &envelope, &body, "bundle.json").await?;
    let outcome = map_fhir::operation_outcome(&receipt.message, &receipt.ignored);
    let mut answer = match receipt.message.state {
        MessageState::Accepted => HttpResponse::Ok(),
        MessageState::Received | MessageState::Rejected => HttpResponse::UnprocessableEntity(),
    };
    Ok(answer.content_type("application/fhir+json").body(outcome.to_string()))
}

/// 200 for what is charged, 422 for what is not; the body says why either way.
fn answered(receipt: &ChargeReceipt) -> HttpResponse {
    match receipt.message.state {
        MessageState::Accepted => HttpResponse::Ok().json(receipt),
        MessageState::Received | MessageState::Rejected => HttpResponse::UnprocessableEntity().json(receipt),
    }
}

/// What would come of a visit as it is: what must be mended, and what the scrubber says of its claim.
/// Writes nothing.
#[utoipa::path(post, path = "/api/v1/charges/check", tag = "charges",
    params(("Idempotency-Key" = Option<String>, Header, description = "Not needed")), request_body = VisitDocument,
    responses((status = 200, body = ChargeCheck), Problems))]
pub async fn check(app: App, caller: Caller, visit: Json<VisitDocument>) -> Result<Json<ChargeCheck>> {
    let (now, codes) = (app.clock.now(), app.codes());
    let look = async |tx: &mut Tx| journey::check_charges(tx, now, &codes, &visit).await;
    Ok(Json(app.db.snapshot(&caller.actor, look).await?))
}

/// Messages that stated charges, with what became of each, the newest first.
#[utoipa::path(get, path = "/api/v1/charges/messages", tag = "charges", params(MessagesQuery, Paging),
    responses((status = 200, body = Page<Message>), Problems))]
pub async fn messages(
    app: App,
    caller: Caller,
    paging: Query<Paging>,
    query: Query<MessagesQuery>,
) -> Result<Json<Page<Message>>> {
    let state = web::field("state", query.state.as_deref())?;
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let found =
        app.db.snapshot(&caller.actor, async |tx| messages::messages(tx, state, after, limit).await).await?;
    Ok(Json(Page::of(found, &paging, |message| message.id)?))
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MessagesQuery {
    /// Only those in this state.
    #[param(value_type = Option<MessageState>)]
    pub state: Option<String>,
}

/// A message, and what became of it.
#[utoipa::path(get, path = "/api/v1/charges/messages/{id}", tag = "charges",
    params(("id" = ChargeMessageId, Path)), responses((status = 200, body = Message), Problems))]
pub async fn message(app: App, caller: Caller, id: Path<ChargeMessageId>) -> Result<Json<Message>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| messages::message(tx, *id).await).await?))
}

/// Try a message again that was rejected, once its cause is mended.
#[utoipa::path(post, path = "/api/v1/charges/messages/{id}/replay", tag = "charges",
    params(("id" = ChargeMessageId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = ChargeReceipt), Problems))]
pub async fn replay(
    app: App,
    caller: Caller,
    id: Path<ChargeMessageId>,
    write: Keyed<()>,
) -> Result<HttpResponse> {
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let receipt = journey::replay_charges(tx, &app.clock, *id).await?;
            let body: Value = serde_json::to_value(receipt).map_err(anyhow::Error::from)?;
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}

/// Visits that were announced and of which no charges came, the oldest first.
#[utoipa::path(get, path = "/api/v1/charges/missed", tag = "charges", params(MissedQuery),
    responses((status = 200, body = MissedVisits), Problems))]
pub async fn missed(app: App, caller: Caller, query: Query<MissedQuery>) -> Result<Json<MissedVisits>> {
    let days = query.days.unwrap_or(charges::MISSED_AFTER_DAYS);
    let found = app.db.snapshot(&caller.actor, async |tx| {
        let today = organizations::today(tx, app.clock.now()).await?;
        charges::missed_visits(tx, today, days, MISSED_MAX).await
    });
    Ok(Json(MissedVisits { items: found.await? }))
}

/// Missed visits in one answer, at most.
const MISSED_MAX: i64 = 500;

/// How long ago.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MissedQuery {
    /// Visits of so many days ago and more; 3 unless said.
    pub days: Option<u32>,
}

/// Visits without charges.
#[derive(Debug, Serialize, ToSchema)]
pub struct MissedVisits {
    /// The oldest first; 500 at most.
    pub items: Vec<MissedVisit>,
}

/// The practice's mappings, by name.
#[utoipa::path(get, path = "/api/v1/charges/mappings", tag = "charges",
    responses((status = 200, body = Mappings), Problems))]
pub async fn mappings(app: App, caller: Caller) -> Result<Json<Mappings>> {
    let items = app.db.snapshot(&caller.actor, async |tx| charges::mappings(tx).await).await?;
    Ok(Json(Mappings { items }))
}

/// A practice's mappings.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mappings {
    /// By name.
    pub items: Vec<SavedMapping>,
}

/// Save a mapping under a name; one of that name is replaced.
#[utoipa::path(put, path = "/api/v1/charges/mappings/{name}", tag = "charges",
    params(("name" = String, Path)), request_body = Mapping,
    responses((status = 200, body = SavedMapping), Problems))]
pub async fn save_mapping(
    app: App,
    caller: Caller,
    name: Path<String>,
    mapping: Json<Mapping>,
) -> Result<Json<SavedMapping>> {
    let (now, mapping) = (app.clock.now(), mapping.into_inner());
    let save = async |tx: &mut _| charges::save_mapping(tx, now, &name, mapping).await;
    Ok(Json(app.db.transaction(&caller.actor, save).await?))
}

/// Forget a mapping.
#[utoipa::path(delete, path = "/api/v1/charges/mappings/{name}", tag = "charges",
    params(("name" = String, Path)), responses((status = 204), Problems))]
pub async fn delete_mapping(app: App, caller: Caller, name: Path<String>) -> Result<HttpResponse> {
    app.db.transaction(&caller.actor, async |tx| charges::delete_mapping(tx, &name).await).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The mapping that a file's headings suggest; nothing is saved.
#[utoipa::path(post, path = "/api/v1/charges/mappings/guess", tag = "charges",
    params(SheetQuery, ("Idempotency-Key" = Option<String>, Header, description = "Not needed")),
    request_body(content = String, content_type = "text/csv", description = "A charge file, CSV or XLSX"),
    responses((status = 200, body = GuessedMapping), Problems))]
pub async fn guess_mapping(query: Query<SheetQuery>, body: Bytes) -> Result<Json<GuessedMapping>> {
    let sheet = query.into_inner().sheet;
    let headings = {
        let sheet = sheet.clone();
        block(move || charges::headings(&body, sheet.as_deref())).await.map_err(anyhow::Error::from)??
    };
    let mapping = Mapping { sheet, ..Mapping::guess(&headings) };
    let missing = mapping.missing().map(str::to_owned).collect();
    Ok(Json(GuessedMapping { mapping, headings, missing }))
}

/// Which sheet.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SheetQuery {
    /// The sheet of a workbook; the first unless said.
    pub sheet: Option<String>,
}

/// What a file's headings suggest.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuessedMapping {
    /// Columns that were recognized.
    pub mapping: Mapping,
    /// Every heading of the file.
    pub headings: Vec<String>,
    /// Required columns that were not recognized: name a heading or a default for each.
    pub missing: Vec<String>,
}
