//! Whole files: interchanges, groups, transaction sets, read at once and written back.
//!
//! For files that fit in memory. Claims and remittances of any size go through
//! [`Reader`](crate::Reader), which lends one claim at a time.

use std::collections::HashSet;

use crate::cursor::{Cursor, Frames, Ground, Watch};
use crate::declare::{Faults, Node, Other, Source, Why, Written, write_in_order};
use crate::issue::{self, Ack, Issue, Issues};
use crate::lexer::{Delimiters, Quirk, Stop, Tape, discover_after, key};
use crate::limits::{Limit, values_max};
use crate::render::Render;
use crate::segments::{Ge, Gs, Iea, Isa, Se, St, Ta1};
use crate::spec::{LoopSpec, NodeSpec, SegmentSpec};
use crate::value::Text;
use crate::x270::EligibilityInquiry;
use crate::x271::EligibilityResponse;
use crate::x276::{StatusRequest, StatusResponse};
use crate::x277::ClaimAcknowledgment;
use crate::x835::Remittance;
use crate::x837d::Dental;
use crate::x837i::Institutional;
use crate::x837p::Professional;
use crate::x999::ImplementationAcknowledgment;

/// The guides of the HIPAA transactions, as far as we know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Guide {
    /// 837 professional, 005010X222A1.
    Professional,
    /// 837 institutional, 005010X223A2.
    Institutional,
    /// 837 dental, 005010X224A2.
    Dental,
    /// 835, 005010X221A1.
    Remittance,
    /// 999, 005010X231A1.
    ImplementationAcknowledgment,
    /// 277 claim acknowledgment, 005010X214.
    ClaimAcknowledgment,
    /// 270 eligibility inquiry, 005010X279A1.
    EligibilityInquiry,
    /// 271 eligibility response, 005010X279A1.
    EligibilityResponse,
    /// 276 claim status request, 005010X212.
    StatusRequest,
    /// 277 claim status response, 005010X212.
    StatusResponse,
    /// Another set: named, kept, not read.
    Unsupported,
}

impl Guide {
    /// From ST01 and the guide's identifier (ST03, else GS08). 4010 versions count as their
    /// successors; they are reported.
    #[must_use]
    pub fn of(set: Text<'_>, version: Text<'_>) -> Guide {
        let has = |part: &[u8]| memchr::memmem::find(version.as_bytes(), part).is_some();
        match set.as_bytes() {
            b"837" if has(b"X223") || has(b"X096") => Guide::Institutional,
            b"837" if has(b"X224") || has(b"X097") => Guide::Dental,
            b"837" if has(b"X291") || has(b"X292") || has(b"X298") => Guide::Unsupported,
            b"837" => Guide::Professional,
            b"835" => Guide::Remittance,
            b"999" => Guide::ImplementationAcknowledgment,
            b"277" if has(b"X214") => Guide::ClaimAcknowledgment,
            b"277" if has(b"X212") || has(b"X093") => Guide::StatusResponse,
            b"276" => Guide::StatusRequest,
            b"270" => Guide::EligibilityInquiry,
            b"271" => Guide::EligibilityResponse,
            _ => Guide::Unsupported,
        }
    }
    /// All that are read.
    const READ: [Guide; 10] = [
        Guide::Professional,
        Guide::Institutional,
        Guide::Dental,
        Guide::Remittance,
        Guide::ImplementationAcknowledgment,
        Guide::ClaimAcknowledgment,
        Guide::EligibilityInquiry,
        Guide::EligibilityResponse,
        Guide::StatusRequest,
        Guide::StatusResponse,
    ];
    /// As JSON names it: `remittance`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Guide::Professional => "professional",
            Guide::Institutional => "institutional",
            Guide::Dental => "dental",
            Guide::Remittance => "remittance",
            Guide::ImplementationAcknowledgment => "implementation_acknowledgment",
            Guide::ClaimAcknowledgment => "claim_acknowledgment",
            Guide::EligibilityInquiry => "eligibility_inquiry",
            Guide::EligibilityResponse => "eligibility_response",
            Guide::StatusRequest => "status_request",
            Guide::StatusResponse => "status_response",
            Guide::Unsupported => "unsupported",
        }
    }
    /// The guide of a name, when its sets are read.
    #[must_use]
    pub fn named(name: &str) -> Option<Guide> {
        Guide::READ.into_iter().find(|guide| guide.name() == name)
    }
    /// Its table, when its sets are read.
    #[must_use]
    pub const fn loop_spec(self) -> Option<&'static LoopSpec> {
        match self {
            Guide::Professional => Some(Professional::LOOP),
            Guide::Institutional => Some(Institutional::LOOP),
            Guide::Dental => Some(Dental::LOOP),
            Guide::Remittance => Some(Remittance::LOOP),
            Guide::ImplementationAcknowledgment => Some(ImplementationAcknowledgment::LOOP),
            Guide::ClaimAcknowledgment => Some(ClaimAcknowledgment::LOOP),
            Guide::EligibilityInquiry => Some(EligibilityInquiry::LOOP),
            Guide::EligibilityResponse => Some(EligibilityResponse::LOOP),
            Guide::StatusRequest => Some(StatusRequest::LOOP),
            Guide::StatusResponse => Some(StatusResponse::LOOP),
            Guide::Unsupported => None,
        }
    }
    /// True when its sets are read into types.
    #[must_use]
    pub const fn is_read(self) -> bool {
        !matches!(self, Guide::Unsupported)
    }
    /// True for the three 837.
    #[must_use]
    pub const fn is_claims(self) -> bool {
        matches!(self, Guide::Professional | Guide::Institutional | Guide::Dental)
    }
    /// GS01 for its groups.
    #[must_use]
    pub const fn functional_id(self) -> &'static str {
        match self {
            Guide::Professional | Guide::Institutional | Guide::Dental => "HC",
            Guide::Remittance => "HP",
            Guide::ImplementationAcknowledgment => "FA",
            Guide::ClaimAcknowledgment | Guide::StatusResponse => "HN",
            Guide::EligibilityInquiry => "HS",
            Guide::EligibilityResponse => "HB",
            Guide::StatusRequest => "HR",
            Guide::Unsupported => "",
        }
    }
    /// ST01.
    #[must_use]
    pub const fn set(self) -> &'static str {
        match self {
            Guide::Professional | Guide::Institutional | Guide::Dental => "837",
            Guide::Remittance => "835",
            Guide::ImplementationAcknowledgment => "999",
            Guide::ClaimAcknowledgment | Guide::StatusResponse => "277",
            Guide::EligibilityInquiry => "270",
            Guide::EligibilityResponse => "271",
            Guide::StatusRequest => "276",
            Guide::Unsupported => "",
        }
    }
    /// The version that we write (GS08, ST03).
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Guide::Professional => "005010X222A1",
            Guide::Institutional => "005010X223A2",
            Guide::Dental => "005010X224A2",
            Guide::Remittance => "005010X221A1",
            Guide::ImplementationAcknowledgment => "005010X231A1",
            Guide::ClaimAcknowledgment => "005010X214",
            Guide::EligibilityInquiry | Guide::EligibilityResponse => "005010X279A1",
            Guide::StatusRequest | Guide::StatusResponse => "005010X212",
            Guide::Unsupported => "",
        }
    }
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct File<'a> {
    /// Its interchanges.
    pub interchanges: Vec<Interchange<'a>>,
    /// What follows the last segment.
    pub tail: &'a [u8],
    /// Everything that is wrong with it.
    pub issues: Issues,
    /// A limit that was passed: something is kept as text that could be read.
    pub passed: Option<Limit>,
}

