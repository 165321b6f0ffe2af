//! Who acts, and for which practice.

use std::fmt;

use crate::types::{ApiKeyId, OrganizationId, UserId};

/// Who acts, and for which practice: every transaction has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The practice whose data is seen and written.
    pub organization: OrganizationId,
    /// The person, key or job.
    pub who: Who,
}

/// The person, key or job that acts. Shown as the audit trail writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A signed-in person.
    User(UserId),
    /// A practice system with its key.
    ApiKey(ApiKeyId),
    /// A job or command, by name: `send_batch`. Lower case letters, digits, `_` and `-`.
    System(&'static str),
}

impl Actor {
    /// A job or command acting for a practice.
    #[must_use]
    pub const fn system(name: &'static str, organization: OrganizationId) -> Actor {
        Actor { organization, who: Who::System(name) }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::User(id) => id.fmt(f),
            Who::ApiKey(id) => id.fmt(f),
            Who::System(name) => write!(f, "system:{name}"),
        }
    }
}
