//! The chain shows what was changed; the digest tells whether two ledgers say the same.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use firstpass::db::Actor;
use firstpass::ledger::{self, AccountKind, EntryKind, NewEntry, Source};
use firstpass::types::EntryId;
use uuid::Uuid;

use crate::ledger::{
    TEST, audited, broken, charge, claim, day, detail, digest, moves, payment, post, post_all, prove,
    reverse, session,
};
use crate::support::{self, World};

#[tokio::test]
async fn everything_that_one_transaction_posts_is_one_link() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = claim();
    world
        .db
        .transaction(&actor, async |tx| {
            ledger::post(tx, &charge("150.00", about)).await?;
            let paid = ledger::post(tx, &payment("80.00", "40.00", about)).await?;
            ledger::reverse(tx, paid.entry_id, day("2026-04-01"), Source::new(TEST, Uuid::now_v7())).await?;
            audited(tx, ()).await
        })
        .await
        .unwrap();
    let proofs = prove(&world, &actor).await;
    assert_eq!(broken(&proofs), [""; 0]);
    assert_eq!(detail(&proofs, "chain"), "1 links, 3 entries");
}

#[tokio::test]
async fn posters_at_the_same_time_make_one_line_of_links() {
    #[derive(QueryableByName)]
    struct Link {
        #[diesel(sql_type = BigInt)]
        number: i64,
        #[diesel(sql_type = Bytea)]
        previous_hash: Vec<u8>,
        #[diesel(sql_type = Bytea)]
        hash: Vec<u8>,
    }
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let poster = async || {
        for _ in 0..10 {
            post(&world, &actor, &charge("150.00", claim())).await.unwrap();
        }
    };
    tokio::join!(poster(), poster(), poster());

    let mut conn = session(&world.service_url(), &actor).await;
    let links: Vec<Link> =
        diesel::sql_query("select number, previous_hash, hash from chain_links order by number")
            .load(&mut conn)
            .await
            .unwrap();
    assert_eq!(links.iter().map(|link| link.number).collect::<Vec<_>>(), (1..=30).collect::<Vec<_>>());
    assert!(links.windows(2).all(|pair| pair[1].previous_hash == pair[0].hash));
    assert_eq!(broken(&prove(&world, &actor).await), [""; 0]);
}

/// Three links: a charge, a payment, a charge; and their entries.
async fn history(world: &World) -> (Actor, [EntryId; 3]) {
    let actor = world.organization("Elm Street").await;
    let about = claim();
    let mut entries = [EntryId::new(); 3];
    for (entry, document) in entries.iter_mut().zip([
        charge("150.00", about),
        payment("80.00", "40.00", about),
        charge("99.00", claim()),
    ]) {
        *entry = post(world, &actor, &document).await.unwrap().entry_id;
    }
    assert_eq!(broken(&prove(world, &actor).await), [""; 0]);
    (actor, entries)
}

/// What no role of ours can do: the owner takes the triggers off, changes history, and puts them
/// back.
async fn tamper(world: &World, actor: &Actor, sql: &str) {
    let mut conn = session(&world.owner_url(), actor).await;
    let triggers = |what: &str| {
        ["entries", "transfers", "chain_links"]
            .map(|table| format!("alter table {table} {what} trigger append_only_rows;"))
            .concat()
    };
    let script = format!("{} {sql}; {}", triggers("disable"), triggers("enable always"));
    conn.batch_execute(&script).await.unwrap();
}

/// Tampers with the second of three links and expects the chain to say so.
#[track_caller]
fn check_found(proofs: &[ledger::Proof], expected: &[&str], said: &str) {
    assert_eq!(broken(proofs), expected);
    assert_eq!(detail(proofs, "chain"), format!("{said}; sound up to there: 1 links, 1 entries"));
}

#[tokio::test]
async fn a_changed_cent_is_found_and_its_entry_named() {
    let world = support::world().await;
    let (actor, [_, payment, _]) = history(&world).await;
    let id = payment.uuid();
    tamper(
        &world,
        &actor,
        &format!("update transfers set amount = 80.01 where entry_id = '{id}' and line_no = 1"),
    )
    .await;
    check_found(
        &prove(&world, &actor).await,
        &["chain", "totals_are_sums"],
        &format!("link 2: entry {payment} is not what was posted"),
    );
}

#[tokio::test]
async fn a_payment_moved_to_another_claim_is_found() {
    let world = support::world().await;
    let (actor, [_, payment, _]) = history(&world).await;
    let (id, other) = (payment.uuid(), Uuid::now_v7());
    tamper(&world, &actor, &format!("update transfers set claim_id = '{other}' where entry_id = '{id}'"))
        .await;
    check_found(
        &prove(&world, &actor).await,
        &["chain", "totals_are_sums"],
        &format!("link 2: entry {payment} is not what was posted"),
    );
}

#[tokio::test]
async fn a_changed_posting_time_is_found_though_no_content_changed() {
    let world = support::world().await;
    let (actor, [_, payment, _]) = history(&world).await;
    let id = payment.uuid();
    tamper(&world, &actor, &format!("update entries set posted_at = '2026-01-01' where id = '{id}'")).await;
    check_found(
        &prove(&world, &actor).await,
        &["chain"],
        &format!("link 2 does not hash to what was stored: its entries are {payment} to {payment}"),
    );
}

#[tokio::test]
async fn a_removed_entry_is_found() {
    let world = support::world().await;
    let (actor, [_, payment, _]) = history(&world).await;
    let id = payment.uuid();
    tamper(
        &world,
        &actor,
        &format!("delete from transfers where entry_id = '{id}'; delete from entries where id = '{id}'"),
    )
    .await;
    check_found(
        &prove(&world, &actor).await,
        &["chain", "totals_are_sums"],
        "link 2: 1 entries were posted, 0 are there",
    );
}

