//! Practices.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;
use diesel_async::RunQueryDsl;

use crate::db::schema::organizations;
use crate::db::{Actor, Db, Tx, Who};
use crate::ledger;
use crate::registry::trading::{self, Contact, Submitter};
use crate::types::{Email, Error, OrganizationId, Refusal, Result, Status};

/// A practice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name: at most 60 characters.
    pub name: String,
    /// Decides what "today" is.
    pub time_zone: Tz,
    /// Begins every claim number it sends; no two practices share one.
    pub control_number_prefix: String,
    /// Whether what it sends counts.
    pub usage: Usage,
    /// How it is known where it sends; none until it is told.
    pub submitter: Option<Submitter>,
}

impl Organization {
    /// How it is known where it sends. Refused as `organizations/no-submitter` before it was told:
    /// nothing leaves without ISA06, GS02, 1000A and its contact.
    pub fn submitter(&self) -> Result<&Submitter> {
        self.submitter.as_ref().ok_or_else(|| {
            Refusal::new(
                "organizations/no-submitter",
                Status::Conflict,
                format!(
                    "{} has no submitter: name, transmitter number (1000A NM109), contact name and telephone (1000A PER), \
                     and interchange qualifier, id and application code (ISA05, ISA06, GS02) are not known",
                    self.name
                ),
                "Set them with `firstpass practice submitter`",
            )
            .into()
        })
    }
}

/// ISA15: whether what is sent counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// `T`.
    Test,
    /// `P`.
    Production,
}

impl Usage {
    /// As ISA15 writes it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Usage::Test => "T",
            Usage::Production => "P",
        }
    }
}

/// A practice to be.
#[derive(Clone, Debug)]
pub struct NewOrganization<'a> {
    /// At most 60 characters.
    pub name: &'a str,
    /// Decides what "today" is.
    pub time_zone: Tz,
    /// One to four upper case letters and digits, used by no other practice.
    pub control_number_prefix: &'a str,
    /// Whether what it sends counts.
    pub usage: Usage,
}

/// Makes a practice, with its chart of accounts. Refused when the name or prefix is not as it must be
/// (`organizations/invalid`), or another practice has the prefix (`organizations/prefix-taken`).
pub async fn create(db: &Db, who: Who, new: &NewOrganization<'_>) -> Result<Organization> {
    create_with(db, who, new, async |_| Ok(())).await
}

/// As [`create`], and what `begin` does for it, in the same transaction.
pub async fn create_with(
    db: &Db,
    who: Who,
    new: &NewOrganization<'_>,
    begin: impl AsyncFnOnce(&mut Tx) -> Result<()> + Clone,
) -> Result<Organization> {
    let name = new.name.trim();
    let prefix = new.control_number_prefix;
    if name.is_empty() || name.chars().count() > 60 {
        return Err(invalid("the name has 1 to 60 characters").into());
    }
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    if prefix.is_empty() || prefix.len() > 4 || !prefix.chars().all(fits) {
        return Err(invalid("the prefix is 1 to 4 upper case letters and digits").into());
    }
    let actor = Actor { organization: OrganizationId::new(), who };
    db.transaction(&actor, async |tx| {
        let id = tx.actor().organization;
        let row = diesel::insert_into(organizations::table)
            .values((
                organizations::id.eq(id),
                organizations::name.eq(name),
                organizations::time_zone.eq(new.time_zone.name()),
                organizations::control_number_prefix.eq(prefix),
                organizations::usage_indicator.eq(new.usage.code()),
            ))
            .returning(Row::as_returning())
            .get_result(tx.conn())
            .await
            .map_err(|fault| prefix_taken(fault, prefix))?;
        ledger::open_books(tx).await?;
        tx.audit("organizations/create", id, None, serde_json::json!({ "prefix": prefix })).await?;
        begin(tx).await?;
        row.read()
    })
    .await
}

