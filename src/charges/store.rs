//! All SQL of charges.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types as sql;
use diesel::sql_types::{Array, Nullable};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;

use crate::charges::{ChargeLine, Encounter, ImportReport, Problem};
use crate::db::schema::{
    charge_import_problems, charge_imports, charge_lines, charge_messages, encounters as visits, files,
};
use crate::db::{Tx, kept};
use crate::types::{
    AsText, EncounterId, Entered, FileId, Money, PatientId, Phi, ProviderId, Refusal, Result, Status,
};

/// Rows of one statement; a visit's lines travel with their visit.
const DOCUMENTS_MAX: usize = 1_000;
/// Stands between the items of one row's list where a text carries them all: no code contains it.
const SEPARATOR: &str = "\u{1f}";

/// The visits asked for with their lines, in that order. Two queries.
///
/// # Errors
/// `charges/not-found` when one of them is not there or another practice's.
pub async fn encounters(tx: &mut Tx, ids: &[EncounterId]) -> Result<Vec<Encounter>> {
    let lines: Vec<LineRow> = charge_lines::table
        .filter(charge_lines::encounter_id.eq_any(ids))
        .order((charge_lines::encounter_id, charge_lines::line_no))
        .select(LineRow::as_select())
        .load(tx.conn())
        .await?;
    let mut lines_of: HashMap<EncounterId, Vec<ChargeLine>> = HashMap::new();
    for row in lines {
        lines_of.entry(row.encounter_id).or_default().push(row.read()?);
    }
    let rows: Vec<Row> =
        visits::table.filter(visits::id.eq_any(ids)).select(Row::as_select()).load(tx.conn()).await?;
    let mut found: HashMap<EncounterId, Encounter> = HashMap::new();
    for row in rows {
        let lines = lines_of.remove(&row.id).unwrap_or_default();
        found.insert(row.id, row.read(lines)?);
    }
    let wanted = |id: &EncounterId| {
        found.get(id).cloned().ok_or_else(|| {
            let detail = format!("there is no visit {id}");
            Refusal::new("charges/not-found", Status::NotFound, detail, "Check the id").into()
        })
    };
    ids.iter().map(wanted).collect()
}

/// Lets one import of the practice through at a time, so that a visit that stands in two files is
/// charged once and reported once.
pub(super) async fn lock_imports(tx: &mut Tx) -> Result<()> {
    sql_query("select pg_advisory_xact_lock(hashtextextended('charges/import ' || $1::text, 0))")
        .bind::<sql::Uuid, _>(tx.actor().organization)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The report of the time when the file was imported.
pub(super) async fn imported(tx: &mut Tx, file: FileId) -> Result<Option<ImportReport>> {
    type Counts = (i32, i32, i32, Money);
    let counts: Option<Counts> = charge_imports::table
        .filter(charge_imports::file_id.eq(file))
        .select((
            charge_imports::encounters,
            charge_imports::lines,
            charge_imports::rows_rejected,
            charge_imports::charged,
        ))
        .first(tx.conn())
        .await
        .optional()?;
    let Some((visits, lines, rows_rejected, charged)) = counts else { return Ok(None) };
    let problems: Vec<(i32, Option<String>, String)> = charge_import_problems::table
        .filter(charge_import_problems::file_id.eq(file))
        .order((charge_import_problems::row_no, charge_import_problems::problem_no))
        .select((
            charge_import_problems::row_no,
            charge_import_problems::column_name,
            charge_import_problems::reason,
        ))
        .load(tx.conn())
        .await?;
    let count = |number: i32| usize::try_from(number).map_err(anyhow::Error::from);
    Ok(Some(ImportReport {
        file,
        already_imported: true,
        dry_run: false,
        announced: 0,
        visits: count(visits)?,
        lines: count(lines)?,
        charged,
        rows_rejected: count(rows_rejected)?,
        problems: problems.into_iter().map(|(row, column, reason)| Problem { row, column, reason }).collect(),
        unknown_columns: vec![],
        encounters: vec![],
    }))
}

/// A charge file that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// It.
    pub file: FileId,
    /// Its name.
    pub name: String,
    /// Visits imported.
    pub visits: i32,
    /// The sum of their charges.
    pub charged: Money,
    /// Rows that were not imported.
    pub rows_rejected: i32,
    /// When.
    pub imported_at: DateTime<Utc>,
}

