//! The same twice is once.

use firstpass::remits::State;

use crate::remits::{moved, practice, remit, waits};

fn decided(number: &str, paid: u32) -> String {
    format!("CLP*{number}*1*150*{paid}**12*PCN1~CAS*CO*45*{}~", 150 - paid)
}

#[tokio::test]
async fn a_second_copy_of_an_835_posts_nothing() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let text = remit("T1", "80", &decided(&claim.number, 80));
    let (first, _) = practice.receive_one(&text).await;
    let (again, decisions) = practice.receive_one(&text).await;
    assert_eq!((again.outcome, moved(&again), decisions.len()), (State::Duplicate, String::new(), 0));
    assert_eq!(again.why, [format!("the payment was posted by {}", first.remittance)]);
    assert_eq!(again.remittance, first.remittance);
    assert_eq!(practice.count("remittances").await, 1);
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    practice.proves().await;
}

#[tokio::test]
async fn the_same_payment_in_another_file_posts_nothing() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let text = remit("T1", "80", &decided(&claim.number, 80));
    practice.receive_one(&text).await;
    let (again, _) = practice.receive_one(&text.replace("*1200*", "*1300*")).await;
    assert_eq!((again.outcome, moved(&again)), (State::Duplicate, String::new()));
    assert_eq!(practice.count("remittances where state = 'duplicate'").await, 1);
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    practice.proves().await;
}

#[tokio::test]
async fn the_same_trace_number_with_another_amount_is_held() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number, 80))).await;
    let (other, _) = practice.receive_one(&remit("T1", "90", &decided(&claim.number, 90))).await;
    assert_eq!((other.outcome, moved(&other)), (State::Held, String::new()));
    assert_eq!(waits(&other), "same_trace 90.00");
    practice.proves().await;
}

#[tokio::test]
async fn the_same_decision_under_another_payment_waits_in_unapplied_cash() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number, 80))).await;
    let (again, decisions) = practice.receive_one(&remit("T2", "80", &decided(&claim.number, 80))).await;
    assert_eq!((again.outcome, decisions.len()), (State::PartlyPosted, 0));
    assert_eq!(moved(&again), "insurance_cash 80.00, unapplied_cash -80.00");
    assert_eq!(waits(&again), "already_posted 80.00");
    practice.proves().await;
}

#[tokio::test]
async fn four_workers_with_the_same_file_post_it_once() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let text = remit("T1", "80", &decided(&claim.number, 80));
    let all = tokio::join!(
        practice.receive_one(&text),
        practice.receive_one(&text),
        practice.receive_one(&text),
        practice.receive_one(&text)
    );
    let outcomes = [all.0.0.outcome, all.1.0.outcome, all.2.0.outcome, all.3.0.outcome];
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == State::Posted).count(), 1);
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    practice.proves().await;
}
