//! HL7 v2 messages, taken apart by the separators that they name themselves (HL7 2.5.1, chapter 2):
//! segments, fields, repetitions, components, escape sequences. What a segment means is
//! [`super::map_hl7`]'s.

use std::borrow::Cow;
use std::fmt;

/// What separates the parts of a message: MSH-1 and MSH-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Separators {
    pub(super) field: char,
    pub(super) component: char,
    pub(super) repetition: char,
    pub(super) escape: char,
    pub(super) subcomponent: char,
}

impl Default for Separators {
    fn default() -> Separators {
        Separators { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' }
    }
}

/// A message.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) separators: Separators,
    pub(super) segments: Vec<Segment<'a>>,
}

/// A segment.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    /// Its place in the message, counted from 1.
    pub(super) number: i32,
    pub(super) id: &'a str,
    separators: Separators,
    /// Cut where a field is asked for: a message of separators alone is no larger read than sent.
    line: &'a str,
}

/// The most segments that a message may have: fifty charges are a few hundred.
const SEGMENTS_MAX: usize = 10_000;

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    NoMsh,
    Separators,
    Characters,
    Segments,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::NoMsh => "it does not begin with MSH",
            Fault::Separators => "MSH-1 and MSH-2 do not name five different separators",
            Fault::Characters => "it is neither UTF-8 nor, as MSH-18 would have to say, 8859/1",
            Fault::Segments => "it has more than 10000 segments",
        })
    }
}

/// A message's text: UTF-8, or ISO 8859-1 where MSH-18 says so.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.into());
    }
    let latin: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let says_so = parse(&latin).is_ok_and(|message| message.segments[0].value(18, 1) == "8859/1");
    if says_so { Ok(latin.into()) } else { Err(Fault::Characters) }
}

/// The first segment of a message, whatever follows it: what of it is no text is replaced.
pub(super) fn head(bytes: &[u8]) -> Cow<'_, str> {
    let is_before = |byte: &&u8| b"\x0b\r\n \xef\xbb\xbf".contains(byte);
    let start = bytes.iter().take_while(is_before).count();
    let line = bytes[start..].split(|byte| b"\r\n\x1c".contains(byte)).next().unwrap_or_default();
    text(line).unwrap_or_else(|_no_text| String::from_utf8_lossy(line))
}

/// Takes a message apart. Segments end in CR; LF and CRLF are read as well.
pub(super) fn parse(text: &str) -> Result<Message<'_>, Fault> {
    let text = text.trim_start_matches(['\u{b}', '\r', '\n', '\u{feff}', ' ']);
    let separators = separators(text.strip_prefix("MSH").ok_or(Fault::NoMsh)?)?;
    let segments: Vec<Segment<'_>> = (1..)
        .zip(text.split(['\r', '\n', '\u{1c}']).map(str::trim_end).filter(|line| !line.is_empty()))
        .map(|(number, line)| {
            let id = line.split(separators.field).next().unwrap_or_default();
            Segment { number, id, separators, line }
        })
        .take(SEGMENTS_MAX + 1)
        .collect();
    if segments.len() > SEGMENTS_MAX { Err(Fault::Segments) } else { Ok(Message { separators, segments }) }
}

/// Reads the separators that follow `MSH`. Fewer than four in MSH-2 leave the later ones as they
/// usually are, as senders without subcomponents do.
fn separators(after_msh: &str) -> Result<Separators, Fault> {
    let mut chars = after_msh.chars();
    let field = chars.next().ok_or(Fault::Separators)?;
    let usual = Separators::default();
    let mut named = chars.take_while(|c| *c != field && !c.is_control()).take(5);
    let component = named.next().ok_or(Fault::Separators)?;
    let separators = Separators {
        field,
        component,
        repetition: named.next().unwrap_or(usual.repetition),
        escape: named.next().unwrap_or(usual.escape),
        subcomponent: named.next().unwrap_or(usual.subcomponent),
    };
    let Separators { repetition, escape, subcomponent, .. } = separators;
    let all = [field, component, repetition, escape, subcomponent];
    let differ = all.iter().enumerate().all(|(at, one)| !all[..at].contains(one));
    if differ && all.iter().all(char::is_ascii_punctuation) { Ok(separators) } else { Err(Fault::Separators) }
}

