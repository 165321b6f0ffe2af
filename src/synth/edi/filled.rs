//! A set with everything in it: every loop, segment and element that a guide's table has, filled
//! with made-up values of the right type, length and code. For tests that ask whether all of a
//! guide can be read and written; amounts and levels of such a set need not add up.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::x12::Guide;
use crate::x12::spec::{
    Condition, DataType, ElementSpec, LoopSpec, NodeSpec, PartSpec, SegmentSpec, SlotSpec, Usage,
};
use crate::x12::x837d::Dental;
use crate::x12::x837i::Institutional;
use crate::x12::x837p::Professional;

/// How much is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filling {
    /// All that the guide allows; what may repeat stands twice.
    Everything,
    /// What is required, and about half of the rest.
    Some,
}

/// An interchange with one set of claims of a guide. `None` for a guide that is no 837.
#[must_use]
pub fn filled_837(guide: Guide, filling: Filling, seed: u64) -> Option<Vec<u8>> {
    let spec = match guide {
        Guide::Professional => Professional::LOOP,
        Guide::Institutional => Institutional::LOOP,
        Guide::Dental => Dental::LOOP,
        _ => return None,
    };
    let version = guide.version();
    let mut out = Filler {
        out: String::new(),
        segments: 1,
        filling,
        rng: ChaCha8Rng::seed_from_u64(seed),
        levels: 0,
        parents: vec![],
        with_patients: true,
        lines: 0,
    };
    out.fill(spec);
    let (body, count) = (out.out, out.segments + 1);
    Some(
        format!(
            "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260105*1200*^*00501*000000001*0*T*:~\
             GS*HC*SENDER*RECEIVER*20260105*1200*1*X*{version}~ST*837*0001*{version}~{body}SE*{count}*0001~\
             GE*1*1~IEA*1*000000001~"
        )
        .into_bytes(),
    )
}

/// What another list holds and a type cannot say: element or component, and a code of that list.
const KNOWN: &[(&str, &str)] = &[
    ("N402", "IL"),
    ("N403", "616021234"),
    ("N404", "US"),
    ("CUR02", "USD"),
    ("PRV03", "207Q00000X"),
    ("CLM05-1", "11"),
    ("CLM05-3", "1"),
    ("CLM11-4", "IL"),
    ("CLM11-5", "US"),
    ("SV101-2", "99213"),
    ("SV105", "11"),
    ("SV201", "0450"),
    ("SV303", "11"),
    ("MIA05", "MA01"),
    ("MIA20", "MA01"),
    ("MIA21", "MA01"),
    ("MIA22", "MA01"),
    ("MIA23", "MA01"),
    ("MOA03", "MA01"),
    ("MOA04", "MA01"),
    ("MOA05", "MA01"),
    ("MOA06", "MA01"),
    ("MOA07", "MA01"),
];

struct Filler {
    out: String,
    segments: u32,
    filling: Filling,
    rng: ChaCha8Rng,
    /// HL01 of the last level, and those of the levels that are open.
    levels: u32,
    parents: Vec<u32>,
    /// The last subscriber has patients.
    with_patients: bool,
    /// LX01 of the last line of the claim.
    lines: u32,
}

impl Filler {
    fn wanted(&mut self, usage: Usage) -> bool {
        match usage {
            Usage::Required => true,
            Usage::NotUsed => false,
            Usage::Situational => self.filling == Filling::Everything || self.rng.random(),
        }
    }

    fn fill(&mut self, spec: &'static LoopSpec) {
        let is_level = spec.slots[0].id() == "HL";
        if is_level {
            self.levels += 1;
            self.parents.push(self.levels);
        }
        // Whether levels follow is said before they do.
        let mut counts: Vec<u32> = spec.slots.iter().map(|slot| self.count(slot)).collect();
        // A subscriber has claims of their own or patients; every other one has patients.
        let place =
            |id: &str| spec.slots.iter().position(|slot| slot.id() == id && slot.loop_spec().is_some());
        if let (true, Some(claims), Some(patients)) = (is_level, place("CLM"), place("HL")) {
            self.with_patients = !self.with_patients;
            counts[claims] = if self.with_patients { 0 } else { counts[claims].max(1) };
            counts[patients] = if self.with_patients { counts[patients].max(1) } else { 0 };
        }
        for (slot, count) in spec.slots.iter().zip(&counts) {
            for round in 0..*count {
                match slot.node {
                    NodeSpec::Loop(inner) => {
                        if inner.slots[0].id() == "CLM" {
                            self.lines = 0;
                        }
                        self.fill(inner);
                    }
                    NodeSpec::Segment(segment) => {
                        let follows = spec.slots.iter().zip(&counts).any(|(slot, count)| {
                            slot.id() == "HL" && slot.loop_spec().is_some() && *count > 0
                        });
                        self.segment(segment, slot, round as usize, follows);
                    }
                }
            }
        }
        if is_level {
            self.parents.pop();
        }
    }

