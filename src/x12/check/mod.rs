//! SNIP 1 to 5 of a file: syntax, guide, balance, situations, and code lists when tables are given.
//!
//! - Level 1, envelope and syntax, and level 2, the guide's requirements, are found while the file
//!   is read: the reader places and counts segments, [`guide`] looks at their elements with the
//!   same tables, [`envelope`] at what holds between sets.
//! - Level 3, [`balance`], and level 4 look at the typed sets: [`claims`] at what the three claim
//!   guides have in common, [`professional`], [`institutional`] and [`dental`] at their own,
//!   [`remittances`], [`acknowledgments`] and [`inquiries`] at the other sets; level 5,
//!   [`code_lists`], asks a [`CodeLookup`]. [`rules`] lists them all with their places in the guides.
//! - Verdict: *unreadable* when no envelope can be made out, or a limit is passed; *rejected* when anything of error
//!   severity was found at the level asked for; else *accepted*. A set that nobody read is never
//!   accepted. Odd ways of writing that the world uses are warnings; `strict` makes them errors.
//!
//! Deliberately absent: levels 6 and 7 (they need the scrubber and a payer's own rules; who has them
//! adds them, [`Further`]), and any opinion on what to pay.

mod acknowledgments;
mod balance;
mod claims;
mod code_lists;
mod dental;
mod envelope;
mod findings;
mod further;
mod guide;
mod hierarchy;
mod inquiries;
mod institutional;
mod professional;
mod remittances;
pub mod rules;
mod sets;
mod sound;
mod syntax_notes;

use std::io::Read;

use serde::Serialize;

pub(crate) use envelope::ISA_QUALIFIERS;
pub use further::Further;

use crate::check::envelope::Envelope;
use crate::check::further::Added;
use crate::check::sets::Sets;
use crate::issue::{Ack, At, Issue, Issues, Severity};
use crate::limits::{Limits, ReadError};
use crate::stream::{Part, Reader};
use types::{CodeLookup, Money};

/// What to check, and how.
#[derive(Clone, Copy)]
pub struct Options<'c> {
    /// The highest SNIP level, 1 to 7; what it holds beyond 5 is not checked here.
    pub level: u8,
    /// Warnings are errors.
    pub strict: bool,
    /// What is taken before the file is refused, and how many issues are kept; the rest is counted.
    /// A claim is read, then held to levels 3 to 5, then comes the next: the first ones found in
    /// this order are kept, the same ones each time.
    pub limits: Limits,
    /// Code tables for level 5; without them nothing is said of codes.
    pub codes: Option<&'c dyn CodeLookup>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { level: 4, strict: false, limits: Limits::default(), codes: None }
    }
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("level", &self.level)
            .field("strict", &self.strict)
            .field("limits", &self.limits)
            .field("codes", &self.codes.is_some())
            .finish()
    }
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing of error severity at the level asked for.
    Accepted,
    /// Something is wrong, or a set in it is not read here.
    Rejected,
    /// This is no X12, or more of it than the limits take.
    Unreadable,
}

impl Verdict {
    /// As the JSON has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Accepted => "accepted",
            Verdict::Rejected => "rejected",
            Verdict::Unreadable => "unreadable",
        }
    }
}

/// One transaction set, with what it adds up to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetSummary {
    /// ST01: `837`, `835`, ...
    pub transaction: String,
    /// ST03, else GS08: `005010X222A1`.
    pub version: String,
    /// ST02.
    pub control_number: String,
    /// Claims: CLM or CLP segments.
    pub claims: u64,
    /// The sum of CLM02 or CLP03, when there are claims.
    pub charged: Option<Money>,
    /// The sum of CLP04 of an 835.
    pub paid: Option<Money>,
    /// BPR02 of an 835.
    pub payment: Option<Money>,
    /// Segments from ST to SE as they are.
    pub segments: u64,
    /// Bytes from the start of the file to ST.
    pub offset: u64,
}

