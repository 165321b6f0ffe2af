//! Workers that are killed, and a server that goes away.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use firstpass::db::embedded::{Cluster, Durability, Settings};
use firstpass::journey::Release;

use super::{Running, eventually, files};
use crate::journey::Office;

#[tokio::test]
#[expect(clippy::print_stdout, reason = "a failure says at which moments workers were killed")]
async fn workers_killed_at_any_moment_lose_nothing_and_do_nothing_twice() {
    let office = Office::open_now().await;
    office.schedule(Release::Ready).await;
    // The moments differ from run to run on purpose.
    let moments: Vec<u64> = (0..10).map(|_| rand::random_range(0..900)).collect();
    println!("killed after, in ms: {moments:?}");
    for (round, moment) in (0..).zip(moments) {
        office.charge_days_ago(1 + round * 2..3 + round * 2).await;
        let worker = Running::start(&office, &["work", "--lease", "3"]);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        worker.kill();
        office.days_pass(1);
        office.payers_work().await;
    }
    let last = Running::start(&office, &["work", "--lease", "3"]);
    office.until_all_are_paid(20, Duration::from_secs(90)).await;
    eventually("every file is archived", Duration::from_secs(30), async || {
        files(&office.mail_folder("SBXMERID")).keys().all(|name| name.contains("archive/"))
    })
    .await;
    office.everything_happened_once(20).await;
    assert_eq!(last.stop(), Some(0));
}

/// A data folder that the server's user may enter; removed at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_worker_outlives_its_database_and_says_so_once() {
    let folder = Folder(std::env::temp_dir().join(format!("firstpass-outlives-{}", std::process::id())));
    fs::create_dir_all(&folder.0).unwrap();
    let firstpass = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firstpass"));
        command.args(arguments).env("FIRSTPASS_DATA", &folder.0).env_remove("DATABASE_URL");
        command
    };
    let demo = firstpass(&["demo", "--once", "--json", "--encounters", "20"]).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&demo.stdout).unwrap();
    let mailbox = PathBuf::from(report["mailbox"].as_str().unwrap());
    let payer = fs::read_dir(&mailbox).unwrap().next().unwrap().unwrap().path();
    let log = folder.0.join("worker.log");
    let worker = Running::of(
        firstpass(&["work", "--lease", "3"]).stderr(Stdio::from(fs::File::create(&log).unwrap())),
    );
    let arrives = async |name: &str| {
        // As a partner leaves a file: whole or not at all.
        fs::write(folder.0.join(name), format!("Dear practice, {name}")).unwrap();
        fs::rename(folder.0.join(name), payer.join("in").join(name)).unwrap();
        let archived = payer.join("in/archive").join(name);
        eventually("the letter is dealt with", Duration::from_secs(60), async || archived.exists()).await;
    };
    arrives("first.txt").await;

    // The server's own file names the process that this folder's worker started.
    let server = folder.0.join("postgres");
    let pid_file = fs::read_to_string(server.join("data/postmaster.pid")).unwrap();
    assert!(Command::new("kill").args(["-9", pid_file.lines().next().unwrap()]).status().unwrap().success());
    // However long it takes to give up on a connection that is gone: then some more tries.
    let said = || {
        let log = fs::read_to_string(&log).unwrap();
        (log.lines().filter(|line| line.contains("no job can be taken")).count(), log)
    };
    eventually("the worker says so", Duration::from_secs(60), async || said().0 > 0).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let settings = Settings {
        folder: server,
        programs: std::env::var_os("PGBIN").map(PathBuf::from),
        path: std::env::var_os("PATH"),
        durability: Durability::Full,
    };
    let back = tokio::task::spawn_blocking(move || Cluster::start(&settings).unwrap()).await.unwrap();
    arrives("second.txt").await;
    assert_eq!(worker.stop(), Some(0));
    drop(back);

    let (said, log) = said();
    assert_eq!(said, 1, "{log}");
    assert!(!log.contains("Dear practice"), "{log}");
}
