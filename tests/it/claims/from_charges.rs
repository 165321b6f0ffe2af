use firstpass::claims::model::{PayerSequence, ProviderName, Relationship};
use firstpass::claims::{self, Event, Status};
use firstpass::types::{Money, PersonName};

use super::{claim, drafted};
use crate::support;
use crate::support::practice::{DOCTOR_NPI, GROUP_NPI};

#[tokio::test]
async fn a_visit_becomes_a_claim_to_its_first_payer_that_knows_of_the_second() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let id = claim(&world, &practice).await;
    let (stored, events) = world
        .db
        .transaction(&practice.actor, async |tx| {
            Ok((claims::get(tx, id).await?, claims::events(tx, id).await?))
        })
        .await
        .unwrap();
    assert_eq!((stored.id, stored.account_claim, stored.payer), (id, id, practice.first_payer));
    assert_eq!((stored.status, stored.events), (Status::Draft, 1));

    let claim = &stored.claim;
    assert_eq!(claim.id, id);
    assert_eq!(claim.charged, "150.00".parse::<Money>().unwrap());
    assert_eq!(claim.sequence, PayerSequence::Primary);
    assert_eq!(claim.payer.identifier.text(), "AETNA1");
    assert_eq!(claim.billing.name, ProviderName::Organization("Elm Street Clinic".into()));
    assert_eq!(claim.billing.npi.as_ref().unwrap().text(), GROUP_NPI);
    assert_eq!(claim.billing.tax_id.text(), "123456789");
    let rendering = claim.rendering.as_ref().unwrap();
    assert_eq!(rendering.name, ProviderName::Person(PersonName::new("Nguyen", "An")));
    assert_eq!(rendering.npi.as_ref().unwrap().text(), DOCTOR_NPI);
    assert_eq!(claim.subscriber.member_id.text(), "W12345");
    assert_eq!(claim.subscriber.name, claim.patient.name);
    assert!(claim.subscriber.address.is_some());
    assert_eq!(claim.patient.relationship, Relationship::Itself);
    let [second] = claim.other_payers.as_slice() else { panic!("one other payer") };
    assert_eq!(second.sequence, PayerSequence::Secondary);
    assert_eq!(second.payer.id, Some(practice.second_payer));
    assert_eq!(second.relationship, Relationship::Spouse);
    assert_eq!(second.subscriber.expose().first.as_deref(), Some("Rick"));
    let [line] = claim.lines.as_slice() else { panic!("one line") };
    assert_eq!(line.control_number.as_deref(), Some("L1"));
    assert_eq!(line.procedure.text(), "99213");
    assert_eq!(line.pointers, [1]);

    let [event] = events.as_slice() else { panic!("one event") };
    assert_eq!((event.event, event.event_no, event.status), (Event::Drafted, 1, Status::Draft));
    assert_eq!(
        (event.source_kind.as_str(), event.source_id.as_str()),
        ("charges", &*stored.encounter.to_string())
    );
    assert!(event.place.is_some_and(|place| place.bytes.is_none()));
    assert_eq!((event.actor.as_str(), event.occurred_at), ("system:test", super::now()));
}

#[tokio::test]
async fn the_coverage_in_force_on_the_day_of_service_is_asked_and_without_one_the_patient_pays() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let visits = [
        ("V1", "A-200", "2025-12-31", "99213", "150.00"),
        ("V2", "A-200", "2026-01-01", "99213", "150.00"),
        ("V3", "A-300", "2026-01-01", "99213", "150.00"),
        ("V4", "A-200", "2019-12-31", "99213", "150.00"),
    ];
    let drafted = drafted(&world, &practice, &visits).await;
    assert_eq!(drafted.self_pay.len(), 2);
    let ids: Vec<_> = drafted.claims.iter().map(|(_, claim)| *claim).collect();
    let stored =
        world.db.transaction(&practice.actor, async |tx| claims::load(tx, &ids).await).await.unwrap();
    let payers: Vec<_> = stored.iter().map(|one| one.payer).collect();
    assert_eq!(payers, [practice.first_payer, practice.second_payer]);
}

#[tokio::test]
async fn a_visit_has_one_original_claim_to_its_first_payer() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let id = claim(&world, &practice).await;
    let again = super::audited(&world, &practice.actor, async |tx| {
        let stored = claims::get(tx, id).await?;
        let visits = firstpass::charges::encounters(tx, &[stored.encounter]).await?;
        claims::draft_visits(tx, super::now(), &visits).await
    })
    .await
    .unwrap_err();
    assert_eq!(again.refusal().unwrap().code, "claims/already-drafted");
}
