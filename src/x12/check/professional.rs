//! SNIP 4 of professional claims, beyond what [`claims`] asks of all three guides: what one part of
//! a claim demands of another, where the data itself decides it.
//!
//! Each rule has its place in the guide in [`rules`]. What only the sender can know (was the
//! patient referred? is the service ambulance transport?) is not asked here.

use crate::check::claims::{self, Above, AccidentRules, Editions, Pointers, is, is_later};
use crate::check::findings::Findings;
use crate::check::rules;
use crate::segments::{Clm, Dtp, PayerSequence, Sbr};
use crate::value::{Number, Period, Text};
use crate::x837p::{Claim, ServiceLine};

/// What a professional claim demands beyond what all three guides do.
pub(crate) fn claim(claim: &Claim<'_>, above: Above<'_, '_>, path: &str, findings: &mut Findings<'_>) {
    for line in &claim.lines {
        if let Some(facility) = &line.facility {
            let within = format_args!("{path}/2400/2420C");
            claims::city(facility.city.as_ref(), true, &rules::PROFESSIONAL, within, findings);
        }
    }
    if !findings.wants(4) {
        return;
    }
    let accidents = AccidentRules {
        date: &rules::ACCIDENT_DATE,
        place: &rules::ACCIDENT_STATE,
        unneeded_place: &rules::STATE_WITHOUT_AUTO,
        twice: &rules::CAUSE_TWICE,
    };
    claims::accident(&claim.claim, claim.accident.as_deref(), accidents, path, findings);
    stay(claim, path, findings);
    medicare(claim, above.insurance, path, findings);
    dates(claim, path, findings);
    providers(claim, above, path, findings);
    transport(claim, path, findings);
    claims::screening_referral(claim.epsdt.as_deref(), &rules::EPSDT, path, findings);
    claims::listed(claim.section_4081.as_deref(), &["Y", "N"], &rules::SECTION_4081, path, findings);
    if let Some(hi) = &claim.diagnoses {
        let day = claim.lines.iter().filter_map(|line| line.service_date.as_ref()?.period.first_day()).min();
        let codes = hi.codes.iter().map(|code| (code.qualifier, code.code));
        Editions::default().segment(hi, codes, day, (&rules::PROFESSIONAL, path), findings);
    }
    let diagnoses = claim.diagnoses.as_ref().map_or(0, |hi| hi.codes.len());
    for one in &claim.lines {
        let place = Pointers {
            part: &one.service,
            designator: "SV107",
            nowhere: &rules::POINTER,
            twice: Some(&rules::POINTER_TWICE),
        };
        claims::pointers(one.service.pointers.as_ref(), diagnoses, place, path, findings);
        let within = format_args!("{path}/2400");
        claims::attachments(&one.attachments, &rules::PROFESSIONAL, within, findings);
        line(claim, one, path, findings);
    }
}

fn stay(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    let clm = &claim.claim;
    if is(Some(clm.facility.code), &["21", "51", "61"]) && claim.admission.is_none() {
        let message = "an inpatient claim is without its admission date";
        findings
            .broken(&rules::ADMISSION_DATE, clm, path, ("CLM05", 1), message)
            .found(clm.facility.code)
            .expected("DTP*435");
    }
    if let (Some(admission), Some(discharge)) = (&claim.admission, &claim.discharge)
        && let (Some(first), Some(last)) = (admission.period.first_day(), discharge.period.first_day())
        && last < first
    {
        let message = "the patient was discharged before being admitted";
        findings.broken(&rules::DISCHARGE_BEFORE_ADMISSION, &**discharge, path, ("DTP03", 0), message);
    }
}

/// Medicare's turn, and what Medicare asks of chiropractors.
fn medicare(claim: &Claim<'_>, insurance: &Sbr<'_>, path: &str, findings: &mut Findings<'_>) {
    let is_medicare = is(insurance.filing_indicator, &["MA", "MB"]);
    if is_medicare && is_later(insurance) && insurance.insurance_type.is_none() {
        let message = "Medicare is not primary, and SBR05 does not say why";
        findings.broken(&rules::MEDICARE_SECONDARY, insurance, path, ("SBR05", 0), message);
    }
    insurance_type(insurance, path, findings);
    for payer in &claim.other_payers {
        insurance_type(&payer.subscriber, format_args!("{path}/2320"), findings);
    }
    if let Some(spine) = &claim.spinal_manipulation
        && is_medicare
        && is(spine.condition, &["A", "M"])
        && claim.acute_manifestation.is_none()
    {
        let message = "an acute condition is without the date on which it became manifest";
        findings
            .broken(&rules::ACUTE_MANIFESTATION, &**spine, path, ("CR208", 0), message)
            .expected("DTP*453");
    }
}

/// Why Medicare is not first is said of a payer that is not first.
fn insurance_type(insurance: &Sbr<'_>, path: impl std::fmt::Display, findings: &mut Findings<'_>) {
    if insurance.sequence == PayerSequence::Primary
        && let Some(found) = insurance.insurance_type
    {
        let message = "it is said of the first payer why it is not first";
        findings.broken(&rules::INSURANCE_TYPE, insurance, path, ("SBR05", 0), message).found(found);
    }
}

fn dates(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    if let Some(onset) = &claim.onset
        && let Some(day) = onset.period.first_day()
        && claim
            .lines
            .iter()
            .all(|line| line.service_date.as_ref().is_some_and(|date| date.period.first_day() == Some(day)))
    {
        let message = "the onset is the day of the service";
        findings.broken(&rules::ONSET_IS_SERVICE, &**onset, path, ("DTP03", 0), message);
    }
    if let Some(disability) = &claim.disability {
        let expected = if disability.qualifier == "314" { "RD8" } else { "D8" };
        let format = disability.period.format();
        if format != expected {
            let message = "begin and end of a disability have their own qualifiers";
            findings
                .broken(&rules::DISABILITY_DATES, &**disability, path, ("DTP02", 0), message)
                .found(format)
                .expected(expected);
        }
    }
}

