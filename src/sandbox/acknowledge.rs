//! TA1 and 999: whether an interchange and its sets can be read.
//!
//! The reader's issues of level 1 and 2 decide, as [`answer`] says them; beyond
//! that a payer may not know the subscriber's group yet. What a claim lacks is said in the 277CA.

use crate::x12::answer::{self, ElementFault, GroupAnswer, SegmentFault, SetAnswer, Units};
use crate::x12::{Body, Guide, Interchange, Issue, Set, Text};

use super::triggers;
use super::wire::{self, Envelope};

/// Why an interchange is rejected as a whole (TA105).
pub(super) fn rejection(control_number: &str, issues: &[&Issue]) -> Option<&'static str> {
    answer::rejection(issues).or_else(|| triggers::rejects_interchange(control_number).then_some("022"))
}

/// The TA1 for an interchange; `note` is TA105 of a rejection.
pub(super) fn ta1(
    envelope: Envelope<'_>,
    of: &Interchange<'_>,
    note: Option<&'static str>,
) -> Option<String> {
    Some(wire::ta1_file(
        envelope,
        &answer::ta1(of.header.as_ref()?, note, envelope.today.and_time(wire::time())),
    ))
}

/// Judges a set by its issues, and by a group number that we do not know yet: such a number is
/// returned, and known from then on.
pub(super) fn judge(
    set: &Set<'_>,
    issues: &[&Issue],
    is_unknown: impl Fn(&str) -> bool,
) -> (SetAnswer, Vec<String>) {
    let issues: Vec<&Issue> = issues.iter().copied().filter(|issue| issue.level <= 2).collect();
    let mut verdict = SetAnswer::of(set, &issues, &Units::default());
    let mut unknown = vec![];
    match &set.body {
        Body::Professional(body) => {
            let levels = body.billing_levels.iter().flat_map(|billing| &billing.subscribers);
            for level in levels {
                let Some(group) = level.insurance.group_number.filter(|group| is_unknown(&group.to_str()))
                else {
                    continue;
                };
                let member = text(level.subscriber.name.id);
                verdict.fault(SegmentFault {
                    segment: "SBR".to_owned(),
                    number: level.insurance.source.number(),
                    loop_id: "2000".to_owned(),
                    code: "8",
                    unit: Some(("SUBSCRIBER NAME NM109", member)),
                    trigger: None,
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
        // This payer pays for professional services only.
        Body::Institutional(_) | Body::Dental(_) => verdict.note("1"),
        // What we cannot read has its issue; in case it has none:
        _ => verdict.note("5"),
    }
    (verdict, unknown)
}

/// The 999 for the groups of an interchange.
pub(super) fn file(envelope: Envelope<'_>, groups: &[GroupAnswer]) -> String {
    let bodies: Vec<_> = groups.iter().map(|group| Body::Acknowledgment(Box::new(group.body()))).collect();
    wire::file(envelope, Guide::ImplementationAcknowledgment, &bodies)
}

fn text(text: Option<Text<'_>>) -> String {
    text.unwrap_or_default().trim().to_str().into_owned()
}
