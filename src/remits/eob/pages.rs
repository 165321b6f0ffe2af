//! `/remittances/new`: an EOB on paper is entered. Each button sends the whole form and gets it back with
//! its equations; no script is needed. What is typed is kept as a draft, and nothing else before it is
//! posted. A scan of the paper stands beside it.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Form, Json, Path, Query};
use askama::Template;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::form::{ClaimForm, EobForm, Fault};
use super::scans::{self, Scan};
use super::{CheckedEob, Eob};
use crate::access::drafts;
use crate::db::Tx;
use crate::db::Who;
use crate::db::idempotency::Answer;
use crate::journey;
use crate::registry::{organizations, payers};
use crate::remits::pages::ReasonForm;
use crate::remits::{How, State, eob};
use crate::types::{ClaimId, DraftId, Error, FileId, PayerId, Phi, RemittanceId};
use crate::web::{
    self, App, Caller, Chrome, Fields, IdempotencyKey, Keyed, Parts, Result, SavedDraft, Upload, assets,
    done, page_with_status, see_other, sent, show,
};

/// Claims that are offered when several fit what is looked for.
const FOUND_MAX: i64 = 12;

struct PayerChoice {
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "remits/eob/entry.html")]
struct EntryPage {
    chrome: Chrome,
    script: &'static str,
    draft: DraftId,
    /// When it was last saved.
    saved: Option<String>,
    /// What the person began before and did not end.
    begun: Vec<Begun>,
    payers: Vec<PayerChoice>,
    form: EobForm,
    /// Claims that fit what was looked for.
    found: Vec<eob::FoundClaim>,
    checked: Option<CheckedEob>,
    faults: Vec<Fault>,
    /// Why it was not posted, or nothing was found, and what to do.
    refused: Option<(String, String)>,
    /// Why a scan was not attached, and what to do.
    unattached: Option<(String, String)>,
    scans: Vec<Scan>,
}

impl EntryPage {
    const STATUSES: [(&str, &str); 4] =
        [("1", "1 Primary"), ("2", "2 Secondary"), ("3", "3 Tertiary"), ("22", "22 Reversal")];
    const METHODS: [(&str, &str); 4] =
        [("CHK", "Check"), ("ACH", "EFT"), ("FWT", "Wire"), ("NON", "No payment")];

    fn is_wrong(&self, field: &str) -> bool {
        self.faults.iter().any(|fault| fault.field == field)
    }

    fn is_line_wrong(&self, claim: &usize, line: &usize, field: &str) -> bool {
        self.is_wrong(&format!("claims.{claim}.lines.{line}.{field}"))
    }

    fn is_claim_wrong(&self, claim: &usize, field: &str) -> bool {
        self.is_wrong(&format!("claims.{claim}.{field}"))
    }
}

/// An EOB that somebody began to enter.
struct Begun {
    id: DraftId,
    number: String,
    claims: usize,
    saved: show::Markup,
}

/// The claim that the entry begins with, or what was begun before.
#[derive(Debug, Deserialize)]
pub struct EntryQuery {
    claim: Option<String>,
    draft: Option<String>,
}

/// A form, as which draft it is kept, and when it was.
struct Entry {
    form: EobForm,
    draft: DraftId,
    saved: Option<String>,
}

/// `GET /remittances/new`
pub async fn entry(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<EntryQuery>,
) -> Result<HttpResponse> {
    if let Some(draft) = web::field::<DraftId>("draft", asked.draft.as_deref())? {
        let load = async |tx: &mut Tx| {
            let kept = drafts::get(tx, drafts::Form::Eob, draft).await?;
            Ok((kept, organizations::current(tx).await?.time_zone))
        };
        let (kept, zone) = app.db.snapshot(&caller.actor, load).await?;
        let form = serde_json::from_value(kept.content).map_err(anyhow::Error::from)?;
        let entry = Entry { form, draft, saved: Some(show::time(kept.saved_at, zone)) };
        return shown(&app, &caller, chrome, entry, Look::default()).await;
    }
    let mut form = EobForm::default();
    if let Some(claim) = web::field::<ClaimId>("claim", asked.claim.as_deref())? {
        let (payer, filled) =
            app.db.snapshot(&caller.actor, async |tx| eob::prefilled_with_payer(tx, claim).await).await?;
        form.payer = payer.to_string();
        form.add(&filled);
    }
    let entry = Entry { form, draft: DraftId::new(), saved: None };
    shown(&app, &caller, chrome, entry, Look::default()).await
}

