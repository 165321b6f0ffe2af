//! Any bytes as FHIR R4: charges or a reason.
#![no_main]

use firstpass::charges::map_fhir;
use firstpass::charges::messages::{MessageSource, Usual, read_message};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = map_fhir::envelope(bytes, None);
    let _ = read_message(MessageSource::Fhir, bytes, &Usual::default());
});
