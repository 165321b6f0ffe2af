//! SNIP 4 of remittances: what one part of an 835 demands of another (X221).

use rust_decimal::Decimal;

use crate::check::claims::{self, is};
use crate::check::findings::{Findings, Spot};
use crate::check::rules::{self, Rule};
use crate::segments::{Amt, Bpr, Cas, ClaimStatus, Dtm, Handling, N1, Nm1, PaymentMethod, Plb, Trn};
use crate::value::{Number, Text};
use crate::x835::{ClaimPayment, HeaderNumber, Remittance, ServicePayment};

/// Reasons that X12 list 139 lets nobody send without a remark code.
const NEEDS_REMARK: &[&str] = &["16", "96", "129", "148", "226", "227", "234", "252", "A1"];

/// The header of a remittance.
pub(crate) fn payment(body: &Remittance<'_>, findings: &mut Findings<'_>) {
    if !findings.wants(4) {
        return;
    }
    let (payment, trace) = (&body.payment, &body.trace);
    electronic(payment, findings);
    if payment.method == Some(PaymentMethod::None) && !payment.paid.is_zero() {
        let message = "an advice without payment has an amount";
        findings.broken(&rules::NOTHING_PAID, payment, "", ("BPR02", 0), message).expected("0");
    }
    if payment.handling == Handling::Notification && !payment.paid.is_zero() {
        let message = "a notification has an amount";
        findings.broken(&rules::NOTIFICATION_PAID, payment, "", ("BPR02", 0), message).expected("0");
    }
    if payment.paid.is_zero() && payment.method.is_some_and(|method| method != PaymentMethod::None) {
        let message = "nothing is paid, and yet by check or deposit";
        findings.broken(&rules::ZERO_PAYMENT, payment, "", ("BPR04", 0), message).expected("NON");
    }
    let same = [
        (
            &rules::COMPANY_ID,
            payment.payer_id,
            trace.payer_id,
            "TRN03",
            "the payer's id in TRN03 is not that in BPR10",
        ),
        (
            &rules::COMPANY_CODE,
            payment.payer_code,
            trace.payer_code,
            "TRN04",
            "the payer's code in TRN04 is not that in BPR11",
        ),
    ];
    for (rule, in_payment, in_trace, designator, message) in same {
        if let (Some(in_payment), Some(in_trace)) = (in_payment, in_trace)
            && in_payment != in_trace
        {
            findings.broken(rule, trace as &Trn<'_>, "", (designator, 0), message).found(in_trace);
        }
    }
    if let Some(delivery) = &body.payee.delivery
        && !matches!(payment.handling, Handling::Split | Handling::HandlerDecides)
    {
        let message = "the advice travels with the payment, and yet on its own way";
        findings.broken(&rules::DELIVERY, delivery, "1000B", ("RDM01", 0), message);
    }
}

/// An electronic payment has its bank's details and its format.
fn electronic(payment: &Bpr<'_>, findings: &mut Findings<'_>) {
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
    if payment.method == Some(PaymentMethod::Ach) && payment.format.is_none() {
        let message = "a deposit is without its format";
        findings.broken(&rules::ACH_FORMAT, payment, "", ("BPR05", 0), message).expected("CCP or CTX");
    }
}

/// What one part of a remittance tells of parts that come later.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Where the first interest of a claim stands, and whether a provider's adjustment pays it.
    interest: Option<Spot>,
    interest_paid: bool,
    /// The summary of the header number: how many claims it says there are.
    claims: Option<(Spot, Decimal)>,
    claims_seen: u32,
}

