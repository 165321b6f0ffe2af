//! Balances of accounts, claims and patients, on any day.

use firstpass::ledger::{
    self, About, AccountKind, AsOf, EntryKind, NewEntry, PatientBalance, Receivable, Source, Transfer,
};
use firstpass::types::{ClaimId, Money};
use uuid::Uuid;

use crate::ledger::{TEST, broken, claim, day, dollars, moves, post, prove};
use crate::support;

fn document(kind: EntryKind, on: &str, lines: Vec<Transfer>) -> NewEntry {
    NewEntry::new(kind, Source::new(TEST, Uuid::now_v7()), day(on), lines).unwrap()
}

/// Billed 250.00 on March 2; on March 20 the payer pays 120.00, writes off 90.00 by contract and
/// leaves 40.00 to the patient, who pays 50.00 on April 5; the 10.00 too many are held as credit.
/// On May 1 the payer takes 20.00 of its payment back.
#[tokio::test]
async fn a_claims_balance_is_explained_on_every_day_of_its_life() {
    use AccountKind::{
        Charges, ContractualAdjustments, InsuranceAr, InsuranceCash, PatientAr, PatientCash, PatientCredits,
        PayerRecoupments,
    };
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = claim();
    for entry in [
        document(EntryKind::Charge, "2026-03-02", vec![moves(InsuranceAr, Charges, "250.00", about)]),
        document(
            EntryKind::ClaimPayment,
            "2026-03-20",
            vec![
                moves(InsuranceCash, InsuranceAr, "120.00", about),
                moves(ContractualAdjustments, InsuranceAr, "90.00", about),
                moves(PatientAr, InsuranceAr, "40.00", about),
            ],
        ),
        document(
            EntryKind::PatientPayment,
            "2026-04-05",
            vec![
                moves(PatientCash, PatientAr, "40.00", about),
                moves(PatientCash, PatientCredits, "10.00", about),
            ],
        ),
        document(
            EntryKind::ClaimPayment,
            "2026-05-01",
            vec![moves(InsuranceAr, PayerRecoupments, "20.00", about)],
        ),
    ] {
        post(&world, &actor, &entry).await.unwrap();
    }
    let on = async |date: &str| {
        let as_of = AsOf::day(day(date));
        let claim = about.claim.unwrap();
        world.db.snapshot(&actor, async |tx| ledger::balance_of_claim(tx, claim, as_of).await).await.unwrap()
    };
    assert_eq!(on("2026-03-01").await, Receivable::default());
    let billed = Receivable { insurance: dollars("250"), charges: dollars("250"), ..Receivable::default() };
    assert_eq!(on("2026-03-19").await, billed);
    let adjudicated = Receivable {
        insurance: Money::ZERO,
        patient: dollars("40"),
        payments: dollars("120"),
        adjustments: dollars("90"),
        ..billed
    };
    assert_eq!(on("2026-03-20").await, adjudicated);
    let paid = Receivable { patient: Money::ZERO, payments: dollars("160"), ..adjudicated };
    assert_eq!(on("2026-04-30").await, paid);
    let taken_back = Receivable { insurance: dollars("20"), takebacks: dollars("20"), ..paid };
    assert_eq!(on("2026-05-01").await, taken_back);
    assert_eq!((taken_back.balance(), taken_back.explained()), (dollars("20"), dollars("20")));

    let patient = world
        .db
        .snapshot(&actor, async |tx| ledger::balance_of_patient(tx, about.patient.unwrap(), AsOf::NOW).await);
    assert_eq!(
        patient.await.unwrap(),
        PatientBalance {
            owes: Money::ZERO,
            payers_owe: dollars("20"),
            credits: dollars("10"),
            refunds_payable: Money::ZERO,
        }
    );
    assert_eq!(broken(&prove(&world, &actor).await), [""; 0]);
}

