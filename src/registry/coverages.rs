//! Coverages.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types as sql;
use diesel::sql_types::{Array, Nullable};
use diesel_async::RunQueryDsl;
use serde_json::json;

use crate::db::Tx;
use crate::registry::kept::{self, Change, Kept};
use crate::types::{
    CoverageId, FileId, MemberId, PatientId, PayerId, PersonName, Phi, Refusal, Result, Sex, Status,
};

/// Rows of one statement.
const DOCUMENTS_MAX: usize = 1_000;

/// A patient's insurance with one payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Its id.
    pub id: CoverageId,
    /// Whose.
    pub patient: PatientId,
    /// With whom.
    pub payer: PayerId,
    /// Whose turn it is to pay: 1 primary, 2 secondary, up to 11.
    pub rank: i16,
    /// 2010BA NM109.
    pub member_id: MemberId,
    /// SBR03.
    pub group_number: Option<String>,
    /// The patient's relationship to the subscriber, as PAT01 codes it: `18` is the subscriber.
    pub relationship: String,
    /// Who is insured; last and first name are kept.
    pub subscriber: Phi<PersonName>,
    /// The subscriber's day of birth.
    pub subscriber_born_on: Option<Phi<NaiveDate>>,
    /// As DMG03 reports it.
    pub subscriber_sex: Option<Sex>,
    /// Why Medicare does not pay first, as SBR05 codes it: `12` working aged, `14` no-fault …
    pub medicare_secondary: Option<String>,
    /// The first day in force.
    pub valid_from: NaiveDate,
    /// The last day in force; none: no end is known.
    pub valid_to: Option<NaiveDate>,
}

/// Keeps coverages under patient, rank and first day, which differ. One statement for every
/// 1,000. Leaves an audit event `registry/save-coverages`.
pub async fn save(tx: &mut Tx, new: &[Coverage]) -> Result<()> {
    for some in new.chunks(DOCUMENTS_MAX) {
        let text = |what: fn(&Coverage) -> &str| some.iter().map(what).collect::<Vec<_>>();
        let optional = |what: fn(&Coverage) -> Option<&str>| some.iter().map(what).collect::<Vec<_>>();
        sql_query(
            "insert into coverages (organization_id, id, patient_id, payer_id, rank, member_id, group_number,
                relationship, subscriber_last_name, subscriber_first_name, subscriber_born_on, subscriber_sex,
                medicare_secondary, valid_from, valid_to)
             select $1, c.* from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) as c
             on conflict (organization_id, patient_id, rank, valid_from) do update set
                payer_id = excluded.payer_id, member_id = excluded.member_id,
                group_number = excluded.group_number, relationship = excluded.relationship,
                subscriber_last_name = excluded.subscriber_last_name,
                subscriber_first_name = excluded.subscriber_first_name,
                subscriber_born_on = excluded.subscriber_born_on, subscriber_sex = excluded.subscriber_sex,
                medicare_secondary = excluded.medicare_secondary, valid_to = excluded.valid_to",
        )
        .bind::<sql::Uuid, _>(tx.actor().organization)
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|one| one.id).collect::<Vec<_>>())
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|one| one.patient).collect::<Vec<_>>())
        .bind::<Array<sql::Uuid>, _>(some.iter().map(|one| one.payer).collect::<Vec<_>>())
        .bind::<Array<sql::SmallInt>, _>(some.iter().map(|one| one.rank).collect::<Vec<_>>())
        .bind::<Array<sql::Text>, _>(text(|one| one.member_id.as_str()))
        .bind::<Array<Nullable<sql::Text>>, _>(optional(|one| one.group_number.as_deref()))
        .bind::<Array<sql::Text>, _>(text(|one| &one.relationship))
        .bind::<Array<sql::Text>, _>(text(|one| &one.subscriber.expose().last))
        .bind::<Array<Nullable<sql::Text>>, _>(optional(|one| one.subscriber.expose().first.as_deref()))
        .bind::<Array<Nullable<sql::Date>>, _>(
            some.iter().map(|one| one.subscriber_born_on.map(Phi::into_inner)).collect::<Vec<_>>(),
        )
        .bind::<Array<Nullable<sql::Text>>, _>(optional(|one| one.subscriber_sex.map(Sex::code)))
        .bind::<Array<Nullable<sql::Text>>, _>(optional(|one| one.medicare_secondary.as_deref()))
        .bind::<Array<sql::Date>, _>(some.iter().map(|one| one.valid_from).collect::<Vec<_>>())
        .bind::<Array<Nullable<sql::Date>>, _>(some.iter().map(|one| one.valid_to).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    }
    let organization = tx.actor().organization;
    tx.audit("registry/save-coverages", organization, None, json!({ "coverages": new.len() })).await
}

