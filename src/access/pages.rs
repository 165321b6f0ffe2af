//! Signing in and out.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::web::{Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::access::Token;
use crate::access::sessions::{self, Credentials, Practice};
use crate::db::Who;
use crate::types::{Error, OrganizationId, Status};
use crate::web::{
    App, Caller, Chrome, Result, SESSION_COOKIE, assets, page, page_with_status, query_value, see_other,
};

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
            let known = sessions::find(&app.db, token.expose(), app.clock.now()).await?;
            let next = inside(&form.next);
            if known.is_some_and(|known| known.works_elsewhere) {
                return signed_in(&request, &token, &format!("/practices?next={}", query_value(next)));
            }
            signed_in(&request, &token, next)
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

/// The answer that hands the browser its session.
fn signed_in(request: &HttpRequest, token: &Token, next: &str) -> Result<HttpResponse> {
    let cookie = Cookie::build(SESSION_COOKIE, token.expose())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(request.connection_info().scheme() == "https")
        .finish();
    let mut response = see_other(next);
    response.add_cookie(&cookie).map_err(anyhow::Error::from)?;
    Ok(response)
}

#[derive(Template)]
#[template(path = "access/practices.html")]
struct PracticesPage {
    chrome: Chrome,
    here: OrganizationId,
    practices: Vec<Practice>,
    next: String,
}

/// What the form of a practice says.
#[derive(Deserialize)]
pub struct Chosen {
    organization: OrganizationId,
    #[serde(default)]
    next: String,
}

/// `GET /practices`
pub async fn practices(
    app: App,
    caller: Caller,
    chrome: Chrome,
    wanted: Query<Wanted>,
) -> Result<HttpResponse> {
    let practices = match caller.actor.who {
        Who::User(user) => sessions::practices(&app.db, user).await?,
        Who::ApiKey(_) | Who::System(_) => vec![],
    };
    let next = inside(&wanted.next).to_owned();
    page(&PracticesPage { chrome, here: caller.actor.organization, practices, next })
}

/// `POST /practices`
pub async fn switch(
    app: App,
    caller: Caller,
    request: HttpRequest,
    form: Form<Chosen>,
) -> Result<HttpResponse> {
    let next = inside(&form.next);
    let Some(session) = caller.session.as_ref().filter(|_| form.organization != caller.actor.organization)
    else {
        return Ok(see_other(next));
    };
    let now = app.clock.now();
    let token = sessions::switch(&app.db, &caller.actor, session.id, form.organization, now).await?;
    signed_in(&request, &token, next)
}

/// A path of ours, else the dashboard: a login leads nobody elsewhere.
fn inside(next: &str) -> &str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(|c: char| c == '\\' || c.is_control());
    if ours { next } else { "/" }
}
