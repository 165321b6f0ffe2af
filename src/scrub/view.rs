//! What rules look at that hold for more than one kind of claim.
//!
//! A [`View`] is borrowed from a claim and names the places of its own guide: a rule is written
//! once, and what it finds is reported where that kind of claim says it. Its pointers have the names of
//! a professional claim's fields, whatever the kind. Professional claims are viewed here;
//! institutional and dental ones, which come from files only, in [`map_837`](super::map_837).

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::finding::Spot;
use crate::claims::Claim;
use crate::claims::model::{Frequency, Provider, ServiceLine, Unit};
use crate::types::{Entered, Icd10Code, Modifier, Money, Npi, Phi, ProcedureCode};

/// The guide that a claim follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClaimKind {
    /// 837P: physicians and others who bill by procedure.
    Professional,
    /// 837I: hospitals and other facilities, which bill by revenue code.
    Institutional,
    /// 837D: dentists.
    Dental,
}

/// For rules of professional claims.
pub(super) const PROFESSIONAL: &[ClaimKind] = &[ClaimKind::Professional];
/// For rules of institutional claims.
pub(super) const INSTITUTIONAL: &[ClaimKind] = &[ClaimKind::Institutional];
/// For rules of dental claims.
pub(super) const DENTAL: &[ClaimKind] = &[ClaimKind::Dental];
/// For rules of claims that may bill by CPT and HCPCS.
pub(super) const MEDICAL: &[ClaimKind] = &[ClaimKind::Professional, ClaimKind::Institutional];
/// For rules that every claim is held to.
pub(super) const EVERY: &[ClaimKind] =
    &[ClaimKind::Professional, ClaimKind::Institutional, ClaimKind::Dental];

/// A claim of any kind, as far as the kinds have things in common.
#[derive(Debug)]
pub(super) struct View<'c> {
    pub(super) kind: ClaimKind,
    /// The whole claim, where it is a professional one.
    pub(super) professional: Option<&'c Claim>,
    /// By which findings name the claim.
    pub(super) number: Cow<'c, str>,
    pub(super) frequency: Frequency,
    /// SBR09 of the payer.
    pub(super) filing_indicator: Cow<'c, str>,
    /// Whether another payer has decided already.
    pub(super) is_decided_elsewhere: bool,
    /// Whether the claim as a whole names a prior authorization.
    pub(super) is_authorized: bool,
    pub(super) parties: Vec<Party<'c>>,
    pub(super) identifiers: Vec<Identifier<'c>>,
    pub(super) born_on: Option<NaiveDate>,
    pub(super) died_on: Option<NaiveDate>,
    /// First and last day of the claim as a whole, where the guide has them.
    pub(super) period: Option<(NaiveDate, NaiveDate)>,
    /// Those that can be pointed to or listed, the first one first; then the others.
    pub(super) diagnoses: Vec<Diagnosis<'c>>,
    pub(super) lines: Vec<Line<'c>>,
    /// What only an institutional claim says.
    pub(super) stay: Option<Stay>,
}

/// Somebody who did something for the patient.
#[derive(Debug)]
pub(super) struct Party<'c> {
    pub(super) role: Role,
    /// The line that names them; none when it is the claim.
    pub(super) line: Option<usize>,
    pub(super) npi: Option<Cow<'c, Entered<Npi>>>,
    pub(super) taxonomy: Option<Cow<'c, str>>,
    /// `/rendering`, `/lines/0/rendering`.
    pub(super) pointer: Cow<'static, str>,
    /// `2310B`.
    pub(super) loop_id: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Billing,
    /// Has the overall responsibility for the care.
    Attending,
    /// Operated, alone or with another.
    Operating,
    Rendering,
    /// Referred, supervised, ordered or assisted, or the place of the service.
    Other,
}

/// The member or a payer, as far as it is known whether they are identified. The member id is
/// patient data and not kept.
#[derive(Debug)]
pub(super) struct Identifier<'c> {
    pub(super) is_valid: bool,
    pub(super) found: Cow<'c, str>,
    pub(super) spot: Spot,
    pub(super) message: &'static str,
}

#[derive(Debug)]
pub(super) struct Diagnosis<'c> {
    pub(super) role: DiagnosisRole,
    pub(super) code: Cow<'c, Entered<Icd10Code>>,
    /// The first and last day of the services that it is given for: they decide which edition
    /// of the codes holds.
    pub(super) days: Option<(NaiveDate, NaiveDate)>,
    /// Whether it was present on admission: what stands there.
    pub(super) present_on_admission: Option<Cow<'c, str>>,
    pub(super) spot: Spot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DiagnosisRole {
    /// The principal one, or the one that is listed first, and those after it.
    Listed,
    /// Known when the patient came, or why the patient came: repeats what is listed.
    Arrival,
    /// How an injury came about, in a list of its own.
    ExternalCause,
}

