//! SNIP 3: sums that must agree to the cent.
//!
//! 837: a claim's charge is the sum of its lines; what an earlier payer paid and adjusted adds up
//! to the charge, by line and by claim (X222, X223 and X224 1.4.4). 835: charge less adjustments is payment, by
//! service and by claim, and the payments less provider adjustments are BPR02 (X221 1.10.2.1). A
//! positive CAS or PLB amount lowers the payment, a negative one raises it.

use crate::check::findings::{Findings, Spot};
use crate::check::rules::{self, ClaimRules};
use crate::declare::{Other, Why};
use crate::segments::{AdjustmentGroup, Cas, ClaimStatus, Plb};
use crate::x835::{ClaimPayment, ServicePayment};
use crate::x837::{AnyAdjudication, AnyClaim, AnyLine, AnyOtherPayer};
use types::Money;

/// The sum of amounts that a stranger wrote: never panics.
pub(crate) fn total(amounts: impl IntoIterator<Item = Money>) -> Money {
    amounts.into_iter().fold(Money::ZERO, Money::saturating_add)
}

/// The sum of some CAS segments.
pub(crate) fn adjusted(segments: &[Cas<'_>]) -> Money {
    total(segments.iter().flat_map(|cas| cas.adjustments.iter()).map(|adjustment| adjustment.amount))
}

/// The sum of a PLB's amounts.
pub(crate) fn provider_adjusted(segment: &Plb<'_>) -> Money {
    total(segment.adjustments.iter().map(|adjustment| adjustment.amount))
}

/// False when something that belongs here could not be read: sums would miss it, and its own issue
/// says so.
pub(crate) fn all_read(others: &[Other<'_>]) -> bool {
    others.iter().all(|other| !matches!(other.why, Why::Unreadable | Why::OverMaximum))
}

/// A claim against its lines and its other payers.
pub(crate) fn claim<'a>(
    claim: &impl AnyClaim<'a>,
    rules: &ClaimRules,
    path: &str,
    findings: &mut Findings<'_>,
) {
    if !findings.wants(3) {
        return;
    }
    let clm = claim.claim();
    let charged = clm.charged;
    if all_read(claim.other()) {
        let lines = total(claim.lines().iter().map(AnyLine::charged));
        if lines != charged {
            findings
                .broken(
                    &rules.claim_charge,
                    clm,
                    path,
                    ("CLM02", 0),
                    "the claim's charge is not the sum of its lines",
                )
                .amounts(charged, lines);
        }
    }
    if charged.is_negative() {
        let message = "the claim's charge is negative";
        findings.broken(&rules.negative_charge, clm, path, ("CLM02", 0), message).expected("zero or more");
    }
    for payer in claim.other_payers() {
        other_payer(claim, payer, rules, path, findings);
    }
}

/// What one other payer paid and adjusted.
fn other_payer<'a>(
    claim: &impl AnyClaim<'a>,
    payer: &impl AnyOtherPayer<'a>,
    rules: &ClaimRules,
    path: &str,
    findings: &mut Findings<'_>,
) {
    let Some(id) = payer.name().id else { return };
    let (mut paid_by_line, mut adjusted_by_line, mut adjudicated) = (Money::ZERO, Money::ZERO, 0_usize);
    for line in claim.lines() {
        let mut of_line = line.adjudications().iter().filter(|one| one.adjudication().payer == id).peekable();
        if of_line.peek().is_none() {
            continue;
        }
        adjudicated += 1;
        let (mut paid, mut adjustments) = (Money::ZERO, Money::ZERO);
        let mut bundled = false;
        let mut first = None;
        for one in of_line {
            paid = total([paid, one.adjudication().paid]);
            adjustments = total([adjustments, adjusted(one.adjustments())]);
            bundled |= one.adjudication().bundled_line.is_some();
            first = first.or(Some(one));
        }
        paid_by_line = total([paid_by_line, paid]);
        adjusted_by_line = total([adjusted_by_line, adjustments]);
        let (charged, explained) = (line.charged(), total([paid, adjustments]));
        if explained != charged
            && !bundled
            && let Some(one) = first
        {
            findings
                .broken(
                    &rules.cob_line,
                    one.adjudication(),
                    format_args!("{path}/2400/2430"),
                    ("SVD02", 0),
                    "what the other payer paid and adjusted is not the line's charge",
                )
                .amounts(explained, charged);
        }
    }
    let claim_level = adjusted(payer.adjustments());
    let Some(paid) = payer.paid() else { return };
    let within = format_args!("{path}/2320");
    let by_line = total([paid_by_line, -claim_level]);
    if adjudicated > 0 && paid.amount != by_line {
        let message =
            "what the other payer paid is not the sum of its lines less its adjustments of the claim";
        findings.broken(&rules.cob_claim, paid, within, ("AMT02", 0), message).amounts(paid.amount, by_line);
    }
    let explained = total([paid.amount, claim_level, adjusted_by_line]);
    if (adjudicated > 0 || !payer.adjustments().is_empty()) && explained != claim.claim().charged {
        let message = "what the other payer paid and adjusted is not the claim's charge";
        findings
            .broken(&rules.cob_charge, paid, within, ("AMT02", 0), message)
            .amounts(explained, claim.claim().charged);
    }
}