/// ISA to IEA.
#[derive(Clone, Debug)]
pub struct Interchange<'a> {
    /// Text before it: a byte-order mark, prose.
    pub before: &'a [u8],
    /// What separates inside.
    pub delimiters: Delimiters,
    /// What was odd about its beginning.
    pub quirks: Vec<Quirk>,
    /// ISA; absent from a fragment.
    pub header: Option<Isa<'a>>,
    /// Acknowledgments of earlier interchanges.
    pub acknowledgments: Vec<Ta1<'a>>,
    /// Its groups.
    pub groups: Vec<Group<'a>>,
    /// What belongs to no group.
    pub other: Vec<Other<'a>>,
    /// IEA.
    pub trailer: Option<Iea<'a>>,
}

/// GS to GE.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// GS; absent from a fragment.
    pub header: Option<Gs<'a>>,
    /// Its sets.
    pub sets: Vec<Set<'a>>,
    /// What belongs to no set.
    pub other: Vec<Other<'a>>,
    /// GE.
    pub trailer: Option<Ge<'a>>,
}

/// ST to SE.
#[derive(Clone, Debug)]
pub struct Set<'a> {
    /// Where it stands: interchange, group and set from 1.
    pub at: issue::At,
    /// Which guide it follows.
    pub guide: Guide,
    /// ST.
    pub header: St<'a>,
    /// What is in it.
    pub body: Body<'a>,
    /// SE.
    pub trailer: Option<Se<'a>>,
}

