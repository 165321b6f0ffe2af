//! `/api/v1/credits`, `/api/v1/credit-actions`, `/api/v1/refunds`: what is not the practice's own.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::credits::{
    self, Action, ActionKind, ActionRecord, After, Credit, CreditDetail, CreditId, Filter, Refund,
    RefundMethod, TakenBack, refunds,
};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::registry::organizations;
use crate::types::{ClaimId, CreditActionId, EntryId, Money, Place, RefundPaymentId, Refusal, Status};
use crate::web::{self, App, Caller, Keyed, Page, Paging, Problems, Result};

/// Credit balances, the oldest first.
#[utoipa::path(get, path = "/api/v1/credits", tag = "credits", params(ViewQuery, Paging),
    responses((status = 200, body = Page<Credit>), Problems))]
pub async fn list(
    app: App,
    caller: Caller,
    view: Query<ViewQuery>,
    paging: Query<Paging>,
) -> Result<Json<Page<Credit>>> {
    let (filter, after) = (view.filter(), after(&paging)?);
    let limit = paging.limit() + 1;
    let look = async |tx: &mut Tx| {
        let today = organizations::today(tx, app.clock.now()).await?;
        credits::list(tx, today, filter, after, limit).await
    };
    let found = app.db.snapshot(&caller.actor, look).await?;
    Ok(Json(Page::of(found, &paging, key)?))
}

/// One credit balance with the entries that it is the sum of.
#[utoipa::path(get, path = "/api/v1/credits/{id}", tag = "credits", params(("id" = String, Path)),
    responses((status = 200, body = CreditDetail), Problems))]
pub async fn get(app: App, caller: Caller, id: Path<CreditId>) -> Result<Json<CreditDetail>> {
    let look = async |tx: &mut Tx| {
        let today = organizations::today(tx, app.clock.now()).await?;
        credits::detail(tx, today, *id).await
    };
    Ok(Json(app.db.snapshot(&caller.actor, look).await?))
}

/// Decide what becomes of a credit balance.
#[utoipa::path(post, path = "/api/v1/credits/{id}/actions", tag = "credits",
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = ActBody, responses((status = 200, body = ActionRecord), Problems))]
pub async fn act(
    app: App,
    caller: Caller,
    id: Path<CreditId>,
    write: Keyed<Json<ActBody>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let body = &*write.body;
    let action = body.action()?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let done = credits::act(tx, now, *id, action, body.amount, body.note.as_deref()).await?;
            Ok(Answer { status: 200, body: json(&done)? })
        })
        .await?;
    web::answer(&once)
}

/// What was done about credit balances, the newest first.
#[utoipa::path(get, path = "/api/v1/credit-actions", tag = "credits", params(Paging),
    responses((status = 200, body = Page<ActionRecord>), Problems))]
pub async fn actions(app: App, caller: Caller, paging: Query<Paging>) -> Result<Json<Page<ActionRecord>>> {
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let look = async |tx: &mut Tx| credits::actions(tx, after, limit).await;
    let found = app.db.snapshot(&caller.actor, look).await?;
    Ok(Json(Page::of(found, &paging, |action| action.id)?))
}

/// Undo what was done, by its exact reversal.
#[utoipa::path(post, path = "/api/v1/credit-actions/{id}/undo", tag = "credits",
    params(("id" = CreditActionId, Path), ("Idempotency-Key" = String, Header)),
    request_body = WhyBody, responses((status = 200, body = ActionRecord), Problems))]
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<CreditActionId>,
    write: Keyed<Json<WhyBody>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let undone = credits::undo(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 200, body: json(&undone)? })
        })
        .await?;
    web::answer(&once)
}

/// Refunds: those that are owed, the oldest first, or those that are paid, the newest first.
#[utoipa::path(get, path = "/api/v1/refunds", tag = "credits", params(RefundsQuery, Paging),
    responses((status = 200, body = Page<Refund>), Problems))]
pub async fn refunds(
    app: App,
    caller: Caller,
    view: Query<RefundsQuery>,
    paging: Query<Paging>,
) -> Result<Json<Page<Refund>>> {
    let (filter, after, limit) = (view.filter(), paging.after()?, paging.limit() + 1);
    let look = async |tx: &mut Tx| refunds::list(tx, filter, after, limit).await;
    let found = app.db.snapshot(&caller.actor, look).await?;
    Ok(Json(Page::of(found, &paging, |refund| refund.id)?))
}

/// One refund, paid or not.
#[utoipa::path(get, path = "/api/v1/refunds/{id}", tag = "credits", params(("id" = EntryId, Path)),
    responses((status = 200, body = Refund), Problems))]
pub async fn refund(app: App, caller: Caller, id: Path<EntryId>) -> Result<Json<Refund>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| refunds::get(tx, *id).await).await?))
}

/// Say that a refund was paid.
#[utoipa::path(post, path = "/api/v1/refunds/{id}/pay", tag = "credits",
    params(("id" = EntryId, Path), ("Idempotency-Key" = String, Header)),
    request_body = PayBody, responses((status = 200, body = Refund), Problems))]
