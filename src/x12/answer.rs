//! What we answer to a file: a TA1 for an interchange, a 999 for each group.
//!
//! - Issues of levels 1, 2 and 4 can be said in a 999: each becomes an IK3 or IK4 that points to its
//!   segment and element, with the claim it is about (CTX). Balances and code lists cannot
//!   (X231 1.1); they do not reject here, but in a 277 ([`claim_answer`](crate::claim_answer)).
//! - A TA1 that rejects says all: nothing of that interchange is looked into. A group of
//!   acknowledgments (GS01 FA) is never acknowledged; a kind of group that X231 does not name
//!   cannot be.
//! - A group is rejected as a whole for its envelope or version (AK905), else set by set (IK502).

use std::collections::HashMap;

use chrono::NaiveDateTime;

use crate::check;
use crate::cursor::Raw;
use crate::envelope::{Group, Guide, Interchange, Set, read_envelopes};
use crate::issue::{Ack, Issue, Severity};
use crate::lexer::{Delimiters, key};
use crate::limits::Limits;
use crate::outgoing::{Envelope, EnvelopeError, Party, UsageIndicator, Writer};
use crate::scan::each_segment;
use crate::segments::{AckCode, Ak1, Ak2, Ak9, ContextName, Ctx, ElementPlace, Ik3, Ik4, Ik5, Isa, Ta1};
use crate::value::{Count, Ordinal, Text, UpTo, code_list};
use crate::x999::{ElementError, ImplementationAcknowledgment, SegmentError, SetResponse};

/// Issues that are kept to answer by; a set after the last of them is rejected unseen.
pub const ISSUES_MAX: usize = 1_000_000;

/// How to answer.
#[derive(Clone, Copy, Debug)]
pub struct ReplyOptions {
    /// The highest SNIP level that may reject, 1 to 4.
    pub level: u8,
    /// ISA13 of the first answer; further ones count up.
    pub control_number: u32,
    /// ISA09, ISA10, GS04, GS05.
    pub at: NaiveDateTime,
}

/// What we answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Interchanges of TA1 and 999, one for each interchange that is answered.
    pub bytes: Vec<u8>,
    /// How many of them: the next answer's control number is as many further.
    pub interchanges: u32,
    /// Nothing is rejected.
    pub accepted: bool,
    /// Groups that are rejected and have no place in a 999, by GS01 and GS06.
    pub unanswered: Vec<(String, String)>,
}

