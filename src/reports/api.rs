//! `/api/v1/reports`.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::web::{Json, Query};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::registry::organizations;
use crate::reports::{self, Aging};
use crate::types::Result as Done;
use crate::web::{self, App, Caller, Problems, Result};

/// Receivables by payer and age, as of today or another day.
#[utoipa::path(get, path = "/api/v1/reports/aging", tag = "reports", params(AgingQuery),
    responses((status = 200, body = Aging), Problems))]
pub async fn aging(app: App, caller: Caller, query: Query<AgingQuery>) -> Result<Json<Aging>> {
    Ok(Json(query.report(&app, &caller).await?))
}

/// The day of a report.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AgingQuery {
    /// What is booked by this day counts, as old as it was then; today when not said.
    #[param(value_type = Option<NaiveDate>)]
    pub as_of: Option<String>,
}

impl AgingQuery {
    /// The report that is asked for.
    pub(super) async fn report(&self, app: &App, caller: &Caller) -> Result<Aging> {
        let wanted: Option<NaiveDate> = web::field("as_of", self.as_of.as_deref())?;
        let shown = app.db.snapshot(&caller.actor, async |tx| -> Done<Aging> {
            let day = match wanted {
                Some(day) => day,
                None => organizations::today(tx, app.clock.now()).await?,
            };
            reports::aging(tx, day).await
        });
        Ok(shown.await?)
    }
}
