//! What a part of a file covers: bytes to link to, segments that a 999 counts.

use crate::declare::Written;
use crate::spec::NodeSpec;

/// The stretch of a file that a segment or loop was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First and last byte, from 0: identifier to terminator.
    pub bytes: (u64, u64),
    /// First and last segment of the set, ST = 1.
    pub segments: (u32, u32),
}

impl Span {
    /// What a part covers with everything in it; `None` when it was built, not read.
    #[must_use]
    pub fn of(part: &dyn Written) -> Option<Span> {
        let mut span = None;
        cover(part, &mut span);
        span
    }
}

fn cover(part: &dyn Written, span: &mut Option<Span>) {
    match part.spec() {
        NodeSpec::Loop(_) => part.each(&mut |_, inner| cover(inner, span)),
        NodeSpec::Segment(_) => {
            let source = part.source();
            if !source.is_read() {
                return;
            }
            let bytes = (source.offset(), source.end_byte().saturating_sub(1));
            let segments = (source.number(), source.number() + source.segments().saturating_sub(1));
            *span = Some(match *span {
                None => Span { bytes, segments },
                Some(so_far) => Span {
                    bytes: (so_far.bytes.0.min(bytes.0), so_far.bytes.1.max(bytes.1)),
                    segments: (so_far.segments.0.min(segments.0), so_far.segments.1.max(segments.1)),
                },
            });
        }
    }
}