/// Why a file gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReply {
    /// Not X12.
    #[error("this is no X12: there is nothing to answer")]
    Unreadable,
    /// The envelopes alone pass a limit of what is read at once.
    #[error("there is too much to answer at once: {0}")]
    Limit(&'static str),
    /// A fragment without ISA.
    #[error("there is no ISA: it is not known whom to answer")]
    NoSender,
    /// The answer's own numbers.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

/// Answers a file. It is checked as a stream, and its envelopes alone are kept: what is said of an
/// interchange depends on its IEA, so nothing can be sent before its end, and each set of it has a
/// place in the answer. Only claims and their values need not be held for that. The text itself is
/// in memory: an error is traced to its claim by its place in it.
///
/// # Errors
/// [`NoReply`] when there is nobody to answer, or the answer's control number does not fit.
pub fn reply(text: &[u8], options: ReplyOptions) -> Result<Reply, NoReply> {
    let limits = Limits { issues: ISSUES_MAX, ..Limits::default() };
    let file = read_envelopes(text);
    match file.passed {
        Some(limit) => return Err(NoReply::Limit(limit.message())),
        None if file.interchanges.is_empty() => return Err(NoReply::Unreadable),
        None => {}
    }
    let (issues, unseen) =
        check::find(text, &check::Options { level: options.level, limits, ..check::Options::default() });
    let errors: Vec<&Issue> =
        issues.kept().iter().filter(|issue| issue.severity == Severity::Error && issue.level != 3).collect();
    let units = if errors.is_empty() { Units::default() } else { Units::of(text) };
    let mut reply = Reply { bytes: Vec::new(), interchanges: 0, accepted: true, unanswered: vec![] };
    let mut answered = false;
    let by_interchange = by(&errors, |issue| issue.at.interchange);
    let none = Vec::new();
    for (interchange, number) in file.interchanges.iter().zip(1..) {
        let Some(header) = &interchange.header else { continue };
        answered = true;
        let of_interchange = by_interchange.get(&number).unwrap_or(&none);
        let note = rejection(of_interchange);
        reply.accepted &= note.is_none();
        let mut groups = vec![];
        let by_group = by(of_interchange, |issue| issue.at.group);
        for (group, number) in interchange.groups.iter().zip(1..) {
            let Some(gs) = group.header.filter(|_| note.is_none()) else { continue };
            let kind = gs.functional_id.unwrap_or_default();
            if ANSWERED.iter().any(|known| kind == *known) {
                let of_group = by_group.get(&number).unwrap_or(&none);
                groups.push(GroupAnswer::of(group, of_group, &units, unseen));
            } else if kind != "FA" {
                let control = gs.control_number.unwrap_or_default().to_str().into_owned();
                reply.unanswered.push((kind.to_str().into_owned(), control));
                reply.accepted = false;
            }
        }
        reply.accepted &= groups.iter().all(|group| group.code() == AckCode::Accepted);
        let asked = header.acknowledgment_requested.is_some_and(|asked| asked == "1");
        let ta1 = (note.is_some() || asked).then(|| ta1(header, note, options.at));
        if ta1.is_some() || !groups.is_empty() {
            let control = options.control_number.saturating_add(reply.interchanges);
            reply.interchanges += 1;
            write(interchange, header, ta1, &groups, control, options.at, &mut reply.bytes)?;
        }
    }
    if answered { Ok(reply) } else { Err(NoReply::NoSender) }
}

/// Issues by the ordinal of what they are in.
fn by<'i>(issues: &[&'i Issue], ordinal: impl Fn(&Issue) -> u32) -> HashMap<u32, Vec<&'i Issue>> {
    let mut found: HashMap<u32, Vec<&Issue>> = HashMap::new();
    for issue in issues {
        found.entry(ordinal(issue)).or_default().push(issue);
    }
    found
}

fn write(
    interchange: &Interchange<'_>,
    header: &Isa<'_>,
    ta1: Option<Ta1<'_>>,
    groups: &[GroupAnswer],
    control_number: u32,
    at: NaiveDateTime,
    out: &mut Vec<u8>,
) -> Result<(), EnvelopeError> {
    let back = WayBack::of(interchange, header);
    let mut writer = back.writer(control_number, at)?;
    if let Some(ta1) = &ta1 {
        writer.acknowledge(ta1);
    }
    for (group, number) in groups.iter().zip(1..) {
        writer.between(&group.receiver, &group.sender);
        writer.group(Guide::ImplementationAcknowledgment, number)?;
        writer.set(number, &group.body())?;
    }
    out.extend_from_slice(&writer.finish().bytes);
    Ok(())
}

/// An interchange's parties the other way round.
pub(crate) struct WayBack {
    /// Qualifier, identifier, application: of the receiver, who answers.
    ours: [String; 3],
    theirs: [String; 3],
    usage: UsageIndicator,
}

impl WayBack {
    pub(crate) fn of(interchange: &Interchange<'_>, header: &Isa<'_>) -> WayBack {
        let own = |text: Option<Text<'_>>| text.unwrap_or_default().trim().to_str().into_owned();
        let first = interchange.groups.first().and_then(|group| group.header);
        // A qualifier that ISA05 does not have is answered as mutually defined.
        let qualifier = |text: Option<Text<'_>>| {
            let own = own(text);
            if code_list!(check::ISA_QUALIFIERS).contains(own.as_bytes()) { own } else { "ZZ".to_owned() }
        };
        WayBack {
            ours: [
                qualifier(header.receiver_qualifier),
                own(header.receiver),
                own(first.and_then(|gs| gs.receiver)),
            ],
            theirs: [
                qualifier(header.sender_qualifier),
                own(header.sender),
                own(first.and_then(|gs| gs.sender)),
            ],
            usage: match header.usage {
                Some(usage) if usage == "P" => UsageIndicator::Production,
                _ => UsageIndicator::Test,
            },
        }
    }

    /// Begins the answer.
    pub(crate) fn writer(&self, control_number: u32, at: NaiveDateTime) -> Result<Writer<'_>, EnvelopeError> {
        let [ours, our_id, our_code] = &self.ours;
        let [theirs, their_id, their_code] = &self.theirs;
        Writer::new(Envelope {
            sender: Party::fitting(ours, our_id, our_code),
            receiver: Party::fitting(theirs, their_id, their_code),
            control_number,
            usage: self.usage,
            acknowledgment_requested: false,
            at,
            delimiters: Delimiters::USUAL,
            line_breaks: true,
        })
    }
}

