//! An explanation of benefits that came on paper, entered by a person.
//!
//! What is entered becomes a [`document`](mod@document) of the same facts as a set of an 835, kept as a file
//! before it is read, and from there on goes the same way: balance, match, post, what follows.
//!
//! - What a person has typed is kept as a draft ([`crate::access::drafts`]) until it is posted.
//! - An EOB that does not add up is refused with each failing equation; nothing of it is kept.
//! - Reasons and remarks must be in force on the day of the payment (X12 lists 139 and 411).
//! - A payment is posted once, whether it is entered first and its 835 comes later or the other way
//!   round: payer, trace number, amount and day tell it.
//! - The paper's scan ([`scans`]) stands beside the form, and goes over to the remittance.
//!
//! Deliberately absent: reading the scan.

pub mod api;
mod document;
mod form;
pub mod pages;
pub mod scans;

pub use document::{
    Entered, Eob, EobAdjustment, EobClaim, EobLine, EobMethod, EobProviderAdjustment, is_entered,
};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::codes::Codes;
use crate::db::Tx;
use crate::registry::{patients, payers, providers};
use crate::remits::balance::{self, Imbalance, Level, Totals};
use crate::remits::matching::OurClaim;
use crate::remits::{store, variances};
use crate::submissions::newest_number;
use crate::types::{ClaimId, Money, PatientId, PayerId, PersonName, Phi, Place, Refusal, Result, Status};
use document::Payment;

/// An EOB's equations, with their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CheckedEob {
    /// Every equation holds: it may be posted.
    pub balanced: bool,
    /// What the payment is more than its claims less what was moved outside of them.
    pub difference: Money,
    /// Each service's, each claim's, and the payment's (005010X221A1 1.10.2.1).
    pub equations: Vec<EobEquation>,
}

/// One equation: `from - less = comes_to`, and what the EOB says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EobEquation {
    /// What it is about.
    pub level: Level,
    /// The claim's place in the EOB, from 1.
    pub claim: Option<u32>,
    /// The service's place in the claim, from 1.
    pub line: Option<u16>,
    /// In the guide's words: `SVC02 - CAS = SVC03`.
    pub equation: String,
    /// The left side before subtraction.
    pub from: Money,
    /// What is subtracted.
    pub less: Money,
    /// The difference.
    pub comes_to: Money,
    /// What the right side says.
    pub says: Money,
    /// By how much the two sides differ.
    pub off_by: Money,
}

impl From<&Imbalance> for EobEquation {
    fn from(equation: &Imbalance) -> EobEquation {
        EobEquation {
            level: equation.level,
            claim: equation.claim,
            line: equation.line,
            equation: equation.equation.clone(),
            from: equation.from,
            less: equation.less,
            comes_to: equation.from - equation.less,
            says: equation.says,
            off_by: equation.off_by(),
        }
    }
}

/// The equations of an EOB as far as it is entered. Asks no database.
#[must_use]
pub fn check(eob: &Eob) -> CheckedEob {
    let entered = Entered::of(Payment::of(eob, String::new(), String::new(), String::new()), eob);
    let equations = equations(&entered);
    let difference = equations.last().map_or(Money::ZERO, |payment| -payment.off_by());
    CheckedEob {
        balanced: equations.iter().all(|equation| equation.off_by().is_zero()),
        difference,
        equations: equations.iter().map(EobEquation::from).collect(),
    }
}

/// All equations, the payment's last.
fn equations(entered: &Entered) -> Vec<Imbalance> {
    let mut totals = Totals::default();
    let mut all = vec![];
    for claim in entered.claims() {
        all.extend(balance::equations(&claim));
        totals.paid += claim.paid;
    }
    totals.provider_adjustments = entered.provider_adjustments().iter().map(|item| item.amount).sum();
    all.push(balance::payment_equation(&entered.remittance(), totals));
    all
}

/// The document of an EOB, to be kept and received as a file. Writes nothing.
///
/// # Errors
/// `remits/eob-payer` when there is no such payer; `remits/eob-payee` when the practice has no billing
/// provider; `remits/eob-empty` without claims and amounts; `remits/eob-payment` for a payment below zero
/// or without a trace number; `remits/eob-code` for a reason or a remark that is in no list or not in
/// force on the day of the payment; `remits/eob-not-balanced`, with each equation that does not hold.
pub async fn document(tx: &mut Tx, codes: &Codes, eob: &Eob) -> Result<Entered> {
    let wrong = |code, field: &str, detail: String, next: &str| {
        let place = Place { field: Some(field.to_owned()), ..Place::default() };
        Refusal::new(code, Status::Invalid, detail, next).at(place)
    };
    let payer = payers::load(tx, &[eob.payer]).await?.into_iter().next().ok_or_else(|| {
        wrong(
            "remits/eob-payer",
            "/payer",
            format!("there is no payer {}", eob.payer),
            "Choose a payer on file",
        )
    })?;
    let payee = providers::billing(tx).await?.into_iter().next().ok_or_else(|| {
        let next = "Register the practice's billing provider, then enter the EOB";
        wrong(
            "remits/eob-payee",
            "",
            "the practice has no billing provider that could be paid".to_owned(),
            next,
        )
    })?;
    if eob.claims.is_empty() && eob.provider_adjustments.is_empty() {
        let next = "Enter the claims that the EOB decides";
        return Err(wrong("remits/eob-empty", "/claims", "the EOB decides no claim".to_owned(), next).into());
    }
    if eob.amount.is_negative() {
        let detail = format!("a payment of {} is none", eob.amount);
        let next =
            "Enter what was paid, 0.00 when nothing was; what the payer takes is entered as taken back";
        return Err(wrong("remits/eob-payment", "/amount", detail, next).into());
    }
    if !(1..=50).contains(&eob.number.trim().chars().count()) {
        let next = "Enter the number of the check or EFT; of a notice without payment its own number";
        let detail = "an EOB needs its check or EFT number, 1 to 50 characters".to_owned();
        return Err(wrong("remits/eob-payment", "/number", detail, next).into());
    }
    let payment = Payment::of(eob, payer.identifier.to_string(), payer.name.clone(), payee.npi.to_string());
    let entered = Entered::of(payment, eob);
    for (at, claim) in entered.claims().enumerate() {
        if let Some(unknown) = variances::unknown_codes(&claim, codes, eob.paid_on) {
            let (detail, next) = (unknown.detail, "Enter the code as it stands on the EOB");
            return Err(wrong("remits/eob-code", &format!("/claims/{at}"), detail, next).into());
        }
    }
    let fails: Vec<String> = equations(&entered)
        .iter()
        .filter(|equation| !equation.off_by().is_zero())
        .map(Imbalance::without_place)
        .collect();
    if !fails.is_empty() {
        let next = "Compare the amounts with the EOB; what it leaves over on a line is often CO-45";
        return Err(wrong("remits/eob-not-balanced", "", fails.join("; "), next).into());
    }
    Ok(entered)
}

