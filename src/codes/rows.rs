//! A shipped table as text: tab-separated, one line of column names, rows sorted bytewise by the
//! first column.
//!
//! Nothing is parsed ahead: a lookup bisects the text itself, so a table costs its bytes in the
//! program and nothing at start. A [`Table`] that rules ask has an index of its keys besides, made at
//! the first lookup: some forty bytes a row. `tests` in `shipped.rs` hold that every table is sorted.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

/// The text of a table with an index of its keys.
#[derive(Debug)]
pub(super) struct Table {
    text: Cow<'static, str>,
    index: OnceLock<Index>,
}

/// Where the rows of a table are, in their order.
#[derive(Debug)]
struct Index {
    /// Behind the line of column names.
    first: usize,
    /// The first eight bytes of each row's key.
    keys: Box<[Key]>,
    /// Where each row begins; at last where the table ends.
    places: Box<[u32]>,
    /// The first row of each key.
    first_of: FxHashMap<Key, u32>,
}

/// The first eight bytes of a row's key, comparable as a number.
type Key = u64;

impl Table {
    /// A file that comes with the program, with its line of column names.
    pub(super) const fn shipped(text: &'static str) -> Table {
        Table { text: Cow::Borrowed(text), index: OnceLock::new() }
    }

    /// A text of the same form.
    pub(super) const fn of(text: String) -> Table {
        Table { text: Cow::Owned(text), index: OnceLock::new() }
    }

    /// The text with its line of column names.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn rows(&self) -> Rows<'_> {
        let index = self.index.get_or_init(|| Index::of(&self.text));
        Rows { text: &self.text[index.first..], index: Some(index) }
    }

    /// Bytes of the text and of the index.
    pub(super) fn size(&self) -> usize {
        self.text.len() + self.index.get().map_or(0, Index::size)
    }
}

impl Index {
    fn of(text: &str) -> Index {
        let rows = Rows::of_file(text);
        let (mut keys, mut places) = (Vec::new(), Vec::new());
        let mut first_of = FxHashMap::default();
        for (number, (place, row)) in (0_u32..).zip(rows.with_places()) {
            let key = packed(row.key().as_bytes());
            first_of.entry(key).or_insert(number);
            keys.push(key);
            places.push(place);
        }
        places.push(u32::try_from(rows.text.len()).unwrap_or(u32::MAX));
        first_of.shrink_to_fit();
        let first = text.len() - rows.text.len();
        Index { first, keys: keys.into(), places: places.into(), first_of }
    }

    fn size(&self) -> usize {
        let hashed = self.first_of.capacity() * (size_of::<(Key, u32)>() + 1);
        size_of_val(&*self.keys) + size_of_val(&*self.places) + hashed
    }

    /// The rows whose keys begin with the same eight bytes.
    fn alike(&self, key: Key) -> Range<usize> {
        let first = self.first_of.get(&key).map_or(self.keys.len(), |number| *number as usize);
        let count = self.keys[first..].iter().take_while(|known| **known == key).count();
        first..first + count
    }
}

/// The first eight bytes as a number that compares as they do.
fn packed(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(key) {
        *to = *from;
    }
    u64::from_be_bytes(first)
}

/// The rows of a table, without its line of column names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    text: &'a str,
    index: Option<&'a Index>,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row<'a>(&'a str);

impl<'a> Rows<'a> {
    /// Over the text of a file with its line of column names.
    pub(super) fn of_file(text: &'a str) -> Rows<'a> {
        Rows { text: text.split_once('\n').map_or("", |(_, rows)| rows), index: None }
    }

    /// Every row, with the place at which [`Rows::at`] finds it.
    pub(super) fn with_places(self) -> impl Iterator<Item = (u32, Row<'a>)> {
        let text = self.text;
        let mut at = 0;
        text.split_inclusive('\n').map(move |line| {
            let place = u32::try_from(at).unwrap_or(u32::MAX);
            at += line.len();
            (place, Row(line.trim_end_matches('\n')))
        })
    }

    /// The row that begins at a place.
    pub(super) fn at(self, place: u32) -> Row<'a> {
        let rest = self.text.get(place as usize..).unwrap_or("");
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        Row(rest.get(..end).unwrap_or(""))
    }

    /// Every row.
    pub(super) fn all(self) -> impl Iterator<Item = Row<'a>> {
        self.text.lines().map(Row)
    }

    /// The rows whose first column is `key`.
    pub(super) fn of(self, key: &str) -> impl Iterator<Item = Row<'a>> {
        // A shorter key is known by its first eight bytes.
        let is_whole = key.len() < size_of::<Key>();
        let alike = self.index.map_or(0..0, |index| index.alike(packed(key.as_bytes())));
        let indexed = alike.map(move |number| self.nth(number));
        let read = self.index.is_none().then(|| self.from(key).take_while(move |row| row.key() == key));
        indexed.filter(move |row| is_whole || row.key() == key).chain(read.into_iter().flatten())
    }

    /// A row by its number in the index.
    fn nth(self, number: usize) -> Row<'a> {
        let place = |number: usize| Some(*self.index?.places.get(number)? as usize);
        let row = place(number).zip(place(number + 1)).and_then(|(from, to)| self.text.get(from..to));
        Row(row.map_or("", |row| row.strip_suffix('\n').unwrap_or(row)))
    }

    /// The rows whose first column begins with `prefix`.
    pub(super) fn below(self, prefix: &str) -> impl Iterator<Item = Row<'a>> {
        self.from(prefix).take_while(move |row| row.key().starts_with(prefix))
    }

    /// The rows whose first column is `key` or comes after it.
    fn from(self, key: &str) -> impl Iterator<Item = Row<'a>> {
        let start = self.index.map_or_else(|| self.bisected(key), |index| self.indexed(index, key));
        let mut rest = self.text.get(start..).unwrap_or("");
        std::iter::from_fn(move || {
            let end = memchr::memchr(b'\n', rest.as_bytes());
            let row = rest.get(..end.unwrap_or(rest.len())).filter(|_| !rest.is_empty())?;
            rest = end.and_then(|end| rest.get(end + 1..)).unwrap_or("");
            Some(Row(row))
        })
    }

    /// Where the first row begins whose key is not smaller, by the index.
    fn indexed(self, index: &Index, key: &str) -> usize {
        let wanted = packed(key.as_bytes());
        let mut number = index.keys.partition_point(|known| *known < wanted);
        // Keys of more than eight bytes may be alike in these.
        while index.keys.get(number) == Some(&wanted) && self.nth(number).key() < key {
            number += 1;
        }
        index.places[number] as usize
    }

    /// The same without an index.
    fn bisected(self, key: &str) -> usize {
        let bytes = self.text.as_bytes();
        let (mut low, mut high) = (0, bytes.len());
        // `low` and `high` always stand at the beginning of a line; rows before `low` are
        // smaller than the key, rows from `high` on are not.
        while low < high {
            let middle = low + (high - low) / 2;
            let start = memchr::memrchr(b'\n', &bytes[low..middle]).map_or(low, |at| low + at + 1);
            let end = memchr::memchr(b'\n', &bytes[start..high]).map_or(high, |at| start + at + 1);
            let row = &bytes[start..end];
            let found = &row[..memchr::memchr2(b'\t', b'\n', row).unwrap_or(row.len())];
            if found < key.as_bytes() { low = end } else { high = start }
        }
        low
    }
}

