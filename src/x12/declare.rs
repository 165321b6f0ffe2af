//! Declare once: `composite!`, `group!`, `segment!` and `segment_loop!` turn a declaration that
//! reads like a page of the guide into a struct, its reading, its writing and its table.
//!
//! ```text
//! segment! {
//!     /// Claim payment: one per claim in an 835.
//!     pub struct Clp<'a> = "CLP" {
//!         /// The claim number we sent in CLM01.
//!         CLP01 R AN 1/38 patient_control_number: Text<'a>,
//!     }
//! }
//! segment_loop! {
//!     /// Who was paid.
//!     pub struct Payee<'a> = "1000B" {
//!         /// Name and identifier.
//!         name: N1<'a> = R "N1*PE" { N103 R "FI|XV|XX", N104 R },
//!         /// Other identifiers.
//!         references: Vec<Ref<'a>> = S "REF*0B|D3|PQ|TJ" max 4,
//!     }
//! }
//! ```
//!
//! The letter is the guide's usage (R required, S situational, N not used); the type says what we
//! can do without. `T`: without it there is no value, and the loop is kept as [`Other`] text. An
//! `Option` with `R` is a thing the guide requires and files lack: its absence is an issue only.
//!
//! Everything has a `Default`, so that one who builds a claim names what it has and writes
//! `..Default::default()` for the rest; what is required and was forgotten is found by checking
//! what was written.

use serde::{Serialize, Serializer};

use crate::cursor::Cursor;
use crate::render::{At, Render};
use crate::spec::{DataType, NodeSpec, PartSpec};
use crate::value::{CodeList, Element, Fault, Gap, Period, Repeats, Text, UpTo};

/// Where a segment was read: its own bytes, from what follows the former terminator to its own
/// terminator. A segment that we build has none and is rendered.
#[derive(Clone, Copy, Default)]
pub struct Source<'a> {
    text: &'a [u8],
    offset: u64,
    number: u32,
    segments: u32,
}

impl<'a> Source<'a> {
    /// Built, not read.
    pub const NONE: Source<'static> = Source { text: b"", offset: 0, number: 0, segments: 0 };

    pub(crate) const fn new(text: &'a [u8], offset: u64, number: u32, segments: u32) -> Source<'a> {
        Source { text, offset, number, segments }
    }
    /// True when it was read.
    #[must_use]
    pub const fn is_read(&self) -> bool {
        !self.text.is_empty()
    }
    /// The bytes, with line breaks before and the terminator after them.
    #[must_use]
    pub const fn text(&self) -> &'a [u8] {
        self.text
    }
    /// Bytes from the start of the file to the identifier.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset + self.text.iter().take_while(|byte| byte.is_ascii_whitespace()).count() as u64
    }
    /// Bytes from the start of the file to the first of its bytes, line breaks included.
    #[must_use]
    pub const fn first_byte(&self) -> u64 {
        self.offset
    }
    /// Bytes from the start of the file to what follows it.
    #[must_use]
    pub const fn end_byte(&self) -> u64 {
        self.offset + self.text.len() as u64
    }
    /// Number in its transaction set, ST = 1; 0 in the envelope.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }
    /// How many segments it spans: one, except for [`Other`].
    #[must_use]
    pub const fn segments(&self) -> u32 {
        self.segments
    }
}
/// Where a value came from is not part of what it says.
impl PartialEq for Source<'_> {
    fn eq(&self, _: &Source<'_>) -> bool {
        true
    }
}
impl Eq for Source<'_> {}
impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "@{}", self.offset)
    }
}
impl Serialize for Source<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Text::new(self.text).serialize(serializer)
    }
}

/// Why a stretch of text has no typed form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The guide has no such segment here.
    Unexpected,
    /// The segment belongs here, its qualifier is not one of the guide's.
    UnknownQualifier,
    /// More than there may be.
    OverMaximum,
    /// Something required is missing or wrong in it: the issues say what.
    Unreadable,
}

/// Segments without a typed form, kept in place and written back as they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Other<'a> {
    /// The bytes.
    pub source: Source<'a>,
    /// Why there is nothing better.
    pub why: Why,
}

/// The elements of a segment or the components of a composite: borrowed, cut where the marks say.
#[derive(Clone, Copy, Debug)]
pub struct Slices<'a, 't> {
    text: &'a [u8],
    first: u32,
    ends: &'t [u32],
}

