//! From values to text: segments rendered under chosen delimiters, or copied when they were read.

use wide::u8x16;

use crate::declare::Source;
use crate::lexer::Delimiters;
use crate::spec::SegmentSpec;
use crate::value::count_unless_odd;

/// The place of a value within its segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The element, from 1.
    pub element: u8,
    /// The component, from 1; 0 for a simple element.
    pub component: u8,
}

impl At {
    /// A simple element.
    #[must_use]
    pub const fn element(element: u8) -> At {
        At { element, component: 0 }
    }
    /// The next one of its kind, `by` places on.
    #[must_use]
    pub const fn plus(self, by: u8) -> At {
        match self.component {
            0 => At { element: self.element + by, component: 0 },
            component => At { element: self.element, component: component + by },
        }
    }
}

/// Data that could not be sent as it was: it held a delimiter in force or a control character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Number of the segment in its set, ST = 1.
    pub segment: u32,
    /// Designator: `NM103`, `SV101-7`.
    pub element: String,
    /// The byte that was replaced by a blank.
    pub byte: u8,
}

/// Collects the text of a transaction set.
///
/// Upper-cases what we write (domain: the extended character set upper-cased), except identifiers
/// that another party assigned and compares, and never lets data contain a delimiter in force:
/// such a byte becomes a blank and is listed in [`Render::replaced`].
#[derive(Debug)]
pub struct Render {
    out: Vec<u8>,
    delimiters: Delimiters,
    /// The same, each sixteen times.
    separating: [u8x16; 4],
    /// The delimiters of the sources that may be copied unchanged; `None` renders every segment.
    verbatim: bool,
    source: Option<Delimiters>,
    line_breaks: bool,
    segments: u32,
    id: &'static str,
    /// The elements of the segment that are written as given, a bit for each.
    as_given: u32,
    /// Looks at each byte as it is written; else the segment is looked at when it is whole.
    careful: bool,
    element: u8,
    component: u8,
    /// Separators written in the segment.
    separators: u32,
    replaced: Vec<Replaced>,
}

/// Elements that carry another party's identifier, to be returned exactly as it was given.
const AS_GIVEN: &[(&str, u8)] = &[
    ("CLM", 1),
    ("CLP", 1),
    ("CLP", 7),
    ("GS", 2),
    ("GS", 3),
    ("IK4", 4),
    ("ISA", 6),
    ("ISA", 8),
    ("N1", 4),
    ("NM1", 9),
    ("PER", 4),
    ("PER", 6),
    ("PER", 8),
    ("PLB", 3),
    ("REF", 2),
    ("SVD", 1),
    ("TRN", 2),
];

/// The elements of a segment that are written as given, a bit for each.
#[must_use]
pub(crate) const fn as_given(id: &str) -> u32 {
    let (mut bits, mut at) = (0, 0);
    while at < AS_GIVEN.len() {
        let (known, element) = AS_GIVEN[at];
        if crate::lexer::key(known.as_bytes()) == crate::lexer::key(id.as_bytes()) {
            bits |= 1 << element;
        }
        at += 1;
    }
    bits
}

fn separating(delimiters: Delimiters) -> [u8x16; 4] {
    let Delimiters { element, component, repetition, segment } = delimiters;
    let each = [element, component, repetition.unwrap_or(segment), segment];
    each.map(u8x16::splat)
}

/// How much had been written: [`Render::back_to`] it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    bytes: usize,
    segments: u32,
    replaced: usize,
}

impl Render {
    /// Renders everything under `delimiters`.
    #[must_use]
    pub fn new(delimiters: Delimiters) -> Render {
        Render {
            out: Vec::new(),
            delimiters,
            separating: separating(delimiters),
            verbatim: false,
            source: None,
            line_breaks: false,
            segments: 0,
            id: "",
            as_given: 0,
            careful: true,
            element: 0,
            component: 0,
            separators: 0,
            replaced: Vec::new(),
        }
    }

    /// Copies segments that were read under these delimiters, renders the others.
    #[must_use]
    pub fn verbatim(delimiters: Delimiters) -> Render {
        Render { verbatim: true, source: Some(delimiters), ..Render::new(delimiters) }
    }

    /// Puts a line break after each segment that is rendered.
    #[must_use]
    pub fn with_line_breaks(mut self) -> Render {
        self.line_breaks = true;
        self
    }

    /// What has been written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }
    /// Data that had to be changed to be sendable.
    #[must_use]
    pub fn replaced(&self) -> &[Replaced] {
        &self.replaced
    }
    /// The delimiters in force.
    #[must_use]
    pub const fn delimiters(&self) -> Delimiters {
        self.delimiters
    }
    /// Segments written since the last [`Render::restart_count`].
    #[must_use]
    pub const fn segments(&self) -> u32 {
        self.segments
    }

