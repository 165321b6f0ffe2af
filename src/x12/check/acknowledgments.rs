//! SNIP 4 of acknowledgments and claim statuses: TA1, 999, 277 claim acknowledgment, 277.

use crate::check::claims::is;
use crate::check::findings::Findings;
use crate::check::rules;
use crate::segments::{AckCode, Stc, Ta1};
use crate::value::Number;
use crate::x277::{ClaimAcknowledgment, ReceiverLevel};
use crate::x999::ImplementationAcknowledgment;

/// Categories that reject a claim (X12 list 507).
const REJECTING: &[&str] = &["A3", "A4", "A6", "A7", "A8"];
/// Categories that take it in or send it on.
const ACCEPTING: &[&str] = &["A0", "A1", "A2"];

/// A TA1: its note says what its code says.
pub(crate) fn interchange(answer: &Ta1<'_>, findings: &mut Findings<'_>) {
    if !findings.wants(4) {
        return;
    }
    let Some(note) = answer.note else { return };
    let (rule, message, expected) = match (answer.code, note == "000") {
        (AckCode::Accepted, false) => (
            &rules::INTERCHANGE_ACCEPTED,
            "the interchange is accepted without errors, and the note names one",
            "000",
        ),
        (AckCode::AcceptedWithErrors | AckCode::Rejected, true) => (
            &rules::INTERCHANGE_REASON,
            "the interchange has errors, and the note says that there are none",
            "001 to 031",
        ),
        _ => return,
    };
    findings.broken(rule, answer, "", ("TA105", 0), message).found(note).expected(expected);
}

/// A 999: what is said of the sets, and of the group.
pub(crate) fn implementation(body: &ImplementationAcknowledgment<'_>, findings: &mut Findings<'_>) {
    if !findings.wants(4) {
        return;
    }
    let mut rejected = 0;
    for set in &body.sets {
        let outcome = &set.outcome;
        let path = "2000";
        if outcome.code == AckCode::Accepted && !set.errors.is_empty() {
            let message = "the set is accepted without errors, and errors are listed";
            findings
                .broken(&rules::ACCEPTED_WITH_ERRORS, outcome, path, ("IK501", 0), message)
                .expected("E or R");
        }
        if !matches!(outcome.code, AckCode::Accepted | AckCode::AcceptedWithErrors) {
            rejected += 1;
            if outcome.errors.is_empty() {
                let message = "the set is rejected, why is not said";
                findings.broken(&rules::REJECTED_REASON, outcome, path, ("IK502", 0), message);
            }
        }
        for error in &set.errors {
            if is(error.segment.error, &["8"]) && error.elements.is_empty() {
                let message = "elements are in error, which is not said";
                findings
                    .broken(&rules::ELEMENTS_IN_ERROR, &error.segment, "2000/2100", ("IK304", 0), message)
                    .expected("IK4");
            }
        }
    }
    let group = &body.outcome;
    let (received, accepted) = (group.received.0, group.accepted.0);
    if received.checked_sub(accepted).is_none_or(|left| left < rejected) {
        let message = "more sets are rejected than were received and not accepted";
        findings.broken(&rules::SETS_COUNTED, group, "", ("AK904", 0), message);
        return;
    }
    let expected = match group.code {
        AckCode::Accepted | AckCode::AcceptedWithErrors if accepted != received => "P or R",
        AckCode::Partially if accepted == 0 => "R",
        AckCode::Partially if accepted == received => "A or E",
        AckCode::Rejected if accepted > 0 => "P",
        _ => return,
    };
    let message = "what becomes of the group is not what its counts say";
    findings.broken(&rules::GROUP_CODE, group, "", ("AK901", 0), message).expected(expected);
}

/// A 277 claim acknowledgment.
pub(crate) fn claims(body: &ClaimAcknowledgment<'_>, findings: &mut Findings<'_>) {
    if !findings.wants(4) {
        return;
    }
    for source in &body.sources {
        batch(&source.receiver, findings);
    }
}

fn batch(receiver: &ReceiverLevel<'_>, findings: &mut Findings<'_>) {
    let mut rejected = 0_usize;
    if let Some(status) = &receiver.status {
        actions(&status.statuses, "2000A/2000B/2200B", findings);
    }
    for provider in &receiver.providers {
        if let Some(status) = &provider.status {
            actions(&status.statuses, "2000A/2000B/2000C/2200C", findings);
        }
        for claim in provider.patients.iter().flat_map(|patient| &patient.claims) {
            let path = "2000A/2000B/2000C/2000D/2200D";
            rejected +=
                usize::from(claim.statuses.iter().any(|stc| is(Some(stc.status.category), REJECTING)));
            actions(&claim.statuses, path, findings);
            in_words(&claim.statuses, ("2000A/2000B/2000C/2000D", "2200D"), findings);
        }
    }
    if let Some(status) = &receiver.status
        && let Some(told) = &status.rejected
        && told.quantity < Number::from(u32::try_from(rejected).unwrap_or(u32::MAX))
    {
        let message = "more claims are rejected than are counted";
        findings
            .broken(&rules::CLAIMS_COUNTED, told, "2000A/2000B/2200B", ("QTY02", 0), message)
            .expected(rejected.to_string());
    }
}

/// STC03 says what the category says.
fn actions(statuses: &[Stc<'_>], path: &str, findings: &mut Findings<'_>) {
    for stc in statuses {
        let expected = match stc.action {
            Some(action) if action == "WQ" && is(Some(stc.status.category), REJECTING) => "U",
            Some(action) if action == "U" && is(Some(stc.status.category), ACCEPTING) => "WQ",
            _ => continue,
        };
        let message = "the action contradicts the category";
        findings.broken(&rules::ACTION_CODE, stc, path, ("STC03", 0), message).expected(expected);
    }
}

/// Status 448, data that contradict each other, is explained in words.
pub(crate) fn in_words(statuses: &[Stc<'_>], (level, claim): (&str, &str), findings: &mut Findings<'_>) {
    for stc in statuses {
        let codes = [Some(&stc.status), stc.second.as_ref(), stc.third.as_ref()];
        if codes.into_iter().flatten().any(|status| status.code == "448") && stc.message.is_none() {
            let message = "data contradict each other, which is not said";
            findings.broken(
                &rules::STATUS_IN_WORDS,
                stc,
                format_args!("{level}/{claim}"),
                ("STC12", 0),
                message,
            );
        }
    }
}

/// A claim that is finalized as paid says how much.
pub(crate) fn paid_amount(statuses: &[Stc<'_>], (level, claim): (&str, &str), findings: &mut Findings<'_>) {
    for stc in statuses {
        if stc.status.category == "F1" && stc.paid.is_none() {
            let message = "the claim is paid, how much is not said";
            findings.broken(&rules::PAID_AMOUNT, stc, format_args!("{level}/{claim}"), ("STC05", 0), message);
        }
    }
}
