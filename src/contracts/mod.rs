//! What payers agreed to pay: lists of prices, contracts, and what a contract comes to for a claim.
//!
//! - A *fee schedule* is a list of prices by name. Each import ([`import()`]: CSV or XLSX, columns bound
//!   by caption; or [`import_relative_values`]: the Medicare fee schedule times a conversion factor)
//!   makes an *edition*: the whole list from its first day until the next one begins. Undoing one
//!   lets the edition before answer again.
//! - A [`Contract`] is with one payer for days of service: a schedule with a percentage, and the
//!   [`Terms`] by which prices combine (multiple procedures, both sides, assistants, the charge).
//! - [`price`] is pure: billed lines, terms and [`Rates`] to what is expected, with its arithmetic.
//!
//! Invariants: a payer has at most one contract in force on a day (the database excludes it); terms
//! and editions never change, so what was expected can be computed again; each step of the
//! arithmetic is rounded half up to the cent, as payers do, and the next one goes on from there.
//! The terms follow the Medicare rules by default (CMS IOM 100-04, chapter 12); a contract may say
//! other percentages.
//!
//! Deliberately absent: stop-loss and case rates, base procedures of endoscopy families, the parts of
//! imaging and therapy that Medicare reduces, anesthesia minutes. What is not priced says why.

pub mod api;
mod contract;
mod import;
pub mod pages;
mod pricing;
mod quote;
mod rates;
mod schedules;
mod sheet;
mod store;

pub use contract::{Contract, NewContract, Standing, Terms, WrittenTerms};
pub use import::{ImportOptions, ScheduleReport, import, import_relative_values, undo};
pub use pricing::{Billed, Expected, Priced, Unpriced, billed, price};
pub use quote::{Asked, Quote, Service, quote};
pub use rates::{Fee, FeeKey, Rates, Site, SiteClass};
pub use schedules::{
    EditionItem, FeeRow, FeesAfter, ScheduleItem, editions, fees, named_schedule, rates, schedule, schedules,
};
pub use sheet::{CAPTIONS, SheetOfFees, read_sheet};
pub use store::{adopt, create, end, get, in_force, list};
