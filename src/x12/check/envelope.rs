//! SNIP 1 of the envelope: ISA, GS, TA1, ST, SE, GE and IEA by their tables, and what holds between
//! header, sets and guide. Counts and control numbers are checked by the reader as it passes them.

use crate::x12::check::guide::ElementCheck;
use crate::x12::cursor::Ground;
use crate::x12::declare::{Source, Written};
use crate::x12::envelope::{File, Group, Guide, Interchange, Set};
use crate::x12::issue::{Ack, At, Issue, Issues};
use crate::x12::lexer::{Delimiters, Quirk, Tape};
use crate::x12::spec::{Narrow, NodeSpec, SegmentSpec, SlotSpec, Usage};

/// The codes of ISA05 and ISA07.
pub(crate) const ISA_QUALIFIERS: &str = "01|14|20|27|28|29|30|33|ZZ";

/// What a slot of the envelope demands beyond the segment's table: codes of ISA and GS
/// (X12.5, X12.6 and appendix C of every guide).
const ISA_SLOT: SlotSpec = envelope_slot(
    "ISA",
    crate::x12::segments::Isa::SEGMENT,
    &[
        Narrow::new("ISA01", "R", "00|03"),
        Narrow::new("ISA03", "R", "00|01"),
        Narrow::new("ISA05", "R", ISA_QUALIFIERS),
        Narrow::new("ISA07", "R", ISA_QUALIFIERS),
        Narrow::new("ISA14", "R", "0|1"),
        Narrow::new("ISA15", "R", "P|T"),
    ],
);
const GS_SLOT: SlotSpec =
    envelope_slot("GS", crate::x12::segments::Gs::SEGMENT, &[Narrow::new("GS07", "R", "X")]);

const fn envelope_slot(id: &'static str, spec: &'static SegmentSpec, narrow: &'static [Narrow]) -> SlotSpec {
    SlotSpec::new(id, "", id, Usage::Required, 1, NodeSpec::Segment(spec), narrow)
}

/// Checks what stands around the sets.
pub(crate) fn check(file: &File<'_>, issues: &mut Issues) {
    let mut interchanges: Vec<&[u8]> = Vec::new();
    for (place, interchange) in file.interchanges.iter().enumerate() {
        let number = u32::try_from(place + 1).unwrap_or(u32::MAX);
        let at = At { interchange: number, ..At::default() };
        let odd = interchange.quirks.contains(&Quirk::IsaNot106);
        let mut elements = Segments { delimiters: interchange.delimiters, tape: Tape::default(), issues };
        if let Some(isa) = &interchange.header {
            // Widths that are off were named as a quirk; the values are looked at in `isa_values`.
            if !odd {
                elements.look(isa, Some(&ISA_SLOT), at);
            }
        }
        for answer in &interchange.acknowledgments {
            elements.look(answer, None, at);
        }
        for (place, group) in interchange.groups.iter().enumerate() {
            let number = u32::try_from(place + 1).unwrap_or(u32::MAX);
            check_group(group, At { group: number, ..at }, &mut elements);
        }
        if let Some(iea) = &interchange.trailer
            && !odd
        {
            elements.look(iea, None, at);
        }
        check_interchange(interchange, &mut interchanges, at, issues);
    }
}

fn check_interchange<'a>(
    interchange: &Interchange<'a>,
    seen: &mut Vec<&'a [u8]>,
    at: At,
    issues: &mut Issues,
) {
    let Some(isa) = &interchange.header else {
        // The delimiters were guessed, with a warning; nobody can be answered, so it is rejected.
        let first = interchange.groups.first().map_or(0, |group| group.source().offset());
        issues.push(
            Issue::new(
                "x12/no-interchange",
                At { offset: first, ..at },
                "the file has no ISA: it says neither who sent it nor to whom",
            )
            .segment("ISA")
            .expected("ISA and IEA around it")
            .ack(Ack::Interchange("022")),
        );
        return;
    };
    let place = At { offset: isa.source.offset(), ..at };
    if let Some(number) = isa.control_number.map(|number| number.trim().as_bytes()) {
        if seen.contains(&number) {
            issues.push(
                Issue::new("x12/interchange-repeated", place, "ISA13 stands twice in the file")
                    .segment("ISA")
                    .element("ISA13", 0)
                    .ack(Ack::Interchange("025")),
            );
        }
        seen.push(number);
    }
    if interchange.groups.is_empty() && interchange.acknowledgments.is_empty() {
        issues.push(
            Issue::new("x12/empty-interchange", place, "the interchange holds nothing")
                .segment("ISA")
                .expected("a group or TA1")
                .ack(Ack::Interchange("024")),
        );
    }
}

