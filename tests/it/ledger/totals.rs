//! The sums that the database keeps: by nobody's hand but its own, without one posting waiting for another.

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use firstpass::ledger::{self, AccountKind, AsOf};
use firstpass::types::Money;

use crate::ledger::{audited, broken, charge, claim, day, detail, dollars, payment, post, prove, session};
use crate::support;

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = BigInt)]
    transfers: i64,
}

#[tokio::test]
async fn the_service_reads_sums_and_writes_none() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    post(&world, &actor, &charge("150.00", claim())).await.unwrap();
    let mut conn = session(&world.service_url(), &actor).await;
    for (table, change) in
        [("account_totals", "amount = 1"), ("open_balances", "amount = 1"), ("status_totals", "claims = 1")]
    {
        for sql in [
            format!("update {table} set {change}"),
            format!("delete from {table}"),
            format!("truncate {table}"),
        ] {
            let refused = conn.batch_execute(&sql).await.expect_err(&sql).to_string();
            assert_eq!(refused, format!("permission denied for table {table}"));
        }
    }
    let sql = "update claim_standings set charged = 1";
    let refused = conn.batch_execute(sql).await.expect_err(sql).to_string();
    assert_eq!(refused, "permission denied for table claim_standings");
}

#[tokio::test]
async fn a_sum_that_was_changed_is_found_and_named() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = claim();
    post(&world, &actor, &charge("150.00", about)).await.unwrap();
    post(&world, &actor, &payment("80.00", "40.00", about)).await.unwrap();
    let whole = prove(&world, &actor).await;
    assert_eq!(broken(&whole), [""; 0]);
    assert_eq!(detail(&whole, "totals_are_sums"), "2 days, 1 balances of visits");

    let mut conn = session(&world.administrator_url(), &actor).await;
    conn.batch_execute("update account_totals set amount = amount + 0.01 where debit_account = 4110")
        .await
        .unwrap();
    let proofs = prove(&world, &actor).await;
    assert!(broken(&proofs).contains(&"totals_are_sums"));
    assert_eq!(
        detail(&proofs, "totals_are_sums"),
        "2 days, 1 balances of visits; 1 days have other sums, the first 2026-03-20"
    );

    conn.batch_execute(
        "update account_totals set amount = amount - 0.01 where debit_account = 4110;
         update open_balances set amount = amount - 0.01",
    )
    .await
    .unwrap();
    let proofs = prove(&world, &actor).await;
    assert_eq!(broken(&proofs), ["totals_are_sums"]);
    let claim = about.claim.unwrap();
    assert_eq!(
        detail(&proofs, "totals_are_sums"),
        format!("2 days, 1 balances of visits; 1 balances are others, the first of claim {claim}")
    );
}

#[tokio::test]
async fn many_small_postings_are_put_together() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let posted = world.db.transaction(&actor, async |tx| {
        for _ in 0..501 {
            ledger::post(tx, &charge("1.00", claim())).await?;
        }
        audited(tx, ()).await
    });
    posted.await.unwrap();
    let mut conn = session(&world.administrator_url(), &actor).await;
    let kept: Kept = diesel::sql_query(format!(
        "select count(*) as rows, sum(transfers)::bigint as transfers from account_totals where organization_id = '{}'",
        actor.organization.uuid()
    ))
    .get_result(&mut conn)
    .await
    .unwrap();
    // The five hundredth put all before it into one row; one came after it.
    assert_eq!((kept.rows, kept.transfers), (2, 501));
    assert_eq!(broken(&prove(&world, &actor).await), [""; 0]);
}

#[tokio::test]
async fn a_posting_that_is_not_committed_keeps_no_other_waiting() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let (ours, theirs) = (claim(), claim());
    let both = world.db.transaction(&actor, async |tx| {
        ledger::post(tx, &charge("150.00", ours)).await?;
        // Of the same day, between the same accounts, in another session.
        post(&world, &actor, &charge("70.00", theirs)).await?;
        audited(tx, ()).await
    });
    tokio::time::timeout(std::time::Duration::from_secs(30), both).await.expect("it waits for us").unwrap();
    let owed = async |as_of| -> Money {
        let balances = world.db.snapshot(&actor, async |tx| ledger::balances(tx, as_of).await).await.unwrap();
        balances.iter().find(|row| row.account.kind == AccountKind::InsuranceAr).unwrap().balance
    };
    assert_eq!(owed(AsOf::NOW).await, dollars("220.00"));
    assert_eq!(owed(AsOf::day(day("2026-03-01"))).await, dollars("0.00"));
    assert_eq!(broken(&prove(&world, &actor).await), [""; 0]);
}
