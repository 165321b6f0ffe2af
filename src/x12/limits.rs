//! How much is taken of a file before it is refused, and the memory that it may ask for.

use crate::issue::{self, Ack, Issue};

/// What a reader takes before it refuses. Nesting needs no limit: loops nest as deep as the guides'
/// tables say, six at most, whatever the levels of a file claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Transaction sets of the file.
    pub sets: usize,
    /// Bytes of one segment.
    pub segment_bytes: usize,
    /// Bytes of one section: a claim with its lines, a header, a whole set other than 835 and 837.
    pub section_bytes: usize,
    /// Segments of one section: how often anything may repeat in it.
    pub section_segments: usize,
    /// Issues kept; more are counted.
    pub issues: usize,
    /// Bytes read at a time, 512 at least. This refuses nothing; what is more than a section
    /// waits in memory.
    pub chunk_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            file_bytes: 1 << 34,
            sets: 100_000,
            segment_bytes: 1 << 20,
            section_bytes: 1 << 24,
            section_segments: 1 << 19,
            issues: 1_000,
            chunk_bytes: CHUNK,
        }
    }
}

/// [`Limits::chunk_bytes`], when nothing else is asked for: little enough that a chunk and its tape
/// stay in the processor's cache.
pub(crate) const CHUNK: usize = 64 * 1024;

/// One of the [`Limits`] that end the reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::file_bytes`].
    FileBytes,
    /// [`Limits::sets`].
    Sets,
    /// [`Limits::segment_bytes`].
    SegmentBytes,
    /// [`Limits::section_bytes`].
    SectionBytes,
    /// [`Limits::section_segments`].
    SectionSegments,
    /// [`values_max`]: many tiny segments, each of which becomes a large value.
    ValueBytes,
}

/// Bytes that values may take for each byte of their text: those of ordinary claims take sixteen, of
/// the shortest lines and claim payments that can be read 130.
const VALUES_PER_BYTE: usize = 64;
/// Bytes that the values of any text may take.
const VALUES_ANY: usize = 1 << 25;

/// The most memory that the values of a text may take, in bytes: [`read_file`](crate::read_file)
/// refuses a file that would take more, [`Reader`](crate::Reader) keeps such a section as text.
#[must_use]
pub const fn values_max(text_bytes: usize) -> usize {
    text_bytes.saturating_mul(VALUES_PER_BYTE).saturating_add(VALUES_ANY)
}

impl Limit {
    /// What was passed, in words.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Limit::FileBytes => "the file is longer than the limit",
            Limit::Sets => "there are more transaction sets than the limit",
            Limit::SegmentBytes => "the segment is longer than the limit",
            Limit::SectionBytes => "the claim, header or set is longer than the limit",
            Limit::SectionSegments => "the claim, header or set has more segments than the limit",
            Limit::ValueBytes => "what the text says would take too much memory for its length",
        }
    }
    /// That it was passed, by what stands there.
    pub(crate) fn issue(self, at: issue::At) -> Issue {
        Issue::new(self.rule(), at, self.message()).ack(Ack::Set("5"))
    }
    /// How a report names that it was passed.
    pub const fn rule(self) -> &'static str {
        match self {
            Limit::FileBytes => "x12/file-too-long",
            Limit::Sets => "x12/too-many-sets",
            Limit::SegmentBytes => "x12/segment-too-long",
            Limit::SectionBytes => "x12/section-too-long",
            Limit::SectionSegments => "x12/too-many-segments",
            Limit::ValueBytes => "x12/too-many-values",
        }
    }
}

/// Why reading had to stop.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The input failed.
    #[error("the input failed: {0}")]
    Input(#[from] std::io::Error),
    /// One of the [`Limits`] was passed: a wrong terminator, no X12, or a file that wants another
    /// limit.
    #[error("{}, {limit}, at byte {offset}", .passed.message())]
    Limit {
        /// Which one.
        passed: Limit,
        /// As it was set.
        limit: u64,
        /// Where what passes it begins, in bytes from the start of the file.
        offset: u64,
    },
}

impl ReadError {
    pub(crate) fn limit(passed: Limit, limit: usize, offset: u64) -> ReadError {
        ReadError::Limit { passed, limit: limit as u64, offset }
    }
}

impl From<ReadError> for types::Error {
    fn from(error: ReadError) -> types::Error {
        let ReadError::Limit { passed, offset, .. } = error else {
            return types::Error::Internal(error.into());
        };
        let next = "Check that the file is X12 and complete; if it is, read it with a higher limit";
        types::Refusal::new(passed.rule(), types::Status::Unreadable, error.to_string(), next)
            .at(types::Place { byte_offset: Some(offset), ..types::Place::default() })
            .into()
    }
}
