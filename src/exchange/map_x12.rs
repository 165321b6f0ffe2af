//! A kept file as X12 segments, for a person to read: number, byte, text, and what each is.

use std::collections::HashMap;

use crate::x12::issue::Issues;
use crate::x12::spec::SlotSpec;
use crate::x12::{Loops, Raw, Watch, each_segment, read_file_watched};

/// A stretch of a file, and within it the one segment that is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// First and last byte, both included.
    pub bytes: Option<(u64, u64)>,
    /// A segment's identifier and elements that it has: `CAS*CO*197` is the first CAS of the
    /// stretch whose elements have both `CO` and `197`.
    pub segment: Option<String>,
}

/// A segment to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// From 1, over the whole file.
    pub number: usize,
    /// Where it begins, from 0.
    pub offset: u64,
    /// `CAS`.
    pub id: String,
    /// Its elements in order.
    pub elements: Vec<Element>,
    /// What separates its elements.
    pub separator: char,
    /// What ends it; nothing where the file breaks off.
    pub terminator: Option<char>,
    /// What it is, in the words of our own guide tables, and in which loop; empty when the
    /// tables have no place for it.
    pub note: String,
    /// It is what is looked for.
    pub hit: bool,
    /// It is the first of those: where the page scrolls to.
    pub first_hit: bool,
}

/// An element of a segment that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// As it stands in the file.
    pub text: String,
    /// One of those that were looked for.
    pub marked: bool,
}

/// Part of a file's segments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The segments, in order.
    pub segments: Vec<Shown>,
    /// How many the file has; none when it is no X12.
    pub total: usize,
    /// Where the segments before begin, if there are any.
    pub before: Option<usize>,
    /// Where the segments after begin, if there are any.
    pub after: Option<usize>,
}

/// Segments of one page.
pub const SEGMENTS_A_PAGE: usize = 400;

/// Segments shown before the stretch that is looked for, so that its surroundings explain it.
const LEAD: usize = 12;

/// Files longer than this are shown without notes, which take reading all of it.
const NOTED_BYTES_MAX: usize = 8 << 20;

/// The segments around what is wanted; else those from the `from`-th on.
#[must_use]
pub fn window(text: &[u8], wanted: &Wanted, from: usize) -> Window {
    let mut total: usize = 0;
    let mut first_wanted: Option<usize> = None;
    each_segment(text, |raw| {
        total += 1;
        if first_wanted.is_none() && overlaps(wanted.bytes, raw.source.offset(), raw.source.end_byte()) {
            first_wanted = Some(total);
        }
    });
    let begin = match (from, first_wanted) {
        (0 | 1, Some(first)) => first.saturating_sub(LEAD).max(1),
        (from, _) => from.max(1),
    };
    let end = begin + SEGMENTS_A_PAGE;
    let mut notes = Notes(HashMap::new());
    if text.len() <= NOTED_BYTES_MAX {
        read_file_watched(text, Issues::default(), Some(&mut notes));
    }
    let looked_for: Vec<&str> = wanted.segment.as_deref().unwrap_or_default().split('*').collect();
    let mut segments: Vec<Shown> = Vec::new();
    let mut number = 0;
    let mut found = false;
    each_segment(text, |raw| {
        number += 1;
        if number < begin || number >= end {
            return;
        }
        let inside = overlaps(wanted.bytes, raw.source.offset(), raw.source.end_byte());
        let hit = match (&wanted.segment, inside) {
            (_, false) => false,
            (None, true) => true,
            (Some(_), true) => !found && is_like(raw, &looked_for),
        };
        let first_hit = hit && !found;
        found |= hit;
        let marks = if hit && wanted.segment.is_some() { &looked_for[1..] } else { &[] };
        let note = notes.0.remove(&raw.source.offset()).unwrap_or_default();
        segments.push(shown(raw, number, note, hit, first_hit, marks));
    });
    Window {
        segments,
        total,
        before: (begin > 1).then(|| begin.saturating_sub(SEGMENTS_A_PAGE).max(1)),
        after: (end <= total).then_some(end),
    }
}

fn overlaps(bytes: Option<(u64, u64)>, offset: u64, end: u64) -> bool {
    bytes.is_some_and(|(first, last)| offset <= last && end > first)
}

fn is_like(raw: &Raw<'_, '_>, looked_for: &[&str]) -> bool {
    let has = |value: &str| elements(raw).any(|element| element == value);
    match looked_for {
        [id, values @ ..] => raw.id().to_str() == *id && values.iter().all(|value| has(value)),
        [] => false,
    }
}

