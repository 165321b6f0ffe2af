//! `/api/v1/remittances`: what payers decided and paid.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::web::{Bytes, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::db::idempotency::Answer;
use crate::journey::{self, Followed};
use crate::remits::eob::{self, CheckedEob, Eob, EobClaim};
use crate::remits::{
    self, Approval, Care, DecisionRecord, Equation, ExceptionRecord, How, Mode, OverrideRecord, PostingRule,
    ProviderAdjustmentRecord, RemittanceItem, SetReport, State, Which, rules,
};
use crate::types::{self, ClaimId, FileId, PayerId, Refusal, RemittanceId, Status};
use crate::web::{self, App, Caller, IdempotencyKey, Keyed, Page, Paging, Problems, Result};

/// Remittances, newest first.
#[utoipa::path(get, path = "/api/v1/remittances", tag = "remittances", params(RemittancesQuery, Paging),
    responses((status = 200, body = Page<RemittanceItem>), Problems))]
pub async fn list(
    app: App,
    caller: Caller,
    query: Query<RemittancesQuery>,
    paging: Query<Paging>,
) -> Result<Json<Page<RemittanceItem>>> {
    let state: Option<State> = web::field("state", query.state.as_deref())?;
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let items =
        app.db.snapshot(&caller.actor, async |tx| remits::list(tx, state, after, limit).await).await?;
    Ok(Json(Page::of(items, &paging, |item| item.id)?))
}

/// One remittance: its equations with their numbers, what waits and why, and its decisions, a page
/// of them at a time.
#[utoipa::path(get, path = "/api/v1/remittances/{id}", tag = "remittances",
    params(("id" = RemittanceId, Path), Paging),
    responses((status = 200, body = RemittanceView), Problems))]
pub async fn get(
    app: App,
    caller: Caller,
    id: Path<RemittanceId>,
    paging: Query<Paging>,
) -> Result<Json<RemittanceView>> {
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let (record, exceptions, decisions) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            Ok((
                remits::record(tx, *id).await?,
                remits::exceptions_of(tx, *id, None).await?,
                remits::decisions(tx, *id, Which::All, after, limit).await?,
            ))
        })
        .await?;
    let decisions = Page::of(decisions, &paging, |decision| decision.ordinal)?;
    Ok(Json(RemittanceView::new(record, exceptions, decisions)))
}

/// Receive an 835: each set of it is posted, held with its reasons, or recognised as a duplicate.
/// The same file again posts nothing twice. A file that is no 835 is kept and refused.
#[utoipa::path(post, path = "/api/v1/remittances", tag = "remittances",
    params(("Idempotency-Key" = String, Header)),
    request_body(content = String, content_type = "application/edi-x12", description = "An X12 835 interchange"),
    responses((status = 200, body = ReceivedView), Problems))]
pub async fn receive(
    app: App,
    caller: Caller,
    request: HttpRequest,
    write: Keyed<Bytes>,
) -> Result<HttpResponse> {
    web::accepts(&request, &["application/edi-x12", "text/plain", "application/octet-stream"])?;
    if let Some(given) = write.key.given::<Value>(&app, &caller).await? {
        return web::answer(&given);
    }
    // Each set is a transaction of its own, and posts once: whoever dies in between can repeat it.
    let codes = app.codes();
    let how = How { clock: &app.clock, codes: &codes, mode: None };
    let mail = journey::receive_file(&app.db, &caller.actor, how, "upload.835", &write.body[..]).await?;
    let file = mail.file;
    let body = serde_json::to_value(ReceivedView::read(mail)?).map_err(anyhow::Error::from)?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            tx.audit("remits/receive", file, Some(file), Value::Object(Default::default())).await?;
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}

/// Enter an EOB that came on paper: it is posted as a set of an 835 is, or recognised as posted. One that
/// does not add up is refused with each equation that fails, and nothing of it is kept.
#[utoipa::path(post, path = "/api/v1/remittances/manual", tag = "remittances",
    params(("Idempotency-Key" = String, Header)), request_body = Eob,
    responses((status = 200, body = RetriedView), Problems))]
pub async fn enter_eob(app: App, caller: Caller, write: Keyed<Json<Eob>>) -> Result<HttpResponse> {
    if let Some(given) = write.key.given::<Value>(&app, &caller).await? {
        return web::answer(&given);
    }
    // The set is posted once, in a transaction of its own: whoever dies after it can repeat this.
    let codes = app.codes();
    let how = How { clock: &app.clock, codes: &codes, mode: None };
    let (set, followed) = journey::enter_eob(&app.db, &caller.actor, how, &write.body).await?;
    let (id, file) = (set.remittance, set.file_id);
    let body = serde_json::to_value(RetriedView { set, followed }).map_err(anyhow::Error::from)?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            tx.audit("remits/enter", id, Some(file), Value::Object(Default::default())).await?;
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}

