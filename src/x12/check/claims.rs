//! What the three claim guides have in common at levels 2 to 4: addresses, levels, payers and lines,
//! by the traits of [`x837`](crate::x837) and the rules of the guide at hand.

use std::fmt::Display;

use chrono::NaiveDate;

use crate::check::findings::Findings;
use crate::check::rules::{ClaimRules, Rule};
use crate::declare::Written;
use crate::segments::{
    Cas, Clm, Crc, DiagnosisPointers, Dtp, EntityKind, Lin, N3, N4, Nm1, PayerSequence, Pwk, Ref, Sbr, YesNo,
};
use crate::value::{Number, Ordinal, Period, Text};
use crate::x837::{AnyAdjudication, AnyBillingLevel, AnyClaim, AnyLine, AnyOtherPayer, AnySubscriberLevel};
use types::Money;

/// True when this is one of the codes.
pub(crate) fn is(text: Option<Text<'_>>, codes: &[&str]) -> bool {
    text.is_some_and(|text| codes.iter().any(|code| text == *code))
}

/// What stands above a claim.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Above<'l, 'a> {
    /// Who bills.
    pub billing: &'l Biller,
    /// The payer's turn, and the plan.
    pub insurance: &'l Sbr<'a>,
}

/// Who bills, and where they are: kept while the claims go by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Biller {
    /// Qualifier and identifier, when there is one.
    id: Option<[Vec<u8>; 2]>,
    street: Option<[Vec<u8>; 2]>,
}

impl Biller {
    pub(crate) fn of<'a>(level: &impl AnyBillingLevel<'a>) -> Biller {
        let owned =
            |texts: [Option<Text<'_>>; 2]| texts.map(|text| text.unwrap_or_default().as_bytes().to_vec());
        let name = level.provider();
        Biller {
            id: name.id.map(|id| owned([name.id_qualifier, Some(id)])),
            street: level.street().map(|n3| owned([Some(n3.line_1), n3.line_2])),
        }
    }
    /// True when this is the one who bills.
    pub(crate) fn is(&self, name: &Nm1<'_>) -> bool {
        let Some(id) = name.id else { return false };
        let [qualifier, id] = [name.id_qualifier.unwrap_or_default(), id].map(|text| text.as_bytes());
        self.id.as_ref().is_some_and(|own| own[0] == qualifier && own[1] == id)
    }
    /// True when they are on this street.
    pub(crate) fn is_at(&self, street: &N3<'_>) -> bool {
        let lines = [street.line_1, street.line_2.unwrap_or_default()].map(|text| text.as_bytes());
        self.street.as_ref().is_some_and(|own| own[0] == lines[0] && own[1] == lines[1])
    }
}

/// True when both are known by the same identifier.
pub(crate) fn is_same(one: &Nm1<'_>, other: &Nm1<'_>) -> bool {
    one.id.is_some() && one.id == other.id && one.id_qualifier == other.id_qualifier
}

/// An address: US and Canadian ones have state and ZIP code.
pub(crate) fn city(
    city: Option<&N4<'_>>,
    nine_digits: bool,
    rules: &ClaimRules,
    path: impl Display,
    findings: &mut Findings<'_>,
) {
    let Some(n4) = city else { return };
    let path = &path;
    if let Some(country) = n4.country.filter(|country| *country == "US") {
        let message = "the country is given of an address in the United States";
        findings.broken(&rules.country, n4, path, ("N404", 0), message).found(country);
    }
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
    if !findings.wants(4) {
        return;
    }
    organization_name(level.provider(), rules, path, findings);
    nine_digits(level.tax_id(), &rules.tax_id, path, findings);
    if let (Some(pay_to), Some(billing)) = (level.pay_to_street(), level.street())
        && same_street(pay_to, billing)
        && level.pay_to_city().map(|n4| (n4.city, n4.state)) == level.city().map(|n4| (n4.city, n4.state))
    {
        let message = "the pay-to address is the billing provider's";
        findings.broken(&rules.same_pay_to, pay_to, "2000A/2010AB", ("N301", 0), message);
    }
}

fn same_street(one: &N3<'_>, other: &N3<'_>) -> bool {
    (one.line_1, one.line_2) == (other.line_1, other.line_2)
}

