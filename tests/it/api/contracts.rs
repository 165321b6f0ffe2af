//! `/api/v1/contracts`, `/api/v1/fee-schedules` and `/api/v1/underpayments`.

use firstpass::access::Role;
use serde_json::{Value, json};

use super::{Api, api, each};
use crate::remits;

const JSON: &str = "application/json";
const PRICES: &str = "CPT,Fee\n99213,120.00\n20610,60.00\n";

async fn schedule(api: &Api) -> Value {
    let target = "/api/v1/fee-schedules/imports?schedule=Standard&effective=2026-01-01";
    let dry = api.post(&format!("{target}&dry_run=true"), "text/csv", PRICES).await;
    assert_eq!((dry.status, &dry.body["added"], &dry.body["edition"]), (200, &json!(2), &Value::Null));
    let imported = api.post(target, "text/csv", PRICES).await;
    assert_eq!((imported.status, &imported.body["added"]), (200, &json!(2)), "{}", imported.body);
    let schedules = api.get("/api/v1/fee-schedules").await.body;
    assert_eq!(schedules[0]["editions"].as_array().unwrap().len(), 1);
    schedules[0].clone()
}

async fn contract(api: &Api, name: &str, state: &str) -> Value {
    let schedule = api.get("/api/v1/fee-schedules").await.body[0]["id"].clone();
    let body = json!({
        "name": name, "payer": api.practice.first_payer.to_string(), "state": state, "schedule": schedule,
        "valid_from": "2026-01-01", "terms": { "reductions": "100 50 25" }, "tolerance": 0.5,
    });
    let made = api.post("/api/v1/contracts", JSON, &body.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body
}

#[tokio::test]
async fn a_schedule_is_imported_searched_priced_and_taken_back() {
    let api = api().await;
    let schedule = schedule(&api).await;
    let id = schedule["id"].as_str().unwrap();
    let made = contract(&api, "First 2026", "in_force").await;
    assert_eq!(made["terms"]["reductions"], json!(["100", "50", "25"]));
    assert_eq!(
        (made["tolerance"].to_string().as_str(), &made["terms"]["cosurgeon_percent"]),
        ("0.50", &json!("62.5"))
    );
    let (fees, pages) = api.walk(&format!("/api/v1/fee-schedules/{id}/fees?on=2026-03-02")).await;
    assert_eq!((each(&fees, "/procedure"), pages), (vec!["20610".to_owned(), "99213".to_owned()], 1));
    let found = api.get(&format!("/api/v1/fee-schedules/{id}/fees?on=2026-03-02&beginning=992")).await.body;
    assert_eq!(each(found["items"].as_array().unwrap(), "/amount"), ["120.00"]);
    let quotes = api.get("/api/v1/contracts/price?procedure=99213&date=2026-03-02&charge=150").await.body;
    assert_eq!(quotes[0]["allowed"].to_string(), "120.00");
    assert_eq!(quotes[0]["steps"], json!(["99213 schedule 120.00", "lesser of charge 150.00"]));
    api.get("/api/v1/contracts/price?procedure=9921&date=2026-03-02").await.refused(422, "web/field");
    api.get("/api/v1/contracts/price?procedure=99213&date=soon").await.refused(422, "web/field");

    let edition = schedule["editions"][0]["id"].as_str().unwrap();
    let undone = api.post(&format!("/api/v1/fee-schedules/editions/{edition}/undo"), JSON, "").await;
    assert_eq!((undone.status, &undone.body["undone"]), (200, &json!(edition)));
    let quotes = api.get("/api/v1/contracts/price?procedure=99213&date=2026-03-02").await.body;
    assert_eq!((&quotes[0]["allowed"], &quotes[0]["why"]), (&Value::Null, &json!("no_edition")));
}

#[tokio::test]
async fn what_is_wrong_with_a_file_or_a_contract_is_said() {
    let api = api().await;
    let target = "/api/v1/fee-schedules/imports?schedule=Standard&effective=2026-01-01";
    api.post(target, "text/csv", "CPT\n99213\n").await.refused(400, "contracts/captions");
    api.post(target, "application/pdf", "x").await.refused(415, "web/content-type");
    api.post("/api/v1/fee-schedules/imports?schedule=&effective=2026-01-01", "text/csv", PRICES)
        .await
        .refused(422, "contracts/schedule-name");
    schedule(&api).await;
    let first = contract(&api, "First 2026", "in_force").await;
    let mut body = json!({
        "name": "Other", "payer": api.practice.first_payer.to_string(), "schedule": first["schedule"],
        "valid_from": "2026-07-01",
    });
    let post = async |body: &Value| api.post("/api/v1/contracts", JSON, &body.to_string()).await;
    post(&body).await.refused(409, "contracts/overlap");
    body["terms"] = json!({ "bilateral_percent": "50" });
    let wrong = post(&body).await;
    wrong.refused(422, "contracts/terms");
    assert_eq!(wrong.body["place"]["field"], "/bilateral_percent");
    let id = first["id"].as_str().unwrap();
    let ended = api.post(&format!("/api/v1/contracts/{id}/end"), JSON, r#"{"last_day":"2026-06-30"}"#).await;
    assert_eq!((ended.status, &ended.body["valid_to"]), (200, &json!("2026-06-30")));
    let offer = contract(&api, "Offer", "proposed").await;
    let id = offer["id"].as_str().unwrap();
    api.post(&format!("/api/v1/contracts/{id}/adopt"), JSON, "").await.refused(409, "contracts/overlap");
    assert_eq!(
        each(api.get("/api/v1/contracts").await.body.as_array().unwrap(), "/name"),
        ["First 2026", "Offer"]
    );
    let values = json!({ "schedule": "M", "conversion_factor": "33.2875", "effective": "2026-01-01" });
    let refused = api.post("/api/v1/fee-schedules/relative-values", JSON, &values.to_string()).await;
    refused.refused(409, "contracts/no-relative-values");
}

#[tokio::test]
async fn an_underpayment_is_listed_closed_and_another_practices_is_not_there() {
    let mut api = api().await;
    schedule(&api).await;
    let offer = contract(&api, "First 2026", "in_force").await;
    api.import(&[("V1", "A-100", "2026-03-02,11,99213,,1,150.00,E11.9,,A")]).await;
    let claim = api.claim().await["id"].as_str().unwrap().to_owned();
    assert_eq!(api.post(&format!("/api/v1/claims/{claim}/submit"), JSON, "").await.status, 202);
    let number = api.claim().await["control_number"].as_str().unwrap().to_owned();
    // 150.00 less CO-45 50.00 is 100.00 allowed; 120.00 were agreed on.
    let set = remits::set_from(
        "AETNA1",
        "T77",
        "100",
        &format!(
            "CLP*{number}*1*150*100**12*PCN7~NM1*QC*1*ROE*JANE****MI*W12345~\
             SVC*HC:99213*150*100**1~DTM*472*20260302~CAS*CO*45*50~"
        ),
    );
    let received = api.post("/api/v1/remittances", "application/edi-x12", &remits::file(&[set])).await;
    assert_eq!(received.status, 200, "{}", received.body);
    let listed = api.get("/api/v1/underpayments").await.body;
    assert_eq!(each(listed["items"].as_array().unwrap(), "/difference"), ["20.00"]);
    let item = &listed["items"][0];
    assert_eq!(item["arithmetic"], "99213 schedule 120.00; lesser of charge 150.00");
    let target = format!("/api/v1/underpayments/{}", item["id"].as_str().unwrap());
    let found = api
        .get(&format!(
            "/api/v1/contracts/what-if?contract={}&from=2026-03-01&to=2026-03-31",
            offer["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        (found.status, found.body["difference"].to_string().as_str()),
        (200, "20.00"),
        "{}",
        found.body
    );

    api.as_role(Role::Reviewer).await;
    assert_eq!(api.get(&target).await.status, 200);
    let close = json!({ "outcome": "given_up", "note": "below the cost of a call" }).to_string();
    assert_eq!(api.post(&format!("{target}/close"), JSON, &close).await.status, 403);
    api.as_role(Role::Biller).await;
    let closed = api.post(&format!("{target}/close"), JSON, &close).await;
    assert_eq!(
        (closed.status, &closed.body["state"], &closed.body["outcome"]),
        (200, &json!("closed"), &json!("given_up"))
    );
    api.post(&format!("{target}/close"), JSON, &close).await.refused(409, "underpayments/not-open");
    let done = api.get("/api/v1/underpayments?view=done").await.body;
    assert_eq!(done["items"].as_array().unwrap().len(), 1);
    api.as_another_practice().await;
    api.get(&target).await.refused(404, "underpayments/not-found");
}

#[tokio::test]
async fn a_claim_that_is_answered_as_a_whole_is_held_to_its_contract_as_a_whole() {
    let api = api().await;
    schedule(&api).await;
    contract(&api, "First 2026", "in_force").await;
    let lines = ["2026-03-02,11,99213,25,1,150.00,E11.9,,A", "2026-03-02,11,20610,RT,1,165.00,E11.9,,A"];
    api.import(&[("V1", "A-100", lines[0]), ("V1", "A-100", lines[1])]).await;
    let claim = api.claim().await["id"].as_str().unwrap().to_owned();
    assert_eq!(api.post(&format!("/api/v1/claims/{claim}/submit"), JSON, "").await.status, 202);
    let number = api.claim().await["control_number"].as_str().unwrap().to_owned();
    // 315.00 less CO-45 165.00 is 150.00 allowed, of which sequestration takes 3.00; 120.00 + 60.00
    // were agreed on.
    let set = remits::set_from(
        "AETNA1",
        "T78",
        "147",
        &format!("CLP*{number}*1*315*147**12*PCN8~CAS*CO*45*165**253*3~NM1*QC*1*ROE*JANE****MI*W12345~"),
    );
    let received = api.post("/api/v1/remittances", "application/edi-x12", &remits::file(&[set])).await;
    assert_eq!(received.status, 200, "{}", received.body);
    let listed = api.get("/api/v1/underpayments").await.body;
    let item = &listed["items"][0];
    assert_eq!(
        (item["allowed"].to_string(), item["difference"].to_string(), &item["line_no"]),
        ("150.00".into(), "30.00".into(), &Value::Null),
        "{listed}"
    );
    assert_eq!(
        item["arithmetic"],
        "line 1: 99213-25 schedule 120.00; lesser of charge 150.00; \
         line 2: 20610-RT schedule 60.00; lesser of charge 165.00"
    );
}