impl Coverage {
    /// The fields in which it says other than before.
    fn differences(&self, before: &Coverage) -> Vec<&'static str> {
        // The patient's own name is the patient's.
        let other = |coverage: &Coverage| {
            let name = coverage.subscriber.expose();
            (coverage.relationship != "18").then(|| (name.last.clone(), name.first.clone()))
        };
        [
            ("patient", self.patient != before.patient),
            ("payer", self.payer != before.payer),
            ("rank", self.rank != before.rank),
            ("member_id", self.member_id != before.member_id),
            ("group_number", self.group_number != before.group_number),
            ("relationship", self.relationship != before.relationship),
            ("subscriber", other(self) != other(before)),
            ("subscriber_born_on", self.subscriber_born_on != before.subscriber_born_on),
            ("subscriber_sex", self.subscriber_sex != before.subscriber_sex),
            ("medicare_secondary", self.medicare_secondary != before.medicare_secondary),
            ("valid_from", self.valid_from != before.valid_from),
            ("valid_to", self.valid_to != before.valid_to),
        ]
        .into_iter()
        .filter_map(|(field, differs)| differs.then_some(field))
        .collect()
    }

    fn is_in_the_place_of(&self, other: &Coverage) -> bool {
        (self.patient, self.rank, self.valid_from) == (other.patient, other.rank, other.valid_from)
    }
}

/// What [`keep`] would do, in the same order: reads only. The id of one that is not there is its own.
pub async fn compare(tx: &mut Tx, new: &[Coverage]) -> Result<Vec<Kept<CoverageId>>> {
    let patients: Vec<PatientId> = new.iter().map(|one| one.patient).collect();
    let known = of_patients(tx, &patients).await?;
    let mut by_patient: HashMap<PatientId, Vec<&Coverage>> = HashMap::new();
    for one in &known {
        by_patient.entry(one.patient).or_default().push(one);
    }
    let compared = new.iter().map(|one| {
        let known = by_patient.get(&one.patient).into_iter().flatten();
        match known.into_iter().find(|known| one.is_in_the_place_of(known)) {
            None => Kept { id: one.id, change: Change::Added },
            Some(before) => Kept { id: before.id, change: Change::of(one.differences(before)) },
        }
    });
    Ok(compared.collect())
}

/// Keeps coverages under patient, rank and first day, which differ, and says what became of each, in
/// the same order. Which is there just so is not touched. Leaves [`save`]'s audit event, and
/// `registry/change-coverage` for each that was changed.
pub async fn keep(tx: &mut Tx, source: Option<FileId>, new: &[Coverage]) -> Result<Vec<Kept<CoverageId>>> {
    let kept = compare(tx, new).await?;
    let differ: Vec<Coverage> = (new.iter().zip(&kept))
        .filter(|(_, kept)| kept.change != Change::Unchanged)
        .map(|(one, _)| one.clone())
        .collect();
    if differ.is_empty() {
        return Ok(kept);
    }
    save(tx, &differ).await?;
    kept::audit(tx, "registry/change-coverage", source, &kept).await?;
    Ok(kept)
}

/// Adds a coverage. Leaves an audit event `registry/add-coverage`, too.
///
/// # Errors
/// `registry/coverage-known`: the patient has one of this rank from this day on.
pub async fn add(tx: &mut Tx, new: Coverage) -> Result<CoverageId> {
    let taken = of_patients(tx, &[new.patient]).await?.iter().any(|one| new.is_in_the_place_of(one));
    if taken {
        return Err(place_taken());
    }
    save(tx, std::slice::from_ref(&new)).await?;
    tx.audit("registry/add-coverage", new.id, None, json!({})).await?;
    Ok(new.id)
}

/// Brings the coverage with this id up to date, its rank and dates, too. Leaves an audit event
/// `registry/change-coverage`, unless it is just so. Gives what was before.
///
/// # Errors
/// `registry/coverage-not-found`: not of this patient; `registry/coverage-known`.
pub async fn change(tx: &mut Tx, id: CoverageId, new: Coverage) -> Result<Coverage> {
    let known = of_patients(tx, &[new.patient]).await?;
    let before = known.iter().find(|one| one.id == id).cloned().ok_or_else(|| not_found(id))?;
    if known.iter().any(|one| one.id != id && new.is_in_the_place_of(one)) {
        return Err(place_taken());
    }
    let differences = new.differences(&before);
    if differences.is_empty() {
        return Ok(before);
    }
    if !new.is_in_the_place_of(&before) {
        sql_query(
            "update coverages set rank = $3, valid_from = $4, valid_to = null, medicare_secondary = null
             where organization_id = $1 and id = $2",
        )
        .bind::<sql::Uuid, _>(tx.actor().organization)
        .bind::<sql::Uuid, _>(id)
        .bind::<sql::SmallInt, _>(new.rank)
        .bind::<sql::Date, _>(new.valid_from)
        .execute(tx.conn())
        .await?;
    }
    save(tx, &[new]).await?;
    tx.audit("registry/change-coverage", id, None, json!({ "fields": differences })).await?;
    Ok(before)
}

