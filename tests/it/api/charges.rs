//! `/api/v1/charges/imports`.

use actix_web::http::Method;
use firstpass::access::Role;
use serde_json::json;

use super::api;
use crate::charges::import_charges::{GOOD, file};

const IMPORTS: &str = "/api/v1/charges/imports";

#[tokio::test]
async fn good_visits_become_claims_and_bad_rows_are_listed() {
    let api = api().await;
    let csv = file(&[("V1", "A-100", GOOD), ("V2", "A-999", GOOD), ("V3", "A-300", GOOD)]);
    let mut answer = api.post(IMPORTS, "text/csv; charset=utf-8", &csv).await;
    assert!(answer.body["file"].take().as_str().unwrap().starts_with("fil_"));
    assert_eq!(answer.body["charged"].take().to_string(), "300.00");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        json!({
            "file": null, "already_imported": false, "visits": 2, "lines": 2, "charged": null,
            "rows_rejected": 1, "unknown_columns": [], "claims": 1, "self_pay": 1,
            "problems": [
                { "row": 3, "column": "patient_account", "reason": "is no registered patient's" }
            ],
        })
    );
}

#[tokio::test]
async fn all_or_nothing_imports_nothing_of_a_file_with_a_bad_row() {
    let api = api().await;
    let csv = file(&[("V1", "A-100", GOOD), ("V2", "A-999", GOOD)]);
    let answer = api.post(&format!("{IMPORTS}?mode=all_or_nothing"), "text/csv", &csv).await;
    assert_eq!((answer.status, &answer.body["visits"], &answer.body["claims"]), (200, &json!(0), &json!(0)));
    assert_eq!(api.get("/api/v1/claims").await.body, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer_and_charges_nothing_twice() {
    let api = api().await;
    let csv = file(&[("V1", "A-100", GOOD)]);
    let first = api.post_as("import-1", IMPORTS, "text/csv", &csv).await;
    let second = api.post_as("import-1", IMPORTS, "text/csv", &csv).await;
    assert_eq!((first.status, first.replayed), (200, false));
    assert_eq!((second.status, second.replayed, &second.body), (200, true, &first.body));

    let other_key = api.post_as("import-2", IMPORTS, "text/csv", &csv).await;
    assert_eq!((other_key.status, &other_key.body["already_imported"]), (200, &json!(true)));
    let balances = api.get("/api/v1/ledger/balances").await;
    let charges = balances.body["accounts"].as_array().unwrap().iter().find(|row| row["kind"] == "charges");
    assert_eq!(charges.unwrap()["balance"].to_string(), "150.00");

    let other_body = file(&[("V2", "A-100", GOOD)]);
    api.post_as("import-1", IMPORTS, "text/csv", &other_body).await.refused(409, "idempotency/other-request");
}

#[tokio::test]
async fn what_is_no_import_is_refused_by_name() {
    let mut api = api().await;
    let csv = file(&[("V1", "A-100", GOOD)]);
    let without_key = api.send(Method::POST, IMPORTS, &[("Content-Type", "text/csv")], &csv).await;
    without_key.refused(400, "idempotency/missing");
    api.post_as("two words", IMPORTS, "text/csv", &csv).await.refused(422, "idempotency/key");
    api.post(IMPORTS, "application/json", &csv).await.refused(415, "web/content-type");
    api.post(IMPORTS, "text/csv", "ISA*00*~").await.refused(400, "charges/heading");
    let mode = api.post(&format!("{IMPORTS}?mode=Roe"), "text/csv", &csv).await;
    mode.refused(422, "web/field");
    assert_eq!(mode.body["place"], json!({ "field": "mode" }));
    assert!(!mode.body.to_string().contains("Roe"), "a value is not repeated");
    api.post(IMPORTS, "text/csv", &"x".repeat(33 << 20)).await.refused(413, "web/too-large");

    api.as_role(Role::Reviewer).await;
    api.post(IMPORTS, "text/csv", &csv).await.refused(403, "access/forbidden");
    api.as_nobody();
    api.post(IMPORTS, "text/csv", &csv).await.refused(401, "access/who");
    assert_eq!(api.get(IMPORTS).await.status, 405);
}

const CHARGES: &str = "/api/v1/charges";

fn document(visit: &str, account: &str) -> String {
    json!({ "visits": [{
        "visit_number": visit, "patient_account": account, "rendering_npi": "1987654328", "place_of_service": "11",
        "diagnoses": ["E11.9", "I10"],
        "lines": [{ "service_date": "2026-03-02", "procedure": "99213", "modifiers": ["25"], "units": 1,
            "charge": "150.00", "pointers": [1, 2] }],
    }]})
    .to_string()
}

#[tokio::test]
async fn visits_of_a_document_are_charged_once_under_their_key() {
    let api = api().await;
    let first = api.post_as("m-1", CHARGES, "application/json", &document("V1", "A-100")).await;
    assert_eq!(
        (first.status, &first.body["state"], &first.body["repeated"]),
        (200, &json!("accepted"), &json!(false))
    );
    assert_eq!((&first.body["visits"], first.body["claims"].as_array().unwrap().len()), (&json!(1), 1));
    let second = api.post_as("m-1", CHARGES, "application/json", &document("V1", "A-100")).await;
    assert_eq!((second.status, &second.body["repeated"]), (200, &json!(true)));
    let other = api.post_as("m-1", CHARGES, "application/json", &document("V2", "A-100")).await;
    assert_eq!((other.status, &other.body["state"]), (422, &json!("rejected")));
    assert_eq!(other.body["explanation"], "/message_id was accepted before, with other content");
    let claims = api.get("/api/v1/claims").await.body;
    assert_eq!(claims["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_bad_document_is_kept_explained_and_replayed() {
    let mut api = api().await;
    let bad =
        api.post(CHARGES, "application/json", &document("V1", "A-999").replace("\"11\"", "\"1\"")).await;
    assert_eq!(bad.status, 422);
    assert_eq!(
        bad.body["problems"],
        json!([
            { "row": 1, "column": "/visits/0/place_of_service", "reason": "has not the length 2" },
            { "row": 1, "column": "/visits/0/patient_account", "reason": "is no registered patient's" },
        ])
    );
    assert!(!bad.body.to_string().contains("A-999"), "a value is not repeated");
    let id = bad.body["id"].as_str().unwrap().to_owned();
    let listed = api.get(&format!("{CHARGES}/messages?state=rejected")).await;
    assert_eq!(listed.body["items"][0]["id"], bad.body["id"]);
    let again = api.post(&format!("{CHARGES}/messages/{id}/replay"), "application/json", "").await;
    assert_eq!(
        (again.status, &again.body["state"], &again.body["attempts"]),
        (200, &json!("rejected"), &json!(2))
    );
    api.post(CHARGES, "text/csv", "x").await.refused(415, "web/content-type");
    let unreadable = api.post(CHARGES, "application/json", "{").await;
    assert_eq!((unreadable.status, &unreadable.body["state"]), (422, &json!("rejected")));

    api.as_another_practice().await;
    api.get(&format!("{CHARGES}/messages/{id}")).await.refused(404, "charges/no-message");
    assert_eq!(api.get(&format!("{CHARGES}/messages")).await.body, json!({ "items": [], "next": null }));
    api.as_role(Role::Reviewer).await;
    api.post(CHARGES, "application/json", &document("V1", "A-100")).await.refused(403, "access/forbidden");
}

#[tokio::test]
async fn a_visit_is_checked_as_its_claim_would_be_and_nothing_is_written() {
    let api = api().await;
    let visit: serde_json::Value = serde_json::from_str(&document("V1", "A-100")).unwrap();
    let mut visit = visit["visits"][0].clone();
    let clean = api.post(&format!("{CHARGES}/check"), "application/json", &visit.to_string()).await;
    assert_eq!(
        (clean.status, &clean.body["held"], &clean.body["payer"]),
        (200, &json!(false), &json!("First Health"))
    );
    visit["lines"][0]["pointers"] = json!([]);
    let held = api.post(&format!("{CHARGES}/check"), "application/json", &visit.to_string()).await;
    assert_eq!(held.body["held"], json!(true));
    let stop =
        held.body["findings"].as_array().unwrap().iter().find(|one| one["severity"] == "stop").unwrap();
    assert_eq!(stop["pointer"], "/lines/0/pointers");
    assert_eq!(api.get("/api/v1/claims").await.body, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn mappings_are_guessed_saved_used_and_forgotten() {
    let api = api().await;
    let csv = "Ticket,Pt Acct,DOS,CPT,Qty,Fee,Dx1,POS,Pointer\nT1,A-100,03/02/2026,99213,1,150,I10,11,A\n";
    let guess = api.post(&format!("{CHARGES}/mappings/guess"), "text/csv", csv).await;
    assert_eq!((guess.status, &guess.body["missing"]), (200, &json!(["billing_npi"])));
    let mut mapping = guess.body["mapping"].clone();
    let mappings = format!("{CHARGES}/mappings/old system").replace(' ', "%20");
    let json = [("Content-Type", "application/json")];
    api.send(Method::PUT, &mappings, &json, &mapping.to_string()).await.refused(422, "charges/mapping");
    mapping["defaults"] = json!({ "billing_npi": "1234567893" });
    assert_eq!(api.send(Method::PUT, &mappings, &json, &mapping.to_string()).await.status, 200);
    let imports = format!("{IMPORTS}?mapping=old%20system&mode=dry_run");
    let dry = api.post(&imports, "text/csv", csv).await;
    assert_eq!(
        (&dry.body["dry_run"], &dry.body["visits"], &dry.body["claims"]),
        (&json!(true), &json!(1), &json!(1))
    );
    assert_eq!(api.send(Method::DELETE, &mappings, &[], "").await.status, 204);
    api.post(&imports, "text/csv", csv).await.refused(404, "charges/no-mapping");
}

const BUNDLE: &str = r#"{"resourceType":"Bundle","type":"collection","identifier":{"system":"urn:ehr","value":"B-1"},"entry":[
    {"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","identifier":[{"value":"A-100"}]}},
    {"fullUrl":"urn:uuid:c","resource":{"resourceType":"Condition","code":{"coding":[{"code":"I10"}]}}},
    {"fullUrl":"urn:uuid:e","resource":{"resourceType":"Encounter","identifier":[{"value":"V-1"}],"class":{"code":"EMER"},
        "subject":{"reference":"urn:uuid:p"},"diagnosis":[{"condition":{"reference":"urn:uuid:c"}}],"hospitalization":{}}},
    {"resource":{"resourceType":"ChargeItem","status":"billable","subject":{"reference":"urn:uuid:p"},
        "context":{"reference":"urn:uuid:e"},"occurrenceDateTime":"2026-03-02","code":{"coding":[{"code":"99283"}]},
        "priceOverride":{"value":310.00}}}]}"#;

#[tokio::test]
async fn a_fhir_bundle_is_charged_once_and_answered_with_an_operation_outcome() {
    let api = api().await;
    let kind = [("Content-Type", "application/fhir+json")];
    let first = api.send(Method::POST, "/api/v1/fhir", &kind, BUNDLE).await;
    assert_eq!((first.status, first.kind.as_str()), (200, "application/fhir+json"));
    assert_eq!(first.body["resourceType"], "OperationOutcome");
    let said: Vec<_> =
        first.body["issue"].as_array().unwrap().iter().map(|issue| &issue["diagnostics"]).collect();
    assert!(said[0].as_str().unwrap().starts_with("1 visits charged as message chm_"), "{}", said[0]);
    assert_eq!(said[1], "Encounter.hospitalization was not read");
    assert_eq!(api.send(Method::POST, "/api/v1/fhir", &kind, BUNDLE).await.status, 200);
    assert_eq!(api.get("/api/v1/claims").await.body["items"].as_array().unwrap().len(), 1);

    let other = BUNDLE.replace("310.00", "311.00");
    let taken = api.send(Method::POST, "/api/v1/fhir", &kind, &other).await;
    assert_eq!(taken.status, 422);
    assert_eq!(
        taken.body["issue"],
        json!([{ "severity": "error", "code": "duplicate", "diagnostics": "was accepted before, with other content",
            "expression": ["Bundle.identifier"] }])
    );
    let unknown = BUNDLE.replace("B-1", "B-2").replace("A-100", "A-999").replace("V-1", "V-2");
    let unknown = api.send(Method::POST, "/api/v1/fhir", &kind, &unknown).await;
    let issue = &unknown.body["issue"][0];
    assert_eq!((unknown.status, &issue["code"]), (422, &json!("not-found")));
    assert_eq!(issue["expression"], json!(["Bundle.entry[2].resource.subject"]));
}
