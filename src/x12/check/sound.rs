//! The short way through [`guide`](crate::x12::check::guide): tells at once that a segment has
//! nothing that could be reported. What the tables demand in a slot is worked out once, as bits and
//! lists by element; a segment that does not keep to it goes the long way, which knows the words.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::x12::check::guide::{demand, demand_component, is_period, part_width, usage_of};
use crate::x12::check::syntax_notes::{Relation, notes};
use crate::x12::cursor::Raw;
use crate::x12::lexer::Delimiters;
use crate::x12::spec::{DataType, ElementSpec, PartSpec, SegmentSpec, SlotSpec, Usage};
use crate::x12::value::{CodeList, Element, Period, Text, packed};

/// What was worked out for the slots that were met.
#[derive(Debug, Default)]
pub(crate) struct Expectations {
    by_slot: HashMap<usize, Expectation, BuildHasherDefault<AddressHasher>>,
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
        self.by_slot.entry(address).or_insert_with(|| Expectation::of(spec, slot)).is_met(raw, delimiters)
    }
}

/// Spreads addresses; they are ours, nobody can choose them to collide.
#[derive(Debug, Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_usize(usize::from(byte));
        }
    }
    fn write_usize(&mut self, number: usize) {
        self.0 = (self.0 ^ number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 ^= self.0 >> 32;
    }
}

/// What one value must be.
#[derive(Clone, Copy, Debug)]
struct Value {
    kind: DataType,
    lengths: (usize, usize),
    codes: CodeList,
    usage: Usage,
    /// The text of a date or time whose format is the component before it.
    dated: bool,
}

/// What may stand at one element position.
#[derive(Clone, Debug)]
enum Place {
    /// One value.
    One(Value),
    /// Components.
    Parts(Vec<Value>),
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
        Value {
            kind: part.data_type,
            lengths: (usize::from(part.min), usize::from(part.max)),
            codes: if codes.is_any() { part.codes } else { codes },
            usage,
            dated: false,
        }
    }

    #[inline]
    fn is_met(&self, text: Text<'_>, delimiters: Delimiters, is_component: bool) -> bool {
        let bytes = text.as_bytes();
        let (min, max) = self.lengths;
        let is_digit = |byte: &u8| byte.is_ascii_digit();
        let (sound, length, min) = match self.kind {
            DataType::AN | DataType::ID => {
                let plain = |byte: &u8| byte.wrapping_sub(0x20) < 0x5F && *byte != delimiters.component;
                let blank = !is_component && bytes.last() == Some(&b' ');
                (bytes.iter().all(plain) && !blank, bytes.len(), min)
            }
            DataType::N0 => (bytes.iter().all(is_digit), bytes.len(), min),
            DataType::R => {
                let digits = bytes.iter().filter(|byte| is_digit(byte)).count();
                let odd = bytes.len() - digits;
                let point = odd == 0 || (odd == 1 && bytes.contains(&b'.'));
                (point && digits > 0, digits, 0)
            }
            DataType::DT => (<chrono::NaiveDate as Element<'_>>::read(text).is_ok(), bytes.len(), 0),
            DataType::TM => (<chrono::NaiveTime as Element<'_>>::read(text).is_ok(), bytes.len(), 0),
            DataType::B | DataType::C | DataType::G => return false,
        };
        sound
            && (max == 0 || (length >= min && length <= max))
            && (self.codes.is_any() || self.codes.contains_packed(packed(bytes), bytes))
    }
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
        let count = raw.elements.count();
        if count == 0 || count > self.places.len() {
            return false;
        }
        let (mut present, mut here, mut before) = (0_u64, 1_u64, Text::EMPTY);
        let mut place = 0;
        for expected in self.places.iter().take(count) {
            here <<= 1;
            place += 1;
            let text = raw.element(place);
            if !text.is_empty() {
                present |= here;
                let met = match expected {
                    Place::One(value) => value.is_met(text, delimiters, false),
                    Place::Parts(parts) => parts_are_met(parts, text, delimiters),
                    Place::Dated(value) => {
                        value.is_met(text, delimiters, false)
                            && (before.is_empty() || Period::read(before, text).is_sound())
                    }
                    Place::Unsure => false,
                };
                if !met {
                    return false;
                }
            }
            before = text;
        }
        let trailing = count > 0 && present & here == 0;
        !trailing
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
    Place::Parts(values)
}

fn parts_are_met(parts: &[Value], text: Text<'_>, delimiters: Delimiters) -> bool {
    let mut texts = text.as_bytes().split(|&byte| byte == delimiters.component);
    let mut before = Text::EMPTY;
    let met = parts.iter().all(|part| {
        let text = Text::new(texts.next().unwrap_or_default());
        let format = std::mem::replace(&mut before, text);
        if text.is_empty() {
            return part.usage != Usage::Required;
        }
        let sound = !part.dated || format.is_empty() || Period::read(format, text).is_sound();
        sound && part.usage != Usage::NotUsed && part.is_met(text, delimiters, true)
    });
    met && texts.next().is_none()
}

/// The bit of an element position.
const fn bit(place: u8) -> u64 {
    1 << (place & 63)
}
