//! The practice's own rules in the database: written, published, graded, and asked of claims.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use firstpass::access::trail;
use firstpass::charges::{self, Mode};
use firstpass::claims::{self, StoredClaim};
use firstpass::codes::Codes;
use firstpass::db::Actor;
use firstpass::exchange::files::{Direction, keep};
use firstpass::journey;
use firstpass::scrub::rulebook::{self, RuleItem};
use firstpass::scrub::written::Definition;
use firstpass::scrub::{Grade, PayerRules, RuleBook, Severity, trials};
use firstpass::types::{ClaimId, PayerId, RuleId};
use serde_json::{Value, json};

use crate::charges::import_charges::file as charge_file;
use crate::support::practice::Practice;
use crate::support::{self, World};

/// A visit by 99213 needs a referral number.
pub fn needs_referral() -> Value {
    json!({
        "title": "Visits need a referral",
        "severity": "stop",
        "each": "line",
        "when": { "all": [
            { "test": { "field": "procedure", "op": "in_range", "values": ["99202", "99215"] } },
            { "test": { "field": "referral_number", "op": "is_missing" } },
        ] },
        "message": "a visit without a referral number",
        "next": "Ask the referring physician for it.",
        "point_at": "referral_number",
        "related_carcs": ["288"],
    })
}

fn now() -> DateTime<Utc> {
    "2026-03-10T15:00:00Z".parse().unwrap()
}

fn later(minutes: i64) -> DateTime<Utc> {
    now() + TimeDelta::minutes(minutes)
}

struct Desk {
    world: World,
    practice: Practice,
}

impl Desk {
    async fn open() -> Desk {
        let world = support::world().await;
        let practice = world.practice("Elm Street").await;
        Desk { world, practice }
    }

    fn actor(&self) -> &Actor {
        &self.practice.actor
    }

    async fn create(&self, name: &str, definition: Value) -> RuleItem {
        let definition: Definition = serde_json::from_value(definition).unwrap();
        self.world
            .db
            .transaction(self.actor(), async |tx| rulebook::create(tx, now(), name, &definition).await)
            .await
            .unwrap()
    }

    async fn publish(&self, rule: &RuleItem, at: DateTime<Utc>) -> firstpass::types::Result<RuleItem> {
        let (id, version, release) = (rule.id, rule.version, rule.release);
        self.world
            .db
            .transaction(self.actor(), async |tx| rulebook::publish(tx, at, id, version, release, "").await)
            .await
    }

    async fn save(&self, rule: &RuleItem, definition: Value) -> firstpass::types::Result<RuleItem> {
        let definition: Definition = serde_json::from_value(definition).unwrap();
        let (id, seen) = (rule.id, rule.version);
        self.world
            .db
            .transaction(self.actor(), async |tx| rulebook::save(tx, later(1), id, seen, &definition).await)
            .await
    }

    async fn grade(&self, rule: &str, payer: Option<PayerId>, grade: Option<Grade>) {
        self.world
            .db
            .transaction(self.actor(), async |tx| {
                rulebook::grade(tx, later(2), rule, payer, grade, "the payer does not ask for it").await
            })
            .await
            .unwrap();
    }

    async fn book(&self, as_of: Option<DateTime<Utc>>) -> RuleBook {
        self.world.db.snapshot(self.actor(), async |tx| rulebook::load(tx, as_of).await).await.unwrap()
    }

    /// A drafted claim of one visit of `A-100` to the first payer.
    async fn claim(&self, visit: &str) -> ClaimId {
        let csv = charge_file(&[(visit, "A-100", "2026-03-02,11,99213,,1,150.00,E11.9,,A")]);
        self.world
            .db
            .transaction(self.actor(), async |tx| {
                let kept = keep(tx, csv.as_bytes(), "charges.csv", Direction::In).await?;
                let charges = charges::read_sheet(csv.as_bytes(), None)?;
                journey::import_charges(tx, now(), kept.id, charges, Mode::AllOrNothing).await?;
                let ids = claims::ids_with_status(tx, claims::Status::Draft, None, 10).await?;
                Ok(ids[0])
            })
            .await
            .unwrap()
    }

    async fn scrub(&self, claim: ClaimId) -> journey::ScrubbedOne {
        let codes = Codes::shipped();
        let scrub = async |tx: &mut firstpass::db::Tx| journey::scrub_claim(tx, later(5), codes, claim).await;
        self.world.db.transaction(self.actor(), scrub).await.unwrap()
    }

    async fn stored(&self, claim: ClaimId) -> StoredClaim {
        self.world.db.snapshot(self.actor(), async |tx| claims::get(tx, claim).await).await.unwrap()
    }

