//! `/provider-adjustments`: open items, one with its history, and where they are linked from.

use firstpass::journey;
use firstpass::types::Clock;

use super::{Office, office};

async fn receive(office: &Office, trace: &str, paid: &str, body: &str) {
    let text = crate::remits::file(&[crate::remits::set_from("AETNA1", trace, paid, body)]);
    let clock = Clock::standing_at("2026-04-03T15:00:00Z".parse().unwrap());
    journey::receive_file(&office.world.db, &office.actor, &clock, "r.835", text.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn an_item_is_found_from_the_list_the_remittance_and_the_claim() {
    let office = office().await;
    office.get("/provider-adjustments").await.has(&["Nothing is open", "0 open"]);
    // 30.00 came and will be taken; the reference is our number of the claim.
    receive(&office, "T80", "30", &format!("PLB*1*20261231*WO:{}*-30~", office.number)).await;
    let page = office.get("/provider-adjustments").await;
    page.has(&["1 open", "Recoupment", "Will be taken", &office.number, "History over files", "T80"]);
    let item = page.link("/provider-adjustments/plb_");
    office.get(&item).await.has(&["The payer takes this amount", "<data value=\"30.00\">30.00</data>"]);
    office.get(&format!("/claims/{}", office.claim)).await.has(&["Recoupment: Will be taken", "Open item"]);
    let set = office.get(&page.link("/remittances/rem_")).await;
    set.has(&["href=\"/provider-adjustments/"]);

    // Taken, and 5.00 more.
    let body = format!("CLP*WHO*1*50*50**12*PCN9~PLB*1*20261231*WO:{}*35~", office.number);
    receive(&office, "T81", "15", &body).await;
    office.get("/provider-adjustments").await.has(&["Taken unannounced", "Ask the payer", "T80", "T81"]);
    office.get("/provider-adjustments?view=all").await.has(&["Taken unannounced"]);
    assert_eq!(office.get("/provider-adjustments/plb_00000000000000000000000000").await.status, 404);
}
