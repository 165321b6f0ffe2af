//! The ledger: what it refuses to forget, and what it refuses to believe.

mod ages;
mod append_only;
mod balances;
mod cents;
mod chain;
mod exports;
mod periods;
mod posting;
mod proofs;
mod prove_command;
mod tampering;
mod totals;

use chrono::NaiveDate;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use firstpass::db::{Actor, Tx};
use firstpass::ledger::{
    self, About, AccountKind, AsOf, EntryKind, NewEntry, Posted, Proof, Source, SourceKind, Transfer,
};
use firstpass::types::{ClaimId, EntryId, Money, PatientId, PayerId, Result};
use uuid::Uuid;

use crate::support::World;

const TEST: SourceKind = SourceKind::new("test_document");

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn dollars(text: &str) -> Money {
    text.parse().unwrap()
}

/// One patient's claim to one payer.
fn claim() -> About {
    About { claim: Some(ClaimId::new()), payer: Some(PayerId::new()), patient: Some(PatientId::new()) }
}

fn moves(debit: AccountKind, credit: AccountKind, amount: &str, about: About) -> Transfer {
    Transfer::new(debit, credit, dollars(amount), about).unwrap()
}

fn charge(amount: &str, about: About) -> NewEntry {
    let line = moves(AccountKind::InsuranceAr, AccountKind::Charges, amount, about);
    NewEntry::new(EntryKind::Charge, Source::new(TEST, Uuid::now_v7()), day("2026-03-02"), vec![line])
        .unwrap()
}

/// Paid in part, the rest written off by contract.
fn payment(paid: &str, contractual: &str, about: About) -> NewEntry {
    let lines = vec![
        moves(AccountKind::InsuranceCash, AccountKind::InsuranceAr, paid, about),
        moves(AccountKind::ContractualAdjustments, AccountKind::InsuranceAr, contractual, about),
    ];
    NewEntry::new(EntryKind::ClaimPayment, Source::new(TEST, Uuid::now_v7()), day("2026-03-20"), lines)
        .unwrap()
}

/// Says that the test did what it did.
async fn audited<R>(tx: &mut Tx, done: R) -> Result<R> {
    tx.audit("ledger/test", EntryId::new(), None, serde_json::json!({})).await?;
    Ok(done)
}

/// Posts documents in one transaction.
async fn post_all(world: &World, actor: &Actor, documents: &[NewEntry]) -> Result<Vec<Posted>> {
    world
        .db
        .transaction(actor, async |tx| {
            let posted = ledger::post_all(tx, documents).await?;
            audited(tx, posted).await
        })
        .await
}

async fn post(world: &World, actor: &Actor, document: &NewEntry) -> Result<Posted> {
    Ok(post_all(world, actor, std::slice::from_ref(document)).await?[0])
}

async fn reverse(world: &World, actor: &Actor, entry: EntryId) -> Result<Posted> {
    world
        .db
        .transaction(actor, async |tx| {
            let source = Source::new(TEST, Uuid::now_v7());
            let posted = ledger::reverse(tx, entry, day("2026-04-01"), source).await?;
            audited(tx, posted).await
        })
        .await
}

async fn prove(world: &World, actor: &Actor) -> Vec<Proof> {
    world.db.snapshot(actor, async |tx| ledger::proofs(tx, AsOf::NOW).await).await.unwrap()
}

/// The names of proofs that do not hold.
fn broken(proofs: &[Proof]) -> Vec<&'static str> {
    proofs.iter().filter(|proof| !proof.holds).map(|proof| proof.name).collect()
}

fn detail<'a>(proofs: &'a [Proof], name: &str) -> &'a str {
    &proofs.iter().find(|proof| proof.name == name).unwrap().detail
}

async fn digest(world: &World, actor: &Actor) -> String {
    let digest = world.db.snapshot(actor, async |tx| ledger::digest(tx, AsOf::NOW).await).await;
    digest.unwrap().to_string()
}

fn code<R: std::fmt::Debug>(outcome: Result<R>) -> &'static str {
    outcome.unwrap_err().refusal().unwrap().code
}

/// A session of a role, acting for a that sends what SQL it likes.
pub async fn session(url: &str, actor: &Actor) -> AsyncPgConnection {
    let mut conn = AsyncPgConnection::establish(url).await.unwrap();
    let organization = actor.organization.uuid();
    conn.batch_execute(&format!("set app.organization = '{organization}'")).await.unwrap();
    conn
}
