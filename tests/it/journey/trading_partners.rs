//! Who sends and who receives: without either nothing leaves, and nothing is lost.

use diesel::sql_query;
use diesel::sql_types::{Text, Uuid};
use diesel_async::RunQueryDsl;
use firstpass::codes::Codes;
use firstpass::journey;
use firstpass::registry::{organizations, payers};
use firstpass::types::Result;
use serde_json::json;

use crate::journey::{Office, PAYERS};
use crate::support;

impl Office {
    /// Runs a statement whose first parameter is the practice.
    async fn change(&self, statement: &str) -> Result<()> {
        self.world
            .db
            .transaction(&self.actor, async |tx| {
                let organization = tx.actor().organization;
                sql_query(statement)
                    .bind::<Uuid, _>(organization)
                    .bind::<Text, _>(PAYERS[0].0)
                    .execute(tx.conn())
                    .await?;
                tx.audit("test/change", organization, None, json!({})).await
            })
            .await
    }

    async fn try_to_send(&self) -> Result<usize> {
        let (db, actor, now, codes) = (&self.world.db, &self.actor, self.clock.now(), Codes::shipped());
        journey::scrub_drafts(db, actor, now, codes).await?;
        db.transaction(actor, async |tx| journey::queue_ready(tx, now, codes).await).await?;
        let sent = journey::send_batches(db, actor, now, codes, |payer| self.mailbox(&payer.mailbox)).await?;
        Ok(sent.len())
    }
}

const NO_SUBMITTER: &str = "update organizations set submitter_name = null, submitter_identifier = null,
    interchange_qualifier = null, interchange_id = null, application_code = null, contact_name = null,
    contact_telephone = null, contact_email = null where id = $1 and $2 <> ''";
const NO_RECEIVER: &str = "update payers set receiver_name = null, receiver_identifier = null,
    interchange_qualifier = null, interchange_id = null, application_code = null
    where organization_id = $1 and identifier = $2";

#[tokio::test]
async fn a_practice_that_has_no_submitter_is_told_what_is_missing_and_its_claims_wait() {
    let office = Office::open().await;
    office.change(NO_SUBMITTER).await.unwrap();
    assert_eq!(office.try_to_send().await.unwrap(), 0);
    office.charge(&[("P-BOTH", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;

    let refused = office.try_to_send().await.unwrap_err();
    let refusal = refused.refusal().unwrap();
    assert_eq!(refusal.code, "organizations/no-submitter");
    assert!(refusal.detail.contains("contact name and telephone (1000A PER)"), "{refusal}");
    assert_eq!(refusal.next, "Set them with `firstpass practice submitter`");
    assert_eq!(office.claims().await[0].status.as_str(), "queued");

    let submitter = support::submitter("Elm Street Clinic", "ELMSTREET");
    office
        .world
        .db
        .transaction(&office.actor, async |tx| organizations::set_submitter(tx, &submitter).await)
        .await
        .unwrap();
    assert_eq!(office.try_to_send().await.unwrap(), 1);
    assert_eq!(office.claims().await[0].status.as_str(), "submitted");
}

#[tokio::test]
async fn a_payer_that_has_no_receiver_stops_nobody_elses_claims() {
    let office = Office::open().await;
    office.change(NO_RECEIVER).await.unwrap();
    office
        .charge(&[
            ("P-BOTH", "2026-03-02", "J06.9", &[("99213", "", "150.00")]),
            ("P-PRAIRIE", "2026-03-02", "J06.9", &[("99213", "", "150.00")]),
        ])
        .await;

    let refused = office.try_to_send().await.unwrap_err();
    let refusal = refused.refusal().unwrap();
    assert_eq!(refusal.code, "payers/no-receiver");
    assert_eq!(refusal.next, format!("Set them with `firstpass practice receiver {}`", PAYERS[0].0));
    let mut stand: Vec<_> =
        office.claims().await.iter().map(|claim| claim.status.as_str().to_owned()).collect();
    stand.sort_unstable();
    assert_eq!(stand, ["queued", "submitted"]);

    office
        .world
        .db
        .transaction(&office.actor, async |tx| {
            let identifier = PAYERS[0].0.parse().unwrap();
            let mut payer = payers::by_identifier(tx, &identifier).await?.unwrap();
            payer.receiver = Some(support::receiver("CLEARHOUSE", "Clearing House"));
            payers::save(tx, &payer).await
        })
        .await
        .unwrap();
    assert_eq!(office.try_to_send().await.unwrap(), 1);
    assert!(office.claims().await.iter().all(|claim| claim.status.as_str() == "submitted"));
}

#[tokio::test]
async fn the_database_takes_a_submitter_or_receiver_whole_and_well_formed_or_not_at_all() {
    let office = Office::open().await;
    for wrong in [
        "update organizations set contact_telephone = null where id = $1 and $2 <> ''",
        "update organizations set contact_telephone = '555-0100' where id = $1 and $2 <> ''",
        "update organizations set interchange_id = 'SIXTEEN-LETTERS-' where id = $1 and $2 <> ''",
        "update organizations set interchange_id = 'A*B' where id = $1 and $2 <> ''",
        "update organizations set interchange_qualifier = '31' where id = $1 and $2 <> ''",
        "update organizations set contact_email = 'nobody' where id = $1 and $2 <> ''",
        "update payers set receiver_name = null where organization_id = $1 and identifier = $2",
        "update payers set application_code = 'A' where organization_id = $1 and identifier = $2",
    ] {
        assert!(office.change(wrong).await.is_err(), "{wrong}");
    }
}
