//! What needs the public corpus: `FIRSTPASS_CORPUS` names its folder; without it these tests fail.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod code_tables;
mod manifest;
mod quirks;
mod x12_answers;
mod x12_check;
mod x12_fidelity;