fn check_group(group: &Group<'_>, at: At, elements: &mut Segments<'_>) {
    if let Some(gs) = &group.header {
        elements.look(gs, Some(&GS_SLOT), at);
    }
    for set in &group.sets {
        let at = set.at;
        elements.look(&set.header, None, at);
        if let Some(se) = &set.trailer {
            elements.look(se, None, at);
        }
        check_set(group, set, elements.issues);
    }
    if let Some(ge) = &group.trailer {
        elements.look(ge, None, at);
    }
    if group.header.is_some() && group.sets.is_empty() {
        let offset = group.source().offset();
        elements.issues.push(
            Issue::new("x12/empty-group", At { offset, ..at }, "the group holds no transaction set")
                .segment("GS")
                .ack(Ack::Group("5")),
        );
    }
}

/// Whether a set fits its group.
fn check_set(group: &Group<'_>, set: &Set<'_>, issues: &mut Issues) {
    let Some(gs) = &group.header else { return };
    let expected = set.guide.functional_id();
    if let Some(found) = gs.functional_id
        && !expected.is_empty()
        && found != expected
    {
        issues.push(
            Issue::new("x12/functional-id", set.at, "the set is of another kind than its group")
                .segment("GS")
                .element("GS01", 0)
                .found(found)
                .expected(expected)
                .ack(Ack::Group("1")),
        );
    }
    if let (Some(in_set), Some(in_group)) = (set.header.guide, gs.version)
        && in_set != in_group
    {
        // Both name the same guide when they differ in the errata only: A1 and A2 of X222.
        let same = in_set.as_bytes().get(..10) == in_group.as_bytes().get(..10);
        let issue = Issue::new("x12/version-mismatch", set.at, "ST03 is not the group's version")
            .segment("ST")
            .element("ST03", 0)
            .found(in_set)
            .expected(in_group.to_str())
            .ack(Ack::Set("I6"));
        issues.push(if same { issue.warning() } else { issue });
    }
    let required = set.guide.is_claims()
        || matches!(
            set.guide,
            Guide::ImplementationAcknowledgment
                | Guide::ClaimAcknowledgment
                | Guide::EligibilityInquiry
                | Guide::EligibilityResponse
                | Guide::StatusRequest
                | Guide::StatusResponse
        );
    if required
        && set.header.guide.is_none()
        && !gs.version.is_some_and(|version| version.as_bytes().starts_with(b"004"))
    {
        issues.push(
            Issue::new("x12/missing-element", set.at, "ST03 is required here")
                .level(2)
                .segment("ST")
                .element("ST03", 0)
                .expected(set.guide.version())
                .ack(Ack::Set("I6")),
        );
    }
}

/// Looks at single segments of the envelope, which the reader does not show to a watch.
struct Segments<'i> {
    delimiters: Delimiters,
    tape: Tape,
    issues: &'i mut Issues,
}

impl Segments<'_> {
    fn look(&mut self, part: &dyn Written, slot: Option<&'static SlotSpec>, at: At) {
        let NodeSpec::Segment(spec) = part.spec() else { return };
        let source: Source<'_> = part.source();
        let text = source.text();
        if text.is_empty() {
            return;
        }
        self.tape.clear();
        self.tape.tokenise(text, 0, self.delimiters, false);
        if self.tape.segments().is_empty() {
            self.tape.unterminated(text, 0, self.delimiters);
        }
        let ground =
            Ground { text, tape: &self.tape, delimiters: self.delimiters, base: source.first_byte() };
        let Some(raw) = ground.raw(0, source.number()) else { return };
        let at = At { segment: source.number(), offset: source.offset(), ..at };
        // ISA16 and ISA11 are the separators themselves.
        let delimiters = match spec.id {
            "ISA" => Delimiters { component: 0, repetition: None, ..self.delimiters },
            _ => self.delimiters,
        };
        ElementCheck::new(delimiters).segment(&raw, spec, slot, &|| (at, String::new()), self.issues);
    }
}
