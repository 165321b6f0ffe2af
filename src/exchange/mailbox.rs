//! Where a partner leaves files for us and we leave files for them.
//!
//! A file appears whole or not at all, and once: what was sent is remembered, so that a crash
//! between sending and noting it does not give the partner a file twice that it has taken away
//! meanwhile. What was fetched stays until it is archived; so a crash between the two means that it
//! is fetched again, and [`crate::exchange::files`] knows the bytes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::exchange::content::Content;
use crate::types::{Refusal, Result, Status};

/// A file that waits to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub size_bytes: u64,
}

/// The four things that can be done with a partner's mailbox, whatever carries it.
pub trait Mailbox: Send + Sync {
    /// Leaves a file for the partner. Sending the same bytes under the same name again changes
    /// nothing, also when the partner has taken them away; other bytes under a name in use are
    /// refused (`mailbox/name-taken`).
    fn send(&self, name: &str, content: &[u8]) -> impl Future<Output = Result<()>> + Send;

    /// What the partner left for us, by name.
    fn list(&self) -> impl Future<Output = Result<Vec<Waiting>>> + Send;

    /// The content of a file that waits.
    fn fetch(&self, name: &str) -> impl Future<Output = Result<Content<'static>>> + Send;

    /// Puts a file that was dealt with out of the way, and keeps it.
    fn archive(&self, name: &str) -> impl Future<Output = Result<()>> + Send;
}

/// A mailbox of two folders, on this machine or a mounted one.
#[derive(Clone, Debug)]
pub struct DirectoryMailbox {
    outgoing: PathBuf,
    incoming: PathBuf,
    settles_in: Duration,
}

/// Where, in the outgoing folder, is noted what was sent: by name the SHA-256 of its content.
const SENT: &str = ".sent";

/// Where, in the incoming folder, files that were dealt with are kept.
const ARCHIVE: &str = "archive";

impl DirectoryMailbox {
    /// Files are sent to `outgoing` and found in `incoming`; both are made when missing.
    #[must_use]
    pub fn new(outgoing: impl Into<PathBuf>, incoming: impl Into<PathBuf>) -> DirectoryMailbox {
        DirectoryMailbox { outgoing: outgoing.into(), incoming: incoming.into(), settles_in: Duration::ZERO }
    }

    /// The same mailbox, for a partner that writes files in place: one that changed within `settles_in`
    /// may still be being written and does not wait yet.
    #[must_use]
    pub fn settling(self, settles_in: Duration) -> DirectoryMailbox {
        DirectoryMailbox { settles_in, ..self }
    }

    /// The same mailbox as the partner sees it.
    #[must_use]
    pub fn from_the_other_side(&self) -> DirectoryMailbox {
        let (outgoing, incoming) = (self.incoming.clone(), self.outgoing.clone());
        DirectoryMailbox { outgoing, incoming, settles_in: self.settles_in }
    }
}

impl Mailbox for DirectoryMailbox {
    async fn send(&self, name: &str, content: &[u8]) -> Result<()> {
        let (folder, name, content) = (self.outgoing.clone(), checked(name)?.to_owned(), content.to_owned());
        blocking(move || send(&folder, &name, &content)).await
    }

    async fn list(&self) -> Result<Vec<Waiting>> {
        let (folder, settles_in) = (self.incoming.clone(), self.settles_in);
        blocking(move || list(&folder, settles_in)).await
    }

    async fn fetch(&self, name: &str) -> Result<Content<'static>> {
        let path = self.incoming.join(checked(name)?);
        Ok(Content::at(&path).await.map_err(|fault| refuse(&path, &fault))?)
    }

    async fn archive(&self, name: &str) -> Result<()> {
        let (folder, name) = (self.incoming.clone(), checked(name)?.to_owned());
        blocking(move || archive(&folder, &name)).await
    }
}

/// A file system may keep us waiting; the threads that serve requests must not wait with it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.context("the thread of a mailbox ended early")?
}

fn send(folder: &Path, name: &str, content: &[u8]) -> Result<()> {
    let (path, sent) = (folder.join(name), folder.join(SENT));
    fs::create_dir_all(&sent).map_err(|fault| refuse(&sent, &fault))?;
    // Senders on one folder take turns: the lock ends with its holder, however that ends.
    let turn = File::create(sent.join(".lock")).and_then(|lock| lock.lock().map(|()| lock));
    let _turn = turn.map_err(|fault| refuse(&sent, &fault))?;
    match fs::read(&path) {
        Ok(present) if present == content => return Ok(()),
        Ok(_) => return Err(taken(name).into()),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => {}
        Err(fault) => return Err(refuse(&path, &fault).into()),
    }
    place(folder, &sent, name, content).map_err(|fault| refuse(&path, &fault).into())
}