/// What stands between ST and SE.
#[derive(Clone, Debug)]
pub enum Body<'a> {
    /// 837 professional.
    Professional(Box<Professional<'a>>),
    /// 837 institutional.
    Institutional(Box<Institutional<'a>>),
    /// 837 dental.
    Dental(Box<Dental<'a>>),
    /// 835.
    Remittance(Box<Remittance<'a>>),
    /// 999.
    Acknowledgment(Box<ImplementationAcknowledgment<'a>>),
    /// 277 claim acknowledgment.
    ClaimAcknowledgment(Box<ClaimAcknowledgment<'a>>),
    /// 270 eligibility inquiry.
    EligibilityInquiry(Box<EligibilityInquiry<'a>>),
    /// 271 eligibility response.
    EligibilityResponse(Box<EligibilityResponse<'a>>),
    /// 276 claim status request.
    StatusRequest(Box<StatusRequest<'a>>),
    /// 277 claim status response.
    StatusResponse(Box<StatusResponse<'a>>),
    /// A set that we do not read, or whose beginning cannot be: kept as text.
    Other(Option<Other<'a>>),
}

/// Longest text that is read at once; longer ones go through [`Reader`](crate::Reader).
pub const FILE_BYTES_MAX: usize = 1 << 31;

/// Reads a file. Never fails: what cannot be read is kept as text, and the issues say why.
///
/// Its values take at most [`values_max`] bytes beside the text, and while it reads, an index up to
/// 24 more for each byte, three for ordinary segments. What would take more is kept as text, and
/// [`File::passed`] says so.
#[must_use]
pub fn read_file(text: &[u8]) -> File<'_> {
    read_file_watched(text, Issues::default(), None)
}

/// Reads a file, keeping issues as `issues` says and showing every segment to `watch`.
pub fn read_file_watched<'a>(text: &'a [u8], issues: Issues, watch: Option<&mut dyn Watch>) -> File<'a> {
    read(text, issues, watch, Bodies::Read, values_max(text.len()))
}

/// Reads the envelopes of a file; what the sets hold is kept as text, for [`Set::read_body`].
pub(crate) fn read_envelopes(text: &[u8]) -> File<'_> {
    read(text, Issues::default(), None, Bodies::Kept, values_max(text.len()))
}

/// What becomes of what stands in the sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bodies {
    Read,
    Kept,
}

fn read<'a>(
    text: &'a [u8],
    issues: Issues,
    mut watch: Option<&mut dyn Watch>,
    bodies: Bodies,
    mut room: usize,
) -> File<'a> {
    let mut file = File { interchanges: Vec::new(), tail: text, issues, passed: None };
    if text.len() > FILE_BYTES_MAX {
        let message = format!("the file is longer than {FILE_BYTES_MAX} bytes: read it as a stream");
        file.issues.push(Issue::new(Limit::FileBytes.rule(), issue::At::default(), message));
        file.passed = Some(Limit::FileBytes);
        return file;
    }
    let (mut tape, mut frames) = (Tape::default(), Frames::default());
    let (mut at, mut no_isa_before) = (0, 0);
    while let Some(opening) = discover_after(text, at, &mut no_isa_before) {
        tape.clear();
        let delimiters = opening.delimiters;
        let end = match tape.tokenise(text, opening.start, delimiters, false) {
            Stop::InterchangeEnd(end) => end,
            Stop::End(lead) if text[lead..].trim_ascii().is_empty() => lead,
            Stop::End(lead) => {
                tape.unterminated(text, lead, delimiters);
                tape.segments().last().map_or(lead, |last| last.end as usize)
            }
        };
        let number = u32::try_from(file.interchanges.len()).unwrap_or(u32::MAX).saturating_add(1);
        let place = issue::At { interchange: number, offset: opening.start as u64, ..issue::At::default() };
        for quirk in &opening.quirks {
            file.issues.push(quirk_issue(*quirk, delimiters, place));
        }
        let unterminated = tape.segments().last().is_some_and(|last| {
            text.get(last.end as usize - 1).is_none_or(|&byte| byte != delimiters.segment)
        });
        if unterminated {
            let place = issue::At { offset: end as u64, ..place };
            file.issues.push(
                Issue::new("x12/no-last-terminator", place, "the last segment lacks its terminator")
                    .warning(),
            );
        }
        let ground = Ground { text, tape: &tape, delimiters, base: 0 };
        let issues = &mut file.issues;
        let mut walk = Walk {
            ground,
            next: 0,
            place,
            frames: &mut frames,
            issues,
            watch: watch.take(),
            bodies,
            room,
            passed: None,
            stopped: false,
        };
        walk.hold(size_of::<Interchange<'_>>());
        let mut interchange = walk.interchange();
        watch = walk.watch;
        room = walk.room;
        file.passed = file.passed.or(walk.passed);
        let stopped = walk.stopped.then(|| tape.get(walk.next)).flatten();
        let end = stopped.map_or(end, |placed| placed.lead as usize);
        interchange.before = &text[at..opening.start];
        interchange.quirks = opening.quirks;
        file.interchanges.push(interchange);
        file.tail = &text[end..];
        if stopped.is_some() {
            return file;
        }
        if end <= at {
            break;
        }
        at = end;
    }
    if file.interchanges.is_empty() {
        let message = "this is no X12: neither ISA nor GS nor ST begins a line";
        file.issues.push(
            Issue::new("x12/not-x12", issue::At::default(), message)
                .expected("ISA")
                .ack(Ack::Interchange("022")),
        );
    } else if !file.tail.trim_ascii().is_empty() {
        let place = issue::At { offset: (text.len() - file.tail.len()) as u64, ..issue::At::default() };
        file.issues.push(
            Issue::new("x12/text-after", place, "text follows the last interchange")
                .warning()
                .found(Text::new(file.tail)),
        );
    }
    file
}

pub(crate) fn quirk_issue(quirk: Quirk, delimiters: Delimiters, place: issue::At) -> Issue {
    let (rule, message) = match quirk {
        Quirk::ByteOrderMark => ("x12/byte-order-mark", "a byte-order mark stands before ISA".to_owned()),
        Quirk::TextBefore => ("x12/text-before", "text stands before the interchange".to_owned()),
        Quirk::IsaNot106 => ("x12/isa-widths", "elements of ISA are not of their fixed widths".to_owned()),
        Quirk::NoIsa => ("x12/no-isa", "there is no ISA: delimiters are guessed".to_owned()),
        Quirk::OtherComponentSeparator => (
            "x12/component-separator",
            format!("composites are separated by {:?}, not by ISA16", char::from(delimiters.component)),
        ),
        Quirk::NoRepetitionSeparator => (
            "x12/no-repetition-separator",
            "ISA11 is no separator, as in 4010, though ISA12 says 5010".to_owned(),
        ),
        Quirk::LineBreakTerminator => {
            ("x12/line-break-terminator", "the line break ends segments".to_owned())
        }
    };
    Issue::new(rule, place, message).warning().segment("ISA")
}

impl File<'_> {
    /// The file's text: byte by byte as it was read where nothing was changed.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = Render::verbatim(Delimiters::USUAL);
        for interchange in &self.interchanges {
            interchange.write(&mut out);
        }
        out.bytes(self.tail);
        out.into_bytes()
    }
    /// All transaction sets.
    pub fn sets(&self) -> impl Iterator<Item = &Set<'_>> {
        self.interchanges.iter().flat_map(|interchange| &interchange.groups).flat_map(|group| &group.sets)
    }
}

const NO_SEGMENT: NodeSpec = NodeSpec::Segment(&SegmentSpec { id: "", name: "", elements: &[] });

impl Written for Interchange<'_> {
    fn spec(&self) -> NodeSpec {
        NO_SEGMENT
    }
    fn write(&self, out: &mut Render) {
        out.switch(self.delimiters);
        out.bytes(self.before);
        write_in_order(self, out);
    }
    fn source(&self) -> Source<'_> {
        self.header.map_or(Source::NONE, |header| header.source)
    }
    fn each<'s>(&'s self, visit: &mut dyn FnMut(usize, &'s dyn Written)) {
        self.header.iter().for_each(|part| visit(0, part));
        self.acknowledgments.iter().for_each(|part| visit(1, part));
        self.groups.iter().for_each(|part| visit(2, part));
        self.trailer.iter().for_each(|part| visit(3, part));
        self.other.iter().for_each(|part| visit(usize::MAX, part));
    }
}

