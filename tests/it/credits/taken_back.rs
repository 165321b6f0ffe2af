//! A payer takes back what it paid too much, after a person had decided about it among the exceptions. The credit is
//! that of [`super`]: 40.00 paid once more.

use std::time::Duration;

use firstpass::credits::{Action, CreditId, Filter, TakenBack, refunds};
use firstpass::ledger::AccountKind;
use firstpass::remits::exceptions::Action as Settles;
use firstpass::remits::{Approval, SetReport};
use firstpass::types::{RemitExceptionId, RemittanceId};
use tokio::sync::Barrier;

use super::{act, list, overpaid, owed_back, pay, proves, refused, take_back, take_back_unpaid, undo, void};
use crate::remits::{Practice, Sent, practice, remit, waits};

/// The 40.00 are taken back: kept from nothing, so announced as WO, -40.00 + 40.00 = 0.00.
async fn taken_back(practice: &Practice, claim: &Sent) -> SetReport {
    let body =
        format!("CLP*{}*22*-150*-40**12*PCN2~CAS*OA*23*-110~PLB*1*20261231*WO:PCN2*-40~", claim.number);
    let (report, _) = practice.receive_one(&remit("T3", "0", &body)).await;
    assert_eq!(waits(&report), "");
    report
}

/// 157.00 came, and the payer will take 40.00 of them: 117.00 + 33.00 = 150.00.
const TAKEN_BACK: &str =
    "insurance_cash 157.00, payer_recoupments 40.00, charges 150.00, contractual_adjustments 33.00";

#[tokio::test]
async fn a_refund_that_was_not_sent_is_not_owed_once_the_payer_takes_its_money_back() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    practice.resolve(practice.exception().await.item.id, &Settles::Refund).await.unwrap();
    let owed = "insurance_cash 157.00, refunds_payable 40.00, charges 150.00, contractual_adjustments 33.00";
    assert_eq!(practice.books().await, owed);
    let report = taken_back(&practice, &claim).await;
    assert_eq!(practice.books().await, TAKEN_BACK);
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    assert!(owed_back(&practice, refunds::Filter::Open).await.is_empty());
    proves(&practice).await;

    // The decision's entry, the refund's, and the PLB.
    assert_eq!(practice.unpost(report.remittance).await.unwrap().entries, 3);
    assert_eq!(practice.books().await, owed);
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    assert_eq!((refund.amount.to_string(), refund.payee_name()), ("40.00".into(), "Acme Health"));
    proves(&practice).await;
    // It is sent now; what the payer takes back all the same, it owes again.
    pay(&practice, refund.id, "2026-04-02").await.unwrap();
    practice.approve(report.remittance, &Approval::Reviewed).await.unwrap();
    assert_eq!(
        practice.books().await,
        "insurance_cash 117.00, insurance_ar 40.00, payer_recoupments 40.00, charges 150.00, \
         contractual_adjustments 33.00"
    );
    proves(&practice).await;
}

#[tokio::test]
async fn what_the_patient_was_credited_goes_back_while_it_is_there() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    practice.resolve(practice.exception().await.item.id, &Settles::CreditPatient).await.unwrap();
    let credited =
        "insurance_cash 157.00, patient_credits 40.00, charges 150.00, contractual_adjustments 33.00";
    assert_eq!(practice.books().await, credited);
    let report = taken_back(&practice, &claim).await;
    assert_eq!(practice.books().await, TAKEN_BACK);
    assert!(list(&practice, Filter::Open).await.is_empty());
    proves(&practice).await;

    practice.unpost(report.remittance).await.unwrap();
    assert_eq!(practice.books().await, credited);
    proves(&practice).await;
    // A part of it is owed back to the patient by now: it cannot go back whole, and the payer owes the 40.00 again.
    let held = CreditId::Held { claim: Some(claim.account), patient: claim.patient };
    act(&practice, held, Action::Refund, Some("0.01")).await.unwrap();
    practice.approve(report.remittance, &Approval::Reviewed).await.unwrap();
    assert_eq!(practice.owed(&claim).await, "insurance 40.00, patient 0.00");
    assert_eq!(list(&practice, Filter::Open).await[0].amount.to_string(), "39.99");
    proves(&practice).await;
}

/// The set whose over-payment was settled, and what it did.
async fn settled(practice: &Practice, action: &Settles) -> RemittanceId {
    let exception = practice.exception().await.item;
    practice.resolve(exception.id, action).await.unwrap();
    exception.remittance
}

/// The 40.00 never came: 150.00 - 33.00 = 117.00.
const NEVER_CAME: &str = "insurance_cash 117.00, charges 150.00, contractual_adjustments 33.00";

