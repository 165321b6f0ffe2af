//! `/charges`: what came in and what of it could not be charged; `/charges/new`: a visit entered by
//! hand, checked while it is typed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Form, Json, Path, Query, block};
use askama::Template;
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::access::drafts;
use crate::charges::entry::{self, AsDocument, EntryForm, RARE};
use crate::charges::messages::{self, Envelope, Message, MessageSource, MessageState};
use crate::charges::{self, ChargeDocument, Imported, MISSED_AFTER_DAYS, MissedVisit, Mode};
use crate::codes::{Codes, explain};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::exchange::files::{self, Direction};
use crate::journey::{self, ChargeCheck, ExpectedLine, ExpectedPay, ImportedCharges, Submitted};
use crate::registry::providers::{self, Name, Provider};
use crate::registry::{organizations, patients};
use crate::scrub::Severity;
use crate::types::{ChargeMessageId, ClaimId, CodeTable, DraftId, Phi};
use crate::web::{
    self, App, Caller, Chrome, Fields, Keyed, Nothing, Parts, Result, SavedDraft, assets, done, page,
    page_with_status, see_other, sent, show,
};

/// Field and letter of each diagnosis.
const LETTERS: [(&str, &str); 12] = [
    ("dx1", "A"),
    ("dx2", "B"),
    ("dx3", "C"),
    ("dx4", "D"),
    ("dx5", "E"),
    ("dx6", "F"),
    ("dx7", "G"),
    ("dx8", "H"),
    ("dx9", "I"),
    ("dx10", "J"),
    ("dx11", "K"),
    ("dx12", "L"),
];

#[derive(Template)]
#[template(path = "charges/entry.html")]
struct EntryPage {
    chrome: Chrome,
    script: &'static str,
    draft: DraftId,
    has_draft: bool,
    form: EntryForm,
    saved: Option<String>,
    refused: Option<String>,
    providers: Vec<(&'static str, &'static str, Vec<Choice>)>,
    rows: Vec<usize>,
    more_diagnoses: bool,
    more_open: bool,
    check: CheckView,
}

struct Choice {
    value: String,
    label: String,
}

/// What stands beside the form.
#[derive(Default)]
struct CheckView {
    begun: bool,
    stops: usize,
    warns: usize,
    items: Vec<Shown>,
    summary: Option<String>,
    asked: String,
    charged: String,
    expected: Option<ExpectedView>,
    /// Field and what its value means.
    facts: Vec<(String, String)>,
}

/// What the contract comes to.
struct ExpectedView {
    contract: String,
    allowed: String,
    /// The lines at risk and their sum; none: no finding names a line.
    at_risk: Option<(String, String)>,
}

struct Shown {
    tone: &'static str,
    glyph: &'static str,
    what: String,
    why: String,
    cite: String,
    field: String,
    /// The field is marked as wrong.
    marks: bool,
    go: String,
}

#[derive(Template)]
#[template(path = "charges/findings.html")]
struct FindingsPart {
    check: CheckView,
}

impl CheckView {
    fn fact(&self, field: &str) -> &str {
        self.facts.iter().find(|(known, _)| known == field).map_or("", |(_, text)| text)
    }

    fn line_fact(&self, row: &usize, name: &str) -> &str {
        self.fact(&format!("lines.{}.{name}", row))
    }

    fn marks(&self, field: &str) -> bool {
        self.items.iter().any(|item| item.marks && item.field == field)
    }

    fn line_marks(&self, row: &usize, name: &str) -> bool {
        self.marks(&format!("lines.{}.{name}", row))
    }

    fn starts(&self) -> bool {
        !self.begun
    }
}

/// How much of what is missing is a fault: while somebody types, it is only not there yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    NotYet,
    Wrong,
}

/// Looks at a form as it is now.
async fn look(app: &App, caller: &Caller, form: &EntryForm, missing: Missing) -> Result<CheckView> {
    if form.is_empty() && missing == Missing::NotYet {
        return Ok(CheckView { charged: "0.00".to_owned(), ..CheckView::default() });
    }
    let (codes, now) = (app.codes(), app.clock.now());
    let made = form.as_document();
    let (check, patient) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let check = journey::check_charges(tx, now, &codes, &made.visit).await?;
            let account = form.value("patient_account");
            Ok((check, patients::by_account_number(tx, &[account]).await?.pop()))
        })
        .await?;
    let mut view = shown(&check, form, missing);
    let day = day_of(form).unwrap_or_else(|| now.date_naive());
    view.facts = meanings(&codes, form, day);
    view.facts.extend(prices(&check, &made));
    if let Some(patient) = patient {
        let born = patient.born_on.expose().format("%m/%d/%Y");
        view.facts.push(("patient_account".to_owned(), format!("{}, {born}", patient.name.expose())));
    }
    Ok(view)
}

