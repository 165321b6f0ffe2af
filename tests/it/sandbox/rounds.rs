//! Rounds that are repeated, cut off, or run on another machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use firstpass::exchange::content::Content;
use firstpass::exchange::mailbox::{DirectoryMailbox, Mailbox, Waiting};
use firstpass::sandbox::{Plan, SandboxPayer};
use firstpass::types::{Refusal, Result, Status};

use super::{Desk, claim, day, file, plan};

fn some_claims() -> String {
    file(
        1,
        &[
            claim("LFM0001").line("99213", "130", "20261110"),
            claim("LFM0002").member("W123456717").line("99213", "130", "20261110"),
            claim("LFM0003").member("W123456731").line("99214", "185", "20261110"),
            claim("LFM0004").member("W123456723").line("93000", "52", "20261110"),
        ],
    )
}

/// Names and contents of what lies in a folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect()
}

#[tokio::test]
async fn the_same_files_and_days_give_the_same_bytes() {
    let mut runs = vec![];
    for _ in 0..2 {
        let desk = Desk::new(Plan::commercial());
        desk.send("a.837", &some_claims()).await;
        for on in ["2026-11-23", "2026-11-24", "2026-11-28"] {
            desk.work(on).await;
        }
        runs.push(contents(&desk.folder.join("in")));
    }
    assert_eq!(runs[0], runs[1]);
    // TA1, 999, two 277CA, two 835.
    assert_eq!(runs[0].len(), 6);
}

#[tokio::test]
async fn a_round_with_nothing_new_changes_nothing() {
    let desk = Desk::new(plan());
    desk.send("a.837", &some_claims()).await;
    desk.work("2026-11-23").await;
    let state = fs::read(desk.folder.join("payer/state.json")).unwrap();
    let report = desk.work("2026-11-23").await;
    assert_eq!(report, firstpass::sandbox::WorkReport::default());
    assert_eq!(fs::read(desk.folder.join("payer/state.json")).unwrap(), state);
}

/// A mailbox that fails at its nth write.
struct Failing {
    inner: DirectoryMailbox,
    writes_left: AtomicU32,
}

impl Failing {
    fn write(&self) -> Result<()> {
        let left =
            self.writes_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(|_| ())
            .map_err(|_cut| Refusal::new("test/cut-off", Status::Unavailable, "cut off", "").into())
    }
}

impl Mailbox for Failing {
    async fn send(&self, name: &str, content: &[u8]) -> Result<()> {
        self.write()?;
        self.inner.send(name, content).await
    }
    async fn list(&self) -> Result<Vec<Waiting>> {
        self.inner.list().await
    }
    async fn fetch(&self, name: &str) -> Result<Content<'static>> {
        self.inner.fetch(name).await
    }
    async fn archive(&self, name: &str) -> Result<()> {
        self.write()?;
        self.inner.archive(name).await
    }
}

#[tokio::test]
async fn a_round_that_is_cut_off_anywhere_is_finished_by_the_next() {
    let whole = Desk::new(plan());
    whole.send("a.837", &some_claims()).await;
    whole.work("2026-11-23").await;
    let expected = contents(&whole.folder.join("in"));
    assert_eq!(expected.len(), 4);
    // Four answers and one question to archive: five writes.
    for writes in 0..6 {
        let desk = Desk::new(plan());
        desk.send("a.837", &some_claims()).await;
        let cut = SandboxPayer::new(
            "SBXMERID",
            "Meridian Mutual Sandbox",
            plan(),
            7,
            Failing { inner: desk.practice.from_the_other_side(), writes_left: writes.into() },
            desk.folder.join("payer"),
        );
        assert_eq!(cut.work(day("2026-11-23")).await.is_ok(), writes >= 5, "after {writes} writes");
        desk.work("2026-11-23").await;
        assert_eq!(contents(&desk.folder.join("in")), expected, "after {writes} writes");
        assert_eq!(contents(&desk.folder.join("out")), BTreeMap::new(), "after {writes} writes");
    }
}
