//! How fast the codec is, beside the plainest thing that one can do with the same bytes in the
//! same run: finding the terminators with `memchr`. `cargo bench --bench codec`; the size in
//! megabytes is `FIRSTPASS_BENCH_MB`, 16 when not set.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::sync::LazyLock;
use std::time::Instant;

use divan::{Bencher, black_box, counter::BytesCount};
use firstpass::synth::edi::{claims_837p, remittances_835};
use firstpass::types::Money;
use firstpass::x12::check::{Options, check};
use firstpass::x12::{Body, Delimiters, File, Render, Written, each_segment, read_file};

static REMITTANCES: LazyLock<Vec<u8>> = LazyLock::new(|| remittances_835(835, bytes()));
static CLAIMS: LazyLock<Vec<u8>> = LazyLock::new(|| claims_837p(837, bytes()));

fn bytes() -> usize {
    let megabytes = std::env::var("FIRSTPASS_BENCH_MB").ok().and_then(|text| text.parse().ok());
    megabytes.unwrap_or(16) * 1_000_000
}

fn main() {
    divan::main();
    if std::env::args().all(|argument| argument == "--bench" || !argument.starts_with('-')) {
        print_ratios();
    }
}

/// What divan does not say: each speed as a share of `memchr`'s over the same file, by the median of
/// five runs, in thousandths.
fn print_ratios() {
    type Work = fn(&[u8]) -> u64;
    let remittances: [(&str, Work); 3] =
        [("tokenise_835", tokens), ("typed_835", typed), ("balanced_835", balanced)];
    let claims: [(&str, Work); 4] = [
        ("tokenise_837p", tokens),
        ("typed_837p", typed),
        ("read and write_837p", |text| rendered(&read_file(text))),
        ("validate_837p", validated),
    ];
    println!("\nthousandths of memchr's speed over the same file");
    for (text, works) in [(REMITTANCES.as_slice(), remittances.as_slice()), (&CLAIMS, &claims)] {
        let plain = median_nanoseconds(|| terminators(text));
        for (name, work) in works {
            println!("{name:<26}{:>6}", plain * 1_000 / median_nanoseconds(|| work(text)).max(1));
        }
    }
}

fn median_nanoseconds(work: impl Fn() -> u64) -> u128 {
    let mut times: Vec<u128> = (0..5)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    times[2]
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
    bencher.counter(BytesCount::of_slice(CLAIMS.as_slice())).bench_local(|| rendered(black_box(&file)));
}

fn rendered(file: &File<'_>) -> u64 {
    let mut out = Render::new(Delimiters::USUAL);
    for interchange in &file.interchanges {
        interchange.write(&mut out);
    }
    out.into_bytes().len() as u64
}

/// SNIP 1 to 4.
#[divan::bench(sample_count = 11)]
fn validate_837p(bencher: Bencher<'_, '_>) {
    over(bencher, &CLAIMS, validated);
}

fn validated(text: &[u8]) -> u64 {
    check(text, &Options::default()).errors
}
