//! Numbers that name parties and claims, checked when they come in.

use std::fmt;
use std::str::FromStr;

use compact_str::{CompactString, format_compact};

/// Why a text is not the identifier it should be. The text itself is not repeated: a member id
/// is patient data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Wrong length or characters.
    #[error("expected {expected}")]
    Shape {
        /// The form in words.
        expected: &'static str,
    },
    /// An NPI whose last digit does not follow from the others.
    #[error("the check digit is wrong (45 CFR 162.406: Luhn over 80840 and the number)")]
    CheckDigit,
}

macro_rules! text_identifier {
    ($name:ident) => {
        impl $name {
            /// The text as it is sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl FromStr for $name {
            type Err = IdentifierError;
            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                Self::parse(text)
            }
        }
        impl super::entered::AsText for $name {
            fn as_text(&self) -> &str {
                self.as_str()
            }
        }
        super::people::text_in_json!($name);
    };
}
pub(super) use text_identifier;

/// In capitals. Codes and numbers are short: most of them lie in their type and not elsewhere.
pub(super) fn upper(text: &str) -> CompactString {
    let mut upper = CompactString::new(text);
    upper.make_ascii_uppercase();
    upper
}

/// National Provider Identifier: ten digits with a check digit (45 CFR 162.406).
///
/// ```
/// use firstpass_types::Npi;
/// assert!(Npi::parse("1234567893").is_ok());
/// assert!(Npi::parse("1234567890").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Npi(CompactString);

impl Npi {
    /// # Errors
    /// Not ten digits beginning with 1 or 2, or a wrong check digit.
    pub fn parse(text: &str) -> Result<Npi, IdentifierError> {
        let digits = text.as_bytes();
        let shape =
            digits.len() == 10 && digits.iter().all(u8::is_ascii_digit) && matches!(digits[0], b'1' | b'2');
        if !shape {
            return Err(IdentifierError::Shape { expected: "ten digits, the first 1 or 2" });
        }
        // 24 is the Luhn sum of the constant prefix 80840.
        let sum: u32 = 24
            + digits
                .iter()
                .rev()
                .enumerate()
                .map(|(place, digit)| {
                    let digit = u32::from(digit - b'0');
                    if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
                })
                .sum::<u32>();
        if sum.is_multiple_of(10) {
            Ok(Npi(CompactString::new(text)))
        } else {
            Err(IdentifierError::CheckDigit)
        }
    }

    /// The NPI whose first nine digits are `base`: for made-up providers.
    ///
    /// # Errors
    /// As [`Npi::parse`], when `base` is not nine digits beginning with 1 or 2.
    pub fn with_check_digit(base: &str) -> Result<Npi, IdentifierError> {
        (0..10)
            .find_map(|digit| Npi::parse(&format!("{base}{digit}")).ok())
            .ok_or(IdentifierError::Shape { expected: "nine digits, the first 1 or 2" })
    }
}
text_identifier!(Npi);

/// Employer identification or social security number: nine digits, kept without hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxId(CompactString);

impl TaxId {
    /// # Errors
    /// Not nine digits (hyphens are read over).
    pub fn parse(text: &str) -> Result<TaxId, IdentifierError> {
        let digits: CompactString = text.chars().filter(|c| *c != '-').collect();
        if digits.len() == 9 && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(TaxId(digits))
        } else {
            Err(IdentifierError::Shape { expected: "nine digits" })
        }
    }
}
text_identifier!(TaxId);

/// The number under which a payer knows its member: 2 to 80 characters (NM109). Patient data.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(CompactString);

impl MemberId {
    /// Upper-cased; blanks and hyphens inside are kept, those around are not.
    ///
    /// # Errors
    /// Fewer than 2 or more than 80 characters, or one that X12 cannot carry.
    pub fn parse(text: &str) -> Result<MemberId, IdentifierError> {
        let text = upper(text.trim());
        if (2..=80).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
            Ok(MemberId(text))
        } else {
            Err(IdentifierError::Shape { expected: "2 to 80 printable characters" })
        }
    }
}
impl fmt::Debug for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemberId(…)")
    }
}
text_identifier!(MemberId);

/// The number under which a payer is addressed in X12 (NM109 of 1000B and 2010BB).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayerIdentifier(CompactString);

impl PayerIdentifier {
    /// # Errors
    /// Not 2 to 15 letters and digits (the width of ISA08, to which it must also fit).
    pub fn parse(text: &str) -> Result<PayerIdentifier, IdentifierError> {
        if (2..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(PayerIdentifier(upper(text)))
        } else {
            Err(IdentifierError::Shape { expected: "2 to 15 letters and digits" })
        }
    }
}
text_identifier!(PayerIdentifier);

/// CLM01 of one submission: ours, unique for ever, echoed in CLP01 of the remittance.
///
/// Upper-case letters and digits only, at most 17 of the 20 that CLM01 holds, because payers
/// shorten longer ones. The last character is a check character, so that a number typed from
/// paper is caught.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ControlNumber(CompactString);

