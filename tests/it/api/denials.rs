//! `/api/v1/denials`.

use serde_json::{Value, json};

use super::remittances::{partly_denied, queued};
use super::{api, each, of};
use crate::remits::{file, set_from};

#[tokio::test]
async fn a_denied_amount_is_in_the_queue_with_its_arithmetic() {
    let mut api = api().await;
    let (claim, number) = queued(&api).await;
    api.post("/api/v1/remittances", "text/plain", &partly_denied(&number)).await;
    let (all, _) = api.walk("/api/v1/denials").await;
    assert_eq!(all.len(), 1);
    let denial = api.get(&of("denials", &all[0])).await.body;
    assert_eq!(denial, all[0]);
    assert_eq!(
        (&denial["claim"], &denial["line_no"], &denial["group"], &denial["reason"], &denial["state"]),
        (&claim["id"], &json!(1), &json!("CO"), &json!("97"), &json!("open"))
    );
    // 97 is bundling; 50.00 × 0.35 = 17.50. The payer takes appeals for 180 days from 1 April 2026.
    assert_eq!((&denial["category"], &denial["overturn_rate"]), (&json!("bundling"), &json!("0.35")));
    let money = |name: &str| denial[name].to_string();
    assert_eq!(
        (money("amount"), money("expected_recovery"), money("priority")),
        ("50.00".into(), "17.50".into(), "17.50".into())
    );
    assert_eq!((&denial["appeal_by"], &denial["opened_on"]), (&json!("2026-09-28"), &json!("2026-03-10")));

    api.as_another_practice().await;
    api.get(&of("denials", &denial)).await.refused(404, "denials/not-found");
    assert_eq!(api.get("/api/v1/denials").await.body["items"], json!([]));
}

#[tokio::test]
async fn the_queue_is_walked_by_worth_and_nothing_is_lost_or_repeated() {
    let api = api().await;
    let (_, number) = queued(&api).await;
    // 0.35 of 60, 20, 20, 20, 30: three alike stand between the pages.
    let body = format!(
        "CLP*{number}*1*150*0**12*PCN1~CAS*CO*97*60~CAS*CO*236*20~CAS*CO*B15*20~CAS*CO*231*20~CAS*CO*234*30~"
    );
    let answer =
        api.post("/api/v1/remittances", "text/plain", &file(&[set_from("AETNA1", "T1", "0", &body)])).await;
    assert_eq!(answer.body["sets"][0]["outcome"], "posted");
    let (all, pages) = api.walk("/api/v1/denials").await;
    assert_eq!(
        (each(&all, "/amount"), pages),
        (["60.00", "30.00", "20.00", "20.00", "20.00"].map(str::to_owned).to_vec(), 3)
    );
    let mut ids = each(&all, "/id");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    assert_eq!(api.get("/api/v1/denials?limit=5").await.body["next"], Value::Null);
    api.get("/api/v1/denials?after=5b").await.refused(400, "web/after");
}
