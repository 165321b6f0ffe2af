//! The National Correct Coding Initiative's practitioner edits: pairs of procedures that are not
//! paid together (PTP), and the units that are believable on a day (MUE). Shipped as samples of
//! one quarter; a practice imports CMS's quarterly files.

use std::sync::LazyLock;

use chrono::NaiveDate;

use super::Codes;
use super::list::List;
use super::pairs::{Beside, Pair, Pairs, PairsBuilder};
use super::rows::{Rows, Table};
use super::shipped::file;

/// The edition of the samples.
pub const NCCI_EDITION: &str = "NCCI practitioner edits (CMS), sample of July 2024";

/// The quarter in which the shipped edits are known to be in force. When an edit began is not in
/// the sample: before the quarter none is applied. After it an edit usually still holds, but only
/// the current file says so.
pub const NCCI_QUARTER: (NaiveDate, NaiveDate) = {
    let first = NaiveDate::from_ymd_opt(2024, 7, 1).expect("a day of the calendar");
    let last = NaiveDate::from_ymd_opt(2024, 9, 30).expect("a day of the calendar");
    (first, last)
};

/// A procedure-to-procedure edit: column 2 is denied when both are billed for one patient, day
/// and provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PtpEdit<'a> {
    /// Whether a modifier can separate the two.
    pub modifier: PtpModifier,
    /// CMS's reason.
    pub rationale: &'a str,
    /// Whether the edit is known to be in force on the day.
    pub certain: bool,
}

/// The edits of one column 1 procedure on a day.
#[derive(Clone, Copy, Debug)]
pub struct PtpBeside<'c> {
    beside: Option<Beside<'c>>,
    certain: bool,
    on: NaiveDate,
}

/// The shipped sample in the form of an imported edition. Its edits have no first day: they hold from
/// the first day of the quarter.
static SAMPLE: LazyLock<Pairs> = LazyLock::new(|| {
    let mut pairs = PairsBuilder::default();
    let rows = Rows::of_file(file!("ncci_ptp_practitioner_2024q3_sample.tsv")).all();
    for row in rows.filter(|row| row.column(2).is_empty()) {
        let modifier = row.column(3).parse().ok();
        let days = (NCCI_QUARTER.0, None);
        // A test holds that every row of the file is a pair.
        let _ = modifier.map(|it| pairs.add(row.key(), row.column(1), days, it, row.column(4)));
    }
    Pairs::read(pairs.build()).expect("what was built is read")
});

/// The shipped sample of unit limits.
static LIMITS: Table = Table::shipped(file!("ncci_mue_practitioner_2024q3_sample.tsv"));

/// The modifier indicator of a PTP edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PtpModifier {
    /// `0`: no modifier separates them.
    NotAllowed,
    /// `1`: an NCCI-associated modifier does, when the record supports it.
    Allowed,
}

/// A medically unlikely edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitLimit<'a> {
    /// The most units that are believable.
    pub units: u32,
    /// What the limit is compared with.
    pub indicator: MueIndicator,
    /// CMS's reason.
    pub rationale: &'a str,
    /// Whether the edit is known to be in force on the day.
    pub certain: bool,
}

/// The MUE adjudication indicator (MAI).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MueIndicator {
    /// `1`: each line by itself.
    Line,
    /// `2`: all lines of the day; a matter of policy, so never more.
    DayByPolicy,
    /// `3`: all lines of the day; clinical, so an appeal may win.
    DayClinical,
}

/// NCCI-associated modifiers, which can separate a pair whose indicator is 1 (NCCI policy manual,
/// chapter I, section E).
pub const SEPARATING_MODIFIERS: [&str; 44] = [
    // anatomic
    "E1", "E2", "E3", "E4", "FA", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "TA", "T1", "T2",
    "T3", "T4", "T5", "T6", "T7", "T8", "T9", "LT", "RT", "LC", "LD", "RC", "LM", "RI",
    // global surgery
    "24", "25", "57", "58", "78", "79", // other
    "27", "59", "91", "XE", "XS", "XP", "XU",
];

/// Whose claims the edits are for: each has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NcciSetting {
    /// Physicians and other practitioners, and ambulatory surgical centers.
    Practitioner,
    /// Outpatient hospitals.
    Hospital,
}