impl<'a, 't> Slices<'a, 't> {
    pub(crate) const fn new(text: &'a [u8], first: u32, ends: &'t [u32]) -> Slices<'a, 't> {
        Slices { text, first, ends }
    }
    /// The text at a place counted from 1; empty when nothing is there.
    #[inline]
    #[must_use]
    pub fn get(&self, place: u8) -> Text<'a> {
        let place = usize::from(place);
        let Some(&end) = place.checked_sub(1).and_then(|at| self.ends.get(at)) else { return Text::EMPTY };
        let start = match place.checked_sub(2) {
            Some(before) => self.ends[before] + 1,
            None => self.first,
        };
        Text::new(self.text.get(start as usize..end as usize).unwrap_or_default())
    }
    /// The text around them, where the first one begins in it, and where each one ends.
    pub(crate) const fn cuts(&self) -> (&'a [u8], usize, &'t [u32]) {
        (self.text, self.first as usize, self.ends)
    }
    /// How many places there are, empty ones included.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.ends.len()
    }
}

/// Most components that a composite may have (HI: 9; X12's longest: 12).
const MAX_COMPONENTS: usize = 16;

/// A fault and where in its segment it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultAt {
    /// The place.
    pub element: u8,
    /// The component, 0 for a simple element.
    pub component: u8,
    /// What is wrong.
    pub fault: Fault,
    /// True when without it there is no value.
    pub fatal: bool,
}

/// Collects the faults of one segment while it is read.
#[derive(Debug, Default)]
pub struct Faults {
    pub(crate) list: Vec<FaultAt>,
    /// The separator inside composites.
    pub(crate) component: u8,
    /// The separator between repeats.
    pub(crate) repetition: Option<u8>,
    /// Set while the components of this element are read.
    pub(crate) within: u8,
}

impl Faults {
    #[cold]
    fn push(&mut self, place: u8, fault: Fault, fatal: bool) {
        let (element, component) = if self.within == 0 { (place, 0) } else { (self.within, place) };
        self.list.push(FaultAt { element, component, fault, fatal });
    }
}

/// A value that fills one or more places of a segment or composite.
pub trait Field<'a>: Sized + Default {
    /// How many places it takes.
    const WIDTH: u8 = 1;
    /// How many values side by side.
    const TIMES: u8 = 1;
    /// How many repeats under the repetition separator.
    const REPEAT: u8 = 1;
    /// Parts of a composite or group.
    const PARTS: &'static [PartSpec] = &[];
    /// The list of codes, when its type is one.
    const CODES: CodeList = CodeList::ANY;
    /// What the codes mean.
    const NAMES: &'static [(&'static str, &'static str)] = &[];
    /// Reads it in place, into a default; false when the segment cannot do without it. Nothing
    /// large is moved from here to there while a file is read.
    fn fill(&mut self, slices: &Slices<'a, '_>, place: u8, faults: &mut Faults) -> bool;
    /// Reads what may be absent: nothing when its places are empty, or when what stands there is none.
    #[inline]
    fn fill_optional(optional: &mut Option<Self>, slices: &Slices<'a, '_>, place: u8, faults: &mut Faults) {
        if (0..Self::WIDTH).all(|offset| slices.get(place + offset).is_empty()) {
            return;
        }
        let before = faults.list.len();
        if !optional.get_or_insert_default().fill(slices, place, faults) {
            // The segment can do without it: its text stays in the source, the issue says what it was.
            *optional = None;
            faults.list[before..].iter_mut().for_each(|fault| fault.fatal = false);
        }
    }
    /// Writes it at its place.
    fn write(&self, out: &mut Render, at: At);
}

/// A [`Field`] that is one whole place, so that `Option` of it is a place that may be empty.
pub trait Whole<'a>: Field<'a> + Copy {}

