//! The private server, started and killed for real.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use diesel::sql_types::Integer;
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use firstpass::db::embedded::{Cluster, Durability, Settings};
use firstpass::db::{Db, roles};
use tokio::sync::Barrier;

/// A folder where the server's user may enter, gone with the value.
struct Folder(PathBuf);
impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("firstpass-server-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        Folder(path)
    }
    fn settings(&self) -> Settings {
        settings(self.0.join("postgres"))
    }
}
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn settings(folder: PathBuf) -> Settings {
    Settings {
        folder,
        programs: std::env::var_os("PGBIN").map(PathBuf::from),
        path: std::env::var_os("PATH"),
        durability: Durability::Full,
    }
}

async fn answers(cluster: &Cluster) -> bool {
    AsyncPgConnection::establish(&cluster.administrator_url()).await.is_ok()
}

fn running(folder: &Path) -> bool {
    folder.join("postgres/data/postmaster.pid").exists()
}

#[tokio::test]
async fn two_that_start_at_once_share_one_server_and_the_last_stops_it() {
    let folder = Folder::new("two");
    let starts: Vec<_> = (0..2)
        .map(|_| {
            let settings = folder.settings();
            std::thread::spawn(move || Cluster::start(&settings).unwrap())
        })
        .collect();
    let mut clusters: Vec<Cluster> = starts.into_iter().map(|start| start.join().unwrap()).collect();
    assert!(answers(&clusters[0]).await && answers(&clusters[1]).await);
    drop(clusters.pop());
    assert!(answers(&clusters[0]).await, "one still uses it");
    drop(clusters.pop());
    assert!(!running(&folder.0));
}

#[tokio::test]
async fn after_a_killed_server_the_next_start_finds_what_was_committed() {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        n: i32,
    }
    let folder = Folder::new("killed");
    let killed = Cluster::start(&folder.settings()).unwrap();
    let mut conn = AsyncPgConnection::establish(&killed.administrator_url()).await.unwrap();
    conn.batch_execute("create table kept (n int); insert into kept values (42)").await.unwrap();
    // Its own file names the process that we started.
    let pid_file = fs::read_to_string(folder.0.join("postgres/data/postmaster.pid")).unwrap();
    let pid = pid_file.lines().next().unwrap();
    assert!(Command::new("kill").args(["-9", pid]).status().unwrap().success());

    let next = Cluster::start(&folder.settings()).unwrap();
    let mut conn = AsyncPgConnection::establish(&next.administrator_url()).await.unwrap();
    assert_eq!(sql_query("select n from kept").get_result::<Row>(&mut conn).await.unwrap().n, 42);
    drop(killed);
    assert!(answers(&next).await, "the first holder's end does not stop it");
    drop(next);
    assert!(!running(&folder.0));
}

#[tokio::test]
async fn a_half_made_data_folder_is_made_anew() {
    let folder = Folder::new("half");
    let unfinished = folder.0.join("postgres/data.new.1");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join("PG_VERSION"), "15\n").unwrap();
    let cluster = Cluster::start(&folder.settings()).unwrap();
    assert!(answers(&cluster).await);
    assert!(!unfinished.exists());
}

#[tokio::test]
async fn a_folder_too_long_for_a_socket_has_it_elsewhere() {
    let folder = Folder::new("long");
    let cluster =
        Cluster::start(&settings(folder.0.join("x".repeat(90)).join("it's \"quoted\", $HOME"))).unwrap();
    assert!(answers(&cluster).await);
    assert!(cluster.administrator_url().starts_with("host='/tmp/firstpass-"));
}

#[tokio::test]
async fn a_folder_name_with_blanks_and_quotes_is_a_folder_name() {
    let folder = Folder::new("it's \"a\", b");
    let cluster = Cluster::start(&folder.settings()).unwrap();
    assert!(answers(&cluster).await);
}

/// A server whose messages are German, wherever its German catalogue is installed. The locale is one that every
/// machine has: that and `LANGUAGE` is how gettext is told.
struct German {
    server: Child,
    socket: PathBuf,
}

impl German {
    /// Over the data of a private server that is stopped.
    fn start(folder: &Path) -> German {
        let folder = folder.join("postgres");
        let data = folder.join("data");
        // What the private server was started with: the program, then its arguments in quotes.
        let options = fs::read_to_string(data.join("postmaster.opts")).unwrap();
        let program = options.split(' ').next().unwrap();
        let owner = fs::metadata(&data).unwrap();
        let server = Command::new(program)
            .args(["-D", "data", "-c", "lc_messages=C.UTF-8"])
            .current_dir(&folder)
            .env_clear()
            .env("LC_ALL", "C")
            .env("LANGUAGE", "de")
            .stderr(Stdio::null())
            .uid(owner.uid())
            .gid(owner.gid())
            .spawn()
            .unwrap();
        German { server, socket: folder.join("socket") }
    }

