//! A form that is kept while somebody fills it in.

use serde::Serialize;

use super::{App, Caller, Result, show};
use crate::access::drafts;
use crate::registry::organizations;
use crate::types::DraftId;

/// When a draft was saved, as its page shows it.
#[derive(Debug, Serialize)]
pub struct SavedDraft {
    /// `09:38:12`, in the practice's zone.
    pub saved: String,
}

/// Keeps what a person typed so far.
///
/// # Errors
/// As [`drafts::save`].
pub async fn keep_draft(
    app: &App,
    caller: &Caller,
    form: drafts::Form,
    id: DraftId,
    typed: &impl Serialize,
) -> Result<SavedDraft> {
    let now = app.clock.now();
    let content = serde_json::to_value(typed).map_err(anyhow::Error::from)?;
    let keep = app.db.transaction(&caller.actor, async |tx| {
        drafts::save(tx, now, form, id, content).await?;
        Ok(organizations::current(tx).await?.time_zone)
    });
    Ok(SavedDraft { saved: show::time(now, keep.await?) })
}
