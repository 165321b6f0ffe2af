//! Visits as a JSON document: what practices' programs send, and what the entry page makes of its
//! form. The shape is checked here (`validator`), the meaning where every source's is.

use std::collections::HashSet;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::charges::messages::Usual;
use crate::charges::visit::{Charges, Column, DIAGNOSES, DateFormat, Names, Problem, Reading, Stated};
use crate::types::Error;

/// Visits that were sent together: all are charged, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargeDocument {
    /// The sender's own number of this message; the `Idempotency-Key` unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 200))]
    pub message_id: Option<String>,
    /// One or more visits.
    #[validate(length(min = 1, max = 1000), nested)]
    pub visits: Vec<VisitDocument>,
}

/// A visit. Days are `2026-03-02`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitDocument {
    /// The practice system's own number: charged once.
    #[validate(length(min = 1, max = 50))]
    pub visit_number: String,
    /// Account number of a registered patient.
    #[validate(length(min = 1, max = 50))]
    pub patient_account: String,
    /// NPI of a registered provider that bills; may be left out where only one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(equal = 10))]
    pub billing_npi: Option<String>,
    /// NPI of a registered provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(equal = 10))]
    pub rendering_npi: Option<String>,
    /// NPI of a registered provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(equal = 10))]
    pub referring_npi: Option<String>,
    /// Two digits.
    #[validate(length(equal = 2))]
    pub place_of_service: String,
    /// ICD-10-CM, at most twelve; lines point to them.
    #[serde(default)]
    #[validate(length(max = 12))]
    pub diagnoses: Vec<String>,
    /// REF*G1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 50))]
    pub prior_authorization: Option<String>,
    /// REF*9F.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 50))]
    pub referral_number: Option<String>,
    /// DTP*439.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accident_date: Option<String>,
    /// `AA`, `EM`, `OA`; several with a blank between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related_cause: Option<String>,
    /// Where an auto accident happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accident_state: Option<String>,
    /// CLM11-5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accident_country: Option<String>,
    /// CLM12.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special_program: Option<String>,
    /// CLM20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_reason: Option<String>,
    /// DTP*431.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset_date: Option<String>,
    /// DTP*454.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_treatment_date: Option<String>,
    /// DTP*304.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_date: Option<String>,
    /// DTP*453.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acute_manifestation_date: Option<String>,
    /// DTP*484.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_menstrual_period_date: Option<String>,
    /// DTP*435.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission_date: Option<String>,
    /// DTP*096.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discharge_date: Option<String>,
    /// REF*X4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clia_number: Option<String>,
    /// REF*EW.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mammography_number: Option<String>,
    /// Report type, way and number of each paper: `OZ:FX:A12 RR:AA`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<String>,
    /// What was done: one to fifty lines.
    #[validate(length(min = 1, max = 50), nested)]
    pub lines: Vec<LineDocument>,
}

/// One charge of a visit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineDocument {
    /// The first day.
    #[validate(length(min = 1, max = 50))]
    pub service_date: String,
    /// The last day of a range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thru_date: Option<String>,
    /// CPT or HCPCS.
    #[validate(length(min = 1, max = 50))]
    pub procedure: String,
    /// At most four.
    #[serde(default)]
    #[validate(length(max = 4))]
    pub modifiers: Vec<String>,
    /// A number, or a text that is one.
    #[serde(deserialize_with = "number_or_text")]
    #[schema(value_type = f64)]
    #[validate(length(min = 1, max = 50))]
    pub units: String,
    /// A number, or a text that is one: read digit by digit, never as floating point.
    #[serde(deserialize_with = "number_or_text")]
    #[schema(value_type = f64)]
    #[validate(length(min = 1, max = 50))]
    pub charge: String,
    /// Which diagnoses, from 1; the first is the reason for the service.
    #[serde(default)]
    #[validate(length(max = 12))]
    pub pointers: Vec<u8>,
}

/// A number as it is written, or a text.
fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        _ => Err(de::Error::custom("expected a number")),
    }
}

/// The number that a document gives itself, as far as it is one.
#[must_use]
pub fn message_id_of(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Numbered {
        message_id: String,
    }
    let said: Option<Numbered> = serde_json::from_slice(bytes).ok();
    said.map(|said| said.message_id).filter(|id| !id.is_empty())
}

