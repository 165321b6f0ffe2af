//! Any bytes: segments follow each other inside the text, elements inside their segment.
#![no_main]

use firstpass::x12::each_segment;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let mut end = 0;
    each_segment(text, |segment| {
        let source = segment.source;
        assert!(source.first_byte() >= end, "segments overlap");
        end = source.end_byte();
        assert!(end <= text.len() as u64, "a segment ends behind the text");
        let elements: usize =
            (1..=segment.elements.count()).map(|place| segment.element(place.min(255) as u8).len()).sum();
        assert!(
            elements <= source.text().len() * segment.elements.count(),
            "an element is longer than its segment"
        );
    });
});
