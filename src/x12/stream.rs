//! Files of any size in flat memory: a reader that lends one section of a transaction set at a
//! time, typed: a claim payment, a claim with its levels, a header.
//!
//! Invariants: the buffer holds one chunk and at most one section more; positions are those of the
//! file; the issues are those of [`read_file`](crate::read_file), except around a claim that
//! stands under no level: it is lent here, and kept as text there. A limit that is passed is an
//! error that says where.

use std::collections::HashSet;
use std::io::Read;
use std::marker::PhantomData;

use crate::cursor::{Cursor, EnvelopeSegment, Frames, Ground, Watch};
use crate::declare::{Faults, Node, Other, Why, Written};
use crate::envelope::{self, Guide};
use crate::issue::{self, Ack, Issue, Issues};
use crate::lexer::{Delimiters, Placed, Quirk, Stop, Tape, discover_after, key};
use crate::limits::{Limit, Limits, ReadError, values_max};
use crate::segments::{Ge, Gs, Iea, Isa, Plb, Se, St, Ta1};
use crate::spec::{Ids, LoopSpec};
use crate::value::Text;
use crate::x270::EligibilityInquiry;
use crate::x271::EligibilityResponse;
use crate::x276::{StatusRequest, StatusResponse};
use crate::x277::ClaimAcknowledgment;
use crate::x835::{ClaimPayment, HeaderNumber, Remittance};
use crate::x837::{AnyBillingLevel, AnySubscriberLevel, ClaimSet};
use crate::x837d::Dental;
use crate::x837i::Institutional;
use crate::x837p::Professional;
use crate::x999::ImplementationAcknowledgment;

