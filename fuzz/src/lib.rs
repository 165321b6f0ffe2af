//! What the fuzz targets share: made-up text set where a guide's reader will take it for its own,
//! and what must hold of any text whatever.

use std::borrow::Cow;
use std::io::Read;

use firstpass::x12::{Reader, read_file};

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

/// What the lending reader gives: how many parts, and its issues as text; or that a limit was passed.
fn lent(input: impl Read) -> Option<(usize, Vec<String>)> {
    let mut reader = Reader::new(input);
    let mut parts = 0;
    loop {
        match reader.next() {
            Ok(Some(_)) => parts += 1,
            Ok(None) => break,
            Err(_) => return None,
        }
    }
    let issues = reader.into_issues();
    Some((parts, issues.kept().iter().map(|issue| format!("{issue:?}")).collect()))
}

/// However the bytes arrive, the reader lends the same.
pub fn arrives_in_pieces(text: &[u8]) {
    let whole = lent(text);
    for piece in [1, 61] {
        assert!(lent(Dripping { rest: text, piece }) == whole, "pieces of {piece} bytes are read otherwise");
    }
}
