//! The entry page's form: what a person typed, as a visit document, and where in it things stand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::charges::{LineDocument, VisitDocument, pointers_of};
use crate::types::Money;

/// Lines that an empty form shows.
const LINES_SHOWN: usize = 5;

/// Fields of a line, as the form names them; there is one of each a line.
const LINE: [&str; 6] = ["date", "procedure", "modifiers", "pointers", "units", "charge"];

/// Fields that only few visits need, with what people call them.
pub(super) const RARE: [(&str, &str); 18] = [
    ("visit_number", "Visit number"),
    ("referral_number", "Referral no. (9F)"),
    ("onset_date", "Onset"),
    ("initial_treatment_date", "Initial treatment"),
    ("last_seen_date", "Last seen"),
    ("acute_manifestation_date", "Acute manifestation"),
    ("last_menstrual_period_date", "Last menstrual period"),
    ("admission_date", "Admitted"),
    ("discharge_date", "Discharged"),
    ("accident_date", "Accident"),
    ("related_cause", "Related cause (AA EM OA)"),
    ("accident_state", "Accident state"),
    ("accident_country", "Accident country"),
    ("special_program", "Special program (CLM12)"),
    ("delay_reason", "Delay reason (CLM20)"),
    ("clia_number", "CLIA no. (X4)"),
    ("mammography_number", "Mammography no. (EW)"),
    ("attachments", "Attachments (OZ:FX:A12)"),
];

/// A form, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct EntryForm {
    /// Fields of the visit by name.
    pub(super) fields: BTreeMap<String, String>,
    /// Its lines, the empty ones too.
    pub(super) lines: Vec<BTreeMap<String, String>>,
}

/// A form as a document, and how to get back.
pub(super) struct AsDocument {
    pub(super) visit: VisitDocument,
    /// Of each line of the document, its row in the form.
    rows: Vec<usize>,
    /// What cannot be said in a document: field and reason.
    pub(super) faults: Vec<(String, String)>,
}

impl EntryForm {
    /// From a form's pairs; what the page does not have is read over.
    pub(super) fn of(pairs: &[(String, String)]) -> EntryForm {
        let mut form = EntryForm::default();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, text) in pairs {
            // The database keeps no text with the character 0, and a draft must not be lost for one.
            let text = text.replace('\0', "");
            if LINE.contains(&name.as_str()) {
                let row = seen.entry(name).or_default();
                if form.lines.len() <= *row {
                    form.lines.resize(*row + 1, BTreeMap::new());
                }
                form.lines[*row].insert(name.clone(), text.trim().to_owned());
                *row += 1;
            } else if is_visit_field(name) {
                form.fields.insert(name.clone(), text.trim().to_owned());
            }
        }
        form
    }

    /// What stands in a field of the visit.
    pub(super) fn value(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// What stands in a field of a line.
    pub(super) fn line(&self, row: &usize, name: &str) -> &str {
        self.lines.get(*row).and_then(|line| line.get(name)).map_or("", String::as_str)
    }

    /// Whether nothing that costs a person time was typed.
    pub(super) fn is_empty(&self) -> bool {
        let given = ["visit_number", "billing_npi", "place_of_service"];
        self.fields.iter().all(|(name, text)| text.is_empty() || given.contains(&name.as_str()))
            && (0..self.lines.len()).all(|row| self.is_line_empty(row))
    }

    fn is_line_empty(&self, row: usize) -> bool {
        LINE.iter().all(|name| *name == "date" || self.line(&row, name).is_empty())
    }

    /// Rows to show: those that were typed and one more, or as many as an empty form has.
    pub(super) fn rows_shown(&self) -> usize {
        let typed =
            (0..self.lines.len()).rev().find(|row| !self.is_line_empty(*row)).map_or(0, |last| last + 1);
        (typed + 1).max(LINES_SHOWN).max(self.lines.len())
    }

    /// The visit that the form states. A line without a day has the visit's, one without units has 1.
    pub(super) fn as_document(&self) -> AsDocument {
        let text = |name: &str| Some(self.value(name)).filter(|text| !text.is_empty()).map(str::to_owned);
        let last = (1..=12).rev().find(|number| text(&format!("dx{number}")).is_some()).unwrap_or(0);
        let mut faults = vec![];
        let rows: Vec<usize> = (0..self.lines.len()).filter(|row| !self.is_line_empty(*row)).collect();
        let lines = rows
            .iter()
            .map(|&row| {
                let said = |name: &str, otherwise: &str| match self.line(&row, name) {
                    "" => otherwise.to_owned(),
                    text => text.to_owned(),
                };
                let pointers = pointers_of(self.line(&row, "pointers")).unwrap_or_else(|reason| {
                    faults.push((format!("lines.{row}.pointers"), reason.to_owned()));
                    vec![]
                });
                LineDocument {
                    service_date: said("date", self.value("service_date")),
                    thru_date: None,
                    procedure: said("procedure", "").to_uppercase(),
                    modifiers: self
                        .line(&row, "modifiers")
                        .split(|c: char| c.is_whitespace() || matches!(c, ':' | ','))
                        .filter(|part| !part.is_empty())
                        .map(str::to_uppercase)
                        .collect(),
                    units: said("units", "1"),
                    // What is no amount stays as it is, so that it is said to be none.
                    charge: Money::parse_written(&said("charge", ""))
                        .map_or_else(|_no_amount| said("charge", ""), |amount| amount.to_string()),
                    pointers,
                }
            })
            .collect();
        let visit = VisitDocument {
            visit_number: self.value("visit_number").to_owned(),
            patient_account: self.value("patient_account").to_owned(),
            billing_npi: text("billing_npi"),
            rendering_npi: text("rendering_npi"),
            referring_npi: text("referring_npi"),
            place_of_service: self.value("place_of_service").to_owned(),
            diagnoses: (1..=last).map(|number| self.value(&format!("dx{number}")).to_uppercase()).collect(),
            prior_authorization: text("prior_authorization"),
            referral_number: text("referral_number"),
            accident_date: text("accident_date"),
            related_cause: text("related_cause"),
            accident_state: text("accident_state"),
            accident_country: text("accident_country"),
            special_program: text("special_program"),
            delay_reason: text("delay_reason"),
            onset_date: text("onset_date"),
            initial_treatment_date: text("initial_treatment_date"),
            last_seen_date: text("last_seen_date"),
            acute_manifestation_date: text("acute_manifestation_date"),
            last_menstrual_period_date: text("last_menstrual_period_date"),
            admission_date: text("admission_date"),
            discharge_date: text("discharge_date"),
            clia_number: text("clia_number"),
            mammography_number: text("mammography_number"),
            attachments: text("attachments"),
            lines,
        };
        AsDocument { visit, rows, faults }
    }
}

