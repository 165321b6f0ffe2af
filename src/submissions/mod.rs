//! Submissions: a scrubbed claim gets its control number, joins a batch, and leaves.
//!
//! - A *submission* is one sending of a claim. Its control number (CLM01) is issued here, once,
//!   and never again: the remittance that echoes it says which sending it answers.
//! - A *batch* is one 837 file to one payer. It is built and kept in one transaction, handed to
//!   the payer's mailbox after that, and marked as sent when the mailbox has it: a crash between
//!   the two hands over the same bytes under the same name again.
//! - Interchange, group and set control numbers come from sequences that only rise.
//!
//! Invariants: only a [`ScrubbedClaim`](crate::scrub::ScrubbedClaim) is queued; a claim waits in
//! one place only; what is written is read back, compared with its claims, and refused if it differs.
//!
//! [`queue`] and [`mark_sent`] are steps of larger verbs, which leave the audit event.
//! Deliberately absent so far: institutional and dental claims, and delivery schedules.

mod batch;
mod control;
mod map_837;
mod store;

pub use batch::{Addressee, Built, CLAIMS_A_SET_MAX, build, hand_over};
pub use control::numbers;
pub use store::{
    Batch, BatchKey, BatchState, ClaimSending, NewBatch, Placed, Sending, Submission, Travelled, batch,
    batches_to_send, claim_of, find_batch, find_batch_by_reference, mark_sent, newest_number,
    newest_number_sql, numbers_of, of_claim, place, queue, sendings, set_state, waiting, waiting_payers,
};
