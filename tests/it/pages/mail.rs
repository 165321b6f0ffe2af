//! What goes out and comes in by itself, in view of who answers for it.

use actix_web::http::Method;
use chrono::TimeDelta;
use firstpass::access::Role;
use firstpass::db::jobs::{self, Failed, Job};
use firstpass::journey::SendBatches;

use super::office;

#[tokio::test]
async fn a_manager_sees_what_failed_and_tries_it_again() {
    let mut office = office().await;
    assert_eq!(office.get("/mail").await.status, 403, "a biller does not");
    office.act(&office.actor.clone(), Role::Manager).await;
    let page = office.get("/mail").await;
    assert_eq!(page.status, 200, "{}", page.html);
    page.has(&["Nothing has run yet", "Nothing waits", "say as whom the practice sends", "remit.835"]);

    let sent = office.send(Method::POST, "/mail/send", "idempotency_key=1&release=ready").await;
    assert_eq!((sent.status, sent.location.as_str()), (303, "/mail"));
    office.get("/mail").await.has(&["Send what is ready", "Waits"]);

    // It fails until it is dead.
    let (db, mut now) = (&office.world.db, office.app.clock.now());
    loop {
        let job = jobs::claim(db, now, "a", TimeDelta::seconds(60)).await.unwrap().unwrap();
        assert_eq!(job.kind, SendBatches::KIND);
        match job.fail(db, now, "the folder is read-only").await.unwrap() {
            Failed::RetryAt(at) => now = at,
            Failed::Dead => break,
            Failed::Superseded => panic!("nobody else works"),
        }
    }
    let page = office.get("/mail").await;
    page.has(&["Failed for good", "the folder is read-only", "Try again"]);
    let at = page.html.find("/mail/jobs/").unwrap();
    let retry = page.html[at..].split('"').next().unwrap().to_owned();
    let again = office.send(Method::POST, &retry, "idempotency_key=2").await;
    assert_eq!((again.status, again.location.as_str()), (303, "/mail"));
    let page = office.get("/mail").await;
    assert!(!page.html.contains("Try again"));
    page.has(&["Waits to be tried again"]);
}

#[tokio::test]
async fn the_schedule_and_the_sender_are_chosen_on_the_page() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Admin).await;
    let form = "idempotency_key=1&every_seconds=60&release=queued&identifier=1234567893&contact=BILLING\
                &telephone=217555010";
    let refused = office.send(Method::POST, "/mail/settings", form).await;
    assert_eq!(refused.status, 422, "{}", refused.html);
    refused.has(&["a telephone number has ten digits"]);
    office.get("/mail").await.has(&["every 30 seconds"]);

    let form = form.replace("idempotency_key=1", "idempotency_key=2") + "0";
    let saved = office.send(Method::POST, "/mail/settings", &form).await;
    assert_eq!((saved.status, saved.location.as_str()), (303, "/mail"));
    office.get("/mail").await.has(&["every 60 seconds", "value=\"2175550100\"", "value=\"queued\" selected"]);
}