impl Written for Group<'_> {
    fn spec(&self) -> NodeSpec {
        NO_SEGMENT
    }
    fn write(&self, out: &mut Render) {
        write_in_order(self, out);
    }
    fn source(&self) -> Source<'_> {
        match (&self.header, self.sets.first()) {
            (Some(header), _) => header.source,
            (None, Some(set)) => set.header.source,
            (None, None) => Source::NONE,
        }
    }
    fn each<'s>(&'s self, visit: &mut dyn FnMut(usize, &'s dyn Written)) {
        self.header.iter().for_each(|part| visit(0, part));
        self.sets.iter().for_each(|part| visit(1, part));
        self.trailer.iter().for_each(|part| visit(2, part));
        self.other.iter().for_each(|part| visit(usize::MAX, part));
    }
}

impl<'a> Set<'a> {
    /// Reads what was kept as text.
    pub(crate) fn read_body(&self, delimiters: Delimiters) -> Option<Body<'a>> {
        let Body::Other(Some(Other { source, .. })) = &self.body else { return None };
        let (mut tape, mut frames, mut unheard) = (Tape::default(), Frames::default(), Issues::keeping(0));
        let text = source.text();
        if let Stop::End(lead) = tape.tokenise(text, 0, delimiters, true)
            && !text[lead..].trim_ascii().is_empty()
        {
            tape.unterminated(text, lead, delimiters);
        }
        let ground = Ground { text, tape: &tape, delimiters, base: source.first_byte() };
        let end = tape.segments().len();
        let mut cursor =
            Cursor::new(ground, 0, end, 2, self.at, &mut frames, &mut unheard).within(values_max(text.len()));
        let body = Body::read(self.guide, &mut cursor);
        body.filter(|_| cursor.room().is_some())
    }
}

impl Written for Set<'_> {
    fn spec(&self) -> NodeSpec {
        self.body.node().map_or(NO_SEGMENT, Written::spec)
    }
    fn write(&self, out: &mut Render) {
        write_in_order(self, out);
    }
    fn source(&self) -> Source<'_> {
        self.header.source
    }
    fn each<'s>(&'s self, visit: &mut dyn FnMut(usize, &'s dyn Written)) {
        visit(0, &self.header);
        if let Some(body) = self.body.node() {
            visit(1, body);
        }
        self.trailer.iter().for_each(|part| visit(2, part));
    }
}

impl<'a> Body<'a> {
    /// Reads what stands between ST and SE; `None` when it cannot be typed.
    pub(crate) fn read(guide: Guide, cursor: &mut Cursor<'a, '_>) -> Option<Body<'a>> {
        match guide {
            Guide::Professional => Node::take(cursor).map(Body::Professional),
            Guide::Institutional => Node::take(cursor).map(Body::Institutional),
            Guide::Dental => Node::take(cursor).map(Body::Dental),
            Guide::Remittance => Node::take(cursor).map(Body::Remittance),
            Guide::ImplementationAcknowledgment => Node::take(cursor).map(Body::Acknowledgment),
            Guide::ClaimAcknowledgment => Node::take(cursor).map(Body::ClaimAcknowledgment),
            Guide::EligibilityInquiry => Node::take(cursor).map(Body::EligibilityInquiry),
            Guide::EligibilityResponse => Node::take(cursor).map(Body::EligibilityResponse),
            Guide::StatusRequest => Node::take(cursor).map(Body::StatusRequest),
            Guide::StatusResponse => Node::take(cursor).map(Body::StatusResponse),
            Guide::Unsupported => None,
        }
    }
    /// What it holds, to be walked without knowing its type.
    #[must_use]
    pub fn node(&self) -> Option<&(dyn Written + 'a)> {
        match self {
            Body::Professional(body) => Some(&**body),
            Body::Institutional(body) => Some(&**body),
            Body::Dental(body) => Some(&**body),
            Body::Remittance(body) => Some(&**body),
            Body::Acknowledgment(body) => Some(&**body),
            Body::ClaimAcknowledgment(body) => Some(&**body),
            Body::EligibilityInquiry(body) => Some(&**body),
            Body::EligibilityResponse(body) => Some(&**body),
            Body::StatusRequest(body) => Some(&**body),
            Body::StatusResponse(body) => Some(&**body),
            Body::Other(body) => body.as_ref().map(|body| body as &dyn Written),
        }
    }
}

const ISA: u32 = key(b"ISA");
const IEA: u32 = key(b"IEA");
const GS: u32 = key(b"GS");
const GE: u32 = key(b"GE");
const ST: u32 = key(b"ST");
const SE: u32 = key(b"SE");
const TA1: u32 = key(b"TA1");

/// Reads an envelope segment: all its elements are optional, so it is always there.
macro_rules! envelope_segment {
    ($walk:ident, $segment:ident, $number:expr) => {{
        let raw = $walk.ground.raw($walk.next, $number).expect("the tape has a segment here");
        let mut faults = Faults { component: 0, ..Faults::default() };
        let value = $segment::read_elements(&raw.elements, raw.source, &mut faults);
        $walk.next += 1;
        value
    }};
}

