//! The books as a whole: proved and the run kept; a month's journal exported and its file kept.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::claims;
use crate::credits;
use crate::db::{Actor, Db, Tx};
use crate::denials;
use crate::deposits;
use crate::exchange::files::{self, Direction};
use crate::ledger::{self, AsOf, Books, JournalExport, JournalFormat, Proof, exports};
use crate::remits;
use crate::reports;
use crate::types::{Month, Result};
use crate::underpayments;

/// Everything that must hold of a practice's books, from every feature that has something to prove.
pub async fn proofs(tx: &mut Tx, as_of: AsOf) -> Result<Vec<Proof>> {
    let mut proofs = ledger::proofs(tx, as_of).await?;
    proofs.extend(remits::proofs(tx, as_of).await?);
    proofs.extend(deposits::proofs(tx).await?);
    proofs.extend(credits::proofs(tx).await?);
    proofs.push(denials::prove(tx).await?);
    proofs.push(underpayments::prove(tx).await?);
    proofs.push(reports::aging_proof(tx, as_of).await?);
    proofs.push(claims::prove_charges(tx).await?);
    proofs.push(claims::prove_counts(tx).await?);
    let projection = claims::prove_projection(tx).await?;
    proofs.push(Proof {
        name: "claim_status_follows_from_events",
        holds: projection.holds,
        detail: projection.detail,
    });
    Ok(proofs)
}

/// The proofs with the digest and the head of the chain, as the transaction sees them; run it in a
/// snapshot.
pub async fn books(tx: &mut Tx, as_of: AsOf) -> Result<Books> {
    Ok(Books {
        as_of,
        proofs: proofs(tx, as_of).await?,
        digest: ledger::digest(tx, as_of).await?,
        chain_head: ledger::chain_head(tx).await?,
    })
}

/// Proves a practice's books at one moment, and keeps what came of it.
pub async fn prove(db: &Db, actor: &Actor, now: DateTime<Utc>, as_of: AsOf) -> Result<Books> {
    let found = db.snapshot(actor, async |tx| books(tx, as_of).await).await?;
    db.transaction(actor, async |tx| ledger::keep_run(tx, &found, now).await).await?;
    Ok(found)
}

/// Exports a month's journal: closes and locks the month, and keeps the file. A form in which the
/// month was exported before is not made again: its file is the answer.
///
/// # Errors
/// `ledger/period-not-over` while `today` is in the month.
pub async fn export_journal(
    tx: &mut Tx,
    month: Month,
    format: JournalFormat,
    today: NaiveDate,
) -> Result<JournalExport> {
    if let Some(export) = exports::find(tx, month, format).await? {
        return Ok(export);
    }
    ledger::close_period(tx, month, today).await?;
    ledger::lock_period(tx, month, &format!("exported as {format}")).await?;
    let journal = ledger::journal(tx, month).await?;
    let bytes = format.write(&journal)?;
    let file = files::keep(tx, &bytes, &format.file_name(month), Direction::Out).await?.id;
    exports::record(tx, &journal, format, file).await?;
    let detail = json!({ "month": month, "format": format, "debits": journal.debits() });
    tx.audit("ledger/export-journal", file, Some(file), detail).await?;
    let export = exports::find(tx, month, format).await?;
    Ok(export.ok_or_else(|| anyhow::anyhow!("the export of {month} is not there"))?)
}
