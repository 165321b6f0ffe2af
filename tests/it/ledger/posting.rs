//! One source posts once; a reversal undoes exactly, and once.

use firstpass::ledger::{self, AccountKind, LedgerError, NewEntry, Source, Transfer};
use firstpass::types::Money;
use uuid::Uuid;

use crate::ledger::{
    TEST, audited, broken, charge, claim, code, day, dollars, moves, payment, post, post_all, prove, reverse,
};
use crate::support;

#[tokio::test]
async fn the_same_document_again_posts_nothing_and_answers_with_the_first() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let document = charge("150.00", claim());
    let first = post(&world, &actor, &document).await.unwrap();
    let again = post(&world, &actor, &document).await.unwrap();
    assert!(!first.already && again.already);
    assert_eq!(first.entry_id, again.entry_id);
    let entry = world.db.snapshot(&actor, async |tx| ledger::entry(tx, first.entry_id).await).await.unwrap();
    assert_eq!(entry.transfers.len(), 1);
    assert_eq!(entry.transfers[0].amount(), dollars("150"));
    assert_eq!(broken(&prove(&world, &actor).await), [""; 0]);
}

#[tokio::test]
async fn the_same_source_with_another_cent_date_or_claim_is_refused() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = claim();
    let source = Source::in_file(TEST, Uuid::now_v7(), [7; 32], 3);
    let document = |amount, on, about| {
        let line = moves(AccountKind::InsuranceAr, AccountKind::Charges, amount, about);
        NewEntry::new(ledger::EntryKind::Charge, source.clone(), day(on), vec![line]).unwrap()
    };
    post(&world, &actor, &document("150.00", "2026-03-02", about)).await.unwrap();
    for other in [
        document("150.01", "2026-03-02", about),
        document("150.00", "2026-03-03", about),
        document("150.00", "2026-03-02", claim()),
    ] {
        assert_eq!(code(post(&world, &actor, &other).await), "ledger/source-posted-differently");
    }
    assert_eq!(broken(&prove(&world, &actor).await), [""; 0]);
}

#[tokio::test]
async fn a_batch_posts_what_is_new_and_recognises_the_rest_in_order() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    // More than one statement holds, with a document twice in one batch.
    let mut documents: Vec<NewEntry> = (0..2_003).map(|_| charge("10.00", claim())).collect();
    documents.push(documents[2_002].clone());
    let before = post_all(&world, &actor, &documents[1..3]).await.unwrap();
    let posted = post_all(&world, &actor, &documents).await.unwrap();
    assert_eq!(posted.len(), 2_004);
    assert_eq!(posted[1].entry_id, before[0].entry_id);
    let already: Vec<usize> = (0..posted.len()).filter(|&i| posted[i].already).collect();
    assert_eq!(already, [1, 2, 2_003]);
    assert_eq!(posted[2_003].entry_id, posted[2_002].entry_id);
    let proofs = prove(&world, &actor).await;
    assert_eq!(broken(&proofs), [""; 0]);
    assert_eq!(super::detail(&proofs, "chain"), "2 links, 2003 entries");
    assert_eq!(super::detail(&proofs, "entries_are_whole"), "2003 entries, 2003 transfers");
}

#[tokio::test]
async fn a_refused_batch_leaves_nothing_and_a_savepoint_lets_the_rest_go_on() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let posted = charge("150.00", claim());
    post(&world, &actor, &posted).await.unwrap();
    let mut contradiction = charge("150.01", claim());
    contradiction = with_source_of(contradiction, &posted);
    let batch = [charge("20.00", claim()), contradiction];

    // Swallowing the refusal does not help: the transaction cannot be committed.
    let swallowed = world.db.transaction(&actor, async |tx| {
        assert_eq!(code(ledger::post_all(tx, &batch).await), "ledger/source-posted-differently");
        audited(tx, ()).await
    });
    assert_eq!(swallowed.await.unwrap_err().to_string(), "a refused batch of entries cannot be committed");

    let kept = charge("30.00", claim());
    world
        .db
        .transaction(&actor, async |tx| {
            ledger::post(tx, &kept).await?;
            let refused = tx.savepoint(async |tx| ledger::post_all(tx, &batch).await).await;
            assert_eq!(code(refused), "ledger/source-posted-differently");
            ledger::post(tx, &batch[0]).await?;
            audited(tx, ()).await
        })
        .await
        .unwrap();
    let proofs = prove(&world, &actor).await;
    assert_eq!(broken(&proofs), [""; 0]);
    assert_eq!(super::detail(&proofs, "chain"), "2 links, 3 entries");
    assert!(super::detail(&proofs, "receivables_by_claim").contains("charges 200.00"));
}

/// The same content under another document's source.
fn with_source_of(content: NewEntry, other: &NewEntry) -> NewEntry {
    NewEntry::new(
        content.kind(),
        other.source().clone(),
        content.effective_on(),
        content.transfers().to_vec(),
    )
    .unwrap()
}

