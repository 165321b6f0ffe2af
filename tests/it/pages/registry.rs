//! `/patients`, `/practice/providers` and `/practice/payers`: plain forms, without a script.

use actix_web::http::Method;
use firstpass::access::Role;

use super::{Answered, Office, office};

async fn send(office: &Office, target: &str, fields: &str) -> Answered {
    let key = uuid::Uuid::now_v7();
    office.send(Method::POST, target, &format!("idempotency_key={key}&{fields}")).await
}

const PATIENT: &str = "account_number=B-1&last_name=Poe&first_name=Adam&born_on=1975-02-03&sex=M\
                       &address_line_1=2+Elm+St&city=Springfield&state=IL&zip=62701";

#[tokio::test]
async fn a_patient_is_found_by_a_form_whose_address_says_nothing() {
    let office = office().await;
    let list = office.get("/patients").await;
    list.has(&[
        "Roe, Jane",
        "A-100",
        "A-300",
        "05/06/1980",
        r#"<form class="body inline" method="post" action="/patients">"#,
    ]);
    let found = office.send(Method::POST, "/patients", "q=a-2").await;
    assert_eq!(found.status, 200);
    found.has(&["1 found", "A-200"]);
    assert!(!found.html.contains("A-100") && found.no_store);
    let found = office.send(Method::POST, "/patients", "q=roe,+ja&born_on=1980-05-06").await;
    found.has(&["3 found"]);
    let found = office.send(Method::POST, "/patients", "q=roe&born_on=1980-05-07").await;
    found.has(&["0 found", "Nobody is so called"]);
    let wrong = office.send(Method::POST, "/patients", "born_on=soon").await;
    assert_eq!(wrong.status, 422);
    wrong.has(&["is not a date: expected YYYY-MM-DD"]);
}