#[tokio::test]
async fn a_set_whose_over_payment_is_owed_back_is_taken_back_while_no_check_is_out() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let set = settled(&practice, &Settles::Refund).await;
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    let paid = pay(&practice, refund.id, "2026-04-02").await.unwrap().payment.unwrap();
    let outcome = practice.unpost(set).await.unwrap_err();
    let said = &outcome.refusal().unwrap().detail;
    assert!(said.ends_with("a refund that was decided about one of its exceptions was paid"), "{said}");
    proves(&practice).await;

    void(&practice, paid.id).await.unwrap();
    // The decision's entry, and the refund's.
    assert_eq!(practice.unpost(set).await.unwrap().entries, 2);
    assert_eq!(practice.books().await, NEVER_CAME);
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    assert!(owed_back(&practice, refunds::Filter::Open).await.is_empty());
    assert!(list(&practice, Filter::Open).await.is_empty());
    proves(&practice).await;

    // Posted again, it is asked again what becomes of it.
    practice.approve(set, &Approval::Reviewed).await.unwrap();
    assert_eq!(practice.exception().await.item.kind.as_str(), "over_payment");
    assert_eq!(list(&practice, Filter::Open).await[0].amount.to_string(), "40.00");
    proves(&practice).await;
}

#[tokio::test]
async fn a_set_whose_over_payment_is_the_patients_is_taken_back_while_that_is_there() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let set = settled(&practice, &Settles::CreditPatient).await;
    let held = CreditId::Held { claim: Some(claim.account), patient: claim.patient };
    let used = act(&practice, held, Action::Refund, Some("0.01")).await.unwrap();
    let outcome = practice.unpost(set).await.unwrap_err();
    let said = &outcome.refusal().unwrap().detail;
    assert!(said.ends_with("what the patient was credited about one of its exceptions was used"), "{said}");
    undo(&practice, used.id).await.unwrap();
    assert_eq!(practice.unpost(set).await.unwrap().entries, 2);
    assert_eq!(practice.books().await, NEVER_CAME);
    proves(&practice).await;
}

/// Pays the refund that is owed, its check comes back, and none is to be written: what asks again.
async fn came_back(practice: &Practice) -> Option<RemitExceptionId> {
    let refund = owed_back(practice, refunds::Filter::Open).await.remove(0);
    let paid = pay(practice, refund.id, "2026-04-02").await.unwrap().payment.unwrap();
    let TakenBack::Exception(asked) = take_back(practice, paid.id, "it came back").await.unwrap() else {
        panic!("an exception's refund")
    };
    assert_eq!(refund.exception, Some(asked.answered));
    assert!(owed_back(practice, refunds::Filter::Open).await.is_empty());
    refused(take_back(practice, paid.id, "again").await, "credits/no-payment");
    asked.asks
}

#[tokio::test]
async fn an_over_payment_whose_check_came_back_is_asked_about_again() {
    let practice = practice().await;
    overpaid(&practice).await;
    let over_paid = practice.books().await;
    let set = settled(&practice, &Settles::Refund).await;
    for _ in 0..2 {
        let asks = came_back(&practice).await;
        assert_eq!(practice.books().await, over_paid);
        let exception = practice.exception().await.item;
        assert_eq!((Some(exception.id), exception.kind.as_str()), (asks, "over_payment"));
        assert_eq!(list(&practice, Filter::Open).await[0].amount.to_string(), "40.00");
        proves(&practice).await;
        settled(&practice, &Settles::Refund).await;
    }
    // The decision's entry, two refunds that came back, and the one that is owed.
    assert_eq!(practice.unpost(set).await.unwrap().entries, 4);
    assert_eq!(practice.books().await, NEVER_CAME);
    proves(&practice).await;
}

#[tokio::test]
async fn a_refund_about_an_exception_is_taken_back_in_one_step_while_it_is_unpaid() {
    let practice = practice().await;
    overpaid(&practice).await;
    let over_paid = practice.books().await;
    settled(&practice, &Settles::Refund).await;
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    refused(take_back_unpaid(&practice, refund.id, " ").await, "credits/note");
    let TakenBack::Exception(asked) = take_back_unpaid(&practice, refund.id, "too soon").await.unwrap()
    else {
        panic!("an exception's refund")
    };
    assert_eq!(refund.exception, Some(asked.answered));
    assert_eq!(practice.books().await, over_paid);
    assert_eq!(Some(practice.exception().await.item.id), asked.asks);
    refused(take_back_unpaid(&practice, refund.id, "again").await, "credits/no-refund");
    proves(&practice).await;
    // One that is paid is not taken back so.
    settled(&practice, &Settles::Refund).await;
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    pay(&practice, refund.id, "2026-04-02").await.unwrap();
    refused(take_back_unpaid(&practice, refund.id, "too late").await, "credits/not-open");
    proves(&practice).await;
}