/// Written under a name that nobody lists and made durable; then noted as sent; then given its own
/// name. Noted, and not under the first name any more: it was placed, and taken away.
fn place(folder: &Path, sent: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!(".{name}{UNFINISHED}"));
    let note = sent.join(format!("{name}.sha256"));
    let digest: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    let noted = match fs::read(&note) {
        Ok(noted) => noted == digest.as_bytes(),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => false,
        Err(fault) => return Err(fault),
    };
    if noted && !unfinished.exists() {
        return Ok(());
    }
    write_durably(&unfinished, content)?;
    let unfinished_note = sent.join(format!("{name}.sha256{UNFINISHED}"));
    write_durably(&unfinished_note, digest.as_bytes())?;
    fs::rename(&unfinished_note, &note)?;
    File::open(sent)?.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    File::open(folder)?.sync_all()
}

fn write_durably(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn list(folder: &Path, settles_in: Duration) -> Result<Vec<Waiting>> {
    fs::create_dir_all(folder).map_err(|fault| refuse(folder, &fault))?;
    let mut waiting = Vec::new();
    for entry in fs::read_dir(folder).map_err(|fault| refuse(folder, &fault))? {
        let entry = entry.map_err(|fault| refuse(folder, &fault))?;
        // Without following links: what waits is a file in this folder.
        let found = match entry.metadata() {
            Ok(found) => found,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => continue,
            Err(fault) => return Err(refuse(&entry.path(), &fault).into()),
        };
        let Ok(name) = entry.file_name().into_string() else {
            tracing::warn!(folder = %folder.display(), "a file whose name is not UTF-8 is left alone");
            continue;
        };
        if found.is_file() && checked(&name).is_ok() && is_settled(&found, settles_in) {
            waiting.push(Waiting { name, size_bytes: found.len() });
        }
    }
    waiting.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(waiting)
}

/// Whether a file last changed long enough ago. One from further in the future than that comes from
/// a machine with another clock, of which nothing can be told.
fn is_settled(file: &fs::Metadata, settles_in: Duration) -> bool {
    let Ok(changed) = file.modified() else { return true };
    match SystemTime::now().duration_since(changed) {
        Ok(age) => age >= settles_in,
        Err(ahead) => ahead.duration() > settles_in,
    }
}

fn archive(folder: &Path, name: &str) -> Result<()> {
    let archive = folder.join(ARCHIVE);
    fs::create_dir_all(&archive).map_err(|fault| refuse(&archive, &fault))?;
    // A partner may use a name again; nothing archived is overwritten.
    let mut target = archive.join(name);
    let mut copy_no = 2;
    while target.exists() {
        target = archive.join(format!("{name}.{copy_no}"));
        copy_no += 1;
    }
    let from = folder.join(name);
    fs::rename(&from, target)
        .and_then(|()| File::open(&archive)?.sync_all())
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|fault| refuse(&from, &fault).into())
}

const UNFINISHED: &str = ".part";

/// A name that stays in its folder and is no unfinished file's.
fn checked(name: &str) -> Result<&str> {
    let plain = !name.is_empty()
        && name.len() <= 200
        && !name.starts_with('.')
        && !name.ends_with(UNFINISHED)
        && !name.contains(['/', '\\'])
        && !name.chars().any(char::is_control);
    if plain {
        return Ok(name);
    }
    Err(Refusal::new(
        "mailbox/name",
        Status::Invalid,
        "a mailbox's file name is 1 to 200 bytes, without folders, not hidden and not ending in .part",
        "Choose another name",
    )
    .into())
}

fn taken(name: &str) -> Refusal {
    Refusal::new(
        "mailbox/name-taken",
        Status::Conflict,
        format!("the mailbox holds another file named {name}"),
        "Choose a name that was never used",
    )
}

fn refuse(path: &Path, fault: &io::Error) -> Refusal {
    let (code, status) = match fault.kind() {
        io::ErrorKind::NotFound => ("mailbox/not-found", Status::NotFound),
        _ => ("mailbox/unusable", Status::Unavailable),
    };
    Refusal::new(code, status, format!("{}: {fault}", path.display()), "Check the mailbox's folder")
}
