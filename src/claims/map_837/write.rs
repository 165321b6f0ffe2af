//! From claims to a set of professional claims.

use std::collections::HashMap;

use chrono::NaiveDateTime;

use crate::claims::circumstances::Attachment;
use crate::claims::model::{
    Adjustment, BillingProvider, Claim, Drug, Facility, Frequency, LineAdjudication, OtherPayer, Patient,
    Payer, PayerSequence, Provider, ProviderName, Relationship, ServiceLine, Subscriber,
};
use crate::registry::{Contact, Receiver, Submitter};
use crate::types::{Address, Entered, GroupCode, Money, PersonName, Phi, Sex};
use crate::x12::segments::{
    self as seg, Amt, Bht, Cas, Clm, Ctp, Dmg, Dtp, EntityKind, Hi, Hl, Lin, Lx, N3, N4, Nm1, Nte, Oi, Pat,
    Per, Prv, Pwk, Ref, Sbr, Sv1, Svd, YesNo,
};
use crate::x12::x837p::{self, Professional};
use crate::x12::{Number, Ordinal, Period, Source, Text, UpTo};

/// What a set says before its claims.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// BHT03: ours, unique for ever; a 277CA answers by it.
    pub reference: &'a str,
    /// BHT04, BHT05: in the practice's own time.
    pub created: NaiveDateTime,
    /// 1000A.
    pub submitter: &'a Submitter,
    /// 1000B.
    pub receiver: &'a Receiver,
}

/// Claims under one level at most (X222 2300: 100); more get another level of the same person.
const CLAIMS_A_PATIENT_MAX: usize = 100;

/// A claim on its way out.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The claim.
    pub claim: &'a Claim,
    /// CLM01: the submission's.
    pub control_number: &'a str,
}

/// The set. Claims keep their order within a subscriber; subscribers and billing providers stand
/// in the order in which they first come.
#[must_use]
pub fn to_837<'a>(head: Head<'a>, claims: &[Outgoing<'a>]) -> Professional<'a> {
    let mut set = Professional {
        beginning: Bht {
            structure: "0019".into(),
            purpose: "00".into(),
            reference: text(head.reference),
            date: Some(head.created.date()),
            time: Some(head.created.time()),
            kind: Some("CH".into()),
            source: Source::NONE,
        },
        submitter: submitter_party(head.submitter),
        receiver: x837p::Receiver {
            name: identified(
                organization("40", &head.receiver.name),
                "46",
                head.receiver.identifier.as_str(),
            ),
            other: vec![],
        },
        billing_levels: vec![],
        other: vec![],
    };
    let mut count = 0;
    for (billing, claims) in by_billing_provider(claims) {
        let level = next_level(&mut count, None, "20", true);
        let mut billing_level = billing_level(billing, level);
        let groups = by_subscriber(&claims);
        for group in groups.iter().flat_map(|group| group.chunks(CLAIMS_A_PATIENT_MAX)) {
            let first = group[0].claim;
            let own = first.patient.relationship == Relationship::Itself;
            let level = next_level(&mut count, Some(billing_level.level.id), "22", !own);
            let mut subscriber = subscriber_level(first, level);
            if own {
                subscriber.claims = group.iter().map(|out| claim(*out)).collect();
            } else {
                for patient_group in by_patient(group) {
                    let level = next_level(&mut count, Some(subscriber.level.id), "23", false);
                    subscriber.patients.push(patient_level(&patient_group, level));
                }
            }
            billing_level.subscribers.push(subscriber);
        }
        set.billing_levels.push(billing_level);
    }
    set
}

fn submitter_party(submitter: &Submitter) -> x837p::Submitter<'_> {
    let Contact { name, telephone, email } = &submitter.contact;
    let email = email.as_ref().map(|email| ("EM", email.as_str()));
    let reached = [Some(("TE", telephone.as_str())), email].into_iter().flatten();
    let numbers = reached
        .map(|(qualifier, number)| seg::Communication { qualifier: qualifier.into(), number: number.into() });
    x837p::Submitter {
        name: identified(organization("41", &submitter.name), "46", submitter.identifier.as_str()),
        contacts: vec![Per {
            function: "IC".into(),
            name: text(name),
            numbers: UpTo::of(numbers).expect("two are fewer than three"),
            source: Source::NONE,
        }],
        other: vec![],
    }
}

