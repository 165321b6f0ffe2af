//! Sets that do not add up.

use firstpass::remits::State;

use crate::remits::{file, moved, practice, remit, set};

#[tokio::test]
async fn a_service_that_does_not_add_up_holds_the_set_and_says_by_how_much() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    // 150.00 - 60.00 is 90.00; the claim itself agrees with its payment.
    let text = remit(
        "T1",
        "80",
        &format!("CLP*{}*1*150*80**12*PCN1~CAS*CO*45*10~SVC*HC:99213*150*80**1~CAS*CO*45*60~", claim.number),
    );
    let (report, _) = practice.receive_one(&text).await;
    assert_eq!((report.outcome, moved(&report)), (State::Held, String::new()));
    let (first, last) = (text.find("SVC*").unwrap(), text.find("SE*").unwrap() - 1);
    assert_eq!(
        report.why,
        [format!(
            "claim 1, line 1, SVC02 - CAS = SVC03: 150.00 - 60.00 = 90.00, not 80.00 (off by 10.00), bytes {first}-{last}"
        )]
    );
    assert_eq!(practice.status(&claim).await, "accepted");
    assert_eq!(practice.count("remit_claims").await, 0);
    practice.proves().await;
}

#[tokio::test]
async fn a_claim_that_does_not_add_up_holds_the_set() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let text = remit("T1", "80", &format!("CLP*{}*1*150*80**12*PCN1~CAS*CO*45*69.99~", claim.number));
    let (report, _) = practice.receive_one(&text).await;
    let (first, last) = (text.find("CLP*").unwrap(), text.find("SE*").unwrap() - 1);
    assert_eq!(
        report.why,
        [format!(
            "claim 1, CLP03 - CAS = CLP04: 150.00 - 69.99 = 80.01, not 80.00 (off by 0.01), bytes {first}-{last}"
        )]
    );
    practice.proves().await;
}

#[tokio::test]
async fn a_payment_that_is_not_its_claims_less_plb_holds_the_set() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let text = remit("T1", "75", &format!("CLP*{}*1*150*150**12*P~PLB*1*20261231*WO:1*70~", claim.number));
    let (report, _) = practice.receive_one(&text).await;
    let (first, last) = (text.find("BPR*").unwrap(), text.find("TRN*").unwrap() - 1);
    assert_eq!(
        report.why,
        [format!(
            "BPR02 = CLP04 - PLB: 150.00 - 70.00 = 80.00, not 75.00 (off by 5.00), bytes {first}-{last}"
        )]
    );
    practice.proves().await;
}

#[tokio::test]
async fn every_equation_that_fails_is_listed() {
    let practice = practice().await;
    let body = "CLP*A*1*150*80**12*P~SVC*HC:99213*150*70**1~CLP*B*1*10*5**12*P~";
    let (report, _) = practice.receive_one(&remit("T1", "1", body)).await;
    let equations: Vec<&str> = report.why.iter().map(|why| why.split(':').next().unwrap()).collect();
    assert_eq!(
        equations,
        [
            "claim 1, line 1, SVC02 - CAS = SVC03",
            "claim 1, CLP03 - CAS = CLP04",
            "claim 2, CLP03 - CAS = CLP04",
            "BPR02 = CLP04 - PLB"
        ]
    );
}

#[tokio::test]
async fn a_negative_payment_is_held_even_when_it_adds_up() {
    let practice = practice().await;
    let (report, _) = practice.receive_one(&remit("T1", "-30", "PLB*1*20261231*WO:1*30~")).await;
    assert_eq!(report.outcome, State::Held);
    assert!(report.why[0].starts_with("BPR02 is negative: -30.00"), "{:?}", report.why);
}

#[tokio::test]
async fn of_two_sets_in_a_file_the_good_one_posts_and_the_other_is_held() {
    let practice = practice().await;
    let (first, second) =
        (practice.claim(&[("99213", "150.00")]).await, practice.claim(&[("99213", "100.00")]).await);
    let text = file(&[
        set("T1", "80", &format!("CLP*{}*1*150*90**12*PCN1~CAS*CO*45*60~", first.number)),
        set("T2", "100", &format!("CLP*{}*1*100*100**12*PCN2~", second.number)),
    ]);
    let reports = practice.receive(&text).await;
    assert_eq!([reports[0].outcome, reports[1].outcome], [State::Held, State::Posted]);
    assert_eq!([reports[0].set, reports[1].set], [1, 2]);
    assert_eq!(practice.books().await, "insurance_cash 100.00, insurance_ar 150.00, charges 250.00");
    // Received again, the good one is known and the other is held still.
    let reports = practice.receive(&text).await;
    assert_eq!([reports[0].outcome, reports[1].outcome], [State::Held, State::Duplicate]);
    assert_eq!(practice.count("remittances").await, 2);
    practice.proves().await;
}
