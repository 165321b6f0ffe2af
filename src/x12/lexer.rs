//! Text to segments: which delimiters are in force, and where every element ends.
//!
//! Delimiters are found in blocks of 64 bytes with SIMD compares; the result is a [`Tape`] of
//! positions that is reused, so that reading allocates nothing per segment or element.
#![deny(clippy::indexing_slicing, clippy::string_slice)]

use nom::bytes::complete::{tag, take_till, take_while_m_n};
use nom::{IResult, Parser};
use wide::u8x16;

use crate::value::{eight_from, packed_up_to};

/// The characters that a file separates with. X12 lets the sender choose; ISA says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiters {
    /// After ISA: `*`.
    pub element: u8,
    /// ISA16: `:`.
    pub component: u8,
    /// ISA11: `^`; none in files that still send `U` there (4010, and some 5010).
    pub repetition: Option<u8>,
    /// After ISA16: `~`, often followed by a line break, sometimes the line break itself.
    pub segment: u8,
}

impl Delimiters {
    /// `*`, `:`, `^`, `~`: what nearly everybody uses, and we unless a partner asks otherwise.
    pub const USUAL: Delimiters =
        Delimiters { element: b'*', component: b':', repetition: Some(b'^'), segment: b'~' };

    /// True for a byte that may not stand in data.
    #[must_use]
    pub fn contains(&self, byte: u8) -> bool {
        byte == self.element
            || byte == self.component
            || byte == self.segment
            || self.repetition == Some(byte)
    }
}

/// What was odd about the beginning of an interchange; each becomes a warning that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// A UTF-8 byte-order mark stood before it.
    ByteOrderMark,
    /// Text stood before it.
    TextBefore,
    /// Elements are not of their fixed widths: ISA is not 106 characters.
    IsaNot106,
    /// No ISA at all: it begins with GS or ST.
    NoIsa,
    /// Composites use another separator than ISA16 says.
    OtherComponentSeparator,
    /// ISA12 says 5010, ISA11 is still `U`: no repetition separator.
    NoRepetitionSeparator,
    /// The line break is the terminator.
    LineBreakTerminator,
}

/// The beginning of an interchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Where ISA (or GS or ST) begins.
    pub start: usize,
    /// What separates from here on.
    pub delimiters: Delimiters,
    /// What was odd.
    pub quirks: Vec<Quirk>,
}

/// How far we look for the end of an ISA whose widths are wrong.
const ISA_REACH: usize = 400;

/// Finds the next interchange at or after `from`. `None`: there is none, this is no X12.
#[must_use]
pub fn discover(text: &[u8], from: usize) -> Option<Opening> {
    discover_after(text, from, &mut 0)
}

/// As [`discover`], for one who asks again and again: before `no_isa_before` there is surely no
/// ISA, so that no byte is searched twice.
pub(crate) fn discover_after(text: &[u8], from: usize, no_isa_before: &mut usize) -> Option<Opening> {
    let rest = text.get(from..)?;
    let begin = from.max(*no_isa_before);
    let ahead = text.get(begin..).unwrap_or_default();
    let isa = memchr::memmem::find_iter(ahead, b"ISA").find_map(|at| {
        let (delimiters, quirks) = isa(ahead.get(at..)?)?;
        // What stands before `from` ended the interchange before.
        let before = text.get(from..begin + at).and_then(<[u8]>::last);
        // The end of a name, or an element by itself: people are called Isa.
        let inside = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == delimiters.element);
        (!inside).then_some((begin + at, delimiters, quirks))
    });
    *no_isa_before = isa.as_ref().map_or(text.len(), |(at, _, _)| *at);
    let (at, delimiters, mut quirks) = match isa {
        Some((at, delimiters, quirks)) => (at - from, delimiters, quirks),
        None => fragment(rest)?,
    };
    let before = rest.get(..at).unwrap_or_default();
    match before.strip_prefix(b"\xEF\xBB\xBF") {
        Some(after) => {
            quirks.insert(0, Quirk::ByteOrderMark);
            if !after.trim_ascii().is_empty() {
                quirks.insert(1, Quirk::TextBefore);
            }
        }
        None if !before.trim_ascii().is_empty() => quirks.insert(0, Quirk::TextBefore),
        None => {}
    }
    let start = from + at;
    let delimiters = match used_component(text.get(start..).unwrap_or_default(), delimiters) {
        Some(component) => {
            quirks.push(Quirk::OtherComponentSeparator);
            Delimiters { component, ..delimiters }
        }
        None => delimiters,
    };
    Some(Opening { start, delimiters, quirks })
}

