//! The next payer's answer under the first one's number, and answers that repeat what is settled.

use firstpass::remits::State;
use firstpass::remits::exceptions::{Action, ActionKind};

use crate::remits::{file, moved, practice, remit, set_from, waits};

const LINES: [(&str, &str); 2] = [("99213", "120.00"), ("80053", "80.00")];

#[tokio::test]
async fn the_next_payer_answers_under_the_number_that_the_first_one_was_sent() {
    let practice = practice().await;
    let first = practice.claim_with_second_payer(&LINES).await;
    let second = practice.second_claim(&first, &LINES).await;
    let number = &first.number;
    let body =
        format!("CLP*{number}*19*200*110*20*12*PA~NM1*TT*2*BETA*****PI*BETA2~CAS*CO*45*70~CAS*PR*2*20~");
    practice.receive_one(&remit("TA", "110", &body)).await;
    assert_eq!(practice.owed_by(&first, practice.second_payer).await, "20.00");

    // Beta never had a number of ours: the first payer sent the claim on.
    let body = format!("CLP*{number}*2*200*20**12*PB~CAS*OA*23*180~");
    let (report, _) = practice.receive_one(&file(&[set_from("BETA2", "TB", "20", &body)])).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert_eq!(moved(&report), "insurance_cash 20.00, insurance_ar -20.00");
    assert_eq!(practice.owed_by(&first, practice.second_payer).await, "0.00");
    assert_eq!(practice.owed(&first).await, "insurance 0.00, patient 0.00");
    assert_eq!(
        (practice.status(&first).await, practice.status(&second).await),
        ("paid".into(), "paid".into())
    );
    // The same number from the first payer is the first payer's.
    let body = format!("CLP*{number}*22*-200*-110*-20*12*PA~CAS*CO*45*-70~CAS*PR*2*-20~")
        + "PLB*1*20261231*FB:PA*-110~";
    let (report, _) = practice.receive_one(&remit("TC", "0", &body)).await;
    assert_eq!(report.outcome, State::Posted, "{:?}", report.exceptions);
    assert_eq!(practice.status(&first).await, "pending");
    practice.proves().await;
}

#[tokio::test]
async fn another_claim_under_the_same_trace_number_and_for_the_same_sums_is_held() {
    let practice = practice().await;
    let (one, other) = (practice.claim(&LINES).await, practice.claim(&LINES).await);
    let decided = |number: &str| format!("CLP*{number}*1*200*150**12*P{number}~CAS*CO*45*50~");
    let (posted, _) = practice.receive_one(&remit("0000000", "150", &decided(&one.number))).await;
    let (report, _) = practice.receive_one(&remit("0000000", "150", &decided(&other.number))).await;
    assert_eq!((report.outcome, waits(&report)), (State::Held, "same_trace 150.00".to_owned()));
    assert_eq!(practice.owed(&other).await, "insurance 200.00, patient 0.00");
    let again = remit("0000000", "150", &decided(&one.number)).replace("*1200*", "*1300*");
    let (again, _) = practice.receive_one(&again).await;
    assert_eq!(again.why, [format!("the payment was posted by {}", posted.remittance)]);
}

#[tokio::test]
async fn a_second_answer_about_the_same_lines_waits_though_it_fits_into_what_is_left() {
    let practice = practice().await;
    let claim = practice.claim(&LINES).await;
    let answer = |control: &str, paid: u32, of_first: &str| {
        let number = &claim.number;
        format!(
            "CLP*{number}*1*200*{paid}*20*12*{control}~SVC*HC:99213*120*{paid}**1~{of_first}CAS*PR*2*20~\
             SVC*HC:80053*80*0**1~CAS*CO*197*80~"
        )
    };
    practice.receive_one(&remit("T1", "0", &answer("P1", 0, "CAS*CO*45*30**197*70~"))).await;
    // 200.00 less 30.00 off and 20.00 of the patient.
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 20.00");
    let (report, _) = practice.receive_one(&remit("T2", "70", &answer("P2", 70, "CAS*CO*45*30~"))).await;
    assert_eq!(waits(&report), "already_posted 70.00");
    assert_eq!(
        report.exceptions[0].detail,
        "the payer decided the claim before and took nothing back: 30.00 written off and 20.00 of the patient are \
         about what was written off, or the patient's, before"
    );
    // Posted in the place of the first: 70.00 paid, 30.00 off and 20.00 of the patient once.
    let waiting = practice.exception().await.item;
    practice.resolve(waiting.id, &Action::Match { claim: claim.id }).await.unwrap();
    assert_eq!(practice.owed(&claim).await, "insurance 80.00, patient 20.00");
    practice.proves().await;
}

