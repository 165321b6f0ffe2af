//! A provider as written.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::registry::Provider;
use crate::registry::providers::{Billing, Name};
use crate::registry::written::{Faults, Reading, Written, address_texts};
use crate::types::{Npi, PersonName, ProviderId, TaxId};

/// A provider as a form, a file or a program writes one. One with a tax id bills: then its taxonomy and
/// address are needed, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WrittenProvider {
    /// Ten digits with a right check digit.
    #[schema(required = true)]
    pub npi: String,
    /// A group's name: at most 60 characters. Either this or a person's last name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub organization_name: String,
    /// A person's last name: at most 60 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_name: String,
    /// A person's first name: at most 35 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub first_name: String,
    /// NUCC taxonomy code: nine characters and an X.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub taxonomy: String,
    /// Nine digits, for one that bills.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tax_id: String,
    /// What kind of number the tax id is: `EIN` unless said, or `SSN`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tax_id_kind: String,
    /// A street, no post-office box (X222 2010AA).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address_line_1: String,
    /// What else the address needs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address_line_2: String,
    /// At most 30 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// Two letters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// Nine digits: X222 2010AA N403 takes no fewer.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub zip: String,
}

impl Written for WrittenProvider {
    const FIELDS: &'static [&'static str] = &[
        "npi",
        "organization_name",
        "last_name",
        "first_name",
        "taxonomy",
        "tax_id",
        "tax_id_kind",
        "address_line_1",
        "address_line_2",
        "city",
        "state",
        "zip",
    ];
}

impl WrittenProvider {
    /// Reads it, with a fresh id.
    ///
    /// # Errors
    /// Every field that is missing or wrong.
    pub fn read(&self) -> Result<Provider, Faults> {
        let mut reading = Reading::default();
        let npi: Option<Npi> = reading.parsed_required("npi", &self.npi);
        let group = reading.text("organization_name", &self.organization_name, 60);
        let last = reading.text("last_name", &self.last_name, 60);
        let first = reading.text("first_name", &self.first_name, 35);
        let said = |text: &str| !text.trim().is_empty();
        match (said(&self.organization_name), said(&self.last_name)) {
            (false, false) => reading.wrong("last_name", "is empty, and so is organization_name"),
            (true, true) => reading.wrong("last_name", "is said, and organization_name, too"),
            _ => {}
        }
        let name = match (group, last) {
            (Some(group), _) => Some(Name::Group(group)),
            (None, Some(last)) => Some(Name::Person(PersonName { last, first, middle: None, suffix: None })),
            (None, None) => None,
        };
        let taxonomy = self.taxonomy.trim().to_ascii_uppercase();
        let is_taxonomy = taxonomy.len() == 10
            && taxonomy.ends_with('X')
            && taxonomy.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        let bills = said(&self.tax_id);
        match (taxonomy.is_empty(), is_taxonomy) {
            (true, _) if bills => reading.wrong("taxonomy", "is empty, and one with a tax id bills"),
            (false, false) => reading.wrong("taxonomy", "is not valid: expected nine characters and an X"),
            _ => {}
        }
        let billing = if bills { self.billing(&mut reading).map(Some) } else { Some(None) };
        let read = || {
            Some(Provider {
                id: ProviderId::new(),
                npi: npi?,
                taxonomy: Some(taxonomy).filter(|code| !code.is_empty()),
                name: name?,
                billing: billing?,
            })
        };
        let read = read();
        reading.finish(read)
    }

    fn billing(&self, reading: &mut Reading) -> Option<Billing> {
        let tax_id: Option<TaxId> = reading.parsed("tax_id", &self.tax_id);
        let tax_id_is_ssn = match self.tax_id_kind.trim().to_ascii_uppercase().as_str() {
            "" | "EIN" | "EI" => Some(false),
            "SSN" | "SY" => Some(true),
            _ => {
                reading.wrong("tax_id_kind", "is neither EIN nor SSN");
                None
            }
        };
        let address =
            reading.address([&self.address_line_1, &self.address_line_2, &self.city, &self.state, &self.zip]);
        Some(Billing { tax_id: tax_id?, tax_id_is_ssn: tax_id_is_ssn?, address: address? })
    }
}