#[derive(Debug)]
pub(super) struct Line<'c> {
    /// By CPT, HCPCS or CDT; none where a revenue code alone says it.
    pub(super) procedure: Option<Cow<'c, Entered<ProcedureCode>>>,
    pub(super) modifiers: Cow<'c, [Entered<Modifier>]>,
    pub(super) revenue_code: Option<Cow<'c, str>>,
    pub(super) charged: Money,
    /// None where one is meant.
    pub(super) units: Option<Decimal>,
    /// Units count services, not minutes or days.
    pub(super) counts_services: bool,
    /// The day of service, the claim's where the line has none.
    pub(super) from: Option<NaiveDate>,
    pub(super) thru: Option<NaiveDate>,
    /// The line itself has a date.
    pub(super) is_dated: bool,
    /// Who did it: the line's provider, else the claim's, else who bills.
    pub(super) rendering: Option<Cow<'c, Npi>>,
    pub(super) is_authorized: bool,
    /// Areas of the mouth.
    pub(super) areas: Vec<String>,
    pub(super) teeth: Vec<Tooth>,
}

/// A tooth by the universal system, with the surfaces that were treated.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tooth {
    pub(super) tooth: String,
    pub(super) surfaces: Vec<String>,
}

/// What an institutional claim says of the stay or visit.
#[derive(Debug)]
pub(super) struct Stay {
    /// The first two digits of the bill type.
    pub(super) facility: String,
    /// Discharge status.
    pub(super) patient_status: Option<String>,
    /// The day from which the patient's age counts.
    pub(super) admitted_on: Option<NaiveDate>,
}

/// A part of a line that rules speak of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    Procedure,
    Modifier(usize),
    Charged,
    Units,
    From,
    Thru,
    PriorAuthorization,
}

/// Days of service, and who says them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    /// The line; none when it is the claim as a whole.
    pub(super) line: Option<usize>,
    pub(super) from: NaiveDate,
    pub(super) thru: Option<NaiveDate>,
}

impl Service {
    /// `line 2`, `the claim`.
    pub(super) fn whose(&self) -> String {
        self.line.map_or_else(|| "the claim".to_owned(), |index| format!("line {}", index + 1))
    }
}

impl Party<'_> {
    pub(super) fn npi_spot(&self) -> Spot {
        Spot::new(format!("{}/npi", self.pointer), format!("{} NM109", self.loop_id))
    }
    /// The billing provider's stands a level above its name.
    pub(super) fn taxonomy_spot(&self) -> Spot {
        let loop_id = if self.role == Role::Billing { "2000A" } else { self.loop_id };
        Spot::new(format!("{}/taxonomy", self.pointer), format!("{loop_id} PRV03"))
    }
}

impl Stay {
    /// A stay in a hospital, to which the Medicare Code Editor is applied (Medicare Claims Processing
    /// Manual chapter 3, 20.2.1): skilled nursing often has the principal diagnoses that it refuses.
    pub(super) fn is_acute(&self) -> bool {
        self.facility == "11"
    }
    /// Facilities whose patients stay: hospital, swing bed, skilled nursing, religious nonmedical.
    pub(super) fn is_inpatient(&self) -> bool {
        matches!(self.facility.as_str(), "11" | "18" | "21" | "41")
    }
}

impl<'c> View<'c> {
    /// A professional claim.
    pub(super) fn of(claim: &'c Claim) -> View<'c> {
        let number = match &claim.patient_control_number {
            Some(number) => Cow::Borrowed(number.as_str()),
            None => Cow::Owned(claim.id.to_string()),
        };
        let exposed = |day: &Option<Phi<NaiveDate>>| day.as_ref().map(|day| *day.expose());
        View {
            kind: ClaimKind::Professional,
            professional: Some(claim),
            number,
            frequency: claim.frequency,
            filing_indicator: claim.payer.filing_indicator.as_str().into(),
            is_decided_elsewhere: claim.other_payers.iter().any(|other| other.decision.is_some()),
            is_authorized: is_there(claim.prior_authorization.as_deref()),
            parties: parties(claim),
            identifiers: identifiers(claim),
            born_on: exposed(&claim.patient.born_on),
            died_on: exposed(&claim.patient.died_on),
            period: None,
            diagnoses: diagnoses(claim),
            lines: claim.lines.iter().map(|one| line(claim, one)).collect(),
            stay: None,
        }
    }

    /// The principal diagnosis, or the one that is listed first, when it can be read.
    pub(super) fn first_listed(&self) -> Option<(&Diagnosis<'c>, &Icd10Code)> {
        let first = self.diagnoses.iter().find(|it| it.role == DiagnosisRole::Listed)?;
        // 837I has a place of its own for the principal one: what is listed after it is never it.
        if self.stay.is_some() && !first.spot.is_below("/principal_diagnosis") {
            return None;
        }
        Some((first, first.code.valid()?))
    }

    /// The diagnoses that can be read, with their place among all.
    pub(super) fn readable(&self) -> impl Iterator<Item = (usize, &Diagnosis<'c>, &Icd10Code)> {
        let all = self.diagnoses.iter().enumerate();
        all.filter_map(|(place, diagnosis)| Some((place, diagnosis, diagnosis.code.valid()?)))
    }

    /// Of those the ones that are listed.
    pub(super) fn listed(&self) -> impl Iterator<Item = (usize, &Diagnosis<'c>, &Icd10Code)> {
        self.readable().filter(|(_, diagnosis, _)| diagnosis.role == DiagnosisRole::Listed)
    }

    /// Every day of service, the claim's own first.
    pub(super) fn services(&self) -> impl Iterator<Item = Service> {
        let whole = self.period.map(|(from, thru)| Service { line: None, from, thru: Some(thru) });
        let dated = self.lines.iter().enumerate().filter(|(_, line)| line.is_dated);
        let lines = dated.filter_map(|(index, line)| {
            Some(Service { line: Some(index), from: line.from?, thru: line.thru })
        });
        whole.into_iter().chain(lines)
    }

    /// First and last day of all services.
    pub(super) fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        self.services()
            .map(|service| (service.from, service.thru.unwrap_or(service.from)))
            .reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
    }

