//! A visit and its charges.

use chrono::NaiveDate;
use rust_decimal::Decimal;

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
