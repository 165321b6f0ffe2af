//! `/patients`: found by name, number or birth date (asked for by a form's body, so that no address holds
//! patient data), one patient with coverages, claims and what is owed, and the forms for them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use chrono::NaiveDate;

use crate::access::Permission;
use crate::claims::pages::{Pill, name_of, pill};
use crate::claims::{self, ClaimItem, Wanted};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::ledger::{AsOf, PatientBalance};
use crate::registry::form::{self, Field, Kind, Layout, Must, Opened};
use crate::registry::written::{
    Faults, Insured, Written, WrittenCoverage, WrittenPatient, relationship_words,
};
use crate::registry::{Coverage, Patient, Payer, coverages, organizations, patients, payers};
use crate::statements;
use crate::types::{Address, ClaimId, CoverageId, Money, PatientId, Status, age_years};
use crate::web::{
    App, Caller, Chrome, Fields, Keyed, Page, Paging, Problem, Result, done, page, page_with_status, sent,
    show,
};

/// Patients that a search shows, and claims that a patient's page shows.
const SHOWN_MAX: i64 = 50;

// ---- the list ----

#[derive(Template)]
#[template(path = "registry/patients.html")]
struct PatientsPage {
    chrome: Chrome,
    rows: Vec<Patient>,
    may_keep: bool,
    searched: bool,
    q: String,
    born_on: String,
    wrong: Option<&'static str>,
    more: bool,
    continued: bool,
    next: Option<String>,
}

/// `GET /patients`
pub async fn list(app: App, caller: Caller, chrome: Chrome, paging: Query<Paging>) -> Result<HttpResponse> {
    let after: Option<PatientId> = paging.after()?;
    let load = async |tx: &mut Tx| patients::list(tx, after, paging.limit() + 1).await;
    let found = Page::of(app.db.snapshot(&caller.actor, load).await?, &paging, |one| one.id)?;
    page(&PatientsPage {
        chrome,
        rows: found.items,
        may_keep: caller.may(Permission::KeepPatients),
        searched: false,
        q: String::new(),
        born_on: String::new(),
        wrong: None,
        more: false,
        continued: after.is_some(),
        next: found.next,
    })
}

/// `POST /patients`: who is so called, or was born that day. Writes nothing.
pub async fn search(app: App, caller: Caller, chrome: Chrome, asked: Form<Fields>) -> Result<HttpResponse> {
    let (q, born) = (sent(&asked, "q").trim(), sent(&asked, "born_on").trim());
    let born_on: Option<NaiveDate> = born.parse().ok();
    let wrong = (!born.is_empty() && born_on.is_none()).then_some("is not a date: expected YYYY-MM-DD");
    let look = async |tx: &mut Tx| match (wrong, q.is_empty() && born_on.is_none()) {
        (Some(_), _) => Ok(vec![]),
        (None, true) => patients::list(tx, None, SHOWN_MAX + 1).await,
        (None, false) => patients::search(tx, q, born_on, SHOWN_MAX + 1).await,
    };
    let mut rows = app.db.snapshot(&caller.actor, look).await?;
    let shown = usize::try_from(SHOWN_MAX).map_err(anyhow::Error::from)?;
    let more = rows.len() > shown;
    rows.truncate(shown);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = PatientsPage {
        chrome,
        rows,
        may_keep: caller.may(Permission::KeepPatients),
        searched: true,
        q: q.to_owned(),
        born_on: born.to_owned(),
        wrong,
        more,
        continued: false,
        next: None,
    };
    page_with_status(status, &shown)
}

// ---- one patient ----

#[derive(Template)]
#[template(path = "registry/patient.html")]
struct PatientPage {
    chrome: Chrome,
    patient: Patient,
    address: Address,
    age: Option<u32>,
    may_keep: bool,
    balance: PatientBalance,
    coverages: Vec<CoverageRow>,
    claims: Vec<ClaimRow>,
    more_claims: bool,
}

