use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use firstpass::db::schema::{audit_events, files, organizations};
use firstpass::db::{Actor, Db, Tx};
use firstpass::exchange::files::{Direction, keep};
use firstpass::types::{Error, Refusal, Result, Status, UserId};
use serde_json::json;
use tokio::sync::Barrier;

use crate::support;

/// A write without its audit event: what must not happen.
async fn rename(tx: &mut Tx, name: &str) -> Result<()> {
    diesel::update(organizations::table.find(tx.actor().organization))
        .set(organizations::name.eq(name))
        .execute(tx.conn())
        .await?;
    Ok(())
}

async fn name(db: &Db, actor: &Actor) -> String {
    let find = organizations::table.find(actor.organization).select(organizations::name);
    db.transaction(actor, async |tx| Ok(find.first(tx.conn()).await?)).await.unwrap()
}

async fn actions(db: &Db, actor: &Actor) -> Vec<String> {
    let all = audit_events::table.order(audit_events::id).select(audit_events::action);
    db.transaction(actor, async |tx| Ok(all.load(tx.conn()).await?)).await.unwrap()
}

#[tokio::test]
async fn what_was_written_without_an_audit_event_is_not_written() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let fault = world.db.transaction(&elm, async |tx| rename(tx, "Elm Lane").await).await.unwrap_err();
    assert_eq!(fault.to_string(), "system:test wrote and left no audit event");
    assert_eq!(name(&world.db, &elm).await, "Elm Street");

    world
        .db
        .transaction(&elm, async |tx| {
            rename(tx, "Elm Lane").await?;
            let id = tx.actor().organization;
            tx.audit("organizations/rename", id, None, json!({})).await
        })
        .await
        .unwrap();
    assert_eq!(name(&world.db, &elm).await, "Elm Lane");
    assert_eq!(actions(&world.db, &elm).await, ["organizations/create", "organizations/rename"]);
}

#[tokio::test]
async fn locking_a_row_counts_as_writing() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let lock = "select from organizations for update";
    let fault = world.db.transaction(&elm, async |tx| Ok(sql_query(lock).execute(tx.conn()).await?)).await;
    assert!(fault.is_err());
}

#[tokio::test]
async fn a_verb_that_fails_leaves_nothing() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let fault = world
        .db
        .transaction(&elm, async |tx| {
            rename(tx, "Elm Lane").await?;
            let id = tx.actor().organization;
            tx.audit("organizations/rename", id, None, json!({})).await?;
            Err::<(), Error>(Refusal::new("test/no", Status::Conflict, "no", "Stop").into())
        })
        .await
        .unwrap_err();
    assert_eq!(fault.refusal().unwrap().code, "test/no");
    assert_eq!(name(&world.db, &elm).await, "Elm Street");
    assert_eq!(actions(&world.db, &elm).await, ["organizations/create"]);
}

#[tokio::test]
async fn an_error_that_a_verb_swallows_is_not_success() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let outcome = world
        .db
        .transaction(&elm, async |tx| {
            keep(tx, b"ISA", "x", Direction::In).await?;
            let _ = tx.conn().batch_execute("select 1 / 0").await;
            Ok(())
        })
        .await;
    assert!(outcome.is_err());
    let outcome = world
        .db
        .system(async |tx| {
            let _ = tx.conn().batch_execute("select 1 / 0").await;
            Ok(())
        })
        .await;
    assert!(outcome.is_err());
}

#[tokio::test]
async fn what_a_deferred_check_refuses_at_commit_is_not_success() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let orphan =
        format!("insert into file_chunks values ('{}', gen_random_uuid(), 0, 'x')", elm.organization.uuid());
    let outcome = world
        .db
        .transaction(&elm, async |tx| {
            let id = tx.actor().organization;
            tx.audit("test/orphan", id, None, json!({})).await?;
            Ok(tx.conn().batch_execute(&orphan).await?)
        })
        .await;
    assert!(outcome.unwrap_err().to_string().contains("violates foreign key constraint"));
    assert_eq!(actions(&world.db, &elm).await, ["organizations/create"]);
}

