//! `/exceptions`: the queue, one item with its journal, and settling it.

use actix_web::http::Method;
use firstpass::access::Role;
use firstpass::journey;
use firstpass::types::Clock;

use super::{Office, office};

async fn receive(office: &Office, trace: &str, paid: &str, body: &str) {
    let text = crate::remits::file(&[crate::remits::set_from("AETNA1", trace, paid, body)]);
    let clock = Clock::standing_at("2026-04-03T15:00:00Z".parse().unwrap());
    journey::receive_file(&office.world.db, &office.actor, &clock, "r.835", text.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn theirs_and_ours_stand_side_by_side_with_the_journal_of_the_choice() {
    let mut office = office().await;
    office.get("/exceptions").await.has(&["Nothing waits"]);
    // The payer pays 200.00 of 315.00 once more, under a number that lost a zero.
    let garbled = office.number.replacen('0', "", 1);
    let body =
        format!("CLP*{garbled}*1*315*200**12*PCN9~CAS*CO*45*165~SVC*HC:99213:25*150*200**1~CAS*CO*45*-50~");
    receive(&office, "T78", "200", &body).await;
    office.get("/").await.has(&["<b>An exception of a remittance</b>", "href=\"/exceptions\""]);
    let page = office.get("/exceptions").await;
    page.has(&[
        "1 open",
        "No claim fits",
        &garbled,
        "control no., one slip away",
        "Waits in Unapplied cash",
        "Difference <data value=\"0.00\">0.00</data>",
        "2010 Unapplied cash",
        "1110 Insurance receivables",
        "segment and bytes",
        "99213-25",
        "20610-RT",
    ]);
    assert!(!page.html.contains("data-key=\"p\""), "a biller does not post");
    let item = page.link("/exceptions/rex_");
    assert_eq!(office.send(Method::POST, &item, "idempotency_key=1&action=match").await.status, 403);

    office.act(&office.actor.clone(), Role::Poster).await;
    let owed_back = office.get(&format!("{item}?action=return_to_payer")).await;
    owed_back.has(&["2040 Refunds payable", "data-key=\"p\"", "name=\"action\" value=\"return_to_payer\""]);
    let wrong = office.get(&format!("{item}?action=match&claim=clm_00000000000000000000000000")).await;
    wrong.has(&["there is no claim clm_00000000000000000000000000"]);
    let form = "idempotency_key=2&action=return_to_payer";
    let done = office.send(Method::POST, &item, form).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/exceptions"));
    assert_eq!(office.send(Method::POST, &item, form).await.status, 303);
    office.get("/exceptions").await.has(&["Nothing waits"]);
    office.get(&item).await.has(&["Resolved: owed back to the payer"]);
}

#[tokio::test]
async fn an_unknown_status_is_posted_as_what_a_person_chooses() {
    let mut office = office().await;
    let body = format!("CLP*{}*77*315*200**12*PCN9~CAS*CO*45*115~", office.number);
    receive(&office, "T79", "200", &body).await;
    office.act(&office.actor.clone(), Role::Poster).await;
    let page = office.get("/exceptions?type=unknown_status").await;
    page.has(&["Unknown claim status", "1 Primary", "22 Reversal", "Post it as"]);
    let item = page.link("/exceptions/rex_");
    let item = item.split('?').next().unwrap();
    let looked_at = office.get(&format!("{item}?action=treat_as&status=1")).await;
    looked_at.has(&["name=\"status\" value=\"1\"", "data-key=\"p\"", "2010 Unapplied cash"]);
    let form = "idempotency_key=1&action=treat_as&status=1";
    assert_eq!(office.send(Method::POST, item, form).await.status, 303);
    office.get(item).await.has(&["Resolved: posted as CLP02 1"]);
}

#[tokio::test]
async fn a_manager_keeps_posting_rules_overrides_and_takes_back() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Manager).await;
    let rules = office.get("/remittances/rules").await;
    rules.has(&["First Health", "<option value=\"full\" selected>"]);
    let at = rules.html.find("name=\"payer\" value=\"").unwrap() + 20;
    let payer = &rules.html[at..at + 30];
    let form = format!("idempotency_key=1&payer={payer}&mode=semi&denial=1");
    assert_eq!(office.send(Method::POST, "/remittances/rules", &form).await.status, 303);
    let rules = office.get("/remittances/rules").await;
    rules.has(&["<option value=\"semi\" selected>", "name=\"denial\" value=\"1\" checked"]);

    let posted = office.get("/remittances?state=posted").await.link("/remittances/rem_");
    office.get(&posted).await.has(&["Take this posting back"]);
    let back = office
        .send(Method::POST, &format!("{posted}/unpost"), "idempotency_key=2&reason=wrong+practice+year")
        .await;
    assert_eq!((back.status, back.location.as_str()), (303, posted.as_str()));
    office.get(&posted).await.has(&["Taken back"]);
    let again = office.send(Method::POST, &format!("{posted}/post"), "idempotency_key=3").await;
    assert_eq!(again.status, 303);
    assert_ne!(again.location, posted);
    office.get(&again.location).await.has(&["Posted", "1010 Insurance cash"]);

    receive(&office, "T79", "90", &format!("CLP*{}*1*315*100**12*PCN8~CAS*CO*45*215~", office.number)).await;
    let held = office.get("/remittances?state=held").await.link("/remittances/rem_");
    office.get(&held).await.has(&["Post it all the same"]);
    let form = "idempotency_key=4&reason=confirmed+by+the+payer";
    assert_eq!(office.send(Method::POST, &format!("{held}/override"), form).await.status, 303);
    office.get(&held).await.has(&[
        "Posted by override",
        "confirmed by the payer",
        "2020 Suspense",
        "Next exception",
    ]);
}