    fn count(&mut self, slot: &SlotSpec) -> u32 {
        if !self.wanted(slot.usage) {
            return 0;
        }
        let most = slot.max.min(2);
        if self.filling == Filling::Everything { most } else { self.rng.random_range(1..=most) }
    }

    fn segment(&mut self, spec: &'static SegmentSpec, slot: &'static SlotSpec, round: usize, follows: bool) {
        let mut elements: Vec<String> = vec![];
        let mut put = |place: u8, text: String| {
            let at = usize::from(place);
            if elements.len() < at {
                elements.resize(at, String::new());
            }
            elements[at - 1] = text;
        };
        if spec.id == "HL" {
            let above = self.parents.iter().rev().nth(1).map_or(String::new(), u32::to_string);
            put(1, self.levels.to_string());
            put(2, above);
            put(3, code_of(&slot.conditions, 3, round).unwrap_or_default().to_owned());
            put(4, u8::from(follows).to_string());
        } else if spec.id == "LX" {
            self.lines += 1;
            put(1, self.lines.to_string());
        } else {
            for element in spec.elements {
                self.element(spec, slot, element, round, &mut put);
            }
        }
        // A social security number has nine digits; none begins with a 9.
        if spec.id == "REF" && elements.first().is_some_and(|qualifier| qualifier == "SY") {
            elements.truncate(1);
            elements.push("900112233".to_owned());
        }
        while elements.last().is_some_and(String::is_empty) {
            elements.pop();
        }
        self.segments += 1;
        self.out.push_str(spec.id);
        for element in &elements {
            self.out.push('*');
            self.out.push_str(element);
        }
        self.out.push('~');
    }

    fn element(
        &mut self,
        spec: &'static SegmentSpec,
        slot: &'static SlotSpec,
        element: &'static ElementSpec,
        round: usize,
        put: &mut impl FnMut(u8, String),
    ) {
        let first = element.position();
        match element.part.data_type {
            DataType::G => {
                let mut place = first;
                for group in 0..element.part.times {
                    let usage = slot.narrowing(place, 0).map_or(element.part.usage, |narrow| narrow.usage);
                    let usage =
                        if group > 0 && usage == Usage::Required { Usage::Situational } else { usage };
                    let width = u8::try_from(element.parts.len()).unwrap_or(u8::MAX);
                    // Groups stand side by side without gaps.
                    if !self.wanted(usage) {
                        break;
                    }
                    if is_period(element.parts) {
                        let (format, text) = self.period(codes(slot, first, place, 0));
                        put(place, format);
                        put(place + 1, text);
                    } else {
                        for (at, part) in (place..).zip(element.parts) {
                            if part.usage == Usage::Required || self.wanted(part.usage) {
                                let known = known(spec, at, 0).or((part.name == "reason").then_some("45"));
                                let codes = codes(slot, first + (at - place), at, 0);
                                put(at, self.value(part, known, codes));
                            }
                        }
                    }
                    place += width;
                }
            }
            DataType::C => {
                for offset in 0..element.part.times {
                    let place = first + offset;
                    let whole = slot.narrowing(place, 0).map_or(element.part.usage, |narrow| narrow.usage);
                    let whole =
                        if offset > 0 && whole == Usage::Required { Usage::Situational } else { whole };
                    if !self.wanted(whole) {
                        break;
                    }
                    put(place, self.composite(spec, slot, element, place, round));
                }
            }
            _ => {
                for offset in 0..element.part.times {
                    let place = first + offset;
                    let usage = slot.narrowing(place, 0).map_or(element.part.usage, |narrow| narrow.usage);
                    let usage =
                        if offset > 0 && usage == Usage::Required { Usage::Situational } else { usage };
                    // N402 and N407 exclude each other.
                    if (spec.id, place) == ("N4", 7) || !self.wanted(usage) {
                        continue;
                    }
                    let text = match code_of(&slot.conditions, place, round) {
                        Some(code) => code.to_owned(),
                        None => {
                            let codes = codes(slot, first, place, 0);
                            self.value(&element.part, known(spec, place, 0), codes)
                        }
                    };
                    put(place, text);
                }
            }
        }
    }

