//! Nobody changes what is posted: not the service's role, not the owner, not another tenant.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use firstpass::ledger;

use crate::ledger::{charge, claim, payment, post, session};
use crate::support;

const TABLES: [(&str, &str); 3] =
    [("entries", "posted_at = now()"), ("transfers", "amount = 0.01"), ("chain_links", "linked_at = now()")];

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

async fn count(conn: &mut AsyncPgConnection, table: &str) -> i64 {
    let count: Count =
        diesel::sql_query(format!("select count(*) from {table}")).get_result(conn).await.unwrap();
    count.count
}

/// What Postgres says to a statement that it refuses.
async fn refusal(conn: &mut AsyncPgConnection, sql: &str) -> String {
    let refused = conn.batch_execute(sql).await;
    refused.expect_err(sql).to_string()
}

#[tokio::test]
async fn a_hostile_session_of_the_service_cannot_change_an_entry() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    post(&world, &actor, &charge("150.00", claim())).await.unwrap();
    let mut conn = session(&world.service_url(), &actor).await;
    for (table, change) in TABLES {
        for sql in [
            format!("update {table} set {change}"),
            format!("delete from {table}"),
            format!("truncate {table}"),
        ] {
            assert_eq!(refusal(&mut conn, &sql).await, format!("permission denied for table {table}"));
        }
        let disable = format!("alter table {table} disable trigger append_only_rows");
        assert_eq!(refusal(&mut conn, &disable).await, format!("must be owner of table {table}"));
        assert_eq!(count(&mut conn, table).await, 1);
    }
    assert_eq!(
        refusal(&mut conn, "update accounts set kind = 'levies'").await,
        "permission denied for table accounts"
    );
}

#[tokio::test]
async fn the_owner_cannot_change_an_entry_either() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    post(&world, &actor, &charge("150.00", claim())).await.unwrap();
    let mut conn = session(&world.owner_url(), &actor).await;
    for (table, change) in TABLES {
        let (update, delete, truncate) = (
            format!("update {table} set {change}"),
            format!("delete from {table}"),
            format!("truncate {table} cascade"),
        );
        assert_eq!(refusal(&mut conn, &update).await, format!("{table} is append-only: update refused"));
        assert_eq!(refusal(&mut conn, &delete).await, format!("{table} is append-only: delete refused"));
        assert!(refusal(&mut conn, &truncate).await.ends_with("is append-only: truncate refused"));
        assert_eq!(count(&mut conn, table).await, 1);
    }
}

#[tokio::test]
async fn an_entry_that_is_in_no_link_cannot_be_committed() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let mut conn = session(&world.service_url(), &actor).await;
    let organization = actor.organization.uuid();
    let smuggled = format!(
        "insert into entries (organization_id, id, posting_id, kind, source_kind, source_id, effective_on, content_hash)
         values ('{organization}', gen_random_uuid(), gen_random_uuid(), 'charge', 'smuggled', gen_random_uuid(),
            '2026-03-02', decode(repeat('00', 32), 'hex'))"
    );
    assert!(refusal(&mut conn, &smuggled).await.contains("violates foreign key constraint"));
    assert_eq!(count(&mut conn, "entries").await, 0);
}

#[tokio::test]
async fn the_chain_cannot_fork_or_skip() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    post(&world, &actor, &charge("150.00", claim())).await.unwrap();
    let mut conn = session(&world.service_url(), &actor).await;
    let link = |number: i64, previous: &str| {
        format!(
            "insert into chain_links (organization_id, number, posting_id, entries, first_entry_id, last_entry_id,
                previous_hash, hash)
             select organization_id, {number}, gen_random_uuid(), 1, first_entry_id, last_entry_id, {previous},
                sha256('x') from chain_links where number = 1"
        )
    };
    assert!(
        refusal(&mut conn, &link(1, "previous_hash")).await.contains("chain_links_pkey"),
        "a second first link"
    );
    assert!(
        refusal(&mut conn, &link(2, "previous_hash")).await.contains("foreign key"),
        "past the first link"
    );
    assert!(refusal(&mut conn, &link(3, "hash")).await.contains("foreign key"), "over a gap");
}

#[tokio::test]
async fn another_tenant_sees_and_reverses_nothing() {
    let world = support::world().await;
    let (ours, theirs) = (world.organization("Elm Street").await, world.organization("Oak Avenue").await);
    let about = claim();
    let posted = post(&world, &ours, &charge("150.00", about)).await.unwrap();
    post(&world, &ours, &payment("80.00", "40.00", about)).await.unwrap();

    assert_eq!(
        crate::ledger::code(crate::ledger::reverse(&world, &theirs, posted.entry_id).await),
        "ledger/no-such-entry"
    );
    world
        .db
        .snapshot(&theirs, async |tx| {
            assert_eq!(ledger::entries(tx, &[posted.entry_id]).await?, []);
            assert_eq!(ledger::entries_of_claim(tx, about.claim.unwrap()).await?, []);
            assert_eq!(ledger::chain_head(tx).await?, None);
            let balances = ledger::balances(tx, ledger::AsOf::NOW).await?;
            assert!(balances.iter().all(|row| row.debits.is_zero() && row.credits.is_zero()));
            Ok(())
        })
        .await
        .unwrap();
    let mut conn = session(&world.service_url(), &theirs).await;
    for (table, _) in TABLES {
        assert_eq!(count(&mut conn, table).await, 0, "{table}");
    }
    // Nobody in particular sees nothing at all.
    conn.batch_execute("reset app.organization").await.unwrap();
    assert_eq!(count(&mut conn, "transfers").await, 0);
}

#[tokio::test]
async fn the_database_itself_refuses_what_is_no_transfer() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let posted = post(&world, &actor, &charge("150.00", claim())).await.unwrap().entry_id.uuid();
    let mut conn = session(&world.service_url(), &actor).await;
    let organization = actor.organization.uuid();
    let mut refused = async |debit: i16, credit: i16, amount: &str, owners: &str| {
        let insert = format!(
            "insert into transfers (organization_id, entry_id, line_no, debit_account, credit_account, amount,
                claim_id, payer_id, patient_id)
             values ('{organization}', '{posted}', 2, {debit}, {credit}, {amount}, {owners})"
        );
        refusal(&mut conn, &insert).await
    };
    let owned = "gen_random_uuid(), null, gen_random_uuid()";
    let nobody = "null, null, null";
    assert!(refused(1110, 4010, "0.00", owned).await.contains("transfers_amount_check"));
    assert!(refused(1110, 4010, "-1.00", owned).await.contains("transfers_amount_check"));
    assert!(refused(1010, 1010, "1.00", owned).await.contains("transfers_check"));
    assert!(refused(1010, 9999, "1.00", owned).await.contains("account_number_check"));
    assert!(refused(1110, 4010, "1.00", nobody).await.contains("insurance_receivable_names_its_claim"));
    assert!(refused(1020, 1120, "1.00", nobody).await.contains("patient_receivable_names_its_patient"));
    assert!(refused(6010, 1110, "1.00", owned).await.contains("interest_and_levies_move_no_receivable"));
    assert!(refused(1120, 4210, "1.00", owned).await.contains("interest_and_levies_move_no_receivable"));
}
