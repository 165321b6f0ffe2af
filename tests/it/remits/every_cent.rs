//! Whatever a balanced set says, insurance cash moves by exactly its payment.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use firstpass::ledger::AccountKind;
use firstpass::remits::State;
use firstpass::types::Money;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::remits::{Practice, Sent, practice, remit};

/// One CLP: which claim (the pool, or nobody's), CLP02, charge and what of it is paid, and how
/// the rest is explained.
#[derive(Clone, Debug)]
struct Clp {
    claim: usize,
    status: &'static str,
    charged: i64,
    paid: i64,
    reasons: Vec<(&'static str, &'static str)>,
    with_line: bool,
}

fn clp() -> impl Strategy<Value = Clp> {
    let status = prop::sample::select(vec!["1", "1", "1", "2", "3", "4", "19", "20", "22", "23", "25", "99"]);
    let reason = prop::sample::select(vec![
        ("CO", "45"),
        ("CO", "97"),
        ("PR", "1"),
        ("PR", "2"),
        ("PR", "96"),
        ("OA", "23"),
        ("PI", "16"),
        ("CO", "94"),
    ]);
    let reasons = prop::collection::vec(reason, 1..4);
    (0..5usize, status, 0..50_000i64, -20..120i64, reasons, any::<bool>()).prop_map(
        |(claim, status, charged, percent, reasons, with_line)| {
            let sign = if status == "22" { -1 } else { 1 };
            let paid = charged * percent / 100;
            Clp { claim, status, charged: sign * charged, paid: sign * paid, reasons, with_line }
        },
    )
}

fn plb() -> impl Strategy<Value = (&'static str, i64)> {
    let reason = prop::sample::select(vec!["WO", "FB", "L6", "72", "CS", "LE", "J1", "ZZ"]);
    (reason, -5_000..5_000i64)
}

fn x12(cents: i64) -> String {
    Money::from_cents(cents).to_x12()
}

/// A set that balances: what is not paid is spread over the reasons, and a payment below zero is
/// carried forward.
fn text(trace: usize, claims: &[Clp], plbs: &[(&'static str, i64)], pool: &[Sent]) -> (String, Money) {
    let mut body = String::new();
    let mut paid = 0;
    for (at, clp) in claims.iter().enumerate() {
        let number = pool.get(clp.claim).map_or("NOBODYS", |sent| sent.number.as_str());
        let (charged, pays) = (x12(clp.charged), x12(clp.paid));
        body.push_str(&format!("CLP*{number}*{}*{charged}*{pays}**12*PCN{trace}X{at}~", clp.status));
        if clp.with_line {
            body.push_str(&format!("SVC*HC:99213*{charged}*{pays}**1~"));
        }
        let shares = Money::from_cents(clp.charged - clp.paid).allocate(&vec![1; clp.reasons.len()]);
        for ((group, reason), share) in clp.reasons.iter().zip(shares) {
            body.push_str(&format!("CAS*{group}*{reason}*{}~", share.to_x12()));
        }
        paid += clp.paid;
    }
    for (reason, amount) in plbs {
        body.push_str(&format!("PLB*1*20261231*{reason}:R1*{}~", x12(*amount)));
        paid -= amount;
    }
    if paid < 0 {
        body.push_str(&format!("PLB*1*20261231*FB:R2*{}~", x12(paid)));
        paid = 0;
    }
    (remit(&format!("G{trace}"), &x12(paid), &body), Money::from_cents(paid))
}

async fn cash(practice: &Practice) -> Money {
    let balances = practice
        .world
        .db
        .snapshot(&practice.actor, async |tx| {
            firstpass::ledger::balances(tx, firstpass::ledger::AsOf::NOW).await
        })
        .await
        .unwrap();
    balances.iter().find(|row| row.account.kind == AccountKind::InsuranceCash).unwrap().balance
}

#[test]
fn cash_moves_by_exactly_bpr02() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let practice = runtime.block_on(practice());
    let pool: Vec<Sent> = runtime.block_on(async {
        let mut pool = vec![];
        for _ in 0..2 {
            pool.push(practice.claim(&[("99213", "150.00")]).await);
            pool.push(practice.claim_with_second_payer(&[("99213", "200.00")]).await);
        }
        pool
    });
    let trace = std::cell::Cell::new(0);
    let sets = (prop::collection::vec(clp(), 0..12), prop::collection::vec(plb(), 0..4));
    let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    runner
        .run(&sets, |(claims, plbs)| {
            trace.set(trace.get() + 1);
            let (text, paid) = text(trace.get(), &claims, &plbs, &pool);
            runtime.block_on(async {
                let before = cash(&practice).await;
                let (report, _) = practice.receive_one(&text).await;
                prop_assert!(matches!(report.outcome, State::Posted | State::PartlyPosted), "{report:?}");
                prop_assert_eq!(cash(&practice).await - before, paid);
                prop_assert_eq!(report.entries.values().sum::<Money>(), Money::ZERO);
                prop_assert_eq!(usize::try_from(report.claims).unwrap(), claims.len());
                Ok(())
            })
        })
        .unwrap();
    runtime.block_on(practice.proves());
    // The server's last user must not end inside the runtime.
    drop(practice);
}

#[tokio::test]
async fn one_changed_cent_of_a_decision_breaks_the_proofs_and_is_named() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = format!("CLP*{}*1*150*80**12*P~CAS*CO*45*70~", claim.number);
    practice.receive_one(&remit("T1", "80", &body)).await;
    let mut owner = AsyncPgConnection::establish(&practice.world.owner_url()).await.unwrap();
    owner
        .batch_execute(&format!(
            "select set_config('app.organization', '{}', false); update remit_claims set paid = 80.01",
            practice.actor.organization.uuid()
        ))
        .await
        .unwrap();
    let proofs = practice
        .world
        .db
        .snapshot(&practice.actor, async |tx| {
            firstpass::remits::proofs(tx, firstpass::ledger::AsOf::NOW).await
        })
        .await
        .unwrap();
    let told: Vec<(&str, bool)> = proofs.iter().map(|proof| (proof.name, proof.holds)).collect();
    assert_eq!(
        told,
        [
            ("payments_are_cash", false),
            ("decisions_have_entries", false),
            ("decisions_add_up", false),
            ("movements_are_entries", true),
            ("waiting_money_has_a_reason", true),
            ("waiting_money_is_open", true),
            ("cash_is_remitted", false),
            ("waiting_money_is_held", true),
            ("provider_adjustments_are_items", true),
            ("open_items_are_balances", true),
            ("restatements_are_written_off", true),
        ]
    );
    assert!(
        proofs[0].detail.starts_with(
            "1 sets: claims 80.01 - provider adjustments 0.00 = payments 80.00; cash 80.00; 1 do not hold, the first rem_"
        ),
        "{}",
        proofs[0].detail
    );
}
