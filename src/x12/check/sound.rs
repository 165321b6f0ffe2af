//! The short way through [`guide`](crate::check::guide): tells at once that a segment has
//! nothing that could be reported. What the tables demand in a slot is worked out once, as bits and
//! lists by element; a segment that does not keep to it goes the long way, which knows the words.

use std::collections::HashMap;

use wide::u8x16;

use crate::check::guide::{demand, demand_component, is_period, part_width, usage_of};
use crate::check::syntax_notes::{Relation, notes};
use crate::cursor::Raw;
use crate::lexer::Delimiters;
use crate::spec::{DataType, ElementSpec, PartSpec, SegmentSpec, SlotSpec, Usage};
use crate::value::{
    CodeList, Element, Period, Text, count_unless_odd, distance_to, eight_from, no_digits, packed_first,
};

/// What was worked out for the slots that were met.
#[derive(Debug, Default)]
pub(crate) struct Expectations {
    all: Vec<Expectation>,
    by_slot: HashMap<usize, usize>,
    /// The slots that were met last, by a few bits of their address, each with its place in `all`.
    recent: Vec<(usize, usize)>,
}

impl Expectations {
    /// True when the segment in this slot is surely as it should be.
    pub(crate) fn are_met(
        &mut self,
        raw: &Raw<'_, '_>,
        spec: &'static SegmentSpec,
        slot: &'static SlotSpec,
        delimiters: Delimiters,
    ) -> bool {
        // A table is a constant: where it stands in memory names it.
        let address = std::ptr::from_ref(slot).addr();
        let near = address / size_of::<SlotSpec>() % Expectations::RECENT;
        let at = match self.recent.get(near) {
            Some((met, at)) if *met == address => *at,
            _ => self.look_up(near, address, spec, slot),
        };
        self.all.get(at).is_some_and(|expected| expected.is_met(raw, delimiters))
    }

    const RECENT: usize = 512;

    #[inline(never)]
    fn look_up(
        &mut self,
        near: usize,
        address: usize,
        spec: &'static SegmentSpec,
        slot: &'static SlotSpec,
    ) -> usize {
        let at = *self.by_slot.entry(address).or_insert_with(|| {
            self.all.push(Expectation::of(spec, slot));
            self.all.len() - 1
        });
        self.recent.resize(Expectations::RECENT, (0, 0));
        if let Some(place) = self.recent.get_mut(near) {
            *place = (address, at);
        }
        at
    }
}

/// What one value must be.
#[derive(Clone, Copy, Debug)]
struct Value {
    kind: DataType,
    usage: Usage,
    /// The text of a date or time whose format is the component before it.
    dated: bool,
    min: u32,
    max: u32,
    /// The codes that may stand there, [`packed`](crate::value::packed); none: any text.
    codes: &'static [u64],
}

/// What may stand at one element position.
#[derive(Clone, Debug)]
enum Place {
    /// One value.
    One(Value),
    /// Components, and how many there are up to the last required one.
    Parts(Vec<Value>, usize),
    /// The text of a date or time whose format stands before it.
    Dated(Value),
    /// Something that only the long way can judge.
    Unsure,
}

/// Elements that are demanded once any of their group is there.
#[derive(Clone, Copy, Debug)]
struct Together {
    group: u64,
    demanded: u64,
}

/// What a slot demands of its segment.
#[derive(Clone, Debug, Default)]
struct Expectation {
    places: Vec<Place>,
    required: u64,
    not_used: u64,
    together: Vec<Together>,
    notes: Vec<(Relation, u64, u64)>,
}

impl Value {
    fn new(part: &PartSpec, usage: Usage, codes: CodeList) -> Value {
        let codes = if codes.is_any() { part.codes } else { codes };
        // A number says not all of a long code.
        let kind = if codes.has_long() { DataType::B } else { part.data_type };
        // A sign and a point are no digits, which are what is counted; a date's format has its length.
        let min = match kind {
            DataType::R | DataType::DT | DataType::TM => 0,
            _ => part.min.into(),
        };
        let max = if part.max == 0 { u32::MAX } else { part.max.into() };
        Value { kind, usage, dated: false, min, max, codes: codes.packed_codes() }
    }

    /// Whether what stands at a place is surely this. Its characters are plain ones.
    #[inline(always)]
    fn is_met(&self, at: Cut<'_>, is_component: bool) -> bool {
        let length = match self.kind {
            DataType::AN | DataType::ID => {
                if !is_component && at.ends_with_blank() {
                    return false;
                }
                at.end - at.start
            }
            kind => match digits(kind, at.bytes(), eight_from(at.around, at.start)) {
                Some(length) => length,
                None => return false,
            },
        };
        length >= self.min as usize
            && length <= self.max as usize
            && (self.codes.is_empty() || self.codes.contains(&at.packed()))
    }
}