struct CoverageRow {
    of: Coverage,
    payer: String,
    insured: String,
    in_force: bool,
}

struct ClaimRow {
    id: ClaimId,
    name: String,
    service_from: Option<NaiveDate>,
    payer: String,
    pill: Pill,
    charged: Money,
    balance: Money,
}

impl From<ClaimItem> for ClaimRow {
    fn from(claim: ClaimItem) -> ClaimRow {
        ClaimRow {
            id: claim.id,
            name: name_of(claim.control_number.as_deref(), claim.id),
            service_from: claim.service_from,
            payer: claim.payer.name,
            pill: pill(claim.status),
            charged: claim.charged,
            balance: claim.balance,
        }
    }
}

fn coverage_row(coverage: Coverage, payers: &[Payer], today: NaiveDate) -> CoverageRow {
    let payer = payers.iter().find(|payer| payer.id == coverage.payer);
    let relationship = relationship_words().find(|(code, _)| *code == coverage.relationship);
    let word = relationship.map_or(coverage.relationship.as_str(), |(_, word)| word);
    CoverageRow {
        payer: payer.map(|payer| payer.name.clone()).unwrap_or_default(),
        insured: match coverage.relationship.as_str() {
            "18" => "The patient".to_owned(),
            _ => format!("{} ({})", coverage.subscriber.expose(), word.to_lowercase()),
        },
        in_force: coverage.valid_from <= today && coverage.valid_to.is_none_or(|last| today <= last),
        of: coverage,
    }
}

/// `GET /patients/{id}`
pub async fn patient(app: App, caller: Caller, chrome: Chrome, id: Path<PatientId>) -> Result<HttpResponse> {
    let now = app.clock.now();
    let load = async |tx: &mut Tx| {
        let patient = patients::get(tx, *id).await?;
        let coverages = coverages::of_patients(tx, &[*id]).await?;
        let wanted = Wanted { patient: Some(*id), ..Wanted::default() };
        let claims = claims::worklist(tx, wanted, None, SHOWN_MAX + 1).await?;
        let balance = statements::account(tx, *id, AsOf::NOW).await?.balance;
        let zone = organizations::current(tx).await?.time_zone;
        Ok((
            patient,
            coverages,
            claims,
            balance,
            payers::list(tx).await?,
            now.with_timezone(&zone).date_naive(),
        ))
    };
    let (patient, coverages, claims, balance, payers, today) = app.db.snapshot(&caller.actor, load).await?;
    let shown = usize::try_from(SHOWN_MAX).map_err(anyhow::Error::from)?;
    page(&PatientPage {
        chrome,
        address: patient.address.expose().clone(),
        age: match patient.died_on {
            Some(_) => None,
            None => age_years(*patient.born_on.expose(), today),
        },
        patient,
        may_keep: caller.may(Permission::KeepPatients),
        balance,
        coverages: coverages.into_iter().map(|one| coverage_row(one, &payers, today)).collect(),
        more_claims: claims.len() > shown,
        claims: claims.into_iter().take(shown).map(ClaimRow::from).collect(),
    })
}

// ---- forms ----

#[derive(Template)]
#[template(path = "registry/edit.html")]
pub(super) struct EditPage {
    pub(super) chrome: Chrome,
    pub(super) title: &'static str,
    pub(super) hint: &'static str,
    /// Where it leads back to, and how that is called.
    pub(super) back: String,
    pub(super) back_label: &'static str,
    /// Where it is sent.
    pub(super) action: String,
    /// Why what it says cannot be, where that is no single field's fault.
    pub(super) refused: Option<String>,
    pub(super) fields: Vec<Field>,
    pub(super) opened_on: String,
}

impl EditPage {
    pub(super) fn opened_on(self, opened: Opened) -> EditPage {
        EditPage { opened_on: opened.into_field(), ..self }
    }
}

