//! A payer takes a decision back, and decides anew.

use firstpass::remits::{Effect, State};

use crate::remits::{history, moved, practice, remit, waits};

fn decided(number: &str) -> String {
    format!("CLP*{number}*1*150*80*20*12*PCN1~SVC*HC:99213*150*80**1~CAS*CO*45*50~CAS*PR*1*20~REF*6R*L1~")
}
fn taken_back(number: &str) -> String {
    format!(
        "CLP*{number}*22*-150*-80*-20*12*PCN1~SVC*HC:99213*-150*-80**-1~CAS*CO*45*-50~CAS*PR*1*-20~REF*6R*L1~"
    )
}
fn corrected(number: &str) -> String {
    format!("CLP*{number}*1*150*90*10*12*PCN1~SVC*HC:99213*150*90**1~CAS*CO*45*50~CAS*PR*1*10~REF*6R*L1~")
}

#[tokio::test]
async fn reversal_and_correction_in_one_file_leave_only_the_correction() {
    leaves_only_the_correction(|reversal, correction| reversal + &correction).await;
}

#[tokio::test]
async fn a_correction_before_its_reversal_in_a_set_is_posted_behind_it() {
    leaves_only_the_correction(|reversal, correction| correction + &reversal).await;
}

async fn leaves_only_the_correction(in_order: impl FnOnce(String, String) -> String) {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (_, first) = practice.receive_one(&remit("T1", "80", &decided(&claim.number))).await;
    let body = in_order(taken_back(&claim.number), corrected(&claim.number));
    let (report, decisions) = practice.receive_one(&remit("T2", "10", &body)).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    // -80.00 + 90.00 of cash; the patient's 20.00 became 10.00; the contract's 50.00 stayed.
    assert_eq!(moved(&report), "insurance_cash 10.00, patient_ar -10.00");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 10.00");
    assert_eq!(practice.status(&claim).await, "paid");
    assert_eq!(history(&practice, &claim).await, ["paid", "reversed", "paid"]);
    let Effect::Reverses { original, .. } = decisions[0].effect else { panic!("it reverses") };
    assert_eq!(original, first[0].remit_claim);
    assert_eq!(
        practice.books().await,
        "insurance_cash 90.00, patient_ar 10.00, charges 150.00, contractual_adjustments 50.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn reversal_now_and_correction_in_a_later_file_come_to_the_same() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number))).await;
    // The payer has no other money to take 80.00 from: it carries them forward (X12 RFI 227).
    let body = taken_back(&claim.number) + "PLB*1*20261231*FB:PCN1*-80~";
    let (report, _) = practice.receive_one(&remit("T2", "0", &body)).await;
    assert_eq!(
        moved(&report),
        "insurance_ar 150.00, patient_ar -20.00, forwarding_balances -80.00, contractual_adjustments -50.00"
    );
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 0.00");
    assert_eq!(practice.status(&claim).await, "pending");
    let body = corrected(&claim.number) + "PLB*1*20261231*FB:PCN1*80~";
    let (report, _) = practice.receive_one(&remit("T3", "10", &body)).await;
    assert_eq!(report.outcome, State::Posted);
    assert_eq!(
        practice.books().await,
        "insurance_cash 90.00, patient_ar 10.00, charges 150.00, contractual_adjustments 50.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn a_reversal_whose_original_is_elsewhere_waits_and_its_money_with_it() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let other = practice.claim(&[("99213", "100.00")]).await;
    let body = taken_back(&claim.number) + &format!("CLP*{}*1*100*100**12*PCN2~", other.number);
    let (report, _) = practice.receive_one(&remit("T1", "20", &body)).await;
    assert_eq!(report.outcome, State::PartlyPosted);
    assert_eq!(moved(&report), "insurance_cash 20.00, insurance_ar -100.00, suspense 80.00");
    assert_eq!(waits(&report), "reversal_without_original -80.00");
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 0.00");
    assert_eq!(practice.status(&claim).await, "accepted");
    practice.proves().await;
}

#[tokio::test]
async fn a_reversal_with_other_amounts_than_the_posting_waits() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number))).await;
    let body = format!(
        "CLP*{0}*22*-150*-70*-20*12*PCN1~CAS*CO*45*-60~CAS*PR*1*-20~PLB*1*20261231*FB:1*-70~",
        claim.number
    );
    let (report, _) = practice.receive_one(&remit("T2", "0", &body)).await;
    assert_eq!(waits(&report), "reversal_without_original -70.00");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_decision_is_taken_back_once() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number))).await;
    let body = taken_back(&claim.number) + &taken_back(&claim.number) + "PLB*1*20261231*FB:1*-160~";
    let (report, _) = practice.receive_one(&remit("T2", "0", &body)).await;
    assert_eq!(waits(&report), "reversal_without_original -80.00");
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 0.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_reversal_more_than_a_thousand_claims_behind_its_correction_is_posted_first() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number))).await;
    let others: String =
        (0..1_000).map(|number| format!("CLP*X{number}*1*0*0**12*Y{number}~NM1*QC*1*ROE*JANE~")).collect();
    let body = corrected(&claim.number) + &others + &taken_back(&claim.number);
    let (report, _) = practice.receive_one(&remit("T2", "10", &body)).await;
    assert_eq!(report.why, Vec::<String>::new());
    let kinds: Vec<&str> = report.exceptions.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["no_match"; 1_000]);
    assert_eq!(report.claims, 1_002);
    assert_eq!(history(&practice, &claim).await, ["paid", "reversed", "paid"]);
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 10.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_decision_its_correction_and_its_reversal_in_one_set_leave_the_correction() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let number = &claim.number;
    // 80.00 + 90.00 - 80.00 = 90.00.
    let body = decided(number) + &corrected(number) + &taken_back(number);
    let (report, _) = practice.receive_one(&remit("T1", "90", &body)).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert!(practice.exceptions().await.is_empty());
    assert_eq!(history(&practice, &claim).await, ["paid", "paid", "reversed", "paid"]);
    assert_eq!(practice.status(&claim).await, "paid");
    assert_eq!(
        practice.books().await,
        "insurance_cash 90.00, patient_ar 10.00, charges 150.00, contractual_adjustments 50.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn a_correction_a_file_before_its_reversal_stands_once_that_has_come() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number))).await;
    let (report, _) = practice.receive_one(&remit("T2", "90", &corrected(&claim.number))).await;
    // The claim is answered: a second answer would write off 50.00 and ask the patient for 10.00 once more.
    assert_eq!(waits(&report), "already_posted 90.00");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    let body = taken_back(&claim.number) + "PLB*1*20261231*FB:PCN1*-80~";
    practice.receive_one(&remit("T3", "0", &body)).await;
    assert!(practice.exceptions().await.is_empty());
    assert_eq!(
        practice.text("select state as text from remittances where id = $1", report.remittance.uuid()).await,
        "posted"
    );
    assert_eq!(history(&practice, &claim).await, ["paid", "reversed", "paid"]);
    assert_eq!(practice.status(&claim).await, "paid");
    // 80.00 + 90.00 came, and the payer takes 80.00 from what it pays later.
    assert_eq!(
        practice.books().await,
        "insurance_cash 170.00, patient_ar 10.00, forwarding_balances 80.00, charges 150.00, contractual_adjustments 50.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn of_two_equal_payments_the_second_stands_when_the_payer_takes_the_first_back() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number))).await;
    let (report, _) = practice.receive_one(&remit("T2", "80", &decided(&claim.number))).await;
    assert_eq!(waits(&report), "already_posted 80.00");
    let body = taken_back(&claim.number) + "PLB*1*20261231*FB:PCN1*-80~";
    practice.receive_one(&remit("T3", "0", &body)).await;
    assert!(practice.exceptions().await.is_empty());
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    // 80.00 came twice, and the payer takes 80.00 from what it pays later.
    assert_eq!(
        practice.books().await,
        "insurance_cash 160.00, patient_ar 20.00, forwarding_balances 80.00, charges 150.00, contractual_adjustments 50.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn corrections_and_reversals_mixed_over_two_files_come_to_the_same() {
    let practice = practice().await;
    let one = practice.claim(&[("99213", "150.00")]).await;
    let other = practice.claim(&[("99213", "150.00")]).await;
    let body = decided(&one.number) + &decided(&other.number);
    practice.receive_one(&remit("T1", "160", &body)).await;
    // Each file pays 90.00 and takes 80.00.
    let body = corrected(&one.number) + &taken_back(&other.number);
    let (report, _) = practice.receive_one(&remit("T2", "10", &body)).await;
    assert_eq!(waits(&report), "already_posted 90.00");
    let body = corrected(&other.number) + &taken_back(&one.number);
    let (report, _) = practice.receive_one(&remit("T3", "10", &body)).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert!(practice.exceptions().await.is_empty());
    assert_eq!(history(&practice, &one).await, ["paid", "reversed", "paid"]);
    assert_eq!(history(&practice, &other).await, ["paid", "reversed", "paid"]);
    for claim in [&one, &other] {
        assert_eq!(practice.status(claim).await, "paid");
        assert_eq!(practice.owed(claim).await, "insurance 0.00, patient 10.00");
    }
    assert_eq!(
        practice.books().await,
        "insurance_cash 180.00, patient_ar 20.00, charges 300.00, contractual_adjustments 100.00"
    );
    practice.proves().await;
}