impl<'a, T: Element<'a>> Field<'a> for T {
    const CODES: CodeList = <T as Element<'a>>::CODES;
    const NAMES: &'static [(&'static str, &'static str)] = <T as Element<'a>>::NAMES;
    #[inline]
    fn fill(&mut self, slices: &Slices<'a, '_>, place: u8, faults: &mut Faults) -> bool {
        let text = slices.get(place);
        if text.is_empty() {
            faults.push(place, Fault::Missing, true);
            return false;
        }
        match Element::read(text) {
            Ok(value) => {
                *self = value;
                true
            }
            Err(fault) => {
                faults.push(place, fault, true);
                false
            }
        }
    }
    #[inline]
    fn fill_optional(optional: &mut Option<Self>, slices: &Slices<'a, '_>, place: u8, faults: &mut Faults) {
        let text = slices.get(place);
        if !text.is_empty() {
            match Element::read(text) {
                Ok(value) => *optional = Some(value),
                Err(fault) => faults.push(place, fault, false),
            }
        }
    }
    #[inline]
    fn write(&self, out: &mut Render, at: At) {
        Element::write(self, out, at);
    }
}
impl<'a, T: Element<'a>> Whole<'a> for T {}

impl<'a, T: Whole<'a>> Field<'a> for Option<T> {
    const WIDTH: u8 = T::WIDTH;
    const TIMES: u8 = T::TIMES;
    const PARTS: &'static [PartSpec] = T::PARTS;
    const CODES: CodeList = T::CODES;
    const NAMES: &'static [(&'static str, &'static str)] = T::NAMES;
    #[inline]
    fn fill(&mut self, slices: &Slices<'a, '_>, place: u8, faults: &mut Faults) -> bool {
        T::fill_optional(self, slices, place, faults);
        true
    }
    #[inline]
    fn write(&self, out: &mut Render, at: At) {
        if let Some(value) = self {
            value.write(out, at);
        }
    }
}

impl<'a, const N: usize, T: Whole<'a>> Field<'a> for UpTo<N, T> {
    #[expect(clippy::cast_possible_truncation, reason = "a segment has at most 99 elements")]
    const WIDTH: u8 = N as u8 * T::WIDTH;
    #[expect(clippy::cast_possible_truncation, reason = "a segment has at most 99 elements")]
    const TIMES: u8 = N as u8;
    const PARTS: &'static [PartSpec] = T::PARTS;
    const CODES: CodeList = T::CODES;
    const NAMES: &'static [(&'static str, &'static str)] = T::NAMES;
    #[inline]
    fn fill(&mut self, slices: &Slices<'a, '_>, place: u8, faults: &mut Faults) -> bool {
        let mut at = place;
        for value in self.places_mut() {
            if usize::from(at) > slices.count() {
                break;
            }
            T::fill_optional(value, slices, at, faults);
            at += T::WIDTH;
        }
        true
    }
    fn write(&self, out: &mut Render, at: At) {
        let mut at = at;
        for value in self.places() {
            value.write(out, at);
            at = at.plus(T::WIDTH);
        }
    }
}

impl<'a, const N: usize> Field<'a> for Gap<N> {
    #[expect(clippy::cast_possible_truncation, reason = "a segment has at most 99 elements")]
    const WIDTH: u8 = N as u8;
    #[expect(clippy::cast_possible_truncation, reason = "a segment has at most 99 elements")]
    const TIMES: u8 = N as u8;
    fn fill(&mut self, _: &Slices<'a, '_>, _: u8, _: &mut Faults) -> bool {
        true
    }
    fn write(&self, _: &mut Render, _: At) {}
}

impl<'a> Field<'a> for Period<'a> {
    const WIDTH: u8 = 2;
    const PARTS: &'static [PartSpec] = &[
        PartSpec {
            name: "format",
            usage: crate::spec::Usage::Required,
            data_type: DataType::ID,
            min: 2,
            max: 3,
            codes: CodeList::ANY,
            names: &[],
            times: 1,
            parts: &[],
        },
        PartSpec {
            name: "text",
            usage: crate::spec::Usage::Required,
            data_type: DataType::AN,
            min: 1,
            max: 35,
            codes: CodeList::ANY,
            names: &[],
            times: 1,
            parts: &[],
        },
    ];
    fn fill(&mut self, slices: &Slices<'a, '_>, place: u8, faults: &mut Faults) -> bool {
        let (format, text) = (slices.get(place), slices.get(place + 1));
        if format.is_empty() && text.is_empty() {
            faults.push(place, Fault::Missing, true);
            return false;
        }
        *self = Period::read(format, text);
        if text.is_empty() {
            faults.push(place + 1, Fault::Missing, false);
        } else if !self.is_sound() {
            faults.push(place + 1, Fault::NotADate, false);
        }
        true
    }
    fn write(&self, out: &mut Render, at: At) {
        Period::write(self, out, at, at.plus(1));
    }
}
impl<'a> Whole<'a> for Period<'a> {}

