//! Does a set add up? Three equations, to the cent (X221 1.10.2.1):
//!
//! - service: `SVC02 - CAS of the service = SVC03`
//! - claim: `CLP03 - CAS of the claim and its services = CLP04`
//! - transaction: `BPR02 = sum of CLP04 - sum of PLB amounts`
//!
//! A positive CAS or PLB amount lowers the payment, a negative one raises it. What each claim
//! says is looked at once, one claim at a time; nothing but running totals is kept.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::remits::model::{ClaimStatus, ProviderAdjustment, RemitClaim, Remittance, Unreadable};
use crate::remits::payee::PayeeNumber;
use crate::remits::rules::{Cares, Mode, listed as listed_cares};
use crate::types::{Bytes, GroupCode, Money, Npi};

/// How many reasons of one set are kept; a file that is wrong throughout need not say so a
/// million times. The rest is counted.
const REASONS_MAX: usize = 1_000;

/// Where an equation was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One SVC.
    Service,
    /// One CLP.
    Claim,
    /// The whole set.
    Transaction,
}

/// An equation that does not hold, with its numbers and its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imbalance {
    /// What was checked.
    pub level: Level,
    /// The claim's place in the set, from 1.
    pub claim: Option<u32>,
    /// The service's place in the claim, from 1.
    pub line: Option<u16>,
    /// The equation in the guide's words: `SVC02 - CAS = SVC03`.
    pub equation: String,
    /// The left side before subtraction, such as SVC02.
    pub from: Money,
    /// What is subtracted.
    pub less: Money,
    /// What the right side says.
    pub says: Money,
    /// Where it stands.
    pub bytes: Bytes,
}

impl Imbalance {
    /// By how much the two sides differ: left less right.
    #[must_use]
    pub fn off_by(&self) -> Money {
        self.from - self.less - self.says
    }

    /// In words, for what is entered and has no place in a file yet.
    #[must_use]
    pub fn without_place(&self) -> String {
        let claim = self.claim.map(|claim| format!("claim {claim}, ")).unwrap_or_default();
        let line = self.line.map(|line| format!("line {line}, ")).unwrap_or_default();
        let Imbalance { equation, from, less, says, .. } = self;
        let (comes_to, off_by) = (*from - *less, self.off_by());
        format!("{claim}{line}{equation}: {from} - {less} = {comes_to}, not {says} (off by {off_by})")
    }
}

impl fmt::Display for Imbalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.without_place(), self.bytes)
    }
}

/// Why a set moves no money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Why {
    /// It does not add up.
    NotBalanced(Imbalance),
    /// BPR02 is below zero, which the guide forbids; FB carries such a balance forward.
    NegativePayment {
        /// BPR02.
        paid: Money,
        /// The BPR.
        bytes: Bytes,
    },
    /// BPR03 is `D`: the payer would take money, which no 835 can.
    Debit {
        /// BPR02.
        paid: Money,
        /// The BPR.
        bytes: Bytes,
    },
    /// Part of it cannot be read.
    Unreadable(Unreadable),
    /// It pays somebody else than a billing provider of this practice.
    AnotherPayee {
        /// The payee's numbers.
        named: Vec<PayeeNumber>,
        /// Some of the billing providers that it could have named.
        expected: Vec<Npi>,
        /// N1*PE.
        bytes: Bytes,
    },
    /// It does not say whom it pays, and answers no claim of this practice.
    UnnamedPayee {
        /// N1*PE.
        bytes: Bytes,
    },
    /// A test file, and the practice is in production.
    TestFile,
    /// Another file has paid under the same trace number, but another amount, on another day, or
    /// for other claims.
    SameTrace {
        /// The remittance that was posted under it.
        posted: String,
    },
    /// It adds up, and the payer's rule wants a person to look at it.
    Review {
        /// The payer's mode.
        mode: Mode,
        /// What in it is to be looked at.
        cares: Cares,
    },
    /// The payment is posted already.
    Duplicate {
        /// The remittance that posted it.
        posted: String,
    },
    /// There was more of the kind than is kept.
    AndMore {
        /// How many more.
        count: u64,
    },
}

