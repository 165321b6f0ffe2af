//! A claim as the payer took it from an 837: what adjudication needs, and what an answer echoes.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::types::{GroupCode, Money, PersonName, Phi};

/// A claim that the payer received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReceivedClaim {
    /// CLM01: returned in CLP01 and in the 277CA's TRN02.
    pub control_number: String,
    /// CLM02.
    pub charged: Money,
    /// CLM05-1.
    pub facility: String,
    /// CLM05-3.
    pub frequency: Frequency,
    /// REF*F8: which of our claims a replacement or void is about.
    pub original: Option<String>,
    /// SBR01.
    pub turn: Turn,
    /// SBR03.
    pub group_number: Option<String>,
    /// NM109 of the insured person.
    pub member_id: Phi<String>,
    /// The insured person.
    pub subscriber: Phi<PersonName>,
    /// The patient; the subscriber, unless there was a patient level.
    pub patient: Phi<PersonName>,
    /// NM109 of 2010BB: whom the claim was meant for.
    pub payer_identifier: String,
    /// Who bills and is paid.
    pub payee: Payee,
    /// Who rendered the services, when said at the claim: NPI and name.
    pub rendering: Option<Rendering>,
    /// REF*D9, which a 277CA returns.
    pub clearinghouse_number: Option<String>,
    /// A principal diagnosis was sent.
    pub has_diagnosis: bool,
    /// The payers before us that said what they did, in their order.
    pub earlier: Vec<EarlierPayer>,
    /// LX.
    pub lines: Vec<ReceivedLine>,
}

/// A line of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReceivedLine {
    /// SV101-1, returned in SVC01-1.
    pub qualifier: String,
    /// SV101-2.
    pub procedure: String,
    /// SV101-3 to -6.
    pub modifiers: Vec<String>,
    /// SV102.
    pub charged: Money,
    /// SV104.
    pub units: Option<Decimal>,
    /// DTP*472: first day; a line without a readable date is rejected in the 277CA.
    pub first_day: Option<NaiveDate>,
    /// DTP*472: last day.
    pub last_day: Option<NaiveDate>,
    /// REF*6R, returned in the 835.
    pub control_number: Option<String>,
    /// A prior authorization was sent, here or for the whole claim.
    pub authorized: bool,
    /// What the payers before us did with it.
    pub earlier: Vec<EarlierLine>,
}

/// An earlier payer's account of a claim (2320).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EarlierPayer {
    /// AMT*D.
    pub paid: Option<Money>,
    /// CAS of the claim as a whole.
    pub adjustments: Vec<Adjusted>,
    /// DTP*573, unless the lines say.
    pub paid_on: Option<NaiveDate>,
}

/// An earlier payer's account of a line (2430).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EarlierLine {
    /// SVD02.
    pub paid: Money,
    /// CAS of the line.
    pub adjustments: Vec<Adjusted>,
    /// DTP*573.
    pub paid_on: Option<NaiveDate>,
}

/// One adjustment: who bears it, why, how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Adjusted {
    /// CAS01.
    pub group: GroupCode,
    /// CARC.
    pub reason: String,
    /// Positive lowers the payment.
    pub amount: Money,
}

impl Adjusted {
    /// One adjustment.
    pub fn new(group: GroupCode, reason: &str, amount: Money) -> Adjusted {
        Adjusted { group, reason: reason.to_owned(), amount }
    }
}

/// CLM05-3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Frequency {
    /// `1`, and every code that is neither 7 nor 8.
    Original,
    /// `7`
    Replacement,
    /// `8`
    Void,
}

impl Frequency {
    /// Returned in CLP09.
    pub const fn code(&self) -> &'static str {
        match self {
            Frequency::Original => "1",
            Frequency::Replacement => "7",
            Frequency::Void => "8",
        }
    }
}

/// Whose turn we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Turn {
    /// `P`, and `U`
    First,
    /// `S`
    Second,
    /// `T` and later.
    Third,
}

/// Who is paid: one payment a payee and round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Payee {
    /// NM109 of 2010AA, or nothing when it sent no NPI.
    pub npi: Option<String>,
    /// REF*EI or SY.
    pub tax_id: Option<String>,
    /// NM103, with NM104 for a person.
    pub name: String,
    /// N301, N401, N402, N403.
    pub address: Option<[String; 4]>,
}

impl Payee {
    /// The number by which we know the payee: in PLB01 and as the key of what it owes.
    pub fn number(&self) -> &str {
        self.npi.as_deref().or(self.tax_id.as_deref()).unwrap_or("UNKNOWN")
    }
}

/// Who rendered the services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rendering {
    /// NPI.
    pub npi: String,
    /// Name.
    pub name: PersonName,
    /// A person or an organization.
    pub is_person: bool,
}

impl ReceivedClaim {
    /// The first day of service.
    pub fn first_day(&self) -> Option<NaiveDate> {
        self.lines.iter().filter_map(|line| line.first_day).min()
    }
    /// The last day of service.
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.lines.iter().filter_map(|line| line.last_day).max()
    }
    /// When the latest of the earlier payers paid.
    pub fn earlier_paid_on(&self) -> Option<NaiveDate> {
        let of_lines = self.lines.iter().flat_map(|line| &line.earlier).filter_map(|one| one.paid_on);
        self.earlier.iter().filter_map(|one| one.paid_on).chain(of_lines).max()
    }
    /// True when an earlier payer said what it did.
    pub fn shows_earlier_payment(&self) -> bool {
        self.earlier.iter().any(|one| one.paid.is_some() || !one.adjustments.is_empty())
            || self.lines.iter().any(|line| !line.earlier.is_empty())
    }
}
