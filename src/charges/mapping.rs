//! Which of a practice's own columns are ours.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::charges::visit::{self, Column, DateFormat};
use crate::types::{Place, Refusal, Result, Status};

/// How a practice's system names the columns of its charge files; kept under a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Our column to the heading of theirs: `{"service_date": "DOS"}`. Headings are compared without
    /// case and without blanks around.
    pub columns: BTreeMap<String, String>,
    /// How their dates are written.
    #[serde(default)]
    pub dates: DateFormat,
    /// Our column to what it is where theirs is missing or empty: `{"place_of_service": "11"}`.
    #[serde(default)]
    pub defaults: BTreeMap<String, String>,
    /// The sheet of a workbook; none: the first.
    #[serde(default)]
    pub sheet: Option<String>,
}

/// Longest name of a mapping, and longest heading, in characters.
const NAME_MAX: usize = 60;

/// What else our columns are called, in small letters and digits only. From the headings of practice
/// systems' exports, and the box titles of the CMS-1500 (02/12).
const SYNONYMS: &[(Column, &[&str])] = &[
    (
        "visit_number",
        &[
            "visit",
            "visitno",
            "visitid",
            "encounter",
            "encounterid",
            "encounternumber",
            "encounterno",
            "superbill",
            "superbillno",
            "claimno",
            "claimid",
            "ticket",
            "ticketno",
            "ticketnumber",
            "voucher",
        ],
    ),
    (
        "patient_account",
        &[
            "account",
            "accountno",
            "accountnumber",
            "acct",
            "acctno",
            "patacct",
            "ptacct",
            "patientacct",
            "patientaccountno",
            "patientaccountnumber",
            "patientid",
            "patid",
            "mrn",
            "chart",
            "chartno",
            "chartnumber",
        ],
    ),
    (
        "billing_npi",
        &["billingprovidernpi", "billingproviderid", "groupnpi", "billnpi", "practicenpi", "box33a"],
    ),
    (
        "rendering_npi",
        &[
            "renderingprovidernpi",
            "renderingprovider",
            "providernpi",
            "npi",
            "doctornpi",
            "renderingproviderid",
            "box24j",
        ],
    ),
    ("referring_npi", &["referringprovidernpi", "referringprovider", "refnpi", "box17b"]),
    ("place_of_service", &["pos", "placeofservicecode", "poscode", "place", "box24b"]),
    (
        "service_date",
        &[
            "dos",
            "dateofservice",
            "servicedatefrom",
            "fromdate",
            "from",
            "datefrom",
            "dosfrom",
            "fromdos",
            "svcdate",
            "date",
            "servicefrom",
            "box24a",
        ],
    ),
    (
        "thru_date",
        &[
            "thru",
            "to",
            "todate",
            "throughdate",
            "dosto",
            "todos",
            "servicedateto",
            "enddate",
            "dateto",
            "serviceto",
        ],
    ),
    (
        "procedure",
        &[
            "cpt",
            "cptcode",
            "hcpcs",
            "hcpcscode",
            "cpthcpcs",
            "cpthcpcscode",
            "procedurecode",
            "proc",
            "proccode",
            "code",
            "servicecode",
            "box24d",
        ],
    ),
    ("modifiers", &["modifier", "mod", "mods", "modifier1", "mod1", "cptmodifier"]),
    ("units", &["unit", "qty", "quantity", "days", "daysunits", "daysorunits", "box24g"]),
    (
        "charge",
        &[
            "charges",
            "chargeamount",
            "amount",
            "fee",
            "totalcharge",
            "chargeamt",
            "billedamount",
            "billed",
            "linecharge",
            "box24f",
        ],
    ),
    (
        "pointers",
        &["pointer", "dxpointer", "dxpointers", "diagnosispointer", "diagnosispointers", "dxptr", "box24e"],
    ),
    (
        "prior_authorization",
        &["priorauth", "auth", "authno", "authorization", "authorizationnumber", "paauth", "box23"],
    ),
    ("referral_number", &["referral", "referralno"]),
    ("accident_date", &["dateofaccident", "injurydate"]),
    ("accident_state", &["autoaccidentstate"]),
    ("onset_date", &["dateofonset", "onset", "illnessdate"]),
    ("admission_date", &["admitdate", "admission", "admitted"]),
    ("discharge_date", &["discharge", "dischargedate", "discharged"]),
    ("clia_number", &["clia", "cliano"]),
];

