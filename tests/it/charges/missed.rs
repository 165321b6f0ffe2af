//! Visits that took place and were not charged.

use firstpass::charges::{self, MissedVisit, Mode};
use firstpass::db::Actor;
use firstpass::journey;
use firstpass::types::Clock;

use super::import_charges::{GOOD, file};
use crate::support::practice::{DOCTOR_NPI, day};
use crate::support::{self, World};

async fn missed(world: &World, actor: &Actor, days: u32) -> Vec<MissedVisit> {
    let look = async |tx: &mut _| charges::missed_visits(tx, day("2026-03-10"), days, 50).await;
    world.db.transaction(actor, look).await.unwrap()
}

fn numbers(missed: &[MissedVisit]) -> Vec<(&str, i64)> {
    missed.iter().map(|one| (one.visit_number.expose().as_str(), one.age_days)).collect()
}

#[tokio::test]
async fn a_scheduled_visit_is_missed_until_its_charges_come_or_somebody_says_why_not() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let schedule = format!(
        "visit_number,patient_account,visit_date,rendering_npi\n\
         V1,A-100,2026-03-02,{DOCTOR_NPI}\nV2,A-200,03/06/2026,\nV3,A-300,2026-03-09,\nV4,A-999,2026-03-02,\nV5,A-100,soon,\n"
    );
    let report = world.import(&practice, schedule.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    assert_eq!((report.announced, report.visits, report.rows_rejected), (3, 0, 2));
    let places: Vec<_> =
        report.problems.iter().map(|one| (one.row, one.column.as_deref().unwrap())).collect();
    assert_eq!(places, [(5, "patient_account"), (6, "visit_date")]);
    // The same schedule again announces nothing new.
    let again = world.import(&practice, schedule.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    assert_eq!(again.announced, 0);

    let open = missed(&world, &practice.actor, 3).await;
    assert_eq!(numbers(&open), [("V1", 8), ("V2", 4)]);
    assert_eq!(open[0].provider_npi.as_deref(), Some(DOCTOR_NPI));
    assert_eq!(numbers(&missed(&world, &practice.actor, 0).await), [("V1", 8), ("V2", 4), ("V3", 1)]);

    world.import(&practice, file(&[("V1", "A-100", GOOD)]).as_bytes(), Mode::AllOrNothing).await.unwrap();
    assert_eq!(numbers(&missed(&world, &practice.actor, 3).await), [("V2", 4)]);
    let now = "2026-03-10T15:00:00Z".parse().unwrap();
    let dismiss = async |why: &str| {
        world
            .db
            .transaction(&practice.actor, async |tx| charges::dismiss_missed(tx, now, "V2", why).await)
            .await
    };
    assert_eq!(dismiss(" ").await.unwrap_err().refusal().unwrap().code, "charges/why");
    dismiss("Did not come").await.unwrap();
    assert_eq!(missed(&world, &practice.actor, 3).await, []);
    assert_eq!(dismiss("Twice").await.unwrap_err().refusal().unwrap().code, "charges/not-announced");
}

#[tokio::test]
async fn a_dft_without_charges_announces_its_visit_to_its_own_practice() {
    let world = support::world().await;
    let elm = world.practice("Elm Street").await;
    let oak = world.practice("Oak Street").await;
    let message = b"MSH|^~\\&|EHR|ELM|||20260302||DFT^P03|1|P|2.5.1\rPID|1||A-100^^^ELM^AN\rPV1|1|O|||||||||||||||||V-1\r";
    let clock = Clock::standing_at("2026-03-10T15:00:00Z".parse().unwrap());
    let (answer, _) = journey::receive_hl7(&world.db, &elm.actor, &clock, message, "m.hl7").await.unwrap();
    assert!(String::from_utf8(answer).unwrap().contains("\rMSA|AA|1|"));
    assert_eq!(numbers(&missed(&world, &elm.actor, 3).await), [("V-1", 8)]);
    assert_eq!(missed(&world, &oak.actor, 3).await, []);
}
