//! SNIP 1 of the envelope: ISA, GS, TA1, ST, SE, GE and IEA by their tables, and what holds between
//! header, sets and guide. Counts and control numbers are checked by the reader as it passes them.
//!
//! Beside it, an outline of the file without understanding it: segments, claims and their amounts
//! by transaction set, whatever guide it follows, so that a claim which could not be read is counted
//! all the same.

use std::collections::HashSet;

use crate::check::SetSummary;
use crate::check::guide::{ElementCheck, ElementWatch};
use crate::cursor::{EnvelopeSegment, Loops, Raw, Watch};
use crate::envelope::Guide;
use crate::issue::{Ack, At, Issue, Issues};
use crate::lexer::{Delimiters, Quirk, key};
use crate::segments::{Ge, Gs, Iea, Isa, Se, St, Ta1};
use crate::spec::{Condition, Narrow, NodeSpec, SegmentSpec, SlotSpec, Usage, narrow};
use crate::value::Text;
use types::Money;

/// The codes of ISA05 and ISA07.
pub(crate) const ISA_QUALIFIERS: &str = "01|14|20|27|28|29|30|33|ZZ";

/// What a slot of the envelope demands beyond the segment's table: codes of ISA and GS
/// (X12.5, X12.6 and appendix C of every guide).
const ISA_SLOT: SlotSpec = envelope_slot(
    "ISA",
    Isa::SEGMENT,
    &[
        narrow!("ISA01", "R", "00|03"),
        narrow!("ISA03", "R", "00|01"),
        narrow!("ISA05", "R", ISA_QUALIFIERS),
        narrow!("ISA07", "R", ISA_QUALIFIERS),
        narrow!("ISA14", "R", "0|1"),
        narrow!("ISA15", "R", "P|T"),
    ],
);
const GS_SLOT: SlotSpec = envelope_slot("GS", Gs::SEGMENT, &[narrow!("GS07", "R", "X")]);
/// Codes of TA1 (X12 I17, I18).
const TA1_SLOT: SlotSpec = envelope_slot(
    "TA1",
    Ta1::SEGMENT,
    &[
        narrow!("TA104", "R", "A|E|R"),
        narrow!(
            "TA105",
            "R",
            "000|001|002|003|004|005|006|007|008|009|010|011|012|013|014|015|016|017|018|019|020|021|022|023|\
             024|025|026|027|028|029|030|031"
        ),
    ],
);

const fn envelope_slot(id: &'static str, spec: &'static SegmentSpec, narrow: &'static [Narrow]) -> SlotSpec {
    let node = NodeSpec::Segment(spec);
    SlotSpec::new((id, "", id), [Condition::NONE; 2], Usage::Required, 1, node, narrow)
}

const ISA: u32 = key(b"ISA");
const TA1: u32 = key(b"TA1");
const GS: u32 = key(b"GS");
const ST: u32 = key(b"ST");
const SE: u32 = key(b"SE");
const GE: u32 = key(b"GE");
const IEA: u32 = key(b"IEA");
const CLM: u32 = key(b"CLM");
const CLP: u32 = key(b"CLP");
const BPR: u32 = key(b"BPR");

/// Interchanges remembered to find repeats; a file with more is not searched further.
const INTERCHANGES_MAX: usize = 100_000;

/// Watches a file go by: checks elements and envelope, and counts.
#[derive(Debug, Default)]
pub(crate) struct Envelope {
    elements: ElementWatch,
    /// The sets in order.
    pub sets: Vec<SetSummary>,
    /// Between ST and SE.
    inside: bool,
    /// Blanks between segments of this interchange were named.
    blanks_named: bool,
    seen: HashSet<Vec<u8>>,
    interchange: Option<OpenInterchange>,
    group: Option<OpenGroup>,
    /// ISA, GS and ST that are open, with their numbers in the file: what is found later points at
    /// them, or is counted from ST, when they are long past.
    headers: [Option<Header>; 3],
    /// Those before: what lacks its trailer is judged when the next one begins.
    former: [Option<Header>; 3],
}

