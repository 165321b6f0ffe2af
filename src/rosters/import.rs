//! From a roster to the registry.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::charges::{Mode, Problem};
use crate::db::Tx;
use crate::registry::written::{
    Faults, Insured, Written, WrittenCoverage, WrittenPatient, WrittenPayer, WrittenProvider,
};
use crate::registry::{Change, Coverage, Kept, Patient, Payer, coverages, patients, payers, providers};
use crate::rosters::Roster;
use crate::rosters::columns::{self, RANKS};
use crate::rosters::rows::{self, Row, Sheet};
use crate::types::{Error, FileId, PatientId, Result};

/// Problems that are told one by one; the others are counted.
const PROBLEMS_MAX: usize = 1_000;

/// How a roster is imported.
#[derive(Clone, Debug)]
pub struct Options {
    /// What to do with the good rows of a file that has bad ones.
    pub mode: Mode,
    /// The practice's day: nobody is born after it.
    pub today: NaiveDate,
    /// The first day in force of a coverage that says none.
    pub coverage_from: Option<NaiveDate>,
}

/// How many of something became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RosterCounts)]
pub struct Counts {
    /// Were not there.
    pub added: usize,
    /// Were there, and are brought up to date.
    pub changed: usize,
    /// Are as they were.
    pub unchanged: usize,
}

impl Counts {
    fn of<I>(kept: &[Kept<I>]) -> Counts {
        let mut counts = Counts::default();
        for one in kept {
            match one.change {
                Change::Added => counts.added += 1,
                Change::Changed(_) => counts.changed += 1,
                Change::Unchanged => counts.unchanged += 1,
            }
        }
        counts
    }
}

/// What came of a roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RosterReport {
    /// The file.
    pub file: FileId,
    /// What it lists.
    pub roster: Roster,
    /// Nothing was imported: the counts are what would be.
    pub dry_run: bool,
    /// Rows with anything in them.
    pub rows_read: usize,
    /// Patients, providers or payers.
    #[serde(flatten)]
    pub counts: Counts,
    /// The patients' coverages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverages: Option<Counts>,
    /// Rows that were not taken because they, or other rows of their patient, are wrong.
    pub rows_rejected: usize,
    /// Why, by row: the first thousand.
    pub problems: Vec<Problem>,
    /// Columns that were read over.
    pub unknown_columns: Vec<String>,
}

impl RosterReport {
    /// True when no row was rejected.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.rows_rejected == 0
    }
}

/// Reads a roster, CSV or XLSX. `said` names headings that are not guessed: our column, their heading.
/// Rows may be bad; the heading may not.
///
/// # Errors
/// `rosters/unreadable`: the file is no sheet; `rosters/heading`: a column is missing.
pub fn read(roster: Roster, bytes: &[u8], said: &[(String, String)]) -> std::result::Result<Sheet, Error> {
    rows::read(roster, bytes, said)
}

/// Imports a roster that stands in a kept file. Leaves an audit event `rosters/import`, and one for each
/// that was changed; a dry run only reads.
pub async fn import(tx: &mut Tx, file: FileId, sheet: Sheet, options: &Options) -> Result<RosterReport> {
    let mut report = RosterReport {
        file,
        roster: sheet.roster,
        dry_run: options.mode == Mode::DryRun,
        rows_read: sheet.rows.len(),
        counts: Counts::default(),
        coverages: None,
        rows_rejected: 0,
        problems: vec![],
        unknown_columns: sheet.unknown_columns,
    };
    let source = (options.mode != Mode::DryRun).then_some(file);
    match sheet.roster {
        Roster::Patients => {
            let known = payers::list(tx).await?;
            let people = people(&sheet.rows, &known, options);
            let good = good(people, options.mode, &mut report);
            report.coverages = Some(keep_people(tx, source, good, &mut report).await?);
        }
        Roster::Providers => {
            let read = |row: &Row| WrittenProvider::from_texts(row.fields(Some)).read();
            let good =
                good(rows_as(&sheet.rows, read, |one| one.npi.clone(), "npi"), options.mode, &mut report);
            let kept = match source {
                Some(file) => providers::keep(tx, Some(file), &good).await?,
                None => providers::compare(tx, &good).await?,
            };
            report.counts = Counts::of(&kept);
        }
        Roster::Payers => {
            let read = |row: &Row| WrittenPayer::from_texts(row.fields(Some)).read();
            let number = |one: &Payer| one.identifier.clone();
            let good = good(rows_as(&sheet.rows, read, number, "identifier"), options.mode, &mut report);
            let kept = match source {
                Some(file) => payers::keep(tx, Some(file), &good).await?,
                None => payers::compare(tx, &good).await?,
            };
            report.counts = Counts::of(&kept);
        }
    }
    if source.is_some() {
        let counts = json!({ "roster": report.roster, "counts": report.counts, "coverages": report.coverages,
            "rows_rejected": report.rows_rejected });
        tx.audit("rosters/import", file, Some(file), counts).await?;
    }
    Ok(report)
}

