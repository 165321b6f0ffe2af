//! What institutional and dental claims say alike.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::claims::model::Frequency;
use crate::scrub::finding::Spot;
use crate::scrub::view::{ClaimKind, Identifier, Party, Role, View, message};
use crate::types::{AsText, Entered, MemberId, Modifier, Npi, PayerIdentifier};
use crate::x12::segments::{Clm, Nm1, Procedure, Prv, Ref, Sbr};
use crate::x12::x837::{AnyClaim, AnyOtherPayer, Patient, Payer, Subscriber};
use crate::x12::{Period, Text};

/// What stands around a claim.
pub(super) struct Around<'w, 'a> {
    pub(super) billing: &'w Nm1<'a>,
    pub(super) specialty: Option<&'w Prv<'a>>,
    pub(super) insurance: &'w Sbr<'a>,
    pub(super) subscriber: &'w Subscriber<'a>,
    pub(super) payer: &'w Payer<'a>,
    /// When not the subscriber.
    pub(super) patient: Option<&'w Patient<'a>>,
}

/// A view of a claim, without providers below the billing one, diagnoses and lines.
pub(super) fn view<'c, 'a>(kind: ClaimKind, around: &Around<'_, 'a>, claim: &impl AnyClaim<'a>) -> View<'c> {
    let clm = claim.claim();
    let demographics =
        around.patient.map_or(&around.subscriber.demographics, |patient| &patient.demographics).as_ref();
    View {
        kind,
        professional: None,
        number: own(Some(clm.patient_control_number)).into(),
        frequency: frequency(clm),
        filing_indicator: own(around.insurance.filing_indicator).into(),
        is_decided_elsewhere: claim
            .other_payers()
            .iter()
            .any(|other| other.paid().is_some() || !other.adjustments().is_empty()),
        is_authorized: false,
        parties: party(Role::Billing, "/billing".to_owned(), "2010AA", around.billing, around.specialty)
            .into_iter()
            .collect(),
        identifiers: identifiers(around, claim),
        born_on: demographics.and_then(|demographics| demographics.born?.first_day()),
        died_on: None,
        period: claim.period().and_then(|date| days(&date.period)),
        diagnoses: vec![],
        lines: vec![],
        stay: None,
    }
}

/// A provider of the claim.
pub(super) fn party<'c>(
    role: Role,
    pointer: String,
    loop_id: &'static str,
    name: &Nm1<'_>,
    specialty: Option<&Prv<'_>>,
) -> Option<Party<'c>> {
    let id = name.id.filter(|id| !id.trim().is_empty());
    if id.is_some() && !is_npi(name) {
        return None;
    }
    let line = pointer.strip_prefix("/lines/").and_then(|rest| rest.split('/').next()?.parse().ok());
    Some(Party {
        role,
        line,
        npi: id.map(|id| Cow::Owned(entered(Some(id)))),
        taxonomy: specialty.and_then(|specialty| specialty.taxonomy).map(|code| own(Some(code)).into()),
        pointer: pointer.into(),
        loop_id,
    })
}

/// What another qualifier names is no NPI; a level below says so.
fn is_npi(name: &Nm1<'_>) -> bool {
    name.id_qualifier.is_none_or(|qualifier| qualifier == "XX")
}

/// The NPI of a provider, when it is one.
pub(super) fn npi_of(name: &Nm1<'_>) -> Option<Npi> {
    let id = name.id.filter(|_| is_npi(name))?;
    entered(Some(id)).valid().cloned()
}

fn identifiers<'c, 'a>(around: &Around<'_, 'a>, claim: &impl AnyClaim<'a>) -> Vec<Identifier<'c>> {
    let is_member = |id| entered::<MemberId>(id).valid().is_some();
    let mut all = vec![
        Identifier {
            is_valid: is_member(around.subscriber.name.id),
            found: "".into(),
            spot: Spot::new("/subscriber/member_id", "2010BA NM109"),
            message: message::MEMBER,
        },
        Identifier {
            is_valid: entered::<PayerIdentifier>(around.payer.name.id).valid().is_some(),
            found: own(around.payer.name.id).into(),
            spot: Spot::new("/payer/identifier", "2010BB NM109"),
            message: message::PAYER,
        },
    ];
    all.extend(claim.other_payers().iter().enumerate().map(|(index, other)| Identifier {
        is_valid: is_member(other.insured().id),
        found: "".into(),
        spot: Spot::new(format!("/other_payers/{index}/member_id"), "2330A NM109"),
        message: message::OTHER_MEMBER,
    }));
    all
}

fn frequency(clm: &Clm<'_>) -> Frequency {
    own(clm.facility.frequency).chars().next().map_or(Frequency::Original, Frequency::from_code)
}

/// First and last day.
pub(super) fn days(period: &Period<'_>) -> Option<(NaiveDate, NaiveDate)> {
    period.first_day().zip(period.last_day())
}

/// The last day, where it is another than the first.
pub(super) fn last_of_range(period: &Period<'_>) -> Option<NaiveDate> {
    match period {
        Period::Range(_, thru) => Some(*thru),
        Period::Day(_) | Period::Moment(..) | Period::Time(_) | Period::Other { .. } => None,
    }
}

pub(super) fn modifiers<'c>(procedure: &Procedure<'_>) -> Cow<'c, [Entered<Modifier>]> {
    procedure.modifiers.iter().map(|code| entered(Some(*code))).collect::<Vec<_>>().into()
}

/// Whether a number stands there.
pub(super) fn is_numbered(reference: Option<&Ref<'_>>) -> bool {
    reference.and_then(|reference| reference.identifier).is_some_and(|number| !number.trim().is_empty())
}

pub(super) fn entered<T: AsText>(given: Option<Text<'_>>) -> Entered<T> {
    Entered::from(own(given).as_str())
}

pub(super) fn own(given: Option<Text<'_>>) -> String {
    given.unwrap_or_default().trim().to_str().into_owned()
}
