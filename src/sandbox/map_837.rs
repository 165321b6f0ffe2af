//! From an 837 professional set to the claims in it. What is not there stays empty: whether that
//! matters is for the acknowledgment to say.

use crate::types::{GroupCode, Money, PersonName, Phi};
use crate::x12::segments::{AdjustmentGroup, Cas, EntityKind, Nm1, PayerSequence};
use crate::x12::x837p::{
    BillingLevel, BillingProvider, Claim, LineRenderingProvider, OtherPayerClaim, Professional,
    RenderingProvider, ServiceLine, SubscriberLevel,
};
use crate::x12::{Text, UpTo};

use super::claim::{
    Adjusted, EarlierLine, EarlierPayer, Frequency, Payee, ReceivedClaim, ReceivedLine, Rendering, Turn,
};

/// All claims of a set, in its order.
pub(super) fn claims(set: &Professional<'_>) -> Vec<ReceivedClaim> {
    let mut claims = vec![];
    for billing in &set.billing_levels {
        let payee = payee(&billing.provider);
        for insured in &billing.subscribers {
            let own = insured.claims.iter().map(|one| (&insured.subscriber.name, one));
            let dependents = insured
                .patients
                .iter()
                .flat_map(|level| level.claims.iter().map(move |one| (&level.patient.name, one)));
            for (patient, one) in own.chain(dependents) {
                claims.push(claim(one, patient, insured, billing, &payee));
            }
        }
    }
    claims
}

fn claim(
    claim: &Claim<'_>,
    patient: &Nm1<'_>,
    insured: &SubscriberLevel<'_>,
    billing: &BillingLevel<'_>,
    payee: &Payee,
) -> ReceivedClaim {
    let head = &claim.claim;
    let authorized = claim.prior_authorization.is_some();
    let mut others: Vec<&OtherPayerClaim<'_>> = claim.other_payers.iter().collect();
    others.sort_by_key(|other| rank(other.subscriber.sequence));
    let order: Vec<Text<'_>> = others.iter().map(|other| other.payer.name.id.unwrap_or_default()).collect();
    let rendering = claim.rendering.as_deref().map(|one: &RenderingProvider<'_>| &one.name);
    let of_line = |line: &ServiceLine<'_>| {
        line.rendering.as_deref().and_then(|one: &LineRenderingProvider<'_>| rendering_of(&one.name))
    };
    ReceivedClaim {
        control_number: owned(head.patient_control_number),
        charged: head.charged,
        facility: owned(head.facility.code),
        frequency: match head.facility.frequency.unwrap_or_default().as_bytes() {
            b"7" => Frequency::Replacement,
            b"8" => Frequency::Void,
            _ => Frequency::Original,
        },
        original: claim.payer_claim_control_number.as_ref().and_then(|one| one.identifier).map(owned),
        turn: match rank(insured.insurance.sequence) {
            0 => Turn::First,
            1 => Turn::Second,
            _ => Turn::Third,
        },
        group_number: insured.insurance.group_number.map(owned),
        member_id: Phi::new(insured.subscriber.name.id.map(owned).unwrap_or_default()),
        subscriber: Phi::new(person(&insured.subscriber.name)),
        patient: Phi::new(person(patient)),
        payer_identifier: insured.payer.name.id.map(owned).unwrap_or_default(),
        payee: payee.clone(),
        rendering: rendering
            .and_then(rendering_of)
            .or_else(|| claim.lines.iter().find_map(of_line))
            .or_else(|| rendering_of(&billing.provider.name)),
        clearinghouse_number: claim.intermediary_number.as_ref().and_then(|one| one.identifier).map(owned),
        has_diagnosis: claim.diagnoses.as_ref().is_some_and(|list| !list.codes.is_empty()),
        earlier: others.iter().map(|other| earlier(other)).collect(),
        lines: claim.lines.iter().map(|one| line(one, authorized, &order)).collect(),
    }
}

fn line(line: &ServiceLine<'_>, authorized: bool, payers: &[Text<'_>]) -> ReceivedLine {
    let period = line.service_date.as_ref().map(|date| date.period);
    let mut earlier: Vec<_> = line.adjudications.iter().collect();
    earlier.sort_by_key(|one| payers.iter().position(|payer| *payer == one.adjudication.payer));
    let service = &line.service;
    ReceivedLine {
        qualifier: owned(service.procedure.qualifier),
        procedure: owned(service.procedure.code),
        modifiers: service.procedure.modifiers.iter().map(|one| owned(*one)).collect(),
        charged: service.charged,
        units: service.units.map(|units| units.0),
        first_day: period.and_then(|period| period.first_day()),
        last_day: period.and_then(|period| period.last_day()),
        control_number: line.line_control_number.as_ref().and_then(|one| one.identifier).map(owned),
        authorized: authorized || !line.prior_authorizations.is_empty(),
        earlier: earlier
            .into_iter()
            .map(|one| EarlierLine {
                paid: one.adjudication.paid,
                adjustments: adjustments(&one.adjustments),
                paid_on: one.paid_on.as_ref().and_then(|date| date.period.first_day()),
            })
            .collect(),
    }
}

