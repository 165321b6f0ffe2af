//! The fields of a form: how each is called and filled in, what stands in it, what is wrong with it.

use std::cell::RefCell;

use sha2::{Digest, Sha256};

use crate::registry::written::{Faults, Written};
use crate::types::{Refusal, Result, Status};

/// How a field is filled in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A line of text.
    Text,
    /// A day.
    Day,
    /// One of some.
    Choice(fn() -> Vec<(String, String)>),
}

/// Whether a field may be left empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Must {
    /// It may not.
    Be,
    /// It may.
    Maybe,
}

/// A field as a form lays it out: its name, what it is called, how it is filled in.
pub(super) type Layout = (&'static str, &'static str, Kind, Must);

/// A field with what stands in it.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) value: String,
    /// What is wrong with it: stands beside it.
    pub(super) wrong: Option<String>,
    pub(super) is_day: bool,
    pub(super) is_required: bool,
    /// It stays as it is.
    pub(super) is_fixed: bool,
    /// Values and what they mean; none for what is written freely.
    pub(super) choices: Vec<(String, String)>,
}

/// The fields of something that is written, with what is wrong with it.
pub(super) fn fields(
    layout: &[Layout],
    written: &impl Written,
    wrong: Option<&Faults>,
    fixed: Option<&str>,
) -> Vec<Field> {
    let texts = written.texts();
    let field = |(name, label, kind, must): &Layout| {
        let faults = wrong.iter().flat_map(|faults| &faults.0).filter(|fault| fault.field == *name);
        let reasons: Vec<&str> = faults.map(|fault| fault.reason.as_str()).collect();
        Field {
            name,
            label,
            value: texts.get(*name).cloned().unwrap_or_default(),
            wrong: (!reasons.is_empty()).then(|| reasons.join("; ")),
            is_day: matches!(kind, Kind::Day),
            is_required: *must == Must::Be,
            is_fixed: fixed == Some(*name),
            choices: match kind {
                Kind::Choice(choices) => choices(),
                Kind::Text | Kind::Day => vec![],
            },
        }
    };
    layout.iter().map(field).collect()
}

/// A choice that may be none.
pub(super) fn choices(some: &[(&str, &str)]) -> Vec<(String, String)> {
    some.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
}

/// What a form was opened on: a digest of what was saved then, kept in a hidden field, so that nobody
/// saves over what somebody else saved meanwhile without knowing.
#[derive(Default)]
pub(super) struct Opened(RefCell<String>);

impl Opened {
    /// On what is saved now.
    pub(super) fn on(written: &impl Written) -> Opened {
        Opened(RefCell::new(digest(written)))
    }

    /// As the hidden field of a form that was sent says it; one that does not say it is not asked.
    pub(super) fn of(field: &str) -> Opened {
        Opened(RefCell::new(field.to_owned()))
    }

    /// Whether what is saved is still what the form was opened on. If not, the form is from now on
    /// opened on that: saving again is meant.
    ///
    /// # Errors
    /// `registry/changed-meanwhile`, with the fields in which the form says otherwise.
    pub(super) fn unchanged<W: Written>(&self, saved: &W, said: &W) -> Result<()> {
        let now = digest(saved);
        let before = self.0.replace(now.clone());
        if before.is_empty() || before == now {
            return Ok(());
        }
        let differing = said.differences(saved).join(", ").replace('_', " ");
        let what =
            format!("somebody else changed it after you opened it; it says otherwise now in: {differing}");
        let next = "Save again to keep yours, or leave it as it is";
        Err(Refusal::new("registry/changed-meanwhile", Status::Conflict, what, next).into())
    }

    /// As the hidden field says it.
    pub(super) fn into_field(self) -> String {
        self.0.into_inner()
    }
}

fn digest(written: &impl Written) -> String {
    let texts = serde_json::to_vec(&written.texts()).expect("texts are JSON");
    Sha256::digest(texts).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::written::WrittenPayer;

    #[test]
    fn what_was_saved_meanwhile_is_not_saved_over_unless_one_saves_again() {
        let named = |name: &str| WrittenPayer { name: name.to_owned(), ..WrittenPayer::default() };
        let opened = Opened::on(&named("Acme"));
        assert!(opened.unchanged(&named("Acme"), &named("Acme Health")).is_ok());
        let refused = opened.unchanged(&named("Acme Insurance"), &named("Acme Health")).unwrap_err();
        let refusal = refused.refusal().unwrap();
        assert_eq!(refusal.code, "registry/changed-meanwhile");
        assert!(refusal.detail.ends_with("in: name"), "{}", refusal.detail);
        assert!(opened.unchanged(&named("Acme Insurance"), &named("Acme Health")).is_ok());
        assert!(Opened::default().unchanged(&named("Acme"), &named("Other")).is_ok());
    }
}
