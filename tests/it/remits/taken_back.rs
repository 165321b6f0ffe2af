//! A payer takes back a decision of which a person had fixed an exception: what that moved goes with it.

use firstpass::ledger::{self, AsOf};
use firstpass::remits::exceptions::Action;
use firstpass::remits::{Approval, State};

use crate::remits::{Practice, entries, moved, practice, remit, waits};

/// 200.00 charged: 80.00 paid, 100.00 off by contract, 20.00 of the patient; sent on to a payer that is not on file.
fn sent_on(number: &str) -> String {
    format!("CLP*{number}*19*200*80*20*12*PCN1~CAS*CO*45*100~CAS*PR*1*20~NM1*TT*2*BETA MUTUAL*****PI*BETA2~")
}

/// The same taken back; the payer will take its 80.00 of a later payment.
fn taken_back(number: &str, control: &str) -> String {
    format!(
        "CLP*{number}*22*-200*-80*-20*12*{control}~CAS*CO*45*-100~CAS*PR*1*-20~PLB*1*20261231*FB:PCN1*-80~"
    )
}

/// What of the decision and of its exceptions stands when nothing of them does.
const NOTHING_STANDS: &str =
    "insurance_cash 80.00, insurance_ar 200.00, forwarding_balances 80.00, charges 200.00";

/// The story of the test below, in an empty database; what its ledger says.
async fn the_next_payers_share_goes_with_the_decision() -> String {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "200.00")]).await;
    practice.receive_one(&remit("T1", "80", &sent_on(&claim.number))).await;
    let id = practice.exception().await.item.id;
    practice.cover_second(&claim).await;
    practice.resolve(id, &Action::AskNextPayer).await.unwrap();
    let by_payer = async || {
        let owes =
            (practice.owed_by(&claim, practice.payer), practice.owed_by(&claim, practice.second_payer));
        (owes.0.await, owes.1.await)
    };
    let asked = ("0.00".to_owned(), "20.00".to_owned());
    let asked_books =
        "insurance_cash 80.00, insurance_ar 20.00, charges 200.00, contractual_adjustments 100.00";
    assert_eq!((by_payer().await, practice.books().await.as_str()), (asked.clone(), asked_books));

    let (report, _) = practice.receive_one(&remit("T2", "0", &taken_back(&claim.number, "PCN1"))).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    // 80.00 + 100.00 are owed again. The 20.00 go from the next payer back to this one.
    assert_eq!(
        moved(&report),
        "insurance_ar 180.00, forwarding_balances -80.00, contractual_adjustments -100.00"
    );
    let before = ("200.00".to_owned(), "0.00".to_owned());
    assert_eq!((by_payer().await, practice.books().await.as_str()), (before.clone(), NOTHING_STANDS));
    practice.proves().await;

    // Twice, since what was posted anew may be taken back and posted anew again.
    let mut reversal = report.remittance;
    for _ in 0..2 {
        // The decision's entry, the one by which the next payer was asked, and the PLB.
        assert_eq!(practice.unpost(reversal).await.unwrap().entries, 3);
        assert_eq!((by_payer().await, practice.books().await.as_str()), (asked.clone(), asked_books));
        practice.proves().await;
        reversal = practice.approve(reversal, &Approval::Reviewed).await.unwrap().remittance;
        assert_eq!((by_payer().await, practice.books().await.as_str()), (before.clone(), NOTHING_STANDS));
        practice.proves().await;
    }
    digest(&practice).await
}

async fn digest(practice: &Practice) -> String {
    let db = &practice.world.db;
    db.snapshot(&practice.actor, async |tx| ledger::digest(tx, AsOf::NOW).await).await.unwrap().to_string()
}

#[tokio::test]
async fn what_the_next_payer_was_asked_for_is_taken_back_with_the_decision() {
    let said = the_next_payers_share_goes_with_the_decision().await;
    // The same again in an empty database comes to the same ledger.
    assert_eq!(the_next_payers_share_goes_with_the_decision().await, said);
}

#[tokio::test]
async fn what_a_person_matched_and_then_asked_the_next_payer_for_is_taken_back_whole() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "200.00")]).await;
    practice.receive_one(&remit("T1", "80", &sent_on("WHO"))).await;
    practice.resolve(practice.exception().await.item.id, &Action::Match { claim: claim.id }).await.unwrap();
    practice.cover_second(&claim).await;
    practice.resolve(practice.exception().await.item.id, &Action::AskNextPayer).await.unwrap();
    assert_eq!(practice.owed_by(&claim, practice.second_payer).await, "20.00");
    practice.proves().await;

    let (report, _) = practice.receive_one(&remit("T2", "0", &taken_back("WHO", "PCN1"))).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert_eq!(practice.books().await, NOTHING_STANDS);
    assert_eq!(practice.owed_by(&claim, practice.payer).await, "200.00");
    assert_eq!(practice.owed_by(&claim, practice.second_payer).await, "0.00");
    practice.proves().await;
    // Where the money came, where it was applied, what the next payer was asked for, and the PLB.
    assert_eq!(practice.unpost(report.remittance).await.unwrap().entries, 4);
    assert_eq!(practice.owed_by(&claim, practice.payer).await, "0.00");
    assert_eq!(practice.owed_by(&claim, practice.second_payer).await, "20.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_person_who_names_the_decision_takes_back_what_the_next_payer_was_asked_for() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "200.00")]).await;
    let (_, first) = practice.receive_one(&remit("T1", "80", &sent_on(&claim.number))).await;
    practice.cover_second(&claim).await;
    practice.resolve(practice.exception().await.item.id, &Action::AskNextPayer).await.unwrap();
    // Under another number of the payer's: which decision is meant, a person says.
    practice.receive_one(&remit("T2", "0", &taken_back(&claim.number, "PCN9"))).await;
    let exception = practice.exception().await;
    let action = Action::TakeBack { decision: first[0].remit_claim };
    let journal = practice.preview(exception.item.id, &action).await.unwrap();
    assert_eq!(
        entries(&journal),
        [
            "insurance_ar < insurance_cash 80.00",
            "insurance_ar < contractual_adjustments 100.00",
            "receivable_transfers < insurance_ar 20.00",
            "insurance_ar < receivable_transfers 20.00",
            "insurance_cash < suspense 80.00"
        ]
    );
    practice.resolve(exception.item.id, &action).await.unwrap();
    assert_eq!(practice.books().await, NOTHING_STANDS);
    assert_eq!(practice.owed_by(&claim, practice.payer).await, "200.00");
    assert_eq!(practice.owed_by(&claim, practice.second_payer).await, "0.00");
    practice.proves().await;
}

#[tokio::test]
async fn the_next_payer_is_not_asked_for_a_share_of_a_decision_that_was_taken_back() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "200.00")]).await;
    practice.receive_one(&remit("T1", "80", &sent_on(&claim.number))).await;
    let (report, _) = practice.receive_one(&remit("T2", "0", &taken_back(&claim.number, "PCN1"))).await;
    practice.cover_second(&claim).await;
    let id = practice.exception().await.item.id;
    let refused = practice.resolve(id, &Action::AskNextPayer).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "remits/cannot-post");
    assert_eq!(practice.books().await, NOTHING_STANDS);
    // Once the decision stands again, it is.
    practice.unpost(report.remittance).await.unwrap();
    practice.resolve(id, &Action::AskNextPayer).await.unwrap();
    assert_eq!(practice.owed_by(&claim, practice.payer).await, "0.00");
    assert_eq!(practice.owed_by(&claim, practice.second_payer).await, "20.00");
    practice.proves().await;
}
