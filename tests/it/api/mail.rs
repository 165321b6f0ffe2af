//! `/api/v1/mail` and `/api/v1/jobs`.

use firstpass::access::Role;
use serde_json::json;

use super::api;

const JSON: &str = "application/json";

#[tokio::test]
async fn a_round_is_asked_for_once_and_seen_until_it_is_done() {
    let api = api().await;
    let asked = api.post("/api/v1/mail/send?release=drafts", JSON, "").await;
    assert_eq!(asked.status, 202, "{}", asked.body);
    let job = asked.body["jobs"][0].as_str().unwrap().to_owned();
    let again = api.post("/api/v1/mail/send?release=drafts", JSON, "").await;
    assert_eq!((again.status, &again.body["jobs"]), (202, &json!([])), "it waits already");
    let received = api.post("/api/v1/mail/receive", JSON, "").await;
    assert_eq!(received.body["jobs"].as_array().unwrap().len(), 2, "one for each payer");

    let mail = api.get("/api/v1/mail").await;
    assert_eq!(mail.status, 200, "{}", mail.body);
    let jobs = mail.body["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 3);
    assert_eq!(
        (&jobs[0]["id"], &jobs[0]["kind"], &jobs[0]["key"], &jobs[0]["state"]),
        (&json!(job), &json!("send_batches"), &json!("drafts"), &json!("waiting"))
    );
    let retry = api.post(&format!("/api/v1/jobs/{job}/retry"), JSON, "").await;
    assert_eq!((retry.status, retry.body["code"].as_str()), (404, Some("jobs/not-dead")));
}

#[tokio::test]
async fn what_is_no_release_no_payer_or_no_schedule_is_refused() {
    let api = api().await;
    for (target, body, code) in [
        ("/api/v1/mail/send?release=everything", "", "web/field"),
        ("/api/v1/mail/receive?payer=x", "", "web/field"),
        ("/api/v1/mail/receive?payer=pay_01jd6z3q0gfj0s5v8r2r9d3h9k", "", "payers/not-found"),
        ("/api/v1/mail/settings", r#"{"schedule":{"every_seconds":4,"release":"ready"}}"#, "mail/schedule"),
        ("/api/v1/mail/settings", r#"{"schedule":{"every_seconds":60,"release":"drafts"}}"#, "mail/schedule"),
        (
            "/api/v1/mail/settings",
            r#"{"submitter":{"identifier":"X-1","contact":"B","telephone":"2175550100"}}"#,
            "submissions/submitter",
        ),
    ] {
        let refused = api.post(target, JSON, body).await;
        assert_eq!(refused.body["code"], code, "{target} {body}: {}", refused.body);
    }
    assert_eq!(api.get("/api/v1/mail").await.body["jobs"], json!([]));
}

#[tokio::test]
async fn settings_change_by_halves_and_are_a_managers() {
    let mut api = api().await;
    let changed = api
        .post("/api/v1/mail/settings", JSON, r#"{"schedule":{"every_seconds":60,"release":"queued"}}"#)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!((&changed.body["every_seconds"], &changed.body["submitter"]), (&json!(60), &json!(null)));
    let submitter = json!({ "identifier": "1234567893", "contact": "BILLING", "telephone": "2175550100" });
    let changed =
        api.post("/api/v1/mail/settings", JSON, &json!({ "submitter": submitter }).to_string()).await;
    assert_eq!((&changed.body["every_seconds"], &changed.body["submitter"]), (&json!(60), &submitter));

    for role in [Role::Biller, Role::Poster, Role::Reviewer] {
        api.as_role(role).await;
        assert_eq!(api.get("/api/v1/mail").await.status, 403);
        assert_eq!(api.post("/api/v1/mail/send", JSON, "").await.status, 403);
    }
}
