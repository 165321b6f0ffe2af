//! `/charges/mappings`: what a practice's own columns are called, seen beside a file of its system.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Form, Query, block};
use askama::Template;
use chrono_tz::Tz;
use serde::Deserialize;

use crate::charges::visit::{self, Charges, DateFormat, Problem};
use crate::charges::{self, Mapping, SavedMapping, sheet};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::exchange::files::{self, Direction};
use crate::registry::organizations;
use crate::types::{FileId, Refusal};
use crate::web::{
    self, App, Caller, Chrome, Fields, Keyed, Parts, Problem as Answered, Result, done, page,
    page_with_status, see_other, sent, show,
};

/// Rows of the file that stand beside a column.
const SAMPLES: usize = 3;

/// Problems of the file's rows that the page shows.
const PROBLEMS_SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "charges/mappings/list.html")]
struct ListPage {
    chrome: Chrome,
    zone: Tz,
    mappings: Vec<SavedMapping>,
}

/// `GET /charges/mappings`
pub async fn list(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let load =
        async |tx: &mut Tx| Ok((organizations::current(tx).await?.time_zone, charges::mappings(tx).await?));
    let (zone, mappings) = app.db.snapshot(&caller.actor, load).await?;
    page(&ListPage { chrome, zone, mappings })
}

/// `POST /charges/mappings/file`: keeps a file of the practice's system, and goes on to its columns.
pub async fn upload(app: App, caller: Caller, write: Keyed<Parts>) -> Result<HttpResponse> {
    let name = web::query_value(write.body.text("name").trim());
    let uploads = write.body.into_files()?;
    let keep = async |tx: &mut Tx| files::keep(tx, &uploads[0].bytes, &uploads[0].name, Direction::In).await;
    let kept = app.db.transaction(&caller.actor, keep).await?.id;
    Ok(see_other(&format!("/charges/mappings/edit?file={kept}&name={name}")))
}

/// What is edited.
#[derive(Debug, Deserialize)]
pub struct EditQuery {
    /// The mapping; a new one where there is none of that name.
    #[serde(default)]
    name: String,
    /// The file whose columns are bound.
    #[serde(default)]
    file: String,
    /// A sheet of its workbook; the first where nothing is said.
    #[serde(default)]
    sheet: String,
}

#[derive(Template)]
#[template(path = "charges/mappings/edit.html")]
struct EditPage {
    chrome: Chrome,
    name: String,
    file: Option<FileId>,
    sheets: Vec<Choice>,
    dates: Vec<Choice>,
    rows: Vec<BindRow>,
    unbound: Vec<String>,
    missing: Vec<String>,
    preview: Option<Preview>,
    refused: Option<(String, String)>,
}

/// Something to choose.
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

/// One of our columns, and what of the file is bound to it.
struct BindRow {
    column: &'static str,
    label: String,
    required: bool,
    heading: String,
    headings: Vec<Choice>,
    default: String,
    samples: Vec<String>,
}

/// What the file reads as under the mapping.
struct Preview {
    visits: usize,
    lines: usize,
    problems: Vec<Problem>,
    problems_count: usize,
}

impl Preview {
    fn of(charges: &Charges) -> Preview {
        let of_visits = charges.visits.iter().flat_map(|visit| &visit.problems);
        let problems: Vec<&Problem> = charges.problems.iter().chain(of_visits).collect();
        Preview {
            visits: charges.visits.len(),
            lines: charges.visits.iter().map(|visit| visit.lines.len()).sum(),
            problems_count: problems.len(),
            problems: problems.into_iter().take(PROBLEMS_SHOWN).cloned().collect(),
        }
    }
}

/// A file of the practice's system: its sheets, its first rows, and what it reads as.
#[derive(Default)]
struct Sample {
    sheets: Vec<String>,
    rows: Vec<Vec<String>>,
    preview: Option<Preview>,
    refused: Option<Refusal>,
}

