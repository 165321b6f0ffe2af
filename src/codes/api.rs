//! `/api/v1/codes`: what a code means and whether it may be billed, and codes found by words.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::web::{Json, Path, Query};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::codes::explain::{Explanation, plain};
use crate::codes::search::{self, Found};
use crate::registry::organizations;
use crate::types::{CodeTable, Refusal, Status};
use crate::web::{self, App, Caller, Problems, Result};

/// Codes found at most in one answer.
const LIMIT_MAX: usize = 100;

/// Codes found by words of their titles, by the beginnings of words, or by the beginning of the
/// code; those that may be billed on the day first.
#[utoipa::path(get, path = "/api/v1/codes", tag = "codes", params(SearchQuery),
    responses((status = 200, body = FoundCodes), Problems))]
pub async fn search(app: App, caller: Caller, query: Query<SearchQuery>) -> Result<Json<FoundCodes>> {
    let tables = query.tables()?;
    let on = day(&app, &caller, query.on.as_deref()).await?;
    let limit = query.limit.unwrap_or(20).clamp(1, LIMIT_MAX);
    let items = app.codes().search(query.q.as_deref().unwrap_or_default(), &tables, on, limit);
    Ok(Json(FoundCodes { on, items }))
}

/// What a table says about a code on a day: why it may or may not be billed, what to use instead,
/// and the notes that hold for it. A code that is not there is explained, too.
#[utoipa::path(get, path = "/api/v1/codes/{table}/{code}", tag = "codes",
    params(("table" = String, Path), ("code" = String, Path), DayQuery),
    responses((status = 200, body = Explanation), Problems))]
pub async fn code(
    app: App,
    caller: Caller,
    path: Path<(String, String)>,
    query: Query<DayQuery>,
) -> Result<Json<Explanation>> {
    let (table, code) = path.into_inner();
    let table = named(&table)?;
    let on = day(&app, &caller, query.on.as_deref()).await?;
    Ok(Json(app.codes().explain(table, &plain(&code), on)))
}

/// A table by its name in an address.
///
/// # Errors
/// `codes/no-such-table`.
pub(super) fn named(table: &str) -> Result<CodeTable> {
    let known = CodeTable::NAMES.iter().find(|(_, name)| *name == table).map(|(table, _)| *table);
    let names = || CodeTable::NAMES.map(|(_, name)| name).join(", ");
    Ok(known.ok_or_else(|| {
        let next = format!("Use one of {}", names());
        Refusal::new("codes/no-such-table", Status::NotFound, "there is no such code table", next)
    })?)
}

/// The day that is asked about, else the practice's today.
pub(super) async fn day(app: &App, caller: &Caller, on: Option<&str>) -> Result<NaiveDate> {
    if let Some(on) = web::field("on", on.filter(|on| !on.is_empty()))? {
        return Ok(on);
    }
    let zone =
        app.db.snapshot(&caller.actor, async |tx| Ok(organizations::current(tx).await?.time_zone)).await?;
    Ok(app.clock.today(zone))
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words, beginnings of words, or the beginning of a code.
    pub q: Option<String>,
    /// Only in this table; else in diagnoses, procedures and modifiers.
    pub table: Option<String>,
    /// The day of service; today unless said otherwise.
    #[param(value_type = Option<NaiveDate>)]
    pub on: Option<String>,
    /// At most so many; 20 unless said otherwise, 100 at most.
    pub limit: Option<usize>,
}

impl SearchQuery {
    /// The tables to search.
    pub(super) fn tables(&self) -> Result<Vec<CodeTable>> {
        Ok(match self.table.as_deref().filter(|table| !table.is_empty()) {
            Some(table) => vec![named(table)?],
            None => search::USUAL.to_vec(),
        })
    }
}

/// On which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DayQuery {
    /// The day of service; today unless said otherwise.
    #[param(value_type = Option<NaiveDate>)]
    pub on: Option<String>,
}

/// Codes that were found, the best first.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundCodes {
    /// The day for which it was looked.
    pub on: NaiveDate,
    /// The codes.
    pub items: Vec<Found>,
}
