//! What a credit balance is, what may be done about it, and what that moves. Pure.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;

use crate::ledger::{About, AccountKind, LedgerError, Transfer};
use crate::remits::adjustments;
use crate::remits::exceptions::AskedAgain;
use crate::types::{
    ClaimId, CreditActionId, EntryId, Money, PatientId, PayerId, PersonName, Phi, Place, Quarter,
    ReceiptApplicationId, ReceiptId, RefundPaymentId, Refusal, RemitExceptionId, SettlementId,
    SmallBalanceWriteOffId, Status,
};

/// What kind of credit it is: whose money, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditKind {
    /// A payer's receivable for a visit is below zero: it paid more than it owed.
    PayerOverpaid,
    /// A patient's receivable is below zero: the patient paid more than was theirs.
    PatientOverpaid,
    /// What is kept for a patient: decided to be theirs, or paid ahead.
    PatientCredit,
}

impl CreditKind {
    /// All of them.
    pub const ALL: [CreditKind; 3] =
        [CreditKind::PayerOverpaid, CreditKind::PatientOverpaid, CreditKind::PatientCredit];

    /// The account on which it stands.
    #[must_use]
    pub const fn account(self) -> AccountKind {
        match self {
            CreditKind::PayerOverpaid => AccountKind::InsuranceAr,
            CreditKind::PatientOverpaid => AccountKind::PatientAr,
            CreditKind::PatientCredit => AccountKind::PatientCredits,
        }
    }

    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            CreditKind::PayerOverpaid => "Payer over-paid",
            CreditKind::PatientOverpaid => "Patient over-paid",
            CreditKind::PatientCredit => "Patient's credit",
        }
    }

    /// What may be done about it, the usual first.
    #[must_use]
    pub const fn actions(self) -> &'static [ActionKind] {
        match self {
            CreditKind::PayerOverpaid => {
                &[ActionKind::Refund, ActionKind::WaitForPayer, ActionKind::CreditPatient]
            }
            // A payer's money pays nobody else's visit; a patient's may pay another of theirs.
            CreditKind::PatientOverpaid | CreditKind::PatientCredit => {
                &[ActionKind::Refund, ActionKind::Move]
            }
        }
    }
}

/// Which credit: the balance of one owner for one visit on one account. There is no row of it
/// anywhere; this names the sum.
///
/// ```
/// use firstpass::credits::CreditId;
/// use firstpass::types::PatientId;
/// let id = CreditId::Held { claim: None, patient: PatientId::new() };
/// assert_eq!(id.to_string().parse(), Ok(id));
/// assert!("held.none".parse::<CreditId>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CreditId {
    /// [`CreditKind::PayerOverpaid`]: the visit's account claim, and the payer.
    Payer {
        /// The visit.
        claim: ClaimId,
        /// Whose money it is.
        payer: PayerId,
    },
    /// [`CreditKind::PatientOverpaid`].
    Patient {
        /// The visit; none: the patient's visits without a claim, together.
        claim: Option<ClaimId>,
        /// Whose money it is.
        patient: PatientId,
    },
    /// [`CreditKind::PatientCredit`].
    Held {
        /// The visit that it came from; none: paid ahead.
        claim: Option<ClaimId>,
        /// Whose money it is.
        patient: PatientId,
    },
}

impl CreditId {
    /// Its kind.
    #[must_use]
    pub const fn kind(self) -> CreditKind {
        match self {
            CreditId::Payer { .. } => CreditKind::PayerOverpaid,
            CreditId::Patient { .. } => CreditKind::PatientOverpaid,
            CreditId::Held { .. } => CreditKind::PatientCredit,
        }
    }

    /// The visit, when it is of one.
    #[must_use]
    pub const fn claim(self) -> Option<ClaimId> {
        match self {
            CreditId::Payer { claim, .. } => Some(claim),
            CreditId::Patient { claim, .. } | CreditId::Held { claim, .. } => claim,
        }
    }

