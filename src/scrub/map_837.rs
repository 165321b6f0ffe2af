//! Levels 6 and 7 of a check: what the scrubber finds in the claims of a file, at the segments and
//! elements where it stands.
//!
//! Level 6 is what holds for the kind of service, level 7 what one payer wants. What levels 1 to 5
//! say of a place already is not said again.
//!
//! A professional claim becomes the domain's own and is scrubbed as a whole; of an institutional or
//! dental claim, which we do not send, its [`View`](super::view::View) is enough.

mod dental;
mod institutional;
mod parts;
mod place;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::told;

use std::collections::BTreeMap;

use crate::claims::map_837::from_837;
use crate::scrub::finding::Finding;
use crate::scrub::{Context, Severity, ask, check, rules};
use crate::x12::check::{Finding as Issue, Further, Options};
use crate::x12::issue::At;
use crate::x12::x837::{AnyBillingLevel, AnyPatientLevel, AnySubscriberLevel, ClaimSet};
use crate::x12::x837d::Dental;
use crate::x12::x837i::Institutional;
use crate::x12::x837p::Professional;
use crate::x12::{ClaimPart, Part};

use place::Whole;

/// Rules that hold for one payer.
const OF_PAYER: &[&str] = &[
    "scrub/timely-filing",
    "scrub/prior-authorization",
    "scrub/billing-taxonomy",
    "scrub/frequency",
    "scrub/diagnosis-sex",
    // Medicare.
    "scrub/medicare-number",
    "scrub/medicare-patient",
    "scrub/mandatory-assignment",
    "scrub/mammography-number",
    "scrub/therapy-discipline",
    "scrub/therapy-assistant",
    "scrub/chiropractic-treatment",
    "scrub/chiropractic-beginning",
    "scrub/chiropractic-subluxation",
    "scrub/foot-care-findings",
    "scrub/foot-care-seen",
    "scrub/clia-number",
    "scrub/outside-laboratory",
    "scrub/medicare-vaccination",
    "scrub/consultation",
    "scrub/medicare-status",
    "scrub/hcpcs-coverage",
    "scrub/screening-frequency",
    "scrub/technology-modifier",
    // Medicaid.
    "scrub/medicaid-last",
    "scrub/medicaid-drug",
];

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
    "scrub/referring-person",
    "scrub/stay-dates",
    "scrub/anesthesia-minutes",
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

type SubscriberOf<'a, S> = <<S as ClaimSet<'a>>::BillingLevel as AnyBillingLevel<'a>>::Subscriber;
type PatientOf<'a, S> = <SubscriberOf<'a, S> as AnySubscriberLevel<'a>>::Patient;

/// A guide whose claims can be scrubbed.
trait Scrubbed<'a>: ClaimSet<'a> {
    /// What the rules find in a claim with the levels that it stands under.
    fn findings(
        billing: &Self::BillingLevel,
        subscriber: &SubscriberOf<'a, Self>,
        patient: Option<&PatientOf<'a, Self>>,
        claim: &Self::Claim,
        context: &Context<'_>,
    ) -> Vec<Finding>;
}

impl<'a> Scrubbed<'a> for Professional<'a> {
    fn findings(
        billing: &Self::BillingLevel,
        subscriber: &SubscriberOf<'a, Self>,
        patient: Option<&PatientOf<'a, Self>>,
        claim: &Self::Claim,
        context: &Context<'_>,
    ) -> Vec<Finding> {
        let mapped = from_837(billing, subscriber, patient, claim);
        check(&mapped.claim, context).findings().to_vec()
    }
}

impl<'a> Scrubbed<'a> for Institutional<'a> {
    fn findings(
        billing: &Self::BillingLevel,
        subscriber: &SubscriberOf<'a, Self>,
        patient: Option<&PatientOf<'a, Self>>,
        claim: &Self::Claim,
        context: &Context<'_>,
    ) -> Vec<Finding> {
        ask(&institutional::view(billing, subscriber, patient, claim), context)
    }
}

impl<'a> Scrubbed<'a> for Dental<'a> {
    fn findings(
        billing: &Self::BillingLevel,
        subscriber: &SubscriberOf<'a, Self>,
        patient: Option<&PatientOf<'a, Self>>,
        claim: &Self::Claim,
        context: &Context<'_>,
    ) -> Vec<Finding> {
        ask(&dental::view(billing, subscriber, patient, claim), context)
    }
}

impl<'c> Scrubber<'c> {
    /// Scrubs up to the level that `options` ask for.
    #[must_use]
    pub fn new(context: Context<'c>, options: &Options<'_>) -> Scrubber<'c> {
        Scrubber { context, level: options.level, not_checked: BTreeMap::new() }
    }

    /// The claims of a subscriber, those of their patients included.
    fn claims<'r, S: Scrubbed<'r>>(&mut self, part: &ClaimPart<'r, S>, at: At, found: &mut Vec<Issue>) {
        match part {
            ClaimPart::SubscriberLevel(subscriber, levels) => {
                // What stands under nobody who bills is said to be out of place.
                let Some(billing) = levels.billing() else { return };
                for claim in subscriber.claims() {
                    self.claim::<S>(&billing, subscriber, None, claim, at, found);
                }
                for patient in subscriber.patients() {
                    for claim in patient.claims() {
                        self.claim::<S>(&billing, subscriber, Some(patient), claim, at, found);
                    }
                }
            }
            // After a level that the guide does not know.
            ClaimPart::Claim(claim, levels) => {
                let above = (levels.billing(), levels.subscriber(), levels.patient());
                if let (Some(billing), Some(subscriber), patient) = &above {
                    self.claim::<S>(billing, subscriber, patient.as_ref(), claim, at, found);
                }
            }
            ClaimPart::Header(_) | ClaimPart::BillingLevel(_) | ClaimPart::PatientLevel(_) => {}
        }
    }

    fn claim<'r, S: Scrubbed<'r>>(
        &mut self,
        billing: &S::BillingLevel,
        subscriber: &SubscriberOf<'r, S>,
        patient: Option<&PatientOf<'r, S>>,
        claim: &S::Claim,
        at: At,
        found: &mut Vec<Issue>,
    ) {
        let mut whole = None;
        for finding in S::findings(billing, subscriber, patient, claim, &self.context) {
            let known = rules().find(|rule| finding.rule == rule.id);
            let Some(rule) = known else { continue };
            match level_of(rule.id).filter(|own| *own <= self.level) {
                Some(_) if finding.severity == Severity::Note => {
                    self.not_checked.entry(rule.id).or_insert_with(|| finding.message.clone());
                }
                // Level 4 says it, at the element that demands the number.
                Some(_) if finding.element == "2300 REF02 (F8)" => {}
                Some(own) => {
                    let whole = whole.get_or_insert_with(|| {
                        Whole::of(billing, subscriber, patient.map(|patient| patient as _), claim)
                    });
                    found.push(whole.issue(at, &finding, rule, own));
                }
                None => {}
            }
        }
    }
}

impl Further for Scrubber<'_> {
    fn part(&mut self, part: &Part<'_>, at: At) -> Vec<Issue> {
        let mut found = vec![];
        if self.level >= 6 {
            match part {
                Part::Professional(part) => self.claims(part, at, &mut found),
                Part::Institutional(part) => self.claims(part, at, &mut found),
                Part::Dental(part) => self.claims(part, at, &mut found),
                _ => {}
            }
        }
        found
    }
}
