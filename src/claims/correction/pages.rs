//! The page on which a claim is corrected, and the button of a finding's fix.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Form, Path};
use askama::Template;
use serde::Deserialize;

use super::{Correction, Line, Unreadable};
use crate::claims::pages::{Pill, name_of, pill};
use crate::claims::{self, StoredClaim};
use crate::codes::Codes;
use crate::db::idempotency::Answer;
use crate::journey::{self, Corrected, WantedFix};
use crate::registry::organizations;
use crate::submissions;
use crate::types::{ClaimId, CodeTable, Entered, Icd10Code};
use crate::web::{App, Caller, Chrome, Keyed, Result, done, page};
use chrono::NaiveDate;

#[derive(Template)]
#[template(path = "claims/correction/edit.html")]
struct EditPage {
    chrome: Chrome,
    id: ClaimId,
    name: String,
    pill: Pill,
    event: i32,
    fields: Vec<Field>,
    diagnoses: Vec<Diagnosis>,
    lines: Vec<ShownLine>,
    wrong: Vec<String>,
    total: String,
}

struct Field {
    name: &'static str,
    label: &'static str,
    text: String,
}

struct Diagnosis {
    at: usize,
    letter: char,
    text: String,
    title: String,
    wrong: bool,
}

struct ShownLine {
    at: usize,
    title: String,
    cells: Vec<Cell>,
}

struct Cell {
    name: &'static str,
    label: &'static str,
    class: &'static str,
    kind: &'static str,
    text: String,
    wrong: bool,
}

/// `GET /claims/{id}/edit`
pub async fn edit(app: App, caller: Caller, chrome: Chrome, id: Path<ClaimId>) -> Result<HttpResponse> {
    let (stored, number, today) = seen(&app, &caller, *id).await?;
    let correction = Correction::of(&stored.claim, stored.events);
    page(&shown(chrome, &stored, number.as_deref(), &correction, &[], &app.codes(), today))
}

async fn seen(app: &App, caller: &Caller, id: ClaimId) -> Result<(StoredClaim, Option<String>, NaiveDate)> {
    let (stored, sendings, zone) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let stored = claims::get(tx, id).await?;
            let sendings = submissions::of_claim(tx, id).await?;
            Ok((stored, sendings, organizations::current(tx).await?.time_zone))
        })
        .await?;
    let number = sendings.last().map(|sending| sending.control_number.clone());
    Ok((stored, number, app.clock.today(zone)))
}

fn shown(
    chrome: Chrome,
    stored: &StoredClaim,
    number: Option<&str>,
    correction: &Correction,
    wrong: &[Unreadable],
    codes: &Codes,
    today: NaiveDate,
) -> EditPage {
    let on = stored.claim.service_dates().map_or(today, |(from, _)| from);
    let is_wrong = |field: &str| wrong.iter().any(|it| it.field == field);
    let field = |name, label, text: &str| Field { name, label, text: text.to_owned() };
    let title =
        |table: CodeTable, code: &str| codes.lookup(table, code, on).title.unwrap_or_default().to_owned();
    let diagnosis = |(at, text): (usize, &String)| {
        let code: Entered<Icd10Code> = text.as_str().into();
        Diagnosis {
            at,
            letter: letter(at),
            title: title(CodeTable::Icd10cm, code.text()),
            text: text.clone(),
            wrong: is_wrong(&format!("dx-{at}")),
        }
    };
    let line = |(at, line): (usize, &Line)| {
        let cell = |name, label, class, kind, text: &str| Cell {
            name,
            label,
            class,
            kind,
            text: text.to_owned(),
            wrong: is_wrong(&format!("{name}-{at}")),
        };
        ShownLine {
            at,
            title: [CodeTable::Cpt, CodeTable::Hcpcs]
                .into_iter()
                .map(|table| title(table, &line.procedure))
                .find(|title| !title.is_empty())
                .unwrap_or_default(),
            cells: vec![
                cell("from", "first day", "", "date", &line.from),
                cell("thru", "last day", "", "date", &line.thru),
                cell("procedure", "procedure", "mono", "text", &line.procedure),
                cell("modifiers", "modifiers", "mono", "text", &line.modifiers),
                cell("pointers", "diagnosis pointers", "mono", "text", &line.pointers),
                cell("units", "units", "num", "text", &line.units),
                cell("charged", "charge", "num", "text", &line.charged),
            ],
        }
    };
    EditPage {
        id: stored.id,
        name: name_of(number, stored.id),
        pill: pill(stored.status),
        event: correction.event,
        fields: vec![
            field("place_of_service", "Place", &correction.place_of_service),
            field("prior_authorization", "Prior auth. (G1)", &correction.prior_authorization),
            field("referral_number", "Referral (9F)", &correction.referral_number),
            field("clia_number", "CLIA (X4)", &correction.clia_number),
        ],
        diagnoses: correction.diagnoses.iter().enumerate().map(diagnosis).collect(),
        lines: correction.lines.iter().enumerate().map(line).collect(),
        wrong: wrong.iter().map(|it| format!("{} {}", spoken(&it.field), it.reason)).collect(),
        total: stored.claim.charged.to_string(),
        chrome,
    }
}

/// Diagnosis 0 is A.
fn letter(at: usize) -> char {
    ('A'..='Z').nth(at).unwrap_or('?')
}

/// A field as a person calls it: `dx-0` is diagnosis A, `units-1` line 2 units.
fn spoken(field: &str) -> String {
    match field.split_once('-') {
        Some(("dx", at)) => {
            format!("Diagnosis {}", at.parse().map_or('?', letter))
        }
        Some((name, at)) => {
            let number = at.parse::<usize>().map_or(0, |at| at + 1);
            format!("Line {number} {name}")
        }
        None => field.to_owned(),
    }
}

/// `POST /claims/{id}/edit`: shows the form again, with what was typed, when a field cannot be read.
pub async fn correct(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<ClaimId>,
    write: Keyed<Form<Vec<(String, String)>>>,
) -> Result<HttpResponse> {
    let correction = Correction::sent(&write.body);
    let (stored, number, today) = seen(&app, &caller, *id).await?;
    let revised = match correction.applied(&stored.claim) {
        Ok(revised) => revised,
        Err(wrong) => {
            let again = shown(chrome, &stored, number.as_deref(), &correction, &wrong, &app.codes(), today);
            let mut answer = page(&again)?;
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(answer);
        }
    };
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let corrected = journey::correct(tx, now, &app.codes(), &revised, correction.event).await?;
            Ok(Answer { status: 303, body: said(&corrected) })
        })
        .await?;
    Ok(done(&format!("/claims/{id}"), &once.answer.body))
}

/// Which fix, of which finding.
#[derive(Debug, Deserialize)]
pub struct FixForm {
    rule: String,
    pointer: String,
    label: String,
    event: i32,
}

/// `POST /claims/{id}/fix`
pub async fn fix(
    app: App,
    caller: Caller,
    id: Path<ClaimId>,
    write: Keyed<Form<FixForm>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let FixForm { rule, pointer, label, event } = &*write.body;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let wanted = WantedFix { rule, pointer, label };
            let corrected = journey::apply_fix(tx, now, &app.codes(), *id, *event, wanted).await?;
            Ok(Answer { status: 303, body: said(&corrected) })
        })
        .await?;
    Ok(done(&format!("/claims/{id}"), &once.answer.body))
}

fn said(corrected: &Corrected) -> String {
    let word = pill(corrected.status).word;
    format!("Corrected and checked: {word}, {} findings", corrected.findings.len())
}
