//! Stories of checking.
