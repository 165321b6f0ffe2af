//! Receiving answers: which batch, which claims, what it means for each.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::claims::map_837;
use crate::claims::{self, Event, Happened, Source};
use crate::codes::Codes;
use crate::db::Tx;
use crate::exchange::files;
use crate::submissions::{self, Batch, BatchKey, BatchState, Sending};
use crate::types::{AcknowledgementId, BatchId, CodeTable, FileId, Refusal, Result, Status};

use super::answer::{
    Answer, Bytes, ClaimsAnswer, Decision, GroupAnswer, GroupVerdict, InterchangeAnswer, Kind, Outcome, Says,
    SegmentFinding, SetAnswer, StatusCode, decision,
};
use super::{map_999, store};

/// What one answer did.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AckReport {
    /// Its id.
    pub id: AcknowledgementId,
    /// TA1, 999 or 277CA.
    pub kind: Kind,
    /// What it means for the batch.
    pub outcome: Outcome,
    /// The batch that it answers; none when it is not ours.
    pub batch: Option<BatchId>,
    /// Sendings that it takes in: into the file's processing (999) or into adjudication (277CA).
    pub claims_accepted: u64,
    /// Sendings that it turns away.
    pub claims_rejected: u64,
    /// Claims that it names and we never sent.
    pub claims_unknown: u64,
    /// Whether the same file had been received before: then nothing was done now.
    pub already: bool,
}

/// Takes in a file of answers that is kept already: writes what each says, moves batches and claims.
/// The same file again changes nothing. A file without answers gives no report. Leaves one audit
/// event, `acks/receive`.
///
/// # Errors
/// `acks/unreadable` when the file is too much to read whole: then nothing of it is taken in.
pub async fn receive(tx: &mut Tx, now: DateTime<Utc>, file: FileId, bytes: &[u8]) -> Result<Vec<AckReport>> {
    let before = store::of_file(tx, file).await?;
    if !before.is_empty() {
        return Ok(before.into_iter().map(|kept| report(&kept, true)).collect());
    }
    let answers = map_999::read(bytes).map_err(|why| unreadable(file, why))?;
    let mut reports = vec![];
    for (ordinal, answer) in (1..).zip(answers) {
        let kept = take_in(tx, now, file, ordinal, &answer).await?;
        reports.push(report(&kept, false));
    }
    let count = |outcome: Outcome| reports.iter().filter(|report| report.outcome == outcome).count();
    let detail = json!({
        "answers": reports.len(),
        "accepted": count(Outcome::Accepted),
        "partly_accepted": count(Outcome::PartlyAccepted),
        "rejected": count(Outcome::Rejected),
        "not_ours": count(Outcome::NotOurs),
    });
    tx.audit("acks/receive", file, Some(file), detail).await?;
    Ok(reports)
}

fn unreadable(file: FileId, why: &str) -> Refusal {
    Refusal::new(
        "acks/unreadable",
        Status::Unreadable,
        format!("the answers cannot be read whole: {why}"),
        format!("The file is kept as {file}; ask the sender for its answers in smaller files"),
    )
}

fn report(kept: &store::Kept, already: bool) -> AckReport {
    let count = |name: &str| kept.detail.get(name).and_then(Value::as_u64).unwrap_or(0);
    AckReport {
        id: kept.id,
        kind: kept.kind,
        outcome: kept.outcome,
        batch: kept.batch,
        claims_accepted: count("claims_accepted"),
        claims_rejected: count("claims_rejected"),
        claims_unknown: count("claims_unknown"),
        already,
    }
}

/// What an answer says about one sending.
struct Said<'s> {
    sending: &'s Sending,
    event: Event,
    bytes: Bytes,
    detail: Value,
}

/// What an answer means: for its batch, and for sendings.
struct Meaning<'s> {
    outcome: Outcome,
    /// None: it says nothing of the file itself.
    state: Option<BatchState>,
    said: Vec<Said<'s>>,
    unknown: usize,
    detail: Value,
}