/// How long a number or date is, when it is one; `eight` are its first bytes.
fn digits(kind: DataType, bytes: &[u8], eight: u64) -> Option<usize> {
    match kind {
        DataType::N0 | DataType::R if matches!(bytes.len(), 1..=8) => {
            // As below, all bytes at once.
            let odd = no_digits(eight) & (u64::MAX >> (64 - 8 * bytes.len()));
            let first_odd = || eight.to_le_bytes()[odd.trailing_zeros() as usize / 8];
            match kind {
                _ if odd == 0 => Some(bytes.len()),
                DataType::R if odd & (odd - 1) == 0 && bytes.len() > 1 && first_odd() == b'.' => {
                    Some(bytes.len() - 1)
                }
                _ => None,
            }
        }
        DataType::N0 => bytes.iter().all(u8::is_ascii_digit).then_some(bytes.len()),
        DataType::R => {
            let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
            let odd = bytes.len() - digits;
            let point = odd == 0 || (odd == 1 && bytes.contains(&b'.'));
            (point && digits > 0).then_some(digits)
        }
        DataType::DT => <chrono::NaiveDate as Element<'_>>::read(Text::new(bytes)).ok().map(|_| bytes.len()),
        DataType::TM => <chrono::NaiveTime as Element<'_>>::read(Text::new(bytes)).ok().map(|_| bytes.len()),
        DataType::AN | DataType::ID | DataType::B | DataType::C | DataType::G => None,
    }
}

/// An element or a component where it stands in longer text.
#[derive(Clone, Copy)]
struct Cut<'a> {
    around: &'a [u8],
    start: usize,
    end: usize,
    component: u8,
}

impl<'a> Cut<'a> {
    #[inline]
    fn bytes(&self) -> &'a [u8] {
        self.around.get(self.start..self.end).unwrap_or_default()
    }
    fn text(&self) -> Text<'a> {
        Text::new(self.bytes())
    }
    #[inline]
    fn ends_with_blank(&self) -> bool {
        self.around.get(self.end.wrapping_sub(1)) == Some(&b' ')
    }
    #[inline]
    fn packed(&self) -> u64 {
        packed_first(eight_from(self.around, self.start), self.end - self.start)
    }
}

/// How many component separators stand in the elements of a segment, from `start` to the end of the
/// text; none when something else than printable ASCII does.
fn separators(text: &[u8], start: usize, component: u8) -> Option<u32> {
    count_unless_odd(text, start, |lane| {
        let lane = u8x16::new(*lane);
        // Below a blank, or above a tilde.
        let odd = lane.simd_eq(lane.min(u8x16::splat(0x1F))) | lane.simd_eq(lane.max(u8x16::splat(0x7F)));
        (odd.to_bitmask(), lane.simd_eq(u8x16::splat(component)).to_bitmask())
    })
}

impl Expectation {
    fn of(spec: &'static SegmentSpec, slot: &'static SlotSpec) -> Expectation {
        let mut all = Expectation::default();
        let mut next = 1;
        for element in spec.elements {
            let first = element.position();
            for place in next..first {
                all.not_used |= bit(place);
                all.places.push(Place::Unsure);
            }
            next = first + element.width();
            match element.part.data_type {
                DataType::G => all.group(element, first, slot),
                _ => all.element(element, first, slot),
            }
        }
        for note in notes(spec.id) {
            let bits = note.elements.iter().fold(0, |bits, place| bits | bit(*place));
            all.notes.push((note.relation, bits, note.elements.first().map_or(0, |place| bit(*place))));
        }
        all
    }

    fn element(&mut self, element: &'static ElementSpec, first: u8, slot: &'static SlotSpec) {
        for offset in 0..element.part.times {
            let usage = usage_of(&element.part, offset);
            let place = first + offset;
            let demand = demand(Some(slot), first, place, 0, usage);
            self.bind(place, demand.usage);
            self.places.push(match element.part.data_type {
                _ if element.repeat > 1 => Place::Unsure,
                DataType::C => components(element.parts, first, place, slot),
                _ => Place::One(Value::new(&element.part, demand.usage, demand.codes)),
            });
        }
    }

    /// Values side by side: what is demanded of the first round, and of each once it is there.
    fn group(&mut self, element: &'static ElementSpec, first: u8, slot: &'static SlotSpec) {
        let width: u8 = element.parts.iter().map(part_width).sum();
        let dated = is_period(element.parts);
        for round in 0..element.part.times {
            let start = first + round * width;
            let wanted = round == 0
                && demand(Some(slot), first, start, 0, element.part.usage).usage == Usage::Required;
            let mut together = Together { group: 0, demanded: 0 };
            let mut place = start;
            for part in element.parts {
                let repeats_from = first + (place - start);
                for offset in 0..part_width(part) {
                    let usage = if offset == 0 { part.usage } else { Usage::Situational };
                    let demand = demand(Some(slot), repeats_from, place, 0, usage);
                    together.group |= bit(place);
                    match demand.usage {
                        Usage::Required if wanted => self.required |= bit(place),
                        Usage::Required => together.demanded |= bit(place),
                        Usage::NotUsed => self.not_used |= bit(place),
                        Usage::Situational => {}
                    }
                    let value = Value::new(part, demand.usage, demand.codes);
                    self.places.push(match part.data_type {
                        DataType::C => components(part.parts, repeats_from, place, slot),
                        _ if dated && place == start + 1 => Place::Dated(value),
                        _ => Place::One(value),
                    });
                    place += 1;
                }
            }
            // A demand of the slot itself, though the table would wait for the rest of the group.
            if !wanted && demands_more(start..start + width, slot) {
                self.required |= together.demanded;
            }
            self.together.push(together);
        }
    }

