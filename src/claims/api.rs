//! `/api/v1/claims`: what is asked of payers, and what became of it.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query};
use chrono::{DateTime, NaiveDate, Utc};
use json_patch::Patch;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::claims::model::ServiceLine;
use crate::claims::{self, Claim, ClaimItem, Event, RecordedEvent, Status, Wanted};
use crate::codes::{self, Basis};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::journey::{self, Corrected, Submitted, WantedFix};
use crate::ledger::Receivable;
use crate::remits::{self, DecisionRecord};
use crate::scrub::{self, Finding};
use crate::submissions::{self, ClaimSending};
use crate::types::{BatchId, ClaimId, FileId, Money, Refusal, Status as Http, SubmissionId};
use crate::web::{self, App, Caller, Keyed, Page, Paging, Problems, Result};

/// Claims, oldest first.
#[utoipa::path(get, path = "/api/v1/claims", tag = "claims", params(ClaimsQuery, Paging),
    responses((status = 200, body = Page<ClaimItem>), Problems))]
pub async fn list(
    app: App,
    caller: Caller,
    query: Query<ClaimsQuery>,
    paging: Query<Paging>,
) -> Result<Json<Page<ClaimItem>>> {
    let status: Option<Status> = web::field("status", query.status.as_deref())?;
    let wanted = Wanted {
        statuses: status.as_ref().map(std::slice::from_ref),
        payer: web::field("payer", query.payer.as_deref())?,
        patient: web::field("patient", query.patient.as_deref())?,
        number: None,
    };
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let items =
        app.db.snapshot(&caller.actor, async |tx| claims::worklist(tx, wanted, after, limit).await).await?;
    Ok(Json(Page::of(items, &paging, |item| item.id)?))
}

/// One claim with its lines, its history, what the scrubber said and what is owed.
#[utoipa::path(get, path = "/api/v1/claims/{id}", tag = "claims", params(("id" = ClaimId, Path)),
    responses((status = 200, body = ClaimView), Problems))]
pub async fn get(app: App, caller: Caller, id: Path<ClaimId>) -> Result<Json<ClaimView>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| ClaimView::load(tx, *id).await).await?))
}

/// Scrub a claim by today's rules: it is ready afterwards, or held with its findings.
#[utoipa::path(post, path = "/api/v1/claims/{id}/scrub", tag = "claims",
    params(("id" = ClaimId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = ScrubView), Problems))]
pub async fn scrub(app: App, caller: Caller, id: Path<ClaimId>, write: Keyed<()>) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let scrubbed = journey::scrub_claim(tx, now, &app.codes(), *id).await?;
            let body = ScrubView { claim: *id, status: scrubbed.status, findings: scrubbed.findings };
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}

/// Correct a claim that may still change, by a JSON Patch (RFC 6902) against its `content`; it is
/// checked again. 409 when something has happened to the claim since `event`.
#[utoipa::path(post, path = "/api/v1/claims/{id}/corrections", tag = "claims",
    params(("id" = ClaimId, Path), ("Idempotency-Key" = String, Header)),
    request_body = CorrectionBody, responses((status = 200, body = ScrubView), Problems))]
pub async fn correct(
    app: App,
    caller: Caller,
    id: Path<ClaimId>,
    write: Keyed<Json<CorrectionBody>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            // A claim takes kilobytes: neither is kept in the future itself.
            let stored = Box::new(claims::get(tx, *id).await?);
            let revised = scrub::patched(&stored.claim, &write.body.patch).map(Box::new).map_err(|why| {
                let next = "Patch what GET /api/v1/claims/{id} shows as content";
                Refusal::new("claims/patch", Http::Invalid, why.to_string(), next)
            })?;
            if revised.id != *id {
                let next = "Leave the id as it is";
                return Err(
                    Refusal::new("claims/patch", Http::Invalid, "the patch changes the id", next).into()
                );
            }
            let codes = app.codes();
            let corrected = Box::pin(journey::correct(tx, now, &codes, &revised, write.body.event)).await?;
            Ok(ScrubView::answer(*id, corrected))
        })
        .await?;
    web::answer(&once)
}

/// Make the change that a finding of the claim offers; it is checked again. 409 when the rules do not
/// offer it any more, or something has happened to the claim since `event`.
#[utoipa::path(post, path = "/api/v1/claims/{id}/fixes", tag = "claims",
    params(("id" = ClaimId, Path), ("Idempotency-Key" = String, Header)),
    request_body = FixBody, responses((status = 200, body = ScrubView), Problems))]