/// The messages of a file; none when it is no HL7 v2: it begins with `MSH`, `FHS` or `BHS`. A message
/// goes from `MSH` at the beginning of a line to the next one. What stands behind the segments of an
/// envelope (FHS, BHS, BTS, FTS) without an `MSH` is given as well: it may be a message whose first
/// segment is lost.
pub(super) fn split(bytes: &[u8]) -> Vec<&[u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bytes = bytes.trim_ascii_start();
    let bytes = bytes.strip_prefix(b"\x0b").unwrap_or(bytes);
    let is_begun = |at: usize, ids: &[&[u8; 3]]| {
        let text = &bytes[at..];
        ids.iter().any(|id| text.starts_with(*id)) && text.get(3).is_some_and(u8::is_ascii_punctuation)
    };
    if !is_begun(0, &[b"MSH", b"FHS", b"BHS"]) {
        return vec![];
    }
    let lines = memchr::memchr3_iter(b'\r', b'\n', 0x0b, bytes).map(|end| end + 1);
    let begins: &[&[u8; 3]] = &[b"MSH", b"FHS", b"BHS", b"BTS", b"FTS"];
    let mut starts: Vec<usize> = lines.filter(|at| is_begun(*at, begins)).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let parts = starts.iter().zip(ends).filter_map(|(start, end)| {
        let part = &bytes[*start..end];
        if part.starts_with(b"MSH") {
            return Some(part);
        }
        let line = part.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(part.len());
        Some(&part[line..]).filter(|rest| !rest.trim_ascii().is_empty())
    });
    let parts: Vec<&[u8]> = parts.collect();
    // An envelope around nothing is answered as well.
    if parts.is_empty() { vec![bytes] } else { parts }
}

impl Message<'_> {
    /// The first segment of this id.
    pub(super) fn segment(&self, id: &str) -> Option<&Segment<'_>> {
        self.segments.iter().find(|segment| segment.id == id)
    }

    /// Which of the segments with its id a segment is, counted from 1.
    pub(super) fn occurrence(&self, number: i32) -> Option<(&str, usize)> {
        let segment = self.segments.iter().find(|segment| segment.number == number)?;
        let before = self.segments.iter().take_while(|one| one.number <= number);
        Some((segment.id, before.filter(|one| one.id == segment.id).count()))
    }
}

impl<'a> Segment<'a> {
    /// A field as it stands, its repetitions and escapes included; empty when it is not there.
    pub(super) fn raw(&self, field: usize) -> &'a str {
        // MSH-1 is the separator itself.
        let place = if self.id == "MSH" { field.saturating_sub(1) } else { field };
        let text = self.line.split(self.separators.field).nth(place).unwrap_or("");
        // Two quotes: the sender deletes what the receiver has (2.5.1, 2.7.1).
        if text == "\"\"" { "" } else { text }
    }

    /// The repetitions of a field that are not empty.
    pub(super) fn repetitions(&self, field: usize) -> impl Iterator<Item = Repetition<'a>> {
        let separators = self.separators;
        let text = self.raw(field);
        let parts = text.split(separators.repetition).filter(|part| !part.is_empty());
        parts.map(move |text| Repetition { text, separators })
    }

    /// A component of a field's first repetition: its first subcomponent, without escapes.
    pub(super) fn value(&self, field: usize, component: usize) -> String {
        self.repetitions(field).next().map(|one| one.component(component)).unwrap_or_default()
    }
}

/// One of a field's repetitions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repetition<'a> {
    text: &'a str,
    separators: Separators,
}

impl Repetition<'_> {
    /// A component's first subcomponent, without escapes.
    pub(super) fn component(&self, component: usize) -> String {
        self.subcomponent(component, 1)
    }

    /// A subcomponent, without escapes; both counted from 1.
    pub(super) fn subcomponent(&self, component: usize, subcomponent: usize) -> String {
        let part = |text: &'_ str, by: char, number: usize| {
            text.split(by).nth(number.saturating_sub(1)).unwrap_or("").to_owned()
        };
        let component = part(self.text, self.separators.component, component);
        unescape(&part(&component, self.separators.subcomponent, subcomponent), self.separators)
            .trim()
            .to_owned()
    }
}

/// Resolves escape sequences (2.5.1, 2.7): separators and hexadecimal characters; formatting is left
/// out, and what is no sequence stays as it is.
fn unescape(text: &str, separators: Separators) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(separators.escape) {
        plain.push_str(before);
        let Some((sequence, next)) = after.split_once(separators.escape) else {
            plain.push(separators.escape);
            plain.push_str(after);
            return plain;
        };
        match sequence {
            "F" => plain.push(separators.field),
            "S" => plain.push(separators.component),
            "T" => plain.push(separators.subcomponent),
            "R" => plain.push(separators.repetition),
            "E" => plain.push(separators.escape),
            "H" | "N" => {}
            ".br" => plain.push(' '),
            hex if hex.starts_with('X') => match unhex(&hex[1..]) {
                Some(bytes) => plain.push_str(&String::from_utf8_lossy(&bytes)),
                None => plain.push(char::REPLACEMENT_CHARACTER),
            },
            other => {
                plain.push(separators.escape);
                plain.push_str(other);
                plain.push(separators.escape);
            }
        }
        rest = next;
    }
    plain.push_str(rest);
    plain
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pairs =
        digits.chunks(2).map(|pair| u8::try_from(digit(pair.first()?)? * 16 + digit(pair.get(1)?)?).ok());
    pairs.collect()
}

