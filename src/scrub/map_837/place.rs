//! From the place that a finding names to the segment of the file.

use crate::scrub::finding::Finding;
use crate::scrub::{Rule, Severity};
use crate::x12::check::Finding as Issue;
use crate::x12::issue::At;
use crate::x12::spec::{LoopSpec, NodeSpec};
use crate::x12::{Severity as IssueSeverity, Written};

/// A claim with the levels that it stands under.
pub(super) struct Whole<'w> {
    billing: &'w dyn Written,
    subscriber: &'w dyn Written,
    patient: Option<&'w dyn Written>,
    claim: &'w dyn Written,
    /// Its loops 2400, found once: a claim may have many.
    lines: Vec<&'w dyn Written>,
    /// Its loops 2320.
    payers: Vec<&'w dyn Written>,
}

impl<'w> Whole<'w> {
    pub(super) fn of(
        billing: &'w dyn Written,
        subscriber: &'w dyn Written,
        patient: Option<&'w dyn Written>,
        claim: &'w dyn Written,
    ) -> Whole<'w> {
        let (mut lines, mut payers) = (vec![], vec![]);
        claim.each(&mut |_, inner| match inner.spec() {
            NodeSpec::Loop(spec) if spec.id == "2400" => lines.push(inner),
            NodeSpec::Loop(spec) if spec.id == "2320" => payers.push(inner),
            NodeSpec::Loop(_) | NodeSpec::Segment(_) => {}
        });
        Whole { billing, subscriber, patient, claim, lines, payers }
    }

    /// A finding at its place.
    pub(super) fn issue(&self, at: At, finding: &Finding, rule: &Rule, level: u8) -> Issue {
        let place = Place::of(&finding.element);
        let (part, loop_path) = self.part(&place, &finding.pointer);
        let segment_id = match part.spec() {
            NodeSpec::Segment(spec) => spec.id,
            NodeSpec::Loop(spec) => first_segment(spec),
        };
        let source = part.source();
        Issue {
            level,
            severity: match finding.severity {
                Severity::Stop => IssueSeverity::Error,
                Severity::Warn | Severity::Note => IssueSeverity::Warning,
            },
            rule: rule.id,
            segment: 0,
            set_segment: source.number(),
            interchange: at.interchange,
            group: at.group,
            set: at.set,
            offset: source.offset(),
            segment_id: segment_id.to_owned(),
            r#loop: loop_path.rsplit('/').next().unwrap_or_default().to_owned(),
            loop_path,
            element: Some(place.designator.to_owned()),
            component: place.component,
            found: Some(finding.found.clone()).filter(|found| !found.is_empty()),
            expected: None,
            message: finding.message.clone(),
            advice: rule.next,
            source: Some(rule.source),
            ack: None,
        }
    }

    /// The segment that a place names, or the nearest that stands for it; and its loops.
    fn part(&self, place: &Place<'_>, pointer: &str) -> (&'w dyn Written, String) {
        let claim_path = if self.patient.is_some() { "2000A/2000B/2000C/2300" } else { "2000A/2000B/2300" };
        let line = index(pointer, "/lines/").and_then(|index| self.lines.get(index).copied());
        let payer = index(pointer, "/other_payers/").and_then(|index| self.payers.get(index).copied());
        let (root, path): (&'w dyn Written, String) = match (place.loop_id, line, payer, self.patient) {
            ("2000A" | "2010AA" | "2010AB", ..) => (self.billing, "2000A".to_owned()),
            ("2000C" | "2010CA", _, _, Some(patient)) => (patient, "2000A/2000B/2000C".to_owned()),
            ("2000B" | "2010BA" | "2010BB" | "2000C" | "2010CA", ..) => {
                (self.subscriber, "2000A/2000B".to_owned())
            }
            (_, Some(line), ..) => (line, format!("{claim_path}/2400")),
            (_, _, Some(payer), _) => (payer, format!("{claim_path}/2320")),
            _ => (self.claim, claim_path.to_owned()),
        };
        let nth_loop = index(pointer, "/referring/").unwrap_or(0);
        let (inner, path) = match within(root, place.loop_id, nth_loop) {
            Some(inner) if own_id(inner) != own_id(root) => (inner, format!("{path}/{}", own_id(inner))),
            _ => (root, path),
        };
        let nth = index(pointer, "/other_diagnoses/").or_else(|| after(pointer, "/teeth/")).unwrap_or(0);
        (segment(inner, place.segment(), place.qualifier, nth).unwrap_or(inner), path)
    }
}

