//! SNIP 1 and 2 inside a set: every element against its table, while the set is read.
//!
//! The reader places segments and reports what is missing, too many, out of order or unknown;
//! this looks at each placed segment's elements: characters, data type, length, usage, codes,
//! repeats, and X12's syntax notes. What the slot narrows wins over the segment's own table.

use crate::check::sound::Expectations;
use crate::check::syntax_notes::{Relation, notes};
use crate::cursor::{Loops, Raw, Watch};
use crate::issue::{Ack, Issue, Issues};
use crate::lexer::Delimiters;
use crate::spec::{DataType, ElementSpec, NodeSpec, PartSpec, SegmentSpec, SlotSpec, Usage};
use crate::value::{CodeList, Element, Period, Text};

/// Checks the elements of one segment after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ElementCheck {
    delimiters: Delimiters,
}

impl ElementCheck {
    /// For text under these delimiters.
    pub(crate) const fn new(delimiters: Delimiters) -> ElementCheck {
        ElementCheck { delimiters }
    }

    /// Checks one segment against its table and what a slot narrows; `path` says where it stands.
    pub(crate) fn segment(
        &self,
        raw: &Raw<'_, '_>,
        spec: &'static SegmentSpec,
        slot: Option<&'static SlotSpec>,
        place: &dyn Fn() -> (crate::issue::At, String),
        issues: &mut Issues,
    ) {
        let mut report = Report { raw, spec, place, issues };
        let count = u8::try_from(raw.elements.count()).unwrap_or(u8::MAX);
        let mut next: u8 = 1;
        for element in spec.elements {
            let first = element.position();
            for gap in next..first {
                report.not_used(gap, 0, raw.element(gap));
            }
            next = first + element.width();
            self.element(&mut report, element, first, slot);
        }
        if count >= next {
            self.beyond(&mut report, next, count);
        }
        if count == 0 {
            report.empty();
        } else if raw.element(count).is_empty() {
            report.trailing_separators(count);
        }
        for note in notes(spec.id) {
            note_holds(&mut report, *note);
        }
    }

    /// Elements after the last that a guide of ours uses.
    #[cold]
    fn beyond(&self, report: &mut Report<'_, '_>, next: u8, last: u8) {
        for place in next..=last {
            report.not_used(place, 0, report.raw.element(place));
        }
    }

    fn element(
        &self,
        report: &mut Report<'_, '_>,
        element: &'static ElementSpec,
        first: u8,
        slot: Option<&'static SlotSpec>,
    ) {
        match element.part.data_type {
            DataType::G => self.group(report, element, first, slot),
            DataType::C => {
                for offset in 0..element.part.times {
                    let usage = usage_of(&element.part, offset);
                    self.composite(report, element.parts, first, first + offset, usage, slot);
                }
            }
            _ => {
                for offset in 0..element.part.times {
                    let usage = usage_of(&element.part, offset);
                    let place = first + offset;
                    let text = report.raw.element(place);
                    let demand = demand(slot, first, place, 0, usage);
                    if element.repeat > 1 && self.repeats(report, place, text, element, demand) {
                        continue;
                    }
                    self.simple(report, place, 0, text, &element.part, demand);
                }
            }
        }
    }

    /// Values side by side in several elements, repeated: CAS02 to 04, CAS05 to 07, ...
    fn group(
        &self,
        report: &mut Report<'_, '_>,
        element: &'static ElementSpec,
        first: u8,
        slot: Option<&'static SlotSpec>,
    ) {
        let mut place = first;
        for round in 0..element.part.times {
            let width: u8 = element.parts.iter().map(part_width).sum();
            let present = (place..place + width).any(|at| !report.raw.element(at).is_empty());
            let wanted =
                round == 0 && demand(slot, first, place, 0, element.part.usage).usage == Usage::Required;
            let start = place;
            for part in element.parts {
                // A part is demanded once any of its group is there.
                let usage = match part.usage {
                    Usage::Required if !present && !wanted => Usage::Situational,
                    usage => usage,
                };
                let repeats_from = first + (place - start);
                match part.data_type {
                    DataType::C => {
                        self.composite(report, composite_parts(part), repeats_from, place, usage, slot);
                        place += 1;
                    }
                    _ => {
                        for offset in 0..part.times {
                            let usage = if offset == 0 { usage } else { Usage::Situational };
                            let text = report.raw.element(place);
                            let mut demand = demand(slot, repeats_from, place, 0, usage);
                            if !present && !wanted && demand.usage == Usage::Required && round > 0 {
                                demand.usage = Usage::Situational;
                            }
                            self.simple(report, place, 0, text, part, demand);
                            place += 1;
                        }
                    }
                }
            }
            if present && is_period(element.parts) {
                let (format, text) = (report.raw.element(start), report.raw.element(start + 1));
                Self::period(report, format, text, (start + 1, 0));
            }
        }
    }

