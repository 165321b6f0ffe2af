//! The fields of a form: how each is called and filled in, what stands in it, what is wrong with it.

use crate::registry::written::{Faults, Written};

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
