//! The ledger as pages: accounts with their balances, an account's register, an entry with the
//! document it comes from, the periods.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Deserialize;

use crate::access::{Permission, trail};
use crate::db::idempotency::Answer;
use crate::exchange::pages::link;
use crate::journey::{self, SourceDocument};
use crate::ledger::api::{LedgerQuery, RegisterQuery, account, download};
use crate::ledger::{
    self, AccountBalance, AsOf, Entry, JournalFormat, Movement, PeriodAct, PeriodState, RegisterPlace, Side,
};
use crate::registry::organizations;
use crate::registry::payers;
use crate::types::{ClaimId, EntryId, Money, Month, PayerId};
use crate::web::{App, Caller, Chrome, Keyed, Nothing, Page, Result, done, page, query_value, show};

#[derive(Template)]
#[template(path = "ledger/accounts.html")]
struct AccountsPage {
    chrome: Chrome,
    view: &'static str,
    as_of: Option<NaiveDate>,
    accounts: Vec<AccountBalance>,
    debits: Money,
    credits: Money,
    proved: Option<show::Markup>,
}

#[derive(Template)]
#[template(path = "ledger/register.html")]
struct RegisterPage {
    chrome: Chrome,
    account: AccountBalance,
    rows: Vec<MovementRow>,
    payers: Vec<(PayerId, String)>,
    period: String,
    as_of: String,
    claim: String,
    payer: String,
    may_map: bool,
    continued: bool,
    next: Option<String>,
    filter: String,
}

struct MovementRow {
    entry: EntryId,
    effective_on: NaiveDate,
    booked_on: NaiveDate,
    kind: String,
    other: &'static str,
    other_kind: &'static str,
    debit: Option<Money>,
    credit: Option<Money>,
    claim: Option<ClaimId>,
    payer: String,
    document: Option<Link>,
}

/// Where an entry comes from.
struct Link {
    name: String,
    href: String,
}

impl Link {
    fn of(document: &SourceDocument) -> Link {
        let href = match (document.bytes, document.rows) {
            (Some(bytes), _) => link(document.file, bytes, document.segment.as_deref()),
            (None, Some((first, last))) => {
                format!("/files/{}?row={first}&rows={last}#hit", document.file)
            }
            (None, None) => format!("/files/{}", document.file),
        };
        Link { name: document.name.clone(), href }
    }
}

#[derive(Template)]
#[template(path = "ledger/entry.html")]
struct EntryPage {
    chrome: Chrome,
    entry: Entry,
    kind: String,
    posted: show::Markup,
    source: String,
    document: Option<Link>,
    document_rows: Option<SourceDocument>,
    reversed_by: Option<EntryId>,
    payers: HashMap<PayerId, String>,
    total: Money,
}

impl EntryPage {
    fn payer(&self, id: Option<&PayerId>) -> String {
        id.and_then(|id| self.payers.get(id)).cloned().unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "ledger/periods.html")]
struct PeriodsPage {
    chrome: Chrome,
    view: &'static str,
    rows: Vec<PeriodRow>,
    events: Vec<EventRow>,
    may_close: bool,
}

struct PeriodRow {
    month: Month,
    state: PeriodState,
    over: bool,
    forms: Vec<FormRow>,
}

/// A form of the month's journal, exported or not.
struct FormRow {
    format: JournalFormat,
    exported: bool,
}

struct EventRow {
    what: String,
    reason: String,
    who: String,
    at: show::Markup,
}

/// `GET /ledger`
pub async fn accounts(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<LedgerQuery>,
) -> Result<HttpResponse> {
    let as_of = asked.as_of()?;
    let shown = app.db.snapshot(&caller.actor, async |tx| {
        let accounts = ledger::balances(tx, as_of).await?;
        Ok((accounts, ledger::last_run(tx).await?, organizations::current(tx).await?.time_zone))
    });
    let (accounts, run, zone) = shown.await?;
    page(&AccountsPage {
        chrome,
        view: "accounts",
        as_of: as_of.booked_on,
        debits: accounts.iter().map(|row| row.debits).sum(),
        credits: accounts.iter().map(|row| row.credits).sum(),
        accounts,
        proved: run.map(|run| show::moment(run.ran_at, zone)),
    })
}

