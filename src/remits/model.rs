//! A remittance as a poster sees it. X12 names stop at `map_835.rs`; its elements are named here
//! only to say where a field comes from (005010X221A1).

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::claims::model::Adjustment;
use crate::remits::payee::Payee;
use crate::types::{Bytes, MemberId, Money, PersonName, Phi, Rarc};

/// One 835 transaction set without its claims: who pays how much, by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remittance {
    /// Place of the ST in its file, from 1.
    pub set_ordinal: u32,
    /// ISA15 is `T`: what it says moves no money of a practice in production.
    pub is_test: bool,
    /// 1000A N102.
    pub payer_name: String,
    /// Numbers under which the payer may be on file, best first: REF*2U, N104, TRN03, ISA06.
    pub payer_identifiers: Vec<String>,
    /// 1000B: who is paid.
    pub payee: Payee,
    /// TRN02: the payment's trace number; a check's number.
    pub trace_number: String,
    /// TRN03: who issued the trace number.
    pub payer_trace_id: String,
    /// BPR01: `I` remittance only, `H` no payment, `C` payment with remittance …
    pub handling: String,
    /// BPR02.
    pub paid: Money,
    /// BPR03 is `D`: the amount would be taken from us.
    pub is_debit: bool,
    /// BPR04: `ACH`, `CHK`, `NON`, `FWT`, `BOP`.
    pub method: String,
    /// BPR16; payers leave it out.
    pub paid_on: Option<NaiveDate>,
    /// DTM*405.
    pub produced_on: Option<NaiveDate>,
    /// From ST to SE, or to where a truncated set ends.
    pub bytes: Bytes,
    /// BPR, which a wrong total is shown by.
    pub payment_bytes: Bytes,
}

impl Remittance {
    /// Its header was read: BPR to N1*PE.
    #[must_use]
    pub const fn has_header(&self) -> bool {
        self.payment_bytes.last > self.payment_bytes.first
    }

    /// The day on which its money moves: of the payment, else of the file, else the day on which
    /// it came in.
    #[must_use]
    pub fn effective_on(&self, received_on: NaiveDate) -> NaiveDate {
        self.paid_on.or(self.produced_on).unwrap_or(received_on)
    }
}

/// CLP02: how the payer processed the claim.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ClaimStatus {
    /// `1`
    Primary,
    /// `2`
    Secondary,
    /// `3`
    Tertiary,
    /// `4`: only that the patient is unknown; other denials are 1 to 3 and pay nothing.
    Denied,
    /// `19`
    PrimaryForwarded,
    /// `20`
    SecondaryForwarded,
    /// `21`
    TertiaryForwarded,
    /// `22`: takes an earlier payment back.
    Reversal,
    /// `23`: not this payer's claim; sent on to another.
    NotOursForwarded,
    /// `25`: says what would be paid.
    Predetermination,
    /// A code that the guide does not have.
    Other(String),
}

impl ClaimStatus {
    /// Those of a payer that came after another one.
    pub const LATER_PAYERS: [ClaimStatus; 4] = [
        ClaimStatus::Secondary,
        ClaimStatus::Tertiary,
        ClaimStatus::SecondaryForwarded,
        ClaimStatus::TertiaryForwarded,
    ];

    /// The code of CLP02.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            ClaimStatus::Primary => "1",
            ClaimStatus::Secondary => "2",
            ClaimStatus::Tertiary => "3",
            ClaimStatus::Denied => "4",
            ClaimStatus::PrimaryForwarded => "19",
            ClaimStatus::SecondaryForwarded => "20",
            ClaimStatus::TertiaryForwarded => "21",
            ClaimStatus::Reversal => "22",
            ClaimStatus::NotOursForwarded => "23",
            ClaimStatus::Predetermination => "25",
            ClaimStatus::Other(code) => code,
        }
    }

    /// From CLP02.
    #[must_use]
    pub fn from_code(code: &str) -> ClaimStatus {
        match code {
            "1" => ClaimStatus::Primary,
            "2" => ClaimStatus::Secondary,
            "3" => ClaimStatus::Tertiary,
            "4" => ClaimStatus::Denied,
            "19" => ClaimStatus::PrimaryForwarded,
            "20" => ClaimStatus::SecondaryForwarded,
            "21" => ClaimStatus::TertiaryForwarded,
            "22" => ClaimStatus::Reversal,
            "23" => ClaimStatus::NotOursForwarded,
            "25" => ClaimStatus::Predetermination,
            other => ClaimStatus::Other(other.to_owned()),
        }
    }

    /// The payer decided on payment: neither a reversal nor a word about something else.
    #[must_use]
    pub const fn decides(&self) -> bool {
        match self {
            ClaimStatus::Primary
            | ClaimStatus::Secondary
            | ClaimStatus::Tertiary
            | ClaimStatus::Denied
            | ClaimStatus::PrimaryForwarded
            | ClaimStatus::SecondaryForwarded
            | ClaimStatus::TertiaryForwarded => true,
            ClaimStatus::Reversal
            | ClaimStatus::NotOursForwarded
            | ClaimStatus::Predetermination
            | ClaimStatus::Other(_) => false,
        }
    }

    /// 19 to 21: the payer sent the claim on to the next one itself.
    #[must_use]
    pub const fn is_forwarded(&self) -> bool {
        matches!(
            self,
            ClaimStatus::PrimaryForwarded | ClaimStatus::SecondaryForwarded | ClaimStatus::TertiaryForwarded
        )
    }

    /// The payer came after another one, and so restates the whole charge.
    #[must_use]
    pub fn is_later_payer(&self) -> bool {
        ClaimStatus::LATER_PAYERS.contains(self)
    }
}

