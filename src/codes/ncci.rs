//! The National Correct Coding Initiative's practitioner edits: pairs of procedures that are not
//! paid together (PTP), and the units that are believable on a day (MUE). Shipped as samples of
//! one quarter; a practice imports CMS's quarterly files.

use chrono::NaiveDate;

use super::Codes;
use super::rows::{Row, Rows};
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
pub struct PtpEdit {
    /// Whether a modifier can separate the two.
    pub modifier: PtpModifier,
    /// CMS's reason.
    pub rationale: &'static str,
    /// Whether the edit is known to be in force on the day.
    pub certain: bool,
}

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
pub struct UnitLimit {
    /// The most units that are believable.
    pub units: u32,
    /// What the limit is compared with.
    pub indicator: MueIndicator,
    /// CMS's reason.
    pub rationale: &'static str,
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

impl Codes {
    /// The edit between a column 1 and a column 2 procedure on a day, if there is one.
    #[must_use]
    pub fn ptp(self, column_1: &str, column_2: &str, on: NaiveDate) -> Option<PtpEdit> {
        let certain = certainty(on)?;
        let pairs = Rows::of_file(file!("ncci_ptp_practitioner_2024q3_sample.tsv")).of(column_1);
        let in_force = |row: &Row| row.column(1) == column_2 && row.column(2).is_empty();
        let row = { pairs }.find(in_force)?;
        let modifier = match row.column(3) {
            "0" => PtpModifier::NotAllowed,
            "1" => PtpModifier::Allowed,
            // 9: the edit was deleted on the day it began.
            _ => return None,
        };
        Some(PtpEdit { modifier, rationale: row.column(4), certain })
    }

    /// The most units of a procedure that are believable for one patient on a day.
    #[must_use]
    pub fn unit_limit(self, procedure: &str, on: NaiveDate) -> Option<UnitLimit> {
        let certain = certainty(on)?;
        let row = Rows::of_file(file!("ncci_mue_practitioner_2024q3_sample.tsv")).of(procedure).next()?;
        let indicator = match row.column(2) {
            "1" => MueIndicator::Line,
            "2" => MueIndicator::DayByPolicy,
            "3" => MueIndicator::DayClinical,
            _ => return None,
        };
        Some(UnitLimit { units: row.column(1).parse().ok()?, indicator, rationale: row.column(3), certain })
    }
}

/// Whether the sample is certain about a day; none when it says nothing.
fn certainty(on: NaiveDate) -> Option<bool> {
    let (first, last) = NCCI_QUARTER;
    (first <= on).then_some(on <= last)
}
