//! What people write about a rule, and what is wrong with it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::scrub::Severity;
use crate::types::{Carc, PayerId};

use super::condition::Condition;
use super::field::Field;

/// Payers, programs and reasons named by one rule at most.
const NAMED_MAX: usize = 100;

/// What one version of a rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// What must hold, in a few words.
    pub title: String,
    /// What it finds: `stop` holds the claim.
    pub severity: Severity,
    /// Of which claims it is asked.
    #[serde(default)]
    pub scope: Scope,
    /// Whether it is asked once of a claim or of each of its lines.
    #[serde(default)]
    pub each: Each,
    /// When it finds something.
    pub when: Condition,
    /// What is wrong then.
    pub message: String,
    /// What to do about it.
    pub next: String,
    /// The field that a finding points at; the first that is tested when left out.
    #[serde(default)]
    pub point_at: Option<Field>,
    /// Adjustment reasons (CARC) that it is meant to prevent: a back-test counts denials by them.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub related_carcs: Vec<Carc>,
}

/// Of which claims a rule is asked: those that fit everything that is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// To these payers; to every payer when empty.
    #[serde(default)]
    pub payers: Vec<PayerId>,
    /// With these claim filing indicators (SBR09: `MB`, `MC`, `CI`); with any when empty.
    #[serde(default)]
    pub filing_indicators: Vec<String>,
    /// Services on this day or later.
    #[serde(default)]
    pub service_from: Option<NaiveDate>,
    /// Services on this day or before.
    #[serde(default)]
    pub service_to: Option<NaiveDate>,
}

/// Of what a rule is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// Once of the claim: a field of lines is then the list of what all lines say.
    #[default]
    Claim,
    /// Of every line.
    Line,
}

/// One thing that is wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// Where: a JSON pointer into the definition.
    pub pointer: String,
    /// What.
    pub message: String,
}

impl Fault {
    pub(super) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Fault {
        Fault { pointer: pointer.into(), message: message.into() }
    }
}

impl Definition {
    /// What is wrong with it besides its condition.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = vec![];
        let texts =
            [("/title", &self.title, 100), ("/message", &self.message, 300), ("/next", &self.next, 300)];
        for (pointer, text, longest) in texts {
            let length = text.chars().count();
            if text.trim().is_empty() || length > longest || text.chars().any(char::is_control) {
                faults.push(Fault::new(pointer, format!("one line of 1 to {longest} characters is needed")));
            }
        }
        for (place, code) in self.scope.filing_indicators.iter().enumerate() {
            if !(1..=2).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                let pointer = format!("/scope/filing_indicators/{place}");
                faults.push(Fault::new(pointer, "a claim filing indicator has one or two letters or digits"));
            }
        }
        let named = [
            ("/scope/payers", self.scope.payers.len()),
            ("/scope/filing_indicators", self.scope.filing_indicators.len()),
            ("/related_carcs", self.related_carcs.len()),
        ];
        for (pointer, count) in named {
            if count > NAMED_MAX {
                faults.push(Fault::new(pointer, format!("at most {NAMED_MAX}")));
            }
        }
        if let (Some(from), Some(to)) = (self.scope.service_from, self.scope.service_to)
            && to < from
        {
            faults.push(Fault::new("/scope/service_to", "the last day is before the first"));
        }
        faults
    }
}
