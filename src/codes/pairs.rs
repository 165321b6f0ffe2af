//! Pairs of procedures, two million of them, as bytes that a lookup bisects in place.
//!
//! A pair takes 14 bytes: column 1 and column 2 as numbers (five digits or letters in base 36), the
//! first and last day as days since 1980, the modifier indicator, and which rationale it has. The
//! numbers stand with their highest byte first, so that the order of the bytes is that of the codes.

use std::collections::BTreeMap;

use chrono::NaiveDate;

/// Bytes of one pair.
const PAIR: usize = 14;

/// What the bytes begin with: which form they have.
const FORM: &[u8; 4] = b"PTP1";

/// The last day of a pair that is in force.
const OPEN: u16 = u16::MAX;

const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1980, 1, 1).expect("a day of the calendar");

/// Gathers pairs, in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairsBuilder {
    pairs: Vec<[u8; PAIR]>,
    rationales: BTreeMap<String, u8>,
}

/// Sorted pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pairs {
    bytes: Vec<u8>,
    rationales: Vec<String>,
    /// Where the first pair stands.
    first: usize,
    /// The number of every column 1 code with the place of its first pair, in order; at the end one
    /// after all codes. So one search finds all that a procedure includes.
    columns_1: Vec<(u32, usize)>,
}

/// The pairs of one column 1 code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside<'a> {
    pairs: &'a Pairs,
    from: usize,
    to: usize,
}

/// One pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair<'a> {
    pub(super) from: NaiveDate,
    pub(super) to: Option<NaiveDate>,
    /// 0, 1 or 9.
    pub(super) modifier: u8,
    pub(super) rationale: &'a str,
}

/// Five digits or capitals as a number; none for any other code.
fn number(code: &str) -> Option<u32> {
    (code.len() == 5).then_some(())?;
    code.bytes().try_fold(0, |number: u32, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            _ => return None,
        };
        Some(number * 36 + u32::from(digit))
    })
}

/// The column 1 code of a pair.
fn first_number(pair: &[u8; PAIR]) -> u32 {
    u32::from_be_bytes([pair[0], pair[1], pair[2], pair[3]])
}

fn since_epoch(day: NaiveDate) -> Option<u16> {
    u16::try_from(day.signed_duration_since(EPOCH).num_days()).ok().filter(|days| *days != OPEN)
}

impl PairsBuilder {
    /// Adds a pair; says why it cannot be.
    pub(super) fn add(
        &mut self,
        column_1: &str,
        column_2: &str,
        (first, last): (NaiveDate, Option<NaiveDate>),
        modifier: u8,
        rationale: &str,
    ) -> Result<(), String> {
        let codes = number(column_1).zip(number(column_2)).ok_or("a code has not five characters")?;
        let from = since_epoch(first).ok_or("the first day is not between 1980 and 2159")?;
        let to = match last {
            None => OPEN,
            Some(last) => since_epoch(last).ok_or("the last day is not between 1980 and 2159")?,
        };
        let rationale = self.rationale(rationale).ok_or("the file has more than 256 rationales")?;
        let mut pair = [0; PAIR];
        pair[..4].copy_from_slice(&codes.0.to_be_bytes());
        pair[4..8].copy_from_slice(&codes.1.to_be_bytes());
        pair[8..10].copy_from_slice(&from.to_be_bytes());
        pair[10..12].copy_from_slice(&to.to_be_bytes());
        pair[12..].copy_from_slice(&[modifier, rationale]);
        self.pairs.push(pair);
        Ok(())
    }

    /// The number of a rationale; none when there are too many.
    fn rationale(&mut self, text: &str) -> Option<u8> {
        if let Some(known) = self.rationales.get(text) {
            return Some(*known);
        }
        let next = u8::try_from(self.rationales.len()).ok()?;
        Some(*self.rationales.entry(text.to_owned()).or_insert(next))
    }

    /// Adds the pairs of another; returns how many could not be.
    pub(super) fn append(&mut self, other: &PairsBuilder) -> usize {
        let mut ours = [None; 256];
        for (text, theirs) in &other.rationales {
            ours[usize::from(*theirs)] = self.rationale(text);
        }
        let before = self.pairs.len();
        self.pairs.extend(other.pairs.iter().filter_map(|pair| {
            let mut pair = *pair;
            pair[PAIR - 1] = ours[usize::from(pair[PAIR - 1])]?;
            Some(pair)
        }));
        other.pairs.len() - (self.pairs.len() - before)
    }

    /// The bytes that [`Pairs::read`] reads.
    pub(super) fn build(mut self) -> Vec<u8> {
        self.pairs.sort_unstable();
        self.pairs.dedup();
        let mut rationales: Vec<(&String, &u8)> = self.rationales.iter().collect();
        rationales.sort_by_key(|(_, number)| **number);
        let text: String = rationales.iter().map(|(text, _)| text.replace('\n', " ") + "\n").collect();
        let mut bytes = Vec::with_capacity(8 + text.len() + self.pairs.len() * PAIR);
        bytes.extend_from_slice(FORM);
        bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes.extend(self.pairs.into_iter().flatten());
        bytes
    }
}

