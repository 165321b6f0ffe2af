//! Answers.

use actix_web::HttpResponse;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use anyhow::Context;
use askama::Template;
use serde::Serialize;

use crate::db::idempotency::Once;
use crate::web::chrome::FLASH_COOKIE;
use crate::web::{Result, opaque};

/// A page.
pub fn page(template: &impl Template) -> Result<HttpResponse> {
    page_with_status(StatusCode::OK, template)
}

/// A page that is no success: a form that must be corrected.
pub fn page_with_status(status: StatusCode, template: &impl Template) -> Result<HttpResponse> {
    let html = template.render().context("a template cannot be rendered")?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// 303: look there.
#[must_use]
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("Location", location)).finish()
}

/// A form's write is done: 303, and the message (no patient data) on the page that is shown next.
#[must_use]
pub fn done(location: &str, message: &str) -> HttpResponse {
    let mut response = see_other(location);
    let flash = Cookie::build(FLASH_COOKIE, opaque::encode(message.as_bytes()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish();
    // Digits fit a cookie, so this cannot fail; a message that is lost would be no harm.
    let _ = response.add_cookie(&flash);
    response
}

/// The answer of a keyed write; a replayed one says so in `Idempotent-Replayed`.
pub fn answer<T: Serialize>(once: &Once<T>) -> Result<HttpResponse> {
    let status = StatusCode::from_u16(once.answer.status).context("a stored answer has a status")?;
    let mut response = HttpResponse::build(status);
    if once.replayed {
        response.insert_header(("Idempotent-Replayed", "true"));
    }
    Ok(response.json(&once.answer.body))
}