/// One ISA element: up to the separator.
fn isa_element(separator: u8) -> impl Fn(&[u8]) -> IResult<&[u8], &[u8]> {
    move |input| {
        let (input, value) = take_till(|byte| byte == separator).parse(input)?;
        let (input, _) = take_while_m_n(1, 1, |byte| byte == separator).parse(input)?;
        Ok((input, value))
    }
}

/// Reads the delimiters of the ISA at the start of `text`, forgiving its widths.
fn isa(text: &[u8]) -> Option<(Delimiters, Vec<Quirk>)> {
    let text = text.get(..ISA_REACH.min(text.len()))?;
    let (after_id, _) = tag::<_, _, nom::error::Error<&[u8]>>("ISA").parse(text).ok()?;
    let blanks = after_id.iter().take_while(|&&byte| byte == b' ').count();
    let element = match after_id.get(blanks) {
        Some(byte) if !byte.is_ascii_alphanumeric() && !byte.is_ascii_whitespace() => *byte,
        _ => return None,
    };
    // Sixteen separators; ISA01 is two characters, so one soon after "ISA" tells it from prose.
    let mut input = after_id.get(blanks + 1..)?;
    let mut values: [&[u8]; 15] = [b""; 15];
    for (place, value) in values.iter_mut().enumerate() {
        let (rest, read) = isa_element(element)(input).ok()?;
        if place == 0 && read.len() > 6 {
            return None;
        }
        *value = read;
        input = rest;
    }
    let [.., repetition, version, _, _, _] = values;
    let component = *input.first()?;
    let after = input.get(1..)?;
    let segment = terminator(after)?;
    // What separates elements ends no segment: its elements were counted in other text.
    if segment == element {
        return None;
    }
    let mut quirks = Vec::new();
    let repetition = match repetition.trim_ascii() {
        [byte] if !byte.is_ascii_alphanumeric() && ![element, component, segment].contains(byte) => {
            Some(*byte)
        }
        _ => {
            if version.trim_ascii() >= b"00402".as_slice() {
                quirks.push(Quirk::NoRepetitionSeparator);
            }
            None
        }
    };
    let widths = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1];
    if blanks > 0 || values.iter().zip(widths).any(|(value, width)| value.len() != width) {
        quirks.push(Quirk::IsaNot106);
    }
    if matches!(segment, b'\n' | b'\r') {
        quirks.push(Quirk::LineBreakTerminator);
    }
    Some((Delimiters { element, component, repetition, segment }, quirks))
}

/// The terminator: the first byte after ISA16, blanks read over when more follows.
fn terminator(after: &[u8]) -> Option<u8> {
    let byte = *after.iter().find(|&&byte| byte != b' ')?;
    (!byte.is_ascii_alphanumeric()).then_some(byte)
}

/// A bare GS or ST: `*` or what follows the identifier, terminated by `~` or the line break.
fn fragment(text: &[u8]) -> Option<(usize, Delimiters, Vec<Quirk>)> {
    let skip = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut line_start = skip;
    let at = loop {
        let line = text.get(line_start..)?;
        let blanks = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let line_text = line.get(blanks..)?;
        if let [b'G', b'S', separator, ..] | [b'S', b'T', separator, ..] = line_text
            && separator.is_ascii_punctuation()
        {
            break line_start + blanks;
        }
        line_start += memchr::memchr(b'\n', line)? + 1;
    };
    let rest = text.get(at..)?;
    let element = *rest.get(2)?;
    let first = rest.get(..ISA_REACH.min(rest.len()))?;
    let segment = [b'~', b'\'', b'\n']
        .into_iter()
        .find(|byte| *byte != element && memchr::memchr(*byte, first).is_some())?;
    let mut quirks = vec![Quirk::NoIsa];
    if segment == b'\n' {
        quirks.push(Quirk::LineBreakTerminator);
    }
    Some((at, Delimiters { element, component: b':', repetition: None, segment }, quirks))
}

