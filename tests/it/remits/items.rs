//! PLB over files: announced, taken, carried forward, in error. Each story says the arithmetic and what
//! is on the books and open after each file.

use std::collections::BTreeMap;

use firstpass::remits::State;
use firstpass::remits::adjustments::{self, Filter, Item};
use firstpass::types::Money;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::remits::{Practice, file, moved, practice, remit, set, set_from, waits};

/// 150.00 charged: 80.00 paid, 50.00 off by contract, 20.00 of the patient.
fn decided(number: &str, control: &str) -> String {
    format!(
        "CLP*{number}*1*150*80*20*12*{control}~SVC*HC:99213*150*80**1~CAS*CO*45*50~CAS*PR*1*20~REF*6R*L1~"
    )
}

/// The same taken back.
fn taken_back(number: &str, control: &str) -> String {
    format!(
        "CLP*{number}*22*-150*-80*-20*12*{control}~SVC*HC:99213*-150*-80**-1~CAS*CO*45*-50~CAS*PR*1*-20~REF*6R*L1~"
    )
}

/// 90.00 paid, 50.00 off by contract, 10.00 of the patient.
fn corrected(number: &str, control: &str) -> String {
    format!(
        "CLP*{number}*1*150*90*10*12*{control}~SVC*HC:99213*150*90**1~CAS*CO*45*50~CAS*PR*1*10~REF*6R*L1~"
    )
}

fn plb(pairs: &str) -> String {
    format!("PLB*1234567893*20261231*{pairs}~")
}

impl Practice {
    async fn listed(&self, filter: Filter) -> Vec<Item> {
        let look = async |tx: &mut _| adjustments::list(tx, filter, None, 100).await;
        self.world.db.snapshot(&self.actor, look).await.unwrap()
    }

    /// Items, the largest first: `recoupment PCN1 80.00 will_be_taken`.
    async fn items(&self, filter: Filter) -> Vec<String> {
        let shown = |item: &Item| {
            let kind = item.kind.account();
            let reference = item.reference.as_deref().unwrap_or("-");
            format!("{kind} {reference} {} {}", item.balance, item.state.as_str())
        };
        self.listed(filter).await.iter().map(shown).collect()
    }

    async fn open_items(&self) -> Vec<String> {
        self.items(Filter::Open).await
    }

    /// The history of the item that is listed first: `WO -80.00 80.00`, reason, amount and balance.
    async fn history_of_first(&self) -> Vec<String> {
        let first = self.listed(Filter::All).await[0].id;
        let look = async |tx: &mut _| adjustments::get(tx, first).await;
        let detail = self.world.db.snapshot(&self.actor, look).await.unwrap();
        detail.history.iter().map(|a| format!("{} {} {}", a.reason, a.amount, a.balance)).collect()
    }
}

#[tokio::test]
async fn a_recovery_is_announced_beside_the_reversal_and_taken_in_a_later_file() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let other = practice.claim(&[("99213", "100.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number, "PCN1"))).await;
    assert_eq!(practice.open_items().await, [""; 0]);

    // X12 RFI 227: -80.00 of the claim and +80.00 by WO are a payment of 0.00; the payer will take 80.00.
    let body = taken_back(&claim.number, "PCN1") + &plb("WO:PCN1*-80");
    let (report, _) = practice.receive_one(&remit("T2", "0", &body)).await;
    assert_eq!(
        moved(&report),
        "insurance_ar 150.00, patient_ar -20.00, payer_recoupments -80.00, contractual_adjustments -50.00"
    );
    assert_eq!(
        practice.books().await,
        "insurance_cash 80.00, insurance_ar 250.00, payer_recoupments 80.00, charges 250.00"
    );
    assert_eq!(practice.open_items().await, ["payer_recoupments PCN1 80.00 will_be_taken"]);
    let open = practice.listed(Filter::Open).await;
    assert_eq!((open[0].claim, open[0].claim_number.as_deref()), (Some(claim.id), Some(&*claim.number)));
    practice.proves().await;

    // 100.00 of another claim less the 80.00.
    let body = format!("CLP*{}*1*100*100**12*PCN2~", other.number) + &plb("WO:PCN1*80");
    let (report, _) = practice.receive_one(&remit("T3", "20", &body)).await;
    assert_eq!(moved(&report), "insurance_cash 20.00, insurance_ar -100.00, payer_recoupments 80.00");
    assert_eq!(practice.books().await, "insurance_cash 100.00, insurance_ar 150.00, charges 250.00");
    assert_eq!(practice.open_items().await, [""; 0]);
    assert_eq!(practice.history_of_first().await, ["WO -80.00 80.00", "WO 80.00 0.00"]);
    practice.proves().await;
}

#[tokio::test]
async fn our_refund_check_is_acknowledged_beside_the_recovery_that_it_settles() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number, "PCN1"))).await;
    // The reversal takes 80.00, which WO announces; our check of 80.00 is 72 negative beside WO positive:
    // -80.00 + 80.00 - 80.00 + 80.00 = 0.00.
    let body = taken_back(&claim.number, "PCN1") + &plb("WO:PCN1*-80");
    practice.receive_one(&remit("T2", "0", &body)).await;
    let (report, _) = practice.receive_one(&remit("T3", "0", &plb("WO:PCN1*80*72:PCN1*-80"))).await;
    assert_eq!((report.outcome, moved(&report)), (State::Posted, String::new()));
    // The check itself is not on the books of remittances: it stays open until it is.
    assert_eq!(practice.open_items().await, ["payer_recoupments PCN1 80.00 will_be_taken"]);
    assert_eq!(practice.history_of_first().await, ["WO -80.00 80.00", "WO 80.00 0.00", "72 -80.00 80.00"]);
    practice.proves().await;
}