struct Walk<'a, 't, 'w> {
    ground: Ground<'a, 't>,
    next: usize,
    place: issue::At,
    frames: &'t mut Frames,
    issues: &'t mut Issues,
    watch: Option<&'w mut dyn Watch>,
    bodies: Bodies,
    /// Bytes that what is read may still take.
    room: usize,
    passed: Option<Limit>,
    /// There is no room for the rest of the file.
    stopped: bool,
}

impl<'a> Walk<'a, '_, '_> {
    fn key(&self) -> Option<u32> {
        self.ground.tape.get(self.next).filter(|_| !self.stopped).map(|placed| placed.key)
    }
    /// Counts what is set aside in a list, which grows by doubling.
    fn hold(&mut self, bytes: usize) {
        match self.room.checked_sub(2 * bytes) {
            Some(room) => self.room = room,
            None if self.stopped => {}
            None => {
                self.stopped = true;
                self.passed = Some(Limit::ValueBytes);
                let at = issue::At { segment: 0, ..self.at(self.next, 0) };
                self.issues.push(Limit::ValueBytes.issue(at));
            }
        }
    }
    fn at(&self, place: usize, number: u32) -> issue::At {
        let offset = self.ground.tape.get(place).map_or_else(
            || self.ground.tape.segments().last().map_or(0, |last| last.end),
            |placed| placed.start,
        );
        issue::At { segment: number, offset: u64::from(offset) + self.ground.base, ..self.place }
    }

    /// An element of the segment at the cursor, when something stands there.
    fn element(&self, place: u8) -> Option<Text<'a>> {
        self.ground.raw(self.next, 0).map(|raw| raw.element(place)).filter(|text| !text.is_empty())
    }

    fn interchange(&mut self) -> Interchange<'a> {
        let mut interchange = Interchange {
            before: b"",
            delimiters: self.ground.delimiters,
            quirks: Vec::new(),
            header: None,
            acknowledgments: Vec::new(),
            groups: Vec::new(),
            other: Vec::new(),
            trailer: None,
        };
        let first = self.place;
        if self.key() == Some(ISA) {
            interchange.header = envelope_segment!(self, Isa, 0);
        }
        let mut controls = HashSet::new();
        while let Some(key) = self.key() {
            match key {
                GS | ST => {
                    self.place.group += 1;
                    self.place.set = 0;
                    let at = self.at(self.next, 0);
                    if let Some(control) = self.element(6).filter(|_| key == GS)
                        && !controls.insert(control.as_bytes())
                    {
                        self.issues.push(
                            Issue::new("x12/group-repeated", at, "GS06 stands twice in the interchange")
                                .segment("GS")
                                .element("GS06", 0)
                                .found(control)
                                .ack(Ack::Group("19")),
                        );
                    }
                    self.hold(size_of::<Group<'_>>());
                    if self.stopped {
                        break;
                    }
                    let group = self.group();
                    interchange.groups.push(group);
                }
                TA1 => {
                    let first = self.next;
                    self.hold(size_of::<Ta1<'_>>());
                    match envelope_segment!(self, Ta1, 0) {
                        Some(answer) => interchange.acknowledgments.push(answer),
                        None => interchange.other.push(self.outside(first, Why::Unreadable)),
                    }
                }
                IEA => {
                    let at = self.at(self.next, 0);
                    interchange.trailer = envelope_segment!(self, Iea, 0);
                    self.interchange_trailer(&interchange, at);
                    break;
                }
                _ => {
                    self.next += 1;
                    let other = self.outside(self.next - 1, Why::Unexpected);
                    interchange.other.push(other);
                }
            }
        }
        self.place = issue::At { group: 0, set: 0, ..self.place };
        if interchange.header.is_some() && interchange.trailer.is_none() && !self.stopped {
            self.issues.push(
                Issue::new("x12/no-iea", self.at(self.next, 0), "the interchange ends without IEA")
                    .segment("IEA")
                    .ack(Ack::Interchange("023")),
            );
        }
        // IEA is the last segment on a tape; what follows is kept all the same.
        while self.key().is_some() {
            self.next += 1;
            let other = self.outside(self.next - 1, Why::Unexpected);
            interchange.other.push(other);
        }
        self.place = first;
        interchange
    }

    /// A segment where none belongs.
    fn outside(&mut self, first: usize, why: Why) -> Other<'a> {
        self.hold(size_of::<Other<'_>>());
        let at = self.at(first, 0);
        let id = self.ground.raw(first, 0).map(|raw| raw.id()).unwrap_or_default();
        self.issues.push(
            Issue::new("x12/unexpected-segment", at, format!("{id} stands outside a transaction set"))
                .segment(id.to_str())
                .ack(Ack::Segment("2")),
        );
        Other { source: self.ground.stretch(first, self.next, 0), why }
    }

    fn interchange_trailer(&mut self, interchange: &Interchange<'a>, at: issue::At) {
        let (Some(header), Some(trailer)) = (interchange.header, interchange.trailer) else { return };
        let groups = interchange.groups.iter().filter(|group| group.header.is_some()).count() as u64;
        let answers = !interchange.acknowledgments.is_empty();
        let at = issue::At { group: 0, set: 0, ..at };
        check_interchange_trailer(header.control_number, &trailer, groups, answers, at, self.issues);
    }

    fn group(&mut self) -> Group<'a> {
        let mut group = Group { header: None, sets: Vec::new(), other: Vec::new(), trailer: None };
        if self.key() == Some(GS) {
            group.header = envelope_segment!(self, Gs, 0);
        }
        let mut controls = HashSet::new();
        while let Some(key) = self.key() {
            match key {
                ST => {
                    self.place.set += 1;
                    let at = self.at(self.next, 1);
                    if let Some(control) = self.element(2)
                        && !controls.insert(control.as_bytes())
                    {
                        self.issues.push(
                            Issue::new("x12/set-repeated", at, "ST02 stands twice in the group")
                                .segment("ST")
                                .element("ST02", 0)
                                .found(control)
                                .ack(Ack::Set("23")),
                        );
                    }
                    self.hold(size_of::<Set<'_>>());
                    if self.stopped {
                        break;
                    }
                    let set = self.set(group.header.as_ref());
                    group.sets.push(set);
                }
                GE => {
                    let at = issue::At { set: 0, ..self.at(self.next, 0) };
                    group.trailer = envelope_segment!(self, Ge, 0);
                    self.group_trailer(&group, at);
                    return group;
                }
                GS | IEA | ISA | TA1 => break,
                _ => {
                    self.next += 1;
                    let other = self.outside(self.next - 1, Why::Unexpected);
                    group.other.push(other);
                }
            }
        }
        if group.header.is_some() && !self.stopped {
            let at = issue::At { set: 0, ..self.at(self.next, 0) };
            self.issues.push(
                Issue::new("x12/no-ge", at, "the group ends without GE").segment("GE").ack(Ack::Group("3")),
            );
        }
        group
    }

    fn group_trailer(&mut self, group: &Group<'a>, at: issue::At) {
        let (Some(header), Some(trailer)) = (group.header, group.trailer) else { return };
        check_group_trailer(header.control_number, &trailer, group.sets.len() as u64, at, self.issues);
    }

    fn set(&mut self, group: Option<&Gs<'a>>) -> Set<'a> {
        let first = self.next;
        let header = envelope_segment!(self, St, 1).expect("every element of ST may be missing");
        let version = header.guide.or_else(|| group.and_then(|group| group.version)).unwrap_or_default();
        let guide = Guide::of(header.identifier.unwrap_or_default(), version);
        let body_first = self.next;
        while self.key().is_some_and(|key| ![SE, ST, GE, GS, IEA, ISA].contains(&key)) {
            self.next += 1;
        }
        let end = self.next;
        let set_at = self.at(first, 1);
        set_version(guide, &header, version, set_at, self.issues);
        let body = self.body(readable(guide, version), body_first, end);
        let trailer = if self.key() == Some(SE) {
            let count = u32::try_from(self.next - first + 1).unwrap_or(u32::MAX);
            let at = self.at(self.next, count);
            let trailer = envelope_segment!(self, Se, count);
            if let Some(trailer) = &trailer {
                check_trailer(header.control_number, trailer, u64::from(count), at, self.issues);
            }
            trailer
        } else {
            let count = u32::try_from(self.next - first + 1).unwrap_or(u32::MAX);
            let at = self.at(self.next, count);
            self.issues.push(
                Issue::new("x12/no-se", at, "the transaction set ends without SE")
                    .segment("SE")
                    .ack(Ack::Set("2")),
            );
            None
        };
        Set { at: set_at, guide, header, body, trailer }
    }

    fn body(&mut self, guide: Guide, first: usize, end: usize) -> Body<'a> {
        let whole =
            (first < end).then(|| Other { source: self.ground.stretch(first, end, 2), why: Why::Unreadable });
        if self.bodies == Bodies::Kept {
            return Body::Other(whole);
        }
        let watch = self.watch.as_mut().map(|watch| &mut **watch as &mut dyn Watch);
        let mut cursor = Cursor::new(self.ground, first, end, 2, self.place, self.frames, self.issues)
            .watched(watch)
            .within(self.room);
        let body = Body::read(guide, &mut cursor);
        match cursor.room() {
            Some(room) => {
                self.room = room;
                body.unwrap_or(Body::Other(whole))
            }
            None => {
                self.passed = Some(Limit::ValueBytes);
                Body::Other(whole)
            }
        }
    }
}

