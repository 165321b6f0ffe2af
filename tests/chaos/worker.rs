//! A worker: `firstpass remits receive` as a process of its own.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::ground::{Ground, PATIENCE};

/// A running worker; killed when dropped.
pub struct Worker {
    /// How its sessions are called.
    pub name: String,
    /// The server has died under it: it may say so and give up.
    pub saw_server_die: bool,
    child: Child,
    said: PathBuf,
}

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All its files are dealt with.
    Done,
    /// It gave up because the server died.
    Lost,
}

fn program(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firstpass"));
    command.args(arguments).env("DATABASE_URL", url).env("FIRSTPASS_LOG", "error");
    command
}

/// Runs the program to its end.
pub async fn firstpass(ground: &Ground, database: &str, arguments: &[&str], files: &[PathBuf]) -> Output {
    let mut command = program(&ground.worker_url(database, "chaos_once"), arguments);
    command.args(files);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

impl Worker {
    /// Starts one with these files, in this order.
    pub fn start(ground: &Ground, database: &str, name: String, files: &[PathBuf]) -> Worker {
        let folder = std::env::temp_dir();
        let said = folder.join(format!("firstpass-{name}-{}.stderr", std::process::id()));
        let child = program(&ground.worker_url(database, &name), &["remits", "receive"])
            .args(files)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&said).unwrap())
            .spawn()
            .unwrap();
        Worker { name, saw_server_die: false, child, said }
    }

    /// Kills it at once; false when it had ended by itself, which then is still to be asked.
    pub fn kill(&mut self) -> bool {
        if self.child.try_wait().unwrap().is_some() {
            return false;
        }
        self.child.kill().unwrap();
        self.child.wait().unwrap().signal() == Some(9)
    }

    /// How it ended, when it has.
    ///
    /// # Panics
    /// When it gave up without a reason.
    pub fn ended(&mut self) -> Option<End> {
        let status = self.child.try_wait().unwrap()?;
        // 1: something waits for a person, as it should.
        match status.code() {
            Some(0 | 1) => Some(End::Done),
            _ if self.saw_server_die => Some(End::Lost),
            _ => {
                let said = fs::read_to_string(&self.said).unwrap_or_default();
                panic!("{} gave up with {status}: {said}", self.name)
            }
        }
    }

    /// Waits for its end.
    pub async fn end(&mut self) -> End {
        let begun = Instant::now();
        loop {
            if let Some(end) = self.ended() {
                return end;
            }
            assert!(begun.elapsed() < 5 * PATIENCE, "{} does not come to an end", self.name);
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.said);
    }
}
