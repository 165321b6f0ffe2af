//! Provider adjustments: the open items by size, and one of them with its history beside.

use actix_web::HttpResponse;
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use crate::claims::pages::Pill;
use crate::exchange::pages::link;
use crate::remits::adjustments::api::{ViewQuery, after, key};
use crate::remits::adjustments::{self, Amount, Detail, Filter, Item, Kind, Reversal, Standing};
use crate::types::{Money, ProviderAdjustmentId};
use crate::web::{App, Caller, Chrome, Page, Paging, Result, page, show};

/// What of the list is asked for.
#[derive(Debug, Deserialize)]
pub struct QueueQuery {
    view: Option<String>,
    after: Option<String>,
    limit: Option<i64>,
}

#[derive(Template)]
#[template(path = "remits/adjustments/queue.html")]
struct QueuePage {
    chrome: Chrome,
    count: i64,
    announced: Money,
    unannounced: Money,
    is_all: bool,
    items: Vec<Listed>,
    next: Option<String>,
    item: Option<Shown>,
}

struct Listed {
    href: String,
    current: bool,
    item: Item,
}

struct Shown {
    of: Item,
    pill: Pill,
    age_days: i64,
    history: Vec<Line>,
    reversals: Vec<Reversal>,
    advice: &'static str,
}

struct Line {
    of: Amount,
    source: String,
}

/// `GET /provider-adjustments`: the list with its first item.
pub async fn queue(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), None).await
}

/// `GET /provider-adjustments/{id}`: the list with the item of that amount.
pub async fn item(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<ProviderAdjustmentId>,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), Some(*id)).await
}

async fn shown(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: QueueQuery,
    id: Option<ProviderAdjustmentId>,
) -> Result<HttpResponse> {
    let QueueQuery { view, after: place, limit } = asked;
    let filter = ViewQuery { view }.filter();
    let is_all = filter == Filter::All;
    let view = if is_all { "view=all" } else { "view=open" };
    let here = place.as_ref().map_or_else(|| format!("?{view}"), |place| format!("?{view}&after={place}"));
    let paging = Paging { after: place, limit };
    let after = after(&paging)?;
    let limit = paging.limit() + 1;
    let ((count, announced, unannounced), items, chosen) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let totals = adjustments::totals(tx).await?;
            let items = adjustments::list(tx, filter, after, limit).await?;
            let chosen = match id.or_else(|| items.first().map(|item| item.id)) {
                Some(id) => Some(adjustments::get(tx, id).await?),
                None => None,
            };
            Ok((totals, items, chosen))
        })
        .await?;
    let current = chosen.as_ref().map(|detail| detail.item.id);
    let found = Page::of(items, &paging, key)?.map(|item| Listed {
        href: format!("/provider-adjustments/{}{here}", item.id),
        current: current == Some(item.id),
        item,
    });
    let today = app.clock.now().date_naive();
    page(&QueuePage {
        chrome,
        count,
        announced,
        unannounced,
        is_all,
        items: found.items,
        next: found.next.map(|next| format!("/provider-adjustments?{view}&after={next}")),
        item: chosen.map(|detail| shown_item(detail, today)),
    })
}

fn shown_item(detail: Detail, today: chrono::NaiveDate) -> Shown {
    let Detail { item: of, history, reversals } = detail;
    let (tone, glyph) = match of.state {
        Standing::WillBeTaken => ("warn", "g-partial"),
        Standing::TakenUnannounced => ("bad", "g-partial"),
        Standing::Closed => ("mute", "g-closed"),
    };
    let advice = match (of.kind, of.state) {
        (Kind::Interest, _) => "Interest is income of the day on which it is paid; nothing clears it.",
        (Kind::Levy, _) => "A levy is an expense of the day on which it is kept; nothing clears it.",
        (_, Standing::Closed) => "What was announced or carried forward and what was taken are equal.",
        (_, Standing::WillBeTaken) => {
            "The payer takes this amount from a later payment under the same reference, unless a refund check of ours (72) settles it."
        }
        (_, Standing::TakenUnannounced) => {
            "Ask the payer what this recovery is for: no remittance here announced it. Its reversal may be in a file that did not arrive."
        }
    };
    Shown {
        pill: Pill { tone, glyph, word: of.state.label() },
        age_days: (today - of.since).num_days().max(0),
        history: history
            .into_iter()
            .map(|of| Line { source: link(of.file, of.bytes, Some("PLB")), of })
            .collect(),
        reversals,
        advice,
        of,
    }
}