async fn take_in(
    tx: &mut Tx,
    now: DateTime<Utc>,
    file: FileId,
    ordinal: i32,
    answer: &Answer,
) -> Result<store::Kept> {
    let id = AcknowledgementId::new();
    let senders: Vec<&str> = answer.senders.iter().map(String::as_str).collect();
    let numbers = named_claims(&answer.says);
    let (batch, set) = match &answer.says {
        Says::Interchange(says) => {
            (submissions::find_batch(tx, BatchKey::Interchange(&says.control_number), &senders).await?, None)
        }
        Says::Group(says) if says.functional_id == "HC" => {
            (submissions::find_batch(tx, BatchKey::Group(&says.control_number), &senders).await?, None)
        }
        Says::Group(_) => (None, None),
        Says::Claims(says) => {
            let reference = says.reference.as_deref().unwrap_or_default();
            submissions::find_batch_by_reference(tx, reference).await?.unzip()
        }
    };
    let sendings = submissions::sendings(tx, batch.as_ref().map(|batch| batch.id), &numbers).await?;
    // A 277CA by way of others may have lost our reference: its claims still name the batch.
    let batch = match (batch, sendings.first()) {
        (None, Some(sending)) => submissions::batch(tx, sending.batch).await?,
        (batch, _) => batch,
    };
    let Some(batch) = batch else {
        let detail = json!({ "control_number": named(&answer.says), "claims_unknown": numbers.len() });
        let kind = answer.says.kind();
        let kept = store::Kept { id, ordinal, kind, batch: None, outcome: Outcome::NotOurs, detail };
        store::insert(tx, now, file, &kept).await?;
        return Ok(kept);
    };
    if batch.state == BatchState::Built {
        // It was handed over, and we stopped before we could say so.
        submissions::mark_sent(tx, now, &batch).await?;
    }
    let meaning = match &answer.says {
        Says::Interchange(says) => of_interchange(says, &sendings),
        Says::Group(says) => {
            let owners = owners_of_findings(tx, &batch, says).await?;
            of_group(says, &sendings, &owners)
        }
        Says::Claims(says) => of_claims(says, &sendings, batch.id, set.as_deref()),
    };

    let rejects = |said: &&Said<'_>| matches!(said.event, Event::FileRejected | Event::PayerRejected);
    let accepts = |said: &&Said<'_>| matches!(said.event, Event::FileAccepted | Event::PayerAccepted);
    let mut detail = meaning.detail;
    detail["control_number"] = json!(named(&answer.says));
    detail["claims_accepted"] = json!(meaning.said.iter().filter(accepts).count());
    detail["claims_rejected"] = json!(meaning.said.iter().filter(rejects).count());
    detail["claims_unknown"] = json!(meaning.unknown);
    let happened: Vec<Happened> = meaning.said.into_iter().map(|said| happened(id, file, said)).collect();
    claims::record(tx, now, &happened).await?;
    if let Some(state) = meaning.state {
        submissions::set_state(tx, batch.id, state).await?;
    }
    let (kind, outcome) = (answer.says.kind(), meaning.outcome);
    let kept = store::Kept { id, ordinal, kind, batch: Some(batch.id), outcome, detail };
    store::insert(tx, now, file, &kept).await?;
    Ok(kept)
}

/// The event on the claim. An answer to a sending that is not the claim's newest is heard, and
/// moves nothing: the claim is under way again.
fn happened(id: AcknowledgementId, file: FileId, said: Said<'_>) -> Happened {
    let Said { sending, event, bytes, mut detail } = said;
    detail["control_number"] = json!(sending.control_number);
    let event = if sending.newest {
        event
    } else {
        detail["earlier_sending"] = json!(event.as_str());
        Event::Received
    };
    let source = Source::new("acknowledgement", id).at(file, bytes.0, bytes.1);
    Happened { claim: sending.claim, event, source, detail }
}

/// The number of ours by which an answer names what it answers.
fn named(says: &Says) -> Option<&str> {
    match says {
        Says::Interchange(says) => Some(&says.control_number),
        Says::Group(says) => Some(&says.control_number),
        Says::Claims(says) => says.reference.as_deref(),
    }
}

