//! From a set of professional claims to claims.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::claims::circumstances::{Attachment, Transmission};
use crate::claims::model::{
    Adjustment, BillingProvider, Claim, Drug, Facility, Frequency, LineAdjudication, OtherPayer,
    OtherPayerDecision, Patient, Payer, PayerSequence, Provider, ProviderName, RelatedCause, Relationship,
    ServiceLine, Subscriber, Unit,
};
use crate::types::{
    Address, AsText, Carc, ClaimId, Entered, GroupCode, Modifier, Money, Npi, PersonName, Phi, Sex,
};
use crate::x12::segments::{self as seg, Amt, Cas, Dmg, Dtp, EntityKind, N3, N4, Nm1, Prv, Pwk, Ref, YesNo};
use crate::x12::spec::NodeSpec;
use crate::x12::x837p::{self, Professional};
use crate::x12::{Body, Guide, Issue, Ordinal, Period, Set, Severity, Span, Text, Written, read_file};

/// A claim as a file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The claim; its id is fresh, its CLM01 the file's.
    pub claim: Claim,
    /// What the file says and a [`Claim`] cannot hold, by loop and segment or element: `2300 PWK`,
    /// `2000B SBR05`.
    pub unmapped: BTreeSet<String>,
}

/// A claim and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadClaim {
    /// The claim.
    pub mapped: Mapped,
    /// Its set, from 1, counted over the whole file.
    pub set_no: usize,
    /// ST02.
    pub set_control_number: String,
    /// First and last byte of its loop 2300 in the file, from 0.
    pub bytes: (u64, u64),
    /// First and last segment of its loop 2300 in the set, ST = 1.
    pub segments: (u32, u32),
}

/// The professional claims of a file.
#[derive(Clone, Debug)]
pub struct ReadFile {
    /// Claims that can be read, in order.
    pub claims: Vec<ReadClaim>,
    /// CLM01 of claims that cannot, with the first byte of their loop: something required is
    /// missing or wrong in them, the issues say what.
    pub unreadable: Vec<(String, u64)>,
    /// Sets of professional claims.
    pub sets: usize,
    /// Sets that are something else, or that cannot be read at all.
    pub other_sets: usize,
    /// What makes the file's receiver turn a set, group or interchange away.
    pub errors: Vec<Issue>,
    /// What is odd, and was read all the same.
    pub warnings: Vec<Issue>,
}

/// Reads the professional claims of a file.
#[must_use]
pub fn read(bytes: &[u8]) -> ReadFile {
    let file = read_file(bytes);
    let (errors, warnings) =
        file.issues.kept().iter().cloned().partition(|issue: &Issue| issue.severity == Severity::Error);
    let mut read = ReadFile { claims: vec![], unreadable: vec![], sets: 0, other_sets: 0, errors, warnings };
    for (at, set) in file.sets().enumerate() {
        match (&set.body, set.guide) {
            (Body::Professional(body), _) => {
                read.sets += 1;
                read.claims.extend(claims_of(set, at + 1));
                unreadable_claims(&**body, &mut read.unreadable);
            }
            (Body::Other(Some(other)), Guide::Professional) => {
                read.sets += 1;
                claims_in_text(other.source.text(), other.source.first_byte(), &mut read.unreadable);
            }
            _ => read.other_sets += 1,
        }
    }
    read
}

/// The claims of a set that is the `set_no`-th of its file; none when it holds no professional claims.
#[must_use]
pub fn claims_of(set: &Set<'_>, set_no: usize) -> Vec<ReadClaim> {
    let Body::Professional(body) = &set.body else { return vec![] };
    let number = own(set.header.control_number);
    let mut claims = vec![];
    each_claim(body, &mut |billing, subscriber, patient, claim| {
        let span = Span::of(claim).expect("a claim that was read has a CLM");
        claims.push(ReadClaim {
            mapped: from_837(billing, subscriber, patient, claim),
            set_no,
            set_control_number: number.clone(),
            bytes: span.bytes,
            segments: span.segments,
        });
    });
    claims
}