fn providers(claim: &Claim<'_>, above: Above<'_, '_>, path: &str, findings: &mut Findings<'_>) {
    if let Some(rendering) = &claim.rendering
        && above.billing.is(&rendering.name)
    {
        let message = "the rendering provider is the billing provider";
        let within = format_args!("{path}/2310B");
        findings.broken(&rules::RENDERING_IS_BILLING, &rendering.name, within, ("NM109", 0), message);
    }
    let names = claim.referring.iter().map(|referring| &referring.name);
    claims::referrals(names, &rules::PRIMARY_CARE_REFERRAL, format_args!("{path}/2310A"), findings);
}

fn transport(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    let Some(transport) = &claim.ambulance else { return };
    if (claim.pick_up.is_none() || claim.drop_off.is_none())
        && claim.lines.iter().any(|line| line.pick_up.is_none() || line.drop_off.is_none())
    {
        let message = "a transport without pick-up and drop-off";
        findings
            .broken(&rules::AMBULANCE_PLACES, &**transport, path, ("CR105", 0), message)
            .expected("NM1*PW and NM1*45");
    }
    if let Some(facility) = &claim.facility {
        let message = "a transport has a service facility";
        let within = format_args!("{path}/2310C");
        findings.broken(&rules::AMBULANCE_FACILITY, &facility.name, within, ("NM101", 0), message);
    }
}

/// What a line demands, and what it repeats of its claim.
fn line(claim: &Claim<'_>, line: &ServiceLine<'_>, path: &str, findings: &mut Findings<'_>) {
    let within = format_args!("{path}/2400");
    let service = &line.service;
    claims::units_size(service.units, (service, "SV104"), &rules::UNITS_SIZE, within, findings);
    if let Some(drug) = &line.drug {
        claims::national_drug_code(&drug.drug, &rules::NDC, format_args!("{path}/2400/2410"), findings);
    }
    place_repeated(&claim.claim, service.place_of_service, line, path, findings);
    if service.procedure.qualifier == "HC"
        && is_timed_anesthesia(service.procedure.code)
        && is(service.unit, &["UN"])
    {
        let message = "anesthesia is billed in units, not in minutes";
        findings.broken(&rules::ANESTHESIA_MINUTES, service, within, ("SV103", 0), message).expected("MJ");
    }
    let pairs = [
        (&claim.last_seen, &line.last_seen),
        (&claim.initial_treatment, &line.initial_treatment),
        (&claim.last_xray, &line.last_xray),
    ];
    for (of_claim, of_line) in pairs {
        date_repeated(of_claim.as_deref(), of_line.as_deref(), path, findings);
    }
    if let Some(patients) = &line.ambulance_patients
        && patients.quantity <= Number::from(1)
    {
        let message = "one patient of a transport is counted";
        findings.broken(&rules::AMBULANCE_PATIENTS, &**patients, within, ("QTY02", 0), message);
    }
    if let Some(certified) = &line.equipment_certification {
        let dates = [
            (&rules::BEGIN_THERAPY, line.begin_therapy.is_none(), "DTP*463"),
            (&rules::LAST_CERTIFICATION, line.last_certification.is_none(), "DTP*461"),
            (
                &rules::RECERTIFICATION,
                is(Some(certified.kind), &["R", "S"]) && line.certification_revision.is_none(),
                "DTP*607",
            ),
        ];
        for (rule, is_missing, expected) in dates {
            if is_missing {
                let message = "certified equipment is without one of its dates";
                findings.broken(rule, &**certified, within, ("CR301", 0), message).expected(expected);
            }
        }
    }
    if let Some(purchased) = &line.purchased_service
        && line.purchased_from.is_none()
    {
        let message = "from whom the service was purchased is not said";
        findings
            .broken(&rules::PURCHASED_FROM, &**purchased, within, ("PS101", 0), message)
            .expected("NM1*QB");
    }
}

fn place_repeated(
    clm: &Clm<'_>,
    place: Option<Text<'_>>,
    line: &ServiceLine<'_>,
    path: &str,
    findings: &mut Findings<'_>,
) {
    if let Some(place) = place
        && place == clm.facility.code
    {
        let message = "the line's place of service is the claim's";
        let within = format_args!("{path}/2400");
        findings.broken(&rules::PLACE_REPEATED, &line.service, within, ("SV105", 0), message).found(place);
    }
}

/// Anesthesia that is paid by time: CPT 00100 to 01999, without add-ons and daily management that
/// have no time (01953, 01996).
fn is_timed_anesthesia(code: Text<'_>) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 5
        && bytes.iter().all(u8::is_ascii_digit)
        && (&b"00100"[..]..=&b"01999"[..]).contains(&bytes)
        && bytes != b"01953"
        && bytes != b"01996"
}

fn date_repeated(
    of_claim: Option<&Dtp<'_>>,
    of_line: Option<&Dtp<'_>>,
    path: &str,
    findings: &mut Findings<'_>,
) {
    if let (Some(of_claim), Some(of_line)) = (of_claim, of_line)
        && matches!(of_line.period, Period::Day(_))
        && of_line.period == of_claim.period
    {
        let message = "the line's date is the claim's";
        let within = format_args!("{path}/2400");
        findings.broken(&rules::LINE_DATE_REPEATED, of_line, within, ("DTP03", 0), message);
    }
}