fn elements<'a>(raw: &Raw<'a, '_>) -> impl Iterator<Item = std::borrow::Cow<'a, str>> {
    let count = u8::try_from(raw.elements.count()).unwrap_or(u8::MAX);
    (1..=count).map(|place| raw.element(place).to_str()).collect::<Vec<_>>().into_iter()
}

fn shown(
    raw: &Raw<'_, '_>,
    number: usize,
    note: String,
    hit: bool,
    first_hit: bool,
    marks: &[&str],
) -> Shown {
    let text = raw.source.text().trim_ascii_start();
    let id = raw.id().to_str().into_owned();
    let separator = text.get(id.len()).copied().map_or('*', char::from);
    let rest: usize = elements_bytes(raw) + id.len();
    let mut elements: Vec<Element> =
        elements(raw).map(|text| Element { marked: false, text: text.into_owned() }).collect();
    // The first element with each value that is looked for.
    for mark in marks {
        if let Some(element) = elements.iter_mut().find(|element| element.text == *mark && !element.marked) {
            element.marked = true;
        }
    }
    Shown {
        number,
        offset: raw.source.offset(),
        id,
        elements,
        separator,
        terminator: text.get(rest).copied().map(char::from),
        note,
        hit,
        first_hit,
    }
}

/// Bytes of all elements with the separators before them.
fn elements_bytes(raw: &Raw<'_, '_>) -> usize {
    let count = u8::try_from(raw.elements.count()).unwrap_or(u8::MAX);
    (1..=count).map(|place| raw.element(place).len() + 1).sum()
}

/// What each segment is, by the byte it begins at.
struct Notes(HashMap<u64, String>);

impl Watch for Notes {
    fn segment(
        &mut self,
        raw: &Raw<'_, '_>,
        slot: Option<&'static SlotSpec>,
        loops: &Loops<'_>,
        _issues: &mut Issues,
    ) {
        let Some(slot) = slot else { return };
        let title = slot.title.trim_end_matches('.');
        let within = loops.specs().last().map(|spec| spec.id).unwrap_or_default();
        self.0.insert(raw.source.offset(), format!("{title} ({within})"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMIT: &[u8] = b"ST*835*0001~BPR*I*80*C*NON************20260105~TRN*1*T1*1999999999~\
        N1*PR*First Health~LX*1~CLP*ABC*1*150*80**12*PCN1~SVC*HC:99213*100*80**1~CAS*CO*45*20~\
        SVC*HC:81002*50*0**1~CAS*CO*45*10**97*40~SE*10*0001~";

    #[test]
    fn segments_are_numbered_with_their_bytes() {
        let all = window(REMIT, &Wanted::default(), 0);
        assert_eq!((all.total, all.segments.len(), all.before, all.after), (11, 11, None, None));
        let clp = &all.segments[5];
        assert_eq!((clp.number, clp.id.as_str(), clp.separator, clp.terminator), (6, "CLP", '*', Some('~')));
        assert_eq!(&REMIT[usize::try_from(clp.offset).unwrap()..][..7], b"CLP*ABC");
        assert!(all.segments.iter().all(|segment| !segment.hit));
    }

    #[test]
    fn the_reason_that_is_looked_for_is_marked_in_its_line_only() {
        let text = std::str::from_utf8(REMIT).unwrap();
        let first = text.find("SVC*HC:81002").unwrap() as u64;
        let last = text.find("SE*10").unwrap() as u64 - 1;
        let wanted = Wanted { bytes: Some((first, last)), segment: Some("CAS*CO*97".into()) };
        let found = window(REMIT, &wanted, 0);
        let hits: Vec<&Shown> = found.segments.iter().filter(|segment| segment.hit).collect();
        assert_eq!(hits.len(), 1);
        assert_eq!((hits[0].number, hits[0].first_hit), (10, true));
        let marked: Vec<&str> =
            hits[0].elements.iter().filter(|e| e.marked).map(|e| e.text.as_str()).collect();
        assert_eq!(marked, ["CO", "97"]);
    }

    #[test]
    fn without_a_segment_the_whole_stretch_is_lit() {
        let wanted = Wanted { bytes: Some((0, 12)), segment: None };
        let found = window(REMIT, &wanted, 0);
        let hits: Vec<usize> =
            found.segments.iter().filter(|segment| segment.hit).map(|segment| segment.number).collect();
        assert_eq!(hits, [1, 2]);
    }

    #[test]
    fn what_is_no_x12_has_no_segments() {
        assert_eq!(window(b"visit,patient\n1,A-100\n", &Wanted::default(), 0), Window::default());
    }
}