#[tokio::test]
async fn a_patients_page_shows_coverages_claims_and_what_is_owed() {
    let office = office().await;
    let claim = office.get(&format!("/claims/{}", office.claim)).await;
    let page = office.get(&claim.link("/patients/")).await;
    // Charged 315.00, paid 120.00, given up 30.00: 165.00 is still the payer's.
    page.has(&[
        "<h1>Roe, Jane</h1>",
        r#"<dt>With insurance</dt><dd><data value="165.00">165.00</data></dd>"#,
        r#"<dt>Patient owes</dt><dd><data value="0.00">0.00</data></dd>"#,
        "1 Elm St",
        "First Health",
        "Second Mutual",
        "Roe, Rick (spouse)",
        "In force",
        &format!(r#"href="/claims/{}""#, office.claim),
        &office.number,
    ]);
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_what_is_right_is_kept() {
    let office = office().await;
    office.get("/patients/new").await.has(&["New patient", r#"name="zip" value="""#]);
    let wrong =
        PATIENT.replace("62701", "6270").replace("state=IL", "state=ZZ").replace("1975-02-03", "soon");
    let refused = send(&office, "/patients/new", &wrong).await;
    assert_eq!(refused.status, 422);
    refused.has(&[
        r#"value="6270" maxlength="300" autocomplete="off" required aria-invalid="true" aria-describedby="wrong-zip">"#,
        "ZIP code is not valid: expected five or nine digits",
        "State is not valid: expected a two-letter USPS state code",
        "Born on is not a date: expected YYYY-MM-DD or MM/DD/YYYY",
        r#"value="Poe""#,
    ]);
    let made = send(&office, "/patients/new", PATIENT).await;
    assert_eq!(made.status, 303, "{}", made.html);
    assert!(made.location.starts_with("/patients/pat_"));
    office.get(&made.location).await.has(&["Poe, Adam", "No coverage is registered", "No claim was made"]);
    let again = send(&office, "/patients/new", PATIENT).await;
    assert_eq!(again.status, 422);
    again.has(&["the practice has a patient of this number already"]);

    let form = office.get(&format!("{}/edit", made.location)).await;
    assert_eq!((form.value("account_number"), form.value("city")), ("B-1", "Springfield"));
    let changed =
        send(&office, &format!("{}/edit", made.location), &PATIENT.replace("Springfield", "Peoria")).await;
    assert_eq!((changed.status, &changed.location), (303, &made.location));
    office.get(&made.location).await.has(&["Peoria, IL 62701"]);
    let renumbered = send(&office, &format!("{}/edit", made.location), &PATIENT.replace("B-1", "B-2")).await;
    assert_eq!(renumbered.status, 422);
    renumbered.has(&["it stays"]);
}

#[tokio::test]
async fn what_somebody_else_saved_meanwhile_is_not_saved_over_unless_one_saves_again() {
    let office = office().await;
    let made = send(&office, "/patients/new", PATIENT).await;
    let edit = format!("{}/edit", made.location);
    let form = office.get(&edit).await;
    let mine = PATIENT.replace("Springfield", "Peoria");
    let mine = format!("{mine}&opened_on={}", form.value("opened_on"));
    assert_eq!(send(&office, &edit, &PATIENT.replace("2+Elm+St", "7+Oak+St")).await.status, 303);

    let refused = send(&office, &edit, &mine).await;
    assert_eq!(refused.status, 422);
    refused.has(&[
        "Nothing was saved.",
        "somebody else changed it after you opened it; it says otherwise now in: address line 1, city.",
        r#"value="Peoria""#,
    ]);
    office.get(&made.location).await.has(&["7 Oak St", "Springfield, IL"]);
    // Something wrong in between does not forget it.
    let again = PATIENT.replace("Springfield", "Peoria");
    let again = format!("{again}&opened_on={}", refused.value("opened_on"));
    let wrong = send(&office, &edit, &again.replace("62701", "6270")).await;
    assert_eq!(wrong.value("opened_on"), refused.value("opened_on"));
    assert_eq!(send(&office, &edit, &again).await.status, 303);
    office.get(&made.location).await.has(&["2 Elm St", "Peoria, IL"]);
}

#[tokio::test]
async fn a_coverage_is_added_and_changed_on_the_patients_page() {
    let office = office().await;
    let made = send(&office, "/patients/new", PATIENT).await;
    let place = format!("{}/coverages/new", made.location);
    office.get(&place).await.has(&["New coverage", r#"<option value="AETNA1">First Health</option>"#]);
    let fields = "payer=AETNA1&rank=1&member_id=W1&relationship=01&valid_from=2026-01-01";
    let refused = send(&office, &place, fields).await;
    assert_eq!(refused.status, 422);
    refused.has(&["Insured last name is empty", r#"<option value="01" selected>Spouse</option>"#]);
    let saved =
        send(&office, &place, &format!("{fields}&subscriber_last_name=Poe&subscriber_first_name=Eve")).await;
    assert_eq!((saved.status, &saved.location), (303, &made.location));
    let page = office.get(&made.location).await;
    page.has(&["Poe, Eve (spouse)", "W1", "01/01/2026"]);
    let edit = page.link(&format!("{}/coverages/cov_", made.location));
    let form = office.get(&edit).await;
    assert_eq!((form.value("member_id"), form.value("subscriber_first_name")), ("W1", "Eve"));
    let ended = "payer=AETNA1&rank=1&member_id=W2&relationship=18&valid_from=2026-01-01&valid_to=2026-02-28";
    assert_eq!(send(&office, &edit, ended).await.status, 303);
    office.get(&made.location).await.has(&["W2", "The patient", "02/28/2026", "Not in force"]);
}

#[tokio::test]
async fn providers_and_payers_are_listed_and_kept_by_a_manager() {
    let mut office = office().await;
    let list = office.get("/practice/payers").await;
    list.has(&[
        "First Health",
        "AETNA1",
        "CI <span class=\"dim\">Commercial insurance</span>",
        "folder aetna1",
        "Full",
    ]);
    assert!(!list.html.contains("/practice/payers/new"), "a biller only looks");
    assert_eq!(office.get("/practice/payers/new").await.status, 403);
    let actor = office.actor.clone();
    office.act(&actor, Role::Manager).await;
    let list = office.get("/practice/payers").await;
    list.has(&["/remittances/rules#h-pay_", "/practice/payers/new"]);
    let edit = list.link("/practice/payers/pay_");
    let form = office.get(&edit).await;
    assert_eq!((form.value("identifier"), form.value("receiver_identifier")), ("AETNA1", "AETNA1"));
    let fields = "identifier=MCR01&name=Medicare&filing_indicator=";
    let refused = send(&office, "/practice/payers/new", &format!("{fields}XX")).await;
    assert_eq!(refused.status, 422);
    refused.has(&["Claim filing indicator is no code of SBR09"]);
    assert_eq!(send(&office, "/practice/payers/new", &format!("{fields}MB")).await.status, 303);
    office.get("/practice/payers").await.has(&["Medicare Part B", "Not known yet"]);

    let list = office.get("/practice/providers").await;
    list.has(&["Elm Street Clinic", "1234567893", "12-3456789".replace('-', "").as_str(), "Nguyen, An"]);
    let refused = send(&office, "/practice/providers/new", "npi=1234567890&last_name=Poe").await;
    assert_eq!(refused.status, 422);
    refused.has(&["NPI is not valid: the check digit is wrong"]);
    assert_eq!(send(&office, "/practice/providers/new", "npi=1679576722&last_name=Poe").await.status, 303);
    office.get("/practice/providers").await.has(&["Poe", "1679576722"]);
}
