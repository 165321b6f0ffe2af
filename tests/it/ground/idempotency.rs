use firstpass::db::idempotency::{Answer, Once, RequestHash, once};
use firstpass::db::{Actor, Db};
use firstpass::exchange::files::{Direction, keep};
use firstpass::types::{FileId, Result};
use tokio::join;

use crate::support;

/// The verb under a key: keeps the bytes and answers 201 with the file's id.
async fn send(db: &Db, actor: &Actor, key: &str, bytes: &[u8]) -> Result<Once<FileId>> {
    let request = RequestHash::of(&[b"POST", b"/api/v1/files", bytes]);
    db.transaction(actor, async |tx| {
        once(tx, key, request, async |tx| {
            let kept = keep(tx, bytes, "x", Direction::In).await?;
            Ok(Answer { status: 201, body: kept.id })
        })
        .await
    })
    .await
}

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer_and_does_nothing() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let first = send(&world.db, &elm, "k1", b"one").await.unwrap();
    let second = send(&world.db, &elm, "k1", b"one").await.unwrap();
    assert!(!first.replayed);
    assert_eq!(second, Once { answer: Answer { status: 201, body: first.answer.body }, replayed: true });
}

#[tokio::test]
async fn another_request_under_a_used_key_is_refused() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    send(&world.db, &elm, "k1", b"one").await.unwrap();
    let fault = send(&world.db, &elm, "k1", b"two").await.unwrap_err();
    assert_eq!(fault.refusal().unwrap().code, "idempotency/other-request");
    for no_key in ["", "two words", &"x".repeat(201)] {
        let fault = send(&world.db, &elm, no_key, b"one").await.unwrap_err();
        assert_eq!(fault.refusal().unwrap().code, "idempotency/key");
    }
}

#[tokio::test]
async fn another_practices_key_is_another_key() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let oak = world.organization("Oak Avenue").await;
    let elms = send(&world.db, &elm, "k1", b"one").await.unwrap();
    let oaks = send(&world.db, &oak, "k1", b"two").await.unwrap();
    assert!(!oaks.replayed);
    assert_ne!(elms.answer.body, oaks.answer.body);
}

#[tokio::test]
async fn two_requests_at_once_happen_once() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let (one, two) = join!(send(&world.db, &elm, "k1", b"one"), send(&world.db, &elm, "k1", b"one"));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.answer, two.answer);
    assert_eq!(u8::from(one.replayed) + u8::from(two.replayed), 1);
}

#[tokio::test]
async fn a_request_that_failed_may_be_sent_again() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let request = RequestHash::of(&[b"x"]);
    let failed = world
        .db
        .transaction(&elm, async |tx| {
            once(tx, "k1", request, async |_| Err::<Answer<()>, _>(anyhow::anyhow!("fell over").into())).await
        })
        .await;
    assert!(failed.is_err());
    assert!(!send(&world.db, &elm, "k1", b"one").await.unwrap().replayed);
}

#[test]
fn a_byte_moved_between_parts_is_another_request() {
    assert_ne!(RequestHash::of(&[b"ab", b"c"]), RequestHash::of(&[b"a", b"bc"]));
}