    fn composite(
        &mut self,
        spec: &'static SegmentSpec,
        slot: &'static SlotSpec,
        element: &'static ElementSpec,
        place: u8,
        round: usize,
    ) -> String {
        let first = element.position();
        let mut parts: Vec<String> = vec![];
        for part in element.parts {
            if part.data_type == DataType::G {
                let component = u8::try_from(parts.len() + 1).unwrap_or(u8::MAX);
                let (format, text) = self.period(component_codes(slot, first, place, component));
                parts.extend([format, text]);
                continue;
            }
            let mut ended = false;
            for offset in 0..part.times {
                let component = u8::try_from(parts.len() + 1).unwrap_or(u8::MAX);
                let narrow = (first..=place).rev().find_map(|at| slot.narrowing(at, component));
                let usage = narrow.map_or(part.usage, |narrow| narrow.usage);
                let usage = if offset > 0 && usage == Usage::Required { Usage::Situational } else { usage };
                ended |= !self.wanted(usage);
                if ended {
                    parts.push(String::new());
                    continue;
                }
                let condition = (component == 1 && place == first)
                    .then(|| code_of(&slot.conditions, place, round))
                    .flatten();
                parts.push(match condition {
                    Some(code) => code.to_owned(),
                    None => {
                        let codes = component_codes(slot, first, place, component);
                        self.value(part, known(spec, place, component), codes)
                    }
                });
            }
        }
        while parts.last().is_some_and(String::is_empty) {
            parts.pop();
        }
        parts.join(":")
    }

    /// A format of the list, and a date of that format.
    fn period(&mut self, codes: &'static str) -> (String, String) {
        let formats: Vec<&str> = if codes.is_empty() { vec!["D8"] } else { codes.split('|').collect() };
        let format = *super::one(&formats, &mut self.rng);
        let text = match format {
            "RD8" => format!("{}-{}", self.day(2024), self.day(2025)),
            "DT" => format!("{}{}", self.day(2025), self.time()),
            "TM" => self.time(),
            _ => self.day(2025),
        };
        (format.to_owned(), text)
    }
    fn day(&mut self, year: u32) -> String {
        format!("{year}{:02}{:02}", self.rng.random_range(1..=12), self.rng.random_range(1..=28))
    }
    fn time(&mut self) -> String {
        format!("{:02}{:02}", self.rng.random_range(0..24), self.rng.random_range(0..60))
    }

    /// A value as our writer would write it.
    fn value(&mut self, part: &PartSpec, known: Option<&'static str>, codes: &'static str) -> String {
        if let Some(known) = known {
            return known.to_owned();
        }
        let codes = if codes.is_empty() { part.codes.as_str() } else { codes };
        let list: Vec<&str> = codes.split('|').filter(|code| !code.is_empty()).collect();
        if !list.is_empty() {
            return (*super::one(&list, &mut self.rng)).to_owned();
        }
        match part.data_type {
            DataType::DT => self.day(2025),
            DataType::TM => self.time(),
            DataType::N0 => self.rng.random_range(1..=4_u32).to_string(),
            DataType::R => {
                let whole = self.rng.random_range(1..=99_u32);
                let tenths = self.rng.random_range(0..10_u32);
                if tenths == 0 { whole.to_string() } else { format!("{whole}.{tenths}") }
            }
            _ => self.text(part.min.max(1), part.max),
        }
    }

    /// Capital letters and digits, of a length that the table allows.
    fn text(&mut self, min: u16, max: u16) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let length = self.rng.random_range(min..=max.min(min + 12));
        (0..length).map(|_| char::from(*super::one(LETTERS, &mut self.rng))).collect()
    }
}

/// The code by which a slot is told apart, another in each round.
fn code_of(conditions: &'static [Condition; 2], place: u8, round: usize) -> Option<&'static str> {
    let condition = conditions.iter().find(|condition| condition.element == place)?;
    let codes: Vec<&'static str> = condition.codes.iter().collect();
    codes.get(round % codes.len().max(1)).copied()
}

/// What a slot narrows an element to; the first of several values side by side speaks for all.
fn codes(slot: &'static SlotSpec, first: u8, place: u8, component: u8) -> &'static str {
    slot.narrowing(place, component)
        .or_else(|| slot.narrowing(first, component))
        .map_or("", |narrow| narrow.codes.as_str())
}

fn component_codes(slot: &'static SlotSpec, first: u8, place: u8, component: u8) -> &'static str {
    (first..=place)
        .rev()
        .find_map(|at| slot.narrowing(at, component))
        .map_or("", |narrow| narrow.codes.as_str())
}

fn known(spec: &SegmentSpec, element: u8, component: u8) -> Option<&'static str> {
    let designator = spec.designator(element, component);
    KNOWN.iter().find(|(name, _)| *name == designator).map(|(_, code)| *code)
}

fn is_period(parts: &[PartSpec]) -> bool {
    matches!(parts, [format, _] if format.name == "format")
}
