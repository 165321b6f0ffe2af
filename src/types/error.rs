//! What a verb returns when it does not succeed.

use std::fmt;

use serde::Serialize;

/// The result of every verb.
pub type Result<T> = std::result::Result<T, Error>;

/// A refusal that a person can act on, or a fault that only we can.
#[derive(Debug)]
pub enum Error {
    /// The request cannot be carried out as it stands; the text says what to do.
    Refused(Box<Refusal>),
    /// Something of ours failed; the user sees an id, the log has the cause.
    Internal(anyhow::Error),
}

/// A refusal: becomes an RFC 9457 problem document in the API, a notice on a page, one line on
/// the command line. Carries no patient data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Stable and greppable: `remits/not-balanced`.
    pub code: &'static str,
    /// What kind of refusal: decides the HTTP status.
    pub status: Status,
    /// What is wrong, in one sentence: `line 2 needs a diagnosis pointer`.
    pub detail: String,
    /// Where it is wrong, when it is in a document or a form.
    pub place: Option<Place>,
    /// What to do next.
    pub next: String,
}

/// The kinds of refusal, as HTTP knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// 400: cannot be read.
    Unreadable,
    /// 401: who are you?
    Unauthenticated,
    /// 403: known, but not allowed.
    Forbidden,
    /// 404: not there, or another tenant's.
    NotFound,
    /// 405: the address takes no such method.
    WrongMethod,
    /// 409: the state forbids it.
    Conflict,
    /// 413: more than is taken at once.
    TooLarge,
    /// 415: another kind of content than is read here.
    WrongKind,
    /// 422: readable, but wrong.
    Invalid,
    /// 429: too often.
    TooMany,
    /// 503: something we need is away; try again.
    Unavailable,
}

/// A place in a document or form. Only what is known is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// File name or id.
    pub file: Option<String>,
    /// Bytes from the start of the file.
    pub byte_offset: Option<u64>,
    /// 1-based line of a CSV.
    pub row: Option<u64>,
    /// Segment number and id in an X12 file.
    pub segment: Option<String>,
    /// Loop of the guide: `2300`.
    pub r#loop: Option<String>,
    /// Element: `CLM02`.
    pub element: Option<String>,
    /// Field of a form or JSON document, as a pointer.
    pub field: Option<String>,
}

impl Refusal {
    /// A refusal without a place.
    pub fn new(
        code: &'static str,
        status: Status,
        detail: impl Into<String>,
        next: impl Into<String>,
    ) -> Refusal {
        Refusal { code, status, detail: detail.into(), place: None, next: next.into() }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Refusal {
        self.place = Some(place);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {} ({})", self.detail, self.next, self.code)
    }
}
impl std::error::Error for Refusal {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(refusal) => refusal.fmt(f),
            Error::Internal(fault) => write!(f, "{fault:#}"),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        Error::Refused(Box::new(refusal))
    }
}
impl From<anyhow::Error> for Error {
    fn from(fault: anyhow::Error) -> Error {
        Error::Internal(fault)
    }
}
impl From<diesel::result::Error> for Error {
    fn from(fault: diesel::result::Error) -> Error {
        // PostgreSQL keeps any text but one with the character 0 (SQLSTATE 22021; 22P05 in a document).
        if let diesel::result::Error::DatabaseError(_, told) = &fault
            && (told.message() == r#"invalid byte sequence for encoding "UTF8": 0x00"#
                || told.message() == "unsupported Unicode escape sequence")
        {
            let what = "a text has the character 0, which is kept in none";
            return Refusal::new("text/nul", Status::Invalid, what, "Leave it out").into();
        }
        Error::Internal(fault.into())
    }
}

impl Error {
    /// The refusal, when it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Refused(refusal) => Some(refusal),
            Error::Internal(_) => None,
        }
    }
}