fn day_of(form: &EntryForm) -> Option<NaiveDate> {
    let text = form.value("service_date");
    ["%m/%d/%Y", "%Y-%m-%d"].into_iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok())
}

fn shown(check: &ChargeCheck, form: &EntryForm, missing: Missing) -> CheckView {
    let made = form.as_document();
    let mut items = vec![];
    let mut absent: Vec<(String, String)> = vec![];
    let fault = |field: String, what: String| Shown {
        tone: "bad",
        glyph: "i-stop",
        go: format!("Go to {}", entry::label(&field).to_lowercase()),
        what,
        why: String::new(),
        cite: String::new(),
        marks: true,
        field,
    };
    for problem in &check.problems {
        let field = made.field(problem.column.as_deref().unwrap_or("/lines"));
        let what = match problem.reason.as_str() {
            "has no charge lines" => "A line".to_owned(),
            _ => entry::label(&field),
        };
        if matches!(problem.reason.as_str(), "is empty" | "has no charge lines") {
            absent.push((field, what));
        } else {
            items.push(fault(field, format!("{what} {}", problem.reason)));
        }
    }
    items.extend(
        made.faults.iter().map(|(field, why)| fault(field.clone(), format!("{} {why}", entry::label(field)))),
    );
    match (missing, absent.first().cloned()) {
        (_, None) => {}
        (Missing::Wrong, Some(_)) => {
            items.splice(
                0..0,
                absent.into_iter().map(|(field, what)| fault(field, format!("{what} is missing"))),
            );
        }
        (Missing::NotYet, Some((field, _))) => {
            let named: Vec<String> = absent.into_iter().map(|(_, what)| what).collect();
            items.push(Shown {
                tone: "info",
                glyph: "i-info",
                what: "Not there yet".to_owned(),
                why: named.join(", "),
                cite: String::new(),
                go: format!("Go to {}", entry::label(&field).to_lowercase()),
                marks: false,
                field,
            });
        }
    }
    for finding in &check.findings {
        let (tone, glyph) = match finding.severity {
            Severity::Stop => ("bad", "i-stop"),
            Severity::Warn => ("warn", "i-alert"),
            Severity::Note => ("mute", "i-info"),
        };
        let field = made.field(&finding.pointer);
        items.push(Shown {
            tone,
            glyph,
            what: capital(&finding.message),
            why: finding.next.to_string(),
            cite: format!("{}, {}. {}", finding.rule, finding.element, finding.source),
            go: format!("Go to {}", entry::label(&field).to_lowercase()),
            marks: finding.severity == Severity::Stop,
            field,
        });
    }
    // The worst first, so that 1 is what stops the claim.
    items.sort_by_key(|item| match item.tone {
        "bad" => 0,
        "warn" => 1,
        "info" => 2,
        _ => 3,
    });
    let of_tone = |tone: &str| items.iter().filter(|item| item.tone == tone).count();
    let (stops, warns) = (of_tone("bad"), of_tone("warn"));
    let (ms, hundredths) = (check.rules_us / 1_000, check.rules_us % 1_000 / 10);
    CheckView {
        begun: true,
        stops,
        warns,
        items,
        summary: (check.rules > 0).then(|| format!("{} rules in {ms}.{hundredths:02} ms", check.rules)),
        asked: match (&check.payer, check.self_pay) {
            (Some(payer), _) => payer.clone(),
            (None, true) => "The patient: no coverage that day".to_owned(),
            (None, false) => "–".to_owned(),
        },
        charged: check.charged.to_string(),
        expected: check.expected.as_ref().map(expected),
        facts: vec![],
    }
}

fn expected(expected: &ExpectedPay) -> ExpectedView {
    let at_risk: Vec<String> =
        expected.lines.iter().filter(|line| line.at_risk).map(|line| (line.place + 1).to_string()).collect();
    let noun = if at_risk.len() == 1 { "line" } else { "lines" };
    ExpectedView {
        contract: expected.contract.clone(),
        allowed: expected.allowed.to_string(),
        at_risk: (!at_risk.is_empty())
            .then(|| (format!("{noun} {}", at_risk.join(", ")), expected.at_risk.to_string())),
    }
}

