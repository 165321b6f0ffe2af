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
    // The mailbox lists answers by name, the 277CA before the 999; they are dealt with as they were meant.
    assert_eq!(
        office.history(&claims[0]).await,
        ["drafted", "released", "queued", "sent", "file_accepted", "payer_accepted", "paid", "closed"]
    );
    assert_eq!(office.books().await, "insurance_cash 170.00, charges 200.00, contractual_adjustments 30.00");
    office.proves().await;
}

#[tokio::test]
async fn what_came_in_one_round_is_dealt_with_as_what_it_is_and_not_by_name() {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "Z00.00", &[("99396", "", "200.00")])]).await;
    office.send().await;
    // Two weeks of answers wait at once, under names that sort the money first and the 999 last.
    office.payers_work().await;
    office.days_pass(14);
    office.payers_work().await;
    office.rename_mail("SBXMERID", |name| match name.rsplit_once('.').unwrap().1 {
        "835" => "a",
        "277ca" => "b",
        "999" => "c",
        "ta1" => "d",
        other => panic!("{other}"),
    });
    let names: Vec<_> = office.fetch().await.iter().map(|mail| mail.name.clone()).collect();
    assert_eq!(names, ["d", "c", "b", "a"]);
    assert_eq!(
        office.history(&office.claims().await[0]).await,
        ["drafted", "released", "queued", "sent", "file_accepted", "payer_accepted", "paid", "closed"]
    );
}