impl AsDocument {
    /// The form's field for a JSON pointer into the document or into the claim; empty: the page has
    /// none for it.
    pub(super) fn field(&self, pointer: &str) -> String {
        let pointer = pointer.strip_prefix("/visits/0").unwrap_or(pointer);
        let mut parts = pointer.trim_start_matches('/').split('/');
        let (first, second, third) = (parts.next().unwrap_or(""), parts.next(), parts.next());
        let index = second.and_then(|text| text.parse::<usize>().ok());
        match (first, index) {
            ("diagnoses", index) => format!("dx{}", index.unwrap_or(0) + 1),
            ("lines", None) => "lines.0.procedure".to_owned(),
            ("lines", Some(index)) => {
                let row = self.rows.get(index).copied().unwrap_or(index);
                let field = match third.unwrap_or("procedure") {
                    "service_date" | "from" | "thru" | "thru_date" => "date",
                    "charged" => "charge",
                    known @ ("modifiers" | "pointers" | "units" | "charge") => known,
                    _ => "procedure",
                };
                format!("lines.{row}.{field}")
            }
            ("related_causes", _) => "related_cause".to_owned(),
            ("patient" | "subscriber" | "payer" | "other_payers", _) => "patient_account".to_owned(),
            ("billing", _) => "billing_npi".to_owned(),
            ("rendering", _) => "rendering_npi".to_owned(),
            ("referring", _) => "referring_npi".to_owned(),
            ("accident_on", _) => "accident_date".to_owned(),
            ("onset_on", _) => "onset_date".to_owned(),
            ("initial_treatment_on", _) => "initial_treatment_date".to_owned(),
            ("last_seen_on", _) => "last_seen_date".to_owned(),
            ("acute_manifestation_on", _) => "acute_manifestation_date".to_owned(),
            ("last_menstrual_period_on", _) => "last_menstrual_period_date".to_owned(),
            ("admitted_on", _) => "admission_date".to_owned(),
            ("discharged_on", _) => "discharge_date".to_owned(),
            (name, _) if is_visit_field(name) => name.to_owned(),
            _ => String::new(),
        }
    }
}

