//! Credit balances and refunds: what is held and is not the practice's own, worked out by hand.
//!
//! The credit of most stories: charged 150.00; Acme pays 117.00 and gives up 33.00 (CO-45); then it pays
//! 40.00 once more under another number, with 110.00 as an earlier payer's effect (OA-23), which moves
//! nothing. 150.00 - 117.00 - 33.00 - 40.00 = -40.00.

mod command;
pub mod medicare;
mod pairs;
mod patients;
pub mod receipts;
mod returned;
pub mod settlements;
pub mod small_balances;
mod taken_back;

use chrono::NaiveDate;
use diesel::sql_query;
use diesel::sql_types::{Text, Uuid};
use diesel_async::RunQueryDsl;
use firstpass::credits::{
    self, Action, ActionRecord, Credit, CreditId, Filter, Refund, RefundMethod, TakenBack, refunds,
};
use firstpass::db::{Actor, Tx};
use firstpass::deposits;
use firstpass::ledger::Proof;
use firstpass::remits::adjustments::Settling;
use firstpass::remits::exceptions::Action as Settles;
use firstpass::types::{CreditActionId, EntryId, Money, RefundPaymentId, Result};

use crate::remits::{Practice, Sent, clock, furnish, practice, remit};
use crate::support::practice::day;

fn dollars(text: &str) -> Money {
    text.parse().unwrap()
}

/// The day of the stories.
fn today() -> NaiveDate {
    day("2026-04-02")
}

/// The claim of the module's doc, over-paid by 40.00.
pub async fn overpaid(practice: &Practice) -> Sent {
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let first = format!("CLP*{}*1*150*117**12*PCN1~CAS*CO*45*33~", claim.number);
    practice.receive_one(&remit("T1", "117", &first)).await;
    again(practice, &claim, "T2", "PCN2").await;
    claim
}

/// 40.00 more.
async fn again(practice: &Practice, claim: &Sent, trace: &str, pcn: &str) {
    let body = format!("CLP*{}*1*150*40**12*{pcn}~CAS*OA*23*110~", claim.number);
    practice.receive_one(&remit(trace, "40", &body)).await;
}

pub fn of_payer(practice: &Practice, claim: &Sent) -> CreditId {
    CreditId::Payer { claim: claim.account, payer: practice.payer }
}

async fn list(practice: &Practice, filter: Filter) -> Vec<Credit> {
    let look = async |tx: &mut Tx| credits::list(tx, today(), filter, None, 100).await;
    practice.world.db.snapshot(&practice.actor, look).await.unwrap()
}

/// Open credits: owner, amount, since when, and how old.
async fn open(practice: &Practice) -> Vec<String> {
    let all = list(practice, Filter::Open).await;
    all.iter()
        .map(|one| format!("{} {} since {}, {} days", one.owner(), one.amount, one.since, one.age_days))
        .collect()
}

pub async fn act(
    practice: &Practice,
    id: CreditId,
    action: Action,
    amount: Option<&str>,
) -> Result<ActionRecord> {
    let (now, amount) = (clock().now(), amount.map(dollars));
    let work = async |tx: &mut Tx| credits::act(tx, now, id, action, amount, None).await;
    practice.world.db.transaction(&practice.actor, work).await
}

async fn undo(practice: &Practice, id: CreditActionId) -> Result<ActionRecord> {
    let now = clock().now();
    let work = async |tx: &mut Tx| credits::undo(tx, now, id, "decided too soon").await;
    practice.world.db.transaction(&practice.actor, work).await
}

async fn owed_back(practice: &Practice, filter: refunds::Filter) -> Vec<Refund> {
    let look = async |tx: &mut Tx| refunds::list(tx, filter, None, 100).await;
    practice.world.db.snapshot(&practice.actor, look).await.unwrap()
}

/// Pays by check 1042.
pub async fn pay(practice: &Practice, refund: EntryId, on: &str) -> Result<Refund> {
    let now = clock().now();
    let work =
        async |tx: &mut Tx| refunds::pay(tx, now, refund, RefundMethod::Check, " 1042 ", day(on)).await;
    practice.world.db.transaction(&practice.actor, work).await
}

async fn void(practice: &Practice, id: RefundPaymentId) -> Result<Refund> {
    let now = clock().now();
    let work = async |tx: &mut Tx| refunds::void(tx, now, id, "the check came back").await;
    practice.world.db.transaction(&practice.actor, work).await
}

