//! The walk through one transaction set: which slot of which loop a segment belongs to.
//!
//! A cursor, not backtracking: a segment is placed by its identifier and qualifiers in the
//! innermost loop that has a slot for it, else in the nearest loop around. What no loop wants
//! stays where it is, as [`Other`], and is reported.

use crate::declare::{Faults, Node, Other, Slices, Source, Why};
use crate::issue::{self, Ack, Issue, Issues};
use crate::lexer::{Delimiters, Placed, Quirk, Tape};
use crate::limits::Limit;
use crate::spec::{LoopSpec, MAX_SLOTS, NodeSpec, SECTION_KEYS, SegmentSpec, SlotSpec, Usage};
use crate::value::{Fault, PACKED_MAX, Text};

/// One segment as it stands in the text.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a, 't> {
    /// Its elements.
    pub elements: Slices<'a, 't>,
    /// Its bytes and place.
    pub source: Source<'a>,
    /// Where its identifier begins in the text around its elements.
    start: u32,
    key: u32,
}

impl<'a> Raw<'a, '_> {
    /// Its identifier: `CLP`.
    #[must_use]
    pub fn id(&self) -> Text<'a> {
        let (around, first, _) = self.elements.cuts();
        let id = around.get(self.start as usize..first.saturating_sub(1)).unwrap_or_default();
        Text::new(id.trim_ascii_end())
    }
    pub(crate) const fn key(&self) -> u32 {
        self.key
    }
    /// The text of an element counted from 1.
    #[must_use]
    pub fn element(&self, place: u8) -> Text<'a> {
        self.elements.get(place)
    }
}

/// What a segment says of itself in its leading elements: decides which slots fit it.
struct Qualifiers<'a, 't> {
    elements: Slices<'a, 't>,
    component: u8,
    key: u32,
}

impl<'a, 't> Qualifiers<'a, 't> {
    fn of(ground: Ground<'a, 't>, placed: &Placed) -> Qualifiers<'a, 't> {
        let elements = ground.elements(placed);
        Qualifiers { elements, component: ground.delimiters.component, key: placed.key }
    }
    /// An element up to its first component separator.
    fn text(&self, place: u8) -> &'a [u8] {
        let text = self.elements.get(place).as_bytes();
        let end = text.iter().position(|&byte| byte == self.component).unwrap_or(text.len());
        &text[..end]
    }
    fn meet(&self, slot: &SlotSpec) -> bool {
        slot.conditions
            .iter()
            .all(|condition| condition.element == 0 || condition.codes.contains(self.text(condition.element)))
    }
    /// The slots of a loop that fit, a bit for each, and whether nothing but identifier and first
    /// qualifier decided.
    fn fitting(&self, spec: &'static LoopSpec) -> (u64, bool) {
        let (mut slots, mut by_first) = (0, self.text(1).len() <= PACKED_MAX);
        for (at, slot) in spec.slots_of(self.key) {
            slots |= u64::from(self.meet(slot)) << at;
            by_first &= slot.conditions.iter().all(|condition| condition.element <= 1);
        }
        (slots, by_first)
    }
}

/// Remembers which slots of a loop fit a segment, by loop, identifier and first qualifier: files
/// say the same things again and again, and a claim has seventeen slots for REF.
#[derive(Debug, Default)]
struct Memory(Vec<Remembered>);

#[derive(Clone, Copy, Debug, Default)]
struct Remembered {
    spec: usize,
    key: u32,
    first: u64,
    slots: u64,
}

impl Memory {
    const PLACES: usize = 1024;
    /// How many places are looked at.
    const BEHIND: usize = 8;

    /// The slots, when they are remembered at this place.
    #[inline]
    fn holds(&self, place: usize, spec: usize, key: u32, first: u64) -> Option<u64> {
        let found = self.0.get(place)?;
        (found.spec == spec && found.key == key && found.first == first).then_some(found.slots)
    }

