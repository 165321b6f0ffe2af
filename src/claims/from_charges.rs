//! From a visit to the claim that asks its first payer.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::charges::{AttachedPaper, ChargeLine, Encounter};
use crate::claims::circumstances::{
    Attachment, DelayReason, MedicareSecondary, SpecialProgram, Transmission,
};
use crate::claims::draft::{NewClaim, draft};
use crate::claims::model::{
    self, BillingProvider, Claim, Frequency, OtherPayer, PayerSequence, ProviderName, RelatedCause,
    Relationship, ServiceLine, Subscriber,
};
use crate::claims::record::Source;
use crate::claims::secondary::NextCoverage;
use crate::db::Tx;
use crate::registry::{
    Coverage, Patient, Payer, Provider, coverages, patients, payers, providers, providers::Name,
};
use crate::types::{ClaimId, EncounterId, Entered, PatientId, PayerId, Phi, ProviderId, Result};

/// What a visit becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromCharges {
    /// A claim to the first payer.
    Claim(Box<NewClaim>),
    /// No coverage was in force on the first day of service: the patient owes all of it.
    SelfPay,
}

/// Who and what a claim is built from besides the visit: as the registry has them now.
#[derive(Clone, Copy, Debug)]
pub struct Parties<'a> {
    /// The person treated.
    pub patient: &'a Patient,
    /// In force on the first day of service, by rank.
    pub coverages: &'a [Coverage],
    /// At least those of the coverages.
    pub payers: &'a HashMap<PayerId, Payer>,
    /// At least those of the visit.
    pub providers: &'a HashMap<ProviderId, Provider>,
}

/// Builds the claim to the visit's first payer. The later payers stand on it as other payers
/// without a decision (loop 2320), so that the first knows of them.
///
/// # Errors
/// A party of the visit that is not among `parties` is a fault of the caller's.
pub fn draft_from_charges(visit: &Encounter, parties: Parties<'_>) -> Result<FromCharges> {
    let Some((coverage, others)) = parties.coverages.split_first() else {
        return Ok(FromCharges::SelfPay);
    };
    let billing = parties.provider(visit.billing)?;
    let other = |id: Option<ProviderId>| id.map(|id| parties.provider(id).map(provider)).transpose();
    let mut sequence = PayerSequence::Primary;
    let mut other_payers = vec![];
    for other in others {
        sequence = sequence.next();
        other_payers.push(other_payer(sequence, other, parties)?);
    }
    let rare = &visit.circumstances;
    let claim = Claim {
        id: ClaimId::new(),
        patient_control_number: None,
        frequency: Frequency::Original,
        payer_claim_control_number: None,
        sequence: PayerSequence::Primary,
        medicare_secondary: None,
        payer: payer(parties.payer(coverage.payer)?),
        billing: billing_provider(billing)?,
        subscriber: subscriber(coverage, parties.patient),
        patient: model::Patient {
            relationship: Relationship::from_code(&coverage.relationship),
            name: parties.patient.name.clone(),
            born_on: Some(parties.patient.born_on),
            died_on: parties.patient.died_on,
            sex: Some(parties.patient.sex),
            address: Some(parties.patient.address.clone()),
        },
        charged: visit.charged,
        patient_paid: None,
        place_of_service: visit.place_of_service.clone(),
        signature_on_file: true,
        accepts_assignment: true,
        benefits_assigned: true,
        release_of_information: true,
        signed_for_patient: false,
        accident_state: rare.accident_state.as_deref().map(Entered::from),
        accident_country: rare.accident_country.clone(),
        special_program: rare.special_program.as_deref().map(SpecialProgram::from_code),
        delay_reason: rare.delay_reason.as_deref().map(DelayReason::from_code),
        related_causes: visit
            .related_cause
            .iter()
            .flat_map(|causes| causes.split_whitespace())
            .map(RelatedCause::from_code)
            .collect(),
        diagnoses: visit.diagnoses.clone(),
        referring: other(visit.referring)?,
        // 2310B is for a provider other than the billing one (X222 2310B).
        rendering: other(visit.rendering.filter(|id| *id != visit.billing))?,
        facility: None,
        supervising: None,
        onset_on: rare.onset_on,
        initial_treatment_on: rare.initial_treatment_on,
        last_seen_on: rare.last_seen_on,
        acute_manifestation_on: rare.acute_manifestation_on,
        last_menstrual_period_on: rare.last_menstrual_period_on,
        accident_on: visit.accident_on,
        admitted_on: rare.admitted_on,
        discharged_on: rare.discharged_on,
        prior_authorization: visit.prior_authorization.clone(),
        referral_number: visit.referral_number.clone(),
        attachments: rare.attachments.iter().map(attachment).collect(),
        mammography_number: rare.mammography_number.clone(),
        clia_number: rare.clia_number.clone(),
        note: None,
        other_payers,
        lines: visit.lines.iter().map(line).collect(),
    };
    Ok(FromCharges::Claim(Box::new(NewClaim {
        claim,
        encounter: visit.id,
        patient: visit.patient,
        payer: coverage.payer,
        coverage: coverage.id,
        account_claim: None,
        source: Source::new("charges", visit.id).in_file(visit.file),
    })))
}

