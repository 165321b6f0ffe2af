//! Two answers about one claim within one set: parts of one charge, a correction beside its reversal, or a second answer.

use firstpass::remits::State;
use firstpass::remits::exceptions::Action;

use crate::remits::{Practice, Sent, practice, remit, waits};

fn decided(number: &str, control: &str, paid: u32) -> String {
    format!("CLP*{number}*1*150*{paid}**12*{control}~CAS*CO*45*{}~", 150 - paid)
}

fn taken_back(number: &str, control: &str, paid: u32) -> String {
    format!("CLP*{number}*22*-150*-{paid}**12*{control}~CAS*CO*45*-{}~", 150 - paid)
}

/// A claim of 150.00, and what waits once such a set is posted.
async fn posted(paid: &str, body: impl FnOnce(&str) -> String) -> (Practice, Sent, String) {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "100.00"), ("81002", "50.00")]).await;
    let (report, _) = practice.receive_one(&remit("T1", paid, &body(&claim.number))).await;
    let state = if report.exceptions.is_empty() { State::Posted } else { State::PartlyPosted };
    assert_eq!(report.outcome, state);
    practice.proves().await;
    (practice, claim, waits(&report))
}

#[tokio::test]
async fn the_same_decision_twice_in_a_set_is_posted_once() {
    let body = |number: &str| decided(number, "PCN1", 80).repeat(2);
    let (practice, claim, waits) = posted("160", body).await;
    assert_eq!(waits, "already_posted 80.00");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 160.00, unapplied_cash 80.00, charges 150.00, contractual_adjustments 70.00"
    );
    // Posted all the same, only its money counts.
    practice.resolve(practice.exception().await.item.id, &Action::Match { claim: claim.id }).await.unwrap();
    assert_eq!(
        practice.books().await,
        "insurance_cash 160.00, insurance_ar -80.00, charges 150.00, contractual_adjustments 70.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn another_decision_about_the_whole_claim_in_a_set_waits() {
    let body = |number: &str| decided(number, "PCN1", 80) + &decided(number, "PCN2", 90);
    let (practice, claim, waits) = posted("170", body).await;
    assert_eq!(waits, "already_posted 90.00");
    // 60.00 off instead of 70.00: 150.00 - 80.00 - 90.00 - 60.00.
    practice.resolve(practice.exception().await.item.id, &Action::Match { claim: claim.id }).await.unwrap();
    assert_eq!(practice.owed(&claim).await, "insurance -80.00, patient 0.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_denial_and_then_a_payment_in_a_set_are_both_posted() {
    let denied = |number: &str| format!("CLP*{number}*4*150*0**12*PCN1~CAS*CO*16*150~");
    let (practice, claim, waits) = posted("80", |number| denied(number) + &decided(number, "PCN2", 80)).await;
    // All of it fits into what the denial left open.
    assert_eq!(waits, "");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
}

/// A part about one line of ours, charged as much as the payer says.
fn part(number: &str, line: u32, procedure: &str, charged: u32, paid: u32) -> String {
    let off = charged - paid;
    format!(
        "CLP*{number}*1*{charged}*{paid}**12*PCN{line}~SVC*HC:{procedure}*{charged}*{paid}**1~CAS*CO*45*{off}~\
         REF*6R*L{line}~"
    )
}

#[tokio::test]
async fn parts_fit_into_the_charge_or_answer_lines_of_their_own() {
    let body = |number: &str| part(number, 1, "99213", 100, 80) + &part(number, 2, "81002", 50, 30);
    let (practice, claim, waits) = posted("110", body).await;
    assert_eq!(waits, "line_mismatch 0.00, line_mismatch 0.00");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    // More than was charged, of lines of their own: parts all the same, and what is too much is over-paid.
    let body = |number: &str| part(number, 1, "99213", 100, 80) + &part(number, 2, "81002", 60, 40);
    let (practice, claim, waits) = posted("120", body).await;
    assert_eq!(waits, "line_mismatch 0.00, over_payment 10.00, line_mismatch 0.00");
    assert_eq!(practice.owed(&claim).await, "insurance -10.00, patient 0.00");
    // The first line once more is a second answer.
    let body = |number: &str| part(number, 1, "99213", 100, 80) + &part(number, 1, "99213", 100, 80);
    let (practice, claim, waits) = posted("160", body).await;
    assert_eq!(waits, "line_mismatch 0.00, already_posted 80.00");
    assert_eq!(practice.owed(&claim).await, "insurance 50.00, patient 0.00");
}

#[tokio::test]
async fn a_correction_and_its_reversal_in_a_set_are_no_second_answer_in_any_order() {
    let first = |number: &str| decided(number, "PCN1", 80);
    let back = |number: &str| taken_back(number, "PCN1", 80);
    let corrected = |number: &str| decided(number, "PCN1", 90);
    for order in ["fbc", "fcb"] {
        let body = |number: &str| {
            order
                .chars()
                .map(|one| match one {
                    'f' => first(number),
                    'b' => back(number),
                    _ => corrected(number),
                })
                .collect()
        };
        let (practice, claim, waits) = posted("90", body).await;
        assert_eq!(waits, "", "{order}");
        assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
        assert_eq!(
            practice.books().await,
            "insurance_cash 90.00, charges 150.00, contractual_adjustments 60.00"
        );
    }
    // The second of two is taken back: the first one stands.
    let body = |number: &str| {
        decided(number, "PCN1", 80) + &decided(number, "PCN2", 90) + &taken_back(number, "PCN2", 90)
    };
    let (practice, _, waits) = posted("80", body).await;
    assert_eq!(waits, "");
    assert_eq!(practice.books().await, "insurance_cash 80.00, charges 150.00, contractual_adjustments 70.00");
}
