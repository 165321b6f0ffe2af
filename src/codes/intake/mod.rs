//! From official files to editions: what was recognised, what would change, what was kept.
//!
//! Files are taken ([`take`]), held against the tables of now ([`plan`]), and then either only told of
//! ([`Plan::dry`]) or kept ([`Plan::keep`]). The command line, the page and the API do the same in this
//! order, so that a dry run says what an import does.

pub mod api;
pub mod pages;

use std::io::{self, Read};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::import::{self, ImportError, Reading};
use super::store::{self, Kept, Source};
use super::{Codes, Draft, List};
use crate::db::Tx;
use crate::types::{CodeEditionId, Refusal, Result, Status};

/// Longest name of a source, in characters.
const SOURCE_NAME_MAX: usize = 1_000;

/// A file that was read, or the parts of one.
#[derive(Debug)]
pub struct Taken {
    reading: Reading,
    source: Source,
}

/// What a file would become, held against the tables of now.
#[derive(Debug)]
pub struct Plan {
    told: Outcome,
    drafts: Vec<Draft>,
    source: Source,
}

/// What was read and what became of it: these names are a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// The file's name; several, parted by commas.
    pub file: String,
    /// Its SHA-256, in hex.
    pub sha256: String,
    /// The layout that was recognised.
    pub layout: String,
    /// Rows with data, the rejected ones included.
    pub rows: u64,
    /// Rows that could not be read.
    pub rejected: u64,
    /// The first thousand of them.
    pub rejected_rows: Vec<RejectedRow>,
    /// Whether nothing was kept.
    pub dry_run: bool,
    /// The editions: a HCPCS file has two, its codes and its modifiers.
    pub editions: Vec<EditionOutcome>,
}

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RejectedRow {
    /// Its line in the file, counted from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// An edition that a file became, or would become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EditionOutcome {
    /// None where nothing is kept.
    pub id: Option<CodeEditionId>,
    /// Of which list: `icd10cm`.
    pub table: String,
    /// What it is called.
    pub name: String,
    /// The first day of service for which it answers.
    pub valid_from: NaiveDate,
    /// The last day for which a code that it lacks is wrong; none when codes may be missing on any day.
    pub whole_to: Option<NaiveDate>,
    /// Rows that it holds, ended ones included.
    pub rows: usize,
    /// What is in force on its first day and was not the day before.
    pub added: usize,
    /// What was in force the day before and no longer is.
    pub ended: usize,
    /// Whether the same file was imported before.
    pub already_imported: bool,
}

/// Reads a file, or the parts of one edition, each with its name. `wanted` says which list it is where
/// the content fits several.
///
/// # Errors
/// `codes/not-imported`, with the file and what to do.
pub fn take<R: Read>(files: impl IntoIterator<Item = (String, R)>, wanted: Option<List>) -> Result<Taken> {
    let (mut readings, mut hashes, mut names) = (vec![], vec![], vec![]);
    for (name, input) in files {
        let mut input = Hashed { input, hash: Sha256::new() };
        let reading = import::read(&name, &mut input, wanted);
        readings.push(reading.map_err(|cause| refused(format!("{name}: {cause}"), next(&cause)))?);
        hashes.push(input.hash.finalize().into());
        names.push(name);
    }
    let reading = import::join(readings).map_err(|cause| refused(cause.to_string(), next(&cause)))?;
    let source = Source {
        name: names.join(", ").chars().take(SOURCE_NAME_MAX).collect(),
        sha256: store::source_sha256(&hashes),
        rows: reading.rows,
        rejected: reading.rejected.count,
    };
    Ok(Taken { reading, source })
}