    fn url(&self, role: &str) -> String {
        format!("host='{}' port=5432 user={role} dbname=postgres", self.socket.display())
    }
}
impl Drop for German {
    fn drop(&mut self) {
        let pid = self.server.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let _ = self.server.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_known_in_whatever_language_the_server_speaks() {
    let folder = Folder::new("german");
    let cluster = Cluster::start(&folder.settings()).unwrap();
    roles::ensure(&cluster.administrator_url(), &[roles::SERVICE]).await.unwrap();
    drop(cluster);
    let german = German::start(&folder.0);
    let mut connected = Db::connect(&german.url(roles::SERVICE), 4).await;
    for _ in 0..200 {
        if connected.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        connected = Db::connect(&german.url(roles::SERVICE), 4).await;
    }
    let db = connected.unwrap();
    let (met, tries) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let mut both = tokio::task::JoinSet::new();
    for (first, last) in [(1, 2), (2, 1)] {
        let (db, met, tries) = (db.clone(), Arc::clone(&met), Arc::clone(&tries));
        both.spawn(async move {
            let waits = AtomicBool::new(true);
            let lock = |key: i32| format!("select pg_advisory_xact_lock({key})");
            db.system(async |tx| {
                tries.fetch_add(1, Ordering::SeqCst);
                tx.conn().batch_execute(&lock(first)).await?;
                // Each holds its own before it asks for the other's.
                if waits.swap(false, Ordering::SeqCst) {
                    met.wait().await;
                }
                Ok(tx.conn().batch_execute(&lock(last)).await?)
            })
            .await
        });
    }
    for outcome in both.join_all().await {
        outcome.unwrap();
    }
    assert_eq!(AtomicU32::load(&tries, Ordering::SeqCst), 3, "one of them was ended, and ran again");
}

#[test]
fn a_folder_that_cannot_be_used_is_one_line() {
    let folder = Folder::new("unusable");
    fs::write(folder.0.join("file"), "").unwrap();
    let fault = Cluster::start(&settings(folder.0.join("file/postgres"))).unwrap_err();
    assert_eq!(fault.refusal().unwrap().code, "database/data-folder");
    assert_eq!(
        fault.to_string(),
        format!(
            "the data folder {}/file/postgres cannot be used: Not a directory (os error 20). Make it \
             writable, or set FIRSTPASS_DATA to a folder that is, or DATABASE_URL to a server (database/data-folder)",
            folder.0.display()
        )
    );
}

#[test]
fn a_machine_without_postgres_is_told_what_to_install() {
    let folder = Folder::new("programs");
    let programs = Some(folder.0.join("nothing-here"));
    let fault = Cluster::start(&Settings { programs, ..folder.settings() }).unwrap_err();
    assert_eq!(fault.refusal().unwrap().code, "database/no-postgres");
    assert!(
        fault.to_string().contains("sudo apt-get install -y postgresql (macOS: brew install postgresql@17)")
    );
}

#[test]
fn a_server_that_cannot_start_says_its_last_word() {
    let folder = Folder::new("broken");
    drop(Cluster::start(&folder.settings()).unwrap());
    let configuration = folder.0.join("postgres/data/postgresql.conf");
    let text = fs::read_to_string(&configuration).unwrap();
    fs::write(&configuration, text + "shared_buffers = 'plenty'\n").unwrap();
    let fault = Cluster::start(&folder.settings()).unwrap_err();
    let refusal = fault.refusal().unwrap();
    assert_eq!(refusal.code, "database/cannot-start");
    assert!(refusal.detail.contains("FATAL") && !refusal.detail.contains('\n'), "{}", refusal.detail);
}

#[test]
fn data_of_a_version_that_is_not_installed_names_it() {
    let folder = Folder::new("version");
    drop(Cluster::start(&folder.settings()).unwrap());
    fs::write(folder.0.join("postgres/data/PG_VERSION"), "9\n").unwrap();
    let fault = Cluster::start(&folder.settings()).unwrap_err();
    assert_eq!(fault.refusal().unwrap().code, "database/other-version");
}
