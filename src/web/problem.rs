//! Problems: what a request gets that cannot be carried out (RFC 9457).

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use crate::types::{Error, Place, Refusal, Status};

/// What every handler returns.
pub type Result<T> = std::result::Result<T, Problem>;

/// A refusal, or a fault of ours that the log tells of under an id.
#[derive(Debug)]
pub enum Problem {
    /// What a person can act on.
    Refused(Box<Refusal>),
    /// What only we can; logged once, when it became a problem. The cause is not shown.
    Internal(Uuid),
}

/// A problem as a document: what `application/problem+json` holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// What kind of problem: `urn:firstpass:remits/not-balanced`.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of refusal in words, alike for alike statuses.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong, this time.
    detail: String,
    /// Stable: `remits/not-balanced`.
    code: &'static str,
    /// Where it is wrong: only what is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    place: Option<serde_json::Value>,
    /// What to do next.
    next: String,
    /// What the log calls a fault of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
}

/// The problems that any route may answer with, for the API's description.
#[derive(IntoResponses)]
pub enum Problems {
    /// The request cannot be read.
    #[response(status = 400, content_type = "application/problem+json")]
    Unreadable(#[to_schema] ProblemDocument),
    /// Nobody is signed in, or the key is not in use.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(#[to_schema] ProblemDocument),
    /// The caller's role may not do this.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(#[to_schema] ProblemDocument),
    /// Not there, or another practice's.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(#[to_schema] ProblemDocument),
    /// The state forbids it.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(#[to_schema] ProblemDocument),
    /// More than is taken at once.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(#[to_schema] ProblemDocument),
    /// Another kind of content than is read here.
    #[response(status = 415, content_type = "application/problem+json")]
    WrongKind(#[to_schema] ProblemDocument),
    /// Readable, but wrong.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(#[to_schema] ProblemDocument),
    /// A fault of ours; the log has it under `id`.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(#[to_schema] ProblemDocument),
    /// Nothing was done: the database, or what else is needed, is away or too busy; try again later.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] ProblemDocument),
}

impl Problem {
    pub(super) fn document(&self) -> ProblemDocument {
        match self {
            Problem::Refused(refusal) => ProblemDocument {
                kind: format!("urn:firstpass:{}", refusal.code),
                title: title(refusal.status),
                status: status(refusal.status).as_u16(),
                detail: refusal.detail.clone(),
                code: refusal.code,
                place: refusal.place.as_ref().map(known),
                next: refusal.next.clone(),
                id: None,
            },
            Problem::Internal(id) => ProblemDocument {
                kind: "urn:firstpass:internal".to_owned(),
                title: "A fault of this program",
                status: 500,
                detail: "something of ours failed; nothing was changed".to_owned(),
                code: "internal",
                place: None,
                next: "Try again; if it stays so, give the id to whoever runs this program".to_owned(),
                id: Some(*id),
            },
        }
    }
}

impl ProblemDocument {
    pub(super) fn title(&self) -> &str {
        self.title
    }
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
    pub(super) fn next(&self) -> &str {
        &self.next
    }
    pub(super) fn id(&self) -> Option<Uuid> {
        self.id
    }
    pub(super) fn status(&self) -> u16 {
        self.status
    }
}

/// A place without its empty fields.
fn known(place: &Place) -> serde_json::Value {
    match serde_json::to_value(place) {
        Ok(serde_json::Value::Object(fields)) => {
            fields.into_iter().filter(|(_, value)| !value.is_null()).collect()
        }
        _ => serde_json::Value::Null,
    }
}

const fn title(status: Status) -> &'static str {
    match status {
        Status::Unreadable => "The request cannot be read",
        Status::Unauthenticated => "Sign in first",
        Status::Forbidden => "This is not allowed",
        Status::NotFound => "There is no such thing",
        Status::WrongMethod => "The address takes another method",
        Status::Conflict => "The state forbids it",
        Status::TooLarge => "It is too large",
        Status::WrongKind => "It is of another kind than is read here",
        Status::Invalid => "Something in it is wrong",
        Status::TooMany => "Too often",
        Status::Unavailable => "Something we need is away",
    }
}

const fn status(status: Status) -> StatusCode {
    match status {
        Status::Unreadable => StatusCode::BAD_REQUEST,
        Status::Unauthenticated => StatusCode::UNAUTHORIZED,
        Status::Forbidden => StatusCode::FORBIDDEN,
        Status::NotFound => StatusCode::NOT_FOUND,
        Status::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        Status::Conflict => StatusCode::CONFLICT,
        Status::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Status::WrongKind => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Status::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Status::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Status::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Refused(refusal) => refusal.fmt(f),
            Problem::Internal(id) => write!(f, "internal fault {id}"),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Problem::Refused(refusal) => status(refusal.status),
            Problem::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.status_code() == StatusCode::UNAUTHORIZED {
            response.insert_header(("WWW-Authenticate", "Bearer"));
        }
        let body = serde_json::to_string(&self.document()).unwrap_or_default();
        response.content_type("application/problem+json").body(body)
    }
}

impl From<Error> for Problem {
    fn from(fault: Error) -> Problem {
        match fault {
            Error::Refused(refusal) => Problem::Refused(refusal),
            Error::Internal(fault) => {
                let id = Uuid::now_v7();
                tracing::error!(%id, "{fault:#}");
                Problem::Internal(id)
            }
        }
    }
}
impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        Problem::Refused(Box::new(refusal))
    }
}
impl From<anyhow::Error> for Problem {
    fn from(fault: anyhow::Error) -> Problem {
        Error::Internal(fault).into()
    }
}
