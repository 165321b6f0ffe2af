//! Providers.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as sql;
use diesel::sql_types::{Array, Nullable};
use diesel::{pg::Pg, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::json;

use crate::db::Tx;
use crate::db::schema::providers;
use crate::registry::kept::{self, Change, Kept};
use crate::registry::written::{Written, WrittenProvider};
use crate::types::{Address, Entered, FileId, Npi, PersonName, ProviderId, Refusal, Result, Status, TaxId};

/// A person or group that renders, refers or bills care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// Its number.
    pub npi: Npi,
    /// NUCC taxonomy code: nine characters and an X.
    pub taxonomy: Option<String>,
    /// A person, or a group.
    pub name: Name,
    /// What it needs to bill, when it does.
    pub billing: Option<Billing>,
}

/// NM102: 1 a person, 2 a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// A person: last and first name are kept.
    Person(PersonName),
    /// A group.
    Group(String),
}

/// What loop 2010AA needs besides name, NPI and taxonomy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billing {
    /// REF*EI or REF*SY.
    pub tax_id: TaxId,
    /// REF*SY instead of REF*EI.
    pub tax_id_is_ssn: bool,
    /// A street, no post-office box.
    pub address: Address,
}

/// Keeps providers under their NPIs and answers their ids in the same order. One statement.
/// Leaves an audit event `registry/save-providers`.
pub async fn save(tx: &mut Tx, new: &[Provider]) -> Result<Vec<ProviderId>> {
    let billing = |what: fn(&Billing) -> Option<&str>| {
        new.iter().map(|one| one.billing.as_ref().and_then(what)).collect::<Vec<_>>()
    };
    let person = |what: fn(&PersonName) -> Option<&str>| {
        let named = |one: &'_ Provider| match &one.name {
            Name::Person(name) => what(name).map(str::to_owned),
            Name::Group(_) => None,
        };
        new.iter().map(named).collect::<Vec<_>>()
    };
    let group = |one: &'_ Provider| match &one.name {
        Name::Group(name) => Some(name.clone()),
        Name::Person(_) => None,
    };
    let rows: Vec<Saved> = sql_query(
        "insert into providers (organization_id, id, npi, taxonomy, organization_name, last_name, first_name,
            tax_id, tax_id_is_ssn, address_line_1, address_line_2, city, state, zip, bills)
         select $1, p.*, p.tax_id is not null
         from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            as p (id, npi, taxonomy, organization_name, last_name, first_name, tax_id, tax_id_is_ssn,
                address_line_1, address_line_2, city, state, zip)
         on conflict (organization_id, npi) do update set
            taxonomy = excluded.taxonomy, organization_name = excluded.organization_name,
            last_name = excluded.last_name, first_name = excluded.first_name, tax_id = excluded.tax_id,
            tax_id_is_ssn = excluded.tax_id_is_ssn, address_line_1 = excluded.address_line_1,
            address_line_2 = excluded.address_line_2, city = excluded.city, state = excluded.state,
            zip = excluded.zip, bills = excluded.bills
         returning id, npi",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<Array<sql::Uuid>, _>(new.iter().map(|one| one.id).collect::<Vec<_>>())
    .bind::<Array<sql::Text>, _>(new.iter().map(|one| one.npi.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql::Text>>, _>(new.iter().map(|one| one.taxonomy.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql::Text>>, _>(new.iter().map(group).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql::Text>>, _>(person(|name| Some(&name.last)))
    .bind::<Array<Nullable<sql::Text>>, _>(person(|name| name.first.as_deref()))
    .bind::<Array<Nullable<sql::Text>>, _>(billing(|it| Some(it.tax_id.as_str())))
    .bind::<Array<sql::Bool>, _>(
        new.iter().map(|one| one.billing.as_ref().is_some_and(|it| it.tax_id_is_ssn)).collect::<Vec<_>>(),
    )
    .bind::<Array<Nullable<sql::Text>>, _>(billing(|it| Some(&it.address.line_1)))
    .bind::<Array<Nullable<sql::Text>>, _>(billing(|it| it.address.line_2.as_deref()))
    .bind::<Array<Nullable<sql::Text>>, _>(billing(|it| Some(&it.address.city)))
    .bind::<Array<Nullable<sql::Text>>, _>(billing(|it| Some(it.address.state.text())))
    .bind::<Array<Nullable<sql::Text>>, _>(billing(|it| Some(it.address.zip.text())))
    .load(tx.conn())
    .await?;
    let organization = tx.actor().organization;
    tx.audit("registry/save-providers", organization, None, json!({ "providers": new.len() })).await?;
    let id_of = |one: &Provider| rows.iter().find(|row| row.npi == one.npi.as_str()).map(|row| row.id);
    Ok(new.iter().filter_map(id_of).collect())
}

/// What [`keep`] would do, in the same order: reads only. The id of one that is not there is its own.
pub async fn compare(tx: &mut Tx, new: &[Provider]) -> Result<Vec<Kept<ProviderId>>> {
    let npis: Vec<Npi> = new.iter().map(|one| one.npi.clone()).collect();
    let known = by_npi(tx, &npis).await?;
    let known: HashMap<&Npi, &Provider> = known.iter().map(|one| (&one.npi, one)).collect();
    let compared = new.iter().map(|one| match known.get(&one.npi) {
        None => Kept { id: one.id, change: Change::Added },
        Some(before) => {
            let differences = WrittenProvider::from(one).differences(&WrittenProvider::from(*before));
            Kept { id: before.id, change: Change::of(differences) }
        }
    });
    Ok(compared.collect())
}

/// Keeps providers under their NPIs, which differ, and says what became of each, in the same order.
/// Who is there just so is not touched. Leaves [`save`]'s audit event, and `registry/change-provider`
/// for each that was changed.
pub async fn keep(tx: &mut Tx, source: Option<FileId>, new: &[Provider]) -> Result<Vec<Kept<ProviderId>>> {
    let mut kept = compare(tx, new).await?;
    let differ: Vec<Provider> = (new.iter().zip(&kept))
        .filter(|(_, kept)| kept.change != Change::Unchanged)
        .map(|(one, _)| one.clone())
        .collect();
    if differ.is_empty() {
        return Ok(kept);
    }
    let mut ids = save(tx, &differ).await?.into_iter();
    for one in kept.iter_mut().filter(|one| one.change != Change::Unchanged) {
        one.id = ids.next().unwrap_or(one.id);
    }
    kept::audit(tx, "registry/change-provider", source, &kept).await?;
    Ok(kept)
}

/// Adds a provider. Leaves an audit event `registry/add-provider`, too.
///
/// # Errors
/// `registry/provider-known`: the NPI is somebody's.
pub async fn add(tx: &mut Tx, new: Provider) -> Result<ProviderId> {
    for kept in compare(tx, std::slice::from_ref(&new)).await? {
        kept::refuse_known(&kept, "registry/provider-known", "provider")?;
    }
    let ids = save(tx, std::slice::from_ref(&new)).await?;
    let id = ids.into_iter().next().unwrap_or(new.id);
    tx.audit("registry/add-provider", id, None, json!({})).await?;
    Ok(id)
}

/// Brings the provider with this id up to date; its NPI stays. Gives what was before.
///
/// # Errors
/// `registry/provider-not-found`, `registry/provider-renumbered`.
pub async fn change(tx: &mut Tx, id: ProviderId, new: Provider) -> Result<Provider> {
    let before = get(tx, id).await?;
    if before.npi != new.npi {
        let what = "the NPI is how charge files and imports know the provider; it stays";
        let next = "Add the other as a provider of its own";
        return Err(Refusal::new("registry/provider-renumbered", Status::Conflict, what, next).into());
    }
    keep(tx, None, &[new]).await?;
    Ok(before)
}

/// The provider with this id.
///
/// # Errors
/// `registry/provider-not-found`
pub async fn get(tx: &mut Tx, id: ProviderId) -> Result<Provider> {
    load(tx, &[id]).await?.pop().ok_or_else(|| {
        let what = format!("there is no provider {id}");
        Refusal::new("registry/provider-not-found", Status::NotFound, what, "Check the id").into()
    })
}

/// The providers with these ids, in no particular order; one that is not there is left out.
pub async fn load(tx: &mut Tx, ids: &[ProviderId]) -> Result<Vec<Provider>> {
    let found = providers::table.filter(providers::id.eq_any(ids));
    let rows: Vec<Row> = found.select(Row::as_select()).load(tx.conn()).await?;
    rows.into_iter().map(Row::read).collect()
}

/// The providers with these NPIs, in no particular order; one that is not known is left out.
pub async fn by_npi(tx: &mut Tx, npis: &[Npi]) -> Result<Vec<Provider>> {
    let npis: Vec<&str> = npis.iter().map(Npi::as_str).collect();
    let found = providers::table.filter(providers::npi.eq_any(npis));
    let rows: Vec<Row> = found.select(Row::as_select()).load(tx.conn()).await?;
    rows.into_iter().map(Row::read).collect()
}

/// Every provider, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Provider>> {
    let order = (providers::last_name, providers::first_name, providers::organization_name, providers::npi);
    let rows: Vec<Row> = providers::table.order(order).select(Row::as_select()).load(tx.conn()).await?;
    rows.into_iter().map(Row::read).collect()
}

/// The providers that may ask for money, by NPI.
pub async fn billing(tx: &mut Tx) -> Result<Vec<Provider>> {
    let found = providers::table.filter(providers::bills).order(providers::npi);
    let rows: Vec<Row> = found.select(Row::as_select()).load(tx.conn()).await?;
    rows.into_iter().map(Row::read).collect()
}

#[derive(QueryableByName)]
struct Saved {
    #[diesel(sql_type = sql::Uuid)]
    id: ProviderId,
    #[diesel(sql_type = sql::Text)]
    npi: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = providers, check_for_backend(Pg))]
struct Row {
    id: ProviderId,
    npi: String,
    taxonomy: Option<String>,
    organization_name: Option<String>,
    last_name: Option<String>,
    first_name: Option<String>,
    tax_id: Option<String>,
    tax_id_is_ssn: bool,
    address_line_1: Option<String>,
    address_line_2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip: Option<String>,
}

impl Row {
    fn read(self) -> Result<Provider> {
        let name = match (self.organization_name, self.last_name) {
            (Some(group), _) => Name::Group(group),
            (None, last) => Name::Person(PersonName {
                last: last.unwrap_or_default(),
                first: self.first_name,
                middle: None,
                suffix: None,
            }),
        };
        let billing = match (self.tax_id, self.address_line_1) {
            (Some(tax_id), Some(line_1)) => Some(Billing {
                tax_id: tax_id.parse().map_err(anyhow::Error::from)?,
                tax_id_is_ssn: self.tax_id_is_ssn,
                address: Address {
                    line_1,
                    line_2: self.address_line_2,
                    city: self.city.unwrap_or_default(),
                    state: Entered::from(self.state.unwrap_or_default().as_str()),
                    zip: Entered::from(self.zip.unwrap_or_default().as_str()),
                },
            }),
            _ => None,
        };
        Ok(Provider {
            id: self.id,
            npi: self.npi.parse().map_err(anyhow::Error::from)?,
            taxonomy: self.taxonomy,
            name,
            billing,
        })
    }
}