/// `GET /ledger/accounts/{kind}`
pub async fn register(
    app: App,
    caller: Caller,
    chrome: Chrome,
    kind: Path<String>,
    asked: Query<RegisterQuery>,
) -> Result<HttpResponse> {
    let kind = account(&kind)?;
    let filter = asked.filter(kind)?;
    let paging = asked.paging();
    let after = paging.after::<RegisterPlace>()?;
    let as_of = filter.thru.map_or(AsOf::NOW, AsOf::day);
    let shown = app.db.snapshot(&caller.actor, async |tx| {
        let balances = ledger::balances(tx, as_of).await?;
        let rows = ledger::register(tx, &filter, after, paging.limit() + 1).await?;
        let sources: Vec<_> = rows.iter().map(|row| (row.source_kind.as_str(), row.source_id)).collect();
        let documents = journey::source_documents(tx, &sources).await?;
        let payers = payers::list(tx).await?.into_iter().map(|payer| (payer.id, payer.name));
        Ok((balances, rows, documents, payers.collect::<Vec<_>>()))
    });
    let (balances, rows, documents, payers) = shown.await?;
    let account = balances
        .into_iter()
        .find(|row| row.account.kind == kind)
        .ok_or_else(|| anyhow::anyhow!("the chart has no {kind}"))?;
    let found = Page::of(rows, &paging, |row| row.place)?.map(|row| {
        let document = documents.get(&row.source_id).map(Link::of);
        MovementRow::of(&row, document, &payers)
    });
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (period, until, claim, payer) =
        (text(&asked.period), text(&asked.as_of), text(&asked.claim), text(&asked.payer));
    let filter = format!(
        "period={}&as_of={}&claim={}&payer={}&patient={}",
        query_value(&period),
        query_value(&until),
        query_value(&claim),
        query_value(&payer),
        query_value(&text(&asked.patient)),
    );
    page(&RegisterPage {
        may_map: caller.may(Permission::CloseBooks),
        chrome,
        account,
        rows: found.items,
        payers,
        period,
        as_of: until,
        claim,
        payer,
        continued: after.is_some(),
        next: found.next,
        filter,
    })
}

impl MovementRow {
    fn of(row: &Movement, document: Option<Link>, payers: &[(PayerId, String)]) -> MovementRow {
        let payer = row.payer.and_then(|id| payers.iter().find(|(known, _)| *known == id));
        MovementRow {
            entry: row.place.entry,
            effective_on: row.effective_on,
            booked_on: row.place.booked_on,
            kind: show::words(row.kind.as_str()),
            other: row.other.default_name(),
            other_kind: row.other.as_str(),
            debit: (row.side == Side::Debit).then_some(row.amount),
            credit: (row.side == Side::Credit).then_some(row.amount),
            claim: row.claim,
            payer: payer.map(|(_, name)| name.clone()).unwrap_or_default(),
            document,
        }
    }
}

/// `GET /ledger/entries/{id}`
pub async fn entry(app: App, caller: Caller, chrome: Chrome, id: Path<EntryId>) -> Result<HttpResponse> {
    let shown = app.db.snapshot(&caller.actor, async |tx| {
        let entry = ledger::entry(tx, *id).await?;
        let source = (entry.source.kind.as_str(), entry.source.id);
        let document = journey::source_documents(tx, &[source]).await?.remove(&entry.source.id);
        let ids: Vec<PayerId> = entry.transfers.iter().filter_map(|line| line.about().payer).collect();
        let payers = payers::load(tx, &ids).await?.into_iter().map(|payer| (payer.id, payer.name));
        let payers = payers.collect::<HashMap<_, _>>();
        let reversed_by = ledger::reversed_by(tx, *id).await?;
        Ok((entry, document, payers, reversed_by, organizations::current(tx).await?.time_zone))
    });
    let (entry, document, payers, reversed_by, zone) = shown.await?;
    page(&EntryPage {
        chrome,
        kind: show::words(entry.kind.as_str()),
        posted: show::moment(entry.posted_at, zone),
        source: show::words(entry.source.kind.as_str()),
        document: document.as_ref().map(Link::of),
        document_rows: document,
        reversed_by,
        payers,
        total: entry.transfers.iter().map(ledger::Transfer::amount).sum(),
        entry,
    })
}

/// `GET /ledger/periods`
pub async fn periods(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let now = app.clock.now();
    let shown = app.db.snapshot(&caller.actor, async |tx| {
        let today = organizations::today(tx, now).await?;
        let zone = organizations::current(tx).await?.time_zone;
        let (periods, events) = (ledger::periods(tx, today).await?, ledger::period_events(tx).await?);
        let actors: Vec<&str> = events.iter().map(|event| event.actor.as_str()).collect();
        let names = trail::names(tx, &actors).await?;
        Ok((periods, events, names, zone))
    });
    let (periods, events, names, zone) = shown.await?;
    let rows = periods.into_iter().map(|period| PeriodRow {
        month: period.month,
        state: period.state,
        over: period.over,
        forms: JournalFormat::ALL
            .into_iter()
            .map(|format| FormRow {
                format,
                exported: period.exports.iter().any(|export| export.format == format),
            })
            .collect(),
    });
    page(&PeriodsPage {
        may_close: caller.may(Permission::CloseBooks),
        chrome,
        view: "periods",
        rows: rows.collect(),
        events: events.iter().map(|event| EventRow::of(event, &names, zone)).collect(),
    })
}