/// A text as a message carries it.
pub(super) fn escaped(text: &str, separators: Separators) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        let code = match c {
            c if c == separators.field => 'F',
            c if c == separators.component => 'S',
            c if c == separators.subcomponent => 'T',
            c if c == separators.repetition => 'R',
            c if c == separators.escape => 'E',
            c if c.is_control() => continue,
            c => {
                written.push(c);
                continue;
            }
        };
        written.extend([separators.escape, code, separators.escape]);
    }
    written
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn separators_are_those_that_the_message_names() {
        let message = parse("MSH$%*!@$APP$FAC\rPID$1$$A-100%%%HOSP@2.16@ISO%MR*B-7$x!F!y").unwrap();
        let pid = message.segment("PID").unwrap();
        assert_eq!((pid.number, pid.value(3, 1)), (2, "A-100".to_owned()));
        let second = pid.repetitions(3).nth(1).unwrap();
        assert_eq!(second.component(1), "B-7");
        assert_eq!(pid.repetitions(3).next().unwrap().subcomponent(4, 2), "2.16");
        assert_eq!(pid.value(4, 1), "x$y");
        assert_eq!(message.segments[0].raw(1), "MSH");
        assert_eq!(message.segments[0].value(3, 1), "APP");
    }

    #[test]
    fn escapes_are_resolved_and_written() {
        let usual = Separators::default();
        for (written, plain) in [
            (r"Smith \T\ Sons \F\ \S\ \R\ \E\", "Smith & Sons | ^ ~ \\"),
            (r"A\X41\B", "AAB"),
            (r"\H\bold\N\", "bold"),
            (r"lone \ one", "lone \\ one"),
            (r"\Z\", "\\Z\\"),
        ] {
            assert_eq!(unescape(written, usual), plain);
        }
        assert_eq!(escaped("a|b^c&d~e\\f\r", usual), r"a\F\b\S\c\T\d\R\e\E\f");
    }

    #[test]
    fn a_batch_file_is_its_messages() {
        let file = b"FHS|^~\\&\rBHS|^~\\&\rMSH|^~\\&|A\rPID|1\rMSH|^~\\&|B\rBTS|2\rFTS|1\r";
        let messages = split(file);
        assert_eq!(messages, [&b"MSH|^~\\&|A\rPID|1\r"[..], b"MSH|^~\\&|B\r"]);
        for sheet in [&b"no message"[..], b"", b"MSHA,visit_number\n", b"clinic,x\nMSH|,1\n"] {
            assert!(split(sheet).is_empty());
        }
        assert_eq!(split(b"\xef\xbb\xbfMSH|^~\\&|A\r\nMSHX\r\n"), [b"MSH|^~\\&|A\r\nMSHX\r\n"]);
        assert_eq!(
            split(b"\r\n\x0bMSH|A\r\x1c\r\x0bMSH|B\r\x1c\r"),
            [&b"MSH|A\r\x1c\r\x0b"[..], b"MSH|B\r\x1c\r"]
        );
    }

    #[test]
    fn nothing_of_a_batch_file_is_passed_over() {
        let lost = split(b"BHS|^~\\&\rPID|1\rMSH|^~\\&|B\rBTS|2\r\nFT1|1\r");
        assert_eq!(lost, [&b"\rPID|1\r"[..], b"MSH|^~\\&|B\r", b"\r\nFT1|1\r"]);
        assert_eq!(split(b"FHS|^~\\&\rFTS|0\r"), [b"FHS|^~\\&\rFTS|0\r"]);
    }

    #[test]
    fn a_message_of_separators_alone_is_refused() {
        let many = format!("MSH|^~\\&|A\r{}", "NTE|\r".repeat(10_000));
        assert_eq!(parse(&many).unwrap_err(), Fault::Segments);
        assert_eq!(parse(&many[..many.len() - 5]).unwrap().segments.len(), 10_000);
    }

    #[test]
    fn the_first_segment_is_read_whatever_follows() {
        let cut = b"\x0bMSH|^~\\&|EHR|\xff|||||DFT^P03|641\rPID|1|\xc9";
        let head = head(cut);
        let message = parse(&head).unwrap();
        assert_eq!((message.segments.len(), message.segments[0].value(10, 1)), (1, "641".to_owned()));
        assert_eq!(super::head(b""), "");
    }

    #[test]
    fn latin_1_is_read_where_msh_18_says_so() {
        let message = b"MSH|^~\\&|A||||||||P|2.5||||||8859/1\rPID|||\xc9-1\r";
        let text = text(message).unwrap();
        assert_eq!(parse(&text).unwrap().segment("PID").unwrap().value(3, 1), "\u{c9}-1");
        assert_eq!(super::text(b"MSH|^~\\&|\xc9").unwrap_err(), Fault::Characters);
        assert_eq!(parse("PID|1").unwrap_err(), Fault::NoMsh);
        assert_eq!(parse("MSH||||").unwrap_err(), Fault::Separators);
        assert_eq!(parse("MSH").unwrap_err(), Fault::Separators);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_none(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut message = b"MSH|^~\\&|".to_vec();
            message.extend(&bytes);
            for bytes in [&bytes, &message] {
                for part in split(bytes) {
                    let _ = text(part).map(|text| parse(&text).map(|message| message.segments.len()));
                }
            }
        }

        #[test]
        fn what_is_escaped_is_read_again(plain in "[ -~]{0,40}") {
            let usual = Separators::default();
            prop_assert_eq!(unescape(&escaped(&plain, usual), usual), plain);
        }
    }
}
