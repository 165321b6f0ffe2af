//! A claim as a biller sees it. X12 names stop at `map_837.rs`; its loops are named here only
//! to say where a field goes.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::claims::circumstances::{Attachment, DelayReason, MedicareSecondary, SpecialProgram};
use crate::types::{
    Address, Carc, ClaimId, Entered, GroupCode, Icd10Code, MemberId, Modifier, Money, Npi, PayerId,
    PayerIdentifier, PersonName, Phi, PlaceOfService, ProcedureCode, Sex, StateCode, TaxId,
};

/// A professional claim (005010X222A1) to one payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Ours; a claim read from a file that is not ours gets a fresh one.
    pub id: ClaimId,
    /// CLM01 when the claim has been, or was read from, a submission. Whose form it has depends on who issued it.
    pub patient_control_number: Option<String>,
    /// CLM05-3: original, replacement of, or void of an earlier claim.
    pub frequency: Frequency,
    /// 2300 REF*F8: the payer's number of the claim that is replaced or voided.
    pub payer_claim_control_number: Option<String>,
    /// SBR01: this payer's place among the patient's payers.
    pub sequence: PayerSequence,
    /// 2000B SBR05, when the payer that is asked is Medicare and not the first.
    #[serde(default)]
    pub medicare_secondary: Option<MedicareSecondary>,
    /// 2010BB: who is asked.
    pub payer: Payer,
    /// 2010AA.
    pub billing: BillingProvider,
    /// 2010BA.
    pub subscriber: Subscriber,
    /// 2010CA, or the subscriber again when the patient is the subscriber.
    pub patient: Patient,
    /// CLM02.
    pub charged: Money,
    /// AMT*F5: what the patient has paid already.
    pub patient_paid: Option<Money>,
    /// CLM05-1.
    pub place_of_service: Entered<PlaceOfService>,
    /// CLM06.
    pub signature_on_file: bool,
    /// CLM07: true A (assigned), false C (not assigned).
    pub accepts_assignment: bool,
    /// CLM08.
    pub benefits_assigned: bool,
    /// CLM09: true Y, false I (informed consent under federal law).
    pub release_of_information: bool,
    /// CLM10 = P: the provider signed for the patient, who was not there to sign.
    #[serde(default)]
    pub signed_for_patient: bool,
    /// CLM11-1 and -2.
    pub related_causes: Vec<RelatedCause>,
    /// CLM11-4: where an auto accident happened.
    #[serde(default)]
    pub accident_state: Option<Entered<StateCode>>,
    /// CLM11-5, when that was outside the United States.
    #[serde(default)]
    pub accident_country: Option<String>,
    /// CLM12.
    #[serde(default)]
    pub special_program: Option<SpecialProgram>,
    /// CLM20.
    #[serde(default)]
    pub delay_reason: Option<DelayReason>,
    /// HI: the first is the principal diagnosis; lines point by position, from 1.
    pub diagnoses: Vec<Entered<Icd10Code>>,
    /// 2310A.
    pub referring: Option<Provider>,
    /// 2310B, when it is not the billing provider.
    pub rendering: Option<Provider>,
    /// 2310C, when it is not the billing address.
    pub facility: Option<Facility>,
    /// 2310D.
    pub supervising: Option<Provider>,
    /// DTP*431.
    pub onset_on: Option<NaiveDate>,
    /// DTP*454.
    #[serde(default)]
    pub initial_treatment_on: Option<NaiveDate>,
    /// DTP*304.
    #[serde(default)]
    pub last_seen_on: Option<NaiveDate>,
    /// DTP*453: acute manifestation of a chronic condition.
    #[serde(default)]
    pub acute_manifestation_on: Option<NaiveDate>,
    /// DTP*439.
    pub accident_on: Option<NaiveDate>,
    /// DTP*484.
    #[serde(default)]
    pub last_menstrual_period_on: Option<NaiveDate>,
    /// DTP*435.
    pub admitted_on: Option<NaiveDate>,
    /// DTP*096.
    pub discharged_on: Option<NaiveDate>,
    /// REF*G1.
    pub prior_authorization: Option<String>,
    /// REF*9F.
    pub referral_number: Option<String>,
    /// PWK: at most ten.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// REF*EW: mammography certification.
    #[serde(default)]
    pub mammography_number: Option<String>,
    /// REF*X4.
    pub clia_number: Option<String>,
    /// NTE*ADD.
    pub note: Option<Phi<String>>,
    /// 2320: what other payers have done, in the order in which they pay.
    pub other_payers: Vec<OtherPayer>,
    /// 2400, in order; line numbers are positions from 1.
    pub lines: Vec<ServiceLine>,
}

