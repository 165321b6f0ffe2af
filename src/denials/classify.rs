//! Of what kind a denial is: what repairs it, and how often that succeeds.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use crate::types::{Carc, Rarc};

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

/// The kind of a denial, from its reason and the remark codes beside it. That it is a denial at
/// all, and not the contract or the patient's share, [`crate::remits::meaning`] has said before.
#[must_use]
pub fn category(reason: &Carc, remarks: &[Rarc]) -> Category {
    use Category as C;
    // X12 list 139.
    match reason.as_str() {
        "16" | "A1" => by_remark(remarks),
        "26" | "27" | "31" | "177" | "32" | "33" | "200" => C::Eligibility,
        "15" | "197" | "198" | "284" | "296" | "243" => C::Authorization,
        "4" | "5" | "6" | "7" | "8" | "9" | "10" | "11" | "146" | "181" | "182" | "199" => C::Coding,
        "97" | "231" | "234" | "236" | "B15" => C::Bundling,
        "18" | "B13" => C::Duplicate,
        "29" => C::TimelyFiling,
        "50" | "55" | "56" | "150" | "151" | "167" => C::MedicalNecessity,
        "22" => C::CoordinationOfBenefits,
        "109" => C::WrongPayer,
        "170" | "185" | "B7" => C::Credentialing,
        "96" | "204" => C::NonCovered,
        "35" | "119" => C::MaximumReached,
        "226" | "227" | "252" => C::MissingDocuments,
        _ => C::Unclassified,
    }
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
    fn check(reason: &str, remarks: &[&str], expected: Category) {
        let remarks: Vec<Rarc> = remarks.iter().map(|r| Rarc::parse(r).unwrap()).collect();
        assert_eq!(category(&Carc::parse(reason).unwrap(), &remarks), expected, "{reason}");
    }

    #[test]
    fn the_reason_names_the_repair() {
        check("197", &[], Category::Authorization);
        check("29", &[], Category::TimelyFiling);
        check("97", &[], Category::Bundling);
        check("50", &[], Category::MedicalNecessity);
        check("18", &[], Category::Duplicate);
        check("109", &[], Category::WrongPayer);
        check("22", &[], Category::CoordinationOfBenefits);
        check("96", &[], Category::NonCovered);
        check("252", &["N706"], Category::MissingDocuments);
        check("999", &[], Category::Unclassified);
    }

    #[test]
    fn sixteen_means_what_its_remark_says() {
        check("16", &["M76"], Category::Coding);
        check("16", &["N382"], Category::Eligibility);
        check("16", &[], Category::Billing);
        check("16", &["MA130"], Category::Billing);
    }

    #[test]
    fn every_category_has_its_row() {
        for (category, word, ..) in CATEGORIES {
            assert_eq!(word.parse::<Category>().unwrap(), category);
            assert!(category.prior_overturn_rate() < Decimal::ONE);
        }
    }
}