/// The form; 422 when something is wrong with it.
pub(super) fn shown(edit: EditPage) -> Result<HttpResponse> {
    let is_wrong = edit.refused.is_some() || edit.fields.iter().any(|field| field.wrong.is_some());
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page_with_status(status, &edit)
}

const PATIENT: &[Layout] = &[
    ("account_number", "Account number", Kind::Text, Must::Be),
    ("last_name", "Last name", Kind::Text, Must::Be),
    ("first_name", "First name", Kind::Text, Must::Maybe),
    ("middle_name", "Middle name", Kind::Text, Must::Maybe),
    ("suffix", "Suffix", Kind::Text, Must::Maybe),
    ("sex", "Sex", Kind::Choice(sexes), Must::Be),
    ("born_on", "Born on", Kind::Day, Must::Be),
    ("died_on", "Died on", Kind::Day, Must::Maybe),
    ("address_line_1", "Address", Kind::Text, Must::Be),
    ("address_line_2", "Second line", Kind::Text, Must::Maybe),
    ("city", "City", Kind::Text, Must::Be),
    ("state", "State", Kind::Text, Must::Be),
    ("zip", "ZIP code", Kind::Text, Must::Be),
];

fn sexes() -> Vec<(String, String)> {
    form::choices(&[("", "–"), ("F", "Female"), ("M", "Male"), ("U", "Unknown")])
}

fn patient_form(
    chrome: Chrome,
    id: Option<PatientId>,
    written: &WrittenPatient,
    wrong: Option<&Faults>,
    refused: Option<String>,
) -> EditPage {
    let (title, back, action) = match id {
        None => ("New patient", "/patients".to_owned(), "/patients/new".to_owned()),
        Some(id) => ("Patient", format!("/patients/{id}"), format!("/patients/{id}/edit")),
    };
    EditPage {
        chrome,
        title,
        hint: "claims that are made keep what they say",
        back,
        back_label: if id.is_some() { "Back to the patient" } else { "Patients" },
        action,
        refused,
        fields: form::fields(PATIENT, written, wrong, id.map(|_| "account_number")),
        opened_on: String::new(),
    }
}

/// `GET /patients/new`
pub async fn new(chrome: Chrome) -> Result<HttpResponse> {
    shown(patient_form(chrome, None, &WrittenPatient::default(), None, None))
}

/// `GET /patients/{id}/edit`
pub async fn edit(app: App, caller: Caller, chrome: Chrome, id: Path<PatientId>) -> Result<HttpResponse> {
    let found = app.db.snapshot(&caller.actor, async |tx| patients::get(tx, *id).await).await?;
    let said = WrittenPatient::from(&found);
    shown(patient_form(chrome, Some(*id), &said, None, None).opened_on(Opened::on(&said)))
}

/// What a form says.
pub(super) fn written<W: Written>(fields: &Fields) -> W {
    W::from_texts(fields.iter().map(|(name, text)| (name.as_str(), text.as_str())))
}

/// What a form that was sent had been opened on.
pub(super) fn opened_on(fields: &Fields) -> Opened {
    Opened::of(sent(fields, "opened_on"))
}

/// `POST /patients/new`
pub async fn create(
    app: App,
    caller: Caller,
    chrome: Chrome,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let said: WrittenPatient = written(&write.body);
    let patient = match said.read(today(&app, &caller).await?) {
        Ok(patient) => patient,
        Err(faults) => return shown(patient_form(chrome, None, &said, Some(&faults), None)),
    };
    let once = write
        .key
        .once(&app, &caller, async |tx| Ok(Answer { status: 303, body: patients::add(tx, patient).await? }))
        .await;
    match once {
        Ok(once) => Ok(done(&format!("/patients/{}", once.answer.body), "The patient is added.")),
        Err(problem) => shown(patient_form(chrome, None, &said, None, Some(why(problem)?))),
    }
}

