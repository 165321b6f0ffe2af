//! What a declaration says, as constants: the guide's tables for segments and loops.
//!
//! [`SegmentSpec`] lists elements with type, lengths, usage and codes; [`LoopSpec`] lists slots
//! with pattern, usage, maximum and what they narrow. The checks of SNIP 1 and 2, the 999, `x12
//! show` and the documentation read these tables and nothing else.

use crate::lexer::key;
use crate::value::CodeList;

/// Usage in the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// `R`.
    Required,
    /// `S`.
    Situational,
    /// `N`: the guide says not used; read and kept all the same.
    NotUsed,
}

impl Usage {
    /// From the letter of a declaration.
    ///
    /// # Panics
    /// At compile time, for another word.
    #[must_use]
    pub const fn of(letter: &str) -> Usage {
        match letter.as_bytes() {
            b"R" => Usage::Required,
            b"S" => Usage::Situational,
            b"N" => Usage::NotUsed,
            _ => panic!("usage is R, S or N"),
        }
    }
}

/// X12's data types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataType {
    /// `AN`: text.
    AN,
    /// `ID`: a code.
    ID,
    /// `N0`: a whole number.
    N0,
    /// `R`: a decimal number.
    R,
    /// `DT`: a date.
    DT,
    /// `TM`: a time.
    TM,
    /// `B`: binary.
    B,
    /// `C`: a composite; its parts say their own types.
    C,
    /// `G`: values side by side in several elements; its parts say their own types.
    G,
}

/// A simple element, or one part of a composite or group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartSpec {
    /// The field's name in our types.
    pub name: &'static str,
    /// Usage in the guides that use the segment, before a slot narrows it.
    pub usage: Usage,
    /// Data type.
    pub data_type: DataType,
    /// Fewest characters.
    pub min: u16,
    /// Most characters (for numbers: digits).
    pub max: u16,
    /// The codes of a closed or extensible list; any when the type is text.
    pub codes: CodeList,
    /// What codes mean, as our types name them: `("22", "Reversal")`.
    pub names: &'static [(&'static str, &'static str)],
    /// How often it may stand side by side (modifiers: 4).
    pub times: u8,
    /// Its own parts, when it is a composite within a group.
    pub parts: &'static [PartSpec],
}

/// An element as a segment declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementSpec {
    /// `CLP07`: where the guide, an IK4 and an error message find it.
    pub designator: &'static str,
    /// Name, usage, type, lengths, codes.
    pub part: PartSpec,
    /// Parts of a composite, or of each group of elements side by side.
    pub parts: &'static [PartSpec],
    /// Repeats under the repetition separator: 1 for all but a few.
    pub repeat: u8,
}

impl ElementSpec {
    /// The position within the segment: 7 for `CLP07`.
    #[must_use]
    pub const fn position(&self) -> u8 {
        position(self.designator)
    }
    /// How many element positions it takes: more than one only for groups and values side by side.
    #[must_use]
    pub const fn width(&self) -> u8 {
        match self.part.data_type {
            DataType::G => self.group_width() * self.part.times,
            _ => self.part.times,
        }
    }
    const fn group_width(&self) -> u8 {
        let (mut width, mut at) = (0, 0);
        while at < self.parts.len() {
            width += match self.parts[at].data_type {
                DataType::C => 1,
                _ => self.parts[at].times,
            };
            at += 1;
        }
        width
    }
}

/// What is declared at one element position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The declared element it belongs to.
    pub element: &'static ElementSpec,
    /// Its own type and lengths: the part of a group, else the element's.
    pub part: PartSpec,
}

/// A segment's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentSpec {
    /// `CLP`.
    pub id: &'static str,
    /// The Rust type: `Clp`.
    pub name: &'static str,
    /// Its elements in order.
    pub elements: &'static [ElementSpec],
}

impl SegmentSpec {
    /// What stands at a position counted from 1; `None` beyond the last.
    #[must_use]
    pub fn at(&self, place: u8) -> Option<Position> {
        let element = self.elements.iter().rev().find(|element| element.position() <= place)?;
        let offset = place - element.position();
        if offset >= element.width() {
            return None;
        }
        let part = match element.part.data_type {
            DataType::G => {
                let mut within = offset % element.group_width();
                *element.parts.iter().find(|part| {
                    let width = if part.data_type == DataType::C { 1 } else { part.times };
                    let here = within < width;
                    within = within.saturating_sub(width);
                    here
                })?
            }
            _ => element.part,
        };
        Some(Position { element, part })
    }
    /// The last element position.
    #[must_use]
    pub fn last_position(&self) -> u8 {
        self.elements.last().map_or(0, |element| element.position() + element.width() - 1)
    }
    /// `CLP07` or `SVC01-3`.
    #[must_use]
    pub fn designator(&self, element: u8, component: u8) -> String {
        match component {
            0 => format!("{}{element:02}", self.id),
            _ => format!("{}{element:02}-{component}", self.id),
        }
    }
}

