//! A visit and its charges.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::types::{
    EncounterId, Entered, FileId, Icd10Code, Modifier, Money, PatientId, Phi, PlaceOfService, ProcedureCode,
    ProviderId,
};

/// A visit, as the practice system reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encounter {
    /// Its id.
    pub id: EncounterId,
    /// The practice system's own number.
    pub visit_number: Phi<String>,
    /// Who was treated.
    pub patient: PatientId,
    /// Who bills.
    pub billing: ProviderId,
    /// Who treated, when the file says so.
    pub rendering: Option<ProviderId>,
    /// Who referred.
    pub referring: Option<ProviderId>,
    /// Where.
    pub place_of_service: Entered<PlaceOfService>,
    /// The first day of service.
    pub service_on: NaiveDate,
    /// In order: lines point by position, from 1.
    pub diagnoses: Vec<Entered<Icd10Code>>,
    /// REF*G1.
    pub prior_authorization: Option<String>,
    /// REF*9F.
    pub referral_number: Option<String>,
    /// DTP*439.
    pub accident_on: Option<NaiveDate>,
    /// CLM11, as entered: `AA`, or several with blanks between.
    pub related_cause: Option<String>,
    /// What else the file says of the visit, for the rare claim that needs it.
    pub circumstances: Circumstances,
    /// The sum of the lines.
    pub charged: Money,
    /// The file it came from.
    pub file: FileId,
    /// The first of its rows in that file.
    pub first_row: i32,
    /// The last of its rows in that file.
    pub last_row: i32,
    /// In the order of the file.
    pub lines: Vec<ChargeLine>,
}

/// What few visits need to say: where an accident happened, days before the visit, certificates,
/// papers. Codes as entered: the scrubber names the wrong ones on the claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Circumstances {
    /// CLM11-4.
    pub accident_state: Option<String>,
    /// CLM11-5.
    pub accident_country: Option<String>,
    /// CLM12.
    pub special_program: Option<String>,
    /// CLM20.
    pub delay_reason: Option<String>,
    /// DTP*431.
    pub onset_on: Option<NaiveDate>,
    /// DTP*454.
    pub initial_treatment_on: Option<NaiveDate>,
    /// DTP*304.
    pub last_seen_on: Option<NaiveDate>,
    /// DTP*453.
    pub acute_manifestation_on: Option<NaiveDate>,
    /// DTP*484.
    pub last_menstrual_period_on: Option<NaiveDate>,
    /// DTP*435.
    pub admitted_on: Option<NaiveDate>,
    /// DTP*096.
    pub discharged_on: Option<NaiveDate>,
    /// REF*X4.
    pub clia_number: Option<String>,
    /// REF*EW.
    pub mammography_number: Option<String>,
    /// PWK.
    pub attachments: Vec<AttachedPaper>,
}

/// PWK: a paper or file that goes with the claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedPaper {
    /// PWK01.
    pub report: String,
    /// PWK02.
    pub transmission: String,
    /// PWK06.
    pub control_number: Option<String>,
}

/// One charge of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeLine {
    /// CPT or HCPCS.
    pub procedure: Entered<ProcedureCode>,
    /// At most four.
    pub modifiers: Vec<Entered<Modifier>>,
    /// What is asked; never negative.
    pub charged: Money,
    /// More than 0, at most three decimals.
    pub units: Decimal,
    /// Positions in the visit's diagnoses, from 1; the first is the reason for the service.
    pub pointers: Vec<u8>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day of a range.
    pub thru: Option<NaiveDate>,
}