impl Why {
    /// A person may post the set all the same. What cannot be read, is no payment, is somebody else's or
    /// is posted stays held whatever anybody says.
    #[must_use]
    pub const fn may_be_overridden(&self) -> bool {
        match self {
            Why::NotBalanced(_) | Why::SameTrace { .. } | Why::Review { .. } => true,
            Why::NegativePayment { .. }
            | Why::Debit { .. }
            | Why::Unreadable(_)
            | Why::AnotherPayee { .. }
            | Why::UnnamedPayee { .. }
            | Why::TestFile
            | Why::Duplicate { .. }
            | Why::AndMore { .. } => false,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::NotBalanced(imbalance) => imbalance.fmt(f),
            Why::NegativePayment { paid, bytes } => write!(f, "BPR02 is negative: {paid}, {bytes}"),
            Why::Debit { paid, bytes } => write!(f, "BPR03 asks for {paid} instead of paying it, {bytes}"),
            Why::Unreadable(Unreadable { byte_offset, segment, message }) => {
                write!(f, "{segment} at byte {byte_offset}: {message}")
            }
            Why::AnotherPayee { named, expected, bytes } => {
                write!(
                    f,
                    "N1*PE names {}, which is no billing provider of this practice; expected {}, {bytes}: \
                     register the billing provider and retry, or pass the file on to whom it pays",
                    listed(named, " and "),
                    if expected.is_empty() {
                        "one, and none is registered".to_owned()
                    } else {
                        format!("one such as NPI {}", listed(expected, " or "))
                    }
                )
            }
            Why::UnnamedPayee { bytes } => write!(
                f,
                "N1*PE has no NPI and no tax id, and no CLP01 is a control number of this practice, {bytes}: \
                 ask the payer whom it pays and for a file that says so"
            ),
            Why::TestFile => f.write_str("ISA15 says test, and the organization is in production"),
            Why::SameTrace { posted } => {
                write!(
                    f,
                    "{posted} was posted under the same trace number, and differs in amount, day or claims"
                )
            }
            Why::Review { mode, cares } if cares.is_empty() => {
                write!(f, "ready to post: the payer's rule ({mode}) wants a person to look at every set")
            }
            Why::Review { mode, cares } => {
                write!(
                    f,
                    "ready to post: the payer's rule ({mode}) wants a person to look at {}",
                    listed_cares(cares)
                )
            }
            Why::Duplicate { posted } => write!(f, "the payment was posted by {posted}"),
            Why::AndMore { count } => write!(f, "and {count} more"),
        }
    }
}

fn listed<T: fmt::Display>(all: &[T], between: &str) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

/// Something odd that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// The claim's place in the set, from 1.
    pub claim: u32,
    /// The rule that does not hold: `CLP03 = sum of SVC02`.
    pub rule: String,
    /// What the left side says.
    pub says: Money,
    /// What the right side comes to.
    pub comes_to: Money,
    /// The claim.
    pub bytes: Bytes,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Warning { claim, rule, says, comes_to, bytes } = self;
        write!(f, "claim {claim}, {rule}: {says}, not {comes_to}, {bytes}")
    }
}

/// Sums over a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// CLPs.
    pub claims: u32,
    /// CLPs that take an earlier payment back (CLP02 22).
    pub reversals: u32,
    /// Sum of CLP03.
    pub charged: Money,
    /// Sum of CLP04.
    pub paid: Money,
    /// Sum of the PLB amounts: positive lowers the payment.
    pub provider_adjustments: Money,
    /// Sum of CLP05.
    pub patient_responsibility: Money,
    /// Sum of what is stated as allowed (AMT*B6).
    pub allowed: Money,
    /// SVCs.
    pub services: u32,
    /// Sum of SVC02.
    pub services_charged: Money,
    /// Sum of the services' CAS.
    pub services_adjusted: Money,
    /// Sum of SVC03.
    pub services_paid: Money,
    /// Sum of all CAS, of claims and services.
    pub claims_adjusted: Money,
}

/// A set that adds up. Only [`Balance::close`] makes one, so whoever has it need not check again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalancedRemit {
    remittance: Remittance,
    totals: Totals,
    warnings: Vec<Warning>,
}

impl BalancedRemit {
    /// Who pays how much.
    #[must_use]
    pub const fn remittance(&self) -> &Remittance {
        &self.remittance
    }
    /// Its sums.
    #[must_use]
    pub const fn totals(&self) -> Totals {
        self.totals
    }
    /// What is odd about it.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

/// A set that moves no money, and every reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Who would pay how much.
    pub remittance: Remittance,
    /// Its sums, as far as it could be read.
    pub totals: Totals,
    /// Each failing equation and unreadable place.
    pub why: Vec<Why>,
}

/// The equations of one claim with their numbers, whether they hold or not: its services', then its own.
pub fn equations(claim: &RemitClaim) -> impl Iterator<Item = Imbalance> {
    let services = claim.lines.iter().map(|line| Imbalance {
        level: Level::Service,
        claim: Some(claim.ordinal),
        line: Some(line.line_no),
        equation: "SVC02 - CAS = SVC03".into(),
        from: line.charged,
        less: line.adjustments.iter().map(|a| a.amount).sum(),
        says: line.paid,
        bytes: line.bytes,
    });
    let whole = || Imbalance {
        level: Level::Claim,
        claim: Some(claim.ordinal),
        line: None,
        equation: "CLP03 - CAS = CLP04".into(),
        from: claim.charged,
        less: claim.all_adjustments().map(|(_, a)| a.amount).sum(),
        says: claim.paid,
        bytes: claim.bytes,
    };
    services.chain(std::iter::once_with(whole))
}

/// The equation of the payment with its numbers, whether it holds or not.
#[must_use]
pub fn payment_equation(remittance: &Remittance, totals: Totals) -> Imbalance {
    Imbalance {
        level: Level::Transaction,
        claim: None,
        line: None,
        equation: "BPR02 = CLP04 - PLB".into(),
        from: totals.paid,
        less: totals.provider_adjustments,
        says: remittance.paid,
        bytes: remittance.payment_bytes,
    }
}