/// Shows each claim of a set with the levels that it stands under.
pub fn each_claim<'s, 'a>(
    set: &'s Professional<'a>,
    visit: &mut dyn FnMut(
        &'s x837p::BillingLevel<'a>,
        &'s x837p::SubscriberLevel<'a>,
        Option<&'s x837p::PatientLevel<'a>>,
        &'s x837p::Claim<'a>,
    ),
) {
    for billing in &set.billing_levels {
        for subscriber in &billing.subscribers {
            each_claim_of(subscriber, &mut |patient, claim| visit(billing, subscriber, patient, claim));
        }
    }
}

/// Shows each claim of a subscriber, those of their patients included.
pub fn each_claim_of<'s, 'a>(
    subscriber: &'s x837p::SubscriberLevel<'a>,
    visit: &mut dyn FnMut(Option<&'s x837p::PatientLevel<'a>>, &'s x837p::Claim<'a>),
) {
    for claim in &subscriber.claims {
        visit(None, claim);
    }
    for patient in &subscriber.patients {
        for claim in &patient.claims {
            visit(Some(patient), claim);
        }
    }
}

/// Claims in what could not be read, at any level.
fn unreadable_claims(part: &dyn Written, found: &mut Vec<(String, u64)>) {
    part.each(&mut |place, inner| {
        if place == usize::MAX {
            claims_in_text(inner.source().text(), inner.source().first_byte(), found);
        } else if matches!(inner.spec(), NodeSpec::Loop(_)) {
            unreadable_claims(inner, found);
        }
    });
}

/// CLM segments in raw text: `CLM`, the separator, CLM01.
fn claims_in_text(text: &[u8], first_byte: u64, found: &mut Vec<(String, u64)>) {
    let Some(&terminator) = text.trim_ascii_end().last() else { return };
    let mut offset = first_byte;
    for segment in text.split_inclusive(|&byte| byte == terminator) {
        let blanks = segment.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if let [b'C', b'L', b'M', separator, rest @ ..] = &segment[blanks..]
            && !separator.is_ascii_alphanumeric()
        {
            let number = rest.split(|byte| byte == separator || *byte == terminator).next();
            found.push((Text::new(number.unwrap_or_default()).to_string(), offset + blanks as u64));
        }
        offset += segment.len() as u64;
    }
}

/// What is in a file and in no claim.
#[derive(Default)]
struct Unmapped(BTreeSet<String>);

impl Unmapped {
    fn note(&mut self, place: impl Into<String>) {
        self.0.insert(place.into());
    }

    /// Every slot of a loop that holds something and is not among the mapped.
    fn slots(&mut self, part: &dyn Written, mapped: &[&str]) {
        let NodeSpec::Loop(spec) = part.spec() else { return };
        part.each(&mut |place, _| match spec.slots.get(place) {
            Some(slot) if mapped.contains(&slot.name) => {}
            Some(slot) if slot.pattern.len() <= 12 => self.note(format!("{} {}", spec.id, slot.pattern)),
            Some(slot) => {
                let segment = slot.pattern.split('*').next().unwrap_or_default();
                self.note(format!("{} {segment} ({})", spec.id, slot.name));
            }
            None => self.note(format!("{} unknown segments", spec.id)),
        });
    }

    fn element<T>(&mut self, place: &str, value: Option<T>) {
        if value.is_some() {
            self.note(place);
        }
    }
}

/// A claim with the levels that it stands under. Whatever is wrong with it, it becomes a claim:
/// codes that are no codes stay as they were written.
#[must_use]
pub fn from_837(
    billing: &x837p::BillingLevel<'_>,
    subscriber: &x837p::SubscriberLevel<'_>,
    patient: Option<&x837p::PatientLevel<'_>>,
    claim: &x837p::Claim<'_>,
) -> Mapped {
    let mut unmapped = Unmapped::default();
    let read = read_claim(billing, subscriber, patient, claim, &mut unmapped);
    Mapped { claim: read, unmapped: unmapped.0 }
}