impl Claim {
    /// The sum of the lines: what CLM02 must be (X222 2300 CLM02).
    #[must_use]
    pub fn lines_total(&self) -> Money {
        self.lines.iter().map(|line| line.charged).sum()
    }

    /// The first and last day of service over all lines, when any line has a date.
    #[must_use]
    pub fn service_dates(&self) -> Option<(NaiveDate, NaiveDate)> {
        let from = self.lines.iter().filter_map(|line| line.from).min()?;
        let thru = self.lines.iter().filter_map(|line| line.thru.or(line.from)).max()?;
        Some((from, thru))
    }
}

/// CLM05-3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// `1`
    Original,
    /// `7`: replaces a claim that the payer has adjudicated.
    Replacement,
    /// `8`: takes back a claim that the payer has adjudicated.
    Void,
    /// Any other digit or letter, as read from a file; we never send it on a professional claim.
    Other(char),
}

impl Frequency {
    /// The character of CLM05-3.
    #[must_use]
    pub const fn code(self) -> char {
        match self {
            Frequency::Original => '1',
            Frequency::Replacement => '7',
            Frequency::Void => '8',
            Frequency::Other(code) => code,
        }
    }
    /// From CLM05-3.
    #[must_use]
    pub const fn from_code(code: char) -> Frequency {
        match code {
            '1' => Frequency::Original,
            '7' => Frequency::Replacement,
            '8' => Frequency::Void,
            other => Frequency::Other(other),
        }
    }
}

/// SBR01: whose turn it is to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayerSequence {
    /// `P`
    Primary,
    /// `S`
    Secondary,
    /// `T`
    Tertiary,
    /// `A` to `H`: payer four to eleven.
    Later(u8),
    /// `U`
    Unknown,
}

impl PayerSequence {
    /// The character of SBR01.
    #[must_use]
    pub fn code(self) -> char {
        match self {
            PayerSequence::Primary => 'P',
            PayerSequence::Secondary => 'S',
            PayerSequence::Tertiary => 'T',
            PayerSequence::Later(place) => char::from(b'A' + place.clamp(4, 11) - 4),
            PayerSequence::Unknown => 'U',
        }
    }
    /// From SBR01.
    #[must_use]
    pub fn from_code(code: &str) -> Option<PayerSequence> {
        match code.as_bytes() {
            b"P" => Some(PayerSequence::Primary),
            b"S" => Some(PayerSequence::Secondary),
            b"T" => Some(PayerSequence::Tertiary),
            [letter @ b'A'..=b'H'] => Some(PayerSequence::Later(letter - b'A' + 4)),
            b"U" => Some(PayerSequence::Unknown),
            _ => None,
        }
    }
    /// The payer that comes after this one.
    #[must_use]
    pub const fn next(self) -> PayerSequence {
        match self {
            PayerSequence::Primary => PayerSequence::Secondary,
            PayerSequence::Secondary => PayerSequence::Tertiary,
            PayerSequence::Tertiary => PayerSequence::Later(4),
            PayerSequence::Later(place) => PayerSequence::Later(place + 1),
            PayerSequence::Unknown => PayerSequence::Unknown,
        }
    }
}

/// 2010BB: the payer that is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    /// The registry's payer; none on a claim read from a file.
    pub id: Option<PayerId>,
    /// NM109.
    pub identifier: Entered<PayerIdentifier>,
    /// NM103.
    pub name: String,
    /// SBR09: `CI` commercial, `MB` Medicare B, `MC` Medicaid, `BL` Blue Cross …
    pub filing_indicator: String,
}

impl Payer {
    /// Medicare, part A or B (SBR09).
    #[must_use]
    pub fn is_medicare(&self) -> bool {
        matches!(self.filing_indicator.as_str(), "MA" | "MB")
    }
}

/// 2010AA with PRV*BI of 2000A.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingProvider {
    /// An organization, or a person who bills for themselves.
    pub name: ProviderName,
    /// NM109; absent only for providers that need none (atypical).
    pub npi: Option<Entered<Npi>>,
    /// PRV03.
    pub taxonomy: Option<String>,
    /// REF*EI or REF*SY.
    pub tax_id: Entered<TaxId>,
    /// REF*SY instead of REF*EI.
    pub tax_id_is_ssn: bool,
    /// N3, N4: a street, no post-office box.
    pub address: Address,
    /// 2010AB: where money goes, when elsewhere.
    pub pay_to: Option<Address>,
}

