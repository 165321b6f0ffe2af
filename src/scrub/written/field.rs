//! The fields of a claim that rules may test: each with its kind, its place in the claim and in
//! the guide (005010X222A1), and how it is read.

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::claims::model::{Provider, ServiceLine, Unit};
use crate::scrub::finding::Spot;
use crate::types::{Entered, Money, age_years};

use super::condition::Asked;
use super::definition::Each;

/// What a field holds, which decides how it can be tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A code, number or name, compared in capitals.
    Code,
    /// An ICD-10-CM code, with or without its point.
    Diagnosis,
    /// A count or an amount of dollars.
    Number,
    /// A day.
    Day,
}

/// How many of it there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Many {
    /// One, or it is missing.
    One,
    /// A list, which may be empty.
    List,
}
use Many::{List, One};

/// Whether a finding may show what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Open,
    /// Says something of the patient.
    Patient,
}
use Shown::{Open, Patient};

struct About {
    field: Field,
    name: &'static str,
    group: &'static str,
    label: &'static str,
    kind: Kind,
    many: Many,
    shown: Shown,
    pointer: &'static str,
    element: &'static str,
}

macro_rules! fields {
    ($($group:literal { $($variant:ident $name:literal $label:literal $kind:ident $many:ident $shown:ident $pointer:literal $element:literal;)* })*) => {
        /// A field of a claim or of its lines.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Field {
            $($(#[doc = concat!($label, ": `", $element, "`.")] $variant,)*)*
        }
        const FIELDS: &[About] = &[
            $($(About {
                field: Field::$variant,
                name: $name,
                group: $group,
                label: $label,
                kind: Kind::$kind,
                many: $many,
                shown: $shown,
                pointer: $pointer,
                element: $element,
            },)*)*
        ];
    };
}

/// The group of the fields that each line has.
const OF_LINES: &str = "Line";

fields! {
    "Claim" {
        Payer "payer" "Payer id" Code One Open "/payer/identifier" "2010BB NM109";
        FilingIndicator "filing_indicator" "Claim filing indicator" Code One Open "/payer/filing_indicator" "2000B SBR09";
        PayerSequence "payer_sequence" "Payer's turn (P, S, T)" Code One Open "/sequence" "2000B SBR01";
        OtherPayer "other_payer" "Other payers' ids" Code List Open "/other_payers" "2330B NM109";
        Frequency "frequency" "Frequency (1, 7, 8)" Code One Open "/frequency" "2300 CLM05-3";
        PlaceOfService "place_of_service" "Place of service" Code One Open "/place_of_service" "2300 CLM05-1";
        Charged "charged" "Total charge" Number One Open "/charged" "2300 CLM02";
        LineCount "line_count" "Number of lines" Number One Open "/lines" "2400 LX01";
        Diagnosis "diagnosis" "Any diagnosis" Diagnosis List Open "/diagnoses" "2300 HI";
        FirstDiagnosis "first_diagnosis" "First diagnosis" Diagnosis One Open "/diagnoses/0" "2300 HI01-2";
        DiagnosisCount "diagnosis_count" "Number of diagnoses" Number One Open "/diagnoses" "2300 HI";
        PriorAuthorization "prior_authorization" "Prior authorization number" Code One Open "/prior_authorization" "2300 REF02 (G1)";
        ReferralNumber "referral_number" "Referral number" Code One Open "/referral_number" "2300 REF02 (9F)";
        CliaNumber "clia_number" "CLIA number" Code One Open "/clia_number" "2300 REF02 (X4)";
        RelatedCause "related_cause" "Related cause (AA, EM, OA)" Code List Open "/related_causes" "2300 CLM11";
        AccidentState "accident_state" "State of the accident" Code One Open "/accident_state" "2300 CLM11-4";
        AccidentOn "accident_on" "Day of the accident" Day One Patient "/accident_on" "2300 DTP03 (439)";
        OnsetOn "onset_on" "Day of onset" Day One Patient "/onset_on" "2300 DTP03 (431)";
        LastSeenOn "last_seen_on" "Day last seen" Day One Patient "/last_seen_on" "2300 DTP03 (304)";
        AdmittedOn "admitted_on" "Day of admission" Day One Patient "/admitted_on" "2300 DTP03 (435)";
        DischargedOn "discharged_on" "Day of discharge" Day One Patient "/discharged_on" "2300 DTP03 (096)";
        SpecialProgram "special_program" "Special program" Code One Open "/special_program" "2300 CLM12";
        DelayReason "delay_reason" "Delay reason" Code One Open "/delay_reason" "2300 CLM20";
        Attachment "attachment" "Attachments' report types" Code List Open "/attachments" "2300 PWK01";
        Note "note" "Claim note" Code One Patient "/note" "2300 NTE02";
        DaysSinceService "days_since_service" "Days since the first service" Number One Open "/lines/0/from" "2400 DTP03 (472)";
    }
    "Patient" {
        PatientAge "patient_age" "Age on the day of service" Number One Patient "/patient/born_on" "2010CA DMG02";
        PatientSex "patient_sex" "Sex (F, M, U)" Code One Patient "/patient/sex" "2010CA DMG03";
        PatientRelationship "patient_relationship" "Relationship to the subscriber" Code One Patient "/patient/relationship" "2000C PAT01";
        GroupNumber "group_number" "Group number" Code One Patient "/subscriber/group_number" "2000B SBR03";
    }
    "Providers" {
        BillingNpi "billing_npi" "Billing NPI" Code One Open "/billing/npi" "2010AA NM109";
        BillingTaxonomy "billing_taxonomy" "Billing taxonomy" Code One Open "/billing/taxonomy" "2000A PRV03";
        BillingState "billing_state" "Billing provider's state" Code One Open "/billing/address/state" "2010AA N402";
        ReferringNpi "referring_npi" "Referring NPI" Code One Open "/referring/npi" "2310A NM109";
        SupervisingNpi "supervising_npi" "Supervising NPI" Code One Open "/supervising/npi" "2310D NM109";
        FacilityNpi "facility_npi" "Service facility NPI" Code One Open "/facility/npi" "2310C NM109";
    }
    "Line" {
        Procedure "procedure" "Procedure" Code One Open "procedure" "2400 SV101-2";
        OtherProcedure "other_procedure" "Procedures of the other lines" Code List Open "procedure" "2400 SV101-2";
        Modifier "modifier" "Modifiers" Code List Open "modifiers" "2400 SV101-3";
        ModifierCount "modifier_count" "Number of modifiers" Number One Open "modifiers" "2400 SV101-3";
        Units "units" "Units" Number One Open "units" "2400 SV104";
        Unit "unit" "Unit (UN, MJ)" Code One Open "unit" "2400 SV103";
        LineCharged "line_charged" "Charge of the line" Number One Open "charged" "2400 SV102";
        ServiceOn "service_on" "Day of service" Day One Patient "from" "2400 DTP03 (472)";
        ServiceDays "service_days" "Days from first to last" Number One Open "thru" "2400 DTP03 (472)";
        LinePlaceOfService "line_place_of_service" "Place of service of the line" Code One Open "place_of_service" "2400 SV105";
        PointedDiagnosis "pointed_diagnosis" "Diagnoses of the line" Diagnosis List Open "pointers" "2400 SV107";
        FirstPointedDiagnosis "first_pointed_diagnosis" "First diagnosis of the line" Diagnosis One Open "pointers" "2400 SV107-1";
        PointerCount "pointer_count" "Number of diagnoses of the line" Number One Open "pointers" "2400 SV107";
        RenderingNpi "rendering_npi" "Rendering NPI" Code One Open "rendering/npi" "2420A NM109";
        RenderingTaxonomy "rendering_taxonomy" "Rendering taxonomy" Code One Open "rendering/taxonomy" "2420A PRV03";
        OrderingNpi "ordering_npi" "Ordering NPI" Code One Open "ordering/npi" "2420E NM109";
        LineAuthorization "line_authorization" "Prior authorization of the line" Code One Open "prior_authorization" "2400 REF02 (G1)";
        Ndc "ndc" "Drug (NDC)" Code One Open "drug/ndc" "2410 LIN03";
        Description "description" "Description" Code One Open "description" "2400 SV101-7";
    }
}

/// What stands in a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Datum<'c> {
    Text(Cow<'c, str>),
    Number(Decimal),
    Day(NaiveDate),
}

/// What was seen, and where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen<'c> {
    pub(super) datum: Datum<'c>,
    line: Option<usize>,
    index: Option<usize>,
    /// The line says nothing of its own; the claim (or the billing provider) does.
    inherited: Option<(&'static str, &'static str)>,
}