#[tokio::test]
async fn a_reversal_undoes_exactly_and_only_once() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = claim();
    post(&world, &actor, &charge("150.00", about)).await.unwrap();
    let paid = post(&world, &actor, &payment("80.00", "40.00", about)).await.unwrap();

    let undone = reverse(&world, &actor, paid.entry_id).await.unwrap();
    let entry = world.db.snapshot(&actor, async |tx| ledger::entry(tx, undone.entry_id).await).await.unwrap();
    assert_eq!(entry.reverses, Some(paid.entry_id));
    assert_eq!(
        entry.transfers,
        [
            moves(AccountKind::InsuranceAr, AccountKind::InsuranceCash, "80.00", about),
            moves(AccountKind::InsuranceAr, AccountKind::ContractualAdjustments, "40.00", about),
        ]
    );
    assert_eq!(code(reverse(&world, &actor, paid.entry_id).await), "ledger/already-reversed");
    assert_eq!(code(reverse(&world, &actor, undone.entry_id).await), "ledger/reversal-of-a-reversal");
    assert_eq!(code(reverse(&world, &actor, firstpass::types::EntryId::new()).await), "ledger/no-such-entry");

    let owed = world.db.snapshot(&actor, async |tx| {
        let claim = about.claim.unwrap();
        ledger::balance_of_claim(tx, claim, ledger::AsOf::NOW).await
    });
    let owed = owed.await.unwrap();
    assert_eq!((owed.balance(), owed.payments, owed.adjustments), (dollars("150"), Money::ZERO, Money::ZERO));
    assert_eq!(broken(&prove(&world, &actor).await), [""; 0]);
}

#[tokio::test]
async fn two_who_reverse_the_same_entry_at_once_reverse_it_once() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let charged = post(&world, &actor, &charge("150.00", claim())).await.unwrap();
    let (one, other) =
        tokio::join!(reverse(&world, &actor, charged.entry_id), reverse(&world, &actor, charged.entry_id));
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert!(!won.unwrap().already);
    assert_eq!(code(lost), "ledger/already-reversed");
    assert_eq!(broken(&prove(&world, &actor).await), [""; 0]);
}

#[tokio::test]
async fn posting_without_an_audit_event_cannot_be_committed() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let document = charge("150.00", claim());
    let silent = world.db.transaction(&actor, async |tx| ledger::post(tx, &document).await).await;
    assert_eq!(silent.unwrap_err().to_string(), "system:test wrote and left no audit event");
    assert!(!post(&world, &actor, &document).await.unwrap().already);
}

#[test]
fn what_says_nothing_or_names_nobody_is_no_transfer() {
    use AccountKind::{Charges, InsuranceAr, InterestIncome, PatientAr, PatientCash};
    let about = claim();
    let nobody = ledger::About::default();
    let cent = Money::from_cents(1);
    assert_eq!(Transfer::new(Charges, Charges, cent, about), Err(LedgerError::SameAccount(Charges)));
    assert_eq!(Transfer::new(InsuranceAr, Charges, cent, nobody), Err(LedgerError::NobodyOwes(InsuranceAr)));
    assert_eq!(Transfer::new(PatientCash, PatientAr, cent, nobody), Err(LedgerError::NobodyOwes(PatientAr)));
    assert_eq!(
        Transfer::new(InsuranceAr, InterestIncome, cent, about),
        Err(LedgerError::OutsideMeetsReceivable(InterestIncome))
    );
    for amount in [Money::ZERO, -cent] {
        assert!(matches!(
            Transfer::new(InsuranceAr, Charges, amount, about),
            Err(LedgerError::AmountNotPositive { .. })
        ));
    }
    assert_eq!(
        Transfer::signed(InsuranceAr, Charges, -cent, about),
        Transfer::new(Charges, InsuranceAr, cent, about).map(Some)
    );
    assert_eq!(Transfer::signed(InsuranceAr, Charges, Money::ZERO, about), Ok(None));
    let source = Source::new(TEST, Uuid::now_v7());
    assert_eq!(
        NewEntry::new(ledger::EntryKind::Charge, source, day("2026-03-02"), vec![]),
        Err(LedgerError::Empty)
    );
}

#[tokio::test]
async fn two_who_post_the_same_documents_at_once_post_them_once() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let documents: Vec<NewEntry> = (0..50).map(|_| charge("10.00", claim())).collect();
    let (one, other) =
        tokio::join!(post_all(&world, &actor, &documents), post_all(&world, &actor, &documents));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one.iter().zip(&other).all(|(a, b)| a.entry_id == b.entry_id && a.already != b.already));
    let proofs = prove(&world, &actor).await;
    assert_eq!(broken(&proofs), [""; 0]);
    assert_eq!(super::detail(&proofs, "chain"), "1 links, 50 entries");
}