/// `POST /remittances/draft`: keeps the form as it is.
pub async fn save_draft(app: App, caller: Caller, form: Form<Fields>) -> Result<Json<SavedDraft>> {
    let (draft, form) = (draft_of(&form)?, EobForm::read(&form));
    Ok(Json(web::keep_draft(&app, &caller, drafts::Form::Eob, draft, &form).await?))
}

fn draft_of(fields: &Fields) -> Result<DraftId> {
    Ok(web::field("draft", Some(sent(fields, "draft")))?.unwrap_or_else(DraftId::new))
}

/// What somebody types to find a claim. In a body: an address is kept in logs.
#[derive(Debug, Deserialize)]
pub struct FindClaims {
    q: String,
}

/// A claim that may be meant.
#[derive(Debug, Serialize)]
pub struct ClaimHit {
    code: String,
    title: Phi<String>,
}

/// `POST /remittances/claims`: claims that may be meant, for the field that adds one.
pub async fn find_claims(app: App, caller: Caller, asked: Form<FindClaims>) -> Result<Json<Vec<ClaimHit>>> {
    let load = async |tx: &mut Tx| eob::find_claims(tx, &asked.q, FOUND_MAX).await;
    let found = app.db.snapshot(&caller.actor, load).await?;
    let hit = |found: eob::FoundClaim| {
        let day = found.service_from.map(|day| day.format(" %m/%d/%Y").to_string()).unwrap_or_default();
        let title = format!("{}{day} {} {}", found.patient.expose(), found.charged, found.payer);
        ClaimHit { code: found.number, title: Phi::new(title) }
    };
    Ok(Json(found.into_iter().map(hit).collect()))
}

/// What an action adds to the form.
#[derive(Default)]
struct Look {
    found: Vec<eob::FoundClaim>,
    refused: Option<(String, String)>,
    unattached: Option<(String, String)>,
    /// Fields that are not filled in yet are told.
    strict: bool,
}

async fn shown(app: &App, caller: &Caller, chrome: Chrome, entry: Entry, look: Look) -> Result<HttpResponse> {
    let Entry { form, draft, saved } = entry;
    let load = async |tx: &mut Tx| {
        let zone = organizations::current(tx).await?.time_zone;
        let scans = scans::of_draft(tx, draft).await?;
        Ok((payers::list(tx).await?, drafts::list(tx, drafts::Form::Eob).await?, scans, zone))
    };
    let (all, kept, scans, zone) = app.db.snapshot(&caller.actor, load).await?;
    let begun = kept.into_iter().filter(|kept| form.is_empty() && kept.id != draft).map(|kept| {
        let form: EobForm = serde_json::from_value(kept.content).unwrap_or_default();
        let saved = show::moment(kept.saved_at, zone);
        Begun { id: kept.id, number: form.number, claims: form.claims.len(), saved }
    });
    let begun = begun.collect();
    let payers =
        all.into_iter().map(|payer| PayerChoice { id: payer.id.to_string(), name: payer.name }).collect();
    let (stated, faults) = form.stated();
    let Look { found, refused, unattached, strict } = look;
    let is_begun = !form.claims.is_empty() || !form.others.is_empty();
    // Equations need no payer and no day: what is missing there is said when it is posted.
    let checked = is_begun.then(|| eob::check(&stated.unwrap_or_else(|| without_head(&form))));
    let later = ["payer", "paid_on", "number"];
    let faults = faults.into_iter().filter(|f| strict || !later.contains(&f.field.as_str())).collect();
    let is_refused = refused.is_some() || unattached.is_some();
    let status = if is_refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page_with_status(
        status,
        &EntryPage {
            chrome,
            script: assets::entry_js(),
            draft,
            saved,
            begun,
            payers,
            form,
            found,
            checked,
            faults,
            refused,
            unattached,
            scans,
        },
    )
}

/// The EOB of a form whose payer or day is missing, for its equations alone.
fn without_head(form: &EobForm) -> Eob {
    let head =
        EobForm { payer: PayerId::new().to_string(), paid_on: "2000-01-01".to_owned(), ..form.clone() };
    head.stated().0.unwrap_or_else(|| unreachable!("payer and day are there"))
}