/// A provider's name: NM102 1 a person, 2 an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderName {
    /// NM102 = 1.
    Person(PersonName),
    /// NM102 = 2.
    Organization(String),
}

/// Referring, rendering or supervising provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// A rendering provider may be an organization.
    pub name: ProviderName,
    /// NM109.
    pub npi: Option<Entered<Npi>>,
    /// PRV03.
    pub taxonomy: Option<String>,
}

/// 2310C: where the service was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facility {
    /// NM103.
    pub name: String,
    /// NM109.
    pub npi: Option<Entered<Npi>>,
    /// N3, N4.
    pub address: Address,
}

/// 2010BA and SBR: the insured person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    /// NM103-107.
    pub name: Phi<PersonName>,
    /// NM109.
    pub member_id: Entered<MemberId>,
    /// SBR03.
    pub group_number: Option<String>,
    /// SBR04.
    pub group_name: Option<String>,
    /// DMG02; required when the subscriber is the patient.
    pub born_on: Option<Phi<NaiveDate>>,
    /// DMG03.
    pub sex: Option<Sex>,
    /// N3, N4; required when the subscriber is the patient.
    pub address: Option<Phi<Address>>,
}

/// The person who was treated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// PAT01, or SBR02 = 18.
    pub relationship: Relationship,
    /// NM103-107.
    pub name: Phi<PersonName>,
    /// DMG02.
    pub born_on: Option<Phi<NaiveDate>>,
    /// PAT06.
    pub died_on: Option<Phi<NaiveDate>>,
    /// DMG03.
    pub sex: Option<Sex>,
    /// N3, N4.
    pub address: Option<Phi<Address>>,
}

/// The patient's relationship to the subscriber (SBR02, PAT01).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relationship {
    /// `18`: the patient is the subscriber.
    Itself,
    /// `01`
    Spouse,
    /// `19`
    Child,
    /// `G8`
    OtherRelationship,
    /// Any other code of PAT01.
    Other(String),
}

impl Relationship {
    /// The code of SBR02 or PAT01.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Relationship::Itself => "18",
            Relationship::Spouse => "01",
            Relationship::Child => "19",
            Relationship::OtherRelationship => "G8",
            Relationship::Other(code) => code,
        }
    }
    /// From the code.
    #[must_use]
    pub fn from_code(code: &str) -> Relationship {
        match code {
            "18" => Relationship::Itself,
            "01" => Relationship::Spouse,
            "19" => Relationship::Child,
            "G8" => Relationship::OtherRelationship,
            other => Relationship::Other(other.to_owned()),
        }
    }
}

/// CLM11: what the condition is related to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelatedCause {
    /// `AA`
    AutoAccident,
    /// `EM`
    Employment,
    /// `OA`
    OtherAccident,
    /// Any other code.
    Other(String),
}

impl RelatedCause {
    /// The code of CLM11.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            RelatedCause::AutoAccident => "AA",
            RelatedCause::Employment => "EM",
            RelatedCause::OtherAccident => "OA",
            RelatedCause::Other(code) => code,
        }
    }
    /// From the code.
    #[must_use]
    pub fn from_code(code: &str) -> RelatedCause {
        match code {
            "AA" => RelatedCause::AutoAccident,
            "EM" => RelatedCause::Employment,
            "OA" => RelatedCause::OtherAccident,
            other => RelatedCause::Other(other.to_owned()),
        }
    }
}

/// 2400: one billed service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLine {
    /// REF*6R: ours, echoed by the remittance.
    pub control_number: Option<String>,
    /// SV101-2.
    pub procedure: Entered<ProcedureCode>,
    /// SV101-3 to -6.
    pub modifiers: Vec<Entered<Modifier>>,
    /// SV101-7: required for unlisted procedures.
    pub description: Option<String>,
    /// SV102.
    pub charged: Money,
    /// SV103.
    pub unit: Unit,
    /// SV104.
    pub units: Decimal,
    /// SV105, when it differs from the claim's.
    pub place_of_service: Option<Entered<PlaceOfService>>,
    /// SV107: positions in the claim's diagnoses, from 1; the first is the reason for the service.
    pub pointers: Vec<u8>,
    /// DTP*472, the first day; absent only when the source had none.
    pub from: Option<NaiveDate>,
    /// DTP*472, the last day of a range.
    pub thru: Option<NaiveDate>,
    /// 2420A, when it differs from the claim's. Boxed, as all that few lines have: a line is moved often.
    pub rendering: Option<Box<Provider>>,
    /// 2420E.
    pub ordering: Option<Box<Provider>>,
    /// REF*G1 of the line.
    pub prior_authorization: Option<String>,
    /// PWK of the line: at most ten.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// REF*EW of the line, when it differs from the claim's.
    #[serde(default)]
    pub mammography_number: Option<String>,
    /// REF*X4 of the line, when it differs from the claim's.
    #[serde(default)]
    pub clia_number: Option<String>,
    /// LIN*N4 with CTP.
    pub drug: Option<Box<Drug>>,
    /// 2430: what other payers did with this line.
    pub adjudications: Vec<LineAdjudication>,
}

