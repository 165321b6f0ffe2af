//! Editions in the database: kept, listed, undone, loaded.
//!
//! They belong to no practice, so every practice reads the same; who imports or undoes one does it for
//! a practice, in whose audit trail it stands.

use std::sync::Arc;

use anyhow::{Context, anyhow};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::basis::{self, Basis, BasisEdition};
use super::editions::Imported;
use super::list::List;
use super::{Codes, Draft};
use crate::db::schema::{code_bases, code_edition_chunks, code_editions};
use crate::db::{Db, Tx};
use crate::types::{CodeBasisId, CodeEditionId, Refusal, Result, Status};

/// Content of one row: 1 MiB.
const CHUNK_BYTES: usize = 1024 * 1024;

/// Chunks written by one statement.
const CHUNKS_A_STATEMENT: usize = 8;

/// From which file an edition is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What the file is called; several, parted by commas.
    pub name: String,
    /// Its hash ([`source_sha256`]).
    pub sha256: [u8; 32],
    /// Rows that it has.
    pub rows: u64,
    /// Rows of it that could not be read.
    pub rejected: u64,
}

/// The hash by which a file, or the parts of an edition in any order, is known again.
#[must_use]
pub fn source_sha256(files: &[[u8; 32]]) -> [u8; 32] {
    if let [only] = files {
        return *only;
    }
    let mut sorted = files.to_vec();
    sorted.sort_unstable();
    Sha256::digest(sorted.concat()).into()
}

/// What [`import`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is new, and answers from now on.
    Now(CodeEditionId),
    /// The same file was imported before, as this edition.
    Before(CodeEditionId),
}

/// An edition that is kept, without its content: the names of the fields are a contract.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = code_editions)]
pub struct KeptEdition {
    /// The edition.
    pub id: CodeEditionId,
    /// Of which list, by its name.
    #[serde(rename = "table")]
    pub list: String,
    /// What it is called.
    pub name: String,
    /// Its first day.
    pub valid_from: NaiveDate,
    /// The last day for which a code that it lacks is wrong.
    pub whole_to: Option<NaiveDate>,
    /// From which file.
    #[serde(rename = "file")]
    pub source_name: String,
    /// Rows of the file that could not be read.
    #[serde(rename = "rejected")]
    pub rows_rejected: i64,
    /// Rows that it holds.
    #[serde(rename = "rows")]
    pub rows_held: i64,
    /// Codes that it added.
    #[serde(rename = "added")]
    pub rows_added: i64,
    /// Codes that it ended.
    #[serde(rename = "ended")]
    pub rows_ended: i64,
    /// Its length in bytes.
    #[serde(rename = "bytes")]
    pub content_bytes: i64,
    #[serde(skip)]
    content_sha256: Vec<u8>,
    /// When it was imported.
    pub imported_at: DateTime<Utc>,
    /// By whom.
    pub imported_by: String,
    /// When that was undone.
    pub undone_at: Option<DateTime<Utc>>,
    /// By whom.
    pub undone_by: Option<String>,
}

