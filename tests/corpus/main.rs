//! What needs the public corpus and the official code files: `FIRSTPASS_CORPUS` and
//! `FIRSTPASS_CODE_TABLES` name their folders; without them these tests fail.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod code_imports;
mod code_layouts;
mod code_tables;
mod manifest;
mod quirks;
mod x12_answers;
mod x12_check;
mod x12_fidelity;
