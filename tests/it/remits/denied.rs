//! Claims that are denied, in part or as a whole: a denial moves nothing.

use firstpass::remits::{Effect, Posted, Share, State};

use crate::remits::{moved, practice, remit};

/// What was denied, as `line group-reason remarks amount`.
fn denials(posted: &Posted) -> Vec<String> {
    posted
        .denials
        .iter()
        .map(|denial| {
            let line = denial.line_no.map_or("-".to_owned(), |line| line.to_string());
            let remarks: Vec<&str> = denial.remarks.iter().map(firstpass::types::Rarc::as_str).collect();
            format!("{line} {}-{} {} {}", denial.group, denial.reason, remarks.join("+"), denial.amount)
        })
        .collect()
}

#[tokio::test]
async fn a_denied_line_stays_with_the_payer_and_the_rest_posts() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "100.00"), ("81002", "50.00")]).await;
    let (report, decisions) = practice
        .receive_one(&remit(
            "T1",
            "80",
            &format!(
                "CLP*{}*1*150*80**12*PCN1~\
                 SVC*HC:99213*100*80**1~CAS*CO*45*20~REF*6R*L1~\
                 SVC*HC:81002*50*0**1~CAS*CO*97*50~REF*6R*L2~LQ*HE*N20~LQ*HE*M15~",
                claim.number
            ),
        ))
        .await;
    assert_eq!(moved(&report), "insurance_cash 80.00, insurance_ar -100.00, contractual_adjustments 20.00");
    assert_eq!(practice.owed(&claim).await, "insurance 50.00, patient 0.00");
    assert_eq!(practice.status(&claim).await, "partially_paid");
    let Effect::Posted(posted) = &decisions[0].effect else { panic!("it is posted") };
    assert_eq!(denials(posted), ["2 CO-97 N20+M15 50.00"]);
    assert_eq!(posted.left.to_string(), "50.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_payment_of_nothing_for_a_denied_claim_moves_nothing() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (report, decisions) = practice
        .receive_one(&remit(
            "T1",
            "0",
            &format!(
                "CLP*{}*1*150*0**12*PCN1~MOA***N115~SVC*HC:99213*150*0**1~CAS*CO*50*150~REF*6R*L1~",
                claim.number
            ),
        ))
        .await;
    assert_eq!((report.outcome, moved(&report)), (State::Posted, String::new()));
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 0.00");
    assert_eq!(practice.status(&claim).await, "denied");
    let Effect::Posted(posted) = &decisions[0].effect else { panic!("it is posted") };
    assert_eq!(denials(posted), ["1 CO-50 N115 150.00"], "the claim's remark stands for the line");
    practice.proves().await;
}

#[tokio::test]
async fn a_patients_share_that_is_no_share_is_a_denial_before_it_is_a_bill() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (report, decisions) = practice
        .receive_one(&remit(
            "T1",
            "0",
            &format!("CLP*{}*1*150*0*150*12*PCN1~CAS*PR*204*120**1*30~", claim.number),
        ))
        .await;
    assert_eq!(moved(&report), "insurance_ar -30.00, patient_ar 30.00");
    assert_eq!(practice.status(&claim).await, "partially_paid");
    let Effect::Posted(posted) = &decisions[0].effect else { panic!("it is posted") };
    assert_eq!(denials(posted), ["- PR-204  120.00"]);
    practice.proves().await;
}

#[tokio::test]
async fn a_qualified_medicare_beneficiary_is_never_billed_the_share() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (report, _) = practice
        .receive_one(&remit(
            "T1",
            "80",
            &format!("CLP*{}*1*150*80*20*MB*PCN1~CAS*CO*45*50~CAS*PR*2*20~MOA***N781~", claim.number),
        ))
        .await;
    assert_eq!(moved(&report), "insurance_cash 80.00, insurance_ar -130.00, contractual_adjustments 50.00");
    assert_eq!(practice.owed(&claim).await, "insurance 20.00, patient 0.00");

    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = format!("CLP*{}*1*150*80**MB*PCN2~CAS*CO*45*50~CAS*OA*209*20~", claim.number);
    let (report, decisions) = practice.receive_one(&remit("T2", "80", &body)).await;
    assert_eq!(moved(&report), "insurance_cash 80.00, insurance_ar -130.00, contractual_adjustments 50.00");
    let Effect::Posted(posted) = &decisions[0].effect else { panic!("it is posted") };
    assert_eq!((posted.share, posted.denials.len()), (Share::Protected, 0));
    assert_eq!(practice.status(&claim).await, "paid");
    practice.proves().await;
}
