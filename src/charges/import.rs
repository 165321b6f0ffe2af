//! From charges, wherever they were stated, to visits.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::charges::messages::Usual;
use crate::charges::missed::{self, Announced};
use crate::charges::visit::{Charges, Column, Problem, Visit};
use crate::charges::{Encounter, VisitDocument, document, store};
use crate::db::Tx;
use crate::registry::{Provider, coverages, patients, providers};
use crate::types::{EncounterId, FileId, Money, Npi, PatientId, Phi, Result};

/// What to do with the good visits of a file that has bad ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Import them.
    KeepGoodRows,
    /// Import nothing.
    AllOrNothing,
    /// Import nothing, and say what [`Mode::KeepGoodRows`] would do.
    DryRun,
}

/// What came of a charge file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportReport {
    /// The file.
    pub file: FileId,
    /// The file had been imported before: this is the report of that time, and nothing was imported
    /// now.
    pub already_imported: bool,
    /// Nothing was imported: the counts are what would be.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Visits imported.
    pub visits: usize,
    /// Charge lines imported.
    pub lines: usize,
    /// The sum of their charges.
    pub charged: Money,
    /// Rows that were not imported because they, or other rows of their visit, are wrong. Each is
    /// among the problems.
    pub rows_rejected: usize,
    /// Visits that were announced, and are missed until charges of them come.
    #[serde(skip_serializing_if = "is_zero")]
    pub announced: usize,
    /// Every problem, by row.
    pub problems: Vec<Problem>,
    /// Columns that were read over.
    pub unknown_columns: Vec<String>,
    /// The visits imported now, in the order of the file.
    #[serde(skip)]
    pub encounters: Vec<EncounterId>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl ImportReport {
    /// True when no row was rejected.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty()
    }
}

/// What charges come to as the registry is now: nothing is written yet.
pub struct Resolved {
    /// The visits that can be imported.
    pub encounters: Vec<Encounter>,
    /// Counts, and what is wrong with the rest.
    pub report: ImportReport,
    announced: Vec<Announced>,
}

/// Imports charges that stand in a kept file. A visit with a bad row is rejected whole, all its rows
/// listed. A file that was imported before gives the same report and imports nothing; one of which
/// nothing was imported may be tried again. Leaves an audit event `charges/import`, or
/// `charges/import-again`.
///
/// A few statements for every 1,000 visits. Imports of one practice wait for each other.
pub async fn import(
    tx: &mut Tx,
    now: DateTime<Utc>,
    file: FileId,
    charges: Charges,
    mode: Mode,
) -> Result<ImportReport> {
    store::lock_imports(tx).await?;
    if let Some(mut report) = store::imported(tx, file).await? {
        report.unknown_columns = charges.unknown_columns;
        tx.audit("charges/import-again", file, Some(file), json!({})).await?;
        return Ok(report);
    }
    let Resolved { encounters, mut report, announced } = resolve(tx, file, charges, mode).await?;
    if !encounters.is_empty() {
        store::insert(tx, &report, &encounters).await?;
    }
    if !announced.is_empty() {
        report.announced = missed::announce(tx, now, file, &announced).await?;
    }
    let counts = json!({ "visits": report.visits, "lines": report.lines, "charged": report.charged,
        "rows_rejected": report.rows_rejected });
    tx.audit("charges/import", file, Some(file), counts).await?;
    Ok(report)
}

/// What [`import()`] would do in [`Mode::KeepGoodRows`]; reads only.
pub async fn dry_run(tx: &mut Tx, file: FileId, charges: Charges) -> Result<Resolved> {
    if let Some(mut report) = store::imported(tx, file).await? {
        report.unknown_columns = charges.unknown_columns;
        report.dry_run = true;
        return Ok(Resolved { encounters: vec![], report, announced: vec![] });
    }
    resolve(tx, file, charges, Mode::DryRun).await
}