/// The separator that the first composites really use, when it is not the one declared.
fn used_component(text: &[u8], declared: Delimiters) -> Option<u8> {
    // Where a composite with a qualifier of two or three characters must stand.
    const COMPOSITES: [(&[u8], usize); 5] = [(b"SVC", 1), (b"SV1", 1), (b"SV2", 2), (b"HI", 1), (b"CLM", 5)];
    let sample = text.get(..text.len().min(16 * 1024))?;
    for segment in sample.split(|&byte| byte == declared.segment) {
        let mut elements = segment.trim_ascii_start().split(|&byte| byte == declared.element);
        let id = elements.next()?;
        if id == b"IEA" {
            return None;
        }
        let Some(&(_, place)) = COMPOSITES.iter().find(|(composite, _)| *composite == id) else { continue };
        let Some(element) = elements.nth(place - 1) else { continue };
        if element.contains(&declared.component) {
            return None;
        }
        let used = element.iter().skip(1).take(4).find(|byte| b":>|<^".contains(byte));
        if let Some(&used) = used
            && used != declared.element
            && used != declared.segment
            && declared.repetition != Some(used)
        {
            return Some(used);
        }
    }
    None
}

/// A segment's place on the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// First byte after the former terminator: line breaks and blanks belong to what follows.
    pub lead: u32,
    /// First byte of the identifier.
    pub start: u32,
    /// First byte after the terminator.
    pub end: u32,
    /// The first of its marks on the tape.
    pub first_mark: u32,
    /// What follows the last of them.
    pub marks_end: u32,
    /// The identifier, packed ([`key`]).
    pub key: u32,
    /// Its first element up to the first component separator, [`packed`](crate::value::packed):
    /// what tells segments of one identifier apart.
    pub code: u64,
}

/// The positions of all element separators and terminators of a stretch of text.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    marks: Vec<u32>,
    segments: Vec<Placed>,
}

/// Why tokenising stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// All text is on the tape except what follows the last terminator, which begins here.
    End(usize),
    /// An interchange ended, or another begins, here: delimiters may be others from now on.
    InterchangeEnd(usize),
}

/// The identifier in 24 bits, so that segments are told apart by one compare. 0: no identifier.
#[must_use]
pub(crate) const fn key(id: &[u8]) -> u32 {
    match id {
        [a, b] => u32::from_le_bytes([*a, *b, 0, 0]),
        [a, b, c] => u32::from_le_bytes([*a, *b, *c, 0]),
        _ => 0,
    }
}

/// The [`key`] of what is no identifier as it stands: without blanks behind it.
#[cold]
fn other_key(id: &[u8]) -> u32 {
    if id.len() <= 3 { key(id) } else { key(id.trim_ascii_end()) }
}

const ISA: u32 = key(b"ISA");
const IEA: u32 = key(b"IEA");

impl Tape {
    pub fn clear(&mut self) {
        self.marks.clear();
        self.segments.clear();
    }
    pub fn segments(&self) -> &[Placed] {
        &self.segments
    }
    pub fn get(&self, at: usize) -> Option<&Placed> {
        self.segments.get(at)
    }
    /// Ends of the identifier and of every element of a segment; the last one is the terminator.
    #[inline]
    pub fn marks_of(&self, placed: &Placed) -> &[u32] {
        self.marks.get(placed.first_mark as usize..placed.marks_end as usize).unwrap_or_default()
    }

    /// Puts the segments of `text[from..]` on the tape.
    ///
    /// `inside` an interchange, an ISA is always the next one; else it may come first. Positions
    /// are 32 bits: `text` must be shorter than 4 GiB (callers refuse longer ones).
    pub fn tokenise(&mut self, text: &[u8], from: usize, delimiters: Delimiters, inside: bool) -> Stop {
        let mut scan = Scan::new(text, delimiters, self, from, inside);
        let finder = Finder::new(delimiters);
        let rest = text.get(from..).unwrap_or_default();
        let (blocks, tail) = rest.as_chunks::<64>();
        let mut last = [0; 64];
        let mut base = from;
        for block in blocks {
            scan.block(finder.masks(block), base);
            base += 64;
            if let Some(start) = scan.stop {
                return Stop::InterchangeEnd(start);
            }
        }
        // The rest as one more block, filled up with what is no delimiter.
        last.fill(finder.filler());
        for (place, &byte) in last.iter_mut().zip(tail) {
            *place = byte;
        }
        scan.block(finder.masks(&last), base);
        match scan.stop {
            Some(start) => Stop::InterchangeEnd(start),
            None => {
                let (lead, first_mark) = (scan.lead, scan.first_mark);
                self.marks.truncate(first_mark as usize);
                Stop::End(lead as usize)
            }
        }
    }

