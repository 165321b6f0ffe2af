//! Credit balances as a worklist: the credits, one with its arithmetic beside, refunds, and what was done.

use actix_web::HttpResponse;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::access::Permission;
use crate::claims::pages::Pill;
use crate::credits::api::{RefundsQuery, ViewQuery, after, key};
use crate::credits::{
    self, Action, ActionKind, ActionRecord, Credit, CreditDetail, CreditId, Filter, Refund, RefundMethod,
    Totals, receipts, refunds,
};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::registry::organizations;
use crate::types::{ClaimId, CreditActionId, EntryId, Money, RefundPaymentId};
use crate::web::{self, App, Caller, Chrome, Keyed, Page, Paging, Result, done, page, show};

/// What of a list is asked for.
#[derive(Debug, Deserialize)]
pub struct QueueQuery {
    pub(super) view: Option<String>,
    pub(super) after: Option<String>,
    pub(super) limit: Option<i64>,
}

/// What the tabs say, on every page of credits.
pub(super) struct Tabs {
    pub(super) current: &'static str,
    pub(super) totals: Totals,
    pub(super) refunds: i64,
    pub(super) refunds_amount: Money,
    pub(super) unapplied: i64,
}

impl Tabs {
    pub(super) async fn load(tx: &mut Tx, current: &'static str) -> crate::types::Result<Tabs> {
        let (refunds, refunds_amount) = refunds::totals(tx).await?;
        let waiting = receipts::totals(tx).await?;
        let unapplied = waiting.receipts + waiting.exceptions;
        Ok(Tabs { current, totals: credits::totals(tx).await?, refunds, refunds_amount, unapplied })
    }
}

#[derive(Template)]
#[template(path = "credits/queue.html")]
struct QueuePage {
    chrome: Chrome,
    tabs: Tabs,
    is_waiting: bool,
    items: Vec<Listed>,
    next: Option<String>,
    item: Option<Item>,
}

struct Listed {
    href: String,
    current: bool,
    alarm: Option<Pill>,
    due: String,
    item: Credit,
}

struct Item {
    of: CreditDetail,
    pill: Pill,
    alarm: Option<Pill>,
    due: String,
    choices: Vec<Choice>,
    may_act: bool,
}

/// One thing that may be done, with the journal that it makes.
struct Choice {
    key: usize,
    kind: ActionKind,
    journal: String,
    means: &'static str,
}

/// `GET /credits`: the worklist with its first credit.
pub async fn queue(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), None).await
}

/// `GET /credits/{id}`: the worklist with that credit.
pub async fn item(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<CreditId>,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), Some(*id)).await
}

async fn shown(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: QueueQuery,
    id: Option<CreditId>,
) -> Result<HttpResponse> {
    let QueueQuery { view, after: place, limit } = asked;
    let filter = ViewQuery { view }.filter();
    let is_waiting = filter == Filter::Waiting;
    let (view, current) = if is_waiting { ("view=waiting", "waiting") } else { ("view=open", "open") };
    let here = place.as_ref().map_or_else(|| format!("?{view}"), |place| format!("?{view}&after={place}"));
    let paging = Paging { after: place, limit };
    let after = after(&paging)?;
    let limit = paging.limit() + 1;
    let (tabs, items, chosen) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let today = organizations::today(tx, app.clock.now()).await?;
            let tabs = Tabs::load(tx, current).await?;
            let items = credits::list(tx, today, filter, after, limit).await?;
            let chosen = match id.or(items.first().map(|credit| credit.id)) {
                Some(id) => Some(credits::detail(tx, today, id).await?),
                None => None,
            };
            Ok((tabs, items, chosen))
        })
        .await?;
    let current = chosen.as_ref().map(|chosen| chosen.credit.id);
    let found = Page::of(items, &paging, key)?.map(|item| Listed {
        href: format!("/credits/{}{here}", item.id),
        current: current == Some(item.id),
        alarm: alarm(&item),
        due: due(&item),
        item,
    });
    let may_act = caller.may(Permission::PostRemittances);
    page(&QueuePage {
        chrome,
        tabs,
        is_waiting,
        items: found.items,
        next: found.next.map(|next| format!("/credits?{view}&after={next}")),
        item: chosen.map(|of| shown_item(of, may_act)),
    })
}

/// How near the day is on which an over-payment goes back by law.
fn alarm(credit: &Credit) -> Option<Pill> {
    /// Days before the last one from which on it is urgent: a check has to be written and mailed.
    const URGENT_DAYS: i64 = 14;
    let (tone, glyph, word) = match credit.days_left? {
        ..0 => ("bad", "i-alert", "60 days are over"),
        0..=URGENT_DAYS => ("bad", "i-alert", "60-day clock"),
        _ => ("warn", "i-alert", "60-day clock"),
    };
    Some(Pill { tone, glyph, word })
}