fn by_billing_provider<'a>(claims: &[Outgoing<'a>]) -> Vec<(&'a BillingProvider, Vec<Outgoing<'a>>)> {
    let mut groups: Vec<(&BillingProvider, Vec<Outgoing<'_>>)> = vec![];
    for out in claims {
        match groups.iter_mut().find(|(billing, _)| *billing == &out.claim.billing) {
            Some((_, group)) => group.push(*out),
            None => groups.push((&out.claim.billing, vec![*out])),
        }
    }
    groups
}

/// Claims that may stand under one 2000B: same person, same plan, same payer. A subscriber's own
/// claims and those of dependents get a level each, so SBR02 says one thing.
fn by_subscriber<'a>(claims: &[Outgoing<'a>]) -> Vec<Vec<Outgoing<'a>>> {
    let mut groups: Vec<Vec<Outgoing<'a>>> = vec![];
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for out in claims {
        let known = places.entry(out.claim.subscriber.member_id.text()).or_default();
        match known.iter().find(|&&at| may_share_subscriber(groups[at][0].claim, out.claim)) {
            Some(&at) => groups[at].push(*out),
            None => {
                known.push(groups.len());
                groups.push(vec![*out]);
            }
        }
    }
    groups
}

fn may_share_subscriber(a: &Claim, b: &Claim) -> bool {
    let own = |claim: &Claim| claim.patient.relationship == Relationship::Itself;
    a.sequence == b.sequence
        && a.medicare_secondary == b.medicare_secondary
        && a.payer == b.payer
        && a.subscriber == b.subscriber
        && own(a) == own(b)
        && (!own(a) || a.patient == b.patient)
}

fn by_patient<'a>(claims: &[Outgoing<'a>]) -> Vec<Vec<Outgoing<'a>>> {
    let mut groups: Vec<Vec<Outgoing<'a>>> = vec![];
    for out in claims {
        match groups.iter_mut().find(|group| group[0].claim.patient == out.claim.patient) {
            Some(group) => group.push(*out),
            None => groups.push(vec![*out]),
        }
    }
    groups
}

fn next_level<'a>(
    count: &mut u32,
    parent: Option<Ordinal<'a>>,
    level: &'static str,
    children: bool,
) -> Hl<'a> {
    *count += 1;
    Hl {
        id: Ordinal::Number(*count),
        parent,
        level: level.into(),
        children: Some(if children { "1" } else { "0" }.into()),
        source: Source::NONE,
    }
}

fn billing_level<'a>(billing: &'a BillingProvider, level: Hl<'a>) -> x837p::BillingLevel<'a> {
    let tax_id = if billing.tax_id_is_ssn { "SY" } else { "EI" };
    x837p::BillingLevel {
        level,
        specialty: specialty("BI", billing.taxonomy.as_deref()),
        currency: None,
        provider: x837p::BillingProvider {
            name: with_npi(provider_name("85", &billing.name), billing.npi.as_ref().map(Entered::text)),
            address: Some(street(&billing.address)),
            city: Some(city(&billing.address)),
            tax_id: reference(tax_id, Some(billing.tax_id.text())),
            licenses: vec![],
            contacts: vec![],
            other: vec![],
        },
        pay_to: billing.pay_to.as_ref().map(|address| {
            let kind = match billing.name {
                ProviderName::Person(_) => EntityKind::Person,
                ProviderName::Organization(_) => EntityKind::Organization,
            };
            Box::new(x837p::PayToAddress {
                name: unnamed("87", kind),
                address: Some(street(address)),
                city: Some(city(address)),
                other: vec![],
            })
        }),
        pay_to_plan: None,
        subscribers: vec![],
        other: vec![],
    }
}

