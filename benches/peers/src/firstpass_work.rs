//! Ours: the works of `firstpass bench codec`.

use std::io::Read;
use std::time::Duration;

use firstpass::cli::bench::work;
use firstpass::types::Money;
use firstpass::x12::{Delimiters, Part, Reader, Render};

use crate::timed;

pub fn terminators(text: &[u8]) -> Duration {
    timed(|| work::terminators(text)).0
}

pub fn tokenise(text: &[u8]) -> Duration {
    timed(|| work::tokens(text)).0
}

pub fn typed(text: &[u8]) -> Duration {
    timed(|| work::typed(text)).0
}

pub fn balanced(text: &[u8]) -> Duration {
    let (time, broken) = timed(|| work::balanced(text));
    assert_eq!(broken, 0, "the generated file balances");
    time
}

pub fn validate(text: &[u8]) -> Duration {
    let (time, errors) = timed(|| work::validated(text));
    assert_eq!(errors, 0, "the generated file is right");
    time
}

/// Each part written right after it was read, less the reading.
pub fn write(text: &[u8]) -> Duration {
    let (read, _) = timed(|| work::each_part(text, |_| 0));
    let mut out = Render::new(Delimiters::USUAL);
    let (both, _) = timed(|| work::each_part(text, |part| work::written(part, &mut out)));
    both.saturating_sub(read)
}

/// What a program holds that adds up payments from a file on disk.
pub fn balanced_stream(input: impl Read) -> Money {
    let mut reader = Reader::new(input);
    let mut paid = Money::ZERO;
    while let Some(part) = reader.next().expect("no claim of the generated file is endless") {
        if let Part::ClaimPayment(claim) = part {
            paid += claim.claim.paid;
        }
    }
    paid
}
