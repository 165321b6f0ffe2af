//! What in a remittance waits for a person, and the one thing that person does about it.
//!
//! - An [`ExceptionKind`] says what is the matter and which [`ActionKind`]s settle it, the first one
//!   being what is nearly always right.
//! - A [`Candidate`] is what an exception may be about, ranked by what agrees; it is kept with the
//!   exception as it stood when the remittance was posted.
//! - [`preview`] says which entries an [`Action`] would make, [`resolve()`] makes them: one verb prepares
//!   for both. The *difference* is what waits less what the entries take out of where it waits; an
//!   action whose difference is not 0.00 is refused.
//!
//! Invariants: an exception is resolved once, in one transaction with its entries, its claim's history
//! and what follows; the same action again changes nothing. Entries are new ones or exact reversals. A refund that is
//! not to be paid after all is asked about again by a new one ([`ask_again`]).

mod action;
pub mod api;
mod asking_again;
mod candidates;
mod held;
mod journal;
pub mod pages;
mod records;
mod resolve;
mod store;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ledger::AccountKind;
use crate::types::{Money, ProviderAdjustmentId};

pub use action::{Action, ActionKind, Chosen};
pub use asking_again::{AskedAgain, ask_again};
pub use candidates::{Candidate, Fact};
pub use held::{Held, held};
pub use journal::{Journal, JournalEntry, JournalLine, Replaces};
pub use records::{
    Asked, CandidateDecision, CandidateRecord, ExceptionDetail, ExceptionItem, OurRecord, ReturnedDecision,
    count_by_kind, detail, queue, totals,
};
pub use resolve::{EXCEPTION_SOURCE, Resolved, preview, resolve};
pub use store::settle_over_payments_of;

pub(super) use store::returned_about;

pub(super) use asking_again::ASKING_AGAIN_SOURCE;
pub(super) use candidates::{ClaimFacts, Said, of_claims, of_decisions};
pub(super) use resolve::{RELEASE_SOURCE, apply_released};
pub(super) use store::{
    claim_facts, insert, open_about, open_late, open_settled_again, settle_earlier_payments,
    settle_missing_parts, settle_over_payments,
};

/// The kinds of exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// No claim of this practice fits.
    NoMatch,
    /// CLP01 has the form of a control number of ours, and is none of this practice.
    NotOurNumber,
    /// More than one claim fits.
    SeveralMatch,
    /// The same decision about the same claim is posted from another remittance.
    AlreadyPosted,
    /// A reversal whose original is not posted here, or not with these amounts.
    ReversalWithoutOriginal,
    /// CLP02 23: the payer says the claim is not its own.
    NotOursForwarded,
    /// CLP02 25: what would be paid, not a payment.
    Predetermination,
    /// A CLP02 that the guide does not have.
    UnknownStatus,
    /// A line of theirs fits none of ours, or one of ours has no answer.
    LineMismatch,
    /// A reason or remark that its list does not have on the day.
    UnknownCode,
    /// The payer sent the claim on, and no further coverage is on file.
    NextPayerUnknown,
    /// More has come in for the visit than was owed.
    OverPayment,
    /// A later payer counted something else of the earlier payers than what stands now.
    EarlierPaymentDiffers,
    /// A claim that the payer split (MA15), of which parts have not come.
    PartsMissing,
    /// The claim's status does not allow what the payer says.
    StatusConflict,
    /// A PLB reason that we do not know.
    UnknownProviderAdjustment,
    /// Another payment under the same trace number.
    SameTrace,
    /// Posted by override: the payment differs from its claims less its PLB amounts.
    Difference,
    /// Posted by override: a claim's own equation does not hold; what it leaves stays owed.
    DoesNotAddUp,
}

impl ExceptionKind {
    /// All of them.
    pub const ALL: [ExceptionKind; 19] = [
        ExceptionKind::NoMatch,
        ExceptionKind::NotOurNumber,
        ExceptionKind::SeveralMatch,
        ExceptionKind::AlreadyPosted,
        ExceptionKind::ReversalWithoutOriginal,
        ExceptionKind::NotOursForwarded,
        ExceptionKind::Predetermination,
        ExceptionKind::UnknownStatus,
        ExceptionKind::LineMismatch,
        ExceptionKind::UnknownCode,
        ExceptionKind::NextPayerUnknown,
        ExceptionKind::OverPayment,
        ExceptionKind::EarlierPaymentDiffers,
        ExceptionKind::PartsMissing,
        ExceptionKind::StatusConflict,
        ExceptionKind::UnknownProviderAdjustment,
        ExceptionKind::SameTrace,
        ExceptionKind::Difference,
        ExceptionKind::DoesNotAddUp,
    ];