    fn bind(&mut self, place: u8, usage: Usage) {
        match usage {
            Usage::Required => self.required |= bit(place),
            Usage::NotUsed => self.not_used |= bit(place),
            Usage::Situational => {}
        }
    }

    fn is_met(&self, raw: &Raw<'_, '_>, delimiters: Delimiters) -> bool {
        let (around, mut start, ends) = raw.elements.cuts();
        let component = delimiters.component;
        let Some(&last) = ends.last().filter(|_| ends.len() <= self.places.len()) else { return false };
        let up_to_end = around.get(..last as usize).unwrap_or_default();
        let Some(separators) = separators(up_to_end, start, component) else { return false };
        let (mut present, mut here, mut before, mut in_parts) = (0_u64, 1_u64, start, 0);
        for (expected, end) in self.places.iter().zip(ends) {
            here <<= 1;
            let at = Cut { around, start, end: *end as usize, component };
            start = at.end + 1;
            if at.start < at.end {
                present |= here;
                let met = match expected {
                    Place::One(value) => value.is_met(at, false),
                    Place::Parts(parts, required) => {
                        parts_are_met(parts, *required, at).is_some_and(|separators| {
                            in_parts += separators;
                            true
                        })
                    }
                    Place::Dated(value) => {
                        let format = Cut { start: before, end: at.start - 1, ..at }.text();
                        value.is_met(at, false)
                            && (format.is_empty() || Period::read(format, at.text()).is_sound())
                    }
                    Place::Unsure => false,
                };
                if !met {
                    return false;
                }
            }
            before = at.start;
        }
        let trailing = present & here == 0;
        !trailing
            // Some stand where a value has no components.
            && in_parts == separators as usize
            && self.required & !present == 0
            && self.not_used & present == 0
            && self.together.iter().all(|one| present & one.group == 0 || one.demanded & !present == 0)
            && self.notes.iter().all(|&(relation, bits, first)| match relation {
                Relation::Paired => present & bits == 0 || present & bits == bits,
                Relation::Required => present & bits != 0,
                Relation::Exclusion => (present & bits).is_power_of_two() || present & bits == 0,
                Relation::Conditional => present & first == 0 || present & bits == bits,
            })
    }
}

/// True when the slot itself demands a value of a group that the segment may leave out.
fn demands_more(group: std::ops::Range<u8>, slot: &'static SlotSpec) -> bool {
    slot.narrow.iter().any(|narrow| narrow.usage == Usage::Required && group.contains(&narrow.element))
}

fn components(parts: &[PartSpec], first: u8, place: u8, slot: &'static SlotSpec) -> Place {
    let mut values: Vec<Value> = Vec::new();
    let mut add = |part: &PartSpec, usage: Usage, dated: bool| {
        let number = u8::try_from(values.len() + 1).unwrap_or(u8::MAX);
        let demand = demand_component(Some(slot), first, place, number, usage);
        values.push(Value { dated, ..Value::new(part, demand.usage, demand.codes) });
    };
    for part in parts {
        if part.data_type == DataType::G {
            let dated = is_period(part.parts);
            for (within, inner) in part.parts.iter().enumerate() {
                let usage = if part.usage == Usage::Required { inner.usage } else { part.usage };
                add(inner, usage, dated && within == 1);
            }
        } else {
            (0..part.times).for_each(|round| add(part, usage_of(part, round), false));
        }
    }
    let required = values.iter().rposition(|value| value.usage == Usage::Required).map_or(0, |at| at + 1);
    Place::Parts(values, required)
}

/// How many separators stand in a composite that is as it should be.
fn parts_are_met(parts: &[Value], required: usize, whole: Cut<'_>) -> Option<usize> {
    let (mut start, mut before) = (whole.start, whole.start);
    for (separators, part) in parts.iter().enumerate() {
        let length = distance_to(whole.component, whole.around, start, whole.end);
        let at = Cut { start, end: start + length, ..whole };
        let format = || Cut { start: before, end: at.start.saturating_sub(1), ..whole }.text();
        let met = if length == 0 {
            part.usage != Usage::Required
        } else {
            part.usage != Usage::NotUsed
                && part.is_met(at, true)
                && (!part.dated || format().is_empty() || Period::read(format(), at.text()).is_sound())
        };
        if !met {
            return None;
        }
        if at.end == whole.end {
            // Behind the last component stands nothing.
            return (separators + 1 >= required).then_some(separators);
        }
        (before, start) = (at.start, at.end + 1);
    }
    None
}

/// The bit of an element position.
const fn bit(place: u8) -> u64 {
    1 << (place & 63)
}
