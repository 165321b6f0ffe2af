//! Which code tables a command asks that works without a database, too.

use clap::Args;

use crate::app;
use crate::cli::wait;
use crate::codes::{Codes, store};
use crate::config::Config;
use crate::types::Result;

#[derive(Clone, Copy, Debug, Args)]
pub(super) struct TablesArgs {
    /// Ask the code tables that come with the program alone. Otherwise imported editions answer, too,
    /// where there is a database: the one that DATABASE_URL names, or the private server of
    /// FIRSTPASS_DATA once a command has made it.
    #[arg(long)]
    shipped: bool,
}

impl TablesArgs {
    /// The tables to ask. A database that is there and does not answer is a fault: without its editions
    /// another answer could come out than the server's.
    pub(super) fn codes(self) -> Result<Codes> {
        if self.shipped {
            return Ok(Codes::shipped().clone());
        }
        let config = Config::from_environment()?;
        if !app::has_database(&config) {
            return Ok(Codes::shipped().clone());
        }
        app::log(&config)?;
        wait(async { store::load(&app::open(&config).await?.db).await })
    }
}