pub async fn fix(
    app: App,
    caller: Caller,
    id: Path<ClaimId>,
    write: Keyed<Json<FixBody>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let FixBody { rule, pointer, label, event } = &*write.body;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let wanted = WantedFix { rule, pointer, label };
            let corrected = journey::apply_fix(tx, now, &app.codes(), *id, *event, wanted).await?;
            Ok(ScrubView::answer(*id, corrected))
        })
        .await?;
    web::answer(&once)
}

/// Scrub a claim and queue it for its payer's next batch. 202 when it is queued; 200 with status
/// `held` and the findings when something stops it.
#[utoipa::path(post, path = "/api/v1/claims/{id}/submit", tag = "claims",
    params(("id" = ClaimId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 202, body = SubmitView), (status = 200, body = SubmitView), Problems))]
pub async fn submit(app: App, caller: Caller, id: Path<ClaimId>, write: Keyed<()>) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let submitted = journey::submit(tx, now, &app.codes(), *id).await?;
            Ok(SubmitView::answer(*id, submitted))
        })
        .await?;
    web::answer(&once)
}

/// Which claims are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ClaimsQuery {
    /// Those that stand here.
    #[param(value_type = Option<Status>)]
    pub status: Option<String>,
    /// Those to this payer.
    #[param(value_type = Option<crate::types::PayerId>)]
    pub payer: Option<String>,
    /// Those of this patient.
    #[param(value_type = Option<crate::types::PatientId>)]
    pub patient: Option<String>,
}

/// How a claim is corrected.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionBody {
    /// The number of the claim's newest event, as its caller saw it.
    pub event: i32,
    /// RFC 6902, against the claim's `content`.
    #[schema(value_type = Vec<Object>)]
    pub patch: Patch,
}

/// Which finding's fix is made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FixBody {
    /// The finding's rule.
    pub rule: String,
    /// The finding's pointer.
    pub pointer: String,
    /// The fix's label.
    pub label: String,
    /// The number of the claim's newest event, as its caller saw it.
    pub event: i32,
}

/// What came of scrubbing a claim.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ScrubView {
    /// The claim.
    pub claim: ClaimId,
    /// Where it stands now.
    pub status: Status,
    /// What the rules say, notes and warnings included.
    pub findings: Vec<Finding>,
}

impl ScrubView {
    fn answer(claim: ClaimId, corrected: Corrected) -> Answer<ScrubView> {
        let body = ScrubView { claim, status: corrected.status, findings: corrected.findings };
        Answer { status: 200, body }
    }
}

/// What came of submitting a claim.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SubmitView {
    /// The claim.
    pub claim: ClaimId,
    /// `queued`, or `held` when something stops it.
    pub status: Status,
    /// Its sending, when it is queued.
    pub submission: Option<SubmissionId>,
    /// CLM01 of that sending: the remittance echoes it.
    pub control_number: Option<String>,
    /// What the rules say.
    pub findings: Vec<Finding>,
}

impl SubmitView {
    fn answer(claim: ClaimId, submitted: Submitted) -> Answer<SubmitView> {
        match submitted {
            Submitted::Queued { submission, findings } => Answer {
                status: 202,
                body: SubmitView {
                    claim,
                    status: Status::Queued,
                    submission: Some(submission.id),
                    control_number: Some(submission.control_number.to_string()),
                    findings,
                },
            },
            Submitted::Held(findings) => Answer {
                status: 200,
                body: SubmitView {
                    claim,
                    status: Status::Held,
                    submission: None,
                    control_number: None,
                    findings,
                },
            },
        }
    }
}

/// A claim with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimView {
    /// Its line in the list.
    #[serde(flatten)]
    pub item: ClaimItem,
    /// What the payer is asked for, line by line.
    pub lines: Vec<LineView>,
    /// What happened to it, oldest first.
    pub events: Vec<EventView>,
    /// What the scrubber said last.
    pub findings: Vec<Finding>,
    /// By which code lists; null before the first check.
    pub checked_with: Option<Basis>,
    /// Each sending of it, oldest first.
    pub submissions: Vec<SubmissionView>,
    /// What payers decided about it, oldest first.
    pub decisions: Vec<DecisionRecord>,
    /// What is owed for the visit, and why.
    pub ledger: OwedView,
    /// The claim as a document: parties, codes and lines as they stood when it was built.
    #[schema(value_type = Object)]
    pub content: Claim,
}

/// One billed service.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineView {
    /// From 1.
    pub line_no: usize,
    /// REF*6R: the remittance echoes it.
    pub control_number: Option<String>,
    /// CPT or HCPCS, as entered.
    pub procedure: String,
    /// At most four.
    pub modifiers: Vec<String>,
    /// SV104.
    #[schema(value_type = String)]
    pub units: Decimal,
    /// SV102.
    pub charged: Money,
    /// Positions among the diagnoses, from 1.
    pub pointers: Vec<u8>,
    /// The first day of service.
    pub from: Option<NaiveDate>,
    /// The last day of a range.
    pub thru: Option<NaiveDate>,
}

