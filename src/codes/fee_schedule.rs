//! What the Medicare physician fee schedule says about how a procedure may be billed. What ships is a
//! sample of July 2024 (RVU24C): indicators only, no descriptors.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::list::List;
use super::rows::{Row, Table};
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
    /// Whether it is paid less beside a dearer procedure of the same day.
    pub multiple: MultipleProcedure,
    /// Whether Medicare pays for it by this schedule.
    pub status: MedicareStatus,
    /// Whether an assistant surgeon is paid.
    pub assistant: AssistantSurgeon,
    /// Whether two surgeons are paid for it.
    pub co_surgeons: SeveralSurgeons,
    /// Whether a team of surgeons is paid for it.
    pub team: SeveralSurgeons,
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

/// CO-SURG and TEAM SURG, which have the same values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeveralSurgeons {
    /// `0`: not paid.
    NotPaid,
    /// `1`: paid only when papers show that they were necessary.
    Documented,
    /// `2`: paid; two surgeons where their specialties differ.
    Paid,
    /// `9` or not given: it is no operation.
    NotApplicable,
}

impl SeveralSurgeons {
    /// From the indicator.
    #[must_use]
    pub fn from_code(code: &str) -> SeveralSurgeons {
        match code {
            "0" => SeveralSurgeons::NotPaid,
            "1" => SeveralSurgeons::Documented,
            "2" => SeveralSurgeons::Paid,
            _ => SeveralSurgeons::NotApplicable,
        }
    }
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

/// MULT PROC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultipleProcedure {
    /// `1`, `2`, `3`: the procedures of a day are ranked by price, and those after the first reduced (IOM
    /// 100-04, 12, 40.6). `3`, endoscopies of one family, is ranked as `2`: families are not held here.
    Ranked,
    /// `0`, `9` or not given: no reduction. `4` to `7` reduce parts of imaging, therapy and tests by
    /// rules of Medicare alone.
    NotRanked,
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

impl Bilateral {
    /// All of them.
    pub const ALL: [Bilateral; 5] = [
        Bilateral::NotAdjusted,
        Bilateral::Adjusted,
        Bilateral::Already,
        Bilateral::PaidInFull,
        Bilateral::NotApplicable,
    ];

    /// The indicator in CMS's file.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Bilateral::NotAdjusted => "0",
            Bilateral::Adjusted => "1",
            Bilateral::Already => "2",
            Bilateral::PaidInFull => "3",
            Bilateral::NotApplicable => "9",
        }
    }

    /// From the indicator; none when there is no such one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Bilateral> {
        Bilateral::ALL.into_iter().find(|known| known.code() == code)
    }
}

impl MultipleProcedure {
    /// From the indicator.
    #[must_use]
    pub fn from_code(code: &str) -> MultipleProcedure {
        match code {
            "1" | "2" | "3" => MultipleProcedure::Ranked,
            _ => MultipleProcedure::NotRanked,
        }
    }
}

/// The relative value units of a procedure, or of its professional or technical part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelativeValues {
    /// HCPCS.
    pub procedure: String,
    /// MOD: empty for the whole service.
    pub modifier: String,
    /// Work, practice expense outside facilities, malpractice.
    pub nonfacility: Decimal,
    /// Work, practice expense in facilities, malpractice.
    pub facility: Decimal,
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
        let bilateral = Bilateral::from_code(row.column(6)).unwrap_or(Bilateral::NotApplicable);
        let multiple = MultipleProcedure::from_code(row.column(5));
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
        let [co_surgeons, team] = [8, 9].map(|column| SeveralSurgeons::from_code(row.column(column)));
        let is_the_facilitys = matches!(row.column(3), "3" | "5");
        Some(FeeIndicators {
            global,
            parts,
            bilateral,
            multiple,
            status,
            assistant,
            co_surgeons,
            team,
            is_the_facilitys,
        })
    }

    /// Every procedure with relative values, from the imported edition that answers for a day, and the
    /// edition's name; none where no edition does: the shipped sample has indicators only.
    #[must_use]
    pub fn relative_values(&self, on: NaiveDate) -> Option<(&str, Vec<RelativeValues>)> {
        let edition = self.0.of(List::FeeSchedule, on)?;
        let read = |row: Row<'_>| {
            let units = |column| row.column(column).parse::<Decimal>().ok();
            let (work, malpractice) = (units(10)?, units(13)?);
            Some(RelativeValues {
                procedure: row.column(0).to_owned(),
                modifier: row.column(1).to_owned(),
                nonfacility: work + units(11)? + malpractice,
                facility: work + units(12)? + malpractice,
            })
        };
        let all = edition.rows()?.all().filter_map(read);
        let paid = all.filter(|one| !one.nonfacility.is_zero() || !one.facility.is_zero());
        Some((&edition.name, paid.collect()))
    }
}