/// Checks one set, claim by claim.
///
/// ```
/// # use firstpass::remits::{balance::Balance, model::*};
/// # let remittance = Remittance { set_ordinal: 1, is_test: false, payer_name: "PAYER".into(),
/// #     payer_identifiers: vec![], payee: Default::default(), trace_number: "1".into(), payer_trace_id: "2".into(), handling: "H".into(),
/// #     paid: firstpass::types::Money::from_cents(100), is_debit: false, method: "NON".into(), paid_on: None,
/// #     produced_on: None, bytes: Default::default(), payment_bytes: Default::default() };
/// let nothing_came = Balance::open(remittance).close();
/// assert_eq!(nothing_came.unwrap_err().why[0].to_string(),
///     "BPR02 = CLP04 - PLB: 0.00 - 0.00 = 0.00, not 1.00 (off by -1.00), bytes 0-0");
/// ```
#[derive(Clone, Debug)]
pub struct Balance {
    remittance: Remittance,
    totals: Totals,
    why: Vec<Why>,
    more: u64,
    warnings: Vec<Warning>,
}

impl Balance {
    /// Begins with what the set says of itself.
    #[must_use]
    pub fn open(remittance: Remittance) -> Balance {
        Balance { remittance, totals: Totals::default(), why: vec![], more: 0, warnings: vec![] }
    }

    /// The service and claim equations of one claim.
    pub fn claim(&mut self, claim: &RemitClaim) {
        for equation in equations(claim) {
            let Imbalance { from, less, says, .. } = equation;
            if equation.level == Level::Service {
                self.totals.services += 1;
                self.totals.services_charged += from;
                self.totals.services_adjusted += less;
                self.totals.services_paid += says;
            } else {
                self.totals.claims += 1;
                self.totals.charged += from;
                self.totals.claims_adjusted += less;
                self.totals.paid += says;
            }
            self.check(equation);
        }
        if !claim.lines.is_empty() {
            let lines = claim.lines.iter().map(|line| line.charged).sum();
            self.expect(claim, "CLP03 = sum of SVC02", claim.charged, lines);
        }
        let patients = claim
            .all_adjustments()
            .filter(|(_, a)| a.group == GroupCode::PatientResponsibility)
            .map(|(_, a)| a.amount)
            .sum();
        self.expect(claim, "CLP05 = sum of PR", claim.patient_responsibility, patients);
        self.totals.reversals += u32::from(claim.status == ClaimStatus::Reversal);
        self.totals.patient_responsibility += claim.patient_responsibility;
        self.totals.allowed += claim.lines.iter().filter_map(|line| line.allowed).sum::<Money>();
    }

    /// One PLB amount.
    pub fn provider_adjustment(&mut self, adjustment: &ProviderAdjustment) {
        self.totals.provider_adjustments += adjustment.amount;
    }

    /// Something that could not be read: the set is held whatever its sums say.
    pub fn unreadable(&mut self, unreadable: Unreadable) {
        self.because(Why::Unreadable(unreadable));
    }

    /// Where the set ends, known only now.
    pub fn ends_at(&mut self, last_byte: u64) {
        self.remittance.bytes.last = last_byte;
    }

    /// The transaction's equation, and the verdict.
    ///
    /// # Errors
    /// [`Held`], when any equation fails, a part was unreadable or the payment is no payment.
    pub fn close(mut self) -> Result<BalancedRemit, Box<Held>> {
        let (paid, bytes) = (self.remittance.paid, self.remittance.payment_bytes);
        if paid.is_negative() {
            self.because(Why::NegativePayment { paid, bytes });
        }
        if self.remittance.is_debit && !paid.is_zero() {
            self.because(Why::Debit { paid, bytes });
        }
        self.check(payment_equation(&self.remittance, self.totals));
        if self.why.is_empty() {
            return Ok(BalancedRemit {
                remittance: self.remittance,
                totals: self.totals,
                warnings: self.warnings,
            });
        }
        if self.more > 0 {
            self.why.push(Why::AndMore { count: self.more });
        }
        Err(Box::new(Held { remittance: self.remittance, totals: self.totals, why: self.why }))
    }

    fn check(&mut self, equation: Imbalance) {
        if !equation.off_by().is_zero() {
            self.because(Why::NotBalanced(equation));
        }
    }

    fn because(&mut self, why: Why) {
        if self.why.len() < REASONS_MAX {
            self.why.push(why);
        } else {
            self.more += 1;
        }
    }

    fn expect(&mut self, claim: &RemitClaim, rule: &str, says: Money, comes_to: Money) {
        if says != comes_to && self.warnings.len() < REASONS_MAX {
            let rule = rule.to_owned();
            self.warnings.push(Warning { claim: claim.ordinal, rule, says, comes_to, bytes: claim.bytes });
        }
    }
}
