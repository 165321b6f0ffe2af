//! SNIP 4: what one part of a set demands of another, where the data itself decides it.
//!
//! Each rule has its place in the guide in [`rules`]. What only the sender can know (was the
//! patient referred? is the service ambulance transport?) is not asked here.

use crate::x12::check::findings::Findings;
use crate::x12::check::rules::{self, Rule};
use crate::x12::segments::{Bpr, ClaimStatus, N3, N4, PayerSequence, PaymentMethod, Pwk, Trn};
use crate::x12::value::{Ordinal, Period, Text};
use crate::x12::x835::ClaimPayment;
use crate::x12::x837p::{BillingProvider, Claim, OtherPayerClaim, ServiceLine, SubscriberLevel};

/// What stands above a professional claim and decides about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Above<'x, 'a> {
    /// The destination payer's SBR of 2000B.
    pub insurance: &'x crate::x12::segments::Sbr<'a>,
}

fn is(text: Option<Text<'_>>, codes: &[&str]) -> bool {
    text.is_some_and(|text| codes.iter().any(|code| text == *code))
}

/// An address of an 837: US and Canadian ones have state and ZIP code.
pub(crate) fn city(city: Option<&N4<'_>>, nine_digits: bool, path: &str, findings: &mut Findings<'_>) {
    let Some(n4) = city else { return };
    let country = n4.country.filter(|country| *country != "US");
    let home = country.is_none_or(|country| country == "CA" || country == "CAN");
    if home && n4.state.is_none() {
        findings.broken(&rules::US_STATE, n4, path, ("N402", 0), "the address has no state");
    }
    match n4.zip {
        None if home => {
            findings.broken(&rules::US_ZIP, n4, path, ("N403", 0), "the address has no ZIP code");
        }
        Some(zip) if nine_digits && country.is_none() => {
            let digits = zip.as_bytes().iter().all(u8::is_ascii_digit);
            if zip.len() != 9 || !digits {
                findings
                    .broken(&rules::ZIP_PLUS_4, n4, path, ("N403", 0), "this ZIP code must have nine digits")
                    .found(zip)
                    .expected("nine digits");
            }
        }
        _ => {}
    }
}

/// 2010AA.
pub(crate) fn billing_provider(provider: &BillingProvider<'_>, path: &str, findings: &mut Findings<'_>) {
    city(provider.city.as_ref(), true, path, findings);
    if let Some(address) = &provider.address
        && let Some(line) = post_office_box(address)
    {
        findings
            .broken(
                &rules::POST_OFFICE_BOX,
                address,
                path,
                ("N301", 0),
                "the billing address is a post office box",
            )
            .found(line);
    }
}

fn post_office_box<'a>(address: &N3<'a>) -> Option<Text<'a>> {
    let is_box = |line: &Text<'_>| {
        let letters: String = line
            .to_str()
            .chars()
            .filter(|c| c.is_alphanumeric() || *c == ' ')
            .collect::<String>()
            .to_uppercase();
        ["PO BOX", "P O BOX", "POST OFFICE BOX", "LOCK BOX", "LOCKBOX"]
            .iter()
            .any(|words| letters.starts_with(words))
    };
    std::iter::once(address.line_1).chain(address.line_2).find(is_box)
}

/// A professional claim.
pub(crate) fn professional_claim(
    claim: &Claim<'_>,
    above: Above<'_, '_>,
    path: &str,
    findings: &mut Findings<'_>,
) {
    let clm = &claim.claim;
    if let Some(facility) = &claim.facility {
        city(facility.city.as_ref(), true, &format!("{path}/2310C"), findings);
    }
    for line in &claim.lines {
        if let Some(facility) = &line.facility {
            city(facility.city.as_ref(), true, &format!("{path}/2400/2420C"), findings);
        }
    }
    if !findings.wants(4) {
        return;
    }
    if is(clm.facility.frequency, &["7", "8"]) && claim.payer_claim_control_number.is_none() {
        let message = "a replacement or void names the claim it is about in REF*F8";
        findings.broken(&rules::REPLACEMENT_NUMBER, clm, path, ("CLM05", 3), message).expected("REF*F8");
    }
    accident(claim, path, findings);
    stay(claim, path, findings);
    for attachment in &claim.attachments {
        attached(attachment, path, findings);
    }
    other_payers(claim, above, path, findings);
    if let Some(transport) = &claim.ambulance
        && (claim.pick_up.is_none() || claim.drop_off.is_none())
        && claim.lines.iter().any(|line| line.pick_up.is_none() || line.drop_off.is_none())
    {
        let message = "a transport without pick-up and drop-off";
        findings
            .broken(&rules::AMBULANCE_PLACES, &**transport, path, ("CR105", 0), message)
            .expected("NM1*PW and NM1*45");
    }
    for line in &claim.lines {
        service_line(claim, line, path, findings);
    }
}

