//! Two payers.

use firstpass::remits::{Effect, Share, State};

use crate::remits::{file, moved, practice, remit, set_from, waits};

const LINES: [(&str, &str); 1] = [("99213", "200.00")];

#[tokio::test]
async fn the_patients_share_goes_to_the_next_payer_and_what_that_one_leaves_to_the_patient() {
    let practice = practice().await;
    let first = practice.claim_with_second_payer(&LINES).await;
    let (report, decisions) = practice
        .receive_one(&remit(
            "T1",
            "80",
            &format!("CLP*{}*1*200*80*20*12*PCN1~CAS*CO*45*100~CAS*PR*1*20~", first.number),
        ))
        .await;
    assert_eq!(
        moved(&report),
        "insurance_cash 80.00, insurance_ar -180.00, contractual_adjustments 100.00",
        "what moves from payer to payer stays insurance"
    );
    assert_eq!(practice.owed_by(&first, practice.payer).await, "0.00");
    assert_eq!(practice.owed_by(&first, practice.second_payer).await, "20.00");
    let Effect::Posted(posted) = &decisions[0].effect else { panic!("it is posted") };
    let Share::NextPayer(next) = posted.share else { panic!("to the next payer") };
    assert_eq!(next.payer, practice.second_payer);

    // The second payer restates the whole charge: 80.00 paid and 100.00 written off before (OA-23
    // for the payment, its own CO-45 for the write-off and 5.00 more).
    let second = practice.second_claim(&first, &LINES).await;
    let body = format!("CLP*{}*2*200*10*5*12*PCN9~CAS*OA*23*80~CAS*CO*45*105~CAS*PR*2*5~", second.number);
    let (report, _) = practice.receive_one(&file(&[set_from("BETA2", "T2", "10", &body)])).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert_eq!(
        moved(&report),
        "insurance_cash 10.00, insurance_ar -20.00, patient_ar 5.00, contractual_adjustments 5.00"
    );
    assert_eq!(practice.owed(&first).await, "insurance 0.00, patient 5.00");
    assert_eq!(practice.owed_by(&first, practice.second_payer).await, "0.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_claim_sent_on_to_a_payer_that_is_not_on_file_waits_with_the_share() {
    let practice = practice().await;
    let claim = practice.claim(&LINES).await;
    let (report, _) = practice
        .receive_one(&remit(
            "T1",
            "80",
            &format!(
                "CLP*{}*19*200*80*20*12*PCN1~CAS*CO*45*100~CAS*PR*1*20~NM1*TT*2*GAMMA*****PI*GAM3~",
                claim.number
            ),
        ))
        .await;
    assert_eq!(waits(&report), "next_payer_unknown 20.00");
    assert_eq!(practice.owed(&claim).await, "insurance 20.00, patient 0.00");
    practice.proves().await;
}