/// The coverage with this id, which is this patient's.
///
/// # Errors
/// `registry/coverage-not-found`
pub async fn get(tx: &mut Tx, patient: PatientId, id: CoverageId) -> Result<Coverage> {
    let found = load(tx, &[id]).await?.pop().filter(|one| one.patient == patient);
    Ok(found.ok_or_else(|| not_found(id))?)
}

fn not_found(id: CoverageId) -> Refusal {
    let what = format!("the patient has no coverage {id}");
    Refusal::new("registry/coverage-not-found", Status::NotFound, what, "Check the id")
}

fn place_taken() -> crate::types::Error {
    let what = "the patient has a coverage of this rank from this day on";
    let next = "Change that one, or choose another rank or first day";
    Refusal::new("registry/coverage-known", Status::Conflict, what, next).into()
}

/// The coverages of these patients, by rank, the one that began last first.
pub async fn of_patients(tx: &mut Tx, patients: &[PatientId]) -> Result<Vec<Coverage>> {
    let rows: Vec<Row> = sql_query(
        "select 0::bigint as place, * from coverages where patient_id = any ($1)
         order by patient_id, rank, valid_from desc",
    )
    .bind::<Array<sql::Uuid>, _>(patients)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// For each patient and day, in the same order, the coverages in force that day, by rank. Where
/// two of one rank are, the one that began later counts. One query for all of them.
pub async fn in_force(tx: &mut Tx, visits: &[(PatientId, NaiveDate)]) -> Result<Vec<Vec<Coverage>>> {
    let rows: Vec<Row> = sql_query(
        "select distinct on (v.place, c.rank) v.place - 1 as place, c.*
         from unnest($1, $2) with ordinality as v (patient_id, day, place)
         join coverages c on c.patient_id = v.patient_id
            and c.valid_from <= v.day and (c.valid_to is null or c.valid_to >= v.day)
         order by v.place, c.rank, c.valid_from desc",
    )
    .bind::<Array<sql::Uuid>, _>(visits.iter().map(|(patient, _)| *patient).collect::<Vec<_>>())
    .bind::<Array<sql::Date>, _>(visits.iter().map(|(_, day)| *day).collect::<Vec<_>>())
    .load(tx.conn())
    .await?;
    let mut found = vec![vec![]; visits.len()];
    for row in rows {
        let place = usize::try_from(row.place).map_err(anyhow::Error::from)?;
        found[place].push(row.read()?);
    }
    Ok(found)
}

/// The coverages with these ids, in no particular order; one that is not there is left out.
pub async fn load(tx: &mut Tx, ids: &[CoverageId]) -> Result<Vec<Coverage>> {
    let rows: Vec<Row> = sql_query("select 0::bigint as place, * from coverages where id = any ($1)")
        .bind::<Array<sql::Uuid>, _>(ids)
        .load(tx.conn())
        .await?;
    rows.into_iter().map(Row::read).collect()
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = sql::BigInt)]
    place: i64,
    #[diesel(sql_type = sql::Uuid)]
    id: CoverageId,
    #[diesel(sql_type = sql::Uuid)]
    patient_id: PatientId,
    #[diesel(sql_type = sql::Uuid)]
    payer_id: PayerId,
    #[diesel(sql_type = sql::SmallInt)]
    rank: i16,
    #[diesel(sql_type = sql::Text)]
    member_id: String,
    #[diesel(sql_type = Nullable<sql::Text>)]
    group_number: Option<String>,
    #[diesel(sql_type = sql::Text)]
    relationship: String,
    #[diesel(sql_type = sql::Text)]
    subscriber_last_name: String,
    #[diesel(sql_type = Nullable<sql::Text>)]
    subscriber_first_name: Option<String>,
    #[diesel(sql_type = Nullable<sql::Date>)]
    subscriber_born_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<sql::Text>)]
    subscriber_sex: Option<String>,
    #[diesel(sql_type = Nullable<sql::Text>)]
    medicare_secondary: Option<String>,
    #[diesel(sql_type = sql::Date)]
    valid_from: NaiveDate,
    #[diesel(sql_type = Nullable<sql::Date>)]
    valid_to: Option<NaiveDate>,
}

impl Row {
    fn read(self) -> Result<Coverage> {
        Ok(Coverage {
            id: self.id,
            patient: self.patient_id,
            payer: self.payer_id,
            rank: self.rank,
            member_id: self.member_id.parse().map_err(anyhow::Error::from)?,
            group_number: self.group_number,
            relationship: self.relationship,
            subscriber: Phi::new(PersonName {
                last: self.subscriber_last_name,
                first: self.subscriber_first_name,
                middle: None,
                suffix: None,
            }),
            subscriber_born_on: self.subscriber_born_on.map(Phi::new),
            subscriber_sex: self.subscriber_sex.as_deref().and_then(Sex::from_code),
            medicare_secondary: self.medicare_secondary,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
        })
    }
}
