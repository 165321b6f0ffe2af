//! What is wrong with a file: data, not errors. Reading goes on and reports everything.

use serde::Serialize;

use crate::value::Text;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Read all the same; `--strict` makes it an error.
    Warning,
    /// The set, group or interchange is rejected.
    Error,
}

/// What an acknowledgement would say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ack {
    /// IK304: `3` required segment missing, and so on.
    Segment(&'static str),
    /// IK403: `1` required element missing, and so on.
    Element(&'static str),
    /// IK502.
    Set(&'static str),
    /// AK905.
    Group(&'static str),
    /// TA105.
    Interchange(&'static str),
}

/// Where in a file. Ordinals count from 1; 0 means outside any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct At {
    /// Interchange of the file.
    pub interchange: u32,
    /// Group of the interchange.
    pub group: u32,
    /// Transaction set of the group.
    pub set: u32,
    /// Segment of the set, ST = 1 (IK302).
    pub segment: u32,
    /// Bytes from the start of the file to the segment.
    pub offset: u64,
}

/// One thing that is wrong. `found` is part of the file and may be patient data: it belongs in a
/// report to its owner, never in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// WEDI SNIP level, 1 to 7.
    pub level: u8,
    /// Error or warning.
    pub severity: Severity,
    /// Stable and greppable: `x12/missing-element`.
    pub rule: &'static str,
    /// Where.
    #[serde(flatten)]
    pub at: At,
    /// The segment's identifier, when there is one.
    pub segment_id: String,
    /// Loops from the outermost, `2000A/2000B/2300`.
    pub loop_path: String,
    /// Designator, `CLM05`.
    pub element: Option<String>,
    /// Component from 1.
    pub component: Option<u8>,
    /// What stood there, at most [`FOUND_MAX`] characters.
    pub found: Option<String>,
    /// What should have.
    pub expected: Option<String>,
    /// One plain sentence.
    pub message: String,
    /// What a TA1 or 999 would say.
    pub ack: Option<Ack>,
}

/// Longest `found`.
pub const FOUND_MAX: usize = 60;

impl Issue {
    /// A level 1 error without details; the other fields are set by those who know them.
    #[must_use]
    pub fn new(rule: &'static str, at: At, message: impl Into<String>) -> Issue {
        Issue {
            level: 1,
            severity: Severity::Error,
            rule,
            at,
            segment_id: String::new(),
            loop_path: String::new(),
            element: None,
            component: None,
            found: None,
            expected: None,
            message: message.into(),
            ack: None,
        }
    }
    /// Sets the SNIP level.
    #[must_use]
    pub fn level(mut self, level: u8) -> Issue {
        self.level = level;
        self
    }
    /// Makes it a warning.
    #[must_use]
    pub fn warning(mut self) -> Issue {
        self.severity = Severity::Warning;
        self
    }
    /// Sets the segment's identifier.
    #[must_use]
    pub fn segment(mut self, id: impl Into<String>) -> Issue {
        self.segment_id = id.into();
        self
    }
    /// Sets the loop path.
    #[must_use]
    pub fn within(mut self, loop_path: impl Into<String>) -> Issue {
        self.loop_path = loop_path.into();
        self
    }
    /// Sets the designator; `component` 0 means the whole element.
    #[must_use]
    pub fn element(mut self, designator: impl Into<String>, component: u8) -> Issue {
        self.element = Some(designator.into());
        self.component = (component > 0).then_some(component);
        self
    }
    /// Sets what stood there, shortened.
    #[must_use]
    pub fn found(mut self, text: Text<'_>) -> Issue {
        let whole = text.to_str();
        self.found = Some(whole.chars().take(FOUND_MAX).collect());
        self
    }
    /// Sets what should have stood there.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Issue {
        self.expected = Some(expected.into());
        self
    }
    /// Sets what an acknowledgement would say.
    #[must_use]
    pub fn ack(mut self, ack: Ack) -> Issue {
        self.ack = Some(ack);
        self
    }
}

/// All issues of a file: the first ones kept, the others counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issues {
    kept: Vec<Issue>,
    limit: usize,
    level: u8,
    errors: u64,
    warnings: u64,
}

impl Default for Issues {
    fn default() -> Issues {
        Issues::keeping(1_000)
    }
}

impl Issues {
    /// Keeps at most `limit`, counts the rest.
    #[must_use]
    pub const fn keeping(limit: usize) -> Issues {
        Issues { kept: Vec::new(), limit, level: 7, errors: 0, warnings: 0 }
    }
    /// Takes nothing of a level above this one.
    #[must_use]
    pub const fn up_to(mut self, level: u8) -> Issues {
        self.level = level;
        self
    }
    /// Adds one.
    pub fn push(&mut self, issue: Issue) {
        if issue.level > self.level {
            return;
        }
        match issue.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
        if self.kept.len() < self.limit {
            self.kept.push(issue);
        }
    }
    /// Those that were kept, in the order in which they were found.
    #[must_use]
    pub fn kept(&self) -> &[Issue] {
        &self.kept
    }
    /// All errors, kept or not.
    #[must_use]
    pub const fn errors(&self) -> u64 {
        self.errors
    }
    /// All warnings, kept or not.
    #[must_use]
    pub const fn warnings(&self) -> u64 {
        self.warnings
    }
    /// How many were counted but not kept.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.errors + self.warnings - u64::try_from(self.kept.len()).unwrap_or(u64::MAX)
    }
    /// True when nothing at all was found.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.errors + self.warnings == 0
    }
    /// Takes the other's issues over.
    pub fn append(&mut self, other: Issues) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        let room = self.limit.saturating_sub(self.kept.len());
        self.kept.extend(other.kept.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issues_beyond_the_limit_are_counted() {
        let mut issues = Issues::keeping(1);
        issues.push(Issue::new("x12/a", At::default(), "first"));
        issues.push(Issue::new("x12/b", At::default(), "second").warning());
        assert_eq!((issues.kept().len(), issues.errors(), issues.warnings(), issues.dropped()), (1, 1, 1, 1));
    }

    #[test]
    fn what_was_found_is_bounded() {
        let long = "X".repeat(500);
        let issue = Issue::new("x12/a", At::default(), "").found(Text::from(long.as_str()));
        assert_eq!(issue.found.map(|text| text.len()), Some(FOUND_MAX));
    }
}