/// Refuses visits whose source says that somebody insures the patient, when no coverage is registered
/// for the day: they would become the patient's own debt.
async fn refuse_unknown_insurance(
    tx: &mut Tx,
    visits: &mut [Visit],
    encounters: &mut Vec<Encounter>,
) -> Result<()> {
    let said: HashMap<String, Problem> =
        visits.iter().filter_map(|visit| Some((visit.number.clone(), visit.insured.clone()?))).collect();
    if said.is_empty() {
        return Ok(());
    }
    let days: Vec<_> = encounters.iter().map(|visit| (visit.patient, visit.service_on)).collect();
    let in_force = coverages::in_force(tx, &days).await?;
    let mut unknown: HashSet<String> = HashSet::new();
    for (encounter, coverages) in encounters.iter().zip(in_force) {
        let number = encounter.visit_number.expose();
        if coverages.is_empty() && said.contains_key(number) {
            unknown.insert(number.clone());
        }
    }
    encounters.retain(|encounter| !unknown.contains(encounter.visit_number.expose()));
    for visit in visits.iter_mut().filter(|visit| unknown.contains(&visit.number)) {
        let reason = "names an insurance, and none of the patient's is registered for the day".to_owned();
        visit.problems.extend(visit.insured.clone().map(|place| Problem { reason, ..place }));
    }
    Ok(())
}

/// A visit that somebody is still entering: as far as it can be told, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Unfinished {
    /// None while a patient, a billing provider or every line is missing.
    pub encounter: Option<Encounter>,
    /// Of each line of the encounter, its place among those that were stated.
    pub stated_at: Vec<usize>,
    /// What is wrong, and where.
    pub problems: Vec<Problem>,
}

/// Looks at a visit that somebody is still entering; reads only.
pub async fn look_at_unfinished(tx: &mut Tx, visit: &VisitDocument) -> Result<Unfinished> {
    let usual = usual(tx).await?;
    let Charges { mut visits, problems, .. } = document::unfinished(visit, &usual);
    let parties = Parties::find(tx, &visits).await?;
    let charged_before = store::charged_before(tx, &good_numbers(&visits)).await?;
    let mut seen = Unfinished { problems, ..Unfinished::default() };
    if let Some(visit) = visits.first_mut() {
        if charged_before.contains(&visit.number) {
            visit.refuse("visit_number", "was charged before");
        }
        seen.encounter = parties.encounter(FileId::new(), visit);
        seen.stated_at.clone_from(&visit.stated_at);
        seen.problems.append(&mut visit.problems);
    }
    Ok(seen)
}

/// What the practice's messages need not say.
pub async fn usual(tx: &mut Tx) -> Result<Usual> {
    let billing = providers::billing(tx).await?;
    let only = if let [only] = &billing[..] { Some(only.npi.as_str().to_owned()) } else { None };
    Ok(Usual { billing_npi: only })
}

/// The visits that charges come to, and what is wrong with the others: reads only.
async fn resolve(tx: &mut Tx, file: FileId, charges: Charges, mode: Mode) -> Result<Resolved> {
    let mut visits = charges.visits;
    let parties = Parties::find(tx, &visits).await?;
    let charged_before = store::charged_before(tx, &good_numbers(&visits)).await?;
    let (mut encounters, mut announced) = (vec![], vec![]);
    for visit in &mut visits {
        if visit.is_announced() {
            announced.extend(parties.announced(visit));
            continue;
        }
        if charged_before.contains(&visit.number) {
            visit.refuse("visit_number", "was charged before, in another file");
        }
        let encounter = parties.encounter(file, visit);
        encounters.extend(encounter.filter(|_| visit.problems.is_empty()));
    }
    refuse_unknown_insurance(tx, &mut visits, &mut encounters).await?;
    let mut problems = charges.problems;
    problems.extend(listed(&visits, charges.by_row));
    problems.sort_by_key(|problem| problem.row);
    if mode == Mode::AllOrNothing && !problems.is_empty() {
        encounters.clear();
        announced.clear();
    }
    let rejected: HashSet<i32> = problems.iter().map(|problem| problem.row).collect();
    let report = ImportReport {
        file,
        already_imported: false,
        dry_run: mode == Mode::DryRun,
        visits: encounters.len(),
        lines: encounters.iter().map(|visit| visit.lines.len()).sum(),
        charged: encounters.iter().map(|visit| visit.charged).sum(),
        rows_rejected: rejected.len(),
        announced: announced.len(),
        problems,
        unknown_columns: charges.unknown_columns,
        encounters: encounters.iter().map(|visit| visit.id).collect(),
    };
    Ok(Resolved { encounters, report, announced })
}

fn good_numbers(visits: &[Visit]) -> Vec<&str> {
    visits.iter().filter(|visit| visit.problems.is_empty()).map(|visit| visit.number.as_str()).collect()
}

