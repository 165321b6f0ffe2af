//! What in a remittance waits for a person, and the one thing that person does about it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::types::Money;

/// The kinds of exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// No claim of this practice fits.
    NoMatch,
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
    /// The payer sent the claim on, and no further coverage is on file.
    NextPayerUnknown,
    /// More has come in for the visit than was owed.
    OverPayment,
    /// The claim's status does not allow what the payer says.
    StatusConflict,
    /// A PLB reason that we do not know.
    UnknownProviderAdjustment,
    /// Another payment under the same trace number.
    SameTrace,
}

impl ExceptionKind {
    /// The word in the database, the API and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ExceptionKind::NoMatch => "no_match",
            ExceptionKind::SeveralMatch => "several_match",
            ExceptionKind::AlreadyPosted => "already_posted",
            ExceptionKind::ReversalWithoutOriginal => "reversal_without_original",
            ExceptionKind::NotOursForwarded => "not_ours_forwarded",
            ExceptionKind::Predetermination => "predetermination",
            ExceptionKind::UnknownStatus => "unknown_status",
            ExceptionKind::NextPayerUnknown => "next_payer_unknown",
            ExceptionKind::OverPayment => "over_payment",
            ExceptionKind::StatusConflict => "status_conflict",
            ExceptionKind::UnknownProviderAdjustment => "unknown_provider_adjustment",
            ExceptionKind::SameTrace => "same_trace",
        }
    }

    /// What the person does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            ExceptionKind::NoMatch | ExceptionKind::SeveralMatch => {
                "Choose the claim; its payment is then taken from unapplied cash"
            }
            ExceptionKind::AlreadyPosted => {
                "Ask the payer whether it paid twice; refund or apply the second payment"
            }
            ExceptionKind::ReversalWithoutOriginal => {
                "Name the posting that is taken back; it then clears suspense"
            }
            ExceptionKind::NotOursForwarded => {
                "Check whose claim it is; follow up with the payer it was sent to"
            }
            ExceptionKind::Predetermination => "File it with the treatment plan; it is no payment",
            ExceptionKind::UnknownStatus => "Ask the payer what CLP02 means; post by hand",
            ExceptionKind::NextPayerUnknown => "Add the coverage of the payer that the claim was sent to",
            ExceptionKind::OverPayment => "Decide who is owed the credit: refund it or transfer it",
            ExceptionKind::StatusConflict => "Look at the claim's history and correct it",
            ExceptionKind::UnknownProviderAdjustment => "Say what the amount is for; it then leaves suspense",
            ExceptionKind::SameTrace => {
                "Ask the payer which of the two is right; then post or discard this one"
            }
        }
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
}

impl NewException {
    pub(super) fn new(kind: ExceptionKind, amount: Money, detail: impl Into<String>) -> NewException {
        NewException { kind, amount, detail: detail.into() }
    }
}
