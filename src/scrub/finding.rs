//! What a rule reports, and how.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::View;
use super::written::WrittenRule;
use super::{Context, Fix, Rule as About};
use crate::claims::Claim;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For information, or something that could not be checked.
    Note,
    /// Likely to be refused or paid less; a person may send it all the same.
    Warn,
    /// Would be refused: the claim is held until it is mended.
    Stop,
}

impl Severity {
    /// Every one of them, the mildest first.
    pub const ALL: [Severity; 3] = [Severity::Note, Severity::Warn, Severity::Stop];

    /// As in JSON: `note`, `warn`, `stop`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warn => "warn",
            Severity::Stop => "stop",
        }
    }
}

/// One rule's objection to one place of one claim. The names are a contract (`scrub --json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// The rule's id.
    #[schema(value_type = String)]
    pub rule: Cow<'static, str>,
    /// The rule's version.
    pub version: u16,
    /// How bad it is here: never worse than the rule's own severity.
    pub severity: Severity,
    /// The claim's patient control number, or its id while it has none.
    pub claim: String,
    /// Where in the claim: a JSON pointer into its serialized form.
    pub pointer: String,
    /// Where in the 837: loop and element.
    #[schema(value_type = String)]
    pub element: Cow<'static, str>,
    /// What stands there; empty when nothing does, or when it is patient data.
    pub found: String,
    /// What is wrong.
    pub message: String,
    /// Where the rule is written.
    #[schema(value_type = String)]
    pub source: Cow<'static, str>,
    /// What to do.
    #[schema(value_type = String)]
    pub next: Cow<'static, str>,
    /// What does it with one click, where that is safe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// A rule with its check.
pub(super) struct Rule {
    pub(super) about: About,
    pub(super) check: Check,
}

/// What a rule looks at.
pub(super) enum Check {
    /// The whole of a professional claim.
    Professional(fn(&Claim, &Context<'_>, &mut Report<'_>)),
    /// What the kinds of claim have in common that the rule is about.
    View(fn(&View<'_>, &Context<'_>, &mut Report<'_>)),
}

/// A place in a claim, both ways of naming it.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pointer: Cow<'static, str>,
    pub(super) element: Cow<'static, str>,
}

impl Spot {
    /// `/billing/npi`, `2010AA NM109`.
    pub(super) fn new(pointer: impl Into<Cow<'static, str>>, element: impl Into<Cow<'static, str>>) -> Spot {
        Spot { pointer: pointer.into(), element: element.into() }
    }

    /// A field of the service line at an index: `procedure` of `/lines/0`.
    pub(super) fn line(index: usize, field: &str, element: impl Into<Cow<'static, str>>) -> Spot {
        Spot::new(format!("/lines/{index}/{field}"), element)
    }

    /// Whether it lies in a field.
    pub(super) fn is_below(&self, field: &str) -> bool {
        self.pointer.starts_with(field)
    }

    /// Another component of the same composite: `2300 HI01-2` to `2300 HI01-9`.
    pub(super) fn component(mut self, component: u8) -> Spot {
        self.element = self.element.replacen("-2", &format!("-{component}"), 1).into();
        self
    }

    /// The diagnosis at an index.
    pub(super) fn diagnosis(index: usize) -> Spot {
        macro_rules! places {
            ($($at:literal $number:literal),+) => {
                [$((concat!("/diagnoses/", $at), concat!("2300 HI", $number, "-2"))),+]
            };
        }
        const PLACES: [(&str, &str); 12] = places!(
            0 "01", 1 "02", 2 "03", 3 "04", 4 "05", 5 "06", 6 "07", 7 "08", 8 "09", 9 "10", 10 "11", 11 "12"
        );
        match PLACES.get(index) {
            Some((pointer, element)) => Spot::new(*pointer, *element),
            None => Spot::new(format!("/diagnoses/{index}"), "2300 HI"),
        }
    }
}

/// What every finding of a rule says of the rule.
struct Stamp {
    rule: Cow<'static, str>,
    version: u16,
    source: Cow<'static, str>,
    next: Cow<'static, str>,
}

/// Takes a rule's findings.
pub(super) struct Report<'a> {
    stamp: Stamp,
    severity: Severity,
    claim: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Report<'a> {
    pub(super) fn new(
        rule: &'static About,
        severity: Severity,
        claim: &'a str,
        findings: &'a mut Vec<Finding>,
    ) -> Report<'a> {
        let stamp = Stamp {
            rule: rule.id.into(),
            version: rule.version,
            source: rule.source.into(),
            next: rule.next.into(),
        };
        Report { stamp, severity, claim, findings }
    }

    /// For a rule that the practice wrote.
    pub(super) fn of_written(
        rule: &WrittenRule,
        severity: Severity,
        claim: &'a str,
        findings: &'a mut Vec<Finding>,
    ) -> Report<'a> {
        let stamp = Stamp {
            rule: rule.id.clone(),
            version: rule.version,
            source: rule.source().to_owned().into(),
            next: rule.next().to_owned().into(),
        };
        Report { stamp, severity, claim, findings }
    }

    /// The rule is broken. `found` is what stands there: never patient data.
    pub(super) fn fault(&mut self, spot: Spot, found: impl Into<String>, message: impl Into<String>) {
        self.graded(self.severity, spot, found, message);
    }

    /// The rule may be broken: at most a warning.
    pub(super) fn doubt(&mut self, spot: Spot, found: impl Into<String>, message: impl Into<String>) {
        self.graded(self.severity.min(Severity::Warn), spot, found, message);
    }

    /// The rule could not be checked: a note that says why.
    pub(super) fn not_checked(&mut self, spot: Spot, found: impl Into<String>, why: impl Into<String>) {
        self.graded(Severity::Note, spot, found, format!("not checked: {}", why.into()));
    }

    fn graded(
        &mut self,
        severity: Severity,
        spot: Spot,
        found: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.findings.push(Finding {
            rule: self.stamp.rule.clone(),
            version: self.stamp.version,
            severity,
            claim: self.claim.to_owned(),
            pointer: spot.pointer.into_owned(),
            element: spot.element,
            found: found.into(),
            message: message.into(),
            source: self.stamp.source.clone(),
            next: self.stamp.next.clone(),
            fix: None,
        });
    }

    /// What was found last is mended by this.
    pub(super) fn mended_by(&mut self, fix: Fix) {
        if let Some(last) = self.findings.last_mut() {
            last.fix = Some(fix);
        }
    }
}