fn subscriber_level<'a>(claim: &'a Claim, level: Hl<'a>) -> x837p::SubscriberLevel<'a> {
    let Claim { subscriber, patient, payer, .. } = claim;
    let own = patient.relationship == Relationship::Itself;
    let died = patient.died_on.filter(|_| own);
    x837p::SubscriberLevel {
        level,
        insurance: Sbr {
            sequence: sequence(claim.sequence),
            relationship: own.then(|| "18".into()),
            group_number: optional(&subscriber.group_number),
            // SBR04 is for a plan without a number (X222 2000B SBR04).
            group_name: optional(&subscriber.group_name),
            insurance_type: claim.medicare_secondary.as_ref().and_then(|why| text(why.code())),
            filing_indicator: text(&payer.filing_indicator),
            source: Source::NONE,
        },
        patient: died.map(|died| Box::new(death(None, Some(*died.expose())))),
        subscriber: subscriber_party(subscriber, own.then_some(patient)),
        payer: payer_party(payer),
        claims: vec![],
        patients: vec![],
        other: vec![],
    }
}

/// 2010BA. The patient's own data stand here when the patient is the subscriber.
fn subscriber_party<'a>(subscriber: &'a Subscriber, patient: Option<&'a Patient>) -> x837p::Subscriber<'a> {
    let address = subscriber.address.as_ref().or(patient.and_then(|patient| patient.address.as_ref()));
    let born = subscriber.born_on.or(patient.and_then(|patient| patient.born_on));
    let sex = subscriber.sex.or(patient.and_then(|patient| patient.sex));
    x837p::Subscriber {
        name: identified(person("IL", subscriber.name.expose()), "MI", subscriber.member_id.text()),
        address: address.map(|address| street(address.expose())),
        city: address.map(|address| city(address.expose())),
        demographics: demographics(born.map(|born| *born.expose()), sex.map(Sex::code)),
        social_security: None,
        property_casualty_claim: None,
        contact: None,
        other: vec![],
    }
}

fn payer_party(payer: &Payer) -> x837p::Payer<'_> {
    x837p::Payer {
        name: identified(organization("PR", &payer.name), "PI", payer.identifier.text()),
        address: None,
        city: None,
        references: vec![],
        provider_references: vec![],
        other: vec![],
    }
}

fn patient_level<'a>(claims: &[Outgoing<'a>], level: Hl<'a>) -> x837p::PatientLevel<'a> {
    let patient = &claims[0].claim.patient;
    let address = patient.address.as_ref().map(Phi::expose);
    x837p::PatientLevel {
        level,
        relationship: death(Some(patient.relationship.code()), patient.died_on.map(|died| *died.expose())),
        patient: x837p::Patient {
            name: person("QC", patient.name.expose()),
            address: address.map(street),
            city: address.map(city),
            demographics: demographics(
                patient.born_on.map(|born| *born.expose()),
                patient.sex.map(Sex::code),
            ),
            property_casualty_claim: None,
            member_id: None,
            contact: None,
            other: vec![],
        },
        claims: claims.iter().map(|out| claim(*out)).collect(),
        other: vec![],
    }
}

