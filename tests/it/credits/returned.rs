//! A payer takes back money that a person had owed back to it: what was not sent is not owed any more, and what was
//! sent it owes again.

use firstpass::credits::refunds;
use firstpass::remits::Approval;
use firstpass::remits::exceptions::{Action as Settles, ActionKind, ExceptionDetail};

use super::{owed_back, pay, proves};
use crate::remits::{Practice, entries, practice, remit, waits};

/// 80.00 came for nobody whom we know, and are owed back.
async fn returned() -> Practice {
    let practice = practice().await;
    practice.receive_one(&remit("T1", "80", "CLP*WHO*1*150*80*20*12*PCN1~CAS*CO*45*50~CAS*PR*1*20~")).await;
    practice.resolve(practice.exception().await.item.id, &Settles::ReturnToPayer).await.unwrap();
    assert_eq!(practice.books().await, "insurance_cash 80.00, refunds_payable 80.00");
    practice
}

/// The payer takes the 80.00 back: of what it pays later.
async fn taken_back(practice: &Practice) -> ExceptionDetail {
    let body = "CLP*WHO*22*-150*-80*-20*12*PCN1~CAS*CO*45*-50~CAS*PR*1*-20~PLB*1*20261231*FB:PCN1*-80~";
    let (report, _) = practice.receive_one(&remit("T2", "0", body)).await;
    assert_eq!(waits(&report), "no_match -80.00");
    let exception = practice.exception().await;
    assert_eq!(exception.actions[0], ActionKind::TakeBack);
    let decision = &exception.returned[0].decision;
    assert_eq!((decision.trace_number.as_str(), decision.paid.to_string()), ("T1", "80.00".to_owned()));
    exception
}

/// The payer carries 80.00 forward, which are still here.
const TAKEN_BACK: &str = "insurance_cash 80.00, forwarding_balances 80.00";

#[tokio::test]
async fn what_was_not_sent_is_not_owed_any_more() {
    let practice = returned().await;
    let exception = taken_back(&practice).await;
    assert!(!exception.returned[0].is_sent);
    let action = Settles::TakeBack { decision: exception.returned[0].decision.id };
    let journal = practice.preview(exception.item.id, &action).await.unwrap();
    // Where it came, and where it was owed back, swapped; then what waited. Unapplied cash: -80.00 + 80.00.
    assert_eq!(
        entries(&journal),
        [
            "unapplied_cash < insurance_cash 80.00",
            "refunds_payable < unapplied_cash 80.00",
            "insurance_cash < suspense 80.00"
        ]
    );
    assert_eq!(journal.difference.to_string(), "0.00");
    practice.resolve(exception.item.id, &action).await.unwrap();
    assert_eq!(practice.books().await, TAKEN_BACK);
    assert!(owed_back(&practice, refunds::Filter::Open).await.is_empty());
    assert!(practice.exceptions().await.is_empty());
    proves(&practice).await;
    // Its set is taken back: the money is owed back again, and what takes it waits when the set is posted again.
    practice.unpost(exception.item.remittance).await.unwrap();
    assert_eq!(practice.books().await, "insurance_cash 80.00, refunds_payable 80.00");
    assert_eq!(owed_back(&practice, refunds::Filter::Open).await[0].amount.to_string(), "80.00");
    proves(&practice).await;
    practice.approve(exception.item.remittance, &Approval::Reviewed).await.unwrap();
    let exception = practice.exception().await;
    let action = Settles::TakeBack { decision: exception.returned[0].decision.id };
    practice.resolve(exception.item.id, &action).await.unwrap();
    assert_eq!(practice.books().await, TAKEN_BACK);
    proves(&practice).await;
}

#[tokio::test]
async fn what_was_sent_the_payer_owes_again() {
    let practice = returned().await;
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    pay(&practice, refund.id, "2026-04-02").await.unwrap();
    let exception = taken_back(&practice).await;
    assert!(exception.returned[0].is_sent);
    let action = Settles::TakeBack { decision: exception.returned[0].decision.id };
    let journal = practice.preview(exception.item.id, &action).await.unwrap();
    assert_eq!(entries(&journal), ["payer_recoupments < suspense 80.00"]);
    practice.resolve(exception.item.id, &action).await.unwrap();
    // 80.00 came and were sent; the payer takes 80.00 once more, and owes them.
    assert_eq!(practice.books().await, "payer_recoupments -80.00, forwarding_balances 80.00");
    assert!(practice.exceptions().await.is_empty());
    proves(&practice).await;
    practice.unpost(exception.item.remittance).await.unwrap();
    assert_eq!(practice.books().await, "");
    proves(&practice).await;
}

#[tokio::test]
async fn of_a_claim_that_is_known_what_was_sent_is_owed_for_the_visit() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let decided = |control: &str, paid: u32| {
        format!("CLP*{}*1*150*{paid}**12*{control}~CAS*CO*45*{}~", claim.number, 150 - paid)
    };
    practice.receive_one(&remit("T1", "80", &decided("PCN1", 80))).await;
    practice.receive_one(&remit("T2", "90", &decided("PCN2", 90))).await;
    practice.resolve(practice.exception().await.item.id, &Settles::ReturnToPayer).await.unwrap();
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    pay(&practice, refund.id, "2026-04-02").await.unwrap();
    let body = format!("CLP*{}*22*-150*-90**12*PCN2~CAS*CO*45*-60~PLB*1*20261231*FB:PCN2*-90~", claim.number);
    let (report, _) = practice.receive_one(&remit("T3", "0", &body)).await;
    assert_eq!(waits(&report), "reversal_without_original -90.00");
    let exception = practice.exception().await;
    let action = Settles::TakeBack { decision: exception.returned[0].decision.id };
    practice.resolve(exception.item.id, &action).await.unwrap();
    assert_eq!(practice.owed(&claim).await, "insurance 90.00, patient 0.00");
    proves(&practice).await;
}
