//! Whether what is in a file is what was meant.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::claims::model::{Adjustment, Claim, Relationship};
use crate::types::{ClaimId, GroupCode};

/// Where two claims differ in what an 837 says, as JSON pointers into the claim; empty when a
/// payer would see the same claim.
///
/// An 837 does not carry our ids, lower case letters, delimiters in text, a taxonomy where
/// the guide has no PRV (2310A, 2310D, 2420E), or one fact twice (the patient who is the subscriber; a last
/// day that is the first). Order counts everywhere except between CAS groups.
#[must_use]
pub fn differences(meant: &Claim, read: &Claim) -> Vec<String> {
    let (Ok(meant), Ok(read)) = (serde_json::to_value(as_sent(meant)), serde_json::to_value(as_sent(read)))
    else {
        return vec![String::new()];
    };
    let mut found = vec![];
    compare(&meant, &read, &mut String::new(), &mut found);
    found
}

/// The claim without what an 837 does not carry.
fn as_sent(claim: &Claim) -> Claim {
    let mut claim = claim.clone();
    claim.id = ClaimId::from_uuid(uuid::Uuid::nil());
    claim.payer.id = None;
    for provider in [&mut claim.referring, &mut claim.supervising].into_iter().flatten() {
        provider.taxonomy = None;
    }
    if claim.patient.relationship == Relationship::Itself {
        let (subscriber, patient) = (&mut claim.subscriber, &mut claim.patient);
        subscriber.born_on = subscriber.born_on.or(patient.born_on);
        patient.born_on = patient.born_on.or(subscriber.born_on);
        subscriber.sex = subscriber.sex.or(patient.sex);
        patient.sex = patient.sex.or(subscriber.sex);
        subscriber.address = subscriber.address.take().or_else(|| patient.address.clone());
        patient.address = patient.address.take().or_else(|| subscriber.address.clone());
    }
    for other in &mut claim.other_payers {
        other.payer.id = None;
        if let Some(decision) = &mut other.decision {
            decision.adjustments = by_group(&decision.adjustments);
            let identifier = other.payer.identifier.text();
            let lines = claim.lines.iter().flat_map(|line| &line.adjudications);
            decision.decided_on = decision.decided_on.or_else(|| {
                lines.filter(|line| line.payer_identifier == identifier).find_map(|line| line.decided_on)
            });
        }
    }
    for line in &mut claim.lines {
        line.thru = line.thru.filter(|thru| Some(*thru) != line.from);
        if let Some(ordering) = &mut line.ordering {
            ordering.taxonomy = None;
        }
        for adjudication in &mut line.adjudications {
            adjudication.adjustments = by_group(&adjudication.adjustments);
        }
    }
    claim
}

/// As CAS segments carry them: groups in the order in which they first come.
fn by_group(all: &[Adjustment]) -> Vec<Adjustment> {
    let mut groups: Vec<GroupCode> = vec![];
    for one in all {
        if !groups.contains(&one.group) {
            groups.push(one.group);
        }
    }
    let mut sorted = all.to_vec();
    sorted.sort_by_key(|one| groups.iter().position(|group| *group == one.group));
    sorted
}

fn compare(meant: &Value, read: &Value, pointer: &mut String, found: &mut Vec<String>) {
    let length = pointer.len();
    match (meant, read) {
        (Value::Object(a), Value::Object(b)) => {
            let only_read = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(only_read) {
                pointer.push('/');
                pointer.push_str(key);
                let null = &Value::Null;
                compare(a.get(key).unwrap_or(null), b.get(key).unwrap_or(null), pointer, found);
                pointer.truncate(length);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for at in 0..a.len().max(b.len()) {
                pointer.push_str(&format!("/{at}"));
                let null = &Value::Null;
                compare(a.get(at).unwrap_or(null), b.get(at).unwrap_or(null), pointer, found);
                pointer.truncate(length);
            }
        }
        (a, b) if same(a, b, pointer) => {}
        _ => found.push(pointer.clone()),
    }
}

fn same(meant: &Value, read: &Value, pointer: &str) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => Some(sendable(text)),
        Value::Null => Some(String::new()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    };
    if meant == read {
        return true;
    }
    let is_count = ["/units", "/quantity"].iter().any(|field| pointer.ends_with(field));
    match (text(meant), text(read)) {
        (Some(a), Some(b)) if is_count => match (a.parse::<Decimal>(), b.parse::<Decimal>()) {
            (Ok(a), Ok(b)) => a == b,
            _ => a == b,
        },
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// Text as it is sent: upper case, without delimiters and controls.
fn sendable(text: &str) -> String {
    let plain = |c: char| if matches!(c, '*' | ':' | '^' | '~') || c.is_ascii_control() { ' ' } else { c };
    text.trim().chars().map(plain).map(|c| c.to_ascii_uppercase()).collect::<String>().trim().to_owned()
}
