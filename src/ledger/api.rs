//! `/api/v1/ledger`: balances on any day, an account's register, entries with what they come from,
//! periods and journal exports, and the proofs.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Json, Path, Query};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::db::idempotency::Answer;
use crate::exchange::files;
use crate::journey::{self, SourceDocument};
use crate::ledger::{
    self, Account, AccountBalance, AccountKind, AsOf, Entry, JournalExport, JournalFormat, Movement, Period,
    PeriodEvent, Proof, ProofRun, RegisterFilter, RegisterPlace, Side, Standing, exports,
};
use crate::registry::organizations;
use crate::types::{ClaimId, EntryId, Money, Month, PatientId, PayerId, ProofRunId, Refusal, Status};
use crate::web::{self, App, Caller, Keyed, Page, Paging, Problems, Result};

/// The balance of every account, today or on another day.
#[utoipa::path(get, path = "/api/v1/ledger/balances", tag = "ledger", params(LedgerQuery),
    responses((status = 200, body = BalancesView), Problems))]
pub async fn balances(app: App, caller: Caller, query: Query<LedgerQuery>) -> Result<Json<BalancesView>> {
    let as_of = query.as_of()?;
    let accounts = app.db.snapshot(&caller.actor, async |tx| ledger::balances(tx, as_of).await).await?;
    Ok(Json(BalancesView { as_of: as_of.booked_on, accounts }))
}

/// Everything that must hold of the practice's books, checked now; nothing is kept of it.
#[utoipa::path(get, path = "/api/v1/ledger/proofs", tag = "ledger", params(LedgerQuery),
    responses((status = 200, body = ProofsView), Problems))]
pub async fn proofs(app: App, caller: Caller, query: Query<LedgerQuery>) -> Result<Json<ProofsView>> {
    let as_of = query.as_of()?;
    let proofs = app.db.snapshot(&caller.actor, async |tx| journey::proofs(tx, as_of).await).await?;
    let hold = proofs.iter().all(|proof| proof.holds);
    Ok(Json(ProofsView { as_of: as_of.booked_on, hold, proofs }))
}

/// Prove the books now, and keep what came of it.
#[utoipa::path(post, path = "/api/v1/ledger/proofs", tag = "ledger",
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = ProvedView), Problems))]
pub async fn prove(app: App, caller: Caller, write: Keyed<()>) -> Result<HttpResponse> {
    if let Some(once) = write.key.given::<ProvedView>(&app, &caller).await? {
        return web::answer(&once);
    }
    let now = app.clock.now();
    let books = app.db.snapshot(&caller.actor, async |tx| journey::books(tx, AsOf::NOW).await).await?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let run = ledger::keep_run(tx, &books, now).await?;
            Ok(Answer { status: 200, body: ProvedView { run, hold: books.hold() } })
        })
        .await?;
    web::answer(&once)
}

/// The last run of the proofs that was kept; `null` when there was none.
#[utoipa::path(get, path = "/api/v1/ledger/proofs/last", tag = "ledger",
    responses((status = 200, body = LastRunView), Problems))]
pub async fn last_run(app: App, caller: Caller) -> Result<Json<LastRunView>> {
    let last = app.db.snapshot(&caller.actor, async |tx| ledger::last_run(tx).await).await?;
    Ok(Json(LastRunView { last }))
}

/// Say under which account of the practice's own general ledger an account is exported.
#[utoipa::path(put, path = "/api/v1/ledger/accounts/{kind}", tag = "ledger",
    params(("kind" = String, Path, description = "The account: insurance_ar")), request_body = Mapped,
    responses((status = 200, body = Account), Problems))]
pub async fn map_account(
    app: App,
    caller: Caller,
    kind: Path<String>,
    mapped: Json<Mapped>,
) -> Result<Json<Account>> {
    let (kind, mapped) = (account(&kind)?, mapped.into_inner());
    let account = app
        .db
        .transaction(&caller.actor, async |tx| {
            let (name, number) = (mapped.general_ledger_account, mapped.general_ledger_number);
            ledger::map_account(tx, kind, name.as_deref(), number.as_deref()).await?;
            let chart = ledger::chart(tx).await?;
            let found = chart.into_iter().find(|account| account.kind == kind);
            Ok(found.ok_or_else(|| anyhow::anyhow!("the chart has no {kind}"))?)
        })
        .await?;
    Ok(Json(account))
}