/// First name, middle name and suffix are a person's.
fn organization_name(name: &Nm1<'_>, rules: &ClaimRules, path: impl Display, findings: &mut Findings<'_>) {
    if name.kind == Some(EntityKind::Organization)
        && let Some(first) = name.first
    {
        let message = "an organization has a first name";
        findings.broken(&rules.organization_name, name, path, ("NM104", 0), message).found(first);
    }
}

/// EIN and SSN are nine digits, nothing between them.
fn nine_digits(reference: Option<&Ref<'_>>, rule: &Rule, path: impl Display, findings: &mut Findings<'_>) {
    let Some(reference) = reference else { return };
    let Some(number) = reference.identifier else { return };
    if number.len() != 9 || !number.as_bytes().iter().all(u8::is_ascii_digit) {
        let message = "this number is not nine digits";
        findings.broken(rule, reference, path, ("REF02", 0), message).found(number).expected("nine digits");
    }
}

/// A code of a REF whose values the guide lists.
pub(crate) fn listed(
    reference: Option<&Ref<'_>>,
    codes: &[&str],
    rule: &Rule,
    path: impl Display,
    findings: &mut Findings<'_>,
) {
    let Some(reference) = reference else { return };
    let Some(code) = reference.identifier else { return };
    if !is(Some(code), codes) {
        let message = "this is none of the guide's values";
        findings.broken(rule, reference, path, ("REF02", 0), message).found(code).expected(codes.join(", "));
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

/// The level of an insured person: who is the patient, and what that demands.
pub(crate) fn subscriber_level<'a>(
    level: &impl AnySubscriberLevel<'a>,
    rules: &ClaimRules,
    path: &str,
    findings: &mut Findings<'_>,
) {
    let within = format_args!("{path}/2010BA");
    city(level.city(), false, rules, within, findings);
    city(level.payer_city(), false, rules, format_args!("{path}/2010BB"), findings);
    if !findings.wants(4) {
        return;
    }
    let insurance = level.insurance();
    organization_name(level.name(), rules, within, findings);
    nine_digits(level.social_security(), &rules.social_security, within, findings);
    group_name(insurance, rules, path, findings);
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
                .broken(&rules.subscriber_address, level.name(), within, ("NM101", 0), message)
                .expected("N3 and N4");
        }
        if level.demographics().is_none() {
            let message = "a subscriber who is the patient has birth date and sex";
            findings
                .broken(&rules.subscriber_birth, level.name(), within, ("NM101", 0), message)
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

/// The name of a group stands in for its number.
fn group_name(insurance: &Sbr<'_>, rules: &ClaimRules, path: impl Display, findings: &mut Findings<'_>) {
    if insurance.group_number.is_some()
        && let Some(name) = insurance.group_name
    {
        let message = "number and name of the group are given";
        findings.broken(&rules.group_name, insurance, path, ("SBR04", 0), message).found(name);
    }
}

/// A claim: replacement number, attachments, providers, other payers, lines.
pub(crate) fn claim<'a>(
    claim: &impl AnyClaim<'a>,
    above: Above<'_, '_>,
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
    if is(clm.facility.frequency, &["1"])
        && let Some(number) = claim.payer_claim_control_number()
    {
        let message = "an original claim names an earlier one in REF*F8";
        findings.broken(&rules.original_number, number, path, ("REF01", 0), message);
    }
    too_large(clm.charged, clm, "CLM02", rules, path, findings);
    attachments(claim.attachments(), rules, path, findings);
    listed(
        claim.service_exception(),
        &["1", "2", "3", "4", "5", "6", "7"],
        &rules.service_exception,
        path,
        findings,
    );
    if let Some(facility) = claim.facility()
        && above.billing.is(facility)
        && claim.facility_street().is_some_and(|street| above.billing.is_at(street))
    {
        let message = "the service facility is the billing provider";
        let within = format_args!("{path}/{}", claim.facility_loop());
        findings.broken(&rules.same_facility, facility, within, ("NM109", 0), message);
    }
    other_payers(claim, above.insurance, rules, path, findings);
    let within = format_args!("{path}/2400");
    for line in claim.lines() {
        too_large(line.charged(), line.service(), line.charge_designator(), rules, within, findings);
        if let Some(date) = line.service_date() {
            let message = "the period of service ends before it begins";
            period_order(date, &rules.period_order, message, within, findings);
        }
        if let (Some(of_line), Some(of_claim)) = (line.rendering(), claim.rendering())
            && is_same(of_line, of_claim)
        {
            let message = "the line's rendering provider is the claim's";
            findings.broken(&rules.same_line_rendering, of_line, within, ("NM109", 0), message);
        }
        for one in line.adjudications() {
            let within = format_args!("{path}/2400/2430");
            zero_adjustments(one.adjustments(), &rules.zero_adjustment, within, findings);
            if let Some(Ordinal::Number(bundled)) = one.adjudication().bundled_line
                && !claim.lines().iter().any(|other| other.number().number == Ordinal::Number(bundled))
            {
                let message = "the line was bundled into one that the claim does not have";
                findings
                    .broken(&rules.bundled_line, one.adjudication(), within, ("SVD06", 0), message)
                    .expected("LX01 of a line of the claim");
            }
            let payer = one.adjudication().payer;
            if !claim.other_payers().iter().any(|other| other.name().id == Some(payer)) {
                let message = "the payer that adjudicated the line is none of the claim's other payers";
                findings
                    .broken(&rules.unknown_payer, one.adjudication(), within, ("SVD01", 0), message)
                    .found(payer);
            }
        }
    }
}

/// Amounts have at most ten digits, of which two are cents.
const AMOUNT_MAX: Money = Money::from_cents(9_999_999_999);

fn too_large(
    amount: Money,
    part: &dyn Written,
    designator: &str,
    rules: &ClaimRules,
    path: impl Display,
    findings: &mut Findings<'_>,
) {
    if amount.abs() > AMOUNT_MAX {
        let message = "this amount has more digits than the guides allow";
        findings.broken(&rules.amount_size, part, path, (designator, 0), message).amounts(amount, AMOUNT_MAX);
    }
}

/// Adjustments after the first of a CAS are not zero; a first one of zero says that there is none.
pub(crate) fn zero_adjustments(
    segments: &[Cas<'_>],
    rule: &Rule,
    path: impl Display,
    findings: &mut Findings<'_>,
) {
    for cas in segments {
        let zero = cas.adjustments.iter().skip(1).position(|adjustment| adjustment.amount.is_zero());
        if let Some(place) = zero {
            let message = "an adjustment is zero";
            let designator = format!("CAS{:02}", place * 3 + 6);
            findings.broken(rule, cas, &path, (&designator, 0), message).expected("not zero");
        }
    }
}

/// A drug's code is eleven digits in its 5-4-2 form.
pub(crate) fn national_drug_code(
    drug: &Lin<'_>,
    rule: &Rule,
    path: impl Display,
    findings: &mut Findings<'_>,
) {
    let Some(code) = drug.code.filter(|_| drug.qualifier == "N4") else { return };
    if code.len() != 11 || !code.as_bytes().iter().all(u8::is_ascii_digit) {
        let message = "the national drug code is not eleven digits";
        findings.broken(rule, drug, path, ("LIN03", 0), message).found(code).expected("eleven digits");
    }
}

/// Units have at most eight digits, of which at most three after the point.
pub(crate) fn units_size(
    units: Option<Number>,
    (part, designator): (&dyn Written, &str),
    rule: &Rule,
    path: impl Display,
    findings: &mut Findings<'_>,
) {
    let Some(Number(units)) = units else { return };
    if units.scale() > 3 || units.mantissa().unsigned_abs() > 99_999_999 {
        let message = "these units have more digits than the guide allows";
        findings.broken(rule, part, path, (designator, 0), message).expected("eight digits, three decimals");
    }
}

/// A screening referral says what was referred, or that nothing was (NU).
pub(crate) fn screening_referral(
    referral: Option<&Crc<'_>>,
    rule: &Rule,
    path: impl Display,
    findings: &mut Findings<'_>,
) {
    let Some(crc) = referral else { return };
    let none = crc.conditions.iter().any(|condition| *condition == "NU");
    let given = match crc.applies {
        Some(YesNo::Yes) => true,
        Some(YesNo::No) => false,
        _ => return,
    };
    if given == none {
        let message = "the referral is said to be given and not given";
        findings.broken(rule, crc, path, ("CRC03", 0), message).expected(if given { "no NU" } else { "NU" });
    }
}

/// P3 is a second referral, after DN's.
pub(crate) fn referrals<'r, 'a: 'r>(
    names: impl Iterator<Item = &'r Nm1<'a>> + Clone,
    rule: &Rule,
    path: impl Display,
    findings: &mut Findings<'_>,
) {
    let of = |code: &str| names.clone().find(|name| name.entity == code);
    if let Some(first) = of("P3")
        && of("DN").is_none()
    {
        let message = "an earlier referral stands alone";
        findings.broken(rule, first, path, ("NM101", 0), message).expected("NM1*DN before it");
    }
}

/// ICD-9 was in force to 30 September 2015, ICD-10 is since (45 CFR 162.1002(b) and (c)).
const FIRST_DAY_OF_ICD_10: NaiveDate = NaiveDate::from_ymd_opt(2015, 10, 1).expect("a day");

/// The editions of ICD on one claim.
#[derive(Debug, Default)]
pub(crate) struct Editions {
    ninth: bool,
    tenth: bool,
}

impl Editions {
    /// The codes of one HI, with their qualifiers.
    pub(crate) fn segment<'a>(
        &mut self,
        part: &dyn Written,
        codes: impl Iterator<Item = (Text<'a>, Text<'a>)>,
        day: Option<NaiveDate>,
        (rules, path): (&ClaimRules, &str),
        findings: &mut Findings<'_>,
    ) {
        for (place, (qualifier, code)) in codes.enumerate() {
            let tenth = match qualifier.as_bytes() {
                b"ABK" | b"ABF" | b"ABJ" | b"APR" | b"ABN" | b"BBR" | b"BBQ" => true,
                b"BK" | b"BF" | b"BJ" | b"PR" | b"BN" | b"BR" | b"BQ" => false,
                _ => continue,
            };
            if code.as_bytes().contains(&b'.') {
                let message = "an ICD code is written with its point";
                let designator = format!("HI{:02}", place + 1);
                findings.broken(&rules.decimal_point, part, path, (&designator, 2), message).found(code);
            }
            let other = if tenth { self.ninth } else { self.tenth };
            if other {
                let message = "codes of ICD-9 and of ICD-10 stand on one claim";
                let designator = format!("HI{:02}", place + 1);
                findings
                    .broken(&rules.mixed_editions, part, path, (&designator, 1), message)
                    .found(qualifier);
                return;
            }
            let first = if tenth {
                !std::mem::replace(&mut self.tenth, true)
            } else {
                !std::mem::replace(&mut self.ninth, true)
            };
            if first && !tenth && day.is_some_and(|day| day >= FIRST_DAY_OF_ICD_10) {
                let message = "ICD-9 was not in force on the date of service";
                let designator = format!("HI{:02}", place + 1);
                findings.broken(&rules.edition, part, path, (&designator, 1), message).found(qualifier);
            }
        }
    }
}

