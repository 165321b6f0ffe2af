//! Where the checks of typed values write what they find.

use crate::check::rules::Rule;
use crate::declare::Written;
use crate::issue::{At, Issue, Issues};
use crate::spec::NodeSpec;
use crate::value::Text;
use types::Money;

/// The issues of one transaction set, with its place and the level that was asked for.
#[derive(Debug)]
pub(crate) struct Findings<'i> {
    at: At,
    level: u8,
    issues: &'i mut Issues,
}

impl<'i> Findings<'i> {
    /// For the set at `at`.
    pub(crate) const fn new(at: At, level: u8, issues: &'i mut Issues) -> Findings<'i> {
        Findings { at, level, issues }
    }
    /// True when this level was asked for.
    pub(crate) const fn wants(&self, level: u8) -> bool {
        self.level >= level
    }
    /// Says that `rule` is broken by `part` of the loop at `path`; `designator` is `CLM02`, with
    /// the component or 0. The path is written out here only: `format_args!("{path}/2400")` costs
    /// nothing where nothing is wrong.
    #[cold]
    pub(crate) fn broken<'f>(
        &'f mut self,
        rule: &Rule,
        part: &dyn Written,
        path: impl std::fmt::Display,
        place: (&str, u8),
        message: impl Into<String>,
    ) -> Broken<'f, 'i> {
        self.broken_at(rule, Spot::of(part), path, place, message)
    }
    /// As [`Findings::broken`], of a segment that is past.
    pub(crate) fn broken_at<'f>(
        &'f mut self,
        rule: &Rule,
        spot: Spot,
        path: impl std::fmt::Display,
        (designator, component): (&str, u8),
        message: impl Into<String>,
    ) -> Broken<'f, 'i> {
        let at = At { segment: spot.number, offset: spot.offset, ..self.at };
        let mut issue = Issue::new(rule.id, at, message)
            .level(rule.level)
            .segment(spot.segment)
            .within(path.to_string())
            .element(designator, component);
        issue.severity = rule.severity;
        let wanted = self.wants(rule.level);
        Broken { issue: wanted.then_some(issue), findings: self }
    }
}

/// Where a segment stands, for one who has to say so when it is past.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    segment: &'static str,
    number: u32,
    offset: u64,
}

impl Spot {
    /// Of a segment, or the first one of a loop.
    pub(crate) fn of(part: &dyn Written) -> Spot {
        let source = part.source();
        let segment = match part.spec() {
            NodeSpec::Segment(spec) => spec.id,
            NodeSpec::Loop(spec) => spec.slots.first().map_or("", |slot| slot.id()),
        };
        Spot { segment, number: source.number(), offset: source.offset() }
    }
}

/// A broken rule that is written down when this goes out of scope.
#[derive(Debug)]
pub(crate) struct Broken<'f, 'i> {
    issue: Option<Issue>,
    findings: &'f mut Findings<'i>,
}

impl Broken<'_, '_> {
    /// The text that breaks it.
    pub(crate) fn found(mut self, text: Text<'_>) -> Self {
        self.issue = self.issue.take().map(|issue| issue.found(text));
        self
    }
    /// What would not.
    pub(crate) fn expected(mut self, text: impl Into<String>) -> Self {
        self.issue = self.issue.take().map(|issue| issue.expected(text));
        self
    }
    /// Two amounts that should be one.
    pub(crate) fn amounts(mut self, found: Money, expected: Money) -> Self {
        if let Some(issue) = &mut self.issue {
            issue.found = Some(found.to_string());
            issue.expected = Some(expected.to_string());
        }
        self
    }
}

impl Drop for Broken<'_, '_> {
    fn drop(&mut self) {
        if let Some(issue) = self.issue.take() {
            self.findings.issues.push(issue);
        }
    }
}
