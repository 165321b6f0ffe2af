//! All SQL of a practice's own rules, grades and lists. Every row is written once.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types as st;
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::db::Tx;
use crate::db::schema::{
    scrub_code_lists, scrub_rule_grades, scrub_rule_releases, scrub_rule_versions, scrub_rules,
};
use crate::types::{PayerId, Result, RuleId};

/// Whether a row was new, or somebody else had written one in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Added {
    Yes,
    /// A row of that name or number is there already.
    Conflict,
}

impl From<usize> for Added {
    fn from(rows: usize) -> Added {
        if rows == 0 { Added::Conflict } else { Added::Yes }
    }
}

pub(super) async fn add_rule(tx: &mut Tx, now: DateTime<Utc>, id: RuleId, slug: &str) -> Result<Added> {
    let who = tx.actor().who.to_string();
    let row = diesel::insert_into(scrub_rules::table)
        .values((
            scrub_rules::organization_id.eq(tx.actor().organization),
            scrub_rules::id.eq(id),
            scrub_rules::slug.eq(slug),
            scrub_rules::created_at.eq(now),
            scrub_rules::created_by.eq(who),
        ))
        .on_conflict_do_nothing();
    Ok(row.execute(tx.conn()).await?.into())
}

pub(super) async fn add_version(
    tx: &mut Tx,
    now: DateTime<Utc>,
    rule: RuleId,
    version: i32,
    definition: &Value,
) -> Result<Added> {
    let who = tx.actor().who.to_string();
    let row = diesel::insert_into(scrub_rule_versions::table)
        .values((
            scrub_rule_versions::organization_id.eq(tx.actor().organization),
            scrub_rule_versions::rule_id.eq(rule),
            scrub_rule_versions::version.eq(version),
            scrub_rule_versions::definition.eq(definition),
            scrub_rule_versions::saved_at.eq(now),
            scrub_rule_versions::saved_by.eq(who),
        ))
        .on_conflict_do_nothing();
    Ok(row.execute(tx.conn()).await?.into())
}

pub(super) async fn add_release(
    tx: &mut Tx,
    now: DateTime<Utc>,
    rule: RuleId,
    release: i32,
    version: Option<i32>,
    reason: &str,
) -> Result<Added> {
    let who = tx.actor().who.to_string();
    let row = diesel::insert_into(scrub_rule_releases::table)
        .values((
            scrub_rule_releases::organization_id.eq(tx.actor().organization),
            scrub_rule_releases::rule_id.eq(rule),
            scrub_rule_releases::release_no.eq(release),
            scrub_rule_releases::version.eq(version),
            scrub_rule_releases::reason.eq(reason),
            scrub_rule_releases::released_at.eq(now),
            scrub_rule_releases::released_by.eq(who),
        ))
        .on_conflict_do_nothing();
    Ok(row.execute(tx.conn()).await?.into())
}

pub(super) async fn add_grade(
    tx: &mut Tx,
    now: DateTime<Utc>,
    rule: &str,
    payer: Option<PayerId>,
    grade: Option<&str>,
    reason: &str,
) -> Result<()> {
    let who = tx.actor().who.to_string();
    let row = diesel::insert_into(scrub_rule_grades::table).values((
        scrub_rule_grades::organization_id.eq(tx.actor().organization),
        scrub_rule_grades::id.eq(uuid::Uuid::now_v7()),
        scrub_rule_grades::rule.eq(rule),
        scrub_rule_grades::payer_id.eq(payer),
        scrub_rule_grades::grade.eq(grade),
        scrub_rule_grades::reason.eq(reason),
        scrub_rule_grades::graded_at.eq(now),
        scrub_rule_grades::graded_by.eq(who),
    ));
    row.execute(tx.conn()).await?;
    Ok(())
}

pub(super) async fn add_list(
    tx: &mut Tx,
    now: DateTime<Utc>,
    name: &str,
    version: i32,
    entries: &[String],
) -> Result<Added> {
    let who = tx.actor().who.to_string();
    let row = diesel::insert_into(scrub_code_lists::table)
        .values((
            scrub_code_lists::organization_id.eq(tx.actor().organization),
            scrub_code_lists::name.eq(name),
            scrub_code_lists::version.eq(version),
            scrub_code_lists::entries.eq(entries),
            scrub_code_lists::saved_at.eq(now),
            scrub_code_lists::saved_by.eq(who),
        ))
        .on_conflict_do_nothing();
    Ok(row.execute(tx.conn()).await?.into())
}