async fn take_back_unpaid(practice: &Practice, id: EntryId, why: &str) -> Result<TakenBack> {
    let now = clock().now();
    let db = &practice.world.db;
    db.transaction(&practice.actor, async |tx| credits::take_back_unpaid(tx, now, id, why).await).await
}

async fn take_back(practice: &Practice, id: RefundPaymentId, why: &str) -> Result<TakenBack> {
    let now = clock().now();
    let work = async |tx: &mut Tx| credits::take_back(tx, now, id, why).await;
    practice.world.db.transaction(&practice.actor, work).await
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T>, code: &str) {
    assert_eq!(outcome.unwrap_err().refusal().map(|refusal| refusal.code), Some(code));
}

async fn proofs(practice: &Practice, actor: &Actor) -> Vec<Proof> {
    let look = async |tx: &mut Tx| {
        let mut proofs = credits::proofs(tx).await?;
        proofs.extend(deposits::proofs(tx).await?);
        Ok(proofs)
    };
    practice.world.db.snapshot(actor, look).await.unwrap()
}

/// Every proof of the ledger, of remittances, deposits and credits holds.
async fn proves(practice: &Practice) {
    practice.proves().await;
    for proof in proofs(practice, &practice.actor).await {
        assert!(proof.holds, "{}: {}", proof.name, proof.detail);
    }
}

#[tokio::test]
async fn a_credit_is_a_balance_below_zero_with_the_entries_that_made_it() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let first = format!("CLP*{}*1*150*117**12*PCN1~CAS*CO*45*33~", claim.number);
    practice.receive_one(&remit("T1", "117", &first)).await;
    assert!(open(&practice).await.is_empty(), "paid to the cent");
    again(&practice, &claim, "T2", "PCN2").await;

    assert_eq!(open(&practice).await, ["Acme Health 40.00 since 2026-04-01, 1 days"]);
    let id = of_payer(&practice, &claim);
    let look = async |tx: &mut Tx| credits::detail(tx, today(), id).await;
    let detail = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    let movements: Vec<String> = detail
        .movements
        .iter()
        .map(|one| format!("{} {} {} = {}", one.document, one.other, one.amount, one.balance))
        .collect();
    assert_eq!(
        movements,
        [
            "charge charges 150.00 = 150.00",
            "claim_payment insurance_cash -117.00 = 33.00",
            "claim_payment contractual_adjustments -33.00 = 0.00",
            "claim_payment insurance_cash -40.00 = -40.00",
        ]
    );
    assert_eq!(detail.credit.since_entry, detail.movements[3].entry);
    assert_eq!(detail.credit.number.as_deref(), Some(claim.number.as_str()));
    // 40.00 more: it has been a credit since the first of April all the same.
    again(&practice, &claim, "T3", "PCN3").await;
    let grown = list(&practice, Filter::Open).await;
    assert_eq!((grown[0].amount, grown[0].since_entry), (dollars("80.00"), detail.credit.since_entry));
    let proved = proofs(&practice, &practice.actor).await;
    assert_eq!(
        proved[0].detail,
        "insurance_ar: owed 0.00 - 1 credits 80.00 = -80.00; patient_ar: owed 0.00 - 0 credits 0.00 = 0.00; \
         patient_credits: 0 credits 0.00 = 0.00"
    );
    proves(&practice).await;
}

