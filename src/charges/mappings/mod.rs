//! The mappings that a practice keeps.

pub mod pages;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::charges::mapping::{self, Mapping};
use crate::db::Tx;
use crate::db::schema::charge_mappings as table;
use crate::types::{Refusal, Result, Status};

/// A mapping under its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedMapping {
    /// Its name.
    pub name: String,
    /// It.
    pub mapping: Mapping,
    /// When it was last saved.
    pub saved_at: DateTime<Utc>,
}

/// Keeps a mapping; one of that name is replaced. Leaves an audit event `charges/save-mapping`.
///
/// # Errors
/// `charges/mapping`, with the field.
pub async fn save_mapping(
    tx: &mut Tx,
    now: DateTime<Utc>,
    name: &str,
    mapping: Mapping,
) -> Result<SavedMapping> {
    let name = mapping::checked_name(name)?;
    let mapping = mapping.checked()?;
    let organization = tx.actor().organization;
    let content = (
        table::content.eq(serde_json::to_value(&mapping).map_err(anyhow::Error::from)?),
        table::saved_at.eq(now),
    );
    diesel::insert_into(table::table)
        .values((table::organization_id.eq(organization), table::name.eq(name), content.clone()))
        .on_conflict((table::organization_id, table::name))
        .do_update()
        .set(content)
        .execute(tx.conn())
        .await?;
    tx.audit("charges/save-mapping", organization, None, json!({ "name": name })).await?;
    Ok(SavedMapping { name: name.to_owned(), mapping, saved_at: now })
}

/// Forgets a mapping. Leaves an audit event `charges/delete-mapping`.
///
/// # Errors
/// `charges/no-mapping`
pub async fn delete_mapping(tx: &mut Tx, name: &str) -> Result<()> {
    let organization = tx.actor().organization;
    let gone = diesel::delete(table::table.find((organization, name))).execute(tx.conn()).await?;
    if gone == 0 {
        return Err(no_mapping(name).into());
    }
    tx.audit("charges/delete-mapping", organization, None, json!({ "name": name })).await
}

/// The practice's mappings, by name.
pub async fn mappings(tx: &mut Tx) -> Result<Vec<SavedMapping>> {
    let rows: Vec<(String, serde_json::Value, DateTime<Utc>)> = table::table
        .filter(table::organization_id.eq(tx.actor().organization))
        .order(table::name)
        .select((table::name, table::content, table::saved_at))
        .load(tx.conn())
        .await?;
    rows.into_iter()
        .map(|(name, content, saved_at)| {
            let mapping = serde_json::from_value(content).map_err(anyhow::Error::from)?;
            Ok(SavedMapping { name, mapping, saved_at })
        })
        .collect()
}

/// A mapping by its name.
///
/// # Errors
/// `charges/no-mapping`
pub async fn mapping(tx: &mut Tx, name: &str) -> Result<Mapping> {
    let content: Option<serde_json::Value> = table::table
        .find((tx.actor().organization, name))
        .select(table::content)
        .first(tx.conn())
        .await
        .optional()?;
    let content = content.ok_or_else(|| no_mapping(name))?;
    Ok(serde_json::from_value(content).map_err(anyhow::Error::from)?)
}

fn no_mapping(name: &str) -> Refusal {
    Refusal::new(
        "charges/no-mapping",
        Status::NotFound,
        format!("the practice has no mapping named {name}"),
        "List them with `firstpass charges mapping list`, or save one",
    )
}
