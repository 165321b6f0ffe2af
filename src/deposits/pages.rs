//! Bank deposits: money without remittance with what it may be, remittances without money, and a bank's
//! file that is entered. The keyboard is enough: J and K move, Enter opens, a number chooses, P matches.

use actix_web::HttpResponse;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use serde::Deserialize;

use crate::access::Permission;
use crate::claims::pages::Pill;
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::deposits::api::{AwaitedItem, DepositItem, ViewQuery, after};
use crate::deposits::{self, Candidate, DepositKind, ImportReport, Part, Totals};
use crate::exchange::pages::link;
use crate::registry::organizations;
use crate::types::{DepositId, DepositMatchId, Money, Refusal, Status};
use crate::web::{App, Caller, Chrome, Keyed, Nothing, Page, Paging, Parts, Result, done, page, show};

/// What of the deposits is asked for, and which choice is looked at.
#[derive(Debug, Deserialize)]
pub struct QueueQuery {
    view: Option<String>,
    after: Option<String>,
    limit: Option<i64>,
    choice: Option<usize>,
}

#[derive(Template)]
#[template(path = "deposits/queue.html")]
struct QueuePage {
    chrome: Chrome,
    totals: Totals,
    view: &'static str,
    may_post: bool,
    items: Vec<Listed>,
    next: Option<String>,
    item: Option<Shown>,
}

struct Listed {
    href: String,
    current: bool,
    item: DepositItem,
}

struct Shown {
    of: DepositItem,
    pill: Pill,
    kind: &'static str,
    source: String,
    choices: Vec<Choice>,
    chosen: Option<Candidate>,
}

/// One of the candidates, under its number.
struct Choice {
    key: usize,
    href: String,
    of: Candidate,
    current: bool,
}

/// `GET /deposits`: the list with its first deposit.
pub async fn queue(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), None).await
}

/// `GET /deposits/{id}`: the list with that deposit, and what a match to the chosen candidate comes to.
pub async fn item(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<DepositId>,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), Some(*id)).await
}

async fn shown(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: QueueQuery,
    id: Option<DepositId>,
) -> Result<HttpResponse> {
    let QueueQuery { view, after: place, limit, choice } = asked;
    let view = ViewQuery { view }.view();
    let list = format!("?view={}", view.as_str());
    let here = place.as_ref().map_or_else(|| list.clone(), |place| format!("{list}&after={place}"));
    let paging = Paging { after: place, limit };
    let after = after(&paging)?;
    let limit = paging.limit() + 1;
    let look = async |tx: &mut Tx| {
        let today = organizations::today(tx, app.clock.now()).await?;
        let totals = deposits::totals(tx, today).await?;
        let items = deposits::list(tx, view, after, limit).await?;
        let chosen = match id {
            Some(id) => Some(deposits::get(tx, id).await?),
            None => items.first().cloned(),
        };
        let candidates = match &chosen {
            Some(deposit) => deposits::candidates_of(tx, deposit).await?,
            None => vec![],
        };
        Ok((today, totals, items, chosen, candidates))
    };
    let (today, totals, items, chosen, candidates) = app.db.snapshot(&caller.actor, look).await?;
    let current = chosen.as_ref().map(|deposit| deposit.id);
    let found = Page::of(items, &paging, |deposit| (deposit.deposited_on, deposit.id))?;
    let found = found.map(|deposit| Listed {
        href: format!("/deposits/{}{here}", deposit.id),
        current: current == Some(deposit.id),
        item: DepositItem::of(deposit, today),
    });
    page(&QueuePage {
        chrome,
        totals,
        view: view.as_str(),
        may_post: caller.may(Permission::PostRemittances),
        items: found.items,
        next: found.next.map(|next| format!("/deposits{list}&after={next}")),
        item: chosen.map(|deposit| {
            let base = format!("/deposits/{}{here}", deposit.id);
            shown_item(DepositItem::of(deposit, today), candidates, &base, choice.unwrap_or(1))
        }),
    })
}

fn shown_item(of: DepositItem, candidates: Vec<Candidate>, base: &str, looked_at: usize) -> Shown {
    let (tone, glyph, word) = if of.deposit.open.is_zero() {
        ("ok", "g-paid", "Matched")
    } else if of.late {
        ("bad", "i-alert", "Late")
    } else if of.deposit.matches.is_empty() {
        ("warn", "g-pending", "Waits")
    } else {
        ("warn", "g-partial", "Partly matched")
    };
    let kind = match of.deposit.kind {
        DepositKind::Ach => "EFT",
        DepositKind::Check => "Check",
        DepositKind::Wire => "Wire",
        DepositKind::Other => "Deposit",
    };
    let choices: Vec<Choice> = (1..)
        .zip(candidates)
        .map(|(key, of)| Choice { key, href: format!("{base}&choice={key}"), of, current: key == looked_at })
        .collect();
    Shown {
        pill: Pill { tone, glyph, word },
        kind,
        source: link(of.deposit.file, of.deposit.bytes, None),
        chosen: choices.iter().find(|choice| choice.current).map(|choice| choice.of.clone()),
        choices,
        of,
    }
}

