//! Unapplied cash: payments of patients that wait, one with what became of it, and entering one.

use actix_web::HttpResponse;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::access::Permission;
use crate::credits::pages::{QueueQuery, Tabs, WhyForm};
use crate::credits::receipts::api::ViewQuery;
use crate::credits::receipts::{self, Detail, Filter, Method, NewReceipt, Receipt, Target, Unapplied};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::registry::organizations;
use crate::registry::patients;
use crate::types::{ClaimId, Money, Place, ReceiptApplicationId, ReceiptId, Refusal, Status};
use crate::web::{self, App, Caller, Chrome, Keyed, Page, Paging, Result, done, page, show};

#[derive(Template)]
#[template(path = "credits/receipts/queue.html")]
struct QueuePage {
    chrome: Chrome,
    tabs: Tabs,
    unapplied: Unapplied,
    is_done: bool,
    today: NaiveDate,
    items: Vec<Listed>,
    next: Option<String>,
    item: Option<Detail>,
    may_post: bool,
    may_undo: bool,
}

struct Listed {
    href: String,
    current: bool,
    item: Receipt,
}

impl QueuePage {
    const METHODS: [Method; 4] = Method::ALL;
}

/// `GET /credits/unapplied`: what waits, with its first payment.
pub async fn queue(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), None).await
}

/// `GET /credits/unapplied/{id}`: what waits, with that payment.
pub async fn item(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<ReceiptId>,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), Some(*id)).await
}

async fn shown(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: QueueQuery,
    id: Option<ReceiptId>,
) -> Result<HttpResponse> {
    let QueueQuery { view, after: place, limit } = asked;
    let filter = ViewQuery { view }.filter();
    let is_done = filter == Filter::Done;
    let view = if is_done { "view=done" } else { "view=open" };
    let here = place.as_ref().map_or_else(|| format!("?{view}"), |place| format!("?{view}&after={place}"));
    let paging = Paging { after: place, limit };
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let (today, tabs, unapplied, items, chosen) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let today = organizations::today(tx, app.clock.now()).await?;
            let tabs = Tabs::load(tx, "unapplied").await?;
            let unapplied = receipts::totals(tx).await?;
            let items = receipts::list(tx, filter, after, limit).await?;
            let chosen = match id.or(items.first().map(|receipt| receipt.id)) {
                Some(id) => Some(receipts::detail(tx, id).await?),
                None => None,
            };
            Ok((today, tabs, unapplied, items, chosen))
        })
        .await?;
    let current = chosen.as_ref().map(|chosen| chosen.receipt.id);
    let found = Page::of(items, &paging, |receipt| receipt.id)?.map(|item| Listed {
        href: format!("/credits/unapplied/{}{here}", item.id),
        current: current == Some(item.id),
        item,
    });
    page(&QueuePage {
        chrome,
        tabs,
        unapplied,
        is_done,
        today,
        items: found.items,
        next: found.next.map(|next| format!("/credits/unapplied?{view}&after={next}")),
        item: chosen,
        may_post: caller.may(Permission::PostRemittances),
        may_undo: caller.may(Permission::ManagePosting),
    })
}

/// A patient's payment.
#[derive(Debug, Deserialize)]
pub struct ReceiveForm {
    account: String,
    amount: String,
    method: String,
    reference: String,
    received_on: String,
}

/// `POST /credits/unapplied`: the patient is named by the practice's own number, in the body.
pub async fn receive(app: App, caller: Caller, write: Keyed<Form<ReceiveForm>>) -> Result<HttpResponse> {
    let (now, form) = (app.clock.now(), &*write.body);
    let amount: Option<Money> = web::field("amount", Some(form.amount.trim()))?;
    let method: Method = web::field("method", Some(&form.method))?.unwrap_or(Method::Check);
    let received_on: Option<NaiveDate> = web::field("received_on", Some(&form.received_on))?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let account = form.account.trim();
            let patient = patients::by_account_number(tx, &[account]).await?.pop();
            let patient = patient.ok_or_else(no_patient)?.id;
            let received_on = match received_on {
                Some(day) => day,
                None => organizations::today(tx, app.clock.now()).await?,
            };
            let new = NewReceipt {
                patient,
                amount: amount.unwrap_or_default(),
                method,
                reference: Some(form.reference.clone()),
                received_on,
            };
            let received = receipts::receive(tx, now, &new).await?;
            Ok(Answer { status: 303, body: received.id })
        })
        .await?;
    Ok(done(&format!("/credits/unapplied/{}", once.answer.body), "Received. Now say what it is for."))
}

/// Without the number that was asked for.
fn no_patient() -> Refusal {
    let place = Place { field: Some("/account".into()), ..Place::default() };
    Refusal::new("credits/no-patient", Status::Invalid, "no patient has this number", "Check the number")
        .at(place)
}

/// What a payment is applied to.
#[derive(Debug, Deserialize)]
pub struct ApplyForm {
    to: String,
    #[serde(default)]
    amount: String,
}

/// `POST /credits/unapplied/{id}/apply`
pub async fn apply(
    app: App,
    caller: Caller,
    id: Path<ReceiptId>,
    write: Keyed<Form<ApplyForm>>,
) -> Result<HttpResponse> {
    let (now, ApplyForm { to, amount }) = (app.clock.now(), &*write.body);
    let target = match to.as_str() {
        "credit" => Target::Credit,
        "none" => Target::Visit(None),
        claim => Target::Visit(web::field::<ClaimId>("to", Some(claim))?),
    };
    let amount: Option<Money> = web::field("amount", Some(amount.trim()))?;
    write
        .key
        .once(&app, &caller, async |tx| {
            receipts::apply(tx, now, *id, target, amount).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done(&format!("/credits/unapplied/{id}"), "Applied."))
}

/// `POST /credits/applications/{id}/undo`
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<ReceiptApplicationId>,
    write: Keyed<Form<WhyForm>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let detail = receipts::undo(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 303, body: detail.receipt.id })
        })
        .await?;
    Ok(done(&format!("/credits/unapplied/{}", once.answer.body), "Undone: the money waits again."))
}

/// `POST /credits/unapplied/{id}/return`
pub async fn give_back(
    app: App,
    caller: Caller,
    id: Path<ReceiptId>,
    write: Keyed<Form<WhyForm>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    write
        .key
        .once(&app, &caller, async |tx: &mut Tx| {
            receipts::give_back(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done("/credits/unapplied", "The payment is taken back."))
}