#[derive(Clone, Copy, Debug)]
struct Header {
    at: At,
    number: u64,
}

#[derive(Debug)]
struct OpenInterchange {
    at: At,
    is_empty: bool,
}

#[derive(Debug)]
struct OpenGroup {
    at: At,
    functional_id: Option<Vec<u8>>,
    version: Option<Vec<u8>>,
    is_empty: bool,
    /// It was said that a set is of another kind.
    kind_named: bool,
}

impl Watch for Envelope {
    fn segment(
        &mut self,
        raw: &Raw<'_, '_>,
        slot: Option<&'static SlotSpec>,
        loops: &Loops<'_>,
        issues: &mut Issues,
    ) {
        self.count(raw);
        self.blanks(raw, || loops.at(), issues);
        self.elements.segment(raw, slot, loops, issues);
    }

    fn envelope(&mut self, segment: &EnvelopeSegment<'_>, issues: &mut Issues) {
        let odd = segment.quirks.contains(&Quirk::IsaNot106);
        match segment.raw.key() {
            ISA => self.blanks_named = false,
            _ => self.blanks(segment.raw, || segment.at, issues),
        }
        match segment.raw.key() {
            ISA => {
                self.close_interchange(issues);
                // Widths that are off were named as a quirk.
                if !odd {
                    look(segment, Isa::SEGMENT, Some(&ISA_SLOT), issues);
                }
                self.open_interchange(segment, issues);
            }
            TA1 => {
                look(segment, Ta1::SEGMENT, Some(&TA1_SLOT), issues);
                if let Some(interchange) = &mut self.interchange {
                    interchange.is_empty = false;
                }
            }
            GS => {
                self.close_group(issues);
                look(segment, Gs::SEGMENT, Some(&GS_SLOT), issues);
                self.open_group(segment);
            }
            ST => {
                look(segment, St::SEGMENT, None, issues);
                self.check_set(segment, issues);
                self.open_set(segment);
            }
            SE => {
                look(segment, Se::SEGMENT, None, issues);
                self.count(segment.raw);
                self.inside = false;
            }
            GE => {
                look(segment, Ge::SEGMENT, None, issues);
                self.close_group(issues);
            }
            IEA if !odd => look(segment, Iea::SEGMENT, None, issues),
            _ => {}
        }
    }
}

/// Looks at the elements of a segment of the envelope.
fn look(
    segment: &EnvelopeSegment<'_>,
    spec: &'static SegmentSpec,
    slot: Option<&'static SlotSpec>,
    issues: &mut Issues,
) {
    // ISA16 and ISA11 are the separators themselves.
    let delimiters = match spec.id {
        "ISA" => Delimiters { component: 0, repetition: None, ..segment.delimiters },
        _ => segment.delimiters,
    };
    let place = || (segment.at, String::new());
    ElementCheck::new(delimiters).segment(segment.raw, spec, slot, &place, issues);
}

/// An element, when something stands there.
fn present<'a>(raw: &Raw<'a, '_>, place: u8) -> Option<Text<'a>> {
    Some(raw.element(place)).filter(|text| !text.is_empty())
}

impl Envelope {
    /// An interchange begins that has no ISA; `at` is its first segment.
    pub(crate) fn no_interchange(&mut self, at: At, issues: &mut Issues) {
        self.close_interchange(issues);
        // The delimiters were guessed, with a warning; nobody can be answered, so it is rejected.
        issues.push(
            Issue::new(
                "x12/no-interchange",
                At { interchange: at.interchange, offset: at.offset, ..At::default() },
                "the file has no ISA: it says neither who sent it nor to whom",
            )
            .segment("ISA")
            .expected("ISA and IEA around it")
            .ack(Ack::Interchange("022")),
        );
    }

