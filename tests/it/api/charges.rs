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
