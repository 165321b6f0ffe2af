//! Months close in their order; what is learned later is booked later, and last month's reports stay.

use std::time::Duration;

use chrono::NaiveDate;
use diesel_async::SimpleAsyncConnection;
use firstpass::db::Actor;
use firstpass::ledger::{self, AccountKind, AsOf, EntryKind, NewEntry, PeriodState, Source, Standing};
use firstpass::reports::{self, Aging};
use firstpass::types::{EntryId, Month, Result};
use uuid::Uuid;

use crate::ledger::{
    TEST, broken, charge, claim, code, day, detail, digest, dollars, moves, payment, post, prove, reverse,
    session,
};
use crate::support::{self, World};

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

async fn close(world: &World, actor: &Actor, text: &str, today: &str) -> Result<Standing> {
    let (month, today) = (month(text), day(today));
    world.db.transaction(actor, async |tx| ledger::close_period(tx, month, today).await).await
}

async fn reopen(world: &World, actor: &Actor, text: &str, reason: &str) -> Result<Standing> {
    let month = month(text);
    world.db.transaction(actor, async |tx| ledger::reopen_period(tx, month, reason).await).await
}

async fn lock(world: &World, actor: &Actor, text: &str) -> Result<Standing> {
    let month = month(text);
    world.db.transaction(actor, async |tx| ledger::lock_period(tx, month, "year end").await).await
}

/// Business date and day of the books.
async fn booked(world: &World, actor: &Actor, id: EntryId) -> (NaiveDate, NaiveDate) {
    let entry = world.db.snapshot(actor, async |tx| ledger::entry(tx, id).await).await.unwrap();
    (entry.effective_on, entry.booked_on)
}

/// Everything that is reported of a day: balances with their turnover, receivables by age, digest.
async fn reported(world: &World, actor: &Actor, on: &str) -> (Vec<ledger::AccountBalance>, Aging, String) {
    let day = day(on);
    let report = world.db.snapshot(actor, async |tx| {
        let balances = ledger::balances(tx, AsOf::day(day)).await?;
        let digest = ledger::digest(tx, AsOf::day(day)).await?;
        Ok((balances, reports::aging(tx, day).await?, digest.to_string()))
    });
    report.await.unwrap()
}

#[tokio::test]
async fn a_late_fact_is_booked_on_the_first_open_day_and_last_months_reports_stay() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = claim();
    // Billed 150.00 on 2 March; 80.00 paid and 40.00 written off on 20 March: 30.00 is owed.
    let billed = post(&world, &actor, &charge("150.00", about)).await.unwrap();
    post(&world, &actor, &payment("80.00", "40.00", about)).await.unwrap();
    assert_eq!(booked(&world, &actor, billed.entry_id).await, (day("2026-03-02"), day("2026-03-02")));
    close(&world, &actor, "2026-03", "2026-04-05").await.unwrap();
    let march = reported(&world, &actor, "2026-03-31").await;

    // In April it turns out that 99.00 more was done on 2 March, and that the payment was wrong.
    let late = post(&world, &actor, &charge("99.00", claim())).await.unwrap();
    assert_eq!(booked(&world, &actor, late.entry_id).await, (day("2026-03-02"), day("2026-04-01")));
    post(&world, &actor, &payment("30.00", "0.01", about)).await.unwrap();

    assert_eq!(reported(&world, &actor, "2026-03-31").await, march);
    // 30.00 of 29 days, as it was; on 30 April 129.00 - 30.01 = 98.99, of 59 days: as old as the visits.
    let (_, aging, _) = march;
    assert_eq!((aging.total.buckets[0], aging.total.balance), (dollars("30"), dollars("30")));
    let (_, aging, _) = reported(&world, &actor, "2026-04-30").await;
    assert_eq!(aging.total.buckets[1], dollars("99"));
    assert_eq!((aging.total.credits, aging.total.balance), (dollars("-0.01"), dollars("98.99")));
    assert_eq!(broken(&prove(&world, &actor).await), [""; 0]);
}

