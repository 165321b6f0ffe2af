//! The other crates, each as its documentation says it is used.

use std::hint::black_box;
use std::time::Duration;

use x12_stream_parser::{Delimiters, Parser as StreamParser};
use x12_types::util::Parser as _;
use x12_types::v005010::{_835, _837, Transmission};

use crate::timed;

/// x12-stream-parser: every identifier and element visited and folded, as in ours. It is told the
/// delimiters, which ours finds out.
pub fn tokenise(text: &[u8]) -> Duration {
    let fold = || {
        let mut sum = 0_u64;
        for segment in StreamParser::new(text, Delimiters::new(b'~', b'*', b':')) {
            let segment = segment.expect("the generated file is whole");
            sum = sum.rotate_left(5) ^ segment.id().len() as u64;
            for (place, element) in segment.elements().enumerate() {
                sum = sum.rotate_left(5) ^ (element.len() as u64 + place as u64 + 1);
            }
        }
        sum
    };
    timed(fold).0
}

/// x12-types: the whole file as values. That it must be UTF-8 is found out before, and what it
/// allocated is freed after the time is taken.
pub fn typed_835(text: &[u8]) -> Duration {
    let text = utf8(text);
    timed(|| Transmission::<_835>::parse(text).expect("read before").1).0
}

/// See [`typed_835`].
pub fn typed_837(text: &[u8]) -> Duration {
    let text = utf8(text);
    timed(|| Transmission::<_837>::parse(text).expect("read before").1).0
}

/// x12-types: the whole file as text, from the values.
pub fn write_837(text: &[u8]) -> Duration {
    let values = Transmission::<_837>::parse(utf8(text)).expect("read before").1;
    timed(|| black_box(&values).to_string()).0
}

/// Says when x12-types takes less than the two files: it leaves what it cannot read to its caller. It
/// should write back what it read, with a line break behind each segment.
pub fn taken(remittances: &[u8], claims: &[u8]) -> Vec<String> {
    let (rest, values) = Transmission::<_835>::parse(utf8(remittances)).expect("x12-types reads the 835");
    let of_835 = difference("835", utf8(remittances), rest, &values.to_string());
    let (rest, values) = Transmission::<_837>::parse(utf8(claims)).expect("x12-types reads the 837P");
    let of_837 = difference("837P", utf8(claims), rest, &values.to_string());
    [of_835, of_837].into_iter().flatten().collect()
}

fn difference(set: &str, text: &str, rest: &str, written: &str) -> Option<String> {
    let written = &written.replace('\n', "");
    let same = text.bytes().zip(written.bytes()).take_while(|(read, written)| read == written).count();
    let around = |of: &str| of[same.saturating_sub(40)..(same + 40).min(of.len())].to_owned();
    (!rest.is_empty() || text != written).then(|| {
        format!(
            "x12-types leaves {} of {} bytes of the {set} and writes {} bytes; first at {same}: {:?} becomes {:?}",
            rest.len(),
            text.len(),
            written.len(),
            around(text),
            around(written)
        )
    })
}

fn utf8(text: &[u8]) -> &str {
    std::str::from_utf8(text).expect("the generated files are ASCII")
}
