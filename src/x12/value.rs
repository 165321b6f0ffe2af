//! What stands in an element: text, amounts, counts, dates, codes. Read from bytes without
//! allocating, written in X12's shortest form.
#![deny(clippy::indexing_slicing, clippy::string_slice)]

use std::borrow::Cow;
use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use crate::render::{At, Render};
use types::{Money, MoneyError};

/// Text as it stands in the file: bytes, because a file may be Latin-1. Never contains a delimiter.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// No text: an element that is not there.
    pub const EMPTY: Text<'static> = Text(b"");

    /// Borrows bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Text<'a> {
        Text(bytes)
    }
    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
    /// True when nothing is there.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Length in bytes, which is X12's length in characters.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }
    /// As a string: UTF-8 where it is that, else read as Latin-1.
    #[must_use]
    pub fn to_str(&self) -> Cow<'a, str> {
        match std::str::from_utf8(self.0) {
            Ok(text) => Cow::Borrowed(text),
            Err(_latin_1) => Cow::Owned(self.0.iter().map(|&byte| char::from(byte)).collect()),
        }
    }
    /// Without blanks around it.
    #[must_use]
    pub const fn trim(&self) -> Text<'a> {
        Text(self.0.trim_ascii())
    }
}
impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_str(), f)
    }
}
impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_str())
    }
}
impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Text<'a> {
        Text(text.as_bytes())
    }
}
impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}
impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}
impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_str())
    }
}

/// Why an element's text is not a value of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Required, and nothing is there.
    #[error("is required")]
    Missing,
    /// Not a number as X12.6 writes it.
    #[error("is not a number")]
    NotANumber,
    /// A third decimal other than zero.
    #[error("has a fraction of a cent")]
    FractionOfACent,
    /// More digits than we hold.
    #[error("has too many digits")]
    TooLarge,
    /// Not a day of the calendar.
    #[error("is not a date")]
    NotADate,
    /// Not a time of day.
    #[error("is not a time")]
    NotATime,
    /// A code outside a closed list.
    #[error("is not a code of the list")]
    UnknownCode,
    /// More repeats or parts than fit.
    #[error("has too many repeats")]
    TooMany,
}

/// A closed list of codes, `"1|2|3"`; empty when any text may stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeList {
    text: &'static str,
    /// The codes as numbers ([`packed`]), so that a code is found by comparing numbers.
    packed: &'static [u64],
}

/// A [`CodeList`] from codes joined by `|`, packed at compile time.
macro_rules! code_list {
    ($text:expr) => {
        const {
            const TEXT: &str = $text;
            const PACKED: [u64; $crate::value::count_codes(TEXT)] = $crate::value::pack_codes(TEXT);
            $crate::value::CodeList::new(TEXT, &PACKED)
        }
    };
}
pub(crate) use code_list;

/// Longest code that a number says wholly.
pub(crate) const PACKED_MAX: usize = 7;

/// A code as a number: its first seven bytes, the first one lowest, and its length above them.
#[must_use]
pub(crate) const fn packed(text: &[u8]) -> u64 {
    let (mut number, mut place, mut rest) = (0, 0, text);
    while place < PACKED_MAX
        && let [byte, after @ ..] = rest
    {
        number |= (*byte as u64) << (8 * place);
        rest = after;
        place += 1;
    }
    let length = if rest.is_empty() { place as u64 } else { LONGER };
    number | length << 56
}

/// The length of what is no packed code.
const LONGER: u64 = 0xFF;

/// One in each byte.
const EACH: u64 = u64::from_ne_bytes([1; 8]);

/// Eight bytes of a text from a place on, the first one lowest; zeros behind its end.
#[inline]
#[must_use]
pub(crate) fn eight_from(text: &[u8], start: usize) -> u64 {
    let ahead = text.get(start..).unwrap_or_default();
    let eight = ahead.first_chunk().copied().unwrap_or_else(|| {
        let mut eight = [0; 8];
        eight.iter_mut().zip(ahead).for_each(|(place, byte)| *place = *byte);
        eight
    });
    u64::from_le_bytes(eight)
}

/// The highest bit of each of eight bytes that is this one.
#[inline]
#[must_use]
pub(crate) const fn equal_to(byte: u8, eight: u64) -> u64 {
    let marked = eight ^ (EACH * byte as u64);
    !(((marked & (EACH * 0x7F)) + EACH * 0x7F) | marked) & (EACH * 0x80)
}

/// The highest bit of each of eight bytes that is no digit.
#[inline]
#[must_use]
pub(crate) const fn no_digits(eight: u64) -> u64 {
    // A digit becomes its value; nothing else is below ten then.
    let values = eight ^ (EACH * 0x30);
    (((values & (EACH * 0x7F)) + EACH * 0x76) | values) & (EACH * 0x80)
}