/// A form that says which remittances a deposit is: `part` repeats, or one of it is typed; `with` repeats for the
/// other deposits of the same payment.
pub type MatchForm = Vec<(String, String)>;

/// `POST /deposits/{id}`
pub async fn match_to(
    app: App,
    caller: Caller,
    id: Path<DepositId>,
    write: Keyed<Form<MatchForm>>,
) -> Result<HttpResponse> {
    let (now, parts, with) = (app.clock.now(), parts(&write.body)?, with(&write.body)?);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let deposit = deposits::match_together(tx, now, *id, &parts, &with).await?;
            Ok(Answer { status: 303, body: deposit.open })
        })
        .await?;
    let open: Money = once.answer.body;
    let left = if open.is_zero() { String::new() } else { format!("; {open} of the deposit are left") };
    Ok(done("/deposits", &format!("Matched{left}")))
}

/// `rem_01.. 80.00` of each field `part`, or of the fields `remittance` and `amount`.
fn parts(form: &MatchForm) -> Result<Vec<Part>> {
    let sent = |name: &'static str| form.iter().filter(move |(known, _)| known == name).map(|(_, text)| text);
    let typed = sent("remittance").zip(sent("amount")).map(|(id, amount)| (id.as_str(), amount.as_str()));
    let chosen = sent("part").map(|text| text.split_once(' ').unwrap_or((text, "")));
    let read = |(id, amount): (&str, &str)| {
        Some(Part { remittance: id.trim().parse().ok()?, amount: Money::parse_written(amount).ok()? })
    };
    chosen.chain(typed).map(read).collect::<Option<Vec<Part>>>().ok_or_else(|| {
        let what = "a match names a remittance by its id and an amount in dollars";
        let next = "Copy the id from the remittance's page: rem_ and 26 characters";
        Refusal::new("deposits/parts", Status::Invalid, what, next).into()
    })
}

/// `dep_01.. 30.00` of each field `with`.
fn with(form: &MatchForm) -> Result<Vec<(DepositId, Money)>> {
    let sent = form.iter().filter(|(known, _)| known == "with");
    let read = |text: &str| {
        let (id, amount) = text.split_once(' ')?;
        Some((id.parse().ok()?, Money::parse_written(amount).ok()?))
    };
    sent.map(|(_, text)| read(text)).collect::<Option<Vec<_>>>().ok_or_else(|| {
        let what = "another deposit is named by its id and an amount in dollars";
        Refusal::new("deposits/parts", Status::Invalid, what, "Choose one of the candidates again").into()
    })
}

/// `POST /deposits/matches/{id}/undo`
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<DepositMatchId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| Ok(Answer { status: 303, body: deposits::undo(tx, now, *id).await? }))
        .await?;
    Ok(done(&format!("/deposits/{}", once.answer.body), "Taken apart: no rule matches the two again"))
}

#[derive(Template)]
#[template(path = "deposits/awaited.html")]
struct AwaitedPage {
    chrome: Chrome,
    totals: Totals,
    rows: Vec<AwaitedItem>,
    next: Option<String>,
}

/// `GET /deposits/awaited`: remittances without money.
pub async fn awaited(
    app: App,
    caller: Caller,
    chrome: Chrome,
    paging: Query<Paging>,
) -> Result<HttpResponse> {
    let (after, limit) = (after(&paging)?, paging.limit() + 1);
    let look = async |tx: &mut Tx| {
        let today = organizations::today(tx, app.clock.now()).await?;
        Ok((today, deposits::totals(tx, today).await?, deposits::unpaid(tx, after, limit).await?))
    };
    let (today, totals, found) = app.db.snapshot(&caller.actor, look).await?;
    let found = Page::of(found, &paging, |remittance| (remittance.paid_on, remittance.id))?
        .map(|remittance| AwaitedItem::of(remittance, today));
    page(&AwaitedPage {
        chrome,
        totals,
        rows: found.items,
        next: found.next.map(|next| format!("/deposits/awaited?after={next}")),
    })
}

#[derive(Template)]
#[template(path = "deposits/imported.html")]
struct ImportedPage {
    chrome: Chrome,
    name: String,
    report: ImportReport,
}

/// `POST /deposits/imports`: enters a bank's file. The same file again enters nothing.
pub async fn import(app: App, caller: Caller, chrome: Chrome, write: Keyed<Parts>) -> Result<HttpResponse> {
    let account = write.body.text("account").to_owned();
    let account = Some(account.as_str()).filter(|name| !name.trim().is_empty());
    let file = write.body.into_files()?.swap_remove(0);
    let now = app.clock.now();
    let report =
        deposits::receive_file(&app.db, &caller.actor, now, &file.name, &file.bytes, account).await?;
    page(&ImportedPage { chrome, name: file.name, report })
}