/// One thing that is wrong, with where it stands and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// SNIP level.
    pub level: u8,
    /// Error or warning.
    pub severity: Severity,
    /// Stable and greppable.
    pub rule: &'static str,
    /// Number of the segment in the file, from 1; 0 when there is none.
    pub segment: u64,
    /// Number of the segment in its set, ST = 1; 0 outside.
    pub set_segment: u32,
    /// Interchange of the file, from 1.
    pub interchange: u32,
    /// Group of the interchange, from 1.
    pub group: u32,
    /// Set of the group, from 1.
    pub set: u32,
    /// Bytes from the start of the file to the segment.
    pub offset: u64,
    /// The segment's identifier.
    pub segment_id: String,
    /// The innermost loop: `2300`.
    pub r#loop: String,
    /// All loops from the outermost: `2000A/2000B/2300`.
    pub loop_path: String,
    /// Designator: `CLM05`.
    pub element: Option<String>,
    /// Component, from 1.
    pub component: Option<u8>,
    /// What stood there; may be patient data.
    pub found: Option<String>,
    /// What should have.
    pub expected: Option<String>,
    /// One plain sentence.
    pub message: String,
    /// What to do.
    pub advice: &'static str,
    /// Where the rule is written, for levels 3 to 5.
    pub source: Option<&'static str>,
    /// What a TA1 or 999 would say.
    pub ack: Option<Ack>,
}

impl Finding {
    /// True when it rejects.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What becomes of it.
    pub verdict: Verdict,
    /// Its transaction sets in order.
    pub sets: Vec<SetSummary>,
    /// What is wrong, in the order of the file; at one segment in the order in which it was found.
    pub issues: Vec<Finding>,
    /// Issues beyond those that are kept.
    pub more: u64,
    /// All errors, kept or not.
    pub errors: u64,
    /// All warnings, kept or not.
    pub warnings: u64,
}

impl Report {
    /// Adds what was found at levels above ours.
    fn add(&mut self, added: Added, strict: bool) {
        let (errors, warnings) = added.counts(strict);
        (self.errors, self.warnings) = (self.errors + errors, self.warnings + warnings);
        let mut found = added.into_kept(self.issues.len());
        if strict {
            found.iter_mut().for_each(|finding| finding.severity = Severity::Error);
        }
        self.more += (errors + warnings).saturating_sub(found.len() as u64);
        self.issues.extend(found);
        self.issues.sort_by_key(|finding| finding.offset);
        if self.verdict == Verdict::Accepted && self.errors > 0 {
            self.verdict = Verdict::Rejected;
        }
    }
}

/// What is wrong with a file, and the byte from which on it was not looked at: a limit was passed, or
/// there was more than is kept.
pub(crate) fn find(text: &[u8], options: &Options<'_>) -> (Issues, Option<u64>) {
    let found = Found::in_stream(text, options, None).expect("bytes that are in memory can be read");
    let offsets = || found.issues.kept().iter().map(|issue| issue.at.offset);
    let dropped = (found.issues.dropped() > 0).then(|| offsets().max()).flatten();
    let unseen = found.unread.into_iter().chain(dropped).min();
    (found.issues, unseen)
}

/// Checks a file. Never fails: what is wrong is in the report.
#[must_use]
pub fn check(text: &[u8], options: &Options<'_>) -> Report {
    check_stream(text, options).expect("bytes that are in memory can be read")
}

/// Checks a file of any length while it is read, subscriber by subscriber and payment by payment:
/// memory does not grow with the file.
///
/// # Errors
/// The input fails.
pub fn check_stream(input: impl Read, options: &Options<'_>) -> std::io::Result<Report> {
    Ok(Found::in_stream(input, options, None)?.report(options.strict))
}

/// As [`check_stream`], with levels above ours by one who has them.
///
/// # Errors
/// The input fails.
pub fn check_stream_further(
    input: impl Read,
    options: &Options<'_>,
    further: &mut dyn Further,
) -> std::io::Result<Report> {
    Ok(Found::in_stream(input, options, Some(further))?.report(options.strict))
}

/// What was found in a file.
struct Found {
    issues: Issues,
    /// The numbers in the file of the segments at which the kept issues stand.
    numbers: Vec<u64>,
    /// There is an interchange, or a part of one, and it was read to its end.
    any: bool,
    /// Where a limit was passed.
    unread: Option<u64>,
    sets: Vec<SetSummary>,
    /// At levels above ours.
    added: Added,
}

