//! The code tables as they are now, in a process that goes on while editions are imported.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::{Codes, store};
use crate::db::Db;
use crate::types::{Clock, Result};

/// How soon a running process sees an edition that another one imports.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The code tables that are in force, for all who share them. Who takes [`LiveCodes::now`] holds one
/// state for as long as the work takes: a claim is never judged by two.
#[derive(Clone, Debug)]
pub struct LiveCodes(Arc<RwLock<Codes>>);

impl LiveCodes {
    /// These, until others are loaded.
    #[must_use]
    pub fn new(codes: Codes) -> LiveCodes {
        LiveCodes(Arc::new(RwLock::new(codes)))
    }

    /// The tables as they are at this moment.
    #[must_use]
    pub fn now(&self) -> Codes {
        // Nothing can fail between taking the lock and giving it back, so it is never poisoned.
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Loads what was imported since, and forgets what was undone; says whether there was anything.
    ///
    /// # Errors
    /// A database that does not answer, or an edition that cannot be read.
    pub async fn refresh(&self, db: &Db) -> Result<bool> {
        let Some(newer) = store::newer(db, &self.now()).await? else { return Ok(false) };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = newer;
        Ok(true)
    }

    /// Keeps the tables up to date and ready to be searched, for as long as it is awaited. While the
    /// database is away they stay as they are.
    pub async fn follow(&self, db: &Db, clock: &Clock) {
        let prepare = || {
            let (codes, on) = (self.now(), clock.now().date_naive());
            // It ends by itself; a search that comes earlier makes what it needs.
            drop(tokio::task::spawn_blocking(move || codes.prepare_search(on)));
        };
        let mut failing = false;
        prepare();
        loop {
            tokio::time::sleep(LOOK_AGAIN).await;
            match self.refresh(db).await {
                Ok(changed) => {
                    failing = false;
                    if changed {
                        prepare();
                        tracing::info!(editions = self.now().imported().len(), "code tables were reloaded");
                    }
                }
                // Told once, not every two seconds.
                Err(fault) if !failing => {
                    failing = true;
                    tracing::error!(%fault, "code tables cannot be reloaded; the ones at hand stay in use");
                }
                Err(_) => {}
            }
        }
    }
}