/// Something that rows of a file say, or what is wrong with them.
struct Read<T> {
    rows: Vec<i32>,
    read: std::result::Result<T, Vec<Problem>>,
}

/// What may be kept; the report learns of the rest.
fn good<T>(all: Vec<Read<T>>, mode: Mode, report: &mut RosterReport) -> Vec<T> {
    let (mut good, mut rejected) = (vec![], HashSet::new());
    for one in all {
        match one.read {
            Ok(value) => good.push(value),
            Err(problems) => {
                rejected.extend(one.rows);
                report.problems.extend(problems);
            }
        }
    }
    if mode == Mode::AllOrNothing && !rejected.is_empty() {
        good.clear();
    }
    report.rows_rejected = rejected.len();
    report.problems.sort_by_key(|problem| problem.row);
    report.problems.truncate(PROBLEMS_MAX);
    good
}

fn problems(row: i32, prefix: &str, Faults(faults): Faults) -> impl Iterator<Item = Problem> {
    faults.into_iter().map(move |fault| Problem::new(row, format!("{prefix}{}", fault.field), fault.reason))
}

/// Rows that each say one thing; a number that stands twice is refused the second time.
fn rows_as<T, K: Eq + Hash>(
    rows: &[Row],
    read: impl Fn(&Row) -> std::result::Result<T, Faults>,
    key: impl Fn(&T) -> K,
    key_column: &str,
) -> Vec<Read<T>> {
    let mut seen: HashMap<K, i32> = HashMap::new();
    let one = |row: &Row| {
        let mut wrong = row.problems.clone();
        let value = match read(row) {
            Ok(value) => Some(value),
            Err(faults) => {
                let named = problems(row.number, "", faults);
                wrong.extend(named.filter(|new| row.problems.iter().all(|old| old.column != new.column)));
                None
            }
        };
        if let Some(value) = &value
            && let Some(first) = seen.get(&key(value))
        {
            wrong.push(Problem::new(row.number, key_column, format!("stands in row {first}, too")));
        }
        let read = match value {
            Some(value) if wrong.is_empty() => {
                seen.insert(key(&value), row.number);
                Ok(value)
            }
            _ => Err(wrong),
        };
        Read { rows: vec![row.number], read }
    };
    rows.iter().map(one).collect()
}

/// A patient with the coverages that the patient's rows say.
struct Person {
    patient: Patient,
    coverages: Vec<Coverage>,
}

/// Rows with the same account number are one patient; one without is a patient of its own.
fn people(rows: &[Row], payers: &[Payer], options: &Options) -> Vec<Read<Person>> {
    let mut order: Vec<Vec<&Row>> = vec![];
    let mut by_account: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        let account = row.fields(|column| (column == "account_number").then_some(column)).first().copied();
        match account.and_then(|(_, account)| by_account.get(account).copied()) {
            Some(place) => order[place].push(row),
            None => {
                if let Some((_, account)) = account {
                    by_account.insert(account, order.len());
                }
                order.push(vec![row]);
            }
        }
    }
    order.into_iter().map(|rows| person(&rows, payers, options)).collect()
}

