//! A set is posted, taken back, and posted again.

use firstpass::denials;
use firstpass::journey;
use firstpass::ledger;
use firstpass::remits::{Approval, State};
use firstpass::types::RemittanceId;

use crate::journey::Office;
use crate::remits::{file, set_from};

async fn unpost(office: &Office, id: RemittanceId) -> firstpass::types::Result<firstpass::remits::Unposted> {
    office
        .world
        .db
        .transaction(&office.actor, async |tx| {
            journey::unpost_remittance(tx, &office.clock, id, "posted to the wrong practice year").await
        })
        .await
}

async fn open_denials(office: &Office) -> usize {
    office
        .world
        .db
        .snapshot(&office.actor, async |tx| denials::queue(tx, None, 10).await)
        .await
        .unwrap()
        .len()
}

async fn digest(office: &Office) -> String {
    let db = &office.world.db;
    db.snapshot(&office.actor, async |tx| ledger::digest(tx, ledger::AsOf::NOW).await)
        .await
        .unwrap()
        .to_string()
}

#[tokio::test]
async fn a_set_that_is_taken_back_leaves_no_balance_and_posts_again_to_the_same_books() {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = office.send().await.remove(0);
    // 80.00 paid, 20.00 by contract, 50.00 denied: what is denied stays owed. A PLB of 5.00 interest.
    let body = format!(
        "CLP*{number}*1*150*80**12*PCN1~SVC*HC:99213*150*80**1~DTM*472*20260302~CAS*CO*45*20**97*50~REF*6R*L1~\
         PLB*1*20261231*L6*-5~"
    );
    let text = file(&[set_from("SBXMERID", "T1", "85", &body)]);
    let mail = office.receive("r.835", text.as_bytes()).await;
    let id = mail.remittances[0].remittance;
    let posted = "insurance_cash 85.00, insurance_ar 50.00, charges 150.00, contractual_adjustments 20.00, interest_income 5.00";
    assert_eq!((office.books().await.as_str(), open_denials(&office).await), (posted, 1));
    let before = digest(&office).await;

    let unposted = unpost(&office, id).await.unwrap();
    assert_eq!((unposted.entries, unposted.already), (2, false));
    assert!(unpost(&office, id).await.unwrap().already);
    assert_eq!(office.books().await, "insurance_ar 150.00, charges 150.00");
    assert_eq!((office.statuses().await, open_denials(&office).await), (vec!["pending"], 0));
    office.proves().await;

    let (db, actor, clock) = (&office.world.db, &office.actor, &office.clock);
    let (again, _) = journey::approve_remittance(db, actor, clock, id, &Approval::Reviewed).await.unwrap();
    assert_eq!(again.outcome, State::Posted);
    assert_ne!(again.remittance, id);
    assert_eq!((office.books().await.as_str(), open_denials(&office).await), (posted, 1));
    assert_eq!(office.statuses().await, ["partially_paid"]);
    office.proves().await;
    // The digest tells every entry, so it tells that this was posted twice and taken back once.
    assert_ne!(digest(&office).await, before);
    // The file once more is known by its second posting.
    let mail = office.receive("r.835", text.as_bytes()).await;
    assert_eq!(mail.remittances[0].outcome, State::Duplicate);
}

#[tokio::test]
async fn what_a_later_remittance_builds_on_is_not_taken_back() {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = office.send().await.remove(0);
    let set = |trace: &str, paid: &str, body: String| file(&[set_from("SBXMERID", trace, paid, &body)]);
    let first = set("T1", "80", format!("CLP*{number}*1*150*80**12*PCN1~CAS*CO*45*70~"));
    let taken_back =
        set("T2", "0", format!("CLP*{number}*22*-150*-80**12*PCN1~CAS*CO*45*-70~PLB*1*20261231*FB*-80~"));
    let first = office.receive("1.835", first.as_bytes()).await.remittances.remove(0).remittance;
    let second = office.receive("2.835", taken_back.as_bytes()).await.remittances.remove(0).remittance;
    let books = office.books().await;
    for (id, why) in [
        (first, "a later remittance has taken one of its decisions back"),
        (second, "a reversal (CLP02 22) in it took an earlier decision back, which is final"),
    ] {
        let refused = unpost(&office, id).await.unwrap_err();
        let refusal = refused.refusal().unwrap();
        assert_eq!(refusal.code, "remits/depended-on");
        assert!(refusal.detail.ends_with(why), "{}", refusal.detail);
    }
    assert_eq!(office.books().await, books);
    office.proves().await;
}
