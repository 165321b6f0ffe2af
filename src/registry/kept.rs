//! What keeping something came to, told apart so that a second import of a file is seen to change
//! nothing, and a change leaves its trace.

use serde_json::json;

use crate::db::Tx;
use crate::types::{FileId, Id, Refusal, Result, Status};

/// What became of something that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    Added,
    /// It was there, and these fields of it said something else.
    Changed(Vec<&'static str>),
    /// It was there, just so.
    Unchanged,
}

impl Change {
    /// From the fields that differ.
    pub(super) fn of(differences: Vec<&'static str>) -> Change {
        if differences.is_empty() { Change::Unchanged } else { Change::Changed(differences) }
    }
}

/// Something that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept<I> {
    /// Its id, which stays.
    pub id: I,
    /// What became of it.
    pub change: Change,
}

/// Leaves an audit event for each thing that was changed: which fields, not what they say.
pub(super) async fn audit<I: Id>(
    tx: &mut Tx,
    action: &'static str,
    source: Option<FileId>,
    kept: &[Kept<I>],
) -> Result<()> {
    let changed = kept.iter().filter_map(|one| match &one.change {
        Change::Changed(fields) => Some((one.id, json!({ "fields": fields }))),
        Change::Added | Change::Unchanged => None,
    });
    tx.audit_each(action, source, changed.collect()).await
}

/// Refuses to add what is there already.
pub(super) fn refuse_known<I>(kept: &Kept<I>, code: &'static str, what: &str) -> Result<()> {
    match kept.change {
        Change::Added => Ok(()),
        Change::Changed(_) | Change::Unchanged => Err(Refusal::new(
            code,
            Status::Conflict,
            format!("the practice has a {what} of this number already"),
            "Change that one, or correct the number",
        )
        .into()),
    }
}
