//! The practice's own rules: written, published, graded; and all of it put together to be asked.
//!
//! A *version* is what a rule says; saving a draft adds one. A *release* says which version is asked
//! from then on, or that none is any more. A *grade* turns any rule off or makes it milder or
//! stricter, for every payer or one; the more specific one wins. A *list* is a named set of codes;
//! the one called "Single-dose drugs" a built-in rule asks, too.
//! Nothing is changed in place: [`load`] can put together the rules of any past day.
//!
//! Every verb leaves an audit event. Whoever changes something says what they saw last: where
//! somebody else was faster it is refused (`rules/changed`).

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::db::Tx;
use crate::registry::payers;
use crate::types::{PayerId, Place, Refusal, Result, RuleId, Status};

use super::drugs::SINGLE_DOSE_LIST;
use super::store::{self, Added};
use super::written::{CodeList, CodeLists, Definition, Fault, Patterns, WrittenRule, read_entries};
use super::{Grade, PayerRules, PracticeRules};

/// Rules of one practice at most: each is asked of every claim.
pub const RULES_MAX: usize = 500;

/// Lists of one practice at most: all are read with its rules.
pub const LISTS_MAX: usize = 200;

/// What a practice has published and graded, for every payer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleBook {
    /// By id.
    written: Vec<Arc<WrittenRule>>,
    grades: HashMap<(String, Option<PayerId>), Grade>,
    single_dose_drugs: Option<Arc<Patterns>>,
}

impl RuleBook {
    /// What holds for claims to one payer.
    #[must_use]
    pub fn for_payer(&self, payer: PayerId, demands: PayerRules) -> PracticeRules {
        let graded = |of: Option<PayerId>| {
            let some = self.grades.iter().filter(move |((_, whose), _)| *whose == of);
            some.map(|((rule, _), grade)| (rule.clone(), *grade))
        };
        PracticeRules {
            // The last one counts: the payer's own.
            grades: graded(None).chain(graded(Some(payer))).collect(),
            payer: demands,
            single_dose_drugs: self.single_dose_drugs.clone(),
            written: self.written.iter().filter(|rule| rule.is_for(payer)).cloned().collect(),
        }
    }

    /// The same with a rule in the place of its other versions.
    #[must_use]
    pub fn with(mut self, rule: WrittenRule) -> RuleBook {
        self = self.without(&rule.id);
        let place = self.written.partition_point(|other| other.id < rule.id);
        self.written.insert(place, Arc::new(rule));
        self
    }

    /// The same without a written rule.
    #[must_use]
    pub fn without(mut self, id: &str) -> RuleBook {
        self.written.retain(|rule| rule.id != id);
        self
    }

    /// The same with a rule graded otherwise; `None` takes a grade back.
    #[must_use]
    pub fn graded(mut self, rule: &str, payer: Option<PayerId>, grade: Option<Grade>) -> RuleBook {
        match grade {
            Some(grade) => self.grades.insert((rule.to_owned(), payer), grade),
            None => self.grades.remove(&(rule.to_owned(), payer)),
        };
        self
    }

    /// The same with a rule asked as it says itself, of every payer: to see what it would find.
    #[must_use]
    pub fn ungraded(mut self, rule: &str) -> RuleBook {
        self.grades.retain(|(graded, _), _| graded != rule);
        self
    }
}

