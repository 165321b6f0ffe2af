//! The practice's providers and payers as pages: `/practice/providers`, `/practice/payers`.
//!
//! A list, and a form for each that adds one or brings one up to date. What is wrong with a field stands
//! beside it. The number under which something is known (NPI, payer's number) stays.
//!
//! Deliberately absent: deleting; what claims have said, they keep saying.

pub mod pages;
