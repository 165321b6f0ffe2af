//! `/api/v1/find`.

use actix_web::web::Json;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::db::Tx;
use crate::find::{self, FoundView};
use crate::web::{App, Caller, Problems, Result};

/// Claims, patients and payments by the number or name that somebody has at hand. Writes nothing.
#[utoipa::path(post, path = "/api/v1/find", tag = "claims",
    params(("Idempotency-Key" = Option<String>, Header, description = "Not needed")), request_body = FindBody,
    responses((status = 200, body = FoundView), Problems))]
pub async fn find(app: App, caller: Caller, asked: Json<FindBody>) -> Result<Json<FoundView>> {
    let remittances = caller.may(Permission::ViewRemittances);
    let look = async |tx: &mut Tx| find::find(tx, &asked.text, remittances).await;
    Ok(Json(app.db.snapshot(&caller.actor, look).await?.into()))
}

/// What is looked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindBody {
    /// The beginning of a claim's number (ours or the payer's), of a check or trace number, of an account
    /// number, or of a name: `roe, ja`.
    pub text: String,
}