impl<'a, const N: u8> Field<'a> for Repeats<'a, N> {
    const REPEAT: u8 = N;
    fn fill(&mut self, slices: &Slices<'a, '_>, place: u8, faults: &mut Faults) -> bool {
        *self = Repeats::read(slices.get(place), faults.repetition);
        true
    }
    fn write(&self, out: &mut Render, at: At) {
        for (number, value) in self.iter().enumerate() {
            if number > 0 {
                out.repeat(at);
            }
            Element::write(&value, out, at);
        }
    }
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).expect("an element is shorter than 4 GiB")
}

/// Cuts a composite into its components and hands them over with the faults set to it.
pub(crate) fn components<'a>(
    slices: &Slices<'a, '_>,
    place: u8,
    faults: &mut Faults,
    fill: impl FnOnce(&Slices<'a, '_>, &mut Faults) -> bool,
) -> bool {
    let text = slices.get(place);
    if text.is_empty() {
        faults.push(place, Fault::Missing, true);
        return false;
    }
    let bytes = text.as_bytes();
    let mut ends = [0_u32; MAX_COMPONENTS];
    let mut count = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == faults.component && count + 1 < MAX_COMPONENTS {
            ends[count] = narrow(at);
            count += 1;
        }
    }
    ends[count] = narrow(bytes.len());
    let outer = std::mem::replace(&mut faults.within, place);
    let whole = fill(&Slices::new(bytes, 0, &ends[..=count]), faults);
    faults.within = outer;
    whole
}

/// A segment or a loop: what a slot holds.
pub trait Node<'a>: Sized + Default + Written {
    /// Its table.
    const SPEC: NodeSpec;
    /// Reads it where the cursor stands, in place, into a default; false when it cannot be, which
    /// the issues explain: what it holds is then of no use.
    fn fill(&mut self, cursor: &mut Cursor<'a, '_>) -> bool;
    /// Reads it where the cursor stands; `None` when it cannot be.
    fn take(cursor: &mut Cursor<'a, '_>) -> Option<Self> {
        let mut value = Self::default();
        value.fill(cursor).then_some(value)
    }
}

/// What can be written, and walked without knowing its type.
pub trait Written {
    /// Its table.
    fn spec(&self) -> NodeSpec;
    /// Writes it: as it was read, or rendered.
    fn write(&self, out: &mut Render);
    /// The source of a segment; of a loop that of its first segment, which is in its first slot.
    fn source(&self) -> Source<'_>;
    /// Visits what a loop holds, slot by slot with the slot's place in the table (`usize::MAX` for
    /// [`Other`]); a segment holds nothing.
    fn each<'s>(&'s self, visit: &mut dyn FnMut(usize, &'s dyn Written));
}

impl Written for Other<'_> {
    fn spec(&self) -> NodeSpec {
        const OTHER: crate::spec::SegmentSpec =
            crate::spec::SegmentSpec { id: "", name: "Other", elements: &[] };
        NodeSpec::Segment(&OTHER)
    }
    fn write(&self, out: &mut Render) {
        out.raw(&self.source);
    }
    fn source(&self) -> Source<'_> {
        self.source
    }
    fn each<'s>(&'s self, _: &mut dyn FnMut(usize, &'s dyn Written)) {}
}

impl<T: Written> Written for Box<T> {
    fn spec(&self) -> NodeSpec {
        T::spec(self)
    }
    fn write(&self, out: &mut Render) {
        T::write(self, out);
    }
    fn source(&self) -> Source<'_> {
        T::source(self)
    }
    fn each<'s>(&'s self, visit: &mut dyn FnMut(usize, &'s dyn Written)) {
        T::each(self, visit);
    }
}
impl<'a, T: Node<'a>> Node<'a> for Box<T> {
    const SPEC: NodeSpec = T::SPEC;
    fn fill(&mut self, cursor: &mut Cursor<'a, '_>) -> bool {
        cursor.hold(size_of::<T>());
        T::fill(self, cursor)
    }
}

/// Whether the parts of a loop stand in the file in the order in which the guide has them.
#[derive(Debug, Default)]
pub(crate) struct Order {
    last: u64,
    broken: bool,
}

