//! Charge files, good and broken.

mod import_charges;
