//! `/api/v1/credits`, `/api/v1/credit-actions`, `/api/v1/refunds`.

use actix_web::http::Method;
use firstpass::access::Role;
use firstpass::db::Tx;
use serde_json::{Value, json};

use super::remittances::queued;
use super::{Api, api, of};
use crate::remits::{file, set_from};

const JSON: &str = "application/json";

/// 150.00 charged, 117.00 and 33.00 by contract, then 40.00 once more: -40.00.
async fn overpaid(api: &Api) {
    let (_, number) = queued(api).await;
    for (trace, paid, body) in [
        ("T1", "117", format!("CLP*{number}*1*150*117**12*PCN1~CAS*CO*45*33~")),
        ("T2", "40", format!("CLP*{number}*1*150*40**12*PCN2~CAS*OA*23*110~")),
    ] {
        let text = file(&[set_from("AETNA1", trace, paid, &body)]);
        let answer = api.post("/api/v1/remittances", "application/edi-x12", &text).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
    }
}

#[tokio::test]
async fn a_credit_is_refunded_paid_and_undone_by_a_program() {
    let mut api = api().await;
    overpaid(&api).await;
    let (all, _) = api.walk("/api/v1/credits").await;
    assert_eq!(all.len(), 1);
    let credit = &all[0];
    assert_eq!((&credit["kind"], credit["amount"].to_string()), (&json!("payer_overpaid"), "40.00".into()));
    assert_eq!((&credit["since"], &credit["report_by"]), (&json!("2026-04-01"), &Value::Null));
    let detail = api.get(&of("credits", credit)).await.body;
    assert_eq!(detail["movements"].as_array().unwrap().len(), 4);
    assert_eq!(detail["actions"], json!(["refund", "wait_for_payer", "credit_patient"]));

    let address = format!("{}/actions", of("credits", credit));
    let body = r#"{"action": "refund", "amount": 40.00}"#;
    let done = api.post_as("act-1", &address, JSON, body).await;
    assert_eq!(done.status, 200, "{:?}", done.body);
    let again = api.post_as("act-1", &address, JSON, body).await;
    assert_eq!((again.status, again.replayed, &again.body), (200, true, &done.body));
    api.post(&address, JSON, body).await.refused(404, "credits/no-credit");
    api.post(&address, JSON, r#"{"action": "refund", "to": "clm_00000000000000000000000000"}"#)
        .await
        .refused(422, "credits/action");

    let (refunds, _) = api.walk("/api/v1/refunds").await;
    assert_eq!((refunds.len(), &refunds[0]["payer_name"]), (1, &json!("First Health")));
    let refund = of("refunds", &refunds[0]);
    let check = r#"{"method": "check", "reference": "1042", "paid_on": "2026-03-10"}"#;
    api.as_role(Role::Poster).await;
    assert_eq!(api.post(&format!("{refund}/pay"), JSON, check).await.status, 403, "who decides does not pay");
    api.as_role(Role::Manager).await;
    let paid = api.post(&format!("{refund}/pay"), JSON, check).await;
    assert_eq!((paid.status, &paid.body["payment"]["reference"]), (200, &json!("1042")));
    assert_eq!(api.get("/api/v1/refunds").await.body["items"], json!([]));
    assert_eq!(api.get("/api/v1/refunds?view=paid").await.body["items"], json!([paid.body]));

    let undo = format!("{}/undo", of("credit-actions", &done.body));
    let why = r#"{"why": "decided too soon"}"#;
    api.post(&undo, JSON, why).await.refused(409, "credits/refund-paid");
    let payment = paid.body["payment"]["id"].as_str().unwrap();
    let void = api.post(&format!("/api/v1/refund-payments/{payment}/void"), JSON, why).await;
    assert_eq!((void.status, &void.body["payment"]), (200, &Value::Null));
    assert_eq!(api.post(&undo, JSON, why).await.status, 200);
    let (actions, _) = api.walk("/api/v1/credit-actions").await;
    assert_eq!((actions.len(), &actions[0]["undone_why"]), (1, &json!("decided too soon")));
    let (all, _) = api.walk("/api/v1/credits").await;
    assert_eq!(all[0]["amount"].to_string(), "40.00");

    // Owed back and paid once more; the check comes back, and both are taken back at once.
    let here = of("credits", &all[0]);
    api.as_role(Role::Poster).await;
    assert_eq!(api.post(&format!("{here}/actions"), JSON, r#"{"action": "refund"}"#).await.status, 200);
    api.as_role(Role::Manager).await;
    let (refunds, _) = api.walk("/api/v1/refunds").await;
    let paid = api.post(&format!("{}/pay", of("refunds", &refunds[0])), JSON, check).await;
    let payment = paid.body["payment"]["id"].as_str().unwrap();
    let back = format!("/api/v1/refund-payments/{payment}/take-back");
    api.as_role(Role::Poster).await;
    assert_eq!(api.post(&back, JSON, why).await.status, 403, "who decides does not take it back");
    api.as_role(Role::Manager).await;
    let undone = api.post_as("back-1", &back, JSON, why).await;
    assert_eq!((undone.status, &undone.body["undone_why"]), (200, &json!("decided too soon")));
    assert!(api.post_as("back-1", &back, JSON, why).await.replayed);
    api.post(&back, JSON, why).await.refused(404, "credits/no-payment");
    let (all, _) = api.walk("/api/v1/credits").await;
    assert_eq!(all[0]["amount"].to_string(), "40.00");

    // Owed back once more, and taken back before it is paid.
    let here = of("credits", &all[0]);
    api.as_role(Role::Poster).await;
    assert_eq!(api.post(&format!("{here}/actions"), JSON, r#"{"action": "refund"}"#).await.status, 200);
    let (refunds, _) = api.walk("/api/v1/refunds").await;
    let back = format!("{}/take-back", of("refunds", &refunds[0]));
    assert_eq!(api.post(&back, JSON, why).await.status, 403, "who decides does not take it back");
    api.as_role(Role::Manager).await;
    api.post(&back, JSON, r#"{"why": " "}"#).await.refused(422, "credits/note");
    let undone = api.post_as("back-2", &back, JSON, why).await;
    assert_eq!((undone.status, &undone.body["undone_why"]), (200, &json!("decided too soon")));
    assert!(api.post_as("back-2", &back, JSON, why).await.replayed);
    api.post(&back, JSON, why).await.refused(404, "credits/no-refund");
    let (all, _) = api.walk("/api/v1/credits").await;
    assert_eq!(all[0]["amount"].to_string(), "40.00");

    let here = of("credits", &all[0]);
    api.as_another_practice().await;
    api.post(&back, JSON, why).await.refused(404, "credits/no-refund");
    api.get(&here).await.refused(404, "credits/no-credit");
    api.get(&refund).await.refused(404, "credits/no-refund");
    assert_eq!(api.get("/api/v1/credits").await.body["items"], json!([]));
    api.get("/api/v1/credits/payer.none.none").await.refused(404, "web/not-found");
}

#[tokio::test]
async fn a_program_asks_for_the_report_to_medicare() {
    let mut api = api().await;
    overpaid(&api).await;
    let medicare = async |tx: &mut Tx| {
        diesel_async::RunQueryDsl::execute(
            diesel::sql_query("update payers set filing_indicator = 'MB' where identifier = 'AETNA1'"),
            tx.conn(),
        )
        .await?;
        let id = tx.actor().organization;
        tx.audit("credits/test", id, None, json!({})).await
    };
    api.world.db.transaction(&api.practice.actor, medicare).await.unwrap();
    let report = api.get("/api/v1/credits/medicare-report?quarter=2026-Q2&as_of=2026-06-30").await;
    assert_eq!(report.status, 200, "{:?}", report.body);
    let one = &report.body["credits"][0];
    assert_eq!(
        (&one["payer_claim_control_number"], one["amount"].to_string()),
        (&json!("PCN2"), "40.00".into())
    );
    assert_eq!((&one["reason"], &one["method"], &one["late"]), (&json!("1"), &Value::Null, &json!(true)));
    assert_eq!((&one["part"], &one["member_id"]), (&json!("B"), &json!("W12345")));
    assert_eq!(report.body["left_blank"].as_array().unwrap().len(), 8);
    api.get("/api/v1/credits/medicare-report?quarter=2026").await.refused(422, "web/field");
    let day = "/api/v1/credits/medicare-report?quarter=2026-Q2&as_of=2026-03-31";
    api.get(day).await.refused(422, "credits/as-of");
    api.as_another_practice().await;
    let other = api.get("/api/v1/credits/medicare-report?quarter=2026-Q2").await.body;
    assert_eq!((&other["nothing_to_report"], &other["credits"]), (&json!(true), &json!([])));
}

#[tokio::test]
async fn a_program_enters_a_patients_payment_once_and_applies_it() {
    let mut api = api().await;
    let patient = patient_of(&api).await;
    let new = format!(
        r#"{{"patient": "{patient}", "amount": 40.00, "method": "check", "reference": "311", "received_on": "2026-03-10"}}"#
    );
    let receipt = api.post_as("pay-1", "/api/v1/receipts", JSON, &new).await;
    assert_eq!((receipt.status, receipt.body["open"].to_string()), (201, "40.00".into()));
    assert!(api.post_as("pay-1", "/api/v1/receipts", JSON, &new).await.replayed);
    let waits = api.get("/api/v1/unapplied").await.body;
    assert_eq!((&waits["receipts"], waits["patients"].to_string()), (&json!(1), "40.00".into()));
    let address = of("receipts", &receipt.body);
    let apply = format!("{address}/applications");
    api.post(&apply, JSON, r#"{"target": "visit", "amount": 40.01}"#).await.refused(409, "credits/amount");
    let kept = api.post(&apply, JSON, r#"{"target": "credit", "amount": 15.00}"#).await;
    assert_eq!((kept.status, kept.body["open"].to_string()), (200, "25.00".into()), "{:?}", kept.body);
    let (all, _) = api.walk("/api/v1/credits").await;
    assert_eq!((&all[0]["kind"], all[0]["amount"].to_string()), (&json!("patient_credit"), "15.00".into()));
    let why = r#"{"why": "entered twice"}"#;
    api.post(&format!("{address}/return"), JSON, why).await.refused(409, "credits/applied");
    let undo =
        format!("/api/v1/receipt-applications/{}/undo", kept.body["applications"][0]["id"].as_str().unwrap());
    assert_eq!(api.post(&undo, JSON, why).await.status, 200);
    assert_eq!(api.post(&format!("{address}/return"), JSON, why).await.status, 200);
    assert_eq!(api.get("/api/v1/receipts").await.body["items"], json!([]));
    api.as_another_practice().await;
    api.get(&address).await.refused(404, "credits/no-receipt");
}

/// The patient `A-100`.
async fn patient_of(api: &Api) -> String {
    let look = async |tx: &mut Tx| firstpass::registry::patients::by_account_number(tx, &["A-100"]).await;
    let found = api.world.db.snapshot(&api.practice.actor, look).await.unwrap();
    found[0].id.to_string()
}

#[tokio::test]
async fn a_program_writes_rules_about_small_balances_and_runs_them() {
    let mut api = api().await;
    assert_eq!(api.get("/api/v1/small-balances/rules").await.body, json!([]));
    let rule = r#"{"limit": 4.99, "age_days": 60, "in_force": true}"#;
    let put = async |api: &Api, side: &str| {
        let target = format!("/api/v1/small-balances/rules/{side}");
        api.send(Method::PUT, &target, &[("Content-Type", JSON)], rule).await
    };
    put(&api, "patient").await.refused(422, "credits/small-balance-rule");
    let made = put(&api, "payer").await;
    assert_eq!((&made.body["version"], made.body["limit"].to_string()), (&json!(1), "4.99".into()));
    assert_eq!(put(&api, "payer").await.body, made.body, "the same again is the same version");
    let schedule = "/api/v1/small-balances/schedule";
    assert_eq!(
        api.get(schedule).await.body,
        json!({ "nightly": false, "set_on": null, "set_by": null, "last_on": null })
    );
    let set = api.send(Method::PUT, schedule, &[("Content-Type", JSON)], r#"{"nightly":true}"#).await;
    assert_eq!((set.status, &set.body["nightly"]), (200, &json!(true)), "{}", set.body);
    assert_eq!(api.get("/api/v1/small-balances/due").await.body["balances"], json!([]));
    assert_eq!(api.post("/api/v1/small-balances/run", JSON, "").await.status, 200);
    assert_eq!(api.get("/api/v1/small-balances/write-offs").await.body["items"], json!([]));
    api.as_role(Role::Poster).await;
    assert_eq!(put(&api, "payer").await.status, 403);
}