    /// Whose money it is, when it is a payer's.
    #[must_use]
    pub const fn payer(self) -> Option<PayerId> {
        match self {
            CreditId::Payer { payer, .. } => Some(payer),
            CreditId::Patient { .. } | CreditId::Held { .. } => None,
        }
    }

    /// Whose money it is, when it is a patient's.
    #[must_use]
    pub const fn patient(self) -> Option<PatientId> {
        match self {
            CreditId::Payer { .. } => None,
            CreditId::Patient { patient, .. } | CreditId::Held { patient, .. } => Some(patient),
        }
    }

    /// What the database holds of it: account, visit, owner.
    ///
    /// # Errors
    /// When they name no credit: an account of another kind, or a payer's without its visit.
    pub(super) fn stored(
        account: i16,
        claim: Option<ClaimId>,
        owner: uuid::Uuid,
    ) -> anyhow::Result<CreditId> {
        let patient = PatientId::from_uuid(owner);
        match (AccountKind::from_number(account), claim) {
            (Some(AccountKind::InsuranceAr), Some(claim)) => {
                Ok(CreditId::Payer { claim, payer: PayerId::from_uuid(owner) })
            }
            (Some(AccountKind::PatientAr), claim) => Ok(CreditId::Patient { claim, patient }),
            (Some(AccountKind::PatientCredits), claim) => Ok(CreditId::Held { claim, patient }),
            _ => anyhow::bail!("account {account} holds no credit"),
        }
    }
}

/// What stands for a visit that there is none of.
const NO_CLAIM: &str = "none";

impl fmt::Display for CreditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let visit = |claim: &Option<ClaimId>| claim.map_or_else(|| NO_CLAIM.to_owned(), |id| id.to_string());
        match self {
            CreditId::Payer { claim, payer } => write!(f, "payer.{claim}.{payer}"),
            CreditId::Patient { claim, patient } => write!(f, "patient.{}.{patient}", visit(claim)),
            CreditId::Held { claim, patient } => write!(f, "held.{}.{patient}", visit(claim)),
        }
    }
}

/// A text that names no credit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no credit: expected payer, patient or held, a claim's id and the owner's")]
pub struct NoCreditId;

impl FromStr for CreditId {
    type Err = NoCreditId;
    fn from_str(text: &str) -> Result<CreditId, NoCreditId> {
        fn id<T: FromStr>(text: &str) -> Result<T, NoCreditId> {
            text.parse().map_err(|_names_another_thing| NoCreditId)
        }
        let mut parts = text.split('.');
        let (Some(word), Some(claim), Some(owner), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NoCreditId);
        };
        let visit = || if claim == NO_CLAIM { Ok(None) } else { id(claim).map(Some) };
        match word {
            "payer" => Ok(CreditId::Payer { claim: id(claim)?, payer: id(owner)? }),
            "patient" => Ok(CreditId::Patient { claim: visit()?, patient: id(owner)? }),
            "held" => Ok(CreditId::Held { claim: visit()?, patient: id(owner)? }),
            _ => Err(NoCreditId),
        }
    }
}
impl Serialize for CreditId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for CreditId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CreditId, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Filing indicators (SBR09) of payers whose over-payments go back by law: Medicare A and B, Medicare Advantage,
/// Medicaid.
pub(super) const ON_THE_CLOCK: [&str; 4] = ["MA", "MB", "16", "MC"];

/// Days from the identification of an over-payment to its report and return.
///
/// 42 CFR 401.305(b)(1) for Medicare A and B; section 1128J(d) of the Social Security Act (42 U.S.C.
/// 1320a-7k(d)) says the same of all that is paid under titles XVIII and XIX: of Medicare Advantage and Medicaid,
/// too.
pub(super) const REPORT_DAYS: u64 = 60;