impl Seen<'_> {
    fn text(text: &str) -> Seen<'_> {
        let text = if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            text.to_ascii_uppercase().into()
        } else {
            text.into()
        };
        Seen::of(Datum::Text(text))
    }
    fn of(datum: Datum<'_>) -> Seen<'_> {
        Seen { datum, line: None, index: None, inherited: None }
    }
    fn number(number: impl Into<Decimal>) -> Seen<'static> {
        Seen { datum: Datum::Number(number.into()), line: None, index: None, inherited: None }
    }
    fn day(day: NaiveDate) -> Seen<'static> {
        Seen { datum: Datum::Day(day), line: None, index: None, inherited: None }
    }
    fn on(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }
    fn at(mut self, index: usize) -> Self {
        self.index = Some(index);
        self
    }
    fn said_above(mut self, pointer: &'static str, element: &'static str) -> Self {
        self.inherited = Some((pointer, element));
        self
    }
}

impl Field {
    /// Every field, in the order of the form.
    pub fn all() -> impl Iterator<Item = Field> {
        FIELDS.iter().map(|about| about.field)
    }

    fn about(self) -> &'static About {
        FIELDS.iter().find(|about| about.field == self).expect("the table has every field")
    }

    /// As it is written in a definition: `place_of_service`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// By its name in a definition.
    #[must_use]
    pub fn named(name: &str) -> Option<Field> {
        FIELDS.iter().find(|about| about.name == name).map(|about| about.field)
    }

    /// What billers call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.about().label
    }

    /// With which others it stands in a form: `Claim`, `Patient`, `Providers`, `Line`.
    #[must_use]
    pub fn group(self) -> &'static str {
        self.about().group
    }

    /// What it holds.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.about().kind
    }

    /// Whether it is a line's.
    pub(super) fn is_of_lines(self) -> bool {
        self.about().group == OF_LINES
    }

    /// Whether a rule that is asked of each of these may test it.
    pub(super) fn is_asked_of(self, each: Each) -> bool {
        // Of a whole claim there are no other lines.
        self != Field::OtherProcedure || each == Each::Line
    }

    /// Whether there may be several of it, so that none is an empty list and nothing unknown.
    pub(super) fn is_list(self, asked: &Asked<'_>) -> bool {
        self.about().many == List || (self.is_of_lines() && asked.line.is_none())
    }

    /// What a finding shows of it.
    pub(super) fn shown(self, seen: &Seen<'_>) -> String {
        if self.about().shown == Patient {
            return String::new();
        }
        match &seen.datum {
            Datum::Text(text) => text.clone().into_owned(),
            Datum::Number(number) => number.normalize().to_string(),
            Datum::Day(day) => day.to_string(),
        }
    }

    /// Where it stands; `seen` is one of what is there.
    pub(super) fn spot(self, asked: &Asked<'_>, seen: Option<&Seen<'_>>) -> Spot {
        let about = self.about();
        if let Some((pointer, element)) = seen.and_then(|seen| seen.inherited) {
            return Spot::new(pointer, element);
        }
        let index = seen.and_then(|seen| seen.index);
        // Where nothing stands, the nearest place that the claim has.
        let pointer = match seen {
            Some(_) => about.pointer,
            None => self.nearest(),
        };
        if self.is_of_lines() && asked.claim.lines.is_empty() {
            return Spot::new("/lines", about.element);
        }
        if self.is_of_lines() {
            let line = seen.and_then(|seen| seen.line).or(asked.line).unwrap_or(0);
            return match (self, index) {
                (Field::Modifier, Some(index)) => {
                    Spot::line(line, &format!("modifiers/{index}"), format!("2400 SV101-{}", index + 3))
                }
                (Field::PointedDiagnosis, Some(index)) => {
                    Spot::line(line, &format!("pointers/{index}"), format!("2400 SV107-{}", index + 1))
                }
                _ => Spot::line(line, pointer, about.element),
            };
        }
        match (self, index) {
            (Field::Diagnosis, Some(index)) => Spot::diagnosis(index),
            (_, Some(index)) => Spot::new(format!("{}/{index}", about.pointer), about.element),
            (Field::PatientAge | Field::PatientSex, None)
                if asked.claim.patient.relationship.code() == "18" =>
            {
                Spot::new(pointer, about.element.replace("2010CA", "2010BA"))
            }
            (Field::PatientRelationship, None) if asked.claim.patient.relationship.code() == "18" => {
                Spot::new(pointer, "2000B SBR02")
            }
            (_, None) => Spot::new(pointer, about.element),
        }
    }

    /// Where it would stand, as far as a claim without it has that place.
    fn nearest(self) -> &'static str {
        let pointer = self.about().pointer;
        match self {
            Field::FirstDiagnosis => "/diagnoses",
            Field::DaysSinceService => "/lines",
            Field::ReferringNpi => "/referring",
            Field::SupervisingNpi => "/supervising",
            Field::FacilityNpi => "/facility",
            Field::RenderingNpi | Field::RenderingTaxonomy => "rendering",
            Field::OrderingNpi => "ordering",
            Field::Ndc => "drug",
            _ => pointer,
        }
    }

    /// Shows everything that stands there, in order. What is empty is not there.
    pub(super) fn see<'c>(self, asked: &Asked<'c>, mut take: impl FnMut(Seen<'c>)) {
        let claim = asked.claim;
        let mut see = |seen: Seen<'c>| {
            if !matches!(&seen.datum, Datum::Text(text) if text.trim().is_empty()) {
                take(seen);
            }
        };
        let count = |count: usize| Decimal::from(count);
        match self {
            Field::Payer => see(Seen::text(claim.payer.identifier.text())),
            Field::FilingIndicator => see(Seen::text(&claim.payer.filing_indicator)),
            Field::PayerSequence => see(Seen::of(character(claim.sequence.code()))),
            Field::OtherPayer => {
                for (index, other) in claim.other_payers.iter().enumerate() {
                    see(Seen::text(other.payer.identifier.text()).at(index));
                }
            }
            Field::Frequency => see(Seen::of(character(claim.frequency.code()))),
            Field::PlaceOfService => see(Seen::text(claim.place_of_service.text())),
            Field::Charged => see(Seen::number(dollars(claim.charged))),
            Field::LineCount => see(Seen::number(count(claim.lines.len()))),
            Field::Diagnosis => {
                for (index, code) in claim.diagnoses.iter().enumerate() {
                    see(diagnosis(code.text()).at(index));
                }
            }
            Field::FirstDiagnosis => {
                claim.diagnoses.iter().take(1).for_each(|code| see(diagnosis(code.text())))
            }
            Field::DiagnosisCount => see(Seen::number(count(claim.diagnoses.len()))),
            Field::PriorAuthorization => claim.prior_authorization.iter().for_each(|it| see(Seen::text(it))),
            Field::ReferralNumber => claim.referral_number.iter().for_each(|it| see(Seen::text(it))),
            Field::CliaNumber => claim.clia_number.iter().for_each(|it| see(Seen::text(it))),
            Field::RelatedCause => {
                for (index, cause) in claim.related_causes.iter().enumerate() {
                    see(Seen::text(cause.code()).at(index));
                }
            }
            Field::AccidentState => claim.accident_state.iter().for_each(|it| see(Seen::text(it.text()))),
            Field::AccidentOn => claim.accident_on.into_iter().for_each(|day| see(Seen::day(day))),
            Field::OnsetOn => claim.onset_on.into_iter().for_each(|day| see(Seen::day(day))),
            Field::LastSeenOn => claim.last_seen_on.into_iter().for_each(|day| see(Seen::day(day))),
            Field::AdmittedOn => claim.admitted_on.into_iter().for_each(|day| see(Seen::day(day))),
            Field::DischargedOn => claim.discharged_on.into_iter().for_each(|day| see(Seen::day(day))),
            Field::SpecialProgram => claim.special_program.iter().for_each(|it| see(Seen::text(it.code()))),
            Field::DelayReason => claim.delay_reason.iter().for_each(|it| see(Seen::text(it.code()))),
            Field::Attachment => {
                for (index, paper) in claim.attachments.iter().enumerate() {
                    see(Seen::text(&paper.report).at(index));
                }
            }
            Field::Note => claim.note.iter().for_each(|note| see(Seen::text(note.expose()))),
            Field::DaysSinceService => {
                if let Some((first, _)) = claim.service_dates() {
                    see(Seen::number((asked.today - first).num_days()));
                }
            }
            Field::PatientAge => {
                let born = claim.patient.born_on.as_ref().map(|day| *day.expose());
                let age = born.zip(asked.service_day()).and_then(|(born, day)| age_years(born, day));
                age.into_iter().for_each(|age| see(Seen::number(age)));
            }
            Field::PatientSex => claim.patient.sex.iter().for_each(|sex| see(Seen::text(sex.code()))),
            Field::PatientRelationship => see(Seen::text(claim.patient.relationship.code())),
            Field::GroupNumber => claim.subscriber.group_number.iter().for_each(|it| see(Seen::text(it))),
            Field::BillingNpi => claim.billing.npi.iter().for_each(|npi| see(Seen::text(npi.text()))),
            Field::BillingTaxonomy => claim.billing.taxonomy.iter().for_each(|it| see(Seen::text(it))),
            Field::BillingState => see(Seen::text(claim.billing.address.state.text())),
            Field::ReferringNpi => npi_of(claim.referring.as_ref()).for_each(|npi| see(Seen::text(npi))),
            Field::SupervisingNpi => npi_of(claim.supervising.as_ref()).for_each(|npi| see(Seen::text(npi))),
            Field::FacilityNpi => {
                let npi = claim.facility.as_ref().and_then(|facility| facility.npi.as_ref());
                npi.iter().for_each(|npi| see(Seen::text(npi.text())));
            }
            Field::OtherProcedure => {
                let others = claim.lines.iter().enumerate().filter(|(index, _)| Some(*index) != asked.line);
                others.for_each(|(index, line)| see(Seen::text(line.procedure.text()).on(index)));
            }
            of_lines => {
                for (index, line) in asked.lines() {
                    of_lines.see_line(asked, line, |seen| see(seen.on(index)));
                }
            }
        }
    }

    fn see_line<'c>(self, asked: &Asked<'c>, line: &'c ServiceLine, mut see: impl FnMut(Seen<'c>)) {
        let claim = asked.claim;
        let pointed = || {
            line.pointers.iter().enumerate().filter_map(|(index, pointer)| {
                let place = usize::from(*pointer).checked_sub(1)?;
                Some((index, claim.diagnoses.get(place)?.text()))
            })
        };
        match self {
            Field::Procedure => see(Seen::text(line.procedure.text())),
            Field::Modifier => {
                for (index, modifier) in line.modifiers.iter().enumerate() {
                    see(Seen::text(modifier.text()).at(index));
                }
            }
            Field::ModifierCount => see(Seen::number(Decimal::from(line.modifiers.len()))),
            Field::Units => see(Seen::number(line.units)),
            Field::Unit => see(Seen::text(match line.unit {
                Unit::Units => "UN",
                Unit::Minutes => "MJ",
            })),
            Field::LineCharged => see(Seen::number(dollars(line.charged))),
            Field::ServiceOn => line.from.into_iter().for_each(|day| see(Seen::day(day))),
            Field::ServiceDays => {
                let days = line.from.map(|from| (line.thru.unwrap_or(from) - from).num_days() + 1);
                days.into_iter().for_each(|days| see(Seen::number(days)));
            }
            Field::LinePlaceOfService => match &line.place_of_service {
                Some(place) => see(Seen::text(place.text())),
                None => {
                    let place = Seen::text(claim.place_of_service.text());
                    see(place.said_above("/place_of_service", "2300 CLM05-1"));
                }
            },
            Field::PointedDiagnosis => pointed().for_each(|(index, code)| see(diagnosis(code).at(index))),
            Field::FirstPointedDiagnosis => {
                pointed().filter(|(index, _)| *index == 0).for_each(|(_, code)| see(diagnosis(code)));
            }
            Field::PointerCount => see(Seen::number(Decimal::from(line.pointers.len()))),
            // 2310B is left out when the billing provider renders, 2420A when it is the claim's provider.
            Field::RenderingNpi => match (&line.rendering, &claim.rendering) {
                (Some(own), _) => npi_of(Some(own)).for_each(|npi| see(Seen::text(npi))),
                (None, Some(one)) => npi_of(Some(one))
                    .for_each(|npi| see(Seen::text(npi).said_above("/rendering/npi", "2310B NM109"))),
                (None, None) => claim.billing.npi.iter().for_each(|npi| {
                    see(Seen::text(npi.text()).said_above("/billing/npi", "2010AA NM109"));
                }),
            },
            Field::RenderingTaxonomy => match (&line.rendering, &claim.rendering) {
                (Some(own), _) => own.taxonomy.iter().for_each(|it| see(Seen::text(it))),
                (None, Some(one)) => one.taxonomy.iter().for_each(|it| {
                    see(Seen::text(it).said_above("/rendering/taxonomy", "2310B PRV03"));
                }),
                (None, None) => claim.billing.taxonomy.iter().for_each(|it| {
                    see(Seen::text(it).said_above("/billing/taxonomy", "2000A PRV03"));
                }),
            },
            Field::OrderingNpi => npi_of(line.ordering.as_deref()).for_each(|npi| see(Seen::text(npi))),
            Field::LineAuthorization => match (&line.prior_authorization, &claim.prior_authorization) {
                (Some(own), _) => see(Seen::text(own)),
                (None, Some(one)) => {
                    see(Seen::text(one).said_above("/prior_authorization", "2300 REF02 (G1)"));
                }
                (None, None) => {}
            },
            Field::Ndc => line.drug.iter().for_each(|drug| see(Seen::text(&drug.ndc))),
            Field::Description => line.description.iter().for_each(|it| see(Seen::text(it))),
            _of_the_claim => {}
        }
    }
}

fn npi_of(provider: Option<&Provider>) -> impl Iterator<Item = &str> {
    provider.and_then(|provider| provider.npi.as_ref()).map(Entered::text).into_iter()
}

fn dollars(amount: Money) -> Decimal {
    amount.to_decimal()
}

fn character<'c>(code: char) -> Datum<'c> {
    Datum::Text(code.to_string().into())
}

/// Codes that could not be read may still have their point.
fn diagnosis(code: &str) -> Seen<'_> {
    let seen = Seen::text(code);
    match seen.datum {
        Datum::Text(text) if text.contains('.') => Seen::of(Datum::Text(text.replace('.', "").into())),
        _ => seen,
    }
}

/// Used to write a code of a definition as claims have it.
pub(super) fn plain(kind: Kind, code: &str) -> String {
    let code = code.trim().to_ascii_uppercase();
    if kind == Kind::Diagnosis { code.replace('.', "") } else { code }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_the_same_name_in_the_table_and_in_json() {
        for field in Field::all() {
            assert_eq!(serde_json::to_value(field).unwrap(), field.name());
            assert_eq!(Field::named(field.name()), Some(field));
        }
    }
}
