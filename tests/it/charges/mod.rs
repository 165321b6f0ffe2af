//! Charge files, good and broken.

mod command;
mod import_charges;
