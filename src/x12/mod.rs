//! X12: text to typed transaction sets and back, from one declaration each.
//!
//! Words: an *interchange* (ISA to IEA) holds *groups* (GS to GE) of *transaction sets* (ST to SE);
//! a set is *loops* of *segments* of *elements*. A *slot* is a loop's place for a segment or an
//! inner loop. A *designator* (`CLP07`) names an element as the guide does.
//!
//! Invariants: nothing read is lost (a segment keeps its [`Source`]; what has no slot is kept as
//! [`Other`] in place), so what was read and not changed is written back byte by byte. Reading never
//! stops at a fault: it gives values and all [`Issues`]. Text is borrowed; nothing is allocated for
//! an element. Data never contains a delimiter in force.
//!
//! Deliberately absent: a clock, a database, meanings of codes, and any logging.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::float_arithmetic))]

pub mod answer;
pub mod check;
pub mod claim_answer;
pub(crate) mod cursor;
pub(crate) mod declare;
pub mod diff;
mod envelope;
pub mod issue;
pub mod json;
mod lexer;
mod limits;
mod outgoing;
pub mod pieces;
mod render;
mod scan;
pub mod segments;
mod span;
pub mod spec;
mod stream;
mod value;
pub mod x270;
pub mod x271;
pub mod x276;
pub mod x277;
pub mod x835;
pub mod x837;
pub mod x837d;
pub mod x837i;
pub mod x837p;
pub mod x999;

pub use cursor::{EnvelopeSegment, Loops, Raw, Watch};
pub use declare::{Node, Other, Rare, Slices, Source, Why, Written};
pub use envelope::{
    Body, FILE_BYTES_MAX, File, Group, Guide, Interchange, Set, read_file, read_file_watched,
};
pub use issue::{Ack, Issue, Issues, Severity};
pub use lexer::{Delimiters, Quirk, discover};
pub use limits::{Limit, Limits, ReadError, values_max};
pub use outgoing::{Envelope, EnvelopeError, Outgoing, Party, UsageIndicator, Writer};
pub use render::{Render, Replaced};
pub use scan::{each_segment, each_token};
pub use span::Span;
pub use stream::{ClaimPart, Levels, Part, Reader, Section, SetStart};
pub use value::{CodeList, Count, Fault, Number, Ordinal, Period, Repeats, Text, UpTo};

#[cfg(test)]
mod inquiry_tests;
#[cfg(test)]
mod tests;