/// Why an interchange is rejected as a whole (TA105).
#[must_use]
pub fn rejection(issues: &[&Issue]) -> Option<&'static str> {
    let errors = issues.iter().filter(|issue| issue.severity == Severity::Error);
    errors.into_iter().find_map(|issue| match issue.ack {
        Some(Ack::Interchange(code)) => Some(code),
        Some(Ack::Element(_)) if issue.segment_id == "ISA" => header_note(issue.element.as_deref()?),
        _ => None,
    })
}

/// TA105 for a wrong element of ISA (X12 I18).
fn header_note(element: &str) -> Option<&'static str> {
    Some(match element {
        "ISA01" => "010",
        "ISA02" => "011",
        "ISA03" => "012",
        "ISA04" => "013",
        "ISA05" => "005",
        "ISA06" => "006",
        "ISA07" => "007",
        "ISA08" => "008",
        "ISA09" => "014",
        "ISA10" => "015",
        "ISA11" => "026",
        "ISA12" => "017",
        "ISA13" => "018",
        "ISA14" => "019",
        "ISA15" => "020",
        "ISA16" => "027",
        _ => return None,
    })
}

/// GS01 of the groups that a 999 may answer (X231 AK101); acknowledgments (FA) are not answered.
const ANSWERED: [&str; 9] = ["BE", "HB", "HC", "HI", "HN", "HP", "HR", "HS", "RA"];

/// The TA1 for an interchange; `note` is TA105 of a rejection. A date or time that cannot be read
/// cannot be echoed: `at` stands there.
#[must_use]
pub fn ta1<'a>(header: &Isa<'a>, note: Option<&'static str>, at: NaiveDateTime) -> Ta1<'a> {
    Ta1 {
        control_number: header.control_number.map_or_else(|| Text::from("000000000"), |number| number.trim()),
        date: header.date.or(Some(at.date())),
        time: header.time.or(Some(at.time())),
        code: if note.is_some() { AckCode::Rejected } else { AckCode::Accepted },
        note: Some(note.unwrap_or("000").into()),
        ..Ta1::default()
    }
}

/// What a place in a file belongs to: the claim or question that a sender can look up.
#[derive(Clone, Debug, Default)]
pub struct Units(Vec<(u64, Option<(&'static str, String)>)>);

impl Units {
    /// Finds them: CLM of an 837, TRN of 270, 276 and 277. A new level or set belongs to none yet.
    #[must_use]
    pub fn of(text: &[u8]) -> Units {
        const ST: u32 = key(b"ST");
        const SE: u32 = key(b"SE");
        const HL: u32 = key(b"HL");
        const CLM: u32 = key(b"CLM");
        const TRN: u32 = key(b"TRN");
        let mut units = Units::default();
        let mut traced = false;
        each_segment(text, |raw: &Raw<'_, '_>| {
            let unit = match raw.key() {
                ST => {
                    traced = matches!(raw.element(1).as_bytes(), b"270" | b"276" | b"277");
                    None
                }
                SE | HL => None,
                CLM => Some(("CLM01", raw.element(1))),
                TRN if traced => Some(("TRN02", raw.element(2))),
                _ => return,
            };
            let unit = unit.map(|(name, value)| (name, value.to_str().chars().take(35).collect()));
            units.0.push((raw.source.offset(), unit));
        });
        units
    }
    /// What a place belongs to.
    fn at(&self, offset: u64) -> Option<(&'static str, String)> {
        let after = self.0.partition_point(|(start, _)| *start <= offset);
        self.0.get(after.checked_sub(1)?)?.1.clone().filter(|(_, value)| !value.trim().is_empty())
    }
}

/// What is said of one set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAnswer {
    identifier: String,
    control_number: String,
    guide: Option<String>,
    faults: Vec<SegmentFault>,
    codes: Vec<&'static str>,
}

/// IK3: a wrong segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SegmentFault {
    /// IK301.
    pub segment: String,
    /// IK302.
    pub number: u32,
    /// IK303.
    pub loop_id: String,
    /// IK304.
    pub code: &'static str,
    /// The claim or member that it is about: `CLM01`, `SUBSCRIBER NAME NM109`.
    pub unit: Option<(&'static str, String)>,
    /// What demands it, for a rule that depends on other data.
    pub trigger: Option<Trigger>,
    /// IK4.
    pub elements: Vec<ElementFault>,
}

/// CTX*SITUATIONAL TRIGGER: the element that demands what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// CTX02.
    pub segment: String,
    /// CTX03.
    pub number: u32,
    /// CTX04.
    pub loop_id: String,
    /// CTX05.
    pub place: (u32, Option<u8>),
}

/// IK4: a wrong element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementFault {
    /// IK401-1.
    pub element: u32,
    /// IK401-2.
    pub component: Option<u8>,
    /// IK402.
    pub reference: Option<u64>,
    /// IK403.
    pub code: &'static str,
    /// IK404.
    pub found: Option<String>,
}