/// The last day on which an over-payment of a payer goes back; none where no law says one.
///
/// Counted from the business date of the entry that made the balance a credit: an over-payment is not
/// identified before that day, so the alarm is never late. Waiting for the payer does not stop it.
#[must_use]
pub fn report_by(filing_indicator: &str, since: NaiveDate) -> Option<NaiveDate> {
    ON_THE_CLOCK.contains(&filing_indicator).then(|| since + Days::new(REPORT_DAYS))
}

/// A credit balance, as the ledger has it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CreditBalance)]
pub struct Credit {
    /// Which one.
    #[schema(value_type = String)]
    pub id: CreditId,
    /// What kind.
    pub kind: CreditKind,
    /// The visit's account claim.
    pub claim: Option<ClaimId>,
    /// That claim's newest control number.
    pub number: Option<String>,
    /// Who was treated, or whose credit it is.
    pub patient: Option<PatientId>,
    /// The patient's name.
    #[serde(skip)]
    pub patient_name: Option<Phi<PersonName>>,
    /// Who paid too much, when a payer did.
    pub payer: Option<PayerId>,
    /// How the payer is called.
    pub payer_name: Option<String>,
    /// How much, positive: the balance without its sign.
    pub amount: Money,
    /// Business date of the entry that made it a credit.
    pub since: NaiveDate,
    /// That entry.
    pub since_entry: EntryId,
    /// Days since then.
    pub age_days: i64,
    /// The last day on which it goes back by law: Medicare and Medicaid.
    pub report_by: Option<NaiveDate>,
    /// Days until then; negative when it is late.
    pub days_left: Option<i64>,
    /// A person said that the payer will take it back.
    pub waits: Option<Waits>,
}

impl Credit {
    /// For a person: a payer's name, or that it is the patient's.
    #[must_use]
    pub fn owner(&self) -> &str {
        match self.kind {
            CreditKind::PayerOverpaid => self.payer_name.as_deref().unwrap_or("Payer"),
            CreditKind::PatientOverpaid | CreditKind::PatientCredit => "Patient",
        }
    }

    /// What may be done about this one. What Medicare or Medicaid paid too much goes back to them.
    #[must_use]
    pub fn actions(&self) -> Vec<ActionKind> {
        let theirs = self.report_by.is_some();
        let may = |action: &ActionKind| match action {
            ActionKind::CreditPatient => !theirs,
            ActionKind::WaitForPayer => self.waits.is_none(),
            ActionKind::Refund | ActionKind::Move => true,
        };
        self.kind.actions().iter().copied().filter(may).collect()
    }

    fn about(&self) -> About {
        let patient = self.id.patient().or(self.patient);
        About { claim: self.claim, payer: self.id.payer(), patient }
    }
}

/// That a payer will take an over-payment back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CreditWait)]
pub struct Waits {
    /// The decision; undo it to decide anew.
    pub action: CreditActionId,
    /// The day of the decision.
    pub since: NaiveDate,
    /// What the person said.
    pub note: Option<String>,
}

/// The kinds of action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CreditActionKind)]
pub enum ActionKind {
    /// It is owed back, to the payer or the patient, and waits to be paid.
    Refund,
    /// The payer will take it back by itself (CLP02 22, PLB WO): it stays open, and nothing moves.
    WaitForPayer,
    /// What a payer paid too much is the patient's, who had paid it before.
    CreditPatient,
    /// A patient's credit pays another visit of the same patient.
    Move,
}

impl ActionKind {
    /// All of them.
    pub const ALL: [ActionKind; 4] =
        [ActionKind::Refund, ActionKind::WaitForPayer, ActionKind::CreditPatient, ActionKind::Move];

    /// The word in the database, in forms and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ActionKind::Refund => "refund",
            ActionKind::WaitForPayer => "wait_for_payer",
            ActionKind::CreditPatient => "credit_patient",
            ActionKind::Move => "move",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<ActionKind> {
        ActionKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// As a button says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            ActionKind::Refund => "Owe it back",
            ActionKind::WaitForPayer => "The payer will take it back",
            ActionKind::CreditPatient => "Credit the patient",
            ActionKind::Move => "Pay another visit",
        }
    }
}

