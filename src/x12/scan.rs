//! Every segment of a file in order, without knowing what it means.

use crate::x12::cursor::{Ground, Raw};
use crate::x12::envelope::FILE_BYTES_MAX;
use crate::x12::lexer::{Stop, Tape, discover};

/// Visits all segments of all interchanges, envelope included. Elements are cut where the
/// delimiters of their interchange stand. Text beyond [`FILE_BYTES_MAX`] is not looked at: that is
/// for [`Reader`](crate::x12::Reader).
///
/// ```
/// let text = "ST*835*0001~SE*2*0001~";
/// let mut ids = Vec::new();
/// firstpass::x12::each_segment(text.as_bytes(), |segment| ids.push(segment.id().to_str().into_owned()));
/// assert_eq!(ids, ["ST", "SE"]);
/// ```
pub fn each_segment<'a>(text: &'a [u8], mut visit: impl FnMut(&Raw<'a, '_>)) {
    if text.len() > FILE_BYTES_MAX {
        return;
    }
    let mut tape = Tape::default();
    let mut at = 0;
    while let Some(opening) = discover(text, at) {
        tape.clear();
        let end = match tape.tokenise(text, opening.start, opening.delimiters, false) {
            Stop::InterchangeEnd(end) => end,
            Stop::End(lead) => {
                if !text.get(lead..).unwrap_or_default().trim_ascii().is_empty() {
                    tape.unterminated(text, lead, opening.delimiters);
                }
                text.len()
            }
        };
        let ground = Ground { text, tape: &tape, delimiters: opening.delimiters, base: 0 };
        for place in 0..tape.segments().len() {
            if let Some(raw) = ground.raw(place, 0) {
                visit(&raw);
            }
        }
        if end <= at {
            break;
        }
        at = end;
    }
}
