//! `/api/v1/deposits`: a bank's file, what waits, and matches under a key.

use firstpass::access::Role;
use serde_json::json;

use super::remittances::queued;
use super::{api, each, of};
use crate::remits::{file, set_from};

const DEPOSITS: &str = "/api/v1/deposits";
const IMPORTS: &str = "/api/v1/deposits/imports";
const JSON: &str = "application/json";

#[tokio::test]
async fn a_deposit_is_entered_once_matched_under_a_key_and_taken_apart() {
    let mut api = api().await;
    let (_, number) = queued(&api).await;
    let paid =
        file(&[set_from("AETNA1", "T1", "80", &format!("CLP*{number}*1*150*80**12*PCN1~CAS*CO*45*70~"))]);
    assert_eq!(api.post("/api/v1/remittances", "application/edi-x12", &paid).await.status, 200);

    // 60.00 and 20.00 came without a trace on Tuesday 3 March; today is Tuesday the 10th.
    let table = "Date,Description,Amount\n03/03/2026,BRANCH,60.00\n03/03/2026,BRANCH,20.00\n";
    let entered = api.post(IMPORTS, "text/csv", table).await;
    assert_eq!(
        (entered.status, &entered.body["entered"], &entered.body["matched"]),
        (200, &json!(2), &json!(0))
    );
    assert_eq!(api.post(IMPORTS, "text/csv", table).await.body["known"], json!(2));
    let (waiting, _) = api.walk(DEPOSITS).await;
    assert_eq!(each(&waiting, "/age"), ["5", "5"]);
    assert_eq!(each(&waiting, "/late"), ["true", "true"]);
    let totals = api.get("/api/v1/deposits/totals").await.body;
    assert_eq!((&totals["deposits"], totals["deposits_open"].to_string()), (&json!(2), "80.00".into()));

    let path = of("deposits", &waiting[0]);
    assert_eq!(api.get(&path).await.body["candidates"], json!([]));
    let remittances = api.walk("/api/v1/remittances").await.0;
    let parts = json!({ "parts": [{ "remittance": remittances[0]["id"], "amount": waiting[0]["amount"] }] });
    let matches = format!("{path}/matches");
    let matched = api.post_as("one", &matches, JSON, &parts.to_string()).await;
    assert_eq!((matched.status, matched.body["open"].to_string()), (200, "0.00".into()));
    let again = api.post_as("one", &matches, JSON, &parts.to_string()).await;
    assert_eq!((again.replayed, &again.body), (true, &matched.body));
    api.post(&matches, JSON, &parts.to_string()).await.refused(409, "deposits/more-than-open");
    assert_eq!(api.walk(&format!("{DEPOSITS}?view=matched")).await.0.len(), 1);

    let undo = format!("{DEPOSITS}/matches/{}/undo", matched.body["matches"][0]["id"].as_str().unwrap());
    assert_eq!(api.post(&undo, JSON, "").await.body["matches"], json!([]));
    api.post(&undo, JSON, "").await.refused(404, "deposits/no-such-match");

    // Both at once: the payer split one payment.
    let with = json!([{ "deposit": waiting[1]["id"], "amount": waiting[1]["amount"] }]);
    let twice = json!({ "parts": [parts["parts"][0], parts["parts"][0]], "with": with });
    api.post(&matches, JSON, &twice.to_string()).await.refused(422, "deposits/parts");
    let both = json!({ "parts": parts["parts"], "with": with });
    assert_eq!(api.post(&matches, JSON, &both.to_string()).await.status, 200);
    let totals = api.get("/api/v1/deposits/totals").await.body;
    assert_eq!((&totals["deposits"], &totals["remittances"]), (&json!(0), &json!(0)));

    api.as_role(Role::Biller).await;
    api.post(&matches, JSON, &parts.to_string()).await.refused(403, "access/forbidden");
    api.as_another_practice().await;
    api.get(&path).await.refused(404, "deposits/not-found");
    assert_eq!(api.walk(DEPOSITS).await.0.len(), 0);
}
