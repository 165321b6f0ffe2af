//! `/remittances` and `/remittances/{id}`.

use actix_web::http::Method;
use diesel_async::RunQueryDsl;
use firstpass::access::Role;
use firstpass::db::Tx;
use firstpass::journey;
use firstpass::types::{ClaimId, Clock};

use super::office;

#[tokio::test]
async fn a_remittance_shows_its_three_equations_and_what_was_posted() {
    let office = office().await;
    let list = office.get("/remittances").await;
    list.has(&["All <span>1</span>", "Posted <span>1</span>", "T77", "<data value=\"120.00\">120.00</data>"]);
    let page = office.get(&list.link("/remittances/rem_")).await;
    assert_eq!((page.status, page.no_store), (200, true));
    // Services and claims: 315.00 - 195.00 = 120.00; payment: 120.00 - 0.00 = 120.00.
    page.has(&[
        "<small>Line CAS</small><data value=\"195.00\">195.00</data>",
        "SVC02 − CAS = SVC03 in 2 of 2",
        "<small>All CAS</small><data value=\"195.00\">195.00</data>",
        "CLP03 − CAS = CLP04 in 1 of 1",
        "<small>PLB net</small><data value=\"0.00\">0.00</data>",
        "CLP04 − PLB = BPR02",
        "Control no.",
        "1010 Insurance cash",
        "1110 Insurance receivables",
        "4110 Contractual adjustments",
        "debits equal credits: <data value=\"150.00\">150.00</data>",
    ]);
    assert_eq!(page.html.matches(">Pass</span>").count(), 3);
}

#[tokio::test]
async fn a_held_remittance_shows_the_equation_that_fails_and_its_byte() {
    let office = office().await;
    let body = format!("CLP*{}*1*315*100**12*PCN8~CAS*CO*45*200~", office.number);
    let text = crate::remits::file(&[crate::remits::set_from("AETNA1", "T78", "100", &body)]);
    let clock = Clock::standing_at("2026-04-03T15:00:00Z".parse().unwrap());
    journey::receive_file(&office.world.db, &office.actor, &clock, "r2.835", text.as_bytes()).await.unwrap();
    let held = office.get("/remittances?state=held").await;
    let page = office.get(&held.link("/remittances/rem_")).await;
    // 315.00 - 200.00 = 115.00, and CLP04 says 100.00.
    page.has(&[
        "Equation of claim 1",
        "Off by <data value=\"15.00\">15.00</data>",
        "<small>Comes to</small><data value=\"115.00\">115.00</data>",
        "CLP03 − CAS = CLP04: fails 1 times",
        "Nothing. No money has moved.",
        &format!("byte {}", text.find("CLP*").unwrap()),
    ]);
}

#[tokio::test]
async fn a_remittance_for_another_practice_shows_whom_it_pays_and_where_that_stands() {
    let office = office().await;
    let body = "CLP*ELSEWHERE*1*100*100**12*PCN8~";
    let set = crate::remits::set_between("AETNA1", "*XX*1111111112", "T78", "100", body);
    let text = crate::remits::file(&[set]);
    let clock = Clock::standing_at("2026-04-03T15:00:00Z".parse().unwrap());
    journey::receive_file(&office.world.db, &office.actor, &clock, "r2.835", text.as_bytes()).await.unwrap();
    let held = office.get("/remittances?state=held").await;
    let page = office.get(&held.link("/remittances/rem_")).await;
    let (first, last) = (text.find("N1*PE").unwrap(), text.find("LX*1").unwrap() - 1);
    page.has(&[
        "N1*PE names NPI 1111111112, which is no billing provider of this practice",
        "register the billing provider and retry, or pass the file on to whom it pays",
        &format!("?from={first}&#38;to={last}#hit"),
        "Nothing. No money has moved.",
    ]);
}

#[tokio::test]
async fn a_poster_tries_a_held_remittance_again_and_others_cannot() {
    let mut office = office().await;
    let body = format!("CLP*{}*1*315*315**12*PCN8~", office.number);
    let set = crate::remits::set_between("AETNA1", "*XX*1987654328", "T78", "315", &body);
    let text = crate::remits::file(&[set]);
    let clock = Clock::standing_at("2026-04-03T15:00:00Z".parse().unwrap());
    let (db, actor) = (office.world.db.clone(), office.actor.clone());
    journey::receive_file(&db, &actor, &clock, "r2.835", text.as_bytes()).await.unwrap();
    let address = office.get("/remittances?state=held").await.link("/remittances/rem_");
    let retry = format!("{address}/retry");
    assert!(!office.get(&address).await.html.contains("Try again"), "a biller does not post");
    assert_eq!(office.send(Method::POST, &retry, "idempotency_key=1").await.status, 403);

    office.act(&actor, Role::Poster).await;
    office.get(&address).await.has(&["Try again", &format!("action=\"{retry}\"")]);
    let held = office.send(Method::POST, &retry, "idempotency_key=2").await;
    assert_eq!((held.status, held.location.as_str()), (303, address.as_str()));
    office.get(&address).await.has(&["Try again", "Nothing. No money has moved."]);
    crate::remits::payee::register(&db, &actor, "1987654328", "987654321").await;
    assert_eq!(office.send(Method::POST, &retry, "idempotency_key=3").await.status, 303);
    let page = office.get(&address).await;
    // The claim has been paid once already: this payment waits in unapplied cash.
    page.has(&["Partly posted", "1010 Insurance cash"]);
    assert!(!page.html.contains("Try again"));
}

#[tokio::test]
async fn another_practices_remittance_is_not_found() {
    let mut office = office().await;
    let address = office.get("/remittances").await.link("/remittances/rem_");
    let other = office.world.practice("Oak Street").await;
    office.act(&other.actor, Role::Admin).await;
    assert_eq!(office.get(&address).await.status, 404);
}

#[tokio::test]
async fn a_remittance_shows_only_what_is_to_be_done_when_asked() {
    let office = office().await;
    // The office's claim has a denial to work (CO-197), and after that nothing.
    let address = office.get("/remittances").await.link("/remittances/rem_");
    office.get(&address).await.has(&["aria-current=\"true\">All</a>", "id=\"c1\""]);
    office.get(&format!("{address}?view=to_do")).await.has(&["aria-current=\"true\">To do</a>", "id=\"c1\""]);
    let worked = async |tx: &mut Tx| {
        diesel::sql_query("update denials set state = 'written_off'").execute(tx.conn()).await?;
        tx.audit("denials/test", ClaimId::new(), None, serde_json::json!({})).await
    };
    office.world.db.transaction(&office.actor, worked).await.unwrap();
    let done = office.get(&format!("{address}?view=to_do")).await;
    done.has(&["aria-current=\"true\">To do</a>", "Nothing is to be done about these claims."]);
    assert!(!done.html.contains("id=\"c1\""));

    // One decision is about nobody's claim.
    let text = crate::remits::file(&[crate::remits::set_from(
        "AETNA1",
        "T78",
        "100",
        "CLP*NOBODYS*1*100*100**12*PCN8~",
    )]);
    let clock = Clock::standing_at("2026-04-03T15:00:00Z".parse().unwrap());
    journey::receive_file(&office.world.db, &office.actor, &clock, "r2.835", text.as_bytes()).await.unwrap();
    let partly = office.get("/remittances?state=partly_posted").await.link("/remittances/rem_");
    office.get(&format!("{partly}?view=to_do")).await.has(&["id=\"c1\"", "NOBODYS"]);
    assert_eq!(office.get(&format!("{partly}?view=nothing")).await.status, 400);
}
