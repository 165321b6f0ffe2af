//! Claims: what we ask one payer to pay for one visit, and what has happened to the request.
//!
//! - A [`Claim`] is a document: parties, codes and lines as they stood when it was built. A later
//!   change of address in the registry does not change a claim that was sent.
//! - Its [`Status`] is a projection of its append-only events; [`lifecycle::next`] is the only
//!   table of what may follow what.
//! - Codes and numbers are [`Entered`](crate::types::Entered): a claim may be wrong, and says so
//!   through the scrubber; only a scrubbed claim becomes a submission.
//!
//! Invariants: the charge of a claim is the sum of its lines; an acknowledgement never moves a
//! claim that a payer has adjudicated, only a remittance does.

pub mod lifecycle;
pub mod model;
pub mod secondary;

pub use lifecycle::{Event, Status};
pub use model::Claim;
