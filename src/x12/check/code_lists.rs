//! SNIP 5: codes of lists that others keep, asked for the date of service.
//!
//! The tables are asked through [`CodeLookup`]; a table that does not hold a code and is not
//! complete says so, and nothing is reported.

use chrono::NaiveDate;

use crate::check::findings::Findings;
use crate::check::rules::{self, Rule};
use crate::declare::Written;
use crate::segments::{Cas, Procedure};
use crate::value::Text;
use crate::x835::ClaimPayment;
use crate::x837::{AnyAdjudication, AnyClaim, AnyLine, AnyOtherPayer};
use crate::{x837d, x837i, x837p};
use types::{CodeLookup, CodeStatus, CodeTable};

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

    /// The ICD-10-CM codes among these.
    fn diagnoses<'a>(
        &self,
        codes: impl Iterator<Item = (Text<'a>, Text<'a>)>,
        (part, path): (&dyn Written, &str),
        on: NaiveDate,
        findings: &mut Findings<'_>,
    ) {
        for (place, (qualifier, code)) in codes.enumerate() {
            if ["ABK", "ABF", "ABJ", "APR", "ABN"].iter().any(|icd| qualifier == *icd) {
                let designator = format!("HI{:02}", place + 1);
                let question = Question {
                    rule: &rules::DIAGNOSIS_CODE,
                    table: CodeTable::Icd10cm,
                    part,
                    path,
                    place: (&designator, 2),
                    on,
                };
                self.ask(code, &question, findings);
            }
        }
    }

    fn place_of_service(
        &self,
        code: Text<'_>,
        (part, path, place): (&dyn Written, &str, (&str, u8)),
        on: NaiveDate,
        findings: &mut Findings<'_>,
    ) {
        let question =
            Question { rule: &rules::PLACE_OF_SERVICE, table: CodeTable::Pos, part, path, place, on };
        self.ask(code, &question, findings);
    }

    /// Reasons of the other payers, of the claim and of its lines.
    fn other_payers<'a>(
        &self,
        claim: &impl AnyClaim<'a>,
        path: &str,
        first_day: NaiveDate,
        findings: &mut Findings<'_>,
    ) {
        for line in claim.lines() {
            let on = day(line).unwrap_or(first_day);
            for one in line.adjudications() {
                self.reasons(one.adjustments(), &format!("{path}/2400/2430"), on, findings);
            }
        }
        for payer in claim.other_payers() {
            self.reasons(payer.adjustments(), &format!("{path}/2320"), first_day, findings);
        }
    }

    /// Diagnoses, procedures, modifiers and places of a professional claim. A claim without a
    /// readable date of service is not asked about: which edition would answer?
    pub(crate) fn professional_claim(
        &self,
        claim: &x837p::Claim<'_>,
        path: &str,
        findings: &mut Findings<'_>,
    ) {
        let Some(first_day) = claim.lines.iter().filter_map(day).min() else { return };
        if let Some(hi) = &claim.diagnoses {
            let codes = hi.codes.iter().map(|code| (code.qualifier, code.code));
            self.diagnoses(codes, (hi, path), first_day, findings);
        }
        let place = (&claim.claim as &dyn Written, path, ("CLM05", 1));
        self.place_of_service(claim.claim.facility.code, place, first_day, findings);
        let within = format!("{path}/2400");
        for line in &claim.lines {
            let on = day(line).unwrap_or(first_day);
            self.procedure(&line.service.procedure, (&line.service, &within, "SV101"), on, findings);
            if let Some(code) = line.service.place_of_service {
                self.place_of_service(code, (&line.service, &within, ("SV105", 0)), first_day, findings);
            }
        }
        self.other_payers(claim, path, first_day, findings);
    }

    /// Diagnoses, revenue codes, procedures and modifiers of an institutional claim, on the last day of its
    /// statement: a stay is coded by the edition of its discharge (ICD-10-CM guidelines).
    pub(crate) fn institutional_claim(
        &self,
        claim: &x837i::Claim<'_>,
        path: &str,
        findings: &mut Findings<'_>,
    ) {
        let statement = claim.statement.as_ref().and_then(|date| date.period.last_day());
        let Some(last_day) = statement.or_else(|| claim.lines.iter().filter_map(day).max()) else { return };
        let with_admission = claim
            .principal_diagnosis
            .iter()
            .chain(claim.external_causes.as_deref())
            .chain(&claim.other_diagnoses);
        for hi in with_admission {
            let codes = hi.codes.iter().map(|code| (code.qualifier, code.code));
            self.diagnoses(codes, (hi, path), last_day, findings);
        }
        for hi in claim.admitting_diagnosis.iter().chain(&claim.visit_reasons) {
            let codes = hi.codes.iter().map(|code| (code.qualifier, code.code));
            self.diagnoses(codes, (hi, path), last_day, findings);
        }
        let within = format!("{path}/2400");
        for line in &claim.lines {
            let on = day(line).unwrap_or(last_day);
            if let Some(code) = line.service.revenue_code {
                let question = Question {
                    rule: &rules::REVENUE_CODE,
                    table: CodeTable::Revenue,
                    part: &line.service,
                    path: &within,
                    place: ("SV201", 0),
                    on,
                };
                self.ask(code, &question, findings);
            }
            if let Some(procedure) = &line.service.procedure {
                self.procedure(procedure, (&line.service, &within, "SV202"), on, findings);
            }
        }
        self.other_payers(claim, path, last_day, findings);
    }

    /// Diagnoses and places of a dental claim; its procedure codes (CDT) are in no table of ours.
    pub(crate) fn dental_claim(&self, claim: &x837d::Claim<'_>, path: &str, findings: &mut Findings<'_>) {
        let of_claim = claim.service_date.as_ref().and_then(|date| date.period.first_day());
        let Some(first_day) = of_claim.or_else(|| claim.lines.iter().filter_map(day).min()) else { return };
        if let Some(hi) = &claim.diagnoses {
            let codes = hi.codes.iter().map(|code| (code.qualifier, code.code));
            self.diagnoses(codes, (hi, path), first_day, findings);
        }
        let place = (&claim.claim as &dyn Written, path, ("CLM05", 1));
        self.place_of_service(claim.claim.facility.code, place, first_day, findings);
        let within = format!("{path}/2400");
        for line in &claim.lines {
            if let Some(code) = line.service.place_of_service {
                self.place_of_service(code, (&line.service, &within, ("SV303", 0)), first_day, findings);
            }
        }
        self.other_payers(claim, path, first_day, findings);
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

/// The first day of a line.
fn day<'a>(line: &impl AnyLine<'a>) -> Option<NaiveDate> {
    line.service_date().and_then(|date| date.period.first_day())
}

fn remark<'q>(part: &'q dyn Written, path: &'q str, place: (&'q str, u8), on: NaiveDate) -> Question<'q> {
    Question { rule: &rules::REMARK_CODE, table: CodeTable::Rarc, part, path, place, on }
}
