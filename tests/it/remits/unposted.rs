//! A set of which a person settled exceptions is taken back: what that moved goes with it, on every day.

use firstpass::ledger::{self, AccountKind, AsOf};
use firstpass::remits::exceptions::Action;
use firstpass::remits::{Approval, State};
use firstpass::types::RemittanceId;

use crate::remits::{Practice, file, practice, remit, set, waits};
use crate::support::practice::day;

/// 150.00 charged: 80.00 paid, 50.00 off by contract, 20.00 of the patient.
fn decided(number: &str) -> String {
    format!("CLP*{number}*1*150*80*20*12*PCN1~CAS*CO*45*50~CAS*PR*1*20~")
}

/// The same taken back under another number of the payer's.
fn taken_back(number: &str) -> String {
    format!("CLP*{number}*22*-150*-80*-20*12*PCN9~CAS*CO*45*-50~CAS*PR*1*-20~PLB*1*20261231*FB:1*-80~")
}

/// The books on the day of the remittances, and on the next one, on which people do what they do.
async fn on_both_days(practice: &Practice) -> (String, String) {
    let on = async |day| {
        let look = async |tx: &mut _| ledger::balances(tx, AsOf::day(day)).await;
        let balances = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
        let left = balances.iter().filter(|row| !row.balance.is_zero());
        left.map(|row| format!("{} {}", row.account.kind, row.balance)).collect::<Vec<_>>().join(", ")
    };
    (on(day("2026-04-01")).await, on(day("2026-04-02")).await)
}

fn both(books: &str) -> (String, String) {
    (books.to_owned(), books.to_owned())
}

async fn post_again(practice: &Practice, id: RemittanceId) -> RemittanceId {
    practice.approve(id, &Approval::Reviewed).await.unwrap().remittance
}

async fn refused(practice: &Practice, id: RemittanceId) -> String {
    let refused = practice.unpost(id).await.unwrap_err();
    let refusal = refused.refusal().unwrap();
    assert_eq!(refusal.code, "remits/depended-on");
    refusal.detail.rsplit_once("taken back: ").unwrap().1.to_owned()
}

const NOTHING: &str = "insurance_ar 150.00, charges 150.00";

/// The story of the test below, in an empty database; what its ledger says.
async fn what_was_matched_goes_with_its_set() -> String {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (report, _) = practice.receive_one(&remit("T1", "80", &decided("WHO"))).await;
    let mut id = report.remittance;
    let waits = "insurance_cash 80.00, insurance_ar 150.00, unapplied_cash 80.00, charges 150.00";
    let applied = "insurance_cash 80.00, patient_ar 20.00, charges 150.00, contractual_adjustments 50.00";
    for _ in 0..2 {
        let exception = practice.exception().await.item;
        assert_eq!(exception.kind.as_str(), "no_match");
        practice.resolve(exception.id, &Action::Match { claim: claim.id }).await.unwrap();
        assert_eq!(on_both_days(&practice).await, (waits.to_owned(), applied.to_owned()));
        practice.proves().await;
        // Where the money came, and where it went.
        assert_eq!(practice.unpost(id).await.unwrap().entries, 2);
        assert_eq!(on_both_days(&practice).await, both(NOTHING));
        assert_eq!(practice.status(&claim).await, "pending");
        assert!(practice.exceptions().await.is_empty());
        practice.proves().await;
        id = post_again(&practice, id).await;
        assert_eq!(on_both_days(&practice).await, both(waits));
        practice.proves().await;
    }
    let db = &practice.world.db;
    db.snapshot(&practice.actor, async |tx| ledger::digest(tx, AsOf::NOW).await).await.unwrap().to_string()
}

#[tokio::test]
async fn what_a_person_matched_is_taken_back_with_its_set_and_waits_again_when_that_is_posted() {
    let said = what_was_matched_goes_with_its_set().await;
    // The same again in an empty database comes to the same ledger.
    assert_eq!(what_was_matched_goes_with_its_set().await, said);
}

#[tokio::test]
async fn what_a_person_took_back_stands_again_once_the_set_of_the_reversal_is_taken_back() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (first, _) = practice.receive_one(&remit("T1", "80", &decided("WHO"))).await;
    let action = Action::Match { claim: claim.id };
    let original =
        practice.resolve(practice.exception().await.item.id, &action).await.unwrap()[0].remit_claim;
    let before = on_both_days(&practice).await;

    let (report, _) = practice.receive_one(&remit("T2", "0", &taken_back(&claim.number))).await;
    let mut second = report.remittance;
    let action = Action::TakeBack { decision: original };
    // 80.00 came and stay; the payer carries them forward to take them later.
    let back = "insurance_cash 80.00, insurance_ar 150.00, forwarding_balances 80.00, charges 150.00";
    for _ in 0..2 {
        practice.resolve(practice.exception().await.item.id, &action).await.unwrap();
        assert_eq!(practice.books().await, back);
        practice.proves().await;
        // The decision's entry, the one by which it was applied, what had waited for it, and the PLB.
        assert_eq!(practice.unpost(second).await.unwrap().entries, 4);
        assert_eq!(on_both_days(&practice).await, before);
        assert_eq!(practice.status(&claim).await, "paid");
        practice.proves().await;
        second = post_again(&practice, second).await;
        assert_eq!(practice.exception().await.item.kind.as_str(), "reversal_without_original");
    }
    practice.unpost(second).await.unwrap();
    // Both were posted anew on the second day; on the first one they go.
    assert_eq!(practice.unpost(first.remittance).await.unwrap().entries, 2);
    assert_eq!(on_both_days(&practice).await, both(NOTHING));
    practice.proves().await;
}

