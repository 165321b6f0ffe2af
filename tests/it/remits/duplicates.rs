//! The same twice is once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use firstpass::db::Tx;
use firstpass::remits::exceptions::ExceptionKind;
use firstpass::remits::{self, Decision, Follow, State};
use firstpass::types::Result;
use tokio::sync::Barrier;

use crate::remits::{clock, moved, practice, remit, waits};

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
async fn another_decision_under_a_careless_trace_number_is_held_and_not_taken_for_a_copy() {
    let practice = practice().await;
    let (first, second) =
        (practice.claim(&[("99213", "150.00")]).await, practice.claim(&[("99213", "100.00")]).await);
    let denied =
        |number: &str, charge: u32| format!("CLP*{number}*1*{charge}*0**12*P{charge}~CAS*CO*50*{charge}~");
    practice.receive_one(&remit("NON", "0", &denied(&first.number, 150))).await;
    let (other, _) = practice.receive_one(&remit("NON", "0", &denied(&second.number, 100))).await;
    assert_eq!(other.outcome, State::Held);
    assert_eq!(waits(&other), "same_trace 0.00");
}

#[tokio::test]
async fn four_workers_with_the_same_file_post_it_once() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let text = remit("T1", "80", &decided(&claim.number, 80));
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (db, actor, text) = (practice.world.db.clone(), practice.actor.clone(), text.clone());
            tokio::spawn(async move {
                remits::receive(&db, &actor, "remit.835", text.as_bytes(), &clock(), &mut ()).await.unwrap()
            })
        })
        .collect();
    let mut posted = 0;
    for worker in workers {
        posted += usize::from(worker.await.unwrap()[0].outcome == State::Posted);
    }
    assert_eq!(posted, 1);
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    practice.proves().await;
}

#[tokio::test]
async fn two_workers_with_one_decision_in_two_payments_post_it_to_the_claim_once() {
    let practice = practice().await;
    for round in 0..4 {
        let claim = practice.claim(&[("99213", "150.00")]).await;
        let workers: Vec<_> = ["A", "B"]
            .map(|payment| {
                let text = remit(&format!("{payment}{round}"), "80", &decided(&claim.number, 80));
                let (db, actor) = (practice.world.db.clone(), practice.actor.clone());
                tokio::spawn(async move {
                    remits::receive(&db, &actor, "remit.835", text.as_bytes(), &clock(), &mut ()).await
                })
            })
            .into();
        let mut found = vec![];
        for worker in workers {
            let report = worker.await.unwrap().unwrap().remove(0);
            found.push((report.outcome.as_str(), waits(&report)));
        }
        found.sort();
        assert_eq!(found, [("partly_posted", "already_posted 80.00".to_owned()), ("posted", String::new())]);
        assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    }
    practice.proves().await;
}

/// Meets the other one once, after the first thousand claims.
#[derive(Clone)]
struct Meets {
    at: Arc<Barrier>,
    met: Arc<AtomicBool>,
    decisions: Vec<Decision>,
}

impl Follow for Meets {
    async fn follow(&mut self, _: &mut Tx, decisions: &[Decision]) -> Result<()> {
        self.decisions.extend_from_slice(decisions);
        if !self.met.swap(true, Ordering::SeqCst) {
            self.at.wait().await;
        }
        Ok(())
    }
}

/// Each set holds the claim of its first thousand decisions when it asks for that of its next ones,
/// which the other one holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_remittances_with_the_same_visits_in_opposite_order_are_both_posted() {
    let practice = practice().await;
    let ours = [practice.claim(&[("99213", "150.00")]).await, practice.claim(&[("99213", "150.00")]).await];
    let strangers: String = (1..1_000)
        .map(|at| format!("CLP*NOTOURS{at}*4*150*0**12*X{at}~CAS*CO*50*150~NM1*QC*1*ROE*JANE~"))
        .collect();
    let at = Arc::new(Barrier::new(2));
    let workers: Vec<_> = [("A", [0, 1]), ("B", [1, 0])]
        .map(|(payment, [first, last])| {
            let (first, last) = (decided(&ours[first].number, 80), decided(&ours[last].number, 80));
            let text = remit(payment, "160", &format!("{first}{strangers}{last}"));
            let (db, actor) = (practice.world.db.clone(), practice.actor.clone());
            let mut meets = Meets { at: Arc::clone(&at), met: Arc::default(), decisions: vec![] };
            tokio::spawn(async move {
                let reports =
                    remits::receive(&db, &actor, payment, text.as_bytes(), &clock(), &mut meets).await;
                (reports.unwrap().remove(0), meets.decisions.len())
            })
        })
        .into();
    let mut found = vec![];
    for worker in workers {
        let (report, decisions) = worker.await.unwrap();
        let posted_before = report.exceptions.iter().filter(|one| one.kind == ExceptionKind::AlreadyPosted);
        found.push((report.claims, decisions, posted_before.count(), moved(&report)));
    }
    found.sort();
    assert_eq!(
        found,
        [
            (1_001, 0, 2, "insurance_cash 160.00, unapplied_cash -160.00".to_owned()),
            (
                1_001,
                2,
                0,
                "insurance_cash 160.00, insurance_ar -300.00, contractual_adjustments 140.00".to_owned()
            ),
        ]
    );
    for claim in &ours {
        assert_eq!(practice.owed(claim).await, "insurance 0.00, patient 0.00");
    }
    assert_eq!(practice.count("remittances").await, 2);
    assert_eq!(practice.count("remit_claims where claim_id is not null").await, 4);
    practice.proves().await;
}

/// Breaks off at the second step.
#[derive(Clone)]
struct BreaksOff;

impl Follow for BreaksOff {
    async fn follow(&mut self, _: &mut Tx, _: &[Decision]) -> Result<()> {
        Err(anyhow::anyhow!("the power went").into())
    }
}

#[tokio::test]
async fn a_set_that_breaks_off_leaves_nothing_and_posts_whole_the_next_time() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let text = remit("T1", "80", &decided(&claim.number, 80));
    let (db, actor) = (&practice.world.db, &practice.actor);
    remits::receive(db, actor, "remit.835", text.as_bytes(), &clock(), &mut BreaksOff).await.unwrap_err();
    for table in
        ["remittances", "remit_claims", "remit_exceptions", "entries where source_kind = 'remit_claim'"]
    {
        assert_eq!(practice.count(table).await, 0, "{table}");
    }
    assert_eq!(practice.status(&claim).await, "accepted");
    let (report, _) = practice.receive_one(&text).await;
    assert_eq!(report.outcome, State::Posted);
    practice.proves().await;
}