/// How far it is from `start` to the first `separator`, or to `end`.
#[inline]
#[must_use]
pub(crate) fn distance_to(separator: u8, text: &[u8], start: usize, end: usize) -> usize {
    let mut at = start;
    loop {
        let here = at + equal_to(separator, eight_from(text, at)).trailing_zeros() as usize / 8;
        if here < at + 8 || here >= end {
            return here.min(end).saturating_sub(start);
        }
        at = here;
    }
}

/// What stands from `start` to `end`, but not beyond the first `separator`: [`packed`], eight bytes
/// at a time.
#[inline]
#[must_use]
pub(crate) fn packed_up_to(text: &[u8], start: usize, end: usize, separator: u8) -> u64 {
    let eight = eight_from(text, start);
    let before = equal_to(separator, eight).trailing_zeros() as usize / 8;
    packed_first(eight, end.saturating_sub(start).min(before))
}

/// So many of these bytes, [`packed`]; more than eight are not there.
#[inline]
#[must_use]
pub(crate) const fn packed_first(eight: u64, length: usize) -> u64 {
    if length > PACKED_MAX {
        return eight & (u64::MAX >> 8) | LONGER << 56;
    }
    eight & ((1 << (8 * length)) - 1) | (length as u64) << 56
}

/// Looks at `text[start..]` sixteen bytes at once: `look` says by a bit for each which of them are
/// odd, and which are to be counted. How many there are of these, when none is odd.
#[inline(always)]
#[must_use]
pub(crate) fn count_unless_odd(
    text: &[u8],
    start: usize,
    look: impl Fn(&[u8; 16]) -> (u32, u32),
) -> Option<u32> {
    let (lanes, rest) = text.get(start..).unwrap_or_default().as_chunks();
    // The last few are looked at together with what stands before them.
    let before = 16 - rest.len();
    let (odd, counted) = match text.last_chunk() {
        Some(last) => look(last),
        None => {
            let mut filled = [b'0'; 16];
            filled.iter_mut().rev().zip(rest.iter().rev()).for_each(|(place, byte)| *place = *byte);
            look(&filled)
        }
    };
    let (mut odd, mut bits, mut count) = (odd >> before, u64::from(counted >> before), 0);
    for lanes in lanes.chunks(3) {
        for lane in lanes {
            let (odd_here, counted) = look(lane);
            odd |= odd_here;
            bits = bits << 16 | u64::from(counted);
        }
        count += ones(std::mem::take(&mut bits));
    }
    (odd == 0).then_some(count + ones(bits))
}

/// How many bits are set; often none is.
#[inline]
fn ones(bits: u64) -> u32 {
    if bits == 0 { 0 } else { bits.count_ones() }
}

/// How many codes a list has.
#[must_use]
pub(crate) const fn count_codes(list: &str) -> usize {
    let (mut count, mut rest) = (0, list.as_bytes());
    while !rest.is_empty() {
        let (code, after) = first_code(rest);
        count += !code.is_empty() as usize;
        rest = after;
    }
    count
}

/// The codes of a list, packed.
#[must_use]
#[expect(clippy::indexing_slicing, reason = "at compile time")]
pub(crate) const fn pack_codes<const N: usize>(list: &str) -> [u64; N] {
    let mut all = [0; N];
    let (mut place, mut rest) = (0, list.as_bytes());
    while !rest.is_empty() {
        let (code, after) = first_code(rest);
        if !code.is_empty() {
            all[place] = packed(code);
            place += 1;
        }
        rest = after;
    }
    all
}

/// Up to the first `|`, and what follows it.
const fn first_code(list: &[u8]) -> (&[u8], &[u8]) {
    let (mut length, mut rest) = (0, list);
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte == b'|' {
            break;
        }
        length += 1;
    }
    (list.split_at(length).0, rest)
}

impl CodeList {
    /// Anything goes.
    pub const ANY: CodeList = CodeList { text: "", packed: &[] };

    /// From codes joined by `|` and the same packed: see [`code_list!`].
    #[must_use]
    pub(crate) const fn new(text: &'static str, packed: &'static [u64]) -> CodeList {
        CodeList { text, packed }
    }
    /// True when any text may stand there.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.packed.is_empty()
    }
    /// The codes as numbers ([`packed`]).
    pub(crate) const fn packed_codes(&self) -> &'static [u64] {
        self.packed
    }
    /// True when a number says not all of some code.
    pub(crate) fn has_long(&self) -> bool {
        self.iter().any(|code| code.len() > PACKED_MAX)
    }
    /// The codes.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.text.split('|').filter(|code| !code.is_empty())
    }
    /// The codes as they were declared: `1|2|3`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.text
    }
    /// True when the list names this code; an empty list names none.
    #[must_use]
    pub fn contains(&self, text: &[u8]) -> bool {
        self.packed.contains(&packed(text))
            && (text.len() <= PACKED_MAX || self.iter().any(|code| code.as_bytes() == text))
    }
}

