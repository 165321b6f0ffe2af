//! `/api/v1/rosters`: lists of patients, providers and payers as files.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::web::{Bytes, Path, Query, block};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::charges::Mode;
use crate::charges::api::{ModeName, SHEETS};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::exchange::files::{self, Direction};
use crate::registry::organizations;
use crate::rosters::{self, Options, Roster, RosterReport};
use crate::web::{self, App, Caller, Keyed, Problems, Result};

/// How a roster is imported.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RosterQuery {
    /// What to do with the good rows of a file that has bad ones; `keep_good_rows` unless said.
    #[param(value_type = Option<ModeName>)]
    pub mode: Option<String>,
    /// The first day in force of a coverage that says none.
    #[param(value_type = Option<NaiveDate>)]
    pub coverage_from: Option<String>,
}

/// Import a list of patients with their coverages, of providers or payers, CSV or XLSX. What is known is
/// brought up to date, bad rows are listed with column and reason; the same file again changes nothing.
#[utoipa::path(post, path = "/api/v1/rosters/{roster}", tag = "registry",
    params(("roster" = Roster, Path), RosterQuery, ("Idempotency-Key" = String, Header)),
    request_body(content = String, content_type = "text/csv", description = "A heading, then a row each; CSV or XLSX"),
    responses((status = 200, body = RosterReport), Problems))]
pub async fn import(
    app: App,
    caller: Caller,
    request: HttpRequest,
    roster: Path<Roster>,
    query: Query<RosterQuery>,
    write: Keyed<Bytes>,
) -> Result<HttpResponse> {
    web::accepts(&request, &SHEETS)?;
    let roster = *roster;
    let mode: Option<ModeName> = web::field("mode", query.mode.as_deref())?;
    let mode = mode.map_or(Mode::KeepGoodRows, Mode::from);
    let coverage_from: Option<NaiveDate> = web::field("coverage_from", query.coverage_from.as_deref())?;
    let is_csv = request.content_type().eq_ignore_ascii_case(SHEETS[0]);
    let name = format!("{roster}.{}", if is_csv { "csv" } else { "xlsx" });
    // A transaction of its own: a file that cannot be read is kept.
    let keep = async |tx: &mut Tx| {
        let file = files::keep(tx, &write.body, &name, Direction::In).await?.id;
        Ok((file, organizations::current(tx).await?.time_zone))
    };
    let (file, zone) = app.db.transaction(&caller.actor, keep).await?;
    let bytes = write.body.clone();
    // Off the threads that answer requests.
    let sheet = block(move || rosters::read(roster, &bytes, &[])).await.map_err(anyhow::Error::from)??;
    let options = Options { mode, today: app.clock.today(zone), coverage_from };
    if mode == Mode::DryRun {
        // Nothing is written, so there is no answer to keep.
        let look = async |tx: &mut Tx| rosters::import(tx, file, sheet, &options).await;
        return Ok(HttpResponse::Ok().json(app.db.snapshot(&caller.actor, look).await?));
    }
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let report = rosters::import(tx, file, sheet, &options).await?;
            let body: Value = serde_json::to_value(report).map_err(anyhow::Error::from)?;
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}