#[tokio::test]
async fn a_balance_carried_forward_lifts_the_payment_to_zero_and_is_taken_later() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number, "PCN1"))).await;
    // -80.00 of the claim, 80.00 carried forward.
    let body = taken_back(&claim.number, "PCN1") + &plb("FB:PCN1*-80");
    practice.receive_one(&remit("T2", "0", &body)).await;
    assert_eq!(practice.open_items().await, ["forwarding_balances PCN1 80.00 will_be_taken"]);
    // 90.00 by the correction less 80.00.
    let body = corrected(&claim.number, "PCN1") + &plb("FB:PCN1*80");
    practice.receive_one(&remit("T3", "10", &body)).await;
    assert_eq!(practice.open_items().await, [""; 0]);
    assert_eq!(
        practice.books().await,
        "insurance_cash 90.00, patient_ar 10.00, charges 150.00, contractual_adjustments 50.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn one_plb_for_several_claims_shows_all_that_was_taken_back_beside_it() {
    let practice = practice().await;
    let one = practice.claim(&[("99213", "150.00")]).await;
    let two = practice.claim(&[("99213", "150.00")]).await;
    let body = decided(&one.number, "PCN1") + &decided(&two.number, "PCN2");
    practice.receive_one(&remit("T1", "160", &body)).await;
    // -80.00 - 80.00 + 160.00
    let body = taken_back(&one.number, "PCN1") + &taken_back(&two.number, "PCN2") + &plb("WO:BATCH77*-160");
    practice.receive_one(&remit("T2", "0", &body)).await;
    let open = practice.listed(Filter::Open).await;
    assert_eq!(practice.open_items().await, ["payer_recoupments BATCH77 160.00 will_be_taken"]);
    assert_eq!(open[0].claim, None);
    let look = async |tx: &mut _| adjustments::get(tx, open[0].id).await;
    let detail = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    let reversed: Vec<_> = detail.reversals.iter().map(|r| (r.claim, r.paid.to_string())).collect();
    assert_eq!(reversed, [(Some(one.id), "-80.00".to_owned()), (Some(two.id), "-80.00".to_owned())]);
    practice.proves().await;
}

#[tokio::test]
async fn the_corrected_claim_before_the_reversal_ends_with_right_books_and_nothing_open() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number, "PCN1"))).await;
    // 0.00 owed - 90.00 - 50.00 - 10.00 = -150.00 by insurance, and 20.00 + 10.00 by the patient.
    let (report, _) = practice.receive_one(&remit("T2", "90", &corrected(&claim.number, "PCN1"))).await;
    assert_eq!(waits(&report), "over_payment 120.00");
    assert_eq!(practice.owed(&claim).await, "insurance -150.00, patient 30.00");
    // -80.00 of the claim, announced by WO.
    let body = taken_back(&claim.number, "PCN1") + &plb("WO:PCN1*-80");
    let (report, _) = practice.receive_one(&remit("T3", "0", &body)).await;
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 10.00");
    assert!(practice.exceptions().await.is_empty());
    // 80.00 + 90.00 are still in cash; the payer takes 80.00 of a later claim.
    assert_eq!(
        practice.books().await,
        "insurance_cash 170.00, patient_ar 10.00, payer_recoupments 80.00, charges 150.00, contractual_adjustments 50.00"
    );
    assert_eq!(practice.open_items().await, ["payer_recoupments PCN1 80.00 will_be_taken"]);
    practice.proves().await;
}