    /// What was done to rules, the oldest first.
    async fn audited(&self) -> Vec<(String, Value)> {
        let db = &self.world.db;
        let events =
            db.snapshot(self.actor(), async |tx| trail::list(tx, None, None, None, 100).await).await.unwrap();
        let of_rules = events.into_iter().rev().filter(|event| event.action.starts_with("rules/"));
        of_rules.map(|event| (event.action, event.detail)).collect()
    }
}

#[track_caller]
fn code<T: std::fmt::Debug>(outcome: firstpass::types::Result<T>) -> &'static str {
    outcome.unwrap_err().refusal().expect("a refusal").code
}

#[tokio::test]
async fn a_published_rule_holds_the_claim_and_a_draft_or_retired_one_does_not() {
    let desk = Desk::open().await;
    let rule = desk.create("needs-referral", needs_referral()).await;
    assert_eq!((rule.rule.as_str(), rule.state()), ("practice/needs-referral", "draft"));
    let claim = desk.claim("V1").await;
    let scrubbed = desk.scrub(claim).await;
    assert_eq!((scrubbed.status.as_str(), scrubbed.findings.len()), ("ready", 0));

    let rule = desk.publish(&rule, later(3)).await.unwrap();
    assert_eq!((rule.state(), rule.published, rule.release), ("published", Some(1), 1));
    // Ready by yesterday's rules: looked at again before it is queued.
    let queued = desk
        .world
        .db
        .transaction(desk.actor(), async |tx| journey::queue_ready(tx, later(4), Codes::shipped()).await)
        .await;
    assert_eq!(queued.unwrap().len(), 0);
    let held = desk.stored(claim).await;
    assert_eq!(held.status.as_str(), "held");
    assert_eq!(
        held.findings,
        json!([{
            "rule": "practice/needs-referral",
            "version": 1,
            "severity": "stop",
            "claim": claim.to_string(),
            "pointer": "/referral_number",
            "element": "2300 REF02 (9F)",
            "found": "",
            "message": "a visit without a referral number",
            "source": "the practice's rule, version 1, published 2026-03-10 by system:test",
            "next": "Ask the referring physician for it.",
        }])
    );

    let (db, id) = (&desk.world.db, rule.id);
    db.transaction(desk.actor(), async |tx| rulebook::retire(tx, later(5), id, 1, "no use").await)
        .await
        .unwrap();
    assert_eq!(desk.scrub(claim).await.status.as_str(), "ready");
    assert_eq!(
        desk.audited().await,
        [
            ("rules/create".to_owned(), json!({ "rule": "practice/needs-referral", "version": 1 })),
            (
                "rules/publish".to_owned(),
                json!({ "rule": "practice/needs-referral", "version": 1, "instead_of": null })
            ),
            ("rules/retire".to_owned(), json!({ "rule": "practice/needs-referral", "version": 1 })),
        ]
    );
}