fn claim<'a>(out: Outgoing<'a>) -> x837p::Claim<'a> {
    let claim = out.claim;
    x837p::Claim {
        claim: Clm {
            patient_control_number: out.control_number.into(),
            charged: claim.charged,
            facility: seg::Facility {
                code: claim.place_of_service.text().into(),
                qualifier: Some("B".into()),
                frequency: Some(frequency(claim.frequency).into()),
            },
            provider_signature: yes_no(claim.signature_on_file),
            assignment: Some(if claim.accepts_assignment { "A" } else { "C" }.into()),
            benefits_assigned: yes_no(claim.benefits_assigned),
            release_of_information: Some(release(claim.release_of_information)),
            patient_signature: claim.signed_for_patient.then(|| "P".into()),
            related_causes: claim.related_causes.first().map(|first| seg::RelatedCauses {
                cause: first.code().into(),
                second: claim.related_causes.get(1).map(|cause| cause.code().into()),
                third: claim.related_causes.get(2).map(|cause| cause.code().into()),
                state: claim.accident_state.as_ref().and_then(|state| text(state.text())),
                country: optional(&claim.accident_country),
            }),
            special_program: claim.special_program.as_ref().and_then(|program| text(program.code())),
            submission_reason: None,
            delay_reason: claim.delay_reason.as_ref().and_then(|reason| text(reason.code())),
            source: Source::NONE,
        },
        onset: date("431", claim.onset_on),
        initial_treatment: date("454", claim.initial_treatment_on),
        last_seen: date("304", claim.last_seen_on),
        acute_manifestation: date("453", claim.acute_manifestation_on),
        accident: date("439", claim.accident_on),
        last_menstrual_period: date("484", claim.last_menstrual_period_on),
        last_xray: None,
        hearing_vision_prescription: None,
        disability: None,
        last_worked: None,
        return_to_work: None,
        admission: date("435", claim.admitted_on),
        discharge: date("096", claim.discharged_on),
        care_dates: vec![],
        first_contact: None,
        repricer_received: None,
        attachments: claim.attachments.iter().map(attachment).collect(),
        contract: None,
        patient_paid: claim.patient_paid.map(|paid| Box::new(amount("F5", paid))),
        service_exception: None,
        section_4081: None,
        mammography: reference("EW", claim.mammography_number.as_deref()).map(Box::new),
        referral: reference("9F", claim.referral_number.as_deref()).map(Box::new),
        prior_authorization: reference("G1", claim.prior_authorization.as_deref()).map(Box::new),
        payer_claim_control_number: reference("F8", claim.payer_claim_control_number.as_deref())
            .map(Box::new),
        clia: reference("X4", claim.clia_number.as_deref()).map(Box::new),
        repriced_number: None,
        adjusted_repriced_number: None,
        device_exemption: None,
        intermediary_number: None,
        medical_record_number: None,
        demonstration: None,
        care_plan_oversight: None,
        state_data: vec![],
        note: claim.note.as_ref().and_then(|note| text(note.expose())).map(|note| {
            Box::new(Nte { qualifier: Some("ADD".into()), text: Some(note), source: Source::NONE })
        }),
        ambulance: None,
        spinal_manipulation: None,
        ambulance_conditions: vec![],
        vision_conditions: vec![],
        homebound: None,
        epsdt: None,
        diagnoses: diagnoses(claim),
        anesthesia_procedures: None,
        conditions: vec![],
        pricing: None,
        referring: claim
            .referring
            .iter()
            .map(|provider| x837p::ReferringProvider {
                name: provider_party("DN", provider),
                references: vec![],
                other: vec![],
            })
            .collect(),
        rendering: claim.rendering.as_ref().map(|provider| {
            Box::new(x837p::RenderingProvider {
                name: provider_party("82", provider),
                specialty: specialty("PE", provider.taxonomy.as_deref()),
                references: vec![],
                other: vec![],
            })
        }),
        facility: claim.facility.as_ref().map(|facility| Box::new(facility_party(facility))),
        supervising: claim.supervising.as_ref().map(|provider| {
            Box::new(x837p::SupervisingProvider {
                name: provider_party("DQ", provider),
                references: vec![],
                other: vec![],
            })
        }),
        pick_up: None,
        drop_off: None,
        other_payers: claim.other_payers.iter().map(|payer| other_payer(claim, payer)).collect(),
        lines: (1_u32..).zip(&claim.lines).map(|(number, line)| service_line(number, line)).collect(),
        other: vec![],
    }
}