#[tokio::test]
async fn a_reference_is_one_however_the_payer_writes_it() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number, "0012-34"))).await;
    let glued = format!("1234 {}", claim.number);
    let body = taken_back(&claim.number, "0012-34") + &plb(&format!("WO:00{glued}*-80"));
    practice.receive_one(&remit("T2", "0", &body)).await;
    let open = practice.listed(Filter::Open).await;
    assert_eq!((open.len(), open[0].claim), (1, Some(claim.id)));
    let concerned = async |tx: &mut _| adjustments::of_claim(tx, claim.id).await;
    assert_eq!(practice.world.db.snapshot(&practice.actor, concerned).await.unwrap(), open);
    let other = practice.claim(&[("99213", "100.00")]).await;
    let body = format!("CLP*{}*1*100*100**12*PCN9~", other.number)
        + &plb(&format!("WO:{}*80", glued.replace(' ', "").to_lowercase()));
    practice.receive_one(&remit("T3", "20", &body)).await;
    assert_eq!(practice.open_items().await, [""; 0]);
    practice.proves().await;
}

#[tokio::test]
async fn another_payer_with_the_same_reference_has_an_item_of_its_own() {
    let practice = practice().await;
    practice.receive_one(&remit("T1", "80", &plb("WO:X1*-80"))).await;
    let other = file(&[set_from("BETA2", "T2", "50", &plb("WO:X1*-50"))]);
    practice.receive_one(&other).await;
    assert_eq!(
        practice.open_items().await,
        ["payer_recoupments X1 80.00 will_be_taken", "payer_recoupments X1 50.00 will_be_taken"]
    );
    practice.proves().await;
}

#[tokio::test]
async fn a_recovery_in_three_parts_is_open_until_the_last() {
    let practice = practice().await;
    // 100.00 came with T1 and are announced to be taken: 30.00, 30.00, 40.00.
    practice.receive_one(&remit("T1", "100", &plb("WO:X1*-100"))).await;
    for (trace, taken, left) in [("T2", 30, "70.00"), ("T3", 30, "40.00")] {
        let claim = practice.claim(&[("99213", "50.00")]).await;
        let body = format!("CLP*{}*1*50*50**12*{trace}~", claim.number) + &plb(&format!("WO:X1*{taken}"));
        practice.receive_one(&remit(trace, &(50 - taken).to_string(), &body)).await;
        assert_eq!(practice.open_items().await, [format!("payer_recoupments X1 {left} will_be_taken")]);
    }
    let claim = practice.claim(&[("99213", "50.00")]).await;
    let body = format!("CLP*{}*1*50*50**12*T4~", claim.number) + &plb("WO:X1*40");
    practice.receive_one(&remit("T4", "10", &body)).await;
    assert_eq!(practice.open_items().await, [""; 0]);
    // 100.00 + 20.00 + 20.00 + 10.00 = 150.00 for three claims of 50.00.
    assert_eq!(practice.books().await, "insurance_cash 150.00, charges 150.00");
    practice.proves().await;
}

#[tokio::test]
async fn what_is_taken_without_an_announcement_is_open_the_other_way() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "100.00")]).await;
    let body = format!("CLP*{}*1*100*100**12*PCN1~", claim.number) + &plb("WO:X1*30");
    practice.receive_one(&remit("T1", "70", &body)).await;
    assert_eq!(practice.open_items().await, ["payer_recoupments X1 -30.00 taken_unannounced"]);
    let totals = practice.world.db.snapshot(&practice.actor, adjustments::totals).await.unwrap();
    assert_eq!((totals.0, totals.1.to_string(), totals.2.to_string()), (1, "0.00".into(), "30.00".into()));
    practice.proves().await;
}

#[tokio::test]
async fn interest_beside_its_amt_is_posted_once_and_closed_at_once() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "100.00")]).await;
    // AMT*I repeats what PLB L6 pays: 100.00 + 1.25.
    let body = format!("CLP*{}*1*100*100**12*PCN1~AMT*I*1.25~", claim.number) + &plb("L6:PCN1*-1.25");
    let (report, _) = practice.receive_one(&remit("T1", "101.25", &body)).await;
    assert_eq!(moved(&report), "insurance_cash 101.25, insurance_ar -100.00, interest_income -1.25");
    assert_eq!(practice.open_items().await, [""; 0]);
    assert_eq!(practice.items(Filter::All).await, ["interest_income PCN1 1.25 closed"]);
    practice.proves().await;
}

#[tokio::test]
async fn a_second_copy_of_a_file_changes_no_item() {
    let practice = practice().await;
    let text = remit("T1", "80", &plb("WO:X1*-80"));
    practice.receive_one(&text).await;
    practice.receive(&text).await;
    // The same payment in another file.
    practice.receive(&file(&[set("T1", "80", &plb("WO:X1*-80"))]).replace("*1200*^", "*1201*^")).await;
    assert_eq!(practice.open_items().await, ["payer_recoupments X1 80.00 will_be_taken"]);
    assert_eq!(practice.history_of_first().await, ["WO -80.00 80.00"]);
    practice.proves().await;
}

