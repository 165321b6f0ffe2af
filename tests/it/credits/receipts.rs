//! Payments of patients: received, applied, undone, taken back.

use firstpass::credits::receipts::{self, Detail, Filter, Method, NewReceipt, Receipt, Target};
use firstpass::credits::{Action, CreditId, refunds};
use firstpass::db::Tx;
use firstpass::ledger::{About, AccountKind, EntryKind, NewEntry, Source, SourceKind, Transfer};
use firstpass::types::{PatientId, ReceiptId, Result};

use super::{act, dollars, open, owed_back, pay, proofs, proves, refused, today};
use crate::remits::{Practice, Sent, clock, practice, remit};
use crate::support::practice::day;

/// 150.00 charged, 92.00 paid, 33.00 by contract; the copay of 25.00 is the patient's.
async fn copay(practice: &Practice) -> Sent {
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = format!("CLP*{}*1*150*92*25*12*PCN1~CAS*CO*45*33~CAS*PR*3*25~", claim.number);
    practice.receive_one(&remit("T1", "92", &body)).await;
    claim
}

/// A visit without insurance.
pub async fn self_pay(practice: &Practice, patient: PatientId, charged: &str) {
    let about = About { patient: Some(patient), ..About::default() };
    let charge =
        Transfer::new(AccountKind::PatientAr, AccountKind::Charges, dollars(charged), about).unwrap();
    let source = Source::new(SourceKind::new("test"), uuid::Uuid::now_v7());
    let entry = NewEntry::new(EntryKind::Charge, source, day("2026-03-20"), vec![charge]).unwrap();
    let work = async |tx: &mut Tx| {
        firstpass::ledger::post(tx, &entry).await?;
        tx.audit("credits/test", patient, None, serde_json::json!({})).await
    };
    practice.world.db.transaction(&practice.actor, work).await.unwrap();
}

pub async fn receive(practice: &Practice, patient: PatientId, amount: &str, on: &str) -> Result<Receipt> {
    let new = NewReceipt {
        patient,
        amount: dollars(amount),
        method: Method::Check,
        reference: Some("311".into()),
        received_on: day(on),
    };
    let now = clock().now();
    let work = async |tx: &mut Tx| receipts::receive(tx, now, &new).await;
    practice.world.db.transaction(&practice.actor, work).await
}

pub async fn apply(
    practice: &Practice,
    id: ReceiptId,
    target: Target,
    amount: Option<&str>,
) -> Result<Detail> {
    let (now, amount) = (clock().now(), amount.map(dollars));
    let work = async |tx: &mut Tx| receipts::apply(tx, now, id, target, amount).await;
    practice.world.db.transaction(&practice.actor, work).await
}

async fn unapply(practice: &Practice, detail: &Detail, nth: usize) -> Result<Detail> {
    let (now, id) = (clock().now(), detail.applications[nth].id);
    let work = async |tx: &mut Tx| receipts::undo(tx, now, id, "the wrong visit").await;
    practice.world.db.transaction(&practice.actor, work).await
}

async fn give_back(practice: &Practice, id: ReceiptId) -> Result<Receipt> {
    let now = clock().now();
    let work = async |tx: &mut Tx| receipts::give_back(tx, now, id, "the check bounced").await;
    practice.world.db.transaction(&practice.actor, work).await
}

async fn waiting(practice: &Practice) -> Vec<String> {
    let look = async |tx: &mut Tx| receipts::list(tx, Filter::Open, None, 100).await;
    let all = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    all.iter().map(|one| format!("{} of {}", one.open, one.amount)).collect()
}