impl Mapping {
    /// The mapping that a file's headings suggest: our own names, and what those columns are usually
    /// called. A heading that fits nothing is left out, and so is a column that fits two.
    #[must_use]
    pub fn guess(headings: &[String]) -> Mapping {
        let mut columns: BTreeMap<String, String> = BTreeMap::new();
        for column in visit::all_columns() {
            let fits = |heading: &&String| {
                let plain = plain(heading);
                plain == plain_column(column) || synonyms(column).any(|synonym| synonym == plain)
            };
            let found: Vec<&String> = headings.iter().filter(fits).collect();
            // Our own name wins over what else it may be called.
            let own = found.iter().find(|heading| plain(heading) == plain_column(column));
            let one = own.or(if found.len() == 1 { found.first() } else { None });
            if let Some(heading) = one {
                columns.insert(column.to_owned(), (*heading).clone());
            }
        }
        Mapping { columns, ..Mapping::default() }
    }

    /// Required columns that the mapping neither names nor fills.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        visit::all_columns().filter(|column| {
            visit::is_required(column)
                && !self.columns.contains_key(*column)
                && !self.defaults.contains_key(*column)
        })
    }

    /// Checks what a person or program wrote.
    ///
    /// # Errors
    /// `charges/mapping`, with the field.
    pub fn checked(self) -> Result<Mapping> {
        let named = [("columns", &self.columns), ("defaults", &self.defaults)];
        for (field, map) in named {
            for (column, text) in map {
                if visit::column_named(column) != Some(column.as_str()) {
                    return Err(wrong(&format!("{field}/{column}"), "is no column of ours"));
                }
                let length = text.trim().chars().count();
                if !(1..=NAME_MAX).contains(&length) || text.chars().any(char::is_control) {
                    return Err(wrong(&format!("{field}/{column}"), "has 1 to 60 characters"));
                }
            }
        }
        if self.sheet.as_ref().is_some_and(|sheet| sheet.is_empty() || sheet.chars().count() > NAME_MAX) {
            return Err(wrong("sheet", "has 1 to 60 characters"));
        }
        if let Some(missing) = self.missing().next() {
            return Err(wrong(&format!("columns/{missing}"), "is required: name a heading or a default"));
        }
        Ok(self)
    }

    /// Our columns that stand under a heading.
    pub(super) fn columns_of(&self, heading: &str) -> impl Iterator<Item = Column> {
        let heading = heading.trim().to_lowercase();
        self.columns
            .iter()
            .filter(move |(_, theirs)| theirs.trim().to_lowercase() == heading)
            .filter_map(|(column, _)| visit::column_named(column))
    }

    /// The heading of one of our columns.
    pub(super) fn heading(&self, column: Column) -> Option<&str> {
        self.columns.get(column).map(String::as_str)
    }

    /// What our columns are where theirs say nothing.
    pub(super) fn defaults(&self) -> Vec<(Column, String)> {
        let known = |(column, text): (&String, &String)| Some((visit::column_named(column)?, text.clone()));
        self.defaults.iter().filter_map(known).collect()
    }
}

/// Checks the name of a mapping: 1 to 60 characters.
///
/// # Errors
/// `charges/mapping`
pub(super) fn checked_name(name: &str) -> Result<&str> {
    let name = name.trim();
    if (1..=NAME_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(name);
    }
    Err(wrong("name", "has 1 to 60 characters"))
}