/// What became of visits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftedVisits {
    /// Each visit with its new claim.
    pub claims: Vec<(EncounterId, ClaimId)>,
    /// Visits whose patients had no coverage that day.
    pub self_pay: Vec<EncounterId>,
}

/// Drafts the claims of visits to their first payers. One query for each kind of party, however
/// many visits.
///
/// # Errors
/// As [`draft`].
pub async fn draft_visits(tx: &mut Tx, now: DateTime<Utc>, visits: &[Encounter]) -> Result<DraftedVisits> {
    let mut drafted = DraftedVisits::default();
    let mut new = vec![];
    for (visit, becomes) in visits.iter().zip(preview_visits(tx, visits).await?) {
        match becomes {
            FromCharges::Claim(claim) => {
                drafted.claims.push((visit.id, claim.claim.id));
                new.push(*claim);
            }
            FromCharges::SelfPay => drafted.self_pay.push(visit.id),
        }
    }
    draft(tx, now, &new).await?;
    Ok(drafted)
}

/// What visits would become, in their order; nothing is written. One query for each kind of party,
/// however many visits.
///
/// # Errors
/// A party of a visit that is not there is a fault of the caller's.
pub async fn preview_visits(tx: &mut Tx, visits: &[Encounter]) -> Result<Vec<FromCharges>> {
    let days: Vec<_> = visits.iter().map(|visit| (visit.patient, visit.service_on)).collect();
    let in_force = coverages::in_force(tx, &days).await?;
    let wanted: HashSet<PatientId> = visits.iter().map(|visit| visit.patient).collect();
    let patients: HashMap<PatientId, Patient> = patients::load(tx, &wanted.into_iter().collect::<Vec<_>>())
        .await?
        .into_iter()
        .map(|one| (one.id, one))
        .collect();
    let wanted: HashSet<ProviderId> = visits
        .iter()
        .flat_map(|visit| [Some(visit.billing), visit.rendering, visit.referring])
        .flatten()
        .collect();
    let providers = providers::load(tx, &wanted.into_iter().collect::<Vec<_>>()).await?;
    let providers = providers.into_iter().map(|one| (one.id, one)).collect();
    let wanted: HashSet<PayerId> = in_force.iter().flatten().map(|coverage| coverage.payer).collect();
    let payers = payers::load(tx, &wanted.into_iter().collect::<Vec<_>>()).await?;
    let payers = payers.into_iter().map(|one| (one.id, one)).collect();
    visits
        .iter()
        .zip(&in_force)
        .map(|(visit, coverages)| {
            let patient = patients.get(&visit.patient).ok_or_else(|| not_loaded(visit.patient))?;
            draft_from_charges(visit, Parties { patient, coverages, payers: &payers, providers: &providers })
        })
        .collect()
}

impl Parties<'_> {
    fn provider(&self, id: ProviderId) -> Result<&Provider> {
        self.providers.get(&id).ok_or_else(|| not_loaded(id))
    }
    fn payer(&self, id: PayerId) -> Result<&Payer> {
        self.payers.get(&id).ok_or_else(|| not_loaded(id))
    }
}

fn not_loaded(id: impl std::fmt::Display) -> crate::types::Error {
    anyhow::anyhow!("{id} is not among the parties of its visit").into()
}

