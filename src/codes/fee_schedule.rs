//! What the Medicare physician fee schedule says about how a procedure may be billed. What ships is a
//! sample of July 2024 (RVU24C): indicators only, no descriptors.

use chrono::NaiveDate;

use super::list::List;
use super::rows::Table;
use super::shipped::file;
use super::{Codes, Imported};

/// The payment policy indicators of a procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeIndicators {
    /// How long care after the procedure is part of it.
    pub global: GlobalPeriod,
    /// Whether it has a professional and a technical part.
    pub parts: ProfessionalTechnical,
    /// Whether it can be done on both sides.
    pub bilateral: Bilateral,
    /// Whether Medicare pays for it by this schedule.
    pub status: MedicareStatus,
    /// Whether an assistant surgeon is paid.
    pub assistant: AssistantSurgeon,
    /// PC/TC `3` (technical part only) and `5` (incident to a physician): in a hospital the
    /// hospital is paid, not the practitioner.
    pub is_the_facilitys: bool,
}

/// STATUS CODE, as far as it says that there is no payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MedicareStatus {
    /// `B`: paid with the services to which it belongs, never by itself.
    Bundled,
    /// `I`: not valid for Medicare, which wants another code.
    NotValid,
    /// `N`: not covered.
    NotCovered,
    /// Any other: paid, priced by the contractor, or paid under another schedule.
    Other,
}

/// ASST SURG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssistantSurgeon {
    /// `0`: paid only when papers show that it was necessary.
    Documented,
    /// `1`: not paid by law.
    NotPaid,
    /// `2`: paid.
    Paid,
    /// `9` or not given: there is nothing to assist.
    NotApplicable,
}

/// GLOB DAYS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlobalPeriod {
    /// `000`, `010`, `090`: days after the procedure whose care is part of it.
    Days(u16),
    /// `ZZZ`: an add-on, part of the procedure with which it is billed.
    AddOn,
    /// `MMM`: maternity.
    Maternity,
    /// `XXX`, `YYY` or not given: no global period, or the contractor sets it.
    None,
}

/// PCTC IND.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfessionalTechnical {
    /// `1`: modifiers 26 and TC split it.
    Split,
    /// `0`, `2`, `3`, `4`, `5`: CMS says that 26 and TC cannot be used.
    Whole,
    /// Any other: the indicator does not decide.
    Undecided,
}

/// BILAT SURG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bilateral {
    /// `1`: modifier 50 is paid at 150%.
    Adjusted,
    /// `2`: the fee already covers both sides.
    Already,
    /// `3`: both sides are paid in full (radiology).
    PaidInFull,
    /// `0`: no adjustment.
    NotAdjusted,
    /// `9` or not given: has no sides.
    NotApplicable,
}

/// The shipped sample.
static INDICATORS: Table = Table::shipped(file!("pfs_indicators_2024q3_demo.tsv"));

impl Codes {
    /// The indicators of a whole procedure on a day; none when the edition does not hold it.
    #[must_use]
    pub fn fee_indicators(&self, procedure: &str, on: NaiveDate) -> Option<FeeIndicators> {
        let imported = self.0.of(List::FeeSchedule, on).and_then(Imported::rows);
        let rows = imported.unwrap_or_else(|| INDICATORS.rows());
        let row = rows.of(procedure).find(|row| row.column(1).is_empty())?;
        let global = match row.column(4) {
            "ZZZ" => GlobalPeriod::AddOn,
            "MMM" => GlobalPeriod::Maternity,
            days => days.parse().map_or(GlobalPeriod::None, GlobalPeriod::Days),
        };
        let parts = match row.column(3) {
            "1" => ProfessionalTechnical::Split,
            "0" | "2" | "3" | "4" | "5" => ProfessionalTechnical::Whole,
            _ => ProfessionalTechnical::Undecided,
        };
        let bilateral = match row.column(6) {
            "0" => Bilateral::NotAdjusted,
            "1" => Bilateral::Adjusted,
            "2" => Bilateral::Already,
            "3" => Bilateral::PaidInFull,
            _ => Bilateral::NotApplicable,
        };
        let status = match row.column(2) {
            "B" => MedicareStatus::Bundled,
            "I" => MedicareStatus::NotValid,
            "N" => MedicareStatus::NotCovered,
            _ => MedicareStatus::Other,
        };
        let assistant = match row.column(7) {
            "0" => AssistantSurgeon::Documented,
            "1" => AssistantSurgeon::NotPaid,
            "2" => AssistantSurgeon::Paid,
            _ => AssistantSurgeon::NotApplicable,
        };
        let is_the_facilitys = matches!(row.column(3), "3" | "5");
        Some(FeeIndicators { global, parts, bilateral, status, assistant, is_the_facilitys })
    }
}
