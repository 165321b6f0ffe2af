//! The lists that have editions of their own.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::types::CodeTable;

/// A list that is imported and replaced as a whole, edition by edition. A [`CodeTable`] may be made
/// of two of them: modifiers are CMS's and the AMA's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// ICD-10-CM diagnoses with their headings.
    Icd10cm,
    /// The ICD-10-CM tabular list: notes and seventh characters.
    Icd10cmTabular,
    /// HCPCS Level II.
    Hcpcs,
    /// Modifiers of HCPCS Level II.
    HcpcsModifier,
    /// CPT.
    Cpt,
    /// CPT's modifiers.
    CptModifier,
    /// Place of service.
    Pos,
    /// Claim adjustment reason codes.
    Carc,
    /// Remittance advice remark codes.
    Rarc,
    /// Provider taxonomy.
    Taxonomy,
    /// Relative values and payment indicators of the Medicare physician fee schedule.
    FeeSchedule,
    /// NCCI procedure pairs for practitioners.
    PtpPractitioner,
    /// NCCI procedure pairs for outpatient hospitals.
    PtpHospital,
    /// NCCI unit limits for practitioners.
    MuePractitioner,
    /// NCCI unit limits for outpatient hospitals.
    MueHospital,
    /// NCCI unit limits for suppliers of equipment.
    MueSupplier,
    /// What the Medicare Code Editor says of diagnoses.
    Mce,
    /// At which ages the editor expects the diagnoses of its age groups.
    MceAges,
}

/// No such list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no list of that name")]
pub struct NoSuchList;

impl List {
    /// Every list, with the name that it has on the command line and in the database.
    pub const NAMES: [(List, &'static str); 18] = [
        (List::Icd10cm, "icd10cm"),
        (List::Icd10cmTabular, "icd10cm-tabular"),
        (List::Hcpcs, "hcpcs"),
        (List::HcpcsModifier, "hcpcs-modifier"),
        (List::Cpt, "cpt"),
        (List::CptModifier, "cpt-modifier"),
        (List::Pos, "pos"),
        (List::Carc, "carc"),
        (List::Rarc, "rarc"),
        (List::Taxonomy, "taxonomy"),
        (List::FeeSchedule, "fee-schedule"),
        (List::PtpPractitioner, "ptp-practitioner"),
        (List::PtpHospital, "ptp-hospital"),
        (List::MuePractitioner, "mue-practitioner"),
        (List::MueHospital, "mue-hospital"),
        (List::MueSupplier, "mue-supplier"),
        (List::Mce, "mce"),
        (List::MceAges, "mce-ages"),
    ];

    /// The name on the command line and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(list, _)| *list == self).map_or("", |(_, name)| name)
    }

    /// The table that its codes are looked up in; none for lists that say something about codes.
    #[must_use]
    pub const fn table(self) -> Option<CodeTable> {
        match self {
            List::Icd10cm => Some(CodeTable::Icd10cm),
            List::Hcpcs => Some(CodeTable::Hcpcs),
            List::HcpcsModifier | List::CptModifier => Some(CodeTable::Modifier),
            List::Cpt => Some(CodeTable::Cpt),
            List::Pos => Some(CodeTable::Pos),
            List::Carc => Some(CodeTable::Carc),
            List::Rarc => Some(CodeTable::Rarc),
            List::Taxonomy => Some(CodeTable::Taxonomy),
            List::Icd10cmTabular
            | List::FeeSchedule
            | List::PtpPractitioner
            | List::PtpHospital
            | List::MuePractitioner
            | List::MueHospital
            | List::MueSupplier
            | List::Mce
            | List::MceAges => None,
        }
    }

