//! Nobody changes what is posted: not the service's role, not the owner, not another tenant.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use firstpass::db::Actor;
use firstpass::{journey, ledger};

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

/// Periods, exports and runs of the proofs, each with one row.
async fn books_with_a_past(world: &support::World) -> Actor {
    let actor = world.organization("Elm Street").await;
    post(world, &actor, &charge("150.00", claim())).await.unwrap();
    let today = "2026-04-05".parse().unwrap();
    let month = "2026-03".parse().unwrap();
    let format = ledger::JournalFormat::Csv;
    let export = async |tx: &mut _| journey::export_journal(tx, month, format, today).await;
    world.db.transaction(&actor, export).await.unwrap();
    journey::prove(&world.db, &actor, chrono::Utc::now(), ledger::AsOf::NOW).await.unwrap();
    actor
}

#[tokio::test]
async fn periods_exports_and_runs_are_written_once_too() {
    let world = support::world().await;
    let actor = books_with_a_past(&world).await;
    let mut service = session(&world.service_url(), &actor).await;
    let mut owner = session(&world.owner_url(), &actor).await;
    for (table, change) in [
        ("period_events", "closed_through = null"),
        ("journal_exports", "debits = 0"),
        ("proof_runs", "holds = true"),
    ] {
        for (verb, sql) in [
            ("update", format!("update {table} set {change}")),
            ("delete", format!("delete from {table}")),
            ("truncate", format!("truncate {table}")),
        ] {
            assert_eq!(refusal(&mut service, &sql).await, format!("permission denied for table {table}"));
            assert_eq!(refusal(&mut owner, &sql).await, format!("{table} is append-only: {verb} refused"));
        }
        for trigger in ["append_only_rows", "all", "user"] {
            let sql = format!("alter table {table} disable trigger {trigger}");
            assert_eq!(refusal(&mut service, &sql).await, format!("must be owner of table {table}"));
        }
        assert!(refusal(&mut service, &format!("drop table {table}")).await.contains("must be owner"));
    }
    // The owner cannot pass the guards by saying that it replays, nor lift what is the system's.
    for sql in [
        "set session_replication_role = replica",
        "alter table entries disable trigger all",
        "alter table chain_links disable trigger all",
    ] {
        assert!(refusal(&mut owner, sql).await.contains("permission denied"), "{sql}");
    }
    assert_eq!(
        refusal(&mut service, "drop function books_open_from(uuid)").await,
        "must be owner of function books_open_from"
    );
}

#[tokio::test]
async fn a_locked_month_is_never_opened_and_no_event_is_made_up() {
    let world = support::world().await;
    let actor = books_with_a_past(&world).await;
    let organization = actor.organization.uuid();
    let event = |number: i64, event: &str, closed: &str, locked: &str| {
        format!(
            "insert into period_events (organization_id, number, event, closed_through, locked_through, reason, actor)
             values ('{organization}', {number}, '{event}', {closed}, {locked}, 'x', 'system:x')"
        )
    };
    for url in [world.service_url(), world.owner_url(), world.administrator_url()] {
        let mut conn = session(&url, &actor).await;
        for (sql, said) in [
            (event(3, "reopened", "'2026-02-28'", "null"), "the books are locked through 2026-03-31"),
            (event(3, "reopened", "null", "null"), "the books are locked through 2026-03-31"),
            (event(3, "reopened", "'2026-03-31'", "null"), "the books are locked through 2026-03-31"),
            (
                event(3, "closed", "'2026-03-31'", "'2026-03-31'"),
                "a closed event that changes something else",
            ),
            (
                event(3, "locked", "'2026-04-30'", "'2026-04-30'"),
                "a locked event that changes something else",
            ),
            (event(3, "closed", "'2026-04-15'", "'2026-03-31'"), "periods_are_months"),
            (event(3, "locked", "'2026-03-31'", "'2026-04-30'"), "what_is_locked_is_closed"),
            (event(4, "closed", "'2026-04-30'", "'2026-03-31'"), "period event 4 does not follow 2"),
            (event(2, "closed", "'2026-04-30'", "'2026-03-31'"), "period event 2 does not follow 2"),
        ] {
            let refused = refusal(&mut conn, &sql).await;
            assert!(refused.contains(said), "{sql}: {refused}");
        }
    }
    let mut conn = session(&world.service_url(), &actor).await;
    let early = format!(
        "insert into journal_exports (organization_id, month, format, file_id, journal_entries, debits, credits, actor)
         select '{organization}', '2026-04-01', 'csv', file_id, 1, 1, 1, 'system:x' from journal_exports"
    );
    assert_eq!(refusal(&mut conn, &early).await, "the journal of 2026-04 is not locked");
}

