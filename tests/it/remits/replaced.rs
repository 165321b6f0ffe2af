//! A payer decides an answered claim once more and takes nothing back, and a person posts that all the same: money adds
//! up, statements replace.

use firstpass::ledger::{self, AsOf};
use firstpass::remits::exceptions::Action;
use firstpass::remits::{Approval, SetReport, State};
use firstpass::types::RemitClaimId;

use crate::remits::{Practice, Sent, entries, history, moved, practice, remit, set_from, waits};

/// Of a charge so much is paid, the patient's, and the rest off by contract.
fn decided(number: &str, control: &str, charged: u32, paid: u32, share: u32) -> String {
    let off = charged - paid - share;
    let share = if share == 0 { String::new() } else { format!("CAS*PR*3*{share}~") };
    format!("CLP*{number}*1*{charged}*{paid}**12*{control}~CAS*CO*45*{off}~{share}")
}

/// The same taken back; the payer will take the money of a later payment.
fn taken_back(number: &str, control: &str, charged: u32, paid: u32, share: u32) -> String {
    let off = charged - paid - share;
    let share = if share == 0 { String::new() } else { format!("CAS*PR*3*-{share}~") };
    format!(
        "CLP*{number}*22*-{charged}*-{paid}**12*{control}~CAS*CO*45*-{off}~{share}PLB*1*20261231*FB:{control}*-{paid}~"
    )
}

async fn post_all_the_same(practice: &Practice, claim: &Sent) -> Vec<String> {
    let id = practice.exceptions().await.into_iter().find(|one| one.item.kind.as_str() == "already_posted");
    let (id, action) = (id.unwrap().item.id, Action::Match { claim: claim.id });
    let journal = practice.preview(id, &action).await.unwrap();
    practice.resolve(id, &action).await.unwrap();
    entries(&journal)
}

/// 100.00 charged: 80.00 paid and 20.00 off; then 85.00 paid and 15.00 off, posted all the same.
async fn answered_twice(practice: &Practice) -> (Sent, [SetReport; 2], [RemitClaimId; 2]) {
    let claim = practice.claim(&[("99213", "100.00")]).await;
    let (first, decisions) =
        practice.receive_one(&remit("T1", "80", &decided(&claim.number, "PCN1", 100, 80, 0))).await;
    let one = decisions[0].remit_claim;
    let (second, _) =
        practice.receive_one(&remit("T2", "85", &decided(&claim.number, "PCN2", 100, 85, 0))).await;
    assert_eq!(waits(&second), "already_posted 85.00");
    let id = practice.exception().await.item.id;
    let action = Action::Match { claim: claim.id };
    let journal = practice.preview(id, &action).await.unwrap();
    // 15.00 off instead of 20.00.
    assert_eq!(
        entries(&journal),
        ["unapplied_cash < insurance_ar 85.00", "insurance_ar < contractual_adjustments 5.00"]
    );
    let replaces = journal.replaces.unwrap();
    assert_eq!(replaces.decisions, [one]);
    let (before, now) = (replaces.written_off_before.to_string(), replaces.written_off.to_string());
    assert_eq!((before.as_str(), now.as_str()), ("20.00", "15.00"));
    let decisions = practice.resolve(id, &action).await.unwrap();
    assert_eq!(practice.books().await, BOTH);
    practice.proves().await;
    (claim, [first, second], [one, decisions[0].remit_claim])
}

const BOTH: &str =
    "insurance_cash 165.00, insurance_ar -80.00, charges 100.00, contractual_adjustments 15.00";

#[tokio::test]
async fn of_another_decision_the_money_counts_and_its_write_off_replaces_the_first() {
    let practice = practice().await;
    let (claim, [_, second], _) = answered_twice(&practice).await;
    // 100.00 - 80.00 - 85.00 - 15.00: what was paid twice is the payer's.
    assert_eq!(practice.owed(&claim).await, "insurance -80.00, patient 0.00");
    let exception = practice.exception().await;
    let found = (exception.item.kind.as_str(), exception.item.amount.to_string());
    assert_eq!(found, ("over_payment", "80.00".to_owned()));
    practice.resolve(exception.item.id, &Action::Refund).await.unwrap();
    assert_eq!(
        practice.books().await,
        "insurance_cash 165.00, refunds_payable 80.00, charges 100.00, contractual_adjustments 15.00"
    );
    practice.proves().await;
    // What a person did with it goes with its set, and the first stands whole.
    practice.unpost(second.remittance).await.unwrap();
    assert_eq!(practice.books().await, "insurance_cash 80.00, charges 100.00, contractual_adjustments 20.00");
    practice.proves().await;
}

