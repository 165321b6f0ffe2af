//! Coverages.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types as sql;
use diesel::sql_types::{Array, Nullable};
use diesel_async::RunQueryDsl;
use serde_json::json;

use crate::db::Tx;
use crate::types::{CoverageId, MemberId, PatientId, PayerId, PersonName, Phi, Result, Sex};

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
