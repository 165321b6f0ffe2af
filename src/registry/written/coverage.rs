//! A coverage as written.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::registry::written::patient::sex_of;
use crate::registry::written::{Faults, Reading, Written, digits};
use crate::registry::{Coverage, Patient, Payer};
use crate::types::{CoverageId, MemberId, PatientId, PersonName, Phi};

/// PAT01 and SBR02 of a professional claim (X222 2000B SBR02, 2000C PAT01), with what people call them.
const RELATIONSHIPS: [(&str, &str, &[&str]); 9] = [
    ("18", "Self", &["self", "same", "subscriber", "insured"]),
    ("01", "Spouse", &["spouse", "husband", "wife"]),
    ("19", "Child", &["child", "son", "daughter"]),
    ("20", "Employee", &["employee"]),
    ("21", "Unknown", &["unknown"]),
    ("39", "Organ donor", &["organ donor"]),
    ("40", "Cadaver donor", &["cadaver donor"]),
    ("53", "Life partner", &["life partner", "partner", "domestic partner"]),
    ("G8", "Other", &["other", "other relationship"]),
];

/// SBR05: why Medicare does not pay first.
const MEDICARE_SECONDARY: [&str; 9] = ["12", "13", "14", "15", "16", "41", "42", "43", "47"];

/// The relationships that a claim can state: the code, and the word for it.
pub fn relationship_words() -> impl Iterator<Item = (&'static str, &'static str)> {
    RELATIONSHIPS.iter().map(|(code, word, _)| (*code, *word))
}

/// A coverage as a form, a file or a program writes one.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WrittenCoverage {
    /// The payer's number; or its name, where only one has it.
    #[schema(required = true)]
    pub payer: String,
    /// Whose turn it is to pay: 1 primary, 2 secondary, up to 11; 1 unless said.
    #[serde(with = "digits")]
    #[schema(value_type = i16)]
    pub rank: String,
    /// 2 to 80 characters.
    #[schema(required = true)]
    pub member_id: String,
    /// At most 50 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group_number: String,
    /// The patient's relationship to the subscriber: a code of PAT01 (`18` self, `01` spouse, `19`
    /// child …) or its word; self unless said.
    pub relationship: String,
    /// Who is insured, where it is not the patient.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subscriber_last_name: String,
    /// Their first name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subscriber_first_name: String,
    /// Their day of birth.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subscriber_born_on: String,
    /// `F`, `M` or `U`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subscriber_sex: String,
    /// Why Medicare does not pay first (SBR05), on a coverage that is not the first: `12` working aged …
    #[serde(skip_serializing_if = "String::is_empty")]
    pub medicare_secondary: String,
    /// The first day in force.
    #[schema(required = true)]
    pub valid_from: String,
    /// The last day in force; none while no end is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub valid_to: String,
}

impl Written for WrittenCoverage {
    const FIELDS: &'static [&'static str] = &[
        "payer",
        "rank",
        "member_id",
        "group_number",
        "relationship",
        "subscriber_last_name",
        "subscriber_first_name",
        "subscriber_born_on",
        "subscriber_sex",
        "medicare_secondary",
        "valid_from",
        "valid_to",
    ];
}

/// Whose coverage is read, and with whom it may be.
#[derive(Clone, Copy)]
pub struct Insured<'a> {
    /// The patient.
    pub patient: PatientId,
    /// Their name, which is the subscriber's where they are insured themselves.
    pub name: &'a PersonName,
    /// The practice's payers.
    pub payers: &'a [Payer],
    /// The first day in force where none is written.
    pub valid_from: Option<NaiveDate>,
}

impl<'a> Insured<'a> {
    /// A patient among the practice's payers.
    #[must_use]
    pub fn of(patient: &'a Patient, payers: &'a [Payer]) -> Insured<'a> {
        Insured { patient: patient.id, name: patient.name.expose(), payers, valid_from: None }
    }

    fn payer(&self, text: &str) -> Option<&'a Payer> {
        let by_number = self.payers.iter().find(|one| one.identifier.as_str().eq_ignore_ascii_case(text));
        let mut named = self.payers.iter().filter(|one| one.name.eq_ignore_ascii_case(text));
        by_number.or_else(|| named.next().filter(|_| named.next().is_none()))
    }
}