/// The files that were imported last, the newest first; those of messages are not among them.
pub async fn latest_imports(tx: &mut Tx, limit: i64) -> Result<Vec<Imported>> {
    type One = (FileId, String, i32, Money, i32, DateTime<Utc>);
    let of_message = charge_messages::table
        .filter(charge_messages::organization_id.eq(charge_imports::organization_id))
        .filter(charge_messages::file_id.eq(charge_imports::file_id));
    let same_file =
        files::organization_id.eq(charge_imports::organization_id).and(files::id.eq(charge_imports::file_id));
    let rows: Vec<One> = charge_imports::table
        .inner_join(files::table.on(same_file))
        .filter(charge_imports::organization_id.eq(tx.actor().organization))
        .filter(diesel::dsl::not(diesel::dsl::exists(of_message)))
        .order(charge_imports::imported_at.desc())
        .limit(limit)
        .select((
            charge_imports::file_id,
            files::name,
            charge_imports::encounters,
            charge_imports::charged,
            charge_imports::rows_rejected,
            charge_imports::imported_at,
        ))
        .load(tx.conn())
        .await?;
    let read = |(file, name, visits, charged, rows_rejected, imported_at)| Imported {
        file,
        name,
        visits,
        charged,
        rows_rejected,
        imported_at,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Which of the visit numbers the practice has charged already.
pub(super) async fn charged_before(tx: &mut Tx, numbers: &[&str]) -> Result<HashSet<String>> {
    let known: Vec<String> = visits::table
        .filter(visits::visit_number.eq_any(numbers))
        .select(visits::visit_number)
        .load(tx.conn())
        .await?;
    Ok(known.into_iter().collect())
}

/// Writes an import: its counts, its problems, its visits and their lines.
pub(super) async fn insert(tx: &mut Tx, report: &ImportReport, new: &[Encounter]) -> Result<()> {
    let organization = tx.actor().organization;
    let count = |number: usize| i32::try_from(number).map_err(anyhow::Error::from);
    diesel::insert_into(charge_imports::table)
        .values((
            charge_imports::organization_id.eq(organization),
            charge_imports::file_id.eq(report.file),
            charge_imports::encounters.eq(count(report.visits)?),
            charge_imports::lines.eq(count(report.lines)?),
            charge_imports::rows_rejected.eq(count(report.rows_rejected)?),
            charge_imports::charged.eq(report.charged),
        ))
        .execute(tx.conn())
        .await?;
    for some in report.problems.chunks(DOCUMENTS_MAX) {
        insert_problems(tx, report.file, some).await?;
    }
    for some in new.chunks(DOCUMENTS_MAX) {
        insert_visits(tx, some).await?;
        insert_lines(tx, some).await?;
    }
    Ok(())
}

async fn insert_problems(tx: &mut Tx, file: FileId, problems: &[Problem]) -> Result<()> {
    sql_query(
        "insert into charge_import_problems (organization_id, file_id, row_no, problem_no, column_name, reason)
         select $1, $2, p.row_no,
            coalesce((select max(problem_no) from charge_import_problems k
                where k.organization_id = $1 and k.file_id = $2 and k.row_no = p.row_no), 0)
            + row_number() over (partition by p.row_no order by p.place),
            p.column_name, p.reason
         from unnest($3, $4, $5) with ordinality as p (row_no, column_name, reason, place)",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<sql::Uuid, _>(file)
    .bind::<Array<sql::Integer>, _>(problems.iter().map(|one| one.row).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql::Text>>, _>(
        problems.iter().map(|one| one.column.as_deref()).collect::<Vec<_>>(),
    )
    .bind::<Array<sql::Text>, _>(problems.iter().map(|one| one.reason.as_str()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn insert_visits(tx: &mut Tx, new: &[Encounter]) -> Result<()> {
    let text = |what: fn(&Encounter) -> Option<&str>| new.iter().map(what).collect::<Vec<_>>();
    let provider = |what: fn(&Encounter) -> Option<ProviderId>| new.iter().map(what).collect::<Vec<_>>();
    let circumstances = new.iter().map(|one| serde_json::to_string(&one.circumstances));
    let circumstances =
        circumstances.collect::<std::result::Result<Vec<_>, _>>().map_err(anyhow::Error::from)?;
    let number = |what: fn(&Encounter) -> i32| new.iter().map(what).collect::<Vec<_>>();
    kept(
        "insert into encounters (organization_id, id, visit_number, patient_id, billing_provider_id,
            rendering_provider_id, referring_provider_id, place_of_service, service_on, diagnoses,
            prior_authorization, referral_number, accident_on, related_cause, circumstances, charged, file_id,
            first_row, last_row)
         select $1, v.id, v.visit_number, v.patient_id, v.billing, v.rendering, v.referring,
            v.place_of_service, v.service_on, string_to_array(v.diagnoses, $2), v.prior_authorization,
            v.referral_number, v.accident_on, v.related_cause, v.circumstances::jsonb, v.charged, v.file_id,
            v.first_row, v.last_row
         from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            as v (id, visit_number, patient_id, billing, rendering, referring, place_of_service, service_on,
                diagnoses, prior_authorization, referral_number, accident_on, related_cause, circumstances,
                charged, file_id, first_row, last_row)",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<sql::Text, _>(SEPARATOR)
    .bind::<Array<sql::Uuid>, _>(new.iter().map(|one| one.id).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql::Text>>, _>(text(|one| Some(one.visit_number.expose())))
    .bind::<Array<sql::Uuid>, _>(new.iter().map(|one| one.patient).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql::Uuid>>, _>(provider(|one| Some(one.billing)))
    .bind::<Array<Nullable<sql::Uuid>>, _>(provider(|one| one.rendering))
    .bind::<Array<Nullable<sql::Uuid>>, _>(provider(|one| one.referring))
    .bind::<Array<Nullable<sql::Text>>, _>(text(|one| Some(one.place_of_service.text())))
    .bind::<Array<sql::Date>, _>(new.iter().map(|one| one.service_on).collect::<Vec<_>>())
    .bind::<Array<sql::Text>, _>(new.iter().map(|one| joined(&one.diagnoses)).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql::Text>>, _>(text(|one| one.prior_authorization.as_deref()))
    .bind::<Array<Nullable<sql::Text>>, _>(text(|one| one.referral_number.as_deref()))
    .bind::<Array<Nullable<sql::Date>>, _>(new.iter().map(|one| one.accident_on).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql::Text>>, _>(text(|one| one.related_cause.as_deref()))
    .bind::<Array<sql::Text>, _>(circumstances)
    .bind::<Array<sql::Numeric>, _>(new.iter().map(|one| one.charged).collect::<Vec<_>>())
    .bind::<Array<sql::Uuid>, _>(new.iter().map(|one| one.file).collect::<Vec<_>>())
    .bind::<Array<sql::Integer>, _>(number(|one| one.first_row))
    .bind::<Array<sql::Integer>, _>(number(|one| one.last_row))
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn insert_lines(tx: &mut Tx, new: &[Encounter]) -> Result<()> {
    let numbered = |visit: &'_ Encounter| {
        let id = visit.id;
        (1_i16..).zip(visit.lines.clone()).map(move |(line_no, line)| (id, line_no, line))
    };
    let lines: Vec<(EncounterId, i16, ChargeLine)> = new.iter().flat_map(numbered).collect();
    let pointers =
        |line: &ChargeLine| line.pointers.iter().map(ToString::to_string).collect::<Vec<_>>().join(SEPARATOR);
    kept(
        "insert into charge_lines (organization_id, encounter_id, line_no, procedure, modifiers, charged, units,
            pointers, from_on, thru_on)
         select $1, l.encounter_id, l.line_no, l.procedure, string_to_array(l.modifiers, $2), l.charged, l.units,
            string_to_array(l.pointers, $2)::smallint[], l.from_on, l.thru_on
         from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11)
            as l (encounter_id, line_no, procedure, modifiers, charged, units, pointers, from_on, thru_on)",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<sql::Text, _>(SEPARATOR)
    .bind::<Array<sql::Uuid>, _>(lines.iter().map(|(visit, ..)| *visit).collect::<Vec<_>>())
    .bind::<Array<sql::SmallInt>, _>(lines.iter().map(|(_, line_no, _)| *line_no).collect::<Vec<_>>())
    .bind::<Array<sql::Text>, _>(lines.iter().map(|(.., line)| line.procedure.text()).collect::<Vec<_>>())
    .bind::<Array<sql::Text>, _>(lines.iter().map(|(.., line)| joined(&line.modifiers)).collect::<Vec<_>>())
    .bind::<Array<sql::Numeric>, _>(lines.iter().map(|(.., line)| line.charged).collect::<Vec<_>>())
    .bind::<Array<sql::Numeric>, _>(lines.iter().map(|(.., line)| line.units).collect::<Vec<_>>())
    .bind::<Array<sql::Text>, _>(lines.iter().map(|(.., line)| pointers(line)).collect::<Vec<_>>())
    .bind::<Array<sql::Date>, _>(lines.iter().map(|(.., line)| line.from).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql::Date>>, _>(lines.iter().map(|(.., line)| line.thru).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn joined<T: AsText>(codes: &[Entered<T>]) -> String {
    codes.iter().map(Entered::text).collect::<Vec<_>>().join(SEPARATOR)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = visits, check_for_backend(Pg))]
struct Row {
    id: EncounterId,
    visit_number: String,
    patient_id: PatientId,
    billing_provider_id: ProviderId,
    rendering_provider_id: Option<ProviderId>,
    referring_provider_id: Option<ProviderId>,
    place_of_service: String,
    service_on: NaiveDate,
    diagnoses: Vec<String>,
    prior_authorization: Option<String>,
    referral_number: Option<String>,
    accident_on: Option<NaiveDate>,
    related_cause: Option<String>,
    circumstances: serde_json::Value,
    charged: Money,
    file_id: FileId,
    first_row: i32,
    last_row: i32,
}

impl Row {
    fn read(self, lines: Vec<ChargeLine>) -> Result<Encounter> {
        Ok(Encounter {
            id: self.id,
            visit_number: Phi::new(self.visit_number),
            patient: self.patient_id,
            billing: self.billing_provider_id,
            rendering: self.rendering_provider_id,
            referring: self.referring_provider_id,
            place_of_service: self.place_of_service.as_str().into(),
            service_on: self.service_on,
            diagnoses: self.diagnoses.iter().map(|code| code.as_str().into()).collect(),
            prior_authorization: self.prior_authorization,
            referral_number: self.referral_number,
            accident_on: self.accident_on,
            related_cause: self.related_cause,
            circumstances: serde_json::from_value(self.circumstances).map_err(anyhow::Error::from)?,
            charged: self.charged,
            file: self.file_id,
            first_row: self.first_row,
            last_row: self.last_row,
            lines,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = charge_lines, check_for_backend(Pg))]
struct LineRow {
    encounter_id: EncounterId,
    procedure: String,
    modifiers: Vec<String>,
    charged: Money,
    units: Decimal,
    pointers: Vec<i16>,
    from_on: NaiveDate,
    thru_on: Option<NaiveDate>,
}

impl LineRow {
    fn read(self) -> Result<ChargeLine> {
        let pointers = self.pointers.into_iter().map(u8::try_from).collect::<std::result::Result<_, _>>();
        Ok(ChargeLine {
            procedure: self.procedure.as_str().into(),
            modifiers: self.modifiers.iter().map(|code| code.as_str().into()).collect(),
            charged: self.charged,
            units: self.units.normalize(),
            pointers: pointers.map_err(anyhow::Error::from)?,
            from: self.from_on,
            thru: self.thru_on,
        })
    }
}