/// The equations of an EOB as far as it is entered, with their numbers. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/remittances/manual/check", tag = "remittances",
    params(("Idempotency-Key" = String, Header)), request_body = Eob,
    responses((status = 200, body = CheckedEob), Problems))]
pub async fn check_eob(_: Caller, write: Keyed<Json<Eob>>) -> Result<Json<CheckedEob>> {
    Ok(Json(eob::check(&write.body)))
}

/// A claim as an EOB answers it before anything is entered: its number, and its lines with their charges.
#[utoipa::path(get, path = "/api/v1/remittances/manual/claims/{claim}", tag = "remittances",
    params(("claim" = ClaimId, Path)), responses((status = 200, body = EobClaim), Problems))]
pub async fn eob_claim(app: App, caller: Caller, claim: Path<ClaimId>) -> Result<Json<EobClaim>> {
    let filled = app.db.snapshot(&caller.actor, async |tx| eob::prefilled(tx, *claim).await).await?;
    Ok(Json(filled))
}

/// Look at a held set again: posted when nothing stops it any more, else held with what does. A set
/// that is posted or a duplicate stays as it is.
#[utoipa::path(post, path = "/api/v1/remittances/{id}/retry", tag = "remittances",
    params(("id" = RemittanceId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = RetriedView), Problems))]
pub async fn retry(
    app: App,
    caller: Caller,
    id: Path<RemittanceId>,
    write: Keyed<()>,
) -> Result<HttpResponse> {
    if let Some(given) = write.key.given::<Value>(&app, &caller).await? {
        return web::answer(&given);
    }
    // The set is posted once, in a transaction of its own: whoever dies after it can repeat this.
    let codes = app.codes();
    let how = How { clock: &app.clock, codes: &codes, mode: None };
    let (set, followed) = journey::retry_remittance(&app.db, &caller.actor, how, *id).await?;
    retried(&app, &caller, &write.key, *id, RetriedView { set, followed }).await
}

/// Post a set that waits because its payer's rule wants a person to look at it. One that does not add
/// up stays held.
#[utoipa::path(post, path = "/api/v1/remittances/{id}/post", tag = "remittances",
    params(("id" = RemittanceId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = RetriedView), Problems))]
pub async fn post_reviewed(
    app: App,
    caller: Caller,
    id: Path<RemittanceId>,
    write: Keyed<()>,
) -> Result<HttpResponse> {
    approved(&app, &caller, &write.key, *id, &Approval::Reviewed).await
}

/// Post a held set all the same: a difference in what it pays goes to suspense, where an exception keeps
/// it open. What cannot be read, is no payment, is somebody else's or is posted stays held.
#[utoipa::path(post, path = "/api/v1/remittances/{id}/override", tag = "remittances",
    params(("id" = RemittanceId, Path), ("Idempotency-Key" = String, Header)),
    request_body = ReasonBody, responses((status = 200, body = RetriedView), Problems))]
pub async fn override_held(
    app: App,
    caller: Caller,
    id: Path<RemittanceId>,
    write: Keyed<Json<ReasonBody>>,
) -> Result<HttpResponse> {
    let approval = Approval::Override { reason: write.body.reason.clone() };
    approved(&app, &caller, &write.key, *id, &approval).await
}

/// Take a posted set back: each of its entries is exactly reversed, and what followed is undone. Refused
/// while a later fact depends on it. Posting it again makes a remittance of its own.
#[utoipa::path(post, path = "/api/v1/remittances/{id}/unpost", tag = "remittances",
    params(("id" = RemittanceId, Path), ("Idempotency-Key" = String, Header)),
    request_body = ReasonBody, responses((status = 200, body = UnpostedView), Problems))]
pub async fn unpost(
    app: App,
    caller: Caller,
    id: Path<RemittanceId>,
    write: Keyed<Json<ReasonBody>>,
) -> Result<HttpResponse> {
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let unposted = journey::unpost_remittance(tx, &app.clock, *id, &write.body.reason).await?;
            let body = UnpostedView { entries: unposted.entries, already: unposted.already };
            Ok(Answer { status: 200, body: serde_json::to_value(body).map_err(anyhow::Error::from)? })
        })
        .await?;
    web::answer(&once)
}

async fn approved(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    id: RemittanceId,
    approval: &Approval,
) -> Result<HttpResponse> {
    if let Some(given) = key.given::<Value>(app, caller).await? {
        return web::answer(&given);
    }
    let codes = app.codes();
    let how = How { clock: &app.clock, codes: &codes, mode: None };
    let (set, followed) = journey::approve_remittance(&app.db, &caller.actor, how, id, approval).await?;
    retried(app, caller, key, id, RetriedView { set, followed }).await
}

/// Keeps under the key what a set that was looked at again came to.
async fn retried(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    id: RemittanceId,
    view: RetriedView,
) -> Result<HttpResponse> {
    let body = serde_json::to_value(view).map_err(anyhow::Error::from)?;
    let once = key
        .once(app, caller, async |tx| {
            tx.audit("remits/retry", id, None, Value::Object(Default::default())).await?;
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}

/// What of each payer's remittances is posted without a person's look; a payer that is not named posts
/// everything that adds up.
#[utoipa::path(get, path = "/api/v1/posting-rules", tag = "remittances",
    responses((status = 200, body = Vec<PayerRule>), Problems))]