/// What was booked on an account, newest first.
#[utoipa::path(get, path = "/api/v1/ledger/accounts/{kind}/entries", tag = "ledger",
    params(("kind" = String, Path, description = "The account: insurance_ar"), RegisterQuery),
    responses((status = 200, body = Page<MovementView>), Problems))]
pub async fn register(
    app: App,
    caller: Caller,
    kind: Path<String>,
    query: Query<RegisterQuery>,
) -> Result<Json<Page<MovementView>>> {
    let filter = query.filter(account(&kind)?)?;
    let paging = query.paging();
    let after = paging.after::<RegisterPlace>()?;
    let limit = paging.limit() + 1;
    let rows =
        app.db.snapshot(&caller.actor, async |tx| ledger::register(tx, &filter, after, limit).await).await?;
    Ok(Json(Page::of(rows, &paging, |row| row.place)?.map(MovementView::from)))
}

/// One entry with its transfers and the document that it comes from.
#[utoipa::path(get, path = "/api/v1/ledger/entries/{id}", tag = "ledger", params(("id" = EntryId, Path)),
    responses((status = 200, body = EntryView), Problems))]
pub async fn entry(app: App, caller: Caller, id: Path<EntryId>) -> Result<Json<EntryView>> {
    let shown = app.db.snapshot(&caller.actor, async |tx| {
        let entry = ledger::entry(tx, *id).await?;
        let source = (entry.source.kind.as_str(), entry.source.id);
        let document = journey::source_documents(tx, &[source]).await?.remove(&entry.source.id);
        let reversed_by = ledger::reversed_by(tx, *id).await?;
        Ok(EntryView::of(entry, reversed_by, document))
    });
    Ok(Json(shown.await?))
}

/// The months of the books, newest first, and what was done to them.
#[utoipa::path(get, path = "/api/v1/ledger/periods", tag = "ledger",
    responses((status = 200, body = PeriodsView), Problems))]
pub async fn periods(app: App, caller: Caller) -> Result<Json<PeriodsView>> {
    let now = app.clock.now();
    let shown = app.db.snapshot(&caller.actor, async |tx| {
        let today = organizations::today(tx, now).await?;
        let periods = ledger::periods(tx, today).await?;
        Ok(PeriodsView { periods, events: ledger::period_events(tx).await? })
    });
    Ok(Json(shown.await?))
}

/// Close a month and every month before it: nothing is booked in them any more. Late facts are
/// booked on the first open day, with their business date kept.
#[utoipa::path(post, path = "/api/v1/ledger/periods/{month}/close", tag = "ledger",
    params(("month" = Month, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = Standing), Problems))]
pub async fn close(app: App, caller: Caller, month: Path<Month>, write: Keyed<()>) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let today = organizations::today(tx, now).await?;
            let standing = ledger::close_period(tx, *month, today).await?;
            Ok(Answer { status: 200, body: standing })
        })
        .await?;
    web::answer(&once)
}

/// Open a month and every month after it again, unless it is locked.
#[utoipa::path(post, path = "/api/v1/ledger/periods/{month}/reopen", tag = "ledger",
    params(("month" = Month, Path), ("Idempotency-Key" = String, Header)), request_body = Reason,
    responses((status = 200, body = Standing), Problems))]
pub async fn reopen(
    app: App,
    caller: Caller,
    month: Path<Month>,
    write: Keyed<Json<Reason>>,
) -> Result<HttpResponse> {
    let reason = &write.body.reason;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let standing = ledger::reopen_period(tx, *month, reason).await?;
            Ok(Answer { status: 200, body: standing })
        })
        .await?;
    web::answer(&once)
}

/// Lock a closed month and every month before it: they never open again.
#[utoipa::path(post, path = "/api/v1/ledger/periods/{month}/lock", tag = "ledger",
    params(("month" = Month, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = Standing), Problems))]
pub async fn lock(app: App, caller: Caller, month: Path<Month>, write: Keyed<()>) -> Result<HttpResponse> {
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let standing = ledger::lock_period(tx, *month, "locked by a person").await?;
            Ok(Answer { status: 200, body: standing })
        })
        .await?;
    web::answer(&once)
}

/// Export a month's journal; the month is closed and locked. Again gives the same file.
#[utoipa::path(post, path = "/api/v1/ledger/periods/{month}/exports/{format}", tag = "ledger",
    params(("month" = Month, Path), ("format" = JournalFormat, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = JournalExport), Problems))]
