//! Any history that was posted proves; any one cent that was changed is found, and its entry named.

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use firstpass::db::Actor;
use firstpass::ledger::{self, About, AccountKind, AsOf, EntryKind, NewEntry, Role, Source, Transfer};
use firstpass::types::{EntryId, Money};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::ledger::{TEST, audited, broken, claim, day, detail, prove, session};
use crate::support::{self, World};

/// Histories that are tried.
const HISTORIES: u64 = 24;

/// A transfer between any two accounts that may meet, of up to 500.00.
fn any_transfer(random: &mut ChaCha8Rng, abouts: &[About]) -> Transfer {
    loop {
        let [debit, credit] = [(); 2].map(|()| *AccountKind::ALL.choose(random).unwrap());
        // What is held for others is proved never to be less than nothing: it is only added to.
        let held = [AccountKind::UnappliedCash, AccountKind::PatientCredits, AccountKind::RefundsPayable];
        if held.contains(&debit) {
            continue;
        }
        let amount = Money::from_cents(random.random_range(1..50_000));
        if let Ok(transfer) = Transfer::new(debit, credit, amount, *abouts.choose(random).unwrap()) {
            return transfer;
        }
    }
}

/// Posts a history of some postings, with reversals among them and months that close on the way.
pub async fn any_history(
    world: &World,
    actor: &Actor,
    random: &mut ChaCha8Rng,
    abouts: &[About],
) -> Vec<(EntryId, usize)> {
    let mut posted: Vec<(EntryId, usize)> = vec![];
    let mut undone: Vec<EntryId> = vec![];
    for _ in 0..random.random_range(2..6) {
        if random.random_bool(0.3) {
            let month = format!("2026-0{}", random.random_range(1..7)).parse().unwrap();
            let close = async |tx: &mut _| ledger::close_period(tx, month, day("2026-12-01")).await;
            world.db.transaction(actor, close).await.unwrap();
        }
        let mut documents = vec![];
        for _ in 0..random.random_range(1..6) {
            let lines = (0..random.random_range(1..5)).map(|_| any_transfer(random, abouts)).collect();
            let on = day("2026-01-01") + chrono::TimeDelta::days(random.random_range(0..240));
            let kind = *EntryKind::ALL.choose(random).unwrap();
            documents.push(NewEntry::new(kind, Source::new(TEST, Uuid::now_v7()), on, lines).unwrap());
        }
        // Some entry is undone once; what it took into an account is still there to be given back.
        let original = posted.choose(random).copied().filter(|(id, _)| !undone.contains(id));
        let entries = world.db.transaction(actor, async |tx| {
            let entries = ledger::post_all(tx, &documents).await?;
            let mut ids: Vec<(EntryId, usize)> = entries
                .iter()
                .zip(&documents)
                .map(|(posted, document)| (posted.entry_id, document.transfers().len()))
                .collect();
            if let Some((id, lines)) = original {
                let entry = ledger::entry(tx, id).await?;
                let on = entry.effective_on;
                let source = Source::new(TEST, Uuid::now_v7());
                let undo = ledger::reverse(tx, id, on, source).await?;
                ids.push((undo.entry_id, lines));
            }
            audited(tx, ids).await
        });
        let fresh = entries.await.unwrap();
        if let Some((id, _)) = original {
            undone.push(id);
            undone.push(fresh.last().unwrap().0);
        }
        posted.extend(fresh);
    }
    posted
}

/// As nobody of ours can: the server's administrator takes the guard off and puts it back.
async fn change(conn: &mut AsyncPgConnection, sql: &str) {
    conn.batch_execute(&format!(
        "alter table transfers disable trigger append_only_rows; {sql};
         alter table transfers enable always trigger append_only_rows"
    ))
    .await
    .unwrap();
}

#[tokio::test]
async fn any_history_proves_and_any_changed_cent_is_found_and_named() {
    let world = support::world().await;
    for seed in 0..HISTORIES {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let actor = world.organization("Elm Street").await;
        let entries = any_history(&world, &actor, random, &[claim(), claim(), claim()]).await;
        let proofs = prove(&world, &actor).await;
        assert_eq!(broken(&proofs), [""; 0], "history {seed}: {proofs:#?}");

        let &(entry, lines) = entries.choose(random).unwrap();
        let line = random.random_range(1..=lines);
        let cent = if random.random_bool(0.5) { "0.01" } else { "-0.01" };
        let mut conn = session(&world.administrator_url(), &actor).await;
        // 0.01 less than 0.01 is no amount: then one more.
        change(
            &mut conn,
            &format!(
                "update transfers set amount = case when amount + {cent} > 0 then amount + {cent} else amount + 0.01 end
                 where entry_id = '{}' and line_no = {line}",
                entry.uuid()
            ),
        )
        .await;
        let proofs = prove(&world, &actor).await;
        assert!(broken(&proofs).contains(&"chain"), "history {seed}");
        let said = detail(&proofs, "chain");
        assert!(said.contains(&format!("entry {entry} is not what was posted")), "history {seed}: {said}");
    }
}

#[tokio::test]
async fn accounts_that_may_meet_are_all_there() {
    // The histories above try every kind of account.
    let random = &mut ChaCha8Rng::seed_from_u64(0);
    let abouts = [claim()];
    let mut seen = std::collections::HashSet::new();
    for _ in 0..2_000 {
        let transfer = any_transfer(random, &abouts);
        seen.extend([transfer.debit(), transfer.credit()]);
    }
    assert_eq!(seen.len(), AccountKind::ALL.len());
    assert!(seen.iter().any(|kind| kind.role() == Role::Outside));
}

#[tokio::test]
async fn a_chain_that_was_computed_anew_is_found_by_what_earlier_runs_saw() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    crate::ledger::post(&world, &actor, &crate::ledger::charge("150.00", claim())).await.unwrap();
    firstpass::journey::prove(&world.db, &actor, chrono::Utc::now(), AsOf::NOW).await.unwrap();
    // Somebody removes everything and posts a better past.
    let mut conn = session(&world.administrator_url(), &actor).await;
    let tables = ["entries", "transfers", "chain_links", "postings"];
    let guards = |what: &str| {
        tables.map(|table| format!("alter table {table} {what} trigger append_only_rows;")).concat()
    };
    let forget = "delete from transfers; delete from entries; delete from chain_links; delete from postings;
        delete from account_totals; delete from open_balances";
    for sql in [guards("disable").as_str(), forget, guards("enable always").as_str()] {
        conn.batch_execute(sql).await.unwrap();
    }
    crate::ledger::post(&world, &actor, &crate::ledger::charge("149.99", claim())).await.unwrap();
    let proofs = prove(&world, &actor).await;
    assert_eq!(broken(&proofs), ["chain"]);
    assert_eq!(
        detail(&proofs, "chain"),
        "1 links, 1 entries; 1 earlier runs saw another head, the first at link 1"
    );
}
