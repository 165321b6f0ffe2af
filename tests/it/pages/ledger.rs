//! `/ledger`, `/ledger/periods` and `/reports/aging`.

use actix_web::http::Method;
use chrono::TimeDelta;
use firstpass::access::Role;

use super::office;

#[tokio::test]
async fn a_balance_leads_to_its_entries_and_they_to_the_bytes() {
    let mut office = office().await;
    assert_eq!(office.get("/ledger").await.status, 403, "a biller does not");
    office.act(&office.actor.clone(), Role::Poster).await;
    let page = office.get("/ledger").await;
    assert_eq!((page.status, page.no_store), (200, true), "{}", page.html);
    // Charged 315.00, 120.00 paid, 30.00 written off: 165.00 is owed.
    page.has(&[
        "never proved",
        "Insurance receivables</a>",
        "<data value=\"165.00\">165.00</data>",
        "<data value=\"465.00\">465.00</data>",
        ">Balances</span>",
    ]);
    let register = office.get(&page.link("/ledger/accounts/insurance_ar")).await;
    register.has(&[
        "Claim payment",
        "First Health",
        "835 T77",
        "charge file",
        "/ledger/accounts/insurance_cash",
    ]);
    assert!(!register.html.contains("name=\"general_ledger_account\""), "a poster maps nothing");
    let entry = office.get(&register.link("/ledger/entries/ent_")).await;
    entry.has(&["Insurance cash", "<data value=\"120.00\">120.00</data>", "Business date", "835 T77, byte"]);
    let file = office.get(&entry.link("/files/fil_")).await;
    assert_eq!(file.status, 200);
    file.has(&["CLP"]);
    office.get(&entry.link("/claims/clm_")).await.has(&["/ledger/entries/ent_"]);
    // What is booked by the day before the payment.
    let before = office.get("/ledger?as_of=2026-03-31").await;
    before.has(&["<data value=\"315.00\">315.00</data>"]);
    assert_eq!(office.get("/ledger/accounts/gold").await.status, 404);
    assert_eq!(office.get("/ledger?as_of=never").await.status, 422);
}

#[tokio::test]
async fn the_proofs_are_run_by_a_button_and_the_dashboard_shows_the_run() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Poster).await;
    office.get("/").await.has(&["never proved", "Prove now"]);
    let ran = office.send(Method::POST, "/ledger/proofs", "idempotency_key=1").await;
    assert_eq!((ran.status, ran.location.as_str()), (303, "/#proofs"));
    office.get("/").await.has(&["33 of 33 proofs hold", "a caller", "Trial balance", "Guards stand"]);
    office.act(&office.actor.clone(), Role::Biller).await;
    let page = office.get("/").await;
    page.has(&["33 of 33 proofs hold"]);
    assert!(!page.html.contains("Prove now"));
}

#[tokio::test]
async fn a_manager_closes_maps_and_exports_on_the_pages() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Manager).await;
    let map = "idempotency_key=1&general_ledger_account=Fee+income&general_ledger_number=4000";
    let saved = office.send(Method::POST, "/ledger/accounts/charges", map).await;
    assert_eq!((saved.status, saved.location.as_str()), (303, "/ledger/accounts/charges"));
    office.get("/ledger").await.has(&["4000 Fee income"]);

    let closed = office.send(Method::POST, "/ledger/periods/2026-03/close", "idempotency_key=2").await;
    assert_eq!((closed.status, closed.location.as_str()), (303, "/ledger/periods"));
    let page = office.get("/ledger/periods").await;
    page.has(&["Closed</span>", "Closed through 2026-03-31", "month end", "a caller", "Open again"]);
    let no_reason =
        office.send(Method::POST, "/ledger/periods/2026-03/reopen", "idempotency_key=3&reason=").await;
    assert_eq!(no_reason.status, 422);
    let early = office.send(Method::POST, "/ledger/periods/2026-04/exports/csv", "idempotency_key=4").await;
    assert_eq!(early.status, 409, "April is not over");
    let made = office.send(Method::POST, "/ledger/periods/2026-03/exports/csv", "idempotency_key=5").await;
    assert_eq!(made.status, 303);
    let page = office.get("/ledger/periods").await;
    page.has(&["Locked</span>", "exported as csv"]);
    let file = office.get(&page.link("/ledger/periods/2026-03/exports/csv")).await;
    // One visit of two lines.
    assert_eq!(
        file.html,
        "journal,date,account_number,account,general_ledger_number,general_ledger_account,debit,credit\r\n\
         FP-20260302,2026-03-02,1110,Insurance receivables,1110,Insurance receivables,315.00,\r\n\
         FP-20260302,2026-03-02,4010,Gross charges,4000,Fee income,,315.00\r\n"
    );
}

#[tokio::test]
async fn receivables_by_age_are_a_page_and_a_file() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Reviewer).await;
    // 165.00 is owed for the visit of 2 March, 31 days before 2 April.
    let page = office.get("/reports/aging").await;
    page.has(&["First Health", "31–60", "<data value=\"165.00\">165.00</data>", "insurance_ar?payer=pay_"]);
    let file = office.get(&page.link("/reports/aging.csv")).await;
    assert_eq!(
        file.html,
        "as_of,owed_by,claims,0-30,31-60,61-90,91-120,over_120,credits,balance\n\
         2026-04-02,First Health,1,0.00,165.00,0.00,0.00,0.00,0.00,165.00\n\
         2026-04-02,All,1,0.00,165.00,0.00,0.00,0.00,0.00,165.00\n"
    );
    office.app.clock.advance(TimeDelta::days(120));
    let later = office.get("/reports/aging.csv").await;
    assert!(later.html.contains("First Health,1,0.00,0.00,0.00,0.00,165.00,0.00,165.00"), "{}", later.html);
}