impl Order {
    /// The next part; one that was built stands anywhere.
    #[inline]
    pub(crate) fn see(&mut self, source: &Source<'_>) {
        if source.is_read() {
            self.broken |= source.first_byte() < self.last;
            self.last = source.first_byte();
        }
    }
    /// The next part, written when it stands in its order like all before it.
    #[inline]
    pub(crate) fn write(&mut self, part: &impl Written, out: &mut Render) {
        self.see(&part.source());
        if self.is_kept() {
            part.write(out);
        }
    }
    pub(crate) const fn is_kept(&self) -> bool {
        !self.broken
    }
}

/// Writes what a loop holds in the order in which it was read; what was built stands after what
/// the declaration puts before it.
pub(crate) fn write_in_order<'s>(held: &'s dyn Written, out: &mut Render) {
    let mut order = Order::default();
    held.each(&mut |_, part| order.see(&part.source()));
    if order.is_kept() {
        held.each(&mut |_, part| part.write(out));
        return;
    }
    let mut parts: Vec<(u64, &'s dyn Written)> = Vec::new();
    let mut last = 0;
    held.each(&mut |_, part| {
        let source = part.source();
        if source.is_read() {
            last = source.first_byte();
        }
        parts.push((last, part));
    });
    parts.sort_by_key(|(place, _)| *place);
    for (_, part) in parts {
        part.write(out);
    }
}

/// Where a loop keeps what it found: `T` (without it there is no loop), `Option<T>`, `Vec<T>`;
/// `Option<Box<T>>` where it is rare and large.
pub trait Slot<'a>: Sized {
    /// The segment or loop.
    type Item: Node<'a>;
    /// True when it holds more than one.
    const MANY: bool = false;
    /// True when the loop cannot do without it.
    const NEEDED: bool = false;
    /// Reads one more where the cursor stands; `filled` when it was read before.
    ///
    /// # Errors
    /// Why it could not be kept.
    fn add(&mut self, filled: bool, cursor: &mut Cursor<'a, '_>) -> Result<(), Why>;
    /// What it holds.
    fn items(&self) -> &[Self::Item];
}
impl<'a, T: Node<'a>> Slot<'a> for T {
    type Item = T;
    const NEEDED: bool = true;
    #[inline]
    fn add(&mut self, filled: bool, cursor: &mut Cursor<'a, '_>) -> Result<(), Why> {
        if filled {
            return over_maximum::<T>(cursor);
        }
        if self.fill(cursor) {
            return Ok(());
        }
        *self = T::default();
        Err(Why::Unreadable)
    }
    fn items(&self) -> &[T] {
        std::slice::from_ref(self)
    }
}
impl<'a, T: Node<'a>> Slot<'a> for Option<T> {
    type Item = T;
    #[inline]
    fn add(&mut self, _: bool, cursor: &mut Cursor<'a, '_>) -> Result<(), Why> {
        if self.is_some() {
            return over_maximum::<T>(cursor);
        }
        if self.insert(T::default()).fill(cursor) {
            return Ok(());
        }
        *self = None;
        Err(Why::Unreadable)
    }
    fn items(&self) -> &[T] {
        self.as_slice()
    }
}
impl<'a, T: Node<'a>> Slot<'a> for Vec<T> {
    type Item = T;
    const MANY: bool = true;
    #[inline]
    fn add(&mut self, _: bool, cursor: &mut Cursor<'a, '_>) -> Result<(), Why> {
        if self.len() == self.capacity() {
            // As many as follow: four at once, as `push` takes, are mostly unused and large.
            let more = cursor.alike(matches!(T::SPEC, NodeSpec::Loop(_))).max(self.len());
            if self.is_empty() {
                *self = Vec::with_capacity(more);
            } else {
                self.reserve_exact(more);
            }
            cursor.hold(more * size_of::<T>());
        }
        if self.push_mut(T::default()).fill(cursor) {
            return Ok(());
        }
        self.pop();
        Err(Why::Unreadable)
    }
    fn items(&self) -> &[T] {
        self
    }
}

/// Reads what has no room any more.
#[cold]
fn over_maximum<'a, T: Node<'a>>(cursor: &mut Cursor<'a, '_>) -> Result<(), Why> {
    Err(if T::take(cursor).is_some() { Why::OverMaximum } else { Why::Unreadable })
}

