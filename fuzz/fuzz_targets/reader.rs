//! Any bytes, in pieces of any size: the lending reader ends, and lends the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| firstpass_fuzz::arrives_in_pieces(text));
