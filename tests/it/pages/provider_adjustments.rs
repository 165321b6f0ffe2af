//! `/provider-adjustments`: open items, one with its history, and where they are linked from.

use actix_web::http::Method;
use firstpass::access::Role;
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
    office.get("/provider-adjustments").await.has(&["Taken unannounced", "ask the payer", "T80", "T81"]);
    office.get("/provider-adjustments?view=all").await.has(&["Taken unannounced"]);
    assert_eq!(office.get("/provider-adjustments/plb_00000000000000000000000000").await.status, 404);
}

#[tokio::test]
async fn what_was_taken_is_booked_against_the_visit_and_what_will_be_taken_is_owed_back() {
    let mut office = office().await;
    // 120.00 and 30.00 are decided, 165.00 is denied; 300.00 more make 165.00 - 300.00 = -135.00.
    let body = format!("CLP*{}*1*315*300**12*PCN9~CAS*OA*23*15~", office.number);
    receive(&office, "T90", "300", &body).await;
    // 50.00 of a claim that nobody knows, less 35.00 for something.
    receive(&office, "T91", "15", "CLP*WHO*1*50*50**12*PCN8~PLB*1*20261231*WO:LETTER7*35~").await;
    let page = office.get("/provider-adjustments").await;
    page.has(&["Taken unannounced", "Who posts remittances settles it."]);
    let item = page.link("/provider-adjustments/plb_");
    let item = item.split('?').next().unwrap().to_owned();
    office.act(&office.actor.clone(), Role::Poster).await;
    office.get(&item).await.has(&[
        "paid too much by 135.00, settles 35.00",
        "Debit Insurance receivables, credit Payer recoupments",
    ]);
    let book = format!("idempotency_key=1&claim={}&note=letter+7", office.claim);
    let settled = office.send(Method::POST, &format!("{item}/settle"), &book).await;
    assert_eq!((settled.status, settled.location), (303, format!("{item}?view=all")));
    let again = office.send(Method::POST, &format!("{item}/settle"), &book).await;
    assert_eq!(again.status, 303, "sent twice, done once");
    let page = office.get(&format!("{item}?view=all")).await;
    page.has(&["Closed", "Settled here", "Booked against the visit", "letter 7", "-35.00"]);
    assert!(!page.html.contains("/undo"), "a poster does not undo");
    // 300.00 - 165.00 - 35.00.
    office.get("/credits").await.has(&["<data value=\"100.00\">100.00</data>"]);

    office.act(&office.actor.clone(), Role::Manager).await;
    let undo = office.get(&format!("{item}?view=all")).await.form("/provider-adjustments/settlements/");
    let undone = office.send(Method::POST, &undo, "idempotency_key=2&why=another+visit").await;
    assert_eq!((undone.status, undone.location.as_str()), (303, "/provider-adjustments"));
    office.get(&item).await.has(&["Taken unannounced", "another visit"]);

    // 12.00 come that the payer will take: a check of ours instead.
    receive(&office, "T92", "12", "PLB*1*20261231*WO:NEW7*-12~").await;
    let page = office.get("/provider-adjustments").await;
    let row = page.html.split("<b class=\"clip\">NEW7").next().unwrap();
    let item = row.rsplit("href=\"").next().unwrap().split(['?', '"']).next().unwrap().to_owned();
    office.get(&item).await.has(&["Owe it back by check", "credit Refunds payable"]);
    let owed = office.send(Method::POST, &format!("{item}/settle"), "idempotency_key=3").await;
    assert_eq!(owed.status, 303);
    office.get("/credits/refunds").await.has(&["1 to pay", "First Health", "12.00"]);
}

