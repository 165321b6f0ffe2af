//! Who may do what: users, roles, sessions, API keys.
//!
//! - A **user** is a person with one password; a **membership** says for which practice they work
//!   and in which [`Role`]; the role says which [`Permission`]s they have, in one table.
//! - [`sessions::log_in`] answers alike whether the email or the password is wrong, in the same
//!   time, and refuses for a while after too many failures ([`Throttle`], counted in this process).
//! - A **session** is a random token in a cookie; an **API key** (`fpk_...`) a random token that a
//!   program presents. The database holds their SHA-256 only: who reads it can present neither.
//! - A session ends after [`sessions::REST`] without a request and [`sessions::WHOLE`] in any case,
//!   when its user signs out, is disabled, or loses the membership.
//! - A **draft** is a form that a person is filling in; it is that person's alone.
//! - [`Known`] is what both come to: an actor, a role, a name to show.
//!
//! - Who works for several practices chooses after the login; [`sessions::switch`] begins a session of
//!   the chosen one, with the role there, and ends the one before.
//!
//! Deliberately absent: second factors, password rules beyond a length, recovery by mail.

pub mod account;
pub mod admin;
pub mod drafts;
pub mod keys;
pub mod members;
pub mod pages;
mod passwords;
mod roles;
pub mod sessions;
mod throttle;
mod tokens;
pub mod trail;
pub mod users;

pub use roles::{Permission, Role, UnknownRole};
pub use throttle::Throttle;
pub use tokens::Token;

use crate::db::Actor;
use crate::types::SessionId;

/// Who presented a good session or key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// For transactions.
    pub actor: Actor,
    /// As what they act.
    pub role: Role,
    /// The person's or the key's name.
    pub name: String,
    /// The practice's name.
    pub organization: String,
    /// Whether what the practice sends counts (ISA15 `P`).
    pub production: bool,
    /// Whether the person works for other practices too.
    pub works_elsewhere: bool,
    /// Whether the person must choose a password of their own before anything else.
    pub password_temporary: bool,
    /// The session, when it is one.
    pub session: Option<OpenSession>,
}

/// The session of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// Its id.
    pub id: SessionId,
    /// What its forms send along.
    pub csrf_token: String,
}
