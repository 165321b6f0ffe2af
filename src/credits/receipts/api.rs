//! `/api/v1/receipts`: payments of patients, and what they were applied to.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::credits::api::{WhyBody, json};
use crate::credits::receipts::{self, Detail, Filter, Method, NewReceipt, Receipt, Target, Unapplied};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::types::{ClaimId, Money, PatientId, ReceiptApplicationId, ReceiptId};
use crate::web::{self, App, Caller, Keyed, Page, Paging, Problems, Result};

/// Payments of patients: those that are not applied whole, the oldest first, or the others.
#[utoipa::path(get, path = "/api/v1/receipts", tag = "credits", params(ViewQuery, Paging),
    responses((status = 200, body = Page<Receipt>), Problems))]
pub async fn list(
    app: App,
    caller: Caller,
    view: Query<ViewQuery>,
    paging: Query<Paging>,
) -> Result<Json<Page<Receipt>>> {
    let (filter, after, limit) = (view.filter(), paging.after()?, paging.limit() + 1);
    let look = async |tx: &mut Tx| receipts::list(tx, filter, after, limit).await;
    let found = app.db.snapshot(&caller.actor, look).await?;
    Ok(Json(Page::of(found, &paging, |receipt| receipt.id)?))
}

/// What waits in unapplied cash, of patients and of payers.
#[utoipa::path(get, path = "/api/v1/unapplied", tag = "credits",
    responses((status = 200, body = Unapplied), Problems))]
pub async fn unapplied(app: App, caller: Caller) -> Result<Json<Unapplied>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| receipts::totals(tx).await).await?))
}

/// One payment with what became of it.
#[utoipa::path(get, path = "/api/v1/receipts/{id}", tag = "credits", params(("id" = ReceiptId, Path)),
    responses((status = 200, body = Detail), Problems))]
pub async fn get(app: App, caller: Caller, id: Path<ReceiptId>) -> Result<Json<Detail>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| receipts::detail(tx, *id).await).await?))
}

/// Enter a patient's payment.
#[utoipa::path(post, path = "/api/v1/receipts", tag = "credits",
    params(("Idempotency-Key" = String, Header)),
    request_body = ReceiveBody, responses((status = 201, body = Receipt), Problems))]
pub async fn receive(app: App, caller: Caller, write: Keyed<Json<ReceiveBody>>) -> Result<HttpResponse> {
    let (now, new) = (app.clock.now(), write.body.receipt());
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer { status: 201, body: json(&receipts::receive(tx, now, &new).await?)? })
        })
        .await?;
    web::answer(&once)
}

/// Apply a payment to a visit, or keep it as the patient's credit.
#[utoipa::path(post, path = "/api/v1/receipts/{id}/applications", tag = "credits",
    params(("id" = ReceiptId, Path), ("Idempotency-Key" = String, Header)),
    request_body = ApplyBody, responses((status = 200, body = Detail), Problems))]
pub async fn apply(
    app: App,
    caller: Caller,
    id: Path<ReceiptId>,
    write: Keyed<Json<ApplyBody>>,
) -> Result<HttpResponse> {
    let (now, ApplyBody { target, claim, amount }) = (app.clock.now(), &*write.body);
    let target = target.with(*claim);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer { status: 200, body: json(&receipts::apply(tx, now, *id, target, *amount).await?)? })
        })
        .await?;
    web::answer(&once)
}

/// Undo an application: the money waits again.
#[utoipa::path(post, path = "/api/v1/receipt-applications/{id}/undo", tag = "credits",
    params(("id" = ReceiptApplicationId, Path), ("Idempotency-Key" = String, Header)),
    request_body = WhyBody, responses((status = 200, body = Detail), Problems))]
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<ReceiptApplicationId>,
    write: Keyed<Json<WhyBody>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer { status: 200, body: json(&receipts::undo(tx, now, *id, &write.body.why).await?)? })
        })
        .await?;
    web::answer(&once)
}

/// Take a payment back that bounced or was entered by mistake.
#[utoipa::path(post, path = "/api/v1/receipts/{id}/return", tag = "credits",
    params(("id" = ReceiptId, Path), ("Idempotency-Key" = String, Header)),
    request_body = WhyBody, responses((status = 200, body = Receipt), Problems))]
pub async fn give_back(
    app: App,
    caller: Caller,
    id: Path<ReceiptId>,
    write: Keyed<Json<WhyBody>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            Ok(Answer {
                status: 200,
                body: json(&receipts::give_back(tx, now, *id, &write.body.why).await?)?,
            })
        })
        .await?;
    web::answer(&once)
}

/// A patient's payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiveBody {
    /// Who paid.
    pub patient: PatientId,
    /// How much.
    pub amount: Money,
    /// By what.
    pub method: Method,
    /// The check's or the receipt's number: at most 50 characters, never a card's number.
    #[serde(default)]
    pub reference: Option<String>,
    /// The day on which it came.
    pub received_on: NaiveDate,
}

impl ReceiveBody {
    fn receipt(&self) -> NewReceipt {
        let ReceiveBody { patient, amount, method, ref reference, received_on } = *self;
        NewReceipt { patient, amount, method, reference: reference.clone(), received_on }
    }
}

/// Where a payment goes.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReceiptTarget)]
pub enum TargetWord {
    /// To a visit.
    Visit,
    /// It is kept as the patient's credit.
    Credit,
}

impl TargetWord {
    /// With the visit's account claim; none: the patient's visits without a claim.
    pub(super) const fn with(self, claim: Option<ClaimId>) -> Target {
        match self {
            TargetWord::Visit => Target::Visit(claim),
            TargetWord::Credit => Target::Credit,
        }
    }
}

/// What a payment is applied to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApplyReceiptBody)]
pub struct ApplyBody {
    /// Where it goes.
    pub target: TargetWord,
    /// `visit`: its account claim; none: the patient's visits without a claim.
    #[serde(default)]
    pub claim: Option<ClaimId>,
    /// How much; all that fits when not said.
    #[serde(default)]
    pub amount: Option<Money>,
}

/// Which payments.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ViewQuery {
    /// `done`: those that are applied whole or were taken back; else those that wait.
    pub view: Option<String>,
}

impl ViewQuery {
    pub(super) fn filter(&self) -> Filter {
        if self.view.as_deref() == Some("done") { Filter::Done } else { Filter::Open }
    }
}
