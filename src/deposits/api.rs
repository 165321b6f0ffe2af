//! `/api/v1/deposits`: a bank's files, what waits on either side, and matches.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::web::{Bytes, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::deposits::{self, After, Candidate, Deposit, ImportReport, Part, Totals, UnpaidRemittance, View};
use crate::registry::organizations;
use crate::types::{DepositId, DepositMatchId, Money};
use crate::web::{self, App, Caller, Keyed, Page, Paging, Problems, Result};

/// Which deposits.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ViewQuery {
    /// `waiting`: money without remittance, as when nothing is said; `matched`; `all`.
    pub view: Option<String>,
}

impl ViewQuery {
    pub(super) fn view(&self) -> View {
        let named = |view: &&View| self.view.as_deref() == Some(view.as_str());
        View::ALL.iter().find(named).copied().unwrap_or_default()
    }
}

/// A deposit and how long it is there.
#[derive(Debug, Serialize, ToSchema)]
pub struct DepositItem {
    /// It.
    #[serde(flatten)]
    pub deposit: Deposit,
    /// Business days since it came.
    pub age: i64,
    /// Whether its remittance is later than CAQH CORE rule 370 lets it be.
    pub late: bool,
}

impl DepositItem {
    pub(crate) fn of(deposit: Deposit, today: NaiveDate) -> DepositItem {
        DepositItem { age: deposit.age(today), late: deposit.is_late(today), deposit }
    }
}

/// A remittance whose money was not all seen, and how long it is awaited.
#[derive(Debug, Serialize, ToSchema)]
pub struct AwaitedItem {
    /// It.
    #[serde(flatten)]
    pub remittance: UnpaidRemittance,
    /// Business days since it was to be paid.
    pub age: i64,
    /// Whether its money is later than CAQH CORE rule 370 lets it be.
    pub late: bool,
}

impl AwaitedItem {
    pub(crate) fn of(remittance: UnpaidRemittance, today: NaiveDate) -> AwaitedItem {
        AwaitedItem { age: remittance.age(today), late: remittance.is_late(today), remittance }
    }
}

/// A deposit with what it may be.
#[derive(Debug, Serialize, ToSchema)]
pub struct DepositDetail {
    /// It.
    #[serde(flatten)]
    pub item: DepositItem,
    /// The remittances that it may be, the likeliest first; none once it is all matched.
    pub candidates: Vec<Candidate>,
}

/// Where a row of a list stands.
pub(super) fn after<I: serde::de::DeserializeOwned>(paging: &Paging) -> Result<Option<After<I>>> {
    let after: Option<(NaiveDate, I)> = paging.after()?;
    Ok(after.map(|(on, id)| After { on, id }))
}

/// Deposits, the oldest first.
#[utoipa::path(get, path = "/api/v1/deposits", tag = "deposits", params(ViewQuery, Paging),
    responses((status = 200, body = Page<DepositItem>), Problems))]
pub async fn list(
    app: App,
    caller: Caller,
    view: Query<ViewQuery>,
    paging: Query<Paging>,
) -> Result<Json<Page<DepositItem>>> {
    let (view, after, limit) = (view.view(), after(&paging)?, paging.limit() + 1);
    let look = async |tx: &mut Tx| {
        Ok((deposits::list(tx, view, after, limit).await?, organizations::today(tx, app.clock.now()).await?))
    };
    let (found, today) = app.db.snapshot(&caller.actor, look).await?;
    let page = Page::of(found, &paging, |deposit| (deposit.deposited_on, deposit.id))?;
    Ok(Json(page.map(|deposit| DepositItem::of(deposit, today))))
}

/// Remittances without money, the oldest first: posted since the first deposit was entered.
#[utoipa::path(get, path = "/api/v1/deposits/awaited", tag = "deposits", params(Paging),
    responses((status = 200, body = Page<AwaitedItem>), Problems))]
pub async fn awaited(app: App, caller: Caller, paging: Query<Paging>) -> Result<Json<Page<AwaitedItem>>> {
    let (after, limit) = (after(&paging)?, paging.limit() + 1);
    let look = async |tx: &mut Tx| {
        Ok((deposits::unpaid(tx, after, limit).await?, organizations::today(tx, app.clock.now()).await?))
    };
    let (found, today) = app.db.snapshot(&caller.actor, look).await?;
    let page = Page::of(found, &paging, |remittance| (remittance.paid_on, remittance.id))?;
    Ok(Json(page.map(|remittance| AwaitedItem::of(remittance, today))))
}

/// What waits on either side, and how much of it is late.
#[utoipa::path(get, path = "/api/v1/deposits/totals", tag = "deposits",
    responses((status = 200, body = Totals), Problems))]