pub async fn export(
    app: App,
    caller: Caller,
    path: Path<(Month, JournalFormat)>,
    write: Keyed<()>,
) -> Result<HttpResponse> {
    let (month, format) = path.into_inner();
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let today = organizations::today(tx, now).await?;
            let body = journey::export_journal(tx, month, format, today).await?;
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}

/// The file of a month's journal that was exported.
#[utoipa::path(get, path = "/api/v1/ledger/periods/{month}/exports/{format}", tag = "ledger",
    params(("month" = Month, Path), ("format" = JournalFormat, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), Problems))]
pub async fn exported(app: App, caller: Caller, path: Path<(Month, JournalFormat)>) -> Result<HttpResponse> {
    let (month, format) = path.into_inner();
    download(&app, &caller, month, format).await
}

/// The kept file of an export, as an attachment.
pub(super) async fn download(
    app: &App,
    caller: &Caller,
    month: Month,
    format: JournalFormat,
) -> Result<HttpResponse> {
    let bytes = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let Some(export) = exports::find(tx, month, format).await? else {
                let what = format!("the journal of {month} was not exported as {format}");
                return Err(
                    Refusal::new("ledger/not-exported", Status::NotFound, what, "Export it first").into()
                );
            };
            files::read(tx, export.file).await
        })
        .await?;
    let name = format.file_name(month);
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(bytes))
}

/// The account with this name.
pub(super) fn account(kind: &str) -> Result<AccountKind> {
    AccountKind::from_name(kind).ok_or_else(|| {
        let what = "the chart has no such account";
        Refusal::new("ledger/no-such-account", Status::NotFound, what, "Look at /api/v1/ledger/balances")
            .into()
    })
}

/// Which entries count.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LedgerQuery {
    /// The last day of the books that counts; every one when not said.
    #[param(value_type = Option<NaiveDate>)]
    pub as_of: Option<String>,
}

impl LedgerQuery {
    pub(super) fn as_of(&self) -> Result<AsOf> {
        Ok(web::field("as_of", self.as_of.as_deref())?.map_or(AsOf::NOW, AsOf::day))
    }
}

/// Which movements of an account.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RegisterQuery {
    /// Booked in this month.
    #[param(value_type = Option<Month>)]
    pub period: Option<String>,
    /// Booked on or before this day.
    #[param(value_type = Option<NaiveDate>)]
    pub as_of: Option<String>,
    /// Of this claim.
    #[param(value_type = Option<ClaimId>)]
    pub claim: Option<String>,
    /// With this payer.
    #[param(value_type = Option<PayerId>)]
    pub payer: Option<String>,
    /// Of this patient.
    #[param(value_type = Option<PatientId>)]
    pub patient: Option<String>,
    /// Begin after this place: the `next` of the page before.
    pub after: Option<String>,
    /// How many at most: 1 to 200, else 50.
    pub limit: Option<i64>,
}

impl RegisterQuery {
    pub(super) fn filter(&self, account: AccountKind) -> Result<RegisterFilter> {
        let period: Option<Month> = web::field("period", self.period.as_deref())?;
        let as_of: Option<NaiveDate> = web::field("as_of", self.as_of.as_deref())?;
        Ok(RegisterFilter {
            from: period.map(Month::first),
            thru: match (period.map(Month::last), as_of) {
                (Some(last), Some(day)) => Some(last.min(day)),
                (last, day) => last.or(day),
            },
            claim: web::field("claim", self.claim.as_deref())?,
            payer: web::field("payer", self.payer.as_deref())?,
            patient: web::field("patient", self.patient.as_deref())?,
            ..RegisterFilter::account(account)
        })
    }

    pub(super) fn paging(&self) -> Paging {
        Paging { after: self.after.clone(), limit: self.limit }
    }
}

/// Balances of the chart of accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalancesView {
    /// The last day of the books that counts; every one when not said.
    pub as_of: Option<NaiveDate>,
    /// Every account, those without movements included, in the order of the chart.
    pub accounts: Vec<AccountBalance>,
}

/// Proofs of the practice's books.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProofsView {
    /// The last day of the books that counts for balances; every one when not said.
    pub as_of: Option<NaiveDate>,
    /// Whether all of them hold.
    pub hold: bool,
    /// Each proof with the numbers that it compared.
    pub proofs: Vec<Proof>,
}

