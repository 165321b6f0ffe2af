//! What every answer leaves with: security headers, and problems in the form the reader expects.

use actix_web::body::BoxBody;
use actix_web::cookie::Cookie;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use uuid::Uuid;

use crate::types::{Refusal, Status};
use crate::web::chrome::FLASH_COOKIE;
use crate::web::{Problem, assets, page_with_status};

/// No script, style or picture but ours, none of it inline; no frame around us. An answer that says another of them
/// itself keeps it: a scan, which stands in a frame of ours and may do less.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not `no-referrer`: a browser then sends `Origin: null` with a form, and the login, which has no
    // token of a session yet, could not tell its own page from a stranger's.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// A problem as a page.
#[derive(Template)]
#[template(path = "web/problem.html")]
struct ProblemPage<'a> {
    css: &'static str,
    status: u16,
    title: &'a str,
    detail: &'a str,
    next: &'a str,
    id: Option<Uuid>,
}

/// Wraps the whole service.
pub async fn present(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> actix_web::Result<ServiceResponse<BoxBody>> {
    let is_api = request.path().starts_with("/api/");
    let had_flash = request.cookie(FLASH_COOKIE).is_some();
    // A gate and a handler answer with their faults; what fails beyond them is the framework's.
    let mut response = next.call(request).await?;
    if let Some(mut better) = in_the_readers_form(&response, is_api) {
        if let Some(methods) = response.headers().get(header::ALLOW) {
            better.headers_mut().insert(header::ALLOW, methods.clone());
        }
        response = response.into_response(better);
    }
    if had_flash && response.status() == StatusCode::OK && !is_api {
        let mut gone = Cookie::build(FLASH_COOKIE, "").path("/").finish();
        gone.make_removal();
        let _ = response.response_mut().add_cookie(&gone);
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// A problem that is not yet a document (under `/api/`) or a page (elsewhere).
fn in_the_readers_form(response: &ServiceResponse<BoxBody>, is_api: bool) -> Option<HttpResponse> {
    if response.status().as_u16() < 400 {
        return None;
    }
    let ours = response.response().error().and_then(|fault| fault.as_error::<Problem>());
    let of_the_framework;
    let problem = match ours {
        Some(_) if is_api => return None,
        Some(problem) => problem,
        // A page that was rendered as such: a form to be corrected.
        None if response.headers().contains_key(header::CONTENT_TYPE)
            && response.response().error().is_none() =>
        {
            return None;
        }
        None => {
            of_the_framework = plain(response.status());
            &of_the_framework
        }
    };
    if is_api {
        return Some(problem.error_response());
    }
    let document = problem.document();
    let page = ProblemPage {
        css: assets::css(),
        status: document.status(),
        title: document.title(),
        detail: document.detail(),
        next: document.next(),
        id: document.id(),
    };
    Some(page_with_status(problem.status_code(), &page).unwrap_or_else(|fault| fault.error_response()))
}

/// What the framework refuses before a handler is reached.
fn plain(status: StatusCode) -> Problem {
    let refuse = |code, kind, what: &str| Refusal::new(code, kind, what, "Check the address").into();
    match status {
        StatusCode::NOT_FOUND => refuse("web/not-found", Status::NotFound, "there is no such page"),
        StatusCode::METHOD_NOT_ALLOWED => {
            refuse("web/method", Status::WrongMethod, "this address takes no such method")
        }
        _ if status.is_client_error() => {
            refuse("web/unreadable", Status::Unreadable, "the request cannot be read")
        }
        _ => anyhow::anyhow!("the framework answered {status}").into(),
    }
}
