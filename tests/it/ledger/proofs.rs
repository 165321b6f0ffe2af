//! Whatever is posted, in whatever order, proves.

use firstpass::ledger::{self, About, AccountKind, AsOf, EntryKind, NewEntry, Source, Transfer};
use firstpass::types::{ClaimId, EntryId, Money, PatientId, PayerId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use crate::ledger::{TEST, audited, broken, day, prove};
use crate::support;

/// A document in the making: accounts by their place in the chart, cents, and which of a few
/// claims, each with its patient and payer.
type Line = (usize, usize, i64, usize);

#[derive(Clone, Debug)]
enum Step {
    Post {
        day_of_march: u32,
        lines: Vec<Line>,
    },
    /// Undoes one of the entries posted so far, if it can be undone.
    Reverse {
        which: usize,
    },
    /// Posts a document once more.
    Again {
        which: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let accounts = 0..AccountKind::ALL.len();
    let line = (accounts.clone(), accounts, -50_000i64..50_000, 0usize..4);
    prop_oneof![
        4 => (1u32..=31, prop::collection::vec(line, 1..5))
            .prop_map(|(day_of_march, lines)| Step::Post { day_of_march, lines }),
        1 => (0usize..40).prop_map(|which| Step::Reverse { which }),
        1 => (0usize..40).prop_map(|which| Step::Again { which }),
    ]
}

/// The lines that are well formed; what is not, the types refuse.
fn entry(day_of_march: u32, lines: &[Line], abouts: &[About]) -> Option<NewEntry> {
    let lines: Vec<Transfer> = lines
        .iter()
        .filter_map(|&(debit, credit, cents, about)| {
            let (debit, credit) = (AccountKind::ALL[debit], AccountKind::ALL[credit]);
            Transfer::signed(debit, credit, Money::from_cents(cents), abouts[about]).ok().flatten()
        })
        .collect();
    let on = day(&format!("2026-03-{day_of_march:02}"));
    NewEntry::new(EntryKind::Adjustment, Source::new(TEST, Uuid::now_v7()), on, lines).ok()
}

#[test]
fn any_posted_history_proves() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(support::world());
    let mut runner = TestRunner::new(Config { cases: 24, max_shrink_iters: 60, ..Config::default() });
    let history = prop::collection::vec(prop::collection::vec(step(), 1..8), 1..6);
    runner
        .run(&history, |transactions| {
            runtime.block_on(async {
                let actor = world.organization("Elm Street").await;
                let abouts: Vec<About> = (0..4)
                    .map(|_| About {
                        claim: Some(ClaimId::new()),
                        payer: Some(PayerId::new()),
                        patient: Some(PatientId::new()),
                    })
                    .collect();
                let (mut documents, mut posted): (Vec<NewEntry>, Vec<EntryId>) = Default::default();
                let mut expected = [Money::ZERO; 32];
                for steps in &transactions {
                    let before = (documents, posted, expected);
                    (documents, posted, expected) = world
                        .db
                        .transaction(&actor, async |tx| {
                            let (mut documents, mut posted, mut expected) = before.clone();
                            for step in steps {
                                match step {
                                    Step::Post { day_of_march, lines } => {
                                        let Some(document) = entry(*day_of_march, lines, &abouts) else {
                                            continue;
                                        };
                                        posted.push(ledger::post(tx, &document).await?.entry_id);
                                        for line in document.transfers() {
                                            expected[place(line.debit())] += line.amount();
                                            expected[place(line.credit())] -= line.amount();
                                        }
                                        documents.push(document);
                                    }
                                    Step::Again { which } if !documents.is_empty() => {
                                        let document = &documents[which % documents.len()];
                                        assert!(ledger::post(tx, document).await?.already);
                                    }
                                    Step::Reverse { which } if !posted.is_empty() => {
                                        let source = Source::new(TEST, Uuid::now_v7());
                                        let which = which % posted.len();
                                        let undone =
                                            ledger::reverse(tx, posted[which], day("2026-04-01"), source)
                                                .await;
                                        if undone.is_ok() {
                                            for line in documents[which].transfers() {
                                                expected[place(line.debit())] -= line.amount();
                                                expected[place(line.credit())] += line.amount();
                                            }
                                        }
                                    }
                                    Step::Again { .. } | Step::Reverse { .. } => {}
                                }
                            }
                            audited(tx, (documents, posted, expected)).await
                        })
                        .await
                        .unwrap();
                }
                // Money that was applied before it came is the caller's doing, and is found.
                let proofs = prove(&world, &actor).await;
                let broken: Vec<_> =
                    broken(&proofs).into_iter().filter(|name| *name != "money_held").collect();
                assert!(broken.is_empty(), "{proofs:#?}");
                let balances = world
                    .db
                    .snapshot(&actor, async |tx| ledger::balances(tx, AsOf::NOW).await)
                    .await
                    .unwrap();
                for row in balances {
                    assert_eq!(
                        row.debits - row.credits,
                        expected[place(row.account.kind)],
                        "{}",
                        row.account.kind
                    );
                }
                let mid_march = AsOf::day(day("2026-03-15"));
                let proofs =
                    world.db.snapshot(&actor, async |tx| ledger::proofs(tx, mid_march).await).await.unwrap();
                assert!(proofs.iter().all(|proof| proof.holds || proof.name == "money_held"), "{proofs:#?}");
            });
            Ok(())
        })
        .unwrap();
}

fn place(kind: AccountKind) -> usize {
    AccountKind::ALL.iter().position(|&other| other == kind).unwrap()
}

#[tokio::test]
async fn a_practice_that_has_posted_nothing_proves() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let proofs = prove(&world, &actor).await;
    assert_eq!(broken(&proofs), [""; 0]);
    let names: Vec<&str> = proofs.iter().map(|proof| proof.name).collect();
    assert_eq!(
        names,
        [
            "trial_balance",
            "entries_are_whole",
            "reversals_mirror",
            "chain",
            "receivables_by_claim",
            "receivables_by_patient",
            "money_held",
            "totals_are_sums",
            "guards_stand"
        ]
    );
}