impl Told {
    /// The next header number.
    pub(crate) fn header(&mut self, header: &HeaderNumber<'_>, findings: &mut Findings<'_>) {
        self.end_header(findings);
        if let Some(summary) = &header.summary
            && let Some(Number(told)) = summary.claims
        {
            self.claims = Some((Spot::of(&**summary), told));
        }
    }
    /// The next claim payment.
    pub(crate) fn claim(&mut self, claim: &ClaimPayment<'_>) {
        self.claims_seen = self.claims_seen.saturating_add(1);
        let is_interest = |amount: &&Amt<'_>| amount.qualifier == "I" && !amount.amount.is_zero();
        let interest = || claim.amounts.iter().find(is_interest).map(|amount| Spot::of(amount));
        self.interest = self.interest.or_else(interest);
    }
    /// The next provider adjustment.
    pub(crate) fn adjustment(&mut self, plb: &Plb<'_>) {
        self.interest_paid |= plb.adjustments.iter().any(|adjustment| adjustment.reason.reason == "L6");
    }
    fn end_header(&mut self, findings: &mut Findings<'_>) {
        let seen = std::mem::take(&mut self.claims_seen);
        if let Some((summary, told)) = self.claims.take()
            && told != seen.into()
            && findings.wants(4)
        {
            let message = "the summary counts other claims than are here";
            findings
                .broken_at(&rules::SUMMARY_CLAIMS, summary, "2000", ("TS304", 0), message)
                .expected(seen.to_string());
        }
    }
    /// The remittance is over. Interest of claims (AMT*I, in no balance) is paid by the provider's
    /// adjustments.
    pub(crate) fn end(mut self, findings: &mut Findings<'_>) {
        self.end_header(findings);
        if let Some(interest) = self.interest
            && !self.interest_paid
            && findings.wants(4)
        {
            let message = "interest is told and not paid";
            findings
                .broken_at(&rules::INTEREST_PAID, interest, "2000/2100", ("AMT02", 0), message)
                .expected("PLB L6");
        }
    }
}

/// The identifier of a party that is known by its NPI.
pub(crate) fn npi<'a>(party: &N1<'a>) -> Option<Text<'a>> {
    party.id.filter(|_| is(party.id_qualifier, &["XX"]))
}

/// A claim payment.
pub(crate) fn claim_payment(
    claim: &ClaimPayment<'_>,
    payee: Option<Text<'_>>,
    path: &str,
    findings: &mut Findings<'_>,
) {
    if !findings.wants(4) {
        return;
    }
    status(claim, path, findings);
    parties(claim, payee, path, findings);
    let clp = &claim.claim;
    if let (Some(_), Some(visit)) = (&claim.inpatient, &claim.outpatient) {
        let message = "the claim has MIA and MOA";
        findings.broken(&rules::STAY_AND_VISIT, &**visit, path, ("MOA01", 0), message);
    }
    // A predetermination is an estimate for services that have no date yet.
    let dated = clp.status == ClaimStatus::Predetermination
        || !claim.statement_dates.is_empty()
        || (!claim.services.is_empty() && claim.services.iter().all(|service| !service.dates.is_empty()));
    if !dated {
        let message = "neither the claim nor each of its services has a date";
        findings.broken(&rules::CLAIM_DATES, clp, path, ("CLP01", 0), message).expected("DTM*232 or DTM*472");
    }
    order(&claim.statement_dates, ("232", "233"), &rules::CLAIM_PERIOD, path, findings);
    let expired = claim
        .adjustments
        .iter()
        .chain(claim.services.iter().flat_map(|service| &service.adjustments))
        .flat_map(|cas| cas.adjustments.iter())
        .any(|adjustment| adjustment.reason == "27");
    if expired && claim.coverage_expired.is_none() {
        let message = "coverage had ended, when is not said";
        findings.broken(&rules::COVERAGE_EXPIRED, clp, path, ("CLP02", 0), message).expected("DTM*036");
    }
    claims::zero_adjustments(&claim.adjustments, &rules::ZERO_ADJUSTMENT, path, findings);
    let remarked =
        claim.inpatient.as_ref().is_some_and(|mia| mia.remark.is_some() || !mia.more_remarks.is_empty())
            || claim.outpatient.as_ref().is_some_and(|moa| !moa.remarks.is_empty());
    let remarked_below = remarked || claim.services.iter().any(|service| !service.remarks.is_empty());
    remark_needed(&claim.adjustments, remarked_below, path, findings);
    for service in &claim.services {
        service_payment(service, remarked, path, findings);
    }
}

/// What CLP02 says, against the claim's amounts and parties.
fn status(claim: &ClaimPayment<'_>, path: &str, findings: &mut Findings<'_>) {
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
    if !forwarded && claim.crossover_carrier.is_some() {
        let message = "a carrier is named to whom the claim was not sent on";
        broken(&rules::CROSSOVER_STATUS, "CLP02", message, "19, 20, 21 or 23");
    }
    if clp.status == ClaimStatus::Reversal && clp.charged.is_positive() {
        broken(&rules::REVERSAL_SIGN, "CLP03", "a reversal has a positive charge", "a negative charge");
    }
    if clp.status == ClaimStatus::Predetermination && !clp.paid.is_zero() {
        broken(&rules::ESTIMATE_PAID, "CLP04", "a predetermination is paid", "0");
    }
    if clp.status == ClaimStatus::Denied && !clp.paid.is_zero() {
        broken(&rules::DENIED_PAID, "CLP04", "a claim whose patient is not known is paid", "0");
    }
}

