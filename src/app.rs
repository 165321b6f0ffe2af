//! What the commands share: a database that is ready, the log, the server.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App as Service, HttpServer};
use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::db::embedded::{Cluster, Durability, Settings};
use crate::db::{Db, migrations, roles};
use crate::routes;
use crate::types::{Refusal, Result, Status};
use crate::web::{self, App};

/// Connections of one process.
const CONNECTIONS_MAX: u32 = 16;

/// The database's name on the private server.
const DATABASE: &str = "firstpass";

/// A database that is ready. Dropping the last one of a private server, in whatever process,
/// stops the server.
pub struct Ready {
    /// The database, as the service's role.
    pub db: Db,
    server: Option<Cluster>,
}

impl Ready {
    /// How the owner of the tables connects, for measuring what the service's role may not do.
    pub fn owner_url(&self, config: &Config) -> Result<String> {
        match (&self.server, &config.database_owner_url) {
            (Some(server), _) => Ok(server.url(roles::OWNER, DATABASE)),
            (None, Some(owner)) => Ok(owner.expose().to_owned()),
            (None, None) => Err(no_owner().into()),
        }
    }
}

fn no_owner() -> Refusal {
    Refusal::new(
        "database/no-owner",
        Status::Invalid,
        "DATABASE_URL is set, but the service's role may not change tables",
        "Set DATABASE_OWNER_URL to the same database as its owner",
    )
}

/// Connects to the configured database, which must be migrated; without one, starts the private
/// server and migrates it.
pub async fn open(config: &Config) -> Result<Ready> {
    if let Some(url) = &config.database_url {
        let db = Db::connect(url.expose(), CONNECTIONS_MAX).await?;
        let missing = migrations::missing(&db).await?;
        if !missing.is_empty() {
            return Err(Refusal::new(
                "database/not-migrated",
                Status::Unavailable,
                format!("the database lacks {} migrations of this version", missing.len()),
                "Run: firstpass migrate",
            )
            .into());
        }
        return Ok(Ready { db, server: None });
    }
    let (server, _) = private(config).await?;
    let db = Db::connect(&server.url(roles::SERVICE, DATABASE), CONNECTIONS_MAX).await?;
    Ok(Ready { db, server: Some(server) })
}

/// Whether a database is configured, or a private server was made: [`open`] would make one.
#[must_use]
pub fn has_database(config: &Config) -> bool {
    config.database_url.is_some() || private_folder(config).exists()
}

fn private_folder(config: &Config) -> PathBuf {
    config.data_folder.join("postgres")
}

/// Brings the schema up to date, as the owner; returns the versions that were run. Makes the
/// roles first where they are missing.
pub async fn migrate(config: &Config) -> Result<Vec<String>> {
    match (&config.database_owner_url, &config.database_url) {
        (Some(owner), _) => {
            roles::ensure(owner.expose(), &[roles::SERVICE]).await?;
            migrations::run(owner.expose()).await
        }
        (None, Some(_)) => Err(no_owner().into()),
        (None, None) => Ok(private(config).await?.1),
    }
}

/// The private server with its database, migrated; and the versions that were run.
async fn private(config: &Config) -> Result<(Cluster, Vec<String>)> {
    let settings = Settings {
        folder: private_folder(config),
        programs: config.postgres_programs.clone(),
        path: config.path.clone(),
        durability: Durability::Full,
    };
    let server = tokio::task::spawn_blocking(move || Cluster::start(&settings))
        .await
        .context("the thread that starts the server ended early")??;
    let administrator = server.administrator_url();
    roles::ensure(&administrator, &[roles::OWNER, roles::SERVICE]).await?;
    roles::ensure_database(&administrator, DATABASE).await?;
    let versions = migrations::run(&server.url(roles::OWNER, DATABASE)).await?;
    Ok((server, versions))
}

/// How long requests that are under way may take once the server is told to stop.
const STOP_WITHIN_SECONDS: u64 = 30;

/// A server of every route, listening; it serves once it is awaited, and stops by its handle only.
/// Refused when the port is taken (`serve/port-taken`) or the address is not this machine's
/// (`serve/address`).
pub fn serve(app: App, listen: SocketAddr) -> Result<(Server, SocketAddr)> {
    let server = HttpServer::new(move || {
        let app = app.clone();
        Service::new()
            .wrap(from_fn(web::present))
            .configure(move |config| web::configure(config, app, routes::all()))
    })
    .disable_signals()
    .shutdown_timeout(STOP_WITHIN_SECONDS)
    .bind(listen)
    .map_err(|fault| match fault.kind() {
        ErrorKind::AddrInUse => Refusal::new(
            "serve/port-taken",
            Status::Unavailable,
            format!("another program listens at {listen}"),
            "Stop it, or set FIRSTPASS_LISTEN to another address",
        ),
        _ => Refusal::new(
            "serve/address",
            Status::Unavailable,
            format!("cannot listen at {listen}: {fault}"),
            "Set FIRSTPASS_LISTEN to an address of this machine",
        ),
    })?;
    let address = server.addrs().first().copied().context("a server that is bound has an address")?;
    Ok((server.run(), address))
}

/// Sends the log to standard error, filtered as configured.
pub fn log(config: &Config) -> Result<()> {
    let Ok(filter) = EnvFilter::try_new(&config.log) else {
        return Err(Refusal::new(
            "config/variable",
            Status::Invalid,
            "the variable FIRSTPASS_LOG is no filter",
            "Write it as in: warn,firstpass=info",
        )
        .into());
    };
    // A second call, as from a test, leaves the first in place.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    Ok(())
}
