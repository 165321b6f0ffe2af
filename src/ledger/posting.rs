//! Posting: entries into the database, and their link into the chain at commit.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::db::{AtCommit, Tx};
use crate::ledger::entry::{LedgerError, NewEntry, Source, Transfer};
use crate::ledger::hash::{Body, Facts, Hash, Line, content, late};
use crate::ledger::{entry, store};
use crate::types::{ClaimId, EntryId, PatientId, PayerId, Result};

/// How a document was posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The entry it is, or was.
    pub entry_id: EntryId,
    /// True when the same source had been posted before with the same content: nothing moved.
    pub already: bool,
}

/// Documents in one statement for each table.
const BATCH_ENTRIES: usize = 1_000;

/// Posts one document.
///
/// # Errors
/// `ledger/source-posted-differently` when the source was posted with other content;
/// `ledger/already-reversed` when it is a reversal and another one came first. Nothing has moved
/// then, and the transaction may go on.
pub async fn post(tx: &mut Tx, document: &NewEntry) -> Result<Posted> {
    let posted = post_all(tx, std::slice::from_ref(document)).await?;
    Ok(posted[0])
}

/// Posts documents, all or none; the answer has one [`Posted`] for each, in their order.
///
/// # Errors
/// As [`post`], for any of them. Then the transaction cannot be committed; to go on after a
/// refusal call this within [`Tx::savepoint`].
pub async fn post_all(tx: &mut Tx, documents: &[NewEntry]) -> Result<Vec<Posted>> {
    let mut posted = Vec::with_capacity(documents.len());
    for batch in documents.chunks(BATCH_ENTRIES) {
        match post_batch(tx, batch).await {
            Ok(batch) => posted.extend(batch),
            Err(fault) => {
                // One document refused has written nothing; of several, the others are there.
                tx.at_commit::<Posting>().torn |= documents.len() > 1;
                return Err(fault);
            }
        }
    }
    Ok(posted)
}

/// Undoes an entry: the same transfers, swapped. `source` is why: the document or decision that
/// undoes it.
///
/// # Errors
/// `ledger/no-such-entry`, `ledger/reversal-of-a-reversal`, `ledger/already-reversed`,
/// `ledger/source-posted-differently`.
pub async fn reverse(tx: &mut Tx, id: EntryId, effective_on: NaiveDate, source: Source) -> Result<Posted> {
    let reversal = entry(tx, id).await?.reversal(effective_on, source)?;
    post(tx, &reversal).await
}

/// The posting that entries of this transaction belong to: their link in the chain.
#[must_use]
pub fn posting(tx: &mut Tx) -> Uuid {
    tx.at_commit::<Posting>().id
}

async fn post_batch(tx: &mut Tx, documents: &[NewEntry]) -> Result<Vec<Posted>> {
    let hashed: Vec<(EntryId, Hash)> =
        documents.iter().map(|document| (EntryId::new(), content_hash(document))).collect();
    let posting = posting(tx);
    let inserted = store::insert_entries(tx, posting, documents, &hashed).await?;
    let mut posted = Vec::with_capacity(documents.len());
    if inserted.len() == documents.len() {
        posted.extend(hashed.iter().map(|&(entry_id, _)| Posted { entry_id, already: false }));
    } else {
        posted = recognise(tx, documents, &hashed, &inserted).await?;
    }
    let fresh = || {
        let all = documents.iter().zip(&hashed);
        all.filter(|(_, (id, _))| inserted.contains_key(id))
            .map(|(document, &(id, hash))| (document, id, hash))
    };
    store::insert_transfers(tx, fresh().map(|(document, id, _)| (id, document.transfers.as_slice()))).await?;
    let waiting = tx.at_commit::<Posting>();
    for (document, id, hash) in fresh() {
        waiting.add(id, document.effective_on, &inserted[&id], hash)?;
    }
    Ok(posted)
}

