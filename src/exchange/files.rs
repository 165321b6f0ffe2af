//! Every byte that came in or went out, kept before anything reads it.
//!
//! A practice has the same bytes once, whatever they were called: what arrives a second time is
//! recognized by its SHA-256 and is the file of the first time. Content is stored in rows of
//! [`CHUNK_BYTES`], so a large file passes through memory in pieces both ways. Neither a file nor
//! its content is ever changed.

use std::io::Read;
use std::ops::Range;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Integer, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::db::schema::{file_chunks, files};
use crate::db::{Tx, kept};
use crate::exchange::content::{Content, ContentReader};
use crate::types::{FileId, Refusal, Result, Status};

/// Content of one row: 256 KiB.
pub const CHUNK_BYTES: usize = 256 * 1024;

/// Chunks written by one statement: 4 MiB pass at a time.
const CHUNKS_A_STATEMENT: usize = 16;

/// Longest name kept, in characters.
const NAME_CHARACTERS_MAX: usize = 255;

/// Which way a file went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It came to us.
    In,
    /// We made it for somebody.
    Out,
}

/// What [`keep`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The file, new or known.
    pub id: FileId,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
    /// Whether the practice had these bytes before; then nothing new was stored.
    pub already: bool,
}

/// A file that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// The file.
    pub id: FileId,
    /// As the sender named it, or as we named it for the receiver.
    pub name: String,
    /// Which way it went.
    pub direction: Direction,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
    /// When it was kept.
    pub created_at: DateTime<Utc>,
}

/// Keeps bytes. Leaves an audit event: `files/keep`, or `files/keep-again` for known bytes.
pub async fn keep(tx: &mut Tx, bytes: &[u8], name: &str, direction: Direction) -> Result<Kept> {
    keep_content(tx, &Content::from(bytes), name, direction).await
}

/// As [`keep`], for content of any size: 4 MiB of it pass through memory at a time.
pub async fn keep_content(
    tx: &mut Tx,
    content: &Content<'_>,
    name: &str,
    direction: Direction,
) -> Result<Kept> {
    let sha256 = digest(content)?;
    let id = FileId::new();
    if !insert_file(tx, id, sha256, content.size_bytes(), name, direction).await? {
        return kept_before(tx, sha256).await;
    }
    let mut rest = content.read_from(0);
    let mut chunk_no = 0;
    loop {
        let some = next(&mut rest)?;
        if some.is_empty() {
            return kept_now(tx, id, sha256, content.size_bytes()).await;
        }
        let chunks: Vec<&[u8]> = some.chunks(CHUNK_BYTES).collect();
        insert_chunks(tx, id, chunk_no, &chunks).await?;
        chunk_no += chunks.len();
    }
}

fn digest(content: &Content<'_>) -> Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut rest = content.read_from(0);
    loop {
        let some = next(&mut rest)?;
        if some.is_empty() {
            return Ok(hash.finalize().into());
        }
        hash.update(&some);
    }
}

/// What one statement writes; nothing at the end.
fn next(rest: &mut ContentReader<'_>) -> Result<Vec<u8>> {
    let mut some = vec![];
    let most = (CHUNK_BYTES * CHUNKS_A_STATEMENT) as u64;
    rest.take(most).read_to_end(&mut some).map_err(anyhow::Error::from)?;
    Ok(some)
}

/// What is known of a file. Another practice's is not found.
pub async fn get(tx: &mut Tx, id: FileId) -> Result<StoredFile> {
    let row = files::table
        .find((tx.actor().organization, id))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    row.ok_or_else(|| not_found(id))?.read()
}

