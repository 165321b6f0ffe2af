//! What the HCPCS file says about Medicare's coverage of a code (field COV).

use super::Codes;
use super::rows::Rows;
use super::shipped::file;

/// COV, as far as it says that Medicare does not pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCoverage {
    /// `I`: not payable by Medicare; the code is another payer's.
    NotPayable,
    /// `M`: not covered.
    NotCovered,
    /// `S`: not covered by statute.
    Statute,
}

impl Codes {
    /// Why Medicare does not pay a HCPCS Level II code; none when it may, or when the shipped
    /// edition of July 2026 does not say.
    #[must_use]
    pub fn no_medicare_coverage(&self, code: &str) -> Option<NoCoverage> {
        let row = Rows::of_file(file!("hcpcs_level2.tsv")).of(code).last()?;
        match row.column(3) {
            "I" => Some(NoCoverage::NotPayable),
            "M" => Some(NoCoverage::NotCovered),
            "S" => Some(NoCoverage::Statute),
            _ => None,
        }
    }
}
