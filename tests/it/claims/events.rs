use std::time::Duration;

use diesel::sql_query;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use firstpass::charges::{self, Mode};
use firstpass::claims::lifecycle::Impossible;
use firstpass::claims::{self, Checked, Event, Happened, Kept, Outcome, Source, Status, StatusCount};
use firstpass::codes::{self, Codes};
use firstpass::db::{Actor, Tx};
use firstpass::exchange::files::{self, Direction};
use firstpass::journey;
use firstpass::types::{ClaimId, CodeBasisId, Money};
use serde_json::json;
use tokio::sync::Notify;

use super::{audited, claim, drafted, happened, now, record};
use crate::support::practice::{GROUP_NPI, Practice};
use crate::support::{self, World};

async fn status(world: &World, practice: &Practice, claim: ClaimId) -> (Status, i32) {
    let stored =
        world.db.transaction(&practice.actor, async |tx| claims::get(tx, claim).await).await.unwrap();
    (stored.status, stored.events)
}

/// The code lists that a check would be by.
async fn remembered(tx: &mut Tx) -> CodeBasisId {
    codes::store::remember(tx, Codes::shipped()).await.unwrap()
}

async fn proof(world: &World, practice: &Practice) -> (bool, String) {
    let proof = world.db.transaction(&practice.actor, async |tx| claims::prove_projection(tx).await).await;
    let proof = proof.unwrap();
    (proof.holds, proof.detail)
}

const SENT: [Event; 3] = [Event::Released, Event::Queued, Event::Sent];

#[tokio::test]
async fn the_status_follows_the_events() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let claim = claim(&world, &practice).await;
    let outcomes = record(&world, &practice, claim, &[&SENT[..], &[Event::FileAccepted]].concat()).await;
    assert_eq!(outcomes[0], Outcome::Recorded { event_no: 2, from: Status::Draft, to: Status::Ready });
    assert_eq!(
        outcomes[3],
        Outcome::Recorded { event_no: 5, from: Status::Submitted, to: Status::Acknowledged }
    );
    assert_eq!(status(&world, &practice, claim).await, (Status::Acknowledged, 5));
    assert_eq!(proof(&world, &practice).await, (true, "1 claims".to_owned()));
}

#[tokio::test]
async fn the_same_source_says_the_same_thing_once() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let claim = claim(&world, &practice).await;
    record(&world, &practice, claim, &SENT).await;
    let twice =
        [happened(claim, Event::FileAccepted, "999-1"), happened(claim, Event::FileAccepted, "999-1")];
    for already in [false, true] {
        let outcomes = audited(&world, &practice.actor, async |tx| claims::record(tx, now(), &twice).await);
        let outcomes = outcomes.await.unwrap();
        let known = Outcome::AlreadyRecorded { status: Status::Acknowledged };
        let fresh = Outcome::Recorded { event_no: 5, from: Status::Submitted, to: Status::Acknowledged };
        assert_eq!(outcomes, [if already { known } else { fresh }, known]);
    }
    // Another source may say it too.
    let other = [happened(claim, Event::FileAccepted, "999-2")];
    let outcomes =
        audited(&world, &practice.actor, async |tx| claims::record(tx, now(), &other).await).await.unwrap();
    let same = Status::Acknowledged;
    assert_eq!(outcomes, [Outcome::Recorded { event_no: 6, from: same, to: same }]);
}

#[tokio::test]
async fn an_acknowledgement_after_the_remittance_is_recorded_and_moves_nothing() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let claim = claim(&world, &practice).await;
    record(&world, &practice, claim, &[&SENT[..], &[Event::Paid, Event::FileRejected]].concat()).await;
    assert_eq!(status(&world, &practice, claim).await, (Status::Paid, 6));
    assert!(proof(&world, &practice).await.0);
}