    pub(crate) fn restart_count(&mut self) {
        self.segments = 0;
    }
    /// From here on sources under these delimiters are copied (a file may change them at an ISA).
    pub(crate) fn switch(&mut self, delimiters: Delimiters) {
        self.delimiters = delimiters;
        self.separating = separating(delimiters);
        self.source = Some(delimiters);
    }
    /// Forgets what has been written, to write something else into the same memory.
    pub fn clear(&mut self) {
        self.out.clear();
        self.replaced.clear();
        self.segments = 0;
    }
    /// Where the pen is, between two segments.
    pub(crate) fn mark(&self) -> Mark {
        Mark { bytes: self.out.len(), segments: self.segments, replaced: self.replaced.len() }
    }
    /// Forgets what has been written since.
    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.out.truncate(mark.bytes);
        self.segments = mark.segments;
        self.replaced.truncate(mark.replaced);
    }
    /// Hands over what has been written so far.
    pub(crate) fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
    /// The delimiters under which the sources of values were read, when values read from another
    /// file are rendered into this one.
    pub(crate) fn rendering_from(&mut self, source: Delimiters) {
        self.source = Some(source);
    }
    /// ISA09 and TA102 are six digits.
    pub(crate) fn short_dates(&self) -> bool {
        matches!(self.id, "ISA" | "TA1")
    }

    /// Copies a segment that was read, when copying is what we do. False: render it.
    pub(crate) fn copied(&mut self, source: &Source<'_>) -> bool {
        let copies = self.verbatim && source.is_read();
        if copies {
            self.out.extend_from_slice(source.text());
            self.segments += source.segments();
        }
        copies
    }

    /// Text that has no typed form: copied, or put under the delimiters in force.
    pub(crate) fn raw(&mut self, source: &Source<'_>) {
        if self.copied(source) {
            return;
        }
        let from = self.source.unwrap_or(self.delimiters);
        let to = self.delimiters;
        let mut at_start = true;
        for &byte in source.text() {
            if at_start && byte.is_ascii_whitespace() {
                continue;
            }
            at_start = byte == from.segment;
            self.out.push(match byte {
                b if b == from.segment => to.segment,
                b if b == from.element => to.element,
                b if b == from.component => to.component,
                b if Some(b) == from.repetition => to.repetition.unwrap_or(b' '),
                b if to.contains(b) => b' ',
                b => b,
            });
        }
        if !at_start {
            self.out.push(to.segment);
        }
        self.segments += source.segments();
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Writes one segment. Nearly all text needs no cleaning: the segment is written as if none
    /// did, looked at as a whole, and written again with care when some does.
    #[inline]
    pub(crate) fn segment(
        &mut self,
        spec: &'static SegmentSpec,
        as_given: u32,
        elements: impl Fn(&mut Render),
    ) {
        let before = self.mark();
        self.start_segment(spec, as_given);
        self.careful = false;
        elements(self);
        self.careful = true;
        if !self.is_clean(before.bytes) {
            self.back_to(before);
            self.start_segment(spec, as_given);
            elements(self);
        }
        self.end();
    }

    /// True when what was written since `start` is upper case, without control characters and
    /// without delimiters but those that were written between elements.
    fn is_clean(&self, start: usize) -> bool {
        let [element, component, repetition, segment] = self.separating;
        let separators = count_unless_odd(&self.out, start, |bytes| {
            let bytes = u8x16::new(*bytes);
            let letter = bytes - u8x16::splat(b'a');
            let odd = bytes.simd_eq(bytes.min(u8x16::splat(0x1F)))
                | bytes.simd_eq(u8x16::splat(0x7F))
                | letter.simd_eq(letter.min(u8x16::splat(25)));
            let between = bytes.simd_eq(element)
                | bytes.simd_eq(component)
                | bytes.simd_eq(segment)
                | bytes.simd_eq(repetition);
            (odd.to_bitmask(), between.to_bitmask())
        });
        separators == Some(self.separators)
    }

    pub(crate) fn begin(&mut self, spec: &'static SegmentSpec) {
        self.start_segment(spec, as_given(spec.id));
    }

    fn start_segment(&mut self, spec: &'static SegmentSpec, as_given: u32) {
        self.id = spec.id;
        self.as_given = as_given;
        self.element = 0;
        self.component = 0;
        self.separators = 0;
        self.out.extend_from_slice(spec.id.as_bytes());
        self.segments += 1;
    }

    pub(crate) fn end(&mut self) {
        self.out.push(self.delimiters.segment);
        if self.line_breaks && self.delimiters.segment != b'\n' {
            self.out.push(b'\n');
        }
    }

    /// Separators up to a place; only a value that is there moves the pen, so nothing trails.
    fn place(&mut self, at: At) {
        while self.element < at.element {
            self.out.push(self.delimiters.element);
            self.element += 1;
            self.separators += 1;
            self.component = 1;
        }
        while self.component < at.component {
            self.out.push(self.delimiters.component);
            self.component += 1;
            self.separators += 1;
        }
    }

    /// Digits and codes: nothing to clean.
    pub(crate) fn plain(&mut self, at: At, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.place(at);
            self.out.extend_from_slice(bytes);
        }
    }

    /// Between two values of one element. Where no repetition separator is in force, what repeats
    /// cannot be told apart any more: a blank stands there, and is listed.
    pub(crate) fn repeat(&mut self, at: At) {
        self.place(at);
        let separator = self.delimiters.repetition;
        self.separators += u32::from(separator.is_some());
        self.out.push(separator.unwrap_or(b' '));
        if separator.is_none() {
            let element = format!("{}{:02}", self.id, at.element);
            self.replaced.push(Replaced { segment: self.segments, element, byte: b'^' });
        }
    }

    /// Text: upper-cased unless given by another party, cleaned of delimiters and controls.
    pub(crate) fn text(&mut self, at: At, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.place(at);
        let start = self.out.len();
        self.out.extend_from_slice(bytes);
        if self.careful {
            self.clean(start, at);
        }
    }

    /// Puts right what was written since `start`.
    #[cold]
    fn clean(&mut self, start: usize, at: At) {
        let as_given = self.as_given.checked_shr(at.element.into()).unwrap_or(0) & 1 == 1;
        let delimiters = self.delimiters;
        for place in &mut self.out[start..] {
            let byte = *place;
            if delimiters.contains(byte) || byte.is_ascii_control() {
                *place = b' ';
                self.replaced.push(Replaced {
                    segment: self.segments,
                    element: match at.component {
                        0 => format!("{}{:02}", self.id, at.element),
                        component => format!("{}{:02}-{component}", self.id, at.element),
                    },
                    byte,
                });
            } else if !as_given {
                place.make_ascii_uppercase();
            }
        }
    }
}