/// What the practice has published, now or as it was at a moment. Three queries.
pub async fn load(tx: &mut Tx, as_of: Option<DateTime<Utc>>) -> Result<RuleBook> {
    let lists = lists_as_of(tx, as_of).await?;
    let mut written = vec![];
    for row in store::published(tx, as_of).await? {
        let id = format!("practice/{}", row.slug);
        let definition: Definition = serde_json::from_value(row.definition).context(id.clone())?;
        let published = (row.released_by.as_str(), row.released_on);
        let rule = WrittenRule::read(&row.slug, number(row.version)?, &definition, &lists, Some(published))
            .map_err(|faults| anyhow::anyhow!("{id} cannot be asked: {faults:?}"))?;
        written.push(Arc::new(rule));
    }
    let mut grades = HashMap::new();
    for row in store::standing_grades(tx, as_of).await? {
        if let Some(grade) = row.grade {
            let grade = grade.parse().map_err(anyhow::Error::from)?;
            grades.insert((row.rule, row.payer_id), grade);
        }
    }
    let single_dose = lists.iter().find(|(name, _)| name.eq_ignore_ascii_case(SINGLE_DOSE_LIST));
    let single_dose_drugs =
        single_dose.map(|(_, list)| Arc::new(Patterns::of_list(&list.entries, str::to_owned)));
    Ok(RuleBook { written, grades, single_dose_drugs })
}

async fn lists_as_of(tx: &mut Tx, as_of: Option<DateTime<Utc>>) -> Result<CodeLists> {
    let rows = store::lists(tx, as_of).await?;
    rows.into_iter()
        .map(|row| Ok((row.name, CodeList { version: number(row.version)?, entries: row.entries })))
        .collect()
}

/// The database keeps versions between 1 and 65,535.
fn number(version: i32) -> anyhow::Result<u16> {
    Ok(u16::try_from(version)?)
}

// ---- rules ----

/// A rule that the practice wrote, with its newest version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleItem {
    /// Its id.
    pub id: RuleId,
    /// By which findings name it: `practice/needs-referral`.
    pub rule: String,
    /// The newest version.
    pub version: u16,
    /// What the newest version says.
    pub definition: Definition,
    /// When the newest version was saved.
    pub saved_at: DateTime<Utc>,
    /// By whom.
    pub saved_by: String,
    /// The number of the newest release; 0 when it never was published. Say it when you publish or retire.
    pub release: u32,
    /// The version that is asked of claims; none for a draft or a retired rule.
    pub published: Option<u16>,
    /// When the newest release was.
    pub released_at: Option<DateTime<Utc>>,
    /// By whom.
    pub released_by: Option<String>,
}

impl RuleItem {
    /// Where it stands: `draft`, `published`, `changed` (published, with a newer draft) or `retired`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match (self.published, self.release) {
            (Some(published), _) if published == self.version => "published",
            (Some(_), _) => "changed",
            (None, 0) => "draft",
            (None, _) => "retired",
        }
    }
}

fn item(row: store::RuleRow) -> Result<RuleItem> {
    Ok(RuleItem {
        id: row.id,
        rule: format!("practice/{}", row.slug),
        version: number(row.version)?,
        definition: serde_json::from_value(row.definition).map_err(anyhow::Error::from)?,
        saved_at: row.saved_at,
        saved_by: row.saved_by,
        release: row.release_no.map_or(Ok(0), u32::try_from).map_err(anyhow::Error::from)?,
        published: row.published.map(number).transpose()?,
        released_at: row.released_at,
        released_by: row.released_by,
    })
}

/// Every rule that the practice wrote, by its id in findings.
pub async fn list(tx: &mut Tx) -> Result<Vec<RuleItem>> {
    store::rules(tx, None).await?.into_iter().map(item).collect()
}

/// One of them.
///
/// # Errors
/// `rules/not-found` when it is not there or another practice's.
pub async fn get(tx: &mut Tx, id: RuleId) -> Result<RuleItem> {
    let found = store::rules(tx, Some(id)).await?.pop();
    item(found.ok_or_else(|| not_found(&id.to_string()))?)
}

/// One version, ready to be asked as a draft, whatever is published.
///
/// # Errors
/// `rules/not-found`; `rules/invalid` when it cannot be asked any more.
pub async fn draft(tx: &mut Tx, id: RuleId, version: Option<u16>) -> Result<WrittenRule> {
    let rule = get(tx, id).await?;
    let version = version.unwrap_or(rule.version);
    let definition = said(tx, id, version).await?;
    let lists = lists_as_of(tx, None).await?;
    let slug = rule.rule.trim_start_matches("practice/");
    Ok(WrittenRule::read(slug, version, &definition, &lists, None).map_err(|faults| invalid(&faults))?)
}

