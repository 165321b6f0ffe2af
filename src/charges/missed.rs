//! Visits that took place and were not charged: money missed.
//!
//! A visit is announced by a schedule (a sheet with `visit_date` and no procedures), by a DFT without
//! FT1 or by an Encounter without ChargeItem. It is missed while no charges of its number came.

use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types as sql;
use diesel::sql_types::{Array, Nullable};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::db::Tx;
use crate::db::schema::announced_visits as table;
use crate::types::{FileId, PatientId, Phi, Place, ProviderId, Refusal, Result, Status};

/// Days after which a visit without charges is missed, unless somebody asks otherwise: charges are
/// usually entered within two working days.
pub const MISSED_AFTER_DAYS: u32 = 3;

/// A visit that is said to have taken place.
pub(super) struct Announced {
    pub(super) number: String,
    pub(super) patient: PatientId,
    pub(super) provider: Option<ProviderId>,
    pub(super) on: NaiveDate,
}

/// A visit without charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MissedVisit {
    /// The practice system's own number.
    #[schema(value_type = String)]
    pub visit_number: Phi<String>,
    /// The patient's account number.
    #[schema(value_type = String)]
    pub patient_account: Phi<String>,
    /// Whom the visit was with, by NPI.
    pub provider_npi: Option<String>,
    /// The day.
    pub visit_on: NaiveDate,
    /// How many days ago.
    pub age_days: i64,
}

/// Keeps announced visits; those that are known stay as they are. How many were new.
pub(super) async fn announce(
    tx: &mut Tx,
    now: DateTime<Utc>,
    file: FileId,
    new: &[Announced],
) -> Result<usize> {
    let added = sql_query(
        "insert into announced_visits (organization_id, visit_number, patient_id, provider_id, visit_on, file_id,
            announced_at)
         select $1, v.visit_number, v.patient_id, v.provider_id, v.visit_on, $6, $7
         from unnest($2, $3, $4, $5) as v (visit_number, patient_id, provider_id, visit_on)
         on conflict (organization_id, visit_number) do nothing",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<Array<sql::Text>, _>(new.iter().map(|one| one.number.as_str()).collect::<Vec<_>>())
    .bind::<Array<sql::Uuid>, _>(new.iter().map(|one| one.patient).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql::Uuid>>, _>(new.iter().map(|one| one.provider).collect::<Vec<_>>())
    .bind::<Array<sql::Date>, _>(new.iter().map(|one| one.on).collect::<Vec<_>>())
    .bind::<sql::Uuid, _>(file)
    .bind::<sql::Timestamptz, _>(now)
    .execute(tx.conn())
    .await?;
    Ok(added)
}

/// Announced visits of which no charges came for so many days, the oldest first.
pub async fn missed_visits(tx: &mut Tx, today: NaiveDate, days: u32, limit: i64) -> Result<Vec<MissedVisit>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql::Text)]
        visit_number: String,
        #[diesel(sql_type = sql::Text)]
        account_number: String,
        #[diesel(sql_type = Nullable<sql::Text>)]
        npi: Option<String>,
        #[diesel(sql_type = sql::Date)]
        visit_on: NaiveDate,
    }
    let until = today.checked_sub_days(Days::new(days.into())).unwrap_or(NaiveDate::MIN);
    let rows: Vec<Row> = sql_query(
        "select a.visit_number, p.account_number, d.npi, a.visit_on
         from announced_visits a
         join patients p on p.organization_id = a.organization_id and p.id = a.patient_id
         left join providers d on d.organization_id = a.organization_id and d.id = a.provider_id
         where a.organization_id = $1 and a.dismissed_at is null and a.visit_on <= $2
            and not exists (select from encounters e
                where e.organization_id = a.organization_id and e.visit_number = a.visit_number)
         order by a.visit_on, a.visit_number limit $3",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<sql::Date, _>(until)
    .bind::<sql::BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    let missed = |row: Row| MissedVisit {
        visit_number: Phi::new(row.visit_number),
        patient_account: Phi::new(row.account_number),
        provider_npi: row.npi,
        visit_on: row.visit_on,
        age_days: (today - row.visit_on).num_days(),
    };
    Ok(rows.into_iter().map(missed).collect())
}

/// Says why nothing is to be charged for an announced visit: it is not missed any more. Leaves an audit
/// event `charges/dismiss-missed`.
///
/// # Errors
/// `charges/not-announced`; `charges/why` without a reason of 1 to 200 characters.
pub async fn dismiss_missed(tx: &mut Tx, now: DateTime<Utc>, visit_number: &str, why: &str) -> Result<()> {
    let why = why.trim();
    if !(1..=200).contains(&why.chars().count()) {
        let place = Place { field: Some("/why".to_owned()), ..Place::default() };
        let what = "a reason has 1 to 200 characters";
        return Err(Refusal::new("charges/why", Status::Invalid, what, "Say why nothing is charged")
            .at(place)
            .into());
    }
    let organization = tx.actor().organization;
    let changed = diesel::update(table::table.find((organization, visit_number)))
        .filter(table::dismissed_at.is_null())
        .set((table::dismissed_at.eq(Some(now)), table::dismissed_because.eq(Some(why))))
        .execute(tx.conn())
        .await?;
    if changed == 0 {
        let what = "no such visit is missed";
        return Err(
            Refusal::new("charges/not-announced", Status::NotFound, what, "Look at the list again").into()
        );
    }
    tx.audit("charges/dismiss-missed", organization, None, json!({})).await
}