#[tokio::test]
async fn a_credit_is_owed_back_paid_by_check_and_each_step_can_be_taken_back() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let id = of_payer(&practice, &claim);
    assert_eq!(practice.exception().await.item.kind.as_str(), "over_payment");

    let done = act(&practice, id, Action::Refund, None).await.unwrap();
    assert_eq!((done.amount, done.acted_on), (dollars("40.00"), today()));
    let owed = "insurance_cash 157.00, refunds_payable 40.00, charges 150.00, contractual_adjustments 33.00";
    assert_eq!(practice.books().await, owed);
    assert!(open(&practice).await.is_empty());
    assert!(practice.exceptions().await.is_empty(), "the exception asked the same");
    refused(act(&practice, id, Action::Refund, None).await, "credits/no-credit");
    proves(&practice).await;

    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    assert_eq!(
        (refund.payee_name(), refund.amount, refund.action),
        ("Acme Health", dollars("40.00"), Some(done.id))
    );
    refused(pay(&practice, refund.id, "2026-04-03").await, "credits/paid-on");
    refused(pay(&practice, refund.id, "2026-04-01").await, "credits/paid-on");
    let paid = pay(&practice, refund.id, "2026-04-02").await.unwrap().payment.unwrap();
    assert_eq!((paid.reference.as_str(), paid.paid_on), ("1042", today()));
    // 157.00 came, 40.00 went.
    let settled = "insurance_cash 117.00, charges 150.00, contractual_adjustments 33.00";
    assert_eq!(practice.books().await, settled);
    assert!(owed_back(&practice, refunds::Filter::Open).await.is_empty());
    assert_eq!(owed_back(&practice, refunds::Filter::Paid).await.len(), 1);
    refused(pay(&practice, refund.id, "2026-04-02").await, "credits/not-open");
    refused(undo(&practice, done.id).await, "credits/refund-paid");
    assert_eq!(
        proofs(&practice, &practice.actor).await[2].detail,
        "refunds payable 0.00: 0 refunds are owed with 0.00; 1 were paid with 40.00"
    );
    proves(&practice).await;

    let owed_again = void(&practice, paid.id).await.unwrap();
    assert_eq!((owed_again.id, owed_again.payment), (refund.id, None));
    assert_eq!(practice.books().await, owed);
    refused(void(&practice, paid.id).await, "credits/no-payment");
    proves(&practice).await;
    // Another check for the same refund, void as well; then the decision itself.
    let second = pay(&practice, refund.id, "2026-04-02").await.unwrap().payment.unwrap();
    void(&practice, second.id).await.unwrap();
    undo(&practice, done.id).await.unwrap();
    refused(undo(&practice, done.id).await, "credits/undone");
    assert_eq!(open(&practice).await, ["Acme Health 40.00 since 2026-04-02, 0 days"]);
    assert_eq!(practice.owed(&claim).await, "insurance -40.00, patient 0.00");
    proves(&practice).await;
}

#[tokio::test]
async fn a_refund_whose_check_came_back_is_taken_back_and_the_credit_is_open_again() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let before = practice.books().await;
    // 157.00 came; 150.00 - 33.00 - 157.00 = -40.00.
    assert_eq!(
        before,
        "insurance_cash 157.00, insurance_ar -40.00, charges 150.00, contractual_adjustments 33.00"
    );
    let done = act(&practice, of_payer(&practice, &claim), Action::Refund, Some("25.00")).await.unwrap();
    let refund = done.entry.unwrap();
    let paid = pay(&practice, refund, "2026-04-02").await.unwrap().payment.unwrap();
    // 157.00 - 25.00 and -40.00 + 25.00.
    let sent = "insurance_cash 132.00, insurance_ar -15.00, charges 150.00, contractual_adjustments 33.00";
    assert_eq!(practice.books().await, sent);
    refused(take_back(&practice, paid.id, " ").await, "credits/note");
    assert_eq!(practice.books().await, sent);

    let undone = take_back(&practice, paid.id, "returned by the post").await.unwrap();
    let TakenBack::Credit(undone) = undone else { panic!("a credit's refund") };
    assert_eq!((undone.id, undone.undone_on), (done.id, Some(today())));
    assert_eq!(practice.books().await, before);
    assert_eq!(open(&practice).await, ["Acme Health 40.00 since 2026-04-01, 1 days"]);
    for filter in [refunds::Filter::Open, refunds::Filter::Paid] {
        assert!(owed_back(&practice, filter).await.is_empty());
    }
    refused(take_back(&practice, paid.id, "again").await, "credits/no-payment");
    assert_eq!(
        proofs(&practice, &practice.actor).await[2].detail,
        "refunds payable 0.00: 0 refunds are owed with 0.00; 0 were paid with 0.00"
    );
    proves(&practice).await;
    // And it is decided anew: all of it.
    act(&practice, of_payer(&practice, &claim), Action::Refund, None).await.unwrap();
    assert_eq!(owed_back(&practice, refunds::Filter::Open).await[0].amount, dollars("40.00"));
    proves(&practice).await;
}

#[tokio::test]
async fn a_refund_of_a_provider_adjustment_is_taken_back_and_the_item_is_open_again() {
    let practice = practice().await;
    practice.receive_one(&remit("T1", "80", "PLB*1*20261231*WO:X1*-80~")).await;
    let item = practice.open_item().await.item.id;
    let done = practice.settle(item, Settling::Refund, None).await.unwrap();
    let paid = pay(&practice, done.entry.unwrap(), "2026-04-02").await.unwrap().payment.unwrap();
    assert_eq!(practice.books().await, "");
    let undone = take_back(&practice, paid.id, "it came back").await.unwrap();
    let TakenBack::ProviderAdjustment(undone) = undone else { panic!("a provider adjustment's refund") };
    assert_eq!((undone.id, undone.undone_on), (done.id, Some(today())));
    assert_eq!(practice.books().await, "insurance_cash 80.00, payer_recoupments 80.00");
    assert_eq!(practice.open_item().await.item.balance, dollars("80.00"));
    for filter in [refunds::Filter::Open, refunds::Filter::Paid] {
        assert!(owed_back(&practice, filter).await.is_empty());
    }
    refused(take_back(&practice, paid.id, "again").await, "credits/no-payment");
    proves(&practice).await;
}

