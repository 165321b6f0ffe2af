//! Who sent a request, and what a route needs of them.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::access::{Known, OpenSession, Permission, Role};
use crate::db::Actor;
use crate::web::Problem;

/// The cookie that holds a session's token.
pub const SESSION_COOKIE: &str = "firstpass_session";

/// Whom a route lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Anybody: the login, assets, health.
    Nothing,
    /// Anybody who is known.
    Login,
    /// Whose role has the permission.
    To(Permission),
}

/// Who sent this request; present on every route that [`Needs`] someone.
#[derive(Clone, Debug)]
pub struct Caller {
    /// For transactions: `app.db.transaction(&caller.actor, ...)`.
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
    /// The browser's session; `None` for an API key.
    pub session: Option<OpenSession>,
}

impl Caller {
    /// Whether the caller's role has a permission: to leave out a button.
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }
}

impl From<Known> for Caller {
    fn from(known: Known) -> Caller {
        let Known {
            actor,
            role,
            name,
            organization,
            production,
            works_elsewhere,
            password_temporary,
            session,
        } = known;
        Caller { actor, role, name, organization, production, works_elsewhere, password_temporary, session }
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Caller, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().cloned();
        ready(caller.ok_or_else(|| anyhow::anyhow!("a route that needs nobody asks for a caller").into()))
    }
}