#[tokio::test]
async fn a_decision_that_stood_again_is_taken_back_on_the_day_on_which_it_was_posted() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (first, _) = practice.receive_one(&remit("T1", "80", &decided(&claim.number))).await;
    // A day later the payer takes it back.
    let reversal = taken_back(&claim.number).replace("PCN9", "PCN1");
    let reversal = remit("T2", "0", &reversal).replace("20260401~TRN", "20260402~TRN");
    let (second, _) = practice.receive_one(&reversal).await;
    practice.unpost(second.remittance).await.unwrap();
    let stands = "insurance_cash 80.00, patient_ar 20.00, charges 150.00, contractual_adjustments 50.00";
    assert_eq!(on_both_days(&practice).await, both(stands));
    practice.unpost(first.remittance).await.unwrap();
    assert_eq!(on_both_days(&practice).await, both(NOTHING));
    practice.proves().await;
}

#[tokio::test]
async fn what_came_after_a_person_had_moved_the_visit_is_named_and_what_came_before_is_not() {
    let practice = practice().await;
    let (one, two) =
        (practice.claim(&[("99213", "150.00")]).await, practice.claim(&[("99213", "150.00")]).await);
    let (three, four) =
        (practice.claim(&[("99213", "150.00")]).await, practice.claim(&[("99213", "150.00")]).await);
    let paid = |number: &str, pcn: &str| format!("CLP*{number}*1*150*100**12*{pcn}~CAS*CO*45*50~");
    // 100.00 more, which write nothing off.
    let more = |number: &str, pcn: &str| format!("CLP*{number}*1*150*100**12*{pcn}~CAS*OA*23*50~");
    let body = decided("WHO") + &paid(&two.number, "PCN2");
    let (first, _) = practice.receive_one(&remit("T1", "180", &body)).await;
    // Between the set and what a person does about it, its other visit is decided once more.
    let (again, _) = practice.receive_one(&remit("T2", "100", &more(&two.number, "PCN3"))).await;
    assert_eq!(waits(&again), "over_payment 100.00");
    let open = practice.exceptions().await;
    practice.resolve(open[0].item.id, &Action::Match { claim: one.id }).await.unwrap();
    let named = "a later entry (remit_claim) moved the account of one of its visits";
    assert_eq!(refused(&practice, first.remittance).await, named);
    practice.unpost(again.remittance).await.unwrap();
    practice.unpost(first.remittance).await.unwrap();
    assert_eq!(practice.books().await, "insurance_ar 600.00, charges 600.00");
    practice.proves().await;

    // What is matched to a visit that was decided before does not wait for that; what comes after it does.
    let (waiting, _) = practice.receive_one(&remit("T3", "80", &decided("WHO"))).await;
    practice.receive_one(&remit("T4", "100", &paid(&four.number, "PCN4"))).await;
    practice.resolve(practice.exception().await.item.id, &Action::Match { claim: three.id }).await.unwrap();
    let (later, _) = practice.receive_one(&remit("T5", "100", &more(&three.number, "PCN5"))).await;
    assert_eq!(refused(&practice, waiting.remittance).await, named);
    practice.unpost(later.remittance).await.unwrap();
    practice.unpost(waiting.remittance).await.unwrap();
    practice.proves().await;
}

#[tokio::test]
async fn what_a_person_said_a_plb_amount_is_for_goes_with_its_set() {
    let practice = practice().await;
    let (report, _) = practice.receive_one(&remit("T1", "12", "PLB*1*20261231*ZZ:X1*-12~")).await;
    let action = Action::Assign { account: AccountKind::InterestIncome };
    practice.resolve(practice.exception().await.item.id, &action).await.unwrap();
    assert_eq!(practice.unpost(report.remittance).await.unwrap().entries, 2);
    assert_eq!(on_both_days(&practice).await, both(""));
    practice.proves().await;
    post_again(&practice, report.remittance).await;
    assert_eq!(practice.books().await, "insurance_cash 12.00, suspense 12.00");
    practice.resolve(practice.exception().await.item.id, &action).await.unwrap();
    practice.proves().await;
}

#[tokio::test]
async fn what_the_next_payer_was_asked_for_goes_with_its_set() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = decided(&claim.number).replace("*1*150", "*19*150") + "NM1*TT*2*BETA MUTUAL*****PI*BETA2~";
    let sets = file(&[set("T1", "80", &body)]);
    let (report, _) = practice.receive_one(&sets).await;
    practice.cover_second(&claim).await;
    practice.resolve(practice.exception().await.item.id, &Action::AskNextPayer).await.unwrap();
    assert_eq!(practice.owed_by(&claim, practice.second_payer).await, "20.00");
    assert_eq!(practice.unpost(report.remittance).await.unwrap().entries, 2);
    assert_eq!(on_both_days(&practice).await, both(NOTHING));
    assert_eq!(practice.owed_by(&claim, practice.payer).await, "150.00");
    assert_eq!(practice.owed_by(&claim, practice.second_payer).await, "0.00");
    practice.proves().await;
    // The coverage is on file by now: its payer is asked at once.
    let again = practice.approve(report.remittance, &Approval::Reviewed).await.unwrap();
    assert_eq!(again.outcome, State::Posted);
    assert_eq!(practice.owed_by(&claim, practice.second_payer).await, "20.00");
    practice.proves().await;
}
