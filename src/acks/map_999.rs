//! TA1 and 999 as answers.

use crate::x12::segments::{AckCode, Gs, Isa, Ta1};
use crate::x12::x999::{ElementError, ImplementationAcknowledgment, SegmentError};
use crate::x12::{Body, Ordinal, Span, Text, Written, read_file};

use super::answer::{
    Answer, Bytes, ElementFinding, GroupAnswer, GroupVerdict, InterchangeAnswer, Says, SegmentFinding,
    SetAnswer,
};
use super::map_277;

/// Every answer of a file, in order: TA1 first, then sets. A set that is no answer is left out.
///
/// # Errors
/// Which limit the file passes, in words: answers may be missing, and the others are not all that was said.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Answer>, &'static str> {
    let file = read_file(bytes);
    if let Some(limit) = file.passed {
        return Err(limit.message());
    }
    let mut answers = vec![];
    for interchange in &file.interchanges {
        let senders = senders(interchange.header.as_ref(), None);
        answers.extend(interchange.acknowledgments.iter().map(|answer| Answer {
            senders: senders.clone(),
            says: Says::Interchange(interchange_answer(answer)),
        }));
        for group in &interchange.groups {
            let senders = self::senders(interchange.header.as_ref(), group.header.as_ref());
            for set in &group.sets {
                let says = match &set.body {
                    Body::Acknowledgment(body) => vec![Says::Group(group_answer(body))],
                    Body::ClaimAcknowledgment(body) => {
                        map_277::claims_answers(body).into_iter().map(Says::Claims).collect()
                    }
                    _ => vec![],
                };
                answers.extend(says.into_iter().map(|says| Answer { senders: senders.clone(), says }));
            }
        }
    }
    Ok(answers)
}

/// ISA06 and GS02.
fn senders(header: Option<&Isa<'_>>, group: Option<&Gs<'_>>) -> Vec<String> {
    [header.and_then(|header| header.sender), group.and_then(|group| group.sender)]
        .into_iter()
        .flatten()
        .map(|sender| own(Some(sender)))
        .filter(|sender| !sender.is_empty())
        .collect()
}

fn interchange_answer(answer: &Ta1<'_>) -> InterchangeAnswer {
    InterchangeAnswer {
        control_number: own(Some(answer.control_number)),
        accepted: accepts(answer.code),
        code: own(Some(answer.code.code())),
        note: answer.note.map(|note| own(Some(note))),
        bytes: bytes_of(answer),
    }
}

fn group_answer(body: &ImplementationAcknowledgment<'_>) -> GroupAnswer {
    let outcome = &body.outcome;
    GroupAnswer {
        functional_id: own(Some(body.group.functional_id)),
        control_number: own(Some(body.group.control_number)),
        verdict: match outcome.code {
            AckCode::Accepted | AckCode::AcceptedWithErrors => GroupVerdict::Accepted,
            AckCode::Partially => GroupVerdict::Partly,
            AckCode::Rejected
            | AckCode::RejectedAuthentication
            | AckCode::RejectedAssurance
            | AckCode::RejectedDecryption
            | AckCode::Other(_) => GroupVerdict::Rejected,
        },
        code: own(Some(outcome.code.code())),
        errors: outcome.errors.iter().map(|error| own(Some(*error))).collect(),
        sets: body
            .sets
            .iter()
            .map(|set| SetAnswer {
                control_number: own(Some(set.set.control_number)),
                accepted: accepts(set.outcome.code),
                code: own(Some(set.outcome.code.code())),
                errors: set.outcome.errors.iter().map(|error| own(Some(*error))).collect(),
                findings: set.errors.iter().map(finding).collect(),
                bytes: bytes_of(set),
            })
            .collect(),
        bytes: bytes_of(body),
    }
}

fn finding(error: &SegmentError<'_>) -> SegmentFinding {
    let segment = own(Some(error.segment.segment));
    let named = error.business_unit.as_ref().filter(|context| context.context.name == "CLM01");
    SegmentFinding {
        number: u32::try_from(error.segment.number.0).unwrap_or(u32::MAX),
        r#loop: error.segment.loop_id.map(|id| own(Some(id))),
        error: error.segment.error.map(|code| own(Some(code))),
        elements: error.elements.iter().map(|element| element_finding(&segment, element)).collect(),
        claim: named.and_then(|context| context.context.value).map(|value| own(Some(value))),
        segment,
    }
}

fn element_finding(segment: &str, error: &ElementError<'_>) -> ElementFinding {
    let place = &error.element.place;
    let number = match place.element {
        Ordinal::Number(number) => format!("{number:02}"),
        Ordinal::Other(text) => own(Some(text)),
    };
    let component = place.component.map(|component| format!("-{}", component.0)).unwrap_or_default();
    ElementFinding { element: format!("{segment}{number}{component}"), error: own(Some(error.element.error)) }
}

/// A, E: taken. A code that nobody knows is no acceptance.
const fn accepts(code: AckCode<'_>) -> bool {
    matches!(code, AckCode::Accepted | AckCode::AcceptedWithErrors)
}

pub(super) fn bytes_of(part: &dyn Written) -> Bytes {
    Span::of(part).map_or((0, 0), |span| span.bytes)
}

pub(super) fn own(text: Option<Text<'_>>) -> String {
    text.unwrap_or_default().trim().to_str().into_owned()
}
