//! `/api/v1/patients`, `/api/v1/providers`, `/api/v1/payers` and `/api/v1/rosters`.

use actix_web::http::Method;
use firstpass::access::Role;
use serde_json::{Value, json};

use super::{Answered, Api, api, each, of};
use crate::support::practice::GROUP_NPI;

const JSON: &str = "application/json";

fn patient() -> Value {
    json!({
        "account_number": "B-1", "last_name": "Poe", "first_name": "Adam", "born_on": "02/03/1975", "sex": "M",
        "address_line_1": "2 Elm St", "city": "Springfield", "state": "il", "zip": "62701-1234",
    })
}

async fn put(api: &Api, target: &str, body: &Value) -> Answered {
    api.send(Method::PUT, target, &[("Content-Type", JSON)], &body.to_string()).await
}

#[tokio::test]
async fn a_patient_is_added_once_found_and_brought_up_to_date() {
    let api = api().await;
    let body = patient().to_string();
    let added = api.post_as("k1", "/api/v1/patients", JSON, &body).await;
    assert_eq!(added.status, 201, "{}", added.body);
    let mut known = added.body.clone();
    assert!(known["id"].take().as_str().unwrap().starts_with("pat_"));
    let mut expected = patient();
    expected["id"] = Value::Null;
    expected["born_on"] = json!("1975-02-03");
    expected["state"] = json!("IL");
    expected["zip"] = json!("627011234");
    assert_eq!(known, expected);
    let again = api.post_as("k1", "/api/v1/patients", JSON, &body).await;
    assert!(again.replayed);
    assert_eq!(again.body, added.body);
    api.post("/api/v1/patients", JSON, &body).await.refused(409, "registry/patient-known");

    let target = of("patients", &added.body);
    assert_eq!(api.get(&target).await.body, added.body);
    let mut moved = patient();
    moved["city"] = json!("Peoria");
    let changed = put(&api, &target, &moved).await;
    assert_eq!((changed.status, &changed.body["city"]), (200, &json!("Peoria")), "{}", changed.body);
    assert_eq!(put(&api, &target, &moved).await.body, changed.body, "the same again changes nothing");
    moved["account_number"] = json!("B-2");
    put(&api, &target, &moved).await.refused(409, "registry/patient-renumbered");

    let (all, pages) = api.walk("/api/v1/patients").await;
    assert_eq!(
        (each(&all, "/account_number"), pages),
        (["B-1", "A-100", "A-200", "A-300"].map(str::to_owned).to_vec(), 2)
    );
    let search = async |body: Value| api.post("/api/v1/patients/search", JSON, &body.to_string()).await.body;
    let found = search(json!({ "text": "poe, a" })).await;
    assert_eq!(each(found.as_array().unwrap(), "/account_number"), ["B-1"]);
    let found = search(json!({ "born_on": "1975-02-03" })).await;
    assert_eq!(each(found.as_array().unwrap(), "/account_number"), ["B-1"]);
    assert_eq!(search(json!({ "text": "poe", "born_on": "1975-02-04" })).await, json!([]));
}

#[tokio::test]
async fn what_is_wrong_is_named_without_its_value() {
    let api = api().await;
    let mut wrong = patient();
    wrong["zip"] = json!("6270");
    wrong["born_on"] = json!("2099-01-01");
    let refused = api.post("/api/v1/patients", JSON, &wrong.to_string()).await;
    refused.refused(422, "registry/invalid");
    assert_eq!(
        refused.body["detail"],
        "born_on is in the future; zip is not valid: expected five or nine digits"
    );
    assert_eq!(refused.body["place"]["field"], "/born_on");
    wrong["zip"] = json!(62701);
    let refused = api.post("/api/v1/patients", JSON, &wrong.to_string()).await;
    refused.refused(400, "web/json");
    assert!(!refused.body.to_string().contains("62701"), "{}", refused.body);
    wrong["zip"] = json!("62701");
    wrong["name"] = json!("Poe");
    api.post("/api/v1/patients", JSON, &wrong.to_string()).await.refused(400, "web/json");
    let provider = json!({ "npi": "1234567890", "last_name": "Poe" });
    let refused = api.post("/api/v1/providers", JSON, &provider.to_string()).await;
    refused.refused(422, "registry/invalid");
    api.get("/api/v1/patients/pat_01jdzzzzzzzzzzzzzzzzzzzzzz")
        .await
        .refused(404, "registry/patient-not-found");
}

