//! The loop is closed: what is submitted leaves, and what comes is dealt with, by itself.

use std::time::Duration;

use firstpass::access::Role;
use firstpass::journey::Release;

use super::{Running, eventually, files};
use crate::journey::Office;
use crate::support::browser::send;

const WITHIN: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_submitted_claim_leaves_within_seconds_and_its_answers_are_taken_in() {
    let office = Office::open_now().await;
    office.charge_days_ago(3..4).await;
    office.schedule(Release::Queued).await;
    let claim = office.claims().await.remove(0);
    assert_eq!(claim.status.as_str(), "ready");
    let key = office.world.key(&office.actor, Role::Biller).await;
    let serve = Running::start(&office, &["serve"]);
    let address = serve.ready.split("http://").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();

    let path = format!("/api/v1/claims/{}/submit", claim.id);
    let headers = [format!("Authorization: Bearer {key}"), "Idempotency-Key: 1".to_owned()];
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let reply = send(address, "POST", &path, &headers, "").await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let out = office.mail_folder("SBXMERID").join("out");
    eventually("the 837 is in the payer's folder", Duration::from_secs(10), async || files(&out).len() == 1)
        .await;

    // TA1, 999, 277CA and 835 are put into the folder, and nobody runs a command.
    office.until_all_are_paid(1, WITHIN).await;
    office.everything_happened_once(1).await;
    assert_eq!(serve.stop(), Some(0));
}

#[tokio::test]
async fn two_workers_on_the_same_mailboxes_deal_with_every_file_once() {
    let office = Office::open_now().await;
    office.schedule(Release::Ready).await;
    let workers = [Running::start(&office, &["work"]), Running::start(&office, &["work"])];
    for from in [1, 5, 9, 13] {
        office.charge_days_ago(from..from + 4).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        office.payers_work().await;
    }
    office.until_all_are_paid(16, Duration::from_secs(60)).await;
    eventually("every file is archived", WITHIN, async || {
        files(&office.mail_folder("SBXMERID")).keys().all(|name| name.contains("archive/"))
    })
    .await;
    office.everything_happened_once(16).await;
    for worker in workers {
        assert_eq!(worker.stop(), Some(0));
    }
}