#[tokio::test]
async fn a_removed_transfer_is_found() {
    let world = support::world().await;
    let (actor, [_, payment, _]) = history(&world).await;
    let id = payment.uuid();
    tamper(&world, &actor, &format!("delete from transfers where entry_id = '{id}' and line_no = 1")).await;
    let proofs = prove(&world, &actor).await;
    check_found(
        &proofs,
        &["entries_are_whole", "chain", "totals_are_sums"],
        &format!("link 2: entry {payment} is not what was posted"),
    );
    assert_eq!(
        detail(&proofs, "entries_are_whole"),
        format!("3 entries, 3 transfers; 1 are not whole, the first {payment}")
    );
}

#[tokio::test]
async fn an_entry_smuggled_into_an_old_posting_is_found() {
    let world = support::world().await;
    let (actor, [_, payment, _]) = history(&world).await;
    let id = payment.uuid();
    let smuggled = format!(
        "insert into entries (organization_id, id, posting_id, kind, source_kind, source_id, effective_on, content_hash,
            booked_on)
         select organization_id, gen_random_uuid(), posting_id, kind, source_kind, gen_random_uuid(), effective_on,
            content_hash, booked_on from entries where id = '{id}';
         insert into transfers select t.organization_id, e.id, t.line_no, t.debit_account, t.credit_account, t.amount,
            t.claim_id, t.payer_id, t.patient_id from transfers t, entries e
            where t.entry_id = '{id}' and e.id <> '{id}' and e.kind = 'claim_payment'"
    );
    // The service cannot: the posting is closed. Whoever takes that guard off is found.
    assert!(session(&world.service_url(), &actor).await.batch_execute(&smuggled).await.is_err());
    let unguarded = format!(
        "alter table entries disable trigger posting_is_open; {smuggled};
         alter table entries enable always trigger posting_is_open"
    );
    tamper(&world, &actor, &unguarded).await;
    let proofs = prove(&world, &actor).await;
    assert_eq!(broken(&proofs), ["chain", "totals_are_sums"]);
    assert_eq!(
        detail(&proofs, "chain"),
        "links hold 3 entries, the ledger 4; sound up to there: 3 links, 3 entries"
    );
}

#[tokio::test]
async fn a_reversal_that_undoes_another_amount_is_found() {
    let world = support::world().await;
    let (actor, [_, payment, _]) = history(&world).await;
    let undone = reverse(&world, &actor, payment).await.unwrap().entry_id;
    let id = undone.uuid();
    tamper(
        &world,
        &actor,
        &format!("update transfers set amount = 79.99 where entry_id = '{id}' and line_no = 1"),
    )
    .await;
    let proofs = prove(&world, &actor).await;
    assert_eq!(broken(&proofs), ["reversals_mirror", "chain", "totals_are_sums"]);
    assert_eq!(
        detail(&proofs, "reversals_mirror"),
        format!("1 reversals; 1 do not undo their original, the first {undone}")
    );
}

#[tokio::test]
async fn a_levy_posted_against_a_receivable_past_the_checks_breaks_the_claims_equation() {
    let world = support::world().await;
    let (actor, [charge, ..]) = history(&world).await;
    let id = charge.uuid();
    tamper(
        &world,
        &actor,
        &format!(
            "alter table transfers drop constraint interest_and_levies_move_no_receivable;
             update transfers set credit_account = 6010 where entry_id = '{id}'"
        ),
    )
    .await;
    assert_eq!(
        broken(&prove(&world, &actor).await),
        ["chain", "receivables_by_claim", "receivables_by_patient", "totals_are_sums"]
    );
}

fn in_file(ordinal: i64, amount: &str) -> NewEntry {
    let line = moves(AccountKind::InsuranceAr, AccountKind::Charges, amount, claim());
    let source = Source::in_file(TEST, Uuid::now_v7(), [9; 32], ordinal);
    NewEntry::new(EntryKind::Charge, source, day("2026-03-02"), vec![line]).unwrap()
}

#[tokio::test]
async fn the_digest_is_the_same_for_the_same_facts_however_they_were_posted() {
    let world = support::world().await;
    let facts = || [in_file(1, "150.00"), in_file(2, "80.00"), in_file(3, "80.00")];
    let together = world.organization("Elm Street").await;
    post_all(&world, &together, &facts()).await.unwrap();
    let apart = world.organization("Oak Avenue").await;
    for document in facts().iter().rev() {
        post(&world, &apart, document).await.unwrap();
    }
    assert_eq!(digest(&world, &together).await, digest(&world, &apart).await);
}

#[tokio::test]
async fn the_digest_differs_by_a_cent_a_place_a_repetition_or_a_reversal() {
    let world = support::world().await;
    let mut digests = Vec::new();
    for facts in [
        vec![],
        vec![in_file(1, "150.00")],
        vec![in_file(1, "150.01")],
        vec![in_file(2, "150.00")],
        vec![in_file(1, "150.00"), in_file(1, "150.00")],
    ] {
        let actor = world.organization("Elm Street").await;
        post_all(&world, &actor, &facts).await.unwrap();
        digests.push(digest(&world, &actor).await);
    }
    let actor = world.organization("Elm Street").await;
    let posted = post(&world, &actor, &in_file(1, "150.00")).await.unwrap();
    reverse(&world, &actor, posted.entry_id).await.unwrap();
    digests.push(digest(&world, &actor).await);
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 6);
}
