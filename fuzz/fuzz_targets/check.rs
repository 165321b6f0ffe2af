//! Any bytes: a verdict and issues, the same however they arrive, and within the limit that was
//! asked for.
#![no_main]

use firstpass::x12::Limits;
use firstpass::x12::check::{Options, Report, check};
use firstpass_fuzz::{SMALLEST_CHUNK, looked_ahead};

fn checked(text: &[u8], chunk_bytes: usize) -> Report {
    check(
        text,
        &Options { limits: Limits { issues: 20, chunk_bytes, ..Limits::default() }, ..Options::default() },
    )
}

/// One interchange, so that what was found by looking ahead is among the issues that are kept.
fn is_single(text: &[u8]) -> bool {
    let begins = |at: usize, ids: [&[u8]; 3]| {
        text.get(at..at + 3).is_some_and(|id| ids.iter().any(|begin| id.starts_with(begin)))
    };
    let end = (0..text.len()).find(|&at| begins(at, [b"IEA"; 3])).unwrap_or(text.len());
    text.starts_with(b"ISA")
        && !(1..text.len())
            .any(|at| begins(at, [b"ISA"; 3]) || (at > end && begins(at, [b"GS", b"ST", b"ISA"])))
}

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let whole = checked(text, Limits::default().chunk_bytes);
    assert!(whole.issues.len() <= 20, "more issues are kept than were asked for");
    let pieces = checked(text, SMALLEST_CHUNK);
    let ahead = [&whole, &pieces].into_iter().flat_map(|report| &report.issues).map(|issue| issue.rule);
    if is_single(text) && !looked_ahead(ahead) {
        let same =
            whole.issues.iter().zip(&pieces.issues).take_while(|(whole, pieces)| whole == pieces).count();
        let (whole_issue, pieces_issue) = (whole.issues.get(same), pieces.issues.get(same));
        assert!(whole_issue == pieces_issue, "in pieces {whole_issue:?} becomes {pieces_issue:?}");
        assert!(whole == pieces, "in pieces, the report is another");
    }
});
