//! `/codes` and `/codes/{table}/{code}`.

use super::office;

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
