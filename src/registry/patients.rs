//! Patients.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types as sql;
use diesel::sql_types::{Array, Nullable};
use diesel_async::RunQueryDsl;
use serde_json::json;

use crate::db::schema::patients;
use crate::db::{self, Tx};
use crate::registry::kept::{self, Change, Kept};
use crate::registry::written::{Written, WrittenPatient};
use crate::types::{Address, Entered, FileId, PatientId, PersonName, Phi, Refusal, Result, Sex, Status};

/// Rows of one statement.
const DOCUMENTS_MAX: usize = 1_000;

/// A person who receives care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    /// Their id.
    pub id: PatientId,
    /// The practice system's own number: how charge files name them. At most 38 characters.
    pub account_number: Phi<String>,
    /// At most 60, 35, 25 and 10 characters.
    pub name: Phi<PersonName>,
    /// Day of birth.
    pub born_on: Phi<NaiveDate>,
    /// Day of death.
    pub died_on: Option<Phi<NaiveDate>>,
    /// As DMG03 reports it.
    pub sex: Sex,
    /// Where they live; its state and ZIP code are valid.
    pub address: Phi<Address>,
}

/// Keeps patients under their account numbers, which differ, and answers their ids in the same
/// order. One statement for every 1,000. Leaves an audit event `registry/save-patients`.
pub async fn save(tx: &mut Tx, new: &[Patient]) -> Result<Vec<PatientId>> {
    let mut ids = Vec::with_capacity(new.len());
    for some in new.chunks(DOCUMENTS_MAX) {
        let text = |what: fn(&Patient) -> &str| some.iter().map(what).collect::<Vec<_>>();
        let optional = |what: fn(&Patient) -> Option<&str>| some.iter().map(what).collect::<Vec<_>>();
        let saved: Vec<Saved> = sql_query(
            "with new as (
                select * from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) with ordinality
                    as p (id, account_number, last_name, first_name, middle_name, suffix, born_on, died_on, sex,
                        address_line_1, address_line_2, city, state, zip, place)
             ), saved as (
                insert into patients (organization_id, id, account_number, last_name, first_name, middle_name,
                    suffix, born_on, died_on, sex, address_line_1, address_line_2, city, state, zip)
                select $1, id, account_number, last_name, first_name, middle_name,
                    suffix, born_on, died_on, sex, address_line_1, address_line_2, city, state, zip
                from new
                on conflict (organization_id, account_number) do update set
                    last_name = excluded.last_name, first_name = excluded.first_name,
                    middle_name = excluded.middle_name, suffix = excluded.suffix, born_on = excluded.born_on,
                    died_on = excluded.died_on, sex = excluded.sex, address_line_1 = excluded.address_line_1,
                    address_line_2 = excluded.address_line_2, city = excluded.city, state = excluded.state,
                    zip = excluded.zip
                returning id, account_number
             )
             select saved.id from saved join new using (account_number) order by new.place",
        )
        .bind::<sql::Uuid, _>(tx.actor().organization)
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|one| one.id).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(text(|one| one.account_number.expose()))
        .bind::<Array<sql::Text>, _>(text(|one| &one.name.expose().last))
        .bind::<Array<Nullable<sql::Text>>, _>(optional(|one| one.name.expose().first.as_deref()))
        .bind::<Array<Nullable<sql::Text>>, _>(optional(|one| one.name.expose().middle.as_deref()))
        .bind::<Array<Nullable<sql::Text>>, _>(optional(|one| one.name.expose().suffix.as_deref()))
        .bind::<Array<sql::Date>, _>(some.iter().map(|one| *one.born_on.expose()).collect::<Vec<_>>())
        .bind::<Array<Nullable<sql::Date>>, _>(
            some.iter().map(|one| one.died_on.map(Phi::into_inner)).collect::<Vec<_>>(),
        )
        .bind::<Array<sql::Text>, _>(text(|one| one.sex.code()))
        .bind::<Array<sql::Text>, _>(text(|one| &one.address.expose().line_1))
        .bind::<Array<Nullable<sql::Text>>, _>(optional(|one| one.address.expose().line_2.as_deref()))
        .bind::<Array<sql::Text>, _>(text(|one| &one.address.expose().city))
        .bind::<Array<sql::Text>, _>(text(|one| one.address.expose().state.text()))
        .bind::<Array<sql::Text>, _>(text(|one| one.address.expose().zip.text()))
        .load(tx.conn())
        .await?;
        ids.extend(saved.into_iter().map(|row| row.id));
    }
    let organization = tx.actor().organization;
    tx.audit("registry/save-patients", organization, None, json!({ "patients": new.len() })).await?;
    Ok(ids)
}