/// One value in one element.
pub trait Element<'a>: Copy + Default {
    /// The codes that may stand here, when the type is a closed list.
    const CODES: CodeList = CodeList::ANY;
    /// What the codes mean, as the type names them.
    const NAMES: &'static [(&'static str, &'static str)] = &[];
    /// Reads text that is not empty.
    ///
    /// # Errors
    /// [`Fault`] says what is wrong with it.
    fn read(text: Text<'a>) -> Result<Self, Fault>;
    /// Writes it at its place; an empty value writes nothing.
    fn write(&self, out: &mut Render, at: At);
}

impl<'a> Element<'a> for Text<'a> {
    #[inline]
    fn read(text: Text<'a>) -> Result<Self, Fault> {
        Ok(text)
    }
    fn write(&self, out: &mut Render, at: At) {
        out.text(at, self.0);
    }
}

impl<'a> Element<'a> for Money {
    fn read(text: Text<'a>) -> Result<Self, Fault> {
        Money::parse(text.0).map_err(|fault| match fault {
            MoneyError::NotANumber => Fault::NotANumber,
            MoneyError::FractionOfACent => Fault::FractionOfACent,
            MoneyError::TooLarge => Fault::TooLarge,
        })
    }
    fn write(&self, out: &mut Render, at: At) {
        let mut digits = Digits::default();
        let cents = self.cents().unsigned_abs();
        let (whole, mut rest) = (cents / 100, cents % 100);
        if rest != 0 {
            let mut width = 2;
            if rest.is_multiple_of(10) {
                rest /= 10;
                width = 1;
            }
            digits.push_number(rest, width);
            digits.push(b'.');
        }
        digits.push_number(whole, 1);
        if self.is_negative() {
            digits.push(b'-');
        }
        out.plain(at, digits.as_bytes());
    }
}

