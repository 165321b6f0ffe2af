//! Any bytes: a verdict and issues, the same twice, and within the limit that was asked for.
#![no_main]

use firstpass::x12::Limits;
use firstpass::x12::check::{Options, check};

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let options = Options { limits: Limits { issues: 20, ..Limits::default() }, ..Options::default() };
    let first = check(text, &options);
    assert!(first.issues.len() <= 20, "more issues are kept than were asked for");
    let second = check(text, &options);
    assert!(format!("{first:?}") == format!("{second:?}"), "checked twice, the report is another");
});
