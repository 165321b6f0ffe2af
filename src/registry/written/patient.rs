//! A patient as written.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::registry::Patient;
use crate::registry::written::{Faults, Reading, Written, address_texts};
use crate::types::{PatientId, PersonName, Phi, Sex};

/// A patient as a form, a file or a program writes one.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WrittenPatient {
    /// The practice system's own number: how charge files name the patient. At most 38 characters.
    #[schema(required = true)]
    pub account_number: String,
    /// At most 60 characters.
    #[schema(required = true)]
    pub last_name: String,
    /// At most 35 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub first_name: String,
    /// At most 25 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub middle_name: String,
    /// `Jr`, `III`: at most 10 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub suffix: String,
    /// Day of birth: `1980-05-06` or `05/06/1980`.
    #[schema(required = true)]
    pub born_on: String,
    /// Day of death.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub died_on: String,
    /// `F`, `M` or `U`.
    #[schema(required = true)]
    pub sex: String,
    /// Street and number.
    #[schema(required = true)]
    pub address_line_1: String,
    /// What else the address needs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address_line_2: String,
    /// At most 30 characters.
    #[schema(required = true)]
    pub city: String,
    /// Two letters.
    #[schema(required = true)]
    pub state: String,
    /// Five or nine digits.
    #[schema(required = true)]
    pub zip: String,
}

impl Written for WrittenPatient {
    const FIELDS: &'static [&'static str] = &[
        "account_number",
        "last_name",
        "first_name",
        "middle_name",
        "suffix",
        "born_on",
        "died_on",
        "sex",
        "address_line_1",
        "address_line_2",
        "city",
        "state",
        "zip",
    ];
}

impl WrittenPatient {
    /// Reads it, as of a day: nobody is born or has died after it. The patient has a fresh id.
    ///
    /// # Errors
    /// Every field that is missing or wrong.
    pub fn read(&self, today: NaiveDate) -> Result<Patient, Faults> {
        let mut reading = Reading::default();
        let account = reading.required("account_number", &self.account_number, 38);
        let last = reading.required("last_name", &self.last_name, 60);
        let first = reading.text("first_name", &self.first_name, 35);
        let middle = reading.text("middle_name", &self.middle_name, 25);
        let suffix = reading.text("suffix", &self.suffix, 10);
        if self.born_on.trim().is_empty() {
            reading.wrong("born_on", "is empty");
        }
        let born_on = reading.day("born_on", &self.born_on);
        let died_on = reading.day("died_on", &self.died_on);
        if born_on.is_some_and(|day| day > today) {
            reading.wrong("born_on", "is in the future");
        }
        if died_on.is_some_and(|day| day > today) {
            reading.wrong("died_on", "is in the future");
        }
        if died_on.zip(born_on).is_some_and(|(died, born)| died < born) {
            reading.wrong("died_on", "is before born_on");
        }
        let sex = sex_of(&self.sex);
        match sex {
            _ if self.sex.trim().is_empty() => reading.wrong("sex", "is empty"),
            None => reading.wrong("sex", "is none of F, M and U"),
            Some(_) => {}
        }
        let address =
            reading.address([&self.address_line_1, &self.address_line_2, &self.city, &self.state, &self.zip]);
        let read = || {
            Some(Patient {
                id: PatientId::new(),
                account_number: Phi::new(account?),
                name: Phi::new(PersonName { last: last?, first, middle, suffix }),
                born_on: Phi::new(born_on?),
                died_on: died_on.map(Phi::new),
                sex: sex?,
                address: Phi::new(address?),
            })
        };
        let read = read();
        reading.finish(read)
    }
}

/// `F`, `M`, `U`, or the word.
pub(super) fn sex_of(text: &str) -> Option<Sex> {
    match text.trim().to_ascii_uppercase().as_str() {
        "F" | "FEMALE" => Some(Sex::Female),
        "M" | "MALE" => Some(Sex::Male),
        "U" | "UNKNOWN" => Some(Sex::Unknown),
        _ => None,
    }
}

impl From<&Patient> for WrittenPatient {
    fn from(patient: &Patient) -> WrittenPatient {
        let name = patient.name.expose();
        let [address_line_1, address_line_2, city, state, zip] = address_texts(patient.address.expose());
        WrittenPatient {
            account_number: patient.account_number.expose().clone(),
            last_name: name.last.clone(),
            first_name: name.first.clone().unwrap_or_default(),
            middle_name: name.middle.clone().unwrap_or_default(),
            suffix: name.suffix.clone().unwrap_or_default(),
            born_on: patient.born_on.expose().to_string(),
            died_on: patient.died_on.map(|day| day.expose().to_string()).unwrap_or_default(),
            sex: patient.sex.code().to_owned(),
            address_line_1,
            address_line_2,
            city,
            state,
            zip,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        "2026-03-10".parse().unwrap()
    }

    fn written() -> WrittenPatient {
        WrittenPatient::from_texts([
            ("account_number", " A-1 "),
            ("last_name", "Roe"),
            ("born_on", "05/06/1980"),
            ("sex", "female"),
            ("address_line_1", "1 Elm St"),
            ("city", "Springfield"),
            ("state", "il"),
            ("zip", "62701-1234"),
        ])
    }

    #[test]
    fn a_patient_is_read_and_written_again() {
        let patient = written().read(today()).unwrap_or_else(|faults| panic!("{faults:?}"));
        let again = WrittenPatient::from(&patient);
        assert_eq!(
            (again.account_number.as_str(), again.born_on.as_str(), again.sex.as_str()),
            ("A-1", "1980-05-06", "F")
        );
        assert_eq!((again.state.as_str(), again.zip.as_str()), ("IL", "627011234"));
        assert_eq!(again.differences(&again), [""; 0]);
        let moved = WrittenPatient { city: "Peoria".into(), zip: "61602".into(), ..again.clone() };
        assert_eq!(moved.differences(&again), ["city", "zip"]);
    }

    #[test]
    fn every_fault_is_named_at_its_field_without_the_value() {
        let wrong = WrittenPatient {
            last_name: String::new(),
            born_on: "2026-03-11".into(),
            died_on: "soon".into(),
            sex: "X".into(),
            state: "ZZ".into(),
            zip: "6270".into(),
            ..written()
        };
        let Err(Faults(faults)) = wrong.read(today()) else { panic!("it is wrong") };
        let said: Vec<String> = faults.iter().map(|one| format!("{} {}", one.field, one.reason)).collect();
        assert_eq!(
            said,
            [
                "last_name is empty",
                "died_on is not a date: expected YYYY-MM-DD or MM/DD/YYYY",
                "born_on is in the future",
                "sex is none of F, M and U",
                "state is not valid: expected a two-letter USPS state code",
                "zip is not valid: expected five or nine digits",
            ]
        );
    }
}