#[derive(QueryableByName)]
pub(super) struct PublishedRow {
    #[diesel(sql_type = st::Text)]
    pub(super) slug: String,
    #[diesel(sql_type = st::Int4)]
    pub(super) version: i32,
    #[diesel(sql_type = st::Jsonb)]
    pub(super) definition: Value,
    #[diesel(sql_type = st::Date)]
    pub(super) released_on: NaiveDate,
    #[diesel(sql_type = st::Text)]
    pub(super) released_by: String,
}

/// The published version of every rule that has one, now or as of a moment, by slug. The day is the
/// practice's own.
pub(super) async fn published(tx: &mut Tx, as_of: Option<DateTime<Utc>>) -> Result<Vec<PublishedRow>> {
    let rows = sql_query(
        "select r.slug, v.version, v.definition, x.released_by,
            (x.released_at at time zone o.time_zone)::date as released_on
         from scrub_rules r
         join organizations o on o.id = r.organization_id
         cross join lateral (
            select * from scrub_rule_releases
            where organization_id = r.organization_id and rule_id = r.id
                and ($2 is null or released_at <= $2)
            order by release_no desc limit 1
         ) x
         join scrub_rule_versions v
            on v.organization_id = r.organization_id and v.rule_id = r.id and v.version = x.version
         where r.organization_id = $1
         order by r.slug collate \"C\"",
    )
    .bind::<st::Uuid, _>(tx.actor().organization)
    .bind::<st::Nullable<st::Timestamptz>, _>(as_of)
    .load(tx.conn())
    .await?;
    Ok(rows)
}

#[derive(QueryableByName)]
pub(super) struct GradeRow {
    #[diesel(sql_type = st::Text)]
    pub(super) rule: String,
    #[diesel(sql_type = st::Nullable<st::Uuid>)]
    pub(super) payer_id: Option<PayerId>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub(super) grade: Option<String>,
    #[diesel(sql_type = st::Text)]
    pub(super) reason: String,
    #[diesel(sql_type = st::Timestamptz)]
    pub(super) graded_at: DateTime<Utc>,
    #[diesel(sql_type = st::Text)]
    pub(super) graded_by: String,
}

/// The newest grade for each rule and payer, now or as of a moment.
pub(super) async fn standing_grades(tx: &mut Tx, as_of: Option<DateTime<Utc>>) -> Result<Vec<GradeRow>> {
    let rows = sql_query(
        "select distinct on (rule, payer_id) rule, payer_id, grade, reason, graded_at, graded_by
         from scrub_rule_grades
         where organization_id = $1 and ($2 is null or graded_at <= $2)
         order by rule, payer_id, id desc",
    )
    .bind::<st::Uuid, _>(tx.actor().organization)
    .bind::<st::Nullable<st::Timestamptz>, _>(as_of)
    .load(tx.conn())
    .await?;
    Ok(rows)
}

/// Every grade that a rule ever had, the newest first.
pub(super) async fn grades_of(tx: &mut Tx, rule: &str) -> Result<Vec<GradeRow>> {
    let rows = sql_query(
        "select rule, payer_id, grade, reason, graded_at, graded_by from scrub_rule_grades
         where organization_id = $1 and rule = $2 order by id desc limit 200",
    )
    .bind::<st::Uuid, _>(tx.actor().organization)
    .bind::<st::Text, _>(rule)
    .load(tx.conn())
    .await?;
    Ok(rows)
}

#[derive(QueryableByName)]
pub(super) struct ListRow {
    #[diesel(sql_type = st::Text)]
    pub(super) name: String,
    #[diesel(sql_type = st::Int4)]
    pub(super) version: i32,
    #[diesel(sql_type = st::Array<st::Text>)]
    pub(super) entries: Vec<String>,
    #[diesel(sql_type = st::Timestamptz)]
    pub(super) saved_at: DateTime<Utc>,
    #[diesel(sql_type = st::Text)]
    pub(super) saved_by: String,
}