/// A claim that an EOB may be about.
#[derive(Clone, Debug)]
pub struct FoundClaim {
    /// Its id.
    pub id: ClaimId,
    /// The control number that it was last sent with.
    pub number: String,
    /// Whose.
    pub patient: Phi<PersonName>,
    /// The payer that was asked.
    pub payer: String,
    /// First day of service.
    pub service_from: Option<NaiveDate>,
    /// What was charged.
    pub charged: Money,
}

/// Claims that were sent: that with this control number, else those of the patients whose account number
/// or name begins so, the latest service first.
pub async fn find_claims(tx: &mut Tx, text: &str, limit: i64) -> Result<Vec<FoundClaim>> {
    let text = text.trim();
    let numbered = store::sent_claims(tx, Some(text), &[], limit).await?;
    if !numbered.is_empty() {
        return Ok(numbered);
    }
    let people = patients::search(tx, text, None, limit).await?;
    let people: Vec<PatientId> = people.into_iter().map(|patient| patient.id).collect();
    if people.is_empty() { Ok(vec![]) } else { store::sent_claims(tx, None, &people, limit).await }
}

/// A claim as a payer takes back what it said of it: the newest decision that stands on its account, with
/// every amount the other way (005010X221A1 1.10.2.8).
///
/// # Errors
/// `remits/eob-nothing-posted` when no claim has that number, or nothing of it is posted.
pub async fn reversal(tx: &mut Tx, number: &str) -> Result<EobClaim> {
    let claim = store::sent_claims(tx, Some(number.trim()), &[], 1).await?.pop();
    let posted = match claim {
        Some(claim) => store::posted_decision(tx, claim.id).await?,
        None => None,
    };
    let mut taken_back = posted.ok_or_else(|| {
        let what = format!("nothing is posted for claim {number} that could be taken back");
        let next = "Compare the number with the EOB; what was not posted needs no reversal";
        Refusal::new("remits/eob-nothing-posted", Status::Conflict, what, next)
    })?;
    let turn = |adjustments: &mut Vec<EobAdjustment>| {
        for adjustment in adjustments {
            adjustment.amount = -adjustment.amount;
        }
    };
    taken_back.number = number.trim().to_owned();
    taken_back.status = "22".to_owned();
    (taken_back.charged, taken_back.paid) = (-taken_back.charged, -taken_back.paid);
    turn(&mut taken_back.adjustments);
    for line in &mut taken_back.lines {
        (line.charged, line.paid, line.allowed) = (-line.charged, -line.paid, None);
        turn(&mut line.adjustments);
    }
    Ok(taken_back)
}

/// A claim of ours as it is answered before anything is entered: its lines with their charges.
///
/// # Errors
/// `claims/not-found`; `remits/eob-not-sent` when the claim has no control number yet.
pub async fn prefilled(tx: &mut Tx, claim: ClaimId) -> Result<EobClaim> {
    Ok(prefilled_with_payer(tx, claim).await?.1)
}

/// The same, with the payer that was asked.
///
/// # Errors
/// As [`prefilled`].
pub async fn prefilled_with_payer(tx: &mut Tx, claim: ClaimId) -> Result<(PayerId, EobClaim)> {
    let ours: OurClaim = store::our_claims(tx, &[claim]).await?.remove(&claim).ok_or_else(|| {
        Refusal::new(
            "claims/not-found",
            Status::NotFound,
            format!("there is no claim {claim}"),
            "Check the id",
        )
    })?;
    let number = newest_number(tx, claim).await?.ok_or_else(|| {
        Refusal::new(
            "remits/eob-not-sent",
            Status::Conflict,
            format!("{claim} was not sent, so no payer can have answered it"),
            "Submit the claim, or choose another",
        )
    })?;
    let filled = EobClaim {
        number,
        status: if ours.is_primary { "1" } else { "2" }.to_owned(),
        charged: ours.charged,
        lines: ours
            .lines
            .into_iter()
            .map(|line| EobLine {
                control_number: Some(line.control_number),
                procedure: line.procedure,
                modifiers: line.modifiers,
                service_on: line.from,
                charged: line.charged,
                ..EobLine::default()
            })
            .collect(),
        ..EobClaim::default()
    };
    Ok((ours.payer, filled))
}
