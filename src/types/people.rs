//! Names, addresses, and the wrapper that keeps patient data out of logs.

use std::fmt;

use chrono::NaiveDate;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Entered, StateCode, Zip};

/// Protected health information: prints as `[phi]`, so a log, a panic or an error text that
/// formats it by accident says nothing. [`Phi::expose`] is the one way in, and easy to grep.
///
/// ```
/// use firstpass_types::Phi;
/// assert_eq!(format!("{:?}", Phi::new("Jane Roe")), "[phi]");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Wraps.
    pub const fn new(value: T) -> Phi<T> {
        Phi(value)
    }
    /// The value, for a page of its own tenant, an 837, or a store.
    pub const fn expose(&self) -> &T {
        &self.0
    }
    /// The value, owned.
    pub fn into_inner(self) -> T {
        self.0
    }
}
impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[phi]")
    }
}

/// A person's name as a claim needs it: NM103 last, NM104 first, NM105 middle, NM107 suffix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonName {
    /// NM103.
    pub last: String,
    /// NM104; some people have one name only.
    pub first: Option<String>,
    /// NM105.
    pub middle: Option<String>,
    /// NM107: Jr, III.
    pub suffix: Option<String>,
}

impl PersonName {
    /// Last and first name.
    pub fn new(last: impl Into<String>, first: impl Into<String>) -> PersonName {
        PersonName { last: last.into(), first: Some(first.into()), middle: None, suffix: None }
    }
}
impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.last)?;
        if let Some(suffix) = &self.suffix {
            write!(f, " {suffix}")?;
        }
        for (separator, part) in [(", ", &self.first), (" ", &self.middle)] {
            if let Some(part) = part {
                write!(f, "{separator}{part}")?;
            }
        }
        Ok(())
    }
}

/// A US postal address: N301, N302, N401-N403.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// N301.
    pub line_1: String,
    /// N302.
    pub line_2: Option<String>,
    /// N401.
    pub city: String,
    /// N402.
    pub state: Entered<StateCode>,
    /// N403.
    pub zip: Entered<Zip>,
}

/// Sex as DMG03 reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// `F`
    Female,
    /// `M`
    Male,
    /// `U`
    Unknown,
}

impl Sex {
    /// `F`, `M` or `U` (DMG03).
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Sex::Female => "F",
            Sex::Male => "M",
            Sex::Unknown => "U",
        }
    }
    /// From `F`, `M` or `U`.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Sex> {
        [Sex::Female, Sex::Male, Sex::Unknown].into_iter().find(|sex| sex.code() == code)
    }
}

/// Whole years between a birth date and a day; `None` when the day is before birth.
#[must_use]
pub fn age_years(born: NaiveDate, on: NaiveDate) -> Option<u32> {
    on.years_since(born)
}

/// JSON as the text, read through `parse`: for newtypes over a string.
macro_rules! text_in_json {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::people::read_text(deserializer, stringify!($name), str::parse)
            }
        }
    };
}
pub(super) use text_in_json;

/// Reads a text as what it stands for, without a copy of it.
pub(super) fn read_text<'de, D, T, E>(
    deserializer: D,
    expected: &'static str,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: fmt::Display,
{
    struct Text<F>(&'static str, F);
    impl<T, E: fmt::Display, F: FnOnce(&str) -> Result<T, E>> Visitor<'_> for Text<F> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
        fn visit_str<X: de::Error>(self, text: &str) -> Result<T, X> {
            (self.1)(text).map_err(X::custom)
        }
    }
    deserializer.deserialize_str(Text(expected, read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_as_on_a_worklist() {
        let mut name = PersonName::new("Roe", "Jane");
        name.middle = Some("Q".into());
        name.suffix = Some("Jr".into());
        assert_eq!(name.to_string(), "Roe Jr, Jane Q");
    }
}