#[tokio::test]
async fn a_part_of_a_credit_is_owed_back_and_never_more_than_there_is() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let id = of_payer(&practice, &claim);
    refused(act(&practice, id, Action::Refund, Some("40.01")).await, "credits/amount");
    refused(act(&practice, id, Action::Refund, Some("0.00")).await, "credits/amount");
    act(&practice, id, Action::Refund, Some("15.00")).await.unwrap();
    assert_eq!(open(&practice).await, ["Acme Health 25.00 since 2026-04-01, 1 days"]);
    assert_eq!(practice.exceptions().await.len(), 1, "a part of it is still to be decided");
    refused(act(&practice, id, Action::Refund, Some("25.01")).await, "credits/amount");
    act(&practice, id, Action::Refund, Some("25.00")).await.unwrap();
    let amounts: Vec<Money> =
        owed_back(&practice, refunds::Filter::Open).await.iter().map(|refund| refund.amount).collect();
    assert_eq!(amounts, [dollars("15.00"), dollars("25.00")]);
    assert!(practice.exceptions().await.is_empty());
    proves(&practice).await;
}

#[tokio::test]
async fn what_the_payer_will_take_back_waits_until_its_reversal_is_posted() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let id = of_payer(&practice, &claim);
    let wait = act(&practice, id, Action::WaitForPayer, None).await.unwrap();
    assert_eq!(wait.entry, None, "nothing moves");
    assert!(open(&practice).await.is_empty());
    let waiting = list(&practice, Filter::Waiting).await;
    assert_eq!(waiting[0].waits.as_ref().map(|waits| waits.action), Some(wait.id));
    refused(act(&practice, id, Action::WaitForPayer, None).await, "credits/action");
    assert!(practice.exceptions().await.is_empty());
    proves(&practice).await;

    // The reversal, with its money kept from nothing: announced as WO, -40.00 + 40.00 = 0.00.
    let back =
        format!("CLP*{}*22*-150*-40**12*PCN2~CAS*OA*23*-110~PLB*1*20261231*WO:PCN2*-40~", claim.number);
    practice.receive_one(&remit("T3", "0", &back)).await;
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
    assert!(list(&practice, Filter::Waiting).await.is_empty());
    proves(&practice).await;

    // A later one is another credit, and is decided anew.
    again(&practice, &claim, "T4", "PCN4").await;
    assert_eq!(open(&practice).await, ["Acme Health 40.00 since 2026-04-01, 1 days"]);
    let again = act(&practice, id, Action::WaitForPayer, None).await.unwrap();
    undo(&practice, again.id).await.unwrap();
    assert_eq!(open(&practice).await.len(), 1);
    proves(&practice).await;
}

#[tokio::test]
async fn what_the_payer_takes_for_the_visit_stands_beside_the_credit() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let other = practice.claim(&[("99213", "150.00")]).await;
    // 40.00 for another claim, and 40.00 kept for this one: nothing comes.
    let body = format!(
        "CLP*{}*1*150*40**12*PCN9~CAS*CO*45*110~PLB*1*20261231*WO:{}*40~",
        other.number, claim.number
    );
    practice.receive_one(&remit("T5", "0", &body)).await;
    let id = of_payer(&practice, &claim);
    let look = async |tx: &mut Tx| credits::detail(tx, today(), id).await;
    let detail = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    let takebacks: Vec<_> = detail.takebacks.iter().map(|item| (item.state.as_str(), item.balance)).collect();
    assert_eq!(takebacks, [("taken_unannounced", dollars("-40.00"))]);
    assert_eq!(detail.credit.amount, dollars("40.00"), "no reversal has come: it is to be asked for");
    proves(&practice).await;
}