impl WrittenCoverage {
    /// Reads it, with a fresh id.
    ///
    /// # Errors
    /// Every field that is missing or wrong.
    pub fn read(&self, of: Insured<'_>) -> Result<Coverage, Faults> {
        let mut reading = Reading::default();
        let payer = reading.required("payer", &self.payer, 80);
        let payer = payer.and_then(|text| {
            let found = of.payer(&text);
            if found.is_none() {
                reading.wrong("payer", "is no registered payer's number or name");
            }
            found
        });
        let rank = if self.rank.trim().is_empty() {
            Some(1)
        } else {
            reading.number("rank", &self.rank, 1..=11).and_then(|rank| i16::try_from(rank).ok())
        };
        let member_id: Option<MemberId> = reading.parsed_required("member_id", &self.member_id);
        let group_number = reading.text("group_number", &self.group_number, 50);
        let relationship = self.relationship_code();
        if relationship.is_none() {
            reading.wrong("relationship", "is no code of PAT01, and none of its words");
        }
        let subscriber = match relationship {
            Some("18") => Some(PersonName {
                last: of.name.last.clone(),
                first: of.name.first.clone(),
                middle: None,
                suffix: None,
            }),
            _ => self.subscriber(&mut reading),
        };
        let is_patient = relationship == Some("18");
        let born_on = reading.day("subscriber_born_on", &self.subscriber_born_on);
        let sex = sex_of(&self.subscriber_sex);
        if sex.is_none() && !self.subscriber_sex.trim().is_empty() {
            reading.wrong("subscriber_sex", "is none of F, M and U");
        }
        let medicare_secondary = reading.text("medicare_secondary", &self.medicare_secondary, 2);
        if let Some(code) = &medicare_secondary {
            if !MEDICARE_SECONDARY.contains(&code.as_str()) {
                reading.wrong("medicare_secondary", "is no code of SBR05");
            } else if rank == Some(1) {
                reading.wrong("medicare_secondary", "is said of a coverage that pays first");
            }
        }
        let valid_from = reading.day("valid_from", &self.valid_from);
        let valid_from = if self.valid_from.trim().is_empty() { of.valid_from } else { valid_from };
        if valid_from.is_none() && self.valid_from.trim().is_empty() {
            reading.wrong("valid_from", "is empty");
        }
        let valid_to = reading.day("valid_to", &self.valid_to);
        if valid_from.zip(valid_to).is_some_and(|(from, to)| to < from) {
            reading.wrong("valid_to", "is before valid_from");
        }
        let read = || {
            Some(Coverage {
                id: CoverageId::new(),
                patient: of.patient,
                payer: payer?.id,
                rank: rank?,
                member_id: member_id?,
                group_number,
                relationship: relationship?.to_owned(),
                subscriber: Phi::new(subscriber?),
                subscriber_born_on: born_on.filter(|_| !is_patient).map(Phi::new),
                subscriber_sex: sex.filter(|_| !is_patient),
                medicare_secondary,
                valid_from: valid_from?,
                valid_to,
            })
        };
        let read = read();
        reading.finish(read)
    }

    fn subscriber(&self, reading: &mut Reading) -> Option<PersonName> {
        let last = reading.required("subscriber_last_name", &self.subscriber_last_name, 60);
        let first = reading.text("subscriber_first_name", &self.subscriber_first_name, 35);
        Some(PersonName { last: last?, first, middle: None, suffix: None })
    }