fn mismatch(
    rule: &'static str,
    at: issue::At,
    segment: &str,
    trailer: &'static str,
    header: &str,
    expected: Option<Text<'_>>,
    found: Option<Text<'_>>,
) -> Issue {
    Issue::new(rule, at, format!("{trailer} is not {header}"))
        .segment(segment)
        .element(trailer, 0)
        .found(found.unwrap_or_default())
        .expected(expected.unwrap_or_default().to_str())
}

/// A 4010 set follows another guide than the one that we have: refused, kept as text.
pub(crate) fn readable(guide: Guide, version: Text<'_>) -> Guide {
    if version.as_bytes().starts_with(b"004") { Guide::Unsupported } else { guide }
}

/// Says what we do not read, and what is no longer in force.
pub(crate) fn set_version(
    guide: Guide,
    header: &St<'_>,
    version: Text<'_>,
    at: issue::At,
    issues: &mut Issues,
) {
    let set = header.identifier.unwrap_or_default();
    if !guide.is_read() {
        let name = set_name(set);
        let version = if version.is_empty() { String::new() } else { format!(" ({version})") };
        issues.push(
            Issue::new("x12/unsupported-set", at, format!("{set} {name} is not read here{version}"))
                .segment("ST")
                .element("ST01", 0)
                .found(set)
                .ack(Ack::Set("1")),
        );
    } else if version.as_bytes().starts_with(b"004") {
        issues.push(
            Issue::new("x12/version-4010", at, "4010 is no longer in force (45 CFR 162.1102): send 5010")
                .segment("ST")
                .found(version)
                .expected(guide.version())
                .ack(Ack::Group("2")),
        );
    }
}

