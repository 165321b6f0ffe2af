//! Numbers and addresses by which the two ends of an interchange know each other.

use std::fmt;
use std::str::FromStr;

use super::identifiers::{IdentifierError, text_identifier};

/// Upper-cased letters, digits and hyphens: what every receiver takes, and a file's name may hold.
fn plain(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<String> {
    let text = text.trim().to_ascii_uppercase();
    let fits = lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    fits.then_some(text)
}

/// What kind of number stands in ISA06 or ISA08 (ISA05, ISA07; X222 appendix C.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterchangeQualifier(String);

/// X222 C.1 ISA05: D-U-N-S, suffixed D-U-N-S, HIN, carrier, intermediary, Medicare provider and supplier,
/// tax id, NAIC, mutually defined.
const QUALIFIERS: [&str; 9] = ["01", "14", "20", "27", "28", "29", "30", "33", "ZZ"];

impl InterchangeQualifier {
    /// # Errors
    /// Not a code of ISA05.
    pub fn parse(text: &str) -> Result<InterchangeQualifier, IdentifierError> {
        let text = text.trim().to_ascii_uppercase();
        if QUALIFIERS.contains(&text.as_str()) {
            Ok(InterchangeQualifier(text))
        } else {
            Err(IdentifierError::Shape { expected: "01, 14, 20, 27, 28, 29, 30, 33 or ZZ" })
        }
    }
}
text_identifier!(InterchangeQualifier);

/// ISA06 or ISA08: 1 to 15 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterchangeId(String);

impl InterchangeId {
    /// # Errors
    /// Not 1 to 15 letters, digits and hyphens.
    pub fn parse(text: &str) -> Result<InterchangeId, IdentifierError> {
        let expected = "1 to 15 letters, digits and hyphens";
        plain(text, 1..=15).map(InterchangeId).ok_or(IdentifierError::Shape { expected })
    }
}
text_identifier!(InterchangeId);

/// GS02 or GS03: 2 to 15 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApplicationCode(String);

impl ApplicationCode {
    /// # Errors
    /// Not 2 to 15 letters, digits and hyphens.
    pub fn parse(text: &str) -> Result<ApplicationCode, IdentifierError> {
        let expected = "2 to 15 letters, digits and hyphens";
        plain(text, 2..=15).map(ApplicationCode).ok_or(IdentifierError::Shape { expected })
    }
}
text_identifier!(ApplicationCode);

/// Electronic transmitter identification number: NM109 of 1000A and 1000B (X222; qualifier 46).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransmitterId(String);

impl TransmitterId {
    /// # Errors
    /// Not 2 to 80 letters, digits and hyphens.
    pub fn parse(text: &str) -> Result<TransmitterId, IdentifierError> {
        let expected = "2 to 80 letters, digits and hyphens";
        plain(text, 2..=80).map(TransmitterId).ok_or(IdentifierError::Shape { expected })
    }
}
text_identifier!(TransmitterId);

/// A telephone number of the North American plan: ten digits, no separators (X222 1000A PER04).
///
/// ```
/// use firstpass_types::Telephone;
/// assert_eq!(Telephone::parse("(217) 555-0100").unwrap().as_str(), "2175550100");
/// assert!(Telephone::parse("555-0100").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Telephone(String);

impl Telephone {
    /// Blanks, points, hyphens and brackets are read over.
    ///
    /// # Errors
    /// Not ten digits, or an area code that begins with 0 or 1.
    pub fn parse(text: &str) -> Result<Telephone, IdentifierError> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')')).collect();
        let bytes = digits.as_bytes();
        if bytes.len() == 10 && bytes.iter().all(u8::is_ascii_digit) && bytes[0] >= b'2' {
            Ok(Telephone(digits))
        } else {
            Err(IdentifierError::Shape { expected: "ten digits, the first 2 to 9" })
        }
    }
}
text_identifier!(Telephone);

/// An e-mail address that X12 can carry (X222 1000A PER04, qualifier EM).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// # Errors
    /// Not one `@` with something around it, more than 100 characters, or one that stands for a
    /// delimiter in our files.
    pub fn parse(text: &str) -> Result<Email, IdentifierError> {
        let text = text.trim();
        let carried = |b: u8| b.is_ascii_graphic() && !matches!(b, b'*' | b':' | b'^' | b'~');
        let sides = text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.contains('@')
        });
        if text.len() <= 100 && sides && text.bytes().all(carried) {
            Ok(Email(text.to_owned()))
        } else {
            Err(IdentifierError::Shape { expected: "an address such as billing@example.org" })
        }
    }
}
text_identifier!(Email);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_party_fits_the_element_it_stands_in() {
        assert_eq!(InterchangeId::parse(" lakeside ").unwrap().as_str(), "LAKESIDE");
        assert!(InterchangeId::parse("123456789012345").is_ok());
        assert!(InterchangeId::parse("1234567890123456").is_err());
        assert!(InterchangeId::parse("").is_err());
        assert!(InterchangeId::parse("A*B").is_err());
        assert!(ApplicationCode::parse("A").is_err());
        assert!(TransmitterId::parse(&"9".repeat(80)).is_ok());
        assert!(TransmitterId::parse(&"9".repeat(81)).is_err());
        assert_eq!(InterchangeQualifier::parse("zz").unwrap().as_str(), "ZZ");
        assert!(InterchangeQualifier::parse("31").is_err());
    }

    #[test]
    fn a_contact_can_be_reached() {
        assert_eq!(Telephone::parse("217.555.0100").unwrap().as_str(), "2175550100");
        assert!(Telephone::parse("12175550100").is_err());
        assert!(Telephone::parse("0175550100").is_err());
        assert!(Email::parse("billing@example.org").is_ok());
        for wrong in
            ["billing", "@example.org", "a@b@example.org", "a:b@example.org", "a@host", "a b@example.org"]
        {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
    }
}