/// `CLP07` -> 7.
///
/// # Panics
/// At compile time, when a designator does not end in two digits.
#[must_use]
pub const fn position(designator: &str) -> u8 {
    let bytes = designator.as_bytes();
    let (tens, ones) = (bytes[bytes.len() - 2], bytes[bytes.len() - 1]);
    assert!(tens.is_ascii_digit() && ones.is_ascii_digit(), "designators end in two digits");
    (tens - b'0') * 10 + (ones - b'0')
}

/// What a loop's slot demands of one element beyond the segment's own table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Narrow {
    /// Element position.
    pub element: u8,
    /// Component, from 1; 0 for the whole element.
    pub component: u8,
    /// Usage here.
    pub usage: Usage,
    /// Codes allowed here; any when none are named.
    pub codes: CodeList,
}

impl Narrow {
    /// From `NM108` or `SV101_2`, a usage letter, and codes.
    ///
    /// # Panics
    /// At compile time, for anything else.
    #[must_use]
    pub(crate) const fn new(designator: &'static str, usage: &str, codes: CodeList) -> Narrow {
        let bytes = designator.as_bytes();
        let mut underscore = 0;
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] == b'_' {
                underscore = at;
            }
            at += 1;
        }
        let (element, component) = if underscore == 0 {
            (position(designator), 0)
        } else {
            let (element, component) = designator.split_at(underscore);
            let digits = component.as_bytes();
            let mut number = 0;
            let mut at = 1;
            while at < digits.len() {
                assert!(digits[at].is_ascii_digit(), "a component is a number");
                number = number * 10 + (digits[at] - b'0');
                at += 1;
            }
            (position(element), number)
        };
        Narrow { element, component, usage: Usage::of(usage), codes }
    }
}

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeSpec {
    /// A segment.
    Segment(&'static SegmentSpec),
    /// A loop, which begins with its first slot's segment.
    Loop(&'static LoopSpec),
}

/// A condition of a pattern: an element's first component is one of these codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Element position; 0: no condition.
    pub element: u8,
    /// The codes.
    pub codes: CodeList,
}

impl Condition {
    /// Demands nothing.
    pub const NONE: Condition = Condition { element: 0, codes: CodeList::ANY };
}

/// One line of a loop's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotSpec {
    /// The field's name: `prior_authorization`.
    pub name: &'static str,
    /// The first line of its documentation: what it is.
    pub title: &'static str,
    /// `REF*G1`, `HL***22`, `NM1*DN|P3`: identifier, then the leading elements that tell it apart.
    pub pattern: &'static str,
    /// The identifier, packed.
    pub(crate) key: u32,
    /// At most two elements decide.
    pub conditions: [Condition; 2],
    /// Usage in the guide.
    pub usage: Usage,
    /// The guide's maximum; `u32::MAX` when it has none.
    pub max: u32,
    /// Segment or loop.
    pub node: NodeSpec,
    /// What it demands beyond the segment's table. For a loop: see the loop's own slots.
    pub narrow: &'static [Narrow],
    /// What fits it fits the first slot of the loop that it holds.
    is_beginning: bool,
    /// More than its count is to be looked at when it is accepted: it begins a section, or is not
    /// used.
    pub(crate) is_looked_at: bool,
}

/// A [`SlotSpec`] from a declaration; the pattern is read at compile time.
macro_rules! slot_spec {
    ($name:expr, $title:expr, $pattern:expr, $usage:expr, $max:expr, $node:expr, $narrow:expr) => {
        $crate::spec::SlotSpec::new(
            ($name, $title, $pattern),
            [
                $crate::spec::Condition {
                    element: $crate::spec::condition($pattern, 0).0,
                    codes: $crate::value::code_list!($crate::spec::condition($pattern, 0).1),
                },
                $crate::spec::Condition {
                    element: $crate::spec::condition($pattern, 1).0,
                    codes: $crate::value::code_list!($crate::spec::condition($pattern, 1).1),
                },
            ],
            $usage,
            $max,
            $node,
            $narrow,
        )
    };
}
pub(crate) use slot_spec;

