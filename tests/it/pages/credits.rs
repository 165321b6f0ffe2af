//! `/credits`: the worklist, a decision, the refund and its check.

use actix_web::http::Method;
use firstpass::access::Role;
use firstpass::db::Tx;
use firstpass::journey;
use firstpass::ledger::{self, About, AccountKind, EntryKind, NewEntry, Source, SourceKind, Transfer};
use firstpass::registry::patients;
use firstpass::types::Clock;

use super::{Office, office};

/// 120.00 and 30.00 are decided, 165.00 is denied; 300.00 more make 165.00 - 300.00 = -135.00.
async fn overpay(office: &Office) {
    let body = format!("CLP*{}*1*315*300**12*PCN9~CAS*OA*23*15~", office.number);
    receive(office, "T90", "300", &body).await;
}

async fn receive(office: &Office, trace: &str, paid: &str, body: &str) {
    let text = crate::remits::file(&[crate::remits::set_from("AETNA1", trace, paid, body)]);
    let clock = Clock::standing_at("2026-04-03T15:00:00Z".parse().unwrap());
    journey::receive_file(&office.world.db, &office.actor, &clock, "r.835", text.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn a_credit_is_found_decided_and_paid_back_page_by_page() {
    let mut office = office().await;
    office.get("/credits").await.has(&["Nobody has a credit", "0 to decide"]);
    overpay(&office).await;
    office.get("/").await.has(&["A credit balance", "href=\"/credits\""]);
    office.get(&format!("/claims/{}", office.claim)).await.has(&["Payer over-paid", "Open credit"]);
    let page = office.get("/credits").await;
    assert_eq!((page.status, page.no_store), (200, true));
    page.has(&[
        "1 to decide",
        "Roe, Jane",
        "<data value=\"135.00\">135.00</data>",
        "First Health",
        "Claim payment",
    ]);
    assert!(!page.html.contains("name=\"action\""), "a biller does not decide");
    let item = page.link("/credits/payer.");
    assert_eq!(office.get(&item).await.status, 200);
    assert_eq!(office.send(Method::POST, &item, "idempotency_key=1&action=refund").await.status, 403);

    office.act(&office.actor.clone(), Role::Poster).await;
    office.get("/credits").await.has(&["Owe it back", "Debit Insurance receivables, credit Refunds payable"]);
    let wait = "idempotency_key=2&action=wait_for_payer&note=letter+of+1+April";
    let done = office.send(Method::POST, &item, wait).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/credits"));
    office.get("/credits").await.has(&["0 to decide"]);
    office.get("/credits?view=waiting").await.has(&["The payer will take it back", "letter of 1 April"]);
    let form = "idempotency_key=3&action=refund";
    assert_eq!(office.send(Method::POST, &item, form).await.status, 303);
    assert_eq!(office.send(Method::POST, &item, form).await.status, 303, "sent twice, done once");
    assert_eq!(office.get(&item).await.status, 404);
    let refunds = office.get("/credits/refunds").await;
    refunds.has(&["1 to pay", "First Health", "A manager says that it is paid"]);
    let refund = refunds.link("/credits/refunds/ent_");
    let refund = refund.split('?').next().unwrap();

    office.act(&office.actor.clone(), Role::Manager).await;
    office.get("/").await.has(&["A refund to pay"]);
    let check = "idempotency_key=4&method=check&reference=1042&paid_on=2026-04-02";
    let paid = office.send(Method::POST, &format!("{refund}/pay"), check).await;
    assert_eq!((paid.status, paid.location.as_str()), (303, "/credits/refunds"));
    office.get("/credits/refunds").await.has(&["Nothing is owed back"]);
    let shown = office.get("/credits/refunds?view=paid").await;
    shown.has(&["Check 1042", "Void the payment"]);
    let html = &shown.html;
    let at = html.find("/credits/payments/").unwrap();
    let void = html[at..].split('"').next().unwrap();
    assert_eq!(office.send(Method::POST, void, "idempotency_key=5&why=it+came+back").await.status, 303);
    let done = office.get("/credits/done").await;
    done.has(&["Owe it back", "The payer will take it back", "135.00"]);
    let at = done.html.find("/credits/actions/").unwrap();
    let undo = done.html[at..].split('"').next().unwrap();
    assert_eq!(office.send(Method::POST, undo, "idempotency_key=6&why=decided+too+soon").await.status, 303);
    assert_eq!(office.get(&item).await.status, 200);

    // Owed back and paid again, and taken back with one press.
    let again = office.send(Method::POST, &item, "idempotency_key=7&action=refund").await;
    assert_eq!(again.status, 303);
    let refund = office.get("/credits/refunds").await.link("/credits/refunds/ent_");
    let refund = refund.split('?').next().unwrap();
    let check = "idempotency_key=8&method=check&reference=1043&paid_on=2026-04-02";
    assert_eq!(office.send(Method::POST, &format!("{refund}/pay"), check).await.status, 303);
    let shown = office.get("/credits/refunds?view=paid").await;
    shown.has(&["Check 1043", "Take the refund back"]);
    let back = shown.html.split("formaction=\"").nth(1).unwrap().split('"').next().unwrap();
    let taken = office.send(Method::POST, back, "idempotency_key=9&why=returned").await;
    assert_eq!((taken.status, taken.location.as_str()), (303, "/credits"));
    assert_eq!(office.get(&item).await.status, 200);
    office.get("/credits/refunds").await.has(&["Nothing is owed back"]);

    // Owed back, and taken back before it is paid.
    assert_eq!(office.send(Method::POST, &item, "idempotency_key=10&action=refund").await.status, 303);
    let refunds = office.get("/credits/refunds").await;
    refunds.has(&["1 to pay", "Take it back", "the credit is open again"]);
    let refund = refunds.link("/credits/refunds/ent_");
    let back = format!("{}/take-back", refund.split('?').next().unwrap());
    let taken = office.send(Method::POST, &back, "idempotency_key=11&why=decided+too+soon").await;
    assert_eq!((taken.status, taken.location.as_str()), (303, "/credits/refunds"));
    assert_eq!(office.get(&item).await.status, 200);

    let other = office.world.practice("Oak Street").await;
    office.act(&other.actor, Role::Admin).await;
    assert_eq!(office.get(&item).await.status, 404);
    office.get("/credits").await.has(&["Nobody has a credit"]);
}

#[tokio::test]
async fn the_report_to_medicare_is_looked_at_and_downloaded() {
    let mut office = office().await;
    let none = office.get("/credits/medicare-report?quarter=2026-Q2").await;
    none.has(&[
        "No Medicare credit balances to report for this quarter",
        "Medicare report",
        "Type of bill (4)",
    ]);
    overpay(&office).await;
    let medicare = async |tx: &mut Tx| {
        diesel_async::RunQueryDsl::execute(
            diesel::sql_query("update payers set filing_indicator = 'MB' where identifier = 'AETNA1'"),
            tx.conn(),
        )
        .await?;
        let id = tx.actor().organization;
        tx.audit("credits/test", id, None, serde_json::json!({})).await
    };
    office.world.db.transaction(&office.actor, medicare).await.unwrap();
    // The quarter goes on: as of today, 2 April.
    let page = office.get("/credits/medicare-report?quarter=2026-Q2").await;
    assert_eq!((page.status, page.no_store), (200, true));
    page.has(&[
        "as of <time datetime=\"2026-04-02\">",
        "not the quarter’s last day",
        "Roe, Jane",
        "W12345",
        "PCN9",
    ]);
    page.has(&["<data value=\"135.00\">135.00</data>", "1 Duplicate payment", "05/31/2026", "1 days known"]);
    page.has(&["Left blank, for a person to fill in", "Where it is in the ledger"]);
    let late = office.get("/credits/medicare-report?quarter=2026-Q2&as_of=2026-06-30").await;
    late.has(&["late, 90 days known", "1 to report, 1 late with"]);
    let link = late.link("/credits/medicare-report.csv");
    assert_eq!(link, "/credits/medicare-report.csv?quarter=2026-Q2&as_of=2026-06-30");
    let csv = office.get(&link).await;
    assert!(
        csv.html.starts_with("Beneficiary name,HIC number (MBI),ICN number,Type of bill,"),
        "{}",
        csv.html
    );
    assert!(csv.html.contains("\"Roe, Jane\",W12345,PCN9,,2026-03-02,"), "{}", csv.html);
    assert_eq!(office.get("/credits/medicare-report?quarter=2026-Q9").await.status, 422);
    assert_eq!(office.get("/credits/medicare-report?quarter=2026-Q2&as_of=2026-07-01").await.status, 422);
    let other = office.world.practice("Oak Street").await;
    office.act(&other.actor, Role::Admin).await;
    office
        .get("/credits/medicare-report?quarter=2026-Q2")
        .await
        .has(&["No Medicare credit balances to report"]);
}

/// The patient owes for a visit without insurance.
async fn self_pay(office: &Office, charged: &str) {
    let work = async |tx: &mut Tx| {
        let patient = patients::by_account_number(tx, &["A-100"]).await?[0].id;
        let about = About { patient: Some(patient), ..About::default() };
        let amount = charged.parse().unwrap();
        let charge = Transfer::new(AccountKind::PatientAr, AccountKind::Charges, amount, about)?;
        let source = Source::new(SourceKind::new("test"), uuid::Uuid::now_v7());
        let on = "2026-03-20".parse().unwrap();
        ledger::post(tx, &NewEntry::new(EntryKind::Charge, source, on, vec![charge])?).await?;
        tx.audit("credits/test", patient, None, serde_json::json!({})).await
    };
    office.world.db.transaction(&office.actor, work).await.unwrap();
}

#[tokio::test]
async fn a_patients_payment_is_entered_applied_and_undone() {
    let mut office = office().await;
    self_pay(&office, "15.00").await;
    office.get("/credits/unapplied").await.has(&["No patient’s payment waits", "0 payments of patients"]);
    let form =
        "idempotency_key=1&account=A-100&amount=20.00&method=check&reference=311&received_on=2026-04-02";
    assert_eq!(
        office.send(Method::POST, "/credits/unapplied", form).await.status,
        403,
        "a biller enters none"
    );
    office.act(&office.actor.clone(), Role::Manager).await;
    let unknown = form.replace("A-100", "A-999");
    assert_eq!(office.send(Method::POST, "/credits/unapplied", &unknown).await.status, 422);
    let done = office.send(Method::POST, "/credits/unapplied", &form.replace("=1&", "=2&")).await;
    assert_eq!(done.status, 303);
    let item = done.location;
    let page = office.get(&item).await;
    page.has(&[
        "Roe, Jane",
        "Check 311",
        "<data value=\"20.00\">20.00</data>",
        "Keep it as the patient’s credit",
    ]);
    assert!(!item.contains("A-100"), "no patient's number in an address");
    let apply = format!("idempotency_key=3&to={}", page.value("to"));
    let done = office.send(Method::POST, &format!("{item}/apply"), &apply).await;
    assert_eq!((done.status, done.location.as_str()), (303, item.as_str()));
    // What is owed, 15.00; 5.00 wait.
    let page = office.get(&item).await;
    page.has(&["<data value=\"15.00\">15.00</data>", "<data value=\"5.00\">5.00</data>"]);
    let at = page.html.find("/credits/applications/").unwrap();
    let undo = page.html[at..].split('"').next().unwrap();
    assert_eq!(office.send(Method::POST, undo, "idempotency_key=4&why=another+visit").await.status, 303);
    let back = format!("{item}/return");
    assert_eq!(office.send(Method::POST, &back, "idempotency_key=5&why=it+bounced").await.status, 303);
    office.get("/credits/unapplied").await.has(&["No patient’s payment waits"]);
    office.get("/credits/unapplied?view=done").await.has(&["taken back", "it bounced"]);
}

#[tokio::test]
async fn a_rule_about_small_balances_is_written_by_a_manager() {
    let mut office = office().await;
    office.get("/credits/small-balances").await.has(&["no rule: nothing is given up", "Nothing yet."]);
    let form = "idempotency_key=1&side=payer&limit=4.99&age_days=90&in_force=1";
    assert_eq!(office.send(Method::POST, "/credits/small-balances", form).await.status, 403);
    office.act(&office.actor.clone(), Role::Manager).await;
    assert_eq!(office.send(Method::POST, "/credits/small-balances", form).await.status, 303);
    office
        .get("/credits/small-balances")
        .await
        .has(&["version 1", "up to <data value=\"4.99\">4.99</data> after 90 days"]);
    let patients = "idempotency_key=2&side=patient&limit=4.99&age_days=90&in_force=1&note=";
    assert_eq!(office.send(Method::POST, "/credits/small-balances", patients).await.status, 422);
    let run = office.send(Method::POST, "/credits/small-balances/run", "idempotency_key=3").await;
    assert_eq!((run.status, run.location.as_str()), (303, "/credits/small-balances"));
    office.get("/credits/small-balances").await.has(&["off: a person runs the rules"]);
    let schedule = "/credits/small-balances/schedule";
    assert_eq!(office.send(Method::POST, schedule, "idempotency_key=4&nightly=1").await.status, 303);
    office.get("/credits/small-balances").await.has(&["on since", "name=\"nightly\" value=\"1\" checked"]);
    assert_eq!(office.send(Method::POST, schedule, "idempotency_key=5").await.status, 303);
    office.get("/credits/small-balances").await.has(&["off: a person runs the rules"]);
}