/// Keeps an edition, unless the same file was imported for its list before. Leaves an audit event
/// `codes/import`, or `codes/import-again`.
///
/// # Errors
/// `codes/edition-exists`: another file's edition begins on the same day.
pub async fn import(tx: &mut Tx, draft: &Draft, source: &Source) -> Result<Kept> {
    if let Some(before) = imported_before(tx, draft.list, source).await? {
        let detail = json!({ "list": draft.list.name(), "file": source.name });
        tx.audit("codes/import-again", before, None, detail).await?;
        return Ok(Kept::Before(before));
    }
    let id = CodeEditionId::new();
    let count = |count: usize| i64::try_from(count).context("more rows than can be counted");
    let rows = |count: u64| i64::try_from(count).context("more rows than can be counted");
    let content_sha256: [u8; 32] = Sha256::digest(&draft.content).into();
    let inserted = diesel::insert_into(code_editions::table)
        .values((
            code_editions::id.eq(id),
            code_editions::list.eq(draft.list.name()),
            code_editions::name.eq(&draft.name),
            code_editions::valid_from.eq(draft.from),
            code_editions::whole_to.eq(draft.whole_to),
            code_editions::source_name.eq(&source.name),
            code_editions::source_sha256.eq(source.sha256.as_slice()),
            code_editions::rows_read.eq(rows(source.rows)?),
            code_editions::rows_rejected.eq(rows(source.rejected)?),
            code_editions::rows_held.eq(count(draft.rows)?),
            code_editions::rows_added.eq(count(draft.added)?),
            code_editions::rows_ended.eq(count(draft.ended)?),
            code_editions::content_bytes.eq(count(draft.content.len())?),
            code_editions::content_sha256.eq(content_sha256.as_slice()),
            code_editions::imported_by.eq(tx.actor().who.to_string()),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    if inserted == 0 {
        // Somebody imported the same file between our question and now, or another one earlier.
        return match imported_before(tx, draft.list, source).await? {
            Some(before) => Ok(Kept::Before(before)),
            None => Err(another(tx, draft).await?.into()),
        };
    }
    let chunks: Vec<_> = (0_i32..)
        .zip(draft.content.chunks(CHUNK_BYTES))
        .map(|(number, content)| {
            (
                code_edition_chunks::edition_id.eq(id),
                code_edition_chunks::chunk_no.eq(number),
                code_edition_chunks::content.eq(content),
            )
        })
        .collect();
    for some in chunks.chunks(CHUNKS_A_STATEMENT) {
        diesel::insert_into(code_edition_chunks::table).values(some).execute(tx.conn()).await?;
    }
    let detail = json!({
        "list": draft.list.name(), "name": draft.name, "valid_from": draft.from, "file": source.name,
        "sha256": hex(&source.sha256), "rows": draft.rows, "added": draft.added, "ended": draft.ended,
        "rejected": source.rejected,
    });
    tx.audit("codes/import", id, None, detail).await?;
    Ok(Kept::Now(id))
}

async fn imported_before(tx: &mut Tx, list: List, source: &Source) -> Result<Option<CodeEditionId>> {
    let found = code_editions::table
        .filter(code_editions::list.eq(list.name()))
        .filter(code_editions::source_sha256.eq(source.sha256.as_slice()))
        .filter(code_editions::undone_at.is_null())
        .select(code_editions::id)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(found)
}

/// The refusal of an edition that begins on the day of another.
async fn another(tx: &mut Tx, draft: &Draft) -> Result<Refusal> {
    let other: KeptEdition = code_editions::table
        .filter(code_editions::list.eq(draft.list.name()))
        .filter(code_editions::valid_from.eq(draft.from))
        .filter(code_editions::undone_at.is_null())
        .select(KeptEdition::as_select())
        .first(tx.conn())
        .await?;
    let KeptEdition { id, name, source_name, .. } = other;
    Ok(Refusal::new(
        "codes/edition-exists",
        Status::Conflict,
        format!("{name} of {source_name} begins on {}, too", draft.from),
        format!("If this file replaces it, run: firstpass codes undo {id}; else give --effective"),
    ))
}

/// Every edition that was ever imported, by list and first day, the undone ones included.
pub async fn editions(db: &Db) -> Result<Vec<KeptEdition>> {
    db.system(async |tx| {
        let order = (code_editions::list, code_editions::valid_from, code_editions::id);
        let all = code_editions::table.order(order).select(KeptEdition::as_select());
        Ok(all.load(tx.conn()).await?)
    })
    .await
}

/// Undoes an import: days for which the edition answered are those of the one before again.
///
/// # Errors
/// `codes/no-such-edition`, `codes/undone`.
pub async fn undo(tx: &mut Tx, now: DateTime<Utc>, id: CodeEditionId) -> Result<KeptEdition> {
    let found: Option<KeptEdition> =
        code_editions::table.find(id).select(KeptEdition::as_select()).first(tx.conn()).await.optional()?;
    let next = "firstpass codes editions lists what was imported";
    let Some(edition) = found else {
        let detail = format!("there is no edition {id}");
        return Err(Refusal::new("codes/no-such-edition", Status::NotFound, detail, next).into());
    };
    let undone = diesel::update(code_editions::table.find(id).filter(code_editions::undone_at.is_null()))
        .set((code_editions::undone_at.eq(now), code_editions::undone_by.eq(tx.actor().who.to_string())))
        .execute(tx.conn())
        .await?;
    if undone == 0 {
        let detail = format!("the import of {} is undone already", edition.name);
        return Err(Refusal::new("codes/undone", Status::Conflict, detail, next).into());
    }
    let detail = json!({ "list": edition.list, "name": edition.name, "file": edition.source_name });
    tx.audit("codes/undo-import", id, None, detail).await?;
    Ok(edition)
}

/// Keeps which states of all lists these tables are, for the claims that are checked by them. A step of
/// a larger verb, which leaves the audit event.
pub async fn remember(tx: &mut Tx, codes: &Codes) -> Result<CodeBasisId> {
    let (shipped, imported) = codes.state();
    let id = basis::id_of(&shipped, &imported);
    diesel::insert_into(code_bases::table)
        .values((code_bases::id.eq(id), code_bases::shipped.eq(shipped), code_bases::editions.eq(imported)))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(id)
}

/// The code lists by which a claim was checked.
///
/// # Errors
/// A basis that was never kept: the database refuses a claim that names one.
pub async fn basis(tx: &mut Tx, id: CodeBasisId) -> Result<Basis> {
    let (shipped, editions): (Vec<String>, Vec<CodeEditionId>) = code_bases::table
        .find(id)
        .select((code_bases::shipped, code_bases::editions))
        .first(tx.conn())
        .await?;
    if editions.is_empty() {
        return Ok(Basis { shipped, imported: vec![] });
    }
    let kept: Vec<KeptEdition> = code_editions::table
        .filter(code_editions::id.eq_any(editions))
        .order((code_editions::list, code_editions::valid_from))
        .select(KeptEdition::as_select())
        .load(tx.conn())
        .await?;
    let imported = kept.into_iter().map(|KeptEdition { id, list, name, valid_from, .. }| BasisEdition {
        id,
        list,
        name,
        valid_from,
    });
    Ok(Basis { shipped, imported: imported.collect() })
}

/// The shipped tables with every edition that was imported and is not undone.
///
/// # Errors
/// A database that does not answer, or an edition that cannot be read.
pub async fn load(db: &Db) -> Result<Codes> {
    Ok(newer(db, Codes::shipped()).await?.unwrap_or_else(|| Codes::shipped().clone()))
}

/// The tables with the editions of now, if they are others than those of `known`.
pub(super) async fn newer(db: &Db, known: &Codes) -> Result<Option<Codes>> {
    db.system(async |tx| {
        let active = code_editions::table.filter(code_editions::undone_at.is_null());
        let ids: Vec<CodeEditionId> =
            active.select(code_editions::id).order(code_editions::id).load(tx.conn()).await?;
        let mut at_hand: Vec<CodeEditionId> = known.imported().iter().map(|edition| edition.id).collect();
        at_hand.sort_unstable();
        if ids == at_hand {
            return Ok(None);
        }
        let mut editions = Vec::with_capacity(ids.len());
        for id in ids {
            // What was loaded once never changes.
            editions.push(match known.imported().iter().find(|edition| edition.id == id) {
                Some(edition) => Arc::clone(edition),
                None => Arc::new(content(tx.conn(), id).await?),
            });
        }
        Ok(Some(Codes::with(editions)))
    })
    .await
}

/// An edition that is kept, ready to answer.
///
/// # Errors
/// One that is not there or cannot be read.
pub async fn loaded(tx: &mut Tx, id: CodeEditionId) -> Result<Imported> {
    content(tx.conn(), id).await
}

async fn content(conn: &mut AsyncPgConnection, id: CodeEditionId) -> Result<Imported> {
    let kept: KeptEdition =
        code_editions::table.find(id).select(KeptEdition::as_select()).first(conn).await?;
    let chunks: Vec<Vec<u8>> = code_edition_chunks::table
        .filter(code_edition_chunks::edition_id.eq(id))
        .order(code_edition_chunks::chunk_no)
        .select(code_edition_chunks::content)
        .load(conn)
        .await?;
    let content = chunks.concat();
    if Sha256::digest(&content).as_slice() != kept.content_sha256 {
        return Err(anyhow!("the content of {} is not what was imported", kept.name).into());
    }
    let list = kept.list.parse::<List>().map_err(|_unknown| {
        anyhow!("this version knows no list {}, of which there is an edition", kept.list)
    })?;
    let edition = Imported::new(id, list, kept.name, (kept.valid_from, kept.whole_to), content);
    Ok(edition.map_err(anyhow::Error::from)?)
}

/// Bytes in hex, as a hash is shown.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