/// Digits built from the right, on the stack.
struct Digits {
    bytes: [u8; 48],
    start: usize,
}
impl Default for Digits {
    fn default() -> Digits {
        Digits { bytes: [0; 48], start: 48 }
    }
}
impl Digits {
    fn push(&mut self, byte: u8) {
        self.start -= 1;
        if let Some(place) = self.bytes.get_mut(self.start) {
            *place = byte;
        }
    }
    /// At least `width` digits.
    fn push_number(&mut self, mut number: u64, width: usize) {
        let mut written = 0;
        while number > 0 || written < width {
            let digit = u8::try_from(number % 10).expect("a remainder of ten is one digit");
            self.push(b'0' + digit);
            number /= 10;
            written += 1;
        }
    }
    /// Two digits of a number below a hundred.
    fn push_two(&mut self, number: u32) {
        let ([tens, ..], [ones, ..]) = ((number / 10).to_le_bytes(), (number % 10).to_le_bytes());
        self.push(b'0' + ones);
        self.push(b'0' + tens);
    }
    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

/// A decimal that is no money: units, days, weights, percentages (X12 type `R`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Number(pub Decimal);

impl From<u32> for Number {
    fn from(number: u32) -> Number {
        Number(number.into())
    }
}
impl<'a> Element<'a> for Number {
    fn read(text: Text<'a>) -> Result<Self, Fault> {
        let (negative, digits) = match text.0 {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (mut mantissa, mut scale, mut point, mut seen) = (0_i64, 0_u32, false, false);
        for &byte in digits {
            match byte {
                b'0'..=b'9' => {
                    seen = true;
                    mantissa = mantissa
                        .checked_mul(10)
                        .and_then(|m| m.checked_add(i64::from(byte - b'0')))
                        .ok_or(Fault::TooLarge)?;
                    scale += u32::from(point);
                }
                b'.' if !point => point = true,
                _ => return Err(Fault::NotANumber),
            }
        }
        if !seen {
            return Err(Fault::NotANumber);
        }
        // Nothing but zeros overflows no mantissa, however many there are behind the point.
        let number = Decimal::try_new(if negative { -mantissa } else { mantissa }, scale);
        number.map(Number).map_err(|_too_many_places| Fault::TooLarge)
    }
    fn write(&self, out: &mut Render, at: At) {
        let plain = self.0.normalize();
        let mut mantissa = plain.mantissa().unsigned_abs();
        let mut digits = Digits::default();
        for place in 0..plain.scale() {
            let digit = u8::try_from(mantissa % 10).expect("a remainder of ten is one digit");
            digits.push(b'0' + digit);
            mantissa /= 10;
            if place + 1 == plain.scale() {
                digits.push(b'.');
            }
        }
        let mut whole = 0;
        while mantissa > 0 || whole == 0 {
            whole += 1;
            let digit = u8::try_from(mantissa % 10).expect("a remainder of ten is one digit");
            digits.push(b'0' + digit);
            mantissa /= 10;
        }
        if plain.is_sign_negative() && !plain.is_zero() {
            digits.push(b'-');
        }
        out.plain(at, digits.as_bytes());
    }
}

/// A whole number that counts something (X12 type `N0`): segments, sets, days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Count(pub u64);

impl<'a> Element<'a> for Count {
    fn read(text: Text<'a>) -> Result<Self, Fault> {
        digits(text.0).map(Count).ok_or(Fault::NotANumber)
    }
    fn write(&self, out: &mut Render, at: At) {
        let mut digits = Digits::default();
        digits.push_number(self.0, 1);
        out.plain(at, digits.as_bytes());
    }
}

/// The number of a level or line (HL01, HL02, LX01), which the guide counts up from 1; what
/// stands there instead is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum Ordinal<'a> {
    /// A plain number, no leading zero.
    Number(u32),
    /// Something else.
    Other(Text<'a>),
}
impl<'a> Element<'a> for Ordinal<'a> {
    fn read(text: Text<'a>) -> Result<Self, Fault> {
        Ok(match text.0 {
            [b'1'..=b'9', rest @ ..] if rest.len() < 9 => match digits(text.0).map(u32::try_from) {
                Some(Ok(number)) => Ordinal::Number(number),
                _ => Ordinal::Other(text),
            },
            _ => Ordinal::Other(text),
        })
    }
    fn write(&self, out: &mut Render, at: At) {
        match self {
            Ordinal::Number(number) => Count(u64::from(*number)).write(out, at),
            Ordinal::Other(text) => text.write(out, at),
        }
    }
}
/// No number: writes nothing.
impl Default for Ordinal<'_> {
    fn default() -> Self {
        Ordinal::Other(Text::EMPTY)
    }
}
impl From<u32> for Ordinal<'_> {
    fn from(number: u32) -> Self {
        Ordinal::Number(number)
    }
}

/// All digits, at most 18: their value.
fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0_u64, |sum, &byte| byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0')))
}

fn date_of(year: u64, month: u64, day: u64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

/// `CCYYMMDD`: the eight digits are looked at and paired at once.
#[inline]
fn eight_digit_date(text: &[u8]) -> Option<NaiveDate> {
    let eight: [u8; 8] = text.try_into().ok()?;
    let eight = u64::from_le_bytes(eight);
    if no_digits(eight) != 0 {
        return None;
    }
    let values = eight ^ (EACH * 0x30);
    let [century, _, year, _, month, _, day, _] =
        values.wrapping_mul(10).wrapping_add(values >> 8).to_le_bytes();
    NaiveDate::from_ymd_opt(i32::from(century) * 100 + i32::from(year), month.into(), day.into())
}

fn time_of_day(text: &[u8]) -> Option<NaiveTime> {
    let all = digits(text)?;
    let (hour, minute, second, hundredth) = match text.len() {
        4 => (all / 100, all % 100, 0, 0),
        6 => (all / 10_000, all / 100 % 100, all % 100, 0),
        7 => (all / 100_000, all / 1_000 % 100, all / 10 % 100, all % 10 * 10),
        8 => (all / 1_000_000, all / 10_000 % 100, all / 100 % 100, all % 100),
        _ => return None,
    };
    let [hour, minute, second, hundredth] =
        [hour, minute, second, hundredth].map(|part| u32::try_from(part).unwrap_or(u32::MAX));
    NaiveTime::from_hms_milli_opt(hour, minute, second, hundredth.saturating_mul(10))
}

fn push_date(digits: &mut Digits, date: NaiveDate) {
    digits.push_two(date.day());
    digits.push_two(date.month());
    let year = date.year().unsigned_abs();
    digits.push_two(year % 100);
    digits.push_number(u64::from(year / 100), 2);
}

/// A calendar day, `CCYYMMDD`; the envelope's `YYMMDD` is read too and means this century.
impl<'a> Element<'a> for NaiveDate {
    fn read(text: Text<'a>) -> Result<Self, Fault> {
        match text.0.len() {
            6 => digits(text.0)
                .and_then(|all| date_of(2000 + all / 10_000, all / 100 % 100, all % 100))
                .ok_or(Fault::NotADate),
            _ => eight_digit_date(text.0).ok_or(Fault::NotADate),
        }
    }
    fn write(&self, out: &mut Render, at: At) {
        let mut digits = Digits::default();
        push_date(&mut digits, *self);
        let whole = digits.as_bytes();
        out.plain(at, if out.short_dates() { whole.get(2..).unwrap_or(whole) } else { whole });
    }
}

/// A time of day: `HHMM`, `HHMMSS`, `HHMMSSD`, `HHMMSSDD`; written as `HHMM` when the seconds are 0.
impl<'a> Element<'a> for NaiveTime {
    fn read(text: Text<'a>) -> Result<Self, Fault> {
        time_of_day(text.0).ok_or(Fault::NotATime)
    }
    fn write(&self, out: &mut Render, at: At) {
        let mut digits = Digits::default();
        let hundredths = self.nanosecond() / 10_000_000;
        if hundredths > 0 {
            digits.push_number(u64::from(hundredths), 2);
        }
        if self.second() > 0 || hundredths > 0 {
            digits.push_number(u64::from(self.second()), 2);
        }
        digits.push_number(u64::from(self.minute()), 2);
        digits.push_number(u64::from(self.hour()), 2);
        out.plain(at, digits.as_bytes());
    }
}

/// A period with its format (DTP02 and DTP03, DMG01 and DMG02): two elements, one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Period<'a> {
    /// `D8`: one day.
    Day(NaiveDate),
    /// `RD8`: first and last day.
    Range(NaiveDate, NaiveDate),
    /// `DT`: day and minute.
    Moment(NaiveDate, NaiveTime),
    /// `TM`: a time of day.
    Time(NaiveTime),
    /// Another format, or text that is not of its format: kept as it stands.
    Other {
        /// DTP02.
        format: Text<'a>,
        /// DTP03.
        text: Text<'a>,
    },
}