/// A [`Narrow`] from `NM108` or `SV101_2`, a usage letter, and codes.
macro_rules! narrow {
    ($designator:expr, $usage:expr, $codes:expr) => {
        $crate::spec::Narrow::new($designator, $usage, $crate::value::code_list!($codes))
    };
}
pub(crate) use narrow;

/// The element and codes of a condition of a pattern, counted from 0; 0 when it has no such.
///
/// # Panics
/// At compile time, for a pattern with more than two conditions.
#[must_use]
pub(crate) const fn condition(pattern: &'static str, number: usize) -> (u8, &'static str) {
    let (_, mut rest) = until_star(pattern);
    let (mut element, mut found) = (0, 0);
    let mut wanted = (0, "");
    while !rest.is_empty() {
        let (_, after) = rest.split_at(1);
        let (codes, next) = until_star(after);
        element += 1;
        rest = next;
        if !codes.is_empty() {
            assert!(found < 2, "a pattern has at most two conditions");
            if found == number {
                wanted = (element, codes);
            }
            found += 1;
        }
    }
    wanted
}

impl SlotSpec {
    /// See [`slot_spec!`]: name, title and pattern, then what the pattern demands.
    #[must_use]
    pub(crate) const fn new(
        (name, title, pattern): (&'static str, &'static str, &'static str),
        conditions: [Condition; 2],
        usage: Usage,
        max: u32,
        node: NodeSpec,
        narrow: &'static [Narrow],
    ) -> SlotSpec {
        let (id, _) = until_star(pattern);
        let key = key(id.as_bytes());
        let is_beginning = match node {
            NodeSpec::Loop(inner) => {
                let begin = &inner.slots[0];
                let same = same_text(begin.pattern, pattern);
                begin.key == key && begin.max > 0 && (same || begin.conditions[0].element == 0)
            }
            NodeSpec::Segment(_) => false,
        };
        let mut is_looked_at = matches!(usage, Usage::NotUsed);
        let mut at = 0;
        while at < SECTION_KEYS.len() {
            is_looked_at |= key == SECTION_KEYS[at];
            at += 1;
        }
        SlotSpec {
            name,
            title,
            pattern,
            key,
            conditions,
            usage,
            max,
            node,
            narrow,
            is_beginning,
            is_looked_at,
        }
    }
    /// True when what was accepted into this slot is surely the first segment of the loop that the
    /// slot holds, which is this one.
    #[inline]
    pub(crate) fn is_beginning_of(&self, spec: &'static LoopSpec) -> bool {
        debug_assert!(!self.is_beginning || self.loop_spec().is_some_and(|own| own.name == spec.name));
        self.is_beginning
    }
    /// The identifier of its first segment: `REF`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.pattern.split('*').next().unwrap_or(self.pattern)
    }
    /// The loop, when it holds one.
    #[must_use]
    pub const fn loop_spec(&self) -> Option<&'static LoopSpec> {
        match self.node {
            NodeSpec::Loop(spec) => Some(spec),
            NodeSpec::Segment(_) => None,
        }
    }
    /// What is demanded of an element here, when the slot says something.
    #[must_use]
    pub fn narrowing(&self, element: u8, component: u8) -> Option<&'static Narrow> {
        self.narrow.iter().find(|narrow| narrow.element == element && narrow.component == component)
    }
}

const fn same_text(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

const fn until_star(text: &'static str) -> (&'static str, &'static str) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() && bytes[at] != b'*' {
        at += 1;
    }
    text.split_at(at)
}

/// The first of some documentation lines, without the blank before it.
#[must_use]
pub(crate) const fn title(docs: &'static [&'static str]) -> &'static str {
    if docs.is_empty() {
        return "";
    }
    docs[0].trim_ascii()
}

/// A loop's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopSpec {
    /// `2300`; the transaction's own for its outermost level: `837`.
    pub id: &'static str,
    /// The Rust type: `Claim`.
    pub name: &'static str,
    /// Its segments and loops in order.
    pub slots: &'static [SlotSpec],
    /// The first slot of each hash of an identifier; [`NO_SLOT`]: surely none.
    first: [u8; 64],
    /// The next slot whose identifier has the same hash.
    next: [u8; MAX_SLOTS],
    /// The hashes of identifiers that qualifiers tell apart.
    qualified: u64,
    /// Which slots are required, a bit for each.
    pub(crate) required: u64,
    /// It begins a section: a level, a claim, a header number.
    pub(crate) is_section: bool,
}

/// What begins a section that [`Reader`](crate::Reader) lends on its own.
pub(crate) const SECTION_KEYS: [u32; 5] = [key(b"HL"), key(b"CLM"), key(b"LX"), key(b"CLP"), key(b"PLB")];

