//! A payer changes its mind.

use firstpass::journey;
use firstpass::remits::exceptions::{self, Action, Asked};

use crate::journey::Office;
use crate::remits::{file, set_from};

#[tokio::test]
async fn the_payer_takes_a_payment_back_pays_less_and_keeps_the_difference() {
    let office = Office::open().await;
    office.day(&[("P-CORRECTED", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    // 78 % of 150.00 is 117.00, CO-45 33.00; copay 25.00; paid 92.00.
    let paid = "insurance_cash 92.00, patient_ar 25.00, charges 150.00, contractual_adjustments 33.00";
    assert_eq!(office.books().await, paid);

    // Ten days later: four fifths of 117.00 are 93.60, CO-45 56.40; copay 25.00; paid 68.60. The
    // 23.40 that were too much are kept back from another patient's 170.00: 146.60 arrive.
    office.days_pass(10);
    let mail = office.day(&[("P-MERIDIAN", "2026-03-03", "Z00.00", &[("99396", "", "200.00")])]).await;
    let sets: Vec<String> =
        mail.iter().flat_map(|one| &one.remittances).map(|set| set.paid.to_string()).collect();
    assert_eq!(sets, ["146.60"]);
    let claims = office.claims().await;
    assert_eq!(office.history(&claims[0]).await[6..], ["paid", "closed", "reversed", "paid", "closed"]);
    assert_eq!(
        office.books().await,
        "insurance_cash 238.60, patient_ar 25.00, charges 350.00, contractual_adjustments 86.40"
    );
    office.proves().await;
}

/// Meridian's answer to a charge of 150.00 with 33.00 given up by contract.
fn answer(number: &str, status: &str, sign: &str, paid: &str, copay: &str) -> String {
    format!(
        "CLP*{number}*{status}*{sign}150*{sign}{paid}*{sign}{copay}*12*PCN1~NM1*QC*1*ROE*JANE****MI*W10000002~\
         SVC*HC:99213*{sign}150*{sign}{paid}**1~DTM*472*20260302~CAS*CO*45*{sign}33~CAS*PR*3*{sign}{copay}~REF*6R*L1~"
    )
}

#[tokio::test]
async fn a_correction_changes_what_the_next_payer_is_going_to_be_asked() {
    let office = Office::open().await;
    office.charge(&[("P-BOTH", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = &office.send().await[0];
    // 92 + 33 + 25 = 150: the copay of 25.00 is going to be asked of Prairie.
    let first = answer(number, "1", "", "92", "25");
    office.receive("first.835", file(&[set_from("SBXMERID", "T1", "92", &first)]).as_bytes()).await;
    assert_eq!(office.statuses().await, ["closed", "draft"]);

    // Taken back and decided anew in one file: 100 + 33 + 17 = 150, and 100 - 92 = 8 arrive.
    let both = answer(number, "22", "-", "92", "25") + &answer(number, "1", "", "100", "17");
    let mail = office.receive("second.835", file(&[set_from("SBXMERID", "T2", "8", &both)]).as_bytes()).await;
    assert_eq!(mail.remittances[0].exceptions, []);
    assert_eq!(
        office.books().await,
        "insurance_cash 100.00, insurance_ar 17.00, charges 150.00, contractual_adjustments 33.00"
    );
    let claims = office.claims().await;
    assert_eq!(office.statuses().await, ["closed", "draft"]);
    assert_eq!(office.history(&claims[1]).await, ["drafted", "revised"]);
    let decision = claims[1].claim.other_payers[0].decision.as_ref().unwrap();
    assert_eq!(decision.paid.to_string(), "100.00");
    assert_eq!(decision.remaining_patient_liability.unwrap().to_string(), "17.00");
    office.proves().await;
}

#[tokio::test]
async fn what_the_next_payer_has_paid_too_much_after_a_correction_is_owed_back_to_it() {
    let office = Office::open().await;
    office.charge(&[("P-BOTH", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = &office.send().await[0];
    let first = answer(number, "1", "", "92", "25");
    office.receive("first.835", file(&[set_from("SBXMERID", "T1", "92", &first)]).as_bytes()).await;
    // Prairie pays the 25.00; the other 125.00 are the first payer's effect.
    let next = &office.send().await[0];
    let second = format!(
        "CLP*{next}*2*150*25**12*PCN2~NM1*QC*1*ROE*JANE****MI*W20000002~SVC*HC:99213*150*25**1~\
         DTM*472*20260302~CAS*OA*23*125~REF*6R*L1~"
    );
    office.receive("next.835", file(&[set_from("SBXPRAIR", "T2", "25", &second)]).as_bytes()).await;
    assert_eq!(office.statuses().await, ["closed", "closed"]);

    // Meridian thinks better of it: 100 + 33 + 17 = 150, so 8.00 of Prairie's 25.00 are too much.
    let both = answer(number, "22", "-", "92", "25") + &answer(number, "1", "", "100", "17");
    let mail = office.receive("second.835", file(&[set_from("SBXMERID", "T3", "8", &both)]).as_bytes()).await;
    let waits = &mail.remittances[0].exceptions;
    assert_eq!((waits[0].kind.as_str(), waits[0].amount.to_string()), ("over_payment", "8.00".into()));

    let (db, actor) = (&office.world.db, &office.actor);
    db.transaction(actor, async |tx| {
        let id = exceptions::queue(tx, Asked::default(), None, 10).await?[0].id;
        journey::resolve_exception(tx, &office.clock, id, &Action::Refund).await
    })
    .await
    .unwrap();
    // 92 + 25 - 92 + 100 = 125 have come; 125 + 33 - 150 = 8.
    assert_eq!(
        office.books().await,
        "insurance_cash 125.00, refunds_payable 8.00, charges 150.00, contractual_adjustments 33.00"
    );
    office.proves().await;
}

#[tokio::test]
async fn a_claim_is_done_when_the_reversal_comes_after_the_correction() {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = &office.send().await[0];
    let files = [
        ("T1", "92", answer(number, "1", "", "92", "25")),
        ("T2", "100", answer(number, "1", "", "100", "17")),
        ("T3", "0", answer(number, "22", "-", "92", "25") + "PLB*1*20261231*FB:PCN1*-92~"),
    ];
    for (trace, paid, body) in &files {
        let text = file(&[set_from("SBXMERID", trace, paid, body)]);
        office.receive(&format!("{trace}.835"), text.as_bytes()).await;
    }
    assert_eq!(office.statuses().await, ["closed"]);
    let claims = office.claims().await;
    let history = office.history(&claims[0]).await;
    let decided = history.iter().position(|event| *event == "paid").unwrap();
    assert_eq!(history[decided..], ["paid", "closed", "reversed", "paid", "closed"]);
    // 92 + 100 came; the payer carries 92 forward, to take them later.
    assert_eq!(
        office.books().await,
        "insurance_cash 192.00, patient_ar 17.00, forwarding_balances 92.00, charges 150.00, contractual_adjustments 33.00"
    );
    office.proves().await;
}