    /// A qualified date or time: DTP02 and DTP03, HI01-3 and HI01-4.
    fn period(report: &mut Report<'_, '_>, format: Text<'_>, text: Text<'_>, (place, component): (u8, u8)) {
        if !format.is_empty() && !text.is_empty() && !Period::read(format, text).is_sound() {
            let fault = Fault::new("x12/invalid-date", 1, "8", "a day of the calendar in its format");
            report.fault(fault, place, component, text);
        }
    }

    fn composite(
        &self,
        report: &mut Report<'_, '_>,
        parts: &'static [PartSpec],
        first: u8,
        place: u8,
        usage: Usage,
        slot: Option<&'static SlotSpec>,
    ) {
        let text = report.raw.element(place);
        let whole = demand(slot, first, place, 0, usage);
        if text.is_empty() {
            if whole.usage == Usage::Required {
                report.missing(place, 0);
            }
            return;
        }
        if whole.usage == Usage::NotUsed {
            report.not_used(place, 0, text);
            return;
        }
        let mut components = text.as_bytes().split(|&byte| byte == self.delimiters.component);
        let mut number: u8 = 0;
        for part in parts {
            let mut next = |part: &PartSpec, usage: Usage, report: &mut Report<'_, '_>| {
                number += 1;
                let text = Text::new(components.next().unwrap_or_default());
                let demand = demand_component(slot, first, place, number, usage);
                self.simple(report, place, number, text, part, demand);
                text
            };
            if part.data_type == DataType::G {
                let mut texts = [Text::EMPTY; 2];
                for (inner, text) in part.parts.iter().zip(&mut texts) {
                    let usage = if part.usage == Usage::Required { inner.usage } else { part.usage };
                    *text = next(inner, usage, report);
                }
                if is_period(part.parts) {
                    Self::period(report, texts[0], texts[1], (place, number));
                }
                continue;
            }
            for round in 0..part.times {
                next(part, usage_of(part, round), report);
            }
        }
        for rest in components {
            number = number.saturating_add(1);
            report.not_used(place, number, Text::new(rest));
        }
    }

    /// Repeats of one element; true when it was looked at as such.
    fn repeats(
        &self,
        report: &mut Report<'_, '_>,
        place: u8,
        text: Text<'_>,
        element: &'static ElementSpec,
        demand: Demand,
    ) -> bool {
        let Some(separator) = self.delimiters.repetition else { return false };
        let bytes = text.as_bytes();
        if !bytes.contains(&separator) {
            return false;
        }
        for (number, one) in bytes.split(|&byte| byte == separator).enumerate() {
            if number >= usize::from(element.repeat) {
                report.fault(
                    Fault::new("x12/too-many-repeats", 2, "12", "fewer repeats"),
                    place,
                    0,
                    Text::new(one),
                );
                break;
            }
            if element.parts.is_empty() {
                let each = Demand { usage: Usage::Situational, ..demand };
                self.simple(report, place, 0, Text::new(one), &element.part, each);
            }
        }
        true
    }

    /// One value: usage, characters, type, length, code.
    fn simple(
        &self,
        report: &mut Report<'_, '_>,
        place: u8,
        component: u8,
        text: Text<'_>,
        part: &PartSpec,
        demand: Demand,
    ) {
        if text.is_empty() {
            if demand.usage == Usage::Required {
                report.missing(place, component);
            }
            return;
        }
        if demand.usage == Usage::NotUsed {
            report.not_used(place, component, text);
            return;
        }
        if let Some(fault) = self.value_fault(text, part) {
            report.fault(fault, place, component, text);
            return;
        }
        if let Some(fault) = length_fault(text, part) {
            report.length(fault, place, component, text, part);
            return;
        }
        let codes = if demand.codes.is_any() { part.codes } else { demand.codes };
        if !codes.is_any() && !codes.contains(text.as_bytes()) && !codes.contains(text.trim().as_bytes()) {
            report.code(place, component, text, codes);
        }
        if component == 0
            && matches!(part.data_type, DataType::AN | DataType::ID)
            && text.as_bytes().ends_with(b" ")
            && !matches!(report.spec.id, "ISA" | "IEA")
        {
            report.trailing_blank(place, text);
        }
    }