/// What one version of a rule says.
///
/// # Errors
/// `rules/not-found`.
pub async fn said(tx: &mut Tx, id: RuleId, version: u16) -> Result<Definition> {
    let found = store::definition(tx, id, version.into()).await?;
    let found = found.ok_or_else(|| not_found(&format!("version {version} of {id}")))?;
    Ok(serde_json::from_value(found).map_err(anyhow::Error::from)?)
}

/// A version, and when by whom it was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedVersion {
    /// Its number.
    pub version: u16,
    /// When.
    pub saved_at: DateTime<Utc>,
    /// By whom.
    pub saved_by: String,
}

/// A release: a version that was published, or that the rule was retired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Release {
    /// Its number.
    pub release: u32,
    /// The version; none when the rule was retired.
    pub version: Option<u16>,
    /// Why.
    pub reason: String,
    /// When.
    pub released_at: DateTime<Utc>,
    /// By whom.
    pub released_by: String,
}

/// A rule's versions and releases, the newest first.
pub async fn history(tx: &mut Tx, id: RuleId) -> Result<(Vec<SavedVersion>, Vec<Release>)> {
    let mut versions = vec![];
    for (version, saved_at, saved_by) in store::versions(tx, id).await? {
        versions.push(SavedVersion { version: number(version)?, saved_at, saved_by });
    }
    let mut releases = vec![];
    for (release, version, reason, released_at, released_by) in store::releases(tx, id).await? {
        releases.push(Release {
            release: u32::try_from(release).map_err(anyhow::Error::from)?,
            version: version.map(number).transpose()?,
            reason,
            released_at,
            released_by,
        });
    }
    Ok((versions, releases))
}

/// Writes a new rule: version 1, a draft.
///
/// # Errors
/// `rules/slug` when the name is none; `rules/invalid`; `rules/taken` when a rule has that name;
/// `rules/too-many`.
pub async fn create(
    tx: &mut Tx,
    now: DateTime<Utc>,
    slug: &str,
    definition: &Definition,
) -> Result<RuleItem> {
    if !is_slug(slug) {
        return Err(Refusal::new(
            "rules/slug",
            Status::Invalid,
            "a rule's name has 3 to 60 lower case letters and digits, with single hyphens between them",
            "Write it like needs-referral",
        )
        .at(field("/name"))
        .into());
    }
    if store::rules(tx, None).await?.len() >= RULES_MAX {
        let what = format!("a practice has at most {RULES_MAX} rules of its own");
        let next = "Write the new one in the place of one that is retired";
        return Err(Refusal::new("rules/too-many", Status::Conflict, what, next).into());
    }
    demand_valid(tx, slug, 1, definition).await?;
    let id = RuleId::new();
    if store::add_rule(tx, now, id, slug).await? == Added::Conflict {
        let next = "Choose another name, or change the rule that has it";
        let what = format!("there is a rule practice/{slug} already");
        return Err(Refusal::new("rules/taken", Status::Conflict, what, next).into());
    }
    add_version(tx, now, id, 1, definition).await?;
    tx.audit("rules/create", id, None, json!({ "rule": format!("practice/{slug}"), "version": 1 })).await?;
    get(tx, id).await
}

/// Saves what a rule shall say from its next release on, as a new version. `seen` is the newest
/// version that the writer saw.
///
/// # Errors
/// `rules/not-found`; `rules/invalid`; `rules/changed`.
pub async fn save(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: RuleId,
    seen: u16,
    definition: &Definition,
) -> Result<RuleItem> {
    let rule = get(tx, id).await?;
    if rule.version != seen {
        return Err(changed("version", rule.version.into()));
    }
    if rule.definition == *definition {
        return Ok(rule);
    }
    let version = seen.checked_add(1).ok_or_else(|| changed("version", seen.into()))?;
    demand_valid(tx, rule.rule.trim_start_matches("practice/"), version, definition).await?;
    add_version(tx, now, id, version, definition).await?;
    tx.audit("rules/save", id, None, json!({ "rule": rule.rule, "version": version })).await?;
    get(tx, id).await
}