fn person(rows: &[&Row], payers: &[Payer], options: &Options) -> Read<Person> {
    let first = rows[0];
    let mut wrong: Vec<Problem> = rows.iter().flat_map(|row| row.problems.clone()).collect();
    let own = |column| columns::of_coverage(column).is_none().then_some(column);
    let said = first.fields(own);
    for row in &rows[1..] {
        for (column, text) in row.fields(own) {
            if said.iter().any(|(known, before)| *known == column && *before != text) {
                let reason = format!("differs from row {} of the same patient", first.number);
                wrong.push(Problem::new(row.number, column, reason));
            }
        }
    }
    let patient = WrittenPatient::from_texts(said).read(options.today);
    let mut coverages = vec![];
    match &patient {
        Err(faults) => {
            let named = problems(first.number, "", faults.clone());
            wrong.extend(named.filter(|new| first.problems.iter().all(|old| old.column != new.column)));
        }
        Ok(patient) => {
            let of = Insured { valid_from: options.coverage_from, ..Insured::of(patient, payers) };
            let mut places = HashSet::new();
            for row in rows {
                for (rank, (prefix, ..)) in RANKS.iter().enumerate() {
                    match coverage(row, rank, of) {
                        None => {}
                        Some(Ok(one)) if !places.insert((one.rank, one.valid_from)) => {
                            let reason =
                                "is the same as another coverage's of the patient, from the same day on";
                            let column = if rank == 0 { "rank".to_owned() } else { format!("{prefix}payer") };
                            wrong.push(Problem::new(row.number, column, reason));
                        }
                        Some(Ok(one)) => coverages.push(one),
                        Some(Err(faults)) => wrong.extend(problems(row.number, prefix, faults)),
                    }
                }
            }
        }
    }
    let numbers: Vec<i32> = rows.iter().map(|row| row.number).collect();
    let read = match patient {
        Ok(patient) if wrong.is_empty() => Ok(Person { patient, coverages }),
        _ => {
            let worst = wrong.first().map_or(first.number, |problem| problem.row);
            let fine = numbers.iter().filter(|row| wrong.iter().all(|problem| problem.row != **row));
            let beside: Vec<Problem> = fine
                .map(|row| {
                    let reason = format!("row {worst} of the same patient is wrong");
                    Problem { row: *row, column: None, reason }
                })
                .collect();
            wrong.extend(beside);
            Err(wrong)
        }
    };
    Read { rows: numbers, read }
}

/// What a row says of the patient's coverage of a rank; none where it says nothing, or only dates, a rank
/// or a relationship, which columns that are filled for everybody do.
fn coverage(row: &Row, rank: usize, of: Insured<'_>) -> Option<std::result::Result<Coverage, Faults>> {
    let said = row.fields(|column| {
        columns::of_coverage(column).filter(|(found, _)| *found == rank).map(|(_, field)| field)
    });
    if !said.iter().any(|(field, _)| matches!(*field, "payer" | "member_id")) {
        return None;
    }
    let mut written = WrittenCoverage::from_texts(said);
    if rank > 0 {
        written.rank = (rank + 1).to_string();
    }
    Some(written.read(of))
}

/// Keeps patients, and their coverages under the ids that the patients have.
async fn keep_people(
    tx: &mut Tx,
    source: Option<FileId>,
    people: Vec<Person>,
    report: &mut RosterReport,
) -> Result<Counts> {
    let (patients, insured): (Vec<Patient>, Vec<Vec<Coverage>>) =
        people.into_iter().map(|one| (one.patient, one.coverages)).unzip();
    let kept = match source {
        Some(file) => patients::keep(tx, Some(file), &patients).await?,
        None => patients::compare(tx, &patients).await?,
    };
    report.counts = Counts::of(&kept);
    let with_id = |(kept, insured): (&Kept<PatientId>, Vec<Coverage>)| {
        let patient = kept.id;
        insured.into_iter().map(move |one| Coverage { patient, ..one })
    };
    let new: Vec<Coverage> = kept.iter().zip(insured).flat_map(with_id).collect();
    let kept = match source {
        Some(file) => coverages::keep(tx, Some(file), &new).await?,
        None => coverages::compare(tx, &new).await?,
    };
    Ok(Counts::of(&kept))
}
