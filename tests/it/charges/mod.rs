//! Charges in: files good and broken, a practice's own columns, messages.

mod command;
pub mod import_charges;
mod mappings;
mod messages;
mod missed;
mod mllp;
