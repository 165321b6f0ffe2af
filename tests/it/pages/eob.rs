//! `/remittances/new`: an EOB is entered without a script, from an empty form to its posting.

use actix_web::http::Method;
use firstpass::access::Role;
use firstpass::charges::{Mode, read_sheet};
use firstpass::codes::Codes;
use firstpass::exchange::files::{Direction, keep};
use firstpass::{journey, submissions};

use super::{Answered, Office, office};
use crate::charges::import_charges::file as charge_file;
use crate::support::browser::multipart;

impl Office {
    /// A visit of 150.00 that was sent, by the number of its claim.
    async fn sent(&self) -> String {
        let csv = charge_file(&[("V9", "A-100", "2026-03-09,11,99213,,1,150.00,E11.9,I10,AB")]);
        let (now, codes) = (self.app.clock.now(), Codes::shipped());
        let import = self.world.db.transaction(&self.actor, async |tx| {
            let kept = keep(tx, csv.as_bytes(), "more.csv", Direction::In).await?;
            let charges = read_sheet(csv.as_bytes(), None)?;
            journey::import_charges(tx, now, kept.id, charges, Mode::AllOrNothing).await
        });
        import.await.unwrap();
        journey::scrub_drafts(&self.world.db, &self.actor, now, codes).await.unwrap();
        let queue = self.world.db.transaction(&self.actor, async |tx| {
            let queued = journey::queue_ready(tx, now, codes).await?;
            let sendings = submissions::of_claim(tx, queued[0].claim).await?;
            Ok(sendings[0].control_number.clone())
        });
        queue.await.unwrap()
    }

    async fn enter(&self, key: &str, fields: &str) -> Answered {
        let body = format!("idempotency_key={key}&{fields}");
        self.send(Method::POST, "/remittances/new", &body).await
    }
}

/// The fields of the one claim as they stand in the form, with what is typed.
fn claim(page: &Answered, number: &str, paid: &str, adjustments: &str) -> String {
    page.has(&[&format!("name=\"claim\" value=\"{number}\"")]);
    format!(
        "claim={number}&claim_charged=150.00&status=1&payer_number=ICN9&claim_adjustments=&claim_remarks=&\
         line={}&procedure=99213&modifiers=&service_on=2026-03-09&charged=150.00&allowed=&paid={paid}&\
         adjustments={adjustments}&remarks=",
        page.value("line")
    )
}

#[tokio::test]
async fn an_eob_is_found_filled_checked_and_posted_once() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Poster).await;
    let number = office.sent().await;
    office.get("/remittances").await.has(&["href=\"/remittances/new\""]);
    let empty = office.get("/remittances/new").await;
    empty.has(&["First Health", "Service, claim and payment, with their numbers, stand here."]);

    // The patient has two claims that were sent: they are offered, the latest service first.
    let several = office.enter("k1", "act=find&find=roe%2C+ja").await;
    several.has(&["Roe, Jane", "03/09/2026", &number, &office.number]);
    let nobody = office.enter("k2", "act=find&find=nobody").await;
    assert_eq!(nobody.status, 422);
    nobody.has(&["no claim that was sent fits"]);
    let one = office.enter("k3", &format!("act=find&find={number}")).await;
    one.has(&["99213", "150.00"]);

    // 150.00 - 0 = 150.00, and 80.00 is paid: 70.00 is not explained.
    let payer = {
        let at = one.html.find("\" selected>First Health").expect("the claim's payer is chosen");
        one.html[..at].rsplit('"').next().unwrap().to_owned()
    };
    let head = format!("payer={payer}&number=4711&paid_on=2026-04-02&amount=80.00&method=CHK");
    let typed = claim(&one, &number, "80", "PR-1+20");
    let off = office.enter("k4", &format!("{head}&{typed}&act=check")).await;
    off.has(&["Claim 1, line 1: SVC02 - CAS = SVC03", "150.00 − 20.00 = 130.00, and the EOB says 80.00"]);
    let refused = office.enter("k5", &format!("{head}&{typed}&act=post")).await;
    assert_eq!(refused.status, 422);
    refused.has(&["Nothing was posted", "SVC02 - CAS = SVC03"]);
    // What is left is the contract's: 150 - 80 - 20 = 50.
    let rest = office.enter("k6", &format!("{head}&{typed}&rest=0")).await;
    rest.has(&["PR-1 20, CO-45 50.00", "Each of its 3 equations holds."]);
    let unread = office.enter("k7", &format!("{head}&{}&act=post", typed.replace("PR-1+20", "PR-1"))).await;
    unread.has(&["a field cannot be read", "aria-invalid=\"true\""]);

    let whole = format!("{head}&{}&act=post", claim(&one, &number, "80", "PR-1+20%2C+CO-45+50"));
    let posted = office.enter("k8", &whole).await;
    assert_eq!(posted.status, 303, "{}", posted.html);
    assert_eq!(office.enter("k8", &whole).await.location, posted.location, "sent twice, posted once");
    let page = office.get(&posted.location).await;
    page.has(&["4711", "entered by hand", "80.00", "CO-45", "PR-1"]);
    // The same check once more is a duplicate.
    let again = office.enter("k9", &whole).await;
    assert_eq!(again.location.split('#').next(), posted.location.split('#').next());
}

