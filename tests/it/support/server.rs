//! The server that a run of tests shares.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use firstpass::db::embedded::{Cluster, Durability, Settings};
use firstpass::db::{migrations, roles};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

/// Stopped when the last test that uses it ends, in whatever process.
pub struct Server {
    administrator_url: String,
    template: String,
    cluster: Option<Cluster>,
    /// Held shared by every process that runs tests: who gets it alone may drop leftovers.
    _in_use: File,
}

const PASSWORD: &str = "firstpass";

/// The server, started if no test of this process uses it now.
pub async fn running() -> Arc<Server> {
    static RUNNING: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());
    let mut running = RUNNING.lock().await;
    if let Some(server) = running.upgrade() {
        return server;
    }
    let server = Arc::new(Server::start().await);
    *running = Arc::downgrade(&server);
    server
}

impl Server {
    async fn start() -> Server {
        let folder = folder();
        fs::create_dir_all(&folder).unwrap();
        let one_at_a_time = File::create(folder.join("tests-start.lock")).unwrap();
        one_at_a_time.lock().unwrap();
        let in_use = File::create(folder.join("tests-in-use.lock")).unwrap();
        let alone = in_use.try_lock().is_ok();

        let (administrator_url, cluster) = match std::env::var("DATABASE_URL") {
            Ok(url) => (url, None),
            Err(_) => {
                let settings = Settings {
                    folder: folder.join("postgres"),
                    programs: std::env::var_os("PGBIN").map(PathBuf::from),
                    path: std::env::var_os("PATH"),
                    durability: Durability::None,
                };
                let cluster = Cluster::start(&settings).unwrap();
                (cluster.administrator_url(), Some(cluster))
            }
        };
        roles::ensure(&administrator_url, &[roles::OWNER, roles::SERVICE]).await.unwrap();
        let template = format!("firstpass_{}_template_{}", checkout(), migrations_hash());
        let server = Server { administrator_url, template, cluster, _in_use: in_use };
        let mut conn = server.administrator().await;
        if server.cluster.is_none() {
            let login = |role| format!("alter role {role} password '{PASSWORD}';");
            conn.batch_execute(&(login(roles::OWNER) + &login(roles::SERVICE))).await.unwrap();
        }
        if alone {
            server.drop_leftovers(&mut conn).await;
        }
        server.ensure_template(&mut conn).await;
        server._in_use.lock_shared().unwrap();
        server
    }

    pub async fn create_database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("firstpass_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut conn = self.administrator().await;
        let (owner, template) = (roles::OWNER, &self.template);
        conn.batch_execute(&format!("create database {name} template {template} owner {owner}"))
            .await
            .unwrap();
        name
    }

    /// From a `Drop`, which cannot wait for the test's own runtime.
    pub fn drop_database(&self, name: &str) {
        let (url, drop) =
            (self.administrator_url.clone(), format!("drop database if exists {name} with (force)"));
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut conn = AsyncPgConnection::establish(&url).await?;
                anyhow::Ok(conn.batch_execute(&drop).await?)
            })
        });
        // What cannot be dropped now is dropped when the next run begins.
        let _ = dropped.join();
    }

    pub fn service_url(&self, database: &str) -> String {
        self.url(roles::SERVICE, database)
    }

    pub fn owner_url(&self, database: &str) -> String {
        self.url(roles::OWNER, database)
    }

    pub fn administrator_url(&self, database: &str) -> String {
        match &self.cluster {
            Some(cluster) => cluster.url("postgres", database),
            None => self.administrator_url.clone(),
        }
    }

    fn url(&self, role: &str, database: &str) -> String {
        match &self.cluster {
            Some(cluster) => cluster.url(role, database),
            None => other_login(&self.administrator_url, role, database),
        }
    }

    async fn administrator(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(&self.administrator_url).await.unwrap()
    }

    async fn drop_leftovers(&self, conn: &mut AsyncPgConnection) {
        #[derive(QueryableByName)]
        struct Database {
            #[diesel(sql_type = Text)]
            datname: String,
        }
        let found: Vec<Database> = sql_query(
            "select datname::text from pg_database
             where starts_with(datname::text, $1) and datname <> $2",
        )
        .bind::<Text, _>(format!("firstpass_{}_", checkout()))
        .bind::<Text, _>(&self.template)
        .load(conn)
        .await
        .unwrap();
        for Database { datname } in found {
            conn.batch_execute(&format!("drop database {datname} with (force)")).await.unwrap();
        }
    }

    /// Migrated under another name first, so that a half-migrated one is never cloned.
    async fn ensure_template(&self, conn: &mut AsyncPgConnection) {
        let (template, owner) = (&self.template, roles::OWNER);
        let present =
            sql_query("select from pg_database where datname = $1").bind::<Text, _>(template.as_str());
        if present.execute(conn).await.unwrap() == 1 {
            return;
        }
        let unfinished = format!("{template}_unfinished");
        conn.batch_execute(&format!("drop database if exists {unfinished} with (force)")).await.unwrap();
        conn.batch_execute(&format!("create database {unfinished} owner {owner}")).await.unwrap();
        migrations::run(&self.owner_url(&unfinished)).await.unwrap();
        conn.batch_execute(&format!(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{unfinished}'"
        ))
        .await
        .unwrap();
        conn.batch_execute(&format!("alter database {unfinished} rename to {template}")).await.unwrap();
    }
}

/// One folder for each checkout, where the server's user may enter and the path is short.
fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("firstpass-tests-{}", checkout()))
}

/// Tells this checkout's databases from another's on the same server.
fn checkout() -> String {
    hex(&Sha256::digest(env!("CARGO_MANIFEST_DIR"))[..6])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn migrations_hash() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().join("up.sql")).collect();
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.to_str().unwrap());
        hash.update(fs::read(&file).unwrap());
    }
    hex(&hash.finalize()[..8])
}

/// The same server with another login and database: `postgres://who:secret@host/db?options`.
fn other_login(url: &str, role: &str, database: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return format!("{url} user={role} password={PASSWORD} dbname={database}"); // the last one counts
    };
    let (rest, options) = rest.split_once('?').map_or((rest, String::new()), |(r, o)| (r, format!("?{o}")));
    let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{role}:{PASSWORD}@{host}/{database}{options}")
}