/// What a person does about a credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// [`ActionKind::Refund`].
    Refund,
    /// [`ActionKind::WaitForPayer`].
    WaitForPayer,
    /// [`ActionKind::CreditPatient`].
    CreditPatient,
    /// [`ActionKind::Move`].
    Move {
        /// The visit's account claim; none: the patient's visits without a claim.
        to: Option<ClaimId>,
    },
}

impl Action {
    /// Its kind.
    #[must_use]
    pub const fn kind(self) -> ActionKind {
        match self {
            Action::Refund => ActionKind::Refund,
            Action::WaitForPayer => ActionKind::WaitForPayer,
            Action::CreditPatient => ActionKind::CreditPatient,
            Action::Move { .. } => ActionKind::Move,
        }
    }

    /// What it moves of a credit; nothing when it only says what is going to happen.
    ///
    /// # Errors
    /// [`LedgerError`] when the amount is not above zero.
    pub fn transfers(self, credit: &Credit, amount: Money) -> Result<Vec<Transfer>, LedgerError> {
        use AccountKind::{PatientAr, PatientCredits, ReceivableTransfers, RefundsPayable};
        let (stands_on, about) = (credit.kind.account(), credit.about());
        Ok(match self {
            Action::Refund => vec![Transfer::new(stands_on, RefundsPayable, amount, about)?],
            Action::CreditPatient => vec![Transfer::new(stands_on, PatientCredits, amount, about)?],
            Action::Move { to } => {
                let there = About { claim: to, ..about };
                vec![
                    Transfer::new(stands_on, ReceivableTransfers, amount, about)?,
                    Transfer::new(ReceivableTransfers, PatientAr, amount, there)?,
                ]
            }
            Action::WaitForPayer => vec![],
        })
    }
}

/// What was done about a credit, undone or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CreditAction)]
pub struct ActionRecord {
    /// Its id.
    pub id: CreditActionId,
    /// The credit that it is about; it may be there no more.
    #[schema(value_type = String)]
    pub credit: CreditId,
    /// What was done.
    pub action: ActionKind,
    /// How much.
    pub amount: Money,
    /// `move`: the visit that was paid.
    pub to: Option<ClaimId>,
    /// The visit's newest control number.
    pub number: Option<String>,
    /// The patient's name.
    #[serde(skip)]
    pub patient_name: Option<Phi<PersonName>>,
    /// How the payer is called, when it is a payer's.
    pub payer_name: Option<String>,
    /// What the person said.
    pub note: Option<String>,
    /// The day.
    pub acted_on: NaiveDate,
    /// What it moved; none when nothing.
    pub entry: Option<EntryId>,
    /// The day on which it was undone.
    pub undone_on: Option<NaiveDate>,
    /// Why.
    pub undone_why: Option<String>,
}

/// An entry that is part of a credit: why the balance is what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CreditMovement)]
pub struct Movement {
    /// The entry.
    pub entry: EntryId,
    /// The business date.
    pub on: NaiveDate,
    /// What kind of document: `claim_payment`.
    pub document: String,
    /// The account on the other side.
    #[schema(value_type = String, example = "insurance_cash")]
    pub other: AccountKind,
    /// What it added to what is owed; negative: what it took off.
    pub amount: Money,
    /// What was owed after it; negative: the credit.
    pub balance: Money,
}

/// A visit of the same patient that still owes: where a credit may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = VisitOwing)]
pub struct Owing {
    /// The visit's account claim; none: the patient's visits without a claim.
    pub claim: Option<ClaimId>,
    /// Its newest control number.
    pub number: Option<String>,
    /// The first day of service.
    pub service_from: Option<NaiveDate>,
    /// What the patient owes for it.
    pub owed: Money,
}