/// What the contract comes to for each line, beside it.
fn prices(check: &ChargeCheck, made: &AsDocument) -> Vec<(String, String)> {
    let lines = check.expected.iter().flat_map(|expected| &expected.lines);
    let of_line = |line: &ExpectedLine| {
        let field = made.field(&format!("/lines/{}/procedure", line.place));
        let price = line.allowed.map_or_else(|| "no price".to_owned(), |allowed| allowed.to_string());
        (field.replace("procedure", "contract"), price)
    };
    lines.map(of_line).chain(sum_of(check)).collect()
}

fn sum_of(check: &ChargeCheck) -> Option<(String, String)> {
    let expected = check.expected.as_ref()?;
    Some(("contract_total".to_owned(), expected.allowed.to_string()))
}

/// A sentence that begins a block begins with a capital.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What the codes of a form mean on its day.
fn meanings(codes: &Codes, form: &EntryForm, day: NaiveDate) -> Vec<(String, String)> {
    let title = |tables: &[CodeTable], code: &str| {
        let code = explain::plain(code);
        tables.iter().find_map(|table| codes.explain(*table, &code, day).title).unwrap_or_default()
    };
    let mut facts = vec![];
    for (field, _) in LETTERS {
        let code = form.value(field);
        if !code.is_empty() {
            facts.push((field.to_owned(), title(&[CodeTable::Icd10cm], code)));
        }
    }
    for row in 0..form.lines.len() {
        let code = form.line(&row, "procedure");
        if !code.is_empty() {
            let field = format!("lines.{row}.procedure");
            facts.push((field, title(&[CodeTable::Cpt, CodeTable::Hcpcs], code)));
        }
    }
    facts
}

/// Which draft.
#[derive(Debug, Deserialize)]
pub struct EntryQuery {
    draft: Option<DraftId>,
}

/// `GET /charges/new`
pub async fn new(app: App, caller: Caller, chrome: Chrome, asked: Query<EntryQuery>) -> Result<HttpResponse> {
    let Some(id) = asked.draft else {
        let id = DraftId::new();
        let mut form = EntryForm::default();
        // A number of our own, for a practice whose system gave none.
        let number =
            id.to_string().chars().rev().take(9).collect::<Vec<_>>().into_iter().rev().collect::<String>();
        form.fields.insert("visit_number".to_owned(), format!("E{}", number.to_uppercase()));
        return show_entry(&app, &caller, chrome, Entry { id, form, ..Entry::default() }).await;
    };
    let (draft, zone) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            Ok((drafts::get(tx, drafts::Form::Visit, id).await?, organizations::current(tx).await?.time_zone))
        })
        .await?;
    let form = serde_json::from_value(draft.content).map_err(anyhow::Error::from)?;
    let saved = Some(show::time(draft.saved_at, zone));
    show_entry(&app, &caller, chrome, Entry { id, form, saved, ..Entry::default() }).await
}

/// A form to be shown.
struct Entry {
    id: DraftId,
    form: EntryForm,
    saved: Option<String>,
    refused: Option<String>,
    check: Option<CheckView>,
    more_lines: usize,
}

impl Default for Entry {
    fn default() -> Entry {
        let (id, form) = (DraftId::new(), EntryForm::default());
        Entry { id, form, saved: None, refused: None, check: None, more_lines: 0 }
    }
}

async fn show_entry(app: &App, caller: &Caller, chrome: Chrome, entry: Entry) -> Result<HttpResponse> {
    let check = match entry.check {
        Some(check) => check,
        None => look(app, caller, &entry.form, Missing::NotYet).await?,
    };
    let known = app.db.snapshot(&caller.actor, async |tx| providers::list(tx).await).await?;
    let mut form = entry.form;
    let billing = choices(&known, |one| one.billing.is_some(), None);
    if form.value("billing_npi").is_empty()
        && let [only] = &billing[..]
    {
        form.fields.insert("billing_npi".to_owned(), only.value.clone());
    }
    let is_person = |one: &Provider| matches!(one.name, Name::Person(_));
    let status = if entry.refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = EntryPage {
        chrome,
        script: assets::entry_js(),
        draft: entry.id,
        has_draft: entry.saved.is_some(),
        saved: entry.saved,
        refused: entry.refused,
        providers: vec![
            ("rendering_npi", "Rendering", choices(&known, is_person, Some("The billing provider"))),
            ("referring_npi", "Referring", choices(&known, is_person, Some("None"))),
            ("billing_npi", "Billing", billing),
        ],
        rows: (0..form.rows_shown() + entry.more_lines).collect(),
        more_diagnoses: LETTERS.iter().skip(6).any(|(field, _)| !form.value(field).is_empty()),
        more_open: RARE.iter().any(|(field, _)| {
            check.marks(field) || (*field != "visit_number" && !form.value(field).is_empty())
        }),
        form,
        check,
    };
    page_with_status(status, &shown)
}

