//! `/api/v1/remittances`.

use firstpass::access::Role;
use serde_json::{Value, json};

use super::{Api, api, each, of};
use crate::charges::import_charges::GOOD;
use crate::remits::{file, set_between, set_from};

const REMITTANCES: &str = "/api/v1/remittances";
const EDI: &str = "application/edi-x12";
const JSON: &str = "application/json";

/// An 835 of one set from the first payer.
fn paying(trace: &str, paid: &str, body: &str) -> String {
    file(&[set_from("AETNA1", trace, paid, body)])
}

/// A claim of 150.00 that has a control number, and that number.
pub async fn queued(api: &Api) -> (Value, String) {
    api.import(&[("V1", "A-100", GOOD)]).await;
    let claim = api.claim().await;
    let answer = api.post(&format!("{}/submit", of("claims", &claim)), EDI, "").await;
    assert_eq!(answer.status, 202);
    (claim, answer.body["control_number"].as_str().unwrap().to_owned())
}

/// 80.00 paid, 20.00 by contract, 50.00 denied.
pub fn partly_denied(number: &str) -> String {
    let body = format!(
        "CLP*{number}*1*150*80**12*PCN1~SVC*HC:99213:25*150*80**1~DTM*472*20260302~CAS*CO*45*20~CAS*CO*97*50~"
    );
    paying("T1", "80", &body)
}