fn read_claim(
    billing: &x837p::BillingLevel<'_>,
    subscriber_level: &x837p::SubscriberLevel<'_>,
    patient_level: Option<&x837p::PatientLevel<'_>>,
    claim: &x837p::Claim<'_>,
    unmapped: &mut Unmapped,
) -> Claim {
    let billing_provider = read_billing(billing, unmapped);
    let subscriber = read_subscriber(subscriber_level, unmapped);
    let patient = match patient_level {
        Some(level) => read_patient(level, unmapped),
        None => Patient {
            relationship: Relationship::Itself,
            name: subscriber.name.clone(),
            born_on: subscriber.born_on,
            died_on: subscriber_level.patient.as_ref().and_then(|more| died(more, unmapped)),
            sex: subscriber.sex,
            address: subscriber.address.clone(),
        },
    };
    unmapped.slots(
        claim,
        &[
            "claim",
            "onset",
            "initial_treatment",
            "last_seen",
            "acute_manifestation",
            "last_menstrual_period",
            "attachments",
            "mammography",
            "accident",
            "admission",
            "discharge",
            "patient_paid",
            "referral",
            "prior_authorization",
            "payer_claim_control_number",
            "clia",
            "note",
            "diagnoses",
            "referring",
            "rendering",
            "facility",
            "supervising",
            "other_payers",
            "lines",
        ],
    );
    let head = &claim.claim;
    if head.patient_signature.is_some_and(|source| source != "P") {
        unmapped.note("2300 CLM10");
    }
    if head.facility.qualifier.is_some_and(|qualifier| qualifier != "B") {
        unmapped.note("2300 CLM05-2");
    }
    let causes = head
        .related_causes
        .into_iter()
        .flat_map(|causes| [Some(causes.cause), causes.second, causes.third].into_iter().flatten());
    let note = claim.note.as_deref();
    if note.is_some_and(|note| note.qualifier.is_none_or(|qualifier| qualifier != "ADD")) {
        unmapped.note("2300 NTE01");
    }
    if claim.referring.len() > 1 {
        unmapped.note("2310A NM1 (second)");
    }
    let insurance = &subscriber_level.insurance;
    Claim {
        id: ClaimId::new(),
        patient_control_number: optional(Some(head.patient_control_number)),
        frequency: head
            .facility
            .frequency
            .and_then(|code| own(Some(code)).chars().next())
            .map_or(Frequency::Original, Frequency::from_code),
        payer_claim_control_number: identifier(claim.payer_claim_control_number.as_deref()),
        sequence: sequence(insurance.sequence, "2000B SBR01", unmapped),
        medicare_secondary: coded(insurance.insurance_type),
        payer: read_payer(&subscriber_level.payer, insurance.filing_indicator, unmapped),
        billing: billing_provider,
        subscriber,
        patient,
        charged: head.charged,
        patient_paid: claim.patient_paid.as_ref().map(|paid| paid.amount),
        place_of_service: entered(Some(head.facility.code)),
        signature_on_file: yes("2300 CLM06", head.provider_signature, unmapped),
        accepts_assignment: choice("2300 CLM07", head.assignment, "A", "C", unmapped),
        benefits_assigned: yes("2300 CLM08", head.benefits_assigned, unmapped),
        release_of_information: choice("2300 CLM09", head.release_of_information, "Y", "I", unmapped),
        related_causes: causes.map(|cause| RelatedCause::from_code(&own(Some(cause)))).collect(),
        signed_for_patient: head.patient_signature.is_some_and(|source| source == "P"),
        accident_state: head.related_causes.and_then(|causes| causes.state).map(|state| entered(Some(state))),
        accident_country: optional(head.related_causes.and_then(|causes| causes.country)),
        special_program: coded(head.special_program),
        delay_reason: coded(head.delay_reason),
        diagnoses: read_diagnoses(claim, unmapped),
        referring: claim.referring.first().map(|party| {
            unmapped.slots(party, &["name"]);
            if party.name.entity != "DN" {
                unmapped.note("2310A NM101");
            }
            provider("2310A", &party.name, None, unmapped)
        }),
        rendering: claim.rendering.as_deref().map(|party| {
            unmapped.slots(party, &["name", "specialty"]);
            provider("2310B", &party.name, party.specialty.as_ref(), unmapped)
        }),
        facility: claim.facility.as_deref().map(|party| {
            unmapped.slots(party, &["name", "address", "city"]);
            Facility {
                name: own(party.name.last_or_organization),
                npi: npi("2310C", &party.name, unmapped),
                address: address("2310C", party.address.as_ref(), party.city.as_ref(), unmapped)
                    .unwrap_or_else(no_address),
            }
        }),
        supervising: claim.supervising.as_deref().map(|party| {
            unmapped.slots(party, &["name"]);
            provider("2310D", &party.name, None, unmapped)
        }),
        onset_on: day("2300 DTP*431", claim.onset.as_deref(), unmapped),
        initial_treatment_on: day("2300 DTP*454", claim.initial_treatment.as_deref(), unmapped),
        last_seen_on: day("2300 DTP*304", claim.last_seen.as_deref(), unmapped),
        acute_manifestation_on: day("2300 DTP*453", claim.acute_manifestation.as_deref(), unmapped),
        last_menstrual_period_on: day("2300 DTP*484", claim.last_menstrual_period.as_deref(), unmapped),
        accident_on: day("2300 DTP*439", claim.accident.as_deref(), unmapped),
        admitted_on: day("2300 DTP*435", claim.admission.as_deref(), unmapped),
        discharged_on: day("2300 DTP*096", claim.discharge.as_deref(), unmapped),
        prior_authorization: identifier(claim.prior_authorization.as_deref()),
        referral_number: identifier(claim.referral.as_deref()),
        attachments: attachments("2300", &claim.attachments, unmapped),
        mammography_number: identifier(claim.mammography.as_deref()),
        clia_number: identifier(claim.clia.as_deref()),
        note: note.and_then(|note| optional(note.text)).map(Phi::new),
        other_payers: claim
            .other_payers
            .iter()
            .map(|other| read_other_payer(other, &claim.lines, unmapped))
            .collect(),
        lines: claim.lines.iter().map(|line| read_line(line, unmapped)).collect(),
    }
}