/// A claim payment and its services.
pub(crate) fn claim_payment(claim: &ClaimPayment<'_>, path: &str, findings: &mut Findings<'_>) {
    if !findings.wants(3) {
        return;
    }
    let mut adjustments = adjusted(&claim.adjustments);
    let mut responsibility = of_patient(&claim.adjustments);
    let mut services = Money::ZERO;
    for service in &claim.services {
        service_payment(service, path, findings);
        adjustments = total([adjustments, adjusted(&service.adjustments)]);
        responsibility = total([responsibility, of_patient(&service.adjustments)]);
        services = total([services, service.service.charged]);
    }
    let (charged, paid) = (claim.claim.charged, claim.claim.paid);
    if !all_read(&claim.other) || claim.services.iter().any(|service| !all_read(&service.other)) {
        return;
    }
    let expected = total([charged, -adjustments]);
    if expected != paid {
        let message = "the claim's charge less its adjustments is not its payment";
        findings
            .broken(&rules::CLAIM_BALANCE, &claim.claim, path, ("CLP04", 0), message)
            .amounts(paid, expected);
    }
    if !claim.services.is_empty() && services != charged {
        let message = "the claim's charge is not the sum of its services";
        findings
            .broken(&rules::SERVICES_CHARGED, &claim.claim, path, ("CLP03", 0), message)
            .amounts(charged, services);
    }
    if let Some(owed) = claim.claim.patient_responsibility
        && owed != responsibility
        && claim.claim.status != ClaimStatus::Reversal
    {
        let message = "the patient's share is not the sum of the PR adjustments";
        findings
            .broken(&rules::PATIENT_RESPONSIBILITY, &claim.claim, path, ("CLP05", 0), message)
            .amounts(owed, responsibility);
    }
}

fn of_patient(segments: &[Cas<'_>]) -> Money {
    let patients = segments.iter().filter(|cas| cas.group == AdjustmentGroup::PatientResponsibility);
    total(patients.flat_map(|cas| cas.adjustments.iter()).map(|adjustment| adjustment.amount))
}

fn service_payment(service: &ServicePayment<'_>, path: &str, findings: &mut Findings<'_>) {
    // SVC03 is required; a file that leaves it out says nothing that could disagree.
    let Some(paid) = service.service.paid else { return };
    let expected = total([service.service.charged, -adjusted(&service.adjustments)]);
    if paid != expected && all_read(&service.other) {
        let message = "the service's charge less its adjustments is not its payment";
        findings
            .broken(
                &rules::SERVICE_BALANCE,
                &service.service,
                format_args!("{path}/2110"),
                ("SVC03", 0),
                message,
            )
            .amounts(paid, expected);
    }
}

/// The payment of a whole set against its claims and provider adjustments.
pub(crate) fn remittance(
    (payment, bpr): (Money, Spot),
    paid: Money,
    provider: Money,
    findings: &mut Findings<'_>,
) {
    let expected = total([paid, -provider]);
    if payment != expected {
        let message = "the payment is not the sum of the claims' payments less the provider adjustments";
        findings
            .broken_at(&rules::TRANSACTION_BALANCE, bpr, "", ("BPR02", 0), message)
            .amounts(payment, expected);
    }
    if payment.is_negative() {
        findings
            .broken_at(&rules::NEGATIVE_PAYMENT, bpr, "", ("BPR02", 0), "the payment is negative")
            .expected("zero or more");
    }
}