/// What [`keep`] would do, in the same order: reads only. The id of one that is not there is its own.
pub async fn compare(tx: &mut Tx, new: &[Patient]) -> Result<Vec<Kept<PatientId>>> {
    let numbers: Vec<&str> = new.iter().map(|one| one.account_number.expose().as_str()).collect();
    let known = by_account_number(tx, &numbers).await?;
    let known: HashMap<&str, &Patient> =
        known.iter().map(|one| (one.account_number.expose().as_str(), one)).collect();
    let compared = new.iter().map(|one| match known.get(one.account_number.expose().as_str()) {
        None => Kept { id: one.id, change: Change::Added },
        Some(before) => {
            let differences = WrittenPatient::from(one).differences(&WrittenPatient::from(*before));
            Kept { id: before.id, change: Change::of(differences) }
        }
    });
    Ok(compared.collect())
}

/// Keeps patients under their account numbers, which differ, and says what became of each, in the same
/// order. Who is there just so is not touched. Leaves [`save`]'s audit event, and
/// `registry/change-patient` for each that was changed.
pub async fn keep(tx: &mut Tx, source: Option<FileId>, new: &[Patient]) -> Result<Vec<Kept<PatientId>>> {
    let mut kept = compare(tx, new).await?;
    let differ: Vec<Patient> = (new.iter().zip(&kept))
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
    kept::audit(tx, "registry/change-patient", source, &kept).await?;
    Ok(kept)
}

/// Adds a patient. Leaves an audit event `registry/add-patient`, too.
///
/// # Errors
/// `registry/patient-known`: the account number is somebody's.
pub async fn add(tx: &mut Tx, new: Patient) -> Result<PatientId> {
    for kept in compare(tx, std::slice::from_ref(&new)).await? {
        kept::refuse_known(&kept, "registry/patient-known", "patient")?;
    }
    let ids = save(tx, std::slice::from_ref(&new)).await?;
    let id = ids.into_iter().next().unwrap_or(new.id);
    tx.audit("registry/add-patient", id, None, json!({})).await?;
    Ok(id)
}

/// Brings the patient with this id up to date; their account number stays. Gives what was before.
///
/// # Errors
/// `registry/patient-not-found`, `registry/patient-renumbered`.
pub async fn change(tx: &mut Tx, id: PatientId, new: Patient) -> Result<Patient> {
    let before = get(tx, id).await?;
    if before.account_number != new.account_number {
        let what = "the account number is how charge files and imports know the patient; it stays";
        let next = "Leave it as it is";
        return Err(Refusal::new("registry/patient-renumbered", Status::Conflict, what, next).into());
    }
    keep(tx, None, &[new]).await?;
    Ok(before)
}

/// The patient with this id.
///
/// # Errors
/// `registry/patient-not-found`
pub async fn get(tx: &mut Tx, id: PatientId) -> Result<Patient> {
    load(tx, &[id]).await?.pop().ok_or_else(|| {
        let what = format!("there is no patient {id}");
        Refusal::new("registry/patient-not-found", Status::NotFound, what, "Check the id").into()
    })
}