fn name(provider: &Provider) -> ProviderName {
    match &provider.name {
        Name::Person(name) => ProviderName::Person(name.clone()),
        Name::Group(name) => ProviderName::Organization(name.clone()),
    }
}

fn provider(provider: &Provider) -> model::Provider {
    model::Provider {
        name: name(provider),
        npi: Some(Entered::Valid(provider.npi.clone())),
        taxonomy: provider.taxonomy.clone(),
    }
}

fn billing_provider(provider: &Provider) -> Result<BillingProvider> {
    let billing =
        provider.billing.as_ref().ok_or_else(|| anyhow::anyhow!("{} does not bill", provider.id))?;
    Ok(BillingProvider {
        name: name(provider),
        npi: Some(Entered::Valid(provider.npi.clone())),
        taxonomy: provider.taxonomy.clone(),
        tax_id: Entered::Valid(billing.tax_id.clone()),
        tax_id_is_ssn: billing.tax_id_is_ssn,
        address: billing.address.clone(),
        pay_to: None,
    })
}

fn payer(payer: &Payer) -> model::Payer {
    model::Payer {
        id: Some(payer.id),
        identifier: Entered::Valid(payer.identifier.clone()),
        name: payer.name.clone(),
        filing_indicator: payer.filing_indicator.clone(),
    }
}

/// The insured person; when that is the patient, as the patient is registered.
fn subscriber(coverage: &Coverage, patient: &Patient) -> Subscriber {
    let is_patient = Relationship::from_code(&coverage.relationship) == Relationship::Itself;
    Subscriber {
        name: if is_patient { patient.name.clone() } else { coverage.subscriber.clone() },
        member_id: Entered::Valid(coverage.member_id.clone()),
        group_number: coverage.group_number.clone(),
        group_name: None,
        // DMG is sent only when the patient is the subscriber (X222 2010BA DMG).
        born_on: is_patient.then_some(patient.born_on),
        sex: is_patient.then_some(patient.sex),
        address: is_patient.then(|| Phi::new(patient.address.expose().clone())),
    }
}

fn other_payer(sequence: PayerSequence, coverage: &Coverage, parties: Parties<'_>) -> Result<OtherPayer> {
    let subscriber = subscriber(coverage, parties.patient);
    let payer = payer(parties.payer(coverage.payer)?);
    Ok(OtherPayer {
        sequence,
        medicare_secondary: medicare_secondary(coverage, &payer),
        relationship: Relationship::from_code(&coverage.relationship),
        payer,
        group_number: subscriber.group_number,
        subscriber: subscriber.name,
        member_id: subscriber.member_id,
        benefits_assigned: true,
        decision: None,
    })
}

fn attachment(paper: &AttachedPaper) -> Attachment {
    Attachment {
        report: paper.report.clone(),
        transmission: Transmission::from_code(&paper.transmission),
        control_number: paper.control_number.clone(),
    }
}

/// SBR05 of a coverage that is not the first: said of Medicare only (X222 2000B and 2320 SBR05).
fn medicare_secondary(coverage: &Coverage, payer: &model::Payer) -> Option<MedicareSecondary> {
    coverage.medicare_secondary.as_deref().filter(|_| payer.is_medicare()).map(MedicareSecondary::from_code)
}

fn line(charge: &ChargeLine) -> ServiceLine {
    ServiceLine {
        modifiers: charge.modifiers.clone(),
        charged: charge.charged,
        units: charge.units,
        pointers: charge.pointers.clone(),
        from: Some(charge.from),
        thru: charge.thru,
        ..ServiceLine::of(charge.procedure.clone())
    }
}

/// The insurance of a coverage as a claim states it.
///
/// # Errors
/// A coverage whose payer or patient is not there is a fault of the caller's.
pub async fn next_coverage(
    tx: &mut Tx,
    coverage: &Coverage,
    patient: PatientId,
) -> Result<Option<NextCoverage>> {
    let payers = payers::load(tx, &[coverage.payer]).await?;
    let patients = patients::load(tx, &[patient]).await?;
    let (Some(one), Some(patient)) = (payers.first(), patients.first()) else { return Ok(None) };
    let payer = payer(one);
    Ok(Some(NextCoverage {
        medicare_secondary: medicare_secondary(coverage, &payer),
        payer,
        subscriber: subscriber(coverage, patient),
        relationship: Relationship::from_code(&coverage.relationship),
    }))
}