async fn add_version(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: RuleId,
    version: u16,
    definition: &Definition,
) -> Result<()> {
    let said = serde_json::to_value(definition).map_err(anyhow::Error::from)?;
    match store::add_version(tx, now, id, version.into(), &said).await? {
        Added::Yes => Ok(()),
        Added::Conflict => Err(changed("version", version.into())),
    }
}

/// Makes a version the one that is asked of claims from now on. `seen` is the newest release that
/// the publisher saw ([`RuleItem::release`]).
///
/// # Errors
/// `rules/not-found`; `rules/invalid` when it cannot be asked, as when a list is gone; `rules/changed`.
pub async fn publish(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: RuleId,
    version: u16,
    seen: u32,
    reason: &str,
) -> Result<RuleItem> {
    let rule = get(tx, id).await?;
    let definition = said(tx, id, version).await?;
    demand_valid(tx, rule.rule.trim_start_matches("practice/"), version, &definition).await?;
    release(tx, now, &rule, Some(version), seen, reason).await?;
    let detail = json!({ "rule": rule.rule, "version": version, "instead_of": rule.published });
    tx.audit("rules/publish", id, None, detail).await?;
    get(tx, id).await
}

/// Asks a rule no more.
///
/// # Errors
/// `rules/not-found`; `rules/not-published`; `rules/changed`.
pub async fn retire(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: RuleId,
    seen: u32,
    reason: &str,
) -> Result<RuleItem> {
    let rule = get(tx, id).await?;
    let Some(published) = rule.published else {
        let what = format!("{} is not published", rule.rule);
        return Err(Refusal::new(
            "rules/not-published",
            Status::Conflict,
            what,
            "There is nothing to retire",
        )
        .into());
    };
    release(tx, now, &rule, None, seen, reason).await?;
    tx.audit("rules/retire", id, None, json!({ "rule": rule.rule, "version": published })).await?;
    get(tx, id).await
}

async fn release(
    tx: &mut Tx,
    now: DateTime<Utc>,
    rule: &RuleItem,
    version: Option<u16>,
    seen: u32,
    reason: &str,
) -> Result<()> {
    if rule.release != seen {
        return Err(changed("release", rule.release));
    }
    let next = i32::try_from(seen + 1).map_err(anyhow::Error::from)?;
    let reason = reason_of(reason, true)?;
    match store::add_release(tx, now, rule.id, next, version.map(i32::from), &reason).await? {
        Added::Yes => Ok(()),
        Added::Conflict => Err(changed("release", seen + 1)),
    }
}

// ---- grades ----

/// A grade that the practice gave a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Graded {
    /// The rule.
    pub rule: String,
    /// For whose claims; for every payer without a grade of its own when none.
    pub payer: Option<PayerId>,
    /// `off`, `note`, `warn`, `stop`; none when the grade was taken back.
    #[schema(value_type = Option<String>)]
    pub grade: Option<Grade>,
    /// Why.
    pub reason: String,
    /// When.
    pub graded_at: DateTime<Utc>,
    /// By whom.
    pub graded_by: String,
}

fn graded(row: store::GradeRow) -> Result<Graded> {
    Ok(Graded {
        rule: row.rule,
        payer: row.payer_id,
        grade: row.grade.map(|grade| grade.parse()).transpose().map_err(anyhow::Error::from)?,
        reason: row.reason,
        graded_at: row.graded_at,
        graded_by: row.graded_by,
    })
}

/// The grades that count, of every rule.
pub async fn grades(tx: &mut Tx) -> Result<Vec<Graded>> {
    let rows = store::standing_grades(tx, None).await?;
    rows.into_iter().filter(|row| row.grade.is_some()).map(graded).collect()
}

