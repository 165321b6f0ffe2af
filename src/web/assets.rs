//! The stylesheet and the script, compiled in; their addresses change with their content, so a
//! browser may keep them for good.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::web::Path;
use sha2::{Digest, Sha256};

use crate::types::{Refusal, Status};
use crate::web::{Result, opaque};

struct Asset {
    address: String,
    kind: &'static str,
    content: &'static str,
}

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, content: &'static str) -> Asset {
        let hash = opaque::encode(&Sha256::digest(content)[..6]);
        Asset { address: format!("/assets/{stem}.{hash}.{ending}"), kind, content }
    }
}

static CSS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("app", "css", "text/css; charset=utf-8", include_str!("assets/app.css")));
static JS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("app", "js", "text/javascript; charset=utf-8", include_str!("assets/app.js"))
});

static ENTRY: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("entry", "js", "text/javascript; charset=utf-8", include_str!("assets/entry.js"))
});

/// The stylesheet's address.
#[must_use]
pub fn css() -> &'static str {
    &CSS.address
}

/// The script's address.
#[must_use]
pub fn js() -> &'static str {
    &JS.address
}

/// The address of the script of charge entry.
#[must_use]
pub fn entry_js() -> &'static str {
    &ENTRY.address
}

/// `GET /assets/{name}`
pub async fn asset(name: Path<String>) -> Result<HttpResponse> {
    let address = format!("/assets/{name}");
    for asset in [&*CSS, &*JS, &*ENTRY] {
        if asset.address == address {
            return Ok(HttpResponse::Ok()
                .content_type(asset.kind)
                .insert_header(("Cache-Control", "public, max-age=31536000, immutable"))
                .body(asset.content));
        }
    }
    let what = "there is no such file";
    Err(Refusal::new("web/not-found", Status::NotFound, what, "Load the page again").into())
}