#[tokio::test]
async fn what_is_impossible_for_one_claim_does_not_stop_the_others() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let visits =
        [("V1", "A-100", "2026-03-02", "99213", "150.00"), ("V2", "A-100", "2026-03-03", "99213", "150.00")];
    let drafted = drafted(&world, &practice, &visits).await;
    let (first, second) = (drafted.claims[0].1, drafted.claims[1].1);
    record(&world, &practice, second, &SENT).await;
    let both = [happened(first, Event::PayerAccepted, "277"), happened(second, Event::PayerAccepted, "277")];
    let outcomes =
        audited(&world, &practice.actor, async |tx| claims::record(tx, now(), &both).await).await.unwrap();
    let impossible = Impossible { status: Status::Draft, event: Event::PayerAccepted };
    assert_eq!(
        outcomes,
        [
            Outcome::Impossible(impossible),
            Outcome::Recorded { event_no: 5, from: Status::Submitted, to: Status::Accepted }
        ]
    );
    assert_eq!(status(&world, &practice, first).await, (Status::Draft, 1));
}

#[tokio::test]
async fn two_transactions_that_record_the_same_event_record_it_once() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let claim = claim(&world, &practice).await;
    record(&world, &practice, claim, &SENT).await;
    let same = [happened(claim, Event::FileAccepted, "999-1")];
    let first_has_recorded = Notify::new();
    let first = audited(&world, &practice.actor, async |tx| {
        let outcomes = claims::record(tx, now(), &same).await?;
        first_has_recorded.notify_one();
        // The second waits for the claim's lock meanwhile.
        tokio::time::sleep(Duration::from_millis(200)).await;
        Ok(outcomes)
    });
    let second = async {
        first_has_recorded.notified().await;
        audited(&world, &practice.actor, async |tx| claims::record(tx, now(), &same).await).await
    };
    let (first, second) = tokio::join!(first, second);
    let fresh = Outcome::Recorded { event_no: 5, from: Status::Submitted, to: Status::Acknowledged };
    assert_eq!(first.unwrap(), [fresh]);
    assert_eq!(second.unwrap(), [Outcome::AlreadyRecorded { status: Status::Acknowledged }]);
    assert_eq!(status(&world, &practice, claim).await, (Status::Acknowledged, 5));
}

#[tokio::test]
async fn thousands_of_events_are_recorded_in_one_call() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let numbers: Vec<String> = (0..1_500).map(|visit| format!("V{visit}")).collect();
    let visits: Vec<_> =
        numbers.iter().map(|visit| (visit.as_str(), "A-100", "2026-03-02", "99213", "150.00")).collect();
    let ids: Vec<ClaimId> =
        drafted(&world, &practice, &visits).await.claims.into_iter().map(|(_, claim)| claim).collect();
    let mut all: Vec<Happened> =
        ids.iter().rev().map(|claim| happened(*claim, Event::Released, "scrub")).collect();
    all.extend(ids.iter().map(|claim| happened(*claim, Event::Queued, "queue")));
    for recorded in [true, false] {
        let outcomes = audited(&world, &practice.actor, async |tx| claims::record(tx, now(), &all).await);
        let outcomes = outcomes.await.unwrap();
        assert_eq!(outcomes.len(), 3_000);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Recorded { .. }) == recorded));
    }
    let (counts, page, rest) = world
        .db
        .transaction(&practice.actor, async |tx| {
            let page = claims::ids_with_status(tx, Status::Queued, None, 1_000).await?;
            let rest = claims::ids_with_status(tx, Status::Queued, page.last().copied(), 1_000).await?;
            Ok((claims::count_by_status(tx).await?, page, rest))
        })
        .await
        .unwrap();
    let charged: Money = "225000.00".parse().unwrap();
    assert_eq!(counts, [StatusCount { status: Status::Queued, claims: 1_500, charged }]);
    let mut sorted = ids;
    sorted.sort_unstable();
    assert_eq!([page, rest].concat(), sorted);
    assert_eq!(proof(&world, &practice).await, (true, "1500 claims".to_owned()));
}

