//! Charge files, good and broken.

mod command;
pub mod import_charges;
