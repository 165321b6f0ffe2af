//! Bank deposits: what becomes of a bank's file beside the remittances that announced its money.

mod command;

use diesel::sql_query;
use diesel::sql_types::{Numeric, Uuid};
use diesel_async::RunQueryDsl;
use firstpass::db::Tx;
use firstpass::deposits::{self, Candidate, Deposit, ImportReport, Part, View};
use firstpass::exchange::files::{self, Direction};
use firstpass::journey;
use firstpass::remits::{Approval, State};
use firstpass::types::{DepositId, Money, RemittanceId, Result};

use crate::remits::{Practice, clock, practice, remit};

fn dollars(text: &str) -> Money {
    text.parse().unwrap()
}

/// A remittance that Acme Health paid on 1 April 2026 for a claim of 150.00.
async fn paid(practice: &Practice, trace: &str, amount: &str) -> RemittanceId {
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let left = dollars("150.00") - dollars(amount);
    let body = format!("CLP*{}*1*150*{amount}**12*P{trace}~CAS*CO*45*{}~", claim.number, left.to_x12());
    practice.receive(&remit(trace, amount, &body)).await[0].remittance
}

/// The bank's table of 1 April 2026: descriptions with their amounts.
fn table(rows: &[(&str, &str)]) -> String {
    let rows: String = rows.iter().map(|(text, amount)| format!("04/01/2026,{text},{amount}\n")).collect();
    format!("Date,Description,Amount\n{rows}")
}

async fn import(practice: &Practice, text: &str) -> ImportReport {
    let bank = deposits::read(text.as_bytes()).unwrap();
    let enter = async |tx: &mut Tx| {
        let file = files::keep(tx, text.as_bytes(), "bank.csv", Direction::In).await?.id;
        deposits::import(tx, clock().now(), file, &bank, Some("Checking")).await
    };
    practice.world.db.transaction(&practice.actor, enter).await.unwrap()
}

async fn listed(practice: &Practice, view: View) -> Vec<Deposit> {
    let list = async |tx: &mut Tx| deposits::list(tx, view, None, 50).await;
    practice.world.db.snapshot(&practice.actor, list).await.unwrap()
}

async fn match_to(practice: &Practice, id: DepositId, parts: &[(RemittanceId, &str)]) -> Result<Deposit> {
    let parts: Vec<Part> =
        parts.iter().map(|(id, amount)| Part { remittance: *id, amount: dollars(amount) }).collect();
    let verb = async |tx: &mut Tx| deposits::match_to(tx, clock().now(), id, &parts).await;
    practice.world.db.transaction(&practice.actor, verb).await
}

async fn candidates(practice: &Practice, deposit: &Deposit) -> Vec<Candidate> {
    let ask = async |tx: &mut Tx| deposits::candidates_of(tx, deposit).await;
    practice.world.db.snapshot(&practice.actor, ask).await.unwrap()
}

/// Matches a candidate as a person does: all of its deposits to all of its remittances.
async fn take(practice: &Practice, id: DepositId, one: &Candidate) -> Result<Deposit> {
    let parts: Vec<Part> = one.parts.iter().map(|offer| offer.part.clone()).collect();
    let with: Vec<_> = one.with.iter().map(|other| (other.deposit, other.amount)).collect();
    let verb = async |tx: &mut Tx| deposits::match_together(tx, clock().now(), id, &parts, &with).await;
    practice.world.db.transaction(&practice.actor, verb).await
}

/// The two proofs of deposits, beside which those of the ledger and of remittances hold.
async fn proved(practice: &Practice) -> [String; 2] {
    practice.proves().await;
    let prove = async |tx: &mut Tx| deposits::proofs(tx).await;
    let proofs = practice.world.db.snapshot(&practice.actor, prove).await.unwrap();
    assert!(proofs.iter().all(|proof| proof.holds), "{proofs:?}");
    proofs.into_iter().map(|proof| proof.detail).collect::<Vec<_>>().try_into().unwrap()
}

const EFT: &str = "ACME HCCLAIMPMT TRN*1*T1*1999999999\\";