impl ControlNumber {
    /// The `sequence`-th number of an organization whose numbers begin with `prefix`.
    ///
    /// # Errors
    /// A prefix that is not 1 to 4 upper-case letters or digits.
    pub fn issue(prefix: &str, sequence: u64) -> Result<ControlNumber, IdentifierError> {
        let plain = prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !(1..=4).contains(&prefix.len()) || !plain || sequence >= 1_000_000_000_000 {
            return Err(IdentifierError::Shape {
                expected: "a prefix of 1 to 4 upper-case letters or digits",
            });
        }
        let body = format!("{prefix}{sequence:08}");
        let check = check_character(&body);
        Ok(ControlNumber(format_compact!("{body}{check}")))
    }

    /// # Errors
    /// Not a number that [`ControlNumber::issue`] could have made. Payers echo all sorts of
    /// things in CLP01: an error means "not ours", not "invalid file".
    pub fn parse(text: &str) -> Result<ControlNumber, IdentifierError> {
        let plain = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !(10..=17).contains(&text.len()) || !plain {
            return Err(IdentifierError::Shape { expected: "10 to 17 upper-case letters and digits" });
        }
        let (body, check) = text.split_at(text.len() - 1);
        if check.chars().eq([check_character(body)]) {
            Ok(ControlNumber(CompactString::new(text)))
        } else {
            Err(IdentifierError::CheckDigit)
        }
    }
}
text_identifier!(ControlNumber);

/// ISO 7064 MOD 37,36 over letters and digits: catches every single error and transposition.
fn check_character(body: &str) -> char {
    const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut product = 36;
    for byte in body.bytes() {
        let value = ALPHABET.iter().position(|&c| c == byte).unwrap_or(0);
        let sum = (product + value) % 36;
        product = if sum == 0 { 36 } else { sum } * 2 % 37;
    }
    char::from(ALPHABET[(37 - product) % 36])
}

/// Five- or nine-digit ZIP code, kept without the hyphen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zip(CompactString);

impl Zip {
    /// # Errors
    /// Not five or nine digits (a hyphen is read over).
    pub fn parse(text: &str) -> Result<Zip, IdentifierError> {
        let digits: CompactString = text.chars().filter(|c| *c != '-').collect();
        if matches!(digits.len(), 5 | 9) && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Zip(digits))
        } else {
            Err(IdentifierError::Shape { expected: "five or nine digits" })
        }
    }

    /// True for ZIP+4, which 2010AA and 2310C require (X222 2010AA N403).
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() == 9
    }
}
text_identifier!(Zip);

/// Two-letter USPS code of a state or territory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateCode(CompactString);

/// USPS Publication 28, appendix B: states, territories, military.
const STATES: &[u8] = b"AL AK AS AZ AR CA CO CT DE DC FM FL GA GU HI ID IL IN IA KS KY LA ME MH MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND MP OH OK OR PW PA PR RI SC SD TN TX UT VT VI VA WA WV WI WY AA AE AP";

impl StateCode {
    /// # Errors
    /// Not a code of USPS Publication 28, appendix B.
    pub fn parse(text: &str) -> Result<StateCode, IdentifierError> {
        let upper = upper(text);
        if upper.len() == 2 && STATES.split(|b| *b == b' ').any(|known| known == upper.as_bytes()) {
            Ok(StateCode(upper))
        } else {
            Err(IdentifierError::Shape { expected: "a two-letter USPS state code" })
        }
    }
}
text_identifier!(StateCode);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_npi_of_the_standards_own_example_is_valid() {
        // CMS, "Requirements for NPI and check digit": 1234567893.
        assert!(Npi::parse("1234567893").is_ok());
        assert_eq!(Npi::parse("1234567894"), Err(IdentifierError::CheckDigit));
        assert!(Npi::parse("3234567893").is_err());
        assert!(Npi::parse("123456789").is_err());
        assert_eq!(Npi::with_check_digit("123456789").unwrap().as_str(), "1234567893");
    }

    #[test]
    fn a_mistyped_control_number_is_not_ours() {
        let number = ControlNumber::issue("FP", 1042).unwrap();
        assert!(number.as_str().starts_with("FP00001042"));
        assert_eq!(ControlNumber::parse(number.as_str()), Ok(number.clone()));
        let swapped = number.as_str().replacen("42", "24", 1);
        assert_eq!(ControlNumber::parse(&swapped), Err(IdentifierError::CheckDigit));
        assert!(ControlNumber::parse("0").is_err());
        assert!(ControlNumber::issue("FP", 999_999_999_999).unwrap().as_str().len() <= 17);
    }

    #[test]
    fn a_member_id_shows_nothing_when_debugged() {
        assert_eq!(format!("{:?}", MemberId::parse("w123").unwrap()), "MemberId(…)");
    }

    #[test]
    fn shapes() {
        assert!(TaxId::parse("12-3456789").is_ok());
        assert!(TaxId::parse("12345678").is_err());
        assert!(Zip::parse("60601-1234").unwrap().is_full());
        assert!(Zip::parse("6060").is_err());
        assert!(StateCode::parse("il").is_ok());
        assert!(StateCode::parse("XX").is_err());
    }
}
