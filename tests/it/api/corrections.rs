//! `/api/v1/claims/{id}/corrections` and `/fixes`.

use serde_json::{Value, json};

use super::{Api, api, each, of};
use crate::charges::import_charges::GOOD;

const JSON: &str = "application/json";

/// A visit of two lines of 100.00, whose second modifier of line 1 is the first once more.
async fn held(api: &Api) -> String {
    api.import(&[
        ("V1", "A-100", "2026-03-02,11,99213,25 25,1,100.00,E11.9,,A"),
        ("V1", "A-100", "2026-03-02,11,36415,,1,100.00,E11.9,,A"),
    ])
    .await;
    let path = of("claims", &api.claim().await);
    let scrubbed = api.post(&format!("{path}/scrub"), JSON, "").await;
    assert_eq!(scrubbed.body["status"], "held", "{:?}", scrubbed.body);
    path
}

fn correction(event: i64, patch: &Value) -> String {
    json!({ "event": event, "patch": patch }).to_string()
}

#[tokio::test]
async fn a_corrected_claim_is_checked_again_and_what_is_owed_follows() {
    let api = api().await;
    let path = held(&api).await;
    let patch = json!([
        { "op": "replace", "path": "/lines/0/modifiers", "value": ["25"] },
        { "op": "replace", "path": "/lines/1/charged", "value": "12.50" },
        { "op": "replace", "path": "/charged", "value": "112.50" },
    ]);
    let answer = api.post_as("fix-1", &format!("{path}/corrections"), JSON, &correction(2, &patch)).await;
    assert_eq!((answer.status, &answer.body["status"]), (200, &json!("ready")), "{:?}", answer.body);
    // The same request again changes nothing.
    let again = api.post_as("fix-1", &format!("{path}/corrections"), JSON, &correction(2, &patch)).await;
    assert_eq!((again.status, again.replayed), (200, true));

    let claim = api.get(&path).await.body;
    assert_eq!(
        each(claim["events"].as_array().unwrap(), "/event"),
        ["drafted", "held", "revised", "released"]
    );
    let lists = claim["checked_with"]["shipped"].as_array().unwrap();
    assert!(lists.iter().any(|name| name.as_str().unwrap().starts_with("HCPCS Level II")), "{lists:?}");
    // 200.00 charged, less 87.50 by the correction.
    assert_eq!(
        claim["ledger"]["equation"],
        "charges 112.50 - payments 0.00 - adjustments 0.00 + takebacks 0.00 + moves 0.00 = 112.50; \
         receivables: insurance 112.50 + patient 0.00 = 112.50"
    );
    let proofs = api.get("/api/v1/ledger/proofs").await.body;
    assert_eq!(proofs["hold"], true, "{proofs:?}");
}

#[tokio::test]
async fn two_who_correct_the_same_claim_do_not_overwrite_each_other() {
    let api = api().await;
    let path = held(&api).await;
    let patch = json!([{ "op": "replace", "path": "/lines/0/modifiers", "value": ["25"] }]);
    let target = format!("{path}/corrections");
    assert_eq!(api.post(&target, JSON, &correction(2, &patch)).await.status, 200);
    api.post(&target, JSON, &correction(2, &patch)).await.refused(409, "claims/changed-meanwhile");
}

#[tokio::test]
async fn a_patch_that_does_not_fit_changes_nothing_and_says_where() {
    let api = api().await;
    let path = held(&api).await;
    let target = format!("{path}/corrections");
    let before = api.get(&path).await.body;
    let cases = [
        (json!([{ "op": "remove", "path": "/lines/7" }]), "claims/patch"),
        (json!([{ "op": "replace", "path": "/lines", "value": "none" }]), "claims/patch"),
        (json!([{ "op": "replace", "path": "/charged", "value": "1.00" }]), "claims/not-its-lines"),
        (json!([{ "op": "replace", "path": "/frequency", "value": "void" }]), "claims/another-claim"),
    ];
    for (patch, code) in cases {
        api.post(&target, JSON, &correction(2, &patch)).await.refused(422, code);
    }
    assert_eq!(api.get(&path).await.body, before);
}

#[tokio::test]
async fn a_findings_fix_is_made_by_its_rule_place_and_label() {
    let api = api().await;
    let path = held(&api).await;
    let claim = api.get(&path).await.body;
    let fixable: Vec<&Value> =
        claim["findings"].as_array().unwrap().iter().filter(|it| it["fix"] != Value::Null).collect();
    assert_eq!(fixable.len(), 1, "{fixable:?}");
    let finding = fixable[0];
    assert_eq!(
        (&finding["rule"], &finding["pointer"]),
        (&json!("scrub/modifier"), &json!("/lines/0/modifiers/1"))
    );
    assert_eq!(
        finding["fix"],
        json!({ "label": "Remove the second 25", "patch": [{ "op": "remove", "path": "/lines/0/modifiers/1" }] })
    );
    let wanted = |label: &str| {
        json!({ "rule": finding["rule"], "pointer": finding["pointer"], "label": label, "event": 2 })
            .to_string()
    };
    let target = format!("{path}/fixes");
    api.post(&target, JSON, &wanted("Pay twice")).await.refused(409, "claims/no-such-fix");
    let answer = api.post(&target, JSON, &wanted("Remove the second 25")).await;
    assert_eq!((answer.status, &answer.body["status"]), (200, &json!("ready")), "{:?}", answer.body);
    api.post(&target, JSON, &wanted("Remove the second 25")).await.refused(409, "claims/no-such-fix");
    assert_eq!(api.get(&path).await.body["lines"][0]["modifiers"], json!(["25"]));
}

#[tokio::test]
async fn a_claim_that_is_queued_or_anothers_is_not_corrected() {
    let mut api = api().await;
    api.import(&[("V1", "A-100", GOOD)]).await;
    let path = of("claims", &api.claim().await);
    api.post(&format!("{path}/submit"), JSON, "").await;
    let patch = json!([{ "op": "replace", "path": "/prior_authorization", "value": "A1" }]);
    let target = format!("{path}/corrections");
    api.post(&target, JSON, &correction(3, &patch)).await.refused(409, "claims/not-revisable");
    api.as_another_practice().await;
    api.post(&target, JSON, &correction(3, &patch)).await.refused(404, "claims/not-found");
}