#[tokio::test]
async fn an_eft_finds_its_remittance_by_trace_payer_and_amount_and_is_entered_once() {
    let practice = practice().await;
    let remittance = paid(&practice, "T1", "80").await;
    let text = table(&[(EFT, "80.00"), ("MYSTERY", "25.00"), ("RENT", "-900.00")]);
    let report = import(&practice, &text).await;
    assert_eq!((report.entered, report.amount, report.known), (2, dollars("105.00"), 0));
    assert_eq!((report.passed, report.matched, report.account.as_str()), (1, 1, "Checking"));
    // 80.00 + 25.00 came, 80.00 was announced and is there.
    let both = [
        "2 deposits of 105.00: matched 80.00, waiting 25.00",
        "remittances moved 80.00 of insurance cash: in the bank 80.00, announced 0.00",
    ];
    assert_eq!(proved(&practice).await, both);
    let matched = listed(&practice, View::Matched).await;
    assert_eq!((matched.len(), matched[0].matches[0].remittance), (1, remittance));
    assert_eq!(matched[0].matches[0].rule, "trace");

    // The same file, and another one that has the same line and a new one.
    assert_eq!(import(&practice, &text).await.entered, 0);
    let longer = import(&practice, &table(&[("NEW", "1.00"), (EFT, "80.00")])).await;
    assert_eq!((longer.entered, longer.known), (1, 1));
    // Two lines that look alike are two deposits.
    assert_eq!(import(&practice, &table(&[("NEW", "1.00"), ("NEW", "1.00")])).await.entered, 1);
}

#[tokio::test]
async fn a_deposit_that_came_first_waits_for_its_remittance() {
    let practice = practice().await;
    assert_eq!(import(&practice, &table(&[(EFT, "80.00")])).await.matched, 0);
    paid(&practice, "T1", "80").await;
    let again = async |tx: &mut Tx| deposits::reassociate(tx, clock().now()).await;
    let db = &practice.world.db;
    assert_eq!(db.transaction(&practice.actor, again).await.unwrap(), 1);
    assert_eq!(db.transaction(&practice.actor, again).await.unwrap(), 0);
}

#[tokio::test]
async fn one_deposit_may_hold_several_remittances_and_is_never_matched_above_its_amount() {
    let practice = practice().await;
    let (one, other) = (paid(&practice, "T1", "80").await, paid(&practice, "T2", "20.50").await);
    let third = paid(&practice, "T3", "10").await;
    import(&practice, &table(&[("ACME", "100.50")])).await;
    let deposit = listed(&practice, View::Waiting).await.remove(0);
    let ask = async |tx: &mut Tx| deposits::candidates_of(tx, &deposit).await;
    let found = practice.world.db.snapshot(&practice.actor, ask).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].reason, "2 remittances of one payer come to it, at most 0 days apart");

    let refused = match_to(&practice, deposit.id, &[(one, "80.01")]).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "deposits/more-than-open");
    let matched = match_to(&practice, deposit.id, &[(one, "80.00"), (other, "20.50")]).await.unwrap();
    assert_eq!((matched.open, matched.matches.len()), (Money::ZERO, 2));
    // 80.00 + 20.50 are there, 10.00 is announced.
    assert_eq!(
        proved(&practice).await[1],
        "remittances moved 110.50 of insurance cash: in the bank 100.50, announced 10.00"
    );
    assert_eq!(
        match_to(&practice, deposit.id, &[(third, "0.01")]).await.unwrap_err().refusal().unwrap().code,
        "deposits/more-than-open"
    );
    // Nor by whoever goes past the verb.
    let force = async |tx: &mut Tx| {
        let organization = tx.actor().organization;
        sql_query(
            "insert into deposit_matches (organization_id, id, deposit_id, remittance_id, amount, rule, matched_by,
                matched_at) values ($1, gen_random_uuid(), $2, $3, $4, 'person', 'system:test', now())",
        )
        .bind::<Uuid, _>(organization)
        .bind::<Uuid, _>(deposit.id)
        .bind::<Uuid, _>(third)
        .bind::<Numeric, _>(dollars("0.01"))
        .execute(tx.conn())
        .await?;
        Ok(())
    };
    let fault = practice.world.db.transaction(&practice.actor, force).await.unwrap_err().to_string();
    assert!(fault.contains("has less than is matched"), "{fault}");
}