/// A credit with all that a person needs to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CreditBalanceDetail)]
pub struct CreditDetail {
    /// The credit.
    #[serde(flatten)]
    pub credit: Credit,
    /// The entries that it is the sum of, oldest first.
    pub movements: Vec<Movement>,
    /// What may be done.
    pub actions: Vec<ActionKind>,
    /// Where it may be moved to.
    pub owing: Vec<Owing>,
    /// What the payer announced to take, or took, and the reference names the account claim (PLB).
    pub takebacks: Vec<adjustments::Item>,
}

/// How a refund is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RefundMethod)]
pub enum RefundMethod {
    /// By a check; the reference is its number.
    Check,
    /// By a transfer; the reference is its trace number.
    Eft,
}

impl RefundMethod {
    /// All of them.
    pub const ALL: [RefundMethod; 2] = [RefundMethod::Check, RefundMethod::Eft];

    /// The word in the database and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            RefundMethod::Check => "check",
            RefundMethod::Eft => "eft",
        }
    }

    /// The method of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<RefundMethod> {
        RefundMethod::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            RefundMethod::Check => "Check",
            RefundMethod::Eft => "Transfer (EFT)",
        }
    }
}

/// Who is paid back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RefundPayee)]
pub enum Payee {
    /// The payer.
    Payer,
    /// The patient.
    Patient,
    /// Nobody is named: money of a payer that is not on file.
    Unknown,
}

impl Payee {
    /// The account that pays; none while nobody is named.
    #[must_use]
    pub const fn pays_from(self) -> AccountKind {
        match self {
            Payee::Patient => AccountKind::PatientCash,
            // Money without a payer on file came in a remittance.
            Payee::Payer | Payee::Unknown => AccountKind::InsuranceCash,
        }
    }
}

/// What we owe back: the ledger's entry that put it into refunds payable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Refund {
    /// The entry.
    pub id: EntryId,
    /// How much. Negative: a payer took back what was owed to it, or more was taken than was owed.
    pub amount: Money,
    /// Who is paid.
    pub payee: Payee,
    /// The payer, when it is one on file.
    pub payer: Option<PayerId>,
    /// How the payer is called.
    pub payer_name: Option<String>,
    /// The patient whom it is paid to, or of whose visit it is.
    pub patient: Option<PatientId>,
    /// The patient's name.
    #[serde(skip)]
    pub patient_name: Option<Phi<PersonName>>,
    /// The visit.
    pub claim: Option<ClaimId>,
    /// Its newest control number.
    pub number: Option<String>,
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// The decision, when it was made about a credit; undo it to take the refund back.
    pub action: Option<CreditActionId>,
    /// The settlement, when it was decided about a provider adjustment.
    pub settlement: Option<SettlementId>,
    /// The exception, when it was decided about one.
    pub exception: Option<RemitExceptionId>,
    /// How it was paid.
    pub payment: Option<RefundPayment>,
}

impl Refund {
    /// True when what decided it is known, so that it may be undone.
    #[must_use]
    pub const fn may_be_taken_back(&self) -> bool {
        self.action.is_some() || self.settlement.is_some() || self.exception.is_some()
    }

    /// For a person: who is paid, without the patient's name.
    #[must_use]
    pub fn payee_name(&self) -> &str {
        match self.payee {
            Payee::Payer => self.payer_name.as_deref().unwrap_or("Payer"),
            Payee::Patient => "Patient",
            Payee::Unknown => "Payer not on file",
        }
    }
}

/// A refund that was taken back: what it had been decided about, which is open again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "of", rename_all = "snake_case")]
#[schema(as = RefundTakenBack)]
pub enum TakenBack {
    /// A credit: the decision, undone.
    Credit(ActionRecord),
    /// A provider adjustment (PLB): its settlement, undone.
    ProviderAdjustment(adjustments::Settlement),
    /// An exception of a remittance: what asks again.
    Exception(AskedAgain),
}

/// How a refund was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RefundPayment {
    /// Its id.
    pub id: RefundPaymentId,
    /// By what.
    pub method: RefundMethod,
    /// The check's number, or the transfer's trace.
    pub reference: String,
    /// The date on it.
    pub paid_on: NaiveDate,
}

