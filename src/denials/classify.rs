//! What an unpaid amount is: money that was never due, the patient's share, or a denial of some
//! kind that somebody works.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use crate::types::{Carc, GroupCode, Rarc};

/// What an adjustment (CAS) means to the practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Agreed in the contract or bundled by law; written off, not worked.
    Contractual,
    /// What an earlier payer did, restated by a later one; posts nothing.
    PriorPayer,
    /// Deductible, coinsurance, copay: the patient's, or the next payer's.
    PatientShare,
    /// Worth a person's look.
    Denied(Category),
}

/// The kinds of denial, by what repairs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// The payer does not know the patient, or not on that day.
    Eligibility,
    /// No authorization, or not for this.
    Authorization,
    /// A code that does not fit the patient, the day or the other codes.
    Coding,
    /// Something on the claim is missing or wrong; the remark code says what.
    Billing,
    /// Paid as part of another service.
    Bundling,
    /// Sent twice.
    Duplicate,
    /// Sent too late.
    TimelyFiling,
    /// Not shown to be needed.
    MedicalNecessity,
    /// Another payer comes first.
    CoordinationOfBenefits,
    /// Not this payer's.
    WrongPayer,
    /// The provider is not enrolled or not eligible for it.
    Credentialing,
    /// The plan does not cover it.
    NonCovered,
    /// The plan's limit is used up.
    MaximumReached,
    /// The payer wants papers.
    MissingDocuments,
    /// None of the known reasons.
    Unclassified,
}

/// Category, word in the database, words on a page, and the share of denied dollars that is
/// expected to be recovered as long as the practice has no history of its own.
///
/// The shares are our stated starting point, not a published statistic: denials that a corrected
/// claim repairs are won most often, limits of the plan hardly ever. History replaces them.
const CATEGORIES: [(Category, &str, &str, Decimal); 15] = [
    (Category::Eligibility, "eligibility", "Registration or eligibility", share(45)),
    (Category::Authorization, "authorization", "Authorization", share(40)),
    (Category::Coding, "coding", "Coding", share(60)),
    (Category::Billing, "billing", "Billing error", share(75)),
    (Category::Bundling, "bundling", "Bundling", share(35)),
    (Category::Duplicate, "duplicate", "Duplicate", share(20)),
    (Category::TimelyFiling, "timely_filing", "Timely filing", share(15)),
    (Category::MedicalNecessity, "medical_necessity", "Medical necessity", share(45)),
    (Category::CoordinationOfBenefits, "coordination_of_benefits", "Coordination of benefits", share(65)),
    (Category::WrongPayer, "wrong_payer", "Wrong payer", share(60)),
    (Category::Credentialing, "credentialing", "Credentialing", share(30)),
    (Category::NonCovered, "non_covered", "Non-covered", share(15)),
    (Category::MaximumReached, "maximum_reached", "Maximum reached", share(10)),
    (Category::MissingDocuments, "missing_documents", "Missing documents", share(70)),
    (Category::Unclassified, "unclassified", "Unclassified", share(30)),
];

const fn share(percent: u32) -> Decimal {
    Decimal::from_parts(percent, 0, 0, false, 2)
}

impl Category {
    fn row(self) -> &'static (Category, &'static str, &'static str, Decimal) {
        CATEGORIES.iter().find(|row| row.0 == self).expect("every category has its row: a test counts them")
    }
    /// The word in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().1
    }
    /// The words on a page.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.row().2
    }
    /// The share of denied dollars that is expected back, until history says better.
    #[must_use]
    pub fn prior_overturn_rate(self) -> Decimal {
        self.row().3
    }
}
impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl FromStr for Category {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Category, anyhow::Error> {
        CATEGORIES
            .iter()
            .find(|row| row.1 == text)
            .map(|row| row.0)
            .ok_or_else(|| anyhow::anyhow!("no denial category {text}"))
    }
}

