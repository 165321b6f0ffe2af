//! Who takes part: practices, providers, payers, patients and their coverages.
//!
//! - An *organization* is a practice, and the tenant: every other row belongs to one. Organizations
//!   are visible across practices, because a login and the worker must find theirs.
//! - A *provider* is a person or group with an NPI; one that `bills` may ask for money.
//! - A *payer* is an insurer as one practice deals with it: its number, its mailbox, its terms.
//! - A practice's *submitter* and a payer's *receiver* are the two ends of what is sent: whole or not
//!   there at all, and without them nothing leaves.
//! - A *patient* is known by the account number of the practice's own system.
//! - A *coverage* is a patient's insurance with one payer; its rank says whose turn it is to pay,
//!   its dates when it is in force.
//!
//! Each is kept under its natural key (NPI, payer identifier, account number; patient, rank and
//! first day): keeping it again brings it up to date, and its id stays. What claims have said with
//! older data, they keep saying. What comes in from people, files and programs is read by
//! [`written`], and kept by each one's `keep`, which says what changed; [`found`] makes a practice that
//! is ready for all of it. Deliberately absent: contracts ([`crate::contracts`]), and deleting.

pub mod api;
pub mod coverages;
mod form;
pub mod found;
mod kept;
pub mod organizations;
pub mod pages;
pub mod parties;
pub mod patients;
pub mod payers;
pub mod providers;
pub mod trading;
pub mod written;

pub use coverages::Coverage;
pub use kept::{Change, Kept};
pub use patients::Patient;
pub use payers::Payer;
pub use providers::Provider;
pub use trading::{Contact, InterchangeParty, Receiver, Submitter, WrittenSubmitter};