fn choices(known: &[Provider], wanted: impl Fn(&Provider) -> bool, none: Option<&str>) -> Vec<Choice> {
    let none = none.map(|label| Choice { value: String::new(), label: label.to_owned() });
    let one = |provider: &Provider| Choice {
        value: provider.npi.as_str().to_owned(),
        label: match &provider.name {
            Name::Person(name) => format!("{name}, {}", provider.npi.as_str()),
            Name::Group(name) => format!("{name}, {}", provider.npi.as_str()),
        },
    };
    none.into_iter().chain(known.iter().filter(|provider| wanted(provider)).map(one)).collect()
}

fn draft_of(pairs: &[(String, String)]) -> Result<DraftId> {
    let id = web::field("draft", Some(sent(pairs, "draft")))?;
    Ok(id.unwrap_or_else(DraftId::new))
}

/// `POST /charges/check`: what the form would come to; a part of the page. Writes nothing.
pub async fn check(app: App, caller: Caller, form: Form<Fields>) -> Result<HttpResponse> {
    let check = look(&app, &caller, &EntryForm::of(&form), Missing::NotYet).await?;
    page(&FindingsPart { check })
}

/// `POST /charges/draft`: keeps the form as it is.
pub async fn save_draft(app: App, caller: Caller, form: Form<Fields>) -> Result<Json<SavedDraft>> {
    let (id, form) = (draft_of(&form)?, EntryForm::of(&form));
    Ok(Json(web::keep_draft(&app, &caller, drafts::Form::Visit, id, &form).await?))
}

/// `POST /charges/new`: what its button says.
pub async fn enter(
    app: App,
    caller: Caller,
    chrome: Chrome,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let (id, form) = (draft_of(&write.body)?, EntryForm::of(&write.body));
    let release = match sent(&write.body, "action") {
        "save" => {
            web::keep_draft(&app, &caller, drafts::Form::Visit, id, &form).await?;
            return Ok(done(&format!("/charges/new?draft={id}"), "Draft saved"));
        }
        "drop" => {
            app.db.transaction(&caller.actor, async |tx| drafts::discard(tx, id).await).await?;
            return Ok(done("/charges", "Draft discarded"));
        }
        "lines" => {
            return show_entry(&app, &caller, chrome, Entry { id, form, more_lines: 5, ..Entry::default() })
                .await;
        }
        "release" => true,
        "hold" => false,
        _ => {
            let check = Some(look(&app, &caller, &form, Missing::Wrong).await?);
            return show_entry(&app, &caller, chrome, Entry { id, form, check, ..Entry::default() }).await;
        }
    };
    if let Some(once) = write.key.given::<(String, String)>(&app, &caller).await? {
        return Ok(done(&once.answer.body.0, &once.answer.body.1));
    }
    let made = form.as_document();
    let now = app.clock.now();
    let codes = app.codes();
    let checked = app
        .db
        .snapshot(&caller.actor, async |tx| journey::check_charges(tx, now, &codes, &made.visit).await)
        .await?;
    let wrong = checked.problems.len() + made.faults.len();
    let refused = if wrong > 0 {
        Some("Mend what stands beside the form, then send it again.".to_owned())
    } else if release && checked.held {
        Some("A payer would refuse this claim: mend it, or charge the visit and hold its claim.".to_owned())
    } else {
        None
    };
    if refused.is_some() {
        let check = Some(look(&app, &caller, &form, Missing::Wrong).await?);
        return show_entry(&app, &caller, chrome, Entry { id, form, refused, check, ..Entry::default() })
            .await;
    }
    let document = ChargeDocument { message_id: Some(id.to_string()), visits: vec![made.visit] };
    let bytes = serde_json::to_vec(&document).map_err(anyhow::Error::from)?;
    let envelope = Envelope {
        source: MessageSource::Entry,
        kind: "visit".to_owned(),
        sender: String::new(),
        message_id: id.to_string(),
        not_whole: None,
    };
    let receipt =
        journey::receive_charges(&app.db, &caller.actor, &app.clock, &envelope, &bytes, "visit.json").await?;
    if let Some(refused) = receipt.message.explanation {
        let check = Some(look(&app, &caller, &form, Missing::Wrong).await?);
        let refused = Some(refused);
        return show_entry(&app, &caller, chrome, Entry { id, form, refused, check, ..Entry::default() })
            .await;
    }
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            drafts::discard(tx, id).await?;
            let body = follow(tx, &app, receipt.claims.first().copied(), release).await?;
            Ok(Answer { status: 303, body })
        })
        .await?;
    Ok(done(&once.answer.body.0, &once.answer.body.1))
}

