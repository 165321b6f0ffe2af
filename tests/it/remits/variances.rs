//! Decisions that are posted although something about them does not fit.

use firstpass::remits::State;
use firstpass::remits::exceptions::Action;

use crate::remits::{practice, remit, waits};

#[tokio::test]
async fn lines_that_do_not_fit_are_posted_and_shown_beside_ours() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "100.00"), ("81002", "50.00")]).await;
    // The payer bundled both into a code of its own.
    let body = format!("CLP*{}*1*150*80**12*PCN1~SVC*HC:80050*150*80**1~CAS*CO*45*70~", claim.number);
    let (report, _) = practice.receive_one(&remit("T1", "80", &body)).await;
    assert_eq!((report.outcome, waits(&report)), (State::PartlyPosted, "line_mismatch 80.00".to_owned()));
    assert_eq!(
        report.exceptions[0].detail,
        "lines of theirs that fit none of ours: 1; lines of ours without an answer: 1, 2"
    );
    assert_eq!(practice.status(&claim).await, "paid");
    let exception = practice.exception().await;
    let theirs: Vec<_> = exception.theirs.unwrap().lines.into_iter().map(|line| line.procedure).collect();
    let ours: Vec<_> = exception.ours.unwrap().lines.into_iter().map(|line| line.procedure).collect();
    assert_eq!((theirs, ours), (vec!["80050".to_owned()], vec!["99213".to_owned(), "81002".to_owned()]));
    practice.resolve(exception.item.id, &Action::Read).await.unwrap();
    practice.proves().await;
}

#[tokio::test]
async fn a_split_line_and_an_answer_as_a_whole_fit() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let line = "SVC*HC:99213*75*40**1~CAS*CO*45*35~REF*6R*L1~";
    let body = format!("CLP*{}*1*150*80**12*PCN1~{line}{line}", claim.number);
    let (report, _) = practice.receive_one(&remit("T1", "80", &body)).await;
    assert_eq!(waits(&report), "");
    let other = practice.claim(&[("99213", "150.00")]).await;
    let body = format!("CLP*{}*1*150*80**12*PCN2~CAS*CO*45*70~", other.number);
    let (report, _) = practice.receive_one(&remit("T2", "80", &body)).await;
    assert_eq!(waits(&report), "");
}

#[tokio::test]
async fn a_reason_that_is_no_longer_in_force_is_shown() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    // X12 list 139: 17 ended on 1 July 2009.
    let body = format!("CLP*{}*1*150*80**12*PCN1~CAS*CO*45*50**17*20~", claim.number);
    let (report, _) = practice.receive_one(&remit("T1", "80", &body)).await;
    assert_eq!(waits(&report), "unknown_code 20.00");
    assert_eq!(report.exceptions[0].detail, "on 2026-04-01: CO-17 is not in force");
    practice.proves().await;
}
