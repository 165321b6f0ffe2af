//! `/files/{id}`: from a number to its segment.

use firstpass::access::Role;

use super::office;

#[tokio::test]
async fn the_denied_amount_leads_to_the_cas_that_denied_it() {
    let office = office().await;
    let address = office.get("/denials").await.link("/files/");
    assert!(address.ends_with("&find=CAS*CO*197#hit"), "{address}");
    let page = office.get(&address).await;
    assert_eq!((page.status, page.no_store), (200, true));
    assert_eq!(page.html.matches(r#"class="hit""#).count(), 1, "one segment is lit");
    let hit = &page.html[page.html.find(r#"class="hit""#).unwrap()..];
    let hit = &hit[..hit.find("</li>").unwrap()];
    for text in [r#"<span class="seg-id">CAS</span>"#, "<mark>CO</mark>", "<mark>197</mark>", "165", "<em>"] {
        assert!(hit.contains(text), "{hit} lacks {text}");
    }
}

#[tokio::test]
async fn a_charge_leads_to_its_rows_of_the_charge_file() {
    let office = office().await;
    let claim = office.get(&format!("/claims/{}", office.claim)).await;
    let at = claim.html.find("?row=2&#38;rows=3#hit").or_else(|| claim.html.find("?row=2&amp;rows=3#hit"));
    let start = claim.html[..at.unwrap()].rfind("/files/").unwrap();
    let file = &claim.html[start..at.unwrap()];
    let page = office.get(&format!("{file}?row=2&rows=3")).await;
    assert_eq!(page.html.matches(r#"class="hit""#).count(), 2);
    page.has(&["no X12", "20610"]);
}

#[tokio::test]
async fn another_practices_file_is_not_found() {
    let mut office = office().await;
    let address = office.get("/denials").await.link("/files/");
    let other = office.world.practice("Oak Street").await;
    office.act(&other.actor, Role::Admin).await;
    let answered = office.get(&address).await;
    assert_eq!(answered.status, 404);
    assert!(!answered.html.contains("PCN7"));
}