#[tokio::test]
async fn what_is_typed_is_kept_until_it_is_posted_and_nobody_else_sees_it() {
    let office = office().await;
    let number = office.sent().await;
    let service = office.world.serve();
    office.world.person(&office.actor, "wren@elm.example", Role::Poster).await;
    office.world.person(&office.actor, "ada@elm.example", Role::Poster).await;
    let wren = service.cookie("wren@elm.example").await;
    let ada = service.cookie("ada@elm.example").await;
    let token = format!("X-CSRF-Token: {}", service.csrf(&wren).await);
    let draft = "dft_01h455vb4pex5vsknk084sn02q";
    let at_draft = format!("/remittances/new?draft={draft}");
    // As the script sends it while one types; a character that no table keeps is left out.
    let typed = format!("draft={draft}&number=47%0011&amount=80.00&paid_on=2026-04-02");
    let saved = service.form("/remittances/draft", &[&wren, &token], &typed).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
    assert!(saved.body.starts_with("{\"saved\":\""), "{}", saved.body);
    let begun = service.get("/remittances/new", &[&wren]).await.body;
    assert!(begun.contains("Begun before") && begun.contains(&at_draft), "{begun}");
    assert!(!service.get("/remittances/new", &[&ada]).await.body.contains("Begun before"));
    assert_eq!(service.get(&at_draft, &[&ada]).await.status, 404);
    // Every button keeps what was typed, without a script.
    let find = format!("idempotency_key=k1&{typed}&act=find&find={number}");
    assert_eq!(service.form("/remittances/new", &[&wren, &token], &find).await.status, 200);
    let kept = service.get(&at_draft, &[&wren]).await.body;
    for text in ["value=\"4711\"", "value=\"80.00\"", &number, "99213", "Saved "] {
        assert!(kept.contains(text), "the draft lacks {text}");
    }
    // What is not wanted is gone.
    let discard = format!("idempotency_key=k2&{typed}&act=discard");
    assert_eq!(service.form("/remittances/new", &[&wren, &token], &discard).await.status, 303);
    assert_eq!(service.get(&at_draft, &[&wren]).await.status, 404);
}