#[tokio::test]
async fn a_coverage_is_added_moved_and_not_put_in_anothers_place() {
    let api = api().await;
    let added = api.post("/api/v1/patients", JSON, &patient().to_string()).await;
    let target = format!("{}/coverages", of("patients", &added.body));
    let first = json!({ "payer": "aetna1", "member_id": "w1", "valid_from": "2026-01-01" });
    let made = api.post(&target, JSON, &first.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let mut shown = made.body.clone();
    assert!(shown["id"].take().as_str().unwrap().starts_with("cov_"));
    assert_eq!(shown["payer_id"].take(), json!(api.practice.first_payer.to_string()));
    assert_eq!(
        shown,
        json!({ "id": null, "payer_id": null, "payer": "AETNA1", "rank": 1, "member_id": "W1", "relationship": "18",
            "valid_from": "2026-01-01" })
    );
    api.post(&target, JSON, &first.to_string()).await.refused(409, "registry/coverage-known");
    let second = json!({
        "payer": "BLUE22", "rank": 2, "member_id": "Z9", "relationship": "spouse", "subscriber_last_name": "Poe",
        "subscriber_first_name": "Eve", "valid_from": "2026-01-01",
    });
    let second = api.post(&target, JSON, &second.to_string()).await;
    assert_eq!(second.status, 201, "{}", second.body);
    let (one, two) = (made.body["id"].as_str().unwrap(), second.body["id"].as_str().unwrap());
    let mut moved = first.clone();
    moved["rank"] = json!("2");
    put(&api, &format!("{target}/{one}"), &moved).await.refused(409, "registry/coverage-known");
    moved["valid_from"] = json!("2026-02-01");
    moved["valid_to"] = json!("2026-12-31");
    let moved = put(&api, &format!("{target}/{one}"), &moved).await;
    assert_eq!((moved.status, &moved.body["id"], &moved.body["rank"]), (200, &json!(one), &json!(2)));
    let listed = api.get(&target).await.body;
    assert_eq!(each(listed.as_array().unwrap(), "/id"), [one, two]);
    assert_eq!(each(listed.as_array().unwrap(), "/valid_from"), ["2026-02-01", "2026-01-01"]);
}

#[tokio::test]
async fn providers_and_payers_are_added_and_brought_up_to_date() {
    let api = api().await;
    let doctor =
        json!({ "npi": "1679576722", "last_name": "Okafor", "first_name": "Ada", "taxonomy": "207q00000x" });
    let made = api.post("/api/v1/providers", JSON, &doctor.to_string()).await;
    assert_eq!(
        (made.status, &made.body["bills"], &made.body["taxonomy"]),
        (201, &json!(false), &json!("207Q00000X"))
    );
    let mut bills = doctor.clone();
    for (field, value) in [
        ("tax_id", "12-3456789"),
        ("address_line_1", "1 Elm St"),
        ("city", "Springfield"),
        ("state", "IL"),
        ("zip", "627011234"),
    ] {
        bills[field] = json!(value);
    }
    let target = of("providers", &made.body);
    let changed = put(&api, &target, &bills).await;
    assert_eq!((changed.status, &changed.body["bills"]), (200, &json!(true)), "{}", changed.body);
    bills["npi"] = json!(GROUP_NPI);
    put(&api, &target, &bills).await.refused(409, "registry/provider-renumbered");

    let payer = json!({ "identifier": "MCR01", "name": "Medicare", "filing_indicator": "MB" });
    let made = api.post("/api/v1/payers", JSON, &payer.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!((&made.body["timely_filing_days"], &made.body["mailbox"]), (&json!(365), &json!("mcr01")));
    let mut reached = payer.clone();
    reached["receiver_identifier"] = json!("CH1");
    reached["appeal_days"] = json!(100);
    let target = of("payers", &made.body);
    let changed = put(&api, &target, &reached).await.body;
    assert_eq!((&changed["receiver_name"], &changed["appeal_days"]), (&json!("Medicare"), &json!(100)));
    let listed = api.get("/api/v1/payers").await.body;
    assert_eq!(each(listed.as_array().unwrap(), "/identifier"), ["AETNA1", "MCR01", "BLUE22"]);
}

#[tokio::test]
async fn a_social_security_number_is_for_those_who_keep_providers() {
    let mut api = api().await;
    let doctor = json!({
        "npi": "1679576722", "last_name": "Okafor", "taxonomy": "207Q00000X", "tax_id": "219-09-9999",
        "tax_id_kind": "SSN", "address_line_1": "1 Elm St", "city": "Springfield", "state": "IL", "zip": "62701",
    });
    let made = api.post("/api/v1/providers", JSON, &doctor.to_string()).await;
    assert_eq!((made.status, &made.body["tax_id"]), (201, &json!("219099999")), "{}", made.body);
    let target = of("providers", &made.body);
    api.as_role(Role::Biller).await;
    let seen = api.get(&target).await.body;
    assert_eq!(
        (&seen["tax_id"], &seen["tax_id_kind"], &seen["bills"]),
        (&Value::Null, &json!("SSN"), &json!(true))
    );
    assert!(!api.get("/api/v1/providers").await.body.to_string().contains("219099999"));
}

#[tokio::test]
async fn a_roster_is_imported_by_a_manager_and_a_biller_keeps_patients_only() {
    let mut api = api().await;
    let csv = "MRN,Last Name,DOB,Sex,Address,City,State,Zip,Insurance,Policy\n\
               B-1,Poe,02/03/1975,M,2 Elm St,Springfield,IL,62701,AETNA1,W1\n\
               B-2,Doe,soon,M,2 Elm St,Springfield,IL,62701,AETNA1,W2\n";
    let target = "/api/v1/rosters/patients?coverage_from=2026-01-01";
    let dry = api.post(&format!("{target}&mode=dry_run"), "text/csv", csv).await;
    assert_eq!((dry.status, &dry.body["added"]), (200, &json!(1)), "{}", dry.body);
    let done = api.post(target, "text/csv", csv).await;
    assert_eq!((&done.body["added"], &done.body["coverages"]["added"]), (&json!(1), &json!(1)));
    assert_eq!(
        done.body["problems"],
        json!([{ "row": 3, "column": "born_on", "reason": "is not a date: expected YYYY-MM-DD or MM/DD/YYYY" }])
    );
    let again = api.post(target, "text/csv", csv).await.body;
    assert_eq!((&again["added"], &again["changed"], &again["unchanged"]), (&json!(0), &json!(0), &json!(1)));
    api.post("/api/v1/rosters/payers", "text/csv", "a,b\n").await.refused(400, "rosters/heading");
    api.post("/api/v1/rosters/payers", "text/plain", "a,b\n").await.refused(415, "web/content-type");
    api.as_role(Role::Biller).await;
    api.post(target, "text/csv", csv).await.refused(403, "access/forbidden");
    let mut new = patient();
    new["account_number"] = json!("B-3");
    assert_eq!(api.post("/api/v1/patients", JSON, &new.to_string()).await.status, 201);
    api.as_role(Role::Poster).await;
    api.post("/api/v1/patients", JSON, &new.to_string()).await.refused(403, "access/forbidden");
    assert_eq!(api.get("/api/v1/patients").await.status, 200);
}

#[tokio::test]
async fn another_practices_patient_is_not_there() {
    let mut api = api().await;
    let added = api.post("/api/v1/patients", JSON, &patient().to_string()).await;
    let target = of("patients", &added.body);
    api.as_another_practice().await;
    api.get(&target).await.refused(404, "registry/patient-not-found");
    api.get(&format!("{target}/coverages")).await.refused(404, "registry/patient-not-found");
    put(&api, &target, &patient()).await.refused(404, "registry/patient-not-found");
}
