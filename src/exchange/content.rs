//! The content of a file at hand, of any size: read as often as asked, from any place.
//!
//! What is short stands in memory; what is longer in a file on disk that has no name, so that no patient's
//! data is left behind, however the process ends. Reading blocks: from memory, or from a file that was
//! written a moment ago.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::Context;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::db::Tx;
use crate::exchange::files;
use crate::types::{FileId, Result};

/// What stands in memory at most, for each file: 8 MiB.
const IN_MEMORY_BYTES: usize = 8 << 20;

/// How much is taken over at a time: 256 KiB.
const STEP_BYTES: usize = 256 << 10;

/// The content of a file.
#[derive(Debug)]
pub struct Content<'a>(Held<'a>);

#[derive(Debug)]
enum Held<'a> {
    Memory(Cow<'a, [u8]>),
    Disk { file: File, size_bytes: u64 },
}

impl<'a> From<&'a [u8]> for Content<'a> {
    fn from(bytes: &'a [u8]) -> Content<'a> {
        Content(Held::Memory(Cow::Borrowed(bytes)))
    }
}

impl Content<'static> {
    /// All that `reader` gives until its end.
    ///
    /// # Errors
    /// The reader fails, or the disk is full.
    pub async fn taken_from(reader: &mut (impl AsyncRead + Unpin + Send)) -> io::Result<Content<'static>> {
        let mut spool = Spool::default();
        let mut buffer = vec![0; STEP_BYTES];
        loop {
            match reader.read(&mut buffer).await? {
                0 => return Ok(spool.content()),
                filled => spool.add(&buffer[..filled])?,
            }
        }
    }

    /// All that stands at a path now, whatever happens to it afterwards.
    ///
    /// # Errors
    /// It cannot be read, or the disk is full.
    pub async fn at(path: &Path) -> io::Result<Content<'static>> {
        Content::taken_from(&mut tokio::fs::File::open(path).await?).await
    }

    /// What is kept of a file.
    ///
    /// # Errors
    /// `files/not-found`.
    pub async fn kept(tx: &mut Tx, file: FileId) -> Result<Content<'static>> {
        let mut reader = files::open(tx, file).await?;
        let mut spool = Spool::default();
        while let Some(chunk) = reader.next(tx).await? {
            spool.add(&chunk).context("a kept file cannot be laid out on disk")?;
        }
        Ok(spool.content())
    }
}

impl Content<'_> {
    /// How long it is, in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        match &self.0 {
            Held::Memory(bytes) => bytes.len() as u64,
            Held::Disk { size_bytes, .. } => *size_bytes,
        }
    }

    /// All of it, in memory: for content that a person wrote or that is as short as that.
    ///
    /// # Errors
    /// The file on disk cannot be read.
    pub fn bytes(&self) -> io::Result<Cow<'_, [u8]>> {
        if let Held::Memory(bytes) = &self.0 {
            return Ok(Cow::Borrowed(bytes));
        }
        let mut bytes = vec![];
        self.read_from(0).read_to_end(&mut bytes)?;
        Ok(Cow::Owned(bytes))
    }

    /// Reads it from this byte on.
    #[must_use]
    pub const fn read_from(&self, byte: u64) -> ContentReader<'_> {
        ContentReader { content: self, at: byte }
    }
}

/// Reads a [`Content`] from a place to its end.
#[derive(Clone, Debug)]
pub struct ContentReader<'c> {
    content: &'c Content<'c>,
    at: u64,
}

impl Read for ContentReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &self.content.0 {
            Held::Memory(bytes) => {
                let at = usize::try_from(self.at).map_or(bytes.len(), |at| at.min(bytes.len()));
                Read::read(&mut &bytes[at..], buffer)?
            }
            Held::Disk { file, .. } => file.read_at(buffer, self.at)?,
        };
        self.at += read as u64;
        Ok(read)
    }
}

/// Content on its way: in memory until it is too long for that.
#[derive(Default)]
struct Spool {
    memory: Vec<u8>,
    disk: Option<(File, u64)>,
}

impl Spool {
    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.disk.is_none() {
            if self.memory.len() + bytes.len() <= IN_MEMORY_BYTES {
                self.memory.extend_from_slice(bytes);
                return Ok(());
            }
            let mut file = tempfile::tempfile()?;
            file.write_all(&self.memory)?;
            self.disk = Some((file, self.memory.len() as u64));
            self.memory = vec![];
        }
        if let Some((file, size_bytes)) = &mut self.disk {
            file.write_all(bytes)?;
            *size_bytes += bytes.len() as u64;
        }
        Ok(())
    }

    fn content(self) -> Content<'static> {
        Content(match self.disk {
            Some((file, size_bytes)) => Held::Disk { file, size_bytes },
            None => Held::Memory(Cow::Owned(self.memory)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
    }

    fn read(content: &Content<'_>, from: u64) -> Vec<u8> {
        let mut read = vec![];
        content.read_from(from).read_to_end(&mut read).unwrap();
        read
    }

    #[tokio::test]
    async fn it_is_the_same_in_memory_and_on_disk_from_any_place() {
        for length in [0, 1, IN_MEMORY_BYTES, IN_MEMORY_BYTES + 1, IN_MEMORY_BYTES + 2 * STEP_BYTES + 3] {
            let whole = bytes(length);
            let content = Content::taken_from(&mut whole.as_slice()).await.unwrap();
            assert_eq!(content.size_bytes(), length as u64);
            assert_eq!(matches!(content.0, Held::Disk { .. }), length > IN_MEMORY_BYTES, "{length} bytes");
            for from in [0, 1, length / 2, length.saturating_sub(1), length, length + 9] {
                let rest = whole.get(from..).unwrap_or_default();
                assert!(read(&content, from as u64) == rest, "{length} bytes from {from}");
            }
        }
    }

    #[test]
    fn it_is_read_by_two_at_once_without_meeting() {
        let mut spool = Spool::default();
        spool.add(&bytes(IN_MEMORY_BYTES)).unwrap();
        spool.add(b"end").unwrap();
        let content = spool.content();
        let (mut one, mut other) = (content.read_from(0), content.read_from(IN_MEMORY_BYTES as u64));
        let mut three = [0; 3];
        one.read_exact(&mut three).unwrap();
        assert_eq!(three, [0, 1, 2]);
        other.read_exact(&mut three).unwrap();
        assert_eq!(&three, b"end");
        one.read_exact(&mut three).unwrap();
        assert_eq!(three, [3, 4, 5]);
    }
}
