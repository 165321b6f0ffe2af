//! How long a person who types waits for codes: `cargo bench --bench codes`. The aim is 5 ms.

use chrono::NaiveDate;
use divan::{Bencher, black_box};
use firstpass::codes::{Codes, search::USUAL};

fn main() {
    // The first search makes the indexes.
    let _ = Codes::shipped().search("pain", &USUAL, day(), 1);
    divan::main();
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day of the calendar")
}

#[divan::bench(args = ["e", "fracture", "unspecified", "diab neurop", "ess hyp", "E11.4", "wheelchair xyzzy"])]
fn search(bencher: Bencher<'_, '_>, typed: &str) {
    bencher.bench(|| Codes::shipped().search(black_box(typed), &USUAL, day(), 20));
}