    /// The slots of a loop that fit a segment, a bit for each.
    #[inline]
    fn fitting(&mut self, spec: &'static LoopSpec, placed: &Placed, ground: &Ground<'_, '_>) -> u64 {
        // What no qualifier tells apart is remembered once, whatever its first element says.
        let first = if spec.is_qualified(placed.key) { placed.code } else { 0 };
        let address = std::ptr::from_ref(spec).addr();
        let mixed = (address as u64).rotate_left(20) ^ u64::from(placed.key) ^ first.rotate_left(24);
        let [.., low, high] = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
        let place = usize::from(u16::from_le_bytes([low, high])) % Memory::PLACES;
        match self.holds(place, address, placed.key, first) {
            Some(slots) => slots,
            None => self.look_up(place, spec, placed, first, ground),
        }
    }

    #[inline(never)]
    fn look_up(
        &mut self,
        place: usize,
        spec: &'static LoopSpec,
        placed: &Placed,
        first: u64,
        ground: &Ground<'_, '_>,
    ) -> u64 {
        // Several whose place is the same stand behind one another.
        let address = std::ptr::from_ref(spec).addr();
        let places = (place..place + Memory::BEHIND).map(|place| place % Memory::PLACES);
        if let Some(slots) = places.clone().find_map(|place| self.holds(place, address, placed.key, first)) {
            return slots;
        }
        let (slots, by_first) = Qualifiers::of(*ground, placed).fitting(spec);
        if by_first || !spec.is_qualified(placed.key) {
            self.0.resize(Memory::PLACES, Remembered::default());
            let free = places.clone().find(|place| self.0[*place].spec == 0);
            self.0[free.unwrap_or(place)] = Remembered { spec: address, key: placed.key, first, slots };
        }
        slots
    }
}

/// Looks over the reader's shoulder: every segment with the slot it was placed in. The checks of
/// SNIP 1 and 2 are one; they need no second pass.
pub trait Watch {
    /// A segment was placed: in `slot` of the innermost of `loops`, or nowhere (`None`).
    fn segment(
        &mut self,
        raw: &Raw<'_, '_>,
        slot: Option<&'static SlotSpec>,
        loops: &Loops<'_>,
        issues: &mut Issues,
    );
    /// A segment of the envelope was read as a stream: ISA, TA1, GS, ST, SE, GE, IEA.
    fn envelope(&mut self, _segment: &EnvelopeSegment<'_>, _issues: &mut Issues) {}
}

/// A segment of the envelope and what is known around it.
#[derive(Clone, Copy, Debug)]
pub struct EnvelopeSegment<'r> {
    /// The segment.
    pub raw: &'r Raw<'r, 'r>,
    /// Where it stands.
    pub at: issue::At,
    /// Its number in the file, from 1.
    pub number: u64,
    /// What separates.
    pub delimiters: Delimiters,
    /// What was odd about the beginning of the interchange.
    pub quirks: &'r [Quirk],
}

/// The loops around a segment, outermost first.
#[derive(Clone, Copy, Debug)]
pub struct Loops<'f> {
    frames: &'f [Frame],
    set: issue::At,
    source: Source<'f>,
    delimiters: Delimiters,
}

impl Loops<'_> {
    /// Their tables, outermost first.
    pub fn specs(&self) -> impl Iterator<Item = &'static LoopSpec> {
        self.frames.iter().map(|frame| frame.spec)
    }
    /// `2000A/2000B/2300`.
    #[must_use]
    pub fn path(&self) -> String {
        path(self.frames)
    }
    /// Interchange, group and set, with the segment's number and offset.
    #[must_use]
    pub fn at(&self) -> issue::At {
        issue::At { segment: self.source.number(), offset: self.source.offset(), ..self.set }
    }
    /// What separates: a composite is cut at `component`, repeats at `repetition`.
    #[must_use]
    pub const fn delimiters(&self) -> Delimiters {
        self.delimiters
    }
}

/// The loops around a segment; the set's own level is named only when there is no other.
fn path(frames: &[Frame]) -> String {
    path_to(frames, None)
}

/// The path of the current loop, or of a loop in one of its slots.
fn path_to(frames: &[Frame], inner: Option<&'static LoopSpec>) -> String {
    let around = frames.iter().map(|frame| frame.spec).chain(inner);
    let skip = usize::from(frames.len() + usize::from(inner.is_some()) > 1);
    around.skip(skip).map(|spec| spec.id).collect::<Vec<_>>().join("/")
}