#[tokio::test]
async fn another_practices_claim_is_not_found() {
    let world = support::world().await;
    let elm = world.practice("Elm Street").await;
    let oak = world.practice("Oak Street").await;
    let claim = claim(&world, &elm).await;
    let happened = [happened(claim, Event::Released, "scrub")];
    let stored = world.db.transaction(&elm.actor, async |tx| claims::get(tx, claim).await).await.unwrap();
    let checked = Checked::new::<()>(&stored, Some(Event::Released), &[]).unwrap();
    let refusals = [
        world.db.transaction(&oak.actor, async |tx| claims::get(tx, claim).await).await.err(),
        world.db.transaction(&oak.actor, async |tx| claims::events(tx, claim).await).await.err(),
        audited(&world, &oak.actor, async |tx| claims::record(tx, now(), &happened).await).await.err(),
        audited(&world, &oak.actor, async |tx| {
            let lists = remembered(tx).await;
            claims::keep_checked(tx, now(), lists, &[checked]).await
        })
        .await
        .err(),
    ];
    for refused in refusals {
        assert_eq!(refused.unwrap().refusal().unwrap().code, "claims/not-found");
    }
    assert_eq!(status(&world, &elm, claim).await, (Status::Draft, 1));
    assert_eq!(proof(&world, &oak).await, (true, "0 claims".to_owned()));
}

#[tokio::test]
async fn events_cannot_be_changed_by_the_service_or_the_owner() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let claim = claim(&world, &practice).await;
    for statement in
        ["update claim_events set event = 'paid'", "delete from claim_events", "truncate claim_events"]
    {
        let service = audited(&world, &practice.actor, async |tx| {
            sql_query(statement).execute(tx.conn()).await?;
            Ok(())
        });
        let refused = format!("{}", service.await.unwrap_err());
        assert!(refused.contains("permission denied"), "{refused}");
        let mut owner = AsyncPgConnection::establish(&world.owner_url()).await.unwrap();
        let organization = practice.actor.organization.uuid();
        sql_query(format!("select set_config('app.organization', '{organization}', false)"))
            .execute(&mut owner)
            .await
            .unwrap();
        let refused = sql_query(statement).execute(&mut owner).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
    assert_eq!(status(&world, &practice, claim).await, (Status::Draft, 1));
}

#[tokio::test]
async fn what_an_event_or_a_check_names_is_there_and_stays_there() {
    let world = support::world().await;
    let (practice, other) = (world.practice("Elm Street").await, world.practice("Oak Avenue").await);
    let claim = claim(&world, &practice).await;
    let refused = async |actor: &Actor, sql: &str| {
        let done = audited(&world, actor, async |tx| {
            sql_query(sql).execute(tx.conn()).await?;
            Ok(())
        });
        format!("{}", done.await.expect_err(sql))
    };
    let event_of = |actor: &Actor, claim: &str| {
        let organization = actor.organization.uuid();
        format!(
            "insert into claim_events (organization_id, claim_id, event_no, event, status, source_kind,
                source_id, actor, occurred_at)
             values ('{organization}', {claim}, 2, 'released', 'ready', 'scrub', '1', 'system:test', now())"
        )
    };
    let no_claim = "an event names a claim that is not there";
    let nobody = event_of(&practice.actor, "gen_random_uuid()");
    assert!(refused(&practice.actor, &nobody).await.contains(no_claim));
    let of_another = event_of(&other.actor, &format!("'{}'", claim.uuid()));
    assert!(refused(&other.actor, &of_another).await.contains(no_claim));
    let unknown_lists =
        refused(&practice.actor, "update claim_standings set checked_with = gen_random_uuid()");
    assert!(unknown_lists.await.contains("a claim was checked with code lists that are not there"));

    let mut owner = AsyncPgConnection::establish(&world.owner_url()).await.unwrap();
    let organization = practice.actor.organization.uuid();
    owner.batch_execute(&format!("set app.organization = '{organization}'")).await.unwrap();
    for sql in [
        "delete from claim_standings",
        "update claim_standings set claim_id = gen_random_uuid()",
        "truncate claim_standings cascade",
    ] {
        let refused = owner.batch_execute(sql).await.expect_err(sql).to_string();
        assert!(refused.contains("is append-only"), "{refused}");
    }
    assert_eq!(status(&world, &practice, claim).await, (Status::Draft, 1));
}