#[tokio::test]
async fn a_document_posted_again_after_the_close_is_recognised() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let document = charge("150.00", claim());
    let first = post(&world, &actor, &document).await.unwrap();
    let before = digest(&world, &actor).await;
    close(&world, &actor, "2026-03", "2026-04-05").await.unwrap();
    let again = post(&world, &actor, &document).await.unwrap();
    assert_eq!((again.already, again.entry_id), (true, first.entry_id));
    assert_eq!(digest(&world, &actor).await, before);
    // Its reversal is dated 1 April and stays there; one dated in March would be late.
    let undone = reverse(&world, &actor, first.entry_id).await.unwrap();
    assert_eq!(booked(&world, &actor, undone.entry_id).await, (day("2026-04-01"), day("2026-04-01")));
}

#[tokio::test]
async fn the_digest_does_not_depend_on_when_the_books_were_closed() {
    let world = support::world().await;
    let (open, closed) = (world.organization("Elm Street").await, world.organization("Oak Avenue").await);
    close(&world, &closed, "2026-06", "2026-07-05").await.unwrap();
    let line = |amount| vec![moves(AccountKind::InsuranceAr, AccountKind::Charges, amount, claim())];
    for amount in ["150.00", "99.00"] {
        for actor in [&open, &closed] {
            let source = Source::in_file(TEST, Uuid::now_v7(), [9; 32], 1);
            let document = NewEntry::new(EntryKind::Charge, source, day("2026-03-02"), line(amount)).unwrap();
            post(&world, actor, &document).await.unwrap();
        }
    }
    assert_eq!(digest(&world, &open).await, digest(&world, &closed).await);
}

#[tokio::test]
async fn months_close_in_their_order_and_open_again_until_they_are_locked() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    post(&world, &actor, &charge("150.00", claim())).await.unwrap();
    let states = async || {
        let periods =
            world.db.snapshot(&actor, async |tx| ledger::periods(tx, day("2026-05-05")).await).await.unwrap();
        let state = |period: &ledger::Period| format!("{} {:?}", period.month, period.state);
        periods.iter().map(state).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(states().await, "2026-05 Open, 2026-04 Open, 2026-03 Open");
    assert_eq!(code(close(&world, &actor, "2026-05", "2026-05-31").await), "ledger/period-not-over");
    assert_eq!(code(lock(&world, &actor, "2026-03").await), "ledger/period-open");
    assert_eq!(code(reopen(&world, &actor, "2026-03", "a mistake").await), "ledger/period-open");

    // April with all before it; again changes nothing.
    let april = close(&world, &actor, "2026-04", "2026-05-05").await.unwrap();
    assert_eq!(close(&world, &actor, "2026-03", "2026-05-05").await.unwrap(), april);
    assert_eq!(states().await, "2026-05 Open, 2026-04 Closed, 2026-03 Closed");
    assert_eq!(code(reopen(&world, &actor, "2026-04", " ").await), "ledger/period-reason");
    reopen(&world, &actor, "2026-04", "the bank statement came late").await.unwrap();
    assert_eq!(states().await, "2026-05 Open, 2026-04 Open, 2026-03 Closed");
    lock(&world, &actor, "2026-03").await.unwrap();
    assert_eq!(lock(&world, &actor, "2026-03").await.unwrap().state(month("2026-03")), PeriodState::Locked);
    assert_eq!(code(reopen(&world, &actor, "2026-03", "a mistake").await), "ledger/period-locked");

    let events = world.db.snapshot(&actor, async |tx| ledger::period_events(tx).await).await.unwrap();
    let said: Vec<_> = events.iter().map(|event| (event.number, event.reason.as_str())).collect();
    assert_eq!(said, [(3, "year end"), (2, "the bank statement came late"), (1, "month end")]);
    assert!(events.iter().all(|event| event.actor == "system:test"));
}

