//! SQL of fee schedules.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types as sql;
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::charges::Problem;
use crate::codes::Bilateral;
use crate::contracts::import::ScheduleReport;
use crate::contracts::rates::{Fee, FeeKey, Rates, SiteClass};
use crate::db::Tx;
use crate::db::schema::{
    fee_schedule_editions as editions, fee_schedule_rows as rows, fee_schedules as schedules,
};
use crate::types::{FeeEditionId, FeeScheduleId, FileId, Money, Refusal, Result, Status};

/// Prices that one statement writes.
const ROWS_A_STATEMENT: usize = 5_000;

/// A name without the blanks around it; refused when it has none or more than 80 characters.
pub(super) fn checked_name<'a>(name: &'a str, code: &'static str, what: &str) -> Result<&'a str> {
    let name = name.trim();
    if (1..=80).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(name);
    }
    let what = format!("{what} has 1 to 80 characters");
    Err(Refusal::new(code, Status::Invalid, what, "Choose another").into())
}

/// Holds other imports of the practice back until the transaction ends.
pub(super) async fn lock(tx: &mut Tx) -> Result<()> {
    diesel::sql_query("select pg_advisory_xact_lock(hashtextextended('contracts/import ' || $1::text, 0))")
        .bind::<sql::Uuid, _>(tx.actor().organization)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// An edition of a fee schedule as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FeeEditionItem)]
pub struct EditionItem {
    /// Its id.
    pub id: FeeEditionId,
    /// Of which schedule.
    pub schedule: FeeScheduleId,
    /// The first day of service for which it answers.
    pub effective_from: NaiveDate,
    /// The file; none when it was computed from relative values.
    pub file: Option<FileId>,
    /// The file's name, or the edition of relative values.
    pub source: String,
    /// Dollars a relative value unit.
    #[schema(value_type = Option<String>)]
    pub conversion_factor: Option<Decimal>,
    /// What the file lacks was taken over from the edition before.
    pub amends: bool,
    /// Rows of the file.
    pub rows_read: i32,
    /// Rows that were not taken.
    pub rows_rejected: i32,
    /// Prices that the edition before lacks.
    pub added: i32,
    /// Prices that differ from the edition before.
    pub changed: i32,
    /// Prices that are as before.
    pub unchanged: i32,
    /// Prices of the edition before that end.
    pub ended: i32,
    /// When it came in.
    pub imported_at: DateTime<Utc>,
    /// Who brought it in.
    pub imported_by: String,
    /// When it was taken back.
    pub undone_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = editions, check_for_backend(Pg))]
struct EditionRow {
    id: FeeEditionId,
    schedule_id: FeeScheduleId,
    effective_from: NaiveDate,
    file_id: Option<FileId>,
    source: String,
    conversion_factor: Option<Decimal>,
    amends: bool,
    rows_read: i32,
    rows_rejected: i32,
    added: i32,
    changed: i32,
    unchanged: i32,
    ended: i32,
    problems: serde_json::Value,
    imported_at: DateTime<Utc>,
    imported_by: String,
    undone_at: Option<DateTime<Utc>>,
}

impl From<EditionRow> for EditionItem {
    fn from(row: EditionRow) -> EditionItem {
        EditionItem {
            id: row.id,
            schedule: row.schedule_id,
            effective_from: row.effective_from,
            file: row.file_id,
            source: row.source,
            conversion_factor: row.conversion_factor.map(|factor| factor.normalize()),
            amends: row.amends,
            rows_read: row.rows_read,
            rows_rejected: row.rows_rejected,
            added: row.added,
            changed: row.changed,
            unchanged: row.unchanged,
            ended: row.ended,
            imported_at: row.imported_at,
            imported_by: row.imported_by,
            undone_at: row.undone_at,
        }
    }
}

/// The report of the time when a file was imported into a schedule, unless that was undone.
pub(super) async fn imported(tx: &mut Tx, name: &str, file: FileId) -> Result<Option<ScheduleReport>> {
    let row: Option<EditionRow> = editions::table
        .inner_join(
            schedules::table.on(schedules::organization_id
                .eq(editions::organization_id)
                .and(schedules::id.eq(editions::schedule_id))),
        )
        .filter(schedules::name.eq(name).and(editions::file_id.eq(file)).and(editions::undone_at.is_null()))
        .select(EditionRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let count = |count: i32| usize::try_from(count).unwrap_or(0);
    let problems: Vec<Problem> = serde_json::from_value(row.problems).map_err(anyhow::Error::from)?;
    Ok(Some(ScheduleReport {
        schedule: name.to_owned(),
        edition: Some(row.id),
        already_imported: true,
        dry_run: false,
        effective_from: row.effective_from,
        rows_read: count(row.rows_read),
        added: count(row.added),
        changed: count(row.changed),
        unchanged: count(row.unchanged),
        ended: count(row.ended),
        rows_rejected: count(row.rows_rejected),
        problems,
        unknown_columns: vec![],
    }))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = rows, check_for_backend(Pg))]
