//! What a practice changes about the rules, and what its payers demand beyond them.

use crate::types::ProcedureCode;

use super::{Rule, Severity};

/// A practice's rules as they hold for one payer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PracticeRules {
    /// Rules that are off or graded otherwise, by id; the last entry for a rule counts.
    pub grades: Vec<(String, Grade)>,
    /// What the payer demands.
    pub payer: PayerRules,
}

/// How a practice grades a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    pub(super) fn severity_of(&self, rule: &Rule) -> Option<Severity> {
        match self.grades.iter().rev().find(|(id, _)| id == rule.id) {
            Some((_, Grade::Off)) => None,
            Some((_, Grade::As(severity))) => Some(*severity),
            None => Some(rule.severity),
        }
    }
}