/// Parties that repeat others, or contradict them.
fn parties(claim: &ClaimPayment<'_>, payee: Option<Text<'_>>, path: &str, findings: &mut Findings<'_>) {
    if let (Some(other), Some(_)) = (&claim.corrected_payer, &claim.crossover_carrier) {
        let message = "another payer should have been billed first, and the claim was sent on";
        findings.broken(&rules::CORRECTED_AND_CROSSED, &**other, path, ("NM101", 0), message);
    }
    if let (Some(patient), Some(insured)) = (&claim.patient, &claim.insured)
        && person(patient) == person(insured)
        && patient.id == insured.id
    {
        let message = "the insured person is the patient";
        findings.broken(&rules::INSURED_IS_PATIENT, &**insured, path, ("NM101", 0), message);
    }
    if let Some(provider) = &claim.service_provider
        && is(provider.id_qualifier, &["XX"])
        && payee.is_some()
        && provider.id == payee
    {
        let message = "the rendering provider is who is paid";
        findings.broken(&rules::PROVIDER_IS_PAYEE, provider, path, ("NM109", 0), message);
    }
}

const fn person<'a>(name: &Nm1<'a>) -> [Option<Text<'a>>; 4] {
    [name.last_or_organization, name.first, name.middle, name.suffix]
}

/// The end of a period is not before its begin.
fn order(
    dates: &[Dtm<'_>],
    (begin, end): (&str, &str),
    rule: &Rule,
    path: impl std::fmt::Display,
    findings: &mut Findings<'_>,
) {
    let of = |qualifier: &str| dates.iter().find(|date| date.qualifier == qualifier);
    if let (Some(first), Some(last)) = (of(begin), of(end))
        && let (Some(first), Some(day)) = (first.date, last.date)
        && day < first
    {
        findings.broken(rule, last, path, ("DTM02", 0), "the period ends before it begins");
    }
}

/// Reasons that say nothing without a remark.
fn remark_needed(
    segments: &[Cas<'_>],
    remarked: bool,
    path: impl std::fmt::Display,
    findings: &mut Findings<'_>,
) {
    if remarked {
        return;
    }
    for cas in segments {
        let needs = cas.adjustments.iter().position(|adjustment| is(Some(adjustment.reason), NEEDS_REMARK));
        if let Some((place, reason)) =
            needs.and_then(|place| Some((place, cas.adjustments.get(place)?.reason)))
        {
            let designator = format!("CAS{:02}", place * 3 + 2);
            let message = "this reason demands a remark code, and there is none";
            findings
                .broken(&rules::REMARK_NEEDED, cas, &path, (&designator, 0), message)
                .found(reason)
                .expected("LQ*HE, MIA or MOA");
        }
    }
}

fn service_payment(service: &ServicePayment<'_>, remarked: bool, path: &str, findings: &mut Findings<'_>) {
    let within = format_args!("{path}/2110");
    let svc = &service.service;
    let has = |qualifier: &str| service.dates.iter().any(|date| date.qualifier == qualifier);
    if has("150") != has("151") {
        let message = "a period has only one of its ends";
        findings.broken(&rules::SERVICE_PERIOD, svc, within, ("DTM01", 0), message);
    }
    order(&service.dates, ("150", "151"), &rules::SERVICE_PERIOD_ORDER, within, findings);
    if svc.billed_procedure.as_ref().is_some_and(|billed| *billed == svc.procedure) {
        let message = "the procedure that was billed is the one that was adjudicated";
        findings.broken(&rules::BILLED_PROCEDURE, svc, within, ("SVC06", 2), message);
    }
    if let Some(billed) = svc.billed_units
        && billed == svc.paid_units.unwrap_or_else(|| Number::from(1))
    {
        let message = "the units that were billed are those that were paid";
        findings.broken(&rules::BILLED_UNITS, svc, within, ("SVC07", 0), message);
    }
    if svc.procedure.qualifier == "NU"
        && let Some(code) = svc.revenue_code
    {
        let message = "the revenue code stands in SVC01";
        findings.broken(&rules::REVENUE_TWICE, svc, within, ("SVC04", 0), message).found(code);
    }
    claims::zero_adjustments(&service.adjustments, &rules::ZERO_ADJUSTMENT, within, findings);
    remark_needed(&service.adjustments, remarked || !service.remarks.is_empty(), within, findings);
}
