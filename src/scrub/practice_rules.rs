//! What a practice changes about the rules, and what its payers demand beyond them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::types::ProcedureCode;

use super::Severity;
use super::written::{Patterns, WrittenRule};

/// A practice's rules as they hold for one payer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PracticeRules {
    /// Rules that are off or graded otherwise, by id; the last entry for a rule counts.
    pub grades: Vec<(String, Grade)>,
    /// What the payer demands.
    pub payer: PayerRules,
    /// The practice's list of drugs in single-dose containers; none where it keeps no such list.
    pub single_dose_drugs: Option<Arc<Patterns>>,
    /// Rules that the practice wrote, in the order in which they are asked: that of their ids.
    pub written: Vec<Arc<WrittenRule>>,
}

/// How a practice grades a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Grade {
    /// Not asked.
    Off,
    /// Asked, with another worst severity.
    As(Severity),
}

/// What a payer demands beyond the guide and the law.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayerRules {
    /// Days from the service to the payer's receipt of the claim. None: one calendar year for
    /// Medicare (42 CFR 424.44), else not checked.
    pub timely_filing_days: Option<u32>,
    /// Procedures that need a prior authorization number.
    pub prior_authorization: Vec<ProcedureCode>,
    /// Whether the payer adjudicates by the billing provider's taxonomy (X222 2000A PRV).
    pub needs_taxonomy: bool,
    /// Whether the payer still refuses diagnoses by the patient's sex, as Medicare did until 2024-09-30.
    pub sex_edits: bool,
}

impl PracticeRules {
    /// The severity with which a rule is asked; none when it is off.
    pub(super) fn severity_of(&self, rule: &str, own: Severity) -> Option<Severity> {
        match self.grades.iter().rev().find(|(id, _)| id == rule) {
            Some((_, Grade::Off)) => None,
            Some((_, Grade::As(severity))) => Some(*severity),
            None => Some(own),
        }
    }
}

impl Grade {
    /// Every grade.
    pub const ALL: [Grade; 4] =
        [Grade::Off, Grade::As(Severity::Note), Grade::As(Severity::Warn), Grade::As(Severity::Stop)];

    /// As it is stored: `off`, or the severity.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Grade::Off => "off",
            Grade::As(severity) => severity.as_str(),
        }
    }
}

/// A text that names no grade.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a grade is off, note, warn or stop")]
pub struct UnknownGrade;

impl std::str::FromStr for Grade {
    type Err = UnknownGrade;
    fn from_str(text: &str) -> Result<Grade, UnknownGrade> {
        Grade::ALL.into_iter().find(|grade| grade.as_str() == text).ok_or(UnknownGrade)
    }
}
impl TryFrom<String> for Grade {
    type Error = UnknownGrade;
    fn try_from(text: String) -> Result<Grade, UnknownGrade> {
        text.parse()
    }
}
impl From<Grade> for String {
    fn from(grade: Grade) -> String {
        grade.as_str().to_owned()
    }
}