/// The newest version of every list, now or as of a moment, by name.
pub(super) async fn lists(tx: &mut Tx, as_of: Option<DateTime<Utc>>) -> Result<Vec<ListRow>> {
    let rows = sql_query(
        "select distinct on (name) name, version, entries, saved_at, saved_by
         from scrub_code_lists
         where organization_id = $1 and ($2 is null or saved_at <= $2)
         order by name, version desc",
    )
    .bind::<st::Uuid, _>(tx.actor().organization)
    .bind::<st::Nullable<st::Timestamptz>, _>(as_of)
    .load(tx.conn())
    .await?;
    Ok(rows)
}

#[derive(QueryableByName)]
pub(super) struct RuleRow {
    #[diesel(sql_type = st::Uuid)]
    pub(super) id: RuleId,
    #[diesel(sql_type = st::Text)]
    pub(super) slug: String,
    #[diesel(sql_type = st::Int4)]
    pub(super) version: i32,
    #[diesel(sql_type = st::Jsonb)]
    pub(super) definition: Value,
    #[diesel(sql_type = st::Timestamptz)]
    pub(super) saved_at: DateTime<Utc>,
    #[diesel(sql_type = st::Text)]
    pub(super) saved_by: String,
    #[diesel(sql_type = st::Nullable<st::Int4>)]
    pub(super) release_no: Option<i32>,
    #[diesel(sql_type = st::Nullable<st::Int4>)]
    pub(super) published: Option<i32>,
    #[diesel(sql_type = st::Nullable<st::Timestamptz>)]
    pub(super) released_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub(super) released_by: Option<String>,
}

/// Every rule, or one, with its newest version and its newest release; by slug.
pub(super) async fn rules(tx: &mut Tx, only: Option<RuleId>) -> Result<Vec<RuleRow>> {
    let rows = sql_query(
        "select r.id, r.slug, v.version, v.definition, v.saved_at, v.saved_by,
            x.release_no, x.version as published, x.released_at, x.released_by
         from scrub_rules r
         cross join lateral (
            select * from scrub_rule_versions
            where organization_id = r.organization_id and rule_id = r.id order by version desc limit 1
         ) v
         left join lateral (
            select * from scrub_rule_releases
            where organization_id = r.organization_id and rule_id = r.id order by release_no desc limit 1
         ) x on true
         where r.organization_id = $1 and ($2 is null or r.id = $2)
         order by r.slug collate \"C\"",
    )
    .bind::<st::Uuid, _>(tx.actor().organization)
    .bind::<st::Nullable<st::Uuid>, _>(only)
    .load(tx.conn())
    .await?;
    Ok(rows)
}

/// What one version of a rule says.
pub(super) async fn definition(tx: &mut Tx, rule: RuleId, version: i32) -> Result<Option<Value>> {
    let found = scrub_rule_versions::table
        .filter(scrub_rule_versions::organization_id.eq(tx.actor().organization))
        .filter(scrub_rule_versions::rule_id.eq(rule).and(scrub_rule_versions::version.eq(version)))
        .select(scrub_rule_versions::definition);
    Ok(found.first(tx.conn()).await.optional()?)
}

/// Every version of a rule: number, when, by whom; the newest first.
pub(super) async fn versions(tx: &mut Tx, rule: RuleId) -> Result<Vec<(i32, DateTime<Utc>, String)>> {
    let found = scrub_rule_versions::table
        .filter(scrub_rule_versions::organization_id.eq(tx.actor().organization))
        .filter(scrub_rule_versions::rule_id.eq(rule))
        .order(scrub_rule_versions::version.desc())
        .limit(200)
        .select((scrub_rule_versions::version, scrub_rule_versions::saved_at, scrub_rule_versions::saved_by));
    Ok(found.load(tx.conn()).await?)
}

pub(super) type ReleaseRow = (i32, Option<i32>, String, DateTime<Utc>, String);

/// Every release of a rule, the newest first.
pub(super) async fn releases(tx: &mut Tx, rule: RuleId) -> Result<Vec<ReleaseRow>> {
    use scrub_rule_releases as x;
    let found = x::table
        .filter(x::organization_id.eq(tx.actor().organization).and(x::rule_id.eq(rule)))
        .order(x::release_no.desc())
        .limit(200)
        .select((x::release_no, x::version, x::reason, x::released_at, x::released_by));
    Ok(found.load(tx.conn()).await?)
}