impl SetAnswer {
    /// Judges a set by its errors.
    #[must_use]
    pub fn of(set: &Set<'_>, errors: &[&Issue], units: &Units) -> SetAnswer {
        let own = |text: Option<Text<'_>>| text.unwrap_or_default().trim().to_str().into_owned();
        let mut answer = SetAnswer {
            identifier: own(set.header.identifier),
            control_number: own(set.header.control_number),
            guide: set.header.guide.map(|guide| guide.to_str().into_owned()),
            faults: vec![],
            codes: vec![],
        };
        let mut in_elements = HashMap::new();
        for issue in errors.iter().filter(|issue| issue.severity == Severity::Error) {
            match issue.ack {
                Some(Ack::Set(code)) => answer.note(code),
                Some(Ack::Group(_) | Ack::Interchange(_)) => {}
                Some(Ack::Segment(_) | Ack::Element(_)) | None => {
                    answer.note(if issue.level == 1 { "5" } else { "I5" });
                    answer.add(issue, units, &mut in_elements);
                }
            }
        }
        answer.faults.sort_by_key(|fault| fault.number);
        answer
    }
    /// Adds IK502 to IK506.
    pub fn note(&mut self, code: &'static str) {
        if !self.codes.contains(&code) {
            self.codes.push(code);
        }
    }
    /// Adds a fault that no issue names.
    pub fn fault(&mut self, fault: SegmentFault) {
        self.note("I5");
        self.faults.push(fault);
        self.faults.sort_by_key(|fault| fault.number);
    }
    /// True when nothing rejects it.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.codes.is_empty()
    }

    /// Adds a fault; `in_elements` finds the segments that have faults in their elements, by number.
    fn add(&mut self, issue: &Issue, units: &Units, in_elements: &mut HashMap<(u32, String), usize>) {
        let loop_id = loop_id(&issue.loop_path);
        let designator = issue.element.as_deref().unwrap_or_default();
        let digits = designator.len().checked_sub(2).and_then(|at| designator.get(at..));
        let element = digits.and_then(|digits| digits.parse().ok()).unwrap_or(1);
        let number = issue.at.segment;
        let missing =
            issue.expected.as_deref().filter(|expected| issue.ack.is_none() && is_segment(expected));
        let (code, element_code) = match (issue.ack, missing) {
            (Some(Ack::Segment(code)), _) => (code, None),
            (Some(Ack::Element(code)), _) => ("8", Some(code)),
            (_, Some(_)) => ("I6", None),
            (_, None) => ("8", Some(if issue.found.is_some() { "I12" } else { "I9" })),
        };
        let (segment, trigger) = match missing {
            Some(expected) => {
                let id = expected.split('*').next().unwrap_or_default().to_owned();
                let trigger = Trigger {
                    segment: issue.segment_id.clone(),
                    number,
                    loop_id: loop_id.clone(),
                    place: (element, issue.component),
                };
                (id, Some(trigger))
            }
            None => (segment_id(&issue.segment_id), None),
        };
        let same = (number, segment);
        let at = in_elements.get(&same).copied().filter(|_| code == "8").unwrap_or_else(|| {
            let at = self.faults.len();
            let (unit, segment) = (units.at(issue.at.offset), same.1.clone());
            let elements = vec![];
            self.faults.push(SegmentFault { segment, number, loop_id, code, unit, trigger, elements });
            if code == "8" {
                in_elements.insert(same, at);
            }
            at
        });
        if let (Some(code), Some(fault)) = (element_code, self.faults.get_mut(at)) {
            fault.elements.push(ElementFault {
                element,
                component: issue.component,
                reference: None,
                code,
                found: issue.found.clone().filter(|found| is_sendable(found)),
            });
        }
    }

    fn body(&self) -> SetResponse<'_> {
        SetResponse {
            set: Ak2 {
                identifier: self.identifier.as_str().into(),
                control_number: self.control_number.as_str().into(),
                guide: self.guide.as_deref().map(Text::from),
                ..Ak2::default()
            },
            errors: self.faults.iter().map(SegmentFault::body).collect(),
            outcome: Ik5 {
                code: if self.is_accepted() { AckCode::Accepted } else { AckCode::Rejected },
                errors: first_of(&self.codes),
                ..Ik5::default()
            },
            ..SetResponse::default()
        }
    }
}

