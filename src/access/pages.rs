//! Signing in and out.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::web::{Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::access::sessions::{self, Credentials};
use crate::types::{Error, Status};
use crate::web::{App, Caller, Result, SESSION_COOKIE, assets, page_with_status, see_other};

#[derive(Template)]
#[template(path = "access/login.html")]
struct LoginPage<'a> {
    css: &'static str,
    email: &'a str,
    next: &'a str,
    refused: Option<String>,
}

/// What the address of the login says.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    next: String,
}

/// What the login's form says.
#[derive(Deserialize)]
pub struct LoginForm {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET /login`
pub async fn login(wanted: Query<Wanted>) -> Result<HttpResponse> {
    let login = LoginPage { css: assets::css(), email: "", next: &wanted.next, refused: None };
    page_with_status(StatusCode::OK, &login)
}

/// `POST /login`
pub async fn log_in(app: App, request: HttpRequest, form: Form<LoginForm>) -> Result<HttpResponse> {
    // The peer, not a header: anybody can write a header.
    let address = request.peer_addr().map(|peer| peer.ip().to_string()).unwrap_or_default();
    let credentials = Credentials { email: &form.email, password: &form.password, address: &address };
    match sessions::log_in(&app.db, &app.throttle, credentials, app.clock.now()).await {
        Ok(token) => {
            let cookie = Cookie::build(SESSION_COOKIE, token.expose())
                .path("/")
                .http_only(true)
                .same_site(SameSite::Lax)
                .secure(request.connection_info().scheme() == "https")
                .finish();
            let mut response = see_other(inside(&form.next));
            response.add_cookie(&cookie).map_err(anyhow::Error::from)?;
            Ok(response)
        }
        Err(Error::Refused(refusal)) => {
            let status = match refusal.status {
                Status::TooMany => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::UNAUTHORIZED,
            };
            let refused = Some(format!("{}. {}.", refusal.detail, refusal.next));
            let (email, next) = (form.email.as_str(), form.next.as_str());
            page_with_status(status, &LoginPage { css: assets::css(), email, next, refused })
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /logout`
pub async fn log_out(app: App, caller: Caller) -> Result<HttpResponse> {
    let mut response = see_other("/login");
    if let Some(session) = &caller.session {
        app.db.transaction(&caller.actor, async |tx| sessions::end(tx, session.id).await).await?;
        let mut gone = Cookie::build(SESSION_COOKIE, "").path("/").finish();
        gone.make_removal();
        response.add_cookie(&gone).map_err(anyhow::Error::from)?;
    }
    Ok(response)
}

/// A path of ours, else the dashboard: a login leads nobody elsewhere.
fn inside(next: &str) -> &str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(|c: char| c == '\\' || c.is_control());
    if ours { next } else { "/" }
}
