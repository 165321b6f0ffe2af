//! SNIP 4 of institutional claims, beyond what [`claims`] asks of all three guides. Where X223 leaves
//! it to the UB-04 manual what is inpatient and outpatient (X223 1.12.6), the form locator is named.

use crate::check::claims::{self, Editions, is, is_same};
use crate::check::findings::Findings;
use crate::check::rules;
use crate::segments::Cl1;
use crate::value::{Period, Text};
use crate::x837i::{Claim, ServiceLine};

/// Facility types (the bill type's first two digits) whose patients stay: hospital inpatient, swing
/// bed, skilled nursing inpatient, religious nonmedical institution (NUBC, FL 04).
const INPATIENT: &[&str] = &["11", "18", "21", "41"];

/// Those of them whose final bill says the hour of discharge (NUBC, FL 16: not skilled nursing).
const DISCHARGE_HOUR: &[&str] = &["11", "18", "41"];

/// Facility types whose patients come for the day: hospital outpatient and other, home health is
/// not among them.
const OUTPATIENT: &[&str] =
    &["13", "14", "23", "24", "43", "71", "72", "73", "74", "75", "76", "77", "83", "85"];

/// An institutional claim.
pub(crate) fn claim(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    if !findings.wants(4) {
        return;
    }
    let facility = Some(claim.claim.facility.code);
    if is(facility, INPATIENT) {
        stay(claim, path, findings);
    }
    if is(facility, OUTPATIENT) {
        visit(claim, path, findings);
    }
    statement(claim, path, findings);
    diagnoses(claim, path, findings);
    providers(claim, path, findings);
    claims::screening_referral(claim.epsdt.as_deref(), &rules::INSTITUTIONAL_EPSDT, path, findings);
    for one in &claim.lines {
        let within = format_args!("{path}/2400");
        claims::attachments(&one.attachments, &rules::INSTITUTIONAL, within, findings);
        line(one, path, findings);
    }
}

/// What an inpatient stay demands.
fn stay(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    let clm = &claim.claim;
    let facility = clm.facility.code;
    if claim.admission.is_none() {
        let message = "an inpatient claim is without its admission date";
        findings
            .broken(&rules::INPATIENT_ADMISSION, clm, path, ("CLM05", 1), message)
            .found(facility)
            .expected("DTP*435");
    }
    if claim.admitting_diagnosis.is_none() {
        let message = "an inpatient claim is without its admitting diagnosis";
        findings
            .broken(&rules::ADMITTING_DIAGNOSIS, clm, path, ("CLM05", 1), message)
            .found(facility)
            .expected("HI*ABJ");
    }
    let Some(cl1) = &claim.admission_codes else { return };
    if cl1.admission_type.is_none() {
        let message = "an inpatient claim is without the priority of its admission";
        findings.broken(&rules::ADMISSION_TYPE, cl1, path, ("CL101", 0), message);
    }
    if cl1.admission_source.is_none() {
        let message = "an inpatient claim is without its point of origin";
        findings.broken(&rules::ADMISSION_SOURCE, cl1, path, ("CL102", 0), message);
    }
    newborn(cl1, path, findings);
    let is_here = is(cl1.patient_status, &["30"]);
    if is(clm.facility.frequency, &["2", "3"]) && !is_here {
        let message = "an interim bill is of a patient who has left";
        findings
            .broken(&rules::INTERIM_STATUS, cl1, path, ("CL103", 0), message)
            .found(cl1.patient_status.unwrap_or_default())
            .expected("30");
    }
    if is(Some(facility), DISCHARGE_HOUR)
        && is(clm.facility.frequency, &["1", "4"])
        && !is_here
        && claim.discharge_hour.is_none()
    {
        let message = "the final bill of a stay is without the hour of discharge";
        findings.broken(&rules::DISCHARGE_HOUR, clm, path, ("CLM05", 3), message).expected("DTP*096");
    }
}

fn newborn(cl1: &Cl1<'_>, path: &str, findings: &mut Findings<'_>) {
    if is(cl1.admission_type, &["4"])
        && let Some(source) = cl1.admission_source
        && !is(Some(source), &["5", "6"])
    {
        let message = "a newborn has a point of origin of its own";
        findings
            .broken(&rules::NEWBORN_SOURCE, cl1, path, ("CL102", 0), message)
            .found(source)
            .expected("5 or 6");
    }
}

/// What an outpatient visit demands.
fn visit(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    let clm = &claim.claim;
    if let Some(procedure) = &claim.principal_procedure {
        let message = "an outpatient claim has an ICD procedure";
        findings.broken(&rules::OUTPATIENT_PROCEDURE, &**procedure, path, ("HI01", 1), message);
    }
    let unscheduled =
        claim.admission_codes.as_ref().is_some_and(|cl1| is(cl1.admission_type, &["1", "2", "5"]))
            && is(Some(clm.facility.code), &["13", "85"])
            && claim.lines.iter().any(|line| {
                line.service.revenue_code.is_some_and(|code| {
                    code.as_bytes().starts_with(b"045") || is(Some(code), &["0516", "0526", "0762"])
                })
            });
    if unscheduled && claim.visit_reasons.is_none() {
        let message = "an unscheduled visit is without the patient's reason";
        findings.broken(&rules::VISIT_REASON, clm, path, ("CLM05", 1), message).expected("HI*APR");
    }
    let days = claim
        .statement
        .as_ref()
        .is_some_and(|statement| matches!(statement.period, Period::Range(first, last) if first < last));
    if days {
        for line in &claim.lines {
            if line.service_date.is_none() && line.drug.is_none() {
                let message = "an outpatient line of a statement of several days is without its date";
                let within = format_args!("{path}/2400");
                findings
                    .broken(&rules::OUTPATIENT_DATE, &line.service, within, ("SV201", 0), message)
                    .expected("DTP*472");
            }
        }
    }
}