/// `POST /remittances/new`: `add`, `rest`, `reverse` and `drop` name what they are about; `act` is `find`,
/// `check`, `discard` or `post`. What is not posted is kept as a draft.
pub async fn enter(
    app: App,
    caller: Caller,
    chrome: Chrome,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let (draft, mut form) = (draft_of(&write.body)?, EobForm::read(&write.body));
    let mut look = Look::default();
    let place = |name: &str| sent(&write.body, name).parse::<usize>().ok();
    if let Some(claim) = web::field::<ClaimId>("add", Some(sent(&write.body, "add")))? {
        add(&app, &caller, &mut form, claim).await?;
    } else if let Some(claim) = place("rest") {
        form.leave_to_contract(claim);
    } else if let Some(claim) = place("reverse").filter(|claim| *claim < form.claims.len()) {
        let number = form.claims[claim].number.clone();
        let load = async |tx: &mut Tx| eob::reversal(tx, &number).await;
        match app.db.snapshot(&caller.actor, load).await {
            Ok(reversal) => form.claims[claim] = ClaimForm::of(&reversal),
            Err(Error::Refused(refusal)) => {
                look.refused = Some((refusal.detail.clone(), refusal.next.clone()));
            }
            Err(internal) => return Err(internal.into()),
        }
    } else if let Some(file) = web::field::<FileId>("detach", Some(sent(&write.body, "detach")))? {
        app.db.transaction(&caller.actor, async |tx| scans::detach(tx, draft, file).await).await?;
    } else if sent(&write.body, "act") == "discard" {
        app.db.transaction(&caller.actor, async |tx| drafts::discard(tx, draft).await).await?;
        return Ok(done("/remittances/new", "Discarded"));
    } else if let Some(claim) = place("drop").filter(|claim| *claim < form.claims.len()) {
        form.claims.remove(claim);
    } else if sent(&write.body, "act") == "find" {
        find(&app, &caller, &mut form, &mut look).await?;
    } else if sent(&write.body, "act") == "post" {
        look.strict = true;
        let (stated, faults) = form.stated();
        match stated.filter(|_| faults.is_empty()) {
            None => {
                let next = "Mend the fields that are marked".to_owned();
                let what = match faults.len() {
                    1 => "a field cannot be read".to_owned(),
                    count => format!("{count} fields cannot be read"),
                };
                look.refused = Some((what, next));
            }
            Some(eob) => match posted(&app, &caller, &write.key, &eob, draft).await {
                Ok((remittance, said)) => return Ok(done(&format!("/remittances/{remittance}"), &said)),
                Err(web::Problem::Refused(refusal)) => {
                    look.refused = Some((refusal.detail.clone(), refusal.next.clone()));
                }
                Err(problem) => return Err(problem),
            },
        }
    }
    // A program has no drafts; it sends what it enters whole.
    let saved = match caller.actor.who {
        Who::User(_) if !form.is_empty() => {
            Some(web::keep_draft(&app, &caller, drafts::Form::Eob, draft, &form).await?.saved)
        }
        _ => None,
    };
    shown(&app, &caller, chrome, Entry { form, draft, saved }, look).await
}

async fn add(app: &App, caller: &Caller, form: &mut EobForm, claim: ClaimId) -> Result<()> {
    let (payer, filled) =
        app.db.snapshot(&caller.actor, async |tx| eob::prefilled_with_payer(tx, claim).await).await?;
    if form.payer.is_empty() {
        form.payer = payer.to_string();
    }
    form.find.clear();
    form.add(&filled);
    Ok(())
}

/// One claim that fits is added, several are offered.
async fn find(app: &App, caller: &Caller, form: &mut EobForm, look: &mut Look) -> Result<()> {
    let text = form.find.clone();
    let load = async |tx: &mut Tx| eob::find_claims(tx, &text, FOUND_MAX).await;
    look.found = app.db.snapshot(&caller.actor, load).await?;
    match &look.found[..] {
        [] => {
            let next = "Type a claim's number, a patient's account, or a last name".to_owned();
            look.refused = Some(("no claim that was sent fits".to_owned(), next));
        }
        [only] => {
            add(app, caller, form, only.id).await?;
            look.found.clear();
        }
        _ => {}
    }
    Ok(())
}

/// Posts it once, however often the form is sent.
async fn posted(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    eob: &Eob,
    draft: DraftId,
) -> Result<(RemittanceId, String)> {
    if let Some(given) = key.given::<(RemittanceId, String)>(app, caller).await? {
        return Ok(given.answer.body);
    }
    let codes = app.codes();
    let how = How { clock: &app.clock, codes: &codes, mode: None };
    let (set, _) = journey::enter_eob(&app.db, &caller.actor, how, eob).await?;
    let said = match set.outcome {
        State::Posted => "Posted",
        State::PartlyPosted => "Posted, with exceptions",
        State::Duplicate => "This payment was posted before; nothing was posted now",
        State::Held | State::Unposted => "Kept, and held: see why",
    };
    let (id, file) = (set.remittance, set.file_id);
    let once = key
        .once(app, caller, async |tx| {
            scans::hand_over(tx, draft, id).await?;
            drafts::discard(tx, draft).await?;
            tx.audit("remits/enter", id, Some(file), Value::Object(Default::default())).await?;
            Ok(Answer { status: 303, body: (id, said.to_owned()) })
        })
        .await?;
    Ok(once.answer.body)
}