/// What becomes of the segment at the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It belongs in this slot of the current loop.
    Slot(usize),
    /// It stays here without a slot.
    Other(Why),
}

/// The slot that the segment at the cursor was found to belong in.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// How many loops are open when its loop is the innermost.
    depth: usize,
    slot: usize,
}

impl Found {
    /// Not looked for yet.
    const NOT_YET: Found = Found { depth: 0, slot: 0 };
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    spec: &'static LoopSpec,
    at: usize,
    /// Which slots hold something: only their counts are of this loop.
    held: u64,
    /// Which slots hold something, or were reported as missing.
    seen: u64,
    counts: [u32; MAX_SLOTS],
}

impl Frame {
    #[inline]
    fn count(&self, slot: usize) -> u32 {
        if self.held >> slot & 1 == 1 { self.counts[slot] } else { 0 }
    }
    /// Counts one more; how many there are now.
    #[inline]
    fn add(&mut self, slot: usize) -> u32 {
        let count = self.count(slot).saturating_add(1);
        self.counts[slot] = count;
        self.held |= 1 << slot;
        self.seen |= 1 << slot;
        count
    }
}

/// The loops around the cursor, outermost first. Kept from one section to the next, so that
/// entering a loop allocates and clears nothing.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    all: Vec<Frame>,
    depth: usize,
    memory: Memory,
}

impl Frames {
    fn open(&self) -> &[Frame] {
        &self.all[..self.depth]
    }
    #[inline]
    fn innermost(&mut self) -> Option<&mut Frame> {
        self.all.get_mut(self.depth.wrapping_sub(1))
    }
    fn enter(&mut self, spec: &'static LoopSpec) -> &mut Frame {
        if self.depth == self.all.len() {
            self.all.push(Frame { spec, at: 0, held: 0, seen: 0, counts: [0; MAX_SLOTS] });
        }
        let frame = &mut self.all[self.depth];
        (frame.spec, frame.at, frame.held, frame.seen) = (spec, 0, 0, 0);
        self.depth += 1;
        frame
    }
    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

/// What is the same for all segments of a stretch of text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ground<'a, 't> {
    /// The text that the tape's positions count in.
    pub text: &'a [u8],
    pub tape: &'t Tape,
    pub delimiters: Delimiters,
    /// Bytes of the file before `text`.
    pub base: u64,
}

impl<'a, 't> Ground<'a, 't> {
    /// The segment at a place of the tape; `number` is its place in the set.
    #[inline]
    pub fn raw(&self, at: usize, number: u32) -> Option<Raw<'a, 't>> {
        let placed = self.tape.get(at)?;
        let (&id_end, ends) = self.tape.marks_of(placed).split_first()?;
        let text = self.text.get(placed.lead as usize..placed.end as usize).unwrap_or_default();
        Some(Raw {
            elements: Slices::new(self.text, id_end + 1, ends),
            source: Source::new(text, self.base + u64::from(placed.lead), number, 1),
            start: placed.start,
            key: placed.key,
        })
    }
    /// The elements of a segment of the tape.
    fn elements(&self, placed: &Placed) -> Slices<'a, 't> {
        match self.tape.marks_of(placed).split_first() {
            Some((&id_end, ends)) => Slices::new(self.text, id_end + 1, ends),
            None => Slices::new(self.text, 0, &[]),
        }
    }
    /// The stretch of text from one segment to before another.
    pub fn stretch(&self, first: usize, end: usize, number: u32) -> Source<'a> {
        let placed = |at: usize| self.tape.get(at);
        let end_before = |at: usize| at.checked_sub(1).and_then(placed).map_or(0, |placed| placed.end);
        // No segments at the end of the tape: an empty stretch behind the last one.
        let start = placed(first).map_or_else(|| end_before(first), |placed| placed.lead);
        let stop = if end > first { end_before(end) } else { start };
        let text = self.text.get(start as usize..stop as usize).unwrap_or_default();
        let segments = u32::try_from(end.saturating_sub(first)).unwrap_or(u32::MAX);
        Source::new(text, self.base + u64::from(start), number, segments)
    }
}