#[tokio::test]
async fn what_a_second_answer_replaces_and_what_a_reversal_takes_back_is_said_before_it_is_posted() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Poster).await;
    receive(&office, "T90", "80", "CLP*WHO*1*150*80**12*PX~CAS*CO*45*70~").await;
    let item = office.get("/exceptions").await.link("/exceptions/rex_");
    let form = "idempotency_key=1&action=return_to_payer";
    assert_eq!(office.send(Method::POST, &item, form).await.status, 303);
    let back = "CLP*WHO*22*-150*-80**12*PX~CAS*CO*45*-70~PLB*1*20261231*FB:PX*-80~";
    receive(&office, "T91", "0", back).await;
    let page = office.get("/exceptions").await;
    page.has(&["80.00, owed back, not sent yet", "Take this posting back", "2040 Refunds payable"]);
    let action = page.html.split("name=\"decision\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = format!("idempotency_key=2&action=take_back&decision={action}");
    let item = page.link("/exceptions/rex_");
    assert_eq!(office.send(Method::POST, &item, &form).await.status, 303);
    office.get("/exceptions").await.has(&["Nothing waits"]);

    for (trace, control, paid) in [("T92", "PA", 200), ("T93", "PB", 210)] {
        let body = format!("CLP*{}*1*315*{paid}**12*{control}~CAS*CO*45*{}~", office.number, 315 - paid);
        receive(&office, trace, &paid.to_string(), &body).await;
    }
    let item = office.get("/exceptions?type=already_posted").await.link("/exceptions/rex_");
    let item = item.split('?').next().unwrap();
    let page = office.get(&format!("{item}?action=match&claim={}", office.claim)).await;
    page.has(&["take the place of those posted before", "written off instead of", "Difference"]);
}

#[tokio::test]
async fn a_person_who_works_one_remittance_or_one_kind_stays_there() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Poster).await;
    receive(&office, "T80", "30", "CLP*A1*1*10*10**12*P1~CLP*A2*1*20*20**12*P2~").await;
    receive(&office, "T81", "40", "CLP*B1*1*40*40**12*P3~").await;
    let set = office.get("/remittances").await;
    let ids: Vec<&str> = set.html.split("href=\"/remittances/rem_").skip(1).map(|rest| &rest[..26]).collect();
    let (newer, older) = (format!("rem_{}", ids[0]), format!("rem_{}", ids[1]));
    let of_older = format!("/exceptions?remittance={older}");
    office.get(&format!("/remittances/{older}")).await.has(&[&format!("href=\"{of_older}\" data-key=\"e\"")]);

    let queue = office.get(&of_older).await;
    queue.has(&["2 open of", "<b>A1</b>", "<b>A2</b>", &format!("type=no_match&#38;remittance={older}")]);
    assert!(!queue.html.contains("<b>B1</b>"));
    let item = queue.link("/exceptions/rex_");
    assert!(item.ends_with(&format!("?remittance={older}")), "{item}");
    let item = item.split('?').next().unwrap();
    let form = format!("idempotency_key=1&action=return_to_payer&type=no_match&remittance={older}");
    let done = office.send(Method::POST, item, &form).await;
    assert_eq!(done.location, format!("/exceptions?type=no_match&remittance={older}"));
    let rest = office.get(&done.location).await;
    rest.has(&["1 open of", "<b>A2</b>", "name=\"type\" value=\"no_match\""]);
    rest.has(&[&format!("name=\"remittance\" value=\"{older}\"")]);
    office.get(&format!("/exceptions?remittance={newer}")).await.has(&["1 open of", "<b>B1</b>"]);
    assert_eq!(office.get("/exceptions?remittance=rem_x").await.status, 422);
    let api = office.get(&format!("/api/v1/exceptions?remittance={older}")).await;
    api.has(&["\"A2\""]);
    assert!(!api.html.contains("\"A1\"") && !api.html.contains("\"B1\""), "settled, and another's");
}

#[tokio::test]
async fn a_remittance_shows_the_first_of_many_exceptions_and_where_the_rest_stand() {
    let office = office().await;
    let body: String = (10..40).map(|n| format!("CLP*N{n}*1*1*1**12*Q{n}~")).collect();
    receive(&office, "T82", "30", &body).await;
    let set = office.get("/remittances").await.link("/remittances/rem_");
    let page = office.get(&set).await;
    page.has(&["30 exceptions", "These are the first", &format!("/exceptions?remittance={}", &set[13..])]);
    assert_eq!(page.html.matches("Next: ").count(), 25);
    assert_eq!(page.html.matches("Waits: no match").count(), 30, "each of the claims says that it waits");
    let whole = office.get(&format!("/api/v1{set}")).await;
    assert_eq!(whole.html.matches("\"rex_").count(), 30);
}

#[tokio::test]
async fn a_claim_is_named_by_the_number_that_stands_on_paper() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Poster).await;
    receive(&office, "T95", "20", "CLP*NONE*1*20*20**12*PN~").await;
    let item = office.get("/exceptions").await.link("/exceptions/rex_");
    let item = item.split('?').next().unwrap();
    let found = [office.number.to_lowercase(), "PCN7".to_owned(), office.claim.to_string()];
    for named in found {
        let page = office.get(&format!("{item}?action=match&claim={named}")).await;
        page.has(&[&format!("name=\"claim\" value=\"{}\"", office.claim), "Difference"]);
    }
    let page = office.get(&format!("{item}?action=match&claim=X404")).await;
    page.has(&["value=\"X404\"", "under a number that begins so"]);
    assert!(!page.html.contains("Difference"));
}