impl From<(usize, &ServiceLine)> for LineView {
    fn from((line_no, line): (usize, &ServiceLine)) -> LineView {
        LineView {
            line_no,
            control_number: line.control_number.clone(),
            procedure: line.procedure.text().to_owned(),
            modifiers: line.modifiers.iter().map(|modifier| modifier.text().to_owned()).collect(),
            units: line.units,
            charged: line.charged,
            pointers: line.pointers.clone(),
            from: line.from,
            thru: line.thru,
        }
    }
}

/// Something that happened to a claim.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// From 1.
    pub event_no: i32,
    /// What.
    pub event: Event,
    /// Where the claim stood afterwards.
    pub status: Status,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// Who or what acted.
    pub actor: String,
    /// What says so.
    pub source: SourceView,
    /// Codes, amounts and ids.
    #[schema(value_type = Object)]
    pub detail: Value,
}

/// What says that something happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceView {
    /// Such as `remit_claim`.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// The file in which it is written.
    pub file: Option<FileId>,
    /// In which bytes of the file, the first and the last.
    pub bytes: Option<(u64, u64)>,
}

impl From<RecordedEvent> for EventView {
    fn from(event: RecordedEvent) -> EventView {
        EventView {
            event_no: event.event_no,
            event: event.event,
            status: event.status,
            occurred_at: event.occurred_at,
            actor: event.actor,
            source: SourceView {
                kind: event.source_kind,
                id: event.source_id,
                file: event.place.map(|place| place.file),
                bytes: event.place.and_then(|place| place.bytes),
            },
            detail: event.detail,
        }
    }
}

/// One sending of a claim.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SubmissionView {
    /// Its id.
    pub id: SubmissionId,
    /// CLM01; the remittance echoes it.
    pub control_number: String,
    /// When it was queued.
    pub queued_at: DateTime<Utc>,
    /// The batch it travels in; none while it waits for one.
    pub batch: Option<BatchView>,
}

/// The batch that a sending travels in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BatchView {
    /// Its id.
    pub id: BatchId,
    /// `built`, `sent`, `accepted`, `partly_accepted` or `rejected`.
    pub state: String,
    /// The 837.
    pub file: FileId,
    /// In which bytes of the file the claim stands, the first and the last.
    pub bytes: Option<(u64, u64)>,
    /// ISA13.
    pub interchange_control_number: String,
    /// When the payer's mailbox had it.
    pub sent_at: Option<DateTime<Utc>>,
}

impl From<ClaimSending> for SubmissionView {
    fn from(sending: ClaimSending) -> SubmissionView {
        SubmissionView {
            id: sending.submission,
            control_number: sending.control_number,
            queued_at: sending.queued_at,
            batch: sending.batch.map(|batch| BatchView {
                id: batch.batch,
                state: batch.state.to_string(),
                file: batch.file,
                bytes: batch.bytes.map(Into::into),
                interchange_control_number: batch.interchange_control_number,
                sent_at: batch.sent_at,
            }),
        }
    }
}

/// What is owed for a visit, and why: charges - payments - adjustments + takebacks + moves =
/// insurance + patient.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwedView {
    /// Each term.
    #[serde(flatten)]
    pub terms: Receivable,
    /// What is owed in all.
    pub balance: Money,
    /// Whether both sides are equal.
    pub holds: bool,
    /// The equation with its numbers.
    pub equation: String,
}

impl From<Receivable> for OwedView {
    fn from(terms: Receivable) -> OwedView {
        OwedView {
            terms,
            balance: terms.balance(),
            holds: terms.balance() == terms.explained(),
            equation: terms.to_string(),
        }
    }
}

impl ClaimView {
    async fn load(tx: &mut Tx, id: ClaimId) -> crate::types::Result<ClaimView> {
        let item = claims::item(tx, id).await?;
        let stored = claims::get(tx, id).await?;
        let checked_with = match stored.checked_with {
            Some(basis) => Some(codes::store::basis(tx, basis).await?),
            None => None,
        };
        Ok(ClaimView {
            checked_with,
            lines: (1..).zip(&stored.claim.lines).map(LineView::from).collect(),
            events: claims::events(tx, id).await?.into_iter().map(EventView::from).collect(),
            findings: serde_json::from_value(stored.findings).map_err(anyhow::Error::from)?,
            submissions: submissions::of_claim(tx, id).await?.into_iter().map(Into::into).collect(),
            decisions: remits::decisions_of_claims(tx, &[id]).await?,
            ledger: item.owed.into(),
            content: *stored.claim,
            item,
        })
    }
}
