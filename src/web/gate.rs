//! What stands before every handler: who is it, may they, and did they mean it.

use actix_web::body::BoxBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpResponse};
use sha2::{Digest, Sha256};

use crate::access::{keys, sessions};
use crate::types::{Refusal, Status};
use crate::web::parts::{self, MULTIPART};
use crate::web::{App, Caller, Needs, Problem, Result, SESSION_COOKIE, see_other};

/// Lets the request pass to its handler, or answers in its place.
pub(super) async fn gate(
    needs: Needs,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> actix_web::Result<ServiceResponse<BoxBody>> {
    match admit(needs, &mut request).await {
        Ok(None) => next.call(request).await,
        Ok(Some(answer)) => Ok(request.into_response(answer)),
        Err(problem) => Ok(ServiceResponse::from_err(problem, request.into_parts().0)),
    }
}

/// `None` when the request may pass.
async fn admit(needs: Needs, request: &mut ServiceRequest) -> Result<Option<HttpResponse>> {
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if needs == Needs::Nothing {
        if writes && !same_origin(request) {
            return Err(forged());
        }
        return Ok(None);
    }
    let Some(caller) = caller(request).await? else {
        if request.path().starts_with("/api/") {
            return Err(Refusal::new(
                "access/who",
                Status::Unauthenticated,
                "this request says not who sends it",
                "Send Authorization: Bearer with an API key, or sign in",
            )
            .into());
        }
        let wanted = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let back = if writes { String::new() } else { format!("?next={}", query_value(wanted)) };
        return Ok(Some(see_other(&format!("/login{back}"))));
    };
    if caller.password_temporary && needs != Needs::Login {
        if request.path().starts_with("/api/") {
            return Err(Refusal::new(
                "access/password-temporary",
                Status::Forbidden,
                "the password was handed out and is not yet changed",
                "Sign in at /account and choose a password of your own",
            )
            .into());
        }
        return Ok(Some(see_other("/account")));
    }
    if let Needs::To(permission) = needs
        && !caller.may(permission)
    {
        return Err(Refusal::new(
            "access/forbidden",
            Status::Forbidden,
            format!("a {} may not do this", caller.role),
            "Ask an administrator of the practice",
        )
        .into());
    }
    if writes && let Some(session) = &caller.session {
        let expected = session.csrf_token.clone();
        if sent_token(request).await?.is_none_or(|sent| Sha256::digest(sent) != Sha256::digest(&expected)) {
            return Err(forged());
        }
    }
    request.extensions_mut().insert(caller);
    Ok(None)
}

/// A key when one is presented, else the cookie's session.
async fn caller(request: &ServiceRequest) -> Result<Option<Caller>> {
    let app = request.app_data::<actix_web::web::Data<App>>();
    let app = app.ok_or_else(|| anyhow::anyhow!("the server was built without its App"))?;
    let known = if let Some(authorization) = request.headers().get(header::AUTHORIZATION) {
        let key = authorization.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        match key {
            Some(key) => keys::find(&app.db, key.trim(), app.clock.now()).await?,
            None => None,
        }
    } else if let Some(cookie) = request.cookie(SESSION_COOKIE) {
        sessions::find(&app.db, cookie.value(), app.clock.now()).await?
    } else {
        None
    };
    Ok(known.map(Caller::from))
}

/// The session's token as the header or the form's hidden field says it. The body is read and put
/// back.
async fn sent_token(request: &mut ServiceRequest) -> Result<Option<String>> {
    if let Some(sent) = request.headers().get("X-CSRF-Token") {
        return Ok(sent.to_str().ok().map(str::to_owned));
    }
    let kind = request.content_type().to_ascii_lowercase();
    if !["application/x-www-form-urlencoded", MULTIPART].contains(&kind.as_str()) {
        return Ok(None);
    }
    let body = request.extract::<Bytes>().await.map_err(|_too_large| {
        Refusal::new("web/too-large", Status::TooLarge, "the form is too large", "Send less at once")
    })?;
    request.set_payload(Payload::from(body.clone()));
    if kind == MULTIPART {
        return parts::field(request.headers(), body, "csrf").await;
    }
    let fields = actix_web::web::Query::<Vec<(String, String)>>::from_query(
        std::str::from_utf8(&body).unwrap_or_default(),
    );
    let fields = fields.map(actix_web::web::Query::into_inner).unwrap_or_default();
    Ok(fields.into_iter().find(|(name, _)| name == "csrf").map(|(_, value)| value))
}

/// Whether a browser says that the request comes from a page of ours; other programs say nothing.
fn same_origin(request: &ServiceRequest) -> bool {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    match text(header::ORIGIN) {
        None => true,
        Some(origin) => {
            origin.split_once("://").map(|(_, host)| host) == Some(request.connection_info().host())
        }
    }
}

fn forged() -> Problem {
    Refusal::new(
        "access/csrf",
        Status::Forbidden,
        "this request does not come from a page of this session",
        "Load the page again and repeat what you did",
    )
    .into()
}

/// A path and query as the value of a query field.
pub fn query_value(text: &str) -> String {
    let mut value = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'_' | b'-' | b'.' => value.push(byte.into()),
            _ => value.push_str(&format!("%{byte:02X}")),
        }
    }
    value
}