/// Every problem; the good rows of a bad visit point to a bad one, where it is rows that are taken.
fn listed(visits: &[Visit], by_row: bool) -> Vec<Problem> {
    let mut problems = vec![];
    for visit in visits {
        let Some(first) = visit.problems.first() else { continue };
        problems.extend(visit.problems.iter().cloned());
        if !by_row {
            continue;
        }
        let good = visit.rows.iter().filter(|row| visit.problems.iter().all(|problem| problem.row != **row));
        problems.extend(good.map(|row| Problem {
            row: *row,
            column: None,
            reason: format!("row {} of the same visit is wrong", first.row),
        }));
    }
    problems
}

/// Who the visits of a file name.
struct Parties {
    patients: HashMap<String, PatientId>,
    providers: HashMap<Npi, Provider>,
}

impl Parties {
    async fn find(tx: &mut Tx, visits: &[Visit]) -> Result<Parties> {
        let named = |column: Column| {
            let texts: HashSet<&str> = visits.iter().filter_map(|visit| visit.field(column)).collect();
            texts
        };
        let accounts: Vec<&str> = named("patient_account").into_iter().collect();
        let npis: HashSet<Npi> = ["billing_npi", "rendering_npi", "referring_npi"]
            .into_iter()
            .flat_map(named)
            .filter_map(|text| text.parse().ok())
            .collect();
        let patients = patients::by_account_number(tx, &accounts).await?;
        let providers = providers::by_npi(tx, &npis.into_iter().collect::<Vec<_>>()).await?;
        Ok(Parties {
            patients: patients.into_iter().map(|one| (one.account_number.into_inner(), one.id)).collect(),
            providers: providers.into_iter().map(|one| (one.npi.clone(), one)).collect(),
        })
    }

    /// A visit that is only announced, unless something is wrong with it: then it says what.
    fn announced(&self, visit: &mut Visit) -> Option<Announced> {
        let patient = visit.field("patient_account").and_then(|account| self.patients.get(account)).copied();
        if patient.is_none() && visit.field("patient_account").is_some() {
            visit.refuse("patient_account", "is no registered patient's");
        }
        let provider = self.provider(visit, "rendering_npi").map(|provider| provider.id);
        if !visit.problems.is_empty() {
            return None;
        }
        Some(Announced { number: visit.number.clone(), patient: patient?, provider, on: visit.announced_on? })
    }

    /// The visit with the parties it names, as far as it can be told; it says what is wrong with them.
    fn encounter(&self, file: FileId, visit: &mut Visit) -> Option<Encounter> {
        let patient = visit.field("patient_account").and_then(|account| self.patients.get(account)).copied();
        if patient.is_none() && visit.field("patient_account").is_some() {
            visit.refuse("patient_account", "is no registered patient's");
        }
        let billing = self.provider(visit, "billing_npi");
        if billing.is_some_and(|provider| provider.billing.is_none()) {
            visit.refuse("billing_npi", "is a provider's that does not bill");
        }
        let rendering = self.provider(visit, "rendering_npi");
        let referring = self.provider(visit, "referring_npi");
        let text = |column: Column| visit.field(column).map(str::to_owned);
        Some(Encounter {
            id: EncounterId::new(),
            visit_number: Phi::new(visit.number.clone()),
            patient: patient?,
            billing: billing?.id,
            rendering: rendering.map(|provider| provider.id),
            referring: referring.map(|provider| provider.id),
            place_of_service: visit.field("place_of_service")?.into(),
            service_on: visit.lines.iter().map(|line| line.from).min()?,
            diagnoses: visit.diagnoses.iter().map(|code| code.as_str().into()).collect(),
            prior_authorization: text("prior_authorization"),
            referral_number: text("referral_number"),
            accident_on: visit.accident_on,
            related_cause: text("related_cause"),
            circumstances: visit.circumstances.clone(),
            charged: visit.lines.iter().map(|line| line.charged).sum(),
            file,
            first_row: *visit.rows.first()?,
            last_row: *visit.rows.last()?,
            lines: visit.lines.clone(),
        })
    }

    fn provider(&self, visit: &mut Visit, column: Column) -> Option<&Provider> {
        match visit.field(column)?.parse::<Npi>() {
            Err(_) => visit.refuse(column, "is not an NPI"),
            Ok(npi) => match self.providers.get(&npi) {
                None => visit.refuse(column, "is no registered provider's"),
                found => return found,
            },
        }
        None
    }
}
