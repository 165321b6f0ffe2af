//! The web kit: what every page and API handler shares. It knows no feature.
//!
//! - [`Route`] and [`Needs`]: a route says once, in `routes.rs`, whom it lets in. The gate before
//!   each handler finds the caller by session cookie or `Authorization: Bearer fpk_...`, checks the
//!   permission, and demands the session's token of every write by cookie (field `csrf` of a form,
//!   or header `X-CSRF-Token`). A handler cannot forget any of it.
//! - Extractors: [`App`] (`db`, `codes`, `clock`, `mailboxes`), [`Caller`] (`&caller.actor` begins a
//!   transaction), [`Chrome`] (menu and top bar of a page), [`Paging`], [`Keyed`] (a write's body
//!   with its idempotency key), and actix's `Path`, `Query`, `Json`, `Form`;
//!   [`Parts`] is a form with files.
//! - A handler returns [`Result`]: any [`crate::types::Error`] becomes a [`Problem`] by `?`, shown as
//!   `application/problem+json` under `/api/`, as a page elsewhere.
//! - A page ends with [`page`] (a template that extends `web/layout.html` and has a field
//!   `chrome: Chrome`), a form's write with [`done`]: 303 and a message on the next page.
//! - [`show`]: money, dates and counts as a page shows them: `{{ show::money(claim.charged) }}`.
//! - [`sent`], [`field`], [`accepts`]: a field of a form, a parameter, and the kind of a body, refused by name when wrong.
//! - [`Page::of`]: a keyset list's `{items, next}`.
//!
//! Deliberately absent: SQL, feature words, inline script and inline style (the content security
//! policy refuses both).

mod app;
pub mod assets;
mod caller;
mod chrome;
mod draft;
mod gate;
mod keyed;
mod opaque;
mod paging;
mod parts;
mod present;
mod problem;
mod request;
mod respond;
mod route;
pub mod show;

pub use app::App;
pub use caller::{Caller, Needs, SESSION_COOKIE};
pub use chrome::{Chrome, Section};
pub use draft::{SavedDraft, keep_draft};
pub use gate::query_value;
pub use keyed::{FromBody, IdempotencyKey, Keyed, Nothing};
pub use paging::{Page, Paging};
pub use parts::{Parts, Upload};
pub use present::present;
pub use problem::{Problem, ProblemDocument, Problems, Result};
pub use request::{Fields, accepts, field, sent};
pub use respond::{answer, done, page, page_with_status, see_other};
pub use route::{Route, configure, delete, get, patch, post, put};