#[tokio::test]
async fn a_transaction_given_up_halfway_leaves_nothing() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    for _ in 0..10 {
        let never = world.db.transaction(&elm, async |tx| {
            rename(tx, "Elm Lane").await?;
            tx.conn().batch_execute("select pg_sleep(30)").await?;
            Ok(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(50), never).await.is_err());
    }
    assert_eq!(name(&world.db, &elm).await, "Elm Street");
}

/// Writes down that it was there, after what the server says.
async fn leave_a_mark(tx: &mut Tx, said: &str) -> Result<()> {
    let id = tx.actor().organization;
    tx.audit("test/mark", id, None, json!({})).await?;
    Ok(tx.conn().batch_execute(said).await?)
}

/// What makes the server end a transaction with this SQLSTATE and message.
fn ends_with(state: &str, message: &str) -> String {
    format!("do $$ begin raise exception '{message}' using errcode = '{state}'; end $$")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_transactions_that_meet_in_opposite_order_both_happen_once() {
    let world = support::world().await;
    let practices = [world.organization("Elm Street").await, world.organization("Oak Street").await];
    let (met, tries) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let mut both = tokio::task::JoinSet::new();
    for (first, last) in [(0, 1), (1, 0)] {
        let (db, me) = (world.db.clone(), practices[first].clone());
        let other = practices[last].organization;
        let (met, tries, waits) = (Arc::clone(&met), Arc::clone(&tries), AtomicBool::new(true));
        both.spawn(async move {
            db.transaction(&me, async |tx| {
                tries.fetch_add(1, Ordering::SeqCst);
                rename(tx, "Mine").await?;
                // Each holds its own row before it asks for the other's.
                if waits.swap(false, Ordering::SeqCst) {
                    met.wait().await;
                }
                diesel::update(organizations::table.find(other))
                    .set(organizations::name.eq("Yours"))
                    .execute(tx.conn())
                    .await?;
                leave_a_mark(tx, "select 1").await
            })
            .await
        });
    }
    for outcome in both.join_all().await {
        outcome.unwrap();
    }
    assert_eq!(AtomicU32::load(&tries, Ordering::SeqCst), 3, "one of them was ended, once");
    for practice in &practices {
        assert_eq!(actions(&world.db, practice).await, ["organizations/create", "test/mark"]);
    }
}

#[tokio::test]
async fn what_the_server_ends_for_others_sake_runs_again_from_its_beginning() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    for (state, message) in [("40P01", "deadlock detected"), ("40001", "could not serialize access")] {
        let tries = AtomicU32::new(0);
        let kept = world.db.transaction(&elm, async |tx| {
            let first = tries.fetch_add(1, Ordering::SeqCst) == 0;
            leave_a_mark(tx, &if first { ends_with(state, message) } else { "select 1".into() }).await
        });
        kept.await.unwrap();
        assert_eq!(AtomicU32::load(&tries, Ordering::SeqCst), 2, "{state}");
    }
    assert_eq!(actions(&world.db, &elm).await, ["organizations/create", "test/mark", "test/mark"]);
}

#[tokio::test]
async fn a_transaction_that_is_ended_each_time_is_refused_and_leaves_nothing() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let tries = AtomicU32::new(0);
    let never = world.db.batch(&elm, async |tx| {
        tries.fetch_add(1, Ordering::SeqCst);
        leave_a_mark(tx, &ends_with("40P01", "deadlock detected")).await
    });
    let refused = never.await.unwrap_err();
    let refusal = refused.refusal().unwrap();
    assert_eq!((refusal.code, refusal.status), ("database/busy", Status::Unavailable));
    assert_eq!(AtomicU32::load(&tries, Ordering::SeqCst), 5);
    assert_eq!(actions(&world.db, &elm).await, ["organizations/create"]);
}

#[tokio::test]
async fn what_failed_by_itself_or_waited_too_long_does_not_run_again() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    for (state, message) in [("55P03", "lock not available"), ("P0001", "no")] {
        let tries = AtomicU32::new(0);
        let never = world.db.transaction(&elm, async |tx| {
            tries.fetch_add(1, Ordering::SeqCst);
            leave_a_mark(tx, &ends_with(state, message)).await
        });
        assert_eq!(never.await.unwrap_err().to_string(), message);
        assert_eq!(AtomicU32::load(&tries, Ordering::SeqCst), 1, "{state}");
    }
}