/// Paper or files that are sent have a number.
pub(crate) fn attachments(
    attachments: &[Pwk<'_>],
    rules: &ClaimRules,
    path: impl Display,
    findings: &mut Findings<'_>,
) {
    for one in attachments {
        if is(one.transmission, &["BM", "EL", "EM", "FT", "FX"]) && one.control_number.is_none() {
            let message = "an attachment that is sent has no control number";
            findings.broken(&rules.attachment_number, one, &path, ("PWK06", 0), message);
        }
    }
}

/// A period whose last day is before its first.
pub(crate) fn period_order(
    date: &Dtp<'_>,
    rule: &Rule,
    message: &str,
    path: impl Display,
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
    insurance: &Sbr<'_>,
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
            let within = format_args!("{path}/2320");
            findings
                .broken(&rules.payer_order, payer.subscriber(), within, ("SBR01", 0), message)
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
    let within = format_args!("{path}/2320");
    organization_name(payer.insured(), rules, format_args!("{path}/2320/2330A"), findings);
    group_name(payer.subscriber(), rules, within, findings);
    zero_adjustments(payer.adjustments(), &rules.zero_adjustment, within, findings);
    let of_payer = format_args!("{path}/2320/2330B");
    listed(payer.adjustment_indicator(), &["Y"], &rules.adjustment_indicator, of_payer, findings);
    let id = payer.name().id;
    let mut of_lines = claim
        .lines()
        .iter()
        .flat_map(AnyLine::adjudications)
        .filter(|one| Some(one.adjudication().payer) == id)
        .peekable();
    let by_line = of_lines.peek().is_some();
    if let Some(paid) = payer.paid()
        && payer.paid_on().is_none()
        && !by_line
    {
        let message = "the other payer's payment is without its date";
        findings.broken(&rules.paid_date, paid, within, ("AMT02", 0), message).expected("DTP*573 in 2330B");
    }
    let adjudicated = by_line || !payer.adjustments().is_empty() || payer.paid_on().is_some();
    if adjudicated && payer.paid().is_none() {
        let message = "the other payer adjudicated the claim, and what it paid is not said";
        findings
            .broken(&rules.payer_paid, payer.subscriber(), within, ("SBR01", 0), message)
            .expected("AMT*D");
    }
    if let Some(amount) = payer.non_covered() {
        if amount.amount != claim.claim().charged {
            let message = "the amount that is not covered is not the claim's charge";
            findings
                .broken(&rules.non_covered_amount, amount, within, ("AMT02", 0), message)
                .amounts(amount.amount, claim.claim().charged);
        }
        if adjudicated || payer.paid().is_some() {
            let message = "the claim is said not to be covered by a payer that adjudicated it";
            findings.broken(&rules.non_covered_adjudicated, amount, within, ("AMT01", 0), message);
        }
    }
    if let Some(remaining) = payer.remaining()
        && of_lines.any(|one| one.remaining().is_some())
    {
        let message = "what the patient owes is said of the claim and of its lines";
        findings.broken(&rules.remaining_twice, remaining, within, ("AMT01", 0), message);
    }
}

/// The rules about accidents, as a guide has them.
#[derive(Clone, Copy)]
pub(crate) struct AccidentRules<'r> {
    /// An accident is without its date.
    pub date: &'r Rule,
    /// An auto accident is without its state.
    pub place: &'r Rule,
    /// A state without an auto accident.
    pub unneeded_place: &'r Rule,
    /// One cause twice.
    pub twice: &'r Rule,
}