/// Answers for documents some of which met an entry of the same source.
async fn recognise(
    tx: &mut Tx,
    documents: &[NewEntry],
    hashed: &[(EntryId, Hash)],
    inserted: &HashMap<EntryId, store::Inserted>,
) -> Result<Vec<Posted>> {
    let met: Vec<&Source> = documents
        .iter()
        .zip(hashed)
        .filter(|(_, (id, _))| !inserted.contains_key(id))
        .map(|(document, _)| &document.source)
        .collect();
    let stored = store::posted_sources(tx, &met).await?;
    let stored: HashMap<(&str, Uuid), &store::PostedSource> =
        stored.iter().map(|posted| ((posted.source_kind.as_str(), posted.source_id), posted)).collect();
    let mut answers = Vec::with_capacity(documents.len());
    for (document, &(id, hash)) in documents.iter().zip(hashed) {
        let source = &document.source;
        answers.push(if inserted.contains_key(&id) {
            Posted { entry_id: id, already: false }
        } else if let Some(posted) = stored.get(&(source.kind.as_str(), source.id)) {
            if posted.content_hash != hash.as_bytes() {
                let (kind, id) = (source.kind.as_str().to_owned(), source.id);
                return Err(LedgerError::SourcePostedDifferently { kind, id, posted: posted.id }.into());
            }
            Posted { entry_id: posted.id, already: true }
        } else if let Some(entry) = document.reverses
            && let Some(by) = store::reversal_of(tx, entry).await?
        {
            return Err(LedgerError::AlreadyReversed { entry, by }.into());
        } else {
            return Err(anyhow::anyhow!(
                "{} {} met an entry that is not there",
                source.kind.as_str(),
                source.id
            )
            .into());
        });
    }
    Ok(answers)
}

/// The entries that this transaction has posted so far: their link, but for its place in the
/// chain. Of constant size, however many they are.
#[derive(Clone, Debug)]
struct Posting {
    id: Uuid,
    /// Entries, and the lowest and highest of their ids.
    entries: i64,
    range: Option<(EntryId, EntryId)>,
    body: Body,
    /// Some documents were refused together with others that were not.
    torn: bool,
}

impl Default for Posting {
    fn default() -> Posting {
        Posting { id: Uuid::now_v7(), entries: 0, range: None, body: Body::default(), torn: false }
    }
}

impl Posting {
    fn add(
        &mut self,
        id: EntryId,
        effective_on: NaiveDate,
        inserted: &store::Inserted,
        content: Hash,
    ) -> Result<()> {
        let first = match self.range {
            Some((first, last)) if last < id => first,
            None => id,
            // The proof reads them back in the order of ids.
            Some(_) => return Err(anyhow::anyhow!("ids of entries do not ascend").into()),
        };
        self.range = Some((first, id));
        self.entries += 1;
        let late = late(effective_on, inserted.booked_on);
        self.body.add(id.uuid(), inserted.posted_at, late, content);
        Ok(())
    }
}

impl AtCommit for Posting {
    async fn at_commit(self, tx: &mut Tx) -> Result<()> {
        if self.torn {
            return Err(anyhow::anyhow!("a refused batch of entries cannot be committed").into());
        }
        let Some((first, last)) = self.range else { return Ok(()) };
        // What is open by visit follows here, while others may still post.
        store::close_posting(tx, self.id, (first, last), self.entries).await?;
        store::lock_chain(tx).await?;
        let (number, previous) = match store::last_link(tx).await? {
            Some(link) => (link.number + 1, link.hash()?),
            None => (1, Hash::ZERO),
        };
        let hash = self.body.link(previous, number, self.id, self.entries);
        store::insert_link(
            tx,
            &store::Link {
                number,
                posting_id: self.id,
                entries: self.entries,
                first_entry_id: first.uuid(),
                last_entry_id: last.uuid(),
                previous_hash: previous.as_bytes().to_vec(),
                hash: hash.as_bytes().to_vec(),
            },
        )
        .await
    }
}

fn content_hash(document: &NewEntry) -> Hash {
    let source = &document.source;
    let facts = Facts {
        kind: document.kind.as_str(),
        source_kind: source.kind.as_str(),
        source_id: source.id,
        place: source.place.as_ref().map(|place| (place.file_sha256.as_slice(), place.ordinal)),
        effective_on: document.effective_on,
        reverses: document.reverses.map(EntryId::uuid),
    };
    content(&facts, (1..).zip(&document.transfers).map(|(line_no, transfer)| line(line_no, transfer)))
}

fn line(line_no: i16, transfer: &Transfer) -> Line {
    let about = transfer.about;
    Line {
        line_no,
        debit: transfer.debit.number(),
        credit: transfer.credit.number(),
        amount: transfer.amount,
        claim: about.claim.map(ClaimId::uuid),
        payer: about.payer.map(PayerId::uuid),
        patient: about.patient.map(PatientId::uuid),
    }
}
