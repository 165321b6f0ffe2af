//! What is measured of the X12 engine, each as one thing done with a whole file. The command times
//! them over files of any size, `benches/codec.rs` over small ones; both do the same. Each gives a
//! number that depends on all it saw, so that no part of it is left out by the compiler.

use std::hint::black_box;

use crate::types::Money;
use crate::x12::check::{Options, check};
use crate::x12::segments::Cas;
use crate::x12::{ClaimPart, Part, Reader, Render, Written, each_token};

/// The mark that all else is compared with: the places of the terminators, added up.
#[must_use]
pub fn terminators(text: &[u8]) -> u64 {
    // Each place is looked at; counting alone would be another thing.
    memchr::memchr_iter(b'~', text).fold(0, |sum, at| sum.wrapping_add(black_box(at) as u64))
}

/// Every identifier and element visited and folded.
#[must_use]
pub fn tokens(text: &[u8]) -> u64 {
    let mut sum = 0_u64;
    each_token(text, |place, token| sum = sum.rotate_left(5) ^ (token.len() as u64 + place as u64));
    sum
}

/// Every part lent by the streaming reader; the number of claims and claim payments.
///
/// # Panics
/// When a limit of the reader is passed.
#[must_use]
pub fn typed(text: &[u8]) -> u64 {
    let mut reader = Reader::new(text);
    let mut claims = 0;
    while let Some(part) = reader.next().expect(WITHIN_LIMITS) {
        let part = black_box(&part);
        claims += u64::from(matches!(part, Part::Professional(ClaimPart::Claim(..)) | Part::ClaimPayment(_)));
    }
    claims
}

/// Every claim payment lent, and services, claims and payments added up; the number that do not
/// balance (X221 1.10.2.1).
///
/// # Panics
/// When a limit of the reader is passed.
#[must_use]
pub fn balanced(text: &[u8]) -> u64 {
    let mut reader = Reader::new(text);
    let (mut payment, mut expected, mut broken) = (Money::ZERO, Money::ZERO, 0);
    while let Some(part) = reader.next().expect(WITHIN_LIMITS) {
        match part {
            Part::RemittanceHeader(header) => (payment, expected) = (header.payment.paid, Money::ZERO),
            Part::ClaimPayment(claim) => {
                let mut adjustments = adjusted(&claim.adjustments);
                for service in &claim.services {
                    let of_service = adjusted(&service.adjustments);
                    let paid = service.service.paid.unwrap_or_default();
                    broken += u64::from(service.service.charged - of_service != paid);
                    adjustments += of_service;
                }
                broken += u64::from(claim.claim.charged - adjustments != claim.claim.paid);
                expected += claim.claim.paid;
            }
            Part::ProviderAdjustment(plb) => {
                expected -= plb.adjustments.iter().map(|one| one.amount).sum();
            }
            Part::SetEnd(_) => broken += u64::from(payment != expected),
            _ => {}
        }
    }
    broken
}

fn adjusted(segments: &[Cas<'_>]) -> Money {
    segments.iter().flat_map(|cas| cas.adjustments.iter()).map(|one| one.amount).sum()
}

/// Lends each part of professional claims, subscriber by subscriber; the sum of what was done.
///
/// # Panics
/// When a limit of the reader is passed.
pub fn each_part(text: &[u8], mut work: impl FnMut(&dyn Written) -> u64) -> u64 {
    let mut reader = Reader::new(text).by_subscriber();
    let mut sum = 0;
    while let Some(part) = reader.next().expect(WITHIN_LIMITS) {
        if let Part::Professional(part) = &part {
            sum += work(black_box(part.node()));
        }
    }
    sum
}

/// Every segment of a part of a set rendered from its values, nothing copied; the number of
/// segments.
pub fn written(part: &dyn Written, out: &mut Render) -> u64 {
    out.clear();
    part.write(out);
    u64::from(out.segments())
}

/// SNIP 1 to 4; the number of errors.
#[must_use]
pub fn validated(text: &[u8]) -> u64 {
    check(text, &Options::default()).errors
}

const WITHIN_LIMITS: &str = "no segment or claim of a measured file is endless";
