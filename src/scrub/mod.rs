//! Scrubbing: what a payer would refuse, found before the claim is sent.
//!
//! - A [`Rule`] looks at one thing, has a stable id and version, a severity, a source one can
//!   look up, and says what to do. All of them are in [`rules`], grouped by what they look at.
//! - A rule names the kinds of claim that it holds for ([`ClaimKind`]). What more than one kind has
//!   in common it sees as a `View`, which knows where each thing stands in the guide of its kind.
//! - A [`Finding`] is one rule's objection to one place of one claim.
//! - A [`Fix`] mends a finding with one click, where that is safe.
//! - [`check`] is pure: claim and [`Context`] in, [`Verdict`] out, the same every time. A claim
//!   that nothing stops becomes a [`ScrubbedClaim`], which nothing else can make: the type is
//!   the proof that a claim may be queued.
//! - A practice writes rules of its own ([`written`]), publishes them and grades all rules, for
//!   every payer or one ([`rulebook`]). What it published is a [`RuleBook`]; for one payer that is
//!   [`PracticeRules`]. The same [`check`] asks both kinds.
//!
//! Invariants: findings come in the order of the rules, then of the claim. What cannot be
//! checked (a sample table, earlier claims not loaded) is a note that says so, never silence. A
//! finding shows no name, birth date or member id.
//!
//! Deliberately absent: storage of what was found (a scrubbed claim is made again before each batch), the
//! clock, and rules without a source. Inpatient-only edits of the Medicare Code Editor are applied to
//! stays in hospitals only: by them Z00.00 could not be the reason for a visit.

mod anesthesia;
pub mod api;
mod assignment;
mod charges;
mod circumstances;
mod code_definition;
mod course;
mod coverage;
mod dates;
mod dental;
mod diagnosis;
mod diagnosis_order;
mod diagnosis_sets;
mod drugs;
mod duplicates;
mod families;
mod finding;
mod fix;
mod form;
mod identity;
mod institutional;
mod laboratory;
pub mod map_837;
mod medicare;
mod modifier;
mod modifier_sets;
mod ncci;
pub mod pages;
mod party;
mod practice_rules;
mod pregnancy;
mod procedure;
pub mod rulebook;
mod store;
mod surgery;
mod telehealth;
#[cfg(test)]
mod tests;
mod therapy;
pub mod trials;
mod view;
mod visits;
pub mod written;

use chrono::NaiveDate;

use crate::claims::{Claim, HistoryLine, Status};
use crate::codes::Codes;

pub use finding::{Finding, Severity};
pub use fix::{Fix, FixError, patched};
pub use practice_rules::{Grade, PayerRules, PracticeRules, UnknownGrade};
pub use rulebook::RuleBook;
pub use view::ClaimKind;

use finding::{Check, Report, Rule as RuleWithCheck};
use view::View;

/// What the scrubber needs besides the claim.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The code tables.
    pub codes: &'a Codes,
    /// What this practice and this payer demand.
    pub rules: &'a PracticeRules,
    /// The patient's earlier lines, if they were loaded.
    pub history: History<'a>,
    /// The practice's own day.
    pub today: NaiveDate,
}

/// What is known of the patient's other lines.
#[derive(Clone, Copy, Debug)]
pub enum History<'a> {
    /// Not loaded, as for a file from the command line: rules that need it say "not checked".
    Unknown,
    /// Every line billed for the patient in the last three years, as [`crate::claims::history`] gives them;
    /// the claim's own lines among them are read over.
    Known(&'a [HistoryLine]),
}

impl<'a> History<'a> {
    /// The patient's lines on claims before this one; none when they were not loaded. Of two
    /// claims that have both not been sent, the one that was drafted first is the earlier.
    fn before(self, claim: &Claim) -> Option<impl Iterator<Item = &'a HistoryLine>> {
        let History::Known(lines) = self else { return None };
        let id = claim.id;
        Some(lines.iter().filter(move |line| {
            let unsent = matches!(line.status, Status::Draft | Status::Held | Status::Ready);
            line.claim != id && line.account_claim != id && !(unsent && id < line.claim)
        }))
    }
}

/// What came of scrubbing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<'c> {
    /// Nothing stops the claim.
    Ready(ScrubbedClaim<'c>),
    /// At least one finding stops it; all findings are here.
    Held(Vec<Finding>),
}

