//! What every handler can reach.

use std::future::{Ready, ready};
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use crate::access::Throttle;
use crate::codes::Codes;
use crate::db::Db;
use crate::types::{Clock, OrganizationId};
use crate::web::Problem;

/// The running service, as a handler sees it. Cloning shares it.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The code tables.
    pub codes: Codes,
    /// The time.
    pub clock: Clock,
    /// Counts failed logins.
    pub throttle: Throttle,
    mailboxes: Arc<PathBuf>,
}

impl App {
    /// A service whose practices' mailboxes lie below `mailboxes`.
    #[must_use]
    pub fn new(db: Db, codes: Codes, clock: Clock, mailboxes: PathBuf) -> App {
        App { db, codes, clock, throttle: Throttle::default(), mailboxes: Arc::new(mailboxes) }
    }

    /// The folder of a practice's mailboxes; a payer's is the one below it that its `mailbox` names.
    #[must_use]
    pub fn mailboxes(&self, organization: OrganizationId) -> PathBuf {
        self.mailboxes.join(organization.to_string())
    }
}

impl FromRequest for App {
    type Error = Problem;
    type Future = Ready<Result<App, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<Data<App>>().map(|app| app.get_ref().clone());
        ready(app.ok_or_else(|| anyhow::anyhow!("the server was built without its App").into()))
    }
}