/// What follows once the visit is charged: where to look, and what to say.
async fn follow(
    tx: &mut Tx,
    app: &App,
    claim: Option<ClaimId>,
    release: bool,
) -> crate::types::Result<(String, String)> {
    let (now, codes) = (app.clock.now(), app.codes());
    let Some(claim) = claim else {
        let said = "The visit is charged; the patient pays it, for no coverage was in force";
        return Ok(("/charges/new".to_owned(), said.to_owned()));
    };
    let at = format!("/claims/{claim}");
    if !release {
        journey::scrub_claim(tx, now, &codes, claim).await?;
        return Ok((at, "The visit is charged".to_owned()));
    }
    Ok(match journey::submit(tx, now, &codes, claim).await? {
        Submitted::Queued { .. } => {
            ("/charges/new".to_owned(), "The visit is charged and its claim queued".to_owned())
        }
        Submitted::Held(_) => (at, "The visit is charged; its claim is held".to_owned()),
    })
}

/// What somebody types to find a patient. In a body: an address is kept in logs.
#[derive(Debug, Deserialize)]
pub struct FindPatients {
    q: String,
}

/// A patient who was found.
#[derive(Debug, Serialize)]
pub struct FoundPatient {
    code: String,
    title: Phi<String>,
}

/// `POST /charges/patients`: patients whose account or name begins so. Writes nothing.
pub async fn find_patients(
    app: App,
    caller: Caller,
    asked: Form<FindPatients>,
) -> Result<Json<Vec<FoundPatient>>> {
    let found =
        app.db.snapshot(&caller.actor, async |tx| patients::search(tx, &asked.q, None, 12).await).await?;
    let shown = |one: patients::Patient| FoundPatient {
        title: Phi::new(format!("{}, {}", one.name.expose(), one.born_on.expose().format("%m/%d/%Y"))),
        code: one.account_number.into_inner(),
    };
    Ok(Json(found.into_iter().map(shown).collect()))
}

/// Messages, imports and drafts that the page shows.
const SHOWN_MAX: i64 = 50;

#[derive(Template)]
#[template(path = "charges/list.html")]
struct ListPage {
    chrome: Chrome,
    script: &'static str,
    zone: Tz,
    rejected: Vec<Message>,
    messages: Vec<Message>,
    imports: Vec<Imported>,
    drafts: Vec<DraftRow>,
    mappings: Vec<String>,
    missed: Vec<MissedVisit>,
}

struct DraftRow {
    id: DraftId,
    account: String,
    lines: usize,
    saved: show::Markup,
}

/// `GET /charges`
pub async fn list(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let shown = app.db.snapshot(&caller.actor, async |tx| {
        let zone = organizations::current(tx).await?.time_zone;
        // What a fault of ours left undecided can be replayed as well.
        let mut rejected = messages::messages(tx, Some(MessageState::Received), None, SHOWN_MAX).await?;
        rejected.extend(messages::messages(tx, Some(MessageState::Rejected), None, SHOWN_MAX).await?);
        let all = messages::messages(tx, None, None, SHOWN_MAX).await?;
        let imports = charges::latest_imports(tx, SHOWN_MAX).await?;
        let today = app.clock.today(zone);
        let missed = charges::missed_visits(tx, today, MISSED_AFTER_DAYS, SHOWN_MAX).await?;
        let kept = (drafts::list(tx, drafts::Form::Visit).await?, charges::mappings(tx).await?);
        Ok((zone, rejected, all, imports, kept, missed))
    });
    let (zone, rejected, all, imports, (begun, mappings), missed) = shown.await?;
    let drafts = begun.into_iter().map(|draft| {
        let form: EntryForm = serde_json::from_value(draft.content).unwrap_or_default();
        DraftRow {
            id: draft.id,
            account: form.value("patient_account").to_owned(),
            lines: form.as_document().visit.lines.len(),
            saved: show::moment(draft.saved_at, zone),
        }
    });
    page(&ListPage {
        chrome,
        script: assets::entry_js(),
        zone,
        rejected,
        messages: all.into_iter().filter(|message| message.state == MessageState::Accepted).collect(),
        imports,
        drafts: drafts.collect(),
        mappings: mappings.into_iter().map(|saved| saved.name).collect(),
        missed,
    })
}

