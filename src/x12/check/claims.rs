//! What the three claim guides have in common at levels 2 to 4: addresses, levels, payers and lines,
//! by the traits of [`x837`](crate::x12::x837) and the rules of the guide at hand.

use crate::x12::check::findings::Findings;
use crate::x12::check::rules::{ClaimRules, Rule};
use crate::x12::declare::Written;
use crate::x12::segments::{Clm, DiagnosisPointers, Dtp, N3, N4, PayerSequence, Pwk, Sbr};
use crate::x12::value::{Ordinal, Period, Text};
use crate::x12::x837::{
    AnyAdjudication, AnyBillingLevel, AnyClaim, AnyLine, AnyOtherPayer, AnySubscriberLevel,
};

/// True when this is one of the codes.
pub(crate) fn is(text: Option<Text<'_>>, codes: &[&str]) -> bool {
    text.is_some_and(|text| codes.iter().any(|code| text == *code))
}

/// An address: US and Canadian ones have state and ZIP code.
pub(crate) fn city(
    city: Option<&N4<'_>>,
    nine_digits: bool,
    rules: &ClaimRules,
    path: &str,
    findings: &mut Findings<'_>,
) {
    let Some(n4) = city else { return };
    let country = n4.country.filter(|country| *country != "US");
    let home = country.is_none_or(|country| country == "CA" || country == "CAN");
    if home && n4.state.is_none() {
        findings.broken(&rules.us_state, n4, path, ("N402", 0), "the address has no state");
    }
    match n4.zip {
        None if home => {
            findings.broken(&rules.us_zip, n4, path, ("N403", 0), "the address has no ZIP code");
        }
        Some(zip) if nine_digits && country.is_none() => {
            let digits = zip.as_bytes().iter().all(u8::is_ascii_digit);
            if zip.len() != 9 || !digits {
                findings
                    .broken(&rules.zip_plus_4, n4, path, ("N403", 0), "this ZIP code must have nine digits")
                    .found(zip)
                    .expected("nine digits");
            }
        }
        _ => {}
    }
}

/// Loop 2000A with 2010AA and 2010AB.
pub(crate) fn billing_level<'a>(
    level: &impl AnyBillingLevel<'a>,
    rules: &ClaimRules,
    findings: &mut Findings<'_>,
) {
    let path = "2000A/2010AA";
    city(level.city(), true, rules, path, findings);
    if let Some(address) = level.street()
        && let Some(line) = post_office_box(address)
    {
        let message = "the billing address is a post office box";
        findings.broken(&rules.post_office_box, address, path, ("N301", 0), message).found(line);
    }
    city(level.pay_to_city(), false, rules, "2000A/2010AB", findings);
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

/// The level of an insured person: who is the patient, and what that demands.
pub(crate) fn subscriber_level<'a>(
    level: &impl AnySubscriberLevel<'a>,
    rules: &ClaimRules,
    path: &str,
    findings: &mut Findings<'_>,
) {
    let within = format!("{path}/2010BA");
    city(level.city(), false, rules, &within, findings);
    city(level.payer_city(), false, rules, &format!("{path}/2010BB"), findings);
    if !findings.wants(4) {
        return;
    }
    let insurance = level.insurance();
    if is(insurance.relationship, &["18"]) {
        if level.claims().is_empty() {
            let message = "the subscriber is the patient and has no claim";
            findings.broken(&rules.self_has_claims, insurance, path, ("SBR02", 0), message).expected("CLM");
        }
        if !level.patients().is_empty() {
            let message = "the subscriber is the patient, and another patient follows";
            findings.broken(&rules.patient_is_subscriber, insurance, path, ("SBR02", 0), message);
        }
        if level.street().is_none() || level.city().is_none() {
            let message = "a subscriber who is the patient has an address";
            findings
                .broken(&rules.subscriber_address, level.name(), &within, ("NM101", 0), message)
                .expected("N3 and N4");
        }
        if level.demographics().is_none() {
            let message = "a subscriber who is the patient has birth date and sex";
            findings
                .broken(&rules.subscriber_birth, level.name(), &within, ("NM101", 0), message)
                .expected("DMG");
        }
    } else if level.patients().is_empty() {
        let message = "neither is the subscriber the patient, nor does a patient follow";
        findings
            .broken(&rules.patient_needed, insurance, path, ("SBR02", 0), message)
            .expected("HL with level 23");
    }
    let children = if level.patients().is_empty() { "0" } else { "1" };
    if let Some(found) = level.level().children
        && found != children
    {
        let message = "HL04 does not say whether levels follow";
        findings
            .broken(&rules.children_code, level.level(), path, ("HL04", 0), message)
            .found(found)
            .expected(children);
    }
}

/// A claim to the payer of `insurance`: replacement number, attachments, other payers, lines.
pub(crate) fn claim<'a>(
    claim: &impl AnyClaim<'a>,
    insurance: &Sbr<'a>,
    rules: &ClaimRules,
    path: &str,
    findings: &mut Findings<'_>,
) {
    if !findings.wants(4) {
        return;
    }
    let clm = claim.claim();
    if is(clm.facility.frequency, &["7", "8"]) && claim.payer_claim_control_number().is_none() {
        let message = "a replacement or void names the claim it is about in REF*F8";
        findings.broken(&rules.replacement_number, clm, path, ("CLM05", 3), message).expected("REF*F8");
    }
    attachments(claim.attachments(), rules, path, findings);
    other_payers(claim, insurance, rules, path, findings);
    for line in claim.lines() {
        if let Some(date) = line.service_date() {
            let message = "the period of service ends before it begins";
            period_order(date, &rules.period_order, message, &format!("{path}/2400"), findings);
        }
        for one in line.adjudications() {
            let payer = one.adjudication().payer;
            if !claim.other_payers().iter().any(|other| other.name().id == Some(payer)) {
                let message = "the payer that adjudicated the line is none of the claim's other payers";
                let within = format!("{path}/2400/2430");
                findings
                    .broken(&rules.unknown_payer, one.adjudication(), &within, ("SVD01", 0), message)
                    .found(payer);
            }
        }
    }
}