pub async fn totals(app: App, caller: Caller) -> Result<Json<Totals>> {
    let look = async |tx: &mut Tx| {
        let today = organizations::today(tx, app.clock.now()).await?;
        deposits::totals(tx, today).await
    };
    Ok(Json(app.db.snapshot(&caller.actor, look).await?))
}

/// One deposit with its matches and the remittances that it may be.
#[utoipa::path(get, path = "/api/v1/deposits/{id}", tag = "deposits", params(("id" = DepositId, Path)),
    responses((status = 200, body = DepositDetail), Problems))]
pub async fn get(app: App, caller: Caller, id: Path<DepositId>) -> Result<Json<DepositDetail>> {
    let look = async |tx: &mut Tx| {
        let deposit = deposits::get(tx, *id).await?;
        let candidates = deposits::candidates_of(tx, &deposit).await?;
        Ok(DepositDetail {
            item: DepositItem::of(deposit, organizations::today(tx, app.clock.now()).await?),
            candidates,
        })
    };
    Ok(Json(app.db.snapshot(&caller.actor, look).await?))
}

/// Of which bank account a file is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The bank account's name, made when it is not there; needed only when the file does not say which of
    /// several it is of.
    pub account: Option<String>,
}

/// Enter a bank's file: CSV, BAI2 or NACHA CCD+. Each credit is entered once, in whichever files it comes,
/// and what is certain is matched.
#[utoipa::path(post, path = "/api/v1/deposits/imports", tag = "deposits",
    params(ImportQuery, ("Idempotency-Key" = String, Header)),
    request_body(content = String, content_type = "application/octet-stream", description = "A bank's file"),
    responses((status = 200, body = ImportReport), Problems))]
pub async fn import(
    app: App,
    caller: Caller,
    request: HttpRequest,
    asked: Query<ImportQuery>,
    write: Keyed<Bytes>,
) -> Result<HttpResponse> {
    web::accepts(&request, &["application/octet-stream", "text/csv", "text/plain"])?;
    if let Some(given) = write.key.given::<Value>(&app, &caller).await? {
        return web::answer(&given);
    }
    // Its credits are entered once: whoever dies in between can repeat it.
    let (now, account) = (app.clock.now(), asked.account.as_deref());
    let report =
        deposits::receive_file(&app.db, &caller.actor, now, "upload.bank", &write.body, account).await?;
    let (file, organization) = (report.file, caller.actor.organization);
    let body = serde_json::to_value(report).map_err(anyhow::Error::from)?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            tx.audit("deposits/receive", organization, file, Value::Object(Default::default())).await?;
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}

/// Which remittances a deposit is.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MatchRequest {
    /// Them, with how much of the deposit pays each.
    pub parts: Vec<Part>,
    /// Other deposits that pay the one remittance of `parts` together with this one, matched all or none.
    #[serde(default)]
    pub with: Vec<OtherDeposit>,
}

/// Another deposit of the same payment.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = OtherDeposit)]
pub struct OtherDeposit {
    /// It.
    pub deposit: DepositId,
    /// How much of it pays the remittance.
    pub amount: Money,
}

impl MatchRequest {
    /// Matches what is asked for.
    async fn work(&self, tx: &mut Tx, now: DateTime<Utc>, id: DepositId) -> crate::types::Result<Deposit> {
        let with: Vec<_> = self.with.iter().map(|other| (other.deposit, other.amount)).collect();
        deposits::match_together(tx, now, id, &self.parts, &with).await
    }
}

/// Match a deposit to remittances, or several deposits to one, because a person says so.
#[utoipa::path(post, path = "/api/v1/deposits/{id}/matches", tag = "deposits",
    params(("id" = DepositId, Path), ("Idempotency-Key" = String, Header)), request_body = MatchRequest,
    responses((status = 200, body = Deposit), Problems))]
pub async fn match_to(
    app: App,
    caller: Caller,
    id: Path<DepositId>,
    write: Keyed<Json<MatchRequest>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let deposit = write.body.work(tx, now, *id).await?;
            Ok(Answer { status: 200, body: serde_json::to_value(deposit).map_err(anyhow::Error::from)? })
        })
        .await?;
    web::answer(&once)
}

/// Undo a match by its exact opposite; no rule matches the two again.
#[utoipa::path(post, path = "/api/v1/deposits/matches/{id}/undo", tag = "deposits",
    params(("id" = DepositMatchId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = Deposit), Problems))]
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<DepositMatchId>,
    write: Keyed<()>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let deposit = deposits::undo(tx, now, *id).await?;
            let deposit = deposits::get(tx, deposit).await?;
            Ok(Answer { status: 200, body: serde_json::to_value(deposit).map_err(anyhow::Error::from)? })
        })
        .await?;
    web::answer(&once)
}
