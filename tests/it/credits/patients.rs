//! Credits of patients: of what a payer paid them again, and of their own payments.

use firstpass::credits::{self, Action, CreditId, Filter, Payee, refunds};
use firstpass::db::Tx;
use firstpass::ledger::{self, About, AccountKind, EntryKind, NewEntry, Source, SourceKind, Transfer};
use firstpass::types::PatientId;

use super::{act, dollars, list, of_payer, open, overpaid, owed_back, pay, proves, refused, undo};
use crate::remits::{Practice, practice};
use crate::support::practice::day;

/// Posts one transfer about a patient's own money, without a claim.
async fn post(
    practice: &Practice,
    patient: PatientId,
    debit: AccountKind,
    credit: AccountKind,
    amount: &str,
) {
    let about = About { patient: Some(patient), ..About::default() };
    let transfer = Transfer::new(debit, credit, dollars(amount), about).unwrap();
    let source = Source::new(SourceKind::new("test"), uuid::Uuid::now_v7());
    let entry = NewEntry::new(EntryKind::PatientPayment, source, day("2026-03-20"), vec![transfer]).unwrap();
    let work = async |tx: &mut Tx| {
        ledger::post(tx, &entry).await?;
        tx.audit("credits/test", patient, None, serde_json::json!({})).await
    };
    practice.world.db.transaction(&practice.actor, work).await.unwrap();
}

#[tokio::test]
async fn what_a_payer_paid_again_is_the_patients_and_pays_another_visit_of_theirs() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let patient = claim.patient;
    // A visit without insurance: 60.00.
    post(&practice, patient, AccountKind::PatientAr, AccountKind::Charges, "60.00").await;

    let id = of_payer(&practice, &claim);
    refused(act(&practice, id, Action::Move { to: None }, None).await, "credits/action");
    let credited = act(&practice, id, Action::CreditPatient, None).await.unwrap();
    let held = CreditId::Held { claim: Some(claim.account), patient };
    assert_eq!(open(&practice).await, ["Patient 40.00 since 2026-04-02, 0 days"]);
    assert_eq!(list(&practice, Filter::Open).await[0].id, held);
    proves(&practice).await;

    let look = async |tx: &mut Tx| credits::detail(tx, day("2026-04-02"), held).await;
    let detail = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    assert_eq!(
        (detail.owing.len(), detail.owing[0].claim, detail.owing[0].owed),
        (1, None, dollars("60.00"))
    );
    let elsewhere = Action::Move { to: Some(claim.account) };
    refused(act(&practice, held, elsewhere, None).await, "credits/amount");
    let moved = act(&practice, held, Action::Move { to: None }, None).await.unwrap();
    assert_eq!(moved.amount, dollars("40.00"));
    // 60.00 - 40.00 = 20.00 are left to pay; 210.00 were charged, 157.00 came.
    assert_eq!(
        practice.books().await,
        "insurance_cash 157.00, patient_ar 20.00, charges 210.00, contractual_adjustments 33.00"
    );
    assert!(open(&practice).await.is_empty());
    proves(&practice).await;

    refused(undo(&practice, credited.id).await, "credits/spent");
    undo(&practice, moved.id).await.unwrap();
    undo(&practice, credited.id).await.unwrap();
    assert_eq!(practice.owed(&claim).await, "insurance -40.00, patient 0.00");
    assert_eq!(open(&practice).await, ["Acme Health 40.00 since 2026-04-02, 0 days"]);
    proves(&practice).await;
}

#[tokio::test]
async fn a_move_takes_what_the_other_visit_owes_and_leaves_the_rest() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    post(&practice, claim.patient, AccountKind::PatientAr, AccountKind::Charges, "12.50").await;
    act(&practice, of_payer(&practice, &claim), Action::CreditPatient, None).await.unwrap();
    let held = CreditId::Held { claim: Some(claim.account), patient: claim.patient };
    refused(act(&practice, held, Action::Move { to: None }, Some("12.51")).await, "credits/amount");
    act(&practice, held, Action::Move { to: None }, None).await.unwrap();
    // 40.00 - 12.50 = 27.50.
    assert_eq!(open(&practice).await, ["Patient 27.50 since 2026-04-02, 0 days"]);
    proves(&practice).await;
}

#[tokio::test]
async fn what_a_patient_paid_too_much_is_paid_back_from_the_patients_cash() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let patient = claim.patient;
    post(&practice, patient, AccountKind::PatientAr, AccountKind::Charges, "60.00").await;
    post(&practice, patient, AccountKind::PatientCash, AccountKind::PatientAr, "75.00").await;
    // 60.00 - 75.00 = -15.00, on the day of the payment.
    assert_eq!(open(&practice).await, ["Patient 15.00 since 2026-03-20, 13 days"]);
    let id = CreditId::Patient { claim: None, patient };
    refused(act(&practice, id, Action::WaitForPayer, None).await, "credits/action");
    refused(act(&practice, id, Action::CreditPatient, None).await, "credits/action");
    act(&practice, id, Action::Refund, None).await.unwrap();
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    assert_eq!((refund.payee, refund.amount), (Payee::Patient, dollars("15.00")));
    pay(&practice, refund.id, "2026-04-02").await.unwrap();
    assert_eq!(practice.books().await, "patient_cash 60.00, insurance_ar 150.00, charges 210.00");
    proves(&practice).await;
}
