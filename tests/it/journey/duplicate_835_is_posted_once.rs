//! The same money, told twice.

use firstpass::remits::State;

use crate::journey::Office;
use crate::remits::{file, set_from};

#[tokio::test]
async fn a_file_that_comes_again_and_a_payment_that_comes_in_another_file_move_nothing() {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = &office.send().await[0];
    let body = format!(
        "CLP*{number}*1*150*80*20*12*PCN1~SVC*HC:99213*150*80**1~CAS*CO*45*30~CAS*PR*1*20~CAS*CO*50*20~"
    );
    let text = file(&[set_from("SBXMERID", "T1", "80", &body)]);
    let mail = office.receive("a.835", text.as_bytes()).await;
    assert_eq!(mail.remittances[0].outcome, State::Posted);
    assert_eq!((mail.followed.denials.count, mail.followed.patient.count), (1, 1));
    let books = "insurance_cash 80.00, insurance_ar 20.00, patient_ar 20.00, charges 150.00, \
                 contractual_adjustments 30.00";
    assert_eq!(office.books().await, books);

    let again = office.receive("b.835", text.as_bytes()).await;
    assert_eq!(again.file, mail.file, "the same bytes are kept once");
    assert_eq!(again.followed, Default::default());
    assert_eq!(office.books().await, books);

    let resent =
        text.replace("*000000001*0*T", "*000000002*0*T").replace("IEA*1*000000001", "IEA*1*000000002");
    let other = office.receive("c.835", resent.as_bytes()).await;
    assert_ne!(other.file, mail.file);
    assert_eq!(other.remittances[0].outcome, State::Duplicate);
    assert_eq!(other.followed, Default::default());
    assert_eq!(office.books().await, books);
    assert_eq!(office.statuses().await, ["partially_paid"]);
    office.proves().await;
}
