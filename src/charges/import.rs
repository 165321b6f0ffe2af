//! From a charge file to visits.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::charges::csv::{self, Problem, Visit};
use crate::charges::{Encounter, store};
use crate::db::Tx;
use crate::registry::{Provider, patients, providers};
use crate::types::{EncounterId, FileId, Money, Npi, PatientId, Phi, Result};

/// What to do with the good visits of a file that has bad ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Import them.
    KeepGoodRows,
    /// Import nothing.
    AllOrNothing,
}

/// What came of a charge file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportReport {
    /// The file.
    pub file: FileId,
    /// The file had been imported before: this is the report of that time, and nothing was imported
    /// now.
    pub already_imported: bool,
    /// Visits imported.
    pub visits: usize,
    /// Charge lines imported.
    pub lines: usize,
    /// The sum of their charges.
    pub charged: Money,
    /// Rows that were not imported because they, or other rows of their visit, are wrong. Each is
    /// among the problems.
    pub rows_rejected: usize,
    /// Every problem, by row.
    pub problems: Vec<Problem>,
    /// Columns that were read over.
    pub unknown_columns: Vec<String>,
    /// The visits imported now, in the order of the file.
    #[serde(skip)]
    pub encounters: Vec<EncounterId>,
}

impl ImportReport {
    /// True when no row was rejected.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Imports a kept charge file. A visit with a bad row is rejected whole, all its rows listed. A
/// file that was imported before gives the same report and imports nothing; one of which nothing
/// was imported may be tried again. Leaves an audit event `charges/import`, or
/// `charges/import-again`.
///
/// A few statements for every 1,000 visits. Imports of one practice wait for each other.
///
/// # Errors
/// `charges/empty`, `charges/not-utf8`, `charges/heading`: the file is no charge file at all.
pub async fn import(tx: &mut Tx, file: FileId, bytes: &[u8], mode: Mode) -> Result<ImportReport> {
    let sheet = csv::read(bytes)?;
    store::lock_imports(tx).await?;
    if let Some(mut report) = store::imported(tx, file).await? {
        report.unknown_columns = sheet.unknown_columns;
        tx.audit("charges/import-again", file, Some(file), json!({})).await?;
        return Ok(report);
    }
    let mut visits = sheet.visits;
    let parties = Parties::find(tx, &visits).await?;
    let charged_before = store::charged_before(tx, &good_numbers(&visits)).await?;
    let mut encounters = vec![];
    for visit in &mut visits {
        if charged_before.contains(&visit.number) {
            visit.refuse("visit_number", "was charged before, in another file");
        }
        encounters.extend(parties.encounter(file, visit));
    }
    let problems = listed(&visits);
    if mode == Mode::AllOrNothing && !problems.is_empty() {
        encounters.clear();
    }
    let rejected: HashSet<i32> = problems.iter().map(|problem| problem.row).collect();
    let report = ImportReport {
        file,
        already_imported: false,
        visits: encounters.len(),
        lines: encounters.iter().map(|visit| visit.lines.len()).sum(),
        charged: encounters.iter().map(|visit| visit.charged).sum(),
        rows_rejected: rejected.len(),
        problems,
        unknown_columns: sheet.unknown_columns,
        encounters: encounters.iter().map(|visit| visit.id).collect(),
    };
    if !encounters.is_empty() {
        store::insert(tx, &report, &encounters).await?;
    }
    let counts = json!({ "visits": report.visits, "lines": report.lines, "charged": report.charged,
        "rows_rejected": report.rows_rejected });
    tx.audit("charges/import", file, Some(file), counts).await?;
    Ok(report)
}

fn good_numbers(visits: &[Visit]) -> Vec<&str> {
    visits.iter().filter(|visit| visit.problems.is_empty()).map(|visit| visit.number.as_str()).collect()
}

/// Every problem by row; the good rows of a bad visit point to a bad one.
fn listed(visits: &[Visit]) -> Vec<Problem> {
    let mut problems = vec![];
    for visit in visits {
        let Some(first) = visit.problems.first() else { continue };
        problems.extend(visit.problems.iter().cloned());
        let good = visit.rows.iter().filter(|row| visit.problems.iter().all(|problem| problem.row != **row));
        problems.extend(good.map(|row| Problem {
            row: *row,
            column: None,
            reason: format!("row {} of the same visit is wrong", first.row),
        }));
    }
    problems.sort_by_key(|problem| problem.row);
    problems
}

/// Who the visits of a file name.
struct Parties {
    patients: HashMap<String, PatientId>,
    providers: HashMap<Npi, Provider>,
}

impl Parties {
    async fn find(tx: &mut Tx, visits: &[Visit]) -> Result<Parties> {
        let named = |column: &str| {
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

    /// The visit with the parties it names, unless something is wrong with it: then it says what.
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
        if !visit.problems.is_empty() {
            return None;
        }
        let text = |column: &str| visit.field(column).map(str::to_owned);
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

    fn provider(&self, visit: &mut Visit, column: &str) -> Option<&Provider> {
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