    /// Neither a correction nor a claim to a later payer. An institution's first bills of a stay have
    /// frequencies of their own.
    pub(super) fn is_first_request(&self) -> bool {
        let is_first = match self.frequency {
            Frequency::Original => true,
            Frequency::Other(_) => self.kind == ClaimKind::Institutional,
            Frequency::Replacement | Frequency::Void => false,
        };
        is_first && !self.is_decided_elsewhere
    }

    /// Medicare Part B.
    pub(super) fn is_medicare_b(&self) -> bool {
        self.filing_indicator == "MB"
    }

    /// Medicare, whichever part.
    pub(super) fn is_medicare(&self) -> bool {
        matches!(&*self.filing_indicator, "MA" | "MB")
    }

    /// Where a day of service stands.
    pub(super) fn service_spot(&self, service: &Service, field: Field) -> Spot {
        match (service.line, self.kind) {
            (Some(index), _) => self.line_spot(index, field),
            (None, ClaimKind::Institutional) => Spot::new("/period", "2300 DTP03 (434)"),
            (None, ClaimKind::Professional | ClaimKind::Dental) => Spot::new("/period", "2300 DTP03 (472)"),
        }
    }

    /// Where a part of a line stands.
    pub(super) fn line_spot(&self, index: usize, field: Field) -> Spot {
        let (procedure, charged, units) = match self.kind {
            ClaimKind::Professional => ("SV101", "SV102", "SV104"),
            ClaimKind::Institutional => ("SV202", "SV203", "SV205"),
            ClaimKind::Dental => ("SV301", "SV302", "SV306"),
        };
        let (name, element): (Cow<'static, str>, Cow<'static, str>) = match field {
            Field::Procedure => ("procedure".into(), format!("2400 {procedure}-2").into()),
            Field::Modifier(place) => {
                let component = 3 + place.min(3);
                (format!("modifiers/{place}").into(), format!("2400 {procedure}-{component}").into())
            }
            Field::Charged => ("charged".into(), format!("2400 {charged}").into()),
            Field::Units => ("units".into(), format!("2400 {units}").into()),
            Field::From => ("from".into(), "2400 DTP03 (472)".into()),
            Field::Thru => ("thru".into(), "2400 DTP03 (472)".into()),
            // An institutional claim has one for all its lines.
            Field::PriorAuthorization if self.kind == ClaimKind::Institutional => {
                return Spot::new("/prior_authorization", "2300 REF02 (G1)");
            }
            Field::PriorAuthorization => ("prior_authorization".into(), "2400 REF02 (G1)".into()),
        };
        Spot::line(index, &name, element)
    }
}

fn is_there(number: Option<&str>) -> bool {
    number.is_some_and(|number| !number.trim().is_empty())
}