#[tokio::test]
async fn nothing_is_asked_again_once_the_payer_has_taken_its_money_back() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    settled(&practice, &Settles::Refund).await;
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    let paid = pay(&practice, refund.id, "2026-04-02").await.unwrap().payment.unwrap();
    taken_back(&practice, &claim).await;
    let TakenBack::Exception(asked) = take_back(&practice, paid.id, "it came back").await.unwrap() else {
        panic!("an exception's refund")
    };
    assert_eq!(asked.asks, None);
    assert_eq!(practice.books().await, TAKEN_BACK);
    assert!(practice.exceptions().await.is_empty());
    proves(&practice).await;
}

#[tokio::test]
async fn what_was_to_be_returned_to_the_payer_waits_again_once_its_check_came_back() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (report, _) = practice
        .receive_one(&remit("T1", "80", "CLP*WHO*1*150*80*20*12*PCN1~CAS*CO*45*50~CAS*PR*1*20~"))
        .await;
    settled(&practice, &Settles::ReturnToPayer).await;
    assert_eq!(
        practice.books().await,
        "insurance_cash 80.00, insurance_ar 150.00, refunds_payable 80.00, charges 150.00"
    );
    came_back(&practice).await;
    assert_eq!(
        practice.books().await,
        "insurance_cash 80.00, insurance_ar 150.00, unapplied_cash 80.00, charges 150.00"
    );
    proves(&practice).await;
    settled(&practice, &Settles::Match { claim: claim.id }).await;
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    proves(&practice).await;
    // Where the money came, what was owed back and is not, and where it was applied.
    assert_eq!(practice.unpost(report.remittance).await.unwrap().entries, 3);
    assert_eq!(practice.books().await, "insurance_ar 150.00, charges 150.00");
    proves(&practice).await;
}

#[tokio::test]
async fn what_a_plb_amount_was_said_to_be_owed_back_for_is_asked_again_once_its_check_came_back() {
    let practice = practice().await;
    practice.receive_one(&remit("T1", "12", "PLB*1*20261231*ZZ:X1*-12~")).await;
    let set = settled(&practice, &Settles::Assign { account: AccountKind::RefundsPayable }).await;
    came_back(&practice).await;
    assert_eq!(practice.books().await, "insurance_cash 12.00, suspense 12.00");
    assert_eq!(practice.exception().await.item.kind.as_str(), "unknown_provider_adjustment");
    proves(&practice).await;
    // The amount, and what was owed back and is not.
    assert_eq!(practice.unpost(set).await.unwrap().entries, 2);
    assert_eq!(practice.books().await, "");
    proves(&practice).await;
}

/// A refund that a person sends while the payer takes the decision back that it was about, on two connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_races_the_payers_taking_back_is_sent_or_not_owed() {
    for round in 0..6_u64 {
        let practice = practice().await;
        let claim = overpaid(&practice).await;
        settled(&practice, &Settles::Refund).await;
        let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
        let body =
            format!("CLP*{}*22*-150*-40**12*PCN2~CAS*OA*23*-110~PLB*1*20261231*WO:PCN2*-40~", claim.number);
        let text = remit("T3", "0", &body);
        let at = Barrier::new(2);
        // Each comes first as often as the other one.
        let paying = async {
            at.wait().await;
            tokio::time::sleep(Duration::from_millis(5 * (round % 3))).await;
            pay(&practice, refund.id, "2026-04-02").await
        };
        let taking = async {
            at.wait().await;
            tokio::time::sleep(Duration::from_millis(10 - 5 * (round % 3))).await;
            practice.receive_one(&text).await.0
        };
        let (paid, report) = tokio::join!(paying, taking);
        assert_eq!(waits(&report), "");
        if paid.is_ok() {
            // 40.00 were sent and taken: the payer owes them again.
            assert_eq!(practice.owed(&claim).await, "insurance 40.00, patient 0.00");
            assert_eq!(
                practice.books().await,
                "insurance_cash 117.00, insurance_ar 40.00, payer_recoupments 40.00, charges 150.00, \
                 contractual_adjustments 33.00"
            );
        } else {
            refused(paid, "credits/no-refund");
            assert_eq!(practice.books().await, TAKEN_BACK);
            assert!(owed_back(&practice, refunds::Filter::Open).await.is_empty());
        }
        proves(&practice).await;
    }
}