fn accident(claim: &Claim<'_>, path: &str, findings: &mut Findings<'_>) {
    let clm = &claim.claim;
    let Some(causes) = &clm.related_causes else { return };
    let named = |code: &str| causes.cause == code || is(causes.second, &[code]);
    if (named("AA") || named("OA")) && claim.accident.is_none() {
        let message = "the claim is for an accident whose date is not given";
        findings.broken(&rules::ACCIDENT_DATE, clm, path, ("CLM11", 1), message).expected("DTP*439");
    }
    if named("AA") && causes.state.is_none() && causes.country.is_none() {
        let message = "an auto accident is without its state";
        findings.broken(&rules::ACCIDENT_STATE, clm, path, ("CLM11", 4), message).expected("a state");
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

fn attached(attachment: &Pwk<'_>, path: &str, findings: &mut Findings<'_>) {
    if is(attachment.transmission, &["BM", "EL", "EM", "FT", "FX"]) && attachment.control_number.is_none() {
        let message = "an attachment that is sent has no control number";
        findings.broken(&rules::ATTACHMENT_NUMBER, attachment, path, ("PWK06", 0), message);
    }
}

/// The order of payers on one claim.
fn other_payers(claim: &Claim<'_>, above: Above<'_, '_>, path: &str, findings: &mut Findings<'_>) {
    let own = above.insurance.sequence;
    let later = !matches!(own, PayerSequence::Primary | PayerSequence::Unknown | PayerSequence::Other(_));
    if later && claim.other_payers.is_empty() {
        let message = "a claim to a later payer names no earlier one";
        findings
            .broken(&rules::EARLIER_PAYER, above.insurance, path, ("SBR01", 0), message)
            .found(own.code())
            .expected("a loop 2320 for each earlier payer");
    }
    let mut seen = vec![own];
    for payer in &claim.other_payers {
        let sequence = payer.subscriber.sequence;
        if sequence != PayerSequence::Unknown && seen.contains(&sequence) {
            let message = "two payers of the claim have the same turn";
            findings
                .broken(
                    &rules::PAYER_ORDER,
                    &payer.subscriber,
                    &format!("{path}/2320"),
                    ("SBR01", 0),
                    message,
                )
                .found(sequence.code());
        }
        seen.push(sequence);
        other_payer(claim, payer, path, findings);
    }
    let medicare = is(above.insurance.filing_indicator, &["MA", "MB"]);
    if medicare && later && above.insurance.insurance_type.is_none() {
        let message = "Medicare is not primary, and SBR05 does not say why";
        findings.broken(&rules::MEDICARE_SECONDARY, above.insurance, path, ("SBR05", 0), message);
    }
}

fn other_payer(claim: &Claim<'_>, payer: &OtherPayerClaim<'_>, path: &str, findings: &mut Findings<'_>) {
    let id = payer.payer.name.id;
    let by_line = claim
        .lines
        .iter()
        .any(|line| line.adjudications.iter().any(|one| Some(one.adjudication.payer) == id));
    if let Some(paid) = &payer.paid
        && payer.payer.paid_on.is_none()
        && !by_line
    {
        let message = "the other payer's payment is without its date";
        findings
            .broken(&rules::PAID_DATE, paid, &format!("{path}/2320"), ("AMT02", 0), message)
            .expected("DTP*573 in 2330B");
    }
}

fn service_line(claim: &Claim<'_>, line: &ServiceLine<'_>, path: &str, findings: &mut Findings<'_>) {
    let sv1 = &line.service;
    let diagnoses = claim.diagnoses.as_ref().map_or(0, |hi| hi.codes.len());
    if let Some(pointers) = &sv1.pointers {
        let mut seen: [Option<u32>; 4] = [None; 4];
        for (place, pointer) in pointers.pointers.iter().enumerate() {
            let Ordinal::Number(number) = *pointer else { continue };
            let component = u8::try_from(place + 1).unwrap_or(0);
            let within = || format!("{path}/2400");
            if number as usize > diagnoses {
                findings
                    .broken(
                        &rules::POINTER,
                        sv1,
                        &within(),
                        ("SV107", component),
                        "this pointer points at no diagnosis",
                    )
                    .expected(format!("1 to {diagnoses}"));
            }
            if seen.contains(&Some(number)) {
                let message = "a diagnosis is pointed at twice";
                findings.broken(&rules::POINTER_TWICE, sv1, &within(), ("SV107", component), message);
            }
            if let Some(slot) = seen.get_mut(place) {
                *slot = Some(number);
            }
        }
    }
    if let Some(date) = &line.service_date
        && let Period::Range(first, last) = date.period
        && last < first
    {
        let message = "the period of service ends before it begins";
        findings.broken(&rules::PERIOD_ORDER, date, &format!("{path}/2400"), ("DTP03", 0), message);
    }
    for attachment in &line.attachments {
        attached(attachment, &format!("{path}/2400"), findings);
    }
    for one in &line.adjudications {
        let payer = one.adjudication.payer;
        if !claim.other_payers.iter().any(|other| other.payer.name.id == Some(payer)) {
            let message = "the payer that adjudicated the line is none of the claim's other payers";
            findings
                .broken(
                    &rules::UNKNOWN_PAYER,
                    &one.adjudication,
                    &format!("{path}/2400/2430"),
                    ("SVD01", 0),
                    message,
                )
                .found(payer);
        }
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

/// The level of an insured person: who is the patient, and what that demands.
pub(crate) fn subscriber_level(level: &SubscriberLevel<'_>, path: &str, findings: &mut Findings<'_>) {
    if !findings.wants(4) {
        return;
    }
    let insurance = &level.insurance;
    let is_patient = is(insurance.relationship, &["18"]);
    let within = format!("{path}/2010BA");
    if is_patient {
        if level.claims.is_empty() {
            let message = "the subscriber is the patient and has no claim";
            findings.broken(&rules::SELF_HAS_CLAIMS, insurance, path, ("SBR02", 0), message).expected("CLM");
        }
        if !level.patients.is_empty() {
            let message = "the subscriber is the patient, and another patient follows";
            findings.broken(&rules::PATIENT_IS_SUBSCRIBER, insurance, path, ("SBR02", 0), message);
        }
        if level.subscriber.address.is_none() || level.subscriber.city.is_none() {
            let message = "a subscriber who is the patient has an address";
            findings
                .broken(&rules::SUBSCRIBER_ADDRESS, &level.subscriber.name, &within, ("NM101", 0), message)
                .expected("N3 and N4");
        }
        if level.subscriber.demographics.is_none() {
            let message = "a subscriber who is the patient has birth date and sex";
            findings
                .broken(&rules::SUBSCRIBER_BIRTH, &level.subscriber.name, &within, ("NM101", 0), message)
                .expected("DMG");
        }
    } else if level.patients.is_empty() {
        let message = "neither is the subscriber the patient, nor does a patient follow";
        findings
            .broken(&rules::PATIENT_NEEDED, insurance, path, ("SBR02", 0), message)
            .expected("HL with level 23");
    }
    let children = if level.patients.is_empty() { "0" } else { "1" };
    if let Some(found) = level.level.children
        && found != children
    {
        let message = "HL04 does not say whether levels follow";
        findings
            .broken(&rules::CHILDREN_CODE, &level.level, path, ("HL04", 0), message)
            .found(found)
            .expected(children);
    }
}