fn earlier(other: &OtherPayerClaim<'_>) -> EarlierPayer {
    EarlierPayer {
        paid: other.paid.as_ref().map(|one| one.amount),
        adjustments: adjustments(&other.adjustments),
        paid_on: other.payer.paid_on.as_ref().and_then(|date| date.period.first_day()),
    }
}

fn adjustments(list: &[Cas<'_>]) -> Vec<Adjusted> {
    let one = |cas: &Cas<'_>| {
        let group = match cas.group {
            AdjustmentGroup::ContractualObligation => GroupCode::ContractualObligation,
            AdjustmentGroup::PatientResponsibility => GroupCode::PatientResponsibility,
            // What payers call otherwise is nobody's share that we would pay.
            AdjustmentGroup::OtherAdjustment | AdjustmentGroup::Other(_) => GroupCode::OtherAdjustment,
            AdjustmentGroup::PayerInitiated => GroupCode::PayerInitiated,
        };
        let items: Vec<(String, Money)> =
            cas.adjustments.iter().map(|item| (owned(item.reason), item.amount)).collect();
        items.into_iter().map(move |(reason, amount)| Adjusted { group, reason, amount })
    };
    list.iter().flat_map(one).collect()
}

/// Whose turn: 0 first, 1 second, 2 and more later.
fn rank(sequence: PayerSequence<'_>) -> u8 {
    match sequence {
        PayerSequence::Primary | PayerSequence::Unknown | PayerSequence::Other(_) => 0,
        PayerSequence::Secondary => 1,
        PayerSequence::Tertiary => 2,
        PayerSequence::Fourth => 3,
        PayerSequence::Fifth => 4,
        PayerSequence::Sixth => 5,
        PayerSequence::Seventh => 6,
        PayerSequence::Eighth => 7,
        PayerSequence::Ninth => 8,
        PayerSequence::Tenth => 9,
        PayerSequence::Eleventh => 10,
    }
}

fn payee(provider: &BillingProvider<'_>) -> Payee {
    let name = person(&provider.name);
    let address = provider.address.as_ref().zip(provider.city.as_ref()).map(|(street, city)| {
        [Some(street.line_1), Some(city.city), city.state, city.zip]
            .map(|part| part.map(owned).unwrap_or_default())
    });
    Payee {
        npi: provider.name.id.map(owned),
        tax_id: provider.tax_id.as_ref().and_then(|one| one.identifier).map(owned),
        name: match name.first {
            Some(first) => format!("{} {first}", name.last),
            None => name.last,
        },
        address,
    }
}

fn rendering_of(name: &Nm1<'_>) -> Option<Rendering> {
    let is_person = name.kind == Some(EntityKind::Person);
    name.id.map(|npi| Rendering { npi: owned(npi), name: person(name), is_person })
}

fn person(name: &Nm1<'_>) -> PersonName {
    PersonName {
        last: name.last_or_organization.map(owned).unwrap_or_default(),
        first: name.first.map(owned),
        middle: name.middle.map(owned),
        suffix: name.suffix.map(owned),
    }
}

fn owned(text: Text<'_>) -> String {
    text.to_str().into_owned()
}

/// The values that fit; the caller has no more than `N`.
pub(super) fn up_to<const N: usize, T: Copy>(values: impl IntoIterator<Item = T>) -> UpTo<N, T> {
    UpTo::of(values.into_iter().take(N)).unwrap_or_default()
}
