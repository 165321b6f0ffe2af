//! Held sets that a person posts all the same.

use firstpass::ledger::AccountKind;
use firstpass::remits::exceptions::Action;
use firstpass::remits::{Approval, State};

use crate::remits::{file, moved, practice, remit, set_between, waits};

fn because(reason: &str) -> Approval {
    Approval::Override { reason: reason.into() }
}

#[tokio::test]
async fn what_the_payment_differs_by_goes_to_suspense_and_stays_open() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    // 80.00 for the claim, and 75.00 came: 75.00 - 80.00 = -5.00.
    let text = remit("T1", "75", &format!("CLP*{}*1*150*80**12*PCN1~CAS*CO*45*70~", claim.number));
    let (held, _) = practice.receive_one(&text).await;
    assert_eq!(held.outcome, State::Held);
    let short = practice.approve(held.remittance, &because("too short")).await.unwrap_err();
    assert_eq!(short.refusal().unwrap().code, "remits/override-reason");
    let report =
        practice.approve(held.remittance, &because("the payer confirmed by telephone")).await.unwrap();
    assert_eq!(report.outcome, State::PartlyPosted);
    assert_eq!(
        moved(&report),
        "insurance_cash 75.00, insurance_ar -150.00, suspense 5.00, contractual_adjustments 70.00"
    );
    assert_eq!(waits(&report), "difference -5.00");
    assert_eq!(report.why, held.why);
    practice.proves().await;
    // Again it is known, and nothing moves.
    let again =
        practice.approve(held.remittance, &because("the payer confirmed by telephone")).await.unwrap();
    assert_eq!((again.outcome, moved(&again)), (State::Duplicate, String::new()));
    assert_eq!(practice.count("remit_overrides").await, 1);
    // The payer says later that it was a levy.
    let exception = practice.exception().await;
    practice.resolve(exception.item.id, &Action::Assign { account: AccountKind::Levies }).await.unwrap();
    assert_eq!(
        practice.books().await,
        "insurance_cash 75.00, charges 150.00, contractual_adjustments 70.00, levies 5.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn what_a_claim_does_not_explain_stays_owed() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    // 150.00 - 60.00 = 90.00, and 80.00 is paid: 10.00 nobody explains.
    let text = remit("T1", "80", &format!("CLP*{}*1*150*80**12*PCN1~CAS*CO*45*60~", claim.number));
    let (held, _) = practice.receive_one(&text).await;
    let report = practice.approve(held.remittance, &because("the plan lost an adjustment")).await.unwrap();
    assert_eq!(waits(&report), "does_not_add_up 10.00");
    assert_eq!(practice.owed(&claim).await, "insurance 10.00, patient 0.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 80.00, insurance_ar 10.00, charges 150.00, contractual_adjustments 60.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn a_trace_number_that_was_used_before_is_posted_when_a_person_says_so() {
    let practice = practice().await;
    let (one, two) =
        (practice.claim(&[("99213", "150.00")]).await, practice.claim(&[("99213", "150.00")]).await);
    let body = |number: &str| format!("CLP*{number}*1*150*150**12*P~");
    practice.receive_one(&remit("T1", "150", &body(&one.number))).await;
    let half = format!("CLP*{}*1*150*70**12*P~CAS*CO*45*80~", two.number);
    let (held, _) = practice.receive_one(&remit("T1", "70", &half)).await;
    assert_eq!((held.outcome, waits(&held)), (State::Held, "same_trace 70.00".to_owned()));
    let report = practice.approve(held.remittance, &because("two checks, one number")).await.unwrap();
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert!(practice.exceptions().await.is_empty());
    practice.proves().await;
}

#[tokio::test]
async fn somebody_elses_money_and_what_cannot_be_read_stay_held() {
    let practice = practice().await;
    let strange = file(&[set_between("ACME1", "*XX*1987654328", "T1", "5", "CLP*WHO*1*5*5**12*PCN9~")]);
    let negative = remit("T2", "-30", "PLB*1*20261231*WO:1*30~");
    for text in [strange, negative] {
        let (held, _) = practice.receive_one(&text).await;
        let refused = practice.approve(held.remittance, &because("a good reason")).await.unwrap_err();
        assert_eq!(refused.refusal().unwrap().code, "remits/cannot-override");
    }
    assert_eq!(practice.count("entries").await, 0);
    assert_eq!(practice.count("remit_overrides").await, 0);
}