/// HI: ABK the principal, ABF the others; at most twelve, which the scrubber holds.
fn diagnoses(claim: &Claim) -> Option<Hi<'_>> {
    let codes = claim.diagnoses.iter().enumerate().map(|(at, code)| seg::HealthCode {
        qualifier: if at == 0 { "ABK" } else { "ABF" }.into(),
        code: code.text().into(),
    });
    let codes = UpTo::of(codes.take(12)).expect("twelve at most");
    (!claim.diagnoses.is_empty()).then_some(Hi { codes, source: Source::NONE })
}

fn facility_party(facility: &Facility) -> x837p::ServiceFacility<'_> {
    let npi = facility.npi.as_ref().map(Entered::text);
    x837p::ServiceFacility {
        name: with_npi(organization("77", &facility.name), npi),
        address: Some(street(&facility.address)),
        city: Some(city(&facility.address)),
        references: vec![],
        contact: None,
        other: vec![],
    }
}

fn other_payer<'a>(claim: &'a Claim, other: &'a OtherPayer) -> x837p::OtherPayerClaim<'a> {
    let decision = other.decision.as_ref();
    // 2330B DTP*573 stands only where no line says the date (X222 2330B DTP).
    let lines_say = claim.lines.iter().flat_map(|line| &line.adjudications).any(|adjudication| {
        adjudication.payer_identifier == other.payer.identifier.text() && adjudication.decided_on.is_some()
    });
    x837p::OtherPayerClaim {
        subscriber: Sbr {
            sequence: sequence(other.sequence),
            relationship: text(other.relationship.code()),
            group_number: optional(&other.group_number),
            group_name: None,
            insurance_type: other.medicare_secondary.as_ref().and_then(|why| text(why.code())),
            filing_indicator: text(&other.payer.filing_indicator),
            source: Source::NONE,
        },
        adjustments: decision.map(|decision| adjustments(&decision.adjustments)).unwrap_or_default(),
        paid: decision.map(|decision| amount("D", decision.paid)),
        non_covered: None,
        remaining: decision
            .and_then(|decision| decision.remaining_patient_liability)
            .map(|remaining| amount("EAF", remaining)),
        coverage: Oi {
            benefits_assigned: yes_no(other.benefits_assigned),
            patient_signature: None,
            release_of_information: Some(release(claim.release_of_information)),
            source: Source::NONE,
        },
        outpatient: None,
        other_subscriber: x837p::OtherSubscriber {
            name: identified(person("IL", other.subscriber.expose()), "MI", other.member_id.text()),
            address: None,
            city: None,
            reference: None,
            other: vec![],
        },
        payer: x837p::OtherPayer {
            name: identified(organization("PR", &other.payer.name), "PI", other.payer.identifier.text()),
            address: None,
            city: None,
            paid_on: decision
                .and_then(|decision| decision.decided_on)
                .filter(|_| !lines_say)
                .map(|day| on_day("573", day)),
            references: vec![],
            prior_authorization: None,
            referral: None,
            adjustment_indicator: None,
            claim_control_number: decision
                .and_then(|decision| reference("F8", decision.payer_claim_control_number.as_deref())),
            other: vec![],
        },
        referring: vec![],
        rendering: None,
        facility: None,
        supervising: None,
        billing: None,
        other: vec![],
    }
}

