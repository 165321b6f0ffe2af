//! `/api/v1/remittances/{id}/scans`: the paper from which a remittance was entered.

use actix_web::web::{Bytes, Json, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::db::idempotency::Answer;
use crate::remits::api::ReasonBody;
use crate::remits::eob::pages::scan_answer;
use crate::remits::eob::scans::{self, Kind, Scan};
use crate::types::{FileId, RemittanceId};
use crate::web::{self, App, Caller, Keyed, Problems, Result};

/// The scans of the paper from which a remittance was entered by hand.
#[utoipa::path(get, path = "/api/v1/remittances/{id}/scans", tag = "remittances",
    params(("id" = RemittanceId, Path)), responses((status = 200, body = Vec<Scan>), Problems))]
pub async fn list(app: App, caller: Caller, id: Path<RemittanceId>) -> Result<Json<Vec<Scan>>> {
    Ok(Json(app.db.snapshot(&caller.actor, async |tx| scans::of_remittance(tx, *id).await).await?))
}

/// A scan itself.
#[utoipa::path(get, path = "/api/v1/remittances/{id}/scans/{file}", tag = "remittances",
    params(("id" = RemittanceId, Path), ("file" = FileId, Path)),
    responses((status = 200, content((Vec<u8> = "application/pdf"), (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"),
        (Vec<u8> = "image/tiff"))), Problems))]
pub async fn get(app: App, caller: Caller, path: Path<(RemittanceId, FileId)>) -> Result<HttpResponse> {
    let (id, file) = path.into_inner();
    let (scan, bytes) = app.db.snapshot(&caller.actor, async |tx| scans::read(tx, id, file).await).await?;
    Ok(scan_answer(&scan, bytes))
}

/// Attach a scan to a remittance that was entered by hand: a PDF, PNG, JPEG or TIFF by its content, at most
/// 20,000,000 bytes. The same bytes again are the same scan (200).
#[utoipa::path(post, path = "/api/v1/remittances/{id}/scans", tag = "remittances",
    params(("id" = RemittanceId, Path), ("Idempotency-Key" = String, Header)),
    request_body(content = Vec<u8>, content_type = "application/pdf", description = "The scan"),
    responses((status = 201, body = Scan), (status = 200, body = Scan), Problems))]
pub async fn attach(
    app: App,
    caller: Caller,
    id: Path<RemittanceId>,
    request: HttpRequest,
    write: Keyed<Bytes>,
) -> Result<HttpResponse> {
    let kinds = Kind::ALL.map(Kind::media_type);
    web::accepts(&request, &[&kinds[..], &["application/octet-stream"]].concat())?;
    let name = Kind::of(&write.body).map_or("scan", Kind::file_name);
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let (scan, is_new) = scans::attach(tx, *id, name, &write.body).await?;
            let body = serde_json::to_value(&scan).map_err(anyhow::Error::from)?;
            Ok(Answer { status: if is_new { 201 } else { 200 }, body })
        })
        .await?;
    web::answer(&once)
}

/// Withdraw a scan that was attached by mistake, such as another patient's: it is kept on record and shown no more.
/// The scans that are left.
#[utoipa::path(post, path = "/api/v1/remittances/{id}/scans/{file}/withdraw", tag = "remittances",
    params(("id" = RemittanceId, Path), ("file" = FileId, Path), ("Idempotency-Key" = String, Header)),
    request_body = ReasonBody, responses((status = 200, body = Vec<Scan>), Problems))]
pub async fn withdraw(
    app: App,
    caller: Caller,
    path: Path<(RemittanceId, FileId)>,
    write: Keyed<Json<ReasonBody>>,
) -> Result<HttpResponse> {
    let (id, file) = path.into_inner();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            scans::withdraw(tx, id, file, &write.body.reason).await?;
            let left = scans::of_remittance(tx, id).await?;
            Ok(Answer { status: 200, body: serde_json::to_value(left).map_err(anyhow::Error::from)? })
        })
        .await?;
    web::answer(&once)
}
