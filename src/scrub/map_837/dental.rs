//! Dental claims (005010X224), as the rules see them.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::parts::{self, Around, entered, is_numbered, last_of_range, modifiers, npi_of, own, party};
use crate::scrub::finding::Spot;
use crate::scrub::view::{ClaimKind, Diagnosis, DiagnosisRole, Line, Party, Role, Tooth, View};
use crate::x12::segments::Nm1;
use crate::x12::x837d::{BillingLevel, Claim, PatientLevel, ServiceLine, SubscriberLevel};

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
    let mut view = parts::view(ClaimKind::Dental, &around, claim);
    view.is_authorized = is_numbered(claim.prior_authorization.as_deref());
    providers(claim, &mut view.parties);
    let whole = claim.rendering.as_ref().map_or(around.billing, |one| &one.name);
    view.lines = claim.lines.iter().map(|one| line(one, view.period, whole)).collect();
    view.diagnoses = diagnoses(claim, view.days());
    view
}

fn providers(claim: &Claim<'_>, all: &mut Vec<Party<'_>>) {
    for (nth, one) in claim.referring.iter().enumerate() {
        let pointer = format!("/referring/{nth}");
        all.extend(party(Role::Other, pointer, "2310A", &one.name, one.specialty.as_ref()));
    }
    if let Some(one) = &claim.rendering {
        let specialty = one.specialty.as_ref();
        all.extend(party(Role::Rendering, "/rendering".to_owned(), "2310B", &one.name, specialty));
    }
    if let Some(one) = &claim.facility {
        all.extend(party(Role::Other, "/facility".to_owned(), "2310C", &one.name, None));
    }
    if let Some(one) = &claim.assistant {
        all.extend(party(Role::Other, "/assistant".to_owned(), "2310D", &one.name, one.specialty.as_ref()));
    }
    if let Some(one) = &claim.supervising {
        all.extend(party(Role::Other, "/supervising".to_owned(), "2310E", &one.name, None));
    }
    for (index, line) in claim.lines.iter().enumerate() {
        let pointer = |who: &str| format!("/lines/{index}/{who}");
        if let Some(one) = &line.rendering {
            let specialty = one.specialty.as_ref();
            all.extend(party(Role::Rendering, pointer("rendering"), "2420A", &one.name, specialty));
        }
        if let Some(one) = &line.assistant {
            let specialty = one.specialty.as_ref();
            all.extend(party(Role::Other, pointer("assistant"), "2420B", &one.name, specialty));
        }
        if let Some(one) = &line.supervising {
            all.extend(party(Role::Other, pointer("supervising"), "2420C", &one.name, None));
        }
        if let Some(one) = &line.facility {
            all.extend(party(Role::Other, pointer("facility"), "2420D", &one.name, None));
        }
    }
}

/// By ICD-10-CM; what is coded by another system is in no table of ours, or a level below judges it.
fn diagnoses<'c>(claim: &Claim<'_>, days: Option<(NaiveDate, NaiveDate)>) -> Vec<Diagnosis<'c>> {
    let Some(hi) = &claim.diagnoses else { return vec![] };
    let all = hi.codes.places().iter().enumerate();
    all.filter_map(|(place, one)| {
        let one = one.as_ref().filter(|one| one.qualifier == "ABK" || one.qualifier == "ABF")?;
        Some(Diagnosis {
            role: DiagnosisRole::Listed,
            code: Cow::Owned(entered(Some(one.code))),
            days,
            present_on_admission: None,
            spot: Spot::diagnosis(place),
        })
    })
    .collect()
}

fn line<'c>(line: &ServiceLine<'_>, claimed: Option<(NaiveDate, NaiveDate)>, whole: &Nm1<'_>) -> Line<'c> {
    let service = &line.service;
    let period = line.service_date.as_ref().map(|date| date.period);
    let from = period.and_then(|period| period.first_day());
    let of_claim = claimed.filter(|_| from.is_none());
    let areas = service.oral_cavity.iter().flat_map(|cavity| cavity.areas.iter());
    let teeth = line.teeth.iter().map(|tooth| Tooth {
        tooth: own(tooth.tooth),
        surfaces: tooth
            .surfaces
            .iter()
            .flat_map(|all| all.codes.iter())
            .map(|code| own(Some(*code)))
            .collect(),
    });
    Line {
        procedure: Some(Cow::Owned(entered(Some(service.procedure.code)))),
        modifiers: modifiers(&service.procedure),
        revenue_code: None,
        charged: service.charged,
        units: service.units.map(|units| units.0),
        counts_services: true,
        from: from.or(of_claim.map(|(first, _)| first)),
        thru: match of_claim {
            Some((first, last)) => (first != last).then_some(last),
            None => period.and_then(|period| last_of_range(&period)),
        },
        is_dated: from.is_some(),
        rendering: npi_of(line.rendering.as_ref().map_or(whole, |one| &one.name)).map(Cow::Owned),
        is_authorized: line.prior_authorizations.iter().any(|one| is_numbered(Some(one))),
        areas: areas.map(|area| own(Some(*area))).collect(),
        teeth: teeth.collect(),
    }
}
