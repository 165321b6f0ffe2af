//! SNIP 4 of dental claims, beyond what [`claims`] asks of all three guides.

use crate::check::claims::{self, Above, AccidentRules, Editions, Pointers, is};
use crate::check::findings::Findings;
use crate::check::rules;
use crate::x837d::Claim;

/// A dental claim, or a request for a predetermination of benefits.
pub(crate) fn claim(claim: &Claim<'_>, above: Above<'_, '_>, path: &str, findings: &mut Findings<'_>) {
    let clm = &claim.claim;
    for line in &claim.lines {
        if let Some(facility) = &line.facility {
            let within = format_args!("{path}/2400/2420D");
            claims::city(facility.city.as_ref(), true, &rules::DENTAL, within, findings);
        }
    }
    if !findings.wants(4) {
        return;
    }
    let accidents = AccidentRules {
        date: &rules::DENTAL_ACCIDENT_DATE,
        place: &rules::DENTAL_ACCIDENT_STATE,
        unneeded_place: &rules::DENTAL_STATE_WITHOUT_AUTO,
        twice: &rules::DENTAL_CAUSE_TWICE,
    };
    claims::accident(clm, claim.accident.as_deref(), accidents, path, findings);
    dates(claim, path, findings);
    providers(claim, above, path, findings);
    teeth(claim, path, findings);
    if let Some(hi) = &claim.diagnoses {
        let of_lines = claim.lines.iter().filter_map(|line| line.service_date.as_ref());
        let day = claim.service_date.iter().chain(of_lines).filter_map(|date| date.period.first_day()).min();
        let codes = hi.codes.iter().map(|code| (code.qualifier, code.code));
        Editions::default().segment(hi, codes, day, (&rules::DENTAL, path), findings);
    }
    let within = format_args!("{path}/2400");
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
                .broken(&rules::PRIOR_PLACEMENT, &line.service, within, ("SV305", 0), message)
                .expected("DTP*441");
        }
        if let Some(place) = line.service.place_of_service
            && place == clm.facility.code
        {
            let message = "the line's place of service is the claim's";
            findings
                .broken(&rules::DENTAL_PLACE_REPEATED, &line.service, within, ("SV303", 0), message)
                .found(place);
        }
        if let (Some(of_claim), Some(of_line)) = (&claim.service_date, &line.service_date)
            && of_claim.period == of_line.period
        {
            let message = "the line's date is the claim's";
            findings.broken(&rules::DENTAL_DATE_REPEATED, of_line, within, ("DTP03", 0), message);
        }
    }
}

fn providers(claim: &Claim<'_>, above: Above<'_, '_>, path: &str, findings: &mut Findings<'_>) {
    if let Some(rendering) = &claim.rendering
        && above.billing.is(&rendering.name)
    {
        let message = "the rendering provider is the billing provider";
        let within = format_args!("{path}/2310B");
        findings.broken(&rules::DENTAL_RENDERING, &rendering.name, within, ("NM109", 0), message);
    }
    let names = claim.referring.iter().map(|referring| &referring.name);
    claims::referrals(names, &rules::DENTAL_REFERRAL, format_args!("{path}/2310A"), findings);
}

/// A tooth is missing or is to be extracted, not both.
fn teeth(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    for (place, tooth) in claim.teeth.iter().enumerate() {
        if claim.teeth.iter().take(place).any(|earlier| earlier.tooth == tooth.tooth) {
            let message = "the status of a tooth is given twice";
            findings.broken(&rules::TOOTH_TWICE, tooth, path, ("DN201", 0), message).found(tooth.tooth);
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
    let dated = |line: &crate::x837d::ServiceLine<'_>| {
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
