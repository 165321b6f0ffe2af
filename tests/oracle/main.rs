//! An outside judge: pyx12 4.0.0 on what our writer makes and on the public corpus.
//!
//! Needs `FIRSTPASS_ORACLE` (the folder of `pyx12_oracle.py`), `FIRSTPASS_CORPUS` and python3 with
//! venv; the environment is made once under `target`. Every file on which the two disagree is
//! listed in `DIFFERENCES.md` with its class, and the guide decides who is right.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod answers;
mod corpus;
mod demo;
mod judge;
mod mutations;
mod tables;
mod written;
