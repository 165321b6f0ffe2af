//! SNIP 4 of professional claims and remittances: what one part of a set demands of another, where
//! the data itself decides it. What the three claim guides have in common is in [`claims`].
//!
//! Each rule has its place in the guide in [`rules`]. What only the sender can know (was the
//! patient referred? is the service ambulance transport?) is not asked here.

use crate::x12::check::claims::{self, Pointers, is, is_later};
use crate::x12::check::findings::Findings;
use crate::x12::check::rules::{self, Rule};
use crate::x12::segments::{Bpr, ClaimStatus, PaymentMethod, Sbr, Trn};
use crate::x12::x835::ClaimPayment;
use crate::x12::x837p::Claim;

/// What a professional claim demands beyond what all three guides do.
pub(crate) fn professional_claim(
    claim: &Claim<'_>,
    insurance: &Sbr<'_>,
    path: &str,
    findings: &mut Findings<'_>,
) {
    for line in &claim.lines {
        if let Some(facility) = &line.facility {
            let within = format!("{path}/2400/2420C");
            claims::city(facility.city.as_ref(), true, &rules::PROFESSIONAL, &within, findings);
        }
    }
    if !findings.wants(4) {
        return;
    }
    let accident_rules = (&rules::ACCIDENT_DATE, &rules::ACCIDENT_STATE);
    claims::accident(&claim.claim, claim.accident.as_deref(), accident_rules, path, findings);
    stay(claim, path, findings);
    if is(insurance.filing_indicator, &["MA", "MB"])
        && is_later(insurance)
        && insurance.insurance_type.is_none()
    {
        let message = "Medicare is not primary, and SBR05 does not say why";
        findings.broken(&rules::MEDICARE_SECONDARY, insurance, path, ("SBR05", 0), message);
    }
    if let Some(transport) = &claim.ambulance
        && (claim.pick_up.is_none() || claim.drop_off.is_none())
        && claim.lines.iter().any(|line| line.pick_up.is_none() || line.drop_off.is_none())
    {
        let message = "a transport without pick-up and drop-off";
        findings
            .broken(&rules::AMBULANCE_PLACES, &**transport, path, ("CR105", 0), message)
            .expected("NM1*PW and NM1*45");
    }
    let diagnoses = claim.diagnoses.as_ref().map_or(0, |hi| hi.codes.len());
    for line in &claim.lines {
        let place = Pointers {
            part: &line.service,
            designator: "SV107",
            nowhere: &rules::POINTER,
            twice: Some(&rules::POINTER_TWICE),
        };
        claims::pointers(line.service.pointers.as_ref(), diagnoses, place, path, findings);
        claims::attachments(&line.attachments, &rules::PROFESSIONAL, &format!("{path}/2400"), findings);
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

/// The header of a remittance.
pub(crate) fn payment(payment: &Bpr<'_>, trace: &Trn<'_>, findings: &mut Findings<'_>) {
    if !findings.wants(4) {
        return;
    }
    let electronic = matches!(
        payment.method,
        Some(PaymentMethod::Ach | PaymentMethod::InstitutionOption | PaymentMethod::Wire)
    );
    let parts = [
        ("BPR06", payment.sender_bank_qualifier),
        ("BPR07", payment.sender_bank),
        ("BPR08", payment.sender_account_qualifier),
        ("BPR09", payment.sender_account),
        ("BPR10", payment.payer_id),
        ("BPR12", payment.receiver_bank_qualifier),
        ("BPR13", payment.receiver_bank),
        ("BPR14", payment.receiver_account_qualifier),
        ("BPR15", payment.receiver_account),
    ];
    if electronic && let Some((designator, _)) = parts.iter().find(|(_, part)| part.is_none()) {
        let message = "an electronic payment is without the bank's details";
        findings.broken(&rules::BANK_DETAILS, payment, "", (designator, 0), message);
    }
    if payment.method == Some(PaymentMethod::None) && !payment.paid.is_zero() {
        let message = "an advice without payment has an amount";
        findings.broken(&rules::NOTHING_PAID, payment, "", ("BPR02", 0), message).expected("0");
    }
    if let (Some(in_payment), Some(in_trace)) = (payment.payer_id, trace.payer_id)
        && in_payment != in_trace
    {
        let message = "the payer's id in TRN03 is not that in BPR10";
        findings.broken(&rules::COMPANY_ID, trace, "", ("TRN03", 0), message).found(in_trace);
    }
}

/// A claim payment.
pub(crate) fn claim_payment(claim: &ClaimPayment<'_>, path: &str, findings: &mut Findings<'_>) {
    if !findings.wants(4) {
        return;
    }
    let clp = &claim.claim;
    let mut broken = |rule: &Rule, designator: &str, message: &str, expected: &str| {
        findings.broken(rule, clp, path, (designator, 0), message).expected(expected);
    };
    let forwarded = matches!(
        clp.status,
        ClaimStatus::PrimaryForwarded
            | ClaimStatus::SecondaryForwarded
            | ClaimStatus::TertiaryForwarded
            | ClaimStatus::NotOursForwarded
    );
    if forwarded && claim.crossover_carrier.is_none() {
        broken(&rules::CROSSOVER_CARRIER, "CLP02", "the claim was sent on, to whom is not said", "NM1*TT");
    }
    if clp.status == ClaimStatus::Reversal && clp.charged.is_positive() {
        broken(&rules::REVERSAL_SIGN, "CLP03", "a reversal has a positive charge", "a negative charge");
    }
    // A predetermination is an estimate for services that have no date yet.
    let dated = clp.status == ClaimStatus::Predetermination
        || !claim.statement_dates.is_empty()
        || (!claim.services.is_empty() && claim.services.iter().all(|service| !service.dates.is_empty()));
    if !dated {
        broken(
            &rules::CLAIM_DATES,
            "CLP01",
            "neither the claim nor each of its services has a date",
            "DTM*232 or DTM*472",
        );
    }
    let expired = claim
        .adjustments
        .iter()
        .chain(claim.services.iter().flat_map(|service| &service.adjustments))
        .flat_map(|cas| cas.adjustments.iter())
        .any(|adjustment| adjustment.reason == "27");
    if expired && claim.coverage_expired.is_none() {
        broken(&rules::COVERAGE_EXPIRED, "CLP02", "coverage had ended, when is not said", "DTM*036");
    }
    for service in &claim.services {
        let has = |qualifier: &str| service.dates.iter().any(|date| date.qualifier == qualifier);
        if has("150") != has("151") {
            let within = format!("{path}/2110");
            let message = "a period has only one of its ends";
            findings.broken(&rules::SERVICE_PERIOD, &service.service, &within, ("DTM01", 0), message);
        }
    }
}