/// `POST /patients/{id}/edit`
pub async fn change(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<PatientId>,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let said: WrittenPatient = written(&write.body);
    let patient = match said.read(today(&app, &caller).await?) {
        Ok(patient) => patient,
        Err(faults) => {
            let form = patient_form(chrome, Some(*id), &said, Some(&faults), None);
            return shown(form.opened_on(opened_on(&write.body)));
        }
    };
    let opened = opened_on(&write.body);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let before = patients::change(tx, *id, patient).await?;
            opened.unchanged(&WrittenPatient::from(&before), &said)?;
            Ok(Answer { status: 303, body: () })
        })
        .await;
    match once {
        Ok(_) => Ok(done(&format!("/patients/{id}"), "The patient is up to date.")),
        Err(problem) => {
            let form = patient_form(chrome, Some(*id), &said, None, Some(why(problem)?));
            shown(form.opened_on(opened))
        }
    }
}

/// A refusal that a form shows; what is not there, or a fault of ours, is a page of its own.
pub(super) fn why(problem: Problem) -> Result<String> {
    match problem {
        Problem::Refused(refusal) if refusal.status == Status::Conflict => {
            Ok(format!("{}. {}.", refusal.detail, refusal.next))
        }
        other => Err(other),
    }
}

async fn today(app: &App, caller: &Caller) -> Result<NaiveDate> {
    let now = app.clock.now();
    Ok(app.db.snapshot(&caller.actor, async |tx| organizations::today(tx, now).await).await?)
}

const COVERAGE: &[Layout] = &[
    ("payer", "Payer", Kind::Text, Must::Be),
    ("rank", "Rank", Kind::Choice(ranks), Must::Be),
    ("member_id", "Member id", Kind::Text, Must::Be),
    ("group_number", "Group", Kind::Text, Must::Maybe),
    ("valid_from", "In force from", Kind::Day, Must::Be),
    ("valid_to", "thru", Kind::Day, Must::Maybe),
    ("relationship", "Patient is insured as", Kind::Choice(relationships), Must::Be),
    ("subscriber_last_name", "Insured last name", Kind::Text, Must::Maybe),
    ("subscriber_first_name", "Insured first name", Kind::Text, Must::Maybe),
    ("subscriber_born_on", "Insured born on", Kind::Day, Must::Maybe),
    ("subscriber_sex", "Insured sex", Kind::Choice(sexes), Must::Maybe),
    ("medicare_secondary", "Why Medicare pays second", Kind::Choice(medicare_secondary), Must::Maybe),
];

fn ranks() -> Vec<(String, String)> {
    let word = |rank: i16| match rank {
        1 => "1 primary".to_owned(),
        2 => "2 secondary".to_owned(),
        3 => "3 tertiary".to_owned(),
        more => more.to_string(),
    };
    (1..=11).map(|rank| (rank.to_string(), word(rank))).collect()
}

fn relationships() -> Vec<(String, String)> {
    relationship_words().map(|(code, word)| (code.to_owned(), word.to_owned())).collect()
}

fn medicare_secondary() -> Vec<(String, String)> {
    form::choices(&[
        ("", "–"),
        ("12", "12 working aged"),
        ("13", "13 renal disease"),
        ("14", "14 no-fault"),
        ("15", "15 workers' compensation"),
        ("16", "16 federal agency"),
        ("41", "41 black lung"),
        ("42", "42 veterans"),
        ("43", "43 disabled"),
        ("47", "47 other liability"),
    ])
}

fn coverage_form(
    chrome: Chrome,
    patient: PatientId,
    id: Option<CoverageId>,
    payers: &[Payer],
    written: &WrittenCoverage,
    wrong: Option<&Faults>,
    refused: Option<String>,
) -> EditPage {
    let mut fields = form::fields(COVERAGE, written, wrong, None);
    for field in fields.iter_mut().filter(|field| field.name == "payer") {
        field.choices = vec![(String::new(), "–".to_owned())];
        let one = |payer: &Payer| (payer.identifier.as_str().to_owned(), payer.name.clone());
        field.choices.extend(payers.iter().map(one));
    }
    let place = id.map_or_else(|| "new".to_owned(), |id| id.to_string());
    EditPage {
        chrome,
        title: if id.is_some() { "Coverage" } else { "New coverage" },
        hint: "the insured person is asked for only where it is not the patient",
        back: format!("/patients/{patient}"),
        back_label: "Back to the patient",
        action: format!("/patients/{patient}/coverages/{place}"),
        refused,
        fields,
        opened_on: String::new(),
    }
}