#[tokio::test]
async fn a_posted_claim_is_turned_round_for_its_reversal() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Poster).await;
    let number = office.sent().await;
    let one = office.enter("k1", &format!("act=find&find={number}")).await;
    let payer = {
        let at = one.html.find("\" selected>First Health").expect("the claim's payer is chosen");
        one.html[..at].rsplit('"').next().unwrap().to_owned()
    };
    let entered = claim(&one, &number, "80", "PR-1+20%2C+CO-45+50");
    let head = format!("payer={payer}&paid_on=2026-04-02&method=CHK&number=4711&amount=80.00");
    let posted = office.enter("k2", &format!("{head}&{entered}&act=post")).await;
    assert_eq!(posted.status, 303, "{}", posted.html);

    // The payer takes it back: 150 - 80 - 20 - 50 = 0, every amount the other way.
    let blank = claim(&one, &number, "", "");
    let back = format!("payer={payer}&paid_on=2026-05-02&method=NON&number=4712&amount=0.00");
    let filled = office.enter("k3", &format!("{back}&others=WO+ICN9+-80.00&{blank}&reverse=0")).await;
    filled.has(&[
        "value=\"22\" selected",
        "name=\"payer_number\" value=\"ICN9\"",
        "name=\"claim_charged\" value=\"-150.00\"",
        "value=\"-80.00\"",
        "CO-45 -50.00",
        "PR-1 -20.00",
        "Each of its 3 equations holds.",
    ]);
    // What was never posted cannot be.
    let unknown = office.enter("k4", &format!("{back}&claim=NONE&claim_charged=1.00&reverse=0")).await;
    assert_eq!(unknown.status, 422);
    unknown.has(&["nothing is posted for claim NONE"]);
}

#[tokio::test]
async fn claims_are_offered_while_one_types_a_name() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Poster).await;
    let number = office.sent().await;
    let hits = office.send(Method::POST, "/remittances/claims", "q=roe").await;
    hits.has(&[&format!("\"code\":\"{number}\""), "Roe, Jane 03/09/2026 150.00 First Health"]);
    assert_eq!(office.send(Method::POST, "/remittances/claims", "q=nobody").await.html, "[]");
}

/// A made-up scan: what tells a PDF, and nothing of anybody.
const PDF: &str = "%PDF-1.4\nmade up\n%%EOF\n";