    /// Forgets the segments before `first`; the others are now of a text that begins where the
    /// first of them does.
    pub fn drop_before(&mut self, first: usize) {
        let Some(begin) = self.segments.get(first).copied() else { return self.clear() };
        self.segments.drain(..first);
        self.marks.drain(..begin.first_mark as usize);
        for mark in &mut self.marks {
            *mark -= begin.lead;
        }
        for placed in &mut self.segments {
            placed.lead -= begin.lead;
            placed.start -= begin.lead;
            placed.end -= begin.lead;
            placed.first_mark -= begin.first_mark;
            placed.marks_end -= begin.first_mark;
        }
    }

    /// The segments `first..end` alone, as of a text that begins where the first of them does.
    pub fn copy(&mut self, from: &Tape, first: usize, end: usize) {
        self.clear();
        let Some(segments) = from.segments.get(first..end) else { return };
        let (Some(begin), Some(last)) = (segments.first(), segments.last()) else { return };
        let (lead, mark) = (begin.lead, begin.first_mark);
        let marks = from.marks.get(mark as usize..last.marks_end as usize).unwrap_or_default();
        self.marks.extend(marks.iter().map(|position| position - lead));
        self.segments.extend(segments.iter().map(|placed| Placed {
            lead: placed.lead - lead,
            start: placed.start - lead,
            end: placed.end - lead,
            first_mark: placed.first_mark - mark,
            marks_end: placed.marks_end - mark,
            ..*placed
        }));
    }

    /// Puts a last segment without terminator on the tape: `text[lead..]` to its end.
    pub fn unterminated(&mut self, text: &[u8], lead: usize, delimiters: Delimiters) {
        let end = text.len();
        let end = end
            - text
                .get(lead..)
                .unwrap_or_default()
                .iter()
                .rev()
                .take_while(|b| b.is_ascii_whitespace())
                .count();
        let mut scan = Scan::new(text, delimiters, self, lead, true);
        for (offset, &byte) in text.get(lead..end).unwrap_or_default().iter().enumerate() {
            if byte == delimiters.element {
                scan.tape.marks.push(narrow(lead + offset));
            }
        }
        scan.tape.marks.push(narrow(end));
        scan.close(narrow(end), narrow(scan.tape.marks.len()));
        if let Some(last) = self.segments.last_mut() {
            last.end = last.end.min(narrow(end));
        }
    }
}

/// Visits identifiers and elements of one interchange, as [`each_token`](crate::each_token)
/// says; returns where it ends.
#[inline]
pub(crate) fn tokens<'a>(
    text: &'a [u8],
    from: usize,
    delimiters: Delimiters,
    mut visit: impl FnMut(usize, &'a [u8]),
) -> usize {
    let finder = Finder::new(delimiters);
    let breaks_end = matches!(delimiters.segment, b'\n' | b'\r');
    let (blocks, tail) = text.get(from..).unwrap_or_default().as_chunks::<64>();
    let mut last = [finder.filler(); 64];
    for (place, &byte) in last.iter_mut().zip(tail) {
        *place = byte;
    }
    let (mut base, mut start, mut place) = (from, from, 0_usize);
    let mut ending = false;
    // A segment begins at the first byte, and after each terminator. One that begins with a blank,
    // or with what may be ISA or IEA, is looked at with care until its identifier has ended.
    let (mut begins, mut careful) = (1, false);
    for block in blocks.iter().chain([&last]) {
        let (mut any, terminators) = finder.masks(block);
        let odd = finder.odd_beginnings(block) & (begins | terminators << 1);
        begins = terminators >> 63;
        careful |= odd != 0 || ending;
        if !careful {
            while any != 0 {
                let bit = any.trailing_zeros();
                any &= any - 1;
                let position = base + bit as usize;
                visit(place, text.get(start..position).unwrap_or_default());
                start = position + 1;
                place = if terminators >> bit & 1 == 1 { 0 } else { place + 1 };
            }
        }
        while any != 0 {
            let bit = any.trailing_zeros();
            any &= any - 1;
            let position = base + bit as usize;
            let is_end = terminators >> bit & 1 == 1;
            let mut token = text.get(start..position).unwrap_or_default();
            if place == 0 {
                if ending {
                    return start;
                }
                if token.first().is_some_and(u8::is_ascii_whitespace) {
                    token = token.trim_ascii_start();
                }
                if let [b'I', second, b'A', ..] = token {
                    if *second == b'S' && start > from && key(token.trim_ascii_end()) == ISA {
                        return start;
                    }
                    ending = *second == b'E' && key(token.trim_ascii_end()) == IEA;
                }
            }
            if place > 0 || !is_end || !breaks_end || !token.is_empty() {
                visit(place, token);
            }
            start = position + 1;
            place = if is_end { 0 } else { place + 1 };
        }
        careful &= place == 0;
        base += 64;
    }
    if ending && place == 0 {
        return start;
    }
    let rest = text.get(start..).unwrap_or_default();
    let rest = if place == 0 { rest.trim_ascii() } else { rest.trim_ascii_end() };
    // An ISA that begins and breaks off is no segment of this interchange.
    let broken_off = place == 0 && start > from && key(rest) == ISA;
    if place > 0 || !(rest.is_empty() || broken_off) {
        visit(place, rest);
    }
    text.len()
}

