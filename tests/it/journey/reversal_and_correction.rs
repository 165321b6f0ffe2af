//! A payer changes its mind.

use crate::journey::Office;

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
