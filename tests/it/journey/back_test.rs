//! A rule is tried on what was sent before it is published: whom it would have stopped, and what
//! payers decided about those.

use firstpass::claims::Past;
use firstpass::codes::Codes;
use firstpass::db::Tx;
use firstpass::journey::{self, BackTested, Change, ClaimOutcome, Tally, Tried};
use firstpass::scrub::rulebook;
use firstpass::scrub::written::Definition;
use firstpass::scrub::{Grade, Severity};
use firstpass::types::{Money, RuleId};
use serde_json::json;

use crate::journey::Office;
use crate::support::practice::day;

/// Four claims, oldest first. Meridian pays 20610 with authorization only.
///
/// 1. Meridian, 99213-25 and 20610: 92.00 paid, 165.00 denied by CO-197.
/// 2. Prairie, 20610 for 200.00: 68 % is 136.00, less 10.00 deductible, less 10 % of 126.00: 113.40 paid.
/// 3. Meridian, 99213 alone: paid, and nothing to do with 20610.
/// 4. Meridian, 20610 for 180.00: sent, not answered yet.
async fn history() -> Office {
    let office = Office::open().await;
    let first = [("99213", "25", "150.00"), ("20610", "RT", "165.00")];
    office
        .day(&[
            ("P-MERIDIAN", "2026-03-02", "M17.11", &first),
            ("P-PRAIRIE", "2026-03-03", "M17.11", &[("20610", "RT", "200.00")]),
            ("P-MERIDIAN", "2026-03-04", "J06.9", &[("99213", "", "150.00")]),
        ])
        .await;
    office.charge(&[("P-NEW-GROUP", "2026-03-05", "M17.11", &[("20610", "RT", "180.00")])]).await;
    office.send().await;
    office
}

async fn write(office: &Office, severity: &str, related: &[&str]) -> RuleId {
    let definition: Definition = serde_json::from_value(json!({
        "title": "Injections need an authorization",
        "severity": severity,
        "each": "line",
        "when": { "all": [
            { "test": { "field": "procedure", "op": "is", "values": ["20610"] } },
            { "test": { "field": "line_authorization", "op": "is_missing" } },
        ] },
        "message": "an injection without authorization",
        "next": "Ask the payer for one.",
        "related_carcs": related,
    }))
    .unwrap();
    let (db, now) = (&office.world.db, office.clock.now());
    let name = format!("injection-{severity}-{}", related.len());
    let made = db.transaction(&office.actor, async |tx| rulebook::create(tx, now, &name, &definition).await);
    made.await.unwrap().id
}

fn all_of_march() -> Past {
    Past { from: day("2026-03-01"), to: day("2026-03-31"), payer: None }
}

async fn tested(office: &Office, tried: &Tried, past: Past) -> BackTested {
    let test = async |tx: &mut Tx| journey::back_test(tx, Codes::shipped(), tried, past).await;
    office.world.db.snapshot(&office.actor, test).await.unwrap()
}

fn tally(count: usize, cents: i64) -> Tally {
    Tally { count, amount: Money::from_cents(cents) }
}

#[tokio::test]
async fn a_back_test_counts_what_was_denied_what_was_paid_and_what_is_open() {
    let office = history().await;
    let rule = Tried::Written(write(&office, "stop", &["197"]).await, None);
    let result = tested(&office, &rule, all_of_march()).await;
    assert_eq!((result.rule.as_str(), result.version), ("practice/injection-stop-1", 1));
    assert_eq!((result.claims, result.complete), (4, true));
    assert_eq!(result.stopped, tally(3, 31_500 + 20_000 + 18_000));
    assert_eq!(result.warned, tally(0, 0));
    assert_eq!(result.denied_related, tally(1, 16_500));
    assert_eq!(result.denied_otherwise, tally(0, 0));
    assert_eq!(result.paid, tally(1, 11_340));
    assert_eq!(result.undecided, tally(1, 18_000));

    let claims = office.claims().await;
    let told: Vec<_> =
        result.examples.iter().map(|it| (it.claim, it.outcome, it.paid.cents(), it.denied.cents())).collect();
    assert_eq!(
        told,
        [
            (claims[3].id, ClaimOutcome::Undecided, 0, 0),
            (claims[1].id, ClaimOutcome::Paid, 11_340, 0),
            (claims[0].id, ClaimOutcome::DeniedRelated, 9_200, 16_500),
        ]
    );
    assert_eq!(result.examples[2].findings[0].pointer, "/lines/1/procedure");
}