/// Finds delimiters in blocks of 64 bytes.
#[derive(Clone, Copy, Debug)]
struct Finder {
    element: u8x16,
    segment: u8x16,
    filler: u8,
}

impl Finder {
    fn new(delimiters: Delimiters) -> Finder {
        let (element, segment) = (u8x16::splat(delimiters.element), u8x16::splat(delimiters.segment));
        let filler = (b'0'..=b'9').find(|byte| !delimiters.contains(*byte)).unwrap_or_default();
        Finder { element, segment, filler }
    }
    /// What is no delimiter.
    const fn filler(&self) -> u8 {
        self.filler
    }
    /// Bit per byte of a block: those with which an ordinary segment does not begin.
    #[inline]
    fn odd_beginnings(&self, block: &[u8; 64]) -> u64 {
        let mut odd = 0_u64;
        let (lanes, _) = block.as_chunks::<16>();
        for (place, lane) in lanes.iter().enumerate() {
            let lane = u8x16::new(*lane);
            let found = lane.simd_eq(lane.min(u8x16::splat(b' '))) | lane.simd_eq(u8x16::splat(b'I'));
            odd |= u64::from(found.to_bitmask()) << (place * 16);
        }
        odd
    }
    /// Bit per byte of a block: any delimiter, and terminators alone.
    #[inline]
    fn masks(&self, block: &[u8; 64]) -> (u64, u64) {
        let (mut any, mut terminators) = (0_u64, 0_u64);
        let (lanes, _) = block.as_chunks::<16>();
        for (place, lane) in lanes.iter().enumerate() {
            let lane = u8x16::new(*lane);
            let ends = lane.simd_eq(self.segment);
            let both = lane.simd_eq(self.element) | ends;
            any |= u64::from(both.to_bitmask()) << (place * 16);
            terminators |= u64::from(ends.to_bitmask()) << (place * 16);
        }
        (any, terminators)
    }
}

/// 32-bit positions; callers refuse text of 4 GiB and more.
fn narrow(position: usize) -> u32 {
    u32::try_from(position).expect("texts of 4 GiB and more are refused before they are tokenised")
}

struct Scan<'s> {
    text: &'s [u8],
    delimiters: Delimiters,
    tape: &'s mut Tape,
    /// Where the segment that is open begins, blanks before it included.
    lead: u32,
    /// Its first mark on the tape.
    first_mark: u32,
    stop: Option<usize>,
    inside: bool,
    /// Positions of one block.
    positions: [u32; 64],
}