impl<'a> Row<'a> {
    /// The first column.
    pub(super) fn key(self) -> &'a str {
        self.column(0)
    }

    /// A column, counted from 0; empty when the row is shorter.
    pub(super) fn column(self, number: usize) -> &'a str {
        // Columns before a title are a few bytes long: a plain walk is the fastest.
        let mut rest = self.0;
        for _ in 0..number {
            match rest.bytes().position(|byte| byte == b'\t') {
                Some(end) => rest = &rest[end + 1..],
                None => return "",
            }
        }
        rest.bytes().position(|byte| byte == b'\t').map_or(rest, |end| &rest[..end])
    }

    /// A column and all that follow it, as they stand; empty when the row is shorter.
    pub(super) fn columns_from(self, number: usize) -> &'a str {
        self.0.splitn(number + 1, '\t').nth(number).unwrap_or("")
    }

    /// Whether a day lies between the days in two columns; an empty column sets no limit.
    pub(super) fn is_open_on(self, on: NaiveDate, first: usize, last: usize) -> bool {
        self.day(first).is_none_or(|from| from <= on) && self.day(last).is_none_or(|to| on <= to)
    }

    /// A column that holds a day as `20261001`; none when it is empty.
    pub(super) fn day(self, number: usize) -> Option<NaiveDate> {
        let digits = self.column(number);
        let part = |range: Range<usize>| digits.get(range)?.parse::<u32>().ok();
        NaiveDate::from_ymd_opt(i32::try_from(part(0..4)?).ok()?, part(4..6)?, part(6..8)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "code\tfrom\nA00\t20151001\nA000\t\nA01\t20241001\nA01\t20251001\nZ99\t";

    fn check(key: &str, expected: &[&str]) {
        let table = Table::shipped(TABLE);
        for rows in [Rows::of_file(TABLE), table.rows()] {
            assert_eq!(rows.of(key).map(|row| row.column(1)).collect::<Vec<_>>(), expected, "{key}");
        }
    }

    #[test]
    fn keys_that_begin_alike_are_told_apart() {
        let table = Table::shipped("code\tname\n207Q00000\tshort\n207Q00000X\tone\n207Q0000XX\ttwo\n");
        let of = |key| table.rows().of(key).map(|row| row.column(1)).collect::<Vec<_>>();
        assert_eq!(of("207Q00000X"), ["one"]);
        assert_eq!(of("207Q0000XX"), ["two"]);
        assert_eq!(of("207Q00000"), ["short"]);
        assert!(of("207Q00000Z").is_empty() && of("207Q0000").is_empty());
        assert_eq!(table.rows().below("207Q0000").count(), 3);
    }

    #[test]
    fn a_code_is_found_with_all_its_rows() {
        check("A00", &["20151001"]);
        check("A000", &[""]);
        check("A01", &["20241001", "20251001"]);
        check("Z99", &[""]);
        for missing in ["", "A", "A0", "A001", "A02", "ZZZ"] {
            check(missing, &[]);
        }
    }

    #[test]
    fn the_codes_below_a_heading_follow_it() {
        let below: Vec<_> = Rows::of_file(TABLE).below("A0").map(Row::key).collect();
        assert_eq!(below, ["A00", "A000", "A01", "A01"]);
    }

    #[test]
    fn a_day_is_read_from_eight_digits() {
        let row = Row("A\t20240229\t20230229\t");
        assert_eq!(row.day(1), NaiveDate::from_ymd_opt(2024, 2, 29));
        assert_eq!(row.day(2), None);
        assert_eq!(row.day(3), None);
        assert_eq!(row.day(9), None);
    }
}
