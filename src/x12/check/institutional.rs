//! SNIP 4 of institutional claims, beyond what [`claims`] asks of all three guides.

use crate::x12::check::claims::{self, is};
use crate::x12::check::findings::Findings;
use crate::x12::check::rules;
use crate::x12::value::Period;
use crate::x12::x837i::Claim;

/// Facility types (the bill type's first two digits) whose patients stay: hospital inpatient, swing
/// bed, skilled nursing inpatient, religious nonmedical institution (NUBC, FL 04).
const INPATIENT: &[&str] = &["11", "18", "21", "41"];

/// Facility types whose patients come for the day: hospital outpatient and other, home health is
/// not among them.
const OUTPATIENT: &[&str] =
    &["13", "14", "23", "24", "43", "71", "72", "73", "74", "75", "76", "77", "83", "85"];

/// An institutional claim.
pub(crate) fn claim(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    if !findings.wants(4) {
        return;
    }
    let clm = &claim.claim;
    let facility = Some(clm.facility.code);
    if is(facility, INPATIENT) {
        if claim.admission.is_none() {
            let message = "an inpatient claim is without its admission date";
            findings
                .broken(&rules::INPATIENT_ADMISSION, clm, path, ("CLM05", 1), message)
                .found(clm.facility.code)
                .expected("DTP*435");
        }
        if claim.admitting_diagnosis.is_none() {
            let message = "an inpatient claim is without its admitting diagnosis";
            findings
                .broken(&rules::ADMITTING_DIAGNOSIS, clm, path, ("CLM05", 1), message)
                .found(clm.facility.code)
                .expected("HI*ABJ");
        }
    }
    if let Some(statement) = &claim.statement {
        let message = "the statement ends before it begins";
        claims::period_order(statement, &rules::STATEMENT_ORDER, message, path, findings);
        let days = matches!(statement.period, Period::Range(first, last) if first < last);
        if is(facility, OUTPATIENT) && days {
            for line in &claim.lines {
                if line.service_date.is_none() && line.drug.is_none() {
                    let message = "an outpatient line of a statement of several days is without its date";
                    let within = format!("{path}/2400");
                    findings
                        .broken(&rules::OUTPATIENT_DATE, &line.service, &within, ("SV201", 0), message)
                        .expected("DTP*472");
                }
            }
        }
    }
    for line in &claim.lines {
        claims::attachments(&line.attachments, &rules::INSTITUTIONAL, &format!("{path}/2400"), findings);
    }
}