/// Walks over some segments of one transaction set.
pub struct Cursor<'a, 't> {
    ground: Ground<'a, 't>,
    next: usize,
    end: usize,
    /// Number in the set of the segment at tape place 0, so that `number = place + shift`.
    shift: u32,
    frames: &'t mut Frames,
    place: issue::At,
    current: Option<&'static SlotSpec>,
    /// Where the segment at the cursor belongs, when that is not in the innermost loop: the loops
    /// between end without asking again, and a loop that begins knows its first segment.
    found: Found,
    pub(crate) faults: Faults,
    issues: &'t mut Issues,
    watch: Option<&'t mut dyn Watch>,
    /// Identifiers that begin sections which are read on their own: not missed here.
    sections: &'static [u32],
    /// Bytes that what is read may still take.
    room: usize,
    /// Where the segments end, when reading ended before for want of room.
    cut: Option<usize>,
}

impl std::fmt::Debug for Cursor<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursor").field("next", &self.next).field("end", &self.end).finish_non_exhaustive()
    }
}

impl<'a, 't> Cursor<'a, 't> {
    /// Over the segments `first..end` of the tape; the first has `number` in its set.
    pub(crate) fn new(
        ground: Ground<'a, 't>,
        first: usize,
        end: usize,
        number: u32,
        place: issue::At,
        frames: &'t mut Frames,
        issues: &'t mut Issues,
    ) -> Cursor<'a, 't> {
        frames.depth = 0;
        let delimiters = ground.delimiters;
        let faults = Faults {
            component: delimiters.component,
            repetition: delimiters.repetition,
            ..Faults::default()
        };
        let shift = number.wrapping_sub(low(first));
        Cursor {
            ground,
            next: first,
            end,
            shift,
            frames,
            place,
            current: None,
            found: Found::NOT_YET,
            faults,
            issues,
            watch: None,
            sections: &[],
            room: usize::MAX,
            cut: None,
        }
    }
    /// Takes at most this many bytes for what is read.
    pub(crate) fn within(mut self, room: usize) -> Self {
        self.room = room;
        self
    }
    /// What is left of them; `None` when they did not suffice, and nothing that was read is whole.
    pub(crate) fn room(&self) -> Option<usize> {
        self.cut.is_none().then_some(self.room)
    }
    /// Counts what is set aside for values.
    #[inline]
    pub(crate) fn hold(&mut self, bytes: usize) {
        match self.room.checked_sub(bytes) {
            Some(room) => self.room = room,
            None => self.cut_off(),
        }
    }
    /// Ends the reading here: there is no room.
    #[cold]
    fn cut_off(&mut self) {
        if self.cut.is_none() {
            let issue = Limit::ValueBytes.issue(self.here());
            self.issues.push(issue);
            self.cut = Some(std::mem::replace(&mut self.end, self.next));
        }
    }
    /// Shows every segment to `watch`; element faults are then its to report, not ours.
    pub(crate) fn watched(mut self, watch: Option<&'t mut dyn Watch>) -> Self {
        self.watch = watch;
        self
    }
    /// Reads one section of a set: what begins other sections is not missed.
    pub(crate) fn sectioned(mut self, sections: &'static [u32]) -> Self {
        self.sections = sections;
        self
    }
    /// Stands inside these loops, outermost first, as if their first segment had been read.
    pub(crate) fn inside(self, loops: &[&'static LoopSpec]) -> Self {
        for spec in loops {
            let frame = self.frames.enter(spec);
            frame.add(0);
            frame.seen = u64::MAX;
        }
        self
    }
    /// Reads the one segment of a section.
    pub(crate) fn take_only<T: Node<'a>>(&mut self) -> Option<T> {
        match self.step_around() {
            Some(_) => T::take(self),
            None => None,
        }
    }
    /// Says what is wrong with a segment that stands behind all that the innermost loop may hold.
    pub(crate) fn refuse_last(&mut self) {
        if let Some(frame) = self.frames.innermost() {
            frame.at = frame.spec.slots.len().saturating_sub(1);
        }
        // Whether the loop knows it or not, it is reported.
        let _ = self.step();
    }
    /// Accepts the segment at the cursor in the innermost of the loops that it stands inside.
    fn step_around(&mut self) -> Option<Step> {
        let step = self.step()?;
        matches!(step, Step::Slot(_)).then_some(step)
    }
    /// Shows the segments of a section that is not read.
    pub(crate) fn skip(&mut self) {
        (self.current, self.found) = (None, Found::NOT_YET);
        self.end = self.cut.unwrap_or(self.end);
        while self.advance().is_some() {}
    }

