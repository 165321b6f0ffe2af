//! Any text inside a set of this guide: read without a fault of ours, written back as it was.
#![no_main]

use firstpass_fuzz::{Kind, is_lossless};

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    is_lossless(&Kind::new("837", "HC", "005010X224A2").dress(body));
});