#[tokio::test]
async fn a_savepoint_that_fails_undoes_its_own_part_only() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    world
        .db
        .transaction(&elm, async |tx| {
            keep(tx, b"kept", "kept.txt", Direction::In).await?;
            let lost = tx
                .savepoint(async |tx| {
                    keep(tx, b"lost", "lost.txt", Direction::In).await?;
                    tx.conn().batch_execute("select 1 / 0").await?;
                    Ok(())
                })
                .await;
            assert!(lost.is_err());
            keep(tx, b"kept too", "too.txt", Direction::In).await
        })
        .await
        .unwrap();
    let names = files::table.order(files::id).select(files::name);
    let names: Vec<String> =
        world.db.transaction(&elm, async |tx| Ok(names.load(tx.conn()).await?)).await.unwrap();
    assert_eq!(names, ["kept.txt", "too.txt"]);
}

#[tokio::test]
async fn an_audit_event_undone_with_its_savepoint_does_not_count() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let fault = world
        .db
        .transaction(&elm, async |tx| {
            rename(tx, "Elm Lane").await?;
            let undone = tx
                .savepoint(async |tx| {
                    keep(tx, b"lost", "lost.txt", Direction::In).await?;
                    Err::<(), Error>(Refusal::new("test/no", Status::Conflict, "no", "Stop").into())
                })
                .await;
            assert!(undone.is_err());
            Ok(())
        })
        .await
        .unwrap_err();
    assert_eq!(fault.to_string(), "system:test wrote and left no audit event");
}

#[tokio::test]
async fn the_audit_event_says_who_what_and_from_which_document() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let user: UserId = "usr_01h455vb4pex5vsknk084sn02q".parse().unwrap();
    let biller = Actor { organization: elm.organization, who: firstpass::db::Who::User(user) };
    let file = world
        .db
        .transaction(&biller, async |tx| keep(tx, b"ISA", "remit.835", Direction::In).await)
        .await
        .unwrap()
        .id;
    type Event = (String, String, uuid::Uuid, Option<uuid::Uuid>, serde_json::Value);
    let event: Event = world
        .db
        .transaction(&elm, async |tx| {
            let found = audit_events::table.filter(audit_events::action.eq("files/keep")).select((
                audit_events::actor,
                audit_events::subject_kind,
                audit_events::subject_id,
                audit_events::source_file_id,
                audit_events::detail,
            ));
            Ok(found.first(tx.conn()).await?)
        })
        .await
        .unwrap();
    let who = "usr_01h455vb4pex5vsknk084sn02q".to_owned();
    assert_eq!(event, (who, "fil".to_owned(), file.uuid(), Some(file.uuid()), json!({ "size_bytes": 3 })));
}

#[tokio::test]
async fn system_work_sees_no_practices_rows() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    world.db.transaction(&elm, async |tx| keep(tx, b"x", "x", Direction::In).await).await.unwrap();
    let (practices, files) = world
        .db
        .system(async |tx| {
            let practices: i64 = organizations::table.count().get_result(tx.conn()).await?;
            let files: i64 = files::table.count().get_result(tx.conn()).await?;
            Ok((practices, files))
        })
        .await
        .unwrap();
    assert_eq!((practices, files), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_can_be_spawned() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let db = world.db.clone();
    let bytes = b"borrowed".to_vec();
    let kept = tokio::spawn(async move {
        let (bytes, name) = (&bytes, "x".to_owned());
        db.transaction(&elm, async |tx| keep(tx, bytes, &name, Direction::Out).await).await
    });
    assert!(!kept.await.unwrap().unwrap().already);
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_one_line() {
    let refusal = |url: &'static str| async move { Db::connect(url, 1).await.err().unwrap().to_string() };
    assert_eq!(
        refusal("postgres://nobody:secret@127.0.0.1:1/none").await,
        "the database does not answer: error connecting to server: Connection refused (os error 111). \
         Check that the server runs and that DATABASE_URL names it (database/unreachable)"
    );
    assert!(
        refusal("postgres://nobody:secret@h:notaport/none")
            .await
            .starts_with("the database does not answer: invalid")
    );
}
