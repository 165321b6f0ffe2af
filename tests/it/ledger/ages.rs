//! Receivables by age from what the database keeps are what the transfers say, of any day.

use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use firstpass::db::Actor;
use firstpass::ledger::{self, About, AccountKind, Aged, AsOf, EntryKind, NewEntry, Source};
use firstpass::types::{PatientId, PayerId};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::ledger::tampering::any_history;
use crate::ledger::{
    TEST, broken, charge, claim, day, detail, dollars, moves, post, post_all, prove, session,
};
use crate::support::{self, World};

/// Histories that are tried.
const HISTORIES: u64 = 40;

const BOUNDS: [i32; 4] = [31, 61, 91, 121];

/// From what is kept, and from the transfers.
async fn both(world: &World, actor: &Actor, on: &str) -> (Vec<Aged>, Vec<Aged>) {
    let day = day(on);
    let read = world.db.snapshot(actor, async |tx| {
        let kept = ledger::aged_receivables(tx, day, &BOUNDS).await?;
        Ok((kept, ledger::aged_receivables_of_transfers(tx, AsOf::day(day), day, &BOUNDS).await?))
    });
    read.await.unwrap()
}

#[tokio::test]
async fn of_any_history_and_any_day_both_say_the_same() {
    let world = support::world().await;
    let mut said = 0;
    for seed in 0..HISTORIES {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let actor = world.organization("Elm Street").await;
        let (one, other) = (claim(), claim());
        let abouts = [
            one,
            other,
            // The same visit with another payer, under another patient, and what is under no visit.
            About { payer: other.payer, ..one },
            About { patient: other.patient, ..one },
            About { claim: None, ..one },
            About { claim: None, ..other },
        ];
        any_history(&world, &actor, random, &abouts).await;
        for days in (0..360).step_by(24) {
            let on = (day("2025-12-25") + TimeDelta::days(days)).to_string();
            let (kept, transfers) = both(&world, &actor, &on).await;
            assert_eq!(kept, transfers, "history {seed}, {on}");
            said += kept.len();
        }
    }
    assert!(said > 500, "{said}: what is compared is nothing");
}

#[tokio::test]
async fn a_visit_that_was_charged_late_is_as_old_as_was_known_that_day() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = claim();
    let charged = |amount, on| {
        let line = moves(AccountKind::InsuranceAr, AccountKind::Charges, amount, about);
        NewEntry::new(EntryKind::Charge, Source::new(TEST, Uuid::now_v7()), day(on), vec![line]).unwrap()
    };
    let owed = |bucket, amount| Aged {
        account: AccountKind::InsuranceAr,
        payer: about.payer,
        bucket: Some(bucket),
        claims: 1,
        amount: dollars(amount),
    };
    post(&world, &actor, &charged("150.00", "2026-03-02")).await.unwrap();
    let march = "2026-03".parse().unwrap();
    let close = async |tx: &mut _| ledger::close_period(tx, march, day("2026-04-05")).await;
    world.db.transaction(&actor, close).await.unwrap();
    // What was done on 5 January is learned in April: 10 May is 69 days after 2 March, 125 after 5 January.
    post(&world, &actor, &charged("20.00", "2026-01-05")).await.unwrap();
    let (kept, transfers) = both(&world, &actor, "2026-03-31").await;
    assert_eq!((&kept, &transfers), (&vec![owed(0, "150.00")], &kept));
    let (kept, transfers) = both(&world, &actor, "2026-05-10").await;
    assert_eq!((&kept, &transfers), (&vec![owed(4, "170.00")], &kept));
    // Before anything was booked nothing is owed.
    assert_eq!(both(&world, &actor, "2026-03-01").await, (vec![], vec![]));
}

#[tokio::test]
async fn an_age_that_was_changed_is_found_and_its_claim_named() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = claim();
    post(&world, &actor, &charge("150.00", about)).await.unwrap();
    assert_eq!(broken(&prove(&world, &actor).await), [""; 0]);
    let mut conn = session(&world.owner_url(), &actor).await;
    for column in ["charged_on", "moved_on"] {
        let change = |by| format!("update open_balances set {column} = {column} {by}");
        conn.batch_execute(&change("+ 1")).await.unwrap();
        let proofs = prove(&world, &actor).await;
        assert_eq!(broken(&proofs), ["totals_are_sums"]);
        let claim = about.claim.unwrap();
        assert_eq!(
            detail(&proofs, "totals_are_sums"),
            format!("1 days, 1 balances of visits; 1 balances are others, the first of claim {claim}")
        );
        conn.batch_execute(&change("- 1")).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_patient_owes_without_a_visit_has_the_age_of_its_first_movement() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = About { claim: None, payer: Some(PayerId::new()), patient: Some(PatientId::new()) };
    let moved = |debit, credit, amount, on| {
        let line = moves(debit, credit, amount, about);
        NewEntry::new(EntryKind::Adjustment, Source::new(TEST, Uuid::now_v7()), day(on), vec![line]).unwrap()
    };
    let documents = [
        moved(AccountKind::PatientAr, AccountKind::Charges, "40.00", "2026-03-02"),
        moved(AccountKind::PatientCash, AccountKind::PatientAr, "15.00", "2026-04-20"),
    ];
    post_all(&world, &actor, &documents).await.unwrap();
    let owed = |bucket, amount| Aged {
        account: AccountKind::PatientAr,
        payer: None,
        bucket: Some(bucket),
        claims: 1,
        amount: dollars(amount),
    };
    let (kept, transfers) = both(&world, &actor, "2026-04-19").await;
    assert_eq!((&kept, &transfers), (&vec![owed(1, "40.00")], &kept));
    let (kept, transfers) = both(&world, &actor, "2026-04-20").await;
    assert_eq!((&kept, &transfers), (&vec![owed(1, "25.00")], &kept));
}