pub async fn pay(
    app: App,
    caller: Caller,
    id: Path<EntryId>,
    write: Keyed<Json<PayBody>>,
) -> Result<HttpResponse> {
    let (now, PayBody { method, reference, paid_on }) = (app.clock.now(), &*write.body);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let paid = refunds::pay(tx, now, *id, *method, reference, *paid_on).await?;
            Ok(Answer { status: 200, body: json(&paid)? })
        })
        .await?;
    web::answer(&once)
}

/// Take a refund back that is not paid: what decided it is undone, and what it was decided about, a credit, a provider
/// adjustment or an exception, is open again.
#[utoipa::path(post, path = "/api/v1/refunds/{id}/take-back", tag = "credits",
    params(("id" = EntryId, Path), ("Idempotency-Key" = String, Header)),
    request_body = WhyBody, responses((status = 200, body = TakenBack), Problems))]
pub async fn take_back_unpaid(
    app: App,
    caller: Caller,
    id: Path<EntryId>,
    write: Keyed<Json<WhyBody>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let undone = credits::take_back_unpaid(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 200, body: json(&undone)? })
        })
        .await?;
    web::answer(&once)
}

/// Take a refund's payment back: its check was stopped or came back.
#[utoipa::path(post, path = "/api/v1/refund-payments/{id}/void", tag = "credits",
    params(("id" = RefundPaymentId, Path), ("Idempotency-Key" = String, Header)),
    request_body = WhyBody, responses((status = 200, body = Refund), Problems))]
pub async fn void(
    app: App,
    caller: Caller,
    id: Path<RefundPaymentId>,
    write: Keyed<Json<WhyBody>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let owed = refunds::void(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 200, body: json(&owed)? })
        })
        .await?;
    web::answer(&once)
}

/// Take a refund back whose check came back and is not written again: its payment is void, and what it was decided
/// about, a credit, a provider adjustment or an exception, is open again.
#[utoipa::path(post, path = "/api/v1/refund-payments/{id}/take-back", tag = "credits",
    params(("id" = RefundPaymentId, Path), ("Idempotency-Key" = String, Header)),
    request_body = WhyBody, responses((status = 200, body = TakenBack), Problems))]
pub async fn take_back(
    app: App,
    caller: Caller,
    id: Path<RefundPaymentId>,
    write: Keyed<Json<WhyBody>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let undone = credits::take_back(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 200, body: json(&undone)? })
        })
        .await?;
    web::answer(&once)
}

pub(super) fn json(value: &impl Serialize) -> crate::types::Result<Value> {
    Ok(serde_json::to_value(value).map_err(anyhow::Error::from)?)
}

pub(super) fn after(paging: &Paging) -> Result<Option<After>> {
    let after: Option<(NaiveDate, CreditId)> = paging.after()?;
    Ok(after.map(|(since, id)| After { since, id }))
}

pub(super) fn key(credit: &Credit) -> (NaiveDate, CreditId) {
    (credit.since, credit.id)
}

/// What becomes of a credit balance.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreditActBody)]
pub struct ActBody {
    /// What is done.
    pub action: ActionKind,
    /// `move`: the account claim of the visit that it pays; none: the patient's visits without a claim.
    #[serde(default)]
    pub to: Option<ClaimId>,
    /// How much; all of it when not said.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Why: at most 500 characters, without patient data.
    #[serde(default)]
    pub note: Option<String>,
}

impl ActBody {
    /// The action that it names.
    ///
    /// # Errors
    /// `credits/action` when it says where to move what is not moved.
    pub(super) fn action(&self) -> Result<Action> {
        Ok(match (self.action, self.to) {
            (ActionKind::Move, to) => Action::Move { to },
            (_, Some(_)) => {
                let place = Place { field: Some("/to".into()), ..Place::default() };
                let what = "only a move goes to another visit";
                let next = "Leave it out";
                return Err(Refusal::new("credits/action", Status::Invalid, what, next).at(place).into());
            }
            (ActionKind::Refund, None) => Action::Refund,
            (ActionKind::WaitForPayer, None) => Action::WaitForPayer,
            (ActionKind::CreditPatient, None) => Action::CreditPatient,
        })
    }
}

/// Why something is undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreditWhyBody)]
pub struct WhyBody {
    /// 1 to 500 characters, without patient data.
    pub why: String,
}

/// How a refund was paid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PayRefundBody)]
pub struct PayBody {
    /// By what.
    pub method: RefundMethod,
    /// The check's number, or the transfer's trace.
    pub reference: String,
    /// The date on it.
    pub paid_on: NaiveDate,
}

/// Which credit balances.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ViewQuery {
    /// `waiting`: those that a payer will take back; else those that wait for a decision.
    pub view: Option<String>,
}

impl ViewQuery {
    pub(super) fn filter(&self) -> Filter {
        if self.view.as_deref() == Some("waiting") { Filter::Waiting } else { Filter::Open }
    }
}

/// Which refunds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RefundsQuery {
    /// `paid`: those that are paid; else those that are owed.
    pub view: Option<String>,
}

impl RefundsQuery {
    pub(super) fn filter(&self) -> refunds::Filter {
        if self.view.as_deref() == Some("paid") { refunds::Filter::Paid } else { refunds::Filter::Open }
    }
}