/// Every grade that a rule ever had, the newest first.
pub async fn grades_of(tx: &mut Tx, rule: &str) -> Result<Vec<Graded>> {
    store::grades_of(tx, rule).await?.into_iter().map(graded).collect()
}

/// Grades a rule, built in or written, for every payer or one. No grade: what is more general
/// counts again.
///
/// # Errors
/// `rules/not-found` when there is no such rule; `rules/reason`; `payers/not-found`.
pub async fn grade(
    tx: &mut Tx,
    now: DateTime<Utc>,
    rule: &str,
    payer: Option<PayerId>,
    grade: Option<Grade>,
    reason: &str,
) -> Result<()> {
    let is_built_in = super::rules().any(|known| known.id == rule);
    let written =
        if is_built_in { None } else { list(tx).await?.into_iter().find(|known| known.rule == rule) };
    if !is_built_in && written.is_none() {
        return Err(not_found(rule).into());
    }
    if let Some(payer) = payer
        && payers::load(tx, &[payer]).await?.is_empty()
    {
        let next = "Choose one of the list";
        return Err(Refusal::new("payers/not-found", Status::NotFound, "there is no such payer", next).into());
    }
    let reason = reason_of(reason, false)?;
    let word = grade.map(Grade::as_str);
    store::add_grade(tx, now, rule, payer, word, &reason).await?;
    let detail = json!({ "rule": rule, "payer": payer, "grade": word });
    match written {
        Some(written) => tx.audit("rules/grade", written.id, None, detail).await,
        None => {
            let organization = tx.actor().organization;
            tx.audit("rules/grade", organization, None, detail).await
        }
    }
}

// ---- lists ----

/// A named list of codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListItem {
    /// Its name.
    pub name: String,
    /// The newest version.
    pub version: u16,
    /// Codes, ranges (`99202-99215`) and beginnings (`993*`).
    pub entries: Vec<String>,
    /// When it was saved.
    pub saved_at: DateTime<Utc>,
    /// By whom.
    pub saved_by: String,
}

/// Every list, by name.
pub async fn lists(tx: &mut Tx) -> Result<Vec<ListItem>> {
    let rows = store::lists(tx, None).await?;
    rows.into_iter()
        .map(|row| {
            Ok(ListItem {
                name: row.name,
                version: number(row.version)?,
                entries: row.entries,
                saved_at: row.saved_at,
                saved_by: row.saved_by,
            })
        })
        .collect()
}

/// Saves a list; rules that name it ask for its newest version from now on. `seen` is the version
/// that the writer saw, 0 for a new list.
///
/// # Errors
/// `rules/list-name`; `rules/list` with the entry that is wrong; `rules/changed`; `rules/too-many`.
pub async fn save_list(
    tx: &mut Tx,
    now: DateTime<Utc>,
    name: &str,
    seen: u16,
    entries: &[String],
) -> Result<ListItem> {
    let name = name.trim();
    if !is_list_name(name) {
        let what = "a list's name has 1 to 60 letters, digits, blanks or / & + . _ -, and begins and ends with a letter or digit";
        let refusal = Refusal::new("rules/list-name", Status::Invalid, what, "Write it like E/M visits");
        return Err(refusal.at(field("/name")).into());
    }
    let entries = read_entries(entries.iter().map(String::as_str)).map_err(|faults| {
        let first = faults.first();
        let what = first.map_or_else(String::new, |fault| fault.message.clone());
        let place = first.map_or_else(String::new, |fault| fault.pointer.clone());
        Refusal::new("rules/list", Status::Invalid, what, "Mend the entry").at(field(&place))
    })?;
    let all = lists(tx).await?;
    let is_full = all.len() >= LISTS_MAX;
    let known = all.into_iter().find(|list| list.name == name);
    if is_full && known.is_none() {
        let what = format!("a practice has at most {LISTS_MAX} lists");
        return Err(
            Refusal::new("rules/too-many", Status::Conflict, what, "Add the codes to another list").into()
        );
    }
    let newest = known.as_ref().map_or(0, |list| list.version);
    if newest != seen {
        return Err(changed("version", newest.into()));
    }
    if let Some(known) = known
        && known.entries == entries
    {
        return Ok(known);
    }
    let version = seen.checked_add(1).ok_or_else(|| changed("version", seen.into()))?;
    if store::add_list(tx, now, name, version.into(), &entries).await? == Added::Conflict {
        return Err(changed("version", version.into()));
    }
    let organization = tx.actor().organization;
    let detail = json!({ "list": name, "version": version, "entries": entries.len() });
    tx.audit("rules/save-list", organization, None, detail).await?;
    let saved_by = tx.actor().who.to_string();
    Ok(ListItem { name: name.to_owned(), version, entries, saved_at: now, saved_by })
}