/// A slot that is seldom filled and would make its loop large: one pointer.
pub type Rare<T> = Option<Box<T>>;

macro_rules! part_spec {
    ([$lt:lifetime] $usage:ident $kind:ident $min:tt $max:tt $field:ident $ty:ty) => {
        $crate::spec::PartSpec {
            name: stringify!($field),
            usage: $crate::spec::Usage::of(stringify!($usage)),
            data_type: $crate::spec::DataType::$kind,
            min: $min,
            max: $max,
            codes: <$ty as $crate::declare::Field<$lt>>::CODES,
            names: <$ty as $crate::declare::Field<$lt>>::NAMES,
            times: <$ty as $crate::declare::Field<$lt>>::TIMES,
            parts: <$ty as $crate::declare::Field<$lt>>::PARTS,
        }
    };
}
pub(crate) use part_spec;

/// The common part of `composite!` and `group!`: the struct and its parts in sequence.
macro_rules! parts {
    ($(#[$meta:meta])* pub struct $name:ident<$lt:lifetime> {
        $( $(#[$fmeta:meta])* $usage:ident $kind:ident $($min:literal / $max:literal)? $field:ident : $ty:ty ),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
        pub struct $name<$lt> { $( $(#[$fmeta])* pub $field: $ty, )+ }
        impl<$lt> $name<$lt> {
            const PARTS_WIDTH: u8 = 0 $(+ <$ty as $crate::declare::Field<$lt>>::WIDTH)+;
            const PART_SPECS: &'static [$crate::spec::PartSpec] = &[
                $( $crate::declare::part_spec!([$lt] $usage $kind {0 $(+ $min)?} {0 $(+ $max)?} $field $ty) ),+
            ];
            fn fill_parts(
                &mut self,
                slices: &$crate::declare::Slices<$lt, '_>,
                first: u8,
                faults: &mut $crate::declare::Faults,
            ) -> bool {
                let (mut place, mut whole) = (first, true);
                $(
                    whole &= $crate::declare::Field::fill(&mut self.$field, slices, place, faults);
                    place += <$ty as $crate::declare::Field<$lt>>::WIDTH;
                )+
                debug_assert_eq!(place, first + Self::PARTS_WIDTH);
                whole
            }
            fn write_parts(&self, out: &mut $crate::render::Render, at: $crate::render::At) {
                let mut at = at;
                $(
                    $crate::declare::Field::write(&self.$field, out, at);
                    at = at.plus(<$ty as $crate::declare::Field<$lt>>::WIDTH);
                )+
                let _ = at;
            }
        }
    };
}
pub(crate) use parts;

/// Values inside one element, between component separators.
macro_rules! composite {
    ($(#[$meta:meta])* pub struct $name:ident<$lt:lifetime> { $($body:tt)+ }) => {
        $crate::declare::parts! { $(#[$meta])* pub struct $name<$lt> { $($body)+ } }
        impl<$lt> $crate::declare::Field<$lt> for $name<$lt> {
            const PARTS: &'static [$crate::spec::PartSpec] = Self::PART_SPECS;
            fn fill(
                &mut self,
                slices: &$crate::declare::Slices<$lt, '_>,
                place: u8,
                faults: &mut $crate::declare::Faults,
            ) -> bool {
                $crate::declare::components(slices, place, faults, |parts, faults| self.fill_parts(parts, 1, faults))
            }
            fn write(&self, out: &mut $crate::render::Render, at: $crate::render::At) {
                self.write_parts(out, $crate::render::At { element: at.element, component: 1 });
            }
        }
        impl<$lt> $crate::declare::Whole<$lt> for $name<$lt> {}
    };
}
pub(crate) use composite;

/// Values in consecutive elements that belong together and repeat together: reason, amount, quantity.
macro_rules! group {
    ($(#[$meta:meta])* pub struct $name:ident<$lt:lifetime> { $($body:tt)+ }) => {
        $crate::declare::parts! { $(#[$meta])* pub struct $name<$lt> { $($body)+ } }
        impl<$lt> $crate::declare::Field<$lt> for $name<$lt> {
            const WIDTH: u8 = Self::PARTS_WIDTH;
            const PARTS: &'static [$crate::spec::PartSpec] = Self::PART_SPECS;
            fn fill(
                &mut self,
                slices: &$crate::declare::Slices<$lt, '_>,
                place: u8,
                faults: &mut $crate::declare::Faults,
            ) -> bool {
                self.fill_parts(slices, place, faults)
            }
            fn write(&self, out: &mut $crate::render::Render, at: $crate::render::At) {
                self.write_parts(out, at);
            }
        }
        impl<$lt> $crate::declare::Whole<$lt> for $name<$lt> {}
    };
}
pub(crate) use group;

/// A segment: its identifier and its elements by designator.
macro_rules! segment {
    ($(#[$meta:meta])* pub struct $name:ident<$lt:lifetime> = $id:literal {
        $( $(#[$fmeta:meta])* $designator:ident $usage:ident $kind:ident $($min:literal / $max:literal)? $field:ident : $ty:ty ),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
        pub struct $name<$lt> {
            $( $(#[$fmeta])* pub $field: $ty, )*
            /// Where it was read; [`Source::NONE`]($crate::declare::Source::NONE) when built.
            pub source: $crate::declare::Source<$lt>,
        }
        impl<$lt> $name<$lt> {
            /// The guide's table.
            pub const SEGMENT: &'static $crate::spec::SegmentSpec = &$crate::spec::SegmentSpec {
                id: $id,
                name: stringify!($name),
                elements: &[ $( $crate::spec::ElementSpec {
                    designator: stringify!($designator),
                    part: $crate::declare::part_spec!([$lt] $usage $kind {0 $(+ $min)?} {0 $(+ $max)?} $field $ty),
                    parts: <$ty as $crate::declare::Field<$lt>>::PARTS,
                    repeat: <$ty as $crate::declare::Field<$lt>>::REPEAT,
                } ),* ],
            };
            /// Reads its elements; `None` when it cannot do without one that is missing or wrong.
            #[allow(dead_code, reason = "what no envelope has is read in its place in a loop")]
            pub(crate) fn read_elements(
                slices: &$crate::declare::Slices<$lt, '_>,
                source: $crate::declare::Source<$lt>,
                faults: &mut $crate::declare::Faults,
            ) -> Option<Self> {
                let mut value = Self { source, ..Self::default() };
                value.fill_elements(slices, faults).then_some(value)
            }
            fn fill_elements(
                &mut self,
                slices: &$crate::declare::Slices<$lt, '_>,
                faults: &mut $crate::declare::Faults,
            ) -> bool {
                let whole = true;
                $( let whole = whole & $crate::declare::Field::fill(&mut self.$field,
                    slices, const { $crate::spec::position(stringify!($designator)) }, faults); )*
                whole
            }
        }
        impl<$lt> $crate::declare::Node<$lt> for $name<$lt> {
            const SPEC: $crate::spec::NodeSpec = $crate::spec::NodeSpec::Segment($name::SEGMENT);
            fn fill(&mut self, cursor: &mut $crate::cursor::Cursor<$lt, '_>) -> bool {
                let Some(raw) = cursor.advance() else { return false };
                self.source = raw.source;
                let whole = self.fill_elements(&raw.elements, &mut cursor.faults);
                cursor.settle(Self::SEGMENT);
                whole
            }
        }
        impl $crate::declare::Written for $name<'_> {
            fn spec(&self) -> $crate::spec::NodeSpec {
                $crate::spec::NodeSpec::Segment($name::SEGMENT)
            }
            fn write(&self, out: &mut $crate::render::Render) {
                if out.copied(&self.source) {
                    return;
                }
                out.segment($name::SEGMENT, const { $crate::render::as_given($id) }, |out| {
                    $( $crate::declare::Field::write(&self.$field, out, const {
                        $crate::render::At::element($crate::spec::position(stringify!($designator))) }); )*
                    let _ = out;
                });
            }
            fn source(&self) -> $crate::declare::Source<'_> {
                self.source
            }
            fn each<'s>(&'s self, _: &mut dyn FnMut(usize, &'s dyn $crate::declare::Written)) {}
        }
    };
}
pub(crate) use segment;

macro_rules! slot_max {
    ($ty:ty, $lt:lifetime,) => {
        if <$ty as $crate::declare::Slot<$lt>>::MANY { u32::MAX } else { 1 }
    };
    ($ty:ty, $lt:lifetime, $max:literal) => {
        $max
    };
}
pub(crate) use slot_max;

/// A loop: its slots in the guide's order. The first slot's segment begins it.
macro_rules! segment_loop {
    ($(#[$meta:meta])* pub struct $name:ident<$lt:lifetime> = $id:literal {
        $( $(#[doc = $doc:literal])* $field:ident : $ty:ty = $usage:ident $pattern:literal $(max $max:literal)?
           $({ $( $narrow:ident $nusage:ident $($codes:literal)? ),* $(,)? })? ),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
        pub struct $name<$lt> {
            $( $(#[doc = $doc])* pub $field: $ty, )+
            /// What stood here and has no slot: kept in place, written back.
            pub other: Vec<$crate::declare::Other<$lt>>,
        }
        impl<$lt> $name<$lt> {
            /// The guide's table.
            pub const LOOP: &'static $crate::spec::LoopSpec = &$crate::spec::LoopSpec::new(
                $id,
                stringify!($name),
                const { &[ $( $crate::spec::slot_spec!(
                    stringify!($field),
                    $crate::spec::title(&[$($doc),*]),
                    $pattern,
                    $crate::spec::Usage::of(stringify!($usage)),
                    $crate::declare::slot_max!($ty, $lt, $($max)?),
                    <<$ty as $crate::declare::Slot<$lt>>::Item as $crate::declare::Node<$lt>>::SPEC,
                    const { &[ $($( $crate::spec::narrow!(stringify!($narrow), stringify!($nusage), concat!($($codes)?)) ),*)? ] }
                ) ),+ ] },
            );
        }
        impl<$lt> $crate::declare::Node<$lt> for $name<$lt> {
            const SPEC: $crate::spec::NodeSpec = $crate::spec::NodeSpec::Loop($name::LOOP);
            fn fill(&mut self, cursor: &mut $crate::cursor::Cursor<$lt, '_>) -> bool {
                #[expect(non_camel_case_types, reason = "slots named as their fields")]
                enum Place { $( $field ),+ }
                let needed = const {
                    0 $( | (<$ty as $crate::declare::Slot<$lt>>::NEEDED as u64) << Place::$field as u64 )+
                };
                let mut filled = 0_u64;
                cursor.enter($name::LOOP);
                while let Some(step) = cursor.step() {
                    let first = cursor.position();
                    let (at, kept) = match step {
                        $crate::cursor::Step::Other(why) => {
                            self.other.push(cursor.keep(why));
                            continue;
                        }
                        $( $crate::cursor::Step::Slot(at) if at == Place::$field as usize => {
                            (at, $crate::declare::Slot::add(&mut self.$field, filled >> at & 1 == 1, cursor))
                        } )+
                        $crate::cursor::Step::Slot(_) => continue,
                    };
                    match kept {
                        Ok(()) => filled |= 1 << at,
                        Err(why) => self.other.push(cursor.since(first, why)),
                    }
                }
                cursor.leave();
                filled & needed == needed
            }
        }
        impl $crate::declare::Written for $name<'_> {
            fn spec(&self) -> $crate::spec::NodeSpec {
                $crate::spec::NodeSpec::Loop($name::LOOP)
            }
            fn write(&self, out: &mut $crate::render::Render) {
                // Nearly all stands in the guide's order: written so until something does not.
                let (mut order, before) = ($crate::declare::Order::default(), out.mark());
                $( for item in $crate::declare::Slot::items(&self.$field) {
                    order.write(item, out);
                } )+
                for item in &self.other {
                    order.write(item, out);
                }
                if !order.is_kept() {
                    out.back_to(before);
                    $crate::declare::write_in_order(self, out);
                }
            }
            fn source(&self) -> $crate::declare::Source<'_> {
                $( if let Some(first) = $crate::declare::Slot::items(&self.$field).first() {
                    return $crate::declare::Written::source(first);
                } )+
                $crate::declare::Source::NONE
            }
            fn each<'s>(&'s self, visit: &mut dyn FnMut(usize, &'s dyn $crate::declare::Written)) {
                let mut place = 0;
                $(
                    for item in $crate::declare::Slot::items(&self.$field) {
                        visit(place, item);
                    }
                    place += 1;
                )+
                let _ = place;
                for item in &self.other {
                    visit(usize::MAX, item);
                }
            }
        }
    };
}
pub(crate) use segment_loop;
