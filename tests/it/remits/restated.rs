//! An earlier payer decides anew after a later one has answered: the account ends where it would have, had
//! the files come in the right order.

use firstpass::remits::{self, SetReport, State};

use crate::remits::{Practice, Sent, clock, file, history, moved, practice, remit, set_from, waits};

const LINES: [(&str, &str); 1] = [("99213", "200.00")];

/// The first payer: 80.00 paid, 100.00 off by contract, 20.00 for the next payer.
fn first(number: &str) -> String {
    format!("CLP*{number}*1*200*80*20*12*PCN1~CAS*CO*45*100~CAS*PR*1*20~")
}

/// The same taken back.
fn taken_back(number: &str) -> String {
    format!("CLP*{number}*22*-200*-80*-20*12*PCN1~CAS*CO*45*-100~CAS*PR*1*-20~")
}

/// Decided anew: 90.00 paid, 90.00 off by contract, 20.00 for the next payer.
fn anew(number: &str) -> String {
    format!("CLP*{number}*1*200*90*20*12*PCN1~CAS*CO*45*90~CAS*PR*1*20~")
}

/// The second payer, who knows of 90.00: 10.00 paid, 95.00 off in all, 5.00 of the patient.
fn second(number: &str) -> String {
    format!("CLP*{number}*2*200*10*5*12*PCN9~CAS*OA*23*90~CAS*CO*45*95~CAS*PR*2*5~")
}

/// The second payer, who knows of 80.00 only: 10.00 paid, 105.00 off in all, 5.00 of the patient.
fn second_on_old(number: &str) -> String {
    format!("CLP*{number}*2*200*10*5*12*PCN9~CAS*OA*23*80~CAS*CO*45*105~CAS*PR*2*5~")
}

async fn visit(practice: &Practice) -> (Sent, Sent) {
    let first = practice.claim_with_second_payer(&LINES).await;
    let second = practice.second_claim(&first, &LINES).await;
    (first, second)
}

async fn from_second(practice: &Practice, trace: &str, paid: &str, body: &str) -> SetReport {
    practice.receive_one(&file(&[set_from("BETA2", trace, paid, body)])).await.0
}

/// The four files, each named by a letter: the first payer's decision (A), the second's (B), the reversal
/// (C), which the payer carries forward, and the correction (D), of which it takes what it carried.
async fn come_in(order: &str) {
    let practice = practice().await;
    let (one, two) = visit(&practice).await;
    for letter in order.chars() {
        match letter {
            'A' => practice.receive_one(&remit("TA", "80", &first(&one.number))).await.0,
            'B' => from_second(&practice, "TB", "10", &second(&two.number)).await,
            'C' => {
                let body = taken_back(&one.number) + "PLB*1*20261231*FB:PCN1*-80~";
                practice.receive_one(&remit("TC", "0", &body)).await.0
            }
            _ => {
                let body = anew(&one.number) + "PLB*1*20261231*FB:PCN1*80~";
                practice.receive_one(&remit("TD", "10", &body)).await.0
            }
        };
        practice.proves().await;
    }
    // 80.00 - 80.00 + 90.00 of the first and 10.00 of the second paid; 90.00 off by the first, 95.00 - 90.00
    // more by the second; 20.00 - 10.00 - 5.00 - 5.00 of the second's left.
    assert_eq!(practice.owed(&one).await, "insurance 0.00, patient 5.00", "{order}");
    assert_eq!(practice.owed_by(&one, practice.second_payer).await, "0.00", "{order}");
    assert_eq!(
        practice.books().await,
        "insurance_cash 100.00, patient_ar 5.00, charges 200.00, contractual_adjustments 95.00",
        "{order}"
    );
    assert!(practice.exceptions().await.is_empty(), "{order}");
    assert_eq!((practice.status(&one).await, practice.status(&two).await), ("paid".into(), "paid".into()));
}

#[tokio::test]
async fn whatever_the_order_of_the_files_the_account_ends_the_same() {
    for order in ["ACDB", "ACBD", "ABCD", "ABDC", "ADBC", "ADCB", "BACD", "BADC"] {
        come_in(order).await;
    }
}