impl ServiceLine {
    /// One unit of a procedure, of which nothing else is said yet.
    #[must_use]
    pub const fn of(procedure: Entered<ProcedureCode>) -> ServiceLine {
        ServiceLine {
            control_number: None,
            procedure,
            modifiers: vec![],
            description: None,
            charged: Money::ZERO,
            unit: Unit::Units,
            units: Decimal::ONE,
            place_of_service: None,
            pointers: vec![],
            from: None,
            thru: None,
            rendering: None,
            ordering: None,
            prior_authorization: None,
            attachments: vec![],
            mammography_number: None,
            clia_number: None,
            drug: None,
            adjudications: vec![],
        }
    }

    /// The letters of the diagnoses that it points to: 1 is A.
    pub fn pointer_letters(&self) -> impl Iterator<Item = char> {
        self.pointers.iter().map(|pointer| char::from(b'A' + pointer.saturating_sub(1).min(25)))
    }
}

/// SV103.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// `UN`
    Units,
    /// `MJ`: anesthesia.
    Minutes,
}

impl Unit {
    /// The code of SV103.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Unit::Units => "UN",
            Unit::Minutes => "MJ",
        }
    }
}

/// LIN and CTP: the drug that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drug {
    /// LIN03: eleven digits in 5-4-2 form.
    pub ndc: String,
    /// CTP04.
    pub quantity: Decimal,
    /// CTP05-1: F2, GR, ME, ML, UN.
    pub unit: String,
}

/// An amount that a payer did not pay, and why (CAS).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// CAS01.
    pub group: GroupCode,
    /// CAS02.
    pub reason: Carc,
    /// CAS03: positive lowers the payment.
    pub amount: Money,
    /// CAS04.
    pub quantity: Option<Decimal>,
}

/// 2320, 2330A, 2330B: another payer of the same claim, and what it did when it came first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherPayer {
    /// SBR01.
    pub sequence: PayerSequence,
    /// 2320 SBR05, when this payer is Medicare and not the first.
    #[serde(default)]
    pub medicare_secondary: Option<MedicareSecondary>,
    /// SBR02: the patient's relationship to this payer's subscriber.
    pub relationship: Relationship,
    /// 2330B.
    pub payer: Payer,
    /// SBR03.
    pub group_number: Option<String>,
    /// 2330A NM1.
    pub subscriber: Phi<PersonName>,
    /// 2330A NM109.
    pub member_id: Entered<MemberId>,
    /// OI03.
    pub benefits_assigned: bool,
    /// What it decided, once it has.
    pub decision: Option<OtherPayerDecision>,
}

/// What an earlier payer decided about the claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherPayerDecision {
    /// AMT*D.
    pub paid: Money,
    /// AMT*EAF.
    pub remaining_patient_liability: Option<Money>,
    /// CAS of 2320: only what that payer adjusted at claim level.
    pub adjustments: Vec<Adjustment>,
    /// 2330B REF*F8.
    pub payer_claim_control_number: Option<String>,
    /// 2330B DTP*573, or of the lines.
    pub decided_on: Option<NaiveDate>,
}

/// 2430: what an earlier payer decided about one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineAdjudication {
    /// SVD01 = NM109 of 2330B.
    pub payer_identifier: String,
    /// SVD02.
    pub paid: Money,
    /// SVD03-2: the procedure that was paid, which the payer may have changed.
    pub procedure: Entered<ProcedureCode>,
    /// SVD03-3 to -6.
    pub modifiers: Vec<Entered<Modifier>>,
    /// SVD05.
    pub units: Decimal,
    /// CAS.
    pub adjustments: Vec<Adjustment>,
    /// DTP*573.
    pub decided_on: Option<NaiveDate>,
}