#[tokio::test]
async fn what_medicare_paid_too_much_goes_back_to_it_within_sixty_days() {
    let practice = practice().await;
    let payer = practice.payer;
    let medicare = async |tx: &mut Tx| {
        sql_query("update payers set filing_indicator = $1 where id = $2")
            .bind::<Text, _>("MB")
            .bind::<Uuid, _>(payer)
            .execute(tx.conn())
            .await?;
        tx.audit("credits/test", payer, None, serde_json::json!({})).await
    };
    practice.world.db.transaction(&practice.actor, medicare).await.unwrap();
    let claim = overpaid(&practice).await;
    let id = of_payer(&practice, &claim);
    let on = async |today: &str| {
        let look = async |tx: &mut Tx| credits::get(tx, day(today), id).await;
        practice.world.db.snapshot(&practice.actor, look).await.unwrap()
    };
    // Posted with a payment of 1 April; 60 days from then are 31 May.
    let credit = on("2026-04-02").await;
    assert_eq!((credit.report_by, credit.days_left), (Some(day("2026-05-31")), Some(59)));
    refused(act(&practice, id, Action::CreditPatient, None).await, "credits/action");
    act(&practice, id, Action::WaitForPayer, None).await.unwrap();
    let late = on("2026-06-01").await;
    assert!(late.waits.is_some());
    assert_eq!(late.days_left, Some(-1), "waiting does not stop the clock");
    let look = async |tx: &mut Tx| credits::totals(tx).await;
    let totals = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    assert_eq!((totals.open, totals.waiting, totals.on_the_clock), (0, 1, 1));
    assert_eq!(totals.on_the_clock_since, Some(day("2026-04-01")));
    act(&practice, id, Action::Refund, None).await.unwrap();
    proves(&practice).await;
}

#[tokio::test]
async fn a_refund_that_was_decided_among_the_exceptions_is_paid_here() {
    let practice = practice().await;
    overpaid(&practice).await;
    let exception = practice.exception().await;
    practice.resolve(exception.item.id, &Settles::Refund).await.unwrap();
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    assert_eq!((refund.payee_name(), refund.amount, refund.action), ("Acme Health", dollars("40.00"), None));
    pay(&practice, refund.id, "2026-04-02").await.unwrap();
    assert_eq!(
        practice.books().await,
        "insurance_cash 117.00, charges 150.00, contractual_adjustments 33.00"
    );
    proves(&practice).await;
}

#[tokio::test]
async fn another_practices_credits_and_refunds_are_not_there() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let id = of_payer(&practice, &claim);
    let done = act(&practice, id, Action::Refund, Some("10.00")).await.unwrap();
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    let oak = practice.world.organization("Oak Street").await;
    let other = furnish(practice.world, oak, "OAK").await;
    assert!(list(&other, Filter::Open).await.is_empty());
    assert!(owed_back(&other, refunds::Filter::Open).await.is_empty());
    refused(act(&other, id, Action::Refund, None).await, "credits/no-credit");
    refused(pay(&other, refund.id, "2026-04-02").await, "credits/no-refund");
    refused(undo(&other, done.id).await, "credits/no-action");
}

#[tokio::test]
async fn a_row_that_says_something_else_than_the_ledger_breaks_a_proof() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let done = act(&practice, of_payer(&practice, &claim), Action::Refund, None).await.unwrap();
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    let paid = pay(&practice, refund.id, "2026-04-02").await.unwrap().payment.unwrap();
    // Marked as void and as undone, and nothing reversed.
    let write = async |sql: &str, id: uuid::Uuid| {
        let change = async |tx: &mut Tx| {
            sql_query(sql).bind::<Uuid, _>(id).execute(tx.conn()).await?;
            tx.audit("credits/test", done.id, None, serde_json::json!({})).await
        };
        practice.world.db.transaction(&practice.actor, change).await.unwrap();
    };
    write(
        "update refund_payments set (voided_on, voided_by, voided_why) = (paid_on, paid_by, 'x') where id = $1",
        paid.id.uuid(),
    )
    .await;
    let proved = proofs(&practice, &practice.actor).await;
    assert!(!proved[2].holds);
    assert_eq!(
        proved[2].detail,
        "refunds payable 0.00: 1 refunds are owed with 40.00; 0 were paid with 0.00; 1 payments are not what they say"
    );
    write(
        "update credit_actions set (undone_on, undone_by, undone_why) = (acted_on, acted_by, 'x') where id = $1",
        done.id.uuid(),
    )
    .await;
    let proved = proofs(&practice, &practice.actor).await;
    assert!(!proved[1].holds);
    assert_eq!(
        proved[1].detail,
        "0 actions moved 0.00, 1 are undone; 1 moved something else, 0 entries have no action"
    );
}
