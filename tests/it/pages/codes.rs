//! `/codes` and `/codes/{table}/{code}`.

use actix_web::http::Method;
use firstpass::access::Role;

use super::office;
use crate::support;
use crate::support::browser::multipart;

#[tokio::test]
async fn a_code_is_found_by_words_and_explained() {
    let office = office().await;
    office.get("/codes").await.has(&["<h1>Codes</h1>", "04/02/2026", "Type two or three letters"]);
    let page = office.get("/codes?q=ess+hyp&table=icd10cm&on=2026-11-24").await;
    page.has(&["Essential (primary) hypertension", "10/01/2015", "billable", "value=\"ess hyp\""]);
    let code = office.get(&page.link("/codes/icd10cm/I10")).await;
    code.has(&["<h1>I10</h1>", ": may be billed on 2026-11-24.", "excludes1", "complete for that day"]);
    office.get("/codes?q=xyzzy").await.has(&["Nothing has these words."]);
}

#[tokio::test]
async fn a_heading_leads_to_the_codes_below_it() {
    let office = office().await;
    let heading = office.get("/codes/icd10cm/E11.4?on=2026-11-24").await;
    heading.has(&["Codes below it", "a heading, not billable: use one of the 6 codes below it"]);
    office.get(&heading.link("/codes/icd10cm/E11.42")).await.has(&["<h1>E11.42</h1>", "valid"]);
    let strange = office.get("/codes/icd9/250.00").await;
    assert_eq!(strange.status, 404);
}

/// Three rows in the layout of the AMA's short descriptors, with labels of ours; one is no row.
const CPT: &str = "99213 Visit of the test\n99214 Longer visit of the test\nnonsense\n";

#[tokio::test]
async fn an_official_file_is_tried_then_imported_then_undone() {
    let mut office = office().await;
    office.get("/codes/editions").await.has(&["Nothing was imported"]);
    assert!(
        !office.get("/codes/editions").await.html.contains("Import an official file"),
        "a biller reads only"
    );
    office.act(&office.actor.clone(), Role::Admin).await;
    office
        .get("/codes/editions")
        .await
        .has(&[r#"enctype="multipart/form-data""#, r#"<option value="icd10cm">ICD-10-CM</option>"#]);

    let (kind, body) = multipart(
        &[("idempotency_key", "k1"), ("table", ""), ("effective", "")],
        &[("file", "CPT2026_SHORTU.txt", CPT)],
    );
    let sent = office.send_as(Method::POST, "/codes/imports", kind, &body).await;
    assert_eq!(sent.status, 303);
    assert!(sent.location.starts_with("/codes/imports?file=fil_"), "{}", sent.location);
    let dry = office.get(&sent.location).await;
    assert_eq!(dry.status, 200);
    dry.has(&[
        "CPT descriptors",
        "3 rows read, <b>1 rejected</b>",
        "`nonsense` is no CPT code with its text",
        "CPT 2026",
        "01/01/2026",
    ]);
    office.get("/codes/editions").await.has(&["Nothing was imported"]);

    let file = sent.location.split("file=").nth(1).unwrap().to_owned();
    let confirm = format!("idempotency_key=k2&file={file}&table=&effective=");
    let done = office.send(Method::POST, "/codes/editions", &confirm).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/codes/editions"));
    // At once, and without a restart.
    office.get("/codes/cpt/99213?on=2026-03-02").await.has(&["Visit of the test", "CPT 2026"]);
    let list = office.get("/codes/editions").await;
    list.has(&["CPT2026_SHORTU.txt", "CPT 2026", "active", "key_"]);

    let other = multipart(&[("idempotency_key", "k3")], &[("file", "CPT2026_LONGULT.txt", "99213 Other\n")]);
    let sent = office.send_as(Method::POST, "/codes/imports", other.0, &other.1).await;
    let file = sent.location.split("file=").nth(1).unwrap().to_owned();
    let second =
        office.send(Method::POST, "/codes/editions", &format!("idempotency_key=k4&file={file}")).await;
    assert_eq!(second.status, 409);
    second.has(&["CPT 2026 of CPT2026_SHORTU.txt begins on 2026-01-01, too", "undo that import first"]);

    let at = list.html.find("action=\"/codes/editions/edn_").unwrap() + 8;
    let undo = list.html[at..].split('"').next().unwrap().to_owned();
    let undone = office.send(Method::POST, &undo, "idempotency_key=k5").await;
    assert_eq!((undone.status, undone.location.as_str()), (303, "/codes/editions"));
    office.get("/codes/editions").await.has(&["undone"]);
    assert!(!office.get("/codes/cpt/99213?on=2026-03-02").await.html.contains("Visit of the test"));
}

#[tokio::test]
async fn a_file_that_is_no_code_list_is_said_to_be_none_and_may_be_said_to_be_another() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Admin).await;
    let (kind, body) =
        multipart(&[("idempotency_key", "k1")], &[("file", "codes.txt", "99213 Visit of the test\n")]);
    let sent = office.send_as(Method::POST, "/codes/imports", kind, &body).await;
    let page = office.get(&sent.location).await;
    assert_eq!(page.status, 422);
    page.has(&[
        "It is not imported.",
        "neither codes.txt nor its name says from when it is valid",
        "Look again",
    ]);
    let again = office.get(&format!("{}&effective=2026-01-01", sent.location)).await;
    assert_eq!(again.status, 200);
    again.has(&["Import for all practices"]);
    let wrong = office.get(&format!("{}&effective=2026-01-01&table=carc", sent.location)).await;
    assert_eq!(wrong.status, 422);
    wrong.has(&["the file is cpt, not carc"]);
}

#[tokio::test]
async fn a_form_with_a_file_needs_the_token_of_its_session() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let service = world.serve();
    world.person(&practice.actor, "wren@elm.example", Role::Admin).await;
    let cookie = service.cookie("wren@elm.example").await;
    let token = service.csrf(&cookie).await;
    let send = async |fields: &[(&str, &str)]| {
        let (kind, body) = multipart(fields, &[("file", "CPT2026_SHORTU.txt", CPT)]);
        service.send("POST", "/codes/imports", &[&cookie, &format!("Content-Type: {kind}")], &body).await
    };
    assert_eq!(send(&[("idempotency_key", "k1")]).await.status, 403);
    assert_eq!(send(&[("csrf", "wrong"), ("idempotency_key", "k1")]).await.status, 403);
    let sent = send(&[("csrf", &token), ("idempotency_key", "k1")]).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
}
