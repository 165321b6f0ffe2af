//! What a remittance left open, and what a person made of it.

use firstpass::journey;
use firstpass::remits::exceptions::{self, Action, Asked};

use crate::journey::Office;
use crate::remits::{file, set_from};

#[tokio::test]
async fn a_garbled_number_waits_until_a_person_finds_the_claim_and_then_the_next_payer_is_asked() {
    let office = Office::open().await;
    let visit: &[(&str, &str, &str)] = &[("99213", "", "150.00")];
    office
        .charge(&[("P-BOTH", "2026-03-02", "J06.9", visit), ("P-BOTH", "2026-03-03", "J06.9", visit)])
        .await;
    let numbers = office.send().await;
    let number = &numbers[0];
    // Meridian pays 92.00 of 150.00, gives 33.00 up by contract and leaves 25.00: 92 + 33 + 25 = 150. It lost a
    // zero of our number.
    let garbled = number.replacen('0', "", 1);
    let body = format!(
        "CLP*{garbled}*1*150*92*25*12*PCN1~NM1*QC*1*ROE*JANE****MI*W10000002~SVC*HC:99213*150*92**1~\
         DTM*472*20260302~CAS*CO*45*33~CAS*PR*3*25~REF*6R*L1~"
    );
    let mail =
        office.receive("garbled.835", file(&[set_from("SBXMERID", "T1", "92", &body)]).as_bytes()).await;
    // By member, days and charge exactly one claim fits: nobody need look.
    assert_eq!(mail.remittances[0].exceptions, []);
    office.proves().await;

    // The same of the other visit, and the member id is garbled too: now it waits.
    let number = &numbers[1];
    let garbled = number.replacen('0', "", 1);
    let body = body
        .replace("W10000002", "W99999999")
        .replace("20260302", "20260303")
        .replace("PCN1", "PCN2")
        .replace(body.split('*').nth(1).unwrap(), &garbled);
    let mail = office.receive("lost.835", file(&[set_from("SBXMERID", "T2", "92", &body)]).as_bytes()).await;
    let waits = &mail.remittances[0].exceptions;
    assert_eq!((waits[0].kind.as_str(), waits[0].amount.to_string()), ("no_match", "92.00".into()));
    assert_eq!(
        office.books().await,
        "insurance_cash 184.00, insurance_ar 175.00, unapplied_cash 92.00, charges 300.00, contractual_adjustments 33.00"
    );

    let (db, actor) = (&office.world.db, &office.actor);
    let waiting = db
        .snapshot(actor, async |tx| {
            let id = exceptions::queue(tx, Asked::default(), None, 10).await?[0].id;
            exceptions::detail(tx, id).await
        })
        .await
        .unwrap();
    // The number 35, the days 10, the charge 10, the name 5; the member differs.
    let best = &waiting.candidates[0];
    assert_eq!((best.score, best.claim.control_number.as_deref()), (60, Some(number.as_str())));
    assert_eq!(best.differs, [exceptions::Fact::Member]);
    let action = Action::Match { claim: best.claim.claim };
    let (resolved, followed) = db
        .transaction(actor, async |tx| {
            journey::resolve_exception(tx, &office.clock, waiting.item.id, &action).await
        })
        .await
        .unwrap();
    assert_eq!(resolved.journal.difference.to_string(), "0.00");
    // What the set would have done had the number been right: the 25.00 are asked of Prairie.
    assert_eq!((followed.next_payer.count, followed.next_payer.amount.to_string()), (1, "25.00".into()));
    assert_eq!(
        office.books().await,
        "insurance_cash 184.00, insurance_ar 50.00, charges 300.00, contractual_adjustments 66.00"
    );
    assert_eq!(office.statuses().await, ["closed", "closed", "draft", "draft"]);
    office.proves().await;
}