fn read_billing(level: &x837p::BillingLevel<'_>, unmapped: &mut Unmapped) -> BillingProvider {
    unmapped.slots(level, &["level", "specialty", "provider", "pay_to", "subscribers"]);
    let party = &level.provider;
    unmapped.slots(party, &["name", "address", "city", "tax_id"]);
    let tax = party.tax_id.as_ref();
    BillingProvider {
        name: provider_name(&party.name),
        npi: npi("2010AA", &party.name, unmapped),
        taxonomy: level.specialty.as_ref().and_then(|specialty| optional(specialty.taxonomy)),
        tax_id: entered(tax.and_then(|tax| tax.identifier)),
        tax_id_is_ssn: tax.is_some_and(|tax| tax.qualifier == "SY"),
        address: address("2010AA", party.address.as_ref(), party.city.as_ref(), unmapped)
            .unwrap_or_else(no_address),
        pay_to: level.pay_to.as_ref().and_then(|pay_to| {
            unmapped.slots(&**pay_to, &["name", "address", "city"]);
            address("2010AB", pay_to.address.as_ref(), pay_to.city.as_ref(), unmapped)
        }),
    }
}

fn read_subscriber(level: &x837p::SubscriberLevel<'_>, unmapped: &mut Unmapped) -> Subscriber {
    unmapped.slots(level, &["level", "insurance", "patient", "subscriber", "payer", "claims", "patients"]);
    let party = &level.subscriber;
    unmapped.slots(party, &["name", "address", "city", "demographics"]);
    not_mi("2010BA", &party.name, unmapped);
    Subscriber {
        name: Phi::new(person(&party.name)),
        member_id: entered(party.name.id),
        group_number: optional(level.insurance.group_number),
        group_name: optional(level.insurance.group_name),
        born_on: born("2010BA", party.demographics.as_ref(), unmapped),
        sex: sex("2010BA", party.demographics.as_ref(), unmapped),
        address: address("2010BA", party.address.as_ref(), party.city.as_ref(), unmapped).map(Phi::new),
    }
}

fn read_patient(level: &x837p::PatientLevel<'_>, unmapped: &mut Unmapped) -> Patient {
    unmapped.slots(level, &["level", "relationship", "patient", "claims"]);
    let party = &level.patient;
    unmapped.slots(party, &["name", "address", "city", "demographics"]);
    Patient {
        relationship: Relationship::from_code(&own(level.relationship.relationship)),
        name: Phi::new(person(&party.name)),
        born_on: born("2010CA", party.demographics.as_ref(), unmapped),
        died_on: died(&level.relationship, unmapped),
        sex: sex("2010CA", party.demographics.as_ref(), unmapped),
        address: address("2010CA", party.address.as_ref(), party.city.as_ref(), unmapped).map(Phi::new),
    }
}