/// The document of bytes.
///
/// # Errors
/// `charges/json`: not JSON of this shape.
pub(super) fn parse(bytes: &[u8]) -> Result<ChargeDocument, Error> {
    serde_json::from_slice(bytes).map_err(|fault| {
        // Not the fault's own text: it may repeat a value.
        let what = match fault.classify() {
            serde_json::error::Category::Data => "a field is missing, unknown or of another kind",
            _ => "it is not JSON",
        };
        let detail =
            format!("the charges cannot be read: {what}, at line {} column {}", fault.line(), fault.column());
        let next = "Compare the body with /api/v1/openapi.json";
        crate::types::Refusal::new("charges/json", crate::types::Status::Unreadable, detail, next).into()
    })
}

/// Reads a document's visits.
///
/// # Errors
/// As [`parse`].
pub(super) fn read(bytes: &[u8], usual: &Usual) -> Result<Charges, Error> {
    Ok(charges(&parse(bytes)?, usual))
}

/// What a document states: each visit is a row.
pub(super) fn charges(document: &ChargeDocument, usual: &Usual) -> Charges {
    let mut reading = Reading::of(DateFormat::Usual);
    let mut shape = vec![];
    if let Err(errors) = document.validate() {
        collect(&errors, "", &mut shape);
        shape.sort_by(|a, b| (a.row, &a.column).cmp(&(b.row, &b.column)));
    }
    let mut numbers = HashSet::new();
    for (row, (index, visit)) in (1..).zip(document.visits.iter().enumerate()) {
        // Rows of a sheet are one visit by their number; of documents the same visit would be charged twice.
        if !visit.visit_number.is_empty() && !numbers.insert(visit.visit_number.trim()) {
            let place = format!("/visits/{index}/visit_number");
            shape.push(Problem::new(row, place, "stands twice: a visit is stated once"));
        }
        for stated in stated(row, index, visit, usual) {
            reading.add(&stated);
        }
    }
    let mut charges = reading.finish(vec![]);
    charges.add_problems(shape);
    charges
}

/// What can be told of a visit that somebody is still entering.
pub(super) fn unfinished(visit: &VisitDocument, usual: &Usual) -> Charges {
    let mut reading = Reading::unfinished();
    for stated in stated(1, 0, visit, usual) {
        reading.add(&stated);
    }
    reading.finish(vec![])
}

