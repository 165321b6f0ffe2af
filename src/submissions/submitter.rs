//! As whom a practice sends.

use diesel::pg::upsert::excluded;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::claims::map_837::Submitter;
use crate::db::Tx;
use crate::db::schema::submitters;
use crate::registry::organizations;
use crate::types::{Place, Refusal, Result, Status};

/// 1000A of the practice's files; none until somebody has said it.
pub async fn submitter(tx: &mut Tx) -> Result<Option<Submitter>> {
    let said: Option<(String, String, String)> = submitters::table
        .select((submitters::identifier, submitters::contact, submitters::telephone))
        .first(tx.conn())
        .await
        .optional()?;
    let Some((identifier, contact, telephone)) = said else { return Ok(None) };
    let name = organizations::current(tx).await?.name;
    Ok(Some(Submitter { name, identifier, contact, telephone }))
}

/// Says as whom the practice sends; its name is the practice's. Leaves an audit event
/// `submissions/save-submitter`.
///
/// # Errors
/// `submissions/submitter`, with the field, when it cannot stand in 1000A (X222 NM109, PER02, PER04).
pub async fn save_submitter(tx: &mut Tx, identifier: &str, contact: &str, telephone: &str) -> Result<()> {
    let (identifier, contact, telephone) = (identifier.trim(), contact.trim(), telephone.trim());
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric());
    if !(2..=15).contains(&identifier.len()) || !plain(identifier) {
        return Err(wrong("identifier", "a submitter's identifier is 2 to 15 letters and digits"));
    }
    if contact.is_empty() || contact.chars().count() > 60 || contact.chars().any(char::is_control) {
        return Err(wrong("contact", "a contact's name has 1 to 60 characters"));
    }
    if telephone.len() != 10 || !telephone.chars().all(|c| c.is_ascii_digit()) {
        return Err(wrong("telephone", "a telephone number has ten digits"));
    }
    let organization = tx.actor().organization;
    diesel::insert_into(submitters::table)
        .values((
            submitters::organization_id.eq(organization),
            submitters::identifier.eq(identifier),
            submitters::contact.eq(contact),
            submitters::telephone.eq(telephone),
        ))
        .on_conflict(submitters::organization_id)
        .do_update()
        .set((
            submitters::identifier.eq(excluded(submitters::identifier)),
            submitters::contact.eq(excluded(submitters::contact)),
            submitters::telephone.eq(excluded(submitters::telephone)),
        ))
        .execute(tx.conn())
        .await?;
    tx.audit("submissions/save-submitter", organization, None, serde_json::json!({})).await
}

fn wrong(field: &str, what: &str) -> crate::types::Error {
    let place = Place { field: Some(format!("/{field}")), ..Place::default() };
    Refusal::new("submissions/submitter", Status::Invalid, what, "Correct it").at(place).into()
}
