//! Codes on claims and remittances: shapes here, meanings and dates in `codes`.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use compact_str::{CompactString, format_compact};

use super::IdentifierError;
use super::identifiers::{text_identifier, upper};

/// Why a text cannot be a code of its kind.
pub type CodeError = IdentifierError;

macro_rules! upper_code {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(CompactString);
        impl $name {
            /// Upper-cased.
            ///
            /// # Errors
            #[doc = concat!("Not ", $expected, ".")]
            pub fn parse(text: &str) -> Result<$name, CodeError> {
                let accepts: fn(&[u8]) -> bool = $accepts;
                let upper = upper(text);
                if accepts(upper.as_bytes()) { Ok($name(upper)) } else { Err(CodeError::Shape { expected: $expected }) }
            }
        }
        text_identifier!($name);
    };
}

/// An ICD-10-CM diagnosis code, kept without its point as X12 sends it.
///
/// ```
/// use firstpass_types::Icd10Code;
/// let code = Icd10Code::parse("e11.9").unwrap();
/// assert_eq!((code.as_str(), code.dotted().as_str()), ("E119", "E11.9"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icd10Code(CompactString);

impl Icd10Code {
    /// With or without the point; upper-cased.
    ///
    /// # Errors
    /// Not a letter, a digit, a letter or digit, then up to four more (ICD-10-CM guidelines I.A.2). Since
    /// FY2026 the digit may stand third instead, after another letter: QA0 and what is below it.
    pub fn parse(text: &str) -> Result<Icd10Code, CodeError> {
        const SHAPE: CodeError =
            CodeError::Shape { expected: "an ICD-10-CM code: a letter, a digit, then one to five more" };
        let upper = upper(text);
        let plain = match upper.split_once('.') {
            Some((category, rest)) if category.len() == 3 && !rest.is_empty() => {
                format_compact!("{category}{rest}")
            }
            Some(_) => return Err(SHAPE),
            None => upper,
        };
        match plain.as_bytes() {
            [letter, second, rest @ ..]
                if letter.is_ascii_uppercase()
                    && (second.is_ascii_digit()
                        || second.is_ascii_uppercase() && rest.first().is_some_and(u8::is_ascii_digit))
                    && (1..=5).contains(&rest.len())
                    && rest.iter().all(u8::is_ascii_alphanumeric) =>
            {
                Ok(Icd10Code(plain))
            }
            _ => Err(SHAPE),
        }
    }

    /// As people read it: `E11.9`.
    #[must_use]
    pub fn dotted(&self) -> String {
        match self.0.split_at_checked(3) {
            Some((category, rest)) if !rest.is_empty() => format!("{category}.{rest}"),
            _ => self.0.to_string(),
        }
    }

    /// The three-character category: `E11`.
    #[must_use]
    pub fn category(&self) -> &str {
        self.0.get(..3).unwrap_or(&self.0)
    }
}
text_identifier!(Icd10Code);

upper_code!(
    /// A CPT or HCPCS Level II procedure code: five characters. Which of the two it is, the
    /// tables say, not the shape (an undotted ICD-10-CM code may look the same).
    ProcedureCode, "a CPT or HCPCS code: five letters and digits", |code| {
        code.len() == 5 && code.iter().all(u8::is_ascii_alphanumeric)
    }
);
upper_code!(
    /// A procedure modifier: two characters.
    Modifier, "a modifier: two letters or digits", |code| code.len() == 2 && code.iter().all(u8::is_ascii_alphanumeric)
);
upper_code!(
    /// A CMS place-of-service code: two digits.
    PlaceOfService, "a place-of-service code: two digits", |code| code.len() == 2 && code.iter().all(u8::is_ascii_digit)
);
upper_code!(
    /// A claim adjustment reason code (X12 list 139): 1 to 5 characters.
    Carc, "a CARC: one to five letters and digits", |code| {
        (1..=5).contains(&code.len()) && code.iter().all(u8::is_ascii_alphanumeric)
    }
);
upper_code!(
    /// A remittance advice remark code (X12 list 411): 2 to 5 characters.
    Rarc, "a RARC: a letter and one to four letters or digits", |code| {
        (2..=5).contains(&code.len()) && code.iter().all(u8::is_ascii_alphanumeric)
    }
);

/// Who bears an adjustment (CAS01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupCode {
    /// `CO`: the provider, under contract or rule; never the patient.
    ContractualObligation,
    /// `PR`: the patient.
    PatientResponsibility,
    /// `OA`: neither; often what another payer did.
    OtherAdjustment,
    /// `PI`: the payer's own reduction, without a contract.
    PayerInitiated,
}