/// The pointers of a line, as the columns write them.
fn pointers(pointers: &[u8]) -> String {
    pointers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn stated(row: i32, index: usize, visit: &VisitDocument, usual: &Usual) -> Vec<Stated> {
    let names = |line: usize| Names {
        visit: format!("/visits/{index}/"),
        line: format!("/visits/{index}/lines/{line}/"),
        of: |column| match DIAGNOSES.iter().position(|known| *known == column) {
            Some(place) => format!("diagnoses/{place}").into(),
            None => column.into(),
        },
    };
    let of_visit = |stated: &mut Stated| {
        let texts: [(Column, Option<&str>); 5] = [
            ("visit_number", Some(&visit.visit_number)),
            ("patient_account", Some(&visit.patient_account)),
            ("billing_npi", visit.billing_npi.as_deref().or(usual.billing_npi.as_deref())),
            ("rendering_npi", visit.rendering_npi.as_deref()),
            ("referring_npi", visit.referring_npi.as_deref()),
        ];
        let rare: [(Column, &Option<String>); 18] = [
            ("prior_authorization", &visit.prior_authorization),
            ("referral_number", &visit.referral_number),
            ("accident_date", &visit.accident_date),
            ("related_cause", &visit.related_cause),
            ("accident_state", &visit.accident_state),
            ("accident_country", &visit.accident_country),
            ("special_program", &visit.special_program),
            ("delay_reason", &visit.delay_reason),
            ("onset_date", &visit.onset_date),
            ("initial_treatment_date", &visit.initial_treatment_date),
            ("last_seen_date", &visit.last_seen_date),
            ("acute_manifestation_date", &visit.acute_manifestation_date),
            ("last_menstrual_period_date", &visit.last_menstrual_period_date),
            ("admission_date", &visit.admission_date),
            ("discharge_date", &visit.discharge_date),
            ("clia_number", &visit.clia_number),
            ("mammography_number", &visit.mammography_number),
            ("attachments", &visit.attachments),
        ];
        let rare = rare.into_iter().map(|(column, text)| (column, text.as_deref()));
        for (column, text) in texts.into_iter().chain(rare) {
            if let Some(text) = text {
                stated.set(column, text);
            }
        }
        stated.set("place_of_service", &*visit.place_of_service);
        for (column, code) in DIAGNOSES.iter().zip(&visit.diagnoses) {
            stated.set(column, code.as_str());
        }
    };
    if visit.lines.is_empty() {
        let mut stated = Stated::new(row, names(0));
        stated.without_line = true;
        of_visit(&mut stated);
        return vec![stated];
    }
    let line = |(number, line): (usize, &LineDocument)| {
        let mut stated = Stated::new(row, names(number));
        of_visit(&mut stated);
        stated.set("service_date", line.service_date.as_str());
        if let Some(thru) = &line.thru_date {
            stated.set("thru_date", thru.as_str());
        }
        stated.set("procedure", line.procedure.as_str());
        stated.set("modifiers", line.modifiers.join(" "));
        stated.set("units", line.units.as_str());
        stated.set("charge", line.charge.as_str());
        stated.set("pointers", pointers(&line.pointers));
        stated
    };
    visit.lines.iter().enumerate().map(line).collect()
}

/// Every fault of a document's shape, each at its JSON pointer, without the value.
fn collect(errors: &ValidationErrors, at: &str, problems: &mut Vec<Problem>) {
    for (field, kind) in errors.errors() {
        let place = format!("{at}/{field}");
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, &place, problems),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{place}/{index}"), problems);
                }
            }
            ValidationErrorsKind::Field(faults) => {
                let visit = place
                    .strip_prefix("/visits/")
                    .and_then(|rest| rest.split('/').next()?.parse::<i32>().ok());
                for fault in faults {
                    let limit = |name: &str| fault.params.get(name).map(ToString::to_string);
                    let reason = match (limit("equal"), limit("min"), limit("max")) {
                        (Some(equal), ..) => format!("has not the length {equal}"),
                        (_, Some(min), Some(max)) => format!("has not a length of {min} to {max}"),
                        (_, None, Some(max)) => format!("is longer than {max}"),
                        _ => "is not what it should be".to_owned(),
                    };
                    problems.push(Problem {
                        row: visit.map_or(1, |index| index + 1),
                        column: Some(place.clone()),
                        reason,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VISIT: &str = r#"{"visit_number":"V1","patient_account":"A-100","billing_npi":"1234567893",
        "place_of_service":"11","diagnoses":["E11.9","I10"],"lines":[
        {"service_date":"2026-03-02","procedure":"99213","modifiers":["25"],"units":1,"charge":150.10,"pointers":[1,2]}]}"#;

    fn problems(visit: &str) -> Vec<(String, String)> {
        let body = format!(r#"{{"visits":[{visit}]}}"#);
        let charges = read(body.as_bytes(), &Usual::default()).unwrap();
        let of = charges.visits.into_iter().flat_map(|visit| visit.problems);
        of.map(|problem| (problem.column.unwrap_or_default(), problem.reason)).collect()
    }

    #[test]
    fn an_amount_is_read_digit_by_digit() {
        let body = format!(r#"{{"visits":[{VISIT}]}}"#).replace("150.10", "90071992547.00");
        let charges = read(body.as_bytes(), &Usual::default()).unwrap();
        assert_eq!(charges.visits[0].problems[0].reason, "is more than 99999999.99");
        let charges = read(format!(r#"{{"visits":[{VISIT}]}}"#).as_bytes(), &Usual::default()).unwrap();
        assert_eq!(charges.visits[0].lines[0].charged.to_string(), "150.10");
        assert_eq!(charges.visits[0].lines[0].pointers, [1, 2]);
        assert_eq!(charges.visits[0].diagnoses, ["E11.9", "I10"]);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_json_pointer() {
        assert_eq!(
            problems(&VISIT.replace("2026-03-02", "soon")),
            [(
                "/visits/0/lines/0/service_date".into(),
                "is not a date: expected YYYY-MM-DD or MM/DD/YYYY".into()
            )]
        );
        assert_eq!(
            problems(&VISIT.replace("\"11\"", "\"1\"")),
            [("/visits/0/place_of_service".into(), "has not the length 2".into())]
        );
        assert_eq!(
            problems(&format!("{VISIT},{VISIT}")),
            [("/visits/1/visit_number".into(), "stands twice: a visit is stated once".into())]
        );
        let nothing = read(br#"{"visits":[]}"#, &Usual::default()).unwrap().problems;
        assert_eq!(nothing[0].column.as_deref(), Some("/visits"));
        assert_eq!(
            problems(&VISIT.replace("\"E11.9\"", "\"\"")),
            [("/visits/0/diagnoses/0".into(), "is empty, and a later diagnosis is not".into())]
        );
    }

    #[test]
    fn what_is_no_document_is_refused_without_its_values() {
        for body in ["", "{}", "[]", r#"{"visits":[{"name":"ROE"}]}"#] {
            let refused = read(body.as_bytes(), &Usual::default()).unwrap_err();
            let refusal = refused.refusal().unwrap();
            assert_eq!(refusal.code, "charges/json", "{body}");
            assert!(!refusal.detail.contains("ROE"));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, &Usual::default());
        }
    }
}
