//! The private server, started and killed for real.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::sql_types::Integer;
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use firstpass::db::embedded::{Cluster, Durability, Settings};

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
