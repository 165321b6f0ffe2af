//! What somebody wrote where a code or number belongs.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::people::read_text;

/// A code or identifier as it came in: checked when it could be, else kept as it was written.
///
/// A claim is built from what people and other systems entered. A wrong NPI or diagnosis must
/// not be lost, nor stop the rest of the claim: it stays here until the scrubber names it and a
/// person mends it. In JSON it is the text.
///
/// ```
/// use firstpass_types::{Entered, Npi};
/// let npi: Entered<Npi> = Entered::from("1234567890");
/// assert!(npi.valid().is_none());
/// assert_eq!(npi.text(), "1234567890");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entered<T> {
    /// Read as what it should be.
    Valid(T),
    /// Not readable as that; never sent to a payer.
    Invalid(String),
}

impl<T> Entered<T> {
    /// The value, if it is one.
    pub const fn valid(&self) -> Option<&T> {
        match self {
            Entered::Valid(value) => Some(value),
            Entered::Invalid(_) => None,
        }
    }
}

impl<T: AsText> Entered<T> {
    /// The text, right or wrong.
    pub fn text(&self) -> &str {
        match self {
            Entered::Valid(value) => value.as_text(),
            Entered::Invalid(text) => text,
        }
    }
}

/// A checked text type.
pub trait AsText: FromStr {
    /// The text as it is sent.
    fn as_text(&self) -> &str;
}

impl<T: FromStr> From<&str> for Entered<T> {
    fn from(text: &str) -> Entered<T> {
        let text = text.trim();
        text.parse().map_or_else(|_invalid| Entered::Invalid(text.to_owned()), Entered::Valid)
    }
}

/// Shows the value's own debug form; what could not be read may be patient data, so its text is
/// left out.
impl<T: fmt::Debug> fmt::Debug for Entered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entered::Valid(value) => value.fmt(f),
            Entered::Invalid(_) => f.write_str("Invalid(…)"),
        }
    }
}

impl<T: AsText> Serialize for Entered<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}
impl<'de, T: FromStr> Deserialize<'de> for Entered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, "a text", |text| Ok::<_, Infallible>(text.into()))
    }
}
