//! What the fuzz targets share: made-up text set where a guide's reader will take it for its own,
//! and what must hold of any text whatever.

use std::borrow::Cow;
use std::io::Read;

use firstpass::x12::{Limits, Part, Reader, Written, each_segment, read_file};

/// Sets that are read into types, with ST01, GS01 and the guide's identifier.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// ST01.
    pub set: &'static str,
    /// GS01.
    pub group: &'static str,
    /// ST03 and GS08.
    pub guide: &'static str,
}

impl Kind {
    /// Names a guide.
    pub const fn new(set: &'static str, group: &'static str, guide: &'static str) -> Kind {
        Kind { set, group, guide }
    }

    /// A whole file (a seed) stays as it is; anything else becomes the inside of a set of this
    /// guide, so that no run is spent on finding an envelope.
    pub fn dress(self, body: &[u8]) -> Cow<'_, [u8]> {
        if body.starts_with(b"ISA") {
            return Cow::Borrowed(body);
        }
        let Kind { set, group, guide } = self;
        let mut text = format!(
            "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260101*0000*^*00501*000000001*0*T*:~\
             GS*{group}*SENDER*RECEIVER*20260101*0000*1*X*{guide}~ST*{set}*0001*{guide}~"
        )
        .into_bytes();
        text.extend_from_slice(body);
        text.extend_from_slice(b"~SE*2*0001~GE*1*1~IEA*1*000000001~");
        Cow::Owned(text)
    }
}

/// What was read and not changed is written back byte by byte; issues are within the text.
pub fn is_lossless(text: &[u8]) {
    let file = read_file(text);
    assert!(file.write() == text, "read and written, the text is another");
    for issue in file.issues.kept() {
        assert!(issue.at.offset <= text.len() as u64, "an issue stands behind the text");
    }
}

/// Hands out a text in pieces of a few bytes, as a slow connection would.
struct Dripping<'a> {
    rest: &'a [u8],
    piece: usize,
}

impl Read for Dripping<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let piece = self.piece.min(self.rest.len()).min(into.len());
        let (now, later) = self.rest.split_at(piece);
        into[..piece].copy_from_slice(now);
        self.rest = later;
        Ok(piece)
    }
}

/// How much of a file the reader lends at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Section,
    Subscriber,
}

/// The least that a reader reads at a time: made-up text is longer, and is cut anywhere.
pub const SMALLEST_CHUNK: usize = 512;

/// A reader sees a chunk where [`read_file`] sees the whole file. What is looked for ahead (an ISA
/// behind other text, the composites that tell a wrong ISA16) is then found or not.
const LOOKED_FOR_AHEAD: [&str; 3] = ["x12/text-before", "x12/no-isa", "x12/component-separator"];

/// True of issues that say that something was found by looking ahead.
pub fn looked_ahead<'a>(rules: impl IntoIterator<Item = &'a str>) -> bool {
    rules.into_iter().any(|rule| LOOKED_FOR_AHEAD.contains(&rule))
}

/// What the lending reader gives.
#[derive(Debug, Default)]
struct Lent {
    /// Each part, as text.
    parts: Vec<String>,
    /// Each issue, as text.
    issues: Vec<String>,
    rules: Vec<&'static str>,
    /// Where each stretch of segments begins that was lent, and how many there are.
    segments: Vec<(u64, u32)>,
}

/// What is lent; `None` when a limit was passed.
fn lent(input: impl Read, by: By, chunk_bytes: usize) -> Option<Lent> {
    let limits = Limits { issues: 100_000, chunk_bytes, ..Limits::default() };
    let mut reader = Reader::with_limits(input, limits);
    if by == By::Subscriber {
        reader = reader.by_subscriber();
    }
    let mut lent = Lent::default();
    loop {
        match reader.next() {
            Ok(Some(part)) => {
                each_stretch(&part, &mut lent.segments);
                lent.parts.push(format!("{part:?}"));
            }
            Ok(None) => break,
            Err(_) => return None,
        }
    }
    for issue in reader.issues().kept() {
        lent.issues.push(format!("{issue:?}"));
        lent.rules.push(issue.rule);
    }
    Some(lent)
}

/// The segments that a part is made of, those without a typed form included.
fn each_stretch(part: &Part<'_>, found: &mut Vec<(u64, u32)>) {
    let node: &dyn Written = match part {
        Part::Interchange(None) => return,
        Part::Interchange(Some(isa)) => isa,
        Part::InterchangeAcknowledgment(ta1) => ta1,
        Part::Group(gs) => gs,
        Part::Set(_, st) => st,
        Part::RemittanceHeader(header) => header,
        Part::HeaderNumber(number) => number,
        Part::ClaimPayment(claim) => claim,
        Part::ProviderAdjustment(plb) => plb,
        Part::Professional(part) => part.node(),
        Part::Institutional(part) => part.node(),
        Part::Dental(part) => part.node(),
        Part::ImplementationAcknowledgment(set) => set,
        Part::ClaimAcknowledgment(set) => set,
        Part::EligibilityInquiry(set) => set,
        Part::EligibilityResponse(set) => set,
        Part::StatusRequest(set) => set,
        Part::StatusResponse(set) => set,
        Part::Other(_, other) => other,
        Part::SetEnd(se) => se,
        Part::GroupEnd(ge) => ge,
        Part::InterchangeEnd(iea) => iea,
    };
    leaves(node, found);
}

fn leaves(node: &dyn Written, found: &mut Vec<(u64, u32)>) {
    let mut inner = false;
    node.each(&mut |_, below| {
        inner = true;
        leaves(below, found);
    });
    let source = node.source();
    if !inner && source.is_read() {
        found.push((source.first_byte(), source.segments()));
    }
}

/// Every segment of the text is lent, and none of them twice.
fn is_whole(text: &[u8], lent: &Lent, by: By) {
    let mut expected = Vec::new();
    each_segment(text, |segment| expected.push(segment.source.first_byte()));
    let mut times = vec![0_u8; expected.len()];
    for &(first, count) in &lent.segments {
        let at = expected.partition_point(|&begin| begin < first);
        let stretch = times.get_mut(at..at + count as usize).expect("a stretch ends behind the text");
        stretch.iter_mut().for_each(|times| *times = times.saturating_add(1));
    }
    assert!(times.iter().all(|&times| times == 1), "by {by:?}, segments are lent {times:?} times");
}

/// However the bytes arrive, and however much is lent at a time, the reader lends every segment once,
/// and the same.
pub fn arrives_in_pieces(text: &[u8]) {
    for by in [By::Section, By::Subscriber] {
        let whole = lent(text, by, Limits::default().chunk_bytes);
        let pieces = lent(Dripping { rest: text, piece: 61 }, by, SMALLEST_CHUNK);
        if let Some(whole) = &whole {
            is_whole(text, whole, by);
        }
        if [&whole, &pieces].into_iter().flatten().any(|lent| looked_ahead(lent.rules.iter().copied())) {
            continue;
        }
        let lines = |lent: Option<Lent>| {
            lent.map_or(vec!["a limit was passed".to_owned()], |Lent { parts, issues, .. }| {
                [parts, issues].concat()
            })
        };
        let (whole, pieces) = (lines(whole), lines(pieces));
        let same = whole.iter().zip(&pieces).take_while(|(whole, pieces)| whole == pieces).count();
        let (whole, pieces) = (whole.get(same), pieces.get(same));
        assert!(whole == pieces, "by {by:?}, in pieces {whole:?} becomes {pieces:?}");
    }
}