#[tokio::test]
async fn a_status_that_was_changed_past_its_events_is_found() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let claim = claim(&world, &practice).await;
    audited(&world, &practice.actor, async |tx| {
        sql_query("update claim_standings set status = 'paid'").execute(tx.conn()).await?;
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(proof(&world, &practice).await, (false, format!("{claim}: is paid, its events say draft")));
}

#[tokio::test]
async fn a_charge_that_was_changed_past_the_ledger_is_found() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let csv = format!(
        "visit_number,patient_account,billing_npi,place_of_service,dx1,units,pointers,service_date,procedure,\
         charge\nV1,A-100,{GROUP_NPI},11,E11.9,1,A,2026-03-02,99213,150.00\n"
    );
    let imported = audited(&world, &practice.actor, async |tx| {
        let file = files::keep(tx, csv.as_bytes(), "charges.csv", Direction::In).await?;
        let charges = charges::read_sheet(csv.as_bytes(), None)?;
        journey::import_charges(tx, now(), file.id, charges, Mode::AllOrNothing).await
    })
    .await
    .unwrap();
    let claim = imported.drafted[0];
    let proof = async || {
        let proof =
            world.db.snapshot(&practice.actor, async |tx| claims::prove_charges(tx).await).await.unwrap();
        (proof.holds, proof.detail)
    };
    assert_eq!(proof().await, (true, "1 claims ask for 150.00".to_owned()));
    let change = async |sql: &str| {
        audited(&world, &practice.actor, async |tx| {
            sql_query(sql).execute(tx.conn()).await?;
            Ok(())
        })
        .await
        .unwrap();
    };
    change("update claims set charged = 150.01").await;
    let both = format!(
        "1 claims ask for 150.01; 1 for another sum than their lines, the first {claim}; \
         1 for something else than the ledger's charges, the first {claim}"
    );
    assert_eq!(proof().await, (false, both));
    change("update claim_lines set charged = 150.01").await;
    let books =
        format!("1 claims ask for 150.01; 1 for something else than the ledger's charges, the first {claim}");
    assert_eq!(proof().await, (false, books));
}

#[tokio::test]
async fn claims_are_counted_where_they_stand_and_a_count_that_was_changed_is_found() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let claim = claim(&world, &practice).await;
    let proof = async || {
        let proof =
            world.db.snapshot(&practice.actor, async |tx| claims::prove_counts(tx).await).await.unwrap();
        (proof.holds, proof.detail)
    };
    let counted = async || {
        world.db.snapshot(&practice.actor, async |tx| claims::count_by_status(tx).await).await.unwrap()
    };
    let [count] = counted().await.try_into().unwrap();
    assert_eq!(count.claims, 1);
    assert_eq!(proof().await, (true, "1 claims".to_owned()));
    // The claim's charge is corrected: its status asks for as much.
    audited(&world, &practice.actor, async |tx| {
        sql_query("update claims set charged = charged + 10").execute(tx.conn()).await?;
        Ok(())
    })
    .await
    .unwrap();
    let [corrected] = counted().await.try_into().unwrap();
    assert_eq!(corrected.charged - count.charged, "10.00".parse().unwrap());
    assert_eq!(proof().await, (true, "1 claims".to_owned()));

    let mut conn = AsyncPgConnection::establish(&world.administrator_url()).await.unwrap();
    let organization = practice.actor.organization.uuid();
    conn.batch_execute(&format!("set app.organization = '{organization}'")).await.unwrap();
    conn.batch_execute("update status_totals set claims = claims + 1").await.unwrap();
    let status = count.status;
    assert_eq!(proof().await, (false, format!("1 claims; counted otherwise: {}", status.as_str())));
    conn.batch_execute(
        "update status_totals set claims = claims - 1; update claim_standings set charged = charged + 0.01",
    )
    .await
    .unwrap();
    // What is counted follows the standing; the standing is not its claim's.
    assert_eq!(
        proof().await,
        (
            false,
            format!(
                "1 claims; 1 stand with another charge, the first {}; counted otherwise: {}",
                claim,
                status.as_str()
            )
        )
    );
}

