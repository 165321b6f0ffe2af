//! `/deposits`: a bank's file is entered, its money found, taken apart and matched by a person.

use actix_web::http::Method;
use firstpass::access::Role;

use super::{Answered, Office, office};
use crate::support::browser::multipart;

/// The bank's table: the EFT of the remittance of 120.00, and a check that nobody announced.
const TABLE: &str = "Date,Description,Amount\n04/01/2026,HCCLAIMPMT TRN*1*T77*1999999999\\,120.00\n\
    04/01/2026,MYSTERY CHECK,25.00\n";

impl Office {
    async fn enter_bank_file(&self, key: &str, content: &str) -> Answered {
        let fields = [("idempotency_key", key), ("account", "Checking")];
        let (kind, body) = multipart(&fields, &[("file", "bank.csv", content)]);
        self.send_as(Method::POST, "/deposits/imports", kind, &body).await
    }
}

#[tokio::test]
async fn a_bank_file_is_entered_and_its_money_found_taken_apart_and_matched_again() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Poster).await;
    office.get("/deposits").await.has(&["No money waits for a remittance", "Enter a bank's file"]);
    let entered = office.enter_bank_file("k1", TABLE).await;
    entered.has(&["2 deposits of", "145.00", "entered in Checking", "1 matched to remittances"]);
    office.enter_bank_file("k2", TABLE).await.has(&["0 deposits of", "2 known before"]);

    // 25.00 without remittance; nothing that was announced is missing.
    let waiting = office.get("/deposits").await;
    waiting.has(&["MYSTERY CHECK", "No posted remittance has this trace"]);
    office.get("/deposits/awaited").await.has(&["Every payment was seen at the bank"]);
    let matched = office.get("/deposits?view=matched").await;
    matched.has(&["equal trace, payer and amount", "Take apart"]);
    let remittance = matched.link("/remittances/rem_");
    office.get(&remittance).await.has(&["At the bank", "all of it was seen", "href=\"/deposits/dep_"]);

    let undo = matched.html.split("action=\"/deposits/matches/").nth(1).unwrap().split('"').next().unwrap();
    let undone = office.send(Method::POST, &format!("/deposits/matches/{undo}"), "idempotency_key=k3").await;
    assert_eq!(undone.status, 303);
    let shown = office.get(&undone.location).await;
    shown.has(&["same trace, same amount", "Left of the deposit", "data-key=\"p\""]);
    office.get("/deposits/awaited").await.has(&["T77", "Remittances without money"]);
    let part = shown.value("part").replace(' ', "+");
    let more = office.send(Method::POST, &undone.location, "idempotency_key=k4&part=rem_1+5").await;
    assert_eq!(more.status, 422);
    let target = undone.location.as_str();
    let matched = office.send(Method::POST, target, &format!("idempotency_key=k5&part={part}")).await;
    assert_eq!((matched.status, matched.location.as_str()), (303, "/deposits"));
    office.get(target).await.has(&["a person", "Take apart"]);
}

#[tokio::test]
async fn who_may_not_post_may_look() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Poster).await;
    office.enter_bank_file("k1", TABLE).await;
    office.act(&office.actor.clone(), Role::Reviewer).await;
    let looked = office.get("/deposits?view=all").await;
    looked.has(&["MYSTERY CHECK"]);
    assert!(!looked.html.contains("Take apart") && !looked.html.contains("Enter a bank's file"));
    assert_eq!(office.enter_bank_file("k2", TABLE).await.status, 403);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_says_where() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Poster).await;
    let refused = office.enter_bank_file("k1", "Dear practice\n").await;
    assert_eq!(refused.status, 400);
    refused.has(&["line 1"]);
}

#[tokio::test]
async fn a_payment_in_two_transfers_is_matched_with_one_press() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Poster).await;
    let table = "Date,Description,Amount\n04/01/2026,HCCLAIMPMT TRN*1*T77*1999999999\\,70.00\n\
        04/01/2026,HCCLAIMPMT TRN*1*T77*1999999999\\,50.00\n";
    office.enter_bank_file("k1", table).await.has(&["2 deposits of", "0 matched"]);
    let waiting = office.get("/deposits").await;
    waiting.has(&["2 deposits with its trace come to it", "Match all 2 deposits", "and the deposit of"]);
    let target = waiting.link("/deposits/dep_");
    let target = target.split('?').next().unwrap();
    let shown = office.get(target).await;
    let (part, with) = (shown.value("part").replace(' ', "+"), shown.value("with").replace(' ', "+"));
    let wrong =
        office.send(Method::POST, target, &format!("idempotency_key=k2&part={part}&with=dep_1+5")).await;
    assert_eq!(wrong.status, 422);
    // Two remittances and another deposit: that one is not dropped, and nothing is matched.
    let both = format!("idempotency_key=k4&part={part}&part={part}&with={with}");
    let refused = office.send(Method::POST, target, &both).await;
    assert_eq!(refused.status, 422);
    refused.has(&["several deposits are matched to one remittance"]);
    office.get("/deposits").await.has(&["Match all 2 deposits"]);
    let form = format!("idempotency_key=k3&part={part}&with={with}");
    assert_eq!(office.send(Method::POST, target, &form).await.status, 303);
    office.get("/deposits").await.has(&["No money waits for a remittance"]);
    office.get("/deposits/awaited").await.has(&["Every payment was seen at the bank"]);
}