#[tokio::test]
async fn a_guard_that_its_owner_took_off_is_named_by_the_proofs() {
    let world = support::world().await;
    let actor = books_with_a_past(&world).await;
    let mut owner = session(&world.owner_url(), &actor).await;
    owner
        .batch_execute(
            "alter table transfers disable trigger append_only_rows;
             drop trigger period_is_open on entries;
             alter table period_events no force row level security;
             grant update on chain_links to firstpass_service",
        )
        .await
        .unwrap();
    let proofs = crate::ledger::prove(&world, &actor).await;
    assert_eq!(crate::ledger::broken(&proofs), ["guards_stand"]);
    assert_eq!(
        crate::ledger::detail(&proofs, "guards_stand"),
        "20 triggers of 8 tables; firstpass_service may update chain_links; row level security of period_events \
         is off; trigger append_only_rows of transfers is off; trigger period_is_open of entries is off"
    );
}

#[tokio::test]
async fn an_entry_that_is_in_no_link_cannot_be_committed() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let mut conn = session(&world.service_url(), &actor).await;
    let organization = actor.organization.uuid();
    let smuggled = format!(
        "insert into entries (organization_id, id, posting_id, kind, source_kind, source_id, effective_on, booked_on,
            content_hash)
         values ('{organization}', gen_random_uuid(), gen_random_uuid(), 'charge', 'smuggled', gen_random_uuid(),
            '2026-03-02', '2026-03-02', decode(repeat('00', 32), 'hex'))"
    );
    assert!(refusal(&mut conn, &smuggled).await.contains("violates foreign key constraint"));
    assert_eq!(count(&mut conn, "entries").await, 0);
}

#[tokio::test]
async fn a_posting_is_closed_once_with_all_its_entries_and_takes_no_more() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let posted = post(&world, &actor, &charge("150.00", claim())).await.unwrap();
    let id = posted.entry_id.uuid();
    let mut conn = session(&world.service_url(), &actor).await;
    let another = format!(
        "insert into entries (organization_id, id, posting_id, kind, source_kind, source_id, effective_on, booked_on,
            content_hash)
         select organization_id, gen_random_uuid(), posting_id, kind, source_kind, gen_random_uuid(), effective_on,
            booked_on, content_hash from entries where id = '{id}'"
    );
    assert!(refusal(&mut conn, &another).await.contains("an entry is added to a posting that is closed"));
    let again = "update postings set entries = 2";
    assert!(refusal(&mut conn, again).await.contains("is closed once"));
    // One entry, and two are said to be there.
    let wrong = format!(
        "insert into entries (organization_id, id, posting_id, kind, source_kind, source_id, effective_on, booked_on,
            content_hash)
         select organization_id, gen_random_uuid(), gen_random_uuid(), kind, source_kind, gen_random_uuid(), effective_on,
            booked_on, content_hash from entries where id = '{id}';
         update postings p set first_entry_id = e.id, last_entry_id = e.id, entries = 2
         from entries e where e.posting_id = p.id and p.entries is null"
    );
    assert!(refusal(&mut conn, &wrong).await.contains("has 1 entries, not 2"));
    assert!(refusal(&mut conn, "delete from postings").await.contains("permission denied"));
    let orphan = format!(
        "insert into transfers (organization_id, entry_id, line_no, debit_account, credit_account, amount, claim_id,
            payer_id, patient_id)
         select organization_id, gen_random_uuid(), 1, debit_account, credit_account, amount, claim_id, payer_id,
            patient_id
         from transfers where entry_id = '{id}'"
    );
    assert!(refusal(&mut conn, &orphan).await.contains("a transfer is of no entry"));
    assert_eq!(count(&mut conn, "entries").await, 1);
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