/// `POST /charges/messages/{id}/replay`
pub async fn replay(
    app: App,
    caller: Caller,
    id: Path<ChargeMessageId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let receipt = journey::replay_charges(tx, &app.clock, *id).await?;
            let said = match receipt.message.explanation {
                Some(_) => "It was tried again, and is still rejected",
                None => "It is accepted: its visits are charged",
            };
            Ok(Answer { status: 303, body: said.to_owned() })
        })
        .await?;
    Ok(done("/charges", &once.answer.body))
}

/// Why nothing is charged for a visit.
#[derive(Debug, Deserialize)]
pub struct DismissForm {
    visit_number: String,
    why: String,
}

/// `POST /charges/missed`: nothing is to be charged for an announced visit.
pub async fn dismiss(app: App, caller: Caller, write: Keyed<Form<DismissForm>>) -> Result<HttpResponse> {
    let (now, form) = (app.clock.now(), write.body.into_inner());
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            charges::dismiss_missed(tx, now, &form.visit_number, &form.why).await?;
            Ok(Answer { status: 303, body: "The visit is not missed any more".to_owned() })
        })
        .await?;
    Ok(done("/charges", &once.answer.body))
}

/// How a file is brought in.
#[derive(Debug, Deserialize)]
pub struct UploadQuery {
    mapping: Option<String>,
    mode: Option<String>,
}

#[derive(Template)]
#[template(path = "charges/report.html")]
struct ReportPart {
    imported: ImportedCharges,
}

#[derive(Template)]
#[template(path = "charges/uploaded.html")]
struct UploadedPage {
    chrome: Chrome,
    imported: ImportedCharges,
}

/// `POST /charges/imports`: a charge file, by the page's script; a part of the page.
pub async fn import(
    app: App,
    caller: Caller,
    asked: Query<UploadQuery>,
    file: Bytes,
) -> Result<HttpResponse> {
    let UploadQuery { mapping, mode } = asked.into_inner();
    let (mapping, mode) = (mapping.unwrap_or_default(), mode.unwrap_or_default());
    page(&ReportPart { imported: brought_in(&app, &caller, "charges", file, &mapping, &mode).await? })
}

/// `POST /charges/uploads`: the same, by the form alone. The same file again charges nothing.
pub async fn upload(app: App, caller: Caller, chrome: Chrome, write: Keyed<Parts>) -> Result<HttpResponse> {
    let said = |name| write.body.text(name).to_owned();
    let (mapping, mode) = (said("mapping"), said("mode"));
    let Some(file) = write.body.into_files()?.into_iter().next() else { return Ok(see_other("/charges")) };
    let imported = brought_in(&app, &caller, &file.name, file.bytes, &mapping, &mode).await?;
    page(&UploadedPage { chrome, imported })
}

/// Keeps a charge file, and imports it or says what would come of it.
async fn brought_in(
    app: &App,
    caller: &Caller,
    name: &str,
    file: Bytes,
    mapping: &str,
    mode: &str,
) -> Result<ImportedCharges> {
    let now = app.clock.now();
    let mode = if mode == "import" { Mode::KeepGoodRows } else { Mode::DryRun };
    let mapping = match mapping {
        "" => None,
        name => Some(app.db.snapshot(&caller.actor, async |tx| charges::mapping(tx, name).await).await?),
    };
    let keep = async |tx: &mut _| files::keep(tx, &file, name, Direction::In).await;
    let kept = app.db.transaction(&caller.actor, keep).await?.id;
    let read =
        block(move || charges::read_sheet(&file, mapping.as_ref())).await.map_err(anyhow::Error::from)??;
    let import = async |tx: &mut _| journey::import_charges(tx, now, kept, read, mode).await;
    Ok(app.db.batch(&caller.actor, import).await?)
}
