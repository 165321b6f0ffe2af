//! Editions of a fee schedule: from a file, or from the Medicare fee schedule's relative values.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::charges::Problem;
use crate::codes::{Codes, MultipleProcedure};
use crate::contracts::rates::{Fee, FeeKey, SiteClass};
use crate::contracts::schedules::{self, NewEdition};
use crate::contracts::sheet::SheetOfFees;
use crate::db::Tx;
use crate::types::{FeeEditionId, FileId, Money, Refusal, Result, Status};

/// How a file is imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// The first day of service for which it answers; none: the earliest that a row names.
    pub effective: Option<NaiveDate>,
    /// The file is a part of the list: what it lacks stays as it was.
    pub amends: bool,
    /// Say what would be imported, and keep nothing.
    pub dry_run: bool,
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FeeScheduleReport)]
pub struct ScheduleReport {
    /// The schedule's name.
    pub schedule: String,
    /// The edition that was made; none after a dry run.
    pub edition: Option<FeeEditionId>,
    /// The file had been imported into this schedule before: this is the report of that time.
    pub already_imported: bool,
    /// Nothing was kept: the counts are what would be.
    pub dry_run: bool,
    /// The first day of service for which it answers.
    pub effective_from: NaiveDate,
    /// Rows of the file.
    pub rows_read: usize,
    /// Prices that the edition before lacks.
    pub added: usize,
    /// Prices that differ from the edition before.
    pub changed: usize,
    /// Prices that are as before.
    pub unchanged: usize,
    /// Prices of the edition before that end.
    pub ended: usize,
    /// Rows that were not taken.
    pub rows_rejected: usize,
    /// Why, by row: the first thousand.
    pub problems: Vec<Problem>,
    /// Columns that were read over.
    pub unknown_columns: Vec<String>,
}

impl ScheduleReport {
    /// True when no row was rejected.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.rows_rejected == 0
    }
}

/// Imports a kept file as an edition of the schedule of this name, which is made with its first one.
/// What the file does not say of a procedure (whether it is ranked, how both sides are paid) is
/// taken from the Medicare fee schedule of the edition's first day. The same file again gives the
/// report of its first time. Leaves an audit event `contracts/import-schedule`.
///
/// Imports of one practice wait for each other.
///
/// # Errors
/// `contracts/schedule-name`, `contracts/no-rows`, `contracts/no-first-day`.
pub async fn import(
    tx: &mut Tx,
    now: DateTime<Utc>,
    codes: &Codes,
    (file, file_name): (FileId, &str),
    name: &str,
    sheet: SheetOfFees,
    options: &ImportOptions,
) -> Result<ScheduleReport> {
    let name = schedules::checked_name(name, "contracts/schedule-name", "the fee schedule's name")?;
    if !options.dry_run {
        schedules::lock(tx).await?;
    }
    if let Some(mut report) = schedules::imported(tx, name, file).await? {
        report.unknown_columns = sheet.unknown_columns;
        report.dry_run = options.dry_run;
        if !options.dry_run {
            tx.audit("contracts/import-again", file, Some(file), json!({})).await?;
        }
        return Ok(report);
    }
    if sheet.fees.is_empty() {
        let what = match sheet.problems.first() {
            Some(first) => {
                format!("no row of the fee schedule can be read; row {}: {}", first.row, first.reason)
            }
            None => "the fee schedule has no rows".to_owned(),
        };
        return Err(Refusal::new("contracts/no-rows", Status::Unreadable, what, "Correct the file").into());
    }
    let effective_from = options.effective.or(sheet.earliest).ok_or_else(|| {
        let what = "neither the file nor you say from when the prices hold";
        Refusal::new("contracts/no-first-day", Status::Invalid, what, "Name the first day of service")
    })?;
    let fees = with_indicators(codes, effective_from, sheet.fees);
    let source = Source {
        file: Some(file),
        conversion_factor: None,
        name: file_name.chars().take(200).collect(),
        rows_read: sheet.rows_read,
        rows_rejected: sheet.rows_rejected,
        problems: sheet.problems,
        unknown_columns: sheet.unknown_columns,
    };
    add_edition(tx, now, name, effective_from, fees, source, options).await
}

