//! Counts what is in a file without understanding it: segments, claims and their amounts by
//! transaction set, whatever guide it follows. One walk over the text, beside the typed reading, so
//! that a claim which could not be read is counted all the same.

use crate::types::Money;
use crate::x12::check::SetSummary;
use crate::x12::cursor::Raw;
use crate::x12::envelope::File;
use crate::x12::issue::Issue;
use crate::x12::lexer::key;
use crate::x12::scan::each_segment;
use crate::x12::value::Text;

const GS: u32 = key(b"GS");
const ST: u32 = key(b"ST");
const SE: u32 = key(b"SE");
const CLM: u32 = key(b"CLM");
const CLP: u32 = key(b"CLP");
const BPR: u32 = key(b"BPR");

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Census {
    /// The sets in order.
    pub sets: Vec<SetSummary>,
    /// Offsets that were asked for, sorted, each with the number of its segment in the file.
    places: Vec<(u64, u64)>,
}

impl Census {
    /// Number in the file of the segment at an offset of an issue.
    pub(crate) fn segment_at(&self, offset: u64) -> u64 {
        self.places
            .binary_search_by_key(&offset, |(place, _)| *place)
            .map_or(0, |at| self.places.get(at).map_or(0, |(_, number)| *number))
    }
}

/// Counts a file, and finds the segments at which issues stand.
pub(crate) fn take(file: &File<'_>, text: &[u8], issues: &[Issue]) -> Census {
    let mut places: Vec<(u64, u64)> = issues.iter().map(|issue| (issue.at.offset, 0)).collect();
    places.sort_unstable();
    places.dedup();
    let mut census = Census { sets: Vec::new(), places };
    if file.interchanges.is_empty() {
        return census;
    }
    let mut walk =
        Walk { census: &mut census, number: 0, next_place: 0, version: String::new(), inside: false };
    each_segment(text, |raw| walk.segment(raw));
    walk.pass(u64::MAX);
    census
}

struct Walk<'c> {
    census: &'c mut Census,
    number: u64,
    next_place: usize,
    /// GS08 of the group.
    version: String,
    /// Between ST and SE.
    inside: bool,
}

impl Walk<'_> {
    /// Gives the current number to the places before an offset.
    fn pass(&mut self, offset: u64) {
        while let Some(place) = self.census.places.get_mut(self.next_place).filter(|place| place.0 < offset) {
            place.1 = self.number;
            self.next_place += 1;
        }
    }

    fn segment(&mut self, raw: &Raw<'_, '_>) {
        self.pass(raw.source.offset());
        self.number += 1;
        match raw.key() {
            GS => self.version = raw.element(8).to_str().into_owned(),
            ST => {
                self.inside = true;
                let own = raw.element(3);
                self.census.sets.push(SetSummary {
                    transaction: raw.element(1).to_str().into_owned(),
                    version: if own.is_empty() { self.version.clone() } else { own.to_str().into_owned() },
                    control_number: raw.element(2).to_str().into_owned(),
                    claims: 0,
                    charged: None,
                    paid: None,
                    payment: None,
                    segments: 0,
                    offset: raw.source.offset(),
                });
            }
            _ => {}
        }
        if !self.inside {
            return;
        }
        let Some(set) = self.census.sets.last_mut() else { return };
        set.segments += 1;
        match raw.key() {
            SE => self.inside = false,
            CLM => {
                set.claims += 1;
                add(&mut set.charged, raw.element(2));
            }
            CLP => {
                set.claims += 1;
                add(&mut set.charged, raw.element(3));
                add(&mut set.paid, raw.element(4));
            }
            BPR => set.payment = Money::parse(raw.element(2).as_bytes()).ok(),
            _ => {}
        }
    }
}

/// Adds an amount; what is no amount adds nothing and has its own issue.
fn add(sum: &mut Option<Money>, amount: Text<'_>) {
    let before = sum.unwrap_or(Money::ZERO);
    *sum = Some(before.saturating_add(Money::parse(amount.as_bytes()).unwrap_or(Money::ZERO)));
}