fn wrong(field: &str, what: &str) -> crate::types::Error {
    let place = Place { field: Some(format!("/{field}")), ..Place::default() };
    let detail = format!("{field} of the mapping {what}");
    Refusal::new("charges/mapping", Status::Invalid, detail, "Correct the mapping").at(place).into()
}

fn plain(heading: &str) -> String {
    heading.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn plain_column(column: Column) -> String {
    plain(column)
}

/// The other names of a column; a diagnosis goes by its number or, on the CMS-1500, its letter.
fn synonyms(column: Column) -> impl Iterator<Item = String> {
    let named = SYNONYMS.iter().filter(move |(known, _)| *known == column);
    let named = named.flat_map(|(_, names)| names.iter().map(|name| (*name).to_owned()));
    let number = visit::DIAGNOSES.iter().position(|known| *known == column);
    let diagnosis = number.into_iter().flat_map(|number| {
        let letter = char::from(b"abcdefghijkl"[number]);
        let place = number + 1;
        ["diagnosis", "diag", "icd", "icd10", "diagnosiscode", "icdcode", "dxcode"]
            .into_iter()
            .flat_map(move |word| [format!("{word}{place}"), format!("{word}{letter}")])
            .chain([format!("dx{letter}"), format!("box21{letter}")])
            .chain(
                (number == 0)
                    .then_some(["dx", "diagnosis", "primarydx", "primarydiagnosis", "icd10"])
                    .into_iter()
                    .flatten()
                    .map(str::to_owned),
            )
            .collect::<Vec<_>>()
    });
    named.chain(diagnosis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn usual_headings_are_recognized() {
        let guess = Mapping::guess(&headings(&[
            "Encounter #",
            "Pt Acct",
            "Billing Provider NPI",
            "NPI",
            "DOS",
            "POS",
            "CPT",
            "Mod",
            "Qty",
            "Amount",
            "Dx 1",
            "ICD-10 B",
            "DX Pointer",
            "Room",
        ]));
        let found: Vec<(&str, &str)> =
            guess.columns.iter().map(|(ours, theirs)| (ours.as_str(), theirs.as_str())).collect();
        assert_eq!(
            found,
            [
                ("billing_npi", "Billing Provider NPI"),
                ("charge", "Amount"),
                ("dx1", "Dx 1"),
                ("dx2", "ICD-10 B"),
                ("modifiers", "Mod"),
                ("patient_account", "Pt Acct"),
                ("place_of_service", "POS"),
                ("pointers", "DX Pointer"),
                ("procedure", "CPT"),
                ("rendering_npi", "NPI"),
                ("service_date", "DOS"),
                ("units", "Qty"),
                ("visit_number", "Encounter #"),
            ]
        );
        assert_eq!(guess.missing().count(), 0);
    }

    #[test]
    fn of_two_headings_that_fit_our_own_name_wins_and_else_neither() {
        let guess = Mapping::guess(&headings(&["charge", "Amount", "DOS", "From"]));
        assert_eq!(guess.columns.get("charge").map(String::as_str), Some("charge"));
        assert_eq!(guess.columns.get("service_date"), None);
    }

    #[test]
    fn a_mapping_names_our_columns_and_leaves_none_of_the_required_out() {
        let field = |mapping: Mapping| {
            let refused = mapping.checked().unwrap_err();
            refused.refusal().unwrap().place.clone().unwrap().field.unwrap()
        };
        let one = |ours: &str, theirs: &str| Mapping {
            columns: BTreeMap::from([(ours.to_owned(), theirs.to_owned())]),
            ..Mapping::default()
        };
        assert_eq!(field(one("room", "Room")), "/columns/room");
        assert_eq!(field(one("charge", " ")), "/columns/charge");
        assert_eq!(field(one("charge", "Amount")), "/columns/visit_number");
    }
}
