//! The underpayments queue: the list by difference, and one item beside it.

use actix_web::HttpResponse;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use serde::Deserialize;

use crate::access::Permission;
use crate::claims::pages::Pill;
use crate::db::idempotency::Answer;
use crate::exchange::pages::link;
use crate::types::{Money, UnderpaymentId};
use crate::underpayments::api::{ViewQuery, after};
use crate::underpayments::{self, Filter, Outcome, Underpayment};
use crate::web::{self, App, Caller, Chrome, Keyed, Page, Paging, Result, done, page, show};

/// What of the queue is asked for.
#[derive(Debug, Deserialize)]
pub struct QueueQuery {
    view: Option<String>,
    after: Option<String>,
    limit: Option<i64>,
}

#[derive(Template)]
#[template(path = "underpayments/queue.html")]
struct QueuePage {
    chrome: Chrome,
    count: i64,
    difference: Money,
    is_done: bool,
    items: Vec<Listed>,
    next: Option<String>,
    item: Option<Item>,
}

struct Listed {
    href: String,
    current: bool,
    item: Underpayment,
}

struct Item {
    of: Underpayment,
    name: String,
    pill: Pill,
    source: String,
    steps: Vec<String>,
    may_close: bool,
}

impl QueuePage {
    const OUTCOMES: [Outcome; 4] = Outcome::ALL;
}

/// `GET /underpayments`: the queue with its first item.
pub async fn queue(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), None).await
}

/// `GET /underpayments/{id}`: the queue with that item.
pub async fn item(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<UnderpaymentId>,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), Some(*id)).await
}

async fn shown(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: QueueQuery,
    id: Option<UnderpaymentId>,
) -> Result<HttpResponse> {
    let QueueQuery { view, after: place, limit } = asked;
    let filter = ViewQuery { view }.filter();
    let is_done = filter == Filter::Done;
    let view = if is_done { "view=done" } else { "view=open" };
    let here = place.as_ref().map_or_else(|| format!("?{view}"), |place| format!("?{view}&after={place}"));
    let paging = Paging { after: place, limit };
    let after = after(&paging)?;
    let limit = paging.limit() + 1;
    let ((count, difference), items, chosen) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let totals = underpayments::totals(tx).await?;
            let items = underpayments::queue(tx, filter, after, limit).await?;
            let chosen = match id {
                Some(id) => Some(underpayments::get(tx, id).await?),
                None => items.first().cloned(),
            };
            Ok((totals, items, chosen))
        })
        .await?;
    let current = chosen.as_ref().map(|item| item.id);
    let found = Page::of(items, &paging, |item| (item.difference, item.id))?.map(|item| Listed {
        href: format!("/underpayments/{}{here}", item.id),
        current: current == Some(item.id),
        item,
    });
    let may_close = caller.may(Permission::WorkDenials);
    page(&QueuePage {
        chrome,
        count,
        difference,
        is_done,
        items: found.items,
        next: found.next.map(|next| format!("/underpayments?{view}&after={next}")),
        item: chosen.map(|of| shown_item(of, may_close)),
    })
}

fn shown_item(of: Underpayment, may_close: bool) -> Item {
    let (tone, glyph, word) = match of.state.as_str() {
        "open" => ("warn", "g-partial", "Open"),
        "reversed" => ("mute", "g-replaced", "Taken back by the payer"),
        _ => ("mute", "g-closed", "Closed"),
    };
    let segment = if of.line_no.is_some() { "SVC" } else { "CLP" };
    Item {
        name: of.number.clone().unwrap_or_else(|| of.claim.to_string()),
        pill: Pill { tone, glyph, word },
        source: link(of.file, of.bytes, Some(segment)),
        steps: of.arithmetic.split("; ").map(str::to_owned).collect(),
        may_close: may_close && of.state == "open",
        of,
    }
}

/// What came of an item.
#[derive(Debug, Deserialize)]
pub struct CloseForm {
    outcome: String,
    note: String,
}

/// `POST /underpayments/{id}/close`
pub async fn close(
    app: App,
    caller: Caller,
    id: Path<UnderpaymentId>,
    write: Keyed<Form<CloseForm>>,
) -> Result<HttpResponse> {
    let (now, CloseForm { outcome, note }) = (app.clock.now(), &*write.body);
    let outcome: Outcome = web::field("outcome", Some(outcome))?.unwrap_or(Outcome::GivenUp);
    write
        .key
        .once(&app, &caller, async |tx| {
            underpayments::close(tx, now, *id, outcome, note).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done("/underpayments", &format!("Closed: {}.", outcome.label().to_lowercase())))
}