    fn value_fault(&self, text: Text<'_>, part: &PartSpec) -> Option<Fault> {
        let bytes = text.as_bytes();
        match part.data_type {
            DataType::AN | DataType::ID => text_fault(bytes, self.delimiters),
            DataType::N0 => {
                let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
                (digits.is_empty() || !digits.iter().all(u8::is_ascii_digit)).then_some(Fault::new(
                    "x12/invalid-number",
                    1,
                    "6",
                    "digits",
                ))
            }
            DataType::R => {
                let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
                let points = digits.iter().filter(|&&byte| byte == b'.').count();
                let sound = digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
                    && points <= 1
                    && digits.len() > points;
                (!sound).then_some(Fault::new(
                    "x12/invalid-number",
                    1,
                    "6",
                    "digits, at most one point, an optional leading minus",
                ))
            }
            DataType::DT => <chrono::NaiveDate as Element<'_>>::read(text).is_err().then_some(Fault::new(
                "x12/invalid-date",
                1,
                "8",
                "a day of the calendar",
            )),
            DataType::TM => <chrono::NaiveTime as Element<'_>>::read(text).is_err().then_some(Fault::new(
                "x12/invalid-time",
                1,
                "9",
                "HHMM, HHMMSS or HHMMSSDD",
            )),
            DataType::B | DataType::C | DataType::G => None,
        }
    }
}

/// Checks the elements of every segment that a reader shows: at once when all is as it should be,
/// else element by element.
#[derive(Debug, Default)]
pub(crate) struct ElementWatch {
    expectations: Expectations,
}

impl Watch for ElementWatch {
    fn segment(
        &mut self,
        raw: &Raw<'_, '_>,
        slot: Option<&'static SlotSpec>,
        loops: &Loops<'_>,
        issues: &mut Issues,
    ) {
        let Some(slot) = slot else { return };
        let NodeSpec::Segment(spec) = slot.node else { return };
        let delimiters = loops.delimiters();
        let place = || (loops.at(), loops.path());
        let long_way = ElementCheck::new(delimiters);
        if !self.expectations.are_met(raw, spec, slot, delimiters) {
            long_way.segment(raw, spec, Some(slot), &place, issues);
        } else if cfg!(debug_assertions) {
            let mut none = Issues::default();
            long_way.segment(raw, spec, Some(slot), &place, &mut none);
            debug_assert!(none.is_empty(), "{:?} of {slot:?}", none.kept());
        }
    }
}

/// The parts of a composite that is one part of a group.
fn composite_parts(part: &PartSpec) -> &'static [PartSpec] {
    part.parts
}

/// A date or time with its format before it.
pub(crate) fn is_period(parts: &[PartSpec]) -> bool {
    matches!(parts, [format, _] if format.name == "format")
}

/// Of several values side by side only the first is required.
pub(crate) fn usage_of(part: &PartSpec, round: u8) -> Usage {
    match part.usage {
        Usage::Required if round > 0 => Usage::Situational,
        usage => usage,
    }
}

pub(crate) fn part_width(part: &PartSpec) -> u8 {
    if part.data_type == DataType::C { 1 } else { part.times }
}

/// What the guide demands of one place here.
#[derive(Clone, Copy)]
pub(crate) struct Demand {
    pub usage: Usage,
    pub codes: CodeList,
}

/// The slot's word on a place, else the table's. Codes said for the first of several values side
/// by side hold for all of them.
pub(crate) fn demand(
    slot: Option<&'static SlotSpec>,
    first: u8,
    place: u8,
    component: u8,
    usage: Usage,
) -> Demand {
    let plain = Demand { usage, codes: CodeList::ANY };
    let Some(slot) = slot else { return plain };
    if slot.narrow.is_empty() {
        return plain;
    }
    if let Some(narrow) = slot.narrowing(place, component) {
        return Demand { usage: narrow.usage, codes: narrow.codes };
    }
    match slot.narrowing(first, component) {
        Some(narrow) => Demand { usage, codes: narrow.codes },
        None => plain,
    }
}