struct Row {
    edition_id: FeeEditionId,
    procedure: String,
    modifier: String,
    site: String,
    amount: Money,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    ranked: Option<bool>,
    bilateral: Option<String>,
}

impl Row {
    fn read(self) -> anyhow::Result<(FeeEditionId, Fee)> {
        let bilateral = self.bilateral.map(|code| {
            Bilateral::from_code(&code).ok_or_else(|| anyhow::anyhow!("no bilateral indicator: {code}"))
        });
        let key = FeeKey {
            procedure: self.procedure,
            modifier: self.modifier,
            site: SiteClass::from_name(&self.site)?,
        };
        let fee = Fee {
            key,
            amount: self.amount,
            from: self.valid_from,
            to: self.valid_to,
            ranked: self.ranked,
            bilateral: bilateral.transpose()?,
        };
        Ok((self.edition_id, fee))
    }
}

/// First days and ids of a schedule's editions that were not undone, the newest first.
async fn standing(tx: &mut Tx, schedule: FeeScheduleId) -> Result<Vec<(NaiveDate, FeeEditionId)>> {
    Ok(editions::table
        .filter(editions::organization_id.eq(tx.actor().organization))
        .filter(editions::schedule_id.eq(schedule).and(editions::undone_at.is_null()))
        .order((editions::effective_from.desc(), editions::id.desc()))
        .select((editions::effective_from, editions::id))
        .load(tx.conn())
        .await?)
}

/// Every price of the edition that answers for a day, if there is one.
pub(super) async fn fees_before(tx: &mut Tx, name: &str, day: NaiveDate) -> Result<Vec<Fee>> {
    let Some(schedule) = named_schedule(tx, name).await? else { return Ok(vec![]) };
    let editions = standing(tx, schedule.id).await?;
    let Some((_, edition)) = editions.into_iter().find(|(from, _)| *from <= day) else { return Ok(vec![]) };
    let found: Vec<Row> = rows::table
        .filter(rows::organization_id.eq(tx.actor().organization).and(rows::edition_id.eq(edition)))
        .order(rows::row_no)
        .select(Row::as_select())
        .load(tx.conn())
        .await?;
    Ok(found.into_iter().map(|row| Ok(row.read()?.1)).collect::<anyhow::Result<_>>()?)
}

/// What a schedule's editions say of some procedures.
pub async fn rates(tx: &mut Tx, schedule: FeeScheduleId, procedures: &[String]) -> Result<Rates> {
    let editions = standing(tx, schedule).await?;
    let ids: Vec<FeeEditionId> = editions.iter().map(|(_, id)| *id).collect();
    let found: Vec<Row> = rows::table
        .filter(rows::organization_id.eq(tx.actor().organization).and(rows::edition_id.eq_any(ids)))
        .filter(rows::procedure.eq_any(procedures))
        .select(Row::as_select())
        .load(tx.conn())
        .await?;
    let fees: Vec<(FeeEditionId, Fee)> = found.into_iter().map(Row::read).collect::<anyhow::Result<_>>()?;
    Ok(Rates::new(editions, fees))
}

/// An edition to be kept.
pub(super) struct NewEdition<'a> {
    pub(super) file: Option<FileId>,
    pub(super) conversion_factor: Option<Decimal>,
    pub(super) source: &'a str,
    pub(super) amends: bool,
    pub(super) fees: &'a [Fee],
}

