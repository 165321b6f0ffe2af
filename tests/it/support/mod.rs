//! A migrated database for each test, as the service's role.
//!
//! One private server serves the whole run, whether the tests are threads (`cargo test`) or
//! processes (nextest); with `DATABASE_URL` that server does, by a login that may create roles and
//! databases. The migrated template is named by the migrations' hash; each [`world`] is a clone of
//! it, dropped with the [`World`]. What a killed run left is dropped when the next one begins.
#![allow(dead_code)] // each story uses what it needs

mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use firstpass::db::{Actor, Db};
use firstpass::types::OrganizationId;

use server::Server;

/// A database of one's own.
pub struct World {
    /// As the service's role.
    pub db: Db,
    name: String,
    server: Arc<Server>,
}

/// A fresh, migrated, empty database.
pub async fn world() -> World {
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

    /// A practice, and a test acting for it.
    pub async fn organization(&self, name: &str) -> Actor {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let prefix = format!("T{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let actor = Actor::system("test", OrganizationId::new());
        self.db
            .transaction(&actor, async |tx| {
                use diesel::prelude::*;
                use diesel_async::RunQueryDsl;
                use firstpass::db::schema::organizations as o;
                diesel::insert_into(o::table)
                    .values((
                        o::id.eq(tx.actor().organization),
                        o::name.eq(name),
                        o::time_zone.eq("America/Chicago"),
                        o::control_number_prefix.eq(prefix),
                    ))
                    .execute(tx.conn())
                    .await?;
                let id = tx.actor().organization;
                tx.audit("organizations/create", id, None, serde_json::json!({})).await
            })
            .await
            .unwrap();
        actor
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.drop_database(&self.name);
    }
}