#[tokio::test]
async fn a_payment_waits_in_unapplied_cash_until_it_pays_what_the_patient_owes() {
    let practice = practice().await;
    let claim = copay(&practice).await;
    let patient = claim.patient;
    self_pay(&practice, patient, "60.00").await;
    refused(receive(&practice, patient, "0.00", "2026-04-01").await, "credits/amount");
    refused(receive(&practice, patient, "100.00", "2026-04-03").await, "credits/received-on");
    let receipt = receive(&practice, patient, "100.00", "2026-04-01").await.unwrap();
    assert_eq!(
        practice.books().await,
        "insurance_cash 92.00, patient_cash 100.00, patient_ar 85.00, unapplied_cash 100.00, charges 210.00, \
         contractual_adjustments 33.00"
    );
    proves(&practice).await;

    let copay = Target::Visit(Some(claim.account));
    refused(apply(&practice, receipt.id, copay, Some("25.01")).await, "credits/amount");
    let detail = apply(&practice, receipt.id, copay, None).await.unwrap();
    assert_eq!((detail.applications[0].amount, detail.receipt.open), (dollars("25.00"), dollars("75.00")));
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    let detail = apply(&practice, receipt.id, Target::Visit(None), None).await.unwrap();
    assert_eq!((detail.applications[1].amount, detail.receipt.open), (dollars("60.00"), dollars("15.00")));
    assert_eq!(waiting(&practice).await, ["15.00 of 100.00"]);
    refused(apply(&practice, receipt.id, Target::Credit, Some("15.01")).await, "credits/amount");
    assert_eq!(
        proofs(&practice, &practice.actor).await[3].detail,
        "unapplied cash 15.00: 1 payments of patients wait with 15.00, 0 of payers with 0.00"
    );

    // The rest is the patient's, and is paid back: 100.00 - 25.00 - 60.00 = 15.00.
    let detail = apply(&practice, receipt.id, Target::Credit, None).await.unwrap();
    assert_eq!(open(&practice).await, ["Patient 15.00 since 2026-04-02, 0 days"]);
    let held = CreditId::Held { claim: None, patient };
    act(&practice, held, Action::Refund, None).await.unwrap();
    refused(unapply(&practice, &detail, 2).await, "credits/spent");
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    pay(&practice, refund.id, "2026-04-02").await.unwrap();
    assert_eq!(
        practice.books().await,
        "insurance_cash 92.00, patient_cash 85.00, charges 210.00, contractual_adjustments 33.00"
    );
    assert!(waiting(&practice).await.is_empty());
    proves(&practice).await;
}

#[tokio::test]
async fn a_check_that_bounced_is_unapplied_and_taken_back() {
    let practice = practice().await;
    let claim = copay(&practice).await;
    let receipt = receive(&practice, claim.patient, "25.00", "2026-04-01").await.unwrap();
    let detail = apply(&practice, receipt.id, Target::Visit(Some(claim.account)), None).await.unwrap();
    refused(give_back(&practice, receipt.id).await, "credits/applied");
    let detail = unapply(&practice, &detail, 0).await.unwrap();
    assert_eq!((detail.receipt.open, detail.applications[0].undone_on), (dollars("25.00"), Some(today())));
    refused(unapply(&practice, &detail, 0).await, "credits/no-application");
    let returned = give_back(&practice, receipt.id).await.unwrap();
    assert_eq!((returned.open, returned.returned_on), (dollars("0.00"), Some(today())));
    refused(give_back(&practice, receipt.id).await, "credits/applied");
    refused(apply(&practice, receipt.id, Target::Credit, None).await, "credits/amount");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 25.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 92.00, patient_ar 25.00, charges 150.00, contractual_adjustments 33.00"
    );
    proves(&practice).await;
}

#[tokio::test]
async fn a_correction_by_the_payer_makes_a_copay_that_was_paid_a_credit_of_the_patient() {
    let practice = practice().await;
    let claim = copay(&practice).await;
    let receipt = receive(&practice, claim.patient, "25.00", "2026-04-01").await.unwrap();
    apply(&practice, receipt.id, Target::Visit(Some(claim.account)), None).await.unwrap();
    // Taken back and decided anew: 100.00 + 33.00 + 17.00; 8.00 more come, and the share is 17.00.
    let both = format!(
        "CLP*{0}*22*-150*-92*-25*12*PCN1~CAS*CO*45*-33~CAS*PR*3*-25~\
         CLP*{0}*1*150*100*17*12*PCN1~CAS*CO*45*33~CAS*PR*3*17~",
        claim.number
    );
    practice.receive_one(&remit("T2", "8", &both)).await;
    // 17.00 - 25.00 = -8.00.
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient -8.00");
    assert_eq!(open(&practice).await, ["Patient 8.00 since 2026-04-01, 1 days"]);
    let id = CreditId::Patient { claim: Some(claim.account), patient: claim.patient };
    act(&practice, id, Action::Refund, None).await.unwrap();
    proves(&practice).await;
}

#[tokio::test]
async fn no_payment_is_applied_above_its_amount_whoever_writes_it() {
    let practice = practice().await;
    let claim = copay(&practice).await;
    let receipt = receive(&practice, claim.patient, "10.00", "2026-04-01").await.unwrap();
    let force = async |tx: &mut Tx| {
        diesel_async::RunQueryDsl::execute(
            diesel::sql_query(
                "insert into receipt_applications (organization_id, id, receipt_id, target, amount, applied_on,
                    applied_by)
                 select organization_id, gen_random_uuid(), id, 'visit', 10.01, received_on, received_by from receipts",
            ),
            tx.conn(),
        )
        .await?;
        tx.audit("credits/test", receipt.id, None, serde_json::json!({})).await
    };
    let fault = practice.world.db.transaction(&practice.actor, force).await.unwrap_err();
    assert!(fault.to_string().contains("has less than is applied"), "{fault}");
}
