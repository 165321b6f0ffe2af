//! `/api/v1/underpayments`: what payers allowed below their contracts.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::db::idempotency::Answer;
use crate::types::{Money, UnderpaymentId};
use crate::underpayments::{self, After, Filter, Outcome, Underpayment};
use crate::web::{self, App, Caller, Keyed, Page, Paging, Problems, Result};

/// Underpayments, the largest difference first.
#[utoipa::path(get, path = "/api/v1/underpayments", tag = "underpayments", params(ViewQuery, Paging),
    responses((status = 200, body = Page<Underpayment>), Problems))]
pub async fn list(
    app: App,
    caller: Caller,
    view: Query<ViewQuery>,
    paging: Query<Paging>,
) -> Result<Json<Page<Underpayment>>> {
    let (filter, after) = (view.filter(), after(&paging)?);
    let limit = paging.limit() + 1;
    let look = async |tx: &mut _| underpayments::queue(tx, filter, after, limit).await;
    let found = app.db.snapshot(&caller.actor, look).await?;
    Ok(Json(Page::of(found, &paging, |item| (item.difference, item.id))?))
}

pub(super) fn after(paging: &Paging) -> Result<Option<After>> {
    let after: Option<(Money, UnderpaymentId)> = paging.after()?;
    Ok(after.map(|(difference, id)| After { difference, id }))
}

/// One underpayment, open or not.
#[utoipa::path(get, path = "/api/v1/underpayments/{id}", tag = "underpayments",
    params(("id" = UnderpaymentId, Path)), responses((status = 200, body = Underpayment), Problems))]
pub async fn get(app: App, caller: Caller, id: Path<UnderpaymentId>) -> Result<Json<Underpayment>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| underpayments::get(tx, *id).await).await?))
}

/// Close an open underpayment with what came of it.
#[utoipa::path(post, path = "/api/v1/underpayments/{id}/close", tag = "underpayments",
    params(("id" = UnderpaymentId, Path), ("Idempotency-Key" = String, Header)),
    request_body = CloseBody, responses((status = 200, body = Underpayment), Problems))]
pub async fn close(
    app: App,
    caller: Caller,
    id: Path<UnderpaymentId>,
    write: Keyed<Json<CloseBody>>,
) -> Result<HttpResponse> {
    let (now, CloseBody { outcome, note }) = (app.clock.now(), &*write.body);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let closed = underpayments::close(tx, now, *id, *outcome, note).await?;
            let body: Value = serde_json::to_value(closed).map_err(anyhow::Error::from)?;
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}

/// What came of an underpayment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CloseUnderpaymentBody)]
pub struct CloseBody {
    /// How it came to its end.
    pub outcome: Outcome,
    /// Why: 1 to 500 characters.
    pub note: String,
}

/// Which underpayments.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ViewQuery {
    /// `done`: those that came to their end; else those to be worked.
    pub view: Option<String>,
}

impl ViewQuery {
    pub(super) fn filter(&self) -> Filter {
        if self.view.as_deref() == Some("done") { Filter::Done } else { Filter::Open }
    }
}
