//! Any bytes: what is read is written back as it was, envelope and all.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| firstpass_fuzz::is_lossless(text));
