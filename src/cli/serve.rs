//! `firstpass serve`: the pages and the API, until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::app;
use crate::cli::wait;
use crate::codes::Codes;
use crate::config::Config;
use crate::db::Db;
use crate::types::{Clock, Result};
use crate::web::App;

pub fn run() -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    wait(async {
        let ready = app::open(&config).await?;
        let mailboxes = config.data_folder.join("mailboxes");
        until_stopped(&ready.db, mailboxes, config.listen, |address| {
            println!("Firstpass is at http://{address}/ (no user yet? firstpass user add --help)");
        })
        .await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Serves until SIGTERM or SIGINT; what is under way then is finished first.
pub(super) async fn until_stopped(
    db: &Db,
    mailboxes: PathBuf,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Result<()> {
    let app = App::new(db.clone(), Codes::shipped(), Clock::system(), mailboxes);
    let (server, address) = app::serve(app, listen)?;
    let handle = server.handle();
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let running = tokio::spawn(server);
    ready(address);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    handle.stop(true).await;
    running.await.context("the server ended early")?.context("the server failed")?;
    Ok(())
}