impl LoopSpec {
    /// From a declaration.
    ///
    /// # Panics
    /// At compile time, for more slots than a frame counts.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "there are at most MAX_SLOTS")]
    pub const fn new(id: &'static str, name: &'static str, slots: &'static [SlotSpec]) -> LoopSpec {
        assert!(slots.len() <= MAX_SLOTS, "a loop has at most MAX_SLOTS slots");
        let (mut first, mut next) = ([NO_SLOT; 64], [NO_SLOT; MAX_SLOTS]);
        let (mut required, mut qualified) = (0_u64, 0_u64);
        let mut at = slots.len();
        while at > 0 {
            at -= 1;
            let hash = id_hash(slots[at].key);
            next[at] = first[hash];
            first[hash] = at as u8;
            if slots[at].conditions[0].element > 0 {
                qualified |= 1 << hash;
            }
            if matches!(slots[at].usage, Usage::Required) {
                required |= 1 << at;
            }
        }
        // LX begins a section in an 835 (loop 2000), a service line in an 837.
        let line = slots[0].key == key(b"LX") && !matches!(id.as_bytes(), b"2000");
        let mut is_section = false;
        let mut at = 0;
        while at < SECTION_KEYS.len() {
            is_section |= slots[0].key == SECTION_KEYS[at] && !line;
            at += 1;
        }
        LoopSpec { id, name, slots, first, next, qualified, required, is_section }
    }
    /// The slots with this identifier, whatever their qualifiers, in order.
    #[inline]
    pub(crate) fn slots_of(&self, key: u32) -> impl Iterator<Item = (usize, &'static SlotSpec)> {
        let slots = self.slots;
        let mut at = self.first[id_hash(key)];
        std::iter::from_fn(move || {
            while let Some(slot) = slots.get(usize::from(at)) {
                let place = usize::from(at);
                at = self.next[place];
                if slot.key == key {
                    return Some((place, slot));
                }
            }
            None
        })
    }
    /// False when no qualifier decides which slot is for this identifier.
    #[inline]
    pub(crate) const fn is_qualified(&self, key: u32) -> bool {
        self.qualified >> id_hash(key) & 1 == 1
    }
    /// True when some slot has this identifier, whatever its qualifier.
    pub(crate) fn knows(&self, key: u32) -> bool {
        self.slots_of(key).next().is_some()
    }
}

/// The most slots a loop may have.
pub(crate) const MAX_SLOTS: usize = 64;

/// No slot: more than there are.
const NO_SLOT: u8 = u8::MAX;

const fn id_hash(key: u32) -> usize {
    (key.wrapping_mul(0x9E37_79B1) >> 26) as usize
}

/// A few identifiers, by their hashes: what is not among them is told by one look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids(u64);

impl Ids {
    pub(crate) const fn of(keys: &[u32]) -> Ids {
        let (mut hashes, mut at) = (0, 0);
        while at < keys.len() {
            hashes |= 1 << id_hash(keys[at]);
            at += 1;
        }
        Ids(hashes)
    }
    /// These and others.
    pub(crate) const fn and(self, others: Ids) -> Ids {
        Ids(self.0 | others.0)
    }
    /// False when an identifier is surely none of them.
    #[inline]
    pub(crate) const fn may_hold(self, key: u32) -> bool {
        self.0 >> id_hash(key) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_may_be_held_only_when_one_has_their_hash() {
        const IDS: Ids = Ids::of(&[key(b"HL")]).and(Ids::of(&[key(b"CLM")]));
        assert!(IDS.may_hold(key(b"HL")) && IDS.may_hold(key(b"CLM")));
        let others = [b"SBR", b"REF", b"NM1", b"DTP", b"SV1", b"CAS"].map(|id| IDS.may_hold(key(id)));
        assert!(others.contains(&false), "{others:?}");
    }

    #[test]
    fn patterns_and_designators_are_read_at_compile_time() {
        const NONE: &SegmentSpec = &SegmentSpec { id: "HL", name: "Hl", elements: &[] };
        const SLOT: SlotSpec =
            slot_spec!("level", "", "HL***22|23", Usage::Required, 1, NodeSpec::Segment(NONE), &[]);
        assert_eq!((SLOT.id(), SLOT.conditions[0].element), ("HL", 3));
        assert!(SLOT.conditions[0].codes.contains(b"23"));
        const NARROW: Narrow = narrow!("SV101_12", "R", "HC");
        assert_eq!((NARROW.element, NARROW.component), (1, 12));
        assert_eq!(position("CLP07"), 7);
    }
}