    /// The number in the file of a segment that is past: ISA, GS, or one of the set that is open or
    /// was the last.
    pub(crate) fn number_of_past(&self, at: At) -> u64 {
        let mut headers = self.headers.iter().chain(&self.former).flatten();
        if let Some(header) = headers.find(|header| header.at.offset == at.offset) {
            return header.number;
        }
        let holds = |set: &&Header| {
            (set.at.interchange, set.at.group, set.at.set) == (at.interchange, at.group, at.set)
        };
        let set = [&self.headers[2], &self.former[2]].into_iter().flatten().find(holds);
        set.map_or(0, |set| set.number + u64::from(at.segment.saturating_sub(1)))
    }

    /// ISA (0), GS (1) or ST (2) begins; what is below it is over.
    fn begin(&mut self, level: usize, segment: &EnvelopeSegment<'_>) {
        for (header, former) in self.headers.iter_mut().zip(&mut self.former).skip(level) {
            *former = header.take().or(*former);
        }
        self.headers[level] = Some(Header { at: segment.at, number: segment.number });
    }

    fn open_interchange(&mut self, segment: &EnvelopeSegment<'_>, issues: &mut Issues) {
        self.begin(0, segment);
        self.interchange = Some(OpenInterchange { at: segment.at, is_empty: true });
        if let Some(number) = present(segment.raw, 13).map(|number| number.trim().as_bytes()) {
            if self.seen.contains(number) {
                issues.push(
                    Issue::new("x12/interchange-repeated", segment.at, "ISA13 stands twice in the file")
                        .segment("ISA")
                        .element("ISA13", 0)
                        .ack(Ack::Interchange("025")),
                );
            } else if self.seen.len() < INTERCHANGES_MAX {
                self.seen.insert(number.to_vec());
            }
        }
    }

    /// The file, or an interchange of it, has ended.
    pub(crate) fn close_interchange(&mut self, issues: &mut Issues) {
        self.inside = false;
        self.close_group(issues);
        if let Some(OpenInterchange { at, is_empty: true }) = self.interchange.take() {
            issues.push(
                Issue::new("x12/empty-interchange", at, "the interchange holds nothing")
                    .segment("ISA")
                    .expected("a group or TA1")
                    .ack(Ack::Interchange("024")),
            );
        }
    }

    fn open_group(&mut self, segment: &EnvelopeSegment<'_>) {
        if let Some(interchange) = &mut self.interchange {
            interchange.is_empty = false;
        }
        self.begin(1, segment);
        let owned = |place| present(segment.raw, place).map(|text| text.as_bytes().to_vec());
        self.group = Some(OpenGroup {
            at: segment.at,
            functional_id: owned(1),
            version: owned(8),
            is_empty: true,
            kind_named: false,
        });
    }

    fn close_group(&mut self, issues: &mut Issues) {
        if let Some(OpenGroup { at, is_empty: true, .. }) = self.group.take() {
            issues.push(
                Issue::new("x12/empty-group", at, "the group holds no transaction set")
                    .segment("GS")
                    .ack(Ack::Group("5")),
            );
        }
    }