/// IK303 has room for four characters: 2010AA is said as 2010.
fn loop_id(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().chars().take_while(char::is_ascii_digit).take(4).collect()
}

/// IK301 has two or three characters; what stands there may be no identifier at all.
fn segment_id(id: &str) -> String {
    let id: String = id.chars().filter(char::is_ascii_alphanumeric).take(3).collect();
    if id.len() < 2 { "ZZZ".to_owned() } else { id.to_ascii_uppercase() }
}

/// True for `REF*F8` and `DMG`: what a rule misses is a segment.
fn is_segment(expected: &str) -> bool {
    let id = expected.split('*').next().unwrap_or_default();
    (2..=3).contains(&id.len())
        && id.starts_with(|first: char| first.is_ascii_uppercase())
        && id.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// Text that may be repeated in an IK404 as it stands.
fn is_sendable(found: &str) -> bool {
    let plain = |byte: u8| (0x20..0x7F).contains(&byte) && !Delimiters::USUAL.contains(byte);
    !found.trim().is_empty() && found.bytes().all(plain)
}

fn first_of<'a, const N: usize>(codes: &[&'a str]) -> UpTo<N, Text<'a>> {
    UpTo::of(codes.iter().take(N).map(|&code| Text::from(code))).unwrap_or_default()
}

impl SegmentFault {
    fn body(&self) -> SegmentError<'_> {
        let given = |loop_id: &'_ String| !loop_id.is_empty();
        SegmentError {
            segment: Ik3 {
                segment: self.segment.as_str().into(),
                number: Count(self.number.max(1).into()),
                loop_id: Some(&self.loop_id).filter(|id| given(id)).map(|id| id.as_str().into()),
                error: Some(self.code.into()),
                ..Ik3::default()
            },
            contexts: self
                .trigger
                .iter()
                .map(|trigger| Ctx {
                    context: ContextName { name: "SITUATIONAL TRIGGER".into(), value: None },
                    segment: Some(trigger.segment.as_str().into()),
                    number: Some(Count(trigger.number.into())),
                    loop_id: Some(&trigger.loop_id).filter(|id| given(id)).map(|id| id.as_str().into()),
                    place: Some(ElementPlace {
                        element: Ordinal::Number(trigger.place.0),
                        component: trigger.place.1.map(|component| Count(component.into())),
                        repeat: None,
                    }),
                    ..Ctx::default()
                })
                .collect(),
            business_unit: self.unit.as_ref().map(|(name, value)| Ctx {
                context: ContextName { name: (*name).into(), value: Some(value.as_str().into()) },
                ..Ctx::default()
            }),
            elements: self.elements.iter().map(ElementFault::body).collect(),
            ..SegmentError::default()
        }
    }
}

