//! `/api/v1/codes`.

use serde_json::json;

use super::{api, each};

#[tokio::test]
async fn codes_are_found_by_the_beginnings_of_their_words() {
    let api = api().await;
    let found = api.get("/api/v1/codes?q=diab+polyneur&table=icd10cm&on=2026-11-24&limit=3").await;
    assert_eq!(found.status, 200);
    let items = found.body["items"].as_array().unwrap();
    assert_eq!(
        items[..2],
        [
            json!({
                "table": "icd10cm", "code": "E10.42",
                "title": "Type 1 diabetes mellitus with diabetic polyneuropathy",
                "billable": true, "status": "valid", "valid_from": "2015-10-01", "valid_to": null,
            }),
            json!({
                "table": "icd10cm", "code": "E11.42",
                "title": "Type 2 diabetes mellitus with diabetic polyneuropathy",
                "billable": true, "status": "valid", "valid_from": "2015-10-01", "valid_to": null,
            }),
        ]
    );
    assert_eq!(found.body["on"], "2026-11-24");
    let several = api.get("/api/v1/codes?q=wheelchair").await;
    assert!(each(several.body["items"].as_array().unwrap(), "/table").contains(&"hcpcs".to_owned()));
    assert_eq!(api.get("/api/v1/codes").await.body["items"], json!([]));
}

#[tokio::test]
async fn a_code_is_explained_on_its_day() {
    let api = api().await;
    let last_day = api.get("/api/v1/codes/icd10cm/d69.1?on=2026-09-30").await.body;
    assert_eq!((&last_day["billable"], &last_day["valid_to"]), (&json!(true), &json!("2026-09-30")));
    let heading = api.get("/api/v1/codes/icd10cm/D69.1?on=2026-10-01").await.body;
    assert_eq!((&heading["billable"], &heading["status"]), (&json!(false), &json!("header")));
    assert!(!heading["children"].as_array().unwrap().is_empty());
    let unknown = api.get("/api/v1/codes/icd10cm/E11.429?on=2026-10-01").await.body;
    assert_eq!(unknown["why"], "no such code: E11.42 is billable as it stands and takes nothing more");
}

#[tokio::test]
async fn what_is_no_table_and_no_day_is_refused_by_name() {
    let api = api().await;
    for address in ["/api/v1/codes?q=x&table=icd9", "/api/v1/codes/icd9/250.00"] {
        let answer = api.get(address).await;
        answer.refused(404, "codes/no-such-table");
        assert!(answer.body["next"].as_str().unwrap().starts_with("Use one of icd10cm, hcpcs"), "{address}");
    }
    let answer = api.get("/api/v1/codes/icd10cm/E119?on=yesterday").await;
    answer.refused(422, "web/field");
    assert_eq!(answer.body["place"], json!({ "field": "on" }));
}