#[tokio::test]
async fn a_back_test_looks_at_the_days_and_the_payer_that_are_meant() {
    let office = history().await;
    let rule = Tried::Written(write(&office, "stop", &["197"]).await, None);
    let one_day = Past { from: day("2026-03-02"), to: day("2026-03-02"), payer: None };
    let result = tested(&office, &rule, one_day).await;
    assert_eq!((result.claims, result.stopped.count, result.denied_related.count), (1, 1, 1));
    let prairie = office.claims().await[1].payer;
    let result = tested(&office, &rule, Past { payer: Some(prairie), ..all_of_march() }).await;
    assert_eq!((result.claims, result.stopped.count, result.paid.count), (1, 1, 1));
    let backwards = Past { from: day("2026-03-02"), to: day("2026-03-01"), payer: None };
    let test = async |tx: &mut Tx| journey::back_test(tx, Codes::shipped(), &rule, backwards).await;
    let refused = office.world.db.snapshot(&office.actor, test).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "rules/days");
}

#[tokio::test]
async fn a_denial_for_another_reason_is_none_that_the_rule_prevents() {
    let office = history().await;
    let for_16 = Tried::Written(write(&office, "warn", &["16"]).await, None);
    let result = tested(&office, &for_16, all_of_march()).await;
    assert_eq!((result.stopped, result.warned.count), (tally(0, 0), 3));
    assert_eq!((result.denied_related, result.denied_otherwise), (tally(0, 0), tally(1, 16_500)));
    // Without a reason of its own every denial counts.
    let for_any = Tried::Written(write(&office, "warn", &[]).await, None);
    assert_eq!(tested(&office, &for_any, all_of_march()).await.denied_related, tally(1, 16_500));
}

#[tokio::test]
async fn a_built_in_rule_is_tried_the_same_way() {
    let office = history().await;
    let result = tested(&office, &Tried::BuiltIn("scrub/diagnosis-code".into()), all_of_march()).await;
    assert_eq!((result.claims, result.stopped), (4, tally(0, 0)));
    let none = Tried::BuiltIn("scrub/no-such".into());
    let test = async |tx: &mut Tx| journey::back_test(tx, Codes::shipped(), &none, all_of_march()).await;
    let refused = office.world.db.snapshot(&office.actor, test).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "rules/not-found");
}

#[tokio::test]
async fn what_other_rules_would_find_is_told_claim_by_claim() {
    let office = history().await;
    let rule = write(&office, "stop", &["197"]).await;
    let compare = async |change: Change| {
        let what_if =
            async |tx: &mut Tx| journey::what_if(tx, Codes::shipped(), &change, all_of_march()).await;
        office.world.db.snapshot(&office.actor, what_if).await.unwrap()
    };
    let same = compare(Change::default()).await;
    assert_eq!((same.claims, same.differing, same.complete), (4, 0, true));

    let with_draft = Change { drafts: vec![(rule, None)], ..Change::default() };
    let draft = compare(with_draft.clone()).await;
    assert_eq!((draft.differing, draft.newly_stopped, draft.no_longer_stopped), (3, 3, 0));
    assert_eq!(draft.appearing, [("practice/injection-stop-1".to_owned(), 3)].into());
    assert_eq!(draft.disappearing, [].into());
    assert_eq!(draft.examples.len(), 3);

    // Published, it is among the rules of now: a grade makes the difference, and so does a day before it.
    let (db, now) = (&office.world.db, office.clock.now());
    let publish = async |tx: &mut Tx| rulebook::publish(tx, now, rule, 1, 0, "").await;
    db.transaction(&office.actor, publish).await.unwrap();
    assert_eq!(compare(with_draft).await.differing, 0);
    let id = "practice/injection-stop-1".to_owned();
    let warn =
        Change { grades: vec![(id.clone(), None, Some(Grade::As(Severity::Warn)))], ..Change::default() };
    let graded = compare(warn).await;
    assert_eq!((graded.differing, graded.newly_stopped, graded.no_longer_stopped), (3, 0, 3));
    assert_eq!((graded.appearing[&id], graded.disappearing[&id]), (3, 3));
    let before = Change { as_of: Some(now - chrono::TimeDelta::days(1)), ..Change::default() };
    let before = compare(before).await;
    assert_eq!((before.no_longer_stopped, before.disappearing[&id]), (3, 3));
}
