//! `/api/v1/ledger`.

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
