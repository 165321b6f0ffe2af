//! The registry as people, files and programs write it: texts by field, read into what they mean.
//!
//! A form, a row of a file and a document of the API are the same thing here, so what is right in one
//! is right in all. Reading names every fault at its field, never with the value: it may be patient
//! data.

mod coverage;
mod patient;
mod payer;
mod provider;

pub use coverage::{Insured, WrittenCoverage, relationship_words};
pub use patient::WrittenPatient;
pub use payer::{FILING_INDICATORS, WrittenPayer};
pub use provider::{WrittenProvider, address_of};

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codes::import;
use crate::types::{Address, Entered, IdentifierError, Place, Refusal, StateCode, Status, Zip};

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its name.
    pub field: &'static str,
    /// What was expected: follows the name in a sentence. Without the value.
    pub reason: String,
}

/// All that is wrong with something that was written: at least one fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// One fault.
    #[must_use]
    pub fn one(field: &'static str, reason: impl Into<String>) -> Faults {
        Faults(vec![Fault { field, reason: reason.into() }])
    }
}

/// Every fault in one sentence, at the place of the first.
impl From<Faults> for Refusal {
    fn from(Faults(faults): Faults) -> Refusal {
        let said: Vec<String> = faults.iter().map(|one| format!("{} {}", one.field, one.reason)).collect();
        let field = faults.first().map(|one| format!("/{}", one.field));
        Refusal::new("registry/invalid", Status::Invalid, said.join("; "), "Correct it")
            .at(Place { field, ..Place::default() })
    }
}
impl From<Faults> for crate::types::Error {
    fn from(faults: Faults) -> crate::types::Error {
        Refusal::from(faults).into()
    }
}

/// Something of the registry as it is written: every field a text, empty where nothing is said.
pub trait Written: Default + Serialize + DeserializeOwned {
    /// The names of its fields.
    const FIELDS: &'static [&'static str];

    /// From texts by field; what is no field of it is read over.
    #[must_use]
    fn from_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let fields = texts.into_iter().filter(|(name, _)| Self::FIELDS.contains(name));
        let object: serde_json::Map<String, serde_json::Value> =
            fields.map(|(name, text)| (name.to_owned(), text.into())).collect();
        serde_json::from_value(object.into()).expect("every field takes a text")
    }

    /// Its texts by field; an empty one is not among them.
    #[must_use]
    fn texts(&self) -> BTreeMap<String, String> {
        let written = serde_json::to_value(self).expect("texts and numbers are JSON");
        let fields = written.as_object().into_iter().flatten();
        let text =
            |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        fields.map(|(name, value)| (name.clone(), text(value))).filter(|(_, text)| !text.is_empty()).collect()
    }

    /// The fields in which it says other than before.
    #[must_use]
    fn differences(&self, before: &Self) -> Vec<&'static str> {
        let (now, before) = (self.texts(), before.texts());
        Self::FIELDS.iter().copied().filter(|field| now.get(*field) != before.get(*field)).collect()
    }
}

/// Reads fields, and keeps what is wrong with them.
#[derive(Default)]
struct Reading {
    faults: Vec<Fault>,
}

impl Reading {
    fn wrong(&mut self, field: &'static str, reason: impl Into<String>) {
        self.faults.push(Fault { field, reason: reason.into() });
    }

    /// A text without the blanks around it; none where it is empty or wrong.
    fn text(&mut self, field: &'static str, text: &str, characters_max: usize) -> Option<String> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        if text.chars().any(char::is_control) {
            self.wrong(field, "has a control character or a line break");
        } else if text.chars().count() > characters_max {
            self.wrong(field, format!("has more than {characters_max} characters"));
        } else {
            return Some(text.to_owned());
        }
        None
    }

    fn required(&mut self, field: &'static str, text: &str, characters_max: usize) -> Option<String> {
        if text.trim().is_empty() {
            self.wrong(field, "is empty");
        }
        self.text(field, text, characters_max)
    }

    /// What a text that is not empty means.
    fn parsed<T: FromStr<Err = IdentifierError>>(&mut self, field: &'static str, text: &str) -> Option<T> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        match text.parse() {
            Ok(value) => Some(value),
            Err(fault) => {
                self.wrong(field, format!("is not valid: {fault}"));
                None
            }
        }
    }

    fn parsed_required<T: FromStr<Err = IdentifierError>>(
        &mut self,
        field: &'static str,
        text: &str,
    ) -> Option<T> {
        if text.trim().is_empty() {
            self.wrong(field, "is empty");
        }
        self.parsed(field, text)
    }

    fn day(&mut self, field: &'static str, text: &str) -> Option<NaiveDate> {
        match import::day(text) {
            Ok(day) => day,
            Err(_repeats_the_value) => {
                self.wrong(field, "is not a date: expected YYYY-MM-DD or MM/DD/YYYY");
                None
            }
        }
    }

    /// A whole number above nothing.
    fn number(
        &mut self,
        field: &'static str,
        text: &str,
        among: std::ops::RangeInclusive<i32>,
    ) -> Option<i32> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok().filter(|number| among.contains(number));
        if number.is_none() {
            self.wrong(field, format!("is no number from {} to {}", among.start(), among.end()));
        }
        number
    }

    /// A whole address; none where a part of it is missing or wrong.
    fn address(&mut self, [line_1, line_2, city, state, zip]: [&str; 5]) -> Option<Address> {
        // X222 N301, N302, N401.
        let line_1 = self.required("address_line_1", line_1, 55);
        let line_2 = self.text("address_line_2", line_2, 55);
        let city = self.required("city", city, 30);
        let state: Option<StateCode> = self.parsed_required("state", state);
        let zip: Option<Zip> = self.parsed_required("zip", zip);
        Some(Address {
            line_1: line_1?,
            line_2,
            city: city?,
            state: Entered::Valid(state?),
            zip: Entered::Valid(zip?),
        })
    }

    /// What was read, unless something is wrong.
    fn finish<T>(self, read: Option<T>) -> Result<T, Faults> {
        match read {
            Some(read) if self.faults.is_empty() => Ok(read),
            _ => Err(Faults(self.faults)),
        }
    }
}

/// A number in JSON, or a text that should be one: as text here, so that a wrong one is named at its
/// field.
mod digits {
    use super::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        match text.parse() {
            Ok(number) => serializer.serialize_i32(number),
            Err(_) => serializer.serialize_str(text),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum NumberOrText {
            Number(i64),
            Text(String),
        }
        Ok(match NumberOrText::deserialize(deserializer)? {
            NumberOrText::Number(number) => number.to_string(),
            NumberOrText::Text(text) => text,
        })
    }
}

/// The texts of an address: two lines, city, state, ZIP code.
fn address_texts(address: &Address) -> [String; 5] {
    [
        address.line_1.clone(),
        address.line_2.clone().unwrap_or_default(),
        address.city.clone(),
        address.state.text().to_owned(),
        address.zip.text().to_owned(),
    ]
}
