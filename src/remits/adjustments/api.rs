//! `/api/v1/provider-adjustments`: what payers take outside claims, as open items.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::db::idempotency::Answer;
use crate::remits::adjustments::{
    self, After, Detail, Filter, Item, Pairs, Settlement, Settling, Way, pairs,
};
use crate::types::{ClaimId, Money, Place, ProviderAdjustmentId, Refusal, SettlementId, Status};
use crate::web::{self, App, Caller, Keyed, Page, Paging, Problems, Result};

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

/// Pairs of open items of one payer that may be set off against each other, the likeliest first.
#[utoipa::path(get, path = "/api/v1/provider-adjustments/pairs", tag = "remittances",
    responses((status = 200, body = Pairs), Problems))]
pub async fn all_pairs(app: App, caller: Caller) -> Result<Json<Pairs>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| pairs::all(tx).await).await?))
}

/// The item that a PLB amount belongs to, with its history over files.
#[utoipa::path(get, path = "/api/v1/provider-adjustments/{id}", tag = "remittances",
    params(("id" = ProviderAdjustmentId, Path)), responses((status = 200, body = Detail), Problems))]
pub async fn get(app: App, caller: Caller, id: Path<ProviderAdjustmentId>) -> Result<Json<Detail>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| adjustments::get(tx, *id).await).await?))
}

/// Settle an open item by hand: against a visit, by a check of ours, or against another open item.
#[utoipa::path(post, path = "/api/v1/provider-adjustments/{id}/settlements", tag = "remittances",
    params(("id" = ProviderAdjustmentId, Path), ("Idempotency-Key" = String, Header)),
    request_body = SettleBody, responses((status = 201, body = Settlement), Problems))]
pub async fn settle(
    app: App,
    caller: Caller,
    id: Path<ProviderAdjustmentId>,
    write: Keyed<Json<SettleBody>>,
) -> Result<HttpResponse> {
    let (now, body) = (app.clock.now(), &*write.body);
    let how = body.how()?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let done = adjustments::settle(tx, now, *id, how, body.amount, body.note.as_deref()).await?;
            answer(201, &done)
        })
        .await?;
    web::answer(&once)
}

/// Undo a settlement, by its exact reversal.
#[utoipa::path(post, path = "/api/v1/provider-adjustment-settlements/{id}/undo", tag = "remittances",
    params(("id" = SettlementId, Path), ("Idempotency-Key" = String, Header)),
    request_body = UndoBody, responses((status = 200, body = Settlement), Problems))]
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<SettlementId>,
    write: Keyed<Json<UndoBody>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| answer(200, &adjustments::undo(tx, now, *id, &write.body.why).await?))
        .await?;
    web::answer(&once)
}

fn answer(status: u16, settlement: &Settlement) -> crate::types::Result<Answer<Value>> {
    Ok(Answer { status, body: serde_json::to_value(settlement).map_err(anyhow::Error::from)? })
}

/// How an open item is settled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettleProviderAdjustmentBody)]
pub struct SettleBody {
    /// How.
    pub way: Way,
    /// `claim`: a claim of the visit.
    #[serde(default)]
    pub claim: Option<ClaimId>,
    /// `item`: another open item of the same payer, with the opposite sign.
    #[serde(default)]
    pub item: Option<ProviderAdjustmentId>,
    /// How much, positive; all that may be when not said.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Why: at most 500 characters, without patient data. Needed for `item`.
    #[serde(default)]
    pub note: Option<String>,
}

impl SettleBody {
    /// What it decides.
    ///
    /// # Errors
    /// `provider-adjustments/claim` when it names no visit to book against, or one for another way;
    /// `provider-adjustments/item` the same of an item.
    pub(super) fn how(&self) -> Result<Settling> {
        const CLAIM: &str = "provider-adjustments/claim";
        const ITEM: &str = "provider-adjustments/item";
        let (code, field, what, next) = match (self.way, self.claim, self.item) {
            (Way::Claim, Some(claim), None) => return Ok(Settling::Claim(claim)),
            (Way::Refund, None, None) => return Ok(Settling::Refund),
            (Way::Item, None, Some(item)) => return Ok(Settling::Item(item)),
            (Way::Claim, None, _) => {
                (CLAIM, "/claim", "no visit is named to book it against", "Name one of the item's claims")
            }
            (Way::Item, _, None) => {
                (ITEM, "/item", "no item is named to set it off against", "Name one of the item's pairs")
            }
            (Way::Refund | Way::Item, Some(_), _) => {
                (CLAIM, "/claim", "only what is booked against a visit names one", "Leave the claim out")
            }
            (Way::Claim | Way::Refund, _, Some(_)) => {
                (ITEM, "/item", "only what is set off against an item names one", "Leave the item out")
            }
        };
        let place = Place { field: Some(field.into()), ..Place::default() };
        Err(Refusal::new(code, Status::Invalid, what, next).at(place).into())
    }
}

/// Why a settlement is undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UndoSettlementBody)]
pub struct UndoBody {
    /// 1 to 500 characters, without patient data.
    pub why: String,
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