fn read_payer(
    party: &x837p::Payer<'_>,
    filing_indicator: Option<Text<'_>>,
    unmapped: &mut Unmapped,
) -> Payer {
    unmapped.slots(party, &["name"]);
    payer("2010BB", &party.name, filing_indicator, unmapped)
}

fn payer(place: &str, name: &Nm1<'_>, filing_indicator: Option<Text<'_>>, unmapped: &mut Unmapped) -> Payer {
    if name.id_qualifier.is_some_and(|qualifier| qualifier != "PI") {
        unmapped.note(format!("{place} NM108"));
    }
    Payer {
        id: None,
        identifier: entered(name.id),
        name: own(name.last_or_organization),
        filing_indicator: own(filing_indicator),
    }
}

/// HI*ABK with its places: a pointer counts them, so a gap stays one.
fn read_diagnoses(
    claim: &x837p::Claim<'_>,
    unmapped: &mut Unmapped,
) -> Vec<Entered<crate::types::Icd10Code>> {
    let Some(hi) = &claim.diagnoses else { return vec![] };
    let last = (0..12).rev().find(|&at| hi.codes.get(at).is_some());
    let places = 0..last.map_or(0, |last| last + 1);
    places
        .map(|at| {
            let code = hi.codes.get(at);
            if code.is_some_and(|code| code.qualifier != if at == 0 { "ABK" } else { "ABF" }) {
                unmapped.note(format!("2300 HI{:02}-1", at + 1));
            }
            entered(code.map(|code| code.code))
        })
        .collect()
}