fn parties(claim: &Claim) -> Vec<Party<'_>> {
    let billing = Party {
        role: Role::Billing,
        line: None,
        npi: claim.billing.npi.as_ref().map(Cow::Borrowed),
        taxonomy: claim.billing.taxonomy.as_deref().map(Cow::Borrowed),
        pointer: "/billing".into(),
        loop_id: "2010AA",
    };
    let mut all = vec![billing];
    let of_claim = [
        (Role::Other, "/referring", "2310A", &claim.referring),
        (Role::Rendering, "/rendering", "2310B", &claim.rendering),
        (Role::Other, "/supervising", "2310D", &claim.supervising),
    ];
    for (role, pointer, loop_id, provider) in of_claim {
        all.extend(provider.as_ref().map(|provider| named(role, None, pointer, loop_id, provider)));
    }
    all.extend(claim.facility.as_ref().map(|facility| Party {
        role: Role::Other,
        line: None,
        npi: facility.npi.as_ref().map(Cow::Borrowed),
        taxonomy: None,
        pointer: "/facility".into(),
        loop_id: "2310C",
    }));
    for (index, line) in claim.lines.iter().enumerate() {
        let within = |who: &str| format!("/lines/{index}/{who}");
        if let Some(rendering) = &line.rendering {
            all.push(named(Role::Rendering, Some(index), within("rendering"), "2420A", rendering));
        }
        if let Some(ordering) = &line.ordering {
            all.push(named(Role::Other, Some(index), within("ordering"), "2420E", ordering));
        }
    }
    all
}

fn named<'c>(
    role: Role,
    line: Option<usize>,
    pointer: impl Into<Cow<'static, str>>,
    loop_id: &'static str,
    provider: &'c Provider,
) -> Party<'c> {
    Party {
        role,
        line,
        npi: provider.npi.as_ref().map(Cow::Borrowed),
        taxonomy: provider.taxonomy.as_deref().map(Cow::Borrowed),
        pointer: pointer.into(),
        loop_id,
    }
}

/// What is said of an identifier that is missing or none.
pub(super) mod message {
    pub(in crate::scrub) const MEMBER: &str = "the member id is missing or not 2 to 80 printable characters";
    pub(in crate::scrub) const PAYER: &str = "the payer id is missing or not 2 to 15 letters and digits";
    pub(in crate::scrub) const OTHER_MEMBER: &str =
        "the other payer's member id is missing or not 2 to 80 printable characters";
}

fn identifiers(claim: &Claim) -> Vec<Identifier<'_>> {
    let mut all = vec![
        Identifier {
            is_valid: claim.subscriber.member_id.valid().is_some(),
            found: "".into(),
            spot: Spot::new("/subscriber/member_id", "2010BA NM109"),
            message: message::MEMBER,
        },
        Identifier {
            is_valid: claim.payer.identifier.valid().is_some(),
            found: claim.payer.identifier.text().into(),
            spot: Spot::new("/payer/identifier", "2010BB NM109"),
            message: message::PAYER,
        },
    ];
    all.extend(claim.other_payers.iter().enumerate().map(|(index, other)| Identifier {
        is_valid: other.member_id.valid().is_some(),
        found: "".into(),
        spot: Spot::new(format!("/other_payers/{index}/member_id"), "2330A NM109"),
        message: message::OTHER_MEMBER,
    }));
    all
}

fn diagnoses(claim: &Claim) -> Vec<Diagnosis<'_>> {
    let all = claim.diagnoses.iter().enumerate();
    all.map(|(index, code)| Diagnosis {
        role: DiagnosisRole::Listed,
        code: Cow::Borrowed(code),
        days: days_of(claim, index),
        present_on_admission: None,
        spot: Spot::diagnosis(index),
    })
    .collect()
}

/// The first and last day of service of the lines that point to a diagnosis; of all lines when
/// none does.
fn days_of(claim: &Claim, index: usize) -> Option<(NaiveDate, NaiveDate)> {
    let pointing = |pointers: &[u8]| pointers.iter().any(|pointer| usize::from(*pointer) == index + 1);
    let days = |only_pointing: bool| {
        let lines = claim.lines.iter().filter(move |line| !only_pointing || pointing(&line.pointers));
        lines.filter_map(|line| line.from)
    };
    let first = days(true).min().or_else(|| days(false).min())?;
    let last = days(true).max().or_else(|| days(false).max())?;
    Some((first, last))
}

fn line<'c>(claim: &'c Claim, line: &'c ServiceLine) -> Line<'c> {
    Line {
        procedure: Some(Cow::Borrowed(&line.procedure)),
        modifiers: Cow::Borrowed(&line.modifiers),
        revenue_code: None,
        charged: line.charged,
        units: Some(line.units),
        counts_services: line.unit == Unit::Units,
        from: line.from,
        thru: line.thru,
        is_dated: line.from.is_some() || line.thru.is_some(),
        rendering: rendering_of(claim, line).map(Cow::Borrowed),
        is_authorized: is_there(line.prior_authorization.as_deref()),
        areas: vec![],
        teeth: vec![],
    }
}

/// Who does a line: its own rendering provider, else the claim's, else who bills.
pub(super) fn rendering_of<'c>(claim: &'c Claim, line: &'c ServiceLine) -> Option<&'c Npi> {
    let provider = line.rendering.as_deref().or(claim.rendering.as_ref());
    provider.map_or(claim.billing.npi.as_ref(), |provider| provider.npi.as_ref())?.valid()
}
