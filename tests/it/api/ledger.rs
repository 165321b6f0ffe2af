//! `/api/v1/ledger`.

use actix_web::http::Method;
use chrono::TimeDelta;
use firstpass::access::Role;
use serde_json::json;

use super::remittances::{partly_denied, queued};
use super::{api, each};

#[tokio::test]
async fn balances_are_those_of_the_day_that_is_asked_for() {
    let mut api = api().await;
    let (_, number) = queued(&api).await;
    api.post("/api/v1/remittances", "text/plain", &partly_denied(&number)).await;
    let books = async |query: &str| {
        let answer = api.get(&format!("/api/v1/ledger/balances{query}")).await;
        assert_eq!((answer.status, answer.body["accounts"].as_array().unwrap().len()), (200, 19));
        let accounts = answer.body["accounts"].as_array().unwrap().clone();
        let moved: Vec<_> = accounts
            .into_iter()
            .filter(|row| !matches!(row["balance"].to_string().as_str(), "0.00"))
            .collect();
        each(&moved, "/kind")
            .into_iter()
            .zip(each(&moved, "/balance"))
            .map(|(a, b)| format!("{a} {b}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        books("").await,
        ["insurance_cash 80.00", "insurance_ar 50.00", "charges 150.00", "contractual_adjustments 20.00"]
    );
    // The visit was on 2 March, the payment is of 1 April.
    assert_eq!(books("?as_of=2026-03-31").await, ["insurance_ar 150.00", "charges 150.00"]);
    assert_eq!(books("?as_of=2026-03-01").await, Vec::<String>::new());

    let proofs = api.get("/api/v1/ledger/proofs?as_of=2026-03-31").await.body;
    assert_eq!((&proofs["hold"], &proofs["as_of"]), (&json!(true), &json!("2026-03-31")));
    let names = each(proofs["proofs"].as_array().unwrap(), "/name");
    assert!(
        names.contains(&"payments_are_cash".to_owned()) && names.contains(&"trial_balance".to_owned()),
        "{names:?}"
    );

    api.get("/api/v1/ledger/balances?as_of=2026-02-30").await.refused(422, "web/field");
    api.as_role(Role::Biller).await;
    api.get("/api/v1/ledger/balances").await.refused(403, "access/forbidden");
}

#[tokio::test]
async fn a_month_is_closed_exported_and_never_opened_again() {
    let api = api().await;
    let (claim, number) = queued(&api).await;
    api.post("/api/v1/remittances", "text/plain", &partly_denied(&number)).await;
    api.post("/api/v1/ledger/periods/2026-03/close", "", "").await.refused(409, "ledger/period-not-over");
    api.app.clock.advance(TimeDelta::days(30));

    let closed = api.post_as("close-1", "/api/v1/ledger/periods/2026-03/close", "", "").await;
    assert_eq!((closed.status, &closed.body["closed_through"]), (200, &json!("2026-03-31")));
    let again = api.post_as("close-1", "/api/v1/ledger/periods/2026-03/close", "", "").await;
    assert_eq!((again.replayed, &again.body), (true, &closed.body));
    let reason = r#"{"reason": "a charge was missing"}"#;
    let open = api.post("/api/v1/ledger/periods/2026-03/reopen", "application/json", reason).await;
    assert_eq!((open.status, &open.body["closed_through"]), (200, &json!("2026-02-28")));

    let mapped = r#"{"general_ledger_account": "Fees", "general_ledger_number": "4000"}"#;
    let json_body = [("Content-Type", "application/json")];
    let account = api.send(Method::PUT, "/api/v1/ledger/accounts/charges", &json_body, mapped).await;
    assert_eq!((account.status, &account.body["general_ledger_account"]), (200, &json!("Fees")));
    let exports = "/api/v1/ledger/periods/2026-03/exports/qbo";
    api.get(exports).await.refused(404, "ledger/not-exported");
    let exported = api.post(exports, "", "").await;
    assert_eq!((exported.status, exported.body["debits"].to_string()), (200, "150.00".to_owned()));
    let file = api.get(exports).await;
    assert_eq!((file.status, file.kind.as_str()), (200, "text/csv; charset=utf-8"));
    api.post("/api/v1/ledger/periods/2026-03/reopen", "application/json", reason)
        .await
        .refused(409, "ledger/period-locked");

    let periods = api.get("/api/v1/ledger/periods").await.body;
    let months = periods["periods"].as_array().unwrap();
    assert_eq!(each(months, "/month"), ["2026-04", "2026-03"]);
    assert_eq!(each(months, "/state"), ["open", "locked"]);
    let events = periods["events"].as_array().unwrap();
    assert_eq!(each(events, "/act"), ["locked", "closed", "reopened", "closed"]);

    // Why: from the account to the entry, to the document, to its rows and bytes.
    let (rows, pages) = api.walk("/api/v1/ledger/accounts/insurance_ar/entries").await;
    assert_eq!((each(&rows, "/amount"), pages), (vec!["80.00".into(), "20.00".into(), "150.00".into()], 2));
    assert_eq!(each(&rows, "/side"), ["credit", "credit", "debit"]);
    let of_claim =
        format!("/api/v1/ledger/accounts/insurance_ar/entries?claim={}", claim["id"].as_str().unwrap());
    assert_eq!(api.get(&of_claim).await.body["items"].as_array().unwrap().len(), 3);
    let of_march = api.get("/api/v1/ledger/accounts/insurance_ar/entries?period=2026-03").await.body;
    assert_eq!(each(of_march["items"].as_array().unwrap(), "/kind"), ["charge"]);
    let paid = api.get(&format!("/api/v1/ledger/entries/{}", rows[0]["entry"].as_str().unwrap())).await.body;
    let text = partly_denied(&number);
    assert_eq!(paid["document"]["name"], "835 T1");
    assert_eq!(paid["document"]["bytes"]["first"], json!(text.find("CLP*").unwrap()));
    let billed =
        api.get(&format!("/api/v1/ledger/entries/{}", rows[2]["entry"].as_str().unwrap())).await.body;
    assert_eq!((&billed["document"]["rows"], &billed["booked_on"]), (&json!([2, 2]), &json!("2026-03-02")));

    api.get("/api/v1/ledger/accounts/gold/entries").await.refused(404, "ledger/no-such-account");
    api.get("/api/v1/ledger/accounts/charges/entries?period=march").await.refused(422, "web/field");
}

#[tokio::test]
async fn receivables_are_told_by_payer_and_age_on_any_day() {
    let api = api().await;
    let (_, number) = queued(&api).await;
    api.post("/api/v1/remittances", "text/plain", &partly_denied(&number)).await;
    // The visit of 2 March: 150.00 of 29 days on 31 March, 50.00 of 36 days on 7 April.
    let aged = async |day: &str| {
        let body = api.get(&format!("/api/v1/reports/aging?as_of={day}")).await.body;
        let row = &body["rows"][0];
        (row["name"].as_str().unwrap_or_default().to_owned(), row["buckets"].to_string())
    };
    assert_eq!(aged("2026-03-31").await, ("First Health".into(), "[150.00,0.00,0.00,0.00,0.00]".into()));
    assert_eq!(aged("2026-04-07").await, ("First Health".into(), "[0.00,50.00,0.00,0.00,0.00]".into()));
    assert_eq!(aged("2026-07-01").await.1, "[0.00,0.00,0.00,0.00,50.00]");
    assert_eq!(aged("2026-03-01").await.1, "null");
}

#[tokio::test]
async fn a_run_of_the_proofs_is_kept_with_who_and_when() {
    let mut api = api().await;
    queued(&api).await;
    assert_eq!(api.get("/api/v1/ledger/proofs/last").await.body, json!({ "last": null }));
    let run = api.post_as("prove-1", "/api/v1/ledger/proofs", "", "").await;
    assert_eq!((run.status, &run.body["hold"]), (200, &json!(true)));
    let again = api.post_as("prove-1", "/api/v1/ledger/proofs", "", "").await;
    assert_eq!((again.replayed, &again.body), (true, &run.body));
    let last = api.get("/api/v1/ledger/proofs/last").await.body["last"].clone();
    assert_eq!((&last["id"], &last["ran_at"]), (&run.body["run"], &json!("2026-03-10T15:00:00Z")));
    assert!(last["actor"].as_str().unwrap().starts_with("key_"));
    assert_eq!(last["proofs"].as_array().unwrap().len(), 33);

    api.as_role(Role::Poster).await;
    assert_eq!(api.post("/api/v1/ledger/proofs", "", "").await.status, 200);
    api.post("/api/v1/ledger/periods/2026-02/close", "", "").await.refused(403, "access/forbidden");
}
