//! TA1 and 999: whether an interchange and its sets can be read.
//!
//! The reader's issues of level 1 and 2 decide; each becomes an IK3 or IK4 that points to its
//! segment and element. What a claim lacks beyond that is said in the 277CA.

use crate::x12::segments::{AckCode, Ak1, Ak2, Ak9, ContextName, Ctx, ElementPlace, Ik3, Ik4, Ik5, Ta1};
use crate::x12::x999::{ElementError, ImplementationAcknowledgment, SegmentError, SetResponse};
use crate::x12::{Ack, Body, Count, Group, Guide, Interchange, Issue, Ordinal, Set, Severity, Source, Text};

use super::map_837::up_to;
use super::triggers;
use super::wire::{self, Envelope};

/// Why an interchange is rejected as a whole (TA105).
pub(super) fn rejection(control_number: &str, issues: &[&Issue]) -> Option<&'static str> {
    let of_envelope = issues.iter().filter(|issue| issue.severity == Severity::Error);
    let found = of_envelope.into_iter().find_map(|issue| match issue.ack {
        Some(Ack::Interchange(code)) => Some(code),
        _ => None,
    });
    found.or_else(|| triggers::rejects_interchange(control_number).then_some("022"))
}

/// The TA1 for an interchange; `note` is TA105 of a rejection.
pub(super) fn ta1(
    envelope: Envelope<'_>,
    of: &Interchange<'_>,
    note: Option<&'static str>,
) -> Option<String> {
    let header = of.header?;
    let answer = Ta1 {
        control_number: header.control_number.unwrap_or_else(|| Text::from("000000000")),
        date: header.date,
        time: header.time,
        code: if note.is_some() { AckCode::Rejected } else { AckCode::Accepted },
        note: Some(note.unwrap_or("000").into()),
        source: Source::NONE,
    };
    Some(wire::ta1_file(envelope, &answer))
}

/// What is said of one set.
pub(super) struct SetVerdict {
    identifier: String,
    control_number: String,
    guide: Option<String>,
    faults: Vec<SegmentFault>,
    codes: Vec<&'static str>,
}

impl SetVerdict {
    pub fn is_accepted(&self) -> bool {
        self.codes.is_empty()
    }
}

struct SegmentFault {
    segment: String,
    number: u32,
    loop_id: String,
    code: &'static str,
    /// The claim or member that it is about: `CLM01`, `SUBSCRIBER NAME NM109`.
    context: Option<(&'static str, String)>,
    elements: Vec<ElementFault>,
}

struct ElementFault {
    element: u32,
    component: Option<u8>,
    reference: Option<u64>,
    code: &'static str,
    found: Option<String>,
}

/// Judges a set by its issues, and by a group number that we do not know yet: such a number is
/// returned, and known from then on.
pub(super) fn judge(
    set: &Set<'_>,
    issues: &[&Issue],
    is_unknown: impl Fn(&str) -> bool,
) -> (SetVerdict, Vec<String>) {
    let mut verdict = SetVerdict {
        identifier: text(set.header.identifier),
        control_number: text(set.header.control_number),
        guide: set.header.guide.map(|guide| guide.to_str().into_owned()),
        faults: vec![],
        codes: vec![],
    };
    let mut note = |code: &'static str| {
        if !verdict.codes.contains(&code) {
            verdict.codes.push(code);
        }
    };
    for issue in issues.iter().filter(|issue| issue.severity == Severity::Error && issue.level <= 2) {
        match issue.ack {
            Some(Ack::Set(code)) => note(code),
            Some(Ack::Group(_) | Ack::Interchange(_)) => {}
            Some(Ack::Segment(_) | Ack::Element(_)) | None => {
                note(if issue.level == 1 { "5" } else { "I5" });
                add(&mut verdict.faults, issue);
            }
        }
    }
    let mut unknown = vec![];
    match &set.body {
        Body::Professional(body) => {
            let levels = body.billing_levels.iter().flat_map(|billing| &billing.subscribers);
            for level in levels {
                let Some(group) = level.insurance.group_number.filter(|group| is_unknown(&group.to_str()))
                else {
                    continue;
                };
                note("I5");
                let member = text(level.subscriber.name.id);
                verdict.faults.push(SegmentFault {
                    segment: "SBR".to_owned(),
                    number: level.insurance.source.number(),
                    loop_id: "2000".to_owned(),
                    code: "8",
                    context: Some(("SUBSCRIBER NAME NM109", member)),
                    elements: vec![ElementFault {
                        element: 3,
                        component: None,
                        reference: Some(127),
                        code: "I12",
                        found: Some(group.to_str().into_owned()),
                    }],
                });
                unknown.push(group.to_str().into_owned());
            }
        }
        // What we cannot read has its issue; in case it has none:
        _ => note("5"),
    }
    verdict.faults.sort_by_key(|fault| fault.number);
    (verdict, unknown)
}

