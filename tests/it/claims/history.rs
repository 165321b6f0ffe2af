use firstpass::claims::{self, Event};

use super::{drafted, record};
use crate::support;
use crate::support::practice::{DOCTOR_NPI, GROUP_NPI, day};

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
    let lines = world
        .db
        .transaction(&practice.actor, async |tx| {
            let ids: Vec<_> = drafted.claims.iter().map(|(_, claim)| *claim).collect();
            let mut patients: Vec<_> = claims::load(tx, &ids).await?.iter().map(|one| one.patient).collect();
            patients.dedup();
            claims::history(tx, &patients, day("2023-03-01")).await
        })
        .await
        .unwrap();
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
