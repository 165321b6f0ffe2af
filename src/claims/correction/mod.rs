//! What a person corrects on a claim, as a form holds it: texts, until all of them can be read.
//!
//! Codes are taken as they are written, right or wrong: the scrubber names the wrong ones. Numbers,
//! amounts and dates must be readable, because nothing could be charged by them otherwise; what is not
//! is named with its field, and the form keeps what was typed.

pub mod pages;

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::model::{Claim, ServiceLine};
use crate::charges::{DateFormat, pointers_of};
use crate::types::{Entered, Icd10Code, Money, ProcedureCode};

/// Diagnoses that a claim has room for.
const DIAGNOSES_MAX: usize = 12;
/// Lines that a claim has room for (X222 2400).
const LINES_MAX: usize = 50;

/// The form's texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Correction {
    /// The event up to which the claim was seen.
    pub(super) event: i32,
    pub(super) place_of_service: String,
    pub(super) prior_authorization: String,
    pub(super) referral_number: String,
    pub(super) clia_number: String,
    pub(super) diagnoses: Vec<String>,
    /// The claim's lines in order, and empty ones behind them.
    pub(super) lines: Vec<Line>,
}

/// One line's texts. A line whose procedure is emptied goes; an empty one that is filled comes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) procedure: String,
    pub(super) modifiers: String,
    pub(super) pointers: String,
    pub(super) units: String,
    pub(super) charged: String,
    pub(super) from: String,
    pub(super) thru: String,
}

/// A field that cannot be read, by its name in the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) field: String,
    pub(super) reason: &'static str,
}

impl Correction {
    /// What the claim says now, with room for what is missing.
    pub(super) fn of(claim: &Claim, event: i32) -> Correction {
        let text = |number: &Option<String>| number.clone().unwrap_or_default();
        let shown = |code: &Entered<Icd10Code>| {
            code.valid().map_or_else(|| code.text().to_owned(), Icd10Code::dotted)
        };
        let mut diagnoses: Vec<String> = claim.diagnoses.iter().map(shown).collect();
        diagnoses.resize(diagnoses.len().max(DIAGNOSES_MAX), String::new());
        let mut lines: Vec<Line> = claim.lines.iter().map(Line::of).collect();
        lines.resize((lines.len() + 2).min(LINES_MAX.max(lines.len())), Line::default());
        Correction {
            event,
            place_of_service: claim.place_of_service.text().to_owned(),
            prior_authorization: text(&claim.prior_authorization),
            referral_number: text(&claim.referral_number),
            clia_number: text(&claim.clia_number),
            diagnoses,
            lines,
        }
    }

    /// What was sent, whatever it is: fields that are not there are as if they were empty.
    pub(super) fn sent(fields: &[(String, String)]) -> Correction {
        let by_name: HashMap<&str, &str> =
            fields.iter().map(|(name, text)| (name.as_str(), text.trim())).collect();
        let text = |name: &str| by_name.get(name).copied().unwrap_or_default().to_owned();
        let count = |begin: &str, max: usize| {
            (0..max).take_while(|at| by_name.contains_key(format!("{begin}{at}").as_str())).count()
        };
        let line = |at: usize| {
            let text = |field: &str| text(&format!("{field}-{at}"));
            Line {
                procedure: text("procedure"),
                modifiers: text("modifiers"),
                pointers: text("pointers"),
                units: text("units"),
                charged: text("charged"),
                from: text("from"),
                thru: text("thru"),
            }
        };
        Correction {
            event: text("event").parse().unwrap_or_default(),
            place_of_service: text("place_of_service"),
            prior_authorization: text("prior_authorization"),
            referral_number: text("referral_number"),
            clia_number: text("clia_number"),
            diagnoses: (0..count("dx-", DIAGNOSES_MAX)).map(|at| text(&format!("dx-{at}"))).collect(),
            lines: (0..count("procedure-", LINES_MAX)).map(line).collect(),
        }
    }

    /// The claim as it is to be, or every field that cannot be read.
    pub(super) fn applied(&self, claim: &Claim) -> Result<Claim, Vec<Unreadable>> {
        let mut wrong = vec![];
        let number = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut revised = claim.clone();
        revised.place_of_service = self.place_of_service.as_str().into();
        revised.prior_authorization = number(&self.prior_authorization);
        revised.referral_number = number(&self.referral_number);
        revised.clia_number = number(&self.clia_number);
        let given = self.diagnoses.iter().rposition(|code| !code.is_empty()).map_or(0, |last| last + 1);
        if let Some(gap) = self.diagnoses[..given].iter().position(String::is_empty) {
            // Pointers are letters: what stands behind a gap would silently get another letter.
            wrong.push(Unreadable { field: format!("dx-{gap}"), reason: "is empty, and others follow" });
        }
        revised.diagnoses = self.diagnoses[..given].iter().map(|code| code.as_str().into()).collect();
        revised.lines = vec![];
        for (at, line) in self.lines.iter().enumerate() {
            if line.procedure.is_empty() {
                continue;
            }
            let before = claim.lines.get(at);
            match line.applied(at, before, &mut wrong) {
                Some(line) => revised.lines.push(line),
                None => debug_assert!(!wrong.is_empty(), "a line that cannot be read says why"),
            }
        }
        if revised.lines.is_empty() && wrong.is_empty() {
            wrong.push(Unreadable { field: "procedure-0".into(), reason: "is empty: a claim has a line" });
        }
        revised.charged = revised.lines_total();
        if wrong.is_empty() { Ok(revised) } else { Err(wrong) }
    }
}

impl Line {
    fn of(line: &ServiceLine) -> Line {
        let modifiers: Vec<&str> = line.modifiers.iter().map(Entered::text).collect();
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        Line {
            procedure: line.procedure.text().to_owned(),
            modifiers: modifiers.join(" "),
            pointers: line.pointer_letters().collect(),
            units: line.units.normalize().to_string(),
            charged: line.charged.to_string(),
            from: day(line.from),
            thru: day(line.thru),
        }
    }

    fn applied(
        &self,
        at: usize,
        before: Option<&ServiceLine>,
        wrong: &mut Vec<Unreadable>,
    ) -> Option<ServiceLine> {
        let mut refuse = |field: &str, reason: &'static str| {
            wrong.push(Unreadable { field: format!("{field}-{at}"), reason });
        };
        let units = self.units.parse::<Decimal>().ok();
        if units.is_none() {
            refuse("units", "is not a number");
        }
        let charged = Money::parse_written(&self.charged).ok();
        if charged.is_none() {
            refuse("charged", "is not an amount such as 150.00");
        }
        let pointers = pointers_of(&self.pointers).map_err(|reason| refuse("pointers", reason)).ok();
        let mut day = |field: &str, text: &str| match text {
            "" => Some(None),
            text => DateFormat::Usual.parse(text).map(Some).map_err(|reason| refuse(field, reason)).ok(),
        };
        let (from, thru) = (day("from", &self.from), day("thru", &self.thru));
        let procedure: Entered<ProcedureCode> = self.procedure.to_ascii_uppercase().as_str().into();
        let codes = self.modifiers.split([' ', ',', ':', '-']).filter(|code| !code.is_empty());
        Some(ServiceLine {
            procedure: procedure.clone(),
            modifiers: codes.map(|code| code.to_ascii_uppercase().as_str().into()).collect(),
            charged: charged?,
            units: units?,
            pointers: pointers?,
            from: from?,
            thru: thru?,
            ..before.cloned().unwrap_or_else(|| ServiceLine::of(procedure.clone()))
        })
    }
}