    fn number(&self, at: usize) -> u32 {
        low(at).wrapping_add(self.shift)
    }
    #[inline]
    fn peek(&self) -> Option<Raw<'a, 't>> {
        if self.next >= self.end {
            return None;
        }
        self.ground.raw(self.next, self.number(self.next))
    }
    /// The segment at the cursor, which moves on.
    #[inline]
    pub(crate) fn advance(&mut self) -> Option<Raw<'a, 't>> {
        let raw = self.peek()?;
        if self.watch.is_some() {
            self.show(raw);
        }
        self.next += 1;
        Some(raw)
    }
    #[inline(never)]
    fn show(&mut self, raw: Raw<'a, '_>) {
        let loops = Loops {
            frames: self.frames.open(),
            set: self.place,
            source: raw.source,
            delimiters: self.ground.delimiters,
        };
        if let Some(watch) = &mut self.watch {
            watch.segment(&raw, self.current, &loops, self.issues);
        }
    }
    fn at(&self, raw: &Raw<'a, '_>) -> issue::At {
        issue::At { segment: raw.source.number(), offset: raw.source.offset(), ..self.place }
    }
    /// Where something is missed: at the segment that stands there instead, or at the end.
    fn here(&self) -> issue::At {
        match self.ground.raw(self.next, self.number(self.next)) {
            Some(raw) => self.at(&raw),
            None => {
                let last = self.ground.stretch(self.end.saturating_sub(1), self.end, 0);
                issue::At { segment: self.number(self.next), offset: last.end_byte(), ..self.place }
            }
        }
    }

    pub(crate) fn enter(&mut self, spec: &'static LoopSpec) {
        self.frames.enter(spec);
        // What was accepted into the slot of a loop is that loop's first segment.
        if self.current.is_some_and(|slot| slot.is_beginning_of(spec)) {
            self.found = Found { depth: self.frames.depth, slot: 0 };
        }
    }

    /// Decides on the segment at the cursor; `None`: it does not belong to the current loop, or
    /// there is none.
    pub(crate) fn step(&mut self) -> Option<Step> {
        let placed = self.ground.tape.get(self.next).filter(|_| self.next < self.end)?;
        let Frames { all, depth, memory } = &mut *self.frames;
        let current = all.get_mut(depth.wrapping_sub(1))?;
        let slot = if self.found.depth > 0 {
            if self.found.depth < *depth {
                return None;
            }
            Some(std::mem::replace(&mut self.found, Found::NOT_YET).slot)
        } else {
            find(current, memory.fitting(current.spec, placed, &self.ground), *depth > 1)
        };
        let Some(slot) = slot else { return self.step_out(placed) };
        let spec = current.spec.slots.get(slot)?;
        self.current = Some(spec);
        let count = current.add(slot);
        if slot >= current.at && count <= spec.max && !spec.is_looked_at {
            current.at = slot;
        } else {
            self.look_at(spec, slot, count);
        }
        Some(Step::Slot(slot))
    }

    /// No slot of the innermost loop is for the segment at the cursor: perhaps one around it has one.
    #[inline(never)]
    fn step_out(&mut self, placed: &Placed) -> Option<Step> {
        let (key, ground) = (placed.key, &self.ground);
        let Frames { all, depth, memory } = &mut *self.frames;
        let (current, around) = all[..*depth].split_last()?;
        // Only what begins a level, claim or header leaves one: a stray segment stays inside it.
        let leaves = SECTION_KEYS.contains(&key);
        let bound = match all[..*depth].iter().rposition(|frame| frame.spec.is_section) {
            Some(section) if !leaves => section.min(around.len()),
            _ => 0,
        };
        let reachable = || around.iter().enumerate().skip(bound).rev();
        let fits = |(at, frame): (usize, &Frame)| {
            let slot = find(frame, memory.fitting(frame.spec, placed, ground), at > 0)?;
            Some(Found { depth: at + 1, slot })
        };
        if let Some(found) = reachable().find_map(fits) {
            self.found = found;
            return None;
        }
        let why = match current.spec.knows(key) {
            true => Why::UnknownQualifier,
            false if reachable().any(|(_, frame)| frame.spec.knows(key)) => return None,
            false => Why::Unexpected,
        };
        self.report_unplaced(why);
        Some(Step::Other(why))
    }