#[tokio::test]
async fn one_remittance_may_come_in_several_deposits_and_a_match_is_undone_by_its_opposite() {
    let practice = practice().await;
    let remittance = paid(&practice, "T1", "80").await;
    import(&practice, &table(&[(EFT, "50.00"), (EFT, "30.00")])).await;
    let waiting = listed(&practice, View::Waiting).await;
    for deposit in &waiting {
        match_to(&practice, deposit.id, &[(remittance, &deposit.amount.to_string())]).await.unwrap();
    }
    let first = listed(&practice, View::Matched).await.remove(0);
    let undo = async |tx: &mut Tx| deposits::undo(tx, clock().now(), first.matches[0].id).await;
    let db = &practice.world.db;
    assert_eq!(db.transaction(&practice.actor, undo).await.unwrap(), first.id);
    let again = db.transaction(&practice.actor, undo).await.unwrap_err();
    assert_eq!(again.refusal().unwrap().code, "deposits/no-such-match");
    assert_eq!(practice.count("deposit_matches").await, 3);
    assert_eq!(listed(&practice, View::Waiting).await.len(), 1);
    proved(&practice).await;
}

#[tokio::test]
async fn what_a_person_took_apart_no_rule_puts_together_and_an_unposted_set_lets_go() {
    let practice = practice().await;
    let remittance = paid(&practice, "T1", "80").await;
    import(&practice, &table(&[(EFT, "80.00")])).await;
    let db = &practice.world.db;
    let unpost = async |tx: &mut Tx| {
        journey::unpost_remittance(tx, &clock(), remittance, "posted for the wrong practice").await
    };
    db.transaction(&practice.actor, unpost).await.unwrap();
    assert_eq!(
        proved(&practice).await,
        [
            "1 deposits of 80.00: matched 0.00, waiting 80.00",
            "remittances moved 0.00 of insurance cash: in the bank 0.00, announced 0.00",
        ]
    );

    let other = crate::remits::practice().await;
    paid(&other, "T1", "80").await;
    import(&other, &table(&[(EFT, "80.00")])).await;
    let matched = listed(&other, View::Matched).await.remove(0);
    let undo = async |tx: &mut Tx| deposits::undo(tx, clock().now(), matched.matches[0].id).await;
    other.world.db.transaction(&other.actor, undo).await.unwrap();
    let again = async |tx: &mut Tx| deposits::reassociate(tx, clock().now()).await;
    assert_eq!(other.world.db.transaction(&other.actor, again).await.unwrap(), 0);
}

#[tokio::test]
async fn what_waits_longer_than_three_business_days_is_late() {
    let practice = practice().await;
    paid(&practice, "T1", "80").await;
    import(&practice, &table(&[("MYSTERY", "25.00")])).await;
    // From Wednesday 1 April 2026: Thursday, Friday, Monday the 6th, Tuesday the 7th.
    for (today, late) in [("2026-04-06", 0), ("2026-04-07", 1)] {
        let today = today.parse().unwrap();
        let ask = async |tx: &mut Tx| deposits::totals(tx, today).await;
        let totals = practice.world.db.snapshot(&practice.actor, ask).await.unwrap();
        assert_eq!(
            (totals.deposits, totals.deposits_open, totals.deposits_late),
            (1, dollars("25.00"), late)
        );
        assert_eq!((totals.remittances, totals.remittances_open), (1, dollars("80.00")));
        assert_eq!(totals.remittances_late, late);
    }
}

#[tokio::test]
async fn another_practice_sees_none_of_it() {
    let practice = practice().await;
    import(&practice, &table(&[("MYSTERY", "25.00")])).await;
    let id = listed(&practice, View::All).await[0].id;
    let stranger = practice.world.organization("Oak Street").await;
    let look = async |tx: &mut Tx| deposits::list(tx, View::All, None, 50).await;
    assert_eq!(practice.world.db.snapshot(&stranger, look).await.unwrap(), []);
    let get = async |tx: &mut Tx| deposits::get(tx, id).await;
    let refused = practice.world.db.snapshot(&stranger, get).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "deposits/not-found");
}

