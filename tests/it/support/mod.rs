//! A migrated database for each test, as the service's role.
//!
//! One private server serves the whole run, whether the tests are threads (`cargo test`) or
//! processes (nextest); with `DATABASE_URL` that server does, by a login that may create roles and
//! databases. The migrated template is named by the migrations' hash; each [`world`] is a clone of
//! it, dropped with the [`World`]. What a killed run left is dropped when the next one begins.
#![allow(dead_code)] // each story uses what it needs

pub mod browser;
pub mod practice;
pub mod queries;
mod server;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use firstpass::db::{Actor, Db, Who};
use firstpass::registry::organizations::{self, NewOrganization, Usage};
use firstpass::registry::{Contact, InterchangeParty, Receiver, Submitter};

use server::Server;

/// A database of one's own.
pub struct World {
    /// As the service's role.
    pub db: Db,
    name: String,
    server: Arc<Server>,
}

/// The program where no database is: what ships answers alone.
pub fn without_database() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_firstpass"));
    program.env_remove("DATABASE_URL").env("FIRSTPASS_DATA", "/nowhere");
    program
}

/// A fresh, migrated, empty database.
pub async fn world() -> World {
    queries::watch();
    let server = server::running().await;
    let name = server.create_database().await;
    let db = Db::connect(&server.service_url(&name), 8).await.unwrap();
    World { db, name, server }
}

impl World {
    /// How the service's role connects.
    pub fn service_url(&self) -> String {
        self.server.service_url(&self.name)
    }

    /// How the owner of the tables connects: to prove that even it cannot do something.
    pub fn owner_url(&self) -> String {
        self.server.owner_url(&self.name)
    }

    /// How the server's administrator connects.
    pub fn administrator_url(&self) -> String {
        self.server.administrator_url(&self.name)
    }

    /// A practice, and a test acting for it.
    pub async fn organization(&self, name: &str) -> Actor {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let prefix = format!("T{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let new = NewOrganization {
            name,
            time_zone: chrono_tz::America::Chicago,
            control_number_prefix: &prefix,
            usage: Usage::Test,
        };
        let made = organizations::create(&self.db, Who::System("test"), &new).await.unwrap();
        Actor::system("test", made.id)
    }

    /// Says how a practice is known where it sends.
    pub async fn enroll(&self, actor: &Actor, submitter: &Submitter) {
        self.db
            .transaction(actor, async |tx| organizations::set_submitter(tx, submitter).await)
            .await
            .unwrap();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.drop_database(&self.name);
    }
}

/// A practice that goes by one number everywhere it sends.
pub fn submitter(name: &str, identifier: &str) -> Submitter {
    Submitter {
        name: name.into(),
        identifier: identifier.parse().unwrap(),
        interchange: party(identifier),
        contact: Contact { name: "Billing".into(), telephone: "2175550100".parse().unwrap(), email: None },
    }
}

/// A payer that takes its own files, under one number everywhere.
pub fn receiver(identifier: &str, name: &str) -> Receiver {
    Receiver { name: name.into(), identifier: identifier.parse().unwrap(), interchange: party(identifier) }
}

fn party(identifier: &str) -> InterchangeParty {
    InterchangeParty {
        qualifier: "ZZ".parse().unwrap(),
        id: identifier.parse().unwrap(),
        application: identifier.parse().unwrap(),
    }
}
