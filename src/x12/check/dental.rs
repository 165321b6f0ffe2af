//! SNIP 4 of dental claims, beyond what [`claims`] asks of all three guides.

use crate::x12::check::claims::{self, Pointers, is};
use crate::x12::check::findings::Findings;
use crate::x12::check::rules;
use crate::x12::x837d::Claim;

/// A dental claim, or a request for a predetermination of benefits.
pub(crate) fn claim(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    let clm = &claim.claim;
    for line in &claim.lines {
        if let Some(facility) = &line.facility {
            let within = format!("{path}/2400/2420D");
            claims::city(facility.city.as_ref(), true, &rules::DENTAL, &within, findings);
        }
    }
    if !findings.wants(4) {
        return;
    }
    let accident_rules = (&rules::DENTAL_ACCIDENT_DATE, &rules::DENTAL_ACCIDENT_STATE);
    claims::accident(clm, claim.accident.as_deref(), accident_rules, path, findings);
    dates(claim, path, findings);
    let within = format!("{path}/2400");
    let diagnoses = claim.diagnoses.as_ref().map_or(0, |hi| hi.codes.len());
    for line in &claim.lines {
        let place = Pointers {
            part: &line.service,
            designator: "SV311",
            nowhere: &rules::DENTAL_POINTER,
            twice: None,
        };
        claims::pointers(line.service.pointers.as_ref(), diagnoses, place, path, findings);
        if is(line.service.placement, &["R"]) && line.prior_placement.is_none() {
            let message = "a replacement is without the date of the prior placement";
            findings
                .broken(&rules::PRIOR_PLACEMENT, &line.service, &within, ("SV305", 0), message)
                .expected("DTP*441");
        }
    }
}

/// Services have a date; what is only to be predetermined has none. Orthodontic treatment in
/// progress is dated by its appliance.
fn dates(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    let clm = &claim.claim;
    let line_dates = || claim.lines.iter().filter_map(|line| line.service_date.as_ref());
    if is(clm.submission_reason, &["PB"]) {
        if let Some(date) = claim.service_date.as_ref().or_else(|| line_dates().next()) {
            let message = "a request for a predetermination has a date of service";
            findings.broken(&rules::PREDETERMINATION_DATE, date, path, ("DTP01", 0), message);
        }
        return;
    }
    let dated = |line: &crate::x12::x837d::ServiceLine<'_>| {
        line.service_date.is_some()
            || line.appliance_placement.is_some()
            || line.treatment_start.is_some()
            || line.treatment_completion.is_some()
    };
    if claim.service_date.is_none() && claim.appliance_placement.is_none() && !claim.lines.iter().all(dated) {
        let message = "neither the claim nor each of its lines has a date of service";
        findings.broken(&rules::DENTAL_DATE, clm, path, ("CLM01", 0), message).expected("DTP*472");
    }
}
