//! Remittances: what payers decided and paid, from the 835 or the paper EOB to the ledger.
//!
//! - [`receive()`] keeps the file, checks that each set adds up ([`balance`]), finds the claims that
//!   it answers ([`matching`]) and posts what it moves ([`post`]): one transaction for each ST.
//! - A *set* is one ST to SE. A *decision* is one CLP; what follows from it (denials, the next
//!   payer, the patient) is handed to a [`Follow`] in the same transaction.
//! - An *exception* is what waits for a person; it never keeps the rest of its set from posting.
//!
//! Invariants: a set moves all of its money or none; its insurance cash is exactly BPR02, whatever
//! becomes of its claims: what cannot be posted to a claim waits in unapplied cash (money that
//! came) or suspense (money that was taken), each with an exception. The same payment posts once.
//! A reversal swaps exactly the entry that it names, or waits; where it stands in its set, before or behind
//! its correction, changes nothing. What is denied moves nothing. A test
//! file moves no money of a practice in production, and what pays another practice ([`payee`]) moves
//! none at all.
//!
//! - A payer that decides an answered claim once more and takes nothing back states the whole charge again: its
//!   money waits, and is posted by the reversal of what it corrects, should that come. Where a person posts it all the
//!   same, its money counts beside what was paid, and what it says takes the place of what was said ([`replacing`]).
//! - What a later payer writes off beyond the earlier ones is computed anew whenever a decision about its visit
//!   comes or goes ([`restating`]): in which order the payers' files come changes nothing in the end.
//! - What a payer's rule ([`rules`]) does not let post by itself waits, *ready*, for a person; what
//!   does not add up is posted only by an override, with its difference in suspense.
//! - An EOB on paper is entered by a person ([`eob`]) and goes the same way as a set of an 835.
//! - What PLB says is kept as open items by payer and reference ([`adjustments`]).
//! - [`unpost`] takes a posted set back by exact reversals; what a reversal in it took back stands again. It
//!   may then be posted again.
//!
//! Deliberately absent: the bank, which is `deposits`.

pub mod adjustments;
pub mod allowed;
pub mod api;
pub mod balance;
pub mod eob;
pub mod exceptions;
mod map_835;
pub mod matching;
mod meaning;
pub mod missing_parts;
pub mod model;
pub mod pages;
pub mod payee;
mod places;
mod plb;
pub mod post;
mod posting;
mod proofs;
mod receive;
mod records;
mod replacing;
mod restating;
pub mod rules;
mod sets;
mod standing;
mod store;
pub mod totals;
mod unposting;
mod variances;

pub use exceptions::{ExceptionKind, NewException};
pub use meaning::{Meaning, meaning};
pub use places::{DocumentPlace, places};
pub use post::{DenialCandidate, Effect, Posted, Share};
pub use posting::sent_on;
pub use proofs::proofs;
pub use receive::{
    Approval, Decision, Follow, How, Reported, SetReport, State, receive, receive_content, receive_kept,
    retry, retry_as,
};
pub use records::{
    DecisionRecord, Equation, ExceptionRecord, LineRecord, OverrideRecord, ProviderAdjustmentRecord,
    RemittanceItem, RemittanceRecord, Which, by_trace_number, decisions, decisions_of_claims, exceptions_of,
    list, record, waiting_for,
};
pub use rules::{Care, Mode, PostingRule};
pub use unposting::{RESTORING_SOURCE, UNPOSTING_SOURCE, Unposted, unpost};

use crate::ledger::SourceKind;

/// The ledger's source of a decision: the id of a `remit_claims` row.
pub const CLAIM_SOURCE: SourceKind = SourceKind::new("remit_claim");

/// The ledger's source of a PLB item: the id of a `provider_adjustments` row.
pub const PROVIDER_ADJUSTMENT_SOURCE: SourceKind = SourceKind::new("provider_adjustment");

/// The ledger's source of what later payers write off more, or less, since another decision: the id of that
/// decision, a `remit_claims` row.
pub const RESTATEMENT_SOURCE: SourceKind = SourceKind::new("remit_restatement");

/// The ledger's source of what takes back, with a decision, what a person moved when fixing an exception of it: the
/// id of the entry that is taken back. `remit_unapplyings` says by which reversal.
pub const UNAPPLYING_SOURCE: SourceKind = SourceKind::new("remit_unapplying");

/// The ledger's source of what a decision carries of one that it had replaced, once that is taken back: the id of the
/// reversal, a `remit_claims` row. `remit_carryings` says which decision.
pub const CARRYING_SOURCE: SourceKind = SourceKind::new("remit_carrying");

/// The ledger's source of what an override posted to suspense: the id of a `remittances` row.
pub const OVERRIDE_SOURCE: SourceKind = SourceKind::new("remit_override");