#[tokio::test]
async fn of_the_same_decision_only_the_money_counts() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    for trace in ["T1", "T2"] {
        practice.receive_one(&remit(trace, "80", &decided(&claim.number, "PCN1", 150, 80, 20))).await;
    }
    assert_eq!(post_all_the_same(&practice, &claim).await, ["unapplied_cash < insurance_ar 80.00"]);
    assert_eq!(practice.owed(&claim).await, "insurance -80.00, patient 20.00");
    assert_eq!(practice.exception().await.item.amount.to_string(), "80.00");
    practice.proves().await;
    // A third time: 80.00 more are over-paid, not 160.00 more.
    practice.receive_one(&remit("T3", "80", &decided(&claim.number, "PCN1", 150, 80, 20))).await;
    assert_eq!(post_all_the_same(&practice, &claim).await, ["unapplied_cash < insurance_ar 80.00"]);
    assert_eq!(practice.owed(&claim).await, "insurance -160.00, patient 20.00");
    let amounts: Vec<_> = practice.exceptions().await.iter().map(|one| one.item.amount.to_string()).collect();
    assert_eq!(amounts, ["80.00", "80.00"]);
    practice.proves().await;
    // The payer takes one of the three back: the claim is answered as before.
    practice.receive_one(&remit("T4", "0", &taken_back(&claim.number, "PCN1", 150, 80, 20))).await;
    assert_eq!(practice.owed(&claim).await, "insurance -80.00, patient 20.00");
    practice.proves().await;
}

