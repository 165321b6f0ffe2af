//! The process that posts for `firstpass bench post`. Nothing but posting happens in it, so what it holds in memory
//! is what posting holds. Each line of its input names files, those of a payer together; it answers with a line that
//! says what posting them took.

use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinSet;

use super::forget_peak;
use crate::app;
use crate::cli::demo::peak_rss_kib;
use crate::cli::wait;
use crate::codes::Codes;
use crate::config::Config;
use crate::db::{Actor, Db};
use crate::exchange::content::Content;
use crate::journey::AfterRemittance;
use crate::remits::{self, How, State};
use crate::types::{Clock, Error, OrganizationId, Result};

/// Posts files that `bench post` names.
#[derive(Debug, clap::Args)]
pub struct Poster {
    /// Whose they are.
    #[arg(long)]
    organization: OrganizationId,
    /// The time at which they come in.
    #[arg(long)]
    at: DateTime<Utc>,
}

/// What posting took.
#[derive(Debug, Serialize, Deserialize)]
pub struct Took {
    /// From the files' bytes to the last commit.
    pub time: Duration,
    /// The most memory the process held meanwhile.
    pub peak_rss_kib: Option<u64>,
    /// What it held before.
    pub before_rss_kib: Option<u64>,
}

pub fn run(poster: &Poster) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    wait(async {
        let ready = app::open(&config).await?;
        poster.answer(&ready.db).await
    })?;
    Ok(ExitCode::SUCCESS)
}

impl Poster {
    async fn answer(&self, db: &Db) -> Result<()> {
        let actor = Actor::system("bench", self.organization);
        let clock = Clock::standing_at(self.at);
        // The tables of codes are read before anything is measured.
        let codes = Codes::shipped();
        let mut line = String::new();
        // Between two lines there is nothing to be done meanwhile.
        while std::io::stdin().read_line(&mut line).map_err(anyhow::Error::from)? > 0 {
            let files: Vec<Vec<PathBuf>> = serde_json::from_str(&line).map_err(anyhow::Error::from)?;
            forget_peak();
            let before_rss_kib = peak_rss_kib();
            let started = Instant::now();
            receive(db, &actor, &clock, codes, files).await?;
            let took = Took { time: started.elapsed(), peak_rss_kib: peak_rss_kib(), before_rss_kib };
            println!("{}", serde_json::to_string(&took).map_err(anyhow::Error::from)?);
            line.clear();
        }
        Ok(())
    }
}

/// Receives the payers' files, all payers' at once.
async fn receive(
    db: &Db,
    actor: &Actor,
    clock: &Clock,
    codes: &'static Codes,
    files: Vec<Vec<PathBuf>>,
) -> Result<()> {
    let mut receiving = JoinSet::new();
    for paths in files {
        let (db, actor, clock) = (db.clone(), actor.clone(), clock.clone());
        receiving.spawn(async move {
            let how = How { codes, ..How::from(&clock) };
            for path in paths {
                receive_file(&db, &actor, how, &path).await?;
            }
            Ok::<_, Error>(())
        });
    }
    receiving.join_all().await.into_iter().collect()
}

async fn receive_file(db: &Db, actor: &Actor, how: How<'_>, path: &Path) -> Result<()> {
    let content = Content::at(path).await.map_err(anyhow::Error::from)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut after = AfterRemittance::at(how.clock.now());
    let sets = remits::receive_content(db, actor, &name, &content, how, &mut after).await?;
    match sets.iter().find(|set| set.outcome != State::Posted) {
        Some(other) => Err(anyhow::anyhow!("set {}: {:?}, {:?}", other.set, other.outcome, other.why).into()),
        None => Ok(()),
    }
}

/// The process, as `bench post` has it.
pub struct Process {
    child: Child,
    input: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts it, over the same database.
    pub fn start(organization: OrganizationId, at: DateTime<Utc>) -> Result<Process> {
        let program = std::env::current_exe().context("this program does not know where it is")?;
        let mut child = Command::new(program)
            .args(["bench", "poster", "--organization", &organization.to_string(), "--at", &at.to_rfc3339()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the process that posts cannot be started")?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (input, output) = input.zip(output).context("the process that posts has no input")?;
        Ok(Process { child, input, answers: BufReader::new(output).lines() })
    }

    /// Has files posted, those of a payer together.
    pub async fn post(&mut self, files: &[Vec<PathBuf>]) -> Result<Took> {
        let mut line = serde_json::to_string(files).map_err(anyhow::Error::from)?;
        line.push('\n');
        self.input.write_all(line.as_bytes()).await.map_err(anyhow::Error::from)?;
        let answer = self.answers.next_line().await.map_err(anyhow::Error::from)?;
        let answer = answer.context("the process that posts ended; it says why above")?;
        Ok(serde_json::from_str(&answer).map_err(anyhow::Error::from)?)
    }

    /// Lets it end.
    pub async fn done(self) -> Result<()> {
        let Process { mut child, input, .. } = self;
        drop(input);
        child.wait().await.map_err(anyhow::Error::from)?;
        Ok(())
    }
}
