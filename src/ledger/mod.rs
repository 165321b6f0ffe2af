//! The ledger: every cent's way, told once, never changed, and proved on demand.
//!
//! Words: an *entry* is a document (one claim payment, one charge); its *transfers* each move a
//! positive amount from the account they credit to the account they debit, for a claim, a payer,
//! a patient. The *source* is what the entry comes from. A *reversal* is the same transfers,
//! swapped. A *posting* is all entries of one transaction; the *chain* has one link for each. The
//! *digest* sums up the business facts, without ids and clock.
//!
//! - An entry sums to zero by its form; there is no other way to write one.
//! - Entries, transfers and links are never changed, by nobody: no privilege, and a trigger.
//! - One source posts once. The same content again changes nothing; other content is refused.
//! - An entry is reversed at most once, exactly; a reversal never.
//! - An entry without a link in the chain cannot be committed. A posting is closed with all its entries before it
//!   is linked, and takes no more.
//! - Nothing is booked into a closed period; a late fact is booked on the first open day, and keeps
//!   its business date.
//! - Insurance receivables name a claim, patient receivables a patient; interest and levies never
//!   meet a receivable.
//! - Sums that pages ask for (accounts by day, what is open by visit) are kept by the database as it posts;
//!   the service only reads them, and a proof holds them to the transfers.
//!
//! The verb that posts also audits: posting alone leaves no audit event, so it cannot be committed.
//! Deliberately absent: any knowledge of what a source is.

mod accounts;
mod aging;
pub mod api;
mod balances;
mod chain;
mod entry;
pub mod exports;
mod guards;
mod hash;
mod journal;
pub mod pages;
mod periods;
mod posting;
mod proofs;
mod register;
mod runs;
mod store;

pub use accounts::{Account, AccountKind, Role, Side};
pub use aging::{Aged, aged_receivables, aged_receivables_of_transfers};
pub use balances::{AccountBalance, AsOf, NOBODY, PatientBalance, Receivable, legs};
pub use balances::{
    balance_of_claim, balance_of_patient, balances, balances_of_claims, balances_of_transfers,
    claims_of_patient, claims_on_account, count_patients_who_owe, patients_who_owe,
};
pub use chain::{ChainHead, chain_head, digest};
pub use entry::{About, Entry, EntryKind, LedgerError, NewEntry, Source, SourceKind, SourcePlace, Transfer};
pub use exports::{JournalExport, JournalFormat};
pub use hash::Hash;
pub use journal::{Journal, JournalEntry, JournalLine, journal};
pub use periods::{
    Period, PeriodAct, PeriodError, PeriodEvent, PeriodState, Standing, close_period, lock_period,
    period_events, periods, reopen_period, standing,
};
pub use posting::{Posted, post, post_all, posting, reverse};
pub use proofs::{Proof, proofs};
pub use register::{Movement, RegisterFilter, RegisterPlace, register};
pub use runs::{Books, KeptProof, ProofRun, keep_run, last_run};

use crate::db::Tx;
use crate::types::{ClaimId, EntryId, Result};

/// Gives a new organization its chart of accounts. Again is no harm: what is there stays.
pub async fn open_books(tx: &mut Tx) -> Result<()> {
    store::insert_accounts(tx).await
}

/// The organization's chart of accounts, in the order of its numbers.
pub async fn chart(tx: &mut Tx) -> Result<Vec<Account>> {
    store::accounts(tx).await
}

/// Says under which account of the practice's own general ledger an account is exported; nothing
/// maps it to its own name and number again. Exports that were made stay as they are.
///
/// # Errors
/// `ledger/general-ledger-account`: a name of 1 to 60 characters without quotes or control
/// characters, a number of 1 to 20 letters, digits, dots and hyphens.
pub async fn map_account(
    tx: &mut Tx,
    kind: AccountKind,
    name: Option<&str>,
    number: Option<&str>,
) -> Result<()> {
    let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let (name, number) = (given(name), given(number));
    let named = name
        .as_deref()
        .is_none_or(|name| name.chars().count() <= 60 && !name.chars().any(|c| c.is_control() || c == '"'));
    let numbered = number.as_deref().is_none_or(|number| {
        number.len() <= 20 && number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
    });
    if !named || !numbered {
        return Err(LedgerError::GeneralLedgerAccount(kind).into());
    }
    store::map_account(tx, kind, name.as_deref(), number.as_deref()).await?;
    let (organization, detail) = (tx.actor().organization, serde_json::json!({ "account": kind }));
    tx.audit("ledger/map-account", organization, None, detail).await
}

/// One entry with its transfers.
///
/// # Errors
/// `ledger/no-such-entry`, also for another tenant's.
pub async fn entry(tx: &mut Tx, id: EntryId) -> Result<Entry> {
    let found = store::entries_by_id(tx, &[id]).await?.pop();
    Ok(found.ok_or(LedgerError::NoSuchEntry(id))?)
}

/// Entries by id, in the order of their ids; ids that are not there are left out.
pub async fn entries(tx: &mut Tx, ids: &[EntryId]) -> Result<Vec<Entry>> {
    store::entries_by_id(tx, ids).await
}

/// Every entry that moved something for the claim, oldest first: why its balance is what it is.
pub async fn entries_of_claim(tx: &mut Tx, claim: ClaimId) -> Result<Vec<Entry>> {
    store::entries_of_claim(tx, claim).await
}

/// Keeps other decisions about this practice's balances out until the transaction ends: each reads a
/// balance and then moves it.
pub async fn decide_alone(tx: &mut Tx) -> Result<()> {
    store::decide_alone(tx).await
}

/// The entry that undid this one, if one did.
pub async fn reversed_by(tx: &mut Tx, id: EntryId) -> Result<Option<EntryId>> {
    store::reversal_of(tx, id).await
}

/// The entry that a source was posted as, if it was.
pub async fn find(tx: &mut Tx, source: &Source) -> Result<Option<EntryId>> {
    let found = store::posted_sources(tx, &[source]).await?;
    Ok(found.first().map(|posted| posted.id))
}