impl<'s> Scan<'s> {
    fn new(
        text: &'s [u8],
        delimiters: Delimiters,
        tape: &'s mut Tape,
        lead: usize,
        inside: bool,
    ) -> Scan<'s> {
        let (lead, first_mark) = (narrow(lead), narrow(tape.marks.len()));
        Scan { text, delimiters, tape, lead, first_mark, stop: None, inside, positions: [0; 64] }
    }

    /// Takes what was found in one block over.
    #[inline(always)]
    fn block(&mut self, (any, terminators): (u64, u64), base: usize) {
        let (first, mut found, mut rest) = (narrow(base), 0_usize, any);
        while rest != 0 {
            if let Some(place) = self.positions.get_mut(found & 63) {
                *place = first.wrapping_add(rest.trailing_zeros());
            }
            found += 1;
            rest &= rest - 1;
        }
        let before = narrow(self.tape.marks.len());
        self.tape.marks.extend_from_slice(self.positions.get(..found).unwrap_or_default());
        let (mut removed, mut rest) = (0, terminators);
        while rest != 0 {
            let up_to_here = rest ^ (rest - 1);
            let marks_end = before + (any & up_to_here).count_ones() - removed;
            removed += self.close(first.wrapping_add(rest.trailing_zeros()), marks_end);
            if self.stop.is_some() {
                return;
            }
            rest &= rest - 1;
        }
    }

    /// A segment ends here; its marks are those before `marks_end`. How many marks were taken off
    /// the tape, because they belong to no segment.
    #[inline(always)]
    fn close(&mut self, terminator: u32, marks_end: u32) -> u32 {
        let (mut start, mut ahead) = (self.lead, eight_from(self.text, self.lead as usize).to_le_bytes());
        if ahead[0] <= b' ' {
            start = self.past_blanks(terminator);
            ahead = eight_from(self.text, start as usize).to_le_bytes();
        }
        if start == terminator {
            // A terminator with nothing before it. A line break that ends segments is part of what
            // follows; `~~` is an empty segment that keeps its place, so that it is reported and
            // written back.
            if matches!(self.delimiters.segment, b'\n' | b'\r') {
                self.tape.marks.remove(marks_end as usize - 1);
                return 1;
            }
            self.place(start, terminator, marks_end, (0, 0));
            return 0;
        }
        let (id_end, code) = match self.tape.marks.get(self.first_mark as usize..marks_end as usize) {
            Some([id_end, end, ..]) => {
                let element = (*id_end as usize + 1, *end as usize);
                (*id_end, packed_up_to(self.text, element.0, element.1, self.delimiters.component))
            }
            _ => (terminator, 0),
        };
        let key = match (id_end.saturating_sub(start), ahead) {
            (2, [a, b, ..]) => u32::from_le_bytes([a, b, 0, 0]),
            (3, [a, b, c, ..]) => u32::from_le_bytes([a, b, c, 0]),
            _ => other_key(self.text.get(start as usize..id_end as usize).unwrap_or_default()),
        };
        if key == ISA && (self.inside || !self.tape.segments.is_empty()) {
            self.tape.marks.truncate(self.first_mark as usize);
            self.stop = Some(self.lead as usize);
            return 0;
        }
        self.place(start, terminator, marks_end, (key, code));
        if key == IEA {
            self.tape.marks.truncate(marks_end as usize);
            self.stop = Some(self.lead as usize);
        }
        0
    }

    /// Where the identifier begins, when blanks or line breaks stand before it.
    fn past_blanks(&self, terminator: u32) -> u32 {
        let before = self.text.get(self.lead as usize..terminator as usize).unwrap_or_default();
        let blanks = before.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.lead + narrow(blanks)
    }

    #[inline(always)]
    fn place(&mut self, start: u32, terminator: u32, marks_end: u32, (key, code): (u32, u64)) {
        let (lead, first_mark, end) = (self.lead, self.first_mark, terminator + 1);
        self.tape.segments.push(Placed { lead, start, end, first_mark, marks_end, key, code });
        self.lead = end;
        self.first_mark = marks_end;
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::string_slice, reason = "a test may panic")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240101*1200*^*00501*000000001*0*P*:~";

    #[track_caller]
    fn check(text: &str, delimiters: &str, quirks: &[Quirk]) {
        let opening = discover(text.as_bytes(), 0).expect("an interchange");
        let Delimiters { element, component, repetition, segment } = opening.delimiters;
        let found: String = [element, component, repetition.unwrap_or(b' '), segment]
            .iter()
            .map(|&b| char::from(b))
            .collect();
        assert_eq!((found.as_str(), opening.quirks.as_slice()), (delimiters, quirks), "{text}");
    }

    #[test]
    fn an_isa_names_its_delimiters() {
        check(ISA, "*:^~", &[]);
        check(
            &ISA.replace('*', "|").replace(':', ">").replace('~', "\n"),
            "|>^\n",
            &[Quirk::LineBreakTerminator],
        );
        check(&ISA.replace('^', "U"), "*: ~", &[Quirk::NoRepetitionSeparator]);
        check(&ISA.replace('^', "U").replace("00501", "00401"), "*: ~", &[]);
    }

    #[test]
    fn odd_beginnings_are_read_and_named() {
        check(&format!("\u{feff}{ISA}"), "*:^~", &[Quirk::ByteOrderMark]);
        check(&format!("This ISA is an example.\r\n{ISA}"), "*:^~", &[Quirk::TextBefore]);
        let named =
            "ST*837*1~NM1*IL*1*AISA*JO****MI*1~NM1*QC*1*ISA*JO****MI*1~N3*1 ELM~N4*PEORIA*IL*61602~DMG*D8*1~";
        check(named, "*: ~", &[Quirk::NoIsa]);
        check(&ISA.replace("SENDER         ", "SENDER"), "*:^~", &[Quirk::IsaNot106]);
        check(&ISA.replace('*', " *"), "*:^~", &[Quirk::IsaNot106]);
        // An ISA that goes on where its terminator must be; the whole one behind it is read.
        check(&format!("{}\n{ISA}", ISA.replace(":~", "1*")), "*:^~", &[Quirk::TextBefore]);
        check("ST*835*0001~SE*1*0001~", "*: ~", &[Quirk::NoIsa]);
        check("GS*HP*A*B\nST*835*0001\n", "*: \n", &[Quirk::NoIsa, Quirk::LineBreakTerminator]);
        check(&format!("{ISA}CLP*1*1~SVC*HC>99213*1*1~"), "*>^~", &[Quirk::OtherComponentSeparator]);
        // Behind an interchange's end, an ISA is one whatever ended it.
        let ended = format!("*{ISA}");
        assert_eq!(discover(ended.as_bytes(), 1).map(|opening| opening.start), Some(1));
        assert_eq!(discover(b"PATIENT,AMOUNT\n1,2\n", 0), None);
        assert_eq!(discover(b"", 0), None);
    }

    fn ids(text: &str) -> Vec<String> {
        let mut tape = Tape::default();
        let stop = tape.tokenise(text.as_bytes(), 0, Delimiters::USUAL, false);
        if let Stop::End(lead) = stop
            && !text[lead..].trim().is_empty()
        {
            tape.unterminated(text.as_bytes(), lead, Delimiters::USUAL);
        }
        (0..tape.segments().len())
            .map(|at| {
                let placed = &tape.segments()[at];
                format!(
                    "{}/{}",
                    &text[placed.start as usize..tape.marks_of(placed)[0] as usize],
                    tape.marks_of(placed).len() - 1
                )
            })
            .collect()
    }

    #[test]
    fn segments_are_found_whatever_stands_between_them() {
        assert_eq!(ids("ST*835*1~\r\n  SE*2*1~\r\n"), ["ST/2", "SE/2"]);
        assert_eq!(ids("ST*835*1~~SE*2*1"), ["ST/2", "/0", "SE/2"]);
        assert_eq!(ids("ST~"), ["ST/0"]);
        let long = format!("NM1*{}~REF*EI~", "A*".repeat(100));
        assert_eq!(ids(&long), ["NM1/101", "REF/1"]);
    }

    #[test]
    fn tokenising_stops_where_delimiters_may_change() {
        let text = format!("{ISA}IEA*0*1~\n{ISA}");
        let mut tape = Tape::default();
        assert_eq!(tape.tokenise(text.as_bytes(), 0, Delimiters::USUAL, false), Stop::InterchangeEnd(114));
        let text = format!("{ISA}GE*1*1~{ISA}");
        tape.clear();
        assert_eq!(tape.tokenise(text.as_bytes(), 0, Delimiters::USUAL, false), Stop::InterchangeEnd(113));
    }

    proptest! {
        #[test]
        fn marks_are_exactly_the_delimiters(text in "[A-Z*~\n:]{0,400}") {
            let mut tape = Tape::default();
            let Stop::End(lead) = tape.tokenise(text.as_bytes(), 0, Delimiters::USUAL, false) else { return Ok(()) };
            let found: Vec<u32> = tape.segments().iter().flat_map(|placed| tape.marks_of(placed).to_vec()).collect();
            let expected: Vec<u32> = text[..lead].bytes().enumerate()
                .filter(|(_, byte)| matches!(byte, b'*' | b'~')).map(|(at, _)| u32::try_from(at).unwrap()).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), cut in 0_usize..106) {
            let mut text = ISA.as_bytes()[..cut].to_vec();
            text.extend(bytes);
            if let Some(opening) = discover(&text, 0) {
                let mut tape = Tape::default();
                if let Stop::End(lead) = tape.tokenise(&text, opening.start, opening.delimiters, false) {
                    tape.unterminated(&text, lead, opening.delimiters);
                }
            }
        }
    }
}
