//! Two insurances.

use crate::journey::Office;
use crate::remits::{file, set_from};

#[tokio::test]
async fn the_second_payer_is_asked_for_what_the_first_left_and_the_patient_owes_the_rest() {
    let office = Office::open().await;
    office.day(&[("P-BOTH", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;

    // Meridian: 78 % of 150.00 is 117.00, CO-45 33.00; copay 25.00; paid 92.00.
    assert_eq!(
        office.books().await,
        "insurance_cash 92.00, insurance_ar 25.00, charges 150.00, contractual_adjustments 33.00",
        "the copay is asked of the next payer before the patient"
    );
    let claims = office.claims().await;
    let (first, second) = (&claims[0], &claims[1]);
    assert_eq!((first.status.as_str(), second.status.as_str()), ("closed", "draft"));
    assert_eq!((second.account_claim, second.encounter), (first.id, first.encounter));
    let [earlier] = second.claim.other_payers.as_slice() else { panic!("Meridian, and nobody else") };
    assert_eq!(earlier.payer.identifier.text(), "SBXMERID");
    let decision = earlier.decision.as_ref().unwrap();
    assert_eq!(decision.paid.to_string(), "92.00");
    assert_eq!(decision.remaining_patient_liability.unwrap().to_string(), "25.00");
    let line = &second.claim.lines[0].adjudications[0];
    let adjusted: Vec<String> =
        line.adjustments.iter().map(|one| format!("{}-{} {}", one.group, one.reason, one.amount)).collect();
    assert_eq!(
        (line.paid.to_string(), adjusted.join(", ")),
        ("92.00".into(), "CO-45 33.00, PR-3 25.00".into())
    );

    // Prairie: 72 % of 150.00 is 108.00, 16.00 more than was paid; 9.00 of the copay are left.
    office.send().await;
    office.answers().await;
    assert_eq!(office.statuses().await, ["closed", "closed"]);
    assert_eq!(
        office.books().await,
        "insurance_cash 108.00, patient_ar 9.00, charges 150.00, contractual_adjustments 33.00"
    );
    office.proves().await;
}

#[tokio::test]
async fn a_claim_that_the_first_payer_sent_on_waits_for_the_next_one_and_is_not_sent_again() {
    let office = Office::open().await;
    office.charge(&[("P-BOTH", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = office.send().await[0].clone();
    // Meridian: 92.00 paid, 33.00 off, 25.00 for the next payer; MA18 says that it was sent on.
    let body = format!(
        "CLP*{number}*1*150*92*25*12*M1~NM1*QC*1*BOTH*PAT~MOA***MA18~SVC*HC:99213*150*92**1~CAS*CO*45*33~CAS*PR*3*25~"
    );
    let text = file(&[set_from("SBXMERID", "TM", "92", &body)]);
    assert_eq!(office.receive("m.835", text.as_bytes()).await.remittances[0].why, [""; 0]);
    assert_eq!(office.statuses().await, ["closed", "submitted"]);
    assert_eq!(office.send().await, [""; 0], "nothing is to be sent");

    // Prairie answers what Meridian sent on, under Meridian's number: 16.00 paid, 9.00 of the patient.
    let body = format!("CLP*{number}*2*150*16*9*12*R1~SVC*HC:99213*150*16**1~CAS*OA*23*125~CAS*PR*3*9~");
    let text = file(&[set_from("SBXPRAIR", "TP", "16", &body)]);
    let mail = office.receive("p.835", text.as_bytes()).await;
    assert_eq!(mail.remittances[0].exceptions, []);
    assert_eq!(office.statuses().await, ["closed", "closed"]);
    assert_eq!(
        office.books().await,
        "insurance_cash 108.00, patient_ar 9.00, charges 150.00, contractual_adjustments 33.00"
    );
    office.proves().await;
}

#[tokio::test]
async fn a_next_payer_that_answers_before_it_was_asked_has_its_draft_decided() {
    let office = Office::open().await;
    office.charge(&[("P-BOTH", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = office.send().await[0].clone();
    let body = format!("CLP*{number}*1*150*92*25*12*M1~SVC*HC:99213*150*92**1~CAS*CO*45*33~CAS*PR*3*25~");
    let text = file(&[set_from("SBXMERID", "TM", "92", &body)]);
    office.receive("m.835", text.as_bytes()).await;
    assert_eq!(office.statuses().await, ["closed", "draft"]);
    let body = format!("CLP*{number}*2*150*25**12*R1~SVC*HC:99213*150*25**1~CAS*OA*23*125~");
    let text = file(&[set_from("SBXPRAIR", "TP", "25", &body)]);
    let mail = office.receive("p.835", text.as_bytes()).await;
    assert_eq!(mail.remittances[0].exceptions, []);
    assert_eq!(office.statuses().await, ["closed", "closed"]);
    assert_eq!(office.send().await, [""; 0], "nothing is to be sent");
    office.proves().await;
}