    fn relationship_code(&self) -> Option<&'static str> {
        let said = self.relationship.trim().to_lowercase();
        if said.is_empty() {
            return Some("18");
        }
        // A spreadsheet's number has lost the zero in front.
        let code = if said.len() == 1 { format!("0{said}") } else { said.to_uppercase() };
        let known =
            |(known, _, words): &&(&str, &str, &[&str])| *known == code || words.contains(&said.as_str());
        RELATIONSHIPS.iter().find(known).map(|(code, ..)| *code)
    }

    /// As a coverage with a payer of this number would be written.
    #[must_use]
    pub fn of(coverage: &Coverage, payer: &Payer) -> WrittenCoverage {
        let subscriber = coverage.subscriber.expose();
        let is_patient = coverage.relationship == "18";
        let other = |text: Option<String>| text.filter(|_| !is_patient).unwrap_or_default();
        WrittenCoverage {
            payer: payer.identifier.as_str().to_owned(),
            rank: coverage.rank.to_string(),
            member_id: coverage.member_id.as_str().to_owned(),
            group_number: coverage.group_number.clone().unwrap_or_default(),
            relationship: coverage.relationship.clone(),
            subscriber_last_name: other(Some(subscriber.last.clone())),
            subscriber_first_name: other(subscriber.first.clone()),
            subscriber_born_on: other(coverage.subscriber_born_on.map(|day| day.expose().to_string())),
            subscriber_sex: other(coverage.subscriber_sex.map(|sex| sex.code().to_owned())),
            medicare_secondary: coverage.medicare_secondary.clone().unwrap_or_default(),
            valid_from: coverage.valid_from.to_string(),
            valid_to: coverage.valid_to.map(|day| day.to_string()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::PayerId;

    fn payer(identifier: &str, name: &str) -> Payer {
        Payer {
            id: PayerId::new(),
            identifier: identifier.parse().unwrap(),
            name: name.into(),
            filing_indicator: "CI".into(),
            mailbox: "x".into(),
            timely_filing_days: 90,
            appeal_days: 60,
            authorization_procedures: vec![],
            receiver: None,
        }
    }

    fn read(texts: &[(&str, &str)]) -> Result<Coverage, Vec<String>> {
        let payers = [payer("AETNA1", "First Health"), payer("BLUE22", "Blue"), payer("BLUE23", "Blue")];
        let name = PersonName::new("Roe", "Jane");
        let of = Insured { patient: PatientId::new(), name: &name, payers: &payers, valid_from: None };
        WrittenCoverage::from_texts(texts.iter().copied()).read(of).map_err(|Faults(faults)| {
            faults.iter().map(|one| format!("{} {}", one.field, one.reason)).collect()
        })
    }

    #[test]
    fn the_patient_is_insured_unless_somebody_else_is_named() {
        let said = [("payer", "first health"), ("member_id", "w1"), ("valid_from", "2026-01-01")];
        let own = read(&said).unwrap();
        assert_eq!((own.relationship.as_str(), own.rank, own.member_id.as_str()), ("18", 1, "W1"));
        assert_eq!(own.subscriber.expose().to_string(), "Roe, Jane");
        let child = [("relationship", "Child"), ("subscriber_last_name", "Doe"), ("rank", "2")];
        let child = read(&[&said[..], &child].concat()).unwrap();
        assert_eq!((child.relationship.as_str(), child.rank), ("19", 2));
        assert_eq!(child.subscriber.expose().last, "Doe");
        assert_eq!(
            read(&[&said[..], &[("relationship", "1")]].concat()).unwrap_err(),
            ["subscriber_last_name is empty"]
        );
    }

    #[test]
    fn every_fault_is_named_at_its_field() {
        let said = [
            ("payer", "Blue"),
            ("rank", "12"),
            ("member_id", "x"),
            ("relationship", "cousin"),
            ("subscriber_last_name", "Doe"),
            ("medicare_secondary", "99"),
            ("valid_from", "2026-02-01"),
            ("valid_to", "2026-01-31"),
        ];
        assert_eq!(
            read(&said).unwrap_err(),
            [
                "payer is no registered payer's number or name",
                "rank is no number from 1 to 11",
                "member_id is not valid: expected 2 to 80 printable characters",
                "relationship is no code of PAT01, and none of its words",
                "medicare_secondary is no code of SBR05",
                "valid_to is before valid_from",
            ]
        );
    }
}
