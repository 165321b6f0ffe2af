//! `/denials` and `/denials/{id}`.

use firstpass::access::Role;

use super::office;

#[tokio::test]
async fn the_queue_shows_the_denial_its_deadline_and_the_arithmetic_of_its_priority() {
    let office = office().await;
    let page = office.get("/denials").await;
    assert_eq!((page.status, page.no_store), (200, true));
    // 165.00 × 0.40 = 66.00; 180 days from 1 April are 28 September, 179 days from 2 April: calm.
    page.has(&[
        "1 open, <data value=\"165.00\">165.00</data> at stake",
        "Roe, Jane",
        "<b>CO-197</b>",
        "179 days",
        "09/28/2026",
        "<small>Overturn rate</small><data value=\"0.4\">0.4</data>",
        "<small>Expected</small><data value=\"66.00\">66.00</data>",
        "<small>Urgency</small><data value=\"1\">1</data>",
        "<small>Priority</small><data value=\"66.00\">66.00</data>",
        "<b>N54</b>",
        "Authorization",
    ]);
    let item = page.link("/denials/den_");
    assert_eq!(office.get(&item).await.status, 200);
    assert_eq!(page.link("/claims/clm_"), format!("/claims/{}", office.claim));
}

#[tokio::test]
async fn another_practices_denial_is_not_found() {
    let mut office = office().await;
    let item = office.get("/denials").await.link("/denials/den_");
    let other = office.world.practice("Oak Street").await;
    office.act(&other.actor, Role::Admin).await;
    assert_eq!(office.get(&item).await.status, 404);
    office.get("/denials").await.has(&["Nothing is denied"]);
}