impl Found {
    fn in_stream(
        input: impl Read,
        options: &Options<'_>,
        mut further: Option<&mut dyn Further>,
    ) -> std::io::Result<Found> {
        let mut reader = Reader::with_limits(input, options.limits).by_subscriber();
        let none = || Issues::keeping(options.limits.issues).up_to(options.level);
        *reader.issues_mut() = none();
        let (mut envelope, mut sets) = (Envelope::default(), Sets::new(options));
        let (mut numbers, mut any, mut more, mut unread) = (Vec::new(), false, true, None);
        let mut added = Added::keeping(options.limits.issues);
        while more {
            let place = reader.place();
            let (mut own, mut without_header, mut above) = (none(), false, Vec::new());
            match reader.next_watched(Some(&mut envelope)) {
                Ok(Some(part)) => {
                    any = true;
                    without_header = matches!(part, Part::Interchange(None));
                    if let Some(further) = &mut further {
                        added.begin(&part);
                        above = further.part(&part, place);
                    }
                    sets.part(part, place, &mut own);
                }
                Ok(None) => {
                    sets.end(&mut own);
                    envelope.close_interchange(&mut own);
                    more = false;
                }
                Err(ReadError::Input(cause)) => return Err(cause),
                Err(ReadError::Limit { passed, limit, offset }) => {
                    let at = At { offset, ..reader.place() };
                    let error = ReadError::Limit { passed, limit, offset };
                    own.push(Issue::new(passed.rule(), at, error.to_string()).ack(Ack::Set("5")));
                    // What was not read to its end is not judged.
                    (any, more, unread) = (false, false, Some(offset));
                }
            }
            if without_header {
                envelope.no_interchange(reader.place(), &mut own);
            }
            reader.issues_mut().append(own);
            let number =
                |at: At| reader.segments_up_to(at.offset).unwrap_or_else(|| envelope.number_of_past(at));
            let said = reader.issues().kept().get(numbers.len()..).unwrap_or_default();
            numbers.extend(said.iter().map(|issue| number(issue.at)));
            if further.is_some() {
                added.end(said, above, number);
            }
        }
        Ok(Found { issues: reader.into_issues(), numbers, any, unread, sets: envelope.sets, added })
    }

    fn report(self, strict: bool) -> Report {
        let Found { issues, numbers, any, sets, added, unread: _ } = self;
        let verdict = if !any {
            Verdict::Unreadable
        } else if issues.errors() > 0 || (strict && issues.warnings() > 0) {
            Verdict::Rejected
        } else {
            Verdict::Accepted
        };
        let (mut errors, mut warnings, more) = (issues.errors(), issues.warnings(), issues.dropped());
        if strict {
            (errors, warnings) = (errors + warnings, 0);
        }
        let kept = issues.kept().iter().zip(numbers);
        let mut found: Vec<Finding> = kept.map(|(issue, number)| finding(issue, number, strict)).collect();
        found.sort_by_key(|finding| finding.offset);
        let mut report = Report { verdict, sets, issues: found, more, errors, warnings };
        report.add(added, strict);
        report
    }
}

fn finding(issue: &Issue, segment: u64, strict: bool) -> Finding {
    Finding {
        level: issue.level,
        severity: if strict { Severity::Error } else { issue.severity },
        rule: issue.rule,
        segment,
        set_segment: issue.at.segment,
        interchange: issue.at.interchange,
        group: issue.at.group,
        set: issue.at.set,
        offset: issue.at.offset,
        segment_id: issue.segment_id.clone(),
        r#loop: issue.loop_path.rsplit('/').next().unwrap_or_default().to_owned(),
        loop_path: issue.loop_path.clone(),
        element: issue.element.clone(),
        component: issue.component,
        found: issue.found.clone(),
        expected: issue.expected.clone(),
        message: issue.message.clone(),
        advice: rules::advice(issue.rule),
        source: rules::source(issue.rule),
        ack: issue.ack,
    }
}

#[cfg(test)]
mod tests;