fn service_line(number: u32, line: &ServiceLine) -> x837p::ServiceLine<'_> {
    x837p::ServiceLine {
        number: Lx { number: Ordinal::Number(number), source: Source::NONE },
        service: Sv1 {
            procedure: seg::Procedure {
                description: optional(&line.description),
                ..procedure(line.procedure.text(), line.modifiers.iter().map(Entered::text))
            },
            charged: line.charged,
            unit: Some(line.unit.code().into()),
            units: Some(Number(line.units)),
            place_of_service: line.place_of_service.as_ref().and_then(|code| text(code.text())),
            pointers: (!line.pointers.is_empty()).then(|| seg::DiagnosisPointers {
                pointers: UpTo::of(line.pointers.iter().take(4).map(|&at| Ordinal::Number(at.into())))
                    .expect("four at most"),
            }),
            emergency: None,
            epsdt: None,
            family_planning: None,
            copay: None,
            source: Source::NONE,
        },
        equipment: None,
        attachments: line.attachments.iter().map(attachment).collect(),
        equipment_certificate: None,
        ambulance: None,
        equipment_certification: None,
        ambulance_conditions: vec![],
        hospice_employee: None,
        equipment_condition: None,
        service_date: line.from.map(|from| Dtp {
            qualifier: "472".into(),
            // RD8 only when the days differ (X222 2400 DTP02).
            period: match line.thru.filter(|thru| *thru != from) {
                Some(thru) => Period::Range(from, thru),
                None => Period::Day(from),
            },
            source: Source::NONE,
        }),
        prescription_date: None,
        certification_revision: None,
        begin_therapy: None,
        last_certification: None,
        last_seen: None,
        tests: vec![],
        shipped: None,
        last_xray: None,
        initial_treatment: None,
        ambulance_patients: None,
        obstetric_units: None,
        measurements: vec![],
        contract: None,
        repriced_number: None,
        adjusted_repriced_number: None,
        prior_authorizations: reference("G1", line.prior_authorization.as_deref()).into_iter().collect(),
        line_control_number: reference("6R", line.control_number.as_deref()),
        mammography: reference("EW", line.mammography_number.as_deref()).map(Box::new),
        clia: reference("X4", line.clia_number.as_deref()).map(Box::new),
        referring_clia: None,
        immunization_batch: None,
        referrals: vec![],
        sales_tax: None,
        postage: None,
        state_data: vec![],
        note: None,
        third_party_note: None,
        purchased_service: None,
        pricing: None,
        drug: line.drug.as_deref().map(|given| Box::new(drug(given))),
        rendering: line.rendering.as_deref().map(|provider| {
            Box::new(x837p::LineRenderingProvider {
                name: provider_party("82", provider),
                specialty: specialty("PE", provider.taxonomy.as_deref()),
                references: vec![],
                other: vec![],
            })
        }),
        purchased_from: None,
        facility: None,
        supervising: None,
        ordering: line.ordering.as_deref().map(|provider| {
            Box::new(x837p::OrderingProvider {
                name: provider_party("DK", provider),
                address: None,
                city: None,
                references: vec![],
                contact: None,
                other: vec![],
            })
        }),
        referring: vec![],
        pick_up: None,
        drop_off: None,
        adjudications: line.adjudications.iter().map(adjudication).collect(),
        forms: vec![],
        other: vec![],
    }
}

/// PWK: AC with the number, neither without it (X222 2300 PWK05, PWK06).
fn attachment(attachment: &Attachment) -> Pwk<'_> {
    let number = optional(&attachment.control_number);
    Pwk {
        report: attachment.report.as_str().into(),
        transmission: text(attachment.transmission.code()),
        qualifier: number.map(|_| "AC".into()),
        control_number: number,
        source: Source::NONE,
    }
}

fn drug(given: &Drug) -> x837p::Drug<'_> {
    x837p::Drug {
        drug: Lin { qualifier: "N4".into(), code: text(&given.ndc), source: Source::NONE },
        quantity: Some(Ctp {
            quantity: Some(Number(given.quantity)),
            unit: text(&given.unit).map(|code| seg::Unit { code }),
            source: Source::NONE,
        }),
        prescription: None,
        other: vec![],
    }
}

fn adjudication(line: &LineAdjudication) -> x837p::LineAdjudication<'_> {
    x837p::LineAdjudication {
        adjudication: Svd {
            payer: line.payer_identifier.as_str().into(),
            paid: line.paid,
            procedure: Some(procedure(line.procedure.text(), line.modifiers.iter().map(Entered::text))),
            revenue_code: None,
            units: Some(Number(line.units)),
            bundled_line: None,
            source: Source::NONE,
        },
        adjustments: adjustments(&line.adjustments),
        paid_on: line.decided_on.map(|day| on_day("573", day)),
        remaining: None,
        other: vec![],
    }
}

