//! `/api/v1/claims`.

use serde_json::{Value, json};

use super::remittances::queued;
use super::{Api, api, each, of};
use crate::charges::import_charges::GOOD;

/// Three visits to the first payer, two to the second.
async fn five_claims(api: &Api) {
    api.import(&[
        ("V1", "A-100", GOOD),
        ("V2", "A-200", GOOD),
        ("V3", "A-100", "2026-03-03,11,99213,,1,100.00,E11.9,,A"),
        ("V4", "A-200", "2026-03-04,11,99213,,1,100.00,E11.9,,A"),
        ("V5", "A-100", "2026-03-05,11,99213,,1,100.00,E11.9,,A"),
    ])
    .await;
}

#[tokio::test]
async fn a_list_is_walked_a_page_at_a_time_and_nothing_is_lost_or_repeated() {
    let api = api().await;
    five_claims(&api).await;
    let (all, pages) = api.walk("/api/v1/claims").await;
    assert_eq!(pages, 3);
    assert_eq!(
        each(&all, "/service_from"),
        ["2026-03-02", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
    );
    assert_eq!(each(&all, "/charged"), ["150.00", "150.00", "100.00", "100.00", "100.00"]);
    let mut ids = each(&all, "/id");
    ids.dedup();
    assert_eq!(ids.len(), 5);

    let (of_first, pages) = api.walk(&format!("/api/v1/claims?payer={}", api.practice.first_payer)).await;
    assert_eq!((each(&of_first, "/payer/name"), pages), (vec!["First Health".to_owned(); 3], 2));
    let patient = all[1]["patient"]["id"].as_str().unwrap();
    let (of_patient, _) = api.walk(&format!("/api/v1/claims?status=draft&patient={patient}")).await;
    assert_eq!(each(&of_patient, "/patient/account_number"), ["A-200", "A-200"]);
    assert_eq!(api.walk("/api/v1/claims?status=paid").await, (vec![], 1));
}

#[tokio::test]
async fn a_claim_in_the_list_says_who_owes_what_to_whom() {
    let api = api().await;
    api.import(&[("V1", "A-100", GOOD)]).await;
    let claim = api.claim().await;
    let id = claim["id"].clone();
    assert_eq!(
        (claim["charged"].to_string(), claim["balance"].to_string()),
        ("150.00".to_owned(), "150.00".to_owned())
    );
    let mut rest = claim.clone();
    for taken in ["charged", "balance", "created_at", "encounter"] {
        rest[taken].take();
    }
    let owed = rest["owed"].take();
    let terms = ["insurance", "patient", "charges", "payments", "adjustments", "takebacks", "moves"];
    assert_eq!(
        terms.map(|term| owed[term].to_string()),
        ["150.00", "0.00", "150.00", "0.00", "0.00", "0.00", "0.00"]
    );
    rest["patient"]["id"].take();
    assert_eq!(
        rest,
        json!({
            "id": id, "account_claim": id, "status": "draft", "encounter": null, "created_at": null,
            "payer": { "id": api.practice.first_payer, "identifier": "AETNA1", "name": "First Health" },
            "patient": { "id": null, "account_number": "A-100", "name": "Roe, Jane" },
            "control_number": null, "sequence": "P", "frequency": "1",
            "service_from": "2026-03-02", "service_thru": "2026-03-02",
            "charged": null, "balance": null, "owed": null, "stopped_by": null,
        })
    );
}

#[tokio::test]
async fn a_claim_shows_its_lines_its_history_and_what_is_owed() {
    let api = api().await;
    api.import(&[("V1", "A-100", GOOD)]).await;
    let claim = api.get(&of("claims", &api.claim().await)).await;
    assert_eq!(claim.status, 200);
    let body = &claim.body;
    let line = &body["lines"][0];
    assert_eq!(
        (&line["line_no"], &line["procedure"], &line["modifiers"], &line["pointers"], &line["units"]),
        (&json!(1), &json!("99213"), &json!(["25"]), &json!([1, 2]), &json!("1"))
    );
    assert_eq!((line["charged"].to_string(), &line["from"]), ("150.00".to_owned(), &json!("2026-03-02")));
    assert_eq!(each(body["events"].as_array().unwrap(), "/event"), ["drafted"]);
    assert_eq!(
        (&body["findings"], &body["submissions"], &body["decisions"]),
        (&json!([]), &json!([]), &json!([]))
    );
    assert_eq!(
        body["ledger"]["equation"],
        "charges 150.00 - payments 0.00 - adjustments 0.00 + takebacks 0.00 + moves 0.00 = 150.00; \
         receivables: insurance 150.00 + patient 0.00 = 150.00"
    );
    assert_eq!(
        (&body["ledger"]["holds"], body["ledger"]["balance"].to_string()),
        (&json!(true), "150.00".into())
    );
    assert_eq!(body["content"]["diagnoses"], json!(["E119", "I10"]));
}

#[tokio::test]
async fn a_submitted_claim_is_scrubbed_and_waits_for_its_batch_under_a_control_number() {
    let api = api().await;
    api.import(&[("V1", "A-100", GOOD)]).await;
    let path = of("claims", &api.claim().await);
    let answer = api.post_as("submit-1", &format!("{path}/submit"), "application/json", "").await;
    assert_eq!((answer.status, &answer.body["status"]), (202, &json!("queued")), "{:?}", answer.body);
    let number = answer.body["control_number"].as_str().unwrap();
    assert!((10..=17).contains(&number.len()));

    let again = api.post_as("submit-1", &format!("{path}/submit"), "application/json", "").await;
    assert_eq!((again.status, again.replayed, &again.body), (202, true, &answer.body));
    api.post(&format!("{path}/submit"), "application/json", "").await.refused(409, "claims/already-queued");

    let claim = api.get(&path).await.body;
    assert_eq!(each(claim["events"].as_array().unwrap(), "/event"), ["drafted", "released", "queued"]);
    let sending = &claim["submissions"][0];
    assert_eq!((&sending["control_number"], &sending["batch"]), (&json!(number), &Value::Null));
    assert_eq!(api.claim().await["control_number"], number);
}

#[tokio::test]
async fn a_claim_that_a_rule_stops_is_held_with_what_stops_it() {
    let api = api().await;
    // E11 is a heading: longer codes stand below it.
    api.import(&[("V1", "A-100", "2026-03-02,11,99213,,1,100.00,E11,,A")]).await;
    let path = of("claims", &api.claim().await);
    let scrubbed = api.post(&format!("{path}/scrub"), "application/json", "").await;
    assert_eq!((scrubbed.status, &scrubbed.body["status"]), (200, &json!("held")));
    let stops = |body: &Value| {
        let findings = body["findings"].as_array().unwrap().clone();
        let stops: Vec<Value> = findings.into_iter().filter(|one| one["severity"] == "stop").collect();
        each(&stops, "/pointer")
    };
    assert_eq!(stops(&scrubbed.body), ["/diagnoses/0"]);

    let submitted = api.post(&format!("{path}/submit"), "application/json", "").await;
    assert_eq!((submitted.status, &submitted.body["status"]), (200, &json!("held")));
    assert_eq!(submitted.body["control_number"], Value::Null);
    let claim = api.get(&path).await.body;
    assert_eq!((stops(&claim), &claim["status"]), (vec!["/diagnoses/0".to_owned()], &json!("held")));
    assert_eq!(each(claim["events"].as_array().unwrap(), "/event"), ["drafted", "held"]);
    let findings = claim["findings"].as_array().unwrap();
    let stop = findings.iter().find(|finding| finding["severity"] == "stop").unwrap();
    assert_eq!(api.claim().await["stopped_by"], stop["message"]);
}

#[tokio::test]
async fn another_practices_claim_is_no_claim() {
    let mut api = api().await;
    api.import(&[("V1", "A-100", GOOD)]).await;
    let path = of("claims", &api.claim().await);
    api.as_another_practice().await;
    api.get(&path).await.refused(404, "claims/not-found");
    api.post(&format!("{path}/scrub"), "application/json", "").await.refused(404, "claims/not-found");
    api.post(&format!("{path}/submit"), "application/json", "").await.refused(404, "claims/not-found");
    assert_eq!(api.get("/api/v1/claims").await.body["items"], json!([]));
}

#[tokio::test]
async fn what_is_no_list_is_refused_by_name() {
    let api = api().await;
    api.get("/api/v1/claims/clm_1").await.refused(404, "web/not-found");
    api.get("/api/v1/claims?after=nonsense").await.refused(400, "web/after");
    for (query, field) in [("status=Roe", "status"), ("payer=Roe", "payer"), ("patient=clm_Roe", "patient")] {
        let answer = api.get(&format!("/api/v1/claims?{query}")).await;
        answer.refused(422, "web/field");
        assert_eq!(answer.body["place"], json!({ "field": field }));
        assert!(!answer.body.to_string().contains("Roe"), "a value is not repeated");
    }
    assert_eq!(api.get("/api/v1/claims?limit=0").await.status, 200, "a limit is brought into bounds");
    assert_eq!(api.get("/api/v1/claims?limit=many").await.status, 400);
}

#[tokio::test]
async fn a_claim_and_a_patient_are_found_by_what_is_at_hand() {
    let api = api().await;
    let (claim, number) = queued(&api).await;
    let find = async |text: &str| {
        let answer = api.post("/api/v1/find", "application/json", &json!({ "text": text }).to_string()).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        answer.body
    };
    let found = find(&number[..number.len() - 1]).await;
    assert_eq!(found["claims"][0]["id"], claim["id"]);
    assert_eq!((&found["patients"], &found["remittances"]), (&json!([]), &json!([])));
    assert_eq!(find("ROE").await["patients"][0]["account_number"], json!("A-100"));
    let none_left_out = json!({ "claims": false, "patients": false, "remittances": false });
    let nothing = json!({ "claims": [], "patients": [], "remittances": [], "more": none_left_out });
    assert_eq!(find(" ").await, nothing);
}