/// A run of the proofs that was kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProvedView {
    /// The run.
    pub run: ProofRunId,
    /// Whether every proof held.
    pub hold: bool,
}

/// The last run of the proofs.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastRunView {
    /// Who, when, and what came of it; `null` when the books were never proved.
    pub last: Option<ProofRun>,
}

/// An account of the practice's own general ledger.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Mapped {
    /// Its name; `null`: the account's own.
    pub general_ledger_account: Option<String>,
    /// Its number; `null`: the account's own.
    pub general_ledger_number: Option<String>,
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Reason {
    /// 1 to 200 characters, no patient data.
    pub reason: String,
}

/// The months of the books.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeriodsView {
    /// From today's to the first booked one.
    pub periods: Vec<Period>,
    /// What was done to them, newest first.
    pub events: Vec<PeriodEvent>,
}

/// One transfer, as the account sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovementView {
    /// The entry.
    pub entry: EntryId,
    /// Its transfer.
    pub line_no: i16,
    /// What kind of document: `claim_payment`.
    pub kind: &'static str,
    /// The business date.
    pub effective_on: NaiveDate,
    /// The day of the books.
    pub booked_on: NaiveDate,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
    /// Which side of the account it is on.
    #[schema(value_type = String, example = "debit")]
    pub side: Side,
    /// How much, positive.
    pub amount: Money,
    /// The account on the other side.
    #[schema(value_type = String, example = "charges")]
    pub other: AccountKind,
    /// The claim whose receivable moves.
    pub claim: Option<ClaimId>,
    /// The payer on the other side.
    pub payer: Option<PayerId>,
    /// The patient.
    pub patient: Option<PatientId>,
}

impl From<Movement> for MovementView {
    fn from(row: Movement) -> MovementView {
        MovementView {
            entry: row.place.entry,
            line_no: row.place.line_no,
            kind: row.kind.as_str(),
            effective_on: row.effective_on,
            booked_on: row.place.booked_on,
            posted_at: row.posted_at,
            side: row.side,
            amount: row.amount,
            other: row.other,
            claim: row.claim,
            payer: row.payer,
            patient: row.patient,
        }
    }
}

/// One entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    /// Its id.
    pub id: EntryId,
    /// What kind of document: `claim_payment`.
    pub kind: &'static str,
    /// The business date.
    pub effective_on: NaiveDate,
    /// The day of the books: later than the business date when that was in a closed period.
    pub booked_on: NaiveDate,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
    /// The entry that this one undoes.
    pub reverses: Option<EntryId>,
    /// The entry that undid this one.
    pub reversed_by: Option<EntryId>,
    /// What kind of document it comes from: `remit_claim`.
    pub source_kind: String,
    /// Where that stands; `null` when it came in no file.
    pub document: Option<SourceDocument>,
    /// What moved.
    pub transfers: Vec<TransferView>,
}

/// An amount that moved from one account to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferView {
    /// The account that was debited.
    #[schema(value_type = String, example = "insurance_cash")]
    pub debit: AccountKind,
    /// The account that was credited.
    #[schema(value_type = String, example = "insurance_ar")]
    pub credit: AccountKind,
    /// How much, positive.
    pub amount: Money,
    /// The claim whose receivable moves.
    pub claim: Option<ClaimId>,
    /// The payer on the other side.
    pub payer: Option<PayerId>,
    /// The patient.
    pub patient: Option<PatientId>,
}

impl EntryView {
    fn of(entry: Entry, reversed_by: Option<EntryId>, document: Option<SourceDocument>) -> EntryView {
        EntryView {
            id: entry.id,
            kind: entry.kind.as_str(),
            effective_on: entry.effective_on,
            booked_on: entry.booked_on,
            posted_at: entry.posted_at,
            reverses: entry.reverses,
            reversed_by,
            source_kind: entry.source.kind.as_str().to_owned(),
            document,
            transfers: entry
                .transfers
                .iter()
                .map(|transfer| TransferView {
                    debit: transfer.debit(),
                    credit: transfer.credit(),
                    amount: transfer.amount(),
                    claim: transfer.about().claim,
                    payer: transfer.about().payer,
                    patient: transfer.about().patient,
                })
                .collect(),
        }
    }
}