/// Keeps an edition with its prices, and its schedule when it is the first.
pub(super) async fn insert_edition(
    tx: &mut Tx,
    now: DateTime<Utc>,
    report: &ScheduleReport,
    new: &NewEdition<'_>,
) -> Result<FeeEditionId> {
    let who = tx.actor().who.to_string();
    let organization = tx.actor().organization;
    let schedule = match named_schedule(tx, &report.schedule).await? {
        Some(known) => known.id,
        None => {
            let id = FeeScheduleId::new();
            diesel::insert_into(schedules::table)
                .values((
                    schedules::organization_id.eq(organization),
                    schedules::id.eq(id),
                    schedules::name.eq(&report.schedule),
                    schedules::created_at.eq(now),
                    schedules::created_by.eq(&who),
                ))
                .execute(tx.conn())
                .await?;
            id
        }
    };
    let id = FeeEditionId::new();
    let count = |count: usize| i32::try_from(count).map_err(anyhow::Error::from);
    diesel::insert_into(editions::table)
        .values((
            editions::organization_id.eq(organization),
            editions::id.eq(id),
            editions::schedule_id.eq(schedule),
            editions::effective_from.eq(report.effective_from),
            editions::file_id.eq(new.file),
            editions::conversion_factor.eq(new.conversion_factor),
            editions::source.eq(new.source),
            editions::amends.eq(new.amends),
            editions::rows_read.eq(count(report.rows_read)?),
            editions::rows_rejected.eq(count(report.rows_rejected)?),
            editions::added.eq(count(report.added)?),
            editions::changed.eq(count(report.changed)?),
            editions::unchanged.eq(count(report.unchanged)?),
            editions::ended.eq(count(report.ended)?),
            editions::problems.eq(serde_json::to_value(&report.problems).map_err(anyhow::Error::from)?),
            editions::imported_at.eq(now),
            editions::imported_by.eq(&who),
        ))
        .execute(tx.conn())
        .await?;
    let mut first = 1;
    for some in new.fees.chunks(ROWS_A_STATEMENT) {
        insert_fees(tx, id, first, some).await?;
        first += count(some.len())?;
    }
    Ok(id)
}

