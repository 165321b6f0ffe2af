//! `/api/v1/credits/medicare-report`: what is reported to Medicare for a quarter.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::web::{Json, Query};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::credits::medicare::{self, MedicareReport};
use crate::db::Tx;
use crate::types::Quarter;
use crate::web::{self, App, Caller, Problems, Result};

/// Medicare's credit balances at the end of a quarter (form CMS-838), or as of another day of it.
#[utoipa::path(get, path = "/api/v1/credits/medicare-report", tag = "credits", params(MedicareQuery),
    responses((status = 200, body = MedicareReport), Problems))]
pub async fn report(app: App, caller: Caller, query: Query<MedicareQuery>) -> Result<Json<MedicareReport>> {
    Ok(Json(query.report(&app, &caller).await?))
}

/// Which quarter, and as of which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MedicareQuery {
    /// The quarter: `2026-Q4`. When not said: that of the day, else the last one that is over.
    #[param(value_type = Option<Quarter>)]
    pub quarter: Option<String>,
    /// What is booked by this day of the quarter counts. When not said: its last day, or today while it goes on.
    #[param(value_type = Option<NaiveDate>)]
    pub as_of: Option<String>,
}

impl MedicareQuery {
    /// The quarter and the day that it says.
    pub(super) fn said(&self) -> Result<(Option<Quarter>, Option<NaiveDate>)> {
        Ok((web::field("quarter", self.quarter.as_deref())?, web::field("as_of", self.as_of.as_deref())?))
    }

    /// The report that is asked for.
    pub(super) async fn report(&self, app: &App, caller: &Caller) -> Result<MedicareReport> {
        let ((quarter, as_of), now) = (self.said()?, app.clock.now());
        let look = async |tx: &mut Tx| medicare::asked(tx, now, quarter, as_of).await;
        Ok(app.db.snapshot(&caller.actor, look).await?)
    }
}