#[tokio::test]
async fn unposting_the_set_that_took_opens_the_item_again() {
    let practice = practice().await;
    practice.receive_one(&remit("T1", "80", &plb("WO:X1*-80"))).await;
    let claim = practice.claim(&[("99213", "100.00")]).await;
    let body = format!("CLP*{}*1*100*100**12*PCN1~", claim.number) + &plb("WO:X1*80");
    let (report, _) = practice.receive_one(&remit("T2", "20", &body)).await;
    assert_eq!(practice.open_items().await, [""; 0]);
    practice.unpost(report.remittance).await.unwrap();
    assert_eq!(practice.open_items().await, ["payer_recoupments X1 80.00 will_be_taken"]);
    assert_eq!(
        practice.books().await,
        "insurance_cash 80.00, insurance_ar 100.00, payer_recoupments 80.00, charges 100.00"
    );
    practice.proves().await;
}

/// One file: its amounts by reason, reference and cents.
fn amounts() -> impl Strategy<Value = Vec<(&'static str, &'static str, i64)>> {
    let reason = prop::sample::select(vec!["WO", "72", "CS", "FB", "PI"]);
    let reference = prop::sample::select(vec!["X1", "X2", "00X1", "x-2"]);
    prop::collection::vec((reason, reference, -5_000..5_000i64), 1..6)
}

/// A set of these amounts; interest lifts a payment below zero to zero.
fn of_amounts(trace: usize, amounts: &[(&str, &str, i64)]) -> String {
    let x12 = |cents| Money::from_cents(cents).to_x12();
    let mut paid = 0;
    let mut body = String::new();
    for (reason, reference, cents) in amounts {
        body.push_str(&plb(&format!("{reason}:{reference}*{}", x12(*cents))));
        paid -= cents;
    }
    if paid < 0 {
        body.push_str(&plb(&format!("L6:LATE*{}", x12(paid))));
        paid = 0;
    }
    remit(&format!("T{trace}"), &x12(paid), &body)
}

#[test]
fn items_are_the_sums_of_what_files_say_and_close_at_zero() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let practice = runtime.block_on(practice());
    let trace = std::cell::Cell::new(0);
    let next = || {
        trace.set(trace.get() + 1);
        trace.get()
    };
    let files = prop::collection::vec(amounts(), 1..5);
    let mut runner = TestRunner::new(Config { cases: 16, failure_persistence: None, ..Config::default() });
    runner
        .run(&files, |files| {
            let mut expected: BTreeMap<(&str, &str), i64> = BTreeMap::new();
            runtime.block_on(async {
                for amounts in &files {
                    for (reason, reference, cents) in amounts {
                        let account = if matches!(*reason, "FB" | "PI") {
                            "forwarding_balances"
                        } else {
                            "payer_recoupments"
                        };
                        let plain = if reference.ends_with('1') { "X1" } else { "X2" };
                        *expected.entry((account, plain)).or_default() -= cents;
                    }
                    practice.receive_one(&of_amounts(next(), amounts)).await;
                    let mut open = BTreeMap::new();
                    for item in practice.listed(Filter::Open).await {
                        let plain = if item.reference.unwrap().ends_with('1') { "X1" } else { "X2" };
                        open.insert((item.kind.account().as_str(), plain), item.balance);
                    }
                    let left = expected.iter().filter(|(_, cents)| **cents != 0);
                    let left: BTreeMap<_, _> =
                        left.map(|(key, cents)| (*key, Money::from_cents(*cents))).collect();
                    prop_assert_eq!(open, left);
                }
                practice.proves().await;
                // The payer takes what is left, and gives back what it took too much.
                let rest: Vec<(&str, &str, i64)> = expected
                    .iter()
                    .map(|((account, reference), cents)| {
                        (if *account == "forwarding_balances" { "FB" } else { "WO" }, *reference, *cents)
                    })
                    .filter(|(_, _, cents)| *cents != 0)
                    .collect();
                if !rest.is_empty() {
                    practice.receive_one(&of_amounts(next(), &rest)).await;
                }
                prop_assert_eq!(practice.open_items().await, [""; 0]);
                let books = practice.books().await;
                prop_assert!(!books.contains("recoupments") && !books.contains("forwarding"), "{}", books);
                Ok(())
            })
        })
        .unwrap();
    runtime.block_on(practice.proves());
    drop(practice);
}