#[tokio::test]
async fn deposits_that_come_to_one_remittance_are_offered_and_matched_together() {
    let practice = practice().await;
    let remittance = paid(&practice, "T1", "80").await;
    // One 835 by two transfers, and a third deposit that is none of it.
    import(&practice, &table(&[(EFT, "50.00"), (EFT, "30.00"), ("ACME", "30.00")])).await;
    let waiting = listed(&practice, View::Waiting).await;
    let first = waiting.iter().find(|one| one.amount == dollars("50.00")).unwrap();
    let second = waiting.iter().find(|one| one.trace_number.is_some() && one.id != first.id).unwrap();
    let found = candidates(&practice, first).await;
    let reasons: Vec<&str> = found.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "2 deposits with its trace come to it, at most 0 days apart",
            "same trace; 50.00 of the deposit and 80.00 of the remittance are open",
        ]
    );
    let offer = &found[0];
    assert_eq!((offer.parts[0].part.remittance, offer.parts[0].part.amount), (remittance, dollars("50.00")));
    assert_eq!(
        offer.with.iter().map(|one| (one.deposit, one.amount)).collect::<Vec<_>>(),
        [(second.id, dollars("30.00"))]
    );
    // All or none: 50.01 of 50.00 leaves the other one unmatched.
    let mut too_much = offer.clone();
    too_much.parts[0].part.amount = dollars("50.01");
    let refused = take(&practice, first.id, &too_much).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "deposits/more-than-open");
    assert_eq!(practice.count("deposit_matches").await, 0);

    assert_eq!(take(&practice, first.id, offer).await.unwrap().open, Money::ZERO);
    let left = listed(&practice, View::Waiting).await;
    assert_eq!(left.iter().map(|one| one.description.as_str()).collect::<Vec<_>>(), ["ACME"]);
    assert_eq!(candidates(&practice, &left[0]).await, []);
    assert_eq!(
        proved(&practice).await,
        [
            "3 deposits of 110.00: matched 80.00, waiting 30.00",
            "remittances moved 80.00 of insurance cash: in the bank 80.00, announced 0.00",
        ]
    );
}

#[tokio::test]
async fn a_held_remittance_is_offered_but_matched_only_once_it_is_posted() {
    let practice = practice().await;
    // The claim was paid 80.00, the payment says 75.00.
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = format!("CLP*{}*1*150*80**12*P1~CAS*CO*45*70~", claim.number);
    let held = practice.receive(&remit("T4", "75", &body)).await.remove(0);
    assert_eq!(held.outcome, State::Held);
    import(&practice, &table(&[("ACME", "75.00")])).await;
    let deposit = listed(&practice, View::Waiting).await.remove(0);
    let found = candidates(&practice, &deposit).await;
    assert_eq!((found.len(), found[0].held, found[0].parts[0].held), (1, true, true));
    assert_eq!(found[0].reason, "same amount, same payer, the same day, no trace; held, so post it first");
    let refused = match_to(&practice, deposit.id, &[(held.remittance, "75.00")]).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "deposits/held");
    proved(&practice).await;

    let because = Approval::Override { reason: "the payer confirmed by telephone".into() };
    practice.approve(held.remittance, &because).await.unwrap();
    let found = candidates(&practice, &deposit).await;
    assert_eq!((found.len(), found[0].held), (1, false));
    assert_eq!(found[0].reason, "same amount, same payer, the same day, no trace");
    let matched = match_to(&practice, deposit.id, &[(held.remittance, "75.00")]).await.unwrap();
    assert_eq!(matched.open, Money::ZERO);
    proved(&practice).await;
}

#[tokio::test]
async fn a_held_remittance_whose_payment_another_file_brought_is_offered_no_more() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = |adjusted: &str| format!("CLP*{}*1*150*75**12*P1~CAS*CO*45*{adjusted}~", claim.number);
    // 150.00 - 70.00 is not 75.00; the better file says 75.00 were given up.
    let held = practice.receive(&remit("T4", "75", &body("70"))).await.remove(0);
    assert_eq!(held.outcome, State::Held);
    let better = practice.receive(&remit("T4", "75", &body("75"))).await.remove(0);
    assert_eq!(better.outcome, State::Posted);
    import(&practice, &table(&[("ACME", "75.00")])).await;
    let deposit = listed(&practice, View::Waiting).await.remove(0);
    let found = candidates(&practice, &deposit).await;
    let offered: Vec<RemittanceId> = found.iter().map(|one| one.parts[0].part.remittance).collect();
    assert_eq!(offered, [better.remittance]);
}
