//! `/api/v1/exceptions`: what in remittances waits for a person.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::db::idempotency::Answer;
use crate::journey::{self, Followed};
use crate::remits::exceptions::{
    self, Asked, Chosen, ExceptionDetail, ExceptionItem, ExceptionKind, Journal,
};
use crate::types::{RemitExceptionId, RemittanceId};
use crate::web::{self, App, Caller, Keyed, Page, Paging, Problems, Result};

/// Open exceptions, oldest first.
#[utoipa::path(get, path = "/api/v1/exceptions", tag = "exceptions", params(ExceptionsQuery, Paging),
    responses((status = 200, body = Page<ExceptionItem>), Problems))]
pub async fn list(
    app: App,
    caller: Caller,
    query: Query<ExceptionsQuery>,
    paging: Query<Paging>,
) -> Result<Json<Page<ExceptionItem>>> {
    let kind: Option<ExceptionKind> = web::field("type", query.kind.as_deref())?;
    let asked = Asked { kind, remittance: web::field("remittance", query.remittance.as_deref())? };
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let items =
        app.db.snapshot(&caller.actor, async |tx| exceptions::queue(tx, asked, after, limit).await).await?;
    Ok(Json(Page::of(items, &paging, |item| item.id)?))
}

/// One exception, open or not: what the payer says, what we have, the ranked candidates with what
/// agrees and what differs, and what settles it.
#[utoipa::path(get, path = "/api/v1/exceptions/{id}", tag = "exceptions",
    params(("id" = RemitExceptionId, Path)), responses((status = 200, body = ExceptionDetail), Problems))]
pub async fn get(app: App, caller: Caller, id: Path<RemitExceptionId>) -> Result<Json<ExceptionDetail>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| exceptions::detail(tx, *id).await).await?))
}

/// The entries that an action would make, with the difference that must read 0.00. Nothing is written.
#[utoipa::path(get, path = "/api/v1/exceptions/{id}/journal", tag = "exceptions",
    params(("id" = RemitExceptionId, Path), Chosen), responses((status = 200, body = Journal), Problems))]
pub async fn journal(
    app: App,
    caller: Caller,
    id: Path<RemitExceptionId>,
    chosen: Query<Chosen>,
) -> Result<Json<Journal>> {
    let (action, now) = (chosen.read()?, app.clock.now());
    let preview = async |tx: &mut _| exceptions::preview(tx, now, *id, &action).await;
    Ok(Json(app.db.snapshot(&caller.actor, preview).await?))
}

/// Settle an exception: its entries are posted with all that follows, in one transaction. The same
/// action again changes nothing.
#[utoipa::path(post, path = "/api/v1/exceptions/{id}/resolve", tag = "exceptions",
    params(("id" = RemitExceptionId, Path), ("Idempotency-Key" = String, Header)),
    request_body = Chosen, responses((status = 200, body = ResolvedView), Problems))]
pub async fn resolve(
    app: App,
    caller: Caller,
    id: Path<RemitExceptionId>,
    write: Keyed<Json<Chosen>>,
) -> Result<HttpResponse> {
    let action = write.body.read()?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let (resolved, followed) = journey::resolve_exception(tx, &app.clock, *id, &action).await?;
            let body = ResolvedView {
                journal: resolved.journal,
                resolution: resolved.resolution,
                already: resolved.already,
                followed,
            };
            Ok(Answer { status: 200, body: serde_json::to_value(body).map_err(anyhow::Error::from)? })
        })
        .await?;
    web::answer(&once)
}

/// Which exceptions are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExceptionsQuery {
    /// Those of this kind.
    #[serde(rename = "type")]
    #[param(value_type = Option<ExceptionKind>)]
    pub kind: Option<String>,
    /// Those of this remittance.
    #[param(value_type = Option<RemittanceId>)]
    pub remittance: Option<String>,
}

/// What became of an exception.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResolvedView {
    /// What was posted.
    pub journal: Journal,
    /// What was done, in words.
    pub resolution: String,
    /// True when the same action had settled it before: nothing moved now.
    pub already: bool,
    /// What followed: denials, claims to next payers, patients' shares, claims that are done.
    pub followed: Followed,
}
