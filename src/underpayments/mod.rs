//! Underpayments: what payers allowed below their contracts, as work.
//!
//! - An item is a line that a payer allowed less for than the contract of the day comes to, or the
//!   claim where it was answered as a whole. It keeps both amounts, their difference and the
//!   contract's arithmetic ([`crate::contracts`]), as of the day when the remittance was posted.
//! - Items are opened in the transaction that posts the decision and taken back with it.
//! - A person closes an item with an [`Outcome`].
//!
//! Invariants: an item moves no money; a line of a decision is one item, no matter how often the
//! remittance is read; the difference is above the contract's tolerance. What was denied is not
//! here but in [`crate::denials`]. Deliberately absent: what was allowed above the contract.

pub mod api;
pub mod pages;
mod proofs;
mod store;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use proofs::prove;
pub use store::{
    After, Filter, NewUnderpayment, Underpayment, below_contract, close, get, of_claim, open, open_again,
    queue, take_back, totals,
};

/// How an item came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UnderpaymentOutcome)]
pub enum Outcome {
    /// The payer paid the difference.
    Recovered,
    /// It is not worth the work, or the payer does not give way.
    GivenUp,
    /// The contract or its prices are entered wrong.
    ContractWrong,
    /// The payer is right: another rule of the contract applies.
    CorrectAsPaid,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Outcome; 4] =
        [Outcome::Recovered, Outcome::GivenUp, Outcome::ContractWrong, Outcome::CorrectAsPaid];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Recovered => "recovered",
            Outcome::GivenUp => "given_up",
            Outcome::ContractWrong => "contract_wrong",
            Outcome::CorrectAsPaid => "correct_as_paid",
        }
    }

    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Outcome::Recovered => "Recovered",
            Outcome::GivenUp => "Given up",
            Outcome::ContractWrong => "Our contract is entered wrong",
            Outcome::CorrectAsPaid => "Correct as paid",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no outcome {0}: expected recovered, given_up, contract_wrong or correct_as_paid")]
pub struct UnknownOutcome(String);

impl FromStr for Outcome {
    type Err = UnknownOutcome;
    fn from_str(text: &str) -> Result<Outcome, UnknownOutcome> {
        let found = Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == text);
        found.ok_or_else(|| UnknownOutcome(text.to_owned()))
    }
}
