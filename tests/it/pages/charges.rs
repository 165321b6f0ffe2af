//! Charge entry as a browser gets it: the form with and without a script, drafts, rejected messages.

use actix_web::http::Method;
use firstpass::access::Role;
use firstpass::charges::messages;
use firstpass::db::Actor;
use firstpass::journey;

use super::office;
use crate::charges::import_charges::file as charge_file;
use crate::support::browser::multipart;
use crate::support::practice::{DOCTOR_NPI, GROUP_NPI};
use crate::support::{self, World};

/// The form of a visit of one line, as a browser sends it.
fn form(action: &str, draft: &str, line: &str) -> String {
    format!(
        "idempotency_key=k-{action}-{draft}&draft={draft}&action={action}&patient_account=A-100&service_date=03%2F09%2F2026&\
         place_of_service=11&billing_npi={GROUP_NPI}&rendering_npi={DOCTOR_NPI}&dx1=e11.9&dx2=I10&visit_number=E77&\
         date=&procedure=99213&{line}&date=&procedure=&modifiers=&pointers=&units=&charge="
    )
}
const LINE: &str = "modifiers=25&pointers=AB&units=1&charge=150.00";

#[tokio::test]
async fn the_form_stands_with_the_practices_providers_and_a_number() {
    let office = office().await;
    let page = office.get("/charges/new").await;
    assert_eq!(page.status, 200);
    page.has(&[
        "<title>Charge entry · Firstpass</title>",
        r#"action="/charges/new""#,
        &format!(r#"<option value="{GROUP_NPI}" selected>Elm Street Clinic, {GROUP_NPI}</option>"#),
        &format!(r#"<option value="{DOCTOR_NPI}">Nguyen, An, {DOCTOR_NPI}</option>"#),
        r#"data-field="lines.4.charge""#,
        "What a payer would refuse stands here while you type.",
        r#"name="visit_number" data-field="visit_number" value="E"#,
    ]);
    assert!(!page.html.contains("style="), "the content security policy refuses inline style");
    assert!(page.no_store);
}

#[tokio::test]
async fn findings_come_as_a_part_of_the_page_and_write_nothing() {
    let office = office().await;
    let part = office
        .send(Method::POST, "/charges/check", &form("", "", "modifiers=&pointers=&units=1&charge=150.00"))
        .await;
    assert_eq!(part.status, 200);
    part.has(&[
        r#"data-field="lines.0.pointers""#,
        "Asked first</dt><dd class=\"strong\">First Health",
        r#"<li data-for="patient_account">Roe, Jane, 05/06/1980</li>"#,
        r#"<li data-for="dx2">Essential (primary) hypertension</li>"#,
        "rules in ",
    ]);
    let begun =
        office.send(Method::POST, "/charges/check", "patient_account=A-1&procedure=99213&pointers=Z").await;
    begun.has(&["Not there yet", "Line 1 diagnosis pointers is not a list of diagnoses"]);
}

#[tokio::test]
async fn a_release_that_a_rule_stops_charges_nothing_and_keeps_what_was_typed() {
    let office = office().await;
    let wrong = form("release", "", "modifiers=&pointers=&units=1&charge=150.00");
    let page = office.send(Method::POST, "/charges/new", &wrong).await;
    assert_eq!(page.status, 422);
    page.has(&[
        "Nothing was charged.",
        "mend it, or charge the visit and hold its claim",
        r#"value="A-100""#,
        r#"value="99213""#,
        r#"data-field="lines.0.pointers" aria-label="Line 1 diagnosis pointers" value="" maxlength="20" aria-invalid="true""#,
    ]);
    let missing = office.send(Method::POST, "/charges/new", "idempotency_key=k&action=release").await;
    assert_eq!(missing.status, 422);
    missing.has(&["Patient is missing", "Place is missing"]);
}

#[tokio::test]
async fn a_release_charges_the_visit_queues_its_claim_and_happens_once() {
    let office = office().await;
    let draft = "dft_01h455vb4pex5vsknk084sn02q";
    let body = form("release", draft, LINE);
    let done = office.send(Method::POST, "/charges/new", &body).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/charges/new"));
    let again = office.send(Method::POST, "/charges/new", &body).await;
    assert_eq!((again.status, again.location.as_str()), (303, "/charges/new"));
    let list = office.get("/charges").await;
    list.has(&["visit dft_01h455vb4pex5vsknk084sn02q", "Accepted"]);
    assert_eq!(list.html.matches("Accepted").count(), 1);
    office.get("/claims?view=all").await.has(&["150.00"]);
}

#[tokio::test]
async fn a_visit_may_be_charged_and_its_claim_held() {
    let office = office().await;
    let body = form("hold", "dft_01h455vb4pex5vsknk084sn02q", "modifiers=&pointers=&units=1&charge=99.00");
    let done = office.send(Method::POST, "/charges/new", &body).await;
    assert_eq!(done.status, 303);
    assert!(done.location.starts_with("/claims/clm_"), "{}", done.location);
    office.get(&done.location).await.has(&["Held", "99.00"]);
}

#[tokio::test]
async fn without_a_script_lines_are_added_and_the_form_is_checked() {
    let office = office().await;
    let more = office.send(Method::POST, "/charges/new", &form("lines", "", LINE)).await;
    assert_eq!(more.status, 200);
    more.has(&[r#"data-field="lines.9.charge""#, r#"value="99213""#]);
    let checked = office.send(Method::POST, "/charges/new", &form("check", "", LINE)).await;
    assert_eq!(checked.status, 200);
    checked.has(&["If released as it is", "First Health"]);
}

#[tokio::test]
async fn a_draft_is_its_writers_own_and_goes_when_the_visit_is_charged() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let service = world.serve();
    world.person(&practice.actor, "wren@elm.example", Role::Biller).await;
    world.person(&practice.actor, "ada@elm.example", Role::Biller).await;
    let wren = service.cookie("wren@elm.example").await;
    let ada = service.cookie("ada@elm.example").await;
    let token = format!("X-CSRF-Token: {}", service.csrf(&wren).await);
    let draft = "dft_01h455vb4pex5vsknk084sn02q";
    let body = form("", draft, LINE);
    // What was pasted may bring a character that no table keeps.
    let pasted = body.replace("dx2=I10", "dx2=I%0010");
    let saved = service.form("/charges/draft", &[&wren, &token], &pasted).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
    let page = service.get(&format!("/charges/new?draft={draft}"), &[&wren]).await.body;
    for typed in [r#"value="A-100""#, r#"value="e11.9""#, r#"value="150.00""#, "Saved "] {
        assert!(page.contains(typed), "the page lacks {typed}");
    }
    assert!(service.get("/charges", &[&wren]).await.body.contains(draft));
    assert_eq!(service.get(&format!("/charges/new?draft={draft}"), &[&ada]).await.status, 404);
    assert!(!service.get("/charges", &[&ada]).await.body.contains(draft));
    let without_token = service.form("/charges/draft", &[&wren], &body).await;
    assert_eq!(without_token.status, 403);

    // Held: by the server's clock the payer's filing limit has passed.
    let charged = service.form("/charges/new", &[&wren, &token], &form("hold", draft, LINE)).await;
    assert_eq!(charged.status, 303, "{}", charged.body);
    assert_eq!(service.get(&format!("/charges/new?draft={draft}"), &[&wren]).await.status, 404);
}

async fn reject(world: &World, actor: &Actor) -> firstpass::types::ChargeMessageId {
    let clock = firstpass::types::Clock::standing_at("2026-04-02T15:00:00Z".parse().unwrap());
    let message = b"MSH|^~\\&|EHR||||||DFT^P03|M-1\r";
    journey::receive_hl7(&world.db, actor, &clock, message, "m.hl7").await.unwrap();
    let list = async |tx: &mut _| messages::messages(tx, None, None, 1).await;
    world.db.transaction(actor, list).await.unwrap()[0].id
}

#[tokio::test]
async fn rejected_messages_are_explained_and_have_a_button() {
    let mut office = office().await;
    let id = reject(&office.world, &office.actor).await;
    let page = office.get("/charges").await;
    page.has(&["Rejected messages", &format!("/charges/messages/{id}/replay"), "<code>"]);
    let again =
        office.send(Method::POST, &format!("/charges/messages/{id}/replay"), "idempotency_key=k1").await;
    assert_eq!((again.status, again.location.as_str()), (303, "/charges"));
    let actor = office.actor.clone();
    office.act(&actor, Role::Reviewer).await;
    assert_eq!(office.get("/charges").await.status, 403);
}

#[tokio::test]
async fn patients_are_found_by_account_and_by_name() {
    let office = office().await;
    let found = office.send(Method::POST, "/charges/patients", "q=roe%2C+j").await;
    found.has(&[r#"{"code":"A-100","title":"Roe, Jane, 05/06/1980"}"#]);
    office.send(Method::POST, "/charges/patients", "q=a-2").await.has(&["A-200"]);
    assert_eq!(office.send(Method::POST, "/charges/patients", "q=%25").await.html, "[]");
    assert_eq!(office.send(Method::POST, "/charges/patients", "q=").await.html, "[]");
}

/// A file of another system.
const THEIRS: &str = "Ticket,Pt Acct,DOS,CPT,Qty,Fee,Dx,Room\n\
                      T1,A-100,02/03/2026,99213,1,150,I10,3\n\
                      T2,A-200,02/04/2026,99214,x,165,I10,4\n";

#[tokio::test]
async fn the_columns_of_a_file_are_bound_looked_at_and_saved_without_a_script() {
    let office = office().await;
    office.get("/charges/mappings").await.has(&["None yet", r#"enctype="multipart/form-data""#]);
    let (kind, body) =
        multipart(&[("idempotency_key", "k1"), ("name", "old system")], &[("file", "june.csv", THEIRS)]);
    let sent = office.send_as(Method::POST, "/charges/mappings/file", kind, &body).await;
    assert_eq!(sent.status, 303);
    assert!(sent.location.ends_with("&name=old%20system"), "{}", sent.location);
    let page = office.get(&sent.location).await;
    page.has(&[
        "<h1>old system</h1>",
        "still missing: Billing NPI, Place of service, Pointers",
        r#"<option value="Ticket" selected>Ticket</option>"#,
        "A-100 · A-200",
        "Read over: Room.",
    ]);

    let file = sent.location.split("file=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let fields = |act: &str, more: &str| {
        format!(
            "idempotency_key=k-{act}-{}&file={file}&name=old+system&dates=day_first&act={act}&\
             column.visit_number=Ticket&column.patient_account=Pt+Acct&column.service_date=DOS&column.procedure=CPT&\
             column.units=Qty&column.charge=Fee&column.dx1=Dx&column.modifiers={more}",
            more.len()
        )
    };
    let defaults = format!("&default.billing_npi={GROUP_NPI}&default.place_of_service=11&default.pointers=A");
    let missing = office.send(Method::POST, "/charges/mappings", &fields("save", "")).await;
    assert_eq!(missing.status, 422);
    missing.has(&["Not as it stands.", r#"<option value="day_first" selected>"#]);
    let looked = office.send(Method::POST, "/charges/mappings", &fields("look", &defaults)).await;
    assert_eq!(looked.status, 200);
    looked.has(&["What the file reads as", "2 visits, 1 lines", "<code>units</code>", "is not a number"]);
    office.get("/charges/mappings").await.has(&["None yet"]);

    let saved = office.send(Method::POST, "/charges/mappings", &fields("save", &defaults)).await;
    assert_eq!((saved.status, saved.location.as_str()), (303, "/charges/mappings"));
    let list = office.get("/charges/mappings").await;
    let edit = office.get(&list.link("/charges/mappings/edit?name=old")).await;
    edit.has(&[
        "without a file",
        r#"name="column.visit_number" value="Ticket""#,
        r#"value="day_first" selected"#,
    ]);
    let removed =
        office.send(Method::POST, "/charges/mappings/remove", "idempotency_key=k9&name=old+system").await;
    assert_eq!(removed.status, 303);
    office.get("/charges/mappings").await.has(&["None yet"]);
}

#[tokio::test]
async fn a_charge_file_is_uploaded_without_a_script() {
    let office = office().await;
    let csv = charge_file(&[("V9", "A-100", "2026-03-20,11,99213,25,1,150.00,E11.9,I10,AB")]);
    let send = async |key: &str, mode: &str| {
        let fields = [("idempotency_key", key), ("mapping", ""), ("mode", mode)];
        let (kind, body) = multipart(&fields, &[("file", "march.csv", &csv)]);
        office.send_as(Method::POST, "/charges/uploads", kind, &body).await
    };
    send("k1", "dry").await.has(&["Dry run: nothing was imported.", "1 visits, 1 lines, 150.00 charged"]);
    send("k2", "import").await.has(&["<b>Imported.</b>", "1 visits, 1 lines, 150.00 charged"]);
    send("k3", "import").await.has(&["This file was imported before"]);
    office.get("/charges").await.has(&["march.csv"]);
    let (kind, body) = multipart(&[("idempotency_key", "k4")], &[]);
    assert_eq!(office.send_as(Method::POST, "/charges/uploads", kind, &body).await.status, 422);
}

#[tokio::test]
async fn a_message_that_was_cut_is_shown_without_a_replay() {
    let office = office().await;
    let listener = journey::listen_mllp("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, told) = tokio::sync::oneshot::channel::<()>();
    let told = async { drop(told.await) };
    let clock = firstpass::types::Clock::standing_at("2026-03-10T15:00:00Z".parse().unwrap());
    let serving = tokio::spawn(journey::serve_mllp(
        listener,
        office.world.db.clone(),
        office.actor.clone(),
        clock,
        journey::MllpLimits::default(),
        told,
    ));
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let part = b"\x0bMSH|^~\\&|EHR|ELM|||20260302||DFT^P03|641|P|2.5.1\rPID|1";
    tokio::io::AsyncWriteExt::write_all(&mut stream, part).await.unwrap();
    tokio::io::AsyncWriteExt::shutdown(&mut stream).await.unwrap();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut vec![]).await.unwrap();
    drop(stop);
    serving.await.unwrap();
    let page = office.get("/charges").await;
    page.has(&["DFT^P03 641", "after 54 bytes the connection ended", "its sender must send it again"]);
    assert!(!page.html.contains("/replay"));
}
