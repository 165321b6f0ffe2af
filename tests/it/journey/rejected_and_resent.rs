//! Turned away before anybody decided: mended, or not, and sent as new.

use firstpass::claims;
use firstpass::codes::Codes;
use firstpass::journey;

use crate::journey::Office;

/// 78 % of 150.00 is 117.00, CO-45 33.00; copay 25.00; paid 92.00.
const PAID: &str = "insurance_cash 92.00, patient_ar 25.00, charges 150.00, contractual_adjustments 33.00";

#[tokio::test]
async fn a_member_id_that_the_payer_does_not_know_is_corrected_and_the_claim_sent_under_a_new_number() {
    let office = Office::open().await;
    office.charge(&[("P-UNKNOWN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let first = office.send().await;
    office.answers().await;
    let rejected = office.claims().await.remove(0);
    assert_eq!(rejected.status.as_str(), "rejected");
    assert_eq!(office.books().await, "insurance_ar 150.00, charges 150.00");

    let mut mended = rejected.claim.clone();
    mended.subscriber.member_id = "W10000001".into();
    let (db, now, codes) = (&office.world.db, office.clock.now(), Codes::shipped());
    let scrubbed = db
        .transaction(&office.actor, async |tx| {
            claims::revise(tx, now, &mended, rejected.events).await?;
            journey::scrub_again(tx, now, codes, &[rejected.id]).await
        })
        .await
        .unwrap();
    assert_eq!((scrubbed.ready.count, scrubbed.held.count), (1, 0));
    let second = office.send().await;
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second);
    office.answers().await;
    assert_eq!(
        office.history(&rejected).await,
        [
            "drafted",
            "released",
            "queued",
            "sent",
            "file_accepted",
            "payer_rejected",
            "revised",
            "released",
            "queued",
            "sent",
            "file_accepted",
            "payer_accepted",
            "paid",
            "closed"
        ]
    );
    assert_eq!(office.books().await, PAID);
    let refused = db
        .transaction(&office.actor, async |tx| journey::scrub_again(tx, now, codes, &[rejected.id]).await)
        .await
        .unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "claims/not-scrubbable");
    office.proves().await;
}

#[tokio::test]
async fn a_claim_whose_file_was_refused_unread_goes_again_as_it_is() {
    let office = Office::open().await;
    office.charge(&[("P-NEW-GROUP", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let first = office.send().await;
    office.answers().await;
    assert_eq!(office.statuses().await, ["rejected"]);

    office.days_pass(1);
    let (db, now, codes) = (&office.world.db, office.clock.now(), Codes::shipped());
    let release =
        || db.transaction(&office.actor, async |tx| journey::release_rejected_files(tx, now, codes).await);
    assert_eq!(release().await.unwrap().ready.count, 1);
    assert_eq!(release().await.unwrap().ready.count, 0, "once");
    let second = office.send().await;
    assert_ne!(first, second);
    office.answers().await;
    let claims = office.claims().await;
    assert_eq!(
        office.history(&claims[0]).await,
        [
            "drafted",
            "released",
            "queued",
            "sent",
            "file_rejected",
            "released",
            "queued",
            "sent",
            "file_accepted",
            "payer_accepted",
            "paid",
            "closed"
        ]
    );
    assert_eq!(office.books().await, PAID);
    office.proves().await;
}