/// Looks at a kept file; `mapping` is what it is read by, none to see its columns alone.
async fn sample(
    app: &App,
    caller: &Caller,
    file: FileId,
    of_sheet: Option<String>,
    mapping: Option<Mapping>,
) -> Result<Sample> {
    let bytes = app.db.snapshot(&caller.actor, async |tx: &mut Tx| files::read(tx, file).await).await?;
    let look = move || {
        let mut sample = Sample::default();
        let looked = sheet::sheets(&bytes).and_then(|sheets| {
            sample.sheets = sheets;
            sample.rows = sheet::first_rows(&bytes, of_sheet.as_deref(), SAMPLES + 1)?;
            if let Some(mapping) = mapping {
                sample.preview = Some(Preview::of(&charges::read_sheet(&bytes, Some(&mapping))?));
            }
            Ok(())
        });
        match looked {
            Ok(()) => Ok(sample),
            Err(crate::types::Error::Refused(refusal)) => {
                sample.refused = Some(*refusal);
                Ok(sample)
            }
            Err(fault) => Err(fault),
        }
    };
    Ok(block(look).await.map_err(anyhow::Error::from)??)
}

/// `GET /charges/mappings/edit`: a saved mapping, or the one that a file's headings suggest.
pub async fn edit(app: App, caller: Caller, chrome: Chrome, asked: Query<EditQuery>) -> Result<HttpResponse> {
    let EditQuery { name, file, sheet } = asked.into_inner();
    let file: Option<FileId> = web::field("file", Some(&file))?;
    let saved = app.db.snapshot(&caller.actor, async |tx: &mut Tx| charges::mappings(tx).await).await?;
    let saved = saved.into_iter().find(|saved| saved.name == name).map(|saved| saved.mapping);
    let of_sheet = Some(sheet).filter(|sheet| !sheet.is_empty());
    let of_sheet = of_sheet.or_else(|| saved.as_ref().and_then(|mapping| mapping.sheet.clone()));
    let seen = match file {
        Some(file) => sample(&app, &caller, file, of_sheet.clone(), None).await?,
        None => Sample::default(),
    };
    let headings = seen.rows.first().cloned().unwrap_or_default();
    let mapping = saved.unwrap_or_else(|| Mapping::guess(&headings));
    let mapping = Mapping { sheet: of_sheet, ..mapping };
    shown(chrome, &name, file, mapping, seen, StatusCode::OK)
}

fn shown(
    chrome: Chrome,
    name: &str,
    file: Option<FileId>,
    mapping: Mapping,
    seen: Sample,
    status: StatusCode,
) -> Result<HttpResponse> {
    let headings = seen.rows.first().cloned().unwrap_or_default();
    let same = |one: &str, other: &str| one.trim().eq_ignore_ascii_case(other.trim());
    let row = |column: &'static str| {
        let heading = mapping.columns.get(column).cloned().unwrap_or_default();
        let place = headings.iter().position(|known| !heading.is_empty() && same(known, &heading));
        let mut choices: Vec<Choice> = headings
            .iter()
            .filter(|known| !known.is_empty())
            .map(|known| Choice { value: known.clone(), label: known.clone(), chosen: same(known, &heading) })
            .collect();
        if place.is_none() && !heading.is_empty() && !headings.is_empty() {
            // The file lacks it: it stays, and the reading says so.
            choices.push(Choice {
                value: heading.clone(),
                label: format!("{heading} (not in this file)"),
                chosen: true,
            });
        }
        let samples = seen.rows.iter().skip(1).filter_map(|row| row.get(place?).cloned());
        BindRow {
            column,
            label: visit::label(column),
            required: visit::is_required(column),
            headings: choices,
            default: mapping.defaults.get(column).cloned().unwrap_or_default(),
            samples: samples.collect(),
            heading,
        }
    };
    let rows: Vec<BindRow> = visit::all_columns().map(row).collect();
    let is_bound = |heading: &&String| mapping.columns.values().any(|bound| same(bound, heading));
    let unbound =
        headings.iter().filter(|heading| !heading.is_empty() && !is_bound(heading)).cloned().collect();
    let sheet = mapping.sheet.clone().unwrap_or_default();
    let sheets = seen.sheets.into_iter().map(|name| Choice {
        chosen: name == sheet,
        label: name.clone(),
        value: name,
    });
    let dates = DateFormat::ALL.into_iter().map(|format| Choice {
        value: format.as_str().to_owned(),
        label: date_label(format).to_owned(),
        chosen: format == mapping.dates,
    });
    let shown = EditPage {
        chrome,
        name: name.to_owned(),
        file,
        sheets: sheets.collect(),
        dates: dates.collect(),
        rows,
        unbound,
        missing: mapping.missing().map(visit::label).collect(),
        preview: seen.preview,
        refused: seen.refused.map(|refusal| (refusal.detail, refusal.next)),
    };
    page_with_status(status, &shown)
}

