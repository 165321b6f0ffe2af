//! `/find`: a claim, a patient or a payment by what somebody has at hand.

use actix_web::http::Method;
use firstpass::journey;
use firstpass::registry::patients;
use firstpass::types::Clock;

use super::{Answered, Office, office};
use crate::support::practice::patient;

impl Office {
    async fn find(&self, text: &str) -> Answered {
        self.send(Method::POST, "/find", &format!("q={text}")).await
    }
}

#[tokio::test]
async fn a_single_fit_opens_at_once_and_several_are_listed() {
    let office = office().await;
    let empty = office.get("/find").await;
    empty.has(&["Claim number, payer", "Ctrl"]);
    assert!(!empty.html.contains("Nothing begins so"));
    let claim = format!("/claims/{}", office.claim);
    // Our number, its beginning in small letters, and with blanks.
    let (head, tail) = office.number.split_at(5);
    for text in [office.number.clone(), office.number.to_lowercase(), format!("{head}+{tail}")] {
        let found = office.find(&text).await;
        assert_eq!((found.status, found.location.as_str()), (303, claim.as_str()), "{text}");
    }
    // The payer's number, written in another way, and its check.
    let body = format!("CLP*{}*1*315*300**12*00PCN-9~CAS*OA*23*15~", office.number);
    let text = crate::remits::file(&[crate::remits::set_from("AETNA1", "chk-5501", "300", &body)]);
    let clock = Clock::standing_at("2026-04-03T15:00:00Z".parse().unwrap());
    journey::receive_file(&office.world.db, &office.actor, &clock, "r.835", text.as_bytes()).await.unwrap();
    assert_eq!(office.find("pcn9").await.location, claim);
    let payment = office.find("CHK-55").await;
    assert_eq!(payment.status, 303);
    assert!(payment.location.starts_with("/remittances/rem_"), "{}", payment.location);
    let patient = office.find("a-100").await;
    assert_eq!(patient.status, 303);
    assert!(patient.location.starts_with("/patients/pat_"), "{}", patient.location);

    // What begins nothing, and what would begin everything.
    for text in ["zzz", "%25", "000", "-"] {
        let page = office.find(text).await;
        assert_eq!(page.status, 200, "{text}");
        page.has(&["Nothing begins so"]);
    }
    // A payment whose check number is the claim's number: both are listed.
    let text = crate::remits::file(&[crate::remits::set_from("AETNA1", &office.number, "0", "")]);
    journey::receive_file(&office.world.db, &office.actor, &clock, "s.835", text.as_bytes()).await.unwrap();
    let several = office.find(&office.number).await;
    assert_eq!((several.status, several.no_store), (200, true));
    several.has(&["Claims by number", "Remittances by check or trace number", &claim, "Roe, Jane"]);
}

#[tokio::test]
async fn ten_are_listed_and_only_an_eleventh_is_said_to_be_left_out() {
    let office = office().await;
    let add = async |numbers: std::ops::Range<u32>| {
        let new: Vec<_> = numbers.map(|number| patient(&format!("ZED-{number}"))).collect();
        let save = async |tx: &mut _| patients::save(tx, &new).await;
        office.world.db.transaction(&office.actor, save).await.unwrap();
    };
    add(10..20).await;
    let ten = office.find("zed").await;
    assert_eq!(ten.html.matches("ZED-").count(), 10);
    assert!(!ten.html.contains("the first"));
    add(20..21).await;
    let eleven = office.find("zed").await;
    assert_eq!(eleven.html.matches("ZED-").count(), 10);
    eleven.has(&["the first 10: say more of the name"]);
}

#[tokio::test]
async fn a_text_that_no_table_keeps_is_refused() {
    let office = office().await;
    let refused = office.find("a%00b").await;
    assert_eq!(refused.status, 422);
    refused.has(&["a text has the character 0"]);
}
