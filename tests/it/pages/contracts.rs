//! `/contracts` and `/underpayments`: plain forms, without a script.

use actix_web::http::Method;
use firstpass::access::Role;

use super::{Answered, Office, office};
use crate::support::browser::multipart;
use crate::support::practice::{DOCTOR_NPI, GROUP_NPI};

async fn send(office: &Office, target: &str, fields: &str) -> Answered {
    let key = uuid::Uuid::now_v7();
    office.send(Method::POST, target, &format!("idempotency_key={key}&{fields}")).await
}

/// Sends the form of a price list with its rows pasted, or a file.
async fn import(office: &Office, mode: &str, rows: &str, file: Option<(&str, &str)>) -> Answered {
    let key = uuid::Uuid::now_v7().to_string();
    let said = [("idempotency_key", key.as_str()), ("schedule", "Standard"), ("effective", "2026-01-01")];
    let fields: Vec<(&str, &str)> = said.into_iter().chain([("mode", mode), ("rows", rows)]).collect();
    let (name, content) = file.unwrap_or_default();
    let (kind, body) = multipart(&fields, &[("file", name, content)]);
    office.send_as(Method::POST, "/contracts/imports", kind, &body).await
}

async fn manager() -> Office {
    let mut office = office().await;
    let actor = office.actor.clone();
    office.act(&actor, Role::Manager).await;
    office
}

const ROWS: &str = "CPT,Fee\n99213,130.00\n20610,60.00\n";

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
    let dry = import(&office, "dry", ROWS, None).await;
    dry.has(&["Dry run: nothing was imported.", "2 rows read, 2 prices added", "20610,60.00"]);
    let wrong = import(&office, "import", "CPT\n", None).await;
    assert_eq!(wrong.status, 422);
    wrong.has(&["no column has an amount"]);
    let kept = import(&office, "import", "", Some(("prices.csv", ROWS))).await;
    assert_eq!((kept.status, kept.location.as_str()), (303, "/contracts"));
    let listed = office.get("/contracts").await;
    listed.has(&["prices.csv", "Undo"]);
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
    import(&office, "import", ROWS, None).await;
    let form = office.get("/contracts/new").await;
    let (payer, schedule) = (option(&form, "First Health"), option(&form, "Standard"));
    let fields = format!("name=First+2026&payer={payer}&schedule={schedule}&valid_from=2026-01-01");
    assert_eq!(send(&office, "/contracts/new", &fields).await.status, 303);
    let claim = office.get(&format!("/claims/{}", office.claim)).await;
    claim.has(&[">Contract</th>", "99213-25 schedule 130.00; lesser of charge 150.00"]);
}

#[tokio::test]
async fn a_visit_being_entered_shows_what_the_contract_allows_and_what_is_at_risk() {
    let office = manager().await;
    let visit = &format!(
        "patient_account=A-100&service_date=03%2F02%2F2026&place_of_service=11&dx1=I10&\
        billing_npi={GROUP_NPI}&rendering_npi={DOCTOR_NPI}&\
        date=&procedure=99213&modifiers=&pointers=A&units=1&charge=150.00&\
        date=&procedure=20610&modifiers=&pointers=A&units=2&charge=300.00&\
        date=&procedure=99213&modifiers=&pointers=A&units=1&charge=150.00&\
        date=&procedure=99999&modifiers=&pointers=A&units=1&charge=10.00"
    );
    let without = office.send(Method::POST, "/charges/check", visit).await;
    assert!(!without.html.contains("Allowed by"), "no contract");
    import(&office, "import", ROWS, None).await;
    let form = office.get("/contracts/new").await;
    let (payer, schedule) = (option(&form, "First Health"), option(&form, "Standard"));
    let fields = format!("name=First+2026&payer={payer}&schedule={schedule}&valid_from=2026-01-01");
    assert_eq!(send(&office, "/contracts/new", &fields).await.status, 303);
    // 130.00 for the visit, two injections at 60.00, and the visit again, which a rule stops.
    let check = office.send(Method::POST, "/charges/check", visit).await;
    check.has(&[
        r#"<li data-for="lines.0.contract">130.00</li>"#,
        r#"<li data-for="lines.1.contract">120.00</li>"#,
        r#"<li data-for="lines.2.contract">130.00</li>"#,
        r#"<li data-for="lines.3.contract">no price</li>"#,
        r#"<li data-for="contract_total">380.00</li>"#,
        r#"<dt>Allowed by First 2026</dt><dd class="strong">380.00</dd>"#,
    ]);
}
