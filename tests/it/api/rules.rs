//! `/api/v1/rules`.

use firstpass::access::Role;
use serde_json::{Value, json};

use super::{Answered, Api, api, each};
use crate::scrub::needs_referral;

const JSON: &str = "application/json";

async fn created(api: &Api, name: &str) -> Value {
    let body = json!({ "name": name, "definition": needs_referral() });
    let made = api.post("/api/v1/rules", JSON, &body.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body
}

async fn publish(api: &Api, rule: &Value, version: u16, release: u16) -> Answered {
    let id = rule["id"].as_str().unwrap();
    let body = json!({ "version": version, "release": release, "reason": "tried on March" });
    api.post(&format!("/api/v1/rules/{id}/publish"), JSON, &body.to_string()).await
}

#[tokio::test]
async fn a_rule_is_written_tried_published_changed_and_retired() {
    let api = api().await;
    let rule = created(&api, "needs-referral").await;
    let id = rule["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&rule["rule"], &rule["version"], &rule["release"], &rule["published"]),
        (&json!("practice/needs-referral"), &json!(1), &json!(0), &json!(null))
    );
    assert_eq!(rule["definition"]["when"]["all"][1]["test"]["op"], "is_missing");

    api.import(&[("V1", "A-100", "2026-03-02,11,99213,,1,150.00,E11.9,,A")]).await;
    let claim = api.claim().await["id"].as_str().unwrap().to_owned();
    let tried = api.get(&format!("/api/v1/rules/{id}/try?claim={claim}")).await;
    assert_eq!(tried.status, 200, "{}", tried.body);
    assert_eq!(each(tried.body["findings"].as_array().unwrap(), "/element"), ["2300 REF02 (9F)"]);
    let other = api.get(&format!("/api/v1/rules/{id}/try?claim=x")).await;
    other.refused(422, "web/field");

    let published = publish(&api, &rule, 1, 0).await;
    assert_eq!((published.status, &published.body["published"]), (200, &json!(1)));
    publish(&api, &rule, 1, 0).await.refused(409, "rules/changed");
    let scrubbed = api.post(&format!("/api/v1/claims/{claim}/scrub"), JSON, "").await;
    assert_eq!(scrubbed.body["status"], "held");

    let mut milder = needs_referral();
    milder["severity"] = "note".into();
    let body = json!({ "seen": 1, "definition": milder }).to_string();
    let saved = api.post(&format!("/api/v1/rules/{id}/versions"), JSON, &body).await;
    assert_eq!((&saved.body["version"], &saved.body["published"]), (&json!(2), &json!(1)));
    api.post(&format!("/api/v1/rules/{id}/versions"), JSON, &body).await.refused(409, "rules/changed");

    let retired = api.post(&format!("/api/v1/rules/{id}/retire"), JSON, r#"{"release":1}"#).await;
    assert_eq!((retired.status, &retired.body["published"]), (200, &json!(null)));
    let again = api.post(&format!("/api/v1/rules/{id}/retire"), JSON, r#"{"release":2}"#).await;
    again.refused(409, "rules/not-published");
    let shown = api.get(&format!("/api/v1/rules/{id}")).await.body;
    assert_eq!(each(shown["versions"].as_array().unwrap(), "/version"), ["2", "1"]);
    assert_eq!(each(shown["releases"].as_array().unwrap(), "/version"), ["null", "1"]);
    assert_eq!(shown["releases"][1]["reason"], "tried on March");
}

#[tokio::test]
async fn what_is_wrong_with_a_rule_is_said_with_its_place() {
    let api = api().await;
    let post = async |body: Value| api.post("/api/v1/rules", JSON, &body.to_string()).await;
    let mut wrong = needs_referral();
    wrong["when"]["all"][0]["test"]["values"] = json!(["99215", "99202"]);
    let refused = post(json!({ "name": "wrong", "definition": wrong })).await;
    refused.refused(422, "rules/invalid");
    assert_eq!(refused.body["place"]["field"], "/when/all/0/test/values/1");
    let mut strange = needs_referral();
    strange["when"]["all"][0]["script"] = "x".into();
    post(json!({ "name": "wrong", "definition": strange })).await.refused(400, "web/json");
    post(json!({ "name": "Wrong Name", "definition": needs_referral() })).await.refused(422, "rules/slug");
    created(&api, "twice").await;
    post(json!({ "name": "twice", "definition": needs_referral() })).await.refused(409, "rules/taken");
}

#[tokio::test]
async fn rules_are_listed_with_their_grades_built_in_ones_first() {
    let api = api().await;
    created(&api, "needs-referral").await;
    let grade = json!({ "rule": "scrub/zip-plus-four", "grade": "off", "reason": "no payer asks for it" });
    let graded = api.post("/api/v1/rules/grades", JSON, &grade.to_string()).await;
    assert_eq!((graded.status, &graded.body[0]["grade"]), (200, &json!("off")));
    let unknown = json!({ "rule": "scrub/no-such", "grade": "off", "reason": "x" });
    api.post("/api/v1/rules/grades", JSON, &unknown.to_string()).await.refused(404, "rules/not-found");
    let worse = json!({ "rule": "scrub/zip-plus-four", "grade": "worse", "reason": "x" });
    api.post("/api/v1/rules/grades", JSON, &worse.to_string()).await.refused(400, "web/json");

    let listed = api.get("/api/v1/rules").await.body;
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), firstpass::scrub::rules().count() + 1);
    let own = items.last().unwrap();
    assert_eq!(
        (&own["rule"], &own["state"], &own["source"]),
        (
            &json!("practice/needs-referral"),
            &json!("draft"),
            &json!("Procedure is between 99202 and 99215 and Referral number is missing")
        )
    );
    let zip = items.iter().find(|item| item["rule"] == "scrub/zip-plus-four").unwrap();
    assert_eq!((&zip["grades"][0]["grade"], &zip["state"]), (&json!("off"), &json!("built_in")));
}

#[tokio::test]
async fn a_back_test_and_a_what_if_are_asked_by_days() {
    let api = api().await;
    let rule = created(&api, "needs-referral").await;
    let id = rule["id"].as_str().unwrap();
    let tested = api.get(&format!("/api/v1/rules/{id}/back-test?from=2026-03-01&to=2026-03-31")).await;
    assert_eq!(tested.status, 200, "{}", tested.body);
    assert_eq!((&tested.body["claims"], &tested.body["stopped"]["count"]), (&json!(0), &json!(0)));
    let built_in = api.get("/api/v1/rules/built-in/diagnosis-code/back-test").await;
    assert_eq!(built_in.body["rule"], "scrub/diagnosis-code");
    api.get("/api/v1/rules/built-in/no-such/back-test").await.refused(404, "rules/not-found");
    let backwards = format!("/api/v1/rules/{id}/back-test?from=2026-03-02&to=2026-03-01");
    api.get(&backwards).await.refused(422, "rules/days");
    let change = format!("drafts={id}@1&grades=scrub/zip-plus-four:off&as_of=2026-03-01");
    let compared = api.get(&format!("/api/v1/rules/what-if?{change}")).await;
    assert_eq!((compared.status, &compared.body["differing"]), (200, &json!(0)), "{}", compared.body);
    for wrong in ["drafts=x", "drafts=x@1", "grades=scrub/x", "grades=scrub/x:worse", "without_editions=1"] {
        api.get(&format!("/api/v1/rules/what-if?{wrong}")).await.refused(422, "web/field");
    }
}

#[tokio::test]
async fn lists_are_saved_by_version() {
    let api = api().await;
    let save = async |seen: u16, entries: &[&str]| {
        let body = json!({ "name": "E/M visits", "seen": seen, "entries": entries });
        api.post("/api/v1/rules/lists", JSON, &body.to_string()).await
    };
    let saved = save(0, &["99202-99215", "g0438"]).await;
    assert_eq!((saved.status, &saved.body["entries"]), (200, &json!(["99202-99215", "G0438"])));
    save(0, &["99213"]).await.refused(409, "rules/changed");
    let wrong = save(1, &["99213", "9 9!"]).await;
    wrong.refused(422, "rules/list");
    assert_eq!(wrong.body["place"]["field"], "/entries/2");
    assert_eq!(api.get("/api/v1/rules/lists").await.body[0]["version"], 1);
}

#[tokio::test]
async fn everybody_sees_rules_and_a_manager_changes_them() {
    let mut api = api().await;
    let rule = created(&api, "needs-referral").await;
    for role in [Role::Biller, Role::Poster, Role::Reviewer] {
        api.as_role(role).await;
        assert_eq!(api.get("/api/v1/rules").await.status, 200);
        assert_eq!(publish(&api, &rule, 1, 0).await.status, 403);
    }
    api.as_another_practice().await;
    let id = rule["id"].as_str().unwrap();
    api.get(&format!("/api/v1/rules/{id}")).await.refused(404, "rules/not-found");
    publish(&api, &rule, 1, 0).await.refused(404, "rules/not-found");
}

#[tokio::test]
async fn a_trial_is_asked_for_once_and_waits_for_a_worker() {
    let mut api = api().await;
    let body =
        json!({ "rule": "scrub/diagnosis-code", "from": "2026-01-01", "to": "2026-03-31" }).to_string();
    let asked = api.post_as("one", "/api/v1/rules/trials", JSON, &body).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
    let id = asked.body["id"].as_str().unwrap().to_owned();
    assert_eq!(api.post_as("one", "/api/v1/rules/trials", JSON, &body).await.body["id"], json!(id));
    let trial = api.get(&format!("/api/v1/rules/trials/{id}")).await.body;
    assert_eq!(
        (&trial["state"], &trial["progress"], &trial["back_test"]),
        (&json!("waiting"), &json!(null), &json!(null))
    );
    assert_eq!(
        trial["asked"],
        json!({
            "kind": "back_test", "tried": { "built_in": "scrub/diagnosis-code" },
            "past": { "from": "2026-01-01", "to": "2026-03-31", "payer": null },
        })
    );
    assert_eq!(api.get("/api/v1/rules/trials").await.body["items"].as_array().unwrap().len(), 1);
    // Nobody wants it any more: it ends without a result, once.
    let cancel = format!("/api/v1/rules/trials/{id}/cancel");
    assert_eq!(api.post(&cancel, JSON, "").await.status, 200);
    let trial = api.get(&format!("/api/v1/rules/trials/{id}")).await.body;
    assert_eq!((&trial["state"], &trial["back_test"]), (&json!("cancelled"), &json!(null)));
    assert!(trial["ended_at"].is_string(), "{trial}");
    api.post(&cancel, JSON, "").await.refused(409, "rules/trial-ended");
    let swapped = json!({ "grades": "x" }).to_string();
    api.post("/api/v1/rules/trials", JSON, &swapped).await.refused(422, "web/field");
    api.as_another_practice().await;
    api.get(&format!("/api/v1/rules/trials/{id}")).await.refused(404, "rules/no-trial");
    assert_eq!(api.get("/api/v1/rules/trials").await.body["items"], json!([]));
}
