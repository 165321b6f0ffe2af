//! One line is paid, the other wanted an authorization that nobody asked for.

use firstpass::denials;

use crate::journey::Office;

#[tokio::test]
async fn the_denied_line_becomes_work_with_its_price_and_its_last_day() {
    let office = Office::open().await;
    let lines = [("99213", "25", "150.00"), ("20610", "RT", "165.00")];
    let mail = office.day(&[("P-MERIDIAN", "2026-03-02", "M17.11", &lines)]).await;
    let denied: Vec<_> = mail.iter().map(|one| one.followed.denials).filter(|one| one.count > 0).collect();
    assert_eq!(denied.len(), 1);
    assert_eq!(office.statuses().await, ["partially_paid"]);

    // 99213: 78 % of 150.00 is 117.00, CO-45 33.00; copay 25.00; paid 92.00. 20610: CO-197 165.00.
    assert_eq!(
        office.books().await,
        "insurance_cash 92.00, insurance_ar 165.00, patient_ar 25.00, charges 315.00, \
         contractual_adjustments 33.00"
    );

    let queue =
        office.world.db.snapshot(&office.actor, async |tx| denials::queue(tx, None, 10).await).await.unwrap();
    assert_eq!(queue.len(), 1);
    let denial = &queue[0];
    assert_eq!(
        (denial.line_no, denial.reason.as_str(), denial.category.as_str()),
        (Some(2), "197", "authorization")
    );
    assert_eq!(denial.amount.to_string(), "165.00");
    // Sixty days from 2 April.
    assert_eq!(denial.appeal_by.to_string(), "2026-06-01");
    // 165.00 times 0.40 is 66.00; with 60 of 90 days left, 1.5 times as urgent.
    assert_eq!(denial.priority.to_string(), "99.00");
    assert_eq!(
        denial.why,
        "165.00 × 0.4 expected to be recovered (authorization) × 1.5 (60 days left) = 99.00"
    );
    office.proves().await;
}
