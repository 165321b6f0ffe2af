//! An earlier payer decides anew after a later one has answered: the account ends where it would have, had
//! the files come in the right order.

use firstpass::claims::Event;
use firstpass::db::Tx;
use firstpass::remits::exceptions::Action;
use firstpass::remits::{self, Decision, Follow, Posted, SetReport, State};
use firstpass::types::Result;

use crate::remits::{Practice, Sent, clock, entries, file, history, moved, practice, remit, set_from, waits};

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
    // 100.00 is off already: of its 95.00 nothing more, and 5.00 of its 20.00 is left. It counts 90.00 of 80.00
    // that were paid: another payment than we know of, or 10.00 of what was written off.
    assert_eq!(moved(&report), "insurance_cash 10.00, insurance_ar -15.00, patient_ar 5.00");
    assert_eq!(practice.owed_by(&one, practice.second_payer).await, "5.00");
    assert_eq!(
        (report.outcome, waits(&report).as_str()),
        (State::PartlyPosted, "earlier_payment_differs 10.00")
    );
    let unclear = practice.exception().await.item;

    let body = taken_back(&one.number) + &anew(&one.number);
    let (report, _) = practice.receive_one(&remit("T3", "10", &body)).await;
    // -80.00 + 90.00 of cash; -100.00 + 90.00 of the first's contract, and 95.00 - 90.00 of the second's.
    assert_eq!(moved(&report), "insurance_cash 10.00, insurance_ar -5.00, contractual_adjustments -5.00");
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert_eq!(practice.owed(&one).await, "insurance 0.00, patient 5.00");
    // What the second said stands, and its history says it once.
    assert_eq!(history(&practice, &two).await, ["paid"]);
    assert_eq!(practice.count("remit_restatements").await, 1);
    assert!(practice.exceptions().await.is_empty());
    let state = "select state as text from remittances where id = $1";
    assert_eq!(practice.text(state, unclear.remittance.uuid()).await, "posted");
    practice.proves().await;

    // The set with the correction is taken back, and what it restated with it; what it settled is open again.
    practice.unpost(report.remittance).await.unwrap();
    assert_eq!(practice.owed(&one).await, "insurance 5.00, patient 5.00");
    assert_eq!(practice.owed_by(&one, practice.second_payer).await, "5.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 90.00, insurance_ar 5.00, patient_ar 5.00, charges 200.00, contractual_adjustments 100.00"
    );
    assert_eq!(practice.exception().await.item, unclear);
    assert_eq!(practice.text(state, unclear.remittance.uuid()).await, "partly_posted");
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
    // Of the 90.00 that are paid now the second counts 80.00, so its 105.00 hold 10.00 of them: 95.00 is off, 90.00
    // by the first and 5.00 by the second. Whether it would have paid its 10.00 all the same is for it to say.
    assert_eq!(waits(&report), "earlier_payment_differs -10.00");
    let differs = practice.exceptions().await.into_iter().find(|one| one.item.amount.is_negative()).unwrap();
    assert!(
        differs.item.detail.ends_with(
            "counts 80.00 of earlier payers (OA-23); they have paid 90.00 and written off 90.00 by what stands now: \
             80.00 - 90.00 = -10.00"
        ),
        "{}",
        differs.item.detail
    );
    assert_eq!(practice.owed(&one).await, "insurance 0.00, patient 5.00");
    let off = "insurance_cash 100.00, patient_ar 5.00, charges 200.00, contractual_adjustments 95.00";
    assert_eq!(practice.books().await, off);
    practice.proves().await;

    // In the right order the books are the same: what the second counts is what the first had paid before.
    let other = crate::remits::practice().await;
    let (first_claim, second_claim) = visit(&other).await;
    other.receive_one(&remit("T1", "80", &first(&first_claim.number))).await;
    let body = taken_back(&first_claim.number) + &anew(&first_claim.number);
    other.receive_one(&remit("T2", "10", &body)).await;
    let report = from_second(&other, "T3", "10", &second_on_old(&second_claim.number)).await;
    assert_eq!(waits(&report), "earlier_payment_differs -10.00");
    assert_eq!(other.books().await, off);
    other.proves().await;

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