    /// Whether a set fits its group.
    fn check_set(&mut self, segment: &EnvelopeSegment<'_>, issues: &mut Issues) {
        if let Some(interchange) = &mut self.interchange {
            interchange.is_empty = false;
        }
        let Some(gs) = self.group.as_mut().filter(|group| group.at.group == segment.at.group) else { return };
        gs.is_empty = false;
        let in_set = present(segment.raw, 3);
        let in_group = gs.version.as_deref().map(Text::new);
        let version = in_set.or(in_group).unwrap_or_default();
        let guide = Guide::of(segment.raw.element(1), version);
        let expected = guide.functional_id();
        if let Some(found) = gs.functional_id.as_deref().map(Text::new)
            && !expected.is_empty()
            && found != expected
            && !std::mem::replace(&mut gs.kind_named, true)
        {
            issues.push(
                Issue::new(
                    "x12/functional-id",
                    gs.at,
                    "a set of the group is of another kind than the group",
                )
                .segment("GS")
                .element("GS01", 0)
                .found(found)
                .expected(expected)
                .ack(Ack::Group("1")),
            );
        }
        if let (Some(in_set), Some(in_group)) = (in_set, in_group)
            && in_set != in_group
        {
            // Both name the same guide when they differ in the errata only: A1 and A2 of X222.
            let same = in_set.as_bytes().get(..10) == in_group.as_bytes().get(..10);
            let issue = Issue::new("x12/version-mismatch", segment.at, "ST03 is not the group's version")
                .segment("ST")
                .element("ST03", 0)
                .found(in_set)
                .expected(in_group.to_str())
                .ack(Ack::Set("I6"));
            issues.push(if same { issue.warning() } else { issue });
        }
        let required = guide.is_claims()
            || matches!(
                guide,
                Guide::ImplementationAcknowledgment
                    | Guide::ClaimAcknowledgment
                    | Guide::EligibilityInquiry
                    | Guide::EligibilityResponse
                    | Guide::StatusRequest
                    | Guide::StatusResponse
            );
        if required
            && in_set.is_none()
            && !in_group.is_some_and(|version| version.as_bytes().starts_with(b"004"))
        {
            issues.push(
                Issue::new("x12/missing-element", segment.at, "ST03 is required here")
                    .level(2)
                    .segment("ST")
                    .element("ST03", 0)
                    .expected(guide.version())
                    .ack(Ack::Set("I6")),
            );
        }
    }

    fn open_set(&mut self, segment: &EnvelopeSegment<'_>) {
        self.begin(2, segment);
        let raw = segment.raw;
        let group = self.group.as_ref().filter(|group| group.at.group == segment.at.group);
        let in_group = group.and_then(|group| group.version.as_deref()).map(Text::new);
        let version = present(raw, 3).or(in_group).unwrap_or_default();
        self.inside = true;
        self.sets.push(SetSummary {
            transaction: raw.element(1).to_str().into_owned(),
            version: version.to_str().into_owned(),
            control_number: raw.element(2).to_str().into_owned(),
            claims: 0,
            charged: None,
            paid: None,
            payment: None,
            segments: 1,
            offset: segment.at.offset,
        });
    }

    /// Names blanks before a segment, once in an interchange: indented lines, blanks at their ends.
    fn blanks(&mut self, raw: &Raw<'_, '_>, at: impl FnOnce() -> At, issues: &mut Issues) {
        let text = raw.source.text();
        if text.first().is_some_and(u8::is_ascii_alphanumeric) {
            return;
        }
        let mut lead = text.iter().take_while(|byte| !byte.is_ascii_alphanumeric());
        if !self.blanks_named && lead.any(|byte| matches!(byte, b' ' | b'\t')) {
            self.blanks_named = true;
            let issue = Issue::new("x12/blanks-between-segments", at(), "blanks stand between segments")
                .segment(raw.id().to_str())
                .expected("the segment right after the terminator or the line break")
                .warning();
            issues.push(issue);
        }
    }

    /// Counts a segment of a set.
    fn count(&mut self, raw: &Raw<'_, '_>) {
        let Some(set) = (if self.inside { self.sets.last_mut() } else { None }) else { return };
        set.segments += 1;
        match raw.key() {
            CLM => {
                set.claims += 1;
                add(&mut set.charged, raw.element(2));
            }
            CLP => {
                set.claims += 1;
                add(&mut set.charged, raw.element(3));
                add(&mut set.paid, raw.element(4));
            }
            BPR => set.payment = Money::parse(raw.element(2).as_bytes()).ok(),
            _ => {}
        }
    }
}

/// Adds an amount; what is no amount adds nothing and has its own issue.
fn add(sum: &mut Option<Money>, amount: Text<'_>) {
    let before = sum.unwrap_or(Money::ZERO);
    *sum = Some(before.saturating_add(Money::parse(amount.as_bytes()).unwrap_or(Money::ZERO)));
}
