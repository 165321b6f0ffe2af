//! Levels above ours in the same pass: what others find in a part joins the report at its place,
//! and is kept in memory that does not grow with the file.

use std::collections::HashSet;

use crate::check::Finding;
use crate::issue::{At, Issue, Severity};
use crate::stream::{ClaimPart, Part};
use crate::x837::ClaimSet;

/// One who has levels above 5. Sees each part while it is lent: subscribers come with all their
/// claims and patients.
pub trait Further {
    /// What is wrong with a part, or with the levels above it; `at` is its set. A finding names its
    /// offset and its segment of the set, the number in the file is worked out here. What levels 1
    /// to 5 say of an element is not said again, nor is the same of a level for each of its claims.
    fn part(&mut self, part: &Part<'_>, at: At) -> Vec<Finding>;
}

/// An element that something was said of.
type Place = (u64, Option<String>, Option<u8>);

/// What was found at levels above ours.
#[derive(Debug)]
pub(super) struct Added {
    limit: usize,
    kept: Vec<Finding>,
    errors: u64,
    warnings: u64,
    /// What levels 1 to 5 said of the billing provider that is open and of what is below.
    said: HashSet<Place>,
    /// What was added to that.
    named: HashSet<(Place, &'static str)>,
    /// Where what is below begins.
    below: Option<u64>,
}

impl Added {
    pub(super) fn keeping(limit: usize) -> Added {
        let (said, named) = (HashSet::new(), HashSet::new());
        Added { limit, kept: Vec::new(), errors: 0, warnings: 0, said, named, below: None }
    }

    /// A part is read: what was said of another provider or subscriber is of no use below this one.
    pub(super) fn begin(&mut self, part: &Part<'_>) {
        match part {
            Part::Set(..) => self.end_levels(0),
            Part::Professional(part) => self.begin_level(part),
            Part::Institutional(part) => self.begin_level(part),
            Part::Dental(part) => self.begin_level(part),
            _ => {}
        }
    }

    fn begin_level<'r, S: ClaimSet<'r>>(&mut self, part: &ClaimPart<'r, S>) {
        match part {
            ClaimPart::BillingLevel(_) => {
                self.below = None;
                self.end_levels(0);
            }
            ClaimPart::SubscriberLevel(..) => {
                let begins = part.node().source().offset();
                let below = *self.below.get_or_insert(begins);
                self.end_levels(below);
            }
            ClaimPart::Header(_) | ClaimPart::PatientLevel(_) | ClaimPart::Claim(..) => {}
        }
    }

    /// Forgets what was said from a byte on.
    fn end_levels(&mut self, from: u64) {
        self.said.retain(|(offset, ..)| *offset < from);
        self.named.retain(|((offset, ..), _)| *offset < from);
    }

    /// The part was read: `said` is what levels 1 to 5 say of it, `found` what they may not have.
    pub(super) fn end(&mut self, said: &[Issue], found: Vec<Finding>, number: impl Fn(At) -> u64) {
        self.said.extend(said.iter().map(|issue| (issue.at.offset, issue.element.clone(), issue.component)));
        for mut finding in found {
            let place = (finding.offset, finding.element.clone(), finding.component);
            if self.said.contains(&place) || !self.named.insert((place, finding.rule)) {
                continue;
            }
            finding.segment = number(At {
                interchange: finding.interchange,
                group: finding.group,
                set: finding.set,
                segment: finding.set_segment,
                offset: finding.offset,
            });
            match finding.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
            }
            self.kept.push(finding);
        }
        if self.kept.len() / 2 > self.limit {
            self.keep(self.limit);
        }
    }

    /// Keeps the first ones of the file.
    fn keep(&mut self, limit: usize) {
        self.kept.sort_by_key(|finding| finding.offset);
        self.kept.truncate(limit);
    }

    /// Errors and warnings, kept or not.
    pub(super) fn counts(&self, strict: bool) -> (u64, u64) {
        if strict { (self.errors + self.warnings, 0) } else { (self.errors, self.warnings) }
    }

    /// The first ones in the file that have room beside `others`.
    pub(super) fn into_kept(mut self, others: usize) -> Vec<Finding> {
        self.keep(self.limit.saturating_sub(others));
        self.kept
    }
}
