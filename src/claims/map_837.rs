//! Claims and the professional 837 (005010X222A1), both ways.
//!
//! [`to_837`] lays claims out as the guide's levels: billing provider, subscriber with payer,
//! patient when it is somebody else. [`from_837`] makes the same claims of them again: for a
//! claim that is fit to be sent, [`differences`] between the two is empty, and a batch whose claims
//! differ is not sent. What a file says and a [`Claim`](crate::claims::Claim) cannot hold is named, never dropped silently.

mod compare;
mod read;
mod write;

pub use compare::differences;
pub use read::{Mapped, ReadClaim, ReadFile, claims_of, each_claim, each_claim_of, from_837, read};
pub use write::{Head, Outgoing, to_837};

#[cfg(test)]
mod tests;
