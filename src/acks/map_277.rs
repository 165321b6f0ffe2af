//! 277CA as answers.

use crate::x12::segments::{self as seg, Stc};
use crate::x12::x277::{ClaimAcknowledgment, ClaimStatus, ProviderLevel, ReceiverLevel};

use super::answer::{ClaimAnswer, ClaimsAnswer, LineStatus, ProviderAnswer, StatusCode};
use super::map_999::{bytes_of, own};

/// One answer for each submitter that the set speaks to: one, unless a payer does it otherwise.
pub(super) fn claims_answers(body: &ClaimAcknowledgment<'_>) -> Vec<ClaimsAnswer> {
    body.sources.iter().map(|source| claims_answer(&source.receiver)).collect()
}

fn claims_answer(level: &ReceiverLevel<'_>) -> ClaimsAnswer {
    let batch = level.status.as_ref();
    ClaimsAnswer {
        reference: batch.map(|batch| own(Some(batch.trace.number))),
        batch: batch.map(|batch| statuses(&batch.statuses)).unwrap_or_default(),
        batch_bytes: batch.map(|batch| bytes_of(batch)).unwrap_or_default(),
        providers: level.providers.iter().map(provider).collect(),
        bytes: bytes_of(level),
    }
}

fn provider(level: &ProviderLevel<'_>) -> ProviderAnswer {
    let status = level.status.as_ref();
    ProviderAnswer {
        identifiers: level.names.iter().filter_map(|name| name.name.id).map(|id| own(Some(id))).collect(),
        statuses: status.map(|status| statuses(&status.statuses)).unwrap_or_default(),
        bytes: status.map(|status| bytes_of(status)).unwrap_or_default(),
        claims: level.patients.iter().flat_map(|patient| &patient.claims).map(claim).collect(),
    }
}

fn claim(status: &ClaimStatus<'_>) -> ClaimAnswer {
    let reference = |reference: &Option<seg::Ref<'_>>| {
        reference.and_then(|reference| reference.identifier).map(|identifier| own(Some(identifier)))
    };
    ClaimAnswer {
        control_number: own(Some(status.trace.number)),
        statuses: statuses(&status.statuses),
        payer_claim_control_number: reference(&status.claim_control_number),
        lines: status
            .lines
            .iter()
            .map(|line| LineStatus {
                line: reference(&line.line_control_number),
                statuses: statuses(&line.statuses),
            })
            .collect(),
        bytes: bytes_of(status),
    }
}

/// STC01, STC10, STC11 of every STC.
fn statuses(segments: &[Stc<'_>]) -> Vec<StatusCode> {
    segments
        .iter()
        .flat_map(|segment| [Some(segment.status), segment.second, segment.third])
        .flatten()
        .map(|status| StatusCode {
            category: own(Some(status.category)),
            status: own(Some(status.code)),
            entity: status.entity.map(|entity| own(Some(entity))),
        })
        .collect()
}