/// Paper or files that are sent have a number.
pub(crate) fn attachments(
    attachments: &[Pwk<'_>],
    rules: &ClaimRules,
    path: &str,
    findings: &mut Findings<'_>,
) {
    for one in attachments {
        if is(one.transmission, &["BM", "EL", "EM", "FT", "FX"]) && one.control_number.is_none() {
            let message = "an attachment that is sent has no control number";
            findings.broken(&rules.attachment_number, one, path, ("PWK06", 0), message);
        }
    }
}

/// A period whose last day is before its first.
pub(crate) fn period_order(
    date: &Dtp<'_>,
    rule: &Rule,
    message: &str,
    path: &str,
    findings: &mut Findings<'_>,
) {
    if let Period::Range(first, last) = date.period
        && last < first
    {
        findings.broken(rule, date, path, ("DTP03", 0), message);
    }
}

/// The order of payers on one claim.
fn other_payers<'a>(
    claim: &impl AnyClaim<'a>,
    insurance: &Sbr<'a>,
    rules: &ClaimRules,
    path: &str,
    findings: &mut Findings<'_>,
) {
    let own = insurance.sequence;
    if is_later(insurance) && claim.other_payers().is_empty() {
        let message = "a claim to a later payer names no earlier one";
        findings
            .broken(&rules.earlier_payer, insurance, path, ("SBR01", 0), message)
            .found(own.code())
            .expected("a loop 2320 for each earlier payer");
    }
    let mut seen = vec![own];
    for payer in claim.other_payers() {
        let sequence = payer.subscriber().sequence;
        if sequence != PayerSequence::Unknown && seen.contains(&sequence) {
            let message = "two payers of the claim have the same turn";
            let within = format!("{path}/2320");
            findings
                .broken(&rules.payer_order, payer.subscriber(), &within, ("SBR01", 0), message)
                .found(sequence.code());
        }
        seen.push(sequence);
        other_payer(claim, payer, rules, path, findings);
    }
}

/// True when another payer's turn comes before this one's.
pub(crate) fn is_later(insurance: &Sbr<'_>) -> bool {
    !matches!(insurance.sequence, PayerSequence::Primary | PayerSequence::Unknown | PayerSequence::Other(_))
}

fn other_payer<'a>(
    claim: &impl AnyClaim<'a>,
    payer: &impl AnyOtherPayer<'a>,
    rules: &ClaimRules,
    path: &str,
    findings: &mut Findings<'_>,
) {
    let id = payer.name().id;
    let by_line = claim
        .lines()
        .iter()
        .any(|line| line.adjudications().iter().any(|one| Some(one.adjudication().payer) == id));
    if let Some(paid) = payer.paid()
        && payer.paid_on().is_none()
        && !by_line
    {
        let message = "the other payer's payment is without its date";
        findings
            .broken(&rules.paid_date, paid, &format!("{path}/2320"), ("AMT02", 0), message)
            .expected("DTP*573 in 2330B");
    }
}

/// An accident has its date, an auto accident its state too.
pub(crate) fn accident(
    clm: &Clm<'_>,
    date: Option<&Dtp<'_>>,
    (dated, placed): (&Rule, &Rule),
    path: &str,
    findings: &mut Findings<'_>,
) {
    let Some(causes) = &clm.related_causes else { return };
    let named = |code: &str| causes.cause == code || is(causes.second, &[code]);
    if (named("AA") || named("OA")) && date.is_none() {
        let message = "the claim is for an accident whose date is not given";
        findings.broken(dated, clm, path, ("CLM11", 1), message).expected("DTP*439");
    }
    if named("AA") && causes.state.is_none() && causes.country.is_none() {
        let message = "an auto accident is without its state";
        findings.broken(placed, clm, path, ("CLM11", 4), message).expected("a state");
    }
}

/// Where a line's pointers stand, and the rules about them.
#[derive(Clone, Copy)]
pub(crate) struct Pointers<'p> {
    /// The segment.
    pub part: &'p dyn Written,
    /// Its element: `SV107`.
    pub designator: &'p str,
    /// To no diagnosis.
    pub nowhere: &'p Rule,
    /// To one diagnosis twice.
    pub twice: Option<&'p Rule>,
}

/// Pointers point at diagnoses of the claim, which lists so many.
pub(crate) fn pointers(
    pointers: Option<&DiagnosisPointers<'_>>,
    diagnoses: usize,
    place: Pointers<'_>,
    path: &str,
    findings: &mut Findings<'_>,
) {
    let Some(pointers) = pointers else { return };
    let mut seen: [Option<u32>; 4] = [None; 4];
    for (at, pointer) in pointers.pointers.iter().enumerate() {
        let Ordinal::Number(number) = *pointer else { continue };
        let component = u8::try_from(at + 1).unwrap_or(0);
        let within = || format!("{path}/2400");
        if number as usize > diagnoses {
            let message = "this pointer points at no diagnosis";
            findings
                .broken(place.nowhere, place.part, &within(), (place.designator, component), message)
                .expected(format!("1 to {diagnoses}"));
        }
        if seen.contains(&Some(number))
            && let Some(twice) = place.twice
        {
            let message = "a diagnosis is pointed at twice";
            findings.broken(twice, place.part, &within(), (place.designator, component), message);
        }
        if let Some(slot) = seen.get_mut(at) {
            *slot = Some(number);
        }
    }
}