/// The files that were kept last, newest first.
pub async fn latest(tx: &mut Tx, limit: i64) -> Result<Vec<StoredFile>> {
    let rows: Vec<Row> = files::table
        .filter(files::organization_id.eq(tx.actor().organization))
        .order(files::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(tx.conn())
        .await?;
    rows.into_iter().map(Row::read).collect()
}

/// The file that has these bytes, if the practice has any.
pub async fn find(tx: &mut Tx, sha256: [u8; 32]) -> Result<Option<StoredFile>> {
    let row = files::table
        .filter(files::organization_id.eq(tx.actor().organization).and(files::sha256.eq(sha256.as_slice())))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    row.map(Row::read).transpose()
}

/// The whole content. For files that may be large use [`open`].
pub async fn read(tx: &mut Tx, id: FileId) -> Result<Vec<u8>> {
    let mut reader = open(tx, id).await?;
    let mut content = Vec::with_capacity(usize::try_from(reader.file.size_bytes).unwrap_or(0));
    while let Some(chunk) = reader.next(tx).await? {
        content.extend_from_slice(&chunk);
    }
    Ok(content)
}

/// The bytes from `range.start` up to, not including, `range.end`, both from the file's start.
/// Refused when the file is shorter (`files/range`).
pub async fn read_range(tx: &mut Tx, id: FileId, range: Range<u64>) -> Result<Vec<u8>> {
    let file = get(tx, id).await?;
    if range.start > range.end || range.end > file.size_bytes {
        return Err(Refusal::new(
            "files/range",
            Status::Invalid,
            format!("{id} has {} bytes, not {} to {}", file.size_bytes, range.start, range.end),
            "Ask for a part of the file",
        )
        .into());
    }
    if range.is_empty() {
        return Ok(Vec::new());
    }
    let chunk_of = |byte: u64| i32::try_from(byte / CHUNK_BYTES as u64).map_err(anyhow::Error::from);
    let (first, last) = (chunk_of(range.start)?, chunk_of(range.end - 1)?);
    let chunks: Vec<Vec<u8>> = file_chunks::table
        .filter(file_chunks::organization_id.eq(tx.actor().organization).and(file_chunks::file_id.eq(id)))
        .filter(file_chunks::chunk_no.between(first, last))
        .order(file_chunks::chunk_no)
        .select(file_chunks::content)
        .load(tx.conn())
        .await?;
    let skipped = range.start % CHUNK_BYTES as u64;
    let skip = usize::try_from(skipped).map_err(anyhow::Error::from)?;
    let take = usize::try_from(range.end - range.start).map_err(anyhow::Error::from)?;
    Ok(chunks.concat().into_iter().skip(skip).take(take).collect())
}

/// Opens a file for reading chunk by chunk.
pub async fn open(tx: &mut Tx, id: FileId) -> Result<Reader> {
    Ok(Reader { file: get(tx, id).await?, chunk_no: 0, read_bytes: 0 })
}

/// Reads a file chunk by chunk.
#[derive(Debug)]
pub struct Reader {
    /// What is read.
    pub file: StoredFile,
    chunk_no: i32,
    read_bytes: u64,
}

impl Reader {
    /// The next chunk: [`CHUNK_BYTES`], the last one maybe fewer; `None` at the end. A file that
    /// lacks a chunk is a fault, never a shorter file.
    pub async fn next(&mut self, tx: &mut Tx) -> Result<Option<Vec<u8>>> {
        if self.read_bytes == self.file.size_bytes {
            return Ok(None);
        }
        let content: Vec<u8> = file_chunks::table
            .find((tx.actor().organization, self.file.id, self.chunk_no))
            .select(file_chunks::content)
            .first(tx.conn())
            .await?;
        self.chunk_no += 1;
        self.read_bytes += content.len() as u64;
        Ok(Some(content))
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = files, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: FileId,
    name: String,
    direction: String,
    size_bytes: i64,
    sha256: Vec<u8>,
    created_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Result<StoredFile> {
        let Ok(sha256) = self.sha256.try_into() else {
            return Err(anyhow::anyhow!("{} has no SHA-256", self.id).into());
        };
        Ok(StoredFile {
            id: self.id,
            name: self.name,
            direction: if self.direction == "out" { Direction::Out } else { Direction::In },
            size_bytes: u64::try_from(self.size_bytes).map_err(anyhow::Error::from)?,
            sha256,
            created_at: self.created_at,
        })
    }
}

/// Whether the bytes were new.
async fn insert_file(
    tx: &mut Tx,
    id: FileId,
    sha256: [u8; 32],
    size_bytes: u64,
    name: &str,
    direction: Direction,
) -> Result<bool> {
    let added = diesel::insert_into(files::table)
        .values((
            files::organization_id.eq(tx.actor().organization),
            files::id.eq(id),
            files::sha256.eq(sha256.as_slice()),
            files::size_bytes.eq(i64::try_from(size_bytes).map_err(anyhow::Error::from)?),
            files::direction.eq(match direction {
                Direction::In => "in",
                Direction::Out => "out",
            }),
            files::name.eq(kept_name(name)),
        ))
        .on_conflict((files::organization_id, files::sha256))
        .do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(added == 1)
}

async fn insert_chunks(tx: &mut Tx, id: FileId, first_no: usize, chunks: &[&[u8]]) -> Result<()> {
    let first_no = i32::try_from(first_no).map_err(anyhow::Error::from)?;
    kept(
        "insert into file_chunks (organization_id, file_id, chunk_no, content)
         select $1, $2, $3 + place - 1, content from unnest($4) with ordinality as chunk (content, place)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Integer, _>(first_no)
    .bind::<Array<Binary>, _>(chunks)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn kept_now(tx: &mut Tx, id: FileId, sha256: [u8; 32], size_bytes: u64) -> Result<Kept> {
    tx.audit("files/keep", id, Some(id), json!({ "size_bytes": size_bytes })).await?;
    Ok(Kept { id, sha256, already: false })
}

async fn kept_before(tx: &mut Tx, sha256: [u8; 32]) -> Result<Kept> {
    let Some(file) = find(tx, sha256).await? else {
        return Err(anyhow::anyhow!("a file is known and cannot be found").into());
    };
    tx.audit("files/keep-again", file.id, Some(file.id), json!({})).await?;
    Ok(Kept { id: file.id, sha256, already: true })
}

/// A sender's name without its folders and what no text column holds. Never empty: a file with a
/// bad name is still kept.
fn kept_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(NAME_CHARACTERS_MAX).collect();
    if clean.trim().is_empty() { "unnamed".to_owned() } else { clean }
}

fn not_found(id: FileId) -> Refusal {
    Refusal::new("files/not-found", Status::NotFound, format!("there is no file {id}"), "Check the id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_senders_name_loses_its_folders_and_is_never_empty() {
        let check = |sent: &str, kept: &str| assert_eq!(kept_name(sent), kept, "{sent:?}");
        check("remit.835", "remit.835");
        check("/home/payer/out/remit.835", "remit.835");
        check("C:\\out\\remit.835", "remit.835");
        check("re\0mit\n.835", "remit.835");
        check("out/", "unnamed");
        check("", "unnamed");
        check(&"x".repeat(300), &"x".repeat(255));
    }
}