/// Says how the practice that the transaction acts for is known where it sends. Leaves an audit
/// event `organizations/set-submitter`. Refused when a name does not fit (`organizations/invalid`).
pub async fn set_submitter(tx: &mut Tx, submitter: &Submitter) -> Result<()> {
    let name = trading::name(&submitter.name)
        .ok_or_else(|| invalid("the submitter's name (1000A NM103) has 1 to 60 characters"))?;
    let contact = trading::name(&submitter.contact.name)
        .ok_or_else(|| invalid("the contact's name (1000A PER02) has 1 to 60 characters"))?;
    let id = tx.actor().organization;
    diesel::update(organizations::table.find(id))
        .set((
            organizations::submitter_name.eq(name),
            organizations::submitter_identifier.eq(submitter.identifier.as_str()),
            organizations::interchange_qualifier.eq(submitter.interchange.qualifier.as_str()),
            organizations::interchange_id.eq(submitter.interchange.id.as_str()),
            organizations::application_code.eq(submitter.interchange.application.as_str()),
            organizations::contact_name.eq(contact),
            organizations::contact_telephone.eq(submitter.contact.telephone.as_str()),
            organizations::contact_email.eq(submitter.contact.email.as_ref().map(Email::as_str)),
        ))
        .execute(tx.conn())
        .await?;
    tx.audit("organizations/set-submitter", id, None, serde_json::json!({})).await
}

/// Every practice, by name.
pub async fn list(db: &Db) -> Result<Vec<Organization>> {
    db.system(async |tx| {
        let rows = organizations::table
            .order((organizations::name, organizations::id))
            .select(Row::as_select())
            .load(tx.conn())
            .await?;
        rows.into_iter().map(Row::read).collect()
    })
    .await
}

/// The practice's own day.
pub async fn today(tx: &mut Tx, now: DateTime<Utc>) -> Result<NaiveDate> {
    Ok(now.with_timezone(&current(tx).await?.time_zone).date_naive())
}

/// The practice that the transaction acts for.
pub async fn current(tx: &mut Tx) -> Result<Organization> {
    let id = tx.actor().organization;
    let row = organizations::table.find(id).select(Row::as_select()).first(tx.conn()).await.optional()?;
    row.ok_or_else(|| {
        Refusal::new(
            "organizations/not-found",
            Status::NotFound,
            format!("there is no organization {id}"),
            "Check the id",
        )
    })?
    .read()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = organizations, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: OrganizationId,
    name: String,
    time_zone: String,
    control_number_prefix: String,
    usage_indicator: String,
    submitter_name: Option<String>,
    submitter_identifier: Option<String>,
    interchange_qualifier: Option<String>,
    interchange_id: Option<String>,
    application_code: Option<String>,
    contact_name: Option<String>,
    contact_telephone: Option<String>,
    contact_email: Option<String>,
}

impl Row {
    fn read(self) -> Result<Organization> {
        let Ok(time_zone) = self.time_zone.parse() else {
            return Err(anyhow::anyhow!("{} has an unknown time zone {}", self.id, self.time_zone).into());
        };
        let submitter = self.submitter()?;
        Ok(Organization {
            id: self.id,
            name: self.name,
            time_zone,
            control_number_prefix: self.control_number_prefix,
            usage: if self.usage_indicator == "P" { Usage::Production } else { Usage::Test },
            submitter,
        })
    }

    fn submitter(&self) -> anyhow::Result<Option<Submitter>> {
        let interchange = trading::party(
            self.interchange_qualifier.as_deref(),
            self.interchange_id.as_deref(),
            self.application_code.as_deref(),
        )?;
        let (Some(interchange), Some(name), Some(identifier), Some(contact), Some(telephone)) = (
            interchange,
            &self.submitter_name,
            &self.submitter_identifier,
            &self.contact_name,
            &self.contact_telephone,
        ) else {
            return Ok(None);
        };
        Ok(Some(Submitter {
            name: name.clone(),
            identifier: identifier.parse()?,
            interchange,
            contact: Contact {
                name: contact.clone(),
                telephone: telephone.parse()?,
                email: self.contact_email.as_deref().map(Email::parse).transpose()?,
            },
        }))
    }
}

fn invalid(what: &str) -> Refusal {
    Refusal::new("organizations/invalid", Status::Invalid, what, "Choose another")
}

fn prefix_taken(fault: diesel::result::Error, prefix: &str) -> Error {
    match fault {
        diesel::result::Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Refusal::new(
            "organizations/prefix-taken",
            Status::Conflict,
            format!("another organization's control numbers begin with {prefix}"),
            "Choose another prefix",
        )
        .into(),
        other => other.into(),
    }
}
