//! `firstpass serve`: the pages and the API, and the work that waits, until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use tokio::sync::oneshot;

use crate::app;
use crate::cli::{told_to_stop, wait};
use crate::codes::store;
use crate::config::Config;
use crate::db::Db;
use crate::types::{Clock, Result};
use crate::web::App;
use crate::work::{self, Settings};

/// Serve the pages and the API at FIRSTPASS_LISTEN, 127.0.0.1:8080 unless set, and do what waits to
/// be done: send claims, receive mail.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Leave the work to `firstpass work`.
    #[arg(long)]
    no_work: bool,
}

pub fn run(serve: &Serve) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    let work = (!serve.no_work).then(Settings::default);
    wait(async {
        let ready = app::open(&config).await?;
        until_stopped(&ready.db, config.mailboxes(), config.listen, work, |address| {
            println!("Firstpass is at http://{address}/ (no user yet? firstpass user add --help)");
        })
        .await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Serves, and works where `work` says how, until SIGTERM or SIGINT; what is under way then is
/// finished first.
pub(super) async fn until_stopped(
    db: &Db,
    mailboxes: PathBuf,
    listen: SocketAddr,
    work: Option<Settings>,
    ready: impl FnOnce(SocketAddr),
) -> Result<()> {
    let app = App::new(db.clone(), &store::load(db).await?, Clock::system(), mailboxes);
    let (server, address) = app::serve(app.clone(), listen)?;
    let handle = server.handle();
    let following = {
        let app = app.clone();
        tokio::spawn(async move { app.follow_codes().await })
    };
    let stop = told_to_stop()?;
    let running = tokio::spawn(server);
    ready(address);
    let (rest, told) = oneshot::channel::<()>();
    let worked = async {
        if let Some(settings) = work {
            // A sender that is gone has said it too.
            work::run(app, settings, async { drop(told.await) }).await;
        }
    };
    let served = async {
        stop.await;
        tracing::info!("stopping");
        drop(rest);
        handle.stop(true).await;
        running.await.context("the server ended early")?.context("the server failed")
    };
    let ((), served) = tokio::join!(worked, served);
    following.abort();
    Ok(served?)
}
