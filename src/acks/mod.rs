//! Acknowledgements: what payers say of our files and claims before they adjudicate them.
//!
//! - *TA1* answers an interchange (ISA13), *999* a group (GS06) and its sets (ST02), *277CA* a
//!   batch (BHT03) and its claims (CLM01).
//! - An [`AckReport`] says what one answer did; a claim's event keeps its codes and place, and
//!   [`reasons`] puts them into words.
//!
//! Invariants: the same file again changes nothing; an answer that names nothing of ours is kept
//! as *not ours* and moves nothing; an answer to an earlier sending of a claim that was queued
//! again is recorded and moves nothing; nothing here moves an adjudicated claim.
//!
//! Deliberately absent: 277 status answers (276 is not asked yet), and the values and words that
//! payers repeat in their answers: these may be patient data, the place in the file has them.

mod answer;
mod map_277;
mod map_999;
mod receive;
mod store;

pub use answer::{Kind, Outcome};
pub use receive::{AckReport, reasons, receive};
