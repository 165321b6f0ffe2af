//! `/claims/{id}/edit`, and the button of a finding's fix.

use actix_web::http::Method;
use firstpass::charges::{self, Mode};
use firstpass::codes::Codes;
use firstpass::exchange::files::{Direction, keep};
use firstpass::{claims, journey};

use super::{Office, office};
use crate::charges::import_charges::file as charge_file;

/// Another visit, held because its modifier stands twice; the page of its claim.
async fn held(office: &Office) -> String {
    let csv = charge_file(&[("V2", "A-100", "2026-03-09,11,99213,25 25,1,150.00,E11.9,I10,AB")]);
    let now = "2026-04-02T15:00:00Z".parse().unwrap();
    office
        .world
        .db
        .transaction(&office.actor, async |tx| {
            let kept = keep(tx, csv.as_bytes(), "more.csv", Direction::In).await?;
            let charges = charges::read_sheet(csv.as_bytes(), None)?;
            journey::import_charges(tx, now, kept.id, charges, Mode::AllOrNothing).await
        })
        .await
        .unwrap();
    journey::scrub_drafts(&office.world.db, &office.actor, now, Codes::shipped()).await.unwrap();
    let ids = office
        .world
        .db
        .transaction(&office.actor, async |tx| {
            claims::ids_with_status(tx, claims::Status::Held, None, 10).await
        })
        .await
        .unwrap();
    assert_eq!(ids.len(), 1);
    format!("/claims/{}", ids[0])
}

/// The page's own form, as a browser would send it, with some fields filled otherwise.
fn form(html: &str, begins: &str, changed: &[(&str, &str)]) -> String {
    let from = html.find(begins).unwrap_or_else(|| panic!("no {begins}"));
    let html = &html[from..from + html[from..].find("</form>").unwrap()];
    let attribute = |tag: &str, name: &str| {
        let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        Some(tag[at..].split('"').next().unwrap().replace("&#34;", "\"").replace("&#38;", "&"))
    };
    let mut fields = vec![];
    for tag in html.split("<input").skip(1) {
        let Some(name) = attribute(tag, "name") else { continue };
        let value = changed.iter().find(|(field, _)| *field == name).map(|(_, value)| (*value).to_owned());
        fields.push((name, value.or_else(|| attribute(tag, "value")).unwrap_or_default()));
    }
    serde_urlencoded::to_string(fields).unwrap()
}

#[tokio::test]
async fn a_claim_is_corrected_in_its_form_and_checked_again() {
    let office = office().await;
    let address = held(&office).await;
    office.get(&address).await.has(&["Correct <kbd>E</kbd>", "modifier 25 stands twice"]);
    let page = office.get(&format!("{address}/edit")).await;
    page.has(&[
        r#"name="modifiers-0" aria-label="Line 1 modifiers" value="25 25""#,
        r#"value="E11.9""#,
        r#"value="AB""#,
    ]);
    let body = form(
        &page.html,
        "<form id=\"correct\"",
        &[
            ("modifiers-0", "25"),
            ("dx-2", "E78.5"),
            ("pointers-0", "A, C"),
            ("procedure-1", "36415"),
            ("pointers-1", "a"),
            ("units-1", "1"),
            ("charged-1", "9.00"),
            ("from-1", "03/09/2026"),
        ],
    );
    let answered = office.send(Method::POST, &format!("{address}/edit"), &body).await;
    assert_eq!((answered.status, answered.location.as_str()), (303, address.as_str()), "{}", answered.html);
    let page = office.get(&address).await;
    page.has(&[
        "Ready",
        "<b>E78.5</b>",
        "36415",
        r#"<data value="159.00">159.00</data>"#,
        "Equals the ledger",
        "A C",
        "claim correction",
    ]);
    assert!(!page.html.contains("stands twice"));
}

#[tokio::test]
async fn what_cannot_be_read_is_named_and_what_was_typed_stays() {
    let office = office().await;
    let address = held(&office).await;
    let page = office.get(&format!("{address}/edit")).await;
    let body = form(
        &page.html,
        "<form id=\"correct\"",
        &[("units-0", "two"), ("charged-0", "1,234.5x"), ("dx-4", "I10")],
    );
    let answered = office.send(Method::POST, &format!("{address}/edit"), &body).await;
    assert_eq!(answered.status, 422);
    answered.has(&[
        "Nothing was changed.",
        "Diagnosis C is empty, and others follow",
        "Line 1 units is not a number",
        "Line 1 charged is not an amount such as 150.00",
        r#"value="two" maxlength="30" autocomplete="off" aria-invalid="true""#,
    ]);
    office.get(&address).await.has(&["modifier 25 stands twice"]);
}

#[tokio::test]
async fn the_button_of_a_finding_mends_it() {
    let office = office().await;
    let address = held(&office).await;
    let page = office.get(&address).await;
    page.has(&["data-fix>Remove the second 25</button>"]);
    let body = form(&page.html, "<form class=\"fix\"", &[]);
    let answered = office.send(Method::POST, &format!("{address}/fix"), &body).await;
    assert_eq!((answered.status, answered.location.as_str()), (303, address.as_str()), "{}", answered.html);
    let page = office.get(&address).await;
    assert!(!page.html.contains("stands twice"));
    page.has(&["Ready"]);
    // Pressed twice: the second finds nothing to mend.
    let again = office
        .send(Method::POST, &format!("{address}/fix"), &body.replace("idempotency_key=", "idempotency_key=x"))
        .await;
    assert_eq!(again.status, 409);
}