    /// What was accepted is too many, too late, not used, or begins a section.
    #[cold]
    fn look_at(&mut self, spec: &'static SlotSpec, slot: usize, count: u32) {
        let Some(frame) = self.frames.innermost() else { return };
        let over = count == spec.max.saturating_add(1);
        let between = frame.at.checked_sub(slot).map(|_| &frame.spec.slots[slot..=frame.at]);
        let late =
            slot < frame.at && between.is_some_and(|slots| slots.iter().any(|other| other.key != spec.key));
        let furthest = frame.at.max(slot);
        let before = std::mem::replace(&mut frame.at, furthest);
        // A new level or claim ends what stands before it: what is missing there is missing here.
        if furthest > before && SECTION_KEYS.contains(&spec.key) {
            self.miss_before((1 << slot) - 1);
        }
        if over || late || spec.usage == Usage::NotUsed {
            self.report_placed(spec, over, late);
        }
    }

    #[cold]
    fn report_placed(&mut self, spec: &'static SlotSpec, over: bool, late: bool) {
        let Some(raw) = self.peek() else { return };
        let is_loop = spec.loop_spec().is_some();
        let path = path_to(self.frames.open(), spec.loop_spec());
        let issue = |rule, level, message: String, code| {
            Issue::new(rule, self.at(&raw), message)
                .level(level)
                .segment(raw.id().to_str())
                .within(path.as_str())
                .ack(Ack::Segment(code))
        };
        // A slot with many qualifiers is called by its segment.
        let shown = if spec.pattern.len() <= 24 { spec.pattern } else { spec.id() };
        let mut found = Vec::new();
        if over {
            let message = match spec.node {
                NodeSpec::Loop(inner) => {
                    format!("loop {} stands more often than {} times", inner.id, spec.max)
                }
                NodeSpec::Segment(_) => format!("{} stands more often than {} times", shown, spec.max),
            };
            let rule = if is_loop { "x12/loop-over-maximum" } else { "x12/segment-over-maximum" };
            found.push(
                issue(rule, 2, message, if is_loop { "4" } else { "5" })
                    .expected(format!("at most {}", spec.max)),
            );
        }
        if late {
            found.push(issue(
                "x12/segment-out-of-order",
                1,
                format!("{} stands after segments that it should precede", shown),
                "7",
            ));
        }
        if spec.usage == Usage::NotUsed {
            found.push(issue("x12/segment-not-used", 2, format!("{} is not used here", shown), "I4"));
        }
        found.into_iter().for_each(|issue| self.issues.push(issue));
    }

    #[cold]
    fn report_unplaced(&mut self, why: Why) {
        let Some(raw) = self.peek() else { return };
        self.current = None;
        let id = raw.id().to_str();
        let path = path(self.frames.open());
        let known = SEGMENT_IDS.contains(raw.id().as_bytes());
        let issue = match why {
            Why::UnknownQualifier => Issue::new(
                "x12/unknown-qualifier",
                self.at(&raw),
                format!("no {id} with this qualifier belongs here"),
            )
            .level(2)
            .found(raw.element(1))
            .ack(Ack::Segment("2")),
            _ if raw.key() == 0 || !is_identifier(raw.id().as_bytes()) => {
                Issue::new("x12/segment-identifier", self.at(&raw), "this is not a segment identifier")
                    .found(raw.id())
                    .expected("two or three letters and digits")
                    .ack(Ack::Segment("1"))
            }
            _ if !known => Issue::new(
                "x12/unknown-segment",
                self.at(&raw),
                format!("{id} is not a segment of these guides"),
            )
            .ack(Ack::Segment("1")),
            _ => Issue::new("x12/unexpected-segment", self.at(&raw), format!("{id} does not belong here"))
                .ack(Ack::Segment("2")),
        };
        self.issues.push(issue.segment(id).within(path));
    }

