//! Each rule by two stories: a claim that breaks it, and one that has the same matter and keeps to it.
//!
//! A story changes a faultless claim. What breaks a rule is found at the place and with the severity
//! that are told, and nothing else is; a claim that keeps it has neither stop nor warning. What a rule
//! finds beyond its story stands in the other tests.

mod billing;
mod coding;
mod modifiers;
mod services;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::scrub::map_837;
use crate::scrub::written::Patterns;

/// What a story is told with.
struct Scene {
    claim: Claim,
    rules: PracticeRules,
    /// Lines of earlier claims.
    earlier: Vec<HistoryLine>,
}

/// How a story changes the faultless claim.
type Change = fn(&mut Scene);

/// A rule without `scrub/` (and others that the change breaks, too), where it is found, how bad.
struct Story {
    rules: &'static str,
    at: &'static str,
    severity: Severity,
    broken: Change,
    kept: Change,
}

const fn story(
    rules: &'static str,
    at: &'static str,
    severity: Severity,
    broken: Change,
    kept: Change,
) -> Story {
    Story { rules, at, severity, broken, kept }
}

impl Scene {
    fn new() -> Scene {
        Scene { claim: claim(), rules: PracticeRules::default(), earlier: vec![] }
    }

    fn payer(&mut self, filing_indicator: &str) {
        self.claim.payer.filing_indicator = filing_indicator.into();
    }

    fn medicare(&mut self) {
        medicare(&mut self.claim);
    }

    fn bills(&mut self, lines: &[ServiceLine]) {
        billed(&mut self.claim, lines.to_vec());
    }

    fn diagnoses(&mut self, codes: &[&str]) {
        self.claim.diagnoses = codes.iter().map(|code| (*code).into()).collect();
    }

    /// Lines at Medicare with all that laboratory tests and images need.
    fn medicare_orders(&mut self, lines: &[ServiceLine]) {
        self.medicare();
        self.claim.referring = Some(provider("1245319599"));
        self.claim.clia_number = Some("14D0123456".into());
        self.bills(lines);
    }

    /// The practice's list of single-dose drugs.
    fn names_single_dose(&mut self, entry: &str) {
        let list = Patterns::of_list(&[entry.to_owned()], str::to_owned);
        self.rules.single_dose_drugs = Some(Arc::new(list));
    }

    /// At a hospital or another facility.
    fn at(&mut self, place: &str) {
        self.claim.place_of_service = place.into();
        self.claim.facility = Some(Facility {
            name: "General Hospital".into(),
            npi: Some("1245319599".into()),
            address: address("1 Hill Road"),
        });
    }

    /// The patient is somebody else than the insured.
    fn dependent(&mut self, relationship: Relationship, born_on: &str) {
        self.claim.patient.relationship = relationship;
        self.claim.patient.name = Phi::new(PersonName::new("Roe", "Sam"));
        self.claim.patient.born_on = Some(Phi::new(day(born_on)));
    }

    fn born(&mut self, born_on: &str) {
        let born_on = Some(Phi::new(day(born_on)));
        (self.claim.patient.born_on, self.claim.subscriber.born_on) = (born_on, born_on);
    }

    /// Another payer, before or after this one.
    fn other_payer(&mut self, sequence: PayerSequence, decided: bool) {
        let decision = OtherPayerDecision {
            paid: Money::from_cents(10_000),
            remaining_patient_liability: None,
            adjustments: vec![Adjustment {
                group: GroupCode::ContractualObligation,
                reason: Carc::parse("45").unwrap(),
                amount: Money::from_cents(5_000),
                quantity: None,
            }],
            payer_claim_control_number: None,
            decided_on: Some(day("2026-11-20")),
        };
        self.claim.other_payers = vec![OtherPayer {
            sequence,
            medicare_secondary: None,
            relationship: Relationship::Itself,
            payer: Payer {
                id: None,
                identifier: "OTHER1".into(),
                name: "Other Health".into(),
                filing_indicator: "CI".into(),
            },
            group_number: None,
            subscriber: Phi::new(PersonName::new("Roe", "Jane")),
            member_id: "M77".into(),
            benefits_assigned: true,
            decision: decided.then_some(decision),
        }];
    }
}

/// A line that differs from the usual one.
trait Differs: Sized {
    fn with(self, modifiers: &[&str]) -> Self;
    fn times(self, units: u32) -> Self;
    fn on(self, day: &str) -> Self;
    fn to(self, pointers: &[u8]) -> Self;
    fn minutes(self, minutes: u32) -> Self;
}

impl Differs for ServiceLine {
    fn with(self, modifiers: &[&str]) -> ServiceLine {
        ServiceLine { modifiers: modifiers.iter().map(|it| (*it).into()).collect(), ..self }
    }
    fn times(self, units: u32) -> ServiceLine {
        ServiceLine { units: units.into(), ..self }
    }
    fn on(self, from: &str) -> ServiceLine {
        ServiceLine { from: Some(day(from)), ..self }
    }
    fn to(self, pointers: &[u8]) -> ServiceLine {
        ServiceLine { pointers: pointers.to_vec(), ..self }
    }
    fn minutes(self, minutes: u32) -> ServiceLine {
        ServiceLine { unit: Unit::Minutes, units: minutes.into(), ..self }
    }
}

fn as_it_is(_: &mut Scene) {}

/// Rule, place and severity of what is found, notes left out.
fn found_in(change: Change) -> Vec<(String, String, Severity)> {
    let mut scene = Scene::new();
    change(&mut scene);
    let context = Context {
        codes: Codes::shipped(),
        rules: &scene.rules,
        history: History::Known(&scene.earlier),
        today: day(TODAY),
    };
    let verdict = check(&scene.claim, &context);
    let json = serde_json::to_value(&scene.claim).unwrap();
    for finding in verdict.findings() {
        let pointer = &finding.pointer;
        assert!(json.pointer(pointer).is_some(), "{}: {pointer} is nowhere in the claim", finding.rule);
    }
    let bad = verdict.findings().iter().filter(|finding| finding.severity != Note);
    bad.map(|finding| {
        let rule = finding.rule.strip_prefix("scrub/").unwrap();
        (rule.to_owned(), finding.pointer.clone(), finding.severity)
    })
    .collect()
}

#[test]
fn each_rule_is_broken_by_one_story_and_kept_by_another() {
    let mut wrong = vec![];
    let mut told = BTreeSet::new();
    let all = [billing::STORIES, coding::STORIES, modifiers::STORIES, services::STORIES];
    for story in all.into_iter().flatten() {
        let expected: BTreeSet<&str> = story.rules.split(' ').collect();
        let rule = story.rules.split(' ').next().unwrap();
        told.insert(rule);
        let found = found_in(story.broken);
        let rules: BTreeSet<&str> = found.iter().map(|(rule, ..)| rule.as_str()).collect();
        let is_there =
            found.contains(&(rule.to_owned(), story.at.to_owned(), story.severity)) && rules == expected;
        if !is_there {
            wrong.push(format!("{rule} is not broken as told: {found:?}"));
        }
        let kept = found_in(story.kept);
        if !kept.is_empty() {
            wrong.push(format!("{rule} is not kept: {kept:?}"));
        }
    }
    told.extend(map_837::told());
    let untold =
        rules().map(|rule| rule.id.strip_prefix("scrub/").unwrap()).filter(|rule| !told.contains(rule));
    wrong.extend(untold.map(|rule| format!("{rule} has no stories")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rules().count() >= 120, "{} rules", rules().count());
}