/// An accident has its date, an auto accident its state too.
pub(crate) fn accident(
    clm: &Clm<'_>,
    date: Option<&Dtp<'_>>,
    rules: AccidentRules<'_>,
    path: &str,
    findings: &mut Findings<'_>,
) {
    let Some(causes) = &clm.related_causes else { return };
    let (dated, placed) = (rules.date, rules.place);
    if let Some(second) = causes.second
        && second == causes.cause
    {
        let message = "a cause is named twice";
        findings.broken(rules.twice, clm, path, ("CLM11", 2), message).found(second);
    }
    let named = |code: &str| causes.cause == code || is(causes.second, &[code]);
    if (named("AA") || named("OA")) && date.is_none() {
        let message = "the claim is for an accident whose date is not given";
        findings.broken(dated, clm, path, ("CLM11", 1), message).expected("DTP*439");
    }
    if named("AA") && causes.state.is_none() && causes.country.is_none() {
        let message = "an auto accident is without its state";
        findings.broken(placed, clm, path, ("CLM11", 4), message).expected("a state");
    }
    if !named("AA")
        && let Some(found) = causes.state.or(causes.country)
    {
        let component = if causes.state.is_some() { 4 } else { 5 };
        let message = "the place of an accident is given that was no auto accident";
        findings.broken(rules.unneeded_place, clm, path, ("CLM11", component), message).found(found);
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
        let within = format_args!("{path}/2400");
        if number as usize > diagnoses {
            let message = "this pointer points at no diagnosis";
            findings
                .broken(place.nowhere, place.part, within, (place.designator, component), message)
                .expected(format!("1 to {diagnoses}"));
        }
        if seen.contains(&Some(number))
            && let Some(twice) = place.twice
        {
            let message = "a diagnosis is pointed at twice";
            findings.broken(twice, place.part, within, (place.designator, component), message);
        }
        if let Some(slot) = seen.get_mut(at) {
            *slot = Some(number);
        }
    }
}