/// What a payer decided about one claim: a CLP with what hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemitClaim {
    /// Place in the set, from 1.
    pub ordinal: u32,
    /// CLP01: what we sent as CLM01, or what the payer made of it; `0` when unknown.
    pub patient_control_number: String,
    /// CLP02.
    pub status: ClaimStatus,
    /// CLP03.
    pub charged: Money,
    /// CLP04.
    pub paid: Money,
    /// CLP05; absent is nothing.
    pub patient_responsibility: Money,
    /// CLP06.
    pub filing_indicator: Option<String>,
    /// CLP07.
    pub payer_claim_control_number: Option<String>,
    /// NM1*QC.
    pub patient: Option<Phi<PersonName>>,
    /// NM109 of the insured (IL), else of the patient (QC).
    pub member_id: Option<MemberId>,
    /// NM1*74: how the payer has the insured on file, when not as we sent it.
    pub corrected_insured: Option<CorrectedInsured>,
    /// NM1*TT: the payer to which the claim was sent on.
    pub forwarded_to: Option<String>,
    /// CAS of 2100: what was adjusted on the claim as a whole.
    pub adjustments: Vec<Adjustment>,
    /// MOA03-07, MIA05, MIA20-23.
    pub remarks: Vec<Rarc>,
    /// DTM*232.
    pub service_from: Option<NaiveDate>,
    /// DTM*233.
    pub service_thru: Option<NaiveDate>,
    /// SVC, in order; a payer may answer the claim as a whole and send none.
    pub lines: Vec<RemitLine>,
    /// From CLP to the last segment that belongs to it.
    pub bytes: Bytes,
}

impl RemitClaim {
    /// Every adjustment with the line it stands on, claim level first.
    pub fn all_adjustments(&self) -> impl Iterator<Item = (Option<&RemitLine>, &Adjustment)> {
        self.adjustments
            .iter()
            .map(|adjustment| (None, adjustment))
            .chain(self.lines.iter().flat_map(|line| line.adjustments.iter().map(move |a| (Some(line), a))))
    }

    /// First and last day of service: of the claim, else over its lines.
    #[must_use]
    pub fn service_dates(&self) -> Option<(NaiveDate, NaiveDate)> {
        let lines_from = || self.lines.iter().filter_map(|line| line.service_from).min();
        let lines_thru =
            || self.lines.iter().filter_map(|line| line.service_thru.or(line.service_from)).max();
        let from = self.service_from.or_else(lines_from)?;
        Some((from, self.service_thru.or_else(lines_thru).unwrap_or(from)))
    }

    /// True when it is a part of a claim that the payer split: it decides a part of the charge (MA15).
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.has_remark(&["MA15"])
    }

    /// True when the payer sent the claim on to the next one itself (crossover), so that nobody bills that one again:
    /// by CLP02 19 to 21, by NM1*TT, or by a remark that says so.
    #[must_use]
    pub fn is_crossed_over(&self) -> bool {
        self.status.is_forwarded() || self.forwarded_to.is_some() || self.has_remark(&["MA18", "MA07", "N89"])
    }

    /// True when a remark of the claim or of a line is one of these.
    #[must_use]
    pub fn has_remark(&self, codes: &[&str]) -> bool {
        let lines = self.lines.iter().flat_map(|line| &line.remarks);
        self.remarks.iter().chain(lines).any(|remark| codes.contains(&remark.as_str()))
    }
}

/// NM1*74: the insured as the payer knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectedInsured {
    /// NM103-107, when the name differs.
    pub name: Option<Phi<PersonName>>,
    /// NM109, when the number differs.
    pub member_id: Option<MemberId>,
}

/// What a payer decided about one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemitLine {
    /// Place in the claim, from 1.
    pub line_no: u16,
    /// REF*6R: our line's control number.
    pub control_number: Option<String>,
    /// SVC01-2: the procedure (or revenue code, or drug) that was adjudicated.
    pub procedure: String,
    /// SVC01-3 to -6.
    pub modifiers: Vec<String>,
    /// SVC06-2: what we billed, when the payer adjudicated something else.
    pub billed_procedure: Option<String>,
    /// DTM*472 or DTM*150.
    pub service_from: Option<NaiveDate>,
    /// DTM*151.
    pub service_thru: Option<NaiveDate>,
    /// SVC02.
    pub charged: Money,
    /// SVC03.
    pub paid: Money,
    /// SVC05; absent is one.
    pub units: Option<Decimal>,
    /// AMT*B6: what the contract allows; enters no balance.
    pub allowed: Option<Money>,
    /// CAS of 2110.
    pub adjustments: Vec<Adjustment>,
    /// LQ*HE.
    pub remarks: Vec<Rarc>,
    /// From SVC to the last segment that belongs to it.
    pub bytes: Bytes,
}

/// One reason and amount of a PLB: money moved outside any claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderAdjustment {
    /// Place in the set, from 1, over all PLB segments.
    pub ordinal: u32,
    /// PLB03-1, 05-1 …
    pub reason: String,
    /// PLB03-2, 05-2 …: the payer's choice, often the number of the claim that caused it.
    pub reference: Option<String>,
    /// PLB04, 06 …: positive lowers the payment.
    pub amount: Money,
    /// The PLB segment.
    pub bytes: Bytes,
}

/// Something in a set that cannot be read as what it should be: the set is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// Where the segment begins.
    pub byte_offset: u64,
    /// The segment's identifier, such as `CAS`; empty when there is none.
    pub segment: String,
    /// What is wrong with it, without what stood there.
    pub message: String,
}
