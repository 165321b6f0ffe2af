//! `/contracts` and `/underpayments`: plain forms, without a script.

use actix_web::http::Method;
use firstpass::access::Role;

use super::{Answered, Office, office};

async fn send(office: &Office, target: &str, fields: &str) -> Answered {
    let key = uuid::Uuid::now_v7();
    office.send(Method::POST, target, &format!("idempotency_key={key}&{fields}")).await
}

async fn manager() -> Office {
    let mut office = office().await;
    let actor = office.actor.clone();
    office.act(&actor, Role::Manager).await;
    office
}

const ROWS: &str = "rows=CPT%2CFee%0A99213%2C130.00%0A20610%2C60.00%0A";

/// The value of the option that says this.
fn option(page: &Answered, says: &str) -> String {
    let at = page.html.find(&format!("\">{says}</option>")).unwrap();
    let before = &page.html[..at];
    before[before.rfind('"').unwrap() + 1..].to_owned()
}

#[tokio::test]
async fn prices_are_pasted_a_contract_is_made_priced_compared_and_ended() {
    let office = manager().await;
    office.get("/contracts").await.has(&["There is no contract yet", "No fee schedule was imported yet"]);
    let dry = send(
        &office,
        "/contracts/imports",
        &format!("schedule=Standard&effective=2026-01-01&mode=dry&{ROWS}"),
    )
    .await;
    dry.has(&["Dry run: nothing was imported.", "2 rows read, 2 prices added", "20610,60.00"]);
    let wrong =
        send(&office, "/contracts/imports", "schedule=Standard&effective=2026-01-01&mode=import&rows=CPT%0A")
            .await;
    assert_eq!(wrong.status, 422);
    wrong.has(&["no column has an amount"]);
    let fields = format!("schedule=Standard&effective=2026-01-01&mode=import&{ROWS}");
    let kept = send(&office, "/contracts/imports", &fields).await;
    assert_eq!((kept.status, kept.location.as_str()), (303, "/contracts"));
    let listed = office.get("/contracts").await;
    listed.has(&["pasted.csv", "Undo"]);
    let prices = office.get(&listed.link("/contracts/schedules/")).await;
    prices.has(&["<h1>Standard</h1>", "99213", "130.00", "indicator 1"]);

    let form = office.get("/contracts/new").await;
    let (payer, schedule) = (option(&form, "First Health"), option(&form, "Standard"));
    let fields = format!("name=First+2026&payer={payer}&schedule={schedule}&valid_from=2026-01-01");
    let refused = send(&office, "/contracts/new", &format!("{fields}&reductions=half")).await;
    assert_eq!(refused.status, 422);
    refused.has(&["reductions is no percentage", "First 2026"]);
    let made = send(&office, "/contracts/new", &fields).await;
    assert_eq!(made.status, 303, "{}", made.html);
    let page = office
        .get(&format!("{}?procedure=20610&modifiers=50&charge=300&date=2026-03-02", made.location))
        .await;
    page.has(&[
        "First Health",
        "62.5 %",
        "20610-50 schedule 60.00; both sides 150 % = 90.00; lesser of charge 300.00",
    ]);
    // The one claim's visit was allowed 150.00 less 30.00; its other line was denied.
    let id = made.location.trim_start_matches("/contracts/");
    let compared =
        office.get(&format!("/contracts/what-if?contract={id}&from=2026-03-01&to=2026-03-31")).await;
    compared.has(&["1 claims decided, 1 compared", "130.00</data>", "120.00</data>", "10.00</data>"]);
    let ended = send(&office, &format!("{}/end", made.location), "last_day=2026-06-30").await;
    assert_eq!(ended.status, 303);
    office.get(&made.location).await.has(&["06/30/2026"]);
}

#[tokio::test]
async fn an_underpayment_shows_its_arithmetic_beside_the_claim_and_is_closed() {
    let office = manager().await;
    office.get("/underpayments").await.has(&["Nothing is underpaid"]);
    let claim = office.get(&format!("/claims/{}", office.claim)).await;
    assert!(!claim.html.contains(">Contract</th>"), "no contract, no column");
    send(
        &office,
        "/contracts/imports",
        &format!("schedule=Standard&effective=2026-01-01&mode=import&{ROWS}"),
    )
    .await;
    let form = office.get("/contracts/new").await;
    let (payer, schedule) = (option(&form, "First Health"), option(&form, "Standard"));
    let fields = format!("name=First+2026&payer={payer}&schedule={schedule}&valid_from=2026-01-01");
    assert_eq!(send(&office, "/contracts/new", &fields).await.status, 303);
    let claim = office.get(&format!("/claims/{}", office.claim)).await;
    claim.has(&[">Contract</th>", "99213-25 schedule 130.00; lesser of charge 150.00"]);
}
