//! PLB: money that belongs to no claim.

use firstpass::remits::State;

use crate::remits::{moved, practice, remit, waits};

#[tokio::test]
async fn recovery_interest_and_levy_move_their_accounts_beside_the_claims() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "100.00")]).await;
    let body = format!(
        "CLP*{}*1*100*100**12*PCN1~PLB*1234567893*20261231*WO:OLD1*30*L6*-1.25~PLB*1234567893*20261231*LE:IRS*5~",
        claim.number
    );
    let (report, _) = practice.receive_one(&remit("T1", "66.25", &body)).await;
    // 100.00 - 30.00 + 1.25 - 5.00
    assert_eq!(
        moved(&report),
        "insurance_cash 66.25, insurance_ar -100.00, payer_recoupments 30.00, interest_income -1.25, levies 5.00"
    );
    assert_eq!(report.provider_adjustments.to_string(), "33.75");
    assert_eq!(practice.count("provider_adjustments").await, 3);
    practice.proves().await;
}

#[tokio::test]
async fn a_balance_that_is_carried_forward_and_taken_later_clears() {
    let practice = practice().await;
    let (first, second) =
        (practice.claim(&[("99213", "10.00")]).await, practice.claim(&[("99213", "100.00")]).await);
    // 10.00 were paid and 50.00 are recovered: the payment would be below zero by 40.00.
    let body = format!("CLP*{}*1*10*10**12*PCN1~PLB*1*20261231*WO:OLD1*50*FB:OLD1*-40~", first.number);
    let (report, _) = practice.receive_one(&remit("T1", "0", &body)).await;
    assert_eq!(moved(&report), "insurance_ar -10.00, payer_recoupments 50.00, forwarding_balances -40.00");
    assert!(practice.books().await.contains("forwarding_balances 40.00"));
    let body = format!("CLP*{}*1*100*100**12*PCN2~PLB*1*20261231*FB:OLD1*40~", second.number);
    let (report, _) = practice.receive_one(&remit("T2", "60", &body)).await;
    assert_eq!(moved(&report), "insurance_cash 60.00, insurance_ar -100.00, forwarding_balances 40.00");
    assert_eq!(practice.books().await, "insurance_cash 60.00, payer_recoupments -50.00, charges 110.00");
    practice.proves().await;
}

#[tokio::test]
async fn our_refund_check_beside_the_recovery_it_settles_moves_nothing() {
    let practice = practice().await;
    let (report, _) =
        practice.receive_one(&remit("T1", "0", "PLB*1*20261231*WO:OLD1*80*72:CHECK7*-80~")).await;
    assert_eq!((report.outcome, moved(&report)), (State::Posted, String::new()));
    practice.proves().await;
}

#[tokio::test]
async fn a_reason_that_nobody_knows_waits_in_suspense() {
    let practice = practice().await;
    let (report, _) = practice.receive_one(&remit("T1", "12", "PLB*1*20261231*QQ*-12~")).await;
    assert_eq!(report.outcome, State::PartlyPosted);
    assert_eq!(moved(&report), "insurance_cash 12.00, suspense -12.00");
    assert_eq!(waits(&report), "unknown_provider_adjustment -12.00");
    practice.proves().await;
}
