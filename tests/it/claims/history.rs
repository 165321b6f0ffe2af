//! What was billed before, for rules across claims.

use diesel_async::RunQueryDsl;
use firstpass::claims::{self, DraftedVisits, Event};
use firstpass::codes::Codes;
use firstpass::db::Tx;
use firstpass::types::Result;
use firstpass::{journey, submissions};

use super::{audited, drafted, now, record};
use crate::support::practice::{DOCTOR_NPI, GROUP_NPI, Practice, day};
use crate::support::{self, World};

#[tokio::test]
async fn earlier_lines_of_several_patients_come_in_one_answer_without_what_was_voided() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let visits = [
        ("V1", "A-100", "2026-03-02", "99213", "150.00"),
        ("V2", "A-200", "2026-03-01", "99214", "200.00"),
        ("V3", "A-100", "2026-02-01", "85025", "20.00"),
        ("V4", "A-100", "2023-01-01", "99203", "180.00"),
    ];
    let drafted = drafted(&world, &practice, &visits).await;
    let voided = [Event::Released, Event::Queued, Event::Sent, Event::Paid, Event::Voided];
    record(&world, &practice, drafted.claims[2].1, &voided).await;
    let history = world
        .db
        .transaction(&practice.actor, async |tx| {
            let ids: Vec<_> = drafted.claims.iter().map(|(_, claim)| *claim).collect();
            let patients = claims::load(tx, &ids).await?.iter().map(|one| (one.patient, None)).collect();
            claims::history(tx, &patients, day("2023-03-01")).await
        })
        .await
        .unwrap();
    let lines: Vec<_> = history.into_values().flatten().collect();
    let mut shown: Vec<_> = lines.iter().map(|line| (line.from.unwrap(), line.procedure.text())).collect();
    shown.sort_unstable();
    assert_eq!(shown, [(day("2026-03-01"), "99214"), (day("2026-03-02"), "99213")]);
    for line in &lines {
        assert_eq!(line.claim, line.account_claim);
        assert_eq!(line.units.to_string(), "1");
        assert_eq!(line.rendering.as_ref().unwrap().text(), DOCTOR_NPI);
        assert_eq!(line.billing.as_ref().unwrap().text(), GROUP_NPI);
    }
}

/// Statistics know the practice that was there before, and nothing of one that has just begun.
#[tokio::test]
async fn fresh_claims_are_each_read_a_few_times_whatever_the_statistics_say() {
    const CLAIMS: i64 = 120;
    let world = support::world().await;
    let old = world.practice("Elm Street").await;
    many_drafted(&world, &old, CLAIMS).await;
    let (owner, connection) =
        tokio_postgres::connect(&world.owner_url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    owner.batch_execute("analyze claims, claim_standings, claim_lines, submissions").await.unwrap();

    let fresh = world.practice("Oak Street").await;
    let drafted = many_drafted(&world, &fresh, CLAIMS).await;
    let ids: Vec<_> = drafted.claims.iter().map(|(_, claim)| *claim).collect();
    let (lines, history) = audited(&world, &fresh.actor, async |tx| {
        let patients = claims::load(tx, &ids).await?.iter().map(|one| (one.patient, None)).collect();
        // Reading a table whole is right while it is as small as here.
        diesel::sql_query("set local enable_seqscan = off").execute(tx.conn()).await?;
        let before = rows_read(tx).await?;
        let lines = claims::history(tx, &patients, day("2023-03-01")).await?.into_values().flatten().count();
        Ok((lines, rows_read(tx).await? - before))
    })
    .await
    .unwrap();
    // Each claim with its lines, and where it stands; nothing else of the visit.
    assert_eq!(lines, 120);
    assert!(history <= 2 * CLAIMS, "{history} rows were read for {CLAIMS} claims of one line");

    journey::scrub_drafts(&world.db, &fresh.actor, now(), Codes::shipped()).await.unwrap();
    let (queued, waiting, waiting_read) = audited(&world, &fresh.actor, async |tx| {
        diesel::sql_query("set local enable_seqscan = off").execute(tx.conn()).await?;
        let queued = journey::queue_ready(tx, now(), Codes::shipped()).await?.len();
        let before = rows_read(tx).await?;
        assert_eq!(submissions::waiting_payers(tx).await?, [fresh.first_payer, fresh.second_payer]);
        let waiting = submissions::waiting(tx, fresh.first_payer, 1_000).await?.len();
        Ok((queued, waiting, rows_read(tx).await? - before))
    })
    .await
    .unwrap();
    assert_eq!((queued, waiting), (120, 60));
    // Each submission with its claim and where that stands, once for the payers and once for one payer's
    // list. Standings are read in every version of this transaction: draft, ready, queued.
    assert!(waiting_read <= 12 * CLAIMS, "{waiting_read} rows were read for {CLAIMS} waiting claims");
}

/// Visits to either payer, one a day to each.
async fn many_drafted(world: &World, practice: &Practice, claims: i64) -> DraftedVisits {
    let days = day("2026-01-02").iter_days();
    let visits: Vec<(String, &str, String)> = days
        .flat_map(|on| [("A-100", on), ("A-200", on)])
        .take(usize::try_from(claims).unwrap())
        .enumerate()
        .map(|(number, (account, on))| (format!("V{number}"), account, on.to_string()))
        .collect();
    let visits: Vec<_> = visits
        .iter()
        .map(|(visit, account, on)| (visit.as_str(), *account, on.as_str(), "99213", "150.00"))
        .collect();
    drafted(world, practice, &visits).await
}

/// Rows of claims, their standings, lines and submissions that this transaction has read so far.
async fn rows_read(tx: &mut Tx) -> Result<i64> {
    let read = "(select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint
        from pg_stat_xact_user_tables where relname in ('claims', 'claim_standings', 'claim_lines', 'submissions'))";
    let read = diesel::dsl::sql::<diesel::sql_types::BigInt>(read);
    Ok(diesel::select(read).get_result(tx.conn()).await?)
}