/// No period: writes nothing.
impl Default for Period<'_> {
    fn default() -> Self {
        Period::Other { format: Text::EMPTY, text: Text::EMPTY }
    }
}

impl<'a> Period<'a> {
    /// Reads the text by its format; never fails, because [`Period::Other`] holds the rest.
    #[must_use]
    pub fn read(format: Text<'a>, text: Text<'a>) -> Period<'a> {
        let known = match format.0 {
            b"D8" => eight_digit_date(text.0).map(Period::Day),
            b"RD8" => text.0.split_at_checked(8).and_then(|(first, rest)| match rest {
                [b'-', last @ ..] => Some(Period::Range(eight_digit_date(first)?, eight_digit_date(last)?)),
                _ => None,
            }),
            b"DT" => text
                .0
                .split_at_checked(8)
                .filter(|(_, time)| time.len() == 4)
                .and_then(|(day, time)| Some(Period::Moment(eight_digit_date(day)?, time_of_day(time)?))),
            b"TM" if text.len() == 4 => time_of_day(text.0).map(Period::Time),
            _ => None,
        };
        known.unwrap_or(Period::Other { format, text })
    }

    /// The only, or the first, day.
    #[must_use]
    pub const fn first_day(&self) -> Option<NaiveDate> {
        match self {
            Period::Day(day) | Period::Range(day, _) | Period::Moment(day, _) => Some(*day),
            Period::Time(_) | Period::Other { .. } => None,
        }
    }
    /// The only, or the last, day.
    #[must_use]
    pub const fn last_day(&self) -> Option<NaiveDate> {
        match self {
            Period::Day(day) | Period::Range(_, day) | Period::Moment(day, _) => Some(*day),
            Period::Time(_) | Period::Other { .. } => None,
        }
    }
    /// False when the text is not of its format (a known format, and yet `Other`).
    #[must_use]
    pub fn is_sound(&self) -> bool {
        !matches!(self, Period::Other { format: Text(b"D8" | b"RD8" | b"DT" | b"TM"), .. })
    }
    /// `D8`, `RD8`, `DT`, `TM` or what stood there.
    #[must_use]
    pub const fn format(&self) -> Text<'a> {
        match self {
            Period::Day(_) => Text(b"D8"),
            Period::Range(..) => Text(b"RD8"),
            Period::Moment(..) => Text(b"DT"),
            Period::Time(_) => Text(b"TM"),
            Period::Other { format, .. } => *format,
        }
    }
    pub(crate) fn write(&self, out: &mut Render, format_at: At, text_at: At) {
        self.format().write(out, format_at);
        let mut digits = Digits::default();
        match *self {
            Period::Day(day) => push_date(&mut digits, day),
            Period::Range(first, last) => {
                push_date(&mut digits, last);
                digits.push(b'-');
                push_date(&mut digits, first);
            }
            Period::Moment(day, time) => {
                digits.push_number(u64::from(time.minute()), 2);
                digits.push_number(u64::from(time.hour()), 2);
                push_date(&mut digits, day);
            }
            Period::Time(time) => {
                digits.push_number(u64::from(time.minute()), 2);
                digits.push_number(u64::from(time.hour()), 2);
            }
            Period::Other { text, .. } => return text.write(out, text_at),
        }
        out.plain(text_at, digits.as_bytes());
    }
}