pub async fn posting_rules(app: App, caller: Caller) -> Result<Json<Vec<PayerRule>>> {
    let all = app.db.snapshot(&caller.actor, async |tx| rules::all(tx).await).await?;
    Ok(Json(all.into_iter().map(|(payer, rule)| PayerRule { payer, rule }).collect()))
}

/// Say what of a payer's remittances is posted without a person's look. The same again changes nothing.
#[utoipa::path(put, path = "/api/v1/posting-rules/{payer}", tag = "remittances",
    params(("payer" = PayerId, Path)), request_body = RuleBody,
    responses((status = 200, body = PayerRule), Problems))]
pub async fn set_posting_rule(
    app: App,
    caller: Caller,
    payer: Path<PayerId>,
    body: Json<RuleBody>,
) -> Result<Json<PayerRule>> {
    let RuleBody { mode, allows } = body.into_inner();
    let rule = PostingRule { mode, allows };
    app.db.transaction(&caller.actor, async |tx| rules::set(tx, *payer, &rule).await).await?;
    Ok(Json(PayerRule { payer: *payer, rule }))
}

/// What was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnpostedView {
    /// How many entries were reversed.
    pub entries: usize,
    /// True when it had been taken back before: nothing moved now.
    pub already: bool,
}

/// Why a held set is posted all the same, a posted one taken back, or a scan withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReasonBody {
    /// 10 to 500 characters, without patient data.
    pub reason: String,
}

/// A payer with its rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayerRule {
    /// The payer.
    pub payer: PayerId,
    /// Its rule.
    #[serde(flatten)]
    pub rule: PostingRule,
}

/// A payer's rule, as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RuleBody {
    /// How much is posted by itself.
    pub mode: Mode,
    /// What is posted in `semi` although it would wait.
    #[serde(default)]
    pub allows: Vec<Care>,
}

/// Which remittances are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RemittancesQuery {
    /// Those in this state.
    #[param(value_type = Option<State>)]
    pub state: Option<String>,
}

/// A remittance with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemittanceView {
    /// Its line in the list.
    #[serde(flatten)]
    pub item: RemittanceItem,
    /// TRN03.
    pub payer_trace_id: String,
    /// Where it stands in its file.
    pub bytes: types::Bytes,
    /// The payment's own equation.
    pub equation: Equation,
    /// Who posted it although it was held, and why.
    #[serde(rename = "override")]
    pub overridden: Option<OverrideRecord>,
    /// Why it is held or a duplicate, or was: each failing equation with its numbers and place.
    pub why: Vec<String>,
    /// What is odd about it and stops nothing.
    pub warnings: Vec<String>,
    /// Money moved outside any claim.
    pub adjustments: Vec<ProviderAdjustmentRecord>,
    /// What waits, or waited, for a person.
    pub exceptions: Vec<ExceptionRecord>,
    /// What it decides, in the order of the file: a page.
    pub decisions: Page<DecisionRecord>,
}

impl RemittanceView {
    fn new(
        record: remits::RemittanceRecord,
        exceptions: Vec<ExceptionRecord>,
        decisions: Page<DecisionRecord>,
    ) -> RemittanceView {
        RemittanceView {
            item: record.item,
            payer_trace_id: record.payer_trace_id,
            bytes: record.bytes,
            equation: record.equation,
            overridden: record.overridden,
            why: record.why.iter().map(ToString::to_string).collect(),
            warnings: record.warnings.iter().map(ToString::to_string).collect(),
            adjustments: record.provider_adjustments,
            exceptions,
            decisions,
        }
    }
}

/// What became of a set that was looked at again, or entered.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetriedView {
    /// Where it stands now, and why.
    pub set: SetReport,
    /// What followed: denials, claims to next payers, patients' shares, claims that are done.
    pub followed: Followed,
}

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceivedView {
    /// It, as it is kept.
    pub file: FileId,
    /// What became of each set.
    pub sets: Vec<SetReport>,
    /// What followed: denials, claims to next payers, patients' shares, claims that are done.
    pub followed: Followed,
}

impl ReceivedView {
    fn read(mail: journey::Mail) -> Result<ReceivedView> {
        let refuse = |why: String| {
            let next = format!("The file is kept as {}; send an 835", mail.file);
            Refusal::new("remits/unreadable", Status::Invalid, why, next)
        };
        if let Some(why) = mail.unreadable {
            return Err(refuse(why).into());
        }
        if mail.remittances.is_empty() {
            return Err(refuse("the file holds no remittance".to_owned()).into());
        }
        Ok(ReceivedView { file: mail.file, sets: mail.remittances, followed: mail.followed })
    }
}