/// As [`demand`] for a component: HI02's codes hold for HI03 to HI12.
pub(crate) fn demand_component(
    slot: Option<&'static SlotSpec>,
    first: u8,
    place: u8,
    component: u8,
    usage: Usage,
) -> Demand {
    let plain = Demand { usage, codes: CodeList::ANY };
    let Some(slot) = slot else { return plain };
    let nearest = (first..=place).rev().find_map(|at| slot.narrowing(at, component));
    nearest.map_or(plain, |narrow| Demand { usage: narrow.usage, codes: narrow.codes })
}

/// What is wrong with one value.
#[derive(Clone, Copy)]
struct Fault {
    rule: &'static str,
    level: u8,
    code: &'static str,
    expected: &'static str,
}

impl Fault {
    const fn new(rule: &'static str, level: u8, code: &'static str, expected: &'static str) -> Fault {
        Fault { rule, level, code, expected }
    }
}

/// Control characters are never data; a delimiter in force cannot be but the component separator
/// in a simple element can.
fn text_fault(bytes: &[u8], delimiters: Delimiters) -> Option<Fault> {
    if bytes.iter().all(|&byte| (0x20..0x7F).contains(&byte) && byte != delimiters.component) {
        return None;
    }
    if bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return Some(Fault::new("x12/line-break-in-segment", 1, "6", "no line break inside a segment"));
    }
    if bytes.iter().any(u8::is_ascii_control) {
        return Some(Fault::new("x12/invalid-character", 1, "6", "no control characters"));
    }
    if bytes.contains(&delimiters.component) {
        return Some(Fault::new("x12/components-in-simple-element", 1, "13", "one value without components"));
    }
    Some(Fault::new("x12/character-not-ascii", 1, "6", "characters of X12's extended set"))
}

/// Fewer or more characters than the dictionary allows. For numbers the sign and the point do not
/// count (X12.6 3.5.1).
fn length_fault(text: Text<'_>, part: &PartSpec) -> Option<Fault> {
    let length = match part.data_type {
        DataType::N0 | DataType::R => text.as_bytes().iter().filter(|byte| byte.is_ascii_digit()).count(),
        _ => text.len(),
    };
    if part.max == 0 {
        return None;
    }
    if length > usize::from(part.max) {
        return Some(Fault::new("x12/too-long", 1, "5", ""));
    }
    let short = matches!(part.data_type, DataType::AN | DataType::ID | DataType::N0);
    (short && length < usize::from(part.min)).then_some(Fault::new("x12/too-short", 1, "4", ""))
}

/// Turns faults of one segment into issues; everything here is off the fast path.
struct Report<'r, 'x> {
    raw: &'r Raw<'x, 'x>,
    spec: &'static SegmentSpec,
    place: &'r dyn Fn() -> (crate::issue::At, String),
    issues: &'r mut Issues,
}