/// Makes an edition of the Medicare fee schedule that answers for a day: relative value units times a
/// conversion factor, in dollars a unit, for facilities and elsewhere (42 CFR 414.20, without the
/// geographic adjustment). Leaves an audit event `contracts/import-schedule`.
///
/// # Errors
/// `contracts/no-relative-values` while no edition with them is imported; `contracts/schedule-name`,
/// `contracts/conversion-factor`.
pub async fn import_relative_values(
    tx: &mut Tx,
    now: DateTime<Utc>,
    codes: &Codes,
    name: &str,
    conversion_factor: Decimal,
    options: &ImportOptions,
) -> Result<ScheduleReport> {
    let name = schedules::checked_name(name, "contracts/schedule-name", "the fee schedule's name")?;
    let factor_max = Decimal::from(1_000);
    if !(Decimal::ZERO < conversion_factor
        && conversion_factor <= factor_max
        && conversion_factor.normalize().scale() <= 4)
    {
        let what = "the conversion factor is no amount above 0 and at most 1000 with four decimals";
        return Err(Refusal::new("contracts/conversion-factor", Status::Invalid, what, "Correct it").into());
    }
    if !options.dry_run {
        schedules::lock(tx).await?;
    }
    let effective_from = options.effective.ok_or_else(|| {
        let what = "nobody says from when the prices hold";
        Refusal::new("contracts/no-first-day", Status::Invalid, what, "Name the first day of service")
    })?;
    let (edition, values) = codes.relative_values(effective_from).ok_or_else(|| {
        let what = format!("no Medicare fee schedule with relative values is imported for {effective_from}");
        let next = "Import CMS's PPRRVU file: firstpass codes import";
        Refusal::new("contracts/no-relative-values", Status::Conflict, what, next)
    })?;
    let price = |units: Decimal| {
        let exact = units * conversion_factor;
        Money::try_from(exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    };
    let mut fees = vec![];
    for value in &values {
        for (site, units) in
            [(SiteClass::NonFacility, value.nonfacility), (SiteClass::Facility, value.facility)]
        {
            if units.is_zero() {
                continue;
            }
            let amount = price(units).map_err(anyhow::Error::from)?;
            let (procedure, modifier) = (value.procedure.clone(), value.modifier.clone());
            let key = FeeKey { procedure, modifier, site };
            fees.push(Fee { key, amount, from: None, to: None, ranked: None, bilateral: None });
        }
    }
    let fees = with_indicators(codes, effective_from, fees);
    let source = Source {
        file: None,
        conversion_factor: Some(conversion_factor),
        name: edition.chars().take(200).collect(),
        rows_read: values.len(),
        rows_rejected: 0,
        problems: vec![],
        unknown_columns: vec![],
    };
    add_edition(tx, now, name, effective_from, fees, source, options).await
}

/// Takes an edition back: the one before answers again. Leaves an audit event
/// `contracts/undo-schedule`; one that is undone already stays so.
///
/// # Errors
/// `contracts/edition-not-found`
pub async fn undo(tx: &mut Tx, now: DateTime<Utc>, edition: FeeEditionId) -> Result<()> {
    schedules::lock(tx).await?;
    schedules::undo(tx, now, edition).await?;
    tx.audit("contracts/undo-schedule", edition, None, json!({})).await
}

/// Where an edition comes from.
struct Source {
    file: Option<FileId>,
    conversion_factor: Option<Decimal>,
    name: String,
    rows_read: usize,
    rows_rejected: usize,
    problems: Vec<Problem>,
    unknown_columns: Vec<String>,
}

/// Where nobody said it, the Medicare fee schedule says how a procedure is ranked and has sides.
fn with_indicators(codes: &Codes, on: NaiveDate, mut fees: Vec<Fee>) -> Vec<Fee> {
    for fee in &mut fees {
        if fee.ranked.is_some() && fee.bilateral.is_some() {
            continue;
        }
        if let Some(indicators) = codes.fee_indicators(&fee.key.procedure, on) {
            let ranked = indicators.multiple == MultipleProcedure::Ranked;
            fee.ranked = fee.ranked.or(Some(ranked));
            fee.bilateral = fee.bilateral.or(Some(indicators.bilateral));
        }
    }
    fees
}

/// Holds the new prices against those of before, and keeps them.
async fn add_edition(
    tx: &mut Tx,
    now: DateTime<Utc>,
    name: &str,
    effective_from: NaiveDate,
    mut fees: Vec<Fee>,
    source: Source,
    options: &ImportOptions,
) -> Result<ScheduleReport> {
    let before = schedules::fees_before(tx, name, effective_from).await?;
    let difference = Difference::of(&before, &fees, effective_from, options.amends);
    if options.amends {
        let said: std::collections::HashSet<FeeKey> = fees.iter().map(|fee| fee.key.clone()).collect();
        fees.extend(before.into_iter().filter(|fee| !said.contains(&fee.key)));
    }
    let mut report = ScheduleReport {
        schedule: name.to_owned(),
        edition: None,
        already_imported: false,
        dry_run: options.dry_run,
        effective_from,
        rows_read: source.rows_read,
        added: difference.added,
        changed: difference.changed,
        unchanged: difference.unchanged,
        ended: difference.ended,
        rows_rejected: source.rows_rejected,
        problems: source.problems,
        unknown_columns: source.unknown_columns,
    };
    if options.dry_run {
        return Ok(report);
    }
    let new = NewEdition {
        file: source.file,
        conversion_factor: source.conversion_factor,
        source: &source.name,
        amends: options.amends,
        fees: &fees,
    };
    let edition = schedules::insert_edition(tx, now, &report, &new).await?;
    report.edition = Some(edition);
    let counts = json!({ "added": report.added, "changed": report.changed, "ended": report.ended,
        "rows_rejected": report.rows_rejected, "effective_from": effective_from });
    tx.audit("contracts/import-schedule", edition, source.file, counts).await?;
    Ok(report)
}

/// In what an edition differs from the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Difference {
    added: usize,
    changed: usize,
    unchanged: usize,
    ended: usize,
}

