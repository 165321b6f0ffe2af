//! `/codes`: looking for a code, and one code explained.

use actix_web::HttpResponse;
use actix_web::web::{Path, Query};
use askama::Template;
use chrono::NaiveDate;

use crate::codes::api::{DayQuery, SearchQuery, day, named};
use crate::codes::explain::{Explanation, plain};
use crate::codes::search::Found;
use crate::types::CodeTable;
use crate::web::{App, Caller, Chrome, Result, page, show};

/// Codes of one page: who sees more types more.
const SHOWN_MAX: usize = 50;

/// Tables that can be chosen, with what people call them.
const TABLES: [(&str, &str); 12] = [
    ("", "Diagnoses and procedures"),
    ("icd10cm", "ICD-10-CM"),
    ("cpt", "CPT"),
    ("hcpcs", "HCPCS Level II"),
    ("modifier", "Modifiers"),
    ("pos", "Place of service"),
    ("carc", "Adjustment reasons (CARC)"),
    ("rarc", "Remarks (RARC)"),
    ("group", "Adjustment groups"),
    ("status-category", "Claim status categories"),
    ("status", "Claim status"),
    ("taxonomy", "Provider taxonomy"),
];

#[derive(Template)]
#[template(path = "codes/search.html")]
struct SearchPage {
    chrome: Chrome,
    q: String,
    table: String,
    on: NaiveDate,
    found: Vec<Found>,
}

/// `GET /codes`
pub async fn search(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<SearchQuery>,
) -> Result<HttpResponse> {
    let tables = asked.tables()?;
    let on = day(&app, &caller, asked.on.as_deref()).await?;
    let SearchQuery { q, table, .. } = asked.into_inner();
    let q = q.unwrap_or_default();
    let found = app.codes().search(&q, &tables, on, SHOWN_MAX);
    page(&SearchPage { chrome, found, q, table: table.unwrap_or_default(), on })
}

#[derive(Template)]
#[template(path = "codes/code.html")]
struct CodePage {
    chrome: Chrome,
    on: NaiveDate,
    code: Explanation,
    tone: &'static str,
    table: &'static str,
}

/// `GET /codes/{table}/{code}`
pub async fn code(
    app: App,
    caller: Caller,
    chrome: Chrome,
    path: Path<(String, String)>,
    asked: Query<DayQuery>,
) -> Result<HttpResponse> {
    let (table, code) = path.into_inner();
    let table: CodeTable = named(&table)?;
    let on = day(&app, &caller, asked.on.as_deref()).await?;
    let code = app.codes().explain(table, &plain(&code), on);
    let tone = match code.status {
        "valid" => "ok",
        "not-checked" => "mute",
        "header" => "warn",
        _ => "bad",
    };
    let label = TABLES.iter().find(|(name, _)| *name == table.name()).map_or("", |(_, label)| label);
    page(&CodePage { chrome, on, code, tone, table: label })
}