// ---- what is refused ----

async fn demand_valid(tx: &mut Tx, slug: &str, version: u16, definition: &Definition) -> Result<()> {
    faults(tx, slug, version, definition).await?.map_or(Ok(()), |faults| Err(invalid(&faults).into()))
}

/// What is wrong with a definition, if anything is.
pub async fn faults(
    tx: &mut Tx,
    slug: &str,
    version: u16,
    definition: &Definition,
) -> Result<Option<Vec<Fault>>> {
    let lists = lists_as_of(tx, None).await?;
    let mut faults = WrittenRule::read(slug, version, definition, &lists, None).err().unwrap_or_default();
    if faults.is_empty() && serde_json::to_string(definition).map_err(anyhow::Error::from)?.len() > 60_000 {
        faults.push(Fault { pointer: String::new(), message: "longer than 60,000 characters".to_owned() });
    }
    if !definition.scope.payers.is_empty() {
        let known = payers::load(tx, &definition.scope.payers).await?;
        for (place, payer) in definition.scope.payers.iter().enumerate() {
            if !known.iter().any(|known| known.id == *payer) {
                let pointer = format!("/scope/payers/{place}");
                faults.push(Fault { pointer, message: "there is no such payer".to_owned() });
            }
        }
    }
    Ok(Some(faults).filter(|faults| !faults.is_empty()))
}

fn invalid(faults: &[Fault]) -> Refusal {
    let what: Vec<String> = faults.iter().map(|it| format!("{}: {}", it.pointer, it.message)).collect();
    let place = faults.first().map(|fault| field(&fault.pointer)).unwrap_or_default();
    Refusal::new("rules/invalid", Status::Invalid, what.join("; "), "Mend the rule and save it again")
        .at(place)
}

pub(super) fn not_found(what: &str) -> Refusal {
    Refusal::new(
        "rules/not-found",
        Status::NotFound,
        format!("there is no rule {what}"),
        "Look at the list of rules",
    )
}

fn changed(what: &str, newest: u32) -> crate::types::Error {
    let said = format!("somebody else was faster: the newest {what} is {newest}");
    Refusal::new("rules/changed", Status::Conflict, said, "Load it again and repeat what you did").into()
}

fn reason_of(text: &str, may_be_empty: bool) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    if length > 500 || text.chars().any(char::is_control) || (length == 0 && !may_be_empty) {
        let what = "a reason of one line, 500 characters at most, is needed";
        return Err(Refusal::new("rules/reason", Status::Invalid, what, "Say why, without patient data")
            .at(field("/reason"))
            .into());
    }
    Ok(text.to_owned())
}

fn field(pointer: &str) -> Place {
    Place { field: Some(pointer.to_owned()), ..Place::default() }
}

fn is_slug(text: &str) -> bool {
    (3..=60).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

fn is_list_name(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    (1..=60).contains(&text.len())
        && text.starts_with(ends)
        && text.ends_with(ends)
        && text.chars().all(|c| ends(c) || " /&+._-".contains(c))
}