fn add(faults: &mut Vec<SegmentFault>, issue: &Issue) {
    let (code, element) = match issue.ack {
        Some(Ack::Segment(code)) => (code, None),
        Some(Ack::Element(code)) => ("8", Some(code)),
        _ => ("8", None),
    };
    let number = issue.at.segment;
    let same = |fault: &&mut SegmentFault| fault.number == number && fault.code == code;
    let fault = match faults.iter_mut().find(same) {
        Some(fault) => fault,
        None => {
            let innermost = issue.loop_path.rsplit('/').next().unwrap_or_default();
            faults.push(SegmentFault {
                segment: issue.segment_id.clone(),
                number,
                // IK303 has room for four characters: 2010AA is said as 2010.
                loop_id: innermost.chars().take_while(char::is_ascii_digit).take(4).collect(),
                code,
                context: None,
                elements: vec![],
            });
            faults.last_mut().expect("one was pushed")
        }
    };
    if let Some(code) = element {
        let designator = issue.element.as_deref().unwrap_or_default();
        let digits = designator.len().checked_sub(2).and_then(|at| designator.get(at..));
        fault.elements.push(ElementFault {
            element: digits.and_then(|digits| digits.parse().ok()).unwrap_or(1),
            component: issue.component,
            reference: None,
            code,
            found: issue.found.clone(),
        });
    }
}

/// What is said of one group.
pub(super) struct GroupVerdict {
    functional_id: String,
    control_number: String,
    version: Option<String>,
    included: u64,
    received: u64,
    /// Why all of it is rejected (AK905).
    codes: Vec<&'static str>,
    pub sets: Vec<SetVerdict>,
}

impl GroupVerdict {
    pub fn new(group: &Group<'_>, issues: &[&Issue]) -> GroupVerdict {
        let errors = issues.iter().filter(|issue| issue.severity == Severity::Error);
        let mut codes: Vec<&'static str> = errors
            .filter_map(|issue| match issue.ack {
                Some(Ack::Group(code)) => Some(code),
                _ => None,
            })
            .collect();
        codes.dedup();
        let received = group.sets.len() as u64;
        GroupVerdict {
            functional_id: text(group.header.and_then(|header| header.functional_id)),
            control_number: text(group.header.and_then(|header| header.control_number)),
            version: group
                .header
                .and_then(|header| header.version)
                .map(|version| version.to_str().into_owned()),
            included: group.trailer.and_then(|trailer| trailer.sets).map_or(received, |sets| sets.0),
            received,
            codes,
            sets: vec![],
        }
    }
    pub fn is_rejected(&self) -> bool {
        !self.codes.is_empty()
    }
}

/// The 999 for the groups of an interchange.
pub(super) fn file(envelope: Envelope<'_>, groups: &[GroupVerdict]) -> String {
    let bodies: Vec<_> =
        groups.iter().map(|group| Body::Acknowledgment(Box::new(acknowledgment(group)))).collect();
    wire::file(envelope, Guide::ImplementationAcknowledgment, &bodies)
}

fn acknowledgment(group: &GroupVerdict) -> ImplementationAcknowledgment<'_> {
    let accepted = group.sets.iter().filter(|set| set.is_accepted()).count() as u64;
    let code = match accepted {
        _ if group.is_rejected() => AckCode::Rejected,
        0 => AckCode::Rejected,
        all if all == group.received => AckCode::Accepted,
        _ => AckCode::Partially,
    };
    ImplementationAcknowledgment {
        group: Ak1 {
            functional_id: group.functional_id.as_str().into(),
            control_number: group.control_number.as_str().into(),
            version: group.version.as_deref().map(Text::from),
            source: Source::NONE,
        },
        sets: group.sets.iter().map(response).collect(),
        outcome: Ak9 {
            code,
            included: Count(group.included),
            received: Count(group.received),
            accepted: Count(accepted),
            errors: up_to(group.codes.iter().map(|&code| Text::from(code))),
            source: Source::NONE,
        },
        other: vec![],
    }
}

fn response(set: &SetVerdict) -> SetResponse<'_> {
    SetResponse {
        set: Ak2 {
            identifier: set.identifier.as_str().into(),
            control_number: set.control_number.as_str().into(),
            guide: set.guide.as_deref().map(Text::from),
            source: Source::NONE,
        },
        errors: set.faults.iter().map(error).collect(),
        outcome: Ik5 {
            code: if set.is_accepted() { AckCode::Accepted } else { AckCode::Rejected },
            errors: up_to(set.codes.iter().map(|&code| Text::from(code))),
            source: Source::NONE,
        },
        other: vec![],
    }
}

fn error(fault: &SegmentFault) -> SegmentError<'_> {
    SegmentError {
        segment: Ik3 {
            segment: fault.segment.as_str().into(),
            number: Count(fault.number.into()),
            loop_id: (!fault.loop_id.is_empty()).then(|| fault.loop_id.as_str().into()),
            error: Some(fault.code.into()),
            source: Source::NONE,
        },
        contexts: vec![],
        business_unit: fault.context.as_ref().map(|(name, value)| Ctx {
            context: ContextName { name: (*name).into(), value: Some(value.as_str().into()) },
            segment: None,
            number: None,
            loop_id: None,
            place: None,
            reference: None,
            source: Source::NONE,
        }),
        elements: fault
            .elements
            .iter()
            .map(|one| ElementError {
                element: Ik4 {
                    place: ElementPlace {
                        element: Ordinal::Number(one.element),
                        component: one.component.map(|component| Count(component.into())),
                        repeat: None,
                    },
                    reference: one.reference.map(Count),
                    error: one.code.into(),
                    found: one.found.as_deref().map(Text::from),
                    source: Source::NONE,
                },
                contexts: vec![],
                other: vec![],
            })
            .collect(),
        other: vec![],
    }
}

fn text(text: Option<Text<'_>>) -> String {
    text.unwrap_or_default().trim().to_str().into_owned()
}