/// A claim that no rule stops, with the warnings and notes it carries. Only [`check`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrubbedClaim<'c> {
    claim: &'c Claim,
    findings: Vec<Finding>,
}

impl<'c> ScrubbedClaim<'c> {
    /// The claim that may be sent.
    #[must_use]
    pub const fn claim(&self) -> &'c Claim {
        self.claim
    }

    /// Warnings and notes; none of them stops it.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl Verdict<'_> {
    /// Every finding, whichever way it went.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match self {
            Verdict::Ready(scrubbed) => &scrubbed.findings,
            Verdict::Held(findings) => findings,
        }
    }

    /// Whether a finding stops the claim.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        matches!(self, Verdict::Held(_))
    }
}

/// A rule as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rule {
    /// Stable and greppable: `scrub/npi-check-digit`.
    pub id: &'static str,
    /// Rises when the rule begins to find something else.
    pub version: u16,
    /// The kinds of claim that it holds for.
    pub kinds: &'static [ClaimKind],
    /// The worst that it finds, unless the practice grades it otherwise.
    pub severity: Severity,
    /// What must hold.
    pub title: &'static str,
    /// Where that is written: guide and loop, CMS file and edition, or CFR.
    pub source: &'static str,
    /// What to do when it does not.
    pub next: &'static str,
}

/// Every rule, in the order in which they look.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    groups().into_iter().flatten().map(|rule| &rule.about)
}

fn groups() -> [&'static [RuleWithCheck]; 28] {
    [
        &party::RULES,
        &identity::RULES,
        &coverage::RULES,
        &assignment::RULES,
        &charges::RULES,
        &dates::RULES,
        &course::RULES,
        &circumstances::RULES,
        &diagnosis::RULES,
        &diagnosis_order::RULES,
        &diagnosis_sets::RULES,
        &pregnancy::RULES,
        &procedure::RULES,
        &code_definition::RULES,
        &visits::RULES,
        &telehealth::RULES,
        &modifier::RULES,
        &modifier_sets::RULES,
        &surgery::RULES,
        &anesthesia::RULES,
        &therapy::RULES,
        &laboratory::RULES,
        &drugs::RULES,
        &medicare::RULES,
        &ncci::RULES,
        &duplicates::RULES,
        &institutional::RULES,
        &dental::RULES,
    ]
}

/// Asks every rule of professional claims about one.
#[must_use]
pub fn check<'c>(claim: &'c Claim, context: &Context<'_>) -> Verdict<'c> {
    let findings = ask(&View::of(claim), context);
    if findings.iter().any(|finding| finding.severity == Severity::Stop) {
        Verdict::Held(findings)
    } else {
        Verdict::Ready(ScrubbedClaim { claim, findings })
    }
}

/// What one rule finds in a claim, whatever the others say: nothing when the practice turned it off.
#[must_use]
pub fn find(claim: &Claim, context: &Context<'_>, rule: &str) -> Vec<Finding> {
    ask_some(&View::of(claim), context, |id| id == rule)
}

/// Asks every rule that holds for the kind of a claim: built-in ones first, then those that the
/// practice wrote.
fn ask(view: &View<'_>, context: &Context<'_>) -> Vec<Finding> {
    ask_some(view, context, |_| true)
}

fn ask_some(view: &View<'_>, context: &Context<'_>, wanted: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in groups().into_iter().flatten().filter(|rule| rule.about.kinds.contains(&view.kind)) {
        if !wanted(rule.about.id) {
            continue;
        }
        let Some(severity) = context.rules.severity_of(rule.about.id, rule.about.severity) else { continue };
        let mut report = Report::new(&rule.about, severity, &view.number, &mut findings);
        match (&rule.check, view.professional) {
            (Check::View(check), _) => check(view, context, &mut report),
            (Check::Professional(check), Some(claim)) => check(claim, context, &mut report),
            (Check::Professional(_), None) => {}
        }
    }
    let Some(claim) = view.professional else { return findings };
    for rule in context.rules.written.iter().filter(|rule| wanted(&rule.id)) {
        let Some(severity) = context.rules.severity_of(&rule.id, rule.severity) else { continue };
        let mut report = Report::of_written(rule, severity, &view.number, &mut findings);
        rule.ask(claim, context.today, &mut report);
    }
    findings
}
