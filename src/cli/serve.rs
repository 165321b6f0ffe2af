//! `firstpass serve`: the pages and the API, and the work that waits, until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::app;
use crate::cli::{practice, told_to_stop, wait_among_others};
use crate::codes::store;
use crate::config::Config;
use crate::db::{Actor, Db};
use crate::journey::{self, MllpLimits};
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
    /// Listen for HL7 v2 messages (DFT^P03, DFT^P11) over MLLP, too: a loopback or private address,
    /// such as 127.0.0.1:2575, for MLLP has no login. Else FIRSTPASS_MLLP.
    #[arg(long, value_name = "HOST:PORT")]
    mllp: Option<SocketAddr>,
    /// Whose messages come over MLLP, by id or control number prefix; needed only when there are
    /// several practices.
    #[arg(long, value_name = "ID")]
    mllp_practice: Option<String>,
}

/// Where HL7 messages of one practice come in.
pub(super) struct Mllp {
    listener: TcpListener,
    actor: Actor,
}

pub fn run(serve: &Serve) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    let work = (!serve.no_work).then(Settings::default);
    wait_among_others(async {
        let ready = app::open(&config).await?;
        let mllp = match serve.mllp.or(config.mllp) {
            None => None,
            Some(address) => {
                let practice = practice::named(&ready.db, serve.mllp_practice.as_deref()).await?;
                let listener = journey::listen_mllp(address).await?;
                let address = listener.local_addr().map_err(anyhow::Error::from)?;
                println!("HL7 of {} comes in at {address} (MLLP)", practice.name);
                Some(Mllp { listener, actor: Actor::system("mllp", practice.id) })
            }
        };
        until_stopped(&ready.db, config.mailboxes(), config.listen, work, mllp, |address| {
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
    mllp: Option<Mllp>,
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
    let (hush, hushed) = oneshot::channel::<()>();
    let heard = mllp.map(|Mllp { listener, actor }| {
        let (db, clock) = (app.db.clone(), app.clock.clone());
        // A sender that is gone has said it too.
        let limits = MllpLimits::default();
        tokio::spawn(journey::serve_mllp(listener, db, actor, clock, limits, async { drop(hushed.await) }))
    });
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
        drop(hush);
        handle.stop(true).await;
        if let Some(heard) = heard {
            heard.await.context("the HL7 listener ended early")?;
        }
        running.await.context("the server ended early")?.context("the server failed")
    };
    let ((), served) = tokio::join!(worked, served);
    following.abort();
    Ok(served?)
}