impl Difference {
    fn of(before: &[Fee], after: &[Fee], on: NaiveDate, amends: bool) -> Difference {
        let old: HashMap<&FeeKey, Money> =
            before.iter().filter(|fee| fee.holds_on(on)).map(|fee| (&fee.key, fee.amount)).collect();
        // Of several days' prices of the same, that of the first day is held against the one before.
        let mut new: HashMap<&FeeKey, Money> = HashMap::new();
        for fee in after {
            if fee.holds_on(on) || !new.contains_key(&fee.key) {
                new.insert(&fee.key, fee.amount);
            }
        }
        let mut difference = Difference::default();
        for (key, amount) in &new {
            match old.get(key) {
                None => difference.added += 1,
                Some(known) if known == amount => difference.unchanged += 1,
                Some(_) => difference.changed += 1,
            }
        }
        if !amends {
            difference.ended = old.keys().filter(|key| !new.contains_key(**key)).count();
        }
        difference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fee(procedure: &str, amount: &str) -> Fee {
        Fee {
            key: FeeKey { procedure: procedure.into(), modifier: String::new(), site: SiteClass::Any },
            amount: amount.parse().unwrap(),
            from: None,
            to: None,
            ranked: None,
            bilateral: None,
        }
    }

    #[test]
    fn prices_are_held_against_those_of_before() {
        let before = [fee("99213", "92.00"), fee("99214", "130.00"), fee("20610", "60.00")];
        let after = [fee("99213", "92.00"), fee("99214", "135.00"), fee("29881", "500.00")];
        let day = "2026-07-01".parse().unwrap();
        let whole = Difference { added: 1, changed: 1, unchanged: 1, ended: 1 };
        assert_eq!(Difference::of(&before, &after, day, false), whole);
        assert_eq!(Difference::of(&before, &after, day, true), Difference { ended: 0, ..whole });
    }

    #[test]
    fn the_medicare_fee_schedule_says_what_the_file_does_not() {
        let mut said = fee("20610", "60.00");
        said.ranked = Some(false);
        let fees = vec![fee("20610", "60.00"), said, fee("99999", "1.00")];
        let fees = with_indicators(Codes::shipped(), "2026-01-01".parse().unwrap(), fees);
        assert_eq!(fees.iter().map(|fee| fee.ranked).collect::<Vec<_>>(), [Some(true), Some(false), None]);
        assert_eq!(fees[2].bilateral, None);
    }
}