/// The statement's period, against admission and lines.
fn statement(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    let Some(statement) = &claim.statement else { return };
    let message = "the statement ends before it begins";
    claims::period_order(statement, &rules::STATEMENT_ORDER, message, path, findings);
    let (Some(first), Some(last)) = (statement.period.first_day(), statement.period.last_day()) else {
        return;
    };
    if first > last {
        return;
    }
    if let Some(admission) = &claim.admission
        && admission.period.first_day().is_some_and(|day| day > last)
    {
        let message = "the patient was admitted after the statement's last day";
        findings.broken(&rules::ADMISSION_AFTER, admission, path, ("DTP03", 0), message);
    }
    for line in &claim.lines {
        if let Some(date) = &line.service_date
            && (date.period.first_day().is_some_and(|day| day < first)
                || date.period.last_day().is_some_and(|day| day > last))
        {
            let message = "a line's date is outside the statement's period";
            let within = format_args!("{path}/2400");
            findings
                .broken(&rules::LINE_OUTSIDE, date, within, ("DTP03", 0), message)
                .expected(format!("{first} to {last}"));
        }
    }
}

fn diagnoses(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    // A stay is coded by the edition of its discharge; of other claims the first day decides.
    let period = claim.statement.as_ref().map(|statement| statement.period);
    let day = if is(Some(claim.claim.facility.code), INPATIENT) {
        period.and_then(|period| period.last_day())
    } else {
        period.and_then(|period| period.first_day())
    };
    let (mut editions, place) = (Editions::default(), (&rules::INSTITUTIONAL, path));
    let with_admission = claim
        .principal_diagnosis
        .iter()
        .chain(claim.external_causes.as_deref())
        .chain(&claim.other_diagnoses);
    for hi in with_admission {
        let codes = hi.codes.iter().map(|code| (code.qualifier, code.code));
        editions.segment(hi, codes, day, place, findings);
    }
    for hi in claim.admitting_diagnosis.iter().chain(&claim.visit_reasons) {
        let codes = hi.codes.iter().map(|code| (code.qualifier, code.code));
        editions.segment(hi, codes, day, place, findings);
    }
    for hi in claim.principal_procedure.as_deref().into_iter().chain(&claim.other_procedures) {
        let codes = hi.codes.iter().map(|code| (code.qualifier, code.code));
        editions.segment(hi, codes, day, place, findings);
    }
    if let Some(other) = claim.other_procedures.first()
        && claim.principal_procedure.is_none()
    {
        let message = "other procedures stand without a principal one";
        findings.broken(&rules::OTHER_PROCEDURE, other, path, ("HI01", 1), message).expected("HI*BBR");
    }
    for hi in &claim.occurrence_spans {
        for (place, span) in hi.codes.iter().enumerate() {
            if let Some(Period::Range(first, last)) = span.on
                && last < first
            {
                let message = "an occurrence span ends before it begins";
                let designator = format!("HI{:02}", place + 1);
                findings.broken(&rules::SPAN_ORDER, hi, path, (&designator, 4), message);
            }
        }
    }
}

fn providers(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    let clm = &claim.claim;
    let is_transport = |line: &ServiceLine<'_>| {
        line.service.revenue_code.is_some_and(|code| code.as_bytes().starts_with(b"054"))
    };
    let Some(attending) = &claim.attending else {
        if !claim.lines.iter().all(is_transport) {
            let message = "who attended is not said";
            findings.broken(&rules::ATTENDING, clm, path, ("CLM01", 0), message).expected("NM1*71");
        }
        return;
    };
    if let Some(rendering) = &claim.rendering
        && is_same(&rendering.name, &attending.name)
    {
        let message = "the rendering provider is who attended";
        let within = format_args!("{path}/2310D");
        findings.broken(&rules::RENDERING_IS_ATTENDING, &rendering.name, within, ("NM109", 0), message);
    }
    if let Some(referring) = &claim.referring
        && is_same(&referring.name, &attending.name)
    {
        let message = "the referring provider is who attended";
        let within = format_args!("{path}/2310F");
        findings.broken(&rules::REFERRING_IS_ATTENDING, &referring.name, within, ("NM109", 0), message);
    }
    if let Some(other) = &claim.other_operating
        && claim.operating.is_none()
    {
        let message = "another operating physician stands without the first";
        let within = format_args!("{path}/2310C");
        findings
            .broken(&rules::OTHER_OPERATING, &other.name, within, ("NM101", 0), message)
            .expected("NM1*72");
    }
}

fn line(line: &ServiceLine<'_>, path: &str, findings: &mut Findings<'_>) {
    let within = format_args!("{path}/2400");
    let service = &line.service;
    claims::units_size(service.units, (service, "SV205"), &rules::INSTITUTIONAL_UNITS, within, findings);
    if let Some(drug) = &line.drug {
        let of_drug = format_args!("{path}/2400/2410");
        claims::national_drug_code(&drug.drug, &rules::INSTITUTIONAL_NDC, of_drug, findings);
    }
    let code = service.revenue_code;
    if is(code, &["0001"]) {
        let message = "a line is the total of the others";
        findings.broken(&rules::TOTAL_LINE, service, within, ("SV201", 0), message);
    }
    let is_hipps = service.procedure.as_ref().is_some_and(|procedure| procedure.qualifier == "HP");
    if is(code, &["0022", "0023", "0024"]) && !is_hipps {
        let message = "a prospective payment line is without its HIPPS code";
        findings
            .broken(&rules::HIPPS, service, within, ("SV202", 1), message)
            .found(service.procedure.as_ref().map_or(Text::EMPTY, |procedure| procedure.qualifier))
            .expected("HP");
    }
}