#[tokio::test]
async fn the_place_in_the_file_is_kept() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let claim = claim(&world, &practice).await;
    let events = audited(&world, &practice.actor, async |tx| {
        let drafted = claims::events(tx, claim).await?;
        let file = drafted[0].place.unwrap().file;
        let source = Source::new("scrub", "1").at(file, 10, 20);
        let held = Happened { claim, event: Event::Held, source, detail: json!({ "rules": ["dx-valid"] }) };
        claims::record(tx, now(), &[held]).await?;
        claims::events(tx, claim).await
    })
    .await
    .unwrap();
    assert_eq!(events[1].place.unwrap().bytes, Some((10, 20)));
    assert_eq!(events[1].detail, json!({ "rules": ["dx-valid"] }));
}

#[tokio::test]
async fn what_a_check_found_is_kept_with_the_code_lists_and_moves_the_claim() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let claim = claim(&world, &practice).await;
    let findings = [json!({ "rule": "dx-valid", "severity": "stop" })];
    let (kept, stored, events) = audited(&world, &practice.actor, async |tx| {
        let draft = claims::get(tx, claim).await?;
        let lists = remembered(tx).await;
        let held = Checked::new(&draft, Some(Event::Held), &findings)?;
        let kept = claims::keep_checked(tx, now(), lists, &[held]).await?;
        Ok((kept, claims::get(tx, claim).await?, claims::events(tx, claim).await?))
    })
    .await
    .unwrap();
    assert_eq!(kept, [Kept::Standing(Status::Held)]);
    assert_eq!((stored.status, stored.events), (Status::Held, 2));
    assert_eq!(stored.findings, json!(findings));
    assert_eq!((events[1].event, events[1].detail.clone()), (Event::Held, json!({ "findings": 1 })));
    assert_eq!(events[1].source_id, "1");
    let lists = world
        .db
        .transaction(&practice.actor, async |tx| codes::store::basis(tx, stored.checked_with.unwrap()).await)
        .await
        .unwrap();
    assert!(lists.shipped.iter().any(|name| name.starts_with("ICD-10-CM FY2016 to FY2027")));
    assert!(lists.imported.is_empty());
}

#[tokio::test]
async fn a_check_of_a_claim_that_has_changed_meanwhile_is_not_kept() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let claim = claim(&world, &practice).await;
    let kept = audited(&world, &practice.actor, async |tx| {
        let draft = claims::get(tx, claim).await?;
        let lists = remembered(tx).await;
        let found = [json!({ "rule": "dx-valid" })];
        let (held, released) = (
            Checked::new(&draft, Some(Event::Held), &found)?,
            Checked::new::<()>(&draft, Some(Event::Released), &[])?,
        );
        // The same check twice, and another one of the claim as it was before.
        let first = claims::keep_checked(tx, now(), lists, &[held.clone(), held]).await?;
        let second = claims::keep_checked(tx, now(), lists, &[released]).await?;
        Ok([first, second].concat())
    })
    .await
    .unwrap();
    let late = Kept::ChangedMeanwhile(Status::Held);
    assert_eq!(kept, [Kept::Standing(Status::Held), late, late]);
    assert_eq!(status(&world, &practice, claim).await, (Status::Held, 2));
    assert_eq!(proof(&world, &practice).await, (true, "1 claims".to_owned()));
}
