//! SNIP 5: codes of lists that others keep, asked for the date of service.
//!
//! The tables are asked through [`CodeLookup`]; a table that does not hold a code and is not
//! complete says so, and nothing is reported.

use chrono::NaiveDate;

use crate::types::{CodeLookup, CodeStatus, CodeTable};
use crate::x12::check::findings::Findings;
use crate::x12::check::rules::{self, Rule};
use crate::x12::declare::Written;
use crate::x12::segments::{Cas, Procedure};
use crate::x12::value::Text;
use crate::x12::x835::ClaimPayment;
use crate::x12::x837p::Claim;

/// The tables, when level 5 is asked for.
#[derive(Clone, Copy)]
pub(crate) struct CodeCheck<'c> {
    /// Where to ask.
    pub codes: &'c dyn CodeLookup,
}

impl std::fmt::Debug for CodeCheck<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeCheck")
    }
}

/// What is asked about one code.
struct Question<'q> {
    rule: &'q Rule,
    table: CodeTable,
    part: &'q dyn Written,
    path: &'q str,
    place: (&'q str, u8),
    on: NaiveDate,
}

impl CodeCheck<'_> {
    fn ask(&self, code: Text<'_>, question: &Question<'_>, findings: &mut Findings<'_>) {
        if code.is_empty() {
            return;
        }
        let on = question.on;
        let upper = code.to_str().to_ascii_uppercase();
        let message = match self.codes.status(question.table, &upper, on) {
            CodeStatus::Valid | CodeStatus::NotChecked => return,
            CodeStatus::Header => format!("this is a heading of {}, a longer code is needed", question.table),
            CodeStatus::NotInForce => format!("this code of {} is not in force on {on}", question.table),
            CodeStatus::Unknown => format!("this is no code of {}", question.table),
        };
        findings.broken(question.rule, question.part, question.path, question.place, message).found(code);
    }

    /// A procedure with its modifiers; which of CPT and HCPCS II it is, the first character says.
    fn procedure(
        &self,
        procedure: &Procedure<'_>,
        (part, path, designator): (&dyn Written, &str, &str),
        on: NaiveDate,
        findings: &mut Findings<'_>,
    ) {
        if procedure.qualifier != "HC" {
            return;
        }
        let cpt = procedure.code.as_bytes().first().is_some_and(u8::is_ascii_digit);
        let table = if cpt { CodeTable::Cpt } else { CodeTable::Hcpcs };
        let question =
            Question { rule: &rules::PROCEDURE_CODE, table, part, path, place: (designator, 2), on };
        self.ask(procedure.code, &question, findings);
        for (place, modifier) in procedure.modifiers.iter().enumerate() {
            let component = u8::try_from(place + 3).unwrap_or(0);
            let question = Question {
                rule: &rules::MODIFIER,
                table: CodeTable::Modifier,
                part,
                path,
                place: (designator, component),
                on,
            };
            self.ask(*modifier, &question, findings);
        }
    }

    /// Diagnoses, procedures, modifiers and places of a professional claim. A claim without a
    /// readable date of service is not asked about: which edition would answer?
    pub(crate) fn professional_claim(&self, claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
        let day = |line: &crate::x12::x837p::ServiceLine<'_>| {
            line.service_date.as_ref().and_then(|date| date.period.first_day())
        };
        let Some(first_day) = claim.lines.iter().filter_map(day).min() else { return };
        if let Some(diagnoses) = &claim.diagnoses {
            for (place, code) in diagnoses.codes.iter().enumerate() {
                if code.qualifier == "ABK" || code.qualifier == "ABF" {
                    let designator = format!("HI{:02}", place + 1);
                    let question = Question {
                        rule: &rules::DIAGNOSIS_CODE,
                        table: CodeTable::Icd10cm,
                        part: diagnoses,
                        path,
                        place: (&designator, 2),
                        on: first_day,
                    };
                    self.ask(code.code, &question, findings);
                }
            }
        }
        let place_of = |part, place| Question {
            rule: &rules::PLACE_OF_SERVICE,
            table: CodeTable::Pos,
            part,
            path,
            place,
            on: first_day,
        };
        self.ask(claim.claim.facility.code, &place_of(&claim.claim, ("CLM05", 1)), findings);
        let within = format!("{path}/2400");
        for line in &claim.lines {
            let on = day(line).unwrap_or(first_day);
            self.procedure(&line.service.procedure, (&line.service, &within, "SV101"), on, findings);
            if let Some(place) = line.service.place_of_service {
                self.ask(place, &place_of(&line.service, ("SV105", 0)), findings);
            }
            for one in &line.adjudications {
                self.reasons(&one.adjustments, &format!("{within}/2430"), on, findings);
            }
        }
        for payer in &claim.other_payers {
            self.reasons(&payer.adjustments, &format!("{path}/2320"), first_day, findings);
        }
    }

    /// Reasons and remarks of a claim payment, on the day on which the payer finished it.
    pub(crate) fn claim_payment(
        &self,
        claim: &ClaimPayment<'_>,
        on: NaiveDate,
        path: &str,
        findings: &mut Findings<'_>,
    ) {
        self.reasons(&claim.adjustments, path, on, findings);
        if let Some(moa) = &claim.outpatient {
            for (place, code) in moa.remarks.iter().enumerate() {
                let designator = format!("MOA{:02}", place + 3);
                self.ask(*code, &remark(&**moa, path, (&designator, 0), on), findings);
            }
        }
        if let Some(mia) = &claim.inpatient {
            for code in mia.remark.iter().chain(mia.more_remarks.iter()) {
                self.ask(*code, &remark(&**mia, path, ("MIA05", 0), on), findings);
            }
        }
        let within = format!("{path}/2110");
        for service in &claim.services {
            self.reasons(&service.adjustments, &within, on, findings);
            for code in service.remarks.iter().filter(|code| code.list == "HE") {
                self.ask(code.code.unwrap_or_default(), &remark(code, &within, ("LQ02", 0), on), findings);
            }
        }
    }

    fn reasons(&self, segments: &[Cas<'_>], path: &str, on: NaiveDate, findings: &mut Findings<'_>) {
        for cas in segments {
            for (place, adjustment) in cas.adjustments.iter().enumerate() {
                let designator = format!("CAS{:02}", place * 3 + 2);
                let question = Question {
                    rule: &rules::ADJUSTMENT_REASON,
                    table: CodeTable::Carc,
                    part: cas,
                    path,
                    place: (&designator, 0),
                    on,
                };
                self.ask(adjustment.reason, &question, findings);
            }
        }
    }
}

fn remark<'q>(part: &'q dyn Written, path: &'q str, place: (&'q str, u8), on: NaiveDate) -> Question<'q> {
    Question { rule: &rules::REMARK_CODE, table: CodeTable::Rarc, part, path, place, on }
}
