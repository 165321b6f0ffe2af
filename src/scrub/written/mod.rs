//! Rules that a practice writes itself: conditions over fields of a claim, with a message.
//!
//! - A [`Definition`] is what people and the API write; [`WrittenRule::read`] checks it and makes
//!   it fast to ask. Every fault says where in the definition it is.
//! - A [`Condition`] is a tree of tests of [`Field`]s, at most [`DEPTH_MAX`] deep and [`TESTS_MAX`]
//!   tests wide. There is no loop and no variable: asking takes time in proportion to the claim.
//! - Truth has three values. A test of a field that is not there is *unknown*, and so is its
//!   opposite; a test of a list that is empty (no modifiers) is false. A rule finds something only
//!   where its condition is true: what is missing is found by `is_missing` and by nothing else.
//!
//! Written rules are asked of professional claims, after the built-in ones, in the order of their
//! ids. Deliberately absent: scripts, patterns with backtracking, and the patient's name, address
//! and member id, about which no rule is written.

mod condition;
mod definition;
mod field;
mod pattern;

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::claims::Claim;
use crate::types::{Carc, PayerId};

use super::Severity;
use super::finding::Report;
use condition::{Asked, Node, Truth};

pub use condition::{Condition, DEPTH_MAX, Op, TESTS_MAX, Test, VALUES_MAX};
pub use definition::{Definition, Each, Fault, Scope};
pub use field::{Field, Kind};
pub use pattern::{Patterns, read_entries};

/// The named lists of codes that rules refer to, each with its version.
pub type CodeLists = BTreeMap<String, CodeList>;

/// A version of a list of codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeList {
    /// Its version.
    pub version: u16,
    /// Codes, ranges (`99202-99215`) and beginnings (`993*`).
    pub entries: Vec<String>,
}

/// A written rule, ready to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenRule {
    /// `practice/needs-referral`.
    pub id: Cow<'static, str>,
    /// The version that is asked.
    pub version: u16,
    /// What must hold.
    pub title: String,
    /// What it finds, unless graded otherwise.
    pub severity: Severity,
    /// Denials that it is meant to prevent.
    pub related_carcs: Vec<Carc>,
    payers: Vec<PayerId>,
    filing_indicators: Vec<String>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    each: Each,
    when: Node,
    point_at: Field,
    message: String,
    next: String,
    source: String,
}

impl WrittenRule {
    /// Checks what a version of a rule says. `published` is by whom and when, for the source of
    /// its findings; none for a draft.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(
        slug: &str,
        version: u16,
        definition: &Definition,
        lists: &CodeLists,
        published: Option<(&str, NaiveDate)>,
    ) -> Result<WrittenRule, Vec<Fault>> {
        let mut faults = definition.faults();
        let when = condition::compile(&definition.when, definition.each, lists, &mut faults);
        let first = condition::fields(&definition.when).next();
        let point_at = definition.point_at.or(first);
        if let Some(field) = definition.point_at
            && !field.is_asked_of(definition.each)
        {
            faults.push(Fault::new("/point_at", format!("{} is a field of lines only", field.label())));
        }
        let (Some(when), Some(point_at), true) = (when, point_at, faults.is_empty()) else {
            return Err(faults);
        };
        let mut source = match published {
            Some((who, day)) => format!("the practice's rule, version {version}, published {day} by {who}"),
            None => format!("the practice's rule, version {version}, a draft"),
        };
        for name in condition::lists(&definition.when) {
            if let Some(list) = lists.get(name) {
                source.push_str(&format!("; list {name}, version {}", list.version));
            }
        }
        let mut filing_indicators = definition.scope.filing_indicators.clone();
        filing_indicators.iter_mut().for_each(|code| code.make_ascii_uppercase());
        Ok(WrittenRule {
            id: format!("practice/{slug}").into(),
            version,
            title: definition.title.clone(),
            severity: definition.severity,
            related_carcs: definition.related_carcs.clone(),
            payers: definition.scope.payers.clone(),
            filing_indicators,
            from: definition.scope.service_from,
            to: definition.scope.service_to,
            each: definition.each,
            when,
            point_at,
            message: definition.message.clone(),
            next: definition.next.clone(),
            source,
        })
    }

    /// Whether it is asked of claims to this payer.
    #[must_use]
    pub fn is_for(&self, payer: PayerId) -> bool {
        self.payers.is_empty() || self.payers.contains(&payer)
    }

    /// Where its findings come from.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// What to do about them.
    pub(super) fn next(&self) -> &str {
        &self.next
    }

    /// Asks it of a claim.
    pub(super) fn ask(&self, claim: &Claim, today: NaiveDate, report: &mut Report<'_>) {
        let indicator = &claim.payer.filing_indicator;
        if !self.filing_indicators.is_empty() && !self.filing_indicators.contains(indicator) {
            return;
        }
        match self.each {
            Each::Claim => self.ask_of(&Asked { claim, line: None, today }, report),
            Each::Line => {
                for index in 0..claim.lines.len() {
                    self.ask_of(&Asked { claim, line: Some(index), today }, report);
                }
            }
        }
    }

    fn ask_of(&self, asked: &Asked<'_>, report: &mut Report<'_>) {
        if self.from.is_some() || self.to.is_some() {
            let Some(day) = asked.service_day() else { return };
            if self.from.is_some_and(|from| day < from) || self.to.is_some_and(|to| day > to) {
                return;
            }
        }
        if self.when.truth(asked) == Truth::True {
            let (spot, found) = self.when.place(self.point_at, asked);
            report.fault(spot, found, self.message.as_str());
        }
    }
}