/// The second payer: 5.00 of the patient, and what is not nothing of OA-23, CO-45, CO-97 and its payment.
fn second_counting(number: &str, counted: u32, own: u32, denied: u32, paid: u32) -> String {
    let some = |group: &str, amount: u32| {
        if amount == 0 { String::new() } else { format!("CAS*{group}*{amount}~") }
    };
    let (counted, own, denied) = (some("OA*23", counted), some("CO*45", own), some("CO*97", denied));
    format!("CLP*{number}*2*200*{paid}*5*12*PCN9~{counted}{own}{denied}CAS*PR*2*5~")
}

#[tokio::test]
async fn what_a_later_payer_writes_off_is_read_from_what_its_oa_23_counts() {
    // The first payer: 80.00 paid, 100.00 off, 20.00 left. What the second says comes to 200.00 with 5.00 of the
    // patient: (OA-23, CO-45, paid), and what is off in all.
    let ways = [
        // The payment alone; CO-45 is against the whole charge.
        ((80, 105, 10), "105.00"),
        // The payment and the write-off; CO-45 is its own: 100.00 + 5.00.
        ((180, 5, 10), "105.00"),
        // The same, and nothing of its own.
        ((180, 0, 15), "100.00"),
    ];
    for ((counted, own, paid), off) in ways {
        for second_comes_first in [false, true] {
            let practice = practice().await;
            let (one, two) = visit(&practice).await;
            let body = second_counting(&two.number, counted, own, 0, paid);
            if second_comes_first {
                from_second(&practice, "T2", &paid.to_string(), &body).await;
                practice.proves().await;
            }
            let (mut last, _) = practice.receive_one(&remit("T1", "80", &first(&one.number))).await;
            if !second_comes_first {
                last = from_second(&practice, "T2", &paid.to_string(), &body).await;
            }
            assert_eq!((last.outcome, waits(&last)), (State::Posted, String::new()), "{body}");
            // 20.00 less what the second paid, wrote off and left to the patient.
            assert_eq!(practice.owed(&one).await, "insurance 0.00, patient 5.00", "{body}");
            assert_eq!(practice.owed_by(&one, practice.second_payer).await, "0.00", "{body}");
            assert_eq!(
                practice.books().await,
                format!(
                    "insurance_cash {}.00, patient_ar 5.00, charges 200.00, contractual_adjustments {off}",
                    80 + paid
                ),
                "{body}"
            );
            assert!(practice.exceptions().await.is_empty(), "{body}");
            practice.proves().await;
        }
    }
}

#[tokio::test]
async fn what_a_later_payer_does_not_count_of_what_was_paid_is_no_write_off() {
    // The first payer: 80.00 paid, 100.00 off, 20.00 left. The second: (OA-23, CO-45, paid), 200.00 together; and
    // what is off in all.
    let ways = [
        // It allows 70.00 of 200.00, all of it paid before: 130.00 - 10.00 of the payment that it did not count.
        ((70, 130, 0), "120.00"),
        // It allows 95.00 and pays the 20.00: 105.00 - 5.00.
        ((75, 105, 20), "100.00"),
        // It counts nothing of what was done before (X12 RFI 1696): 185.00 - 80.00.
        ((0, 185, 15), "105.00"),
    ];
    for ((counted, own, paid), off) in ways {
        for second_comes_first in [false, true] {
            let practice = practice().await;
            let (one, two) = visit(&practice).await;
            let earlier = if counted == 0 { String::new() } else { format!("CAS*OA*23*{counted}~") };
            let body = format!("CLP*{}*2*200*{paid}**12*PCN9~{earlier}CAS*CO*45*{own}~", two.number);
            if second_comes_first {
                from_second(&practice, "T2", &paid.to_string(), &body).await;
                practice.proves().await;
            }
            let (mut last, _) = practice.receive_one(&remit("T1", "80", &first(&one.number))).await;
            if !second_comes_first {
                last = from_second(&practice, "T2", &paid.to_string(), &body).await;
            }
            assert_eq!((last.outcome, waits(&last)), (State::Posted, String::new()), "{body}");
            // 20.00 less what the second paid and wrote off: nobody owes anything, and nobody is owed.
            assert_eq!(practice.owed(&one).await, "insurance 0.00, patient 0.00", "{body}");
            assert_eq!(practice.owed_by(&one, practice.second_payer).await, "0.00", "{body}");
            assert_eq!(
                practice.books().await,
                format!("insurance_cash {}.00, charges 200.00, contractual_adjustments {off}", 80 + paid),
                "{body}"
            );
            assert!(practice.exceptions().await.is_empty(), "{body}");
            practice.proves().await;
        }
    }
}

