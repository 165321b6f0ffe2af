//! One claim of ours that a payer decides in parts (MA15), each a CLP of its own.

use chrono::TimeDelta;
use firstpass::db::Tx;
use firstpass::remits::exceptions::Action;
use firstpass::remits::{Mode, SetReport, State, missing_parts};

use crate::remits::{Practice, Sent, clock, practice, remit, waits};

async fn two_lines(practice: &Practice) -> Sent {
    practice.claim(&[("99213", "100.00"), ("81002", "50.00")]).await
}

/// 80.00 of 100.00 for the first line.
fn first(number: &str) -> String {
    format!("CLP*{number}*1*100*80**12*PCN1~MOA***MA15~SVC*HC:99213*100*80**1~CAS*CO*45*20~REF*6R*L1~")
}

/// 30.00 of 50.00 for the second line.
fn second(number: &str) -> String {
    format!("CLP*{number}*1*50*30**12*PCN2~MOA***MA15~SVC*HC:81002*50*30**1~CAS*CO*45*20~REF*6R*L2~")
}

#[tokio::test]
async fn the_parts_of_a_claim_answer_all_of_its_lines_together() {
    let practice = practice().await;
    let claim = two_lines(&practice).await;
    let body = first(&claim.number) + &second(&claim.number);
    let (report, _) = practice.receive_one(&remit("T1", "110", &body)).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 110.00, charges 150.00, contractual_adjustments 40.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn the_parts_of_a_claim_are_no_variance_for_a_payers_rule() {
    let practice = practice().await;
    practice.rule(Mode::Semi, &[]).await;
    let claim = two_lines(&practice).await;
    let body = first(&claim.number) + &second(&claim.number);
    let (report, _) = practice.receive_one(&remit("T1", "110", &body)).await;
    assert_eq!(report.outcome, State::Posted);
    // A part too many is more than our charge.
    let other = two_lines(&practice).await;
    let body = first(&other.number) + &first(&other.number);
    let (report, _) = practice.receive_one(&remit("T2", "160", &body)).await;
    assert_eq!(report.outcome, State::Held);
}

#[tokio::test]
async fn a_line_is_without_an_answer_only_once_the_last_part_has_come() {
    let practice = practice().await;
    let claim = two_lines(&practice).await;
    let (report, _) = practice.receive_one(&remit("T1", "80", &first(&claim.number))).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    // 50.00 more, of the first line again: 100.00 + 50.00 are the whole charge.
    let body = second(&claim.number).replace("81002", "99213").replace("L2", "L1");
    let (report, _) = practice.receive_one(&remit("T2", "30", &body)).await;
    assert_eq!(waits(&report), "line_mismatch 0.00");
    assert_eq!(report.exceptions[0].detail, "lines of ours without an answer: 2");
    practice.proves().await;
}

#[tokio::test]
async fn parts_that_are_alike_are_no_repetition_until_the_charge_is_used_up() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let half = format!(
        "CLP*{}*1*75*50**12*PCN1~MOA***MA15~SVC*HC:99213*75*50**1~CAS*CO*45*25~REF*6R*L1~",
        claim.number
    );
    for trace in ["T1", "T2"] {
        let (report, _) = practice.receive_one(&remit(trace, "50", &half)).await;
        assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    }
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    let (report, _) = practice.receive_one(&remit("T3", "50", &half)).await;
    assert_eq!(waits(&report), "already_posted 50.00");
    practice.proves().await;
}

/// What was opened that many days after the first part was posted.
async fn look_after(practice: &Practice, days: i64) -> usize {
    let now = clock().now() + TimeDelta::days(days);
    let look = async |tx: &mut Tx| missing_parts::look(tx, now).await;
    practice.world.db.transaction(&practice.actor, look).await.unwrap()
}

async fn state(practice: &Practice, report: &SetReport) -> String {
    practice.text("select state as text from remittances where id = $1", report.remittance.uuid()).await
}

#[tokio::test]
async fn a_part_that_does_not_come_within_thirty_days_waits_for_a_person_until_it_comes() {
    let practice = practice().await;
    let claim = two_lines(&practice).await;
    let whole = two_lines(&practice).await;
    let (report, _) = practice.receive_one(&remit("T1", "80", &first(&claim.number))).await;
    let body = first(&whole.number) + &second(&whole.number);
    practice.receive_one(&remit("T2", "110", &body)).await;
    assert_eq!(look_after(&practice, 29).await, 0);
    assert_eq!(look_after(&practice, 30).await, 1);
    assert_eq!(look_after(&practice, 31).await, 0, "it is said once");
    let exception = practice.exception().await;
    assert_eq!(
        (exception.item.kind.as_str(), exception.item.amount.to_string()),
        ("parts_missing", "50.00".into())
    );
    assert_eq!(
        exception.item.detail,
        "parts (MA15) of 100.00 of 150.00 charged have come, the first on 2026-04-02, and 50.00 has no answer 30 days \
         later; lines of ours without one: 2"
    );
    assert_eq!(state(&practice, &report).await, "partly_posted");
    practice.proves().await;

    practice.receive_one(&remit("T3", "30", &second(&claim.number))).await;
    assert!(practice.exceptions().await.is_empty());
    assert_eq!(state(&practice, &report).await, "posted");
    assert_eq!(look_after(&practice, 60).await, 0);
    practice.proves().await;
}

#[tokio::test]
async fn a_missing_part_that_a_person_has_read_is_not_said_again() {
    let practice = practice().await;
    let claim = two_lines(&practice).await;
    practice.receive_one(&remit("T1", "80", &first(&claim.number))).await;
    assert_eq!(look_after(&practice, 30).await, 1);
    practice.resolve(practice.exception().await.item.id, &Action::Read).await.unwrap();
    assert_eq!(look_after(&practice, 31).await, 0);
    assert!(practice.exceptions().await.is_empty());
}