impl From<&Provider> for WrittenProvider {
    fn from(provider: &Provider) -> WrittenProvider {
        let (organization_name, last_name, first_name) = match &provider.name {
            Name::Group(name) => (name.clone(), String::new(), String::new()),
            Name::Person(name) => (String::new(), name.last.clone(), name.first.clone().unwrap_or_default()),
        };
        let billing = provider.billing.as_ref();
        let [address_line_1, address_line_2, city, state, zip] =
            billing.map(|billing| address_texts(&billing.address)).unwrap_or_default();
        let kind = |billing: &Billing| if billing.tax_id_is_ssn { "SSN" } else { "EIN" };
        WrittenProvider {
            npi: provider.npi.as_str().to_owned(),
            organization_name,
            last_name,
            first_name,
            taxonomy: provider.taxonomy.clone().unwrap_or_default(),
            tax_id: billing.map(|billing| billing.tax_id.as_str().to_owned()).unwrap_or_default(),
            tax_id_kind: billing.map(kind).unwrap_or_default().to_owned(),
            address_line_1,
            address_line_2,
            city,
            state,
            zip,
        }
    }
}

/// The parts of an address written on one line, `1 Elm St, Suite 4, Springfield, IL 62701-1234`, as a
/// provider's fields name them. What has not this form is all in the first line.
pub fn address_of(text: &str) -> Vec<(&'static str, &str)> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let (lines, city, end) = match parts[..] {
        [line_1, city, end] => (vec![line_1], city, end),
        [line_1, line_2, city, end] => (vec![line_1, line_2], city, end),
        _ => return vec![("address_line_1", text)],
    };
    let (state, zip) = end.split_once(char::is_whitespace).unwrap_or((end, ""));
    let names = ["address_line_1", "address_line_2"];
    let mut fields: Vec<(&'static str, &str)> = names.into_iter().zip(lines).collect();
    fields.extend([("city", city), ("state", state), ("zip", zip.trim())]);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn wrong(texts: &[(&str, &str)], expected: &[&str]) {
        let Err(Faults(faults)) = WrittenProvider::from_texts(texts.iter().copied()).read() else {
            panic!("it is wrong")
        };
        let said: Vec<String> = faults.iter().map(|one| format!("{} {}", one.field, one.reason)).collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn one_with_a_tax_id_bills_and_needs_taxonomy_and_address() {
        wrong(
            &[
                ("npi", "1234567890"),
                ("tax_id", "12345678"),
                ("organization_name", "Elm"),
                ("last_name", "Roe"),
            ],
            &[
                "npi is not valid: the check digit is wrong (45 CFR 162.406: Luhn over 80840 and the number)",
                "last_name is said, and organization_name, too",
                "taxonomy is empty, and one with a tax id bills",
                "tax_id is not valid: expected nine digits",
                "address_line_1 is empty",
                "city is empty",
                "state is empty",
                "zip is empty",
            ],
        );
        let doctor = [("npi", "1987654328"), ("last_name", "Nguyen"), ("first_name", "An")];
        let doctor = WrittenProvider::from_texts(doctor).read().unwrap();
        assert_eq!((doctor.billing, doctor.taxonomy), (None, None));
    }

    #[test]
    fn an_address_on_one_line_is_taken_apart() {
        assert_eq!(
            address_of("1 Elm St, Suite 4, Springfield, IL 62701-1234"),
            [
                ("address_line_1", "1 Elm St"),
                ("address_line_2", "Suite 4"),
                ("city", "Springfield"),
                ("state", "IL"),
                ("zip", "62701-1234"),
            ]
        );
        assert_eq!(address_of("1 Elm St"), [("address_line_1", "1 Elm St")]);
    }
}