impl Codes {
    /// The practitioners' edit between a column 1 and a column 2 procedure on a day, if there is one.
    #[must_use]
    pub fn ptp(&self, column_1: &str, column_2: &str, on: NaiveDate) -> Option<PtpEdit<'_>> {
        self.ptp_beside(NcciSetting::Practitioner, column_1, on).with(column_2)
    }

    /// The edits of a column 1 procedure on a day. For hospitals none ships.
    #[must_use]
    pub fn ptp_beside(&self, setting: NcciSetting, column_1: &str, on: NaiveDate) -> PtpBeside<'_> {
        let list = match setting {
            NcciSetting::Practitioner => List::PtpPractitioner,
            NcciSetting::Hospital => List::PtpHospital,
        };
        let imported = self.0.of(list, on);
        let (pairs, certain) = match imported.and_then(|edition| Some((edition, edition.pairs()?))) {
            Some((edition, pairs)) => (Some(pairs), edition.is_current_on(on)),
            None => match certainty(on).filter(|_| setting == NcciSetting::Practitioner) {
                Some(certain) => (Some(&*SAMPLE), certain),
                None => (None, false),
            },
        };
        let beside = pairs.map(|pairs| pairs.beside(column_1)).filter(|beside| !beside.is_empty());
        PtpBeside { beside, certain, on }
    }

    /// The most units of a procedure that are believable for one patient on a day, for practitioners.
    #[must_use]
    pub fn unit_limit(&self, procedure: &str, on: NaiveDate) -> Option<UnitLimit<'_>> {
        self.unit_limit_in(NcciSetting::Practitioner, procedure, on)
    }

    /// The most units of a procedure that are believable for one patient on a day. For hospitals none
    /// ships.
    #[must_use]
    pub fn unit_limit_in(
        &self,
        setting: NcciSetting,
        procedure: &str,
        on: NaiveDate,
    ) -> Option<UnitLimit<'_>> {
        let list = match setting {
            NcciSetting::Practitioner => List::MuePractitioner,
            NcciSetting::Hospital => List::MueHospital,
        };
        let (rows, certain) = match self.0.of(list, on) {
            Some(edition) => (edition.rows()?, edition.is_current_on(on)),
            None if setting == NcciSetting::Hospital => return None,
            None => (LIMITS.rows(), certainty(on)?),
        };
        let row = rows.of(procedure).next()?;
        let indicator = match row.column(2) {
            "1" => MueIndicator::Line,
            "2" => MueIndicator::DayByPolicy,
            "3" => MueIndicator::DayClinical,
            _ => return None,
        };
        Some(UnitLimit { units: row.column(1).parse().ok()?, indicator, rationale: row.column(3), certain })
    }
}

impl<'c> PtpBeside<'c> {
    /// Whether there is none at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.beside.is_none()
    }

    /// The edit with a column 2 procedure, if there is one.
    #[must_use]
    pub fn with(&self, column_2: &str) -> Option<PtpEdit<'c>> {
        let in_force = |pair: &Pair<'_>| pair.from <= self.on && pair.to.is_none_or(|to| self.on <= to);
        { self.beside?.of(column_2).filter(in_force) }.find_map(|pair| {
            let modifier = PtpModifier::of(pair.modifier)?;
            Some(PtpEdit { modifier, rationale: pair.rationale, certain: self.certain })
        })
    }
}

impl PtpModifier {
    /// By the indicator; none for 9, an edit that was deleted on the day it began.
    const fn of(indicator: u8) -> Option<PtpModifier> {
        match indicator {
            0 => Some(PtpModifier::NotAllowed),
            1 => Some(PtpModifier::Allowed),
            _ => None,
        }
    }
}

/// Whether the sample is certain about a day; none when it says nothing.
fn certainty(on: NaiveDate) -> Option<bool> {
    let (first, last) = NCCI_QUARTER;
    (first <= on).then_some(on <= last)
}

#[cfg(test)]
mod tests {
    use super::super::shipped::file;
    use super::{Rows, SAMPLE};

    #[test]
    fn every_edit_of_the_sample_that_is_not_deleted_is_one_of_its_pairs() {
        let rows = Rows::of_file(file!("ncci_ptp_practitioner_2024q3_sample.tsv")).all();
        assert_eq!(SAMPLE.len(), rows.filter(|row| row.column(2).is_empty()).count());
    }
}
