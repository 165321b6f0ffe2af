//! `/api/v1/charges`: charge files come in.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::web::{Bytes, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::charges::Mode;
use crate::db::idempotency::Answer;
use crate::exchange::files::{self, Direction};
use crate::journey::{self, ImportedCharges};
use crate::web::{self, App, Caller, Keyed, Problems, Result};

/// Import a charge file: visits, claims to first payers, and what is owed for them. Bad rows are
/// listed with column and reason; the same file again imports nothing.
#[utoipa::path(post, path = "/api/v1/charges/imports", tag = "charges",
    params(ImportQuery, ("Idempotency-Key" = String, Header)),
    request_body(content = String, content_type = "text/csv", description = "One row a charge line, with a heading"),
    responses((status = 200, body = ImportedCharges), Problems))]
pub async fn import(
    app: App,
    caller: Caller,
    request: HttpRequest,
    query: Query<ImportQuery>,
    write: Keyed<Bytes>,
) -> Result<HttpResponse> {
    web::accepts(&request, &["text/csv"])?;
    let (mode, now) = (query.mode()?, app.clock.now());
    // A transaction of its own: a file that cannot be read is kept.
    let keep = async |tx: &mut _| files::keep(tx, &write.body, "charges.csv", Direction::In).await;
    let file = app.db.transaction(&caller.actor, keep).await?.id;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let imported = journey::import_charges(tx, now, file, &write.body, mode).await?;
            let body: Value = serde_json::to_value(imported).map_err(anyhow::Error::from)?;
            Ok(Answer { status: 200, body })
        })
        .await?;
    web::answer(&once)
}

/// How a charge file is imported.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// What to do with the good visits of a file that has bad rows; `keep_good_rows` unless said.
    #[param(value_type = Option<ModeName>)]
    pub mode: Option<String>,
}

/// What to do with the good visits of a file that has bad rows.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeName {
    /// Import them.
    KeepGoodRows,
    /// Import nothing.
    AllOrNothing,
}

impl ImportQuery {
    fn mode(&self) -> Result<Mode> {
        Ok(match web::field("mode", self.mode.as_deref())? {
            None | Some(ModeName::KeepGoodRows) => Mode::KeepGoodRows,
            Some(ModeName::AllOrNothing) => Mode::AllOrNothing,
        })
    }
}
