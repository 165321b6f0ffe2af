//! What mends a finding with one click.
//!
//! A fix is offered only where it is safe: it takes nothing away that a payer should be told, and the
//! rule says that it must be so. It is a JSON Patch (RFC 6902) against the claim's serialized form;
//! the claim is scrubbed again with it, and who made it stands in the audit trail.

use json_patch::jsonptr::PointerBuf;
use json_patch::{Patch, PatchOperation, RemoveOperation, ReplaceOperation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::claims::Claim;

/// A change that mends what a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fix {
    /// What it does, as a button says it: `Remove the second 25`.
    pub label: String,
    /// RFC 6902, against the claim's serialized form.
    #[schema(value_type = Vec<Object>)]
    pub patch: Patch,
}

/// The claim is not the one that the fix was made for.
#[derive(Debug, thiserror::Error)]
#[error("the fix does not fit the claim: {0}")]
pub struct FixError(String);

impl Fix {
    pub(super) fn new(label: impl Into<String>) -> Fix {
        Fix { label: label.into(), patch: Patch(vec![]) }
    }

    /// Puts a value in the place of another.
    pub(super) fn replace(mut self, pointer: &str, value: Value) -> Fix {
        if let Ok(path) = PointerBuf::parse(pointer) {
            self.patch.0.push(PatchOperation::Replace(ReplaceOperation { path, value }));
        }
        self
    }

    /// Takes a value away.
    pub(super) fn remove(mut self, pointer: &str) -> Fix {
        if let Ok(path) = PointerBuf::parse(pointer) {
            self.patch.0.push(PatchOperation::Remove(RemoveOperation { path }));
        }
        self
    }

    /// Lists the diagnoses in another order, places from 0; `instead` says to which diagnosis a line
    /// points that pointed to one that is left out.
    pub(super) fn diagnoses(self, claim: &Claim, order: &[usize], instead: Option<usize>) -> Fix {
        let listed: Vec<_> = order.iter().filter_map(|place| claim.diagnoses.get(*place)).collect();
        let mut fix = self.replace("/diagnoses", json!(listed));
        let now = |pointer: u8| {
            let before = usize::from(pointer).checked_sub(1)?;
            let found = order.iter().position(|place| *place == before);
            let place = found.or_else(|| order.iter().position(|place| Some(*place) == instead))?;
            u8::try_from(place + 1).ok()
        };
        for (index, line) in claim.lines.iter().enumerate() {
            let mut pointers: Vec<u8> = Vec::with_capacity(line.pointers.len());
            // What points nowhere stays as it is: another rule names it.
            for pointer in line.pointers.iter().map(|pointer| now(*pointer).unwrap_or(*pointer)) {
                if !pointers.contains(&pointer) {
                    pointers.push(pointer);
                }
            }
            if pointers != line.pointers {
                fix = fix.replace(&format!("/lines/{index}/pointers"), json!(pointers));
            }
        }
        fix
    }

    /// The claim with the change made.
    ///
    /// # Errors
    /// A claim that is not the one for which the fix was made.
    pub fn apply(&self, claim: &Claim) -> Result<Claim, FixError> {
        patched(claim, &self.patch)
    }
}

/// A claim with a patch made.
///
/// # Errors
/// A patch that does not fit the claim, or after which it is none. The text names places, never values.
pub fn patched(claim: &Claim, patch: &Patch) -> Result<Claim, FixError> {
    let mut document = serde_json::to_value(claim).map_err(|fault| FixError(fault.to_string()))?;
    json_patch::patch(&mut document, &patch.0)
        .map_err(|fault| FixError(format!("operation {} at {}", fault.operation + 1, fault.path)))?;
    serde_json::from_value(document)
        .map_err(|_may_repeat_a_value| FixError("what comes of it is no claim".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{claim, line};
    use super::*;

    #[test]
    fn lines_point_to_the_same_diagnoses_in_the_new_order() {
        let mut claim = claim();
        claim.diagnoses = vec!["I10".into(), "E11.9".into(), "I10".into()];
        let mut second = line("80053");
        second.pointers = vec![3, 2, 1];
        claim.lines.push(second);
        let fix = Fix::new("List I10 once").diagnoses(&claim, &[1, 0], Some(0));
        let mended = fix.apply(&claim).unwrap();
        assert_eq!(mended.diagnoses, ["E11.9".into(), "I10".into()]);
        // The third was the first once more; the second stands first now.
        assert_eq!(mended.lines[0].pointers, [2]);
        assert_eq!(mended.lines[1].pointers, [2, 1]);
        assert_eq!(mended.charged, claim.charged);
    }

    #[test]
    fn a_fix_for_another_claim_is_refused_and_says_where() {
        let fix = Fix::new("Remove the second 25").remove("/lines/0/modifiers/1");
        let refused = fix.apply(&claim()).unwrap_err().to_string();
        assert_eq!(refused, "the fix does not fit the claim: operation 1 at /lines/0/modifiers/1");
        let broken = Fix::new("x").replace("/lines", json!("none"));
        assert!(broken.apply(&claim()).unwrap_err().to_string().ends_with("what comes of it is no claim"));
    }
}