fn read_other_payer(
    other: &x837p::OtherPayerClaim<'_>,
    lines: &[x837p::ServiceLine<'_>],
    unmapped: &mut Unmapped,
) -> OtherPayer {
    unmapped.slots(
        other,
        &["subscriber", "adjustments", "paid", "remaining", "coverage", "other_subscriber", "payer"],
    );
    unmapped.slots(&other.other_subscriber, &["name"]);
    unmapped.slots(&other.payer, &["name", "paid_on", "claim_control_number"]);
    unmapped.element("2320 SBR04", other.subscriber.group_name);
    unmapped.element("2320 OI04", other.coverage.patient_signature);
    not_mi("2330A", &other.other_subscriber.name, unmapped);
    let adjustments = read_adjustments("2320", &other.adjustments, unmapped);
    let paid_on = day("2330B DTP*573", other.payer.paid_on.as_ref(), unmapped);
    let identifier_text = own(other.payer.name.id);
    let lines_say = lines
        .iter()
        .flat_map(|line| &line.adjudications)
        .filter(|line| own(Some(line.adjudication.payer)) == identifier_text);
    let decided_on =
        paid_on.or_else(|| lines_say.filter_map(|line| line.paid_on.as_ref()?.period.first_day()).next());
    let payer_claim_control_number = identifier(other.payer.claim_control_number.as_ref());
    let decided = other.paid.is_some()
        || other.remaining.is_some()
        || !adjustments.is_empty()
        || decided_on.is_some()
        || payer_claim_control_number.is_some();
    OtherPayer {
        sequence: sequence(other.subscriber.sequence, "2320 SBR01", unmapped),
        medicare_secondary: coded(other.subscriber.insurance_type),
        relationship: Relationship::from_code(&own(other.subscriber.relationship)),
        payer: payer("2330B", &other.payer.name, other.subscriber.filing_indicator, unmapped),
        group_number: optional(other.subscriber.group_number),
        subscriber: Phi::new(person(&other.other_subscriber.name)),
        member_id: entered(other.other_subscriber.name.id),
        benefits_assigned: yes("2320 OI03", other.coverage.benefits_assigned, unmapped),
        decision: decided.then(|| OtherPayerDecision {
            paid: other.paid.map_or(Money::ZERO, |paid: Amt<'_>| paid.amount),
            remaining_patient_liability: other.remaining.map(|remaining| remaining.amount),
            adjustments,
            payer_claim_control_number,
            decided_on,
        }),
    }
}

fn read_line(line: &x837p::ServiceLine<'_>, unmapped: &mut Unmapped) -> ServiceLine {
    unmapped.slots(
        line,
        &[
            "number",
            "service",
            "service_date",
            "prior_authorizations",
            "line_control_number",
            "attachments",
            "mammography",
            "clia",
            "drug",
            "rendering",
            "ordering",
            "adjudications",
        ],
    );
    let service = &line.service;
    if service.procedure.qualifier != "HC" {
        unmapped.note("2400 SV101-1");
    }
    unmapped.element("2400 SV101-8", service.procedure.through);
    unmapped.element("2400 SV109", service.emergency);
    unmapped.element("2400 SV111", service.epsdt);
    unmapped.element("2400 SV112", service.family_planning);
    unmapped.element("2400 SV115", service.copay);
    let unit = match service.unit {
        Some(unit) if unit == "MJ" => Unit::Minutes,
        Some(unit) if unit == "UN" => Unit::Units,
        Some(_) | None => {
            unmapped.note("2400 SV103");
            Unit::Units
        }
    };
    let authorizations: Vec<&Ref<'_>> =
        line.prior_authorizations.iter().filter(|reference| reference.of.is_none()).collect();
    if authorizations.len() > 1 || authorizations.len() < line.prior_authorizations.len() {
        unmapped.note("2400 REF*G1 (another)");
    }
    let period = line.service_date.as_ref().map(|date| date.period);
    if period.is_some_and(|period| period.first_day().is_none()) {
        unmapped.note("2400 DTP*472");
    }
    ServiceLine {
        control_number: identifier(line.line_control_number.as_ref()),
        procedure: entered(Some(service.procedure.code)),
        modifiers: modifiers(&service.procedure),
        description: optional(service.procedure.description),
        charged: service.charged,
        unit,
        units: service.units.map_or(Decimal::ZERO, |units| units.0),
        place_of_service: service
            .place_of_service
            .filter(|code| !code.is_empty())
            .map(|code| entered(Some(code))),
        pointers: pointers(service, unmapped),
        from: period.and_then(|period| period.first_day()),
        thru: match period {
            Some(Period::Range(_, thru)) => Some(thru),
            Some(Period::Day(_) | Period::Moment(..) | Period::Time(_) | Period::Other { .. }) | None => None,
        },
        rendering: line.rendering.as_deref().map(|party| {
            unmapped.slots(party, &["name", "specialty"]);
            Box::new(provider("2420A", &party.name, party.specialty.as_ref(), unmapped))
        }),
        ordering: line.ordering.as_deref().map(|party| {
            unmapped.slots(party, &["name"]);
            Box::new(provider("2420E", &party.name, None, unmapped))
        }),
        prior_authorization: authorizations.first().and_then(|reference| identifier(Some(reference))),
        attachments: attachments("2400", &line.attachments, unmapped),
        mammography_number: identifier(line.mammography.as_deref()),
        clia_number: identifier(line.clia.as_deref()),
        drug: line.drug.as_deref().map(|drug| Box::new(read_drug(drug, unmapped))),
        adjudications: line.adjudications.iter().map(|line| read_adjudication(line, unmapped)).collect(),
    }
}

fn attachments(place: &str, segments: &[Pwk<'_>], unmapped: &mut Unmapped) -> Vec<Attachment> {
    let mut read = vec![];
    for segment in segments {
        if segment.qualifier.is_some_and(|qualifier| qualifier != "AC") {
            unmapped.note(format!("{place} PWK05"));
        }
        read.push(Attachment {
            report: own(Some(segment.report)),
            transmission: Transmission::from_code(&own(segment.transmission)),
            control_number: optional(segment.control_number),
        });
    }
    read
}

fn pointers(service: &seg::Sv1<'_>, unmapped: &mut Unmapped) -> Vec<u8> {
    let pointers = service.pointers.iter().flat_map(|all| all.pointers.iter());
    let numbers: Vec<Option<u8>> = pointers
        .map(|pointer| match pointer {
            Ordinal::Number(number) => u8::try_from(*number).ok(),
            Ordinal::Other(_) => None,
        })
        .collect();
    if numbers.contains(&None) {
        unmapped.note("2400 SV107");
    }
    numbers.into_iter().flatten().collect()
}

fn read_drug(drug: &x837p::Drug<'_>, unmapped: &mut Unmapped) -> Drug {
    unmapped.slots(drug, &["drug", "quantity"]);
    if drug.drug.qualifier != "N4" {
        unmapped.note("2410 LIN02");
    }
    let quantity = drug.quantity.as_ref();
    Drug {
        ndc: own(drug.drug.code),
        quantity: quantity.and_then(|quantity| quantity.quantity).map_or(Decimal::ZERO, |number| number.0),
        unit: own(quantity.and_then(|quantity| quantity.unit).map(|unit| unit.code)),
    }
}

fn read_adjudication(line: &x837p::LineAdjudication<'_>, unmapped: &mut Unmapped) -> LineAdjudication {
    unmapped.slots(line, &["adjudication", "adjustments", "paid_on"]);
    let said = &line.adjudication;
    unmapped.element("2430 SVD06", said.bundled_line);
    if said.procedure.is_some_and(|procedure| procedure.qualifier != "HC") {
        unmapped.note("2430 SVD03-1");
    }
    unmapped.element("2430 SVD03-7", said.procedure.and_then(|procedure| procedure.description));
    LineAdjudication {
        payer_identifier: own(Some(said.payer)),
        paid: said.paid,
        procedure: entered(said.procedure.map(|procedure| procedure.code)),
        modifiers: said.procedure.as_ref().map(modifiers).unwrap_or_default(),
        units: said.units.map_or(Decimal::ZERO, |units| units.0),
        adjustments: read_adjustments("2430", &line.adjustments, unmapped),
        decided_on: day("2430 DTP*573", line.paid_on.as_ref(), unmapped),
    }
}

fn read_adjustments(place: &str, segments: &[Cas<'_>], unmapped: &mut Unmapped) -> Vec<Adjustment> {
    let mut adjustments = vec![];
    for segment in segments {
        let group = match segment.group {
            seg::AdjustmentGroup::ContractualObligation => GroupCode::ContractualObligation,
            seg::AdjustmentGroup::PatientResponsibility => GroupCode::PatientResponsibility,
            seg::AdjustmentGroup::OtherAdjustment => GroupCode::OtherAdjustment,
            seg::AdjustmentGroup::PayerInitiated => GroupCode::PayerInitiated,
            seg::AdjustmentGroup::Other(_) => {
                unmapped.note(format!("{place} CAS01"));
                continue;
            }
        };
        for one in segment.adjustments.iter() {
            match Carc::parse(&own(Some(one.reason))) {
                Ok(reason) => adjustments.push(Adjustment {
                    group,
                    reason,
                    amount: one.amount,
                    quantity: one.quantity.map(|quantity| quantity.0),
                }),
                Err(_not_a_code) => unmapped.note(format!("{place} CAS02")),
            }
        }
    }
    adjustments
}

fn modifiers(procedure: &seg::Procedure<'_>) -> Vec<Entered<Modifier>> {
    procedure.modifiers.iter().map(|code| entered(Some(*code))).collect()
}

fn provider(place: &str, name: &Nm1<'_>, specialty: Option<&Prv<'_>>, unmapped: &mut Unmapped) -> Provider {
    Provider {
        name: provider_name(name),
        npi: npi(place, name, unmapped),
        taxonomy: specialty.and_then(|specialty| optional(specialty.taxonomy)),
    }
}

fn npi(place: &str, name: &Nm1<'_>, unmapped: &mut Unmapped) -> Option<Entered<Npi>> {
    if name.id_qualifier.is_some_and(|qualifier| qualifier != "XX") {
        unmapped.note(format!("{place} NM108"));
    }
    name.id.filter(|id| !id.trim().is_empty()).map(|id| entered(Some(id)))
}

fn provider_name(name: &Nm1<'_>) -> ProviderName {
    match name.kind {
        Some(EntityKind::Person) => ProviderName::Person(person(name)),
        Some(EntityKind::Organization | EntityKind::Other(_)) | None => {
            ProviderName::Organization(own(name.last_or_organization))
        }
    }
}

fn person(name: &Nm1<'_>) -> PersonName {
    PersonName {
        last: own(name.last_or_organization),
        first: optional(name.first),
        middle: optional(name.middle),
        suffix: optional(name.suffix),
    }
}

/// NM108 other than `MI`, and an insured that is no person.
fn not_mi(place: &str, name: &Nm1<'_>, unmapped: &mut Unmapped) {
    if name.id_qualifier.is_some_and(|qualifier| qualifier != "MI") {
        unmapped.note(format!("{place} NM108"));
    }
    if name.kind.is_some_and(|kind| kind != EntityKind::Person) {
        unmapped.note(format!("{place} NM102"));
    }
}

fn address(
    place: &str,
    street: Option<&N3<'_>>,
    city: Option<&N4<'_>>,
    unmapped: &mut Unmapped,
) -> Option<Address> {
    if street.is_none() && city.is_none() {
        return None;
    }
    unmapped.element(&format!("{place} N404"), city.and_then(|city| city.country));
    unmapped.element(&format!("{place} N407"), city.and_then(|city| city.subdivision));
    Some(Address {
        line_1: own(street.map(|street| street.line_1)),
        line_2: optional(street.and_then(|street| street.line_2)),
        city: own(city.map(|city| city.city)),
        state: entered(city.and_then(|city| city.state)),
        zip: entered(city.and_then(|city| city.zip)),
    })
}

/// Where the file gives no address: nothing in it is valid, as the scrubber will say.
fn no_address() -> Address {
    Address {
        line_1: String::new(),
        line_2: None,
        city: String::new(),
        state: Entered::from(""),
        zip: Entered::from(""),
    }
}

fn born(place: &str, demographics: Option<&Dmg<'_>>, unmapped: &mut Unmapped) -> Option<Phi<NaiveDate>> {
    let period = demographics?.born?;
    if period.first_day().is_none() {
        unmapped.note(format!("{place} DMG02"));
    }
    period.first_day().map(Phi::new)
}

fn sex(place: &str, demographics: Option<&Dmg<'_>>, unmapped: &mut Unmapped) -> Option<Sex> {
    let code = demographics?.sex?;
    let sex = Sex::from_code(&own(Some(code)));
    if sex.is_none() {
        unmapped.note(format!("{place} DMG03"));
    }
    sex
}

fn died(more: &seg::Pat<'_>, unmapped: &mut Unmapped) -> Option<Phi<NaiveDate>> {
    unmapped.element("PAT08", more.weight);
    unmapped.element("PAT09", more.pregnant);
    let period = more.died?;
    if period.first_day().is_none() {
        unmapped.note("PAT06");
    }
    period.first_day().map(Phi::new)
}

fn day(place: &str, date: Option<&Dtp<'_>>, unmapped: &mut Unmapped) -> Option<NaiveDate> {
    let period = date?.period;
    match period {
        Period::Day(day) => Some(day),
        Period::Range(..) | Period::Moment(..) | Period::Time(_) | Period::Other { .. } => {
            unmapped.note(place);
            period.first_day()
        }
    }
}

fn sequence(given: seg::PayerSequence<'_>, place: &str, unmapped: &mut Unmapped) -> PayerSequence {
    PayerSequence::from_code(&own(Some(given.code()))).unwrap_or_else(|| {
        unmapped.note(place);
        PayerSequence::Unknown
    })
}

fn yes(place: &str, answer: Option<YesNo<'_>>, unmapped: &mut Unmapped) -> bool {
    match answer {
        Some(YesNo::Yes) => true,
        Some(YesNo::No) | None => false,
        Some(YesNo::NotApplicable | YesNo::Unknown | YesNo::Other(_)) => {
            unmapped.note(place);
            false
        }
    }
}

fn choice(place: &str, given: Option<Text<'_>>, yes: &str, no: &str, unmapped: &mut Unmapped) -> bool {
    if given.is_some_and(|given| given != yes && given != no) {
        unmapped.note(place);
    }
    given.is_some_and(|given| given == yes)
}

fn identifier(reference: Option<&Ref<'_>>) -> Option<String> {
    reference.and_then(|reference| optional(reference.identifier))
}

fn entered<T: AsText>(given: Option<Text<'_>>) -> Entered<T> {
    Entered::from(own(given).as_str())
}

fn coded<T: From<String>>(given: Option<Text<'_>>) -> Option<T> {
    optional(given).map(T::from)
}

fn optional(given: Option<Text<'_>>) -> Option<String> {
    Some(own(given)).filter(|given| !given.is_empty())
}

fn own(given: Option<Text<'_>>) -> String {
    given.unwrap_or_default().trim().to_str().into_owned()
}
