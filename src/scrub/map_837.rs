//! Levels 6 and 7 of a check: what the scrubber finds in the professional claims of a file, at the
//! segments and elements where it stands.
//!
//! Level 6 is what holds for the kind of service, level 7 what one payer wants. What levels 1 to 5
//! say of a place already is not said again.

use std::collections::BTreeMap;

use crate::claims::map_837::{each_claim_of, from_837};
use crate::scrub::finding::Finding;
use crate::scrub::{Context, Rule, Severity, check, rules};
use crate::x12::check::{Finding as Issue, Further, Options};
use crate::x12::issue::At;
use crate::x12::spec::{LoopSpec, NodeSpec};
use crate::x12::x837p::{BillingLevel, Claim, PatientLevel, SubscriberLevel};
use crate::x12::{ClaimPart, Part, Severity as IssueSeverity, Written};

/// Rules that hold for one payer.
const OF_PAYER: &[&str] =
    &["scrub/timely-filing", "scrub/prior-authorization", "scrub/billing-taxonomy", "scrub/frequency"];

/// Rules whose every fault one of levels 1 to 5 names, mostly at another element.
const SAID_BELOW: &[&str] = &[
    "scrub/line-count",
    "scrub/total-charge",
    "scrub/drug",
    "scrub/other-payer-balance",
    "scrub/accident-state",
    "scrub/medicare-secondary",
    "scrub/attachment-number",
    "scrub/service-date",
    "scrub/accident-date",
    "scrub/admission-date",
    "scrub/diagnosis-count",
    "scrub/diagnosis-code",
    "scrub/diagnosis-pointer",
    "scrub/zip-plus-four",
    "scrub/address",
    "scrub/billing-street-address",
    "scrub/tax-id",
    "scrub/patient-demographics",
    "scrub/procedure-code",
    "scrub/place-of-service",
];

/// The SNIP level of a rule; none when lower levels say all that it does.
#[must_use]
pub fn level_of(rule: &str) -> Option<u8> {
    if SAID_BELOW.contains(&rule) {
        None
    } else if OF_PAYER.contains(&rule) {
        Some(7)
    } else {
        Some(6)
    }
}

/// Levels 6 and 7 of a check, as far as they are asked for.
#[derive(Debug)]
pub struct Scrubber<'c> {
    context: Context<'c>,
    level: u8,
    /// The rules that could not be checked, each with why.
    pub not_checked: BTreeMap<&'static str, String>,
}

impl<'c> Scrubber<'c> {
    /// Scrubs up to the level that `options` ask for.
    #[must_use]
    pub fn new(context: Context<'c>, options: &Options<'_>) -> Scrubber<'c> {
        Scrubber { context, level: options.level, not_checked: BTreeMap::new() }
    }

    fn claim(&mut self, whole: &Whole<'_, '_>, at: At, found: &mut Vec<Issue>) {
        let mapped = from_837(whole.billing, whole.subscriber, whole.patient, whole.claim);
        for finding in check(&mapped.claim, &self.context).findings() {
            let known = rules().find(|rule| finding.rule == rule.id);
            let Some(rule) = known else { continue };
            match level_of(rule.id).filter(|own| *own <= self.level) {
                Some(_) if finding.severity == Severity::Note => {
                    self.not_checked.entry(rule.id).or_insert_with(|| finding.message.clone());
                }
                // Level 4 says it, at the element that demands the number.
                Some(_) if finding.element == "2300 REF02 (F8)" => {}
                Some(own) => found.push(issue(at, whole, finding, rule, own)),
                None => {}
            }
        }
    }
}

impl Further for Scrubber<'_> {
    fn part(&mut self, part: &Part<'_>, at: At) -> Vec<Issue> {
        let mut found = vec![];
        match part {
            Part::Professional(ClaimPart::SubscriberLevel(subscriber, levels)) if self.level >= 6 => {
                // What stands under nobody who bills is said to be out of place.
                let Some(billing) = levels.billing() else { return found };
                each_claim_of(subscriber, &mut |patient, claim| {
                    let whole = Whole { billing: &billing, subscriber, patient, claim };
                    self.claim(&whole, at, &mut found);
                });
            }
            // After a level that the guide does not know.
            Part::Professional(ClaimPart::Claim(claim, levels)) if self.level >= 6 => {
                let above = (levels.billing(), levels.subscriber(), levels.patient());
                if let (Some(billing), Some(subscriber), patient) = &above {
                    let whole = Whole { billing, subscriber, patient: patient.as_ref(), claim };
                    self.claim(&whole, at, &mut found);
                }
            }
            _ => {}
        }
        found
    }
}

/// A claim with the levels that it stands under.
struct Whole<'w, 'a> {
    billing: &'w BillingLevel<'a>,
    subscriber: &'w SubscriberLevel<'a>,
    patient: Option<&'w PatientLevel<'a>>,
    claim: &'w Claim<'a>,
}

