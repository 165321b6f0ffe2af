//! The integration tests: one binary, so it links once. `cargo test` needs this repository and
//! PostgreSQL's programs, nothing else.
#![allow(clippy::unwrap_used)]

mod acks;
mod api;
mod bench_command;
mod charges;
mod claims;
mod codes_command;
mod codes_editions;
mod contracts;
mod credits;
mod demo_command;
mod deposits;
mod ground;
mod journey;
mod ledger;
mod pages;
mod remits;
mod rosters;
mod sandbox;
mod scrub;
mod scrub_command;
mod submissions;
mod support;
mod tidy;
mod web;
mod work;
mod x12_check_command;
mod x12_commands;
mod x12_filled;