fn named_claims(says: &Says) -> Vec<&str> {
    match says {
        Says::Interchange(_) | Says::Group(_) => vec![],
        Says::Claims(says) => {
            let claims = says.providers.iter().flat_map(|provider| &provider.claims);
            claims.map(|claim| claim.control_number.as_str()).collect()
        }
    }
}

/// TA1: a rejection turns all inside away; an acceptance says nothing of the sets yet.
fn of_interchange<'s>(says: &InterchangeAnswer, sendings: &'s [Sending]) -> Meaning<'s> {
    let detail = json!({ "code": says.code, "note": says.note });
    if says.accepted {
        return Meaning { outcome: Outcome::Accepted, state: None, said: vec![], unknown: 0, detail };
    }
    let said = sendings
        .iter()
        .map(|sending| Said {
            sending,
            event: Event::FileRejected,
            bytes: says.bytes,
            detail: json!({ "kind": "TA1", "code": says.code, "note": says.note }),
        })
        .collect();
    Meaning { outcome: Outcome::Rejected, state: Some(BatchState::Rejected), said, unknown: 0, detail }
}

/// Which claim of ours each wrong segment belongs to: ST02 and segment number to CLM01. Answers
/// for segments of a subscriber or provider go to the first claim below.
type Owners = HashMap<(String, u32), String>;

async fn owners_of_findings(tx: &mut Tx, batch: &Batch, says: &GroupAnswer) -> Result<Owners> {
    let mut owners = Owners::new();
    if says.sets.iter().all(|set| set.findings.is_empty()) {
        return Ok(owners);
    }
    let sent = map_837::read(&files::read(tx, batch.file).await?);
    let mut by_set: HashMap<&str, BTreeMap<u32, &str>> = HashMap::new();
    for claim in &sent.claims {
        let number = claim.mapped.claim.patient_control_number.as_deref().unwrap_or_default();
        by_set.entry(&claim.set_control_number).or_default().insert(claim.segments.1, number);
    }
    for set in &says.sets {
        let Some(last_segments) = by_set.get(set.control_number.as_str()) else { continue };
        for finding in &set.findings {
            // The first claim that ends at or after the segment holds it, or stands next below it.
            if let Some((_, number)) = last_segments.range(finding.number..).next() {
                owners.insert((set.control_number.clone(), finding.number), (*number).to_owned());
            }
        }
    }
    Ok(owners)
}

/// 999: each set as its IK5 says, unless the group as a whole is turned away.
fn of_group<'s>(says: &GroupAnswer, sendings: &'s [Sending], owners: &Owners) -> Meaning<'s> {
    let sets: HashMap<&str, &SetAnswer> =
        says.sets.iter().map(|set| (set.control_number.as_str(), set)).collect();
    let mut said = vec![];
    for sending in sendings {
        let set = sets.get(sending.set_control_number.as_str()).copied();
        let accepted = match (says.verdict, set) {
            (GroupVerdict::Rejected, _) => false,
            (GroupVerdict::Accepted | GroupVerdict::Partly, Some(set)) => set.accepted,
            (GroupVerdict::Accepted, None) => true,
            // Of a set that a partial acceptance does not name, nothing is known.
            (GroupVerdict::Partly, None) => continue,
        };
        let findings = set.map(|set| findings_of(set, sending, owners)).unwrap_or_default();
        let elsewhere = set.map_or(0, |set| set.findings.len()) - findings.len();
        said.push(Said {
            sending,
            event: if accepted { Event::FileAccepted } else { Event::FileRejected },
            bytes: set.map_or(says.bytes, |set| set.bytes),
            detail: json!({
                "kind": "999",
                "code": set.map_or(&says.code, |set| &set.code),
                "errors": set.map_or(&says.errors, |set| &set.errors),
                "set": sending.set_control_number,
                "findings": findings,
                "findings_elsewhere": elsewhere,
            }),
        });
    }
    let any = |event: Event| said.iter().any(|said| said.event == event);
    let outcome = Outcome::of(any(Event::FileAccepted), any(Event::FileRejected));
    let state = match outcome {
        Outcome::Accepted if said.is_empty() => None,
        Outcome::Accepted => Some(BatchState::Accepted),
        Outcome::PartlyAccepted => Some(BatchState::PartlyAccepted),
        Outcome::Rejected => Some(BatchState::Rejected),
        Outcome::NotOurs => None,
    };
    let detail = json!({ "code": says.code, "errors": says.errors });
    Meaning { outcome, state, said, unknown: 0, detail }
}

