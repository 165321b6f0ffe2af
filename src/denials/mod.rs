//! Denials: what payers did not pay although it was due, as work for reviewers.
//!
//! - What [`crate::remits::meaning`] calls denied has a [`Category`]: what repairs it. The one
//!   table of reasons and remarks is in `classify.rs`.
//! - A [`Denial`] is a work item: one for each group and reason on a line of a remittance.
//! - [`rank`] orders the queue: money expected back against the days that are left, with its
//!   arithmetic in words.
//!
//! Invariants: a denial moves no money; a reason on a line of a remittance is one work item, no
//! matter how often the remittance is read; a reversal takes back the items of what it reverses.
//!
//! Deliberately absent so far: assignment, letters, outcomes that feed back into the rates.

pub mod api;
mod classify;
pub mod pages;
mod priority;
mod proofs;
mod store;
mod work;

pub use classify::{Category, category};
pub use priority::{Priority, rank, urgency};
pub use proofs::prove;
pub use store::{
    After, Denial, NewDenial, get, of_remittance, open, open_again, queue, reasons_of, take_back, totals,
};
pub use work::{First, WorkItem, first_of, item, items, of_claim};