/// Holds what was read against the tables of now. It is valid from `effective`, else from the day that
/// the file or its name says.
///
/// # Errors
/// `codes/no-day`; `codes/not-imported` for changes that do not fit what they change.
pub fn plan(codes: &Codes, taken: Taken, effective: Option<NaiveDate>) -> Result<Plan> {
    let Taken { reading, source } = taken;
    let Some(from) = effective.or(reading.from) else {
        return Err(Refusal::new(
            "codes/no-day",
            Status::Invalid,
            format!("neither {} nor its name says from when it is valid", source.name),
            "Say its first day (--effective YYYY-MM-DD), or give the file its publisher's name",
        )
        .into());
    };
    let rejected = reading.rejected.first.into_iter();
    let mut told = Outcome {
        file: source.name.clone(),
        sha256: store::hex(&source.sha256),
        layout: reading.layout.to_string(),
        rows: reading.rows,
        rejected: reading.rejected.count,
        rejected_rows: rejected.map(|row| RejectedRow { line: row.line, reason: row.reason }).collect(),
        dry_run: true,
        editions: vec![],
    };
    let all_read = reading.rejected.count == 0;
    let mut drafts = vec![];
    for (list, content) in reading.tables {
        let draft = codes.draft(list, content, from, all_read).map_err(|cause| {
            let next = "Import the edition before it first, or the whole file of the year";
            refused(format!("{}: {cause}", source.name), next)
        })?;
        told.editions.push(EditionOutcome {
            id: None,
            table: list.name().to_owned(),
            name: draft.name.clone(),
            valid_from: draft.from,
            whole_to: draft.whole_to,
            rows: draft.rows,
            added: draft.added,
            ended: draft.ended,
            already_imported: false,
        });
        drafts.push(draft);
    }
    Ok(Plan { told, drafts, source })
}

impl Plan {
    /// What would be kept.
    #[must_use]
    pub fn dry(self) -> Outcome {
        self.told
    }

    /// Keeps it for all practices: every edition of the file, or none. Leaves an audit event for each, as
    /// [`store::import`] says.
    ///
    /// # Errors
    /// `codes/edition-exists`.
    pub async fn keep(&self, tx: &mut Tx) -> Result<Outcome> {
        let mut told = Outcome { dry_run: false, ..self.told.clone() };
        for (draft, edition) in self.drafts.iter().zip(&mut told.editions) {
            let kept = store::import(tx, draft, &self.source).await?;
            edition.already_imported = matches!(kept, Kept::Before(_));
            edition.id = Some(match kept {
                Kept::Now(id) | Kept::Before(id) => id,
            });
        }
        Ok(told)
    }
}

/// A list by its name, as people and programs say it.
///
/// # Errors
/// `codes/no-such-table`.
pub fn list(name: &str) -> Result<List> {
    Ok(name.parse().map_err(|_unknown| {
        let names: Vec<_> = List::NAMES.iter().map(|(_, name)| *name).collect();
        Refusal::new(
            "codes/no-such-table",
            Status::NotFound,
            format!("no list {name} is imported"),
            format!("Use one of {}", names.join(", ")),
        )
    })?)
}

fn refused(detail: String, next: &'static str) -> Refusal {
    Refusal::new("codes/not-imported", Status::Unreadable, detail, next)
}

/// What to do about a file that is no edition.
fn next(cause: &ImportError) -> &'static str {
    match cause {
        ImportError::Unreadable(_) => "Check that the file is whole",
        ImportError::NotRecognised | ImportError::NoRows(_) => {
            "Give the file as its publisher gives it out, unpacked, as text, CSV or XLSX"
        }
        ImportError::BillableOnly => {
            "Import icd10cm_order_YYYY.txt of the same year: it has the headings, too"
        }
        ImportError::Workbook(fault) => fault.next(),
        ImportError::SeveralTables(_) | ImportError::OtherTable { .. } => "Say which it is (--table)",
        ImportError::NotInParts(_) | ImportError::OtherParts => "Import one file at a time",
        ImportError::Counts { .. } | ImportError::Tabular(_) => "Load the file again from its publisher",
    }
}

/// A file that is hashed while it is read.
struct Hashed<R> {
    input: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.hash.update(&buffer[..length]);
        Ok(length)
    }
}