async fn parties(tx: &mut Tx, id: PatientId) -> crate::types::Result<(Patient, Vec<Payer>)> {
    Ok((patients::get(tx, id).await?, payers::list(tx).await?))
}

/// `GET /patients/{id}/coverages/new`
pub async fn new_coverage(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<PatientId>,
) -> Result<HttpResponse> {
    let (_, payers) = app.db.snapshot(&caller.actor, async |tx| parties(tx, *id).await).await?;
    let empty =
        WrittenCoverage { rank: "1".to_owned(), relationship: "18".to_owned(), ..WrittenCoverage::default() };
    shown(coverage_form(chrome, *id, None, &payers, &empty, None, None))
}

/// `GET /patients/{id}/coverages/{coverage}`
pub async fn edit_coverage(
    app: App,
    caller: Caller,
    chrome: Chrome,
    ids: Path<(PatientId, CoverageId)>,
) -> Result<HttpResponse> {
    let (patient, id) = *ids;
    let load = async |tx: &mut Tx| Ok((coverages::get(tx, patient, id).await?, payers::list(tx).await?));
    let (coverage, payers) = app.db.snapshot(&caller.actor, load).await?;
    let of = payers.iter().find(|payer| payer.id == coverage.payer);
    let said = of.map(|payer| WrittenCoverage::of(&coverage, payer)).unwrap_or_default();
    shown(coverage_form(chrome, patient, Some(id), &payers, &said, None, None).opened_on(Opened::on(&said)))
}

/// `POST /patients/{id}/coverages/new`
pub async fn create_coverage(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<PatientId>,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    save_coverage(&app, &caller, chrome, *id, None, write).await
}

/// `POST /patients/{id}/coverages/{coverage}`
pub async fn change_coverage(
    app: App,
    caller: Caller,
    chrome: Chrome,
    ids: Path<(PatientId, CoverageId)>,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let (patient, id) = *ids;
    save_coverage(&app, &caller, chrome, patient, Some(id), write).await
}

async fn save_coverage(
    app: &App,
    caller: &Caller,
    chrome: Chrome,
    patient: PatientId,
    id: Option<CoverageId>,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let said: WrittenCoverage = written(&write.body);
    let (known, payers) = app.db.snapshot(&caller.actor, async |tx| parties(tx, patient).await).await?;
    let coverage = match said.read(Insured::of(&known, &payers)) {
        Ok(coverage) => coverage,
        Err(faults) => {
            let form = coverage_form(chrome, patient, id, &payers, &said, Some(&faults), None);
            return shown(form.opened_on(opened_on(&write.body)));
        }
    };
    let opened = opened_on(&write.body);
    let once = write
        .key
        .once(app, caller, async |tx| {
            match id {
                None => coverages::add(tx, coverage).await.map(|_| ())?,
                Some(id) => {
                    let before = coverages::change(tx, id, coverage).await?;
                    let of = payers.iter().find(|payer| payer.id == before.payer);
                    let before = of.map(|payer| WrittenCoverage::of(&before, payer)).unwrap_or_default();
                    opened.unchanged(&before, &said)?;
                }
            }
            Ok(Answer { status: 303, body: () })
        })
        .await;
    match once {
        Ok(_) => Ok(done(&format!("/patients/{patient}"), "The coverage is saved.")),
        Err(problem) => {
            let form = coverage_form(chrome, patient, id, &payers, &said, None, Some(why(problem)?));
            shown(form.opened_on(opened))
        }
    }
}