#[tokio::test]
async fn the_difference_of_the_share_goes_where_the_share_had_gone() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "100", &decided(&claim.number, "PCN1", 150, 100, 20))).await;
    practice.receive_one(&remit("T2", "110", &decided(&claim.number, "PCN2", 150, 110, 15))).await;
    // 25.00 off instead of 30.00, and 15.00 of the patient instead of 20.00.
    assert_eq!(
        post_all_the_same(&practice, &claim).await,
        [
            "unapplied_cash < insurance_ar 110.00",
            "insurance_ar < contractual_adjustments 5.00",
            "insurance_ar < patient_ar 5.00"
        ]
    );
    // 150.00 - 100.00 - 110.00 - 25.00 - 15.00
    assert_eq!(practice.owed(&claim).await, "insurance -100.00, patient 15.00");
    practice.proves().await;
    practice.receive_one(&remit("T3", "0", &taken_back(&claim.number, "PCN1", 150, 100, 20))).await;
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 15.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_next_payer_is_asked_for_the_share_that_is_said_last() {
    let practice = practice().await;
    let claim = practice.claim_with_second_payer(&[("99213", "200.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number, "PCN1", 200, 80, 20))).await;
    practice.receive_one(&remit("T2", "90", &decided(&claim.number, "PCN2", 200, 90, 25))).await;
    // 85.00 off instead of 100.00, and 25.00 of the next payer instead of 20.00.
    assert_eq!(
        post_all_the_same(&practice, &claim).await,
        [
            "unapplied_cash < insurance_ar 90.00",
            "insurance_ar < contractual_adjustments 15.00",
            "insurance_ar < receivable_transfers 5.00",
            "receivable_transfers < insurance_ar 5.00"
        ]
    );
    let owed = async || {
        let owes =
            (practice.owed_by(&claim, practice.payer), practice.owed_by(&claim, practice.second_payer));
        (owes.0.await, owes.1.await)
    };
    // 200.00 - 80.00 - 90.00 - 85.00 - 25.00
    assert_eq!(owed().await, ("-80.00".to_owned(), "25.00".to_owned()));
    practice.proves().await;
    practice.receive_one(&remit("T3", "0", &taken_back(&claim.number, "PCN1", 200, 80, 20))).await;
    assert_eq!(owed().await, ("0.00".to_owned(), "25.00".to_owned()));
    practice.proves().await;
}

async fn digest(practice: &Practice) -> String {
    let db = &practice.world.db;
    db.snapshot(&practice.actor, async |tx| ledger::digest(tx, AsOf::NOW).await).await.unwrap().to_string()
}

/// The story of the test below, in an empty database; what its ledger says.
async fn the_first_is_taken_back() -> String {
    let practice = practice().await;
    let (claim, _, _) = answered_twice(&practice).await;
    let body = taken_back(&claim.number, "PCN1", 100, 80, 0);
    let (report, _) = practice.receive_one(&remit("T3", "0", &body)).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    // 80.00 less paid. 20.00 less off by the exact reversal, and 20.00 that the second carries.
    assert_eq!(moved(&report), "insurance_ar 80.00, forwarding_balances -80.00");
    let alone =
        "insurance_cash 165.00, forwarding_balances 80.00, charges 100.00, contractual_adjustments 15.00";
    assert_eq!(practice.books().await, alone);
    assert!(practice.exceptions().await.is_empty());
    assert_eq!(history(&practice, &claim).await, ["paid", "paid", "reversed", "paid"]);
    practice.proves().await;
    // Twice, since what was posted anew may be taken back and posted anew again.
    let mut reversal = report.remittance;
    for _ in 0..2 {
        practice.unpost(reversal).await.unwrap();
        assert_eq!(practice.books().await, BOTH);
        assert_eq!(practice.exception().await.item.kind.as_str(), "over_payment");
        practice.proves().await;
        reversal = practice.approve(reversal, &Approval::Reviewed).await.unwrap().remittance;
        assert_eq!(practice.books().await, alone);
        practice.proves().await;
    }
    // The second is taken back, too: nothing stands.
    let body = taken_back(&claim.number, "PCN2", 100, 85, 0);
    let (last, _) = practice.receive_one(&remit("T4", "0", &body)).await;
    assert_eq!((last.outcome, waits(&last)), (State::Posted, String::new()));
    let nothing = "insurance_cash 165.00, insurance_ar 100.00, forwarding_balances 165.00, charges 100.00";
    assert_eq!(practice.books().await, nothing);
    practice.proves().await;
    // And stands again, one by one.
    practice.unpost(last.remittance).await.unwrap();
    assert_eq!(practice.books().await, alone);
    practice.proves().await;
    practice.unpost(reversal).await.unwrap();
    assert_eq!(practice.books().await, BOTH);
    practice.proves().await;
    // What it carried was posted anew meanwhile, and is taken back all the same.
    let reversal = practice.approve(reversal, &Approval::Reviewed).await.unwrap().remittance;
    practice.approve(last.remittance, &Approval::Reviewed).await.unwrap();
    assert_eq!(practice.books().await, nothing);
    practice.proves().await;
    assert!(practice.unpost(reversal).await.is_err());
    digest(&practice).await
}

#[tokio::test]
async fn once_the_first_is_taken_back_the_second_counts_whole() {
    let said = the_first_is_taken_back().await;
    // The same again in an empty database comes to the same ledger.
    assert_eq!(the_first_is_taken_back().await, said);
}

#[tokio::test]
async fn once_the_second_is_taken_back_the_first_stands_whole_again() {
    let practice = practice().await;
    let (claim, _, _) = answered_twice(&practice).await;
    let body = taken_back(&claim.number, "PCN2", 100, 85, 0);
    let (report, _) = practice.receive_one(&remit("T3", "0", &body)).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert_eq!(
        moved(&report),
        "insurance_ar 80.00, forwarding_balances -85.00, contractual_adjustments 5.00"
    );
    let first =
        "insurance_cash 165.00, forwarding_balances 85.00, charges 100.00, contractual_adjustments 20.00";
    assert_eq!(practice.books().await, first);
    assert!(practice.exceptions().await.is_empty());
    assert_eq!(history(&practice, &claim).await, ["paid", "paid", "reversed", "paid"]);
    assert_eq!(practice.status(&claim).await, "paid");
    practice.proves().await;
    practice.unpost(report.remittance).await.unwrap();
    assert_eq!(practice.books().await, BOTH);
    practice.proves().await;
    practice.approve(report.remittance, &Approval::Reviewed).await.unwrap();
    assert_eq!(practice.books().await, first);
    practice.proves().await;
}

#[tokio::test]
async fn with_the_set_of_the_second_the_first_stands_whole_again_and_the_second_waits_anew() {
    let practice = practice().await;
    let (claim, [first, second], _) = answered_twice(&practice).await;
    let refused = practice.unpost(first.remittance).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "remits/depended-on");
    practice.unpost(second.remittance).await.unwrap();
    assert_eq!(practice.books().await, "insurance_cash 80.00, charges 100.00, contractual_adjustments 20.00");
    assert_eq!(practice.status(&claim).await, "paid");
    practice.proves().await;
    let again = practice.approve(second.remittance, &Approval::Reviewed).await.unwrap();
    assert_eq!(waits(&again), "already_posted 85.00");
    let said = post_all_the_same(&practice, &claim).await;
    assert_eq!(said, ["unapplied_cash < insurance_ar 85.00", "insurance_ar < contractual_adjustments 5.00"]);
    assert_eq!(practice.books().await, BOTH);
    practice.proves().await;
    // Both, the newest first.
    practice.unpost(again.remittance).await.unwrap();
    practice.unpost(first.remittance).await.unwrap();
    assert_eq!(practice.books().await, "insurance_ar 100.00, charges 100.00");
    practice.proves().await;
}

#[tokio::test]
async fn out_of_a_pile_of_three_any_one_is_taken_back() {
    let practice = practice().await;
    let (claim, _, _) = answered_twice(&practice).await;
    practice.receive_one(&remit("T3", "90", &decided(&claim.number, "PCN3", 100, 90, 0))).await;
    // 10.00 off instead of 15.00.
    assert_eq!(
        post_all_the_same(&practice, &claim).await,
        ["unapplied_cash < insurance_ar 90.00", "insurance_ar < contractual_adjustments 5.00"]
    );
    let back = async |trace: &str, control: &str, paid: u32| {
        let body = taken_back(&claim.number, control, 100, paid, 0);
        let (report, _) = practice.receive_one(&remit(trace, "0", &body)).await;
        practice.proves().await;
        (report.remittance, practice.books().await)
    };
    let books = |owed: &str, forwarded: &str, off: &str| {
        let owed = if owed == "0.00" { String::new() } else { format!("insurance_ar {owed}, ") };
        format!(
            "insurance_cash 255.00, {owed}forwarding_balances {forwarded}, charges 100.00, \
             contractual_adjustments {off}"
        )
    };
    // The one in the middle: 80.00 + 90.00 paid, 10.00 off.
    let (middle, said) = back("T4", "PCN2", 85).await;
    assert_eq!(said, books("-80.00", "85.00", "10.00"));
    // The last: 80.00 paid, 20.00 off.
    let (last, said) = back("T5", "PCN3", 90).await;
    assert_eq!(said, books("0.00", "175.00", "20.00"));
    practice.unpost(last).await.unwrap();
    assert_eq!(practice.books().await, books("-80.00", "85.00", "10.00"));
    // The first: 90.00 paid, 10.00 off.
    let (first, said) = back("T6", "PCN1", 80).await;
    assert_eq!(said, books("0.00", "165.00", "10.00"));
    for set in [first, middle] {
        practice.unpost(set).await.unwrap();
        practice.proves().await;
    }
    // 80.00 + 85.00 + 90.00 paid, 10.00 off.
    assert_eq!(
        practice.books().await,
        "insurance_cash 255.00, insurance_ar -165.00, charges 100.00, contractual_adjustments 10.00"
    );
}

#[tokio::test]
async fn a_person_who_takes_the_first_back_sees_what_the_second_carries() {
    let practice = practice().await;
    let (claim, _, [first, _]) = answered_twice(&practice).await;
    let over_paid = practice.exception().await.item.id;
    practice.resolve(over_paid, &Action::Refund).await.unwrap();
    // Under another number of the payer's: which decision is meant, a person says.
    let body = taken_back(&claim.number, "PCN9", 100, 80, 0);
    practice.receive_one(&remit("T3", "0", &body)).await;
    let id = practice.exception().await.item.id;
    let action = Action::TakeBack { decision: first };
    let journal = practice.preview(id, &action).await.unwrap();
    assert_eq!(
        entries(&journal),
        [
            "insurance_ar < insurance_cash 80.00",
            "insurance_ar < contractual_adjustments 20.00",
            "contractual_adjustments < insurance_ar 20.00",
            "insurance_cash < suspense 80.00"
        ]
    );
    practice.resolve(id, &action).await.unwrap();
    // The refund was decided about the second's over-payment, which is none any more: the payer owes 80.00 if it goes out.
    assert_eq!(
        practice.books().await,
        "insurance_cash 165.00, insurance_ar 80.00, refunds_payable 80.00, forwarding_balances 80.00, \
         charges 100.00, contractual_adjustments 15.00"
    );
    practice.proves().await;
}

/// 200.00 charged: the first payer pays 80.00, writes 100.00 off and leaves 20.00; of those the second pays some, and
/// counts what the first paid.
fn second(number: &str, control: &str, paid: u32, off: u32, share: u32) -> String {
    format!(
        "CLP*{number}*2*200*{paid}*{share}*12*{control}~CAS*OA*23*80~CAS*CO*45*{}~CAS*PR*3*{share}~",
        100 + off
    )
}

#[tokio::test]
async fn a_later_payers_own_write_off_is_replaced_and_what_a_first_payer_paid_twice_changes_none() {
    let practice = practice().await;
    let lines = [("99213", "200.00")];
    let claim = practice.claim_with_second_payer(&lines).await;
    let later = practice.second_claim(&claim, &lines).await;
    let first = decided(&claim.number, "PCN1", 200, 80, 20);
    practice.receive_one(&remit("T1", "80", &first)).await;
    let from_second = async |trace: &str, paid: &str, body: &str| {
        let text = crate::remits::file(&[set_from("BETA2", trace, paid, body)]);
        practice.receive_one(&text).await.0
    };
    // 10.00 paid, 5.00 off beyond the first payer's, 5.00 of the patient; then 15.00, 3.00 and 2.00.
    from_second("S1", "10", &second(&later.number, "SEC1", 10, 5, 5)).await;
    let report = from_second("S2", "15", &second(&later.number, "SEC2", 15, 3, 2)).await;
    assert_eq!(waits(&report), "already_posted 15.00");
    assert_eq!(
        post_all_the_same(&practice, &later).await,
        [
            "unapplied_cash < insurance_ar 15.00",
            "insurance_ar < contractual_adjustments 2.00",
            "insurance_ar < patient_ar 3.00"
        ]
    );
    let books = "insurance_cash 105.00, insurance_ar -10.00, patient_ar 2.00, charges 200.00, \
                 contractual_adjustments 103.00";
    assert_eq!(practice.books().await, books);
    practice.proves().await;
    // The first payer pays the same once more: what the second one counted is what the first one decided.
    practice.receive_one(&remit("T2", "80", &first)).await;
    assert_eq!(post_all_the_same(&practice, &claim).await, ["unapplied_cash < insurance_ar 80.00"]);
    assert_eq!(
        practice.books().await,
        "insurance_cash 185.00, insurance_ar -90.00, patient_ar 2.00, charges 200.00, \
         contractual_adjustments 103.00"
    );
    practice.proves().await;
    // The second payer takes its first decision back: the other one counts whole.
    let back = "CLP*NUMBER*22*-200*-10*-5*12*SEC1~CAS*OA*23*-80~CAS*CO*45*-105~CAS*PR*3*-5~\
                PLB*1*20261231*FB:SEC1*-10~";
    let report = from_second("S3", "0", &back.replace("NUMBER", &later.number)).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert_eq!(practice.owed_by(&claim, practice.second_payer).await, "0.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 185.00, insurance_ar -80.00, patient_ar 2.00, forwarding_balances 10.00, charges 200.00, \
         contractual_adjustments 103.00"
    );
    practice.proves().await;
    practice.unpost(report.remittance).await.unwrap();
    assert_eq!(practice.owed_by(&claim, practice.second_payer).await, "-10.00");
    practice.proves().await;
}
