//! Any bytes as a charge sheet, CSV or XLSX: charges or a reason, by our names of the columns and by
//! those that its heading suggests.
#![no_main]

use firstpass::charges::{Mapping, headings, read_sheet};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = read_sheet(bytes, None);
    if let Ok(headings) = headings(bytes, None) {
        let _ = read_sheet(bytes, Some(&Mapping::guess(&headings)));
    }
});
