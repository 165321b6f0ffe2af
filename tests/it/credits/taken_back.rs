//! A payer takes back what it paid too much, after a person had decided about it among the exceptions. The credit is
//! that of [`super`]: 40.00 paid once more.

use firstpass::credits::{Action, CreditId, Filter, refunds};
use firstpass::remits::exceptions::Action as Settles;
use firstpass::remits::{Approval, SetReport};
use firstpass::types::RemittanceId;

use super::{act, list, overpaid, owed_back, pay, proves, undo, void};
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
    let refused = practice.unpost(set).await.unwrap_err();
    let said = &refused.refusal().unwrap().detail;
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
    let refused = practice.unpost(set).await.unwrap_err();
    let said = &refused.refusal().unwrap().detail;
    assert!(said.ends_with("what the patient was credited about one of its exceptions was used"), "{said}");
    undo(&practice, used.id).await.unwrap();
    assert_eq!(practice.unpost(set).await.unwrap().entries, 2);
    assert_eq!(practice.books().await, NEVER_CAME);
    proves(&practice).await;
}