/// Up to `N` values laid side by side, as CAS02-04, CAS05-07, ... or HI01 to HI12. A gap keeps
/// its place, because a diagnosis pointer counts places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UpTo<const N: usize, T>([Option<T>; N]);

impl<const N: usize, T: Copy> UpTo<N, T> {
    /// None of them.
    pub const EMPTY: UpTo<N, T> = UpTo([None; N]);

    /// The first values, in order.
    ///
    /// # Errors
    /// [`Fault::TooMany`] when there are more than `N`: nothing is dropped silently.
    pub fn of(values: impl IntoIterator<Item = T>) -> Result<UpTo<N, T>, Fault> {
        let mut places = [None; N];
        let mut place = places.iter_mut();
        for value in values {
            *place.next().ok_or(Fault::TooMany)? = Some(value);
        }
        Ok(UpTo(places))
    }
    /// The value at a place counted from 0, when there is one.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&T> {
        self.0.get(place).and_then(Option::as_ref)
    }
    /// The values that are there, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
    /// How many are there.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }
    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
    pub fn places(&self) -> &[Option<T>; N] {
        &self.0
    }
    pub(crate) fn places_mut(&mut self) -> &mut [Option<T>; N] {
        &mut self.0
    }
}
impl<const N: usize, T: Copy> Default for UpTo<N, T> {
    /// Written out, not copied from the constant: it is then made where it stays.
    fn default() -> Self {
        UpTo([None; N])
    }
}
impl<const N: usize, T: Copy + Serialize> Serialize for UpTo<N, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .collect_seq(self.0.iter().take(self.0.iter().rposition(Option::is_some).map_or(0, |p| p + 1)))
    }
}

/// Up to `N` values of one element under the repetition separator (EB03, EQ01): cut when asked
/// for, so that the segment stays small.
#[derive(Clone, Copy)]
pub struct Repeats<'a, const N: u8>(Values<'a>);

#[derive(Clone, Copy)]
enum Values<'a> {
    /// As they stand, and what separates them.
    Read(Text<'a>, Option<u8>),
    /// One by one.
    Given(&'a [Text<'a>]),
}

impl<'a, const N: u8> Repeats<'a, N> {
    /// None of them.
    pub const EMPTY: Repeats<'static, N> = Repeats(Values::Given(&[]));

    /// These, in order; the guide's maximum is found by checking what is written.
    #[must_use]
    pub const fn of(values: &'a [Text<'a>]) -> Repeats<'a, N> {
        Repeats(Values::Given(values))
    }
    pub(crate) const fn read(text: Text<'a>, separator: Option<u8>) -> Repeats<'a, N> {
        Repeats(Values::Read(text, separator))
    }
    /// The values in order; a place between two separators is empty.
    pub fn iter(&self) -> impl Iterator<Item = Text<'a>> + use<'a, N> {
        let (read, separator, given): (Option<Text<'a>>, _, &[Text<'a>]) = match self.0 {
            Values::Read(text, separator) => (Some(text).filter(|text| !text.is_empty()), separator, &[]),
            Values::Given(values) => (None, None, values),
        };
        let cut = move |text: Text<'a>| text.0.split(move |&byte| Some(byte) == separator).map(Text);
        read.into_iter().flat_map(cut).chain(given.iter().copied())
    }
    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}
impl<const N: u8> Default for Repeats<'_, N> {
    fn default() -> Self {
        Repeats::EMPTY
    }
}
impl<const N: u8> PartialEq for Repeats<'_, N> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}
impl<const N: u8> Eq for Repeats<'_, N> {}
impl<const N: u8> fmt::Debug for Repeats<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
impl<const N: u8> Serialize for Repeats<'_, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// Places that a guide passes over between two that it uses: what stands there stays in the source
/// and is reported; nothing is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Gap<const N: usize>;