    /// The last day on which an edition that begins on `from` is known to be whole: the day before
    /// its publisher may add or end codes; none where there is no such day.
    #[must_use]
    pub fn whole_to(self, from: NaiveDate) -> Option<NaiveDate> {
        let months = match self {
            // 1 October and 1 April; the editor is renewed with the diagnoses.
            List::Icd10cm | List::Icd10cmTabular | List::Taxonomy | List::Mce | List::MceAges => {
                6 - (from.month() + 2) % 6
            }
            List::Hcpcs
            | List::HcpcsModifier
            | List::FeeSchedule
            | List::PtpPractitioner
            | List::PtpHospital
            | List::MuePractitioner
            | List::MueHospital
            | List::MueSupplier => 3 - (from.month() - 1) % 3,
            List::Cpt | List::CptModifier => 13 - from.month(),
            // March, July and November.
            List::Carc | List::Rarc => 4 - (from.month() + 1) % 4,
            List::Pos => return None,
        };
        from.with_day(1)?.checked_add_months(Months::new(months))?.checked_sub_days(Days::new(1))
    }

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            List::Icd10cm => "ICD-10-CM",
            List::Icd10cmTabular => "ICD-10-CM tabular list",
            List::Hcpcs => "HCPCS Level II",
            List::HcpcsModifier => "HCPCS Level II modifiers",
            List::Cpt => "CPT",
            List::CptModifier => "CPT modifiers",
            List::Pos => "CMS place of service code set",
            List::Carc => "CARC (X12 list 139)",
            List::Rarc => "RARC (X12 list 411)",
            List::Taxonomy => "NUCC taxonomy",
            List::FeeSchedule => "Medicare physician fee schedule",
            List::PtpPractitioner => "NCCI practitioner PTP edits",
            List::PtpHospital => "NCCI outpatient hospital PTP edits",
            List::MuePractitioner => "NCCI practitioner MUE",
            List::MueHospital => "NCCI outpatient hospital MUE",
            List::MueSupplier => "NCCI DME supplier MUE",
            List::Mce => "Medicare Code Editor",
            List::MceAges => "Medicare Code Editor, ages",
        }
    }

    /// What an edition that begins on `from` is called.
    #[must_use]
    pub fn edition_name(self, from: NaiveDate) -> String {
        let (label, month) = (self.label(), from.format("%B %Y"));
        match self {
            List::Icd10cm | List::Icd10cmTabular if from.month() >= 10 => {
                format!("{label} FY{}", from.year() + 1)
            }
            List::Icd10cm | List::Icd10cmTabular => format!("{label} FY{}, {month} update", from.year()),
            List::Cpt | List::CptModifier => format!("{label} {}", from.year()),
            _ => format!("{label} {month}"),
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
impl FromStr for List {
    type Err = NoSuchList;
    fn from_str(text: &str) -> Result<List, NoSuchList> {
        Self::NAMES.iter().find(|(_, name)| *name == text).map(|(list, _)| *list).ok_or(NoSuchList)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(list: List, from: &str, name: &str, whole_to: Option<&str>) {
        let from = from.parse().unwrap();
        assert_eq!(list.edition_name(from), name);
        assert_eq!(list.whole_to(from), whole_to.map(|day| day.parse().unwrap()), "{name}");
    }

    #[test]
    fn an_edition_is_whole_until_its_publisher_may_change_it() {
        check(List::Icd10cm, "2026-10-01", "ICD-10-CM FY2027", Some("2027-03-31"));
        check(List::Icd10cm, "2026-04-01", "ICD-10-CM FY2026, April 2026 update", Some("2026-09-30"));
        check(List::Hcpcs, "2026-10-01", "HCPCS Level II October 2026", Some("2026-12-31"));
        check(
            List::PtpPractitioner,
            "2026-08-01",
            "NCCI practitioner PTP edits August 2026",
            Some("2026-09-30"),
        );
        check(List::Cpt, "2026-01-01", "CPT 2026", Some("2026-12-31"));
        check(List::Taxonomy, "2025-10-01", "NUCC taxonomy October 2025", Some("2026-03-31"));
        check(List::Carc, "2026-07-01", "CARC (X12 list 139) July 2026", Some("2026-10-31"));
        check(List::Carc, "2026-11-01", "CARC (X12 list 139) November 2026", Some("2027-02-28"));
        check(List::Mce, "2027-04-01", "Medicare Code Editor April 2027", Some("2027-09-30"));
        check(List::Pos, "2026-05-01", "CMS place of service code set May 2026", None);
    }
}