#[tokio::test]
async fn a_scan_stands_beside_the_form_goes_over_to_the_remittance_and_is_nobody_elses() {
    let mut office = office().await;
    office.act(&office.actor.clone(), Role::Poster).await;
    let number = office.sent().await;
    let one = office.enter("k1", &format!("act=find&find={number}")).await;
    let payer = {
        let at = one.html.find("\" selected>First Health").expect("the claim's payer is chosen");
        one.html[..at].rsplit('"').next().unwrap().to_owned()
    };
    let service = office.world.serve();
    let oak = office.world.practice("Oak Street").await;
    office.world.person(&office.actor, "wren@elm.example", Role::Poster).await;
    office.world.person(&office.actor, "ada@elm.example", Role::Poster).await;
    office.world.person(&oak.actor, "kim@oak.example", Role::Admin).await;
    let wren = service.cookie("wren@elm.example").await;
    let (ada, kim) = (service.cookie("ada@elm.example").await, service.cookie("kim@oak.example").await);
    let token = format!("X-CSRF-Token: {}", service.csrf(&wren).await);
    let draft = "dft_01h455vb4pex5vsknk084sn02q";
    let attach = async |to: &str, key: &str, files: &[(&str, &str, &str)]| {
        let fields = [("idempotency_key", key), ("draft", draft), ("number", "4711"), ("amount", "80.00")];
        let (kind, body) = multipart(&fields, files);
        service.send("POST", to, &[&wren, &token, &format!("Content-Type: {kind}")], &body).await
    };
    let new = "/remittances/new/scan";

    // What is none is refused, and what is typed stands there all the same.
    let none = attach(new, "s1", &[]).await;
    assert!(none.status == 422 && none.body.contains("the form has no file"), "{}", none.body);
    let page = attach(new, "s2", &[("scan", "eob.pdf", "<html><script>alert(1)</script></html>")]).await;
    assert_eq!(page.status, 422);
    for text in ["Nothing was attached", "no PDF, PNG, JPEG or TIFF by its content", "value=\"4711\""] {
        assert!(page.body.contains(text), "the page lacks {text}");
    }

    // The same bytes again are the same scan.
    for key in ["s3", "s4"] {
        let done = attach(new, key, &[("scan", "eob.pdf", PDF)]).await;
        assert_eq!((done.status, done.header("Location")), (303, format!("/remittances/new?draft={draft}")));
    }
    let page = service.get(&format!("/remittances/new?draft={draft}"), &[&wren]).await.body;
    assert!(page.contains("aria-label=\"Scan 1\"") && !page.contains("aria-label=\"Scan 2\""), "{page}");
    assert!(page.contains("value=\"4711\"") && page.contains("PDF, 23 bytes"), "{page}");
    let source = page.split("<iframe src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(source.starts_with(&format!("/remittances/drafts/{draft}/scans/fil_")), "{source}");
    let shown = service.get(&source, &[&wren]).await;
    assert_eq!((shown.status, shown.body.as_str()), (200, PDF));
    for (name, value) in [
        ("Content-Type", "application/pdf"),
        ("Content-Disposition", "inline; filename=\"scan.pdf\""),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
        ("X-Frame-Options", "SAMEORIGIN"),
        (
            "Content-Security-Policy",
            "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
        ),
    ] {
        assert_eq!(shown.header(name), value, "{name}");
    }
    assert_eq!(service.get(&source, &[&ada]).await.status, 404, "a draft is its person's own");
    assert_eq!(service.get(&source, &[&kim]).await.status, 404);

    // Taken away, and attached again.
    let file = source.rsplit('/').next().unwrap();
    let away = format!("idempotency_key=s5&draft={draft}&number=4711&amount=80.00&detach={file}");
    let page = service.form("/remittances/new", &[&wren, &token], &away).await;
    assert!(page.status == 200 && !page.body.contains("aria-label=\"Scan 1\""), "{}", page.body);
    assert_eq!(service.get(&source, &[&wren]).await.status, 404);
    assert_eq!(attach(new, "s6", &[("scan", "eob.pdf", PDF)]).await.status, 303);

    // Posted, it is the remittance's.
    let typed = claim(&one, &number, "80", "PR-1+20%2C+CO-45+50");
    let whole = format!(
        "idempotency_key=s7&draft={draft}&payer={payer}&number=4711&paid_on=2026-04-02&amount=80.00&method=CHK&\
         {typed}&act=post"
    );
    let posted = service.form("/remittances/new", &[&wren, &token], &whole).await;
    assert_eq!(posted.status, 303, "{}", posted.body);
    assert_eq!(service.get(&source, &[&wren]).await.status, 404, "the draft is gone");
    let remittance = posted.header("Location");
    let page = service.get(&remittance, &[&ada]).await.body;
    let scan = format!("{remittance}/scans/{file}");
    assert!(page.contains("Scans of the paper") && page.contains(&format!("href=\"{scan}\"")), "{page}");
    let shown = service.get(&scan, &[&ada]).await;
    assert_eq!(
        (shown.status, shown.body.as_str(), shown.header("Cache-Control").as_str()),
        (200, PDF, "no-store")
    );
    assert_eq!(service.get(&scan, &[&kim]).await.status, 404, "another practice's");
    assert_eq!(service.get(&format!("/files/{file}"), &[&kim]).await.status, 404);

    // The second page is added to what is posted; a page of text is not.
    let to = format!("{remittance}/scans");
    assert_eq!(attach(&to, "s8", &[("scan", "page-2.tif", "II*\0made up")]).await.status, 303);
    assert_eq!(attach(&to, "s9", &[("scan", "notes.txt", "made up")]).await.status, 415);
    let page = service.get(&remittance, &[&ada]).await.body;
    assert!(page.contains("TIFF") && page.contains("Scan 2") && !page.contains("Scan 3"), "{page}");
    assert!(page.contains("browsers do not show it: it is downloaded"), "{page}");
    let tiff = page.match_indices(&format!("href=\"{to}/")).nth(1).unwrap().0;
    let tiff: String = page[tiff + 6..].chars().take_while(|letter| *letter != '"').collect();
    let shown = service.get(&tiff, &[&ada]).await;
    assert_eq!(shown.header("Content-Disposition"), "attachment; filename=\"scan.tif\"");
    // By itself the file is nobody's to look at.
    assert_eq!(service.get(&format!("/files/{file}"), &[&ada]).await.status, 422);
}