/// Declares an enum over the codes of an element. With `Other`, a code outside the list is kept
/// (payers extend these lists); without it, such a code is a [`Fault::UnknownCode`].
macro_rules! codes {
    ($(#[$meta:meta])* pub enum $name:ident<'a> { $( $(#[$vmeta:meta])* $variant:ident = $code:literal ),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name<'a> {
            $( $(#[$vmeta])* $variant, )+
            /// A code that the guide does not list.
            Other($crate::value::Text<'a>),
        }
        impl<'a> $name<'a> {
            /// The code as it is sent.
            #[must_use]
            pub const fn code(&self) -> $crate::value::Text<'a> {
                match self {
                    $( $name::$variant => $crate::value::Text::new($code.as_bytes()), )+
                    $name::Other(text) => *text,
                }
            }
        }
        impl<'a> $crate::value::Element<'a> for $name<'a> {
            const CODES: $crate::value::CodeList = $crate::value::code_list!(concat!($($code, "|"),+));
            const NAMES: &'static [(&'static str, &'static str)] = &[ $( ($code, stringify!($variant)) ),+ ];
            fn read(text: $crate::value::Text<'a>) -> Result<Self, $crate::value::Fault> {
                Ok(match text.as_bytes() {
                    $( bytes if bytes == $code.as_bytes() => $name::$variant, )+
                    _ => $name::Other(text),
                })
            }
            fn write(&self, out: &mut $crate::render::Render, at: $crate::render::At) {
                out.plain(at, self.code().as_bytes());
            }
        }
        /// No code: writes nothing.
        impl Default for $name<'_> {
            fn default() -> Self {
                $name::Other($crate::value::Text::EMPTY)
            }
        }
        impl serde::Serialize for $name<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.code().serialize(serializer)
            }
        }
    };
}
pub(crate) use codes;

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::string_slice, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::lexer::Delimiters;
    use proptest::prelude::*;

    fn written<'a>(value: &impl Element<'a>) -> String {
        let mut out = Render::new(Delimiters::USUAL);
        value.write(&mut out, At::element(1));
        String::from_utf8(out.into_bytes()).unwrap()[1..].to_owned()
    }

    #[track_caller]
    fn check<'a, T: Element<'a> + PartialEq + fmt::Debug>(text: &'a str, expected: Result<T, Fault>) {
        assert_eq!(T::read(Text::from(text)), expected, "{text}");
    }

    #[test]
    fn a_code_is_packed_alike_wherever_it_stands() {
        for text in [
            "",
            "1",
            "HC",
            "SITUAT",
            "SEVENTH",
            "EIGHT888",
            "NINE99999",
            "HC:99213",
            ":",
            "SEVENTH:",
            "EIGHT888:",
        ] {
            let code = text.split(':').next().unwrap();
            for (before, after) in [("", ""), ("SVC*", ""), ("", "*HC:1~"), ("SVC*", ":*12345678~")] {
                let whole = format!("{before}{text}{after}");
                let found = packed_up_to(whole.as_bytes(), before.len(), before.len() + text.len(), b':');
                assert_eq!(found, packed(code.as_bytes()), "{whole}");
            }
        }
        assert_ne!(packed(b"AB"), packed(b"BA"));
        assert_ne!(packed(b"EIGHT888"), packed(b"EIGHT88"));
    }

    #[test]
    fn numbers_are_exact() {
        check("1.50", Ok(Number(Decimal::new(150, 2))));
        check(".5", Ok(Number(Decimal::new(5, 1))));
        check("-3", Ok(Number(Decimal::new(-3, 0))));
        check::<Number>(&format!("0.{}", "0".repeat(29)), Err(Fault::TooLarge));
        check::<Number>("1e3", Err(Fault::NotANumber));
        check::<Number>("99999999999999999999", Err(Fault::TooLarge));
        assert_eq!(written(&Number(Decimal::new(150, 2))), "1.5");
        assert_eq!(written(&Number(Decimal::new(-5, 1))), "-0.5");
        assert_eq!(written(&Number(Decimal::new(0, 0))), "0");
        assert_eq!(written(&Number(Decimal::new(1200, 0))), "1200");
    }

    #[test]
    fn dates_are_days_of_the_calendar() {
        check("20240229", Ok(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()));
        check("240229", Ok(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()));
        check::<NaiveDate>("20230229", Err(Fault::NotADate));
        check::<NaiveDate>("2023-2-1", Err(Fault::NotADate));
        check("1430", Ok(NaiveTime::from_hms_opt(14, 30, 0).unwrap()));
        check("14305925", Ok(NaiveTime::from_hms_milli_opt(14, 30, 59, 250).unwrap()));
        check::<NaiveTime>("2460", Err(Fault::NotATime));
    }

    #[test]
    fn a_period_that_breaks_its_format_is_kept_as_it_stands() {
        let odd = Period::read("D8".into(), "20002316".into());
        assert_eq!(odd, Period::Other { format: "D8".into(), text: "20002316".into() });
        assert!(!odd.is_sound());
        let range = Period::read("RD8".into(), "20240101-20240131".into());
        assert_eq!(range.last_day(), NaiveDate::from_ymd_opt(2024, 1, 31));
    }

    #[test]
    fn a_code_list_knows_its_codes_whole() {
        let list = code_list!("0B|1G|G2|SITUATIONAL TRIGGER");
        assert!(list.contains(b"1G") && list.contains(b"0B") && !list.contains(b"G") && !list.contains(b""));
        assert!(list.contains(b"SITUATIONAL TRIGGER") && !list.contains(b"SITUATIONAL"));
        assert!(
            code_list!("XX").contains(b"XX")
                && !CodeList::ANY.contains(b"")
                && !CodeList::ANY.contains(b"XX")
        );
    }

    #[test]
    fn text_is_counted_unless_something_odd_stands_in_it() {
        let look = |sixteen: &[u8; 16]| {
            let bits = |wanted: u8| (0..16).fold(0, |bits, at| bits | u32::from(sixteen[at] == wanted) << at);
            (bits(b'!'), bits(b':'))
        };
        for before in ["", ":!", "::!!::!!::!!::!!::!!"] {
            for (text, expected) in [
                ("", Some(0)),
                ("A:B", Some(1)),
                ("A!B", None),
                (":234567890123456", Some(1)),
                (":2345678901234567:", Some(2)),
            ] {
                let whole = format!("{before}{text}");
                assert_eq!(count_unless_odd(whole.as_bytes(), before.len(), look), expected, "{whole}");
            }
            let long = format!("{before}{}", "A:".repeat(100));
            assert_eq!(count_unless_odd(long.as_bytes(), before.len(), look), Some(100));
        }
    }

    proptest! {
        #[test]
        fn eight_bytes_at_once_are_each_byte_by_itself(bytes: [u8; 8], byte: u8, place in 0_usize..8) {
            let mut bytes = bytes;
            bytes[place] = byte;
            let eight = eight_from(&bytes, 0);
            let high = |wanted: &dyn Fn(u8) -> bool| {
                u64::from_le_bytes(bytes.map(|byte| if wanted(byte) { 0x80 } else { 0 }))
            };
            prop_assert_eq!(equal_to(byte, eight), high(&|other| other == byte));
            prop_assert_eq!(no_digits(eight), high(&|other| !other.is_ascii_digit()));
            prop_assert_eq!(eight_from(&bytes, place), u64::from_le_bytes(bytes) >> (8 * place));
        }

        #[test]
        fn a_separator_is_as_far_as_one_walks(text in "[A-C:]{0,40}", start in 0_usize..40, end in 0_usize..40) {
            let (start, end) = (start.min(text.len()), end.min(text.len()));
            prop_assume!(start <= end);
            let walked = text.as_bytes()[start..end].iter().take_while(|byte| **byte != b':').count();
            prop_assert_eq!(distance_to(b':', text.as_bytes(), start, end), walked);
        }

        #[test]
        fn eight_digits_are_a_date_when_their_parts_are(text in "[0-2][0-9]{3}[01][0-9][0-3][0-9]|[0-9A-Z.-]{8}") {
            let plain = text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
            let day = plain.and_then(|all| date_of((all / 10_000).into(), (all / 100 % 100).into(), (all % 100).into()));
            prop_assert_eq!(eight_digit_date(text.as_bytes()), day);
        }

        #[test]
        fn what_is_written_is_read_back(cents in -99_999_999_999_999_i64..99_999_999_999_999, mantissa: i32, scale in 0_u32..9, days in 0_i32..60_000) {
            let money = Money::from_cents(cents);
            let text = written(&money);
            prop_assert_eq!(&text, &money.to_x12());
            prop_assert_eq!(Money::read(Text::from(text.as_str())), Ok(money));
            let number = Number(Decimal::new(mantissa.into(), scale));
            prop_assert_eq!(Number::read(Text::from(written(&number).as_str())), Ok(number));
            let date = NaiveDate::from_num_days_from_ce_opt(700_000 + days).unwrap();
            prop_assert_eq!(NaiveDate::read(Text::from(written(&date).as_str())), Ok(date));
        }

        #[test]
        fn no_text_panics(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
            let text = Text::new(&bytes);
            let _ = (Money::read(text), Number::read(text), Count::read(text), NaiveDate::read(text), NaiveTime::read(text));
            let _ = (Period::read("RD8".into(), text), Period::read("DT".into(), text), Ordinal::read(text));
        }
    }
}