const fn date_label(format: DateFormat) -> &'static str {
    match format {
        DateFormat::Usual => "2026-03-02 or 03/02/2026",
        DateFormat::MonthFirst => "Month first: 3/2/26, 03022026",
        DateFormat::DayFirst => "Day first: 02/03/2026, 2.3.2026",
        DateFormat::YearFirst => "Year first: 20260302, 2026/03/02",
    }
}

/// The mapping that a form says.
fn mapping_of(fields: &Fields) -> Mapping {
    let named = |kind: &str| -> BTreeMap<String, String> {
        let of_kind = fields.iter().filter_map(|(name, text)| Some((name.strip_prefix(kind)?, text.trim())));
        let said = of_kind.filter(|(_, text)| !text.is_empty());
        said.map(|(column, text)| (column.to_owned(), text.to_owned())).collect()
    };
    let dates = DateFormat::ALL.into_iter().find(|format| format.as_str() == sent(fields, "dates"));
    Mapping {
        columns: named("column."),
        defaults: named("default."),
        dates: dates.unwrap_or_default(),
        sheet: Some(sent(fields, "sheet").to_owned()).filter(|sheet| !sheet.is_empty()),
    }
}

/// `POST /charges/mappings`: keeps a mapping, or shows what the file reads as under it.
pub async fn save(
    app: App,
    caller: Caller,
    chrome: Chrome,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let (now, mapping) = (app.clock.now(), mapping_of(&write.body));
    let name = sent(&write.body, "name").to_owned();
    let file: Option<FileId> = web::field("file", Some(sent(&write.body, "file")))?;
    let mut refused = None;
    if sent(&write.body, "act") == "save" {
        let keep = async |tx: &mut Tx| {
            let saved = charges::save_mapping(tx, now, &name, mapping.clone()).await?;
            Ok(Answer { status: 303, body: format!("The mapping {} is saved.", saved.name) })
        };
        match write.key.once(&app, &caller, keep).await {
            Ok(once) => return Ok(done("/charges/mappings", &once.answer.body)),
            Err(Answered::Refused(refusal)) if refusal.code == "charges/mapping" => refused = Some(refusal),
            Err(problem) => return Err(problem),
        }
    }
    let seen = match file {
        Some(file) => sample(&app, &caller, file, mapping.sheet.clone(), Some(mapping.clone())).await?,
        None => Sample::default(),
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let seen = Sample { refused: refused.map(|refusal| *refusal).or(seen.refused), ..seen };
    shown(chrome, &name, file, mapping, seen, status)
}

/// Which mapping.
#[derive(Debug, Deserialize)]
pub struct NameForm {
    name: String,
}

/// `POST /charges/mappings/remove`
pub async fn remove(app: App, caller: Caller, write: Keyed<Form<NameForm>>) -> Result<HttpResponse> {
    let forget = async |tx: &mut Tx| {
        charges::delete_mapping(tx, &write.body.name).await?;
        Ok(Answer { status: 303, body: format!("The mapping {} is removed.", write.body.name) })
    };
    let once = write.key.once(&app, &caller, forget).await?;
    Ok(done("/charges/mappings", &once.answer.body))
}
