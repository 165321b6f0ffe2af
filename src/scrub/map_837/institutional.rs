//! Institutional claims (005010X223), as the rules see them.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::parts::{self, Around, entered, is_numbered, last_of_range, modifiers, npi_of, own, party};
use crate::scrub::finding::Spot;
use crate::scrub::view::{ClaimKind, Diagnosis, DiagnosisRole, Line, Party, Role, Stay, View};
use crate::x12::Text;
use crate::x12::segments::{AdmissionDiagnosis, HealthCode, Nm1, YesNo};
use crate::x12::x837i::{BillingLevel, Claim, PatientLevel, ServiceLine, SubscriberLevel};

/// A claim with the levels that it stands under.
pub(super) fn view<'c>(
    billing: &BillingLevel<'_>,
    subscriber: &SubscriberLevel<'_>,
    patient: Option<&PatientLevel<'_>>,
    claim: &'c Claim<'_>,
) -> View<'c> {
    let around = Around {
        billing: &billing.provider.name,
        specialty: billing.specialty.as_ref(),
        insurance: &subscriber.insurance,
        subscriber: &subscriber.subscriber,
        payer: &subscriber.payer,
        patient: patient.map(|level| &level.patient),
    };
    let mut view = parts::view(ClaimKind::Institutional, &around, claim);
    view.is_authorized = is_numbered(claim.prior_authorization.as_deref());
    providers(claim, &mut view.parties);
    let whole = claim.rendering.as_ref().map_or(around.billing, |one| &one.name);
    let last_day = view.period.map(|(_, last)| last);
    view.lines = claim.lines.iter().map(|one| line(one, last_day, whole)).collect();
    // A stay is coded by the edition of its discharge (ICD-10-CM guidelines); a visit's days are of one
    // edition.
    let on = last_day.or_else(|| view.lines.iter().filter_map(|line| line.from).max());
    view.diagnoses = diagnoses(claim, on);
    let admission = claim.admission.as_ref().and_then(|admission| admission.period.first_day());
    view.stay = Some(Stay {
        facility: own_text(claim.claim.facility.code),
        patient_status: claim.admission_codes.as_ref().and_then(|cl1| cl1.patient_status).map(own_text),
        admitted_on: admission.or(view.period.map(|(first, _)| first)),
    });
    view
}

fn own_text(text: Text<'_>) -> String {
    own(Some(text))
}

fn providers(claim: &Claim<'_>, all: &mut Vec<Party<'_>>) {
    if let Some(one) = &claim.attending {
        let specialty = one.specialty.as_ref();
        all.extend(party(Role::Attending, "/attending".to_owned(), "2310A", &one.name, specialty));
    }
    let others = [
        (Role::Operating, "/operating", "2310B", claim.operating.as_ref().map(|one| &one.name)),
        (Role::Operating, "/other_operating", "2310C", claim.other_operating.as_ref().map(|one| &one.name)),
        (Role::Rendering, "/rendering", "2310D", claim.rendering.as_ref().map(|one| &one.name)),
        (Role::Other, "/facility", "2310E", claim.facility.as_ref().map(|one| &one.name)),
        (Role::Other, "/referring", "2310F", claim.referring.as_ref().map(|one| &one.name)),
    ];
    for (role, pointer, loop_id, name) in others {
        all.extend(name.and_then(|name| party(role, pointer.to_owned(), loop_id, name, None)));
    }
    for (index, line) in claim.lines.iter().enumerate() {
        let of_line = [
            (Role::Operating, "operating", "2420A", line.operating.as_ref().map(|one| &one.name)),
            (Role::Operating, "other_operating", "2420B", line.other_operating.as_ref().map(|one| &one.name)),
            (Role::Rendering, "rendering", "2420C", line.rendering.as_ref().map(|one| &one.name)),
            (Role::Other, "referring", "2420D", line.referring.as_ref().map(|one| &one.name)),
        ];
        for (role, who, loop_id, name) in of_line {
            let pointer = || format!("/lines/{index}/{who}");
            all.extend(name.and_then(|name| party(role, pointer(), loop_id, name, None)));
        }
    }
}