fn findings_of<'f>(set: &'f SetAnswer, sending: &Sending, owners: &Owners) -> Vec<&'f SegmentFinding> {
    let owner = |finding: &SegmentFinding| {
        finding.claim.clone().or_else(|| owners.get(&(set.control_number.clone(), finding.number)).cloned())
    };
    set.findings.iter().filter(|finding| owner(finding).as_ref() == Some(&sending.control_number)).collect()
}

/// 277CA: each claim as its statuses say; a rejection of the batch or of a provider holds for all
/// claims below, listed or not.
fn of_claims<'s>(
    says: &ClaimsAnswer,
    sendings: &'s [Sending],
    batch: BatchId,
    set: Option<&str>,
) -> Meaning<'s> {
    let mut by_number: BTreeMap<&str, Said<'s>> = BTreeMap::new();
    let places: HashMap<&str, &Sending> =
        sendings.iter().map(|sending| (sending.control_number.as_str(), sending)).collect();
    let mut unknown = 0;
    for claim in says.providers.iter().flat_map(|provider| &provider.claims) {
        let Some(sending) = places.get(claim.control_number.as_str()).copied() else {
            unknown += 1;
            continue;
        };
        let event = event_of(decision(&claim.statuses).unwrap_or(Decision::Seen));
        let detail = json!({
            "kind": "277CA",
            "statuses": claim.statuses,
            "payer_claim_control_number": claim.payer_claim_control_number,
            "lines": claim.lines,
        });
        let said = Said { sending, event, bytes: claim.bytes, detail };
        // Listed twice: the rejection counts.
        match by_number.get(sending.control_number.as_str()) {
            Some(first) if first.event == Event::PayerRejected => {}
            Some(_) | None => {
                by_number.insert(&sending.control_number, said);
            }
        }
    }
    let in_set = |sending: &&Sending| {
        sending.batch == batch && set.is_none_or(|set| sending.set_control_number == set)
    };
    let mut reject = |sending: &'s Sending, statuses: &[StatusCode], bytes: Bytes, of: &str| {
        let listed = by_number.get(sending.control_number.as_str());
        if listed.is_none_or(|said| said.event != Event::PayerRejected) {
            let detail = json!({ "kind": "277CA", "statuses": statuses, "of": of });
            let said = Said { sending, event: Event::PayerRejected, bytes, detail };
            by_number.insert(&sending.control_number, said);
        }
    };
    for provider in &says.providers {
        if decision(&provider.statuses) == Some(Decision::Rejected) {
            let named: Vec<&str> =
                provider.claims.iter().map(|claim| claim.control_number.as_str()).collect();
            let billed_by = |sending: &&Sending| {
                let own = [&sending.billing_npi, &sending.billing_tax_id];
                let theirs = own.into_iter().flatten().any(|id| provider.identifiers.contains(id));
                (in_set(sending) && theirs) || named.contains(&sending.control_number.as_str())
            };
            for sending in sendings.iter().filter(billed_by) {
                reject(sending, &provider.statuses, provider.bytes, "provider");
            }
        }
    }
    if decision(&says.batch) == Some(Decision::Rejected) {
        for sending in sendings.iter().filter(in_set) {
            reject(sending, &says.batch, says.batch_bytes, "batch");
        }
    }
    let said: Vec<Said<'s>> = by_number.into_values().collect();
    let rejected = said.iter().any(|said| said.event == Event::PayerRejected);
    let accepted = said.iter().any(|said| said.event != Event::PayerRejected);
    let detail = json!({ "statuses": says.batch });
    Meaning { outcome: Outcome::of(accepted, rejected), state: None, said, unknown, detail }
}

