//! `/claims` and `/claims/{id}`.

use actix_web::http::Method;
use firstpass::access::Role;

use super::office;

#[tokio::test]
async fn a_partly_denied_claim_stands_in_the_worklist_with_its_next_action() {
    let office = office().await;
    let page = office.get("/claims").await;
    assert_eq!((page.status, page.no_store), (200, true));
    page.has(&[
        "Needs action <span>1</span>",
        "Held <span>0</span>",
        "All <span>1</span>",
        &office.number,
        "Roe, Jane",
        "First Health",
        "03/02/2026",
        r#"<data value="315.00">315.00</data>"#,
        r#"<data value="165.00">165.00</data>"#,
        "315.00 charged less 120.00 paid less 30.00 adjusted",
        "Partly paid",
        r#"<td class="num">31</td>"#,
        "Work CO-197: authorization",
        "Total of 1 claims",
    ]);
    let empty = office.get("/claims?view=held").await;
    empty.has(&["No claims here"]);
}

#[tokio::test]
async fn a_claim_shows_its_balance_its_lines_its_events_and_where_each_number_stands() {
    let office = office().await;
    let page = office.get(&format!("/claims/{}", office.claim)).await;
    assert_eq!((page.status, page.no_store), (200, true));
    page.has(&[
        "Equals the ledger",
        "<small>Charged</small><a class=\"src\" href=\"#ledger\"><data value=\"315.00\">315.00</data></a>",
        "<small>Paid</small><a class=\"src\" href=\"#ledger\"><data value=\"120.00\">120.00</data></a>",
        "<small>Adjusted</small><a class=\"src\" href=\"#ledger\"><data value=\"30.00\">30.00</data></a>",
        "<small>Balance</small><data value=\"165.00\">165.00</data>",
        "<small>Insurance</small><data value=\"165.00\">165.00</data>",
        "<small>Patient</small><data value=\"0.00\">0.00</data>",
        "<b>E11.9</b>",
        "<b>CO-45</b>",
        "<b>CO-197</b>",
        "<b>N54</b>",
        "Work CO-197: authorization",
        "<b>Partly paid</b>",
        "<b>Queued</b>",
        "<b>Drafted</b>",
        "Insurance receivables",
        "charge file",
    ]);
    let newest = page.html.find("<b>Partly paid</b>").unwrap();
    assert!(newest < page.html.find("<b>Drafted</b>").unwrap(), "the newest event comes first");
}

#[tokio::test]
async fn another_practices_claim_is_not_found() {
    let mut office = office().await;
    let other = office.world.practice("Oak Street").await;
    office.act(&other.actor, Role::Admin).await;
    assert_eq!(office.get(&format!("/claims/{}", office.claim)).await.status, 404);
    let list = office.get("/claims?view=all").await;
    assert!(!list.html.contains(&office.number));
    list.has(&["All <span>0</span>"]);
}

#[tokio::test]
async fn who_may_only_look_has_no_button_and_may_not_check() {
    let mut office = office().await;
    let actor = office.actor.clone();
    office.act(&actor, Role::Reviewer).await;
    let address = format!("/claims/{}", office.claim);
    assert!(!office.get(&address).await.html.contains("Check again"));
    let answered = office.send(Method::POST, &format!("{address}/check"), "idempotency_key=k1").await;
    assert_eq!(answered.status, 403);
}

#[tokio::test]
async fn a_decided_claim_is_not_checked_again() {
    let office = office().await;
    let address = format!("/claims/{}", office.claim);
    let answered = office.send(Method::POST, &format!("{address}/check"), "idempotency_key=k1").await;
    assert_eq!((answered.status, answered.location.as_str()), (409, ""));
    answered.has(&["cannot be scrubbed"]);
}