#[tokio::test]
async fn drafts_of_a_whole_batch_are_held_by_a_rule_and_counted_by_it() {
    let desk = Desk::open().await;
    let rule = desk.create("needs-referral", needs_referral()).await;
    desk.publish(&rule, now()).await.unwrap();
    desk.claim("V1").await;
    let codes = Codes::shipped();
    let scrubbed = journey::scrub_drafts(&desk.world.db, desk.actor(), later(1), codes).await.unwrap();
    assert_eq!((scrubbed.ready.count, scrubbed.held.count), (0, 1));
    assert_eq!(scrubbed.stopped_by, [("practice/needs-referral".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_published_version_stays_while_the_next_is_written() {
    let desk = Desk::open().await;
    let first = desk.create("needs-referral", needs_referral()).await;
    let first = desk.publish(&first, now()).await.unwrap();
    let mut milder = needs_referral();
    milder["severity"] = "warn".into();
    let second = desk.save(&first, milder).await.unwrap();
    assert_eq!((second.version, second.published, second.state()), (2, Some(1), "changed"));
    // Saved as it is: no third version.
    let definition = serde_json::to_value(&second.definition).unwrap();
    assert_eq!(desk.save(&second, definition).await.unwrap().version, 2);

    let claim = desk.claim("V1").await;
    assert_eq!(desk.scrub(claim).await.findings[0].severity, Severity::Stop);
    desk.publish(&second, later(3)).await.unwrap();
    let scrubbed = desk.scrub(claim).await;
    let warned = &scrubbed.findings[0];
    assert_eq!((scrubbed.status.as_str(), warned.version, warned.severity), ("ready", 2, Severity::Warn));

    // The rules of a past moment can be had again.
    let before = desk.book(Some(later(2))).await;
    let after = desk.book(Some(later(3))).await;
    let version = |book: &RuleBook| {
        let rules = book.for_payer(desk.practice.first_payer, PayerRules::default());
        rules.written.iter().map(|rule| rule.version).collect::<Vec<_>>()
    };
    assert_eq!((version(&before), version(&after)), (vec![1], vec![2]));
    assert_eq!(desk.book(Some(now() - TimeDelta::minutes(1))).await, RuleBook::default());
}

#[tokio::test]
async fn who_has_not_seen_the_newest_version_or_release_is_refused() {
    let desk = Desk::open().await;
    let seen = desk.create("needs-referral", needs_referral()).await;
    let mut other = needs_referral();
    other["title"] = "Visits need a referral number".into();
    desk.save(&seen, other.clone()).await.unwrap();
    assert_eq!(code(desk.save(&seen, needs_referral()).await), "rules/changed");
    desk.publish(&seen, now()).await.unwrap();
    assert_eq!(code(desk.publish(&seen, now()).await), "rules/changed");

    let (db, actor) = (&desk.world.db, desk.actor());
    let definition: Definition = serde_json::from_value(other).unwrap();
    let taken =
        db.transaction(actor, async |tx| rulebook::create(tx, now(), "needs-referral", &definition).await);
    assert_eq!(code(taken.await), "rules/taken");
    let named = db.transaction(actor, async |tx| rulebook::create(tx, now(), "Needs it", &definition).await);
    assert_eq!(code(named.await), "rules/slug");
    let absent = db.transaction(actor, async |tx| rulebook::publish(tx, now(), seen.id, 9, 1, "").await);
    assert_eq!(code(absent.await), "rules/not-found");
    let unknown = db.transaction(actor, async |tx| {
        rulebook::grade(tx, now(), "scrub/no-such", None, Some(Grade::Off), "why not").await
    });
    assert_eq!(code(unknown.await), "rules/not-found");
    let unsaid = db.transaction(actor, async |tx| {
        rulebook::grade(tx, now(), "scrub/zip-plus-four", None, Some(Grade::Off), " ").await
    });
    assert_eq!(code(unsaid.await), "rules/reason");
}

#[tokio::test]
async fn two_who_publish_at_once_make_one_release() {
    let desk = Desk::open().await;
    let rule = desk.create("needs-referral", needs_referral()).await;
    let (a, b) = tokio::join!(desk.publish(&rule, now()), desk.publish(&rule, now()));
    let outcomes = [a.map(|_| ()), b.map(|_| ())];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let lost = outcomes.into_iter().find(Result::is_err).unwrap();
    assert_eq!(code(lost), "rules/changed");
}

#[tokio::test]
async fn a_grade_for_one_payer_goes_before_that_for_all_and_can_be_taken_back() {
    let desk = Desk::open().await;
    let rule = desk.create("needs-referral", needs_referral()).await;
    desk.publish(&rule, now()).await.unwrap();
    let claim = desk.claim("V1").await;
    let first = desk.practice.first_payer;
    let severities = async || {
        let findings = desk.scrub(claim).await.findings;
        findings.iter().map(|finding| finding.severity).collect::<Vec<_>>()
    };
    desk.grade(&rule.rule, None, Some(Grade::Off)).await;
    assert_eq!(severities().await, []);
    desk.grade(&rule.rule, Some(first), Some(Grade::As(Severity::Note))).await;
    assert_eq!(severities().await, [Severity::Note]);
    desk.grade(&rule.rule, Some(first), None).await;
    assert_eq!(severities().await, []);
    desk.grade(&rule.rule, None, None).await;
    assert_eq!(severities().await, [Severity::Stop]);
    desk.grade(&rule.rule, Some(desk.practice.second_payer), Some(Grade::Off)).await;
    assert_eq!(severities().await, [Severity::Stop]);

    let grades = desk.world.db.snapshot(desk.actor(), async |tx| rulebook::grades_of(tx, &rule.rule).await);
    let grades = grades.await.unwrap();
    let said: Vec<_> = grades.iter().map(|it| it.grade.map(Grade::as_str)).collect();
    assert_eq!(said, [Some("off"), None, None, Some("note"), Some("off")]);
    let audited = desk.audited().await;
    let graded: Vec<_> = audited.iter().filter(|(action, _)| action == "rules/grade").collect();
    assert_eq!(graded.len(), 5);
    assert_eq!(graded[1].1, json!({ "rule": rule.rule, "payer": first, "grade": "note" }));
}

#[tokio::test]
async fn a_built_in_rule_is_graded_the_same_way() {
    let desk = Desk::open().await;
    let claim = desk.claim("V1").await;
    // 10 March is 98 days before 16 June: past the payer's 90 days.
    let at = "2026-06-16T15:00:00Z".parse().unwrap();
    let scrub =
        async |tx: &mut firstpass::db::Tx| journey::scrub_claim(tx, at, Codes::shipped(), claim).await;
    let found = desk.world.db.transaction(desk.actor(), scrub).await.unwrap().findings;
    let late: Vec<_> = found.iter().filter(|it| it.rule == "scrub/timely-filing").collect();
    assert_eq!(late.len(), 1, "{found:?}");
    desk.grade("scrub/timely-filing", Some(desk.practice.first_payer), Some(Grade::Off)).await;
    let found = desk.world.db.transaction(desk.actor(), scrub).await.unwrap().findings;
    assert_eq!(found.iter().filter(|it| it.rule == "scrub/timely-filing").count(), 0);
}

#[tokio::test]
async fn a_list_that_is_saved_anew_changes_what_the_rule_asks() {
    let desk = Desk::open().await;
    let (db, actor) = (&desk.world.db, desk.actor());
    let save = async |seen: u16, entries: &str| {
        let entries = [entries.to_owned()];
        db.transaction(actor, async |tx| rulebook::save_list(tx, now(), "Visits", seen, &entries).await).await
    };
    let mut by_list = needs_referral();
    by_list["when"]["all"][0]["test"] =
        json!({ "field": "procedure", "op": "in_list", "values": ["Visits"] });
    let definition: Definition = serde_json::from_value(by_list.clone()).unwrap();
    let unknown =
        db.transaction(actor, async |tx| rulebook::create(tx, now(), "by-list", &definition).await).await;
    let refusal = unknown.unwrap_err();
    let refusal = refusal.refusal().unwrap();
    assert_eq!(refusal.code, "rules/invalid");
    assert_eq!(refusal.place.as_ref().unwrap().field.as_deref(), Some("/when/all/0/test/values/0"));

    save(0, "99214-99215").await.unwrap();
    let rule = desk.create("by-list", by_list).await;
    desk.publish(&rule, now()).await.unwrap();
    let claim = desk.claim("V1").await;
    assert_eq!(desk.scrub(claim).await.findings, []);
    assert_eq!(code(save(0, "99213").await), "rules/changed");
    assert_eq!(code(save(1, "99213 !").await), "rules/list");
    save(1, "99213, 99214-99215").await.unwrap();
    let found = desk.scrub(claim).await.findings;
    assert!(found[0].source.ends_with("; list Visits, version 2"), "{}", found[0].source);
}

#[tokio::test]
async fn the_list_of_single_dose_drugs_is_asked_by_a_built_in_rule_from_when_it_was_saved() {
    let desk = Desk::open().await;
    let named = async |as_of| {
        let rules = desk.book(as_of).await.for_payer(desk.practice.first_payer, PayerRules::default());
        rules.single_dose_drugs.map(|list| ["J9035", "J9299", "J1885"].map(|drug| list.contains(drug)))
    };
    assert_eq!(named(None).await, None);
    // Its name in whatever capitals; any other list is none of them.
    for (name, entries) in [("Visits", "J1885"), ("single-dose Drugs", "J9035, J92*")] {
        let entries = [entries.to_owned()];
        let saved = desk
            .world
            .db
            .transaction(desk.actor(), async |tx| rulebook::save_list(tx, now(), name, 0, &entries).await);
        saved.await.unwrap();
    }
    assert_eq!(named(None).await, Some([true, true, false]));
    assert_eq!(named(Some(now() - TimeDelta::minutes(1))).await, None);
}

#[tokio::test]
async fn another_practices_rules_are_not_there() {
    let desk = Desk::open().await;
    let rule = desk.create("needs-referral", needs_referral()).await;
    desk.publish(&rule, now()).await.unwrap();
    desk.grade(&rule.rule, None, Some(Grade::As(Severity::Note))).await;
    let oak = desk.world.practice("Oak Street").await;
    let db = &desk.world.db;
    let got = db.snapshot(&oak.actor, async |tx| rulebook::get(tx, rule.id).await).await;
    assert_eq!(code(got), "rules/not-found");
    let book = db.snapshot(&oak.actor, async |tx| rulebook::load(tx, None).await).await.unwrap();
    assert_eq!(book, RuleBook::default());
    let published =
        db.transaction(&oak.actor, async |tx| rulebook::publish(tx, now(), rule.id, 1, 1, "").await).await;
    assert_eq!(code(published), "rules/not-found");
    // Nor may a rule be for another practice's payer.
    let mut theirs = needs_referral();
    theirs["scope"] = json!({ "payers": [oak.first_payer] });
    let definition: Definition = serde_json::from_value(theirs).unwrap();
    let made =
        db.transaction(desk.actor(), async |tx| rulebook::create(tx, now(), "theirs", &definition).await);
    assert_eq!(code(made.await), "rules/invalid");
}

#[tokio::test]
async fn nothing_that_was_said_is_changed_even_by_the_owner() {
    let desk = Desk::open().await;
    let rule = desk.create("needs-referral", needs_referral()).await;
    let rule = desk.publish(&rule, now()).await.unwrap();
    desk.grade(&rule.rule, None, Some(Grade::Off)).await;
    let (db, actor) = (&desk.world.db, desk.actor());
    let entries = ["99213".to_owned()];
    db.transaction(actor, async |tx| rulebook::save_list(tx, now(), "Visits", 0, &entries).await)
        .await
        .unwrap();
    let kept = async |tx: &mut _| {
        let trial = trials::ask(tx, now(), &serde_json::json!({ "kind": "made up" })).await?;
        trials::end(tx, now(), trial, &serde_json::json!({}), 0).await
    };
    db.transaction(actor, kept).await.unwrap();

    let mut conn = AsyncPgConnection::establish(&desk.world.owner_url()).await.unwrap();
    let set = format!("select set_config('app.organization', '{}', false)", actor.organization.uuid());
    conn.batch_execute(&set).await.unwrap();
    for table in [
        "scrub_rules",
        "scrub_rule_versions",
        "scrub_rule_releases",
        "scrub_rule_grades",
        "scrub_code_lists",
        "scrub_trials",
        "scrub_trial_results",
    ] {
        for statement in
            [format!("update {table} set organization_id = organization_id"), format!("delete from {table}")]
        {
            let fault = conn.batch_execute(&statement).await.unwrap_err().to_string();
            assert!(fault.contains("is append-only"), "{statement}: {fault}");
        }
    }
    let (organization, id) = (actor.organization.uuid(), rule.id.uuid());
    let who = "system:test";
    for (statement, why) in [
        // A gap in versions or releases, a version that is not there, a definition that is too large.
        (format!("insert into scrub_rule_versions (organization_id, rule_id, version, definition, saved_at, saved_by)
            values ('{organization}', '{id}', 3, '{{}}', now(), '{who}')"), "previous"),
        (format!("insert into scrub_rule_releases (organization_id, rule_id, release_no, version, reason, released_at, released_by)
            values ('{organization}', '{id}', 3, 1, '', now(), '{who}')"), "previous"),
        (format!("insert into scrub_rule_releases (organization_id, rule_id, release_no, version, reason, released_at, released_by)
            values ('{organization}', '{id}', 2, 7, '', now(), '{who}')"), "version"),
        (format!("insert into scrub_rule_releases (organization_id, rule_id, release_no, version, reason, released_at, released_by)
            values ('{organization}', '{id}', 1, 1, '', now(), '{who}')"), "duplicate key"),
        (format!("insert into scrub_rule_versions (organization_id, rule_id, version, definition, saved_at, saved_by)
            values ('{organization}', '{id}', 2, jsonb_build_object('x', repeat('x', 70000)), now(), '{who}')"), "definition"),
    ] {
        let fault = conn.batch_execute(&statement).await.unwrap_err().to_string();
        assert!(fault.contains(why), "{statement}: {fault}");
    }
}

#[tokio::test]
async fn what_is_tried_says_what_is_wrong_with_a_claim_and_keeps_nothing() {
    let desk = Desk::open().await;
    let rule = desk.create("needs-referral", needs_referral()).await;
    let claim = desk.claim("V1").await;
    let tried = journey::Tried::Written(rule.id, None);
    let try_it = async |tx: &mut firstpass::db::Tx| {
        journey::try_rule(tx, now(), Codes::shipped(), &tried, claim).await
    };
    let found = desk.world.db.snapshot(desk.actor(), try_it).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].source, "the practice's rule, version 1, a draft");
    assert_eq!(desk.stored(claim).await.findings, json!([]));
    let nobody = journey::Tried::Written(RuleId::new(), None);
    let missing = desk
        .world
        .db
        .snapshot(desk.actor(), async |tx| {
            journey::try_rule(tx, now(), Codes::shipped(), &nobody, claim).await
        })
        .await;
    assert_eq!(code(missing), "rules/not-found");
}
