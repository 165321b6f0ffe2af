//! Provider adjustments: the open items by size, and one of them with its history beside.

use actix_web::HttpResponse;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use serde::Deserialize;

use crate::access::Permission;
use crate::claims::pages::Pill;
use crate::db::idempotency::Answer;
use crate::exchange::pages::link;
use crate::remits::adjustments::api::{ViewQuery, after, key};
use crate::remits::adjustments::{
    self, Amount, Choice, Detail, Filter, Item, Kind, Pair, PairOfItems, Reversal, Settlement, Settling,
    Standing, Way, pairs,
};
use crate::types::{ClaimId, Money, ProviderAdjustmentId, SettlementId};
use crate::web::{self, App, Caller, Chrome, Keyed, Page, Paging, Result, done, page, show};

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
    settlements: Vec<Settlement>,
    reversals: Vec<Reversal>,
    advice: &'static str,
    choices: Vec<Choice>,
    pairs: Vec<Offered>,
    journal: String,
    may_settle: bool,
    may_undo: bool,
}

struct Offered {
    of: Pair,
    /// What the ledger moves, for a person.
    journal: String,
}

struct Line {
    of: Amount,
    source: String,
}

#[derive(Template)]
#[template(path = "remits/adjustments/pairs.html")]
struct PairsPage {
    chrome: Chrome,
    looked_at: i64,
    open: i64,
    more: bool,
    pairs: Vec<ListedPair>,
    may_settle: bool,
}

struct ListedPair {
    item: Item,
    offered: Offered,
}

/// `GET /provider-adjustments/pairs`: every pair of items that may be set off against each other.
pub async fn all_pairs(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let found = app.db.snapshot(&caller.actor, async |tx| pairs::all(tx).await).await?;
    let listed = |PairOfItems { item, pair }: PairOfItems| ListedPair { offered: offered(&item, pair), item };
    page(&PairsPage {
        chrome,
        looked_at: found.looked_at,
        open: found.open,
        more: found.more,
        pairs: found.pairs.into_iter().map(listed).collect(),
        may_settle: caller.may(Permission::PostRemittances),
    })
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
    let (may_settle, may_undo) =
        (caller.may(Permission::PostRemittances), caller.may(Permission::ManagePosting));
    page(&QueuePage {
        chrome,
        count,
        announced,
        unannounced,
        is_all,
        items: found.items,
        next: found.next.map(|next| format!("/provider-adjustments?{view}&after={next}")),
        item: chosen.map(|detail| shown_item(detail, today, may_settle, may_undo)),
    })
}

fn shown_item(detail: Detail, today: chrono::NaiveDate, may_settle: bool, may_undo: bool) -> Shown {
    let Detail { item: of, history, settlements, choices, pairs: others, reversals } = detail;
    let (tone, glyph) = match of.state {
        Standing::WillBeTaken => ("warn", "g-partial"),
        Standing::TakenUnannounced => ("bad", "g-partial"),
        Standing::Closed => ("mute", "g-closed"),
    };
    let advice = match (of.kind, of.state) {
        (Kind::Interest, _) => "Interest is income of the day on which it is paid; nothing clears it.",
        (Kind::Levy, _) => "A levy is an expense of the day on which it is kept; nothing clears it.",
        (_, Standing::Closed) => {
            "What was announced or carried forward and what was taken or settled are equal."
        }
        (Kind::ForwardingBalance, Standing::WillBeTaken) => {
            "The payer takes this amount from its next payments under the same reference. Took it under another? Set the two items off against each other."
        }
        (Kind::ForwardingBalance, Standing::TakenUnannounced) => {
            "Ask the payer: no remittance here carried this balance forward. The file that did may not have arrived."
        }
        (_, Standing::WillBeTaken) => {
            "The payer takes this amount from a later payment under the same reference. Or send a check of ours: the payer then answers with WO and 72, which clear each other."
        }
        (_, Standing::TakenUnannounced) => {
            "No remittance here announced this recovery. Book it against the visit that was paid too much; or ask the payer what it is for: its reversal may be in a file that did not arrive."
        }
    };
    let stands_on = of.kind.account().default_name();
    let journal = if of.balance.is_negative() {
        format!("Debit Insurance receivables, credit {stands_on}")
    } else {
        format!("Debit {stands_on}, credit Insurance receivables")
    };
    Shown {
        pairs: others.into_iter().map(|other| offered(&of, other)).collect(),
        pill: Pill { tone, glyph, word: of.state.label() },
        age_days: (today - of.since).num_days().max(0),
        history: history
            .into_iter()
            .map(|of| Line { source: link(of.file, of.bytes, Some("PLB")), of })
            .collect(),
        settlements,
        reversals,
        advice,
        choices,
        journal,
        may_settle,
        may_undo,
        of,
    }
}

fn offered(item: &Item, other: Pair) -> Offered {
    let journal = match pairs::accounts(item.kind, item.balance, other.kind) {
        None => format!("nothing moves, both stand on {}", item.kind.account().default_name()),
        Some((debit, credit)) => format!("debit {}, credit {}", debit.default_name(), credit.default_name()),
    };
    Offered { of: other, journal }
}

/// What a person decided.
#[derive(Debug, Deserialize)]
pub struct SettleForm {
    /// The visit to book against; neither it nor an item: a check of ours.
    #[serde(default)]
    claim: String,
    /// The other item to set it off against.
    #[serde(default)]
    item: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    note: String,
    /// Not empty: the form stood in the list of pairs, which is shown again.
    #[serde(default)]
    listed: String,
}

/// `POST /provider-adjustments/{id}/settle`
pub async fn settle(
    app: App,
    caller: Caller,
    id: Path<ProviderAdjustmentId>,
    write: Keyed<Form<SettleForm>>,
) -> Result<HttpResponse> {
    let (now, SettleForm { claim, item, amount, note, listed }) = (app.clock.now(), &*write.body);
    let claim: Option<ClaimId> = web::field("claim", Some(claim.trim()))?;
    let amount: Option<Money> = web::field("amount", Some(amount.trim()))?;
    let item: Option<ProviderAdjustmentId> = web::field("item", Some(item.trim()))?;
    let how = item.map(Settling::Item).or(claim.map(Settling::Claim)).unwrap_or(Settling::Refund);
    write
        .key
        .once(&app, &caller, async |tx| {
            adjustments::settle(tx, now, *id, how, amount, Some(note)).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    let said = match how {
        Settling::Claim(_) => "Booked against the visit.",
        Settling::Refund => "Owed back. It stands among the refunds.",
        Settling::Item(_) => "Set off against the other item.",
    };
    if !listed.is_empty() {
        return Ok(done("/provider-adjustments/pairs", said));
    }
    Ok(done(&format!("/provider-adjustments/{id}?view=all"), said))
}

/// Why a settlement is undone.
#[derive(Debug, Deserialize)]
pub struct UndoForm {
    why: String,
}

/// `POST /provider-adjustments/settlements/{id}/undo`
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<SettlementId>,
    write: Keyed<Form<UndoForm>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    write
        .key
        .once(&app, &caller, async |tx| {
            adjustments::undo(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done("/provider-adjustments", "Undone: the item is open again."))
}