    /// Keeps the segment at the cursor without a slot.
    pub(crate) fn keep(&mut self, why: Why) -> Other<'a> {
        let first = self.next;
        self.current = None;
        let _ = self.advance();
        self.since(first, why)
    }
    /// How many segments with the identifier of the one at the cursor follow, itself included: right
    /// after one another, or (`apart`) with others between them, as far as can be seen cheaply.
    pub(crate) fn alike(&self, apart: bool) -> usize {
        let ahead = self.end.min(self.next + 64);
        let Some([first, rest @ ..]) = self.ground.tape.segments().get(self.next..ahead) else { return 1 };
        let same = |placed: &&Placed| placed.key == first.key;
        let goes_on = |placed: &&Placed| same(placed) || !SECTION_KEYS.contains(&placed.key);
        1 + match apart {
            true => rest.iter().take_while(goes_on).filter(same).count(),
            false => rest.iter().take_while(same).count(),
        }
    }
    /// Where the cursor stands on the tape.
    pub(crate) fn position(&self) -> usize {
        self.next
    }
    /// Everything since a place, as text.
    pub(crate) fn since(&mut self, first: usize, why: Why) -> Other<'a> {
        self.hold(2 * size_of::<Other<'_>>());
        Other { source: self.ground.stretch(first, self.next, self.number(first)), why }
    }

    /// Ends the current loop: reports what it lacks.
    pub(crate) fn leave(&mut self) {
        self.miss_before(u64::MAX);
        self.frames.leave();
    }

    /// Reports the required ones of these slots that are empty, once.
    fn miss_before(&mut self, slots: u64) {
        let Some(frame) = self.frames.innermost().filter(|_| self.cut.is_none()) else { return };
        let missing = frame.spec.required & !frame.seen & slots;
        if missing != 0 {
            frame.seen |= missing;
            let spec = frame.spec;
            self.report_missing(spec, missing);
        }
    }

    #[cold]
    fn report_missing(&mut self, spec: &'static LoopSpec, missing: u64) {
        let at = self.here();
        let sections = self.sections;
        let absent = |(place, slot): &(usize, &SlotSpec)| {
            // What is read as a section of its own is not missed by what stands around it.
            missing >> place & 1 == 1 && !(slot.loop_spec().is_some() && sections.contains(&slot.key))
        };
        for (_, slot) in spec.slots.iter().enumerate().filter(absent) {
            let (rule, message) = match slot.node {
                NodeSpec::Loop(inner) => {
                    ("x12/missing-loop", format!("loop {} ({}) is required here", inner.id, slot.pattern))
                }
                NodeSpec::Segment(_) => ("x12/missing-segment", format!("{} is required here", slot.pattern)),
            };
            let within = path_to(self.frames.open(), slot.loop_spec());
            self.issues.push(
                Issue::new(rule, at, message)
                    .level(2)
                    .segment(slot.id())
                    .within(within)
                    .expected(slot.pattern)
                    .ack(Ack::Segment("3")),
            );
        }
    }

    /// After the segment before the cursor was read: turns its faults into issues.
    #[inline]
    pub(crate) fn settle(&mut self, spec: &'static SegmentSpec) {
        if !self.faults.list.is_empty() {
            self.report_faults(spec);
        }
    }

    #[cold]
    fn report_faults(&mut self, spec: &'static SegmentSpec) {
        let list = std::mem::take(&mut self.faults.list);
        let last = self.next.wrapping_sub(1);
        let raw = self.ground.raw(last, self.number(last)).filter(|_| self.watch.is_none());
        if let Some(raw) = &raw {
            let at = self.at(raw);
            let path = path(self.frames.open());
            for fault in &list {
                let issue = fault_issue(spec, raw, *fault, self.ground.delimiters, at);
                self.issues.push(issue.within(path.as_str()));
            }
        }
        self.faults.list = list;
        self.faults.list.clear();
    }
}