impl GroupCode {
    /// All four.
    pub const ALL: [GroupCode; 4] = [
        GroupCode::ContractualObligation,
        GroupCode::PatientResponsibility,
        GroupCode::OtherAdjustment,
        GroupCode::PayerInitiated,
    ];

    /// `CO`, `PR`, `OA`, `PI`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            GroupCode::ContractualObligation => "CO",
            GroupCode::PatientResponsibility => "PR",
            GroupCode::OtherAdjustment => "OA",
            GroupCode::PayerInitiated => "PI",
        }
    }

    /// The text as it is sent, as for every code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.code()
    }
}
impl fmt::Display for GroupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}
impl FromStr for GroupCode {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<GroupCode, CodeError> {
        GroupCode::ALL
            .into_iter()
            .find(|group| group.code() == text)
            .ok_or(CodeError::Shape { expected: "a group code: CO, PR, OA or PI" })
    }
}
super::people::text_in_json!(GroupCode);

/// A table of codes, as a claim or remittance refers to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeTable {
    /// ICD-10-CM diagnoses.
    Icd10cm,
    /// HCPCS Level II.
    Hcpcs,
    /// CPT (HCPCS Level I).
    Cpt,
    /// Procedure modifiers, both levels.
    Modifier,
    /// Place of service.
    Pos,
    /// Claim adjustment reason codes.
    Carc,
    /// Remittance advice remark codes.
    Rarc,
    /// Claim adjustment group codes.
    Group,
    /// Claim status category codes (277).
    StatusCategory,
    /// Claim status codes (277).
    Status,
    /// Provider taxonomy.
    Taxonomy,
    /// Revenue codes.
    Revenue,
}

impl CodeTable {
    /// Every table, with the name it has on the command line.
    pub const NAMES: [(CodeTable, &'static str); 12] = [
        (CodeTable::Icd10cm, "icd10cm"),
        (CodeTable::Hcpcs, "hcpcs"),
        (CodeTable::Cpt, "cpt"),
        (CodeTable::Modifier, "modifier"),
        (CodeTable::Pos, "pos"),
        (CodeTable::Carc, "carc"),
        (CodeTable::Rarc, "rarc"),
        (CodeTable::Group, "group"),
        (CodeTable::StatusCategory, "status-category"),
        (CodeTable::Status, "status"),
        (CodeTable::Taxonomy, "taxonomy"),
        (CodeTable::Revenue, "revenue"),
    ];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(table, _)| *table == self).map_or("", |(_, name)| name)
    }
}
impl fmt::Display for CodeTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
impl FromStr for CodeTable {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<CodeTable, CodeError> {
        Self::NAMES
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(table, _)| *table)
            .ok_or(CodeError::Shape { expected: "the name of a code table" })
    }
}

/// What a table says about a code on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeStatus {
    /// Known and usable that day.
    Valid,
    /// Known, but a heading: a longer code is needed.
    Header,
    /// Known, but not yet or no longer in force that day.
    NotInForce,
    /// Not in a table that is complete for that day: wrong.
    Unknown,
    /// Not in the table, but the table is a sample: cannot be said.
    NotChecked,
}

/// Asks whether a code is usable on a day. `codes` implements it; `x12`'s level 5 asks it.
pub trait CodeLookup {
    /// The status of `code` (undotted, upper case) in `table` on a date of service.
    fn status(&self, table: CodeTable, code: &str, on: NaiveDate) -> CodeStatus;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icd_10_cm_codes_with_and_without_their_point_are_one() {
        for text in ["E11.9", "e119", "E119"] {
            assert_eq!(Icd10Code::parse(text).unwrap().dotted(), "E11.9");
        }
        assert_eq!(Icd10Code::parse("I10").unwrap().dotted(), "I10");
        // Of FY2026, the first whose second character is a letter.
        assert_eq!(Icd10Code::parse("qa0.0101").unwrap().as_str(), "QA00101");
        for text in ["E", "E1", "QA", "QAA0", "11.9", "E11.", "E1.19", "E1234567", ""] {
            assert!(Icd10Code::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_table_is_found_by_its_name() {
        for (table, name) in CodeTable::NAMES {
            assert_eq!(name.parse(), Ok(table));
            assert_eq!(table.name(), name);
        }
    }
}
