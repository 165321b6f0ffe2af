//! The few verbs that span features: from a charge file to claims that have left, and from a
//! payer's answer to what follows from it. Each is a page of the practice's day.
//!
//! - [`import_charges`]: a file becomes visits, claims to first payers, and what is owed for them.
//! - [`receive_charges`], [`replay_charges`]: the same for one message; the bad ones are kept.
//! - [`receive_charge_files`], [`serve_mllp`]: charges that other systems leave for us, as files and HL7.
//! - [`check_charges`]: what the scrubber would say of a visit that is still being entered.
//! - [`scrub_drafts`]: every new or changed claim is checked; it is held with findings, or ready.
//! - [`scrub_again`]: what a person has mended is checked once more.
//! - [`release_rejected_files`]: claims whose file was refused unread go again.
//! - [`scrub_claim`], [`submit`]: the same for one claim, when a person asks.
//! - [`correct()`], [`apply_fix`]: a person mends a claim, and it is checked again.
//! - [`queue_ready`], [`send_batches`]: ready claims get control numbers and leave in 837 files.
//! - [`receive_mail`]: what payers left for us: acknowledgements and remittances.
//! - [`retry_remittance`], [`approve_remittance`]: a held set is looked at once more, or posted by a person.
//! - [`enter_eob`]: an EOB that came on paper is posted as a set of an 835 is.
//! - [`resolve_exception`], [`unpost_remittance`]: what a person decides about what waits in one, and
//!   taking one back.
//! - [`AfterRemittance`]: what follows from payers' decisions, in the transaction that posts them:
//!   denials to work, underpayments, the next payer's claim, claims that are done.
//! - [`expected()`]: what the contracts in force come to for claims; [`readjudicate`]: what another
//!   contract would have come to for the claims that payers decided.
//! - [`SendBatches`], [`ReceiveMail`]: the same as jobs, and the [`Schedule`] that asks for them.
//! - [`LookForParts`] and other nightly work as jobs, and [`ask_for_nights`] that asks for them.
//! - [`try_rule`], [`back_test()`], [`what_if()`]: what a rule says to a claim, would have done to the claims
//!   that were sent, and what other rules would have found in them; [`RunTrial`]: the same as a job, where
//!   the history is long.
//! - [`proofs`]: everything that must hold, asked of every feature; [`prove`] keeps what came of it.
//! - [`export_journal`]: a month's journal for the general ledger; the month is locked.
//! - [`source_documents`]: from an entry to its file and the bytes there.
//!
//! Invariants: money is owed from the moment a charge is imported, in the same transaction; a
//! claim that is sent has passed today's rules today; what follows from a remittance is undone
//! with it; a file is kept before it is read and archived after.

mod after_remittance;
pub mod api;
mod back_test;
mod books;
mod charge_check;
mod charge_mail;
mod charge_messages;
mod charges;
mod contract_what_if;
mod correct;
mod documents;
mod exceptions;
mod expected;
mod mail;
mod mllp;
mod nights;
pub mod pages;
mod past_claims;
mod release;
mod release_one;
mod rounds;
mod trials;
mod what_if;

pub use after_remittance::{AfterRemittance, Followed};
pub use back_test::{BackTested, ClaimOutcome, Example, Tried, back_test, try_rule};
pub use books::{books, export_journal, proofs, prove};
pub use charge_check::{ChargeCheck, ExpectedLine, ExpectedPay, check_charges};
pub use charge_mail::{CHARGES_MAILBOX, ChargesRound, ReceiveCharges, receive_charge_files, receive_hl7};
pub use charge_messages::{ChargeReceipt, receive_charges, replay_charges};
pub use charges::{CHARGE_SOURCE, ImportedCharges, import_charges};
pub use contract_what_if::{CodeDifference, NotCompared, PayerDifference, Readjudicated, readjudicate};
pub use correct::{CORRECTION_SOURCE, Corrected, WantedFix, apply_fix, correct};
pub use documents::{SourceDocument, source_documents};
pub use exceptions::{resolve_exception, unpost_remittance};
pub use expected::{Expectation, expected};
pub use mail::{Mail, approve_remittance, enter_eob, receive_file, receive_mail, retry_remittance};
pub use mllp::{MllpLimits, listen_mllp, serve_mllp};
pub use nights::{LookForParts, PartsLookedFor, ask_for_nights};
pub use release::{
    Knowledge, Scrubbed, queue_ready, release_rejected_files, scrub_again, scrub_drafts, send_batches,
};
pub use release_one::{ScrubbedOne, Submitted, scrub_claim, submit};
pub use rounds::{
    Desk, ReceiveMail, ReceivedRound, Release, Schedule, SendBatches, SentRound, ask_for_rounds,
    ask_to_receive, ask_to_send, schedule, set_schedule,
};
pub use trials::{LONG_HISTORY, RunTrial, TrialAsked, TrialDone, TrialResult, ask_trial, cancel_trial};
pub use what_if::{Change, Difference, Differences, what_if};

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::types::Money;

/// How many, and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tally {
    /// How many.
    pub count: usize,
    /// How much.
    pub amount: Money,
}

impl Tally {
    /// One more.
    pub fn add(&mut self, amount: Money) {
        self.count += 1;
        self.amount += amount;
    }
}
impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.count += other.count;
        self.amount += other.amount;
    }
}
