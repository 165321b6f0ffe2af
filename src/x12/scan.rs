//! Every segment of a file in order, without knowing what it means.

use crate::cursor::{Ground, Raw};
use crate::envelope::FILE_BYTES_MAX;
use crate::lexer::{Stop, Tape, discover, tokens};

/// How much text is on the tape at once: little enough that both stay in the processor's cache.
const REACH: usize = 64 * 1024;

/// Visits all segments of all interchanges, envelope included. Elements are cut where the
/// delimiters of their interchange stand. Text beyond [`FILE_BYTES_MAX`] is not looked at: that is
/// for [`Reader`](crate::Reader).
///
/// ```
/// let text = "ST*835*0001~SE*2*0001~";
/// let mut ids = Vec::new();
/// firstpass_x12::each_segment(text.as_bytes(), |segment| ids.push(segment.id().to_str().into_owned()));
/// assert_eq!(ids, ["ST", "SE"]);
/// ```
pub fn each_segment<'a>(text: &'a [u8], mut visit: impl FnMut(&Raw<'a, '_>)) {
    if text.len() > FILE_BYTES_MAX {
        return;
    }
    let mut tape = Tape::default();
    let mut at = 0;
    while let Some(opening) = discover(text, at) {
        let delimiters = opening.delimiters;
        let (mut begin, mut reach, mut inside) = (opening.start, REACH, false);
        let end = loop {
            tape.clear();
            let ahead = text.get(..begin + reach).unwrap_or(text);
            let end = match tape.tokenise(ahead, begin, delimiters, inside) {
                Stop::InterchangeEnd(end) => Some(end),
                Stop::End(lead) if ahead.len() < text.len() => {
                    // A segment longer than what was looked at: look further.
                    reach = if lead == begin { reach * 2 } else { REACH };
                    begin = lead;
                    None
                }
                Stop::End(lead) => {
                    if !text.get(lead..).unwrap_or_default().trim_ascii().is_empty() {
                        tape.unterminated(text, lead, delimiters);
                    }
                    Some(text.len())
                }
            };
            inside |= !tape.segments().is_empty();
            let ground = Ground { text, tape: &tape, delimiters, base: 0 };
            for place in 0..tape.segments().len() {
                if let Some(raw) = ground.raw(place, 0) {
                    visit(&raw);
                }
            }
            if let Some(end) = end {
                break end;
            }
        };
        if end <= at {
            break;
        }
        at = end;
    }
}

/// Visits each identifier (place 0) and each element (from 1) of all interchanges in order: the
/// plainest and fastest way through a file, for one who counts or looks for something.
///
/// ```
/// let text = b"ST*835*0001~SE*2*0001~";
/// let mut seen = Vec::new();
/// firstpass_x12::each_token(text, |place, token| seen.push((place, token)));
/// assert_eq!(seen[..3], [(0, &b"ST"[..]), (1, &b"835"[..]), (2, &b"0001"[..])]);
/// ```
pub fn each_token<'a>(text: &'a [u8], mut visit: impl FnMut(usize, &'a [u8])) {
    let mut at = 0;
    while let Some(opening) = discover(text, at) {
        let end = tokens(text, opening.start, opening.delimiters, &mut visit);
        if end <= at {
            break;
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240101*1200*^*00501*000000001*0*P*:~";

    /// Both ways through a text see the same.
    fn check(text: &[u8]) {
        let (mut by_segment, mut by_token) = (Vec::new(), Vec::new());
        each_segment(text, |raw| {
            by_segment.push((0, raw.id().to_str().into_owned()));
            for place in 1..=raw.elements.count() {
                let element = u8::try_from(place).map(|place| raw.element(place).to_str().into_owned());
                by_segment.push((place, element.unwrap_or_default()));
            }
        });
        each_token(text, |place, token| {
            let token = if place == 0 { token.trim_ascii_end() } else { token };
            by_token.push((place, crate::value::Text::new(token).to_str().into_owned()));
        });
        assert_eq!(by_segment, by_token);
    }

    #[test]
    fn tokens_are_those_of_the_segments_whatever_stands_around_them() {
        let body = "GS*HC*A*B~\r\nST*837*0001~~NM1*IL**~SE*3*0001~ GE*1*1~";
        check(format!("{ISA}{body}IEA*1*000000001~").as_bytes());
        check(format!("{ISA}{body}IEA*1*000000001~\n{}{body}", ISA.replace('*', "|")).as_bytes());
        check(format!("{ISA}{body}{ISA}{body}IEA*1").as_bytes());
        check(format!("{ISA}{body}").replace('~', "\n").as_bytes());
        check(b"ST*835*1~SE*1");
        check(b"no file");
        let long = format!(
            "{ISA}{}REF*{}~{}IEA*0*1~",
            "LX*1~".repeat(20_000),
            "A".repeat(200_000),
            "N3*A~".repeat(9_000)
        );
        check(long.as_bytes());
    }

    proptest! {
        #[test]
        fn tokens_are_those_of_the_segments(body in "([A-Z1-3]{1,4}|[*~\n: ]|ISA|IEA){0,300}") {
            check(format!("{ISA}{body}").as_bytes());
        }
    }
}