/// The listed diagnoses first: the principal one and the others.
fn diagnoses<'c>(claim: &Claim<'_>, on: Option<NaiveDate>) -> Vec<Diagnosis<'c>> {
    let mut all = vec![];
    let mut with_admission =
        |role, list: &str, name: &str, nth: usize, codes: &[Option<AdmissionDiagnosis<'_>>]| {
            for (place, one) in codes.iter().enumerate() {
                let Some(one) = one else { continue };
                let poa = one.present_on_admission.as_ref().map(YesNo::code).filter(|code| !code.is_empty());
                let pointer = format!("/{name}/{nth}/{place}");
                all.extend(diagnosis(role, list, pointer, place, one.qualifier, one.code, on).map(|found| {
                    Diagnosis { present_on_admission: poa.map(|code| own_text(code).into()), ..found }
                }));
            }
        };
    if let Some(hi) = &claim.principal_diagnosis {
        with_admission(DiagnosisRole::Listed, "ABK", "principal_diagnosis", 0, hi.codes.places());
    }
    for (nth, hi) in claim.other_diagnoses.iter().enumerate() {
        with_admission(DiagnosisRole::Listed, "ABF", "other_diagnoses", nth, hi.codes.places());
    }
    if let Some(hi) = &claim.external_causes {
        with_admission(DiagnosisRole::ExternalCause, "ABN", "external_causes", 0, hi.codes.places());
    }
    let on_arrival = [
        ("ABJ", "admitting_diagnosis", &claim.admitting_diagnosis),
        ("APR", "visit_reasons", &claim.visit_reasons),
    ];
    for (list, name, hi) in on_arrival {
        let Some(hi) = hi else { continue };
        for (place, one) in hi.codes.places().iter().enumerate() {
            let Some(HealthCode { qualifier, code }) = one else { continue };
            let pointer = format!("/{name}/{place}");
            all.extend(diagnosis(DiagnosisRole::Arrival, list, pointer, place, *qualifier, *code, on));
        }
    }
    all
}

/// A diagnosis by ICD-10-CM; what is coded by ICD-9-CM a level below judges.
fn diagnosis<'c>(
    role: DiagnosisRole,
    list: &str,
    pointer: String,
    place: usize,
    qualifier: Text<'_>,
    code: Text<'_>,
    on: Option<NaiveDate>,
) -> Option<Diagnosis<'c>> {
    (qualifier == list).then(|| Diagnosis {
        role,
        code: Cow::Owned(entered(Some(code))),
        days: on.map(|day| (day, day)),
        present_on_admission: None,
        spot: Spot::new(pointer, format!("2300 HI{:02}-2 ({list})", place + 1)),
    })
}

fn line<'c>(line: &ServiceLine<'_>, last_day: Option<NaiveDate>, whole: &Nm1<'_>) -> Line<'c> {
    let service = &line.service;
    // A HIPPS code or one of a state is in no table of procedures.
    let procedure = service.procedure.as_ref().filter(|procedure| procedure.qualifier == "HC");
    let period = line.service_date.as_ref().map(|date| date.period);
    let from = period.and_then(|period| period.first_day());
    Line {
        procedure: procedure.map(|procedure| Cow::Owned(entered(Some(procedure.code)))),
        modifiers: procedure.map(modifiers).unwrap_or_default(),
        revenue_code: service.revenue_code.map(|code| own_text(code).into()),
        charged: service.charged,
        units: service.units.map(|units| units.0),
        counts_services: service.unit.is_none_or(|unit| unit == "UN"),
        from: from.or(last_day),
        thru: period.and_then(|period| last_of_range(&period)),
        is_dated: from.is_some(),
        rendering: npi_of(line.rendering.as_ref().map_or(whole, |one| &one.name)).map(Cow::Owned),
        is_authorized: false,
        areas: vec![],
        teeth: vec![],
    }
}