async fn insert_fees(tx: &mut Tx, edition: FeeEditionId, first: i32, fees: &[Fee]) -> Result<()> {
    diesel::sql_query(
        "insert into fee_schedule_rows (organization_id, edition_id, row_no, procedure, modifier, site, amount,
            valid_from, valid_to, ranked, bilateral)
         select $1, $2, $3 - 1 + f.n::integer, f.procedure, f.modifier, f.site, f.amount, f.first, f.last, f.ranked, f.sides
         from unnest($4, $5, $6, $7, $8, $9, $10, $11) with ordinality
            as f (procedure, modifier, site, amount, first, last, ranked, sides, n)",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<sql::Uuid, _>(edition)
    .bind::<sql::Integer, _>(first)
    .bind::<sql::Array<sql::Text>, _>(fees.iter().map(|fee| fee.key.procedure.as_str()).collect::<Vec<_>>())
    .bind::<sql::Array<sql::Text>, _>(fees.iter().map(|fee| fee.key.modifier.as_str()).collect::<Vec<_>>())
    .bind::<sql::Array<sql::Text>, _>(fees.iter().map(|fee| fee.key.site.as_str()).collect::<Vec<_>>())
    .bind::<sql::Array<sql::Numeric>, _>(fees.iter().map(|fee| fee.amount).collect::<Vec<_>>())
    .bind::<sql::Array<sql::Nullable<sql::Date>>, _>(fees.iter().map(|fee| fee.from).collect::<Vec<_>>())
    .bind::<sql::Array<sql::Nullable<sql::Date>>, _>(fees.iter().map(|fee| fee.to).collect::<Vec<_>>())
    .bind::<sql::Array<sql::Nullable<sql::Bool>>, _>(fees.iter().map(|fee| fee.ranked).collect::<Vec<_>>())
    .bind::<sql::Array<sql::Nullable<sql::Text>>, _>(
        fees.iter().map(|fee| fee.bilateral.map(Bilateral::code)).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Marks an edition as undone; one that is stays so.
pub(super) async fn undo(tx: &mut Tx, now: DateTime<Utc>, edition: FeeEditionId) -> Result<()> {
    let who = tx.actor().who.to_string();
    let of_practice = editions::organization_id.eq(tx.actor().organization).and(editions::id.eq(edition));
    let undone = diesel::update(editions::table.filter(of_practice).filter(editions::undone_at.is_null()))
        .set((editions::undone_at.eq(now), editions::undone_by.eq(who)))
        .execute(tx.conn())
        .await?;
    if undone == 0 {
        let known: i64 = editions::table.filter(of_practice).count().get_result(tx.conn()).await?;
        if known == 0 {
            let what = format!("there is no edition {edition}");
            return Err(
                Refusal::new("contracts/edition-not-found", Status::NotFound, what, "Check the id").into()
            );
        }
    }
    Ok(())
}

/// A fee schedule as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScheduleItem {
    /// Its id.
    pub id: FeeScheduleId,
    /// Its name.
    pub name: String,
}

/// The practice's fee schedules, by name.
pub async fn schedules(tx: &mut Tx) -> Result<Vec<ScheduleItem>> {
    let found: Vec<(FeeScheduleId, String)> = schedules::table
        .filter(schedules::organization_id.eq(tx.actor().organization))
        .order(schedules::name)
        .select((schedules::id, schedules::name))
        .load(tx.conn())
        .await?;
    Ok(found.into_iter().map(|(id, name)| ScheduleItem { id, name }).collect())
}

/// The schedule of this name.
pub async fn named_schedule(tx: &mut Tx, name: &str) -> Result<Option<ScheduleItem>> {
    Ok(schedules(tx).await?.into_iter().find(|known| known.name == name))
}

/// One schedule.
///
/// # Errors
/// `contracts/schedule-not-found`
pub async fn schedule(tx: &mut Tx, id: FeeScheduleId) -> Result<ScheduleItem> {
    schedules(tx).await?.into_iter().find(|known| known.id == id).ok_or_else(|| {
        let what = format!("there is no fee schedule {id}");
        Refusal::new("contracts/schedule-not-found", Status::NotFound, what, "Look at Contracts").into()
    })
}

/// Every edition of every schedule, undone ones too, the newest first.
pub async fn editions(tx: &mut Tx) -> Result<Vec<EditionItem>> {
    let found: Vec<EditionRow> = editions::table
        .filter(editions::organization_id.eq(tx.actor().organization))
        .order(editions::id.desc())
        .select(EditionRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(found.into_iter().map(EditionItem::from).collect())
}

/// A price as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FeeRow {
    /// CPT or HCPCS.
    pub procedure: String,
    /// Empty: the whole service.
    pub modifier: String,
    /// Where.
    pub site: SiteClass,
    /// For one unit.
    pub amount: Money,
    /// Its own first day.
    pub valid_from: Option<NaiveDate>,
    /// Its own last day.
    pub valid_to: Option<NaiveDate>,
    /// Whether it is ranked with other procedures of the day.
    pub ranked: Option<bool>,
    /// BILAT SURG.
    pub bilateral: Option<String>,
    /// Its place in the edition.
    #[serde(skip)]
    pub row_no: i32,
}

/// Where a page of prices begins: after this procedure and place in the edition.
pub type FeesAfter = (String, i32);

/// The prices that a schedule has for a day, by procedure: those that begin with `beginning`, at most
/// `limit`.
pub async fn fees(
    tx: &mut Tx,
    schedule: FeeScheduleId,
    day: NaiveDate,
    beginning: &str,
    after: Option<FeesAfter>,
    limit: i64,
) -> Result<Vec<FeeRow>> {
    let editions = standing(tx, schedule).await?;
    let Some((_, edition)) = editions.into_iter().find(|(from, _)| *from <= day) else { return Ok(vec![]) };
    let beginning: String =
        beginning.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let mut query = rows::table
        .filter(rows::organization_id.eq(tx.actor().organization).and(rows::edition_id.eq(edition)))
        .filter(rows::procedure.like(format!("{beginning}%")))
        .filter(rows::valid_from.is_null().or(rows::valid_from.le(day)))
        .filter(rows::valid_to.is_null().or(rows::valid_to.ge(day)))
        .order((rows::procedure, rows::row_no))
        .limit(limit)
        .select((rows::row_no, Row::as_select()))
        .into_boxed();
    if let Some((procedure, row_no)) = after {
        query = query.filter(
            rows::procedure
                .gt(procedure.clone())
                .or(rows::procedure.eq(procedure).and(rows::row_no.gt(row_no))),
        );
    }
    let found: Vec<(i32, Row)> = query.load(tx.conn()).await?;
    let listed = |(row_no, row): (i32, Row)| {
        let (_, fee) = row.read()?;
        Ok(FeeRow {
            procedure: fee.key.procedure,
            modifier: fee.key.modifier,
            site: fee.key.site,
            amount: fee.amount,
            valid_from: fee.from,
            valid_to: fee.to,
            ranked: fee.ranked,
            bilateral: fee.bilateral.map(|sides| sides.code().to_owned()),
            row_no,
        })
    };
    Ok(found.into_iter().map(listed).collect::<anyhow::Result<_>>()?)
}
