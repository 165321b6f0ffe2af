//! `/api/v1/codes`.

use serde_json::json;

use firstpass::access::Role;

use super::{api, each};
use crate::support::browser::multipart;

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

/// One new diagnosis, and one that ends.
const ADDENDA: &str = "\
Add:         1 I109    Hypertension of the test                                     Hypertension of the test
Delete:      1 D691    Qualitative platelet defects                                 Qualitative platelet defects
";

#[tokio::test]
async fn an_official_file_is_tried_imported_and_undone() {
    let mut api = api().await;
    let form = |fields: &[(&str, &str)]| {
        multipart(fields, &[("file", "icd10cm_order_addenda_2026_test.txt", ADDENDA)])
    };
    let (kind, body) = form(&[("effective", "2026-09-01")]);
    api.post("/api/v1/codes/imports", kind, &body).await.refused(403, "access/forbidden");
    api.as_role(Role::Admin).await;

    let (kind, dry) = form(&[("effective", "2026-09-01"), ("dry_run", "true")]);
    let told = api.post("/api/v1/codes/imports", kind, &dry).await;
    assert_eq!((told.status, &told.body["layout"]), (200, &json!("ICD-10-CM order addenda")));
    assert_eq!(
        (&told.body["rows"], &told.body["rejected"], &told.body["dry_run"]),
        (&json!(2), &json!(0), &json!(true))
    );
    let edition = &told.body["editions"][0];
    assert_eq!((&edition["id"], &edition["added"], &edition["ended"]), (&json!(null), &json!(1), &json!(1)));
    assert_eq!(api.get("/api/v1/codes/editions").await.body["items"], json!([]));

    let status = async |api: &super::Api| {
        api.get("/api/v1/codes/icd10cm/I10.9?on=2026-09-01").await.body["status"].clone()
    };
    assert_eq!(status(&api).await, "unknown");
    let first = api.post_as("one", "/api/v1/codes/imports", kind, &body).await;
    assert_eq!((first.status, &first.body["editions"][0]["already_imported"]), (200, &json!(false)));
    assert_eq!(status(&api).await, "valid", "the next request is answered by the new edition");
    assert!(api.post_as("one", "/api/v1/codes/imports", kind, &body).await.replayed);
    let again = api.post("/api/v1/codes/imports", kind, &body).await;
    assert_eq!(again.body["editions"][0]["already_imported"], json!(true));

    let listed = api.get("/api/v1/codes/editions").await.body["items"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(
        (&listed[0]["table"], &listed[0]["file"], &listed[0]["valid_from"]),
        (&json!("icd10cm"), &json!("icd10cm_order_addenda_2026_test.txt"), &json!("2026-09-01"))
    );
    let id = listed[0]["id"].as_str().unwrap().to_owned();
    let undone = api.post(&format!("/api/v1/codes/editions/{id}/undo"), "application/json", "").await;
    assert_eq!((undone.status, &undone.body["id"]), (200, &json!(id)));
    assert_eq!(status(&api).await, "unknown");
    assert_eq!(api.get("/api/v1/codes/editions").await.body["items"], json!([]));
    assert_eq!(api.get("/api/v1/codes/editions?all=true").await.body["items"].as_array().unwrap().len(), 1);
    let twice = api.post(&format!("/api/v1/codes/editions/{id}/undo"), "application/json", "").await;
    twice.refused(409, "codes/undone");
}

#[tokio::test]
async fn what_is_no_code_file_is_refused_and_changes_nothing() {
    let mut api = api().await;
    api.as_role(Role::Admin).await;
    let send = async |fields: &[(&str, &str)], files: &[(&str, &str, &str)]| {
        let (kind, body) = multipart(fields, files);
        api.post("/api/v1/codes/imports", kind, &body).await
    };
    send(&[], &[("file", "notes.txt", "nothing of the kind")]).await.refused(400, "codes/not-imported");
    send(&[], &[("file", "codes.txt", "99213 Our label\n")]).await.refused(422, "codes/no-day");
    send(&[("table", "icd9")], &[("file", "codes.txt", "99213 Our label\n")])
        .await
        .refused(404, "codes/no-such-table");
    send(&[], &[]).await.refused(422, "web/no-file");
    api.post("/api/v1/codes/imports", "text/csv", "x").await.refused(415, "web/content-type");
    assert_eq!(api.get("/api/v1/codes/editions?all=true").await.body["items"], json!([]));
}
