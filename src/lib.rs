//! Firstpass: charges in, money out, every cent explained.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::float_arithmetic))]

pub mod types;

pub mod db;
pub mod exchange;
pub mod registry;

pub mod charges;
pub mod claims;

pub mod app;
pub mod config;

pub mod cli;
