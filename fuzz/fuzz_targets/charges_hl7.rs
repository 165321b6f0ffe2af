//! Any bytes as HL7 v2: charges or a reason, and an answer either way.
#![no_main]

use firstpass::charges::map_hl7;
use firstpass::charges::messages::{MessageSource, Usual, read_message};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for message in map_hl7::split(bytes) {
        let _ = map_hl7::envelope(message);
        let _ = read_message(MessageSource::Hl7, message, &Usual::default());
        let answer = map_hl7::acknowledge(message, None, Default::default());
        assert!(answer.starts_with(b"MSH"), "an answer is no HL7");
    }
});