/// Why something about credits cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditError {
    /// Gone, or another practice's.
    #[error("there is no credit {0}")]
    NoCredit(CreditId),
    /// This kind of credit is not settled so.
    #[error("{action} does not fit: {why}")]
    Action { action: &'static str, why: &'static str },
    /// Nothing, less, or more than there is.
    #[error("{asked} cannot be used: {limit} is there")]
    Amount { asked: Money, limit: Money },
    /// Nothing to read, or too much.
    #[error("{0} is 1 to 500 characters")]
    Note(&'static str),
    /// No such action.
    #[error("there is no action {0} about a credit")]
    NoAction(CreditActionId),
    /// Undone before.
    #[error("the action {0} is undone")]
    Undone(CreditActionId),
    /// The refund went out.
    #[error("the refund of {0} is paid")]
    RefundPaid(CreditActionId),
    /// What the patient was credited is used up.
    #[error("of the patient's credit {left} is left, less than {amount}")]
    Spent { amount: Money, left: Money },
    /// No such refund.
    #[error("there is no refund {0}")]
    NoRefund(EntryId),
    /// It was paid before, or is nothing to be paid.
    #[error("the refund {0} is not open")]
    NotOpen(EntryId),
    /// A check number or trace.
    #[error("a reference, a check's number or a trace, is 1 to 50 characters")]
    Reference,
    /// A day in the future, or before the refund was decided.
    #[error("a refund of {decided} cannot have been paid on {paid}; today is {today}")]
    PaidOn { decided: NaiveDate, paid: NaiveDate, today: NaiveDate },
    /// No such payment, or void.
    #[error("there is no payment {0} that stands")]
    NoPayment(RefundPaymentId),
    /// It was posted anew, so no decision of now is to be undone.
    #[error("the refund {0} was posted anew when a reversal that had taken it back was taken back")]
    NotOfACredit(EntryId),
    /// No such payment of a patient.
    #[error("there is no payment {0}")]
    NoReceipt(ReceiptId),
    /// A day in the future.
    #[error("a payment cannot have come on {received}; today is {today}")]
    ReceivedOn { received: NaiveDate, today: NaiveDate },
    /// A part of a payment is in use.
    #[error("{open} of the payment of {amount} is open")]
    Applied { open: Money, amount: Money },
    /// No such application, or undone.
    #[error("there is no application {0} that stands")]
    NoApplication(ReceiptApplicationId),
    /// A rule about small balances that says what it must not.
    #[error("{0}")]
    SmallBalanceRule(&'static str),
    /// No such write-off, or undone.
    #[error("there is no write-off {0} that stands")]
    NoWriteOff(SmallBalanceWriteOffId),
    /// A report as of a day that is not in its quarter.
    #[error("{as_of} is not in the quarter {quarter}")]
    AsOf { as_of: NaiveDate, quarter: Quarter },
}

impl From<CreditError> for Refusal {
    fn from(error: CreditError) -> Refusal {
        let field = |name: &str| Place { field: Some(format!("/{name}")), ..Place::default() };
        let (code, status, next, place) = match &error {
            CreditError::NoCredit(_) => (
                "credits/no-credit",
                Status::NotFound,
                "Look at the list: the balance may be settled by now",
                None,
            ),
            CreditError::Action { .. } => {
                ("credits/action", Status::Invalid, "Choose what the credit offers", Some(field("action")))
            }
            CreditError::Amount { .. } => {
                ("credits/amount", Status::Conflict, "Use what is there, or less", Some(field("amount")))
            }
            CreditError::Note(_) => {
                ("credits/note", Status::Invalid, "Say why, without patient data", Some(field("note")))
            }
            CreditError::NoAction(_) => ("credits/no-action", Status::NotFound, "Check the id", None),
            CreditError::Undone(_) => ("credits/undone", Status::Conflict, "Look at the credit again", None),
            CreditError::RefundPaid(_) => {
                ("credits/refund-paid", Status::Conflict, "Void its payment first", None)
            }
            CreditError::Spent { .. } => {
                ("credits/spent", Status::Conflict, "Undo first what used it, the newest first", None)
            }
            CreditError::NoRefund(_) => ("credits/no-refund", Status::NotFound, "Check the id", None),
            CreditError::NotOpen(_) => {
                ("credits/not-open", Status::Conflict, "Look at the refund again", None)
            }
            CreditError::Reference => {
                ("credits/reference", Status::Invalid, "Write the number", Some(field("reference")))
            }
            CreditError::PaidOn { .. } => {
                ("credits/paid-on", Status::Invalid, "Write the date on the check", Some(field("paid_on")))
            }
            CreditError::NotOfACredit(_) => {
                ("credits/not-of-a-credit", Status::Conflict, "Void its payment: it is owed again", None)
            }
            CreditError::NoPayment(_) => {
                ("credits/no-payment", Status::NotFound, "Look at the refund again", None)
            }
            CreditError::NoReceipt(_) => ("credits/no-receipt", Status::NotFound, "Check the id", None),
            CreditError::ReceivedOn { .. } => (
                "credits/received-on",
                Status::Invalid,
                "Write the day on which it came",
                Some(field("received_on")),
            ),
            CreditError::Applied { .. } => {
                ("credits/applied", Status::Conflict, "Undo what it was applied to first", None)
            }
            CreditError::NoApplication(_) => {
                ("credits/no-application", Status::NotFound, "Look at the payment again", None)
            }
            CreditError::SmallBalanceRule(_) => {
                ("credits/small-balance-rule", Status::Invalid, "Correct the rule", None)
            }
            CreditError::NoWriteOff(_) => {
                ("credits/no-write-off", Status::NotFound, "Look at the write-offs again", None)
            }
            CreditError::AsOf { .. } => (
                "credits/as-of",
                Status::Invalid,
                "Ask for a day of the quarter, or leave the day out",
                Some(field("as_of")),
            ),
        };
        let refusal = Refusal::new(code, status, error.to_string(), next);
        match place {
            Some(place) => refusal.at(place),
            None => refusal,
        }
    }
}
impl From<CreditError> for crate::types::Error {
    fn from(error: CreditError) -> crate::types::Error {
        Refusal::from(error).into()
    }
}

/// A note that says something.
///
/// # Errors
/// [`CreditError::Note`].
pub fn noted(what: &'static str, text: &str) -> Result<String, CreditError> {
    crate::types::noted(text).ok_or(CreditError::Note(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn medicare_and_medicaid_money_goes_back_within_sixty_days_and_others_by_contract() {
        // April has 30 days, May 31: 60 days from the 1st of April are the 31st of May.
        for indicator in ["MA", "MB", "16", "MC"] {
            assert_eq!(report_by(indicator, day("2026-04-01")), Some(day("2026-05-31")), "{indicator}");
        }
        for indicator in ["CI", "BL", "HM", "CH"] {
            assert_eq!(report_by(indicator, day("2026-04-01")), None, "{indicator}");
        }
    }

    #[test]
    fn a_credit_is_named_by_its_account_its_visit_and_its_owner() {
        let (claim, payer, patient) = (ClaimId::new(), PayerId::new(), PatientId::new());
        for id in [
            CreditId::Payer { claim, payer },
            CreditId::Patient { claim: Some(claim), patient },
            CreditId::Patient { claim: None, patient },
            CreditId::Held { claim: None, patient },
        ] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for other in [
            format!("payer.none.{payer}"),
            format!("payer.{claim}.{patient}"),
            format!("held.{claim}.{patient}.x"),
            "lost.none.none".to_owned(),
        ] {
            assert_eq!(other.parse::<CreditId>(), Err(NoCreditId), "{other}");
        }
    }
}
