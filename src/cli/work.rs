//! `firstpass work`: does what waits to be done, until it is told to stop.

use std::process::ExitCode;
use std::time::Duration;

use crate::app;
use crate::cli::{told_to_stop, wait_among_others};
use crate::codes::store;
use crate::config::Config;
use crate::types::{Clock, Result};
use crate::web::App;
use crate::work::{self, Settings};

/// Do what waits to be done: send claims, receive mail. Any number may run.
#[derive(Debug, clap::Args)]
pub struct Work {
    /// Jobs under way at once, at most.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Seconds after which the jobs of a worker that was lost are another's.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(3..=3600))]
    lease: u64,
}

pub fn run(work: &Work) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    let settings =
        Settings { at_once: work.jobs.into(), lease: Duration::from_secs(work.lease), ..Settings::default() };
    wait_among_others(async {
        let ready = app::open(&config).await?;
        let codes = store::load(&ready.db).await?;
        let app = App::new(ready.db.clone(), &codes, Clock::system(), config.mailboxes());
        let following = {
            let app = app.clone();
            tokio::spawn(async move { app.follow_codes().await })
        };
        let stop = told_to_stop()?;
        println!("Firstpass works, {} jobs at once at most", work.jobs);
        work::run(app, settings, stop).await;
        following.abort();
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}