/// The index that a pointer has behind what it begins with.
fn index(pointer: &str, beginning: &str) -> Option<usize> {
    pointer.strip_prefix(beginning)?.split('/').next()?.parse().ok()
}

/// The index that a pointer has behind a name within it.
fn after(pointer: &str, name: &str) -> Option<usize> {
    pointer.split_once(name)?.1.split('/').next()?.parse().ok()
}

/// `2400 SV101-2`, `2400 DTP03 (472)`: loop, element, component, and the segment's qualifier.
struct Place<'f> {
    loop_id: &'f str,
    designator: &'f str,
    component: Option<u8>,
    qualifier: Option<&'f str>,
}

impl<'f> Place<'f> {
    fn of(element: &'f str) -> Place<'f> {
        let (loop_id, rest) = element.split_once(' ').unwrap_or((element, ""));
        let (element, qualifier) = match rest.split_once(" (") {
            Some((element, qualifier)) => (element, Some(qualifier.trim_end_matches(')'))),
            None => (rest, None),
        };
        let (designator, component) = match element.split_once('-') {
            Some((designator, component)) => (designator, component.parse().ok()),
            None => (element, None),
        };
        Place { loop_id, designator, component, qualifier }
    }
    /// `SV1` of `SV101`, `HI` of `HI`.
    fn segment(&self) -> &'f str {
        let digits = self.designator.len().checked_sub(2).filter(|_| self.designator.len() > 3);
        digits.and_then(|at| self.designator.get(..at)).unwrap_or(self.designator)
    }
}

fn own_id(part: &dyn Written) -> &'static str {
    match part.spec() {
        NodeSpec::Loop(spec) => spec.id,
        NodeSpec::Segment(spec) => spec.id,
    }
}

fn first_segment(spec: &'static LoopSpec) -> &'static str {
    spec.slots.first().map_or("", |slot| slot.id())
}

/// The loop of an id: this one, or the nth that stands right in it.
fn within<'w>(part: &'w dyn Written, loop_id: &str, nth: usize) -> Option<&'w dyn Written> {
    if own_id(part) == loop_id {
        return Some(part);
    }
    let (mut found, mut passed) = (None, 0);
    part.each(&mut |_, inner| {
        if matches!(inner.spec(), NodeSpec::Loop(_)) && own_id(inner) == loop_id {
            if passed == nth {
                found = Some(inner);
            }
            passed += 1;
        }
    });
    found
}

/// The nth segment of a loop, by its id and its qualifier.
fn segment<'w>(
    part: &'w dyn Written,
    id: &str,
    qualifier: Option<&str>,
    nth: usize,
) -> Option<&'w dyn Written> {
    let NodeSpec::Loop(spec) = part.spec() else { return None };
    let (mut found, mut passed) = (None, 0);
    part.each(&mut |place, inner| {
        let fits = qualifier.is_none_or(|qualifier| {
            let pattern = spec.slots.get(place).map_or("", |slot| slot.pattern);
            pattern.split(['*', '|']).any(|code| code == qualifier)
        });
        if fits && matches!(inner.spec(), NodeSpec::Segment(_)) && own_id(inner) == id {
            if passed == nth {
                found = Some(inner);
            }
            passed += 1;
        }
    });
    found
}