/// CAS: one group code a segment, six reasons a segment, groups in the order in which they first come.
fn adjustments(all: &[Adjustment]) -> Vec<Cas<'_>> {
    let mut groups: Vec<GroupCode> = vec![];
    for one in all {
        if !groups.contains(&one.group) {
            groups.push(one.group);
        }
    }
    let mut segments = vec![];
    for group in groups {
        let own: Vec<seg::Adjustment<'_>> = all
            .iter()
            .filter(|one| one.group == group)
            .map(|one| seg::Adjustment {
                reason: one.reason.as_str().into(),
                amount: one.amount,
                quantity: one.quantity.map(Number),
            })
            .collect();
        for six in own.chunks(6) {
            segments.push(Cas {
                group: match group {
                    GroupCode::ContractualObligation => seg::AdjustmentGroup::ContractualObligation,
                    GroupCode::PatientResponsibility => seg::AdjustmentGroup::PatientResponsibility,
                    GroupCode::OtherAdjustment => seg::AdjustmentGroup::OtherAdjustment,
                    GroupCode::PayerInitiated => seg::AdjustmentGroup::PayerInitiated,
                },
                adjustments: UpTo::of(six.iter().copied()).expect("six at most"),
                source: Source::NONE,
            });
        }
    }
    segments
}

fn procedure<'a>(code: &'a str, modifiers: impl Iterator<Item = &'a str>) -> seg::Procedure<'a> {
    seg::Procedure {
        qualifier: "HC".into(),
        code: code.into(),
        modifiers: UpTo::of(modifiers.take(4).map(Text::from)).expect("four at most"),
        description: None,
        through: None,
    }
}

/// SBR01.
const fn sequence<'a>(sequence: PayerSequence) -> seg::PayerSequence<'a> {
    match sequence {
        PayerSequence::Primary => seg::PayerSequence::Primary,
        PayerSequence::Secondary => seg::PayerSequence::Secondary,
        PayerSequence::Tertiary => seg::PayerSequence::Tertiary,
        PayerSequence::Later(0..=4) => seg::PayerSequence::Fourth,
        PayerSequence::Later(5) => seg::PayerSequence::Fifth,
        PayerSequence::Later(6) => seg::PayerSequence::Sixth,
        PayerSequence::Later(7) => seg::PayerSequence::Seventh,
        PayerSequence::Later(8) => seg::PayerSequence::Eighth,
        PayerSequence::Later(9) => seg::PayerSequence::Ninth,
        PayerSequence::Later(10) => seg::PayerSequence::Tenth,
        PayerSequence::Later(11..) => seg::PayerSequence::Eleventh,
        PayerSequence::Unknown => seg::PayerSequence::Unknown,
    }
}

/// CLM05-3 as text: one letter or digit.
fn frequency(frequency: Frequency) -> &'static str {
    const CODES: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let code = frequency.code().to_ascii_uppercase();
    CODES.find(code).and_then(|at| CODES.get(at..=at)).unwrap_or("1")
}

/// CLM09, OI06.
fn release<'a>(given: bool) -> Text<'a> {
    if given { "Y" } else { "I" }.into()
}

const fn yes_no<'a>(answer: bool) -> Option<YesNo<'a>> {
    Some(if answer { YesNo::Yes } else { YesNo::No })
}

/// PAT: the relationship, and the day of death.
fn death<'a>(relationship: Option<&'a str>, died: Option<chrono::NaiveDate>) -> Pat<'a> {
    Pat {
        relationship: relationship.and_then(text),
        died: died.map(Period::Day),
        weight_unit: None,
        weight: None,
        pregnant: None,
        source: Source::NONE,
    }
}

