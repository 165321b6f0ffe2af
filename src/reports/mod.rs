//! What the practice's numbers are: the dashboard. Each formula once.
//!
//! - The dashboard reads one moment: claims by status, what the ledger says is owed, paid and written
//!   off, open denials by category, and whether every proof of the books holds.
//! - A number comes from the verb of the feature that owns it; nothing is counted twice, and the
//!   lists that the numbers lead to use the same predicates.
//!
//! Deliberately absent: trends, aging and productivity, and any stored copy of a number.

pub mod pages;