impl Report<'_, '_> {
    fn issue(&self, rule: &'static str, message: &str, place: u8, component: u8) -> Issue {
        let (at, path) = (self.place)();
        let name = self.spec.designator(place, component);
        Issue::new(rule, at, format!("{name} {message}"))
            .segment(self.spec.id)
            .within(path)
            .element(self.spec.designator(place, 0), component)
    }
    #[cold]
    fn missing(&mut self, place: u8, component: u8) {
        let issue = self
            .issue("x12/missing-element", "is required here", place, component)
            .level(2)
            .expected("a value")
            .ack(Ack::Element("1"));
        self.issues.push(issue);
    }
    fn not_used(&mut self, place: u8, component: u8, text: Text<'_>) {
        if !text.is_empty() {
            self.report_not_used(place, component, text);
        }
    }
    #[cold]
    fn report_not_used(&mut self, place: u8, component: u8, text: Text<'_>) {
        let issue = self
            .issue("x12/element-not-used", "is not used here", place, component)
            .level(2)
            .found(text)
            .expected("nothing")
            .ack(Ack::Element("I10"));
        self.issues.push(issue);
    }
    #[cold]
    fn fault(&mut self, fault: Fault, place: u8, component: u8, text: Text<'_>) {
        let message = match fault.rule {
            "x12/invalid-number" => "is not a number",
            "x12/invalid-date" => "is not a date",
            "x12/invalid-time" => "is not a time",
            "x12/too-many-repeats" => "has too many repeats",
            "x12/components-in-simple-element" => "holds a component separator",
            "x12/line-break-in-segment" => "holds a line break",
            "x12/character-not-ascii" => "holds a character outside X12's sets",
            _ => "holds a character that is not allowed",
        };
        let mut issue = self
            .issue(fault.rule, message, place, component)
            .level(fault.level)
            .found(text)
            .expected(fault.expected)
            .ack(Ack::Element(fault.code));
        if matches!(fault.rule, "x12/character-not-ascii" | "x12/line-break-in-segment") {
            issue = issue.warning();
        }
        self.issues.push(issue);
    }
    #[cold]
    fn length(&mut self, fault: Fault, place: u8, component: u8, text: Text<'_>, part: &PartSpec) {
        let message = if fault.code == "5" { "is too long" } else { "is too short" };
        let issue = self
            .issue(fault.rule, message, place, component)
            .found(text)
            .expected(format!("{} to {} characters", part.min, part.max))
            .ack(Ack::Element(fault.code));
        self.issues.push(issue);
    }
    #[cold]
    fn code(&mut self, place: u8, component: u8, text: Text<'_>, codes: CodeList) {
        let issue = self
            .issue("x12/unknown-code", "is not a code that this place takes", place, component)
            .level(2)
            .found(text)
            .expected(codes.as_str().trim_end_matches('|').replace('|', ", "))
            .ack(Ack::Element("7"));
        self.issues.push(issue);
    }
    #[cold]
    fn trailing_blank(&mut self, place: u8, text: Text<'_>) {
        let issue = self
            .issue("x12/trailing-blank", "ends in blanks", place, 0)
            .found(text)
            .expected("no blanks at the end (X12.6 3.5.1.2)")
            .ack(Ack::Element("6"))
            .warning();
        self.issues.push(issue);
    }
    #[cold]
    fn empty(&mut self) {
        let (at, path) = (self.place)();
        let issue = Issue::new("x12/empty-segment", at, "the segment holds nothing")
            .segment(self.spec.id)
            .within(path)
            .expected("at least one element (X12.6 3.5)")
            .ack(Ack::Segment("8"));
        self.issues.push(issue);
    }

    #[cold]
    fn trailing_separators(&mut self, place: u8) {
        let (at, path) = (self.place)();
        let issue = Issue::new(
            "x12/trailing-separators",
            at,
            format!("{} ends in separators after its last element", self.spec.id),
        )
        .segment(self.spec.id)
        .within(path)
        .element(self.spec.designator(place, 0), 0)
        .expected("the terminator right after the last element that is there (X12.6 3.5.3)")
        .ack(Ack::Segment("8"))
        .warning();
        self.issues.push(issue);
    }
}

/// One of X12's syntax notes: elements that demand or forbid each other.
fn note_holds(report: &mut Report<'_, '_>, note: crate::check::syntax_notes::Note) {
    let there = |place: &&u8| !report.raw.element(**place).is_empty();
    let present = note.elements.iter().filter(there).count();
    let all = note.elements.len();
    let first = note.elements.first().is_some_and(|place| there(&place));
    let (broken, rule, code) = match note.relation {
        Relation::Paired => (present > 0 && present < all, "x12/elements-paired", "2"),
        Relation::Required => (present == 0, "x12/one-element-required", "2"),
        Relation::Exclusion => (present > 1, "x12/elements-exclude", "10"),
        Relation::Conditional => (first && present < all, "x12/element-demands-another", "2"),
    };
    if broken {
        report_note(report, note, rule, code);
    }
}

#[cold]
fn report_note(
    report: &mut Report<'_, '_>,
    note: crate::check::syntax_notes::Note,
    rule: &'static str,
    code: &'static str,
) {
    let names: Vec<String> = note.elements.iter().map(|&place| report.spec.designator(place, 0)).collect();
    let names = names.join(", ");
    let says = match note.relation {
        Relation::Paired => format!("{names}: all of them or none"),
        Relation::Required => format!("{names}: at least one of them"),
        Relation::Exclusion => format!("{names}: at most one of them"),
        Relation::Conditional => format!("{names}: the first demands the others"),
    };
    let absent = note.elements.iter().find(|place| report.raw.element(**place).is_empty());
    let place = match note.relation {
        Relation::Exclusion => note.elements.last(),
        _ => absent,
    };
    let (at, path) = (report.place)();
    let issue = Issue::new(rule, at, format!("the syntax note of {} is broken", report.spec.id))
        .segment(report.spec.id)
        .within(path)
        .element(report.spec.designator(place.copied().unwrap_or(1), 0), 0)
        .expected(says)
        .ack(Ack::Element(code));
    report.issues.push(issue);
}