fn issue(at: At, whole: &Whole<'_, '_>, finding: &Finding, rule: &Rule, level: u8) -> Issue {
    let place = Place::of(&finding.element);
    let (part, loop_path) = whole.part(&place, &finding.pointer);
    let segment_id = match part.spec() {
        NodeSpec::Segment(spec) => spec.id,
        NodeSpec::Loop(spec) => first_segment(spec),
    };
    let source = part.source();
    Issue {
        level,
        severity: match finding.severity {
            Severity::Stop => IssueSeverity::Error,
            Severity::Warn | Severity::Note => IssueSeverity::Warning,
        },
        rule: rule.id,
        segment: 0,
        set_segment: source.number(),
        interchange: at.interchange,
        group: at.group,
        set: at.set,
        offset: source.offset(),
        segment_id: segment_id.to_owned(),
        r#loop: loop_path.rsplit('/').next().unwrap_or_default().to_owned(),
        loop_path,
        element: Some(place.designator.to_owned()),
        component: place.component,
        found: Some(finding.found.clone()).filter(|found| !found.is_empty()),
        expected: None,
        message: finding.message.clone(),
        advice: rule.next,
        source: Some(rule.source),
        ack: None,
    }
}

/// `2400 SV101-2`, `2400 DTP03 (472)`: loop, element, component, and the segment's qualifier.
struct Place<'f> {
    loop_id: &'f str,
    designator: &'f str,
    component: Option<u8>,
    qualifier: Option<&'f str>,
}

impl<'f> Place<'f> {
    fn of(element: &'f str) -> Place<'f> {
        let (loop_id, rest) = element.split_once(' ').unwrap_or((element, ""));
        let (element, qualifier) = match rest.split_once(" (") {
            Some((element, qualifier)) => (element, Some(qualifier.trim_end_matches(')'))),
            None => (rest, None),
        };
        let (designator, component) = match element.split_once('-') {
            Some((designator, component)) => (designator, component.parse().ok()),
            None => (element, None),
        };
        Place { loop_id, designator, component, qualifier }
    }
    /// `SV1` of `SV101`, `HI` of `HI`.
    fn segment(&self) -> &'f str {
        let digits = self.designator.len().checked_sub(2).filter(|_| self.designator.len() > 3);
        digits.and_then(|at| self.designator.get(..at)).unwrap_or(self.designator)
    }
}

impl<'w> Whole<'w, '_> {
    /// The segment that a place names, or the nearest that stands for it; and its loops.
    fn part(&self, place: &Place<'_>, pointer: &str) -> (&'w dyn Written, String) {
        let at = |name: &str| {
            pointer.strip_prefix(name)?.split('/').next().and_then(|index| index.parse::<usize>().ok())
        };
        let claim_path = if self.patient.is_some() { "2000A/2000B/2000C/2300" } else { "2000A/2000B/2300" };
        let line = at("/lines/").and_then(|index| self.claim.lines.get(index));
        let payer = at("/other_payers/").and_then(|index| self.claim.other_payers.get(index));
        let (root, path): (&'w dyn Written, String) = match (place.loop_id, line, payer, self.patient) {
            ("2000A" | "2010AA" | "2010AB", ..) => (self.billing, "2000A".to_owned()),
            ("2000C" | "2010CA", _, _, Some(patient)) => (patient, "2000A/2000B/2000C".to_owned()),
            ("2000B" | "2010BA" | "2010BB" | "2000C" | "2010CA", ..) => {
                (self.subscriber, "2000A/2000B".to_owned())
            }
            (_, Some(line), ..) => (line, format!("{claim_path}/2400")),
            (_, _, Some(payer), _) => (payer, format!("{claim_path}/2320")),
            _ => (self.claim, claim_path.to_owned()),
        };
        let (inner, path) = match within(root, place.loop_id) {
            Some(inner) if own_id(inner) != own_id(root) => (inner, format!("{path}/{}", own_id(inner))),
            _ => (root, path),
        };
        (segment(inner, place.segment(), place.qualifier).unwrap_or(inner), path)
    }
}

fn own_id(part: &dyn Written) -> &'static str {
    match part.spec() {
        NodeSpec::Loop(spec) => spec.id,
        NodeSpec::Segment(spec) => spec.id,
    }
}

fn first_segment(spec: &'static LoopSpec) -> &'static str {
    spec.slots.first().map_or("", |slot| slot.id())
}

/// The loop of an id: this one, or one that stands right in it.
fn within<'w>(part: &'w dyn Written, loop_id: &str) -> Option<&'w dyn Written> {
    if own_id(part) == loop_id {
        return Some(part);
    }
    let mut found = None;
    part.each(&mut |_, inner| {
        if found.is_none() && matches!(inner.spec(), NodeSpec::Loop(_)) && own_id(inner) == loop_id {
            found = Some(inner);
        }
    });
    found
}

/// The segment of a loop, by its id and its qualifier.
fn segment<'w>(part: &'w dyn Written, id: &str, qualifier: Option<&str>) -> Option<&'w dyn Written> {
    let NodeSpec::Loop(spec) = part.spec() else { return None };
    let mut found = None;
    part.each(&mut |place, inner| {
        let fits = qualifier.is_none_or(|qualifier| {
            let pattern = spec.slots.get(place).map_or("", |slot| slot.pattern);
            pattern.split(['*', '|']).any(|code| code == qualifier)
        });
        if found.is_none() && fits && matches!(inner.spec(), NodeSpec::Segment(_)) && own_id(inner) == id {
            found = Some(inner);
        }
    });
    found
}