/// What a set is that we do not read.
fn set_name(set: Text<'_>) -> &'static str {
    match set.as_bytes() {
        b"148" => "first report of injury",
        b"269" => "benefit coordination verification",
        b"274" => "provider information",
        b"275" => "patient information (attachment)",
        b"277" => "of another kind than claim status and claim acknowledgment",
        b"278" => "authorization of services",
        b"820" => "premium payment",
        b"824" => "application advice",
        b"834" => "benefit enrollment",
        b"837" => "predetermination or post-adjudicated claims data",
        b"997" => "functional acknowledgment, replaced by the 999,",
        _ => "transaction set",
    }
}

/// IEA01 and IEA02 against what was read.
pub(crate) fn check_interchange_trailer(
    control: Option<Text<'_>>,
    trailer: &Iea<'_>,
    groups: u64,
    answers: bool,
    at: issue::At,
    issues: &mut Issues,
) {
    if trailer.groups.map(|count| count.0) != Some(groups) {
        let issue = Issue::new("x12/group-count", at, format!("IEA01 should count {groups} groups"))
            .segment("IEA")
            .element("IEA01", 0)
            .expected(groups.to_string())
            .ack(Ack::Interchange("021"));
        // Interchanges of TA1 alone often count 1: a quirk, nothing is missing.
        issues.push(if groups == 0 && answers { issue.warning() } else { issue });
    }
    // A blank beside the number comes from an ISA whose widths are wrong, which is reported.
    if control.map(|number| number.trim()) != trailer.control_number.map(|number| number.trim()) {
        let rule = "x12/interchange-control-number";
        let issue = mismatch(rule, at, "IEA", "IEA02", "ISA13", control, trailer.control_number);
        issues.push(issue.ack(Ack::Interchange("001")));
    }
}

/// GE01 and GE02 against what was read.
pub(crate) fn check_group_trailer(
    control: Option<Text<'_>>,
    trailer: &Ge<'_>,
    sets: u64,
    at: issue::At,
    issues: &mut Issues,
) {
    if trailer.sets.map(|count| count.0) != Some(sets) {
        issues.push(
            Issue::new("x12/set-count", at, format!("GE01 should count {sets} transaction sets"))
                .segment("GE")
                .element("GE01", 0)
                .expected(sets.to_string())
                .ack(Ack::Group("5")),
        );
    }
    if control != trailer.control_number {
        let rule = "x12/group-control-number";
        let issue = mismatch(rule, at, "GE", "GE02", "GS06", control, trailer.control_number);
        issues.push(issue.ack(Ack::Group("4")));
    }
}

/// SE01 and SE02 against what was read.
pub(crate) fn check_trailer(
    control: Option<Text<'_>>,
    trailer: &Se<'_>,
    segments: u64,
    at: issue::At,
    issues: &mut Issues,
) {
    if trailer.segments.map(|count| count.0) != Some(segments) {
        issues.push(
            Issue::new("x12/segment-count", at, format!("SE01 should count {segments} segments"))
                .segment("SE")
                .element("SE01", 0)
                .expected(segments.to_string())
                .ack(Ack::Set("4")),
        );
    }
    if control != trailer.control_number {
        let rule = "x12/set-control-number";
        let issue = mismatch(rule, at, "SE", "SE02", "ST02", control, trailer.control_number);
        issues.push(issue.ack(Ack::Set("3")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240101*1200*^*00501*000000001*0*P*:~";

    const REMITTANCE: &str = "ST*835*0001~\nBPR*I*150.00*C*CHK************20240105~\nTRN*1*CHECK1*1512345678~\n\
        N1*PR*PLAN~\nN3*1 MAIN~\nN4*TOWN*OH*44111~\nPER*BL*HELP*TE*8005550100~\nN1*PE*CLINIC*XX*1234567893~\n\
        LX*1~\nCLP*A1*1*200*150.00*50*12*ICN1~\nCAS*PR*1*50~\nNM1*QC*1*DOE*JANE~\n\
        SVC*HC:99213:25*200*150~\nDTM*472*20240101~\nCAS*PR*1*50~\nSE*16*0001~\n";

    fn interchange(sets: &str, count: usize) -> String {
        format!("{ISA}\nGS*HP*A1*B1*20240105*1200*1*X*005010X221A1~\n{sets}GE*{count}*1~\nIEA*1*000000001~\n")
    }

    #[track_caller]
    fn check(text: &str, rules: &[&str]) {
        let file = read_file(text.as_bytes());
        let found: Vec<&str> = file.issues.kept().iter().map(|issue| issue.rule).collect();
        assert_eq!(found, rules, "{:#?}", file.issues.kept());
        assert_eq!(String::from_utf8_lossy(&file.write()), text);
    }

    #[test]
    fn a_file_is_written_back_byte_by_byte() {
        check(&interchange(REMITTANCE, 1), &[]);
        check(&interchange(REMITTANCE, 1).replace('\n', "\r\n"), &[]);
        check(&interchange(REMITTANCE, 1).replace('\n', ""), &[]);
        check(&interchange(REMITTANCE, 1).replace("~\n", "\n"), &["x12/line-break-terminator"]);
    }

    #[test]
    fn a_remittance_is_typed() {
        let text = interchange(REMITTANCE, 1);
        let file = read_file(text.as_bytes());
        let set = file.sets().next().unwrap();
        let Body::Remittance(remittance) = &set.body else { panic!("an 835") };
        assert_eq!(remittance.payment.paid.to_string(), "150.00");
        let claim = remittance.claims().next().unwrap();
        assert_eq!(claim.claim.payer_claim_control_number, Some("ICN1".into()));
        let line = &claim.services[0];
        assert_eq!(line.service.procedure.modifiers.get(0), Some(&"25".into()));
        assert_eq!(line.adjustments[0].adjustments.get(0).unwrap().amount.to_string(), "50.00");
        assert_eq!(
            (
                claim.claim.source.number(),
                &text[usize::try_from(claim.claim.source.offset()).unwrap()..][..4]
            ),
            (10, "CLP*")
        );
    }

    #[test]
    fn every_fault_of_the_envelope_is_reported() {
        check(&interchange(REMITTANCE, 2), &["x12/set-count"]);
        check(
            &interchange(&REMITTANCE.replace("SE*16*0001", "SE*15*0002"), 1),
            &["x12/segment-count", "x12/set-control-number"],
        );
        check(&interchange(&REMITTANCE.replace("SE*16*0001~\n", ""), 1), &["x12/no-se"]);
        check(&interchange(&format!("{REMITTANCE}{REMITTANCE}"), 2), &["x12/set-repeated"]);
        check(
            &interchange(REMITTANCE, 1).replace("IEA*1*000000001", "IEA*2*000000002"),
            &["x12/group-count", "x12/interchange-control-number"],
        );
        check(&interchange(REMITTANCE, 1).replace("IEA*1*000000001~\n", ""), &["x12/no-iea"]);
        check(REMITTANCE, &["x12/no-isa"]);
        check(&format!("{}  trailing words", interchange(REMITTANCE, 1)), &["x12/text-after"]);
        check("name,amount\n", &["x12/not-x12"]);
        check(interchange(REMITTANCE, 1).trim_end_matches("~\n"), &["x12/no-last-terminator"]);
    }

    #[test]
    fn what_has_no_slot_stays_in_place() {
        let odd = REMITTANCE
            .replace("CAS*PR*1*50~\nNM1", "REF*QQ*1~\nZZZ*1~\nCAS*PR*1*50~\nNM1")
            .replace("SE*16", "SE*18");
        check(&interchange(&odd, 1), &["x12/unknown-qualifier", "x12/unknown-segment"]);
        let late =
            REMITTANCE.replace("CAS*PR*1*50~\nNM1*QC*1*DOE*JANE~\n", "NM1*QC*1*DOE*JANE~\nCAS*PR*1*50~\n");
        check(&interchange(&late, 1), &["x12/segment-out-of-order"]);
        let broken = REMITTANCE.replace("SVC*HC:99213:25*200*150~", "SVC*HC:99213:25*20O*150~");
        check(&interchange(&broken, 1), &["x12/invalid-number"]);
        let missing = REMITTANCE.replace("TRN*1*CHECK1*1512345678~\n", "").replace("SE*16", "SE*15");
        check(&interchange(&missing, 1), &["x12/missing-segment"]);
    }

    #[test]
    fn issues_say_where() {
        let broken =
            interchange(&REMITTANCE.replace("SVC*HC:99213:25*200*150~", "SVC*HC:99213:25*20O*150~"), 1);
        let file = read_file(broken.as_bytes());
        let issue = &file.issues.kept()[0];
        assert_eq!(issue.loop_path, "2000/2100/2110");
        assert_eq!(
            (issue.element.as_deref(), issue.found.as_deref(), issue.at.segment),
            (Some("SVC02"), Some("20O"), 13)
        );
        assert_eq!(&broken[usize::try_from(issue.at.offset).unwrap()..][..4], "SVC*");
        assert_eq!(issue.ack, Some(Ack::Element("6")));
    }

    /// Reads with room for so many bytes of values, and writes it again.
    #[track_caller]
    fn read_within(text: &str, room: usize) -> File<'_> {
        let file = read(text.as_bytes(), Issues::keeping(20_000), None, Bodies::Read, room);
        assert_eq!(String::from_utf8_lossy(&file.write()), text);
        file
    }

    #[test]
    fn a_set_whose_values_have_no_room_is_kept_as_text_and_named() {
        let stuffed = "ST*835*0002~\nBPR*I*0*C*NON************20240105~\n".to_owned() + &"A~".repeat(10_000);
        let text = interchange(&format!("{REMITTANCE}{stuffed}SE*10003*0002~\n"), 2);
        let file = read_within(&text, 100_000);
        assert_eq!(file.passed, Some(Limit::ValueBytes));
        let bodies: Vec<&Body<'_>> = file.sets().map(|set| &set.body).collect();
        assert!(matches!(bodies[..], [Body::Remittance(_), Body::Other(Some(_))]), "{}", bodies.len());
        let refused = file.issues.kept().iter().filter(|issue| issue.rule == "x12/too-many-values");
        let places: Vec<u32> = refused.map(|issue| issue.at.set).collect();
        assert_eq!(places, [2]);
        // The same with room is read.
        assert_eq!(read_within(&text, 2_000_000).passed, None);
    }

    #[test]
    fn sets_that_have_no_room_stay_behind_as_text() {
        let text = interchange(&"ST~SE*2~\n".repeat(5_000), 5_000);
        let file = read_within(&text, 100_000);
        assert_eq!(file.passed, Some(Limit::ValueBytes));
        assert!(file.sets().count() < 500 && file.tail.ends_with(b"IEA*1*000000001~\n"));
        let rules: Vec<&str> = file.issues.kept().iter().map(|issue| issue.rule).collect();
        assert_eq!(rules.iter().filter(|rule| **rule == "x12/too-many-values").count(), 1);
        assert!(!rules.contains(&"x12/no-ge") && !rules.contains(&"x12/no-iea"));
    }

    #[test]
    fn two_interchanges_may_have_their_own_delimiters() {
        let one = interchange(REMITTANCE, 1);
        let two = one.replace('*', "|").replace('~', "!");
        check(&format!("{one}{two}"), &[]);
    }
}
