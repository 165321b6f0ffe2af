//! Charge files.