/// What an adjustment means, from its group, reason and the remark codes beside it.
///
/// The group alone does not decide: CO-16 is repaired and sent again, CO-45 never comes back,
/// PR-96 is a denial before it is a bill.
#[must_use]
pub fn meaning(group: GroupCode, reason: &Carc, remarks: &[Rarc]) -> Meaning {
    use Category as C;
    let denied = match (group, reason.as_str()) {
        // X12 list 139: 1 deductible, 2 coinsurance, 3 copay, 66 blood deductible.
        (GroupCode::PatientResponsibility, "1" | "2" | "3" | "66") => return Meaning::PatientShare,
        // 23 is the effect of earlier payers; only OA carries it in 5010.
        (GroupCode::OtherAdjustment, "23") => return Meaning::PriorPayer,
        // 45 above the fee schedule, 253 sequestration, 59 multiple procedure rules, 24 capitation,
        // 104 managed care withholding, 131 negotiated discount, 44 prompt-pay discount.
        (
            GroupCode::ContractualObligation | GroupCode::PayerInitiated | GroupCode::OtherAdjustment,
            "45" | "253" | "59" | "24" | "104" | "131" | "44",
        ) => return Meaning::Contractual,
        (_, "16" | "A1") => by_remark(remarks),
        (_, "26" | "27" | "31" | "177" | "32" | "33" | "200") => C::Eligibility,
        (_, "15" | "197" | "198" | "284" | "296" | "243") => C::Authorization,
        (_, "4" | "5" | "6" | "7" | "8" | "9" | "10" | "11" | "146" | "181" | "182" | "199") => C::Coding,
        (_, "97" | "231" | "234" | "236" | "B15") => C::Bundling,
        (_, "18" | "B13") => C::Duplicate,
        (_, "29") => C::TimelyFiling,
        (_, "50" | "55" | "56" | "150" | "151" | "167") => C::MedicalNecessity,
        (_, "22") => C::CoordinationOfBenefits,
        (_, "109") => C::WrongPayer,
        (_, "170" | "185" | "B7") => C::Credentialing,
        (_, "96" | "204") => C::NonCovered,
        (_, "35" | "119") => C::MaximumReached,
        (_, "226" | "227" | "252") => C::MissingDocuments,
        (
            GroupCode::ContractualObligation
            | GroupCode::PatientResponsibility
            | GroupCode::OtherAdjustment
            | GroupCode::PayerInitiated,
            _,
        ) => C::Unclassified,
    };
    Meaning::Denied(denied)
}

/// CARC 16 and A1 say only that something is wrong; the remark code says what.
fn by_remark(remarks: &[Rarc]) -> Category {
    remarks
        .iter()
        .find_map(|remark| match remark.as_str() {
            // Missing or wrong diagnosis or procedure codes and modifiers.
            "M20" | "M51" | "M64" | "M76" | "M81" | "MA63" | "N519" | "M44" | "N822" | "N823" => {
                Some(Category::Coding)
            }
            // Missing or wrong member, insured or birth date.
            "MA61" | "N382" | "MA36" | "N329" | "MA27" => Some(Category::Eligibility),
            "M62" | "N54" => Some(Category::Authorization),
            // Earlier payer's information.
            "MA04" | "MA92" | "N4" => Some(Category::CoordinationOfBenefits),
            // Papers.
            "N706" | "M127" | "N29" | "N350" => Some(Category::MissingDocuments),
            _ => None,
        })
        .unwrap_or(Category::Billing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(group: &str, reason: &str, remarks: &[&str], expected: Meaning) {
        let remarks: Vec<Rarc> = remarks.iter().map(|r| Rarc::parse(r).unwrap()).collect();
        assert_eq!(meaning(group.parse().unwrap(), &Carc::parse(reason).unwrap(), &remarks), expected);
    }

    #[test]
    fn what_was_never_due_is_no_denial() {
        check("CO", "45", &[], Meaning::Contractual);
        check("CO", "253", &[], Meaning::Contractual);
        check("OA", "23", &[], Meaning::PriorPayer);
        check("PR", "1", &[], Meaning::PatientShare);
        check("PR", "2", &[], Meaning::PatientShare);
    }

    #[test]
    fn a_patient_group_on_an_uncovered_service_is_a_denial_first() {
        check("PR", "96", &[], Meaning::Denied(Category::NonCovered));
        check("PR", "204", &[], Meaning::Denied(Category::NonCovered));
        check("PR", "45", &[], Meaning::Denied(Category::Unclassified));
    }

    #[test]
    fn the_reason_names_the_repair() {
        check("CO", "197", &[], Meaning::Denied(Category::Authorization));
        check("CO", "29", &[], Meaning::Denied(Category::TimelyFiling));
        check("CO", "97", &[], Meaning::Denied(Category::Bundling));
        check("CO", "50", &[], Meaning::Denied(Category::MedicalNecessity));
        check("OA", "18", &[], Meaning::Denied(Category::Duplicate));
        check("OA", "109", &[], Meaning::Denied(Category::WrongPayer));
        check("CO", "252", &["N706"], Meaning::Denied(Category::MissingDocuments));
    }

    #[test]
    fn sixteen_means_what_its_remark_says() {
        check("CO", "16", &["M76"], Meaning::Denied(Category::Coding));
        check("CO", "16", &["N382"], Meaning::Denied(Category::Eligibility));
        check("CO", "16", &[], Meaning::Denied(Category::Billing));
        check("CO", "16", &["MA130"], Meaning::Denied(Category::Billing));
    }

    #[test]
    fn every_category_has_its_row() {
        for (category, word, ..) in CATEGORIES {
            assert_eq!(word.parse::<Category>().unwrap(), category);
            assert!(category.prior_overturn_rate() < Decimal::ONE);
        }
    }
}