#[tokio::test]
async fn two_items_under_different_references_are_set_off_on_the_page_and_taken_apart() {
    let mut office = office().await;
    receive(&office, "T95", "40", "PLB*1*20261231*WO:LETTER5*-40~").await;
    receive(&office, "T96", "10", "CLP*WHO*1*50*50**12*PCN8~PLB*1*20261231*WO:CASE6*40~").await;
    let page = office.get("/provider-adjustments").await;
    page.has(&["2 open", "Under another reference", "same amount, the same day"]);
    assert!(!page.html.contains("<button class=\"btn\" data-fix>Set off"), "who may not, is not asked");
    let row = page.html.split("<b class=\"clip\">LETTER5").next().unwrap();
    let item = row.rsplit("href=\"").next().unwrap().split(['?', '"']).next().unwrap().to_owned();
    office.act(&office.actor.clone(), Role::Poster).await;
    let page = office.get(&item).await;
    page.has(&["CASE6: 40.00, nothing moves, both stand on Payer recoupments"]);
    let other = page.html.split("<select class=\"input\" id=\"item\"").nth(1).unwrap();
    let other = other.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    let part = format!("idempotency_key=1&item={other}&amount=15.00&note=letter+5");
    let done = office.send(Method::POST, &format!("{item}/settle"), &part).await;
    assert_eq!((done.status, done.location), (303, format!("{item}?view=all")));
    office.get(&item).await.has(&["Set off against another item</a> CASE6", "letter 5", "CASE6: 25.00"]);
    let rest = format!("idempotency_key=2&item={other}&amount=&note=letter+5");
    assert_eq!(office.send(Method::POST, &format!("{item}/settle"), &rest).await.status, 303);
    office.get("/provider-adjustments").await.has(&["0 open", "Nothing is open"]);

    office.act(&office.actor.clone(), Role::Manager).await;
    let undo = office.get(&format!("{item}?view=all")).await.form("/provider-adjustments/settlements/");
    assert_eq!(office.send(Method::POST, &undo, "idempotency_key=3&why=not+the+same").await.status, 303);
    office.get("/provider-adjustments").await.has(&["2 open", "not the same"]);
}

#[tokio::test]
async fn all_pairs_are_listed_and_settled_by_one_press() {
    let mut office = office().await;
    office
        .get("/provider-adjustments/pairs")
        .await
        .has(&["No two open items fit each other", "all 0 open items"]);
    receive(&office, "T95", "40", "PLB*1*20261231*WO:LETTER5*-40~").await;
    receive(&office, "T96", "10", "CLP*WHO*1*50*50**12*PCN8~PLB*1*20261231*WO:CASE6*40~").await;
    let page = office.get("/provider-adjustments/pairs").await;
    page.has(&["all 2 open items are looked at", "LETTER5", "CASE6", "same amount, the same day"]);
    page.has(&["nothing moves, both stand on Payer recoupments", "Who posts remittances sets them off."]);
    office.get("/provider-adjustments").await.has(&["href=\"/provider-adjustments/pairs\""]);
    office.act(&office.actor.clone(), Role::Poster).await;
    let page = office.get("/provider-adjustments/pairs").await;
    page.has(&["Set off <data value=\"40.00\">40.00</data>"]);
    let (settle, other) = (page.form("/provider-adjustments/plb_"), page.value("item").to_owned());
    let form = format!("idempotency_key=1&listed=1&item={other}&note=letter+5");
    let done = office.send(Method::POST, &settle, &form).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/provider-adjustments/pairs"));
    office.get("/provider-adjustments/pairs").await.has(&["No two open items fit each other"]);
    office.get("/provider-adjustments").await.has(&["0 open", "Nothing is open"]);
}

#[tokio::test]
async fn an_item_whose_payer_is_not_on_file_says_what_to_do() {
    let mut office = office().await;
    for (trace, paid, body) in [
        ("T97", "9", "PLB*1*20261231*WO:STRANGE*-9~"),
        ("T98", "0", "CLP*NOBODYS*1*9*9**12*PCN1~PLB*1*20261231*WO:OTHER*9~"),
    ] {
        let text = crate::remits::file(&[crate::remits::set_from("NOBODY9", trace, paid, body)]);
        let text = text.replace("ACME HEALTH", "NOBODY MUTUAL").replace("ACME1", "NOBOD");
        let clock = Clock::standing_at("2026-04-03T15:00:00Z".parse().unwrap());
        journey::receive_file(&office.world.db, &office.actor, &clock, "r.835", text.as_bytes())
            .await
            .unwrap();
    }
    office.act(&office.actor.clone(), Role::Poster).await;
    let page = office.get("/provider-adjustments").await;
    page.has(&["The payer is not on file", "/practice/payers/new", "with the name “NOBODY MUTUAL”"]);
    page.has(&["post it again", "Under another reference"]);
    assert!(!page.html.contains("<button class=\"btn\" data-fix>Set off"), "it would be refused");
    let pairs = office.get("/provider-adjustments/pairs").await;
    pairs.has(&["NOBODY MUTUAL", "The payer is not on file: what to do"]);
    assert!(!pairs.html.contains("name=\"listed\""));
}
