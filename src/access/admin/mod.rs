//! What administrators of a practice see and change: people, keys, the audit trail.

pub mod pages;
