//! A preventive visit that costs the patient nothing.

use crate::journey::Office;

#[tokio::test]
async fn what_the_plan_allows_is_paid_and_nobody_owes_anything() {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "Z00.00", &[("99396", "", "200.00")])]).await;
    assert_eq!(office.books().await, "insurance_ar 200.00, charges 200.00", "owed from the first moment");
    office.send().await;
    assert_eq!(office.statuses().await, ["submitted"]);

    // 85 % of 200.00 is 170.00; the contract's 30.00 is written off (CO-45).
    office.answers().await;
    let claims = office.claims().await;
    // The mailbox lists answers by name, the 277CA before the 999: neither order moves a claim back.
    assert_eq!(
        office.history(&claims[0]).await,
        ["drafted", "released", "queued", "sent", "payer_accepted", "file_accepted", "paid", "closed"]
    );
    assert_eq!(office.books().await, "insurance_cash 170.00, charges 200.00, contractual_adjustments 30.00");
    office.proves().await;
}