impl EventRow {
    fn of(event: &ledger::PeriodEvent, names: &HashMap<String, String>, zone: Tz) -> EventRow {
        let day = |day: Option<NaiveDate>| day.map_or_else(|| "nothing".to_owned(), |day| day.to_string());
        EventRow {
            what: match event.act {
                PeriodAct::Closed => format!("Closed through {}", day(event.closed_through)),
                PeriodAct::Reopened => format!("Opened again; closed through {}", day(event.closed_through)),
                PeriodAct::Locked => format!("Locked through {}", day(event.locked_through)),
            },
            reason: event.reason.clone(),
            who: names
                .get(&event.actor)
                .map_or_else(|| event.actor.trim_start_matches("system:"), String::as_str)
                .to_owned(),
            at: show::moment(event.occurred_at, zone),
        }
    }
}

/// `POST /ledger/proofs`
pub async fn prove(app: App, caller: Caller, write: Keyed<Form<Nothing>>) -> Result<HttpResponse> {
    if let Some(once) = write.key.given::<String>(&app, &caller).await? {
        return Ok(done("/#proofs", &once.answer.body));
    }
    let now = app.clock.now();
    let books = app.db.snapshot(&caller.actor, async |tx| journey::books(tx, AsOf::NOW).await).await?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            ledger::keep_run(tx, &books, now).await?;
            let broken = books.proofs.iter().filter(|proof| !proof.holds).count();
            let said = match broken {
                0 => format!("All {} proofs of the books hold", books.proofs.len()),
                broken => format!("{broken} of {} proofs do not hold", books.proofs.len()),
            };
            Ok(Answer { status: 303, body: said })
        })
        .await?;
    Ok(done("/#proofs", &once.answer.body))
}

/// An account of the practice's own general ledger.
#[derive(Debug, Deserialize)]
pub struct MapForm {
    #[serde(default)]
    general_ledger_account: String,
    #[serde(default)]
    general_ledger_number: String,
}

/// `POST /ledger/accounts/{kind}`
pub async fn map_account(
    app: App,
    caller: Caller,
    kind: Path<String>,
    write: Keyed<Form<MapForm>>,
) -> Result<HttpResponse> {
    let kind = account(&kind)?;
    let (name, number) = (&write.body.general_ledger_account, &write.body.general_ledger_number);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            ledger::map_account(tx, kind, Some(name), Some(number)).await?;
            Ok(Answer { status: 303, body: "Saved: the next export uses it".to_owned() })
        })
        .await?;
    Ok(done(&format!("/ledger/accounts/{kind}"), &once.answer.body))
}

/// `POST /ledger/periods/{month}/close`
pub async fn close(
    app: App,
    caller: Caller,
    month: Path<Month>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let today = organizations::today(tx, now).await?;
            ledger::close_period(tx, *month, today).await?;
            Ok(Answer { status: 303, body: format!("{} is closed", *month) })
        })
        .await?;
    Ok(done("/ledger/periods", &once.answer.body))
}

/// Why a month is opened again.
#[derive(Debug, Deserialize)]
pub struct ReopenForm {
    reason: String,
}

/// `POST /ledger/periods/{month}/reopen`
pub async fn reopen(
    app: App,
    caller: Caller,
    month: Path<Month>,
    write: Keyed<Form<ReopenForm>>,
) -> Result<HttpResponse> {
    let reason = &write.body.reason;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            ledger::reopen_period(tx, *month, reason).await?;
            Ok(Answer { status: 303, body: format!("{} is open again", *month) })
        })
        .await?;
    Ok(done("/ledger/periods", &once.answer.body))
}

/// `POST /ledger/periods/{month}/lock`
pub async fn lock(
    app: App,
    caller: Caller,
    month: Path<Month>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            ledger::lock_period(tx, *month, "locked by a person").await?;
            Ok(Answer { status: 303, body: format!("{} is locked", *month) })
        })
        .await?;
    Ok(done("/ledger/periods", &once.answer.body))
}

/// `POST /ledger/periods/{month}/exports/{format}`
pub async fn export(
    app: App,
    caller: Caller,
    path: Path<(Month, JournalFormat)>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let (month, format) = path.into_inner();
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let today = organizations::today(tx, now).await?;
            let export = journey::export_journal(tx, month, format, today).await?;
            let said = format!(
                "{month} is exported and locked: {} journal entries, debits and credits {}",
                export.journal_entries, export.debits
            );
            Ok(Answer { status: 303, body: said })
        })
        .await?;
    Ok(done("/ledger/periods", &once.answer.body))
}

/// `GET /ledger/periods/{month}/exports/{format}`
pub async fn exported(app: App, caller: Caller, path: Path<(Month, JournalFormat)>) -> Result<HttpResponse> {
    let (month, format) = path.into_inner();
    download(&app, &caller, month, format).await
}
