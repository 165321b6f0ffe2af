//! Nobody insures the patient.

use firstpass::ledger::AsOf;
use firstpass::statements;

use crate::journey::Office;

#[tokio::test]
async fn a_patient_without_insurance_owes_the_charge_from_the_day_of_import() {
    let office = Office::open().await;
    let imported = office.charge(&[("P-ALONE", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    assert_eq!((imported.claims, imported.self_pay), (0, 1));
    assert_eq!(office.send().await, Vec::<String>::new());
    assert_eq!(office.books().await, "patient_ar 150.00, charges 150.00");
    let due = office
        .world
        .db
        .snapshot(&office.actor, async |tx| statements::due(tx, AsOf::NOW).await)
        .await
        .unwrap();
    let due: Vec<String> = due.iter().map(|(_, owes)| owes.to_string()).collect();
    assert_eq!(due, ["150.00"]);
    office.proves().await;
}