/// `POST /remittances/new/scan`: keeps what is typed, and the scan beside it. What is refused leaves the form as it
/// is.
pub async fn attach(app: App, caller: Caller, chrome: Chrome, write: Keyed<Parts>) -> Result<HttpResponse> {
    let Keyed { body, key } = write;
    let fields = body.fields().to_vec();
    let (draft, form) = (draft_of(&fields)?, EobForm::read(&fields));
    let saved = web::keep_draft(&app, &caller, drafts::Form::Eob, draft, &form).await?.saved;
    let attached = match body.into_files() {
        Ok(files) => attach_first(&app, &caller, &key, draft, &files).await,
        Err(none) => Err(none),
    };
    match attached {
        Ok(()) => Ok(see_other(&format!("/remittances/new?draft={draft}"))),
        Err(web::Problem::Refused(refusal)) => {
            let unattached = Some((refusal.detail.clone(), refusal.next.clone()));
            let entry = Entry { form, draft, saved: Some(saved) };
            shown(&app, &caller, chrome, entry, Look { unattached, ..Look::default() }).await
        }
        Err(problem) => Err(problem),
    }
}

async fn attach_first(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    draft: DraftId,
    files: &[Upload],
) -> Result<()> {
    let Some(file) = files.first() else { return Ok(()) };
    key.once(app, caller, async |tx| {
        let (scan, _) = scans::attach_to_draft(tx, draft, &file.name, &file.bytes).await?;
        Ok(Answer { status: 303, body: scan.file })
    })
    .await?;
    Ok(())
}

/// `GET /remittances/drafts/{draft}/scans/{file}`
pub async fn draft_scan(app: App, caller: Caller, path: Path<(DraftId, FileId)>) -> Result<HttpResponse> {
    let (draft, file) = path.into_inner();
    let load = async |tx: &mut Tx| scans::read_of_draft(tx, draft, file).await;
    let (scan, bytes) = app.db.snapshot(&caller.actor, load).await?;
    Ok(scan_answer(&scan, bytes))
}

/// `GET /remittances/{id}/scans/{file}`
pub async fn scan(app: App, caller: Caller, path: Path<(RemittanceId, FileId)>) -> Result<HttpResponse> {
    let (id, file) = path.into_inner();
    let (scan, bytes) = app.db.snapshot(&caller.actor, async |tx| scans::read(tx, id, file).await).await?;
    Ok(scan_answer(&scan, bytes))
}

/// `POST /remittances/{id}/scans`
pub async fn attach_posted(
    app: App,
    caller: Caller,
    id: Path<RemittanceId>,
    write: Keyed<Parts>,
) -> Result<HttpResponse> {
    let Keyed { body, key } = write;
    let scan = body.into_files()?.swap_remove(0);
    key.once(&app, &caller, async |tx| {
        let (scan, _) = scans::attach(tx, *id, &scan.name, &scan.bytes).await?;
        Ok(Answer { status: 303, body: scan.file })
    })
    .await?;
    Ok(done(&format!("/remittances/{id}"), "Attached"))
}

/// `POST /remittances/{id}/scans/{file}/withdraw`
pub async fn withdraw(
    app: App,
    caller: Caller,
    path: Path<(RemittanceId, FileId)>,
    write: Keyed<Form<ReasonForm>>,
) -> Result<HttpResponse> {
    let (id, file) = path.into_inner();
    write
        .key
        .once(&app, &caller, async |tx| {
            scans::withdraw(tx, id, file, &write.body.reason).await?;
            Ok(Answer { status: 303, body: file })
        })
        .await?;
    Ok(done(&format!("/remittances/{id}"), "The scan is withdrawn"))
}

/// A scan as a browser may show it, beside a form of ours and nowhere else: whatever is in it has no script, no
/// form, and no origin of ours. What browsers do not show is downloaded.
pub(super) fn scan_answer(scan: &Scan, bytes: Vec<u8>) -> HttpResponse {
    let how = if scan.kind.is_shown() { "inline" } else { "attachment" };
    let name = format!("{how}; filename=\"{}\"", scan.kind.file_name());
    HttpResponse::Ok()
        .content_type(scan.kind.media_type())
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
        ))
        .insert_header((header::X_FRAME_OPTIONS, "SAMEORIGIN"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(bytes)
}
