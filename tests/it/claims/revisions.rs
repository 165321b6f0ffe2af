use firstpass::claims::{self, Claim, Event, Revision, Status, StoredClaim};
use firstpass::types::{Money, Result};

use super::{audited, claim, now, record};
use crate::support::practice::Practice;
use crate::support::{self, World};

async fn revise(world: &World, practice: &Practice, claim: &Claim, expected: i32) -> Result<Revision> {
    audited(world, &practice.actor, async |tx| claims::revise(tx, now(), claim, expected).await).await
}

async fn stored(world: &World, practice: &Practice, claim: firstpass::types::ClaimId) -> StoredClaim {
    world.db.transaction(&practice.actor, async |tx| claims::get(tx, claim).await).await.unwrap()
}

fn numbers(claim: &Claim) -> Vec<&str> {
    claim.lines.iter().map(|line| line.control_number.as_deref().unwrap()).collect()
}

#[tokio::test]
async fn a_line_keeps_its_number_and_no_other_line_ever_gets_it() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let id = claim(&world, &practice).await;
    let mut claim = stored(&world, &practice, id).await.claim;
    let mut added = claim.lines[0].clone();
    added.control_number = None;
    added.procedure = "85025".into();
    added.charged = "20.00".parse().unwrap();
    claim.lines.insert(0, added.clone());
    claim.charged = "170.00".parse().unwrap();
    let first = revise(&world, &practice, &claim, 1).await.unwrap();
    let before: Money = "150.00".parse().unwrap();
    assert_eq!(first, Revision { event_no: 2, status: Status::Draft, charged_before: before });
    let mut claim = stored(&world, &practice, id).await.claim;
    assert_eq!(numbers(&claim), ["L1R2", "L1"]);

    claim.lines[0] = added;
    revise(&world, &practice, &claim, 2).await.unwrap();
    let now = stored(&world, &practice, id).await;
    assert_eq!(numbers(&now.claim), ["L1R3", "L1"]);
    assert_eq!(now.claim.charged, "170.00".parse().unwrap());
    assert_eq!(now.events, 3);
}

#[tokio::test]
async fn the_second_of_two_people_who_change_a_claim_is_told() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let id = claim(&world, &practice).await;
    let claim = stored(&world, &practice, id).await.claim;
    let (one, two) = tokio::join!(revise(&world, &practice, &claim, 1), revise(&world, &practice, &claim, 1));
    let refused: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].refusal().unwrap().code, "claims/changed-meanwhile");
}

#[tokio::test]
async fn a_claim_that_left_is_not_changed_and_a_rejected_one_is_scrubbed_again() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let id = claim(&world, &practice).await;
    let claim = stored(&world, &practice, id).await.claim;
    record(&world, &practice, id, &[Event::Released, Event::Queued, Event::Sent]).await;
    let refused = revise(&world, &practice, &claim, 4).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "claims/not-revisable");
    record(&world, &practice, id, &[Event::FileRejected]).await;
    let revised = revise(&world, &practice, &claim, 5).await.unwrap();
    assert_eq!((revised.status, revised.event_no), (Status::Held, 6));
}

#[tokio::test]
async fn a_revision_stays_the_same_claim_and_the_sum_of_its_lines() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let id = claim(&world, &practice).await;
    let claim = stored(&world, &practice, id).await.claim;
    type Change = fn(&mut Claim);
    let changes: [(Change, &str); 4] = [
        (|claim| claim.charged = Money::ZERO, "claims/not-its-lines"),
        (|claim| claim.lines[0].units = "1.00001".parse().unwrap(), "claims/not-its-lines"),
        (|claim| claim.payer.id = None, "claims/another-claim"),
        (|claim| claim.frequency = claims::model::Frequency::Void, "claims/another-claim"),
    ];
    for (change, code) in changes {
        let mut claim = claim.clone();
        change(&mut claim);
        let refused = revise(&world, &practice, &claim, 1).await.unwrap_err();
        assert_eq!(refused.refusal().unwrap().code, code);
    }
    assert_eq!(stored(&world, &practice, id).await.claim, claim);
}
