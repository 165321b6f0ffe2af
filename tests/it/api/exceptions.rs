//! `/api/v1/exceptions`, and what a person decides about whole sets.

use actix_web::http::Method;
use firstpass::access::Role;
use serde_json::{Value, json};

use super::remittances::queued;
use super::{api, each, of};
use crate::remits::{file, set_from};

const EDI: &str = "application/edi-x12";
const JSON: &str = "application/json";
const REMITTANCES: &str = "/api/v1/remittances";
const EXCEPTIONS: &str = "/api/v1/exceptions";

fn paying(trace: &str, paid: &str, body: &str) -> String {
    file(&[set_from("AETNA1", trace, paid, body)])
}

#[tokio::test]
async fn an_exception_is_listed_previewed_and_settled_under_a_key() {
    let mut api = api().await;
    let (claim, number) = queued(&api).await;
    let garbled = number.replacen('0', "", 1);
    let body = format!("CLP*{garbled}*1*150*80**12*PCN1~CAS*CO*45*70~");
    api.post(REMITTANCES, EDI, &paying("T1", "80", &body)).await;
    let (all, _) = api.walk(EXCEPTIONS).await;
    assert_eq!(
        (each(&all, "/type"), each(&all, "/trace_number")),
        (vec!["no_match".to_owned()], vec!["T1".to_owned()])
    );
    assert_eq!(api.get(&format!("{EXCEPTIONS}?type=over_payment")).await.body["items"], json!([]));
    api.get(&format!("{EXCEPTIONS}?type=lost")).await.refused(422, "web/field");

    let path = of("exceptions", &all[0]);
    let one = api.get(&path).await.body;
    assert_eq!(one["actions"], json!(["match", "return_to_payer"]));
    let best = &one["candidates"][0];
    // 35 for the number, 10 for the charge.
    assert_eq!((&best["score"], &best["agrees"]), (&json!(45), &json!(["control_number", "charge"])));
    assert_eq!((&best["claim"]["claim"], &best["claim"]["patient"]), (&claim["id"], &json!("Roe, Jane")));
    assert_eq!(one["theirs"]["patient_control_number"], json!(garbled));

    let claim_id = claim["id"].as_str().unwrap();
    let journal = api.get(&format!("{path}/journal?action=match&claim={claim_id}")).await.body;
    let amounts = |value: &Value| value.to_string();
    assert_eq!(
        (amounts(&journal["waits"]), amounts(&journal["clears"]), amounts(&journal["difference"])),
        ("80.00".into(), "80.00".into(), "0.00".into())
    );
    assert_eq!(journal["entries"][0]["lines"][0]["debit"], "unapplied_cash");
    api.get(&format!("{path}/journal?action=match")).await.refused(422, "remits/action");
    api.get(&format!("{path}/journal?action=refund")).await.refused(422, "remits/action");

    let action = json!({ "action": "match", "claim": claim_id }).to_string();
    let resolve = format!("{path}/resolve");
    let settled = api.post_as("one", &resolve, JSON, &action).await;
    assert_eq!(
        (settled.status, &settled.body["already"], &settled.body["journal"]),
        (200, &json!(false), &journal)
    );
    assert_eq!(settled.body["followed"]["closed"]["count"], 1);
    let again = api.post_as("one", &resolve, JSON, &action).await;
    assert_eq!((again.replayed, &again.body), (true, &settled.body));
    let other = json!({ "action": "return_to_payer" }).to_string();
    api.post(&resolve, JSON, &other).await.refused(409, "remits/exception-resolved");
    assert_eq!(api.get(EXCEPTIONS).await.body["items"], json!([]));
    assert_eq!(api.get(&path).await.body["resolution"], json!(format!("posted to claim {claim_id}")));

    api.as_role(Role::Biller).await;
    api.post(&resolve, JSON, &action).await.refused(403, "access/forbidden");
    api.as_another_practice().await;
    api.get(&path).await.refused(404, "remits/no-exception");
    api.get(&format!("{path}/journal?action=read")).await.refused(404, "remits/no-exception");
}

#[tokio::test]
async fn a_manager_overrides_and_takes_back_and_says_what_posts_by_itself() {
    let mut api = api().await;
    let (claim, number) = queued(&api).await;
    let body = format!("CLP*{number}*1*150*80**12*PCN1~CAS*CO*45*70~");
    api.post(REMITTANCES, EDI, &paying("T1", "75", &body)).await;
    let path = of("remittances", &api.walk(REMITTANCES).await.0[0]);
    let reason = json!({ "reason": "the payer confirmed it by telephone" }).to_string();
    let looked = api.post(&format!("{path}/post"), EDI, "").await;
    assert_eq!(looked.body["set"]["outcome"], "held");
    let short = json!({ "reason": "yes" }).to_string();
    api.post(&format!("{path}/override"), JSON, &short).await.refused(422, "remits/override-reason");
    let posted = api.post(&format!("{path}/override"), JSON, &reason).await;
    assert_eq!(posted.body["set"]["outcome"], "partly");
    let one = api.get(&path).await.body;
    assert_eq!(one["override"]["reason"], "the payer confirmed it by telephone");
    assert_eq!(
        (one["difference"].to_string(), &one["exceptions"][0]["type"]),
        ("-5.00".into(), &json!("difference"))
    );
    let taken = api.post(&format!("{path}/unpost"), JSON, &reason).await;
    assert_eq!((taken.status, taken.body.to_string()), (200, r#"{"entries":2,"already":false}"#.into()));
    assert_eq!(api.get(&path).await.body["state"], "unposted");

    // From now on a person looks at every set of the payer.
    let payer = claim["payer"]["id"].as_str().unwrap();
    let rule = json!({ "mode": "review" }).to_string();
    let rules = format!("/api/v1/posting-rules/{payer}");
    let kept = api.send(Method::PUT, &rules, &[("Content-Type", JSON)], &rule).await;
    assert_eq!((kept.status, &kept.body), (200, &json!({ "payer": payer, "mode": "review", "allows": [] })));
    assert_eq!(api.get("/api/v1/posting-rules").await.body, json!([kept.body]));
    let waits = api.post(REMITTANCES, EDI, &paying("T2", "80", &body)).await;
    assert_eq!(waits.body["sets"][0]["outcome"], "held");
    let (all, _) = api.walk(&format!("{REMITTANCES}?state=held")).await;
    assert_eq!(all[0]["ready"], json!(true));
    let posted = api.post(&format!("{}/post", of("remittances", &all[0])), EDI, "").await;
    assert_eq!(posted.body["set"]["outcome"], "posted");

    api.as_role(Role::Poster).await;
    api.post(&format!("{path}/override"), JSON, &reason).await.refused(403, "access/forbidden");
    api.post(&format!("{path}/unpost"), JSON, &reason).await.refused(403, "access/forbidden");
}