/// When it is due, in words.
fn due(credit: &Credit) -> String {
    match credit.days_left {
        None => format!("{} days", credit.age_days),
        Some(days @ ..0) => format!("{} days late", -days),
        Some(days) => format!("{days} days left"),
    }
}

fn shown_item(of: CreditDetail, may_act: bool) -> Item {
    let (tone, glyph, word) = match of.credit.waits {
        Some(_) => ("mute", "g-pending", "The payer will take it back"),
        None => ("warn", "g-partial", "Open"),
    };
    let choices = (1..).zip(&of.actions).map(|(key, kind)| choice(key, *kind, &of.credit)).collect();
    Item {
        pill: Pill { tone, glyph, word },
        alarm: alarm(&of.credit),
        due: due(&of.credit),
        choices,
        may_act,
        of,
    }
}

fn choice(key: usize, kind: ActionKind, credit: &Credit) -> Choice {
    let stands_on = credit.kind.account().default_name();
    let (journal, means) = match kind {
        ActionKind::Refund => (
            format!("Debit {stands_on}, credit Refunds payable"),
            "It stands among the refunds until its check is written.",
        ),
        ActionKind::WaitForPayer => (
            "Nothing is booked".to_owned(),
            "It stays open until the payer’s reversal (CLP02 22) or recoupment (PLB WO) is posted.",
        ),
        ActionKind::CreditPatient => (
            format!("Debit {stands_on}, credit Patient credits"),
            "Only when the patient has paid what the payer paid again.",
        ),
        ActionKind::Move => (
            format!("Debit {stands_on} here, credit Patient receivables there"),
            "It pays another visit of the same patient.",
        ),
    };
    Choice { key, kind, journal, means }
}

/// What a person decided.
#[derive(Debug, Deserialize)]
pub struct ActForm {
    action: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    note: String,
}

/// What the form says for the patient's visits without a claim.
const NO_CLAIM: &str = "none";

/// `POST /credits/{id}`
pub async fn act(
    app: App,
    caller: Caller,
    id: Path<CreditId>,
    write: Keyed<Form<ActForm>>,
) -> Result<HttpResponse> {
    let (now, ActForm { action, to, amount, note }) = (app.clock.now(), &*write.body);
    let kind: ActionKind = web::field("action", Some(action))?.unwrap_or(ActionKind::Refund);
    let action = match kind {
        ActionKind::Refund => Action::Refund,
        ActionKind::WaitForPayer => Action::WaitForPayer,
        ActionKind::CreditPatient => Action::CreditPatient,
        ActionKind::Move => {
            let named = Some(to.as_str()).filter(|to| *to != NO_CLAIM);
            Action::Move { to: web::field::<ClaimId>("to", named)? }
        }
    };
    let amount: Option<Money> = web::field("amount", Some(amount.trim()))?;
    write
        .key
        .once(&app, &caller, async |tx| {
            credits::act(tx, now, *id, action, amount, Some(note)).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    let said = match kind {
        ActionKind::Refund => "Owed back. It stands among the refunds.",
        ActionKind::WaitForPayer => "It waits for the payer.",
        ActionKind::CreditPatient => "Credited to the patient.",
        ActionKind::Move => "Moved to the other visit.",
    };
    Ok(done("/credits", said))
}

#[derive(Template)]
#[template(path = "credits/refunds.html")]
struct RefundsPage {
    chrome: Chrome,
    tabs: Tabs,
    is_paid: bool,
    today: NaiveDate,
    items: Vec<ListedRefund>,
    next: Option<String>,
    item: Option<ShownRefund>,
}

struct ListedRefund {
    href: String,
    current: bool,
    item: Refund,
}

struct ShownRefund {
    of: Refund,
    pill: Pill,
    cash: &'static str,
    may_pay: bool,
}

impl RefundsPage {
    const METHODS: [RefundMethod; 2] = RefundMethod::ALL;
}

/// `GET /credits/refunds`: what is owed back, with the first refund.
pub async fn refund_queue(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown_refunds(app, caller, chrome, asked.into_inner(), None).await
}

/// `GET /credits/refunds/{id}`: what is owed back, with that refund.
pub async fn refund(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<EntryId>,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown_refunds(app, caller, chrome, asked.into_inner(), Some(*id)).await
}

async fn shown_refunds(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: QueueQuery,
    id: Option<EntryId>,
) -> Result<HttpResponse> {
    let QueueQuery { view, after: place, limit } = asked;
    let filter = RefundsQuery { view }.filter();
    let is_paid = filter == refunds::Filter::Paid;
    let (view, current) = if is_paid { ("view=paid", "paid") } else { ("view=open", "refunds") };
    let here = place.as_ref().map_or_else(|| format!("?{view}"), |place| format!("?{view}&after={place}"));
    let paging = Paging { after: place, limit };
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let (today, tabs, items, chosen) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let today = organizations::today(tx, app.clock.now()).await?;
            let tabs = Tabs::load(tx, current).await?;
            let items = refunds::list(tx, filter, after, limit).await?;
            let chosen = match id {
                Some(id) => Some(refunds::get(tx, id).await?),
                None => items.first().cloned(),
            };
            Ok((today, tabs, items, chosen))
        })
        .await?;
    let current = chosen.as_ref().map(|chosen| chosen.id);
    let found = Page::of(items, &paging, |refund| refund.id)?.map(|item| ListedRefund {
        href: format!("/credits/refunds/{}{here}", item.id),
        current: current == Some(item.id),
        item,
    });
    let may_pay = caller.may(Permission::ManagePosting);
    page(&RefundsPage {
        chrome,
        tabs,
        is_paid,
        today,
        items: found.items,
        next: found.next.map(|next| format!("/credits/refunds?{view}&after={next}")),
        item: chosen.map(|of| shown_refund(of, may_pay)),
    })
}

