//! All of history again, into an empty database: the same files come to the same ledger.

use firstpass::db::{Actor, Who};
use firstpass::exchange::files::{self, Direction};
use firstpass::ledger::{self, AsOf};
use firstpass::registry::organizations::{self, NewOrganization, Usage};

use crate::journey::Office;
use crate::remits::{file, set_from};
use crate::support;
use crate::support::practice::GROUP_NPI;

/// An office whose control numbers begin alike wherever it is opened.
pub(super) async fn opened() -> Office {
    let world = support::world().await;
    let new = NewOrganization {
        name: "Elm Street",
        time_zone: chrono_tz::America::Chicago,
        control_number_prefix: "RP",
        usage: Usage::Test,
    };
    let made = organizations::create(&world.db, Who::System("test"), &new).await.unwrap();
    let actor = Actor::system("test", made.id);
    world.enroll(&actor, &support::submitter("Elm Street Clinic", GROUP_NPI)).await;
    Office::furnish(world, actor, "2026-04-02T15:00:00Z".parse().unwrap()).await
}

/// What the office's ledger says.
pub(super) async fn digest(office: &Office) -> String {
    let db = &office.world.db;
    db.snapshot(&office.actor, async |tx| ledger::digest(tx, AsOf::NOW).await).await.unwrap().to_string()
}

#[tokio::test]
async fn the_same_files_into_an_empty_database_come_to_the_same_digest() {
    let first = opened().await;
    // Paid in full, paid with a copay by two payers, and nobody's.
    let visits: &[super::MadeVisit<'_>] = &[
        ("P-MERIDIAN", "2026-03-02", "Z00.00", &[("99396", "", "200.00")]),
        ("P-BOTH", "2026-03-03", "E11.9", &[("99213", "", "150.00")]),
        ("P-ALONE", "2026-03-04", "E11.9", &[("99213", "", "90.00")]),
    ];
    first.charge(visits).await;
    // March is closed before the answers of April come; where that is booked is not the replay's.
    let march = "2026-03".parse().unwrap();
    let close = async |tx: &mut _| ledger::close_period(tx, march, "2026-04-02".parse().unwrap()).await;
    first.world.db.transaction(&first.actor, close).await.unwrap();
    let sent = first.send().await;
    first.answers().await;
    first.send().await;
    first.days_pass(14);
    first.answers().await;
    // Meridian thinks better of the 170.00 for prevention, and says so before it takes them back.
    let number = &sent[0];
    let body = format!(
        "CLP*{number}*1*200*160**12~CAS*CO*45*40~CLP*{number}*22*-200*-170**12~CAS*CO*45*-30~\
         PLB*1*20261231*FB:AR1*-10~"
    );
    let text = file(&[set_from("SBXMERID", "TR", "0", &body)]);
    let mail = first.receive("corrected.835", text.as_bytes()).await;
    assert_eq!(mail.remittances[0].exceptions, []);
    first.proves().await;

    let kept = first.world.db.snapshot(&first.actor, async |tx| {
        let mut history = vec![];
        let mut all = files::latest(tx, 200).await?;
        all.reverse();
        for file in all.into_iter().filter(|file| file.direction == Direction::In) {
            history.push((file.name.clone(), files::read(tx, file.id).await?));
        }
        Ok(history)
    });
    let history = kept.await.unwrap();
    assert!(history.iter().filter(|(name, _)| name.ends_with(".835")).count() >= 2, "{}", history.len());

    let second = opened().await;
    second.charge(visits).await;
    assert_eq!(second.send().await, sent, "control numbers come from a sequence");
    for (name, bytes) in &history {
        if name != "charges.csv" {
            second.receive(name, bytes).await;
            second.send().await;
        }
    }
    assert_eq!(second.books().await, first.books().await);
    assert_eq!(digest(&second).await, digest(&first).await);
    second.proves().await;
}
