//! Claims that are paid.

use firstpass::remits::{Effect, Share, State};
use firstpass::types::Money;

use crate::remits::{history, moved, practice, remit, waits};

#[tokio::test]
async fn a_claim_paid_in_full_settles_between_payment_contract_and_patient() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (report, decisions) = practice
        .receive_one(&remit(
            "T1",
            "80",
            &format!(
                "CLP*{}*1*150*80*20*12*PCN1~NM1*QC*1*ROE*JANE****MI*{}~\
                 SVC*HC:99213*150*80**1~DTM*472*20260302~CAS*CO*45*50~CAS*PR*1*20~REF*6R*L1~AMT*B6*100~",
                claim.number, claim.member
            ),
        ))
        .await;
    assert_eq!(report.outcome, State::Posted);
    assert_eq!(
        moved(&report),
        "insurance_cash 80.00, insurance_ar -150.00, patient_ar 20.00, contractual_adjustments 50.00"
    );
    assert_eq!((report.claims, report.paid.to_string()), (1, "80.00".into()));
    assert_eq!(waits(&report), "");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    assert_eq!(practice.status(&claim).await, "paid");
    assert_eq!(history(&practice, &claim).await, ["paid"]);

    let [decision] = decisions.as_slice() else { panic!("one decision") };
    let Effect::Posted(posted) = &decision.effect else { panic!("it is posted") };
    assert_eq!(posted.contractual, Money::from_cents(5_000));
    assert_eq!((posted.patient_share, posted.share), (Money::from_cents(2_000), Share::Patient));
    assert_eq!((posted.left, posted.denials.len()), (Money::ZERO, 0));
    assert_eq!((decision.claim.id, decision.lines.as_slice()), (claim.id, &[Some(1)][..]));
    assert_eq!(decision.decided_on, "2026-04-01".parse().unwrap());
    practice.proves().await;
}

#[tokio::test]
async fn a_claim_answered_as_a_whole_posts_without_lines() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "100.00"), ("81002", "25.00")]).await;
    let (report, _) = practice
        .receive_one(&remit(
            "T1",
            "90",
            &format!("CLP*{}*1*125*90*10*12*PCN1~CAS*CO*45*25~CAS*PR*3*10~", claim.number),
        ))
        .await;
    assert_eq!(
        moved(&report),
        "insurance_cash 90.00, insurance_ar -125.00, patient_ar 10.00, contractual_adjustments 25.00"
    );
    assert_eq!((practice.count("remit_lines").await, practice.status(&claim).await), (0, "paid".into()));
    practice.proves().await;
}

#[tokio::test]
async fn a_charge_split_over_two_claim_payments_posts_each_part() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "100.00"), ("81002", "50.00")]).await;
    let part = |pcn: &str, charge: u32, paid: u32, contract: u32| {
        format!("CLP*{}*1*{charge}*{paid}**12*{pcn}~CAS*CO*45*{contract}~MOA***MA15~", claim.number)
    };
    let body = part("PCN1", 100, 80, 20) + &part("PCN2", 50, 30, 20);
    let (report, decisions) = practice.receive_one(&remit("T1", "110", &body)).await;
    assert_eq!((report.outcome, decisions.len()), (State::Posted, 2));
    assert_eq!(moved(&report), "insurance_cash 110.00, insurance_ar -150.00, contractual_adjustments 40.00");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_claim_without_our_number_is_found_by_member_days_and_charge_when_only_one_fits() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (report, _) = practice
        .receive_one(&remit(
            "T1",
            "150",
            &format!(
                "CLP*0*1*150*150**12*PCN1~NM1*QC*1*ROE*JANE****MI*{}~SVC*HC:99213*150*150**1~DTM*472*20260302~",
                claim.member
            ),
        ))
        .await;
    assert_eq!(report.outcome, State::Posted);
    assert_eq!(practice.status(&claim).await, "paid");
    let rule = practice
        .text("select match_rule as text from remit_claims where claim_id = $1", claim.id.uuid())
        .await;
    assert_eq!(rule, "member_dates_charge");

    // The payer's own number is known now.
    let again = "CLP*0*22*-150*-150**12*PCN1~";
    let more = "CLP*X*1*150*100*50*12*PCN1~CAS*PR*2*50~";
    let (report, _) =
        practice.receive_one(&remit("T2", "0", &format!("{again}{more}PLB*1*20261231*FB:1*-50~"))).await;
    assert_eq!(report.outcome, State::Posted);
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 50.00");
    practice.proves().await;
}
