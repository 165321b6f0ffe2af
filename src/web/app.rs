//! What every handler can reach.

use std::future::{Ready, ready};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use crate::access::Throttle;
use crate::codes::{Codes, LiveCodes};
use crate::db::Db;
use crate::exchange::mailbox::DirectoryMailbox;
use crate::types::{Clock, OrganizationId};
use crate::web::Problem;

/// The running service, as a handler sees it. Cloning shares it.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Counts failed logins.
    pub throttle: Throttle,
    codes: LiveCodes,
    mailboxes: Arc<PathBuf>,
}

impl App {
    /// A service whose practices' mailboxes lie below `mailboxes`.
    #[must_use]
    pub fn new(db: Db, codes: &Codes, clock: Clock, mailboxes: PathBuf) -> App {
        let codes = LiveCodes::new(codes.clone());
        App { db, codes, clock, throttle: Throttle::default(), mailboxes: Arc::new(mailboxes) }
    }

    /// The code tables as they are now. One piece of work asks once.
    #[must_use]
    pub fn codes(&self) -> Codes {
        self.codes.now()
    }

    /// Takes over what is imported while the service runs, for as long as it is awaited.
    pub async fn follow_codes(&self) {
        self.codes.follow(&self.db, &self.clock).await;
    }

    /// Takes over at once what this process imported or undid; others see it within seconds.
    ///
    /// # Errors
    /// A database that does not answer.
    pub async fn reload_codes(&self) -> crate::types::Result<()> {
        self.codes.refresh(&self.db).await?;
        Ok(())
    }

    /// A payer's mailbox: the folders `out` and `in` below the one that its `mailbox` names, among
    /// those of the practice.
    #[must_use]
    pub fn mailbox(&self, organization: OrganizationId, mailbox: &str) -> DirectoryMailbox {
        let folder = self.mailboxes.join(organization.to_string()).join(mailbox);
        DirectoryMailbox::new(folder.join("out"), folder.join("in")).settling(SETTLES_IN)
    }
}

/// A partner's program may write a file where we look for it.
const SETTLES_IN: Duration = Duration::from_secs(2);

impl FromRequest for App {
    type Error = Problem;
    type Future = Ready<Result<App, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<Data<App>>().map(|app| app.get_ref().clone());
        ready(app.ok_or_else(|| anyhow::anyhow!("the server was built without its App").into()))
    }
}