impl Pairs {
    /// Over the bytes that [`PairsBuilder::build`] made; none for any others.
    pub(super) fn read(bytes: Vec<u8>) -> Option<Pairs> {
        let rest = bytes.strip_prefix(FORM)?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let text = std::str::from_utf8(rest.get(..length)?).ok()?;
        let rationales = text.lines().map(str::to_owned).collect();
        let (pairs, more) = rest[length..].as_chunks::<PAIR>();
        if !more.is_empty() {
            return None;
        }
        let mut columns_1: Vec<(u32, usize)> = Vec::new();
        for (place, pair) in pairs.iter().enumerate() {
            let number = first_number(pair);
            if columns_1.last().is_none_or(|(last, _)| *last != number) {
                columns_1.push((number, place));
            }
        }
        columns_1.push((u32::MAX, pairs.len()));
        Some(Pairs { rationales, first: 8 + length, columns_1, bytes })
    }

    /// How many pairs.
    pub(super) fn len(&self) -> usize {
        (self.bytes.len() - self.first) / PAIR
    }

    /// Bytes held.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The two codes of every pair that is in force on a day, in order.
    pub(super) fn in_force(&self, on: NaiveDate) -> impl Iterator<Item = &[u8]> {
        let on = since_epoch(on).unwrap_or_default();
        (0..self.len()).map(|place| self.at(place)).filter_map(move |pair| {
            let days = |at: usize| u16::from_be_bytes([pair[at], pair[at + 1]]);
            (pair[12] != 9 && days(8) <= on && on <= days(10)).then_some(&pair[..8])
        })
    }

    fn at(&self, place: usize) -> &[u8] {
        let start = self.first + place * PAIR;
        &self.bytes[start..start + PAIR]
    }

    /// The pairs of a column 1 procedure.
    pub(super) fn beside(&self, column_1: &str) -> Beside<'_> {
        let found = number(column_1)
            .and_then(|number| self.columns_1.binary_search_by_key(&number, |(known, _)| *known).ok());
        let places =
            found.and_then(|found| Some((self.columns_1[found].1, self.columns_1.get(found + 1)?.1)));
        let (from, to) = places.unwrap_or((0, 0));
        Beside { pairs: self, from, to }
    }

    fn pair(&self, bytes: &[u8]) -> Pair<'_> {
        let days = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        let day = |days: u16| EPOCH + chrono::Days::new(u64::from(days));
        Pair {
            from: day(days(8)),
            to: Some(days(10)).filter(|to| *to != OPEN).map(day),
            modifier: bytes[12],
            rationale: self.rationales.get(usize::from(bytes[13])).map_or("", String::as_str),
        }
    }
}

impl<'a> Beside<'a> {
    /// Whether the procedure is column 1 of no pair.
    pub(super) const fn is_empty(self) -> bool {
        self.from == self.to
    }

    /// The edits with a column 2 procedure, the earliest first.
    pub(super) fn of(self, column_2: &str) -> impl Iterator<Item = Pair<'a>> + use<'a> {
        let Beside { pairs, from, to } = self;
        let key = number(column_2).filter(|_| from < to).map(u32::to_be_bytes);
        key.into_iter().flat_map(move |key| {
            let (mut low, mut high) = (from, to);
            while low < high {
                let middle = low + (high - low) / 2;
                if pairs.at(middle)[4..8] < key[..] { low = middle + 1 } else { high = middle }
            }
            (low..to)
                .map(move |place| pairs.at(place))
                .take_while(move |pair| pair[4..8] == key)
                .map(move |pair| pairs.pair(pair))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_pair_is_found_with_its_days_in_one_direction_only() {
        let mut builder = PairsBuilder::default();
        builder.add("99213", "G0008", (day("2026-07-01"), None), 1, "Misuse of codes").unwrap();
        builder.add("00142", "93010", (day("2010-01-01"), Some(day("2015-12-31"))), 0, "Standards").unwrap();
        builder.add("00142", "93010", (day("2024-07-01"), None), 1, "Standards").unwrap();
        let pairs = Pairs::read(builder.build()).unwrap();
        assert_eq!(pairs.len(), 3);
        let found: Vec<_> = pairs.beside("00142").of("93010").collect();
        let pair = |from, to, modifier| Pair { from: day(from), to, modifier, rationale: "Standards" };
        assert_eq!(found, [pair("2010-01-01", Some(day("2015-12-31")), 0), pair("2024-07-01", None, 1)]);
        assert_eq!(pairs.beside("99213").of("G0008").next().unwrap().rationale, "Misuse of codes");
        assert_eq!(pairs.beside("93010").of("00142").count(), 0);
        assert_eq!(pairs.beside("ZZZZZ").of("00000").count(), 0);
        assert_eq!(pairs.beside("").of("x").count(), 0);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_other_bytes_are_no_pairs() {
        let mut builder = PairsBuilder::default();
        let days = (day("2024-07-01"), None);
        assert!(builder.add("0142", "93010", days, 1, "").is_err());
        assert!(builder.add("00142", "93010", (day("1979-12-31"), None), 1, "").is_err());
        for bytes in [&b""[..], b"PTP", b"PTP1", b"PTP1\0\0\0\x09x", b"PTP1\0\0\0\0x", b"PTP2\0\0\0\0"] {
            assert_eq!(Pairs::read(bytes.to_vec()), None, "{bytes:?}");
        }
        assert_eq!(Pairs::read(PairsBuilder::default().build()).unwrap().len(), 0);
    }
}
