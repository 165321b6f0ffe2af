//! The numbers of levels and lines: HL01 counts up from 1 in the set, HL02 names the level above,
//! LX01 counts up from 1 in its loop (X222 2000A HL01, 2400 LX01; X221 LX01).

use crate::declare::Written;
use crate::issue::{Ack, At, Issue, Issues};
use crate::segments::{Hl, Lx};
use crate::value::Ordinal;

/// Counts the levels of one set.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    last: u32,
    /// A level could not be read: what it counted is not known.
    gap: bool,
    /// HL01 of the levels that are open, from the outermost; `None` for one that is no number.
    open: Vec<Option<u32>>,
}

impl Levels {
    /// A level that could not be read stands here, below `depth` others.
    pub(crate) fn skip(&mut self, depth: usize) {
        self.gap = true;
        self.open.truncate(depth);
    }

    /// The next level; `depth` levels stand above it.
    pub(crate) fn next(&mut self, hl: &Hl<'_>, depth: usize, path: &str, at: At, issues: &mut Issues) {
        self.open.resize(depth, None);
        let parent = self.open.last().copied().flatten();
        self.open.push(match hl.id {
            Ordinal::Number(number) => Some(number),
            Ordinal::Other(_) => None,
        });
        let gap = std::mem::take(&mut self.gap);
        self.last = match hl.id {
            Ordinal::Number(number) if gap => number,
            _ => self.last.saturating_add(1),
        };
        let place = At { segment: hl.source().number(), offset: hl.source().offset(), ..at };
        if hl.id != Ordinal::Number(self.last) {
            issues.push(
                Issue::new("x12/level-number", place, "HL01 does not count the levels up from 1")
                    .segment("HL")
                    .within(path)
                    .element("HL01", 0)
                    .expected(self.last.to_string())
                    .ack(Ack::Element("7")),
            );
            if let Ordinal::Number(number) = hl.id {
                self.last = number;
            }
        }
        if let (Some(found), Some(parent)) = (hl.parent, parent)
            && found != Ordinal::Number(parent)
        {
            issues.push(
                Issue::new("x12/level-parent", place, "HL02 is not the number of the level above")
                    .segment("HL")
                    .within(path)
                    .element("HL02", 0)
                    .ack(Ack::Element("7")),
            );
        }
    }
}

/// A line or header number that should be `expected`. Another number misleads nobody who reads
/// the file in order: many 835 use LX01 for other things.
pub(crate) fn line_number(lx: &Lx<'_>, expected: usize, path: &str, at: At, issues: &mut Issues) {
    let right = u32::try_from(expected).is_ok_and(|expected| lx.number == Ordinal::Number(expected));
    if right {
        return;
    }
    let place = At { segment: lx.source().number(), offset: lx.source().offset(), ..at };
    issues.push(
        Issue::new("x12/line-number", place, "LX01 does not count up from 1")
            .level(2)
            .segment("LX")
            .within(path)
            .element("LX01", 0)
            .expected(expected.to_string())
            .ack(Ack::Element("7")),
    );
}