#[tokio::test]
async fn what_a_later_payer_writes_off_is_posted_when_the_correction_comes() {
    let practice = practice().await;
    let (one, two) = visit(&practice).await;
    practice.receive_one(&remit("T1", "80", &first(&one.number))).await;
    let report = from_second(&practice, "T2", "10", &second(&two.number)).await;
    // 100.00 is off already: of its 95.00 nothing more, and 5.00 of its 20.00 is left.
    assert_eq!(moved(&report), "insurance_cash 10.00, insurance_ar -15.00, patient_ar 5.00");
    assert_eq!(practice.owed_by(&one, practice.second_payer).await, "5.00");

    let body = taken_back(&one.number) + &anew(&one.number);
    let (report, _) = practice.receive_one(&remit("T3", "10", &body)).await;
    // -80.00 + 90.00 of cash; -100.00 + 90.00 of the first's contract, and 95.00 - 90.00 of the second's.
    assert_eq!(moved(&report), "insurance_cash 10.00, insurance_ar -5.00, contractual_adjustments -5.00");
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert_eq!(practice.owed(&one).await, "insurance 0.00, patient 5.00");
    // The second's claim is said again with what is left of it.
    assert_eq!(history(&practice, &two).await, ["paid", "paid"]);
    assert_eq!(practice.count("remit_restatements").await, 1);
    practice.proves().await;

    // The set with the correction is taken back, and what it restated with it.
    let (now, why) = (clock().now(), "posted to the wrong practice");
    practice
        .world
        .db
        .transaction(&practice.actor, async |tx| {
            remits::unpost(tx, now, report.remittance, why, &mut ()).await
        })
        .await
        .unwrap();
    assert_eq!(practice.owed(&one).await, "insurance 5.00, patient 5.00");
    assert_eq!(practice.owed_by(&one, practice.second_payer).await, "5.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 90.00, insurance_ar 5.00, patient_ar 5.00, charges 200.00, contractual_adjustments 100.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn a_later_payer_that_counted_another_payment_waits_with_the_sums_until_it_decides_anew() {
    let practice = practice().await;
    let (one, two) = visit(&practice).await;
    practice.receive_one(&remit("T1", "80", &first(&one.number))).await;
    let report = from_second(&practice, "T2", "10", &second_on_old(&two.number)).await;
    assert_eq!(
        moved(&report),
        "insurance_cash 10.00, insurance_ar -20.00, patient_ar 5.00, contractual_adjustments 5.00"
    );
    let body = taken_back(&one.number) + &anew(&one.number);
    let (report, _) = practice.receive_one(&remit("T3", "10", &body)).await;
    // The second allows 95.00 of 200.00, whatever the first pays: 105.00 is off, 90.00 by the first and
    // 15.00 by the second. 90.00 + 10.00 + 5.00 is 10.00 more than 95.00: 5.00 more than the patient's 5.00.
    assert_eq!(waits(&report), "over_payment 5.00, earlier_payment_differs -10.00");
    let differs = practice.exceptions().await.into_iter().find(|one| one.item.amount.is_negative()).unwrap();
    assert!(
        differs.item.detail.ends_with(
            "counts 80.00 of earlier payers (OA-23); they have paid 90.00 and written off 90.00 by what stands now: \
             80.00 - 90.00 = -10.00"
        ),
        "{}",
        differs.item.detail
    );
    assert_eq!(practice.owed(&one).await, "insurance -10.00, patient 5.00");
    let off = "insurance_cash 100.00, insurance_ar -10.00, patient_ar 5.00, charges 200.00, \
               contractual_adjustments 105.00";
    assert_eq!(practice.books().await, off);
    practice.proves().await;

    // In the right order the books are the same.
    let other = crate::remits::practice().await;
    let (first_claim, second_claim) = visit(&other).await;
    other.receive_one(&remit("T1", "80", &first(&first_claim.number))).await;
    let body = taken_back(&first_claim.number) + &anew(&first_claim.number);
    other.receive_one(&remit("T2", "10", &body)).await;
    let report = from_second(&other, "T3", "10", &second_on_old(&second_claim.number)).await;
    assert_eq!(waits(&report), "over_payment 5.00");
    assert_eq!(other.books().await, off);

    // The second payer, told of it, takes its decision back and decides anew: -10.00 + 10.00 is paid.
    let body = format!(
        "CLP*{0}*22*-200*-10*-5*12*PCN9~CAS*OA*23*-80~CAS*CO*45*-105~CAS*PR*2*-5~{1}",
        two.number,
        second(&two.number)
    );
    from_second(&practice, "T4", "0", &body).await;
    assert!(practice.exceptions().await.is_empty());
    assert_eq!(practice.owed(&one).await, "insurance 0.00, patient 5.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 100.00, patient_ar 5.00, charges 200.00, contractual_adjustments 95.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn a_later_payers_correction_ahead_of_its_reversal_keeps_its_own_write_off() {
    let practice = practice().await;
    let (one, two) = visit(&practice).await;
    practice.receive_one(&remit("T1", "80", &first(&one.number))).await;
    from_second(&practice, "T2", "10", &second_on_old(&two.number)).await;
    // 15.00 instead of 10.00, nothing of the patient: 80.00 + 105.00 + 15.00 is 200.00.
    let corrected = format!("CLP*{}*2*200*15*0*12*PCN9~CAS*OA*23*80~CAS*CO*45*105~", two.number);
    from_second(&practice, "T3", "15", &corrected).await;
    let body = format!(
        "CLP*{}*22*-200*-10*-5*12*PCN9~CAS*OA*23*-80~CAS*CO*45*-105~CAS*PR*2*-5~PLB*1*20261231*FB:PCN9*-10~",
        two.number
    );
    from_second(&practice, "T4", "0", &body).await;
    assert!(practice.exceptions().await.is_empty());
    // 80.00 + 15.00 paid and 105.00 off, of which the second's 5.00 did not go with its first decision.
    assert_eq!(practice.owed(&one).await, "insurance 0.00, patient 0.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 105.00, forwarding_balances 10.00, charges 200.00, contractual_adjustments 105.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn the_parts_of_a_later_payers_decision_restate_the_charge_together() {
    let practice = practice().await;
    let (one, two) = visit(&practice).await;
    practice.receive_one(&remit("T1", "80", &first(&one.number))).await;
    // 10.00 + 40.00 + 50.00 and 40.00 + 55.00 + 5.00: two halves of 200.00, 105.00 off in all.
    let body = format!(
        "CLP*{0}*2*100*10**12*PCN9~MOA***MA15~CAS*OA*23*40~CAS*CO*45*50~\
         CLP*{0}*2*100*0*5*12*PCN10~MOA***MA15~CAS*OA*23*40~CAS*CO*45*55~CAS*PR*2*5~",
        two.number
    );
    let report = from_second(&practice, "T2", "10", &body).await;
    assert_eq!(waits(&report), "");
    assert_eq!(practice.owed(&one).await, "insurance 0.00, patient 5.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 90.00, patient_ar 5.00, charges 200.00, contractual_adjustments 105.00"
    );
    practice.proves().await;
}
