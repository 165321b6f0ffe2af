//! `/api/v1/provider-adjustments`: what payers take outside claims, as open items.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::web::{Json, Path, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::remits::adjustments::{self, After, Detail, Filter, Item};
use crate::types::{Money, ProviderAdjustmentId};
use crate::web::{App, Caller, Page, Paging, Problems, Result};

/// Provider adjustments by payer and reference, the largest balance first.
#[utoipa::path(get, path = "/api/v1/provider-adjustments", tag = "remittances", params(ViewQuery, Paging),
    responses((status = 200, body = Page<Item>), Problems))]
pub async fn list(
    app: App,
    caller: Caller,
    view: Query<ViewQuery>,
    paging: Query<Paging>,
) -> Result<Json<Page<Item>>> {
    let (filter, after) = (view.filter(), after(&paging)?);
    let limit = paging.limit() + 1;
    let look = async |tx: &mut _| adjustments::list(tx, filter, after, limit).await;
    let found = app.db.snapshot(&caller.actor, look).await?;
    Ok(Json(Page::of(found, &paging, key)?))
}

/// Where a row of the list stands.
pub(super) fn key(item: &Item) -> (Money, ProviderAdjustmentId) {
    (item.balance.abs(), item.id)
}

pub(super) fn after(paging: &Paging) -> Result<Option<After>> {
    let after: Option<(Money, ProviderAdjustmentId)> = paging.after()?;
    Ok(after.map(|(size, id)| After { size, id }))
}

/// The item that a PLB amount belongs to, with its history over files.
#[utoipa::path(get, path = "/api/v1/provider-adjustments/{id}", tag = "remittances",
    params(("id" = ProviderAdjustmentId, Path)), responses((status = 200, body = Detail), Problems))]
pub async fn get(app: App, caller: Caller, id: Path<ProviderAdjustmentId>) -> Result<Json<Detail>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| adjustments::get(tx, *id).await).await?))
}

/// Which provider adjustments.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ViewQuery {
    /// `all`: those whose amounts came to zero, too; else only open ones.
    pub view: Option<String>,
}

impl ViewQuery {
    pub(super) fn filter(&self) -> Filter {
        if self.view.as_deref() == Some("all") { Filter::All } else { Filter::Open }
    }
}