fn demographics<'a>(born: Option<chrono::NaiveDate>, sex: Option<&'static str>) -> Option<Dmg<'a>> {
    (born.is_some() || sex.is_some()).then(|| Dmg {
        born: born.map(Period::Day),
        sex: sex.map(Text::from),
        source: Source::NONE,
    })
}

fn date<'a>(qualifier: &'static str, day: Option<chrono::NaiveDate>) -> Option<Box<Dtp<'a>>> {
    day.map(|day| Box::new(on_day(qualifier, day)))
}

fn on_day<'a>(qualifier: &'static str, day: chrono::NaiveDate) -> Dtp<'a> {
    Dtp { qualifier: qualifier.into(), period: Period::Day(day), source: Source::NONE }
}

fn amount<'a>(qualifier: &'static str, amount: Money) -> Amt<'a> {
    Amt { qualifier: qualifier.into(), amount, source: Source::NONE }
}

fn reference<'a>(qualifier: &'static str, identifier: Option<&'a str>) -> Option<Ref<'a>> {
    identifier.and_then(text).map(|identifier| Ref {
        qualifier: qualifier.into(),
        identifier: Some(identifier),
        description: None,
        of: None,
        source: Source::NONE,
    })
}

fn specialty<'a>(role: &'static str, taxonomy: Option<&'a str>) -> Option<Prv<'a>> {
    taxonomy.and_then(text).map(|taxonomy| Prv {
        role: role.into(),
        qualifier: Some("PXC".into()),
        taxonomy: Some(taxonomy),
        source: Source::NONE,
    })
}

fn street(address: &Address) -> N3<'_> {
    N3 { line_1: address.line_1.as_str().into(), line_2: optional(&address.line_2), source: Source::NONE }
}

fn city(address: &Address) -> N4<'_> {
    N4 {
        city: address.city.as_str().into(),
        state: text(address.state.text()),
        zip: text(address.zip.text()),
        ..N4::default()
    }
}

fn provider_party<'a>(entity: &'static str, provider: &'a Provider) -> Nm1<'a> {
    with_npi(provider_name(entity, &provider.name), provider.npi.as_ref().map(Entered::text))
}

fn provider_name<'a>(entity: &'static str, name: &'a ProviderName) -> Nm1<'a> {
    match name {
        ProviderName::Person(name) => person(entity, name),
        ProviderName::Organization(name) => organization(entity, name),
    }
}

fn with_npi<'a>(party: Nm1<'a>, npi: Option<&'a str>) -> Nm1<'a> {
    match npi {
        Some(npi) => identified(party, "XX", npi),
        None => party,
    }
}

fn identified<'a>(party: Nm1<'a>, qualifier: &'static str, identifier: &'a str) -> Nm1<'a> {
    match text(identifier) {
        Some(id) => Nm1 { id_qualifier: Some(qualifier.into()), id: Some(id), ..party },
        None => party,
    }
}

fn person<'a>(entity: &'static str, name: &'a PersonName) -> Nm1<'a> {
    Nm1 {
        last_or_organization: text(&name.last),
        first: optional(&name.first),
        middle: optional(&name.middle),
        suffix: optional(&name.suffix),
        ..unnamed(entity, EntityKind::Person)
    }
}

fn organization<'a>(entity: &'static str, name: &'a str) -> Nm1<'a> {
    Nm1 { last_or_organization: text(name), ..unnamed(entity, EntityKind::Organization) }
}

fn unnamed<'a>(entity: &'static str, kind: EntityKind<'a>) -> Nm1<'a> {
    Nm1 { entity: entity.into(), kind: Some(kind), ..Nm1::default() }
}

fn optional(text_: &Option<String>) -> Option<Text<'_>> {
    text_.as_deref().and_then(text)
}

/// Text that is there: X12 has no empty element.
fn text(given: &str) -> Option<Text<'_>> {
    let given = given.trim();
    (!given.is_empty()).then(|| given.into())
}