/// The patients with these ids, in no particular order; one that is not there is left out.
pub async fn load(tx: &mut Tx, ids: &[PatientId]) -> Result<Vec<Patient>> {
    let found = patients::table.filter(patients::id.eq_any(ids));
    let rows: Vec<Row> = found.select(Row::as_select()).load(tx.conn()).await?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// The patients with these account numbers, in no particular order; one that is not known is left
/// out.
pub async fn by_account_number(tx: &mut Tx, numbers: &[&str]) -> Result<Vec<Patient>> {
    let found = patients::table.filter(patients::account_number.eq_any(numbers));
    let rows: Vec<Row> = found.select(Row::as_select()).load(tx.conn()).await?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// The next patients by name: those after the one with this id.
pub async fn list(tx: &mut Tx, after: Option<PatientId>, limit: i64) -> Result<Vec<Patient>> {
    let organization = tx.actor().organization;
    let mut query = patients::table
        .filter(patients::organization_id.eq(organization))
        .order((patients::name_order, patients::id))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        let last = patients::table.find((organization, after)).select(patients::name_order);
        let last: Option<String> = last.first(tx.conn()).await.optional()?;
        let last = last.unwrap_or_default();
        query = query.filter(
            patients::name_order
                .gt(last.clone())
                .or(patients::name_order.eq(last).and(patients::id.gt(after))),
        );
    }
    let rows: Vec<Row> = query.load(tx.conn()).await?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// Patients whose account number or last name begins so, or whose last and first names do with a
/// comma between (`roe, ja`), and who were born that day, where a day is said; by name. At most
/// `limit`; none where neither is said.
pub async fn search(tx: &mut Tx, text: &str, born_on: Option<NaiveDate>, limit: i64) -> Result<Vec<Patient>> {
    let text = text.trim();
    if text.is_empty() && born_on.is_none() {
        return Ok(vec![]);
    }
    let begins = |text: &str| db::beginning(&text.trim().to_lowercase());
    let (last, first) = text.split_once(',').unwrap_or((text, ""));
    let ids: Vec<Saved> = sql_query(
        "select id from patients
         where organization_id = $1
            and (lower(account_number) like $2
                or (lower(last_name) like $3 and lower(coalesce(first_name, '')) like $4))
            and ($6::date is null or born_on = $6)
         order by lower(last_name), lower(coalesce(first_name, '')), born_on, account_number limit $5",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<sql::Text, _>(begins(text))
    .bind::<sql::Text, _>(begins(last))
    .bind::<sql::Text, _>(begins(first))
    .bind::<sql::BigInt, _>(limit)
    .bind::<Nullable<sql::Date>, _>(born_on)
    .load(tx.conn())
    .await?;
    let ids: Vec<PatientId> = ids.into_iter().map(|row| row.id).collect();
    let mut found = load(tx, &ids).await?;
    found.sort_by_key(|one| ids.iter().position(|id| *id == one.id));
    Ok(found)
}

#[derive(QueryableByName)]
struct Saved {
    #[diesel(sql_type = sql::Uuid)]
    id: PatientId,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = patients, check_for_backend(Pg))]
struct Row {
    id: PatientId,
    account_number: String,
    last_name: String,
    first_name: Option<String>,
    middle_name: Option<String>,
    suffix: Option<String>,
    born_on: NaiveDate,
    died_on: Option<NaiveDate>,
    sex: String,
    address_line_1: String,
    address_line_2: Option<String>,
    city: String,
    state: String,
    zip: String,
}

impl Row {
    fn read(self) -> Patient {
        Patient {
            id: self.id,
            account_number: Phi::new(self.account_number),
            name: Phi::new(PersonName {
                last: self.last_name,
                first: self.first_name,
                middle: self.middle_name,
                suffix: self.suffix,
            }),
            born_on: Phi::new(self.born_on),
            died_on: self.died_on.map(Phi::new),
            sex: Sex::from_code(&self.sex).unwrap_or(Sex::Unknown),
            address: Phi::new(Address {
                line_1: self.address_line_1,
                line_2: self.address_line_2,
                city: self.city,
                state: Entered::from(self.state.as_str()),
                zip: Entered::from(self.zip.as_str()),
            }),
        }
    }
}