    /// The word in the database, the API and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ExceptionKind::NoMatch => "no_match",
            ExceptionKind::NotOurNumber => "not_our_number",
            ExceptionKind::SeveralMatch => "several_match",
            ExceptionKind::AlreadyPosted => "already_posted",
            ExceptionKind::ReversalWithoutOriginal => "reversal_without_original",
            ExceptionKind::NotOursForwarded => "not_ours_forwarded",
            ExceptionKind::Predetermination => "predetermination",
            ExceptionKind::UnknownStatus => "unknown_status",
            ExceptionKind::LineMismatch => "line_mismatch",
            ExceptionKind::UnknownCode => "unknown_code",
            ExceptionKind::NextPayerUnknown => "next_payer_unknown",
            ExceptionKind::OverPayment => "over_payment",
            ExceptionKind::EarlierPaymentDiffers => "earlier_payment_differs",
            ExceptionKind::PartsMissing => "parts_missing",
            ExceptionKind::StatusConflict => "status_conflict",
            ExceptionKind::UnknownProviderAdjustment => "unknown_provider_adjustment",
            ExceptionKind::SameTrace => "same_trace",
            ExceptionKind::Difference => "difference",
            ExceptionKind::DoesNotAddUp => "does_not_add_up",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<ExceptionKind> {
        ExceptionKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The kind in a person's words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            ExceptionKind::NoMatch => "No claim fits",
            ExceptionKind::NotOurNumber => "A number that is not ours",
            ExceptionKind::SeveralMatch => "Several claims fit",
            ExceptionKind::AlreadyPosted => "Already posted",
            ExceptionKind::ReversalWithoutOriginal => "Reversal without its original",
            ExceptionKind::NotOursForwarded => "Not the payer’s claim, sent on",
            ExceptionKind::Predetermination => "Predetermination",
            ExceptionKind::UnknownStatus => "Unknown claim status",
            ExceptionKind::LineMismatch => "Lines do not fit",
            ExceptionKind::UnknownCode => "Unknown code",
            ExceptionKind::NextPayerUnknown => "Next payer unknown",
            ExceptionKind::OverPayment => "Over-payment",
            ExceptionKind::EarlierPaymentDiffers => "Earlier payment differs",
            ExceptionKind::PartsMissing => "Parts have not come",
            ExceptionKind::StatusConflict => "Status does not allow it",
            ExceptionKind::UnknownProviderAdjustment => "Unknown PLB reason",
            ExceptionKind::SameTrace => "Same trace number",
            ExceptionKind::Difference => "Unexplained difference",
            ExceptionKind::DoesNotAddUp => "Claim does not add up",
        }
    }

    /// What the person does next. `amount` is the exception's.
    #[must_use]
    pub fn next_step(self, amount: Money) -> &'static str {
        match self {
            ExceptionKind::AlreadyPosted if amount.is_zero() => {
                "Read why the payer denies it: most often it was sent twice, and what was decided first stands"
            }
            ExceptionKind::NoMatch | ExceptionKind::NotOurNumber | ExceptionKind::SeveralMatch => {
                "Choose the claim; its payment is then taken from unapplied cash"
            }
            ExceptionKind::AlreadyPosted => {
                "Ask the payer whether it paid twice, then owe it back, or post it in the place of what was said before; \
                 a reversal that comes posts it"
            }
            ExceptionKind::ReversalWithoutOriginal => {
                "Name the posting that is taken back; it then clears suspense"
            }
            ExceptionKind::NotOursForwarded => {
                "Check whose claim it is; follow up with the payer it was sent to"
            }
            ExceptionKind::Predetermination => "File it with the treatment plan; it is no payment",
            ExceptionKind::UnknownStatus => {
                "Ask the payer what CLP02 means; say what it is treated as, and it is posted so"
            }
            ExceptionKind::LineMismatch => "Compare the lines side by side; keep the payer's or ask it",
            ExceptionKind::UnknownCode => "Ask the payer what the code means, or import the newer list",
            ExceptionKind::NextPayerUnknown => "Add the coverage of the payer that the claim was sent to",
            ExceptionKind::OverPayment => "Decide who is owed the credit: refund it or transfer it",
            ExceptionKind::EarlierPaymentDiffers => {
                "Send the later payer the earlier one's decision that stands, and ask it to decide anew"
            }
            ExceptionKind::PartsMissing => {
                "Ask the payer what became of the rest of the claim; this is settled when it comes"
            }
            ExceptionKind::StatusConflict => "Look at the claim's history and correct it",
            ExceptionKind::UnknownProviderAdjustment => "Say what the amount is for; it then leaves suspense",
            ExceptionKind::Difference => "Ask the payer what it is; say so, and it then leaves suspense",
            ExceptionKind::DoesNotAddUp => {
                "Ask the payer for the missing adjustment; what is left stays owed"
            }
            ExceptionKind::SameTrace => {
                "Ask the payer which of the two is right; then post or discard this one"
            }
        }
    }

    /// What settles it: the one fixing action first, then what is right when that is not. `amount` is the exception's:
    /// money that waits is not read away. A trace number that was used before is settled with its held set.
    #[must_use]
    pub fn actions(self, amount: Money) -> &'static [ActionKind] {
        match self {
            ExceptionKind::AlreadyPosted if amount.is_zero() => &[ActionKind::Read, ActionKind::Match],
            ExceptionKind::NotOursForwarded | ExceptionKind::Predetermination if !amount.is_zero() => {
                &[ActionKind::ReturnToPayer]
            }
            ExceptionKind::UnknownStatus if !amount.is_zero() => {
                &[ActionKind::TreatAs, ActionKind::ReturnToPayer]
            }
            ExceptionKind::NoMatch | ExceptionKind::NotOurNumber | ExceptionKind::SeveralMatch => {
                &[ActionKind::Match, ActionKind::ReturnToPayer]
            }
            ExceptionKind::AlreadyPosted => &[ActionKind::ReturnToPayer, ActionKind::Match],
            ExceptionKind::ReversalWithoutOriginal => &[ActionKind::TakeBack],
            ExceptionKind::NotOursForwarded | ExceptionKind::Predetermination => {
                &[ActionKind::Read, ActionKind::ReturnToPayer]
            }
            ExceptionKind::UnknownStatus => {
                &[ActionKind::TreatAs, ActionKind::Read, ActionKind::ReturnToPayer]
            }
            ExceptionKind::LineMismatch
            | ExceptionKind::UnknownCode
            | ExceptionKind::EarlierPaymentDiffers
            | ExceptionKind::PartsMissing
            | ExceptionKind::StatusConflict
            | ExceptionKind::DoesNotAddUp => &[ActionKind::Read],
            ExceptionKind::NextPayerUnknown => &[ActionKind::AskNextPayer, ActionKind::Read],
            ExceptionKind::OverPayment => &[ActionKind::Refund, ActionKind::CreditPatient],
            ExceptionKind::UnknownProviderAdjustment | ExceptionKind::Difference => &[ActionKind::Assign],
            ExceptionKind::SameTrace => &[],
        }
    }

    /// The account in which the money of such an exception waits; none when it waits in none, or
    /// nothing does. `amount` is the exception's.
    #[must_use]
    pub fn holds_in(self, amount: Money) -> Option<AccountKind> {
        match self {
            ExceptionKind::NoMatch
            | ExceptionKind::NotOurNumber
            | ExceptionKind::SeveralMatch
            | ExceptionKind::AlreadyPosted
            | ExceptionKind::ReversalWithoutOriginal
            | ExceptionKind::NotOursForwarded
            | ExceptionKind::Predetermination
            | ExceptionKind::UnknownStatus => Some(super::post::holding(amount)),
            ExceptionKind::UnknownProviderAdjustment | ExceptionKind::Difference => {
                Some(AccountKind::Suspense)
            }
            ExceptionKind::LineMismatch
            | ExceptionKind::UnknownCode
            | ExceptionKind::NextPayerUnknown
            | ExceptionKind::OverPayment
            | ExceptionKind::EarlierPaymentDiffers
            | ExceptionKind::PartsMissing
            | ExceptionKind::StatusConflict
            | ExceptionKind::SameTrace
            | ExceptionKind::DoesNotAddUp => None,
        }
    }

    /// What waits, as a credit of the account in which it does. A PLB amount is positive where it
    /// lowers the payment.
    #[must_use]
    pub fn credit(self, amount: Money) -> Money {
        if self == ExceptionKind::UnknownProviderAdjustment { -amount } else { amount }
    }
}

/// An exception to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewException {
    /// What kind.
    pub kind: ExceptionKind,
    /// The money that waits, signed as the payer signed it.
    pub amount: Money,
    /// What is the matter, without patient data.
    pub detail: String,
    /// What it may be about, best first.
    pub candidates: Vec<Candidate>,
    /// The PLB amount that it is about.
    pub provider_adjustment: Option<ProviderAdjustmentId>,
}

impl NewException {
    pub(super) fn new(kind: ExceptionKind, amount: Money, detail: impl Into<String>) -> NewException {
        NewException { kind, amount, detail: detail.into(), candidates: vec![], provider_adjustment: None }
    }

    pub(super) fn with(self, candidates: Vec<Candidate>) -> NewException {
        NewException { candidates, ..self }
    }
}
