//! Made-up practices: people, insurances and visits by seed, for the demo, benchmarks and tests.
//!
//! - The same seed gives the same practice, byte for byte, on every machine.
//! - Nobody in it exists: names are drawn from lists, NPIs have right check digits over made-up
//!   numbers, addresses are on streets that are named here.
//! - Visits are what a family practice does all day, in the proportions in which it does it, and
//!   a few of them are wrong in the ways in which charges are wrong: a heading where a code
//!   belongs, a code that ended last quarter, two diagnoses that exclude each other.
//!
//! - [`edi`] makes X12 files of any size for benchmarks and tests, as plain text.
//!
//! Deliberately absent: any X12 of a made-up practice. It speaks CSV, as a real one does; what its
//! payers answer is the sandbox's own affair.

pub mod edi;
mod people;
mod visits;

pub use people::{MadeCoverage, MadePatient, MadePayer, MadePractice, MadeProvider, practice};
pub use visits::{charge_file, fees, long_charge_file};

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// One of a list, by the seed.
fn one<'a, T>(from: &'a [T], rng: &mut ChaCha8Rng) -> &'a T {
    &from[rng.random_range(0..from.len())]
}

/// True in `percent` of a hundred cases, by the seed.
fn chance(percent: u32, rng: &mut ChaCha8Rng) -> bool {
    rng.random_range(0..100) < percent
}