#[tokio::test]
async fn every_account_of_the_chart_shows_its_balance_on_its_own_side() {
    use AccountKind::{Charges, ContractualAdjustments, InsuranceAr, InsuranceCash};
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = claim();
    post(&world, &actor, &crate::ledger::charge("150.00", about)).await.unwrap();
    post(&world, &actor, &crate::ledger::payment("80.00", "40.00", about)).await.unwrap();
    let balances = world.db.snapshot(&actor, async |tx| ledger::balances(tx, AsOf::NOW).await).await.unwrap();
    assert_eq!(balances.len(), AccountKind::ALL.len());
    for row in balances {
        let (debits, credits, balance) = match row.account.kind {
            InsuranceCash => ("80", "0", "80"),
            InsuranceAr => ("150", "120", "30"),
            Charges => ("0", "150", "150"),
            ContractualAdjustments => ("40", "0", "40"),
            _ => ("0", "0", "0"),
        };
        let expected = (dollars(debits), dollars(credits), dollars(balance));
        assert_eq!((row.debits, row.credits, row.balance), expected, "{}", row.account.kind);
    }
}

/// One patient owes for two visits, one for one; a third has paid more than was charged.
#[tokio::test]
async fn patients_who_owe_are_counted_as_far_as_asked_for() {
    use AccountKind::{Charges, PatientAr, PatientCash};
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let (twice, once, credit) = (claim(), claim(), claim());
    for (debit, account, amount, about) in [
        (PatientAr, Charges, "10.00", twice),
        (PatientAr, Charges, "20.00", About { claim: Some(ClaimId::new()), ..twice }),
        (PatientAr, Charges, "30.00", once),
        (PatientCash, PatientAr, "5.00", credit),
    ] {
        let lines = vec![moves(debit, account, amount, about)];
        post(&world, &actor, &document(EntryKind::Adjustment, "2026-03-02", lines)).await.unwrap();
    }
    for (most, counted) in [(1, None), (2, Some(2)), (10, Some(2))] {
        let count =
            world.db.snapshot(&actor, async |tx| ledger::count_patients_who_owe(tx, most).await).await;
        assert_eq!(count.unwrap(), counted, "at most {most}");
    }
}

#[tokio::test]
async fn what_was_known_at_a_moment_can_be_asked_for_later() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = claim();
    let charged = post(&world, &actor, &crate::ledger::charge("150.00", about)).await.unwrap();
    let then = world
        .db
        .snapshot(&actor, async |tx| ledger::entry(tx, charged.entry_id).await)
        .await
        .unwrap()
        .posted_at;
    // Late, and dated before that moment.
    post(&world, &actor, &crate::ledger::payment("80.00", "40.00", about)).await.unwrap();
    let owed = async |as_of| {
        let claim = about.claim.unwrap();
        world
            .db
            .snapshot(&actor, async |tx| ledger::balance_of_claim(tx, claim, as_of).await)
            .await
            .unwrap()
            .balance()
    };
    assert_eq!(owed(AsOf::NOW.known_at(then)).await, dollars("150"));
    assert_eq!(owed(AsOf::NOW).await, dollars("30"));
}

#[tokio::test]
async fn money_applied_that_never_came_is_found() {
    use AccountKind::{Charges, InsuranceAr, UnappliedCash};
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = claim();
    let charged =
        document(EntryKind::Charge, "2026-03-02", vec![moves(InsuranceAr, Charges, "150.00", about)]);
    let applied = document(
        EntryKind::Application,
        "2026-03-20",
        vec![moves(UnappliedCash, InsuranceAr, "80.00", about)],
    );
    post(&world, &actor, &charged).await.unwrap();
    post(&world, &actor, &applied).await.unwrap();
    let proofs = prove(&world, &actor).await;
    assert_eq!(broken(&proofs), ["money_held"]);
    assert_eq!(
        crate::ledger::detail(&proofs, "money_held"),
        "unapplied_cash -80.00, patient_credits 0.00, refunds_payable 0.00; open: suspense 0.00, \
         receivable_transfers 0.00; more was taken than was there: unapplied_cash -80.00"
    );
}