/// A field as a person knows it: `Line 2 charge`, `Diagnosis B`.
pub(super) fn label(field: &str) -> String {
    let mut parts = field.split('.');
    if let (Some("lines"), Some(row), Some(name)) = (parts.next(), parts.next(), parts.next()) {
        let number = row.parse::<usize>().map_or(1, |row| row + 1);
        let name = match name {
            "procedure" => "code",
            "pointers" => "diagnosis pointers",
            other => other,
        };
        return format!("Line {number} {name}");
    }
    if let Some(number) = field.strip_prefix("dx").and_then(|number| number.parse::<u8>().ok()) {
        return format!("Diagnosis {}", char::from(b'A' + number.saturating_sub(1)));
    }
    let named = [
        ("patient_account", "Patient"),
        ("service_date", "Service date"),
        ("place_of_service", "Place"),
        ("billing_npi", "Billing provider"),
        ("rendering_npi", "Rendering provider"),
        ("referring_npi", "Referring provider"),
        ("prior_authorization", "Prior authorization"),
    ];
    let known = named.into_iter().chain(RARE).find(|(name, _)| *name == field);
    known.map_or_else(|| "The visit".to_owned(), |(_, label)| label.to_owned())
}

fn is_visit_field(name: &str) -> bool {
    let known = [
        "patient_account",
        "service_date",
        "place_of_service",
        "billing_npi",
        "rendering_npi",
        "referring_npi",
        "prior_authorization",
    ];
    let is_diagnosis = || name.strip_prefix("dx").and_then(|number| number.parse::<u8>().ok());
    known.contains(&name)
        || RARE.iter().any(|(rare, _)| *rare == name)
        || is_diagnosis().is_some_and(|number| (1..=12).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> EntryForm {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        EntryForm::of(&pairs)
    }

    #[test]
    fn empty_lines_are_left_out_and_places_lead_back_to_the_row() {
        let form = form(&[
            ("service_date", "03/02/2026"),
            ("dx1", "e11.9"),
            ("csrf", "x"),
            ("date", ""),
            ("procedure", "99213"),
            ("modifiers", "25,59"),
            ("pointers", "AB"),
            ("units", ""),
            ("charge", "1,150.00"),
            ("date", "03/02/2026"),
            ("procedure", ""),
            ("modifiers", ""),
            ("pointers", ""),
            ("units", ""),
            ("charge", ""),
            ("date", "03/03/2026"),
            ("procedure", "j1885"),
            ("modifiers", ""),
            ("pointers", "Z"),
            ("units", "2"),
            ("charge", "20"),
        ]);
        let made = form.as_document();
        assert_eq!(form.rows_shown(), 5);
        assert!(!form.fields.contains_key("csrf"));
        assert_eq!(made.visit.diagnoses, ["E11.9"]);
        assert_eq!(made.visit.lines.len(), 2);
        let first = &made.visit.lines[0];
        assert_eq!(
            (first.service_date.as_str(), first.units.as_str(), first.charge.as_str()),
            ("03/02/2026", "1", "1150.00")
        );
        assert_eq!(
            (&first.modifiers[..], &first.pointers[..]),
            (&["25".to_owned(), "59".to_owned()][..], &[1, 2][..])
        );
        assert_eq!(made.visit.lines[1].procedure, "J1885");
        assert_eq!(made.faults[0].0, "lines.2.pointers");
        assert_eq!(made.field("/visits/0/lines/1/charge"), "lines.2.charge");
        assert_eq!(made.field("/lines/0/modifiers/0"), "lines.0.modifiers");
        assert_eq!(made.field("/diagnoses/1"), "dx2");
        assert_eq!(made.field("/subscriber/member_id"), "patient_account");
        assert_eq!(made.field("/note"), "");
        assert_eq!(
            (label("lines.2.charge").as_str(), label("dx2").as_str()),
            ("Line 3 charge", "Diagnosis B")
        );
    }

    #[test]
    fn what_the_page_filled_in_itself_is_no_work_to_lose() {
        assert!(
            form(&[("visit_number", "E1"), ("billing_npi", "1"), ("date", "03/02/2026"), ("charge", "")])
                .is_empty()
        );
        assert!(!form(&[("dx1", "I10")]).is_empty());
    }
}