#[tokio::test]
async fn the_other_lines_of_a_claim_are_paid_without_a_reversal() {
    let practice = practice().await;
    let claim = practice.claim(&LINES).await;
    let number = &claim.number;
    let first = format!(
        "CLP*{number}*1*200*90**12*P1~SVC*HC:99213*120*90**1~CAS*CO*45*30~SVC*HC:80053*80*0**1~CAS*CO*197*80~"
    );
    practice.receive_one(&remit("T1", "90", &first)).await;
    let second = format!(
        "CLP*{number}*1*200*60**12*P2~SVC*HC:99213*120*0**1~CAS*OA*18*120~SVC*HC:80053*80*60**1~CAS*CO*45*20~"
    );
    let (report, _) = practice.receive_one(&remit("T2", "60", &second)).await;
    assert_eq!(waits(&report), "");
    assert_eq!(moved(&report), "insurance_cash 60.00, insurance_ar -80.00, contractual_adjustments 20.00");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_denial_of_what_is_settled_is_read_and_changes_nothing() {
    let practice = practice().await;
    let claim = practice.claim(&LINES).await;
    let number = &claim.number;
    practice.receive_one(&remit("T1", "150", &format!("CLP*{number}*1*200*150**12*P1~CAS*CO*45*50~"))).await;
    let duplicate = format!("CLP*{number}*1*200*0**12*P2~CAS*OA*18*200~");
    let (report, _) = practice.receive_one(&remit("T2", "0", &duplicate)).await;
    assert_eq!(waits(&report), "already_posted 0.00");
    assert_eq!(practice.status(&claim).await, "paid");
    let waiting = practice.exception().await;
    assert_eq!(waiting.actions, [ActionKind::Read, ActionKind::Match]);
    practice.resolve(waiting.item.id, &Action::Read).await.unwrap();
    assert_eq!(practice.status(&claim).await, "paid");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    practice.proves().await;
}

#[tokio::test]
async fn which_of_two_equal_payments_is_taken_back_a_person_says_where_one_is_owed_back() {
    let practice = practice().await;
    let claim = practice.claim(&LINES).await;
    let decided = format!("CLP*{}*1*200*150**12*P1~CAS*CO*45*50~", claim.number);
    practice.receive_one(&remit("T1", "150", &decided)).await;
    practice.receive_one(&remit("T2", "150", &decided)).await;
    let twin = practice.exception().await.item;
    practice.resolve(twin.id, &Action::ReturnToPayer).await.unwrap();

    let back = format!("CLP*{}*22*-200*-150**12*P1~CAS*CO*45*-50~PLB*1*20261231*WO:P1*-150~", claim.number);
    let (report, _) = practice.receive_one(&remit("T3", "0", &back)).await;
    assert_eq!(waits(&report), "reversal_without_original -150.00");
    assert_eq!(practice.status(&claim).await, "paid");
    let waiting = practice.exception().await;
    let [owed_back] = waiting.returned.as_slice() else { panic!("{waiting:?}") };
    assert!(!owed_back.is_sent);
    // The one that is owed back: nothing is owed any more, and the claim stays paid.
    practice.resolve(waiting.item.id, &Action::TakeBack { decision: owed_back.decision.id }).await.unwrap();
    assert_eq!(practice.status(&claim).await, "paid");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    let books = practice.books().await;
    assert!(!books.contains("refunds_payable"), "{books}");
    practice.proves().await;
}

#[tokio::test]
async fn what_a_reversal_differs_in_is_said() {
    let practice = practice().await;
    let claim = practice.claim(&LINES).await;
    let number = &claim.number;
    practice.receive_one(&remit("T1", "150", &format!("CLP*{number}*1*200*150**12*P1~CAS*CO*45*50~"))).await;
    for (trace, control, group, said) in
        [("T2", "P9", "CO", "another payer claim control number"), ("T3", "P1", "PI", "other adjustments")]
    {
        let body = format!(
            "CLP*{number}*22*-200*-150**12*{control}~CAS*{group}*45*-50~PLB*1*20261231*FB:{trace}*-150~"
        );
        let (report, _) = practice.receive_one(&remit(trace, "0", &body)).await;
        assert_eq!(waits(&report), "reversal_without_original -150.00");
        assert!(report.exceptions[0].detail.contains(said), "{}", report.exceptions[0].detail);
    }
}

#[tokio::test]
async fn a_header_that_cannot_be_read_is_not_said_to_be_another_s() {
    let practice = practice().await;
    let claim = practice.claim(&LINES).await;
    let text = remit("T1", "150", &format!("CLP*{}*1*200*150**12*P1~CAS*CO*45*50~", claim.number));
    let (report, _) = practice.receive_one(&text.replace("BPR*I*150*", "BPR*I*+0150.0*")).await;
    assert_eq!(report.outcome, State::Held);
    assert!(!report.why.iter().any(|why| why.contains("N1*PE")), "{:?}", report.why);
    assert!(report.why.iter().any(|why| why.contains("BPR")), "{:?}", report.why);
}