/// The issue for what was wrong with one element.
fn fault_issue(
    spec: &'static SegmentSpec,
    raw: &Raw<'_, '_>,
    fault: crate::declare::FaultAt,
    delimiters: Delimiters,
    at: issue::At,
) -> Issue {
    let designator = spec.designator(fault.element, 0);
    let whole = raw.element(fault.element).as_bytes();
    let text = match fault.component {
        0 => whole,
        component => whole
            .split(|&byte| byte == delimiters.component)
            .nth(usize::from(component) - 1)
            .unwrap_or_default(),
    };
    let (rule, level, code, expected) = match fault.fault {
        Fault::Missing => ("x12/missing-element", 2, "1", "a value"),
        Fault::NotANumber => {
            ("x12/invalid-number", 1, "6", "digits, at most one point, an optional leading minus")
        }
        Fault::FractionOfACent => ("x12/fraction-of-a-cent", 1, "6", "at most two decimals"),
        Fault::TooLarge => ("x12/number-too-large", 1, "5", "fewer digits"),
        Fault::NotADate => ("x12/invalid-date", 1, "8", "a day of the calendar in its format"),
        Fault::NotATime => ("x12/invalid-time", 1, "9", "HHMM, HHMMSS or HHMMSSDD"),
        Fault::UnknownCode => ("x12/unknown-code", 2, "7", "a code of the list"),
        Fault::TooMany => ("x12/too-many-repeats", 1, "3", "fewer repeats"),
    };
    let name = match fault.component {
        0 => designator.clone(),
        component => format!("{designator}-{component}"),
    };
    let issue = Issue::new(rule, at, format!("{name} {}", fault.fault))
        .level(level)
        .segment(spec.id)
        .element(designator, fault.component)
        .expected(expected)
        .ack(Ack::Element(code));
    if text.is_empty() { issue } else { issue.found(Text::new(text)) }
}

fn is_identifier(id: &[u8]) -> bool {
    matches!(id.len(), 2 | 3)
        && id.first().is_some_and(u8::is_ascii_uppercase)
        && id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The segments of the 837, 835, 999, 277, 270 and 271 guides, to tell an unknown segment (IK304
/// 1) from one that is only out of place (IK304 2).
const SEGMENT_IDS: crate::value::CodeList = crate::value::code_list!(
    "AAA|AK1|AK2|AK9|AMT|BHT|BPR|CAS|CL1|CLM|CLP|CN1|CR1|CR2|CR3|CRC|CTP|CTX|CUR|DMG|DN1|DN2|DTM|DTP|EB|EQ|FRM|GE|GS|HCP|HI|HL|HSD|\
     IEA|III|IK3|IK4|IK5|INS|ISA|K3|LE|LIN|LQ|LS|LX|MEA|MIA|MOA|MPI|MSG|N1|N3|N4|NM1|NTE|OI|PAT|PER|PLB|PRV|PS1|PWK|QTY|RDM|REF|SBR|SE|\
     ST|STC|SV1|SV2|SV3|SV5|SVC|SVD|TA1|TOO|TRN|TS2|TS3"
);

/// A place on a tape: there are fewer than 2^32 (its text is shorter than 4 GiB).
fn low(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// The slot of a loop for a segment that fits these: the next that has room, else one of them.
#[inline]
fn find(frame: &Frame, fitting: u64, nested: bool) -> Option<usize> {
    // One alone that does not begin the loop: it is for it, with room or without.
    if fitting & fitting.wrapping_sub(1) == 0 && fitting > 1 {
        return Some(fitting.trailing_zeros() as usize);
    }
    find_among(frame, fitting, nested)
}

#[inline(never)]
fn find_among(frame: &Frame, fitting: u64, nested: bool) -> Option<usize> {
    let (mut earlier, mut full, mut earlier_full) = (None, None, None);
    let mut rest = fitting;
    while rest != 0 {
        let at = rest.trailing_zeros() as usize;
        rest &= rest - 1;
        let (max, count) = (frame.spec.slots[at].max, frame.count(at));
        // A loop's first segment begins a new one: it never stands inside.
        if at == 0 && nested && (count > 0 || max == 0) {
            continue;
        }
        let kept = match (count < max, at >= frame.at) {
            (true, true) => return Some(at),
            (true, false) => &mut earlier,
            (false, true) => &mut full,
            (false, false) => &mut earlier_full,
        };
        *kept = kept.or(Some(at));
    }
    earlier.or(full).or(earlier_full)
}