impl ElementFault {
    fn body(&self) -> ElementError<'_> {
        ElementError {
            element: Ik4 {
                place: ElementPlace {
                    element: Ordinal::Number(self.element),
                    component: self.component.map(|component| Count(component.into())),
                    repeat: None,
                },
                reference: self.reference.map(Count),
                error: self.code.into(),
                found: self.found.as_deref().map(Text::from),
                ..Ik4::default()
            },
            ..ElementError::default()
        }
    }
}

/// What is said of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupAnswer {
    /// GS02.
    sender: String,
    /// GS03.
    receiver: String,
    functional_id: String,
    control_number: String,
    version: Option<String>,
    included: u64,
    received: u64,
    /// Why all of it is rejected (AK905).
    codes: Vec<&'static str>,
    /// Its sets.
    pub sets: Vec<SetAnswer>,
}

impl GroupAnswer {
    /// Judges a group by its errors; what begins at `unseen` or later was not looked at.
    #[must_use]
    pub fn of(group: &Group<'_>, errors: &[&Issue], units: &Units, unseen: Option<u64>) -> GroupAnswer {
        let mut answer = GroupAnswer::of_envelope(group, errors);
        if answer.is_rejected() {
            return answer;
        }
        let by_set = by(errors, |issue| issue.at.set);
        for (set, number) in group.sets.iter().zip(1..) {
            let of_set = by_set.get(&number).map_or(&[][..], Vec::as_slice);
            let mut judged = SetAnswer::of(set, of_set, units);
            if unseen.is_some_and(|unseen| set.at.offset >= unseen) {
                judged.note("5");
            }
            answer.sets.push(judged);
        }
        answer
    }
    /// Judges a group by what is wrong with its envelope; nothing is said of its sets yet.
    #[must_use]
    pub fn of_envelope(group: &Group<'_>, errors: &[&Issue]) -> GroupAnswer {
        let errors = errors.iter().filter(|issue| issue.severity == Severity::Error);
        let mut codes: Vec<&'static str> = errors
            .filter_map(|issue| match issue.ack {
                Some(Ack::Group(code)) => Some(code),
                _ => None,
            })
            .collect();
        codes.dedup();
        let own = |text: Option<Text<'_>>| text.unwrap_or_default().trim().to_str().into_owned();
        let header = group.header.unwrap_or_default();
        let received = group.sets.len() as u64;
        GroupAnswer {
            sender: own(header.sender),
            receiver: own(header.receiver),
            functional_id: own(header.functional_id),
            control_number: own(header.control_number),
            version: header.version.map(|version| version.to_str().into_owned()),
            included: group.trailer.and_then(|trailer| trailer.sets).map_or(received, |sets| sets.0),
            received,
            codes,
            sets: vec![],
        }
    }
    /// True when all of it is rejected, whatever its sets hold.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        !self.codes.is_empty()
    }
    fn accepted(&self) -> u64 {
        self.sets.iter().filter(|set| set.is_accepted()).count() as u64
    }
    /// AK901.
    #[must_use]
    pub fn code(&self) -> AckCode<'static> {
        match self.accepted() {
            _ if self.is_rejected() => AckCode::Rejected,
            0 => AckCode::Rejected,
            all if all == self.received => AckCode::Accepted,
            _ => AckCode::Partially,
        }
    }
    /// The 999.
    #[must_use]
    pub fn body(&self) -> ImplementationAcknowledgment<'_> {
        ImplementationAcknowledgment {
            group: Ak1 {
                functional_id: self.functional_id.as_str().into(),
                control_number: self.control_number.as_str().into(),
                version: self.version.as_deref().map(Text::from),
                ..Ak1::default()
            },
            sets: self.sets.iter().map(SetAnswer::body).collect(),
            outcome: Ak9 {
                code: self.code(),
                included: Count(self.included),
                received: Count(self.received),
                accepted: Count(self.accepted()),
                errors: first_of(&self.codes),
                ..Ak9::default()
            },
            ..ImplementationAcknowledgment::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM: &str = "ISA*00*          *00*          *ZZ*CLINIC         *30*123456789      *240105*1200*^*00501*000000011*0*T*:~\
        GS*HC*CLINIC1*PLAN1*20240105*1200*21*X*005010X222A1~ST*837*0001*005010X222A1~BHT*0019*00*B1*20240105*1200*CH~\
        NM1*41*2*CLINIC*****46*C1~PER*IC*HELP*TE*8005550100~NM1*40*2*PLAN*****46*P1~\
        HL*1**20*1~NM1*85*2*CLINIC*****XX*1234567893~N3*1 MAIN~N4*TOWN*OH*441110000~REF*EI*123456789~\
        HL*2*1*22*0~SBR*P*18*G1******CI~NM1*IL*1*DOE*JOHN****MI*W1~N3*2 ELM~N4*TOWN*OH*44111~DMG*D8*19800101*M~\
        NM1*PR*2*PLAN*****PI*P1~CLM*C1*150***11:B:1*Y*A*Y*Y~HI*ABK:S8002XA~\
        LX*1~SV1*HC:99213*150*UN*1***1~DTP*472*D8*20240101~SE*23*0001~GE*1*21~IEA*1*000000011~";

    fn answered(text: &str) -> (String, bool) {
        let at = chrono::NaiveDate::from_ymd_opt(2026, 11, 24).unwrap().and_hms_opt(9, 30, 0).unwrap();
        let reply = reply(text.as_bytes(), ReplyOptions { level: 4, control_number: 5, at }).unwrap();
        (String::from_utf8(reply.bytes).unwrap(), reply.accepted)
    }

    /// What stands between the answer's GS and GE.
    #[track_caller]
    fn says(text: &str, segments: &[&str]) {
        let (answer, accepted) = answered(text);
        let found: Vec<&str> = answer
            .lines()
            .filter(|line| !["ISA", "GS*", "ST*", "SE*", "GE*", "IEA"].iter().any(|id| line.starts_with(id)))
            .collect();
        assert_eq!(found, segments, "{answer}");
        assert_eq!(accepted, !segments.iter().any(|line| line.starts_with("AK9*R") || line.contains("*R*")));
    }

    #[test]
    fn an_accepted_claim_file_is_answered_byte_by_byte() {
        let (answer, accepted) = answered(CLAIM);
        assert_eq!(
            answer,
            "ISA*00*          *00*          *30*123456789      *ZZ*CLINIC         *261124*0930*^*00501*000000005*0*T*:~\n\
             GS*FA*PLAN1*CLINIC1*20261124*0930*1*X*005010X231A1~\nST*999*0001*005010X231A1~\nAK1*HC*21*005010X222A1~\n\
             AK2*837*0001*005010X222A1~\nIK5*A~\nAK9*A*1*1*1~\nSE*6*0001~\nGE*1*1~\nIEA*1*000000005~\n"
        );
        assert!(accepted);
        assert!(
            answered(&CLAIM.replace("*0*T*:", "*1*T*:"))
                .0
                .contains("~\nTA1*000000011*240105*1200*A*000~\nGS*FA")
        );
    }

    #[test]
    fn a_wrong_element_is_named_with_its_claim() {
        says(
            &CLAIM.replace("SV1*HC:99213*150*", "SV1*HC:99213*15O*"),
            &[
                "AK1*HC*21*005010X222A1~",
                "AK2*837*0001*005010X222A1~",
                "IK3*SV1*21*2400*8~",
                "CTX*CLM01:C1~",
                "IK4*2**6*15O~",
                "IK5*R*5~",
                "AK9*R*1*1*0~",
            ],
        );
    }

    #[test]
    fn a_missing_segment_and_a_rule_of_the_data_are_said_as_such() {
        says(
            &CLAIM.replace("NM1*PR*2*PLAN*****PI*P1~", "").replace("SE*23", "SE*22"),
            &[
                "AK1*HC*21*005010X222A1~",
                "AK2*837*0001*005010X222A1~",
                "IK3*NM1*17*2010*3~",
                "CTX*CLM01:C1~",
                "IK5*R*I5~",
                "AK9*R*1*1*0~",
            ],
        );
        // A replacement (CLM05-3 7) demands REF*F8: I6, with what demands it.
        says(
            &CLAIM.replace("11:B:1*Y", "11:B:7*Y"),
            &[
                "AK1*HC*21*005010X222A1~",
                "AK2*837*0001*005010X222A1~",
                "IK3*REF*18*2300*I6~",
                "CTX*SITUATIONAL TRIGGER*CLM*18*2300*5:3~",
                "CTX*CLM01:C1~",
                "IK5*R*I5~",
                "AK9*R*1*1*0~",
            ],
        );
    }

    #[test]
    fn a_set_a_group_and_an_interchange_are_rejected_as_such() {
        says(
            &CLAIM.replace("SE*23*0001", "SE*24*0002"),
            &["AK1*HC*21*005010X222A1~", "AK2*837*0001*005010X222A1~", "IK5*R*4*3~", "AK9*R*1*1*0~"],
        );
        says(&CLAIM.replace("GE*1*21", "GE*2*22"), &["AK1*HC*21*005010X222A1~", "AK9*R*2*1*0*5*4~"]);
        says(&CLAIM.replace("IEA*1*000000011", "IEA*1*000000012"), &["TA1*000000011*240105*1200*R*001~"]);
        says(&CLAIM.replace("005010X222A1", "004010X098A1"), &["AK1*HC*21*004010X098A1~", "AK9*R*1*1*0*2~"]);
        says(
            &CLAIM.replace("ST*837*0001*005010X222A1", "ST*834*0001*005010X220A1").replace("GS*HC", "GS*BE"),
            &["AK1*BE*21*005010X222A1~", "AK2*834*0001*005010X220A1~", "IK5*R*1*I6~", "AK9*R*1*1*0~"],
        );
    }

    #[test]
    fn acknowledgments_are_not_acknowledged_and_a_fragment_has_no_sender() {
        let (first, _) = answered(CLAIM);
        assert_eq!(answered(&first), (String::new(), true));
        assert_eq!(answered(&CLAIM.replace("GS*HC", "GS*AG")), (String::new(), false));
        let (undated, _) = answered(&CLAIM.replace("*240105*1200*^", "*241305*1200*^"));
        assert!(undated.contains("~\nTA1*000000011*261124*1200*R*014~\nIEA"), "{undated}");
        let at = NaiveDateTime::default();
        let options = ReplyOptions { level: 4, control_number: 1, at };
        assert_eq!(reply(b"ST*837*0001~SE*2*0001~", options), Err(NoReply::NoSender));
        assert_eq!(reply(b"name,amount", options), Err(NoReply::Unreadable));
    }
    #[test]
    fn answers_are_numbered_one_after_the_other() {
        let (first, _) = answered(CLAIM);
        // An acknowledgment is not answered and takes no number.
        let text = format!("{first}{CLAIM}{}", CLAIM.replace("000000011", "000000012"));
        let (answer, _) = answered(&text);
        let headers: Vec<&str> = answer.lines().filter(|line| line.starts_with("IEA")).collect();
        assert_eq!(headers, ["IEA*1*000000005~", "IEA*1*000000006~"]);
        let at = NaiveDateTime::default();
        let options = ReplyOptions { level: 4, control_number: 1, at };
        assert_eq!(reply(text.as_bytes(), options).map(|it| it.interchanges), Ok(2));
    }

    #[test]
    fn what_stands_behind_a_limit_is_not_accepted_unseen() {
        let (head, rest) = CLAIM.split_once("ST*837").unwrap();
        let (set, tail) = rest.split_once("GE*1").unwrap();
        let long = set.replace("N3*2 ELM", &format!("N3*{}", "A".repeat(2 << 20)));
        let second = set.replace("*0001", "*0002");
        let text = format!("{head}ST*837{long}ST*837{second}GE*2{tail}");
        says(
            &text,
            &[
                "AK1*HC*21*005010X222A1~",
                "AK2*837*0001*005010X222A1~",
                "IK5*R*5~",
                "AK2*837*0002*005010X222A1~",
                "IK5*R*5~",
                "AK9*R*2*2*0~",
            ],
        );
        let report = check::check(text.as_bytes(), &check::Options::default());
        let options = ReplyOptions { level: 4, control_number: 1, at: NaiveDateTime::default() };
        let claims = crate::claim_answer::reply(text.as_bytes(), &report, options).unwrap();
        assert_eq!((claims.bytes, claims.rejected), (vec![], 0));
    }
}
