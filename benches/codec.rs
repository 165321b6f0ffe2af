//! How fast the codec is, beside the plainest thing that one can do with the same bytes in the
//! same run: finding the terminators with `memchr`. `cargo bench --bench codec` for one who changes
//! the codec; the size in megabytes is `FIRSTPASS_BENCH_MB`, 16 when not set. `firstpass bench codec`
//! does the same with longer files, and says the shares of `memchr`'s speed.

use std::sync::LazyLock;

use divan::{Bencher, black_box, counter::BytesCount};
use firstpass::cli::bench::work;
use firstpass::synth::edi::{claims_837p, remittances_835};
use firstpass::x12::{Delimiters, Render, read_file};

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

#[divan::bench(sample_count = 11)]
fn memchr_835(bencher: Bencher<'_, '_>) {
    over(bencher, &REMITTANCES, work::terminators);
}

#[divan::bench(sample_count = 11)]
fn tokenise_835(bencher: Bencher<'_, '_>) {
    over(bencher, &REMITTANCES, work::tokens);
}

#[divan::bench(sample_count = 11)]
fn typed_835(bencher: Bencher<'_, '_>) {
    over(bencher, &REMITTANCES, work::typed);
}

#[divan::bench(sample_count = 11)]
fn balanced_835(bencher: Bencher<'_, '_>) {
    over(bencher, &REMITTANCES, work::balanced);
}

#[divan::bench(sample_count = 11)]
fn memchr_837p(bencher: Bencher<'_, '_>) {
    over(bencher, &CLAIMS, work::terminators);
}

#[divan::bench(sample_count = 11)]
fn tokenise_837p(bencher: Bencher<'_, '_>) {
    over(bencher, &CLAIMS, work::tokens);
}

#[divan::bench(sample_count = 11)]
fn typed_837p(bencher: Bencher<'_, '_>) {
    over(bencher, &CLAIMS, work::typed);
}

#[divan::bench(sample_count = 11)]
fn write_837p(bencher: Bencher<'_, '_>) {
    let file = read_file(&CLAIMS);
    let mut out = Render::new(Delimiters::USUAL);
    let written = || -> u64 {
        let sets = file.sets().filter_map(|set| set.body.node());
        sets.map(|set| work::written(black_box(set), &mut out)).sum()
    };
    bencher.counter(BytesCount::of_slice(CLAIMS.as_slice())).bench_local(written);
}

#[divan::bench(sample_count = 11)]
fn validate_837p(bencher: Bencher<'_, '_>) {
    over(bencher, &CLAIMS, work::validated);
}
