//! Firstpass: charges in, money out, every cent explained.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::float_arithmetic))]

pub mod types;

pub mod x12;

pub mod db;

pub mod codes;

pub mod exchange;

pub mod ledger;

pub mod registry;

pub mod charges;

pub mod claims;

pub mod scrub;

pub mod submissions;

pub mod acks;

pub mod remits;

pub mod denials;

pub mod statements;

pub mod sandbox;

pub mod synth;

pub mod journey;

pub mod config;

pub mod app;

pub mod cli;