fn shown_refund(of: Refund, may_pay: bool) -> ShownRefund {
    let (tone, glyph, word) = match (&of.payment, of.amount.is_positive()) {
        (Some(_), _) => ("ok", "g-paid", "Paid"),
        (None, true) => ("warn", "g-partial", "To be paid"),
        (None, false) => ("mute", "g-closed", "Taken by the payer"),
    };
    let pill = Pill { tone, glyph, word };
    ShownRefund { pill, cash: of.payee.pays_from().default_name(), may_pay, of }
}

/// How a refund was paid.
#[derive(Debug, Deserialize)]
pub struct PayForm {
    method: String,
    reference: String,
    paid_on: String,
}

/// `POST /credits/refunds/{id}/pay`
pub async fn pay(
    app: App,
    caller: Caller,
    id: Path<EntryId>,
    write: Keyed<Form<PayForm>>,
) -> Result<HttpResponse> {
    let (now, PayForm { method, reference, paid_on }) = (app.clock.now(), &*write.body);
    let method: RefundMethod = web::field("method", Some(method))?.unwrap_or(RefundMethod::Check);
    let paid_on: Option<NaiveDate> = web::field("paid_on", Some(paid_on))?;
    write
        .key
        .once(&app, &caller, async |tx| {
            let paid_on = match paid_on {
                Some(day) => day,
                None => organizations::today(tx, app.clock.now()).await?,
            };
            refunds::pay(tx, now, *id, method, reference, paid_on).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done("/credits/refunds", "The refund is paid."))
}

/// `POST /credits/refunds/{id}/take-back`
pub async fn take_back_unpaid(
    app: App,
    caller: Caller,
    id: Path<EntryId>,
    write: Keyed<Form<WhyForm>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    write
        .key
        .once(&app, &caller, async |tx| {
            credits::take_back_unpaid(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done("/credits/refunds", TAKEN_BACK))
}

/// What is said of a refund that is taken back.
const TAKEN_BACK: &str = "The refund is taken back; what was decided is open again.";

/// Why something is undone.
#[derive(Debug, Deserialize)]
pub struct WhyForm {
    pub(super) why: String,
}

/// `POST /credits/payments/{id}/void`
pub async fn void(
    app: App,
    caller: Caller,
    id: Path<RefundPaymentId>,
    write: Keyed<Form<WhyForm>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    write
        .key
        .once(&app, &caller, async |tx| {
            refunds::void(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done("/credits/refunds", "The payment is void; the refund is owed again."))
}

/// `POST /credits/payments/{id}/take-back`
pub async fn take_back(
    app: App,
    caller: Caller,
    id: Path<RefundPaymentId>,
    write: Keyed<Form<WhyForm>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    write
        .key
        .once(&app, &caller, async |tx| {
            credits::take_back(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done("/credits", TAKEN_BACK))
}

#[derive(Template)]
#[template(path = "credits/done.html")]
struct DonePage {
    chrome: Chrome,
    tabs: Tabs,
    items: Vec<ActionRecord>,
    next: Option<String>,
    may_undo: bool,
}

/// `GET /credits/done`: what was done, the newest first.
pub async fn acted(app: App, caller: Caller, chrome: Chrome, paging: Query<Paging>) -> Result<HttpResponse> {
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let look =
        async |tx: &mut Tx| Ok((Tabs::load(tx, "done").await?, credits::actions(tx, after, limit).await?));
    let (tabs, items) = app.db.snapshot(&caller.actor, look).await?;
    let found = Page::of(items, &paging, |action| action.id)?;
    page(&DonePage {
        chrome,
        tabs,
        items: found.items,
        next: found.next.map(|next| format!("/credits/done?after={next}")),
        may_undo: caller.may(Permission::ManagePosting),
    })
}

/// `POST /credits/actions/{id}/undo`
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<CreditActionId>,
    write: Keyed<Form<WhyForm>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    write
        .key
        .once(&app, &caller, async |tx| {
            credits::undo(tx, now, *id, &write.body.why).await?;
            Ok(Answer { status: 303, body: () })
        })
        .await?;
    Ok(done("/credits", "Undone: the credit is there again."))
}