/// What is lent next. Boxes hold what would make each part large that is lent.
#[derive(Debug)]
pub enum Part<'r> {
    /// An interchange begins; `None` for a fragment without ISA.
    Interchange(Option<Box<Isa<'r>>>),
    /// It answers an earlier interchange.
    InterchangeAcknowledgment(Ta1<'r>),
    /// A group begins.
    Group(Box<Gs<'r>>),
    /// A transaction set begins.
    Set(Guide, St<'r>),
    /// 835: payment, payer and payee; without claims.
    RemittanceHeader(Box<Remittance<'r>>),
    /// 835: a header number; without claims.
    HeaderNumber(Box<HeaderNumber<'r>>),
    /// 835: a claim payment.
    ClaimPayment(Box<ClaimPayment<'r>>),
    /// 835: a provider adjustment.
    ProviderAdjustment(Box<Plb<'r>>),
    /// A section of an 837P.
    Professional(ClaimPart<'r, Professional<'r>>),
    /// A section of an 837I.
    Institutional(ClaimPart<'r, Institutional<'r>>),
    /// A section of an 837D.
    Dental(ClaimPart<'r, Dental<'r>>),
    /// A whole 999.
    ImplementationAcknowledgment(Box<ImplementationAcknowledgment<'r>>),
    /// A whole 277CA.
    ClaimAcknowledgment(Box<ClaimAcknowledgment<'r>>),
    /// A whole 270.
    EligibilityInquiry(Box<EligibilityInquiry<'r>>),
    /// A whole 271.
    EligibilityResponse(Box<EligibilityResponse<'r>>),
    /// A whole 276.
    StatusRequest(Box<StatusRequest<'r>>),
    /// A whole 277 that answers a 276.
    StatusResponse(Box<StatusResponse<'r>>),
    /// A section that cannot be typed, or of a set that is not read.
    Other(Section, Other<'r>),
    /// The set ends.
    SetEnd(Se<'r>),
    /// The group ends.
    GroupEnd(Ge<'r>),
    /// The interchange ends.
    InterchangeEnd(Iea<'r>),
}

type SubscriberOf<'r, S> = <<S as ClaimSet<'r>>::BillingLevel as AnyBillingLevel<'r>>::Subscriber;
type PatientOf<'r, S> = <SubscriberOf<'r, S> as AnySubscriberLevel<'r>>::Patient;

/// What is lent of an 837.
#[derive(Debug)]
pub enum ClaimPart<'r, S: ClaimSet<'r>> {
    /// Submitter and receiver; without levels.
    Header(Box<S>),
    /// A billing provider; without subscribers.
    BillingLevel(Box<S::BillingLevel>),
    /// A subscriber; without claims and patients, or [with all of them](Reader::by_subscriber). Of
    /// the levels, the one above is the billing provider.
    SubscriberLevel(Box<SubscriberOf<'r, S>>, Levels<'r, S>),
    /// A patient who is not the subscriber; without claims.
    PatientLevel(Box<PatientOf<'r, S>>),
    /// A claim, and the levels that it stands under.
    Claim(Box<S::Claim>, Levels<'r, S>),
}

/// The sections of sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What stands before the first claim or level.
    Header,
    /// A billing provider.
    BillingLevel,
    /// A subscriber.
    SubscriberLevel,
    /// A patient.
    PatientLevel,
    /// A claim.
    Claim,
    /// A header number.
    HeaderNumber,
    /// A claim payment.
    ClaimPayment,
    /// A provider adjustment.
    ProviderAdjustment,
    /// A whole set.
    Whole,
    /// A level that the guide does not know.
    UnknownLevel,
    /// A segment of a set that is not read, outside any set, or behind the adjustments of an 835.
    Unread,
}

/// The levels above a claim. They are read when asked for: most claims of a file share them, and
/// [`Levels::billing_number`] says when the billing provider is another.
#[derive(Debug)]
pub struct Levels<'r, S> {
    kept: Above<'r>,
    set: PhantomData<fn() -> S>,
}

/// Where a transaction set begins, and what of its file reading it takes.
#[derive(Clone, Debug)]
pub struct SetStart {
    /// The byte of the file at which its ST begins.
    pub offset: u64,
    delimiters: Delimiters,
    /// GS08, for an ST without a version.
    version: Vec<u8>,
    /// Its interchange, group and place in that.
    place: issue::At,
}

impl SetStart {
    /// Its interchange, group and place in that, as issues have it.
    #[must_use]
    pub const fn place(&self) -> (u32, u32, u32) {
        (self.place.interchange, self.place.group, self.place.set)
    }
}

/// The text of the levels above a claim.
#[derive(Clone, Copy, Debug)]
struct Above<'r> {
    billing: Option<&'r Kept>,
    subscriber: Option<&'r Kept>,
    patient: Option<&'r Kept>,
}

impl<S> Clone for Levels<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S> Copy for Levels<'_, S> {}

impl<'r, S: ClaimSet<'r>> Levels<'r, S> {
    /// Counts the billing levels of the file; 0 when there is none.
    #[must_use]
    pub fn billing_number(&self) -> u32 {
        self.kept.billing.map_or(0, |kept| kept.ordinal)
    }
    /// Counts the subscriber levels of the file; 0 when there is none.
    #[must_use]
    pub fn subscriber_number(&self) -> u32 {
        self.kept.subscriber.map_or(0, |kept| kept.ordinal)
    }
    /// The billing provider; `None` when missing or unreadable (reported when it was lent).
    #[must_use]
    pub fn billing(&self) -> Option<S::BillingLevel> {
        self.kept.billing?.read(&S::LEVELS[..1])
    }
    /// The subscriber.
    #[must_use]
    pub fn subscriber(&self) -> Option<SubscriberOf<'r, S>> {
        self.kept.subscriber?.read(&S::LEVELS[..2])
    }
    /// The patient, when not the subscriber.
    #[must_use]
    pub fn patient(&self) -> Option<PatientOf<'r, S>> {
        self.kept.patient?.read(&S::LEVELS[..3])
    }
    /// True when the claim stands under a patient level.
    #[must_use]
    pub const fn has_patient(&self) -> bool {
        self.kept.patient.is_some()
    }
}

/// The text of a level, kept while its claims are read.
#[derive(Debug)]
struct Kept {
    text: Vec<u8>,
    tape: Tape,
    delimiters: Delimiters,
    base: u64,
    number: u32,
    place: issue::At,
    ordinal: u32,
}

impl Kept {
    fn read<'r, T: Node<'r>>(&'r self, loops: &[&'static LoopSpec]) -> Option<T> {
        let ground =
            Ground { text: &self.text, tape: &self.tape, delimiters: self.delimiters, base: self.base };
        let (mut frames, mut unheard) = (Frames::default(), Issues::keeping(0));
        let end = self.tape.segments().len();
        let mut cursor = Cursor::new(ground, 0, end, self.number, self.place, &mut frames, &mut unheard)
            .sectioned(SECTIONS_837)
            .inside(loops);
        T::take(&mut cursor)
    }
}

const ISA: u32 = key(b"ISA");
const IEA: u32 = key(b"IEA");
const GS: u32 = key(b"GS");
const GE: u32 = key(b"GE");
const ST: u32 = key(b"ST");
const SE: u32 = key(b"SE");
const TA1: u32 = key(b"TA1");
const HL: u32 = key(b"HL");
const CLM: u32 = key(b"CLM");
const LX: u32 = key(b"LX");
const CLP: u32 = key(b"CLP");
const PLB: u32 = key(b"PLB");
/// What is read on its own, and therefore not missed in what stands around it.
const SECTIONS_837: &[u32] = &[HL, CLM];
const SECTIONS_835: &[u32] = &[LX, CLP];
/// What ends a transaction set.
const SET_ENDS: [u32; 6] = [SE, ST, GE, GS, IEA, ISA];
/// The levels of an 837: the set, 2000A, 2000B, 2000C.
const fn levels_of(guide: Guide) -> &'static [&'static LoopSpec; 4] {
    match guide {
        Guide::Institutional => Institutional::LEVELS,
        Guide::Dental => Dental::LEVELS,
        _ => Professional::LEVELS,
    }
}
const REMITTANCE: [&LoopSpec; 2] = [Remittance::LOOP, HeaderNumber::LOOP];

/// How much of an ISA must be in the buffer to be known as one.
const ISA_REACH: usize = 512;
/// Control numbers remembered to find repeats; a file with more sets is not searched further.
const CONTROLS_MAX: usize = 100_000;

/// Reads X12 from any input and lends it part by part.
///
/// ```
/// use firstpass_x12::{Part, Reader};
/// # fn main() -> Result<(), firstpass_x12::ReadError> {
/// let file = b"ST*835*0001~BPR*I*5*C*CHK~LX*1~CLP*A1*1*5*5~SE*5*0001~";
/// let mut reader = Reader::new(&file[..]);
/// let mut paid = types::Money::ZERO;
/// while let Some(part) = reader.next()? {
///     if let Part::ClaimPayment(claim) = part {
///         paid += claim.claim.paid;
///     }
/// }
/// assert_eq!(paid.to_string(), "5.00");
/// assert!(reader.issues().errors() > 0); // no payer, no payee, no trace
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    limits: Limits,
    by_subscriber: bool,
    ended: bool,
    /// No ISA begins before this place of the buffer.
    no_isa_before: usize,
    /// The end of the file was reported.
    finished: bool,
    /// The first segment of an interchange is not on the tape yet.
    opening: bool,
    buffer: Vec<u8>,
    /// Bytes of the file before the buffer.
    base: u64,
    tape: Tape,
    /// The next segment of the tape.
    at: usize,
    /// Segments of the file before those of the tape.
    passed: u64,
    /// Where the text begins that is not on the tape.
    untaped: usize,
    /// The tape ends where an interchange does.
    tape_ends_interchange: bool,
    delimiters: Option<Delimiters>,
    quirks: Vec<Quirk>,
    issues: Issues,
    place: issue::At,
    interchanges: u32,
    sets: usize,
    interchange: InterchangeState,
    group: Option<GroupState>,
    set: Option<SetState>,
    billing: Option<Kept>,
    subscriber: Option<Kept>,
    patient: Option<Kept>,
    billing_levels: u32,
    subscriber_levels: u32,
    spare: Vec<Kept>,
    frames: Frames,
}

#[derive(Debug, Default)]
struct InterchangeState {
    open: bool,
    control: Option<Vec<u8>>,
    groups: u64,
    answers: u64,
    controls: HashSet<Vec<u8>>,
}
#[derive(Debug, Default)]
struct GroupState {
    /// False for sets without a GS.
    header: bool,
    control: Option<Vec<u8>>,
    version: Vec<u8>,
    sets: u64,
    controls: HashSet<Vec<u8>>,
}
#[derive(Debug)]
struct SetState {
    /// The byte at which its ST begins.
    first: u64,
    guide: Guide,
    control: Option<Vec<u8>>,
    /// Number of the next segment, ST = 1.
    number: u32,
    header_read: bool,
    /// Inner loops seen of the level that is open.
    billing: u32,
    subscribers: u32,
    claims: u32,
    payments: u32,
    header_number: bool,
}

/// What to lend, by place on the tape.
#[derive(Clone, Copy, Debug)]
enum Plan {
    NoIsa,
    Envelope(usize, u32),
    Section(Section, usize, usize, u32),
}

impl<R: Read> Reader<R> {
    /// Reads `input` under the default limits.
    pub fn new(input: R) -> Reader<R> {
        Reader::with_limits(input, Limits::default())
    }

    /// Reads `input`.
    pub fn with_limits(input: R, limits: Limits) -> Reader<R> {
        Reader {
            input,
            limits,
            by_subscriber: false,
            ended: false,
            no_isa_before: 0,
            finished: false,
            opening: false,
            buffer: Vec::new(),
            base: 0,
            tape: Tape::default(),
            at: 0,
            passed: 0,
            untaped: 0,
            tape_ends_interchange: false,
            delimiters: None,
            quirks: Vec::new(),
            issues: Issues::keeping(limits.issues),
            place: issue::At::default(),
            interchanges: 0,
            sets: 0,
            interchange: InterchangeState::default(),
            group: None,
            set: None,
            billing: None,
            subscriber: None,
            patient: None,
            billing_levels: 0,
            subscriber_levels: 0,
            spare: Vec::new(),
            frames: Frames::default(),
        }
    }

    /// Reads a transaction set once more: `input` begins with its ST. Positions are those of the file; levels are
    /// counted from this set on. What follows the set is lent as well: the first part of the envelope ends it.
    pub fn of_set(input: R, start: &SetStart) -> Reader<R> {
        let place = issue::At { set: start.place.set.saturating_sub(1), ..start.place };
        let group = GroupState { version: start.version.clone(), ..GroupState::default() };
        let delimiters = Some(start.delimiters);
        Reader { delimiters, base: start.offset, place, group: Some(group), ..Reader::new(input) }
    }

    /// Where the set that is open begins.
    #[must_use]
    pub fn set_start(&self) -> Option<SetStart> {
        let (set, group, delimiters) = (self.set.as_ref()?, self.group.as_ref()?, self.delimiters?);
        Some(SetStart { offset: set.first, delimiters, version: group.version.clone(), place: self.place })
    }

    /// Lends a subscriber with all their claims and patients as one
    /// [`ClaimPart::SubscriberLevel`], for rules that look at them together. Memory then grows with
    /// the longest of them.
    #[must_use]
    pub fn by_subscriber(mut self) -> Reader<R> {
        self.by_subscriber = true;
        self
    }

    /// What is wrong with what was lent so far.
    #[must_use]
    pub const fn issues(&self) -> &Issues {
        &self.issues
    }
    /// All issues, when reading is over.
    #[must_use]
    pub fn into_issues(self) -> Issues {
        self.issues
    }
    /// Lets checks that see whole claims add their own.
    pub fn issues_mut(&mut self) -> &mut Issues {
        &mut self.issues
    }
    /// Interchange, group and set that are open.
    #[must_use]
    pub const fn place(&self) -> issue::At {
        self.place
    }
    /// How many segments of the file begin at or before this byte, when it is still at hand: from
    /// the last part on.
    pub(crate) fn segments_up_to(&self, offset: u64) -> Option<u64> {
        if offset < self.base {
            return None;
        }
        let before = |placed: &Placed| self.base + u64::from(placed.start) <= offset;
        Some(self.passed + self.tape.segments().partition_point(before) as u64)
    }
    /// The delimiters in force.
    #[must_use]
    pub const fn delimiters(&self) -> Option<Delimiters> {
        self.delimiters
    }

    /// The next part, lent until the next call; `None` at the end of the file.
    ///
    /// # Errors
    /// The input fails, or a limit is passed.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend")]
    pub fn next(&mut self) -> Result<Option<Part<'_>>, ReadError> {
        self.next_watched(None)
    }

    /// As [`Reader::next`]; every segment of a set is shown to `watch`, which then reports the
    /// faults of elements.
    ///
    /// # Errors
    /// The input fails, or a limit is passed.
    pub fn next_watched(&mut self, watch: Option<&mut dyn Watch>) -> Result<Option<Part<'_>>, ReadError> {
        match self.plan()? {
            None => Ok(None),
            Some(plan) => Ok(Some(self.lend(plan, watch))),
        }
    }

    /// Reads until there is something to lend.
    fn plan(&mut self) -> Result<Option<Plan>, ReadError> {
        loop {
            let Some(placed) = self.tape.get(self.at).copied() else {
                if self.delimiters.is_some() && !self.tape_ends_interchange && self.more()? {
                    continue;
                }
                if let Some(plan) = self.unread_header() {
                    return Ok(Some(plan));
                }
                if self.delimiters.take().is_some() {
                    self.tape_ends_interchange = false;
                    self.end_interchange();
                }
                return self.open();
            };
            if let Some(plan) = self.place_segment(placed)? {
                return Ok(Some(plan));
            }
        }
    }

    /// Finds the next interchange; `None` at the end of the file.
    fn open(&mut self) -> Result<Option<Plan>, ReadError> {
        loop {
            let kept = self.buffer.len() - self.untaped;
            let enough = self.ended || kept >= self.chunk();
            if enough
                && let Some(opening) = discover_after(&self.buffer, self.untaped, &mut self.no_isa_before)
            {
                let start = opening.start;
                self.interchanges += 1;
                self.place = issue::At {
                    interchange: self.interchanges,
                    offset: self.base + start as u64,
                    ..issue::At::default()
                };
                for quirk in &opening.quirks {
                    self.issues.push(envelope::quirk_issue(*quirk, opening.delimiters, self.place));
                }
                self.interchange = InterchangeState::default();
                self.delimiters = Some(opening.delimiters);
                self.quirks = opening.quirks;
                self.untaped = start;
                self.clear_tape();
                self.opening = true;
                self.tokenise();
                while self.tape.segments().is_empty() && self.more()? {}
                self.opening = false;
                if self.tape.get(0).is_some_and(|placed| placed.key == ISA) {
                    self.interchange.open = true;
                    return Ok(Some(Plan::Envelope(0, 0)));
                }
                return Ok(Some(Plan::NoIsa));
            }
            if self.ended {
                if !std::mem::replace(&mut self.finished, true) {
                    self.report_end();
                }
                return Ok(None);
            }
            if kept > self.limits.segment_bytes {
                return Err(self.passed(Limit::SegmentBytes, self.limits.segment_bytes, self.untaped));
            }
            self.clear_tape();
            self.drop_consumed(self.untaped);
            self.fill()?;
        }
    }

    fn report_end(&mut self) {
        let rest = self.buffer[self.untaped..].trim_ascii();
        let place = issue::At { offset: self.base + self.untaped as u64, ..issue::At::default() };
        if self.interchanges == 0 {
            let message = "this is no X12: neither ISA nor GS nor ST begins a line";
            let issue = Issue::new("x12/not-x12", issue::At::default(), message);
            self.issues.push(issue.expected("ISA").ack(Ack::Interchange("022")));
        } else if !rest.is_empty() {
            let issue = Issue::new("x12/text-after", place, "text follows the last interchange").warning();
            self.issues.push(issue.found(Text::new(rest)));
        }
        self.untaped = self.buffer.len();
    }

    /// A limit is passed by what begins at this place of the buffer.
    fn passed(&self, passed: Limit, limit: usize, at: usize) -> ReadError {
        ReadError::limit(passed, limit, self.base + at as u64)
    }

    /// Puts what is in the buffer on the tape.
    fn tokenise(&mut self) {
        let Some(delimiters) = self.delimiters else { return };
        match self.tape.tokenise(&self.buffer, self.untaped, delimiters, !self.opening) {
            Stop::End(lead) => self.untaped = lead,
            Stop::InterchangeEnd(end) => {
                self.untaped = end;
                self.tape_ends_interchange = true;
            }
        }
    }

    /// Reads on, keeping what is not consumed. False at the end of the input.
    fn more(&mut self) -> Result<bool, ReadError> {
        if self.tape_ends_interchange {
            return Ok(false);
        }
        let consumed = self.tape.get(self.at).map_or(self.untaped, |placed| placed.lead as usize);
        if self.ended {
            return Ok(self.take_unterminated());
        }
        if self.buffer.len() - self.untaped > self.limits.segment_bytes {
            return Err(self.passed(Limit::SegmentBytes, self.limits.segment_bytes, self.untaped));
        }
        if self.buffer.len() - consumed > self.limits.section_bytes {
            return Err(self.passed(Limit::SectionBytes, self.limits.section_bytes, consumed));
        }
        self.drop_consumed(consumed);
        self.passed += self.at as u64;
        self.tape.drop_before(self.at);
        self.at = 0;
        self.fill()?;
        self.tokenise();
        Ok(true)
    }

    fn clear_tape(&mut self) {
        self.passed += self.at as u64;
        self.tape.clear();
        self.at = 0;
    }

    fn drop_consumed(&mut self, consumed: usize) {
        let left = self.buffer.len() - consumed;
        self.buffer.copy_within(consumed.., 0);
        self.buffer.truncate(left);
        self.base += consumed as u64;
        self.untaped -= consumed;
        // An identifier may begin at the very end and go on in the next chunk.
        self.no_isa_before = self.no_isa_before.saturating_sub(consumed + ISA_REACH);
    }

    /// A whole ISA fits into any chunk.
    fn chunk(&self) -> usize {
        self.limits.chunk_bytes.max(ISA_REACH)
    }

    /// Reads a chunk, or as much again as is kept: what is kept is then looked at again only a
    /// bounded number of times.
    fn fill(&mut self) -> Result<(), ReadError> {
        let wanted = self.chunk().max(self.buffer.len());
        let before = self.buffer.len();
        let read = self.input.by_ref().take(wanted as u64).read_to_end(&mut self.buffer)?;
        self.ended = read < wanted;
        debug_assert_eq!(self.buffer.len(), before + read);
        if self.base + self.buffer.len() as u64 > self.limits.file_bytes {
            let limit = self.limits.file_bytes;
            return Err(ReadError::Limit { passed: Limit::FileBytes, limit, offset: limit });
        }
        Ok(())
    }

    /// At the end of the input: a last segment without terminator.
    fn take_unterminated(&mut self) -> bool {
        let Some(delimiters) = self.delimiters else { return false };
        if self.buffer[self.untaped..].trim_ascii().is_empty() {
            return false;
        }
        let segments = self.tape.segments().len();
        self.tape.unterminated(&self.buffer, self.untaped, delimiters);
        self.untaped = self.buffer.len();
        let offset = self.base + self.untaped as u64;
        let place = issue::At { group: 0, set: 0, offset, ..self.place };
        self.issues.push(
            Issue::new("x12/no-last-terminator", place, "the last segment lacks its terminator").warning(),
        );
        self.tape.segments().len() > segments
    }

    /// A set that ends before its header: read as an empty one, so that what it lacks is reported.
    fn unread_header(&self) -> Option<Plan> {
        let set = self.set.as_ref().filter(|set| !set.header_read && set.guide.is_read())?;
        let kind = match set.guide {
            guide if guide.is_claims() || guide == Guide::Remittance => Section::Header,
            _ => Section::Whole,
        };
        Some(Plan::Section(kind, self.at, self.at, set.number))
    }

    /// Decides on the segment at the cursor; `None`: something was closed, look again.
    fn place_segment(&mut self, placed: Placed) -> Result<Option<Plan>, ReadError> {
        if let Some((number, guide, read)) =
            self.set.as_ref().map(|set| (set.number, set.guide, set.header_read))
        {
            let ends = SET_ENDS.contains(&placed.key);
            return if ends && !read && guide.is_read() {
                Ok(self.unread_header())
            } else if placed.key == SE {
                Ok(Some(Plan::Envelope(self.at, number)))
            } else if ends {
                self.close_set();
                Ok(None)
            } else {
                self.section(placed)
            };
        }
        match placed.key {
            GS | IEA | ISA | TA1 if self.group.is_some() => {
                self.close_group();
                Ok(None)
            }
            ST if self.sets == self.limits.sets => {
                Err(self.passed(Limit::Sets, self.limits.sets, placed.start as usize))
            }
            key => {
                self.sets += usize::from(key == ST);
                Ok(Some(Plan::Envelope(self.at, u32::from(key == ST))))
            }
        }
    }

    /// Finds the end of the section that begins at the cursor.
    fn section(&mut self, placed: Placed) -> Result<Option<Plan>, ReadError> {
        let Some(set) = &self.set else { return Ok(None) };
        let (guide, number) = (set.guide, set.number);
        const CLAIMS: &[u32] = &[HL, CLM];
        const PAYMENTS: &[u32] = &[LX, CLP, PLB];
        let (openers, ids): (&[u32], Ids) = match guide {
            Guide::Professional | Guide::Institutional | Guide::Dental => (CLAIMS, const { Ids::of(CLAIMS) }),
            Guide::Remittance => (PAYMENTS, const { Ids::of(PAYMENTS) }),
            Guide::ImplementationAcknowledgment
            | Guide::ClaimAcknowledgment
            | Guide::EligibilityInquiry
            | Guide::EligibilityResponse
            | Guide::StatusRequest
            | Guide::StatusResponse => (&[], const { Ids::of(&[]) }),
            Guide::Unsupported => {
                return Ok(Some(Plan::Section(Section::Unread, self.at, self.at + 1, number)));
            }
        };
        let header = !set.header_read;
        if header && openers.contains(&placed.key) {
            return Ok(Some(Plan::Section(Section::Header, self.at, self.at, number)));
        }
        if !header && guide == Guide::Remittance && ![LX, CLP].contains(&placed.key) {
            // An adjustment is one segment; what stands behind it belongs to nothing.
            let kind = if placed.key == PLB { Section::ProviderAdjustment } else { Section::Unread };
            return Ok(Some(Plan::Section(kind, self.at, self.at + 1, number)));
        }
        let with_claims = self.by_subscriber
            && placed.key == HL
            && guide.is_claims()
            && self.level(self.at) == Section::SubscriberLevel;
        let ids = ids.and(const { Ids::of(&SET_ENDS) });
        let mut length = 1;
        let end = loop {
            // What surely neither opens another section nor ends the set is read over.
            let ahead = self.tape.segments().get(self.at + length..).unwrap_or_default();
            let ahead = ahead.iter().take(self.limits.section_segments.saturating_sub(length));
            length += ahead.take_while(|next| !ids.may_hold(next.key)).count();
            if length > self.limits.section_segments {
                let start = self.tape.get(self.at).map_or(self.untaped, |placed| placed.start as usize);
                return Err(self.passed(Limit::SectionSegments, self.limits.section_segments, start));
            }
            match self.tape.get(self.at + length).copied() {
                Some(next) if with_claims && next.key == CLM => length += 1,
                Some(next)
                    if with_claims
                        && next.key == HL
                        && self.level(self.at + length) == Section::PatientLevel =>
                {
                    length += 1;
                }
                Some(next) if openers.contains(&next.key) => break self.at + length,
                Some(next) if SET_ENDS.contains(&next.key) => break self.at + length,
                Some(_) => length += 1,
                None if self.more()? => {}
                None => break self.at + length,
            }
        };
        let kind = match placed.key {
            _ if openers.is_empty() => Section::Whole,
            _ if header => Section::Header,
            HL => self.level(self.at),
            CLM => Section::Claim,
            LX => Section::HeaderNumber,
            _ => Section::ClaimPayment,
        };
        Ok(Some(Plan::Section(kind, self.at, end, number)))
    }

    /// Which level the HL at a place of the tape opens, by HL03.
    fn level(&self, at: usize) -> Section {
        let Some(delimiters) = self.delimiters else { return Section::UnknownLevel };
        let ground = Ground { text: &self.buffer, tape: &self.tape, delimiters, base: self.base };
        match ground.raw(at, 0).map(|raw| raw.element(3).as_bytes()) {
            Some(b"20") => Section::BillingLevel,
            Some(b"22") => Section::SubscriberLevel,
            Some(b"23") => Section::PatientLevel,
            _ => Section::UnknownLevel,
        }
    }

    fn here(&self, number: u32) -> issue::At {
        let start = self.tape.get(self.at).map_or(self.untaped, |placed| placed.start as usize);
        issue::At { segment: number, offset: self.base + start as u64, ..self.place }
    }

    /// The set ends without SE.
    fn close_set(&mut self) {
        let Some(set) = &self.set else { return };
        let at = self.here(set.number);
        self.end_set();
        let issue = Issue::new("x12/no-se", at, "the transaction set ends without SE").segment("SE");
        self.issues.push(issue.ack(Ack::Set("2")));
    }

    /// Reports what the open levels lack, and forgets them.
    fn end_set(&mut self) {
        let Some(set) = self.set.take() else { return };
        let at = self.here(set.number);
        self.end_levels(&set, Section::Whole, at);
        if set.guide.is_claims() && set.billing == 0 && set.header_read {
            self.miss(levels_of(set.guide)[0], "billing_levels", "", at);
        }
        self.spare
            .extend([self.billing.take(), self.subscriber.take(), self.patient.take()].into_iter().flatten());
    }

    /// What ends when `next` begins must have had its required loops.
    fn end_levels(&mut self, set: &SetState, next: Section, at: issue::At) {
        let (billing, subscriber, patient) =
            (self.billing.is_some(), self.subscriber.is_some(), self.patient.is_some());
        if patient && set.claims == 0 {
            self.miss(levels_of(set.guide)[3], "claims", "2000A/2000B/2000C", at);
        }
        let ends_billing = matches!(next, Section::BillingLevel | Section::Whole);
        if ends_billing && billing && !subscriber && set.subscribers == 0 {
            self.miss(levels_of(set.guide)[1], "subscribers", "2000A", at);
        }
        if set.header_number && set.payments == 0 {
            self.miss(HeaderNumber::LOOP, "claims", "2000", at);
        }
    }

    fn miss(&mut self, spec: &'static LoopSpec, slot: &str, path: &str, at: issue::At) {
        let Some(slot) = spec.slots.iter().find(|candidate| candidate.name == slot) else { return };
        let id = slot.loop_spec().map_or("", |inner| inner.id);
        let within = if path.is_empty() { id.to_owned() } else { format!("{path}/{id}") };
        self.issues.push(
            Issue::new("x12/missing-loop", at, format!("loop {id} ({}) is required here", slot.pattern))
                .level(2)
                .segment(slot.id())
                .within(within)
                .expected(slot.pattern)
                .ack(Ack::Segment("3")),
        );
    }

    /// The group ends without GE.
    fn close_group(&mut self) {
        let Some(group) = self.group.take() else { return };
        if group.header {
            let at = issue::At { set: 0, ..self.here(0) };
            let issue = Issue::new("x12/no-ge", at, "the group ends without GE").segment("GE");
            self.issues.push(issue.ack(Ack::Group("3")));
        }
    }

    /// The interchange ends without IEA.
    fn end_interchange(&mut self) {
        if self.set.is_some() {
            self.close_set();
        }
        self.close_group();
        if std::mem::take(&mut self.interchange.open) {
            let at = issue::At { group: 0, set: 0, ..self.here(0) };
            let issue = Issue::new("x12/no-iea", at, "the interchange ends without IEA").segment("IEA");
            self.issues.push(issue.ack(Ack::Interchange("023")));
        }
    }

    /// Reads what was planned.
    fn lend(&mut self, plan: Plan, watch: Option<&mut dyn Watch>) -> Part<'_> {
        match plan {
            Plan::NoIsa => Part::Interchange(None),
            Plan::Envelope(at, number) => self.lend_envelope(at, number, watch),
            Plan::Section(kind, first, end, number) => self.lend_section(kind, first, end, number, watch),
        }
    }

    fn lend_envelope(&mut self, at: usize, number: u32, watch: Option<&mut dyn Watch>) -> Part<'_> {
        let delimiters = self.delimiters.unwrap_or(Delimiters::USUAL);
        let here = self.here(number);
        let mut control = None;
        if self.tape.get(at).is_some_and(|placed| placed.key == SE) {
            control = self.set.as_mut().and_then(|set| set.control.take());
            self.end_set();
        }
        self.at = at + 1;
        let number_in_file = self.passed + at as u64 + 1;
        let Reader { buffer, tape, base, issues, place, interchange, group, set, quirks, .. } = self;
        let ground = Ground { text: &*buffer, tape: &*tape, delimiters, base: *base };
        let raw = ground.raw(at, number).expect("a plan is a place on the tape");
        let faults = &mut Faults::default();
        let (elements, source) = (&raw.elements, raw.source);
        let stray = |issues: &mut Issues| {
            let id = raw.id();
            let message = format!("{id} stands outside a transaction set");
            issues.push(
                Issue::new("x12/unexpected-segment", here, message)
                    .segment(id.to_str())
                    .ack(Ack::Segment("2")),
            );
            Part::Other(Section::Unread, Other { source, why: Why::Unexpected })
        };
        let part = match raw.key() {
            ISA => match Isa::read_elements(elements, source, faults) {
                Some(isa) => {
                    interchange.control = isa.control_number.map(|text| text.as_bytes().to_vec());
                    Part::Interchange(Some(Box::new(isa)))
                }
                None => stray(issues),
            },
            TA1 => match Ta1::read_elements(elements, source, faults) {
                Some(answer) => {
                    interchange.answers += 1;
                    Part::InterchangeAcknowledgment(answer)
                }
                None => stray(issues),
            },
            GS => match Gs::read_elements(elements, source, faults) {
                Some(gs) => {
                    place.group += 1;
                    place.set = 0;
                    interchange.groups += 1;
                    let here = issue::At { group: place.group, set: 0, ..here };
                    remember(
                        &mut interchange.controls,
                        gs.control_number,
                        (
                            "x12/group-repeated",
                            "GS06 stands twice in the interchange",
                            "GS",
                            "GS06",
                            Ack::Group("19"),
                        ),
                        here,
                        issues,
                    );
                    *group = Some(GroupState {
                        header: true,
                        control: gs.control_number.map(|text| text.as_bytes().to_vec()),
                        version: gs.version.unwrap_or_default().as_bytes().to_vec(),
                        ..GroupState::default()
                    });
                    Part::Group(Box::new(gs))
                }
                None => stray(issues),
            },
            ST => match St::read_elements(elements, source, faults) {
                Some(st) => {
                    if group.is_none() {
                        place.group += 1;
                        place.set = 0;
                    }
                    let group = group.get_or_insert_default();
                    group.sets += 1;
                    place.set += 1;
                    let here = issue::At { group: place.group, set: place.set, segment: 1, ..here };
                    let version = st.guide.unwrap_or(Text::new(&group.version));
                    let guide = Guide::of(st.identifier.unwrap_or_default(), version);
                    envelope::set_version(guide, &st, version, here, issues);
                    remember(
                        &mut group.controls,
                        st.control_number,
                        ("x12/set-repeated", "ST02 stands twice in the group", "ST", "ST02", Ack::Set("23")),
                        here,
                        issues,
                    );
                    *set = Some(SetState {
                        first: here.offset,
                        guide: envelope::readable(guide, version),
                        control: st.control_number.map(|text| text.as_bytes().to_vec()),
                        number: 2,
                        header_read: false,
                        billing: 0,
                        subscribers: 0,
                        claims: 0,
                        payments: 0,
                        header_number: false,
                    });
                    Part::Set(guide, st)
                }
                None => stray(issues),
            },
            SE => match Se::read_elements(elements, source, faults) {
                Some(se) if number > 0 => {
                    envelope::check_trailer(
                        control.as_deref().map(Text::new),
                        &se,
                        u64::from(number),
                        here,
                        issues,
                    );
                    Part::SetEnd(se)
                }
                _ => stray(issues),
            },
            GE if group.is_some() => match Ge::read_elements(elements, source, faults) {
                Some(ge) => {
                    let state = group.take().unwrap_or_default();
                    let here = issue::At { set: 0, ..here };
                    if state.header {
                        let expected = state.control.as_deref().map(Text::new);
                        envelope::check_group_trailer(expected, &ge, state.sets, here, issues);
                    }
                    Part::GroupEnd(ge)
                }
                None => stray(issues),
            },
            IEA => match Iea::read_elements(elements, source, faults) {
                Some(iea) => {
                    let here = issue::At { group: 0, set: 0, ..here };
                    if std::mem::take(&mut interchange.open) {
                        let expected = interchange.control.as_deref().map(Text::new);
                        let answers = interchange.answers > 0;
                        envelope::check_interchange_trailer(
                            expected,
                            &iea,
                            interchange.groups,
                            answers,
                            here,
                            issues,
                        );
                    }
                    Part::InterchangeEnd(iea)
                }
                None => stray(issues),
            },
            _ => stray(issues),
        };
        if let Some(watch) = watch
            && !matches!(part, Part::Other(..))
        {
            let at = match raw.key() {
                ST | SE => issue::At { group: place.group, set: place.set, ..here },
                GS | GE => issue::At { group: place.group, set: 0, ..here },
                _ => issue::At { group: 0, set: 0, ..here },
            };
            let segment = EnvelopeSegment { raw: &raw, at, number: number_in_file, delimiters, quirks };
            watch.envelope(&segment, issues);
        }
        part
    }

    fn lend_section(
        &mut self,
        kind: Section,
        first: usize,
        end: usize,
        number: u32,
        mut watch: Option<&mut dyn Watch>,
    ) -> Part<'_> {
        self.before_section(kind, first, end, number);
        let place = self.place;
        let delimiters = self.delimiters.unwrap_or(Delimiters::USUAL);
        let guide = self.set.as_ref().map_or(Guide::Unsupported, |set| set.guide);
        let with_claims = self.by_subscriber && kind == Section::SubscriberLevel;
        let Reader { buffer, tape, base, issues, billing, subscriber, patient, set, frames, .. } = self;
        let ground = Ground { text: &*buffer, tape: &*tape, delimiters, base: *base };
        let under_header = set.as_ref().is_some_and(|set| set.header_number);
        let above =
            Above { billing: billing.as_ref(), subscriber: subscriber.as_ref(), patient: patient.as_ref() };
        let levels = levels_of(guide);
        let loops: &[&'static LoopSpec] = match kind {
            Section::BillingLevel => &levels[..1],
            Section::SubscriberLevel => &levels[..2],
            Section::PatientLevel => &levels[..3],
            Section::Claim if above.patient.is_some() => &levels[..4],
            Section::Claim => &levels[..3],
            Section::HeaderNumber => &REMITTANCE[..1],
            Section::ClaimPayment if under_header => &REMITTANCE[..2],
            Section::ClaimPayment | Section::ProviderAdjustment => &REMITTANCE[..1],
            Section::Unread if guide == Guide::Remittance => &REMITTANCE[..1],
            Section::Header | Section::Whole | Section::UnknownLevel | Section::Unread => &[],
        };
        let why = if kind == Section::Unread { Why::Unexpected } else { Why::Unreadable };
        let whole = Other { source: ground.stretch(first, end, number), why };
        let watch = watch.as_mut().map(|watch| &mut **watch as &mut dyn Watch);
        let mut cursor = Cursor::new(ground, first, end, number, place, frames, issues)
            .watched(watch)
            .sectioned(match guide {
                _ if with_claims => &[],
                Guide::Remittance => SECTIONS_835,
                _ if guide.is_claims() => SECTIONS_837,
                _ => &[],
            })
            .inside(loops)
            .within(values_max(whole.source.text().len()));
        let part = match kind {
            Section::Header if guide == Guide::Remittance => {
                Node::take(&mut cursor).map(Part::RemittanceHeader)
            }
            Section::Header
            | Section::BillingLevel
            | Section::SubscriberLevel
            | Section::PatientLevel
            | Section::Claim => match guide {
                Guide::Institutional => claim_part(kind, &mut cursor, above).map(Part::Institutional),
                Guide::Dental => claim_part(kind, &mut cursor, above).map(Part::Dental),
                _ => claim_part(kind, &mut cursor, above).map(Part::Professional),
            },
            Section::HeaderNumber => Node::take(&mut cursor).map(Part::HeaderNumber),
            Section::ClaimPayment => Node::take(&mut cursor).map(Part::ClaimPayment),
            Section::ProviderAdjustment => cursor.take_only().map(Part::ProviderAdjustment),
            Section::Whole => match guide {
                Guide::ClaimAcknowledgment => Node::take(&mut cursor).map(Part::ClaimAcknowledgment),
                Guide::EligibilityInquiry => Node::take(&mut cursor).map(Part::EligibilityInquiry),
                Guide::EligibilityResponse => Node::take(&mut cursor).map(Part::EligibilityResponse),
                Guide::StatusRequest => Node::take(&mut cursor).map(Part::StatusRequest),
                Guide::StatusResponse => Node::take(&mut cursor).map(Part::StatusResponse),
                _ => Node::take(&mut cursor).map(Part::ImplementationAcknowledgment),
            },
            Section::Unread if guide == Guide::Remittance => {
                cursor.refuse_last();
                None
            }
            Section::UnknownLevel | Section::Unread => None,
        };
        let is_whole = cursor.room().is_some();
        cursor.skip();
        match part {
            Some(part) if is_whole => part,
            _ => Part::Other(kind, whole),
        }
    }

    /// Keeps the books of the set before a section is read.
    fn before_section(&mut self, kind: Section, first: usize, end: usize, number: u32) {
        let at = self.here(number);
        self.at = end;
        let Some(mut set) = self.set.take() else { return };
        set.number = number.saturating_add(u32::try_from(end - first).unwrap_or(u32::MAX));
        match kind {
            Section::Header | Section::Whole => set.header_read = true,
            Section::BillingLevel => {
                self.end_levels(&set, kind, at);
                (set.billing, set.subscribers, set.claims) = (set.billing + 1, 0, 0);
                self.billing_levels = self.billing_levels.saturating_add(1);
                self.spare.extend([self.subscriber.take(), self.patient.take()].into_iter().flatten());
                let kept = self.keep(first, end, number, self.billing_levels);
                self.spare.extend(self.billing.replace(kept));
            }
            Section::SubscriberLevel => {
                self.end_levels(&set, kind, at);
                if self.billing.is_none() {
                    self.out_of_place("HL", "2000B", "a billing provider level (HL03 20)", at);
                }
                (set.subscribers, set.claims) = (set.subscribers + 1, 0);
                self.subscriber_levels = self.subscriber_levels.saturating_add(1);
                self.spare.extend(self.patient.take());
                let below = [CLM, HL];
                let own = self.tape.segments().get(first + 1..end).unwrap_or_default();
                let own = own.iter().take_while(|placed| !below.contains(&placed.key)).count();
                let kept = self.keep(first, first + 1 + own, number, self.subscriber_levels);
                self.spare.extend(self.subscriber.replace(kept));
            }
            Section::PatientLevel => {
                self.end_levels(&set, kind, at);
                if self.subscriber.is_none() {
                    self.out_of_place("HL", "2000C", "a subscriber level (HL03 22)", at);
                }
                set.claims = 0;
                let kept = self.keep(first, end, number, 1);
                self.spare.extend(self.patient.replace(kept));
            }
            Section::Claim => {
                if self.subscriber.is_none() {
                    self.out_of_place("CLM", "2300", "a subscriber level (HL03 22)", at);
                }
                set.claims = set.claims.saturating_add(1);
                if set.claims == 101 {
                    let issue =
                        Issue::new("x12/loop-over-maximum", at, "loop 2300 stands more often than 100 times");
                    self.issues.push(
                        issue
                            .level(2)
                            .segment("CLM")
                            .within("2300")
                            .expected("at most 100")
                            .ack(Ack::Segment("4")),
                    );
                }
            }
            Section::HeaderNumber => {
                self.end_levels(&set, kind, at);
                (set.header_number, set.payments) = (true, 0);
            }
            Section::ClaimPayment => {
                if !set.header_number {
                    let issue = Issue::new("x12/segment-not-used", at, "CLP stands under no LX");
                    self.issues.push(issue.level(2).segment("CLP").within("2100").ack(Ack::Segment("I4")));
                }
                set.payments = set.payments.saturating_add(1);
            }
            Section::ProviderAdjustment => {
                self.end_levels(&set, Section::Whole, at);
                set.header_number = false;
            }
            Section::UnknownLevel => {
                let issue = Issue::new("x12/unknown-qualifier", at, "HL03 is not a level of this guide");
                self.issues.push(
                    issue
                        .level(2)
                        .segment("HL")
                        .element("HL03", 0)
                        .expected("20, 22 or 23")
                        .ack(Ack::Segment("2")),
                );
            }
            Section::Unread => {}
        }
        self.set = Some(set);
    }

    fn out_of_place(&mut self, segment: &str, path: &str, expected: &str, at: issue::At) {
        let message = format!("{segment} stands under no level that may hold it");
        let issue = Issue::new("x12/unexpected-segment", at, message);
        self.issues.push(issue.segment(segment).within(path).expected(expected).ack(Ack::Segment("2")));
    }

    /// Copies a level's text, so that it outlives the buffer.
    fn keep(&mut self, first: usize, end: usize, number: u32, ordinal: u32) -> Kept {
        let delimiters = self.delimiters.unwrap_or(Delimiters::USUAL);
        let ground = Ground { text: &self.buffer, tape: &self.tape, delimiters, base: self.base };
        let source = ground.stretch(first, end, number);
        let (mut text, mut tape) = match self.spare.pop() {
            Some(kept) => (kept.text, kept.tape),
            None => (Vec::new(), Tape::default()),
        };
        text.clear();
        text.extend_from_slice(source.text());
        tape.copy(&self.tape, first, end);
        Kept { text, tape, delimiters, base: source.first_byte(), number, place: self.place, ordinal }
    }
}

impl<'r, S: ClaimSet<'r>> ClaimPart<'r, S> {
    /// What is lent, to be written or walked without knowing its type.
    #[must_use]
    pub fn node(&self) -> &dyn Written {
        match self {
            ClaimPart::Header(set) => set,
            ClaimPart::BillingLevel(level) => level,
            ClaimPart::SubscriberLevel(level, _) => level,
            ClaimPart::PatientLevel(level) => level,
            ClaimPart::Claim(claim, _) => claim,
        }
    }
}

/// Reads a section of an 837.
fn claim_part<'r, S: ClaimSet<'r>>(
    kind: Section,
    cursor: &mut Cursor<'r, '_>,
    above: Above<'r>,
) -> Option<ClaimPart<'r, S>> {
    let levels = Levels { kept: above, set: PhantomData };
    Some(match kind {
        Section::Header => ClaimPart::Header(Node::take(cursor)?),
        Section::BillingLevel => ClaimPart::BillingLevel(Node::take(cursor)?),
        Section::SubscriberLevel => ClaimPart::SubscriberLevel(Node::take(cursor)?, levels),
        Section::PatientLevel => ClaimPart::PatientLevel(Node::take(cursor)?),
        Section::Claim => ClaimPart::Claim(Node::take(cursor)?, levels),
        _ => return None,
    })
}

/// Remembers a control number and reports one that comes again.
fn remember(
    controls: &mut HashSet<Vec<u8>>,
    control: Option<Text<'_>>,
    (rule, message, segment, element, ack): (&'static str, &str, &str, &str, Ack),
    at: issue::At,
    issues: &mut Issues,
) {
    let Some(control) = control else { return };
    if controls.contains(control.as_bytes()) {
        let issue = Issue::new(rule, at, message).segment(segment).element(element, 0);
        issues.push(issue.found(control).ack(ack));
    } else if controls.len() < CONTROLS_MAX {
        controls.insert(control.as_bytes().to_vec());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::CHUNK;
    use crate::read_file;

    const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240101*1200*^*00501*000000001*0*P*:~";

    /// Hands out a few bytes at a time.
    struct Drops<'a>(&'a [u8], usize);
    impl Read for Drops<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let length = self.1.min(out.len()).min(self.0.len());
            let (now, later) = self.0.split_at(length);
            out[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    fn claims(count: usize) -> String {
        let mut sets = String::from(
            "ST*837*0001*005010X222A1~BHT*0019*00*1*20240101*1200*CH~NM1*41*2*CLINIC*****46*1~PER*IC*X*TE*8005550100~\
             NM1*40*2*PLAN*****46*2~HL*1**20*1~NM1*85*2*CLINIC*****XX*1234567893~N3*1 MAIN~N4*TOWN*OH*441110000~REF*EI*123456789~",
        );
        for claim in 0..count {
            let level = claim + 2;
            sets += &format!(
                "HL*{level}*1*22*0~SBR*P*18*******CI~NM1*IL*1*DOE*JANE{claim}****MI*W{claim}~NM1*PR*2*PLAN*****PI*P1~\
                 CLM*C{claim}*{claim}.5***11:B:1*Y*A*Y*Y~HI*ABK:M545~LX*1~SV1*HC:99213*{claim}.5*UN*1***1~DTP*472*D8*20240101~",
            );
        }
        format!(
            "{ISA}GS*HC*A1*B1*20240101*1200*1*X*005010X222A1~{sets}SE*{}*0001~GE*1*1~IEA*1*000000001~",
            11 + 9 * count
        )
    }

    fn lend(input: impl Read) -> (Vec<String>, Issues) {
        lend_within(input, Limits::default())
    }

    fn lend_within(input: impl Read, limits: Limits) -> (Vec<String>, Issues) {
        let mut reader = Reader::with_limits(input, limits);
        let mut lent = Vec::new();
        while let Some(part) = reader.next().unwrap() {
            match part {
                Part::Professional(ClaimPart::Claim(claim, levels)) => lent.push(format!(
                    "{} {} {} at {}",
                    claim.claim.patient_control_number,
                    claim.claim.charged,
                    levels.subscriber().and_then(|level| level.subscriber.name.id).unwrap_or_default(),
                    claim.claim.source.offset(),
                )),
                Part::ClaimPayment(claim) => lent.push(claim.claim.patient_control_number.to_string()),
                _ => {}
            }
        }
        (lent, reader.into_issues())
    }

    #[test]
    fn a_set_is_read_once_more_by_what_its_envelope_says() {
        // The version stands in GS only, and nothing in the set tells its delimiters.
        let set = |trace: &str, number: &str| {
            format!(
                "ST*835*0001~BPR*I*5*C*CHK~TRN*1*{trace}*1~N1*PR*PLAN~N1*PE*CLINIC*XX*1234567893~LX*1~\
                 CLP*{number}*1*5*5**12*P~SE*8*0001~"
            )
        };
        let (first, second) = (set("T1", "A1"), set("T2", "A2"));
        let text =
            format!("{ISA}GS*HP*A1*B1*20240101*1200*1*X*005010X221A1~{first}{second}GE*2*1~IEA*1*000000001~");
        let text = text.replace('*', "|").replace('~', "!");
        let mut starts = Vec::new();
        let mut reader = Reader::new(text.as_bytes());
        while let Some(part) = reader.next().unwrap() {
            if matches!(part, Part::Set(Guide::Remittance, _)) {
                starts.extend(reader.set_start());
            }
        }
        let places: Vec<_> = starts.iter().map(|start| (start.offset, start.place())).collect();
        let place = |number: usize| text.match_indices("ST|835").nth(number).unwrap().0 as u64;
        assert_eq!(places, [(place(0), (1, 1, 1)), (place(1), (1, 1, 2))]);

        let from = usize::try_from(starts[1].offset).unwrap();
        let mut again = Reader::of_set(&text.as_bytes()[from..], &starts[1]);
        let mut lent = Vec::new();
        while let Some(part) = again.next().unwrap() {
            match part {
                Part::RemittanceHeader(header) => lent.push(header.trace.number.to_string()),
                Part::ClaimPayment(claim) => lent.push(claim.claim.patient_control_number.to_string()),
                Part::SetEnd(end) => lent.push(format!("SE at {}", end.source.offset())),
                Part::GroupEnd(_) => break,
                _ => {}
            }
        }
        let end = text.rfind("SE|8").unwrap();
        assert_eq!(lent, ["T2".to_owned(), "A2".to_owned(), format!("SE at {end}")]);
    }

    #[test]
    fn claims_are_lent_with_their_levels_whatever_the_chunks() {
        let text = claims(3);
        let (lent, issues) = lend(text.as_bytes());
        assert_eq!(issues, Issues::default());
        let place = |number: &str| text.find(number).unwrap();
        assert_eq!(
            lent,
            [
                format!("C0 0.50 W0 at {}", place("CLM*C0")),
                format!("C1 1.50 W1 at {}", place("CLM*C1")),
                format!("C2 2.50 W2 at {}", place("CLM*C2")),
            ]
        );
        assert_eq!(lend(Drops(text.as_bytes(), 7)).0, lent);
        // Sections that begin in one chunk and end in another.
        let small = Limits { chunk_bytes: 0, ..Limits::default() };
        assert_eq!(lend_within(Drops(text.as_bytes(), 7), small).0, lent);
    }

    #[test]
    fn memory_stays_flat_while_a_long_file_is_read() {
        let text = claims(20_000);
        let mut reader = Reader::new(text.as_bytes());
        let mut seen = 0;
        while let Some(part) = reader.next().unwrap() {
            seen += usize::from(matches!(part, Part::Professional(ClaimPart::Claim(..))));
        }
        assert_eq!(seen, 20_000);
        assert!(
            text.len() > 3_000_000 && reader.buffer.capacity() < 1_200_000,
            "{}",
            reader.buffer.capacity()
        );
        assert!(reader.issues().is_empty(), "{:?}", reader.issues().kept());
    }

    /// Streaming finds what reading at once finds.
    #[track_caller]
    fn check(text: &str) {
        let (_, streamed) = lend(text.as_bytes());
        let file = read_file(text.as_bytes());
        let rules = |issues: &Issues| -> Vec<(&str, String, u64)> {
            issues.kept().iter().map(|i| (i.rule, i.loop_path.clone(), i.at.offset)).collect()
        };
        assert_eq!(rules(&streamed), rules(&file.issues));
    }

    #[test]
    fn a_stream_finds_the_same_faults() {
        check(&claims(2));
        check(&claims(2).replace("SV1*HC:99213*1.5", "SV1*HC:99213*1.5X"));
        check(&claims(2).replace("SE*29", "SE*30"));
        check(&claims(2).replace("NM1*PR*2*PLAN*****PI*P1~CLM*C1", "CLM*C1"));
        check(&claims(2).replace("IEA*1*000000001~", ""));
        check(&claims(2).replace("GE*1*1~IEA*1*000000001~", ""));
        check(&claims(2).replace("SE*29*0001~", ""));
        check(&claims(0));
        check("ST*270*1*005010X279A1~BHT*0022*13*A*20240101*1200~HL*1**20*1~NM1*PR*2*PLAN*****PI*1~SE*5*1~");
        check(&format!("{}{}", claims(1), claims(1).replace('*', "|")));
        check(claims(1).trim_end_matches('~'));
        check("ST*835*1~BPR*I*0*C*NON~PLB*1*20260101*WO*0~REF*EV*1~LQ*HE*N290~PLB*1*20260101*WO*0~SE*7*1~");
        check("no file at all");
        check("");
    }

    #[test]
    fn a_segment_without_end_is_refused_with_its_place() {
        let text = format!("{ISA}GS*HC{}", "*A".repeat(2_000_000));
        let mut reader = Reader::new(text.as_bytes());
        assert!(matches!(reader.next(), Ok(Some(Part::Interchange(Some(_))))));
        let error = reader.next().unwrap_err();
        assert_eq!(error.to_string(), "the segment is longer than the limit, 1048576, at byte 106");
    }

    #[test]
    fn a_set_of_nothing_but_its_header_is_lent_without_text() {
        let text = "ST*999*1*005010X231A1~";
        let mut reader = Reader::new(text.as_bytes());
        let mut lent = Vec::new();
        while let Some(part) = reader.next().unwrap() {
            if let Part::Other(section, other) = part {
                lent.push((section, other.source.text().to_vec(), other.source.first_byte()));
            }
        }
        assert_eq!(lent, [(Section::Whole, Vec::new(), 22)]);
    }

    #[test]
    fn what_stands_behind_an_adjustment_is_lent_segment_by_segment() {
        let text = "ST*835*1~BPR*I*0*C*NON~PLB*1*20260101*WO*0~SVC*HC:1*0~LQ*HE*N290~SE*6*1~";
        let mut reader = Reader::new(text.as_bytes());
        let mut behind = Vec::new();
        while let Some(part) = reader.next().unwrap() {
            if let Part::Other(Section::Unread, Other { source, why: Why::Unexpected }) = part {
                behind.push(String::from_utf8(source.text().to_vec()).unwrap());
            }
        }
        assert_eq!(behind, ["SVC*HC:1*0~", "LQ*HE*N290~"]);
    }

    /// What reading under some limits ends with.
    fn refused(text: &str, limits: Limits) -> String {
        let mut reader = Reader::with_limits(text.as_bytes(), limits);
        loop {
            match reader.next() {
                Ok(Some(_)) => {}
                Ok(None) => return "read".to_owned(),
                Err(error) => return error.to_string(),
            }
        }
    }

    #[test]
    fn each_limit_says_which_it_is_and_where_it_was_passed() {
        let text = claims(3);
        let limits = Limits::default();
        assert_eq!(refused(&text, limits), "read");
        let of_file = Limits { file_bytes: 500, ..limits };
        assert_eq!(refused(&text, of_file), "the file is longer than the limit, 500, at byte 500");
        let st = text.find("ST*837").unwrap();
        assert_eq!(
            refused(&text, Limits { sets: 0, ..limits }),
            format!("there are more transaction sets than the limit, 0, at byte {st}")
        );
        // The level of the billing provider, the longest of all, has five segments.
        assert_eq!(refused(&text, Limits { section_segments: 5, ..limits }), "read");
        let header = text.find("BHT").unwrap();
        assert_eq!(
            refused(&text, Limits { section_segments: 3, ..limits }),
            format!("the claim, header or set has more segments than the limit, 3, at byte {header}")
        );
        let long = text.replace("N3*1 MAIN", &format!("N3*{}", "A".repeat(2 * CHUNK)));
        let at = long.find("N3*").unwrap();
        assert_eq!(
            refused(&long, Limits { segment_bytes: CHUNK, ..limits }),
            format!("the segment is longer than the limit, {CHUNK}, at byte {at}")
        );
        let many = text.replace("LX*1~", &"LX*1~".repeat(CHUNK));
        let clm = many.find("CLM*C0").unwrap();
        assert_eq!(
            refused(&many, Limits { section_bytes: CHUNK, ..limits }),
            format!("the claim, header or set is longer than the limit, {CHUNK}, at byte {clm}")
        );
    }

    #[test]
    fn levels_that_claim_to_nest_without_end_are_read_one_after_the_other() {
        let mut text = format!("{ISA}ST*837*1*005010X222A1~BHT*0019~HL*1**20*1~");
        for level in 2..20_000 {
            text += &format!("HL*{level}*{}*22*1~HL*{level}*{}*99*1~", level - 1, level - 1);
        }
        let (_, issues) = lend(text.as_bytes());
        assert!(issues.errors() > 20_000);
    }
}
