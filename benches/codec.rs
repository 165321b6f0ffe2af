//! How fast the codec is, beside the plainest thing that one can do with the same bytes in the
//! same run: finding the terminators with `memchr`. `cargo bench --bench codec`; the size in
//! megabytes is `FIRSTPASS_BENCH_MB`, 16 when not set.

use std::sync::LazyLock;

use divan::{Bencher, black_box, counter::BytesCount};
use firstpass::synth::edi::{claims_837p, remittances_835};
use firstpass::types::Money;
use firstpass::x12::check::{Options, check};
use firstpass::x12::{Body, Delimiters, Render, Written, each_segment, read_file};

static REMITTANCES: LazyLock<Vec<u8>> = LazyLock::new(|| remittances_835(835, bytes()));
static CLAIMS: LazyLock<Vec<u8>> = LazyLock::new(|| claims_837p(837, bytes()));

fn bytes() -> usize {
    let megabytes = std::env::var("FIRSTPASS_BENCH_MB").ok().and_then(|text| text.parse().ok());
    megabytes.unwrap_or(16) * 1_000_000
}

fn main() {
    divan::main();
}

fn over(bencher: Bencher<'_, '_>, text: &'static [u8], work: impl Fn(&'static [u8]) -> u64 + Sync) {
    bencher.counter(BytesCount::of_slice(text)).bench(|| work(black_box(text)));
}

/// Visits each terminator; `count` alone would not.
fn terminators(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'~', text).fold(0, |sum, at| sum.wrapping_add(black_box(at) as u64))
}

/// Every element boundary and identifier visited and folded.
fn tokens(text: &[u8]) -> u64 {
    let mut sum = 0_u64;
    each_segment(text, |segment| {
        sum = sum.wrapping_add(segment.id().len() as u64);
        for place in 1..=segment.elements.count() {
            let length = segment.element(u8::try_from(place).unwrap_or(u8::MAX)).len() as u64;
            sum = sum.wrapping_mul(31).wrapping_add(length);
        }
    });
    sum
}

fn typed(text: &[u8]) -> u64 {
    let file = read_file(text);
    file.sets().count() as u64 + file.issues.errors()
}

/// Reads, and adds up each claim and each payment.
fn balanced(text: &[u8]) -> u64 {
    let file = read_file(text);
    let mut broken = 0;
    for set in file.sets() {
        let Body::Remittance(body) = &set.body else { continue };
        let mut paid = Money::ZERO;
        for claim in body.claims() {
            let of_claim = claim.adjustments.iter();
            let of_services = claim.services.iter().flat_map(|service| &service.adjustments);
            let adjusted: Money = of_claim
                .chain(of_services)
                .flat_map(|cas| cas.adjustments.iter())
                .map(|one| one.amount)
                .sum();
            broken += u64::from(claim.claim.charged - adjusted != claim.claim.paid);
            paid += claim.claim.paid;
        }
        let provider: Money = body
            .provider_adjustments
            .iter()
            .flat_map(|plb| plb.adjustments.iter())
            .map(|one| one.amount)
            .sum();
        broken += u64::from(paid - provider != body.payment.paid);
    }
    assert_eq!(broken, 0, "the made-up remittances balance");
    file.sets().count() as u64
}

#[divan::bench(sample_count = 11)]
fn memchr_835(bencher: Bencher<'_, '_>) {
    over(bencher, &REMITTANCES, terminators);
}

#[divan::bench(sample_count = 11)]
fn tokenise_835(bencher: Bencher<'_, '_>) {
    over(bencher, &REMITTANCES, tokens);
}

#[divan::bench(sample_count = 11)]
fn typed_835(bencher: Bencher<'_, '_>) {
    over(bencher, &REMITTANCES, typed);
}

#[divan::bench(sample_count = 11)]
fn balanced_835(bencher: Bencher<'_, '_>) {
    over(bencher, &REMITTANCES, balanced);
}

#[divan::bench(sample_count = 11)]
fn memchr_837p(bencher: Bencher<'_, '_>) {
    over(bencher, &CLAIMS, terminators);
}

#[divan::bench(sample_count = 11)]
fn tokenise_837p(bencher: Bencher<'_, '_>) {
    over(bencher, &CLAIMS, tokens);
}

#[divan::bench(sample_count = 11)]
fn typed_837p(bencher: Bencher<'_, '_>) {
    over(bencher, &CLAIMS, typed);
}

/// Every segment rendered from its values, nothing copied from what was read.
#[divan::bench(sample_count = 11)]
fn write_837p(bencher: Bencher<'_, '_>) {
    let file = read_file(&CLAIMS);
    bencher.counter(BytesCount::of_slice(CLAIMS.as_slice())).bench_local(|| {
        let mut out = Render::new(Delimiters::USUAL);
        for interchange in &black_box(&file).interchanges {
            interchange.write(&mut out);
        }
        out.into_bytes()
    });
}

/// SNIP 1 to 4.
#[divan::bench(sample_count = 11)]
fn validate_837p(bencher: Bencher<'_, '_>) {
    over(bencher, &CLAIMS, |text| check(text, &Options::default()).errors);
}