/// What follows from a payment that leaves nothing of its payer's receivable: its claim is closed.
#[derive(Clone)]
struct Closes;

impl Follow for Closes {
    fn event(&self, posted: &Posted) -> Option<Event> {
        posted.left.is_zero().then_some(Event::Closed)
    }

    async fn follow(&mut self, _: &mut Tx, _: &[Decision]) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_history_says_once_that_a_later_payer_has_paid() {
    // The second payer counts what the first paid, or what it paid and wrote off: 5.00 of its own either way.
    for (counted, own) in [(80, 105), (180, 5)] {
        let practice = practice().await;
        let (one, two) = visit(&practice).await;
        let receive = async |text: String| {
            let (db, actor) = (&practice.world.db, &practice.actor);
            remits::receive(db, actor, "remit.835", text.as_bytes(), &clock(), &mut Closes).await.unwrap();
        };
        receive(remit("T1", "80", &first(&one.number))).await;
        let body = second_counting(&two.number, counted, own, 0, 10);
        receive(file(&[set_from("BETA2", "T2", "10", &body)])).await;
        assert_eq!(history(&practice, &two).await, ["paid", "closed"], "{body}");
        // 10.00, 5.00 off and 5.00 of the patient in one entry.
        assert_eq!(practice.count("remit_restatements").await, 0, "{body}");
        practice.proves().await;
    }
}

#[tokio::test]
async fn a_claim_that_is_closed_and_owes_again_is_said_to_be_paid_again() {
    let practice = practice().await;
    let (one, two) = visit(&practice).await;
    let receive = async |text: String| {
        let (db, actor) = (&practice.world.db, &practice.actor);
        remits::receive(db, actor, "remit.835", text.as_bytes(), &clock(), &mut Closes).await.unwrap();
    };
    receive(remit("T1", "80", &first(&one.number))).await;
    let body = second_counting(&two.number, 180, 5, 0, 10);
    receive(file(&[set_from("BETA2", "T2", "10", &body)])).await;
    // The first decides anew: 80.00 paid, 90.00 off, 30.00 left. 180.00 is no more what it did, so the second writes
    // nothing off that is its own for certain: 30.00 - 10.00 - 5.00 of the patient is owed.
    let anew = format!("CLP*{}*1*200*80*30*12*PCN1~CAS*CO*45*90~CAS*PR*1*30~", one.number);
    receive(remit("T3", "0", &(taken_back(&one.number) + &anew))).await;
    assert_eq!(practice.owed_by(&one, practice.second_payer).await, "15.00");
    assert_eq!(history(&practice, &two).await, ["paid", "closed", "paid"]);
    assert_eq!(practice.status(&two).await, "paid");
    practice.proves().await;
}

#[tokio::test]
async fn the_example_of_x12_rfi_1696_leaves_nothing() {
    let practice = practice().await;
    let lines = [("99213", "500.00")];
    let one = practice.claim_with_second_payer(&lines).await;
    let two = practice.second_claim(&one, &lines).await;
    // 500.00: Medicare pays 300.00, CO-45 125.00, PR-1 75.00.
    let body = format!("CLP*{}*1*500*300*75*12*PCN1~CAS*CO*45*125~CAS*PR*1*75~", one.number);
    practice.receive_one(&remit("T1", "300", &body)).await;
    // Medicaid pays 65.00, OA-23 425.00, CO-45 10.00: of the 75.00 nothing is left.
    let body = format!("CLP*{}*2*500*65**12*PCN9~CAS*OA*23*425~CAS*CO*45*10~", two.number);
    let report = from_second(&practice, "T2", "65", &body).await;
    assert_eq!(moved(&report), "insurance_cash 65.00, insurance_ar -75.00, contractual_adjustments 10.00");
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert_eq!(
        practice.books().await,
        "insurance_cash 365.00, charges 500.00, contractual_adjustments 135.00"
    );
    practice.proves().await;

    // The set is taken back, and its own write-off with it.
    practice.unpost(report.remittance).await.unwrap();
    assert_eq!(
        practice.books().await,
        "insurance_cash 300.00, insurance_ar 75.00, charges 500.00, contractual_adjustments 125.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn a_later_payers_own_write_off_stands_while_what_it_counted_does() {
    // What the first payer decides anew (paid, off, left), what is off in all then, and what waits.
    let cases = [
        // 90.00 + 90.00 are the 180.00 that the second counted: 90.00 + 5.00 off.
        ((90, 90, 20), "95.00", ""),
        // 85.00 + 100.00 are not: what the second would write off now, only it knows. 180.00 - 85.00 = 95.00.
        ((85, 100, 15), "100.00", "earlier_payment_differs 95.00"),
    ];
    for ((paid, off, left), in_all, waiting) in cases {
        let practice = practice().await;
        let (one, two) = visit(&practice).await;
        practice.receive_one(&remit("T1", "80", &first(&one.number))).await;
        from_second(&practice, "T2", "10", &second_counting(&two.number, 180, 5, 0, 10)).await;
        let body = format!(
            "{}CLP*{}*1*200*{paid}*{left}*12*PCN1~CAS*CO*45*{off}~CAS*PR*1*{left}~",
            taken_back(&one.number),
            one.number
        );
        let (report, _) = practice.receive_one(&remit("T3", &(paid - 80).to_string(), &body)).await;
        assert_eq!(waits(&report), waiting);
        // 200.00 - 90.00 - 90.00 - 10.00 - 5.00 - 5.00, and 200.00 - 85.00 - 100.00 - 10.00 - 5.00.
        assert_eq!(practice.owed(&one).await, "insurance 0.00, patient 5.00");
        assert_eq!(
            practice.books().await,
            format!(
                "insurance_cash {}.00, patient_ar 5.00, charges 200.00, contractual_adjustments {in_all}",
                paid + 10
            )
        );
        practice.proves().await;
    }
}

#[tokio::test]
async fn what_the_first_payer_denied_is_counted_by_the_second_or_denied_again() {
    // The first payer: 80.00 paid, 50.00 off, 50.00 denied, 20.00 left. The second: OA-23, CO-97.
    for (counted, denied) in [(180, 0), (130, 50)] {
        let practice = practice().await;
        let (one, two) = visit(&practice).await;
        let body = format!("CLP*{}*1*200*80*20*12*PCN1~CAS*CO*45*50**97*50~CAS*PR*1*20~", one.number);
        practice.receive_one(&remit("T1", "80", &body)).await;
        let body = second_counting(&two.number, counted, 5, denied, 10);
        let report = from_second(&practice, "T2", "10", &body).await;
        assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
        // 50.00 + 5.00 off; the 50.00 that were denied stay with the first payer.
        assert_eq!(practice.owed_by(&one, practice.payer).await, "50.00");
        assert_eq!(practice.owed_by(&one, practice.second_payer).await, "0.00");
        assert_eq!(
            practice.books().await,
            "insurance_cash 90.00, insurance_ar 50.00, patient_ar 5.00, charges 200.00, contractual_adjustments 55.00"
        );
        practice.proves().await;
    }
}

#[tokio::test]
async fn an_oa_23_that_does_not_tell_what_it_counts_waits_until_the_payer_decides_anew() {
    for second_comes_first in [false, true] {
        let practice = practice().await;
        let (one, two) = visit(&practice).await;
        // 120.00 is more than the 80.00 that were paid and less than the 180.00 that were paid and written off.
        let body = second_counting(&two.number, 120, 65, 0, 10);
        if second_comes_first {
            assert_eq!(waits(&from_second(&practice, "T2", "10", &body).await), "");
        }
        let (mut report, _) = practice.receive_one(&remit("T1", "80", &first(&one.number))).await;
        if !second_comes_first {
            report = from_second(&practice, "T2", "10", &body).await;
        }
        assert_eq!(
            (report.outcome, waits(&report).as_str()),
            (State::PartlyPosted, "earlier_payment_differs 40.00")
        );
        let detail = practice.exception().await.item.detail;
        assert!(
            detail.ends_with(
                "counts 120.00 of earlier payers (OA-23); they have paid 80.00 and written off 100.00 by what stands \
                 now: 120.00 - 80.00 = 40.00; whether its own 65.00 is beside their write-offs is not clear, and 5.00 \
                 is left unexplained"
            ),
            "{detail}"
        );
        // Nothing more is written off: 20.00 - 10.00 - 5.00 of the patient.
        assert_eq!(practice.owed_by(&one, practice.second_payer).await, "5.00");
        assert_eq!(
            practice.books().await,
            "insurance_cash 90.00, insurance_ar 5.00, patient_ar 5.00, charges 200.00, contractual_adjustments 100.00"
        );
        practice.proves().await;

        // Asked, the payer says it as the guide does: 180.00, and 5.00 of its own.
        let body = format!(
            "CLP*{0}*22*-200*-10*-5*12*PCN9~CAS*OA*23*-120~CAS*CO*45*-65~CAS*PR*2*-5~{1}",
            two.number,
            second_counting(&two.number, 180, 5, 0, 10)
        );
        from_second(&practice, "T3", "0", &body).await;
        assert!(practice.exceptions().await.is_empty());
        assert_eq!(practice.owed(&one).await, "insurance 0.00, patient 5.00");
        assert_eq!(
            practice.books().await,
            "insurance_cash 90.00, patient_ar 5.00, charges 200.00, contractual_adjustments 105.00"
        );
        practice.proves().await;
    }
}

#[tokio::test]
async fn the_parts_of_a_later_payers_decision_count_the_earlier_payers_together() {
    let practice = practice().await;
    let (one, two) = visit(&practice).await;
    practice.receive_one(&remit("T1", "80", &first(&one.number))).await;
    // 10.00 + 90.00, and a file later 90.00 + 5.00 + 5.00: together 180.00 counted, 5.00 of its own off.
    let part = format!("CLP*{}*2*100*10**12*PCN9~MOA***MA15~CAS*OA*23*90~", two.number);
    assert_eq!(waits(&from_second(&practice, "T2", "10", &part).await), "");
    let part =
        format!("CLP*{}*2*100*0*5*12*PCN10~MOA***MA15~CAS*OA*23*90~CAS*CO*45*5~CAS*PR*2*5~", two.number);
    assert_eq!(waits(&from_second(&practice, "T3", "0", &part).await), "");
    assert_eq!(practice.owed(&one).await, "insurance 0.00, patient 5.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 90.00, patient_ar 5.00, charges 200.00, contractual_adjustments 105.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn what_a_person_posts_shows_before_what_a_later_payer_writes_off_less_since_then() {
    let practice = practice().await;
    let (one, two) = visit(&practice).await;
    // The first payer's decision comes under a number of nobody's and waits; the second's is posted meanwhile.
    practice.receive_one(&remit("T1", "80", &first("WHO"))).await;
    let waiting = practice.exception().await.item.id;
    let report = from_second(&practice, "T2", "10", &second(&two.number)).await;
    // Nobody has written anything off before: all of its 95.00.
    assert_eq!(
        moved(&report),
        "insurance_cash 10.00, insurance_ar -110.00, patient_ar 5.00, contractual_adjustments 95.00"
    );
    let action = Action::Match { claim: one.id };
    let journal = practice.preview(waiting, &action).await.unwrap();
    // 100.00 is off by the first payer: of the second's 95.00 nothing more, max(95.00 - 100.00, 0.00) - 95.00.
    assert_eq!(
        entries(&journal),
        [
            "unapplied_cash < insurance_ar 80.00",
            "contractual_adjustments < insurance_ar 100.00",
            "insurance_ar < receivable_transfers 20.00",
            "receivable_transfers < insurance_ar 20.00",
            "insurance_ar < contractual_adjustments 95.00",
        ]
    );
    assert_eq!((journal.waits.to_string(), journal.difference.to_string()), ("80.00".into(), "0.00".into()));
    assert!(journal.restates());
    assert_eq!(practice.count("remit_restatements").await, 0, "looking moves nothing");
    // What is posted is what was shown, entry by entry.
    practice.resolve(waiting, &action).await.unwrap();
    assert_eq!(practice.count("remit_restatements").await, 1);
    assert_eq!(
        practice.books().await,
        "insurance_cash 90.00, insurance_ar 5.00, patient_ar 5.00, charges 200.00, contractual_adjustments 100.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn what_a_person_takes_back_shows_before_what_a_later_payer_writes_off_more_since_then() {
    let practice = practice().await;
    let (one, two) = visit(&practice).await;
    let (_, decisions) = practice.receive_one(&remit("T1", "80", &first(&one.number))).await;
    from_second(&practice, "T2", "10", &second_on_old(&two.number)).await;
    let body = taken_back(&one.number).replace("PCN1", "PCN7") + "PLB*1*20261231*FB:PCN7*-80~";
    let (report, _) = practice.receive_one(&remit("T3", "0", &body)).await;
    assert_eq!(waits(&report), "reversal_without_original -80.00");
    let waiting = practice.exception().await.item.id;
    let action = Action::TakeBack { decision: decisions[0].remit_claim };
    let journal = practice.preview(waiting, &action).await.unwrap();
    // The first payer's 100.00 are off no more: all of the second's 105.00 is, of which 5.00 was.
    let shown = entries(&journal);
    assert_eq!(
        (shown.first().unwrap().as_str(), shown.last().unwrap().as_str()),
        ("insurance_ar < insurance_cash 80.00", "contractual_adjustments < insurance_ar 100.00")
    );
    assert_eq!((journal.difference.to_string(), journal.restates()), ("0.00".into(), true));
    practice.resolve(waiting, &action).await.unwrap();
    assert_eq!(practice.count("remit_restatements").await, 1);
    practice.proves().await;
}

#[tokio::test]
async fn a_later_payers_own_decision_shows_no_restatement_when_it_is_posted() {
    let practice = practice().await;
    let (one, two) = visit(&practice).await;
    practice.receive_one(&remit("T1", "80", &first(&one.number))).await;
    from_second(&practice, "T2", "10", &second("WHO")).await;
    let waiting = practice.exception().await.item.id;
    let action = Action::Match { claim: two.id };
    let journal = practice.preview(waiting, &action).await.unwrap();
    // 100.00 is off already: of its own 95.00 nothing more.
    assert_eq!(entries(&journal), ["unapplied_cash < insurance_ar 10.00", "patient_ar < insurance_ar 5.00"]);
    assert!(!journal.restates());
    practice.resolve(waiting, &action).await.unwrap();
    assert_eq!(practice.count("remit_restatements").await, 0);
    practice.proves().await;
}
