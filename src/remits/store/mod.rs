//! All SQL of remittances. One statement for each table and thousand claims.

mod claims;
mod decisions;
mod entries;
mod matching;
mod parts;
mod replacing;
mod restating;
mod rules;
mod sets;
mod unposting;

pub(super) use claims::{
    accounts, drafts, earlier, newer_decisions, our_claims, parts, posted_decision, sent_claims,
};
pub(super) use decisions::{ClaimRow, insert_claims, insert_provider_adjustments, mark_reversed};
pub(super) use entries::{entry_of_decision, insert_unapplyings, moved_by_people};
pub(super) use matching::{by_control_number, candidates};
pub(super) use parts::{MissingPart, missing_parts};
pub(super) use replacing::{
    Carrying, carriers, carryings, insert_carryings, insert_replacements, replaced, uncovered,
};
pub(super) use restating::{
    decisions_of_visits, insert_restatements, restated_by_set, visits_of_later_payers, waiting_decision,
};
pub(super) use rules::{posting_rules, put_posting_rule};
pub(super) use sets::{
    SetRow, decided_on, finish_set, insert_movements, insert_override, lock_remittance, lock_set, lock_trace,
    payer, posted_with_trace, put_set, received, remittance, settle_exceptions,
};
pub(super) use unposting::{
    EntryOfSet, Restoration, decisions_of_set, depends_on, entries_of_set, insert_restorations, is_unposted,
    release_reversed, unpost_set,
};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::types::Result;

fn to_json(value: &(impl serde::Serialize + ?Sized)) -> Result<Value> {
    Ok(serde_json::to_value(value).map_err(anyhow::Error::from)?)
}

/// A value as it was kept by [`to_json`].
pub(super) fn from_json<T: DeserializeOwned>(stored: Value) -> Result<T> {
    Ok(serde_json::from_value(stored).map_err(anyhow::Error::from)?)
}

fn int(value: u32) -> Result<i32> {
    Ok(i32::try_from(value).map_err(anyhow::Error::from)?)
}

fn big(value: u64) -> Result<i64> {
    Ok(i64::try_from(value).map_err(anyhow::Error::from)?)
}