#[tokio::test]
async fn the_database_refuses_an_entry_into_a_closed_period_to_everybody() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let posted = post(&world, &actor, &charge("150.00", claim())).await.unwrap().entry_id.uuid();
    close(&world, &actor, "2026-03", "2026-04-05").await.unwrap();
    let organization = actor.organization.uuid();
    let entry = format!(
        "insert into entries (organization_id, id, posting_id, kind, source_kind, source_id, effective_on, booked_on,
            content_hash)
         values ('{organization}', gen_random_uuid(), gen_random_uuid(), 'charge', 'smuggled', gen_random_uuid(),
            '2026-03-02', '2026-03-31', decode(repeat('00', 32), 'hex'))"
    );
    let transfer = format!(
        "insert into transfers (organization_id, entry_id, line_no, debit_account, credit_account, amount)
         values ('{organization}', '{posted}', 2, 1010, 2010, 1.00)"
    );
    let early = entry.replace("'2026-03-31'", "'2026-03-01'");
    for url in [world.service_url(), world.owner_url(), world.administrator_url()] {
        let mut conn = session(&url, &actor).await;
        for (sql, said) in [
            (
                entry.clone(),
                "an entry booked on 2026-03-31 is in a closed period: the books are open from 2026-04-01",
            ),
            (
                transfer.clone(),
                "a transfer of an entry in a closed period: the books are open from 2026-04-01",
            ),
            (early.clone(), "booked_when_it_happened_or_later"),
            // A table of the session's own that says that nothing is closed is not believed.
            (
                format!("begin; create temp table period_events (like public.period_events); {entry}"),
                "is in a closed period",
            ),
            (
                format!("begin; create temp table entries (like public.entries); {transfer}"),
                "a transfer of an entry in a closed period",
            ),
            (
                format!("begin isolation level repeatable read; {entry}"),
                "the books are written in read committed transactions only",
            ),
        ] {
            let refused = conn.batch_execute(&sql).await.expect_err(&sql).to_string();
            assert!(refused.contains(said), "{refused}");
            conn.batch_execute("rollback").await.unwrap();
        }
    }
    assert_eq!(broken(&prove(&world, &actor).await), [""; 0]);
}

#[tokio::test]
async fn closing_waits_for_a_posting_that_has_begun() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    // What a posting asks first: from when the books are open.
    let mut posting = session(&world.service_url(), &actor).await;
    let begin = format!("begin; select books_open_from('{}')", actor.organization.uuid());
    posting.batch_execute(&begin).await.unwrap();
    let closing = close(&world, &actor, "2026-03", "2026-04-05");
    tokio::pin!(closing);
    let waited = tokio::time::timeout(Duration::from_millis(300), &mut closing).await;
    assert!(waited.is_err(), "closed under a posting's feet");
    posting.batch_execute("commit").await.unwrap();
    closing.await.unwrap();
}

#[tokio::test]
async fn a_late_booking_that_is_changed_breaks_the_chain() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    close(&world, &actor, "2026-03", "2026-04-05").await.unwrap();
    let late = post(&world, &actor, &charge("150.00", claim())).await.unwrap().entry_id;
    assert_eq!(broken(&prove(&world, &actor).await), [""; 0]);
    let id = late.uuid();
    let mut owner = session(&world.owner_url(), &actor).await;
    owner
        .batch_execute(&format!(
            "alter table entries disable trigger append_only_rows;
             update entries set booked_on = '2026-04-02' where id = '{id}';
             alter table entries enable always trigger append_only_rows"
        ))
        .await
        .unwrap();
    let proofs = prove(&world, &actor).await;
    assert_eq!(broken(&proofs), ["chain", "totals_are_sums"]);
    assert_eq!(
        detail(&proofs, "chain"),
        format!(
            "link 1 does not hash to what was stored: its entries are {late} to {late}; sound up to there: \
             0 links, 0 entries"
        )
    );
}