const fn event_of(decision: Decision) -> Event {
    match decision {
        Decision::Seen => Event::Received,
        Decision::Pended => Event::Pended,
        Decision::Accepted => Event::PayerAccepted,
        Decision::Rejected => Event::PayerRejected,
    }
}

/// What an acknowledgement's event says, in words: one line for each status or finding, from the
/// codes in the event's detail. Empty for an event that is no acknowledgement's.
#[must_use]
pub fn reasons(codes: &Codes, on: NaiveDate, detail: &Value) -> Vec<String> {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let label = |table: CodeTable, code: &str| {
        let title = codes.lookup(table, code, on).title;
        title.map_or_else(|| code.to_owned(), |title| format!("{code} {title}"))
    };
    let status = |status: &Value| {
        let entity = text(status, "entity");
        let about = if entity.is_empty() { entity } else { format!(" (entity {entity})") };
        let category = label(CodeTable::StatusCategory, &text(status, "category"));
        format!("{category}: {}{about}", label(CodeTable::Status, &text(status, "status")))
    };
    let mut reasons = vec![];
    match text(detail, "kind").as_str() {
        "TA1" => reasons.push(format!(
            "TA1 {}, note {}: the interchange was turned away",
            text(detail, "code"),
            text(detail, "note")
        )),
        "277CA" => {
            reasons.extend(list(detail, "statuses").iter().map(status));
            for line in list(detail, "lines") {
                let number = text(&line, "line");
                reasons.extend(
                    list(&line, "statuses").iter().map(|one| format!("line {number}: {}", status(one))),
                );
            }
        }
        "999" => {
            for finding in list(detail, "findings") {
                let place = format!(
                    "{} {} (segment {})",
                    text(&finding, "loop"),
                    text(&finding, "segment"),
                    finding["number"]
                );
                let elements = list(&finding, "elements");
                if elements.is_empty() {
                    let what = segment_error(&text(&finding, "error"));
                    reasons.push(format!("{}: {what}", place.trim_start()));
                }
                reasons.extend(elements.iter().map(|element| {
                    let what = element_error(&text(element, "error"));
                    format!("{}: {} {what}", place.trim_start(), text(element, "element"))
                }));
            }
            if reasons.is_empty() && matches!(text(detail, "code").as_str(), "R" | "M" | "W" | "X") {
                reasons.push(format!(
                    "the set {} was turned away for another claim or its envelope",
                    text(detail, "set")
                ));
            }
        }
        _ => {}
    }
    reasons
}

/// IK304 in our words.
fn segment_error(code: &str) -> String {
    let words = match code {
        "1" => "a segment that nobody knows",
        "2" => "a segment that does not belong there",
        "3" => "a required segment is missing",
        "4" => "too many loops",
        "5" => "too many segments",
        "6" => "a segment that is not of this set",
        "7" => "a segment out of order",
        "8" => "wrong elements",
        "I4" | "I9" => "a segment that must not be used here",
        "I6" => "a segment that must be used here is missing",
        "I7" => "too few loops",
        "I8" => "too few segments",
        other => return format!("IK304 {other}"),
    };
    words.to_owned()
}

/// IK403 in our words.
fn element_error(code: &str) -> String {
    let words = match code {
        "1" => "is required and missing",
        "2" | "I9" => "is missing where another makes it required",
        "3" => "has too many elements",
        "4" => "is too short",
        "5" => "is too long",
        "6" => "has a character that may not be sent",
        "7" => "is not a code of its list",
        "8" => "is not a date",
        "9" => "is not a time",
        "10" | "I10" | "I13" => "must not be used here",
        "12" => "has too many repeats",
        "13" => "has too many components",
        "I6" => "is not a code that the guide allows here",
        "I11" => "has too few repeats",
        "I12" => "is not of its form",
        other => return format!("IK403 {other}"),
    };
    words.to_owned()
}