#[tokio::test]
async fn an_835_is_posted_and_a_second_copy_posts_nothing() {
    let api = api().await;
    let (claim, number) = queued(&api).await;
    let text = partly_denied(&number);
    let answer = api.post_as("remit-1", REMITTANCES, EDI, &text).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let set = &answer.body["sets"][0];
    assert_eq!(
        (&set["outcome"], &set["claims"], &set["exceptions"]),
        (&json!("posted"), &json!(1), &json!([]))
    );
    assert_eq!(
        set["entries"].to_string(),
        r#"{"insurance_cash":80.00,"insurance_ar":-100.00,"contractual_adjustments":20.00}"#
    );
    assert_eq!(answer.body["followed"]["denials"].to_string(), r#"{"count":1,"amount":50.00}"#);

    let again = api.post_as("remit-1", REMITTANCES, EDI, &text).await;
    assert_eq!((again.status, again.replayed, &again.body), (200, true, &answer.body));
    let copy = api.post(REMITTANCES, EDI, &text).await;
    assert_eq!((copy.status, &copy.body["sets"][0]["outcome"]), (200, &json!("duplicate")));
    api.post_as("remit-1", REMITTANCES, EDI, "ISA").await.refused(409, "idempotency/other-request");

    let claim = api.get(&of("claims", &claim)).await.body;
    assert_eq!((&claim["status"], claim["balance"].to_string()), (&json!("partially_paid"), "50.00".into()));
    assert_eq!(claim["decisions"][0]["paid"].to_string(), "80.00");
}

#[tokio::test]
async fn a_remittance_shows_each_equation_with_its_numbers() {
    let api = api().await;
    let (claim, number) = queued(&api).await;
    api.post(REMITTANCES, EDI, &partly_denied(&number)).await;
    let (all, _) = api.walk(REMITTANCES).await;
    assert_eq!(each(&all, "/trace_number"), ["T1"]);
    let remittance = api.get(&of("remittances", &all[0])).await.body;
    let equation = |of: &Value| {
        let text = |name: &str| of[name].to_string();
        let words = of["equation"].as_str().unwrap();
        format!("{words}: {} - {} = {}, says {}", text("from"), text("less"), text("comes_to"), text("says"))
    };
    let decision = &remittance["decisions"]["items"][0];
    assert_eq!(equation(&remittance["equation"]), "CLP04 - PLB = BPR02: 80.00 - 0.00 = 80.00, says 80.00");
    assert_eq!(equation(&decision["equation"]), "CLP03 - CAS = CLP04: 150.00 - 70.00 = 80.00, says 80.00");
    let line = &decision["lines"][0];
    assert_eq!(equation(&line["equation"]), "SVC02 - CAS = SVC03: 150.00 - 70.00 = 80.00, says 80.00");
    assert_eq!((&decision["claim"], &decision["posted"]), (&claim["id"], &json!(true)));
    let of_payment = ["payer_name", "trace_number", "paid_on", "patient", "status_code"];
    assert_eq!(
        of_payment.map(|name| decision[name].clone()),
        ["ACME HEALTH", "T1", "2026-04-01", "Roe, Jane", "1"].map(|text| json!(text))
    );
    assert_eq!(
        (&decision["file"], decision["adjusted"].to_string()),
        (&remittance["file"], r#"{"CO":70.00}"#.into())
    );
    assert_eq!((&remittance["why"], &remittance["exceptions"]), (&json!([]), &json!([])));
    assert_eq!((&remittance["payer"], &remittance["paid_on"]), (&claim["payer"]["id"], &json!("2026-04-01")));
}

#[tokio::test]
async fn a_set_that_does_not_add_up_is_held_and_says_why() {
    let api = api().await;
    let (_, number) = queued(&api).await;
    let body = format!("CLP*{number}*1*150*80**12*PCN1~CAS*CO*45*70~");
    let held = api.post(REMITTANCES, EDI, &paying("T1", "90", &body)).await;
    assert_eq!((held.status, &held.body["sets"][0]["outcome"]), (200, &json!("held")));
    let unmatched = "CLP*ELSEWHERE*1*150*30**12*PCN2~CAS*CO*45*120~";
    let partly = api.post(REMITTANCES, EDI, &paying("T2", "30", unmatched)).await;
    assert_eq!(partly.body["sets"][0]["outcome"], "partly");

    let (of_held, _) = api.walk(&format!("{REMITTANCES}?state=held")).await;
    assert_eq!(each(&of_held, "/trace_number"), ["T1"]);
    let remittance = api.get(&of("remittances", &of_held[0])).await.body;
    let why = remittance["why"][0].as_str().unwrap();
    assert!(why.starts_with("BPR02 = CLP04 - PLB: 80.00 - 0.00 = 80.00, not 90.00 (off by -10.00)"), "{why}");
    assert_eq!((&remittance["equation"]["holds"], remittance["posted_at"].is_null()), (&json!(false), true));

    let (of_partly, _) = api.walk(&format!("{REMITTANCES}?state=partly")).await;
    let remittance = api.get(&of("remittances", &of_partly[0])).await.body;
    let exception = &remittance["exceptions"][0];
    assert_eq!((&exception["type"], exception["amount"].to_string()), (&json!("no_match"), "30.00".into()));
    assert_eq!(exception["next_step"], "Choose the claim; its payment is then taken from unapplied cash");
    let decision = &remittance["decisions"]["items"][0];
    assert_eq!(
        (&exception["ordinal"], &exception["bytes"], &exception["resolution"]),
        (&json!(1), &decision["bytes"], &Value::Null)
    );
    assert_eq!((&decision["patient"], &remittance["exceptions_open"]), (&Value::Null, &json!(1)));
}

#[tokio::test]
async fn a_set_that_pays_another_practice_is_held_and_says_whom_it_pays() {
    let api = api().await;
    let body = "CLP*ELSEWHERE*1*150*30**12*PCN2~CAS*CO*45*120~";
    let strange = file(&[set_between("AETNA1", "*XX*1111111112", "T1", "30", body)]);
    let held = api.post(REMITTANCES, EDI, &strange).await;
    let set = &held.body["sets"][0];
    assert_eq!((held.status, &set["outcome"], &set["entries"]), (200, &json!("held"), &json!({})));
    let remittance = api.get(&of("remittances", &api.walk(REMITTANCES).await.0[0])).await.body;
    assert_eq!(remittance["why"], set["why"]);
    assert!(set["why"][0].as_str().unwrap().starts_with("N1*PE names NPI 1111111112"), "{:?}", set["why"]);
}

#[tokio::test]
async fn a_held_set_is_posted_by_a_retry_once_nothing_stops_it() {
    let api = api().await;
    let (_, number) = queued(&api).await;
    let body = format!("CLP*{number}*1*150*80**12*PCN1~CAS*CO*45*20~CAS*CO*97*50~");
    let strange = file(&[set_between("AETNA1", "*XX*1987654328", "T1", "80", &body)]);
    api.post(REMITTANCES, EDI, &strange).await;
    let path = of("remittances", &api.walk(REMITTANCES).await.0[0]);
    let retry = format!("{path}/retry");
    let held = api.post(&retry, EDI, "").await;
    assert_eq!((held.status, &held.body["set"]["outcome"]), (200, &json!("held")), "{:?}", held.body);
    crate::remits::payee::register(&api.world.db, &api.practice.actor, "1987654328", "987654321").await;
    let posted = api.post_as("retry-1", &retry, EDI, "").await;
    assert_eq!((&posted.body["set"]["outcome"], &posted.body["set"]["why"]), (&json!("posted"), &json!([])));
    assert_eq!(posted.body["followed"]["denials"].to_string(), r#"{"count":1,"amount":50.00}"#);
    let again = api.post_as("retry-1", &retry, EDI, "").await;
    assert_eq!((again.replayed, &again.body), (true, &posted.body));
    let copy = api.post(&retry, EDI, "").await;
    assert_eq!(copy.body["set"]["outcome"], "duplicate");
    assert_eq!(api.get(&path).await.body["state"], "posted");
    let nobody = "/api/v1/remittances/rem_00000000000000000000000000/retry";
    api.post(nobody, EDI, "").await.refused(404, "remits/not-found");
}

#[tokio::test]
async fn remittances_and_their_decisions_are_walked_a_page_at_a_time() {
    let api = api().await;
    let decision = |n| format!("CLP*ELSEWHERE{n}*1*10*10**12*PCN{n}~");
    for trace in 1..=5 {
        let body: String = (0..5).map(decision).collect();
        api.post(REMITTANCES, EDI, &paying(&format!("T{trace}"), "50", &body)).await;
    }
    let (all, pages) = api.walk(REMITTANCES).await;
    assert_eq!(
        (each(&all, "/trace_number"), pages),
        (["T5", "T4", "T3", "T2", "T1"].map(str::to_owned).to_vec(), 3)
    );

    let (path, mut after, mut ordinals) = (of("remittances", &all[0]), String::new(), vec![]);
    loop {
        let page = api.get(&format!("{path}?limit=2{after}")).await.body["decisions"].take();
        ordinals.extend(each(page["items"].as_array().unwrap(), "/ordinal"));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(ordinals, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn what_is_no_835_is_refused_and_kept() {
    let mut api = api().await;
    let answer = api.post(REMITTANCES, EDI, "visit_number,charge\n").await;
    answer.refused(422, "remits/unreadable");
    assert!(answer.body["next"].as_str().unwrap().starts_with("The file is kept as fil_"));
    api.post(REMITTANCES, "application/json", "{}").await.refused(415, "web/content-type");
    api.get(&format!("{REMITTANCES}?state=lost")).await.refused(422, "web/field");

    let (_, number) = queued(&api).await;
    api.post(REMITTANCES, EDI, &partly_denied(&number)).await;
    let path = of("remittances", &api.walk(REMITTANCES).await.0[0]);
    api.as_role(Role::Biller).await;
    api.post(REMITTANCES, EDI, "ISA").await.refused(403, "access/forbidden");
    api.as_another_practice().await;
    api.get(&path).await.refused(404, "remits/not-found");
    assert_eq!(api.get(REMITTANCES).await.body["items"], json!([]));
}

#[tokio::test]
async fn an_eob_is_entered_once_and_one_that_does_not_add_up_is_refused() {
    let api = api().await;
    let (claim, number) = queued(&api).await;
    let filled =
        api.get(&format!("{REMITTANCES}/manual/claims/{}", claim["id"].as_str().unwrap())).await.body;
    assert_eq!((&filled["number"], filled["charged"].to_string()), (&json!(number), "150.00".into()));
    let mut eob = json!({ "payer": claim["payer"]["id"], "number": "4711", "paid_on": "2026-04-01",
        "method": "CHK", "amount": "80.00", "claims": [filled] });
    let entered = &mut eob["claims"][0];
    entered["paid"] = json!("80.00");
    entered["lines"][0]["paid"] = json!("80.00");
    entered["lines"][0]["adjustments"] = json!([{ "group": "CO", "reason": "45", "amount": "20.00" }]);
    let path = format!("{REMITTANCES}/manual");
    let check = api.post(&format!("{path}/check"), JSON, &eob.to_string()).await;
    // 150.00 - 20.00 = 130.00, not 80.00.
    assert_eq!(
        (&check.body["balanced"], check.body["equations"][0]["off_by"].to_string()),
        (&json!(false), "50.00".into())
    );
    api.post(&path, JSON, &eob.to_string()).await.refused(422, "remits/eob-not-balanced");

    let rest = json!({ "group": "CO", "reason": "97", "amount": "50.00" });
    eob["claims"][0]["lines"][0]["adjustments"].as_array_mut().unwrap().push(rest);
    let posted = api.post_as("eob-1", &path, JSON, &eob.to_string()).await;
    assert_eq!((posted.status, &posted.body["set"]["outcome"]), (200, &json!("posted")), "{:?}", posted.body);
    assert_eq!(
        posted.body["set"]["entries"].to_string(),
        r#"{"insurance_cash":80.00,"insurance_ar":-100.00,"contractual_adjustments":20.00}"#
    );
    assert_eq!(posted.body["followed"]["denials"].to_string(), r#"{"count":1,"amount":50.00}"#);
    let again = api.post_as("eob-1", &path, JSON, &eob.to_string()).await;
    assert_eq!((again.replayed, &again.body), (true, &posted.body));
    let copy = api.post(&path, JSON, &eob.to_string()).await;
    assert_eq!(copy.body["set"]["outcome"], "duplicate");
    let (all, _) = api.walk(REMITTANCES).await;
    assert_eq!((all.len(), &all[0]["entered"], &all[0]["method"]), (1, &json!(true), &json!("CHK")));
}

#[tokio::test]
async fn a_program_attaches_the_scan_of_an_eob_and_takes_it_again() {
    let mut api = api().await;
    let (claim, number) = queued(&api).await;
    api.post(REMITTANCES, EDI, &partly_denied(&number)).await;
    let came_as_835 = of("remittances", &api.walk(REMITTANCES).await.0[0]);
    let eob = json!({ "payer": claim["payer"]["id"], "number": "4712", "paid_on": "2026-04-01", "method": "NON",
        "amount": "0.00", "provider_adjustments": [
            { "reason": "WO", "reference": "X1", "amount": "-5.00" },
            { "reason": "WO", "reference": "X2", "amount": "5.00" }], "claims": [] });
    let posted = api.post(&format!("{REMITTANCES}/manual"), JSON, &eob.to_string()).await;
    assert_eq!(posted.status, 200, "{:?}", posted.body);
    let scans = format!("{REMITTANCES}/{}/scans", posted.body["set"]["remittance"].as_str().unwrap());
    let pdf = "%PDF-1.4\nmade up\n%%EOF\n";
    let made = api.post_as("scan-1", &scans, "application/pdf", pdf).await;
    assert_eq!(
        (made.status, &made.body["media_type"], &made.body["size_bytes"]),
        (201, &json!("application/pdf"), &json!(23))
    );
    assert!(api.post_as("scan-1", &scans, "application/pdf", pdf).await.replayed);
    let again = api.post(&scans, "application/octet-stream", pdf).await;
    assert_eq!((again.status, &again.body), (200, &made.body), "the same bytes are the same scan");
    api.post(&scans, "application/pdf", "<html>").await.refused(415, "remits/scan-kind");
    api.post(&scans, "text/html", "<html>").await.refused(415, "web/content-type");
    let large = format!("%PDF-1.4\n{}", "0".repeat(20_000_000));
    api.post(&scans, "application/pdf", &large).await.refused(413, "remits/scan-too-large");
    api.post(&format!("{came_as_835}/scans"), "application/pdf", pdf)
        .await
        .refused(409, "remits/scan-of-835");
    assert_eq!(api.get(&scans).await.body, json!([made.body]));
    let scan = format!("{scans}/{}", made.body["file"].as_str().unwrap());
    let got = api.get(&scan).await;
    assert_eq!((got.status, got.kind.as_str()), (200, "application/pdf"));
    // Another kept file is none of its scans.
    let set = api.get(&came_as_835).await.body;
    let file = set["file"].as_str().unwrap();
    api.get(&format!("{scans}/{file}")).await.refused(404, "remits/no-scan");

    // It was another patient's: withdrawn, it is shown no more, and not attached there again.
    let withdraw = format!("{scan}/withdraw");
    let why = json!({ "reason": "the paper of another remittance" }).to_string();
    api.post(&withdraw, JSON, r#"{"reason": "wrong"}"#).await.refused(422, "remits/scan-reason");
    let left = api.post_as("withdraw-1", &withdraw, JSON, &why).await;
    assert_eq!((left.status, &left.body), (200, &json!([])));
    assert!(api.post_as("withdraw-1", &withdraw, JSON, &why).await.replayed);
    api.post(&withdraw, JSON, &why).await.refused(404, "remits/no-scan");
    api.get(&scan).await.refused(404, "remits/no-scan");
    assert_eq!(api.get(&scans).await.body, json!([]));
    api.post(&scans, "application/pdf", pdf).await.refused(409, "remits/scan-withdrawn");
    let other = "%PDF-1.4\nthe right one\n%%EOF\n";
    let made = api.post(&scans, "application/pdf", other).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let scan = format!("{scans}/{}", made.body["file"].as_str().unwrap());

    api.as_role(Role::Biller).await;
    api.post(&scans, "application/pdf", pdf).await.refused(403, "access/forbidden");
    api.post(&format!("{scan}/withdraw"), JSON, &why).await.refused(403, "access/forbidden");
    api.as_another_practice().await;
    api.get(&scan).await.refused(404, "remits/no-scan");
    assert_eq!(api.get(&scans).await.body, json!([]));
    api.post(&scans, "application/pdf", pdf).await.refused(404, "remits/not-found");
}

#[tokio::test]
async fn an_open_provider_adjustment_is_settled_and_undone_by_a_program() {
    let mut api = api().await;
    // 80.00 come that the payer announces to take.
    let received = api.post(REMITTANCES, EDI, &paying("T1", "80", "PLB*1*20261231*WO:X1*-80~")).await;
    assert_eq!(received.status, 200, "{:?}", received.body);
    let (items, _) = api.walk("/api/v1/provider-adjustments").await;
    assert_eq!((items.len(), items[0]["balance"].to_string()), (1, "80.00".into()));
    let item = of("provider-adjustments", &items[0]);
    let settle = format!("{item}/settlements");
    api.post(&settle, JSON, r#"{"way": "claim"}"#).await.refused(422, "provider-adjustments/claim");
    api.post(&settle, JSON, r#"{"way": "refund", "amount": 80.01}"#)
        .await
        .refused(422, "provider-adjustments/amount");
    let body = r#"{"way": "refund", "note": "letter 7"}"#;
    let done = api.post_as("settle-1", &settle, JSON, body).await;
    assert_eq!((done.status, done.body["amount"].to_string()), (201, "80.00".into()));
    let again = api.post_as("settle-1", &settle, JSON, body).await;
    assert_eq!((again.status, again.replayed, &again.body), (201, true, &done.body));
    api.post(&settle, JSON, body).await.refused(409, "provider-adjustments/closed");
    let detail = api.get(&item).await.body;
    assert_eq!((&detail["state"], &detail["settlements"][0]["note"]), (&json!("closed"), &json!("letter 7")));

    let undo = format!("/api/v1/provider-adjustment-settlements/{}/undo", done.body["id"].as_str().unwrap());
    api.as_role(Role::Poster).await;
    assert_eq!(api.post(&undo, JSON, r#"{"why": "too soon"}"#).await.status, 403, "a manager undoes");
    api.as_role(Role::Manager).await;
    let undone = api.post(&undo, JSON, r#"{"why": "too soon"}"#).await;
    assert_eq!((undone.status, &undone.body["undone_why"]), (200, &json!("too soon")));
    api.post(&undo, JSON, r#"{"why": "too soon"}"#).await.refused(409, "provider-adjustments/undone");
    assert_eq!(api.get(&item).await.body["balance"].to_string(), "80.00");
}

#[tokio::test]
async fn two_provider_adjustments_are_set_off_and_taken_apart_by_a_program() {
    let mut api = api().await;
    // 80.00 are announced under X1, and 80.00 of nobody's claim are taken under X9.
    let taken = "CLP*NOBODYS*1*80*80**12*PCN1~PLB*1*20261231*WO:X9*80~";
    for (trace, paid, body) in [("T1", "80", "PLB*1*20261231*WO:X1*-80~"), ("T2", "0", taken)] {
        assert_eq!(api.post(REMITTANCES, EDI, &paying(trace, paid, body)).await.status, 200);
    }
    let (items, _) = api.walk("/api/v1/provider-adjustments").await;
    assert_eq!(items.len(), 2);
    let announced = items.iter().find(|item| item["reference"] == "X1").unwrap();
    let other = items.iter().find(|item| item["reference"] == "X9").unwrap()["id"].as_str().unwrap();
    let item = of("provider-adjustments", announced);
    let settle = format!("{item}/settlements");
    let pairs = &api.get(&item).await.body["pairs"];
    assert_eq!(
        (pairs[0]["item"].as_str(), &pairs[0]["reason"], pairs[0]["limit"].to_string()),
        (Some(other), &json!("same amount, the same day"), "80.00".into())
    );
    let all = api.get("/api/v1/provider-adjustments/pairs").await.body;
    assert_eq!((&all["open"], &all["looked_at"], &all["more"]), (&json!(2), &json!(2), &json!(false)));
    assert_eq!(all["pairs"][0]["item"]["id"], announced["id"]);
    assert_eq!(all["pairs"][0]["pair"], pairs[0]);
    api.post(&settle, JSON, r#"{"way": "item"}"#).await.refused(422, "provider-adjustments/item");
    let stray = format!(r#"{{"way": "refund", "item": "{other}"}}"#);
    api.post(&settle, JSON, &stray).await.refused(422, "provider-adjustments/item");
    let unsaid = format!(r#"{{"way": "item", "item": "{other}"}}"#);
    api.post(&settle, JSON, &unsaid).await.refused(422, "provider-adjustments/note");
    let body = format!(r#"{{"way": "item", "item": "{other}", "amount": 30.00, "note": "letter 7"}}"#);
    let done = api.post_as("set-off-1", &settle, JSON, &body).await;
    assert_eq!((done.status, &done.body["against"], &done.body["entry"]), (201, &json!(other), &json!(null)));
    assert_eq!(api.get(&item).await.body["balance"].to_string(), "50.00");
    let seen = api.get(&format!("/api/v1/provider-adjustments/{other}")).await.body;
    assert_eq!(
        (seen["balance"].to_string(), &seen["settlements"][0]["against_reference"]),
        ("-50.00".into(), &json!("X1"))
    );

    let undo = format!("/api/v1/provider-adjustment-settlements/{}/undo", done.body["id"].as_str().unwrap());
    api.as_role(Role::Manager).await;
    assert_eq!(api.post(&undo, JSON, r#"{"why": "not the same"}"#).await.status, 200);
    let seen = api.get(&format!("/api/v1/provider-adjustments/{other}")).await.body;
    assert_eq!(
        (seen["balance"].to_string(), &seen["settlements"][0]["undone_why"]),
        ("-80.00".into(), &json!("not the same"))
    );
}
